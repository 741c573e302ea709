//! The requests in flight of programs that ask at a rate of their own, whatever is answered. Everybody else has one
//! request at a time, which their row knows; what is here is kept aside, so that they pay nothing for it.
//!
//! ```text
//!   asked --answer leaves its gateway--> answered --network--> heard, and over
//!     |                                     +--the client stops waiting before--> over
//!     +--neither, until the client stops waiting--> over, with an abort
//! ```

use super::Sim;
use super::wire::{NO_REQUEST, Wire};
use crate::behavior::OpenLoop;
use crate::engine::Time;
use crate::protocol::{Cause, Emitter, Kind, Observer, Reading, SessionId};
use crate::scenario::Plan;
use std::collections::VecDeque;

/// What has come back for a request, and is on its way to its client.
#[derive(Clone, Copy)]
pub(in crate::model) struct Returned {
    pub(in crate::model) reading: Reading,
    pub(in crate::model) emitter: Emitter,
    pub(in crate::model) cause: Cause,
    pub(in crate::model) position: u32,
}

/// One request in flight.
#[derive(Clone, Copy)]
pub(in crate::model) struct Flight {
    pub(in crate::model) attempt: u32,
    pub(in crate::model) kind: Kind,
    /// Its client waits until then.
    pub(in crate::model) gone_at: Time,
    /// As in the row of a session: where it is upstream, or why it will get no answer.
    pub(in crate::model) slot: u32,
    pub(in crate::model) returned: Option<Returned>,
    /// Nobody waits for it any more.
    is_over: bool,
}

/// The requests in flight of one session, in the order in which they were sent.
#[derive(Default)]
pub(in crate::model) struct InFlight {
    flights: VecDeque<Flight>,
    /// How many of them are not over.
    count: usize,
    /// When the next one is due.
    pub(in crate::model) next_at: Time,
    /// It was due, and there were as many as there may be.
    pub(in crate::model) is_held_back: bool,
    /// The end of the client's waiting for one of them is in the agenda.
    pub(in crate::model) end_is_pending: bool,
}

impl InFlight {
    pub(in crate::model) fn add(&mut self, attempt: u32, kind: Kind, gone_at: Time) {
        self.flights.push_back(Flight {
            attempt,
            kind,
            gone_at,
            slot: NO_REQUEST,
            returned: None,
            is_over: false,
        });
        self.count += 1;
        // One that is never answered may be the first for long, with all that are over behind it.
        if self.flights.len() > 64 && self.flights.len() > 4 * self.count {
            self.flights.retain(|flight| !flight.is_over);
        }
    }

    pub(in crate::model) fn count(&self) -> usize {
        self.count
    }

    fn place(&self, attempt: u32) -> Option<usize> {
        let first = self.flights.front()?.attempt;
        let wanted = Wire::attempts_since(attempt, first);
        let place =
            self.flights.partition_point(|flight| Wire::attempts_since(flight.attempt, first) < wanted);
        let found = self.flights.get(place)?;
        (found.attempt == attempt && !found.is_over).then_some(place)
    }

    /// The request of this attempt, if its client waits for it.
    pub(in crate::model) fn get_mut(&mut self, attempt: u32) -> Option<&mut Flight> {
        let place = self.place(attempt)?;
        self.flights.get_mut(place)
    }

    /// Ends the client's waiting for a request.
    pub(in crate::model) fn end(&mut self, attempt: u32) -> Option<Flight> {
        let place = self.place(attempt)?;
        let ended = self.flights[place];
        self.flights[place].is_over = true;
        self.count -= 1;
        while self.flights.front().is_some_and(|flight| flight.is_over) {
            self.flights.pop_front();
        }
        Some(ended)
    }

    /// The first one that its client waits for.
    pub(in crate::model) fn first(&self) -> Option<&Flight> {
        self.flights.front()
    }

    /// Ends the waiting for all.
    pub(in crate::model) fn end_all(&mut self) -> Vec<Flight> {
        self.count = 0;
        self.flights.drain(..).filter(|flight| !flight.is_over).collect()
    }
}

/// The sessions of one cohort of such programs.
struct Programs {
    open_loop: OpenLoop,
    first_session: u32,
    sessions: Vec<InFlight>,
}

/// All of them. Empty where there are none.
pub(in crate::model) struct Flights {
    /// By cohort.
    cohorts: Vec<Option<Programs>>,
}

impl Flights {
    pub(in crate::model) fn new(plan: &Plan, sessions_of: impl Fn(u32) -> std::ops::Range<u32>) -> Flights {
        let programs = |cohort: &crate::scenario::plan::CohortPlan| {
            let open_loop = cohort.behavior.build().open_loop()?;
            let first_session = sessions_of(cohort.persons.start).start;
            let end = sessions_of(cohort.persons.end.checked_sub(1)?).end;
            let sessions = (first_session..end).map(|_| InFlight::default()).collect();
            Some(Programs { open_loop, first_session, sessions })
        };
        let cohorts: Vec<_> = plan.cohorts.iter().map(programs).collect();
        let needed = cohorts.iter().any(Option::is_some);
        Flights { cohorts: if needed { cohorts } else { Vec::new() } }
    }

    /// Somebody asks at a rate of their own.
    #[inline]
    pub(in crate::model) fn are_possible(&self) -> bool {
        !self.cohorts.is_empty()
    }
}

impl<O: Observer, P, B> Sim<O, P, B> {
    /// The rate at which a session asks, if it has one of its own.
    #[inline]
    pub(in crate::model) fn open_loop(&self, session: SessionId) -> Option<OpenLoop> {
        if self.flights.are_possible() { self.possible_open_loop(session) } else { None }
    }

    #[cold]
    #[inline(never)]
    fn possible_open_loop(&self, session: SessionId) -> Option<OpenLoop> {
        let programs = self.flights.cohorts[self.crowd.wire(session).cohort()].as_ref()?;
        Some(programs.open_loop)
    }

    /// The next tick of the rate of such a session.
    #[inline]
    pub(in crate::model) fn next_tick(&mut self, session: SessionId) -> Option<Time> {
        self.in_flight(session).map(|row| row.next_at)
    }

    /// The requests in flight of a session that asks at a rate of its own.
    #[inline]
    pub(in crate::model) fn in_flight(&mut self, session: SessionId) -> Option<&mut InFlight> {
        if self.flights.are_possible() { self.possibly_in_flight(session) } else { None }
    }

    // Apart from the path of everybody else, which would pay for its registers.
    #[cold]
    #[inline(never)]
    fn possibly_in_flight(&mut self, session: SessionId) -> Option<&mut InFlight> {
        let programs = self.flights.cohorts[self.crowd.wire(session).cohort()].as_mut()?;
        programs.sessions.get_mut((session.0 - programs.first_session) as usize)
    }

    /// A request in flight of such a session.
    #[inline]
    pub(in crate::model) fn flight(&mut self, session: SessionId, attempt: u32) -> Option<&mut Flight> {
        self.in_flight(session)?.get_mut(attempt)
    }

    /// Another attempt is the newest from now on: what the row knows of the one before is kept with it.
    #[inline]
    pub(in crate::model) fn keep_flight(&mut self, session: SessionId) {
        if self.flights.are_possible() {
            self.keep_possible_flight(session);
        }
    }

    #[cold]
    #[inline(never)]
    fn keep_possible_flight(&mut self, session: SessionId) {
        let (attempt, slot) = (self.crowd.wire(session).attempt(), self.crowd.wire(session).slot());
        if let Some(flight) = self.flight(session, attempt) {
            flight.slot = slot;
        }
    }

    /// Why an attempt will get no answer: known of the newest to the row, of others to themselves.
    pub(in crate::model) fn set_silence(&mut self, session: SessionId, attempt: u32, cause: Cause) {
        if self.crowd.wire(session).attempt() == attempt {
            self.crowd.wire_mut(session).set_silence(cause);
        } else if let Some(flight) = self.flight(session, attempt) {
            flight.slot = Wire::slot_of_silence(cause);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(attempts: impl IntoIterator<Item = u32>) -> InFlight {
        let mut all = InFlight::default();
        attempts.into_iter().for_each(|attempt| all.add(attempt, Kind::Poll, Time::MAX));
        all
    }

    #[test]
    fn each_is_found_until_it_is_over_and_the_numbers_may_begin_again() {
        let last = (1 << 24) - 1;
        let mut all = of([last - 1, last, 1, 2]);
        assert_eq!((all.count(), all.end(1).map(|flight| flight.attempt)), (4, Some(1)));
        assert!(all.end(1).is_none() && all.get_mut(1).is_none() && all.get_mut(3).is_none());
        assert!(all.get_mut(2).is_some() && all.get_mut(last).is_some());
        assert!(all.end(last - 1).is_some());
        assert_eq!(all.first().map(|flight| flight.attempt), Some(last));
        let left: Vec<u32> = all.end_all().iter().map(|flight| flight.attempt).collect();
        assert_eq!((left, all.count()), (vec![last, 2], 0));
    }

    #[test]
    fn one_that_is_never_answered_does_not_keep_those_that_are_over() {
        let mut all = of([1]);
        for attempt in 2..10_000 {
            all.add(attempt, Kind::Poll, Time::MAX);
            assert!(all.end(attempt).is_some());
        }
        assert!(all.flights.len() < 100 && all.get_mut(1).is_some());
    }
}
