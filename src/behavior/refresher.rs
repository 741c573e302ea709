//! `refresher`: a person who reloads the page by hand, on news that is not final and on failures alike. A reload is a
//! navigation, and the page then joins the line again, which knows the session and keeps its place: two requests for
//! one look, the second of them a join with all that it costs. A reload ends the request under way, so the cohort's
//! `timeout` is this person's impatience: after it they reload at once.
//!
//! Sales without a line were won by reloading (tixCraft; Glastonbury until 2024), officials have advised it (DC's
//! vaccine site, 2021) and others against it (Ticketek, See Tickets). Left out: the browser's own reloads of pages
//! that did not connect.

use super::{Behavior, Failure, Heard, Next, Settings, View, jittered};
use crate::engine::time::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of a person who reloads. No Retry-After is obeyed: who presses the key has not read it. For somebody
/// impatient set the cohort's `timeout` to some seconds: then a page that hangs is reloaded at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How long the person looks at what the page says before they reload it, more than 0. Default: "5s". An
    /// assumption: no measurement was found.
    pub interval: Span,
    /// Spread of that interval: it is multiplied by 1 - spread to 1 + spread, 0 to 1. Default: 0.5, an assumption.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub spread: f64,
}

impl Default for Config {
    fn default() -> Config {
        Config { interval: Span::from_secs(5), spread: 0.5 }
    }
}

impl Settings for Config {
    fn problems(&self) -> Vec<(&'static str, String, String)> {
        let mut problems = Vec::new();
        if self.interval == Span::ZERO {
            problems.push((
                "interval",
                "an interval of zero would reload without end at one instant".to_owned(),
                "write a positive interval such as \"5s\"".to_owned(),
            ));
        }
        if !(0.0..=1.0).contains(&self.spread) {
            problems.push((
                "spread",
                format!("{} is not a spread", self.spread),
                "write a number from 0 to 1".to_owned(),
            ));
        }
        problems
    }
}

impl Behavior for Config {
    fn next(&self, view: &View) -> Next {
        Next::ReloadAfter(match view.heard {
            Heard::Failed(Failure::Timeout) => Span::ZERO,
            Heard::NotYet | Heard::Failed(_) => jittered(self.interval, self.spread, view.luck),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Earlier;
    use super::*;
    use crate::engine::time::Time;
    use crate::protocol::Kind;

    fn view(heard: Heard, luck: f64) -> View {
        View {
            heard,
            kind: Kind::Join,
            failures: 1,
            at: Time::ZERO,
            opens_at: Time::ZERO,
            interval: Span::from_secs(20),
            spread: 0.1,
            retry_after: Some(Span::from_secs(60)),
            luck,
            earlier: Earlier::of_nobody(),
        }
    }

    #[test]
    fn it_reloads_at_its_own_interval_whatever_is_asked_for() {
        let person = Config::default();
        for heard in [Heard::NotYet, Heard::Failed(Failure::RateLimited), Heard::Failed(Failure::Opaque)] {
            let waits = [0.0, 0.5, 1.0].map(|luck| person.next(&view(heard, luck)));
            let expected = [2500, 5000, 7500].map(|ms| Next::ReloadAfter(Span::from_ms(ms)));
            assert_eq!(waits, expected, "{heard:?}");
        }
    }

    #[test]
    fn whoever_waited_for_nothing_reloads_at_once() {
        let hung = view(Heard::Failed(Failure::Timeout), 0.5);
        assert_eq!(Config::default().next(&hung), Next::ReloadAfter(Span::ZERO));
    }
}
