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

use crate::admission::{HealthWatch, ShopHealth};
use crate::engine::{Agenda, Span};
use crate::model::backend::Sim;
use crate::model::backend::line::Line;
use crate::model::backend::line::waiting_room::WaitingRoom;
use crate::model::sim::draws::DrawPurpose;
use crate::model::sim::message::Message;
use crate::model::sim::telemetry::Counters;
use crate::protocol::{Emitter, Fact, Incident, Kind, Observer, Reply, SessionId};
use crate::quantity::Count;
use crate::scenario::plan::operator::Limit;
use crate::scenario::plan::{Broken, Steering};

/// The outflow, which follows how long the shop takes.
pub(in crate::model) struct Outflow {
    plan: Steering,
    counters: Counters,
}

impl Outflow {
    pub(in crate::model) fn new(plan: Steering) -> Outflow {
        Outflow { plan, counters: Counters::of(plan.slower_than) }
    }

    /// The turns a minute from now on, if there were so many.
    fn next(&mut self, per_minute: u32) -> Count<u32, 1> {
        let Steering { share, increase, decrease, min, max, slower_than, .. } = self.plan;
        let slow = self.counters.take().slow_share(slower_than);
        let next = if slow.is_some_and(|slow| slow > share) {
            // Rounded down; the share is below 1, so this fits.
            (f64::from(per_minute) * decrease.get()) as u32
        } else {
            per_minute.saturating_add(increase.get())
        };
        Count::of(next.clamp(min.get(), max.get()))
    }
}

/// What the policy watches of the shop.
pub(in crate::model) struct Watched {
    watch: HealthWatch,
    counters: Counters,
}

impl Watched {
    pub(in crate::model) fn new(watch: HealthWatch) -> Watched {
        Watched { watch, counters: Counters::of(watch.slower_than) }
    }

    /// How the shop did since the last time.
    fn health(&mut self) -> Option<ShopHealth> {
        let counters = self.counters.take();
        let slow_share = counters.slow_share(self.watch.slower_than)?;
        Some(ShopHealth { slow_share, error_share: counters.error_rate()? })
    }
}

impl WaitingRoom {
    /// A reply left a gateway, so long after its request was accepted: those of the shop, or of a gateway in its place, are
    /// counted from the opening on, where somebody looks.
    pub(in crate::model) fn learn_answer(&mut self, kind: Kind, reply: Reply, emitter: Emitter, took: Span) {
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

impl Line {
    /// The line has opened: looks and news of other locations come from now on.
    pub(in crate::model) fn watch_outflow<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, agenda: &mut Agenda,
    ) {
        if let Some(locations) = sim.plan.line.as_ref().and_then(|plan| plan.locations) {
            agenda.push(Message::BudgetKnown.entry(sim.now + locations.propagation, 0, 0, 0));
        }
        self.expect_steering(sim, agenda);
        self.expect_watch(sim, agenda);
    }

    fn expect_watch<O: Observer, P>(&self, sim: &Sim<O, P>, agenda: &mut Agenda) {
        let Some(line) = self.room.as_ref().filter(|line| !line.is_closed()) else { return };
        let Some(watched) = &line.watched else { return };
        let at = sim.now + watched.watch.every;
        if at < sim.plan.roster.horizon {
            agenda.push(Message::Watch.entry(at, 0, 0, 0));
        }
    }

    /// Tells the policy how the shop did. While the sale is paused there is nothing to see. Returns whether its queue was
    /// switched on or off.
    pub(in crate::model) fn look_at_shop<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, agenda: &mut Agenda,
    ) -> bool {
        let mut switched = false;
        let paused = sim.pauses.is_on();
        if let Some(line) = &mut self.room
            && let Some(watched) = &mut line.watched
            && !paused
        {
            let passed = line.policy.passes_everybody();
            line.policy.on_health(watched.health(), line.waiting);
            let passes = line.policy.passes_everybody();
            if passed != passes {
                sim.record.fact(sim.now, Fact::QueueSwitched { on: !passes });
                switched = true;
            }
        }
        self.expect_watch(sim, agenda);
        switched
    }

    fn expect_steering<O: Observer, P>(&self, sim: &Sim<O, P>, agenda: &mut Agenda) {
        let Some(steering) = sim.plan.line.as_ref().and_then(|line| line.steering) else { return };
        let at = sim.now + steering.every;
        if at < sim.plan.roster.horizon && self.room.as_ref().is_some_and(|line| !line.is_closed()) {
            agenda.push(Message::Steer.entry(at, 0, 0, 0));
        }
    }

    /// Looks at how long the shop took, and changes the outflow. While the sale is paused there is nothing to see.
    /// Returns whether it changed.
    pub(in crate::model) fn steer_outflow<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, agenda: &mut Agenda,
    ) -> bool {
        let mut changed = false;
        let paused = sim.pauses.is_on();
        if let Some(line) = &mut self.room
            && let (Some(outflow), Some(per_minute)) = (&mut line.outflow, line.limits.per_minute())
            && !paused
        {
            let next = outflow.next(per_minute);
            if next != per_minute {
                sim.record.fact(sim.now, Fact::OutflowSteered { per_minute: next.get() });
                self.set_limits(sim, Limit::AtMost(next), Limit::Unchanged);
                changed = true;
            }
        }
        self.expect_steering(sim, agenda);
        changed
    }

    /// Somebody left the shop where the room learns of that by a report. Returns whether it does.
    pub(in crate::model) fn reports_exit<O: Observer, P>(
        sim: &mut Sim<O, P>, session: SessionId, agenda: &mut Agenda,
    ) -> bool {
        let Some(exits) = sim.plan.line.as_ref().and_then(|line| line.exits.as_ref()) else {
            return false;
        };
        let draw_key = sim.draw_key(session);
        let (stream, n) = sim.draws.of_request(DrawPurpose::ExitLoss, draw_key);
        if stream.chance(n, exits.lost.get()) {
            let who = sim.crowd.who(session);
            sim.record.fact(sim.now, Fact::Incident { who, incident: Incident::ExitLost });
            return true;
        }
        let (stream, n) = sim.draws.of_request(DrawPurpose::ExitDelay, draw_key);
        let delay = exits.delay.sample(stream, n);
        if delay.is_zero() {
            return false;
        }
        let tie = sim.draws.tie(draw_key.person, draw_key.tab, sim.crowd.wire(session).attempt());
        agenda.push(Message::ExitReported.entry(sim.now + delay, tie, 0, 0));
        true
    }

    /// How many places spend the budget without hearing of each other now: because of a fault, or because the line has just
    /// opened.
    pub(in crate::model) fn stale_locations<O: Observer, P>(sim: &Sim<O, P>) -> Option<u32> {
        let fault = sim.lasting(sim.now).find_map(|(_, fault)| match fault.what {
            Broken::StaleBudget(locations) => Some(locations),
            _ => None,
        });
        let locations = sim.plan.line.as_ref().and_then(|line| line.locations);
        let unheard = locations.filter(|spread| sim.now < sim.plan.roster.opens_at + spread.propagation);
        fault.or(unheard.map(|locations| locations.count.get()))
    }

    /// Records that this turn is one too many, if it is.
    pub(in crate::model) fn note_overshoot<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, session: SessionId,
    ) {
        let now = sim.now;
        if self.room.as_ref().is_some_and(|line| line.policy.passes_everybody()) {
            return;
        }
        if let Some(beyond) = self.budget().and_then(|budget| budget.overshoot(now)) {
            let who = sim.crowd.who(session);
            sim.record.fact(now, Fact::Overshot { who, beyond });
        }
    }

    /// From now on so many are let in.
    pub(in crate::model) fn set_limits<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, new_per_minute: Limit, total_active: Limit,
    ) {
        if let Some(line) = &mut self.room {
            line.limits.change(new_per_minute, total_active);
            if let Some(budget) = &mut line.budget {
                budget.change(line.limits, sim.now);
            }
        }
    }

    /// The room learns that a slot is free.
    pub(in crate::model) fn note_exit(&mut self) {
        if let Some(budget) = self.budget() {
            budget.leave();
        }
    }

    /// From now on so many places spend the budget without hearing of each other.
    pub(in crate::model) fn let_budget_go_stale<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, locations: u32,
    ) {
        let now = sim.now;
        if let Some(budget) = self.budget() {
            budget.go_stale(locations, now);
        }
    }

    /// News have spread, or a fault has ended: unless something else keeps it from them, all places know what was taken.
    /// Returns whether they do.
    pub(in crate::model) fn learn_spent<O: Observer, P>(&mut self, sim: &mut Sim<O, P>) -> bool {
        let now = sim.now;
        if Self::stale_locations(sim).is_some() {
            return false;
        }
        let budget = self.budget();
        let knows = budget.is_some();
        if let Some(budget) = budget {
            budget.learn(now);
        }
        knows
    }
}
