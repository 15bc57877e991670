//! Statements over many rows. A round trip costs as much as ten rows, so rows go by four hundred, forty, eight and one:
//! four constant texts for each statement, made once. A round that is not full is filled up with rows of nothing, which match
//! nothing and are not written.

use std::sync::LazyLock;

use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments as _, Encode, FromRow, Sqlite, Type};

use super::Connection;
use crate::rows::{
    FoundCandidate, FoundConsent, FoundIdentity, FoundStatement, NewBlocking, NewClient, NewIdentity,
    NewStatement,
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

    /// The same, of which rows are left out whose first column has no value.
    fn of_rows(head: &str, columns: usize, tail: &str) -> Self {
        let Self(plain) = Self::new(&format!("{head} VALUES"), columns, tail);
        let head = format!("{head} SELECT * FROM (VALUES");
        let Self(sieved) = Self::new(&head, columns, &format!(") WHERE column1 IS NOT NULL {tail}"));
        let [most, .., one] = plain;
        let [_, forty, eight, _] = sieved;
        Self([most, forty, eight, one])
    }

    /// The statements that together take `count` rows, how many each takes, and how many it has room for. Only the largest
    /// is always full.
    fn steps(&'static self, mut count: usize) -> impl Iterator<Item = (&'static str, usize, usize)> {
        std::iter::from_fn(move || {
            let [most, forty, eight, one] = STEPS;
            let length = match count {
                0 => return None,
                count if count >= most => most,
                count if count > eight => forty,
                count if count > one => eight,
                _ => one,
            };
            let (text, _) = self.0.iter().zip(STEPS).find(|(_, of)| *of == length)?;
            let taken = count.min(length);
            count -= taken;
            Some((text.as_str(), taken, length))
        })
    }
}

macro_rules! ladder {
    ($name:ident, $make:ident, $head:expr, $columns:expr, $tail:expr) => {
        static $name: LazyLock<Ladder> = LazyLock::new(|| Ladder::$make($head, $columns, $tail));
    };
}

// `OR FAIL`: an error ends the transaction anyway, and SQLite need not be able to undo the one statement; for that it
// would copy every page that the statement touches.
ladder!(
    INSERT_CLIENTS,
    of_rows,
    "INSERT OR FAIL INTO clients (ingest, no, id, sealed_key)",
    4,
    ""
);
ladder!(
    INSERT_IDENTITIES,
    of_rows,
    "INSERT OR FAIL INTO identities (ingest, no, client, source_key, content, sealed)",
    6,
    ""
);
ladder!(
    INSERT_BLOCKING,
    of_rows,
    "INSERT OR FAIL INTO blocking (ingest, key, identity)",
    3,
    ""
);
ladder!(
    INSERT_STATEMENTS,
    of_rows,
    "INSERT OR FAIL INTO statements (ingest, client, record, part, content, sealed)",
    6,
    ""
);
ladder!(
    INSERT_PLACES,
    of_rows,
    "INSERT OR IGNORE INTO record_places (ingest, record, client)",
    3,
    ""
);
// `CROSS JOIN`: in this order. Left to itself, SQLite may read a whole table and look the few wanted rows up in it.
ladder!(
    FIND_CLIENTS,
    new,
    "WITH wanted (id) AS (VALUES",
    1,
    ") SELECT c.id, c.no FROM wanted CROSS JOIN clients c ON c.id = wanted.id CROSS JOIN ingests i ON i.no = c.ingest
       WHERE i.state = 'published' OR i.no = ?"
);
ladder!(
    FIND_STATEMENTS,
    new,
    "WITH wanted (record) AS (VALUES",
    1,
    ") SELECT s.no, s.client, s.record, s.part, s.ingest, s.content, s.sealed IS NOT NULL AS live, i.received_at
       FROM wanted CROSS JOIN record_places p ON p.record = wanted.record
       CROSS JOIN statements s ON s.client = p.client AND s.record = p.record
       CROSS JOIN ingests i ON i.no = s.ingest
       WHERE i.state = 'published' OR i.no = ? ORDER BY s.ingest, s.no"
);
ladder!(
    FIND_SEALED,
    new,
    "WITH wanted (no) AS (VALUES",
    1,
    ") SELECT s.no, s.sealed FROM wanted CROSS JOIN statements s ON s.no = wanted.no WHERE s.sealed IS NOT NULL"
);
ladder!(
    FIND_IDENTITIES,
    new,
    "WITH wanted (source_key) AS (VALUES",
    1,
    ") SELECT d.source_key, d.client, d.content, d.sealed IS NOT NULL AS live
       FROM wanted CROSS JOIN identities d ON d.source_key = wanted.source_key
       CROSS JOIN ingests i ON i.no = d.ingest
       WHERE i.state = 'published' OR i.no = ? ORDER BY d.ingest, d.no"
);
ladder!(
    FIND_CANDIDATES,
    new,
    "WITH wanted (key) AS (VALUES",
    1,
    // By the index, and no further than asked for: under a common name there may be tens of thousands.
    ") SELECT wanted.key, d.no AS identity, d.client, d.source_key, d.ingest, d.sealed, i.source
       FROM wanted CROSS JOIN identities d CROSS JOIN ingests i ON i.no = d.ingest
       WHERE d.sealed IS NOT NULL AND d.no IN (
         SELECT b.identity FROM blocking b CROSS JOIN identities e ON e.no = b.identity
         CROSS JOIN ingests p ON p.no = e.ingest
         WHERE b.key = wanted.key AND p.state = 'published' AND NOT EXISTS (
           SELECT 1 FROM identities n CROSS JOIN ingests j ON j.no = n.ingest
           WHERE n.source_key = e.source_key AND j.state = 'published'
             AND (n.ingest > e.ingest OR (n.ingest = e.ingest AND n.no > e.no)))
         ORDER BY b.identity LIMIT ?)"
);

ladder!(
    INSERT_MARKS,
    of_rows,
    "INSERT INTO messages (ingest, received_at, mark, content)",
    4,
    "ON CONFLICT (mark) DO UPDATE SET ingest = excluded.ingest, received_at = excluded.received_at, content = excluded.content"
);
ladder!(
    FIND_MARKS,
    new,
    "WITH wanted (mark) AS (VALUES",
    1,
    ") SELECT m.mark, m.content FROM wanted CROSS JOIN messages m ON m.mark = wanted.mark
       CROSS JOIN ingests i ON i.no = m.ingest WHERE i.state = 'published' AND m.received_at >= ?"
);

ladder!(
    FIND_CONSENTS,
    new,
    "WITH wanted (client) AS (VALUES",
    1,
    ") SELECT c.id, c.version, c.client, c.recorded_at, c.sealed FROM wanted CROSS JOIN consents c ON c.client = wanted.client
       WHERE c.version = (SELECT MAX(d.version) FROM consents d WHERE d.id = c.id)"
);

/// A statement with what it writes, or asks for, ready for the connection.
pub(super) struct Write {
    text: &'static str,
    arguments: SqliteArguments,
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

/// Binds `rows`, each by `bind`, to the statements of a ladder.
fn bound<R>(
    ladder: &'static Ladder,
    columns: usize,
    rows: Vec<R>,
    bind: impl Fn(&mut SqliteArguments, R) -> Result<(), BoxDynError>,
) -> Result<Vec<Write>, sqlx::Error> {
    let (count, mut rows) = (rows.len(), rows.into_iter());
    ladder
        .steps(count)
        .map(|(text, taken, length)| {
            let mut arguments = SqliteArguments::default();
            arguments.reserve(length * columns, 0);
            for row in rows.by_ref().take(taken) {
                bind(&mut arguments, row).map_err(sqlx::Error::Encode)?;
            }
            fill_up(&mut arguments, (length - taken) * columns)?;
            Ok(Write { text, arguments })
        })
        .collect()
}

fn fill_up(arguments: &mut SqliteArguments, places: usize) -> Result<(), sqlx::Error> {
    for _ in 0..places {
        arguments.add(None::<i64>).map_err(sqlx::Error::Encode)?;
    }
    Ok(())
}

/// What a ladder finds under these keys, each named once; `last` stands behind them in each statement.
async fn find<K, O>(
    connection: &mut Connection,
    ladder: &'static Ladder,
    keys: Vec<K>,
    last: Option<i64>,
) -> Result<Vec<O>, sqlx::Error>
where
    K: for<'q> Encode<'q, Sqlite> + Type<Sqlite> + 'static,
    O: for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
{
    let mut found = Vec::new();
    for Write { text, mut arguments } in bound(ladder, 1, keys, |to, key| to.add(key))? {
        if let Some(last) = last {
            arguments.add(last).map_err(sqlx::Error::Encode)?;
        }
        found.extend(
            sqlx::query_as_with(text, arguments)
                .fetch_all(&mut *connection)
                .await?,
        );
    }
    Ok(found)
}

pub(super) fn clients(ingest: i64, rows: Vec<NewClient>) -> Result<Vec<Write>, sqlx::Error> {
    bound(&INSERT_CLIENTS, 4, rows, |to, row| {
        to.add(ingest)?;
        to.add(row.no)?;
        to.add(row.id)?;
        to.add(row.sealed_key)
    })
}

pub(super) fn identities(ingest: i64, rows: Vec<NewIdentity>) -> Result<Vec<Write>, sqlx::Error> {
    bound(&INSERT_IDENTITIES, 6, rows, |to, row| {
        to.add(ingest)?;
        to.add(row.no)?;
        to.add(row.client)?;
        to.add(row.source_key)?;
        to.add(row.content)?;
        to.add(row.sealed)
    })
}

pub(super) fn blocking(ingest: i64, rows: Vec<NewBlocking>) -> Result<Vec<Write>, sqlx::Error> {
    bound(&INSERT_BLOCKING, 3, rows, |to, row| {
        to.add(ingest)?;
        to.add(row.key)?;
        to.add(row.identity)
    })
}

pub(super) fn statements(ingest: i64, rows: Vec<NewStatement>) -> Result<Vec<Write>, sqlx::Error> {
    bound(&INSERT_STATEMENTS, 6, rows, |to, row| {
        to.add(ingest)?;
        to.add(row.client)?;
        to.add(row.record)?;
        to.add(row.part.number())?;
        to.add(row.content)?;
        to.add(row.sealed)
    })
}

/// Records beside the clients they speak about.
pub(super) fn places(ingest: i64, rows: Vec<(i64, i64)>) -> Result<Vec<Write>, sqlx::Error> {
    bound(&INSERT_PLACES, 3, rows, |to, (record, client)| {
        to.add(ingest)?;
        to.add(record)?;
        to.add(client)
    })
}

/// Marks of messages, beside what was in them.
pub(super) fn marks(ingest: i64, received_at: i64, rows: Vec<(i64, i64)>) -> Result<Vec<Write>, sqlx::Error> {
    bound(&INSERT_MARKS, 4, rows, |to, (mark, content)| {
        to.add(ingest)?;
        to.add(received_at)?;
        to.add(mark)?;
        to.add(content)
    })
}

/// Those of these marks that were published since a moment, beside what was in the messages.
pub(super) async fn find_marks(
    connection: &mut Connection,
    marks: Vec<i64>,
    since: i64,
) -> Result<Vec<(i64, i64)>, sqlx::Error> {
    find(connection, &FIND_MARKS, marks, Some(since)).await
}

/// The numbers of those of these clients who are published or staged by `own`.
pub(super) async fn find_clients(
    connection: &mut Connection,
    ids: Vec<Vec<u8>>,
    own: i64,
) -> Result<Vec<(Vec<u8>, i64)>, sqlx::Error> {
    find(connection, &FIND_CLIENTS, ids, Some(own)).await
}

/// Every version of the statements of these records, about whomever, that is published or staged by `own`.
pub(super) async fn find_statements(
    connection: &mut Connection,
    records: Vec<i64>,
    own: i64,
) -> Result<Vec<FoundStatement>, sqlx::Error> {
    find(connection, &FIND_STATEMENTS, records, Some(own)).await
}

/// The sealed contents of these statements, by their numbers.
pub(super) async fn find_sealed(
    connection: &mut Connection,
    numbers: Vec<i64>,
) -> Result<Vec<(i64, Vec<u8>)>, sqlx::Error> {
    find(connection, &FIND_SEALED, numbers, None).await
}

/// Every version of these identities that is published or staged by `own`.
pub(super) async fn find_identities(
    connection: &mut Connection,
    source_keys: Vec<Vec<u8>>,
    own: i64,
) -> Result<Vec<FoundIdentity>, sqlx::Error> {
    find(connection, &FIND_IDENTITIES, source_keys, Some(own)).await
}

/// The newest version of each consent of these clients, each named once.
pub(super) async fn find_consents(
    connection: &mut Connection,
    clients: Vec<Vec<u8>>,
) -> Result<Vec<FoundConsent>, sqlx::Error> {
    find(connection, &FIND_CONSENTS, clients, None).await
}

/// At most `each` published identities under each of these keys.
pub(super) async fn find_candidates(
    connection: &mut Connection,
    keys: Vec<i64>,
    each: i64,
) -> Result<Vec<FoundCandidate>, sqlx::Error> {
    find(connection, &FIND_CANDIDATES, keys, Some(each)).await
}

#[cfg(test)]
mod tests {
    use super::super::settings::{For, readers, writer};
    use super::*;

    #[tokio::test]
    async fn what_is_looked_up_is_looked_up_by_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("records.db");
        let writer = writer(&path, For::Records).await.unwrap();
        sqlx::migrate!("migrations/sqlite/records")
            .run(&writer)
            .await
            .unwrap();
        let pools = [writer, readers(&path).await.unwrap()];
        let ladders = [
            &FIND_CLIENTS,
            &FIND_STATEMENTS,
            &FIND_SEALED,
            &FIND_IDENTITIES,
            &FIND_CANDIDATES,
            &FIND_MARKS,
            &FIND_CONSENTS,
        ];
        let texts = ladders.iter().flat_map(|ladder| &ladder.0);
        for (pool, text) in pools
            .iter()
            .flat_map(|pool| texts.clone().map(move |text| (pool, text)))
        {
            let explain = format!("EXPLAIN QUERY PLAN {text}");
            let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(sqlx::AssertSqlSafe(explain))
                .fetch_all(pool)
                .await
                .unwrap();
            assert!(plan.iter().any(|step| step.3.starts_with("SEARCH ")), "{plan:?}");
            for (.., step) in plan {
                let of_the_question = step == "SCAN wanted"
                    || step.ends_with(" CONSTANT ROWS")
                    || step.ends_with(" CONSTANT ROW");
                assert!(of_the_question || !step.starts_with("SCAN "), "{step}: {text}");
                assert!(!step.contains("AUTOMATIC"), "{step}: {text}");
            }
        }
    }
    #[tokio::test]
    async fn as_many_rows_are_written_and_found_as_are_given() {
        let folder = tempfile::tempdir().unwrap();
        let pool = writer(&folder.path().join("records.db"), For::Records)
            .await
            .unwrap();
        sqlx::migrate!("migrations/sqlite/records")
            .run(&pool)
            .await
            .unwrap();
        let mut connection = pool.acquire().await.unwrap();
        sqlx::query(
            "INSERT INTO ingests (no, id, source, kind, digest, received_at, state,
                clients_from, identities_from, blocking_from, statements_from)
             VALUES (1, x'00', 'a', 'hmis_csv', x'00', 0, 'published', 0, 0, 0, 0)",
        )
        .execute(&mut *connection)
        .await
        .unwrap();
        let mut known = 0;
        for count in [0, 1, 2, 7, 8, 9, 39, 40, 41, 81, 399, 400, 401, 841] {
            let rows: Vec<(i64, i64)> = (known..known + count).map(|at| (at, at * 3)).collect();
            let writes = marks(1, 5, rows.clone()).unwrap();
            assert!(writes.len() <= 10);
            run(&mut connection, writes).await.unwrap();
            known += count;
            let on_file: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM messages")
                .fetch_one(&mut *connection)
                .await
                .unwrap();
            assert_eq!(on_file, known);
            let asked = rows.iter().map(|(mark, _)| *mark).collect();
            assert_eq!(find_marks(&mut connection, asked, 0).await.unwrap(), rows);
        }
    }
}
