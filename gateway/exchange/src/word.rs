//! The client's word as a decision read it, and whether it still stands when the answer is about to go.
//!
//! A revocation counts from the moment it is on file (42 CFR 2.31(a)(6), 45 CFR 164.508(b)(5)), and an end from its
//! second. Between the reading of the consents and the first byte the entry is written, which takes as long as the log
//! needs; so the word is read again after that, and nothing goes on a word that was changed or has ended meanwhile.

use std::sync::Arc;

use consent::Consent;
use consent::restriction::{Binding, Restriction};
use gateway_store::StoreError;
use gateway_types::{ClientId, ConsentId};

use crate::candidates::Candidates;
use crate::disclose::{Disclosure, NotDisclosed, Sent};
use crate::gateway::Gateway;

/// What a decision read of the client's word.
pub(crate) struct Word {
    client: Option<ClientId>,
    consents: Vec<(ConsentId, u32)>,
    /// Those that could be used then.
    usable: Vec<Consent>,
    restrictions: Vec<Restriction>,
    /// What these bound then.
    bound: Vec<Binding>,
}

impl Word {
    /// As the candidates have it.
    pub(crate) fn of(candidates: &Candidates, now: gateway_types::Timestamp) -> Self {
        let on_file = candidates.consents();
        Self {
            client: candidates.client(),
            consents: on_file
                .iter()
                .map(|stored| (stored.consent.id(), stored.version))
                .collect(),
            usable: on_file
                .iter()
                .map(|stored| &stored.consent)
                .filter(|consent| consent.usable_at(now).is_ok())
                .cloned()
                .collect(),
            restrictions: candidates.restrictions().to_vec(),
            bound: binding(candidates.restrictions(), now),
        }
    }
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
        let now = self.now();
        let ended = |consent: &Consent| consent.usable_at(now).is_err();
        if word.usable.iter().any(ended) || binding(&word.restrictions, now) != word.bound {
            return Ok(false);
        }
        if self.records().restrictions(word.client).await? != word.restrictions {
            return Ok(false);
        }
        let on_file = self.records().consents(word.client).await?;
        let as_read = on_file.len() == word.consents.len()
            && on_file
                .iter()
                .all(|stored| word.consents.contains(&(stored.consent.id(), stored.version)));
        Ok(as_read)
    }
}
