//! Agreements as an operator meets them: two people approve, the serving gateway takes up what comes into force, every
//! version stays readable.

use std::fs;
use std::time::{Duration, Instant};

use gateway_synthetic::agencies as cast;
use serde_json::{Value, json};
use tests_support::{APPROVERS, CLINICIAN, nobody};

use crate::binary::{Office, Serving, fails, run, said};

const CARE: &str = "riverton-crisis-care.toml";

/// What `assent policies ...` complains about; it must not succeed.
#[track_caller]
fn refused(output: &std::process::Output, code: i32) -> String {
    let complaint = said(&output.stderr);
    assert_eq!(
        output.status.code(),
        Some(code),
        "{complaint}{}",
        said(&output.stdout)
    );
    complaint
}

#[test]
fn an_agreement_comes_into_force_when_two_have_approved_this_very_file() {
    let office = Office::furnish();
    let file = format!("mou/{CARE}");
    // Nobody, then one, then the same one again.
    assert!(refused(&office.activate(&[&file]), 65).contains("it is not approved"));
    let approved = office.approve(CARE, APPROVERS[0], &[]);
    assert!(approved.status.success(), "{}", said(&approved.stderr));
    let told = said(&approved.stdout);
    assert!(
        told.contains("action: activate") && told.contains("one more person"),
        "{told}"
    );
    assert!(refused(&office.activate(&[&file]), 65).contains("1 of 2 approvals"));
    assert!(refused(&office.approve(CARE, APPROVERS[0], &[]), 65).contains("has signed it already"));
    // Somebody else's name over one's own key.
    let key = office.at(&format!("{}.key", APPROVERS[0])).display().to_string();
    let path = office.at(&file).display().to_string();
    let borrowed = fails(
        &["policies", "approve", &path, "--as", APPROVERS[1], "--key", &key],
        64,
    );
    assert!(borrowed.contains("is the key of"), "{borrowed}");
    let approved = office.approve(CARE, APPROVERS[1], &[]);
    assert!(
        said(&approved.stdout).contains("that is enough"),
        "{}",
        said(&approved.stderr)
    );

    // The file is changed after that, if only in a comment.
    let text = fs::read_to_string(office.at(&file)).unwrap();
    fs::write(office.at(&file), format!("{text}\n# harmless")).unwrap();
    assert!(refused(&office.activate(&[&file]), 65).contains("another file"));
    assert!(refused(&office.approve(CARE, APPROVERS[1], &[]), 65).contains("of no use for this file"));
    fs::write(office.at(&file), &text).unwrap();

    // A gateway that knows one of the two no longer.
    let usual = office.usual();
    office.configure(&usual.replacen(
        "riverton-hmis\"\nkey",
        "riverton-hmis\"\nuntil = \"2026-01-01\"\nkey",
        1,
    ));
    let lapsed = refused(&office.activate(&[&file]), 65);
    assert!(lapsed.contains("could approve until 2026-01-01"), "{lapsed}");
    office.configure(&usual);

    let activated = office.activate(&[&file]);
    let told = said(&activated.stdout);
    assert!(activated.status.success(), "{}", said(&activated.stderr));
    assert!(
        told.contains("riverton-crisis-care 1.0.0 is in force")
            && APPROVERS.iter().all(|one| told.contains(one)),
        "{told}"
    );
    assert!(refused(&office.activate(&[&file]), 65).contains("is in force"));
}

#[test]
fn a_faulty_agreement_is_refused_with_its_line() {
    let office = Office::furnish();
    let file = office.at("mou").join("riverton-outreach.toml");
    let text = fs::read_to_string(&file).unwrap();
    let faulty = text.replacen(
        "purposes = [\"LE-OUTREACH\"]",
        "purposes = [\"LE-OUTREACHING\"]",
        1,
    );
    fs::write(&file, faulty).unwrap();
    let complaint = refused(&office.approve("riverton-outreach.toml", APPROVERS[0], &[]), 65);
    assert!(complaint.contains("riverton-outreach.toml:"), "{complaint}");
    let untested = text.split("[[test]]").next().unwrap();
    let expired = untested.replacen("\nreview_by", "\nexpires = 2025-06-30\nreview_by", 1);
    assert_ne!(expired, untested);
    fs::write(&file, expired).unwrap();
    let complaint = refused(&office.approve("riverton-outreach.toml", APPROVERS[0], &[]), 65);
    assert!(complaint.contains("expired"), "{complaint}");
}

#[test]
fn two_people_with_one_key_are_refused_with_the_configuration() {
    let office = Office::furnish();
    let usual = office.usual();
    let [one, other] = APPROVERS;
    let key = |person: &str| fs::read_to_string(office.at(&format!("{person}.public"))).unwrap();
    let complaint = office.is_refused(&usual.replace(&key(other), &key(one)));
    assert!(
        complaint.contains("policies.approver") && complaint.contains("have the same key"),
        "{complaint}"
    );
    let complaint =
        office.is_refused(&usual.replace(&format!("person = \"{other}\""), "person = \"somebody\""));
    assert!(complaint.contains("is called `s-lindqvist`"), "{complaint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_serving_gateway_takes_up_what_another_process_changes() {
    let office = Office::furnish();
    assert!(office.register(cast::HARBOR_CRISIS).status.success());
    let serving = Serving::start(&office);
    let token = office.credentials.token(CLINICIAN).unwrap();
    let clinician = serving
        .caller(&office, Some(cast::HARBOR_CRISIS))
        .with_token(token);
    let question =
        json!({ "client": { "identity": nobody() }, "purpose": "TREAT", "categories": ["medications"] });
    let answers = async |wanted: u16| {
        let begun = Instant::now();
        loop {
            let answer = clinician.post_json("/v1/disclosures", &question).await.unwrap();
            if answer.status == wanted {
                return;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "it did not come to {wanted}: {}",
                answer.text()
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    // No agreement: refused. Approved and activated beside it: answered, without a restart.
    assert_eq!(
        clinician
            .post_json("/v1/disclosures", &question)
            .await
            .unwrap()
            .status,
        403
    );
    let approve = |name: &str, more: &[&str]| {
        for person in APPROVERS {
            let approved = office.approve(name, person, more);
            assert!(approved.status.success(), "{}", said(&approved.stderr));
        }
    };
    approve(CARE, &[]);
    let activated = office.activate(&[&format!("mou/{CARE}")]);
    assert!(activated.status.success(), "{}", said(&activated.stderr));
    answers(200).await;
    approve(CARE, &["--retire"]);
    let retired = office.policies("retire", &[&format!("mou/{CARE}")]);
    assert!(retired.status.success(), "{}", said(&retired.stderr));
    answers(403).await;
    approve("riverton-outreach.toml", &[]);
    let activated = office.activate(&["mou/riverton-outreach.toml"]);
    assert!(activated.status.success(), "{}", said(&activated.stderr));
    answers(200).await;

    // Every version stays readable, beside the gateway that serves.
    let config = office.config();
    let listed = run(&["policies", "versions", "--config", &config, "--json"]);
    let changes: Value = serde_json::from_slice(&listed.stdout).unwrap();
    let done: Vec<(&str, &str, bool)> = changes
        .as_array()
        .unwrap()
        .iter()
        .map(|change| {
            (
                change["agreement"].as_str().unwrap(),
                change["action"].as_str().unwrap(),
                change["in_force"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        done,
        [
            ("riverton-crisis-care", "activate", false),
            ("riverton-crisis-care", "retire", false),
            ("riverton-outreach", "activate", true),
        ]
    );
    assert_eq!(changes[0]["approved_by"], json!(APPROVERS));
    let hash = changes[0]["hash"].as_str().unwrap();
    let shown = run(&["policies", "show", hash.get(..19).unwrap(), "--config", &config]);
    let told = said(&shown.stdout);
    assert!(shown.status.success(), "{}", said(&shown.stderr));
    // What is printed is still the file.
    let again = policies::mou::heading("shown.toml", &told).unwrap();
    assert_eq!(again.hash.to_string(), hash);
    assert!(
        told.contains("left force") && told.contains("replaces: none"),
        "{told}"
    );
    let words = said(&run(&["policies", "versions", "--config", &config]).stdout);
    assert!(words.contains("1.0.0 in force since"), "{words}");
    assert!(
        fails(&["policies", "show", "sha256:00000000", "--config", &config], 65)
            .contains("was ever in force")
    );

    // Recorded decisions are worked out again, and explained, beside the gateway that serves; the look is logged.
    let looker = ["--config", &config, "--by", APPROVERS[0]];
    let replayed = run(&[
        &["policies", "replay", "--since", "2020-01-01", "--json"],
        &looker[..],
    ]
    .concat());
    assert!(replayed.status.success(), "{}", said(&replayed.stderr));
    let report: Value = serde_json::from_slice(&replayed.stdout).unwrap();
    assert!(report["decisions"].as_u64().unwrap() >= 4, "{report}");
    assert_eq!(report["decisions"], report["same"], "{report}");
    let answer = clinician.post_json("/v1/disclosures", &question).await.unwrap();
    let event = answer.json()["receipt"]["event"].as_str().unwrap().to_owned();
    let explained = run(&[&["policies", "explain", "--receipt", &event], &looker[..]].concat());
    let told = said(&explained.stdout);
    assert!(
        explained.status.success() && told.contains(&event) && told.contains("The answer is neutral"),
        "{told}{}",
        said(&explained.stderr)
    );
    let nobody_looks = fails(
        &["policies", "explain", "--receipt", &event, "--config", &config],
        2,
    );
    assert!(nobody_looks.contains("--by"), "{nobody_looks}");

    serving.signal("TERM");
    let (code, log) = serving.ended(Duration::from_secs(10));
    assert_eq!(code, Some(0), "{log}");
    let taken_up = log.matches("\"agreements in force\"").count();
    assert_eq!(taken_up, 3, "{log}");

    // A gateway that no longer knows the approvers does not start on what they approved.
    let bare: String = office
        .usual()
        .split("[[policies.approver]]")
        .next()
        .unwrap()
        .to_owned();
    office.configure(&bare);
    let complaint = fails(&["serve", "--config", &config], 65);
    assert!(complaint.contains("is not an approver"), "{complaint}");
}
