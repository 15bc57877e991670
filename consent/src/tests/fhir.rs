//! FHIR Consent in and out: the cases of consent/cases/fhir, HL7's own examples, and the round trip over random consents.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use gateway_types::SourceClientKey;
use gateway_types::vocabulary::ExpiryEvent;

use super::random::{question, terms};
use super::*;
use crate::fhir::{Draft, Remark, read, write};

const KNOWN: [&str; 6] = [
    "cedar-recovery",
    "harbor-crisis",
    "lakeside-hospital",
    "riverton-pd-outreach",
    "county-probation",
    "riverton-hmis",
];

fn knows(id: &AgencyId) -> bool {
    KNOWN.contains(&id.as_str())
}

fn read_at(document: &Value, when: Timestamp) -> Result<Draft, Vec<Remark>> {
    read(document, &knows, when)
}

fn recorded(draft: Draft, when: Timestamp) -> Consent {
    let artefact = Some(ArtefactDigest::from_bytes([9; 32]));
    let by = recorder("cedar-recovery");
    draft
        .record(consent_id(1), client(7), artefact, by, when)
        .unwrap()
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    text: String,
    now: Option<Timestamp>,
    #[serde(default)]
    set: std::collections::BTreeMap<String, Value>,
    #[serde(default)]
    remove: Vec<String>,
    expect: Expect,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    /// Places with a part of what is said there; every fault has to be among them.
    refused: Option<Vec<(String, String)>>,
    status: Option<String>,
    #[serde(default)]
    lacks: Vec<String>,
    #[serde(default)]
    notes: Vec<String>,
    #[serde(default)]
    asks: Vec<Asked>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    from: Option<AgencyId>,
    to: AgencyId,
    #[serde(default)]
    classes: WordSet<RecipientClass>,
    person: Option<StaffId>,
    purpose: PurposeOfUse,
    category: Category,
    covered: bool,
}

/// Puts `value` at a JSON pointer; `-` and `--` add to a list.
fn set(document: &mut Value, pointer: &str, value: &Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match document.pointer_mut(parent).unwrap() {
        Value::Array(list) if name.starts_with('-') => list.push(value.clone()),
        Value::Array(list) => list[name.parse::<usize>().unwrap()] = value.clone(),
        object => object[name] = value.clone(),
    }
}

fn remove(document: &mut Value, pointer: &str) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    parent.remove(name).unwrap();
}

fn base() -> Value {
    serde_json::from_str(include_str!("../../cases/fhir/base.json")).unwrap()
}

#[test]
fn every_case_gives_what_its_text_demands_or_is_refused_with_the_reason() {
    let files = [
        ("basic", include_str!("../../cases/fhir/pcf-basic.json")),
        (
            "intermediate",
            include_str!("../../cases/fhir/pcf-intermediate.json"),
        ),
        ("advanced", include_str!("../../cases/fhir/pcf-advanced.json")),
        (
            "understood or not",
            include_str!("../../cases/fhir/understood-or-not.json"),
        ),
    ];
    let mut count = 0;
    for (file, text) in files {
        for case in serde_json::from_str::<Vec<Case>>(text).unwrap() {
            check(file, &case);
            count += 1;
        }
    }
    assert!(count > 100, "{count} cases");
}

fn check(file: &str, case: &Case) {
    let name = format!("{file}: {}", case.text);
    let when = case.now.unwrap_or_else(now);
    let mut document = base();
    for (pointer, value) in &case.set {
        set(&mut document, pointer, value);
    }
    for pointer in &case.remove {
        remove(&mut document, pointer);
    }
    let expect = &case.expect;
    match (read_at(&document, when), &expect.refused) {
        (Err(faults), Some(wanted)) => {
            for (path, says) in wanted {
                let found = faults
                    .iter()
                    .any(|fault| fault.path == *path && fault.says.contains(says.as_str()));
                assert!(found, "{name}: {path} ({says}) is not among {faults:#?}");
            }
            let places: BTreeSet<&str> = wanted.iter().map(|(path, _)| path.as_str()).collect();
            for fault in &faults {
                assert!(
                    places.iter().any(|place| fault.path.starts_with(place)),
                    "{name}: {fault:?} beside what was wanted"
                );
            }
        }
        (Ok(draft), None) => {
            let notes: Vec<&str> = draft.notes.iter().map(|note| note.path.as_str()).collect();
            assert_eq!(notes, expect.notes, "{name}");
            let consent = recorded(draft, when);
            assert_eq!(
                consent.status(when).code(),
                expect.status.as_deref().unwrap(),
                "{name}"
            );
            let lacking = missing_at(&consent, when);
            for element in &expect.lacks {
                assert!(
                    lacking.contains(&element.as_str()),
                    "{name}: {element} of {lacking:?}"
                );
            }
            assert!(!expect.asks.is_empty(), "{name}: nothing is asked");
            for asked in &expect.asks {
                let from = asked.from.clone().unwrap_or_else(|| agency("cedar-recovery"));
                let ask = Ask {
                    discloser: Party {
                        agency: &from,
                        classes: WordSet::EMPTY,
                    },
                    recipient: Party {
                        agency: &asked.to,
                        classes: asked.classes,
                    },
                    person: asked.person.as_ref(),
                    purpose: asked.purpose,
                    category: asked.category,
                };
                assert_eq!(consent.covers(&ask, when), asked.covered, "{name}: {ask:?}");
            }
        }
        (Ok(_), Some(_)) => panic!("{name}: not refused"),
        (Err(faults), None) => panic!("{name}: refused: {faults:#?}"),
    }
}

fn missing_at(consent: &Consent, when: Timestamp) -> Vec<&'static str> {
    let lacks = |check: &ElementCheck| matches!(check.outcome, Outcome::Missing(_));
    let checks = consent.adequacy(when).into_iter();
    checks.filter(lacks).map(|check| check.id).collect()
}

#[test]
fn a_word_slipped_in_anywhere_never_comes_back_in_a_remark() {
    const NAME: &str = "Zanzibara Quillfeather";
    let mut places = Vec::new();
    leaves(&base(), "", &mut places);
    assert!(places.len() > 40, "{}", places.len());
    for place in places {
        let mut document = base();
        set(&mut document, &place, &Value::from(NAME));
        let remarks = match read_at(&document, now()) {
            Ok(draft) => {
                assert!(!format!("{draft:?}").contains(NAME), "{place}");
                draft.notes
            }
            Err(faults) => faults,
        };
        assert!(!format!("{remarks:?}").contains("Zanzi"), "{place}: {remarks:?}");
    }
    let mut document = base();
    document["provision"][NAME] = Value::Bool(true);
    assert!(!format!("{:?}", read_at(&document, now())).contains("Zanzi"));
}

fn leaves(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields
            .iter()
            .for_each(|(name, value)| leaves(value, &format!("{at}/{name}"), found)),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(index, value)| leaves(value, &format!("{at}/{index}"), found)),
        _ => found.push(at.to_owned()),
    }
}

/// What the text of each of HL7's examples demands here, beside that all are labelled as test data and name a client
/// and agencies of another world.
const HL7: [(&str, &[(&str, &str)]); 7] = [
    // Ended before it was written, and says neither what it permits nor to whom.
    (
        "consent-example.json",
        &[("Consent.provision", "`type` is absent")],
    ),
    // OPTIN with an exception that is not called one.
    (
        "consent-example-notThis.json",
        &[
            ("Consent.provision", "`type` is absent"),
            ("Consent.provision.data", "told apart"),
        ],
    ),
    (
        "consent-example-notTime.json",
        &[("Consent.provision", "`type` is absent")],
    ),
    // Everybody but one: nobody is named, so it would release to nobody.
    (
        "consent-example-notOrg.json",
        &[("Consent.provision.actor[0].reference", "resolves to no agency")],
    ),
    // OPTOUT, emergency treatment at the root, and a prohibition for the same custodian.
    (
        "consent-example-Emergency.json",
        &[
            ("Consent.category[0].coding[0]", "not known here"),
            ("Consent.provision", "`type` is absent"),
            (
                "Consent.provision.provision[0].actor[0].role",
                "information recipient",
            ),
        ],
    ),
    (
        "consent-example-grantor.json",
        &[("Consent.provision", "`type` is absent")],
    ),
    (
        "consent-example-smartonfhir.json",
        &[
            ("Consent.provision", "`type` is absent"),
            ("Consent.performer", "who signed"),
        ],
    ),
];

#[test]
fn hl7s_examples_are_refused_for_what_each_lacks() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/ehr-fhir/hl7-r4-examples");
    if !folder.is_dir() {
        eprintln!(
            "not checked: HL7's example Consents are not here ({})",
            folder.display()
        );
        return;
    }
    let mut met = BTreeSet::new();
    for (file, wanted) in HL7 {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let mut document: Value = serde_json::from_str(&text).unwrap();
        let faults = read_at(&document, now()).unwrap_err();
        assert!(
            faults.iter().any(|fault| fault.says.contains("test data")),
            "{file}"
        );
        // Taken for real ones, they are refused for what they say.
        document.as_object_mut().unwrap().remove("meta");
        let faults = read_at(&document, now()).unwrap_err();
        for (path, says) in wanted {
            let found = faults
                .iter()
                .any(|fault| fault.path == *path && fault.says.contains(says));
            assert!(found, "{file}: {path} ({says}) is not among {faults:#?}");
        }
        met.insert(file.to_owned());
    }
    let all = std::fs::read_dir(&folder).unwrap();
    let consents: BTreeSet<String> = all
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("consent-"))
        .collect();
    assert_eq!(met, consents);
}

fn own_key() -> SourceClientKey {
    SourceClientKey::new("P1")
}

fn written(consent: &Consent, when: Timestamp) -> Value {
    let written = write(consent, Some(&own_key()), Some("This lets A tell <B> & C."), when);
    // Through text, as it travels.
    serde_json::from_str(&written.to_string()).unwrap()
}

fn any_attested() -> impl Strategy<Value = BTreeSet<Attested>> {
    prop_oneof![
        4 => Just(all_attested()),
        1 => proptest::sample::subsequence(Attested::ALL.to_vec(), 0..=9).prop_map(|some| some.into_iter().collect()),
    ]
}

prop_compose! {
    fn any_signature()(
        roles in prop_oneof![
            3 => Just((SignerRole::Client, None)),
            1 => (select(SignerRole::ALL.to_vec()), prop::option::of(select(SignerRole::ALL.to_vec()))),
        ],
        documented in prop::bool::ANY,
        standing in prop_oneof![4 => Just(Standing::Adult), 1 => select(vec![Standing::Minor, Standing::MinorActingAlone, Standing::Incapacitated, Standing::Deceased])],
        moment in 0i64..86_400_000_000,
    ) -> Signature {
        let signer = |role| Signer { role, authority_documented: documented, suspected_abuser: !documented };
        Signature {
            signed_at: Timestamp::from_micros(signed_at().as_micros() + moment),
            signer: signer(roles.0),
            co_signer: roles.1.map(signer),
            standing,
            artefact: Some(ArtefactDigest::from_bytes([9; 32])),
        }
    }
}

prop_compose! {
    /// Terms in which every field is turned over, empty ones among them.
    fn any_terms()(
        terms in terms(),
        good in prop::bool::weighted(0.3),
        kind in select(ConsentKind::ALL.to_vec()),
        combined in prop_oneof![3 => Just(WordSet::EMPTY), 1 => random::any_words()],
        flags in (prop::bool::ANY, prop::bool::ANY, prop::bool::ANY),
        youth in prop_oneof![3 => Just(None), 1 => select(vec![Some(YouthProject::BasicCenter), Some(YouthProject::TransitionalLiving)])],
        proceeding in prop::option::of("[a-z\u{e9}\"<&]{1,12}"),
        end in prop_oneof![1 => Just(None), 1 => select(ExpiryEvent::ALL.to_vec()).prop_map(|event| Some(Expiry::Event(event))), 2 => Just(Some(Expiry::None))],
    ) -> Terms {
        let mut terms = if good { good_terms(kind) } else { terms };
        terms.combined_with = combined;
        terms.no_investigative_use = flags.0;
        terms.names_gateway = flags.1;
        terms.youth_project = youth;
        if !good {
            terms.proceeding = proceeding.map(Pii::new);
        }
        if flags.2 && let Some(end) = end {
            terms.expiry = end;
        }
        terms
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_written_reads_back_to_the_same_terms(
        terms in any_terms(), signature in any_signature(), attested in any_attested(),
        word in prop::option::of((select(vec![EventState::NotOccurred, EventState::Occurred, EventState::Unknown]), 0i64..1000)),
    ) {
        let mut consent = signed_with(terms, signature, attested);
        if let (Some((state, ago)), Expiry::Event(_)) = (word, consent.terms().expiry) {
            let report = EventReport { state, as_of: now().plus_seconds(-ago) };
            // One that would receive under it cannot say so.
            consent = consent.clone().report_event(report, recorder("cedar-recovery"), now()).unwrap_or(consent);
        }
        let mut document = written(&consent, now());
        let active = consent.status(now()) == Status::Active;
        prop_assert_eq!(document["status"] == "active", active);
        if !active {
            prop_assert!(read_at(&document, now()).is_err());
            // As if it were: what stands on the form is not lost either.
            document["status"] = "active".into();
            document["extension"][0]["valueCode"] = "active".into();
        }
        let draft = read_at(&document, now()).map_err(|faults| TestCaseError::fail(format!("{faults:?} in {document}")))?;
        prop_assert_eq!(&draft.patient, &own_key());
        prop_assert_eq!(draft.stated, consent.signature().unwrap().artefact);
        let again = recorded(draft, now());
        prop_assert!(again.terms() == consent.terms(), "{document}");
        prop_assert_eq!(again.signature(), consent.signature());
        prop_assert_eq!(again.status(now()), consent.status(now()));
        prop_assert_eq!(again.version().number(), 1);
        let facts = |consent: &Consent| consent.facts(now()).map(|facts| Facts { version: again.version(), ..facts });
        prop_assert!(facts(&again) == facts(&consent));
    }

    #[test]
    fn what_is_written_decides_the_same_when_read_back(
        terms in any_terms(), who in random::agencies(), taken_back in prop::bool::ANY,
        questions in prop::collection::vec(question(), 24), later in 0i64..40_000_000,
    ) {
        let mut consent = signed(terms);
        if taken_back && !who.is_empty() {
            let scope = RevocationScope::Recipients(who);
            consent = consent.revoke(Revocation { scope, ..whole(now()) }, recorder("cedar-recovery"), now()).unwrap();
        }
        let read = read_at(&written(&consent, now()), now());
        let again = read.map(|draft| recorded(draft, now()));
        let when = now().plus_seconds(later);
        for q in &questions {
            let covered = again.as_ref().is_ok_and(|again| again.covers(&q.ask(), when));
            prop_assert_eq!(covered, consent.covers(&q.ask(), when), "{:?}", again);
        }
    }

    #[test]
    fn nothing_is_covered_that_the_written_form_does_not_cover_whatever_is_left_out(
        terms in any_terms(), questions in prop::collection::vec(question(), 12), which in 0usize..200,
    ) {
        let consent = signed(terms);
        let mut document = written(&consent, now());
        let mut places = Vec::new();
        leaves(&document["provision"].clone(), "/provision", &mut places);
        let place = &places[which % places.len()];
        let parent = place.rsplit_once('/').unwrap().0.to_owned();
        prop_assume!(parent != "/provision/period");
        remove_leaf(&mut document, place);
        if let Ok(draft) = read_at(&document, now()) {
            let again = recorded(draft, now());
            for q in &questions {
                prop_assert!(!again.covers(&q.ask(), now()) || consent.covers(&q.ask(), now()), "{place}");
            }
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,40}", at in 0usize..200, other in prop::bool::ANY) {
        let mut document = base();
        let mut places = Vec::new();
        leaves(&document, "", &mut places);
        let place = places[at % places.len()].clone();
        let value = if other { serde_json::json!([{ "x": text }]) } else { text.into() };
        set(&mut document, &place, &value);
        let _ = read_at(&document, now());
        let _ = read_at(&value, now());
    }
}

fn remove_leaf(document: &mut Value, pointer: &str) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match document.pointer_mut(parent).unwrap() {
        Value::Array(list) => drop(list.remove(name.parse().unwrap())),
        object => drop(object.as_object_mut().unwrap().remove(name)),
    }
}

#[test]
fn the_random_consents_are_in_force_and_asked_about_often_enough_to_mean_something() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut active, mut covered) = (0, 0);
    for _ in 0..2000 {
        let (terms, q) = (any_terms(), question()).new_tree(&mut runner).unwrap().current();
        let consent = signed(terms);
        active += u32::from(consent.status(now()) == Status::Active);
        covered += u32::from(consent.covers(&q.ask(), now()));
    }
    assert!(
        active >= 200 && covered >= 10,
        "{active} active, {covered} covered of 2000"
    );
}

/// The constraints of IHE.PCF.consentFoundation, apart from any reader of ours.
#[test]
fn what_is_written_of_a_consent_in_force_keeps_to_the_pcf_foundation_profile() {
    for kind in ConsentKind::ALL {
        let consent = signed(good_terms(*kind));
        assert_eq!(consent.status(now()), Status::Active, "{kind}");
        let written = written(&consent, now());
        for (needed, least) in [
            ("category", 1),
            ("performer", 1),
            ("organization", 1),
            ("policy", 1),
        ] {
            assert!(
                written[needed].as_array().unwrap().len() >= least,
                "{kind}: {needed}"
            );
        }
        for needed in [
            "status",
            "scope",
            "patient",
            "dateTime",
            "sourceAttachment",
            "provision",
        ] {
            assert!(!written[needed].is_null(), "{kind}: {needed}");
        }
        assert_eq!(written["scope"]["coding"][0]["code"], "patient-privacy");
        assert!(written["policy"][0]["uri"].is_string() && written["policy"][0]["authority"].is_null());
        for barred in ["policyRule", "verification"] {
            assert!(written[barred].is_null(), "{kind}: {barred}");
        }
        let provision = &written["provision"];
        assert_eq!(provision["type"], "permit");
        for barred in ["action", "class", "code", "data", "dataPeriod", "provision"] {
            assert!(provision[barred].is_null(), "{kind}: {barred}");
        }
        for actor in provision["actor"].as_array().unwrap() {
            assert_eq!(actor["role"]["coding"][0]["code"], "IRCP");
        }
    }
}

#[test]
fn a_recipient_needs_the_signed_paper_for_a_fhir_consent_as_for_any_other() {
    let draft = || read_at(&base(), now()).unwrap();
    let record = |artefact, by| draft().record(consent_id(1), client(7), artefact, recorder(by), now());
    assert_eq!(
        record(None, "harbor-crisis").unwrap_err(),
        TransitionError::OwnBenefitWithoutArtefact
    );
    let digest = Some(ArtefactDigest::from_bytes([9; 32]));
    assert!(record(digest, "harbor-crisis").is_ok());
    assert!(record(None, "cedar-recovery").is_ok());
    assert_eq!(draft().attached.unwrap().reveal(), b"The signed form.");
}
