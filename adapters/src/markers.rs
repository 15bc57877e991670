//! Words by which police data gives away what it must not hold (catalogue 4.1, CJ-CADX): returns of NCIC and III, arrests,
//! juveniles, third parties.

use gateway_types::vocabulary::{Category, Sensitivity, WordSet};

/// What stands in a return of NCIC or III: message keys with their slash, file names, the index itself.
const NCIC: &[&str] = &[
    "NCIC",
    "NLETS",
    "III HIT",
    "III RETURN",
    "III/",
    "RAP SHEET",
    "CRIMINAL HISTORY",
    "MKE/",
    "NIC/",
    "FBI/",
    "SID/",
    "HIT CONFIRM",
    "OLN/",
    "WANTED PERSON FILE",
    "GANG FILE",
    "CCH",
];

/// Words of an arrest, charge, disposition or warrant (28 CFR 20.3(b)).
const ARREST: &[&str] = &[
    "ARREST",
    "BOOKED",
    "CHARGED",
    "CHARGES",
    "CONVICT",
    "INDICT",
    "ARRAIGN",
    "WARRANT",
    "IN CUSTODY",
    "TAKEN INTO CUSTODY",
    "PROBATION",
    "PAROLE",
    "SENTENCED",
    "BAIL",
    "CITED",
    "CITATION",
];

/// What a note of a hazard is: a flag for dispatch, unless its words tell of illness, for flags go to dispatchers and
/// drivers. Then it is what police saw, which clinicians see and dispatchers do not.
pub(crate) fn hazard(told: WordSet<Sensitivity>) -> Category {
    if told.is_empty() {
        Category::SafetyFlags
    } else {
        Category::PoliceIncident
    }
}

const JUVENILE: &[&str] = &["JUVENILE", "JUV", "MINOR CHILD", "RUNAWAY"];

const THIRD_PARTY: &[&str] = &[
    "CALLER",
    "COMPLAINANT",
    "REPORTING",
    "RP",
    "WITNESS",
    "VICTIM",
    "PARENT",
    "GUARDIAN",
    "OWNER",
    "OTHER",
    "BYSTANDER",
    "INFORMANT",
];

fn has_word(text: &str, words: &[&str]) -> bool {
    if text.is_empty() {
        return false;
    }
    let text = text.to_uppercase();
    words.iter().any(|word| {
        text.match_indices(word).any(|(at, found)| {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            let after = text
                .get(at + found.len()..)
                .and_then(|after| after.chars().next());
            let ends =
                word.len() > 5 || word.ends_with('/') || after.is_none_or(|letter| !letter.is_alphanumeric());
            ends && before.is_none_or(|letter| !letter.is_alphanumeric())
        })
    })
}

pub(crate) fn is_ncic_return(cell: &str) -> bool {
    has_word(cell, NCIC)
}

pub(crate) fn is_arrest_notation(cell: &str) -> bool {
    has_word(cell, ARREST)
}

pub(crate) fn is_juvenile(cell: &str) -> bool {
    has_word(cell, JUVENILE)
}

pub(crate) fn is_third_party(role: &str) -> bool {
    has_word(role, THIRD_PARTY)
}
