//! Statements over many rows: each column goes as one array.

use crate::rows::{
    FoundCandidate, FoundIdentity, FoundStatement, NewBlocking, NewClient, NewIdentity, NewStatement,
};

use super::Connection;

const INSERT_CLIENTS: &str = "INSERT INTO clients (ingest, id, sealed_key)
    SELECT $1, * FROM UNNEST($2::BYTEA[], $3::BYTEA[]) RETURNING id, no";
const FIND_CLIENTS: &str = "SELECT c.id, c.no FROM clients c JOIN ingests i ON i.no = c.ingest
    WHERE c.id = ANY($1::BYTEA[]) AND (i.state = 'published' OR i.no = $2)";
const INSERT_IDENTITIES: &str = "INSERT INTO identities (ingest, client, source_key, content, sealed)
    SELECT $1, * FROM UNNEST($2::BYTEA[], $3::BYTEA[], $4::BYTEA[], $5::BYTEA[]) RETURNING source_key, no";
const INSERT_BLOCKING: &str = "INSERT INTO blocking (ingest, key, identity)
    SELECT $1, * FROM UNNEST($2::BIGINT[], $3::BIGINT[])";
const INSERT_STATEMENTS: &str = "INSERT INTO statements (ingest, client, record, part, content, sealed)
    SELECT $1, * FROM UNNEST($2::BIGINT[], $3::BIGINT[], $4::BIGINT[], $5::BYTEA[], $6::BYTEA[])";
const FIND_STATEMENTS: &str = "SELECT s.client, s.record, s.part, s.content, s.sealed IS NOT NULL AS live
    FROM UNNEST($1::BIGINT[], $2::BIGINT[]) AS wanted (client, record)
    JOIN statements s ON s.client = wanted.client AND s.record = wanted.record
    JOIN ingests i ON i.no = s.ingest
    WHERE i.state = 'published' OR i.no = $3 ORDER BY s.ingest, s.no";
const FIND_IDENTITIES: &str = "SELECT d.source_key, d.client, d.content, d.sealed IS NOT NULL AS live
    FROM identities d JOIN ingests i ON i.no = d.ingest
    WHERE d.source_key = ANY($1::BYTEA[]) AND (i.state = 'published' OR i.no = $2) ORDER BY d.ingest, d.no";
const FIND_CANDIDATES: &str = "WITH found AS (
      SELECT b.key, d.no, ROW_NUMBER() OVER (PARTITION BY b.key ORDER BY d.no) AS place
      FROM blocking b JOIN identities d ON d.no = b.identity JOIN ingests i ON i.no = d.ingest
      WHERE b.key = ANY($1::BIGINT[]) AND i.state = 'published' AND NOT EXISTS (
        SELECT 1 FROM identities n JOIN ingests j ON j.no = n.ingest
        WHERE n.source_key = d.source_key AND j.state = 'published'
          AND (n.ingest > d.ingest OR (n.ingest = d.ingest AND n.no > d.no))))
    SELECT f.key, d.no AS identity, d.client, d.source_key, d.ingest, d.sealed, i.source
    FROM found f JOIN identities d ON d.no = f.no JOIN ingests i ON i.no = d.ingest WHERE f.place <= $2 AND d.sealed IS NOT NULL";

/// Returns the number each client was given.
pub(super) async fn insert_clients(
    connection: &mut Connection,
    ingest: i64,
    rows: Vec<NewClient>,
) -> Result<Vec<(Vec<u8>, i64)>, sqlx::Error> {
    let (ids, keys): (Vec<_>, Vec<_>) = rows.into_iter().map(|row| (row.id, row.sealed_key)).unzip();
    sqlx::query_as(INSERT_CLIENTS)
        .bind(ingest)
        .bind(ids)
        .bind(keys)
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

/// Returns the number each row was given, by its source key.
pub(super) async fn insert_identities(
    connection: &mut Connection,
    ingest: i64,
    rows: Vec<NewIdentity>,
) -> Result<Vec<(Vec<u8>, i64)>, sqlx::Error> {
    let (mut clients, mut keys, mut contents, mut sealed) = (vec![], vec![], vec![], vec![]);
    for row in rows {
        clients.push(row.client);
        keys.push(row.source_key);
        contents.push(row.content);
        sealed.push(row.sealed);
    }
    sqlx::query_as(INSERT_IDENTITIES)
        .bind(ingest)
        .bind(clients)
        .bind(keys)
        .bind(contents)
        .bind(sealed)
        .fetch_all(connection)
        .await
}

pub(super) async fn insert_blocking(
    connection: &mut Connection,
    ingest: i64,
    rows: Vec<NewBlocking>,
) -> Result<(), sqlx::Error> {
    let (keys, identities): (Vec<_>, Vec<_>) = rows.into_iter().map(|row| (row.key, row.identity)).unzip();
    sqlx::query(INSERT_BLOCKING)
        .bind(ingest)
        .bind(keys)
        .bind(identities)
        .execute(connection)
        .await
        .map(drop)
}

pub(super) async fn insert_statements(
    connection: &mut Connection,
    ingest: i64,
    rows: Vec<NewStatement>,
) -> Result<(), sqlx::Error> {
    let (mut clients, mut records, mut parts) = (vec![], vec![], vec![]);
    let (mut contents, mut sealed) = (vec![], vec![]);
    for row in rows {
        clients.push(row.client);
        records.push(row.record);
        parts.push(row.part);
        contents.push(row.content);
        sealed.push(row.sealed);
    }
    sqlx::query(INSERT_STATEMENTS)
        .bind(ingest)
        .bind(clients)
        .bind(records)
        .bind(parts)
        .bind(contents)
        .bind(sealed)
        .execute(connection)
        .await
        .map(drop)
}

/// Every version of the statements of these clients' records that is published or staged by `own`.
pub(super) async fn find_statements(
    connection: &mut Connection,
    records: Vec<(i64, i64)>,
    own: i64,
) -> Result<Vec<FoundStatement>, sqlx::Error> {
    let (clients, records): (Vec<_>, Vec<_>) = records.into_iter().unzip();
    sqlx::query_as(FIND_STATEMENTS)
        .bind(clients)
        .bind(records)
        .bind(own)
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
