//! Master keys: what the operator keeps outside the database. All sealing and blind-index keys are derived from them.

use std::fmt;

use gateway_types::{Entropy, EntropyUnavailable, KeyId};
use zeroize::Zeroizing;

use crate::key_text::{self, KeyTextError};
use crate::secret::Secret;

const FORM: &str = "assent-master-key-1";

/// Four bytes that name a master key inside a sealed blob and tell nothing of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyTag([u8; 4]);

impl KeyTag {
    pub(crate) const fn from_bytes(bytes: [u8; 4]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 4] {
        &self.0
    }
}

impl fmt::Display for KeyTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

/// A master key and its name. `Debug` shows the name only.
#[derive(Clone)]
pub struct MasterKey {
    id: KeyId,
    secret: Secret,
}

impl MasterKey {
    /// A fresh random master key.
    ///
    /// # Errors
    /// [`EntropyUnavailable`] if no random bytes could be had.
    pub fn generate(id: KeyId, entropy: &dyn Entropy) -> Result<Self, EntropyUnavailable> {
        Ok(Self {
            id,
            secret: Secret::generate(entropy)?,
        })
    }

    /// The key's name.
    #[must_use]
    pub const fn id(&self) -> &KeyId {
        &self.id
    }

    /// The four bytes that name this key inside what it sealed.
    #[must_use]
    pub fn tag(&self) -> KeyTag {
        KeyTag(tag_of(&self.secret))
    }

    /// The line for the key file, with its line end.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        key_text::write(FORM, &self.id, &self.secret, tag_of(&self.secret))
    }

    /// Reads the line of a key file.
    ///
    /// # Errors
    /// [`KeyTextError`] if it is not one, or was mistyped or cut.
    pub fn from_text(text: &str) -> Result<Self, KeyTextError> {
        key_text::read(FORM, text, tag_of).map(|(id, secret)| Self { id, secret })
    }

    pub(crate) const fn secret(&self) -> &Secret {
        &self.secret
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({}, [secret])", self.id)
    }
}

fn tag_of(secret: &Secret) -> [u8; 4] {
    let derived = secret.derive("master key tag", &[]);
    let [a, b, c, d, ..] = *derived.as_bytes();
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededEntropy;

    fn key(seed: u64) -> MasterKey {
        MasterKey::generate(KeyId::new("main-2026").unwrap(), &SeededEntropy::new(seed)).unwrap()
    }

    #[test]
    fn the_key_file_round_trips() {
        let key = key(1);
        let text = key.to_text();
        assert_eq!(text.lines().count(), 1);
        let read = MasterKey::from_text(&text).unwrap();
        assert_eq!(read.id(), key.id());
        assert_eq!(read.tag(), key.tag());
        assert_eq!(read.secret().as_bytes(), key.secret().as_bytes());
        assert!(MasterKey::from_text(text.trim_end()).is_ok());
        assert!(MasterKey::from_text(&text.replace('\n', "\r\n")).is_ok());
    }

    #[test]
    fn any_changed_cut_or_doubled_character_is_noticed() {
        let text = key(2).to_text();
        let line = text.trim_end();
        for at in 0..line.len() {
            let old = line.as_bytes()[at];
            let new = if old == b'b' { "c" } else { "b" };
            let mut changed = line.to_owned();
            changed.replace_range(at..=at, new);
            let in_the_name = at > FORM.len() && at < FORM.len() + 1 + "main-2026".len();
            assert_eq!(MasterKey::from_text(&changed).is_ok(), in_the_name, "at {at}");
            assert!(
                MasterKey::from_text(line.get(..at).unwrap()).is_err(),
                "cut at {at}"
            );
        }
        assert!(MasterKey::from_text(&format!("{line}\n{line}")).is_err());
    }

    #[test]
    fn errors_and_debug_do_not_show_the_key() {
        let key = key(3);
        let text = key.to_text();
        let encoded = text.split(' ').nth(2).unwrap();
        assert!(!format!("{key:?}").contains(encoded));
        assert_eq!(format!("{key:?}"), "MasterKey(main-2026, [secret])");
        let cut = encoded.get(1..).unwrap();
        let error = MasterKey::from_text(&text.replace(encoded, cut)).unwrap_err();
        assert!(!format!("{error:?} {error}").contains(cut));
    }
}
