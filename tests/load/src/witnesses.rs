//! Facts that one rule of the floor, or one condition of a rule, alone decides, found by the solver: written to standard
//! output; those of rules as `policies/reference/witnesses.jsonl` keeps them.

use policies_reference::Floor;
use policies_reference::prove::{Fineness, Prover, Weakening, Witness, weakenings};
use serde_json::json;

/// Searches for every rule, or for those that are named; with `--conditions` for every condition of them. Writes each as
/// it is found, a line each.
pub(crate) fn run(arguments: &[String]) {
    let (options, wanted): (Vec<&String>, Vec<&String>) =
        arguments.iter().partition(|argument| argument.starts_with("--"));
    let prover = Prover::new(Floor::load().expect("the floor")).expect("the properties");
    if options.iter().any(|option| *option == "--conditions") {
        let all = weakenings(Fineness::Conditions).expect("the floor");
        let is_wanted = |weakening: &&Weakening| {
            let of = |rule: &&String| weakening.what.starts_with(&format!("{rule}: "));
            wanted.is_empty() || wanted.iter().any(of)
        };
        let some: Vec<&Weakening> = all.iter().filter(is_wanted).collect();
        prover
            .witnesses_of(&some, &|witness| tell("condition", witness))
            .expect("a solver");
    } else {
        let is_wanted = |id: &str| wanted.is_empty() || wanted.iter().any(|rule| *rule == id);
        prover
            .witnesses(&is_wanted, &|witness| tell("rule", witness))
            .expect("a solver");
    }
}

fn tell(what: &str, witness: &Witness) {
    let line = match &witness.facts {
        Ok(facts) if what == "rule" => {
            let it = if witness.goes { "carries" } else { "forbids" };
            json!({ what: witness.of, "it": it, "facts": facts })
        }
        Ok(facts) => json!({ what: witness.of, "facts": facts }),
        Err(why) => json!({ what: witness.of, "none": why }),
    };
    println!("{line}");
}
