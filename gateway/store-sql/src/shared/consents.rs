//! Consents on file, and what is still to be done about them.

use consent::{Consent, EntryError, FollowUp, FollowUpKind};
use gateway_store::{ConsentStore, OpenFollowUp, OwedEntry, StoreError, StoredConsent};
use gateway_types::{AgencyId, ClientId, ConsentId, StaffId, Timestamp};
use sqlx::Connection as _;

use super::clients::client_bytes;
use super::{BEGIN, Connection, Db, Durability, Records, bulk};
use crate::bodies;
use crate::crypto::Sealed;
use crate::error::{conflicting, failed};
use crate::rows::FoundConsent;

const NEWEST: &str = "SELECT id, version, client, recorded_at, sealed FROM consents
    WHERE id = $1 ORDER BY version DESC LIMIT 1";
const NEWEST_OF_CLIENT: &str = "SELECT id, version, client, recorded_at, sealed FROM consents c
    WHERE client = $1 AND version = (SELECT MAX(version) FROM consents d WHERE d.id = c.id) ORDER BY id";
const RECORD: &str =
    "INSERT INTO consents (id, version, client, recorded_at, sealed) VALUES ($1, $2, $3, $4, $5)";
const KNOWN: &str = "SELECT COUNT(*) FROM clients c JOIN ingests i ON i.no = c.ingest
    WHERE c.id = $1 AND i.state = 'published'";
const OPEN_OF_CONSENT: &str = "SELECT kind, due_at FROM follow_ups WHERE consent = $1 AND closed_at IS NULL";
const OPEN: &str =
    "INSERT INTO follow_ups (consent, kind, due_at, agency, opened_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (consent, kind, due_at) DO UPDATE SET closed_at = NULL WHERE follow_ups.closed_by IS NULL";
const SETTLE: &str = "UPDATE follow_ups SET closed_at = $4 WHERE consent = $1 AND kind = $2 AND due_at = $3 AND closed_at IS NULL";
const DUE: &str = "SELECT consent, kind, due_at, opened_at FROM follow_ups
    WHERE agency = $1 AND due_at <= $2 AND closed_at IS NULL ORDER BY due_at, consent, kind LIMIT 500";
const CLOSE: &str = "UPDATE follow_ups SET closed_at = $5, closed_by = $6
    WHERE agency = $1 AND consent = $2 AND kind = $3 AND due_at = $4 AND closed_at IS NULL";
const TAKE_PLACE: &str = "INSERT INTO forms (agency, content, consent) VALUES ($1, $2, $3)
    ON CONFLICT (agency, content) DO UPDATE SET consent = excluded.consent WHERE forms.consent = excluded.consent";
const LEAVE_PLACE: &str = "DELETE FROM forms WHERE agency = $1 AND content = $2 AND consent = $3";
const TABLE: &str = "consents";
const CHANGED: StoreError = StoreError::Conflict { what: "the consent" };
const SAME_FORM: StoreError = StoreError::Conflict {
    what: "the form on file with the same content",
};

impl Records {
    fn read_consent(&self, row: &FoundConsent) -> Result<StoredConsent, StoreError> {
        let id = ConsentId::from_uuid(bodies::uuid(TABLE, &row.id)?);
        let place = Sealed::Consent {
            id,
            version: row.version,
            client: &row.client,
        };
        Ok(StoredConsent {
            version: bodies::version(TABLE, row.version)?,
            recorded_at: Timestamp::from_micros(row.recorded_at),
            consent: bodies::read(TABLE, &self.crypto.open(place, &row.sealed)?)?,
        })
    }
}

#[derive(sqlx::FromRow)]
struct FollowUpRow {
    consent: Vec<u8>,
    kind: String,
    due_at: i64,
    opened_at: i64,
}

fn follow_up(kind: &str, due_at: i64) -> Result<FollowUp, StoreError> {
    let kind = FollowUpKind::from_code(kind).ok_or(StoreError::Inconsistent {
        table: "follow_ups",
        what: "a kind that is none",
    })?;
    let due = Timestamp::from_micros(due_at);
    Ok(FollowUp { kind, due })
}

impl Records {
    /// Refuses a version that is not the next one of its consent.
    async fn is_its_turn(
        connection: &mut Connection,
        consent: &Consent,
        version: u32,
        what: &'static str,
    ) -> Result<(), StoreError> {
        if version == 1 {
            // Whether there is one already, the key of the table tells.
            return Self::is_on_file(connection, consent.client(), what).await;
        }
        let newest = sqlx::query_as::<Db, FoundConsent>(NEWEST)
            .bind(consent.id().as_bytes().as_slice())
            .fetch_optional(connection)
            .await
            .map_err(failed(what))?;
        let its_turn = newest.is_some_and(|newest| {
            newest.client == consent.client().as_bytes() && newest.version + 1 == i64::from(version)
        });
        if its_turn { Ok(()) } else { Err(CHANGED) }
    }

    /// Gives a form its place among those of its holder, or takes it away. Nobody else's form has the place.
    async fn place_form(
        &self,
        connection: &mut Connection,
        consent: &Consent,
        what: &'static str,
    ) -> Result<(), StoreError> {
        let Some(content) = consent.content() else {
            return Ok(());
        };
        let content = self.crypto.form(bodies::write(TABLE, &content)?.as_bytes());
        let leaves = matches!(
            consent.entry_error(),
            Some(EntryError::Duplicate | EntryError::Abandoned)
        );
        let placed = sqlx::query(if leaves { LEAVE_PLACE } else { TAKE_PLACE })
            .bind(consent.holder().as_str())
            .bind(content)
            .bind(consent.id().as_bytes().as_slice())
            .execute(connection)
            .await
            .map_err(failed(what))?;
        if placed.rows_affected() == 0 && !leaves {
            return Err(SAME_FORM);
        }
        Ok(())
    }

    /// Enters a version whose turn it is.
    pub(super) async fn enter_consent(
        &self,
        connection: &mut Connection,
        consent: &Consent,
        version: i64,
        now: Timestamp,
        what: &'static str,
    ) -> Result<(), StoreError> {
        let (id, client) = (consent.id(), consent.client());
        let client = client.as_bytes().as_slice();
        let body = bodies::write(TABLE, consent)?;
        let place = Sealed::Consent { id, version, client };
        let sealed = self.crypto.seal(place, body.as_bytes())?;
        sqlx::query(RECORD)
            .bind(id.as_bytes().as_slice())
            .bind(version)
            .bind(client)
            .bind(now.as_micros())
            .bind(sealed)
            .execute(&mut *connection)
            .await
            .map_err(conflicting(what, "the consent"))?;
        if version > 1 {
            Self::note_changed_consent(connection, id, version, now, what).await?;
        }
        self.place_form(&mut *connection, consent, what).await?;
        let id = id.as_bytes().as_slice();
        let owed = consent.follow_ups(now);
        let open: Vec<(String, i64)> = if version == 1 {
            Vec::new()
        } else {
            sqlx::query_as(OPEN_OF_CONSENT)
                .bind(id)
                .fetch_all(&mut *connection)
                .await
                .map_err(failed(what))?
        };
        for (kind, due_at) in open {
            if owed.contains(&follow_up(&kind, due_at)?) {
                continue;
            }
            sqlx::query(SETTLE)
                .bind(id)
                .bind(kind)
                .bind(due_at)
                .bind(now.as_micros())
                .execute(&mut *connection)
                .await
                .map_err(failed(what))?;
        }
        for FollowUp { kind, due } in owed {
            sqlx::query(OPEN)
                .bind(id)
                .bind(kind.code())
                .bind(due.as_micros())
                .bind(consent.holder().as_str())
                .bind(now.as_micros())
                .execute(&mut *connection)
                .await
                .map_err(failed(what))?;
        }
        Ok(())
    }

    async fn are_on_file(
        connection: &mut Connection,
        clients: impl Iterator<Item = ClientId>,
        what: &'static str,
    ) -> Result<(), StoreError> {
        const NO_INGEST: i64 = 0;
        let mut ids: Vec<Vec<u8>> = clients.map(|client| client.as_bytes().to_vec()).collect();
        ids.sort_unstable();
        ids.dedup();
        let wanted = ids.len();
        let known = bulk::find_clients(connection, ids, NO_INGEST)
            .await
            .map_err(failed(what))?;
        if known.len() < wanted {
            return Err(StoreError::Missing { what: "client" });
        }
        Ok(())
    }

    async fn is_on_file(
        connection: &mut Connection,
        client: ClientId,
        what: &'static str,
    ) -> Result<(), StoreError> {
        let known: i64 = sqlx::query_scalar(KNOWN)
            .bind(client.as_bytes().as_slice())
            .fetch_one(connection)
            .await
            .map_err(failed(what))?;
        if known == 0 {
            return Err(StoreError::Missing { what: "client" });
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl ConsentStore for Records {
    async fn record_consent_owing(
        &self,
        consent: &Consent,
        version: u32,
        owed: Option<&OwedEntry>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const WHAT: &str = "recording a consent";
        let mut connection = self.writing(Durability::Confirmed, WHAT).await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(failed(WHAT))?;
        Self::is_its_turn(&mut transaction, consent, version, WHAT).await?;
        self.enter_consent(&mut transaction, consent, i64::from(version), now, WHAT)
            .await?;
        if let Some(owed) = owed {
            self.owe(&mut transaction, owed, WHAT).await?;
        }
        transaction.commit().await.map_err(failed(WHAT))
    }

    async fn record_consents(&self, consents: &[Consent], now: Timestamp) -> Result<(), StoreError> {
        const WHAT: &str = "recording many consents";
        let mut connection = self.writing(Durability::Confirmed, WHAT).await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(failed(WHAT))?;
        let new = consents.iter().filter(|consent| consent.version().number() == 1);
        Self::are_on_file(&mut transaction, new.map(Consent::client), WHAT).await?;
        for consent in consents {
            let version = consent.version().number();
            if version > 1 {
                Self::is_its_turn(&mut transaction, consent, version, WHAT).await?;
            }
            self.enter_consent(&mut transaction, consent, i64::from(version), now, WHAT)
                .await?;
        }
        transaction.commit().await.map_err(failed(WHAT))
    }

    async fn consent(&self, id: ConsentId) -> Result<Option<StoredConsent>, StoreError> {
        sqlx::query_as::<Db, FoundConsent>(NEWEST)
            .bind(id.as_bytes().as_slice())
            .fetch_optional(&self.reader)
            .await
            .map_err(failed("reading a consent"))?
            .map(|row| self.read_consent(&row))
            .transpose()
    }

    async fn consents(&self, client: Option<ClientId>) -> Result<Vec<StoredConsent>, StoreError> {
        let rows = sqlx::query_as::<Db, FoundConsent>(NEWEST_OF_CLIENT)
            .bind(client_bytes(client).as_slice())
            .fetch_all(&self.reader)
            .await
            .map_err(failed("listing consents"))?;
        rows.iter().map(|row| self.read_consent(row)).collect()
    }

    async fn consents_of(&self, clients: &[ClientId]) -> Result<Vec<StoredConsent>, StoreError> {
        const WHAT: &str = "listing many clients' consents";
        let mut ids: Vec<Vec<u8>> = clients.iter().map(|client| client.as_bytes().to_vec()).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut connection = self.reader.acquire().await.map_err(failed(WHAT))?;
        let rows = bulk::find_consents(&mut connection, ids)
            .await
            .map_err(failed(WHAT))?;
        drop(connection);
        rows.iter().map(|row| self.read_consent(row)).collect()
    }

    async fn follow_ups(&self, agency: &AgencyId, now: Timestamp) -> Result<Vec<OpenFollowUp>, StoreError> {
        let rows = sqlx::query_as::<Db, FollowUpRow>(DUE)
            .bind(agency.as_str())
            .bind(now.as_micros())
            .fetch_all(&self.reader)
            .await
            .map_err(failed("listing what is to be done about consents"))?;
        rows.into_iter()
            .map(|row| {
                Ok(OpenFollowUp {
                    consent: ConsentId::from_uuid(bodies::uuid("follow_ups", &row.consent)?),
                    follow_up: follow_up(&row.kind, row.due_at)?,
                    opened_at: Timestamp::from_micros(row.opened_at),
                })
            })
            .collect()
    }

    async fn settle_follow_ups(
        &self,
        no_longer_owed: &[(ConsentId, FollowUp)],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const WHAT: &str = "settling what is no longer to be done about consents";
        let mut connection = self.writing(Durability::Confirmed, WHAT).await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(failed(WHAT))?;
        for (consent, follow_up) in no_longer_owed {
            sqlx::query(SETTLE)
                .bind(consent.as_bytes().as_slice())
                .bind(follow_up.kind.code())
                .bind(follow_up.due.as_micros())
                .bind(now.as_micros())
                .execute(&mut *transaction)
                .await
                .map_err(failed(WHAT))?;
        }
        transaction.commit().await.map_err(failed(WHAT))
    }

    async fn close_follow_up(
        &self,
        agency: &AgencyId,
        consent: ConsentId,
        follow_up: FollowUp,
        by: &StaffId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const WHAT: &str = "closing what was to be done about a consent";
        let mut connection = self.writing(Durability::Confirmed, WHAT).await?;
        let closed = sqlx::query(CLOSE)
            .bind(agency.as_str())
            .bind(consent.as_bytes().as_slice())
            .bind(follow_up.kind.code())
            .bind(follow_up.due.as_micros())
            .bind(now.as_micros())
            .bind(by.as_str())
            .execute(&mut *connection)
            .await
            .map_err(failed(WHAT))?;
        if closed.rows_affected() == 0 {
            return Err(StoreError::Missing { what: "follow-up" });
        }
        Ok(())
    }
}
