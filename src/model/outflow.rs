//! What budget and policy learn, and when: how the shop does, who has left it, and what other locations spend.
//!
//! ```text
//!   answers of the shop --every interval--> too many slow: a share fewer turns a minute; otherwise a few more
//!                       +-every interval--> the policy, which may switch its queue on or off
//!   somebody leaves --report, late or lost--> a slot is free
//!   the line opens --propagation--> each location knows what the others have taken
//! ```
//!
//! Modelled on AIMD (Chiu and Jain, 1989), the AWS waiting room's exit messages, and Cloudflare's data centres.

use super::World;
use super::luck::Use;
use super::message::Message;
use super::telemetry::Counters;
use super::waiting_room::WaitingRoom;
use crate::admission::{Health, Watch};
use crate::engine::{Agenda, Span};
use crate::protocol::{Emitter, Fact, Kind, Mishap, Observer, Reply, SessionId};
use crate::scenario::plan::Steering;
use crate::scenario::plan::operator::Change;

/// The outflow, which follows how long the shop takes.
pub(super) struct Outflow {
    plan: Steering,
    counters: Counters,
}

impl Outflow {
    pub(super) fn new(plan: Steering) -> Outflow {
        Outflow { plan, counters: Counters::of(plan.slower_than) }
    }

    /// The turns a minute from now on, if there were so many.
    fn next(&mut self, per_minute: u32) -> u32 {
        let Steering { share, increase, decrease, min, max, slower_than, .. } = self.plan;
        let slow = self.counters.take().slow_share(slower_than);
        let next = if slow.is_some_and(|slow| slow > share) {
            // Rounded down; the share is below 1, so this fits.
            (f64::from(per_minute) * decrease.get()) as u32
        } else {
            per_minute.saturating_add(increase)
        };
        next.clamp(min, max)
    }
}

/// What the policy watches of the shop.
pub(super) struct Watched {
    watch: Watch,
    counters: Counters,
}

impl Watched {
    pub(super) fn new(watch: Watch) -> Watched {
        Watched { watch, counters: Counters::of(watch.slower_than) }
    }

    /// How the shop did since the last time.
    fn health(&mut self) -> Option<Health> {
        let counters = self.counters.take();
        let slow_share = counters.slow_share(self.watch.slower_than)?;
        Some(Health { slow_share, error_share: counters.error_rate()? })
    }
}

impl WaitingRoom {
    /// A reply left a gateway, so long after its request was accepted: those of the shop, or of a gateway in its place, are
    /// counted from the opening on, where somebody looks.
    pub(super) fn learn_answer(&mut self, kind: Kind, reply: Reply, emitter: Emitter, took: Span) {
        let is_of_shop = kind.answered_by() == Emitter::Service && emitter != Emitter::WaitingRoom;
        if self.budget.is_none() || !is_of_shop {
            return;
        }
        let outflow = self.outflow.as_mut().map(|outflow| &mut outflow.counters);
        let watched = self.watched.as_mut().map(|watched| &mut watched.counters);
        for counters in outflow.into_iter().chain(watched) {
            counters.count(reply, took);
        }
    }
}

impl<O: Observer> World<O> {
    /// The line has opened: looks and news of other locations come from now on.
    pub(super) fn watch_outflow(&mut self, agenda: &mut Agenda) {
        if let Some(locations) = self.plan.line.as_ref().and_then(|plan| plan.locations) {
            agenda.push(Message::BudgetKnown.entry(self.now + locations.propagation, 0, 0, 0));
        }
        self.expect_steering(agenda);
        self.expect_watch(agenda);
    }

    fn expect_watch(&self, agenda: &mut Agenda) {
        let Some(line) = self.line.as_ref().filter(|line| !line.is_closed()) else { return };
        let Some(watched) = &line.watched else { return };
        let at = self.now + watched.watch.every;
        if at < self.plan.roster.horizon {
            agenda.push(Message::Watch.entry(at, 0, 0, 0));
        }
    }

    /// Tells the policy how the shop did. While the sale is paused there is nothing to see.
    pub(super) fn watch_shop(&mut self, agenda: &mut Agenda) {
        let paused = self.pauses.is_on();
        if let Some(line) = &mut self.line
            && let Some(watched) = &mut line.watched
            && !paused
        {
            let passed = line.policy.passes_everybody();
            line.policy.looked(watched.health(), line.waiting);
            let passes = line.policy.passes_everybody();
            if passed != passes {
                self.record.fact(self.now, Fact::QueueSwitched { on: !passes });
                self.admit(agenda);
            }
        }
        self.expect_watch(agenda);
    }

    fn expect_steering(&self, agenda: &mut Agenda) {
        let Some(steering) = self.plan.line.as_ref().and_then(|line| line.steering) else { return };
        let at = self.now + steering.every;
        if at < self.plan.roster.horizon && self.line.as_ref().is_some_and(|line| !line.is_closed()) {
            agenda.push(Message::Steer.entry(at, 0, 0, 0));
        }
    }

    /// Looks at how long the shop took, and changes the outflow. While the sale is paused there is nothing to see.
    pub(super) fn steer(&mut self, agenda: &mut Agenda) {
        let paused = self.pauses.is_on();
        if let Some(line) = &mut self.line
            && let (Some(outflow), Some(per_minute)) = (&mut line.outflow, line.limits.per_minute())
            && !paused
        {
            let next = outflow.next(per_minute);
            if next != per_minute {
                self.record.fact(self.now, Fact::OutflowSteered { per_minute: next });
                self.change_outflow(Change::To(Some(next)), Change::Unchanged, agenda);
            }
        }
        self.expect_steering(agenda);
    }

    /// Somebody left the shop where the room learns of that by a report. Returns whether it does.
    pub(super) fn reports_exit(&mut self, session: SessionId, agenda: &mut Agenda) -> bool {
        let Some(exits) = self.plan.line.as_ref().and_then(|line| line.exits.as_ref()) else { return false };
        let ask = self.ask(session);
        let (stream, n) = self.luck.of_ask(Use::ExitLoss, ask);
        if stream.chance(n, exits.lost) {
            let who = self.crowd.who(session);
            self.record.fact(self.now, Fact::Befell { who, mishap: Mishap::ExitLost });
            return true;
        }
        let (stream, n) = self.luck.of_ask(Use::ExitDelay, ask);
        let delay = exits.delay.sample(stream, n);
        if delay.is_zero() {
            return false;
        }
        let tie = self.luck.tie(ask.person, ask.tab, self.crowd.row(session).attempt());
        agenda.push(Message::ExitReported.entry(self.now + delay, tie, 0, 0));
        true
    }

    /// The room learns that a slot is free.
    pub(super) fn learn_of_exit(&mut self, agenda: &mut Agenda) {
        if let Some(budget) = self.budget() {
            budget.leave();
        }
        self.admit(agenda);
    }
}
