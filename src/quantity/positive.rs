//! What is more than 0: numbers and durations.

use super::Range;
use crate::engine::time::{Span, Time};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Bound, Deref, Sub};

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
