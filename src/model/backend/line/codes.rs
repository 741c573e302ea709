//! Access codes: each join carries one, and bots guess.
//!
//! ```text
//!   join with one's own code --unused, or used by oneself--> in line
//!                            --guessed by somebody before--> refused: burnt
//!   join with a guess        --a code that was sent, unused--> in line, and the owner is not any more
//!                            --anything else--> refused; so many wrong tries --> nobody is listened to
//! ```
//!
//! The codes that were sent are the first of all there could be, which is as good as any others where guesses know nothing
//! of them. A guesser who is in keeps the code. Whether a join repeats an answer that was lost is known by its place.

use crate::engine::{Span, Time};
use crate::model::backend::Sim;
use crate::model::backend::line::Line;
use crate::model::sim::draws::DrawPurpose;
use crate::protocol::{CodeTry, Fact, Observer, PersonId, SessionId};
use crate::scenario::Plan;
use crate::scenario::plan::{CodesPlan, Subject};

/// Nobody has used a code.
const NOBODY: u32 = u32::MAX;

/// Who has used which code, and the wrong tries. Empty where no join needs one.
#[derive(Default)]
pub(in crate::model) struct Codes {
    plan: Option<CodesPlan>,
    /// By code: the person who used it first, or [`NOBODY`].
    users: Vec<u32>,
    /// By session of a guesser: it is in by a code that it guessed.
    lucky: Vec<bool>,
    /// By whoever's tries are counted.
    tries: Vec<Tries>,
}

/// The wrong tries of one subject.
#[derive(Clone, Copy, Default)]
struct Tries {
    wrong: u32,
    /// Nobody is listened to until then.
    until: Option<Time>,
}

impl Tries {
    fn is_locked(&mut self, now: Time) -> bool {
        match self.until {
            Some(until) if now < until => return true,
            Some(_) => *self = Tries::default(),
            None => {}
        }
        false
    }

    fn add_wrong(&mut self, after: u32, lasts: Option<Span>, now: Time) {
        self.wrong += 1;
        if self.wrong >= after {
            self.until = Some(lasts.map_or(Time::MAX, |lasts| now + lasts));
        }
    }
}

impl Codes {
    pub(in crate::model) fn new(plan: &Plan, sessions: u32) -> Codes {
        let Some(codes) = plan.line.as_ref().and_then(|line| line.codes) else { return Codes::default() };
        let subjects = codes.lockout.map_or(0, |(per, ..)| match per {
            Subject::Code => codes.sent,
            Subject::Address => plan.edge.addresses,
            Subject::Account => plan.edge.accounts,
        });
        Codes {
            plan: Some(codes),
            users: vec![NOBODY; codes.sent as usize],
            lucky: vec![false; sessions as usize],
            tries: vec![Tries::default(); subjects as usize],
        }
    }

    /// A join needs a code.
    pub(in crate::model) fn are_needed(&self) -> bool {
        self.plan.is_some()
    }
}

impl Line {
    /// A session without a place joins: is the code refused that it carries?
    #[inline(never)]
    pub(in crate::model) fn refuses_code<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, session: SessionId,
    ) -> bool {
        let Some(plan) = self.codes.plan else { return false };
        let person = sim.crowd.person(session);
        let cohort = &sim.plan.cohorts[sim.crowd.wire(session).cohort()];
        let what = match cohort.first_code {
            Some(first) => {
                self.try_own(sim, session, person, first + (person.0 - cohort.persons.start), plan)
            }
            None => self.try_guess(sim, session, person, plan),
        };
        if let Some(what) = what {
            let who = sim.crowd.who(session);
            sim.record.fact(sim.now, Fact::CodeTried { who, what });
        }
        !matches!(what, None | Some(CodeTry::Guessed))
    }

    /// An owner's own code; `None`: it is accepted.
    fn try_own<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, session: SessionId, person: PersonId, code: u32, plan: CodesPlan,
    ) -> Option<CodeTry> {
        if self.is_locked_out(sim, session, u64::from(code), plan) {
            return Some(CodeTry::OwnerLockedOut);
        }
        let user = &mut self.codes.users[code as usize];
        if *user == NOBODY {
            *user = person.0;
        }
        (*user != person.0).then_some(CodeTry::Burnt)
    }

    /// A guess; `None`: the session comes again with a code that it has guessed before.
    fn try_guess<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, session: SessionId, person: PersonId, plan: CodesPlan,
    ) -> Option<CodeTry> {
        if self.codes.lucky[session.index()] {
            return None;
        }
        let (stream, n) = sim.draws.of_request(DrawPurpose::Guess, sim.draw_key(session));
        let code = stream.below(n, plan.space);
        if self.is_locked_out(sim, session, code, plan) {
            return Some(CodeTry::GuesserLockedOut);
        }
        let user = usize::try_from(code).ok().and_then(|code| self.codes.users.get_mut(code));
        if let Some(user) = user.filter(|user| **user == NOBODY) {
            *user = person.0;
            self.codes.lucky[session.index()] = true;
            return Some(CodeTry::Guessed);
        }
        if let Some((per, after, lasts)) = plan.lockout {
            let subject = Self::subject_of(sim, session, code, per, plan);
            self.codes.tries[subject].add_wrong(after, lasts, sim.now);
        }
        Some(CodeTry::Wrong)
    }

    /// Whose tries this one counts among. A wrong code aims at one of those that were sent.
    fn subject_of<O: Observer, P>(
        sim: &Sim<O, P>, session: SessionId, code: u64, per: Subject, plan: CodesPlan,
    ) -> usize {
        match per {
            Subject::Code => (code % u64::from(plan.sent)) as usize,
            Subject::Address => sim.address_of(session) as usize,
            Subject::Account => sim.account_of(session) as usize,
        }
    }

    fn is_locked_out<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, session: SessionId, code: u64, plan: CodesPlan,
    ) -> bool {
        let Some((per, ..)) = plan.lockout else { return false };
        let subject = Self::subject_of(sim, session, code, per, plan);
        self.codes.tries[subject].is_locked(sim.now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_wrong_try_locks_until_its_time_is_over_and_then_they_count_anew() {
        let at = |s: u64| Time::ZERO + Span::from_secs(s);
        let mut tries = Tries::default();
        for second in 0..3 {
            assert!(!tries.is_locked(at(second)));
            tries.add_wrong(3, Some(Span::from_secs(60)), at(second));
        }
        assert!(tries.is_locked(at(2)) && tries.is_locked(at(61)) && !tries.is_locked(at(62)));
        tries.add_wrong(3, None, at(62));
        assert!(!tries.is_locked(at(63)), "one of three");
        (0..2).for_each(|_| tries.add_wrong(3, None, at(63)));
        assert!(tries.is_locked(at(1_000_000)), "for good");
    }
}
