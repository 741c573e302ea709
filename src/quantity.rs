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

mod count;
mod positive;
#[cfg(test)]
mod tests;

pub use count::Count;
pub use positive::{POSITIVE_DURATION, Positive};

use schemars::Schema;
use std::ops::Bound::{self, Excluded, Included, Unbounded};

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
