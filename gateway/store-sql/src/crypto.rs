//! Sealing and blinding of what is written, bound to where it is written.

use std::fmt;
use std::sync::Arc;

use gateway_crypto::{BlindIndexer, DrawnAhead, Place, Sealer, Zeroizing};
use gateway_store::{BlockingKey, MessageMark, StoreError};
use gateway_types::{
    AgencyId, ClientId, ConsentId, ConsentRequestId, Entropy, EventId, RecordKey, RestrictionId,
    SigningLinkId, SourceClientKey,
};

/// The keys and the chance that a store works with.
#[derive(Clone)]
pub struct Crypto {
    /// Seals what is kept.
    pub sealer: Arc<Sealer>,
    /// Makes the keyed digests under which it is found.
    pub blind: BlindIndexer,
    /// Random bytes for keys and nonces.
    pub entropy: Arc<dyn Entropy>,
}

impl fmt::Debug for Crypto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Crypto([secret])")
    }
}

/// What is sealed where. The row names every column that a blob must not be moved away from.
#[derive(Clone, Copy)]
pub(crate) enum Sealed<'a> {
    /// A client's audit key.
    AuditKey { client: &'a [u8] },
    /// Who a client is.
    Identity {
        client: &'a [u8],
        source_key: &'a [u8],
        ingest: i64,
    },
    /// What a record says.
    Statement {
        client: &'a [u8],
        record: i64,
        part: i64,
        ingest: i64,
    },
    /// A version of a consent.
    Consent {
        id: ConsentId,
        version: i64,
        client: &'a [u8],
    },
    /// An entry that the audit log is owed.
    OwedEntry { event: EventId, client: &'a [u8] },
    /// A version of a restriction.
    Restriction {
        id: RestrictionId,
        version: i64,
        client: &'a [u8],
    },
    /// A scan of a signed form.
    Artefact {
        consent: ConsentId,
        digest: &'a [u8],
        client: &'a [u8],
    },
    /// A notice that a consent ended.
    Notice { id: EventId, recipient: &'a AgencyId },
    /// A client's request for an accounting, as it stood.
    AccountingRequest {
        id: EventId,
        version: i64,
        agency: &'a AgencyId,
    },
    /// A request for a consent.
    Request { id: ConsentRequestId },
    /// A link by which a client signs.
    SigningLink {
        digest: &'a [u8],
        id: SigningLinkId,
        consent: ConsentId,
        version: i64,
        client: &'a [u8],
        expires_at: i64,
    },
}

impl Sealed<'_> {
    const fn table(self) -> &'static str {
        match self {
            Self::AuditKey { .. } => "clients",
            Self::Identity { .. } => "identities",
            Self::Statement { .. } => "statements",
            Self::Consent { .. } => "consents",
            Self::OwedEntry { .. } => "owed_entries",
            Self::Restriction { .. } => "restrictions",
            Self::Artefact { .. } => "artefacts",
            Self::Notice { .. } => "notices",
            Self::AccountingRequest { .. } => "accounting_requests",
            Self::Request { .. } => "consent_requests",
            Self::SigningLink { .. } => "signing_links",
        }
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::AuditKey { .. } => "audit key",
            Self::Identity { .. } => "identity",
            Self::Statement { .. } => "statement",
            Self::Consent { .. } => "consent",
            Self::OwedEntry { .. } => "owed entry",
            Self::Restriction { .. } => "restriction",
            Self::Artefact { .. } => "artefact",
            Self::Notice { .. } => "notice",
            Self::AccountingRequest { .. } => "request for an accounting",
            Self::Request { .. } => "request for a consent",
            Self::SigningLink { .. } => "signing link",
        }
    }

    /// All parts but the first have a fixed length, so that no two rows give the same bytes.
    fn row(self) -> Vec<u8> {
        match self {
            Self::AuditKey { client } => client.to_vec(),
            Self::Identity {
                client,
                source_key,
                ingest,
            } => [client, source_key, &ingest.to_be_bytes()].concat(),
            Self::Statement {
                client,
                record,
                part,
                ingest,
            } => [
                client,
                &record.to_be_bytes(),
                &part.to_be_bytes(),
                &ingest.to_be_bytes(),
            ]
            .concat(),
            Self::Consent { id, version, client } => [client, id.as_bytes(), &version.to_be_bytes()].concat(),
            Self::OwedEntry { event, client } => [client, event.as_bytes()].concat(),
            Self::Restriction { id, version, client } => {
                [client, id.as_bytes(), &version.to_be_bytes()].concat()
            }
            Self::Artefact {
                consent,
                digest,
                client,
            } => [client, consent.as_bytes(), digest].concat(),
            Self::Notice { id, recipient } => [recipient.as_str().as_bytes(), id.as_bytes()].concat(),
            Self::AccountingRequest { id, version, agency } => {
                [agency.as_str().as_bytes(), id.as_bytes(), &version.to_be_bytes()].concat()
            }
            Self::Request { id } => id.as_bytes().to_vec(),
            Self::SigningLink {
                digest,
                id,
                consent,
                version,
                client,
                expires_at,
            } => [
                digest,
                id.as_bytes(),
                consent.as_bytes(),
                &version.to_be_bytes(),
                client,
                &expires_at.to_be_bytes(),
            ]
            .concat(),
        }
    }
}

impl Crypto {
    /// The same keys, for whoever seals many rows in a row.
    pub(crate) fn drawing_ahead(&self) -> Self {
        Self {
            entropy: Arc::new(DrawnAhead::from(Arc::clone(&self.entropy))),
            ..self.clone()
        }
    }

    pub(crate) fn seal(&self, at: Sealed<'_>, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let row = at.row();
        let place = Place {
            table: at.table(),
            row: &row,
            kind: at.kind(),
        };
        self.sealer
            .seal(place, plain, self.entropy.as_ref())
            .map_err(|error| StoreError::unavailable("sealing", error))
    }

    pub(crate) fn open(&self, at: Sealed<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let row = at.row();
        let place = Place {
            table: at.table(),
            row: &row,
            kind: at.kind(),
        };
        self.sealer
            .open(place, sealed)
            .map_err(|_| StoreError::Inconsistent {
                table: at.table(),
                what: "a sealed value does not open",
            })
    }

    /// A source's key for a client.
    pub(crate) fn source_key(&self, source: &AgencyId, key: &SourceClientKey) -> Vec<u8> {
        self.index("source key", format!("{source}/{}", key.reveal()))
            .to_vec()
    }

    /// A source's record.
    pub(crate) fn record(&self, source: &AgencyId, record: &RecordKey) -> RecordDigest {
        let kind = &record.kind;
        let digest = self.index(
            "record",
            format!("{source}/{}/{kind}/{}", kind.len(), record.key.reveal()),
        );
        let [.., a, b, c, d, e, f, g, h] = digest;
        RecordDigest {
            number: number(digest),
            rest: [a, b, c, d, e, f, g, h],
        }
    }

    /// Whether two contents are the same can be told by this, and nothing else. Compared only with the content that
    /// the same source gave the same record before, so that eight bytes are enough.
    pub(crate) fn content(&self, content: &[u8]) -> i64 {
        number(self.index("content", content))
    }

    /// What was signed on a form.
    pub(crate) fn form(&self, content: &[u8]) -> Vec<u8> {
        self.index("form", content).to_vec()
    }

    /// A blocking key. Eight bytes: a false candidate is weighed and dropped by linkage.
    pub(crate) fn blocking(&self, key: &BlockingKey) -> i64 {
        number(self.index(&format!("blocking/{}", key.domain), key.value.reveal()))
    }

    /// A client in the audit log.
    pub(crate) fn audit_client(&self, client: ClientId) -> Vec<u8> {
        self.index("audit client", client.to_string()).to_vec()
    }

    /// A scan of a form, by its digest.
    pub(crate) fn artefact(&self, consent: ConsentId, digest: consent::ArtefactDigest) -> [u8; 16] {
        let parts = [consent.as_bytes().as_slice(), digest.as_bytes()];
        self.index("artefact", parts.concat())
    }

    /// Which of a client's accountings an agency was asked for.
    pub(crate) fn accounting(&self, agency: &AgencyId, client: ClientId, view: &str) -> Vec<u8> {
        self.index("accounting", format!("{client}/{agency}/{view}"))
            .to_vec()
    }

    /// A consent as the notices about it are found.
    pub(crate) fn consent_of_notice(&self, consent: ConsentId) -> Vec<u8> {
        self.index("consent of a notice", consent.as_bytes()).to_vec()
    }

    /// A message by its mark, and what was in it.
    pub(crate) fn message(&self, source: &AgencyId, mark: &MessageMark) -> (i64, i64) {
        let key = self.index("message", format!("{source}/{}", mark.key));
        let content = self.index("content of a message", mark.content.as_bytes());
        (number(key), number(content))
    }

    fn index(&self, domain: &str, value: impl AsRef<[u8]>) -> [u8; 16] {
        *self.blind.index(domain, value).as_bytes()
    }
}

/// The digest of a source's record: eight bytes under which it is found, and eight more, kept sealed, that tell it from
/// another one found under the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecordDigest {
    pub(crate) number: i64,
    pub(crate) rest: RecordRest,
}

/// The second half of a record's digest.
pub(crate) type RecordRest = [u8; 8];

fn number(index: [u8; 16]) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = index;
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}

#[cfg(test)]
mod tests {
    use gateway_types::KeyId;

    use super::*;

    fn crypto() -> Crypto {
        let entropy = Arc::new(gateway_crypto::SystemEntropy);
        let master = gateway_crypto::MasterKey::generate(KeyId::new("k").unwrap(), entropy.as_ref()).unwrap();
        Crypto {
            sealer: Arc::new(Sealer::new(&master, &[])),
            blind: BlindIndexer::new(&master),
            entropy,
        }
    }

    #[test]
    fn a_blob_opens_only_in_its_own_row() {
        let crypto = crypto();
        let (one, two) = ([1u8; 16], [2u8; 16]);
        let at = |client, record, part, ingest| Sealed::Statement {
            client,
            record,
            part,
            ingest,
        };
        let sealed = crypto.seal(at(&one, 1, 2, 3), b"x").unwrap();
        assert_eq!(&**crypto.open(at(&one, 1, 2, 3), &sealed).unwrap(), b"x");
        for other in [
            at(&two, 1, 2, 3),
            at(&one, 2, 2, 3),
            at(&one, 1, 3, 3),
            at(&one, 1, 2, 4),
        ] {
            assert!(crypto.open(other, &sealed).is_err());
        }
        assert!(crypto.open(Sealed::AuditKey { client: &one }, &sealed).is_err());
    }

    #[test]
    fn record_keys_are_split_unambiguously() {
        let crypto = crypto();
        let source = AgencyId::new("a").unwrap();
        assert_ne!(
            crypto.record(&source, &RecordKey::new("a/b", "c")),
            crypto.record(&source, &RecordKey::new("a", "b/c")),
        );
    }
}
