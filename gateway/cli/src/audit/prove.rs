//! `assent audit prove`: what does a receipt, an answer with its receipt, an accounting or a proof file show? Offline, with
//! the log's public key alone.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use gateway_audit::accounted::{from_header, json_bytes};
use gateway_audit::lists::{Class, CompletenessProof};
use gateway_audit::{Checkpoint, Leaf, Proof, Receipt, SignedAccounting, VerifierKey};
use gateway_exchange::account::views::View;
use gateway_types::vocabulary::{PurposeOfUse, Word};
use gateway_types::{AgencyId, Date, Timestamp, WordSet};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::Failure;

/// An answer to a question, as it came.
#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    disclosure: &'a RawValue,
    receipt: Receipt,
}

/// Of the disclosure only whose records these are.
#[derive(Deserialize)]
struct Disclosed {
    elements: Vec<Element>,
}

#[derive(Deserialize)]
struct Element {
    source: AgencyId,
}

/// An accounting, as it came.
#[derive(Deserialize)]
struct Accounting {
    disclosures: Vec<Line>,
    proof: Option<CompletenessProof>,
    #[serde(default)]
    merged: Vec<CompletenessProof>,
    accounting: Option<AccountingOf>,
    signed: Option<String>,
}

/// The accounting of one law.
#[derive(Deserialize)]
struct AccountingOf {
    view: String,
    since: Option<Date>,
}

#[derive(Deserialize)]
struct Line {
    index: u64,
    event: gateway_types::EventId,
    sources: Vec<AgencyId>,
}

/// Reads a file and says what it shows.
pub(super) fn run(file: &Path, key: &VerifierKey) -> Result<String, Failure> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
    shown(&text, key).map_err(|error| Failure::Data(error.context(format!("`{}`", file.display()))))
}

fn shown(text: &str, key: &VerifierKey) -> anyhow::Result<String> {
    if text.starts_with("c2sp.org/tlog-proof") {
        let proved = Proof::parse(text)?.verify_receipt(key)?;
        let what = proved.leaf.kind.in_words();
        return Ok(format!(
            "Entry {} ({what}, event {}) is in the log {}, one of {} entries.",
            proved.index, proved.leaf.event, proved.checkpoint.origin, proved.checkpoint.head.size
        ));
    }
    let value: serde_json::Value = serde_json::from_str(text)
        .map_err(|error| anyhow::anyhow!("line {}, column {}: not JSON", error.line(), error.column()))?;
    let form = |what| {
        move |error: serde_json::Error| {
            anyhow::anyhow!("not {what}: line {}, column {}", error.line(), error.column())
        }
    };
    if value.get("disclosure").is_some() {
        let answer: Answer<'_> = serde_json::from_str(text).map_err(form("an answer with its receipt"))?;
        let disclosed: Disclosed =
            serde_json::from_str(answer.disclosure.get()).map_err(form("a disclosure"))?;
        let sources: Vec<AgencyId> = disclosed
            .elements
            .into_iter()
            .map(|element| element.source)
            .collect();
        answer
            .receipt
            .check_for(key, answer.disclosure.get().as_bytes(), &sources)?;
        return receipt(&answer.receipt, key, true);
    }
    if value.get("disclosures").is_some() {
        let accounting: Accounting = serde_json::from_str(text).map_err(form("an accounting"))?;
        return accounted(&accounting, text, key);
    }
    let bare: Receipt = serde_json::from_str(text).map_err(form("a receipt"))?;
    receipt(&bare, key, false)
}

/// A receipt in words.
fn receipt(receipt: &Receipt, key: &VerifierKey, answer_compared: bool) -> anyhow::Result<String> {
    let shown = receipt.check(key)?;
    let mut words = format!(
        "Entry {} ({}, event {}) is in the log {}, one of {} entries.\n",
        receipt.index,
        shown.leaf.kind.in_words(),
        receipt.event,
        shown.checkpoint.origin,
        shown.checkpoint.head.size
    );
    if let Some(stated) = &receipt.stated {
        let said = &stated.statement;
        writeln!(
            words,
            "Disclosed {} to {}{}, for {}: {}.",
            said.at,
            said.recipient.as_ref().map_or("nobody named", AgencyId::as_str),
            said.role
                .map_or_else(String::new, |role| format!(" ({})", role.code())),
            said.purpose.map_or("no purpose named", PurposeOfUse::code),
            listed(said.categories)
        )?;
        writeln!(
            words,
            "Grounds: {}. Rules and agreements: {}.",
            listed(said.bases),
            shown.leaf.policy
        )?;
    }
    if let Some(filing) = &receipt.filing {
        let lists: Vec<String> = filing
            .lists
            .iter()
            .map(|filed| format!("{} of {}", class(filed.list.class), filed.list.source))
            .collect();
        writeln!(
            words,
            "Filed under accounting number {}: {}.",
            filing.number,
            lists.join(", ")
        )?;
    }
    words.push_str(if answer_compared {
        "The answer in this file is the one that was recorded."
    } else {
        "The answer itself is not in this file and was not compared."
    });
    Ok(words)
}

/// Says what the signature shows of an accounting that is no JSON.
pub(super) fn signed_file(file: &Path, note: &Path, key: &VerifierKey) -> Result<String, Failure> {
    let read =
        |path: &Path| std::fs::read(path).with_context(|| format!("`{}` cannot be read", path.display()));
    let bytes = read(file)?;
    let note = String::from_utf8(read(note)?)
        .map_err(|_| Failure::Data(anyhow::anyhow!("`{}` holds no signature", note.display())))?;
    let words = SignedAccounting::open(&from_header(&note), key, &bytes)
        .map(|signed| said(&signed))
        .with_context(|| format!("`{}`", file.display()))
        .map_err(Failure::Data)?;
    Ok(format!(
        "{words}\nThat no line is missing is shown by the accounting in JSON alone."
    ))
}

fn said(signed: &SignedAccounting) -> String {
    format!(
        "The accounting `{}` of {}, made {}, as the log's key signed it.",
        signed.view, signed.agency, signed.made
    )
}

/// An accounting in words: what its proofs show, and its signature.
fn accounted(accounting: &Accounting, text: &str, key: &VerifierKey) -> anyhow::Result<String> {
    let mut words = match &accounting.proof {
        Some(proof) => complete(accounting, proof, key)?,
        None if accounting.signed.is_some() => {
            "It holds no proof that no line is missing: the client was named by particulars, and nothing went.".to_owned()
        }
        None => anyhow::bail!("not an accounting with its proof"),
    };
    let Some(note) = &accounting.signed else {
        if accounting.accounting.is_some() {
            words.push_str(
                "\nIt is NOT signed: what its lines say, and those beside the lists, may have been changed.",
            );
        }
        return Ok(words);
    };
    let signed = SignedAccounting::open(note, key, &json_bytes(text)?)?;
    let named = accounting.accounting.as_ref();
    anyhow::ensure!(
        named.is_some_and(|of| of.view == signed.view),
        "the signature is of another accounting than the file says to be"
    );
    write!(words, "\n{}", said(&signed))?;
    Ok(words)
}

fn complete(accounting: &Accounting, first: &CompletenessProof, key: &VerifierKey) -> anyhow::Result<String> {
    let wanted = Wanted::of(accounting, first)?;
    let mut words = String::new();
    let mut covered = BTreeSet::new();
    for (at, proof) in std::iter::once(first).chain(&accounting.merged).enumerate() {
        let entries = proof.check(key)?;
        let head = Checkpoint::open(&proof.checkpoint, key)?;
        writeln!(
            words,
            "{} {}, by the log {} of {} entries.",
            if at == 0 {
                "Accounting number"
            } else {
                "Merged with"
            },
            proof.number,
            head.origin,
            head.head.size
        )?;
        for list in &proof.lists {
            writeln!(
                words,
                "{} of {}: {} disclosures, none left out.",
                class(list.list.class),
                list.list.source,
                list.places.len()
            )?;
        }
        for (place, leaf) in &entries {
            covered.insert(*place);
            if !wanted.asks_for(*place, leaf, proof) {
                continue;
            }
            let line = accounting.disclosures.iter().find(|line| line.index == *place);
            match line {
                Some(line) if line.event == leaf.event => {}
                Some(_) => anyhow::bail!("the line of entry {place} names another event than the log"),
                None => anyhow::bail!("entry {place} is on the lists and has no line in the accounting"),
            }
        }
    }
    let sources: Vec<&AgencyId> = (first.lists.iter()).map(|list| &list.list.source).collect();
    let beside = (accounting.disclosures.iter())
        .filter(|line| !covered.contains(&line.index))
        .filter(|line| line.sources.iter().any(|source| sources.contains(&source)))
        .count();
    if let Wanted::None { view } = wanted {
        writeln!(
            words,
            "The lists do not follow the accounting `{view}`: whether it has every line, they do not show."
        )?;
    }
    write!(
        words,
        "Disclosures that an agency may have kept back for a time are never covered; {beside} lines stand beside the lists."
    )?;
    Ok(words)
}

/// Which of the listed entries must have a line.
enum Wanted {
    /// All: no accounting of one law was asked for.
    All,
    /// Those on the lists of one class, but for what is older than its law reaches back.
    Of { class: Class, since: Option<Timestamp> },
    /// The lists are not kept by this accounting.
    None { view: &'static str },
}

impl Wanted {
    /// What the accounting says it is. How far it must reach back is not taken from it.
    fn of(accounting: &Accounting, first: &CompletenessProof) -> anyhow::Result<Self> {
        let Some(of) = &accounting.accounting else {
            return Ok(Self::All);
        };
        let view = View::from_code(&of.view).context("an accounting of a law that is not known here")?;
        let class = match view {
            View::Hipaa => Class::Hipaa,
            View::Part2 => Class::Part2,
            _ => return Ok(Self::None { view: view.code() }),
        };
        let last = Leaf::decode(&first.map.leaf.0)?.stamp.time_ms;
        let made = Timestamp::from_micros(i64::try_from(last)?.saturating_mul(1000));
        let lawful = view.since(made);
        if of.since > lawful {
            anyhow::bail!(
                "the accounting begins later than {} lets it: it was made on {}",
                view.rule(),
                made.date()
            );
        }
        Ok(Self::Of {
            class,
            since: lawful.map(Date::start_utc),
        })
    }

    fn asks_for(&self, place: u64, leaf: &Leaf, proof: &CompletenessProof) -> bool {
        match self {
            Self::All => true,
            Self::None { .. } => false,
            Self::Of { class, since } => {
                let mut of_class = proof.lists.iter().filter(|list| list.list.class == *class);
                let on_it = of_class.any(|list| list.places.contains(&place));
                // An entry is stamped a little after what it tells of happened.
                let stamped =
                    i64::try_from(leaf.stamp.time_ms).map_or(i64::MAX, |ms| ms.saturating_mul(1000));
                let in_time = since.is_none_or(|since| stamped >= since.plus_seconds(3600).as_micros());
                on_it && in_time
            }
        }
    }
}

const fn class(class: Class) -> &'static str {
    match class {
        Class::Hipaa => "HIPAA accounting",
        Class::Part2 => "Part 2 accounting",
        Class::Other => "other disclosures",
        Class::Suspendable => "disclosures that may be suspended",
    }
}

fn listed<W: Word>(words: WordSet<W>) -> String {
    let words: Vec<&str> = words.iter().map(W::code).collect();
    if words.is_empty() {
        "none".to_owned()
    } else {
        words.join(", ")
    }
}
