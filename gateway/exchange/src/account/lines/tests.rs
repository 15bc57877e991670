//! A suspended disclosure leaves nothing behind in the accounting that the client gets, and comes back by the clock.

use gateway_audit::detail::Party;
use gateway_types::vocabulary::{Basis, Category, PurposeOfUse, Regime};
use gateway_types::{ElementId, EventId};

use super::*;

const CLINIC: &str = "clinic";
const NOW: &str = "2026-11-23T14:00:00Z";

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn agency(text: &str) -> AgencyId {
    text.parse().unwrap()
}

fn entry(index: u64, kind: EntryKind, detail: Detail, facts: &str) -> OpenEntry {
    let mut event = [0; 16];
    event[15] = u8::try_from(index).unwrap();
    OpenEntry {
        stored: StoredEntry {
            index,
            event: EventId::from_bytes(event),
            kind: kind.number(),
            leaf: Vec::new(),
            sealed_detail: Vec::new(),
            sealed_facts: Vec::new(),
            wrapped_secret: Vec::new(),
            client: None,
        },
        kind,
        is_listed: true,
        detail,
        facts: Zeroizing::new(facts.as_bytes().to_vec()),
    }
}

fn disclosed(index: u64, to: &str, regimes: &[Regime], bases: &[Basis]) -> OpenEntry {
    let mut detail = Detail::at(moment("2026-11-01T08:00:00Z"));
    (detail.accounting.hipaa, detail.accounting.part2) = (true, true);
    detail.purpose = Some(PurposeOfUse::LeInvest);
    detail.requester = Some(Party {
        agency: agency(to),
        person: None,
        role: None,
        system: None,
    });
    detail.released = vec![Released {
        element: "00112233445566778899aabbccddeeff".parse::<ElementId>().unwrap(),
        category: Category::Demographics,
        source: agency(CLINIC),
        programme: None,
        regimes: regimes.iter().copied().collect(),
        bases: bases.iter().copied().collect(),
        as_of: None,
    }];
    entry(index, EntryKind::Intent, detail, "")
}

fn statement(index: u64, of: &str, agency: &str, form: &str, end: Option<&str>) -> OpenEntry {
    let end = end.map_or_else(String::new, |end| format!(r#","end":"{end}""#));
    let facts = format!(
        r#"{{"suspended":{{"of":"{of}","official":"Lt. Moreno","suspension":{{"agency":"{agency}","form":"{form}","start":"2026-11-02T09:00:00Z"{end}}}}}}}"#
    );
    entry(
        index,
        EntryKind::LogAccess,
        Detail::at(moment("2026-11-02T10:00:00Z")),
        &facts,
    )
}

fn ended(index: u64, statement: &OpenEntry) -> OpenEntry {
    let facts = format!(
        r#"{{"ended":{{"of":"{CLINIC}","suspension":"{}"}}}}"#,
        statement.stored.event
    );
    entry(
        index,
        EntryKind::LogAccess,
        Detail::at(moment("2026-11-05T10:00:00Z")),
        &facts,
    )
}

/// The lines as they go out.
fn told(entries: &[OpenEntry], view: Option<View>, now: &str) -> String {
    let clinic = agency(CLINIC);
    let mut suspended = Suspensions::default();
    suspended.read(entries, &clinic, moment(now)).unwrap();
    let seen = Seen {
        whose: Whose {
            agency: &clinic,
            registered: None,
        },
        view,
        suspended: &suspended,
        now: moment(now),
    };
    serde_json::to_string(&Lines::of(entries, &seen).disclosures).unwrap()
}

const HIPAA: &[Regime] = &[Regime::Hipaa];

#[test]
fn what_is_suspended_is_left_out_as_if_it_had_never_been() {
    let warned = || disclosed(3, "police", HIPAA, &[Basis::Hip512j1]);
    let treated = || disclosed(5, "hospital", HIPAA, &[Basis::Hip506a]);
    let to_police = || disclosed(4, "police", HIPAA, &[Basis::Hip512f2]);
    let written = || statement(6, CLINIC, "police", "written", Some("2027-01-01T00:00:00Z"));
    for view in View::ALL {
        let without = told(&[warned(), treated()], Some(view), NOW);
        let with = told(&[warned(), to_police(), treated(), written()], Some(view), NOW);
        assert_eq!(with, without, "{}", view.code());
    }
    // Not without a statement; not on another agency's, nor on one about another agency's accounting.
    let shown = told(&[warned(), to_police()], Some(View::Hipaa), NOW);
    assert!(
        shown.contains(r#""index":4"#) && shown.contains(r#""index":3"#),
        "{shown}"
    );
    for other in [
        statement(6, CLINIC, "sheriff", "written", Some("2027-01-01T00:00:00Z")),
        statement(6, "hospital", "police", "written", Some("2027-01-01T00:00:00Z")),
    ] {
        assert_eq!(
            told(&[warned(), to_police(), other], Some(View::Hipaa), NOW),
            shown
        );
    }
    // The officer sees it, and until when it is left out.
    let officer = told(&[to_police(), written()], None, NOW);
    assert!(
        officer.contains(r#""suspended_until":"2027-01-01T00:00:00Z""#),
        "{officer}"
    );
    // No view of the client's ever has that word.
    for view in View::ALL {
        let lines = told(
            &[warned(), to_police(), written()],
            Some(view),
            "2027-01-01T00:00:00Z",
        );
        assert!(!lines.contains("suspended"), "{lines}");
    }
}

#[test]
fn it_lapses_by_the_clock_and_ends_when_it_is_taken_back() {
    let to_police = || disclosed(4, "police", HIPAA, &[Basis::Hip512f2]);
    let is_shown = |entries: &[OpenEntry], now| told(entries, Some(View::Hipaa), now) != "[]";
    let written = || statement(6, CLINIC, "police", "written", Some("2026-12-24T00:00:00Z"));
    assert!(!is_shown(&[to_police(), written()], "2026-12-23T23:59:59Z"));
    assert!(is_shown(&[to_police(), written()], "2026-12-24T00:00:00Z"));
    // By word of mouth: thirty days from the statement, to the second.
    let oral = || statement(6, CLINIC, "police", "oral", None);
    assert!(!is_shown(&[to_police(), oral()], "2026-12-02T08:59:59Z"));
    assert!(is_shown(&[to_police(), oral()], "2026-12-02T09:00:00Z"));
    // The written statement within the thirty days goes on from there.
    let both = [
        to_police(),
        oral(),
        statement(7, CLINIC, "police", "written", Some("2026-12-24T00:00:00Z")),
    ];
    assert!(!is_shown(&both, "2026-12-20T00:00:00Z"));
    let taken_back = [to_police(), written(), ended(8, &written())];
    assert!(is_shown(&taken_back, NOW));
}

#[test]
fn what_went_on_another_ground_in_the_same_answer_is_told() {
    let written = || statement(6, CLINIC, "police", "written", Some("2027-01-01T00:00:00Z"));
    let mut mixed = disclosed(4, "police", HIPAA, &[Basis::Hip512f2]);
    let warned = disclosed(4, "police", HIPAA, &[Basis::Hip512j1]);
    mixed.detail.released.extend(warned.detail.released.clone());
    assert_eq!(
        told(&[mixed, written()], Some(View::Hipaa), NOW),
        told(&[warned], Some(View::Hipaa), NOW)
    );
}

#[test]
fn what_went_with_consent_is_never_suspended() {
    let consented = disclosed(
        4,
        "police",
        &[Regime::Hipaa, Regime::P2],
        &[Basis::Hip512f2, Basis::P231a],
    );
    let written = statement(6, CLINIC, "police", "written", Some("2027-01-01T00:00:00Z"));
    let entries = [consented, written];
    assert_eq!(told(&entries, Some(View::Hipaa), NOW), "[]");
    assert!(told(&entries, Some(View::Part2), NOW).contains(r#""index":4"#));
}

#[test]
fn a_statement_that_cannot_be_read_gives_no_accounting() {
    let broken = entry(
        6,
        EntryKind::LogAccess,
        Detail::at(moment(NOW)),
        "{\"suspended\":{}}",
    );
    assert!(
        Suspensions::default()
            .read(&[broken], &agency(CLINIC), moment(NOW))
            .is_err()
    );
}
