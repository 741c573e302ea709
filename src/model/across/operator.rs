//! The people who run the sale. They act at an instant, after another act, or when a figure of their dashboard has
//! been beyond a bound for some time; what they see is what gateways, waiting room, stations and stock know of
//! themselves, and it is some time old. Pausing is in `sim/pause.rs`, announcing in `people/announce.rs`.
//!
//! ```text
//!   counters, gauges --every interval--> look --beyond the bound for long enough, and the delay--> act
//! ```

use crate::engine::{Agenda, Time};
use crate::model::across::World;
use crate::model::backend::line::Line;
use crate::model::people::People;
use crate::model::sim::draws::DrawPurpose;
use crate::model::sim::message::Message;
use crate::model::sim::notices::Notice;
use crate::model::sim::telemetry::Counters;
use crate::protocol::{Announcement, Fact, Observer, OperatorAction, SessionId, Truth};
use crate::scenario::plan::operator::{
    ActionPlan, AnnouncePlan, Bound, Cancel, Inside, Limit, OperatorPlan, SettlePlan, SignalPlan,
    TriggerPlan, WhenPlan,
};

/// Where the operator stands.
pub(in crate::model) struct Operator {
    /// One for each rule; those that wait for no figure have no times left.
    watches: Vec<Watch>,
    counters: Option<Counters>,
    /// Nobody new is let into the line.
    closed_to_newcomers: bool,
}

/// What is left of a rule that waits for a figure.
struct Watch {
    /// How often it may still act.
    times_left: u8,
    /// The first reading in a row that was beyond the bound.
    beyond_since: Option<Time>,
}

impl Operator {
    pub(in crate::model) fn new(plan: &OperatorPlan) -> Operator {
        let times = plan.rules.iter().map(|rule| match &rule.trigger {
            TriggerPlan::When(when) => when.times,
            TriggerPlan::At(_) | TriggerPlan::After { .. } => 0,
        });
        Operator {
            watches: times.map(|times_left| Watch { times_left, beyond_since: None }).collect(),
            counters: Counters::new(plan),
            closed_to_newcomers: false,
        }
    }

    /// Does a rule need the counters of the gateways' replies?
    pub(in crate::model) fn counts_replies(plan: &OperatorPlan) -> bool {
        Counters::new(plan).is_some()
    }

    /// The counters of the gateways' replies, where a rule needs them.
    pub(in crate::model) fn counters(&mut self) -> Option<&mut Counters> {
        self.counters.as_mut()
    }

    /// Is nobody new let into the line?
    pub(in crate::model) fn is_closed_to_newcomers(&self) -> bool {
        self.closed_to_newcomers
    }

    fn watches(&self) -> bool {
        self.watches.iter().any(|watch| watch.times_left > 0)
    }
}

impl Watch {
    /// Takes in one reading; returns whether it is time to act.
    fn look(&mut self, now: Time, beyond: bool, when: &WhenPlan) -> bool {
        if !beyond {
            self.beyond_since = None;
            return false;
        }
        let since = *self.beyond_since.get_or_insert(now);
        let acts = self.times_left > 0 && now.saturating_since(since) >= when.lasting;
        if acts {
            self.times_left -= 1;
            self.beyond_since = None;
        }
        acts
    }
}

impl<O: Observer> World<O> {
    /// Pushes what the operator's plan alone knows: acts at an instant, and the first look.
    pub(in crate::model) fn schedule_operator(&self, agenda: &mut Agenda) {
        for (rule, plan) in self.sim.plan.operator.rules.iter().enumerate() {
            if let TriggerPlan::At(at) = plan.trigger {
                self.schedule_rule(rule, at, agenda);
            }
        }
        self.schedule_look(agenda);
    }

    fn schedule_rule(&self, rule: usize, at: Time, agenda: &mut Agenda) {
        if at < self.sim.plan.roster.horizon {
            let rule = u32::try_from(rule).expect("at most 255 rules");
            agenda.push(Message::Operate.entry(at, 0, rule, 0));
        }
    }

    fn schedule_look(&self, agenda: &mut Agenda) {
        let at = self.sim.now + self.sim.plan.operator.interval;
        if self.operator.watches() && at < self.sim.plan.roster.horizon {
            agenda.push(Message::Look.entry(at, 0, 0, 0));
        }
    }

    /// The dashboard shows new figures; whoever acts on them does so some time later.
    pub(in crate::model) fn look(&mut self, agenda: &mut Agenda) {
        let counters = self.operator.counters.as_mut().map(Counters::take).unwrap_or_default();
        for rule in 0..self.sim.plan.operator.rules.len() {
            let TriggerPlan::When(when) = &self.sim.plan.operator.rules[rule].trigger else { continue };
            let beyond = self.sim.now >= when.not_before
                && self.has_something_to_do(rule)
                && self.is_beyond(when.signal, &counters);
            if self.operator.watches[rule].look(self.sim.now, beyond, when) {
                self.schedule_rule(rule, self.sim.now + self.sim.plan.operator.delay, agenda);
            }
        }
        self.schedule_look(agenda);
    }

    /// The rule's first action would change something.
    fn has_something_to_do(&self, rule: usize) -> bool {
        match self.sim.plan.operator.rules[rule].actions.first() {
            Some(ActionPlan::Pause(_)) => !self.sim.pauses.is_on(),
            Some(ActionPlan::Resume) => self.sim.pauses.is_on(),
            Some(ActionPlan::CloseToNewcomers) => !self.operator.closed_to_newcomers,
            Some(ActionPlan::OpenToNewcomers) => self.operator.closed_to_newcomers,
            _ => true,
        }
    }

    /// Is a figure beyond its bound? One that cannot be told is not.
    fn is_beyond(&self, signal: SignalPlan, counters: &Counters) -> bool {
        let (seats, sold) = (self.sim.plan.roster.seats, self.shop.inventory.sold());
        let passed =
            |figure: Option<f64>, bound: Bound| figure.is_some_and(|figure| bound.is_passed_by(figure));
        match signal {
            SignalPlan::ErrorRate(bound) => passed(counters.error_rate(), bound),
            SignalPlan::Latency { slower_than, share } => passed(counters.slow_share(slower_than), share),
            SignalPlan::SoldShare(bound) => bound.is_passed_by(f64::from(sold) / f64::from(seats)),
            SignalPlan::Sold(bound) => bound.is_passed_by(f64::from(sold)),
            SignalPlan::Left(bound) => bound.is_passed_by(f64::from(seats.saturating_sub(sold))),
            SignalPlan::Queue(station, bound) => {
                bound.is_passed_by(self.shop.waiting_at(&self.sim, station) as f64)
            }
            SignalPlan::InLine(bound) => {
                passed(self.line.room.as_ref().map(|line| f64::from(line.waiting)), bound)
            }
        }
    }

    /// A rule acts: all it does, in order, at this instant; rules that follow it come later.
    pub(in crate::model) fn operate(&mut self, rule: usize, agenda: &mut Agenda) {
        for action in 0..self.sim.plan.operator.rules[rule].actions.len() {
            self.act(rule, action, agenda);
        }
        self.people.bring_those_who_hear(&mut self.sim, rule, agenda);
        for (follower, plan) in self.sim.plan.operator.rules.iter().enumerate() {
            if let TriggerPlan::After { rule: followed, delay } = plan.trigger
                && followed == rule
            {
                self.schedule_rule(follower, self.sim.now + delay, agenda);
            }
        }
    }

    /// One action; what would change nothing is not done.
    fn act(&mut self, rule: usize, action: usize, agenda: &mut Agenda) {
        let plan = self.sim.plan.operator.rules[rule].actions[action].clone();
        let number = u8::try_from(rule).expect("at most 255 rules");
        let mut operated =
            |act: OperatorAction| self.sim.record.fact(self.sim.now, Fact::Operated { rule: number, act });
        match plan {
            ActionPlan::Pause(inside) if !self.sim.pauses.is_on() => {
                operated(OperatorAction::Pause);
                self.pause(inside);
                self.take_down_notices(Announcement::Resumed, agenda);
            }
            ActionPlan::Resume if self.sim.pauses.is_on() => {
                operated(OperatorAction::Resume);
                self.take_down_notices(Announcement::Paused, agenda);
                self.resume(agenda);
            }
            ActionPlan::SetOutflow { new_per_minute, total_active } => {
                operated(OperatorAction::ChangeOutflow);
                self.change_outflow(new_per_minute, total_active, agenda);
            }
            ActionPlan::CloseToNewcomers if !self.operator.closed_to_newcomers => {
                operated(OperatorAction::CloseToNewcomers);
                self.operator.closed_to_newcomers = true;
            }
            ActionPlan::OpenToNewcomers if self.operator.closed_to_newcomers => {
                operated(OperatorAction::OpenToNewcomers);
                self.operator.closed_to_newcomers = false;
            }
            ActionPlan::Pause(_)
            | ActionPlan::Resume
            | ActionPlan::CloseToNewcomers
            | ActionPlan::OpenToNewcomers => {}
            ActionPlan::SettleOrders(settle) => {
                operated(if settle.cancel.is_some() {
                    OperatorAction::CancelOrders
                } else {
                    OperatorAction::HonorOrders
                });
                self.settle_orders(number, &settle, agenda);
            }
            ActionPlan::Announce(announce) => {
                operated(OperatorAction::Announce(announce.word));
                self.announce(number, &announce, agenda);
            }
        }
    }

    /// The sale stands still from now on.
    pub(in crate::model) fn pause(&mut self, inside: Inside) {
        self.sim.pauses.begin(self.sim.now, inside);
        let now = self.sim.now;
        if let Some(budget) = self.line.budget() {
            budget.pause(now);
        }
    }

    /// The sale goes on: turns that would have ended meanwhile have their rest of time, and the next may come.
    pub(in crate::model) fn resume(&mut self, agenda: &mut Agenda) {
        self.sim.pauses.end(self.sim.now);
        let overdue = std::mem::take(&mut self.line.overdue_turns);
        for (slot, generation, end) in overdue {
            if self.tables.active.is_live(slot, generation) {
                Line::set_turn_end(&mut self.sim, &mut self.tables, slot, generation, end, agenda);
            }
        }
        for (slot, generation) in std::mem::take(&mut self.line.unchecked_while_paused) {
            self.check_inside(slot, generation, agenda);
        }
        let now = self.sim.now;
        if let Some(budget) = self.line.budget() {
            budget.resume(now);
            self.admit(agenda);
        }
    }

    /// From now on so many are let in.
    fn change_outflow(&mut self, new_per_minute: Limit, total_active: Limit, agenda: &mut Agenda) {
        self.line.set_limits(&mut self.sim, new_per_minute, total_active);
        self.admit(agenda);
    }

    /// Cancels the orders of an interval, if that is what the operator decides about it.
    pub(in crate::model) fn settle_orders(&mut self, rule: u8, settle: &SettlePlan, agenda: &mut Agenda) {
        let Some(cancel) = &settle.cancel else { return };
        let first_fault =
            self.sim.plan.faults.iter().map(|fault| fault.from).filter(|from| *from <= self.sim.now).min();
        let from = settle.from.or(first_fault).unwrap_or(self.sim.plan.roster.opens_at);
        let until = settle.until.or(self.sim.pauses.first_since(from)).unwrap_or(self.sim.now);
        let number = self.people.audience.send(Announcement::OrderCancelled);
        let buyers = self.shop.cancel_sales(&mut self.sim, from, until);
        for &session in &buyers {
            self.cancel_order(session, rule, number, cancel, agenda);
        }
        if !buyers.is_empty() {
            self.retry_waiting_holds(agenda);
        }
    }

    fn cancel_order(
        &mut self, session: SessionId, rule: u8, number: u32, cancel: &Cancel, agenda: &mut Agenda,
    ) {
        self.tables.decide_now(&mut self.sim, session, Truth::Cancelled);
        let cohort = self.sim.crowd.wire(session).cohort();
        let who = self.sim.crowd.who(session);
        if let Some(told_after) = &cancel.told_after {
            let entity = self.sim.entity(who.person, cohort);
            let (stream, n) = self.sim.draws.of_announcement(DrawPurpose::Spread, entity, rule, number);
            let at = self.sim.now + told_after.sample(stream, n);
            if at < self.sim.plan.roster.horizon {
                self.sim.post_news(who.person, cohort, at, number, agenda);
            }
        }
    }

    /// Announces: from now on by the page, or on its way to those whom it reaches by other ways.
    fn announce(&mut self, rule: u8, announce: &AnnouncePlan, agenda: &mut Agenda) {
        self.people.note_reopening(announce);
        if announce.on_page {
            People::announce_on_page(&mut self.sim, announce);
            self.answer_held_polls(agenda);
        }
        self.people.spread(&mut self.sim, rule, announce, agenda);
    }

    /// Takes the notices of a word off the page. Whoever has read that the sale is paused sees that it says so no
    /// longer.
    fn take_down_notices(&mut self, word: Announcement, agenda: &mut Agenda) {
        if self.sim.notices.take_down(word) && word == Announcement::Paused {
            self.sim.notices.push(Notice::NoPauseAnyMore);
            self.answer_held_polls(agenda);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Span;

    fn looks(lasting: u64, times: u8, readings: &[bool]) -> Vec<u64> {
        let when = WhenPlan {
            signal: SignalPlan::Sold(Bound::Above(0.0)),
            lasting: Span::from_secs(lasting),
            not_before: Time::ZERO,
            times,
        };
        let mut watch = Watch { times_left: times, beyond_since: None };
        let mut acted = Vec::new();
        for (second, beyond) in (0..).step_by(10).zip(readings) {
            if watch.look(Time::from_us(second * 1_000_000), *beyond, &when) {
                acted.push(second);
            }
        }
        acted
    }

    #[test]
    fn a_figure_must_stay_beyond_its_bound_without_a_break() {
        assert_eq!(looks(20, 1, &[true, true, false, true, true, true, true]), [50]);
        assert_eq!(looks(0, 1, &[false, true, true]), [10]);
        assert!(looks(30, 1, &[true, true, true]).is_empty());
    }

    #[test]
    fn a_rule_acts_as_often_as_it_may_and_must_last_anew_each_time() {
        assert_eq!(looks(10, 1, &[true; 9]), [10]);
        assert_eq!(looks(10, 2, &[true; 9]), [10, 30]);
    }
}
