//! Whom an auditor trusts (C2SP tlog-policy): the log, its witnesses, groups of them, and how many must have cosigned.
//!
//! ```text
//! log log.example+4f2c8d11+AU...
//! witness hospital witness.hospital.example+...
//! witness police witness.police.example+...
//! witness archive archive.county.example+...
//! group care any hospital
//! group both all care police
//! quorum both
//! ```
//!
//! A group counts as one; it is met when `any`, `all` or so many of its members are. The quorum is one name, or `none`.

use std::collections::{BTreeMap, BTreeSet};

use gateway_types::Timestamp;

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::cosignature::WitnessKey;
use crate::note::VerifierKey;

/// Groups within groups deeper than this are refused.
const DEEPEST: usize = 8;

/// Whom to trust.
#[derive(Clone, Debug)]
pub struct TrustPolicy {
    logs: Vec<VerifierKey>,
    members: BTreeMap<String, Member>,
    quorum: Option<String>,
}

#[derive(Clone, Debug)]
enum Member {
    Witness {
        key: WitnessKey,
        address: Option<String>,
    },
    Group {
        needed: usize,
        names: Vec<String>,
    },
}

/// Why a policy file was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct PolicyError {
    /// The line, from 1; 0 for the file as a whole.
    pub line: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

/// What the witnesses say of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgment {
    /// Whether the quorum has cosigned.
    pub met: bool,
    /// Who has, and when.
    pub by: Vec<(String, Timestamp)>,
    /// Whose cosignature is there and older than was asked for: it does not count.
    pub stale: Vec<(String, Timestamp)>,
}

impl TrustPolicy {
    /// Reads a policy.
    ///
    /// # Errors
    /// [`PolicyError`] with its line.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let mut policy = Self {
            logs: Vec::new(),
            members: BTreeMap::new(),
            quorum: None,
        };
        let mut quorum = None;
        let mut grouped = BTreeSet::new();
        for (line, content) in (1..).zip(text.lines()) {
            let error = |what| PolicyError { line, what };
            let words: Vec<&str> = content
                .split('#')
                .next()
                .unwrap_or_default()
                .split_whitespace()
                .collect();
            match words.as_slice() {
                [] => {}
                ["log", key] | ["log", key, _] => {
                    let key: VerifierKey = key.parse().map_err(|_| error("not the public key of a log"))?;
                    policy.vouches_once(key.public()).map_err(error)?;
                    policy.logs.push(key);
                }
                ["witness", name, key, address @ ..] if address.len() < 2 => {
                    let key = key
                        .parse()
                        .map_err(|_| error("not the public key of a witness"))?;
                    let address = address.first().map(|&address| address.to_owned());
                    policy
                        .add(name, Member::Witness { key, address })
                        .map_err(error)?;
                }
                ["group", name, needed, names @ ..] if !names.is_empty() => {
                    for name in names {
                        if !policy.members.contains_key(*name) {
                            return Err(error("a member is named that no line above defines"));
                        }
                        if !grouped.insert(*name) {
                            return Err(error(
                                "a member of two groups, or of one twice, would count twice",
                            ));
                        }
                    }
                    let needed = match *needed {
                        "any" => 1,
                        "all" => names.len(),
                        number => number
                            .parse()
                            .map_err(|_| error("not `any`, `all` or a number"))?,
                    };
                    if needed == 0 || needed > names.len() {
                        return Err(error("more members are needed than the group has, or none"));
                    }
                    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
                    policy.add(name, Member::Group { needed, names }).map_err(error)?;
                }
                ["quorum", name] => {
                    let known = *name == "none" || policy.members.contains_key(*name);
                    if !known || quorum.is_some() {
                        return Err(error("a second quorum, or one that no line above defines"));
                    }
                    quorum = Some((*name).to_owned());
                }
                _ => {
                    return Err(error(
                        "not `log`, `witness`, `group` or `quorum` with what belongs to it",
                    ));
                }
            }
        }
        let quorum = quorum.ok_or(PolicyError {
            line: 0,
            what: "there is no `quorum` line",
        })?;
        policy.quorum = (quorum != "none").then_some(quorum);
        if policy.logs.is_empty() {
            return Err(PolicyError {
                line: 0,
                what: "there is no `log` line",
            });
        }
        Ok(policy)
    }

    fn add(&mut self, name: &str, member: Member) -> Result<(), &'static str> {
        if name == "none" {
            return Err("`none` is no name");
        }
        if let Member::Witness { key, .. } = &member {
            self.vouches_once(key.public())?;
        }
        match self.members.insert(name.to_owned(), member) {
            None => Ok(()),
            Some(_) => Err("the name is given a second time"),
        }
    }

    /// What is signed does not name the key, so that of one key under two names each line makes the other. And whoever has a
    /// log's key is its operator, whom witnesses are there to watch.
    fn vouches_once(&self, public: &[u8; 32]) -> Result<(), &'static str> {
        let logs = self.logs.iter().map(VerifierKey::public);
        let mut known = logs.chain(self.witnesses().map(|(_, key)| key.public()));
        if known.any(|other| other == public) {
            return Err("the same key under a second name would count twice");
        }
        Ok(())
    }

    /// The key of the log with this origin.
    #[must_use]
    pub fn log(&self, origin: &str) -> Option<&VerifierKey> {
        self.logs.iter().find(|key| key.name() == origin)
    }

    /// The logs.
    #[must_use]
    pub fn logs(&self) -> &[VerifierKey] {
        &self.logs
    }

    /// The witnesses, by the names they have here.
    pub fn witnesses(&self) -> impl Iterator<Item = (&str, &WitnessKey)> {
        self.members.iter().filter_map(|(name, member)| match member {
            Member::Witness { key, .. } => Some((name.as_str(), key)),
            Member::Group { .. } => None,
        })
    }

    /// The witnesses that have an address, with it.
    pub fn addresses(&self) -> impl Iterator<Item = (&WitnessKey, &str)> {
        self.members.values().filter_map(|member| match member {
            Member::Witness { key, address } => Some((key, address.as_deref()?)),
            Member::Group { .. } => None,
        })
    }

    /// Whether enough have cosigned a checkpoint. With `not_before`, cosignatures made earlier do not count: an old head,
    /// validly cosigned long ago, is no sign of what the log holds now.
    ///
    /// # Errors
    /// [`CheckpointError`] if the note is none, no log of the policy signed it, or a witness's signature does not fit.
    pub fn judge(&self, note: &str, not_before: Option<Timestamp>) -> Result<Judgment, CheckpointError> {
        let origin = Checkpoint::claimed(note)?.origin;
        let log = self
            .log(&origin)
            .ok_or(CheckpointError::Note(crate::note::NoteError::NotSigned))?;
        Checkpoint::open(note, log)?;
        let (mut by, mut stale) = (Vec::new(), Vec::new());
        for (name, key) in self.witnesses() {
            if let Some(cosigned) = key.find(note)? {
                let fresh = not_before.is_none_or(|bound| cosigned.at >= bound);
                let list = if fresh { &mut by } else { &mut stale };
                list.push((name.to_owned(), cosigned.at));
            }
        }
        let met = self
            .quorum
            .as_ref()
            .is_none_or(|quorum| self.is_met(quorum, &by, DEEPEST));
        Ok(Judgment { met, by, stale })
    }

    fn is_met(&self, name: &str, by: &[(String, Timestamp)], depth: usize) -> bool {
        match self.members.get(name) {
            Some(Member::Witness { .. }) => by.iter().any(|(who, _)| who == name),
            Some(Member::Group { needed, names }) if depth > 0 => {
                names
                    .iter()
                    .filter(|name| self.is_met(name, by, depth - 1))
                    .count()
                    >= *needed
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
