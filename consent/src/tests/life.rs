//! Every step a consent can and cannot take; every boundary second; storage.

use gateway_types::vocabulary::{ExpiryEvent, RevocationForm};

use super::*;

fn named() -> Consent {
    signed(good_terms(ConsentKind::Named))
}

#[test]
fn a_draft_is_changed_signed_and_then_fixed() {
    let by = || recorder("cedar-recovery");
    let draft = Consent::draft(
        consent_id(1),
        client(7),
        Terms::of(ConsentKind::Named),
        by(),
        now(),
    )
    .unwrap();
    assert_eq!(draft.status(now()), Status::Draft);
    assert_eq!(draft.usable_at(now()), Err(vec![Unusable::NotSigned]));
    let draft = draft.amend(good_terms(ConsentKind::Named), by(), now()).unwrap();
    assert_eq!(draft.version().number(), 2);
    let signed = draft
        .sign(signature(SignerRole::Client), all_attested(), by(), now())
        .unwrap();
    assert_eq!(
        (signed.version().number(), signed.status(now())),
        (3, Status::Active)
    );
    let again = signed
        .clone()
        .sign(signature(SignerRole::Client), all_attested(), by(), now());
    assert_eq!(again, Err(TransitionError::NotADraft));
    let changed = signed.amend(good_terms(ConsentKind::Tpo), by(), now());
    assert_eq!(changed, Err(TransitionError::NotADraft));
}

#[test]
fn the_end_itself_is_no_longer_in_force() {
    let end = at("2027-06-01T00:00:00Z");
    let consent = named();
    let (before, after) = (Timestamp::from_micros(end.as_micros() - 1), end.plus_seconds(1));
    assert!(covers(&consent, "harbor-crisis", before));
    for gone in [end, after] {
        assert_eq!(consent.status(gone), Status::Expired);
        assert_eq!(consent.usable_at(gone), Err(vec![Unusable::Expired]));
        assert!(!covers(&consent, "harbor-crisis", gone));
    }
}

#[test]
fn an_event_withholds_until_its_source_says_not_yet() {
    let mut terms = good_terms(ConsentKind::Named);
    terms.expiry = Expiry::Event(ExpiryEvent::Discharge);
    let report = |state| EventReport { state, as_of: now() };
    let by = || recorder("cedar-recovery");
    let silent = signed(terms);
    assert_eq!(silent.status(now()), Status::Unconfirmed);
    assert_eq!(silent.usable_at(now()), Err(vec![Unusable::EventUnknown]));
    let pending = silent
        .clone()
        .report_event(report(EventState::NotOccurred), by(), now())
        .unwrap();
    assert_eq!(pending.status(now()), Status::Active);
    let expires = pending.facts(now()).unwrap().expires;
    let wanted = ExpiryFacts::Event {
        event: ExpiryEvent::Discharge,
        occurred: Some(false),
    };
    assert_eq!(expires, Some(wanted));
    let unsure = pending
        .clone()
        .report_event(report(EventState::Unknown), by(), now())
        .unwrap();
    assert_eq!(unsure.status(now()), Status::Unconfirmed);
    let over = pending
        .report_event(report(EventState::Occurred), by(), now())
        .unwrap();
    assert_eq!(over.status(now()), Status::Expired);
    for state in [EventState::NotOccurred, EventState::Unknown] {
        assert_eq!(
            over.clone().report_event(report(state), by(), now()),
            Err(TransitionError::EventIsFinal)
        );
    }
    assert_eq!(
        named().report_event(report(EventState::Occurred), by(), now()),
        Err(TransitionError::NoEvent)
    );
}

#[test]
fn a_revocation_counts_at_once_and_an_oral_one_owes_the_writing() {
    let oral = Revocation {
        form: RevocationForm::Oral,
        ..whole(now())
    };
    let revoked = named().revoke(oral, recorder("harbor-crisis"), now()).unwrap();
    assert_eq!(revoked.status(now()), Status::Revoked);
    assert!(!covers(&revoked, "harbor-crisis", now()));
    assert!(revoked.facts(now()).is_err());
    assert!(revoked.owes_written_revocation());
    let written = revoked
        .revoke(whole(now()), recorder("cedar-recovery"), now())
        .unwrap();
    assert!(!written.owes_written_revocation());
    assert_eq!(written.revocations().count(), 2);
    assert_eq!(written.status(now()), Status::Revoked);
}

#[test]
fn a_revocation_dated_ahead_counts_now() {
    let ahead = named()
        .revoke(whole(now().plus_seconds(3600)), recorder("cedar-recovery"), now())
        .unwrap();
    assert_eq!(ahead.revocations().next().unwrap().at, now());
    assert!(!covers(&ahead, "harbor-crisis", now()));
}

#[test]
fn a_revocation_for_one_agency_leaves_the_others() {
    let mut terms = good_terms(ConsentKind::Named);
    terms.recipients.agencies.insert(agency("lakeside-hospital"));
    let scope = RevocationScope::Recipients([agency("harbor-crisis")].into());
    let partly = Revocation {
        scope,
        ..whole(now())
    };
    let consent = signed(terms)
        .revoke(partly, recorder("cedar-recovery"), now())
        .unwrap();
    assert_eq!(consent.status(now()), Status::Active);
    assert!(!covers(&consent, "harbor-crisis", now()));
    assert!(covers(&consent, "lakeside-hospital", now()));
    let facts = consent.facts(now()).unwrap();
    assert_eq!(facts.revoked[0].recipients, Some(vec![agency("harbor-crisis")]));
    let nobody = Revocation {
        scope: RevocationScope::Recipients(BTreeSet::new()),
        ..whole(now())
    };
    let error = consent.revoke(nobody, recorder("cedar-recovery"), now());
    assert_eq!(error, Err(TransitionError::RevokesForNobody));
}

#[test]
fn a_revoked_consent_can_only_be_revoked_further_or_marked_as_error() {
    let by = || recorder("cedar-recovery");
    let revoked = named().revoke(whole(now()), by(), now()).unwrap();
    let sign = revoked
        .clone()
        .sign(signature(SignerRole::Client), all_attested(), by(), now());
    assert_eq!(sign, Err(TransitionError::NotADraft));
    assert_eq!(
        revoked.clone().find(Finding::KnownFalse),
        Err(TransitionError::Ended)
    );
    let successor = Consent::record_signed(
        consent_id(2),
        client(7),
        good_terms(ConsentKind::Named),
        signature(SignerRole::Client),
        all_attested(),
        by(),
        now(),
    );
    assert_eq!(
        revoked
            .clone()
            .supersede(&successor.unwrap(), Narrowing::Barred, by(), now()),
        Err(TransitionError::Ended)
    );
    let marked = revoked
        .enter_in_error(EntryError::WrongClient, by(), now())
        .unwrap();
    assert_eq!(marked.status(now()), Status::EnteredInError);
    assert_eq!(
        marked.clone().revoke(whole(now()), by(), now()),
        Err(TransitionError::Ended)
    );
    assert_eq!(
        marked.enter_in_error(EntryError::WrongClient, by(), now()),
        Err(TransitionError::Ended)
    );
}

#[test]
fn only_a_usable_consent_of_the_same_client_takes_anothers_place() {
    let by = || recorder("cedar-recovery");
    let other = |id, who, terms| {
        let signature = signature(SignerRole::Client);
        Consent::record_signed(
            consent_id(id),
            client(who),
            terms,
            signature,
            all_attested(),
            by(),
            now(),
        )
        .unwrap()
    };
    let good = other(2, 7, good_terms(ConsentKind::Named));
    let strangers = other(2, 8, good_terms(ConsentKind::Named));
    let poor = other(2, 7, Terms::of(ConsentKind::Named));
    assert_eq!(
        named().supersede(&strangers, Narrowing::Barred, by(), now()),
        Err(TransitionError::OtherClient)
    );
    assert_eq!(
        named().supersede(&poor, Narrowing::Barred, by(), now()),
        Err(TransitionError::SuccessorNotUsable)
    );
    assert_eq!(
        named().supersede(&named(), Narrowing::Barred, by(), now()),
        Err(TransitionError::Itself)
    );
    let done = named().supersede(&good, Narrowing::Barred, by(), now()).unwrap();
    assert_eq!(done.status(now()), Status::Superseded);
    assert!(!covers(&done, "harbor-crisis", now()));
}

#[test]
fn an_agency_that_could_receive_has_to_show_the_signed_form() {
    let unseen = Signature {
        artefact: None,
        ..signature(SignerRole::Client)
    };
    let record = |terms: Terms, signature: &Signature, by: &str| {
        let by = recorder(by);
        Consent::record_signed(
            consent_id(1),
            client(7),
            terms,
            signature.clone(),
            all_attested(),
            by,
            now(),
        )
    };
    let own_benefit = Err(TransitionError::OwnBenefitWithoutArtefact);
    let named = || good_terms(ConsentKind::Named);
    assert_eq!(record(named(), &unseen, "harbor-crisis"), own_benefit);
    assert!(record(named(), &unseen, "cedar-recovery").is_ok());
    assert!(record(named(), &signature(SignerRole::Client), "harbor-crisis").is_ok());
    assert_eq!(
        record(
            good_terms(ConsentKind::CriminalJustice),
            &unseen,
            "county-probation"
        ),
        own_benefit
    );
    // Nobody can be sure to be outside a class.
    assert_eq!(
        record(good_terms(ConsentKind::Tpo), &unseen, "riverton-pd-outreach"),
        own_benefit
    );
}

#[test]
fn every_state_is_stored_and_read_back() {
    let by = || recorder("cedar-recovery");
    let draft = Consent::draft(consent_id(1), client(7), Terms::of(ConsentKind::Tpo), by(), now()).unwrap();
    let revoked = named().revoke(whole(now()), by(), now()).unwrap();
    let marked = revoked
        .clone()
        .enter_in_error(EntryError::Duplicate, by(), now())
        .unwrap();
    let requested = draft.clone().request(by(), now()).unwrap();
    let declined = requested.clone().decline(by(), now()).unwrap();
    let resting = named().suspend(Suspension::Disputed, by(), now()).unwrap();
    let kinds = ConsentKind::ALL.iter().map(|kind| signed(good_terms(*kind)));
    let states = [draft, requested, declined, resting, revoked, marked];
    for consent in states.into_iter().chain(kinds) {
        let text = serde_json::to_string(&consent).unwrap();
        assert_eq!(serde_json::from_str::<Consent>(&text).unwrap(), consent);
    }
}

#[test]
fn a_stored_consent_of_another_form_or_with_an_unknown_field_is_refused() {
    let stored = serde_json::to_value(named()).unwrap();
    let read = |value: serde_json::Value| serde_json::from_value::<Consent>(value);
    assert_eq!(stored["format"], 1);
    let mut later = stored.clone();
    later["format"] = 2.into();
    assert!(read(later).is_err());
    for path in [
        "",
        "/terms",
        "/terms/recipients",
        "/state/signed",
        "/state/signed/paper",
    ] {
        let mut more = stored.clone();
        more.pointer_mut(path).unwrap()["surprise"] = true.into();
        assert!(read(more).is_err(), "unknown field at `{path}`");
    }
    let mut unknown_word = stored;
    unknown_word["terms"]["kind"] = "blanket".into();
    assert!(read(unknown_word).is_err());
}

#[test]
fn debug_shows_no_client_and_no_terms() {
    let mut terms = good_terms(ConsentKind::LegalProceedings);
    terms.proceeding = Some(Pii::new("State v. Tamsin Brightwater".to_owned()));
    let consent = signed(terms);
    let facts = consent.facts(now()).unwrap();
    for text in [
        format!("{consent:?}"),
        format!("{:?}", consent.terms()),
        format!("{facts:?}"),
    ] {
        assert!(!text.contains("Brightwater"), "{text}");
        assert!(!text.contains(&client(7).to_string()), "{text}");
    }
    assert!(
        !format!("{consent:?}").contains("harbor"),
        "who receives is the client's business"
    );
}

#[test]
fn whom_a_form_leaves_out_makes_another_form_of_it_and_what_was_taken_back_since_does_not() {
    let plain = signed(good_terms(ConsentKind::Tpo));
    let taken_back = |at| Revocation {
        at,
        scope: RevocationScope::Recipients([agency("harbor-crisis")].into()),
        ..whole(now())
    };
    let by = recorder("cedar-recovery");
    let signed_at = plain.signature().unwrap().signed_at;
    // Even if it is said to have been at the moment of signing: the form is what was signed.
    let since = plain
        .clone()
        .revoke(taken_back(signed_at), by.clone(), now())
        .unwrap();
    assert!(since.content() == plain.content());
    assert_eq!(since.ended_for_good(), Some(signed_at));

    let leaving_out = plain
        .clone()
        .leave_out([agency("harbor-crisis")].into(), by.clone(), now())
        .unwrap();
    assert!(!leaving_out.stands_for(&agency("harbor-crisis"), now()));
    let (one, other) = (plain.content().unwrap(), leaving_out.content().unwrap());
    assert!(one != other && one.is_same_but_for_exceptions(&other));
    assert_ne!(
        serde_json::to_value(one).unwrap(),
        serde_json::to_value(other).unwrap()
    );
    // It was never meant, so nothing was taken back by it.
    assert_eq!(leaving_out.ended_for_good(), None);
    let stored = serde_json::to_string(&leaving_out).unwrap();
    let read: Consent = serde_json::from_str(&stored).unwrap();
    assert!(read.content() == leaving_out.content());
    let ended = leaving_out.revoke(taken_back(now()), by, now()).unwrap();
    assert_eq!(ended.ended_for_good(), Some(now()));
}
