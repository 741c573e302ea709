//! `polling_page`: a waiting-room page that refreshes itself at an interval, after news and after failures
//! alike, as the pages of Cloudflare (20 s), Fastly (5 s) and the AWS sample (3 s) do. It never stops by itself.

use super::{Behavior, Next, View, jittered};
use crate::engine::time::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of a polling page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The page's own interval. Default: null, it obeys the interval that the waiting room asks for.
    pub interval: Option<Span>,
}

impl Config {
    pub(super) fn problems(&self) -> Vec<(&'static str, String, String)> {
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
        Next::AskAfter(jittered(self.interval.unwrap_or(view.interval), view.spread, view.luck))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Failure, Heard};
    use super::*;
    use crate::protocol::Kind;

    fn view(heard: Heard, luck: f64) -> View {
        View {
            heard,
            kind: Kind::Poll,
            failures: 0,
            interval: Span::from_secs(20),
            spread: 0.1,
            retry_after: None,
            luck,
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
        let page = Config { interval: Some(Span::from_secs(5)) };
        let failed = Heard::Failed(Failure::Timeout);
        assert_eq!(page.next(&view(failed, 0.5)), Next::AskAfter(Span::from_secs(5)));
    }
}
