//! Stays: who was at which project, from when to when. Every other row of an export hangs on one of them.

use crate::cast::CastMember;
use crate::dice::{Dice, Stream};
use crate::directory::{Project, ProjectKey, project};
use crate::person::{Relation, Sex};
use crate::town::Town;

/// One enrolment of one person. Days are counted back from today.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stay {
    pub(crate) client: usize,
    pub(crate) number: u32,
    pub(crate) project: &'static Project,
    pub(crate) head: usize,
    pub(crate) relation: Relation,
    pub(crate) entry_ago: i32,
    pub(crate) exit_ago: Option<i32>,
    /// When it was deleted, if it was; its rows were deleted with it.
    pub(crate) deleted_ago: Option<i32>,
}

impl Stay {
    /// The numbers that belong to this stay and this use.
    pub(crate) const fn dice(&self, town: &Town, stream: Stream) -> Dice {
        Dice::at(town.seed(), stream, self.client as u64 * 8 + self.number as u64)
    }

    /// The last day anybody was there.
    pub(crate) fn last_ago(&self) -> i32 {
        self.exit_ago.unwrap_or(0)
    }

    pub(crate) const fn is_adult(&self) -> bool {
        !matches!(self.relation, Relation::Child)
    }
}

/// Projects as often as people come to them. The youth home and the services-only project are not drawn.
const USUAL: [ProjectKey; 20] = [
    ProjectKey::CannerySt,
    ProjectKey::CannerySt,
    ProjectKey::CannerySt,
    ProjectKey::CannerySt,
    ProjectKey::CannerySt,
    ProjectKey::MillNight,
    ProjectKey::MillNight,
    ProjectKey::MillNight,
    ProjectKey::MillNight,
    ProjectKey::Orchard,
    ProjectKey::StreetTeam,
    ProjectKey::StreetTeam,
    ProjectKey::StreetTeam,
    ProjectKey::AlderCourt,
    ProjectKey::FreshKeys,
    ProjectKey::FreshKeys,
    ProjectKey::Access,
    ProjectKey::Access,
    ProjectKey::Access,
    ProjectKey::Access,
];

impl Town {
    /// The stays of the person at `client`, oldest first.
    pub(crate) fn stays(&self, client: usize) -> Vec<Stay> {
        let household = self.household(client);
        let stay = |number, key, entry_ago, exit_ago, deleted_ago| Stay {
            client,
            number,
            project: project(key),
            head: household.head,
            relation: household.relation,
            entry_ago,
            exit_ago,
            deleted_ago,
        };
        if let Some(member) = CastMember::at(client) {
            let of_cast =
                |(number, (key, entry, exit)): (usize, &_)| stay(number as u32, *key, *entry, *exit, None);
            return member.stays().iter().enumerate().map(of_cast).collect();
        }
        // The household comes and goes together, so its head decides.
        let mut dice = Dice::at(self.seed(), Stream::Stays, household.head as u64);
        let head = self.person(household.head);
        let young = head.birth_date.years_until(self.today()) < 25;
        let alone = household.head == client && self.household(client + 1).head != client;
        let wanted = dice.pick(&[1, 1, 1, 1, 1, 1, 1, 2, 2, 3]);
        let mut stays = Vec::with_capacity(wanted);
        let mut entry_ago = dice.between(5, 1090);
        for number in 0..wanted as u32 {
            let key = match () {
                () if young && alone && dice.chance(30) => ProjectKey::LanternHome,
                () if alone && dice.chance(2) => ProjectKey::Juniper,
                () => dice.pick(&USUAL),
            };
            let length = dice.between(1, 70) * dice.between(1, 14);
            let exit_ago = (entry_ago > length).then(|| entry_ago - length);
            let deleted_ago = match () {
                () if self.is_deleted(client) => Some(dice.between(0, entry_ago.min(30))),
                () if dice.below(300) == 0 => Some(dice.between(0, entry_ago)),
                () => None,
            };
            stays.push(stay(number, key, entry_ago, exit_ago, deleted_ago));
            match exit_ago.map(|left| left - dice.between(3, 120)) {
                Some(next) if next > 0 => entry_ago = next,
                _ => break,
            }
        }
        stays
    }

    /// What the services know of a person's health; the same in every file and at every stay.
    pub(crate) fn health(&self, client: usize) -> Health {
        match CastMember::at(client) {
            Some(CastMember::Rosa) => Health {
                mental: true,
                substance: 2,
                ..Health::NONE
            },
            Some(CastMember::Marcus) => Health {
                physical: true,
                mental: true,
                ..Health::NONE
            },
            Some(CastMember::Tamsin) => Health {
                mental: true,
                violence: true,
                ..Health::NONE
            },
            Some(CastMember::Ezekiel) => Health {
                chronic: true,
                hiv: true,
                substance: 3,
                ..Health::NONE
            },
            None => {
                let person = self.person(client);
                let mut dice = Dice::at(self.seed(), Stream::Health, client as u64 | 1 << 40);
                let adult = person.birth_date.years_until(self.today()) >= 18;
                Health {
                    physical: dice.chance(18),
                    developmental: dice.chance(6),
                    chronic: dice.chance(22),
                    hiv: adult
                        && (dice.chance(3) || self.stays(client).iter().any(|s| s.project.funder == 15)),
                    mental: dice.chance(if adult { 34 } else { 9 }),
                    substance: if adult {
                        dice.pick(&[0, 0, 0, 0, 0, 0, 0, 1, 2, 3])
                    } else {
                        0
                    },
                    violence: adult && dice.chance(if person.sex == Sex::Female { 24 } else { 7 }),
                }
            }
        }
    }
}

/// Conditions of a person, as HMIS elements 4.05 to 4.11 ask for them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Health {
    pub(crate) physical: bool,
    pub(crate) developmental: bool,
    pub(crate) chronic: bool,
    pub(crate) hiv: bool,
    pub(crate) mental: bool,
    /// List 4.10.2: 0 none, 1 alcohol, 2 drugs, 3 both.
    pub(crate) substance: i64,
    /// Survivor of domestic violence.
    pub(crate) violence: bool,
}

impl Health {
    const NONE: Self = Self {
        physical: false,
        developmental: false,
        chronic: false,
        hiv: false,
        mental: false,
        substance: 0,
        violence: false,
    };

    /// The answer for each disability type (list 1.3), in the order of the list.
    pub(crate) fn answers(self) -> [(i64, i64); 6] {
        [
            (5, i64::from(self.physical)),
            (6, i64::from(self.developmental)),
            (7, i64::from(self.chronic)),
            (8, i64::from(self.hiv)),
            (9, i64::from(self.mental)),
            (10, self.substance),
        ]
    }

    pub(crate) fn is_disabling(self) -> bool {
        self.answers().iter().any(|(_, answer)| *answer != 0)
    }
}

#[cfg(test)]
mod tests {
    use gateway_types::Date;

    use super::*;

    #[test]
    fn stays_of_one_person_follow_each_other_and_begin_after_birth() {
        let town = Town::new(5, 3_000, Date::new(2026, 11, 10).unwrap());
        let mut all = 0;
        for person in town.people() {
            let stays = town.stays(person.index);
            all += stays.len();
            for pair in stays.windows(2) {
                if CastMember::at(person.index).is_none() {
                    assert!(pair[0].exit_ago.unwrap() > pair[1].entry_ago);
                }
            }
            for stay in stays {
                assert!(stay.entry_ago > stay.last_ago() && stay.last_ago() >= 0);
                assert!(person.birth_date < town.ago(stay.entry_ago));
                assert!(stay.deleted_ago.is_none_or(|ago| ago <= stay.entry_ago));
            }
        }
        let mean = all as f64 / 3_000.0;
        assert!((1.15..1.5).contains(&mean), "{mean} stays a person");
    }

    #[test]
    fn a_child_stays_where_its_parent_stays() {
        let town = Town::new(5, 3_000, Date::new(2026, 11, 10).unwrap());
        for client in 0..town.clients() {
            let household = town.household(client);
            if household.relation == Relation::Child {
                let (child, head) = (town.stays(client), town.stays(household.head));
                assert!(
                    child
                        .iter()
                        .map(|s| s.project.id)
                        .eq(head.iter().map(|s| s.project.id))
                );
            }
        }
    }
}
