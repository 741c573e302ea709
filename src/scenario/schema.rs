//! The JSON Schema of scenarios: what editors complete from, and what the reader of the form walks along.

use super::Scenario;
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// The JSON Schema (draft 2020-12) of [`Scenario`], derived from its types and their documentation.
pub fn json_schema() -> Value {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Scenario>();
    schema.insert("$id".to_owned(), "urn:onsale:scenario:1".into());
    schema.insert("title".to_owned(), "onsale scenario".into());
    schema.to_value()
}
