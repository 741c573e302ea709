//! What the person before a screen has and believes: 6 bytes a session. Nobody but people can read it.

use crate::engine::Time;
use crate::model::across::Key;
use crate::model::sim::crowd::time;
use crate::protocol::Belief;

/// The page was told its turn.
const TOLD: u8 = 16;
/// The person has bought, or left on hearing something (kept in the first session's row).
const PERSON_DONE: u8 = 32;
/// The person read that nothing is left to be had, and opens no further tab (kept in the first session's row).
const OPENS_NO_MORE: u8 = 64;

/// One screen, and the person before it.
#[derive(Clone)]
pub(in crate::model) struct Page {
    leave_at: [u8; 5],
    belief_and_flags: u8,
}

const _: () = assert!(Belief::ALL.len() <= 16, "a belief is four bits, here and in the metrics");

impl Default for Page {
    fn default() -> Page {
        Page { leave_at: time::pack(Time::MAX), belief_and_flags: 0 }
    }
}

impl Page {
    /// When the person's patience ends; [`Time::MAX`]: never.
    #[inline]
    pub(in crate::model::people) fn leave_at(&self) -> Time {
        time::unpack(self.leave_at)
    }

    pub(in crate::model::people) fn set_leave_at(&mut self, at: Time) {
        self.leave_at = time::pack(at);
    }

    /// What the screen says.
    #[inline]
    pub(in crate::model::people) fn belief(&self) -> Belief {
        Belief::ALL[usize::from(self.belief_and_flags & 15)]
    }

    pub(in crate::model::people) fn set_belief(&mut self, belief: Belief) {
        self.belief_and_flags = self.belief_and_flags & !15 | belief as u8;
    }

    /// The client was told its turn.
    pub(in crate::model::people) fn was_told(&self) -> bool {
        self.belief_and_flags & TOLD != 0
    }

    pub(in crate::model::people) fn tell(&mut self) {
        self.belief_and_flags |= TOLD;
    }

    /// The person has bought, or left on hearing something: no other session of theirs goes on.
    pub(in crate::model::people) fn person_is_done(&self) -> bool {
        self.belief_and_flags & PERSON_DONE != 0
    }

    pub(in crate::model::people) fn finish_person(&mut self) {
        self.belief_and_flags |= PERSON_DONE;
    }

    /// The person opens no further tab; those that are open go on.
    pub(in crate::model::people) fn opens_no_more(&self) -> bool {
        self.belief_and_flags & (PERSON_DONE | OPENS_NO_MORE) != 0
    }

    pub(in crate::model::people) fn open_no_more(&mut self) {
        self.belief_and_flags |= OPENS_NO_MORE;
    }

    /// What the screen says, for whoever carries things across.
    #[inline]
    pub(in crate::model) fn belief_across(&self, _: Key) -> Belief {
        self.belief()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_keeps_patience_belief_and_flags_apart() {
        let mut page = Page::default();
        assert_eq!((page.leave_at(), page.belief()), (Time::MAX, Belief::Idle));
        page.tell();
        page.set_belief(Belief::GaveUp);
        page.set_leave_at(Time::from_us(123_456_789_012));
        assert_eq!((page.leave_at(), page.belief()), (Time::from_us(123_456_789_012), Belief::GaveUp));
        assert!(page.was_told() && !page.opens_no_more());
        page.open_no_more();
        assert!(page.opens_no_more() && !page.person_is_done());
        page.finish_person();
        page.set_belief(Belief::Idle);
        assert!(page.was_told() && page.person_is_done());
    }
}
