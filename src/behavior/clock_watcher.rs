//! `clock_watcher`: somebody who asks again at chosen instants, on news that is not final and on failures alike: at the
//! full minute, because that is when seats are said to come back. Everybody who does so comes at once, so the herd that
//! the arrivals had lost meets again at each boundary, unless a spread keeps it apart.

use super::{Behavior, Next, Settings, View};
use crate::engine::time::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of somebody who watches the clock. No Retry-After is obeyed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The instants are so far apart, counted from the opening; more than 0. Default: "1m". An assumption: fans advise
    /// each other so, and no measurement was found.
    pub every: Span,
    /// So long after each of them, less than `every`. Default: "0s".
    pub offset: Span,
    /// How much later each one is by luck: uniform between nothing and this. Default: "0s", everybody in the same
    /// microsecond.
    pub spread: Span,
}

impl Default for Config {
    fn default() -> Config {
        Config { every: Span::from_secs(60), offset: Span::ZERO, spread: Span::ZERO }
    }
}

impl Settings for Config {
    fn problems(&self) -> Vec<(&'static str, String, String)> {
        let mut problems = Vec::new();
        if self.every == Span::ZERO {
            problems.push((
                "every",
                "instants that are not apart would retry without end at one of them".to_owned(),
                "write a positive time such as \"1m\"".to_owned(),
            ));
        } else if self.offset >= self.every {
            problems.push((
                "offset",
                format!("{} after one instant is not before the next, {} later", self.offset, self.every),
                "make the offset shorter than `every`".to_owned(),
            ));
        }
        problems
    }
}

impl Config {
    /// How long it is until the next instant, more than 0.
    fn until_next(&self, view: &View) -> Span {
        let every = self.every.as_us();
        // Before the opening the instants are counted back from it.
        let opening = view.opens_at.as_us() % every;
        let phase = (view.at.as_us() + 2 * every - opening - self.offset.as_us()) % every;
        Span::from_us(every - phase)
    }
}

impl Behavior for Config {
    fn next(&self, view: &View) -> Next {
        Next::AskAfter(self.until_next(view) + self.spread.scaled(view.luck))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Earlier, Failure, Heard};
    use super::*;
    use crate::engine::time::Time;
    use crate::protocol::Kind;

    fn asks_at(watcher: &Config, at_s: u64, luck: f64) -> u64 {
        let at = Time::ZERO + Span::from_secs(at_s);
        let view = View {
            heard: Heard::Failed(Failure::Unavailable),
            kind: Kind::Join,
            failures: 1,
            at,
            opens_at: Time::ZERO + Span::from_secs(90),
            interval: Span::from_secs(20),
            spread: 0.1,
            retry_after: None,
            luck,
            earlier: Earlier::of_nobody(),
        };
        match watcher.next(&view) {
            Next::AskAfter(wait) => (at + wait).as_us(),
            other => panic!("it decided {other:?}"),
        }
    }

    #[test]
    fn it_asks_at_the_next_full_minute_since_the_opening_and_never_at_once() {
        let watcher = Config::default();
        let asked = [0, 29, 30, 31, 90, 149, 150].map(|at_s| asks_at(&watcher, at_s, 0.5) / 1_000_000);
        assert_eq!(asked, [30, 30, 90, 90, 150, 150, 210]);
    }

    #[test]
    fn an_offset_moves_the_instants_and_a_spread_delays_by_luck() {
        let watcher = Config { offset: Span::from_secs(2), spread: Span::from_secs(10), ..Config::default() };
        assert_eq!(asks_at(&watcher, 91, 0.0), 92_000_000);
        assert_eq!(asks_at(&watcher, 92, 0.5), 157_000_000);
    }

    #[test]
    fn instants_that_never_come_are_told() {
        let keys = |watcher: Config| watcher.problems().into_iter().map(|(key, ..)| key).collect::<Vec<_>>();
        assert!(keys(Config::default()).is_empty());
        assert_eq!(keys(Config { every: Span::ZERO, ..Config::default() }), ["every"]);
        assert_eq!(keys(Config { offset: Span::from_secs(60), ..Config::default() }), ["offset"]);
    }
}
