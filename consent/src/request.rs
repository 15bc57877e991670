//! A request for a consent: who asks, what for, how long, and the forms that one holder of records could put before the
//! client because of it.
//!
//! 42 CFR 2.13(c)(2): who asks learns nothing from asking. So a request says when it closes and nothing else; that day is
//! fixed when it is made, whoever it is about and whatever is answered.

use std::fmt;

use gateway_types::vocabulary::{Category, ConsentKind, PurposeOfUse, Regime, Role, Word};
use gateway_types::{AgencyId, ClientId, ConsentRequestId, Timestamp, WordSet};
use serde::{Deserialize, Serialize};

use crate::adequacy::tpo_purposes;
use crate::plain_words::{Mentioned, agency_name, category_words, list, purpose_words};
use crate::signing::Recorder;
use crate::terms::{CategoryScope, Expiry, Terms};
use crate::usable::DAY;

/// How many days a request is open.
pub const OPEN_DAYS: i64 = 7;
/// The most days for which a consent may be asked.
pub const MOST_DAYS: u16 = 365;

/// What was asked.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentRequest {
    /// Its id.
    pub id: ConsentRequestId,
    /// The client; `None`: nobody, or more than one, fits. Asked and kept like any other.
    pub client: Option<ClientId>,
    /// Who asks.
    pub by: Recorder,
    /// In what role.
    pub role: Role,
    /// What for.
    pub purpose: PurposeOfUse,
    /// For which information.
    pub categories: WordSet<Category>,
    /// For how many days from the signing on.
    pub days: u16,
    /// When it was asked.
    pub asked_at: Timestamp,
}

impl ConsentRequest {
    /// When it closes: then it is answered no longer, and was perhaps never.
    #[must_use]
    pub const fn closes_at(&self) -> Timestamp {
        self.asked_at.plus_seconds(OPEN_DAYS * DAY)
    }

    /// Whether two ask the same of the same client for the same agency: who asks twice is shown once.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.client == other.client && self.by.agency == other.by.agency && self.purpose == other.purpose
    }

    /// Takes up another like it: all that either asks, for as long as both do.
    pub fn take_up(&mut self, other: &Self) {
        self.categories = self.categories.union(other.categories);
        self.days = self.days.min(other.days);
    }

    /// The forms that `holder` could put before the client now for these of its records, each with the statements that
    /// its kind needs. None where no consent is needed or none would do.
    #[must_use]
    pub fn forms(
        &self,
        holder: &AgencyId,
        records: &[(Category, WordSet<Regime>)],
        now: Timestamp,
    ) -> Vec<Terms> {
        let mut forms = Vec::new();
        for kind in [
            ConsentKind::Named,
            ConsentKind::HmisRoi,
            ConsentKind::Authorization,
        ] {
            let wanted = |(category, regimes): &&(Category, WordSet<Regime>)| {
                self.categories.contains(*category) && form_for(*regimes, self.purpose) == Some(kind)
            };
            let categories: WordSet<Category> = records
                .iter()
                .filter(wanted)
                .map(|(category, _)| *category)
                .collect();
            if categories.is_empty() {
                continue;
            }
            let mut terms = Terms::of(kind);
            terms.discloser.agencies.insert(holder.clone());
            terms.recipients.agencies.insert(self.by.agency.clone());
            terms.purposes.insert(self.purpose);
            terms.categories = CategoryScope::Only(categories);
            terms.expiry = Expiry::At(now.plus_seconds(i64::from(self.days) * DAY));
            terms.no_investigative_use = kind == ConsentKind::HmisRoi;
            forms.extend(terms.right_forms().into_iter().map(|form| form.terms));
        }
        forms
    }

    /// What is asked, in plain words for the client: who asks, about what, why, how long.
    #[must_use]
    pub fn in_plain_words(
        &self,
        categories: WordSet<Category>,
        name_of: impl Fn(Mentioned<'_>) -> Option<String>,
    ) -> String {
        let what: Vec<String> = categories
            .iter()
            .map(|word| category_words(word).to_owned())
            .collect();
        format!(
            "{} ({}) at {} asks whether it may learn about {}. The reason: {}. It would hold for {} days. You may say no. \
             They will not be told what you say.",
            self.by.staff,
            self.role.code().replace('_', " "),
            agency_name(&self.by.agency, &name_of),
            list(&what, "and"),
            purpose_words(self.purpose),
            self.days,
        )
    }
}

/// The kind of form that opens records under these regimes for this purpose, if any is needed and would do.
fn form_for(regimes: WordSet<Regime>, purpose: PurposeOfUse) -> Option<ConsentKind> {
    let any = |of: &[Regime]| of.iter().any(|regime| regimes.contains(*regime));
    if any(&[Regime::Vsp, Regime::Ncicr, Regime::Juv, Regime::Chri, Regime::Cji]) {
        None
    } else if any(&[Regime::P2, Regime::Unknown, Regime::Sudn]) {
        Some(ConsentKind::Named)
    } else if any(&[Regime::Hmis]) {
        Some(ConsentKind::HmisRoi)
    } else if any(&[Regime::Psyn]) || (any(&[Regime::Hipaa]) && !tpo_purposes().contains(purpose)) {
        Some(ConsentKind::Authorization)
    } else {
        None
    }
}

impl fmt::Debug for ConsentRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[request {} for a consent]", self.id)
    }
}
