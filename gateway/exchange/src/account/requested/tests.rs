//! How long an accounting may be owed.

use gateway_types::{AgencyId, StaffId};

use super::*;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn request(view: &str, due: &str) -> AccountingRequest {
    AccountingRequest {
        id: EventId::from_bytes([1; 16]),
        version: 1,
        agency: AgencyId::new("cedar").unwrap(),
        client: "00000000-0001-7000-8000-000000000001".parse().unwrap(),
        own_key: SourceClientKey::new("k"),
        view: view.to_owned(),
        received: day("2026-01-05"),
        due: day(due),
        put_off: None,
        given: None,
        free: true,
        by: StaffId::new("officer").unwrap(),
    }
}

fn why() -> Pii<String> {
    Pii::new("the archive is being moved".to_owned())
}

#[test]
fn it_is_put_off_once_within_its_days_by_thirty_at_most() {
    let open = || request("hipaa", "2026-03-06");
    let on_the_day = put_off(open(), day("2026-04-05"), why(), day("2026-03-06")).unwrap();
    assert_eq!((on_the_day.due, on_the_day.version), (day("2026-04-05"), 2));
    assert_eq!(on_the_day.put_off, Some(why()));
    for (until, reason, today) in [
        ("2026-04-06", why(), "2026-03-06"),
        ("2026-03-06", why(), "2026-03-06"),
        ("2026-04-05", why(), "2026-03-07"),
        ("2026-04-05", Pii::new("  ".to_owned()), "2026-03-06"),
        ("2026-04-05", Pii::new("x".repeat(2001)), "2026-03-06"),
    ] {
        assert!(
            put_off(open(), day(until), reason, day(today)).is_err(),
            "{until} {today}"
        );
    }
    // Not again, and not an intermediary's list.
    let shorter = put_off(open(), day("2026-03-10"), why(), day("2026-03-01")).unwrap();
    assert!(put_off(shorter, day("2026-04-05"), why(), day("2026-03-01")).is_err());
    let list = request("intermediary", "2026-02-04");
    assert!(put_off(list, day("2026-02-05"), why(), day("2026-01-06")).is_err());
}

#[test]
fn it_is_given_between_the_request_and_today() {
    let open = || request("hipaa", "2026-03-06");
    let today = day("2026-03-20");
    let late = given(open(), today, today).unwrap();
    assert_eq!((late.given, late.version), (Some(today), 2));
    assert!(given(open(), day("2026-03-21"), today).is_err());
    assert!(given(open(), day("2026-01-04"), today).is_err());
}
