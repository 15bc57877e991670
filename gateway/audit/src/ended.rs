//! The notice that a consent ended, as a signed note: a recipient checks it without us, with the log's public key.
//!
//! 42 CFR 2.31(a)(6), (c): nothing more rests on a consent that was taken back. The notice tells its recipient nothing
//! new: the disclosure that it has, and the day. Not the kind of consent, not the client, not whose records they are, not
//! why. So every notice reads alike but for the ids and the day.
//!
//! What is signed are seven lines, each ended by a line feed:
//!
//! ```text
//! assent consent-ended 1
//! <the log's origin>
//! notice <32 hexadecimal digits: the event of the notice's own entry in the log>
//! recipient <agency>
//! disclosure <32 hexadecimal digits: the event in the receipt of the disclosure>
//! ended <the day, UTC>
//! <STATEMENT>
//! ```
//!
//! The signature is that of a C2SP signed note, by the key that signs the log's checkpoints and under its name. A
//! checkpoint has three lines and a number in the second, so neither is ever taken for the other.

use gateway_types::{AgencyId, Date, EventId};

use crate::note::{NoteError, NoteSigner, VerifierKey};

const FIRST: &str = "assent consent-ended 1";

/// What every notice asks.
pub const STATEMENT: &str = "A consent on which this disclosure to you rests has ended. Do not use or pass on what you \
received in it, unless the law lets you without that consent.";

/// The notice that a consent ended on which a disclosure rests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentEnded {
    /// The event of its entry in the log.
    pub notice: EventId,
    /// Whom it is for.
    pub recipient: AgencyId,
    /// The disclosure, as the recipient's receipt names it.
    pub disclosure: EventId,
    /// The day. The moment would tell a discharge from a visit.
    pub ended: Date,
}

/// Why a note is not a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    /// The note or its signature.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The signed text is not that of a notice.
    #[error("not a notice that a consent ended")]
    Text,
    /// It names another log than the key.
    #[error("the notice is of another log than the key")]
    Origin,
}

impl ConsentEnded {
    /// The text that is signed.
    #[must_use]
    pub fn text(&self, origin: &str) -> String {
        let Self {
            notice,
            recipient,
            disclosure,
            ended,
        } = self;
        format!(
            "{FIRST}\n{origin}\nnotice {notice}\nrecipient {recipient}\ndisclosure {disclosure}\nended {ended}\n{STATEMENT}\n"
        )
    }

    /// The notice, signed by the log's key.
    ///
    /// # Errors
    /// [`NoteError`] if the log's name cannot stand in a note.
    pub fn sign(&self, signer: &NoteSigner) -> Result<String, NoteError> {
        signer.sign(&self.text(signer.verifier().name()))
    }

    /// Reads a signed notice and checks that `key` signed it and that it is of the log `key` is named after.
    ///
    /// # Errors
    /// [`NoticeError`] if either is not so.
    pub fn open(note: &str, key: &VerifierKey) -> Result<Self, NoticeError> {
        let text = key.open(note)?;
        let mut lines = text.split('\n');
        if lines.next() != Some(FIRST) {
            return Err(NoticeError::Text);
        }
        if lines.next() != Some(key.name()) {
            return Err(NoticeError::Origin);
        }
        let mut field = |name: &str| {
            let line = lines.next()?;
            line.strip_prefix(name)?.strip_prefix(' ')
        };
        let read = (|| {
            Some(Self {
                notice: field("notice")?.parse().ok()?,
                recipient: field("recipient")?.parse().ok()?,
                disclosure: field("disclosure")?.parse().ok()?,
                ended: field("ended")?.parse().ok()?,
            })
        })();
        // One form only: what reads the same but is written otherwise, or has more lines, is refused.
        read.filter(|read| read.text(key.name()) == text)
            .ok_or(NoticeError::Text)
    }
}

#[cfg(test)]
mod tests {
    use gateway_crypto::SigningKey;

    use super::*;
    use crate::checkpoint::Checkpoint;

    fn signer(name: &str) -> NoteSigner {
        NoteSigner::new(name, SigningKey::from_seed([7; 32])).unwrap()
    }

    fn notice() -> ConsentEnded {
        ConsentEnded {
            notice: EventId::from_bytes([1; 16]),
            recipient: AgencyId::new("harbor-crisis").unwrap(),
            disclosure: EventId::from_bytes([2; 16]),
            ended: "2026-11-23".parse().unwrap(),
        }
    }

    /// The vector of docs/notices.md: made here once, checked with `openssl pkeyutl -verify -rawin` too.
    const VECTOR: &str = "assent consent-ended 1\n\
        log.test.example/assent\n\
        notice 01010101010101010101010101010101\n\
        recipient harbor-crisis\n\
        disclosure 02020202020202020202020202020202\n\
        ended 2026-11-23\n\
        A consent on which this disclosure to you rests has ended. Do not use or pass on what you received in it, unless the law lets you without that consent.\n\n\
        \u{2014} log.test.example/assent rYTUhhY1xWDOQ8yWXbTziG3Cz27/yuP2EPzul/JQrAJy6n1QZuom1qpB7SdAQ24TB+YuW8mgSEv/raKJ3Y5V4n9cRAw=\n";

    #[test]
    fn the_vector_of_the_documentation_is_what_is_signed() {
        let signed = notice().sign(&signer("log.test.example/assent")).unwrap();
        assert_eq!(signed, VECTOR);
        let key: VerifierKey =
            "log.test.example/assent+ad84d486+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs"
                .parse()
                .unwrap();
        assert_eq!(ConsentEnded::open(VECTOR, &key), Ok(notice()));
    }

    #[test]
    fn a_notice_opens_with_the_key_of_its_log_alone_and_unchanged() {
        let signer = signer("log.test.example/assent");
        let key = signer.verifier();
        let note = notice().sign(&signer).unwrap();
        for (from, to) in [
            ("harbor-crisis", "lakeside-hospital"),
            ("2026-11-23", "2026-11-24"),
            ("0101", "0103"),
        ] {
            let changed = note.replacen(from, to, 1);
            assert_eq!(
                ConsentEnded::open(&changed, key),
                Err(NoteError::BadSignature.into())
            );
        }
        let elsewhere = signer_of_another_log();
        assert!(ConsentEnded::open(&note, elsewhere.verifier()).is_err());
        let of_another = notice().text("log.other.example");
        let signed = signer.sign(&of_another).unwrap();
        assert_eq!(ConsentEnded::open(&signed, key), Err(NoticeError::Origin));
    }

    fn signer_of_another_log() -> NoteSigner {
        signer("log.other.example")
    }

    #[test]
    fn no_notice_is_a_checkpoint_and_no_checkpoint_a_notice() {
        let signer = signer("assent consent-ended 1".replace(' ', "-").as_str());
        let key = signer.verifier();
        assert!(Checkpoint::parse(&notice().text(key.name())).is_err());
        let checkpoint = signer.sign(&format!("{}\n12\nAAAA\n", key.name())).unwrap();
        assert_eq!(ConsentEnded::open(&checkpoint, key), Err(NoticeError::Text));
    }

    #[test]
    fn what_is_written_otherwise_is_refused_even_if_signed() {
        let signer = signer("log.test.example/assent");
        let good = notice().text("log.test.example/assent");
        for bad in [
            format!("{good}more\n"),
            good.replacen("ended 2026-11-23", "ended 2026-11-23 ", 1),
            good.replacen("notice 01", "notice  01", 1),
            good.replacen("Do not use", "Do use", 1),
            good.replacen("recipient harbor-crisis", "recipient Harbor", 1),
        ] {
            let signed = signer.sign(&bad).unwrap();
            assert_eq!(
                ConsentEnded::open(&signed, signer.verifier()),
                Err(NoticeError::Text),
                "{bad}"
            );
        }
    }
}
