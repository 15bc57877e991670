//! Clients: looking them up, and what is on file about them.

use std::collections::{BTreeMap, HashMap};

use gateway_crypto::Secret;
use gateway_store::{BlockingKey, Candidate, ClientStore, KeyHolder, StoreError, StoredElement, Treating};
use gateway_types::{AgencyId, ClientId, ClientIdentity, Date, Pii, RecordKey, SourceClientKey, Timestamp};

use super::{Db, Durability, Records, bulk};
use crate::OpenError;
use crate::bodies::{self, ElementBody, IdentityBody, TreatingBody};
use crate::crypto::Sealed;
use crate::error::failed;
use crate::rows::{FoundStatement, Part};

const STATEMENTS: &str = "SELECT s.record, s.ingest, s.sealed, i.source, i.received_at
    FROM statements s JOIN ingests i ON i.no = s.ingest
    WHERE s.client = (SELECT no FROM clients WHERE id = $1) AND i.state = 'published' AND s.part = $2 ORDER BY s.ingest, s.no";
const IDENTITIES: &str = "SELECT d.source_key, d.ingest, d.sealed
    FROM identities d JOIN ingests i ON i.no = d.ingest
    WHERE d.client = $1 AND i.state = 'published' ORDER BY d.ingest, d.no";
const IDENTITIES_FROM: &str = "SELECT d.source_key, d.ingest, d.sealed
    FROM identities d JOIN ingests i ON i.no = d.ingest
    WHERE d.client = $1 AND i.source = $2 AND i.state = 'published' ORDER BY d.ingest, d.no";
const MERGED_INTO: &str = "SELECT m.client FROM merged_clients m JOIN ingests i ON i.no = m.ingest
    WHERE m.into_key = $1 AND i.state = 'published'";
const SURVIVORS: &str = "SELECT DISTINCT d.client FROM merged_clients m JOIN ingests i ON i.no = m.ingest
        JOIN identities d ON d.source_key = m.into_key JOIN ingests j ON j.no = d.ingest
    WHERE m.client = $1 AND i.source = $2 AND i.state = 'published' AND j.state = 'published' AND d.sealed IS NOT NULL";
const WAS_MERGED: &str = "SELECT i.no FROM merged_clients m JOIN ingests i ON i.no = m.ingest
    WHERE m.client = $1 AND i.state = 'published' LIMIT 1";
const EVERY: &str = "SELECT c.id FROM clients c JOIN ingests i ON i.no = c.ingest WHERE i.state = 'published' AND i.source NOT LIKE 'assent-canary-%'";
const KEY: &str = "SELECT c.sealed_key FROM clients c LEFT JOIN ingests i ON i.no = c.ingest
    WHERE c.id = $1 AND (c.ingest IS NULL OR i.state = 'published')";
const COUNT: &str = "SELECT COUNT(*) FROM clients c JOIN ingests i ON i.no = c.ingest WHERE i.state = 'published' AND i.source NOT LIKE 'assent-canary-%'";
const KEEP_NOBODY: &str = "INSERT INTO clients (id, sealed_key) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING";

/// The client that is nobody: asked for in place of an unknown person.
const NOBODY: [u8; 16] = [0; 16];

pub(super) fn client_bytes(client: Option<ClientId>) -> [u8; 16] {
    client.map_or(NOBODY, |client| *client.as_bytes())
}

#[derive(sqlx::FromRow)]
struct StatementRow {
    record: i64,
    ingest: i64,
    sealed: Option<Vec<u8>>,
    source: String,
    received_at: i64,
}

#[derive(sqlx::FromRow)]
struct IdentityRow {
    source_key: Vec<u8>,
    ingest: i64,
    sealed: Option<Vec<u8>>,
}

/// Of rows in their order, the last under each key, but for those that were taken back.
fn newest(rows: Vec<IdentityRow>) -> BTreeMap<Vec<u8>, (i64, Vec<u8>)> {
    let mut newest = BTreeMap::new();
    for row in rows {
        match row.sealed {
            Some(sealed) => newest.insert(row.source_key, (row.ingest, sealed)),
            None => newest.remove(&row.source_key),
        };
    }
    newest
}

/// A statement that counts, opened.
struct Statement {
    plain: gateway_crypto::Zeroizing<Vec<u8>>,
    source: AgencyId,
    received_at: Timestamp,
}

impl Records {
    /// The birth dates of identities, the newest of each key.
    fn births(&self, client: &[u8], rows: Vec<IdentityRow>) -> Result<Vec<Pii<Date>>, StoreError> {
        let mut dates = Vec::new();
        for (source_key, (ingest, sealed)) in newest(rows) {
            dates.extend(
                self.open_identity(client, &source_key, ingest, &sealed)?
                    .birth_date,
            );
        }
        Ok(dates)
    }

    fn keys(&self, client: &[u8], rows: Vec<IdentityRow>) -> Result<Vec<SourceClientKey>, StoreError> {
        let mut keys = Vec::new();
        for (source_key, (ingest, sealed)) in newest(rows) {
            let place = Sealed::Identity {
                client,
                source_key: &source_key,
                ingest,
            };
            let plain = self.crypto.open(place, &sealed)?;
            keys.push(bodies::read::<IdentityBody<'_>>("identities", &plain)?.into_key());
        }
        Ok(keys)
    }

    /// Makes sure that nobody is on file, and that the keys given are those of this database.
    pub(super) async fn keep_nobody(&self) -> Result<(), OpenError> {
        const WHAT: &str = "opening the records";
        let stopped = |error: StoreError| OpenError::Unavailable(Box::new(error));
        let key = Secret::generate(self.crypto.entropy.as_ref())
            .map_err(|error| OpenError::Unavailable(Box::new(error)))?;
        let sealed = self
            .crypto
            .seal(Sealed::AuditKey { client: &NOBODY }, key.as_bytes())
            .map_err(stopped)?;
        let mut connection = self.writing(Durability::Confirmed, WHAT).await.map_err(stopped)?;
        sqlx::query(KEEP_NOBODY)
            .bind(NOBODY.as_slice())
            .bind(sealed)
            .execute(&mut *connection)
            .await?;
        drop(connection);
        match self.client_key(None).await {
            Ok(_) => Ok(()),
            Err(StoreError::Inconsistent { .. }) => Err(OpenError::WrongKey),
            Err(other) => Err(stopped(other)),
        }
    }

    /// What counts of what sources said about a client: the newest of each slot, unless it was taken back.
    async fn statements(&self, client: Option<ClientId>, part: Part) -> Result<Vec<Statement>, StoreError> {
        let client = client_bytes(client);
        let rows = sqlx::query_as::<Db, StatementRow>(STATEMENTS)
            .bind(client.as_slice())
            .bind(part.number())
            .fetch_all(&self.reader)
            .await
            .map_err(failed("statements"))?;
        let newest: HashMap<i64, usize> = rows
            .iter()
            .enumerate()
            .map(|(place, row)| (row.record, place))
            .collect();
        rows.into_iter()
            .enumerate()
            .filter(|(place, row)| newest.get(&row.record) == Some(place))
            .filter_map(|(_, row)| {
                let sealed = row.sealed?;
                let StatementRow {
                    record,
                    ingest,
                    source,
                    received_at,
                    ..
                } = row;
                let place = Sealed::Statement {
                    client: &client,
                    record,
                    part: part.number(),
                    ingest,
                };
                Some(self.crypto.open(place, &sealed).and_then(|plain| {
                    Ok(Statement {
                        plain,
                        source: bodies::slug("ingests", &source)?,
                        received_at: Timestamp::from_micros(received_at),
                    })
                }))
            })
            .collect()
    }

    async fn said_in_records(
        &self,
        source: &AgencyId,
        wanted: &[(ClientId, RecordKey)],
    ) -> Result<Vec<Vec<StoredElement>>, StoreError> {
        const WHAT: &str = "reading records";
        const TABLE: &str = "statements";
        const PUBLISHED: i64 = 0;
        let mut ids: Vec<Vec<u8>> = (wanted.iter())
            .map(|(client, _)| client.as_bytes().to_vec())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let digests: Vec<_> = (wanted.iter())
            .map(|(_, record)| self.crypto.record(source, record))
            .collect();
        let mut records: Vec<i64> = digests.iter().map(|digest| digest.number).collect();
        records.sort_unstable();
        records.dedup();
        let mut connection = self.reader.acquire().await.map_err(failed(WHAT))?;
        let clients = bulk::find_clients(&mut connection, ids, PUBLISHED)
            .await
            .map_err(failed(WHAT))?;
        let clients: HashMap<Vec<u8>, i64> = clients.into_iter().collect();
        let found = bulk::find_statements(&mut connection, records, PUBLISHED)
            .await
            .map_err(failed(WHAT))?;
        // Of one slot, the last is the newest.
        let newest: HashMap<(i64, i64), FoundStatement> = (found.into_iter())
            .filter(|row| row.part == Part::Elements.number())
            .map(|row| ((row.client, row.record), row))
            .collect();
        let live = newest.values().filter(|row| row.live).map(|row| row.no).collect();
        let sealed = bulk::find_sealed(&mut connection, live)
            .await
            .map_err(failed(WHAT))?;
        drop(connection);
        let sealed: HashMap<i64, Vec<u8>> = sealed.into_iter().collect();
        let mut said = Vec::with_capacity(wanted.len());
        for ((client, _), digest) in wanted.iter().zip(digests) {
            let mut elements = Vec::new();
            let row = (clients.get(client.as_bytes().as_slice()))
                .and_then(|number| newest.get(&(*number, digest.number)));
            if let Some((row, sealed)) = row.and_then(|row| Some((row, sealed.get(&row.no)?))) {
                let place = Sealed::Statement {
                    client: client.as_bytes(),
                    record: row.record,
                    part: row.part,
                    ingest: row.ingest,
                };
                let plain = self.crypto.open(place, sealed)?;
                let kept = bodies::split_lines(TABLE, &plain)?;
                if kept.record == digest.rest {
                    let received_at = Timestamp::from_micros(row.received_at);
                    for (mark, line) in kept.marks.into_iter().zip(bodies::lines(kept.text)) {
                        let body: ElementBody<'_> = bodies::read(TABLE, line)?;
                        elements.push(body.into_stored(mark, source.clone(), received_at));
                    }
                }
            }
            said.push(elements);
        }
        Ok(said)
    }

    fn open_identity(
        &self,
        client: &[u8],
        source_key: &[u8],
        ingest: i64,
        sealed: &[u8],
    ) -> Result<ClientIdentity, StoreError> {
        let plain = self.crypto.open(
            Sealed::Identity {
                client,
                source_key,
                ingest,
            },
            sealed,
        )?;
        let body: IdentityBody<'_> = bodies::read("identities", &plain)?;
        Ok(body.identity.into_owned())
    }
}

#[async_trait::async_trait]
impl ClientStore for Records {
    async fn candidates(
        &self,
        questions: &[Vec<BlockingKey>],
        limit: usize,
    ) -> Result<Vec<Vec<Candidate>>, StoreError> {
        const WHAT: &str = "looking for candidates";
        let most = limit.saturating_add(1);
        let questions: Vec<Vec<i64>> = questions
            .iter()
            .map(|keys| keys.iter().map(|key| self.crypto.blocking(key)).collect())
            .collect();
        let mut keys: Vec<i64> = questions.iter().flatten().copied().collect();
        keys.sort_unstable();
        keys.dedup();
        let mut connection = self.reader.acquire().await.map_err(failed(WHAT))?;
        let each = i64::try_from(most).unwrap_or(i64::MAX);
        let found = bulk::find_candidates(&mut connection, keys, each)
            .await
            .map_err(failed(WHAT))?;
        drop(connection);

        let mut identities = HashMap::new();
        let mut by_key: HashMap<i64, Vec<i64>> = HashMap::new();
        for row in found {
            by_key.entry(row.key).or_default().push(row.identity);
            if let std::collections::hash_map::Entry::Vacant(vacant) = identities.entry(row.identity) {
                vacant.insert(Candidate {
                    client: ClientId::from_uuid(bodies::uuid("identities", &row.client)?),
                    source: bodies::slug("ingests", &row.source)?,
                    identity: self.open_identity(&row.client, &row.source_key, row.ingest, &row.sealed)?,
                });
            }
        }
        let answer = |keys: &Vec<i64>| {
            let mut numbers: Vec<i64> = keys
                .iter()
                .filter_map(|key| by_key.get(key))
                .flatten()
                .copied()
                .collect();
            numbers.sort_unstable();
            numbers.dedup();
            numbers
                .iter()
                .take(most)
                .filter_map(|number| identities.get(number).cloned())
                .collect()
        };
        Ok(questions.iter().map(answer).collect())
    }

    async fn holders_of_keys(
        &self,
        source: &AgencyId,
        keys: &[SourceClientKey],
    ) -> Result<Vec<Option<KeyHolder>>, StoreError> {
        const WHAT: &str = "looking up a source's keys";
        const NO_INGEST: i64 = 0;
        let keys: Vec<Vec<u8>> = keys
            .iter()
            .map(|key| self.crypto.source_key(source, key))
            .collect();
        let mut distinct = keys.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let mut connection = self.reader.acquire().await.map_err(failed(WHAT))?;
        let found = bulk::find_identities(&mut connection, distinct, NO_INGEST)
            .await
            .map_err(failed(WHAT))?;
        drop(connection);
        let mut newest = HashMap::new();
        for row in found {
            newest.insert(row.source_key, (row.client, row.live));
        }
        let holder = |key| {
            newest
                .get(key)
                .map(|(client, named)| {
                    let client = ClientId::from_uuid(bodies::uuid("identities", client)?);
                    Ok(KeyHolder {
                        client,
                        named: *named,
                    })
                })
                .transpose()
        };
        keys.iter().map(holder).collect()
    }

    async fn merged_into(
        &self,
        source: &AgencyId,
        keys: &[SourceClientKey],
    ) -> Result<Vec<ClientId>, StoreError> {
        let mut merged = Vec::new();
        for key in keys {
            let key = self.crypto.source_key(source, key);
            let clients = sqlx::query_scalar::<Db, Vec<u8>>(MERGED_INTO)
                .bind(key)
                .fetch_all(&self.reader)
                .await
                .map_err(failed("looking up merged clients"))?;
            for client in clients {
                merged.push(ClientId::from_uuid(bodies::uuid("merged_clients", &client)?));
            }
        }
        merged.sort_unstable();
        merged.dedup();
        Ok(merged)
    }

    async fn survivors(&self, source: &AgencyId, client: ClientId) -> Result<Vec<ClientId>, StoreError> {
        let found = sqlx::query_scalar::<Db, Vec<u8>>(SURVIVORS)
            .bind(client.as_bytes().as_slice())
            .bind(source.as_str())
            .fetch_all(&self.reader)
            .await
            .map_err(failed("looking up merged clients"))?;
        let id = |client: &Vec<u8>| bodies::uuid("identities", client).map(ClientId::from_uuid);
        found.iter().map(id).collect()
    }

    async fn was_merged(&self, client: ClientId) -> Result<bool, StoreError> {
        let found = sqlx::query_scalar::<Db, i64>(WAS_MERGED)
            .bind(client.as_bytes().as_slice())
            .fetch_optional(&self.reader)
            .await
            .map_err(failed("looking up merged clients"))?;
        Ok(found.is_some())
    }

    async fn elements(&self, client: Option<ClientId>) -> Result<Vec<StoredElement>, StoreError> {
        const TABLE: &str = "statements";
        let mut elements = Vec::new();
        for statement in self.statements(client, Part::Elements).await? {
            let kept = bodies::split_lines(TABLE, &statement.plain)?;
            for (mark, line) in kept.marks.into_iter().zip(bodies::lines(kept.text)) {
                let body: ElementBody<'_> = bodies::read(TABLE, line)?;
                elements.push(body.into_stored(mark, statement.source.clone(), statement.received_at));
            }
        }
        Ok(elements)
    }

    async fn said(
        &self,
        source: &AgencyId,
        wanted: &[(ClientId, RecordKey)],
    ) -> Result<Vec<Vec<StoredElement>>, StoreError> {
        self.said_in_records(source, wanted).await
    }

    async fn treating(&self, client: Option<ClientId>) -> Result<Vec<Treating>, StoreError> {
        const TABLE: &str = "statements";
        let mut treating = Vec::new();
        for statement in self.statements(client, Part::Treating).await? {
            let kept = bodies::split_lines(TABLE, &statement.plain)?;
            for line in bodies::lines(kept.text) {
                let body: TreatingBody = bodies::read(TABLE, line)?;
                treating.push(body.into_treating(statement.source.clone()));
            }
        }
        Ok(treating)
    }

    async fn birth_dates(&self, client: Option<ClientId>) -> Result<Vec<Pii<Date>>, StoreError> {
        let client = client_bytes(client);
        let rows = sqlx::query_as::<Db, IdentityRow>(IDENTITIES)
            .bind(client.as_slice())
            .fetch_all(&self.reader)
            .await
            .map_err(failed("identities"))?;
        self.births(&client, rows)
    }

    async fn birth_dates_from(
        &self,
        client: ClientId,
        source: &AgencyId,
    ) -> Result<Vec<Pii<Date>>, StoreError> {
        let client = client_bytes(Some(client));
        let rows = sqlx::query_as::<Db, IdentityRow>(IDENTITIES_FROM)
            .bind(client.as_slice())
            .bind(source.as_str())
            .fetch_all(&self.reader)
            .await
            .map_err(failed("identities"))?;
        self.births(&client, rows)
    }

    async fn keys_from(
        &self,
        client: ClientId,
        source: &AgencyId,
    ) -> Result<Vec<SourceClientKey>, StoreError> {
        let client = client_bytes(Some(client));
        let rows = sqlx::query_as::<Db, IdentityRow>(IDENTITIES_FROM)
            .bind(client.as_slice())
            .bind(source.as_str())
            .fetch_all(&self.reader)
            .await
            .map_err(failed("identities"))?;
        self.keys(&client, rows)
    }

    async fn client_key(&self, client: Option<ClientId>) -> Result<Secret, StoreError> {
        let client = client_bytes(client);
        let sealed: Vec<u8> = sqlx::query_scalar(KEY)
            .bind(client.as_slice())
            .fetch_optional(&self.reader)
            .await
            .map_err(failed("clients"))?
            .ok_or(StoreError::Missing { what: "client" })?;
        let plain = self.crypto.open(Sealed::AuditKey { client: &client }, &sealed)?;
        Secret::from_slice(&plain).ok_or(StoreError::Inconsistent {
            table: "clients",
            what: "an audit key of another length",
        })
    }

    async fn every_client(&self) -> Result<Vec<ClientId>, StoreError> {
        let rows: Vec<Vec<u8>> = sqlx::query_scalar(EVERY)
            .fetch_all(&self.reader)
            .await
            .map_err(failed("listing clients"))?;
        rows.iter()
            .map(|id| Ok(ClientId::from_uuid(bodies::uuid("clients", id)?)))
            .collect()
    }

    async fn count_clients(&self) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar(COUNT)
            .fetch_one(&self.reader)
            .await
            .map_err(failed("counting clients"))?;
        Ok(count.unsigned_abs())
    }
}
