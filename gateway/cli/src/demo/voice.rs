//! The demo's voice: plain sentences, a little colour on a terminal, and an account of what did not go as said.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

use crate::say;

/// Speaks, and keeps count of steps that did not do what they say.
pub(crate) struct Voice {
    colour: bool,
    step: u32,
    failed: Vec<String>,
}

impl Voice {
    pub(crate) fn new() -> Self {
        Self {
            colour: std::io::stdout().is_terminal(),
            step: 0,
            failed: Vec::new(),
        }
    }

    /// Begins a part of the demo.
    pub(crate) fn part(&self, title: &str) {
        say("");
        say(&self.paint("1;36", title));
    }

    /// Says something.
    pub(crate) fn tell(&self, text: &str) {
        for line in wrapped(text, 96) {
            say(&format!("  {line}"));
        }
    }

    /// Says one line as it is.
    pub(crate) fn line(&self, text: &str) {
        say(&format!("  {text}"));
    }

    /// Shows something as it is, indented.
    pub(crate) fn show(&self, text: &str) {
        for line in text.lines() {
            say(&self.paint("2", &format!("      {line}")));
        }
    }

    /// Begins a step of the tour.
    pub(crate) fn step(&mut self, title: &str) {
        self.step += 1;
        say("");
        say(&self.paint("1", &format!("  {}. {title}", self.step)));
    }

    /// Says whether something came out as it should.
    pub(crate) fn check(&mut self, what: &str, holds: bool) {
        let mark = if holds {
            self.paint("32", "  ok  ")
        } else {
            self.paint("1;31", " FAIL ")
        };
        let mut lines = wrapped(what, 88).into_iter();
        say(&format!("  {mark}{}", lines.next().unwrap_or_default()));
        lines.for_each(|line| say(&format!("        {line}")));
        if !holds {
            self.failed.push(format!("step {}: {what}", self.step));
        }
    }

    /// What did not go as said.
    pub(crate) fn failed(&self) -> &[String] {
        &self.failed
    }

    /// A bar for something that takes a while; hidden where there is no terminal.
    pub(crate) fn bar(&self, what: &str) -> ProgressBar {
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("  {msg} [{bar:30}] {pos}/{len}") {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(what.to_owned());
        bar
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Breaks a text into lines at blanks.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let needs_line = lines
            .last()
            .is_some_and(|line| !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width);
        if needs_line {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_at_blanks_only() {
        assert_eq!(wrapped("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrapped("", 7), [""]);
    }
}
