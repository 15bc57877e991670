//! The proof itself, and the list of properties on trial: where a rule of the floor is taken away, one must break.
#![expect(clippy::unwrap_used, reason = "test code: a step that fails fails the test")]

use policies_reference::Floor;
use policies_reference::prove::{Effectual, Fineness, Prover, Verdict, solver_version, weakenings};

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
    for checked in prover().prove_all().unwrap() {
        assert!(
            matches!(checked.verdict, Verdict::Proved),
            "{} ({}): {:?}",
            checked.id,
            checked.action,
            checked.verdict
        );
    }
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
