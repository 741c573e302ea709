//! Numbers as they are written: JSON does not tell whole numbers from others, and readers damage large ones.

use serde_json::{Number, Value};
use std::fmt;

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

/// The range of a decimal number's schema.
pub struct DecimalRange {
    low: Option<f64>,
    above: Option<f64>,
    high: Option<f64>,
    below: Option<f64>,
}

impl DecimalRange {
    /// Reads it from the schema.
    pub fn of(schema: &Value) -> DecimalRange {
        let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
        DecimalRange {
            low: bound("minimum"),
            above: bound("exclusiveMinimum"),
            high: bound("maximum"),
            below: bound("exclusiveMaximum"),
        }
    }

    /// Is this number in it?
    pub fn holds(&self, number: f64) -> bool {
        self.low.is_none_or(|low| number >= low)
            && self.above.is_none_or(|above| number > above)
            && self.high.is_none_or(|high| number <= high)
            && self.below.is_none_or(|below| number < below)
    }

    /// It is that of a share: from nothing, or a little, to all of it.
    pub fn is_share(&self) -> bool {
        self.high == Some(1.0) && [self.low, self.above].contains(&Some(0.0))
    }

    /// A number in it, for where any will do.
    pub fn any(&self) -> f64 {
        match (self.low, self.above, self.high.or(self.below)) {
            (Some(low), _, _) => low,
            (None, Some(above), Some(end)) => f64::midpoint(above, end),
            (None, Some(above), None) => above + 1.0,
            (None, None, end) => end.map_or(0.0, |end| end.min(0.0)),
        }
    }
}

impl fmt::Display for DecimalRange {
    /// A phrase that follows "must be".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = match (self.low, self.above) {
            (Some(low), _) if self.high.is_some() => format!("a number from {low} "),
            (Some(low), _) => format!("{low} or more"),
            (None, Some(above)) => format!("more than {above}"),
            (None, None) => "a number".to_owned(),
        };
        let to = match (self.high, self.below) {
            (Some(high), _) if self.low.is_some() => format!("to {high}"),
            (Some(high), _) => format!(" and at most {high}"),
            (None, Some(below)) => format!(" and less than {below}"),
            (None, None) => String::new(),
        };
        write!(f, "{from}{to}")
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_range_reads_as_a_phrase_and_holds_the_number_that_will_do() {
        for (schema, phrase, any) in [
            (json!({ "minimum": 0.0, "maximum": 1.0 }), "a number from 0 to 1", 0.0),
            (json!({ "exclusiveMinimum": 0.0, "maximum": 1.0 }), "more than 0 and at most 1", 0.5),
            (json!({ "exclusiveMinimum": 0.0, "exclusiveMaximum": 1.0 }), "more than 0 and less than 1", 0.5),
            (json!({ "minimum": 1.0 }), "1 or more", 1.0),
            (json!({ "exclusiveMinimum": 1.0 }), "more than 1", 2.0),
            (json!({}), "a number", 0.0),
        ] {
            let range = DecimalRange::of(&schema);
            assert_eq!((range.to_string().as_str(), range.any()), (phrase, any), "{schema}");
            assert!(range.holds(range.any()), "{schema}");
        }
    }
}
