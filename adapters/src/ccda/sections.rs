//! The sections that are taken, and what each is for.

use super::V3;
use super::concept::{child, children};
use crate::xml::Element;

const LOINC: &str = "2.16.840.1.113883.6.1";
/// Where the templates of C-CDA's sections are numbered.
const TEMPLATES: &str = "2.16.840.1.113883.10.20.22.2.";

/// The template of interventions.
const INTERVENTIONS: &str = "2.16.840.1.113883.10.20.21.2.3";

/// What a section holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Allergies,
    Medications,
    Problems,
    Results,
    Encounters,
    MentalStatus,
    Plan,
    CareTeam,
}

/// Template without its optional `.1`, LOINC code, and what the section holds.
const KNOWN: &[(&str, &str, Section)] = &[
    ("6", "48765-2", Section::Allergies),
    ("1", "10160-0", Section::Medications),
    ("11", "10183-2", Section::Medications),
    ("11", "75311-1", Section::Medications),
    ("38", "29549-3", Section::Medications),
    ("5", "11450-4", Section::Problems),
    ("20", "11348-0", Section::Problems),
    ("24", "11535-2", Section::Problems),
    ("43", "46241-6", Section::Problems),
    ("43", "42347-5", Section::Problems),
    ("3", "30954-2", Section::Results),
    ("22", "46240-8", Section::Encounters),
    ("56", "10190-7", Section::MentalStatus),
    ("10", "18776-5", Section::Plan),
    ("60", "61146-7", Section::Plan),
    ("58", "75310-3", Section::Plan),
    // Interventions, whose template is numbered elsewhere; health status evaluations and outcomes.
    (INTERVENTIONS, "62387-6", Section::Plan),
    ("61", "11383-7", Section::Plan),
    ("500", "85847-2", Section::CareTeam),
];

impl Section {
    /// What a section is, by template first and by code second.
    pub(super) fn of(section: &Element) -> Option<Self> {
        let templates = || children(section, "templateId").filter_map(|template| template.attribute("root"));
        let by_template = || {
            templates()
                .map(|root| root.strip_prefix(TEMPLATES).unwrap_or(root))
                .find_map(|number| {
                    let number = number.strip_suffix(".1").unwrap_or(number);
                    KNOWN.iter().find(|(known, ..)| *known == number)
                })
        };
        let code = child(section, "code").filter(|code| code.attribute("codeSystem") == Some(LOINC));
        let by_code = || {
            let code = code?.attribute("code")?;
            KNOWN.iter().find(|(_, known, _)| *known == code)
        };
        by_template().or_else(by_code).map(|(.., section)| *section)
    }

    /// As the report calls it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Allergies => "Allergies",
            Self::Medications => "Medications",
            Self::Problems => "Problems",
            Self::Results => "Results",
            Self::Encounters => "Encounters",
            Self::MentalStatus => "Mental status",
            Self::Plan => "Plan of treatment",
            Self::CareTeam => "Care teams",
        }
    }
}

/// The sections of a document, also those inside others.
pub(super) fn all(document: &Element) -> Vec<&Element> {
    document
        .descendants()
        .filter(|element| element.is(V3, "section"))
        .collect()
}
