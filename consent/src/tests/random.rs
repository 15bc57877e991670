//! Laws that hold for any terms, any steps and any question.

use gateway_types::vocabulary::{ExpiryEvent, RevocationForm};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;

pub(super) const AGENCIES: [&str; 4] = [
    "cedar-recovery",
    "harbor-crisis",
    "lakeside-hospital",
    "riverton-pd-outreach",
];

pub(super) fn any_words<W: Word>() -> impl Strategy<Value = WordSet<W>> {
    subsequence(W::ALL.to_vec(), 0..=W::ALL.len().min(4)).prop_map(|words| words.into_iter().collect())
}

/// A few words out of the first few, so that terms and questions meet often.
fn few<W: Word>() -> impl Strategy<Value = WordSet<W>> {
    let some: Vec<W> = W::ALL.iter().copied().take(7).collect();
    subsequence(some, 0..=7).prop_map(|words| words.into_iter().collect())
}

pub(super) fn agencies() -> impl Strategy<Value = BTreeSet<AgencyId>> {
    subsequence(AGENCIES.to_vec(), 0..=AGENCIES.len()).prop_map(|ids| ids.into_iter().map(agency).collect())
}

fn expiry() -> impl Strategy<Value = Expiry> {
    prop_oneof![
        8 => (0i64..1_000_000_000).prop_map(|s| Expiry::At(signed_at().plus_seconds(s))),
        1 => select(ExpiryEvent::ALL.to_vec()).prop_map(Expiry::Event),
        1 => Just(Expiry::None),
        1 => Just(Expiry::Unstated),
    ]
}

prop_compose! {
    pub(super) fn terms()(
        kind in select(ConsentKind::ALL.to_vec()),
        from in agencies(),
        from_classes in any_words(),
        to in agencies(),
        to_classes in any_words(),
        purposes in few(),
        categories in prop_oneof![
            few().prop_map(CategoryScope::Only),
            Just(CategoryScope::All),
        ],
        expiry in expiry(),
        full in prop::bool::weighted(0.9),
        some in any_words(),
        persons in prop_oneof![4 => Just(Vec::new()), 1 => subsequence(AGENCIES.to_vec(), 1..=2)],
    ) -> Terms {
        let mut terms = Terms::of(kind);
        terms.discloser = Discloser { agencies: from, classes: from_classes };
        terms.recipients = Recipients { agencies: to, classes: to_classes, persons: persons.into_iter().map(somebody_at).collect() };
        terms.purposes = purposes;
        terms.categories = categories;
        terms.expiry = expiry;
        terms.statements = if full { Statement::ALL.iter().copied().collect() } else { some };
        terms.proceeding = Some(Pii::new("case 1".to_owned()));
        // Most name a purpose that their kind is for.
        let opened = terms.opened_purposes();
        let useless = !terms.purposes.is_empty() && terms.purposes.intersection(opened).is_empty();
        if let Some(one) = opened.iter().next().filter(|_| useless && full) {
            terms.purposes.insert(one);
        }
        terms
    }
}

/// The one person at an agency whom terms and questions may name.
pub(super) fn somebody_at(id: &str) -> NamedPerson {
    NamedPerson {
        agency: agency(id),
        staff: staff("somebody"),
    }
}

#[derive(Clone, Debug)]
pub(super) struct Question {
    from: AgencyId,
    from_classes: WordSet<RecipientClass>,
    pub(super) to: AgencyId,
    to_classes: WordSet<RecipientClass>,
    purpose: PurposeOfUse,
    category: Category,
    person: Option<StaffId>,
}

impl Question {
    pub(super) fn ask(&self) -> Ask<'_> {
        Ask {
            discloser: Party {
                agency: &self.from,
                classes: self.from_classes,
            },
            recipient: Party {
                agency: &self.to,
                classes: self.to_classes,
            },
            person: self.person.as_ref(),
            purpose: self.purpose,
            category: self.category,
        }
    }
}

prop_compose! {
    pub(super) fn question()(
        from in select(AGENCIES.to_vec()),
        from_classes in any_words(),
        to in select(AGENCIES.to_vec()),
        to_classes in any_words(),
        purpose in select(PurposeOfUse::ALL[..7].to_vec()),
        category in select(Category::ALL[..7].to_vec()),
        named in prop::bool::ANY,
    ) -> Question {
        let person = named.then(|| staff("somebody"));
        Question { from: agency(from), from_classes, to: agency(to), to_classes, purpose, category, person }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Amend(Box<Terms>),
    Sign,
    Revoke(Option<BTreeSet<AgencyId>>, RevocationForm, i64),
    Event(EventState),
    Find(Finding),
    Supersede,
    Error,
    Request,
    Decline,
    Suspend,
    Resume,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        terms().prop_map(|terms| Step::Amend(Box::new(terms))),
        Just(Step::Sign),
        (
            prop::option::of(agencies()),
            select(RevocationForm::ALL.to_vec()),
            -1000i64..1000
        )
            .prop_map(|(who, form, shift)| Step::Revoke(who, form, shift)),
        select(vec![
            EventState::NotOccurred,
            EventState::Occurred,
            EventState::Unknown
        ])
        .prop_map(Step::Event),
        select(vec![
            Finding::KnownFalse,
            Finding::Conditioned,
            Finding::ClientNameDiffers
        ])
        .prop_map(Step::Find),
        Just(Step::Supersede),
        Just(Step::Error),
        Just(Step::Request),
        Just(Step::Decline),
        Just(Step::Suspend),
        Just(Step::Resume),
    ]
}

fn take(consent: Consent, step: &Step, now: Timestamp) -> Consent {
    let by = recorder("cedar-recovery");
    let before = consent.clone();
    let after = match step {
        Step::Amend(terms) => consent.amend((**terms).clone(), by, now),
        Step::Sign => consent.sign(signature(SignerRole::Client), all_attested(), by, now),
        Step::Revoke(who, form, shift) => {
            let scope = who
                .clone()
                .map_or(RevocationScope::Whole, RevocationScope::Recipients);
            consent.revoke(
                Revocation {
                    at: now.plus_seconds(*shift),
                    form: *form,
                    scope,
                },
                by,
                now,
            )
        }
        Step::Event(state) => {
            let report = EventReport {
                state: *state,
                as_of: now,
            };
            consent.report_event(report, by, now)
        }
        Step::Request => consent.request(by, now),
        Step::Decline => consent.decline(by, now),
        Step::Suspend => consent.suspend(Suspension::ClientAsks, by, now),
        Step::Resume => consent.resume(Resumption::ClientAsks, &by),
        Step::Find(finding) => consent.find(*finding),
        Step::Supersede => {
            let successor = Consent::record_signed(
                consent_id(2),
                client(7),
                good_terms(ConsentKind::Named),
                signature(SignerRole::Client),
                all_attested(),
                by.clone(),
                now,
            );
            consent.supersede(&successor.unwrap(), Narrowing::Meant, by, now)
        }
        Step::Error => consent.enter_in_error(EntryError::Duplicate, by, now),
    };
    after.unwrap_or(before)
}

/// The terms read naively, written apart from the code under test.
fn covered_by(terms: &Terms, q: &Question) -> bool {
    let class_named = |named: WordSet<RecipientClass>, of: WordSet<RecipientClass>| {
        RecipientClass::ALL
            .iter()
            .any(|class| *class != RecipientClass::Anyone && named.contains(*class) && of.contains(*class))
    };
    let listed = |purpose| terms.purposes.contains(purpose);
    let from =
        terms.discloser.agencies.contains(&q.from) || class_named(terms.discloser.classes, q.from_classes);
    let persons_there = terms
        .recipients
        .persons
        .iter()
        .any(|person| person.agency == q.to);
    let by_name = if persons_there {
        q.person.is_some()
    } else {
        terms.recipients.agencies.contains(&q.to) && terms.kind != ConsentKind::CriminalJustice
    };
    let to = by_name || class_named(terms.recipients.classes, q.to_classes);
    let purpose = listed(q.purpose)
        || (q.purpose == PurposeOfUse::Coc && listed(PurposeOfUse::Treat))
        || (q.purpose == PurposeOfUse::Hqualimp && listed(PurposeOfUse::Hoperat));
    let category = match terms.categories {
        CategoryScope::All => true, // No question here asks for separated notes.
        CategoryScope::Only(categories) => categories.contains(q.category),
    };
    from && to && purpose && category
}

#[test]
fn the_random_terms_and_questions_meet_often_enough_to_mean_something() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut covered = 0;
    for _ in 0..2000 {
        let (terms, q) = (terms(), question()).new_tree(&mut runner).unwrap().current();
        let consent = confirmed_by(signed(terms), AGENCIES.map(agency));
        covered += u32::from(consent.covers(&q.ask(), now()));
    }
    assert!(covered >= 50, "only {covered} of 2000");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn an_empty_scope_covers_nothing(terms in terms(), q in question(), which in 0..4) {
        let mut terms = terms;
        match which {
            0 => terms.discloser = Discloser::default(),
            1 => terms.recipients = Recipients::default(),
            2 => terms.purposes = WordSet::EMPTY,
            _ => terms.categories = CategoryScope::default(),
        }
        prop_assert!(!terms.cover(&q.ask()));
        prop_assert!(!signed(terms).covers(&q.ask(), now()));
    }

    #[test]
    fn nothing_is_covered_without_an_adequate_form_in_force_that_binds_the_discloser(
        terms in terms(), q in question(), others in agencies(),
    ) {
        let bound = q.from == agency("cedar-recovery") || others.contains(&q.from);
        let consent = confirmed_by(signed(terms), others);
        let covered = consent.covers(&q.ask(), now());
        let right = consent.usable_at(now()).is_ok() && bound && covered_by(consent.terms(), &q);
        prop_assert_eq!(covered, right);
        if covered {
            prop_assert_eq!(consent.status(now()), Status::Active);
            prop_assert!(consent.facts(now()).is_ok());
        }
        if let Ok(facts) = consent.facts(now()) {
            prop_assert!(facts.discloser.agencies.iter().all(|named| consent.binds(named)));
            prop_assert_eq!(facts.discloser.agencies.contains(&q.from), bound && consent.terms().discloser.agencies.contains(&q.from));
        }
    }

    #[test]
    fn no_step_revives_a_revoked_consent(
        terms in terms(),
        steps in prop::collection::vec(step(), 0..12),
        later in 0i64..1_000_000_000,
        q in question(),
    ) {
        let mut consent = signed(terms).revoke(whole(now()), recorder("cedar-recovery"), now()).unwrap();
        for (n, step) in (0i64..).zip(&steps) {
            consent = take(consent, step, now().plus_seconds(n));
            let when = now().plus_seconds(later);
            prop_assert!(matches!(consent.status(when), Status::Revoked | Status::EnteredInError));
            prop_assert!(!consent.covers(&q.ask(), when));
            prop_assert!(consent.usable_at(when).is_err());
            prop_assert!(consent.facts(when).is_err());
        }
    }

    #[test]
    fn once_unusable_for_good_always_unusable(steps in prop::collection::vec(step(), 0..16)) {
        let by = recorder("cedar-recovery");
        let terms = good_terms(ConsentKind::Named);
        let mut consent = Consent::draft(consent_id(1), client(7), terms, by, now()).unwrap();
        let mut over = false;
        for (n, step) in (0i64..).zip(&steps) {
            let when = now().plus_seconds(n);
            let (client, version) = (consent.client(), consent.version());
            consent = take(consent, step, when);
            prop_assert_eq!(consent.client(), client);
            prop_assert!(consent.version() >= version);
            let status = consent.status(when);
            prop_assert!(!(over && status == Status::Active));
            over |= matches!(
                status,
                Status::Declined | Status::Expired | Status::Revoked | Status::Superseded | Status::EnteredInError
            );
            let text = serde_json::to_string(&consent).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Consent>(&text).unwrap(), &consent);
        }
    }

    #[test]
    fn a_revocation_for_an_agency_stops_that_agency_and_widens_nothing(
        terms in terms(), q in question(), who in agencies(),
    ) {
        prop_assume!(!who.is_empty());
        let before = confirmed_by(signed(terms), AGENCIES.map(agency));
        // A victim service release names somebody, or is none: whom a class would let in goes with the last one named.
        let recipients = &before.terms().recipients;
        let all_struck = before.terms().kind == ConsentKind::VawaRelease
            && recipients.persons.is_empty()
            && recipients.agencies.is_subset(&who);
        let stopped = who.contains(&q.to) || all_struck;
        let scope = RevocationScope::Recipients(who);
        let by = recorder("cedar-recovery");
        let after = before.clone().revoke(Revocation { scope, ..whole(now()) }, by, now()).unwrap();
        let covered = after.covers(&q.ask(), now());
        prop_assert_eq!(covered, !stopped && before.covers(&q.ask(), now()));
    }
}
