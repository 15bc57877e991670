//! Statements over many rows: each column goes as one array.

use sqlx::Arguments as _;
use sqlx::error::BoxDynError;
use sqlx::postgres::PgArguments;

use crate::rows::{
    FoundCandidate, FoundConsent, FoundIdentity, FoundStatement, NewBlocking, NewClient, NewIdentity,
    NewStatement,
};

use super::Connection;

const INSERT_CLIENTS: &str = "INSERT INTO clients (ingest, no, id, sealed_key)
    SELECT $1, * FROM UNNEST($2::BIGINT[], $3::BYTEA[], $4::BYTEA[])";
const FIND_CLIENTS: &str = "SELECT c.id, c.no FROM clients c JOIN ingests i ON i.no = c.ingest
    WHERE c.id = ANY($1::BYTEA[]) AND (i.state = 'published' OR i.no = $2)";
const INSERT_IDENTITIES: &str = "INSERT INTO identities (ingest, no, client, source_key, content, sealed)
    SELECT $1, * FROM UNNEST($2::BIGINT[], $3::BYTEA[], $4::BYTEA[], $5::BIGINT[], $6::BYTEA[])";
const INSERT_BLOCKING: &str = "INSERT INTO blocking (ingest, key, identity)
    SELECT $1, * FROM UNNEST($2::BIGINT[], $3::BIGINT[])";
const INSERT_STATEMENTS: &str = "INSERT INTO statements (ingest, client, record, part, content, sealed)
    SELECT $1, * FROM UNNEST($2::BIGINT[], $3::BIGINT[], $4::BIGINT[], $5::BIGINT[], $6::BYTEA[])";
const INSERT_PLACES: &str = "INSERT INTO record_places (ingest, record, client)
    SELECT $1, * FROM UNNEST($2::BIGINT[], $3::BIGINT[]) ON CONFLICT DO NOTHING";
const FIND_STATEMENTS: &str = "SELECT s.no, s.client, s.record, s.part, s.ingest, s.content,
      s.sealed IS NOT NULL AS live, i.received_at
    FROM record_places p JOIN statements s ON s.client = p.client AND s.record = p.record
    JOIN ingests i ON i.no = s.ingest
    WHERE p.record = ANY($1::BIGINT[]) AND (i.state = 'published' OR i.no = $2) ORDER BY s.ingest, s.no";
const FIND_SEALED: &str =
    "SELECT s.no, s.sealed FROM statements s WHERE s.no = ANY($1::BIGINT[]) AND s.sealed IS NOT NULL";
const FIND_CONSENTS: &str = "SELECT c.id, c.version, c.client, c.recorded_at, c.sealed FROM consents c
    WHERE c.client = ANY($1::BYTEA[]) AND c.version = (SELECT MAX(d.version) FROM consents d WHERE d.id = c.id)";
const FIND_IDENTITIES: &str = "SELECT d.source_key, d.client, d.content, d.sealed IS NOT NULL AS live
    FROM identities d JOIN ingests i ON i.no = d.ingest
    WHERE d.source_key = ANY($1::BYTEA[]) AND (i.state = 'published' OR i.no = $2) ORDER BY d.ingest, d.no";
// By the index, and no further than asked for: under a common name there may be tens of thousands.
const FIND_CANDIDATES: &str = "SELECT w.key, d.no AS identity, d.client, d.source_key, d.ingest, d.sealed, i.source
    FROM UNNEST($1::BIGINT[]) AS w (key) CROSS JOIN LATERAL (
      SELECT b.identity FROM blocking b JOIN identities e ON e.no = b.identity JOIN ingests p ON p.no = e.ingest
      WHERE b.key = w.key AND p.state = 'published' AND NOT EXISTS (
        SELECT 1 FROM identities n JOIN ingests j ON j.no = n.ingest
        WHERE n.source_key = e.source_key AND j.state = 'published'
          AND (n.ingest > e.ingest OR (n.ingest = e.ingest AND n.no > e.no)))
      ORDER BY b.identity LIMIT $2) f
    JOIN identities d ON d.no = f.identity JOIN ingests i ON i.no = d.ingest WHERE d.sealed IS NOT NULL";

const INSERT_MARKS: &str = "INSERT INTO messages (ingest, received_at, mark, content)
    SELECT $1, $2, * FROM UNNEST($3::BIGINT[], $4::BIGINT[])
    ON CONFLICT (mark) DO UPDATE SET ingest = excluded.ingest, received_at = excluded.received_at, content = excluded.content";
const FIND_MARKS: &str = "SELECT m.mark, m.content FROM messages m JOIN ingests i ON i.no = m.ingest
    WHERE m.mark = ANY($1::BIGINT[]) AND i.state = 'published' AND m.received_at >= $2";

/// A statement with what it writes, ready for the connection.
pub(super) struct Write {
    text: &'static str,
    arguments: PgArguments,
}

/// Writes it all, in order.
pub(super) async fn run(connection: &mut Connection, writes: Vec<Write>) -> Result<(), sqlx::Error> {
    for Write { text, arguments } in writes {
        sqlx::query_with(text, arguments)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// What `bind` binds to `text`; nothing if there are no rows.
fn bound(
    rows: usize,
    text: &'static str,
    bind: impl FnOnce(&mut PgArguments) -> Result<(), BoxDynError>,
) -> Result<Vec<Write>, sqlx::Error> {
    if rows == 0 {
        return Ok(Vec::new());
    }
    let mut arguments = PgArguments::default();
    bind(&mut arguments).map_err(sqlx::Error::Encode)?;
    Ok(vec![Write { text, arguments }])
}

pub(super) fn clients(ingest: i64, rows: Vec<NewClient>) -> Result<Vec<Write>, sqlx::Error> {
    let (mut numbers, mut ids, mut keys) = (vec![], vec![], vec![]);
    for row in rows {
        numbers.push(row.no);
        ids.push(row.id);
        keys.push(row.sealed_key);
    }
    bound(numbers.len(), INSERT_CLIENTS, |to| {
        to.add(ingest)?;
        to.add(numbers)?;
        to.add(ids)?;
        to.add(keys)
    })
}

pub(super) fn identities(ingest: i64, rows: Vec<NewIdentity>) -> Result<Vec<Write>, sqlx::Error> {
    let (mut numbers, mut clients, mut keys) = (vec![], vec![], vec![]);
    let (mut contents, mut sealed) = (vec![], vec![]);
    for row in rows {
        numbers.push(row.no);
        clients.push(row.client);
        keys.push(row.source_key);
        contents.push(row.content);
        sealed.push(row.sealed);
    }
    bound(numbers.len(), INSERT_IDENTITIES, |to| {
        to.add(ingest)?;
        to.add(numbers)?;
        to.add(clients)?;
        to.add(keys)?;
        to.add(contents)?;
        to.add(sealed)
    })
}

pub(super) fn blocking(ingest: i64, rows: Vec<NewBlocking>) -> Result<Vec<Write>, sqlx::Error> {
    let (keys, identities): (Vec<_>, Vec<_>) = rows.into_iter().map(|row| (row.key, row.identity)).unzip();
    bound(keys.len(), INSERT_BLOCKING, |to| {
        to.add(ingest)?;
        to.add(keys)?;
        to.add(identities)
    })
}

pub(super) fn statements(ingest: i64, rows: Vec<NewStatement>) -> Result<Vec<Write>, sqlx::Error> {
    let (mut clients, mut records, mut parts) = (vec![], vec![], vec![]);
    let (mut contents, mut sealed) = (vec![], vec![]);
    for row in rows {
        clients.push(row.client);
        records.push(row.record);
        parts.push(row.part.number());
        contents.push(row.content);
        sealed.push(row.sealed);
    }
    bound(clients.len(), INSERT_STATEMENTS, |to| {
        to.add(ingest)?;
        to.add(clients)?;
        to.add(records)?;
        to.add(parts)?;
        to.add(contents)?;
        to.add(sealed)
    })
}

/// Records beside the clients they speak about.
pub(super) fn places(ingest: i64, rows: Vec<(i64, i64)>) -> Result<Vec<Write>, sqlx::Error> {
    let (records, clients): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    bound(records.len(), INSERT_PLACES, |to| {
        to.add(ingest)?;
        to.add(records)?;
        to.add(clients)
    })
}

/// Marks of messages, beside what was in them.
pub(super) fn marks(ingest: i64, received_at: i64, rows: Vec<(i64, i64)>) -> Result<Vec<Write>, sqlx::Error> {
    let (marks, contents): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    bound(marks.len(), INSERT_MARKS, |to| {
        to.add(ingest)?;
        to.add(received_at)?;
        to.add(marks)?;
        to.add(contents)
    })
}

/// Those of these marks that were published since a moment, beside what was in the messages.
pub(super) async fn find_marks(
    connection: &mut Connection,
    marks: Vec<i64>,
    since: i64,
) -> Result<Vec<(i64, i64)>, sqlx::Error> {
    sqlx::query_as(FIND_MARKS)
        .bind(marks)
        .bind(since)
        .fetch_all(connection)
        .await
}

/// The numbers of those of these clients who are published or staged by `own`.
pub(super) async fn find_clients(
    connection: &mut Connection,
    ids: Vec<Vec<u8>>,
    own: i64,
) -> Result<Vec<(Vec<u8>, i64)>, sqlx::Error> {
    sqlx::query_as(FIND_CLIENTS)
        .bind(ids)
        .bind(own)
        .fetch_all(connection)
        .await
}

/// Every version of the statements of these records, about whomever, that is published or staged by `own`.
pub(super) async fn find_statements(
    connection: &mut Connection,
    records: Vec<i64>,
    own: i64,
) -> Result<Vec<FoundStatement>, sqlx::Error> {
    sqlx::query_as(FIND_STATEMENTS)
        .bind(records)
        .bind(own)
        .fetch_all(connection)
        .await
}

/// The sealed contents of these statements, by their numbers.
pub(super) async fn find_sealed(
    connection: &mut Connection,
    numbers: Vec<i64>,
) -> Result<Vec<(i64, Vec<u8>)>, sqlx::Error> {
    sqlx::query_as(FIND_SEALED)
        .bind(numbers)
        .fetch_all(connection)
        .await
}

/// Every version of these identities that is published or staged by `own`.
pub(super) async fn find_identities(
    connection: &mut Connection,
    source_keys: Vec<Vec<u8>>,
    own: i64,
) -> Result<Vec<FoundIdentity>, sqlx::Error> {
    sqlx::query_as(FIND_IDENTITIES)
        .bind(source_keys)
        .bind(own)
        .fetch_all(connection)
        .await
}

/// The newest version of each consent of these clients.
pub(super) async fn find_consents(
    connection: &mut Connection,
    clients: Vec<Vec<u8>>,
) -> Result<Vec<FoundConsent>, sqlx::Error> {
    sqlx::query_as(FIND_CONSENTS)
        .bind(clients)
        .fetch_all(connection)
        .await
}

/// At most `each` published identities under each of these keys.
pub(super) async fn find_candidates(
    connection: &mut Connection,
    keys: Vec<i64>,
    each: i64,
) -> Result<Vec<FoundCandidate>, sqlx::Error> {
    sqlx::query_as(FIND_CANDIDATES)
        .bind(keys)
        .bind(each)
        .fetch_all(connection)
        .await
}
