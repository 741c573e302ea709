//! What the backend knows of a session: 9 bytes. Nobody but gateways, waiting room and shop can read it.

use crate::model::across::Key;
use crate::protocol::Truth;

/// No place in line has been given.
pub(in crate::model) const NO_PLACE: u32 = u32::MAX;
/// The session has a slot inside; its place is the slot's number.
const INSIDE: u8 = 16;
/// The gateway accepted the join before the opening.
const EARLY: u8 = 32;

/// What is on the books about one session.
#[derive(Clone)]
pub(in crate::model) struct Books {
    place: [u8; 4],
    contact_ms: [u8; 4],
    truth_and_flags: u8,
}

const _: () = assert!(Truth::ALL.len() <= 16, "a truth is four bits, here and in the metrics");

impl Default for Books {
    fn default() -> Books {
        Books { place: NO_PLACE.to_le_bytes(), contact_ms: [0; 4], truth_and_flags: 0 }
    }
}

impl Books {
    /// What the backend has decided.
    #[inline]
    pub(in crate::model::backend) fn truth(&self) -> Truth {
        Truth::ALL[usize::from(self.truth_and_flags & 15)]
    }

    /// Decides. What is sold stays sold, unless its order is cancelled. Returns what was decided before.
    ///
    /// # Panics
    /// If something sold was to become something else.
    pub(super) fn decide(&mut self, truth: Truth) -> Truth {
        let before = self.truth();
        assert!(
            before != Truth::Sold || matches!(truth, Truth::Sold | Truth::Cancelled),
            "what is sold stays sold, unless its order is cancelled, and was to become {truth:?}"
        );
        self.truth_and_flags = self.truth_and_flags & !15 | truth as u8;
        before
    }

    /// Place in line; or, once inside, the number of the slot.
    #[inline]
    pub(in crate::model::backend) fn place(&self) -> u32 {
        u32::from_le_bytes(self.place)
    }

    pub(in crate::model::backend) fn set_place(&mut self, place: u32) {
        self.place = place.to_le_bytes();
    }

    /// Last contact with the waiting room, in milliseconds since time 0.
    #[inline]
    pub(in crate::model::backend) fn contact_ms(&self) -> u32 {
        u32::from_le_bytes(self.contact_ms)
    }

    #[inline]
    pub(in crate::model::backend) fn set_contact_ms(&mut self, ms: u32) {
        self.contact_ms = ms.to_le_bytes();
    }

    /// The session has a slot inside.
    #[inline]
    pub(in crate::model::backend) fn is_inside(&self) -> bool {
        self.truth_and_flags & INSIDE != 0
    }

    pub(in crate::model::backend) fn set_inside(&mut self, inside: bool) {
        self.truth_and_flags = self.truth_and_flags & !INSIDE | if inside { INSIDE } else { 0 };
    }

    /// The gateway accepted the join before the opening.
    pub(in crate::model::backend) fn is_early(&self) -> bool {
        self.truth_and_flags & EARLY != 0
    }

    pub(in crate::model::backend) fn set_early(&mut self, early: bool) {
        self.truth_and_flags = self.truth_and_flags & !EARLY | if early { EARLY } else { 0 };
    }

    /// What the backend has decided, for whoever carries things across.
    #[inline]
    pub(in crate::model) fn truth_across(&self, _: Key) -> Truth {
        self.truth()
    }

    /// The place, for whoever carries things across.
    #[inline]
    pub(in crate::model) fn place_across(&self, _: Key) -> u32 {
        self.place()
    }

    /// Whether the session has a slot inside, for whoever carries things across.
    #[inline]
    pub(in crate::model) fn is_inside_across(&self, _: Key) -> bool {
        self.is_inside()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn books_keep_truth_place_and_flags_apart() {
        let mut books = Books::default();
        assert_eq!((books.truth(), books.place()), (Truth::Unknown, NO_PLACE));
        books.set_inside(true);
        assert_eq!(books.decide(Truth::Declined), Truth::Unknown);
        books.set_place(7);
        books.set_contact_ms(9);
        assert_eq!((books.truth(), books.place(), books.contact_ms()), (Truth::Declined, 7, 9));
        assert!(books.is_inside() && !books.is_early());
        books.set_early(true);
        books.set_inside(false);
        assert_eq!((books.truth(), books.is_inside(), books.is_early()), (Truth::Declined, false, true));
    }

    #[test]
    #[should_panic(expected = "what is sold stays sold")]
    fn what_is_sold_stays_sold() {
        let mut books = Books::default();
        books.decide(Truth::Sold);
        books.decide(Truth::Expired);
    }
}
