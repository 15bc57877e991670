//! The client's word as a decision read it, and whether it still stands when the answer is about to go.
//!
//! A revocation counts from the moment it is on file (42 CFR 2.31(a)(6), 45 CFR 164.508(b)(5)), and an end from its
//! second. Between the reading of the consents and the first byte the entry is written, which takes as long as the log
//! needs; so the word is read again after that, and nothing goes on a word that was changed or has ended meanwhile. What
//! is merely added, by whomever, holds up no answer: it was not read, so nothing rests on it.

use std::sync::Arc;

use consent::restriction::{Binding, Restriction};
use gateway_store::{StoreError, StoredConsent};
use gateway_types::{ClientId, ConsentId};

use crate::candidates::Candidates;
use crate::disclose::{Disclosure, NotDisclosed, Sent};
use crate::gateway::Gateway;

/// What a decision read of the client's word.
pub(crate) struct Word {
    client: Option<ClientId>,
    /// The consents that could be used then, with their versions.
    usable: Vec<(ConsentId, u32)>,
    /// What restrictions bound then.
    bound: Vec<Binding>,
}

impl Word {
    /// As the candidates have it.
    pub(crate) fn of(candidates: &Candidates, now: gateway_types::Timestamp) -> Self {
        Self {
            client: candidates.client(),
            usable: usable(candidates.consents(), now).collect(),
            bound: binding(candidates.restrictions(), now),
        }
    }
}

impl Word {
    /// Whether what was read still stands by what is read now of as much. What is merely added holds up nothing.
    pub(crate) fn stands_by(&self, later: &Self) -> bool {
        self.bound == later.bound && self.usable.iter().all(|read| later.usable.contains(read))
    }
}

fn usable(
    on_file: &[StoredConsent],
    now: gateway_types::Timestamp,
) -> impl Iterator<Item = (ConsentId, u32)> {
    on_file
        .iter()
        .filter(move |stored| stored.consent.usable_at(now).is_ok())
        .map(|stored| (stored.consent.id(), stored.version))
}

fn binding(restrictions: &[Restriction], now: gateway_types::Timestamp) -> Vec<Binding> {
    let bound = restrictions.iter();
    bound.filter_map(|restriction| restriction.binding(now)).collect()
}

impl Gateway {
    /// The answer, if the word on which it was decided still stands; `None`: it does not, and the intent is closed with
    /// nothing sent.
    ///
    /// # Errors
    /// [`NotDisclosed`]: whether it stands cannot be read, so nothing goes.
    pub(crate) async fn unless_taken_back(
        self: &Arc<Self>,
        disclosure: Disclosure,
        word: &Word,
    ) -> Result<Option<Disclosure>, NotDisclosed> {
        if disclosure.elements() == 0 {
            return Ok(Some(disclosure));
        }
        match self.stands(word).await {
            Ok(true) => Ok(Some(disclosure)),
            Ok(false) => {
                let (_, completion) = disclosure.into_bytes();
                completion.record(Sent::BrokenOff(0)).await;
                Ok(None)
            }
            // Dropped unsent, the answer records that nothing went.
            Err(error) => Err(error.into()),
        }
    }

    async fn stands(&self, word: &Word) -> Result<bool, StoreError> {
        let restrictions = self.records().restrictions(word.client).await?;
        let on_file = self.records().consents(word.client).await?;
        // The clock is read last: what has ended by then has ended.
        let now = self.now();
        let usable: Vec<_> = usable(&on_file, now).collect();
        Ok(binding(&restrictions, now) == word.bound && word.usable.iter().all(|read| usable.contains(read)))
    }
}
