//! The programs through which cohorts call: what they may spend on retries, and when they stop asking. A session of a
//! cohort that says nothing of its programs has none, and asks nobody.
//!
//! ```text
//!   behavior: try again --> breaker --> budget --> the request is planned
//!                             | no        | no
//!                             +-----------+--> the error is shown; the client stops, or the person asks by hand later
//! ```

use crate::behavior::{Balance, BreakerState, Budget, Failure, Next, Stops};
use crate::engine::{Agenda, Time};
use crate::model::people::People;
use crate::model::people::Sim;
use crate::protocol::{Belief, Fact, Observer, PersonId, Reading, SessionId};
use crate::scenario::Plan;

use crate::model::people::page::Page;
use crate::model::sim::crowd::Crowd;

/// One program: what it has left for retries, and its breaker.
#[derive(Clone)]
struct Program {
    balance: Option<Balance>,
    breaker_state: BreakerState,
}

/// All programs.
pub(in crate::model) struct Callers {
    /// Where the programs of each cohort begin.
    first: Vec<usize>,
    programs: Vec<Program>,
}

impl Callers {
    pub(in crate::model) fn new<B>(plan: &Plan, crowd: &Crowd<Page, B>) -> Callers {
        let mut callers = Callers { first: Vec::new(), programs: Vec::new() };
        for cohort in &plan.cohorts {
            callers.first.push(callers.programs.len());
            let Some(caller) = &cohort.caller else { continue };
            let sessions = || {
                let sessions = cohort.persons.clone().map(|person| crowd.sessions(PersonId(person)).len());
                sessions.sum()
            };
            let count = caller.programs.map_or_else(sessions, |count| count.get() as usize);
            let balance = caller.retry_budget.as_ref().map(Budget::open);
            let program = Program { balance, breaker_state: BreakerState::default() };
            callers.programs.extend(std::iter::repeat_n(program, count));
        }
        callers
    }

    /// Some cohort has programs.
    pub(in crate::model) fn exist(&self) -> bool {
        !self.programs.is_empty()
    }
}

impl People {
    /// This cohort calls through programs.
    pub(in crate::model) fn has_programs<O: Observer, B>(sim: &Sim<O, B>, cohort: usize) -> bool {
        sim.plan.cohorts[cohort].caller.is_some()
    }

    /// Requests of this cohort may be stopped before they are sent.
    pub(in crate::model) fn may_be_stopped<O: Observer, B>(sim: &Sim<O, B>, cohort: usize) -> bool {
        let caller = sim.plan.cohorts[cohort].caller.as_ref();
        let breaker = caller.and_then(|caller| caller.circuit_breaker);
        breaker.is_some_and(|breaker| breaker.stops == Stops::Requests)
    }

    /// The program of a session whose cohort has some.
    fn program_of<O: Observer, B>(&self, sim: &Sim<O, B>, session: SessionId) -> usize {
        let cohort = sim.crowd.wire(session).cohort();
        let persons = &sim.plan.cohorts[cohort].persons;
        let caller = sim.plan.cohorts[cohort].caller.as_ref().expect("asked only of cohorts with programs");
        let within = match caller.programs {
            Some(count) => (sim.crowd.person(session).0 - persons.start) % count.get(),
            None => session.0 - sim.crowd.sessions(PersonId(persons.start)).start,
        };
        self.callers.first[cohort] + within as usize
    }

    /// A request of a session is sent.
    #[inline(never)]
    pub(in crate::model) fn program_sends<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time,
    ) {
        let row = sim.crowd.row(session);
        let (cohort, first_try) = (row.wire.cohort(), row.wire.failures() == 0);
        if !first_try || !row.wire.kind().is_waited_for() || !Self::has_programs(sim, cohort) {
            return;
        }
        let program = self.program_of(sim, session);
        let caller = sim.plan.cohorts[cohort].caller.as_ref();
        if let Some(budget) = caller.and_then(|caller| caller.retry_budget.as_ref())
            && let Some(balance) = &mut self.callers.programs[program].balance
        {
            balance.first_try(budget, at);
        }
    }

    /// A session's attempt ended in an answer.
    #[inline(never)]
    pub(in crate::model) fn program_hears<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, reading: Reading,
    ) {
        let failed = match reading {
            Reading::Opaque(_) => true,
            Reading::Answer(reply) => reply.status() == 429 || reply.status() >= 500,
        };
        self.program_learns(sim, session, at, failed);
    }

    /// A session's attempt ended, well or not.
    pub(in crate::model) fn program_learns<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, failed: bool,
    ) {
        let cohort = sim.crowd.wire(session).cohort();
        if !Self::has_programs(sim, cohort) {
            return;
        }
        let program = self.program_of(sim, session);
        let Some(caller) = &sim.plan.cohorts[cohort].caller else { return };
        let program = &mut self.callers.programs[program];
        if let Some(budget) = caller.retry_budget.as_ref().filter(|_| !failed)
            && let Some(balance) = &mut program.balance
        {
            balance.succeeded(budget);
        }
        if let Some(breaker) = &caller.circuit_breaker
            && program.breaker_state.record_outcome(breaker, failed, at)
        {
            let who = sim.crowd.who(session);
            sim.record.fact(at, Fact::BreakerOpened { who });
        }
    }

    /// The behavior would try again after a failure: what the program makes of that.
    #[inline(never)]
    pub(in crate::model) fn if_program_allows<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, failure: Failure, wish: Next,
    ) -> Next {
        let row = sim.crowd.row(session);
        let (cohort, kind) = (row.wire.cohort(), row.wire.kind());
        // After a request that was never sent, asking again is no retry.
        if wish == Next::Stop || failure == Failure::BreakerOpen || !Self::has_programs(sim, cohort) {
            return wish;
        }
        let program = self.program_of(sim, session);
        let Some(caller) = &sim.plan.cohorts[cohort].caller else { return wish };
        let Program { balance, breaker_state } = &mut self.callers.programs[program];
        let whole = caller.circuit_breaker.as_ref().is_none_or(|breaker| breaker_state.allows_retry(breaker));
        let paid = match (balance, &caller.retry_budget) {
            (Some(balance), Some(budget)) if whole => balance.take(budget, at),
            _ => true,
        };
        if whole && paid {
            return wish;
        }
        let by_hand = caller.ask_again_after.map_or(Next::Stop, |wait| Next::AskAfter(wait.get()));
        let who = sim.crowd.who(session);
        sim.record.fact(at, Fact::RetryDenied { who, kind });
        if by_hand != Next::Stop {
            sim.crowd.wire_mut(session).clear_failures();
        }
        by_hand
    }

    /// The breaker of a session's program is open, and so its request fails before it is sent. Returns whether it did.
    #[inline(never)]
    pub(in crate::model) fn fails_fast<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, agenda: &mut Agenda,
    ) -> bool {
        let row = sim.crowd.row(session);
        let (cohort, kind, first_try) = (row.wire.cohort(), row.wire.kind(), row.wire.failures() == 0);
        if !Self::may_be_stopped(sim, cohort) {
            return false;
        }
        let program = self.program_of(sim, session);
        let caller = sim.plan.cohorts[cohort].caller.as_ref();
        let Some(breaker) = caller.and_then(|caller| caller.circuit_breaker.as_ref()) else { return false };
        if self.callers.programs[program].breaker_state.allows_request(breaker, sim.now) {
            return false;
        }
        let who = sim.crowd.who(session);
        sim.record.fact(sim.now, Fact::FailedFast { who, kind, first_try });
        sim.crowd.wire_mut(session).set_planned(false);
        Self::believe(sim, session, sim.now, Belief::ErrorShown);
        self.fail(sim, session, sim.now, Failure::BreakerOpen, agenda);
        true
    }
}
