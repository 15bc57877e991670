//! Which rules bear on a purpose, sorted out once: the others could not fire and are not asked.

use std::sync::LazyLock;

use gateway_types::vocabulary::{PurposeOfUse, Regime, Word};

use crate::law::{self, BasisRule, Prohibition};

/// The prohibitions that bear on a purpose, in the order in which they are asked.
pub(super) fn prohibitions(purpose: PurposeOfUse) -> &'static [&'static Prohibition] {
    static BEARING: LazyLock<Vec<Vec<&'static Prohibition>>> = LazyLock::new(|| {
        let bearing = |purpose: &PurposeOfUse| {
            law::PROHIBITIONS
                .iter()
                .filter(|prohibition| prohibition.bears_on(*purpose))
                .collect()
        };
        PurposeOfUse::ALL.iter().map(bearing).collect()
    });
    // Every purpose has its place; one without would be asked of nothing, so all are asked then.
    static ALL: LazyLock<Vec<&'static Prohibition>> = LazyLock::new(|| law::PROHIBITIONS.iter().collect());
    BEARING.get(usize::from(purpose.index())).unwrap_or(&ALL)
}

/// The bases that can serve a purpose under a regime, in the order in which they are asked.
pub(super) fn bases(purpose: PurposeOfUse, regime: Regime) -> &'static [&'static BasisRule] {
    static BASES: LazyLock<Vec<Vec<&'static BasisRule>>> = LazyLock::new(|| {
        let all = || law::BASES.iter().flat_map(|group| group.iter());
        PurposeOfUse::ALL
            .iter()
            .flat_map(|purpose| Regime::ALL.iter().map(move |regime| (purpose, regime)))
            .map(|(purpose, regime)| {
                all()
                    .filter(|basis| basis.regimes.contains(regime))
                    .filter(|basis| basis.purposes.is_empty() || basis.purposes.contains(purpose))
                    .collect()
            })
            .collect()
    });
    let place = usize::from(purpose.index()) * Regime::ALL.len() + usize::from(regime.index());
    // A pair that had no place would have no basis, and nothing would go.
    BASES.get(place).map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prohibition_that_bears_on_a_purpose_has_a_bit() {
        for purpose in PurposeOfUse::ALL {
            assert!(prohibitions(*purpose).len() <= 64);
        }
        assert!(law::PROHIBITIONS.iter().all(|prohibition| {
            PurposeOfUse::ALL.iter().any(|purpose| {
                prohibitions(*purpose)
                    .iter()
                    .any(|one| std::ptr::eq(*one, prohibition))
            })
        }));
    }
}
