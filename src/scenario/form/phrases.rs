//! The words of the walk: mistakes and their remedies.

use super::super::diagnose::printable;
use super::expected::Form;
use super::number::{self, DecimalRange, Read, grouped};
use jsonc_parser::ast::Value as Node;
use serde_json::{Value, json};

/// Reads a whole number, or says what is wrong and what to do.
pub fn whole(schema: &Value, text: &str) -> Result<Value, (String, String)> {
    let (low, high) = number::whole_range(schema);
    let range = if schema.get("maximum").is_none() {
        format!("write a whole number, {} or more", grouped(low))
    } else {
        format!("write a whole number from {} to {}", grouped(low), grouped(high))
    };
    match number::read(text) {
        Read::Whole(n) if (low..=high).contains(&n) => {
            Ok(u64::try_from(n).map_or_else(|_| json!(n as i64), |n| json!(n)))
        }
        Read::Whole(n) if n < 0 && low >= 0 => Err((format!("{} is negative", grouped(n)), range)),
        Read::Whole(n) if n < low => Err((format!("{} is too small", grouped(n)), range)),
        Read::Whole(n) => Err((format!("{} is too large", grouped(n)), range)),
        Read::Dressed(n) => {
            Err((format!("{} is not written as a whole number", printable(text)), format!("write {n}")))
        }
        Read::Decimal => Err((format!("{} is not a whole number", printable(text)), range)),
        Read::Huge => Err((format!("{} is too large", printable(text)), range)),
    }
}

/// Reads any number, or says what is wrong and what to do.
pub fn decimal(schema: &Value, text: &str) -> Result<Value, (String, String)> {
    let shown = printable(text);
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => {
            let range = DecimalRange::of(schema);
            if range.holds(number) {
                Ok(json!(number))
            } else if range.is_share() && number > 1.0 && number <= 100.0 {
                let problem = format!("{shown} is not a share: it must be {range}");
                Err((problem, format!("for {shown} %, write {}", number / 100.0)))
            } else {
                Err((format!("{shown} is out of range"), format!("write {range}")))
            }
        }
        _ => Err((format!("{shown} is too large"), "write a number that fits 64 bits".to_owned())),
    }
}

/// What to do about a value of the wrong kind, where more can be said than what was expected.
pub fn remedy_for_kind(forms: &[Form<'_>], node: &Node<'_>) -> String {
    let has = |wanted: fn(&Form<'_>) -> bool| forms.iter().any(wanted);
    match node {
        Node::StringLit(lit) => {
            let text = printable(lit.value.trim());
            if has(|f| matches!(f, Form::Whole(_) | Form::Decimal(_))) && text.parse::<f64>().is_ok() {
                return format!("remove the quotes: {text}");
            }
            if has(|f| matches!(f, Form::Switch)) && ["true", "false"].contains(&text.as_str()) {
                return format!("remove the quotes: {text}");
            }
            if text == "null" && has(|f| matches!(f, Form::Null)) {
                return "remove the quotes: null".to_owned();
            }
        }
        Node::NumberLit(lit) if has(|f| matches!(f, Form::Text(_))) => {
            return format!("put it in quotes: \"{}\"", printable(lit.value));
        }
        Node::Object(_) if has(|f| matches!(f, Form::List(_))) => {
            return "put it in brackets: [{ ... }]".to_owned();
        }
        _ => {}
    }
    String::new()
}

/// Follows a reference.
pub fn resolved<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    match schema.get("$ref").and_then(Value::as_str) {
        Some(name) => &root["$defs"][name.rsplit('/').next().unwrap_or_default()],
        None => schema,
    }
}

/// A message "what is wrong: what to do" in its two halves.
pub fn split(message: &str) -> (String, String) {
    message.rsplit_once(": ").map_or_else(
        || (message.to_owned(), String::new()),
        |(problem, remedy)| (problem.to_owned(), remedy.to_owned()),
    )
}

/// The place of a key inside a place.
pub fn join(path: &str, key: &str) -> String {
    let key = printable(key);
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

/// What stands there, in words.
pub fn kind(node: &Node<'_>) -> String {
    match node {
        Node::StringLit(lit) => format!("the text \"{}\"", printable(&lit.value)),
        Node::NumberLit(lit) => format!("the number {}", printable(lit.value)),
        Node::BooleanLit(lit) => lit.value.to_string(),
        Node::NullKeyword(_) => "null".to_owned(),
        Node::Object(_) => "an object".to_owned(),
        Node::Array(_) => "a list".to_owned(),
    }
}
