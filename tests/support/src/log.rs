//! Looking into the log of a gateway under test, past its use cases.

use std::collections::BTreeMap;
use std::io;

use gateway_audit::export::{Exporter, LogFiles};
use gateway_audit::{Ciphertexts, Detail, EntryKind, Leaf, Verification, open_entry, verify_log};
use gateway_store::{AuditStore, StoredEntry};
use gateway_types::{AgencyId, ClientId, SourceClientKey};

use crate::TestGateway;

/// An exported log, in memory.
#[derive(Debug, Default)]
pub struct ExportedLog(pub BTreeMap<String, Vec<u8>>);

impl LogFiles for ExportedLog {
    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self.0.get(path).cloned())
    }
}

/// A log as it is exported.
///
/// # Panics
/// If it cannot be read, or its entries are not those of its checkpoint.
pub async fn exported(audit: &dyn AuditStore) -> ExportedLog {
    let head = audit.head().await.expect("a head").expect("entries");
    let mut exporter = Exporter::new();
    let mut files = Vec::new();
    for entry in audit.entries(0, 100_000).await.expect("entries") {
        let written = exporter.push(&entry.leaf, Some(&ciphertexts(&entry)));
        files.extend(written.expect("an export"));
    }
    files.extend(exporter.finish(&head.checkpoint).expect("an export"));
    ExportedLog(files.into_iter().map(|file| (file.path, file.bytes)).collect())
}

impl TestGateway {
    /// How many entries the log has, when what goes on in the background has ended: an answer may be read before its end is
    /// written down.
    pub async fn log_size(&self) -> u64 {
        self.settle().await;
        self.audit
            .head()
            .await
            .expect("a head")
            .map_or(0, |head| head.size)
    }

    /// The entries from number `from` on, without the roots of the lists that close each batch.
    pub async fn log_from(&self, from: u64) -> Vec<StoredEntry> {
        let entries = self.everything_from(from).await;
        let roots = |entry: &StoredEntry| leaf(entry).kind == EntryKind::MapRoot;
        entries.into_iter().filter(|entry| !roots(entry)).collect()
    }

    async fn everything_from(&self, from: u64) -> Vec<StoredEntry> {
        self.audit.entries(from, 100_000).await.expect("entries")
    }

    /// The kinds of the entries from number `from` on, when what goes on in the background has ended.
    pub async fn kinds_from(&self, from: u64) -> Vec<EntryKind> {
        self.settle().await;
        self.log_from(from)
            .await
            .iter()
            .map(|entry| leaf(entry).kind)
            .collect()
    }

    /// The log as it is exported.
    pub async fn export(&self) -> ExportedLog {
        exported(&*self.audit).await
    }

    /// Exports the log and verifies the export with nothing but the log's key.
    pub async fn verify(&self) -> Verification {
        let key = self.gateway.log_key().parse().expect("the log's key");
        verify_log(&self.export().await, &key, None)
    }

    /// The client whom an agency's key names.
    pub async fn client_of(&self, agency: &str, key: &str) -> Option<ClientId> {
        let agency = AgencyId::new(agency).expect("an id");
        let found = self
            .records
            .clients_of_source(&agency, &[SourceClientKey::new(key)])
            .await
            .expect("an answer");
        found.into_iter().next().flatten()
    }

    /// What an entry about a client says inside.
    pub async fn detail(&self, entry: &StoredEntry, client: Option<ClientId>) -> Detail {
        let key = self.records.client_key(client).await.expect("a key");
        open_entry(&leaf(entry), &key, &ciphertexts(entry))
            .expect("an entry that opens")
            .detail
    }

    /// The facts that are sealed into an entry about a client.
    pub async fn facts(&self, entry: &StoredEntry, client: Option<ClientId>) -> Vec<u8> {
        let key = self.records.client_key(client).await.expect("a key");
        open_entry(&leaf(entry), &key, &ciphertexts(entry))
            .expect("an entry that opens")
            .facts
            .to_vec()
    }
}

/// The leaf of an entry.
#[must_use]
pub fn leaf(entry: &StoredEntry) -> Leaf {
    Leaf::decode(&entry.leaf).expect("a leaf")
}

fn ciphertexts(entry: &StoredEntry) -> Ciphertexts {
    Ciphertexts {
        detail: entry.sealed_detail.clone(),
        facts: entry.sealed_facts.clone(),
        wrapped_secret: entry.wrapped_secret.clone(),
    }
}
