//! The sessions inside: whoever has a turn, or (without a waiting room) has reached the shop. Few compared
//! with the crowd, so what only they need - the turn's end, the hold - lives in these slots, used again under a
//! new generation.

use crate::engine::{Span, Time};
use crate::protocol::{SeatId, SessionId};

/// What the payment provider says in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum PaymentOutcome {
    /// It takes the money.
    Charged,
    /// The bank declines the card.
    Declined,
    /// It fails by itself.
    Failed,
    /// The bank wants a proof first.
    Challenged,
}

/// An answer of the payment provider, kept under the key of a hold.
#[derive(Clone, Copy, Debug)]
pub(in crate::model::backend) struct KeptAnswer {
    pub(in crate::model::backend) outcome: PaymentOutcome,
    /// Until then the payment is still under way.
    pub(in crate::model::backend) from: Time,
    /// Until then it is repeated.
    pub(in crate::model::backend) until: Time,
}

/// Seats held together.
#[derive(Clone, Copy, Debug)]
pub(in crate::model) struct Hold {
    /// Its serial number: the message that ends it carries it.
    pub(in crate::model) serial: u32,
    /// Its deadline, if a payment has moved it: a message of an earlier one is stale.
    pub(in crate::model) moved_to: Option<Time>,
    /// The deadline passed while a payment was under way.
    pub(in crate::model) overdue: bool,
    /// Payments under way.
    pub(in crate::model) payments: u8,
    /// How often the provider took the money.
    pub(in crate::model) charges: u8,
    /// The bank has asked for a proof.
    pub(in crate::model) challenged: bool,
    /// What the payment provider has answered, or will, under the key of this hold.
    pub(in crate::model::backend) kept: Option<KeptAnswer>,
    seats: [SeatId; Hold::MOST_SEATS],
    count: u8,
}

impl Hold {
    /// No order takes more seats (scenarios allow 1 to 8).
    pub(in crate::model) const MOST_SEATS: usize = 8;

    pub(in crate::model) fn new(serial: u32, taken: &[SeatId]) -> Hold {
        let mut seats = [SeatId::default(); Hold::MOST_SEATS];
        seats[..taken.len()].copy_from_slice(taken);
        let count = u8::try_from(taken.len()).expect("at most 8 seats");
        Hold {
            serial,
            moved_to: None,
            overdue: false,
            payments: 0,
            charges: 0,
            challenged: false,
            kept: None,
            seats,
            count,
        }
    }

    pub(in crate::model) fn seats(&self) -> &[SeatId] {
        &self.seats[..usize::from(self.count)]
    }
}

/// One session inside.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent yes-or-no facts, each with a name")]
pub(in crate::model) struct ActiveSession {
    generation: u32,
    taken: bool,
    pub(in crate::model) session: SessionId,
    /// The turn has ended; the slot lives on for what is held.
    pub(in crate::model) turn_over: bool,
    /// The turn was used.
    pub(in crate::model) entered: bool,
    /// Its session is not known again: nobody will use the turn.
    pub(in crate::model) of_nobody: bool,
    /// Counts as active.
    pub(in crate::model) counted: bool,
    /// Protected requests that the turn admitted.
    pub(in crate::model) uses: u32,
    /// How often the page let it through.
    pub(in crate::model) redirects: u32,
    /// When the turn ends, by what was set last.
    pub(in crate::model) ends_at: Time,
    /// How long all pauses of the sale had lasted when the turn's end was set.
    pub(in crate::model) paused_before: Span,
    pub(in crate::model) hold: Option<Hold>,
}

/// All slots.
#[derive(Default)]
pub(in crate::model) struct ActiveSessions {
    slots: Vec<ActiveSession>,
    free: Vec<u32>,
}

impl ActiveSessions {
    /// Takes a slot: its number and generation.
    pub(in crate::model) fn open(&mut self, session: SessionId) -> (u32, u32) {
        let fresh = ActiveSession {
            generation: 0,
            taken: true,
            session,
            turn_over: false,
            entered: false,
            of_nobody: false,
            counted: false,
            uses: 0,
            redirects: 0,
            ends_at: Time::MAX,
            paused_before: Span::ZERO,
            hold: None,
        };
        if let Some(slot) = self.free.pop() {
            let generation = self.slots[slot as usize].generation;
            self.slots[slot as usize] = ActiveSession { generation, ..fresh };
            return (slot, generation);
        }
        self.slots.push(fresh);
        (u32::try_from(self.slots.len() - 1).expect("fewer than 2^32 inside"), 0)
    }

    pub(in crate::model) fn at(&self, slot: u32) -> &ActiveSession {
        &self.slots[slot as usize]
    }

    pub(in crate::model) fn at_mut(&mut self, slot: u32) -> &mut ActiveSession {
        &mut self.slots[slot as usize]
    }

    /// The generation under which the slot is taken: what messages about it carry.
    pub(in crate::model) fn generation(&self, slot: u32) -> u32 {
        self.at(slot).generation
    }

    /// Is the slot still taken under this generation?
    pub(in crate::model) fn is_live(&self, slot: u32, generation: u32) -> bool {
        let visit = self.at(slot);
        visit.taken && visit.generation == generation
    }

    /// The slot holds seats under this serial number.
    pub(in crate::model) fn holds(&self, slot: u32, serial: u32) -> bool {
        let visit = self.at(slot);
        visit.taken && visit.hold.is_some_and(|hold| hold.serial == serial)
    }

    /// Gives a slot up.
    pub(in crate::model) fn close(&mut self, slot: u32) -> ActiveSession {
        let visit = self.slots[slot as usize];
        assert!(visit.taken && visit.hold.is_none(), "a slot is given up once, and never with seats held");
        let row = &mut self.slots[slot as usize];
        row.taken = false;
        row.generation = (visit.generation + 1) & 0xFF_FFFF;
        self.free.push(slot);
        visit
    }

    /// How many are inside.
    pub(in crate::model) fn len(&self) -> u32 {
        u32::try_from(self.slots.len() - self.free.len()).expect("fewer than 2^32 inside")
    }
}
