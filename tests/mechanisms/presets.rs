//! The presets: each shows what the system is known for that it is named after. What is expected is worked out here from
//! what is documented of that system, from schedules and from laws of chance, and never taken from a run.

use super::Book;
use crate::support;
use onsale::engine::{Span, Time};
use onsale::experiment::observe;
use onsale::protocol::{CallBack, Fact, Incident, PersonId, Reply, Truth};
use onsale::scenario::Scenario;
use onsale::scenario::presets::Preset;
use std::collections::{BTreeMap, BTreeSet};

/// A sale that opens after a minute, without spread of polls. Cohorts are `(name, count, when all of them come, what
/// else)`; what else may say how far away they are (`none` or `far`), and how long they choose.
pub(super) fn sale_in(room: &str, cohorts: &[(&str, u32, &str, &str)], rest: &str) -> Scenario {
    let cohort = |(name, count, at, more): &(&str, u32, &str, &str)| {
        let or_else = |key: &str, value: &str| {
            let written = more.contains(&format!("\"{key}\""));
            if written { String::new() } else { format!(r#", "{key}": "{value}""#) }
        };
        let (network, choose) = (or_else("network", "none"), or_else("choose", "1s"));
        format!(
            r#"{{ "name": "{name}", "count": {count}{network}{choose}, "fill_in": "1s",
                "arrivals": {{ "spike": {{ "at": "{at}" }} }}{more} }}"#
        )
    };
    let cohorts: Vec<String> = cohorts.iter().map(cohort).collect();
    support::scenario(&format!(
        r#"{{ "opens_at": "1m", "crowd": [{}],
        "network": [{{ "name": "none", "up": "0s", "down": "0s" }},
                    {{ "name": "far", "up": "300ms", "down": "300ms" }}],
        "waiting_room": {{ {room}, "poll_jitter": 0 }}{rest} }}"#,
        cohorts.join(", ")
    ))
}

/// The same under a preset.
fn sale(preset: &str, room: &str, cohorts: &[(&str, u32, &str, &str)], rest: &str) -> Scenario {
    sale_in(&format!(r#""preset": "{preset}"{room}"#), cohorts, rest)
}

fn stock(seats: u32) -> String {
    format!(r#", "inventory": {{ "bands": [{{ "name": "all", "seats": {seats} }}] }}"#)
}

pub(super) fn stock_until(seats: u32, horizon: &str) -> String {
    format!(r#", "horizon": "{horizon}"{}"#, stock(seats))
}

pub(super) fn heard(scenario: &Scenario) -> Book {
    observe(support::plan(scenario), scenario.seed, Book::default()).observer
}

fn at(seconds: u64) -> Time {
    Time::ZERO + Span::from_secs(seconds)
}

/// Leaves after five seconds without a word: nobody who was told no turn says goodbye.
const GHOST: &str = r#", "patience": "5s""#;

/// Who had a turn, and when, in the order of issue.
pub(super) fn turns(book: &Book) -> Vec<(Time, PersonId)> {
    let issued = |(at, fact): &(Time, Fact)| match fact {
        Fact::TurnIssued { who, order } => Some((*order, *at, who.person)),
        _ => None,
    };
    let mut turns: Vec<(u32, Time, PersonId)> = book.0.iter().filter_map(issued).collect();
    turns.sort_unstable();
    turns.into_iter().map(|(_, at, person)| (at, person)).collect()
}

/// How many had a turn at each instant.
fn turns_by_instant(book: &Book) -> BTreeMap<Time, u32> {
    let mut count = BTreeMap::new();
    for (at, _) in turns(book) {
        *count.entry(at).or_default() += 1;
    }
    count
}

/// The person at each place.
fn places(book: &Book) -> BTreeMap<u32, PersonId> {
    let placed = |(_, fact): &(Time, Fact)| match fact {
        Fact::Placed { who, place } => Some((*place, who.person)),
        _ => None,
    };
    book.0.iter().filter_map(placed).collect()
}

pub(super) fn is_about(count: f64, expected: f64, deviation: f64) {
    assert!((count - expected).abs() < 4.0 * deviation, "{count}, and {expected} +- {deviation} is expected");
}

#[test]
fn every_preset_is_shown_by_a_test_of_this_file() {
    let path = support::root().join("tests/mechanisms/presets.rs");
    let text = std::fs::read_to_string(path).expect("this file");
    for preset in Preset::ALL {
        assert!(text.contains(&format!("\"{}\"", preset.name())), "{}", preset.name());
    }
}

// ---- Cloudflare ----------------------------------------------------------------------------------------------

#[test]
fn cloudflare_s_minute_waits_five_minutes_for_five_who_never_come_back_with_every_slot_free() {
    let crowd = [("ghosts", 5, "10s", GHOST), ("fans", 10, "75s", "")];
    let room = r#", "total_active": 200"#;
    let book = heard(&sale("cloudflare-fifo", room, &crowd, &stock(10)));
    // The ghosts were heard of at 10 s and are given up after 310 s. The fans, of the next minute, ask each 20 s from
    // 75 s on: 75 + 12 x 20 = 315 s is the first time after it. Nobody was inside before.
    assert_eq!(turns_by_instant(&book), BTreeMap::from([(at(315), 10)]));
    let by_person = r#", "total_active": 200, "policy": { "fifo": {} }"#;
    let book = heard(&sale("cloudflare-fifo", by_person, &crowd, &stock(10)));
    let fans: Vec<Time> =
        turns(&book).into_iter().filter(|(_, person)| person.0 >= 5).map(|(when, _)| when).collect();
    assert_eq!(fans, [at(75); 10], "no stall by the person");
}

#[test]
fn a_preset_in_a_file_shows_the_stall_and_what_is_written_beside_it_takes_it_away() {
    let name = "preset-cloudflare-fifo";
    let book = super::happens(name);
    let contact = |(when, fact): &(Time, Fact)| match fact {
        Fact::Enqueued { who } if who.person.0 < 50 => Some(*when),
        _ => None,
    };
    let given_up = book.0.iter().filter_map(contact).max().expect("they came") + Span::from_secs(300);
    let first = turns(&book)[0].0;
    // Of a thousand who ask each 18 to 22 s, somebody asks within the next second.
    assert!(first > given_up && first < given_up + Span::from_secs(1), "{first}, given up at {given_up}");
    let half_wait =
        |changes: &[(&str, &str)]| super::measured_with(name, "wait.p50", changes).expect("many waited");
    let stalled = half_wait(&[]);
    let in_order = half_wait(&[(r#""cloudflare-fifo","#, r#""cloudflare-fifo", "policy": { "fifo": {} },"#)]);
    // In order the 500th of 1,000 in a minute is of those 300 who come from 78 s on and have their turns at 120 s, of
    // which they hear within 22 s.
    // Stalled, everybody waits from 120 s at the latest until the last of the gone is given up.
    assert!(in_order < 70.0 && stalled > given_up.as_secs_f64() - 120.0, "{in_order} and {stalled} s");
}

#[test]
fn cloudflare_s_draws_favor_whoever_was_in_more_of_them_and_only_so() {
    let crowd = [("early", 100, "30s", ""), ("late", 100, "390s", "")];
    let room = r#", "new_per_minute": 10"#;
    let book = heard(&sale("cloudflare-random", room, &crowd, &stock_until(200, "15m")));
    let turns = turns(&book);
    // Ten at the start of each minute, 60 s to 360 s: the first sixty are drawn among the early alone.
    assert!(turns[..60].iter().all(|(when, person)| person.0 < 100 && *when <= at(360)));
    // The next forty are drawn among forty early and a hundred late: 40 x 40 / 140, hypergeometric.
    assert_eq!((turns[60].0, turns[99].0), (at(420), at(600)));
    let early = turns[60..100].iter().filter(|(_, person)| person.0 < 100).count();
    let variance = 40.0 * (2.0 / 7.0) * (5.0 / 7.0) * (100.0 / 139.0_f64);
    is_about(early as f64, 40.0 * 40.0 / 140.0, variance.sqrt());
}

// ---- lounges that are shuffled -------------------------------------------------------------------------------

#[test]
fn whoever_waits_before_the_opening_is_shuffled_and_later_comers_stand_behind() {
    for preset in [
        "cloudflare-event-shuffle",
        "queue-it",
        "ticketmaster-smart-queue",
        "glastonbury-2024",
        "bookmyshow-2024",
    ] {
        let groups: Vec<(String, String)> =
            (0..20).map(|group| (format!("group {group}"), format!("{}s", 2 * group + 5))).collect();
        let mut cohorts: Vec<(&str, u32, &str, &str)> =
            groups.iter().map(|(name, when)| (name.as_str(), 10, when.as_str(), "")).collect();
        cohorts.push(("late", 20, "61s", ""));
        let room = r#", "new_per_minute": 220"#;
        let book = heard(&sale(preset, room, &cohorts, &stock_until(300, "5m")));
        let order: Vec<u32> = turns(&book).iter().map(|(_, person)| person.0 / 10).collect();
        assert_eq!(order.len(), 220, "{preset}");
        assert!(order[..200].iter().all(|group| *group < 20), "{preset}: nobody late before the lounge");
        // Pairs of different groups out of order: of a random permutation half of them, with the variance
        // (n^2 (2n + 3) - sum t^2 (2t + 3)) / 72 (Jonckheere, A distribution-free k-sample test, 1954).
        let mut inversions = 0;
        for (index, first) in order[..200].iter().enumerate() {
            inversions += order[index..200].iter().filter(|later| *later < first).count();
        }
        let (n, t) = (200.0_f64, 10.0_f64);
        let pairs = (n * n - 20.0 * t * t) / 2.0;
        let variance = (n * n * (2.0 * n + 3.0) - 20.0 * t * t * (2.0 * t + 3.0)) / 72.0;
        is_about(inversions as f64, pairs / 2.0, variance.sqrt());
    }
}

#[test]
fn queue_it_lets_a_visitor_through_three_times_and_the_fourth_meets_an_error() {
    let reloads = r#", "behavior": { "refresher": { "interval": "20s", "spread": 0 } }"#;
    let crowd = [("holder", 1, "30s", ""), ("fan", 1, "90s", reloads)];
    let rest =
        r#", "inventory": { "bands": [{ "name": "all", "seats": 1 }], "hold": "20m" }, "horizon": "30m""#;
    let text = sale("queue-it", r#", "new_per_minute": 60"#, &crowd, rest).expanded();
    // The holder takes nine minutes to pay, and the fan finds no free seat so long.
    let text = text.replacen(r#""fill_in": "1s""#, r#""fill_in": "9m""#, 1);
    let book = heard(&support::scenario(&text));
    let fan = |fact: &Fact| fact.session().is_some_and(|who| who.person.0 == 1);
    let through =
        book.times(|fact| fan(fact) && matches!(fact, Fact::Answered { reply: Reply::YourTurn, .. }));
    let error = book.times(|fact| {
        fan(fact) && matches!(fact, Fact::Incident { incident: Incident::RedirectsUsedUp, .. })
    });
    // Each visit takes a second to choose, finds nothing, and the page is reloaded 20 s later.
    assert_eq!(through, [at(90), at(111), at(132)]);
    assert_eq!(error, [at(153)]);
}

#[test]
fn a_turn_of_ticketmaster_s_is_held_for_ten_minutes_and_of_bookmyshow_s_for_four() {
    for (preset, minutes) in [("ticketmaster-smart-queue", 10), ("bookmyshow-2024", 4)] {
        let crowd = [("ghosts", 20, "50s", GHOST), ("fans", 20, "40s", "")];
        let room = r#", "total_active": 10, "poll_interval": "5s""#;
        let book = heard(&sale(preset, room, &crowd, &stock(20)));
        let issued: BTreeMap<PersonId, Time> = turns(&book).into_iter().map(|(at, who)| (who, at)).collect();
        let mut no_shows = 0;
        for (when, fact) in &book.0 {
            if let Fact::NoShow { who } = fact {
                let held = when.saturating_since(issued[&who.person]);
                assert_eq!(held, Span::from_secs(60 * minutes), "{preset}");
                no_shows += 1;
            }
        }
        // Each ghost that is called holds one of ten slots; the tenth holds the last one, and nobody passes until the
        // first of them is over. Ten ghosts are called for certain, of twenty in forty places.
        let line: Vec<PersonId> = places(&book).into_values().collect();
        let is_ghost = |person: &PersonId| person.0 < 20;
        let tenth = (1..=line.len()).find(|n| line[..*n].iter().filter(|who| is_ghost(who)).count() == 10);
        let expected = tenth.expect("there are twenty") - 10;
        let over = at(60 + 60 * minutes);
        let passed = issued.iter().filter(|(who, when)| !is_ghost(who) && **when < over).count();
        assert!(no_shows >= 10, "{preset}: {no_shows}");
        assert_eq!(passed, expected, "{preset}");
        let bought = |fact: &Fact| matches!(fact, Fact::Decided { truth: Truth::Sold, .. });
        assert_eq!(book.count(bought), 20, "{preset}: all fans in the end");
    }
}

#[test]
fn two_devices_of_one_account_have_one_place_at_ticketmaster_and_two_where_a_cookie_is_all_that_is_known() {
    let crowd = [("fans", 30, "30s", r#", "sessions": [0, 1]"#)];
    let places = |preset: &str| {
        let scenario = sale(preset, r#", "new_per_minute": 60"#, &crowd, &stock_until(60, "5m"));
        turns(&heard(&scenario)).len()
    };
    assert_eq!(places("ticketmaster-smart-queue"), 30);
    assert_eq!(places("queue-it"), 60);
}

// ---- AWS -----------------------------------------------------------------------------------------------------

#[test]
fn aws_serves_ten_numbers_a_minute_in_the_order_of_messages_whoever_is_still_there() {
    let crowd = [("ghosts", 20, "10s", GHOST), ("fans", 40, "12s", "")];
    let book = heard(&sale("aws-vwr-periodic", "", &crowd, &stock_until(60, "20m")));
    let numbers = places(&book);
    assert_eq!(numbers.len(), 60, "no message fails");
    let joined: Vec<u32> = numbers.values().map(|person| person.0).collect();
    assert!(joined.windows(2).any(|pair| pair[0] > pair[1]), "and none is in order of joining");
    let turns: BTreeMap<PersonId, Time> = turns(&book).into_iter().map(|(at, who)| (who, at)).collect();
    for (number, person) in &numbers {
        let minute = u64::from(number / 10);
        assert_eq!(turns[person], at(60 + 60 * minute), "number {number}");
    }
    // So of each minute's ten only those enter who have not gone.
    let mut entered = [0; 6];
    for when in book.times(|fact| matches!(fact, Fact::Entered { .. })) {
        entered[(when.saturating_since(at(60)).as_us() / 60_000_000) as usize] += 1;
    }
    let mut expected = [0; 6];
    for (number, _) in numbers.iter().filter(|(_, person)| person.0 >= 20) {
        expected[(number / 10) as usize] += 1;
    }
    assert_eq!(entered, expected);
    assert!(expected.iter().any(|count| *count < 10), "the shop is under-filled");
}

#[test]
fn an_aws_join_that_became_a_dead_letter_is_told_202_for_ever() {
    let crowd = [("fans", 400, "5s", "")];
    let room = r#", "new_per_minute": 200, "async_join": { "delay": "2s", "dead_letter": 0.1 }"#;
    let book = heard(&sale("aws-vwr-periodic", room, &crowd, &stock_until(500, "10m")));
    let with_number: BTreeSet<PersonId> = places(&book).into_values().collect();
    let lost = 400 - with_number.len();
    is_about(lost as f64, 40.0, (400.0 * 0.1 * 0.9_f64).sqrt());
    let bought = |fact: &Fact| matches!(fact, Fact::Decided { truth: Truth::Sold, .. });
    assert_eq!(
        book.count(bought),
        with_number.len(),
        "there is a seat for everybody, and only they are left out"
    );
    let mut told: BTreeMap<PersonId, u32> = BTreeMap::new();
    for (_, fact) in &book.0 {
        if let Fact::Polled { who, .. } | Fact::Answered { who, reply: Reply::InLine, .. } = fact
            && !with_number.contains(&who.person)
        {
            *told.entry(who.person).or_default() += 1;
        }
    }
    // From 5 s to 600 s, each 3 s, and at the join.
    assert!(told.len() == lost && told.values().all(|times| (195..=200).contains(times)), "{told:?}");
}

#[test]
fn aws_s_maxsize_line_locks_up_for_ever_once_a_hundred_have_not_come_and_nobody_reports_them() {
    let crowd = [("ghosts", 100, "10s", GHOST), ("fans", 50, "20s", "")];
    let rest = stock_until(50, "3h");
    let book = heard(&sale("aws-vwr-maxsize", r#", "async_join": null"#, &crowd, &rest));
    assert_eq!(turns_by_instant(&book), BTreeMap::from([(at(60), 100)]), "a hundred, and never one more");
    assert!(turns(&book).iter().all(|(_, person)| person.0 < 100));
    assert_eq!(book.count(|fact| matches!(fact, Fact::NoShow { .. })), 100);
    assert_eq!(book.count(|fact| matches!(fact, Fact::SeatSold { .. })), 0, "with fifty seats free");
    // With IncrSvcOnQueuePositionExpiry the slots come back when the tokens have expired, after an hour.
    let told = r#", "async_join": null, "reissue": true"#;
    let book = heard(&sale("aws-vwr-maxsize", told, &crowd, &rest));
    assert_eq!(turns_by_instant(&book), BTreeMap::from([(at(60), 100), (at(3660), 50)]));
}

// ---- Fastly, Akamai, Glastonbury, tixCraft, 12306 ------------------------------------------------------------

#[test]
fn fastly_s_line_moves_only_when_somebody_in_it_asks_and_ten_minutes_without_anybody_are_lost() {
    let crowd = [("first", 12, "2s", ""), ("second", 20, "661s", "")];
    let book = heard(&sale("fastly-starter", "", &crowd, &stock_until(100, "30m")));
    // The first twelve ask each 5 s from 2 s on. In the lounge they have moved the cursor to 5 already; each further
    // period of 15 s from the opening on moves it by 5, at its first poll: 62, 77, 92 s, which leaves 3 unused.
    // Then nobody asks for forty periods, which move nothing: of the second twenty, three take what was left, the
    // fourth moves the cursor by 5 at its join, and the others wait for periods 41, 42 and 43, which begin at 675, 690
    // and 705 s and are asked in at 676, 691 and 706 s.
    let expected = [(62, 5), (77, 5), (92, 2), (661, 8), (676, 5), (691, 5), (706, 2)];
    assert_eq!(turns_by_instant(&book), expected.map(|(second, count)| (at(second), count)).into());
}

/// How many of the first `size` persons, and how many of the others, have a turn by an instant.
fn let_in(book: &Book, size: u32, by: Time) -> [usize; 2] {
    let turns: Vec<PersonId> =
        turns(book).into_iter().filter(|(when, _)| *when <= by).map(|(_, who)| who).collect();
    let count = turns.iter().filter(|who| who.0 < size).count();
    [count, turns.len() - count]
}

/// Asks each 4 s where others ask each 20 s.
const OFTEN: &str = r#", "behavior": { "polling_page": { "interval": "4s" } }"#;

#[test]
fn under_a_percentage_the_chance_after_n_requests_is_one_minus_the_nth_power_so_refreshers_win() {
    // (preset, its chance of a request, seconds from the first request on, requests each 20 s, each 4 s)
    for (preset, chance, seconds, seldom, often) in
        [("akamai-percentage", 0.1, 60, 4, 16), ("glastonbury-2023", 0.01, 300, 16, 76)]
    {
        let crowd = [("patient", 2000, "61s", ""), ("refreshers", 2000, "61s", OFTEN)];
        let room = r#", "poll_interval": "20s""#;
        let book = heard(&sale(preset, room, &crowd, &stock_until(4000, "7m")));
        let counts = let_in(&book, 2000, at(61 + seconds));
        for (count, requests) in counts.into_iter().zip([seldom, often]) {
            let mut out = 1.0;
            (0..requests).for_each(|_| out *= 1.0 - chance);
            is_about(count as f64, 2000.0 * (1.0 - out), (2000.0 * out * (1.0 - out)).sqrt());
        }
        assert!(counts[1] > 2 * counts[0], "{preset}: {counts:?}");
    }
}

#[test]
fn glastonbury_of_2024_gives_whoever_is_on_the_page_the_same_chance_however_often_they_ask() {
    let crowd = [
        ("patient", 2000, "30s", ""),
        ("refreshers", 2000, "30s", OFTEN),
        ("late refreshers", 500, "61s", OFTEN),
    ];
    let room = r#", "new_per_minute": 60"#;
    let book = heard(&sale("glastonbury-2024", room, &crowd, &stock_until(4000, "7m")));
    // The first 200 turns, drawn without replacement out of 2000 and 2000.
    let [patient, refreshers] = let_in(&book, 2000, at(60 + 199));
    assert_eq!(patient + refreshers, 200);
    is_about(refreshers as f64, 100.0, (200.0 * 0.25 * 3800.0 / 3999.0_f64).sqrt());
    assert!(turns(&book).iter().all(|(_, person)| person.0 < 4000), "late comers are behind all of them");
}

#[test]
fn at_tixcraft_there_is_no_line_and_the_nearest_have_everything() {
    let cohort = |name: &str| {
        format!(
            r#"{{ "name": "{name}", "count": 50, "network": "{name}", "choose": "1s",
                "arrivals": {{ "spike": {{}} }} }}"#
        )
    };
    let scenario = support::scenario(&format!(
        r#"{{ "crowd": [{}, {}], "waiting_room": {{ "preset": "tixcraft" }},
        "network": [{{ "name": "near", "up": "5ms", "down": "5ms" }},
                    {{ "name": "far", "up": "200ms", "down": "200ms" }}]{} }}"#,
        cohort("near"),
        cohort("far"),
        stock(50)
    ));
    let book = heard(&scenario);
    let sold = |(_, fact): &(Time, Fact)| match fact {
        Fact::SeatSold { who, .. } => Some(who.person.0),
        _ => None,
    };
    let winners: BTreeSet<u32> = book.0.iter().filter_map(sold).collect();
    assert_eq!(winners, (0..50).collect());
    let in_line = |fact: &Fact| matches!(fact, Fact::Enqueued { .. } | Fact::TurnIssued { .. });
    assert_eq!(book.count(in_line), 0);
}

#[test]
fn at_12306_a_tenth_of_the_turns_goes_to_the_slow_lane_and_none_to_whoever_is_blocked() {
    let crowd = [
        ("orderly", 100, "20s", r#", "risk": { "low": 0, "high": 0 }"#),
        ("odd", 100, "20s", r#", "risk": { "low": 0.7, "high": 0.7 }"#),
        ("blocked", 50, "20s", r#", "risk": { "low": 0.95, "high": 0.95 }"#),
    ];
    let book = heard(&sale("12306", r#", "new_per_minute": 60"#, &crowd, &stock_until(300, "10m")));
    let order: Vec<u32> = turns(&book).into_iter().map(|(_, person)| person.0).collect();
    assert_eq!(order.len(), 200, "a turn for everybody in the two lanes");
    assert!(order.iter().all(|person| *person < 200));
    // While both lanes have somebody the slow one has a tenth of the turns, give or take one (stride scheduling).
    let odd = order[..100].iter().filter(|person| **person >= 100).count();
    assert!((9..=11).contains(&odd), "{odd} of 100");
    let out = |fact: &Fact| matches!(fact, Fact::Decided { truth: Truth::Evicted, .. });
    assert_eq!(book.count(out), 50);
    let told = |fact: &Fact| matches!(fact, Fact::Answered { reply: Reply::Evicted, .. });
    assert_eq!(book.count(told), 50, "and told so, once each");
}

// ---- healthcare.gov ------------------------------------------------------------------------------------------

#[test]
fn healthcare_gov_has_no_queue_until_its_answers_take_two_seconds_and_then_calls_back_by_mail() {
    let crowd = [("first", 60, "20s", r#", "choose": "2m""#), ("rest", 200, "80s", "")];
    let shop = r#", "edge": { "upstream_timeout": null },
        "services": { "inventory": { "servers": 1, "service": "1s", "queue": 1000 } }, "route": { "seat_map": "inventory", "hold": "none" }"#;
    let rest = format!("{shop}{}", stock_until(1000, "2h"));
    let scenario = sale("healthcare-gov-2013", r#", "total_active": 40"#, &crowd, &rest);
    let book = heard(&scenario);
    let of = |persons: std::ops::Range<u32>| {
        turns(&book).into_iter().filter(move |(_, person)| persons.contains(&person.0)).map(|(at, _)| at)
    };
    assert!(of(0..60).all(|when| when == at(60)), "forty may be inside, and sixty are");
    let on = book.times(|fact| matches!(fact, Fact::QueueSwitched { on: true }));
    assert_eq!(on[0], at(70), "eight of the first ten answers took more than two seconds");
    assert!(of(60..260).all(|when| when > at(80)), "there is a line now");
    let count = |wanted: CallBack| {
        book.count(|fact| matches!(fact, Fact::CalledBack { step, .. } if *step == wanted)) as f64
    };
    // Half of all would rather be called back, but for those whose turn comes before their next poll.
    let asked = count(CallBack::Asked);
    assert!((95.0..130.0 + 4.0 * 8.1).contains(&asked), "{asked}");
    is_about(count(CallBack::TurnRead), 0.8 * count(CallBack::TurnMailed), (0.16 * asked).sqrt());
    // Whoever reads the mail is inside at once, in front of everybody: it is their turn.
    for (read, fact) in &book.0 {
        if let Fact::CalledBack { who, step: CallBack::TurnRead } = fact {
            let entered = |(when, fact): &(Time, Fact)| {
                when >= read && matches!(fact, Fact::Entered { who: of } if of == who)
            };
            let (when, _) = book.0.iter().find(|entry| entered(entry)).expect("the turn is used");
            assert_eq!(when, read);
        }
    }
}
