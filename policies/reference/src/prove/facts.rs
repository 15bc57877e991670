//! From a request that the solver found back to the facts of a decision: the inverse of `scene.rs`, for one element and
//! one recipient. What the engine works out from the facts is left to it; whether the facts are an example is seen when
//! they are decided.

use std::collections::BTreeMap;

use gateway_types::Timestamp;
use policies::facts::Facts;
use serde_json::{Map, Value, json};

/// The facts of a request about a category.
///
/// # Errors
/// If something in the request has no place among facts.
pub(super) fn facts(context: &Value, category: &str) -> Result<Facts, String> {
    serde_json::from_value(Back { context, category }.facts()).map_err(|error| error.to_string())
}

struct Back<'c> {
    context: &'c Value,
    category: &'c str,
}

impl Back<'_> {
    fn at(&self, path: &str) -> &Value {
        self.context.pointer(path).unwrap_or(&Value::Null)
    }

    fn facts(&self) -> Value {
        let mut agencies = Map::new();
        for party in [
            "/holder",
            "/source",
            "/recipient/agency",
            "/requester",
            "/gate/recipient/operator",
        ] {
            let party = self.at(party);
            let mut facts = json!({ "kind": word(party, "kind"), "part2_program": word(party, "part2") });
            flag(&mut facts, &words(party, "flags"));
            agencies.insert(agency(party, "id"), facts);
        }
        if self.at("/gate/recipient/known") == &json!(false) {
            agencies.remove(&agency(self.at("/recipient/agency"), "id"));
        }
        let asks = word(self.context, "initiator") == "requester";
        let recipient = self.recipient();
        let mut audience = if asks { Vec::new() } else { vec![recipient.clone()] };
        if self.at("/gate/other") != self.at("/recipient/agency") {
            let of_holder = agency(self.at("/holder"), "id");
            audience.push(json!({ "agency": of_holder, "role": "clinician", "system": "own_record_system" }));
        }
        let gate = self.at("/gate/requester");
        let mut requester = if asks {
            recipient.clone()
        } else {
            json!({ "agency": agency(self.at("/requester"), "id"), "role": word(gate, "role"), "system": "own_record_system" })
        };
        put(&mut requester, "asserts_consent", gate.get("assertsConsent"));
        put(&mut requester, "identity_unverified", gate.get("unverified"));
        let (holder, source) = (agency(self.at("/holder"), "id"), agency(self.at("/source"), "id"));
        let client = self.at("/client");
        let everybody: Vec<&String> = agencies.keys().collect();
        let mut agreements = vec![json!({
            "id": "everything", "effective": moment(&json!(0)), "parties": everybody,
            "purposes": [word(self.context, "purpose")], "categories": ["all"],
        })];
        agreements.extend(self.agreements());
        let mut elements = vec![json!({
            "id": "e1", "category": self.category, "source": source, "holder": holder,
            "regimes": words(self.at("/element"), "regimes"), "sensitivity": words(self.at("/element"), "labels"),
            "facts": self.particularities(),
        })];
        let element = self.at("/element");
        let is_admission = self.category == "patient_statement"
            && words(element, "facts")
                .iter()
                .any(|fact| fact == "admission_of_violent_crime");
        if self.at("/onFile/admissions") == &json!(true) && !is_admission {
            let mut said = json!({ "admission_of_violent_crime": true });
            put(
                &mut said,
                "learned_in_therapy",
                self.at("/onFile").get("admissionsInTherapy"),
            );
            elements.push(
                json!({ "id": "e2", "category": "patient_statement", "source": holder, "regimes": ["HIPAA"],
                "facts": said }),
            );
        }
        json!({
            "now": moment(self.at("/now")), "initiator": word(self.context, "initiator"), "agencies": agencies,
            "requester": requester, "audience": audience,
            "purpose": word(self.context, "purpose"), "mous": agreements,
            "client": {
                "age": client.get("age"), "in_custody": client.get("inCustody"), "deceased": client.get("deceased"),
                "minor_may_consent_alone": client.get("mayConsentAlone"),
                "adjudicated_incapacity": client.get("incapacitated"), "match": word(client, "found"),
            },
            "elements": elements, "consents": self.consents(), "circumstances": self.circumstances(&holder),
        })
    }

    fn recipient(&self) -> Value {
        let seat = self.at("/recipient");
        let mut person = json!({
            "agency": agency(self.at("/recipient/agency"), "id"), "role": word(seat, "role"), "system": word(seat, "system"),
        });
        put(&mut person, "licensed_clinician", seat.get("licensed"));
        put(&mut person, "medical_personnel", seat.get("medical"));
        put(&mut person, "treating_relationship", seat.get("treating"));
        let handles = words(seat, "handles");
        let named = words(self.at("/consent"), "persons");
        let handle = handles
            .iter()
            .find(|handle| named.contains(handle))
            .or(handles.first());
        if let Some(handle) = handle {
            put(&mut person, "person", Some(&json!(name(handle))));
        }
        person
    }

    fn particularities(&self) -> Value {
        let element = self.at("/element");
        let mut facts = json!({ "deidentified": word(element, "deidentified") });
        flag(&mut facts, &words(element, "facts"));
        if let Some(cell) = element.get("smallestCell").and_then(Value::as_u64) {
            put(&mut facts, "min_cell", Some(&json!(cell)));
        }
        if word(element, "loggedBasis") != "absent" {
            let entry = json!({ "basis": word(element, "loggedBasis"), "recipient": agency(element, "loggedRecipient"),
                "at": moment(self.at("/now")), "regime": "HIPAA" });
            put(&mut facts, "log_entry", Some(&entry));
        }
        facts
    }

    /// The paper of a kind, if there is one.
    fn papers(&self, name: &str, read: impl Fn(&Value, &Value) -> Option<Value>) -> Vec<Value> {
        let paper = self.context.get(name);
        paper
            .and_then(|paper| read(paper, self.context))
            .into_iter()
            .collect()
    }

    fn consents(&self) -> Vec<Value> {
        let mut found = self.papers("consent", |consent, papers| {
            let kind = present(consent, "kind")?;
            let mut facts = json!({
                "kind": kind, "discloser": { "agencies": agencies(consent, "disclosers"), "classes": words(consent, "discloserClasses") },
                "recipients": { "agencies": agencies(consent, "recipients"), "classes": words(consent, "recipientClasses"),
                    "persons": words(consent, "persons").iter().map(|person| name(person)).collect::<Vec<_>>() },
                "purposes": words(consent, "purposes"), "categories": scope(consent, "allCategories"),
                "statements": flags(&words(consent, "statements")), "combined_with": words(consent, "combinedWith"),
                "no_investigative_use": consent.get("noInvestigativeUse"), "known_false": consent.get("knownFalse"),
                "conditioned": consent.get("conditioned"), "names_gateway": consent.get("namesGateway"),
                "client_name_differs": consent.get("clientNameDiffers"),
            });
            if consent.get("dated") == Some(&json!(true)) {
                put(&mut facts, "signed_at", consent.get("signedAt").map(moment).as_ref());
            }
            for (key, side) in [("signer", "signer"), ("co_signer", "coSigner")] {
                if let Some(signer) = consent.get(side)
                    && let Some(role) = present(signer, "role")
                {
                    let signer = json!({ "role": role, "authority_documented": signer.get("documented"),
                        "suspected_abuser": signer.get("suspectedAbuser") });
                    put(&mut facts, key, Some(&signer));
                }
            }
            let expiry = match word(consent, "expiry") {
                "moment" => Some(json!({ "at": consent.get("expiresAt").map(moment) })),
                "never" => Some(json!({ "none": true })),
                "event" => Some(json!({ "event": present(consent, "expiryEvent")?, "occurred": match word(consent, "occurred") {
                    "yes" => json!(true), "no" => json!(false), _ => json!("unknown") } })),
                _ => None,
            };
            put(&mut facts, "expires", expiry.as_ref());
            if consent.get("namesProceeding") == Some(&json!(true)) {
                put(&mut facts, "proceeding", Some(&json!("the proceeding")));
            }
            if let Some(revocation) = papers.get("revocation")
                && revocation.get("received") == Some(&json!(true))
            {
                let revoked = json!([{ "at": revocation.get("at").map(moment), "recipients": agencies(revocation, "recipients") }]);
                put(&mut facts, "revoked", Some(&revoked));
            }
            Some(facts)
        });
        for (place, consent) in found.iter_mut().enumerate() {
            put(consent, "id", Some(&json!(format!("c{place}"))));
        }
        found
    }

    fn agreements(&self) -> Vec<Value> {
        let mut found = self.papers("agreement", |paper, _| {
            let parties = agencies(paper, "parties");
            let ends = if paper.get("endless") == Some(&json!(true)) { None } else { paper.get("ends").map(moment) };
            (!parties.is_empty()).then(|| {
                let mut facts = json!({
                    "effective": paper.get("effective").map(moment), "parties": parties, "purposes": words(paper, "purposes"),
                    "categories": scope(paper, "allCategories"), "instruments": words(paper, "instruments"),
                    "terms": words(paper, "terms"), "segregated_clinical_record": paper.get("segregated"),
                });
                put(&mut facts, "expires", ends.as_ref());
                facts
            })
        });
        for (place, agreement) in found.iter_mut().enumerate() {
            put(agreement, "id", Some(&json!(format!("m{place}"))));
        }
        found
    }

    fn circumstances(&self, holder: &str) -> Value {
        let mut attestations = self.papers("attestation", |paper, _| {
            let kind = present(paper, "kind")?;
            let mut facts = json!({ "type": kind, "by_role": present(paper, "role").unwrap_or("service_agent"),
                "by_agency": agency(paper, "by"), "categories": words(paper, "categories") });
            flag(&mut facts, &words(paper, "facts"));
            Some(facts)
        });
        let recipient = agency(self.at("/recipient/agency"), "id");
        for (attested, by) in [
            ("attestedByRecipient", recipient.as_str()),
            ("attested", "somebody"),
        ] {
            for kind in words(self.at("/onFile"), attested) {
                if !attestations
                    .iter()
                    .any(|known| known.get("type") == Some(&json!(kind)))
                {
                    attestations.push(json!({ "type": kind, "by_role": "service_agent", "by_agency": by }));
                }
            }
        }
        let offsite = words(self.at("/onFile"), "offsiteCrime");
        let looked_at = self.at("/attestation");
        let is_looked_at = word(looked_at, "kind") == "offsite_crime" && agency(looked_at, "by") == holder;
        if !offsite.is_empty() && !is_looked_at {
            let mut facts =
                json!({ "type": "offsite_crime", "by_role": "service_agent", "by_agency": holder });
            flag(&mut facts, &offsite);
            attestations.push(facts);
        }
        let processes = self.papers("process", |paper, _| {
            let mut facts = json!({ "type": present(paper, "kind")?, "by": agency(paper, "by"),
                "categories": words(paper, "categories"), "findings": words(paper, "findings") });
            put(
                &mut facts,
                "request_for",
                present(paper, "aim").map(|aim| json!(aim)).as_ref(),
            );
            flag(&mut facts, &words(paper, "facts"));
            Some(facts)
        });
        let authorities = self.papers("authority", |paper, _| {
            Some(json!({ "topic": present(paper, "topic")?, "agency": agency(paper, "agency"),
                "form": present(paper, "form").unwrap_or("statute"), "categories": words(paper, "categories") }))
        });
        let notice = |paper: &Value, _: &Value| {
            (!words(paper, "uses").is_empty()).then(|| {
                json!({ "agency": agency(paper, "agency"), "version": "1", "uses": words(paper, "uses"),
                    "recipient_kinds": words(paper, "recipientKinds"), "describes_gateway": paper.get("describesGateway") })
            })
        };
        let mut notices = self.papers("holderNotice", notice);
        notices.extend(self.papers("recipientNotice", notice));
        let present_at = self.at("/onFile").get("presentBeforeRecipient").cloned();
        let mut spoken = self.papers("wordOfMouth", |paper, _| {
            let to = word(paper, "to");
            (to != "(nobody)").then(|| {
                let present = name(to) == recipient && present_at == Some(json!(true));
                json!({ "to": name(to), "documented": paper.get("documented"), "client_present": present,
                    "categories": words(paper, "categories") })
            })
        });
        let is_to_recipient = |one: &Value| one.get("to") == Some(&json!(recipient));
        if present_at == Some(json!(true)) && !spoken.iter().any(is_to_recipient) {
            spoken.push(json!({ "to": recipient, "client_present": true }));
        }
        let papers = self.at("/approvals");
        let by_two = words(papers, "byTwo");
        let approvals: Vec<Value> = words(papers, "given")
            .iter()
            .map(|kind| json!({ "type": kind, "by_agency": holder, "two_person": by_two.contains(kind) }))
            .collect();
        let mut modules = Vec::new();
        for (part, effect) in [
            ("open", "no_additional_rule"),
            ("needsConsent", "require_consent"),
            ("denies", "deny"),
        ] {
            for topic in words(self.at("/state"), part) {
                modules
                    .push(json!({ "id": format!("s{}", modules.len()), "topic": topic, "effect": effect }));
            }
        }
        let mut all = json!({
            "attestations": attestations, "legal_process": processes, "legal_authority": authorities,
            "privacy_notices": notices, "oral_agreements": spoken, "approvals": approvals, "state_modules": modules,
            "gateway_role": word(self.context, "gateway"), "ems_call_open": self.at("/ambulanceOnCall"),
            "declared_disaster": self.at("/disasterDeclared"), "audit_store_unavailable": self.at("/auditUnavailable"),
            "emergency": self.emergency(),
            "representative": { "authority_documented": self.at("/representative/documented"),
                "categories": scope(self.at("/representative"), "everything") },
        });
        let restriction = self.at("/restriction");
        if let Some(kind) = present(restriction, "kind") {
            let everybody = restriction.get("everybody") == Some(&json!(true));
            let recipients = if everybody {
                Vec::new()
            } else {
                agencies(restriction, "recipients")
            };
            put(
                &mut all,
                "restrictions",
                Some(&json!([{ "type": kind, "agency": agency(restriction, "agency"),
                "categories": words(restriction, "categories"), "recipients": recipients }])),
            );
        }
        let suspension = self.at("/suspension");
        if let Some(form) = present(suspension, "form") {
            let mut facts = json!({ "agency": agency(suspension, "agency"), "form": form,
                "start": suspension.get("start").map(moment) });
            if suspension.get("endStated") == Some(&json!(true)) {
                put(&mut facts, "end", suspension.get("end").map(moment).as_ref());
            }
            put(&mut all, "suspensions", Some(&json!([facts])));
        }
        all
    }

    fn emergency(&self) -> Value {
        let stated = self.at("/emergency");
        let mut facts = json!({ "needed_categories": words(stated, "needed") });
        for (key, attribute) in [
            ("immediate_treatment_needed", "treatmentNeeded"),
            ("client_able_to_consent", "ableToConsent"),
            ("client_refused", "refused"),
            ("representative_available", "representativeAvailable"),
            ("program_closed_by_disaster", "closedByDisaster"),
            ("personnel_named", "personnelNamed"),
            ("affiliation_named", "affiliationNamed"),
            ("discloser_named", "discloserNamed"),
            ("time_recorded", "timeRecorded"),
            ("nature_recorded", "natureRecorded"),
        ] {
            put(&mut facts, key, stated.get(attribute));
        }
        put(
            &mut facts,
            "stated_by",
            present(stated, "statedBy").map(|role| json!(role)).as_ref(),
        );
        facts
    }
}

fn put(facts: &mut Value, key: &str, value: Option<&Value>) {
    if let (Some(map), Some(value)) = (facts.as_object_mut(), value) {
        map.insert(key.to_owned(), value.clone());
    }
}

fn flag(facts: &mut Value, codes: &[String]) {
    for code in codes {
        put(facts, code, Some(&json!(true)));
    }
}

fn flags(codes: &[String]) -> BTreeMap<&String, bool> {
    codes.iter().map(|code| (code, true)).collect()
}

fn id(value: &Value) -> Option<&str> {
    value.pointer("/__entity/id").and_then(Value::as_str)
}

fn word<'v>(record: &'v Value, key: &str) -> &'v str {
    record.get(key).and_then(id).unwrap_or_default()
}

/// The word, unless there is none.
fn present<'v>(record: &'v Value, key: &str) -> Option<&'v str> {
    Some(word(record, key)).filter(|word| *word != "absent")
}

fn words(record: &Value, key: &str) -> Vec<String> {
    let listed = record.get(key).and_then(Value::as_array);
    listed
        .into_iter()
        .flatten()
        .filter_map(id)
        .map(str::to_owned)
        .collect()
}

/// The solver's names are no ids of ours: each gets one of its own.
fn name(text: &str) -> String {
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("n{hex}")
}

fn agency(record: &Value, key: &str) -> String {
    name(word(record, key))
}

fn agencies(record: &Value, key: &str) -> Vec<String> {
    words(record, key).iter().map(|text| name(text)).collect()
}

fn scope(record: &Value, all: &str) -> Value {
    if record.get(all) == Some(&json!(true)) {
        json!(["all"])
    } else {
        json!(words(record, "categories"))
    }
}

fn moment(value: &Value) -> Value {
    json!(Timestamp::from_micros(
        value.as_i64().unwrap_or_default().clamp(0, 3_000_000_000_000_000)
    ))
}
