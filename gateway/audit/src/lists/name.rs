//! What a list is called: whose it is, of which class, of whose records; and the label that hides it.

use std::fmt;

use gateway_crypto::{Digest, LabelKey, LabelProof, LabelVerifier, NotTheLabel, Secret};
use gateway_types::AgencyId;
use serde::{Deserialize, Serialize};

use super::chain::Head;

/// The number under which a client's disclosures are filed. It is made from the client's key, is used for nothing else,
/// and goes to those who receive the client's records and to the client.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountingNumber([u8; 16]);

impl AccountingNumber {
    /// The number of the client with this key. Once the key is destroyed, nobody can make it again.
    #[must_use]
    pub fn of(client: &Secret) -> Self {
        let derived = client.derive("accounting number", &[]);
        let mut number = [0; 16];
        for (to, from) in number.iter_mut().zip(derived.as_bytes()) {
            *to = *from;
        }
        Self(number)
    }
}

impl fmt::Display for AccountingNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for AccountingNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[accounting number]")
    }
}

impl std::str::FromStr for AccountingNumber {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "an accounting number is 32 lower-case hexadecimal digits";
        let lower = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != 32 || !text.bytes().all(lower) {
            return Err(FORM);
        }
        let number = u128::from_str_radix(text, 16).map_err(|_| FORM)?;
        Ok(Self(number.to_be_bytes()))
    }
}

impl Serialize for AccountingNumber {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AccountingNumber {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Which accounting a list is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// 45 CFR 164.528.
    Hipaa,
    /// 42 CFR 2.25.
    Part2,
    /// Disclosures that no accounting has to list.
    Other,
    /// Disclosures under 164.512(d) or (f), which an agency may have kept from the accounting for a time (164.528(a)(2)).
    Suspendable,
}

impl Class {
    /// The classes about which a client gets proofs.
    pub const PROVABLE: [Self; 3] = [Self::Hipaa, Self::Part2, Self::Other];

    const fn number(self) -> u8 {
        match self {
            Self::Hipaa => 1,
            Self::Part2 => 2,
            Self::Other => 3,
            Self::Suspendable => 4,
        }
    }
}

/// A list without whose it is: the class, and of whose records.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListName {
    /// The class.
    pub class: Class,
    /// The agency whose records were disclosed: each accounts for its own.
    pub source: AgencyId,
    /// The agency that received; for the suspendable class only, so that a suspension covers one list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<AgencyId>,
}

impl ListName {
    /// What the label is made from: version, number, class, and the agencies, each led by its length (eight bytes).
    fn input(&self, number: AccountingNumber) -> Vec<u8> {
        let recipient = self.recipient.as_ref().map_or("", AgencyId::as_str);
        let mut input = b"assent list v1\0".to_vec();
        input.extend_from_slice(&number.0);
        input.push(self.class.number());
        for agency in [self.source.as_str(), recipient] {
            input.extend_from_slice(&(agency.len() as u64).to_be_bytes());
            input.extend_from_slice(agency.as_bytes());
        }
        input
    }

    /// The label that `proof` proves for this list of the client with that number.
    ///
    /// # Errors
    /// [`NotTheLabel`].
    pub fn check(
        &self,
        number: AccountingNumber,
        key: &LabelVerifier,
        proof: &LabelProof,
    ) -> Result<Label, NotTheLabel> {
        key.label(&self.input(number), proof).map(Label)
    }
}

/// The name under which a list stands in the map. It tells nothing about whose list it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(pub Digest);

impl Label {
    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Bit `number`, from 0, the highest of the first byte.
    pub(super) fn bit(&self, number: u8) -> bool {
        let byte = self.as_bytes().get(usize::from(number / 8)).copied();
        byte.is_some_and(|byte| byte & (0x80 >> (number % 8)) != 0)
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[label]")
    }
}

/// The keys of the lists, made from the log's own secret.
#[derive(Debug)]
pub struct ListKeys {
    labels: LabelKey,
    beginnings: Secret,
}

impl ListKeys {
    /// The keys of the log with this signing seed.
    #[must_use]
    pub fn of(log: &Secret) -> Self {
        Self {
            labels: LabelKey::from_secret(&log.derive("audit list labels", &[])),
            beginnings: log.derive("audit list beginnings", &[]),
        }
    }

    /// The key that checks the labels.
    #[must_use]
    pub const fn verifier(&self) -> &LabelVerifier {
        self.labels.verifier()
    }

    /// The label of a client's list, with its proof.
    ///
    /// # Errors
    /// [`NotTheLabel`] if the machine miscalculated.
    pub fn label(
        &self,
        number: AccountingNumber,
        list: &ListName,
    ) -> Result<(Label, LabelProof), NotTheLabel> {
        let (label, proof) = self.labels.label(&list.input(number))?;
        Ok((Label(label), proof))
    }

    /// What hides the beginning of a list: shown with a complete list, never with a single filing, whose recipient would
    /// learn from it that nobody was told before.
    #[must_use]
    pub fn blind(&self, label: &Label) -> Digest {
        Digest::from_bytes(*self.beginnings.derive("blind", &[label.as_bytes()]).as_bytes())
    }

    /// The head of a list with nothing on it.
    #[must_use]
    pub fn beginning(&self, label: &Label) -> Head {
        Head::beginning(label, &self.blind(label))
    }
}
