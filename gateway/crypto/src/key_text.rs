//! The one-line form in which keys lie in files: `<form> <key id> <base64url> <tag>`, where the tag is four bytes
//! derived from the key, so that a line cut short or mistyped is noticed and a key can be named without showing it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gateway_types::{InvalidId, KeyId};
use zeroize::Zeroizing;

use crate::secret::Secret;

/// Why a key file's line was not read. Never repeats the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyTextError {
    /// The line does not have the four parts of a key of this form.
    #[error("not a key of the form wanted: `{0} <key id> <base64url> <tag>` on one line is wanted")]
    Form(&'static str),
    /// The second part is not a key id.
    #[error("key file: {0}")]
    Id(#[from] InvalidId),
    /// The third part is not 32 bytes in base64url without padding.
    #[error("the key's third part is not 32 bytes in base64url without padding")]
    Bytes,
    /// The tag does not belong to the key: the line was mistyped or cut.
    #[error("the key's tag does not fit the key: the line was mistyped or cut")]
    Tag,
}

pub(crate) fn write(form: &str, id: &KeyId, secret: &Secret, tag: [u8; 4]) -> Zeroizing<String> {
    let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(secret.as_bytes()));
    let tag = u32::from_be_bytes(tag);
    Zeroizing::new(format!("{form} {id} {} {tag:08x}\n", encoded.as_str()))
}

pub(crate) fn read(
    form: &'static str,
    text: &str,
    tag_of: impl FnOnce(&Secret) -> [u8; 4],
) -> Result<(KeyId, Secret), KeyTextError> {
    let mut parts = text.trim_end_matches(['\r', '\n']).split(' ');
    let (Some(found), Some(id), Some(encoded), Some(tag), None) = (
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
    ) else {
        return Err(KeyTextError::Form(form));
    };
    if found != form {
        return Err(KeyTextError::Form(form));
    }
    let id = KeyId::new(id)?;
    let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(encoded).map_err(|_| KeyTextError::Bytes)?);
    let secret = Secret::from_slice(&bytes).ok_or(KeyTextError::Bytes)?;
    if format!("{:08x}", u32::from_be_bytes(tag_of(&secret))) != tag {
        return Err(KeyTextError::Tag);
    }
    Ok((id, secret))
}
