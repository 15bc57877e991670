//! Mutated and random agreement files: none makes a tool panic, and every error names a place that the file has.
//!
//! The same inputs on every machine. More of them: `ASSENT_FUZZ_ROUNDS=1000000 cargo test --release -p policies fuzz`.

use policies::mou::{Diagnostic, check};
use policies::tools::Style;
use policies::tools::cases::read_scenarios;

const FILES: &[&str] = &[
    include_str!("../../mou/riverton-crisis-care.toml"),
    include_str!("../../mou/riverton-outreach.toml"),
];
/// What files are made of, and what breaks readers.
const PIECES: &[&str] = &[
    "\"",
    "'",
    "\"\"\"",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "=",
    "#",
    ",",
    ".",
    "\n",
    "\r\n",
    "\t",
    "\0",
    "\u{feff}",
    "\u{202e}",
    "ß",
    "日本",
    "e\u{301}",
    "\\u0000",
    "\\x",
    "*",
    "0",
    "-1",
    "1e999",
    "nan",
    "inf",
    "0x7fffffffffffffff",
    "99999999999999999999",
    "9999-12-31",
    "0000-00-00",
    "-9999-01-01",
    "2026-02-30",
    "12:00:00",
    "true",
    "[[clause]]",
    "[emergency]",
    "[redisclosure]",
    "[[test]]",
    "[[party]]",
    "id = \"emergency\"",
    "share = [\"*\"]",
    "a.b.c = 1",
    "time_zone = \"America/St_Johns\"",
    "time_zone = \"\"",
    "version = \"4294967295.4294967295.4294967295\"",
    "expires = 9999-12-31",
    "max_hours = 0",
    "because = { labs = \"x\" }",
    "notify = [\"privacy_officer:\"]",
];

/// Numbers that look random and are the same on every machine.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound.max(1)
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.below(from.len())]
    }

    /// A place between two letters.
    fn place(&mut self, text: &str) -> usize {
        let at = self.below(text.len() + 1);
        (0..=at).rev().find(|byte| text.is_char_boundary(*byte)).unwrap()
    }

    fn mutated(&mut self, file: &str) -> String {
        let mut text = file.to_owned();
        for _ in 0..=self.below(4) {
            text = self.mutate(&text);
        }
        text
    }

    fn mutate(&mut self, text: &str) -> String {
        let (one, other) = (self.place(text), self.place(text));
        let (start, end) = (one.min(other), one.max(other).min(one.min(other) + 400));
        let end = (0..=end)
            .rev()
            .find(|byte| text.is_char_boundary(*byte))
            .unwrap()
            .max(start);
        let (before, part, after) = (&text[..start], &text[start..end], &text[end..]);
        let lines: Vec<&str> = text.lines().collect();
        match self.below(8) {
            0 => format!("{before}{after}"),
            1 => format!("{before}{part}{part}{after}"),
            2 => format!("{before}{}{part}{after}", self.pick(PIECES)),
            3 => before.to_owned(),
            // Whole lines: what is still TOML gets further than what is not.
            4 => {
                let gone = self.below(lines.len());
                let kept: Vec<&str> = lines
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| *at != gone)
                    .map(|(_, line)| *line)
                    .collect();
                kept.join("\n")
            }
            5 => {
                let mut moved = lines.clone();
                let (from, to) = (self.below(lines.len()), self.below(lines.len()));
                if from < moved.len() && to < moved.len() {
                    moved[to] = lines[from];
                }
                moved.join("\n")
            }
            6 => {
                // Another value for a key.
                let at = self.below(lines.len());
                let piece = self.pick(PIECES);
                let changed = lines
                    .iter()
                    .enumerate()
                    .map(|(position, line)| match line.split_once('=') {
                        Some((key, _)) if position == at => format!("{key}= {piece}"),
                        _ => (*line).to_owned(),
                    });
                changed.collect::<Vec<_>>().join("\n")
            }
            _ => {
                // A word for another of the same file.
                let words: Vec<&str> = text.split('"').collect();
                let (from, to) = (self.below(words.len()), self.below(words.len()));
                if words[from].is_empty() {
                    text.to_owned()
                } else {
                    text.replacen(words[from], words[to], 1)
                }
            }
        }
    }

    fn noise(&mut self) -> String {
        (0..self.below(60)).map(|_| self.pick(PIECES)).collect()
    }
}

fn placed(text: &str, found: &[Diagnostic]) {
    assert!(!found.is_empty(), "refused without a word:\n{text}");
    let lines: Vec<&str> = text.split('\n').collect();
    for diagnostic in found {
        let line = lines
            .get(diagnostic.line - 1)
            .unwrap_or_else(|| panic!("no such line: {diagnostic}\n{text}"));
        assert!(
            diagnostic.column <= line.chars().count() + 1,
            "no such column: {diagnostic}\n{text}"
        );
        assert!(diagnostic.length >= 1 && !diagnostic.message.is_empty() && diagnostic.file == "fuzzed.toml");
    }
}

fn rounds(normal: usize) -> usize {
    std::env::var_os("ASSENT_FUZZ_ROUNDS")
        .and_then(|rounds| rounds.to_str()?.parse().ok())
        .unwrap_or(normal)
}

#[test]
fn fuzzed_agreements_never_panic_and_every_error_has_a_place() {
    let mut numbers = Numbers(20_261_122);
    let (mut refused, mut taken, mut toml) = (0, 0, 0);
    for round in 0..rounds(6_000) {
        let text = if round % 10 == 0 {
            numbers.noise()
        } else {
            numbers.mutated(FILES[round % FILES.len()])
        };
        match check("fuzzed.toml", &text) {
            Ok(_) => taken += 1,
            Err(found) => {
                placed(&text, &found);
                toml += usize::from(found.iter().all(|diagnostic| diagnostic.code.as_str() != "E00"));
                refused += 1;
            }
        }
        // The whole of `check`, with its words and its JSON.
        if round % 60 == 0 {
            let report = policies::tools::check::check(
                &[("fuzzed.toml".to_owned(), text)],
                gateway_types::Timestamp::from_micros(0),
            );
            assert!(!report.to_text(Style::PLAIN).is_empty());
            assert!(serde_json::to_string(&report).is_ok());
        }
    }
    // Inputs that are all refused at the first letter would test nothing.
    assert!(
        taken > 100 && toml > 500 && refused > toml,
        "{taken} taken, {refused} refused, {toml} of them as TOML"
    );
}

#[test]
fn fuzzed_scenarios_never_panic_and_every_error_has_a_place() {
    let text = std::fs::read_to_string(crate::cases::cases_folder().join("a_crisis.json")).unwrap();
    let all: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let first = format!("{:#}", serde_json::Value::from(all[..2].to_vec()));
    let mut numbers = Numbers(7);
    let mut taken = 0;
    for _ in 0..rounds(3_000) {
        let bent = numbers.mutated(&first);
        match read_scenarios("fuzzed.json", &bent) {
            Ok(scenarios) => {
                taken += 1;
                for scenario in &scenarios {
                    let _ = policies::tools::cases::run(scenario).to_text(Style::PLAIN);
                }
            }
            Err(error) => {
                let lines = bent.split('\n').count();
                assert!(
                    error.line <= lines && !error.message.is_empty(),
                    "{error} of {lines} lines"
                );
            }
        }
    }
    assert!(taken > 10, "only {taken} taken");
}
