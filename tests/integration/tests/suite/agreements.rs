//! Agreements change under a gateway that serves: the next question is answered by them, nothing half, nothing unapproved.

use gateway_audit::EntryKind;
use gateway_crypto::Digest;
use gateway_exchange::agreements::{NotChanged, NotTakenUp, TakenUp};
use gateway_store::{AgreementAction, AgreementChange, AgreementEpoch};
use gateway_synthetic::CastMember;
use gateway_types::{Clock as _, EventId};
use policies::mou::heading;
use serde_json::json;
use tests_support::{AGREEMENTS, APPROVERS, TestGateway, approval, change, elements, leaf};

const ASKED: [&str; 3] = ["medications", "case_manager_contact", "shelter_status"];
const CARE: &str = AGREEMENTS[0].1;

/// The agreement, no longer telling clinicians whom of the housing side to call.
fn narrower() -> String {
    let hash = heading("care.toml", CARE).unwrap().hash;
    let fewer = CARE.replacen(
        "\"contact\", \"case_manager_contact\", \"shelter_status\"",
        "\"contact\", \"shelter_status\"",
        1,
    );
    assert_ne!(fewer, CARE);
    let text = fewer.replacen("version   = \"1.0.0\"", "version   = \"2.0.0\"", 1);
    let text = text.replacen(
        "\n[[party]]",
        &format!("\n[supersedes]\nversion = \"1.0.0\"\nhash = \"{hash}\"\n\n[[party]]"),
        1,
    );
    // The tests inside say what version 1 shows.
    text.split("[[test]]").next().unwrap().to_owned()
}

/// What version 1 shows and version 2 does not.
const WHOM_TO_CALL: &str = "case_manager_contact of riverton-hmis";

async fn seen(test: &TestGateway) -> Vec<String> {
    told(&test.clinician().ask(CastMember::Marcus, "TREAT", &ASKED).await)
}

/// What an answer tells of whom; its status if it is a refusal.
fn told(answer: &gateway_http::Answer) -> Vec<String> {
    if answer.status != 200 {
        return vec![answer.status.as_u16().to_string()];
    }
    let mut told: Vec<String> = elements(answer)
        .iter()
        .map(|element| {
            let word = |key: &str| element[key].as_str().unwrap().to_owned();
            format!("{} of {}", word("category"), word("source"))
        })
        .collect();
    told.sort();
    told.dedup();
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_answer_follows_a_change_and_every_entry_names_its_set() {
    let test = TestGateway::start().await;
    test.take_in_town(60).await;
    let before = seen(&test).await;
    assert!(before.contains(&WHOM_TO_CALL.to_owned()), "{before:?}");
    let first = test.gateway.in_force();
    test.settle().await;
    let place = test.log_size().await;

    let epoch = change(
        &test.gateway,
        AgreementAction::Activate,
        &narrower(),
        test.clock.now(),
    )
    .await
    .unwrap();
    let second = test.gateway.in_force();
    assert_eq!((first.epoch(), epoch.number, second.epoch()), (1, 2, 2));
    assert_ne!(first.agreements().hash(), second.agreements().hash());
    let after = seen(&test).await;
    assert!(!after.contains(&WHOM_TO_CALL.to_owned()), "{after:?}");
    assert!(
        after.contains(&"medications of lakeside-hospital".to_owned()),
        "{after:?}"
    );

    // Retirement closes at once: no agreement lists the purpose any more.
    for text in [&narrower(), AGREEMENTS[1].1] {
        change(&test.gateway, AgreementAction::Retire, text, test.clock.now())
            .await
            .unwrap();
    }
    assert_eq!(seen(&test).await, ["403"]);

    test.settle().await;
    let entries = test.log_from(place).await;
    let kinds: Vec<EntryKind> = entries.iter().map(|entry| leaf(entry).kind).collect();
    assert_eq!(
        kinds,
        [
            EntryKind::PolicyVersion,
            EntryKind::Intent,
            EntryKind::Completion,
            EntryKind::PolicyVersion,
            EntryKind::PolicyVersion,
            EntryKind::Denial,
        ]
    );
    let changed = test.detail(&entries[0], None).await;
    assert_eq!(entries[0].event, epoch.event);
    assert_eq!(changed.agreement_set, Some(second.agreements().hash()));
    assert_eq!(changed.rule_set, Some(policies::rule_set_hash()));
    let note = changed.note.unwrap();
    assert!(APPROVERS.iter().all(|person| note.reveal().contains(person)));
    let narrow = heading("care.toml", &narrower()).unwrap().hash;
    assert!(changed.agreements.iter().any(|version| version.hash == narrow));
    let client = client_of_entry(&test, &entries[1]).await;
    let disclosed = test.detail(&entries[1], client).await;
    assert_eq!(disclosed.agreement_set, Some(second.agreements().hash()));
    assert_eq!(disclosed.rule_set, Some(policies::rule_set_hash()));
    assert!(disclosed.agreements.iter().all(|version| version.hash == narrow));
    assert!(!disclosed.agreements.is_empty());
    let refused = test.detail(&entries[5], None).await;
    assert_eq!(
        refused.agreement_set,
        Some(test.gateway.in_force().agreements().hash())
    );
    // The leaf names rules and agreements too, in the clear.
    let named = |set: Digest| Digest::of_parts(&[policies::rule_set_hash().as_bytes(), set.as_bytes()]);
    assert_eq!(leaf(&entries[1]).policy, named(second.agreements().hash()));
    assert!(test.verify().await.is_intact());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_that_must_not_run_under_this_release_does_not_come_into_force() {
    let test = TestGateway::start().await;
    let (before, size) = (test.gateway.in_force(), test.log_size().await);
    test.not_cleared.set("another floor".to_owned()).unwrap();
    let now = test.clock.now();
    let refused = change(&test.gateway, AgreementAction::Activate, &narrower(), now).await;
    let Err(NotChanged::After(NotTakenUp::NotCleared(why))) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(why, "another floor");
    assert_eq!(
        test.gateway.in_force().agreements().hash(),
        before.agreements().hash()
    );
    assert_eq!(
        test.records.newest_agreement_epoch().await.unwrap(),
        before.epoch()
    );
    assert_eq!(test.log_size().await, size);
}

async fn client_of_entry(
    test: &TestGateway,
    entry: &gateway_store::StoredEntry,
) -> Option<gateway_types::ClientId> {
    use gateway_store::AuditStore as _;
    let wanted = entry.client.clone()?;
    test.records
        .every_client()
        .await
        .unwrap()
        .into_iter()
        .find(|client| test.audit.client_tag(*client) == wanted)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_approved_by_two_for_this_very_change_changes_nothing() {
    let test = TestGateway::start().await;
    let now = test.clock.now();
    let size = test.log_size().await;
    let text = narrower();
    let set = test.gateway.in_force().agreements().hash();
    let refusal = |action: AgreementAction, text: String, approval: String| {
        let gateway = std::sync::Arc::clone(&test.gateway);
        async move {
            let wanted = gateway_exchange::agreements::WantedChange {
                action,
                name: "care.toml",
                text: &text,
                approval: &approval,
            };
            gateway
                .change_agreements(&[wanted])
                .await
                .unwrap_err()
                .to_string()
        }
    };
    let activate = AgreementAction::Activate;
    for (approval, words) in [
        (
            approval(activate, &text, &APPROVERS[..1], now),
            "1 of 2 approvals",
        ),
        (
            approval(activate, &text, &[APPROVERS[0], APPROVERS[0]], now),
            "signed twice",
        ),
        (
            approval(activate, &text, &[APPROVERS[0], "a-stranger"], now),
            "`a-stranger` is not an approver",
        ),
        (
            approval(AgreementAction::Retire, &text, &APPROVERS, now),
            "another action",
        ),
        (approval(activate, CARE, &APPROVERS, now), "another content"),
        (
            approval(activate, &text.replace("2.0.0", "2.0.1"), &APPROVERS, now),
            "another content",
        ),
        (
            approval(activate, &format!("{text}\n# a comment"), &APPROVERS, now),
            "another file",
        ),
        (
            approval(activate, &text, &APPROVERS, now.plus_seconds(3600)),
            "still to come",
        ),
        (
            approval(activate, &text, &APPROVERS, now).replace("agreement: riverton", "agreement: harbor"),
            "does not fit",
        ),
        ("approved, both of us".to_owned(), "cannot be read"),
    ] {
        let said = refusal(activate, text.clone(), approval).await;
        assert!(
            said.contains(words) && said.contains("care.toml"),
            "{words}: {said}"
        );
    }
    // Files that say themselves that they are not to be used, or no longer.
    let unready = [
        (text.replacen("\"active\"", "\"draft\"", 1), "status"),
        (
            text.replacen(
                "[[signature]]\nparty = \"crisis\"",
                "[[signature]]\nparty = \"hmis\"",
                1,
            ),
            "signature",
        ),
        (
            text.replacen("review_by", "expires   = 2025-06-30\nreview_by", 1),
            "expired",
        ),
    ];
    for (text, words) in unready {
        let signed = approval(activate, &text, &APPROVERS, now);
        let said = refusal(activate, text, signed).await;
        assert!(said.contains(words), "{words}: {said}");
    }
    // Approved to take the place of a version that is not in force, as when two were made from the same one.
    let race = text.replacen(
        &heading("care.toml", CARE).unwrap().hash.to_string(),
        &Digest::of(b"another").to_string(),
        1,
    );
    let signed = approval(activate, &race, &APPROVERS, now);
    let said = refusal(activate, race, signed).await;
    assert!(
        said.contains("approved to take the place of") && said.contains("is in force"),
        "{said}"
    );
    let outcome = change(&test.gateway, AgreementAction::Retire, &text, now).await;
    assert!(matches!(outcome, Err(NotChanged::Moved { .. })), "{outcome:?}");
    // Nothing happened: no epoch, no entry, the same set.
    assert_eq!(test.records.newest_agreement_epoch().await.unwrap(), 1);
    assert_eq!(test.log_size().await, size);
    assert_eq!(test.gateway.in_force().agreements().hash(), set);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_is_used_once() {
    let test = TestGateway::start().await;
    let now = test.clock.now();
    change(&test.gateway, AgreementAction::Retire, CARE, now)
        .await
        .unwrap();
    change(
        &test.gateway,
        AgreementAction::Activate,
        CARE,
        now.plus_seconds(1),
    )
    .await
    .unwrap();
    // The approval of the first retirement, once more.
    let again = change(&test.gateway, AgreementAction::Retire, CARE, now).await;
    assert!(matches!(again, Err(NotChanged::Conflict { .. })), "{again:?}");
    assert_eq!(test.gateway.in_force().epoch(), 3);
    change(&test.gateway, AgreementAction::Retire, CARE, now.plus_seconds(2))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_got_into_the_store_without_approval_never_comes_into_force() {
    let test = TestGateway::start().await;
    test.take_in_town(60).await;
    let before = seen(&test).await;
    let text = narrower();
    let heading = heading("care.toml", &text).unwrap();
    let smuggled = AgreementEpoch {
        number: 2,
        event: EventId::from_bytes([8; 16]),
        at: test.clock.now(),
        changes: vec![AgreementChange {
            mou: heading.id,
            action: AgreementAction::Activate,
            version: heading.version,
            hash: heading.hash,
            replaced: heading.supersedes,
            text: Some(text.clone()),
            approval: approval(
                AgreementAction::Activate,
                &text,
                &[APPROVERS[0], "a-stranger"],
                test.clock.now(),
            ),
            statement: Digest::of(b"smuggled"),
        }],
    };
    test.records.enter_agreement_epoch(&smuggled).await.unwrap();
    let size = test.log_size().await;
    for _ in 0..2 {
        let refused = test.gateway.take_up_agreements().await.unwrap_err().to_string();
        assert!(
            refused.contains("epoch 2") && refused.contains("a-stranger"),
            "{refused}"
        );
        assert_eq!(test.gateway.in_force().epoch(), 1);
        assert_eq!(test.log_size().await, size);
    }
    assert_eq!(seen(&test).await, before);
    // It goes on serving, and says that somebody is needed.
    let health = test.caller(None).get("/health").await.unwrap();
    assert_eq!(health.status, 200);
    assert_eq!(
        health.json(),
        json!({
            "status": "ok",
            "concerns": ["the newest agreements could not be taken up: the earlier ones stay in force"]
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_comes_into_force_before_its_entry_is_durable() {
    let test = TestGateway::start().await;
    test.take_in_town(60).await;
    let before = seen(&test).await;
    test.settle().await;
    test.audit.set(tests_support::Outage::Appends);
    let outcome = change(
        &test.gateway,
        AgreementAction::Activate,
        &narrower(),
        test.clock.now(),
    )
    .await;
    assert!(
        matches!(outcome, Err(NotChanged::NotLogged { epoch: 2, .. })),
        "{outcome:?}"
    );
    assert_eq!(test.gateway.in_force().epoch(), 1);
    test.audit.set(tests_support::Outage::None);
    // As soon as the log can be written it comes into force, with one entry.
    let size = test.log_size().await;
    let mut taken_up = test.gateway.take_up_agreements().await;
    for _ in 0..100 {
        if taken_up.is_ok() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        taken_up = test.gateway.take_up_agreements().await;
    }
    assert_eq!(taken_up.unwrap(), TakenUp::Epoch(2));
    let kinds: Vec<EntryKind> = test
        .log_from(size)
        .await
        .iter()
        .map(|entry| leaf(entry).kind)
        .collect();
    assert_eq!(kinds, [EntryKind::PolicyVersion]);
    assert_ne!(seen(&test).await, before);
    assert_eq!(test.gateway.take_up_agreements().await.unwrap(), TakenUp::Nothing);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_changes_agreements_and_a_question_ends_under_the_set_it_began_with() {
    let Some(url) = tests_postgres::database_or_skip("agreements from another process") else {
        return;
    };
    let server = tests_postgres::shared().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let copy = tempfile::tempdir().unwrap();
    let first = TestGateway::start_on_postgres(&url, folder).await;
    std::fs::copy(
        first.folder.path().join("master.key"),
        copy.path().join("master.key"),
    )
    .unwrap();
    first.take_in_town(60).await;
    let second = TestGateway::start_on_postgres(&url, copy).await;
    let before = seen(&first).await;
    let old = first.gateway.in_force();

    // Somebody holds the elements, so that a question stops between its gates and its decision.
    let holder = {
        let url = url.clone();
        std::thread::spawn(move || {
            let _cut_off = server.psql(
                &url,
                "LOCK TABLE statements IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)",
            );
        })
    };
    let until = |statement: &'static str| {
        let url = url.clone();
        async move {
            for _ in 0..300 {
                if server.psql(&url, statement).unwrap().trim() == "t" {
                    return;
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            panic!("it did not come to that: {statement}");
        }
    };
    until(
        "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE relation = 'statements'::regclass \
         AND mode = 'AccessExclusiveLock' AND granted)",
    )
    .await;
    let asker = first.clinician();
    let question = tokio::spawn(async move { asker.ask(CastMember::Marcus, "TREAT", &ASKED).await });
    until("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE relation = 'statements'::regclass AND NOT granted)")
        .await;
    change(
        &second.gateway,
        AgreementAction::Activate,
        &narrower(),
        second.clock.now(),
    )
    .await
    .unwrap();
    assert_eq!(first.gateway.in_force().epoch(), 1, "it has not looked yet");
    assert_eq!(
        first.gateway.take_up_agreements().await.unwrap(),
        TakenUp::Epoch(2)
    );
    server
        .psql(
            &url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)' \
             AND pid <> pg_backend_pid()",
        )
        .unwrap();
    holder.join().unwrap();
    let answer = question.await.unwrap();
    assert_eq!(
        told(&answer),
        before,
        "it did not end under the set it began with"
    );
    assert!(!seen(&first).await.contains(&WHOM_TO_CALL.to_owned()));

    // Its entry comes after the change in the log, and names the set before it.
    first.settle().await;
    let entries = first.log_from(0).await;
    let changed = entries
        .iter()
        .rposition(|entry| leaf(entry).kind == EntryKind::PolicyVersion)
        .unwrap();
    let kinds: Vec<EntryKind> = entries[changed..].iter().map(|entry| leaf(entry).kind).collect();
    assert_eq!(kinds[1], EntryKind::Intent, "one entry for the change: {kinds:?}");
    let late = first
        .detail(
            &entries[changed + 1],
            client_of_entry(&first, &entries[changed + 1]).await,
        )
        .await;
    assert_eq!(late.agreement_set, Some(old.agreements().hash()));
    assert!(first.verify().await.is_intact());
}
