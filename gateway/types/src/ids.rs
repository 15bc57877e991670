//! Identifiers, each with a type of its own so that none can stand in another's place.
//!
//! Names that people write (agency, programme, system, staff member, agreement) are short lower-case slugs;
//! things the gateway makes (client, element, consent, import) are time-ordered UUIDs made from the clock and
//! the entropy that are passed in; audit events are sixteen random bytes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::time::{Clock, Entropy, EntropyUnavailable};

/// A text that is not an identifier of the kind wanted. Does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {kind}: {why}")]
pub struct InvalidId {
    kind: &'static str,
    why: &'static str,
}

const SLUG_MAX: usize = 64;

fn check_slug(kind: &'static str, text: &str) -> Result<(), InvalidId> {
    let invalid = |why| Err(InvalidId { kind, why });
    if text.is_empty() || text.len() > SLUG_MAX {
        return invalid("1 to 64 characters are allowed");
    }
    if !text.starts_with(|c: char| c.is_ascii_lowercase()) {
        return invalid("it must start with a lower-case letter");
    }
    if !text
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    {
        return invalid("only lower-case letters, digits and hyphens are allowed");
    }
    Ok(())
}

macro_rules! slug_id {
    ($(#[$meta:meta])* $name:ident, $kind:literal) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Reads a slug: `[a-z][a-z0-9-]*`, at most 64 characters.
            ///
            /// # Errors
            /// [`InvalidId`] if `text` is not one.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                check_slug($kind, &text)?;
                Ok(Self(text))
            }

            /// The slug as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }
    };
}

slug_id!(
    /// An organisation in the registry.
    AgencyId, "agency id");
slug_id!(
    /// A programme of an agency; its registration says which regimes bind its records.
    ProgrammeId, "programme id");
slug_id!(
    /// A system of an agency on which payloads are seen.
    SystemId, "system id");
slug_id!(
    /// A member of an agency's staff, by the handle the agency uses in its tokens. Never a client.
    StaffId, "staff id");
slug_id!(
    /// An agreement between agencies.
    MouId, "agreement id");
slug_id!(
    /// A signing or sealing key.
    KeyId, "key id");

macro_rules! uuid_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id: a version 7 UUID of the given moment.
            ///
            /// # Errors
            /// [`EntropyUnavailable`] if no random bytes could be had.
            pub fn generate(clock: &dyn Clock, entropy: &dyn Entropy) -> Result<Self, EntropyUnavailable> {
                let mut random = [0u8; 10];
                entropy.fill(&mut random)?;
                let millis = u64::try_from(clock.now().as_micros() / 1000).unwrap_or(0);
                Ok(Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()))
            }

            /// The id that a store kept.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The id for a store.
            #[must_use]
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }

            /// The id's sixteen bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The id with these bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let invalid = InvalidId { kind: stringify!($name), why: "a hyphenated UUID is wanted" };
                Uuid::try_parse(text).map(Self).map_err(|_| invalid)
            }
        }
    };
}

uuid_id!(
    /// A person served, as the gateway knows them. Means nothing outside the gateway.
    ClientId);
uuid_id!(
    /// One labelled element of a client's record.
    ElementId);
uuid_id!(
    /// A consent, authorisation or release on file.
    ConsentId);
uuid_id!(
    /// A restriction that a client asked for.
    RestrictionId);
uuid_id!(
    /// A request for a consent.
    ConsentRequestId);
uuid_id!(
    /// A link by which a client may sign a form. Not its secret.
    SigningLinkId);
uuid_id!(
    /// One push of data by an agency.
    IngestId);

impl AgencyId {
    /// How the ids of the canaries' invented agencies begin. No registration may take such a one.
    pub const CANARIES: &str = "assent-canary-";

    /// Whether it is the id of one of the canaries' invented agencies.
    #[must_use]
    pub fn is_canary(&self) -> bool {
        self.as_str().starts_with(Self::CANARIES)
    }
}

/// An event in the audit log: sixteen random bytes, shared by an intent and its completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId([u8; 16]);

impl EventId {
    /// A new random event id.
    ///
    /// # Errors
    /// [`EntropyUnavailable`] if no random bytes could be had.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyUnavailable> {
        let mut bytes = [0u8; 16];
        entropy.fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The event id that a store or an entry kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The id's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The id written as a UUID, for formats that know ids in no other form.
    #[must_use]
    pub fn as_uuid(&self) -> String {
        Uuid::from_bytes(self.0).hyphenated().to_string()
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for EventId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = InvalidId {
            kind: "event id",
            why: "32 hexadecimal digits are wanted",
        };
        if text.len() != 32 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(invalid);
        }
        u128::from_str_radix(text, 16)
            .map(|number| Self(number.to_be_bytes()))
            .map_err(|_| invalid)
    }
}

impl Serialize for EventId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EventId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_checked_and_the_error_does_not_repeat_them() {
        assert!(AgencyId::new("harbor-crisis").is_ok());
        for bad in ["", "Harbor", "1st", "a_b", "a b", &"a".repeat(65)] {
            let error = AgencyId::new(bad).unwrap_err().to_string();
            assert!(bad.is_empty() || bad.len() < 3 || !error.contains(bad), "{error}");
        }
    }

    #[test]
    fn event_ids_round_trip_as_text() {
        let id = EventId::from_bytes([7; 16]);
        assert_eq!(id.to_string().parse::<EventId>().unwrap(), id);
        assert!("07".parse::<EventId>().is_err());
    }
}
