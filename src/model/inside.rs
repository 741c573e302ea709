//! The sessions inside: whoever has a turn, or (without a waiting room) has reached the shop. Few compared
//! with the crowd, so what only they need - the turn's end, the hold - lives in these slots, used again under a
//! new generation.

use super::provider::Kept;
use crate::engine::{Span, Time};
use crate::protocol::{SeatId, SessionId};

/// Seats held together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hold {
    /// Its serial number: the message that ends it carries it.
    pub(super) serial: u32,
    /// Its deadline, if a payment has moved it: a message of an earlier one is stale.
    pub(super) moved_to: Option<Time>,
    /// The deadline passed while a payment was under way.
    pub(super) overdue: bool,
    /// Payments under way.
    pub(super) payments: u8,
    /// How often the provider took the money.
    pub(super) charges: u8,
    /// The bank has asked for a proof.
    pub(super) challenged: bool,
    /// What the payment provider has answered, or will, under the key of this hold.
    pub(super) kept: Option<Kept>,
    seats: [SeatId; Hold::MOST_SEATS],
    count: u8,
}

impl Hold {
    /// No order takes more seats (scenarios allow 1 to 8).
    pub(super) const MOST_SEATS: usize = 8;

    pub(super) fn new(serial: u32, taken: &[SeatId]) -> Hold {
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

    pub(super) fn seats(&self) -> &[SeatId] {
        &self.seats[..usize::from(self.count)]
    }
}

/// One session inside.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent yes-or-no facts, each with a name")]
pub(super) struct Insider {
    generation: u32,
    taken: bool,
    pub(super) session: SessionId,
    /// The turn has ended; the slot lives on for what is held.
    pub(super) turn_over: bool,
    /// The turn was used.
    pub(super) entered: bool,
    /// Its session is not known again: nobody will use the turn.
    pub(super) of_nobody: bool,
    /// Counts as active.
    pub(super) counted: bool,
    /// Protected requests that the turn admitted.
    pub(super) uses: u32,
    /// How often the page let it through.
    pub(super) redirects: u32,
    /// When the turn ends, by what was set last.
    pub(super) ends_at: Time,
    /// How long all pauses of the sale had lasted when the turn's end was set.
    pub(super) paused_before: Span,
    pub(super) hold: Option<Hold>,
}

/// All slots.
#[derive(Default)]
pub(super) struct Insiders {
    slots: Vec<Insider>,
    free: Vec<u32>,
}

impl Insiders {
    /// Takes a slot: its number and generation.
    pub(super) fn open(&mut self, session: SessionId) -> (u32, u32) {
        let fresh = Insider {
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
            self.slots[slot as usize] = Insider { generation, ..fresh };
            return (slot, generation);
        }
        self.slots.push(fresh);
        (u32::try_from(self.slots.len() - 1).expect("fewer than 2^32 inside"), 0)
    }

    pub(super) fn at(&self, slot: u32) -> &Insider {
        &self.slots[slot as usize]
    }

    pub(super) fn at_mut(&mut self, slot: u32) -> &mut Insider {
        &mut self.slots[slot as usize]
    }

    /// The generation under which the slot is taken: what messages about it carry.
    pub(super) fn generation(&self, slot: u32) -> u32 {
        self.at(slot).generation
    }

    /// Is the slot still taken under this generation?
    pub(super) fn is_live(&self, slot: u32, generation: u32) -> bool {
        let insider = self.at(slot);
        insider.taken && insider.generation == generation
    }

    /// The slot holds seats under this serial number.
    pub(super) fn holds(&self, slot: u32, serial: u32) -> bool {
        let insider = self.at(slot);
        insider.taken && insider.hold.is_some_and(|hold| hold.serial == serial)
    }

    /// Gives a slot up.
    pub(super) fn close(&mut self, slot: u32) -> Insider {
        let insider = self.slots[slot as usize];
        assert!(
            insider.taken && insider.hold.is_none(),
            "a slot is given up once, and never with seats held"
        );
        let row = &mut self.slots[slot as usize];
        row.taken = false;
        row.generation = (insider.generation + 1) & 0xFF_FFFF;
        self.free.push(slot);
        insider
    }

    /// How many are inside.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.slots.len() - self.free.len()).expect("fewer than 2^32 inside")
    }
}
