//! The statutory floor: gates, prohibitions and legal bases, each a small item with its catalogue id and citation.
//!
//! The floor alone may permit; agreements, restrictions and profiles only take away. What no rule permits stays where
//! it is. The ids are those of the rule catalogue.

mod case;
mod consents;
mod element;
mod gates;
mod hipaa;
mod hipaa_public;
mod hmis;
mod justice;
mod narrowing;
mod own;
mod part2;
mod part2_exceptions;
mod profiles;
mod prohibitions;
mod rule;
mod state;
mod victims;

pub use own::is_suspendable;
pub use rule::Rule;

pub(crate) use case::{Case, Parties, Seat};
pub(crate) use consents::{Disclosing, Reach, Receiving};
pub(crate) use element::{Element, Watch};
pub(crate) use gates::GATES;
pub(crate) use hipaa_public::receives_adult_abuse_reports;
pub(crate) use narrowing::{
    NARROWINGS, NO_MATCH, NOTHING_PERMITS, PROMISE, REDISCLOSURE, RESTRICTION, Restricted, asks_for_basis,
    restricted,
};
pub(crate) use own::suspension_check;
pub(crate) use profiles::{AGREEMENT, is_police, needs_agreement, profiles_of};
pub(crate) use prohibitions::{Alert, PROHIBITIONS, Prohibition, outranks_restriction};
pub(crate) use rule::{BasisRule, Ground, Verdict, heard, heard_of};

/// Every legal basis, in the order in which they are asked: the first that carries a release is recorded for it.
pub(crate) static BASES: &[&[BasisRule]] = &[
    own::BASES,
    part2::BASES,
    part2_exceptions::BASES,
    hipaa::BASES,
    hipaa_public::BASES,
    hmis::BASES,
    victims::BASES,
    justice::BASES,
];

/// Every rule of the floor, for the legal map.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let bases = BASES
        .iter()
        .flat_map(|group| group.iter())
        .map(|basis| &basis.rule);
    let gates = GATES.iter().map(|gate| &gate.rule);
    let prohibitions = PROHIBITIONS.iter().map(|prohibition| &prohibition.rule);
    let narrowings = NARROWINGS.iter().copied();
    gates.chain(prohibitions).chain(bases).chain(narrowings)
}
