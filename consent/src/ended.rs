//! When a consent ended as against one agency, and whether that agency could know it from the form.
//!
//! 42 CFR 2.31(a)(6) and (c): what was sent before stands, and nothing more rests on a form that has ended. A day that
//! stands on the form was told with it; a word of the client, an event or a successor has to be told.

use gateway_types::{AgencyId, Timestamp};

use crate::consent::{Consent, State};
use crate::signing::RevocationScope;
use crate::terms::{EventState, Expiry};

/// The end of a consent as against one agency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// On the day that stands on the form.
    ByDate(Timestamp),
    /// By something that was said since: taken back, the event has happened, another stands in its place, or it should
    /// never have been on file.
    BySomethingSaid(Timestamp),
}

impl End {
    /// When.
    #[must_use]
    pub const fn at(self) -> Timestamp {
        match self {
            Self::ByDate(at) | Self::BySomethingSaid(at) => at,
        }
    }
}

impl Consent {
    /// When a form that was signed ended as against `agency`, if it has by `now`; the earliest end counts. One that rests,
    /// or of whose event nobody has spoken lately, has not ended.
    #[must_use]
    pub fn ended_for(&self, agency: &AgencyId, now: Timestamp) -> Option<End> {
        let signed = self.signed_as()?;
        let said = self.ends_said().filter(|(_, against)| match against {
            Against::Everybody => true,
            Against::These(named) => named.contains(agency),
        });
        let said = said.map(|(at, _)| End::BySomethingSaid(at.max(signed.signed_at)));
        let by_date = match self.terms.expiry {
            Expiry::At(end) => Some(End::ByDate(end)),
            Expiry::Event(_) | Expiry::None | Expiry::Unstated => None,
        };
        // At the same moment the day, which needs no telling, counts.
        let ends = by_date.into_iter().chain(said);
        ends.filter(|end| end.at() <= now).min_by_key(|end| end.at())
    }

    /// Whether something was said by `now` that ended it for somebody.
    #[must_use]
    pub fn has_ended_for_somebody(&self, now: Timestamp) -> bool {
        self.signed_as().is_some() && self.ends_said().any(|(at, _)| at <= now)
    }

    fn ends_said(&self) -> impl Iterator<Item = (Timestamp, Against<'_>)> {
        let taken_back = self.revocations().map(|revocation| {
            let against = match &revocation.scope {
                RevocationScope::Whole => Against::Everybody,
                RevocationScope::Recipients(agencies) => Against::These(agencies),
            };
            (revocation.at, against)
        });
        let replaced = match &self.state {
            State::Superseded { recorded, .. } | State::EnteredInError { recorded, .. } => Some(recorded.at),
            _ => None,
        };
        let heard = self.paper().and_then(|paper| paper.event.as_ref());
        let happened = heard
            .filter(|heard| heard.report.state == EventState::Occurred)
            .map(|heard| heard.report.as_of);
        let everybody = replaced.into_iter().chain(happened);
        taken_back.chain(everybody.map(|at| (at, Against::Everybody)))
    }
}

/// Against whom an end counts.
enum Against<'a> {
    Everybody,
    These(&'a std::collections::BTreeSet<AgencyId>),
}
