//! Whole numbers within bounds.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::ops::Deref;

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
