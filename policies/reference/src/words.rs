//! The closed vocabularies as enumerated entity types of Cedar, and their words as values.

use cedar_policy::{EntityId, EntityTypeName, EntityUid, ParseErrors, RestrictedExpression};
use gateway_types::vocabulary::{
    AgencyFlag, AgencyKind, ApprovalType, AttestationFact, AttestationType, AuthorityForm, AuthorityTopic,
    Basis, Category, ClientMatch, ConsentKind, Deidentified, ElementFact, ExpiryEvent, Finding, GatewayRole,
    Initiator, Instrument, InstrumentTerm, LegalProcessFact, LegalProcessType, NoticeUse, Part2Status,
    PurposeOfUse, RecipientClass, Regime, RequestFor, RestrictionType, Role, Sensitivity, SignerRole,
    StateTopic, Statement, SystemKind, Word, WordSet,
};

use crate::floor::FloorError;

/// The word of every vocabulary of which there may be none: no rule names it.
pub(crate) const ABSENT: &str = "absent";

/// A vocabulary of the scenarios that Cedar knows.
pub trait Listed: Word {
    /// Its place among the types.
    const TYPE: usize;
}

/// One enumerated type.
pub(crate) struct WordType {
    pub(crate) name: &'static str,
    pub(crate) codes: fn() -> Vec<&'static str>,
    /// Whether there may be no word.
    pub(crate) optional: bool,
}

fn codes_of<W: Word>() -> Vec<&'static str> {
    W::ALL.iter().map(|word| word.code()).collect()
}

macro_rules! listed {
    ($($place:literal $word:ident as $name:literal $($optional:ident)?,)+) => {
        $(impl Listed for $word { const TYPE: usize = $place; })+

        /// Every vocabulary, at its own place.
        pub(crate) static TYPES: &[WordType] = &[$(WordType {
            name: $name,
            codes: codes_of::<$word>,
            optional: listed!(@ $($optional)?),
        },)+];
    };
    (@ optional) => { true };
    (@) => { false };
}

listed! {
    0 AgencyKind as "AgencyKind",
    1 Part2Status as "Part2Status",
    2 AgencyFlag as "AgencyFlag",
    3 Role as "Role" optional,
    4 SystemKind as "SystemKind" optional,
    5 Category as "Category",
    6 Regime as "Regime" optional,
    7 Sensitivity as "Sensitivity",
    8 ElementFact as "ElementFact",
    9 Deidentified as "Deidentified",
    10 Basis as "Basis" optional,
    11 PurposeOfUse as "Purpose",
    12 Initiator as "Initiator",
    13 ClientMatch as "ClientMatch",
    14 ConsentKind as "ConsentKind" optional,
    15 RecipientClass as "RecipientClass",
    16 Statement as "Statement",
    17 ExpiryEvent as "ExpiryEvent" optional,
    18 SignerRole as "SignerRole" optional,
    19 AttestationType as "AttestationType" optional,
    20 AttestationFact as "AttestationFact",
    21 LegalProcessType as "LegalProcessType" optional,
    22 LegalProcessFact as "LegalProcessFact",
    23 RequestFor as "RequestFor" optional,
    24 Finding as "Finding",
    25 AuthorityTopic as "AuthorityTopic" optional,
    26 AuthorityForm as "AuthorityForm" optional,
    27 ApprovalType as "ApprovalType",
    28 StateTopic as "StateTopic",
    29 RestrictionType as "RestrictionType" optional,
    30 Instrument as "Instrument",
    31 InstrumentTerm as "InstrumentTerm",
    32 NoticeUse as "NoticeUse",
    33 GatewayRole as "GatewayRole",
}

/// The types that are Cedar's alone, with their words.
pub(crate) const OWN_TYPES: &[(&str, &[&str])] = &[
    ("Reliance", &["recipient", "holder", "question"]),
    ("Expiry", &["not_stated", "moment", "event", "never"]),
    ("Occurrence", &["yes", "no", "unknown"]),
    ("StatementForm", &["written", "oral", ABSENT]),
];

/// Every word as a value, made once.
#[derive(Clone, Debug)]
pub struct Lexicon {
    words: Vec<Vec<EntityUid>>,
    absent: Vec<EntityUid>,
    own: Vec<Vec<EntityUid>>,
    agency: EntityTypeName,
    person: EntityTypeName,
}

impl Lexicon {
    /// Makes them.
    ///
    /// # Errors
    /// [`FloorError::Invalid`], which the fixed names do not provoke.
    pub fn new() -> Result<Self, FloorError> {
        let uids = |name: &str, codes: &[&str]| -> Result<Vec<EntityUid>, FloorError> {
            let kind = type_name(name)?;
            Ok(codes
                .iter()
                .map(|code| EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(code)))
                .collect())
        };
        let mut words = Vec::new();
        let mut absent = Vec::new();
        for kind in TYPES {
            words.push(uids(kind.name, &(kind.codes)())?);
            absent.extend(uids(kind.name, &[ABSENT])?);
        }
        let own = OWN_TYPES
            .iter()
            .map(|(name, codes)| uids(name, codes))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            words,
            absent,
            own,
            agency: type_name("Agency")?,
            person: type_name("Person")?,
        })
    }

    /// The word as an entity.
    #[must_use]
    pub fn uid<W: Listed>(&self, word: W) -> Option<EntityUid> {
        self.words.get(W::TYPE)?.get(usize::from(word.index())).cloned()
    }

    /// The word as a value.
    #[expect(
        clippy::expect_used,
        reason = "every word of every listed vocabulary is put in by `new`"
    )]
    #[must_use]
    pub fn word<W: Listed>(&self, word: W) -> RestrictedExpression {
        RestrictedExpression::new_entity_uid(self.uid(word).expect("every word has a value"))
    }

    /// The word, or the word for none.
    #[expect(clippy::expect_used, reason = "every listed vocabulary is put in by `new`")]
    #[must_use]
    pub fn word_or_none<W: Listed>(&self, word: Option<W>) -> RestrictedExpression {
        word.map_or_else(
            || RestrictedExpression::new_entity_uid(self.absent.get(W::TYPE).cloned().expect("has a value")),
            |word| self.word(word),
        )
    }

    /// The set of the words.
    #[must_use]
    pub fn set<W: Listed>(&self, words: WordSet<W>) -> RestrictedExpression {
        RestrictedExpression::new_set(words.iter().map(|word| self.word(word)))
    }

    /// A word of a type of Cedar's own.
    #[expect(
        clippy::expect_used,
        reason = "asked for with the names in OWN_TYPES, by this crate alone"
    )]
    #[must_use]
    pub fn own(&self, kind: &str, code: &str) -> RestrictedExpression {
        let found = OWN_TYPES
            .iter()
            .zip(&self.own)
            .find(|((name, _), _)| *name == kind)
            .and_then(|(_, uids)| uids.iter().find(|uid| uid.id().unescaped() == code));
        RestrictedExpression::new_entity_uid(found.cloned().expect("a type and word of OWN_TYPES"))
    }

    /// An organisation.
    #[must_use]
    pub fn agency(&self, id: &str) -> EntityUid {
        EntityUid::from_type_name_and_id(self.agency.clone(), EntityId::new(id))
    }

    /// A person whom a consent may name.
    #[must_use]
    pub fn person(&self, id: &str) -> EntityUid {
        EntityUid::from_type_name_and_id(self.person.clone(), EntityId::new(id))
    }
}

pub(crate) fn type_name(name: &str) -> Result<EntityTypeName, FloorError> {
    name.parse()
        .map_err(|error: ParseErrors| FloorError::Invalid(error.to_string()))
}

/// The enumerated types as schema text.
pub(crate) fn schema_of_words() -> String {
    let mut text = String::new();
    let mut entity = |name: &str, codes: &[&str]| {
        let words: Vec<String> = codes.iter().map(|code| format!("\"{code}\"")).collect();
        text.push_str(&format!("entity {name} enum [{}];\n", words.join(", ")));
    };
    for kind in TYPES {
        let mut codes = (kind.codes)();
        if kind.optional {
            codes.push(ABSENT);
        }
        entity(kind.name, &codes);
    }
    for (name, codes) in OWN_TYPES {
        entity(name, codes);
    }
    text
}
