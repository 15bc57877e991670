//! Repeatable chance: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), written here so that a seed gives the same
//! town on every machine and in every release. Not fit for keys.

/// What a stream of numbers is for. Each use has its own, so that a change in one file leaves the others alone.
#[derive(Clone, Copy, Debug)]
#[repr(u64)]
pub(crate) enum Stream {
    Household = 1,
    Person,
    Reported,
    Stays,
    Enrollment,
    Exit,
    Income,
    Health,
    Employment,
    Disabilities,
    Services,
    LivingSituation,
    Coordination,
    Youth,
    Hospital,
    Calls,
}

/// A source of numbers that depends on its seed alone.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The output function of SplitMix64: a bijection of 64-bit numbers.
pub(crate) const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Dice {
    /// The numbers of `seed` for one use and one thing, without drawing those of the things before it.
    pub(crate) const fn at(seed: u64, stream: Stream, thing: u64) -> Self {
        Self(mix(
            mix(seed ^ mix(stream as u64)).wrapping_add(thing.wrapping_mul(GOLDEN))
        ))
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// A number from 0 to `limit - 1`; 0 if `limit` is 0.
    pub(crate) const fn below(&mut self, limit: u32) -> u32 {
        (((self.next() >> 32) * limit as u64) >> 32) as u32
    }

    /// A number from `low` to `high`, both included.
    pub(crate) const fn between(&mut self, low: i32, high: i32) -> i32 {
        low + self.below((high - low + 1) as u32) as i32
    }

    /// Whether something happens that happens `per_cent` times in a hundred.
    pub(crate) const fn chance(&mut self, per_cent: u32) -> bool {
        self.below(100) < per_cent
    }

    /// One of `words`; nothing if there is none.
    pub(crate) fn word(&mut self, words: &[&'static str]) -> &'static str {
        let place = self.below(words.len() as u32) as usize;
        words.get(place).copied().unwrap_or_default()
    }

    /// One of `choices`.
    #[expect(
        clippy::indexing_slicing,
        reason = "N is at least 1, checked when compiled, and below(N) is less than N"
    )]
    pub(crate) const fn pick<T: Copy, const N: usize>(&mut self, choices: &[T; N]) -> T {
        const { assert!(N > 0) }
        choices[self.below(N as u32) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers_and_another_stream_gives_others() {
        let numbers = |stream, thing| {
            let mut dice = Dice::at(7, stream, thing);
            (0..8).map(|_| dice.next()).collect::<Vec<_>>()
        };
        assert_eq!(numbers(Stream::Person, 3), numbers(Stream::Person, 3));
        assert_ne!(numbers(Stream::Person, 3), numbers(Stream::Person, 4));
        assert_ne!(numbers(Stream::Person, 3), numbers(Stream::Stays, 3));
    }

    #[test]
    fn numbers_stay_in_their_range_and_reach_its_ends() {
        let mut dice = Dice::at(1, Stream::Person, 0);
        let drawn: Vec<i32> = (0..2000).map(|_| dice.between(-2, 2)).collect();
        assert!(drawn.iter().all(|number| (-2..=2).contains(number)));
        for end in [-2, 2] {
            assert!(drawn.contains(&end));
        }
    }

    #[test]
    fn the_numbers_are_those_of_splitmix64() {
        // First output of the published generator for seed 0.
        assert_eq!(Dice(0).next(), 0xE220_A839_7B1D_CDAF);
    }
}
