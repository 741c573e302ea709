//! What all families share of a person: 33 bytes each, and the instants at which stock and sale ended.
//!
//! Families do not keep instants of their own; they hear what a fact changed ([`News`]) and read the rest here at
//! the end. What became of a person is worked out in `verdict.rs`.

mod changes;

use super::tabs::{Mark, Tabs};
use crate::engine::time::Time;
use crate::protocol::{BandId, PersonId, Roster, Truth, Unresolved, Who};

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
    /// Neither happened.
    Open,
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
}

/// One person. Packed: 33 bytes without padding.
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
    told: Short,
    fate: Short,
    /// Low half: truth of the only tab; high half: the cause of a fate that was decided.
    truths: u8,
    /// Low half: the last attempt; high half: where the horizon found the person.
    last: u8,
}

const SENT: u32 = 1 << 8;
/// The last attempt that ended was answered readably.
const SPOKEN: u32 = 1 << 9;
const TICKET: u32 = 1 << 10;
const CHARGED: u32 = 1 << 11;
const GAVE_UP: u32 = 1 << 12;
const DECIDED: u32 = 1 << 13;
const SHOWN_SHIFT: u32 = 14;

const BLANK: Row = Row {
    edge: NONE,
    enqueue: NONE,
    turn: NONE,
    flags: 0,
    intent: Short::NEVER,
    told: Short::NEVER,
    fate: Short::NEVER,
    truths: 0,
    last: 0,
};

/// Gives equal instants equal ranks, in order of time.
struct Ranks {
    last: Time,
    rank: u32,
}

impl Ranks {
    fn new() -> Ranks {
        Ranks { last: Time::ZERO, rank: 0 }
    }

    fn of(&mut self, at: Time) -> u32 {
        assert!(at >= self.last, "acceptance is heard in order of time: {at} came after {}", self.last);
        self.rank += u32::from(at > self.last);
        self.last = at;
        self.rank
    }
}

/// A stock of seats and the instant at which none was left.
struct Stock {
    unsold: u32,
    sold_out: Option<Time>,
}

impl Stock {
    fn sell(&mut self, at: Time) {
        self.unsold = self.unsold.saturating_sub(1);
        if self.unsold == 0 && self.sold_out.is_none_or(|old| old < at) {
            self.sold_out = Some(at);
        }
    }
}

/// Every person of the roster, and the ends of stock and sale.
pub(super) struct People {
    rows: Vec<Row>,
    tabs: Tabs,
    edge: Ranks,
    enqueue: Ranks,
    has_line: bool,
    band_ends: Vec<u32>,
    bands: Vec<Stock>,
    house: Stock,
    closed: Option<Time>,
    horizon: Time,
}

impl People {
    pub fn new(roster: &Roster) -> People {
        let stock = |seats: u32| Stock { unsold: seats, sold_out: None };
        People {
            rows: vec![BLANK; roster.persons as usize],
            tabs: Tabs::new(),
            edge: Ranks::new(),
            enqueue: Ranks::new(),
            has_line: roster.has_line,
            band_ends: roster.bands.iter().map(|band| band.seats.end).collect(),
            bands: roster.bands.iter().map(|band| stock(band.seats.end - band.seats.start)).collect(),
            house: stock(roster.seats),
            closed: None,
            horizon: roster.horizon,
        }
    }

    /// A poll changes nothing of a person with one tab: it is a first try, so the attempt before it was answered,
    /// as this one is. That spares a visit to a row that is not in the cache, at each of billions of polls.
    #[inline]
    pub fn polled(&mut self, who: Who) {
        if self.tabs.is_unused() {
            debug_assert!(
                self.last(who.person.0) == Last::Undecided,
                "a folded poll of person {} follows {:?}, not an answer",
                who.person.0,
                self.last(who.person.0)
            );
        } else {
            self.set_last(who, Last::Undecided);
            self.flag(who, SPOKEN, true);
        }
    }

    // ---- what families ask at the end --------------------------------------------------------------------

    /// How many persons the roster has, arrived or not.
    pub fn count(&self) -> u32 {
        self.rows.len() as u32
    }

    /// The first click; `None`: never arrived.
    pub fn intent(&self, person: u32) -> Option<Time> {
        self.row(person).intent.get()
    }

    pub fn arrived(&self, person: u32) -> bool {
        self.intent(person).is_some()
    }

    /// The turn was understood then (without a line: the edge was passed).
    pub fn told(&self, person: u32) -> Option<Time> {
        self.row(person).told.get()
    }

    /// Dense rank of the instant at which the edge was passed.
    pub fn edge(&self, person: u32) -> Option<u32> {
        some(self.row(person).edge)
    }

    /// Dense rank of the instant of the first join accepted (without a line: of the edge).
    pub fn enqueue(&self, person: u32) -> Option<u32> {
        some(self.row(person).enqueue)
    }

    /// Number of the first turn that was issued while the session was there (without a line: the edge's rank).
    pub fn turn(&self, person: u32) -> Option<u32> {
        some(self.row(person).turn)
    }

    pub fn sent_anything(&self, person: u32) -> bool {
        self.row(person).flags & SENT != 0
    }

    /// The person has at least one ticket.
    pub fn has_ticket(&self, person: u32) -> bool {
        self.row(person).flags & TICKET != 0
    }

    pub fn was_charged(&self, person: u32) -> bool {
        self.row(person).flags & CHARGED != 0
    }

    /// The last attempt that ended was answered readably.
    pub fn was_spoken_to(&self, person: u32) -> bool {
        self.row(person).flags & SPOKEN != 0
    }

    pub fn last(&self, person: u32) -> Last {
        LAST[usize::from(self.row(person).last & 15)]
    }

    pub fn shown(&self, person: u32) -> Shown {
        match self.row(person).flags >> SHOWN_SHIFT & 3 {
            0 => Shown::Waiting,
            1 => Shown::GaveUp,
            2 => Shown::ToldNo,
            _ => Shown::Bought,
        }
    }

    /// Some hold or payment of the person is unanswered, or was answered in a way that leaves it open.
    pub fn order_unsure(&self, person: u32) -> bool {
        self.any(person, Mark::Asked) || self.any(person, Mark::Unsure)
    }

    /// Nobody starts a request from then on.
    pub fn horizon(&self) -> Time {
        self.horizon
    }

    /// Where the horizon found the person; `None`: it did not.
    pub fn cut(&self, person: u32) -> Option<Unresolved> {
        self.any(person, Mark::Cut).then(|| Unresolved::ALL[usize::from(self.row(person).last >> 4)])
    }

    /// Every session that was heard of stopped or was cut off.
    pub fn ended(&self, person: u32) -> bool {
        let flags = self.row(person).flags;
        if self.tabs.is_unused() {
            flags & (bit(Mark::Stopped) | bit(Mark::Cut)) != 0
        } else {
            self.tabs.all_stopped_or_cut(person)
        }
    }

    /// How many sessions of the person were heard of.
    pub fn sessions(&self, person: u32) -> u32 {
        if self.tabs.is_unused() {
            u32::from(self.row(person).flags & bit(Mark::Seen) != 0)
        } else {
            self.tabs.seen(person)
        }
    }

    /// The best truth over the person's sessions: sold, then anything open, then the cause of the refusal.
    pub fn truth(&self, person: u32) -> Truth {
        if self.tabs.is_unused() {
            return Truth::ALL[usize::from(self.row(person).truths & 15)];
        }
        self.tabs.truths(person).max_by_key(|truth| standing(*truth)).unwrap_or(Truth::Unknown)
    }

    /// The first of giving up and being decided against.
    pub fn fate(&self, person: u32) -> Fate {
        fate_of(self.row(person))
    }

    /// The instant from which nobody without a seat could get one any more: the last sale of what the person
    /// asks for, or the close of the sale, whichever was first. `None`: that did not happen before the horizon.
    pub fn nothing_left(&self, band: Option<BandId>) -> Option<Time> {
        let stock = band.map_or(&self.house, |band| &self.bands[band.index()]);
        let first = match (stock.sold_out, self.closed) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        first.filter(|at| *at < self.horizon)
    }

    fn row(&self, person: u32) -> &Row {
        &self.rows[person as usize]
    }

    fn any(&self, person: u32, mark: Mark) -> bool {
        if self.tabs.is_unused() {
            self.row(person).flags & bit(mark) != 0
        } else {
            self.tabs.any(person, mark)
        }
    }
}

fn fate_of(row: &Row) -> Fate {
    let at = row.fate.get().unwrap_or(Time::MAX);
    match row.flags & (GAVE_UP | DECIDED) {
        0 => Fate::Open,
        GAVE_UP => Fate::GaveUp(at),
        _ => Fate::Decided(at, Truth::ALL[usize::from(row.truths >> 4)]),
    }
}

fn bit(mark: Mark) -> u32 {
    1 << mark as u32
}

fn some(rank: u32) -> Option<u32> {
    (rank != NONE).then_some(rank)
}

/// How good a truth is for the person: sold, then open, then the causes, and having left last.
fn standing(truth: Truth) -> u8 {
    match truth {
        Truth::Sold => 8,
        Truth::Unknown | Truth::Queued | Truth::Turn | Truth::Active | Truth::Holding | Truth::Paying => 7,
        Truth::RefusedSoldOut => 6,
        Truth::RefusedClosed => 5,
        Truth::TurnedAway => 4,
        Truth::Evicted => 3,
        Truth::Declined => 2,
        Truth::Expired => 1,
        Truth::Left => 0,
    }
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
