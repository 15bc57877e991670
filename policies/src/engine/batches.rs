//! Elements that differ in category alone, taken together.

use gateway_types::vocabulary::{Category, WordSet};

use super::inquiry::Asking;
use crate::agreements::{InForce, Party};
use crate::facts::{AgencyFacts, ElementFacts, RequestFacts};
use crate::law::Element;

/// Elements with one holder, one source, and the same regimes, labels and particulars.
pub(super) struct Batch<'a> {
    /// The first of them; the others differ from it in category alone.
    first: &'a ElementFacts,
    /// The categories of all of them.
    pub(super) categories: WordSet<Category>,
    /// Holder and source, if the registry knows both.
    pub(super) agencies: Option<(&'a AgencyFacts, &'a AgencyFacts)>,
    /// The first batch with the same holder.
    pub(super) house: usize,
    /// The holder as a party to agreements.
    pub(super) party: Party<'a>,
    /// The source as a party to agreements.
    pub(super) source: Party<'a>,
}

impl<'a> Batch<'a> {
    /// The batches of a record, and of each element the position of its batch.
    pub(super) fn of(
        elements: &'a [ElementFacts],
        request: &'a RequestFacts,
        agreements: &InForce<'_>,
        asking: Asking,
    ) -> (Vec<Self>, Vec<usize>) {
        let mut batches: Vec<Self> = Vec::new();
        let mut places = Vec::with_capacity(elements.len());
        for element in elements {
            let known = match asking {
                Asking::OnceForAllAlike => batches.iter().position(|batch| batch.takes(element)),
                Asking::EachAlone => None,
            };
            let place = known.unwrap_or(batches.len());
            match batches.get_mut(place) {
                Some(batch) => batch.categories.insert(element.category),
                None => {
                    let house = batches
                        .iter()
                        .position(|batch| batch.first.holder() == element.holder())
                        .unwrap_or(place);
                    let batch = Self::alone(element, place, batches.get(house), request, agreements);
                    batches.push(batch);
                }
            }
            places.push(place);
        }
        (batches, places)
    }

    /// A batch of one element; `house`: the first batch with the same holder, if there is one.
    fn alone(
        element: &'a ElementFacts,
        place: usize,
        house: Option<&Self>,
        request: &'a RequestFacts,
        agreements: &InForce<'_>,
    ) -> Self {
        let holder = match house {
            Some(Self {
                agencies: Some((holder, _)),
                ..
            }) => Some(*holder),
            _ => request.agencies.get(element.holder()),
        };
        let own = element.source == *element.holder();
        let party = house.map_or_else(|| agreements.party(element.holder()), |house| house.party);
        let source = if own {
            holder
        } else {
            request.agencies.get(&element.source)
        };
        Self {
            first: element,
            categories: WordSet::EMPTY.with(element.category),
            agencies: holder.zip(source),
            house: house.map_or(place, |house| house.house),
            party,
            source: if own {
                party
            } else {
                agreements.party(&element.source)
            },
        }
    }

    /// Every fact of an element but its handle and its category.
    fn takes(&self, element: &ElementFacts) -> bool {
        let ElementFacts {
            id: _,
            category: _,
            source,
            holder,
            regimes,
            sensitivity,
            facts,
        } = element;
        self.first.regimes == *regimes
            && self.first.sensitivity == *sensitivity
            && self.first.facts == *facts
            && self.first.source == *source
            && self.first.holder == *holder
    }

    /// What they have in common, as the rules see it.
    pub(super) fn element(&self) -> Element<'a> {
        Element::of(self.first)
    }
}
