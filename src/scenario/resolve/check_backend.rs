//! What can be wrong with what stands behind the gateways: load and peers.

use super::super::Scenario;
use super::super::upstream::{RetryBudget, TryNext, Upstream};
use super::autoscale;
use super::check::Found;
use super::check_discipline::check_discipline;
use super::faults::check_faults;
use crate::behavior::Budget;

pub(super) fn check_backend(scenario: &Scenario, found: &mut Found) {
    for (name, station) in scenario.services.all() {
        if let Some(station) = station {
            autoscale::check_servers(scenario, station, &format!("services.{name}"), found);
            check_discipline(scenario, name, station, found);
        }
    }
    check_upstream(scenario, found);
    check_faults(scenario, found);
}

fn check_upstream(scenario: &Scenario, found: &mut Found) {
    const PATH: &str = "edge.upstream";
    let upstream = &scenario.edge.upstream;
    let fail_timeout = upstream.fail_timeout.as_us();
    if fail_timeout == 0 || !fail_timeout.is_multiple_of(1_000_000) {
        let problem = format!("gateways count whole seconds, and {} is none", upstream.fail_timeout);
        found.error(format!("{PATH}.fail_timeout"), problem, "write whole seconds, such as \"10s\"");
    }
    let list = &upstream.next_upstream;
    for (i, failure) in list.iter().enumerate().filter(|(i, failure)| list[..*i].contains(failure)) {
        let problem = format!("\"{}\" is listed already", failure.name());
        found.error(format!("{PATH}.next_upstream[{i}]"), problem, "list each failure once");
    }
    if list.as_slice() == [TryNext::NonIdempotent] {
        let problem = "POSTs are tried again after no failure: none is listed";
        found.warning(format!("{PATH}.next_upstream"), problem, "list a failure, such as \"error\"");
    }
    let budget = upstream.retry_budget.and_then(RetryBudget::of_callers);
    for (key, problem, remedy) in budget.iter().flat_map(Budget::problems) {
        found.error(format!("{PATH}.retry_budget.{key}"), problem, remedy);
    }
    let of_all = upstream.retry_budget.and_then(RetryBudget::of_requests_in_flight);
    if of_all.is_some_and(|budget| budget.budget_percent == 0.0 && budget.min_retry_concurrency == 0) {
        let problem = "no request may ever be a retry, so no failure sends any to another peer";
        let remedy = "raise one of its keys, or write an empty list at `edge.upstream.next_upstream`";
        found.warning(format!("{PATH}.retry_budget.concurrent"), problem, remedy);
    }
    if upstream.retry_budget.is_some() && list.is_empty() {
        let problem = "no failure sends a request to another peer, so the budget has no effect";
        found.warning(format!("{PATH}.retry_budget"), problem, "list one in `next_upstream`, or remove this");
    }
    let several =
        scenario.services.all().into_iter().any(|(_, station)| station.is_some_and(|s| s.peers > 1));
    if *upstream != Upstream::default() && !several {
        let problem = "no service has several peers, and a single one is never held for down";
        found.warning(PATH, problem, "give a service `peers`, or remove this");
        found.because_of(&["services"]);
    }
}
