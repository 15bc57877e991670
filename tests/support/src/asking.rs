//! Asking, and reading answers.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gateway_http::{Answer, Caller};
use gateway_synthetic::CastMember;
use gateway_types::ClientIdentity;
use serde_json::{Value, json};

/// Categories of every kind that the invented agencies hold.
pub const EVERY_KIND: [&str; 14] = [
    "demographics",
    "contact",
    "ssn",
    "shelter_status",
    "enrollment",
    "case_manager_contact",
    "medications",
    "conditions",
    "allergies",
    "encounters",
    "sud_treatment",
    "calls_for_service",
    "safety_flags",
    "veteran",
];

/// Somebody who calls the gateway.
#[derive(Clone, Debug)]
pub struct Asker(pub Caller);

impl Asker {
    /// Asks for categories about a member of the cast.
    pub async fn ask(&self, about: CastMember, purpose: &str, categories: &[&str]) -> Answer {
        self.ask_about(&about.person().identity(), purpose, categories)
            .await
    }

    /// Asks for categories about whoever these particulars identify.
    pub async fn ask_about(&self, identity: &ClientIdentity, purpose: &str, categories: &[&str]) -> Answer {
        let question =
            json!({ "client": { "identity": identity }, "purpose": purpose, "categories": categories });
        self.post("/v1/disclosures", &question).await
    }

    /// Sends JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.0.post_json(path, body).await.expect("an answer")
    }

    /// Fetches.
    pub async fn get(&self, path: &str) -> Answer {
        self.0.get(path).await.expect("an answer")
    }
}

/// The elements of an answer.
#[must_use]
pub fn elements(answer: &Answer) -> Vec<Value> {
    answer.json()["disclosure"]["elements"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

/// The receipt of an answer that carries it apart.
#[must_use]
pub fn receipt(answer: &Answer) -> Value {
    let receipt = URL_SAFE_NO_PAD
        .decode(&answer.headers["assent-receipt"])
        .expect("base64url");
    serde_json::from_slice(&receipt).expect("JSON")
}

/// Somebody whom no agency knows.
#[must_use]
pub fn nobody() -> ClientIdentity {
    identity("Nemo", "Nowhere-Atall", "1971-03-03")
}

/// Particulars for a question.
#[must_use]
pub fn identity(first_name: &str, last_name: &str, born: &str) -> ClientIdentity {
    ClientIdentity {
        first_name: Some(first_name.to_owned().into()),
        last_name: Some(last_name.to_owned().into()),
        birth_date: Some(born.parse::<gateway_types::Date>().expect("a date").into()),
        ..ClientIdentity::default()
    }
}
