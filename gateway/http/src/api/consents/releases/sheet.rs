//! The report on a file of forms as a sheet: CSV that a spreadsheet opens, sorted and filtered by whoever has the drawer of
//! paper before them. Every row is there, in its order, so that it can stand beside the file that was sent.

use super::RowBody;

const HEADER: &str = "line,outcome,status,mended_by,to_do,why,missing,right_forms,consent\r\n";

/// The rows as CSV (RFC 4180). Nothing in it comes from a cell of the file, so that no cell can be taken for a formula.
pub(super) fn sheet(rows: &[RowBody]) -> String {
    let mut sheet = String::with_capacity(HEADER.len() + rows.len() * 96);
    sheet.push_str(HEADER);
    for row in rows {
        let missing: Vec<String> = row
            .missing
            .iter()
            .map(|missing| format!("{} ({}): {}", missing.element, missing.citation, missing.why))
            .collect();
        sheet.push_str(&row.line.to_string());
        for cell in [
            row.outcome,
            row.status.unwrap_or_default(),
            row.mended_by.unwrap_or_default(),
            row.to_do.as_deref().unwrap_or_default(),
            row.why.as_deref().unwrap_or_default(),
            &missing.join("; "),
            &row.right_forms.join("; "),
            row.consent.as_deref().unwrap_or_default(),
        ] {
            sheet.push(',');
            put(cell, &mut sheet);
        }
        sheet.push_str("\r\n");
    }
    sheet
}

fn put(cell: &str, sheet: &mut String) {
    if !cell.contains(['"', ',', '\r', '\n']) {
        return sheet.push_str(cell);
    }
    sheet.push('"');
    for part in cell.split_inclusive('"') {
        sheet.push_str(part);
        if part.ends_with('"') {
            sheet.push('"');
        }
    }
    sheet.push('"');
}
