//! The sections of an answer: which category stands in which, and what a section says of which nothing was released.
//!
//! A Continuity of Care Document has six sections whatever there is to say. One of which nothing was released has the
//! null flavour `NI` ("no information"), which the section templates provide for: HL7 defines it as no information, not
//! even about why. Neither "none known" (a clinical statement nobody made) nor `MSK` (that something is held) may stand
//! there: whether nothing is held or nothing may be told looks the same (42 CFR 2.13(c)).

use gateway_types::vocabulary::{Category, Word as _};

use super::entries;
use super::markup::{Node, node};
use super::row::Row;
use super::values::{CATEGORY, LOINC, fixed};

/// Where something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Allergies,
    Medications,
    Problems,
    Results,
    Encounters,
    MentalStatus,
    Plan,
    CareTeams,
    SocialHistory,
    VitalSigns,
    /// A section of its own for a category that C-CDA has none for.
    Other(Category),
}

/// The sections that the standard knows, in the order in which they stand.
pub(super) const KNOWN: [Section; 10] = [
    Section::Allergies,
    Section::Medications,
    Section::Problems,
    Section::Results,
    Section::Encounters,
    Section::MentalStatus,
    Section::Plan,
    Section::CareTeams,
    Section::SocialHistory,
    Section::VitalSigns,
];

struct Template {
    title: &'static str,
    loinc: &'static str,
    /// The root after 2.16.840.1.113883.10.20.22.2, and its version in R2.1.
    root: &'static str,
    version: &'static str,
    /// R1.1 had it, without a version.
    is_old: bool,
    is_required: bool,
}

impl Section {
    /// The section of an element. What is denied stands where its template can say so.
    pub(super) fn of(row: &Row<'_>) -> Self {
        match row.element.category {
            Category::Allergies => Self::Allergies,
            Category::Medications => Self::Medications,
            Category::Conditions => Self::Problems,
            Category::Labs => Self::Results,
            Category::MentalHealth => Self::MentalStatus,
            Category::Encounters if !row.denied => Self::Encounters,
            Category::CarePlan if !row.denied => Self::Plan,
            Category::CaseManagerContact if !row.denied && row.count("people") > 0 => Self::CareTeams,
            Category::ShelterStatus
            | Category::Enrollment
            | Category::Income
            | Category::Veteran
            | Category::EligibilityFlag => Self::SocialHistory,
            other => Self::Other(other),
        }
    }

    pub(super) fn is_required(self) -> bool {
        self.template().is_some_and(|template| template.is_required)
    }

    const fn template(self) -> Option<Template> {
        let (title, loinc, root, version, is_old, is_required) = match self {
            Self::Allergies => ("Allergies", "48765-2", "6.1", "2015-08-01", true, true),
            Self::Medications => ("Medications", "10160-0", "1.1", "2014-06-09", true, true),
            Self::Problems => ("Problems", "11450-4", "5.1", "2015-08-01", true, true),
            Self::Results => ("Results", "30954-2", "3.1", "2015-08-01", true, true),
            Self::Encounters => ("Encounters", "46240-8", "22", "2015-08-01", true, false),
            Self::MentalStatus => ("Mental status", "10190-7", "56", "2015-08-01", false, false),
            Self::Plan => ("Plan of treatment", "18776-5", "10", "2014-06-09", true, false),
            Self::CareTeams => ("Care teams", "85847-2", "500", "2022-06-01", false, false),
            Self::SocialHistory => ("Social history", "29762-2", "17", "2015-08-01", true, true),
            Self::VitalSigns => ("Vital signs", "8716-3", "4.1", "2015-08-01", true, true),
            Self::Other(_) => return None,
        };
        Some(Template {
            title,
            loinc,
            root,
            version,
            is_old,
            is_required,
        })
    }

    /// The section with these elements in it, perhaps none.
    pub(super) fn holding(self, rows: &[&Row<'_>], document: &str) -> Node {
        let made = node("section");
        let made = if rows.is_empty() {
            made.with("nullFlavor", "NI")
        } else {
            made
        };
        let made = match (self, self.template()) {
            (_, Some(template)) => made
                .all(templates(
                    &format!("2.{}", template.root),
                    template.version,
                    template.is_old,
                ))
                .holding(fixed("code", template.loinc, LOINC))
                .holding(node("title").saying(template.title)),
            (Self::Other(category), None) => made
                .holding(of_category("code", category))
                .holding(node("title").saying(headline(category))),
            (_, None) => made,
        };
        let text = if rows.is_empty() {
            node("text").saying("No information")
        } else {
            node("text").holding(table(rows))
        };
        let entries = rows.iter().map(|row| {
            node("entry")
                .with("typeCode", "DRIV")
                .holding(entries::entry(self, row, document))
        });
        node("component").holding(made.holding(text).all(entries))
    }
}

fn table(rows: &[&Row<'_>]) -> Node {
    let heads = ["Kind", "What", "From", "As of"]
        .into_iter()
        .map(|head| node("th").saying(head));
    node("table")
        .holding(node("thead").holding(node("tr").all(heads)))
        .holding(node("tbody").all(rows.iter().map(|row| row.narrative())))
}

/// The ids of a template of C-CDA, by what comes after 2.16.840.1.113883.10.20.22: that of R1.1, if it had one, and
/// that of R2.1 (CONF:1198-32936).
pub(super) fn templates(root: &str, version: &str, is_old: bool) -> impl Iterator<Item = Node> + use<> {
    let id = node("templateId").with("root", format!("2.16.840.1.113883.10.20.22.{root}"));
    let old = is_old.then(|| node("templateId").with("root", format!("2.16.840.1.113883.10.20.22.{root}")));
    old.into_iter().chain([id.with("extension", version)])
}

/// A category as a code: one that no code system of HL7 has, and our own beside it.
pub(super) fn of_category(name: &'static str, category: Category) -> Node {
    node(name)
        .with("nullFlavor", "OTH")
        .holding(node("originalText").saying(category.code().replace('_', " ")))
        .holding(fixed("translation", category.code(), CATEGORY).with("codeSystemName", "Assent category"))
}

fn headline(category: Category) -> String {
    let words = category.code().replace('_', " ");
    let mut letters = words.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A section of ours with text alone.
pub(super) fn words_alone(code: &str, title: &str, paragraphs: impl Iterator<Item = Node>) -> Node {
    let section = node("section")
        .holding(
            node("code")
                .with("nullFlavor", "OTH")
                .holding(fixed("translation", code, CATEGORY).with("codeSystemName", "Assent category")),
        )
        .holding(node("title").saying(title))
        .holding(node("text").all(paragraphs));
    node("component").holding(section)
}
