//! What both ends of a connection know of it: what was asked last and how often, until when its client waits, where the
//! request is, and the client's own timer. 17 bytes a session.

use super::crowd::time;
use crate::engine::Time;
use crate::protocol::{Cause, Kind};

/// No request row is in flight.
pub(in crate::model) const NO_REQUEST: u32 = PLANNED - 1;
/// The bit of a session that has stopped for good, above the slot.
const STOPPED: u32 = 1 << 31;
/// The bit of a request that is planned and was not recorded as sent, above the slot.
const PLANNED: u32 = 1 << 30;
/// The bit of a pending wake, above the count of failures.
const WAKE: u8 = 128;
/// From so many asks on they are numbered by attempt.
const MANY: u8 = 254;
/// The largest number of an attempt: 24 bits.
const LAST_ATTEMPT: u32 = (1 << 24) - 1;
/// In place of the count of asks: the page was opened anew.
const ANEW: u8 = 255;

/// The connection of one session.
#[derive(Clone, Copy)]
pub(in crate::model) struct Wire {
    /// The request row in flight upstream, 30 bits; where none is, why the newest attempt will get no answer (see
    /// [`Wire::silence`]). Above them two yes-or-nos.
    request: [u8; 4],
    attempt: [u8; 3],
    deadline: [u8; 5],
    cohort: u8,
    tab_and_kind: u8,
    wake_and_failures: u8,
    /// Rounds of trying to get in, or to buy, that ended without an outcome.
    round: u8,
    /// Asks of the present kind in this round, at most [`MANY`]; or [`ANEW`].
    asks: u8,
}

const _: () = assert!(Kind::ALL.len() <= 16 && Cause::ALL.len() < 256, "a kind is four bits");

impl Wire {
    pub(super) fn new(cohort: u8, tab: u8) -> Wire {
        Wire {
            request: NO_REQUEST.to_le_bytes(),
            attempt: [0; 3],
            deadline: time::pack(Time::MAX),
            cohort,
            tab_and_kind: tab << 4,
            wake_and_failures: 0,
            round: 0,
            asks: 0,
        }
    }

    #[inline]
    fn bits(&self) -> u32 {
        u32::from_le_bytes(self.request)
    }

    /// The request row in flight upstream, as far as the connection knows: it may be another request by now.
    #[inline]
    pub(in crate::model) fn slot(&self) -> u32 {
        self.bits() & !(STOPPED | PLANNED)
    }

    /// The newest attempt is in this row upstream.
    #[inline]
    pub(in crate::model) fn set_slot(&mut self, slot: u32) {
        assert!(slot < PLANNED, "fewer than 2^30 requests in flight");
        self.request = (self.bits() & (STOPPED | PLANNED) | slot).to_le_bytes();
    }

    /// The next request is planned and was not recorded as sent; the deadline is the instant of sending.
    #[inline]
    pub(in crate::model) fn is_planned(&self) -> bool {
        self.bits() & PLANNED != 0
    }

    #[inline]
    pub(in crate::model) fn set_planned(&mut self, planned: bool) {
        self.request = (self.bits() & !PLANNED | if planned { PLANNED } else { 0 }).to_le_bytes();
    }

    /// The session stopped for good.
    #[inline]
    pub(in crate::model) fn is_stopped(&self) -> bool {
        self.bits() & STOPPED != 0
    }

    pub(in crate::model) fn stop(&mut self) {
        self.request = (self.bits() | STOPPED).to_le_bytes();
    }

    /// The session was opened; the first one was when the person came.
    pub(in crate::model) fn was_opened(&self) -> bool {
        self.attempt() > 0
    }

    /// A new round of trying to get in, or to buy, has luck of its own.
    pub(in crate::model) fn begin_round(&mut self) {
        self.round = self.round.saturating_add(1);
        self.asks = 0;
        self.clear_failures();
    }

    /// When the client acts next by itself: sends what is planned, or stops waiting; once it stopped for good, when
    /// that was.
    pub(in crate::model) fn deadline(&self) -> Time {
        time::unpack(self.deadline)
    }

    pub(in crate::model) fn set_deadline(&mut self, at: Time) {
        self.deadline = time::pack(at);
    }

    /// The number of the newest attempt, 24 bits.
    pub(in crate::model) fn attempt(&self) -> u32 {
        let [a, b, c] = self.attempt;
        u32::from_le_bytes([a, b, c, 0])
    }

    /// The number of the next attempt. After the largest they begin again with 1: whatever was said of the one before
    /// that had it is long over, and no attempt has 0.
    pub(in crate::model) fn next_attempt(&mut self) -> u32 {
        let attempt = self.attempt();
        let next = if attempt == LAST_ATTEMPT { 1 } else { attempt + 1 };
        let [a, b, c, _] = next.to_le_bytes();
        self.attempt = [a, b, c];
        self.set_slot(NO_REQUEST);
        next
    }

    /// How many attempts after `earlier` this one is.
    pub(in crate::model) fn attempts_since(attempt: u32, earlier: u32) -> u32 {
        (attempt + LAST_ATTEMPT - earlier) % LAST_ATTEMPT
    }

    /// No row upstream speaks for the newest attempt, and it will get no answer: why.
    pub(in crate::model) fn set_silence(&mut self, cause: Cause) {
        self.set_slot(Wire::slot_of_silence(cause));
    }

    /// In place of a row upstream: why there will be no answer.
    pub(in crate::model) fn slot_of_silence(cause: Cause) -> u32 {
        NO_REQUEST - cause as u32
    }

    /// The newest attempt has its answer, though the client does nothing yet.
    pub(in crate::model) fn set_answered(&mut self) {
        self.set_slot(NO_REQUEST);
    }

    /// Why the newest attempt gets no answer, where no row upstream tells.
    pub(in crate::model) fn silence(&self) -> Cause {
        Wire::silence_of(self.slot())
    }

    /// The same of an attempt of which that is known in place of a row upstream.
    pub(in crate::model) fn silence_of(slot: u32) -> Cause {
        Cause::ALL.get((NO_REQUEST - slot) as usize).copied().unwrap_or(Cause::None)
    }

    pub(in crate::model) fn cohort(&self) -> usize {
        usize::from(self.cohort)
    }

    pub(in crate::model) fn tab(&self) -> u8 {
        self.tab_and_kind >> 4
    }

    /// What the newest attempt asks for.
    pub(in crate::model) fn kind(&self) -> Kind {
        Kind::ALL[usize::from(self.tab_and_kind & 15)]
    }

    /// A wake of the client's own is in the agenda. There is at most one: deadlines only move later, so one that
    /// fires too early is pushed again for the deadline of then.
    pub(in crate::model) fn wake_is_pending(&self) -> bool {
        self.wake_and_failures & WAKE != 0
    }

    pub(in crate::model) fn set_wake_pending(&mut self, pending: bool) {
        self.wake_and_failures = self.wake_and_failures & !WAKE | u8::from(pending) << 7;
    }

    /// Failures in a row, at most 127.
    pub(in crate::model) fn failures(&self) -> u8 {
        self.wake_and_failures & !WAKE
    }

    /// One more failure in a row.
    pub(in crate::model) fn add_failure(&mut self) {
        if self.failures() < !WAKE {
            self.wake_and_failures += 1;
        }
    }

    pub(in crate::model) fn clear_failures(&mut self) {
        self.wake_and_failures &= WAKE;
    }

    /// A new kind of request starts a new count of asks and failures; but what follows a page that was opened anew
    /// goes on where that page was.
    pub(in crate::model) fn set_kind(&mut self, kind: Kind) {
        if self.kind() == kind {
            self.asks += u8::from(self.asks < MANY);
        } else if !self.is_open_anew() {
            self.asks = 0;
            self.clear_failures();
        }
        self.tab_and_kind = self.tab_and_kind & 0xF0 | kind as u8;
    }

    /// The person opens the page anew. How often they do so depends on the policy, so the page and what follows it
    /// are numbered by attempt, as polls are, and the luck of later requests stays what it was; but whoever leaves
    /// the shop for it will be in another round there. A repetition stays one: failures are not forgotten.
    pub(in crate::model) fn open_anew(&mut self) {
        if !matches!(self.kind(), Kind::OpenPage | Kind::Join | Kind::Poll | Kind::Reverify) {
            self.round = self.round.saturating_add(1);
        }
        self.tab_and_kind = self.tab_and_kind & 0xF0 | Kind::OpenPage as u8;
        self.asks = ANEW;
    }

    /// The page is being opened, and not for the first time.
    pub(in crate::model) fn is_open_anew(&self) -> bool {
        self.kind() == Kind::OpenPage && self.asks == ANEW
    }

    /// Ordinal of the newest attempt within (session, kind). Polls and the proofs that they lead to are numbered by
    /// attempt, so their luck is the same in distribution only; for the others the attempt serves after many asks or
    /// rounds.
    pub(in crate::model) fn ordinal(&self) -> u32 {
        let asked_by_policy = matches!(self.kind(), Kind::Poll | Kind::Reverify);
        if asked_by_policy || self.asks >= MANY || self.round == u8::MAX {
            1 << 31 | self.attempt()
        } else {
            u32::from(self.round) << 8 | u32::from(self.asks)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_keeps_every_field_apart() {
        let mut wire = Wire::new(3, 9);
        wire.set_kind(Kind::Pay);
        wire.set_deadline(Time::from_us(123_456_789_012));
        wire.set_planned(true);
        wire.set_slot(5);
        assert_eq!((wire.cohort(), wire.tab(), wire.kind()), (3, 9, Kind::Pay));
        assert_eq!((wire.slot(), wire.is_planned(), wire.is_stopped()), (5, true, false));
        assert_eq!(wire.deadline(), Time::from_us(123_456_789_012));
        wire.stop();
        wire.set_planned(false);
        assert_eq!((wire.slot(), wire.is_planned(), wire.is_stopped()), (5, false, true));
        assert!(!wire.was_opened());
        assert_eq!((wire.next_attempt(), wire.attempt(), wire.slot()), (1, 1, NO_REQUEST));
        assert!(wire.was_opened() && wire.is_stopped());
    }

    #[test]
    fn a_new_kind_of_request_starts_a_new_count() {
        let mut wire = Wire::new(0, 0);
        wire.set_kind(Kind::Hold);
        wire.add_failure();
        wire.add_failure();
        wire.set_kind(Kind::Hold);
        assert_eq!((wire.asks, wire.failures()), (1, 2));
        wire.set_kind(Kind::Checkout);
        assert_eq!((wire.asks, wire.failures()), (0, 0));
    }

    #[test]
    fn every_look_at_a_page_that_is_opened_anew_has_an_ordinal_of_its_own() {
        let mut wire = Wire::new(0, 0);
        let mut seen = Vec::new();
        let mut ask = |wire: &mut Wire, kind: Kind| {
            wire.next_attempt();
            wire.set_kind(kind);
            seen.push((kind as u8, wire.ordinal()));
        };
        ask(&mut wire, Kind::OpenPage);
        ask(&mut wire, Kind::Join);
        for _ in 0..600 {
            wire.open_anew();
            ask(&mut wire, Kind::OpenPage);
            ask(&mut wire, Kind::Join);
        }
        for _ in 0..600 {
            ask(&mut wire, Kind::SeatMap);
            ask(&mut wire, Kind::Hold);
            wire.open_anew();
            ask(&mut wire, Kind::OpenPage);
        }
        let asked = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), asked, "no luck is used twice");
    }

    #[test]
    fn reloading_does_not_change_the_luck_of_the_shop_and_does_not_forget_a_failure() {
        let mut wire = Wire::new(0, 0);
        wire.set_kind(Kind::Join);
        wire.add_failure();
        wire.open_anew();
        wire.set_kind(Kind::OpenPage);
        wire.set_kind(Kind::Join);
        assert_eq!(wire.failures(), 1, "it is the same join, tried again");
        wire.set_kind(Kind::SeatMap);
        wire.set_kind(Kind::Hold);
        assert_eq!((wire.failures(), wire.ordinal()), (0, 0));
    }

    #[test]
    fn failures_stop_counting_at_127_and_leave_the_pending_wake_alone() {
        let mut wire = Wire::new(0, 0);
        wire.set_wake_pending(true);
        (0..200).for_each(|_| wire.add_failure());
        assert_eq!((wire.failures(), wire.wake_is_pending()), (127, true));
        wire.clear_failures();
        assert_eq!((wire.failures(), wire.wake_is_pending()), (0, true));
    }

    #[test]
    fn after_the_last_attempt_their_numbers_begin_again() {
        let mut wire = Wire::new(0, 0);
        wire.attempt = [0xFE, 0xFF, 0xFF];
        assert_eq!((wire.next_attempt(), wire.next_attempt(), wire.next_attempt()), (LAST_ATTEMPT, 1, 2));
        assert!(wire.was_opened());
        assert_eq!((Wire::attempts_since(2, LAST_ATTEMPT), Wire::attempts_since(7, 3)), (2, 4));
    }

    #[test]
    fn a_silence_lasts_until_the_next_attempt() {
        let mut wire = Wire::new(0, 0);
        assert_eq!(wire.silence(), Cause::None);
        wire.set_silence(Cause::LostUp);
        assert_eq!(wire.silence(), Cause::LostUp);
        wire.set_slot(7);
        assert_eq!(wire.silence(), Cause::None);
        wire.set_silence(Cause::BacklogFull);
        wire.next_attempt();
        assert_eq!(wire.silence(), Cause::None);
    }
}
