//! The report on a file of forms, for whoever has the drawer of paper before them: of each row what became of it, what is
//! missing in plain words and what to do; and the same counted by reason, so that one remedy is applied to all its rows.

use std::collections::BTreeMap;

use consent::{Attested, Consent, ElementCheck, Outcome, Status};
use gateway_types::vocabulary::ConsentKind;
use gateway_types::{ConsentId, Timestamp};

use crate::consents::on_file::MOST_LIVE;

/// How many lines are named with each reason. The rows have them all.
const LINES_NAMED: usize = 20;

/// What became, or would become, of each row.
#[derive(Debug)]
pub struct ReleaseReport {
    /// The rows, in their order.
    pub rows: Vec<RowReport>,
}

/// What became of one row.
#[derive(Debug)]
pub struct RowReport {
    /// Its line in the file.
    pub line: u64,
    /// What became of it.
    pub outcome: RowOutcome,
    /// The consent, if it was recorded or is on file.
    pub consent: Option<ConsentId>,
    /// What the form lacks.
    pub missing: Vec<ElementCheck>,
    /// The kinds of form to offer instead.
    pub right_forms: Vec<ConsentKind>,
}

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowOutcome {
    /// Recorded, and stands so.
    Recorded(Status),
    /// It was on file; what the row vouches for beyond that is recorded, and it stands so.
    Completed(Status),
    /// The same form is on file, or stands further up.
    OnFile,
    /// The same, and it states another scan.
    OtherPaper,
    /// A form of the same parties, signed before it was taken back or found to be wrong, is on file: what was ended is
    /// not revived by sending the paper again.
    Ended,
    /// The agency's records name no such client.
    NoClient,
    /// The agency holds as many forms of the client as it may.
    TooMany,
    /// It cannot be recorded.
    Refused(String),
    /// It cannot be read.
    Unreadable(String),
}

/// Who can mend a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mender {
    /// Whoever keeps the file: a cell or a key is wrong.
    Clerk,
    /// Whoever has the signed form before them and can say what stands on it, how it was signed, or what happened since.
    FormHolder,
    /// The client alone, by signing a new form.
    Client,
}

impl Mender {
    /// As a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Clerk => "clerk",
            Self::FormHolder => "form_holder",
            Self::Client => "client",
        }
    }
}

/// Rows that came to one end for one reason.
#[derive(Debug)]
pub struct Reason {
    /// What became of them.
    pub outcome: &'static str,
    /// What is missing, if they are kept: the element and its provision.
    pub element: Option<(&'static str, &'static str)>,
    /// Why, in plain words.
    pub why: String,
    /// What to do.
    pub to_do: String,
    /// Who can do it; `None`: there is nothing to mend.
    pub mended_by: Option<Mender>,
    /// How many rows. One that lacks two things is counted with each.
    pub rows: u64,
    /// The first of their lines.
    pub first_lines: Vec<u64>,
}

impl RowOutcome {
    /// The outcome as a word.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Recorded(Status::Active) => "active",
            Self::Recorded(Status::Expired) => "expired",
            Self::Recorded(Status::Unconfirmed) => "unconfirmed",
            Self::Recorded(_) => "inadequate",
            Self::Completed(_) => "completed",
            Self::OnFile => "on_file",
            Self::OtherPaper => "other_paper",
            Self::Ended => "ended",
            Self::NoClient => "no_client",
            Self::TooMany | Self::Refused(_) => "refused",
            Self::Unreadable(_) => "unreadable",
        }
    }

    /// Where the form stands, if it was recorded or completed.
    #[must_use]
    pub const fn status(&self) -> Option<Status> {
        match self {
            Self::Recorded(status) | Self::Completed(status) => Some(*status),
            _ => None,
        }
    }

    /// Why it was not recorded, or opens nothing although it lacks nothing.
    #[must_use]
    pub fn why(&self) -> Option<String> {
        Some(match self {
            Self::Recorded(status) | Self::Completed(status) => match status {
                Status::Expired => "its end has come".to_owned(),
                Status::Unconfirmed => {
                    "nobody has said lately whether the event that ends it has happened".to_owned()
                }
                _ => return None,
            },
            Self::OnFile => "the same form is on file, or stands further up".to_owned(),
            Self::OtherPaper => {
                "the same form is on file, or stands further up, with another `artefact`".to_owned()
            }
            Self::Ended => {
                "a form between the same parties was taken back or found wrong after this one was signed"
                    .to_owned()
            }
            Self::NoClient => "your records name no client by the key in `own_key`".to_owned(),
            Self::TooMany => {
                format!(
                    "{MOST_LIVE} forms of the client that have not ended are on file, the most that are kept"
                )
            }
            Self::Refused(why) | Self::Unreadable(why) => why.clone(),
        })
    }

    const fn mended_by(&self) -> Option<Mender> {
        match self {
            Self::Recorded(Status::Expired) | Self::Completed(Status::Expired) | Self::Ended => {
                Some(Mender::Client)
            }
            Self::Recorded(Status::Unconfirmed) | Self::Completed(Status::Unconfirmed) => {
                Some(Mender::FormHolder)
            }
            Self::Recorded(_) | Self::Completed(_) | Self::OnFile => None,
            Self::NoClient | Self::TooMany | Self::OtherPaper | Self::Refused(_) | Self::Unreadable(_) => {
                Some(Mender::Clerk)
            }
        }
    }

    fn to_do(&self) -> Option<&'static str> {
        Some(match self {
            Self::Recorded(status) | Self::Completed(status) => match status {
                Status::Expired => {
                    "nothing, if the client no longer wants it; otherwise have a new form signed"
                }
                Status::Unconfirmed => {
                    "find out whether the event has happened and enter the answer; until then it shares nothing"
                }
                _ => return None,
            },
            Self::OnFile => "nothing",
            Self::OtherPaper => {
                "see which scan is that of the signed form: what is on file stays; if it is the wrong one, mark that entry \
                 as a duplicate and send the row again"
            }
            Self::Ended => {
                "if the client wants it again, have a new form signed; this paper no longer counts"
            }
            Self::NoClient => "correct the key, or send the client's record first; then send the row again",
            Self::TooMany => "revoke or mark in error those that no longer hold; then send the row again",
            Self::Refused(_) => {
                "correct the row, or let the agency that discloses record the form; then send it again"
            }
            Self::Unreadable(_) => "correct the row in the file and send it again",
        })
    }
}

impl RowReport {
    pub(super) const fn without_form(line: u64, outcome: RowOutcome, consent: Option<ConsentId>) -> Self {
        Self {
            line,
            outcome,
            consent,
            missing: Vec::new(),
            right_forms: Vec::new(),
        }
    }

    pub(super) fn of(
        line: u64,
        consent: &Consent,
        now: Timestamp,
        outcome: fn(Status) -> RowOutcome,
    ) -> Self {
        let lacks = |check: &ElementCheck| matches!(check.outcome, Outcome::Missing(_));
        let missing: Vec<_> = consent.adequacy(now).into_iter().filter(lacks).collect();
        let right_forms = if missing.is_empty() {
            Vec::new()
        } else {
            let forms = consent.terms().right_forms().into_iter();
            forms.map(|form| form.terms.kind).collect()
        };
        Self {
            line,
            outcome: outcome(consent.status(now)),
            consent: Some(consent.id()),
            missing,
            right_forms,
        }
    }

    /// What to do about the row; `None`: nothing, it is recorded and lacks nothing.
    #[must_use]
    pub fn to_do(&self) -> Option<String> {
        if self.missing.is_empty() || self.outcome.status() == Some(Status::Expired) {
            return self.outcome.to_do().map(str::to_owned);
        }
        let words: Option<Vec<_>> = self.missing.iter().map(|check| check.to_vouch).collect();
        Some(match words {
            Some(words) => vouch(&words),
            None => sign_anew(&self.right_forms, self.consent),
        })
    }
}

impl RowReport {
    /// Who can mend the row; `None`: there is nothing to mend.
    #[must_use]
    pub fn mended_by(&self) -> Option<Mender> {
        if self.missing.is_empty() || self.outcome.status() == Some(Status::Expired) {
            return self.outcome.mended_by();
        }
        let vouching_helps = self.missing.iter().all(|check| check.to_vouch.is_some());
        Some(if vouching_helps {
            Mender::FormHolder
        } else {
            Mender::Client
        })
    }
}

/// What helps where only somebody's word is missing.
fn vouch(words: &[Attested]) -> String {
    let words: Vec<_> = words.iter().map(|word| code(*word)).collect();
    format!(
        "look at the signed form; if it is so, add `{}` to the row's `attested` and send the row again",
        words.join(";")
    )
}

/// What helps where the paper itself lacks something.
fn sign_anew(kinds: &[ConsentKind], recorded: Option<ConsentId>) -> String {
    let kinds: Vec<_> = kinds.iter().map(ToString::to_string).collect();
    // Of a file that was only tried there is no entry yet.
    let first = match recorded {
        Some(_) => "mark this entry as one of wrong terms, ",
        None => "",
    };
    format!(
        "what is missing cannot be added to a signed form: offer the client a new one ({}). If the form does say it, \
         {first}correct the row and send it again",
        kinds.join(", ")
    )
}

/// The word as it stands in the file.
fn code(attested: Attested) -> String {
    let word = serde_json::to_value(attested).ok();
    word.as_ref()
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

impl ReleaseReport {
    /// How many rows came to each end.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::new();
        for row in &self.rows {
            *counts.entry(row.outcome.word()).or_default() += 1;
        }
        counts
    }

    /// Everything that asks for something to be done, by reason, most rows first.
    #[must_use]
    pub fn reasons(&self) -> Vec<Reason> {
        let mut reasons: BTreeMap<_, Reason> = BTreeMap::new();
        let mut count = |reason: Reason, line: u64| {
            let key = (reason.outcome, reason.element, reason.why.clone());
            let known = reasons.entry(key).or_insert(reason);
            known.rows += 1;
            if known.first_lines.len() < LINES_NAMED {
                known.first_lines.push(line);
            }
        };
        for row in &self.rows {
            let outcome = row.outcome.word();
            let reason = |element, why, to_do, mended_by| Reason {
                outcome,
                element,
                why,
                to_do,
                mended_by,
                rows: 0,
                first_lines: Vec::new(),
            };
            if let (Some(why), Some(to_do)) = (row.outcome.why(), row.outcome.to_do()) {
                let by = row.outcome.mended_by();
                count(reason(None, why, to_do.to_owned(), by), row.line);
            }
            if row.outcome.status() == Some(Status::Expired) {
                continue;
            }
            for check in &row.missing {
                let Outcome::Missing(why) = check.outcome else {
                    continue;
                };
                let to_do = check
                    .to_vouch
                    .map_or_else(|| sign_anew(&row.right_forms, row.consent), |word| vouch(&[word]));
                let by = check.to_vouch.map_or(Mender::Client, |_| Mender::FormHolder);
                let element = Some((check.id, check.citation));
                count(reason(element, why.to_owned(), to_do, Some(by)), row.line);
            }
        }
        let mut reasons: Vec<_> = reasons.into_values().collect();
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.rows));
        reasons
    }
}
