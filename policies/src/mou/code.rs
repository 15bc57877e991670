//! The numbers of findings: `E` stops an agreement from being used or approved, `W` asks for a second look.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! findings {
    ($($(#[doc = $about:literal])+ $name:ident = $code:literal,)+) => {
        /// What kind of finding it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code { $($(#[doc = $about])+ $name,)+ }

        impl Code {
            /// Every kind, in order, with what it says.
            pub const ALL: &'static [(Self, &'static str)] = &[$((Self::$name, concat!($($about),+)),)+];

            /// The number, as it is printed.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }
        }
    };
}

findings! {
    /// It is not TOML.
    NotToml = "E00",
    /// It is called active and a party has not signed.
    Unsigned = "E01",
    /// It expires before it starts.
    EndsBeforeStart = "E02",
    /// An id or key is used twice.
    UsedTwice = "E03",
    /// It names a party that it does not have.
    UnknownParty = "E04",
    /// A word is not in the vocabulary.
    UnknownWord = "E05",
    /// No receiving party has the role.
    NoSuchRole = "E06",
    /// It names a category or field set that there is not.
    UnknownCategory = "E07",
    /// It shares `*`.
    SharesEverything = "E08",
    /// A clause shares what a promise says is never shared.
    BreaksPromise = "E09",
    /// A clause can never let anything through: the law withholds all of it.
    DeadClause = "E10",
    /// A clause names no legal basis for its reader.
    NoBasis = "E12",
    /// A clause gives police health data without a consent or condition.
    HealthToPolice = "E14",
    /// The version number does not match what has changed.
    WrongVersion = "E15",
    /// A key that the language does not have.
    UnknownKey = "E16",
    /// Something needed is missing or empty.
    Missing = "E17",
    /// A value of the wrong kind.
    WrongKind = "E18",
    /// A test inside does not come out as it says.
    TestFails = "E19",
    /// Two active files have the same agreement id.
    SameAgreement = "E20",
    /// It contradicts itself otherwise.
    Contradiction = "E21",
    /// It runs for more than three years, or has neither an end nor a review date.
    LongTerm = "W01",
    /// A clause without a test inside.
    Untested = "W03",
    /// It expires within 60 days.
    ExpiresSoon = "W04",
    /// A field set that nothing uses.
    UnusedFieldSet = "W05",
    /// The review date has passed.
    ReviewDue = "W06",
    /// A clause that adds nothing to another.
    Contained = "W07",
    /// The law always withholds a category that a clause shares.
    AlwaysWithheld = "W08",
    /// The law lets a category go only on a consent that the clause does not speak of.
    ConsentUnsaid = "W09",
    /// An instrument without its terms: it counts for nothing.
    EmptyInstrument = "W10",
    /// The parties lack the instrument that the law asks for.
    NoInstrument = "W11",
    /// It is called active and its time is over or has not come.
    OutOfTime = "W12",
    /// A promise of another agreement of the same parties closes what a clause shares.
    ClosedElsewhere = "W13",
    /// Another agreement of the same parties shares the same.
    Overlaps = "W14",
    /// A party, role or instrument that no clause makes anything of.
    Idle = "W15",
}

/// Whether a finding stops an agreement from being used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It does.
    Error,
    /// It asks for a second look.
    Warning,
}

impl Code {
    /// Whether it stops an agreement from being used.
    #[must_use]
    pub fn severity(self) -> Severity {
        if self.as_str().starts_with('E') {
            Severity::Error
        } else {
            Severity::Warning
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
