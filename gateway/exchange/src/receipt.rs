//! Making a receipt: the entry is filed under its client's lists, written, and proved, before anything of it is told.

use gateway_audit::lists::{Filed, Filing, ListName};
use gateway_audit::tree::ProofError;
use gateway_audit::{AccountingNumber, Base64, Entry, EntryKind, Label, Receipt};
use gateway_crypto::{Digest, LabelProof, Secret};

use crate::account::lists_of;
use crate::gateway::Gateway;
use crate::sequencer::{Appended, LogUnavailable};

/// The lists that a disclosure goes under, with their labels.
struct Lists {
    number: AccountingNumber,
    named: Vec<(ListName, LabelProof)>,
}

impl Gateway {
    /// Writes the entry of an answer and makes its receipt. A disclosure is filed; a refusal is on no list.
    pub(crate) async fn log_with_receipt(
        &self,
        mut entry: Entry<'_>,
        key: &Secret,
        answer: Digest,
    ) -> Result<Receipt, LogUnavailable> {
        let mut lists = None;
        let mut labels = Vec::new();
        if entry.kind == EntryKind::Intent {
            let made = self.lists(&entry, key)?;
            labels = made.1;
            lists = Some(made.0);
        }
        entry.labels = &labels;
        let sealed = self.seal(&entry, key)?;
        let (event, stated) = (sealed.event(), sealed.stated().cloned());
        let appended = self.log().append(sealed, entry.detail.client).await?;
        let faulty = |error: ProofError| {
            tracing::error!(%error, "a receipt could not be made");
            LogUnavailable
        };
        Ok(Receipt {
            event,
            index: appended.index(),
            leaf_hash: appended.leaf_hash(),
            disclosure_digest: answer,
            checkpoint: appended.checkpoint().to_owned(),
            leaf: Base64(appended.leaf().to_vec()),
            inclusion: appended.inclusion().map_err(faulty)?,
            stated,
            filing: lists
                .map(|lists| self.filing(lists, &appended))
                .transpose()
                .map_err(faulty)?,
        })
    }

    fn lists(&self, entry: &Entry<'_>, key: &Secret) -> Result<(Lists, Vec<Label>), LogUnavailable> {
        let number = AccountingNumber::of(key);
        let mut lists = Lists {
            number,
            named: Vec::new(),
        };
        let mut labels = Vec::new();
        for list in lists_of(entry.detail) {
            let (label, proof) = self.log().label(number, &list).map_err(|error| {
                tracing::error!(%error, "the label of a list could not be made");
                LogUnavailable
            })?;
            labels.push(label);
            lists.named.push((list, proof));
        }
        Ok((lists, labels))
    }

    fn filing(&self, lists: Lists, appended: &Appended) -> Result<Filing, ProofError> {
        let filed = lists.named.into_iter().zip(appended.filed());
        Ok(Filing {
            number: lists.number,
            label_key: Base64(self.log().list_keys().verifier().to_bytes().to_vec()),
            lists: filed
                .map(|((list, proof), (before, path))| Filed {
                    list,
                    label_proof: Base64(proof.as_bytes().to_vec()),
                    before: Base64::from(&before.0),
                    path: Base64(path.to_bytes()),
                })
                .collect(),
            map: appended.map()?,
        })
    }
}
