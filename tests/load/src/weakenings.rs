//! Every weakening of the floor in turn, down to the single condition: which property breaks, and what goes unseen.
//!
//! One line for each on standard output as soon as it was tried: fineness, what is weakened, what came of it, and the
//! property that breaks or the request that goes unseen. `weakenings-table` makes the page in the docs of such lines.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use policies_reference::Floor;
use policies_reference::prove::{Effectual, Fineness, Prover, Trial, weakenings};

/// Tries all that time allows, or those of some rules and terms.
pub(crate) fn run(minutes: usize, wanted: &[String]) -> ExitCode {
    let prover = Prover::new(Floor::load().expect("the floor")).expect("the properties");
    let end = Instant::now() + Duration::from_secs(60 * minutes as u64);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut left = 0;
    for (name, fineness) in [
        ("rules", Fineness::Rules),
        ("conditions", Fineness::Conditions),
        ("terms", Fineness::Terms),
    ] {
        let mut all = weakenings(fineness).expect("the weakenings");
        all.retain(|one| {
            let rule = one.what.split_once(": ").map_or("", |(rule, _)| rule);
            wanted.is_empty() || wanted.iter().any(|wanted| wanted == rule)
        });
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

/// Why some conditions of rules may be weakened and nothing more goes: what they say is said elsewhere, too.
const SAID_ELSEWHERE: &[(&str, &str)] = &[
    (
        "CJ-FILES: without contains_ncic_return",
        "what holds an NCIC return stays by the rule before it, for everybody who may not have such a return",
    ),
    (
        "HMIS-1/ingest: [Purpose::\"INGEST\"]",
        "`$into_the_database` asks for the same purpose",
    ),
    (
        "P2-31b: $right_to_revoke",
        "P2-31a/6 forbids to rest on any consent for notes under Part 2 without it",
    ),
    (
        "P2-51: [Purpose::\"ETREAT\"",
        "`$emergency_clinician` asks for the same purposes",
    ),
    (
        "P2-51: not $restricted",
        "no restriction stops what an emergency needs, and one for payers never speaks of emergencies",
    ),
    (
        "P2-54: [Purpose::\"PUBHLTH\"]",
        "what is de-identified goes for any purpose by another basis",
    ),
];

const HEAD: &str = "# The properties on trial

Each condition of the floor (`policies/reference/floor`) is weakened in turn: each forbid removed, each basis made to carry
whatever is asked, each condition of each rule taken as true or as false, whichever lets more through, each word of a list
left out, and the same with each condition of each term, both ways. Each time one of the properties of
`policies/reference/properties` has to break, with a request that Cedar's own authorizer confirms; or the solver has to
prove that the floor lets through nothing more than before.

Generated: `tests-load weakenings > lines` and `tests-load weakenings-table lines > docs/floor-weakenings.md`. The tests try
the removals every time (`each_rule_taken_away_breaks_a_property`), and a sample of the conditions.

";

/// The page in the docs, from the lines of a run.
pub(crate) fn table(lines: &str) {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut rules: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    let mut breaks: BTreeMap<&str, std::collections::BTreeSet<&str>> = BTreeMap::new();
    let mut quiet = Vec::new();
    for line in lines.lines() {
        let mut fields = line.split('\t');
        let (Some(fineness), Some(what), Some(outcome)) = (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        *counts.entry((fineness, outcome)).or_default() += 1;
        let rule = what.split_once(": ").map_or(what, |(rule, _)| rule);
        *rules.entry(rule).or_default().entry(outcome).or_default() += 1;
        if outcome == "breaks" {
            breaks.entry(rule).or_default().extend(fields.next());
        } else if fineness != "terms" || outcome != "lets nothing through" {
            quiet.push((what, outcome));
        }
    }
    print!("{HEAD}");
    println!(
        "| weakened | a property breaks | nothing more goes | unseen | not decided |\n| --- | --- | --- | --- | --- |"
    );
    for fineness in ["rules", "conditions", "terms"] {
        let of = |outcome| counts.get(&(fineness, outcome)).copied().unwrap_or_default();
        println!(
            "| {fineness} | {} | {} | {} | {} |",
            of("breaks"),
            of("lets nothing through"),
            of("unseen"),
            of("undecided")
        );
    }
    println!(
        "\nOf the terms nothing more goes where the change makes the law stricter: both ways are tried, and one of the two \
         usually is. Conditions of rules of which nothing more goes, and all else that breaks no property:\n"
    );
    for (what, outcome) in quiet {
        let why = SAID_ELSEWHERE
            .iter()
            .find(|(begins, _)| what.starts_with(begins))
            .map_or("", |(_, why)| why);
        println!("- {outcome}: `{what}` {why}");
    }
    println!("\n| rule or term | tried | a property breaks | properties |\n| --- | --- | --- | --- |");
    for (rule, outcomes) in rules {
        let named: Vec<&str> = breaks.get(rule).into_iter().flatten().copied().collect();
        let more = named.len().saturating_sub(4);
        println!(
            "| {rule} | {} | {} | {}{} |",
            outcomes.values().sum::<usize>(),
            outcomes.get("breaks").copied().unwrap_or_default(),
            named.iter().take(4).copied().collect::<Vec<_>>().join(", "),
            if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            },
        );
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
