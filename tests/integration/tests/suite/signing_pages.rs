//! Signing on a screen: what is shown is what is kept, nothing counts before a yes, and no page tells or leads anywhere.

use gateway_audit::EntryKind;
use gateway_crypto::Digest;
use gateway_synthetic::{CastMember, agencies as cast};
use gateway_types::Clock as _;
use http::HeaderValue;
use serde_json::{Value, json};
use tests_support::signing::{
    NAME, TYPED, filled, gone, in_person, on_file, shows, with_a_draft, with_a_link,
};
use tests_support::{LEAVE_TO, Outage, PROGRAMME_STAFF, captured_logs, elements};

/// Fields and what stands in them.
type Filled<'a> = &'a [(&'a str, &'a str)];

const STROKES: &str = "[[[10,20],[300,40],[310,380]],[[500,5]]]";

#[tokio::test(flavor = "multi_thread")]
async fn a_client_reads_hears_it_read_back_says_yes_and_has_a_copy() {
    let (test, key, consent) = with_a_draft().await;
    let may_ask = async || {
        let categories = ["medications", "conditions", "sud_treatment"];
        let answer = test.clinician().ask(CastMember::Rosa, "TREAT", &categories).await;
        let of_programme = |element: &&Value| element["source"] == cast::CEDAR_RECOVERY;
        elements(&answer).iter().filter(of_programme).count()
    };
    assert_eq!(may_ask().await, 0);
    let before = test.log_size().await;
    let made = test.ask_for_link(PROGRAMME_STAFF, &consent, &in_person()).await;
    assert_eq!(made.json()["will_lack"], json!([]));
    let (signer, link) = (
        test.signer(&made),
        made.json()["link"].as_str().unwrap().to_owned(),
    );
    assert_eq!(signer.path.len(), "/sign/".len() + 64, "256 bits");

    let page = signer.get("").await;
    assert_eq!(page.status, 200);
    let html = page.text();
    let form = on_file(&test, &consent).await["form"]
        .as_str()
        .unwrap()
        .to_owned();
    for wanted in [
        "Cedar Recovery",
        &form,
        "Type your full name here to sign",
        "lang=\"en\"",
    ] {
        assert!(html.contains(wanted), "{wanted}: {html}");
    }
    assert!(!html.contains("checked"), "nothing is chosen beforehand");
    let read_back = signer.review(&TYPED).await;
    assert_eq!(read_back.status, 200);
    assert!(
        read_back.text().contains("This lets Cedar Recovery"),
        "{}",
        read_back.text()
    );
    assert_eq!(
        on_file(&test, &consent).await["status"],
        "draft",
        "nothing counts yet"
    );
    assert_eq!(may_ask().await, 0);

    let reread = test.log_size().await;
    let yes = signer.send("yes", &filled(&read_back.text(), &[])).await;
    assert_eq!(yes.status, 303, "{}", yes.text());
    assert_eq!(yes.headers["location"].to_str().unwrap(), signer.path);
    let copy = signer.get("").await;
    assert_eq!(copy.status, 200);
    assert!(copy.text().contains("You signed the form") && copy.text().contains(NAME));
    let held = on_file(&test, &consent).await;
    assert_eq!(
        (&held["status"], &held["version"]),
        (&json!("active"), &json!(2)),
        "{held}"
    );
    assert!(may_ask().await > 0);

    // What is kept is the page as it was shown, and its digest is in the signature and in the log.
    let artefact = test
        .asker(PROGRAMME_STAFF)
        .get(&format!("/v1/consents/{consent}/artefact"))
        .await;
    assert_eq!(artefact.status, 200);
    assert_eq!(artefact.headers["content-type"], "text/html; charset=utf-8");
    assert!(
        artefact.headers["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("attachment")
    );
    let kept = artefact.text();
    let shown = html.split("<section class=\"form\">\n").nth(1).unwrap();
    let shown = shown.split("\n</section>").next().unwrap().trim_end();
    assert!(kept.contains(shown), "the form as it was shown, to the byte");
    for wanted in [
        NAME,
        link.as_str(),
        &test.clock.now().to_string(),
        "On a screen of the staff",
    ] {
        assert!(kept.contains(wanted), "{wanted}: {kept}");
    }
    let digest = Digest::of(&artefact.body).to_string();
    let client = test.client_of(cast::CEDAR_RECOVERY, &key).await;
    let mut notes = Vec::new();
    for entry in test.log_from(before).await {
        if tests_support::leaf(&entry).kind != EntryKind::ConsentRecorded {
            continue;
        }
        let detail = test.detail(&entry, client).await;
        let party = detail.requester.unwrap();
        assert_eq!(
            party.person.unwrap().as_str(),
            "m-okafor",
            "who asked for the link"
        );
        notes.push(detail.note.unwrap().reveal().clone());
        let facts = String::from_utf8(test.facts(&entry, client).await).unwrap();
        assert!(!facts.contains("Quillfeather"), "{facts}");
    }
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(
        notes[0].contains("a link to sign it") && notes[0].contains(&link),
        "{notes:?}"
    );
    assert!(
        notes[1].contains("signed by the client") && notes[1].contains("typed") && notes[1].contains(&digest),
        "{notes:?}"
    );
    assert!(test.log_size().await > reread);
    // Who has done with the copy closes it.
    assert_eq!(signer.send("done", "").await.status, 404);
    assert_eq!(shows(&signer.get("").await), gone(&test).await);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_is_drawn_by_us_from_numbers_in_the_language_that_was_read() {
    let (test, _, consent, signer) = with_a_link().await;
    let page = signer.get("?language=es").await.text();
    assert!(
        page.contains("lang=\"es\"") && page.contains("Su nombre completo"),
        "{page}"
    );
    let own = [
        ("name", "José <b>Ñandú</b>"),
        ("strokes", STROKES),
        ("electronic", "yes"),
    ];
    let read_back = signer.send("review", &filled(&page, &own)).await.text();
    assert!(read_back.contains("Con esto, Cedar Recovery"), "{read_back}");
    assert!(
        read_back.contains("<path d=\"M10 20L300 40L310 380\"/>"),
        "{read_back}"
    );
    // No goes back, with what was filled in, and nothing has counted.
    let back = signer.send("back", &filled(&read_back, &[])).await;
    assert_eq!(back.status, 200);
    assert!(
        back.text().contains("José &lt;b&gt;Ñandú&lt;/b&gt;"),
        "{}",
        back.text()
    );
    assert_eq!(on_file(&test, &consent).await["status"], "draft");
    assert_eq!(signer.send("yes", &filled(&read_back, &[])).await.status, 303);
    let copy = signer.get("").await.text();
    let artefact = test
        .asker(PROGRAMME_STAFF)
        .get(&format!("/v1/consents/{consent}/artefact"))
        .await
        .text();
    for page in [&copy, &artefact] {
        assert!(page.contains("lang=\"es\"") && page.contains("Firmado"), "{page}");
        assert!(page.contains("<path d=\"M10 20L300 40L310 380\"/>"), "{page}");
        assert!(!page.contains("<b>") && !page.contains("10,20"), "{page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_changes_nothing_and_what_is_wrong_is_named() {
    let (test, _, consent, signer) = with_a_link().await;
    let before = test.log_size().await;
    for below in ["", "?language=es", "?language=xx", "?%ff", ""] {
        assert_eq!(signer.get(below).await.status, 200, "{below}");
    }
    let head = signer
        .caller
        .call("HEAD", &signer.path, "text/html", "")
        .await
        .unwrap();
    assert_eq!(head.status, 200);
    let too_many = format!("[{}]", vec!["[[0,0],[900,300]]"; 101].join(","));
    let long = "x".repeat(121);
    let cases: [(Filled<'_>, &[&str]); 9] = [
        (
            &[],
            &[
                "Write your full name",
                "Type your name to sign",
                "Mark that you want",
            ],
        ),
        (
            &[("name", "..."), ("typed", "a\nb"), ("electronic", "on")],
            &["Write your full name", "Type your name", "Mark that"],
        ),
        (
            &[("name", NAME), ("electronic", "yes")],
            &["Type your name to sign"],
        ),
        (&[("name", NAME), ("typed", NAME)], &["Mark that you want"]),
        (
            &[
                ("name", NAME),
                ("electronic", "yes"),
                ("strokes", "<svg onload=x>"),
            ],
            &["The drawing can not be used"],
        ),
        (
            &[("name", NAME), ("electronic", "yes"), ("strokes", &too_many)],
            &["The drawing can not be used"],
        ),
        (
            &[
                ("name", NAME),
                ("electronic", "yes"),
                ("strokes", "[[[1,1],[2,2]]]"),
            ],
            &["The drawing can not be used"],
        ),
        (
            &[("name", &long), ("typed", NAME), ("electronic", "yes")],
            &["Write your full name"],
        ),
        (
            &[("name", "a\u{202e}b"), ("typed", NAME), ("electronic", "yes")],
            &["Write your full name"],
        ),
    ];
    let page = signer.get("").await.text();
    for (own, wanted) in cases {
        for act in ["review", "yes"] {
            let answer = signer.send(act, &filled(&page, own)).await;
            assert_eq!(answer.status, 200);
            let text = answer.text();
            assert!(text.contains("role=\"alert\""), "{own:?}");
            for wanted in wanted {
                assert!(text.contains(wanted), "{wanted}: {text}");
            }
            assert!(!text.contains("<svg onload"), "{text}");
        }
    }
    // More than is ever sent is not read.
    let huge = format!("name={}", "a".repeat(300 << 10));
    let answer = signer.send("yes", &huge).await;
    assert!(
        answer.text().contains("The drawing can not be used"),
        "{}",
        answer.status
    );
    assert_eq!(signer.send("yes", "\u{0}%zz=%%&&&=&name").await.status, 200);
    assert_eq!(test.log_size().await, before, "nobody did anything");
    assert_eq!(on_file(&test, &consent).await["version"], 1);
    // And the link is as good as before.
    assert_eq!(signer.sign(&TYPED).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_site_can_have_a_form_signed_and_no_page_leads_away() {
    let (test, _, consent, signer) = with_a_link().await;
    let page = signer.get("").await;
    for (name, wanted) in [
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("x-robots-tag", "noindex, nofollow, noarchive"),
    ] {
        assert_eq!(page.headers[name], wanted, "{name}");
        assert_eq!(signer.get("/x").await.headers[name], wanted, "{name}");
    }
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    for wanted in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    ] {
        assert!(policy.contains(wanted), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(!page.headers.contains_key("set-cookie"));
    let html = page.text();
    for never in ["http://", "https://", "<style", " style=", " on", "localStorage"] {
        let tags: Vec<&str> = html
            .split('<')
            .skip(1)
            .filter_map(|tag| tag.split('>').next())
            .collect();
        let found = tags.iter().find(|tag| format!("<{tag}").contains(never));
        assert!(found.is_none(), "{never}: {found:?}");
    }
    for asset in ["/page.css", "/page.js"] {
        let asset = test.signer_at(asset).get("").await;
        assert_eq!(asset.status, 200);
        assert_eq!(asset.headers["cache-control"], "no-store");
        for never in [
            "http:",
            "https:",
            "url(",
            "fetch",
            "Storage",
            "cookie",
            "innerHTML",
        ] {
            assert!(!asset.text().contains(never), "{never}");
        }
    }
    let body = filled(&signer.review(&TYPED).await.text(), &[]);
    let nothing = gone(&test).await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
    ] {
        let mut other = signer.clone();
        other.caller = other.caller.with_header(name, HeaderValue::from_static(value));
        assert_eq!(shows(&other.send("yes", &body).await), nothing, "{name}: {value}");
        assert_eq!(on_file(&test, &consent).await["version"], 1);
    }
    let mut browser = signer.clone();
    browser.caller = browser
        .caller
        .with_header("sec-fetch-site", HeaderValue::from_static("same-origin"))
        .with_header("origin", HeaderValue::from_static("null"));
    assert_eq!(browser.send("yes", &body).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_victim_service_has_a_way_out_and_no_page_names_anybody() {
    let (test, key, consent, signer) = with_a_link().await;
    assert!(!signer.get("").await.text().contains(LEAVE_TO));
    let terms = json!({
        "kind": "vawa_release",
        "discloser": { "agencies": [cast::CEDAR_RECOVERY] },
        "recipients": { "agencies": [cast::HARBOR_CRISIS] },
        "purposes": ["HOUSING-COORD"],
        "categories": { "only": ["contact"] },
        "expiry": { "at": test.clock.now().plus_seconds(20 * 86_400).to_string() },
        "statements": ["vawa_reason", "vawa_duration", "vawa_voluntary"],
    });
    let release = test.draft(PROGRAMME_STAFF, &key, &terms).await;
    let mut wanted = in_person();
    wanted["attested"] = json!([
        "name_matches_client",
        "signer_identified",
        "not_conditioned",
        "discussed_why_who_what"
    ]);
    let advocate = test.signer(&test.ask_for_link(PROGRAMME_STAFF, &release, &wanted).await);
    let review = advocate.review(&TYPED).await;
    assert_eq!(
        advocate.send("yes", &filled(&review.text(), &[])).await.status,
        303
    );
    for page in [review.text(), advocate.get("").await.text()] {
        assert!(
            page.contains(&format!("<a id=\"leave\" href=\"{LEAVE_TO}\"")),
            "{page}"
        );
        let title = page
            .split("<title>")
            .nth(1)
            .unwrap()
            .split("</title>")
            .next()
            .unwrap();
        assert_eq!(title, "A form to read");
    }
    assert_eq!(
        on_file(&test, &consent).await["status"],
        "draft",
        "the other form is another"
    );
    // Nothing that opens a link, and no name, is in a log or readable in a file.
    test.settle().await;
    let secrets = [&signer.path, &advocate.path].map(|path| path.rsplit('/').next().unwrap().to_owned());
    let logs = captured_logs().text();
    assert!(logs.contains("signing page"), "the search finds nothing at all");
    for never in secrets
        .iter()
        .map(String::as_str)
        .chain([NAME, "Quillfeather-Signs"])
    {
        assert!(!logs.contains(never), "{never} is in a log");
    }
    for file in std::fs::read_dir(test.folder.path()).unwrap() {
        let file = file.unwrap().path();
        let Ok(bytes) = std::fs::read(&file) else { continue };
        for never in secrets.iter().map(String::as_str).chain(["Quillfeather-Signs"]) {
            let found = bytes
                .windows(never.len())
                .any(|window| window == never.as_bytes());
            assert!(!found, "{never} is in {}", file.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_log_nothing_is_signed_and_later_it_is() {
    let (test, _, consent, signer) = with_a_link().await;
    let body = filled(&signer.review(&TYPED).await.text(), &[]);
    test.audit.set(Outage::Appends);
    let refused = signer.send("yes", &body).await;
    assert_eq!(refused.status, 503);
    assert!(
        refused.text().contains("does not work right now"),
        "{}",
        refused.text()
    );
    test.audit.set(Outage::None);
    assert_eq!(
        test.records
            .consent(consent.parse().unwrap())
            .await
            .unwrap()
            .unwrap()
            .version,
        1
    );
    // The link is as good as before.
    assert_eq!(signer.send("yes", &body).await.status, 303);
    assert_eq!(on_file(&test, &consent).await["status"], "active");
}
