//! Printing: turns a page of ours into PDF. A port, so that whoever has a page to print need not know what prints it.

mod weasyprint;

use std::fmt;

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

pub use self::weasyprint::{PrintLimits, WeasyPrint};
use crate::problem::Problem;

/// Makes PDF of a page of HTML. Nothing of the page is kept, logged or sent elsewhere.
#[async_trait::async_trait]
pub trait Printer: fmt::Debug + Send + Sync {
    /// The page as a tagged PDF. The page must hold all that it shows: nothing is fetched.
    ///
    /// # Errors
    /// [`NotPrinted`].
    async fn pdf(&self, html: &str) -> Result<Vec<u8>, NotPrinted>;
}

/// Why no PDF was made. Never says anything of the page.
#[derive(Debug, thiserror::Error)]
pub enum NotPrinted {
    /// The page names something that would have to be fetched: a fault of ours.
    #[error("the page is not whole in itself")]
    NotWhole,
    /// Too much is being printed already.
    #[error("too many pages are being printed")]
    Busy,
    /// It took too long.
    #[error("printing took too long")]
    TooSlow,
    /// The PDF would be larger than allowed.
    #[error("the PDF grew too large")]
    TooLarge,
    /// The program could not be run.
    #[error("the printing program could not be run")]
    NotRun(#[source] std::io::Error),
    /// The program failed, or what it gave is no PDF.
    #[error("the printing program made no PDF (exit code {code:?})")]
    Failed {
        /// Its exit code, if it had one.
        code: Option<i32>,
    },
}

impl From<NotPrinted> for Problem {
    fn from(error: NotPrinted) -> Self {
        tracing::error!(%error, "a page was not printed");
        match error {
            NotPrinted::Busy | NotPrinted::TooSlow => Self::unavailable(),
            _ => Self::internal(),
        }
    }
}

/// In which form a caller wants a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// HTML, which is always there.
    Html,
    /// PDF, or HTML where no PDF is made.
    PdfRather,
    /// PDF and nothing else.
    Pdf,
}

impl Wanted {
    /// By the `Accept` header (RFC 9110, 12.5.1). Who names no PDF gets HTML.
    pub(crate) fn by(headers: &HeaderMap) -> Self {
        let (mut pdf, mut html) = (0, 0);
        for value in headers.get_all(header::ACCEPT) {
            for range in value.to_str().unwrap_or_default().split(',') {
                let name = range.split(';').next().unwrap_or_default();
                let name = name.trim().to_ascii_lowercase();
                let weight = weight(range);
                match name.as_str() {
                    "application/pdf" => pdf = weight,
                    "text/html" | "text/*" | "*/*" => html = html.max(weight),
                    _ => {}
                }
            }
        }
        match (pdf, html) {
            (0, _) => Self::Html,
            (_, 0) => Self::Pdf,
            (pdf, html) if pdf >= html => Self::PdfRather,
            _ => Self::Html,
        }
    }
}

/// How much a media range of an `Accept` header is wanted, in thousandths.
pub(crate) fn weight(range: &str) -> u16 {
    range
        .split(';')
        .skip(1)
        .map(str::trim)
        .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
        .map_or(1000, thousandths)
}

/// A weight between 0 and 1; what cannot be read counts as none.
fn thousandths(text: &str) -> u16 {
    let weight: f32 = text.parse().unwrap_or(0.0);
    // In range: it was clamped.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 1000"
    )]
    let weight = (weight.clamp(0.0, 1.0) * 1000.0) as u16;
    weight
}

/// A PDF as an answer.
pub(crate) fn pdf_answer(pdf: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/pdf"),
        (header::CONTENT_DISPOSITION, "inline"),
        (header::VARY, "accept"),
    ];
    (headers, pdf).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pdf_is_for_those_who_name_it() {
        for (accept, wanted) in [
            ("", Wanted::Html),
            ("*/*", Wanted::Html),
            ("text/html", Wanted::Html),
            ("application/pdf", Wanted::Pdf),
            ("Application/PDF;q=0.5", Wanted::Pdf),
            ("application/pdf, text/html", Wanted::PdfRather),
            ("application/pdf, */*;q=0.1", Wanted::PdfRather),
            ("text/html, application/pdf;q=0.9", Wanted::Html),
            ("application/pdf;q=0", Wanted::Html),
            ("application/pdf;q=nan", Wanted::Html),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            assert_eq!(Wanted::by(&headers), wanted, "{accept}");
        }
    }
}
