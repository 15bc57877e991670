//! Each element missing in turn, each signer, each combination.

use gateway_types::vocabulary::{ExpiryEvent, RecipientClass, Word as _};

use super::*;
use ConsentKind::{
    Authorization, CriminalJustice, LegalProceedings, Named, Notes, Research, Tpo, VawaRelease,
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
fn no_end_is_good_on_tpo_only() {
    for kind in ConsentKind::ALL {
        let mut terms = good_terms(*kind);
        terms.expiry = Expiry::None;
        let usable = signed(terms).usable_at(now()).is_ok();
        assert_eq!(usable, *kind == Tpo, "{kind}");
    }
}

/// 164.508(c)(1)(v), 2.31(a)(7): what a form for research may say, one for anything beside it may not.
#[test]
fn a_form_for_research_alone_may_end_with_the_study_and_an_authorisation_for_it_not_at_all() {
    let study = Expiry::Event(ExpiryEvent::EndOfStudy);
    let research = [PurposeOfUse::Hresch];
    let more = [PurposeOfUse::Hresch, PurposeOfUse::Treat];
    let defects = |kind, purposes: &[PurposeOfUse], expiry| {
        let mut terms = good_terms(kind);
        terms.purposes = purposes.iter().copied().collect();
        terms.expiry = expiry;
        missing(&signed(terms))
    };
    for (kind, element, without_end) in [
        (Authorization, "164.508(c)(1)(v)", true),
        (Named, "2.31(a)(7)", false),
    ] {
        assert_eq!(defects(kind, &research, study), [""; 0], "{kind}");
        assert_eq!(defects(kind, &more, study), [element], "{kind}");
        assert_eq!(defects(kind, &more, Expiry::None), [element], "{kind}");
        let none = defects(kind, &research, Expiry::None);
        assert_eq!(none.is_empty(), without_end, "{kind}");
    }
    // It ends as any other form with an event does.
    let mut terms = good_terms(Authorization);
    terms.purposes = research.into_iter().collect();
    terms.expiry = study;
    assert_ne!(
        signed(terms).status(now().plus_seconds(400 * 24 * 3600)),
        Status::Active
    );
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
        missing(&signed(terms))
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
fn a_form_that_opens_nothing_says_so_and_the_right_one_is_offered() {
    use PurposeOfUse::{CjMonitor, HousingCoord, Hresch, LeInvest, LegalProc, Treat};
    let with = |kind, change: &dyn Fn(&mut Terms)| {
        let mut terms = good_terms(kind);
        // The VA's own records go for more.
        terms.statements.remove(Statement::VaApprovedForm);
        change(&mut terms);
        signed(terms)
    };
    let only = |purposes: &'static [PurposeOfUse]| {
        move |terms: &mut Terms| terms.purposes = purposes.iter().copied().collect()
    };
    for (kind, wrong, right) in [
        (Tpo, &[HousingCoord] as &[_], Treat),
        (LegalProceedings, &[HousingCoord], LegalProc),
        (CriminalJustice, &[HousingCoord], CjMonitor),
        (Research, &[HousingCoord], Hresch),
    ] {
        let nothing = with(kind, &only(wrong));
        assert_eq!(missing(&nothing), ["opens"], "{kind}");
        assert_eq!(nothing.status(now()), Status::Inadequate, "{kind}");
        assert!(
            nothing
                .follow_ups(now())
                .iter()
                .any(|owed| owed.kind == FollowUpKind::ReplaceForm)
        );
        // What its kind does open, it still opens.
        let part = with(kind, &|terms| {
            terms.purposes = [HousingCoord, right].into_iter().collect()
        });
        assert_eq!(part.status(now()), Status::Active, "{kind}");
    }
    let named = with(Tpo, &only(&[HousingCoord])).terms().right_forms();
    let kinds: Vec<_> = named.iter().map(|form| form.terms.kind).collect();
    assert_eq!(kinds, [Named]);
    // How long it holds is the client's to say.
    let mut named = named[0].terms.clone();
    named.expiry = good_terms(Named).expiry;
    assert_eq!(missing(&signed(named)), [""; 0]);

    let against_itself = with(LegalProceedings, &|terms| {
        terms.purposes = [LeInvest, LegalProc].into_iter().collect();
        terms.no_investigative_use = true;
    });
    assert_eq!(missing(&against_itself), ["opens"]);
    for (kind, element) in [(Tpo, "2.31(a)(7)"), (ConsentKind::HmisRoi, "hmis expiry")] {
        let study = with(kind, &|terms| {
            terms.expiry = Expiry::Event(ExpiryEvent::EndOfStudy)
        });
        assert_eq!(missing(&study), [element]);
    }
    let of_a_class = with(VawaRelease, &|terms| {
        terms.discloser.agencies.clear();
        terms.discloser.classes.insert(RecipientClass::HmisParticipants);
    });
    assert_eq!(missing(&of_a_class), ["vawa discloser"]);
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

#[test]
fn the_required_statements_are_those_that_are_missed() {
    for kind in ConsentKind::ALL {
        let mut terms = good_terms(*kind);
        terms.statements = terms.required_statements();
        let elements = |consent: &Consent| {
            let whole = consent.adequacy(now()).into_iter();
            whole
                .filter(|check| check.outcome == Outcome::Met)
                .map(|check| check.id)
                .collect::<Vec<_>>()
        };
        let full = signed(terms.clone());
        assert_eq!(missing(&full), [""; 0], "{kind}");
        for statement in terms.statements.iter() {
            let mut less = terms.clone();
            less.statements.remove(statement);
            let lost = elements(&full).len() - elements(&signed(less)).len();
            assert_eq!(lost, 1, "{kind} without {statement}");
        }
    }
}

#[test]
fn counsellors_and_therapists_notes_need_forms_of_their_own_each_by_its_own_law() {
    let notes = |categories: &[Category]| {
        let mut terms = good_terms(Notes);
        terms.categories = CategoryScope::Only(categories.iter().copied().collect());
        terms.statements = terms.required_statements();
        terms
    };
    let both = notes(&[Category::SudCounselingNotes, Category::PsychotherapyNotes]);
    assert!(missing(&signed(both.clone())).contains(&"form"));
    let therapist = notes(&[Category::PsychotherapyNotes]);
    assert!(!therapist.statements.contains(Statement::Part2RightToRevoke));
    assert_eq!(missing(&signed(therapist)), [""; 0]);
    let forms = both.right_forms();
    assert_eq!(forms.len(), 2);
    for form in forms {
        assert_eq!(missing(&signed(form.terms)), [""; 0], "{}", form.because);
    }
}

#[test]
fn each_element_says_who_vouches_for_it_since_when() {
    let mut attested = all_attested();
    attested.remove(&Attested::CopyGiven);
    let consent = signed_with(good_terms(Authorization), signature(SignerRole::Client), attested);
    assert_eq!(missing(&consent), ["164.508(c)(4)"]);
    let later = now().plus_seconds(3600);
    let colleague = Recorder {
        staff: staff("colleague"),
        ..recorder("cedar-recovery")
    };
    let consent = consent
        .attest([Attested::CopyGiven].into(), colleague.clone(), later)
        .unwrap();
    assert_eq!(consent.usable_at(later), Ok(()));
    for check in consent.adequacy(later) {
        let act = check.vouched.unwrap();
        let copy = check.id == "164.508(c)(4)";
        assert_eq!(act.by == colleague, copy, "{}", check.id);
        assert_eq!(act.at, if copy { later } else { now() }, "{}", check.id);
    }
    // Found to be false, nobody vouches any more.
    let consent = consent.find(Finding::ClientNameDiffers).unwrap();
    let name = consent
        .adequacy(later)
        .into_iter()
        .find(|check| check.id == "164.508(b)(1)");
    assert_eq!(name.unwrap().vouched, None);
}

#[test]
fn a_victim_service_release_ends_for_a_class_once_everybody_named_is_struck_out() {
    let mut terms = good_terms(VawaRelease);
    terms.recipients.classes.insert(RecipientClass::ALL[0]);
    let consent = signed(terms);
    assert!(missing(&consent).is_empty());
    let named = consent.terms().recipients.agencies.clone();
    let scope = RevocationScope::Recipients(named);
    let struck = Revocation {
        scope,
        ..whole(now())
    };
    let holder = consent.holder().clone();
    let consent = consent.revoke(struck, recorder(holder.as_str()), now()).unwrap();
    assert_eq!(missing(&consent), ["vawa recipient"]);
    assert!(consent.facts(now()).is_err());
}
