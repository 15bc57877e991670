//! Law enforcement suspends an accounting (45 CFR 164.528(a)(2)): who may state it, how long it runs, and that the client's
//! accounting shows nothing of it. What it hides is tried on the lines themselves (`gateway_exchange::account`).

use gateway_audit::EntryKind;
use gateway_synthetic::{CastMember, agencies as cast};
use gateway_types::{Clock as _, SystemClock, Timestamp};
use serde_json::{Value, json};
use tests_support::{TestGateway, patient_key};

const PATH: &str = "/v1/accountings/suspensions";
const DAY: i64 = 24 * 60 * 60;

fn statement(key: &str, changed: &[(&str, Value)]) -> Value {
    let now: Timestamp = SystemClock.now();
    let mut statement = json!({
        "own_key": key,
        "agency": cast::RIVERTON_PD_OUTREACH,
        "official": "Lt. Moreno, investigations",
        "form": "written",
        "stated": now.plus_seconds(-DAY).to_string(),
        "until": now.plus_seconds(60 * DAY).to_string(),
    });
    for (name, value) in changed {
        statement[*name] = value.clone();
        if value.is_null() {
            statement.as_object_mut().unwrap().remove(*name);
        }
    }
    statement
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspension_is_taken_down_listed_and_ended_and_the_clients_accounting_is_as_before() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    test.record_tpo(&town, CastMember::Rosa).await;
    let categories = ["medications", "sud_treatment"];
    test.clinician().ask(CastMember::Rosa, "TREAT", &categories).await;
    test.settle().await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let officer = test.auditor(cast::CEDAR_RECOVERY);
    let accounting = async |view: Option<&str>| {
        let asked = match view {
            Some(view) => json!({ "client": { "own_key": key }, "view": view }),
            None => json!({ "client": { "own_key": key } }),
        };
        let mut answer = officer.post("/v1/accountings", &asked).await.json();
        let places: Vec<Value> = (answer["proof"]["lists"].as_array().unwrap().iter())
            .map(|list| list["places"].clone())
            .collect();
        // Both name the moment and the size of the log.
        for moving in ["proof", "signed"] {
            answer.as_object_mut().unwrap().shift_remove(moving);
        }
        (answer.to_string(), places)
    };
    let (part2, hipaa, whole) = (
        accounting(Some("part2")).await,
        accounting(Some("hipaa")).await,
        accounting(None).await,
    );
    let before = test.log_size().await;
    let taken = officer.post(PATH, &statement(&key, &[])).await;
    assert_eq!(taken.status, 201, "{}", taken.text());
    let taken = taken.json();
    assert_eq!(
        (&taken["running"], &taken["form"]),
        (&json!(true), &json!("written"))
    );
    // It stands in the log as any look does.
    assert_eq!(test.kinds_from(before).await, [EntryKind::LogAccess]);
    let oral = statement(&key, &[("form", json!("oral")), ("until", Value::Null)]);
    let oral = officer.post(PATH, &oral).await.json();
    let stated: Timestamp = oral["stated"].as_str().unwrap().parse().unwrap();
    assert_eq!(oral["lapses"], stated.plus_seconds(30 * DAY).to_string());

    assert_eq!(accounting(Some("part2")).await, part2);
    assert_eq!(accounting(Some("hipaa")).await, hipaa);
    assert_eq!(accounting(None).await, whole);

    let whose = json!({ "own_key": key });
    let list = officer.post(&format!("{PATH}/list"), &whose).await.json();
    let list = list["suspensions"].as_array().unwrap().clone();
    assert_eq!(list.len(), 2);
    assert_eq!(list[0], taken);
    // Nobody else's officer sees it, or ends it.
    let hospital = test.auditor(cast::LAKESIDE_HOSPITAL);
    let lakeside = patient_key(&town, cast::LAKESIDE_HOSPITAL, CastMember::Rosa);
    let other = json!({ "own_key": lakeside });
    let seen = hospital.post(&format!("{PATH}/list"), &other).await.json();
    assert_eq!(seen["suspensions"], json!([]));
    let end = format!("{PATH}/{}/end", taken["suspension"].as_str().unwrap());
    assert_eq!(hospital.post(&end, &other).await.status, 404);
    let ended = officer.post(&end, &whose).await;
    assert_eq!(ended.status, 200, "{}", ended.text());
    assert!(ended.json()["ended"].is_string() && ended.json()["running"] == json!(false));
    assert_eq!(officer.post(&end, &whose).await.status, 404);
    let list = officer.post(&format!("{PATH}/list"), &whose).await.json();
    assert_eq!(list["suspensions"][0]["running"], json!(false));
    assert_eq!(list["suspensions"][1]["running"], json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_statement_that_suspends_is_taken_down() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let officer = test.auditor(cast::CEDAR_RECOVERY);
    let before = test.log_size().await;
    let now = SystemClock.now();
    let at = |days: i64| json!(now.plus_seconds(days * DAY).to_string());
    for (changed, status, why) in [
        (vec![("own_key", json!("nobody's"))], 422, "own_key"),
        (vec![("agency", json!(cast::LAKESIDE_HOSPITAL))], 422, "`agency`"),
        (vec![("agency", json!("no-such-agency"))], 422, "`agency`"),
        (vec![("official", json!(" "))], 422, "`official`"),
        (vec![("until", Value::Null)], 422, "`until`"),
        (vec![("form", json!("oral"))], 422, "`until`"),
        (vec![("stated", at(1))], 422, "future"),
        (vec![("until", at(-1))], 422, "lapsed"),
        (
            vec![
                ("form", json!("oral")),
                ("until", Value::Null),
                ("stated", at(-31)),
            ],
            422,
            "lapsed",
        ),
        (vec![("form", json!("hinted"))], 400, "form"),
        (vec![("own_key", json!(""))], 400, "own_key"),
    ] {
        let answer = officer.post(PATH, &statement(&key, &changed)).await;
        assert_eq!(answer.status, status, "{changed:?}: {}", answer.text());
        assert!(answer.text().contains(why), "{changed:?}: {}", answer.text());
        assert!(!answer.text().contains("Moreno"));
    }
    test.settle().await;
    assert_eq!(test.log_size().await, before, "what is refused is not in the log");
    let clinician = test.clinician().post(PATH, &statement(&key, &[])).await;
    assert_eq!(clinician.status, 401);
}
