//! The terms of a consent: what stands on the form. 42 CFR 2.31(a)(2)-(7), 45 CFR 164.508(c)(1).
//!
//! An empty list names nothing and covers nothing; it never means "all".

use std::collections::BTreeSet;
use std::fmt;

use gateway_types::vocabulary::{
    Category, ConsentKind, ExpiryEvent, PurposeOfUse, RecipientClass, Statement,
};
use gateway_types::{AgencyId, Pii, StaffId, Timestamp, WordSet};
use serde::{Deserialize, Serialize};

/// What stands on the form. Fixed when it is signed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// What kind of consent it is.
    pub kind: ConsentKind,
    /// Other kinds on the same form.
    #[serde(default)]
    pub combined_with: WordSet<ConsentKind>,
    /// Who may disclose.
    #[serde(default)]
    pub discloser: Discloser,
    /// To whom.
    #[serde(default)]
    pub recipients: Recipients,
    /// For which purposes.
    #[serde(default)]
    pub purposes: WordSet<PurposeOfUse>,
    /// Which information.
    #[serde(default)]
    pub categories: CategoryScope,
    /// Until when.
    #[serde(default)]
    pub expiry: Expiry,
    /// The statements on it.
    #[serde(default)]
    pub statements: WordSet<Statement>,
    /// It forbids investigative use.
    #[serde(default)]
    pub no_investigative_use: bool,
    /// It names the operator of the gateway (needed where the gateway is an intermediary, 2.31(a)(4)(ii)).
    #[serde(default)]
    pub names_gateway: bool,
    /// The case or proceeding it is for (2.31(d)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proceeding: Option<Pii<String>>,
    /// The kind of youth project whose records it opens (45 CFR 1351.21).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub youth_project: Option<YouthProject>,
}

/// A project for runaway and homeless youth. Its records are opened by a `named` consent or an HMIS release that meets
/// 45 CFR 1351.21 too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum YouthProject {
    /// Basic Center: the youth and a parent or guardian consent.
    BasicCenter,
    /// Transitional Living: the youth consents.
    TransitionalLiving,
}

impl Terms {
    /// Terms of `kind` that name nothing yet.
    #[must_use]
    pub fn of(kind: ConsentKind) -> Self {
        Self {
            kind,
            combined_with: WordSet::EMPTY,
            discloser: Discloser::default(),
            recipients: Recipients::default(),
            purposes: WordSet::EMPTY,
            categories: CategoryScope::default(),
            expiry: Expiry::default(),
            statements: WordSet::EMPTY,
            no_investigative_use: false,
            names_gateway: false,
            proceeding: None,
            youth_project: None,
        }
    }

    /// Whether `agency` may receive under it what others disclose. Its word alone must never open their records, so it
    /// neither records such a form nor keeps one alive. One that alone discloses gains nothing.
    #[must_use]
    pub fn benefits(&self, agency: &AgencyId) -> bool {
        let alone = self.discloser.classes.is_empty()
            && self.discloser.agencies.len() == 1
            && self.discloser.agencies.contains(agency);
        self.recipients.may_include(agency) && !alone
    }
}

impl fmt::Debug for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[terms of a consent]")
    }
}

/// Who may disclose: agencies by name, or classes of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Discloser {
    /// Agencies named.
    pub agencies: BTreeSet<AgencyId>,
    /// Classes named.
    pub classes: WordSet<RecipientClass>,
}

impl Discloser {
    /// Whether anybody in particular is named. `anyone` names nobody.
    #[must_use]
    pub fn names_somebody(&self) -> bool {
        !self.agencies.is_empty() || names_a_class(self.classes)
    }
}

/// To whom: agencies by name, classes of them, or single persons.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recipients {
    /// Agencies named. If persons of an agency are named too, only those persons are meant there.
    pub agencies: BTreeSet<AgencyId>,
    /// Classes named.
    pub classes: WordSet<RecipientClass>,
    /// Single persons named.
    pub persons: BTreeSet<NamedPerson>,
}

impl Recipients {
    /// Whether anybody in particular is named. `anyone` names nobody.
    #[must_use]
    pub fn names_somebody(&self) -> bool {
        !self.agencies.is_empty() || !self.persons.is_empty() || names_a_class(self.classes)
    }

    /// Whether `agency` may be among the recipients: by name, through a person, or as a member of a class.
    #[must_use]
    pub fn may_include(&self, agency: &AgencyId) -> bool {
        self.agencies.contains(agency)
            || self.persons.iter().any(|person| person.agency == *agency)
            || !self.classes.is_empty()
    }
}

fn names_a_class(classes: WordSet<RecipientClass>) -> bool {
    !classes
        .difference(WordSet::EMPTY.with(RecipientClass::Anyone))
        .is_empty()
}

/// A person named on a form. A staff handle means something only within its agency, so both are kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedPerson {
    /// The agency the person works for.
    pub agency: AgencyId,
    /// The person, by the agency's handle.
    pub staff: StaffId,
}

/// Which information the form describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CategoryScope {
    /// "All my records": needs a human review before anything goes out, and never means separated notes.
    All,
    /// These categories and no other.
    Only(WordSet<Category>),
}

impl CategoryScope {
    /// Whether nothing is described.
    #[must_use]
    pub fn is_empty(self) -> bool {
        matches!(self, Self::Only(categories) if categories.is_empty())
    }

    /// Whether `category` is described.
    #[must_use]
    pub fn contains(self, category: Category) -> bool {
        match self {
            Self::All => !matches!(
                category,
                Category::SudCounselingNotes | Category::PsychotherapyNotes
            ),
            Self::Only(categories) => categories.contains(category),
        }
    }
}

impl Default for CategoryScope {
    fn default() -> Self {
        Self::Only(WordSet::EMPTY)
    }
}

/// Until when the form says that it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expiry {
    /// Until this moment, which is no longer in force.
    At(Timestamp),
    /// Until this event.
    Event(ExpiryEvent),
    /// "None": good on a TPO and a research consent only.
    None,
    /// The form says nothing, which makes it defective.
    #[default]
    Unstated,
}

/// Whether the event that ends a consent has happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventState {
    /// The source says: not yet.
    NotOccurred,
    /// The source says: it has.
    Occurred,
    /// Nobody has said: withholds.
    #[default]
    Unknown,
}

/// The last word of the source on the event that ends a consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventReport {
    /// What it says.
    pub state: EventState,
    /// When it said so.
    pub as_of: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anyone_names_nobody() {
        let anyone = WordSet::EMPTY.with(RecipientClass::Anyone);
        assert!(
            !Recipients {
                classes: anyone,
                ..Recipients::default()
            }
            .names_somebody()
        );
        assert!(
            !Discloser {
                classes: anyone,
                ..Discloser::default()
            }
            .names_somebody()
        );
        let mixed = anyone.with(RecipientClass::TreatingProviders);
        assert!(
            Discloser {
                classes: mixed,
                ..Discloser::default()
            }
            .names_somebody()
        );
    }

    #[test]
    fn all_records_never_means_separated_notes() {
        assert!(CategoryScope::All.contains(Category::SudTreatment));
        assert!(!CategoryScope::All.contains(Category::SudCounselingNotes));
        assert!(!CategoryScope::All.contains(Category::PsychotherapyNotes));
        assert!(CategoryScope::default().is_empty());
    }

    #[test]
    fn debug_shows_no_terms() {
        assert_eq!(
            format!("{:?}", Terms::of(ConsentKind::Tpo)),
            "[terms of a consent]"
        );
    }
}
