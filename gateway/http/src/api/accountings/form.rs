//! In which form an accounting is given: JSON, a page to be printed, PDF, or a table.

use std::fmt::Write as _;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use consent::{Disclosed, Language};
use gateway_audit::accounted::to_header;

use crate::print::{pdf_answer, weight};
use crate::problem::Problem;

/// What a caller wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Html,
    Pdf,
    Csv,
}

impl Form {
    const NAMED: [(Self, &'static str); 4] = [
        (Self::Json, "application/json"),
        (Self::Html, "text/html"),
        (Self::Pdf, "application/pdf"),
        (Self::Csv, "text/csv"),
    ];

    /// By the `Accept` header (RFC 9110, 12.5.1): of what is named, what is wanted most. Who names none of these gets JSON;
    /// who names PDF and something else gets the latter where no PDF is made.
    pub(super) fn by(headers: &HeaderMap, makes_pdf: bool) -> Self {
        let (mut best, mut pdf_alone) = ((Self::Json, 0), false);
        for value in headers.get_all(header::ACCEPT) {
            for range in value.to_str().unwrap_or_default().split(',') {
                let name = range.split(';').next().unwrap_or_default().trim();
                let named = Self::NAMED
                    .into_iter()
                    .find(|(_, media)| name.eq_ignore_ascii_case(media));
                let weight = weight(range);
                match named {
                    Some((Self::Pdf, _)) if !makes_pdf => pdf_alone |= weight > 0,
                    Some((form, _)) if weight > best.1 => best = (form, weight),
                    _ => {}
                }
            }
        }
        if pdf_alone && best.1 == 0 {
            Self::Pdf
        } else {
            best.0
        }
    }
}

/// What is given to the client, as an answer.
pub(super) fn answer(form: Form, file: Vec<u8>) -> Response {
    match form {
        Form::Csv => csv(file),
        Form::Pdf => pdf_answer(file),
        Form::Html | Form::Json => html(file),
    }
}

static SIGNATURE: HeaderName = HeaderName::from_static("assent-accounting");

/// The answer with the signature of its body beside it.
pub(super) fn signed(mut answer: Response, note: &str) -> Result<Response, Problem> {
    let note = HeaderValue::from_str(&to_header(note)).map_err(|_| Problem::internal())?;
    answer.headers_mut().insert(SIGNATURE.clone(), note);
    Ok(answer)
}

fn html(page: Vec<u8>) -> Response {
    let headers = [
        (header::VARY, "accept"),
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        // The page needs its own style and nothing else.
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'",
        ),
    ];
    (headers, page).into_response()
}

fn csv(rows: Vec<u8>) -> Response {
    const HEADERS: [(HeaderName, &str); 3] = [
        (header::VARY, "accept"),
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"accounting.csv\"",
        ),
    ];
    (HEADERS, rows).into_response()
}

/// The lines as a table (RFC 4180), with the words of the page and the codes.
pub(super) fn rows(accounting: &Disclosed, language: Language) -> String {
    let mut text = String::from("at,received_by,what,why,allowed_because,bases,line\r\n");
    for line in &accounting.lines {
        let bases: Vec<_> = line.bases.iter().map(gateway_types::Word::code).collect();
        let cells = [
            line.at.to_string(),
            line.to.clone(),
            line.what_in_words(language).collect::<Vec<_>>().join("; "),
            line.why_in_words(language).to_owned(),
            line.allowed_in_words(language).join(" "),
            bases.join("; "),
            line.mark.clone(),
        ];
        let cells: Vec<_> = cells.iter().map(|cell| quoted(cell)).collect();
        let _ = write!(text, "{}\r\n", cells.join(","));
    }
    // Last and without cells beside it, so that it stands in the file whatever its lines are.
    let _ = write!(text, "{}\r\n", quoted(consent::may_be_suspended(language)));
    text
}

/// A cell. What a spreadsheet would take for a formula is led by an apostrophe.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let lead = if formula { "'" } else { "" };
    format!("\"{lead}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use gateway_types::vocabulary::{Basis, Category, PurposeOfUse};

    use super::*;

    #[test]
    fn json_is_given_unless_another_form_is_named() {
        for (accept, form) in [
            ("", Form::Json),
            ("*/*", Form::Json),
            ("application/json", Form::Json),
            ("text/html", Form::Html),
            ("text/html;q=0.5, Application/PDF", Form::Pdf),
            ("text/csv, text/html;q=0.9", Form::Csv),
            ("application/pdf;q=0", Form::Json),
            ("text/csv;q=0.2, application/json;q=0.1", Form::Csv),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            assert_eq!(Form::by(&headers, true), form, "{accept}");
        }
        for (accept, form) in [
            ("application/pdf, text/html;q=0.5", Form::Html),
            ("application/pdf", Form::Pdf),
            ("application/pdf;q=0", Form::Json),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            assert_eq!(Form::by(&headers, false), form, "{accept}");
        }
    }

    #[test]
    fn a_table_quotes_its_cells_and_holds_no_formula() {
        let accounting = Disclosed {
            agency: "Cedar".into(),
            rule: "42 CFR 2.25",
            since: None,
            made: "2026-11-23T14:05:00Z".parse().unwrap(),
            lines: vec![consent::DisclosedLine {
                at: "2026-11-22T17:05:00Z".parse().unwrap(),
                to: "=HYPERLINK(\"x\"), Inc".into(),
                what: [Category::Medications].into_iter().collect(),
                why: Some(PurposeOfUse::Treat),
                bases: [Basis::P231a].into_iter().collect(),
                mark: "21 1c55".into(),
            }],
        };
        let text = rows(&accounting, Language::English);
        let lines: Vec<_> = text.split_terminator("\r\n").collect();
        assert_eq!(
            lines[1],
            "\"2026-11-22T17:05:00Z\",\"'=HYPERLINK(\"\"x\"\"), Inc\",\"your medicines\",\"to treat you\",\
             \"You said yes in writing.\",\"P2-31a\",\"21 1c55\""
        );
        assert_eq!(lines.len(), 3);
    }
}
