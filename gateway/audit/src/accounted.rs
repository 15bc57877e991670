//! The signature of an accounting, as a signed note: who has the file shows that the gateway gave it so (45 CFR 164.528(d)).
//!
//! The proofs in an accounting show that no line is missing that is on a list. They do not show that what a line says is
//! what the gateway said, nor cover what is on no list. The signature does both, whatever the form of the file.
//!
//! What is signed are six lines, each ended by a line feed:
//!
//! ```text
//! assent accounting 1
//! <the log's origin>
//! agency <whose disclosures they are>
//! view <which accounting: hipaa, part2, ...>
//! made <the moment, UTC>
//! file sha256:<64 hexadecimal digits>
//! ```
//!
//! The digest is that of the file byte for byte, and of an accounting in JSON that of [`json_bytes`]. The signature is that of
//! a C2SP signed note, by the key that signs the log's checkpoints and under its name. A checkpoint has a number in its
//! second line and a notice another first one, so none is ever taken for another. It tells nothing that the file does not.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gateway_crypto::Digest;
use gateway_types::{AgencyId, Timestamp};

use crate::note::{NoteError, NoteSigner, VerifierKey};

const FIRST: &str = "assent accounting 1";

/// The member of an accounting in JSON that holds its signature.
pub const MEMBER: &str = "signed";

/// What the signature of an accounting says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedAccounting {
    /// The agency whose disclosures they are.
    pub agency: AgencyId,
    /// Which accounting, by its word.
    pub view: String,
    /// When it was made.
    pub made: Timestamp,
    /// The digest of the file.
    pub file: Digest,
}

/// Why an accounting is not taken for signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    /// The note or its signature.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The signed text is not that of an accounting.
    #[error("not the signature of an accounting")]
    Text,
    /// It names another log than the key.
    #[error("the accounting is of another log than the key")]
    Origin,
    /// The file is another than the signed one.
    #[error("the accounting is not the one that was signed: it was changed after it was made")]
    Changed,
}

/// The bytes of an accounting in JSON over which its digest is made: its members but [`MEMBER`], in their order, without
/// white space between them and with nothing escaped in its strings that JSON does not want escaped. So the gateway writes it.
///
/// # Errors
/// If `text` is no JSON.
pub fn json_bytes(text: &str) -> Result<Vec<u8>, serde_json::Error> {
    let mut value: serde_json::Value = serde_json::from_str(text)?;
    if let Some(members) = value.as_object_mut() {
        members.shift_remove(MEMBER);
    }
    serde_json::to_vec(&value)
}

impl SignedAccounting {
    /// The text that is signed.
    #[must_use]
    pub fn text(&self, origin: &str) -> String {
        let Self {
            agency,
            view,
            made,
            file,
        } = self;
        format!("{FIRST}\n{origin}\nagency {agency}\nview {view}\nmade {made}\nfile {file}\n")
    }

    /// The note, signed by the log's key.
    ///
    /// # Errors
    /// [`NoteError`] if the log's name or the view cannot stand in a note.
    pub fn sign(&self, signer: &NoteSigner) -> Result<String, NoteError> {
        signer.sign(&self.text(signer.verifier().name()))
    }

    /// Reads a note and checks that `key` signed it, and for `file`, those very bytes.
    ///
    /// # Errors
    /// [`NotSigned`] if either is not so.
    pub fn open(note: &str, key: &VerifierKey, file: &[u8]) -> Result<Self, NotSigned> {
        let text = key.open(note)?;
        let mut lines = text.split('\n');
        if lines.next() != Some(FIRST) {
            return Err(NotSigned::Text);
        }
        if lines.next() != Some(key.name()) {
            return Err(NotSigned::Origin);
        }
        let mut field = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
        let read = (|| {
            Some(Self {
                agency: field("agency")?.parse().ok()?,
                view: field("view")?.to_owned(),
                made: field("made")?.parse().ok()?,
                file: field("file")?.parse().ok()?,
            })
        })();
        // One form only: what reads the same but is written otherwise, or has more lines, is refused.
        let read = read
            .filter(|read| read.text(key.name()) == text)
            .ok_or(NotSigned::Text)?;
        if read.file == Digest::of(file) {
            Ok(read)
        } else {
            Err(NotSigned::Changed)
        }
    }
}

/// A note as it stands in a header: base64url without padding.
#[must_use]
pub fn to_header(note: &str) -> String {
    URL_SAFE_NO_PAD.encode(note)
}

/// The note in a text, which may be that of a header.
#[must_use]
pub fn from_header(text: &str) -> String {
    let bytes = URL_SAFE_NO_PAD.decode(text.trim()).ok();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use gateway_crypto::SigningKey;

    use super::*;
    use crate::checkpoint::Checkpoint;
    use crate::ended::{ConsentEnded, NoticeError};

    const FILE: &[u8] = b"{\"disclosures\":[]}";

    fn signer(name: &str) -> NoteSigner {
        NoteSigner::new(name, SigningKey::from_seed([7; 32])).unwrap()
    }

    fn accounting() -> SignedAccounting {
        SignedAccounting {
            agency: AgencyId::new("cedar-recovery").unwrap(),
            view: "part2".to_owned(),
            made: "2026-11-23T14:05:00Z".parse().unwrap(),
            file: Digest::of(FILE),
        }
    }

    #[test]
    fn it_opens_with_the_key_of_its_log_over_its_very_file_alone() {
        let signer = signer("log.test.example/assent");
        let key = signer.verifier();
        let note = accounting().sign(&signer).unwrap();
        assert_eq!(SignedAccounting::open(&note, key, FILE), Ok(accounting()));
        assert_eq!(from_header(&to_header(&note)), note);
        assert_eq!(from_header(&note), note);
        assert_eq!(
            SignedAccounting::open(&note, key, b"{\"disclosures\":[1]}"),
            Err(NotSigned::Changed)
        );
        for (from, to) in [("cedar", "ceder"), ("part2", "hipaa"), ("14:05", "14:06")] {
            let changed = note.replacen(from, to, 1);
            assert_eq!(
                SignedAccounting::open(&changed, key, FILE),
                Err(NoteError::BadSignature.into())
            );
        }
        let other = self::signer("log.other.example");
        assert!(SignedAccounting::open(&note, other.verifier(), FILE).is_err());
        let of_another = signer.sign(&accounting().text("log.other.example")).unwrap();
        assert_eq!(
            SignedAccounting::open(&of_another, key, FILE),
            Err(NotSigned::Origin)
        );
    }

    #[test]
    fn it_is_no_checkpoint_and_no_notice_and_neither_is_one_of_it() {
        let signer = signer("log.test.example/assent");
        let key = signer.verifier();
        let note = accounting().sign(&signer).unwrap();
        assert!(Checkpoint::open(&note, key).is_err());
        assert_eq!(ConsentEnded::open(&note, key), Err(NoticeError::Text));
        let checkpoint = signer.sign(&format!("{}\n12\nAAAA\n", key.name())).unwrap();
        assert_eq!(
            SignedAccounting::open(&checkpoint, key, FILE),
            Err(NotSigned::Text)
        );
    }

    #[test]
    fn what_is_written_otherwise_is_refused_even_if_signed() {
        let signer = signer("log.test.example/assent");
        let good = accounting().text("log.test.example/assent");
        for bad in [
            format!("{good}more\n"),
            good.replacen("made 2026", "made  2026", 1),
            good.replacen("00Z", "00.0Z", 1),
            good.replacen("agency cedar", "agency Cedar", 1),
        ] {
            let signed = signer.sign(&bad).unwrap();
            assert_eq!(
                SignedAccounting::open(&signed, signer.verifier(), FILE),
                Err(NotSigned::Text),
                "{bad}"
            );
        }
    }

    #[test]
    fn the_bytes_of_json_are_its_members_in_order_without_the_signature() {
        let written = "{\n \"b\": [1, \"\\u00e9\\n\"],\n \"signed\": \"x\",\n \"a\": {}\n}";
        let bytes = json_bytes(written).unwrap();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "{\"b\":[1,\"\u{e9}\\n\"],\"a\":{}}"
        );
        assert!(json_bytes("{").is_err());
    }
}
