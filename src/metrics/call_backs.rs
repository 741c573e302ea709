//! A queue that is not always on, and people who go away and are called back to it.

use super::by_cohort::ByCohort;
use super::people::{News, People};
use super::{Definition, Metric, Per, Recorder};
use crate::engine::time::{Span, Time};
use crate::protocol::{CallBack, Fact, Possibility, Roster};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const CALL_BACK_ASKED: &str = "call_back.asked";
    pub(crate) const CALL_BACK_TURNS_MAILED: &str = "call_back.turns_mailed";
    pub(crate) const CALL_BACK_ENDS_MAILED: &str = "call_back.ends_mailed";
    pub(crate) const CALL_BACK_TURNS_READ: &str = "call_back.turns_read";
    pub(crate) const CALL_BACK_ENDS_READ: &str = "call_back.ends_read";
    pub(crate) const LINE_SWITCHED_ON: &str = "line.switched_on";
    pub(crate) const LINE_ON_S: &str = "line.on_s";
}

const STEPS: usize = CallBack::ALL.len();

/// Names in the order of [`CallBack`].
const NAMES: [&str; STEPS] = [
    names::CALL_BACK_ASKED,
    names::CALL_BACK_TURNS_MAILED,
    names::CALL_BACK_ENDS_MAILED,
    names::CALL_BACK_TURNS_READ,
    names::CALL_BACK_ENDS_READ,
];

/// Counts by cohort and step, and since when the queue is on.
pub(super) struct CallBacks {
    counts: ByCohort<STEPS>,
    times_on: u64,
    on_since: Option<Time>,
    on_for: Span,
}

const fn count(step: CallBack, unit: &'static str, doc: &'static str) -> Definition {
    Definition::plain(NAMES[step as usize], unit, doc)
        .out_of("persons of a sale in which people may be called back")
        .per(Per::SaleAndCohort)
}

impl Metric for CallBacks {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::plain(
            names::LINE_SWITCHED_ON,
            "times",
            "Times that the queue was switched on because the shop was slow or failed; null where it cannot be.",
        ),
        Definition::plain(
            names::LINE_ON_S,
            "s",
            "How long the queue was switched on, until the line is told that it is over or the horizon comes; null where it cannot be switched.",
        ),
        count(CallBack::Asked, "sessions", "Sessions in line whose persons left an address and went away."),
        count(CallBack::TurnMailed, "mails", "Mails sent to them about a turn."),
        count(CallBack::EndMailed, "mails", "Mails sent to them about the end of the line."),
        count(
            CallBack::TurnRead,
            "mails",
            "Mails about a turn that were read by somebody who had gone away.",
        ),
        count(
            CallBack::EndRead,
            "mails",
            "Mails about the end of the line that were read by somebody who had gone away.",
        ),
    ];

    fn new(roster: &Roster) -> CallBacks {
        CallBacks { counts: ByCohort::new(roster), times_on: 0, on_since: None, on_for: Span::ZERO }
    }

    #[inline]
    fn hear(&mut self, at: Time, fact: &Fact, _news: &News) {
        match *fact {
            Fact::CalledBack { who, step } => {
                self.counts.add(who.person, step as usize);
            }
            Fact::QueueSwitched { on: true } => {
                self.times_on += 1;
                self.on_since = Some(at);
            }
            Fact::QueueSwitched { on: false } | Fact::LineClosed { .. } => {
                if let Some(since) = self.on_since.take() {
                    self.on_for += at.saturating_since(since);
                }
            }
            _ => {}
        }
    }

    fn finish(self, people: &People, recorder: &mut Recorder<'_>) {
        let to_the_end =
            self.on_since.map_or(Span::ZERO, |since| recorder.roster.horizon.saturating_since(since));
        let may_switch = recorder.roster.possible.has(Possibility::QueueSwitch);
        recorder.put(names::LINE_SWITCHED_ON, may_switch.then_some(self.times_on as f64));
        recorder.put(names::LINE_ON_S, may_switch.then(|| (self.on_for + to_the_end).as_secs_f64()));
        self.counts.finish(NAMES, [Possibility::CallBack; STEPS], people, recorder);
    }
}
