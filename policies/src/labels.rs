//! HL7 security labels for what is released: codes of v3-ActCode and v3-Confidentiality that exist, and no others.
//!
//! Labels are made from released elements only, so that none tells of what was withheld (42 CFR 2.13(c)). A whole
//! answer carries its confidentiality and nothing more: refrain, obligation, policy and sensitivity codes stay with the
//! element they belong to (HL7 DS4P; catalogue 5.3).

use gateway_types::WordSet;
use gateway_types::vocabulary::{Obligation, Regime, Sensitivity, Word as _};

use crate::facts::ElementFacts;

/// The code system of refrains, obligations, policies and sensitivities.
pub const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
/// The code system of confidentiality.
pub const CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";

/// How confidential something is. Later is more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidentiality {
    /// `N`: health and housing records.
    Normal,
    /// `R`: substance use, mental health, HIV, violence, criminal history.
    Restricted,
    /// `V`: separated notes, victim services, protected places.
    VeryRestricted,
}

impl Confidentiality {
    /// The code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Normal => "N",
            Self::Restricted => "R",
            Self::VeryRestricted => "V",
        }
    }

    /// Of one element.
    #[must_use]
    pub fn of(element: &ElementFacts) -> Self {
        let very = [Regime::Sudn, Regime::Psyn, Regime::Vsp];
        let restricted = [
            Regime::P2,
            Regime::Unknown,
            Regime::Hopwa,
            Regime::Va7332,
            Regime::Rhy,
            Regime::Chri,
            Regime::Ncicr,
            Regime::Juv,
            Regime::Cji,
        ];
        let labels = [
            Sensitivity::Sud,
            Sensitivity::Eth,
            Sensitivity::Ethud,
            Sensitivity::Opioidud,
            Sensitivity::Mh,
            Sensitivity::Psy,
            Sensitivity::Hiv,
            Sensitivity::Sdv,
        ];
        if element.regimes.contains_any(&very)
            || element.is(gateway_types::vocabulary::ElementFact::RevealsConfidentialLocation)
        {
            Self::VeryRestricted
        } else if element.regimes.contains_any(&restricted) || element.sensitivity.contains_any(&labels) {
            Self::Restricted
        } else {
            Self::Normal
        }
    }

    /// Of a whole answer: the highest of what is in it.
    #[must_use]
    pub fn of_all<'a>(released: impl IntoIterator<Item = &'a ElementFacts>) -> Self {
        released.into_iter().map(Self::of).max().unwrap_or(Self::Normal)
    }
}

/// The refrain code of an obligation that the recipient has to keep.
#[must_use]
pub const fn refrain(obligation: Obligation) -> Option<&'static str> {
    match obligation {
        Obligation::Nored => Some("NORDSCLCD"),
        Obligation::Noreuse => Some("NOREUSE"),
        Obligation::Norelink => Some("NORELINK"),
        _ => None,
    }
}

/// The obligation code of a duty, where HL7 has one.
#[must_use]
pub const fn duty(obligation: Obligation) -> Option<&'static str> {
    match obligation {
        Obligation::Acct => Some("AOD"),
        Obligation::Log => Some("AUDIT"),
        Obligation::Minec => Some("MINEC"),
        Obligation::Review | Obligation::Counsel => Some("HUAPRV"),
        Obligation::N1 | Obligation::N2 => Some("PRIVMARK"),
        _ => None,
    }
}

/// The policy code of a regime, where HL7 has one. It labels the element that the regime binds and nothing else.
#[must_use]
pub const fn policy(regime: Regime) -> Option<&'static str> {
    match regime {
        Regime::P2 | Regime::Unknown | Regime::Sudn => Some("42CFRPart2"),
        Regime::Psyn => Some("HIPAAPsyNotes"),
        Regime::Va7332 => Some("Title38Section7332"),
        _ => None,
    }
}

/// The ActCode labels of one released element: policies, sensitivities, what the recipient must refrain from and owes.
/// Duties of the gateway itself are not told.
#[must_use]
pub fn of_element(element: &ElementFacts, obligations: WordSet<Obligation>) -> Vec<&'static str> {
    let mut codes: Vec<&'static str> = element.regimes.iter().filter_map(policy).collect();
    codes.extend(element.sensitivity.iter().map(Sensitivity::code));
    codes.extend(obligations.iter().filter_map(refrain));
    if obligations.iter().any(|obligation| refrain(obligation).is_some()) {
        codes.push("PERSISTLABEL");
    }
    codes.sort_unstable();
    codes.dedup();
    codes
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway_types::vocabulary::Word;

    /// The active codes of v3-ActCode that the catalogue lists (5.3).
    const ACTIVE: &[&str] = &[
        "NOAUTH",
        "NODSCLCD",
        "NODSCLCDS",
        "NORDSCLCD",
        "NORDSCLCDS",
        "NORDSCLW",
        "NOMOU",
        "NOLIST",
        "NOORGPOL",
        "NOREUSE",
        "NOPERSISTP",
        "NOINTEGRATE",
        "NORELINK",
        "NOCOLLECT",
        "ORCON",
        "NOPAT",
        "NOVIP",
        "AOD",
        "AUDIT",
        "AUDTR",
        "CPLYCD",
        "CPLYJPP",
        "CPLYOPP",
        "CPLYCC",
        "MINEC",
        "REDACT",
        "MASK",
        "DEID",
        "PSEUD",
        "ANONY",
        "ENCRYPT",
        "ENCRYPTR",
        "ENCRYPTT",
        "ENCRYPTU",
        "PERSISTLABEL",
        "PRIVMARK",
        "HUAPRV",
        "DELAU",
        "PROCESSINLINELABEL",
        "42CFRPart2",
        "HIPAAAuth",
        "HIPAAConsent",
        "HIPAANOPP",
        "HIPAAPsyNotes",
        "HIPAAROA",
        "HIPAASelfPay",
        "CommonRule",
        "Title38Section7332",
        "ETH",
        "SUD",
        "ETHUD",
        "OPIOIDUD",
        "SPI",
        "BH",
        "COGN",
        "DVD",
        "EMOTDIS",
        "MH",
        "PSY",
        "PSYTHPN",
        "SDV",
        "VIO",
        "HIV",
        "STD",
        "SEX",
        "PREGNANT",
        "GDIS",
        "SCA",
        "MST",
        "LOCIS",
        "PATLOC",
        "LIVARG",
        "DEMO",
        "DOB",
        "SSP",
        "IDS",
        "ADOL",
        "PRS",
        "PHY",
        "DRGIS",
        "DIA",
        "TBOO",
    ];

    #[test]
    fn only_codes_that_exist_are_given() {
        let refrains = Obligation::ALL.iter().copied().filter_map(refrain);
        let duties = Obligation::ALL.iter().copied().filter_map(duty);
        let policies = Regime::ALL.iter().copied().filter_map(policy);
        let sensitivities = Sensitivity::ALL.iter().copied().map(Word::code);
        for code in refrains.chain(duties).chain(policies).chain(sensitivities) {
            assert!(ACTIVE.contains(&code), "{code} is no active code");
        }
        assert_eq!(
            refrain(Obligation::Nored),
            Some("NORDSCLCD"),
            "NORDSLCD is retired"
        );
    }

    fn element(regimes: &str, sensitivity: &str) -> ElementFacts {
        serde_json::from_str(&format!(
            "{{\"id\":\"item\",\"category\":\"medications\",\"source\":\"north-star\",\"regimes\":{regimes},\
             \"sensitivity\":{sensitivity}}}"
        ))
        .unwrap()
    }

    #[test]
    fn an_element_carries_its_own_labels_and_an_answer_its_confidentiality() {
        let part2 = element("[\"P2\"]", "[\"SUD\"]");
        let plain = element("[\"HIPAA\"]", "[]");
        let owed = WordSet::EMPTY.with(Obligation::Nored).with(Obligation::Log);
        assert_eq!(
            of_element(&part2, owed),
            ["42CFRPart2", "NORDSCLCD", "PERSISTLABEL", "SUD"]
        );
        assert_eq!(of_element(&plain, WordSet::EMPTY), Vec::<&str>::new());
        assert_eq!(Confidentiality::of_all([&plain]).code(), "N");
        assert_eq!(Confidentiality::of_all([&plain, &part2]).code(), "R");
        assert_eq!(Confidentiality::of(&element("[\"VSP\"]", "[]")).code(), "V");
        // Developmental disability is not domestic violence.
        assert_eq!(
            Confidentiality::of(&element("[\"HIPAA\"]", "[\"DVD\"]")).code(),
            "N"
        );
    }
}
