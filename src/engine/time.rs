//! Simulated time: integer microseconds, and the durations people write.
//!
//! What lives here: [`Time`] (an instant), [`Span`] (a length of time), the text form of a span ("250ms",
//! "1h30m") and its exact parser. What does not: any real clock. Both types hold 40 bits, 12.7 days, because that
//! is what an agenda entry has room for; arithmetic saturates there, and [`Time::MAX`] reads as "never".

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

mod text;

pub use text::SpanError;

/// Largest value either type holds: 40 bits of microseconds, 12 days 17 hours and a bit.
const MAX_US: u64 = (1 << 40) - 1;

/// An instant: integer microseconds since the start of the simulation, 0 to 2^40 - 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Time(u64);

/// A length of time: integer microseconds, 0 to 2^40 - 1. Scenario files write it as text: see [`Span::parse`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Span(u64);

impl Time {
    /// The start of the simulation.
    pub const ZERO: Self = Self(0);
    /// The last instant there is, 2^40 - 1 us. Arithmetic saturates here, so it stands for "never".
    pub const MAX: Self = Self(MAX_US);

    /// The instant `us` microseconds after the start; values beyond [`Time::MAX`] become `Time::MAX`.
    #[must_use]
    pub const fn from_us(us: u64) -> Self {
        Self(if us > MAX_US { MAX_US } else { us })
    }

    /// Microseconds since the start.
    pub const fn as_us(self) -> u64 {
        self.0
    }

    /// Seconds since the start, for charts and tables; exact to the nearest float.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// How long after `earlier` this is; zero when it is not after.
    #[must_use]
    pub const fn saturating_since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// The instant as a clock a person reads: hours, minutes, seconds and as many decimals as it needs,
    /// such as `0:12:04.5`.
    pub fn clock(self) -> String {
        let seconds = self.0 / 1_000_000;
        let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        format!("{h}:{m:02}:{s:02}{}", text::decimals(self.0 % 1_000_000, 6))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.clock())
    }
}

impl Add<Span> for Time {
    type Output = Self;
    /// Saturates at [`Time::MAX`], which reads as "never".
    fn add(self, span: Span) -> Self {
        Self::from_us(self.0 + span.0)
    }
}

impl AddAssign<Span> for Time {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Sub<Span> for Time {
    type Output = Self;
    /// Saturates at [`Time::ZERO`].
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// The longest span, 2^40 - 1 us: as long as the whole clock.
    pub const MAX: Self = Self(MAX_US);

    /// A span of `us` microseconds; values beyond [`Span::MAX`] become `Span::MAX`.
    #[must_use]
    pub const fn from_us(us: u64) -> Self {
        Self(if us > MAX_US { MAX_US } else { us })
    }

    /// A span of `ms` milliseconds; saturates at [`Span::MAX`].
    #[must_use]
    pub const fn from_ms(ms: u64) -> Self {
        Self::from_us(ms.saturating_mul(1_000))
    }

    /// A span of `secs` seconds; saturates at [`Span::MAX`].
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self::from_us(secs.saturating_mul(1_000_000))
    }

    /// Length in microseconds.
    pub const fn as_us(self) -> u64 {
        self.0
    }

    /// Length in seconds, for charts and tables.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// Whether it is no time at all.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// This span `times` over; saturates at [`Span::MAX`].
    #[must_use]
    pub const fn saturating_mul(self, times: u64) -> Self {
        Self::from_us(self.0.saturating_mul(times))
    }

    /// This span times a factor of 0 or more, rounded half up to a microsecond; saturates at [`Span::MAX`].
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        // A signed conversion is one instruction, and no span is negative.
        let us = self.0.cast_signed() as f64 * factor + 0.5;
        Self::from_us((us as i64).max(0).cast_unsigned())
    }

    /// Reads a duration as people write it: a number and a unit (`us`, `ms`, `s`, `m`, `h`, `d`), or several from
    /// the longest unit to the shortest. The last number may have decimals if the whole is exact to a microsecond.
    ///
    /// ```
    /// use onsale::engine::Span;
    /// assert_eq!(Span::parse("1h30m").unwrap(), Span::from_secs(5400));
    /// assert_eq!(Span::parse("1.5s").unwrap(), Span::from_ms(1500));
    /// assert_eq!(Span::parse("20").unwrap_err().to_string(), r#""20" needs a unit: write "20s""#);
    /// ```
    ///
    /// # Errors
    /// [`SpanError`] says what is wrong with the text and, where it can, what to write instead.
    pub fn parse(text: &str) -> Result<Self, SpanError> {
        text::parse(text)
    }
}

impl Add for Span {
    type Output = Self;
    /// Saturates at [`Span::MAX`].
    fn add(self, other: Self) -> Self {
        Self::from_us(self.0 + other.0)
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Span {
    type Output = Self;
    /// Saturates at [`Span::ZERO`].
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(Time::MAX + Span::from_us(1), Time::MAX);
        assert_eq!(Span::MAX + Span::MAX, Span::MAX);
        assert_eq!(Time::from_us(5) - Span::from_us(9), Time::ZERO);
        assert_eq!(Time::from_us(5).saturating_since(Time::from_us(9)), Span::ZERO);
        assert_eq!(Time::from_us(u64::MAX), Time::MAX);
        assert_eq!(Span::from_secs(u64::MAX), Span::MAX);
    }

    #[test]
    fn scaling_rounds_half_up_and_saturates() {
        assert_eq!(Span::from_us(3).scaled(0.5), Span::from_us(2));
        assert_eq!(Span::from_us(5).scaled(0.25), Span::from_us(1));
        assert_eq!(Span::MAX.scaled(1.0), Span::MAX);
        assert_eq!(Span::from_secs(1).scaled(1e30), Span::MAX);
        assert_eq!(Span::from_secs(1).scaled(0.0), Span::ZERO);
    }

    #[test]
    fn the_clock_is_for_people() {
        assert_eq!(Time::from_us(724_500_000).clock(), "0:12:04.5");
        assert_eq!(Time::ZERO.clock(), "0:00:00");
        assert_eq!(Time::from_us(360_000_000_001).to_string(), "100:00:00.000001");
    }
}
