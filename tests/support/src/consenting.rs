//! What tests of consents share: terms, steps over the API, what the clinician sees of the programme by them, and a consent
//! that is taken back while an answer that rests on it is on its way.

use std::sync::Arc;

use gateway_http::Answer;
use gateway_synthetic::{CastMember, Staff, agencies as cast};
use gateway_types::ConsentId;
use serde_json::{Value, json};

use crate::{PROGRAMME_STAFF, TestGateway, elements};

/// What is asked for of the programme's records.
const ASKED: [&str; 3] = ["medications", "conditions", "sud_treatment"];

/// Terms of a Part 2 consent at the treatment programme that names the crisis team, until discharge (42 CFR 2.31).
#[must_use]
pub fn named_terms() -> Value {
    json!({
        "kind": "named",
        "discloser": { "agencies": [cast::CEDAR_RECOVERY] },
        "recipients": { "agencies": [cast::HARBOR_CRISIS] },
        "purposes": ["TREAT"],
        "categories": { "only": ["sud_treatment", "medications", "conditions", "encounters"] },
        "expiry": { "event": "discharge" },
        "statements": [
            "part2_redisclosure_by_hipaa_holders", "part2_right_to_revoke",
            "part2_redisclosure_potential", "part2_refusal_consequences",
        ],
    })
}

/// Whether an answer holds anything of the treatment programme.
#[must_use]
pub fn is_of_the_programme(answer: &Answer) -> bool {
    let of_it = |element: &Value| element["source"] == cast::CEDAR_RECOVERY;
    elements(answer).iter().any(of_it)
}

impl TestGateway {
    /// Whether the crisis clinician, who treats the client, is shown anything of the treatment programme now.
    pub async fn shows_the_programme(&self, member: CastMember) -> bool {
        let answer = self.clinician().ask(member, "TREAT", &ASKED).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        is_of_the_programme(&answer)
    }

    /// Takes a step in the life of a consent.
    pub async fn step_consent(&self, by: Staff<'_>, consent: &str, step: &Value) -> Answer {
        let path = format!("/v1/consents/{consent}/steps");
        self.asker(by).post(&path, step).await
    }

    /// Has a consent taken back at the programme while what is asked has been decided and its entry is being written;
    /// returns the answer.
    pub async fn revoke_while<A>(self: &Arc<Self>, consent: &str, asking: A) -> Answer
    where
        A: Future<Output = Answer> + Send + 'static,
    {
        let revoking = {
            let (test, consent) = (Arc::clone(self), consent.to_owned());
            async move { test.revoke(PROGRAMME_STAFF, &consent).await }
        };
        self.change_while(consent, revoking, asking).await
    }

    /// Has something done about a consent that counts before it is in the log, while what is asked has been decided and its
    /// entry is being written; returns the answer to what was asked.
    pub async fn change_while<C, A>(self: &Arc<Self>, consent: &str, change: C, asking: A) -> Answer
    where
        C: Future<Output = Answer> + Send + 'static,
        A: Future<Output = Answer> + Send + 'static,
    {
        let id = ConsentId::from_uuid(consent.parse().expect("an id"));
        let version = self.version_on_file(id).await;
        self.while_under_way(asking, async || {
            let changing = tokio::spawn(change);
            while self.version_on_file(id).await == version {
                tokio::task::yield_now().await;
            }
            Some(changing)
        })
        .await
    }

    /// Lets time pass while what is asked has been decided and its entry is being written; returns the answer.
    pub async fn advance_while<A>(self: &Arc<Self>, seconds: i64, asking: A) -> Answer
    where
        A: Future<Output = Answer> + Send + 'static,
    {
        self.while_under_way(asking, async || {
            self.clock.advance(seconds);
            None
        })
        .await
    }

    /// Does something while an answer has been decided and its entry is on the way; what it leaves running has to end well.
    async fn while_under_way<A>(
        &self,
        asking: A,
        done: impl AsyncFnOnce() -> Option<tokio::task::JoinHandle<Answer>>,
    ) -> Answer
    where
        A: Future<Output = Answer> + Send + 'static,
    {
        let held = self.audit.hold().await;
        let asking = tokio::spawn(asking);
        while self.audit.under_way() == 0 {
            tokio::task::yield_now().await;
        }
        let running = done().await;
        drop(held);
        if let Some(running) = running {
            let answer = running.await.expect("a task that ends");
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        asking.await.expect("a task that ends")
    }

    async fn version_on_file(&self, id: ConsentId) -> u32 {
        let stored = self.records.consent(id).await.expect("a store that answers");
        stored.expect("a consent on file").version
    }
}
