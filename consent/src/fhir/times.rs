//! Dates and times of FHIR, and what they say of a moment.
//!
//! A day, month or year is written without a zone and lasts from its first beginning anywhere (UTC+14) to its last end
//! (UTC-12). What narrows is taken: a period ends at the first moment at which it may have ended, and has begun only
//! when it has begun everywhere.

use gateway_types::{Date, Timestamp};

const HOUR: i64 = 3600;

/// A `dateTime`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Time {
    /// A moment.
    Exact(Timestamp),
    /// Whole days, from the first to the last.
    Days {
        first: Date,
        last: Date,
        precise: Precision,
    },
}

/// How precisely days are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Precision {
    /// To the day.
    Day,
    /// To the month or year.
    Coarser,
}

/// Why a text is not a `dateTime`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotATime {
    /// A time of day that says no zone.
    NoZone,
    /// It cannot be read.
    Unreadable,
}

impl Time {
    pub(super) fn read(text: &str) -> Result<Self, NotATime> {
        if !text.is_ascii() || text.contains('[') {
            return Err(NotATime::Unreadable);
        }
        if let Some((day, clock)) = text.split_once('T') {
            day.parse::<Date>().map_err(|_| NotATime::Unreadable)?;
            if !clock.ends_with('Z') && !clock.contains(['+', '-']) {
                return Err(NotATime::NoZone);
            }
            return text.parse().map(Self::Exact).map_err(|_| NotATime::Unreadable);
        }
        Self::days(text).ok_or(NotATime::Unreadable)
    }

    fn days(text: &str) -> Option<Self> {
        let (first, last, precise) = match text.len() {
            4 => {
                let year = text.parse().ok()?;
                (
                    Date::new(year, 1, 1)?,
                    Date::new(year, 12, 31)?,
                    Precision::Coarser,
                )
            }
            7 => {
                let (year, month) = text.split_once('-')?;
                let (year, month): (i16, i8) = (year.parse().ok()?, month.parse().ok()?);
                let first = Date::new(year, month, 1)?;
                let next = match month {
                    12 => Date::new(year.checked_add(1)?, 1, 1)?,
                    _ => Date::new(year, month + 1, 1)?,
                };
                (first, next.plus_days(-1)?, Precision::Coarser)
            }
            10 => {
                let day = text.parse().ok()?;
                (day, day, Precision::Day)
            }
            _ => return None,
        };
        Some(Self::Days { first, last, precise })
    }

    /// The first moment at which it may have begun.
    pub(super) fn earliest_start(self) -> Timestamp {
        match self {
            Self::Exact(moment) => moment,
            Self::Days { first, .. } => first.start_utc().plus_seconds(-14 * HOUR),
        }
    }

    /// The first moment at which it has surely begun.
    pub(super) fn latest_start(self) -> Timestamp {
        match self {
            Self::Exact(moment) => moment,
            Self::Days { first, .. } => first.start_utc().plus_seconds(12 * HOUR),
        }
    }

    /// The first moment at which it may be over. `None` at the end of the calendar.
    pub(super) fn earliest_end(self) -> Option<Timestamp> {
        match self {
            Self::Exact(moment) => Some(moment),
            Self::Days { last, .. } => Some(last.plus_days(1)?.start_utc().plus_seconds(-14 * HOUR)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_without_a_zone_is_over_when_it_is_over_anywhere() {
        for (text, from, until) in [
            ("2022", "2021-12-31T10:00:00Z", "2022-12-31T10:00:00Z"),
            ("2024-02", "2024-01-31T10:00:00Z", "2024-02-29T10:00:00Z"),
            ("2022-12", "2022-11-30T10:00:00Z", "2022-12-31T10:00:00Z"),
            ("2022-12-31", "2022-12-30T10:00:00Z", "2022-12-31T10:00:00Z"),
            (
                "2022-12-31T12:00:00-05:00",
                "2022-12-31T17:00:00Z",
                "2022-12-31T17:00:00Z",
            ),
        ] {
            let time = Time::read(text).unwrap();
            assert_eq!(time.earliest_start(), at(from), "{text}");
            assert_eq!(time.earliest_end(), Some(at(until)), "{text}");
            assert!(time.earliest_start() <= time.latest_start(), "{text}");
        }
        assert_eq!(
            Time::read("2022-12-31").unwrap().latest_start(),
            at("2022-12-31T12:00:00Z")
        );
    }

    #[test]
    fn a_time_without_a_zone_says_no_moment() {
        assert_eq!(Time::read("2022-12-31T23:59:59"), Err(NotATime::NoZone));
        for bad in [
            "",
            "2022-13",
            "2022-02-30",
            "20221",
            "2022-12-31T25:00:00Z",
            "2022-12-31T10:00:00Z[UTC]",
            "31.12.2022",
            "2022-1-1",
        ] {
            assert!(Time::read(bad).is_err(), "{bad}");
        }
    }
}
