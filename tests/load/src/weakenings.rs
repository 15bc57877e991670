//! Every weakening of the floor in turn, down to the single condition: which property breaks, and what goes unseen.
//!
//! One line for each on standard output as soon as it was tried: fineness, what is weakened, what came of it, and the
//! property that breaks or the request that goes unseen.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use policies_reference::Floor;
use policies_reference::prove::{Effectual, Fineness, Prover, Trial, weakenings};

/// Tries all that time allows.
pub(crate) fn run(minutes: usize) -> ExitCode {
    let prover = Prover::new(Floor::load().expect("the floor")).expect("the properties");
    let end = Instant::now() + Duration::from_secs(60 * minutes as u64);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut left = 0;
    for (name, fineness) in [
        ("rules", Fineness::Rules),
        ("conditions", Fineness::Conditions),
        ("terms", Fineness::Terms),
    ] {
        let all = weakenings(fineness).expect("the weakenings");
        eprintln!("{name}: {} weakenings", all.len());
        let tried = prover
            .try_until(&all, &|| Instant::now() > end, &|trial| {
                println!("{name}\t{}\t{}", trial.what, in_words(trial));
            })
            .expect("a solver");
        left += all.len() - tried.len();
        for trial in &tried {
            *counts.entry(outcome(trial)).or_default() += 1;
        }
    }
    eprintln!("{counts:?}, {left} not tried");
    if left == 0 && counts.keys().all(|outcome| *outcome == "breaks") {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn outcome(trial: &Trial) -> &'static str {
    match trial.effect {
        Effectual::Breaks(..) => "breaks",
        Effectual::LetsNothingThrough => "lets nothing through",
        Effectual::Unseen(_) => "unseen",
        Effectual::Undecided(_) => "undecided",
    }
}

fn in_words(trial: &Trial) -> String {
    match &trial.effect {
        Effectual::Breaks(property, _) => format!("breaks\t{property}"),
        Effectual::LetsNothingThrough => "lets nothing through\t".to_owned(),
        Effectual::Unseen(found) => format!("unseen\t{}", found.in_words().join("; ")),
        Effectual::Undecided(why) => format!("undecided\t{why}"),
    }
}
