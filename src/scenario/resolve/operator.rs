//! The operator's rules, resolved, and what they make possible.

use super::super::Scenario;
use super::super::operator::{
    Action, CountBound, Orders, Rule, ShareBound, Signal as WrittenSignal, Trigger,
};
use super::super::plan::operator::{
    ActionPlan, AnnouncePlan, Bound, OperatorPlan, RulePlan, SettlePlan, SignalPlan, TriggerPlan, WhenPlan,
};
use super::backend::station_of;
use super::instant;
use crate::engine::time::Time;
use crate::protocol::{Possibility, Possible};

/// What the rules are called, in order.
pub(super) fn names(rules: &[Rule]) -> Vec<String> {
    let name = |(number, rule): (usize, &Rule)| rule.name.clone().unwrap_or_else(|| format!("rule {number}"));
    (1..).zip(rules).map(name).collect()
}

/// What the operator sees and does.
pub(super) fn operator_plan(scenario: &Scenario) -> OperatorPlan {
    OperatorPlan {
        interval: scenario.telemetry.interval.get(),
        delay: scenario.telemetry.delay,
        rules: scenario.operator.iter().map(|rule| rule_plan(scenario, rule)).collect(),
    }
}

fn rule_plan(scenario: &Scenario, rule: &Rule) -> RulePlan {
    let trigger = match &rule.trigger {
        Trigger::At(at) => TriggerPlan::At(instant(*at)),
        Trigger::When(when) => TriggerPlan::When(WhenPlan {
            signal: signal(scenario, &when.signal),
            lasting: when.lasting,
            not_before: when.not_before.map_or(Time::ZERO, instant),
            times: when.times.get(),
        }),
        Trigger::After(after) => TriggerPlan::After {
            rule: named(&scenario.operator, &after.rule).expect("checked: the rule exists"),
            delay: after.delay,
        },
    };
    RulePlan { trigger, actions: rule.actions.iter().map(action).collect() }
}

/// The rule of this name.
pub(super) fn named(rules: &[Rule], name: &str) -> Option<usize> {
    rules.iter().position(|rule| rule.name.as_deref() == Some(name))
}

fn signal(scenario: &Scenario, signal: &WrittenSignal) -> SignalPlan {
    match signal {
        WrittenSignal::ErrorRate(bound) => SignalPlan::ErrorRate(share(*bound)),
        WrittenSignal::Latency(latency) => {
            SignalPlan::Latency { slower_than: latency.slower_than.get(), share: share(latency.share) }
        }
        WrittenSignal::SoldShare(bound) => SignalPlan::SoldShare(share(*bound)),
        WrittenSignal::Sold(bound) => SignalPlan::Sold(count(*bound)),
        WrittenSignal::Left(bound) => SignalPlan::Left(count(*bound)),
        WrittenSignal::Queue(queue) => {
            let station = station_of(scenario, queue.station).expect("checked: the service is declared");
            SignalPlan::Queue(station, count(queue.length))
        }
        WrittenSignal::InLine(bound) => SignalPlan::InLine(count(*bound)),
    }
}

fn share(bound: ShareBound) -> Bound {
    match bound {
        ShareBound::Above(share) => Bound::Above(share.get()),
        ShareBound::Below(share) => Bound::Below(share.get()),
    }
}

fn count(bound: CountBound) -> Bound {
    match bound {
        CountBound::Above(count) => Bound::Above(f64::from(count)),
        CountBound::Below(count) => Bound::Below(f64::from(count)),
    }
}

fn action(action: &Action) -> ActionPlan {
    match action {
        Action::Pause(pause) => ActionPlan::Pause(pause.inside),
        Action::Resume(_) => ActionPlan::Resume,
        Action::SetOutflow(outflow) => ActionPlan::SetOutflow {
            new_per_minute: outflow.new_per_minute,
            total_active: outflow.total_active,
        },
        Action::CloseToNewcomers(_) => ActionPlan::CloseToNewcomers,
        Action::OpenToNewcomers(_) => ActionPlan::OpenToNewcomers,
        Action::SettleOrders(settle) => ActionPlan::SettleOrders(SettlePlan {
            from: settle.from.map(instant),
            until: settle.until.map(instant),
            cancel: match &settle.orders {
                Orders::Honor(_) => None,
                Orders::Cancel(cancel) => Some(cancel.clone()),
            },
        }),
        Action::Announce(announce) => ActionPlan::Announce(AnnouncePlan {
            word: announce.word.into(),
            reach: announce.reach.get(),
            delay: announce.delay.clone(),
            on_page: announce.on_page,
            reopens_at: announce.reopens_at.map(instant),
        }),
    }
}

/// What the operator makes possible.
pub(super) fn possible(scenario: &Scenario) -> Possible {
    let actions = scenario.operator.iter().flat_map(|rule| &rule.actions);
    let possible = actions.map(|action| match action {
        Action::Pause(_) => Possibility::ServiceUnavailable.into(),
        Action::CloseToNewcomers(_) => Possibility::ClosedToNewcomers.into(),
        Action::SettleOrders(settle) => {
            Possibility::Cancellation.when(matches!(settle.orders, Orders::Cancel(_)))
        }
        Action::Resume(_) | Action::SetOutflow(_) | Action::OpenToNewcomers(_) | Action::Announce(_) => {
            Possible::NONE
        }
    });
    possible.collect()
}
