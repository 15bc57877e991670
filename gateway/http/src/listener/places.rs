//! Places for connections, shared out so that nobody can take them all: of a listener for agencies, peers without a
//! client certificate have a quarter and one agency has half; of one for everybody, one address has a quarter.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use gateway_types::AgencyId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Whose share of the places a connection takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// The agency's of its client certificate; whoever shows none shares a quarter with all such peers.
    ByCertificate,
    /// That of the address it comes from, since nobody here has a certificate.
    ByAddress,
}

/// The places of one listener.
#[derive(Debug)]
pub(crate) struct Places {
    all: Arc<Semaphore>,
    sharing: Sharing,
    /// The share of whoever shows no certificate, or of one address.
    small: usize,
    /// The share of one agency.
    large: usize,
    shares: Mutex<HashMap<Sharer, Weak<Semaphore>>>,
}

/// Who has a share.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Sharer {
    Agency(AgencyId),
    NoCertificate,
    Address(IpAddr),
}

/// A place taken; free again when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _of_all: OwnedSemaphorePermit,
    _of_share: OwnedSemaphorePermit,
}

impl Places {
    pub(crate) fn new(connections: usize, sharing: Sharing) -> Self {
        Self {
            all: Arc::new(Semaphore::new(connections)),
            sharing,
            small: (connections / 4).max(1),
            large: (connections / 2).max(1),
            shares: Mutex::default(),
        }
    }

    /// A place for a peer at this address, of this agency if it has shown to be of one, if there is a place.
    pub(crate) fn take(&self, agency: Option<&AgencyId>, from: IpAddr) -> Option<Place> {
        let (sharer, places) = match (self.sharing, agency) {
            (Sharing::ByCertificate, Some(agency)) => (Sharer::Agency(agency.clone()), self.large),
            (Sharing::ByCertificate, None) => (Sharer::NoCertificate, self.small),
            (Sharing::ByAddress, _) => (Sharer::Address(network(from)), self.small),
        };
        Some(Place {
            _of_share: self.share(sharer, places).try_acquire_owned().ok()?,
            _of_all: Arc::clone(&self.all).try_acquire_owned().ok()?,
        })
    }

    /// The share of somebody who may have places already.
    fn share(&self, sharer: Sharer, places: usize) -> Arc<Semaphore> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.get(&sharer).and_then(Weak::upgrade) {
            return share;
        }
        // Places taken keep their share alive: of the others none is kept, however many addresses a peer makes up.
        shares.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Semaphore::new(places));
        shares.insert(sharer, Arc::downgrade(&share));
        share
    }
}

/// The part of an address that whoever connects cannot choose anew for each connection: all of an IPv4 address, the
/// first half of an IPv6 address (RFC 4291, section 2.5.1).
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agency(id: &str) -> AgencyId {
        AgencyId::new(id).unwrap()
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn nobody_can_take_the_places_of_the_others() {
        let places = Places::new(8, Sharing::ByCertificate);
        let take = |agency: Option<&AgencyId>| places.take(agency, address("192.0.2.1"));
        let take_all =
            |agency: Option<&AgencyId>| -> Vec<_> { std::iter::from_fn(|| take(agency)).collect() };
        let unnamed = take_all(None);
        assert_eq!(unnamed.len(), 2);
        let first = take_all(Some(&agency("first")));
        assert_eq!(first.len(), 4);
        let second = take_all(Some(&agency("second")));
        assert_eq!(second.len(), 2, "what is left of eight");
        drop(unnamed);
        assert!(take(Some(&agency("first"))).is_none());
        assert!(take(Some(&agency("second"))).is_some());
    }

    #[test]
    fn where_nobody_has_a_certificate_one_address_has_a_quarter_and_all_of_them_everything() {
        let places = Places::new(8, Sharing::ByAddress);
        let take_all =
            |from: &str| -> Vec<_> { std::iter::from_fn(|| places.take(None, address(from))).collect() };
        let first = take_all("192.0.2.1");
        assert_eq!(first.len(), 2);
        assert!(
            take_all("::ffff:192.0.2.1").is_empty(),
            "the same address, written otherwise"
        );
        let second = take_all("2001:db8:1:2::a");
        assert_eq!(second.len(), 2);
        assert!(
            take_all("2001:db8:1:2:ffff::b").is_empty(),
            "whoever has one has the whole network"
        );
        let others: Vec<_> = ["2001:db8:1:3::a", "192.0.2.2"].map(take_all).into();
        assert_eq!(others.iter().map(Vec::len).sum::<usize>(), 4);
        assert!(take_all("192.0.2.3").is_empty(), "none is left");
        drop(first);
        assert_eq!(take_all("192.0.2.3").len(), 2);
    }

    #[test]
    fn shares_of_those_who_are_gone_are_not_kept() {
        let places = Places::new(8, Sharing::ByAddress);
        for last in 0..=255 {
            drop(places.take(None, [192, 0, 2, last].into()));
        }
        assert!(places.shares.lock().unwrap().len() <= 1);
    }
}
