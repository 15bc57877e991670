//! Step 0: who will see the payload. Each is asked about alone; the audience gets what each of them may have.

use gateway_types::vocabulary::{Initiator, SystemKind};

use crate::facts::RequestFacts;
use crate::law::Seat;

/// Every person, and every other agency whose shared screen, mailbox or police system shows the payload.
pub(super) fn seats(request: &RequestFacts) -> Vec<Seat<'_>> {
    let mut seats = Vec::new();
    for (index, person) in request.recipients().enumerate() {
        let asks = index == 0 && request.initiator == Initiator::Requester;
        if let Some(agency) = request.agencies.get(&person.agency) {
            seats.push(Seat {
                agency_id: &person.agency,
                agency,
                person: Some(person),
                asks,
            });
        }
        let shared = matches!(
            person.system,
            SystemKind::SharedTerminal
                | SystemKind::SharedInbox
                | SystemKind::LawEnforcementRms
                | SystemKind::Cad
        );
        let operator = person.operator();
        if shared
            && *operator != person.agency
            && let Some(agency) = request.agencies.get(operator)
        {
            seats.push(Seat {
                agency_id: operator,
                agency,
                person: None,
                asks: false,
            });
        }
    }
    seats
}
