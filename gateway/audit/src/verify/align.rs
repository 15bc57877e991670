//! Comparing what should stand in a bundle with what does, so that a deleted entry is named itself and not every one
//! that moved up behind it.

use std::collections::{HashMap, HashSet};

use gateway_crypto::Digest;

/// One place where what stands is not what should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mismatch {
    /// The number in the log.
    pub(super) index: u64,
    /// The hash that should stand here; `None`: nothing more should.
    pub(super) expected: Option<Digest>,
    /// The hash that does; `None`: nothing does.
    pub(super) found: Option<Digest>,
}

/// The outcome of a comparison.
#[derive(Debug)]
pub(super) struct Aligned {
    /// For each place, the position of the item that rightly stands there.
    pub(super) placement: Vec<Option<usize>>,
    /// What does not fit.
    pub(super) mismatches: Vec<Mismatch>,
}

/// Compares hashes `expected` at the places from `start` on with those `found`. An unknown hash on either side
/// (`None`) fits everything.
pub(super) fn align(start: u64, expected: &[Option<Digest>], found: &[Option<Digest>]) -> Aligned {
    let is_expected: HashSet<Digest> = expected.iter().copied().flatten().collect();
    let is_found: HashSet<Digest> = found.iter().copied().flatten().collect();
    let mut placement = Vec::with_capacity(expected.len());
    let mut mismatches = Vec::new();
    let mut standing = found.iter().copied().enumerate().peekable();
    for (index, wanted) in (start..).zip(expected.iter().copied()) {
        loop {
            let Some(&(position, here)) = standing.peek() else {
                placement.push(None);
                mismatches.push(Mismatch {
                    index,
                    expected: wanted,
                    found: None,
                });
                break;
            };
            let (Some(want), Some(have)) = (wanted, here) else {
                placement.push(Some(position));
                standing.next();
                break;
            };
            if want == have {
                placement.push(Some(position));
                standing.next();
                break;
            }
            match (is_found.contains(&want), is_expected.contains(&have)) {
                // Gone from here, and what stands belongs further on: a deletion.
                (false, true) => {
                    placement.push(None);
                    mismatches.push(Mismatch {
                        index,
                        expected: wanted,
                        found: None,
                    });
                    break;
                }
                // Here further on, and what stands belongs nowhere: an insertion.
                (true, false) => {
                    mismatches.push(Mismatch {
                        index,
                        expected: None,
                        found: here,
                    });
                    standing.next();
                }
                // Changed, or out of order.
                (false, false) | (true, true) => {
                    placement.push(None);
                    mismatches.push(Mismatch {
                        index,
                        expected: wanted,
                        found: here,
                    });
                    standing.next();
                    break;
                }
            }
        }
    }
    let end = start + expected.len() as u64;
    mismatches.extend(standing.map(|(_, here)| Mismatch {
        index: end,
        expected: None,
        found: here,
    }));
    Aligned {
        placement,
        mismatches,
    }
}

/// What a mismatch turns out to be, once all of them are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Something else stands here, which belongs nowhere.
    Altered,
    /// Nothing stands here, and what should stands nowhere else.
    Missing,
    /// What stands here belongs to this place.
    Moved(u64),
    /// What stands here is one too many.
    Foreign,
}

/// Sorts mismatches out over the whole log: what is wrong in one place may be what another lacks.
pub(super) fn classify(mismatches: &[Mismatch]) -> Vec<(u64, Kind)> {
    let belongs: HashMap<Digest, u64> = mismatches
        .iter()
        .filter_map(|mismatch| Some((mismatch.expected?, mismatch.index)))
        .collect();
    let stands: HashSet<Digest> = mismatches.iter().filter_map(|mismatch| mismatch.found).collect();
    mismatches
        .iter()
        .filter_map(|mismatch| {
            let place = mismatch.found.and_then(|found| belongs.get(&found).copied());
            let kind = match (mismatch.expected, mismatch.found, place) {
                (_, Some(_), Some(place)) => Kind::Moved(place),
                (Some(_), Some(_), None) => Kind::Altered,
                (None, Some(_), None) => Kind::Foreign,
                // It stands elsewhere, and is told of there.
                (Some(expected), None, _) if stands.contains(&expected) => return None,
                (_, None, _) => Kind::Missing,
            };
            Some((mismatch.index, kind))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(text: &str) -> Vec<Option<Digest>> {
        text.chars()
            .map(|c| (c != '?').then(|| Digest::of(c.to_string().as_bytes())))
            .collect()
    }

    fn compare(expected: &str, found: &str) -> Vec<(u64, Kind)> {
        classify(&align(10, &hashes(expected), &hashes(found)).mismatches)
    }

    #[test]
    fn each_way_of_tampering_is_told_apart() {
        assert_eq!(compare("abcdef", "abcdef"), []);
        assert_eq!(compare("abcdef", "abXdef"), [(12, Kind::Altered)]);
        assert_eq!(compare("abcdef", "abdef"), [(12, Kind::Missing)]);
        assert_eq!(
            compare("abcdef", "abcd"),
            [(14, Kind::Missing), (15, Kind::Missing)]
        );
        assert_eq!(compare("abcdef", "abXcdef"), [(12, Kind::Foreign)]);
        assert_eq!(compare("abcdef", "abcdefX"), [(16, Kind::Foreign)]);
        assert_eq!(
            compare("abcdef", "aecdbf"),
            [(11, Kind::Moved(14)), (14, Kind::Moved(11))]
        );
        assert_eq!(compare("a?cd", "aXcd"), []);
        assert_eq!(compare("abcd", "a?cd"), []);
    }

    #[test]
    fn an_entry_exchanged_between_bundles_is_recognised() {
        let mut mismatches = align(0, &hashes("abcd"), &hashes("abYd")).mismatches;
        mismatches.extend(align(256, &hashes("wxYz"), &hashes("wxcz")).mismatches);
        assert_eq!(
            classify(&mismatches),
            [(2, Kind::Moved(258)), (258, Kind::Moved(2))]
        );
    }

    #[test]
    fn placement_follows_what_moved_up() {
        let aligned = align(0, &hashes("abcd"), &hashes("acd"));
        assert_eq!(aligned.placement, [Some(0), None, Some(1), Some(2)]);
    }
}
