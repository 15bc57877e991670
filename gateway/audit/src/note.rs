//! Signed notes (C2SP signed-note): text with signature lines, and the keys that make and check them.
//!
//! Only Ed25519 keys (type 0x01). Signatures by keys that are not asked about are skipped, as the specification
//! demands; a bad signature by the key that is asked about spoils the note.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gateway_crypto::{Digest, SigningKey, verify_ed25519};

const ED25519: u8 = 0x01;
/// More signature lines than this are refused; the specification asks for at least 16.
const MAX_SIGNATURES: usize = 64;

/// Why a note or a key text was refused. Carries nothing of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// A key name is empty, or has a space or a plus.
    #[error("a key name must not be empty nor hold spaces or plus signs")]
    KeyName,
    /// The verifier key text is not `name+id+base64`, its id is wrong, or it is not an Ed25519 key.
    #[error("not an Ed25519 verifier key of the signed-note form")]
    VerifierKey,
    /// The note is not text, a blank line and signature lines.
    #[error("not a signed note: {0}")]
    Form(&'static str),
    /// No signature line is by the key asked about.
    #[error("the note is not signed by the expected key")]
    NotSigned,
    /// The signature by the key asked about does not fit the text.
    #[error("the signature of the expected key does not fit the text")]
    BadSignature,
}

/// A key that checks notes: a name and a public key.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    public: [u8; 32],
}

impl VerifierKey {
    /// The key `public`, called `name`.
    ///
    /// # Errors
    /// [`NoteError::KeyName`] if `name` cannot be a key name.
    pub fn new(name: impl Into<String>, public: [u8; 32]) -> Result<Self, NoteError> {
        let name = name.into();
        let forbidden = |c: char| c.is_whitespace() || c.is_control() || c == '+';
        if name.is_empty() || name.contains(forbidden) {
            return Err(NoteError::KeyName);
        }
        Ok(Self { name, public })
    }

    /// The key's name. That of a log is its origin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key itself.
    #[must_use]
    pub const fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// The first four bytes of SHA-256(name, newline, type, public key).
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        key_id(&self.name, ED25519, &self.public)
    }

    /// Checks that `note` is signed by this key, and returns its text (with the final newline).
    ///
    /// # Errors
    /// [`NoteError`] if it is not.
    pub fn open<'n>(&self, note: &'n str) -> Result<&'n str, NoteError> {
        let parts = split_note(note)?;
        let mut signed = false;
        for (name, signature) in parts.signatures {
            if name != self.name {
                continue;
            }
            let Some((id, signature)) = signature.split_first_chunk::<4>() else {
                return Err(NoteError::Form("a signature is shorter than a key id"));
            };
            if *id == self.id() {
                verify_ed25519(&self.public, parts.text.as_bytes(), signature)
                    .map_err(|_| NoteError::BadSignature)?;
                signed = true;
            }
        }
        if signed {
            Ok(parts.text)
        } else {
            Err(NoteError::NotSigned)
        }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&key_text(&self.name, ED25519, &self.public))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    /// Reads the text form `name+id+base64(type || key)`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, public) = parse_key(text, ED25519)?;
        Self::new(name, public)
    }
}

/// The first four bytes of SHA-256(name, newline, type, public key).
pub(crate) fn key_id(name: &str, kind: u8, public: &[u8; 32]) -> [u8; 4] {
    let [a, b, c, d, ..] =
        *Digest::of(&[name.as_bytes(), &[b'\n', kind], public.as_slice()].concat()).as_bytes();
    [a, b, c, d]
}

/// The text form of a key, `name+id+base64(type || key)`.
pub(crate) fn key_text(name: &str, kind: u8, public: &[u8; 32]) -> String {
    let id = u32::from_be_bytes(key_id(name, kind, public));
    format!(
        "{name}+{id:08x}+{}",
        STANDARD.encode([&[kind], public.as_slice()].concat())
    )
}

/// Name and key of such a text. The id must be written as the specification writes it: eight lower-case digits.
pub(crate) fn parse_key(text: &str, kind: u8) -> Result<(&str, [u8; 32]), NoteError> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(_), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(NoteError::VerifierKey);
    };
    let decoded = STANDARD.decode(key).map_err(|_| NoteError::VerifierKey)?;
    let public = match decoded.split_first() {
        Some((written, public)) if *written == kind => public,
        _ => return Err(NoteError::VerifierKey),
    };
    let public = public.try_into().map_err(|_| NoteError::VerifierKey)?;
    if key_text(name, kind, &public) == text {
        Ok((name, public))
    } else {
        Err(NoteError::VerifierKey)
    }
}

/// A key that signs notes.
pub struct NoteSigner {
    verifier: VerifierKey,
    key: SigningKey,
}

impl NoteSigner {
    /// The signing key `key`, called `name`.
    ///
    /// # Errors
    /// [`NoteError::KeyName`] if `name` cannot be a key name.
    pub fn new(name: impl Into<String>, key: SigningKey) -> Result<Self, NoteError> {
        Ok(Self {
            verifier: VerifierKey::new(name, key.public())?,
            key,
        })
    }

    /// The key that checks what this one signs.
    #[must_use]
    pub const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// `text` as a note with one signature.
    ///
    /// # Errors
    /// [`NoteError::Form`] if `text` does not end in a newline or holds control characters.
    pub fn sign(&self, text: &str) -> Result<String, NoteError> {
        check_text(text)?;
        Ok(format!("{text}\n{}", self.line(text)))
    }

    /// `note` with one more signature: over the same text, by this key.
    ///
    /// # Errors
    /// [`NoteError::Form`] if `note` is not a signed note.
    pub fn sign_also(&self, note: &str) -> Result<String, NoteError> {
        let parts = split_note(note)?;
        Ok(format!("{note}{}", self.line(parts.text)))
    }

    fn line(&self, text: &str) -> String {
        let signature = self.key.sign(text.as_bytes());
        let encoded = STANDARD.encode([self.verifier.id().as_slice(), &signature].concat());
        format!("\u{2014} {} {encoded}\n", self.verifier.name)
    }
}

impl fmt::Debug for NoteSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoteSigner({})", self.verifier)
    }
}

pub(crate) struct Parts<'n> {
    pub(crate) text: &'n str,
    pub(crate) signatures: Vec<(&'n str, Vec<u8>)>,
}

fn check_text(text: &str) -> Result<(), NoteError> {
    if !text.ends_with('\n') {
        return Err(NoteError::Form("the text does not end in a newline"));
    }
    if text.bytes().any(|byte| byte < b' ' && byte != b'\n') {
        return Err(NoteError::Form("the text holds control characters"));
    }
    Ok(())
}

/// Who claims to have signed a note, line by line: for telling whose signature is missing or strange, never for trusting
/// it.
///
/// # Errors
/// [`NoteError::Form`] if it is not a signed note.
pub fn claimed_signers(note: &str) -> Result<Vec<&str>, NoteError> {
    Ok(split_note(note)?
        .signatures
        .into_iter()
        .map(|(name, _)| name)
        .collect())
}

/// The text of a note, whoever signed it: for telling a reader what a note claims, never for trusting it.
///
/// # Errors
/// [`NoteError::Form`] if it is not a signed note.
pub fn unsigned_text(note: &str) -> Result<&str, NoteError> {
    split_note(note).map(|parts| parts.text)
}

pub(crate) fn split_note(note: &str) -> Result<Parts<'_>, NoteError> {
    check_text(note)?;
    // The text keeps its final newline; the last blank line parts it from the signatures.
    let Some((text, lines)) = note
        .rfind("\n\n")
        .and_then(|blank| Some((note.get(..=blank)?, note.get(blank + 2..)?)))
    else {
        return Err(NoteError::Form("no blank line before the signatures"));
    };
    let signatures: Vec<_> = lines
        .lines()
        .take(MAX_SIGNATURES + 1)
        .map(signature_line)
        .collect::<Result<_, _>>()?;
    match signatures.len() {
        0 => Err(NoteError::Form("no signature line")),
        count if count > MAX_SIGNATURES => Err(NoteError::Form("too many signature lines")),
        _ => Ok(Parts { text, signatures }),
    }
}

fn signature_line(line: &str) -> Result<(&str, Vec<u8>), NoteError> {
    let wrong = NoteError::Form("a signature line is not `— name base64`");
    let (name, encoded) = line
        .strip_prefix("\u{2014} ")
        .and_then(|rest| rest.split_once(' '))
        .ok_or(wrong)?;
    let signature = STANDARD.decode(encoded).map_err(|_| wrong)?;
    if name.is_empty() || name.contains('+') || signature.len() < 5 {
        return Err(wrong);
    }
    Ok((name, signature))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(name: &str, seed: u8) -> NoteSigner {
        NoteSigner::new(name, SigningKey::from_seed([seed; 32])).unwrap()
    }

    #[test]
    fn a_note_opens_with_its_key_and_with_no_other() {
        let note = signer("log.example/one", 1)
            .sign("text\n\nwith a blank line\n")
            .unwrap();
        let key = signer("log.example/one", 1).verifier().clone();
        assert_eq!(key.open(&note), Ok("text\n\nwith a blank line\n"));
        assert_eq!(
            signer("log.example/two", 1).verifier().open(&note),
            Err(NoteError::NotSigned)
        );
        assert_eq!(
            signer("log.example/one", 2).verifier().open(&note),
            Err(NoteError::NotSigned)
        );
        assert_eq!(
            key.open(&note.replacen("text", "test", 1)),
            Err(NoteError::BadSignature)
        );
    }

    #[test]
    fn signatures_of_unknown_keys_are_skipped_and_a_known_bad_one_spoils_the_note() {
        let (mine, other) = (signer("a.example", 1), signer("b.example", 2));
        let note = mine.sign("text\n").unwrap();
        let line_of = |note: &str| note.split_once("\n\n").unwrap().1.to_owned();
        let both = format!("{note}{}", line_of(&other.sign("another text\n").unwrap()));
        assert_eq!(mine.verifier().open(&both), Ok("text\n"));
        assert_eq!(other.verifier().open(&both), Err(NoteError::BadSignature));
        let twice = format!("{note}{}", line_of(&mine.sign("another text\n").unwrap()));
        assert_eq!(mine.verifier().open(&twice), Err(NoteError::BadSignature));
    }

    #[test]
    fn a_second_signature_stands_under_the_same_text() {
        let (one, other) = (signer("a.example", 1), signer("b.example", 2));
        let note = other.sign_also(&one.sign("text\n").unwrap()).unwrap();
        assert_eq!(one.verifier().open(&note), Ok("text\n"));
        assert_eq!(other.verifier().open(&note), Ok("text\n"));
        assert_eq!(claimed_signers(&note), Ok(vec!["a.example", "b.example"]));
        assert!(other.sign_also("text\n").is_err());
    }

    #[test]
    fn what_is_not_a_note_is_refused() {
        let key = signer("a.example", 1).verifier().clone();
        for bad in [
            "",
            "text",
            "text\n",
            "text\n\n",
            "text\n\n\u{2014} a.example\n",
            "text\n\n\u{2014} a.example AAAA\n",
            "text\n\n- a.example AAAAAAAA\n",
            "te\txt\n\n\u{2014} a.example AAAAAAAA\n",
        ] {
            assert!(matches!(key.open(bad), Err(NoteError::Form(_))), "{bad:?}");
        }
    }

    #[test]
    fn verifier_keys_round_trip_and_their_id_is_checked() {
        let key = signer("log.example/2026", 7).verifier().clone();
        let text = key.to_string();
        assert_eq!(text.parse::<VerifierKey>().unwrap(), key);
        let (name, rest) = text.split_once('+').unwrap();
        for bad in [
            String::new(),
            format!("other{name}+{rest}"),
            format!("{name}+{}", rest.to_uppercase()),
            format!("{text}AAAA"),
            name.to_owned(),
        ] {
            assert!(bad.parse::<VerifierKey>().is_err(), "{bad}");
        }
        assert_eq!(VerifierKey::new("a b", [0; 32]), Err(NoteError::KeyName));
    }
}
