//! What can be wrong with the gateways.

use super::super::Scenario;
use super::super::edge::{AccountLimit, Refusal};
use super::autoscale;
use super::check::Found;
use crate::overload;

/// The remedy for keys that say how gateways refuse, where they never do.
const SET_A_LIMIT: &str =
    "set `edge.rate_limit`, `edge.account_limit`, `edge.overload` or `edge.concurrency`, or remove it";

pub(super) fn check_edge(scenario: &Scenario, found: &mut Found) {
    let edge = &scenario.edge;
    if let Some(limit) = &edge.account_limit {
        check_account_limit(scenario, limit, found);
    }
    if let Some(control) = &edge.overload {
        for (key, problem, remedy) in control.problems() {
            found.error(format!("edge.overload.{}.{key}", control.name()), problem, remedy);
        }
    }
    autoscale::check_gateways(scenario, found);
    check_edge_together(scenario, found);
}

fn check_account_limit(scenario: &Scenario, limit: &AccountLimit, found: &mut Found) {
    const PATH: &str = "edge.account_limit";
    if let Some(room) = &scenario.waiting_room {
        let polls_per_s = 1.0 / room.poll_interval.as_secs_f64();
        if limit.per_second < polls_per_s {
            let problem = format!(
                "an account may send {} requests a second, and one page polls {polls_per_s} times a second: whoever waits \
                 in line is refused",
                limit.per_second
            );
            found.warning(format!("{PATH}.per_second"), problem, "raise it above the rate of polls");
            found.because_of(&["waiting_room.poll_interval"]);
        }
    }
    let Some(lock) = &limit.lock else { return };
    if lock.notice && scenario.edge.refusal != Refusal::Explicit {
        let problem = "gateways refuse without a word, so no notice is ever given";
        found.warning(format!("{PATH}.lock.notice"), problem, "write `refusal`: \"explicit\", or remove it");
        found.because_of(&["edge.refusal"]);
    }
}

/// A wait is named for scripts, which can read it only where the headers let them.
fn check_exposed(scenario: &Scenario, found: &mut Found) {
    const PATH: &str = "edge.cors.gateway.expose_retry_after";
    let edge = &scenario.edge;
    let cors = edge.cors.gateway;
    let readable = (cors.client_error || cors.server_error) && cors.expose_retry_after;
    if edge.retry_after.is_some() && !readable {
        let problem = "a wait is named, and no script can read it";
        let remedy =
            "let `edge.cors.gateway` cover its errors and expose it, or take this as the finding that it is";
        found.warning("edge.retry_after", problem, remedy);
        found.because_of(&["edge.cors"]);
    } else if cors.expose_retry_after && edge.retry_after.is_none() {
        found.warning(
            PATH,
            "no wait is named, so there is none to read",
            "set `edge.retry_after`, or remove this",
        );
        found.because_of(&["edge.retry_after"]);
    }
}

/// Keys of the edge that have no effect without each other.
fn check_edge_together(scenario: &Scenario, found: &mut Found) {
    let edge = &scenario.edge;
    if edge.backlog.is_some() && edge.concurrency.is_none() {
        let problem = "without `concurrency` no gateway is ever full, and nothing waits in its accept queue";
        found.warning("edge.backlog", problem, "set `edge.concurrency`, or remove `edge.backlog`");
        found.because_of(&["edge.concurrency"]);
    }
    let limits = edge.rate_limit.is_some()
        || edge.account_limit.is_some()
        || edge.overload.is_some()
        || (edge.concurrency.is_some() && edge.backlog.is_none());
    if edge.refusal != Refusal::Explicit && !limits {
        let problem = "no limit of the gateways refuses anybody, so how they refuse has no effect";
        found.warning("edge.refusal", problem, SET_A_LIMIT);
        found.because_of(&[
            "edge.rate_limit",
            "edge.account_limit",
            "edge.overload",
            "edge.concurrency",
            "edge.backlog",
        ]);
    }
    if edge.retry_after.is_some() && !(limits && edge.refusal == Refusal::Explicit) {
        let problem = "no gateway answers 429 or 503 by itself, so no wait is ever named";
        found.warning("edge.retry_after", problem, SET_A_LIMIT);
        found.because_of(&[
            "edge.rate_limit",
            "edge.account_limit",
            "edge.overload",
            "edge.concurrency",
            "edge.backlog",
            "edge.refusal",
        ]);
    }
    if let (Some(overload::Config::FixedLimit(fixed)), Some(concurrency)) = (&edge.overload, edge.concurrency)
        && edge.backlog.is_none()
        && fixed.limit >= concurrency.get()
    {
        let problem = format!(
            "{} requests are never in flight: the gateway refuses beyond its `concurrency` of {concurrency}",
            fixed.limit
        );
        found.warning("edge.overload.fixed_limit.limit", problem, format!("write less than {concurrency}"));
        found.because_of(&["edge.concurrency", "edge.backlog"]);
    }
    check_exposed(scenario, found);
    if let (Some(limit), Some(room)) = (&edge.rate_limit, &scenario.waiting_room) {
        let most = scenario.crowd.iter().map(|cohort| cohort.persons_per_address.get()).max().unwrap_or(1);
        let polls_per_s = f64::from(most) / room.poll_interval.as_secs_f64();
        if limit.per_second < polls_per_s {
            let problem = format!(
                "an address may send {} requests a second, and the page polls {polls_per_s} times a second from it: \
                 whoever waits in line is refused",
                limit.per_second
            );
            found.warning("edge.rate_limit.per_second", problem, "raise it above the rate of polls");
            found.because_of(&["waiting_room.poll_interval", "crowd"]);
        }
    }
}
