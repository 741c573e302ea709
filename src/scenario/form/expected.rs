//! What may stand at one place, according to the schema, in a shape that is easy to walk and to name.

use super::number::DecimalRange;
use crate::quantity::POSITIVE_DURATION;
use serde_json::{Map, Value, json};

/// One of the things that may stand at a place.
pub enum Form<'s> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Switch,
    /// A whole number, with its schema.
    Whole(&'s Value),
    /// Any finite number, with its schema.
    Decimal(&'s Value),
    /// Text, with its schema.
    Text(&'s Value),
    /// Text that is a duration.
    Duration,
    /// Text that is a duration longer than 0.
    PositiveDuration,
    /// One certain word.
    Word(&'s str),
    /// An object with one key that names what follows.
    Tagged(&'s str, &'s Value),
    /// An object with several keys, with its schema.
    Object(&'s Value),
    /// A list, with its schema.
    List(&'s Value),
}

/// All that may stand where `schema` applies.
pub fn forms<'s>(root: &'s Value, schema: &'s Value) -> Vec<Form<'s>> {
    let mut found = Vec::new();
    collect(root, schema, false, &mut found);
    found
}

/// Whether a distribution may stand where `schema` applies.
pub fn may_be_distribution(schema: &Value) -> bool {
    let is_one = |schema: &Value| {
        schema.get("$ref").and_then(Value::as_str).is_some_and(|name| name.ends_with("/Distribution"))
    };
    is_one(schema) || schema.get("anyOf").and_then(Value::as_array).is_some_and(|all| all.iter().any(is_one))
}

fn collect<'s>(root: &'s Value, schema: &'s Value, in_choice: bool, found: &mut Vec<Form<'s>>) {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let name = name.rsplit('/').next().unwrap_or_default();
        match name {
            "Duration" => return found.push(Form::Duration),
            POSITIVE_DURATION => return found.push(Form::PositiveDuration),
            _ => {}
        }
        return collect(root, &root["$defs"][name], in_choice, found);
    }
    if let Some(choices) = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array) {
        return choices.iter().for_each(|choice| collect(root, choice, true, found));
    }
    if let Some(word) = schema.get("const").and_then(Value::as_str) {
        return found.push(Form::Word(word));
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return words.iter().for_each(|word| match word {
            Value::String(word) => found.push(Form::Word(word)),
            _ => found.push(Form::Null),
        });
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        Value::String(one) => vec![one.as_str()],
        _ => Vec::new(),
    };
    for one in types {
        found.push(match one {
            "null" => Form::Null,
            "boolean" => Form::Switch,
            "integer" => Form::Whole(schema),
            "number" => Form::Decimal(schema),
            "string" => Form::Text(schema),
            "array" => Form::List(schema),
            _ => match (in_choice, sole(schema)) {
                (true, Some((tag, inside))) => Form::Tagged(tag, inside),
                _ => Form::Object(schema),
            },
        });
    }
}

/// The only key that an object may have, if it must have it.
fn sole(schema: &Value) -> Option<(&str, &Value)> {
    let map = schema["properties"].as_object().filter(|map| map.len() == 1)?;
    let (key, value) = map.iter().next()?;
    Keys::of(schema).required().contains(&key.as_str()).then_some((key.as_str(), value))
}

/// The keys of an object, and which of them it requires.
pub struct Keys<'s> {
    properties: Option<&'s Map<String, Value>>,
    required: Vec<&'s str>,
}

impl<'s> Keys<'s> {
    /// Of an object's schema.
    pub fn of(schema: &'s Value) -> Keys<'s> {
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        Keys { properties: schema["properties"].as_object(), required: required.collect() }
    }

    /// What may stand at a key.
    pub fn get(&self, key: &str) -> Option<&'s Value> {
        self.properties.and_then(|properties| properties.get(key))
    }

    /// All keys.
    pub fn names(&self) -> impl Iterator<Item = &'s str> + use<'s> {
        self.properties.into_iter().flatten().map(|(key, _)| key.as_str())
    }

    /// The keys that must be there.
    pub fn required(&self) -> &[&'s str] {
        &self.required
    }
}

/// Something harmless that may stand where `schema` applies, in place of a mistake that has been told.
pub fn harmless(root: &Value, schema: &Value) -> Value {
    let forms = forms(root, schema);
    if forms.iter().any(|form| matches!(form, Form::Null)) {
        return Value::Null;
    }
    match forms.first() {
        None | Some(Form::Null) => Value::Null,
        Some(Form::Switch) => json!(false),
        Some(Form::Whole(schema)) => json!(schema["minimum"].as_u64().unwrap_or(1).max(1)),
        Some(Form::Decimal(schema)) => json!(DecimalRange::of(schema).any()),
        Some(Form::Text(_)) => json!("?"),
        Some(Form::Duration | Form::PositiveDuration) => json!("1s"),
        Some(Form::Word(word)) => json!(word),
        Some(Form::Tagged(tag, inside)) => {
            let mut object = Map::new();
            object.insert((*tag).to_owned(), harmless(root, inside));
            Value::Object(object)
        }
        Some(Form::Object(schema)) => {
            let keys = Keys::of(schema);
            let filled = keys
                .required()
                .iter()
                .filter_map(|key| keys.get(key).map(|inside| ((*key).to_owned(), harmless(root, inside))));
            Value::Object(filled.collect())
        }
        Some(Form::List(schema)) => {
            let count = usize::try_from(schema["minItems"].as_u64().unwrap_or(0)).unwrap_or(0);
            Value::Array(vec![harmless(root, &schema["items"]); count.min(4)])
        }
    }
}

/// The forms in words: "a duration such as "20s", or null".
pub fn in_words(forms: &[Form<'_>]) -> String {
    let is_law = forms.iter().any(|form| matches!(form, Form::Tagged("log_normal", _)));
    let mut parts: Vec<String> = Vec::new();
    let words: Vec<String> = forms
        .iter()
        .filter_map(|form| match form {
            Form::Word(word) => Some(format!("\"{word}\"")),
            _ => None,
        })
        .collect();
    let tags: Vec<String> = forms
        .iter()
        .filter_map(|form| match form {
            Form::Tagged(tag, _) => Some(format!("{{\"{tag}\": ...}}")),
            _ => None,
        })
        .collect();
    if !words.is_empty() {
        parts.push(words.join(" or "));
    }
    parts.extend(forms.iter().filter_map(|form| plain_words(form)).map(str::to_owned));
    if is_law {
        parts.push(
            "a distribution such as {\"log_normal\": {\"median\": \"20s\", \"p95\": \"60s\"}}".to_owned(),
        );
    } else if !tags.is_empty() {
        parts.push(tags.join(" or "));
    }
    if forms.iter().any(|form| matches!(form, Form::Null)) {
        parts.push("null".to_owned());
    }
    parts.join(", or ")
}

fn plain_words(form: &Form<'_>) -> Option<&'static str> {
    Some(match form {
        Form::Word(_) | Form::Tagged(..) | Form::Null => return None,
        Form::Switch => "true or false",
        Form::Whole(_) => "a whole number",
        Form::Decimal(_) => "a number",
        Form::Text(_) => "text in quotes",
        Form::Duration | Form::PositiveDuration => "a duration such as \"20s\"",
        Form::Object(_) => "an object { }",
        Form::List(_) => "a list [ ]",
    })
}
