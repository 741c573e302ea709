//! Persons and sessions: one row of 32 bytes a session, half a cache line, never an object.
//!
//! A person's sessions are contiguous, and the person's own state lives in the first one's row. Rows hold
//! what a client and the backend know of each other; delays, patience and thinking are drawn again from their
//! keys when needed and never stored.

use crate::engine::{Time, prefetch_read};
use crate::protocol::{Belief, Cause, Kind, PersonId, Roster, SessionId, Truth, Who};

/// No place in line has been given.
pub(in crate::model) const NO_PLACE: u32 = u32::MAX;
/// No request row is in flight.
pub(in crate::model) const NO_REQUEST: u32 = u32::MAX;
/// The bit of a pending wake, above the count of failures.
const WAKE: u8 = 128;
/// From so many asks on they are numbered by attempt.
const MANY: u8 = 254;
/// In place of the count of asks: the page was opened anew.
const ANEW: u8 = 255;

/// A yes-or-no of a session's row.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(in crate::model) enum Flag {
    /// The session stopped for good.
    Stopped = 1,
    /// The next request is planned and was not recorded as sent; the deadline is the instant of sending.
    Planned = 2,
    /// The session has a slot inside; its place is the slot's number.
    Inside = 4,
    /// The client was told its turn.
    Told = 8,
    /// The person had a final answer, or left on hearing something (kept in the first session's row).
    PersonDone = 16,
    /// The session was opened; the first one was when the person came.
    Arrived = 32,
    /// The gateway accepted the join before the opening.
    Early = 64,
    /// The person has more than one session.
    Several = 128,
}

/// One session, 32 bytes.
#[repr(C, align(32))]
#[derive(Clone, Copy)]
pub(in crate::model) struct Row {
    /// Place in line; or, once inside, the number of the slot.
    pub(in crate::model) place: u32,
    /// The request row in flight upstream; where none is, why the newest attempt will get no answer (see
    /// [`Row::silence`]).
    pub(in crate::model) request: u32,
    /// Last contact with the waiting room, in milliseconds since time 0.
    pub(in crate::model) contact_ms: u32,
    deadline: [u8; 5],
    leave_at: [u8; 5],
    attempt: [u8; 3],
    cohort: u8,
    tab_and_truth: u8,
    kind_and_belief: u8,
    flags: u8,
    wake_and_failures: u8,
    /// Rounds of trying to get in, or to buy, that ended without an outcome.
    pub(in crate::model) round: u8,
    /// Asks of the present kind in this round, at most [`MANY`]; or [`ANEW`].
    pub(in crate::model) asks: u8,
}

const _: () = assert!(size_of::<Row>() == 32, "a row is half a cache line");
const _: () = assert!(
    Truth::ALL.len() <= 16 && Belief::ALL.len() <= 16 && Kind::ALL.len() <= 16,
    "a truth, a belief and a kind of request are four bits each, here and in the metrics"
);

fn pack(time: Time) -> [u8; 5] {
    let bytes = time.as_us().to_le_bytes();
    [bytes[0], bytes[1], bytes[2], bytes[3], bytes[4]]
}

fn unpack(bytes: [u8; 5]) -> Time {
    let mut wide = [0; 8];
    wide[..5].copy_from_slice(&bytes);
    Time::from_us(u64::from_le_bytes(wide))
}

impl Row {
    fn new(cohort: u8, tab: u8) -> Row {
        Row {
            deadline: pack(Time::MAX),
            leave_at: pack(Time::MAX),
            attempt: [0; 3],
            cohort,
            tab_and_truth: tab,
            kind_and_belief: 0,
            flags: 0,
            wake_and_failures: 0,
            place: NO_PLACE,
            request: NO_REQUEST,
            contact_ms: 0,
            round: 0,
            asks: 0,
        }
    }

    /// When the client acts next by itself: sends what is planned, or stops waiting; once it stopped for good, when
    /// that was.
    pub(in crate::model) fn deadline(&self) -> Time {
        unpack(self.deadline)
    }

    pub(in crate::model) fn set_deadline(&mut self, at: Time) {
        self.deadline = pack(at);
    }

    /// When the person's patience ends; [`Time::MAX`]: never.
    pub(in crate::model) fn leave_at(&self) -> Time {
        unpack(self.leave_at)
    }

    pub(in crate::model) fn set_leave_at(&mut self, at: Time) {
        self.leave_at = pack(at);
    }

    /// The number of the newest attempt, 24 bits.
    pub(in crate::model) fn attempt(&self) -> u32 {
        let [a, b, c] = self.attempt;
        u32::from_le_bytes([a, b, c, 0])
    }

    pub(in crate::model) fn next_attempt(&mut self) -> u32 {
        let next = self.attempt() + 1;
        assert!(next < 1 << 24, "a session made 2^24 attempts: is there an interval of zero?");
        let [a, b, c, _] = next.to_le_bytes();
        self.attempt = [a, b, c];
        self.request = NO_REQUEST;
        next
    }

    /// No row upstream speaks for the newest attempt, and it will get no answer: why.
    pub(in crate::model) fn set_silence(&mut self, cause: Cause) {
        self.request = NO_REQUEST - cause as u32;
    }

    /// The newest attempt has its answer, though the client does nothing yet.
    pub(in crate::model) fn set_answered(&mut self) {
        self.request = NO_REQUEST;
    }

    /// Why the newest attempt gets no answer, where no row upstream tells.
    pub(in crate::model) fn silence(&self) -> Cause {
        Cause::ALL.get((NO_REQUEST - self.request) as usize).copied().unwrap_or(Cause::None)
    }

    pub(in crate::model) fn cohort(&self) -> usize {
        usize::from(self.cohort)
    }

    pub(in crate::model) fn tab(&self) -> u8 {
        self.tab_and_truth & 15
    }

    pub(in crate::model) fn truth(&self) -> Truth {
        Truth::ALL[usize::from(self.tab_and_truth >> 4)]
    }

    pub(in crate::model) fn set_truth(&mut self, truth: Truth) {
        self.tab_and_truth = self.tab() | (truth as u8) << 4;
    }

    pub(in crate::model) fn belief(&self) -> Belief {
        Belief::ALL[usize::from(self.kind_and_belief >> 4)]
    }

    pub(in crate::model) fn set_belief(&mut self, belief: Belief) {
        self.kind_and_belief = self.kind_and_belief & 15 | (belief as u8) << 4;
    }

    /// What the newest attempt asks for.
    pub(in crate::model) fn kind(&self) -> Kind {
        Kind::ALL[usize::from(self.kind_and_belief & 15)]
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
        self.kind_and_belief = self.kind_and_belief & 0xF0 | kind as u8;
    }

    /// The person opens the page anew. How often they do so depends on the policy, so the page and what follows it
    /// are numbered by attempt, as polls are, and the luck of later requests stays what it was; but whoever leaves
    /// the shop for it will be in another round there. A repetition stays one: failures are not forgotten.
    pub(in crate::model) fn open_anew(&mut self) {
        if !matches!(self.kind(), Kind::OpenPage | Kind::Join | Kind::Poll | Kind::Reverify) {
            self.round = self.round.saturating_add(1);
        }
        self.kind_and_belief = self.kind_and_belief & 0xF0 | Kind::OpenPage as u8;
        self.asks = ANEW;
    }

    /// The page is being opened, and not for the first time.
    pub(in crate::model) fn is_open_anew(&self) -> bool {
        self.kind() == Kind::OpenPage && self.asks == ANEW
    }

    pub(in crate::model) fn is(&self, flag: Flag) -> bool {
        self.flags & flag as u8 != 0
    }

    pub(in crate::model) fn set(&mut self, flag: Flag) {
        self.flags |= flag as u8;
    }

    pub(in crate::model) fn clear(&mut self, flag: Flag) {
        self.flags &= !(flag as u8);
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

/// All sessions, and whose they are.
pub(in crate::model) struct Crowd {
    rows: Vec<Row>,
    /// The person of each session; empty if every person has exactly one.
    person_of: Vec<u32>,
    /// The first session of each person; empty if every person has exactly one.
    first_of: Vec<u32>,
}

impl Crowd {
    /// Lays out the sessions: `tabs(person)` is how many each person has, 1..=16.
    pub(in crate::model) fn new(roster: &Roster, mut tabs: impl FnMut(PersonId) -> u8) -> Crowd {
        let several = roster.cohorts.iter().any(|c| c.persons.clone().any(|p| tabs(PersonId(p)) > 1));
        let mut crowd = Crowd {
            rows: Vec::with_capacity(roster.persons as usize),
            person_of: Vec::new(),
            first_of: Vec::new(),
        };
        for (cohort, entry) in (0_u8..).zip(&roster.cohorts) {
            for person in entry.persons.clone() {
                let count = tabs(PersonId(person));
                if several {
                    crowd.first_of.push(u32::try_from(crowd.rows.len()).expect("fewer than 2^32 sessions"));
                }
                for tab in 0..count {
                    let mut row = Row::new(cohort, tab);
                    if count > 1 {
                        row.set(Flag::Several);
                    }
                    crowd.rows.push(row);
                    if several {
                        crowd.person_of.push(person);
                    }
                }
            }
        }
        crowd
    }

    pub(in crate::model) fn len(&self) -> u32 {
        u32::try_from(self.rows.len()).expect("fewer than 2^32 sessions")
    }

    pub(in crate::model) fn row(&self, session: SessionId) -> &Row {
        &self.rows[session.index()]
    }

    pub(in crate::model) fn row_mut(&mut self, session: SessionId) -> &mut Row {
        &mut self.rows[session.index()]
    }

    pub(in crate::model) fn person(&self, session: SessionId) -> PersonId {
        PersonId(self.person_of.get(session.index()).copied().unwrap_or(session.0))
    }

    /// The person's sessions.
    pub(in crate::model) fn sessions(&self, person: PersonId) -> std::ops::Range<u32> {
        if self.first_of.is_empty() {
            return person.0..person.0 + 1;
        }
        let end = self.first_of.get(person.index() + 1).copied().unwrap_or(self.len());
        self.first_of[person.index()]..end
    }

    /// The first session of the same person, where the person's own state is kept.
    pub(in crate::model) fn first(&self, session: SessionId) -> SessionId {
        SessionId(session.0 - u32::from(self.row(session).tab()))
    }

    #[inline]
    pub(in crate::model) fn who(&self, session: SessionId) -> Who {
        Who { person: self.person(session), session, tab: self.row(session).tab() }
    }

    pub(in crate::model) fn prefetch(&self, session: SessionId) {
        prefetch_read(&self.rows, session.index());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_keeps_every_field_apart() {
        let mut row = Row::new(3, 9);
        row.set_truth(Truth::Declined);
        row.set_kind(Kind::Pay);
        row.set_belief(Belief::GaveUp);
        row.set_deadline(Time::from_us(123_456_789_012));
        row.set_leave_at(Time::MAX);
        row.set(Flag::Several);
        assert_eq!((row.cohort(), row.tab(), row.truth()), (3, 9, Truth::Declined));
        assert_eq!((row.kind(), row.belief()), (Kind::Pay, Belief::GaveUp));
        assert_eq!((row.deadline(), row.leave_at()), (Time::from_us(123_456_789_012), Time::MAX));
        assert!(row.is(Flag::Several) && !row.is(Flag::Stopped));
        assert_eq!(row.next_attempt(), 1);
        assert_eq!(row.attempt(), 1);
    }

    #[test]
    fn a_new_kind_of_request_starts_a_new_count() {
        let mut row = Row::new(0, 0);
        row.set_kind(Kind::Hold);
        row.add_failure();
        row.add_failure();
        row.set_kind(Kind::Hold);
        assert_eq!((row.asks, row.failures()), (1, 2));
        row.set_kind(Kind::Checkout);
        assert_eq!((row.asks, row.failures()), (0, 0));
    }

    #[test]
    fn every_look_at_a_page_that_is_opened_anew_has_an_ordinal_of_its_own() {
        let mut row = Row::new(0, 0);
        let mut seen = Vec::new();
        let mut ask = |row: &mut Row, kind: Kind| {
            row.next_attempt();
            row.set_kind(kind);
            seen.push((kind as u8, row.ordinal()));
        };
        ask(&mut row, Kind::OpenPage);
        ask(&mut row, Kind::Join);
        for _ in 0..600 {
            row.open_anew();
            ask(&mut row, Kind::OpenPage);
            ask(&mut row, Kind::Join);
        }
        for _ in 0..600 {
            ask(&mut row, Kind::SeatMap);
            ask(&mut row, Kind::Hold);
            row.open_anew();
            ask(&mut row, Kind::OpenPage);
        }
        let asked = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), asked, "no luck is used twice");
    }

    #[test]
    fn reloading_does_not_change_the_luck_of_the_shop_and_does_not_forget_a_failure() {
        let mut row = Row::new(0, 0);
        row.set_kind(Kind::Join);
        row.add_failure();
        row.open_anew();
        row.set_kind(Kind::OpenPage);
        row.set_kind(Kind::Join);
        assert_eq!(row.failures(), 1, "it is the same join, tried again");
        row.set_kind(Kind::SeatMap);
        row.set_kind(Kind::Hold);
        assert_eq!((row.failures(), row.ordinal()), (0, 0));
    }

    #[test]
    fn failures_stop_counting_at_127_and_leave_the_pending_wake_alone() {
        let mut row = Row::new(0, 0);
        row.set_wake_pending(true);
        (0..200).for_each(|_| row.add_failure());
        assert_eq!((row.failures(), row.wake_is_pending()), (127, true));
        row.clear_failures();
        assert_eq!((row.failures(), row.wake_is_pending()), (0, true));
    }

    #[test]
    fn a_silence_lasts_until_the_next_attempt() {
        let mut row = Row::new(0, 0);
        assert_eq!(row.silence(), Cause::None);
        row.set_silence(Cause::LostUp);
        assert_eq!(row.silence(), Cause::LostUp);
        row.request = 7;
        assert_eq!(row.silence(), Cause::None);
        row.set_silence(Cause::BacklogFull);
        row.next_attempt();
        assert_eq!(row.silence(), Cause::None);
    }
}
