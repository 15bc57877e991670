//! Each clause of a set of agreements, looked at exactly: what was planted is found, and nothing else of that kind.
#![expect(
    clippy::indexing_slicing,
    reason = "test code: a step that fails fails the test"
)]

mod county;

use county::{clause, head};
use gateway_types::vocabulary::{Category, PurposeOfUse, WordSet};
use policies::Agreements;
use policies_reference::Floor;
use policies_reference::prove::{Fault, Prover, solver_version};

/// How many agreements nothing was planted in; `assent policies prove --mous` on the folder that `tests-load county`
/// writes takes a thousand.
const OTHERS: usize = 40;

const BOTH: (&[&str], &[&str]) = (&["p0"], &["p1"]);

/// An agreement of two, with more text.
fn planted(id: &str, more: &str) -> (String, String) {
    let parties = [
        ("east-hospital".to_owned(), "hospital"),
        ("west-shelter".to_owned(), "homeless_services"),
    ];
    (format!("{id}.toml"), head(id, &parties, 1) + more)
}

fn asked(id: &str, roles: &[&str], purposes: &[&str], share: &[&str], consent: &str) -> String {
    clause(id, BOTH, roles, purposes, share, consent, "")
}

fn planted_files() -> Vec<(String, String)> {
    let free = "\"not_required\"";
    let law = [
        // A housing provider gets a yes or no about eligibility, nothing else (Fair Housing Act).
        asked(
            "dead",
            &["case_manager"],
            &["HOUSING-ELIG"],
            &["medications", "labs"],
            free,
        ),
        asked(
            "part",
            &["case_manager"],
            &["HOUSING-ELIG"],
            &["medications", "eligibility_flag"],
            free,
        ),
        clause(
            "live",
            (&["p1"], &["p0"]),
            &["case_manager"],
            &["HOUSING-ELIG"],
            &["eligibility_flag"],
            free,
            "",
        ),
        // A driver sees who to fetch, and no more.
        clause(
            "driver",
            BOTH,
            &["driver"],
            &["TREAT", "COC"],
            &["labs", "injury"],
            free,
            "when = [\"own_system\"]",
        ),
        asked(
            "purpose",
            &["nurse"],
            &["HOUSING-ELIG", "HOPERAT"],
            &["shelter_status"],
            free,
        ),
        asked(
            "wide",
            &["nurse", "clinician"],
            &["TREAT", "COC"],
            &["labs", "injury"],
            free,
        ),
        asked("narrow", &["nurse"], &["TREAT"], &["labs"], "[\"authorization\"]"),
        asked("kept", &["nurse"], &["HPAYMT"], &["claims"], free),
    ];
    let promise =
        "[[never]]\nid = \"9\"\ntext = \"t\"\nfrom = [\"p0\"]\nto = [\"p1\"]\nshare = [\"claims\"]\n";
    vec![
        planted("planted-law", &law.concat()),
        planted(
            "planted-promise",
            &(asked("own", &["nurse"], &["HPAYMT"], &["encounters"], free) + promise),
        ),
    ]
}

#[test]
fn dead_and_shadowed_clauses_are_found_and_live_ones_are_not() {
    if let Err(error) = solver_version() {
        println!("no clause was looked at: {error}");
        return;
    }
    let mut files = county::files(OTHERS);
    files.extend(planted_files());
    let pairs: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let agreements = Agreements::load(&pairs).unwrap_or_else(|found| panic!("{}", found[0]));
    let prover = Prover::new(Floor::load().unwrap()).unwrap();
    let linted = prover.lint(&agreements).unwrap();
    println!(
        "{} clauses, {} questions, {} examples",
        linted.clauses, linted.asked, linted.examples
    );
    assert!(linted.clauses > 100);
    assert!(linted.asked < linted.clauses, "{} questions", linted.asked);
    let found: Vec<(&str, &str, &Fault)> = linted
        .findings
        .iter()
        .map(|finding| {
            (
                finding.agreement.as_str(),
                finding.clause.as_str(),
                &finding.fault,
            )
        })
        .collect();
    let shadowed = Fault::Shadowed {
        agreement: "planted-law".to_owned(),
        clause: "wide".to_owned(),
    };
    let withheld = Fault::Withheld(WordSet::EMPTY.with(Category::Medications));
    let purposeless = Fault::Purposeless(WordSet::EMPTY.with(PurposeOfUse::HousingElig));
    assert_eq!(
        found,
        [
            ("planted-law", "dead", &Fault::Dead),
            ("planted-law", "part", &withheld),
            ("planted-law", "driver", &Fault::Dead),
            ("planted-law", "purpose", &purposeless),
            ("planted-law", "narrow", &shadowed),
            ("planted-law", "kept", &Fault::Promised),
        ],
        "{found:#?}"
    );
}
