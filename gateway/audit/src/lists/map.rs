//! The map from every list's label to its head: a compressed binary Merkle trie.
//!
//! ```text
//! no list   SHA-256(0x06)
//! leaf      SHA-256(0x04 || label || head)
//! inner     SHA-256(0x05 || bit || left || right)      bit: one byte, the first bit in which the labels below differ
//! ```
//!
//! A label's path is fixed by the label and the root alone: at each inner node the label's own bit says which way. So one
//! root can prove of a label either that it is there, with one head, or that it is not; never both, however the trie was
//! made.

use gateway_crypto::Digest;

use super::chain::{Head, hash};
use super::name::Label;

/// The root of the map without a list.
#[must_use]
pub fn empty_map() -> Digest {
    hash(&[&[0x06]])
}

fn leaf_of(label: &Label, head: &Head) -> Digest {
    hash(&[&[0x04], label.as_bytes(), head.0.as_bytes()])
}

fn inner_of(bit: u8, left: &Digest, right: &Digest) -> Digest {
    hash(&[&[0x05], &[bit], left.as_bytes(), right.as_bytes()])
}

/// The map, in memory: about 140 bytes a list.
#[derive(Clone, Debug, Default)]
pub struct ListMap {
    nodes: Vec<Node>,
    root: Option<u32>,
    lists: u64,
}

#[derive(Clone, Debug)]
struct Node {
    hash: Digest,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Leaf { label: Label, head: Head },
    Inner { bit: u8, children: [u32; 2] },
}

impl ListMap {
    /// The map of these lists. Each hash is computed once, so that a start is quick.
    pub fn of(lists: impl IntoIterator<Item = (Label, Head)>) -> Self {
        let mut map = Self::default();
        for (label, head) in lists {
            map.place(label, head);
        }
        if let Some(root) = map.root {
            map.hash_below(root);
        }
        map
    }

    /// How many lists there are.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.lists
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.lists == 0
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> Digest {
        self.root
            .and_then(|root| self.hash(root))
            .unwrap_or_else(empty_map)
    }

    /// The head of a list, if there is one of that label.
    #[must_use]
    pub fn head(&self, label: &Label) -> Option<Head> {
        match self.walk(label, |_, _| ())? {
            (found, head) if found == *label => Some(head),
            _ => None,
        }
    }

    /// Sets the head of a list.
    pub fn set(&mut self, label: Label, head: Head) {
        for node in self.place(label, head).into_iter().rev() {
            self.rehash(node);
        }
    }

    /// What leads from the root to this label, or shows that it is not there.
    #[must_use]
    pub fn path(&self, label: &Label) -> Path {
        let mut steps = Vec::new();
        let found = self.walk(label, |bit, sibling| steps.push((bit, sibling)));
        Path {
            steps,
            stands_there: found.filter(|(found, _)| found != label),
        }
    }

    fn node(&self, number: u32) -> Option<&Node> {
        self.nodes.get(usize::try_from(number).ok()?)
    }

    fn hash(&self, number: u32) -> Option<Digest> {
        self.node(number).map(|node| node.hash)
    }

    /// Goes where the label's bits lead; the leaf there, and on the way each inner node's bit and the other side's hash.
    fn walk(&self, label: &Label, mut step: impl FnMut(u8, Digest)) -> Option<(Label, Head)> {
        let mut at = self.root?;
        loop {
            match self.node(at)?.kind {
                Kind::Leaf { label, head } => return Some((label, head)),
                Kind::Inner {
                    bit,
                    children: [left, right],
                } => {
                    let (next, other) = if label.bit(bit) {
                        (right, left)
                    } else {
                        (left, right)
                    };
                    step(bit, self.hash(other)?);
                    at = next;
                }
            }
        }
    }

    /// Puts a list in its place, hashes left as they were; the nodes whose hashes are to be made anew, the root first.
    fn place(&mut self, label: Label, head: Head) -> Vec<u32> {
        let branch = self
            .walk(&label, |_, _| ())
            .map(|(found, _)| first_difference(&found, &label));
        let mut passed = Vec::new();
        let mut at = self.root;
        while let Some(number) = at
            && let Some(node) = self.node(number)
        {
            match node.kind {
                Kind::Inner {
                    bit,
                    children: [left, right],
                } if branch.flatten().is_none_or(|difference| bit < difference) => {
                    passed.push(number);
                    at = Some(if label.bit(bit) { right } else { left });
                }
                _ => break,
            }
        }
        let leaf = Node {
            hash: leaf_of(&label, &head),
            kind: Kind::Leaf { label, head },
        };
        match (branch, at) {
            // The list is there.
            (Some(None), Some(number)) => {
                if let Some(node) = usize::try_from(number).ok().and_then(|at| self.nodes.get_mut(at)) {
                    *node = leaf;
                }
            }
            (Some(Some(bit)), Some(below)) => {
                let new = self.add(leaf);
                let children = if label.bit(bit) {
                    [below, new]
                } else {
                    [new, below]
                };
                let inner = self.add(Node {
                    hash: empty_map(),
                    kind: Kind::Inner { bit, children },
                });
                self.hang(&label, passed.last().copied(), inner);
                passed.push(inner);
                self.lists += 1;
            }
            _ => {
                let new = self.add(leaf);
                self.root = Some(new);
                self.lists += 1;
            }
        }
        passed
    }

    fn add(&mut self, node: Node) -> u32 {
        // 2^32 nodes would take half a terabyte.
        let number = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(node);
        number
    }

    /// Hangs a node below `parent`, on the label's side, or makes it the root.
    fn hang(&mut self, label: &Label, parent: Option<u32>, node: u32) {
        let parent = parent.and_then(|parent| self.nodes.get_mut(usize::try_from(parent).ok()?));
        match parent.map(|parent| &mut parent.kind) {
            Some(Kind::Inner {
                bit,
                children: [left, right],
            }) => {
                *(if label.bit(*bit) { right } else { left }) = node;
            }
            _ => self.root = Some(node),
        }
    }

    fn rehash(&mut self, number: u32) -> Option<()> {
        let Kind::Inner {
            bit,
            children: [left, right],
        } = self.node(number)?.kind
        else {
            return None;
        };
        let hash = inner_of(bit, &self.hash(left)?, &self.hash(right)?);
        self.nodes.get_mut(usize::try_from(number).ok()?)?.hash = hash;
        Some(())
    }

    /// Computes every hash below a node, deepest first. No deeper than a label has bits.
    fn hash_below(&mut self, number: u32) {
        if let Some(Node {
            kind: Kind::Inner { children, .. },
            ..
        }) = self.node(number)
        {
            for child in *children {
                self.hash_below(child);
            }
            self.rehash(number);
        }
    }
}

/// The first bit in which two labels differ.
fn first_difference(one: &Label, other: &Label) -> Option<u8> {
    let mut bytes = (0u8..).zip(one.as_bytes().iter().zip(other.as_bytes()));
    let (byte, (one, other)) = bytes.find(|(_, (one, other))| one != other)?;
    u8::try_from((one ^ other).leading_zeros())
        .ok()
        .map(|bit| byte * 8 + bit)
}

/// The way from the map's root to a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// From the root downwards: the bit, and the hash of the side not taken.
    pub steps: Vec<(u8, Digest)>,
    /// What stands where the label would, if it is not there.
    pub stands_there: Option<(Label, Head)>,
}

impl Path {
    /// The root of a map in which `label` has this head.
    ///
    /// `None` if the path is none of a list that is there.
    #[must_use]
    pub fn root_with(&self, label: &Label, head: &Head) -> Option<Digest> {
        (self.stands_there.is_none() && self.is_in_order()).then(|| self.climb(label, leaf_of(label, head)))
    }

    /// The root of a map in which `label` is not; `None` if the path does not show that.
    #[must_use]
    pub fn root_without(&self, label: &Label) -> Option<Digest> {
        match &self.stands_there {
            None => self.steps.is_empty().then(empty_map),
            Some((other, head)) => {
                let leads_here = self
                    .steps
                    .iter()
                    .all(|(bit, _)| other.bit(*bit) == label.bit(*bit));
                (other != label && leads_here && self.is_in_order())
                    .then(|| self.climb(label, leaf_of(other, head)))
            }
        }
    }

    fn is_in_order(&self) -> bool {
        self.steps.is_sorted_by(|(before, _), (after, _)| before < after)
    }

    fn climb(&self, label: &Label, leaf: Digest) -> Digest {
        self.steps.iter().rev().fold(leaf, |below, (bit, sibling)| {
            if label.bit(*bit) {
                inner_of(*bit, sibling, &below)
            } else {
                inner_of(*bit, &below, sibling)
            }
        })
    }

    /// The steps as bytes: 33 each, the bit and the hash.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let steps = self.steps.iter();
        steps
            .flat_map(|(bit, hash)| std::iter::once(*bit).chain(*hash.as_bytes()))
            .collect()
    }

    /// Steps read from bytes; `None` if they are none.
    #[must_use]
    pub fn from_bytes(bytes: &[u8], stands_there: Option<(Label, Head)>) -> Option<Self> {
        let (steps, rest) = bytes.as_chunks::<33>();
        let steps: Vec<(u8, Digest)> = steps
            .iter()
            .map(|step| {
                let (bit, hash) = step.split_first()?;
                Some((*bit, Digest::from_bytes(hash.try_into().ok()?)))
            })
            .collect::<Option<_>>()?;
        (rest.is_empty() && steps.len() <= 256).then_some(Self { steps, stands_there })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// Few and near, so that they share many bits.
    fn label(seed: u16) -> Label {
        let mut bytes = [0u8; 32];
        bytes[usize::from(seed % 3)] = (seed >> 4) as u8;
        bytes[31] = (seed & 15) as u8;
        Label(Digest::from_bytes(bytes))
    }

    fn head(seed: u16) -> Head {
        Head(Digest::of(&seed.to_be_bytes()))
    }

    /// The same map by its definition: split at the first bit in which the labels differ.
    fn by_definition(lists: &BTreeMap<Label, Head>, from: u16) -> Digest {
        match lists.len() {
            0 => empty_map(),
            1 => leaf_of(lists.keys().next().unwrap(), lists.values().next().unwrap()),
            _ => {
                let bit = (from..256)
                    .map(|bit| bit as u8)
                    .find(|bit| lists.keys().any(|l| l.bit(*bit)) && lists.keys().any(|l| !l.bit(*bit)))
                    .unwrap();
                let side = |right: bool| -> BTreeMap<Label, Head> {
                    lists
                        .iter()
                        .filter(|(l, _)| l.bit(bit) == right)
                        .map(|(l, h)| (*l, *h))
                        .collect()
                };
                let from = u16::from(bit) + 1;
                inner_of(
                    bit,
                    &by_definition(&side(false), from),
                    &by_definition(&side(true), from),
                )
            }
        }
    }

    proptest! {
        #[test]
        fn the_map_is_that_of_its_definition_and_proves_what_is_there_and_what_is_not(
            lists in prop::collection::vec((0u16..4096, any::<u16>()), 0..60),
            asked in prop::collection::vec(0u16..4096, 1..30),
        ) {
            let mut map = ListMap::default();
            let mut known = BTreeMap::new();
            for (l, h) in &lists {
                map.set(label(*l), head(*h));
                known.insert(label(*l), head(*h));
            }
            let root = by_definition(&known, 0);
            prop_assert_eq!(map.root(), root);
            prop_assert_eq!(map.len(), known.len() as u64);
            prop_assert_eq!(ListMap::of(known.clone()).root(), root);
            for seed in asked {
                let asked = label(seed);
                let path = map.path(&asked);
                let read = Path::from_bytes(&path.to_bytes(), path.stands_there);
                prop_assert_eq!(read.as_ref(), Some(&path));
                prop_assert_eq!(map.head(&asked), known.get(&asked).copied());
                if let Some(held) = known.get(&asked) {
                    prop_assert_eq!(path.root_with(&asked, held), Some(root));
                    prop_assert_ne!(path.root_with(&asked, &Head(Digest::of(b"other"))), Some(root));
                    prop_assert_ne!(path.root_without(&asked), Some(root));
                } else {
                    prop_assert_eq!(path.root_without(&asked), Some(root));
                    prop_assert_ne!(path.root_with(&asked, &head(1)), Some(root));
                }
            }
        }

        #[test]
        fn the_path_of_another_label_proves_nothing(
            lists in prop::collection::vec((0u16..4096, any::<u16>()), 2..40),
        ) {
            let map = ListMap::of(lists.iter().map(|(l, h)| (label(*l), head(*h))));
            let (there, other) = (label(lists[0].0), label(lists[1].0));
            prop_assume!(there != other);
            let held = map.head(&there).unwrap();
            prop_assert_ne!(map.path(&other).root_with(&there, &held), Some(map.root()));
            let mut forged = map.path(&there);
            forged.stands_there = Some((other, map.head(&other).unwrap()));
            prop_assert_ne!(forged.root_without(&there), Some(map.root()));
        }
    }
}
