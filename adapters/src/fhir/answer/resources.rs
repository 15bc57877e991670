//! Which resource a category becomes, and where its fields stand in it.

use gateway_types::vocabulary::Category;
use serde_json::{Map, Value, json};

use super::fields::{Fields, period_of};
use super::named;
use crate::answer::Released;

/// Whether a category is part of the Patient.
pub(super) const fn is_of_the_patient(category: Category) -> bool {
    matches!(
        category,
        Category::Demographics | Category::Contact | Category::Ssn
    )
}

/// The resource of an element about `subject`.
pub(super) fn resource(element: &Released<'_>, subject: &Value) -> Value {
    let mut fields = Fields::of(element.fields);
    // What is denied must not read as if it were so to whoever skips an extension or reads codes alone.
    let denied = fields.yes_or_no("negated") == Some(true);
    let mut made = match element.category {
        Category::Conditions => condition(&mut fields, denied),
        Category::Medications => medication(&mut fields, denied),
        Category::Allergies => allergy(&mut fields, denied),
        Category::Encounters if !denied => encounter(&mut fields),
        Category::CarePlan | Category::CrisisPlan if !denied => care_plan(&mut fields),
        Category::CaseManagerContact if !denied => care_team(&mut fields),
        Category::SafetyFlags if !denied => flag(&mut fields, element.category),
        _ => return observation(fields, element.category, subject, denied),
    };
    let about = match element.category {
        Category::Allergies => "patient",
        _ => "subject",
    };
    made.insert(about.to_owned(), subject.clone());
    fields.left_over(&mut made);
    Value::Object(made)
}

fn begin(resource_type: &str) -> Map<String, Value> {
    let mut resource = Map::new();
    resource.insert("resourceType".to_owned(), resource_type.into());
    resource
}

fn put(resource: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        resource.insert(name.to_owned(), value.into());
    }
}

/// A concept of one code of a required code system.
fn coded(system: &str, code: &str) -> Value {
    json!({ "coding": [{ "system": format!("http://terminology.hl7.org/CodeSystem/{system}"), "code": code }] })
}

fn words(text: &str) -> Value {
    json!({ "text": text })
}

fn condition(fields: &mut Fields<'_>, denied: bool) -> Map<String, Value> {
    let mut made = begin("Condition");
    let clinical = fields.code(
        "clinical_status",
        &[
            "active",
            "recurrence",
            "relapse",
            "inactive",
            "remission",
            "resolved",
        ],
    );
    put(
        &mut made,
        "clinicalStatus",
        clinical.map(|code| coded("condition-clinical", code)),
    );
    let verification = fields.code(
        "verification_status",
        &["unconfirmed", "provisional", "differential", "confirmed"],
    );
    put(
        &mut made,
        "verificationStatus",
        verification.map(|code| coded("condition-ver-status", code)),
    );
    put(
        &mut made,
        "code",
        fields
            .concept("condition")
            .or_else(|| fields.concept("flag"))
            .map(|code| if denied { not(&code, "problem") } else { code }),
    );
    put(&mut made, "severity", fields.text("severity").map(words));
    match fields.moment("onsetDateTime") {
        Some(onset) => put(&mut made, "onsetDateTime", Some(onset)),
        None => match fields.text("onsetString") {
            Some(onset) => put(&mut made, "onsetString", Some(onset)),
            None => put(&mut made, "onsetPeriod", fields.period("period")),
        },
    }
    put(&mut made, "abatementDateTime", fields.moment("abatementDateTime"));
    put(&mut made, "recordedDate", fields.moment("recordedDate"));
    made
}

fn medication(fields: &mut Fields<'_>, denied: bool) -> Map<String, Value> {
    let intent = fields.code(
        "intent",
        &[
            "proposal",
            "plan",
            "order",
            "original-order",
            "reflex-order",
            "filler-order",
            "instance-order",
            "option",
        ],
    );
    let ordered = intent.is_some() && !denied;
    let mut made = begin(if ordered {
        "MedicationRequest"
    } else {
        "MedicationStatement"
    });
    let (codes, at): (&[&'static str], _) = if ordered {
        (
            &[
                "active",
                "on-hold",
                "cancelled",
                "completed",
                "stopped",
                "draft",
                "unknown",
            ],
            "authoredOn",
        )
    } else {
        (
            &[
                "active",
                "completed",
                "intended",
                "stopped",
                "on-hold",
                "unknown",
                "not-taken",
            ],
            "effectiveDateTime",
        )
    };
    let status = fields.code("status", codes).unwrap_or("unknown");
    put(
        &mut made,
        "status",
        Some(if denied { "not-taken" } else { status }),
    );
    put(&mut made, "intent", intent.filter(|_| ordered));
    let medicine = fields
        .concept("medication")
        .unwrap_or_else(|| words("a medicine that the source does not name"));
    let medicine = if denied {
        not(&medicine, "medicine")
    } else {
        medicine
    };
    put(&mut made, "medicationCodeableConcept", Some(medicine));
    put(&mut made, at, fields.moment(at));
    if !ordered && !made.contains_key("effectiveDateTime") {
        put(&mut made, "effectivePeriod", fields.period("effectivePeriod"));
    }
    let mut dosage: Vec<Value> = fields
        .texts("dosage")
        .into_iter()
        .map(|text| json!({ "text": text }))
        .collect();
    if let Some(dose) = fields.text("dose") {
        let every = fields.text("every").map(|every| format!(", every {every}"));
        dosage.push(json!({ "text": format!("{dose}{}", every.unwrap_or_default()) }));
    }
    if !dosage.is_empty() {
        put(
            &mut made,
            if ordered { "dosageInstruction" } else { "dosage" },
            Some(dosage),
        );
    }
    let reasons: Vec<Value> = fields.texts("reasons").into_iter().map(words).collect();
    if !reasons.is_empty() {
        put(&mut made, "reasonCode", Some(reasons));
    }
    if ordered {
        let requester = fields.text("requester").map(|name| json!({ "display": name }));
        put(&mut made, "requester", requester);
    }
    made
}

fn allergy(fields: &mut Fields<'_>, denied: bool) -> Map<String, Value> {
    let mut made = begin("AllergyIntolerance");
    let clinical = fields.code("clinical_status", &["active", "inactive", "resolved"]);
    put(
        &mut made,
        "clinicalStatus",
        clinical.map(|code| coded("allergyintolerance-clinical", code)),
    );
    let verification = fields.code("verification_status", &["unconfirmed", "confirmed"]);
    put(
        &mut made,
        "verificationStatus",
        verification.map(|code| coded("allergyintolerance-verification", code)),
    );
    let substance = fields.concept("allergy");
    put(
        &mut made,
        "code",
        substance.map(|code| if denied { not(&code, "allergy") } else { code }),
    );
    put(
        &mut made,
        "type",
        fields.code("type", &["allergy", "intolerance"]),
    );
    put(
        &mut made,
        "criticality",
        fields.code("criticality", &["low", "high", "unable-to-assess"]),
    );
    put(&mut made, "onsetDateTime", fields.moment("onsetDateTime"));
    put(&mut made, "recordedDate", fields.moment("recordedDate"));
    put(&mut made, "lastOccurrence", fields.moment("lastOccurrence"));
    let reactions = fields.each("reactions", |reaction| {
        let signs: Vec<Value> = reaction
            .get("manifestations")?
            .as_array()?
            .iter()
            .filter_map(Value::as_str)
            .map(words)
            .collect();
        let mut made = Map::new();
        if signs.is_empty() {
            return None;
        }
        made.insert("manifestation".to_owned(), signs.into());
        if let Some(severity @ ("mild" | "moderate" | "severe")) =
            reaction.get("severity").and_then(Value::as_str)
        {
            made.insert("severity".to_owned(), severity.into());
        }
        Some(Value::Object(made))
    });
    put(&mut made, "reaction", reactions);
    made
}

/// A concept said not to be there. Its codes would say the contrary to whoever reads codes alone.
fn not(concept: &Value, kind: &str) -> Value {
    let text = concept.get("text").and_then(Value::as_str);
    words(&format!("not so: {}", text.unwrap_or(kind)))
}

fn encounter(fields: &mut Fields<'_>) -> Map<String, Value> {
    let mut made = begin("Encounter");
    let status = fields.code(
        "status",
        &[
            "planned",
            "arrived",
            "triaged",
            "in-progress",
            "onleave",
            "finished",
            "cancelled",
            "unknown",
        ],
    );
    put(&mut made, "status", Some(status.unwrap_or("unknown")));
    // Required in R4; what the source calls it stands in its display.
    let mut class = json!({
        "system": "http://terminology.hl7.org/CodeSystem/v3-NullFlavor",
        "code": "UNK",
    });
    if let (Some(class), Some(display)) = (class.as_object_mut(), fields.text("class")) {
        class.insert("display".to_owned(), display.into());
    }
    put(&mut made, "class", Some(class));
    let mut types: Vec<Value> = fields.texts("types").into_iter().map(words).collect();
    types.extend(fields.concept("type"));
    if !types.is_empty() {
        put(&mut made, "type", Some(types));
    }
    let reasons: Vec<Value> = fields.texts("reasons").into_iter().map(words).collect();
    if !reasons.is_empty() {
        put(&mut made, "reasonCode", Some(reasons));
    }
    put(&mut made, "serviceType", fields.text("service").map(words));
    put(&mut made, "period", fields.period("period"));
    let places: Vec<Value> = fields
        .texts("locations")
        .into_iter()
        .map(|place| json!({ "location": { "display": place } }))
        .collect();
    if !places.is_empty() {
        put(&mut made, "location", Some(places));
    }
    let provider = fields.text("provider").map(|name| json!({ "display": name }));
    put(&mut made, "serviceProvider", provider);
    let left = fields
        .concept("discharge")
        .map(|concept| json!({ "dischargeDisposition": concept }));
    put(&mut made, "hospitalization", left);
    made
}

fn care_plan(fields: &mut Fields<'_>) -> Map<String, Value> {
    let mut made = begin("CarePlan");
    let status = fields.code(
        "status",
        &["draft", "active", "on-hold", "revoked", "completed", "unknown"],
    );
    put(&mut made, "status", Some(status.unwrap_or("unknown")));
    let intent = fields.code("intent", &["proposal", "plan", "order", "option"]);
    put(&mut made, "intent", Some(intent.unwrap_or("plan")));
    let mut kinds: Vec<Value> = fields.texts("kinds").into_iter().map(words).collect();
    kinds.extend(fields.concept("goal"));
    if !kinds.is_empty() {
        put(&mut made, "category", Some(kinds));
    }
    put(&mut made, "period", fields.period("period"));
    put(&mut made, "created", fields.moment("created"));
    let mut activities: Vec<Value> = Vec::new();
    if let Some(code) = fields.concept("activity") {
        activities.push(json!({ "detail": { "status": "unknown", "code": code } }));
    }
    let listed = fields.each("activities", |activity| {
        let given = activity.as_object()?;
        let payload: gateway_types::Payload = serde_json::from_value(activity.clone()).ok()?;
        let mut inner = Fields::of(&payload);
        let code = inner.concept("activity")?;
        let status = inner
            .code(
                "status",
                &[
                    "not-started",
                    "scheduled",
                    "in-progress",
                    "on-hold",
                    "completed",
                    "cancelled",
                    "stopped",
                    "unknown",
                ],
            )
            .unwrap_or("unknown");
        let mut detail = Map::new();
        detail.insert("status".to_owned(), status.into());
        detail.insert("code".to_owned(), code);
        if let Some(period) = given.get("scheduledPeriod").and_then(period_of) {
            detail.insert("scheduledPeriod".to_owned(), period);
        } else if let Some(text) = given.get("scheduledString").and_then(Value::as_str) {
            detail.insert("scheduledString".to_owned(), text.into());
        }
        Some(json!({ "detail": detail }))
    });
    if let Some(Value::Array(listed)) = listed {
        activities.extend(listed);
    }
    if !activities.is_empty() {
        put(&mut made, "activity", Some(activities));
    }
    made
}

fn care_team(fields: &mut Fields<'_>) -> Map<String, Value> {
    let mut made = begin("CareTeam");
    put(&mut made, "status", Some("active"));
    put(&mut made, "period", fields.period("period"));
    let people = fields.each("people", |person| {
        let text = |name: &str| person.get(name).and_then(Value::as_str);
        let mut participant = Map::new();
        if let Some(role) = text("role") {
            participant.insert("role".to_owned(), json!([words(role)]));
        }
        participant.insert("member".to_owned(), json!({ "display": text("name")? }));
        if let Some(organization) = text("organization") {
            participant.insert("onBehalfOf".to_owned(), json!({ "display": organization }));
        }
        // R4 has no place for how to reach a member who is no resource of their own.
        let reached: Vec<Value> = telecom_of(person.get("telecom"))
            .into_iter()
            .map(|telecom| json!({ "url": "urn:assent:telecom", "valueContactPoint": telecom }))
            .collect();
        if !reached.is_empty() {
            participant.insert("extension".to_owned(), reached.into());
        }
        Some(Value::Object(participant))
    });
    put(&mut made, "participant", people);
    let organization = fields
        .text("organization")
        .map(|name| json!([{ "display": name }]));
    put(&mut made, "managingOrganization", organization);
    let reached = fields.take_if("telecom", |value| !telecom_of(Some(value)).is_empty());
    let reached = telecom_of(reached);
    if !reached.is_empty() {
        put(&mut made, "telecom", Some(reached));
    }
    made
}

fn flag(fields: &mut Fields<'_>, category: Category) -> Map<String, Value> {
    let mut made = begin("Flag");
    let status = fields.code("status", &["active", "inactive"]);
    put(&mut made, "status", Some(status.unwrap_or("active")));
    let code = fields
        .concept("flag")
        .or_else(|| fields.text("hazard").map(words))
        .unwrap_or_else(|| named(category));
    put(&mut made, "code", Some(code));
    put(
        &mut made,
        "category",
        Some(json!([coded("flag-category", "safety")])),
    );
    put(&mut made, "period", fields.period("period"));
    made
}

/// Whatever has no resource of its own: an observation with a component for each field.
fn observation(mut fields: Fields<'_>, category: Category, subject: &Value, denied: bool) -> Value {
    let mut made = begin("Observation");
    let status = fields.code(
        "status",
        &[
            "registered",
            "preliminary",
            "final",
            "amended",
            "corrected",
            "cancelled",
            "unknown",
        ],
    );
    put(&mut made, "status", Some(status.unwrap_or("unknown")));
    let code = fields.concept("observation").unwrap_or_else(|| named(category));
    if category == Category::Labs {
        put(
            &mut made,
            "category",
            Some(json!([coded("observation-category", "laboratory")])),
        );
    }
    put(
        &mut made,
        "code",
        Some(if denied { not(&code, "observation") } else { code }),
    );
    put(&mut made, "subject", Some(subject.clone()));
    match fields.moment("effectiveDateTime") {
        Some(moment) => put(&mut made, "effectiveDateTime", Some(moment)),
        None => put(&mut made, "effectivePeriod", fields.period("effectivePeriod")),
    }
    if let Some(quantity) = fields.quantity("valueQuantity") {
        put(&mut made, "valueQuantity", Some(quantity));
    } else if let Some(value) = fields.concept("value") {
        let value = if denied { not(&value, "finding") } else { value };
        put(&mut made, "valueCodeableConcept", Some(value));
    } else if let Some(said) = fields.yes_or_no("valueBoolean") {
        put(&mut made, "valueBoolean", Some(said));
    }
    let interpretations: Vec<Value> = fields.texts("interpretation").into_iter().map(words).collect();
    if !interpretations.is_empty() {
        put(&mut made, "interpretation", Some(interpretations));
    }
    let components: Vec<Value> = fields
        .rest()
        .map(|(name, (kind, value))| {
            // A component has no decimal of its own.
            let (kind, value) = match kind {
                "valueDecimal" => ("valueQuantity", json!({ "value": value })),
                kind => (kind, value),
            };
            json!({ "code": words(name), kind: value })
        })
        .collect();
    if !components.is_empty() {
        put(&mut made, "component", Some(components));
    }
    Value::Object(made)
}

/// Adds to a list of the Patient: a source may have said it in several records.
fn append(patient: &mut Map<String, Value>, name: &str, values: Vec<Value>) {
    let all = patient.entry(name).or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(all) = all {
        all.extend(values);
    }
}

/// Who the person is.
pub(super) fn demographics(patient: &mut Map<String, Value>, fields: &mut Fields<'_>) {
    let written = fields.take_if("name", |name| name_of(name).is_some());
    let name = written.and_then(name_of).or_else(|| {
        let family = fields.text("LastName");
        let given: Vec<&str> = [fields.text("FirstName"), fields.text("MiddleName")]
            .into_iter()
            .flatten()
            .collect();
        let mut name = Map::new();
        put(&mut name, "family", family);
        if !given.is_empty() {
            put(&mut name, "given", Some(given));
        }
        put(
            &mut name,
            "suffix",
            fields.text("NameSuffix").map(|suffix| json!([suffix])),
        );
        (!name.is_empty()).then_some(Value::Object(name))
    });
    if let Some(name) = name {
        append(patient, "name", vec![name]);
    }
    put(
        patient,
        "gender",
        fields.code("gender", &["male", "female", "other", "unknown"]),
    );
    let born = fields.day("birthDate").or_else(|| fields.day("DOB"));
    put(patient, "birthDate", born);
    match fields.moment("deceasedDateTime") {
        Some(died) => put(patient, "deceasedDateTime", Some(died)),
        None => put(patient, "deceasedBoolean", fields.yes_or_no("deceasedBoolean")),
    }
    let languages = fields
        .text("language")
        .into_iter()
        .chain(fields.texts("languages"))
        .map(|language| json!({ "language": words(language) }))
        .collect::<Vec<_>>();
    if !languages.is_empty() {
        append(patient, "communication", languages);
    }
}

fn name_of(name: &Value) -> Option<Value> {
    let given = name.as_object()?;
    let mut made = Map::new();
    for part in ["prefix", "given", "suffix"] {
        if let Some(texts) = given.get(part).and_then(Value::as_array) {
            let texts: Vec<&Value> = texts.iter().filter(|text| text.is_string()).collect();
            if !texts.is_empty() {
                made.insert(part.to_owned(), json!(texts));
            }
        }
    }
    let family = match given.get("family") {
        Some(Value::Array(parts)) => {
            let parts: Vec<&str> = parts.iter().filter_map(Value::as_str).collect();
            Some(parts.join(" "))
        }
        Some(Value::String(family)) => Some(family.clone()),
        _ => None,
    };
    put(&mut made, "family", family.filter(|family| !family.is_empty()));
    (!made.is_empty()).then_some(Value::Object(made))
}

/// How the person is reached.
pub(super) fn contact(patient: &mut Map<String, Value>, fields: &mut Fields<'_>) {
    let mut telecom = Vec::new();
    if let Some(given) = fields.take_if("telecom", |value| !telecom_of(Some(value)).is_empty()) {
        telecom.extend(telecom_of(Some(given)));
    }
    for name in ["phone", "safe_phone"] {
        telecom.extend(
            fields
                .text(name)
                .map(|number| json!({ "system": "phone", "value": number })),
        );
    }
    for number in fields.texts("phones") {
        telecom.push(json!({ "system": "phone", "value": number }));
    }
    telecom.extend(
        fields
            .text("email")
            .map(|email| json!({ "system": "email", "value": email })),
    );
    if !telecom.is_empty() {
        append(patient, "telecom", telecom);
    }
    if let Some(text) = fields.text("address") {
        append(patient, "address", vec![words(text)]);
    } else if let Some(Value::Array(addresses)) = fields.each("address", address_of) {
        append(patient, "address", addresses);
    }
}

/// The number of social security.
pub(super) fn ssn(patient: &mut Map<String, Value>, fields: &mut Fields<'_>) {
    let number = fields.text("ssn").or_else(|| fields.text("SSN"));
    if let Some(number) = number {
        let number = json!({ "system": "http://hl7.org/fhir/sid/us-ssn", "value": number });
        append(patient, "identifier", vec![number]);
    }
}

fn telecom_of(value: Option<&Value>) -> Vec<Value> {
    let given = match value {
        Some(Value::Array(values)) => values.as_slice(),
        _ => return Vec::new(),
    };
    let point = |given: &Value| {
        let text = |name: &str| given.get(name).and_then(Value::as_str);
        let number = text("value").or_else(|| given.as_str())?;
        let system = text("system")
            .filter(|system| ["phone", "fax", "email", "pager", "url", "sms", "other"].contains(system))
            .unwrap_or("other");
        let mut made = json!({ "system": system, "value": number });
        let used = text("use").filter(|used| ["home", "work", "temp", "old", "mobile"].contains(used));
        if let (Some(made), Some(used)) = (made.as_object_mut(), used) {
            made.insert("use".to_owned(), used.into());
        }
        Some(made)
    };
    given.iter().filter_map(point).collect()
}

fn address_of(given: &Value) -> Option<Value> {
    let given = given.as_object()?;
    let mut made = Map::new();
    for name in ["text", "city", "district", "state", "postalCode", "country"] {
        if let Some(text) = given.get(name).filter(|text| text.is_string()) {
            made.insert(name.to_owned(), text.clone());
        }
    }
    let lines: Vec<&Value> = given
        .get("line")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|line| line.is_string())
        .collect();
    if !lines.is_empty() {
        made.insert("line".to_owned(), json!(lines));
    }
    (!made.is_empty()).then_some(Value::Object(made))
}
