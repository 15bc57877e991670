//! Compares two people field by field and says how each field agrees, with its weight and without its value.

use gateway_types::Date;
use serde::Serialize;

use crate::names::{Name, are_alike};
use crate::nicknames::are_forms_of_one_name;
use crate::particulars::{Birth, Particulars, Ssn};
use crate::weights::{Bits, weight};

/// A field that is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Given name.
    FirstName,
    /// Middle name.
    MiddleName,
    /// Family name.
    LastName,
    /// `Jr` and the like.
    Suffix,
    /// Date of birth.
    BirthDate,
    /// Social security number.
    Ssn,
    /// Telephone.
    Phone,
}

/// How two values of a field agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// The same once normalised.
    Exact,
    /// Forms of one name.
    Nickname,
    /// One goes by the middle name of the other.
    OtherName,
    /// First and last name stand in each other's place.
    Swapped,
    /// One of the words of a double name.
    Part,
    /// Misspelt, or a digit off.
    Alike,
    /// One is the initial of the other.
    Initial,
    /// Day and month stand in each other's place.
    Transposed,
    /// The year, where one side knows no more.
    YearOnly,
    /// The last four digits, where one side has no more.
    LastFour,
    /// One side has a suffix and the other none.
    OneSided,
    /// They differ.
    Differs,
    /// A side has no value.
    NotCompared,
}

/// How one field agrees and what that is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The field.
    pub field: Field,
    /// How it agrees.
    pub agreement: Agreement,
    /// What that is worth.
    pub weight: Bits,
}

/// Why two are taken for one, or not. Holds no value of any field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The fields.
    pub evidence: Vec<Evidence>,
    /// The sum of their weights.
    pub total: Bits,
    /// What speaks against it whatever the sum.
    pub contradiction: Option<&'static str>,
}

impl Explanation {
    /// How `field` agrees.
    #[must_use]
    pub fn agreement(&self, field: Field) -> Agreement {
        let mut of_field = self.evidence.iter().filter(|evidence| evidence.field == field);
        of_field
            .next()
            .map_or(Agreement::NotCompared, |evidence| evidence.agreement)
    }
}

/// Compares `one` with `other`.
pub(crate) fn compare(one: &Particulars, other: &Particulars) -> Explanation {
    let (first, last) = compare_names(one, other);
    let agreements = [
        (Field::FirstName, first),
        (Field::MiddleName, compare_middle(one, other, first)),
        (Field::LastName, last),
        (Field::Suffix, compare_suffix(one, other)),
        (Field::BirthDate, compare_birth(one.birth, other.birth)),
        (Field::Ssn, compare_ssn(one.ssn.as_ref(), other.ssn.as_ref())),
        (Field::Phone, compare_phones(one, other)),
    ];
    let evidence: Vec<Evidence> = agreements
        .into_iter()
        .map(|(field, agreement)| Evidence {
            field,
            agreement,
            weight: weight(field, agreement),
        })
        .collect();
    let total = evidence
        .iter()
        .fold(Bits::default(), |sum, evidence| sum + evidence.weight);
    let mut explanation = Explanation {
        evidence,
        total,
        contradiction: None,
    };
    explanation.contradiction = contradiction(&explanation);
    explanation
}

/// What tells two people apart whatever else agrees.
fn contradiction(explanation: &Explanation) -> Option<&'static str> {
    use Agreement::{Alike, Differs, Exact, Initial, LastFour, NotCompared, OneSided, Transposed};
    let [first, middle, last, birth, ssn, suffix] = [
        Field::FirstName,
        Field::MiddleName,
        Field::LastName,
        Field::BirthDate,
        Field::Ssn,
        Field::Suffix,
    ]
    .map(|field| explanation.agreement(field));
    if suffix == Differs {
        return Some("different generations of one name");
    }
    if suffix == OneSided && !matches!(birth, Exact | Alike | Transposed) {
        return Some("a suffix on one side and no birth date to tell the generations apart");
    }
    if first == Differs {
        // Twins, siblings, spouses: a whole household can share name, birth date, telephone and a wrongly typed number.
        return Some("different first names");
    }
    if birth == Differs && ssn != Exact {
        return Some("different birth dates");
    }
    if birth == NotCompared && !matches!(ssn, Exact | LastFour) {
        return Some("neither birth date nor social security number to tell by");
    }
    // Twins with names that sound alike, and brothers under one initial.
    let weak_name = matches!(first, Alike | Initial);
    let confirmed = matches!(ssn, Exact | LastFour) || matches!(middle, Exact | Initial);
    if weak_name && !confirmed {
        return Some("first names only alike, and no number or middle name to confirm it");
    }
    if middle == Differs && !matches!(ssn, Exact | LastFour) {
        // José Luis and José Antonio are brothers.
        return Some("different middle names, and no number to confirm it");
    }
    if last == Differs && !matches!(ssn, Exact | LastFour) {
        return Some("different last names, and no number to confirm it");
    }
    None
}

fn compare_names(one: &Particulars, other: &Particulars) -> (Agreement, Agreement) {
    let first = compare_first(one, other);
    let last = compare_last(one.last.as_ref(), other.last.as_ref());
    if first != Agreement::Differs || last != Agreement::Differs {
        return (first, last);
    }
    let across = |given: &Option<Name>, family: &Option<Name>| match (given, family) {
        (Some(given), Some(family)) => {
            let (given, family) = (given.joined(), family.joined());
            given == family || are_alike(&given, &family) || are_forms_of_one_name(&given, &family)
        }
        _ => false,
    };
    if across(&one.first, &other.last) && across(&other.first, &one.last) {
        (Agreement::Swapped, Agreement::Swapped)
    } else {
        (first, last)
    }
}

fn compare_first(one: &Particulars, other: &Particulars) -> Agreement {
    let (Some(a), Some(b)) = (&one.first, &other.first) else {
        return Agreement::NotCompared;
    };
    let direct = compare_given(a, b);
    if direct != Agreement::Differs {
        return direct;
    }
    let goes_by = |given: &Name, middle: &Option<Name>| {
        middle.as_ref().is_some_and(|middle| {
            !middle.is_initial()
                && matches!(
                    compare_given(given, middle),
                    Agreement::Exact | Agreement::Nickname
                )
        })
    };
    if goes_by(a, &other.middle) || goes_by(b, &one.middle) {
        Agreement::OtherName
    } else {
        Agreement::Differs
    }
}

fn compare_given(a: &Name, b: &Name) -> Agreement {
    let (a_all, b_all) = (a.joined(), b.joined());
    let (a_word, b_word) = (a.first_word(), b.first_word());
    if a.is_initial() || b.is_initial() {
        return initials(a_word, b_word);
    }
    if a_all == b_all || (a_word == b_word && a_word.chars().count() > 1) {
        return Agreement::Exact;
    }
    if are_forms_of_one_name(a_word, b_word) {
        return Agreement::Nickname;
    }
    if are_alike(&a_all, &b_all) || are_alike(a_word, b_word) {
        return Agreement::Alike;
    }
    Agreement::Differs
}

fn compare_last(a: Option<&Name>, b: Option<&Name>) -> Agreement {
    let (Some(a), Some(b)) = (a, b) else {
        return Agreement::NotCompared;
    };
    let (a_all, b_all) = (a.joined(), b.joined());
    if a.is_initial() || b.is_initial() {
        return initials(&a_all, &b_all);
    }
    if a_all == b_all {
        return Agreement::Exact;
    }
    let (mut a_words, mut b_words) = (a.telling_words(), b.telling_words());
    // In the order of the alphabet, each as often as it stands there: "Lopez Lopez" is not "Lopez Garcia".
    a_words.sort_unstable();
    b_words.sort_unstable();
    if a_words == b_words {
        return Agreement::Exact;
    }
    if a_words.iter().any(|word| b_words.contains(word)) {
        return Agreement::Part;
    }
    if are_alike(&a_all, &b_all) {
        return Agreement::Alike;
    }
    let part = a_words.iter().any(|a| b_words.iter().any(|b| are_alike(a, b)));
    if part { Agreement::Part } else { Agreement::Differs }
}

/// Two names of which one is an initial, or both.
fn initials(a: &str, b: &str) -> Agreement {
    if a.chars().next() == b.chars().next() {
        Agreement::Initial
    } else {
        Agreement::Differs
    }
}

fn compare_middle(one: &Particulars, other: &Particulars, first: Agreement) -> Agreement {
    let (Some(a), Some(b)) = (&one.middle, &other.middle) else {
        return Agreement::NotCompared;
    };
    if first == Agreement::OtherName || first == Agreement::Swapped {
        return Agreement::NotCompared;
    }
    let (a_all, b_all) = (a.joined(), b.joined());
    if a_all == b_all && !a.is_initial() {
        Agreement::Exact
    } else if (a.is_initial() || b.is_initial()) && initials(&a_all, &b_all) == Agreement::Initial
        || are_alike(&a_all, &b_all)
        || are_forms_of_one_name(&a_all, &b_all)
    {
        Agreement::Initial
    } else {
        Agreement::Differs
    }
}

fn compare_suffix(one: &Particulars, other: &Particulars) -> Agreement {
    match (one.suffix, other.suffix) {
        (None, None) => Agreement::NotCompared,
        (Some(a), Some(b)) if a.contradicts(b) => Agreement::Differs,
        (Some(_), Some(_)) => Agreement::Exact,
        _ => Agreement::OneSided,
    }
}

fn compare_birth(one: Option<Birth>, other: Option<Birth>) -> Agreement {
    let (Some(one), Some(other)) = (one, other) else {
        return Agreement::NotCompared;
    };
    let (Birth::Day(a), Birth::Day(b)) = (one, other) else {
        return if one.year() == other.year() {
            Agreement::YearOnly
        } else {
            Agreement::Differs
        };
    };
    if a == b {
        return Agreement::Exact;
    }
    if a.year() == b.year() && a.month() == b.day() && a.day() == b.month() {
        return Agreement::Transposed;
    }
    let (a, b) = (digits(a), digits(b));
    let differ = a.iter().zip(&b).filter(|(a, b)| a != b).count();
    let neighbours_swapped = differ == 2 && swapped_neighbours(&a, &b);
    if differ == 1 || neighbours_swapped {
        Agreement::Alike
    } else {
        Agreement::Differs
    }
}

fn digits(date: Date) -> Vec<u8> {
    format!("{:04}{:02}{:02}", date.year(), date.month(), date.day()).into_bytes()
}

fn swapped_neighbours(a: &[u8], b: &[u8]) -> bool {
    a.windows(2).zip(b.windows(2)).any(|pair| match pair {
        ([a1, a2], [b1, b2]) => a1 != a2 && a1 == b2 && a2 == b1,
        _ => false,
    })
}

fn compare_ssn(one: Option<&Ssn>, other: Option<&Ssn>) -> Agreement {
    let (Some(one), Some(other)) = (one, other) else {
        return Agreement::NotCompared;
    };
    match (one, other) {
        (Ssn::Full(a), Ssn::Full(b)) if a == b => Agreement::Exact,
        (Ssn::Full(a), Ssn::Full(b)) => {
            let differ = a.bytes().zip(b.bytes()).filter(|(a, b)| a != b).count();
            let slip = differ == 1 || (differ == 2 && swapped_neighbours(a.as_bytes(), b.as_bytes()));
            if slip {
                Agreement::Alike
            } else {
                Agreement::Differs
            }
        }
        _ if one.last_four() == other.last_four() => Agreement::LastFour,
        _ => Agreement::Differs,
    }
}

fn compare_phones(one: &Particulars, other: &Particulars) -> Agreement {
    if one.phones.is_empty() || other.phones.is_empty() {
        return Agreement::NotCompared;
    }
    let shared = one.phones.iter().any(|phone| other.phones.contains(phone));
    if shared {
        Agreement::Exact
    } else {
        Agreement::Differs
    }
}
