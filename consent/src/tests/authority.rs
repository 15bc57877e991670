//! Who may sign, who may record, who may keep a consent alive.

use super::*;
use ConsentKind::{Authorization, HmisRoi, Named, Tpo, VawaRelease};

#[test]
fn only_the_right_person_can_sign() {
    use SignerRole::{Client, Guardian, Parent, PersonalRepresentative, ProgramDirector};
    use Standing::{Adult, Deceased, Incapacitated, Minor, MinorActingAlone};
    let plain = Signer::new;
    let shown = Signer::with_authority;
    let abuser = |role| Signer {
        suspected_abuser: true,
        ..Signer::with_authority(role)
    };
    let cases = [
        (Tpo, Adult, plain(Client), None, true),
        (Tpo, Adult, plain(Guardian), None, false),
        (Tpo, Adult, shown(Guardian), None, false),
        (Authorization, Adult, shown(Guardian), None, true),
        (Authorization, Adult, plain(Guardian), None, false),
        (HmisRoi, Adult, plain(Parent), None, false),
        (Tpo, MinorActingAlone, plain(Client), None, true),
        (Tpo, MinorActingAlone, plain(Parent), None, false),
        (Tpo, Minor, plain(Client), None, false),
        (Tpo, Minor, plain(Parent), None, false),
        (Tpo, Minor, plain(Client), Some(plain(Parent)), true),
        (Tpo, Minor, plain(Client), Some(plain(Guardian)), false),
        (Tpo, Minor, shown(Guardian), Some(plain(Client)), true),
        (VawaRelease, Minor, plain(Client), Some(plain(Parent)), true),
        (VawaRelease, Minor, plain(Client), Some(abuser(Parent)), false),
        (VawaRelease, Incapacitated, abuser(Guardian), None, false),
        (Authorization, Minor, plain(Parent), None, true),
        (Authorization, Minor, plain(Client), None, false),
        (Named, Incapacitated, shown(Guardian), None, true),
        (Named, Incapacitated, plain(Guardian), None, false),
        (Named, Incapacitated, plain(Client), None, false),
        (Named, Incapacitated, plain(ProgramDirector), None, false),
        (Named, Deceased, shown(PersonalRepresentative), None, true),
        (Named, Deceased, plain(PersonalRepresentative), None, false),
        (Named, Deceased, plain(Client), None, false),
    ];
    for (kind, standing, signer, co_signer, right) in cases {
        let signature = Signature {
            standing,
            signer,
            co_signer,
            ..signature(Client)
        };
        let consent = signed_with(good_terms(kind), signature, all_attested());
        let told = format!("{kind} {standing:?} {signer:?} {co_signer:?}");
        assert_eq!(consent.usable_at(now()).is_ok(), right, "{told}");
    }
    let mut payment = good_terms(Named);
    payment.purposes = WordSet::EMPTY.with(PurposeOfUse::Hpaymt);
    let signature = Signature {
        standing: Incapacitated,
        ..signature(ProgramDirector)
    };
    assert!(
        signed_with(payment, signature, all_attested())
            .usable_at(now())
            .is_ok(),
        "2.15(a)(2)"
    );
}

#[test]
fn a_suspected_abuser_signs_no_kind_whatever_their_papers() {
    use SignerRole::{Guardian, Parent, PersonalRepresentative};
    for kind in ConsentKind::ALL {
        for (standing, role) in [
            (Standing::Minor, Parent),
            (Standing::Minor, Guardian),
            (Standing::Incapacitated, Guardian),
            (Standing::Deceased, PersonalRepresentative),
        ] {
            for suspected_abuser in [false, true] {
                let client = Signer::new(SignerRole::Client);
                let signature = Signature {
                    standing,
                    signer: Signer {
                        suspected_abuser,
                        ..Signer::with_authority(role)
                    },
                    co_signer: (standing == Standing::Minor).then_some(client),
                    ..signature(role)
                };
                let consent = signed_with(good_terms(*kind), signature, all_attested());
                let usable = consent.usable_at(now()).is_ok();
                assert_eq!(usable, !suspected_abuser, "{kind} {standing:?} {role}");
            }
        }
    }
}

#[test]
fn a_director_signs_for_payment_on_general_consents_only() {
    for kind in ConsentKind::ALL {
        let mut terms = good_terms(*kind);
        terms.purposes = WordSet::EMPTY.with(PurposeOfUse::Hpaymt);
        let signature = Signature {
            standing: Standing::Incapacitated,
            ..signature(SignerRole::ProgramDirector)
        };
        let usable = signed_with(terms, signature, all_attested())
            .usable_at(now())
            .is_ok();
        assert_eq!(usable, matches!(kind, Tpo | Named), "{kind}");
    }
}

#[test]
fn records_of_a_youth_project_need_the_youth_and_in_a_basic_center_a_parent_too() {
    use SignerRole::{Client, Parent};
    use YouthProject::{BasicCenter, TransitionalLiving};
    let both = (Client, Some(Parent));
    for (project, kind, standing, (signer, co_signer), right) in [
        (BasicCenter, Named, Standing::Minor, both, true),
        (BasicCenter, HmisRoi, Standing::Minor, both, true),
        (BasicCenter, HmisRoi, Standing::Minor, (Parent, None), false),
        (
            BasicCenter,
            HmisRoi,
            Standing::MinorActingAlone,
            (Client, None),
            false,
        ),
        (BasicCenter, HmisRoi, Standing::MinorActingAlone, both, true),
        (BasicCenter, HmisRoi, Standing::Adult, (Client, None), true),
        (
            TransitionalLiving,
            HmisRoi,
            Standing::MinorActingAlone,
            (Client, None),
            true,
        ),
        (
            TransitionalLiving,
            HmisRoi,
            Standing::Minor,
            (Parent, None),
            false,
        ),
        (BasicCenter, Authorization, Standing::Minor, both, false),
    ] {
        let mut terms = good_terms(kind);
        terms.youth_project = Some(project);
        let signature = Signature {
            standing,
            signer: Signer::new(signer),
            co_signer: co_signer.map(Signer::new),
            ..signature(Client)
        };
        let told = format!("{project:?} {kind} {standing:?} {signer} {co_signer:?}");
        let consent = signed_with(terms.clone(), signature.clone(), all_attested());
        assert_eq!(consent.usable_at(now()).is_ok(), right, "{told}");
        let mut attested = all_attested();
        attested.remove(&Attested::DiscussedWhyWhoWhat);
        let unexplained = missing(&signed_with(terms, signature, attested));
        assert!(unexplained.contains(&"rhy informed"), "{told}");
    }
}

#[test]
fn who_may_receive_cannot_keep_a_consent_alive_and_may_end_it() {
    let own = || recorder("harbor-crisis");
    let discloser = || recorder("cedar-recovery");
    let refused = Err(TransitionError::OwnBenefit);
    let mut terms = good_terms(Named);
    terms.expiry = Expiry::Event(gateway_types::vocabulary::ExpiryEvent::Discharge);
    let consent = signed(terms);
    let report = |state| EventReport { state, as_of: now() };
    let not_yet = report(EventState::NotOccurred);
    assert_eq!(
        consent.clone().report_event(not_yet, own(), now()),
        refused.clone()
    );
    assert!(consent.clone().report_event(not_yet, discloser(), now()).is_ok());
    let copy = || [Attested::CopyGiven].into();
    assert_eq!(consent.clone().attest(copy(), own(), now()), refused.clone());
    let resting = consent.suspend(Suspension::ClientAsks, own(), now()).unwrap();
    assert_eq!(resting.clone().resume(Resumption::ClientAsks, &own()), refused);
    assert!(resting.resume(Resumption::ClientAsks, &discloser()).is_ok());
}
