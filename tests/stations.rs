//! What is said of stations, and who is in contact while a station takes its time.

use crate::support;
use onsale::experiment::result::RunResult;

fn at(result: &RunResult, metric: &str, station: &str) -> Option<f64> {
    result.of_station(metric, station)
}

/// A run of ten minutes is cut while 90 wait, one is being served and nine are done: one a minute, all came at 1 min.
#[test]
fn figures_of_a_station_end_at_the_horizon_and_the_drain_has_its_own() {
    let result = support::run(
        r#"{
        "opens_at": "0s", "horizon": "10m",
        "crowd": [{ "name": "all", "count": 100, "network": "still", "choose": "0s", "fill_in": "0s", "timeout": null,
            "arrivals": { "spike": { "at": "1m" } }, "behavior": { "backoff": { "attempts": 1 } } }],
        "network": [{ "name": "still", "up": "0s", "down": "0s" }],
        "edge": { "upstream_timeout": null },
        "services": { "inventory": { "servers": 1, "service": "60s" } },
        "route": { "seat_map": "none" },
        "inventory": { "bands": [{ "name": "all", "seats": 100 }] },
        "payment": { "delay": "0s" }
    }"#,
        1,
    );
    let figure = |metric: &str| at(&result, metric, "inventory");
    assert_eq!(figure("station.served"), Some(9.0));
    assert_eq!(figure("station.wait.mean"), Some(270.0), "the ten who have begun waited 0, 1, ... 9 min");
    assert_eq!(figure("station.service.mean"), Some(60.0));
    assert_eq!(figure("station.queue.mean"), Some(95.0), "99, 98, ... 91, a minute each");
    assert_eq!(figure("station.utilisation"), Some(1.0));
    assert_eq!(figure("station.drain.left"), Some(91.0));
    let drained = figure("station.drain.served").expect("counted");
    assert!((1.0..91.0).contains(&drained), "the drain is cut: {drained}");
    let drain_wait = figure("station.drain.wait.mean").expect("some were served");
    assert!((drain_wait - (600.0 + 30.0 * (drained - 1.0))).abs() < 1e-9, "10, 11, ... min: {drain_wait}");
    assert_eq!(figure("station.drain.time"), Some(drained * 60.0));
}

/// One is served for a minute; nine wait, give up after ten seconds, and are dropped when the server is free.
#[test]
fn the_mean_queue_leaves_out_the_gone_who_will_not_be_served() {
    let sale = |discipline: &str| {
        let text = r#"{
            "opens_at": "0s", "horizon": "1h",
            "crowd": [{ "name": "all", "count": 10, "network": "still", "timeout": "10s",
                "arrivals": { "spike": { "at": "1m" } }, "behavior": { "backoff": { "attempts": 1 } } }],
            "network": [{ "name": "still", "up": "0s", "down": "0s" }],
            "edge": { "upstream_timeout": null },
            "services": { "verify": { "servers": 1, "service": "60s", "discipline": DISCIPLINE } },
            "route": { "open_page": "verify" },
            "inventory": { "bands": [{ "name": "all", "seats": 10 }] }
        }"#;
        support::run(&text.replace("DISCIPLINE", discipline), 1)
    };
    let dropped = sale(r#"{ "drop_expired": {} }"#);
    assert_eq!(at(&dropped, "station.dropped_expired", "verify"), Some(9.0));
    assert_eq!(at(&dropped, "station.queue.mean", "verify"), Some(1.5), "nine for ten of sixty seconds");
    assert_eq!(at(&dropped, "station.queue.max", "verify"), Some(9.0), "they do take a place");
    let served = sale(r#"{ "fifo": {} }"#);
    assert_eq!(at(&served, "station.queue.mean", "verify"), Some(4.5), "their work is still ahead of others");
}

/// Joins wait at `verify`, last come, first served: some for hours. Nobody is silent who waits for an answer.
#[test]
fn a_join_that_waits_to_be_verified_keeps_its_person_in_contact() {
    let result = support::run(
        r#"{
        "opens_at": "1s", "horizon": "12d",
        "crowd": [{ "name": "all", "count": 12000, "network": "still", "timeout": null, "choose": "12d",
            "arrivals": { "poisson": { "per_second": 0.9 } }, "behavior": { "backoff": { "attempts": 1 } } }],
        "network": [{ "name": "still", "up": "0s", "down": "0s" }],
        "edge": { "upstream_timeout": null }, "waiting_room": {},
        "route": { "join": "verify", "seat_map": "none", "hold": "none" },
        "services": { "verify": { "servers": 1, "discipline": { "lifo": {} }, "service": { "hyperexponential": {
            "branches": [{ "share": 0.9, "mean": "555556us" }, { "share": 0.1, "mean": "5s" }] } } } },
        "inventory": { "bands": [{ "name": "all", "seats": 1 }] }
    }"#,
        1,
    );
    let wait_sd = at(&result, "station.wait.sd", "verify").expect("they wait");
    assert!(wait_sd > 60.0, "some wait for longer than the grace of 5 min: {wait_sd}");
    assert_eq!(result.value("sale.skipped_places"), Some(0.0));
    let joins: u64 = result.requests.iter().filter(|row| row.kind == "join").map(|row| row.count).sum();
    assert_eq!(joins, 12_000, "one each: nobody has to join again");
}

/// Every poll is open for seven minutes, the grace is five, and the line takes twenty.
#[test]
fn a_poll_that_waits_for_its_answer_keeps_its_place() {
    let result = support::run(
        r#"{
        "opens_at": "1s", "horizon": "2h",
        "crowd": [{ "name": "all", "count": 20, "timeout": null, "arrivals": { "spike": { "at": "0s" } } }],
        "edge": { "upstream_timeout": null },
        "waiting_room": { "new_per_minute": 1, "turn_validity": "30m" },
        "route": { "join": "none", "poll": "verify" },
        "services": { "verify": { "servers": 100, "service": "7m" } },
        "inventory": { "bands": [{ "name": "all", "seats": 20 }] }
    }"#,
        1,
    );
    assert_eq!((result.value("sale.skipped_places"), result.value("sale.sold")), (Some(0.0), Some(20.0)));
}
