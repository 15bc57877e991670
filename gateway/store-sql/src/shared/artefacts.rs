//! Scans of signed forms: sealed, and found by a keyed digest, so that who has the file cannot tell which page is kept.

use consent::ArtefactDigest;
use gateway_store::{Artefact, ArtefactStore, MOST_ARTEFACTS, StoreError};
use gateway_types::{ClientId, ConsentId, Timestamp};
use sqlx::Connection as _;

use super::{BEGIN, Connection, Db, Durability, Records};
use crate::bodies;
use crate::crypto::Sealed;
use crate::error::failed;

const FORM: &str = "SELECT client FROM consents WHERE id = $1 AND version = 1";
const KEPT: &str = "SELECT COALESCE(SUM(CASE WHEN digest = $2 THEN 1 ELSE 0 END), 0), COUNT(*) FROM artefacts
    WHERE consent = $1";
const KEEP: &str =
    "INSERT INTO artefacts (consent, digest, client, handed_in_at, sealed) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (consent, digest) DO NOTHING";
const ONE: &str =
    "SELECT digest, client, handed_in_at, sealed FROM artefacts WHERE consent = $1 AND digest = $2";
const LAST: &str = "SELECT digest, client, handed_in_at, sealed FROM artefacts WHERE consent = $1
    ORDER BY handed_in_at DESC, digest DESC LIMIT 1";
const TABLE: &str = "artefacts";
/// Bytes of a digest, which stand sealed before those of the page.
const DIGEST: usize = 32;

#[derive(sqlx::FromRow)]
struct Row {
    digest: Vec<u8>,
    client: Vec<u8>,
    handed_in_at: i64,
    sealed: Vec<u8>,
}

/// A page made ready for its row.
pub(super) struct SealedArtefact {
    digest: [u8; 16],
    sealed: Vec<u8>,
}

impl Records {
    pub(super) fn seal_artefact(&self, artefact: &Artefact) -> Result<SealedArtefact, StoreError> {
        let digest = self.crypto.artefact(artefact.consent, artefact.digest);
        let place = Sealed::Artefact {
            consent: artefact.consent,
            digest: &digest,
            client: artefact.client.as_bytes(),
        };
        let plain =
            gateway_crypto::Zeroizing::new([artefact.digest.as_bytes().as_slice(), &artefact.bytes].concat());
        let sealed = self.crypto.seal(place, &plain)?;
        Ok(SealedArtefact { digest, sealed })
    }

    pub(super) async fn enter_artefact(
        connection: &mut Connection,
        artefact: &Artefact,
        kept: SealedArtefact,
        what: &'static str,
    ) -> Result<(), StoreError> {
        sqlx::query(KEEP)
            .bind(artefact.consent.as_bytes().as_slice())
            .bind(kept.digest.as_slice())
            .bind(artefact.client.as_bytes().as_slice())
            .bind(artefact.handed_in_at.as_micros())
            .bind(kept.sealed)
            .execute(connection)
            .await
            .map_err(failed(what))?;
        Ok(())
    }

    fn read_artefact(&self, consent: ConsentId, row: &Row) -> Result<Artefact, StoreError> {
        let place = Sealed::Artefact {
            consent,
            digest: &row.digest,
            client: &row.client,
        };
        let plain = self.crypto.open(place, &row.sealed)?;
        let (digest, bytes) = plain
            .split_first_chunk::<DIGEST>()
            .ok_or(StoreError::Inconsistent {
                table: TABLE,
                what: "a page that is cut short",
            })?;
        Ok(Artefact {
            consent,
            client: ClientId::from_uuid(bodies::uuid(TABLE, &row.client)?),
            digest: ArtefactDigest::from_bytes(*digest),
            bytes: bytes.to_vec(),
            handed_in_at: Timestamp::from_micros(row.handed_in_at),
        })
    }
}

#[async_trait::async_trait]
impl ArtefactStore for Records {
    async fn keep_artefact(&self, artefact: &Artefact) -> Result<(), StoreError> {
        const WHAT: &str = "keeping a scan";
        let (consent, client) = (artefact.consent, artefact.client.as_bytes().as_slice());
        // Sealed before the writer is taken: a large page keeps nobody waiting.
        let kept = self.seal_artefact(artefact)?;
        let consent = consent.as_bytes().as_slice();
        let mut connection = self.writing(Durability::Confirmed, WHAT).await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(failed(WHAT))?;
        let of: Option<Vec<u8>> = sqlx::query_scalar(FORM)
            .bind(consent)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed(WHAT))?;
        if of.as_deref() != Some(client) {
            return Err(StoreError::Missing { what: "consent" });
        }
        let (same, all): (i64, i64) = sqlx::query_as(KEPT)
            .bind(consent)
            .bind(kept.digest.as_slice())
            .fetch_one(&mut *transaction)
            .await
            .map_err(failed(WHAT))?;
        if same > 0 {
            return Ok(());
        }
        if all >= i64::from(MOST_ARTEFACTS) {
            return Err(StoreError::Conflict {
                what: "the scans of the form",
            });
        }
        Self::enter_artefact(&mut transaction, artefact, kept, WHAT).await?;
        transaction.commit().await.map_err(failed(WHAT))
    }

    async fn artefact(
        &self,
        consent: ConsentId,
        digest: Option<ArtefactDigest>,
    ) -> Result<Option<Artefact>, StoreError> {
        let bytes = consent.as_bytes().as_slice();
        let found = digest.map(|digest| self.crypto.artefact(consent, digest));
        let query = match &found {
            Some(digest) => sqlx::query_as::<Db, Row>(ONE).bind(bytes).bind(digest.as_slice()),
            None => sqlx::query_as::<Db, Row>(LAST).bind(bytes),
        };
        query
            .fetch_optional(&self.reader)
            .await
            .map_err(failed("reading a scan"))?
            .map(|row| self.read_artefact(consent, &row))
            .transpose()
    }
}
