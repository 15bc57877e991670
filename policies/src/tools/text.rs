//! Words for a person: tones that are colours on a terminal, and lines no wider than the terminal.

use std::fmt::Write as _;

/// Whether tones are shown as colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// No colour: a file, a pipe, a test.
    Plain,
    /// ANSI colours.
    Colour,
}

/// How words are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether tones are shown as colours.
    pub ink: Ink,
    /// How many characters a line may have.
    pub width: usize,
}

impl Style {
    /// No colour, 100 characters: what is written where nobody says otherwise.
    pub const PLAIN: Self = Self {
        ink: Ink::Plain,
        width: 100,
    };

    pub(super) fn paint(self, tone: Tone, words: &str) -> String {
        match self.ink {
            Ink::Plain => words.to_owned(),
            Ink::Colour => format!("\u{1b}[{}m{words}\u{1b}[0m", tone.code()),
        }
    }

    /// Words broken into lines; every line after the first begins with `indent` blanks.
    pub(super) fn wrap(self, words: &str, indent: usize) -> String {
        let mut told = String::new();
        let mut column = indent;
        for word in words.split_whitespace() {
            let length = word.chars().count();
            if column > indent && column + 1 + length > self.width {
                // Writing to a string does not fail.
                let _ = write!(told, "\n{:indent$}", "");
                column = indent;
            } else if column > indent {
                told.push(' ');
                column += 1;
            }
            told.push_str(word);
            column += length;
        }
        told
    }
}

/// What a piece of text is, for the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Bad,
    Doubtful,
    Good,
    Strong,
    Faint,
}

impl Tone {
    const fn code(self) -> &'static str {
        match self {
            Self::Bad => "1;31",
            Self::Doubtful => "1;33",
            Self::Good => "1;32",
            Self::Strong => "1",
            Self::Faint => "2",
        }
    }
}

/// A number of things: `1 file`, `3 files`.
pub(super) fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words_and_indented() {
        let style = Style {
            ink: Ink::Plain,
            width: 20,
        };
        assert_eq!(
            style.wrap("one two three four five", 4),
            "one two three\n    four five"
        );
        assert_eq!(style.wrap("", 4), "");
    }
}
