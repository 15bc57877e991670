//! Pushes: begun, staged, then published whole or removed whole.

use std::collections::BTreeMap;

use gateway_crypto::Digest;
use gateway_store::{
    Begun, ExportMark, Holdings, IngestKind, IngestRecord, IngestState, IngestStore, MessageMark, NewIngest,
    Pieces, Repetition, StoreError,
};
use gateway_types::{AgencyId, ClientId, IngestId, SourceClientKey, Timestamp};
use sqlx::Connection as _;

use super::staging::{Repeats, Running};
use super::{BEGIN, Connection, Db, Durability, Records};
use crate::bodies;
use crate::error::{conflicting, failed};

const NEWEST_PUBLISHED: &str = "SELECT id, source, kind, digest, received_at, state, ended_at, report
    FROM ingests WHERE source = $1 AND state = 'published' ORDER BY no DESC LIMIT 1";
const ONE: &str =
    "SELECT id, source, kind, digest, received_at, state, ended_at, report FROM ingests WHERE id = $1";
/// A push's rows lie above the numbers kept here. SQLite gives numbers again once the last rows are removed, so that what
/// another push has staged, and may have to take out, does not count: its own floor does.
const BEGIN_PUSH: &str = "INSERT INTO ingests (id, source, kind, digest, received_at, state,
        clients_from, identities_from, blocking_from, statements_from)
    VALUES ($1, $2, $3, $4, $5, 'running',
        (SELECT MIN(floor) FROM (SELECT COALESCE(MAX(no), 0) AS floor FROM clients
            UNION ALL SELECT clients_from FROM ingests WHERE state IN ('running', 'removing')) AS floors),
        (SELECT MIN(floor) FROM (SELECT COALESCE(MAX(no), 0) AS floor FROM identities
            UNION ALL SELECT identities_from FROM ingests WHERE state IN ('running', 'removing')) AS floors),
        (SELECT MIN(floor) FROM (SELECT COALESCE(MAX(no), 0) AS floor FROM blocking
            UNION ALL SELECT blocking_from FROM ingests WHERE state IN ('running', 'removing')) AS floors),
        (SELECT MIN(floor) FROM (SELECT COALESCE(MAX(no), 0) AS floor FROM statements
            UNION ALL SELECT statements_from FROM ingests WHERE state IN ('running', 'removing')) AS floors))";
const RUNNING: &str = "SELECT no, source, EXISTS (SELECT 1 FROM ingests p
        WHERE p.source = i.source AND p.state = 'published')
    FROM ingests i WHERE id = $1 AND state = 'running'";
const END: &str = "UPDATE ingests SET state = $2, ended_at = $3, report = $4 WHERE id = $1 AND state = $5";
const UNFINISHED: &str = "SELECT id FROM ingests WHERE state IN ('running', 'removing') ORDER BY no";
const GIVE_UP: &str =
    "UPDATE ingests SET state = 'removing' WHERE id = $1 AND state IN ('running', 'removing')";
const TAKEN_AWAY: &str = "SELECT
        (SELECT COUNT(*) FROM identities d WHERE d.no > i.identities_from AND d.ingest = i.no AND d.sealed IS NULL),
        (SELECT COUNT(*) FROM statements d WHERE d.no > i.statements_from AND d.ingest = i.no AND d.sealed IS NULL)
    FROM ingests i WHERE i.id = $1 AND i.state = 'running'";
const HOLDINGS: &str = "SELECT
        (SELECT COUNT(*) FROM identities WHERE sealed IS NOT NULL AND no IN
            (SELECT MAX(d.no) FROM identities d JOIN ingests i ON i.no = d.ingest
                WHERE i.source = $1 AND i.state = 'published' GROUP BY d.source_key)),
        (SELECT COUNT(*) FROM statements WHERE sealed IS NOT NULL AND no IN
            (SELECT MAX(d.no) FROM statements d JOIN ingests i ON i.no = d.ingest
                WHERE i.source = $1 AND i.state = 'published' GROUP BY d.client, d.record, d.part))";
const FLOORS: &str = "SELECT no, clients_from, identities_from, blocking_from, statements_from
    FROM ingests WHERE id = $1 AND state = 'removing'";

const UNMERGE: &str = "DELETE FROM merged_clients WHERE ingest = $1";

/// Where staged rows lie, and how they are removed piece by piece.
const STAGED: [(&str, &str); 5] = [
    (
        "SELECT COALESCE(MAX(no), 0) FROM statements",
        "DELETE FROM record_places WHERE ingest = $3 AND (record, client) IN
            (SELECT record, client FROM statements WHERE no > $1 AND no <= $2 AND ingest = $3)",
    ),
    (
        "SELECT COALESCE(MAX(no), 0) FROM statements",
        "DELETE FROM statements WHERE no > $1 AND no <= $2 AND ingest = $3",
    ),
    (
        "SELECT COALESCE(MAX(no), 0) FROM blocking",
        "DELETE FROM blocking WHERE no > $1 AND no <= $2 AND ingest = $3",
    ),
    (
        "SELECT COALESCE(MAX(no), 0) FROM identities",
        "DELETE FROM identities WHERE no > $1 AND no <= $2 AND ingest = $3",
    ),
    (
        "SELECT COALESCE(MAX(no), 0) FROM clients",
        "DELETE FROM clients WHERE no > $1 AND no <= $2 AND ingest = $3",
    ),
];
/// What was superseded or taken back before a moment, and where to look for it. A name goes out of the index with its row.
const SUPERSEDED: [(&str, &str); 3] = [
    (
        "SELECT COALESCE(MAX(no), 0) FROM statements",
        "DELETE FROM statements WHERE no > $1 AND no <= $2 AND EXISTS
            (SELECT 1 FROM statements n JOIN ingests i ON i.no = n.ingest
                WHERE n.client = statements.client AND n.record = statements.record AND n.part = statements.part
                    AND (n.ingest > statements.ingest OR n.ingest = statements.ingest AND n.no > statements.no)
                    AND i.state = 'published' AND i.ended_at < $3)",
    ),
    (
        "SELECT COALESCE(MAX(no), 0) FROM blocking",
        "DELETE FROM blocking WHERE no > $1 AND no <= $2 AND EXISTS
            (SELECT 1 FROM identities d JOIN identities n ON n.source_key = d.source_key JOIN ingests i ON i.no = n.ingest
                WHERE d.no = blocking.identity
                    AND (n.ingest > d.ingest OR n.ingest = d.ingest AND n.no > d.no)
                    AND i.state = 'published' AND i.ended_at < $3)",
    ),
    (
        "SELECT COALESCE(MAX(no), 0) FROM identities",
        "DELETE FROM identities WHERE no > $1 AND no <= $2 AND EXISTS
            (SELECT 1 FROM identities n JOIN ingests i ON i.no = n.ingest
                WHERE n.source_key = identities.source_key
                    AND (n.ingest > identities.ingest OR n.ingest = identities.ingest AND n.no > identities.no)
                    AND i.state = 'published' AND i.ended_at < $3)",
    ),
];
/// Rows removed in one transaction, so that other writers get their turn.
const PIECE: i64 = 20_000;
const TABLE: &str = "ingests";

#[derive(sqlx::FromRow)]
struct Row {
    id: Vec<u8>,
    source: String,
    kind: String,
    digest: Vec<u8>,
    received_at: i64,
    state: String,
    ended_at: Option<i64>,
    report: Option<String>,
}

impl Row {
    fn read(self) -> Result<IngestRecord, StoreError> {
        Ok(IngestRecord {
            begun: NewIngest {
                id: IngestId::from_uuid(bodies::uuid(TABLE, &self.id)?),
                source: bodies::slug(TABLE, &self.source)?,
                kind: read_kind(&self.kind)?,
                digest: bodies::digest(TABLE, &self.digest)?,
                received_at: Timestamp::from_micros(self.received_at),
            },
            state: read_state(&self.state)?,
            ended_at: self.ended_at.map(Timestamp::from_micros),
            report: self
                .report
                .map(|report| bodies::read(TABLE, report.as_bytes()))
                .transpose()?,
        })
    }
}

const fn kind_word(kind: IngestKind) -> &'static str {
    match kind {
        IngestKind::HmisCsv => "hmis_csv",
        IngestKind::HmisJson => "hmis_json",
        IngestKind::FhirBundle => "fhir_bundle",
        IngestKind::FhirNdjson => "fhir_ndjson",
        IngestKind::Ccda => "ccda",
        IngestKind::CallsForService => "calls_for_service",
        IngestKind::FieldForms => "field_forms",
        IngestKind::Eido => "eido",
        IngestKind::Niem => "niem",
        IngestKind::Hl7V2 => "hl7_v2",
        IngestKind::Hl7V2Messages => "hl7_v2_messages",
    }
}

fn read_kind(word: &str) -> Result<IngestKind, StoreError> {
    [
        IngestKind::HmisCsv,
        IngestKind::HmisJson,
        IngestKind::FhirBundle,
        IngestKind::FhirNdjson,
        IngestKind::Ccda,
        IngestKind::CallsForService,
        IngestKind::FieldForms,
        IngestKind::Eido,
        IngestKind::Niem,
        IngestKind::Hl7V2,
        IngestKind::Hl7V2Messages,
    ]
    .into_iter()
    .find(|kind| kind_word(*kind) == word)
    .ok_or(StoreError::Inconsistent {
        table: TABLE,
        what: "an unknown kind of push",
    })
}

const fn state_word(state: IngestState) -> &'static str {
    match state {
        IngestState::Running => "running",
        IngestState::Published => "published",
        IngestState::Refused => "refused",
        IngestState::Failed => "failed",
    }
}

fn read_state(word: &str) -> Result<IngestState, StoreError> {
    // How it ends is settled when nothing of it is left.
    if word == REMOVING {
        return Ok(IngestState::Running);
    }
    [
        IngestState::Running,
        IngestState::Published,
        IngestState::Refused,
        IngestState::Failed,
    ]
    .into_iter()
    .find(|state| state_word(*state) == word)
    .ok_or(StoreError::Inconsistent {
        table: TABLE,
        what: "an unknown state of a push",
    })
}

/// What is being removed can no longer be published.
const REMOVING: &str = "removing";

const NOT_RUNNING: StoreError = StoreError::Missing { what: "running push" };

impl Records {
    pub(super) async fn running(&self, ingest: IngestId, source: &AgencyId) -> Result<Running, StoreError> {
        let (no, of, repeats): (i64, String, bool) = sqlx::query_as::<Db, _>(RUNNING)
            .bind(ingest.as_bytes().as_slice())
            .fetch_optional(&self.reader)
            .await
            .map_err(failed("staging a push"))?
            .ok_or(NOT_RUNNING)?;
        if of != source.as_str() {
            return Err(NOT_RUNNING);
        }
        let repeats = if repeats { Repeats::Maybe } else { Repeats::Never };
        Ok(Running {
            id: ingest,
            no,
            source: source.clone(),
            repeats,
        })
    }

    async fn end(
        &self,
        ingest: IngestId,
        (before, state): (&str, IngestState),
        report: Option<&serde_json::Value>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const WHAT: &str = "ending a push";
        let report = report.map(|report| bodies::write(TABLE, report)).transpose()?;
        let mut connection = self.writing(Durability::Confirmed, WHAT).await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(failed(WHAT))?;
        let ended = sqlx::query(END)
            .bind(ingest.as_bytes().as_slice())
            .bind(state_word(state))
            .bind(now.as_micros())
            .bind(report)
            .bind(before)
            .execute(&mut *transaction)
            .await
            .map_err(failed(WHAT))?;
        if ended.rows_affected() != 1 {
            return Err(NOT_RUNNING);
        }
        transaction.commit().await.map_err(failed(WHAT))?;
        self.met.forget(ingest);
        Ok(())
    }

    /// Settles that a push will not be published, before anything of it is removed. Confirmed: a publication that was
    /// on its way to the database has come first, and then the push is not given up, or comes too late.
    async fn give_up(&self, ingest: IngestId) -> Result<(), StoreError> {
        const WHAT: &str = "giving up a push";
        let mut connection = self.writing(Durability::Confirmed, WHAT).await?;
        let given_up = sqlx::query(GIVE_UP)
            .bind(ingest.as_bytes().as_slice())
            .execute(&mut *connection)
            .await
            .map_err(failed(WHAT))?;
        match given_up.rows_affected() {
            1 => Ok(()),
            _ => Err(NOT_RUNNING),
        }
    }

    /// Removes what a push staged. The push stays `removing` until nothing is left, so that a crash on the way
    /// leaves the rest to the next start.
    async fn remove_staged(&self, ingest: IngestId) -> Result<(), StoreError> {
        const WHAT: &str = "removing a push";
        let (no, clients, identities, blocking, statements): (i64, i64, i64, i64, i64) =
            sqlx::query_as::<Db, _>(FLOORS)
                .bind(ingest.as_bytes().as_slice())
                .fetch_optional(&self.reader)
                .await
                .map_err(failed(WHAT))?
                .ok_or(NOT_RUNNING)?;
        for ((last, remove), floor) in STAGED
            .into_iter()
            .zip([statements, statements, blocking, identities, clients])
        {
            self.remove_all(last, remove, floor, no, WHAT).await?;
        }
        let mut connection = self.writing(Durability::Staged, WHAT).await?;
        sqlx::query(UNMERGE)
            .bind(no)
            .execute(&mut *connection)
            .await
            .map_err(failed(WHAT))?;
        Ok(())
    }

    /// Removes rows piece by piece, from above `floor` up to the last one there is. Returns how many.
    async fn remove_all(
        &self,
        last: &'static str,
        remove: &'static str,
        floor: i64,
        by: i64,
        what: &'static str,
    ) -> Result<u64, StoreError> {
        let last: i64 = sqlx::query_scalar(last)
            .fetch_one(&self.reader)
            .await
            .map_err(failed(what))?;
        let (mut from, mut removed) = (floor, 0);
        while from < last {
            let to = from.saturating_add(PIECE);
            let mut connection = self.writing(Durability::Staged, what).await?;
            removed += remove_piece(&mut connection, remove, (from, to), by)
                .await
                .map_err(failed(what))?;
            from = to;
        }
        Ok(removed)
    }

    async fn undo(
        &self,
        ingest: IngestId,
        state: IngestState,
        report: Option<&serde_json::Value>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.give_up(ingest).await?;
        self.remove_staged(ingest).await?;
        self.end(ingest, (REMOVING, state), report, now).await
    }
}

const fn holdings((clients, statements): (i64, i64)) -> Holdings {
    Holdings {
        clients: clients.unsigned_abs(),
        statements: statements.unsigned_abs(),
    }
}

async fn remove_piece(
    connection: &mut Connection,
    remove: &'static str,
    (from, to): (i64, i64),
    by: i64,
) -> Result<u64, sqlx::Error> {
    let mut transaction = connection.begin_with(BEGIN).await?;
    let removed = sqlx::query(remove)
        .bind(from)
        .bind(to)
        .bind(by)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(removed.rows_affected())
}

#[async_trait::async_trait]
impl IngestStore for Records {
    async fn begin_ingest(&self, ingest: &NewIngest) -> Result<Begun, StoreError> {
        const WHAT: &str = "beginning a push";
        // That a push has begun need not survive a power cut: what it stages does not either. Messages begin one with each
        // group, and the disk is what they wait for.
        let durability = match ingest.kind {
            IngestKind::Hl7V2Messages => Durability::Staged,
            _ => Durability::Confirmed,
        };
        let mut connection = self.writing(durability, WHAT).await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(failed(WHAT))?;
        let newest = sqlx::query_as::<Db, Row>(NEWEST_PUBLISHED)
            .bind(ingest.source.as_str())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed(WHAT))?;
        if let Some(newest) = newest
            && newest.kind == kind_word(ingest.kind)
            && bodies::digest(TABLE, &newest.digest)? == ingest.digest
        {
            return newest.read().map(|record| Begun::Already(Box::new(record)));
        }
        let digest: &Digest = &ingest.digest;
        sqlx::query(BEGIN_PUSH)
            .bind(ingest.id.as_bytes().as_slice())
            .bind(ingest.source.as_str())
            .bind(kind_word(ingest.kind))
            .bind(digest.as_bytes().as_slice())
            .bind(ingest.received_at.as_micros())
            .execute(&mut *transaction)
            .await
            .map_err(conflicting(WHAT, "a push of this source is running"))?;
        transaction.commit().await.map_err(failed(WHAT))?;
        Ok(Begun::New)
    }

    async fn stage_all(
        &self,
        ingest: IngestId,
        source: &AgencyId,
        pieces: Pieces,
    ) -> Result<u64, StoreError> {
        let push = self.running(ingest, source).await?;
        self.write_pieces(push, pieces).await
    }

    async fn keep_merges(
        &self,
        ingest: IngestId,
        source: &AgencyId,
        merges: &[(SourceClientKey, SourceClientKey)],
    ) -> Result<(), StoreError> {
        self.note_merges(ingest, source, merges).await
    }

    async fn keep_marks(
        &self,
        ingest: IngestId,
        source: &AgencyId,
        marks: &[MessageMark],
        now: Timestamp,
        forget_before: Timestamp,
    ) -> Result<(), StoreError> {
        self.note_marks(ingest, source, marks, (now, forget_before)).await
    }

    async fn repetitions(
        &self,
        source: &AgencyId,
        marks: &[MessageMark],
        since: Timestamp,
    ) -> Result<Vec<Repetition>, StoreError> {
        self.known_marks(source, marks, since).await
    }

    async fn taken_away(&self, ingest: IngestId) -> Result<Holdings, StoreError> {
        sqlx::query_as::<Db, (i64, i64)>(TAKEN_AWAY)
            .bind(ingest.as_bytes().as_slice())
            .fetch_optional(&self.reader)
            .await
            .map_err(failed("counting what a push takes away"))?
            .map(holdings)
            .ok_or(NOT_RUNNING)
    }

    async fn holdings(&self, source: &AgencyId) -> Result<Holdings, StoreError> {
        sqlx::query_as::<Db, (i64, i64)>(HOLDINGS)
            .bind(source.as_str())
            .fetch_one(&self.reader)
            .await
            .map_err(failed("counting what a source has on file"))
            .map(holdings)
    }

    async fn note_gone(&self, ingest: IngestId, gone: Holdings, meant: bool) -> Result<(), StoreError> {
        self.write_gone(ingest, gone, meant).await
    }

    async fn gone_since(&self, source: &AgencyId, since: Timestamp) -> Result<Holdings, StoreError> {
        self.read_gone(source, since).await
    }

    async fn note_export(
        &self,
        ingest: IngestId,
        source: &AgencyId,
        export: &ExportMark,
    ) -> Result<(), StoreError> {
        self.write_export(ingest, source, export).await
    }

    async fn newest_exports(
        &self,
        source: &AgencyId,
        system: &Digest,
    ) -> Result<BTreeMap<Digest, Timestamp>, StoreError> {
        self.read_exports(source, system).await
    }

    async fn clients_named_by(&self, source: &AgencyId) -> Result<Vec<ClientId>, StoreError> {
        self.read_named_by(source).await
    }

    async fn swept_for(&self, source: &AgencyId) -> Result<Option<Digest>, StoreError> {
        self.read_swept(source).await
    }

    async fn note_swept(&self, source: &AgencyId, registration: &Digest) -> Result<(), StoreError> {
        self.write_swept(source, registration).await
    }

    async fn remove_superseded(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut removed = 0;
        for (last, remove) in SUPERSEDED {
            let before = before.as_micros();
            removed += self
                .remove_all(last, remove, 0, before, "removing what was superseded")
                .await?;
        }
        Ok(removed)
    }

    async fn publish(
        &self,
        ingest: IngestId,
        report: &serde_json::Value,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let running = state_word(IngestState::Running);
        self.end(ingest, (running, IngestState::Published), Some(report), now)
            .await
    }

    async fn abort(
        &self,
        ingest: IngestId,
        state: IngestState,
        report: &serde_json::Value,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        match state {
            IngestState::Refused | IngestState::Failed => self.undo(ingest, state, Some(report), now).await,
            IngestState::Running | IngestState::Published => Err(StoreError::Conflict {
                what: "a push that is aborted ends as refused or failed",
            }),
        }
    }

    async fn ingest(&self, id: IngestId) -> Result<Option<IngestRecord>, StoreError> {
        sqlx::query_as::<Db, Row>(ONE)
            .bind(id.as_bytes().as_slice())
            .fetch_optional(&self.reader)
            .await
            .map_err(failed("reading a push"))?
            .map(Row::read)
            .transpose()
    }

    async fn sweep_unfinished(&self, now: Timestamp) -> Result<u64, StoreError> {
        let unfinished: Vec<Vec<u8>> = sqlx::query_scalar(UNFINISHED)
            .fetch_all(&self.reader)
            .await
            .map_err(failed("looking for unfinished pushes"))?;
        let mut swept = 0;
        for id in unfinished {
            let id = IngestId::from_uuid(bodies::uuid(TABLE, &id)?);
            match self.undo(id, IngestState::Failed, None, now).await {
                Ok(()) => swept += 1,
                // It has ended meanwhile: published by the server after all, or swept by another.
                Err(StoreError::Missing { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(swept)
    }
}
