//! Repeatable chance: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). Not fit for keys.

use gateway_types::vocabulary::{Word, WordSet};

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// A source of numbers that depends on its seed alone.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Dice {
    /// The numbers of `seed` for one thing, without drawing those of the things before it.
    pub(super) const fn at(seed: u64, thing: u64) -> Self {
        Self(mix(mix(seed).wrapping_add(thing.wrapping_mul(GOLDEN))))
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// A number from 0 to `limit - 1`; 0 if `limit` is 0.
    pub(super) const fn below(&mut self, limit: u64) -> u64 {
        ((self.next() as u128 * limit as u128) >> 64) as u64
    }

    /// Whether something happens that happens `per_cent` times in a hundred.
    pub(super) const fn chance(&mut self, per_cent: u64) -> bool {
        self.below(100) < per_cent
    }

    /// One of them; nothing if there is none.
    pub(super) fn pick<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        choices.get(self.position(choices.len()))
    }

    /// One of them, to be changed.
    pub(super) fn pick_mut<'a, T>(&mut self, choices: &'a mut [T]) -> Option<&'a mut T> {
        let position = self.position(choices.len());
        choices.get_mut(position)
    }

    /// A position in a list of this length.
    pub(super) fn position(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or_default()
    }

    /// A word of a vocabulary, put into `place`.
    pub(super) fn reword<W: Word>(&mut self, place: &mut W) {
        if let Some(word) = self.pick(W::ALL) {
            *place = *word;
        }
    }

    /// A word put into the set, or taken out of it.
    pub(super) fn toggle<W: Word>(&mut self, set: &mut WordSet<W>) {
        let present: Vec<W> = set.iter().collect();
        if !present.is_empty() && self.chance(50) {
            if let Some(word) = self.pick(&present) {
                set.remove(*word);
            }
        } else if let Some(word) = self.pick(W::ALL) {
            set.insert(*word);
        }
    }

    pub(super) fn flip(&mut self, flag: &mut bool) {
        *flag = !*flag;
    }
}
