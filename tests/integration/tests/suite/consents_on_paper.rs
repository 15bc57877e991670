//! A form on paper: printed as PDF where the gateway is set up for it, as HTML always.

use std::sync::Arc;

use gateway_http::print::{NotPrinted, PrintLimits, Printer, WeasyPrint};
use gateway_synthetic::{CastMember, agencies as cast};
use serde_json::json;
use tests_support::{Asker, PROGRAMME_STAFF, TestGateway, patient_key, tpo_terms};

/// Somebody with a draft, who accepts `accept`, and the path of its form.
async fn with_a_draft(test: &TestGateway, accept: &str) -> (Asker, String) {
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let staff = test.asker(PROGRAMME_STAFF);
    let draft = json!({ "own_key": key, "terms": tpo_terms() });
    let drafted = staff.post("/v1/consents/drafts", &draft).await;
    assert_eq!(drafted.status, 201, "{}", drafted.text());
    let path = format!(
        "/v1/consents/{}/form",
        drafted.json()["consent"].as_str().unwrap()
    );
    (Asker(staff.0.accepting(accept)), path)
}

/// The program, unless it is not here, which is said aloud and is an error where CI asks for it.
#[expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "what is left out is said aloud, and CI asks by a variable that nothing is left out"
)]
pub(crate) fn weasyprint() -> Option<Arc<dyn Printer>> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders)
        .map(|folder| folder.join("weasyprint"))
        .find(|program| program.is_file());
    let Some(program) = found else {
        let required = std::env::var("ASSENT_TESTS_REQUIRE_WEASYPRINT").is_ok_and(|value| value == "1");
        assert!(!required, "WeasyPrint is not here");
        println!("nothing was printed: WeasyPrint is not here (Debian: apt-get install weasyprint)");
        return None;
    };
    let limits = PrintLimits {
        time: std::time::Duration::from_secs(120),
        ..PrintLimits::default()
    };
    Some(Arc::new(WeasyPrint::new(program, limits)))
}

pub(crate) fn has(pdf: &[u8], bytes: &[u8]) -> bool {
    pdf.windows(bytes.len()).any(|window| window == bytes)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_printed_as_a_tagged_pdf_in_its_language() {
    let Some(printer) = weasyprint() else { return };
    let test = TestGateway::start_printing(printer).await;
    let (staff, path) = with_a_draft(&test, "application/pdf").await;
    for language in ["en", "es"] {
        let before = test.log_size().await;
        let printed = staff.get(&format!("{path}/{language}")).await;
        assert_eq!(printed.status, 200, "{}", printed.text());
        assert_eq!(printed.headers["content-type"], "application/pdf");
        assert_eq!(printed.headers["cache-control"], "no-store");
        assert!(printed.body.starts_with(b"%PDF-") && printed.body.trim_ascii_end().ends_with(b"%%EOF"));
        assert!(has(&printed.body, format!("/Lang ({language})").as_bytes()));
        assert!(has(&printed.body, b"/StructTreeRoot") && has(&printed.body, b"/Marked true"));
        assert_eq!(
            test.kinds_from(before).await,
            [gateway_audit::EntryKind::ConsentRead]
        );
    }
    // Another agency has no such form, in no media type.
    let stranger = Asker(test.clinician().0.accepting("application/pdf"));
    assert_eq!(stranger.get(&format!("{path}/en")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_makes_no_pdf_says_so_and_gives_html_to_whoever_takes_it() {
    let test = TestGateway::start().await;
    let (staff, path) = with_a_draft(&test, "application/pdf").await;
    let before = test.log_size().await;
    let refused = staff.get(&format!("{path}/en")).await;
    assert_eq!(refused.status, 406);
    assert_eq!(refused.json()["type"], "urn:assent:problem:not-acceptable");
    assert!(refused.text().contains("makes no PDF"), "{}", refused.text());
    assert_eq!(test.log_size().await, before, "nobody saw it");
    for accept in ["application/pdf, text/html;q=0.5", "text/html", "*/*"] {
        let page = Asker(staff.0.clone().accepting(accept))
            .get(&format!("{path}/en"))
            .await;
        assert_eq!(page.status, 200, "{accept}");
        assert!(page.text().starts_with("<!DOCTYPE html>"), "{accept}");
    }
}

/// One that never prints.
#[derive(Debug)]
struct Broken(fn() -> NotPrinted);

#[async_trait::async_trait]
impl Printer for Broken {
    async fn pdf(&self, _: &str) -> Result<Vec<u8>, NotPrinted> {
        Err((self.0)())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_printing_fails_the_answer_tells_nothing_of_the_form() {
    for (fault, status) in [
        (Broken(|| NotPrinted::TooSlow), 503),
        (Broken(|| NotPrinted::Failed { code: Some(1) }), 500),
    ] {
        let test = TestGateway::start_printing(Arc::new(fault)).await;
        let (staff, path) = with_a_draft(&test, "application/pdf").await;
        let failed = staff.get(&format!("{path}/en")).await;
        assert_eq!(failed.status, status);
        assert_eq!(failed.headers["content-type"], "application/problem+json");
        assert!(!failed.text().contains("Cedar"), "{}", failed.text());
    }
}
