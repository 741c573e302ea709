//! Whole scenarios drawn from bytes: whatever the schema of scenarios allows, small enough to run in milliseconds. A key
//! that is added to the schema is drawn from then on. Shared by the swarm and the fuzz targets.

use arbitrary::{Result, Unstructured};
use onsale::scenario::diagnose::Severity;
use onsale::scenario::{Prepared, Scenario};
use serde_json::{Map, Number, Value, json};

/// Deepest nesting in which optional keys are drawn.
const DEPTH: usize = 9;
/// Largest whole number drawn: so many persons a cohort, or seats a band, at most.
const WHOLE_MAX: u64 = 120;
/// How often what does not fit the rest is taken out of a scenario before it is given up.
const REPAIRS: usize = 30;

const WHOLES: [u64; 8] = [1, 2, 3, 0, 5, 20, 60, WHOLE_MAX];
const DURATIONS: [&str; 11] = ["1s", "20s", "90s", "250ms", "3m", "10m", "7s", "45s", "0s", "5ms", "2h"];
const SHARES: [f64; 8] = [0.3, 0.1, 0.5, 0.0, 1.0, 0.8, 0.01, 1e-9];
const DECIMALS: [f64; 9] = [0.0, 1.0, 0.5, 0.01, 2.5, 40.0, 0.999, 1e-9, 700.0];

/// What may stand at a key whose text the schema leaves open.
const TEXTS: [(&str, &[&str]); 9] = [
    ("band", &["a", "b"]),
    ("network", &["mobile", "desktop", "a", "b"]),
    ("networks", &["mobile", "a"]),
    ("to", &["mobile", "desktop", "b"]),
    ("cohorts", &["a", "b", "c", "somebody"]),
    ("station", &["verify", "inventory", "checkout"]),
    ("rule", &["a", "b"]),
    (
        "score",
        &["waiting_s - 60 * retries", "if(risk > 0.5, 1, min(latency_ms, sessions_of_person))", "-waiting_s"],
    ),
    ("risk", &["risk", "risk + retries / 10 + sessions_of_address / 40"]),
];

/// What may stand at any other key, and in lists: names, lines of `expect`, and what nobody would write.
const OTHER_TEXTS: [&str; 10] = [
    "a",
    "b",
    "sale.sold == 1",
    "silent.failure_rate <= 0.5 %",
    "wait.p95 @ cohort=a <= 40 min",
    "sale.sold @ t=2m in 1..40",
    "fairness.success",
    "load.requests",
    "é 日\u{301}",
    "",
];

/// Some scenario, which may have mistakes.
///
/// # Errors
/// If the bytes do not suffice.
fn scenario(schema: &Value, bytes: &mut Unstructured<'_>) -> Result<Value> {
    let mut drawn = Draw { schema, bytes }.value(schema, "", 0)?;
    drawn["opens_at"] = json!("1m");
    drawn["horizon"] = json!("30m");
    name(&mut drawn);
    Ok(drawn)
}

/// Adds keys of the schema that are not written, one in so many of them, and takes out again what does not fit the rest;
/// `None` where that comes to no end.
///
/// # Errors
/// If the bytes do not suffice.
pub fn enriched(
    mut written: Value, schema: &Value, bytes: &mut Unstructured<'_>, one_in: u16,
) -> Result<Option<(String, Prepared)>> {
    Draw { schema, bytes }.add(&mut written, schema, one_in)?;
    Ok(repaired(written))
}

/// A scenario without mistakes: what does not fit the rest of the one that is drawn is taken out, and what must be there is
/// put in. `None` where that comes to no end.
///
/// # Errors
/// If the bytes do not suffice.
pub fn sound(schema: &Value, bytes: &mut Unstructured<'_>) -> Result<Option<(String, Prepared)>> {
    scenario(schema, bytes).map(repaired)
}

fn repaired(mut drawn: Value) -> Option<(String, Prepared)> {
    for _ in 0..REPAIRS {
        for (place, least) in [
            ("crowd", json!({ "name": "somebody", "count": 5, "arrivals": { "spike": {} } })),
            ("bands", json!({ "name": "hall", "seats": 3 })),
        ] {
            if place == "bands" && !drawn["inventory"].is_object() {
                drawn["inventory"] = json!({});
            }
            let list = if place == "crowd" { &mut drawn[place] } else { &mut drawn["inventory"][place] };
            if list.as_array().is_none_or(Vec::is_empty) {
                *list = json!([least]);
            }
        }
        let text = drawn.to_string();
        let mut places: Vec<String> = match Scenario::parse(&text, "drawn") {
            Err(diagnosis) => diagnosis.mistakes().iter().map(|mistake| mistake.path.clone()).collect(),
            Ok(scenario) => match Prepared::new(scenario, "drawn") {
                Ok(prepared) => return Some((text, prepared)),
                Err(problems) => {
                    let errors = problems.into_iter().filter(|problem| problem.severity == Severity::Error);
                    errors.map(|problem| problem.path).collect()
                }
            },
        };
        // From the end, as what is taken out of a list moves the entries behind it.
        places.dedup();
        places.iter().rev().for_each(|place| take_out(&mut drawn, place));
    }
    None
}

/// Gives the entries of the lists whose entries have names the first letters.
fn name(drawn: &mut Value) {
    let names = ["a", "b", "c", "d", "e", "f"];
    for place in ["/crowd", "/inventory/bands", "/network", "/operator"] {
        let Some(Value::Array(entries)) = drawn.pointer_mut(place) else { continue };
        for (entry, name) in entries.iter_mut().zip(names) {
            entry["name"] = json!(name);
        }
    }
}

/// Removes what stands at a place, or the nearest thing around it that is written.
fn take_out(document: &mut Value, place: &str) {
    let mut steps: Vec<&str> = place
        .split(['.', '['])
        .map(|step| step.trim_end_matches(']'))
        .filter(|step| !step.is_empty())
        .collect();
    let pointer = |steps: &[&str]| [&[""], steps].concat().join("/");
    while !steps.is_empty() && document.pointer(&pointer(&steps)).is_none() {
        steps.pop();
    }
    let Some(last) = steps.pop() else { return };
    match document.pointer_mut(&pointer(&steps)) {
        Some(Value::Object(object)) => {
            object.remove(last);
        }
        Some(Value::Array(list)) => {
            list.remove(last.parse().expect("an entry of a list has a number"));
        }
        _ => {}
    }
}

struct Draw<'s, 'u, 'b> {
    schema: &'s Value,
    bytes: &'u mut Unstructured<'b>,
}

impl<'s> Draw<'s, '_, '_> {
    /// What may stand at this key, or in its list.
    fn value(&mut self, schema: &'s Value, key: &str, depth: usize) -> Result<Value> {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.rsplit('/').next().unwrap_or_default();
            if name.ends_with("Duration") {
                return Ok(json!(*self.bytes.choose(&DURATIONS)?));
            }
            return self.value(&self.schema["$defs"][name], key, depth);
        }
        if let Some(choices) = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array()) {
            let choice = self.bytes.choose(choices)?;
            return self.value(choice, key, depth);
        }
        if !schema["const"].is_null() {
            return Ok(schema["const"].clone());
        }
        if let Some(words) = schema["enum"].as_array() {
            return Ok(self.bytes.choose(words)?.clone());
        }
        let kind = match &schema["type"] {
            Value::String(kind) => kind.as_str(),
            Value::Array(kinds) if !kinds.is_empty() => self.bytes.choose(kinds)?.as_str().unwrap_or("null"),
            _ => "null",
        };
        Ok(match kind {
            "boolean" => json!(self.bytes.arbitrary::<bool>()?),
            "integer" => self.whole(schema)?,
            "number" => self.decimal(schema)?,
            "string" => {
                let fitting = TEXTS.iter().find(|(of, _)| *of == key).map(|(_, texts)| *texts);
                json!(*self.bytes.choose(fitting.unwrap_or(&OTHER_TEXTS))?)
            }
            "array" => self.list(schema, key, depth)?,
            "object" => self.object(schema, depth)?,
            _ => Value::Null,
        })
    }

    fn whole(&mut self, schema: &Value) -> Result<Value> {
        let low = schema["minimum"].as_u64().unwrap_or(0);
        let high = schema["maximum"].as_u64().unwrap_or(u64::MAX).min(WHOLE_MAX).max(low);
        Ok(json!((*self.bytes.choose(&WHOLES)?).clamp(low, high)))
    }

    fn decimal(&mut self, schema: &Value) -> Result<Value> {
        let high = schema["maximum"].as_f64().unwrap_or(f64::MAX);
        let drawn = *if high <= 1.0 { self.bytes.choose(&SHARES)? } else { self.bytes.choose(&DECIMALS)? };
        let low = schema["minimum"].as_f64().unwrap_or(f64::MIN);
        let within = drawn.max(low).min(high);
        let above = schema["exclusiveMinimum"].as_f64().is_some_and(|least| within <= least);
        Ok(Number::from_f64(if above { high.min(1.0) } else { within }).map_or(Value::Null, Value::Number))
    }

    fn list(&mut self, schema: &'s Value, key: &str, depth: usize) -> Result<Value> {
        let least = usize::try_from(schema["minItems"].as_u64().unwrap_or(0)).unwrap_or(0);
        let more = if depth > DEPTH { 0 } else { self.bytes.int_in_range(0..=2)? };
        let drawn = (0..least + more).map(|_| self.value(&schema["items"], key, depth + 1));
        drawn.collect::<Result<Vec<Value>>>().map(Value::Array)
    }

    fn object(&mut self, schema: &'s Value, depth: usize) -> Result<Value> {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mut object = Map::new();
        for (key, inside) in schema["properties"].as_object().into_iter().flatten() {
            let one_in = if depth < 3 { 2 } else { 3 };
            if required.contains(&key.as_str()) || (depth < DEPTH && self.bytes.ratio(1, one_in)?) {
                object.insert(key.clone(), self.at_key(inside, key, depth + 1)?);
            }
        }
        Ok(Value::Object(object))
    }

    fn at_key(&mut self, schema: &'s Value, key: &str, depth: usize) -> Result<Value> {
        Ok(match key {
            // Most draws would not sum to 1.
            "sessions" => json!(self.bytes.choose(&[&[1.0][..], &[0.7, 0.3], &[0.2, 0.3, 0.3, 0.2]])?),
            // Nothing would ever arrive in time.
            "up" | "down" | "service" if schema["$ref"].is_string() => {
                json!(self.bytes.choose(&["50ms", "0s", "800ms", "4s"])?)
            }
            "loss_up" | "loss_down" => json!(self.bytes.choose(&[0.0, 0.1, 0.3])?),
            "count" => json!(self.bytes.choose(&[20, 60, WHOLE_MAX, 1, 0])?),
            _ => self.value(schema, key, depth)?,
        })
    }

    /// Adds keys to what is written, wherever the schema says which it may have.
    fn add(&mut self, written: &mut Value, schema: &'s Value, one_in: u16) -> Result<()> {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.rsplit('/').next().unwrap_or_default();
            return self.add(written, &self.schema["$defs"][name], one_in);
        }
        match written {
            Value::Array(list) => {
                list.iter_mut().try_for_each(|entry| self.add(entry, &schema["items"], one_in))
            }
            Value::Object(object) => {
                if let Some(choices) = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array()) {
                    let tag = object.keys().next().cloned().unwrap_or_default();
                    let is_tagged = |choice: &&Value| choice["properties"].get(&tag).is_some();
                    let chosen = choices.iter().find(is_tagged).or_else(|| choices.first());
                    return chosen.map_or(Ok(()), |choice| self.add(written, choice, one_in));
                }
                for (key, inside) in schema["properties"].as_object().into_iter().flatten() {
                    if let Some(value) = object.get_mut(key) {
                        self.add(value, inside, one_in)?;
                    } else if self.bytes.ratio(1, one_in)? {
                        object.insert(key.clone(), self.at_key(inside, key, 1)?);
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
