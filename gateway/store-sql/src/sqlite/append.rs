//! Appending to the log: a whole batch goes to SQLite in one round, from `BEGIN` to `COMMIT`.
//!
//! Each round costs two changes of thread, more than SQLite itself takes for a row. Whatever is not as it must be is an error
//! of a statement, and an error ends the round before its commit: that the log has another size than the batch was made
//! for shows as a size that is null. After an error the connection is closed, and with it whatever it had begun.

use gateway_store::{AuditBatch, StoreError};
use sqlx::error::{BoxDynError, ErrorKind};
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, AssertSqlSafe, Connection as _, SqliteConnection};

use super::audit::{COMPLETION, INTENT, MOVED, RECOVERY, WHAT, number};
use super::{AuditLog, settings};
use crate::error::failed;

const FIRST_HEAD: &str = "INSERT INTO audit_head (size, root, checkpoint, only_one) VALUES (?, ?, ?, 1);";
const NEXT_HEAD: &str =
    "UPDATE audit_head SET size = CASE size WHEN ? THEN ? END, root = ?, checkpoint = ? WHERE only_one = 1;";
const APPEND: &str = "INSERT INTO audit_entries
    (place, event, kind, client, leaf, sealed_detail, sealed_facts, wrapped_secret) VALUES ";
const APPEND_TILES: &str = "INSERT INTO audit_tiles (level, place, hashes) VALUES ";
const OPEN_INTENTS: &str = "INSERT INTO audit_open_intents (event, place) VALUES ";
const CLOSE_INTENTS: &str = "DELETE FROM audit_open_intents WHERE event IN (VALUES ";
const SET_LISTS: &str = "INSERT INTO audit_lists (label, head) VALUES ";
const NEW_HEAD: &str = " ON CONFLICT (label) DO UPDATE SET head = excluded.head";

/// The text of so few entries is kept ready; larger batches are each of another size.
const KEPT_READY: usize = 2;

/// What one round says.
#[derive(Default)]
struct Round {
    text: String,
    arguments: SqliteArguments,
}

impl Round {
    fn say(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn bind<'t, T>(&mut self, value: T) -> Result<(), BoxDynError>
    where
        T: sqlx::Encode<'t, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    {
        self.arguments.add(value)
    }

    /// A statement over rows of `columns` values each; none if there is no row.
    fn over<T>(
        &mut self,
        head: &str,
        columns: usize,
        rows: impl IntoIterator<Item = T>,
        tail: &str,
        mut row: impl FnMut(&mut Self, T) -> Result<(), BoxDynError>,
    ) -> Result<(), BoxDynError> {
        let mut first = true;
        for values in rows {
            self.say(if first { head } else { "," });
            first = false;
            self.say("(?");
            (1..columns).for_each(|_| self.say(",?"));
            self.say(")");
            row(self, values)?;
        }
        if !first {
            self.say(tail);
            self.say(";");
        }
        Ok(())
    }
}

impl AuditLog {
    /// Appends a batch.
    pub(super) async fn append_batch(&self, batch: &AuditBatch) -> Result<(), StoreError> {
        let round = self.round(batch).map_err(|source| StoreError::Unavailable {
            operation: WHAT,
            source: Some(source),
        })?;
        let mut held = self.appender.lock().await;
        // Taken out: should nobody wait for the outcome any more, it is closed, and what it had begun is undone.
        let mut connection = match held.take() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let outcome = sqlx::query_with(AssertSqlSafe(round.text), round.arguments)
            .persistent(batch.entries.len() <= KEPT_READY && batch.tiles.is_empty())
            .execute(&mut connection)
            .await;
        match outcome {
            Ok(_) => {
                *held = Some(connection);
                Ok(())
            }
            Err(error) => {
                let _closed_in_any_case = connection.close().await;
                Err(moved_or_failed(error))
            }
        }
    }

    /// A connection of the same settings as the writer's, which are read back here too.
    async fn connect(&self) -> Result<SqliteConnection, StoreError> {
        let options = self.writer.connect_options();
        let mut connection = SqliteConnection::connect_with(&options)
            .await
            .map_err(failed(WHAT))?;
        settings::check(&mut connection)
            .await
            .map_err(|error| StoreError::Unavailable {
                operation: WHAT,
                source: Some(Box::new(error)),
            })?;
        Ok(connection)
    }

    fn round(&self, batch: &AuditBatch) -> Result<Round, BoxDynError> {
        let mut round = Round::default();
        round.say("BEGIN IMMEDIATE;");
        // First the compare-and-swap: whoever is late stops here, before it has written anything.
        if batch.from_size == 0 {
            round.say(FIRST_HEAD);
        } else {
            round.say(NEXT_HEAD);
            round.bind(number(batch.from_size)?)?;
        }
        round.bind(number(batch.head.size)?)?;
        round.bind(batch.head.root.as_slice())?;
        round.bind(batch.head.checkpoint.as_str())?;
        let placed = || (batch.from_size..).zip(&batch.entries);
        round.over(APPEND, 8, placed(), "", |round, (place, entry)| {
            round.bind(number(place)?)?;
            round.bind(entry.event.as_bytes().as_slice())?;
            round.bind(i64::from(entry.kind))?;
            round.bind(entry.client.map(|client| self.crypto.audit_client(client)))?;
            round.bind(entry.leaf.as_slice())?;
            round.bind(entry.sealed_detail.as_slice())?;
            round.bind(entry.sealed_facts.as_slice())?;
            round.bind(entry.wrapped_secret.as_slice())
        })?;
        let begun = placed().filter(|(_, entry)| entry.kind == INTENT);
        let once = " ON CONFLICT (event) DO NOTHING";
        round.over(OPEN_INTENTS, 2, begun, once, |round, (place, entry)| {
            round.bind(entry.event.as_bytes().as_slice())?;
            round.bind(number(place)?)
        })?;
        let ended = placed().filter(|(_, entry)| matches!(entry.kind, COMPLETION | RECOVERY));
        round.over(CLOSE_INTENTS, 1, ended, ")", |round, (_, entry)| {
            round.bind(entry.event.as_bytes().as_slice())
        })?;
        round.over(APPEND_TILES, 3, &batch.tiles, "", |round, tile| {
            round.bind(i64::from(tile.level))?;
            round.bind(number(tile.index)?)?;
            round.bind(tile.hashes.as_slice())
        })?;
        round.over(SET_LISTS, 2, &batch.lists, NEW_HEAD, |round, list| {
            round.bind(list.label.as_slice())?;
            round.bind(list.head.as_slice())
        })?;
        round.say("COMMIT");
        Ok(round)
    }
}

/// A constraint of the schema is broken where another process has appended first: its head, its entry, its tile.
fn moved_or_failed(error: sqlx::Error) -> StoreError {
    /// SQLITE_CONSTRAINT_TRIGGER.
    const TRIGGER: &str = "1811";
    match &error {
        sqlx::Error::Database(said)
            if matches!(
                said.kind(),
                ErrorKind::UniqueViolation | ErrorKind::NotNullViolation
            ) || said.code().as_deref() == Some(TRIGGER) =>
        {
            StoreError::Conflict { what: MOVED }
        }
        _ => failed(WHAT)(error),
    }
}
