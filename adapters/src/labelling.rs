//! Sensitivity of content, by code and by word (catalogue 5.3, 5.4).
//!
//! A label never decides which law governs: 42 CFR Part 2 follows the programme that made the record. It says what
//! a reader would learn. Labels are added on the least hint and never taken away: a missing label can harm, and a
//! surplus one can be argued about.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use gateway_types::vocabulary::{Sensitivity, WordSet};

pub mod codes;
mod taxonomy;

pub use codes::{CodeSystem, code_sensitivity};
pub use taxonomy::taxonomy_sensitivity;

/// Words and what they tell. A word is matched at its beginning; one with a full stop at the end is matched whole.
/// Sorted by what they tell.
const WORDS: &[(&[&str], Sensitivity)] = &[
    (
        &[
            "methadone",
            "buprenorphine",
            "suboxone",
            "subutex",
            "sublocade",
            "brixadi",
            "zubsolv",
            "naltrexone",
            "vivitrol",
            "lofexidine",
            "heroin",
            "fentanyl",
            "opioid",
            "opiate",
            "oud.",
            "moud.",
            "otp.",
            "mat.",
        ],
        Sensitivity::Opioidud,
    ),
    (
        &[
            "alcohol",
            "disulfiram",
            "antabuse",
            "acamprosate",
            "campral",
            "etoh.",
            "aud.",
            "delirium tremens",
        ],
        Sensitivity::Ethud,
    ),
    (
        &[
            "substance",
            "addict",
            "detox",
            "withdrawal management",
            "sober",
            "sobriety",
            "recovery",
            "rehab",
            "relapse",
            "overdos",
            "cocaine",
            "methamphetamine",
            "amphetamine",
            "cannabis",
            "marijuana",
            "drug use",
            "drug abuse",
            "drug treatment",
            "sud.",
            "naloxone",
            "narcan",
            "intoxicat",
            "needle exchange",
            "syringe",
            "sobering",
        ],
        Sensitivity::Sud,
    ),
    (
        &[
            "psychiatr",
            "psycholog",
            "psychosis",
            "psychotic",
            "schizo",
            "bipolar",
            "depress",
            "anxiety",
            "suicid",
            "mental",
            "behavioral",
            "behavioural",
            "ptsd.",
            "self-harm",
            "self harm",
            "lithium",
            "clozapine",
            "olanzapine",
            "risperidone",
            "haloperidol",
            "quetiapine",
            "aripiprazole",
            "paliperidone",
            "sertraline",
            "fluoxetine",
            "crisis stabili",
            "posttraumatic",
            "post-traumatic",
        ],
        Sensitivity::Mh,
    ),
    (
        &[
            "hiv.",
            "hiv-",
            "aids.",
            "antiretroviral",
            "hopwa.",
            "ryan white",
            "viral load",
            "human immunodeficiency",
            "biktarvy",
            "truvada",
            "descovy",
            "dolutegravir",
            "tenofovir",
            "emtricitabine",
            "cabotegravir",
        ],
        Sensitivity::Hiv,
    ),
    (
        &[
            "domestic violence",
            "intimate partner",
            "sexual assault",
            "sexual abuse",
            "battered",
            "rape.",
            "rape ",
            "strangl",
            "family violence",
            "abusive",
            "stalk",
            "traffick",
            "dv.",
            "ipv.",
            "violence against",
        ],
        Sensitivity::Sdv,
    ),
    (
        &[
            "syphilis",
            "gonorrh",
            "chlamydia",
            "herpes simplex",
            "sexually transmitted",
            "std.",
            "sti.",
        ],
        Sensitivity::Std,
    ),
    (
        &[
            "pregnan",
            "prenatal",
            "antenatal",
            "postpartum",
            "abortion",
            "miscarriage",
        ],
        Sensitivity::Pregnant,
    ),
    (
        &[
            "transgender",
            "gender dysphoria",
            "contracepti",
            "hormone therapy",
            "sexual orientation",
        ],
        Sensitivity::Sex,
    ),
    (&["sickle cell"], Sensitivity::Sca),
    (
        &[
            "homeless",
            "shelter",
            "unsheltered",
            "encampment",
            "housing instab",
        ],
        Sensitivity::Livarg,
    ),
    (&["military sexual trauma", "mst."], Sensitivity::Mst),
];

/// The words by their first byte, without the full stop that says that they are matched whole.
static BY_FIRST: LazyLock<BTreeMap<u8, Vec<Sought>>> = LazyLock::new(|| {
    let mut by_first: BTreeMap<u8, Vec<Sought>> = BTreeMap::new();
    for (words, tells) in WORDS {
        for word in *words {
            let (word, whole) = match word.strip_suffix('.') {
                Some(word) => (word, true),
                None => (*word, false),
            };
            let sought = Sought {
                word,
                whole,
                tells: *tells,
            };
            by_first
                .entry(word.bytes().next().unwrap_or_default())
                .or_default()
                .push(sought);
        }
    }
    by_first
});

struct Sought {
    word: &'static str,
    whole: bool,
    tells: Sensitivity,
}

/// What the words of `text` tell.
#[must_use]
pub fn text_sensitivity(text: &str) -> WordSet<Sensitivity> {
    if text.is_empty() {
        return WordSet::EMPTY;
    }
    let text = text.to_lowercase();
    let mut found = WordSet::EMPTY;
    let mut within_word = false;
    for (at, letter) in text.char_indices() {
        let begins = !within_word;
        within_word = letter.is_alphanumeric();
        // Only ASCII is sought.
        let (true, Ok(first)) = (begins, u8::try_from(letter)) else {
            continue;
        };
        let Some(rest) = text.get(at..) else {
            continue;
        };
        for sought in BY_FIRST.get(&first).into_iter().flatten() {
            let ends = |after: &str| {
                let next = after.chars().next();
                next.is_none_or(|letter| !letter.is_alphanumeric())
            };
            if let Some(after) = rest.strip_prefix(sought.word)
                && (!sought.whole || ends(after))
            {
                found.insert(sought.tells);
            }
        }
    }
    close(&mut found);
    found
}

/// Adds what a narrower label implies: alcohol and opioids are substances.
pub(crate) fn close(labels: &mut WordSet<Sensitivity>) {
    if labels.contains_any(&[Sensitivity::Ethud, Sensitivity::Opioidud]) {
        labels.insert(Sensitivity::Sud);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_at_their_beginning_and_short_ones_only_whole() {
        assert!(text_sensitivity("Cedar Methadone Clinic").contains(Sensitivity::Opioidud));
        assert!(text_sensitivity("Cedar Methadone Clinic").contains(Sensitivity::Sud));
        assert!(text_sensitivity("Schizoaffective disorder").contains(Sensitivity::Mh));
        assert!(text_sensitivity("HIV positive").contains(Sensitivity::Hiv));
        assert!(text_sensitivity("matress and hives, grape").is_empty());
        assert!(text_sensitivity("Laceration of hand").is_empty());
    }

    /// The plain way to look for a word.
    fn contains_word(text: &str, word: &str) -> bool {
        let (word, whole) = match word.strip_suffix('.') {
            Some(word) => (word, true),
            None => (word, false),
        };
        text.match_indices(word).any(|(at, found)| {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            let after = text
                .get(at + found.len()..)
                .and_then(|after| after.chars().next());
            before.is_none_or(|letter| !letter.is_alphanumeric())
                && (!whole || after.is_none_or(|letter| !letter.is_alphanumeric()))
        })
    }

    #[test]
    fn every_word_is_found_as_the_plain_way_finds_it() {
        let around = |word: &str| {
            let bare = word.trim_end_matches('.');
            [
                bare.to_owned(),
                format!("x {bare} y"),
                format!("x{bare}"),
                format!("{bare}x"),
                format!("\u{e9}{bare}"),
                format!("({}){bare}s, {bare}", bare.to_uppercase()),
                format!("a-{bare}/{bare}\n{bare}"),
            ]
        };
        for text in WORDS
            .iter()
            .flat_map(|(words, _)| *words)
            .flat_map(|word| around(word))
        {
            let lower = text.to_lowercase();
            let mut plain: WordSet<Sensitivity> = WORDS
                .iter()
                .filter(|(words, _)| words.iter().any(|word| contains_word(&lower, word)))
                .map(|(_, tells)| *tells)
                .collect();
            close(&mut plain);
            assert_eq!(text_sensitivity(&text), plain, "{text}");
        }
    }
}
