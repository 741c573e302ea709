//! What families ask of persons at the end.

use super::super::tabs::Mark;
use super::{
    ATTEMPT_SHIFT, CHARGED, Fate, LAST, Last, NONE, People, SENT, SHOWN_SHIFT, SPOKEN, STANDING_SHIFT, Shown,
    TICKET, TOLD_DECLINED, bit, cohorts,
};
use crate::engine::time::Time;
use crate::protocol::{BandId, Roster, Truth, Unresolved};

impl People {
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
        let turn = self.turn(person)?;
        self.told.get(turn as usize)?.get()
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

    /// A readable answer said that the card was declined, and nothing was decided since.
    pub fn was_told_of_decline(&self, person: u32) -> bool {
        self.row(person).flags & TOLD_DECLINED != 0
    }

    pub fn last(&self, person: u32) -> Last {
        LAST[(self.row(person).flags >> ATTEMPT_SHIFT & 7) as usize]
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
        let standing = self.row(person).flags >> STANDING_SHIFT & 3;
        self.any(person, Mark::Cut).then(|| Unresolved::ALL[standing as usize])
    }

    /// Every session that was heard of stopped or was cut off.
    pub fn ended(&self, person: u32) -> bool {
        let flags = self.row(person).flags;
        if self.tabs.is_unused() {
            flags & (bit(Mark::Stopped) | bit(Mark::Cut)) != 0
        } else {
            self.tabs.all_either(person, Mark::Stopped, Mark::Cut)
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

    /// How many persons of each cohort came.
    pub fn came_by_cohort(&self, roster: &Roster) -> Vec<u64> {
        cohorts(roster)
            .map(|(_, persons, _)| persons.filter(|person| self.arrived(*person)).count() as u64)
            .collect()
    }

    /// When the person got the first ticket.
    pub fn ticket_at(&self, person: u32) -> Option<Time> {
        match self.fate(person) {
            Fate::Decided(at, Truth::Sold) => Some(at),
            _ => None,
        }
    }

    /// When the last seat of what the person asks for was sold; `None`: never.
    pub fn sold_out(&self, band: Option<BandId>) -> Option<Time> {
        band.map_or(&self.house, |band| &self.bands[band.index()]).sold_out
    }

    /// There is a line.
    pub fn has_line(&self) -> bool {
        self.has_line
    }

    /// When the line began to be told a final no; `None`: never.
    pub fn line_closed(&self) -> Option<Time> {
        self.line_closed
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
}

fn some(rank: u32) -> Option<u32> {
    (rank != NONE).then_some(rank)
}

/// How good a truth is for the person: sold, then open, then the causes, and having left last.
fn standing(truth: Truth) -> u8 {
    match truth {
        Truth::Sold => 9,
        Truth::Cancelled => 8,
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
