//! A clock that jumps at one gateway: who is early, and whose turn is over, is told by the clock of whoever looks.

use super::presets::turns;
use super::{Book, changed, happens, happens_with, measured, measured_with};
use onsale::protocol::{Fact, GatewayId, Incident, Kind, PersonId, Reply};
use onsale::scenario::{Scenario, Severity, check};
use std::collections::BTreeSet;

const NAME: &str = "clock-skew";
const SECOND: u64 = 1_000_000;

/// The persons whose joins the first gateway accepted, and those of the second.
fn by_gateway(book: &Book) -> [BTreeSet<PersonId>; 2] {
    let mut persons = [BTreeSet::new(), BTreeSet::new()];
    for (_, fact) in &book.0 {
        if let Fact::Accepted { who, kind: Kind::Join, gateway: GatewayId(gateway) } = fact {
            persons[usize::from(*gateway)].insert(who.person);
        }
    }
    persons
}

fn befell(book: &Book, wanted: Incident) -> usize {
    book.count(|fact| matches!(fact, Fact::Incident { incident, .. } if *incident == wanted))
}

#[test]
fn half_a_lounge_counts_as_late_and_stands_behind_the_other_half_where_one_clock_is_ahead() {
    let book = happens(NAME);
    let [wrong, right] = by_gateway(&book);
    assert_eq!((wrong.len() + right.len(), befell(&book, Incident::JoinMisdated)), (400, wrong.len()));
    let order: Vec<PersonId> = turns(&book).into_iter().map(|(_, person)| person).collect();
    assert_eq!(order[..right.len()].iter().copied().collect::<BTreeSet<_>>(), right);
    assert_eq!(measured(NAME, "line.joins_misdated"), Some(wrong.len() as f64));
    let none = [(
        r#""faults": [{ "at": "10s", "for": "30m", "clock_skew": { "gateway": 0, "ahead": "2m" } }]"#,
        r#""faults": []"#,
    )];
    let order: Vec<PersonId> =
        turns(&happens_with(NAME, &none)).into_iter().map(|(_, person)| person).collect();
    let mixed = order[..right.len()].iter().filter(|person| wrong.contains(person)).count();
    assert!(mixed > 60, "without the jump both halves are drawn together: {mixed}");
    assert_eq!(measured_with(NAME, "line.joins_misdated", &none), Some(0.0));
}

#[test]
fn late_people_are_drawn_with_the_lounge_where_one_clock_is_behind() {
    // Everybody comes half a minute after the opening, and half of them to a gateway whose clock is a minute late.
    let late = [(r#""at": "30s""#, r#""at": "90s""#), (r#""ahead": "2m""#, r#""behind": "1m""#)];
    let book = happens_with(NAME, &late);
    let [wrong, right] = by_gateway(&book);
    assert_eq!(befell(&book, Incident::JoinMisdated), wrong.len());
    let order: Vec<PersonId> = turns(&book).into_iter().map(|(_, person)| person).collect();
    // One turn a second, and people take as long to join as the network does: one or two are called before the rest.
    let ahead = order[..wrong.len()].iter().filter(|person| wrong.contains(person)).count();
    assert!(ahead + 2 >= wrong.len(), "{ahead} of {}", wrong.len());
    assert_eq!(wrong.len() + right.len(), 400);
}

#[test]
fn a_turn_is_refused_in_its_last_two_minutes_by_a_gateway_that_is_two_minutes_ahead_and_by_no_other() {
    // Whoever chooses for nine minutes asks for seats within the last two of ten.
    let slow = [(r#""choose": "10s""#, r#""choose": "9m""#)];
    let book = happens_with(NAME, &slow);
    let [wrong, _] = by_gateway(&book);
    let mut refused = BTreeSet::new();
    for (at, fact) in &book.0 {
        if let Fact::Incident { who, incident: Incident::TurnMisdated } = fact {
            assert!(wrong.contains(&who.person), "{who:?}");
            let answered = book.0.iter().any(|(when, fact)| {
                when == at
                    && matches!(fact, Fact::Answered { who: of, reply: Reply::TurnEnded, .. } if of == who)
            });
            assert!(answered, "told that the turn has ended");
            refused.insert(who.person);
        }
    }
    assert!(refused.len() > 100, "{}", refused.len());
    // Within eight minutes everybody is served, by either gateway.
    let brisk = happens(NAME);
    assert_eq!(befell(&brisk, Incident::TurnMisdated), 0);
    assert_eq!(brisk.count(|fact| matches!(fact, Fact::SeatSold { .. })), 400);
    let over = |changes: &[(&str, &str)]| measured_with(NAME, "line.turns_misdated", changes);
    assert!(over(&slow) >= Some(refused.len() as f64));
    let behind = [slow[0], (r#""ahead": "2m""#, r#""behind": "2m""#)];
    assert_eq!(over(&behind), Some(0.0), "a turn that the room has ended is over whatever a clock says");
}

#[test]
fn once_the_clock_is_right_again_so_is_what_it_says() {
    // It jumps at 10 s and is right at 20 s, before anybody comes.
    let short = [(r#""for": "30m""#, r#""for": "10s""#)];
    let book = happens_with(NAME, &short);
    assert_eq!(befell(&book, Incident::JoinMisdated), 0);
    let first = turns(&book)[0].0.as_us();
    assert_eq!(first, 60 * SECOND);
}

#[test]
fn every_mistake_of_a_clock_is_told_with_its_place() {
    let problems = |skew: &str| -> Vec<(Severity, String)> {
        let text = changed(NAME, &[(r#"{ "gateway": 0, "ahead": "2m" }"#, skew)]);
        match Scenario::parse(&text, "wrong") {
            Ok(scenario) => {
                check(&scenario).into_iter().map(|problem| (problem.severity, problem.path)).collect()
            }
            Err(told) => told.mistakes().iter().map(|told| (told.severity, told.path.clone())).collect(),
        }
    };
    for (skew, path) in [
        ("{}", "faults[0].clock_skew"),
        (r#"{ "ahead": "1s", "behind": "1s" }"#, "faults[0].clock_skew"),
        (r#"{ "ahead": "0s" }"#, "faults[0].clock_skew.ahead"),
        (r#"{ "gateway": 2, "behind": "1s" }"#, "faults[0].clock_skew.gateway"),
    ] {
        assert_eq!(problems(skew), [(Severity::Error, path.to_owned())], "{skew}");
    }
}

#[test]
fn where_every_clock_is_right_no_turn_is_misdated_whatever_is_paused() {
    // Whoever is inside goes on while the sale is paused, and turns end only afterwards.
    let paused = [
        (
            r#""faults": [{ "at": "10s", "for": "30m", "clock_skew": { "gateway": 0, "ahead": "2m" } }]"#,
            r#""operator": [{ "trigger": { "at": "80s" }, "actions": [{ "pause": { "inside": "serve" } }] },
                         { "trigger": { "at": "6m" }, "actions": [{ "resume": {} }] }]"#,
        ),
        (r#""turn_validity": "10m""#, r#""turn_validity": "1m""#),
        (r#""choose": "10s""#, r#""choose": "2m""#),
    ];
    let book = happens_with(NAME, &paused);
    assert_eq!(befell(&book, Incident::TurnMisdated), 0);
    let during = |at: u64| (80 * SECOND..360 * SECOND).contains(&at);
    let sold = book.instants_us(|fact| matches!(fact, Fact::SeatSold { .. }));
    assert!(sold.into_iter().any(during), "who has a turn buys during the pause");
}

#[test]
fn a_join_repeated_through_a_slow_clock_does_not_make_a_late_session_early() {
    // Half the replies are lost, so that joins are repeated; the clock is wrong from ten seconds after everybody came.
    let late = [
        (r#""at": "30s""#, r#""at": "90s""#),
        (r#""up": "20ms", "down": "20ms""#, r#""up": "20ms", "down": "20ms", "loss_down": 0.5"#),
        (
            r#"{ "at": "10s", "for": "30m", "clock_skew": { "gateway": 0, "ahead": "2m" } }"#,
            r#"{ "at": "100s", "for": "30m", "clock_skew": { "behind": "5m" } }"#,
        ),
        (
            r#""poll_interval": "5s","#,
            r#""poll_interval": "5s", "async_join": { "delay": "5m", "dead_letter": 0 },"#,
        ),
        (r#""arrivals": { "spike""#, r#""timeout": "3s", "arrivals": { "spike""#),
    ];
    let book = happens_with(NAME, &late);
    let misdated = befell(&book, Incident::JoinMisdated);
    let order: Vec<PersonId> = turns(&book).into_iter().map(|(_, person)| person).collect();
    let places = book.count(|fact| matches!(fact, Fact::Placed { .. }));
    assert!(places > 300 && misdated < places / 2, "{misdated} of {places}");
    // Those whose first join was accepted by a right clock stand in the order of their joins.
    let joined = |person: PersonId| {
        book.instants_us(|fact| matches!(fact, Fact::Enqueued { who } if who.person == person))
            .first()
            .copied()
    };
    let early: BTreeSet<PersonId> = book
        .0
        .iter()
        .filter(|(_, fact)| matches!(fact, Fact::Incident { incident: Incident::JoinMisdated, .. }))
        .filter_map(|(_, fact)| fact.person())
        .collect();
    let late: Vec<u64> =
        order.iter().filter(|person| !early.contains(person)).filter_map(|person| joined(*person)).collect();
    assert!(late.windows(2).all(|pair| pair[0] <= pair[1] + 1000), "in the order of joins");
}
