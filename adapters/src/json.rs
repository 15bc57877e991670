//! JSON read strictly: bounded in size and depth, no key twice in one object, faults told by line and column.
//!
//! A key that stands twice means two things to two readers, of whom one decides and the other releases; so it is
//! refused. Error texts hold nothing of the input.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// What is accepted of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes.
    pub bytes: usize,
    /// Arrays and objects inside one another; at most 100.
    pub depth: usize,
    /// Values altogether.
    pub values: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            depth: 40,
            values: 5_000_000,
        }
    }
}

/// Why a document was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonFault {
    /// It has too many bytes.
    #[error("the document is larger than is accepted")]
    TooLarge,
    /// It is not JSON.
    #[error("not valid JSON at line {line}, column {column}")]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// An object has a key twice.
    #[error("an object names a key twice at line {line}, column {column}")]
    RepeatedKey {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// Arrays and objects are inside one another too deeply.
    #[error("nested too deeply at line {line}, column {column}")]
    TooDeep {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// It has too many values.
    #[error("the document has more values than are accepted")]
    TooMany,
}

/// Whether a document has more values than are accepted, or hardly anything else, each of which takes many times its bytes in
/// memory, or a number that no record has. Told by the bytes, before anything is kept of them, and no further than they will be
/// read: where it is nested too deeply, or its one value ends, the reader stops as well.
fn is_hostile(bytes: &[u8], limits: &Limits) -> bool {
    const LONGEST_NUMBER: usize = 1_000;
    let most = (bytes.len() / 4).max(1_000).min(limits.values);
    let (mut values, mut depth, mut digits, mut is_empty) = (1, 0, 0, false);
    let mut bytes = bytes.iter();
    while let Some(byte) = bytes.next() {
        digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            b']' | b'}' => {
                if depth <= 1 {
                    return false;
                }
                depth -= 1;
                is_empty = false;
                continue;
            }
            // Before each value but the first of an array or object stands a comma.
            b',' => values += 1,
            _ => values += usize::from(is_empty),
        }
        is_empty = matches!(byte, b'[' | b'{');
        if values > most || digits > LONGEST_NUMBER {
            return true;
        }
        if is_empty {
            if depth >= limits.depth {
                return false;
            }
            depth += 1;
        } else if *byte == b'"' {
            pass_text(&mut bytes);
        }
    }
    false
}

/// Goes past a text, of which the first quotation mark has been read.
fn pass_text(bytes: &mut std::slice::Iter<'_, u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => drop(bytes.next()),
            b'"' => return,
            _ => {}
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Met {
    Nothing,
    RepeatedKey,
    TooDeep,
    TooMany,
}

/// Reads a document.
///
/// # Errors
/// [`JsonFault`].
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Value, JsonFault> {
    if bytes.len() > limits.bytes {
        return Err(JsonFault::TooLarge);
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if is_hostile(bytes, limits) {
        return Err(JsonFault::TooMany);
    }
    let met = Cell::new(Met::Nothing);
    let left = Cell::new(limits.values);
    let seed = Node {
        depth: limits.depth.min(100),
        left: &left,
        met: &met,
    };
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    seed.deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| {
            let (line, column) = (error.line(), error.column());
            match met.get() {
                Met::Nothing => JsonFault::Syntax { line, column },
                Met::RepeatedKey => JsonFault::RepeatedKey { line, column },
                Met::TooDeep => JsonFault::TooDeep { line, column },
                Met::TooMany => JsonFault::TooMany,
            }
        })
}

#[derive(Clone, Copy)]
struct Node<'m> {
    depth: usize,
    left: &'m Cell<usize>,
    met: &'m Cell<Met>,
}

impl Node<'_> {
    fn fault<E: serde::de::Error>(self, met: Met) -> E {
        self.met.set(met);
        E::custom("refused")
    }

    fn inner<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth, ..self }),
            None => Err(self.fault(Met::TooDeep)),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        match self.left.get().checked_sub(1) {
            Some(left) => self.left.set(left),
            None => return Err(self.fault(Met::TooMany)),
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("refused"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut values = Vec::new();
        while let Some(value) = sequence.next_element_seed(inner)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(self.fault(Met::RepeatedKey));
            }
            let value = entries.next_value_seed(inner)?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_twice_and_a_deep_nest_are_refused_by_place() {
        let parse = |text: &str| parse(text.as_bytes(), &Limits::default());
        assert!(parse("{\"a\": {\"b\": [1, 2.5, null, true, \"x\"]}}").is_ok());
        assert_eq!(
            parse("{\"a\": 1,\n \"a\": 2}").unwrap_err(),
            JsonFault::RepeatedKey { line: 2, column: 4 }
        );
        assert!(matches!(
            parse(&("[".repeat(60) + &"]".repeat(60))),
            Err(JsonFault::TooDeep { .. })
        ));
        assert!(matches!(parse("{\"a\": 01}"), Err(JsonFault::Syntax { .. })));
        assert!(matches!(parse("{} {}"), Err(JsonFault::Syntax { .. })));
        assert!(parse("[1e999]").is_err());
        assert_eq!(
            parse(&format!("[{}0]", "0,".repeat(5_000))).unwrap_err(),
            JsonFault::TooMany
        );
        assert_eq!(parse(&"9".repeat(5_000)).unwrap_err(), JsonFault::TooMany);
    }

    #[test]
    fn as_many_values_as_are_accepted_are_read_and_no_more() {
        let limits = Limits {
            values: 9,
            ..Limits::default()
        };
        let read = |text: &str| parse(text.as_bytes(), &limits);
        // Nine, however they are written; what stands in a text is no value.
        for text in [
            "[1, 2, 3, 4, 5, 6, 7, 8]",
            "[1, 2, 3, 4, 5, 6, 7, []]",
            "[[ ], {}, [[]], {\"a\": {\n}, \"b\": null}, 5]",
            r#"{"a,[{\"": "[,,,,,,,,,,{{{{\\", "b": [1, 2], "c": [], "d": {"e": "\\\""}}"#,
            r#"["1", "2", "3", "4", "5", "6", "7", "8"]"#,
        ] {
            assert!(read(text).is_ok(), "{text}");
        }
        for text in [
            "[1, 2, 3, 4, 5, 6, 7, 8, 9]",
            "[[], {}, [[]], {\"a\": {}, \"b\": [[]]}, 5]",
        ] {
            assert_eq!(read(text).unwrap_err(), JsonFault::TooMany, "{text}");
        }
        let digits = format!("[\"{}\"]", "9".repeat(5_000));
        assert!(read(&digits).is_ok());
        // Past the end of the one value nothing is read, and so nothing counted.
        let lines = format!("{{}}\n[{}0]", "0,".repeat(5_000));
        assert!(matches!(read(&lines), Err(JsonFault::Syntax { line: 2, .. })));
    }

    #[test]
    fn what_is_deep_is_refused_where_it_is_too_deep() {
        let deep = format!("[{}", "\n{\"a\":".repeat(1 << 20));
        let JsonFault::TooDeep { line, .. } = parse(deep.as_bytes(), &Limits::default()).unwrap_err() else {
            panic!("it is too deep");
        };
        assert_eq!(line, 41);
    }

    #[test]
    fn an_error_says_nothing_of_the_document() {
        let error = parse(b"{\"Quillfeather\": \"Zanzibara\" oops", &Limits::default()).unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(
            !text.contains("Zanzi") && !text.contains("Quill") && !text.contains("oops"),
            "{text}"
        );
    }
}
