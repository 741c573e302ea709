//! One entry of the agenda: 16 bytes that sort by themselves.

use std::fmt;

use crate::engine::Time;

/// Something that will happen, packed into one `u128` whose order as a number is the order of events:
///
/// ```text
///   time 40 | class 4 | tie 20 | entity 32 | kind 8 | attempt 24        most significant first
/// ```
///
/// The order is a pure function of the model. Class puts work before its timer; tie is a keyed hash
/// ([`tie`](crate::engine::tie)), because ties broken by client number would be a fairness bug; the rest is what it
/// is about. The engine gives entity, kind and attempt no meaning. Entries should be unique; equal ones both happen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry(u128);

const TIME_SHIFT: u32 = 88;
const CLASS_SHIFT: u32 = 84;
const TIE_SHIFT: u32 = 64;
const ENTITY_SHIFT: u32 = 32;
const KIND_SHIFT: u32 = 24;

impl Entry {
    /// The smallest entry there can be; fills unused memory.
    pub(super) const ZERO: Self = Self(0);

    /// Packs an entry. Ranges: `class` 0 to 15, `tie` 20 bits, `attempt` 24 bits, the others as their types; a value
    /// out of range is a bug of the caller, found by a debug assertion.
    #[inline]
    pub fn new(at: Time, class: u8, tie: u32, entity: u32, kind: u8, attempt: u32) -> Self {
        debug_assert!(class < 1 << 4, "class {class} has more than 4 bits");
        debug_assert!(tie < 1 << 20, "tie {tie} has more than 20 bits");
        debug_assert!(attempt < 1 << 24, "attempt {attempt} has more than 24 bits");
        let order = at.as_us() << 24 | u64::from(class) << 20 | u64::from(tie);
        let content = u64::from(entity) << ENTITY_SHIFT | u64::from(kind) << KIND_SHIFT | u64::from(attempt);
        Self(u128::from(order) << TIE_SHIFT | u128::from(content))
    }

    /// When it happens.
    #[inline]
    pub const fn at(self) -> Time {
        Time::from_us((self.0 >> TIME_SHIFT) as u64)
    }

    /// Rank within the microsecond, 0 to 15, lowest first.
    #[inline]
    pub const fn class(self) -> u8 {
        (self.0 >> CLASS_SHIFT) as u8 & 0xF
    }

    /// Rank within time and class, 20 bits, lowest first.
    #[inline]
    pub const fn tie(self) -> u32 {
        (self.0 >> TIE_SHIFT) as u32 & 0xF_FFFF
    }

    /// Whom it is about.
    #[inline]
    pub const fn entity(self) -> u32 {
        (self.0 >> ENTITY_SHIFT) as u32
    }

    /// What it is.
    #[inline]
    pub const fn kind(self) -> u8 {
        (self.0 >> KIND_SHIFT) as u8
    }

    /// Which attempt of its entity it belongs to, 24 bits: tells a live timer from a stale one.
    #[inline]
    pub const fn attempt(self) -> u32 {
        self.0 as u32 & 0xFF_FFFF
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("at", &self.at().as_us())
            .field("class", &self.class())
            .field("tie", &self.tie())
            .field("entity", &self.entity())
            .field("kind", &self.kind())
            .field("attempt", &self.attempt())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn order_is_that_of_the_fields(
            a in (0_u64..1 << 40, 0_u8..16, 0_u32..1 << 20, any::<u32>(), any::<u8>(), 0_u32..1 << 24),
            b in (0_u64..1 << 40, 0_u8..16, 0_u32..1 << 20, any::<u32>(), any::<u8>(), 0_u32..1 << 24),
            same in 0_usize..6,
        ) {
            let mut b = b;
            if same > 0 { b.0 = a.0; }
            if same > 1 { b.1 = a.1; }
            if same > 2 { b.2 = a.2; }
            if same > 3 { b.3 = a.3; }
            if same > 4 { b.4 = a.4; }
            let entry = |x: (u64, u8, u32, u32, u8, u32)| Entry::new(Time::from_us(x.0), x.1, x.2, x.3, x.4, x.5);
            prop_assert_eq!(entry(a).cmp(&entry(b)), a.cmp(&b));
            let e = entry(a);
            prop_assert_eq!((e.at().as_us(), e.class(), e.tie(), e.entity(), e.kind(), e.attempt()), a);
        }
    }

    #[test]
    fn an_entry_is_sixteen_bytes() {
        assert_eq!(size_of::<Entry>(), 16);
    }
}
