//! Every key that an agreement file may have: what it holds, whether it is needed, and what it is for.
//!
//! One table for three uses: the reader refuses what is not in it, and the JSON schema and the reference in
//! `docs/mou-files.md` are written from it, so that none of them can say otherwise than the others.

use gateway_types::vocabulary::{
    AgencyKind, Category, ConsentKind, Instrument, InstrumentTerm, PurposeOfUse, Role, Word,
};

use super::Condition;
use super::draft::{DEMANDS, POLICE_PRESENT, STATUSES};

/// A table of the file.
pub(super) struct Section {
    /// As it is written: `clause`, `redisclosure.allow`; empty for the top of the file.
    pub(super) name: &'static str,
    pub(super) keys: &'static [Key],
}

/// A key of a table.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) need: Need,
    pub(super) holds: Holds,
    pub(super) about: &'static str,
}

/// Whether a key must be there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Needed,
    Optional,
}

/// What a key holds.
#[derive(Clone, Copy)]
pub(super) enum Holds {
    Text,
    /// A text of this form (a regular expression, for the schema).
    Shaped(&'static str),
    Date,
    Flag,
    Number,
    /// One of these words.
    One(fn() -> Vec<&'static str>),
    /// A list of these words.
    Words(fn() -> Vec<&'static str>),
    /// A list of names, of which these are known everywhere and the file may define others.
    Names(fn() -> Vec<&'static str>),
    /// `not_required` alone, or a list of these words.
    Demand(fn() -> Vec<&'static str>),
    /// A table of names and texts.
    Pairs,
    Table(&'static Section),
    Tables(&'static Section),
}

const fn needed(name: &'static str, holds: Holds, about: &'static str) -> Key {
    Key {
        name,
        need: Need::Needed,
        holds,
        about,
    }
}

const fn optional(name: &'static str, holds: Holds, about: &'static str) -> Key {
    Key {
        name,
        need: Need::Optional,
        holds,
        about,
    }
}

pub(super) fn codes<W: Word>() -> Vec<&'static str> {
    W::ALL.iter().map(|word| word.code()).collect()
}

fn names<T>(known: &[(&'static str, T)]) -> Vec<&'static str> {
    known.iter().map(|(name, _)| *name).collect()
}

fn shareable() -> Vec<&'static str> {
    codes::<Category>()
}

fn no_names() -> Vec<&'static str> {
    Vec::new()
}

const SLUG: &str = "^[a-z][a-z0-9-]*$";
const SIDE: &str = "^[^.]+\\.[a-z_]+$";
const VERSION: &str = "^(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)$";
const SHA256: &str = "^(sha256:)?[0-9a-f]{64}$";

pub(super) static TOP: Section = Section {
    name: "",
    keys: &[
        needed(
            "format",
            Holds::One(|| vec![super::draft::FORMAT]),
            "the language of the file",
        ),
        needed(
            "id",
            Holds::Shaped(SLUG),
            "its name; only one active file may have it",
        ),
        needed(
            "version",
            Holds::Shaped(VERSION),
            "major.minor.patch; `assent policies diff` says which of them has to go up",
        ),
        needed("title", Holds::Text, "for people"),
        needed(
            "status",
            Holds::One(|| names(STATUSES)),
            "only an `active` file is used",
        ),
        needed("effective", Holds::Date, "the first day"),
        optional("expires", Holds::Date, "the last day; it still counts"),
        optional("review_by", Holds::Date, "`check` warns once it has passed"),
        optional(
            "time_zone",
            Holds::Text,
            "where its days begin and end, e.g. `America/Chicago`; left out: UTC",
        ),
        optional(
            "signed_document_sha256",
            Holds::Shaped(SHA256),
            "digest of the signed paper; kept, not compared with anything",
        ),
        optional(
            "supersedes",
            Holds::Table(&SUPERSEDES),
            "the version before it; `diff` says if it is another one",
        ),
        needed(
            "instruments",
            Holds::Words(codes::<Instrument>),
            "what it is in law",
        ),
        optional(
            "terms",
            Holds::Words(codes::<InstrumentTerm>),
            "what the instruments contain; one without its terms counts for nothing",
        ),
        optional(
            "segregated_clinical_record",
            Holds::Flag,
            "`true`: the host agency cannot read the clinical records kept in it",
        ),
        needed("party", Holds::Tables(&PARTY), "who is bound; at least two"),
        optional(
            "signature",
            Holds::Tables(&SIGNATURE),
            "who signed; without every party's it is not in force",
        ),
        optional(
            "field_set",
            Holds::Tables(&FIELD_SET),
            "categories under one name: the minimum necessary",
        ),
        needed("clause", Holds::Tables(&CLAUSE), "what may be shared"),
        optional("never", Holds::Tables(&NEVER), "promises not to share"),
        optional(
            "audience",
            Holds::Table(&AUDIENCE),
            "what becomes of a view that police can see",
        ),
        optional("emergency", Holds::Table(&EMERGENCY), "breaking the glass"),
        optional(
            "redisclosure",
            Holds::Table(&REDISCLOSURE),
            "passing on what was received",
        ),
        optional(
            "retention",
            Holds::Tables(&RETENTION),
            "how long what was received may be kept",
        ),
        optional("test", Holds::Tables(&TEST), "what this paper lets a role see"),
    ],
};

static SUPERSEDES: Section = Section {
    name: "supersedes",
    keys: &[
        needed("version", Holds::Shaped(VERSION), "its version"),
        needed("hash", Holds::Shaped(SHA256), "its digest, as `check` prints it"),
    ],
};

static PARTY: Section = Section {
    name: "party",
    keys: &[
        needed("key", Holds::Text, "how this file calls it"),
        needed("agency", Holds::Shaped(SLUG), "its id in the registry"),
        needed("name", Holds::Text, "for people"),
        needed(
            "kind",
            Holds::One(codes::<AgencyKind>),
            "for the tests and for `check`; at run time the registry says what an agency is",
        ),
        needed(
            "roles",
            Holds::Words(codes::<Role>),
            "the roles that clauses may name as recipients",
        ),
    ],
};

static SIGNATURE: Section = Section {
    name: "signature",
    keys: &[
        needed("party", Holds::Text, "key of the party"),
        needed("name", Holds::Text, "who signed"),
        needed("title", Holds::Text, "as what"),
        needed("on", Holds::Date, "when"),
    ],
};

static FIELD_SET: Section = Section {
    name: "field_set",
    keys: &[
        needed("key", Holds::Text, "how clauses call it; not like a category"),
        optional("about", Holds::Text, "for people"),
        needed("fields", Holds::Words(codes::<Category>), "its categories"),
    ],
};

static CLAUSE: Section = Section {
    name: "clause",
    keys: &[
        needed("id", Holds::Text, "the number in the paper"),
        needed(
            "text",
            Holds::Text,
            "the words of the paper; explanations repeat them",
        ),
        needed("from", Holds::Names(no_names), "whose data: keys of parties"),
        needed(
            "to",
            Holds::Names(no_names),
            "who receives: keys of parties; the direction counts",
        ),
        needed(
            "roles",
            Holds::Words(codes::<Role>),
            "who may receive; each a role of a receiving party",
        ),
        needed(
            "purposes",
            Holds::Words(codes::<PurposeOfUse>),
            "what for, one by one",
        ),
        needed(
            "share",
            Holds::Names(shareable),
            "categories and field sets; `*` is refused: the minimum necessary has to be chosen",
        ),
        needed(
            "consent",
            Holds::Demand(codes::<ConsentKind>),
            "a usable consent of one of these kinds is demanded besides what the law asks; `not_required` adds no demand",
        ),
        optional(
            "when",
            Holds::Words(|| names(Condition::WORDS)),
            "conditions; all must hold",
        ),
        needed("basis", Holds::Text, "for the reader; no decision ever reads it"),
    ],
};

static NEVER: Section = Section {
    name: "never",
    keys: &[
        needed("id", Holds::Text, "the number in the paper"),
        needed("text", Holds::Text, "the words of the paper"),
        optional(
            "from",
            Holds::Names(no_names),
            "whose data; left out: any party's",
        ),
        needed("to", Holds::Names(no_names), "who does not receive"),
        optional(
            "purposes",
            Holds::Words(codes::<PurposeOfUse>),
            "what for; left out: for anything",
        ),
        needed(
            "share",
            Holds::Names(shareable),
            "categories and field sets, or `*`",
        ),
    ],
};

static AUDIENCE: Section = Section {
    name: "audience",
    keys: &[
        optional("text", Holds::Text, "the words of the paper"),
        needed(
            "law_enforcement_present",
            Holds::One(|| names(POLICE_PRESENT)),
            "`withhold`: nothing goes under this agreement; `treat_as_recipient`, also without this table: they too must be allowed",
        ),
    ],
};

static EMERGENCY: Section = Section {
    name: "emergency",
    keys: &[
        needed("text", Holds::Text, "the words of the paper"),
        needed("from", Holds::Names(no_names), "whose data"),
        needed("to", Holds::Names(no_names), "who receives"),
        needed("roles", Holds::Words(codes::<Role>), "who may break the glass"),
        needed(
            "purposes",
            Holds::Words(|| {
                super::draft::EMERGENCY_PURPOSES
                    .iter()
                    .map(|word| word.code())
                    .collect()
            }),
            "no other purposes",
        ),
        needed("share", Holds::Names(shareable), "categories and field sets"),
        needed("consent", Holds::Demand(codes::<ConsentKind>), "as in a clause"),
        optional(
            "when",
            Holds::Words(|| names(Condition::WORDS)),
            "`emergency_stated` is always added",
        ),
        optional(
            "requires",
            Holds::Words(|| names(DEMANDS)),
            "`stated_reason`: the statement names who makes it and the nature of the emergency, or the clause stays shut; `second_person_within_24h`: a duty on the decision",
        ),
        optional(
            "notify",
            Holds::Names(|| vec!["client_when_safe"]),
            "`client_when_safe`, `privacy_officer:` and a party's key; duties on the decision",
        ),
        optional(
            "max_hours",
            Holds::Number,
            "how long what was opened may be used: a term on the decision",
        ),
        optional("basis", Holds::Text, "for the reader; no decision ever reads it"),
    ],
};

static REDISCLOSURE: Section = Section {
    name: "redisclosure",
    keys: &[
        needed(
            "default",
            Holds::One(|| vec!["prohibited"]),
            "the paper forbids passing on",
        ),
        optional(
            "notice",
            Holds::Text,
            "for the reader: the law's notices travel in any case",
        ),
        optional(
            "allow",
            Holds::Tables(&ALLOW),
            "what may be passed on nevertheless",
        ),
    ],
};

static ALLOW: Section = Section {
    name: "redisclosure.allow",
    keys: &[
        needed("party", Holds::Text, "who passes on"),
        needed("to", Holds::Names(no_names), "to which parties"),
        needed("share", Holds::Names(shareable), "categories and field sets"),
        needed("why", Holds::Text, "for the reader"),
    ],
};

static RETENTION: Section = Section {
    name: "retention",
    keys: &[
        needed("party", Holds::Text, "who keeps it"),
        needed(
            "share",
            Holds::Names(shareable),
            "categories and field sets, or `*`",
        ),
        needed("days", Holds::Number, "for how long: a term on the decision"),
        needed("then", Holds::One(|| vec!["delete"]), "what becomes of it"),
    ],
};

static TEST: Section = Section {
    name: "test",
    keys: &[
        needed("name", Holds::Text, "for people"),
        needed("given", Holds::Table(&GIVEN), "who asks for what"),
        needed("expect", Holds::Table(&EXPECT), "what is seen"),
    ],
};

static GIVEN: Section = Section {
    name: "test.given",
    keys: &[
        needed("as", Holds::Shaped(SIDE), "who asks: `party.role`"),
        needed("from", Holds::Text, "whose data"),
        needed("purpose", Holds::One(codes::<PurposeOfUse>), "what for"),
        needed("on", Holds::Date, "on which day, at noon"),
        optional(
            "consent",
            Holds::Words(codes::<ConsentKind>),
            "kinds of consent taken to be usable",
        ),
        optional(
            "facts",
            Holds::Words(super::given_facts),
            "conditions and demands taken to be met",
        ),
        optional(
            "audience",
            Holds::Names(no_names),
            "who else sees it: `party.role`",
        ),
    ],
};

static EXPECT: Section = Section {
    name: "test.expect",
    keys: &[
        optional("visible", Holds::Names(shareable), "what everybody present sees"),
        optional(
            "hidden",
            Holds::Names(shareable),
            "what is not seen; `*`: nothing is",
        ),
        optional(
            "because",
            Holds::Pairs,
            "a category and the clause that shows it, or the promise that hides it",
        ),
    ],
};

/// Every section, in the order of a file.
pub(super) fn sections() -> Vec<&'static Section> {
    fn walk(section: &'static Section, found: &mut Vec<&'static Section>) {
        found.push(section);
        for key in section.keys {
            if let Holds::Table(inner) | Holds::Tables(inner) = key.holds {
                walk(inner, found);
            }
        }
    }
    let mut found = Vec::new();
    walk(&TOP, &mut found);
    found
}

impl Section {
    pub(super) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The section of a table inside this one.
    pub(super) fn inner(&self, name: &str) -> Option<&'static Section> {
        match self.key(name)?.holds {
            Holds::Table(inner) | Holds::Tables(inner) => Some(inner),
            _ => None,
        }
    }
}
