//! A person stays the same person when a source merges, deletes or sends them again: what they asked for goes on binding, and
//! what was disclosed stays accounted for (45 CFR 164.528, 164.522(a)).

use gateway_http::MllpLimits;
use gateway_synthetic::{CastMember, agencies as cast};
use serde_json::{Value, json};
use tests_support::messages::{MessageLine, adt, pid, segment, visit};
use tests_support::{CASE_MANAGER, TestGateway, elements, identity};

use crate::exports::{Export, change_line};

const LAST: &str = "Quillfeather";
const BORN: &str = "1980-05-06";

/// The accounting of the client with this key, by the agency's own officer; and what `assent audit prove` says of it.
async fn accounted(test: &TestGateway, agency: &str, key: &str) -> (Value, String) {
    let asked = json!({ "client": { "own_key": key } });
    let accounting = test.auditor(agency).post("/v1/accountings", &asked).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("accounting.json");
    std::fs::write(&file, accounting.text()).unwrap();
    let key = test.gateway.log_key();
    let proved = crate::binary::run(&["audit", "prove", file.to_str().unwrap(), "--key", &key]);
    let words = String::from_utf8([proved.stdout, proved.stderr].concat()).unwrap();
    assert_eq!(proved.status.code(), Some(0), "{words}");
    (accounting.json(), words)
}

fn lines(accounting: &Value) -> Vec<u64> {
    let lines = accounting["disclosures"].as_array().unwrap().iter();
    lines.map(|line| line["index"].as_u64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_disclosed_under_a_number_that_was_merged_is_accounted_for_under_the_one_that_stays() {
    let test = TestGateway::start().await;
    let address = test
        .listen_for_messages(cast::LAKESIDE_HOSPITAL, MllpLimits::default())
        .await;
    let mut line = MessageLine::connect(address).await;
    let people = [("7", "Zanzibara"), ("8", "Wilhelmina"), ("9", "Theodora")];
    for (number, name) in people {
        let allergy = segment("AL1", &[(1, "1"), (2, "DA"), (3, "^Latex")]);
        let who = [pid(number, name, LAST, BORN), visit(number), allergy];
        assert!(line.exchange(&adt("A01", number, &who)).await.contains("|AA|"));
        let asked = identity(name, LAST, BORN);
        let answer = test.clinician().ask_about(&asked, "TREAT", &["allergies"]).await;
        assert_eq!(elements(&answer).len(), 1, "{}", answer.text());
    }
    test.settle().await;
    let mut before = Vec::new();
    for (number, _) in people {
        let (accounting, words) =
            accounted(&test, cast::LAKESIDE_HOSPITAL, &format!("LAKESIDE|{number}")).await;
        assert_eq!(lines(&accounting).len(), 1, "{words}");
        assert_eq!(accounting.get("merged"), None);
        before.extend(lines(&accounting));
    }
    // One into the next, and that one into a third.
    for (id, into, gone) in [("20", "8", "7"), ("21", "9", "8")] {
        let into = segment("PID", &[(3, &format!("{into}^^^LAKESIDE^MR"))]);
        let gone = segment("MRG", &[(1, &format!("{gone}^^^LAKESIDE^MR"))]);
        assert!(
            line.exchange(&adt("A40", id, &[into, gone]))
                .await
                .contains("|AA|")
        );
    }
    let (accounting, words) = accounted(&test, cast::LAKESIDE_HOSPITAL, "LAKESIDE|9").await;
    assert_eq!(lines(&accounting), before);
    assert_eq!(accounting["merged"].as_array().unwrap().len(), 2);
    assert_eq!(words.matches("Merged with ").count(), 2, "{words}");
    assert_eq!(
        words.matches("1 disclosures, none left out").count(),
        3,
        "{words}"
    );
    // A line of those who went is missed as any other.
    let mut shorter = accounting.clone();
    shorter["disclosures"].as_array_mut().unwrap().remove(0);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("accounting.json");
    std::fs::write(&file, shorter.to_string()).unwrap();
    let key = test.gateway.log_key();
    let complaint = crate::binary::fails(&["audit", "prove", file.to_str().unwrap(), "--key", &key], 65);
    assert!(complaint.contains("has no line in the accounting"), "{complaint}");
    // Under the number that went there is still what was disclosed under it.
    let (accounting, _) = accounted(&test, cast::LAKESIDE_HOSPITAL, "LAKESIDE|7").await;
    assert_eq!(lines(&accounting), before[..1]);
    // Used again, it is another client's: nobody is told of the one before.
    let who = [pid("7", "Bartholomew", "Featherstone", "1991-12-13"), visit("70")];
    assert!(line.exchange(&adt("A01", "30", &who)).await.contains("|AA|"));
    let (accounting, _) = accounted(&test, cast::LAKESIDE_HOSPITAL, "LAKESIDE|7").await;
    assert_eq!(lines(&accounting), Vec::<u64>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_who_was_deleted_and_is_sent_again_is_the_same_client() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let marcus = town.personal_id(CastMember::Marcus.index());
    let told = async || {
        let categories = ["case_manager_contact", "medications"];
        let answer = test
            .clinician()
            .ask(CastMember::Marcus, "TREAT", &categories)
            .await;
        let told = elements(&answer).into_iter();
        told.filter(|element| element["source"] == cast::RIVERTON_HMIS)
            .count()
    };
    assert!(told().await > 0);
    let client = test.client_of(cast::RIVERTON_HMIS, &marcus).await;
    let wish = json!({ "withhold": { "categories": "all", "from": "everybody" } });
    let asked = json!({ "own_key": marcus, "wish": wish });
    let restriction = test
        .asker(CASE_MANAGER)
        .post("/v1/restrictions", &asked)
        .await
        .json();
    let path = format!(
        "/v1/restrictions/{}/steps",
        restriction["restriction"].as_str().unwrap()
    );
    let agreed = test
        .asker(CASE_MANAGER)
        .post(&path, &json!({ "agree": {} }))
        .await;
    assert_eq!(agreed.status, 200, "{}", agreed.text());
    assert_eq!(told().await, 0);
    test.settle().await;
    let (accounting, _) = accounted(&test, cast::RIVERTON_HMIS, &marcus).await;
    let before = lines(&accounting);
    assert!(!before.is_empty());

    let push = async |export: Export| {
        let status = test
            .push(cast::RIVERTON_HMIS, "hmis-csv", "application/zip", export.zip())
            .await;
        assert_eq!(status["state"], "published", "{status}");
    };
    push(Export::of(&town).with("Client.csv", |text| {
        change_line(&text, &marcus, |line| {
            line.replacen("\"USR-02\",,", "\"USR-02\",2026-11-20 09:00:00,", 1)
        })
    }))
    .await;
    assert_eq!(test.client_of(cast::RIVERTON_HMIS, &marcus).await, None);
    // What was disclosed was disclosed.
    let (accounting, words) = accounted(&test, cast::RIVERTON_HMIS, &marcus).await;
    assert_eq!(lines(&accounting), before, "{words}");

    push(Export::of(&town)).await;
    assert_eq!(test.client_of(cast::RIVERTON_HMIS, &marcus).await, client);
    assert_eq!(told().await, 0, "what the client asked for binds as before");
    let (accounting, _) = accounted(&test, cast::RIVERTON_HMIS, &marcus).await;
    assert!(lines(&accounting).starts_with(&before));
}
