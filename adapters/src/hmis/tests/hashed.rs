//! Hashed exports: the rows are taken under the source's own key, the hashes nowhere.

use gateway_types::SourceRecord;
use gateway_types::vocabulary::Category;

use super::{element, elements, sample};
use crate::hmis::Particulars;
use crate::hmis::format::HmisFile;
use crate::hmis::samples::Sample;

/// The SHA-256 of `Q416`, the SOUNDEX of the sample's last name.
const NAME: &str = "409a5ab62647391d3e82f9b4aa036d439556e0d23a04b6d3f5011d9e202f45e1";
const NUMBER: &str = "567886c19fb10ffb8eaeeea04aaeb06873b6118c5276eb0d593d204a88887700f4b7";

fn hashed(status: &str) -> Sample {
    let mut sample = sample();
    sample.set_rows(HmisFile::Export, &[]);
    sample.add(
        HmisFile::Export,
        &[
            ("ExportID", "X1"),
            ("CSVVersion", "2026 v1.0"),
            ("HashStatus", status),
            ("ExportDate", "2026-10-01 02:00:00"),
        ],
    );
    sample.set_rows(HmisFile::Client, &[]);
    let cells = [
        ("FirstName", NAME),
        ("LastName", NAME),
        ("SSN", NUMBER),
        ("VeteranStatus", "1"),
    ];
    sample.client("P1", &cells);
    sample
}

#[test]
fn the_rows_of_a_hashed_export_are_taken_and_no_hash_is() {
    for status in ["2", "3", "4"] {
        let (checked, records) = hashed(status).records();
        assert!(checked.report().names("hashed-export"));
        assert!(!checked.report().names("too-long"), "{}", checked.report());
        assert_eq!(checked.export().particulars, Particulars::Hashed);
        let SourceRecord::Client { client, identity, .. } = &records[0] else {
            panic!("clients come first");
        };
        assert_eq!(client.reveal(), "P1");
        assert!(
            identity.first_name.is_none()
                && identity.last_name.is_none()
                && identity.ssn.is_none()
                && identity.birth_date.is_none(),
            "nobody is recognised by a hashed row"
        );
        let shown = element(&records, "Client.csv", Some(Category::Demographics));
        assert_eq!(shown.payload.fields()["DOB"], "1980-02-03");
        assert_eq!(
            element(&records, "Client.csv", Some(Category::Veteran))
                .payload
                .fields()["VeteranStatus"],
            1
        );
        let all = serde_json::to_string(
            &records
                .iter()
                .flat_map(elements)
                .map(|element| element.payload.fields())
                .collect::<Vec<_>>(),
        )
        .unwrap();
        for hash in [NAME, NUMBER, "Quillfeather", "FirstName", "\"SSN\""] {
            assert!(!all.contains(hash), "{hash}");
            assert!(!checked.report().to_string().contains(hash));
        }
    }
}

/// Products send HashStatus 3 with plain names: what was agreed on is not known here, so they are treated alike.
#[test]
fn names_in_clear_beside_a_hash_status_are_not_used_either() {
    let mut sample = hashed("3");
    sample.client("P2", &[]);
    sample.stay("E2", "P2", "J1", &[]);
    let (_, records) = sample.records();
    let all = serde_json::to_string(
        &records
            .iter()
            .flat_map(elements)
            .map(|element| element.payload.fields())
            .collect::<Vec<_>>(),
    )
    .unwrap();
    assert!(!all.contains("Quillfeather") && !all.contains("512345678"));
}

#[test]
fn a_hash_where_a_name_is_announced_is_not_kept_and_not_used() {
    let (checked, records) = hashed("1").records();
    assert!(checked.report().names("hashed-value"), "{}", checked.report());
    let SourceRecord::Client { identity, .. } = &records[0] else {
        panic!("clients come first");
    };
    assert!(identity.first_name.is_none() && identity.last_name.is_none() && identity.ssn.is_none());
    assert!(identity.birth_date.is_some(), "the rest of the row is in clear");
    let all = serde_json::to_string(
        &records
            .iter()
            .flat_map(elements)
            .map(|element| element.payload.fields())
            .collect::<Vec<_>>(),
    )
    .unwrap();
    assert!(!all.contains(NAME) && !all.contains(NUMBER));
}
