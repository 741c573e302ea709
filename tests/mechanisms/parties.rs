//! Orders for several seats: what they take where fewer are left, and where that is counted and shown.

use crate::support;
use crate::support::desk::Desk;
use onsale::experiment::Run;
use onsale::experiment::explain::explain;
use onsale::experiment::result::RunResult;
use onsale::protocol::PersonId;
use onsale::report::journey;
use std::ops::ControlFlow;

/// Ten seats, of which seven are held when a party of four comes; a single person comes after it.
const PARTY: &str = r#"{ "opens_at": "1s", "horizon": "30m",
    "crowd": [
        { "name": "four", "count": 1, "wants": 4, "network": "still", "choose": "0s", "fill_in": "60s", "timeout": null,
          "arrivals": { "spike": { "at": "3s" } } },
        { "name": "first", "count": 7, "network": "still", "choose": "0s", "fill_in": "60s", "timeout": null,
          "arrivals": { "spike": { "at": "2s" } } },
        { "name": "single", "count": 1, "network": "still", "choose": "0s", "fill_in": "60s", "timeout": null,
          "arrivals": { "spike": { "at": "4s" } } }],
    "network": [{ "name": "still", "up": "0s", "down": "0s" }],
    "inventory": { "bands": [{ "name": "all", "seats": 10 }] },
    "payment": { "delay": "1s" } }"#;

fn together() -> String {
    PARTY.replace(r#""wants": 4,"#, r#""wants": 4, "together": "all","#)
}

/// Seats sold, buyers, and partial orders: over all, and of the party of four.
#[track_caller]
fn check(text: &str, sold: f64, [of_all, of_four]: [f64; 2], partial: f64) -> RunResult {
    let result = support::run(text, 1);
    assert_eq!(result.value("sale.sold"), Some(sold));
    let of = |name: &str| {
        let found = result.metrics.iter().find(|m| m.name == name && m.cohort.as_deref() == Some("four"));
        found.expect("it is given by cohort").value
    };
    assert_eq!((result.value("sale.buyers"), of("sale.buyers")), (Some(of_all), Some(of_four)));
    assert_eq!(result.value("sale.partial_orders"), Some(partial));
    assert_eq!(of("sale.partial_orders"), Some(partial));
    result
}

#[test]
fn a_party_that_takes_what_is_left_is_a_partial_order() {
    let three = check(PARTY, 10.0, [8.0, 1.0], 1.0);
    let explicit = PARTY.replace(r#""wants": 4,"#, r#""wants": 4, "together": "as_many","#);
    assert_eq!(support::run(&explicit, 1).fingerprint, three.fingerprint, "that is the default");
}

#[test]
fn a_party_that_stays_together_waits_for_enough_seats_and_goes_without_where_there_will_be_none() {
    // Seven of ten are sold at 63 s: the three left are none for four; one of them goes to the single person.
    let result = check(&together(), 8.0, [8.0, 0.0], 0.0);
    assert_eq!(result.value("fairness.envy.losers"), Some(1.0), "refused for want of stock");
    assert_eq!(result.value("silent.table.known_rejection"), Some(1.0));

    // Four are left of eleven, and it takes them; nobody is left one.
    check(&together().replace(r#""seats": 10"#, r#""seats": 11"#), 11.0, [8.0, 1.0], 0.0);
    // While seats are held there is a chance, and it comes when one of the seven gives theirs back.
    let one_back = together()
        .replace(r#""single", "count": 1,"#, r#""single", "count": 1, "abandon": 1,"#)
        .replace(r#""spike": { "at": "4s" }"#, r#""spike": { "at": "2s" }"#)
        .replace(r#""count": 7"#, r#""count": 6"#);
    check(&one_back, 10.0, [7.0, 1.0], 0.0);
}

#[test]
fn every_way_of_writing_the_stock_keeps_a_party_together() {
    for way in [
        r#""concurrency": "atomic""#,
        r#""concurrency": { "optimistic": {} }"#,
        r#""concurrency": { "unsafe": {} }"#,
        r#""concurrency": { "serialised": {} }"#,
        r#""concurrency": { "sharded": { "shards": 3, "looks_elsewhere": true } }"#,
        r#""when_none_free": "wait""#,
        r#""when_none_free": "refuse""#,
        r#""cheap_refusal": true"#,
    ] {
        let text = together().replace(r#""inventory": {"#, &format!(r#""inventory": {{ {way},"#));
        check(&text, 8.0, [8.0, 0.0], 0.0);
    }
}

#[test]
fn a_party_that_is_larger_than_what_it_asks_for_is_warned_of() {
    let text = together().replace(r#""seats": 10"#, r#""seats": 3"#);
    let desk = Desk::with(&[("s.json", &text)]);
    let said = desk.onsale(&["validate", "s.json"]).success();
    let said = String::from_utf8_lossy(&said.get_output().stderr).into_owned()
        + &String::from_utf8_lossy(&said.get_output().stdout);
    assert!(said.contains("crowd[0].together"), "{said}");
}

#[test]
fn the_screen_and_the_story_say_that_an_order_got_fewer_seats() {
    let desk = Desk::with(&[("s.json", PARTY)]);
    let screen = desk.onsale(&["run", "s.json"]).success();
    let screen = String::from_utf8_lossy(&screen.get_output().stdout).into_owned();
    let words: Vec<&str> = screen.split_whitespace().collect();
    assert!(words.join(" ").contains("1 order got fewer seats than wanted."), "{screen}");

    let prepared = support::prepared(&support::scenario(PARTY), "test");
    let told = explain(&prepared, Run::of_seed(1), &[PersonId(0)], &mut |_, _| ControlFlow::Continue(()))
        .expect("it ends");
    let told = told[0].as_ref().expect("they came");
    let story = journey::sentences(&told.journey).join(" ");
    assert!(story.contains("only 3 of the 4 seats that you wanted were yours"), "{story}");
}

#[test]
fn singles_and_whole_orders_are_never_partial() {
    let text = PARTY.replace(r#""seats": 10"#, r#""seats": 100"#);
    check(&text, 12.0, [9.0, 1.0], 0.0);
}
