//! What a code of a clinical code system tells: a table of codes, without the names of their concepts.

use std::sync::OnceLock;

use gateway_types::vocabulary::{Sensitivity, Word, WordSet};

use super::close;

/// A code system whose codes are known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CodeSystem {
    /// ICD-10-CM.
    Icd10Cm,
    /// ICD-9-CM.
    Icd9Cm,
    /// SNOMED CT.
    Snomed,
    /// RxNorm.
    RxNorm,
    /// LOINC.
    Loinc,
    /// HCPCS.
    Hcpcs,
    /// CPT.
    Cpt,
}

impl CodeSystem {
    /// The system that FHIR names by this URI.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        Some(match uri {
            "http://hl7.org/fhir/sid/icd-10-cm"
            | "urn:oid:2.16.840.1.113883.6.90"
            | "http://hl7.org/fhir/sid/icd-10" => Self::Icd10Cm,
            "http://hl7.org/fhir/sid/icd-9-cm" | "urn:oid:2.16.840.1.113883.6.103" => Self::Icd9Cm,
            "http://snomed.info/sct" | "urn:oid:2.16.840.1.113883.6.96" => Self::Snomed,
            "http://www.nlm.nih.gov/research/umls/rxnorm" | "urn:oid:2.16.840.1.113883.6.88" => Self::RxNorm,
            "http://loinc.org" | "urn:oid:2.16.840.1.113883.6.1" => Self::Loinc,
            "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
            | "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets" => Self::Hcpcs,
            "http://www.ama-assn.org/go/cpt" => Self::Cpt,
            _ => return None,
        })
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "icd-10-cm" => Self::Icd10Cm,
            "icd-9-cm" => Self::Icd9Cm,
            "snomed" => Self::Snomed,
            "rxnorm" => Self::RxNorm,
            "loinc" => Self::Loinc,
            "hcpcs" => Self::Hcpcs,
            "cpt" => Self::Cpt,
            _ => return None,
        })
    }
}

type Entry = (CodeSystem, &'static str, WordSet<Sensitivity>);

const TABLE: &str = include_str!("codes.txt");

/// The table, sorted by system and code.
fn table() -> &'static [Entry] {
    static SORTED: OnceLock<Vec<Entry>> = OnceLock::new();
    SORTED.get_or_init(|| {
        let mut entries: Vec<Entry> = TABLE
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| {
                let mut words = line.split(' ');
                let system = CodeSystem::named(words.next()?)?;
                let labels: WordSet<Sensitivity> = words
                    .next()?
                    .split(',')
                    .filter_map(|code| Sensitivity::from_code(code).ok())
                    .collect();
                Some(words.map(move |code| (system, code, labels)))
            })
            .flatten()
            .collect();
        entries.sort_unstable_by_key(|(system, code, _)| (*system, *code));
        entries
    })
}

fn look_up(system: CodeSystem, code: &str) -> Option<WordSet<Sensitivity>> {
    let table = table();
    let at = table
        .binary_search_by_key(&(system, code), |(system, code, _)| (*system, *code))
        .ok()?;
    table.get(at).map(|(_, _, labels)| *labels)
}

/// What `code` of `system` tells. ICD codes may come without their dot and in small letters; one that the table does
/// not have counts as its parent.
#[must_use]
pub fn code_sensitivity(system: CodeSystem, code: &str) -> WordSet<Sensitivity> {
    let code = code.trim();
    let mut found = match system {
        CodeSystem::Icd10Cm | CodeSystem::Icd9Cm => icd(system, code),
        _ => look_up(system, code).unwrap_or_default(),
    };
    close(&mut found);
    found
}

fn icd(system: CodeSystem, code: &str) -> WordSet<Sensitivity> {
    let bare: String = code
        .chars()
        .filter(|letter| *letter != '.')
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    let mut length = bare.len();
    while length >= 3 {
        let Some((category, rest)) = bare.get(..length).and_then(|part| part.split_at_checked(3)) else {
            break;
        };
        let dotted = if rest.is_empty() {
            category.to_owned()
        } else {
            format!("{category}.{rest}")
        };
        if let Some(found) = look_up(system, &dotted) {
            return found;
        }
        length -= 1;
    }
    WordSet::EMPTY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_whole() {
        let codes: usize = TABLE
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.split(' ').count() - 2)
            .sum();
        assert_eq!(table().len(), codes);
        assert!(codes > 9_000);
        assert!(table().iter().all(|(_, _, labels)| !labels.is_empty()));
    }

    #[test]
    fn codes_of_opioid_treatment_hiv_and_illness_of_the_mind_are_known() {
        let icd = |code| code_sensitivity(CodeSystem::Icd10Cm, code);
        assert!(icd("F11.20").contains(Sensitivity::Opioidud) && icd("F11.20").contains(Sensitivity::Sud));
        assert!(icd("f1120").contains(Sensitivity::Opioidud));
        assert!(
            icd("F11.2099").contains(Sensitivity::Opioidud),
            "an unknown child counts as its parent"
        );
        assert!(icd("B20").contains(Sensitivity::Hiv));
        assert!(icd("F25.0").contains(Sensitivity::Mh));
        assert!(icd("S61.4").is_empty());
        assert!(icd("\u{E9}\u{E9}").is_empty());
        assert!(
            code_sensitivity(CodeSystem::RxNorm, "6813").contains(Sensitivity::Opioidud),
            "methadone"
        );
        assert!(
            code_sensitivity(CodeSystem::RxNorm, "1819").contains(Sensitivity::Opioidud),
            "buprenorphine"
        );
        assert!(
            code_sensitivity(CodeSystem::RxNorm, "7804").is_empty(),
            "oxycodone is a painkiller"
        );
    }
}
