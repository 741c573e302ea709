//! What became of a person in the end: truth and instant, worked out once all facts are in.

use super::people::{Fate, Last, People, Shown};
use crate::engine::time::Time;
use crate::protocol::{BandId, Truth, Unresolved};

/// What became of a person, as the backend knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PersonOutcome {
    /// Has at least one ticket.
    Sold,
    /// Was still there when nothing was left, or was told so: the deciding instant (`t_b`).
    Refused(Time),
    /// Place, turn or time inside ran out before the person gave up.
    Expired(Time),
    /// The card was declined before the person gave up.
    Declined(Time),
    /// Taken out of the line before the person gave up: not entitled.
    Evicted(Time),
    /// Not let into the line, as nobody new was.
    TurnedAway(Time),
    /// Had bought, and the order was cancelled.
    Cancelled(Time),
    /// Gave up before anything was decided, or at the same instant (`t_g <= t_b`): every session was closed then, none had
    /// been refused for want of stock or told so, and something was left. All that counts leavers - envy, the table of
    /// belief and truth, the screen, `explain` - counts these.
    Left(Time),
    /// Still there at the horizon, and nothing decided.
    Unresolved(Unresolved),
}

impl PersonOutcome {
    /// What became of an arrived person who asks for this band (`None`: any seat).
    ///
    /// For those who hold no seat, the deciding instant is the last one at which nothing was left, or the close
    /// of the sale, unless something was decided about them before. Who is still there at the horizon although
    /// nothing has been left for long was decided against, and never told: that is no open case.
    pub fn of(people: &People, person: u32, band: Option<BandId>) -> PersonOutcome {
        if people.has_ticket(person) {
            return PersonOutcome::Sold;
        }
        let holds_no_seat = !matches!(people.truth(person), Truth::Holding | Truth::Paying);
        let nothing_left = people.nothing_left(band).filter(|_| holds_no_seat);
        let never_had_a_turn = people.turn(person).is_none();
        match (people.fate(person), people.cut(person)) {
            // Decided at the horizon itself, or by its drain: too late for who was still there.
            (Fate::Decided(at, _), Some(standing)) if at >= people.horizon() => {
                PersonOutcome::Unresolved(standing)
            }
            (Fate::Decided(at, Truth::Expired), _) => PersonOutcome::Expired(at),
            (Fate::Decided(at, Truth::Declined), _) => PersonOutcome::Declined(at),
            (Fate::Decided(at, Truth::Evicted), _) => PersonOutcome::Evicted(at),
            (Fate::Decided(at, Truth::TurnedAway), _) => PersonOutcome::TurnedAway(at),
            (Fate::Decided(at, Truth::Cancelled), _) => PersonOutcome::Cancelled(at),
            // In line, or still trying to get in, it was over when nothing was left.
            (Fate::Decided(at, _), _) => PersonOutcome::Refused(
                nothing_left.filter(|_| never_had_a_turn).map_or(at, |gone| gone.min(at)),
            ),
            (Fate::GaveUp(left), _) => match nothing_left {
                Some(at) if at < left => PersonOutcome::Refused(at),
                _ => PersonOutcome::Left(left),
            },
            (Fate::Open(_), cut) => match nothing_left {
                Some(at) => PersonOutcome::Refused(at),
                None => PersonOutcome::Unresolved(cut.unwrap_or(Unresolved::Trying)),
            },
        }
    }
}

impl PersonOutcome {
    /// The deciding instant (`t_b`) of somebody who got no ticket; `None`: has one, or nothing was decided.
    pub fn against(self) -> Option<Time> {
        match self {
            PersonOutcome::Refused(at)
            | PersonOutcome::Expired(at)
            | PersonOutcome::Declined(at)
            | PersonOutcome::Evicted(at)
            | PersonOutcome::TurnedAway(at)
            | PersonOutcome::Cancelled(at) => Some(at),
            PersonOutcome::Sold | PersonOutcome::Left(_) | PersonOutcome::Unresolved(_) => None,
        }
    }
}

/// Belief against truth: the row of the table in which a person is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Knowledge {
    KnownPurchase,
    GhostPurchase,
    PhantomPurchase,
    KnownRejection,
    ToldNotFinal,
    SilentRejection,
    LeftAnswered,
    LeftSilent,
    Unresolved,
}

impl Knowledge {
    /// How many rows the table has.
    pub const COUNT: usize = 9;

    /// The backend had decided, and the screen never said so, or said the opposite.
    pub fn is_silent_failure(self) -> bool {
        matches!(self, Knowledge::GhostPurchase | Knowledge::PhantomPurchase | Knowledge::SilentRejection)
    }

    /// The outcome was understood, as it was.
    pub fn is_known(self) -> bool {
        matches!(self, Knowledge::KnownPurchase | Knowledge::KnownRejection)
    }

    /// The row of an arrived person with this verdict.
    pub fn of(people: &People, person: u32, verdict: PersonOutcome) -> Knowledge {
        let shown = people.shown(person);
        let known_no = shown == Shown::ToldNo && !people.order_unsure(person);
        match verdict {
            PersonOutcome::Sold if shown == Shown::Bought => Knowledge::KnownPurchase,
            PersonOutcome::Sold => Knowledge::GhostPurchase,
            _ if shown == Shown::Bought => Knowledge::PhantomPurchase,
            PersonOutcome::Unresolved(_) => Knowledge::Unresolved,
            PersonOutcome::Left(_) if people.was_spoken_to(person) => Knowledge::LeftAnswered,
            PersonOutcome::Left(_) => Knowledge::LeftSilent,
            _ if known_no => Knowledge::KnownRejection,
            // What went on in silence afterwards is no decision that was kept from them.
            PersonOutcome::Declined(_) if people.was_told_of_decline(person) => Knowledge::ToldNotFinal,
            _ if people.last(person) == Last::Refused => Knowledge::ToldNotFinal,
            _ => Knowledge::SilentRejection,
        }
    }
}
