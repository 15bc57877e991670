//! What random forms let happen: recorded by the real steps of a consent, told as facts, put to the real engine. Nothing
//! goes without an adequate, current, covering consent where the law asks for one, and whatever one covers goes.
//!
//! A form begins as one that opens a scene, and is then spoilt or harmlessly changed. Which change spoils is said here, by
//! the law, and never asked of the code under test.

use std::collections::{BTreeMap, BTreeSet};

use ::consent::{
    ArtefactDigest, Attested, CategoryScope, Consent, EntryError, Expiry, Finding, Recorder, Resumption,
    Revocation, RevocationScope, Signature, Signer, Standing, Suspension, Terms,
};
use gateway_types::vocabulary::{
    AgencyFlag, AgencyKind, Category, ClientMatch, ConsentKind, Initiator, NoticeUse, Part2Status,
    PurposeOfUse, Regime, RevocationForm, Role, SignerRole, Statement, SystemKind,
};
use gateway_types::{AgencyId, ClientId, ConsentId, StaffId, Timestamp, Word, WordSet};
use policies::agreements::Agreements;
use policies::decide_all;
use policies::facts::{
    AgencyFacts, CategoryScope as ScopeFacts, Circumstances, ClientFacts, ElementFacts, Facts, Flags, Handle,
    MouFacts, NoticeOnFile, Particularities, Person, RecordFacts, RequestFacts, Requester,
};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{consent_facts, qualified};
use crate::directory::Directory;

const DAY: i64 = 86_400;
const ASKER: &str = "a-rivera";

/// A disclosure that the law lets happen on one kind of form and on nothing else.
#[derive(Clone, Copy, Debug)]
struct Scene {
    kind: ConsentKind,
    from: &'static str,
    regimes: &'static [Regime],
    category: Category,
    to: &'static str,
    role: Role,
    purpose: PurposeOfUse,
}

const SCENES: &[Scene] = &[
    Scene {
        kind: ConsentKind::Tpo,
        from: "cedar",
        regimes: &[Regime::P2, Regime::Hipaa],
        category: Category::Medications,
        to: "harbor",
        role: Role::Clinician,
        purpose: PurposeOfUse::Treat,
    },
    Scene {
        kind: ConsentKind::Named,
        from: "cedar",
        regimes: &[Regime::P2, Regime::Hipaa],
        category: Category::SudTreatment,
        to: "harbor",
        role: Role::Clinician,
        purpose: PurposeOfUse::Treat,
    },
    Scene {
        kind: ConsentKind::Named,
        from: "cedar",
        regimes: &[Regime::P2, Regime::Hipaa],
        category: Category::Conditions,
        to: "lakeside",
        role: Role::Physician,
        purpose: PurposeOfUse::Coc,
    },
    Scene {
        kind: ConsentKind::VawaRelease,
        from: "refuge",
        regimes: &[Regime::Vsp],
        category: Category::Contact,
        to: "harbor",
        role: Role::Clinician,
        purpose: PurposeOfUse::Treat,
    },
    Scene {
        kind: ConsentKind::Authorization,
        from: "lakeside",
        regimes: &[Regime::Hipaa],
        category: Category::Conditions,
        to: "hmis",
        role: Role::CaseManager,
        purpose: PurposeOfUse::HousingCoord,
    },
];

/// Something done to a form that opens its scene.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Change {
    // What spoils it.
    Lacks(usize),
    Unvouched(Attested),
    OtherRecipient,
    OtherDiscloser,
    OtherInformation,
    OtherPurpose,
    NoRecipient,
    NoInformation,
    NoPurpose,
    Ended(i64),
    NoEndStated,
    NoDate,
    WrongSigner,
    HeldByAnother,
    TakenBack(i64),
    TakenBackForRecipient,
    Rests,
    Error,
    Found(Finding),
    NotSigned,
    // What does not.
    AnotherRecipient,
    AnotherPurpose,
    AnotherInformation,
    TakenBackForAnother,
    RestedAndHoldsAgain,
    MoreStatements,
    WithoutScan,
    EndsLater(i64),
}

impl Change {
    /// Whether a form of this kind then opens nothing, by the law.
    fn spoils(&self, kind: ConsentKind) -> bool {
        match self {
            // A service may be made to depend on the others (42 CFR 2.31(a)(10)(ii), 45 CFR 164.508(b)(4)); who gives
            // one to a victim may never (28 CFR 90.4(b)(3)).
            Self::Unvouched(Attested::NotConditioned) | Self::Found(Finding::Conditioned) => {
                kind == ConsentKind::VawaRelease
            }
            Self::AnotherRecipient
            | Self::AnotherPurpose
            | Self::AnotherInformation
            | Self::TakenBackForAnother
            | Self::RestedAndHoldsAgain
            | Self::MoreStatements
            | Self::WithoutScan
            | Self::EndsLater(_) => false,
            _ => true,
        }
    }
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let words = [
        Attested::NameMatchesClient,
        Attested::SignerIdentified,
        Attested::StatementsSeen,
        Attested::ReadBack,
        Attested::NotConditioned,
    ];
    let spoils = prop_oneof![
        4 => (0usize..4).prop_map(Change::Lacks),
        4 => select(words.to_vec()).prop_map(Change::Unvouched),
        // The end itself is already too late, and so is the moment of the word that takes it back.
        2 => select(vec![0, 1, 3_600, DAY]).prop_map(Change::Ended),
        2 => select(vec![0, 1, 3_600, DAY]).prop_map(Change::TakenBack),
        2 => select(vec![Finding::KnownFalse, Finding::Conditioned, Finding::ClientNameDiffers])
            .prop_map(Change::Found),
        12 => select(vec![
            Change::OtherRecipient,
            Change::OtherDiscloser,
            Change::OtherInformation,
            Change::OtherPurpose,
            Change::NoRecipient,
            Change::NoInformation,
            Change::NoPurpose,
            Change::NoEndStated,
            Change::NoDate,
            Change::WrongSigner,
            Change::HeldByAnother,
            Change::TakenBackForRecipient,
            Change::Rests,
            Change::Error,
            Change::NotSigned,
        ]),
    ];
    let harmless = prop_oneof![
        2 => select(vec![1, 60, DAY, 10 * DAY]).prop_map(Change::EndsLater),
        6 => select(vec![
            Change::AnotherRecipient,
            Change::AnotherPurpose,
            Change::AnotherInformation,
            Change::TakenBackForAnother,
            Change::RestedAndHoldsAgain,
            Change::MoreStatements,
            Change::WithoutScan,
        ]),
    ];
    // One thing that spoils by itself at most, so that nothing else hides it.
    (
        prop::option::weighted(0.6, spoils),
        prop::collection::vec(harmless, 0..4),
    )
        .prop_map(|(spoilt, harmless)| harmless.into_iter().chain(spoilt).collect())
}

fn agency(id: &str) -> AgencyId {
    AgencyId::new(id).unwrap()
}

fn now() -> Timestamp {
    "2026-06-10T10:00:00Z".parse().unwrap()
}

fn recorder(id: &str) -> Recorder {
    Recorder {
        agency: agency(id),
        staff: StaffId::new("r-recorder").unwrap(),
    }
}

/// A form for the scene, with these changes.
fn form(scene: Scene, number: u8, changed: &[Change]) -> Consent {
    let has = |change: &Change| changed.contains(change);
    let mut terms = Terms::of(scene.kind);
    terms.discloser.agencies.insert(agency(scene.from));
    terms.recipients.agencies.insert(agency(scene.to));
    terms.purposes.insert(scene.purpose);
    let mut information = WordSet::EMPTY.with(scene.category);
    terms.expiry = Expiry::At(now().plus_seconds(5 * DAY));
    terms.names_gateway = true;
    terms.statements = terms.required_statements();
    let mut signature = Signature {
        signed_at: now().plus_seconds(-5 * DAY),
        signer: Signer::new(SignerRole::Client),
        co_signer: None,
        standing: Standing::Adult,
        artefact: Some(ArtefactDigest::from_bytes([number; 32])),
    };
    let mut attested: BTreeSet<Attested> = Attested::ALL.into_iter().collect();
    let mut held_by = scene.from;
    for change in changed {
        match change {
            Change::Lacks(which) => {
                let required: Vec<Statement> = terms.required_statements().iter().collect();
                terms.statements.remove(required[which % required.len()]);
            }
            Change::Unvouched(word) => {
                attested.remove(word);
            }
            Change::OtherRecipient => terms.recipients.agencies = [agency("elsewhere")].into(),
            Change::NoRecipient => terms.recipients.agencies.clear(),
            Change::OtherDiscloser => {
                terms.discloser.agencies = [agency("elsewhere")].into();
                held_by = "elsewhere";
            }
            Change::OtherInformation => information = WordSet::EMPTY.with(Category::Veteran),
            Change::NoInformation => information = WordSet::EMPTY,
            Change::OtherPurpose => terms.purposes = WordSet::EMPTY.with(PurposeOfUse::Hpaymt),
            Change::NoPurpose => terms.purposes = WordSet::EMPTY,
            Change::Ended(ago) => terms.expiry = Expiry::At(now().plus_seconds(-ago)),
            Change::EndsLater(after) => terms.expiry = Expiry::At(now().plus_seconds(*after)),
            Change::NoEndStated => terms.expiry = Expiry::Unstated,
            Change::NoDate => signature.signed_at = now().plus_seconds(60),
            Change::WrongSigner => signature.signer = Signer::new(SignerRole::Parent),
            Change::HeldByAnother => {
                terms.discloser.agencies.insert(agency("elsewhere"));
                held_by = "elsewhere";
            }
            Change::AnotherRecipient => {
                terms.recipients.agencies.insert(agency("another"));
            }
            Change::AnotherPurpose if !has(&Change::OtherPurpose) && !has(&Change::NoPurpose) => {
                terms.purposes.insert(PurposeOfUse::Hpaymt);
            }
            Change::AnotherInformation if !has(&Change::NoInformation) => {
                information.insert(Category::Veteran);
            }
            Change::MoreStatements if !changed.iter().any(|change| matches!(change, Change::Lacks(_))) => {
                terms.statements = Statement::ALL
                    .iter()
                    .copied()
                    .filter(|word| *word != Statement::VaApprovedForm)
                    .collect();
            }
            Change::WithoutScan => signature.artefact = None,
            _ => {}
        }
    }
    terms.categories = CategoryScope::Only(information);
    let (id, client) = (
        id(number),
        "70707070-7070-7070-7070-707070707070"
            .parse::<ClientId>()
            .unwrap(),
    );
    let by = recorder(held_by);
    if has(&Change::NotSigned) {
        let draft = Consent::draft(id, client, terms, by.clone(), now()).unwrap();
        return draft.request(by, now()).unwrap();
    }
    let signed = Consent::record_signed(id, client, terms, signature, attested, by.clone(), now()).unwrap();
    changed.iter().fold(signed, |form, change| {
        let taken_back = |at, scope| Revocation {
            at,
            form: RevocationForm::Oral,
            scope,
        };
        let only = |id: &str| RevocationScope::Recipients([agency(id)].into());
        let by = by.clone();
        match change {
            Change::TakenBack(ago) => form.revoke(
                taken_back(now().plus_seconds(-ago), RevocationScope::Whole),
                by,
                now(),
            ),
            Change::TakenBackForRecipient => form.revoke(taken_back(now(), only(scene.to)), by, now()),
            Change::TakenBackForAnother => form.revoke(taken_back(now(), only("another")), by, now()),
            Change::Rests => form.suspend(Suspension::ClientAsks, by, now()),
            Change::RestedAndHoldsAgain => form
                .suspend(Suspension::ClientAsks, by.clone(), now())
                .and_then(|form| form.resume(Resumption::ClientAsks, &by)),
            Change::Error => form.enter_in_error(EntryError::WrongTerms, by, now()),
            Change::Found(finding) => form.find(*finding),
            _ => Ok(form),
        }
        .unwrap()
    })
}

fn id(number: u8) -> ConsentId {
    format!("00000000-0000-7000-8000-0000000000{number:02x}")
        .parse()
        .unwrap()
}

fn registered() -> BTreeMap<AgencyId, AgencyFacts> {
    use AgencyFlag::{HealthCareProvider, HipaaCoveredEntity, HmisParticipant, VictimService};
    let of = |kind, part2_program, flags: &[AgencyFlag]| AgencyFacts {
        kind,
        part2_program,
        flags: Flags(flags.iter().copied().collect()),
    };
    let provider = [HipaaCoveredEntity, HealthCareProvider];
    let (yes, no) = (Part2Status::Yes, Part2Status::No);
    [
        ("cedar", of(AgencyKind::SudProgram, yes, &provider)),
        ("harbor", of(AgencyKind::BehavioralHealthProvider, no, &provider)),
        ("lakeside", of(AgencyKind::Hospital, no, &provider)),
        ("another", of(AgencyKind::Hospital, no, &provider)),
        ("elsewhere", of(AgencyKind::SudProgram, yes, &provider)),
        ("hmis", of(AgencyKind::HmisLead, no, &[HmisParticipant])),
        (
            "refuge",
            of(AgencyKind::VictimServiceProvider, no, &[VictimService]),
        ),
    ]
    .into_iter()
    .map(|(id, facts)| (agency(id), facts))
    .collect()
}

/// Whether the scene happens with these forms on file, an agreement in force that lets everything happen, and nothing
/// else that the law could rest on.
fn happens(scene: Scene, forms: &[Consent]) -> bool {
    let agencies = registered();
    let parties: Vec<AgencyId> = agencies.keys().cloned().collect();
    let directory = Directory::new(Vec::new());
    let person = Person {
        agency: agency(scene.to),
        role: scene.role,
        person: qualified(&agency(scene.to), &StaffId::new(ASKER).unwrap()),
        licensed_clinician: scene.role != Role::CaseManager,
        medical_personnel: false,
        treating_relationship: true,
        system: SystemKind::OwnRecordSystem,
        system_operator: None,
    };
    let element = Handle::numbered(1);
    let notices = parties.iter().map(|agency| NoticeOnFile {
        agency: agency.clone(),
        version: "1".to_owned(),
        uses: WordSet::<NoticeUse>::all(),
        recipient_kinds: WordSet::all(),
        describes_gateway: true,
    });
    let facts = Facts {
        request: RequestFacts {
            now: now(),
            initiator: Initiator::Requester,
            requester: Requester {
                person,
                asserts_consent: true,
                identity_unverified: false,
                authority_unverified: false,
            },
            audience: Vec::new(),
            purpose: scene.purpose,
            mous: vec![MouFacts {
                id: Handle::numbered(1),
                effective: now().plus_seconds(-300 * DAY),
                expires: None,
                parties: parties.clone(),
                purposes: WordSet::all(),
                categories: ScopeFacts::All,
                recipient_roles: WordSet::EMPTY,
                instruments: WordSet::all(),
                terms: WordSet::all(),
                segregated_clinical_record: false,
            }],
            agencies,
        },
        record: RecordFacts {
            client: ClientFacts {
                age: 36,
                in_custody: false,
                deceased: false,
                minor_may_consent_alone: false,
                adjudicated_incapacity: false,
                found: ClientMatch::Unique,
            },
            elements: vec![ElementFacts {
                id: element.clone(),
                category: scene.category,
                source: agency(scene.from),
                holder: None,
                regimes: scene.regimes.iter().copied().collect(),
                sensitivity: WordSet::EMPTY,
                facts: Particularities::default(),
            }],
            consents: forms
                .iter()
                .filter_map(|form| form.facts(now()).ok())
                .map(|form| consent_facts(form, &directory))
                .collect(),
            circumstances: Circumstances {
                privacy_notices: notices.collect(),
                ..Circumstances::default()
            },
        },
    };
    let decision = decide_all(&facts, &Agreements::none());
    decision
        .findings()
        .released()
        .any(|released| *released == element)
}

#[test]
fn every_scene_wants_a_form_and_happens_by_a_good_one() {
    for scene in SCENES {
        assert!(!happens(*scene, &[]), "{scene:?}");
        assert!(happens(*scene, &[form(*scene, 1, &[])]), "{scene:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_scene_happens_where_one_form_covers_it_and_nowhere_else(
        scene in select(SCENES.to_vec()),
        drawn in prop::collection::vec(changes(), 0..4),
    ) {
        let forms: Vec<Consent> =
            drawn.iter().zip(1..).map(|(changed, number)| form(scene, number, changed)).collect();
        let spoilt = |changed: &Vec<Change>| changed.iter().any(|change| change.spoils(scene.kind));
        let covered = drawn.iter().any(|changed| !spoilt(changed));
        prop_assert_eq!(happens(scene, &forms), covered);
    }

    #[test]
    fn a_form_opens_no_other_scene(
        scene in select(SCENES.to_vec()),
        others in subsequence(SCENES.to_vec(), 0..=SCENES.len()),
    ) {
        let forms: Vec<Consent> = others
            .iter()
            .zip(1..)
            .filter(|(other, _)| (other.from, other.category) != (scene.from, scene.category))
            .map(|(other, number)| form(*other, number, &[]))
            .collect();
        prop_assert!(!happens(scene, &forms));
    }
}
