//! Places for connections, shared out so that nobody can take them all: peers without a client certificate have a
//! quarter of them, one agency has half.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use gateway_types::AgencyId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The places of one listener.
#[derive(Debug)]
pub(crate) struct Places {
    all: Arc<Semaphore>,
    unnamed: Arc<Semaphore>,
    for_each_agency: usize,
    /// Grows with the certificates that the agencies' CA has issued, not with what peers make up.
    agencies: Mutex<HashMap<AgencyId, Arc<Semaphore>>>,
}

/// A place taken; free again when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _of_all: OwnedSemaphorePermit,
    _of_share: OwnedSemaphorePermit,
}

impl Places {
    pub(crate) fn new(connections: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(connections)),
            unnamed: Arc::new(Semaphore::new((connections / 4).max(1))),
            for_each_agency: (connections / 2).max(1),
            agencies: Mutex::default(),
        }
    }

    /// A place for a peer of this agency, or for one that has not shown to be of any, if there is one.
    pub(crate) fn take(&self, agency: Option<&AgencyId>) -> Option<Place> {
        let share = match agency {
            None => Arc::clone(&self.unnamed),
            Some(agency) => {
                let mut agencies = self.agencies.lock().unwrap_or_else(PoisonError::into_inner);
                let share = agencies
                    .entry(agency.clone())
                    .or_insert_with(|| Arc::new(Semaphore::new(self.for_each_agency)));
                Arc::clone(share)
            }
        };
        Some(Place {
            _of_share: share.try_acquire_owned().ok()?,
            _of_all: Arc::clone(&self.all).try_acquire_owned().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agency(id: &str) -> AgencyId {
        AgencyId::new(id).unwrap()
    }

    #[test]
    fn nobody_can_take_the_places_of_the_others() {
        let places = Places::new(8);
        let take_all =
            |agency: Option<&AgencyId>| -> Vec<_> { std::iter::from_fn(|| places.take(agency)).collect() };
        let unnamed = take_all(None);
        assert_eq!(unnamed.len(), 2);
        let first = take_all(Some(&agency("first")));
        assert_eq!(first.len(), 4);
        let second = take_all(Some(&agency("second")));
        assert_eq!(second.len(), 2, "what is left of eight");
        drop(unnamed);
        assert!(places.take(Some(&agency("first"))).is_none());
        assert!(places.take(Some(&agency("second"))).is_some());
    }
}
