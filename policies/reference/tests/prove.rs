//! The proof itself, and the list of properties on trial: where a rule of the floor is taken away, one must break.
#![expect(clippy::unwrap_used, reason = "test code: a step that fails fails the test")]

use cedar_policy::Policy;
use policies::Agreements;
use policies_reference::prove::{Effectual, Fineness, Prover, Verdict, solver_version, weakenings};
use policies_reference::{Floor, ReferenceEngine};

/// Whether there is a solver; its absence is said aloud, and is an error where CI asks for it.
#[expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "what is left out is said aloud, and CI asks by a variable that nothing is left out"
)]
fn solver_is_here() -> bool {
    match solver_version() {
        Ok(version) => {
            println!("{version}");
            true
        }
        Err(error) => {
            let required = std::env::var("ASSENT_TESTS_REQUIRE_CVC5").is_ok_and(|value| value == "1");
            assert!(!required, "{error}");
            println!("nothing was proved: {error}");
            false
        }
    }
}

fn prover() -> Prover {
    Prover::new(Floor::load().unwrap()).unwrap()
}

#[test]
fn every_property_is_stated_in_words_with_its_citation() {
    let prover = prover();
    assert!(prover.properties().len() > 100);
    for property in prover.properties() {
        assert!(property.says.ends_with('.'), "{}", property.id);
        assert!(!property.actions.is_empty(), "{}", property.id);
    }
}

#[test]
fn every_property_holds_on_the_envelope() {
    if !solver_is_here() {
        return;
    }
    let floor = Floor::load().unwrap().hash();
    let checks = prover().prove_all().unwrap();
    for checked in &checks {
        assert!(
            matches!(checked.verdict, Verdict::Proved),
            "{} ({}): {:?}",
            checked.id,
            checked.action,
            checked.verdict
        );
    }
    record(&format!(
        "The floor that was last proved whole; no other comes into force. See docs/proof.md.\n\
         floor {floor}\nchecks {}\n",
        checks.len()
    ));
}

/// What was proved just now is what is on record; or, where that is wanted, put on record.
#[expect(
    clippy::disallowed_methods,
    reason = "whoever changed the floor says by a variable that the proof is to be recorded"
)]
fn record(proved: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("proved.txt");
    if std::env::var("ASSENT_WRITE_PROVED").is_ok() {
        std::fs::write(&path, proved).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        proved,
        "what is on record as proved is not what was proved: \
         `ASSENT_WRITE_PROVED=1 cargo test -p policies-reference --test prove every_property`"
    );
}

#[test]
fn no_rule_can_fail_and_every_basis_can_carry_something() {
    if !solver_is_here() {
        return;
    }
    let prover = prover();
    for checked in prover
        .never_errors()
        .unwrap()
        .into_iter()
        .chain(prover.bases().unwrap())
    {
        assert!(
            matches!(checked.verdict, Verdict::Proved),
            "{} ({}): {:?}",
            checked.id,
            checked.action,
            checked.verdict
        );
    }
}

/// The set that is looked at before it comes into force takes this from what its policies are made of; the solver says
/// the same of each form.
#[test]
fn no_policy_of_an_agreement_can_fail() {
    if !solver_is_here() {
        return;
    }
    let mut files: Vec<(String, String)> =
        std::fs::read_dir(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../mou"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
            .map(|path| {
                (
                    path.display().to_string(),
                    std::fs::read_to_string(&path).unwrap(),
                )
            })
            .collect();
    files.sort();
    let pairs: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let agreements = Agreements::load(&pairs).unwrap();
    let engine = ReferenceEngine::load(&agreements).unwrap();
    let forms: Vec<&Policy> = engine.agreement_forms().collect();
    assert!(forms.len() > 5);
    for checked in prover().none_fails(forms.into_iter()).unwrap() {
        assert!(
            matches!(checked.verdict, Verdict::Proved),
            "{}: {:?}",
            checked.id,
            checked.verdict
        );
    }
}

#[test]
fn each_rule_taken_away_breaks_a_property() {
    if !solver_is_here() {
        return;
    }
    let mut unseen = Vec::new();
    for trial in prover().try_all(&weakenings(Fineness::Rules).unwrap()).unwrap() {
        match trial.effect {
            Effectual::Breaks(property, _) => println!("{}: breaks {property}", trial.what),
            other => unseen.push(format!("{}: {other:?}", trial.what)),
        }
    }
    assert!(
        unseen.is_empty(),
        "{} go unseen:\n{}",
        unseen.len(),
        unseen.join("\n")
    );
}

/// Of the conditions one in eighty, and one that once went unseen; `tests-load weakenings` tries all.
#[test]
fn a_sample_of_conditions_weakened_breaks_a_property_or_lets_nothing_more_through() {
    if !solver_is_here() {
        return;
    }
    let all = weakenings(Fineness::Conditions).unwrap();
    let sample: Vec<_> = all
        .into_iter()
        .enumerate()
        .filter(|(place, weakening)| {
            place % 40 == 7
                || ["HIP-508b/3iii", "HIP-508c/2"]
                    .iter()
                    .any(|rule| weakening.what.starts_with(rule))
        })
        .map(|(_, weakening)| weakening)
        .collect();
    assert!(sample.len() > 10, "{}", sample.len());
    for trial in prover().try_all(&sample).unwrap() {
        assert!(
            matches!(
                trial.effect,
                Effectual::Breaks(..) | Effectual::LetsNothingThrough
            ),
            "{}: {:?}",
            trial.what,
            trial.effect
        );
    }
}

/// Facts that one rule alone decides, as the solver finds them, put to both engines; `tests-load witnesses` searches for
/// every rule.
#[test]
fn both_engines_decide_what_one_rule_alone_decides_alike() {
    const SAMPLE: [&str; 5] = ["HP-8", "FHA-1", "P2-51", "HIP-512d", "HP-6/false"];
    if !solver_is_here() {
        return;
    }
    let none = Agreements::none();
    let engine = ReferenceEngine::load(&none).unwrap().checking_questions();
    let found = prover().witnesses(&|id| SAMPLE.contains(&id), &|_| ()).unwrap();
    assert_eq!(found.len(), SAMPLE.len());
    for witness in found {
        let facts = witness
            .facts
            .unwrap_or_else(|why| panic!("{}: {why}", witness.of));
        let differences = engine.differences(&facts, &none).unwrap();
        assert!(differences.is_empty(), "{}: {differences:?}", witness.of);
        let withheld = &engine.decide(&facts).unwrap().elements[0].withheld_by;
        assert_eq!(withheld.is_empty(), witness.goes, "{}: {withheld:?}", witness.of);
    }
}
