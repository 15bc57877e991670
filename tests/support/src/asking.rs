//! Asking, and reading answers.

use gateway_http::{Answer, Caller};
use gateway_synthetic::CastMember;
use gateway_types::ClientIdentity;
use serde_json::{Value, json};

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
