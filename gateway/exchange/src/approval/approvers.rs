//! Who may approve, and whether two of them did.

use gateway_audit::note::claimed_signers;
use gateway_audit::{NoteError, VerifierKey};
use gateway_crypto::Digest;
use gateway_types::{AgencyId, Date, StaffId, Timestamp};

use super::NEEDED;
use super::statement::{Statement, StatementError};

/// How far ahead of the gateway's clock an approver's may be, in seconds.
const AHEAD: i64 = 300;

/// Somebody who may approve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approver {
    /// The person.
    pub person: StaffId,
    /// Their agency.
    pub agency: AgencyId,
    /// Their public key, whose name is the person's.
    pub key: VerifierKey,
    /// The last day on which changes they approved can be made; `None`: until further notice. What they approved
    /// before that day stays approved.
    pub until: Option<Date>,
}

/// Everybody who may approve, or once might.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Approvers(Vec<Approver>);

/// Why a list of approvers cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnsoundApprovers {
    /// A person is listed twice.
    #[error("`{0}` is listed twice")]
    Person(StaffId),
    /// Two people with one key would be one person.
    #[error("`{one}` and `{other}` have the same key")]
    Key {
        /// One of them.
        one: StaffId,
        /// The other.
        other: StaffId,
    },
    /// A key that names somebody else.
    #[error("the key of `{person}` is called `{name}`")]
    Name {
        /// The person.
        person: StaffId,
        /// The name in the key.
        name: String,
    },
}

/// Why a change is not approved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotApproved {
    /// It is not a signed note.
    #[error("the approval cannot be read: {0}")]
    Note(NoteError),
    /// What is signed is not a statement about a change.
    #[error("what was signed is no approval: {0}")]
    Statement(StatementError),
    /// Somebody signed whom this gateway does not know as an approver.
    #[error(
        "`{name}` is not an approver of this gateway, or signed with another key than the registered one"
    )]
    Unknown {
        /// The name on the signature.
        name: String,
    },
    /// One person signed twice.
    #[error("`{person}` signed twice; {NEEDED} different people are needed")]
    Twice {
        /// Who.
        person: StaffId,
    },
    /// A signature does not fit the statement.
    #[error(
        "the signature of `{person}` does not fit the statement: it was changed, or another one was signed"
    )]
    Signature {
        /// Whose.
        person: StaffId,
    },
    /// Somebody signed who may no longer approve.
    #[error("`{person}` could approve until {until} only")]
    Lapsed {
        /// Who.
        person: StaffId,
        /// Their last day.
        until: Date,
    },
    /// Too few people signed.
    #[error("{signed} of {NEEDED} approvals are there")]
    TooFew {
        /// How many.
        signed: usize,
    },
    /// The statement is about something else.
    #[error("the approval is for another {what}: it says `{stated}`, this is `{found}`")]
    Other {
        /// What is not the same.
        what: &'static str,
        /// What was approved.
        stated: String,
        /// What it is.
        found: String,
    },
    /// The statement is dated after the change.
    #[error("the approval is dated {stated}, which is still to come")]
    Early {
        /// Its date.
        stated: Timestamp,
    },
}

/// A change that was approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved {
    /// The digest of the statement.
    pub statement: Digest,
    /// Who approved it.
    pub by: Vec<StaffId>,
}

impl Approvers {
    /// These people.
    ///
    /// # Errors
    /// [`UnsoundApprovers`], if two of them could be one.
    pub fn new(approvers: Vec<Approver>) -> Result<Self, UnsoundApprovers> {
        for (position, one) in approvers.iter().enumerate() {
            if one.key.name() != one.person.as_str() {
                return Err(UnsoundApprovers::Name {
                    person: one.person.clone(),
                    name: one.key.name().to_owned(),
                });
            }
            for other in approvers.iter().skip(position + 1) {
                if one.person == other.person {
                    return Err(UnsoundApprovers::Person(one.person.clone()));
                }
                if one.key.public() == other.key.public() {
                    return Err(UnsoundApprovers::Key {
                        one: one.person.clone(),
                        other: other.person.clone(),
                    });
                }
            }
        }
        Ok(Self(approvers))
    }

    /// Checks that enough people approved exactly `wanted` (its date apart) before `at`.
    ///
    /// # Errors
    /// [`NotApproved`]: the first thing that is wrong.
    pub fn check(&self, note: &str, wanted: &Statement, at: Timestamp) -> Result<Approved, NotApproved> {
        let mut by: Vec<StaffId> = Vec::new();
        let mut stated = None;
        for name in claimed_signers(note).map_err(NotApproved::Note)? {
            let known = self.0.iter().find(|approver| approver.key.name() == name);
            let unknown = || NotApproved::Unknown {
                name: name.to_owned(),
            };
            let approver = known.ok_or_else(unknown)?;
            let person = approver.person.clone();
            let text = match approver.key.open(note) {
                Ok(text) => text,
                Err(NoteError::BadSignature) => return Err(NotApproved::Signature { person }),
                Err(NoteError::NotSigned) => return Err(unknown()),
                Err(error) => return Err(NotApproved::Note(error)),
            };
            if by.contains(&person) {
                return Err(NotApproved::Twice { person });
            }
            if let Some(until) = approver.until
                && at.date() > until
            {
                return Err(NotApproved::Lapsed { person, until });
            }
            by.push(person);
            stated = Some(text);
        }
        let statement = Statement::read(stated.unwrap_or_default()).map_err(NotApproved::Statement)?;
        wanted.same_change_as(&statement)?;
        if statement.stated > at.plus_seconds(AHEAD) {
            return Err(NotApproved::Early {
                stated: statement.stated,
            });
        }
        if by.len() < NEEDED {
            return Err(NotApproved::TooFew { signed: by.len() });
        }
        by.sort();
        Ok(Approved {
            statement: statement.digest(),
            by,
        })
    }
}

impl Statement {
    /// Whether `stated` is about this very change, whatever its date.
    ///
    /// # Errors
    /// [`NotApproved::Other`] names the first difference.
    pub fn same_change_as(&self, stated: &Self) -> Result<(), NotApproved> {
        let replaced = |statement: &Self| {
            statement
                .replaces
                .map_or_else(|| "none".to_owned(), |hash| hash.to_string())
        };
        let pairs = [
            (
                "action",
                stated.action.code().to_owned(),
                self.action.code().to_owned(),
            ),
            ("agreement", stated.mou.to_string(), self.mou.to_string()),
            ("content", stated.content.to_string(), self.content.to_string()),
            ("version", stated.version.clone(), self.version.clone()),
            ("replaced version", replaced(stated), replaced(self)),
            ("file", stated.file.to_string(), self.file.to_string()),
        ];
        for (what, stated, found) in pairs {
            if stated != found {
                return Err(NotApproved::Other { what, stated, found });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use gateway_audit::NoteSigner;
    use gateway_crypto::SigningKey;
    use gateway_store::AgreementAction;
    use gateway_types::MouId;

    use super::*;

    fn signer(name: &str, seed: u8) -> NoteSigner {
        NoteSigner::new(name, SigningKey::from_seed([seed; 32])).unwrap()
    }

    fn approver(name: &str, seed: u8) -> Approver {
        Approver {
            person: StaffId::new(name).unwrap(),
            agency: AgencyId::new("harbor-crisis").unwrap(),
            key: signer(name, seed).verifier().clone(),
            until: None,
        }
    }

    fn approvers() -> Approvers {
        Approvers::new(vec![
            approver("an-author", 1),
            approver("a-reviewer", 2),
            Approver {
                until: Date::new(2026, 11, 21),
                ..approver("gone-away", 3)
            },
        ])
        .unwrap()
    }

    fn now() -> Timestamp {
        "2026-11-22T14:00:00Z".parse().unwrap()
    }

    fn statement() -> Statement {
        Statement {
            action: AgreementAction::Activate,
            mou: MouId::new("care").unwrap(),
            version: "1.0.0".to_owned(),
            content: Digest::of(b"content"),
            file: Digest::of(b"file"),
            replaces: Some(Digest::of(b"earlier")),
            stated: now(),
        }
    }

    fn note(text: &str, signers: &[(&str, u8)]) -> String {
        let mut signers = signers.iter().map(|(name, seed)| signer(name, *seed));
        let first = signers.next().unwrap().sign(text).unwrap();
        signers.fold(first, |note, signer| signer.sign_also(&note).unwrap())
    }

    fn outcome(note: &str) -> Result<Approved, NotApproved> {
        approvers().check(note, &statement(), now())
    }

    #[test]
    fn two_people_approve_in_either_order() {
        let text = statement().to_string();
        for signers in [
            [("an-author", 1), ("a-reviewer", 2)],
            [("a-reviewer", 2), ("an-author", 1)],
        ] {
            let approved = outcome(&note(&text, &signers)).unwrap();
            assert_eq!(approved.statement, statement().digest());
            let by: Vec<_> = approved.by.iter().map(StaffId::as_str).collect();
            assert_eq!(by, ["a-reviewer", "an-author"]);
        }
    }

    #[test]
    fn too_few_the_same_twice_strangers_and_wrong_keys_are_refused_by_name() {
        let text = statement().to_string();
        let is = |signers: &[(&str, u8)]| outcome(&note(&text, signers)).unwrap_err();
        assert_eq!(is(&[("an-author", 1)]), NotApproved::TooFew { signed: 1 });
        let twice = is(&[("an-author", 1), ("an-author", 1)]);
        assert!(matches!(twice, NotApproved::Twice { person } if person.as_str() == "an-author"));
        let stranger = is(&[("an-author", 1), ("a-stranger", 9)]);
        assert!(matches!(stranger, NotApproved::Unknown { name } if name == "a-stranger"));
        // A registered name over a key that is not theirs.
        let forged = is(&[("an-author", 1), ("a-reviewer", 9)]);
        assert!(matches!(forged, NotApproved::Unknown { name } if name == "a-reviewer"));
        let gone = is(&[("an-author", 1), ("gone-away", 3)]);
        assert!(matches!(gone, NotApproved::Lapsed { person, .. } if person.as_str() == "gone-away"));
        // What they approved in their time stays approved.
        let then = "2026-11-21T23:00:00Z".parse().unwrap();
        let early = Statement {
            stated: then,
            ..statement()
        };
        let approved = note(&early.to_string(), &[("an-author", 1), ("gone-away", 3)]);
        assert!(approvers().check(&approved, &early, then).is_ok());
    }

    #[test]
    fn a_signature_over_anything_else_is_refused() {
        let both = [("an-author", 1), ("a-reviewer", 2)];
        let of = |change: fn(&mut Statement)| {
            let mut other = statement();
            change(&mut other);
            outcome(&note(&other.to_string(), &both)).unwrap_err()
        };
        for (change, what) in [
            (of(|s| s.action = AgreementAction::Retire), "action"),
            (of(|s| s.mou = MouId::new("outreach").unwrap()), "agreement"),
            (of(|s| s.content = Digest::of(b"other")), "content"),
            (of(|s| s.version = "1.0.1".to_owned()), "version"),
            (of(|s| s.file = Digest::of(b"other")), "file"),
            (of(|s| s.replaces = None), "replaced version"),
            (
                of(|s| s.replaces = Some(Digest::of(b"other"))),
                "replaced version",
            ),
        ] {
            assert!(
                matches!(&change, NotApproved::Other { what: found, .. } if *found == what),
                "{what}: {change}"
            );
        }
        let early = of(|s| s.stated = s.stated.plus_seconds(AHEAD + 1));
        assert!(matches!(early, NotApproved::Early { .. }), "{early}");
        let signed = note(&statement().to_string(), &both);
        let tampered = outcome(&signed.replacen("1.0.0", "1.0.1", 1)).unwrap_err();
        assert!(matches!(tampered, NotApproved::Signature { .. }), "{tampered}");
        let other_text = outcome(&note("I approve of everything\n", &both)).unwrap_err();
        assert!(
            matches!(other_text, NotApproved::Statement(StatementError::First)),
            "{other_text}"
        );
        assert!(matches!(outcome("").unwrap_err(), NotApproved::Note(_)));
    }

    #[test]
    fn two_who_could_be_one_are_not_taken() {
        let one = approver("an-author", 1);
        let twice = Approvers::new(vec![one.clone(), one.clone()]);
        assert!(matches!(twice, Err(UnsoundApprovers::Person(_))));
        let shared = Approvers::new(vec![one.clone(), approver("a-reviewer", 1)]);
        assert!(matches!(shared, Err(UnsoundApprovers::Key { .. })));
        let borrowed = Approver {
            person: StaffId::new("a-reviewer").unwrap(),
            ..one
        };
        assert!(matches!(
            Approvers::new(vec![borrowed]),
            Err(UnsoundApprovers::Name { .. })
        ));
    }
}
