//! Which kinds of consent may share a form: 42 CFR 2.31(b) and (d), 45 CFR 164.508(b)(3), catalogue P2-31b/d.
//!
//! The rules in `policies` hold the same matrix; a form that passes here and not there would be called active and open
//! nothing.

use gateway_types::vocabulary::ConsentKind;

/// Two kinds that may not stand on one form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a {one} consent may not share a form with a {other} consent ({citation})")]
pub struct CombinationBarred {
    /// One of them.
    pub one: ConsentKind,
    /// The other.
    pub other: ConsentKind,
    /// What bars it.
    pub citation: &'static str,
}

/// Whether `one` and `other` may share a form.
///
/// # Errors
/// [`CombinationBarred`] with the provision that bars it.
pub fn check_combination(one: ConsentKind, other: ConsentKind) -> Result<(), CombinationBarred> {
    use ConsentKind::{CriminalJustice, LegalProceedings, Notes, VawaRelease};
    let citation = match (one, other) {
        (LegalProceedings, _) | (_, LegalProceedings) => "42 CFR 2.31(d)",
        (Notes, Notes) => return Ok(()),
        (Notes, _) | (_, Notes) => "42 CFR 2.31(b), 45 CFR 164.508(b)(3)(ii)",
        // A 2.35 consent cannot be revoked at will, any other can: one form cannot say both (catalogue P2-31d, CD).
        (CriminalJustice, _) | (_, CriminalJustice) => "42 CFR 2.35(c)",
        // A release of victim services is specific and is given freely: nothing else hangs on its signature (CD).
        (VawaRelease, _) | (_, VawaRelease) => "28 CFR 90.4(b)(3)(ii)",
        _ => return Ok(()),
    };
    Err(CombinationBarred { one, other, citation })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway_types::Word;

    #[test]
    fn the_matrix_is_symmetric() {
        for one in ConsentKind::ALL {
            for other in ConsentKind::ALL {
                let (there, back) = (check_combination(*one, *other), check_combination(*other, *one));
                assert_eq!(there.is_ok(), back.is_ok(), "{one} {other}");
            }
        }
    }

    #[test]
    fn the_matrix_of_the_catalogue_holds() {
        use ConsentKind::*;
        for (one, other, may) in [
            (Tpo, Named, true),
            (Tpo, Notes, false),
            (Tpo, LegalProceedings, false),
            (Tpo, CriminalJustice, false),
            (Tpo, Research, true),
            (Notes, Notes, true),
            (Notes, Named, false),
            (Notes, CriminalJustice, false),
            (Notes, Research, false),
            (Notes, Authorization, false),
            (LegalProceedings, Named, false),
            (LegalProceedings, CriminalJustice, false),
            (LegalProceedings, Research, false),
            (Authorization, Research, true),
            (Authorization, HmisRoi, true),
            (CriminalJustice, Named, false),
            (VawaRelease, HmisRoi, false),
            (VawaRelease, Authorization, false),
        ] {
            assert_eq!(check_combination(one, other).is_ok(), may, "{one} with {other}");
        }
    }
}
