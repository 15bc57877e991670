//! Coded values (CE, CWE): their words, their codes, and what both tell.

use gateway_types::Payload;
use gateway_types::vocabulary::{Sensitivity, WordSet};

use super::er7::{Part, Said, Segment};
use crate::labelling::{CodeSystem, code_sensitivity, taxonomy_sensitivity, text_sensitivity};

/// All code systems, for a code that does not say of which it is.
const EVERY: [CodeSystem; 10] = [
    CodeSystem::Icd10Cm,
    CodeSystem::Icd9Cm,
    CodeSystem::Snomed,
    CodeSystem::RxNorm,
    CodeSystem::Loinc,
    CodeSystem::Hcpcs,
    CodeSystem::Cpt,
    CodeSystem::Icd10Pcs,
    CodeSystem::Icd9Procedure,
    CodeSystem::MsDrg,
];

/// The code system that HL7 names so (table 0396, and what is met in practice); `None`: another.
fn named(system: &str) -> Option<CodeSystem> {
    let bare: String = system
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|sign| sign.to_ascii_uppercase())
        .collect();
    Some(match bare.as_str() {
        "I10" | "I10C" | "ICD10" | "ICD10CM" | "10" => CodeSystem::Icd10Cm,
        "I9" | "I9C" | "I9CDX" | "ICD9" | "ICD9CM" | "9" => CodeSystem::Icd9Cm,
        "SCT" | "SCT2" | "SNM" | "SNOMED" | "SNOMEDCT" | "SNOMEDCTUS" => CodeSystem::Snomed,
        "RXNORM" | "RXN" | "RXCUI" => CodeSystem::RxNorm,
        "LN" | "LOINC" => CodeSystem::Loinc,
        "HPC" | "HCPCS" | "HCPC" | "HCPCSII" => CodeSystem::Hcpcs,
        "C4" | "CPT4" | "CPT" | "C5" => CodeSystem::Cpt,
        "I10P" | "I10PCS" | "ICD10PCS" => CodeSystem::Icd10Pcs,
        "I9CP" | "ICD9PCS" | "ICD9P" => CodeSystem::Icd9Procedure,
        "DRG" | "MSDRG" | "CMSDRG" | "HCFADRG" | "CD3" => CodeSystem::MsDrg,
        _ => return None,
    })
}

/// The words of a coded value: its text, that of its alternative, the original, or else its code.
pub(super) fn words(concept: Part<'_>) -> Said<String> {
    if concept.first().is_deletion() {
        return Said::Deleted;
    }
    [2, 5, 9, 1, 4]
        .into_iter()
        .find_map(|number| concept.component(number).text())
        .map_or(Said::Nothing, Said::Value)
}

/// The codes of a value and of its alternative, as `system|code`; `method` is the system where it names none (`DG1-2`).
pub(super) fn codes(concept: Part<'_>, method: Option<&str>) -> Vec<String> {
    [(1, 3), (4, 6)]
        .into_iter()
        .filter_map(|(code, system)| {
            let code = concept.component(code).text()?;
            let system = concept.component(system).text();
            let system = system.as_deref().or(method)?;
            Some(format!("{system}|{code}"))
        })
        .collect()
}

/// Puts a coded value into a payload, as words and as codes.
pub(super) fn put(payload: &mut Payload, name: &str, concept: Part<'_>, method: Option<&str>) {
    let concept = concept.first();
    if let Said::Value(words) = words(concept) {
        payload.insert(name, words);
    }
    let codes = codes(concept, method);
    if !codes.is_empty() {
        payload.insert(format!("{name}_codes"), codes);
    }
}

/// What the codes of a coded value tell. A code that names no system known here, and is not known to be of another, is
/// looked up in all of them: a surplus label can be argued about.
fn told_by_codes(concept: Part<'_>, method: Option<&str>) -> WordSet<Sensitivity> {
    [(1, 3), (4, 6)]
        .into_iter()
        .filter_map(|(code, system)| {
            let code = concept.component(code).text()?;
            let system = concept.component(system).text();
            Some(match system.as_deref().or(method).and_then(named) {
                Some(system) => code_sensitivity(system, &code),
                None => EVERY
                    .into_iter()
                    .map(|system| code_sensitivity(system, &code))
                    .fold(taxonomy_sensitivity(&code), WordSet::union),
            })
        })
        .fold(WordSet::EMPTY, WordSet::union)
}

/// What is told by the values of a segment in the fields `coded`, and by all of its words.
pub(super) fn told(segment: &Segment<'_>, coded: &[usize], method: Option<&str>) -> WordSet<Sensitivity> {
    let by_codes = coded
        .iter()
        .flat_map(|number| {
            let field = segment.field(*number);
            field.repetitions().collect::<Vec<_>>()
        })
        .map(|concept| told_by_codes(concept, method))
        .fold(WordSet::EMPTY, WordSet::union);
    by_codes.union(told_by_words(segment.fields_from(1)))
}

/// What the words of some fields tell, and the provider taxonomy codes among them.
pub(super) fn told_by_words<'a>(fields: impl Iterator<Item = Part<'a>>) -> WordSet<Sensitivity> {
    let mut text = String::new();
    let mut found = WordSet::EMPTY;
    for leaf in fields.flat_map(Part::leaves) {
        if leaf.len() == 10 {
            found = found.union(taxonomy_sensitivity(&leaf));
        }
        text.push_str(&leaf);
        // Nothing that is looked for spans a line feed.
        text.push('\n');
    }
    found.union(text_sensitivity(&text))
}
