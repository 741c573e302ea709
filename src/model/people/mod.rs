//! The people before the screens and the programs they call through: when they come, what they read, believe and do next.

pub(in crate::model) mod abandonment;
pub(in crate::model) mod announce;
pub(in crate::model) mod arrivals;
pub(in crate::model) mod beacons;
pub(in crate::model) mod call_back;
pub(in crate::model) mod callers;
pub(in crate::model) mod client;
pub(in crate::model) mod hidden_tabs;
pub(in crate::model) mod next_attempt;
pub(in crate::model) mod open_loop;
pub(in crate::model) mod page;
pub(in crate::model) mod roaming;
pub(in crate::model) mod screen;
pub(in crate::model) mod tabs;

use crate::behavior::Behavior;
use crate::model::sim;
use crate::model::sim::crowd::Crowd;
use crate::scenario::Plan;
use abandonment::Tolerance;
use announce::Audience;
use arrivals::Arrivals;
use beacons::Beacons;
use callers::Callers;
use client::Abandoned;
use hidden_tabs::HiddenTabs;
use page::Page;

/// What is shared, as people see it: what the backend keeps in its books (`B`) is nothing that they can read.
pub(in crate::model) type Sim<O, B> = sim::Sim<O, Page, B>;

/// Everybody who wants tickets, and what each of them keeps to themselves.
pub(in crate::model) struct People {
    /// What a client does next, by cohort.
    pub(in crate::model) behaviors: Vec<Box<dyn Behavior>>,
    pub(in crate::model) arrivals: Vec<Arrivals>,
    /// How many persons have come.
    pub(in crate::model) arrived: u32,
    pub(in crate::model) callers: Callers,
    pub(in crate::model) hidden_tabs: HiddenTabs,
    pub(in crate::model) tolerance: Tolerance,
    pub(in crate::model) audience: Audience,
    pub(in crate::model) beacons: Beacons,
    /// What is being heard answers a request that is not the newest of its session.
    hears_older: bool,
    /// Requests that clients have stopped waiting for within this event.
    pub(in crate::model) abandoned: Vec<Abandoned>,
}

impl People {
    pub(in crate::model) fn new<B>(plan: &Plan, crowd: &Crowd<Page, B>) -> People {
        People {
            behaviors: plan.cohorts.iter().map(|cohort| cohort.behavior.build()).collect(),
            arrivals: plan.cohorts.iter().map(Arrivals::new).collect(),
            arrived: 0,
            callers: Callers::new(plan, crowd),
            hidden_tabs: HiddenTabs::new(plan, crowd.len()),
            tolerance: Tolerance::new(plan, crowd.len()),
            audience: Audience::new(plan),
            beacons: Beacons::new(plan.line.as_ref(), crowd.len()),
            hears_older: false,
            abandoned: Vec::new(),
        }
    }
}
