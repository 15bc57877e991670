//! Witnesses that err, lie or are away cost a log nothing that others have vouched for.

use std::sync::Mutex;

use gateway_audit::witness::{AddCheckpoint, WitnessAnswer, add_checkpoint};
use gateway_audit::{Cosigner, WitnessKey};
use gateway_crypto::SigningKey;
use gateway_exchange::witness::WitnessLine;
use gateway_synthetic::agencies as cast;
use gateway_types::Clock as _;
use serde_json::json;
use tests_support::{TestGateway, cosigner, log_key, nobody, trust_policy};

/// A witness with a memory, that says `also` with its cosignature, or always something else.
struct Fake {
    cosigner: Cosigner,
    held: Mutex<Option<String>>,
    also: String,
    instead: Option<(u16, &'static str)>,
    now: gateway_types::Timestamp,
}

#[async_trait::async_trait]
impl WitnessLine for Fake {
    fn key(&self) -> &WitnessKey {
        self.cosigner.verifier()
    }

    async fn add_checkpoint(&self, body: String) -> Result<(u16, String), String> {
        if let Some((status, text)) = self.instead {
            return Ok((status, text.to_owned()));
        }
        let request = AddCheckpoint::parse(&body).unwrap();
        let mut held = self.held.lock().unwrap();
        match add_checkpoint(&request, &log_key(), held.as_deref(), &self.cosigner, self.now) {
            WitnessAnswer::Cosigned(line) => {
                *held = Some(request.checkpoint);
                Ok((200, line + &self.also))
            }
            other => Err(format!("{other:?}")),
        }
    }
}

fn fake(test: &TestGateway, cosigner: Cosigner) -> Fake {
    Fake {
        cosigner,
        held: Mutex::default(),
        also: String::new(),
        instead: None,
        now: test.clock.now(),
    }
}

fn stranger() -> Cosigner {
    Cosigner::new("stranger.test.example", SigningKey::from_seed([12; 32])).unwrap()
}

async fn grow(test: &TestGateway) {
    let officer = test.auditor(cast::RIVERTON_HMIS);
    let nobody = json!({ "client": { "identity": nobody() } });
    assert_eq!(officer.post("/v1/accountings", &nobody).await.status, 200);
}

async fn witnessed(test: &TestGateway) -> String {
    test.gateway.witnessed_checkpoint().await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_forged_in_anothers_name_spoils_nothing() {
    let test = TestGateway::start().await;
    grow(&test).await;
    let id = cosigner().verifier().id();
    let forged = gateway_audit::Base64([id.as_slice(), &[0; 72]].concat());
    let forged = serde_json::to_value(forged).unwrap();
    let mut liar = fake(&test, stranger());
    liar.also = format!("\u{2014} witness.test.example {}\n", forged.as_str().unwrap());
    let honest = fake(&test, cosigner());
    let lines: Vec<Box<dyn WitnessLine>> = vec![Box::new(liar), Box::new(honest)];
    assert!(test.gateway.be_witnessed(&lines).await.unwrap());
    let note = witnessed(&test).await;
    assert!(trust_policy().judge(&note, None).unwrap().met, "{note}");
    assert!(stranger().verifier().find(&note).unwrap().is_some(), "{note}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_is_away_does_not_cost_the_checkpoint_that_enough_have_cosigned() {
    let test = TestGateway::start().await;
    let lines = |cosigner| -> Vec<Box<dyn WitnessLine>> { vec![Box::new(fake(&test, cosigner))] };
    grow(&test).await;
    // Nothing better: kept.
    assert!(!test.gateway.be_witnessed(&lines(stranger())).await.unwrap());
    assert!(!trust_policy().judge(&witnessed(&test).await, None).unwrap().met);
    assert!(test.gateway.be_witnessed(&lines(cosigner())).await.unwrap());
    let enough = witnessed(&test).await;
    grow(&test).await;
    let unsigned: Vec<Box<dyn WitnessLine>> = Vec::new();
    assert!(!test.gateway.be_witnessed(&unsigned).await.unwrap());
    // The memory of sizes is by name: this stranger starts anew, as the first did.
    let another = Cosigner::new("another.test.example", SigningKey::from_seed([13; 32])).unwrap();
    assert!(!test.gateway.be_witnessed(&lines(another)).await.unwrap());
    assert_eq!(witnessed(&test).await, enough);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_garbled_answer_is_not_taken_for_a_rollback() {
    let test = TestGateway::start().await;
    grow(&test).await;
    let mut garbled = fake(&test, cosigner());
    garbled.instead = Some((409, "<html>Conflict</html>"));
    let lines: Vec<Box<dyn WitnessLine>> = vec![Box::new(garbled)];
    assert!(!test.gateway.be_witnessed(&lines).await.unwrap());
    let health = test.caller(None).get("/health").await.unwrap();
    assert_eq!(health.status, 200, "{}", health.text());
}
