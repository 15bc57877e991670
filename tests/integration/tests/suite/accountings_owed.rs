//! What clients asked for and are owed (45 CFR 164.528(c)): sixty days, put off once by thirty with a reason, listed until it
//! is given, the first of a kind in a year free of charge, and each step in the log.

use gateway_audit::EntryKind;
use gateway_http::Answer;
use gateway_synthetic::{CastMember, agencies as cast};
use gateway_types::{Clock as _, Date};
use serde_json::{Value, json};
use tests_support::{Asker, TestGateway, patient_key};

const PATH: &str = "/v1/accountings/requests";

fn days_from(day: Date, days: i32) -> String {
    day.plus_days(days).unwrap().to_string()
}

async fn ask(officer: &Asker, key: &str, view: &str, received: &str) -> Answer {
    let asked = json!({ "own_key": key, "view": view, "received": received });
    officer.post(PATH, &asked).await
}

async fn owed(officer: &Asker, after: Option<&Value>) -> Vec<Value> {
    let page = after.map_or_else(|| json!({}), |after| json!({ "after": after }));
    let answer = officer.post(&format!("{PATH}/owed"), &page).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["requests"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_owed_within_its_days_put_off_once_and_off_the_list_when_it_was_given() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let (officer, others) = (
        test.auditor(cast::CEDAR_RECOVERY),
        test.auditor(cast::LAKESIDE_HOSPITAL),
    );
    let today = test.clock.now().date();
    let before = test.log_size().await;
    let first = ask(&officer, &key, "hipaa", &days_from(today, -59)).await;
    assert_eq!(first.status, 201, "{}", first.text());
    let first = first.json();
    assert_eq!(first["due"], days_from(today, 1));
    assert_eq!(first["free"], true);
    assert_eq!(test.kinds_from(before).await, [EntryKind::LogAccess]);
    let late = ask(&officer, &key, "hipaa", &days_from(today, -61)).await.json();
    assert_eq!(
        late["free"], false,
        "one in twelve months is free, in whatever order they are taken down"
    );
    let again = ask(&officer, &key, "hipaa", &today.to_string()).await.json();
    assert_eq!(again["free"], false, "the second in a year");
    let other_kind = ask(&officer, &key, "part2", &today.to_string()).await.json();
    assert_eq!(
        (&other_kind["free"], &other_kind["due"]),
        (&json!(true), &json!(days_from(today, 60)))
    );
    let list = ask(&officer, &key, "intermediary", &today.to_string())
        .await
        .json();
    assert_eq!(list["due"], days_from(today, 30));

    let listed = owed(&officer, None).await;
    let ids: Vec<&Value> = listed.iter().map(|one| &one["request"]).collect();
    assert_eq!(ids[..3], [&late["request"], &first["request"], &list["request"]]);
    assert_eq!(listed.len(), 5);
    assert_eq!(
        listed.iter().map(|one| &one["overdue"]).collect::<Vec<_>>(),
        [true, false, false, false, false]
    );
    assert_eq!(owed(&officer, Some(&late["request"])).await.len(), 4);
    // Another agency has its own list, and no step to take in this one.
    assert!(owed(&others, None).await.is_empty());
    let path = |request: &Value, step| format!("{PATH}/{}/{step}", request["request"].as_str().unwrap());
    let put_off = |days| json!({ "until": days_from(today, days), "reason": "The archive is being moved." });
    let given = json!({ "on": today.to_string() });
    for (step, body) in [("put-off", put_off(31)), ("given", given.clone())] {
        assert_eq!(others.post(&path(&first, step), &body).await.status, 404);
    }
    assert_eq!(
        officer.post(&path(&late, "put-off"), &put_off(10)).await.status,
        422,
        "too late"
    );
    assert_eq!(
        officer.post(&path(&list, "put-off"), &put_off(31)).await.status,
        422,
        "an intermediary's"
    );
    assert_eq!(
        officer.post(&path(&first, "put-off"), &put_off(32)).await.status,
        422,
        "too long"
    );
    let later = officer.post(&path(&first, "put-off"), &put_off(31)).await;
    assert_eq!(later.status, 200, "{}", later.text());
    assert_eq!(later.json()["due"], days_from(today, 31));
    assert_eq!(
        officer.post(&path(&first, "put-off"), &put_off(31)).await.status,
        422,
        "twice"
    );

    let tomorrow = json!({ "on": days_from(today, 1) });
    assert_eq!(officer.post(&path(&late, "given"), &tomorrow).await.status, 422);
    let before = test.log_size().await;
    let done = officer.post(&path(&late, "given"), &given).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let client = test.client_of(cast::CEDAR_RECOVERY, &key).await;
    let entry = test.detail(&test.log_from(before).await[0], client).await;
    assert_eq!(
        *entry.note.unwrap().reveal(),
        format!("accounting given on {today}")
    );
    assert_eq!(
        officer.post(&path(&late, "given"), &given).await.status,
        404,
        "it was given"
    );
    let left = owed(&officer, None).await;
    assert!(!left.iter().any(|one| one["request"] == late["request"]));
    // Such entries are looks and no disclosures: the accounting itself is made as ever.
    let asked = json!({ "client": { "own_key": key }, "view": "hipaa" });
    let accounting = officer.post("/v1/accountings", &asked).await;
    assert_eq!(accounting.status, 200, "{}", accounting.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_law_sets_days_for_or_nobody_could_have_asked_is_not_taken_down() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let officer = test.auditor(cast::CEDAR_RECOVERY);
    let today = test.clock.now().date();
    let before = test.log_size().await;
    for (key, view, received, status) in [
        (key.as_str(), "hmis", today.to_string(), 422),
        (key.as_str(), "everything", today.to_string(), 400),
        (key.as_str(), "hipaa", days_from(today, 1), 422),
        (key.as_str(), "hipaa", days_from(today, -400), 422),
        ("nobody-by-this-key", "hipaa", today.to_string(), 422),
        ("", "hipaa", today.to_string(), 400),
    ] {
        let answer = ask(&officer, key, view, &received).await;
        assert_eq!(answer.status, status, "{view} {received}: {}", answer.text());
    }
    // Nobody but an officer.
    let asked = json!({ "own_key": key, "view": "hipaa", "received": today.to_string() });
    assert_eq!(test.clinician().post(PATH, &asked).await.status, 401);
    assert_eq!(test.log_size().await, before);
    assert!(owed(&officer, None).await.is_empty());
}
