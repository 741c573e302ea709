//! Numbers and units: "3,800", "0.5 %", "40 min". A number keeps its digits, so that a change of unit by a power of
//! ten is a change of its exponent and is rounded once.

use super::{LineError, Part};
use std::fmt;

/// A number as it was written, without separators: an optional minus, digits, perhaps a point and an exponent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number(String);

/// A number and the unit behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Amount {
    /// The number.
    pub number: Part<Number>,
    /// The unit; `None`: that of the metric.
    pub unit: Option<Part<String>>,
}

/// How many of the metric's unit one of a written unit is: `factor` x 10^`power`.
struct Scale {
    factor: f64,
    power: i32,
}

/// Units of time in seconds. `m` and `d` are how durations are written elsewhere in a scenario.
fn time_scale(unit: &str) -> Option<Scale> {
    let scale = |factor, power| Some(Scale { factor, power });
    match unit {
        "us" => scale(1.0, -6),
        "ms" => scale(1.0, -3),
        "s" => scale(1.0, 0),
        "min" | "m" => scale(60.0, 0),
        "h" => scale(3600.0, 0),
        "d" => scale(86400.0, 0),
        _ => None,
    }
}

impl Number {
    /// Digits that have been checked.
    pub(super) fn of_digits(digits: String) -> Number {
        Number(digits)
    }

    /// The nearest number to this one times 10^`power`.
    fn times_ten_to(&self, power: i32) -> f64 {
        let (mantissa, exponent) = self.0.split_once(['e', 'E']).unwrap_or((&self.0, "0"));
        let exponent = exponent.parse::<i32>().expect("a number has been checked") + power;
        format!("{mantissa}e{exponent}").parse().expect("a number has been checked")
    }

    /// The nearest number to this one.
    pub fn value(&self) -> f64 {
        self.times_ten_to(0)
    }
}

impl Amount {
    /// This amount as a number of `unit`: `s`, `1` for shares and ratios, or what is counted.
    ///
    /// # Errors
    /// If it is written in a unit that does not fit.
    pub fn in_unit(&self, unit: &str) -> Result<f64, LineError> {
        let number = &self.number.says;
        let Some(written) = &self.unit else { return Ok(number.value()) };
        let scale = match (written.says.as_str(), unit) {
            ("%", "1") => Some(Scale { factor: 1.0, power: -2 }),
            (time, "s") => time_scale(time),
            (word, _) if means(word, unit) => Some(Scale { factor: 1.0, power: 0 }),
            _ => None,
        };
        match scale {
            Some(Scale { factor, power }) => Ok(number.times_ten_to(power) * factor),
            None => Err(LineError::new(written.span.clone(), "this unit does not fit", right_unit(unit))),
        }
    }
}

/// One, or several, of what is counted: `seat` and `seats`, `reply` and `replies`.
fn means(word: &str, unit: &str) -> bool {
    unit == word
        || unit.strip_suffix('s') == Some(word)
        || unit.strip_suffix("ies").is_some_and(|stem| word.strip_suffix('y') == Some(stem))
}

/// Which unit to write.
fn right_unit(unit: &str) -> String {
    match unit {
        "s" => "this is a time: write us, ms, s, min or h".to_owned(),
        "1" => "this is a share or a ratio: write no unit, or %".to_owned(),
        counted => format!("this counts {counted}: write {counted}, or no unit"),
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.number.says.0)?;
        match &self.unit {
            Some(unit) => write!(f, " {}", unit.says),
            None => Ok(()),
        }
    }
}
