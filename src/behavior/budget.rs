//! Retry budgets: what a caller may spend on retries. A caller with a budget asks it before each retry; first tries are
//! always free. Under a failure that lasts, retries are then a share of the first tries instead of a multiple of them.
//!
//! ```text
//!   bucket   a first try (or a success) pays in a share of a retry, up to a burst     M. Brooker's simulator, AWS SDKs
//!   window   a share of the first tries of the last seconds, and some more a second   Finagle's RetryBudget
//! ```
//!
//! All sums are integers, in millionths of a retry: ten payments of a tenth are one retry.

use crate::engine::time::{Span, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Millionths of a retry.
const RETRY: i64 = 1_000_000;
/// A window moves in tenths of itself, as Finagle's does.
const STEPS: usize = 10;
/// The most retries that a budget can be told to hold: what sums of them stay far below the end of integers.
const MOST: f64 = 1e9;

/// What a caller may spend on retries: one key that names the kind.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Budget {
    /// A bucket of tokens that pays for retries.
    Bucket(Bucket),
    /// A share of the first tries of the last seconds.
    Window(Window),
}

/// A bucket of tokens, full at first: each occasion pays in, each retry costs, and nothing is kept above the burst (M.
/// Brooker, "Fixing retries with token buckets and circuit breakers", 2022).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Bucket {
    /// What pays in. Default: "`first_try`", as the program published with that article does; its text says
    /// "`success`". At a share f of failures the first allows deposit / cost retries a first try, the second only
    /// deposit / cost x (1 - f) of them.
    pub pays_on: PaysOn,
    /// Tokens paid in each time, 0 or more. Default: 0.1 (that program).
    #[schemars(range(min = 0.0))]
    pub deposit: f64,
    /// Tokens that a retry costs, more than 0. Default: 1 (that program).
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub cost: f64,
    /// Tokens that the bucket holds, at first and at most. Default: 5 (that program).
    #[schemars(range(min = 0.0))]
    pub burst: f64,
}

/// What pays into a bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaysOn {
    /// Each first try.
    #[default]
    FirstTry,
    /// Each attempt that succeeds.
    Success,
}

/// A share of the first tries of the last `ttl`, and so many more a second (Finagle's `RetryBudget`, 2016).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Window {
    /// Retries for each first try, 0 or more. Default: 0.2 (Finagle).
    #[schemars(range(min = 0.0))]
    pub share: f64,
    /// Retries a second on top, whatever comes, 0 or more: for callers that call seldom. Default: 10 (Finagle).
    #[schemars(range(min = 0.0))]
    pub per_second: f64,
    /// How long a first try counts, and a retry too; at least 10 us. Default: "10s" (Finagle).
    pub ttl: Span,
}

impl Default for Bucket {
    fn default() -> Bucket {
        Bucket { pays_on: PaysOn::default(), deposit: 0.1, cost: 1.0, burst: 5.0 }
    }
}

impl Default for Window {
    fn default() -> Window {
        Window { share: 0.2, per_second: 10.0, ttl: Span::from_secs(10) }
    }
}

fn millionths(retries: f64) -> i64 {
    libm::round(retries * RETRY as f64) as i64
}

impl Budget {
    /// What is wrong with the settings: (key, problem, remedy).
    pub fn problems(&self) -> Vec<(&'static str, String, String)> {
        let mut problems = Vec::new();
        let mut check = |key, number: f64, least: f64| {
            if !(least..=MOST).contains(&number) {
                let remedy = if least > 0.0 { "write a millionth or more" } else { "write 0 or more" };
                problems.push((key, format!("{number} is not a number of tokens"), remedy.to_owned()));
            }
        };
        match self {
            Budget::Bucket(bucket) => {
                check("bucket.deposit", bucket.deposit, 0.0);
                check("bucket.cost", bucket.cost, 1e-6);
                check("bucket.burst", bucket.burst, 0.0);
                if bucket.burst < bucket.cost {
                    let problem = format!("the bucket never holds what a retry costs, {}", bucket.cost);
                    problems.push((
                        "bucket.burst",
                        problem,
                        "make it at least as large as `cost`".to_owned(),
                    ));
                }
            }
            Budget::Window(window) => {
                check("window.share", window.share, 0.0);
                check("window.per_second", window.per_second, 0.0);
                if window.ttl.as_us() < STEPS as u64 {
                    let problem = format!("{} cannot be told in ten steps", window.ttl);
                    problems.push(("window.ttl", problem, "write a duration such as \"10s\"".to_owned()));
                }
            }
        }
        problems
    }

    /// The balance of a caller that has made no call yet.
    pub fn open(&self) -> Balance {
        match self {
            Budget::Bucket(bucket) => Balance::Bucket(millionths(bucket.burst)),
            Budget::Window(_) => Balance::Window(Box::new(Steps { sums: [0; STEPS], newest: 0 })),
        }
    }
}

/// What a caller may spend at one instant.
#[derive(Clone, Debug)]
pub enum Balance {
    /// What the bucket holds, in millionths of a token.
    Bucket(i64),
    /// What came in and went out in the last steps.
    Window(Box<Steps>),
}

/// What came in and went out in each of the last steps of a window.
#[derive(Clone, Debug)]
pub struct Steps {
    sums: [i64; STEPS],
    /// The number of the newest step since time 0.
    newest: u64,
}

impl Balance {
    /// A first try is made.
    pub fn first_try(&mut self, budget: &Budget, at: Time) {
        match (self, budget) {
            (Balance::Bucket(held), Budget::Bucket(bucket)) if bucket.pays_on == PaysOn::FirstTry => {
                pay_in(held, bucket);
            }
            (Balance::Window(steps), Budget::Window(window)) => {
                *steps.at(window, at) += millionths(window.share);
            }
            _ => {}
        }
    }

    /// An attempt has succeeded.
    pub fn succeeded(&mut self, budget: &Budget) {
        if let (Balance::Bucket(held), Budget::Bucket(bucket)) = (self, budget)
            && bucket.pays_on == PaysOn::Success
        {
            pay_in(held, bucket);
        }
    }

    /// Takes what a retry costs, if it is there; returns whether it was.
    pub fn take(&mut self, budget: &Budget, at: Time) -> bool {
        match (self, budget) {
            (Balance::Bucket(held), Budget::Bucket(bucket)) => {
                let cost = millionths(bucket.cost);
                let enough = *held >= cost;
                if enough {
                    *held -= cost;
                }
                enough
            }
            (Balance::Window(steps), Budget::Window(window)) => {
                let reserve = millionths(window.per_second * window.ttl.as_secs_f64());
                let now = steps.at(window, at);
                *now -= RETRY;
                let enough = reserve + steps.sums.iter().sum::<i64>() >= 0;
                if !enough {
                    *steps.at(window, at) += RETRY;
                }
                enough
            }
            _ => unreachable!("a balance is of the kind of its budget"),
        }
    }
}

fn pay_in(held: &mut i64, bucket: &Bucket) {
    *held = (*held + millionths(bucket.deposit)).min(millionths(bucket.burst));
}

impl Steps {
    /// The step of this instant; steps that are too old are empty again. An instant before the newest one counts as that:
    /// a caller knows of fates in the order in which the network draws them.
    fn at(&mut self, window: &Window, at: Time) -> &mut i64 {
        let step = at.as_us() / (window.ttl.as_us() / STEPS as u64);
        let passed = step.saturating_sub(self.newest).min(STEPS as u64);
        for back in 0..passed {
            self.sums[((step - back) % STEPS as u64) as usize] = 0;
        }
        self.newest = self.newest.max(step);
        &mut self.sums[(self.newest % STEPS as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(balance: &mut Balance, budget: &Budget, at: Time) -> usize {
        (0..1000).take_while(|_| balance.take(budget, at)).count()
    }

    #[test]
    fn a_bucket_is_full_at_first_and_then_ten_first_tries_pay_for_a_retry() {
        let budget = Budget::Bucket(Bucket::default());
        let mut balance = budget.open();
        assert_eq!(taken(&mut balance, &budget, Time::ZERO), 5);
        for first_try in 1..=100 {
            balance.first_try(&budget, Time::ZERO);
            balance.succeeded(&budget);
            assert_eq!(balance.take(&budget, Time::ZERO), first_try % 10 == 0, "first try {first_try}");
        }
        (0..1000).for_each(|_| balance.first_try(&budget, Time::ZERO));
        assert_eq!(taken(&mut balance, &budget, Time::ZERO), 5, "no more than the burst is kept");
    }

    #[test]
    fn a_bucket_that_successes_fill_gets_nothing_from_first_tries() {
        let budget = Budget::Bucket(Bucket { pays_on: PaysOn::Success, deposit: 0.5, ..Bucket::default() });
        let mut balance = budget.open();
        taken(&mut balance, &budget, Time::ZERO);
        (0..100).for_each(|_| balance.first_try(&budget, Time::ZERO));
        assert!(!balance.take(&budget, Time::ZERO));
        balance.succeeded(&budget);
        balance.succeeded(&budget);
        assert_eq!(taken(&mut balance, &budget, Time::ZERO), 1);
    }

    #[test]
    fn a_window_allows_a_share_of_its_first_tries_and_some_a_second_and_forgets_them() {
        let budget = Budget::Window(Window { per_second: 1.0, ..Window::default() });
        let mut balance = budget.open();
        let at = Time::from_us;
        assert_eq!(taken(&mut balance, &budget, at(0)), 10, "1/s for 10 s");
        (0..100).for_each(|_| balance.first_try(&budget, at(500_000)));
        assert_eq!(taken(&mut balance, &budget, at(600_000)), 20, "a fifth of 100");
        assert_eq!(taken(&mut balance, &budget, at(9_900_000)), 0, "nothing is forgotten yet");
        assert_eq!(taken(&mut balance, &budget, at(10_000_000)), 10, "ten seconds later both are");
        assert_eq!(taken(&mut balance, &budget, at(1_000_000_000)), 10);
        assert_eq!(taken(&mut balance, &budget, at(999_000_000)), 0, "an earlier instant is no new step");
    }

    #[test]
    fn settings_that_can_never_pay_for_a_retry_are_told() {
        let keys = |budget: Budget| budget.problems().into_iter().map(|(key, ..)| key).collect::<Vec<_>>();
        assert!(keys(Budget::Bucket(Bucket::default())).is_empty());
        assert_eq!(keys(Budget::Bucket(Bucket { burst: 0.5, ..Bucket::default() })), ["bucket.burst"]);
        assert_eq!(keys(Budget::Bucket(Bucket { cost: 0.0, ..Bucket::default() })), ["bucket.cost"]);
        assert_eq!(keys(Budget::Window(Window { share: f64::NAN, ..Window::default() })), ["window.share"]);
        assert_eq!(keys(Budget::Window(Window { ttl: Span::ZERO, ..Window::default() })), ["window.ttl"]);
    }
}
