//! `fixed_limit`: so many requests in flight, and no more. What a gateway's own limit of connections to its upstream does
//! (nginx `limit_conn`; Envoy's circuit breaker `max_requests`), told apart from the gateway's `concurrency`.

use super::{Build, Completion, Control, Decision, Mistake, RequestInfo};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of a fixed limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Requests in flight through one gateway beyond which it refuses, 1 or more. Default: 1024 (Envoy's circuit breakers,
    /// `max_requests`).
    #[schemars(range(min = 1))]
    pub limit: u32,
}

impl Default for Config {
    fn default() -> Config {
        Config { limit: 1024 }
    }
}

impl Build for Config {
    fn build(&self) -> Box<dyn Control> {
        Box::new(FixedLimit { limit: self.limit })
    }

    fn problems(&self) -> Vec<Mistake> {
        let nobody =
            ("limit", "a limit of 0 would refuse everybody".to_owned(), "write 1 or more".to_owned());
        if self.limit == 0 { vec![nobody] } else { Vec::new() }
    }
}

/// A limit.
struct FixedLimit {
    limit: u32,
}

impl Control for FixedLimit {
    fn on_request(&mut self, request: &RequestInfo) -> Decision {
        Decision::admit_if(request.in_flight < self.limit)
    }

    fn on_completion(&mut self, _completion: &Completion) {}
}

#[cfg(test)]
mod tests {
    use super::super::samples::request;
    use super::*;

    #[test]
    fn so_many_are_in_flight_and_no_more() {
        let mut control = Config { limit: 2 }.build();
        let decisions: Vec<Decision> =
            (0..4).map(|in_flight| control.on_request(&request(0, in_flight))).collect();
        assert_eq!(decisions, [Decision::Admit, Decision::Admit, Decision::Refuse, Decision::Refuse]);
    }

    #[test]
    fn a_limit_that_admits_nobody_is_a_mistake() {
        assert_eq!(Config { limit: 0 }.problems().len(), 1);
        assert!(Config::default().problems().is_empty());
    }
}
