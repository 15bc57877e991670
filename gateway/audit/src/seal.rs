//! Sealing an entry: its public leaf holds only salted commitments and a digest; everything else is encrypted.
//!
//! Each entry has a fresh 32-byte secret. Three keys follow from it by HKDF-SHA-256 ([`Secret::derive`]), labelled
//! `audit entry salt`, `audit entry commitment` and `audit entry data`. With H(k, ..) = HMAC-SHA-256 over
//! length-prefixed parts (eight bytes, big-endian):
//!
//! - subject commitment = H(salt, "subject", client id (16 bytes; empty if the entry is about nobody));
//! - detail commitment = H(commitment, "detail", canonical detail, SHA-256(facts));
//! - detail and facts are sealed with AES-256-GCM under the data key, bound to kind, event and part;
//! - a disclosure commits to the labels of its lists, H(salt, "lists", labels), and to the statement of its receipt, under
//!   a key of its own, `audit entry statement`, which goes to the recipient ([`crate::statement`]);
//! - the secret itself is sealed under the client's key (entries about nobody: under the log's own), bound to kind
//!   and event. Destroying that key, or the wrapped secret, makes the entry unreadable and its commitments
//!   unopenable, while every proof about the log still holds: that is how an entry is erased.
//!
//! A salted commitment can neither be linked to another entry of the same client nor guessed from a list of clients.

use std::fmt;

use gateway_crypto::{Digest, OpenError, SealError, Secret, Zeroizing, hmac_sha256, open_with, seal_with};
use gateway_types::{ClientId, Entropy, EntropyUnavailable, EventId};

use crate::base64_text::Base64;
use crate::canonical::{NotCanonical, canonical_json};
use crate::detail::Detail;
use crate::kind::EntryKind;
use crate::leaf::{Leaf, Stamp};
use crate::lists::Label;
use crate::receipt::Stated;
use crate::statement::Statement;

/// Which of a disclosure's commitments (field 10 of the leaf) is to its lists.
pub const LIST_COMMITMENT: usize = 0;
/// Which of them is to the statement of its receipt.
pub const STATEMENT_COMMITMENT: usize = 1;

/// The keys of one entry.
struct EntryKeys {
    salt: Secret,
    commitment: Secret,
    data: Secret,
    statement: Secret,
}

impl EntryKeys {
    fn of(secret: &Secret) -> Self {
        let key = |label| secret.derive(label, &[]);
        Self {
            salt: key("audit entry salt"),
            commitment: key("audit entry commitment"),
            data: key("audit entry data"),
            statement: key("audit entry statement"),
        }
    }

    fn lists(&self, labels: &[Label]) -> Digest {
        let labels = labels.iter().map(|label| label.as_bytes().as_slice());
        let parts: Vec<&[u8]> = std::iter::once(b"lists".as_slice()).chain(labels).collect();
        Digest::from_bytes(hmac_sha256(self.salt.as_bytes(), &parts))
    }

    fn subject(&self, client: Option<ClientId>) -> Digest {
        let id = client.map_or(Vec::new(), |client| client.as_bytes().to_vec());
        Digest::from_bytes(hmac_sha256(self.salt.as_bytes(), &[b"subject", &id]))
    }

    fn detail(&self, canonical: &[u8], facts: &[u8]) -> Digest {
        let facts = Digest::of(facts);
        let parts: [&[u8]; 3] = [b"detail", canonical, facts.as_bytes()];
        Digest::from_bytes(hmac_sha256(self.commitment.as_bytes(), &parts))
    }
}

const SECRET: &[u8] = b"audit entry secret";
const DETAIL: &[u8] = b"audit entry detail";
const FACTS: &[u8] = b"audit entry facts";

fn bound_to(part: &'static [u8], kind: EntryKind, event: EventId) -> [Vec<u8>; 3] {
    [part.to_vec(), vec![kind.number()], event.as_bytes().to_vec()]
}

/// The digest that a leaf holds over its sealed parts: SHA-256 over the sealed detail and the sealed facts, each led
/// by its length (eight bytes, big-endian). It lets anyone check the stored bytes without any key.
#[must_use]
pub fn ciphertext_digest(sealed_detail: &[u8], sealed_facts: &[u8]) -> Digest {
    Digest::of_parts(&[sealed_detail, sealed_facts])
}

/// The encrypted parts of an entry, kept beside the log.
#[derive(Clone, PartialEq, Eq)]
pub struct Ciphertexts {
    /// The sealed detail.
    pub detail: Vec<u8>,
    /// The sealed facts of the decision.
    pub facts: Vec<u8>,
    /// The entry's secret under the client's key. Empty in an export that must not be readable. Not covered by the
    /// leaf, so that clients' keys can be renewed; a wrong one fails to open.
    pub wrapped_secret: Vec<u8>,
}

impl fmt::Debug for Ciphertexts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[sealed parts]")
    }
}

/// An entry ready to be put in order: everything but time and number.
#[derive(Clone, Debug)]
pub struct SealedEntry {
    kind: EntryKind,
    event: EventId,
    subject: Digest,
    detail: Digest,
    commitments: Vec<Digest>,
    labels: Vec<Label>,
    stated: Option<Stated>,
    policy: Digest,
    ciphertexts: Ciphertexts,
}

impl SealedEntry {
    /// The event it belongs to.
    #[must_use]
    pub const fn event(&self) -> EventId {
        self.event
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> EntryKind {
        self.kind
    }

    /// The lists it is to be filed under.
    #[must_use]
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// What its receipt says; of a disclosure only.
    #[must_use]
    pub const fn stated(&self) -> Option<&Stated> {
        self.stated.as_ref()
    }

    /// Its encrypted parts.
    #[must_use]
    pub const fn ciphertexts(&self) -> &Ciphertexts {
        &self.ciphertexts
    }

    /// The leaf that it becomes at this place in the order. The sequencer calls this, so that times and numbers rise
    /// in the order of the log however long entries waited.
    #[must_use]
    pub fn leaf(&self, stamp: Stamp) -> Leaf {
        Leaf {
            kind: self.kind,
            event: self.event,
            stamp,
            subject: self.subject,
            detail: self.detail,
            ciphertext: ciphertext_digest(&self.ciphertexts.detail, &self.ciphertexts.facts),
            lists: self.commitments.clone(),
            policy: self.policy,
        }
    }
}

/// Why an entry was not sealed. Without an entry there is no disclosure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntrySealError {
    /// No fresh secret could be drawn.
    #[error(transparent)]
    Entropy(#[from] EntropyUnavailable),
    /// The cipher refused.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The detail has no canonical form.
    #[error(transparent)]
    Detail(#[from] NotCanonical),
}

/// What an entry records, before it is sealed.
#[derive(Debug)]
pub struct Entry<'a> {
    /// Its kind.
    pub kind: EntryKind,
    /// Its event; a completion repeats its intent's.
    pub event: EventId,
    /// What it says.
    pub detail: &'a Detail,
    /// The typed facts that the decision rested on, as the policy engine reads them; empty if there were none.
    pub facts: &'a [u8],
    /// Names the rules and agreements in force.
    pub policy: Digest,
    /// The labels of the lists it belongs to; of a disclosure only.
    pub labels: &'a [Label],
}

/// Seals an entry under `key`: that of the client named in the detail, or the log's own if it names none.
///
/// # Errors
/// [`EntrySealError`] if there is no randomness, or the detail has no canonical form.
pub fn seal_entry(
    entry: &Entry<'_>,
    key: &Secret,
    entropy: &dyn Entropy,
) -> Result<SealedEntry, EntrySealError> {
    let secret = Secret::generate(entropy)?;
    let keys = EntryKeys::of(&secret);
    let canonical = Zeroizing::new(canonical_json(entry.detail)?);
    let seal = |key: &Secret, part, plain: &[u8]| {
        let aad = bound_to(part, entry.kind, entry.event);
        seal_with(key, &aad.each_ref().map(Vec::as_slice), plain, entropy)
    };
    let (commitments, stated) = if entry.kind == EntryKind::Intent {
        let statement = Statement::of(entry.detail);
        let commitments = vec![keys.lists(entry.labels), statement.commitment(&keys.statement)?];
        let opening = Base64(keys.statement.as_bytes().to_vec());
        (commitments, Some(Stated { statement, opening }))
    } else {
        (Vec::new(), None)
    };
    Ok(SealedEntry {
        kind: entry.kind,
        event: entry.event,
        subject: keys.subject(entry.detail.client),
        detail: keys.detail(&canonical, entry.facts),
        commitments,
        labels: entry.labels.to_vec(),
        stated,
        policy: entry.policy,
        ciphertexts: Ciphertexts {
            detail: seal(&keys.data, DETAIL, &canonical)?,
            facts: seal(&keys.data, FACTS, entry.facts)?,
            wrapped_secret: seal(key, SECRET, secret.as_bytes())?,
        },
    })
}

/// Why an entry was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryOpenError {
    /// The stored sealed parts are not those that the leaf holds the digest of.
    #[error("the sealed parts are not those of this entry")]
    Ciphertext,
    /// The wrapped secret does not open: wrong key, another entry's secret, or changed.
    #[error("the entry's secret does not open: {0}")]
    Secret(OpenError),
    /// A sealed part does not open.
    #[error("a sealed part does not open: {0}")]
    Part(OpenError),
    /// The content opens but is not what the leaf commits to.
    #[error("the content is not what the entry commits to")]
    Commitment,
    /// The client named inside is not the one the leaf commits to.
    #[error("the client is not the one the entry commits to")]
    Subject,
    /// The content is authentic but of a form that this version does not know.
    #[error("the content is of an unknown form")]
    Form,
}

/// The content of an entry, with every commitment checked.
pub struct Opened {
    /// What it says.
    pub detail: Detail,
    /// The facts that the decision rested on.
    pub facts: Zeroizing<Vec<u8>>,
    keys: EntryKeys,
    lists: Option<Digest>,
}

impl Opened {
    /// Whether the entry commits to exactly these labels; `None` if it commits to none.
    #[must_use]
    pub fn is_filed_under(&self, labels: &[Label]) -> Option<bool> {
        Some(self.lists? == self.keys.lists(labels))
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[opened entry]")
    }
}

/// Opens an entry with the key it was sealed under, and checks it against every commitment of its leaf.
///
/// # Errors
/// [`EntryOpenError`] says which check failed.
pub fn open_entry(leaf: &Leaf, key: &Secret, sealed: &Ciphertexts) -> Result<Opened, EntryOpenError> {
    if ciphertext_digest(&sealed.detail, &sealed.facts) != leaf.ciphertext {
        return Err(EntryOpenError::Ciphertext);
    }
    let open = |key: &Secret, part, sealed: &[u8]| {
        let aad = bound_to(part, leaf.kind, leaf.event);
        open_with(key, &aad.each_ref().map(Vec::as_slice), sealed)
    };
    let secret = open(key, SECRET, &sealed.wrapped_secret).map_err(EntryOpenError::Secret)?;
    let secret = Secret::from_slice(&secret).ok_or(EntryOpenError::Secret(OpenError::UnknownForm))?;
    let keys = EntryKeys::of(&secret);
    let canonical = open(&keys.data, DETAIL, &sealed.detail).map_err(EntryOpenError::Part)?;
    let facts = open(&keys.data, FACTS, &sealed.facts).map_err(EntryOpenError::Part)?;
    // GCM alone does not commit to its key: the commitment does.
    if keys.detail(&canonical, &facts) != leaf.detail {
        return Err(EntryOpenError::Commitment);
    }
    let detail: Detail = serde_json::from_slice(&canonical).map_err(|_| EntryOpenError::Form)?;
    if keys.subject(detail.client) != leaf.subject {
        return Err(EntryOpenError::Subject);
    }
    if let Some(committed) = leaf.lists.get(STATEMENT_COMMITMENT)
        && Statement::of(&detail).commitment(&keys.statement).ok().as_ref() != Some(committed)
    {
        return Err(EntryOpenError::Commitment);
    }
    let lists = leaf.lists.get(LIST_COMMITMENT).copied();
    Ok(Opened {
        detail,
        facts,
        keys,
        lists,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SeededEntropy, client, event};

    fn stamp() -> Stamp {
        Stamp {
            time_ms: 1_795_000_000_000,
            replica: 1,
            number: 1,
        }
    }

    fn detail() -> Detail {
        let mut detail = Detail::at("2026-11-22T14:00:00Z".parse().unwrap());
        detail.client = Some(client(1));
        detail.withheld = 2;
        detail
    }

    fn sealed(entropy: &SeededEntropy, event_number: u64, key: &Secret) -> SealedEntry {
        let entry = Entry {
            kind: EntryKind::Intent,
            event: event(event_number),
            detail: &detail(),
            facts: br#"{"purpose":"TREAT"}"#,
            policy: Digest::of(b"rules"),
            labels: &[],
        };
        seal_entry(&entry, key, entropy).unwrap()
    }

    #[test]
    fn an_entry_opens_with_its_key_to_what_was_sealed() {
        let entropy = SeededEntropy::new(1);
        let key = Secret::generate(&entropy).unwrap();
        let sealed = sealed(&entropy, 1, &key);
        let opened = open_entry(&sealed.leaf(stamp()), &key, sealed.ciphertexts()).unwrap();
        assert_eq!(opened.detail, detail());
        assert_eq!(&**opened.facts, br#"{"purpose":"TREAT"}"#);
        assert_eq!(format!("{opened:?}{sealed:?}").matches("TREAT").count(), 0);
    }

    #[test]
    fn the_leaf_says_nothing_about_whom_or_what() {
        let entropy = SeededEntropy::new(2);
        let key = Secret::generate(&entropy).unwrap();
        let (one, other) = (sealed(&entropy, 1, &key), sealed(&entropy, 1, &key));
        let (one, other) = (one.leaf(stamp()), other.leaf(stamp()));
        // The same client, detail and facts: nothing but kind, event, stamp and rules is alike.
        assert_ne!(one.subject, other.subject);
        assert_ne!(one.detail, other.detail);
        assert_ne!(one.ciphertext, other.ciphertext);
        let bytes = one.encode();
        assert!(!bytes.windows(16).any(|window| window == client(1).as_bytes()));
    }

    #[test]
    fn whatever_is_changed_or_exchanged_does_not_open() {
        let entropy = SeededEntropy::new(3);
        let key = Secret::generate(&entropy).unwrap();
        let (one, other) = (sealed(&entropy, 1, &key), sealed(&entropy, 2, &key));
        let leaf = one.leaf(stamp());
        let open = |leaf: &Leaf, key: &Secret, parts: &Ciphertexts| open_entry(leaf, key, parts).unwrap_err();

        let mut parts = one.ciphertexts().clone();
        parts.detail[20] ^= 1;
        assert_eq!(open(&leaf, &key, &parts), EntryOpenError::Ciphertext);
        let mut forged = leaf.clone();
        forged.ciphertext = ciphertext_digest(&parts.detail, &parts.facts);
        assert_eq!(
            open(&forged, &key, &parts),
            EntryOpenError::Part(OpenError::NotAuthentic)
        );

        let mut parts = one.ciphertexts().clone();
        std::mem::swap(&mut parts.detail, &mut parts.facts);
        let mut forged = leaf.clone();
        forged.ciphertext = ciphertext_digest(&parts.detail, &parts.facts);
        assert!(matches!(open(&forged, &key, &parts), EntryOpenError::Part(_)));

        let mut parts = one.ciphertexts().clone();
        parts
            .wrapped_secret
            .clone_from(&other.ciphertexts().wrapped_secret);
        assert!(matches!(open(&leaf, &key, &parts), EntryOpenError::Secret(_)));
        parts.wrapped_secret = one.ciphertexts().wrapped_secret.clone();
        parts.wrapped_secret[30] ^= 1;
        assert!(matches!(open(&leaf, &key, &parts), EntryOpenError::Secret(_)));

        let stranger = Secret::generate(&entropy).unwrap();
        assert!(matches!(
            open(&leaf, &stranger, one.ciphertexts()),
            EntryOpenError::Secret(_)
        ));

        let mut forged = leaf.clone();
        forged.detail = other.leaf(stamp()).detail;
        assert_eq!(open(&forged, &key, one.ciphertexts()), EntryOpenError::Commitment);
        let mut forged = leaf.clone();
        forged.subject = other.leaf(stamp()).subject;
        assert_eq!(open(&forged, &key, one.ciphertexts()), EntryOpenError::Subject);
        let mut forged = leaf;
        forged.event = event(9);
        assert!(matches!(
            open(&forged, &key, one.ciphertexts()),
            EntryOpenError::Secret(_)
        ));
    }

    #[test]
    fn without_randomness_there_is_no_entry() {
        let key = Secret::from_bytes([1; 32]);
        let entry = Entry {
            kind: EntryKind::Denial,
            event: event(1),
            detail: &detail(),
            facts: b"",
            policy: Digest::of(b""),
            labels: &[],
        };
        let outcome = seal_entry(&entry, &key, &crate::testing::NoEntropy);
        assert_eq!(outcome.unwrap_err(), EntrySealError::Entropy(EntropyUnavailable));
    }
}
