//! The labels of lists, made once: making and checking one costs a fifth of a millisecond.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use gateway_audit::lists::ListName;
use gateway_audit::{AccountingNumber, Label, ListKeys};
use gateway_crypto::{LabelProof, NotTheLabel};

/// How many are kept; then it begins anew. About 300 bytes each.
const KEPT: usize = 100_000;

type Known = HashMap<(AccountingNumber, ListName), (Label, LabelProof)>;

/// The keys of the lists, and the labels made last.
pub(super) struct Labels {
    keys: Arc<ListKeys>,
    known: Mutex<Known>,
}

impl Labels {
    pub(super) fn new(keys: Arc<ListKeys>) -> Self {
        Self {
            keys,
            known: Mutex::default(),
        }
    }

    pub(super) fn keys(&self) -> &ListKeys {
        &self.keys
    }

    pub(super) fn of(
        &self,
        number: AccountingNumber,
        list: &ListName,
    ) -> Result<(Label, LabelProof), NotTheLabel> {
        let wanted = (number, list.clone());
        if let Some(known) = self.known().get(&wanted) {
            return Ok(*known);
        }
        let made = self.keys.label(number, list)?;
        let mut known = self.known();
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(wanted, made);
        Ok(made)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
