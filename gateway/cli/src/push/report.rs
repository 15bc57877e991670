//! A gateway's report on a push, as a person reads it: what there was, then what to mend, the gravest first.

use serde_json::Value;

/// The counts, and each finding with its place and what to do about it.
pub(super) fn as_text(report: &Value) -> String {
    let mut text = String::new();
    let counts = field(report, "counts").as_object().into_iter().flatten();
    let counts: Vec<String> = counts
        .filter_map(|(what, count)| {
            let what = what.replace('_', " ");
            match count.as_u64()? {
                0 => None,
                1 => Some(format!("1 {}", what.strip_suffix('s').unwrap_or(&what))),
                count => Some(format!("{count} {what}")),
            }
        })
        .collect();
    if !counts.is_empty() {
        text += &format!("\n  {}", counts.join(", "));
    }
    let found = field(report, "findings");
    if let Some(why) = found.as_str() {
        text += &format!("\n  {why}");
    }
    if let Some(gone) = field(found, "deletions").as_object() {
        for (what, counts) in gone {
            text += &format!(
                "\n  {} of {} {what} on file would be taken away",
                field(counts, "taken_away"),
                field(counts, "on_file")
            );
        }
    }
    let exports = field(found, "exports");
    if let (Some(this), Some(newest)) = (field(exports, "this").as_str(), field(exports, "newest").as_str()) {
        text += &format!("\n  made {this}; one made {newest} has been taken in");
    }
    for finding in field(found, "findings").as_array().into_iter().flatten() {
        text += &line(finding);
    }
    text
}

/// A field of what the gateway said; `null` if it said none.
pub(super) fn field<'v>(of: &'v Value, name: &str) -> &'v Value {
    of.get(name).unwrap_or(&Value::Null)
}

fn line(finding: &Value) -> String {
    let said = |key: &str| field(finding, key).as_str().filter(|said| !said.is_empty());
    let mut place: Vec<String> = ["file", "column"]
        .iter()
        .filter_map(|key| said(key).map(str::to_owned))
        .collect();
    let rows: Vec<String> = (field(finding, "rows").as_array().into_iter().flatten())
        .map(ToString::to_string)
        .collect();
    let count = field(finding, "count").as_u64().unwrap_or(1);
    if !rows.is_empty() {
        let more = if count > rows.len() as u64 { ", ..." } else { "" };
        let noun = if rows.len() == 1 && more.is_empty() {
            "row"
        } else {
            "rows"
        };
        place.push(format!("{noun} {}{more}", rows.join(", ")));
    }
    if count > 1 {
        place.push(format!("{count} times"));
    }
    let place = if place.is_empty() {
        String::new()
    } else {
        format!(" ({})", place.join(", "))
    };
    let severity = said("severity").unwrap_or_default().replace('_', " ");
    let mut text = format!(
        "\n  {severity}: {}{place}",
        said("message").or_else(|| said("rule")).unwrap_or_default()
    );
    if let Some(remedy) = said("remedy") {
        text += &format!("\n      {remedy}");
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_report_is_told_with_its_places_and_what_to_do() {
        let report = json!({
            "counts": { "clients": 1, "barred": 0, "stored_elements": 12 },
            "findings": { "findings": [
                { "rule": "bad-date", "severity": "refuses_row", "file": "Client.csv", "column": "DOB", "count": 18,
                  "rows": [2, 3], "message": "not a date", "remedy": "write it as 2026-01-31" },
                { "rule": "absent-file", "severity": "warning", "file": "Event.csv", "count": 1,
                  "message": "the file is not in the zip", "remedy": "" },
            ] },
        });
        let told = "\n  1 client, 12 stored elements\
            \n  refuses row: not a date (Client.csv, DOB, rows 2, 3, ..., 18 times)\
            \n      write it as 2026-01-31\
            \n  warning: the file is not in the zip (Event.csv)";
        assert_eq!(as_text(&report), told);
        assert_eq!(
            as_text(&json!({ "findings": "no column mapping" })),
            "\n  no column mapping"
        );
        assert_eq!(as_text(&Value::Null), "");
    }

    #[test]
    fn what_would_be_taken_away_is_told_first() {
        let report = json!({ "findings": { "findings": [],
            "deletions": { "clients": { "taken_away": 50, "on_file": 60 } } } });
        assert_eq!(
            as_text(&report),
            "\n  50 of 60 clients on file would be taken away"
        );
    }
}
