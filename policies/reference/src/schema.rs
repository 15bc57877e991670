//! The schema: what a question holds (`facts.cedarschema`, by hand) and the closed vocabularies (taken from
//! `gateway-types` whenever the schema is loaded, so that they cannot drift).

use cedar_policy::Schema;

use crate::floor::FloorError;
use crate::words::schema_of_words;

/// The whole schema as text.
#[must_use]
pub fn schema_text() -> String {
    format!(
        "{}\n// The closed vocabularies, each with `absent` where there may be no word.\n\n{}",
        include_str!("../facts.cedarschema"),
        schema_of_words()
    )
}

/// The schema.
///
/// # Errors
/// [`FloorError::Schema`] if the text is not a schema.
pub fn schema() -> Result<Schema, FloorError> {
    Schema::from_cedarschema_str(&schema_text())
        .map(|(schema, _)| schema)
        .map_err(|error| FloorError::Schema(error.to_string()))
}
