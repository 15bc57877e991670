//! Statements over many rows. A round trip costs as much as ten rows, so rows go by four hundred, forty, eight and one:
//! four constant texts for each statement, made once.

use std::sync::LazyLock;

use sqlx::query::QueryAs;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{FromRow, Sqlite};

use super::Connection;
use crate::rows::{
    FoundCandidate, FoundIdentity, FoundStatement, NewBlocking, NewClient, NewIdentity, NewStatement,
};

/// The number of rows in one statement, largest first.
const STEPS: [usize; 4] = [400, 40, 8, 1];

/// One statement for each of [`STEPS`].
struct Ladder([String; STEPS.len()]);

impl Ladder {
    /// `head`, rows of `columns` placeholders, `tail`.
    fn new(head: &str, columns: usize, tail: &str) -> Self {
        let row = format!("({})", vec!["?"; columns].join(","));
        Self(STEPS.map(|rows| format!("{head} {} {tail}", vec![row.as_str(); rows].join(","))))
    }

    /// The statements that together take `count` rows, and how many each takes.
    fn steps(&'static self, mut count: usize) -> impl Iterator<Item = (&'static str, usize)> {
        std::iter::from_fn(move || {
            let (text, length) = self.0.iter().zip(STEPS).find(|(_, length)| *length <= count)?;
            count -= length;
            Some((text.as_str(), length))
        })
    }
}

macro_rules! ladder {
    ($name:ident, $head:expr, $columns:expr, $tail:expr) => {
        static $name: LazyLock<Ladder> = LazyLock::new(|| Ladder::new($head, $columns, $tail));
    };
}

ladder!(
    INSERT_CLIENTS,
    "INSERT INTO clients (ingest, id, sealed_key) VALUES",
    3,
    "RETURNING id, no"
);
ladder!(
    INSERT_IDENTITIES,
    "INSERT INTO identities (ingest, client, source_key, content, sealed) VALUES",
    5,
    "RETURNING source_key, no"
);
ladder!(
    INSERT_BLOCKING,
    "INSERT INTO blocking (ingest, key, identity) VALUES",
    3,
    ""
);
ladder!(
    INSERT_STATEMENTS,
    "INSERT INTO statements (ingest, client, record, part, content, sealed) VALUES",
    6,
    ""
);
ladder!(
    FIND_CLIENTS,
    "WITH wanted (id) AS (VALUES",
    1,
    ") SELECT c.id, c.no FROM wanted CROSS JOIN clients c ON c.id = wanted.id JOIN ingests i ON i.no = c.ingest
       WHERE i.state = 'published' OR i.no = ?"
);
ladder!(
    FIND_STATEMENTS,
    "WITH wanted (client, record) AS (VALUES",
    2,
    ") SELECT s.client, s.record, s.part, s.content, s.sealed IS NOT NULL AS live
       FROM wanted CROSS JOIN statements s ON s.client = wanted.client AND s.record = wanted.record
       JOIN ingests i ON i.no = s.ingest
       WHERE i.state = 'published' OR i.no = ? ORDER BY s.ingest, s.no"
);
ladder!(
    FIND_IDENTITIES,
    "WITH wanted (source_key) AS (VALUES",
    1,
    ") SELECT d.source_key, d.client, d.content, d.sealed IS NOT NULL AS live
       FROM wanted CROSS JOIN identities d ON d.source_key = wanted.source_key
       JOIN ingests i ON i.no = d.ingest
       WHERE i.state = 'published' OR i.no = ? ORDER BY d.ingest, d.no"
);
ladder!(
    FIND_CANDIDATES,
    "WITH wanted (key) AS (VALUES",
    1,
    "), found AS (
       SELECT b.key, d.no, ROW_NUMBER() OVER (PARTITION BY b.key ORDER BY d.no) AS place
       FROM wanted CROSS JOIN blocking b ON b.key = wanted.key
       JOIN identities d ON d.no = b.identity JOIN ingests i ON i.no = d.ingest
       WHERE i.state = 'published' AND NOT EXISTS (
         SELECT 1 FROM identities n JOIN ingests j ON j.no = n.ingest
         WHERE n.source_key = d.source_key AND j.state = 'published'
           AND (n.ingest > d.ingest OR (n.ingest = d.ingest AND n.no > d.no))))
     SELECT f.key, d.no AS identity, d.client, d.source_key, d.ingest, d.sealed, i.source
     FROM found f JOIN identities d ON d.no = f.no JOIN ingests i ON i.no = d.ingest WHERE f.place <= ? AND d.sealed IS NOT NULL"
);

type Asked<O> = QueryAs<'static, Sqlite, O, SqliteArguments>;

fn ask<O: for<'r> FromRow<'r, SqliteRow>>(text: &'static str) -> Asked<O> {
    sqlx::query_as(text)
}

/// Returns the number each client was given.
pub(super) async fn insert_clients(
    connection: &mut Connection,
    ingest: i64,
    mut rows: Vec<NewClient>,
) -> Result<Vec<(Vec<u8>, i64)>, sqlx::Error> {
    let mut numbers = Vec::with_capacity(rows.len());
    for (text, length) in INSERT_CLIENTS.steps(rows.len()) {
        let mut query = ask(text);
        for row in rows.drain(..length) {
            query = query.bind(ingest).bind(row.id).bind(row.sealed_key);
        }
        numbers.extend(query.fetch_all(&mut *connection).await?);
    }
    Ok(numbers)
}

/// The numbers of those of these clients who are published or staged by `own`.
pub(super) async fn find_clients(
    connection: &mut Connection,
    mut ids: Vec<Vec<u8>>,
    own: i64,
) -> Result<Vec<(Vec<u8>, i64)>, sqlx::Error> {
    let mut numbers = Vec::with_capacity(ids.len());
    for (text, length) in FIND_CLIENTS.steps(ids.len()) {
        let mut query = ask(text);
        for id in ids.drain(..length) {
            query = query.bind(id);
        }
        numbers.extend(query.bind(own).fetch_all(&mut *connection).await?);
    }
    Ok(numbers)
}

/// Returns the number each row was given, by its source key.
pub(super) async fn insert_identities(
    connection: &mut Connection,
    ingest: i64,
    mut rows: Vec<NewIdentity>,
) -> Result<Vec<(Vec<u8>, i64)>, sqlx::Error> {
    let mut numbers = Vec::with_capacity(rows.len());
    for (text, length) in INSERT_IDENTITIES.steps(rows.len()) {
        let mut query = ask::<(Vec<u8>, i64)>(text);
        for row in rows.drain(..length) {
            query = query
                .bind(ingest)
                .bind(row.client)
                .bind(row.source_key)
                .bind(row.content)
                .bind(row.sealed);
        }
        numbers.extend(query.fetch_all(&mut *connection).await?);
    }
    Ok(numbers)
}

pub(super) async fn insert_blocking(
    connection: &mut Connection,
    ingest: i64,
    mut rows: Vec<NewBlocking>,
) -> Result<(), sqlx::Error> {
    for (text, length) in INSERT_BLOCKING.steps(rows.len()) {
        let mut query = sqlx::query(text);
        for row in rows.drain(..length) {
            query = query.bind(ingest).bind(row.key).bind(row.identity);
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

pub(super) async fn insert_statements(
    connection: &mut Connection,
    ingest: i64,
    mut rows: Vec<NewStatement>,
) -> Result<(), sqlx::Error> {
    for (text, length) in INSERT_STATEMENTS.steps(rows.len()) {
        let mut query = sqlx::query(text);
        for row in rows.drain(..length) {
            query = query
                .bind(ingest)
                .bind(row.client)
                .bind(row.record)
                .bind(row.part)
                .bind(row.content)
                .bind(row.sealed);
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Every version of the statements of these clients' records that is published or staged by `own`.
pub(super) async fn find_statements(
    connection: &mut Connection,
    mut records: Vec<(i64, i64)>,
    own: i64,
) -> Result<Vec<FoundStatement>, sqlx::Error> {
    let mut found = Vec::new();
    for (text, length) in FIND_STATEMENTS.steps(records.len()) {
        let mut query = ask(text);
        for (client, record) in records.drain(..length) {
            query = query.bind(client).bind(record);
        }
        found.extend(query.bind(own).fetch_all(&mut *connection).await?);
    }
    Ok(found)
}

/// Every version of these identities that is published or staged by `own`.
pub(super) async fn find_identities(
    connection: &mut Connection,
    mut source_keys: Vec<Vec<u8>>,
    own: i64,
) -> Result<Vec<FoundIdentity>, sqlx::Error> {
    let mut found = Vec::new();
    for (text, length) in FIND_IDENTITIES.steps(source_keys.len()) {
        let mut query = ask(text);
        for source_key in source_keys.drain(..length) {
            query = query.bind(source_key);
        }
        found.extend(query.bind(own).fetch_all(&mut *connection).await?);
    }
    Ok(found)
}

/// At most `each` published identities under each of these keys.
pub(super) async fn find_candidates(
    connection: &mut Connection,
    mut keys: Vec<i64>,
    each: i64,
) -> Result<Vec<FoundCandidate>, sqlx::Error> {
    let mut found = Vec::new();
    for (text, length) in FIND_CANDIDATES.steps(keys.len()) {
        let mut query = ask(text);
        for key in keys.drain(..length) {
            query = query.bind(key);
        }
        found.extend(query.bind(each).fetch_all(&mut *connection).await?);
    }
    Ok(found)
}
