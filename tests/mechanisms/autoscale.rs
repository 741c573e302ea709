//! Gateways, and servers of a service, whose number follows the load, some time later.

use super::{Book, happens, happens_with, runs_with};
use crate::support;
use onsale::engine::Time;
use onsale::protocol::{Fact, Kind, Reply};
use std::collections::{BTreeMap, VecDeque};

const SECOND: u64 = 1_000_000;
const GATEWAYS: &str = "autoscale-gateways";
const SERVERS: &str = "autoscale-servers";

/// Twenty at once, for ten minutes each, instead of a stream; a further two once there are idle gateways.
const STANDING: [(&str, &str); 5] = [
    ("\"count\": 12000", "\"count\": 20"),
    ("{ \"poisson\": { \"from\": \"2s\", \"per_second\": 40 } }", "{ \"spike\": { \"at\": \"2s\" } }"),
    (
        "\"attempts\": 1 } } }]",
        "\"attempts\": 1 } } }, { \"name\": \"two\", \"count\": 2, \"network\": \"still\", \"choose\": \"1h\",
           \"arrivals\": { \"spike\": { \"at\": \"580s\" } }, \"behavior\": { \"backoff\": { \"attempts\": 1 } } }]",
    ),
    ("\"500ms\"", "\"10m\""),
    ("\"choose\": \"1h\"", "\"choose\": \"1h\", \"timeout\": null"),
];

/// The number of gateways stays.
const NEVER: (&str, &str) = (
    "\"autoscale\": { \"min\": 1, \"max\": 20, \"target\": 0.5, \"lead_time\": \"60s\" }",
    "\"autoscale\": null",
);

/// When how many serve and are wanted, in seconds: what was told.
fn nodes(book: &Book) -> Vec<(u64, u32, u32)> {
    let told = book.0.iter().filter_map(|(at, fact)| match *fact {
        Fact::Nodes { serving, wanted, .. } => Some((at.as_us(), serving, wanted)),
        _ => None,
    });
    told.map(|(at, serving, wanted)| {
        assert_eq!(at % SECOND, 0, "looks and lead times are whole seconds");
        (at / SECOND, serving, wanted)
    })
    .collect()
}

/// How many served at an instant, what is told at that instant included.
fn serving(nodes: &[(u64, u32, u32)], at: Time) -> u32 {
    let told = nodes.iter().rev().find(|(second, ..)| second * SECOND <= at.as_us());
    told.expect("the sale begins with some").1
}

/// The number of the gateway that took a request, or refused it.
fn gateway(fact: &Fact) -> Option<u32> {
    match fact {
        Fact::Accepted { gateway, .. } | Fact::Answered { reply: Reply::GatewayBusy, gateway, .. } => {
            Some(u32::from(gateway.0))
        }
        _ => None,
    }
}

fn refused(fact: &Fact) -> bool {
    matches!(fact, Fact::Answered { reply: Reply::GatewayBusy, .. })
}

#[test]
fn a_constant_load_settles_at_the_load_over_capacity_and_target_a_lead_time_after_the_look() {
    let book = happens_with(GATEWAYS, &STANDING);
    // 20 in flight from 2 s on, ten at a time each, half of it in use. The first look sees 13 s of it: 3.5 gateways; all
    // later ones see 4, and 4.4 at 600 s, when there are 22, which is a tenth more. From 602 s on there are two.
    let expected = vec![(0, 2, 2), (15, 2, 4), (15 + 60, 4, 4), (600 + 300, 1, 1)];
    assert_eq!(nodes(&book), expected);
    assert_eq!(book.count(refused), 0, "there is room for all of them");
    let result = runs_with(GATEWAYS, &STANDING);
    let integral_s = 2 * 75 + 4 * (900 - 75) + (1200 - 900);
    for (metric, value) in [
        ("autoscale.gateways.peak", 4.0),
        ("autoscale.gateways.node_hours", f64::from(integral_s) / 3600.0),
        ("autoscale.gateways.short", 60.0),
        ("autoscale.gateways.changes", 2.0),
    ] {
        assert_eq!(result.value(metric), Some(value), "{metric}");
    }
}

#[test]
fn fewer_serve_only_after_the_highest_of_the_window_has_left_it() {
    let sooner = ("\"lead_time\": \"60s\"", "\"lead_time\": \"60s\", \"scale_down_after\": \"1m\"");
    let book = happens_with(GATEWAYS, &[&STANDING[..], &[sooner]].concat());
    assert_eq!(nodes(&book).last(), Some(&(600 + 60, 1, 1)));
    // Where nothing holds, the look at 615 s sees 22 for 2 s and 2 for 13 s: 0.93 of a gateway.
    let at_once = ("\"lead_time\": \"60s\"", "\"lead_time\": \"60s\", \"scale_down_after\": \"0s\"");
    let book = happens_with(GATEWAYS, &[&STANDING[..], &[at_once]].concat());
    assert_eq!(nodes(&book).last(), Some(&(615, 1, 1)));
}

#[test]
fn a_gateway_that_is_taken_away_finishes_what_it_has_and_takes_nothing_new() {
    let book = happens_with(GATEWAYS, &STANDING);
    let served = |fact: &Fact| matches!(fact, Fact::Answered { kind: Kind::OpenPage, reply: Reply::Page, gateway, .. } if gateway.0 >= 2);
    assert_eq!(book.instants_us(served), [1180 * SECOND; 2], "280 s after the two gateways were taken away");
    // A crash takes what it still had, and so it does at a gateway that serves.
    let crash = |gateway: u8, at: &str, lasts: &str| {
        format!(
            "\"faults\": [{{ \"at\": \"{at}\", \"for\": \"{lasts}\", \"gateway_crash\": {{ \"gateway\": {gateway} }} }}],
              \"route\""
        )
    };
    let crashed = crash(3, "1000s", "10s");
    let book = happens_with(GATEWAYS, &[&STANDING[..], &[("\"route\"", &crashed)]].concat());
    assert_eq!(book.instants_us(served), [1180 * SECOND]);
    let reset = |fact: &Fact| matches!(fact, Fact::ConnectionClosed { gateway, .. } if gateway.0 == 3);
    assert_eq!(book.instants_us(reset), [1000 * SECOND]);
    // One that never began has nothing to lose.
    let idle = crash(9, "100s", "10s");
    let mut book = happens_with(GATEWAYS, &[("\"route\"", &idle)]);
    book.0.retain(|(_, fact)| !matches!(fact, Fact::FaultBegan { .. } | Fact::FaultEnded { .. }));
    assert!(book.0 == happens(GATEWAYS).0, "nobody notices");
}

#[test]
fn a_gateway_that_is_added_while_its_place_is_broken_is_down_until_that_is_over() {
    let fault = "\"faults\": [{ \"at\": \"10s\", \"for\": \"100s\", \"gateway_crash\": { \"gateway\": 2 } }], \"route\"";
    let unnoticed = ("\"gateways\": 2", "\"gateways\": 2, \"health_check\": null");
    let book = happens_with(GATEWAYS, &[("\"route\"", fault), unnoticed]);
    let closed =
        book.instants_us(|fact| matches!(fact, Fact::ConnectionClosed { gateway, .. } if gateway.0 == 2));
    assert!(!closed.is_empty(), "the balancer sends people there as soon as it is added");
    assert!(closed.iter().all(|at| (75 * SECOND..110 * SECOND).contains(at)), "{closed:?}");
    let accepted = |book: &Book| {
        book.instants_us(|fact| matches!(fact, Fact::Accepted { gateway, .. } if gateway.0 == 2))[0]
    };
    assert!((110 * SECOND..111 * SECOND).contains(&accepted(&book)));
    let noticed = happens_with(GATEWAYS, &[("\"route\"", fault)]);
    assert_eq!(
        noticed.count(|fact| matches!(fact, Fact::ConnectionClosed { .. })),
        0,
        "it was noticed at 70 s"
    );
    assert!((110 * SECOND..111 * SECOND).contains(&accepted(&noticed)));
}

/// The share of a Poisson stream that finds all places taken (Erlang's loss formula).
fn loss(offered: f64, places: u32) -> f64 {
    (1..=places).fold(1.0, |blocked, place| offered * blocked / (f64::from(place) + offered * blocked))
}

#[test]
fn a_lead_time_longer_than_the_surge_is_no_autoscaling_at_all() {
    let without = happens_with(GATEWAYS, &[NEVER]).instants_us(refused);
    let late = happens_with(GATEWAYS, &[("\"lead_time\": \"60s\"", "\"lead_time\": \"10m\"")]);
    assert_eq!(late.instants_us(refused), without);
    // Two gateways of ten places behind a balancer that knows their load are one loss system of twenty.
    let share = without.len() as f64 / 12_000.0;
    let expected = loss(20.0, 20);
    assert!((share - expected).abs() < 0.1 * expected, "{share} refused, {expected} expected");
    let told = nodes(&late);
    assert_eq!(told[1].0, 15, "they are ordered");
    assert!(
        told.iter().all(|told| told.1 <= 2),
        "and given up before they are ready, since nobody comes any more"
    );

    let book = happens(GATEWAYS);
    let until = |refused: &[u64]| refused.iter().filter(|at| **at < 75 * SECOND).count();
    let with = book.instants_us(refused);
    assert_eq!(
        with[..until(&with)],
        without[..until(&without)],
        "until a new one serves nothing is different"
    );
    // From 90 s on at least four serve: 40 places for 20.
    let later = with.iter().filter(|at| **at > 91 * SECOND).count();
    assert!(loss(20.0, 40) < 1e-4 && later <= 5, "{later} refused");
}

#[test]
fn new_gateways_serve_from_the_end_of_their_lead_time_on_whoever_spreads_the_requests() {
    for law in ["sticky", "ip_hash", "round_robin", "least_loaded", "two_choices"] {
        let book = happens_with(GATEWAYS, &[("least_loaded", law)]);
        let nodes = nodes(&book);
        assert_eq!(nodes[0], (0, 2, 2), "{law}");
        let (ordered, ready) = (nodes[1].0, nodes.iter().find(|told| told.1 > 2).expect("some are ready").0);
        assert_eq!((ordered, ready), (15, 75), "{law}");
        let mut taken = BTreeMap::new();
        for (at, fact) in &book.0 {
            let Some(gateway) = gateway(fact) else { continue };
            assert!(gateway < serving(&nodes, *at), "{law}: gateway {gateway} does not serve at {at}");
            taken.entry(gateway).or_insert(*at);
        }
        assert_eq!(
            taken.len(),
            nodes.iter().map(|told| told.1).max().unwrap() as usize,
            "{law}: all are used"
        );
    }
    // The least loaded one is the one that has just begun.
    let book = happens(GATEWAYS);
    let first = book.0.iter().find(|(at, fact)| at.as_us() >= 75 * SECOND && gateway(fact).is_some());
    assert_eq!(first.and_then(|(_, fact)| gateway(fact)), Some(2));
}

#[test]
fn a_session_keeps_its_gateway_while_others_are_added() {
    let heard = ("\"down\": \"1h\"", "\"down\": \"0s\"");
    let stubborn = (
        "\"backoff\": { \"attempts\": 1 }",
        "\"backoff\": { \"attempts\": 90, \"base\": \"1s\", \"cap\": \"1s\" }",
    );
    let book = happens_with(GATEWAYS, &[("least_loaded", "sticky"), heard, stubborn]);
    let nodes = nodes(&book);
    let mut kept = BTreeMap::new();
    let mut old_ones = 0;
    for (at, fact) in &book.0 {
        let (Some(gateway), Some(who)) = (gateway(fact), fact.session()) else { continue };
        let first = *kept.entry(who.session.0).or_insert(gateway);
        if first < serving(&nodes, *at) {
            assert_eq!(gateway, first, "session {} at {at}", who.session.0);
        }
        old_ones += usize::from(refused(fact) && at.as_us() > 91 * SECOND && first < 2);
    }
    assert!(old_ones > 0, "those who came first still crowd the first two, beside empty ones");
}

/// A service whose servers follow its load, worked out apart from the simulator, second by second.
#[derive(Default)]
struct Replay {
    begins_s: Vec<u64>,
    nodes: Vec<(u64, u32, u32)>,
    /// Seconds in which removed servers still finish something.
    finishing_s: u64,
}

fn replay(asked_s: &[u64], until_s: u64) -> Replay {
    const SERVICE: u64 = 40;
    const LOOK: u64 = 15;
    const LEAD: u64 = 20;
    const WINDOW: u64 = 30;
    const MOST: u32 = 12;
    let mut replay = Replay { nodes: vec![(0, 2, 2)], ..Replay::default() };
    let (mut serving, mut wanted) = (2_u32, 2_u32);
    let (mut queue, mut ends, mut orders) = (0_usize, Vec::new(), VecDeque::new());
    let mut looks = vec![(0, 2)];
    let mut grown: Vec<(u64, u32)> = Vec::new();
    let (mut busy_s, mut servers_s) = (0_u32, 0_u32);
    for now in 0..until_s {
        let before = (serving, wanted);
        if now > 0 && now.is_multiple_of(LOOK) {
            // Four fifths of the servers busy: so many are needed, times busy and servers' time.
            let needed = f64::from(serving * busy_s) / (0.8 * f64::from(servers_s));
            let starting = wanted - serving;
            let there = if needed > f64::from(serving) { wanted } else { serving };
            let share = needed / f64::from(there);
            let enough = (share - 1.0).abs() <= 0.1 + 1e-9
                || starting > 0 && needed > f64::from(serving) && share < 1.0;
            let recommended = if enough { wanted } else { (needed - 1e-9).ceil() as u32 };
            looks.push((now, recommended));
            looks.retain(|(at, _)| now - at < WINDOW);
            let highest = looks.iter().map(|look| look.1).max().expect("this look");
            grown.retain(|(at, _)| now - at < 15);
            let base = wanted - grown.iter().map(|growth| growth.1).sum::<u32>();
            let aim = if recommended > wanted { recommended } else { wanted.min(highest) };
            let aim = aim.min((2 * base).max(base + 4).max(wanted)).clamp(1, MOST);
            if aim > wanted {
                orders.push_back((now + LEAD, aim - wanted));
                grown.push((now, aim - wanted));
            }
            assert!(aim >= wanted || starting == 0, "none is given up while it starts");
            if aim < wanted {
                serving -= wanted - aim;
            }
            wanted = aim;
            (busy_s, servers_s) = (0, 0);
            if (serving, wanted) != before {
                replay.nodes.push((now, serving, wanted));
            }
        }
        if orders.front().is_some_and(|(at, _)| *at == now) {
            serving += orders.pop_front().expect("it is there").1;
            replay.nodes.push((now, serving, wanted));
        }
        ends.retain(|end| *end != now);
        queue += asked_s.iter().filter(|at| **at == now).count();
        while queue > 0 && ends.len() < serving as usize {
            queue -= 1;
            ends.push(now + SERVICE);
            replay.begins_s.push(now);
        }
        let busy = u32::try_from(ends.len()).expect("few");
        replay.finishing_s += u64::from(busy > serving);
        busy_s += busy.min(serving);
        servers_s += serving;
    }
    replay
}

#[test]
fn servers_follow_the_load_and_the_removed_ones_finish_their_job() {
    let book = happens(SERVERS);
    let asked: Vec<u64> = [vec![2; 60], vec![357; 5]].concat();
    let expected = replay(&asked, 900);
    assert_eq!(expected.begins_s.len(), 65);
    assert!(expected.finishing_s > 0, "some servers are removed while they are busy");
    assert_eq!(nodes(&book), expected.nodes);
    let began: Vec<u64> = expected.begins_s.iter().map(|second| second * SECOND).collect();
    assert_eq!(book.instants_us(|fact| matches!(fact, Fact::ServiceBegan { .. })), began);
    assert_eq!(book.count(|fact| matches!(fact, Fact::ServiceEnded { .. })), 65, "whatever began ends");
    // The figures are integrals of what was told.
    let result = runs_with(SERVERS, &[]);
    let until = expected.nodes.iter().skip(1).map(|told| told.0).chain([900]);
    let spells = expected.nodes.iter().zip(until).map(|(told, until)| (until - told.0, told.1, told.2));
    let integral_s: u64 = spells.clone().map(|(lasted, serving, _)| lasted * u64::from(serving)).sum();
    let short_s: u64 =
        spells.filter(|(_, serving, wanted)| serving < wanted).map(|(lasted, ..)| lasted).sum();
    let at = |metric| result.of_station(metric, "inventory");
    assert_eq!(at("autoscale.servers.node_hours"), Some(integral_s as f64 / 3600.0));
    assert_eq!(at("autoscale.servers.short"), Some(short_s as f64));
    assert_eq!(
        at("autoscale.servers.peak"),
        Some(f64::from(expected.nodes.iter().map(|told| told.1).max().unwrap()))
    );
    let changes = expected.nodes.windows(2).filter(|pair| pair[0].2 != pair[1].2).count();
    assert_eq!(at("autoscale.servers.changes"), Some(changes as f64));
}

#[test]
fn looks_end_with_the_sale_and_change_nothing_where_the_number_cannot() {
    let book = happens_with(GATEWAYS, &[("\"min\": 1, \"max\": 20", "\"min\": 2, \"max\": 2")]);
    let fixed = happens_with(GATEWAYS, &[NEVER]);
    assert_eq!(nodes(&book), [(0, 2, 2)]);
    let without: Vec<_> = book.0.iter().filter(|(_, fact)| !matches!(fact, Fact::Nodes { .. })).collect();
    assert!(without.len() == fixed.0.len() && without.into_iter().zip(&fixed.0).all(|(a, b)| a == b));
    // One person buys the only seat; what is left are timers that nobody waits for.
    let brief = [
        ("\"count\": 12000", "\"count\": 1"),
        ("\"down\": \"1h\"", "\"down\": \"0s\""),
        ("\"choose\": \"1h\"", "\"choose\": \"1s\""),
        ("\"opens_at\": \"1s\"", "\"opens_at\": \"1s\", \"closes_at\": \"5m\""),
        ("\"horizon\": \"20m\"", "\"horizon\": \"10h\""),
    ];
    let ended = |changes: &[(&str, &str)]| {
        let scenario = support::scenario(&super::changed(GATEWAYS, changes));
        super::observe(support::plan(&scenario), scenario.seed, ()).ended_at.as_us()
    };
    let (with, without) = (ended(&brief), ended(&[&brief[..], &[NEVER]].concat()));
    assert!(without < 3600 * SECOND, "nothing happens after {without} us");
    assert!(
        (without..without + 15 * SECOND).contains(&with),
        "the last look has nothing to wait for: {with} us"
    );
}
