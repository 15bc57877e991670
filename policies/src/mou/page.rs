//! A TOML file as a page that is read key by key: every value knows its place, every error is collected.

use std::cell::RefCell;
use std::ops::Range;

use gateway_types::Date;
use gateway_types::vocabulary::{Word, WordSet};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{Need, Section};
use super::{Code, Diagnostic};

/// One file, with what was found wrong in it so far.
pub(super) struct Page<'t> {
    name: &'t str,
    text: &'t str,
    found: RefCell<Vec<Diagnostic>>,
}

impl<'t> Page<'t> {
    pub(super) fn new(name: &'t str, text: &'t str) -> Self {
        Self {
            name,
            text,
            found: RefCell::new(Vec::new()),
        }
    }

    pub(super) fn fault(
        &self,
        code: Code,
        place: &Range<usize>,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        self.found
            .borrow_mut()
            .push(Diagnostic::at(code, self.name, self.text, place, message, hint));
    }

    /// What was found wrong, in the order of the file.
    pub(super) fn into_diagnostics(self) -> Vec<Diagnostic> {
        let mut found = self.found.into_inner();
        found.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
        found.dedup();
        found
    }
}

/// Line and column, from 1, of a byte of the text.
pub(super) fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    (line, column)
}

/// A text with its place.
#[derive(Clone, Debug)]
pub(super) struct Placed<T> {
    pub(super) value: T,
    pub(super) place: Range<usize>,
}

/// A table of a known section: what is not a key of it is an error, and so is a key that is needed and not there.
pub(super) struct Table<'p, 't> {
    page: &'p Page<'t>,
    place: Range<usize>,
    entries: &'p DeTable<'p>,
    section: &'static Section,
}

impl<'p, 't> Table<'p, 't> {
    pub(super) fn new(
        page: &'p Page<'t>,
        place: Range<usize>,
        entries: &'p DeTable<'p>,
        section: &'static Section,
    ) -> Self {
        for key in entries.keys() {
            if section.key(key.get_ref()).is_none() {
                let hint = nearest(key.get_ref(), section.keys.iter().map(|known| known.name));
                page.fault(
                    Code::UnknownKey,
                    &key.span(),
                    format!("unknown key `{}`", key.get_ref()),
                    hint,
                );
            }
        }
        let table = Self {
            page,
            place,
            entries,
            section,
        };
        for key in section.keys {
            if key.need == Need::Needed && !table.has(key.name) {
                let code = if key.name == "basis" {
                    Code::NoBasis
                } else {
                    Code::Missing
                };
                page.fault(code, &table.place, format!("`{}` is missing", key.name), None);
            }
        }
        table
    }

    pub(super) const fn page(&self) -> &'p Page<'t> {
        self.page
    }

    pub(super) const fn place(&self) -> &Range<usize> {
        &self.place
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.keys().any(|known| known.get_ref() == key)
    }

    /// Where a key's value stands, if it is there.
    pub(super) fn place_of(&self, key: &'static str) -> Option<Range<usize>> {
        self.value(key).map(Spanned::span)
    }

    fn value(&self, key: &'static str) -> Option<&'p Spanned<DeValue<'p>>> {
        debug_assert!(
            self.section.key(key).is_some(),
            "`{key}` is not in the table of keys"
        );
        self.entries
            .iter()
            .find(|(known, _)| known.get_ref() == key)
            .map(|(_, value)| value)
    }

    fn wrong_type(&self, key: &str, place: &Range<usize>, wanted: &str) {
        self.page
            .fault(Code::WrongKind, place, format!("`{key}` must be {wanted}"), None);
    }

    pub(super) fn text(&self, key: &'static str) -> Option<Placed<String>> {
        let value = self.value(key)?;
        match value.get_ref() {
            DeValue::String(text) => Some(Placed {
                value: text.to_string(),
                place: value.span(),
            }),
            _ => {
                self.wrong_type(key, &value.span(), "a text in quotes");
                None
            }
        }
    }

    pub(super) fn flag(&self, key: &'static str) -> bool {
        let Some(value) = self.value(key) else {
            return false;
        };
        match value.get_ref() {
            DeValue::Boolean(flag) => *flag,
            _ => {
                self.wrong_type(key, &value.span(), "true or false");
                false
            }
        }
    }

    pub(super) fn number(&self, key: &'static str) -> Option<Placed<u32>> {
        let value = self.value(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(number) => u32::from_str_radix(number.as_str(), number.radix())
                .ok()
                .filter(|number| *number > 0),
            _ => None,
        };
        if number.is_none() {
            self.wrong_type(key, &value.span(), "a whole number above 0");
        }
        number.map(|value_read| Placed {
            value: value_read,
            place: value.span(),
        })
    }

    pub(super) fn date(&self, key: &'static str) -> Option<Placed<Date>> {
        let value = self.value(key)?;
        let date = match value.get_ref() {
            DeValue::Datetime(written) => written.to_string().parse().ok(),
            _ => None,
        };
        if date.is_none() {
            self.wrong_type(key, &value.span(), "a date like 2026-01-31, without quotes");
        }
        date.map(|date| Placed {
            value: date,
            place: value.span(),
        })
    }

    /// A list of texts; one text alone counts as a list of one.
    pub(super) fn list(&self, key: &'static str) -> Vec<Placed<String>> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let items: Vec<&Spanned<DeValue<'_>>> = match value.get_ref() {
            DeValue::String(_) => vec![value],
            DeValue::Array(items) => items.iter().collect(),
            _ => {
                self.wrong_type(key, &value.span(), "a list of texts");
                return Vec::new();
            }
        };
        items
            .into_iter()
            .filter_map(|item| match item.get_ref() {
                DeValue::String(text) => Some(Placed {
                    value: text.to_string(),
                    place: item.span(),
                }),
                _ => {
                    self.wrong_type(key, &item.span(), "a list of texts");
                    None
                }
            })
            .collect()
    }

    /// A list that must be there and not empty.
    /// A list that must not be empty; that it is there at all, the section sees to.
    pub(super) fn full_list(&self, key: &'static str) -> Vec<Placed<String>> {
        let items = self.list(key);
        if let Some(place) = self.place_of(key)
            && items.is_empty()
        {
            self.page.fault(
                Code::Missing,
                &place,
                format!("`{key}` is empty: an empty list means nothing, never everything"),
                None,
            );
        }
        items
    }

    pub(super) fn words<W: Word>(&self, key: &'static str) -> WordSet<W> {
        self.list(key)
            .iter()
            .filter_map(|item| self.page.word(item))
            .collect()
    }

    pub(super) fn full_words<W: Word>(&self, key: &'static str) -> WordSet<W> {
        self.full_list(key)
            .iter()
            .filter_map(|item| self.page.word(item))
            .collect()
    }

    pub(super) fn table(&self, key: &'static str) -> Option<Table<'p, 't>> {
        let value = self.value(key)?;
        match value.get_ref() {
            DeValue::Table(entries) => self.inside(key, value.span(), entries),
            _ => {
                self.wrong_type(key, &value.span(), "a table");
                None
            }
        }
    }

    pub(super) fn tables(&self, key: &'static str) -> Vec<Table<'p, 't>> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong_type(key, &value.span(), "a list of tables, written [[..]]");
            return Vec::new();
        };
        items
            .iter()
            .filter_map(|item| match item.get_ref() {
                DeValue::Table(entries) => self.inside(key, item.span(), entries),
                _ => {
                    self.wrong_type(key, &item.span(), "a list of tables, written [[..]]");
                    None
                }
            })
            .collect()
    }

    fn inside(&self, key: &str, place: Range<usize>, entries: &'p DeTable<'p>) -> Option<Table<'p, 't>> {
        let section = self.section.inner(key)?;
        Some(Table::new(self.page, place, entries, section))
    }

    /// A table of names and texts, with the place of each.
    pub(super) fn pairs(&self, key: &'static str) -> Vec<(Placed<String>, Placed<String>)> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let DeValue::Table(entries) = value.get_ref() else {
            self.wrong_type(key, &value.span(), "a table");
            return Vec::new();
        };
        entries
            .iter()
            .filter_map(|(name, value)| match value.get_ref() {
                DeValue::String(text) => Some((
                    Placed {
                        value: name.get_ref().to_string(),
                        place: name.span(),
                    },
                    Placed {
                        value: text.to_string(),
                        place: value.span(),
                    },
                )),
                _ => {
                    self.wrong_type(key, &value.span(), "a table of texts");
                    None
                }
            })
            .collect()
    }
}

impl Page<'_> {
    /// A word of a closed vocabulary, or an error with the nearest word.
    pub(super) fn word<W: Word>(&self, item: &Placed<String>) -> Option<W> {
        let word = W::from_code(&item.value).ok();
        if word.is_none() {
            self.unknown(
                Code::UnknownWord,
                W::VOCABULARY,
                item,
                W::ALL.iter().map(|word| word.code()),
            );
        }
        word
    }

    /// One of a list of named things, or an error with the nearest name.
    pub(super) fn one_of<T: Copy>(
        &self,
        what: &str,
        item: &Placed<String>,
        known: &[(&'static str, T)],
    ) -> Option<T> {
        let found = known.iter().find(|(name, _)| *name == item.value);
        if found.is_none() {
            self.unknown(Code::UnknownWord, what, item, known.iter().map(|(name, _)| *name));
        }
        found.map(|(_, value)| *value)
    }

    pub(super) fn unknown<'k>(
        &self,
        code: Code,
        what: &str,
        item: &Placed<String>,
        known: impl Iterator<Item = &'k str>,
    ) {
        self.fault(
            code,
            &item.place,
            format!("`{}` is no known {what}", item.value),
            nearest(&item.value, known),
        );
    }
}

/// The known name that is nearest, if one is near enough to be what was meant.
fn nearest<'k>(written: &str, known: impl Iterator<Item = &'k str>) -> Option<String> {
    known
        .map(|name| (strsim::jaro_winkler(written, name), name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| format!("did you mean `{name}`?"))
}
