//! What all families share of a person: 39 bytes each, and the instants at which stock and sale ended.
//!
//! Families do not keep instants of their own; they hear what a fact changed ([`News`]) and read the rest here at
//! the end (`answers.rs`). How facts change a person is in `changes.rs`, what is decided about them in `fate.rs`, what
//! somebody could know and when in `outlook.rs`, what kept somebody from knowing in `mechanism.rs`. What became of a person is worked out in
//! `verdict.rs`.

mod answers;
mod changes;
mod fate;
mod mechanism;
mod outlook;
mod stock;

pub(super) use mechanism::Mechanism;
pub use outlook::TOO_LONG;

use super::tabs::{Mark, Tabs};
use crate::engine::time::{Span, Time};
use crate::protocol::{BandId, Incident, PersonId, Possibility, Reply, Roster, Truth, Who};
use stock::{Ranks, Stock};

/// No rank: the person never came so far.
const NONE: u32 = u32::MAX;

/// An instant in five bytes; [`Time::MAX`] stands for "never".
#[derive(Clone, Copy)]
struct Short([u8; 5]);

impl Short {
    const NEVER: Short = Short([0xff; 5]);

    fn new(at: Time) -> Short {
        let [low @ .., _, _, _] = at.as_us().to_le_bytes();
        Short(low)
    }

    fn get(self) -> Option<Time> {
        let mut bytes = [0; 8];
        bytes[..5].copy_from_slice(&self.0);
        let at = Time::from_us(u64::from_le_bytes(bytes));
        (at != Time::MAX).then_some(at)
    }

    fn earlier_of(self, at: Time) -> Short {
        Short::new(self.get().map_or(at, |old| old.min(at)))
    }
}

/// What the person's screens say in the end. The order is that of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Shown {
    /// Nothing final, and somebody still looks at them.
    Waiting = 0,
    /// Nothing final, and nobody looks any more.
    GaveUp = 1,
    /// A final no.
    ToldNo = 2,
    /// A confirmed order.
    Bought = 3,
}

/// What became of the last attempt. A goodbye is no attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Last {
    /// There was none.
    Nothing = 0,
    /// Sent, and nothing heard.
    Unanswered = 1,
    /// The client's own timeout ended it.
    TimedOut = 2,
    /// A network error with no status to read.
    Opaque = 3,
    /// A readable answer, as if nothing were decided ("still in line").
    Undecided = 4,
    /// A readable refusal that is not final.
    Refused = 5,
}

const LAST: [Last; 6] =
    [Last::Nothing, Last::Unanswered, Last::TimedOut, Last::Opaque, Last::Undecided, Last::Refused];

/// The first of giving up and being decided against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Neither happened; but the backend may have refused one of several tabs since then, for want of stock.
    Open(Option<Time>),
    /// Nobody looks at the screens any more, from then on (`t_g`).
    GaveUp(Time),
    /// The backend decided: no ticket, for this cause (`t_b`).
    Decided(Time, Truth),
}

/// What a person's screens said before, and what they say now.
pub(super) type ShownNews = (PersonId, Shown, Shown);

/// What a fact changed for the person it is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    /// The backend's view of the session went from the one to the other.
    pub truth: Option<(Truth, Truth)>,
    /// What the person's screens say went from the one to the other.
    pub shown: Option<ShownNews>,
    /// The turn was issued to a session that had already stopped.
    pub turn_to_nobody: bool,
    /// It is the person's first ticket.
    pub first_ticket: bool,
    /// How the session finds the system served it, before and now.
    pub served: Option<(Service, Service)>,
    /// How long before the session had stopped, to the millisecond; only of facts about truth and seats.
    pub gone_for: Option<Span>,
    /// Place, turn or time inside was taken from a person who is still there.
    pub taken: bool,
    /// An answer says so, that long after it happened.
    pub told_of_loss: Option<Span>,
}

/// How a session finds the system: by the last of its attempts that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    /// None has ended yet, or the session is over.
    Idle,
    /// It was served.
    Up,
    /// It failed.
    Down,
}

/// One person. Packed: 40 bytes without padding.
#[derive(Clone, Copy)]
#[repr(C, packed)]
struct Row {
    /// Dense rank of the first request accepted at the edge; equal instants share a rank.
    edge: u32,
    /// Dense rank of the first join accepted; equal instants share a rank.
    enqueue: u32,
    /// Number of the first turn in the order of issue.
    turn: u32,
    /// Marks of the only tab (until `Tabs` takes over), and the flags below.
    flags: u32,
    intent: Short,
    fate: Short,
    /// Low half: truth of the only tab; high half: the cause of a fate that was decided.
    truths: u8,
    /// An instant, see `outlook.rs`.
    since_ms: u32,
    /// How long the person was in the dark, up to the last news.
    dark_ms: u32,
    /// All mechanisms of silence that ever applied, one bit each; see `mechanism.rs`.
    mechanisms: u32,
    /// The last that applied and was not made good: its number and 1; 0: none.
    last_mechanism: u8,
}

const SENT: u32 = 1 << 8;
/// The last attempt that ended was answered readably.
const SPOKEN: u32 = 1 << 9;
const TICKET: u32 = 1 << 10;
const CHARGED: u32 = 1 << 11;
const GAVE_UP: u32 = 1 << 12;
const DECIDED: u32 = 1 << 13;
const SHOWN_SHIFT: u32 = 14;
/// A final answer was understood.
const KNOWN: u32 = 1 << 16;
/// Every session stopped before that.
const GONE: u32 = 1 << 17;
/// A gateway answered a hold or payment by 504, and nothing was answered to one since.
const ORDER_504: u32 = 1 << 18;
/// A screen says that seats are held.
const PROMISED_SEAT: u32 = 1 << 19;
/// It is known why the attempt under way gets no answer.
const EXPLAINED: u32 = 1 << 20;
/// Place, turn or time inside was taken away, and no answer has said so yet.
const TAKEN: u32 = 1 << 21;
/// A readable answer said that the card was declined, after it was.
const TOLD_DECLINED: u32 = 1 << 27;
/// Three bits: what became of the last attempt.
const ATTEMPT_SHIFT: u32 = 22;
/// Two bits: where the horizon found the person.
const STANDING_SHIFT: u32 = 25;

const BLANK: Row = Row {
    edge: NONE,
    enqueue: NONE,
    turn: NONE,
    flags: 0,
    intent: Short::NEVER,
    fate: Short::NEVER,
    truths: 0,
    since_ms: NONE,
    dark_ms: 0,
    mechanisms: 0,
    last_mechanism: 0,
};

/// Every person of the roster, and the ends of stock and sale.
pub(super) struct People {
    rows: Vec<Row>,
    tabs: Tabs,
    /// When each turn was understood, by its number: most persons of a surge never get one.
    told: Vec<Short>,
    edge: Ranks,
    enqueue: Ranks,
    has_line: bool,
    /// Nobody is let through without a turn.
    turns_are_checked: bool,
    band_ends: Vec<u32>,
    bands: Vec<Stock>,
    house: Stock,
    /// The band that each cohort asks for, by the end of its persons.
    asked: Vec<(u32, Option<BandId>)>,
    closed: Option<Time>,
    line_closed: Option<Time>,
    paused: bool,
    horizon: Time,
    /// When each session stopped, by its number: only kept where persons have several.
    stops_ms: Vec<u32>,
}

impl People {
    pub fn new(roster: &Roster) -> People {
        let stock = |seats: u32| Stock { unsold: seats, sold_already: 0, sold_out: None };
        People {
            rows: vec![BLANK; roster.persons as usize],
            tabs: Tabs::new(),
            told: Vec::new(),
            edge: Ranks::new(),
            enqueue: Ranks::new(),
            has_line: roster.has_line,
            turns_are_checked: !roster.possible.has(Possibility::Incident(Incident::CameWithoutTurn)),
            band_ends: roster.bands.iter().map(|band| band.seats.end).collect(),
            bands: roster.bands.iter().map(|band| stock(band.seats.end - band.seats.start)).collect(),
            house: stock(roster.seats),
            asked: roster.cohorts.iter().map(|cohort| (cohort.persons.end, cohort.band)).collect(),
            closed: None,
            line_closed: None,
            paused: false,
            horizon: roster.horizon,
            stops_ms: Vec::new(),
        }
    }

    /// A poll changes nothing of a person with one tab: it is a first try, so the attempt before it was answered,
    /// as this one is. That spares a visit to a row that is not in the cache, at each of billions of polls; only one
    /// whose answer took too long leaves a trace.
    #[inline]
    pub fn polled(&mut self, at: Time, who: Who, up: Span, down: Span) {
        if self.tabs.is_unused() {
            debug_assert!(
                self.last(who.person.0) == Last::Undecided,
                "a folded poll of person {} follows {:?}, not an answer",
                who.person.0,
                self.last(who.person.0)
            );
            if up + down > TOO_LONG {
                self.ask(at - up, who.person);
                self.learn(at + down, who.person);
            }
        } else {
            self.set_last(who, Last::Undecided);
            self.flag(who, SPOKEN, true);
            self.ask(at - up, who.person);
            self.learn(at + down, who.person);
            self.make_good(who, Reply::InLine);
        }
    }

    fn row(&self, person: u32) -> &Row {
        &self.rows[person as usize]
    }

    fn is_flagged(&self, who: Who, flag: u32) -> bool {
        self.row(who.person.0).flags & flag != 0
    }

    /// The truth of one session.
    fn truth_of(&self, who: Who) -> Truth {
        if !self.tabs.is_unused() {
            self.tabs.truth(who)
        } else if who.tab == 0 {
            Truth::ALL[usize::from(self.row(who.person.0).truths & 15)]
        } else {
            Truth::Unknown
        }
    }

    /// Some session of the person is in line, and somebody is there.
    fn stands_in_line(&self, person: u32) -> bool {
        let queued = if self.tabs.is_unused() {
            self.truth(person) == Truth::Queued
        } else {
            self.tabs.truths(person).any(|truth| truth == Truth::Queued)
        };
        queued && !self.ended(person)
    }

    /// Nothing is left of what the person asks for, now.
    fn is_gone_for(&self, person: PersonId) -> bool {
        let cohort = self.asked.partition_point(|(end, _)| *end <= person.0);
        let stock = self.asked[cohort].1.map_or(&self.house, |band| &self.bands[band.index()]);
        stock.unsold == 0
    }

    fn any(&self, person: u32, mark: Mark) -> bool {
        if self.tabs.is_unused() {
            self.row(person).flags & bit(mark) != 0
        } else {
            self.tabs.any(person, mark)
        }
    }
}

fn bit(mark: Mark) -> u32 {
    1 << mark as u32
}

/// An instant in whole milliseconds.
fn ms(at: Time) -> u32 {
    u32::try_from(at.as_us() / 1000).expect("12.7 days fit into 32 bits of milliseconds")
}

/// The band that a person asks for, by cohort; and the cohorts with their persons.
pub(super) fn cohorts(
    roster: &Roster,
) -> impl Iterator<Item = (usize, std::ops::Range<u32>, Option<BandId>)> {
    roster.cohorts.iter().enumerate().map(|(i, cohort)| (i, cohort.persons.clone(), cohort.band))
}

/// The cohort of a person, as an index.
pub(super) fn cohort_index(roster: &[u32], person: PersonId) -> usize {
    roster.partition_point(|end| *end <= person.0)
}

/// Where the cohorts end, for [`cohort_index`].
pub(super) fn cohort_ends(roster: &Roster) -> Vec<u32> {
    roster.cohorts.iter().map(|cohort| cohort.persons.end).collect()
}
