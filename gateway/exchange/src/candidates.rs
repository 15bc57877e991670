//! Everything that is known about the person asked about, before anything is decided: candidates, not yet permitted.
//!
//! Gathering is open only to a request that has passed the gates: it takes the [`policies::Admitted`] token. For an
//! unknown person it does the same look-ups on nobody, so that not being known costs as much as being known.

use consent::restriction::Restriction;
use gateway_crypto::Secret;
use gateway_linkage::Particulars;
use gateway_store::{StoreError, StoredConsent, StoredElement, Treating};
use gateway_types::registry::Programme;
use gateway_types::vocabulary::{Category, ClientMatch, Regime};
use gateway_types::{AgencyId, ClientId, Date, StaffId, Timestamp, WordSet};
use policies::Admitted;
use policies::facts::Handle;

use crate::directory::Directory;
use crate::gateway::Gateway;
use crate::intake::{MOST_CANDIDATES, blocking, match_one};
use crate::question::{About, Question};
use crate::requester::Requester;

/// The age given to a client whose birth date nobody knows, or sources disagree about: the rules then treat them as a
/// minor, which is the more protective.
const UNKNOWN_AGE: u8 = 0;

/// One element that might be released, with the regimes that bind it.
#[derive(Debug)]
pub(crate) struct Candidate {
    /// How facts and permit name it.
    pub(crate) handle: Handle,
    /// Its category; what could not be labelled never becomes a candidate.
    pub(crate) category: Category,
    /// The regimes that bind it: those of its programme's registration and those the data itself proved.
    pub(crate) regimes: WordSet<Regime>,
    /// The element.
    pub(crate) element: StoredElement,
}

impl Candidate {
    /// An element as the registry now knows its programme: one that was registered only after the element came counts from
    /// then on, and goes on counting when that registration is taken back. `None` if it could not be labelled, or was since
    /// it came a victim service's (catalogue HP-4).
    pub(crate) fn of(mut element: StoredElement, directory: &Directory) -> Option<Self> {
        let source = directory.agency(&element.source);
        let once = match &element.programme {
            Some(id) => directory.once_bound(&element.source, element.received_at, |source| {
                source.programme(id)
            }),
            None => directory.once_bound(&element.source, element.received_at, |source| {
                source.programme_of(element.source_programme.as_deref())
            }),
        };
        let programme = match &element.programme {
            Some(id) => source.and_then(|source| source.programme(id)),
            None => {
                let named = element.source_programme.as_deref();
                let programme = source.and_then(|source| source.programme_of(named));
                if programme.is_some_and(Programme::is_victim_service) || once.contains(Regime::Vsp) {
                    return None;
                }
                element.programme = programme.map(|programme| programme.id.clone());
                programme
            }
        };
        Some(Self {
            handle: Handle::from(element.id),
            category: element.category?,
            regimes: regimes_of(&element, programme, once),
            element,
        })
    }
}

/// What was found about the person asked about. Holds personal data that nobody has been permitted to see.
pub(crate) struct Candidates {
    client: Option<ClientId>,
    found: ClientMatch,
    age: u8,
    elements: Vec<Candidate>,
    consents: Vec<StoredConsent>,
    restrictions: Vec<Restriction>,
    treating: Vec<Treating>,
    client_key: Secret,
    damaged: bool,
}

/// Faults of our own data, met after somebody was looked up.
#[derive(Default)]
struct Faults {
    any: bool,
}

impl Faults {
    /// What was found; nothing, if it could not be opened. A store that does not answer stays an error.
    fn or_nothing<T>(&mut self, found: Result<Vec<T>, StoreError>) -> Result<Vec<T>, StoreError> {
        match found {
            Err(error @ StoreError::Inconsistent { .. }) => {
                crate::gateway::log_store_error(&error);
                self.any = true;
                Ok(Vec::new())
            }
            other => other,
        }
    }
}

impl Candidates {
    /// Finds the person and everything of the wanted categories about them.
    ///
    /// # Errors
    /// [`StoreError`]: nothing can then be decided, so nothing is released.
    pub(crate) async fn gather(
        gateway: &Gateway,
        _admitted: &Admitted<'_>,
        by: &Requester,
        question: &Question,
        directory: &Directory,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let store = gateway.records();
        let client = gateway.find_client(by.agency_id(), &question.about).await?;
        let mut faults = Faults::default();
        let elements = faults.or_nothing(store.elements(client).await)?;
        let consents = faults.or_nothing(store.consents(client).await)?;
        // A restriction that cannot be opened withholds everything, like anything else that cannot.
        let restrictions = faults.or_nothing(store.restrictions(client).await)?;
        let treating = faults.or_nothing(store.treating(client).await)?;
        let births: Vec<Date> = faults
            .or_nothing(store.birth_dates(client).await)?
            .iter()
            .map(|date| *date.reveal())
            .collect();
        // What cannot be opened is withheld, all of it, and the entry says so: an error here would tell the asker that
        // there is somebody.
        let (client, client_key) = match store.client_key(client).await {
            Ok(key) => (client, key),
            Err(StoreError::Inconsistent { .. } | StoreError::Missing { .. }) => {
                faults.any = true;
                (None, store.client_key(None).await?)
            }
            Err(error) => return Err(error),
        };
        let elements = if faults.any { Vec::new() } else { elements };
        let elements = elements
            .into_iter()
            .filter(|element| {
                element
                    .category
                    .is_some_and(|category| question.categories.contains(category))
            })
            .filter_map(|element| Candidate::of(element, directory))
            .collect();
        Ok(Self {
            client,
            found: if client.is_some() {
                ClientMatch::Unique
            } else {
                ClientMatch::None
            },
            age: age_of(&births, now.date()),
            elements,
            consents,
            restrictions,
            treating,
            client_key,
            damaged: faults.any,
        })
    }

    /// What `holder` itself put on file about one of its own clients, to show it what a consent would share. Other
    /// agencies' records, forms, birth dates and statements of who treats the client are left out: whether there are
    /// any is not the holder's to know.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn of_holder(
        gateway: &Gateway,
        holder: &AgencyId,
        client: ClientId,
        directory: &Directory,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let store = gateway.records();
        let births: Vec<Date> = store
            .birth_dates_from(client, holder)
            .await?
            .iter()
            .map(|date| *date.reveal())
            .collect();
        let elements = store.elements(Some(client)).await?.into_iter();
        let elements = elements
            .filter(|element| element.source == *holder)
            .filter_map(|element| Candidate::of(element, directory))
            .collect();
        Ok(Self {
            client: Some(client),
            found: ClientMatch::Unique,
            age: age_of(&births, now.date()),
            elements,
            consents: store
                .consents(Some(client))
                .await?
                .into_iter()
                .filter(|stored| stored.consent.holder() == holder)
                .collect(),
            treating: store
                .treating(Some(client))
                .await?
                .into_iter()
                .filter(|treating| treating.agency == *holder)
                .collect(),
            restrictions: store
                .restrictions(Some(client))
                .await?
                .into_iter()
                .filter(|restriction| restriction.agency() == holder)
                .collect(),
            client_key: store.client_key(Some(client)).await?,
            damaged: false,
        })
    }

    /// Whether anybody of `agency` treats the client at `now`.
    pub(crate) fn is_treated_at(&self, agency: &AgencyId, now: Timestamp) -> bool {
        let staff = self.treating.iter().filter(|treating| treating.agency == *agency);
        staff
            .into_iter()
            .any(|treating| self.is_treated_by(agency, &treating.staff, now))
    }

    /// Whether something on file could not be opened, so that everything is withheld.
    pub(crate) const fn damaged(&self) -> bool {
        self.damaged
    }

    /// The client, for the audit entry.
    pub(crate) const fn client(&self) -> Option<ClientId> {
        self.client
    }

    /// How the look-up ended.
    pub(crate) const fn found(&self) -> ClientMatch {
        self.found
    }

    /// The client's age in whole years.
    pub(crate) const fn age(&self) -> u8 {
        self.age
    }

    /// The elements that might be released.
    pub(crate) fn elements(&self) -> &[Candidate] {
        &self.elements
    }

    /// The elements, given up for redaction.
    pub(crate) fn into_elements(self) -> (Vec<Candidate>, Secret) {
        (self.elements, self.client_key)
    }

    /// Consents on file.
    pub(crate) fn consents(&self) -> &[StoredConsent] {
        &self.consents
    }

    /// Restrictions that the client asked for.
    pub(crate) fn restrictions(&self) -> &[Restriction] {
        &self.restrictions
    }

    /// Whether `staff` of `agency` treats the client at `now`, by a statement on file.
    pub(crate) fn is_treated_by(&self, agency: &AgencyId, staff: &StaffId, now: Timestamp) -> bool {
        let today = now.date();
        self.treating.iter().any(|treating| {
            treating.agency == *agency
                && treating.staff == *staff
                && treating.since.is_none_or(|first| first <= today)
                && treating.until.is_none_or(|last| today <= last)
        })
    }
}

impl std::fmt::Debug for Candidates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[candidates]")
    }
}

/// The regimes that bind an element. Unknown provenance, or a source that is no longer registered, is bound by Part 2
/// (`UNKNOWN`), whatever the content.
fn regimes_of(
    element: &StoredElement,
    programme: Option<&Programme>,
    once: WordSet<Regime>,
) -> WordSet<Regime> {
    let registered = programme.map_or(WordSet::EMPTY.with(Regime::Unknown), |programme| {
        programme.regimes
    });
    let mut regimes = registered.union(element.regimes).union(once);
    if regimes.len() > 1 {
        regimes.remove(Regime::None);
    }
    regimes
}

/// The age on `today`, if every source that gives a birth date agrees; the age of a minor otherwise.
fn age_of(births: &[Date], today: Date) -> u8 {
    let ages: Vec<i16> = births.iter().map(|birth| birth.years_until(today)).collect();
    match (ages.iter().min(), ages.iter().max()) {
        // Sources may differ by a digit; what counts is on which side of majority they put the client.
        (Some(youngest), Some(_)) => u8::try_from(*youngest).unwrap_or(UNKNOWN_AGE),
        _ => UNKNOWN_AGE,
    }
}

impl Gateway {
    /// The one client who is meant, if exactly one is.
    pub(crate) async fn find_client(
        &self,
        asker: &AgencyId,
        about: &About,
    ) -> Result<Option<ClientId>, StoreError> {
        match about {
            About::OwnKey(key) => {
                let found = self
                    .records()
                    .clients_of_source(asker, std::slice::from_ref(key))
                    .await?;
                Ok(found.into_iter().next().flatten())
            }
            About::Identity(identity) => {
                let question = Particulars::of(identity);
                let found = self
                    .records()
                    .candidates(&[blocking(&question)], MOST_CANDIDATES)
                    .await?;
                let candidates = found
                    .iter()
                    .flatten()
                    .map(|found| (found.client, &found.identity));
                Ok(match_one(&question, candidates, &self.thresholds()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_or_doubtful_age_is_that_of_the_younger() {
        let today = Date::new(2026, 11, 22).unwrap();
        assert_eq!(age_of(&[], today), UNKNOWN_AGE);
        let (adult, minor) = (Date::new(1980, 1, 1).unwrap(), Date::new(2010, 1, 1).unwrap());
        assert_eq!(age_of(&[adult, minor], today), 16);
    }
}
