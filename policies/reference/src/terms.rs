//! The terms of the floor: named conditions that are put in before Cedar reads the text.
//!
//! Cedar has no definitions. Without them a rule would repeat, for example, in ten lines what police are. A term is
//! written `$name = condition;` or `$name(word) = condition;`, and may use the terms above and below it. After this
//! nothing is left but Cedar.

use std::collections::BTreeMap;

use crate::floor::FloorError;

const DEEPEST: usize = 24;

/// The terms by name.
pub(crate) struct Terms<'a> {
    terms: BTreeMap<&'a str, Term<'a>>,
}

struct Term<'a> {
    parameter: Option<&'a str>,
    condition: String,
}

impl<'a> Terms<'a> {
    pub(crate) fn read(text: &'a str) -> Result<Self, FloorError> {
        let mut terms = BTreeMap::new();
        let mut rest = text;
        while let Some((_, definition)) = rest.split_once("\n$") {
            let malformed = || FloorError::Term(definition.chars().take(40).collect());
            let (head, body) = definition.split_once(" = ").ok_or_else(malformed)?;
            let (condition, after) = body.split_once(";\n").ok_or_else(malformed)?;
            let (name, parameter) = match head.split_once('(') {
                Some((name, parameter)) => (name, Some(parameter.strip_suffix(')').ok_or_else(malformed)?)),
                None => (head, None),
            };
            if !name.chars().all(is_of_word) {
                return Err(malformed());
            }
            let term = Term {
                parameter,
                condition: without_comments(condition),
            };
            if terms.insert(name, term).is_some() {
                return Err(FloorError::Term(name.to_owned()));
            }
            // The line break before the next term is part of what is left.
            rest = rest.get(rest.len() - after.len() - 1..).unwrap_or_default();
        }
        Ok(Self { terms })
    }

    /// The text with every term put in.
    pub(crate) fn expand(&self, text: &str) -> Result<String, FloorError> {
        let mut expanded = String::with_capacity(text.len() * 4);
        self.put_in(&without_comments(text), &mut expanded, 0)?;
        Ok(expanded)
    }

    fn put_in(&self, text: &str, out: &mut String, depth: usize) -> Result<(), FloorError> {
        if depth > DEEPEST {
            return Err(FloorError::Term("terms go round in a circle".to_owned()));
        }
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            let end = after.find(|c| !is_of_word(c)).unwrap_or(after.len());
            let (name, following) = after.split_at_checked(end).unwrap_or((after, ""));
            let term = self
                .terms
                .get(name)
                .ok_or_else(|| FloorError::Term(name.to_owned()))?;
            rest = following;
            out.push('(');
            match term.parameter {
                None => self.put_in(&term.condition, out, depth + 1)?,
                Some(parameter) => {
                    let argument = following
                        .strip_prefix('(')
                        .and_then(|inner| inner.split_once(')'))
                        .ok_or_else(|| FloorError::Term(name.to_owned()))?;
                    self.put_in(&replaced(&term.condition, parameter, argument.0), out, depth + 1)?;
                    rest = argument.1;
                }
            }
            out.push(')');
        }
        out.push_str(rest);
        Ok(())
    }
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The condition with the parameter, where it stands as a word of its own, replaced.
pub(crate) fn replaced(condition: &str, parameter: &str, argument: &str) -> String {
    let mut out = String::with_capacity(condition.len() + argument.len());
    let mut word = String::new();
    let mut quoted = false;
    for c in condition.chars().chain(std::iter::once(' ')) {
        if is_of_word(c) || c == '$' {
            word.push(c);
            continue;
        }
        out.push_str(if word == parameter && !quoted {
            argument
        } else {
            &word
        });
        word.clear();
        quoted ^= c == '"';
        out.push(c);
    }
    out
}

/// Comments tell readers, not Cedar; a dollar in one would be taken for a term.
pub(crate) fn without_comments(text: &str) -> String {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}
