//! `priority_shedding`: refuses the least important requests first: by what they ask for, and among equals by who asks. After
//! DAGOR, the overload control of `WeChat` (H. Zhou et al., "Overload Control for Scaling `WeChat` Microservices", `SoCC`
//! 2018).
//!
//! ```text
//!   level of a request = (rank of its kind, hash of its account and of the epoch)      0 is the most important
//!   a window ends      -> mean wait in the queue > 20 ms ?  admit 5 % fewer than were admitted
//!                                                        :  admit 1 % of all more
//!   which level that is, the window's own histogram of levels says
//! ```
//!
//! Because the level belongs to the account, a person whose first request passes is not refused at the third: somebody who
//! needs k requests gets through with the probability p of one, where a control that throws a coin for each request gives p
//! to the k. With the epoch the levels are dealt anew, so that nobody is last for ever.
//!
//! Simplified: the wait is learned with the answer and not when service begins; levels are not passed on to the clients.
//! Where nothing is overloaded the limit rises by one level at least: with few levels, 1 % of the requests is less than one.

use super::{Build, Completion, Control, Decision, Mistake, RequestInfo};
use crate::engine::random::mix64;
use crate::engine::time::{Span, Time};
use crate::protocol::Kind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kind of request, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Asking {
    /// The page of the sale.
    OpenPage,
    /// Joining the line.
    Join,
    /// Asking for one's place in line.
    Poll,
    /// Proving again that one is entitled to be in line.
    Reverify,
    /// The seat map.
    SeatMap,
    /// Taking seats.
    Hold,
    /// Opening the checkout.
    Checkout,
    /// Paying.
    Pay,
    /// A goodbye.
    Leave,
    /// A beacon of a page that is inside.
    Heartbeat,
}

impl Asking {
    const fn kind(self) -> Kind {
        match self {
            Asking::OpenPage => Kind::OpenPage,
            Asking::Join => Kind::Join,
            Asking::Poll => Kind::Poll,
            Asking::Reverify => Kind::Reverify,
            Asking::SeatMap => Kind::SeatMap,
            Asking::Hold => Kind::Hold,
            Asking::Checkout => Kind::Checkout,
            Asking::Pay => Kind::Pay,
            Asking::Leave => Kind::Leave,
            Asking::Heartbeat => Kind::Heartbeat,
        }
    }
}

/// Settings of a gateway that refuses the least important first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Kinds of requests, the most important first; those of one list are equals, and kinds that are in none come last.
    /// Default: an order and what frees seats, the seat map, joining, polls, then the page: what is nearest to an end first
    /// (an assumption; `WeChat` puts log-in and payment first).
    pub ranks: Vec<Vec<Asking>>,
    /// Into how many levels accounts are dealt, 1 to 65,536; 1: only the kind counts. Default: 128 (DAGOR).
    #[schemars(range(min = 1, max = 65536))]
    pub user_levels: u32,
    /// How long an account keeps its level, more than 0. Default: "1h" (DAGOR).
    pub epoch: Span,
    /// A longer wait in a service's queue, on average over a window, is overload. Default: "20ms" (DAGOR).
    pub queueing: Span,
    /// A window ends after this, more than 0 (or after `window_requests`). Default: "1s" (DAGOR).
    pub window: Span,
    /// A window ends after so many requests (or after `window`), 1 or more. Default: 2000 (DAGOR).
    #[schemars(range(min = 1))]
    pub window_requests: u32,
    /// In overload this share fewer than before are admitted, more than 0 and less than 1. Default: 0.05 (DAGOR).
    #[schemars(range(min = 0.0, max = 1.0))]
    pub alpha: f64,
    /// Without overload this share of all requests more are admitted, more than 0 to 1. Default: 0.01 (DAGOR).
    #[schemars(range(min = 0.0, max = 1.0))]
    pub beta: f64,
}

impl Default for Config {
    fn default() -> Config {
        use Asking as A;
        Config {
            ranks: vec![
                vec![A::Pay, A::Checkout, A::Hold, A::Leave, A::Heartbeat],
                vec![A::SeatMap],
                vec![A::Join, A::Reverify],
                vec![A::Poll],
                vec![A::OpenPage],
            ],
            user_levels: 128,
            epoch: Span::from_secs(3600),
            queueing: Span::from_ms(20),
            window: Span::from_secs(1),
            window_requests: 2000,
            alpha: 0.05,
            beta: 0.01,
        }
    }
}

/// Most levels of accounts: a histogram over them is kept for each rank.
const USER_LEVELS_MAX: u32 = 65_536;

impl Config {
    /// How many ranks there are, the last one for kinds in no list.
    fn rank_count(&self) -> usize {
        self.ranks.len() + 1
    }

    /// The rank of each kind, by the kind's number.
    fn rank_of_kinds(&self) -> [usize; Kind::ALL.len()] {
        Kind::ALL.map(|kind| {
            let listed = self.ranks.iter().position(|rank| rank.iter().any(|asking| asking.kind() == kind));
            listed.unwrap_or(self.ranks.len())
        })
    }
}

impl Build for Config {
    fn build(&self) -> Box<dyn Control> {
        let levels = self.rank_count() * self.user_levels as usize;
        Box::new(PriorityShedding {
            rank_of: self.rank_of_kinds(),
            admitted: levels,
            window: Window { levels: vec![0; levels], ..Window::default() },
            config: self.clone(),
        })
    }

    fn problems(&self) -> Vec<Mistake> {
        let mut problems = Vec::new();
        let mut seen: Vec<Asking> = Vec::new();
        for asking in self.ranks.iter().flatten() {
            if seen.contains(asking) {
                let problem = format!("`{}` is in it twice", asking.kind().name());
                problems.push(("ranks", problem, "give each kind one rank".to_owned()));
            }
            seen.push(*asking);
        }
        if !(1..=USER_LEVELS_MAX).contains(&self.user_levels) {
            let problem = format!("accounts cannot be dealt into {} levels", self.user_levels);
            problems.push(("user_levels", problem, format!("write 1 to {USER_LEVELS_MAX}")));
        }
        for (key, span) in [("epoch", self.epoch), ("window", self.window)] {
            if span.is_zero() {
                let problem = "this must be longer than 0s".to_owned();
                problems.push((key, problem, "write a duration such as \"1s\"".to_owned()));
            }
        }
        if self.window_requests == 0 {
            let problem = "a window of 0 requests never begins".to_owned();
            problems.push(("window_requests", problem, "write 1 or more".to_owned()));
        }
        if !(self.alpha > 0.0 && self.alpha < 1.0) {
            let problem = format!("it cannot admit {} fewer", self.alpha);
            problems.push(("alpha", problem, "write more than 0, and less than 1".to_owned()));
        }
        if !(self.beta > 0.0 && self.beta <= 1.0) {
            let problem = format!("with {} more it would never let more in again", self.beta);
            problems.push(("beta", problem, "write more than 0, and at most 1".to_owned()));
        }
        problems
    }
}

/// Which levels are admitted, and what this window has seen.
struct PriorityShedding {
    rank_of: [usize; Kind::ALL.len()],
    /// Levels below this are admitted; 1 or more.
    admitted: usize,
    window: Window,
    config: Config,
}

/// The requests of a window.
#[derive(Default)]
struct Window {
    began_at: Time,
    /// Requests by level.
    levels: Vec<u32>,
    requests: u32,
    let_in: u32,
    served: u32,
    queued_us: u64,
}

impl PriorityShedding {
    /// The level of a request: 0 is the most important.
    fn level(&self, request: &RequestInfo) -> usize {
        let users = self.config.user_levels;
        let epoch = request.now.as_us() / self.config.epoch.as_us();
        let dealt = mix64(request.user ^ mix64(epoch + 1));
        let user = ((u128::from(dealt) * u128::from(users)) >> 64) as usize;
        self.rank_of[request.kind as usize] * users as usize + user
    }

    /// Ends the window if its time is over, or it is full.
    fn look_at_window(&mut self, now: Time) {
        let window = &self.window;
        let over = now.saturating_since(window.began_at) >= self.config.window;
        if !over && window.requests < self.config.window_requests {
            return;
        }
        self.admitted = self.next_level();
        let Window { levels, .. } = &mut self.window;
        levels.fill(0);
        let levels = std::mem::take(levels);
        self.window = Window { began_at: now, levels, ..Window::default() };
    }

    /// The level that admits as many of this window's requests as there should be in the next.
    fn next_level(&self) -> usize {
        let Window { levels, requests, let_in, served, queued_us, .. } = &self.window;
        let mean_us = if *served == 0 { 0.0 } else { *queued_us as f64 / f64::from(*served) };
        let overloaded = mean_us > self.config.queueing.as_us() as f64;
        if *requests == 0 {
            return if overloaded { self.admitted } else { levels.len().min(self.admitted + 1) };
        }
        let expected = if overloaded {
            f64::from(*let_in) * (1.0 - self.config.alpha)
        } else {
            f64::from(*let_in) + f64::from(*requests) * self.config.beta
        };
        let sums = levels.iter().scan(0_u64, |sum, count| {
            *sum += u64::from(*count);
            Some(*sum)
        });
        let level = sums.take_while(|sum| *sum as f64 <= expected).count();
        let least = if overloaded { 1 } else { self.admitted + 1 };
        let most = if overloaded { self.admitted } else { levels.len() };
        level.max(least).min(most).max(1)
    }
}

impl Control for PriorityShedding {
    fn on_request(&mut self, request: &RequestInfo) -> Decision {
        self.look_at_window(request.now);
        let level = self.level(request);
        let admit = level < self.admitted;
        self.window.levels[level] += 1;
        self.window.requests += 1;
        self.window.let_in += u32::from(admit);
        Decision::admit_if(admit)
    }

    fn on_completion(&mut self, completion: &Completion) {
        self.look_at_window(completion.now);
        if let Some(queued) = completion.queued {
            self.window.served += 1;
            self.window.queued_us += queued.as_us();
        }
    }
}

#[cfg(test)]
mod tests;
