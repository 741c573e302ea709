//! That a type and its schema take the same values.

use super::*;
use crate::engine::time::Span;
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Value, from_value, json, to_value};

/// Whether a type takes this value, and says so in its schema too.
fn takes<T: JsonSchema + for<'de> Deserialize<'de> + Serialize>(value: &Value) -> bool {
    let schema = SchemaGenerator::default().into_root_schema_for::<T>().to_value();
    let by_schema = jsonschema::validator_for(&schema).unwrap().is_valid(value);
    let read = from_value::<T>(value.clone());
    assert_eq!(read.is_ok(), by_schema, "{value} {schema}");
    if let Ok(read) = read {
        assert_eq!(to_value(read).unwrap(), *value, "it is written as it was read");
    }
    by_schema
}

#[test]
fn a_type_and_its_schema_take_the_same_numbers() {
    let numbers = [-0.5, 0.0, 0.5, 1.0, 1.5, 100.0, 100.5];
    let taken = |takes: fn(&Value) -> bool| numbers.map(|number| takes(&json!(number)));
    for (name, found, expected) in [
        ("Share", taken(takes::<Share>), [0, 1, 1, 1, 0, 0, 0]),
        ("PositiveShare", taken(takes::<PositiveShare>), [0, 0, 1, 1, 0, 0, 0]),
        ("ProperFraction", taken(takes::<ProperFraction>), [0, 0, 1, 0, 0, 0, 0]),
        ("Percentage", taken(takes::<Percentage>), [0, 1, 1, 1, 1, 1, 0]),
        ("NonNegative", taken(takes::<NonNegative>), [0, 1, 1, 1, 1, 1, 1]),
        ("AtLeastOne", taken(takes::<AtLeastOne>), [0, 0, 0, 1, 1, 1, 1]),
        ("AboveOne", taken(takes::<AboveOne>), [0, 0, 0, 0, 1, 1, 1]),
        ("Positive", taken(takes::<Positive<f64>>), [0, 0, 1, 1, 1, 1, 1]),
    ] {
        assert_eq!(found, expected.map(|yes| yes == 1), "{name}");
    }
}

#[test]
fn counts_have_bounds_of_their_own() {
    let taken = |takes: fn(&Value) -> bool| [0, 1, 8, 9].map(|number| takes(&json!(number)));
    assert_eq!(taken(takes::<Count<u8, 1, 8>>), [false, true, true, false]);
    assert_eq!(taken(takes::<Count<u32, 1>>), [false, true, true, true]);
    assert!(!takes::<Count<u8, 1>>(&json!(256)), "it must fit its bytes too");
}

#[test]
fn a_duration_that_is_nothing_however_it_is_written_is_not_positive() {
    for text in ["0s", "0m0s", "0.0s", "0us"] {
        assert!(!takes::<Positive<Span>>(&json!(text)), "{text}");
    }
    for text in ["1us", "20s", "1h30m", "100ms", "1d"] {
        assert!(takes::<Positive<Span>>(&json!(text)), "{text}");
    }
}

#[test]
fn what_is_no_number_is_in_no_range() {
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(Share::new(number), None);
        assert_eq!(NonNegative::new(number), None);
        assert_eq!(Positive::<f64>::new(number), None);
    }
}
