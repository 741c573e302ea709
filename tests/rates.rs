//! A rate is a rate: programs ask as often as it says, whatever the site's latency, and what asks too often is told before.

use crate::support;
use onsale::experiment::result::RunResult;
use onsale::scenario::Scenario;

/// A program before a line that lets nobody in for ten minutes, and a poll that takes so long.
fn sale(bot: &str, poll: &str, timeout: &str) -> RunResult {
    let text = r#"{
        "opens_at": "10m", "horizon": "11m",
        "crowd": [{ "name": "scraper", "count": 1, "is_bot": true, "timeout": TIMEOUT, "network": "near",
            "arrivals": { "spike": { "at": "0s" } }, "behavior": { "bot": BOT } }],
        "network": [{ "name": "near", "up": "20ms", "down": "20ms" }],
        "edge": { "upstream_timeout": null },
        "waiting_room": { "new_per_minute": 1 },
        "route": { "poll": "verify" },
        "services": { "verify": { "servers": 100000, "service": "POLL" } },
        "inventory": { "bands": [{ "name": "all", "seats": 1 }] },
        "expect": ["load.requests @ t=0s >= 0"]
    }"#;
    let text = text.replace("BOT", bot).replace("POLL", poll).replace("TIMEOUT", timeout);
    support::run(&text, 1)
}

/// How many requests were sent in the ten minutes before the opening.
fn asked(result: &RunResult) -> f64 {
    result.expectations[0].value.expect("counted")
}

#[test]
fn a_program_asks_at_its_rate_whatever_the_latency() {
    for rate in [0.5, 5.0, 50.0] {
        for poll in ["1us", "150ms", "3s", "70s"] {
            let result = sale(&format!(r#"{{ "requests_per_second": {rate} }}"#), poll, "null");
            let told = asked(&result) / (600.0 * rate);
            assert!((told - 1.0).abs() <= 0.01, "{told} of {rate}/s, polls take {poll}");
        }
    }
}

#[test]
fn with_as_many_requests_in_flight_as_there_may_be_latency_slows_a_program() {
    let result = sale(r#"{ "requests_per_second": 10, "requests_in_flight": 4 }"#, "1960ms", "null");
    let told = asked(&result);
    assert!((told / 1200.0 - 1.0).abs() <= 0.01, "four every two seconds: {told}");
    let result = sale(r#"{ "requests_per_second": 1, "requests_in_flight": 4 }"#, "1960ms", "null");
    let told = asked(&result);
    assert!((told / 600.0 - 1.0).abs() <= 0.01, "where the bound does not bind: {told}");
}

#[test]
fn each_request_of_a_program_times_out_by_itself() {
    let result = sale(r#"{ "requests_per_second": 10 }"#, "2h", r#""5s""#);
    let sent = result.value("load.requests").expect("counted");
    let timeouts = result.value("timeouts.client").expect("counted");
    assert!((sent / 6600.0 - 1.0).abs() <= 0.01, "{sent}");
    assert!(
        (sent - timeouts - 50.0).abs() <= 5.0,
        "all but those of the last five seconds: {timeouts} of {sent}"
    );
}

#[test]
fn a_program_takes_the_first_answer_that_is_news_and_buys() {
    for poll in ["1us", "3s"] {
        let result = sale(r#"{ "requests_per_second": 5 }"#, poll, "null");
        assert_eq!(
            (result.value("sale.sold"), result.value("sale.duplicate_charges")),
            (Some(1.0), Some(0.0))
        );
    }
}

#[test]
fn an_interval_below_a_millisecond_is_warned_of_with_the_number_of_events() {
    let warned = |behavior: &str, room: &str| -> Vec<String> {
        let text = format!(
            r#"{{ "opens_at": "10m", "horizon": "1h",
            "crowd": [{{ "name": "all", "count": 10, "arrivals": {{ "spike": {{}} }}, "behavior": {behavior} }}],
            "waiting_room": {{ "total_active": 1{room} }},
            "inventory": {{ "bands": [{{ "name": "all", "seats": 1 }}] }} }}"#
        );
        let problems = onsale::scenario::check(&Scenario::parse(&text, "sale").expect("its form is right"));
        let told = problems.into_iter().filter(|found| found.problem.contains("events"));
        told.map(|found| format!("{}: {}", found.path, found.problem)).collect()
    };
    let page = r#"{ "polling_page": {} }"#;
    assert_eq!(
        warned(page, r#", "poll_interval": "1us""#),
        [
            "waiting_room.poll_interval: an interval of 1us is below a millisecond: up to about 36 thousand million \
          events before the horizon"
        ]
    );
    assert!(warned(page, r#", "poll_interval": "1ms""#).is_empty());
    let told = warned(r#"{ "backoff": { "delay": "1us" } }"#, "");
    assert!(told[0].starts_with("crowd[0].behavior.backoff.delay: "), "{told:?}");
    let told = warned(r#"{ "refresher": { "interval": "500us" } }"#, "");
    assert!(told[0].contains("an interval of 500us") && told[0].contains("about 72 million"), "{told:?}");
    assert!(warned(r#"{ "bot": { "requests_per_second": 1000 } }"#, "").is_empty());
}
