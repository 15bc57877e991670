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
    /// ICD-10-PCS: procedures.
    Icd10Pcs,
    /// Procedures of ICD-9-CM.
    Icd9Procedure,
    /// MS-DRG: groups of hospital stays.
    MsDrg,
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
            "urn:oid:2.16.840.1.113883.6.285" | "urn:oid:2.16.840.1.113883.6.14" => Self::Hcpcs,
            "http://www.ama-assn.org/go/cpt" | "urn:oid:2.16.840.1.113883.6.12" => Self::Cpt,
            "http://www.cms.gov/Medicare/Coding/ICD10"
            | "http://hl7.org/fhir/sid/icd-10-pcs"
            | "urn:oid:2.16.840.1.113883.6.4" => Self::Icd10Pcs,
            "http://www.cms.gov/Medicare/Coding/ICD9" | "urn:oid:2.16.840.1.113883.6.104" => {
                Self::Icd9Procedure
            }
            "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/MS-DRG-Classifications-and-Software" => {
                Self::MsDrg
            }
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
            "icd-10-pcs" => Self::Icd10Pcs,
            "icd-9-procedure" => Self::Icd9Procedure,
            "ms-drg" => Self::MsDrg,
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

/// Every code of the table, for tests that plant them.
#[cfg(test)]
pub(crate) fn all() -> impl Iterator<Item = (CodeSystem, &'static str, WordSet<Sensitivity>)> {
    table().iter().copied()
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
    // Procedures of ICD-9-CM have two digits before their dot.
    if let Some(found) = look_up(system, code) {
        return found;
    }
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

    /// Labels of ours for the list's categories; none for those that no ActCode names.
    fn label(category: &str) -> Option<&'static [Sensitivity]> {
        use Sensitivity::{
            Bh, Dvd, Ethud, Gdis, Hiv, Livarg, Mh, Opioidud, Pregnant, Sca, Sdv, Sex, Std, Sud, Vio,
        };
        Some(match category {
            "SUD" => &[Sud, Ethud, Opioidud],
            "MH" => &[Mh],
            "HIV" => &[Hiv],
            "SEXREPRO" | "GENDER" => &[Sex, Std, Pregnant],
            "COGN" => &[Bh],
            "IDD" => &[Dvd, Bh],
            "SICKLE" => &[Sca],
            "GENETIC" => &[Gdis],
            "DV" => &[Sdv],
            "VIOLENCE" => &[Vio, Sdv],
            "SDOH" => &[Livarg],
            _ => return None,
        })
    }

    #[test]
    fn every_strong_code_of_the_published_list_is_known() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../shared/data/valuesets/sensitivity-codes.csv"
        );
        let Ok(mut list) = csv::Reader::from_path(path) else {
            println!("NOT RUN: the list of codes is not at ../shared/data/valuesets");
            return;
        };
        let (mut known, mut without) = (0_u32, 0_u32);
        for row in list.records() {
            let row = row.unwrap();
            let (system, code, category, strength) = (&row[0], &row[1], &row[3], &row[6]);
            if strength != "strong" {
                continue;
            }
            // Schooling, work and the like (Z55 to Z57, Z60 and on) tell nothing of where somebody lives.
            let housing = category != "SDOH" || code.starts_with("Z59");
            match label(category).filter(|_| housing) {
                None => without += 1,
                Some(labels) => {
                    let system = CodeSystem::from_uri(system).unwrap_or_else(|| panic!("{system}"));
                    let found = code_sensitivity(system, code);
                    assert!(
                        found.contains_any(labels),
                        "{system:?} {code} {category}: {found:?}"
                    );
                    known += 1;
                }
            }
        }
        println!("{known} known, {without} of categories that no label names");
        assert!(known > 6_000 && without < 200);
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
