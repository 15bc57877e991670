//! When a consent ended, and for whom.

use gateway_types::vocabulary::{ExpiryEvent, RevocationForm};

use super::*;
use ConsentKind::{Named, Tpo};

fn by() -> Recorder {
    recorder("cedar-recovery")
}

fn taken_back(scope: RevocationScope, at: Timestamp) -> Revocation {
    Revocation {
        at,
        form: RevocationForm::Oral,
        scope,
    }
}

fn days(count: i64) -> Timestamp {
    now().plus_seconds(count * 86_400)
}

#[test]
fn nothing_that_was_never_signed_ends() {
    let draft = Consent::draft(consent_id(1), client(7), good_terms(Named), by(), now()).unwrap();
    let dropped = draft
        .enter_in_error(EntryError::Abandoned, by(), days(1))
        .unwrap();
    assert_eq!(dropped.ended_for(&agency("harbor-crisis"), days(9)), None);
    assert!(!dropped.has_ended_for_somebody(days(9)));
}

#[test]
fn a_partial_revocation_ends_it_for_those_it_names_and_the_first_end_counts() {
    let harbor = agency("harbor-crisis");
    let one: RevocationScope = RevocationScope::Recipients([harbor.clone()].into());
    let consent = signed(good_terms(Tpo));
    assert_eq!(consent.ended_for(&harbor, days(1)), None);
    let partly = consent.revoke(taken_back(one, days(1)), by(), days(1)).unwrap();
    assert_eq!(partly.ended_for(&agency("lakeside"), days(2)), None);
    assert_eq!(
        partly.ended_for(&harbor, days(1)),
        Some(End::BySomethingSaid(days(1)))
    );
    let wholly = partly
        .revoke(taken_back(RevocationScope::Whole, days(3)), by(), days(3))
        .unwrap();
    assert_eq!(
        wholly.ended_for(&harbor, days(4)),
        Some(End::BySomethingSaid(days(1)))
    );
    let other = wholly.ended_for(&agency("lakeside"), days(4));
    assert_eq!(other, Some(End::BySomethingSaid(days(3))));
}

#[test]
fn a_day_on_the_form_is_told_by_the_form() {
    let harbor = agency("harbor-crisis");
    let end = at("2027-06-01T00:00:00Z");
    let consent = signed(good_terms(Named));
    assert_eq!(consent.ended_for(&harbor, end), Some(End::ByDate(end)));
    assert!(!consent.has_ended_for_somebody(end));
    let later = taken_back(RevocationScope::Whole, end.plus_seconds(60));
    let both = consent.revoke(later, by(), end.plus_seconds(60)).unwrap();
    assert_eq!(
        both.ended_for(&harbor, end.plus_seconds(60)),
        Some(End::ByDate(end))
    );
}

#[test]
fn an_event_ends_it_when_it_has_happened_and_not_while_nobody_knows() {
    let harbor = agency("harbor-crisis");
    let mut terms = good_terms(Named);
    terms.expiry = Expiry::Event(ExpiryEvent::Discharge);
    let consent = signed(terms);
    assert_eq!(consent.ended_for(&harbor, days(90)), None, "nobody knows");
    let happened = EventReport {
        state: EventState::Occurred,
        as_of: days(2),
    };
    let over = consent.report_event(happened, by(), days(5)).unwrap();
    assert_eq!(
        over.ended_for(&harbor, days(5)),
        Some(End::BySomethingSaid(days(2)))
    );
}

#[test]
fn what_rests_has_not_ended_and_what_was_an_error_has() {
    let harbor = agency("harbor-crisis");
    let consent = signed(good_terms(Tpo));
    let rests = consent
        .clone()
        .suspend(Suspension::ClientAsks, by(), days(1))
        .unwrap();
    assert_eq!(rests.ended_for(&harbor, days(2)), None);
    let wrong = consent
        .enter_in_error(EntryError::WrongClient, by(), days(1))
        .unwrap();
    assert_eq!(
        wrong.ended_for(&harbor, days(2)),
        Some(End::BySomethingSaid(days(1)))
    );
}
