//! What a client asked an agency to keep back: 45 CFR 164.522(a), 42 CFR 2.26.
//!
//! An agency may say yes or no, but for one wish: that a health plan not hear of what the client paid for in full, which
//! it must heed (164.522(a)(1)(vi), 2.26(a)(6)). That one therefore holds from the moment it was asked, until the agency
//! finds that it was not paid in full. Once agreed, the client may end a restriction, in writing or by a documented word;
//! the agency may end only one that it was free to refuse, after telling the client, and only for what comes to it later
//! (164.522(a)(2), 2.26(b)).

mod steps;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;

use gateway_types::vocabulary::{Category, RestrictionType};
use gateway_types::{AgencyId, ClientId, Date, RestrictionId, Timestamp, WordSet};
use serde::{Deserialize, Serialize};

pub use self::steps::{RestrictionStep, StepBarred};
use crate::consent::{Act, Format, Version};
use crate::terms::CategoryScope;

/// What one client asked one agency to keep back, and what became of it. Client, agency and wish never change.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restriction {
    format: Format,
    id: RestrictionId,
    client: ClientId,
    agency: AgencyId,
    version: Version,
    wish: Wish,
    asked: Act,
    state: State,
}

/// What the client asked for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Wish {
    /// That this not be disclosed; the agency need not agree.
    Withhold {
        /// Which information.
        categories: CategoryScope,
        /// From whom.
        from: KeptFrom,
    },
    /// That health plans not hear, for payment or operations, of services that the client paid for in full.
    SelfPaid {
        /// Which information about them.
        categories: CategoryScope,
        /// The first day on which they were given.
        first_day: Date,
        /// The last day.
        last_day: Date,
    },
}

/// From whom something is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptFrom {
    /// From everybody outside the agency.
    Everybody,
    /// From these.
    Only(BTreeSet<AgencyId>),
}

/// How a client let a restriction go (164.522(a)(2)(i)-(ii)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetGo {
    /// They asked or agreed in writing.
    InWriting,
    /// They agreed by word of mouth, and that is documented.
    OrallyDocumented,
}

/// Why an agency did not agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotAgreed {
    /// It need not, and does not.
    FreeToRefuse,
    /// The services were not paid for in full by the client.
    NotPaidInFull,
}

/// Why a restriction should never have been taken down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mistake {
    /// Another client asked.
    WrongClient,
    /// The client asked for something else.
    WrongWish,
    /// It was taken down already.
    Duplicate,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum State {
    Asked,
    Refused {
        why: NotAgreed,
        refused: Act,
    },
    Agreed {
        from: Timestamp,
        agreed: Act,
    },
    EndedByClient {
        how: LetGo,
        ended: Act,
    },
    /// Holds on for what the agency had when it told the client.
    EndedByAgency {
        since: Timestamp,
        informed: Timestamp,
        ended: Act,
    },
    /// What it was is kept.
    EnteredInError {
        was: Box<State>,
        why: Mistake,
        recorded: Act,
    },
}

/// Where a restriction stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The agency has not answered.
    Requested,
    /// Agreed, from a later moment on.
    Agreed,
    /// It binds.
    InForce,
    /// The agency said no.
    Refused,
    /// The client ended it.
    EndedByClient,
    /// The agency ended it; it binds still for earlier records.
    EndedByAgency,
    /// It should never have been taken down.
    EnteredInError,
}

impl Standing {
    /// The standing as a word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Agreed => "agreed",
            Self::InForce => "in_force",
            Self::Refused => "refused",
            Self::EndedByClient => "ended_by_client",
            Self::EndedByAgency => "ended_by_agency",
            Self::EnteredInError => "entered_in_error",
        }
    }
}

/// What a decision has to know about a restriction that binds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Whether the agency agreed or must.
    pub kind: RestrictionType,
    /// The agency whose records it binds.
    pub agency: AgencyId,
    /// Which information.
    pub categories: WordSet<Category>,
    /// From whom; `None`: everybody.
    pub kept_from: Option<BTreeSet<AgencyId>>,
    /// The days of the services paid for.
    services: Option<(Date, Date)>,
    /// When the client was told that it binds no longer for what comes later.
    informed: Option<Timestamp>,
}

impl Binding {
    /// When the client was told that it binds no longer for what comes later.
    #[must_use]
    pub const fn until(&self) -> Option<Timestamp> {
        self.informed
    }

    /// Whether it binds a record of its agency that is about the day `as_of` and reached the gateway at `received`. What
    /// is not surely later than the word to the client counts as earlier.
    #[must_use]
    pub fn binds(&self, as_of: Option<Date>, received: Timestamp) -> bool {
        self.informed.is_none_or(|informed| {
            let later = received > informed && as_of.is_some_and(|day| day > informed.date());
            !later
        })
    }

    /// Whether a record about the day `as_of` is about a service that was paid for in full. One without a day is.
    #[must_use]
    pub fn is_about_paid(&self, category: Category, as_of: Option<Date>) -> bool {
        self.services.is_some_and(|(first, last)| {
            self.categories.contains(category) && as_of.is_none_or(|day| first <= day && day <= last)
        })
    }
}

impl Restriction {
    /// Its id.
    #[must_use]
    pub const fn id(&self) -> RestrictionId {
        self.id
    }

    /// The client who asked.
    #[must_use]
    pub const fn client(&self) -> ClientId {
        self.client
    }

    /// The agency that was asked.
    #[must_use]
    pub const fn agency(&self) -> &AgencyId {
        &self.agency
    }

    /// How many times it has been written down.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// What was asked for.
    #[must_use]
    pub const fn wish(&self) -> &Wish {
        &self.wish
    }

    /// When it was asked for.
    #[must_use]
    pub const fn asked_at(&self) -> Timestamp {
        self.asked.at
    }

    /// Where it stands at `now`.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> Standing {
        match (&self.state, &self.wish) {
            (State::Asked, Wish::SelfPaid { .. }) => Standing::InForce,
            (State::Asked, Wish::Withhold { .. }) => Standing::Requested,
            (State::Refused { .. }, _) => Standing::Refused,
            (State::Agreed { from, .. }, Wish::Withhold { .. }) if now < *from => Standing::Agreed,
            (State::Agreed { .. }, _) => Standing::InForce,
            (State::EndedByClient { .. }, _) => Standing::EndedByClient,
            (State::EndedByAgency { .. }, _) => Standing::EndedByAgency,
            (State::EnteredInError { .. }, _) => Standing::EnteredInError,
        }
    }

    /// What it binds at `now`; `None`: nothing.
    #[must_use]
    pub fn binding(&self, now: Timestamp) -> Option<Binding> {
        let informed = match (self.standing(now), &self.state) {
            (Standing::InForce, _) => None,
            // Agreed for later and ended before: it never began.
            (Standing::EndedByAgency, State::EndedByAgency { since, informed, .. }) if since <= informed => {
                Some(*informed)
            }
            _ => return None,
        };
        let (kind, scope, kept_from, services) = match &self.wish {
            Wish::Withhold { categories, from } => {
                let kept_from = match from {
                    KeptFrom::Everybody => None,
                    KeptFrom::Only(agencies) => Some(agencies.clone()),
                };
                (RestrictionType::Agreed, categories, kept_from, None)
            }
            Wish::SelfPaid {
                categories,
                first_day,
                last_day,
            } => (
                RestrictionType::SelfPay,
                categories,
                None,
                Some((*first_day, *last_day)),
            ),
        };
        Some(Binding {
            kind,
            agency: self.agency.clone(),
            categories: match scope {
                CategoryScope::All => WordSet::all(),
                CategoryScope::Only(named) => *named,
            },
            kept_from,
            services,
            informed,
        })
    }
}

impl fmt::Debug for Restriction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[restriction {} version {}]", self.id, self.version)
    }
}

impl fmt::Debug for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[what a client asked for]")
    }
}
