//! `assent serve` with signing pages: a listener of their own, which serves them and nothing else.

use std::fs;
use std::time::Duration;

use gateway_http::Caller;

use crate::binary::{Office, Serving};

#[tokio::test(flavor = "multi_thread")]
async fn signing_pages_are_served_apart_and_end_with_the_rest() {
    let office = Office::furnish();
    // The certificate that browsers see is another one's affair; here it is the same.
    let (certificate, key) = office.credentials.server();
    fs::write(office.at("pages.pem"), certificate).unwrap();
    crate::binary::write_secret(&office.at("pages.key"), key);
    let pages = "\n[pages]\nlisten = \"127.0.0.1:0\"\naddress = \"https://sign.example\"\nleave_to = \"https://weather.example/\"\ncertificate = \"pages.pem\"\nkey = \"pages.key\"\n";
    office.configure(&format!("{}{pages}", office.usual()));
    let serving = Serving::start(&office);
    let browser = Caller::new(serving.pages.unwrap(), office.credentials.authority(), None).unwrap();
    assert_eq!(browser.get("/page.css").await.unwrap().status, 200);
    let secret = "7".repeat(64);
    let gone = browser.get(&format!("/sign/{secret}")).await.unwrap();
    assert_eq!(gone.status, 404);
    assert!(
        gone.text().contains("This link can not be used"),
        "{}",
        gone.text()
    );
    for path in ["/health", "/ready", "/openapi.json", "/v1/log/checkpoint"] {
        let answer = browser.get(path).await.unwrap();
        assert_eq!(
            (answer.status, answer.text()),
            (gone.status, gone.text()),
            "{path}"
        );
    }
    // Nor does the other listener serve the pages.
    let anyone = serving.caller(&office, None);
    assert_eq!(anyone.get("/health").await.unwrap().status, 200);
    assert_eq!(
        anyone.get("/page.css").await.unwrap().json()["type"],
        "urn:assent:problem:not-found"
    );
    serving.signal("TERM");
    let (code, log) = serving.ended(Duration::from_secs(30));
    assert_eq!(code, Some(0), "{log}");
    assert!(
        log.contains("serving signing pages") && log.contains("\"signing page\""),
        "{log}"
    );
    assert!(!log.contains(&secret), "{log}");
}
