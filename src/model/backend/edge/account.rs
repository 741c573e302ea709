//! A limit of requests from one account, whatever its tabs, devices and addresses, and the lock that follows on too many
//! refusals. An account that is locked without a notice is answered as before: nobody can tell the two apart.

use crate::engine::{Agenda, Time};
use crate::model::backend::Sim;
use crate::model::backend::Tables;
use crate::model::backend::edge::Edge;
use crate::model::backend::edge::limiter::{Limiter, RateDecision};
use crate::model::backend::edge::listener::Passage;
use crate::model::sim::words::InboundRequest;
use crate::protocol::{Cause, Fact, Observer, Reply};
use crate::scenario::plan::{AccountLimitPlan, LockPlan};

/// The bucket of every account, and what it has done.
pub(in crate::model) struct Accounts {
    limiter: Limiter,
    lock: Option<LockPlan>,
    /// Empty where nobody is locked.
    records: Vec<Offence>,
}

/// The refusals of one account.
#[derive(Clone, Copy, Default)]
struct Offence {
    refusals: u32,
    /// It is locked until then.
    until: Option<Time>,
}

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Its request goes on.
    Good,
    /// It is over its rate.
    TooFast,
    /// It is over its rate once too often.
    LockedNow,
    /// It is locked.
    Locked,
}

impl Accounts {
    pub(in crate::model) fn new(plan: AccountLimitPlan, accounts: u32) -> Accounts {
        let records =
            if plan.lock.is_some() { vec![Offence::default(); accounts as usize] } else { Vec::new() };
        Accounts { limiter: Limiter::new(plan.limit, accounts), lock: plan.lock, records }
    }

    fn check(&mut self, account: u32, now: Time) -> Standing {
        let Some(LockPlan { after, lasts, .. }) = self.lock else { return self.check_rate(account, now) };
        let place = account as usize;
        match self.records[place].until {
            Some(until) if now < until => return Standing::Locked,
            Some(_) => self.records[place] = Offence::default(),
            None => {}
        }
        let standing = self.check_rate(account, now);
        if standing == Standing::Good {
            return standing;
        }
        let record = &mut self.records[place];
        record.refusals += 1;
        if record.refusals < after {
            return standing;
        }
        record.until = Some(lasts.map_or(Time::MAX, |lasts| now + lasts));
        Standing::LockedNow
    }

    fn check_rate(&mut self, account: u32, now: Time) -> Standing {
        match self.limiter.check(account, now) {
            RateDecision::Refused => Standing::TooFast,
            RateDecision::Now | RateDecision::After(_) => Standing::Good,
        }
    }
}

impl Edge {
    /// The limit of the account.
    pub(in crate::model) fn check_account_limit<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, inbound: InboundRequest, agenda: &mut Agenda,
    ) -> Passage {
        let account = sim.account_of(inbound.session);
        let Some(accounts) = &mut self.accounts else { return Passage::Accepted };
        let notice = accounts.lock.is_some_and(|lock| lock.notice);
        let reply = if notice { Reply::AccountLocked } else { Reply::RateLimited };
        match accounts.check(account, sim.now) {
            Standing::Good => return Passage::Accepted,
            Standing::TooFast => {
                return self.refuse_at_edge(sim, tables, inbound, Reply::RateLimited, agenda);
            }
            Standing::LockedNow => {
                let who = sim.crowd.who(inbound.session);
                sim.record.fact(sim.now, Fact::AccountLocked { who });
            }
            Standing::Locked => {}
        }
        self.refuse_because(sim, tables, inbound, reply, Cause::AccountLock, agenda)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Span;
    use crate::scenario::plan::RateLimitPlan;

    fn accounts(lock: Option<LockPlan>) -> Accounts {
        let limit = RateLimitPlan { rate: 1000, burst: 0, nodelay: true };
        Accounts::new(AccountLimitPlan { limit, lock }, 2)
    }

    fn at_ms(ms: u64) -> Time {
        Time::from_us(ms * 1000)
    }

    #[test]
    fn the_third_refusal_locks_the_account_and_no_other() {
        let mut accounts = accounts(Some(LockPlan { after: 3, lasts: None, notice: false }));
        let standings: Vec<Standing> = (0..6).map(|ms| accounts.check(0, at_ms(ms))).collect();
        let (good, fast, locked) = (Standing::Good, Standing::TooFast, Standing::Locked);
        assert_eq!(standings, [good, fast, fast, Standing::LockedNow, locked, locked]);
        assert_eq!(accounts.check(0, at_ms(3_600_000)), locked, "for good");
        assert_eq!(accounts.check(1, at_ms(10)), good);
    }

    #[test]
    fn a_lock_that_ends_counts_anew() {
        let lasts = Some(Span::from_secs(10));
        let mut accounts = accounts(Some(LockPlan { after: 1, lasts, notice: false }));
        assert_eq!(accounts.check(0, at_ms(0)), Standing::Good);
        assert_eq!(accounts.check(0, at_ms(1)), Standing::LockedNow);
        assert_eq!(accounts.check(0, at_ms(10_000)), Standing::Locked);
        assert_eq!(accounts.check(0, at_ms(10_001)), Standing::Good);
        assert_eq!(accounts.check(0, at_ms(10_002)), Standing::LockedNow);
    }

    #[test]
    fn without_a_lock_it_is_only_refused() {
        let mut accounts = accounts(None);
        let refused = (0..100).filter(|ms| accounts.check(0, at_ms(*ms)) == Standing::TooFast).count();
        assert_eq!(refused, 99);
    }
}
