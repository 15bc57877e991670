//! Whether the terms of a consent cover one disclosure. Empty means nothing; of two readings, the narrower.

use gateway_types::vocabulary::{Category, ConsentKind, PurposeOfUse, RecipientClass};
use gateway_types::{AgencyId, StaffId, WordSet};

use crate::terms::Terms;

/// An agency as discloser or recipient, with the classes that the registry puts it in.
#[derive(Clone, Copy, Debug)]
pub struct Party<'a> {
    /// The agency.
    pub agency: &'a AgencyId,
    /// The classes it belongs to. "My treating providers" includes it only while it treats this client.
    pub classes: WordSet<RecipientClass>,
}

/// One disclosure: one category, from one discloser, to one recipient, for one purpose.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// Who would disclose.
    pub discloser: Party<'a>,
    /// To whom.
    pub recipient: Party<'a>,
    /// The person there who would see it; `None`: nobody in particular.
    pub person: Option<&'a StaffId>,
    /// What for.
    pub purpose: PurposeOfUse,
    /// Which information.
    pub category: Category,
}

impl Terms {
    /// Whether these terms, were they in force, cover `ask`.
    #[must_use]
    pub fn cover(&self, ask: &Ask<'_>) -> bool {
        self.names_discloser(ask.discloser)
            && self.names_recipient(ask.recipient, ask.person)
            && self.lists_purpose(ask.purpose)
            && self.categories.contains(ask.category)
    }

    pub(crate) fn names_discloser(&self, party: Party<'_>) -> bool {
        self.discloser.agencies.contains(party.agency) || shares_class(self.discloser.classes, party.classes)
    }

    pub(crate) fn names_recipient(&self, party: Party<'_>, person: Option<&StaffId>) -> bool {
        if shares_class(self.recipients.classes, party.classes) {
            return true;
        }
        // Where the form names persons of an agency, it means them and not the whole agency (2.35(a)).
        let mut persons = self
            .recipients
            .persons
            .iter()
            .filter(|named| named.agency == *party.agency)
            .peekable();
        match (persons.peek().is_some(), person) {
            (true, Some(person)) => persons.any(|named| named.staff == *person),
            (true, None) => false,
            (false, _) => {
                self.kind != ConsentKind::CriminalJustice && self.recipients.agencies.contains(party.agency)
            }
        }
    }

    /// Whether the purpose is listed. Only `COC` and `HQUALIMP` follow from the purpose above them.
    pub(crate) fn lists_purpose(&self, purpose: PurposeOfUse) -> bool {
        let inherited = match purpose {
            PurposeOfUse::Coc => self.purposes.contains(PurposeOfUse::Treat),
            PurposeOfUse::Hqualimp => self.purposes.contains(PurposeOfUse::Hoperat),
            _ => false,
        };
        self.purposes.contains(purpose) || inherited
    }
}

/// Whether a class that names somebody is in both.
fn shares_class(named: WordSet<RecipientClass>, member_of: WordSet<RecipientClass>) -> bool {
    let mut both = named.intersection(member_of);
    both.remove(RecipientClass::Anyone);
    !both.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::{CategoryScope, NamedPerson};

    fn agency(id: &str) -> AgencyId {
        AgencyId::new(id).unwrap()
    }

    fn terms() -> Terms {
        let mut terms = Terms::of(ConsentKind::Named);
        terms.discloser.agencies.insert(agency("cedar"));
        terms.recipients.agencies.insert(agency("harbor"));
        terms.purposes.insert(PurposeOfUse::Treat);
        terms.categories = CategoryScope::Only(WordSet::EMPTY.with(Category::Medications));
        terms
    }

    fn covers(terms: &Terms, from: &str, to: &str, person: Option<&str>, purpose: PurposeOfUse) -> bool {
        let (from, to) = (agency(from), agency(to));
        let person = person.map(|id| StaffId::new(id).unwrap());
        terms.cover(&Ask {
            discloser: Party {
                agency: &from,
                classes: WordSet::EMPTY,
            },
            recipient: Party {
                agency: &to,
                classes: WordSet::EMPTY.with(RecipientClass::Anyone),
            },
            person: person.as_ref(),
            purpose,
            category: Category::Medications,
        })
    }

    #[test]
    fn each_dimension_has_to_fit() {
        use PurposeOfUse::{Coc, Etreat, Treat};
        assert!(covers(&terms(), "cedar", "harbor", None, Treat));
        assert!(
            covers(&terms(), "cedar", "harbor", None, Coc),
            "COC follows from TREAT"
        );
        assert!(
            !covers(&terms(), "cedar", "harbor", None, Etreat),
            "ETREAT has to be listed itself"
        );
        assert!(!covers(&terms(), "other", "harbor", None, Treat));
        assert!(!covers(&terms(), "cedar", "police", None, Treat));
    }

    #[test]
    fn anyone_covers_nobody() {
        let mut terms = terms();
        terms.recipients.agencies.clear();
        terms.recipients.classes.insert(RecipientClass::Anyone);
        assert!(!covers(&terms, "cedar", "harbor", None, PurposeOfUse::Treat));
    }

    #[test]
    fn a_person_named_is_meant_and_not_their_agency() {
        let mut terms = terms();
        terms.recipients.persons.insert(NamedPerson {
            agency: agency("harbor"),
            staff: StaffId::new("a-rivera").unwrap(),
        });
        assert!(covers(
            &terms,
            "cedar",
            "harbor",
            Some("a-rivera"),
            PurposeOfUse::Treat
        ));
        assert!(!covers(
            &terms,
            "cedar",
            "harbor",
            Some("b-other"),
            PurposeOfUse::Treat
        ));
        assert!(!covers(&terms, "cedar", "harbor", None, PurposeOfUse::Treat));
        terms.recipients.agencies.clear();
        assert!(!covers(
            &terms,
            "cedar",
            "elsewhere",
            Some("a-rivera"),
            PurposeOfUse::Treat
        ));
    }
}
