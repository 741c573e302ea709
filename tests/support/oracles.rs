//! The validation file: exact values from elsewhere, with their sources.

use serde_json::Value;

/// One case of the validation file.
pub fn oracle(id: &str) -> Value {
    let text = include_str!("../oracles.json");
    let oracles: Value = serde_json::from_str(text).expect("the oracles are JSON");
    oracles["cases"]
        .as_array()
        .and_then(|cases| cases.iter().find(|case| case["id"] == id))
        .unwrap_or_else(|| panic!("no oracle {id}"))
        .clone()
}

/// One expected number of a case.
pub fn expected(case: &str, name: &str) -> f64 {
    oracle(case)["expect"][name].as_f64().unwrap_or_else(|| panic!("{case} expects no number {name}"))
}
