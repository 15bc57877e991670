//! What a registration that comes after the records does to them, and what taking it back does not.

use gateway_audit::EntryKind;
use gateway_synthetic::agencies as cast;
use gateway_types::registry::{Agency, Programme};
use gateway_types::vocabulary::{Regime, WordSet};
use gateway_types::{AgencyId, ProgrammeId, SourceClientKey, StaffId};
use serde_json::{Value, json};
use tests_support::{TestGateway, client_document, elements, identity};

const LAST: &str = "Quillfeather";
const BORN: &str = "1980-05-06";

fn hmis(test: &TestGateway) -> Agency {
    let mut agencies = test.agencies.iter();
    let found = agencies.find(|agency| agency.id.as_str() == cast::RIVERTON_HMIS);
    let mut agency = found.unwrap().clone();
    // Nothing stands for the names that no programme lists.
    for programme in &mut agency.programmes {
        programme.covers_unnamed = false;
    }
    agency
}

fn pier(regime: Regime, covers_unnamed: bool) -> Programme {
    Programme {
        id: ProgrammeId::new("pier-house").unwrap(),
        name: "Pier House".to_owned(),
        regimes: WordSet::EMPTY.with(regime),
        source_names: if covers_unnamed {
            Vec::new()
        } else {
            vec!["J1".to_owned()]
        },
        covers_unnamed,
    }
}

async fn register(test: &TestGateway, agency: &Agency) {
    // A registration binds what came before its moment.
    test.clock.advance(1);
    let by = ["one", "two"].map(|staff| StaffId::new(staff).unwrap());
    test.gateway.enter_agency(agency, &by).await.unwrap();
    test.clock.advance(1);
}

async fn push(test: &TestGateway, key: &str, name: &str) {
    let document = client_document(key, name, LAST, BORN);
    let answer = test.push_client(cast::RIVERTON_HMIS, &document).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
}

async fn told(test: &TestGateway, name: &str) -> Vec<Value> {
    let whom = identity(name, LAST, BORN);
    let known = ["shelter_status", "case_manager_contact"];
    elements(&test.clinician().ask_about(&whom, "TREAT", &known).await)
}

async fn on_file(test: &TestGateway, key: &str) -> bool {
    let agency = AgencyId::new(cast::RIVERTON_HMIS).unwrap();
    let found = test
        .records
        .clients_of_source(&agency, &[SourceClientKey::new(key)])
        .await
        .unwrap();
    found[0].is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_that_is_taken_back_leaves_nothing_freer_than_it_was_unknown() {
    for covers_unnamed in [false, true] {
        let test = TestGateway::start().await;
        let unnamed = hmis(&test);
        register(&test, &unnamed).await;
        push(&test, "P1", "Zanzibara").await;
        let unknown = told(&test, "Zanzibara").await.len();
        // Known at last, under a law that lets a clinician see it: that counts from the next question.
        let with = |regime| {
            let mut agency = unnamed.clone();
            agency.programmes.push(pier(regime, covers_unnamed));
            agency
        };
        register(&test, &with(Regime::Hmis)).await;
        let known = told(&test, "Zanzibara").await.len();
        assert!(known > unknown, "{known} {unknown}");
        register(&test, &unnamed).await;
        assert_eq!(told(&test, "Zanzibara").await.len(), unknown);

        // Under Part 2 for a while, then as before it: what it was bound by it stays bound by.
        register(&test, &with(Regime::P2)).await;
        let bound = told(&test, "Zanzibara").await.len();
        register(&test, &with(Regime::Hmis)).await;
        assert_eq!(told(&test, "Zanzibara").await.len(), bound);
        assert!(bound < known, "{bound} {known}");
        // What comes from then on is bound by what is registered then.
        let mut anew = client_document("P1", "Zanzibara", LAST, BORN);
        anew["current_living_situations"][0]["InformationDate"] = json!("2026-11-08");
        anew["enrollments"][0]["EntryDate"] = json!("2026-09-02");
        assert_eq!(test.push_client(cast::RIVERTON_HMIS, &anew).await.status, 201);
        assert!(told(&test, "Zanzibara").await.len() > bound);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_of_what_is_registered_late_as_a_victim_service_leave_the_index_and_stay_away() {
    let test = TestGateway::start().await;
    let unnamed = hmis(&test);
    register(&test, &unnamed).await;
    push(&test, "P1", "Zanzibara").await;
    // Of the other one another project knows something as well.
    let mut both = client_document("P2", "Ottoline", LAST, BORN);
    both["projects"].as_array_mut().unwrap().push(json!({
        "ProjectID": "J2", "OrganizationID": "O1", "ProjectName": "Mill House", "ProjectType": 0,
        "TargetPopulation": 4, "HOPWAMedAssistedLivingFac": null,
    }));
    both["enrollments"].as_array_mut().unwrap().push(json!({
        "EnrollmentID": "E2", "ProjectID": "J2", "EntryDate": "2026-09-01", "UserID": "U1",
    }));
    let answer = test.push_client(cast::RIVERTON_HMIS, &both).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert!(on_file(&test, "P1").await && on_file(&test, "P2").await);

    let size = test.log_size().await;
    let mut late = unnamed.clone();
    late.programmes.push(pier(Regime::Vsp, false));
    register(&test, &late).await;
    assert!(!on_file(&test, "P1").await, "before the next question");
    assert!(on_file(&test, "P2").await);
    assert!(told(&test, "Zanzibara").await.is_empty());
    let entries = test.log_from(size).await;
    let refused = entries
        .iter()
        .filter(|entry| tests_support::leaf(entry).kind == EntryKind::IngestRefused);
    let refused: Vec<_> = refused.collect();
    assert_eq!(refused.len(), 1);
    let note = test.detail(refused[0], None).await.note.unwrap();
    assert!(
        note.reveal().starts_with("1 clients were taken out"),
        "{}",
        note.reveal()
    );

    // Read again, and taken back: nobody comes back by it.
    let size = test.log_size().await;
    test.gateway.reread_registry().await.unwrap();
    assert_eq!(test.log_size().await, size, "it is done once");
    register(&test, &unnamed).await;
    assert!(!on_file(&test, "P1").await);
    // Nor can the source bring them while it stands.
    register(&test, &late).await;
    let document = client_document("P1", "Zanzibara", LAST, BORN);
    let _ = test.push_client(cast::RIVERTON_HMIS, &document).await;
    assert!(!on_file(&test, "P1").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_clients_of_an_agency_that_turns_out_to_be_a_victim_service_leave() {
    let test = TestGateway::start().await;
    push(&test, "P1", "Zanzibara").await;
    push(&test, "P2", "Ottoline").await;
    let mut late = hmis(&test);
    late.flags
        .insert(gateway_types::vocabulary::AgencyFlag::VictimService);
    register(&test, &late).await;
    assert!(!on_file(&test, "P1").await && !on_file(&test, "P2").await);
}
