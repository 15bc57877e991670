//! The chain of a list: each entry's place in the log is hashed onto the head before it.
//!
//! ```text
//! beginning = SHA-256(0x02 || label || blind)          32 + 32 bytes
//! next      = SHA-256(0x03 || head || place)           place in the log: eight bytes, big-endian
//! ```
//!
//! A head fixes all places before it, back to the beginning, and tells nothing of their number. Whoever is shown the
//! blind and the places can make the head again; with a place left out it becomes another.

use gateway_crypto::{Digest, RunningDigest};

use super::name::Label;

/// The head of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Head(pub Digest);

impl Head {
    /// The head of a list with nothing on it.
    #[must_use]
    pub fn beginning(label: &Label, blind: &Digest) -> Self {
        Self(hash(&[&[0x02], label.as_bytes(), blind.as_bytes()]))
    }

    /// The head after one more entry.
    #[must_use]
    pub fn then(self, place: u64) -> Self {
        Self(hash(&[&[0x03], self.0.as_bytes(), &place.to_be_bytes()]))
    }

    /// The head after these entries.
    #[must_use]
    pub fn after(self, places: impl IntoIterator<Item = u64>) -> Self {
        places.into_iter().fold(self, Self::then)
    }
}

pub(super) fn hash(pieces: &[&[u8]]) -> Digest {
    let mut running = RunningDigest::new();
    for piece in pieces {
        running.update(piece);
    }
    running.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_fixes_every_place_their_order_and_the_beginning() {
        let label = Label(Digest::of(b"label"));
        let beginning = Head::beginning(&label, &Digest::of(b"blind"));
        let head = beginning.after([3, 9, 40]);
        assert_eq!(head, beginning.then(3).then(9).then(40));
        for other in [
            vec![3, 9],
            vec![9, 40],
            vec![3, 40],
            vec![9, 3, 40],
            vec![3, 9, 40, 41],
        ] {
            assert_ne!(beginning.after(other), head);
        }
        // A list cannot be made to begin in its middle.
        assert_ne!(Head::beginning(&label, &beginning.then(3).0), beginning.then(3));
        assert_ne!(
            Head::beginning(&Label(Digest::of(b"x")), &Digest::of(b"blind")),
            beginning
        );
    }
}
