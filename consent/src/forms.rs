//! Forms in plain language, made from the terms that are recorded: what is printed is what is on record.
//!
//! 42 CFR 2.31, 2.35, 45 CFR 164.508(c)(3), 28 CFR 90.4(b)(3). Each statement that the terms carry is printed in words,
//! none that they do not; terms that lack something a form has to say make no form at all. English and Spanish, as one
//! HTML page that prints on paper and that a screen reader can follow.

mod disclosed;
mod drawing;
mod english;
#[cfg(test)]
mod readability;
mod screen;
mod signed;
mod spanish;

use std::fmt::Write as _;

use gateway_types::vocabulary::{ConsentKind, Statement};
use serde::{Deserialize, Serialize};

use crate::consent::Consent;
use crate::plain_words::Mentioned;
use crate::terms::{CategoryScope, Expiry, Terms};

pub use self::disclosed::{Disclosed, DisclosedLine, may_be_suspended};
pub use self::drawing::{Drawing, LARGEST_DRAWING, NotADrawing};
pub use self::screen::ScreenWords;
pub use self::signed::{Hand, NotAName, Screen, SignedOnScreen, WrittenName, is_page, signed_body};

/// In which language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[serde(rename = "en")]
    English,
    /// Spanish.
    #[serde(rename = "es")]
    Spanish,
}

impl Language {
    /// Both.
    pub const ALL: [Self; 2] = [Self::English, Self::Spanish];

    /// The language with this tag.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// Its tag (BCP 47).
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
        }
    }

    const fn words(self) -> &'static Words {
        match self {
            Self::English => &english::WORDS,
            Self::Spanish => &spanish::WORDS,
        }
    }
}

/// Terms of which no form can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoForm {
    /// It names nobody, no information, no purpose or no end: the form would have nothing to say.
    #[error("the terms do not say who, what, why or until when")]
    Incomplete,
    /// A statement is missing that this kind has to carry.
    #[error("the terms lack the statement `{0}`")]
    Lacks(Statement),
    /// It shares a form with a kind that it may not share one with.
    #[error(transparent)]
    Combination(#[from] crate::CombinationBarred),
}

/// Gives the name of whoever is mentioned; where it has none the id stands.
pub type NameOf<'a> = dyn Fn(Mentioned<'_>) -> Option<String> + 'a;

/// The words of a language for everything that a form says. In the texts `{from}` stands for who shares, `{end}` for
/// when it ends.
struct Words {
    title: fn(ConsentKind) -> &'static str,
    who: &'static str,
    whom: &'static str,
    what: &'static str,
    why: &'static str,
    until: &'static str,
    know: &'static str,
    short: &'static str,
    case: &'static str,
    gateway: &'static str,
    not_investigate: &'static str,
    take_back: &'static str,
    statement: fn(Statement) -> &'static str,
    sign: &'static str,
    name: &'static str,
    born: &'static str,
    signature: &'static str,
    date: &'static str,
    signer: &'static str,
    parent: &'static str,
    staff: &'static str,
    read_back: &'static str,
    copy: &'static str,
    tell: fn(&Told) -> String,
    told: fn(&Terms, &NameOf<'_>) -> Told,
}

/// The scope of a form, each part in words.
struct Told {
    from: Vec<String>,
    to: Vec<String>,
    what: Vec<String>,
    why: Vec<String>,
    end: String,
}

impl Terms {
    /// The one sentence that is read back before the form becomes a consent: this lets A tell B about C until D.
    ///
    /// # Errors
    /// [`NoForm`].
    pub fn read_back(&self, language: Language, name_of: &NameOf<'_>) -> Result<String, NoForm> {
        self.check_form_is_whole()?;
        let words = language.words();
        Ok((words.tell)(&(words.told)(self, name_of)))
    }

    /// The form, as a page of HTML to be printed and signed.
    ///
    /// # Errors
    /// [`NoForm`].
    pub fn form(&self, language: Language, name_of: &NameOf<'_>) -> Result<String, NoForm> {
        self.check_form_is_whole()?;
        let words = language.words();
        let told = (words.told)(self, name_of);
        Ok(page(self, language, words, &told, None))
    }

    pub(crate) fn marked_form(
        &self,
        language: Language,
        name_of: &NameOf<'_>,
        mark: &str,
    ) -> Result<String, NoForm> {
        self.check_form_is_whole()?;
        let words = language.words();
        let told = (words.told)(self, name_of);
        Ok(page(self, language, words, &told, Some(mark)))
    }

    fn check_form_is_whole(&self) -> Result<(), NoForm> {
        let named = self.discloser.names_somebody() && self.recipients.names_somebody();
        let says = !self.categories.is_empty() && !self.purposes.is_empty();
        if !named || !says || self.expiry == Expiry::Unstated {
            return Err(NoForm::Incomplete);
        }
        for other in self.combined_with.iter() {
            crate::check_combination(self.kind, other)?;
        }
        match self.required_statements().difference(self.statements).first() {
            Some(lacking) => Err(NoForm::Lacks(lacking)),
            None => Ok(()),
        }
    }
}

impl Consent {
    /// Its form, with the consent and `digest`, that of its terms, at the foot: whoever records the signature says which
    /// form it stands on.
    ///
    /// # Errors
    /// [`NoForm`].
    pub fn form(&self, language: Language, name_of: &NameOf<'_>, digest: &str) -> Result<String, NoForm> {
        self.terms()
            .marked_form(language, name_of, &self.mark(language, digest))
    }

    /// What the form says, as a piece of HTML to be shown on a screen and signed there: the same as on paper, without the
    /// lines that are filled in by hand.
    ///
    /// # Errors
    /// [`NoForm`].
    pub fn form_on_screen(
        &self,
        language: Language,
        name_of: &NameOf<'_>,
        digest: &str,
    ) -> Result<String, NoForm> {
        let terms = self.terms();
        terms.check_form_is_whole()?;
        let words = language.words();
        let mut html = said(terms, words, &(words.told)(terms, name_of));
        let mark = self.mark(language, digest);
        let _ = writeln!(html, "<p class=\"mark\">{}</p>", escaped(&mark));
        Ok(html)
    }

    fn mark(&self, language: Language, digest: &str) -> String {
        let word = match language {
            Language::English => "Form",
            Language::Spanish => "Formulario",
        };
        format!("{word} {} {digest}", self.id())
    }
}

fn page(terms: &Terms, language: Language, words: &Words, told: &Told, mark: Option<&str>) -> String {
    let title = (words.title)(terms.kind);
    let mut html = head(language, title);
    html.push_str(&said(terms, words, told));
    let _ = writeln!(html, "<h2>{}</h2>", words.sign);
    html.push_str(&lines(&[
        words.name,
        words.born,
        words.signature,
        words.date,
        words.signer,
    ]));
    html.push_str(&lines(&[words.parent, words.date]));
    let _ = write!(
        html,
        "<p class=\"box\">\u{2610} {}</p>\n<p class=\"box\">\u{2610} {}</p>\n",
        words.read_back, words.copy,
    );
    html.push_str(&lines(&[words.staff, words.date]));
    if let Some(mark) = mark {
        let _ = writeln!(html, "<p class=\"mark\">{}</p>", escaped(mark));
    }
    html.push_str(FOOT);
    html
}

/// How a page begins that holds its own style.
fn head(language: Language, title: &str) -> String {
    format!(
        "{DOCTYPE}{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n{MAIN}",
        language.tag(),
    )
}

const DOCTYPE: &str = "<!DOCTYPE html>\n<html lang=\"";
const MAIN: &str = "<main>\n";
const FOOT: &str = "</main>\n</body>\n</html>\n";

/// All that a form says, up to where it is signed.
fn said(terms: &Terms, words: &Words, told: &Told) -> String {
    let mut html = format!("<h1>{}</h1>\n", (words.title)(terms.kind));
    for (heading, items) in [
        (words.who, &told.from),
        (words.whom, &told.to),
        (words.what, &told.what),
        (words.why, &told.why),
    ] {
        let _ = write!(html, "<h2>{heading}</h2>\n<ul>\n");
        for item in items {
            let _ = writeln!(html, "<li>{}</li>", escaped(item));
        }
        html.push_str("</ul>\n");
    }
    let _ = write!(html, "<h2>{}</h2>\n<p>{}</p>\n", words.until, escaped(&told.end));
    let _ = write!(html, "<h2>{}</h2>\n<ul class=\"know\">\n", words.know);
    for line in statements(terms, words, told) {
        let _ = writeln!(html, "<li>{}</li>", escaped(&line));
    }
    html.push_str("</ul>\n");
    let _ = write!(
        html,
        "<h2>{}</h2>\n<p class=\"short\">{}</p>\n",
        words.short,
        escaped(&(words.tell)(told)),
    );
    html
}

fn statements(terms: &Terms, words: &Words, told: &Told) -> Vec<String> {
    let fill = |text: &str| {
        text.replace("{from}", &told.from.join(", "))
            .replace("{why}", &told.why.join(", "))
            .replace("{end}", &told.end)
    };
    let mut lines: Vec<String> = terms
        .statements
        .iter()
        .map(|statement| fill((words.statement)(statement)))
        .collect();
    let says_how_to_revoke = terms.statements.contains(Statement::Part2RightToRevoke)
        || terms.statements.contains(Statement::HipaaRightToRevoke)
        || terms.kind == ConsentKind::CriminalJustice;
    if !says_how_to_revoke {
        lines.push(fill(words.take_back));
    }
    if let Some(case) = &terms.proceeding {
        lines.push(words.case.replace("{case}", case.reveal()));
    }
    if terms.names_gateway {
        lines.push(words.gateway.to_owned());
    }
    if terms.no_investigative_use {
        lines.push(words.not_investigate.to_owned());
    }
    lines
}

/// Lines to be filled in by hand.
fn lines(labels: &[&str]) -> String {
    let mut html = String::from("<dl class=\"lines\">\n");
    for label in labels {
        let _ = writeln!(html, "<div><dt>{label}</dt><dd></dd></div>");
    }
    html.push_str("</dl>\n");
    html
}

/// Text as it stands in a page.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// Which information: a list, or one line for all records.
fn information(
    scope: CategoryScope,
    word: impl Fn(gateway_types::vocabulary::Category) -> &'static str,
    all: &'static str,
) -> Vec<String> {
    match scope {
        CategoryScope::All => vec![all.to_owned()],
        CategoryScope::Only(named) => named.iter().map(|category| word(category).to_owned()).collect(),
    }
}

/// Read by browsers and by WeasyPrint 57, which ignores what is newer, `gap` and `min()` among it: a border in such a rule,
/// and so a line to sign on, is not in the PDF. `anywhere`: the digest at the foot is wider than a phone.
const STYLE: &str = "\
html{font:12pt/1.45 'Noto Sans',Arial,sans-serif;color:#111;background:#fff}\
main{max-width:44rem;margin:1.5rem auto;padding:0 1rem}\
h1{font-size:1.5rem;margin:0 0 .75rem}\
h2{font-size:1.1rem;margin:1rem 0 .25rem;break-after:avoid}\
ul{margin:.25rem 0;padding-left:1.4rem}.know li{margin:.35rem 0}\
.short{border:2px solid #111;padding:.6rem .8rem;font-weight:600}\
.lines div{display:flex;flex-wrap:wrap;align-items:flex-end;margin:.7rem 0;break-inside:avoid}\
.lines dt{padding-right:.5rem}\
.lines dd{flex:1 0 14rem;max-width:100%;margin:0;border-bottom:1pt solid #111;min-height:1.8rem}\
.box{margin:.3rem 0}.box,.short,.know li{break-inside:avoid}\
.signed svg{width:100%;max-width:24rem;height:auto;border-bottom:1pt solid #111}\
.typed{font-size:1.3rem;font-style:italic}.signed dt{font-weight:600}.signed dd{margin:0 0 .5rem}\
.mark{font-size:.85rem}main{overflow-wrap:anywhere}\
@page{margin:18mm}@media print{main{max-width:none;margin:0;padding:0}}";

#[cfg(test)]
mod tests;
