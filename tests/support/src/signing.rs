//! Somebody who signs on a page, as a browser without scripts does.

use gateway_http::{Answer, Caller};
use gateway_synthetic::Staff;
use serde_json::{Value, json};

use crate::TestGateway;

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
