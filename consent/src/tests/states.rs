//! Asking and declining, resting, the word on an event, what is owed; each at its boundary.

use gateway_types::vocabulary::{ExpiryEvent, RevocationForm};

use super::*;
use ConsentKind::{Named, Tpo};

fn by() -> Recorder {
    recorder("cedar-recovery")
}

fn until_discharge() -> Consent {
    let mut terms = good_terms(Named);
    terms.expiry = Expiry::Event(ExpiryEvent::Discharge);
    signed(terms)
}

fn word(state: EventState, as_of: Timestamp) -> EventReport {
    EventReport { state, as_of }
}

fn days(count: i64) -> Timestamp {
    now().plus_seconds(count * 86_400)
}

const fn just_before(moment: Timestamp) -> Timestamp {
    Timestamp::from_micros(moment.as_micros() - 1)
}

fn owed(consent: &Consent, when: Timestamp) -> Vec<(FollowUpKind, Timestamp)> {
    let owed = consent.follow_ups(when);
    owed.into_iter()
        .map(|follow_up| (follow_up.kind, follow_up.due))
        .collect()
}

#[test]
fn a_form_before_the_client_is_answered_once() {
    let draft = Consent::draft(consent_id(1), client(7), good_terms(Named), by(), now()).unwrap();
    assert_eq!(
        draft.clone().decline(by(), now()),
        Err(TransitionError::NotRequested)
    );
    let asked = draft.request(by(), now()).unwrap();
    assert_eq!(asked.status(now()), Status::Requested);
    assert_eq!(asked.usable_at(now()), Err(vec![Unusable::NotSigned]));
    assert_eq!(
        asked.clone().request(by(), now()),
        Err(TransitionError::NotADraft)
    );
    let sign = |consent: Consent| consent.sign(signature(SignerRole::Client), all_attested(), by(), now());
    assert_eq!(sign(asked.clone()).unwrap().status(now()), Status::Active);
    // What is changed has to be put before the client again.
    let changed = asked.clone().amend(good_terms(Tpo), by(), now()).unwrap();
    assert_eq!(changed.status(now()), Status::Draft);
    let no = asked.decline(by(), now()).unwrap();
    assert_eq!(no.status(now()), Status::Declined);
    assert!(no.facts(now()).is_err());
    assert_eq!(sign(no.clone()), Err(TransitionError::NotADraft));
    assert_eq!(no.clone().request(by(), now()), Err(TransitionError::NotADraft));
    assert_eq!(
        no.clone().revoke(whole(now()), by(), now()),
        Err(TransitionError::Ended)
    );
    assert!(no.enter_in_error(EntryError::WrongClient, by(), now()).is_ok());
}

#[test]
fn a_form_that_rests_covers_nothing_and_what_happens_meanwhile_counts() {
    let end = at("2027-06-01T00:00:00Z");
    let resting = signed(good_terms(Named))
        .suspend(Suspension::ClientAsks, by(), now())
        .unwrap();
    assert_eq!(resting.status(now()), Status::Suspended);
    assert_eq!(resting.suspension(), Some(Suspension::ClientAsks));
    assert_eq!(resting.usable_at(now()), Err(vec![Unusable::Suspended]));
    assert!(!covers(&resting, "harbor-crisis", now()));
    assert!(resting.facts(now()).is_err());
    let again = resting.clone().resume(Resumption::ClientAsks, &by()).unwrap();
    assert!(covers(&again, "harbor-crisis", just_before(end)));
    assert!(!covers(&again, "harbor-crisis", end));
    assert_eq!(
        again.clone().resume(Resumption::ClientAsks, &by()),
        Err(TransitionError::NotSuspended)
    );
    assert_eq!(resting.status(just_before(end)), Status::Suspended);
    assert_eq!(resting.status(end), Status::Expired);
    let scope = RevocationScope::Recipients([agency("harbor-crisis")].into());
    let partly = Revocation {
        scope,
        ..whole(now())
    };
    let partly = resting.clone().revoke(partly, by(), now()).unwrap();
    assert_eq!(partly.status(now()), Status::Suspended);
    assert!(!covers(
        &partly.resume(Resumption::ClientAsks, &by()).unwrap(),
        "harbor-crisis",
        now()
    ));
    let found = resting.clone().find(Finding::KnownFalse).unwrap();
    assert_eq!(found.status(now()), Status::Suspended);
    assert_eq!(
        found.resume(Resumption::ClientAsks, &by()).unwrap().status(now()),
        Status::Inadequate
    );
    let gone = resting.revoke(whole(now()), by(), now()).unwrap();
    assert_eq!(gone.status(now()), Status::Revoked);
    assert_eq!(
        gone.resume(Resumption::ClientAsks, &by()),
        Err(TransitionError::NotSuspended)
    );
}

#[test]
fn the_word_that_an_event_has_not_happened_runs_out() {
    let consent = until_discharge()
        .report_event(word(EventState::NotOccurred, now()), by(), now())
        .unwrap();
    let end = days(EVENT_WORD_DAYS);
    assert!(covers(&consent, "harbor-crisis", just_before(end)));
    assert_eq!(consent.status(just_before(end)), Status::Active);
    for gone in [end, end.plus_seconds(1)] {
        assert!(!covers(&consent, "harbor-crisis", gone));
        assert_eq!(consent.status(gone), Status::Unconfirmed);
        assert_eq!(consent.usable_at(gone), Err(vec![Unusable::EventUnknown]));
    }
    let heard = word(EventState::NotOccurred, end);
    let again = consent.clone().report_event(heard, by(), end).unwrap();
    assert!(covers(&again, "harbor-crisis", end));
    let earlier = word(EventState::NotOccurred, days(3));
    assert_eq!(
        again.clone().report_event(earlier, by(), end),
        Err(TransitionError::EarlierWord)
    );
    // That it has happened counts whenever it is heard, and from then on.
    let happened = word(EventState::Occurred, days(3));
    let over = again.report_event(happened, by(), end).unwrap();
    assert_eq!(over.status(end), Status::Expired);
}

#[test]
fn a_word_dated_ahead_holds_no_longer() {
    let ahead = word(EventState::NotOccurred, days(300));
    let consent = until_discharge().report_event(ahead, by(), now()).unwrap();
    assert_eq!(consent.status(just_before(days(EVENT_WORD_DAYS))), Status::Active);
    assert_eq!(consent.status(days(EVENT_WORD_DAYS)), Status::Unconfirmed);
}

#[test]
fn the_moments_of_signing_and_of_revoking_are_those_from_which_they_count() {
    let mut late = signature(SignerRole::Client);
    late.signed_at = days(1);
    let consent = signed_with(good_terms(Named), late, all_attested());
    assert!(!covers(&consent, "harbor-crisis", just_before(days(1))));
    assert!(covers(&consent, "harbor-crisis", days(1)));
    let oral = Revocation {
        form: RevocationForm::Oral,
        ..whole(now())
    };
    let revoked = signed(good_terms(Named)).revoke(oral, by(), now()).unwrap();
    assert!(!revoked.stands_for(&agency("harbor-crisis"), now()));
    assert!(revoked.stands_for(&agency("harbor-crisis"), just_before(now())));
}

#[test]
fn an_oral_revocation_owes_the_writing_of_as_much_as_was_said() {
    let revocation = |form, agencies: Option<&[&str]>| Revocation {
        form,
        scope: agencies.map_or(RevocationScope::Whole, |ids| {
            RevocationScope::Recipients(ids.iter().map(|id| agency(id)).collect())
        }),
        ..whole(now())
    };
    use RevocationForm::{Oral, Written};
    let write = vec![(FollowUpKind::WriteRevocation, now())];
    let mut terms = good_terms(Named);
    terms.recipients.agencies.insert(agency("lakeside-hospital"));
    let revoke =
        |consent: Consent, form, agencies| consent.revoke(revocation(form, agencies), by(), now()).unwrap();
    let part = revoke(signed(terms), Written, Some(&["harbor-crisis"]));
    assert_eq!(owed(&part, now()), []);
    let said = revoke(part, Oral, Some(&["harbor-crisis", "lakeside-hospital"]));
    assert_eq!(owed(&said, now()), write);
    let half = revoke(said, Written, Some(&["lakeside-hospital"]));
    assert_eq!(owed(&half, now()), []);
    let all = revoke(half, Oral, None);
    assert_eq!(owed(&all, now()), write, "the parts in writing are not the whole");
    assert_eq!(owed(&revoke(all, Written, None), now()), []);
}

#[test]
fn what_is_owed_follows_from_the_form() {
    let replace = (FollowUpKind::ReplaceForm, now());
    let confirm = |due| (FollowUpKind::ConfirmEvent, due);
    assert_eq!(owed(&signed(good_terms(Named)), now()), []);
    let defective = signed(Terms::of(Named));
    assert_eq!(owed(&defective, now()), [replace]);
    let gone = defective.revoke(whole(now()), by(), now()).unwrap();
    assert_eq!(owed(&gone, now()), []);
    // A form whose day has passed is not worth mending.
    let mut past = good_terms(Named);
    past.statements = WordSet::EMPTY;
    let past = signed(past);
    let end = at("2027-06-01T00:00:00Z");
    assert_eq!(owed(&past, just_before(end)), [replace]);
    assert_eq!(owed(&past, end), []);
    let silent = until_discharge();
    assert_eq!(owed(&silent, now()), [confirm(now())]);
    let told = silent
        .report_event(word(EventState::NotOccurred, now()), by(), now())
        .unwrap();
    assert_eq!(owed(&told, now()), [confirm(days(EVENT_WORD_DAYS - 7))]);
    let over = told
        .report_event(word(EventState::Occurred, now()), by(), now())
        .unwrap();
    assert_eq!(owed(&over, now()), []);
}

#[test]
fn the_right_forms_lack_nothing_that_a_form_can_say() {
    let mut mixed = good_terms(Named);
    mixed.statements = WordSet::EMPTY;
    mixed.purposes = [
        PurposeOfUse::Treat,
        PurposeOfUse::LegalProc,
        PurposeOfUse::CjMonitor,
    ]
    .into_iter()
    .collect();
    mixed.categories = CategoryScope::Only(
        [Category::Medications, Category::SudCounselingNotes]
            .into_iter()
            .collect(),
    );
    mixed.proceeding = Some(Pii::new("case 1".to_owned()));
    mixed.recipients.persons.insert(NamedPerson {
        agency: agency("county-probation"),
        staff: staff("po-imani-reyes"),
    });
    let forms = mixed.right_forms();
    let kinds: Vec<_> = forms.iter().map(|form| form.terms.kind).collect();
    use ConsentKind::{CriminalJustice, LegalProceedings, Notes};
    assert_eq!(kinds, [Notes, LegalProceedings, CriminalJustice, Named]);
    let (mut purposes, mut categories) = (WordSet::EMPTY, WordSet::EMPTY);
    for form in forms {
        assert_eq!(missing(&signed(form.terms.clone())), [""; 0], "{}", form.because);
        purposes = purposes.union(form.terms.purposes);
        if let CategoryScope::Only(named) = form.terms.categories {
            categories = categories.union(named);
        }
    }
    assert_eq!(purposes, mixed.purposes);
    assert_eq!(CategoryScope::Only(categories), mixed.categories);
    // One that only lacks statements is replaced by one.
    let mut plain = good_terms(Tpo);
    plain.statements = WordSet::EMPTY;
    let forms = plain.right_forms();
    assert_eq!(forms.len(), 1);
    assert!(signed(forms[0].terms.clone()).usable_at(now()).is_ok());
}

#[test]
fn what_is_shown_beforehand_is_what_a_signature_would_do() {
    for kind in ConsentKind::ALL {
        for expiry in [None, Some(Expiry::Event(ExpiryEvent::Discharge))] {
            let mut terms = good_terms(*kind);
            terms.expiry = expiry.unwrap_or(terms.expiry);
            let draft = Consent::draft(consent_id(1), client(7), terms.clone(), by(), now()).unwrap();
            let shown = draft.as_if_signed(now()).unwrap();
            let mut real = signed(terms);
            if expiry.is_some() {
                let heard = word(EventState::NotOccurred, now());
                real = real.report_event(heard, by(), now()).unwrap();
            }
            assert_eq!(
                shown.usable_at(now()).is_ok(),
                real.usable_at(now()).is_ok(),
                "{kind}"
            );
            assert_eq!(real.as_if_signed(now()), None);
        }
    }
}
