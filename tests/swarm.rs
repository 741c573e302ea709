//! Whole scenarios drawn from a seed, with some keys more that the schema knows; every invariant of a run is asserted in it (conservation panics by itself), and
//! here on its result. A failure prints the seed and the scenario: `ONSALE_SWARM_SEED=n cargo test --test suite swarm::`
//! draws that one alone, `ONSALE_SWARM_SCENARIOS=n` draws n of them.

use crate::support::drawn::{enriched, sound};
use arbitrary::Unstructured;
use onsale::engine::{Key, Stream};
use onsale::experiment::result::RunResult;
use onsale::experiment::{Run, run_once};
use onsale::metrics::Metrics;
use onsale::scenario::{Prepared, json_schema};
use serde_json::Value;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How many scenarios are drawn where nothing else is said.
const SCENARIOS: u64 = 500;

/// Draws one choice after another from a seed.
struct Draw {
    stream: Stream,
    n: u64,
}

impl Draw {
    fn new(seed: u64) -> Draw {
        Draw { stream: Stream::new(Key::from_words(0x0DD_BA11, 7), seed), n: 0 }
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.n += 1;
        self.stream.below(self.n, bound)
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len() as u64) as usize]
    }

    fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }
}

/// A distribution of time, from nothing to about a minute.
const DISTRIBUTIONS: [&str; 8] = [
    r#""0s""#,
    r#""2s""#,
    r#"{ "exponential": { "mean": "5s" } }"#,
    r#"{ "uniform": { "low": "0s", "high": "30s" } }"#,
    r#"{ "log_normal": { "median": "300ms", "p95": "9s" } }"#,
    r#"{ "erlang": { "shape": 3, "mean": "4s" } }"#,
    r#"{ "weibull": { "shape": 0.7, "scale": "20s" } }"#,
    r#"{ "pareto": { "shape": 1.5, "minimum": "100ms" } }"#,
];

fn cohort(draw: &mut Draw, name: &str) -> String {
    let count = draw.between(0, 120);
    let jitter = draw.one_of(&DISTRIBUTIONS);
    let arrivals = [
        format!(r#"{{ "spike": {{ "jitter": {jitter} }} }}"#),
        format!(r#"{{ "lounge_fill": {{ "lead": {jitter} }} }}"#),
        r#"{ "poisson": { "per_second": 2.5 } }"#.to_owned(),
        r#"{ "rates": { "pieces": [{ "from": "4m", "per_second": 1 }, { "from": "6m", "per_second": 0 },
            { "from": "7m", "per_second": 9 }] } }"#
            .to_owned(),
        r#"{ "trace": { "counts": [0, 30, 0, 9, 500], "from": "3m", "row_length": "90s" } }"#.to_owned(),
        r#"{ "trace": { "counts": [40, 0, 20], "from": "4m", "used": { "as_they_are": { "factor": 0.7 } } } }"#
            .to_owned(),
    ];
    let arrivals = &arrivals[draw.below(6) as usize];
    let sessions = draw.one_of(&["[1.0]", "[0.5, 0.5]", "[0.2, 0.3, 0.3, 0.2]"]);
    let open_after = draw.one_of(&["null", "null", r#""1s""#, r#""45s""#]);
    let patience = draw.one_of(&["null", r#""3m""#, r#"{ "exponential": { "mean": "8m" } }"#, r#""40m""#]);
    let timeout = draw.one_of(&["null", r#""500ms""#, r#""10s""#, r#""5m""#]);
    let behavior = draw.one_of(&[
        r#"{ "polling_page": {} }"#,
        r#"{ "polling_page": { "interval": "3s" } }"#,
        r#"{ "backoff": { "schedule": "none", "attempts": 4 } }"#,
        r#"{ "backoff": { "schedule": "exponential", "base": "200ms", "cap": "30s" } }"#,
        r#"{ "backoff": { "schedule": "full_jitter", "retry_on": ["timeout", "opaque"] } }"#,
        r#"{ "backoff": { "schedule": "equal_jitter", "cap": "20s" } }"#,
        r#"{ "backoff": { "schedule": "decorrelated_jitter", "base": "500ms" } }"#,
        r#"{ "refresher": {} }"#,
        r#"{ "refresher": { "interval": "4s", "spread": 0 } }"#,
        r#"{ "clock_watcher": { "every": "30s", "spread": "2s" } }"#,
    ]);
    let auto_reload = draw.one_of(&["false", "true"]);
    let caller = draw.one_of(&[
        "null",
        "null",
        r#"{ "retry_budget": { "bucket": {} } }"#,
        r#"{ "programs": 3, "retry_budget": { "window": { "per_second": 0.1 } }, "ask_again_after": "7s" }"#,
        r#"{ "programs": 2, "circuit_breaker": { "least": 5 } }"#,
        r#"{ "circuit_breaker": { "stops": "retries", "least": 2 }, "retry_budget": { "bucket": {} } }"#,
    ]);
    let (choose, fill_in) = (draw.one_of(&DISTRIBUTIONS), draw.one_of(&DISTRIBUTIONS));
    let abandon = draw.one_of(&["0", "0.2", "1"]);
    let band = draw.one_of(&["null", "null", r#""a""#]);
    let network = draw.one_of(&["desktop", "mobile", "awful", "instant"]);
    let again = draw.one_of(&["again", "leave"]);
    let wants = draw.between(1, 4);
    let (leave, wait) = (draw.one_of(&["0", "0.4", "1"]), draw.one_of(&["0s", "1m"]));
    let persist = draw.one_of(&["0", "0.5"]);
    let together = draw.one_of(&["1", "1", "7", "1000"]);
    let switches = draw.one_of(&[
        "null",
        "null",
        r#"{ "after": { "exponential": { "mean": "90s" } }, "most": 5, "to": "awful" }"#,
        r#"{ "after": "70s", "share": 0.5, "to": "instant" }"#,
    ]);
    let background = draw.one_of(&[
        "null",
        "null",
        r#"{ "share": 0.5, "after": "20s", "lasts": { "exponential": { "mean": "3m" } } }"#,
    ]);
    let (cookieless, flagged) = (draw.one_of(&["0", "0", "0.3"]), draw.one_of(&["0", "0", "0.2"]));
    let begins = draw.one_of(&["page", "page", "hold"]);
    let (tabs, accounts) = (draw.one_of(&["1", "4"]), draw.one_of(&["1", "2"]));
    let risk = draw.one_of(&["0.3", "1"]);
    let giving_up = draw.one_of(&[
        "null",
        "null",
        r#"{ "positions": { "exponential": { "mean": 20 } }, "refusals": { "after": 2, "leave": 0.3 } }"#,
        r#"{ "silence": { "exponential": { "mean": "40s" } }, "positions": { "constant": 0 } }"#,
        r#"{ "silence": "7s", "refusals": {} }"#,
    ]);
    format!(
        r#"{{ "name": "{name}", "count": {count}, "arrivals": {arrivals}, "sessions": {sessions},
        "open_after": {open_after}, "patience": {patience}, "timeout": {timeout}, "behavior": {behavior}, "choose": {choose},
        "auto_reload": {auto_reload}, "caller": {caller},
        "fill_in": {fill_in}, "abandon": {abandon}, "band": {band}, "network": "{network}",
        "after_decline": "{again}", "wants": {wants},
        "background": {background}, "cookieless": {cookieless}, "flagged": {flagged}, "begins": "{begins}",
        "tabs_per_device": {tabs}, "accounts": {accounts}, "risk": {{ "low": 0, "high": {risk} }}, "verified": 0.3,
        "giving_up": {giving_up}, "network_switches": {switches}, "on_announcement": {{ "paused": {{ "leave": {leave}, "wait": "{wait}" }},
            "keep_trying": {{ "persist": {persist} }} }}, "persons_per_address": {together} }}"#
    )
}

const SCORE: &str = "waiting_s / 10 - 3 * retries - missed_heartbeats - network_switches - latency_ms / 100 \
                     - 2 * (sessions_of_person - 1) - sessions_of_account - sessions_of_address / 5 + 5 * verified";

/// Every admission policy, some under several settings.
const POLICIES: [&str; 22] = [
    r#"{ "fifo": {} }"#,
    r#"{ "fifo": {} }"#,
    r#"{ "prequeue_shuffle": {} }"#,
    r#"{ "fifo_buckets": {} }"#,
    r#"{ "fifo_buckets": { "bucket": "7s" } }"#,
    r#"{ "random_draw": {} }"#,
    r#"{ "coin_flip": { "admit": 0.3 } }"#,
    r#"{ "serving_counter": {} }"#,
    r#"{ "poll_cursor": {} }"#,
    r#"{ "poll_cursor": { "every": "1s", "quantity": 2 } }"#,
    r#"{ "lifo": {} }"#,
    r#"{ "priority": { "classes": [{ "cohorts": ["cohort 0"], "weight": 3 }, { "cohorts": ["somebody"], "weight": 1 }] } }"#,
    r#"{ "priority": { "classes": [{ "cohorts": ["somebody", "cohort 0"], "quota": 9 }], "within": "fifo" } }"#,
    r#"{ "per_person": {} }"#,
    r#"{ "batch_lottery": {} }"#,
    r#"{ "batch_lottery": { "every": "45s" } }"#,
    r#"{ "eligibility_pool": {} }"#,
    r#"{ "eligibility_pool": { "score": "SCORE", "evict_below": -20, "restore": "anew", "tick": "30s" } }"#,
    r#"{ "eligibility_pool": { "score": "SCORE", "evict_below": -9, "admit_above": 3, "restore": "never" } }"#,
    r#"{ "risk_lanes": {} }"#,
    r#"{ "risk_lanes": { "risk": "risk + retries / 10 + sessions_of_address / 40", "delay": "20s", "lock_out_above": 0.8, "infinite_above": 0.9 } }"#,
    r#"{ "triggered_queue": { "every": "15s", "slower_than": "3s", "slow_share": 0.2, "error_share": 0.1 } }"#,
];

/// By what the room knows sessions, what its budgets learn, and who is called back.
fn more_of_the_room(draw: &mut Draw, policy: &str, has_rate: bool, moves: bool) -> String {
    let identity = draw.one_of(&["cookie", "cookie", "account", "device", "address", "code"]);
    let duplicates = draw.one_of(&["both", "ignore", "replace"]);
    // Sessions that share the place of an address cannot leave it alone.
    let duplicates = if moves && identity == "address" { "both" } else { duplicates };
    let per_person = policy.contains("per_person");
    let duplicates = if per_person && duplicates == "both" { "ignore" } else { duplicates };
    let async_join = draw.one_of(&[
        "null",
        "null",
        r#"{ "delay": { "exponential": { "mean": "4s" } }, "dead_letter": 0.1 }"#,
    ]);
    let exits =
        draw.one_of(&["null", "null", r#"{ "lost": 0.2, "delay": { "exponential": { "mean": "9s" } } }"#]);
    let locations = draw.one_of(&["null", "null", r#"{ "count": 3, "propagation": "50s" }"#]);
    let steering = draw.one_of(&["null", r#"{ "every": "7s", "slower_than": "1s", "min": 1, "max": 300 }"#]);
    let steering = if has_rate { steering } else { "null" };
    let redirects = draw.one_of(&["null", "null", "1", "3"]);
    let protects = draw.one_of(&["shop", "shop", "pages"]);
    let codes = draw.one_of(&[
        "null",
        "null",
        r#"{ "space": 5000, "lockout": { "per": "address", "after": 3, "for": "1m" } }"#,
        r#"{ "space": 900 }"#,
    ]);
    let asked = ["fifo_buckets", "coin_flip", "poll_cursor"].iter().any(|name| policy.contains(name));
    let call_back = draw.one_of(&[
        "null",
        r#"{ "delay": "40s" }"#,
        r#"{ "share": 1, "delay": { "exponential": { "mean": "30s" } }, "read": 0.5, "tells_the_end": true }"#,
    ]);
    let call_back = if asked { "null" } else { call_back };
    format!(
        r#""identity": "{identity}", "duplicates": "{duplicates}", "async_join": {async_join}, "exits": {exits},
        "locations": {locations}, "steering": {steering}, "max_redirects": {redirects}, "protects": "{protects}",
        "codes": {codes}, "call_back": {call_back}"#
    )
}

fn waiting_room(draw: &mut Draw, moves: bool) -> String {
    if draw.below(5) == 0 {
        return "null".to_owned();
    }
    let policy = &draw.one_of(&POLICIES).replace("SCORE", SCORE);
    let or_null = |draw: &mut Draw, low, high| match draw.below(3) {
        0 => "null".to_owned(),
        _ => draw.between(low, high).to_string(),
    };
    let (active, minute) = (or_null(draw, 1, 40), or_null(draw, 1, 200));
    let window = draw.one_of(&["bucket", "fixed"]);
    let from = draw.one_of(&["grant", "entry"]);
    let closes = draw.one_of(&["when_sold", "when_none_free", "never"]);
    let (reissue, revoke) = (draw.one_of(&["true", "false"]), draw.one_of(&["true", "false"]));
    let grace = draw.one_of(&[r#""25s""#, r#""5m""#]);
    let validity = draw.one_of(&[r#""21s""#, r#""4m""#, r#""10m""#]);
    let uses = or_null(draw, 1, 5);
    let position = draw.one_of(&[r#""exact""#, r#""hidden""#, r#"{ "capped": 10 }"#]);
    let jitter = draw.one_of(&["0", "0.1", "1"]);
    let reverify = draw.one_of(&[
        "null",
        "null",
        r#"{ "interval": "45s", "evict": 0.2, "deadline": "50s" }"#,
        r#"{ "interval": "2m", "deadline": "12s" }"#,
        r#"{ "interval": "15s", "evict": 1 }"#,
    ]);
    let refusal = draw.one_of(&["explicit", "drop", "hold_open"]);
    let long_poll = draw.one_of(&["null", "null", r#""8s""#, r#""40s""#]);
    let heartbeat = draw.one_of(&[
        "null",
        "null",
        r#"{ "interval": "5s", "grace": "12s" }"#,
        r#"{ "interval": "25s", "grace": "1m" }"#,
        r#"{ "interval": "3m", "grace": "10s" }"#,
    ]);
    let more = more_of_the_room(draw, policy, minute != "null", moves);
    format!(
        r#"{{ "policy": {policy}, {more}, "total_active": {active}, "new_per_minute": {minute},
        "window": "{window}", "counts_from": "{from}", "closes": "{closes}", "reissue": {reissue},
        "revoke_on_purchase": {revoke}, "grace": {grace}, "turn_validity": {validity}, "max_uses": {uses},
        "position": {position}, "poll_jitter": {jitter}, "poll_interval": "10s",
        "reverify": {reverify}, "refusal": "{refusal}", "long_poll": {long_poll}, "heartbeat": {heartbeat} }}"#
    )
}

fn edge(draw: &mut Draw) -> String {
    let (gateways, concurrency) = (draw.between(1, 3), draw.one_of(&["null", "1", "5"]));
    let upstream = draw.one_of(&["null", r#""1s""#, r#""20s""#]);
    let cors = draw.one_of(&["true", "false"]);
    let balancing = draw.one_of(&["sticky", "ip_hash", "round_robin"]);
    let backlog = draw.one_of(&["null", "null", "0", "4"]);
    let connections = draw.one_of(&["null", "null", "2", "20"]);
    let rate_limit = draw.one_of(&[
        "null",
        "null",
        r#"{ "per_second": 0.5 }"#,
        r#"{ "per_second": 2, "burst": 5, "nodelay": true }"#,
    ]);
    let refusal = draw.one_of(&["explicit", "explicit", "drop", "hold_open"]);
    let retry_after = draw.one_of(&["null", r#""7s""#]);
    let max_fails = draw.one_of(&["0", "1", "3"]);
    let next_upstream = draw.one_of(&[
        r#""error", "timeout""#,
        r#""timeout", "http_503""#,
        r#""error", "timeout", "http_503", "http_504", "non_idempotent""#,
        "",
    ]);
    // Without a capacity there is nothing to follow.
    let autoscale = match draw.below(3) {
        0 if concurrency != "null" || connections != "null" => format!(
            r#"{{ "max": {}, "target": {}, "lead_time": "{}", "scale_down_after": "1m" }}"#,
            gateways + draw.below(4),
            draw.one_of(&["0.1", "0.5", "1"]),
            draw.one_of(&["0s", "20s", "2m"]),
        ),
        _ => "null".to_owned(),
    };
    format!(
        r#"{{ "gateways": {gateways}, "concurrency": {concurrency}, "upstream_timeout": {upstream},
            "autoscale": {autoscale},
            "balancing": "{balancing}", "backlog": {backlog}, "connections": {connections},
            "rate_limit": {rate_limit}, "refusal": "{refusal}", "retry_after": {retry_after},
            "upstream": {{ "max_fails": {max_fails}, "fail_timeout": "5s", "next_upstream": [{next_upstream}] }},
            "cors": {{ "gateway": {{ "client_error": {cors}, "server_error": {cors} }},
                "service": {{ "client_error": {cors}, "server_error": {cors} }} }} }}"#
    )
}

/// What an operator does in the evening: two to five rules, at odd instants or on figures.
fn operator(draw: &mut Draw, has_line: bool) -> String {
    if draw.below(2) == 0 {
        return "[]".to_owned();
    }
    let mut rules =
        vec![r#"{ "name": "first", "trigger": { "at": "4m" }, "actions": [{ "pause": {} }] }"#.to_owned()];
    for _ in 0..draw.between(1, 4) {
        let (trigger, action, announce) = (trigger(draw), action(draw, has_line), announce(draw));
        rules.push(format!(r#"{{ "trigger": {trigger}, "actions": [{action}, {announce}] }}"#));
    }
    format!("[{}]", rules.join(",\n"))
}

fn trigger(draw: &mut Draw) -> String {
    let signal = draw.one_of(&[
        r#"{ "error_rate": { "above": 0.05 } }"#,
        r#"{ "error_rate": { "below": 0.1 } }"#,
        r#"{ "latency": { "slower_than": "1s" } }"#,
        r#"{ "sold_share": { "above": 0.3 } }"#,
        r#"{ "sold": { "above": 0 } }"#,
        r#"{ "left": { "below": 2 } }"#,
    ]);
    match draw.below(3) {
        0 => format!(r#"{{ "at": "{}s" }}"#, draw.between(240, 1900)),
        1 => format!(r#"{{ "after": {{ "rule": "first", "delay": "{}s" }} }}"#, draw.between(0, 900)),
        _ => {
            let (lasting, times) = (draw.one_of(&["0s", "30s", "2m"]), draw.between(1, 3));
            format!(r#"{{ "when": {{ "signal": {signal}, "for": "{lasting}", "times": {times} }} }}"#)
        }
    }
}

fn action<'a>(draw: &mut Draw, has_line: bool) -> &'a str {
    let any = [r#"{ "pause": { "inside": "serve" } }"#, r#"{ "pause": {} }"#, r#"{ "resume": {} }"#];
    let of_lines = [
        r#"{ "set_outflow": { "new_per_minute": { "at_most": 90 }, "total_active": "unlimited" } }"#,
        r#"{ "set_outflow": { "new_per_minute": "unlimited", "total_active": { "at_most": 3 } } }"#,
        r#"{ "close_to_newcomers": {} }"#,
    ];
    let about_lines = draw.below(2) == 0;
    draw.one_of(if has_line && about_lines { &of_lines } else { &any })
}

fn announce(draw: &mut Draw) -> String {
    let words = ["paused", "resumed", "do_not_refresh", "keep_trying", "closed_to_newcomers", "trouble"];
    let (word, reach) = (draw.one_of(&words), draw.one_of(&["0.1", "0.7", "1"]));
    let (delay, on_page) = (draw.one_of(&DISTRIBUTIONS), draw.one_of(&["true", "false"]));
    format!(
        r#"{{ "announce": {{ "word": "{word}", "reach": {reach}, "delay": {delay}, "on_page": {on_page} }} }}"#
    )
}

fn station(draw: &mut Draw) -> String {
    if draw.below(3) == 0 {
        return "null".to_owned();
    }
    let (servers, service) = (draw.between(1, 5), draw.one_of(&DISTRIBUTIONS));
    let queue = draw.one_of(&["null", "0", "3", "50"]);
    let discipline = draw.one_of(&[
        r#"{ "fifo": {} }"#,
        r#"{ "drop_expired": {} }"#,
        r#"{ "lifo": {} }"#,
        r#"{ "random": {} }"#,
        r#"{ "adaptive_lifo": {} }"#,
        r#"{ "codel": { "target": "1s", "interval": "5s" } }"#,
        r#"{ "priority": { "classes": [{ "kinds": ["pay", "join"] }, { "kinds": ["hold"] }] } }"#,
    ]);
    let slowdown =
        draw.one_of(&["null", "null", r#"{ "per_request": 0.1 }"#, r#"{ "per_request": 1, "beyond": 0 }"#]);
    let peers = draw.one_of(&["1", "1", "2", "3"]);
    let autoscale = match (peers, draw.below(3)) {
        ("1", 0) => format!(r#"{{ "max": {}, "lead_time": "25s", "scale_down_after": "0s" }}"#, servers + 3),
        _ => "null".to_owned(),
    };
    format!(
        r#"{{ "servers": {servers}, "service": {service}, "queue": {queue}, "discipline": {discipline},
            "slowdown": {slowdown}, "peers": {peers}, "autoscale": {autoscale} }}"#
    )
}

/// Up to four things that break, at these stations and elsewhere.
fn faults(draw: &mut Draw, stations: &[&str]) -> String {
    let mut all = Vec::new();
    for _ in 0..draw.below(5) {
        let (at, lasts) = (draw.between(200, 1200), draw.one_of(&["10s", "1m", "5m"]));
        let station = if stations.is_empty() { "" } else { draw.one_of(stations) };
        let choices = if stations.is_empty() { 8 } else { 12 };
        let what = match draw.below(choices) {
            0 => r#""payment_outage": {}"#.to_owned(),
            1 => r#""loss_burst": { "up": 0.3, "down": 0.3 }"#.to_owned(),
            2 => r#""latency_burst": { "factor": 2, "add": { "exponential": { "mean": "2s" } } }"#.to_owned(),
            3 => r#""gateway_crash": { "gateway": 0 }"#.to_owned(),
            4 => r#""clock_skew": { "gateway": 0, "ahead": "90s" }"#.to_owned(),
            5 => r#""clock_skew": { "behind": "2m" }"#.to_owned(),
            6 => r#""session_store_wiped": { "share": 0.6 }"#.to_owned(),
            7 => r#""stale_budget": { "locations": 2 }"#.to_owned(),
            8 => format!(r#""partition": {{ "station": "{station}" }}"#),
            9 => format!(r#""station_slow": {{ "station": "{station}", "factor": 8 }}"#),
            10 => format!(r#""error_burst": {{ "station": "{station}", "share": 0.4 }}"#),
            _ => format!(r#""station_down": {{ "station": "{station}" }}"#),
        };
        all.push(format!(r#"{{ "at": "{at}s", "for": "{lasts}", {what} }}"#));
    }
    all.join(", ")
}

/// How the stock is kept, who chooses the seats, and how long each step may take.
fn stock(draw: &mut Draw, smallest: u64, waits: bool) -> String {
    let sharded = r#"{ "sharded": { "shards": 2, "looks_elsewhere": true } }"#;
    let concurrency = draw.one_of(&[
        r#""atomic""#,
        r#"{ "unsafe": {} }"#,
        r#"{ "optimistic": { "attempts": 2 } }"#,
        r#"{ "serialised": { "lock": "200ms" } }"#,
        r#"{ "pre_deduct": { "persist_after": "20s" } }"#,
        if smallest >= 2 { sharded } else { r#""atomic""# },
    ]);
    let selection = draw.one_of(&[
        r#""best_available""#,
        r#"{ "pick_a_seat": { "map_age": "5s", "tries": 2 } }"#,
        r#"{ "pick_a_seat": { "map_age": "0s", "choice": { "front": {} } } }"#,
    ]);
    let selection = if waits || concurrency == sharded { r#""best_available""# } else { selection };
    let choose = draw.one_of(&["null", "null", r#""25s""#]);
    let buy = draw.one_of(&["null", "null", r#""90s""#]);
    let paying = draw.one_of(&["null", r#""40s""#]);
    let deadline = draw.one_of(&["wait", "strip"]);
    format!(
        r#""concurrency": {concurrency}, "selection": {selection}, "choose_within": {choose}, "buy_within": {buy},
            "hold_when_paying": {paying}, "deadline_while_paying": "{deadline}""#
    )
}

/// What the payment provider and the bank do beside charging and declining.
fn provider(draw: &mut Draw) -> String {
    let idempotency = draw.one_of(&["null", "{}", r#"{ "keeps": "successes_only", "kept_for": "1m" }"#]);
    let capacity = draw.one_of(&["null", r#"{ "at_once": 1 }"#, r#"{ "at_once": 2, "queue": 1 }"#]);
    let challenge = draw.one_of(&["null", r#"{ "share": 0.5, "time": "20s", "abandon": 0.3 }"#]);
    let unpaid = draw.one_of(&["null", r#"{ "share": 0.3, "after": "4m" }"#]);
    let (error, late) = (draw.one_of(&["0", "0.3"]), draw.one_of(&["confirm", "refund", "keep"]));
    format!(
        r#""idempotency": {idempotency}, "capacity": {capacity}, "challenge": {challenge}, "unpaid": {unpaid},
            "error": {error}, "late": "{late}""#
    )
}

fn scenario(seed: u64) -> String {
    let draw = &mut Draw::new(seed);
    let count = draw.between(1, 3);
    let mut crowd: Vec<String> = (0..count).map(|i| cohort(draw, &format!("cohort {i}"))).collect();
    crowd.push(
        r#"{ "name": "somebody", "count": 1, "arrivals": { "spike": {} }, "network_switches": null }"#
            .to_owned(),
    );
    let moves = crowd.iter().any(|cohort| !cohort.contains(r#""network_switches": null"#));
    let waiting_room = waiting_room(draw, moves);
    let edge = edge(draw);
    let (verify, inventory, checkout) = (station(draw), station(draw), station(draw));
    let stations = [("verify", &verify), ("inventory", &inventory), ("checkout", &checkout)];
    let declared = stations.iter().filter(|(_, station)| *station != "null").map(|(name, _)| *name);
    let faults = faults(draw, &declared.collect::<Vec<&str>>());
    let none_free = draw.one_of(&[r#""refuse""#, r#""wait""#, r#"{ "retry": { "interval": "4s" } }"#]);
    let (seats_a, seats_b) = (draw.between(1, 30), draw.between(1, 60));
    let hold = draw.one_of(&[r#""31s""#, r#""10m""#]);
    let (decline, lost) = (draw.one_of(&["0", "0.3", "1"]), draw.one_of(&["0", "0.2", "1"]));
    let delay = draw.one_of(&DISTRIBUTIONS);
    let (cheap, closes) = (draw.one_of(&["true", "false"]), draw.one_of(&["null", r#""20m""#]));
    let operator = operator(draw, waiting_room != "null");
    let stock = stock(draw, seats_a.min(seats_b), none_free == r#""wait""#);
    let provider = provider(draw);
    format!(
        r#"{{ "opens_at": "5m", "horizon": "35m", "closes_at": {closes}, "crowd": [{crowd}],
        "network": [{{ "name": "awful", "up": {{ "exponential": {{ "mean": "2s" }} }},
            "down": {{ "exponential": {{ "mean": "2s" }} }}, "loss_up": 0.2, "loss_down": 0.2 }},
            {{ "name": "instant", "up": "0s", "down": "0s" }}],
        "edge": {edge},
        "waiting_room": {waiting_room},
        "services": {{ "verify": {verify}, "inventory": {inventory}, "checkout": {checkout} }},
        "inventory": {{ "bands": [{{ "name": "a", "seats": {seats_a} }}, {{ "name": "b", "seats": {seats_b} }}],
            "hold": {hold}, "when_none_free": {none_free}, "cheap_refusal": {cheap}, {stock} }},
        "payment": {{ "delay": {delay}, "decline": {decline}, "lost_reply": {lost}, "timeout": "12s", {provider} }},
        "operator": {operator}, "faults": [{faults}] }}"#,
        crowd = crowd.join(",\n"),
    )
}

/// What must be true of every result, beyond what the run asserts itself.
fn check(result: &RunResult) {
    let value = |name: &str| result.value(name).unwrap_or(0.0);
    let rows = result.metrics.iter().filter(|m| m.name.starts_with("silent.table.") && m.cohort.is_none());
    let persons: f64 = rows.filter_map(|m| m.value).sum();
    assert_eq!(persons, value("crowd.persons"), "the rows of belief and truth sum to persons");
    let seats = result.cast.seats as f64 + value("sale.oversold");
    assert_eq!(value("sale.sold") + value("sale.unsold"), seats, "seats are conserved");
    let of_mechanism = |name: &str| name.starts_with("silent.mechanism.") && !name.ends_with(".touched");
    let rows = result.metrics.iter().filter(|m| of_mechanism(&m.name) && m.cohort.is_none());
    let explained: f64 = rows.filter_map(|m| m.value).sum();
    let rate = result.metrics.iter().find(|m| m.name == "silent.failure_rate" && m.cohort.is_none());
    let failures = rate.and_then(|m| Some(m.value? * m.n? as f64)).unwrap_or(0.0);
    assert_eq!(explained, failures.round(), "every silent failure has one mechanism");
    let persons = value("silent.decision_to_knowledge.never_told");
    let rows = ["ghost_purchase", "phantom_purchase", "told_not_final", "silent_rejection"];
    let untold: f64 = rows.iter().map(|row| value(&format!("silent.table.{row}"))).sum();
    // Who believes in an order that does not exist may have left before anything was decided about them.
    let undecided = untold - persons;
    assert!(
        (0.0..=value("silent.table.phantom_purchase")).contains(&undecided),
        "whoever was decided about and does not know it was never told: {persons} of {untold}"
    );
    for metric in &result.metrics {
        let share = metric.name.contains("utilisation")
            || metric.name.ends_with("failure_rate")
            || metric.name.ends_with("_share")
            || metric.name.starts_with("availability.")
            || ["trust.explanation", "timeouts.504.told_apart", "work.zombie", "work.wasted"]
                .contains(&metric.name.as_str());
        let inside = metric.value.is_none_or(|v| v.is_finite() && (!share || (0.0..=1.0).contains(&v)));
        assert!(inside, "{} = {:?}", metric.name, metric.value);
    }
    let answered: u64 = result.requests.iter().map(|row| row.count).sum();
    assert!(answered >= value("load.requests") as u64, "every request is in a row of the table");
}

fn bytes(seed: u64) -> Vec<u8> {
    let stream = Stream::new(Key::from_words(0x0DD_BA11, 8), seed);
    (0..8_000).flat_map(|n| stream.draw(n).to_le_bytes()).collect()
}

/// The scenario of a seed, with one key in thirty of those more that could be written.
fn probable(schema: &Value, seed: u64) -> Option<(String, Prepared)> {
    let written = serde_json::from_str(&scenario(seed)).expect("JSON");
    enriched(written, schema, &mut Unstructured::new(&bytes(seed)), 30).expect("the bytes suffice")
}

/// Whatever the schema allows, probable or not.
fn possible(schema: &Value, seed: u64) -> Option<(String, Prepared)> {
    sound(schema, &mut Unstructured::new(&bytes(seed))).expect("the bytes suffice")
}

/// One run, unless something in it happens every few milliseconds.
fn run(prepared: &Prepared, seed: u64) -> Option<RunResult> {
    let watch =
        &mut |_, events| if events > 500_000 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    run_once(prepared, Run::of_seed(seed), watch)
}

/// The metrics that are not 0; `None` where the run was broken off.
fn try_one(prepared: &Prepared, seed: u64) -> Option<BTreeSet<String>> {
    let result = run(prepared, seed)?;
    check(&result);
    if seed.is_multiple_of(10) {
        let again = run(prepared, seed).expect("it has as many events again");
        assert_eq!(again.to_json(), result.to_json(), "twice the same bytes");
    }
    let told = result.metrics.iter().filter(|metric| metric.value.is_some_and(|value| value != 0.0));
    Some(told.map(|metric| metric.name.clone()).collect())
}

/// Tries so many seeds, unless the environment says otherwise; how many ran to their end, and the metrics that were 0 in all
/// of them. `None` where the environment said otherwise.
fn try_all(
    scenarios: u64, draw: fn(&Value, u64) -> Option<(String, Prepared)>,
) -> Option<(u64, Vec<&'static str>)> {
    let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let (first, count) = (number("ONSALE_SWARM_SEED"), number("ONSALE_SWARM_SCENARIOS"));
    let seeds =
        first.unwrap_or(0)..first.unwrap_or(0) + count.unwrap_or(if first.is_some() { 1 } else { scenarios });
    let schema = json_schema();
    let (mut ended, mut told) = (0, BTreeSet::new());
    for seed in seeds {
        let Some((text, prepared)) = draw(&schema, seed) else { continue };
        let Ok(metrics) = catch_unwind(AssertUnwindSafe(|| try_one(&prepared, seed))) else {
            panic!("seed {seed} broke an invariant (ONSALE_SWARM_SEED={seed}):\n{text}")
        };
        ended += u64::from(metrics.is_some());
        told.extend(metrics.into_iter().flatten());
    }
    let zero =
        Metrics::definitions().map(|metric| metric.name).filter(|name| !told.contains(*name)).collect();
    (first.is_none() && count.is_none()).then_some((ended, zero))
}

#[test]
fn no_probable_scenario_breaks_an_invariant() {
    let Some((ended, zero)) = try_all(SCENARIOS, probable) else { return };
    assert!(ended > SCENARIOS * 9 / 10, "most of them run to their end: {ended}");
    assert!(zero.len() < 40, "they reach what there is to measure, and not these: {zero:?}");
}

#[test]
fn no_possible_scenario_breaks_an_invariant() {
    let Some((ended, _)) = try_all(SCENARIOS / 5, possible) else { return };
    assert!(ended > SCENARIOS / 10, "half of them run to their end: {ended}");
}
