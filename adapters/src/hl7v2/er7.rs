//! ER7, the vertical bar encoding: segments, fields, repetitions, components, sub-components, escapes.
//!
//! A message is borrowed from its text, which is checked once for its limits; what stands in a field is looked for when it is
//! wanted, and escapes are undone last, once.

use std::borrow::Cow;

use super::{Condition, Fault, Limits, Location, rules};

/// The signs that separate, from MSH-1 and MSH-2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Delimiters {
    pub(super) field: char,
    pub(super) component: char,
    pub(super) repetition: char,
    pub(super) escape: char,
    pub(super) subcomponent: char,
}

impl Delimiters {
    /// Those that everybody uses.
    pub(super) const USUAL: Self = Self {
        field: '|',
        component: '^',
        repetition: '~',
        escape: '\\',
        subcomponent: '&',
    };

    /// Those of a message that begins so. A fifth sign of MSH-2 marks truncation, which needs no reading (2.7).
    pub(super) fn of(text: &str) -> Option<Self> {
        let mut signs = text.strip_prefix("MSH")?.chars();
        let field = signs.next()?;
        let named: Vec<char> = signs.take_while(|sign| *sign != field).take(6).collect();
        let (component, repetition, escape, subcomponent) = match named.as_slice() {
            [component, repetition, escape, subcomponent]
            | [component, repetition, escape, subcomponent, _] => {
                (*component, *repetition, *escape, *subcomponent)
            }
            _ => return None,
        };
        let all: Vec<char> = std::iter::once(field).chain(named.iter().copied()).collect();
        let distinct = (all.iter().enumerate()).all(|(at, sign)| {
            sign.is_ascii_punctuation() && all.iter().skip(at + 1).all(|other| other != sign)
        });
        distinct.then_some(Self {
            field,
            component,
            repetition,
            escape,
            subcomponent,
        })
    }
}

/// What a field says of its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said<T> {
    /// Nothing: what was there stays.
    Nothing,
    /// That there is none any more.
    Deleted,
    /// This.
    Value(T),
}

impl<T> Said<T> {
    pub(super) fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Nothing | Self::Deleted => None,
        }
    }

    pub(super) fn map<U>(self, of: impl FnOnce(T) -> U) -> Said<U> {
        match self {
            Self::Nothing => Said::Nothing,
            Self::Deleted => Said::Deleted,
            Self::Value(value) => Said::Value(of(value)),
        }
    }
}

/// A field, or a part of one.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    text: &'a str,
    signs: Delimiters,
}

impl<'a> Part<'a> {
    /// Whether nothing is said.
    pub(super) fn is_empty(self) -> bool {
        self.text.is_empty()
    }

    /// Whether it is the sign of deletion.
    pub(super) fn is_deletion(self) -> bool {
        self.text == "\"\""
    }

    /// As it stands there.
    pub(super) const fn raw(self) -> &'a str {
        self.text
    }

    /// The repetitions of a field, but for empty ones.
    pub(super) fn repetitions(self) -> impl Iterator<Item = Self> {
        self.text
            .split(self.signs.repetition)
            .filter(|text| !text.is_empty())
            .map(move |text| Self { text, ..self })
    }

    /// The first repetition.
    pub(super) fn first(self) -> Self {
        let text = self.text.split(self.signs.repetition).next().unwrap_or_default();
        Self { text, ..self }
    }

    /// Component `number` of a repetition, from 1.
    pub(super) fn component(self, number: usize) -> Self {
        let mut parts = self.text.split(self.signs.component);
        let text = parts.nth(number.saturating_sub(1)).unwrap_or_default();
        Self { text, ..self }
    }

    /// Sub-component `number` of a component, from 1.
    pub(super) fn sub(self, number: usize) -> Self {
        let mut parts = self.text.split(self.signs.subcomponent);
        let text = parts.nth(number.saturating_sub(1)).unwrap_or_default();
        Self { text, ..self }
    }

    /// The smallest parts that hold something.
    pub(super) fn leaves(self) -> impl Iterator<Item = Cow<'a, str>> {
        let signs = self.signs;
        self.text
            .split([signs.repetition, signs.component, signs.subcomponent])
            .filter(|text| !text.is_empty() && *text != "\"\"")
            .map(move |text| unescape(text, signs))
    }

    /// The text of a component: its first sub-component, its escapes undone, trimmed.
    pub(super) fn said(self) -> Said<String> {
        let first = self.sub(1);
        if first.is_deletion() {
            return Said::Deleted;
        }
        let text = unescape(first.text, self.signs);
        match text.trim() {
            "" => Said::Nothing,
            text => Said::Value(text.to_owned()),
        }
    }

    /// The text, if there is any.
    pub(super) fn text(self) -> Option<String> {
        self.said().value()
    }
}

/// A segment.
pub(super) struct Segment<'a> {
    pub(super) name: &'a str,
    /// Which of its name, from 1.
    pub(super) sequence: usize,
    fields: Vec<&'a str>,
    signs: Delimiters,
}

impl<'a> Segment<'a> {
    /// Field `number`, as the standard counts.
    pub(super) fn field(&self, number: usize) -> Part<'a> {
        Part {
            text: self.fields.get(number).copied().unwrap_or_default(),
            signs: self.signs,
        }
    }

    /// All fields but the first few.
    pub(super) fn fields_from(&self, number: usize) -> impl Iterator<Item = Part<'a>> {
        let signs = self.signs;
        self.fields
            .iter()
            .skip(number)
            .map(move |text| Part { text, signs })
    }
}

/// A message.
pub(super) struct Message<'a> {
    pub(super) segments: Vec<Segment<'a>>,
}

impl<'a> Message<'a> {
    /// The segments of a message, of which MSH is the first.
    pub(super) fn parse(text: &'a str, signs: Delimiters, limits: &Limits) -> Result<Self, Fault> {
        let too_large = Fault::whole(&rules::TOO_LARGE, Condition::SegmentSequence);
        let mut segments: Vec<Segment<'a>> = Vec::new();
        for line in text.split(['\r', '\n']).filter(|line| !line.trim().is_empty()) {
            if segments.len() >= limits.segments {
                return Err(too_large);
            }
            let name = line.split(signs.field).next().unwrap_or_default();
            let sequence = 1 + segments.iter().filter(|before| before.name == name).count();
            let at = Location {
                segment: known(name),
                sequence,
                field: 0,
            };
            let fault = |rule, field| Fault {
                rule,
                at: Location { field, ..at },
                condition: Condition::SegmentSequence,
            };
            if name.len() != 3
                || !name
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            {
                return Err(fault(&rules::SEGMENT_NAME, 0));
            }
            check(line, signs, limits).map_err(|(rule, field)| fault(rule, field))?;
            // The separator itself is MSH-1.
            let head = (name == "MSH").then_some("");
            let mut parts = line.split(signs.field);
            let fields = parts.next().into_iter().chain(head).chain(parts).collect();
            segments.push(Segment {
                name,
                sequence,
                fields,
                signs,
            });
        }
        Ok(Self { segments })
    }

    /// The segments of a name.
    pub(super) fn all<'m>(&'m self, name: &'static str) -> impl Iterator<Item = &'m Segment<'a>> {
        self.segments.iter().filter(move |segment| segment.name == name)
    }

    /// The first of a name.
    pub(super) fn first(&self, name: &'static str) -> Option<&Segment<'a>> {
        self.all(name).next()
    }
}

/// Holds a segment to the limits, and to characters that have a meaning in one.
fn check(line: &str, signs: Delimiters, limits: &Limits) -> Result<(), (&'static crate::Rule, usize)> {
    let (mut fields, mut repetitions, mut components, mut subs) = (0, 1, 1, 1);
    for sign in line.chars() {
        if sign == signs.field {
            fields += 1;
            (repetitions, components, subs) = (1, 1, 1);
        } else if sign == signs.repetition {
            repetitions += 1;
            (components, subs) = (1, 1);
        } else if sign == signs.component {
            components += 1;
            subs = 1;
        } else if sign == signs.subcomponent {
            subs += 1;
        } else if sign.is_control() && sign != '\t' {
            return Err((&rules::CONTROL_CHARACTER, fields));
        } else {
            continue;
        }
        if fields > limits.fields || repetitions.max(components).max(subs) > limits.parts {
            return Err((&rules::TOO_LARGE, fields));
        }
    }
    Ok(())
}

/// Undoes escapes, once. One that is not known stays as it is; highlighting is left out.
fn unescape(text: &str, signs: Delimiters) -> Cow<'_, str> {
    if !text.contains(signs.escape) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(signs.escape) {
        out.push_str(before);
        let Some((code, tail)) = after.split_once(signs.escape) else {
            out.push(signs.escape);
            rest = after;
            continue;
        };
        match code {
            "F" => out.push(signs.field),
            "S" => out.push(signs.component),
            "T" => out.push(signs.subcomponent),
            "R" => out.push(signs.repetition),
            "E" => out.push(signs.escape),
            "H" | "N" => {}
            ".br" | ".sp" | ".ce" => out.push(' '),
            _ => match code.strip_prefix('X').and_then(hexadecimal) {
                Some(text) => out.push_str(&text),
                None => {
                    out.push(signs.escape);
                    out.push_str(code);
                    out.push(signs.escape);
                }
            },
        }
        rest = tail;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The text written as hexadecimal digits; line ends become blanks, other control characters are not taken.
fn hexadecimal(digits: &str) -> Option<String> {
    if digits.is_empty() || !digits.len().is_multiple_of(2) || digits.len() > 64 {
        return None;
    }
    let bytes: Option<Vec<u8>> = (0..digits.len() / 2)
        .map(|at| u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok())
        .collect();
    let text = String::from_utf8(bytes?).ok()?;
    let text: String = text
        .chars()
        .map(|sign| {
            if matches!(sign, '\r' | '\n' | '\t') {
                ' '
            } else {
                sign
            }
        })
        .collect();
    (!text.chars().any(char::is_control)).then_some(text)
}

/// The name of a segment out of our own table, so that no report repeats what was sent.
pub(super) fn known(name: &str) -> Option<&'static str> {
    const NAMES: [&str; 56] = [
        "ACC", "AL1", "ARV", "AUT", "BHS", "BTS", "CER", "CON", "CTD", "DB1", "DG1", "DRG", "DSC", "DSP",
        "EVN", "FAC", "FHS", "FT1", "FTS", "GOL", "GT1", "IAM", "IAR", "IN1", "IN2", "IN3", "LAN", "MRG",
        "MSA", "MSH", "NK1", "NPU", "NTE", "OBR", "OBX", "ODS", "ORC", "ORG", "PD1", "PDA", "PID", "PR1",
        "PRB", "PRD", "PRT", "PV1", "PV2", "RF1", "RMI", "ROL", "SFT", "TXA", "UAC", "UB1", "UB2", "VAR",
    ];
    NAMES.into_iter().find(|known| *known == name)
}
