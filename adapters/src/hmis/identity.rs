//! Who a client row says the client is: only what the row itself calls full, and what can be true.
//!
//! A partial or approximate value (quality code 2) is shown with its code, but never used to recognise anyone:
//! a street name that matches a stranger's would show one client's record as another's.

use csv::ByteRecord;
use gateway_types::{ClientIdentity, Date, Pii};

use super::check::Particulars;
use super::plan::{Plan, is_hash};
use super::rules;
use super::values::{date, decode, whole};
use crate::report::Rule;

/// The quality code of a full value (lists 3.01.5, 3.02.2, 3.03.2).
const FULL: Option<u32> = Some(1);
/// The quality code of a partial or approximate value.
const PARTIAL: Option<u32> = Some(2);

/// Reads who the client is. `doubts` is told of values called full that cannot be.
pub(super) fn identity(
    plan: &Plan,
    record: &ByteRecord,
    exported: Date,
    mut doubts: impl FnMut(&'static Rule, &'static str),
) -> ClientIdentity {
    if plan.particulars == Particulars::Hashed {
        // Whoever hashed the names did not mean anybody to be recognised by what stood beside them.
        return ClientIdentity::default();
    }
    let quality = |column: &str| whole(plan.get(record, column));
    let text = |column: &str| {
        Some(plan.get(record, column))
            .filter(|raw| !is_hash(raw))
            .and_then(decode)
            .filter(|text| is_name(text))
            .map(|text| Pii::new(text.into_owned()))
    };
    let mut identity = ClientIdentity::default();
    if quality("NameDataQuality") == FULL {
        identity.first_name = text("FirstName");
        identity.middle_name = text("MiddleName");
        identity.last_name = text("LastName");
        identity.name_suffix = text("NameSuffix");
    }
    let ssn = plan.get(record, "SSN");
    match quality("SSNDataQuality") {
        FULL if is_issued_ssn(ssn) => identity.ssn = decode(ssn).map(|ssn| Pii::new(ssn.into_owned())),
        FULL if !ssn.is_empty() => doubts(&rules::BAD_SSN, "SSN"),
        PARTIAL => identity.ssn = last_four(ssn).map(Pii::new),
        _ => {}
    }
    if quality("DOBDataQuality") == FULL
        && let Some(born) = date(plan.get(record, "DOB"))
    {
        if born <= exported && born.years_until(exported) <= 120 {
            identity.birth_date = Some(Pii::new(born));
        } else {
            doubts(&rules::BAD_DOB, "DOB");
        }
    }
    identity
}

/// Whether a cell holds a name rather than a filler.
fn is_name(text: &str) -> bool {
    let letters = || text.chars().filter(|letter| letter.is_alphabetic());
    let fillers = [
        "unknown",
        "refused",
        "anonymous",
        "n/a",
        "none",
        "test",
        "xxx",
        "doe",
    ];
    letters().next().is_some() && !fillers.contains(&text.to_lowercase().trim())
}

/// Whether a number of nine digits can have been issued (area not 000, 666 or 9xx, no part all zero) and is not a
/// filler of repeated or counted digits.
pub(crate) fn is_issued_ssn(ssn: &[u8]) -> bool {
    let (Ok(digits), true) = (<[u8; 9]>::try_from(ssn), ssn.iter().all(u8::is_ascii_digit)) else {
        return false;
    };
    let [a, b, c, d, e, f, g, h, i] = digits;
    let area = [a, b, c];
    area != *b"000"
        && area != *b"666"
        && a != b'9'
        && [d, e] != *b"00"
        && [f, g, h, i] != *b"0000"
        && digits.iter().any(|digit| *digit != a)
        && !matches!(&digits, b"123456789" | b"987654321" | b"078051120" | b"219099999")
}

/// The last four digits of a partial number, if they are all there is.
pub(crate) fn last_four(ssn: &[u8]) -> Option<String> {
    let (missing, four) = ssn.split_at_checked(ssn.len().checked_sub(4)?)?;
    let known = four.iter().all(u8::is_ascii_digit)
        && four != b"0000"
        && missing.iter().all(|byte| matches!(byte, b'x' | b'X' | b'*'));
    known
        .then(|| std::str::from_utf8(four).ok().map(str::to_owned))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fillers_are_no_social_security_numbers() {
        assert!(is_issued_ssn(b"512345678"));
        for filler in [
            "999999999",
            "000000000",
            "666123456",
            "900123456",
            "123456789",
            "111111111",
            "512005678",
            "512340000",
            "51234567",
            "512-34-5678",
            "x12345678",
            "",
        ] {
            assert!(!is_issued_ssn(filler.as_bytes()), "{filler}");
        }
    }

    #[test]
    fn of_a_partial_number_only_its_end_is_used() {
        assert_eq!(last_four(b"xxxxx5678").as_deref(), Some("5678"));
        assert_eq!(last_four(b"5678").as_deref(), Some("5678"));
        assert_eq!(last_four(b"512xx5678"), None);
        assert_eq!(last_four(b"xxxxx56x8"), None);
        assert_eq!(last_four(b"78"), None);
    }
}
