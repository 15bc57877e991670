//! A form that was signed on a screen, as one page that holds all of it: what was shown, who signed, how, when.
//!
//! 15 U.S.C. 7001(a), 7006(5): a signature is a process attached to a record with the intent to sign. What is kept is the
//! very text that was shown, so that it can be shown later to what the signature was attached.

use std::fmt;
use std::fmt::Write as _;

use gateway_types::vocabulary::SignerRole;
use gateway_types::{SigningLinkId, Timestamp};
use serde::{Deserialize, Serialize};

use super::drawing::Drawing;
use super::{FOOT, Language, MAIN, escaped, head};

/// On whose screen a form is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Screen {
    /// On one of the agency's, beside its staff.
    InPerson,
    /// On the signer's own.
    Sent,
}

/// The most letters of a name.
const LONGEST_NAME: usize = 120;

/// A name that somebody wrote into a field: something, on one line.
#[derive(Clone, PartialEq, Eq)]
pub struct WrittenName(String);

/// Not a name that can be written on one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a name that can be written on one line")]
pub struct NotAName;

impl WrittenName {
    /// Reads a name.
    ///
    /// # Errors
    /// [`NotAName`] if there is no letter in it, more than 120 signs, or one that is not written: a line break, a sign
    /// that turns the direction of writing.
    pub fn read(text: &str) -> Result<Self, NotAName> {
        let text = text.trim();
        let turns = |sign: char| matches!(sign, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let hidden = |sign: char| sign.is_control() || turns(sign) || matches!(sign, '\u{2028}' | '\u{2029}');
        if !text.chars().any(char::is_alphabetic)
            || text.chars().count() > LONGEST_NAME
            || text.chars().any(hidden)
        {
            return Err(NotAName);
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for WrittenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[name]")
    }
}

/// How somebody signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hand {
    /// By typing their name where one signs.
    Typed(WrittenName),
    /// By drawing it.
    Drawn(Drawing),
}

impl Hand {
    /// In a word for the log.
    #[must_use]
    pub const fn in_a_word(&self) -> &'static str {
        match self {
            Self::Typed(_) => "typed",
            Self::Drawn(_) => "drawn",
        }
    }
}

/// A signing on a screen.
#[derive(Debug)]
pub struct SignedOnScreen<'a> {
    /// What was shown, as [`crate::Consent::form_on_screen`] made it.
    pub form: &'a str,
    /// In which language.
    pub language: Language,
    /// In which capacity they signed.
    pub role: SignerRole,
    /// The name of who signed.
    pub name: &'a WrittenName,
    /// The name of the person they signed for, if for another.
    pub signed_for: Option<&'a WrittenName>,
    /// How.
    pub hand: &'a Hand,
    /// On whose screen.
    pub screen: Screen,
    /// When.
    pub at: Timestamp,
    /// By which link.
    pub link: SigningLinkId,
}

struct Words {
    heading: &'static str,
    name: &'static str,
    signed_for: &'static str,
    role: &'static str,
    signature: &'static str,
    when: &'static str,
    how: &'static str,
    in_person: &'static str,
    sent: &'static str,
    said_yes: &'static str,
    drawn: &'static str,
    link: &'static str,
}

const ENGLISH: Words = Words {
    heading: "Signed",
    name: "Name",
    signed_for: "For this person",
    role: "Signed as",
    signature: "Signature",
    when: "When",
    how: "How",
    in_person: "On a screen of the staff, with the staff there.",
    sent: "On a screen of their own, by a link that the staff sent.",
    said_yes: "I chose to sign on a screen. The lines under \u{201c}In short\u{201d} were shown to me once more. I said: Yes, that is what I want.",
    drawn: "Drawn signature",
    link: "Link",
};

const SPANISH: Words = Words {
    heading: "Firmado",
    name: "Nombre",
    signed_for: "Por esta persona",
    role: "Firma como",
    signature: "Firma",
    when: "Cuándo",
    how: "Cómo",
    in_person: "En una pantalla del personal, con el personal al lado.",
    sent: "En su propia pantalla, con un enlace que mandó el personal.",
    said_yes: "Quise firmar en una pantalla. Vi otra vez lo que dice \u{201c}En pocas palabras\u{201d}. Dije: Sí, eso es lo que quiero.",
    drawn: "Firma hecha a mano",
    link: "Enlace",
};

/// In which capacity somebody signs, for a reader.
pub(super) const fn role_words(language: Language, role: SignerRole) -> &'static str {
    match (language, role) {
        (Language::English, SignerRole::Client) => "Myself: the form is about me",
        (Language::English, SignerRole::Parent) => "Parent",
        (Language::English, SignerRole::Guardian) => "Guardian, or named by law to act for this person",
        (Language::English, SignerRole::PersonalRepresentative) => "I act for a person who has died",
        (Language::English, SignerRole::ProgramDirector) => "Head of the program",
        (Language::Spanish, SignerRole::Client) => "Yo mismo o yo misma: la hoja es sobre mí",
        (Language::Spanish, SignerRole::Parent) => "Padre o madre",
        (Language::Spanish, SignerRole::Guardian) => "Tutor, o quien por ley actúa por esta persona",
        (Language::Spanish, SignerRole::PersonalRepresentative) => "Actúo por una persona que murió",
        (Language::Spanish, SignerRole::ProgramDirector) => "Quien dirige el programa",
    }
}

impl SignedOnScreen<'_> {
    /// The page that is kept: it holds all that it shows.
    #[must_use]
    pub fn page(&self) -> String {
        let words = match self.language {
            Language::English => &ENGLISH,
            Language::Spanish => &SPANISH,
        };
        let mut html = head(self.language, words.heading);
        html.push_str(self.form);
        let _ = write!(html, "<h2>{}</h2>\n<dl class=\"signed\">\n", words.heading);
        let mut line = |label: &str, value: &str| {
            let _ = writeln!(html, "<dt>{label}</dt>\n<dd>{value}</dd>");
        };
        line(words.name, &escaped(self.name.as_str()));
        if let Some(client) = self.signed_for {
            line(words.signed_for, &escaped(client.as_str()));
        }
        line(words.role, role_words(self.language, self.role));
        match self.hand {
            Hand::Typed(name) => line(
                words.signature,
                &format!("<span class=\"typed\">{}</span>", escaped(name.as_str())),
            ),
            Hand::Drawn(drawing) => line(words.signature, &drawing.to_svg(words.drawn)),
        }
        line(words.when, &self.at.to_string());
        let how = match self.screen {
            Screen::InPerson => words.in_person,
            Screen::Sent => words.sent,
        };
        line(words.how, &format!("{how} {}", words.said_yes));
        line(words.link, &format!("<span class=\"mark\">{}</span>", self.link));
        html.push_str("</dl>\n");
        html.push_str(FOOT);
        html
    }
}

/// What a page of [`SignedOnScreen::page`] shows, without its head, and in which language; `None` if it is no such page.
#[must_use]
pub fn signed_body(page: &str) -> Option<(Language, &str)> {
    let (head, rest) = page.split_once(MAIN)?;
    let language = Language::ALL
        .into_iter()
        .find(|language| head.starts_with(&format!("{}{}\">", super::DOCTYPE, language.tag())))?;
    Some((language, rest.strip_suffix(FOOT)?))
}

/// Whether bytes begin as a page of ours does.
#[must_use]
pub fn is_page(bytes: &[u8]) -> bool {
    bytes.starts_with(super::DOCTYPE.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> WrittenName {
        WrittenName::read(text).unwrap()
    }

    #[test]
    fn the_page_holds_the_form_as_shown_and_no_markup_of_the_signer() {
        let form = "<h1>Yes</h1>\n<p class=\"short\">This lets A tell B.</p>\n";
        let (signer, client) = (name("Rosa <b>Quill</b>"), name("O'Quill & \"Sons\""));
        let link = SigningLinkId::from_bytes([7; 16]);
        for language in Language::ALL {
            for hand in [
                Hand::Typed(name("<script>R")),
                Hand::Drawn(Drawing::read("[[[0,0],[90,9]]]").unwrap().unwrap()),
            ] {
                let page = SignedOnScreen {
                    form,
                    language,
                    role: SignerRole::Guardian,
                    name: &signer,
                    signed_for: Some(&client),
                    hand: &hand,
                    screen: Screen::Sent,
                    at: Timestamp::from_micros(0),
                    link,
                }
                .page();
                let (tongue, body) = signed_body(&page).unwrap();
                assert_eq!(tongue, language);
                assert!(is_page(page.as_bytes()));
                assert!(body.starts_with(form));
                assert!(body.contains("Rosa &lt;b&gt;Quill&lt;/b&gt;"), "{body}");
                assert!(body.contains("O&#39;Quill &amp; &quot;Sons&quot;"), "{body}");
                assert!(!body.contains("<script") && !body.contains("<b>"), "{body}");
                assert_eq!(body.contains("<path"), matches!(hand, Hand::Drawn(_)));
                assert!(
                    body.contains(&link.to_string()) && body.contains("1970-01-01"),
                    "{body}"
                );
            }
        }
        assert!(signed_body("<html></html>").is_none());
    }

    #[test]
    fn a_name_is_something_on_one_line() {
        for text in ["Rosa", " José Ñandú ", "李", "O'Neil-Łoś", "Mc"] {
            assert_eq!(name(text).as_str(), text.trim());
        }
        let long = "a".repeat(LONGEST_NAME + 1);
        for text in [
            "",
            "  ",
            "...",
            "12",
            "a\nb",
            "a\u{202e}b",
            "a\u{0}",
            "a\u{2028}b",
            &long,
        ] {
            assert!(WrittenName::read(text).is_err(), "{text:?}");
        }
    }
}
