//! What is decided on: a county's agencies with a thousand agreements between them, and many people's records.
//!
//! Each view has forty elements of forty categories under four regimes, an audience of five agencies, five consents
//! (one expired, one revoked), attestations, approvals and privacy notices. The views differ in purpose, audience and
//! in who holds what, so that neither the branches nor the caches of the processor learn one of them by heart.

use std::fmt::Write as _;

use gateway_types::vocabulary::{Category, Word};
use policies::Agreements;
use policies::facts::Facts;
use serde_json::{Value, json};

/// How many agreements are in force.
pub(crate) const AGREEMENTS: usize = 1_000;
/// How many elements a view has, each of a category of its own.
pub(crate) const ELEMENTS: usize = 40;

/// The agencies of the views: id, kind of agency, further facts.
fn agencies() -> Value {
    json!({
        "harbor-crisis": { "kind": "behavioral_health_provider", "hipaa_covered_entity": true, "health_care_provider": true },
        "lakeside-hospital": { "kind": "hospital", "hipaa_covered_entity": true, "health_care_provider": true },
        "cedar-recovery": { "kind": "sud_program", "hipaa_covered_entity": true, "health_care_provider": true,
                            "part2_program": "yes" },
        "riverton-hmis": { "kind": "hmis_lead", "hmis_participant": true },
        "northgate-shelter": { "kind": "homeless_services", "hmis_participant": true },
        "eastside-clinic": { "kind": "medical_provider", "hipaa_covered_entity": true, "health_care_provider": true },
        "county-ems": { "kind": "ems", "hipaa_covered_entity": true, "health_care_provider": true, "governmental": true },
        "valley-plan": { "kind": "health_plan", "hipaa_covered_entity": true },
        "billing-works": { "kind": "gateway_operator", "business_associate": true },
        "youth-bridge": { "kind": "youth_services", "hmis_participant": true },
        "riverton-police": { "kind": "law_enforcement", "criminal_justice_agency": true, "governmental": true },
        "county-probation": { "kind": "supervision", "criminal_justice_agency": true, "governmental": true }
    })
}

const PARTIES: [(&str, &str); 12] = [
    ("harbor-crisis", "behavioral_health_provider"),
    ("lakeside-hospital", "hospital"),
    ("cedar-recovery", "sud_program"),
    ("riverton-hmis", "hmis_lead"),
    ("northgate-shelter", "homeless_services"),
    ("eastside-clinic", "medical_provider"),
    ("county-ems", "ems"),
    ("valley-plan", "health_plan"),
    ("billing-works", "gateway_operator"),
    ("youth-bridge", "youth_services"),
    ("riverton-police", "law_enforcement"),
    ("county-probation", "supervision"),
];

/// A purpose and the five who would see the view: agency, role, system. The first asks.
type Audience = (&'static str, [(&'static str, &'static str, &'static str); 5]);

const AUDIENCES: [Audience; 12] = [
    ("TREAT", CLINICIANS),
    ("COC", CARE_TEAM),
    ("ETREAT", EMERGENCY),
    ("BTG", EMERGENCY),
    ("HOUSING-COORD", HOUSING),
    ("HPAYMT", PAYERS),
    ("HOPERAT", PAYERS),
    ("CJ-MONITOR", MONITORS),
    ("LE-OUTREACH", OUTREACH),
    ("LE-INVEST", INVESTIGATORS),
    ("THREAT", OUTREACH),
    ("PATRQT", OWN_RECORD),
];

const CLINICIANS: [(&str, &str, &str); 5] = [
    ("harbor-crisis", "clinician", "own_record_system"),
    ("lakeside-hospital", "physician", "own_record_system"),
    ("eastside-clinic", "nurse", "own_record_system"),
    ("county-ems", "paramedic", "own_record_system"),
    ("cedar-recovery", "clinician", "own_record_system"),
];
const CARE_TEAM: [(&str, &str, &str); 5] = [
    ("harbor-crisis", "crisis_counselor", "own_record_system"),
    ("lakeside-hospital", "nurse", "own_record_system"),
    ("eastside-clinic", "physician", "own_record_system"),
    ("northgate-shelter", "case_manager", "hmis"),
    ("cedar-recovery", "peer_specialist", "own_record_system"),
];
const EMERGENCY: [(&str, &str, &str); 5] = [
    ("harbor-crisis", "physician", "own_record_system"),
    ("county-ems", "paramedic", "own_record_system"),
    ("lakeside-hospital", "physician", "own_record_system"),
    ("eastside-clinic", "physician", "own_record_system"),
    ("cedar-recovery", "nurse", "own_record_system"),
];
const HOUSING: [(&str, &str, &str); 5] = [
    ("northgate-shelter", "case_manager", "hmis"),
    ("riverton-hmis", "housing_navigator", "hmis"),
    ("youth-bridge", "case_manager", "hmis"),
    ("harbor-crisis", "crisis_counselor", "own_record_system"),
    ("eastside-clinic", "case_manager", "own_record_system"),
];
const PAYERS: [(&str, &str, &str); 5] = [
    ("lakeside-hospital", "claims_reviewer", "own_record_system"),
    ("valley-plan", "claims_reviewer", "own_record_system"),
    ("billing-works", "service_agent", "own_record_system"),
    ("harbor-crisis", "claims_reviewer", "own_record_system"),
    ("eastside-clinic", "claims_reviewer", "own_record_system"),
];
const MONITORS: [(&str, &str, &str); 5] = [
    ("county-probation", "probation_officer", "own_record_system"),
    ("riverton-police", "patrol_officer", "console"),
    ("cedar-recovery", "program_director", "own_record_system"),
    ("harbor-crisis", "clinician", "own_record_system"),
    ("northgate-shelter", "case_manager", "hmis"),
];
const OUTREACH: [(&str, &str, &str); 5] = [
    ("riverton-police", "outreach_officer", "console"),
    ("harbor-crisis", "crisis_counselor", "own_record_system"),
    ("northgate-shelter", "outreach_worker", "hmis"),
    ("county-ems", "paramedic", "own_record_system"),
    ("youth-bridge", "outreach_worker", "console"),
];
const INVESTIGATORS: [(&str, &str, &str); 5] = [
    ("riverton-police", "detective", "console"),
    ("county-probation", "probation_officer", "console"),
    ("riverton-police", "patrol_officer", "law_enforcement_rms"),
    ("harbor-crisis", "program_director", "own_record_system"),
    ("lakeside-hospital", "compliance_officer", "console"),
];
const OWN_RECORD: [(&str, &str, &str); 5] = [
    ("harbor-crisis", "client", "portal"),
    ("harbor-crisis", "clinician", "shared_terminal"),
    ("lakeside-hospital", "registrar", "own_record_system"),
    ("eastside-clinic", "nurse", "own_record_system"),
    ("northgate-shelter", "case_manager", "hmis"),
];

/// Who holds what: holder, source, regimes. Four regimes, with separated notes and passed-on records among them.
const HOLDINGS: [(&str, &str, &[&str]); 8] = [
    ("lakeside-hospital", "lakeside-hospital", &["HIPAA"]),
    ("cedar-recovery", "cedar-recovery", &["HIPAA", "P2"]),
    ("riverton-hmis", "riverton-hmis", &["HMIS"]),
    ("riverton-police", "riverton-police", &["CADX"]),
    ("harbor-crisis", "harbor-crisis", &["HIPAA"]),
    ("lakeside-hospital", "cedar-recovery", &["HIPAA", "P2"]),
    ("northgate-shelter", "northgate-shelter", &["HMIS"]),
    ("eastside-clinic", "eastside-clinic", &["HIPAA"]),
];

/// How like each other the elements of a view are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Variety {
    /// As records are: what one agency sent under one regime differs in category, and here and there in a label.
    Usual,
    /// No two elements share holder, source, regimes, labels and particulars.
    AllUnlike,
}

/// Every view: each purpose several times, with the record shared out differently each time.
pub(crate) fn views(variety: Variety) -> Vec<(&'static str, Facts)> {
    (0..AUDIENCES.len() * 3)
        .filter_map(|number| {
            let (purpose, _) = AUDIENCES.get(number % AUDIENCES.len())?;
            Some((*purpose, view(number, variety)))
        })
        .collect()
}

fn view(number: usize, variety: Variety) -> Facts {
    let (purpose, audience) = &AUDIENCES[number % AUDIENCES.len()];
    let mut people = audience.iter().map(|(agency, role, system)| {
        json!({ "agency": agency, "role": role, "system": system, "person": format!("p-{role}").replace('_', "-"),
                "licensed_clinician": true, "medical_personnel": true, "treating_relationship": true })
    });
    let mut requester = people.next().unwrap();
    requester["asserts_consent"] = true.into();
    serde_json::from_value(json!({
        "now": "2026-11-10T14:00:00Z",
        "initiator": "requester",
        "agencies": agencies(),
        "requester": requester,
        "audience": people.collect::<Vec<_>>(),
        "purpose": purpose,
        "client": { "age": 22 + number },
        "elements": elements(number, variety),
        "consents": consents(purpose, audience),
        "circumstances": circumstances(purpose)
    }))
    .unwrap()
}

fn elements(number: usize, variety: Variety) -> Vec<Value> {
    (0..ELEMENTS)
        .map(|position| {
            let category = Category::ALL[(position + 7 * number) % Category::ALL.len()];
            let (holder, source, regimes) = HOLDINGS[(position + number) % HOLDINGS.len()];
            let mut element = json!({
                "id": format!("e-{number}-{position}"), "category": category.code(), "source": source,
                "regimes": regimes
            });
            if holder != source {
                element["holder"] = holder.into();
            }
            match category {
                Category::PsychotherapyNotes => element["regimes"] = json!(["HIPAA", "PSYN"]),
                Category::SudCounselingNotes => element["regimes"] = json!(["HIPAA", "P2", "SUDN"]),
                Category::Hiv => element["sensitivity"] = json!(["HIV"]),
                Category::MentalHealth | Category::CrisisPlan => element["sensitivity"] = json!(["MH"]),
                Category::DvHistory => element["sensitivity"] = json!(["SDV"]),
                Category::PoliceNarrative => {
                    element["facts"] = json!({ "free_text": true, "human_cleared": true })
                }
                Category::CarePlan => element["facts"] = json!({ "free_text": true }),
                Category::AggregateCounts => {
                    element["facts"] = json!({ "deidentified": "expert", "min_cell": 14 })
                }
                Category::ProjectAddress => {
                    element["facts"] = json!({ "reveals_confidential_location": true })
                }
                _ => {}
            }
            if variety == Variety::AllUnlike {
                // Labels by the position's binary digits: legal weight for some, none for others, all different.
                let labels = ["BH", "VIO", "SCA", "PRS", "ADOL", "SSP"];
                let named = labels
                    .iter()
                    .enumerate()
                    .filter(|(bit, _)| position >> bit & 1 == 1)
                    .map(|(_, label)| *label);
                element["sensitivity"] = named.collect();
            }
            element
        })
        .collect()
}

fn consents(purpose: &str, audience: &[(&str, &str, &str); 5]) -> Value {
    let named: Vec<&str> = audience.iter().map(|(agency, ..)| *agency).collect();
    let persons: Vec<String> = audience
        .iter()
        .map(|(_, role, _)| format!("p-{role}").replace('_', "-"))
        .collect();
    let statements = json!({
        "part2_right_to_revoke": true, "part2_redisclosure_potential": true, "part2_refusal_consequences": true,
        "part2_redisclosure_by_hipaa_holders": true, "hipaa_right_to_revoke": true, "hipaa_conditioning": true,
        "hipaa_redisclosure_potential": true, "cj_reasonable_period": true, "cj_revocable_event": true
    });
    let clinical = [
        "medications",
        "allergies",
        "conditions",
        "encounters",
        "labs",
        "care_plan",
        "sud_treatment",
        "mental_health",
        "demographics",
        "enrollment",
    ];
    let housing = [
        "demographics",
        "contact",
        "shelter_status",
        "enrollment",
        "income",
        "veteran",
        "case_manager_contact",
    ];
    json!([
        { "id": "c-1", "kind": "tpo", "signed_at": "2026-02-01T10:00:00Z", "signer": { "role": "client" },
          "discloser": { "agencies": ["cedar-recovery", "lakeside-hospital"] },
          "recipients": { "agencies": named, "classes": ["treating_providers", "health_plans"] },
          "purposes": ["TREAT", "COC", "ETREAT", "BTG", "HPAYMT", "HOPERAT"],
          "categories": clinical, "expires": { "none": true }, "statements": statements },
        { "id": "c-2", "kind": "named", "signed_at": "2026-03-01T10:00:00Z", "signer": { "role": "client" },
          "discloser": { "agencies": ["cedar-recovery", "harbor-crisis", "lakeside-hospital"] },
          "recipients": { "agencies": named }, "purposes": [purpose], "categories": clinical,
          "expires": { "at": "2027-03-01T00:00:00Z" }, "statements": statements },
        { "id": "c-3", "kind": "hmis_roi", "signed_at": "2026-04-01T10:00:00Z", "signer": { "role": "client" },
          "discloser": { "agencies": ["northgate-shelter"], "classes": ["hmis_participants"] },
          "recipients": { "agencies": named, "classes": ["hmis_participants"] },
          "purposes": [purpose, "HOUSING-COORD"], "categories": housing,
          "expires": { "event": "program_exit", "occurred": false } },
        { "id": "c-4", "kind": "authorization", "signed_at": "2024-03-01T10:00:00Z", "signer": { "role": "client" },
          "discloser": { "agencies": ["lakeside-hospital", "harbor-crisis"] }, "recipients": { "agencies": named },
          "purposes": [purpose], "categories": ["all"], "expires": { "at": "2025-03-01T00:00:00Z" },
          "statements": statements },
        { "id": "c-5", "kind": if purpose == "CJ-MONITOR" { "criminal_justice" } else { "authorization" },
          "signed_at": "2026-01-01T10:00:00Z", "signer": { "role": "client" },
          "discloser": { "agencies": ["cedar-recovery", "eastside-clinic"] },
          "recipients": { "agencies": named, "persons": persons }, "purposes": [purpose], "categories": clinical,
          "expires": { "event": "final_disposition", "occurred": false }, "statements": statements,
          "revoked": [{ "at": "2026-09-01T00:00:00Z", "recipients": ["eastside-clinic", "county-ems"] }] }
    ])
}

fn circumstances(purpose: &str) -> Value {
    let notice = |agency: &str| {
        json!({ "agency": agency, "version": "3", "uses": ["service_coordination", "payment", "serious_threat", "le_locate"],
                "recipient_kinds": ["hmis_lead", "homeless_services", "youth_services", "behavioral_health_provider",
                                    "medical_provider"], "describes_gateway": true })
    };
    let attested = [
        "medications",
        "conditions",
        "contact",
        "location",
        "safety_flags",
        "crisis_plan",
    ];
    let mut all = json!({
        "attestations": [
            { "type": "treatment_coordination", "by_role": "clinician", "by_agency": "harbor-crisis", "categories": attested },
            { "type": "serious_imminent_threat", "by_role": "clinician", "by_agency": "harbor-crisis",
              "categories": attested, "recipient_can_lessen": true },
            { "type": "serious_imminent_threat", "by_role": "physician", "by_agency": "lakeside-hospital",
              "categories": attested, "recipient_can_lessen": true },
            { "type": "linkage_approved", "by_role": "program_director", "by_agency": "cedar-recovery", "categories": attested }
        ],
        "approvals": [{ "type": "review", "by_role": "compliance_officer", "by_agency": "lakeside-hospital" }],
        "privacy_notices": [notice("riverton-hmis"), notice("northgate-shelter"), notice("youth-bridge")],
        "restrictions": [{ "type": "agreed", "agency": "lakeside-hospital", "categories": ["claims", "hiv"] }],
        "state_modules": [{ "id": "mh", "topic": "mental_health", "effect": "no_additional_rule" }]
    });
    if matches!(purpose, "ETREAT" | "BTG") {
        all["emergency"] = json!({
            "immediate_treatment_needed": true, "personnel_named": true, "affiliation_named": true,
            "discloser_named": true, "time_recorded": true, "nature_recorded": true, "stated_by": "physician",
            "needed_categories": ["medications", "allergies", "conditions", "sud_treatment", "demographics"]
        });
    }
    if purpose == "LE-INVEST" {
        all["legal_process"] = json!([{ "type": "judicial_warrant", "by": "riverton-police", "mandate_present": true,
            "categories": ["demographics", "contact", "encounters", "labs"] }]);
    }
    all
}

/// The active set: a thousand agreement files. Every fiftieth binds all agencies of the views, every tenth some of
/// them and others; the rest is between agencies that no view knows.
pub(crate) fn agreements() -> Agreements {
    let files: Vec<(String, String)> = (0..AGREEMENTS)
        .map(|number| (format!("agreement-{number}.toml"), agreement(number)))
        .collect();
    let named: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    Agreements::load(&named).unwrap()
}

fn agreement(number: usize) -> String {
    let parties: Vec<(String, &str)> = if number.is_multiple_of(50) {
        PARTIES
            .iter()
            .map(|(agency, kind)| ((*agency).to_owned(), *kind))
            .collect()
    } else {
        let known = if number.is_multiple_of(10) { 3 } else { 1 };
        let ours = (0..known).map(|step| PARTIES[(number / 10 + number + 5 * step) % PARTIES.len()]);
        let others = (0..4).map(|step| {
            (
                format!("agency-{}", (number * 7 + step) % 400),
                "homeless_services",
            )
        });
        ours.map(|(agency, kind)| (agency.to_owned(), kind))
            .chain(others)
            .collect()
    };
    written(number, &parties)
}

fn written(number: usize, parties: &[(String, &str)]) -> String {
    let roles = r#"["clinician", "physician", "nurse", "crisis_counselor", "paramedic", "peer_specialist", "case_manager",
        "outreach_worker", "housing_navigator", "claims_reviewer", "service_agent", "probation_officer",
        "patrol_officer", "program_director", "outreach_officer"]"#;
    let mut text = format!(
        "format = \"mou/1\"\nid = \"agreement-{number}\"\nversion = \"1.{number}.0\"\ntitle = \"Agreement {number}\"\n\
         status = \"active\"\neffective = 2025-01-{:02}\nexpires = 2027-06-{:02}\n\
         instruments = [\"OTHER\", \"BAA\"]\nterms = [\"baa_504e_content\"]\n",
        1 + number % 28,
        1 + number % 30,
    );
    let mut keys = Vec::new();
    for (place, (agency, kind)) in parties.iter().enumerate() {
        keys.push(format!("\"p{place}\""));
        let _ = write!(
            text,
            "[[party]]\nkey = \"p{place}\"\nagency = \"{agency}\"\nname = \"{agency}\"\nkind = \"{kind}\"\nroles = {roles}\n\
             [[signature]]\nparty = \"p{place}\"\nname = \"N\"\ntitle = \"T\"\non = 2024-12-01\n"
        );
    }
    let all = format!("[{}]", keys.join(", "));
    let clause = |id: &str, purposes: &str, share: &str, more: &str| {
        format!(
            "[[clause]]\nid = \"{id}\"\ntext = \"t\"\nfrom = {all}\nto = {all}\nroles = {roles}\npurposes = {purposes}\n\
             share = {share}\nbasis = \"b\"\n{more}\n"
        )
    };
    text += &clause(
        "1",
        r#"["TREAT", "COC", "ETREAT", "BTG"]"#,
        r#"["demographics", "medications", "allergies", "conditions", "encounters", "labs", "injury", "disability"]"#,
        "consent = \"not_required\"",
    );
    text += &clause(
        "2",
        r#"["TREAT", "COC", "CJ-MONITOR"]"#,
        r#"["mental_health", "sud_treatment", "hiv", "care_plan", "crisis_plan", "enrollment"]"#,
        "consent = [\"tpo\", \"named\", \"criminal_justice\"]\nwhen = [\"treating_relationship\"]",
    );
    text += &clause(
        "3",
        r#"["HOUSING-COORD", "COC", "LE-OUTREACH"]"#,
        r#"["demographics", "contact", "location", "case_manager_contact", "shelter_status", "enrollment", "veteran",
            "safety_flags"]"#,
        "consent = \"not_required\"",
    );
    text += &clause(
        "4",
        r#"["HPAYMT", "HOPERAT"]"#,
        r#"["demographics", "claims", "encounters", "enrollment"]"#,
        "consent = \"not_required\"\nwhen = [\"own_system\"]",
    );
    let _ = write!(
        text,
        "[[never]]\nid = \"9\"\ntext = \"t\"\nto = {all}\nshare = [\"psychotherapy_notes\", \"sud_counseling_notes\"]\n\
         [audience]\nlaw_enforcement_present = \"{}\"\n\
         [redisclosure]\ndefault = \"prohibited\"\n\
         [[redisclosure.allow]]\nparty = \"p1\"\nto = {all}\nshare = [\"medications\", \"allergies\", \"sud_treatment\"]\nwhy = \"w\"\n",
        if number.is_multiple_of(3) {
            "withhold"
        } else {
            "treat_as_recipient"
        },
    );
    text
}
