//! What a code of the health care provider taxonomy (NUCC) tells: of a provider for substance use or mental health, that the
//! client was there. Codes without their names.

use gateway_types::vocabulary::{Sensitivity, WordSet};

/// Codes, and the beginnings of them that stand for all below, with what they tell. Sorted by what they tell.
const CODES: &[(Sensitivity, &[&str])] = &[
    (Sensitivity::Opioidud, &["261QM2800X"]),
    (
        Sensitivity::Sud,
        &[
            "101YA0400X",
            "103TA0400X",
            "163WA0400X",
            "207LA0401X",
            "207QA0401X",
            "207RA0401X",
            "2083A0300X",
            "2084A0401X",
            "251S00000X",
            "261QR0405X",
            "276400000X",
            "3245S0500X",
            "324500000X",
        ],
    ),
    (
        Sensitivity::Mh,
        &[
            "101YM0800X",
            "101YP2500X",
            "102L",
            "103G",
            "103T",
            "1041C0700X",
            "106H",
            "163WP0807X",
            "163WP0808X",
            "163WP0809X",
            "2080P0006X",
            "2084B0040X",
            "2084F0202X",
            "2084P0800X",
            "2084P0802X",
            "2084P0804X",
            "2084P0805X",
            "2084P0015X",
            "251S00000X",
            "261QM0801X",
            "261QM0850X",
            "261QM0855X",
            "273R",
            "283Q",
            "320800000X",
            "322D",
            "323P",
            "363LP0808X",
            "364SP08",
        ],
    ),
];

/// What `code` tells.
#[must_use]
pub fn taxonomy_sensitivity(code: &str) -> WordSet<Sensitivity> {
    if code.len() != 10 || !code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return WordSet::EMPTY;
    }
    let code = code.to_ascii_uppercase();
    let mut found: WordSet<Sensitivity> = CODES
        .iter()
        .filter(|(_, codes)| codes.iter().any(|known| code.starts_with(known)))
        .map(|(told, _)| *told)
        .collect();
    super::close(&mut found);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_for_substance_use_or_the_mind_is_known_by_its_code() {
        assert!(taxonomy_sensitivity("261QM2800X").contains(Sensitivity::Sud));
        assert!(taxonomy_sensitivity("101ya0400x").contains(Sensitivity::Sud));
        assert!(taxonomy_sensitivity("2084P0800X").contains(Sensitivity::Mh));
        assert!(taxonomy_sensitivity("207Q00000X").is_empty());
        assert!(taxonomy_sensitivity("2084P080").is_empty());
    }
}
