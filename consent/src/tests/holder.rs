//! Whose records a form binds, and who may do what with it: 42 CFR 2.31(a)(2) lets the client name who discloses, and
//! what one agency says of another is no more than that.

use gateway_types::vocabulary::ExpiryEvent;

use super::*;

/// A form on which two agencies may disclose, recorded by the first.
fn of_two() -> Consent {
    let mut terms = good_terms(ConsentKind::Named);
    terms.discloser.agencies.insert(agency("elm-clinic"));
    signed(terms)
}

fn held_by_cedar() -> Recorder {
    recorder("cedar-recovery")
}

fn disclosers(consent: &Consent) -> Vec<String> {
    let facts = consent.facts(now()).unwrap();
    facts.discloser.agencies.iter().map(ToString::to_string).collect()
}

#[test]
fn a_form_binds_its_holder_and_who_confirmed_it_and_nobody_else() {
    let form = of_two();
    assert_eq!(disclosers(&form), ["cedar-recovery"]);
    assert_eq!(
        form.not_confirmed_by().cloned().collect::<Vec<_>>(),
        [agency("elm-clinic")]
    );
    let from = agency("elm-clinic");
    let to = agency("harbor-crisis");
    let party = |agency| Party {
        agency,
        classes: WordSet::EMPTY,
    };
    let ask = Ask {
        discloser: party(&from),
        recipient: party(&to),
        person: None,
        purpose: PurposeOfUse::Treat,
        category: Category::Medications,
    };
    assert!(!form.covers(&ask, now()));
    let weighed = weigh([&form], &ask, now());
    assert_eq!(weighed.against, [(form.id(), Against::NotConfirmed)]);
    let bound = form.confirm(recorder("elm-clinic"), now()).unwrap();
    assert_eq!(disclosers(&bound), ["cedar-recovery", "elm-clinic"]);
    assert!(bound.covers(&ask, now()));
    assert_eq!(bound.not_confirmed_by().count(), 0);
    let text = serde_json::to_string(&bound).unwrap();
    assert_eq!(serde_json::from_str::<Consent>(&text).unwrap(), bound);
}

#[test]
fn nobody_confirms_who_is_not_named_or_gains_or_has_done_so() {
    let confirm = |form: &Consent, by| form.clone().confirm(recorder(by), now()).err();
    let form = of_two();
    assert_eq!(confirm(&form, "oak-house"), Some(TransitionError::NotADiscloser));
    assert_eq!(
        confirm(&form, "cedar-recovery"),
        Some(TransitionError::BindsAlready)
    );
    let mut terms = form.terms().clone();
    terms.discloser.agencies.insert(agency("harbor-crisis"));
    let gains = signed(terms);
    assert_eq!(
        confirm(&gains, "harbor-crisis"),
        Some(TransitionError::OwnBenefit)
    );
    let ended = form.revoke(whole(now()), held_by_cedar(), now()).unwrap();
    assert_eq!(confirm(&ended, "elm-clinic"), Some(TransitionError::Ended));
}

#[test]
fn who_receives_keeps_a_form_alive_only_if_it_alone_discloses() {
    let mut terms = good_terms(ConsentKind::Named);
    let cedar = agency("cedar-recovery");
    terms.recipients.agencies.insert(cedar.clone());
    assert!(!terms.benefits(&cedar));
    terms.discloser.agencies.insert(agency("elm-clinic"));
    assert!(terms.benefits(&cedar));
    let vouched = signed(terms.clone()).attest(BTreeSet::new(), held_by_cedar(), now());
    assert_eq!(vouched, Err(TransitionError::OwnBenefit));
    terms.discloser.agencies = [cedar.clone()].into();
    terms.discloser.classes = WordSet::EMPTY.with(RecipientClass::TreatingProviders);
    assert!(terms.benefits(&cedar));
}

#[test]
fn only_who_laid_it_to_rest_or_holds_it_wakes_it_and_with_the_answer_to_the_doubt() {
    use Resumption::{AuthorityShown, ClientAsks, SignatureConfirmed};
    let resting = of_two()
        .suspend(Suspension::ClientAsks, held_by_cedar(), now())
        .unwrap();
    let elm = recorder("elm-clinic");
    let wake = |form: &Consent, because, by: &Recorder| form.clone().resume(because, by);
    assert_eq!(wake(&resting, ClientAsks, &elm), Err(TransitionError::HolderOnly));
    assert!(wake(&resting, ClientAsks, &held_by_cedar()).is_ok());
    let disputed = of_two()
        .suspend(Suspension::Disputed, elm.clone(), now())
        .unwrap();
    for silent in [ClientAsks, AuthorityShown] {
        let woken = wake(&disputed, silent, &held_by_cedar());
        assert_eq!(woken, Err(TransitionError::DoubtUnanswered));
    }
    assert!(wake(&disputed, SignatureConfirmed, &held_by_cedar()).is_ok());
    assert!(wake(&disputed, SignatureConfirmed, &elm).is_ok());
    let copy = of_two().attest([Attested::CopyGiven].into(), elm, now());
    assert_eq!(copy, Err(TransitionError::HolderOnly));
}

#[test]
fn the_holder_alone_speaks_of_the_event_and_may_correct_it() {
    let mut terms = of_two().terms().clone();
    terms.expiry = Expiry::Event(ExpiryEvent::Discharge);
    let form = signed(terms);
    let word = |state, as_of| EventReport { state, as_of };
    let happened = word(EventState::Occurred, now());
    let said = form.clone().report_event(happened, recorder("elm-clinic"), now());
    assert_eq!(said, Err(TransitionError::HolderOnly));
    // A discharge from an earlier stay ends nothing.
    let before = word(EventState::Occurred, signed_at().plus_seconds(-1));
    let said = form.clone().report_event(before, held_by_cedar(), now());
    assert_eq!(said, Err(TransitionError::BeforeItWasSigned));
    let that_day = word(EventState::Occurred, signed_at());
    let over = form
        .clone()
        .report_event(that_day, held_by_cedar(), now())
        .unwrap();
    assert_eq!(over.status(now()), Status::Expired);
    assert_eq!(
        over.clone().withdraw_event_word(&recorder("elm-clinic")),
        Err(TransitionError::HolderOnly)
    );
    let corrected = over.withdraw_event_word(&held_by_cedar()).unwrap();
    assert_eq!(corrected.status(now()), Status::Unconfirmed);
    let not_yet = word(EventState::NotOccurred, now());
    let again = corrected.report_event(not_yet, held_by_cedar(), now()).unwrap();
    assert_eq!(again.status(now()), Status::Active);
    assert_eq!(
        form.withdraw_event_word(&held_by_cedar()),
        Err(TransitionError::NoWord)
    );
}

#[test]
fn a_successor_that_covers_less_ends_nothing_unless_that_is_meant() {
    let successor = |terms| {
        let signature = signature(SignerRole::Client);
        let by = held_by_cedar();
        Consent::record_signed(
            consent_id(2),
            client(7),
            terms,
            signature,
            all_attested(),
            by,
            now(),
        )
        .unwrap()
    };
    let mut wider = good_terms(ConsentKind::Named);
    wider.purposes.insert(PurposeOfUse::Hpaymt);
    let old = signed(wider.clone());
    let less = successor(good_terms(ConsentKind::Named));
    let put = |old: &Consent, new: &Consent, narrowing, by: &str| {
        old.clone().supersede(new, narrowing, recorder(by), now())
    };
    assert_eq!(
        put(&old, &less, Narrowing::Barred, "cedar-recovery"),
        Err(TransitionError::SuccessorNarrower)
    );
    assert!(put(&old, &less, Narrowing::Meant, "cedar-recovery").is_ok());
    assert!(put(&old, &successor(wider), Narrowing::Barred, "cedar-recovery").is_ok());
    assert_eq!(
        put(&old, &less, Narrowing::Meant, "elm-clinic"),
        Err(TransitionError::HolderOnly)
    );
    // One that rests would be lost as well.
    let resting = old
        .suspend(Suspension::ClientAsks, held_by_cedar(), now())
        .unwrap();
    assert_eq!(
        put(&resting, &less, Narrowing::Barred, "cedar-recovery"),
        Err(TransitionError::SuccessorNarrower)
    );
}

#[test]
fn marking_a_form_as_an_error_neither_moves_it_nor_forgets_what_was_taken_back() {
    let oral = Revocation {
        form: gateway_types::vocabulary::RevocationForm::Oral,
        ..whole(now())
    };
    let form = of_two().revoke(oral, held_by_cedar(), now()).unwrap();
    let by_another = form
        .clone()
        .enter_in_error(EntryError::Duplicate, recorder("elm-clinic"), now());
    assert_eq!(by_another, Err(TransitionError::HolderOnly));
    let colleague = Recorder {
        staff: staff("another"),
        ..held_by_cedar()
    };
    let marked = form
        .enter_in_error(EntryError::Duplicate, colleague, now())
        .unwrap();
    assert_eq!(*marked.holder(), agency("cedar-recovery"));
    assert_eq!(marked.revocations().count(), 1);
    assert!(!marked.stands_for(&agency("harbor-crisis"), now()));
}

#[test]
fn the_holder_states_the_signed_paper_later_and_nothing_exchanges_it() {
    let cedar = held_by_cedar();
    let [one, other] = [[1; 32], [2; 32]].map(ArtefactDigest::from_bytes);
    let mut unstated = signature(SignerRole::Client);
    unstated.artefact = None;
    let bare = signed_with(good_terms(ConsentKind::Named), unstated, all_attested());
    assert_eq!(
        bare.clone().state_artefact(one, &recorder("harbor-crisis")),
        Err(TransitionError::HolderOnly)
    );
    let shown = bare.clone().state_artefact(one, &cedar).unwrap();
    assert_eq!(shown.signed_as().unwrap().artefact, Some(one));
    assert_eq!(shown.version().number(), bare.version().number() + 1);
    // It is the same form, and opens what it opened.
    assert_eq!(shown.content(), bare.content());
    assert_eq!(shown.scope(now()), bare.scope(now()));
    assert!(shown.clone().state_artefact(one, &cedar).is_ok());
    assert_eq!(
        shown.clone().state_artefact(other, &cedar),
        Err(TransitionError::OtherArtefact)
    );
    // The paper on which something went may be shown after its end too, but not that of an entry that was a mistake.
    let ended = bare.clone().revoke(whole(now()), cedar.clone(), now()).unwrap();
    let ended = ended.state_artefact(one, &cedar).unwrap();
    assert_eq!(
        (ended.status(now()), ended.signed_as().unwrap().artefact),
        (Status::Revoked, Some(one))
    );
    let mistaken = bare
        .enter_in_error(EntryError::WrongTerms, cedar.clone(), now())
        .unwrap();
    assert_eq!(mistaken.state_artefact(one, &cedar), Err(TransitionError::Ended));
}

#[test]
fn whoever_may_receive_records_nothing_without_the_paper_and_so_has_none_to_state_later() {
    let mut unstated = signature(SignerRole::Client);
    unstated.artefact = None;
    let mut own = good_terms(ConsentKind::Named);
    own.recipients.agencies.insert(agency("cedar-recovery"));
    let recorded = Consent::record_signed(
        consent_id(1),
        client(7),
        own,
        unstated,
        all_attested(),
        held_by_cedar(),
        now(),
    );
    assert_eq!(recorded, Err(TransitionError::OwnBenefitWithoutArtefact));
}

#[test]
fn a_form_sent_again_adds_what_it_vouches_for_and_its_paper_in_one_version() {
    let cedar = held_by_cedar();
    let paper = ArtefactDigest::from_bytes([1; 32]);
    let mut unstated = signature(SignerRole::Client);
    unstated.artefact = None;
    let few: BTreeSet<_> = [Attested::NameMatchesClient].into();
    let poor = signed_with(good_terms(ConsentKind::Named), unstated, few);
    assert_eq!(poor.status(now()), Status::Inadequate);
    let later = now().plus_seconds(60);
    let full = poor
        .clone()
        .say_again(all_attested(), Some(paper), cedar.clone(), later)
        .unwrap();
    assert_eq!(
        (full.status(later), full.version().number()),
        (Status::Active, poor.version().number() + 1)
    );
    assert_eq!(full.signed_as().unwrap().artefact, Some(paper));
    // What was vouched for stays the word of who vouched for it then.
    let vouched = |id| {
        let checks = full.adequacy(later).into_iter();
        let mut found = checks.filter(|check| check.id == id);
        found.next().unwrap().vouched.unwrap().at
    };
    assert_eq!((vouched("2.31(a)(1)"), vouched("read back")), (now(), later));
}
