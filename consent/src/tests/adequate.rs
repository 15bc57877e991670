//! Each element missing in turn, each signer, each combination.

use gateway_types::vocabulary::ExpiryEvent;

use super::*;
use ConsentKind::{
    Authorization, CriminalJustice, HmisRoi, LegalProceedings, Named, Notes, Research, Tpo, VawaRelease,
};

#[test]
fn a_complete_form_of_every_kind_is_adequate() {
    for kind in ConsentKind::ALL {
        let consent = signed(good_terms(*kind));
        assert_eq!(consent.usable_at(now()), Ok(()), "{kind}");
        assert_eq!(consent.status(now()), Status::Active, "{kind}");
        assert!(consent.facts(now()).is_ok(), "{kind}");
    }
}

#[test]
fn each_statement_missing_in_turn_is_found_by_the_kinds_that_need_it() {
    use Statement::*;
    let part2_revocable = [Tpo, Named, Notes, LegalProceedings, Research];
    let expected: &[(Statement, &[ConsentKind], &str)] = &[
        (Part2RightToRevoke, &part2_revocable, "2.31(a)(6)"),
        (Part2RedisclosurePotential, &[Tpo, Named], "2.31(a)(10)(i)"),
        (Part2RefusalConsequences, &[Tpo, Named], "2.31(a)(10)(ii)"),
        (HipaaRightToRevoke, &[Authorization, Research], "164.508(c)(2)(i)"),
        (HipaaConditioning, &[Authorization, Research], "164.508(c)(2)(ii)"),
        (
            HipaaRedisclosurePotential,
            &[Authorization, Research],
            "164.508(c)(2)(iii)",
        ),
        (CjReasonablePeriod, &[CriminalJustice], "2.35(b)"),
        (CjRevocableEvent, &[CriminalJustice], "2.35(c)"),
        (VawaReason, &[VawaRelease], "vawa reason"),
        (VawaDuration, &[VawaRelease], "vawa duration"),
        (VawaVoluntary, &[VawaRelease], "vawa voluntary"),
        (Part2RedisclosureByHipaaHolders, &[], ""),
        (VaApprovedForm, &[], ""),
    ];
    assert_eq!(expected.len(), Statement::ALL.len());
    for (statement, kinds, element) in expected {
        for kind in ConsentKind::ALL {
            let mut terms = good_terms(*kind);
            terms.statements.remove(*statement);
            let wanted = if kinds.contains(kind) {
                vec![*element]
            } else {
                vec![]
            };
            assert_eq!(missing(&signed(terms)), wanted, "{kind} without {statement}");
        }
    }
}

type Change = fn(&mut Terms);

#[test]
fn each_part_of_the_scope_missing_in_turn_makes_every_kind_unusable() {
    for kind in ConsentKind::ALL {
        let empty: [(&str, Change); 5] = [
            ("discloser", |terms| terms.discloser = Discloser::default()),
            ("recipients", |terms| terms.recipients = Recipients::default()),
            ("purposes", |terms| terms.purposes = WordSet::EMPTY),
            ("categories", |terms| terms.categories = CategoryScope::default()),
            ("expiry", |terms| terms.expiry = Expiry::Unstated),
        ];
        for (part, take_away) in empty {
            let mut terms = good_terms(*kind);
            take_away(&mut terms);
            let consent = signed(terms);
            assert!(!missing(&consent).is_empty(), "{kind} without {part}");
            assert!(!covers(&consent, "harbor-crisis", now()), "{kind} without {part}");
            assert!(consent.facts(now()).is_err());
        }
    }
}

#[test]
fn each_thing_that_the_recorder_has_to_vouch_for_is_needed_somewhere() {
    for attested in Attested::ALL {
        let mut others = all_attested();
        others.remove(&attested);
        let refused_somewhere = ConsentKind::ALL.iter().any(|kind| {
            let mut terms = good_terms(*kind);
            if *kind == VawaRelease {
                terms.expiry = Expiry::At(at("2026-12-01T00:00:00Z"));
            }
            !missing(&signed_with(terms, signature(SignerRole::Client), others.clone())).is_empty()
        });
        assert!(refused_somewhere, "{attested:?}");
    }
}

#[test]
fn the_redisclosure_statement_is_missed_only_towards_covered_entities() {
    let mut terms = good_terms(Tpo);
    terms
        .statements
        .remove(Statement::Part2RedisclosureByHipaaHolders);
    let consent = signed(terms);
    let check = consent
        .adequacy(now())
        .into_iter()
        .find(|check| check.id == "2.31(a)(4)(iii)")
        .unwrap();
    assert!(matches!(check.outcome, Outcome::MetInPart(_)));
    assert!(consent.usable_at(now()).is_ok());
}

#[test]
fn a_named_consent_for_housing_and_care_stays_good_for_housing_without_the_tpo_statements() {
    let mut terms = good_terms(Named);
    terms.statements.remove(Statement::Part2RefusalConsequences);
    assert_eq!(missing(&signed(terms.clone())), ["2.31(a)(10)(ii)"]);
    terms.purposes.insert(PurposeOfUse::HousingCoord);
    assert!(signed(terms).usable_at(now()).is_ok());
}

#[test]
fn no_end_is_good_on_tpo_and_research_only() {
    for kind in ConsentKind::ALL {
        let mut terms = good_terms(*kind);
        terms.expiry = Expiry::None;
        let usable = signed(terms).usable_at(now()).is_ok();
        assert_eq!(usable, matches!(kind, Tpo | Research), "{kind}");
    }
}

#[test]
fn a_notes_consent_covers_separated_notes_and_nothing_else() {
    let mut terms = good_terms(Notes);
    terms.categories = CategoryScope::Only(
        [Category::SudCounselingNotes, Category::Medications]
            .into_iter()
            .collect(),
    );
    assert_eq!(missing(&signed(terms.clone())), ["2.31(a)(3)"]);
    terms.categories = CategoryScope::All;
    assert_eq!(missing(&signed(terms.clone())), ["2.31(a)(3)"]);
    terms.categories = CategoryScope::Only(WordSet::EMPTY.with(Category::PsychotherapyNotes));
    terms.statements.remove(Statement::HipaaConditioning);
    assert_eq!(missing(&signed(terms)), ["164.508(c)(2)(ii)"]);
}

#[test]
fn a_service_that_depended_on_it_voids_notes_consents_and_victim_releases() {
    for kind in ConsentKind::ALL {
        let consent = signed(good_terms(*kind)).find(Finding::Conditioned).unwrap();
        assert_eq!(
            consent.usable_at(now()).is_err(),
            matches!(kind, Notes | VawaRelease),
            "{kind}"
        );
    }
}

#[test]
fn a_false_statement_or_another_name_voids_every_kind() {
    for kind in ConsentKind::ALL {
        for finding in [Finding::KnownFalse, Finding::ClientNameDiffers] {
            let consent = signed(good_terms(*kind)).find(finding).unwrap();
            assert!(consent.usable_at(now()).is_err(), "{kind} {finding:?}");
        }
    }
}

#[test]
fn a_victim_release_is_specific_and_short() {
    let release = |change: fn(&mut Terms)| {
        let mut terms = good_terms(VawaRelease);
        change(&mut terms);
        let mut attested = all_attested();
        attested.remove(&Attested::LongDurationReasoned);
        missing(&signed_with(terms, signature(SignerRole::Client), attested))
    };
    assert!(release(|_| {}).is_empty());
    assert_eq!(
        release(|terms| terms.categories = CategoryScope::All),
        ["vawa scope"]
    );
    assert_eq!(
        release(|terms| {
            terms.recipients.agencies.clear();
            terms.recipients.classes.insert(RecipientClass::HmisParticipants);
        }),
        ["vawa recipient"]
    );
    assert_eq!(
        release(|terms| terms.expiry = Expiry::Event(ExpiryEvent::CaseClosure)),
        ["vawa end"]
    );
    assert!(release(|terms| terms.expiry = Expiry::At(signed_at().plus_seconds(30 * 86_400))).is_empty());
    assert_eq!(
        release(|terms| terms.expiry = Expiry::At(signed_at().plus_seconds(30 * 86_400 + 1))),
        ["vawa end"]
    );
}

#[test]
fn a_form_from_the_future_or_ending_before_it_was_signed_is_defective() {
    let mut late = signature(SignerRole::Client);
    late.signed_at = now().plus_seconds(1);
    assert_eq!(
        missing(&signed_with(good_terms(Named), late.clone(), all_attested())),
        ["2.31(a)(9)"]
    );
    late.signed_at = now();
    assert!(missing(&signed_with(good_terms(Named), late, all_attested())).is_empty());
    let mut terms = good_terms(Named);
    terms.expiry = Expiry::At(signed_at());
    assert_eq!(missing(&signed(terms)), ["2.31(a)(7)"]);
}

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
fn kinds_that_may_not_share_a_form_are_refused_as_drafts_and_kept_unusable_as_paper() {
    for kind in ConsentKind::ALL {
        for other in ConsentKind::ALL {
            let mut terms = good_terms(*kind);
            terms.combined_with.insert(*other);
            let may = check_combination(*kind, *other).is_ok();
            let draft = Consent::draft(
                consent_id(1),
                client(7),
                terms.clone(),
                recorder("cedar-recovery"),
                now(),
            );
            assert_eq!(draft.is_ok(), may, "{kind} with {other}");
            assert_eq!(signed(terms).usable_at(now()).is_ok(), may, "{kind} with {other}");
        }
    }
}
