//! No client data where it does not belong: not in logs, not in errors, not in addresses, not readable in any file.
//! After a town has been through everything, good and bad, all that was written is searched for every personal word.

use std::sync::Mutex;

use gateway_http::Answer;
use gateway_synthetic::{CastMember, Town, agencies as cast, markers};
use serde_json::{Value, json};
use tests_support::{
    Asker, Markers, Outage, PROGRAMME_STAFF, TestGateway, captured_logs, client_document, elements, nobody,
    patient_key,
};

use crate::exports::{Export, change_line};

const PICTURE: [&str; 8] = [
    "demographics",
    "contact",
    "shelter_status",
    "case_manager_contact",
    "medications",
    "conditions",
    "encounters",
    "sud_treatment",
];

/// Everything that was answered, but for the elements of disclosures, and every address that was called.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Heard {
    fn answer(&self, answer: &Answer) {
        let headers = answer
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())));
        let mut all: Vec<String> = headers.collect();
        let mut body = answer.json();
        if body.is_null() {
            all.push(answer.text());
        } else {
            if answer.status == 200
                && let Some(told) = body["disclosure"]["elements"].as_array_mut()
            {
                told.clear();
            }
            all.push(body.to_string());
        }
        self.0.lock().unwrap().extend(all);
    }

    fn value(&self, value: &Value) {
        self.0.lock().unwrap().push(value.to_string());
    }
}

/// Good questions, refused ones and unreadable ones about one person.
async fn ask_everything(test: &TestGateway, heard: &Heard, town: &Town, index: usize) -> usize {
    let identity = town.person(index).identity();
    let name = town.person(index).full_name();
    let (clinician, officer) = (test.clinician(), test.outreach_officer());
    let good = clinician.ask_about(&identity, "TREAT", &PICTURE).await;
    heard.answer(&good);
    heard.answer(
        &officer
            .ask_about(&identity, "LE-OUTREACH", &["contact", "case_manager_contact"])
            .await,
    );
    heard.answer(&clinician.ask_about(&identity, &name, &PICTURE).await);
    heard.answer(&clinician.ask_about(&identity, "TREAT", &[&name]).await);
    let question = json!({ "client": { "identity": identity, "own_key": name }, "purpose": "TREAT", "categories": ["contact"] });
    heard.answer(&clinician.post("/v1/disclosures", &question).await);
    heard.answer(
        &clinician
            .post("/v1/disclosures", &json!({ &name: identity }))
            .await,
    );
    heard.answer(
        &test
            .auditor(cast::RIVERTON_HMIS)
            .post("/v1/accountings", &json!({ "client": { "identity": identity } }))
            .await,
    );
    elements(&good).len()
}

/// Requests in which a name stands where none should.
async fn misplace_names(test: &TestGateway, heard: &Heard) {
    let rosa = CastMember::Rosa.person();
    let (name, ssn) = (rosa.full_name(), rosa.ssn.digits());
    let asker: Asker = test.clinician();
    let escaped = name.replace(' ', "%20");
    for path in [
        format!("/v1/clients/{escaped}"),
        format!("/v1/imports/{ssn}"),
        format!("/v1/log/proofs/{escaped}?ssn={ssn}"),
        format!("/?name={escaped}"),
    ] {
        heard.answer(&asker.get(&path).await);
    }
    let raw = async |media_type: &str, body: String| {
        asker
            .0
            .call("POST", "/v1/disclosures", media_type, body)
            .await
            .unwrap()
    };
    heard.answer(&raw("application/json", name.clone()).await);
    heard.answer(&raw("application/json", format!("{{\"{name}\": {ssn}}}")).await);
    heard.answer(&raw(&name, "{}".to_owned()).await);
    heard.answer(
        &test
            .caller(Some(cast::HARBOR_CRISIS))
            .with_token(name.clone())
            .post_json("/v1/disclosures", &json!({}))
            .await
            .unwrap(),
    );
    heard.answer(
        &test
            .push_client(cast::RIVERTON_HMIS, &json!({ "version": name, &ssn: name }))
            .await,
    );
    let mut document = client_document("P1", "Rosa", "Delgado-Quill", &name);
    document["client"][&name] = json!(ssn);
    heard.answer(&test.push_client(cast::RIVERTON_HMIS, &document).await);
    let form = json!({ "own_key": name, "terms": { "kind": name }, "signature": ssn });
    heard.answer(&test.asker(PROGRAMME_STAFF).post("/v1/consents", &form).await);
    heard.answer(
        &test
            .asker(PROGRAMME_STAFF)
            .post(&format!("/v1/consents/{escaped}/revocations"), &form)
            .await,
    );
}

/// Pushes whose faults carry names.
async fn push_faults(test: &TestGateway, heard: &Heard, town: &Town) {
    let good = Export::of(town);
    let rosa = town.personal_id(CastMember::Rosa.index());
    let faulty = [
        good.clone().with("Client.csv", |text| {
            change_line(&text, &rosa, |line| line.replacen(',', ",,", 1))
        }),
        good.clone().with("Client.csv", |text| {
            text.replacen("PersonalID", "Rosa Delgado-Quill", 1)
        }),
        good.clone().with("Client.csv", |text| {
            let line = text
                .lines()
                .find(|line| line.contains(&rosa))
                .unwrap()
                .replace("1987-04-19", "04/19/1987");
            format!("{text}{line}\r\n")
        }),
        good.clone().with("Enrollment.csv", |text| {
            // The day of entry into some project; which day that is moves with the clock.
            text.replacen("\"PRJ-201\",2", "\"PRJ-201\",Rosa Delgado-Quill 2", 1)
        }),
        good.clone().with("Export.csv", |text| {
            text.replacen("Odette", "Rosa Delgado-Quill", 1)
        }),
    ];
    for export in faulty {
        heard.value(
            &test
                .push(cast::RIVERTON_HMIS, "hmis-csv", "application/zip", export.zip())
                .await,
        );
    }
    let mut named = good.clone();
    named
        .0
        .push(("Rosa Delgado-Quill.csv".to_owned(), b"921047713\r\n".to_vec()));
    heard.value(
        &test
            .push(cast::RIVERTON_HMIS, "hmis-csv", "application/zip", named.zip())
            .await,
    );
    for (agency, bundle) in gateway_synthetic::fhir_bundles(town).unwrap() {
        let faulty = bundle
            .replace("\"birthDate\":\"", "\"birthDate\":\"Delgado-Quill ")
            .replace("\"Patient\"", "\"Brightwater\"");
        heard.value(
            &test
                .push(
                    agency.as_str(),
                    "fhir",
                    "application/fhir+json",
                    faulty.into_bytes(),
                )
                .await,
        );
        heard.value(
            &test
                .push(
                    agency.as_str(),
                    "fhir",
                    "application/fhir+json",
                    bundle.replacen(':', "", 40).into_bytes(),
                )
                .await,
        );
    }
    let calls = gateway_synthetic::calls_for_service_csv(town);
    heard.value(
        &test
            .push(
                cast::RIVERTON_PD_OUTREACH,
                "calls-for-service",
                "text/csv",
                calls.replace("2026-", "Delgado-Quill ").into_bytes(),
            )
            .await,
    );
    heard.value(
        &test
            .push(
                cast::RIVERTON_PD_OUTREACH,
                "calls-for-service",
                "text/csv",
                calls.replacen("person_dob", "Stroud, Ezekiel", 1).into_bytes(),
            )
            .await,
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn after_everything_no_personal_word_is_in_logs_errors_addresses_or_files() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(200).await;
    let markers = Markers::new(markers(&town));
    let heard = Heard::default();

    let tpo = test.record_tpo(&town, CastMember::Rosa).await;
    test.record_release(&town, CastMember::Marcus).await;
    let mut told = 0;
    for index in (0..200).step_by(7).chain([1, 2, 3]) {
        told += ask_everything(&test, &heard, &town, index).await;
    }
    assert!(
        told > 100,
        "hardly anything was released, so there was little to leak: {told}"
    );
    heard.answer(&test.clinician().ask_about(&nobody(), "TREAT", &PICTURE).await);
    heard.answer(&test.revoke(PROGRAMME_STAFF, &tpo).await);
    heard.answer(
        &test
            .record_consent(
                PROGRAMME_STAFF,
                &patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa),
                &json!({ "kind": "tpo" }),
            )
            .await,
    );
    misplace_names(&test, &heard).await;
    push_faults(&test, &heard, &town).await;
    for outage in [Outage::Appends, Outage::Whole, Outage::None] {
        test.audit.set(outage);
        heard.answer(&test.clinician().ask(CastMember::Rosa, "TREAT", &PICTURE).await);
        heard.answer(&test.caller(None).get("/ready").await.unwrap());
    }
    heard.answer(&test.caller(None).get("/openapi.json").await.unwrap());
    heard.answer(&test.caller(None).get("/v1/log/checkpoint").await.unwrap());
    let event = test.log_from(10).await[0].event;
    heard.answer(
        &test
            .caller(None)
            .get(&format!("/v1/log/proofs/{event}"))
            .await
            .unwrap(),
    );
    test.settle().await;

    for said in heard.0.lock().unwrap().iter() {
        assert_eq!(markers.found_in(said.as_bytes()), None, "{said}");
    }
    for (path, bytes) in test.export().await.0 {
        assert_eq!(markers.found_in(&bytes), None, "the exported log, {path}");
    }
    // While it runs (write-ahead files and all), and when it has stopped.
    assert_eq!(markers.found_under(test.folder.path()), None);
    let verification = test.verify().await;
    assert!(verification.is_intact(), "{verification}");
    let folder = test.stop().await;
    assert_eq!(markers.found_under(folder.path()), None);
    // The logs of every test of this process so far, which all are about the same town.
    let logs = captured_logs().text();
    assert!(
        logs.contains("/v1/disclosures") && logs.contains("an import ended"),
        "nothing was logged at all"
    );
    for line in logs.lines() {
        assert_eq!(markers.found_in(line.as_bytes()), None, "{line}");
    }
    // The search finds what is there.
    assert!(
        markers
            .found_in(town.person(20).ssn.digits().as_bytes())
            .is_some()
    );
}
