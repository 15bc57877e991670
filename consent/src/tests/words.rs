//! What is read back to the client.

use gateway_types::vocabulary::ExpiryEvent;

use super::*;

fn name_of(mentioned: Mentioned<'_>) -> Option<String> {
    match mentioned {
        Mentioned::Agency(id) if id.as_str() == "cedar-recovery" => Some("Cedar Recovery".to_owned()),
        Mentioned::Agency(id) if id.as_str() == "harbor-crisis" => Some("Harbor Crisis Team".to_owned()),
        Mentioned::Agency(_) => None,
        Mentioned::Person(_) => Some("Officer Imani Reyes".to_owned()),
    }
}

#[test]
fn it_says_who_tells_whom_what_why_and_until_when() {
    let mut terms = good_terms(ConsentKind::Named);
    terms.categories = CategoryScope::Only(
        [Category::Medications, Category::Allergies, Category::SudTreatment]
            .into_iter()
            .collect(),
    );
    assert_eq!(
        signed(terms).confirm_back(name_of),
        "This lets Cedar Recovery tell Harbor Crisis Team about your medicines, your allergies, and your drug or \
         alcohol treatment. The reason: to treat you. It ends on June 1, 2027, as the day begins (UTC)."
    );
}

#[test]
fn persons_classes_and_events_are_told_too() {
    let mut terms = good_terms(ConsentKind::CriminalJustice);
    terms.expiry = Expiry::Event(ExpiryEvent::FinalDisposition);
    terms.recipients.agencies = [agency("county-probation")].into();
    assert_eq!(
        signed(terms).confirm_back(name_of),
        "This lets Cedar Recovery tell Officer Imani Reyes at county-probation about your medicines. The reason: to \
         check that you follow a court's treatment order. It ends when your court case is over."
    );
    let tpo = signed(good_terms(ConsentKind::Tpo)).confirm_back(name_of);
    assert!(
        tpo.contains("Harbor Crisis Team and the doctors and clinics that treat you"),
        "{tpo}"
    );
    assert!(
        tpo.ends_with("It has no end date. It lasts until you take it back."),
        "{tpo}"
    );
}

#[test]
fn an_empty_scope_is_told_as_nothing() {
    for empty in [
        (|terms: &mut Terms| terms.categories = CategoryScope::default()) as fn(&mut Terms),
        |terms| terms.recipients = Recipients::default(),
        |terms| terms.discloser = Discloser::default(),
        |terms| terms.purposes = WordSet::EMPTY,
    ] {
        let mut terms = good_terms(ConsentKind::Named);
        empty(&mut terms);
        let text = signed(terms).confirm_back(name_of);
        assert!(text.starts_with("This lets nobody share anything"), "{text}");
    }
}

#[test]
fn what_was_taken_back_is_told() {
    let by = || recorder("cedar-recovery");
    let consent = signed(good_terms(ConsentKind::Named));
    let scope = RevocationScope::Recipients([agency("harbor-crisis")].into());
    let partly = consent
        .revoke(
            Revocation {
                scope,
                ..whole(now())
            },
            by(),
            now(),
        )
        .unwrap();
    assert!(
        partly
            .confirm_back(name_of)
            .ends_with("You took it back for Harbor Crisis Team.")
    );
    let wholly = partly.revoke(whole(now()), by(), now()).unwrap();
    assert!(wholly.confirm_back(name_of).contains("lets nobody share"));
}
