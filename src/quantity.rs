//! Numbers and durations that check themselves: a value outside its range cannot be made.
//!
//! The range of a key is said once, by its type. The JSON schema is derived from it, and with the schema what editors
//! complete and what the reader of a scenario tells about a number out of range; serde refuses whatever gets past them.
//! Limits that depend on several keys are no business of a type: they are checked in `scenario::resolve`.
//!
//! | type | range |
//! |---|---|
//! | [`Share`] | 0 to 1 |
//! | [`PositiveShare`] | more than 0, up to 1 |
//! | [`ProperFraction`] | more than 0, less than 1 |
//! | [`Percentage`] | 0 to 100 |
//! | [`NonNegative`] | 0 or more |
//! | [`AtLeastOne`] | 1 or more |
//! | [`AboveOne`] | more than 1 |
//! | [`Positive`] | more than 0: a number or a duration |
//! | [`Count`] | whole, within bounds of its own |

use crate::engine::time::{Span, Time};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::ops::Bound::{self, Excluded, Included, Unbounded};
use std::ops::{Add, Deref, Sub};

/// What a decimal number may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// Where it begins.
    pub low: Bound<f64>,
    /// Where it ends.
    pub high: Bound<f64>,
}

impl Range {
    /// Is this number in it? Neither an infinite one is nor one that is none.
    pub const fn holds(self, number: f64) -> bool {
        let above = match self.low {
            Bound::Included(low) => number >= low,
            Bound::Excluded(low) => number > low,
            Bound::Unbounded => true,
        };
        let below = match self.high {
            Bound::Included(high) => number <= high,
            Bound::Excluded(high) => number < high,
            Bound::Unbounded => true,
        };
        number.is_finite() && above && below
    }

    /// Writes it into the schema of a number.
    pub fn describe(self, schema: &mut Schema) {
        for (bound, included, excluded) in
            [(self.low, "minimum", "exclusiveMinimum"), (self.high, "maximum", "exclusiveMaximum")]
        {
            match bound {
                Bound::Included(number) => schema.insert(included.to_owned(), number.into()),
                Bound::Excluded(number) => schema.insert(excluded.to_owned(), number.into()),
                Bound::Unbounded => None,
            };
        }
    }
}

/// Types of decimal numbers within a range: name, where it begins, where it ends. Each is read, written, compared and shown
/// like the number inside.
macro_rules! decimals {
    ($($(#[$doc:meta])+ $name:ident: $low:expr, $high:expr;)+) => {$(
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
        pub struct $name(f64);

        impl $name {
            /// What it may be.
            pub const RANGE: $crate::quantity::Range = $crate::quantity::Range { low: $low, high: $high };

            /// This number, if it is in the range.
            pub const fn new(number: f64) -> Option<Self> {
                if Self::RANGE.holds(number) { Some(Self(number)) } else { None }
            }

            /// This number, which must be in the range: for what stands in the code.
            ///
            /// # Panics
            /// If it is not.
            pub const fn of(number: f64) -> Self {
                Self::new(number).expect("the number is in its range")
            }

            /// The number.
            #[inline]
            pub const fn get(self) -> f64 {
                self.0
            }
        }

        impl std::ops::Deref for $name {
            type Target = f64;

            #[inline]
            fn deref(&self) -> &f64 {
                &self.0
            }
        }

        impl PartialEq<f64> for $name {
            fn eq(&self, other: &f64) -> bool {
                self.0 == *other
            }
        }

        impl PartialOrd<f64> for $name {
            #[inline]
            fn partial_cmp(&self, other: &f64) -> Option<std::cmp::Ordering> {
                self.0.partial_cmp(other)
            }
        }

        impl PartialOrd<$name> for f64 {
            #[inline]
            fn partial_cmp(&self, other: &$name) -> Option<std::cmp::Ordering> {
                self.partial_cmp(&other.0)
            }
        }

        impl PartialEq<$name> for f64 {
            fn eq(&self, other: &$name) -> bool {
                *self == other.0
            }
        }

        impl From<$name> for f64 {
            fn from(checked: $name) -> f64 {
                checked.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let number = f64::deserialize(deserializer)?;
                let refused = || serde::de::Error::custom(format_args!("{number} is out of range"));
                $name::new(number).ok_or_else(refused)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let mut schema = f64::json_schema(generator);
                Self::RANGE.describe(&mut schema);
                schema
            }
        }
    )+};
}

pub(crate) use decimals;

decimals! {
    /// A part of a whole, 0 to 1.
    Share: Included(0.0), Included(1.0);
    /// A part of a whole that is not none of it: more than 0, up to 1.
    PositiveShare: Excluded(0.0), Included(1.0);
    /// What is left of something that shrinks and does not vanish: more than 0, less than 1.
    ProperFraction: Excluded(0.0), Excluded(1.0);
    /// A part of a whole in hundredths, 0 to 100.
    Percentage: Included(0.0), Included(100.0);
    /// 0 or more.
    NonNegative: Included(0.0), Unbounded;
    /// A factor that makes nothing smaller: 1 or more.
    AtLeastOne: Included(1.0), Unbounded;
    /// A factor that makes larger: more than 1.
    AboveOne: Excluded(1.0), Unbounded;
}

impl Share {
    /// None of it.
    pub const NONE: Share = Share(0.0);
    /// All of it.
    pub const ALL: Share = Share(1.0);
}

impl Default for Share {
    fn default() -> Share {
        Share::NONE
    }
}

impl PositiveShare {
    /// All of it.
    pub const ALL: PositiveShare = PositiveShare(1.0);
}

/// A number or a duration that is more than 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Positive<T>(T);

impl<T: Copy> Positive<T> {
    /// What is inside.
    #[inline]
    pub const fn get(self) -> T {
        self.0
    }
}

impl<T> Deref for Positive<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: fmt::Display> fmt::Display for Positive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: PartialEq> PartialEq<T> for Positive<T> {
    fn eq(&self, other: &T) -> bool {
        self.0 == *other
    }
}

impl<T: PartialOrd> PartialOrd<T> for Positive<T> {
    fn partial_cmp(&self, other: &T) -> Option<Ordering> {
        self.0.partial_cmp(other)
    }
}

impl PartialOrd<Positive<Span>> for Span {
    fn partial_cmp(&self, other: &Positive<Span>) -> Option<Ordering> {
        self.partial_cmp(&other.0)
    }
}

impl PartialEq<Positive<Span>> for Span {
    fn eq(&self, other: &Positive<Span>) -> bool {
        *self == other.0
    }
}

impl<T: Serialize> Serialize for Positive<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Positive<f64> {
    /// What it may be.
    pub const RANGE: Range = Range { low: Bound::Excluded(0.0), high: Bound::Unbounded };

    /// This number, if it is more than 0.
    pub const fn new(number: f64) -> Option<Self> {
        if Self::RANGE.holds(number) { Some(Positive(number)) } else { None }
    }

    /// This number, which must be more than 0: for what stands in the code.
    ///
    /// # Panics
    /// If it is not.
    pub const fn of(number: f64) -> Self {
        Self::new(number).expect("the number is more than 0")
    }
}

impl<'de> Deserialize<'de> for Positive<f64> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        Self::new(number).ok_or_else(|| de::Error::custom(format_args!("{number} is not more than 0")))
    }
}

impl JsonSchema for Positive<f64> {
    fn schema_name() -> Cow<'static, str> {
        "PositiveNumber".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = f64::json_schema(generator);
        Self::RANGE.describe(&mut schema);
        schema
    }
}

impl Positive<Span> {
    /// This duration, if it is longer than 0.
    pub const fn new(span: Span) -> Option<Self> {
        if span.as_us() > 0 { Some(Positive(span)) } else { None }
    }

    /// This duration, which must be longer than 0: for what stands in the code.
    ///
    /// # Panics
    /// If it is not.
    pub const fn of(span: Span) -> Self {
        Self::new(span).expect("the duration is longer than 0")
    }

    /// So many seconds, at least one.
    ///
    /// # Panics
    /// For none.
    pub const fn from_secs(secs: u64) -> Self {
        Self::of(Span::from_secs(secs))
    }

    /// So many milliseconds, at least one.
    ///
    /// # Panics
    /// For none.
    pub const fn from_ms(ms: u64) -> Self {
        Self::of(Span::from_ms(ms))
    }
}

impl Add<Positive<Span>> for Span {
    type Output = Span;

    fn add(self, later: Positive<Span>) -> Span {
        self + later.0
    }
}

impl Sub<Positive<Span>> for Span {
    type Output = Span;

    fn sub(self, less: Positive<Span>) -> Span {
        self - less.0
    }
}

impl Add<Positive<Span>> for Time {
    type Output = Time;

    #[inline]
    fn add(self, later: Positive<Span>) -> Time {
        self + later.0
    }
}

impl<'de> Deserialize<'de> for Positive<Span> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let span = Span::deserialize(deserializer)?;
        Self::new(span).ok_or_else(|| de::Error::custom("this must be longer than 0s"))
    }
}

/// How the schema calls a duration that is longer than 0.
pub const POSITIVE_DURATION: &str = "PositiveDuration";

impl JsonSchema for Positive<Span> {
    fn schema_name() -> Cow<'static, str> {
        POSITIVE_DURATION.into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let any = generator.subschema_for::<Span>();
        json_schema!({
            "description": "A duration that is longer than 0.",
            "allOf": [any, { "pattern": "[1-9]" }]
        })
    }
}

/// A whole number from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count<T, const MIN: u64, const MAX: u64 = { u64::MAX }>(T);

impl<T: Copy + Into<u64>, const MIN: u64, const MAX: u64> Count<T, MIN, MAX> {
    /// This number, if it is in the range.
    pub fn new(number: T) -> Option<Self> {
        (MIN..=MAX).contains(&number.into()).then_some(Count(number))
    }

    /// This number, which must be in the range: for what stands in the code.
    ///
    /// # Panics
    /// If it is not.
    pub fn of(number: T) -> Self {
        Self::new(number).expect("the number is in its range")
    }

    /// The number.
    #[inline]
    pub const fn get(self) -> T {
        self.0
    }
}

impl<T: Default, const MAX: u64> Default for Count<T, 0, MAX> {
    fn default() -> Self {
        Count(T::default())
    }
}

impl<T, const MIN: u64, const MAX: u64> Deref for Count<T, MIN, MAX> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: PartialEq, const MIN: u64, const MAX: u64> PartialEq<T> for Count<T, MIN, MAX> {
    fn eq(&self, other: &T) -> bool {
        self.0 == *other
    }
}

impl<T: PartialOrd, const MIN: u64, const MAX: u64> PartialOrd<T> for Count<T, MIN, MAX> {
    fn partial_cmp(&self, other: &T) -> Option<Ordering> {
        self.0.partial_cmp(other)
    }
}

impl<T: fmt::Display, const MIN: u64, const MAX: u64> fmt::Display for Count<T, MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: Serialize, const MIN: u64, const MAX: u64> Serialize for Count<T, MIN, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T, const MIN: u64, const MAX: u64> Deserialize<'de> for Count<T, MIN, MAX>
where
    T: Deserialize<'de> + Copy + Into<u64> + fmt::Display,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = T::deserialize(deserializer)?;
        Self::new(number).ok_or_else(|| de::Error::custom(format_args!("{number} is out of range")))
    }
}

impl<T: JsonSchema, const MIN: u64, const MAX: u64> JsonSchema for Count<T, MIN, MAX> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}From{MIN}To{MAX}", T::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = T::json_schema(generator);
        schema.insert("minimum".to_owned(), MIN.into());
        if MAX < u64::MAX {
            schema.insert("maximum".to_owned(), MAX.into());
        }
        schema
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
}
