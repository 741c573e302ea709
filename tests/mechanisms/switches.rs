//! Devices that change their network in mid-line. What has to be lost with it is worked out here a second time, from the
//! facts that lead to it.

use super::{Book, changed, happens, happens_with, measured, measured_with};
use crate::support;
use onsale::protocol::{Belief, Fact, Incident, Kind, SessionId, Truth};
use std::collections::{BTreeMap, BTreeSet};

const STILL: &str = r#""network": "still", "timeout": null, "arrivals""#;
const STILL_CLASSES: &str = r#""network": [{ "name": "still", "up": "0s", "down": "0s" },
    { "name": "far", "up": "1s", "down": "1s" }], "waiting_room""#;

/// When the device of each session changed, in microseconds, how often it had then, and whether that broke a connection.
fn changes(book: &Book) -> Vec<(u64, SessionId, u8, bool)> {
    book.0
        .iter()
        .filter_map(|(at, fact)| match *fact {
            Fact::NetworkSwitched { who, times, broken } => Some((at.as_us(), who.session, times, broken)),
            _ => None,
        })
        .collect()
}

/// Of each session something and when, in order of time.
fn of_sessions<T>(
    book: &Book, of: impl Fn(&Fact) -> Option<(SessionId, T)>,
) -> BTreeMap<SessionId, Vec<(u64, T)>> {
    let mut found: BTreeMap<SessionId, Vec<(u64, T)>> = BTreeMap::new();
    for (at, fact) in &book.0 {
        if let Some((session, value)) = of(fact) {
            found.entry(session).or_default().push((at.as_us(), value));
        }
    }
    found.values_mut().for_each(|values| values.sort_by_key(|(at, _)| *at));
    found
}

fn truths(book: &Book) -> BTreeMap<SessionId, Vec<(u64, Truth)>> {
    of_sessions(book, |fact| match *fact {
        Fact::Decided { who, truth } => Some((who.session, truth)),
        _ => None,
    })
}

fn befell(book: &Book, wanted: Incident) -> BTreeMap<SessionId, Vec<(u64, ())>> {
    of_sessions(book, |fact| match *fact {
        Fact::Incident { who, incident } if incident == wanted => Some((who.session, ())),
        _ => None,
    })
}

#[test]
fn a_place_in_line_is_lost_with_the_address_by_which_it_is_known() {
    let book = happens("changing-network");
    let truths = truths(&book);
    let lost = befell(&book, Incident::LostWithAddress);
    let in_line: BTreeSet<SessionId> = changes(&book)
        .into_iter()
        .filter(|(at, session, ..)| {
            truths[session]
                .iter()
                .rfind(|(decided, _)| decided <= at)
                .is_some_and(|(_, truth)| *truth == Truth::Queued)
        })
        .map(|(_, session, ..)| session)
        .collect();
    // A turn a second: of 300 who leave between 70 s and 190 s about 120 x 300 / 600 have had theirs.
    assert!((180..290).contains(&in_line.len()), "{} were in line", in_line.len());
    let places = of_sessions(&book, |fact| match *fact {
        Fact::Placed { who, place } => Some((who.session, place)),
        _ => None,
    });
    for session in &in_line {
        assert!(lost.contains_key(session), "session {} is known no more", session.0);
        assert_eq!(places[session].len(), 2, "session {} has a second place", session.0);
        assert!(places[session][1].1 >= 600, "and it is at the back: {:?}", places[session]);
    }
    let once = |session: &SessionId| !in_line.contains(session);
    assert!(places.keys().filter(|session| once(session)).all(|session| places[session].len() <= 2));
    let all = lost.values().map(Vec::len).sum::<usize>();
    assert_eq!(measured("changing-network", "line.lost_with_address"), Some(all as f64));
    assert_eq!(measured("changing-network", "crowd.network_switches"), Some(changes(&book).len() as f64));
}

#[test]
fn whoever_is_known_by_anything_else_loses_nothing() {
    for identity in ["cookie", "account", "device", "code"] {
        let written = format!("\"identity\": \"{identity}\"");
        let book = happens_with("changing-network", &[("\"identity\": \"address\"", &written)]);
        assert!(changes(&book).len() > 200);
        assert_eq!(book.count(|fact| matches!(fact, Fact::Incident { .. })), 0, "{identity}");
        assert_eq!(
            book.count(|fact| matches!(fact, Fact::Enqueued { .. })),
            600,
            "{identity}: one place each"
        );
    }
}

#[test]
fn places_left_behind_are_called_while_their_grace_lasts() {
    let book = happens("changing-network");
    let contacts = of_sessions(&book, |fact| match *fact {
        Fact::Accepted { who, .. } | Fact::Polled { who, .. } => Some((who.session, ())),
        _ => None,
    });
    let changed: BTreeMap<SessionId, u64> =
        changes(&book).into_iter().map(|(at, session, ..)| (session, at)).collect();
    let for_nobody = befell(&book, Incident::TurnForNobody);
    assert!(for_nobody.len() > 30, "{} turns", for_nobody.len());
    for (session, turns) in &for_nobody {
        assert_eq!(turns.len(), 1, "one place is left behind");
        let left =
            contacts[session].iter().rfind(|(at, ())| *at <= changed[session]).expect("it was there").0;
        let silent_s = (turns[0].0 - left) as f64 / 1e6;
        assert!(silent_s <= 120.001, "session {} was silent there for {silent_s} s", session.0);
    }
    let cookie = [("\"identity\": \"address\"", "\"identity\": \"cookie\"")];
    let success = |cookie: &[(&str, &str)]| {
        let scenario = support::scenario(&changed_text(cookie));
        let result = support::run_scenario(&scenario, "changing-network", scenario.seed);
        let row = |cohort: &str| {
            let row = result
                .metrics
                .iter()
                .find(|v| v.name == "sale.buyers" && v.cohort.as_deref() == Some(cohort));
            row.and_then(|row| row.value).expect("counted")
        };
        row("leaving") / row("staying")
    };
    assert!(success(&cookie) > 0.9, "500 seats for 600, by lot of the first instant: {}", success(&cookie));
    assert!(success(&[]) < 0.85, "whoever left stands at the back: {}", success(&[]));
}

fn changed_text(changes: &[(&str, &str)]) -> String {
    changed("changing-network", changes)
}

#[test]
fn a_request_under_way_is_lost_with_its_connection_and_none_other() {
    let changes_to_it = [
        ("\"arrivals\"", STILL),
        ("\"waiting_room\"", STILL_CLASSES),
        ("\"identity\": \"address\"", "\"long_poll\": \"15s\""),
    ];
    let book = happens_with("changing-network", &changes_to_it);
    let sent = of_sessions(&book, |fact| match *fact {
        Fact::Sent { who, kind, .. } if kind.is_waited_for() => Some((who.session, ())),
        _ => None,
    });
    let heard = of_sessions(&book, |fact| match *fact {
        Fact::Heard { who, .. } => Some((who.session, ())),
        _ => None,
    });
    let errors = of_sessions(&book, |fact| match *fact {
        Fact::Believes { who, belief: Belief::OpaqueError } => Some((who.session, ())),
        _ => None,
    });
    let (mut broken_ones, mut whole) = (0, 0);
    for (at, session, _, broken) in changes(&book) {
        let up_to = |times: &BTreeMap<SessionId, Vec<(u64, ())>>| {
            times.get(&session).map_or(0, |times| times.iter().filter(|(time, ())| *time <= at).count())
        };
        assert_eq!(broken, up_to(&sent) > up_to(&heard), "session {} at {at}", session.0);
        let sees_it = errors.get(&session).is_some_and(|times| times.iter().any(|(time, ())| *time == at));
        assert_eq!(broken, sees_it, "session {} sees an error", session.0);
        *(if broken { &mut broken_ones } else { &mut whole }) += 1;
    }
    assert!(broken_ones > 50 && whole > 50, "{broken_ones} broken, {whole} not");
    let measured = measured_with("changing-network", "requests.broken_by_switch", &changes_to_it);
    assert_eq!(measured, Some(f64::from(broken_ones)));
}

#[test]
fn the_new_network_has_its_own_delays_and_a_second_change_leads_back() {
    let book = happens_with(
        "changing-network",
        &[
            ("\"arrivals\"", STILL),
            ("\"waiting_room\"", STILL_CLASSES),
            (
                "{ \"uniform\": { \"low\": \"1m\", \"high\": \"3m\" } }",
                "\"100s\", \"most\": 2, \"to\": \"far\"",
            ),
            ("\"identity\": \"address\"", "\"identity\": \"cookie\""),
        ],
    );
    let (mut far, mut near) = (0, 0);
    for (at, fact) in &book.0 {
        if let Fact::Polled { who, up, down, .. } = *fact
            && who.person.0 >= 300
        {
            let sent_s = (at.as_us() - up.as_us()) as f64 / 1e6;
            let elsewhere = (110.0..210.0).contains(&sent_s);
            let (expected_up, expected_down) = if elsewhere { (1_000_000, 1_000_000) } else { (0, 0) };
            // A reply that leaves in the second of a change comes by the network that its device is in then.
            assert_eq!(up.as_us(), expected_up, "sent at {sent_s} s");
            if !(209.0..210.0).contains(&sent_s) {
                assert_eq!(down.as_us(), expected_down, "sent at {sent_s} s");
            }
            *(if elsewhere { &mut far } else { &mut near }) += 1;
        }
    }
    assert!(far > 500 && near > 500, "{far} and {near}");
    let times: BTreeSet<u8> = changes(&book).into_iter().map(|(_, _, times, _)| times).collect();
    assert_eq!(times, BTreeSet::from([1, 2]));
}

#[test]
fn a_limit_of_an_address_counts_anew_at_the_new_one() {
    let limited = |more: &str| {
        let text = format!(
            r#"{{ "opens_at": "1s", "horizon": "2m", "network": [{{ "name": "still", "up": "0s", "down": "0s" }}],
            "crowd": [{{ "name": "all", "count": 20, "network": "still"{more}, "arrivals": {{ "spike": {{ "at": "10s" }} }} }}],
            "edge": {{ "rate_limit": {{ "per_second": 0.02, "nodelay": true }} }},
            "waiting_room": {{ "new_per_minute": 1, "poll_interval": "20s", "poll_jitter": 0 }},
            "inventory": {{ "bands": [{{ "name": "hall", "seats": 5 }}] }} }}"#
        );
        let scenario = support::scenario(&text);
        let book =
            onsale::experiment::observe(support::plan(&scenario), scenario.seed, Book::default()).observer;
        let mut joined = book.instants_us(|fact| matches!(fact, Fact::Accepted { kind: Kind::Join, .. }));
        joined.dedup();
        joined
    };
    // The page at 10 s takes what the address has for 50 s; the join is tried at 10, 30, 50 and 70 s.
    assert_eq!(limited(""), [70_000_000]);
    assert_eq!(limited(r#", "network_switches": { "after": "5s", "to": "still" }"#), [30_000_000]);
}

#[test]
fn its_share_of_devices_changes_and_tabs_of_one_device_change_together() {
    let tabs = "\"network_switches\": { \"share\": 0.3, ";
    let several = "\"count\": 300, \"sessions\": [0, 0, 0, 1], \"tabs_per_device\": 2, \"network_switches\"";
    let book = happens_with(
        "changing-network",
        &[
            ("\"count\": 300, \"network_switches\"", several),
            ("\"network_switches\": { ", tabs),
            ("\"identity\": \"address\"", "\"identity\": \"cookie\""),
            ("\"new_per_minute\": 60", "\"new_per_minute\": 1"),
        ],
    );
    let mut devices: BTreeMap<(u32, u8), Vec<u64>> = BTreeMap::new();
    for (at, fact) in &book.0 {
        if let Fact::NetworkSwitched { who, .. } = fact {
            devices.entry((who.person.0, who.tab / 2)).or_default().push(at.as_us());
        }
    }
    assert!(devices.values().all(|instants| instants.len() == 2 && instants[0] == instants[1]));
    let found = devices.len() as f64;
    assert!((found - 180.0).abs() < 4.0 * (600.0_f64 * 0.3 * 0.7).sqrt(), "{found} of 600 devices");
    let both = devices.keys().filter(|(person, device)| *device == 0 && devices.contains_key(&(*person, 1)));
    let apart = both.filter(|(person, _)| devices[&(*person, 0)] != devices[&(*person, 1)]).count();
    assert!(apart > 5, "two devices of a person change at instants of their own: {apart}");
}
