//! `polling_page`: a waiting-room page that refreshes itself at an interval, after news and after failures
//! alike, as the pages of Cloudflare (20 s), Fastly (5 s) and the AWS sample (3 s) do. It never stops by itself.

use super::{Behavior, Next, Settings, View, jittered};
use crate::engine::time::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of a polling page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The page's own interval. Default: null, it obeys the interval that the waiting room asks for.
    pub interval: Option<Span>,
    /// It waits at least as long as a refusal asks for (Retry-After; RFC 9110, section 10.2.3). Default: true. No
    /// browser's fetch does so by itself: the page's script reads the header, or does not.
    pub obeys_retry_after: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config { interval: None, obeys_retry_after: true }
    }
}

impl Settings for Config {
    fn problems(&self) -> Vec<(&'static str, String, String)> {
        match self.interval {
            Some(Span::ZERO) => vec![(
                "interval",
                "an interval of zero would poll without end at one instant".to_owned(),
                "write a positive interval such as \"5s\", or null to obey the waiting room".to_owned(),
            )],
            _ => Vec::new(),
        }
    }
}

impl Behavior for Config {
    fn next(&self, view: &View) -> Next {
        let wait = jittered(self.interval.unwrap_or(view.interval), view.spread, view.luck);
        Next::AskAfter(if self.obeys_retry_after { view.as_asked(wait) } else { wait })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Earlier, Failure, Heard};
    use super::*;
    use crate::engine::time::Time;
    use crate::protocol::Kind;

    fn view(heard: Heard, luck: f64) -> View {
        View {
            heard,
            kind: Kind::Poll,
            failures: 0,
            at: Time::ZERO,
            opens_at: Time::ZERO,
            interval: Span::from_secs(20),
            spread: 0.1,
            retry_after: None,
            luck,
            earlier: Earlier::of_nobody(),
        }
    }

    #[test]
    fn it_obeys_the_interval_of_the_waiting_room_and_spreads_it() {
        let page = Config::default();
        assert_eq!(page.next(&view(Heard::NotYet, 0.5)), Next::AskAfter(Span::from_secs(20)));
        assert_eq!(page.next(&view(Heard::NotYet, 0.0)), Next::AskAfter(Span::from_secs(18)));
        assert_eq!(page.next(&view(Heard::NotYet, 1.0)), Next::AskAfter(Span::from_secs(22)));
    }

    #[test]
    fn a_failure_changes_nothing_and_its_own_interval_wins() {
        let page = Config { interval: Some(Span::from_secs(5)), ..Config::default() };
        let failed = Heard::Failed(Failure::Timeout);
        assert_eq!(page.next(&view(failed, 0.5)), Next::AskAfter(Span::from_secs(5)));
    }

    #[test]
    fn a_refusal_may_ask_for_a_longer_wait_and_never_for_a_shorter_one() {
        let refused = |asked_s: u64| View {
            retry_after: Some(Span::from_secs(asked_s)),
            ..view(Heard::Failed(Failure::RateLimited), 0.5)
        };
        let page = Config::default();
        assert_eq!(page.next(&refused(60)), Next::AskAfter(Span::from_secs(60)));
        assert_eq!(page.next(&refused(3)), Next::AskAfter(Span::from_secs(20)));
        let deaf = Config { obeys_retry_after: false, ..page };
        assert_eq!(deaf.next(&refused(60)), Next::AskAfter(Span::from_secs(20)));
    }
}
