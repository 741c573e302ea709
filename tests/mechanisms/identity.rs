//! By what the waiting room knows people again, and what becomes of a second join. Every count is worked out here a
//! second time, from the facts that lead to it.

use super::Book;
use crate::support;
use onsale::experiment::observe;
use onsale::protocol::{Fact, Incident, PersonId, Reading, Reply, SessionId, Stop, Truth};
use onsale::scenario::{Scenario, check};
use std::collections::{BTreeMap, BTreeSet};

fn shipped(name: &str) -> Scenario {
    support::load(&support::root().join(format!("scenarios/mechanisms/{name}.json")))
}

fn changed(name: &str, changes: &[(&str, &str)]) -> Scenario {
    support::scenario(&super::changed(name, changes))
}

fn heard(scenario: &Scenario) -> Book {
    observe(support::plan(scenario), scenario.seed, Book::default()).observer
}

fn enqueued(book: &Book) -> usize {
    book.count(|fact| matches!(fact, Fact::Enqueued { .. }))
}

fn befell(book: &Book, wanted: Incident) -> usize {
    book.count(|fact| matches!(fact, Fact::Incident { incident, .. } if *incident == wanted))
}

/// Tickets of each person.
fn tickets(book: &Book) -> BTreeMap<PersonId, u32> {
    let mut tickets = BTreeMap::new();
    for (_, fact) in &book.0 {
        if let Fact::SeatSold { who, .. } = fact {
            *tickets.entry(who.person).or_default() += 1;
        }
    }
    tickets
}

#[test]
fn three_devices_of_one_account_have_one_place_and_the_chance_of_one() {
    let scenario = shipped("one-place-a-person");
    let book = heard(&scenario);
    let first_places: BTreeSet<PersonId> = book
        .0
        .iter()
        .filter_map(|(at, fact)| match fact {
            Fact::Enqueued { who } if at.as_secs_f64() < 600.0 => Some(who.person),
            _ => None,
        })
        .collect();
    let places = book.times(|fact| matches!(fact, Fact::Enqueued { .. }));
    let before = places.iter().filter(|at| at.as_secs_f64() < 600.0).count();
    assert_eq!((before, first_places.len()), (600, 600), "one place each in the lounge");
    let sessions: BTreeSet<SessionId> =
        book.0.iter().filter_map(|(_, f)| f.session()).map(|w| w.session).collect();
    let shared = book
        .0
        .iter()
        .filter(|(at, fact)| {
            at.as_secs_f64() < 600.0
                && matches!(fact, Fact::Incident { incident: Incident::SharesOwnPlace, .. })
        })
        .count();
    assert_eq!(600 + shared, sessions.len(), "every other session shares a place");

    let advantage = |scenario: &Scenario| {
        let result = support::run_scenario(scenario, "one-place-a-person", scenario.seed);
        assert_eq!(result.value("sale.sold"), Some(200.0));
        result.value("fairness.multi_session_advantage").expect("both kinds of persons came")
    };
    let per_account = advantage(&scenario);
    let per_session = advantage(&changed(
        "one-place-a-person",
        &[("\"identity\": \"account\"", "\"duplicates\": \"both\"")],
    ));
    // 200 of 600 by lot: the ratio of two shares of 1/3 of 300 each spreads by a factor of 0.12 (delta method). With
    // three entries each 200 of 1200 are drawn at least: three give between one and three times the chance.
    assert!((per_account - 1.0).abs() < 0.35, "{per_account}");
    assert!(per_session > 1.5, "{per_session}");
}

#[test]
fn the_turn_of_a_shared_place_goes_to_the_session_that_asks_next() {
    let book = heard(&shipped("one-place-a-person"));
    let mut asked: BTreeMap<SessionId, Vec<f64>> = BTreeMap::new();
    for (at, fact) in &book.0 {
        if let Fact::Accepted { who, .. } = fact {
            asked.entry(who.session).or_default().push(at.as_secs_f64());
        }
    }
    asked.values_mut().for_each(|times| times.sort_by(f64::total_cmp));
    let siblings = |who: onsale::protocol::Who| {
        let first = who.session.0 - u32::from(who.tab);
        (first..first + 3).map(SessionId)
    };
    let next_after = |session: SessionId, at: f64| {
        asked.get(&session).and_then(|times| times.iter().copied().find(|time| *time > at))
    };
    let mut compared = 0;
    let persons: BTreeMap<SessionId, PersonId> =
        book.0.iter().filter_map(|(_, f)| f.session()).map(|who| (who.session, who.person)).collect();
    for (at, fact) in &book.0 {
        let Fact::TurnIssued { who, .. } = *fact else { continue };
        let mine = next_after(who.session, at.as_secs_f64()).expect("nobody leaves");
        for sibling in siblings(who).filter(|s| *s != who.session && persons.get(s) == Some(&who.person)) {
            if let Some(theirs) = next_after(sibling, at.as_secs_f64()) {
                assert!(
                    mine <= theirs,
                    "session {} was to ask at {mine}, {} at {theirs}",
                    who.session.0,
                    sibling.0
                );
                compared += 1;
            }
        }
    }
    assert!(compared > 100, "{compared} turns had a choice");
}

#[test]
fn behind_one_address_all_but_one_stand_on_a_strangers_place() {
    let scenario = shipped("one-address");
    let book = heard(&scenario);
    let early = |at: f64| at < 120.0;
    let lounge = |is: &dyn Fn(&Fact) -> bool| {
        book.0.iter().filter(|(at, fact)| early(at.as_secs_f64()) && is(fact)).count()
    };
    assert_eq!(lounge(&|fact| matches!(fact, Fact::Enqueued { .. })), 210, "200 homes and ten addresses");
    let shares =
        |fact: &Fact| matches!(fact, Fact::Incident { incident: Incident::SharesStrangersPlace, .. });
    assert_eq!(lounge(&shares), 190);

    let result = support::run_scenario(&scenario, "one-address", scenario.seed);
    let of = |cohort: &str, metric: &str| {
        let row = result.metrics.iter().find(|v| v.name == metric && v.cohort.as_deref() == Some(cohort));
        row.and_then(|row| row.value).expect("it is defined")
    };
    assert_eq!(
        of("campus", "line.places_shared_with_strangers"),
        befell(&book, Incident::SharesStrangersPlace) as f64
    );
    assert_eq!(of("home", "line.places_shared_with_strangers"), 0.0);
    let (home, campus) = (of("home", "fairness.success"), of("campus", "fairness.success"));
    assert!(campus < home / 3.0, "{campus} of the campus and {home} of the homes bought");
}

#[test]
fn a_newer_tab_takes_the_place_over_and_the_older_one_is_told() {
    let book = heard(&shipped("duplicate-access"));
    let cut = befell(&book, Incident::CutByDuplicate);
    assert!(cut > 100, "{cut} tabs were cut off");
    assert_eq!(enqueued(&book), 300 + cut, "every one of them by another that joined");
    let mut places: BTreeMap<PersonId, BTreeSet<u32>> = BTreeMap::new();
    for (_, fact) in &book.0 {
        if let Fact::Placed { who, place } = fact {
            places.entry(who.person).or_default().insert(*place);
        }
    }
    assert!(places.values().all(|places| places.len() == 1), "nobody's place changes");
    let told = |fact: &Fact| matches!(fact, Fact::Heard { reading: Reading::Answer(Reply::Evicted), .. });
    let stopped = |fact: &Fact| matches!(fact, Fact::Stopped { why: Stop::Excluded, .. });
    assert_eq!(book.count(stopped), book.count(told));
    assert!(
        book.count(told) + 5 > cut,
        "all but those whom the end of the evening met before their next poll"
    );
}

#[test]
fn no_key_and_no_duplicate_lets_a_person_buy_more_than_one_order() {
    for identity in ["cookie", "account", "device", "address", "code"] {
        for duplicates in ["both", "ignore", "replace"] {
            let scenario = support::scenario(&format!(
                r#"{{ "opens_at": "1m", "horizon": "30m",
                "crowd": [{{ "name": "fans", "count": 60, "sessions": [0, 0, 0, 1], "tabs_per_device": 2, "accounts": 2,
                    "wants": 2, "persons_per_address": 3, "network": "mobile", "choose": "5s", "fill_in": "5s",
                    "arrivals": {{ "lounge_fill": {{ "lead": {{ "uniform": {{ "low": "0s", "high": "50s" }} }} }} }} }}],
                "waiting_room": {{ "new_per_minute": 60, "poll_interval": "5s", "identity": "{identity}",
                    "duplicates": "{duplicates}" }},
                "inventory": {{ "bands": [{{ "name": "all", "seats": 400 }}] }} }}"#
            ));
            let tickets = tickets(&heard(&scenario));
            assert!(tickets.values().all(|count| *count == 2), "{identity}, {duplicates}: {tickets:?}");
            assert!(tickets.len() >= 20, "{identity}, {duplicates}: {} bought", tickets.len());
        }
    }
}

#[test]
fn a_session_that_shares_a_place_is_never_counted_as_waiting_on_its_own() {
    // Whoever is left in the end was in line, shared a place, or had been told.
    let scenario = changed("one-address", &[("\"seats\": 150", "\"seats\": 390")]);
    let book = heard(&scenario);
    let sold: u32 = tickets(&book).values().sum();
    let expired = book.count(|fact| matches!(fact, Fact::Decided { truth: Truth::Expired, .. }));
    assert!(expired > 100, "{expired} learned that the place they shared was gone");
    assert!(sold > 300, "the line goes on while places are shared: {sold} sold");
}

#[test]
fn keys_that_do_nothing_are_told() {
    let told = |cohort: &str, room: &str| {
        let scenario = support::scenario(&format!(
            r#"{{ "crowd": [{{ "name": "fans", "count": 5, "arrivals": {{ "spike": {{}} }}{cohort} }}],
            "waiting_room": {{ "total_active": 2{room} }}, "inventory": {{ "bands": [{{ "name": "all", "seats": 1 }}] }} }}"#
        ));
        check(&scenario).into_iter().map(|problem| problem.path).collect::<Vec<String>>()
    };
    let several = r#", "sessions": [0.5, 0.5]"#;
    assert_eq!(told(several, ""), Vec::<String>::new());
    assert_eq!(told(r#", "tabs_per_device": 2"#, ""), ["crowd[0].tabs_per_device"]);
    assert_eq!(told(&format!("{several}, \"accounts\": 2"), ""), ["crowd[0].accounts"]);
    assert_eq!(
        told(&format!("{several}, \"accounts\": 2"), r#", "identity": "account""#),
        Vec::<String>::new()
    );
    assert_eq!(told(several, r#", "identity": "account", "duplicates": "both""#), ["waiting_room.identity"]);
}

// ---- not known again -----------------------------------------------------------------------------------------

fn person_of(fact: &Fact) -> u32 {
    fact.person().map_or(u32::MAX, |person| person.0)
}

#[test]
fn a_browser_without_cookies_stands_at_the_back_for_ever_and_its_places_stall_the_line() {
    let scenario = shipped("cookieless");
    let book = heard(&scenario);
    // Persons 180 and up keep no cookies.
    assert!(tickets(&book).keys().all(|person| person.0 < 180), "nobody without a cookie gets in");
    assert!(book.0.iter().all(|(_, f)| !matches!(f, Fact::Incident { .. }) || person_of(f) >= 180));
    let entries = book.count(|fact| matches!(fact, Fact::Enqueued { who } if who.person.0 >= 180));
    let forgotten = befell(&book, Incident::TakenForNewcomer);
    assert!(
        entries >= forgotten && entries - forgotten <= 20,
        "each new place leaves one behind: {entries}, {forgotten}"
    );

    // Called places that were left behind: within the grace of five minutes each costs a turn.
    let for_nobody = befell(&book, Incident::TurnForNobody);
    assert!(for_nobody > 20, "{for_nobody} turns were for nobody");
    let mut entered: Vec<f64> = Vec::new();
    for (at, fact) in &book.0 {
        if matches!(fact, Fact::TurnIssued { .. } | Fact::Incident { incident: Incident::TurnForNobody, .. })
        {
            entered.push(at.as_secs_f64());
        }
    }
    entered.sort_by(f64::total_cmp);
    for window in entered.windows(22) {
        assert!(window[21] - window[0] > 60.0, "turns for nobody cost allowance: {window:?}");
    }

    let sold_at = |scenario: &Scenario| {
        let result = support::run_scenario(scenario, "cookieless", scenario.seed);
        result.value("sale.time_to_90").expect("nine tenths are sold")
    };
    let with_cookies = changed("cookieless", &[("\"cookieless\": 1", "\"cookieless\": 0")]);
    let (with, without) = (sold_at(&with_cookies), sold_at(&scenario));
    // Of twenty turns a minute each that is for nobody costs three seconds.
    let before = book.0.iter().filter(|(at, fact)| {
        let for_nobody = matches!(fact, Fact::Incident { incident: Incident::TurnForNobody, .. });
        for_nobody && at.as_secs_f64() < 120.0 + without - 60.0
    });
    let cost = 3.0 * before.count() as f64;
    let longer = without - with;
    assert!((longer - cost).abs() < 0.5 * cost, "the tickets last {longer} s longer, expected {cost} s");
    assert_eq!(befell(&heard(&with_cookies), Incident::TakenForNewcomer), 0);
}

#[test]
fn an_account_is_known_again_without_a_cookie() {
    let book = heard(&changed(
        "cookieless",
        &[("\"turn_validity\"", "\"identity\": \"account\", \"turn_validity\"")],
    ));
    assert_eq!(befell(&book, Incident::TakenForNewcomer), 0);
    assert_eq!(enqueued(&book), 200);
}

// ---- places given later --------------------------------------------------------------------------------------

#[test]
fn a_join_put_aside_is_told_to_be_in_line_until_the_sale_is_over() {
    let scenario = shipped("places-later");
    let book = heard(&scenario);
    let lost: BTreeSet<PersonId> = book
        .0
        .iter()
        .filter_map(|(_, fact)| match fact {
            Fact::Incident { who, incident: Incident::JoinLost } => Some(who.person),
            _ => None,
        })
        .collect();
    let (expected, deviation) = (50.0, (1000.0_f64 * 0.05 * 0.95).sqrt());
    assert!((lost.len() as f64 - expected).abs() < 4.0 * deviation, "{} of 1000 joins", lost.len());
    let placed: BTreeSet<PersonId> = book
        .0
        .iter()
        .filter_map(|(_, fact)| match fact {
            Fact::Placed { who, .. } => Some(who.person),
            _ => None,
        })
        .collect();
    assert_eq!(placed.len() + lost.len(), 1000);
    assert!(placed.is_disjoint(&lost));
    let answers = |fact: &Fact| match *fact {
        Fact::Polled { who, .. } => lost.contains(&who.person),
        Fact::Answered { who, reply, .. } => lost.contains(&who.person) && reply == Reply::InLine,
        _ => false,
    };
    // 950 turns at one a second, a poll every 20 s: about 45 times each "in line".
    assert!(book.count(answers) > lost.len() * 30, "{} answers", book.count(answers));
    let result = support::run_scenario(&scenario, "places-later", scenario.seed);
    assert_eq!(result.value("line.joins_lost"), Some(lost.len() as f64));
    assert_eq!(result.value("silent.mechanism.join_lost.touched"), Some(lost.len() as f64));
    assert_eq!(result.value("sale.sold"), Some(1000.0 - lost.len() as f64));
}

#[test]
fn places_given_later_are_given_in_the_order_of_messages() {
    let scenario = changed("places-later", &[("0.05", "0")]);
    let book = heard(&scenario);
    let mut joined: BTreeMap<PersonId, f64> = BTreeMap::new();
    let mut placed: BTreeMap<PersonId, (f64, u32)> = BTreeMap::new();
    for (at, fact) in &book.0 {
        match fact {
            Fact::Enqueued { who } => {
                joined.insert(who.person, at.as_secs_f64());
            }
            Fact::Placed { who, place } => {
                placed.insert(who.person, (at.as_secs_f64(), *place));
            }
            _ => {}
        }
    }
    let mut by_time: Vec<(f64, u32)> = placed.values().copied().collect();
    by_time.sort_by(|a, b| a.0.total_cmp(&b.0));
    assert!(by_time.windows(2).all(|pair| pair[0].1 < pair[1].1), "places follow the messages");
    let delays: Vec<f64> = placed.iter().map(|(person, (at, _))| at - joined[person]).collect();
    let mean = delays.iter().sum::<f64>() / 1000.0;
    assert!((mean - 30.0).abs() < 4.0 * 30.0 / 1000.0_f64.sqrt(), "a message takes {mean} s");
    // Two joins d apart change places with probability exp(-d / mean) / 2; over joins uniform in a minute this leaves
    // tau = 1 - 2 * E, E = integral of (1 - x) exp(-2 x) dx over 0..1 = 1/4 + exp(-2)/4.
    let expected = 1.0 - 2.0 * (0.25 + libm::exp(-2.0) / 4.0);
    let result = support::run_scenario(&scenario, "places-later", scenario.seed);
    let tau = result.value("fairness.tau.enqueue_turn").expect("there were turns");
    assert!((tau - expected).abs() < 0.08, "tau {tau}, expected {expected}");
}

// ---- tabs in the background ----------------------------------------------------------------------------------

#[test]
fn a_hidden_tab_asks_once_a_minute_until_its_person_is_back() {
    let scenario = support::scenario(
        r#"{ "opens_at": "1h", "horizon": "2h",
        "crowd": [{ "name": "fans", "count": 5, "network": "instant", "arrivals": { "spike": { "at": "0s" } },
            "background": { "after": "90s", "lasts": "5m" } }],
        "network": [{ "name": "instant", "up": "0s", "down": "0s" }],
        "waiting_room": { "new_per_minute": 60, "poll_interval": "20s", "poll_jitter": 0 },
        "inventory": { "bands": [{ "name": "all", "seats": 5 }] } }"#,
    );
    let book = heard(&scenario);
    let mut polls: Vec<f64> = Vec::new();
    for (at, fact) in &book.0 {
        if matches!(fact, Fact::Polled { who, .. } if who.person.0 == 0) {
            polls.push(at.as_secs_f64());
        }
    }
    polls.sort_by(f64::total_cmp);
    // Hidden from 90 s to 390 s; the poll of 100 s was set before. The last one is due as its person comes back.
    let expected = [20.0, 40.0, 60.0, 80.0, 100.0, 150.0, 210.0, 270.0, 330.0, 390.0, 410.0, 430.0];
    assert_eq!(polls[..expected.len()], expected);
}

#[test]
fn a_place_with_a_short_grace_expires_in_the_background_and_only_there() {
    let scenario = shipped("background-tab");
    let book = heard(&scenario);
    let skipped: Vec<u32> = book
        .0
        .iter()
        .filter(|(_, fact)| matches!(fact, Fact::Skipped { .. }))
        .map(|(_, fact)| person_of(fact))
        .collect();
    assert!(skipped.len() > 30 && skipped.iter().all(|person| *person >= 150), "{skipped:?}");
    let mut came: BTreeMap<u32, f64> = BTreeMap::new();
    for (at, fact) in &book.0 {
        if let Fact::Arrived { person } = fact {
            came.insert(person.0, at.as_secs_f64());
        }
    }
    let in_time = book.0.iter().filter(|(at, fact)| {
        let told = matches!(fact, Fact::Heard { reading: Reading::Answer(Reply::YourTurn), .. });
        told && person_of(fact) >= 150 && at.as_secs_f64() < came[&person_of(fact)] + 60.0
    });
    assert_eq!(befell(&book, Incident::TabHidden), 150 - in_time.count(), "whoever is inside stays");
    let result = support::run_scenario(&scenario, "background-tab", scenario.seed);
    assert_eq!(
        result.value("line.expired_in_background"),
        Some(befell(&book, Incident::ExpiredInBackground) as f64)
    );
    assert!(befell(&book, Incident::ExpiredInBackground) >= skipped.len());
}

#[test]
fn a_turn_that_comes_to_a_hidden_tab_is_read_when_its_person_is_back() {
    let scenario = changed("background-tab", &[("\"45s\"", "\"5m\"")]);
    let book = heard(&scenario);
    assert_eq!(book.count(|fact| matches!(fact, Fact::Skipped { .. })), 0, "the place is kept");
    let missed = book.count(|fact| matches!(fact, Fact::NoShow { who } if who.person.0 >= 150));
    assert!(missed > 30, "{missed} turns ended before anybody saw them");
    let mut hidden: BTreeMap<u32, f64> = BTreeMap::new();
    for (at, fact) in &book.0 {
        if matches!(fact, Fact::Incident { incident: Incident::TabHidden, .. }) {
            hidden.insert(person_of(fact), at.as_secs_f64());
        }
    }
    for (at, fact) in &book.0 {
        if let Fact::Heard { reading: Reading::Answer(Reply::YourTurn), .. } = fact
            && let Some(since) = hidden.get(&person_of(fact))
        {
            let at = at.as_secs_f64();
            assert!(at < *since || at >= since + 1200.0 - 0.002, "read at {at}, hidden since {since}");
        }
    }
}

#[test]
fn the_fourth_redirect_of_a_turn_is_an_error_until_the_turn_ends() {
    let book = heard(&shipped("redirect-cap"));
    // Turns and what the page answers to those who have one, by session, in order of time.
    let mut facts: Vec<(f64, &Fact)> = book.0.iter().map(|(at, fact)| (at.as_secs_f64(), fact)).collect();
    facts.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut let_through: BTreeMap<SessionId, usize> = BTreeMap::new();
    let mut capped = BTreeSet::new();
    for (at, fact) in facts {
        match *fact {
            Fact::TurnIssued { who, .. } => {
                let_through.insert(who.session, 0);
                capped.remove(&who.session);
            }
            Fact::Answered { who, reply: Reply::YourTurn, .. } => {
                let times = let_through.entry(who.session).or_default();
                *times += 1;
                assert!(*times <= 3, "session {} is let through {times} times at {at}", who.session.0);
                assert!(!capped.contains(&who.session));
            }
            Fact::Incident { who, incident: Incident::RedirectsUsedUp } => {
                assert_eq!(let_through[&who.session], 3, "at {at}");
                capped.insert(who.session);
            }
            _ => {}
        }
    }
    let used_up = befell(&book, Incident::RedirectsUsedUp);
    assert!(used_up >= 20, "{used_up} of 40 without a seat used them up");
    let free = heard(&changed("redirect-cap", &[(", \"max_redirects\": 3", "")]));
    assert_eq!(befell(&free, Incident::RedirectsUsedUp), 0);
    let more = free.count(|fact| matches!(fact, Fact::Answered { reply: Reply::YourTurn, .. }));
    assert!(
        more > book.count(|fact| matches!(fact, Fact::Answered { reply: Reply::YourTurn, .. })) * 2,
        "{more}"
    );
}
