//! Somebody who signs on a page, as a browser without scripts does.

use gateway_http::{Answer, Caller};
use gateway_synthetic::{CastMember, Staff, agencies as cast};
use serde_json::{Value, json};

use crate::{PROGRAMME_STAFF, TestGateway, patient_key, tpo_terms};

/// Who signs.
pub const NAME: &str = "Rosa Quillfeather-Signs";
/// What is filled in to sign by typing.
pub const TYPED: [(&str, &str); 3] = [("name", NAME), ("typed", NAME), ("electronic", "yes")];

/// What staff ask for, beside the client.
#[must_use]
pub fn in_person() -> Value {
    json!({
        "screen": "in_person", "language": "en", "standing": "adult",
        "attested": ["name_matches_client", "signer_identified", "not_conditioned"],
    })
}

/// A gateway, Rosa's key at the programme, and a draft of hers.
pub async fn with_a_draft() -> (TestGateway, String, String) {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let consent = test.draft(PROGRAMME_STAFF, &key, &tpo_terms()).await;
    (test, key, consent)
}

/// The same, and somebody with a link to the draft.
pub async fn with_a_link() -> (TestGateway, String, String, Signer) {
    let (test, key, consent) = with_a_draft().await;
    let made = test.ask_for_link(PROGRAMME_STAFF, &consent, &in_person()).await;
    let signer = test.signer(&made);
    (test, key, consent, signer)
}

/// The consent as its holder sees it.
pub async fn on_file(test: &TestGateway, consent: &str) -> Value {
    let answer = test
        .asker(PROGRAMME_STAFF)
        .get(&format!("/v1/consents/{consent}"))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// What an answer shows, all of it but the time.
#[must_use]
pub fn shows(answer: &Answer) -> (u16, String, Vec<String>) {
    let headers = answer.headers.iter().filter(|(name, _)| *name != "date");
    let headers = headers.map(|(name, value)| format!("{name}: {value:?}"));
    (answer.status.as_u16(), answer.text(), headers.collect())
}

/// What a link shows that never was.
pub async fn gone(test: &TestGateway) -> (u16, String, Vec<String>) {
    let unknown = test.signer_at(&format!("/sign/{}", "0".repeat(64)));
    let answer = unknown.get("").await;
    assert_eq!(answer.status, 404);
    shows(&answer)
}

/// Somebody at a signing page, who has a link and no certificate.
#[derive(Clone, Debug)]
pub struct Signer {
    /// How they call.
    pub caller: Caller,
    /// The path of their link.
    pub path: String,
}

/// What is filled in, with the page's own hidden fields, as a browser sends it.
#[must_use]
pub fn filled(page: &str, own: &[(&str, &str)]) -> String {
    let mut sent = String::new();
    let hidden = page
        .split("<input type=\"hidden\" name=\"")
        .skip(1)
        .filter_map(|rest| {
            let (name, rest) = rest.split_once('"')?;
            let value = rest.strip_prefix(" value=\"")?.split_once('"')?.0;
            Some((
                name,
                value
                    .replace("&lt;", "<")
                    .replace("&gt;", ">")
                    .replace("&quot;", "\"")
                    .replace("&#39;", "'")
                    .replace("&amp;", "&"),
            ))
        });
    let hidden: Vec<_> = hidden.collect();
    let mut add = |name: &str, value: &str| {
        if !sent.is_empty() {
            sent.push('&');
        }
        sent.push_str(name);
        sent.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() {
                sent.push(char::from(byte));
            } else {
                sent.push_str(&format!("%{byte:02X}"));
            }
        }
    };
    for (name, value) in &hidden {
        if !own.iter().any(|(given, _)| given == name) {
            add(name, value);
        }
    }
    for (name, value) in own {
        add(name, value);
    }
    sent
}

impl Signer {
    /// Fetches a page below the link: `""` is the link itself.
    pub async fn get(&self, below: &str) -> Answer {
        let path = format!("{}{below}", self.path);
        self.caller.get(&path).await.expect("an answer")
    }

    /// Sends a form.
    pub async fn send(&self, act: &str, body: &str) -> Answer {
        let path = format!("{}/{act}", self.path);
        let media_type = "application/x-www-form-urlencoded";
        self.caller
            .call("POST", &path, media_type, body.to_owned())
            .await
            .expect("an answer")
    }

    /// Fills in the form and sends it to be read back.
    pub async fn review(&self, own: &[(&str, &str)]) -> Answer {
        let page = self.get("").await;
        self.send("review", &filled(&page.text(), own)).await
    }

    /// Signs: reads, fills in, hears it read back, says yes.
    pub async fn sign(&self, own: &[(&str, &str)]) -> Answer {
        let read_back = self.review(own).await;
        self.send("yes", &filled(&read_back.text(), &[])).await
    }
}

impl TestGateway {
    /// Drafts a form; returns its id.
    pub async fn draft(&self, by: Staff<'_>, key: &str, terms: &Value) -> String {
        let draft = json!({ "own_key": key, "terms": terms });
        let drafted = self.asker(by).post("/v1/consents/drafts", &draft).await;
        assert_eq!(drafted.status, 201, "{}", drafted.text());
        drafted.json()["consent"].as_str().expect("an id").to_owned()
    }

    /// Asks for a link with which a form can be signed.
    pub async fn ask_for_link(&self, by: Staff<'_>, consent: &str, wanted: &Value) -> Answer {
        let path = format!("/v1/consents/{consent}/signing-links");
        self.asker(by).post(&path, wanted).await
    }

    /// Somebody with a link to a form, as the answer to who asked for it gave it.
    #[must_use]
    pub fn signer(&self, made: &Answer) -> Signer {
        assert_eq!(made.status, 201, "{}", made.text());
        let url = made.json()["url"].as_str().expect("a link").to_owned();
        let path = url
            .strip_prefix(&format!("https://{}", self.pages))
            .expect("a link to the pages")
            .to_owned();
        self.signer_at(&path)
    }

    /// Somebody at any path of the pages.
    #[must_use]
    pub fn signer_at(&self, path: &str) -> Signer {
        let caller = Caller::new(self.pages, self.credentials.authority(), None).expect("a caller");
        Signer {
            caller,
            path: path.to_owned(),
        }
    }
}
