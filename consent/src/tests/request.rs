//! What a request for a consent asks, when it closes, and the forms made from it.

use gateway_types::vocabulary::{Regime, Role};

use super::*;

fn request(purpose: PurposeOfUse, categories: &[Category]) -> ConsentRequest {
    ConsentRequest {
        id: "00000000-0000-7000-8000-000000000009".parse().unwrap(),
        client: Some(client(7)),
        by: Recorder {
            agency: agency("harbor-crisis"),
            staff: staff("a-rivera"),
        },
        role: Role::Clinician,
        purpose,
        categories: categories.iter().copied().collect(),
        days: 30,
        asked_at: now(),
    }
}

fn under(regimes: &[Regime]) -> WordSet<Regime> {
    regimes.iter().copied().collect()
}

#[test]
fn it_closes_on_its_day_whatever_happens() {
    let request = request(PurposeOfUse::Treat, &[Category::Medications]);
    assert_eq!(request.closes_at(), now().plus_seconds(7 * 86_400));
}

#[test]
fn forms_are_for_the_holders_own_records_that_need_one() {
    use Category::{Contact, Medications, PsychotherapyNotes, SudCounselingNotes, SudTreatment};
    let holder = agency("cedar-recovery");
    let asked = request(
        PurposeOfUse::Treat,
        &[Medications, SudTreatment, SudCounselingNotes],
    );
    let part2 = under(&[Regime::P2, Regime::Hipaa]);
    let records = [
        (Medications, part2),
        (Contact, part2),
        (SudCounselingNotes, part2),
    ];
    let forms = asked.forms(&holder, &records, now());
    let kinds: Vec<_> = forms.iter().map(|terms| terms.kind).collect();
    assert_eq!(
        kinds,
        [ConsentKind::Notes, ConsentKind::Named],
        "notes have a form of their own"
    );
    for terms in &forms {
        assert!(
            terms.statements == terms.required_statements(),
            "{:?}",
            terms.kind
        );
        assert!(terms.recipients.agencies.contains(&agency("harbor-crisis")));
        assert_eq!(terms.expiry, Expiry::At(now().plus_seconds(30 * 86_400)));
        assert!(!terms.benefits(&holder));
    }
    let only = |category| CategoryScope::Only(WordSet::EMPTY.with(category));
    assert_eq!(
        forms[1].categories,
        only(Medications),
        "not what was not asked, nor what is not there"
    );
    // A good form once it is signed.
    let draft = Consent::draft(
        consent_id(1),
        client(7),
        forms[1].clone(),
        recorder("cedar-recovery"),
        now(),
    );
    let signed = draft
        .unwrap()
        .sign(
            signature(SignerRole::Client),
            all_attested(),
            recorder("cedar-recovery"),
            now(),
        )
        .unwrap();
    assert_eq!(signed.status(now()), Status::Active);

    let hipaa = [
        (Medications, under(&[Regime::Hipaa])),
        (PsychotherapyNotes, under(&[Regime::Hipaa, Regime::Psyn])),
    ];
    assert!(
        asked.forms(&holder, &hipaa, now()).is_empty(),
        "treatment needs none"
    );
    let kind_of = |asked: &ConsentRequest, records: &[(Category, WordSet<Regime>)]| {
        let forms = asked.forms(&holder, records, now());
        forms.iter().map(|terms| terms.kind).collect::<Vec<_>>()
    };
    let outreach = request(PurposeOfUse::LeOutreach, &[Contact, Medications]);
    assert_eq!(
        kind_of(&outreach, &[(Contact, under(&[Regime::Hmis]))]),
        [ConsentKind::HmisRoi]
    );
    assert_eq!(kind_of(&outreach, &hipaa), [ConsentKind::Authorization]);
    for never in [Regime::Vsp, Regime::Juv, Regime::Ncicr] {
        assert!(kind_of(&outreach, &[(Contact, under(&[never, Regime::Hmis]))]).is_empty());
    }
}

#[test]
fn who_asks_twice_is_shown_once_with_all_that_is_asked_for_the_shorter_time() {
    let mut one = request(PurposeOfUse::Treat, &[Category::Medications]);
    let mut two = request(PurposeOfUse::Treat, &[Category::Conditions]);
    two.days = 3;
    assert!(one.is_like(&two));
    one.take_up(&two);
    assert_eq!((one.days, one.categories.len()), (3, 2));
    two.client = Some(client(8));
    assert!(!one.is_like(&two));
    assert!(!one.is_like(&request(PurposeOfUse::Coc, &[Category::Medications])));
}

#[test]
fn the_client_is_told_who_asks_for_what_and_how_long() {
    let request = request(
        PurposeOfUse::Treat,
        &[Category::Medications, Category::Conditions],
    );
    let words = request.in_plain_words(WordSet::EMPTY.with(Category::Medications), |_| None);
    assert!(
        words.starts_with("a-rivera (clinician) at harbor-crisis asks"),
        "{words}"
    );
    assert!(words.contains("medicine") && words.contains("30 days"), "{words}");
    assert!(!words.contains("condition"), "only what the holder has: {words}");
    assert!(!format!("{request:?}").contains("rivera"));
}
