//! Scenarios drawn from bytes: whatever the schema of scenarios allows, small enough to run in milliseconds. A key that is
//! added to the schema is drawn from then on.

use arbitrary::{Result, Unstructured};
use serde_json::{Map, Number, Value, json};

/// Deepest nesting in which optional keys are drawn.
const DEPTH: usize = 9;
/// Largest whole number drawn: so many persons a cohort, or seats a band, at most.
const WHOLE_MAX: u64 = 120;

const DURATIONS: [&str; 10] = ["1s", "20s", "0s", "250ms", "3m", "10m", "1us", "7s", "45s", "2h"];
const DECIMALS: [f64; 9] = [0.0, 1.0, 0.5, 0.01, 2.5, 40.0, 0.999, 1e-9, 700.0];
const TEXTS: [&str; 14] = [
    "a",
    "b",
    "mobile",
    "desktop",
    "sale.sold == 1",
    "silent.failure_rate <= 0.5 %",
    "wait.p95 @ cohort=a <= 40 min",
    "sale.sold @ t=2m in 1..40",
    "waiting_s - 60 * retries",
    "if(risk > 0.5, 1, min(latency_ms, sessions_of_person))",
    "fairness.success",
    "load.requests",
    "é 日\u{301}",
    "",
];

/// The text of a scenario.
///
/// # Errors
/// If the bytes do not suffice.
pub fn scenario(schema: &Value, bytes: &mut Unstructured<'_>) -> Result<String> {
    let mut drawn = Draw { schema, bytes }.value(schema, 0)?;
    // Without these a run would be long, and most draws would be refused for one that does not fit the other.
    drawn["opens_at"] = json!("1m");
    drawn["horizon"] = json!("20m");
    if let Some(drawn) = drawn.as_object_mut() {
        drawn.remove("closes_at");
    }
    let names = ["a", "b", "c", "d", "e", "f"];
    for (list, place) in [("crowd", "/crowd"), ("band", "/inventory/bands"), ("network", "/network")] {
        let Some(Value::Array(entries)) = drawn.pointer_mut(place) else { continue };
        for (entry, name) in entries.iter_mut().zip(names) {
            entry["name"] = json!(name);
            if list == "crowd" {
                entry["network"] = json!("mobile");
                entry["sessions"] = json!([0.7, 0.3]);
            }
        }
    }
    Ok(drawn.to_string())
}

struct Draw<'s, 'u, 'b> {
    schema: &'s Value,
    bytes: &'u mut Unstructured<'b>,
}

impl<'s> Draw<'s, '_, '_> {
    fn value(&mut self, schema: &'s Value, depth: usize) -> Result<Value> {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.rsplit('/').next().unwrap_or_default();
            if name.ends_with("Duration") {
                return Ok(json!(*self.bytes.choose(&DURATIONS)?));
            }
            return self.value(&self.schema["$defs"][name], depth);
        }
        if let Some(choices) = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array()) {
            let choice = self.bytes.choose(choices)?;
            return self.value(choice, depth);
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
            "string" => json!(*self.bytes.choose(&TEXTS)?),
            "array" => self.list(schema, depth)?,
            "object" => self.object(schema, depth)?,
            _ => Value::Null,
        })
    }

    fn whole(&mut self, schema: &Value) -> Result<Value> {
        let low = schema["minimum"].as_u64().unwrap_or(0);
        let high = schema["maximum"].as_u64().unwrap_or(u64::MAX).min(WHOLE_MAX).max(low);
        Ok(json!(self.bytes.int_in_range(low..=high)?))
    }

    fn decimal(&mut self, schema: &Value) -> Result<Value> {
        let drawn = *self.bytes.choose(&DECIMALS)?;
        let high = schema["maximum"].as_f64().unwrap_or(f64::MAX);
        let low = schema["minimum"].as_f64().unwrap_or(f64::MIN);
        let within = drawn.max(low).min(high);
        let above = schema["exclusiveMinimum"].as_f64().is_some_and(|least| within <= least);
        Ok(Number::from_f64(if above { high.min(1.0) } else { within }).map_or(Value::Null, Value::Number))
    }

    fn list(&mut self, schema: &'s Value, depth: usize) -> Result<Value> {
        let least = usize::try_from(schema["minItems"].as_u64().unwrap_or(0)).unwrap_or(0);
        let more = if depth > DEPTH { 0 } else { self.bytes.int_in_range(0..=2)? };
        (0..least + more).map(|_| self.value(&schema["items"], depth + 1)).collect::<Result<Vec<Value>>>().map(Value::Array)
    }

    fn object(&mut self, schema: &'s Value, depth: usize) -> Result<Value> {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mut object = Map::new();
        for (key, inside) in schema["properties"].as_object().into_iter().flatten() {
            if required.contains(&key.as_str()) || (depth < DEPTH && self.bytes.ratio(1, 5)?) {
                object.insert(key.clone(), self.value(inside, depth + 1)?);
            }
        }
        Ok(Value::Object(object))
    }
}
