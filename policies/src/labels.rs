//! HL7 security labels for what is released: codes of v3-ActCode and v3-Confidentiality that exist, and no others.
//!
//! Labels are made from released elements only, so that none tells of what was withheld (42 CFR 2.13(c)). A whole
//! answer carries its confidentiality and nothing more: refrain, obligation, policy and sensitivity codes stay with the
//! element they belong to (HL7 DS4P; catalogue 5.3).
//!
//! A label is itself health information: `MH` on a housing worker's telephone number tells an officer what the worker
//! is for. Codes that tell something go only where clinical records go with their labels, see [`Readers`]; everybody
//! gets the refrain codes, which the law has them keep.

use gateway_types::vocabulary::{
    AgencyFlag, Obligation, Part2Status, Regime, Sensitivity, SystemKind, Word as _,
};
use gateway_types::{AgencyId, WordSet};

use crate::facts::{ElementFacts, Person, RequestFacts};

/// Whether the labels of clinical records may be told to everyone who will see the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Each recipient sees it on a system of their own, and each recipient and whoever runs that system gives or pays
    /// for health care and has no part in justice, custody, dispatch for police, or immigration enforcement.
    HealthCare,
    /// Somebody else is among them.
    Others,
}

impl Readers {
    /// Of one request. An agency that the facts do not describe is somebody else.
    #[must_use]
    pub fn of(request: &RequestFacts) -> Self {
        let mut recipients = request.recipients().peekable();
        let any = recipients.peek().is_some();
        let told = |person: &Person| {
            OWN.contains(&person.system)
                && gives_care(request, &person.agency)
                && gives_care(request, person.operator())
        };
        if any && recipients.all(told) {
            Self::HealthCare
        } else {
            Self::Others
        }
    }

    /// Whether they are told what the labels of this element say. Records of housing, victim services, youth projects
    /// and police carry their content to whom it was agreed for and no conclusions from it.
    #[must_use]
    pub fn are_told(self, element: &ElementFacts) -> bool {
        const CLINICAL: [Regime; 6] = [
            Regime::Hipaa,
            Regime::P2,
            Regime::Unknown,
            Regime::Sudn,
            Regime::Psyn,
            Regime::Va7332,
        ];
        self == Self::HealthCare
            && !element.regimes.is_empty()
            && element.regimes.iter().all(|regime| CLINICAL.contains(&regime))
    }
}

/// Systems that nobody else looks into.
const OWN: [SystemKind; 3] = [
    SystemKind::OwnRecordSystem,
    SystemKind::SegregatedClinicalRecord,
    SystemKind::Console,
];

fn gives_care(request: &RequestFacts, agency: &AgencyId) -> bool {
    const CARE: [AgencyFlag; 2] = [AgencyFlag::HipaaCoveredEntity, AgencyFlag::HealthCareProvider];
    const FORCE: [AgencyFlag; 5] = [
        AgencyFlag::CriminalJusticeAgency,
        AgencyFlag::CorrectionalInstitution,
        AgencyFlag::CjDispatch,
        AgencyFlag::ImmigrationEnforcement,
        AgencyFlag::VictimService,
    ];
    request.agencies.get(agency).is_some_and(|facts| {
        let cares = facts.flags.0.contains_any(&CARE) || facts.part2_program == Part2Status::Yes;
        cares && !facts.flags.0.contains_any(&FORCE)
    })
}

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

    /// Of one element, where its readers are told.
    #[must_use]
    pub fn told(element: &ElementFacts, readers: Readers) -> Option<Self> {
        readers.are_told(element).then(|| Self::of(element))
    }

    /// Of a whole answer: the highest of what is told in it. What is released without being labelled counts as
    /// restricted, whatever it is. Nothing is said where nothing is told.
    #[must_use]
    pub fn of_all<'a>(
        released: impl IntoIterator<Item = &'a ElementFacts>,
        readers: Readers,
    ) -> Option<Self> {
        let told: Vec<Option<Self>> = released
            .into_iter()
            .map(|element| Self::told(element, readers))
            .collect();
        let highest = told.iter().copied().flatten().max()?;
        Some(if told.contains(&None) {
            highest.max(Self::Restricted)
        } else {
            highest
        })
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

/// The ActCode labels of one released element: what the recipient must refrain from and, where its readers are told,
/// policies and sensitivities. Duties of the gateway itself are not told.
#[must_use]
pub fn of_element(
    element: &ElementFacts,
    obligations: WordSet<Obligation>,
    readers: Readers,
) -> Vec<&'static str> {
    let mut codes: Vec<&'static str> = Vec::new();
    if readers.are_told(element) {
        codes.extend(element.regimes.iter().filter_map(policy));
        codes.extend(element.sensitivity.iter().map(Sensitivity::code));
    }
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
        let care = Readers::HealthCare;
        assert_eq!(
            of_element(&part2, owed, care),
            ["42CFRPart2", "NORDSCLCD", "PERSISTLABEL", "SUD"]
        );
        assert_eq!(of_element(&plain, WordSet::EMPTY, care), Vec::<&str>::new());
        let whole = |released: &[&ElementFacts]| {
            Confidentiality::of_all(released.iter().copied(), care).map(Confidentiality::code)
        };
        assert_eq!(whole(&[&plain]), Some("N"));
        assert_eq!(whole(&[&plain, &part2]), Some("R"));
        assert_eq!(whole(&[]), None);
        assert_eq!(Confidentiality::of(&element("[\"VSP\"]", "[]")).code(), "V");
        // Developmental disability is not domestic violence.
        assert_eq!(
            Confidentiality::of(&element("[\"HIPAA\"]", "[\"DVD\"]")).code(),
            "N"
        );
    }

    #[test]
    fn who_does_not_give_care_learns_nothing_from_labels() {
        let owed = WordSet::EMPTY.with(Obligation::Nored);
        for (regimes, sensitivity) in [
            ("[\"HIPAA\"]", "[\"MH\"]"),
            ("[\"P2\"]", "[\"SUD\"]"),
            ("[\"HMIS\"]", "[\"HIV\"]"),
        ] {
            let element = element(regimes, sensitivity);
            assert_eq!(
                of_element(&element, owed, Readers::Others),
                ["NORDSCLCD", "PERSISTLABEL"]
            );
            assert_eq!(Confidentiality::told(&element, Readers::Others), None);
        }
    }

    #[test]
    fn what_is_not_labelled_counts_the_same_whatever_it_is() {
        let plain = element("[\"HIPAA\"]", "[]");
        let whole = |other: &ElementFacts| Confidentiality::of_all([&plain, other], Readers::HealthCare);
        for (regimes, sensitivity) in [
            ("[\"HMIS\"]", "[]"),
            ("[\"HMIS\"]", "[\"SDV\"]"),
            ("[\"HMIS\",\"HOPWA\"]", "[\"HIV\"]"),
            ("[\"VSP\"]", "[]"),
            ("[\"HIPAA\",\"HMIS\"]", "[\"MH\"]"),
        ] {
            let other = element(regimes, sensitivity);
            assert!(of_element(&other, WordSet::EMPTY, Readers::HealthCare).is_empty());
            assert_eq!(whole(&other), Some(Confidentiality::Restricted));
        }
    }

    #[test]
    fn everyone_who_will_see_it_must_give_care() {
        let request = |audience: &str, operator: &str| -> RequestFacts {
            serde_json::from_str(&format!(
                r#"{{"now":"2026-01-02T03:04:05Z","initiator":"requester","purpose":"TREAT","mous":[],
                "agencies":{{
                  "clinic":{{"kind":"behavioral_health_provider","hipaa_covered_entity":true}},
                  "jail-clinic":{{"kind":"medical_provider","health_care_provider":true,
                                  "correctional_institution":true}},
                  "police":{{"kind":"law_enforcement","criminal_justice_agency":true}},
                  "shelter":{{"kind":"homeless_services"}}}},
                "requester":{{"agency":"clinic","role":"clinician","system":"own_record_system"{operator}}},
                "audience":[{audience}]}}"#
            ))
            .unwrap()
        };
        assert_eq!(Readers::of(&request("", "")), Readers::HealthCare);
        for agency in ["police", "shelter", "jail-clinic", "unheard-of"] {
            let seen = format!(r#"{{"agency":"{agency}","role":"clinician","system":"own_record_system"}}"#);
            assert_eq!(Readers::of(&request(&seen, "")), Readers::Others, "{agency}");
            let run = format!(r#","system_operator":"{agency}""#);
            assert_eq!(Readers::of(&request("", &run)), Readers::Others, "{agency}");
        }
        for system in ["shared_terminal", "law_enforcement_rms", "hmis", "cad"] {
            let seen = format!(r#"{{"agency":"clinic","role":"clinician","system":"{system}"}}"#);
            assert_eq!(Readers::of(&request(&seen, "")), Readers::Others, "{system}");
        }
    }
}
