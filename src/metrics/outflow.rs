//! How the turns a minute were changed, where they follow how long the shop takes to answer.

use super::people::{News, People};
use super::{Definition, Metric, Recorder};
use crate::engine::time::Time;
use crate::protocol::{Fact, Roster};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const OUTFLOW_CHANGES: &str = "outflow.changes";
    pub(crate) const OUTFLOW_LOWEST: &str = "outflow.lowest";
    pub(crate) const OUTFLOW_HIGHEST: &str = "outflow.highest";
}

/// The changes, and the ends between which they went.
#[derive(Default)]
pub(super) struct Outflow {
    changes: u64,
    ends: Option<(u32, u32)>,
}

impl Metric for Outflow {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::plain(
            names::OUTFLOW_CHANGES,
            "changes",
            "Times that the turns a minute were changed because of how long the shop took to answer; null without \
             steering, and where it never changed anything.",
        ),
        Definition::plain(
            names::OUTFLOW_LOWEST,
            "turns/min",
            "The fewest turns a minute that were set so; null as it is.",
        ),
        Definition::plain(
            names::OUTFLOW_HIGHEST,
            "turns/min",
            "The most turns a minute that were set so; null as it is.",
        ),
    ];

    fn new(_roster: &Roster) -> Outflow {
        Outflow::default()
    }

    #[inline]
    fn hear(&mut self, _at: Time, fact: &Fact, _news: &News) {
        if let Fact::OutflowSteered { per_minute } = *fact {
            self.changes += 1;
            let (lowest, highest) = self.ends.unwrap_or((per_minute, per_minute));
            self.ends = Some((lowest.min(per_minute), highest.max(per_minute)));
        }
    }

    fn finish(self, _people: &People, recorder: &mut Recorder<'_>) {
        let ends = self.ends;
        recorder.put(names::OUTFLOW_CHANGES, ends.map(|_| self.changes as f64));
        recorder.put(names::OUTFLOW_LOWEST, ends.map(|(lowest, _)| f64::from(lowest)));
        recorder.put(names::OUTFLOW_HIGHEST, ends.map(|(_, highest)| f64::from(highest)));
    }
}
