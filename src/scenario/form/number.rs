//! Numbers as they are written: JSON does not tell whole numbers from others, and readers damage large ones.

use serde_json::{Number, Value};

/// What a number literal holds.
pub enum Read {
    /// A whole number, written as one.
    Whole(i128),
    /// A whole number in another dress, such as `1e3` or `2.0`.
    Dressed(i128),
    /// A number with decimals.
    Decimal,
    /// Beyond what any field holds.
    Huge,
}

/// Reads a literal.
pub fn read(text: &str) -> Read {
    if !text.contains(['.', 'e', 'E']) {
        return text.parse().map_or(Read::Huge, Read::Whole);
    }
    match text.parse::<f64>() {
        Ok(number) if !number.is_finite() => Read::Huge,
        Ok(number) if number.fract() == 0.0 && number.abs() < 1e15 => Read::Dressed(number as i128),
        Ok(_) => Read::Decimal,
        Err(_) => Read::Huge,
    }
}

/// The range of a whole number's schema.
pub fn whole_range(schema: &Value) -> (i128, i128) {
    let (low, high) = match schema.get("format").and_then(Value::as_str) {
        Some("uint8") => (0, i128::from(u8::MAX)),
        Some("uint16") => (0, i128::from(u16::MAX)),
        Some("uint32") => (0, i128::from(u32::MAX)),
        Some("uint64" | "uint") => (0, i128::from(u64::MAX)),
        _ => (i128::from(i64::MIN), i128::from(i64::MAX)),
    };
    let bound = |key: &str| schema.get(key).and_then(Value::as_number).and_then(Number::as_i128);
    (bound("minimum").map_or(low, |min| min.max(low)), bound("maximum").map_or(high, |max| max.min(high)))
}

/// What is wrong with a decimal number under its schema: a phrase that follows "must be".
pub fn decimal_range(schema: &Value, number: f64) -> Option<String> {
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    let (low, high) = (bound("minimum"), bound("maximum"));
    let phrase = match (low, high) {
        (Some(low), Some(high)) => format!("a number from {low} to {high}"),
        (Some(low), None) => format!("{low} or more"),
        _ => match bound("exclusiveMinimum") {
            Some(low) => format!("more than {low}"),
            None => "a number".to_owned(),
        },
    };
    let fine = low.is_none_or(|low| number >= low)
        && high.is_none_or(|high| number <= high)
        && bound("exclusiveMinimum").is_none_or(|low| number > low);
    (!fine).then_some(phrase)
}

/// A whole number as people read it: 20,000.
pub fn grouped(number: i128) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::from(if number < 0 { "-" } else { "" });
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
