//! Claims about counts at an instant, and about how often something could have happened.

use super::*;
use crate::metrics::names;
use crate::protocol::{CohortId, InstantQuery};

fn asked(questions: &[(&'static str, Option<u8>, u64)]) -> Tale {
    let mut roster = roster(&[3, 3], 10);
    let question = |(metric, cohort, until): &(&'static str, Option<u8>, u64)| InstantQuery {
        metric,
        cohort: cohort.map(CohortId),
        until: at(*until),
    };
    roster.instant_queries = questions.iter().map(question).collect();
    Tale::of(&roster)
}

#[test]
fn a_fact_counts_by_its_own_time_in_whatever_order_it_is_heard() {
    let mut tale =
        asked(&[(names::SALE_SOLD, None, 300), (names::SALE_SOLD, None, 299), (names::SALE_SOLD, None, 99)]);
    for (person, time) in [(0, 300), (1, 301), (2, 250), (3, 900)] {
        tale.joins(200, tab(person, 0)).turn(200, tab(person, 0)).buys(time, tab(person, 0));
    }
    for person in [4, 5] {
        tale.joins(200, tab(person, 0)).stops(210, tab(person, 0), Stop::Patience);
    }
    assert_eq!(tale.end().answers, [2, 1, 0], "what happens at the instant itself is included");
}

#[test]
fn a_cohort_is_counted_alone_and_a_buyer_once() {
    let questions = [
        (names::SALE_SOLD, Some(1), 300),
        (names::SALE_BUYERS, None, 300),
        (names::SALE_BUYERS, Some(0), 300),
        (names::CROWD_PERSONS, Some(1), 150),
    ];
    let mut tale = asked(&questions);
    for person in 0..6 {
        tale.joins(101 + 20 * u64::from(person), tab(person, 0)).turn(250, tab(person, 0));
    }
    tale.sold(260, tab(0, 0)).sold(260, tab(0, 0)).sold(270, tab(4, 0));
    for person in 0..6 {
        tale.stops(400, tab(person, 0), Stop::Patience);
    }
    assert_eq!(tale.end().answers, [1, 2, 1, 0]);
}

#[test]
fn a_folded_poll_counts_from_when_it_was_sent() {
    let mut tale = asked(&[
        (names::LOAD_POLLS, None, 200),
        (names::LOAD_REQUESTS, None, 200),
        (names::LOAD_POLLS, None, 199),
    ]);
    let who = tab(0, 0);
    tale.joins(150, who);
    let (gateway, up, down) = (GatewayId(0), Span::from_secs(5), Span::from_secs(5));
    tale.fact(205, Fact::Polled { who, gateway, up, down, position: 3 });
    tale.stops(300, who, Stop::Patience);
    assert_eq!(tale.end().answers, [1, 2, 0]);
}

#[test]
#[should_panic(expected = "is not known at an instant")]
fn what_is_not_known_at_an_instant_cannot_be_asked() {
    asked(&[(names::FAIRNESS_ENVY, None, 300)]);
}

/// How often the metric could have happened, in a sale in which person 0 buys and the others leave.
fn chances(roster: &Roster, name: &str) -> Option<u64> {
    let mut tale = Tale::of(roster);
    tale.joins(150, tab(0, 0)).turn(160, tab(0, 0));
    tale.fact(165, Fact::Accepted { who: tab(0, 0), kind: Kind::Pay, gateway: GatewayId(0) });
    tale.fact(170, Fact::ServiceBegan { who: tab(0, 0), station: StationId(0), waited: Span::ZERO });
    tale.fact(
        171,
        Fact::ServiceEnded {
            who: tab(0, 0),
            station: StationId(0),
            served: Span::from_secs(1),
            zombie: Span::ZERO,
            wasted: Span::ZERO,
        },
    );
    tale.fact(172, Fact::Charged { who: tab(0, 0), duplicate: false });
    tale.buys(175, tab(0, 0));
    let sheet = tale.end();
    let found = sheet.values.iter().find(|value| value.name == name && value.cohort.is_none());
    found.unwrap_or_else(|| panic!("{name} is not on the sheet")).n
}

#[test]
fn each_incident_says_how_often_it_could_have_happened() {
    let risky = roster(&[1], 5);
    for (name, n) in [
        (names::TIMEOUTS_GATEWAY_504, 2),
        (names::TIMEOUTS_PAYMENT_504, 1),
        (names::TIMEOUTS_CLIENT, 3),
        (names::REFUSALS_GATEWAY_503, 2),
        (names::REFUSALS_STATION_503, 1),
        (names::STATION_REFUSED, 1),
        (names::REFUSALS_502, 2),
        (names::REFUSALS_503, 2),
        (names::REQUESTS_CLOSED, 2),
        (names::REQUESTS_SILENCED, 2),
        (names::LINE_EVICTIONS, 1),
        (names::LINE_TURNED_AWAY, 1),
        (names::INSIDE_DROPPED, 1),
        (names::REQUESTS_ABORTED, 2),
        (names::REQUESTS_LOST_UP, 3),
        (names::REQUESTS_LOST_DOWN, 3),
        (names::REQUESTS_IGNORED, 3),
        (names::SALE_OVERSOLD, 1),
        (names::SALE_HOLDS_EXPIRED, 1),
        (names::SALE_TURNS, 1),
        (names::SALE_NO_SHOWS, 1),
        (names::SALE_DECLINES, 1),
        (names::SALE_CHARGES, 1),
        (names::SALE_DUPLICATE_CHARGES, 1),
        (names::SALE_CHARGED_WITHOUT_TICKET, 1),
        (names::SALE_PAYMENT_REPLIES_LOST, 1),
    ] {
        assert_eq!(chances(&risky, name), Some(n), "{name}");
    }
}

/// Nothing can go wrong.
const NO_RISKS: Risks = Risks {
    upstream_timer: [false; Kind::ALL.len()],
    gateway_503: false,
    overload_control: false,
    account_lock: false,
    gateway_429: false,
    syn_drop: false,
    close: false,
    bad_gateway: false,
    unavailable: false,
    server_error: false,
    silence: false,
    retry_denied: false,
    failed_fast: false,
    next_peer_denied: false,
    eviction: false,
    restoration: false,
    set_apart: false,
    queue_switch: false,
    call_back: false,
    no_newcomers: false,
    heartbeat: false,
    client_timeout: false,
    loss_up: false,
    loss_down: false,
    decline: false,
    incidents: [false; crate::protocol::Incident::ALL.len()],
    leaving: [false; Stop::LEAVING.len()],
    code_guessing: false,
    network_switch: false,
    cancellation: false,
    forgetting: false,
    overshoot: false,
    provider_queue: false,
    provider_error: false,
    challenge: false,
    payment_key: false,
    unpaid: false,
    oversell: false,
    write_conflict: false,
    shards: false,
    stock_lock: false,
    picks: false,
    choose_deadline: false,
    buy_deadline: false,
    stock_loss: false,
};

#[test]
fn what_the_scenario_rules_out_had_no_chance() {
    let mut safe = roster(&[1], 5);
    safe.stations[0].limited = false;
    safe.stations[0].sheds = false;
    safe.risks = NO_RISKS;
    for name in [
        names::TIMEOUTS_GATEWAY_504,
        names::TIMEOUTS_CLIENT,
        names::REFUSALS_GATEWAY_503,
        names::REFUSALS_STATION_503,
        names::REFUSALS_429,
        names::REFUSALS_502,
        names::REFUSALS_503,
        names::REQUESTS_SYN_DROPPED,
        names::REQUESTS_CLOSED,
        names::REQUESTS_SILENCED,
        names::LINE_EVICTIONS,
        names::LINE_TURNED_AWAY,
        names::INSIDE_DROPPED,
        names::STATION_REFUSED,
        names::REQUESTS_LOST_UP,
        names::REQUESTS_LOST_DOWN,
        names::SALE_DECLINES,
        names::LEFT_SILENCE,
    ] {
        assert_eq!(chances(&safe, name), Some(0), "{name}");
    }
    assert_eq!(chances(&safe, names::SALE_CHARGES), Some(1), "somebody paid");
}
