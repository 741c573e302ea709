//! What a run must show: lines of text in the language of [`crate::expr`], each with what happens if it is missed.

use crate::metrics::names;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, MapAccess};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::borrow::Cow;
use std::fmt;

/// Longest line, in characters: room for a metric and two long names.
const LINE_MAX: usize = 400;

/// What happens if a line is missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IfMissed {
    /// The run fails: everything is written, and the exit code says so.
    Fail,
    /// It is shown, and nothing else.
    Warn,
}

/// One line of the list `expect`: a text (the run fails if it is missed), or an object with one key that says what
/// happens then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// What happens if it is missed.
    pub if_missed: IfMissed,
    /// The line, as written.
    pub line: String,
}

impl IfMissed {
    /// The key that names it in a scenario.
    pub const fn name(self) -> &'static str {
        match self {
            IfMissed::Fail => "fail",
            IfMissed::Warn => "warn",
        }
    }
}

impl Serialize for Expectation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.if_missed {
            IfMissed::Fail => self.line.serialize(serializer),
            IfMissed::Warn => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry(self.if_missed.name(), &self.line)?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Expectation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ExpectationVisitor)
    }
}

struct ExpectationVisitor;

impl<'de> de::Visitor<'de> for ExpectationVisitor {
    type Value = Expectation;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#"a line such as "sale.oversold == 0", or {"warn": "sale.oversold == 0"}"#)
    }

    fn visit_str<E: de::Error>(self, line: &str) -> Result<Expectation, E> {
        Ok(Expectation { if_missed: IfMissed::Fail, line: line.to_owned() })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Expectation, A::Error> {
        let Some(if_missed) = map.next_key::<IfMissed>()? else {
            return Err(de::Error::custom(r#"a line is missing: write {"fail": "..."} or {"warn": "..."}"#));
        };
        let line = map.next_value()?;
        match map.next_key::<String>()? {
            None => Ok(Expectation { if_missed, line }),
            Some(other) => Err(de::Error::custom(format_args!(
                "a line has one key, and here are `{}` and `{other}`: keep one",
                if_missed.name()
            ))),
        }
    }
}

impl JsonSchema for Expectation {
    fn schema_name() -> Cow<'static, str> {
        "Expectation".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let line = |description: &str| {
            json_schema!({
                "type": "string", "minLength": 1, "maxLength": LINE_MAX, "description": description
            })
        };
        let tagged = |key: &str, description: &str| {
            json_schema!({
                "type": "object", "description": description, "properties": { key: line("The line.") },
                "required": [key], "additionalProperties": false
            })
        };
        let known: Vec<&str> = names::known_at_instants().collect();
        let description = format!(
            "A line of text, METRIC [@ cohort=NAME] [@ station=NAME] [@ t=TIME] OP VALUE [UNIT], or an object that \
             says what happens if it is missed. OP is one of == != < <= > >=, or `in` with LOW..HIGH, both included. \
             METRIC is a name of result.json. Names that hold @, a comparison or the word `in` stand in quotes. Units: \
             us, ms, s, min, h for times, % for shares and ratios, what is counted for counts; without one, that of the \
             metric. TIME is a duration from the opening on; known over time are {}.",
            known.join(", ")
        );
        json_schema!({
            "description": description,
            "examples": ["silent.failure_rate <= 0.5 %", "sale.sold @ t=2h in 3800..4500", { "warn": "wait.p95 @ cohort=mobile <= 40 min" }],
            "anyOf": [
                line("The run fails if it is missed."),
                tagged("fail", "The run fails if it is missed, as for a bare line: everything is written, and the exit code is 10."),
                tagged("warn", "It is shown if it is missed, and nothing else.")
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_bare_line_fails_and_an_object_says_what_happens() {
        let read = |json: serde_json::Value| serde_json::from_value::<Expectation>(json).unwrap();
        let line = |if_missed| Expectation { if_missed, line: "a == 1".to_owned() };
        assert_eq!(read(json!("a == 1")), line(IfMissed::Fail));
        assert_eq!(read(json!({ "fail": "a == 1" })), line(IfMissed::Fail));
        assert_eq!(read(json!({ "warn": "a == 1" })), line(IfMissed::Warn));
        for expected in [line(IfMissed::Fail), line(IfMissed::Warn)] {
            assert_eq!(read(serde_json::to_value(&expected).unwrap()), expected);
        }
    }

    #[test]
    fn mistakes_are_named() {
        let told =
            |json: serde_json::Value| serde_json::from_value::<Expectation>(json).unwrap_err().to_string();
        assert!(told(json!({})).starts_with("a line is missing"));
        assert!(told(json!({ "fial": "a == 1" })).contains("unknown variant `fial`"));
        assert!(told(json!({ "fail": "a == 1", "warn": "a == 1" })).contains("keep one"));
        assert!(told(json!(5)).contains("expected a line such as"));
        assert!(told(json!({ "fail": 5 })).contains("expected a string"));
    }
}
