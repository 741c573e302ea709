//! Changing one thing of a scenario from outside: `edge.upstream_timeout=29s`. What is changed is the scenario with every
//! default filled in, so that each key is there; then it is read anew, and every mistake is told as in a file. Another
//! `waiting_room.preset` brings all of its keys along.

use super::{Diagnosis, Scenario, presets};
use serde_json::{Map, Value};
use std::fmt;
use std::str::FromStr;

/// One thing to change: where, and what to write there.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The keys that lead there, such as `crowd`, `mobile`, `count`.
    path: Vec<String>,
    /// What to write: any JSON.
    value: Value,
}

/// Why something cannot be changed; it says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoChange(String);

impl Change {
    /// To the waiting room's policy: its name, such as `fifo`, or JSON with its settings. `none` takes the waiting room
    /// away.
    pub fn policy(written: &str) -> Change {
        let path = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
        if written == "none" {
            return Change { path: path(&["waiting_room"]), value: Value::Null };
        }
        let value = json_or_text(written);
        let value = match value {
            Value::String(name) => Value::Object(Map::from_iter([(name, Value::Object(Map::new()))])),
            json => json,
        };
        Change { path: path(&["waiting_room", "policy"]), value }
    }

    /// Writes the value where the path leads.
    fn apply(&self, document: &mut Value) -> Result<(), NoChange> {
        let (last, way) = self.path.split_last().expect("a path has a key");
        let mut at = document;
        for (depth, key) in way.iter().enumerate() {
            let so_far = self.path[..=depth].join(".");
            at = step(at, key, &so_far)?;
            if at.is_null() {
                // A part that the scenario leaves out: it gets this key, and its defaults beside it.
                *at = Value::Object(Map::new());
            }
        }
        match at {
            Value::Object(room) if way == ["waiting_room"] && last == presets::KEY => {
                presets::replace(room, &self.value);
            }
            Value::Object(map) => {
                map.insert(last.clone(), self.value.clone());
            }
            list @ Value::Array(_) => *step(list, last, &self.path.join("."))? = self.value.clone(),
            _ => {
                let problem = format!("`{}` has no parts that could be changed", way.join("."));
                return Err(NoChange(format!("{problem}; write `{}=...`", way.join("."))));
            }
        }
        Ok(())
    }
}

/// What a key leads to: an entry of an object (null if it is not there), or of a list by number or by its name.
fn step<'v>(at: &'v mut Value, key: &str, so_far: &str) -> Result<&'v mut Value, NoChange> {
    match at {
        Value::Object(map) => Ok(map.entry(key).or_insert(Value::Null)),
        Value::Array(list) => {
            let named = |entry: &Value| entry.get("name").and_then(Value::as_str) == Some(key);
            let index = key.parse().ok().or_else(|| list.iter().position(named));
            let names: Vec<&str> = list.iter().filter_map(|entry| entry.get("name")?.as_str()).collect();
            let known = match names.as_slice() {
                [] => format!("it has {} entries, counted from 0", list.len()),
                names => format!("there are {}", names.join(", ")),
            };
            let missing = NoChange(format!("`{so_far}` is not there: {known}"));
            index.and_then(|index: usize| list.get_mut(index)).ok_or(missing)
        }
        _ => Err(NoChange(format!("`{so_far}` is not there: what is before it has no parts"))),
    }
}

fn json_or_text(written: &str) -> Value {
    serde_json::from_str(written).unwrap_or_else(|_| Value::String(written.to_owned()))
}

impl FromStr for Change {
    type Err = NoChange;

    /// `PATH=VALUE`: keys with dots between them, entries of lists by number (`crowd[0]` or `crowd.0`) or by name
    /// (`crowd.mobile`); JSON, or text without quotes.
    fn from_str(text: &str) -> Result<Change, NoChange> {
        let wrong = || {
            NoChange(format!("\"{text}\" is no change; write PATH=VALUE, such as edge.upstream_timeout=29s"))
        };
        let (path, value) = text.split_once('=').ok_or_else(wrong)?;
        let path: Vec<String> =
            path.replace('[', ".").replace(']', "").split('.').map(|key| key.trim().to_owned()).collect();
        if path.iter().any(String::is_empty) {
            return Err(wrong());
        }
        Ok(Change { path, value: json_or_text(value.trim()) })
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = match &self.value {
            Value::String(text) => text.clone(),
            json => json.to_string(),
        };
        write!(f, "{}={value}", self.path.join("."))
    }
}

/// Why a scenario cannot be changed so.
#[derive(Debug)]
pub enum Unchanged {
    /// The path leads nowhere.
    NoChange(NoChange),
    /// What comes of it is no scenario.
    Invalid(Diagnosis),
}

impl Scenario {
    /// The text of the scenario with these changes.
    pub(super) fn changed_text(&self, changes: &[Change]) -> Result<String, NoChange> {
        let mut document = serde_json::to_value(self).expect("a scenario has a JSON form");
        for change in changes {
            change.apply(&mut document)?;
        }
        Ok(serde_json::to_string_pretty(&document).expect("a value has a JSON form") + "\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::time::Span;
    use crate::quantity::Positive;
    use crate::scenario::Prepared;

    const SALE: &str = r#"{
        "crowd": [{ "name": "fans", "count": 10, "arrivals": { "spike": {} } },
                  { "name": "mobile", "count": 5, "arrivals": { "spike": {} } }],
        "waiting_room": { "poll_interval": "7s" },
        "inventory": { "bands": [{ "name": "hall", "seats": 3 }] }
    }"#;

    fn prepared() -> Prepared {
        Prepared::new(Scenario::parse(SALE, "sale").unwrap(), "sale").unwrap()
    }

    fn changed(changes: &[&str]) -> Result<Scenario, Unchanged> {
        let changes: Vec<Change> = changes.iter().map(|change| change.parse().unwrap()).collect();
        prepared().changed(&changes, "sale").map(|changed| changed.scenario().clone())
    }

    #[test]
    fn a_change_is_made_where_its_path_leads_and_nowhere_else() {
        let scenario =
            changed(&["edge.upstream_timeout=29s", "crowd.mobile.count=7", "crowd[0].count=11"]).unwrap();
        assert_eq!(scenario.edge.upstream_timeout, Some(Positive::from_secs(29)));
        assert_eq!(scenario.crowd.iter().map(|cohort| cohort.count).collect::<Vec<u32>>(), [11, 7]);
        let room = scenario.waiting_room.unwrap();
        assert_eq!(room.poll_interval, Span::from_secs(7));
    }

    #[test]
    fn a_part_that_is_left_out_is_made() {
        let scenario = changed(&["services.checkout.servers=3", "services.checkout.service=1s"]).unwrap();
        assert_eq!(scenario.services.checkout.unwrap().servers, 3);
    }

    #[test]
    fn a_policy_is_a_name_or_its_settings_and_none_takes_the_line_away() {
        let prepared = prepared();
        let with =
            |written: &str| prepared.changed(&[Change::policy(written)], "sale").unwrap().scenario().clone();
        assert_eq!(with("prequeue_shuffle").policy_name(), "prequeue_shuffle");
        assert_eq!(with(r#"{"fifo": {}}"#).policy_name(), "fifo");
        assert_eq!(with("none").policy_name(), "none");
        assert_eq!(with("prequeue_shuffle").waiting_room.unwrap().poll_interval, Span::from_secs(7));
    }

    #[test]
    fn what_cannot_be_changed_is_told_with_what_there_is() {
        let told = |change: &str| match changed(&[change]) {
            Err(Unchanged::NoChange(reason)) => reason.to_string(),
            Err(Unchanged::Invalid(diagnosis)) => diagnosis.picture(false),
            Ok(_) => panic!("{change} was made"),
        };
        assert!(told("crowd.bots.count=1").contains("there are fans, mobile"));
        assert!(told("crowd[2].count=1").contains("`crowd.2` is not there"));
        assert!(told("seed.low=1").contains("`seed` has no parts"));
        assert!(told("edge.upstream_timeot=1s").contains("did you mean `upstream_timeout`"));
        assert!(told("crowd.fans.count=many").contains("whole number"));
        for text in ["edge", "=1", "edge..x=1"] {
            assert!(text.parse::<Change>().is_err(), "{text}");
        }
    }
}
