//! The programs through which cohorts call: what they may spend on retries, and when they stop asking. A session of a
//! cohort that says nothing of its programs has none, and asks nobody.
//!
//! ```text
//!   behavior: try again --> breaker --> budget --> the request is planned
//!                             | no        | no
//!                             +-----------+--> the error is shown; the client stops, or the person asks by hand later
//! ```

use crate::behavior::{Balance, Budget, Failure, Fuse, Next, Stops};
use crate::engine::{Agenda, Time};
use crate::model::across::World;
use crate::protocol::{Belief, Fact, Observer, PersonId, Reading, SessionId};
use crate::scenario::Plan;

use crate::model::sim::crowd::{Crowd, Flag};

/// One program: what it has left for retries, and its breaker.
#[derive(Clone)]
struct Program {
    balance: Option<Balance>,
    fuse: Fuse,
}

/// All programs.
pub(in crate::model) struct Callers {
    /// Where the programs of each cohort begin.
    first: Vec<usize>,
    programs: Vec<Program>,
}

impl Callers {
    pub(in crate::model) fn new(plan: &Plan, crowd: &Crowd) -> Callers {
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
            let program = Program { balance, fuse: Fuse::default() };
            callers.programs.extend(std::iter::repeat_n(program, count));
        }
        callers
    }

    /// Some cohort has programs.
    pub(in crate::model) fn exist(&self) -> bool {
        !self.programs.is_empty()
    }
}

impl<O: Observer> World<O> {
    /// This cohort calls through programs.
    pub(in crate::model) fn has_programs(&self, cohort: usize) -> bool {
        self.sim.plan.cohorts[cohort].caller.is_some()
    }

    /// Requests of this cohort may be stopped before they are sent.
    pub(in crate::model) fn may_be_stopped(&self, cohort: usize) -> bool {
        let caller = self.sim.plan.cohorts[cohort].caller.as_ref();
        let breaker = caller.and_then(|caller| caller.circuit_breaker);
        breaker.is_some_and(|breaker| breaker.stops == Stops::Requests)
    }

    /// The program of a session whose cohort has some.
    fn program_of(&self, session: SessionId) -> usize {
        let cohort = self.sim.crowd.row(session).cohort();
        let persons = &self.sim.plan.cohorts[cohort].persons;
        let caller =
            self.sim.plan.cohorts[cohort].caller.as_ref().expect("asked only of cohorts with programs");
        let within = match caller.programs {
            Some(count) => (self.sim.crowd.person(session).0 - persons.start) % count.get(),
            None => session.0 - self.sim.crowd.sessions(PersonId(persons.start)).start,
        };
        self.people.callers.first[cohort] + within as usize
    }

    /// A request of a session is sent.
    #[inline(never)]
    pub(in crate::model) fn program_sends(&mut self, session: SessionId, at: Time) {
        let row = self.sim.crowd.row(session);
        let (cohort, first_try) = (row.cohort(), row.failures() == 0);
        if !first_try || !row.kind().is_waited_for() || !self.has_programs(cohort) {
            return;
        }
        let program = self.program_of(session);
        let caller = self.sim.plan.cohorts[cohort].caller.as_ref();
        if let Some(budget) = caller.and_then(|caller| caller.retry_budget.as_ref())
            && let Some(balance) = &mut self.people.callers.programs[program].balance
        {
            balance.first_try(budget, at);
        }
    }

    /// A session's attempt ended in an answer.
    #[inline(never)]
    pub(in crate::model) fn program_hears(&mut self, session: SessionId, at: Time, reading: Reading) {
        let failed = match reading {
            Reading::Opaque(_) => true,
            Reading::Answer(reply) => reply.status() == 429 || reply.status() >= 500,
        };
        self.program_learns(session, at, failed);
    }

    /// A session's attempt ended, well or not.
    pub(in crate::model) fn program_learns(&mut self, session: SessionId, at: Time, failed: bool) {
        let cohort = self.sim.crowd.row(session).cohort();
        if !self.has_programs(cohort) {
            return;
        }
        let program = self.program_of(session);
        let Some(caller) = &self.sim.plan.cohorts[cohort].caller else { return };
        let program = &mut self.people.callers.programs[program];
        if let Some(budget) = caller.retry_budget.as_ref().filter(|_| !failed)
            && let Some(balance) = &mut program.balance
        {
            balance.succeeded(budget);
        }
        if let Some(breaker) = &caller.circuit_breaker
            && program.fuse.note(breaker, failed, at)
        {
            let who = self.sim.crowd.who(session);
            self.sim.record.fact(at, Fact::BreakerOpened { who });
        }
    }

    /// The behavior would try again after a failure: what the program makes of that.
    #[inline(never)]
    pub(in crate::model) fn if_program_allows(
        &mut self,
        session: SessionId,
        at: Time,
        failure: Failure,
        wish: Next,
    ) -> Next {
        let row = self.sim.crowd.row(session);
        let (cohort, kind) = (row.cohort(), row.kind());
        // After a request that was never sent, asking again is no retry.
        if wish == Next::Stop || failure == Failure::BreakerOpen || !self.has_programs(cohort) {
            return wish;
        }
        let program = self.program_of(session);
        let Some(caller) = &self.sim.plan.cohorts[cohort].caller else { return wish };
        let Program { balance, fuse } = &mut self.people.callers.programs[program];
        let whole = caller.circuit_breaker.as_ref().is_none_or(|breaker| fuse.lets_retry(breaker));
        let paid = match (balance, &caller.retry_budget) {
            (Some(balance), Some(budget)) if whole => balance.take(budget, at),
            _ => true,
        };
        if whole && paid {
            return wish;
        }
        let by_hand = caller.ask_again_after.map_or(Next::Stop, |wait| Next::AskAfter(wait.get()));
        let who = self.sim.crowd.who(session);
        self.sim.record.fact(at, Fact::RetryDenied { who, kind });
        if by_hand != Next::Stop {
            self.sim.crowd.row_mut(session).clear_failures();
        }
        by_hand
    }

    /// The breaker of a session's program is open, and so its request fails before it is sent. Returns whether it did.
    #[inline(never)]
    pub(in crate::model) fn fails_fast(&mut self, session: SessionId, agenda: &mut Agenda) -> bool {
        let row = self.sim.crowd.row(session);
        let (cohort, kind, first_try) = (row.cohort(), row.kind(), row.failures() == 0);
        if !self.may_be_stopped(cohort) {
            return false;
        }
        let program = self.program_of(session);
        let caller = self.sim.plan.cohorts[cohort].caller.as_ref();
        let Some(breaker) = caller.and_then(|caller| caller.circuit_breaker.as_ref()) else { return false };
        if self.people.callers.programs[program].fuse.lets_through(breaker, self.sim.now) {
            return false;
        }
        let who = self.sim.crowd.who(session);
        self.sim.record.fact(self.sim.now, Fact::FailedFast { who, kind, first_try });
        self.sim.crowd.row_mut(session).clear(Flag::Planned);
        self.believe(session, self.sim.now, Belief::ErrorShown);
        self.fail(session, self.sim.now, Failure::BreakerOpen, agenda);
        true
    }
}
