//! Links to sign by: made by the holder for what will be good once signed, good once, and otherwise for nothing.

use std::collections::BTreeSet;

use gateway_audit::EntryKind;
use gateway_http::Answer;
use gateway_synthetic::{CastMember, agencies as cast};
use gateway_types::Clock as _;
use serde_json::{Value, json};
use tests_support::signing::{
    Signer, TYPED, filled, gone, in_person, on_file, shows, with_a_draft, with_a_link,
};
use tests_support::{CASE_MANAGER, CLINICIAN, PROGRAMME_STAFF, TestGateway, tpo_terms};

#[tokio::test(flavor = "multi_thread")]
async fn every_link_that_is_good_for_nothing_answers_the_same() {
    let (test, _, consent, first) = with_a_link().await;
    let nothing = gone(&test).await;
    let staff = test.asker(PROGRAMME_STAFF);
    let link = async || test.signer(&test.ask_for_link(PROGRAMME_STAFF, &consent, &in_person()).await);
    let is_gone = async |signer: &Signer, page: &Answer| {
        assert_eq!(shows(&signer.get("").await), nothing);
        for act in ["review", "yes", "back"] {
            let answer = signer.send(act, &filled(&page.text(), &TYPED)).await;
            assert_eq!(shows(&answer), nothing, "{act}");
        }
        assert_eq!(on_file(&test, &consent).await["status"], "draft");
    };
    // One that a newer link took the place of.
    let page = first.get("").await;
    let second = link().await;
    is_gone(&first, &page).await;
    // One that staff ended.
    let path = format!("/v1/consents/{consent}/signing-links");
    let end = async || {
        staff
            .0
            .call("DELETE", &path, "application/json", "")
            .await
            .unwrap()
            .json()["ended"]
            .clone()
    };
    assert_eq!(end().await, true);
    is_gone(&second, &page).await;
    let before = test.log_size().await;
    assert_eq!(end().await, false, "there is none any more");
    assert_eq!(test.log_size().await, before);
    // One that expired: good in its last second, and not in the next.
    let third = link().await;
    test.clock.advance(30 * 60 - 1);
    assert_eq!(third.get("").await.status, 200);
    test.clock.advance(1);
    is_gone(&third, &page).await;
    // One whose form was changed, or only put before the client.
    let fourth = link().await;
    let page = fourth.get("").await;
    let mut terms = tpo_terms();
    terms["categories"] = json!({ "only": ["medications"] });
    let steps = format!("/v1/consents/{consent}/steps");
    let amended = staff.post(&steps, &json!({ "amend": { "terms": terms } })).await;
    assert_eq!(amended.status, 200, "{}", amended.text());
    is_gone(&fourth, &page).await;
    // What is no link at all.
    for path in [
        "/sign/",
        "/sign/x/y/z",
        "/sign/%00",
        "/",
        "/health",
        "/v1/consents",
        "/openapi.json",
        "/sign/page.css",
    ] {
        assert_eq!(shows(&test.signer_at(path).get("").await), nothing, "{path}");
    }
    // A page of the form as it was before is not signed by the link of the form as it is.
    let fifth = link().await;
    assert_eq!(
        shows(&fifth.send("yes", &filled(&page.text(), &TYPED)).await),
        nothing
    );
    assert_eq!(fifth.sign(&TYPED).await.status, 303);
    assert_eq!(on_file(&test, &consent).await["status"], "active");
    // The copy is there for a quarter of an hour.
    test.clock.advance(15 * 60 - 1);
    assert_eq!(fifth.get("").await.status, 200);
    test.clock.advance(1);
    assert_eq!(shows(&fifth.get("").await), nothing);
    assert_eq!(
        shows(&fifth.send("yes", &filled(&page.text(), &TYPED)).await),
        nothing
    );
    // Nothing that is signed gets a link.
    let refused = test.ask_for_link(PROGRAMME_STAFF, &consent, &in_person()).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_windows_one_signs_and_all_show_what_was_signed() {
    let (test, key, consent, signer) = with_a_link().await;
    let before = test.log_size().await;
    let names = [
        "Rosa One",
        "Rosa Two",
        "Rosa Three",
        "Rosa Four",
        "Rosa Five",
        "Rosa Six",
    ];
    let mut sending = tokio::task::JoinSet::new();
    for name in names {
        let page = signer
            .review(&[("name", name), ("typed", name), ("electronic", "yes")])
            .await;
        let (signer, body) = (signer.clone(), filled(&page.text(), &[]));
        sending.spawn(async move { signer.send("yes", &body).await });
    }
    for answer in sending.join_all().await {
        assert_eq!(answer.status, 303, "{}", answer.text());
        assert_eq!(answer.headers["location"].to_str().unwrap(), signer.path);
    }
    assert_eq!(on_file(&test, &consent).await["version"], 2);
    let copy = signer.get("").await.text();
    let won: Vec<_> = names.iter().filter(|name| copy.contains(**name)).collect();
    assert_eq!(won.len(), 1, "{won:?}");
    // Whoever was written down as signing and did not, is written down as not having.
    let client = test.client_of(cast::CEDAR_RECOVERY, &key).await;
    let (mut signed, mut failed) = (0, 0);
    for entry in test.log_from(before).await {
        if tests_support::leaf(&entry).kind == EntryKind::ConsentRecorded {
            let note = test.detail(&entry, client).await.note.unwrap();
            signed += usize::from(note.reveal().starts_with("signed by"));
            failed += usize::from(note.reveal().starts_with("did not take effect"));
        }
    }
    assert_eq!(signed, failed + 1);
    // Later, too.
    let late = signer.send("yes", &filled("", &TYPED)).await;
    assert_eq!(late.status, 303);
    assert_eq!(on_file(&test, &consent).await["version"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_made_by_the_holder_for_what_will_be_good_once_signed() {
    let (test, key, consent) = with_a_draft().await;
    for stranger in [CLINICIAN, CASE_MANAGER] {
        assert_eq!(
            test.ask_for_link(stranger, &consent, &in_person()).await.status,
            404
        );
        let path = format!("/v1/consents/{consent}/signing-links");
        let ended = test
            .asker(stranger)
            .0
            .call("DELETE", &path, "application/json", "")
            .await;
        assert_eq!(ended.unwrap().status, 404);
    }
    let before = test.log_size().await;
    let abuser = json!([{ "role": "guardian", "authority_documented": true, "suspected_abuser": true }]);
    let twice = json!([{ "role": "client" }, { "role": "client" }]);
    for (field, value, why) in [
        ("minutes", json!(0), "1 to 120"),
        ("minutes", json!(121), "1 to 120"),
        (
            "standing",
            json!("minor"),
            "the minor and a parent both have to sign",
        ),
        ("standing", json!("incapacitated"), "a guardian"),
        (
            "signers",
            json!([{ "role": "parent" }]),
            "only the client may sign",
        ),
        ("signers", json!([]), "who may sign"),
        ("signers", twice, "who may sign"),
        ("signers", abuser, "abusing"),
    ] {
        let mut wanted = in_person();
        wanted[field] = value;
        let refused = test.ask_for_link(PROGRAMME_STAFF, &consent, &wanted).await;
        assert_eq!(refused.status, 422, "{why}: {}", refused.text());
        assert!(refused.text().contains(why), "{why}: {}", refused.text());
    }
    let mut week = in_person();
    week["screen"] = json!("sent");
    week["minutes"] = json!(7 * 24 * 60 + 1);
    assert_eq!(
        test.ask_for_link(PROGRAMME_STAFF, &consent, &week).await.status,
        422
    );
    assert_eq!(test.log_size().await, before);
    week["minutes"] = json!(7 * 24 * 60);
    week["attested"] = json!([]);
    let made = test.ask_for_link(PROGRAMME_STAFF, &consent, &week).await;
    assert_eq!(made.status, 201);
    assert_eq!(
        made.json()["expires"],
        test.clock.now().plus_seconds(7 * 86_400).to_string()
    );
    // It says beforehand what nobody has vouched for, and the form then lacks that and nothing else.
    let lacks: BTreeSet<String> = lacking(&made.json()["will_lack"]);
    assert_eq!(lacks, ["2.31(a)(1)", "recorded signer"].map(str::to_owned).into());
    assert_eq!(test.signer(&made).sign(&TYPED).await.status, 303);
    let held = on_file(&test, &consent).await;
    assert_eq!(held["status"], "inadequate");
    assert_eq!(lacking(&held["missing"]), lacks);
    // What could not be read as a form makes no link.
    let mut terms = tpo_terms();
    terms["purposes"] = json!([]);
    let empty = test.draft(PROGRAMME_STAFF, &key, &terms).await;
    assert_eq!(
        test.ask_for_link(PROGRAMME_STAFF, &empty, &in_person())
            .await
            .status,
        422
    );
}

fn lacking(checks: &Value) -> BTreeSet<String> {
    let checks = checks.as_array().unwrap().iter();
    checks
        .map(|check| check["element"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_for_another_says_so() {
    let (test, _, consent) = with_a_draft().await;
    let mut wanted = in_person();
    wanted["standing"] = json!("incapacitated");
    wanted["signers"] = json!([{ "role": "guardian", "authority_documented": true }]);
    let signer = test.signer(&test.ask_for_link(PROGRAMME_STAFF, &consent, &wanted).await);
    let missing = signer.review(&TYPED).await.text();
    assert!(missing.contains("the person you sign for."), "{missing}");
    // A capacity that is not offered is not taken from the page.
    let own = [
        &TYPED[..],
        &[("signed_for", "Ana Quillfeather"), ("role", "client")],
    ]
    .concat();
    assert_eq!(signer.sign(&own).await.status, 303);
    let copy = signer.get("").await.text();
    assert!(
        copy.contains("Ana Quillfeather") && copy.contains("Guardian"),
        "{copy}"
    );
    assert_eq!(on_file(&test, &consent).await["status"], "active");

    // Where several may, one is chosen, and none beforehand.
    let key = test.draft_terms_for_two().await;
    let mut wanted = in_person();
    wanted["signers"] = json!([{ "role": "client" }, { "role": "guardian", "authority_documented": true }]);
    let signer = test.signer(&test.ask_for_link(CASE_MANAGER, &key, &wanted).await);
    let unsaid = signer.review(&TYPED).await.text();
    assert!(unsaid.contains("Say who you are."), "{unsaid}");
    assert!(!unsaid.contains("value=\"guardian\" checked"), "{unsaid}");
    let other = signer
        .review(&[&TYPED[..], &[("role", "parent")]].concat())
        .await
        .text();
    assert!(other.contains("Say who you are."), "{other}");
    let own = [&TYPED[..], &[("role", "client")]].concat();
    assert_eq!(signer.sign(&own).await.status, 303);
    assert!(signer.get("").await.text().contains("the form is about me"));
}

/// A release that an adult or their guardian may sign.
trait DraftForTwo {
    async fn draft_terms_for_two(&self) -> String;
}

impl DraftForTwo for TestGateway {
    async fn draft_terms_for_two(&self) -> String {
        let terms = json!({
            "kind": "hmis_roi",
            "discloser": { "agencies": [cast::RIVERTON_HMIS] },
            "recipients": { "agencies": [cast::RIVERTON_PD_OUTREACH] },
            "purposes": ["LE-OUTREACH"],
            "categories": { "only": ["contact"] },
            "expiry": { "at": self.clock.now().plus_seconds(30 * 86_400).to_string() },
            "no_investigative_use": true,
        });
        let town = gateway_synthetic::Town::new(7, 60, self.clock.now().date());
        let key = town.personal_id(CastMember::Rosa.index());
        self.draft(CASE_MANAGER, &key, &terms).await
    }
}
