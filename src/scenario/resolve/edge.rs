//! The gateways, resolved, and what they make possible.

use super::super::Scenario;
use super::super::edge::{CorsByStatus, Refusal, SynRetries};
use super::super::plan::{AccountLimitPlan, EdgePlan, LockPlan, RateLimitPlan};
use super::crowd::{accounts, addresses};
use super::{autoscale, backend, route, switches};
use crate::engine::time::Span;
use crate::protocol::{Cors, CorsClasses, Kind, Possibility, Possible};
use crate::quantity::{Count, Positive};

pub(super) fn edge_plan(scenario: &Scenario) -> EdgePlan {
    let edge = &scenario.edge;
    let cors = edge.cors;
    EdgePlan {
        gateways: autoscale::gateways_at_most(edge),
        serving: edge.gateways.get(),
        autoscale: autoscale::of_gateways(edge),
        balancing: edge.balancing,
        concurrency: edge.concurrency.map(Count::get),
        accept_queue: edge.backlog.map(|backlog| backlog.saturating_add(1)),
        syn_retries: match edge.syn_retries {
            SynRetries::Linear => &SYN_RETRIES_LINEAR,
            SynRetries::Exponential => &SYN_RETRIES_EXPONENTIAL,
        },
        in_flight_cap: edge.connections.map(|connections| connections.get() / 2),
        rate_limit: edge.rate_limit.as_ref().map(|limit| RateLimitPlan {
            rate: thousandths(limit.per_second.get()),
            burst: limit.burst.get(),
            nodelay: limit.nodelay,
        }),
        account_limit: edge.account_limit.as_ref().map(|limit| AccountLimitPlan {
            limit: RateLimitPlan {
                rate: thousandths(limit.per_second.get()),
                burst: limit.burst.get(),
                nodelay: true,
            },
            lock: limit.lock.as_ref().map(|lock| LockPlan {
                after: lock.after.get(),
                lasts: lock.r#for.map(Positive::get),
                notice: lock.notice,
            }),
        }),
        addresses: scenario.crowd.iter().map(|cohort| addresses(cohort) + switches::addresses(cohort)).sum(),
        accounts: scenario.crowd.iter().map(accounts).sum(),
        refusal: edge.refusal,
        overload: edge.overload.clone(),
        retry_after: edge.retry_after.map(Positive::get),
        expose_retry_after: cors.gateway.expose_retry_after,
        health_check: edge.health_check,
        upstream_timeout: edge.upstream_timeout.map(Positive::get),
        upstream: backend::upstream_plan(&edge.upstream),
        cors: Cors {
            gateway: CorsClasses {
                success: true,
                client_error: cors.gateway.client_error,
                server_error: cors.gateway.server_error,
            },
            waiting_room: covered(cors.waiting_room),
            service: covered(cors.service),
        },
    }
}

/// What the gateways make possible.
pub(super) fn possible(scenario: &Scenario) -> Possible {
    let edge = &scenario.edge;
    let explicit = edge.refusal == Refusal::Explicit;
    let rated = edge.rate_limit.is_some() || edge.account_limit.is_some();
    let limited = edge.concurrency.is_some() || rated || edge.overload.is_some();
    // With an accept queue requests wait instead, and refusals may be told by silence.
    let busy = edge.concurrency.is_some() && edge.backlog.is_none() || edge.overload.is_some();
    let locks = edge.account_limit.as_ref().is_some_and(|limit| limit.lock.is_some());
    Possibility::GatewayBusy.when(busy && explicit)
        | Possibility::ServiceUnavailable.when(busy && explicit)
        | Possibility::TooManyRequests.when(rated && explicit)
        | Possibility::OverloadControl.when(edge.overload.is_some())
        | Possibility::AccountLock.when(locks)
        | Possibility::SynDrop.when(edge.backlog.is_some())
        // Nobody waits for the answer to a goodbye: it is closed where others are held open.
        | Possibility::ConnectionClosed.when(edge.connections.is_some() || limited && !explicit)
        | Possibility::SilentRefusal.when(limited && edge.refusal == Refusal::HoldOpen)
        | upstream_timeouts(scenario)
}

/// Holds and payments can take longer than their service, and wait upstream even where there is none.
fn upstream_timeouts(scenario: &Scenario) -> Possible {
    let has_timer = scenario.edge.upstream_timeout.is_some();
    let forwarded = route(scenario);
    let waits = |kind| forwarded[kind as usize].is_some() || matches!(kind, Kind::Hold | Kind::Pay);
    let kinds = Kind::ALL.into_iter();
    kinds.map(|kind| Possibility::UpstreamTimeout(kind).when(has_timer && waits(kind))).collect()
}

/// When Linux since 6.5 repeats a SYN: measured with an accept queue kept full.
const SYN_RETRIES_LINEAR: [Span; 8] = [
    Span::from_ms(1020),
    Span::from_ms(2040),
    Span::from_ms(3060),
    Span::from_ms(4090),
    Span::from_ms(5110),
    Span::from_ms(7130),
    Span::from_ms(11_300),
    Span::from_ms(19_500),
];

/// When it did before: doubling waits.
const SYN_RETRIES_EXPONENTIAL: [Span; 5] =
    [Span::from_secs(1), Span::from_secs(3), Span::from_secs(7), Span::from_secs(15), Span::from_secs(31)];

/// A rate in thousandths of a request, at least one.
fn thousandths(per_second: f64) -> u64 {
    ((per_second * 1000.0).round() as u64).max(1)
}

fn covered(by_status: CorsByStatus) -> CorsClasses {
    let CorsByStatus { success, client_error, server_error } = by_status;
    CorsClasses { success, client_error, server_error }
}
