//! Links by which clients sign. A row is there only while its link is good for something.

use consent::Consent;
use gateway_store::{
    Artefact, LinkDigest, LinkParticulars, LinkUse, OwedEntry, SigningLink, SigningLinkStore, StoreError,
};
use gateway_types::{ClientId, ConsentId, SigningLinkId, Timestamp};
use sqlx::Connection as _;

use super::{BEGIN, Db, Durability, Records};
use crate::bodies;
use crate::crypto::Sealed;
use crate::error::{conflicting, failed};

const NEWEST: &str = "SELECT MAX(version) FROM consents WHERE id = $1 AND client = $2";
const CLEAR: &str = "DELETE FROM signing_links WHERE consent = $1
    OR (copy_until IS NULL AND expires_at <= $2) OR copy_until <= $2";
const MAKE: &str = "INSERT INTO signing_links (digest, id, consent, version, client, expires_at, sealed)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const FIND: &str =
    "SELECT digest, id, consent, version, client, expires_at, copy_until, sealed FROM signing_links l
    WHERE digest = $1 AND (copy_until > $2 OR (copy_until IS NULL AND expires_at > $2
        AND version = (SELECT MAX(c.version) FROM consents c WHERE c.id = l.consent)))";
const END: &str = "DELETE FROM signing_links WHERE consent = $1";
const USE: &str = "UPDATE signing_links SET copy_until = $6
    WHERE digest = $1 AND consent = $2 AND version = $3 AND client = $4 AND expires_at > $5 AND copy_until IS NULL";
const TABLE: &str = "signing_links";
const USED: StoreError = StoreError::Conflict {
    what: "the signing link",
};

#[derive(sqlx::FromRow)]
struct Row {
    digest: Vec<u8>,
    id: Vec<u8>,
    consent: Vec<u8>,
    version: i64,
    client: Vec<u8>,
    expires_at: i64,
    copy_until: Option<i64>,
    sealed: Vec<u8>,
}

fn place(link: &SigningLink) -> Sealed<'_> {
    Sealed::SigningLink {
        digest: link.digest.as_bytes(),
        id: link.id,
        consent: link.consent,
        version: i64::from(link.version),
        client: link.client.as_bytes(),
        expires_at: link.expires_at.as_micros(),
    }
}

impl Records {
    fn read_signing_link(&self, digest: LinkDigest, row: &Row) -> Result<(SigningLink, LinkUse), StoreError> {
        let place = Sealed::SigningLink {
            digest: &row.digest,
            id: SigningLinkId::from_uuid(bodies::uuid(TABLE, &row.id)?),
            consent: ConsentId::from_uuid(bodies::uuid(TABLE, &row.consent)?),
            version: row.version,
            client: &row.client,
            expires_at: row.expires_at,
        };
        let particulars: LinkParticulars = bodies::read(TABLE, &self.crypto.open(place, &row.sealed)?)?;
        let link = SigningLink {
            id: SigningLinkId::from_uuid(bodies::uuid(TABLE, &row.id)?),
            digest,
            consent: ConsentId::from_uuid(bodies::uuid(TABLE, &row.consent)?),
            client: ClientId::from_uuid(bodies::uuid(TABLE, &row.client)?),
            version: bodies::version(TABLE, row.version)?,
            expires_at: Timestamp::from_micros(row.expires_at),
            particulars,
        };
        let good_for = match row.copy_until {
            None => LinkUse::Sign,
            Some(_) => LinkUse::Copy,
        };
        Ok((link, good_for))
    }
}

#[async_trait::async_trait]
impl SigningLinkStore for Records {
    async fn make_signing_link(&self, link: &SigningLink, now: Timestamp) -> Result<(), StoreError> {
        const WHAT: &str = "making a signing link";
        let body = bodies::write(TABLE, &link.particulars)?;
        let sealed = self.crypto.seal(place(link), body.as_bytes())?;
        let (consent, client) = (
            link.consent.as_bytes().as_slice(),
            link.client.as_bytes().as_slice(),
        );
        let mut connection = self.writing(Durability::Confirmed, WHAT).await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(failed(WHAT))?;
        let newest: Option<i64> = sqlx::query_scalar(NEWEST)
            .bind(consent)
            .bind(client)
            .fetch_one(&mut *transaction)
            .await
            .map_err(failed(WHAT))?;
        if newest != Some(i64::from(link.version)) {
            return Err(StoreError::Conflict { what: "the consent" });
        }
        sqlx::query(CLEAR)
            .bind(consent)
            .bind(now.as_micros())
            .execute(&mut *transaction)
            .await
            .map_err(failed(WHAT))?;
        sqlx::query(MAKE)
            .bind(link.digest.as_bytes().as_slice())
            .bind(link.id.as_bytes().as_slice())
            .bind(consent)
            .bind(i64::from(link.version))
            .bind(client)
            .bind(link.expires_at.as_micros())
            .bind(sealed)
            .execute(&mut *transaction)
            .await
            .map_err(conflicting(WHAT, "the signing link"))?;
        transaction.commit().await.map_err(failed(WHAT))
    }

    async fn signing_link(
        &self,
        digest: &LinkDigest,
        now: Timestamp,
    ) -> Result<Option<(SigningLink, LinkUse)>, StoreError> {
        sqlx::query_as::<Db, Row>(FIND)
            .bind(digest.as_bytes().as_slice())
            .bind(now.as_micros())
            .fetch_optional(&self.reader)
            .await
            .map_err(failed("reading a signing link"))?
            .map(|row| self.read_signing_link(*digest, &row))
            .transpose()
    }

    async fn end_signing_links(
        &self,
        consent: ConsentId,
        owed: Option<&OwedEntry>,
    ) -> Result<bool, StoreError> {
        const WHAT: &str = "ending a signing link";
        let mut connection = self.writing(Durability::Confirmed, WHAT).await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(failed(WHAT))?;
        let ended = sqlx::query(END)
            .bind(consent.as_bytes().as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(failed(WHAT))?;
        let ended = ended.rows_affected() > 0;
        if let Some(owed) = owed.filter(|_| ended) {
            self.owe(&mut transaction, owed, WHAT).await?;
        }
        transaction.commit().await.map_err(failed(WHAT))?;
        Ok(ended)
    }

    async fn sign_by_link(
        &self,
        link: &SigningLink,
        signed: &Consent,
        artefact: &Artefact,
        copy_until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const WHAT: &str = "signing by a link";
        let version = i64::from(link.version) + 1;
        let fits = signed.id() == link.consent
            && signed.client() == link.client
            && i64::from(signed.version().number()) == version
            && artefact.consent == link.consent
            && artefact.client == link.client;
        if !fits {
            return Err(USED);
        }
        let kept = self.seal_artefact(artefact)?;
        let mut connection = self.writing(Durability::Confirmed, WHAT).await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(failed(WHAT))?;
        // Of two that come at once, this row lets one pass.
        let used = sqlx::query(USE)
            .bind(link.digest.as_bytes().as_slice())
            .bind(link.consent.as_bytes().as_slice())
            .bind(i64::from(link.version))
            .bind(link.client.as_bytes().as_slice())
            .bind(now.as_micros())
            .bind(copy_until.as_micros())
            .execute(&mut *transaction)
            .await
            .map_err(failed(WHAT))?;
        if used.rows_affected() != 1 {
            return Err(USED);
        }
        Self::enter_artefact(&mut transaction, artefact, kept, WHAT).await?;
        // A form that has changed has this version already.
        self.enter_consent(&mut transaction, signed, version, now, WHAT)
            .await?;
        transaction.commit().await.map_err(failed(WHAT))
    }
}
