//! Restrictions: who may refuse and end what, and the boundary second of each.

use gateway_types::vocabulary::{Category, RestrictionType};
use gateway_types::{AgencyId, ClientId, Date, RestrictionId, StaffId, Timestamp, WordSet};

use super::*;
use crate::signing::Recorder;

fn by() -> Recorder {
    Recorder {
        agency: AgencyId::new("cedar").unwrap(),
        staff: StaffId::new("clerk").unwrap(),
    }
}

fn at(seconds: i64) -> Timestamp {
    // Noon, so that a second stays within its day.
    Timestamp::from_micros((1_790_000_000 - 1_790_000_000 % 86_400 + 43_200 + seconds) * 1_000_000)
}

fn asked(wish: Wish) -> Result<Restriction, StepBarred> {
    let id: RestrictionId = "00000000-0000-7000-8000-000000000001".parse().unwrap();
    let client: ClientId = "00000000-0000-7000-8000-000000000002".parse().unwrap();
    Restriction::ask(id, client, wish, by(), at(0))
}

fn medications() -> CategoryScope {
    CategoryScope::Only(WordSet::EMPTY.with(Category::Medications))
}

fn kept_back() -> Restriction {
    asked(Wish::Withhold {
        categories: medications(),
        from: KeptFrom::Everybody,
    })
    .unwrap()
}

fn paid(day: Date) -> Restriction {
    asked(Wish::SelfPaid {
        categories: CategoryScope::All,
        first_day: day,
        last_day: day,
    })
    .unwrap()
}

fn stepped(restriction: Restriction, step: RestrictionStep) -> Result<Restriction, StepBarred> {
    restriction.step(step, by(), at(10))
}

#[test]
fn what_covers_nothing_or_holds_against_nobody_is_no_restriction() {
    let nothing = CategoryScope::Only(WordSet::EMPTY);
    let nobody = KeptFrom::Only(BTreeSet::new());
    for (categories, from) in [(nothing, KeptFrom::Everybody), (medications(), nobody)] {
        assert_eq!(
            asked(Wish::Withhold { categories, from }).unwrap_err(),
            StepBarred::Empty
        );
    }
    let backwards = Wish::SelfPaid {
        categories: CategoryScope::All,
        first_day: at(0).date(),
        last_day: at(-86_400).date(),
    };
    assert_eq!(asked(backwards).unwrap_err(), StepBarred::Backwards);
}

#[test]
fn an_agency_may_refuse_and_what_is_not_agreed_binds_nothing() {
    let restriction = kept_back();
    assert_eq!(restriction.standing(at(0)), Standing::Requested);
    assert!(restriction.binding(at(0)).is_none());
    let why = RestrictionStep::Refuse(NotAgreed::NotPaidInFull);
    assert_eq!(
        stepped(restriction.clone(), why).unwrap_err(),
        StepBarred::NothingPaid
    );
    let refused = stepped(restriction, RestrictionStep::Refuse(NotAgreed::FreeToRefuse)).unwrap();
    assert_eq!(refused.standing(at(10)), Standing::Refused);
    assert!(refused.binding(at(10)).is_none());
    for step in [
        RestrictionStep::Agree(None),
        RestrictionStep::Refuse(NotAgreed::FreeToRefuse),
    ] {
        assert_eq!(stepped(refused.clone(), step).unwrap_err(), StepBarred::Answered);
    }
    for step in [
        RestrictionStep::EndByClient(LetGo::InWriting),
        RestrictionStep::EndByAgency(at(5)),
    ] {
        assert_eq!(
            stepped(refused.clone(), step).unwrap_err(),
            StepBarred::NotInForce
        );
    }
}

#[test]
fn what_is_agreed_from_a_moment_binds_from_that_second() {
    let past = RestrictionStep::Agree(Some(at(9)));
    assert_eq!(stepped(kept_back(), past).unwrap_err(), StepBarred::Past);
    let agreed = stepped(kept_back(), RestrictionStep::Agree(Some(at(60)))).unwrap();
    assert_eq!(
        (agreed.standing(at(59)), agreed.binding(at(59))),
        (Standing::Agreed, None)
    );
    assert_eq!(agreed.standing(at(60)), Standing::InForce);
    let binding = agreed.binding(at(60)).unwrap();
    assert_eq!(
        (binding.kind, binding.kept_from.clone()),
        (RestrictionType::Agreed, None)
    );
    assert!(binding.binds(None, at(1_000_000)));
    // Ended by the agency before it began, it binds nothing.
    let ended = agreed
        .step(RestrictionStep::EndByAgency(at(20)), by(), at(20))
        .unwrap();
    assert!(ended.binding(at(60)).is_none());
}

#[test]
fn what_the_agency_ends_binds_on_for_what_it_had_then() {
    let agreed = stepped(kept_back(), RestrictionStep::Agree(None)).unwrap();
    let later = RestrictionStep::EndByAgency(at(31));
    assert_eq!(
        agreed.clone().step(later, by(), at(30)).unwrap_err(),
        StepBarred::NotInformed
    );
    let ended = agreed
        .step(RestrictionStep::EndByAgency(at(30)), by(), at(40))
        .unwrap();
    assert_eq!(ended.standing(at(40)), Standing::EndedByAgency);
    let binding = ended.binding(at(40)).unwrap();
    let (today, tomorrow) = (at(30).date(), at(86_430).date());
    assert!(
        binding.binds(Some(tomorrow), at(30)),
        "received with the word itself"
    );
    assert!(!binding.binds(Some(tomorrow), at(31)));
    assert!(
        binding.binds(Some(today), at(90_000)),
        "about the day of the word"
    );
    assert!(binding.binds(None, at(90_000)), "about no known day");
    // The client may still let the rest go.
    let gone = ended
        .step(RestrictionStep::EndByClient(LetGo::InWriting), by(), at(50))
        .unwrap();
    assert_eq!(
        (gone.standing(at(50)), gone.binding(at(50))),
        (Standing::EndedByClient, None)
    );
    assert_eq!(gone.version().number(), 4);
}

#[test]
fn what_was_paid_in_full_holds_from_the_asking_and_only_for_its_days() {
    let day = at(0).date();
    let restriction = paid(day);
    assert_eq!(restriction.standing(at(0)), Standing::InForce);
    let binding = restriction.binding(at(0)).unwrap();
    assert_eq!(binding.kind, RestrictionType::SelfPay);
    assert!(binding.is_about_paid(Category::Claims, Some(day)));
    assert!(
        binding.is_about_paid(Category::Claims, None),
        "a record without a day"
    );
    for other in [at(-86_400), at(86_400)] {
        assert!(!binding.is_about_paid(Category::Claims, Some(other.date())));
    }
    for step in [
        RestrictionStep::Refuse(NotAgreed::FreeToRefuse),
        RestrictionStep::EndByAgency(at(5)),
    ] {
        assert_eq!(
            stepped(restriction.clone(), step).unwrap_err(),
            StepBarred::MustAgree
        );
    }
    let agreed = stepped(restriction.clone(), RestrictionStep::Agree(None)).unwrap();
    assert_eq!(
        stepped(agreed, RestrictionStep::EndByAgency(at(5))).unwrap_err(),
        StepBarred::MustAgree
    );
    let unpaid = stepped(restriction, RestrictionStep::Refuse(NotAgreed::NotPaidInFull)).unwrap();
    assert!(unpaid.binding(at(10)).is_none());
}

#[test]
fn it_is_read_back_as_it_was_written_and_debug_shows_nothing() {
    let ended = stepped(kept_back(), RestrictionStep::Agree(None)).unwrap();
    let text = serde_json::to_string(&ended).unwrap();
    assert!(serde_json::from_str::<Restriction>(&text).unwrap() == ended);
    assert!(!format!("{ended:?} {:?}", ended.wish()).contains("medications"));
}

#[test]
fn one_that_should_never_have_been_taken_down_binds_nothing_and_says_what_it_was() {
    let agreed = stepped(kept_back(), RestrictionStep::Agree(None)).unwrap();
    for restriction in [kept_back(), agreed, paid(at(0).date())] {
        let gone = stepped(
            restriction.clone(),
            RestrictionStep::EnterInError(Mistake::WrongClient),
        )
        .unwrap();
        assert_eq!(gone.standing(at(20)), Standing::EnteredInError);
        assert!(gone.binding(at(20)).is_none());
        assert_eq!(gone.version().number(), restriction.version().number() + 1);
        let text = serde_json::to_string(&gone).unwrap();
        assert!(
            text.contains("wrong_client") && text.contains("\"was\""),
            "{text}"
        );
        for step in [
            RestrictionStep::Agree(None),
            RestrictionStep::EndByClient(LetGo::InWriting),
            RestrictionStep::EnterInError(Mistake::Duplicate),
        ] {
            assert_eq!(stepped(gone.clone(), step).unwrap_err(), StepBarred::InError);
        }
    }
}
