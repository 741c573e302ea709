//! What there is to choose from: the policies of each room and the metrics, described by their own documentation. Keys,
//! types, ranges and defaults come out of the JSON Schema that is derived from the types: nothing is written twice.

use super::form::expected::{Form, Keys, forms, harmless, in_words};
use super::form::number::grouped;
use super::presets::{Fill, Filling, Preset};
use crate::metrics::names::{self, Better, Per};
use crate::{admission, behavior, discipline, overload};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Number, Value, json};

macro_rules! rooms {
    ($(#[doc = $does:literal] $room:ident => $name:literal, $one:literal;)+) => {
        /// What can be listed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Room {
            $(#[doc = $does] $room,)+
        }

        impl Room {
            /// Everything that can be listed.
            pub const ALL: &'static [Room] = &[$(Room::$room),+];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self { $(Room::$room => $name,)+ }
            }

            /// What one of them is called.
            pub const fn one(self) -> &'static str {
                match self { $(Room::$room => $one,)+ }
            }

            /// What they decide, or are, in a line.
            pub fn does(self) -> &'static str {
                match self { $(Room::$room => $does.trim(),)+ }
            }
        }
    };
}

rooms! {
    /// Who goes next in the waiting room.
    Policies => "policies", "policy";
    /// What a gateway refuses.
    Overload => "overload", "overload control";
    /// Whom a station serves.
    Disciplines => "disciplines", "discipline";
    /// What a client does next.
    Behaviors => "behaviors", "behavior";
    /// What a run tells, and `expect` lines hold it to.
    Metrics => "metrics", "metric";
    /// Real waiting rooms by name, for `waiting_room.preset`.
    Presets => "presets", "preset";
}

/// One thing to choose.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// Its name, as scenarios write it.
    pub name: String,
    /// What it is or does.
    pub does: String,
    /// How a scenario writes it.
    pub written: String,
    /// The real system that it is modelled on; null where none is named.
    pub origin: Option<Origin>,
    /// Its settings.
    pub keys: Vec<Key>,
    /// What it fills; empty for what is no preset.
    pub fills: Vec<Fill>,
    /// How it is measured; null for what is no metric.
    pub measure: Option<Measure>,
}

/// Where something comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The real system, or systems.
    pub system: String,
    /// Where that is written.
    pub source: String,
    /// What the real system does besides, and this does not.
    pub leaves_out: String,
}

/// A setting.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Its name; that of a setting inside another one has the other's before it, such as `classes[].weight`.
    pub name: String,
    /// What may stand there, in words, with its range.
    pub takes: String,
    /// It must be written.
    pub required: bool,
    /// What holds where it is not written; null also where that is null, or a required key.
    pub default: Option<Value>,
    /// What it sets, with the source of its default.
    pub does: String,
}

/// How a metric is measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Its unit; `1` for shares and ratios.
    pub unit: String,
    /// Which way it gets better: `lower`, `higher` or `neither`.
    pub better: String,
    /// Over what it is given.
    pub over: String,
    /// An `expect` line may ask for it at an instant (`@ t=10m`).
    pub known_over_time: bool,
}

impl Room {
    /// Everything that this room has to choose from.
    pub fn entries(self) -> Vec<Listed> {
        match self {
            Room::Policies => settings::<admission::Config>(r#""waiting_room": { "policy": % }"#, origin),
            Room::Overload => settings::<overload::Config>(r#""edge": { "overload": % }"#, |_| None),
            Room::Disciplines => settings::<discipline::Config>(
                r#""services": { "checkout": { "discipline": %, ... } }"#,
                |_| None,
            ),
            Room::Behaviors => settings::<behavior::Config>(r#""crowd": [{ "behavior": %, ... }]"#, |_| None),
            Room::Metrics => metrics(),
            Room::Presets => presets(),
        }
    }
}

/// The entries of a registry, in its order; `%` in the sample is where one is written. `origin` is asked of settings
/// that have whatever must be written, and defaults.
fn settings<T: JsonSchema + DeserializeOwned>(
    sample: &str, origin: impl Fn(&T) -> Option<Origin>,
) -> Vec<Listed> {
    let root = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>().to_value();
    let choices = root["oneOf"].as_array().map(Vec::as_slice).unwrap_or_default();
    let whole = |choice: &Value| {
        let config = serde_json::from_value(harmless(&root, choice)).expect("it is as its schema says");
        Listed { origin: origin(&config), ..entry(&root, choice, sample) }
    };
    choices.iter().map(whole).collect()
}

/// Where a policy comes from.
#[expect(clippy::unnecessary_wraps, reason = "other rooms name no origin")]
fn origin(policy: &admission::Config) -> Option<Origin> {
    let admission::Origin { system, source, leaves_out } = policy.origin();
    let [system, source, leaves_out] = [system, source, leaves_out].map(str::to_owned);
    Some(Origin { system, source, leaves_out })
}

fn entry(root: &Value, choice: &Value, sample: &str) -> Listed {
    let known = Keys::of(choice);
    let name = known.names().next().expect("a choice has one key, its name").to_owned();
    let mut keys = Vec::new();
    for form in forms(root, &choice["properties"][&name]) {
        collect(root, &form, "", &mut keys);
    }
    let required: Vec<String> = keys
        .iter()
        .filter(|key| key.required && !key.name.contains('.'))
        .map(|key| format!("\"{}\": ...", key.name))
        .collect();
    let inside = if required.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", required.join(", ")) };
    let written = sample.replace('%', &format!("{{ \"{name}\": {inside} }}"));
    Listed { name, does: text(choice), written, origin: None, keys, fills: Vec::new(), measure: None }
}

/// The keys of an object, and of the objects in it.
fn collect(root: &Value, form: &Form<'_>, before: &str, found: &mut Vec<Key>) {
    let schema = match form {
        Form::Object(schema) => *schema,
        Form::List(schema) => {
            for inside in forms(root, &schema["items"]) {
                if matches!(inside, Form::Object(_)) {
                    collect(root, &inside, &format!("{}[].", before.trim_end_matches('.')), found);
                }
            }
            return;
        }
        _ => return,
    };
    let keys = Keys::of(schema);
    for (key, inside) in schema["properties"].as_object().into_iter().flatten() {
        let allowed = forms(root, inside);
        found.push(Key {
            name: format!("{before}{key}"),
            takes: takes(&allowed),
            required: keys.required().contains(&key.as_str()),
            default: inside.get("default").filter(|default| !default.is_null()).cloned(),
            does: text(inside),
        });
        for form in &allowed {
            collect(root, form, &format!("{before}{key}."), found);
        }
    }
}

/// What may stand at a place, with the range of its numbers.
fn takes(allowed: &[Form<'_>]) -> String {
    let range = allowed.iter().find_map(|form| match form {
        Form::Whole(schema) | Form::Decimal(schema) => range(schema),
        _ => None,
    });
    let words = in_words(allowed);
    match range {
        Some(range) if words.contains("number") => words.replacen("number", &format!("number {range}"), 1),
        _ => words,
    }
}

/// The range of a number's schema: "from 0 to 1".
fn range(schema: &Value) -> Option<String> {
    let bound = |key: &str| schema.get(key).and_then(Value::as_number).map(shown);
    let low = bound("minimum").map(|low| format!("from {low}"));
    let low = low.or_else(|| bound("exclusiveMinimum").map(|low| format!("above {low}")));
    let high = bound("maximum").map(|high| format!("to {high}"));
    let high = high.or_else(|| bound("exclusiveMaximum").map(|high| format!("to below {high}")));
    match (low, high) {
        (Some(low), Some(high)) => Some(format!("{low} {high}")),
        (Some(low), None) => Some(format!("{low} on")),
        (None, Some(high)) => Some(format!("up {high}")),
        (None, None) => None,
    }
}

fn shown(number: &Number) -> String {
    match (number.as_i128(), number.as_f64()) {
        (Some(whole), _) => grouped(whole),
        (None, Some(decimal)) => decimal.to_string(),
        (None, None) => number.to_string(),
    }
}

/// The documentation of a schema, on one line.
fn text(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    text.split_whitespace().collect::<Vec<&str>>().join(" ")
}

fn metrics() -> Vec<Listed> {
    let over_time: Vec<&str> = names::known_at_instants().collect();
    let entry = |metric: &names::Definition| {
        let (scope, over) = match metric.per {
            Per::Sale => ("", "the whole sale"),
            Per::SaleAndCohort => ("", "the whole sale, and each cohort (@ cohort=NAME) where it has one"),
            Per::Cohort => (" @ cohort=NAME", "each cohort"),
            Per::Station => (" @ station=NAME", "each station"),
        };
        let (better, sign) = match metric.better {
            Better::Lower => ("lower", "<="),
            Better::Higher => ("higher", ">="),
            Better::Neither => ("neither", "=="),
        };
        Listed {
            name: metric.name.to_owned(),
            does: metric.doc.split_whitespace().collect::<Vec<&str>>().join(" "),
            written: format!(r#""expect": ["{}{scope} {sign} ..."]"#, metric.name),
            origin: None,
            keys: Vec::new(),
            fills: Vec::new(),
            measure: Some(Measure {
                unit: metric.unit.to_owned(),
                better: better.to_owned(),
                over: over.to_owned(),
                known_over_time: over_time.contains(&metric.name),
            }),
        }
    };
    names::all().map(entry).collect()
}

fn presets() -> Vec<Listed> {
    let root = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Preset>().to_value();
    let choices = root["oneOf"].as_array().map(Vec::as_slice).unwrap_or_default();
    let entry = |(preset, choice): (&Preset, &Value)| {
        let Filling { system, fills, leaves_out } = preset.filling();
        Listed {
            name: preset.name().to_owned(),
            does: text(choice),
            written: format!(r#""waiting_room": {{ "preset": "{}" }}"#, preset.name()),
            origin: Some(Origin { system, source: SOURCES_OF_PRESETS.to_owned(), leaves_out }),
            keys: Vec::new(),
            fills,
            measure: None,
        }
    };
    Preset::ALL.iter().zip(choices).map(entry).collect()
}

/// Where a preset is written.
const SOURCES_OF_PRESETS: &str = "as said of each key";

impl Key {
    /// The default as a scenario writes it; `None` for a key that must be written.
    pub fn default_written(&self) -> Option<String> {
        (!self.required).then(|| self.default.as_ref().unwrap_or(&json!(null)).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(room: Room, name: &str) -> Listed {
        room.entries().into_iter().find(|entry| entry.name == name).expect("it is listed")
    }

    #[test]
    fn each_room_lists_what_its_registry_has_in_the_same_order() {
        for (room, names) in [
            (Room::Policies, admission::Config::NAMES),
            (Room::Overload, overload::Config::NAMES),
            (Room::Disciplines, discipline::Config::NAMES),
            (Room::Behaviors, behavior::Config::NAMES),
        ] {
            let entries = room.entries();
            let listed: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
            assert_eq!(listed, names);
            for entry in &entries {
                assert!(!entry.does.is_empty(), "{} says what it does", entry.name);
                assert!(
                    entry.keys.iter().all(|key| !key.does.is_empty() && !key.takes.is_empty()),
                    "{entry:?}"
                );
            }
        }
        assert_eq!(Room::Metrics.entries().len(), names::all().count());
        let presets = Room::Presets.entries();
        let listed: Vec<&str> = presets.iter().map(|entry| entry.name.as_str()).collect();
        let all: Vec<&str> = Preset::ALL.iter().map(|preset| preset.name()).collect();
        assert_eq!(listed, all);
        assert!(presets.iter().all(|entry| entry.does.len() > 10 && entry.written.contains(&entry.name)));
    }

    #[test]
    fn every_policy_says_where_it_comes_from_and_they_are_not_mixed_up() {
        for entry in Room::Policies.entries() {
            let origin = entry.origin.expect("a policy has an origin");
            assert!(!origin.system.is_empty() && !origin.source.is_empty() && !origin.leaves_out.is_empty());
        }
        let cursor = of(Room::Policies, "poll_cursor").origin.expect("it has one");
        assert!(cursor.system.contains("Fastly"), "{}", cursor.system);
    }

    #[test]
    fn a_key_tells_its_type_its_range_and_its_default() {
        let cursor = of(Room::Policies, "poll_cursor");
        let [every, quantity] = cursor.keys.as_slice() else { panic!("{:?}", cursor.keys) };
        assert_eq!((every.name.as_str(), every.default_written().as_deref()), ("every", Some("\"15s\"")));
        assert_eq!(quantity.takes, "a whole number from 1 on");
        assert_eq!(quantity.default, Some(json!(5)));
        let admit = &of(Room::Policies, "coin_flip").keys[0];
        assert_eq!(admit.takes, "a number from 0 to 1");
    }

    #[test]
    fn keys_inside_lists_are_listed_too_and_required_ones_have_no_default() {
        let priority = of(Room::Policies, "priority");
        let names: Vec<&str> = priority.keys.iter().map(|key| key.name.as_str()).collect();
        assert!(names.contains(&"classes") && names.contains(&"classes[].weight"), "{names:?}");
        let classes = priority.keys.iter().find(|key| key.name == "classes").expect("it is there");
        assert!(classes.required && classes.default_written().is_none());
        assert!(priority.written.contains(r#""priority": { "classes": ... }"#), "{}", priority.written);
    }
}
