//! The JSON Schema of scenarios: what editors complete from, and what the reader of the form walks along.

use super::Scenario;
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// The JSON Schema (draft 2020-12) of [`Scenario`], derived from its types and their documentation.
pub fn json_schema() -> Value {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Scenario>();
    schema.insert("$id".to_owned(), "urn:onsale:scenario:1".into());
    schema.insert("title".to_owned(), "onsale scenario".into());
    let mut schema = schema.to_value();
    bound(&mut schema);
    schema
}

/// Most entries of a list, and characters of a text, that name no limit of their own: far more than anybody has
/// written, and what keeps the checks of a hostile file short.
const LIST_MAX: u64 = 1000;
const TEXT_MAX: u64 = 10_000;

/// Gives every list and text without a limit one.
fn bound(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            let is = |wanted: &str| match object.get("type") {
                Some(Value::String(one)) => one == wanted,
                Some(Value::Array(several)) => several.iter().any(|one| one == wanted),
                _ => false,
            };
            let has = |keys: &[&str]| keys.iter().any(|key| object.contains_key(*key));
            let list = is("array") && !has(&["maxItems"]);
            let text = is("string") && !has(&["maxLength", "pattern", "enum", "const"]);
            if list {
                object.insert("maxItems".to_owned(), LIST_MAX.into());
            }
            if text {
                object.insert("maxLength".to_owned(), TEXT_MAX.into());
            }
            object.values_mut().for_each(bound);
        }
        Value::Array(several) => several.iter_mut().for_each(bound),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unbounded(schema: &Value, path: &str, found: &mut Vec<String>) {
        match schema {
            Value::Object(object) => {
                let kind = object.get("type").map(ToString::to_string).unwrap_or_default();
                if kind.contains("\"array\"") && !object.contains_key("maxItems") {
                    found.push(path.to_owned());
                }
                for (key, inside) in object {
                    unbounded(inside, &format!("{path}/{key}"), found);
                }
            }
            Value::Array(several) => several.iter().for_each(|one| unbounded(one, path, found)),
            _ => {}
        }
    }

    #[test]
    fn every_list_of_a_scenario_has_a_limit() {
        let mut found = Vec::new();
        unbounded(&json_schema(), "", &mut found);
        assert_eq!(found, Vec::<String>::new());
    }
}
