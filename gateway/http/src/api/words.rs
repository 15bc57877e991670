//! Reading words of closed vocabularies and the client asked about, with errors that name the field only.

use gateway_exchange::question::About;
use gateway_types::{ClientIdentity, SourceClientKey, Word, WordSet};
use serde::Deserialize;

use crate::problem::Problem;

/// Who is meant: exactly one of the two.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientRef {
    /// The key by which the caller's own records, pushed earlier, name the client.
    #[serde(default)]
    own_key: Option<String>,
    /// Particulars that identify the client.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    identity: Option<ClientIdentity>,
}

impl ClientRef {
    pub(crate) fn read(self) -> Result<About, Problem> {
        match (self.own_key, self.identity) {
            (Some(key), None) if !key.is_empty() => Ok(About::OwnKey(SourceClientKey::new(key))),
            (None, Some(identity)) if identity != ClientIdentity::default() => Ok(About::Identity(identity)),
            _ => {
                Err(Problem::no_client()
                    .with_detail("`client` needs either `own_key` or `identity`, not empty"))
            }
        }
    }
}

/// The word `code` of a vocabulary, from the field `field`.
pub(crate) fn word<W: Word>(code: &str, field: &str) -> Result<W, Problem> {
    W::from_code(code).map_err(|error| Problem::unknown_word().with_detail(format!("`{field}`: {error}")))
}

/// Words of a vocabulary.
pub(crate) fn words<W: Word>(codes: &[String], field: &str) -> Result<WordSet<W>, Problem> {
    codes
        .iter()
        .enumerate()
        .map(|(index, code)| word(code, &format!("{field}[{index}]")))
        .collect()
}

/// An id of one of our slug kinds.
pub(crate) fn id<I: std::str::FromStr<Err = gateway_types::InvalidId>>(
    text: &str,
    field: &str,
) -> Result<I, Problem> {
    text.parse().map_err(|error: gateway_types::InvalidId| {
        Problem::unknown_word().with_detail(format!("`{field}`: {error}"))
    })
}
