//! The text form of a span: "250ms", "1h30m". Reading and printing are exact, and each other's inverse.

use std::borrow::Cow;
use std::fmt::{self, Write};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

use super::{MAX_US, Span};

impl fmt::Display for Span {
    /// The canonical text: days, hours, minutes, then seconds with decimals; a span under a second in milliseconds
    /// or microseconds. Parsing it gives the same span back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let us = self.0;
        let text = match us {
            0 => "0s".to_owned(),
            1..1_000 => format!("{us}us"),
            1_000..1_000_000 => format!("{}{}ms", us / 1_000, decimals(us % 1_000, 3)),
            _ => {
                let mut text = String::new();
                let mut rest = us;
                for (unit, unit_us) in [("d", DAY_US), ("h", HOUR_US), ("m", MINUTE_US)] {
                    if rest >= unit_us {
                        write!(text, "{}{unit}", rest / unit_us)?;
                        rest %= unit_us;
                    }
                }
                if rest > 0 {
                    write!(text, "{}{}s", rest / SECOND_US, decimals(rest % SECOND_US, 6))?;
                }
                text
            }
        };
        f.pad(&text)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = Span;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(r#"a duration such as "250ms", "20s" or "1h30m""#)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Span, E> {
                Span::parse(text).map_err(E::custom)
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Span, E> {
                Err(E::custom(needs_unit(&number.to_string())))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Span, E> {
                Err(E::custom(SpanError::Negative { text: number.to_string() }))
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Span, E> {
                Err(E::custom(needs_unit(&number.to_string())))
            }
        }
        deserializer.deserialize_any(Text)
    }
}

impl JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?([0-9]+us)?$|^([0-9]+[dhm])*[0-9]+\.[0-9]+(us|ms|s|m|h|d)$",
            "description": "A duration: a number and a unit (us, ms, s, m, h, d), or several from the longest unit to the shortest, exact to a microsecond, at most 12 days. Decimals are allowed in the last number.",
            "examples": ["250ms", "20s", "1.5s", "1h30m"]
        })
    }
}

/// What is wrong with the text of a duration.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum SpanError {
    /// Nothing was written.
    #[error(r#"a duration is missing: write a number and a unit, such as "250ms" or "20s""#)]
    Empty,
    /// A number stands without a unit.
    #[error(r#""{text}" needs a unit: write "{remedy}""#)]
    MissingUnit {
        /// What was written.
        text: String,
        /// The same, read as seconds.
        remedy: String,
    },
    /// The letters after a number are not a unit.
    #[error(r#""{text}" has the unknown unit "{unit}": {remedy}"#)]
    UnknownUnit {
        /// What was written.
        text: String,
        /// The letters in place of a unit.
        unit: String,
        /// What to write.
        remedy: String,
    },
    /// A number was expected and something else was found.
    #[error(r#""{text}" is not a duration: write a number and a unit, such as "250ms", "20s" or "1h30m""#)]
    Malformed {
        /// What was written.
        text: String,
    },
    /// Units must go from the longest to the shortest, each once.
    #[error(r#""{text}" has its units out of order: go from the longest to the shortest, each once, as in "1h30m""#)]
    Order {
        /// What was written.
        text: String,
    },
    /// A span has no sign.
    #[error(r#""{text}" is negative: a duration is zero or more"#)]
    Negative {
        /// What was written.
        text: String,
    },
    /// Finer than a microsecond.
    #[error(r#""{text}" is finer than a microsecond, the smallest step of simulated time: round it"#)]
    TooFine {
        /// What was written.
        text: String,
    },
    /// Longer than the clock.
    #[error(r#""{text}" is too long: the longest duration is {}"#, Span::MAX)]
    TooLarge {
        /// What was written.
        text: String,
    },
}

const SECOND_US: u64 = 1_000_000;
const MINUTE_US: u64 = 60 * SECOND_US;
const HOUR_US: u64 = 60 * MINUTE_US;
const DAY_US: u64 = 24 * HOUR_US;

/// Longest text that is read, in characters: every span can be written in a third of that.
const LONGEST: usize = 100;

/// Length of a unit in microseconds, by its name.
fn unit_us(unit: &str) -> Option<u64> {
    Some(match unit {
        "us" => 1,
        "ms" => 1_000,
        "s" => SECOND_US,
        "m" => MINUTE_US,
        "h" => HOUR_US,
        "d" => DAY_US,
        _ => return None,
    })
}

/// Reads a span: see [`Span::parse`].
pub(super) fn parse(text: &str) -> Result<Span, SpanError> {
    if let Some((cut, _)) = text.char_indices().nth(LONGEST) {
        return Err(SpanError::Malformed { text: format!("{}…", &text[..cut]) });
    }
    let owned = || text.to_owned();
    if text.trim().is_empty() {
        return Err(SpanError::Empty);
    }
    if text.starts_with('-') {
        return Err(SpanError::Negative { text: owned() });
    }
    let mut rest = text;
    let mut total_us: u64 = 0;
    let mut smallest_us = u64::MAX;
    while !rest.is_empty() {
        let (number, after) = split_at_first(rest, |c| !c.is_ascii_digit() && c != '.');
        let (unit, after) = split_at_first(after, |c| c.is_ascii_digit() || c == '.');
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        if whole.is_empty() || fraction.is_empty() || fraction.contains('.') {
            return Err(SpanError::Malformed { text: owned() });
        }
        if unit.is_empty() {
            return Err(needs_unit(text));
        }
        let unit_us = unit_us(unit).ok_or_else(|| unknown_unit(text, unit))?;
        if unit_us >= smallest_us {
            return Err(SpanError::Order { text: owned() });
        }
        if number.contains('.') && !after.is_empty() {
            return Err(SpanError::Malformed { text: owned() });
        }
        let whole_us = whole.parse::<u64>().ok().and_then(|n| n.checked_mul(unit_us));
        let fraction_us =
            fraction_us(fraction, unit_us).ok_or_else(|| SpanError::TooFine { text: owned() })?;
        total_us = whole_us
            .and_then(|us| us.checked_add(fraction_us)?.checked_add(total_us))
            .filter(|us| *us <= MAX_US)
            .ok_or_else(|| SpanError::TooLarge { text: owned() })?;
        smallest_us = unit_us;
        rest = after;
    }
    Ok(Span(total_us))
}

/// Splits before the first character that `stop` accepts.
fn split_at_first(text: &str, stop: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(stop).unwrap_or(text.len()))
}

/// The decimals of a number in units of `unit_us`, as microseconds; `None` when that is not a whole number.
fn fraction_us(digits: &str, unit_us: u64) -> Option<u64> {
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() {
        return Some(0);
    }
    // A day is 2^13 * 3^3 * 5^8... us, so no exact fraction of any unit has more than 15 digits.
    if digits.len() > 15 {
        return None;
    }
    let scale = 10_u128.pow(u32::try_from(digits.len()).ok()?);
    let scaled = digits.parse::<u128>().ok()? * u128::from(unit_us);
    (scaled % scale == 0).then(|| u64::try_from(scaled / scale).ok()).flatten()
}

fn needs_unit(text: &str) -> SpanError {
    SpanError::MissingUnit { text: text.to_owned(), remedy: format!("{text}s") }
}

fn unknown_unit(text: &str, unit: &str) -> SpanError {
    let trimmed = unit.trim();
    let meant = match trimmed.to_lowercase().as_str() {
        "us" | "µs" | "μs" | "usec" | "microsecond" | "microseconds" => Some("us"),
        "ms" | "msec" | "millis" | "millisecond" | "milliseconds" => Some("ms"),
        "s" | "sec" | "secs" | "second" | "seconds" => Some("s"),
        "m" | "min" | "mins" | "minute" | "minutes" => Some("m"),
        "h" | "hr" | "hrs" | "hour" | "hours" => Some("h"),
        "d" | "day" | "days" => Some("d"),
        _ => None,
    };
    let remedy = match meant {
        Some(meant) => format!("write \"{}\"", text.replacen(unit, meant, 1)),
        None => "use us, ms, s, m, h or d".to_owned(),
    };
    SpanError::UnknownUnit { text: text.to_owned(), unit: trimmed.to_owned(), remedy }
}

/// `.` and the digits of `value` out of `places`, without trailing zeros; nothing for zero.
pub(super) fn decimals(value: u64, places: usize) -> String {
    if value == 0 {
        return String::new();
    }
    let digits = format!("{value:0places$}");
    format!(".{}", digits.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, us: u64) {
        assert_eq!(Span::parse(text), Ok(Span(us)), "{text}");
    }

    #[track_caller]
    fn refused(text: &str, message: &str) {
        assert_eq!(Span::parse(text).unwrap_err().to_string(), message);
    }

    #[test]
    fn durations_read_as_written() {
        check("5us", 5);
        check("250ms", 250_000);
        check("20s", 20_000_000);
        check("0s", 0);
        check("10m", 600_000_000);
        check("2h", 7_200_000_000);
        check("1d", 86_400_000_000);
        check("1h30m", 5_400_000_000);
        check("1m30.5s", 90_500_000);
        check("1.5s", 1_500_000);
        check("0.000001s", 1);
        check("1.50s", 1_500_000);
        check("0.1h", 360_000_000);
        check("12d17h25m11.627775s", MAX_US);
    }

    #[test]
    fn mistakes_say_what_to_write() {
        refused("", r#"a duration is missing: write a number and a unit, such as "250ms" or "20s""#);
        refused("20", r#""20" needs a unit: write "20s""#);
        refused("1h30", r#""1h30" needs a unit: write "1h30s""#);
        refused("-5s", r#""-5s" is negative: a duration is zero or more"#);
        refused("5min", r#""5min" has the unknown unit "min": write "5m""#);
        refused("20 s", r#""20 s" has the unknown unit "s": write "20s""#);
        refused("3w", r#""3w" has the unknown unit "w": use us, ms, s, m, h or d"#);
        refused(
            "0.5us",
            r#""0.5us" is finer than a microsecond, the smallest step of simulated time: round it"#,
        );
        refused("13d", r#""13d" is too long: the longest duration is 12d17h25m11.627775s"#);
        refused(
            "99999999999999999999999s",
            &SpanError::TooLarge { text: "99999999999999999999999s".into() }.to_string(),
        );
        assert!(matches!(Span::parse("30m1h"), Err(SpanError::Order { .. })));
        assert!(matches!(Span::parse("1s1s"), Err(SpanError::Order { .. })));
        for text in ["s", "1.s", ".5s", "1.2.3s", "1.5h3m", "soon", "+5s", "1e3s", "١s"] {
            assert!(Span::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_schema_accepts_what_the_parser_accepts() {
        let schema = SchemaGenerator::default().into_root_schema_for::<Span>();
        let validator = jsonschema::validator_for(&schema.to_value()).unwrap();
        for text in ["5us", "1h30m", "1m30.5s", "0.1h", "1d12h", "250ms", "0s"] {
            let sample = json_schema!({ "text": text }).to_value();
            assert!(validator.is_valid(&sample["text"]), "{text}");
        }
        for text in ["20", "-5s", "3w", "20 s", "soon", "30m1h"] {
            let sample = json_schema!({ "text": text }).to_value();
            assert!(!validator.is_valid(&sample["text"]), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_printed_span_reads_back(us in 0..=MAX_US, coarse in 0_u32..12) {
            let us = us / 10_u64.pow(coarse) * 10_u64.pow(coarse);
            let text = Span(us).to_string();
            prop_assert_eq!(Span::parse(&text), Ok(Span(us)), "{}", text);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC*", near in "[0-9.]{0,24}[usmhd]{0,3}[0-9.]{0,4}[a-z]{0,2}") {
            let _ = Span::parse(&text);
            let _ = Span::parse(&near);
        }
    }
}
