//! The operator's rules, ready to run.

pub use super::super::operator::{Cancel, Inside, Limit};
use crate::engine::sample::Sampler;
use crate::engine::time::{Span, Time};
use crate::protocol::{Announcement, StationId};

/// What the operator sees and does. Rule numbers are those of the roster.
#[derive(Clone, Debug)]
pub struct OperatorPlan {
    /// How often the figures are read.
    pub interval: Span,
    /// How old a figure is when somebody acts on it.
    pub delay: Span,
    /// The rules, in the order of the scenario.
    pub rules: Vec<RulePlan>,
}

/// One rule.
#[derive(Clone, Debug)]
pub struct RulePlan {
    /// When it acts.
    pub trigger: TriggerPlan,
    /// What is done, in order.
    pub actions: Vec<ActionPlan>,
}

/// When a rule acts.
#[derive(Clone, Debug)]
pub enum TriggerPlan {
    /// At an instant.
    At(Time),
    /// When a figure has been beyond its bound for some time.
    When(WhenPlan),
    /// So long after each time that another rule acted.
    After {
        /// The other rule.
        rule: usize,
        /// How much later.
        delay: Span,
    },
}

/// A figure that is watched.
#[derive(Clone, Debug)]
pub struct WhenPlan {
    /// The figure and its bound.
    pub signal: SignalPlan,
    /// How long it must have been beyond the bound.
    pub lasting: Span,
    /// Readings before this do not count.
    pub not_before: Time,
    /// How often the rule acts at most.
    pub times: u8,
}

/// A figure and its bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SignalPlan {
    /// The share of replies since the last reading that were errors.
    ErrorRate(Bound),
    /// The share of replies since the last reading that took longer than this.
    Latency {
        /// Longer than this is slow.
        slower_than: Span,
        /// The bound on the share of slow ones.
        share: Bound,
    },
    /// The share of all seats that is sold.
    SoldShare(Bound),
    /// Seats sold.
    Sold(Bound),
    /// Seats not sold.
    Left(Bound),
    /// Requests that wait at a station.
    Queue(StationId, Bound),
    /// Sessions in line.
    InLine(Bound),
}

/// A bound on a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// More than this.
    Above(f64),
    /// Less than this.
    Below(f64),
}

impl Bound {
    /// Is the figure beyond it?
    pub fn is_passed_by(self, figure: f64) -> bool {
        match self {
            Bound::Above(bound) => figure > bound,
            Bound::Below(bound) => figure < bound,
        }
    }
}

/// One thing that is done.
#[derive(Clone, Debug)]
pub enum ActionPlan {
    /// Pauses the sale.
    Pause(Inside),
    /// Lets it go on.
    Resume,
    /// Changes how many are let in.
    SetOutflow {
        /// Turns a minute.
        new_per_minute: Limit,
        /// Active at a time.
        total_active: Limit,
    },
    /// Lets nobody new into the line.
    CloseToNewcomers,
    /// Lets newcomers in again.
    OpenToNewcomers,
    /// Announces something.
    Announce(AnnouncePlan),
    /// Decides about the orders of an interval.
    SettleOrders(SettlePlan),
}

/// What becomes of the orders of an interval.
#[derive(Clone, Debug)]
pub struct SettlePlan {
    /// Its beginning; `None`: that of the first fault, or the opening.
    pub from: Option<Time>,
    /// Its end; `None`: the beginning of the last pause, or now.
    pub until: Option<Time>,
    /// They are cancelled; `None`: they stand.
    pub cancel: Option<Cancel>,
}

/// An announcement.
#[derive(Clone, Debug)]
pub struct AnnouncePlan {
    /// What it says.
    pub word: Announcement,
    /// The share of those present whom it reaches by other ways than the page, 0..=1.
    pub reach: f64,
    /// How long it takes to reach each of them.
    pub delay: Sampler,
    /// The page says it too.
    pub on_page: bool,
    /// A pause is said to end then.
    pub reopens_at: Option<Time>,
}
