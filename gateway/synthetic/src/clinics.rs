//! What the clinical agencies hold about some of the same people, as FHIR R4 bundles (type `collection`).
//!
//! A hospital, an opioid treatment programme (42 CFR Part 2) and a crisis provider. Who people are is written a
//! little differently from the HMIS here and there, as it is in life, so that linkage has work to do.

use gateway_types::{AgencyId, Date, InvalidId};
use serde_json::{Value, json};

use crate::agencies::{CEDAR_RECOVERY, HARBOR_CRISIS, LAKESIDE_HOSPITAL};
use crate::cast::CastMember;
use crate::dice::{Dice, Stream};
use crate::names::nickname;
use crate::person::{Person, Sex, Ssn};
use crate::town::{Town, swapped_letters};

/// The FHIR `Organization` ids by which the clinics name their own programmes; the registry knows them.
pub(crate) const LAKESIDE_ORGANISATION: &str = "lakeside-general";
pub(crate) const CEDAR_ORGANISATION: &str = "cedar-otp";
pub(crate) const HARBOR_ORGANISATION: &str = "harbor-mobile-crisis";

/// Code systems.
const SSN_SYSTEM: &str = "http://hl7.org/fhir/sid/us-ssn";
const STAFF_SYSTEM: &str = "urn:assent:staff";
const SNOMED: &str = "http://snomed.info/sct";
const ICD10: &str = "http://hl7.org/fhir/sid/icd-10-cm";
const RXNORM: &str = "http://www.nlm.nih.gov/research/umls/rxnorm";

/// The bundles of every clinical agency. A hospital sees one in twenty of the town (at most 150), the treatment
/// programme fewer; the crisis provider has the four of the cast.
///
/// # Errors
/// [`InvalidId`] never in practice: the ids are constants.
pub fn fhir_bundles(town: &Town) -> Result<Vec<(AgencyId, String)>, InvalidId> {
    let cast = 0..CastMember::ALL.len();
    let hospital = seen_by(town, 20, 150);
    let halves = hospital.chunks(hospital.len().div_ceil(2).max(1));
    let mut bundles = Vec::new();
    for patients in halves {
        let resources = patients
            .iter()
            .flat_map(|client| lakeside(town, *client))
            .collect();
        bundles.push((
            AgencyId::new(LAKESIDE_HOSPITAL)?,
            bundle(LAKESIDE_ORGANISATION, resources),
        ));
    }
    let methadone = [CastMember::Rosa, CastMember::Tamsin, CastMember::Ezekiel].map(CastMember::index);
    let others = seen_by(town, 60, 30)
        .into_iter()
        .filter(|client| !cast.contains(client));
    let resources = methadone
        .into_iter()
        .chain(others)
        .flat_map(|client| cedar(town, client))
        .collect();
    bundles.push((
        AgencyId::new(CEDAR_RECOVERY)?,
        bundle(CEDAR_ORGANISATION, resources),
    ));
    let resources = cast.flat_map(|client| harbor(town, client)).collect();
    bundles.push((
        AgencyId::new(HARBOR_CRISIS)?,
        bundle(HARBOR_ORGANISATION, resources),
    ));
    Ok(bundles)
}

/// The cast, then one in `every` of the town with nothing missing from their HMIS entry.
fn seen_by(town: &Town, every: usize, at_most: usize) -> Vec<usize> {
    let cast = CastMember::ALL.len();
    let others = (cast..town.clients())
        .skip(every / 2)
        .step_by(every)
        .filter(|client| town.is_plain(*client));
    (0..cast).chain(others).take(at_most).collect()
}

/// A patient's particulars as one clinic has them.
struct Chart {
    first: String,
    last: String,
    birth: Date,
    ssn: Option<Ssn>,
}

impl Chart {
    fn exact(person: &Person) -> Self {
        Self {
            first: person.first_name.clone(),
            last: person.last_name.clone(),
            birth: person.birth_date,
            ssn: Some(person.ssn),
        }
    }

    /// The hospital's front desk: one in four charts differs from the HMIS in one thing.
    fn of_hospital(town: &Town, person: &Person) -> Self {
        let mut chart = Self::exact(person);
        let slip = match CastMember::at(person.index) {
            Some(CastMember::Marcus) => 0,
            Some(CastMember::Tamsin) => 1,
            Some(CastMember::Ezekiel) => 2,
            Some(CastMember::Rosa) => 9,
            None => Dice::at(town.seed(), Stream::Hospital, person.index as u64 | 1 << 40).below(16),
        };
        match slip {
            0 => {
                if let Some(short) = nickname(&person.first_name) {
                    chart.first = short.to_owned();
                }
            }
            1 => chart.last = swapped_letters(&person.last_name),
            2 => chart.ssn = None,
            3 => {
                // Day and month exchanged, where that is a date at all.
                let (year, month, day) = (chart.birth.year(), chart.birth.month(), chart.birth.day());
                chart.birth = Date::new(year, day, month).unwrap_or(chart.birth);
            }
            _ => {}
        }
        chart
    }

    fn patient(&self, id: &str, person: &Person, agency: &str, organisation: &str) -> Value {
        let mut identifiers = vec![json!({
            "use": "usual",
            "type": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR" }] },
            "system": format!("urn:assent:mrn:{agency}"),
            "value": id,
        })];
        if let Some(ssn) = self.ssn {
            identifiers.push(json!({ "system": SSN_SYSTEM, "value": ssn.dashed() }));
        }
        json!({
            "resourceType": "Patient",
            "id": id,
            "identifier": identifiers,
            "active": true,
            "name": [{ "use": "official", "family": self.last, "given": [self.first] }],
            "gender": match person.sex { Sex::Female => "female", Sex::Male => "male" },
            "birthDate": self.birth.to_string(),
            "managingOrganization": organisation_reference(organisation),
        })
    }
}

/// The names under which a clinic knows somebody, if they are not those of the HMIS.
pub(crate) fn other_names(town: &Town, person: &Person) -> Option<(String, String)> {
    let chart = Chart::of_hospital(town, person);
    (chart.first != person.first_name || chart.last != person.last_name).then_some((chart.first, chart.last))
}

fn organisation_reference(id: &str) -> Value {
    json!({ "reference": format!("Organization/{id}") })
}

fn bundle(organisation: &str, resources: Vec<Value>) -> String {
    let name = match organisation {
        LAKESIDE_ORGANISATION => "Lakeside General Hospital",
        CEDAR_ORGANISATION => "Cedar Recovery Opioid Treatment Program",
        _ => "Harbor Mobile Crisis",
    };
    let owner = json!({ "resourceType": "Organization", "id": organisation, "active": true, "name": name });
    let entries: Vec<Value> = std::iter::once(owner)
        .chain(resources)
        .map(|resource| {
            let kind = resource.get("resourceType").and_then(Value::as_str).unwrap_or_default();
            let id = resource.get("id").and_then(Value::as_str).unwrap_or_default();
            json!({ "fullUrl": format!("https://{organisation}.example/fhir/{kind}/{id}"), "resource": resource })
        })
        .collect();
    json!({ "resourceType": "Bundle", "type": "collection", "entry": entries }).to_string()
}

/// A code with its system and its words.
type Coded = (&'static str, &'static str, &'static str);

fn concept((system, code, display): Coded) -> Value {
    json!({ "coding": [{ "system": system, "code": code, "display": display }], "text": display })
}

const PROBLEMS: [(Coded, Coded); 8] = [
    (
        (ICD10, "I10", "Essential (primary) hypertension"),
        (RXNORM, "29046", "lisinopril"),
    ),
    (
        (ICD10, "E11.9", "Type 2 diabetes mellitus without complications"),
        (RXNORM, "6809", "metformin"),
    ),
    (
        (ICD10, "J45.909", "Unspecified asthma, uncomplicated"),
        (RXNORM, "435", "albuterol"),
    ),
    (
        (ICD10, "F33.1", "Major depressive disorder, recurrent, moderate"),
        (RXNORM, "36437", "sertraline"),
    ),
    (
        (ICD10, "F31.9", "Bipolar disorder, unspecified"),
        (RXNORM, "6448", "lithium"),
    ),
    (
        (ICD10, "F20.9", "Schizophrenia, unspecified"),
        (RXNORM, "51272", "quetiapine"),
    ),
    (
        (ICD10, "F11.20", "Opioid dependence, uncomplicated"),
        (RXNORM, "7242", "naloxone"),
    ),
    (
        (ICD10, "L97.909", "Non-pressure chronic ulcer of lower leg"),
        (RXNORM, "2231", "cephalexin"),
    ),
];

fn problems_of(town: &Town, client: usize) -> Vec<(Coded, Coded)> {
    let wanted: &[usize] = match CastMember::at(client) {
        Some(CastMember::Rosa) => &[2, 3],
        Some(CastMember::Marcus) => &[0, 5],
        Some(CastMember::Tamsin) => &[3],
        Some(CastMember::Ezekiel) => &[1, 6],
        None => {
            let mut dice = Dice::at(town.seed(), Stream::Hospital, client as u64);
            return (0..dice.between(1, 2)).map(|_| dice.pick(&PROBLEMS)).collect();
        }
    };
    wanted
        .iter()
        .filter_map(|place| PROBLEMS.get(*place).copied())
        .collect()
}

fn condition(id: &str, patient: &str, code: Coded, since: Date) -> Value {
    json!({
        "resourceType": "Condition",
        "id": id,
        "clinicalStatus": { "coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active" }] },
        "verificationStatus": { "coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "confirmed" }] },
        "category": [{ "coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/condition-category", "code": "problem-list-item" }] }],
        "code": concept(code),
        "subject": { "reference": format!("Patient/{patient}") },
        "onsetDateTime": since.to_string(),
        "recordedDate": since.to_string(),
    })
}

fn medication(id: &str, patient: &str, code: Coded, dose: &str, since: Date) -> Value {
    json!({
        "resourceType": "MedicationRequest",
        "id": id,
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": concept(code),
        "subject": { "reference": format!("Patient/{patient}") },
        "authoredOn": since.to_string(),
        "dosageInstruction": [{ "text": dose }],
    })
}

fn encounter(id: &str, patient: &str, class: &str, reason: &str, day: Date, organisation: &str) -> Value {
    json!({
        "resourceType": "Encounter",
        "id": id,
        "status": "finished",
        "class": { "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": class },
        "subject": { "reference": format!("Patient/{patient}") },
        "period": { "start": format!("{day}T10:15:00Z"), "end": format!("{day}T12:40:00Z") },
        "reasonCode": [{ "text": reason }],
        "serviceProvider": organisation_reference(organisation),
    })
}

fn lakeside(town: &Town, client: usize) -> Vec<Value> {
    let person = town.person(client);
    let mut dice = Dice::at(town.seed(), Stream::Hospital, client as u64 | 1 << 41);
    let id = format!("lg-{:06}", 100_000 + client);
    let mut resources = vec![Chart::of_hospital(town, &person).patient(
        &id,
        &person,
        LAKESIDE_HOSPITAL,
        LAKESIDE_ORGANISATION,
    )];
    for (place, (problem, remedy)) in problems_of(town, client).into_iter().enumerate() {
        let since = town.ago(dice.between(30, 900));
        resources.push(condition(&format!("{id}-c{place}"), &id, problem, since));
        resources.push(medication(
            &format!("{id}-m{place}"),
            &id,
            remedy,
            "one dose each day",
            since,
        ));
    }
    let reason = dice.pick(&[
        "chest pain",
        "wound care",
        "shortness of breath",
        "medication refill",
        "fall",
    ]);
    let day = town.ago(dice.between(2, 200));
    resources.push(encounter(
        &format!("{id}-e0"),
        &id,
        dice.pick(&["EMER", "AMB"]),
        reason,
        day,
        LAKESIDE_ORGANISATION,
    ));
    resources
}

fn cedar(town: &Town, client: usize) -> Vec<Value> {
    let person = town.person(client);
    let id = format!("cr-{:06}", 300_000 + client);
    let mut dice = Dice::at(town.seed(), Stream::Hospital, client as u64 | 1 << 42);
    let since = town.ago(dice.between(60, 700));
    let dose = format!(
        "{} mg by mouth each day, taken at the window",
        10 * dice.between(4, 11)
    );
    let last_dose = town.ago(dice.between(1, 3));
    vec![
        Chart::exact(&person).patient(&id, &person, CEDAR_RECOVERY, CEDAR_ORGANISATION),
        condition(
            &format!("{id}-c0"),
            &id,
            (SNOMED, "75544000", "Opioid dependence"),
            since,
        ),
        medication(
            &format!("{id}-m0"),
            &id,
            (RXNORM, "6813", "methadone"),
            &dose,
            since,
        ),
        encounter(
            &format!("{id}-e0"),
            &id,
            "AMB",
            "dosing visit",
            last_dose,
            CEDAR_ORGANISATION,
        ),
    ]
}

/// The crisis provider's chart says who treats the client, which is what makes the clinician's question a treating
/// one, and who the client's worker at the housing agency is.
fn harbor(town: &Town, client: usize) -> Vec<Value> {
    let person = town.person(client);
    let id = format!("hc-{:06}", 500_000 + client);
    let worker = format!("{id}-w0");
    let since = json!({ "start": town.ago(45).to_string() });
    let team = json!({
        "resourceType": "CareTeam",
        "id": format!("{id}-t0"),
        "status": "active",
        "subject": { "reference": format!("Patient/{id}") },
        "period": since,
        "participant": [
            {
                "role": [{ "text": "crisis clinician" }],
                "member": {
                    "identifier": { "system": STAFF_SYSTEM, "value": "a-rivera" },
                    "display": "A. Rivera",
                },
                "period": since,
            },
            {
                "role": [concept((SNOMED, "768832004", "Case manager"))],
                "member": { "reference": format!("Practitioner/{worker}") },
                "period": since,
            },
        ],
        "managingOrganization": [organisation_reference(HARBOR_ORGANISATION)],
        "telecom": [{ "system": "phone", "value": "312-555-0147", "use": "work" }],
    });
    let worker = json!({
        "resourceType": "Practitioner",
        "id": worker,
        "name": [{ "family": "Holloway", "given": ["Priya"] }],
        "telecom": [{ "system": "phone", "value": "312-555-0103", "use": "work" }],
    });
    vec![
        Chart::exact(&person).patient(&id, &person, HARBOR_CRISIS, HARBOR_ORGANISATION),
        worker,
        team,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn town() -> Town {
        Town::new(3, 2_000, Date::new(2026, 11, 10).unwrap())
    }

    fn resources(text: &str) -> Vec<Value> {
        let bundle: Value = serde_json::from_str(text).unwrap();
        bundle["entry"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["resource"].clone())
            .collect()
    }

    #[test]
    fn every_reference_to_a_patient_is_answered_in_its_bundle_and_ids_are_unique() {
        let bundles = fhir_bundles(&town()).unwrap();
        assert_eq!(bundles.len(), 4);
        for (_, text) in &bundles {
            let resources = resources(text);
            let ids: Vec<String> = resources
                .iter()
                .map(|r| {
                    format!(
                        "{}/{}",
                        r["resourceType"].as_str().unwrap(),
                        r["id"].as_str().unwrap()
                    )
                })
                .collect();
            let mut unique = ids.clone();
            unique.sort();
            unique.dedup();
            assert_eq!(unique.len(), ids.len());
            for resource in &resources {
                if let Some(subject) = resource["subject"]["reference"].as_str() {
                    assert!(ids.iter().any(|id| id == subject));
                }
            }
        }
    }

    #[test]
    fn the_crisis_provider_says_who_treats_each_of_the_cast() {
        let bundles = fhir_bundles(&town()).unwrap();
        let (_, text) = bundles
            .iter()
            .find(|(agency, _)| agency.as_str() == HARBOR_CRISIS)
            .unwrap();
        let teams: Vec<Value> = resources(text)
            .into_iter()
            .filter(|resource| resource["resourceType"] == "CareTeam")
            .collect();
        assert_eq!(teams.len(), 4);
        for team in teams {
            let member = &team["participant"][0]["member"]["identifier"];
            assert_eq!(member["system"], STAFF_SYSTEM);
            assert_eq!(member["value"], "a-rivera");
        }
    }

    #[test]
    fn some_charts_differ_from_the_hmis_and_most_do_not() {
        let town = town();
        let seen = seen_by(&town, 20, 150);
        assert!(seen.len() > 60);
        let differing = seen.iter().filter(|client| {
            let person = town.person(**client);
            let chart = Chart::of_hospital(&town, &person);
            chart.first != person.first_name
                || chart.last != person.last_name
                || chart.birth != person.birth_date
                || chart.ssn.is_none()
        });
        let share = differing.count() * 100 / seen.len();
        assert!((5..40).contains(&share), "{share} %");
    }

    #[test]
    fn only_the_treatment_programme_dispenses_methadone() {
        for (agency, text) in fhir_bundles(&town()).unwrap() {
            assert_eq!(text.contains("methadone"), agency.as_str() == CEDAR_RECOVERY);
        }
    }
}
