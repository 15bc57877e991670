//! The invented town of Riverton: everybody in it follows from the seed, each person without the others, so that
//! 100,000 of them need no memory.

use gateway_types::{ClientIdentity, Date};

use crate::cast::CastMember;
use crate::dice::{Dice, Stream, mix};
use crate::names::{Heritage, nickname};
use crate::person::{Person, Quality, Relation, Reported, Sex, Ssn};

/// An invented town. The same seed, size and day give the same people and the same files, to the byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Town {
    seed: u64,
    clients: usize,
    today: Date,
}

/// People come in blocks of this many places, which hold families, couples, people alone and a duplicate or two.
const BLOCK: usize = 12;
const CAST: usize = CastMember::ALL.len();

/// The household a person came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Household {
    /// Place of its head in the town.
    pub(crate) head: usize,
    pub(crate) relation: Relation,
}

impl Town {
    /// A town of `clients` people (at least the four of the cast) as it is on `today`.
    #[must_use]
    pub const fn new(seed: u64, clients: usize, today: Date) -> Self {
        let clients = if clients < CAST { CAST } else { clients };
        Self { seed, clients, today }
    }

    /// How many clients the HMIS export has.
    #[must_use]
    pub const fn clients(&self) -> usize {
        self.clients
    }

    /// The day on which everything is looked at.
    #[must_use]
    pub const fn today(&self) -> Date {
        self.today
    }

    pub(crate) const fn seed(&self) -> u64 {
        self.seed
    }

    /// The day `days` before today.
    pub(crate) fn ago(&self, days: i32) -> Date {
        self.today.plus_days(-days).unwrap_or(self.today)
    }

    /// Everybody, the cast first.
    pub fn people(&self) -> impl Iterator<Item = Person> {
        let town = *self;
        (0..town.clients).map(move |index| town.person(index))
    }

    /// The person at `index`, counted from 0. A place may hold somebody who already has another (a client entered
    /// twice): then the particulars are those of the other place, slightly off.
    #[must_use]
    pub fn person(&self, index: usize) -> Person {
        if let Some(member) = CastMember::at(index) {
            return member.person();
        }
        if let Some(original) = self.duplicate_of(index) {
            return self.misheard(self.person(original), index);
        }
        let household = self.household(index);
        let mut dice = Dice::at(self.seed, Stream::Person, index as u64);
        let woman = dice.chance(45);
        let (heritage, last_name) = self.family_name(household.head);
        let heritage = match household.relation {
            Relation::Partner => Heritage::draw(&mut dice),
            Relation::Head | Relation::Child => heritage,
        };
        let last_name = match household.relation {
            Relation::Partner if dice.chance(50) => heritage.last_name(&mut dice),
            _ => last_name,
        };
        // Children are at least four, so that they were born before any stay on file began.
        let age = match household.relation {
            Relation::Child => dice.between(4, 16),
            Relation::Head | Relation::Partner if dice.chance(12) => dice.between(19, 24),
            Relation::Head | Relation::Partner => dice.between(25, 74),
        };
        let days = age * 365 + age / 4 + dice.between(1, 364);
        // The first of January is what an unknown day is written as, and nobody here was born on it.
        let birth_date = match self.ago(days) {
            born if (born.month(), born.day()) == (1, 1) => self.ago(days + 1),
            born => born,
        };
        let adult = household.relation != Relation::Child;
        Person {
            index,
            first_name: heritage.first_name(&mut dice, woman).to_owned(),
            middle_name: dice
                .chance(40)
                .then(|| dice.pick(&["A", "C", "D", "E", "J", "L", "M", "R", "S", "T"])),
            last_name,
            name_suffix: (!woman && dice.chance(2)).then(|| dice.pick(&["Jr", "Sr", "II", "III"])),
            birth_date,
            ssn: Ssn::of_town(self.seed, index),
            sex: if woman { Sex::Female } else { Sex::Male },
            veteran: adult && age >= 22 && dice.chance(8),
            heritage,
        }
    }

    fn family_name(&self, head: usize) -> (Heritage, String) {
        let mut dice = Dice::at(self.seed, Stream::Household, head as u64);
        let heritage = Heritage::draw(&mut dice);
        (heritage, heritage.last_name(&mut dice))
    }

    /// The same person, entered a second time by somebody else.
    fn misheard(&self, mut person: Person, index: usize) -> Person {
        person.index = index;
        match Dice::at(self.seed, Stream::Person, index as u64).below(3) {
            0 => person.last_name = swapped_letters(&person.last_name),
            1 => {
                if let Some(short) = nickname(&person.first_name) {
                    person.first_name = short.to_owned();
                }
            }
            _ => person.middle_name = None,
        }
        person
    }

    fn place(index: usize) -> Option<(usize, usize)> {
        let index = index.checked_sub(CAST)?;
        Some((index / BLOCK, index % BLOCK))
    }

    /// The place that holds the same person, if `index` is a second entry.
    #[must_use]
    pub fn duplicate_of(&self, index: usize) -> Option<usize> {
        match Self::place(index)? {
            (block, 11) if block % 18 == 7 => Some(index - 2),
            _ => None,
        }
    }

    /// Whether the HMIS has deleted this client: the rows are in the export, each with its `DateDeleted`.
    #[must_use]
    pub fn is_deleted(&self, index: usize) -> bool {
        matches!(Self::place(index), Some((block, 10)) if block % 25 == 3)
    }

    pub(crate) fn household(&self, index: usize) -> Household {
        let alone = Household {
            head: index,
            relation: Relation::Head,
        };
        let Some((block, position)) = Self::place(index) else {
            return alone;
        };
        let mut dice = Dice::at(self.seed, Stream::Household, block as u64 | 1 << 40);
        let children = dice.pick(&[0, 1, 2, 2]);
        let couple = dice.chance(40);
        let (back, relation) = match position {
            1 | 2 if position <= children => (position, Relation::Child),
            5 if couple => (1, Relation::Partner),
            _ => return alone,
        };
        Household {
            head: index - back,
            relation,
        }
    }

    pub(crate) fn reported(&self, index: usize) -> Reported {
        match CastMember::at(index) {
            Some(_) => Reported::FULL,
            None => Reported::draw(self.seed, index),
        }
    }

    /// What the HMIS export says about who the client at `index` is, as far as it is complete.
    #[must_use]
    pub fn hmis_identity(&self, index: usize) -> ClientIdentity {
        let mut identity = self.person(index).identity();
        let reported = self.reported(index);
        if reported.name != Quality::Full {
            identity.first_name = None;
            identity.middle_name = None;
            identity.last_name = None;
            identity.name_suffix = None;
        }
        if reported.dob != Quality::Full {
            identity.birth_date = None;
        }
        if reported.ssn != Quality::Full {
            identity.ssn = None;
        }
        identity
    }

    /// Whether a question with the particulars of [`Town::hmis_identity`] means exactly one person: everything is
    /// there, nothing is deleted and nobody has a second entry.
    #[must_use]
    pub fn is_plain(&self, index: usize) -> bool {
        let doubled = self.duplicate_of(index).is_some()
            || index
                .checked_add(2)
                .is_some_and(|later| self.duplicate_of(later) == Some(index));
        self.reported(index).is_full() && !doubled && !self.is_deleted(index)
    }

    /// The HMIS `PersonalID` of the client at `index`: opaque, never the same twice.
    #[must_use]
    pub fn personal_id(&self, index: usize) -> String {
        format!("{:016X}", self.personal_number(index))
    }

    pub(crate) const fn personal_number(&self, index: usize) -> u64 {
        mix(mix(self.seed).wrapping_add(index as u64))
    }
}

/// The name with its third and fourth letters exchanged, as a hurried hand writes it.
pub(crate) fn swapped_letters(name: &str) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    if letters.len() > 4 {
        letters.swap(2, 3);
    }
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn town() -> Town {
        Town::new(1, 5_000, Date::new(2026, 11, 10).unwrap())
    }

    #[test]
    fn the_cast_is_in_the_smallest_town() {
        let town = Town::new(9, 0, Date::new(2026, 11, 10).unwrap());
        let names: Vec<String> = town.people().map(|person| person.full_name()).collect();
        assert_eq!(
            names,
            [
                "Rosa Delgado-Quill",
                "Marcus Oyelaran-Finch",
                "Tamsin Brightwater",
                "Ezekiel Stroud"
            ]
        );
        assert!((0..4).all(|index| town.is_plain(index)));
    }

    #[test]
    fn a_town_depends_on_its_seed_alone() {
        assert!(town().people().eq(town().people()));
        let other = Town::new(2, 5_000, town().today());
        let same = town()
            .people()
            .skip(4)
            .zip(other.people().skip(4))
            .filter(|(one, two)| one.full_name() == two.full_name())
            .count();
        assert!(same < 50, "{same} people have the same name in two towns");
    }

    #[test]
    fn duplicates_are_alone_and_share_the_number_of_their_original() {
        let town = town();
        let doubled: Vec<usize> = (0..town.clients())
            .filter(|i| town.duplicate_of(*i).is_some())
            .collect();
        assert!(doubled.len() > 15);
        for index in doubled {
            let original = town.duplicate_of(index).unwrap();
            assert_eq!(town.person(index).ssn, town.person(original).ssn);
            assert!(!town.is_plain(index) && !town.is_plain(original));
            assert_eq!(town.household(index).relation, Relation::Head);
            assert!(!town.is_deleted(original));
        }
    }

    #[test]
    fn children_have_an_adult_head_of_their_name() {
        let town = town();
        let mut children = 0;
        for person in town.people() {
            let household = town.household(person.index);
            if household.relation == Relation::Child {
                children += 1;
                let head = town.person(household.head);
                assert!(head.birth_date.years_until(town.today()) >= 18);
                assert!((4..18).contains(&person.birth_date.years_until(town.today())));
                assert_eq!(head.last_name, person.last_name);
            }
        }
        assert!(children > 400, "{children}");
    }
}
