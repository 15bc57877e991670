//! The provisions: a base that permits with exceptions that forbid, or a base that forbids with exceptions that permit
//! (IHE PCF), one level of exceptions and no more.

use gateway_types::vocabulary::{Category, PurposeOfUse};
use gateway_types::{Timestamp, Word as _, WordSet};
use serde_json::Value;

use super::names;
use super::node::{At, Found};
use super::parties::{Resolver, recipients};
use super::scope::{self, Limits, Permitted};
use super::times::{NotATime, Time};
use crate::terms::{CategoryScope, Recipients};

const NO_TYPE: &str = "`type` is absent: whether this permits or forbids cannot be told";
const BAD_TYPE: &str = "`type` is neither `permit` nor `deny`";
const TOO_DEEP: &str = "an exception within an exception is not evaluated";
const SAME_TYPE: &str = "an exception of the same type as what it is an exception to is not evaluated";
const OUTSIDE: &str = "this exception reaches beyond the provision that it is an exception to";
const ROLE: &str = "the role has to be information recipient (v3-ParticipationType `IRCP`, or `PRCP`): others are not evaluated";
const DATA: &str = "data told apart by author, relation, instance, date or clinical code is not told apart by a consent here";
const LABEL: &str = "information told apart by this label is not told apart by a consent here";
const DENIED_LABEL: &str = "information that carries a label cannot be left out of a consent here; permit the single categories instead";
const CLASS: &str = "this class of information is not known here";
const MIXED_ALL: &str = "`all` stands beside single classes";
const PURPOSE: &str = "this purpose is not known here";
const ACTIONS: &str = "a permission that is not for `access` or `disclose` is not evaluated";
const ACTION: &str = "this action is not known here";
const NO_ZONE: &str = "a time of day without a zone: when it is cannot be told";
const NO_TIME: &str = "not a date or time of FHIR";
const LATER: &str = "it has not begun everywhere; send it when it has";
const BACKWARDS: &str = "the period ends before it begins";
const SOME_TIME: &str = "an exception for a time is not evaluated";

const NOBODY: &str = "no recipient is named: FHIR would mean everybody, and here it means nobody";
const NO_PURPOSE: &str = "no purpose is named: FHIR would mean any, and here it means none";
const NO_INFORMATION: &str = "no information is described: FHIR would mean all, and here it means none";
const BESIDE: &str = "persons are named beside their agency: only they are meant there";
const DAY: &str =
    "a day, month or year without a zone: it ends at the first moment at which it is over anywhere";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Permit,
    Deny,
}

struct Rule<'a> {
    at: At<'a>,
    kind: Kind,
    limits: Limits,
}

/// What the provision at `root` permits. `None`, with a fault, if that cannot be told or is nothing.
pub(super) fn permitted(
    root: &At<'_>,
    resolver: Resolver<'_>,
    now: Timestamp,
    found: &mut Found,
) -> Option<Permitted> {
    let faults = found.faults.len();
    let base = rule(root, resolver, now, found);
    let exceptions: Vec<Option<Rule<'_>>> = root
        .list("provision", found)
        .iter()
        .map(|at| {
            if at.value.get("provision").is_some() {
                found.fault(&format!("{}.provision", at.path), TOO_DEEP);
            }
            rule(at, resolver, now, found)
        })
        .collect();
    if found.faults.len() > faults {
        return None;
    }
    let base = base?;
    let exceptions: Vec<Rule<'_>> = exceptions.into_iter().flatten().collect();
    for exception in exceptions.iter().filter(|exception| exception.kind == base.kind) {
        found.fault(&exception.at.path, SAME_TYPE);
    }
    if found.faults.len() > faults {
        return None;
    }
    match base.kind {
        Kind::Permit => but_for(base, &exceptions, found),
        Kind::Deny => nothing_but(&base, exceptions, found),
    }
}

/// A base that permits.
fn but_for(base: Rule<'_>, exceptions: &[Rule<'_>], found: &mut Found) -> Option<Permitted> {
    let mut permitted = opens(&base.at, base.limits, found);
    for exception in exceptions {
        if exception.limits.until.is_some() {
            found.fault(&exception.at.path, SOME_TIME);
            return None;
        }
        if let Err(why) = permitted.without(&exception.limits) {
            found.fault(&exception.at.path, why);
            return None;
        }
    }
    Some(permitted)
}

/// A base that forbids.
fn nothing_but(base: &Rule<'_>, exceptions: Vec<Rule<'_>>, found: &mut Found) -> Option<Permitted> {
    let mut all: Option<Permitted> = None;
    if exceptions.is_empty() {
        found.fault(&base.at.path, scope::NOTHING_LEFT);
    }
    for exception in exceptions {
        if !base.limits.contain(&exception.limits) {
            found.fault(&exception.at.path, OUTSIDE);
            return None;
        }
        let outer = &base.limits;
        let inner = exception.limits;
        let limits = Limits {
            who: inner.who.or_else(|| outer.who.clone()),
            // What the base forbids includes what HL7 puts below; nothing is permitted that is not named.
            purposes: inner.purposes,
            categories: inner.categories,
            until: match (outer.until, inner.until) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            },
        };
        let opened = opens(&exception.at, limits, found);
        all = Some(match all.take() {
            None => opened,
            Some(before) => match before.or(opened) {
                Ok(together) => together,
                Err(why) => {
                    found.fault(&exception.at.path, why);
                    return None;
                }
            },
        });
    }
    all
}

/// What a permission opens. What it does not limit it does not open.
fn opens(at: &At<'_>, limits: Limits, found: &mut Found) -> Permitted {
    for (missing, says) in [
        (limits.who.is_none(), NOBODY),
        (limits.purposes.is_none(), NO_PURPOSE),
        (limits.categories.is_none(), NO_INFORMATION),
    ] {
        if missing {
            found.note(&at.path, says);
        }
    }
    let who = limits.who.unwrap_or_default();
    if who
        .persons
        .iter()
        .any(|person| who.agencies.contains(&person.agency))
    {
        found.note(&format!("{}.actor", at.path), BESIDE);
    }
    Permitted {
        who,
        except: Default::default(),
        purposes: limits.purposes.unwrap_or_default(),
        categories: limits.categories.unwrap_or_default(),
        until: limits.until,
    }
}

/// One provision's own conditions.
fn rule<'a>(at: &At<'a>, resolver: Resolver<'_>, now: Timestamp, found: &mut Found) -> Option<Rule<'a>> {
    let known = [
        "type",
        "period",
        "actor",
        "action",
        "securityLabel",
        "purpose",
        "class",
        "code",
        "dataPeriod",
        "data",
        "provision",
    ];
    at.fields(&known, found)?;
    for unread in ["code", "dataPeriod", "data"] {
        if let Some(there) = at.get(unread) {
            found.fault(&there.path, DATA);
        }
    }
    let kind = match at.text_of("type", found) {
        Some("permit") => Kind::Permit,
        Some("deny") => Kind::Deny,
        Some(_) => {
            found.fault(&at.path, BAD_TYPE);
            return None;
        }
        None => {
            found.fault(&at.path, NO_TYPE);
            return None;
        }
    };
    let who = actors(at, resolver, found);
    actions(at, kind, found);
    let purposes = purposes(at, kind, found);
    // What is told of the information in several ways has to hold in all of them.
    let told = [
        described(at, found),
        classes(at, kind, found),
        labels(at, kind, found),
    ];
    let categories = told.into_iter().flatten().reduce(scope::both);
    let until = period(at, now, found);
    Some(Rule {
        at: at.clone(),
        kind,
        limits: Limits {
            who,
            purposes,
            categories,
            until,
        },
    })
}

fn actors(at: &At<'_>, resolver: Resolver<'_>, found: &mut Found) -> Option<Recipients> {
    let actors = at.list("actor", found);
    if actors.is_empty() {
        return None;
    }
    let mut named = Vec::new();
    for actor in actors {
        if actor.object(&["role", "reference"], found).is_none() {
            continue;
        }
        let role = actor.get("role").unwrap_or_else(|| actor.clone());
        let codes = role.concept(found);
        let receives = |code: &super::node::Code<'_>| {
            code.system == names::PARTICIPATION && matches!(code.code, "IRCP" | "PRCP")
        };
        if codes.is_empty() || !codes.iter().all(receives) {
            found.fault(&role.path, ROLE);
        }
        let reference = actor.get("reference").unwrap_or_else(|| actor.clone());
        named.extend(resolver.resolve(&reference, found));
    }
    Some(recipients(named))
}

fn actions(at: &At<'_>, kind: Kind, found: &mut Found) {
    let mut discloses = None;
    for action in at.list("action", found) {
        for code in action.concept(found) {
            let known = matches!(code.code, "access" | "disclose" | "use" | "collect" | "correct");
            if code.system != names::ACTION || !known {
                found.fault(&code.path, ACTION);
            }
            let this = matches!(code.code, "access" | "disclose");
            discloses = Some(discloses.unwrap_or(false) || this);
        }
    }
    // Whatever is forbidden, no disclosure is made for it.
    if discloses == Some(false) && kind == Kind::Permit {
        found.fault(&format!("{}.action", at.path), ACTIONS);
    }
}

fn purposes(at: &At<'_>, kind: Kind, found: &mut Found) -> Option<WordSet<PurposeOfUse>> {
    let purposes = at.list("purpose", found);
    if purposes.is_empty() {
        return None;
    }
    let mut set = WordSet::EMPTY;
    for code in purposes
        .iter()
        .filter_map(|purpose| purpose.coding(found))
        .collect::<Vec<_>>()
    {
        match names::purpose(code.system, code.code) {
            Some(purpose) if kind == Kind::Permit => set.insert(purpose),
            Some(purpose) => set = set.union(names::with_children(purpose)),
            None => found.fault(&code.path, PURPOSE),
        }
    }
    Some(set)
}

/// The categories of the extension `consent-category`: PCF bars `class` and `code`.
fn described(at: &At<'_>, found: &mut Found) -> Option<CategoryScope> {
    let extensions = at.extensions(&["consent-category"], found);
    if extensions.is_empty() {
        return None;
    }
    let (mut set, mut all) = (WordSet::EMPTY, false);
    for (_, extension) in &extensions {
        if extension.value.get("valueCode").and_then(Value::as_str) == Some(names::ALL) {
            all = true;
        } else if let Some(category) = extension.word(found) {
            set.insert(category);
        }
    }
    if all && extensions.len() > 1 {
        found.fault(&at.path, MIXED_ALL);
    }
    Some(if all {
        CategoryScope::All
    } else {
        CategoryScope::Only(set)
    })
}

fn classes(at: &At<'_>, kind: Kind, found: &mut Found) -> Option<CategoryScope> {
    let classes = at.list("class", found);
    if classes.is_empty() {
        return None;
    }
    let (mut set, mut all) = (WordSet::<Category>::EMPTY, false);
    let count = classes.len();
    for class in classes {
        let Some(code) = class.coding(found) else { continue };
        let held = match code.system {
            names::CATEGORY if code.code == names::ALL => {
                all = true;
                Some(WordSet::EMPTY)
            }
            names::CATEGORY => Category::from_code(code.code)
                .ok()
                .map(|category| WordSet::EMPTY.with(category)),
            names::RESOURCE_TYPE => names::resource_type(code.code).map(|holds| match kind {
                Kind::Permit => holds.at_most,
                Kind::Deny => holds.at_least,
            }),
            _ => None,
        };
        match held {
            Some(held) => set = set.union(held),
            None => found.fault(&code.path, CLASS),
        }
    }
    if all && count > 1 {
        found.fault(&format!("{}.class", at.path), MIXED_ALL);
    }
    Some(if all {
        CategoryScope::All
    } else {
        CategoryScope::Only(set)
    })
}

fn labels(at: &At<'_>, kind: Kind, found: &mut Found) -> Option<CategoryScope> {
    let labels = at.list("securityLabel", found);
    if labels.is_empty() {
        return None;
    }
    if kind == Kind::Deny {
        found.fault(&format!("{}.securityLabel", at.path), DENIED_LABEL);
        return None;
    }
    let codes: Vec<_> = labels.iter().filter_map(|label| label.coding(found)).collect();
    let level = |level| {
        codes
            .iter()
            .any(|code| code.system == names::CONFIDENTIALITY && code.code == level)
    };
    // Normal and restricted together are whatever else is described.
    let (normal, restricted) = (level("N"), level("R"));
    let mut set = WordSet::EMPTY;
    for code in &codes {
        let held = match code.system {
            names::CONFIDENTIALITY if matches!(code.code, "N" | "R") && normal && restricted => continue,
            names::ACT_CODE => names::labelled(code.code),
            _ => None,
        };
        match held {
            Some(held) => set = set.union(held),
            None => found.fault(&code.path, LABEL),
        }
    }
    (!(normal && restricted)).then_some(CategoryScope::Only(set))
}

/// Until when. A period that has not begun refuses.
fn period(at: &At<'_>, now: Timestamp, found: &mut Found) -> Option<Timestamp> {
    let period = at.get("period")?;
    period.object(&["start", "end"], found)?;
    let start = period.get("start").and_then(|start| time(&start, found));
    let end = period.get("end").and_then(|end| time(&end, found));
    if start.is_some_and(|start| start.latest_start() > now) {
        found.fault(&period.path, LATER);
    }
    let end = end?;
    let ends = end.earliest_end();
    if start
        .zip(ends)
        .is_some_and(|(start, end)| end <= start.earliest_start())
    {
        found.fault(&period.path, BACKWARDS);
    }
    match (end, ends) {
        (Time::Exact(moment), _) => Some(moment),
        (_, Some(moment)) => {
            found.note(&format!("{}.end", period.path), DAY);
            Some(moment)
        }
        (_, None) => {
            found.fault(&period.path, NO_TIME);
            None
        }
    }
}

/// A date or time, or a fault.
pub(super) fn time(at: &At<'_>, found: &mut Found) -> Option<Time> {
    match Time::read(at.text(found)?) {
        Ok(time) => Some(time),
        Err(NotATime::NoZone) => {
            found.fault(&at.path, NO_ZONE);
            None
        }
        Err(NotATime::Unreadable) => {
            found.fault(&at.path, NO_TIME);
            None
        }
    }
}
