//! What is released to whom, and that it changes when what it rests on changes.

use std::collections::{BTreeMap, BTreeSet};

use gateway_audit::{EntryKind, Proof, VerifierKey};
use gateway_crypto::Digest;
use gateway_http::Answer;
use gateway_synthetic::{CastMember, Staff, agencies as cast};
use gateway_types::vocabulary::{Notice, Role};
use gateway_types::{AgencyId, ClientIdentity};
use policies::notices;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tests_support::{CLINICIAN, PROGRAMME_STAFF, TestGateway, elements, leaf, nobody, patient_key};

/// What a crisis clinician asks for on a pavement.
const PICTURE: [&str; 8] = [
    "shelter_status",
    "case_manager_contact",
    "medications",
    "conditions",
    "encounters",
    "sud_treatment",
    "calls_for_service",
    "safety_flags",
];
/// What an outreach officer asks for.
const CONTACT: [&str; 3] = ["contact", "case_manager_contact", "shelter_status"];

/// Which source gave which category.
fn given(answer: &Answer) -> BTreeSet<(String, String)> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    elements(answer)
        .iter()
        .map(|element| (text(&element["source"]), text(&element["category"])))
        .collect()
}

fn sources(answer: &Answer) -> BTreeSet<String> {
    given(answer).into_iter().map(|(source, _)| source).collect()
}

/// The notices, by code.
fn told(answer: &Answer) -> BTreeMap<String, String> {
    let disclosure = &answer.json()["disclosure"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    disclosure["notices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|notice| (text(&notice["notice"]), text(&notice["text"])))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_opens_the_programmes_records_to_a_treating_clinician_with_the_statement_of_2_32() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    test.record_tpo(&town, CastMember::Rosa).await;
    let answer = test.clinician().ask(CastMember::Rosa, "TREAT", &PICTURE).await;
    let given = given(&answer);
    for (source, category) in [
        (cast::CEDAR_RECOVERY, "medications"),
        (cast::CEDAR_RECOVERY, "conditions"),
        (cast::LAKESIDE_HOSPITAL, "medications"),
        (cast::RIVERTON_HMIS, "shelter_status"),
        (cast::RIVERTON_HMIS, "case_manager_contact"),
        (cast::RIVERTON_PD_OUTREACH, "calls_for_service"),
    ] {
        let wanted = (source.to_owned(), category.to_owned());
        assert!(given.contains(&wanted), "{wanted:?} is not among {given:?}");
    }
    let told = told(&answer);
    let codes: Vec<_> = told.keys().map(String::as_str).collect();
    assert_eq!(codes, ["consent_scope", "part2_statement_1", "source_handling"]);
    assert_eq!(
        told["part2_statement_1"],
        notices::text(Notice::Part2Statement1).unwrap()
    );
    assert!(
        told["part2_statement_1"].starts_with(
            "This record which has been disclosed to you is protected by Federal confidentiality rules (42 CFR part 2)."
        )
    );
    // The scope is told as it concerns the recipient, and names nobody else.
    assert!(told["consent_scope"].contains("disclosure to harbor-crisis of"));
    for other in [
        cast::LAKESIDE_HOSPITAL,
        cast::RIVERTON_PD_OUTREACH,
        cast::CEDAR_RECOVERY,
    ] {
        assert!(!told["consent_scope"].contains(other));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_consent_nothing_tells_that_the_programme_knows_the_client() {
    let test = TestGateway::start().await;
    test.take_in_town(60).await;
    for member in CastMember::ALL {
        let answer = test.clinician().ask(member, "TREAT", &PICTURE).await;
        assert!(sources(&answer).contains(cast::LAKESIDE_HOSPITAL), "{member:?}");
        let text = answer.text();
        for word in [
            cast::CEDAR_RECOVERY,
            "art2",
            "art 2",
            "substance",
            "methadone",
            "consent",
        ] {
            assert!(!text.contains(word), "{member:?}: `{word}` is told");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_changes_the_same_query_at_once_and_nothing_else_of_it() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let never = given(&test.clinician().ask(CastMember::Tamsin, "TREAT", &PICTURE).await);
    let consent = test.record_tpo(&town, CastMember::Tamsin).await;
    let before = given(&test.clinician().ask(CastMember::Tamsin, "TREAT", &PICTURE).await);
    let revoked = test.revoke(PROGRAMME_STAFF, &consent).await;
    assert_eq!(
        (revoked.status.as_u16(), &revoked.json()["status"]),
        (200, &json!("revoked"))
    );
    let after = given(&test.clinician().ask(CastMember::Tamsin, "TREAT", &PICTURE).await);
    assert!(before.iter().any(|(source, _)| source == cast::CEDAR_RECOVERY));
    assert_eq!(after, never);
    assert!(after.is_subset(&before) && !after.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_of_one_client_opens_nothing_of_another() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    test.record_tpo(&town, CastMember::Rosa).await;
    test.record_release(&town, CastMember::Marcus).await;
    let clinician = test.clinician();
    for member in [CastMember::Tamsin, CastMember::Ezekiel] {
        let answer = clinician.ask(member, "TREAT", &PICTURE).await;
        assert!(!sources(&answer).contains(cast::CEDAR_RECOVERY), "{member:?}");
        let answer = test.outreach_officer().ask(member, "LE-OUTREACH", &CONTACT).await;
        assert!(elements(&answer).is_empty(), "{member:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_written_release_shows_the_officer_whom_to_call_and_forbids_other_use() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let officer = test.outreach_officer();
    let before = officer.ask(CastMember::Marcus, "LE-OUTREACH", &CONTACT).await;
    assert!(elements(&before).is_empty());
    test.record_release(&town, CastMember::Marcus).await;
    let answer = officer.ask(CastMember::Marcus, "LE-OUTREACH", &CONTACT).await;
    assert_eq!(
        given(&answer),
        BTreeSet::from([(cast::RIVERTON_HMIS.to_owned(), "case_manager_contact".to_owned())])
    );
    assert_eq!(answer.json()["disclosure"]["obligations"], json!(["NOREUSE"]));
    assert!(told(&answer).contains_key("use_limit"), "{:?}", told(&answer));
    // The release is for outreach, for what it lists, and for nobody's health data.
    let health = officer
        .ask(
            CastMember::Marcus,
            "LE-OUTREACH",
            &["medications", "conditions", "encounters"],
        )
        .await;
    assert!(elements(&health).is_empty());
    let investigation = officer.ask(CastMember::Marcus, "LE-INVEST", &CONTACT).await;
    assert!(investigation.status == 403 || elements(&investigation).is_empty());
    let patrol = test.asker(Staff {
        role: Role::PatrolOfficer,
        ..tests_support::OUTREACH_OFFICER
    });
    let answer = patrol.ask(CastMember::Marcus, "LE-OUTREACH", &CONTACT).await;
    assert!(
        answer.status == 403 || elements(&answer).is_empty(),
        "{}",
        answer.text()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_ends_with_its_last_day() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    test.record_release(&town, CastMember::Marcus).await;
    test.clock.advance(180 * 86_400 - 60);
    let last = test
        .outreach_officer()
        .ask(CastMember::Marcus, "LE-OUTREACH", &CONTACT)
        .await;
    assert_eq!(elements(&last).len(), 2);
    test.clock.advance(120);
    let after = test
        .outreach_officer()
        .ask(CastMember::Marcus, "LE-OUTREACH", &CONTACT)
        .await;
    assert!(elements(&after).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clinician_who_does_not_treat_the_client_gets_less() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    test.record_tpo(&town, CastMember::Rosa).await;
    let treating = given(&test.clinician().ask(CastMember::Rosa, "TREAT", &PICTURE).await);
    let colleague = test.asker(Staff {
        staff: "b-colleague",
        ..CLINICIAN
    });
    let not_treating = given(&colleague.ask(CastMember::Rosa, "TREAT", &PICTURE).await);
    assert!(not_treating.is_subset(&treating) && not_treating.len() < treating.len());
    assert!(
        !not_treating
            .iter()
            .any(|(source, _)| source == cast::CEDAR_RECOVERY)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_in_the_audience_narrows_what_the_clinician_sees() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    test.record_tpo(&town, CastMember::Rosa).await;
    test.record_release(&town, CastMember::Marcus).await;
    let with_officer = |identity: &ClientIdentity, asserted: bool| {
        json!({
            "client": { "identity": identity },
            "attested": { "consent_asserted": asserted },
            "purpose": "TREAT",
            "categories": PICTURE,
            "audience": [{
                "agency": cast::RIVERTON_PD_OUTREACH, "role": "outreach_officer",
                "system": "outreach-console", "staff": "k-nguyen",
            }],
        })
    };
    for member in [CastMember::Rosa, CastMember::Marcus] {
        let clinician = test.clinician();
        let identity = member.person().identity();
        // That it is police and treatment is known before anybody is looked up, and said to whoever asks about whom.
        let refused = clinician
            .post("/v1/disclosures", &with_officer(&identity, false))
            .await;
        let of_nobody = clinician
            .post("/v1/disclosures", &with_officer(&nobody(), false))
            .await;
        assert_eq!(
            (refused.status.as_u16(), &refused.json()["type"]),
            (403, &json!("urn:assent:problem:refused"))
        );
        assert_eq!(refused.body, of_nobody.body);
        let alone = given(&clinician.ask(member, "TREAT", &PICTURE).await);
        let answer = clinician
            .post("/v1/disclosures", &with_officer(&identity, true))
            .await;
        let together = given(&answer);
        assert!(
            together.is_subset(&alone) && together.len() < alone.len(),
            "{member:?}: {together:?}"
        );
        for health in [cast::CEDAR_RECOVERY, cast::LAKESIDE_HOSPITAL] {
            assert!(
                !together.iter().any(|(source, _)| source == health),
                "{member:?}: {together:?}"
            );
        }
        assert!(!answer.text().contains("art2"), "{member:?}");
    }
    let unregistered = json!({
        "client": { "identity": CastMember::Rosa.person().identity() },
        "purpose": "TREAT", "categories": ["medications"],
        "audience": [{ "agency": "nobody-knows", "role": "clinician", "system": "somewhere" }],
    });
    let answer = test.clinician().post("/v1/disclosures", &unregistered).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["type"]),
        (400, &json!("urn:assent:problem:unknown-word"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_proves_offline_what_was_disclosed() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    test.record_tpo(&town, CastMember::Rosa).await;
    let before = test.log_size().await;
    let answer = test.clinician().ask(CastMember::Rosa, "TREAT", &PICTURE).await;
    assert_eq!(
        test.kinds_from(before).await,
        [EntryKind::Intent, EntryKind::Completion]
    );
    let receipt = answer.json()["receipt"].clone();
    let members: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(&answer.body).unwrap();
    let digest = Digest::of(members["disclosure"].get().as_bytes());
    assert_eq!(receipt["disclosure_digest"], digest.to_string());

    // Offline: nothing but the receipt and the log's key. It says what went to whom, and that it was filed.
    let key: VerifierKey = test.gateway.log_key().parse().unwrap();
    let read: gateway_audit::Receipt = serde_json::from_value(receipt.clone()).unwrap();
    let disclosure = &answer.json()["disclosure"];
    let sources: Vec<AgencyId> = disclosure["elements"]
        .as_array()
        .unwrap()
        .iter()
        .map(|element| AgencyId::new(element["source"].as_str().unwrap()).unwrap())
        .collect();
    assert!(!sources.is_empty());
    let bytes = members["disclosure"].get().as_bytes();
    read.check_for(&key, bytes, &sources).unwrap();
    let stated = &read.stated.as_ref().unwrap().statement;
    assert_eq!(stated.recipient, Some(AgencyId::new(CLINICIAN.agency).unwrap()));
    let again = test.clinician().ask(CastMember::Rosa, "TREAT", &PICTURE).await;
    let again: gateway_audit::Receipt = serde_json::from_value(again.json()["receipt"].clone()).unwrap();
    let (first, second) = (read.filing.as_ref().unwrap(), again.filing.as_ref().unwrap());
    assert_eq!(first.number, second.number, "the same client, the same number");

    // The proof file is had by anybody, with the event.
    let event = receipt["event"].as_str().unwrap();
    let file = test
        .caller(None)
        .get(&format!("/v1/log/proofs/{event}"))
        .await
        .unwrap();
    assert_eq!(file.status, 200);
    let proof = Proof::parse(&file.text()).unwrap();
    let proved = proof.verify_receipt(&key).unwrap();
    assert_eq!(receipt["index"], proved.index);
    assert_eq!(
        receipt["leaf_hash"],
        gateway_audit::tree::leaf_hash(&proved.leaf.encode()).to_string()
    );
    assert_eq!(
        (proved.leaf.kind, proved.leaf.event.to_string()),
        (EntryKind::Intent, event.to_owned())
    );
    let checkpoint = gateway_audit::Checkpoint::open(receipt["checkpoint"].as_str().unwrap(), &key).unwrap();
    assert!(checkpoint.head.size > proved.index);
    // Another leaf is not proved by it.
    let mut other = Proof::parse(&file.text()).unwrap();
    other.extra.as_mut().unwrap()[30] ^= 1;
    assert!(other.verify_receipt(&key).is_err());

    // What the entry seals is what was sent.
    let client = test
        .client_of(
            cast::CEDAR_RECOVERY,
            &patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa),
        )
        .await;
    let entries = test.log_from(before).await;
    assert_eq!(leaf(&entries[0]).event, proved.leaf.event);
    let detail = test.detail(&entries[0], client).await;
    assert_eq!(detail.body, Some(digest));
    assert_eq!(detail.released.len(), elements(&answer).len());
    assert_eq!(detail.consents.len(), 1);
    assert!(!serde_json::to_string(&detail).unwrap().contains("Delgado"));

    let nothing = test
        .caller(None)
        .get("/v1/log/proofs/00000000-0000-7000-8000-000000000000")
        .await
        .unwrap();
    assert_eq!(nothing.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_each_get_their_own_answer_and_entry() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    test.record_tpo(&town, CastMember::Rosa).await;
    test.record_release(&town, CastMember::Marcus).await;
    let before = test.log_size().await;
    let alone = given(&test.clinician().ask(CastMember::Rosa, "TREAT", &PICTURE).await);
    let mut asking = tokio::task::JoinSet::new();
    for number in 0..40 {
        let (clinician, officer) = (test.clinician(), test.outreach_officer());
        asking.spawn(async move {
            match number % 4 {
                0 => (number, clinician.ask(CastMember::Rosa, "TREAT", &PICTURE).await),
                1 => (
                    number,
                    officer.ask(CastMember::Marcus, "LE-OUTREACH", &CONTACT).await,
                ),
                2 => (
                    number,
                    officer.ask(CastMember::Ezekiel, "LE-OUTREACH", &CONTACT).await,
                ),
                _ => (number, clinician.ask_about(&nobody(), "TREAT", &PICTURE).await),
            }
        });
    }
    let mut events = BTreeSet::new();
    for (number, answer) in asking.join_all().await {
        let receipt = &answer.json()["receipt"];
        assert!(
            events.insert(receipt["event"].as_str().unwrap().to_owned()),
            "an event was given twice"
        );
        let entry = test.log_from(receipt["index"].as_u64().unwrap()).await.remove(0);
        assert_eq!(receipt["event"], leaf(&entry).event.to_string());
        match number % 4 {
            0 => assert_eq!(given(&answer), alone),
            1 => assert_eq!(elements(&answer).len(), 2),
            _ => assert!(elements(&answer).is_empty()),
        }
    }
    let kinds = test.kinds_from(before).await;
    let count = |kind: EntryKind| kinds.iter().filter(|found| **found == kind).count();
    assert_eq!(
        (
            count(EntryKind::Intent),
            count(EntryKind::Completion),
            count(EntryKind::Denial)
        ),
        (21, 21, 20)
    );
    let verification = test.verify().await;
    assert!(verification.is_intact(), "{verification}");
    // The checkpoint that anyone can fetch is the log's, signed.
    let checkpoint = test.caller(None).get("/v1/log/checkpoint").await.unwrap();
    let key: VerifierKey = test.gateway.log_key().parse().unwrap();
    let checkpoint = gateway_audit::Checkpoint::open(&checkpoint.text(), &key).unwrap();
    assert_eq!(checkpoint.head.size, test.log_size().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_released_is_what_was_asked_for_and_no_more() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    test.record_tpo(&town, CastMember::Rosa).await;
    let clinician = test.clinician();
    let all = given(&clinician.ask(CastMember::Rosa, "TREAT", &PICTURE).await);
    for category in PICTURE {
        let one = given(&clinician.ask(CastMember::Rosa, "TREAT", &[category]).await);
        let wanted: BTreeSet<_> = all
            .iter()
            .filter(|(_, given)| given == category)
            .cloned()
            .collect();
        assert_eq!(one, wanted, "{category}");
    }
    // Of identity only what is asked for: a social security number never comes along.
    let answer = clinician.ask(CastMember::Rosa, "TREAT", &PICTURE).await;
    let rosa = CastMember::Rosa.person();
    for word in [rosa.ssn.digits(), rosa.ssn.dashed(), rosa.birth_date.to_string()] {
        assert!(!answer.text().contains(&word));
    }
}
