//! What faults did between the gateways and what stands behind them: sessions forgotten, messages and requests lost, turns
//! beyond a budget that had gone stale. A count that the scenario can rule out comes with how often it could have happened.

use super::people::{News, People, cohort_ends, cohort_index};
use super::recorder::share;
use super::{Definition, Metric, Per, Recorder};
use crate::engine::time::Time;
use crate::protocol::{Fact, Kind, Possibility, Roster};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const LINE_FORGOTTEN: &str = "line.forgotten";
    pub(crate) const MESSAGES_GOODBYES_LOST: &str = "messages.goodbyes_lost";
    pub(crate) const MESSAGES_HEARTBEATS_LOST: &str = "messages.heartbeats_lost";
    pub(crate) const REQUESTS_CUT_OFF: &str = "requests.cut_off";
    pub(crate) const LINE_OVERSHOOT_TURNS: &str = "line.overshoot.turns";
    pub(crate) const LINE_OVERSHOOT_SHARE: &str = "line.overshoot.share";
    pub(crate) const LINE_OVERSHOOT_MOST: &str = "line.overshoot.most";
}

/// Counters; those of persons by cohort.
pub(super) struct Breakdown {
    forgotten: Vec<u64>,
    goodbyes_lost: u64,
    heartbeats_lost: u64,
    cut_off: u64,
    turns: u64,
    overshot: u64,
    most_beyond: u32,
    cohort_ends: Vec<u32>,
}

impl Metric for Breakdown {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::lower(
            names::LINE_FORGOTTEN,
            "sessions",
            "Times that the waiting room lost what it knew of a session, in line or with a turn.",
        )
        .out_of("persons of a sale whose session store is wiped")
        .per(Per::SaleAndCohort),
        Definition::lower(
            names::MESSAGES_GOODBYES_LOST,
            "messages",
            "Goodbyes lost behind the gateway: the slot inside stays taken until the turn ends.",
        ),
        Definition::lower(names::MESSAGES_HEARTBEATS_LOST, "messages", "Heartbeats lost behind the gateway."),
        Definition::lower(
            names::REQUESTS_CUT_OFF,
            "requests",
            "Requests, or the answers to them, that vanished between a gateway and a station.",
        ),
        Definition::lower(
            names::LINE_OVERSHOOT_TURNS,
            "turns",
            "Turns issued beyond what the budgets allow, because places that share them did not hear of each other.",
        )
        .out_of("turns of a sale whose budget goes stale"),
        Definition::lower(names::LINE_OVERSHOOT_SHARE, "1", "Of all turns, the share issued beyond the budgets, 0..=1; \
            null where no budget goes stale."),
        Definition::lower(names::LINE_OVERSHOOT_MOST, "sessions", "The most that were active beyond the limit at a time; null \
            where no budget goes stale."),
    ];

    fn new(roster: &Roster) -> Breakdown {
        Breakdown {
            forgotten: vec![0; roster.cohorts.len()],
            goodbyes_lost: 0,
            heartbeats_lost: 0,
            cut_off: 0,
            turns: 0,
            overshot: 0,
            most_beyond: 0,
            cohort_ends: cohort_ends(roster),
        }
    }

    #[inline]
    fn hear(&mut self, _at: Time, fact: &Fact, _news: &News) {
        match *fact {
            Fact::Forgotten { who } => self.forgotten[cohort_index(&self.cohort_ends, who.person)] += 1,
            Fact::MessageLost { kind: Kind::Heartbeat, .. } => self.heartbeats_lost += 1,
            Fact::MessageLost { .. } => self.goodbyes_lost += 1,
            Fact::CutOff { .. } => self.cut_off += 1,
            Fact::TurnIssued { .. } => self.turns += 1,
            Fact::Overshot { beyond, .. } => {
                self.overshot += 1;
                self.most_beyond = self.most_beyond.max(beyond);
            }
            _ => {}
        }
    }

    fn finish(self, people: &People, recorder: &mut Recorder<'_>) {
        let came = people.came_by_cohort(recorder.roster);
        recorder.count_by_cohort(
            names::LINE_FORGOTTEN,
            &self.forgotten,
            &came,
            Possibility::SessionStoreWiped,
        );
        recorder.count(names::MESSAGES_GOODBYES_LOST, self.goodbyes_lost);
        recorder.count(names::MESSAGES_HEARTBEATS_LOST, self.heartbeats_lost);
        recorder.count(names::REQUESTS_CUT_OFF, self.cut_off);
        let turns = recorder.chances(Possibility::BudgetOvershoot, self.turns);
        recorder.count(names::LINE_OVERSHOOT_TURNS, self.overshot).over(turns);
        recorder.put(names::LINE_OVERSHOOT_SHARE, share(self.overshot, turns)).over(turns);
        let may_overshoot = recorder.roster.possible.has(Possibility::BudgetOvershoot);
        let most = may_overshoot.then_some(f64::from(self.most_beyond));
        recorder.put(names::LINE_OVERSHOOT_MOST, most).over(turns);
    }
}
