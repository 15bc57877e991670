//! Places for connections, shared out so that nobody can take them all: peers without a client certificate have a
//! quarter of them, one agency has half.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use gateway_types::AgencyId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Peer;

/// The places of one listener.
#[derive(Debug)]
pub(super) struct Places {
    all: Arc<Semaphore>,
    unnamed: Arc<Semaphore>,
    for_each_agency: usize,
    /// Grows with the certificates that the agencies' CA has issued, not with what peers make up.
    agencies: Mutex<HashMap<AgencyId, Arc<Semaphore>>>,
}

/// A place taken; free again when dropped.
#[derive(Debug)]
pub(super) struct Place {
    _of_all: OwnedSemaphorePermit,
    _of_share: OwnedSemaphorePermit,
}

impl Places {
    pub(super) fn new(connections: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(connections)),
            unnamed: Arc::new(Semaphore::new((connections / 4).max(1))),
            for_each_agency: (connections / 2).max(1),
            agencies: Mutex::default(),
        }
    }

    /// A place for this peer, if there is one.
    pub(super) fn take(&self, peer: &Peer) -> Option<Place> {
        let share = match &peer.certificate {
            None => Arc::clone(&self.unnamed),
            Some(certificate) => {
                let mut agencies = self.agencies.lock().unwrap_or_else(PoisonError::into_inner);
                let share = agencies
                    .entry(certificate.agency.clone())
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
    use gateway_crypto::certificates::PeerCertificate;

    fn agency(id: &str) -> Peer {
        Peer {
            certificate: Some(Arc::new(PeerCertificate {
                agency: AgencyId::new(id).unwrap(),
                thumbprint: gateway_crypto::certificates::Thumbprint::of(id.as_bytes()),
            })),
        }
    }

    #[test]
    fn nobody_can_take_the_places_of_the_others() {
        let places = Places::new(8);
        let take_all = |peer: &Peer| -> Vec<_> { std::iter::from_fn(|| places.take(peer)).collect() };
        let unnamed = take_all(&Peer::default());
        assert_eq!(unnamed.len(), 2);
        let first = take_all(&agency("first"));
        assert_eq!(first.len(), 4);
        let second = take_all(&agency("second"));
        assert_eq!(second.len(), 2, "what is left of eight");
        drop(unnamed);
        assert!(places.take(&agency("first")).is_none());
        assert!(places.take(&agency("second")).is_some());
    }
}
