//! What happened to the sale as a whole: what the operator did, which faults began and ended, when it opened and
//! closed. An observer beside the metrics; reports mark their charts with it.

use super::result::LogEntry;
use crate::engine::Time;
use crate::protocol::{Fact, Observer, Roster};

/// Hears what concerns everybody at once.
pub(super) struct Log<'r> {
    roster: &'r Roster,
    entries: Vec<LogEntry>,
}

impl<'r> Log<'r> {
    pub(super) fn new(roster: &'r Roster) -> Log<'r> {
        Log { roster, entries: Vec::new() }
    }

    /// The entries in order of time; those of one instant in the order in which they happened.
    pub(super) fn finish(mut self) -> Vec<LogEntry> {
        self.entries.sort_by_key(|entry| entry.at_us);
        self.entries
    }
}

impl Observer for Log<'_> {
    #[inline]
    fn hear(&mut self, at: Time, fact: &Fact) {
        if concerns_everybody(fact) {
            self.enter(at, fact);
        }
    }
}

/// Asked of every fact, so apart from the words.
#[inline]
fn concerns_everybody(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Opened {}
            | Fact::Closed {}
            | Fact::LineClosed { .. }
            | Fact::Operated { .. }
            | Fact::FaultBegan { .. }
            | Fact::FaultEnded { .. }
    )
}

impl Log<'_> {
    fn enter(&mut self, at: Time, fact: &Fact) {
        let what = match *fact {
            Fact::Opened {} => "the sale opens".to_owned(),
            Fact::Closed {} => "the sale closes".to_owned(),
            Fact::LineClosed { sold_out: true } => "the line is told: sold out".to_owned(),
            Fact::LineClosed { sold_out: false } => "the line is told: the sale is closed".to_owned(),
            Fact::Operated { rule, act } => {
                format!("{}: {}", self.roster.operator[usize::from(rule)], act.name())
            }
            Fact::FaultBegan { fault } => format!("{} begins", self.roster.faults[usize::from(fault)]),
            Fact::FaultEnded { fault } => format!("{} ends", self.roster.faults[usize::from(fault)]),
            _ => unreachable!("{fact:?} concerns one person"),
        };
        self.entries.push(LogEntry { at_us: at.as_us(), what });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Announcement, OperatorAction};
    use crate::scenario::{Plan, Scenario};

    #[test]
    fn the_log_names_the_rule_and_what_it_did_in_order_of_time() {
        let text = r#"{ "crowd": [{ "name": "a", "count": 1, "arrivals": { "spike": {} } }],
            "inventory": { "bands": [{ "name": "hall", "seats": 1 }] },
            "services": { "checkout": { "servers": 1, "service": "1s" } },
            "faults": [{ "at": "11m", "for": "1m", "station_down": { "station": "checkout" } }],
            "operator": [{ "trigger": { "at": "1h" }, "actions": [{ "pause": {} }] },
                { "name": "tell", "trigger": { "at": "1h" },
                  "actions": [{ "announce": { "word": "trouble", "reach": 0.5 } }] }] }"#;
        let plan =
            Plan::new(&Scenario::parse(text, "test").expect("its form is right")).expect("it makes sense");
        let mut log = Log::new(&plan.roster);
        let at = Time::from_us;
        log.hear(at(9), &Fact::Operated { rule: 1, act: OperatorAction::Announce(Announcement::Trouble) });
        log.hear(at(5), &Fact::Opened {});
        log.hear(at(7), &Fact::Operated { rule: 0, act: OperatorAction::Pause });
        log.hear(at(8), &Fact::FaultBegan { fault: 0 });
        let told: Vec<(u64, String)> = log.finish().into_iter().map(|e| (e.at_us, e.what)).collect();
        let expected = [
            (5, "the sale opens"),
            (7, "rule 1: pause"),
            (8, "station_down checkout begins"),
            (9, "tell: announce that there is trouble"),
        ];
        assert_eq!(told, expected.map(|(at, what)| (at, what.to_owned())));
    }
}
