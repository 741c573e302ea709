//! A queue that is switched on only when the shop is ill, and people who are called back to a line by mail.

use super::presets::is_about;
use super::{Book, changed, happens, happens_with, measured, measured_with};
use onsale::protocol::{Belief, CallBack, Fact, Incident, Kind, Reply, SessionId, Truth};
use onsale::scenario::{Scenario, Severity, check};
use std::collections::{BTreeMap, BTreeSet};

const SECOND: u64 = 1_000_000;

/// The instants of turns, in seconds, of persons from one number up to another.
fn turns_s(book: &Book, persons: std::ops::Range<u32>) -> Vec<u64> {
    book.instants_us(|fact| matches!(fact, Fact::TurnIssued { who, .. } if persons.contains(&who.person.0)))
        .into_iter()
        .map(|at| at / SECOND)
        .collect()
}

fn switches(book: &Book) -> Vec<(u64, bool)> {
    let switched = |(at, fact): &(onsale::engine::Time, Fact)| match fact {
        Fact::QueueSwitched { on } => Some((at.as_us(), *on)),
        _ => None,
    };
    book.0.iter().filter_map(switched).collect()
}

#[test]
fn everybody_passes_while_the_shop_is_well_and_the_queue_that_it_then_needs_lets_in_as_its_budget_says() {
    const NAME: &str = "triggered-queue";
    let book = happens(NAME);
    assert_eq!(turns_s(&book, 0..10), [60; 10], "four may be inside, and ten are");
    assert_eq!(turns_s(&book, 10..15), [65; 5]);
    // The map takes a second each: of the ten answers until 70 s, eight took longer than two seconds.
    let switched = switches(&book);
    assert_eq!(switched[0], (70 * SECOND, true));
    // Each has bought a minute after the map was answered, at 61 to 75 s: three are inside when the twelfth is out.
    let third = turns_s(&book, 15..35);
    assert_eq!(third[..4], [132, 133, 134, 135]);
    assert!(third[4] > 190, "four are inside");
    // It is switched off at the first look with an answer after the line is empty.
    let &(off_at, false) = &switched[1] else { panic!("{switched:?}") };
    assert!(off_at / SECOND > third[19] && off_at / SECOND <= third[19] + 20, "{off_at}, {}", third[19]);
    assert_eq!(turns_s(&book, 35..43), [600; 8], "eight pass at once again");
    assert_eq!(switched[2], (610 * SECOND, true));
    assert_eq!(measured(NAME, "line.switched_on"), Some(2.0));
    let on = (off_at - 70 * SECOND) / SECOND + switched.get(3).map_or(1200, |(at, _)| at / SECOND) - 610;
    assert_eq!(measured(NAME, "line.on_s"), Some(on as f64));
}

#[test]
fn errors_switch_the_queue_on_as_slowness_does_and_limits_that_are_never_reached_leave_it_off() {
    const NAME: &str = "triggered-queue";
    let patient = r#""triggered_queue": { "slower_than": "20s", "slow_share": 1 }"#;
    let policy = |written: &'static str| (r#""triggered_queue": {}"#, written);
    assert_eq!(switches(&happens_with(NAME, &[policy(patient)])), []);
    // A map with room for two who wait answers 503 to seven of the first ten.
    let crowded = [policy(patient), (r#""queue": 100"#, r#""queue": 2"#)];
    assert_eq!(switches(&happens_with(NAME, &crowded))[0], (70 * SECOND, true));
    let tolerant = r#""triggered_queue": { "slower_than": "20s", "slow_share": 1, "error_share": 1 }"#;
    let crowded = [policy(tolerant), (r#""queue": 100"#, r#""queue": 2"#)];
    assert_eq!(switches(&happens_with(NAME, &crowded)), []);
    assert_eq!(measured_with(NAME, "line.switched_on", &[policy(r#""fifo": {}"#)]), None);
}

/// The sessions at which a step was reached, and when.
fn step(book: &Book, wanted: CallBack) -> BTreeMap<SessionId, u64> {
    let reached = |(at, fact): &(onsale::engine::Time, Fact)| match fact {
        Fact::CalledBack { who, step } if *step == wanted => Some((who.session, at.as_us())),
        _ => None,
    };
    book.0.iter().filter_map(reached).collect()
}

fn first(book: &Book, is: impl Fn(&Fact) -> bool) -> BTreeMap<SessionId, u64> {
    let mut found = BTreeMap::new();
    for (at, fact) in &book.0 {
        if let Some(who) = fact.session().filter(|_| is(fact)) {
            let at = at.as_us();
            found.entry(who.session).and_modify(|first: &mut u64| *first = at.min(*first)).or_insert(at);
        }
    }
    found
}

const CALLED: &str = "call-back";

#[test]
fn whoever_leaves_an_address_sends_nothing_more_until_a_mail_calls_and_keeps_the_place_all_the_same() {
    let book = happens(CALLED);
    let asked = step(&book, CallBack::Asked);
    is_about(asked.len() as f64, 200.0, 10.0);
    let turns = first(&book, |fact| matches!(fact, Fact::TurnIssued { .. }));
    let order = first(&book, |fact| matches!(fact, Fact::Enqueued { .. }));
    assert_eq!(order.len(), 400);
    let (mailed, read) = (step(&book, CallBack::TurnMailed), step(&book, CallBack::TurnRead));
    let away = asked.keys().filter(|session| mailed.contains_key(session));
    let mut called = 0_u32;
    for session in away {
        assert_eq!(mailed[session], turns[session], "the mail leaves with the turn");
        let sent = |fact: &Fact| matches!(fact, Fact::Sent { who, .. } if who.session == *session);
        let silent = asked[session] + SECOND..read.get(session).copied().unwrap_or(u64::MAX);
        let spoke = book.instants_us(sent).into_iter().filter(|at| silent.contains(at)).count();
        assert_eq!(spoke, 0, "{session:?}");
        if let Some(read) = read.get(session) {
            called += 1;
            assert_eq!(*read, mailed[session] + 120 * SECOND);
            let entered = first(&book, |fact| matches!(fact, Fact::Entered { .. }))[session];
            assert!(entered - read < SECOND, "by the mail straight into the shop");
        }
    }
    is_about(f64::from(called), mailed.len() as f64 * 0.8, (mailed.len() as f64 * 0.16).sqrt());
    // In line for longer than the grace of five minutes, and nobody was skipped.
    assert_eq!(book.count(|fact| matches!(fact, Fact::Skipped { .. })), 0);
    // One turn each ten seconds, in the order of joins, whether people wait or went away.
    let joined: Vec<SessionId> = {
        let mut placed: Vec<(u32, SessionId)> = Vec::new();
        for (_, fact) in &book.0 {
            if let Fact::Placed { who, place } = fact {
                placed.push((*place, who.session));
            }
        }
        placed.sort_unstable();
        placed.into_iter().map(|(_, session)| session).collect()
    };
    for (n, session) in joined.iter().enumerate().take(turns.len()) {
        assert_eq!(turns[session], (60 + 10 * n as u64) * SECOND, "place {n}");
    }
}

#[test]
fn a_mail_that_nobody_reads_is_a_turn_that_nobody_sees() {
    let book = happens(CALLED);
    let (mailed, read) = (step(&book, CallBack::TurnMailed), step(&book, CallBack::TurnRead));
    let unread: BTreeSet<SessionId> =
        mailed.keys().filter(|session| !read.contains_key(session)).copied().collect();
    let no_shows = first(&book, |fact| matches!(fact, Fact::NoShow { .. }));
    // Mails under way at the horizon apart, of which the last two minutes' are.
    let ended: BTreeSet<SessionId> = no_shows.keys().copied().collect();
    assert!(
        ended.is_subset(&unread) && ended.len() + 70 > unread.len() && ended.len() > 20,
        "{}",
        ended.len()
    );
    let unseen = measured(CALLED, "silent.mechanism.mail_unread.touched").expect("counted");
    assert_eq!(unseen, unread.len() as f64);
    // Nothing else explains a turn that ended unseen here.
    let silent = measured(CALLED, "silent.mechanism.mail_unread").expect("counted");
    assert!(silent >= ended.len() as f64 && silent <= unread.len() as f64, "{silent}");
    assert_eq!(measured(CALLED, "silent.mechanism.turn_expired_unseen"), Some(0.0));
    let all = [(r#""read": 0.8"#, r#""read": 1"#)];
    let read_by_all = happens_with(CALLED, &all);
    let under_way =
        step(&read_by_all, CallBack::TurnMailed).len() - step(&read_by_all, CallBack::TurnRead).len();
    let unread = measured_with(CALLED, "silent.mechanism.mail_unread.touched", &all);
    assert_eq!(unread, Some(under_way as f64), "mails that nobody has read yet");
    for (name, figure) in [
        ("call_back.asked", step(&book, CallBack::Asked).len()),
        ("call_back.turns_mailed", mailed.len()),
        ("call_back.turns_read", read.len()),
    ] {
        assert_eq!(measured(CALLED, name), Some(figure as f64), "{name}");
    }
}

/// All seats are sold within the run.
const FEW: (&str, &str) = (r#""seats": 300"#, r#""seats": 50"#);

#[test]
fn who_went_away_learns_that_all_is_sold_only_where_a_mail_says_so() {
    let untold = happens_with(CALLED, &[FEW]);
    assert_eq!(step(&untold, CallBack::EndMailed).len(), 0);
    let asked = step(&untold, CallBack::Asked).len() as f64;
    let told = [FEW, (r#""read": 0.8"#, r#""read": 1, "tells_the_end": true"#)];
    let book = happens_with(CALLED, &told);
    let (mailed, read) = (step(&book, CallBack::EndMailed), step(&book, CallBack::EndRead));
    assert!(mailed.len() > 100, "{}", mailed.len());
    assert_eq!(mailed.len(), read.len());
    let closed = book.instants_us(|fact| matches!(fact, Fact::LineClosed { .. }))[0];
    assert!(mailed.values().all(|at| *at == closed) && read.values().all(|at| *at == closed + 120 * SECOND));
    let refused = first(&book, |fact| matches!(fact, Fact::Decided { truth: Truth::RefusedSoldOut, .. }));
    let knows = first(&book, |fact| matches!(fact, Fact::Believes { belief: Belief::ToldNo, .. }));
    for session in mailed.keys() {
        assert_eq!((refused[session], knows[session]), (closed, closed + 120 * SECOND));
    }
    let never_told = |changes: &[(&str, &str)]| {
        400.0 * measured_with(CALLED, "silent.failure_rate", changes).expect("many came")
    };
    assert!(never_told(&[FEW]) > 100.0 && never_told(&[FEW]) <= asked, "{}", never_told(&[FEW]));
    assert_eq!(never_told(&told), 0.0);
}

#[test]
fn a_mail_read_after_its_turn_has_ended_leads_to_the_back_of_the_line() {
    let late = [(r#""delay": "2m""#, r#""delay": "11m""#)];
    let book = happens_with(CALLED, &late);
    let read = step(&book, CallBack::TurnRead);
    assert!(read.len() > 100, "{}", read.len());
    let joins = |session: SessionId| {
        book.instants_us(
            |fact| matches!(fact, Fact::Sent { who, kind: Kind::Join, .. } if who.session == session),
        )
    };
    for (session, at) in read.iter().filter(|(_, at)| **at < 6000 * SECOND) {
        assert!(
            joins(*session).iter().any(|joined| (*at..*at + 30 * SECOND).contains(joined)),
            "{session:?}"
        );
    }
}

#[test]
fn every_mistake_of_call_back_and_of_the_trigger_is_told_with_its_place() {
    let problems = |text: &str| -> Vec<(Severity, String)> {
        let found = check(&Scenario::parse(text, "wrong").expect("its form is right"));
        found.into_iter().map(|problem| (problem.severity, problem.path)).collect()
    };
    let call_back = r#""call_back": { "share": 0.5, "delay": "2m", "read": 0.8 }"#;
    let late = r#""call_back": { "delay": "10m" }, "reverify": { "interval": "5m" }"#;
    let found = problems(&changed(CALLED, &[(call_back, late)]));
    for path in ["waiting_room.call_back", "waiting_room.call_back.delay"] {
        assert!(found.contains(&(Severity::Warning, path.to_owned())), "{path} in {found:?}");
    }
    let asked = (r#""new_per_minute": 6,"#, r#""new_per_minute": 6, "policy": { "poll_cursor": {} },"#);
    let found = problems(&changed(CALLED, &[asked]));
    assert_eq!(found, [(Severity::Error, "waiting_room.call_back".to_owned())]);
    let wrong = changed(
        "triggered-queue",
        &[(r#""triggered_queue": {}"#, r#""triggered_queue": { "every": "0s" }"#)],
    );
    let every = "waiting_room.policy.triggered_queue.every".to_owned();
    assert_eq!(problems(&wrong), [(Severity::Error, every)]);
    let shares = r#""call_back": { "share": 2, "read": -1 }, "policy": { "triggered_queue": { "slow_share": 3, "error_share": -0.1 } }"#;
    let wrong = changed(CALLED, &[(r#""call_back": { "share": 0.5, "delay": "2m", "read": 0.8 }"#, shares)]);
    let mistakes = Scenario::parse(&wrong, "wrong").expect_err("shares are from 0 to 1").to_string();
    for key in
        ["call_back.share", "call_back.read", "triggered_queue.slow_share", "triggered_queue.error_share"]
    {
        assert!(mistakes.contains(key), "{key} in {mistakes}");
    }
}

#[test]
fn cookieless_places_left_to_nobody_do_not_keep_the_queue_switched_on() {
    let leaky = [(
        r#""name": "third", "count": 20, "network": "still""#,
        r#""name": "third", "count": 20, "network": "still", "cookieless": 0.3, "patience": "3m""#,
    )];
    let book = happens_with("triggered-queue", &leaky);
    assert!(
        book.count(|fact| matches!(fact, Fact::Incident { incident: Incident::TakenForNewcomer, .. })) > 5
    );
    assert!(switches(&book).iter().any(|(_, on)| !on), "{:?}", switches(&book));
}

#[test]
fn what_the_waiting_room_says_of_turns_is_no_sign_that_the_shop_is_healthy() {
    // Turns of twenty seconds end while people choose: "your turn has ended" comes at once, and from the waiting room.
    let short = [
        (r#""total_active": 4,"#, r#""total_active": 4, "turn_validity": "20s","#),
        (r#""name": "first", "count": 10,"#, r#""name": "first", "count": 30,"#),
    ];
    let book = happens_with("triggered-queue", &short);
    assert_eq!(switches(&book)[0], (70 * SECOND, true));
    let ended = |fact: &Fact| matches!(fact, Fact::Answered { reply: Reply::TurnEnded, .. });
    assert!(book.count(ended) > 10);
}

#[test]
fn an_address_is_used_once_and_left_anew_for_the_next_turn() {
    // Long polls: the turn comes by the poll that carries the address, and its page is open.
    let held = [
        (r#""poll_interval": "10s""#, r#""poll_interval": "1s", "long_poll": "30s", "turn_validity": "40s""#),
        (r#""choose": "10s""#, r#""choose": "5m""#),
        (r#""share": 0.5, "delay": "2m""#, r#""share": 1, "delay": "10s""#),
    ];
    let book = happens_with(CALLED, &held);
    let count = |wanted: CallBack| {
        book.count(|fact| matches!(fact, Fact::CalledBack { step, .. } if *step == wanted))
    };
    let (asked, mailed) = (count(CallBack::Asked), count(CallBack::TurnMailed));
    assert!(asked > 100 && mailed > 50 && mailed <= asked, "{mailed} mails for {asked} addresses");
}

#[test]
fn whoever_reloads_leaves_an_address_with_the_next_join() {
    let reload = [
        (r#""patience": "90m""#, r#""patience": "90m", "behavior": { "refresher": { "interval": "20s" } }"#),
        (r#""share": 0.5"#, r#""share": 1"#),
    ];
    let asked = step(&happens_with(CALLED, &reload), CallBack::Asked).len();
    assert!(asked > 390, "{asked}");
}

#[test]
fn a_hidden_tab_leaves_no_address_and_whoever_reads_the_mail_looks_at_the_page() {
    let hidden = [(
        r#""patience": "90m""#,
        r#""patience": "100m", "background": { "share": 1, "after": "15s", "lasts": "90m" }"#,
    )];
    let before = happens_with(CALLED, &hidden);
    // They come at 30 s, leave an address with their polls at 40 s, and go away from what is still open at 45 s.
    let gone = before.count(|fact| matches!(fact, Fact::Incident { incident: Incident::TabHidden, .. }));
    let asked = step(&before, CallBack::Asked).len();
    assert_eq!(gone + asked, 400, "nobody hides a page that is closed");
    for (session, read) in step(&before, CallBack::TurnRead) {
        let entered = first(&before, |fact| matches!(fact, Fact::Entered { .. }))[&session];
        assert!(entered - read < SECOND, "{session:?} looks at the page at once");
    }
    let early = [(
        r#""patience": "90m""#,
        r#""patience": "100m", "background": { "share": 1, "after": "50ms", "lasts": "2h" }"#,
    )];
    assert_eq!(step(&happens_with(CALLED, &early), CallBack::Asked).len(), 0, "nobody looks at the offer");
}

#[test]
fn a_pool_misses_no_heartbeat_of_whoever_went_away() {
    let pool = r#""policy": { "eligibility_pool": { "score": "waiting_s / 60 - missed_heartbeats", "evict_below": -5, "tick": "30s" } },"#;
    let room = format!(r#""new_per_minute": 6, {pool}"#);
    let scored = [(r#""new_per_minute": 6,"#, room.as_str())];
    let book = happens_with(CALLED, &scored);
    assert!(step(&book, CallBack::Asked).len() > 150);
    assert_eq!(book.count(|fact| matches!(fact, Fact::Decided { truth: Truth::Evicted, .. })), 0);
}

#[test]
fn who_reads_mail_and_when_does_not_depend_on_how_often_the_room_asks() {
    let read = |room: &'static str| {
        let often = [(r#""poll_interval": "10s","#, room)];
        step(&happens_with(CALLED, &often), CallBack::TurnRead).into_keys().collect::<BTreeSet<_>>()
    };
    let (seldom, often) = (read(r#""poll_interval": "10s","#), read(r#""poll_interval": "5s","#));
    assert!(!seldom.is_empty());
    // Those whose turn came before they could leave an address apart.
    assert!(seldom.symmetric_difference(&often).count() <= 3, "{:?}", seldom.symmetric_difference(&often));
}
