//! Canonical JSON: one byte string for one value, so that a commitment to it can be checked years later.
//!
//! The subset of RFC 8785 that details need: objects with their members sorted, no spaces, integers only. Member
//! names are ours and ASCII, so sorting by bytes is sorting by UTF-16 units.

use serde::Serialize;
use serde_json::Value;

/// A value that has no canonical form here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the value has no canonical form: {0}")]
pub struct NotCanonical(&'static str);

/// The canonical JSON of `value`.
///
/// # Errors
/// [`NotCanonical`] if it holds a fraction, a number above 2^53 or a member name outside ASCII.
pub fn canonical_json<T: Serialize>(value: &T) -> Result<Vec<u8>, NotCanonical> {
    let value = serde_json::to_value(value).map_err(|_| NotCanonical("it cannot be written as JSON"))?;
    let mut out = Vec::new();
    write(&value, &mut out)?;
    Ok(out)
}

const EXACT: u64 = 1 << 53;

fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), NotCanonical> {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => scalar(value, out)?,
        Value::Number(number) => {
            let exact = number
                .as_i64()
                .map(i64::unsigned_abs)
                .or(number.as_u64())
                .is_some_and(|size| size <= EXACT);
            if !exact {
                return Err(NotCanonical("a number is not a whole number up to 2^53"));
            }
            scalar(value, out)?;
        }
        Value::Array(items) => {
            out.push(b'[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    out.push(b',');
                }
                write(item, out)?;
            }
            out.push(b']');
        }
        Value::Object(members) => {
            // Sorted here and not by the map: another crate may switch serde_json to insertion order.
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            out.push(b'{');
            for (position, (name, member)) in members.into_iter().enumerate() {
                if position > 0 {
                    out.push(b',');
                }
                if !name.is_ascii() {
                    return Err(NotCanonical("a member name is not ASCII"));
                }
                scalar(&Value::String(name.clone()), out)?;
                out.push(b':');
                write(member, out)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

fn scalar(value: &Value, out: &mut Vec<u8>) -> Result<(), NotCanonical> {
    serde_json::to_writer(out, value).map_err(|_| NotCanonical("it cannot be written as JSON"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_sorted_and_nothing_else_moves() {
        let value = json!({"b": [3, 1, {"z": null, "a": "\u{7}\"\u{e4}"}], "a": -9_007_199_254_740_992_i64});
        assert_eq!(
            String::from_utf8(canonical_json(&value).unwrap()).unwrap(),
            "{\"a\":-9007199254740992,\"b\":[3,1,{\"a\":\"\\u0007\\\"\u{e4}\",\"z\":null}]}"
        );
    }

    #[test]
    fn what_readers_would_round_is_refused() {
        for bad in [
            json!(1.5),
            json!(1e3),
            json!(9_007_199_254_740_993_u64),
            json!({"\u{e4}": 1}),
        ] {
            assert!(canonical_json(&bad).is_err(), "{bad}");
        }
    }
}
