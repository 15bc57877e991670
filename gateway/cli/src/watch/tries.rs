//! How often a file was tried in vain, kept over restarts: `--once` starts anew each time.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::folder::Look;

/// So often a file is tried before it gives way to those after it.
pub(super) const TRIES: u32 = 5;

/// The tries of the files that are there. Names are not kept.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tries(BTreeMap<Look, u32>);

impl Tries {
    /// What was written of them; a line that cannot be read is no line.
    pub(super) fn read(text: &str) -> Self {
        let tries = text.lines().filter_map(|line| {
            let mut words = line.split(' ');
            let look = (
                words.next()?.parse().ok()?,
                words.next()?.parse().ok()?,
                words.next()?.parse().ok()?,
                words.next()?.parse().ok()?,
                words.next()?.parse().ok()?,
            );
            Some((look, words.next()?.parse().ok()?))
        });
        Self(tries.collect())
    }

    /// As it is written.
    pub(super) fn write(&self) -> String {
        let mut text = String::new();
        for ((dev, ino, len, seconds, nanos), tries) in &self.0 {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{dev} {ino} {len} {seconds} {nanos} {tries}");
        }
        text
    }

    /// One more in vain; returns how many that are.
    pub(super) fn add(&mut self, look: Look) -> u32 {
        let tries = self.0.entry(look).or_default();
        *tries = tries.saturating_add(1);
        *tries
    }

    /// Of those that are no longer there nothing is kept.
    pub(super) fn retain(&mut self, there: &[Look]) {
        self.0.retain(|look, _| there.contains(look));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_read_as_they_were_written() {
        let mut tries = Tries::default();
        assert_eq!(tries.add((1, 2, 3, -4, 5)), 1);
        assert_eq!(tries.add((1, 2, 3, -4, 5)), 2);
        tries.add((9, 9, 9, 9, 9));
        assert_eq!(Tries::read(&tries.write()), tries);
        tries.retain(&[(1, 2, 3, -4, 5)]);
        assert_eq!(tries.write(), "1 2 3 -4 5 2\n");
        assert_eq!(Tries::read("what is this\n1 2 3"), Tries::default());
    }
}
