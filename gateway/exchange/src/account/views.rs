//! Views over one log: which of an agency's disclosures belong to which accounting that a law asks for.
//!
//! One log, several laws (rule catalogue, section 8 and trap 22): what one accounting must list another leaves out. Each
//! view is a pure function over an opened entry and one element of the agency's own records that went; only the elements
//! that belong are in its line, so that no line tells of another regime, or of another agency's records. A recovered
//! intent is an intent and so counts as disclosed; refusals and canaries are no intents and are in none.

pub(super) mod hipaa;
mod hmis;
mod intermediary;
mod justice;
pub(super) mod part2;
mod youth;

use gateway_audit::Detail;
use gateway_audit::detail::Released;
use gateway_types::registry::Agency;
use gateway_types::vocabulary::Basis;
use gateway_types::{AgencyId, Date, Timestamp};

/// An accounting that a law asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// 45 CFR 164.528.
    Hipaa,
    /// 42 CFR 2.25.
    Part2,
    /// 42 CFR 2.24.
    Intermediary,
    /// The trail that an HMIS privacy notice promises.
    Hmis,
    /// 45 CFR 1351.21: a youth is told who reviewed their records.
    Youth,
    /// Criminal justice information passed on (CJIS Security Policy 5.1.3; 28 CFR 20.21).
    Justice,
}

impl View {
    /// Every view.
    pub const ALL: [Self; 6] = [
        Self::Hipaa,
        Self::Part2,
        Self::Intermediary,
        Self::Hmis,
        Self::Youth,
        Self::Justice,
    ];

    /// Its word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Hipaa => "hipaa",
            Self::Part2 => "part2",
            Self::Intermediary => "intermediary",
            Self::Hmis => "hmis",
            Self::Youth => "rhy",
            Self::Justice => "cjis",
        }
    }

    /// The view with this word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.code() == code)
    }

    /// The rule that asks for it.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Hipaa => hipaa::RULE,
            Self::Part2 => part2::RULE,
            Self::Intermediary => intermediary::RULE,
            Self::Hmis => hmis::RULE,
            Self::Youth => youth::RULE,
            Self::Justice => justice::RULE,
        }
    }

    /// The first day it reaches back to; `None` for as long as the log is kept.
    #[must_use]
    pub fn since(self, now: Timestamp) -> Option<Date> {
        let years = match self {
            Self::Hipaa => hipaa::YEARS,
            Self::Part2 => part2::YEARS,
            Self::Intermediary => intermediary::YEARS,
            Self::Hmis | Self::Youth | Self::Justice => return None,
        };
        Some(years_before(now.date(), years))
    }

    /// Whether an element that went belongs to this accounting of the agency's, asked for at `now`.
    pub(crate) fn lists(self, of: &Whose<'_>, detail: &Detail, released: &Released, now: Timestamp) -> bool {
        let in_time = self
            .since(now)
            .is_none_or(|since| detail.occurred_at >= since.start_utc());
        in_time
            && released.source == *of.agency
            && match self {
                Self::Hipaa => hipaa::lists(detail, released),
                Self::Part2 => part2::lists(detail, released),
                Self::Intermediary => intermediary::lists(of.registered, detail, released),
                Self::Hmis => hmis::lists(released),
                Self::Youth => youth::lists(released),
                Self::Justice => justice::lists(released),
            }
    }
}

/// Whose accounting it is.
pub(crate) struct Whose<'a> {
    /// The agency.
    pub(crate) agency: &'a AgencyId,
    /// What the registry says of it, if it is registered still.
    pub(crate) registered: Option<&'a Agency>,
}

/// The same day `years` before; the 28th where that year has no 29 February. Reaching back to the beginning of a day it
/// is never less than the law asks.
fn years_before(date: Date, years: i16) -> Date {
    let year = date.year().saturating_sub(years);
    Date::new(year, date.month(), date.day())
        .or_else(|| Date::new(year, date.month(), 28))
        .unwrap_or(date)
}

/// The same day a year before: the beginning of the twelve months in which one accounting is free (164.528(c)(2)).
pub(super) fn year_before(date: Date) -> Date {
    years_before(date, 1)
}

/// Whether 42 CFR part 2 binds it; what is unknown is held to it.
fn is_part2(released: &Released) -> bool {
    released.regimes.iter().any(policies::is_part2)
}

/// Whether it went with the patient's consent under Part 2, and not on one of its exceptions.
fn is_consented(released: &Released) -> bool {
    released.bases.contains_any(&[
        Basis::P231a,
        Basis::P231b,
        Basis::P231d,
        Basis::P233,
        Basis::P235,
        Basis::P236,
    ])
}

#[cfg(test)]
mod tests;
