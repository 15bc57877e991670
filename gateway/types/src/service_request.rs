//! Requests to a city's 311 line: something to be seen to, at a place and a time, and nobody's name (catalogue D27).
//!
//! There is no field for a text. What is kept of a request is its number, what sort it is, where it is to about a hundred
//! metres, and when; so nothing that a caller wrote or was can be kept with it.

use crate::Timestamp;
use crate::vocabulary::{ServiceKind, ServiceRequestState};

/// A place, in thousandths of a degree: about a hundred metres.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    latitude: i32,
    longitude: i32,
}

impl Spot {
    /// The place in thousandths of a degree; `None` if there is no such place.
    #[must_use]
    pub fn new(latitude: i32, longitude: i32) -> Option<Self> {
        let there_is = latitude.abs() <= 90_000 && longitude.abs() <= 180_000;
        there_is.then_some(Self { latitude, longitude })
    }

    /// Degrees, rounded. What is rounded away is not kept.
    #[must_use]
    pub fn round(latitude: f64, longitude: f64) -> Option<Self> {
        Self::new(thousandths(latitude)?, thousandths(longitude)?)
    }

    /// Degrees north, in thousandths.
    #[must_use]
    pub const fn latitude(self) -> i32 {
        self.latitude
    }

    /// Degrees east, in thousandths.
    #[must_use]
    pub const fn longitude(self) -> i32 {
        self.longitude
    }
}

fn thousandths(degrees: f64) -> Option<i32> {
    let rounded = (degrees * 1000.0).round();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a whole number of at most 180,000 either way fits"
    )]
    (rounded.abs() <= 180_000.0).then_some(rounded as i32)
}

/// The number of a request: letters, digits and dashes, at least one of them a digit and no word.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceRequestNumber(String);

impl ServiceRequestNumber {
    /// The number, if `text` is one. Names and addresses are none: of letters at most four stand together.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let sound = (1..=40).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && text.bytes().any(|byte| byte.is_ascii_digit())
            && text
                .split(|letter: char| !letter.is_ascii_alphabetic())
                .all(|letters| letters.len() <= 4);
        sound.then(|| Self(text.to_owned()))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceRequest {
    /// Its number at the line that took it.
    pub number: ServiceRequestNumber,
    /// What it asks for.
    pub kind: ServiceKind,
    /// Whether it has been seen to.
    pub state: ServiceRequestState,
    /// When it was made.
    pub requested_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Where.
    pub spot: Spot,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_rounded_and_has_to_be_on_earth() {
        let spot = Spot::round(37.762_221_815, -122.465_114_5).unwrap();
        assert_eq!((spot.latitude(), spot.longitude()), (37_762, -122_465));
        for nowhere in [(90.1, 0.0), (0.0, 180.1), (f64::NAN, 0.0), (f64::INFINITY, 0.0)] {
            assert!(Spot::round(nowhere.0, nowhere.1).is_none(), "{nowhere:?}");
        }
    }

    #[test]
    fn a_name_is_no_number() {
        for number in ["638344", "SR-2026-00123", "101000123", "a1"] {
            assert!(ServiceRequestNumber::new(number).is_some(), "{number}");
        }
        for other in [
            "",
            "Quillfeather",
            "Quillfeather7",
            "12 Main",
            "1234_5",
            "a-b",
            "5@x",
            "é1",
        ] {
            assert!(ServiceRequestNumber::new(other).is_none(), "{other}");
        }
    }
}
