//! Which keys of the compared scenarios differ, found in what they are with every default filled in. A path is one that
//! `--set` takes: entries of a list go by their name where all have the same, else by number.

use serde_json::Value;

/// One key that is not the same in all.
#[derive(Debug, PartialEq)]
pub(super) struct Differing {
    /// Its path, such as `edge.upstream_timeout`.
    pub path: String,
    /// Its value in each scenario; `None` where it is not there.
    pub values: Vec<Option<Value>>,
}

/// The keys that are not the same in all scenarios, in their order.
pub(super) fn differing(scenarios: &[Value]) -> Vec<Differing> {
    let mut found = Vec::new();
    let values: Vec<Option<&Value>> = scenarios.iter().map(Some).collect();
    walk("", &values, &mut found);
    found
}

fn walk(path: &str, values: &[Option<&Value>], found: &mut Vec<Differing>) {
    if values.iter().all(|value| value == &values[0]) {
        return;
    }
    let inside = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    if let Some(keys) = common_keys(values) {
        for key in keys {
            let parts: Vec<Option<&Value>> =
                values.iter().map(|value| value.and_then(|v| v.get(&key))).collect();
            walk(&inside(&key), &parts, found);
        }
    } else if let Some(length) = common_length(values) {
        for at in 0..length {
            let parts: Vec<Option<&Value>> =
                values.iter().map(|value| value.and_then(|v| v.get(at))).collect();
            let key = common_name(&parts).unwrap_or_else(|| at.to_string());
            walk(&inside(&key), &parts, found);
        }
    } else {
        found.push(Differing {
            path: path.to_owned(),
            values: values.iter().map(|value| value.cloned()).collect(),
        });
    }
}

/// The keys of all, if all are objects and no two are different choices of one enum (`{"fifo": {}}` against
/// `{"none": {}}`), which differ as a whole.
fn common_keys(values: &[Option<&Value>]) -> Option<Vec<String>> {
    let objects: Vec<_> = values.iter().map(|value| (*value)?.as_object()).collect::<Option<_>>()?;
    let first = objects[0].keys().next();
    if objects.iter().all(|object| object.len() == 1)
        && objects.iter().any(|object| object.keys().next() != first)
    {
        return None;
    }
    let mut keys: Vec<String> = Vec::new();
    for key in objects.iter().flat_map(|object| object.keys()) {
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    Some(keys)
}

/// The length of all, if all are lists of one length.
fn common_length(values: &[Option<&Value>]) -> Option<usize> {
    let lengths: Vec<usize> =
        values.iter().map(|value| Some((*value)?.as_array()?.len())).collect::<Option<_>>()?;
    lengths.iter().all(|length| *length == lengths[0]).then_some(lengths[0])
}

/// The name of an entry, if all call it the same.
fn common_name(parts: &[Option<&Value>]) -> Option<String> {
    let name = |part: Option<&Value>| part.and_then(|part| Some(part.get("name")?.as_str()?.to_owned()));
    let first = name(parts[0])?;
    parts.iter().all(|part| name(*part).as_ref() == Some(&first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(first: Value, other: Value, expected: &[(&str, Option<Value>, Option<Value>)]) {
        let found = differing(&[first, other]);
        let found: Vec<(&str, Option<Value>, Option<Value>)> = found
            .iter()
            .map(|one| (one.path.as_str(), one.values[0].clone(), one.values[1].clone()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn only_what_differs_is_named_and_by_the_path_that_can_be_set() {
        check(
            json!({ "seed": "1", "edge": { "timeout": "29s", "gateways": 2 } }),
            json!({ "seed": "1", "edge": { "timeout": "60s", "gateways": 2 } }),
            &[("edge.timeout", Some(json!("29s")), Some(json!("60s")))],
        );
        check(
            json!({ "crowd": [{ "name": "early", "count": 1 }, { "count": 5 }] }),
            json!({ "crowd": [{ "name": "early", "count": 2 }, { "count": 6 }] }),
            &[
                ("crowd.early.count", Some(json!(1)), Some(json!(2))),
                ("crowd.1.count", Some(json!(5)), Some(json!(6))),
            ],
        );
    }

    #[test]
    fn another_choice_and_a_list_of_another_length_differ_as_a_whole() {
        let (fifo, none) = (json!({ "fifo": {} }), json!({ "lottery": { "rounds": 3 } }));
        check(
            json!({ "policy": fifo }),
            json!({ "policy": none }),
            &[("policy", Some(fifo.clone()), Some(none.clone()))],
        );
        check(json!({ "a": [1] }), json!({ "a": [] }), &[("a", Some(json!([1])), Some(json!([])))]);
        check(json!({ "a": null }), json!({}), &[("a", Some(Value::Null), None)]);
    }

    #[test]
    fn equal_scenarios_differ_in_nothing() {
        check(json!({ "a": [{ "b": 1 }] }), json!({ "a": [{ "b": 1 }] }), &[]);
    }
}
