//! What the waiting room does to those in line and inside: deliberate silence, re-verification, long polls and
//! heartbeats. The scenarios in `scenarios/mechanisms/` and a few small ones; every count is worked out here a
//! second time, from the facts that lead to it.

use super::Book;
use crate::support;
use onsale::engine::{Span, Time};
use onsale::experiment::observe;
use onsale::protocol::{Cause, Direction, Emitter, Fact, Kind, Reading, Reply, SessionId, Stop, Truth};
use onsale::quantity::Positive;
use onsale::scenario::{Scenario, check};
use std::collections::{BTreeMap, VecDeque};

fn shipped(name: &str) -> Scenario {
    let path = support::root().join(format!("scenarios/mechanisms/{name}.json"));
    support::scenario(&std::fs::read_to_string(path).expect("it is shipped"))
}

fn heard(scenario: &Scenario) -> Book {
    observe(support::plan(scenario), scenario.seed, Book::default()).observer
}

/// A sale of one seat, without delay or chance, that opens after two hours: time enough to watch the lounge.
/// `persons` come at time 0.
fn lounge(persons: u32, cohort: &str, room: &str, rest: &str) -> Scenario {
    support::scenario(&lounge_text(persons, cohort, room, rest))
}

fn lounge_text(persons: u32, cohort: &str, room: &str, rest: &str) -> String {
    format!(
        r#"{{
        "opens_at": "2h", "horizon": "3h",
        "crowd": [{{ "name": "all", "count": {persons}, "network": "none",
            "arrivals": {{ "spike": {{ "at": "0s" }} }}{cohort} }}],
        "network": [{{ "name": "none", "up": "0s", "down": "0s" }}],
        "waiting_room": {{ "total_active": 1, "poll_jitter": 0{room} }},
        "inventory": {{ "bands": [{{ "name": "all", "seats": 1 }}] }}{rest}
    }}"#
    )
}

fn at(seconds: u64) -> Time {
    Time::ZERO + Span::from_secs(seconds)
}

fn is_evicted(fact: &Fact) -> bool {
    matches!(fact, Fact::Decided { truth: Truth::Evicted, .. })
}

fn found_wanting(fact: &Fact) -> bool {
    matches!(fact, Fact::Reverified { entitled: false, .. })
}

// ---- deliberate silence --------------------------------------------------------------------------------------

#[test]
fn an_explicit_refusal_is_read_once_by_everybody_who_was_taken_out() {
    let book = heard(&shipped("refusal-explicit"));
    let evicted = book.count(is_evicted);
    assert_eq!(evicted, book.count(found_wanting), "the deadline takes nobody: the network loses nothing");
    let proofs = book.count(|fact| matches!(fact, Fact::Reverified { .. }));
    let (expected, deviation) = (proofs as f64 * 0.2, (proofs as f64 * 0.2 * 0.8).sqrt());
    assert!((evicted as f64 - expected).abs() < 4.0 * deviation, "{evicted} of {proofs} proofs");
    let read = |fact: &Fact| {
        matches!(fact, Fact::Heard { reading: Reading::Answer(Reply::Evicted), cause: Cause::Evicted, .. })
    };
    assert_eq!(book.count(read), evicted);
    assert_eq!(book.count(|fact| matches!(fact, Fact::Stopped { why: Stop::Excluded, .. })), evicted);
    assert_eq!(book.count(|fact| matches!(fact, Fact::Silenced { .. })), 0);
}

#[test]
fn a_dropped_session_gets_one_504_for_each_of_its_attempts_and_no_word() {
    let scenario = shipped("refusal-drop");
    let attempts = 4;
    let book = heard(&scenario);
    let evicted = book.count(is_evicted);
    assert!(evicted > 100, "{evicted} were taken out");
    let silent_504 = |fact: &Fact| {
        let (reply, emitter) = (Reply::UpstreamTimeout, Emitter::Gateway);
        matches!(fact, Fact::Answered { reply: r, emitter: e, cause: Cause::DeliberateSilence, .. }
            if *r == reply && *e == emitter)
    };
    assert_eq!(book.count(silent_504), evicted * attempts);
    assert_eq!(book.count(|fact| matches!(fact, Fact::Silenced { .. })), evicted * attempts);
    assert_eq!(book.count(|fact| matches!(fact, Fact::Stopped { why: Stop::AttemptsUsedUp, .. })), evicted);
    assert_eq!(book.count(|fact| matches!(fact, Fact::Answered { reply: Reply::Evicted, .. })), 0);
    let result = support::run_scenario(&scenario, "refusal-drop", scenario.seed);
    assert_eq!(result.value("timeouts.gateway_504"), Some((evicted * attempts) as f64));
    assert_eq!(result.value("silent.table.silent_rejection"), Some(evicted as f64));
}

#[test]
fn a_connection_held_open_hangs_until_the_client_gives_up_and_keeps_its_slot_so_long() {
    let attempts = 4;
    let book = heard(&shipped("refusal-hold-open"));
    let evicted = book.count(is_evicted);
    let hung = |fact: &Fact| matches!(fact, Fact::TimedOut { cause: Cause::DeliberateSilence, .. });
    assert_eq!(book.count(hung), evicted * attempts);
    assert_eq!(book.count(|fact| matches!(fact, Fact::TimedOut { .. })), evicted * attempts);
    assert_eq!(book.count(|fact| matches!(fact, Fact::Answered { reply: Reply::UpstreamTimeout, .. })), 0);
    // The next attempt may reach the edge before the abort of the one before.
    let mut open: BTreeMap<SessionId, VecDeque<Time>> = BTreeMap::new();
    let mut held = 0;
    for (at, fact) in &book.0 {
        match fact {
            Fact::Silenced { who, .. } => open.entry(who.session).or_default().push_back(*at),
            Fact::Aborted { who, .. } => {
                let silenced = open.get_mut(&who.session).and_then(VecDeque::pop_front);
                let slot_held = at.saturating_since(silenced.expect("only what is silent is aborted"));
                // The timeout counts from the page, and the service came before the silence.
                assert!((23.0..25.5).contains(&slot_held.as_secs_f64()), "{slot_held}");
                held += 1;
            }
            _ => {}
        }
    }
    assert_eq!(held, evicted * attempts, "every slot comes back by an abort");
}

#[test]
fn what_is_decided_does_not_depend_on_whether_it_is_told() {
    let decided = |name: &str| {
        let who = |(_, fact): &(Time, Fact)| match fact {
            Fact::Decided { who, truth: Truth::Evicted } => Some(who.session),
            _ => None,
        };
        let mut all: Vec<SessionId> = heard(&shipped(name)).0.iter().filter_map(who).collect();
        all.sort_unstable();
        all
    };
    let told = decided("refusal-explicit");
    assert_eq!(decided("refusal-drop"), told);
    assert_eq!(decided("refusal-hold-open"), told);
}

/// A 504 on the wire: what a client or a log could see of it.
fn wire(book: &Book, wanted: Cause) -> (usize, Vec<(Kind, Reply, Emitter, Span)>) {
    let mut accepted: BTreeMap<SessionId, Time> = BTreeMap::new();
    let mut seen = Vec::new();
    let mut count = 0;
    for (at, fact) in &book.0 {
        match *fact {
            Fact::Accepted { who, .. } => {
                accepted.insert(who.session, *at);
            }
            Fact::Answered { who, kind, reply: reply @ Reply::UpstreamTimeout, emitter, cause, .. }
                if cause == wanted =>
            {
                count += 1;
                seen.push((kind, reply, emitter, at.saturating_since(accepted[&who.session])));
            }
            _ => {}
        }
    }
    seen.sort_unstable();
    seen.dedup();
    (count, seen)
}

#[test]
fn a_504_of_a_slow_backend_and_a_504_of_a_silent_one_look_the_same_on_the_wire() {
    let book = heard(&shipped("two-kinds-of-504"));
    let (slow, slow_on_the_wire) = wire(&book, Cause::SlowUpstream);
    let (silent, silent_on_the_wire) = wire(&book, Cause::DeliberateSilence);
    assert!(slow > 50 && silent > 50, "{slow} and {silent}");
    assert!(!silent_on_the_wire.is_empty());
    for symptom in &silent_on_the_wire {
        assert!(slow_on_the_wire.contains(symptom), "only silence looks like {symptom:?}");
    }
    // The causes, worked out again: the backend decided about each silent one, and served each slow one too late.
    let limit = Span::from_secs(10);
    let silenced = book.count(|fact| matches!(fact, Fact::Silenced { .. }));
    let late = book.count(|fact| matches!(fact, Fact::ServiceEnded { served, .. } if *served > limit));
    assert_eq!((silent, slow), (silenced, late));
    assert_eq!(book.count(|fact| matches!(fact, Fact::Aborted { .. })), 0, "nobody leaves before");
    let opaque = |cause| {
        book.count(|fact| {
            let unreadable = Reading::Opaque(Reply::UpstreamTimeout);
            matches!(fact, Fact::Heard { reading, cause: c, .. } if *reading == unreadable && *c == cause)
        })
    };
    assert!(opaque(Cause::SlowUpstream) > 50 && opaque(Cause::DeliberateSilence) > 50);
    assert_eq!(
        book.count(|fact| matches!(
            fact,
            Fact::Heard { reading: Reading::Answer(Reply::UpstreamTimeout), .. }
        )),
        0
    );
}

// ---- re-verification -----------------------------------------------------------------------------------------

#[test]
fn a_proof_is_asked_for_by_the_first_poll_after_the_interval_and_counts_from_the_last_proof() {
    let book = heard(&lounge(1, "", r#", "reverify": { "interval": "30s" }"#, ""));
    let proofs = book.times(|fact| matches!(fact, Fact::Reverified { entitled: true, .. }));
    // Polls at 20, 40, 60 ... s; a proof at 40 s makes the next one due at 70 s.
    assert_eq!(proofs[..4], [at(40), at(80), at(120), at(160)]);
    let asked = |fact: &Fact| matches!(fact, Fact::Answered { reply: Reply::VerifyAgain, .. });
    assert_eq!(book.count(asked), proofs.len());
    assert_eq!(book.count(|fact| matches!(fact, Fact::Sent { kind: Kind::Reverify, .. })), proofs.len());
}

#[test]
fn the_luck_of_a_proof_belongs_to_the_person_and_its_ordinal_whenever_it_is_given() {
    let verdicts = |interval: &str| {
        let room =
            format!(r#", "poll_interval": "{interval}", "reverify": {{ "interval": "1m", "evict": 0.2 }}"#);
        let mut of: BTreeMap<SessionId, Vec<bool>> = BTreeMap::new();
        for (_, fact) in heard(&lounge(200, "", &room, "")).0 {
            if let Fact::Reverified { who, entitled } = fact {
                of.entry(who.session).or_default().push(entitled);
            }
        }
        of
    };
    let (often, seldom) = (verdicts("7s"), verdicts("45s"));
    assert_eq!(often.len(), 200);
    let mut compared = 0;
    for (session, often) in &often {
        let seldom = &seldom[session];
        let both = often.len().min(seldom.len());
        assert_eq!(often[..both], seldom[..both], "{session:?}");
        compared += both;
    }
    assert!(compared > 800, "{compared} proofs: 200 persons give five on average");
}

/// What the rules say of the deadline, worked out from joins, proofs and contacts.
#[derive(Default)]
struct Line {
    due: BTreeMap<SessionId, Time>,
    evicted: BTreeMap<SessionId, Time>,
}

#[test]
fn whoever_misses_the_deadline_of_a_proof_is_out_at_the_next_contact_and_gets_no_turn() {
    let (interval, deadline) = (Span::from_secs(60), Span::from_secs(45));
    let millisecond = Span::from_ms(1);
    let book = heard(&shipped("reverify-deadline"));
    assert_eq!(book.count(found_wanting), 0, "no proof is found wanting here");
    let mut line = Line::default();
    let (mut at_contact, mut at_turn, mut closed) = (0, 0, false);
    for (at, fact) in &book.0 {
        match fact {
            Fact::LineClosed { .. } => closed = true,
            Fact::Enqueued { who } | Fact::Reverified { who, .. } => {
                line.due.insert(who.session, *at + interval);
            }
            Fact::TurnIssued { who, .. } => {
                let due = line.due.remove(&who.session).expect("only those in line get a turn");
                assert!(*at <= due + deadline + millisecond, "{who:?} at {at} was overdue since {due}");
            }
            Fact::Accepted { who, .. } if !closed => {
                let overdue = line.due.get(&who.session).is_some_and(|due| *at > *due + deadline);
                if overdue {
                    line.due.remove(&who.session);
                    line.evicted.insert(who.session, *at);
                    at_contact += 1;
                }
            }
            Fact::Decided { who, truth: Truth::Evicted } if !line.evicted.contains_key(&who.session) => {
                let due = line.due.remove(&who.session).expect("only those in line are taken out of it");
                assert!(*at > due + deadline - millisecond, "{who:?} at {at} was due only at {due}");
                at_turn += 1;
            }
            Fact::Decided { who, truth: Truth::Evicted } => {
                assert_eq!(line.evicted[&who.session], *at, "{who:?} is out at its contact");
            }
            _ => {}
        }
    }
    assert!(
        at_contact > 20 && at_turn > 0,
        "{at_contact} at a contact, {at_turn} when their turn would come"
    );
    assert_eq!(book.count(is_evicted), at_contact + at_turn);
    let refused = |fact: &Fact| matches!(fact, Fact::Answered { reply: Reply::Evicted, .. });
    assert!(book.count(refused) >= at_contact, "they learn it by their next request");
}

#[test]
fn an_evicted_session_costs_the_budget_nothing() {
    let book = heard(&shipped("refusal-explicit"));
    let opening = book.times(|fact| matches!(fact, Fact::Opened {}))[0];
    let closed = book.times(|fact| matches!(fact, Fact::LineClosed { .. }))[0];
    let turns = book.times(|fact| matches!(fact, Fact::TurnIssued { .. }));
    let full_until = opening + Span::from_secs(180);
    let early: Vec<Time> = turns.into_iter().filter(|at| *at < full_until).collect();
    let taken_out = book.times(is_evicted).into_iter().filter(|at| *at < full_until).count();
    assert!(taken_out > 20 && closed > full_until, "{taken_out} were taken out by then");
    // 30 a minute, burst 1: one every two seconds from the opening on, whoever was taken out in between; the cap of
    // 40 active is not reached before the eightieth second.
    let expected: Vec<Time> = (0..40).map(|n| opening + Span::from_secs(2 * n)).collect();
    assert_eq!(early[..40], expected);
}

// ---- long polls ----------------------------------------------------------------------------------------------

#[test]
fn a_poll_without_news_is_held_for_its_time_and_asked_again_after_the_interval() {
    let held = heard(&lounge(3, "", r#", "long_poll": "30s", "poll_interval": "1s""#, ""));
    let answers = held.times(|fact| matches!(fact, Fact::Answered { kind: Kind::Poll, .. }));
    // The join is answered at once, the first poll asked a second later: 1 + 30, 32 + 30, ...
    for (n, answered) in answers.chunks(3).take(100).enumerate() {
        assert_eq!(answered, [at(31 * (n as u64 + 1)); 3], "the answers of round {n}");
    }
    let before = |book: &Book, kind: Kind, until: Time| {
        let sent = book.times(|fact| matches!(fact, Fact::Sent { kind: k, .. } if *k == kind));
        let folded = book.times(|fact| kind == Kind::Poll && matches!(fact, Fact::Polled { .. }));
        sent.into_iter().chain(folded).filter(|at| *at < until).count()
    };
    // In two hours: 7200 / 31 polls each instead of 7200 / 20.
    assert_eq!(before(&held, Kind::Poll, at(7200)), 3 * 7200_usize.div_ceil(31));
    let plain = heard(&lounge(3, "", "", ""));
    assert_eq!(before(&plain, Kind::Poll, at(7200)), 3 * (7200 / 20 - 1));
}

/// How late those in line were told of their turn: (told at the instant of the turn, all).
fn told_at_once(book: &Book) -> (usize, usize) {
    let mut issued: BTreeMap<SessionId, Time> = BTreeMap::new();
    let (mut at_once, mut all) = (0, 0);
    for (at, fact) in &book.0 {
        match fact {
            Fact::TurnIssued { who, .. } => {
                issued.insert(who.session, *at);
            }
            Fact::Answered { who, kind: Kind::Poll, reply: Reply::YourTurn, .. } => {
                at_once += usize::from(issued[&who.session] == *at);
                all += 1;
            }
            _ => {}
        }
    }
    (at_once, all)
}

#[test]
fn long_polls_need_fewer_requests_and_bring_news_at_once() {
    let long = shipped("long-poll");
    let mut plain = long.clone();
    let room = plain.waiting_room.as_mut().expect("there is a line");
    room.long_poll = None;
    room.poll_interval = Positive::from_secs(20);
    let (long, plain) = (heard(&long), heard(&plain));
    let (at_once, told) = told_at_once(&long);
    assert!(
        told > 100 && at_once * 100 >= told * 94,
        "{at_once} of {told}: 30 of 31 seconds are spent in a poll"
    );
    let (at_once, told) = told_at_once(&plain);
    assert!(told > 100 && at_once == 0, "{at_once} of {told}");
    let requests = |book: &Book| {
        book.count(|fact| matches!(fact, Fact::Sent { kind: Kind::Poll, .. } | Fact::Polled { .. }))
    };
    let (few, many) = (requests(&long), requests(&plain));
    assert!(few * 100 < many * 75, "{few} polls instead of {many}: 20 s against 31 s, and a round trip");
}

#[test]
fn the_end_of_the_line_answers_every_poll_that_is_held_at_that_instant() {
    let book = heard(&shipped("long-poll"));
    let closed = book.times(|fact| matches!(fact, Fact::LineClosed { .. }))[0];
    let mut held = 0_usize;
    for (at, fact) in book.0.iter().filter(|(at, _)| *at <= closed) {
        match fact {
            Fact::Accepted { kind: Kind::Poll, .. } => held += 1,
            Fact::Answered { kind: Kind::Poll, reply, .. } if *reply != Reply::SoldOut => held -= 1,
            Fact::Answered { kind: Kind::Poll, .. } => assert_eq!(*at, closed),
            _ => {}
        }
    }
    assert!(held > 150, "{held} polls are held at the end");
    let told =
        book.times(|fact| matches!(fact, Fact::Answered { kind: Kind::Poll, reply: Reply::SoldOut, .. }));
    assert_eq!(told.into_iter().filter(|at| *at == closed).count(), held);
}

#[test]
fn a_proof_that_is_due_ends_a_held_poll() {
    let room = r#", "long_poll": "50s", "poll_interval": "1s", "reverify": { "interval": "40s" }"#;
    let book = heard(&lounge(1, "", room, ""));
    let proofs = book.times(|fact| matches!(fact, Fact::Reverified { .. }));
    assert_eq!(proofs[..3], [at(40), at(80), at(120)], "due at once, not when the poll's time is over");
}

#[test]
fn a_notice_on_the_page_ends_every_poll_that_is_held_and_is_read_at_once() {
    let rules = r#", "operator": [{ "name": "word", "trigger": { "at": "100s" },
        "actions": [{ "announce": { "word": "keep_trying", "on_page": true } }] }]"#;
    let book = heard(&lounge(3, "", r#", "long_poll": "50s", "poll_interval": "1s""#, rules));
    let read = book.times(|fact| matches!(fact, Fact::Informed { by_page: true, .. }));
    assert_eq!(read, [at(100); 3]);
    let polls = book.times(|fact| matches!(fact, Fact::Answered { kind: Kind::Poll, .. }));
    // A second, and fifty; another second, and the notice after 48; the one read, and nothing new again.
    assert_eq!(polls[..9], [[at(51); 3], [at(100); 3], [at(151); 3]].concat());
}

#[test]
fn a_gateway_less_patient_than_a_long_poll_answers_504_and_the_work_is_over_with_it() {
    let room = r#", "long_poll": "30s", "poll_interval": "1s""#;
    let scenario = lounge(1, "", room, r#", "edge": { "upstream_timeout": "20s" }"#);
    let warned: Vec<String> = check(&scenario).into_iter().map(|problem| problem.path).collect();
    assert_eq!(warned, ["waiting_room.long_poll"]);
    let book = heard(&scenario);
    let polls = book.times(|fact| matches!(fact, Fact::Answered { kind: Kind::Poll, .. }));
    assert_eq!(polls[..3], [at(21), at(42), at(63)], "a second, and the gateway's twenty");
    let late =
        book.count(|fact| matches!(fact, Fact::Answered { kind: Kind::Poll, reply: Reply::InLine, .. }));
    assert_eq!(late, 0);
}

#[test]
fn a_client_less_patient_than_a_long_poll_asks_anew_and_frees_the_slot() {
    let room = r#", "long_poll": "30s", "poll_interval": "1s""#;
    let book = heard(&lounge(1, r#", "timeout": "12s""#, room, ""));
    let timed_out = book.times(|fact| matches!(fact, Fact::TimedOut { .. }));
    assert_eq!(timed_out[..3], [at(13), at(26), at(39)]);
    let freed = book.times(|fact| matches!(fact, Fact::Aborted { kind: Kind::Poll, .. }));
    assert_eq!(freed[..3], timed_out[..3]);
}

// ---- heartbeats ----------------------------------------------------------------------------------------------

/// One session that has entered, as the backend sees it.
struct Inside {
    contact: Time,
    payments: u32,
}

/// When a session was last heard of, to the millisecond that the backend keeps, is so long ago that it is dropped.
fn silent_at(contact: Time, grace: Span) -> Time {
    Time::ZERO + Span::from_ms(contact.as_us() / 1000 + 1) + grace
}

#[test]
fn whoever_is_inside_and_not_heard_of_for_longer_than_the_grace_is_dropped_and_nobody_else() {
    let grace = Span::from_secs(50);
    let book = heard(&shipped("heartbeat"));
    let mut inside: BTreeMap<SessionId, Inside> = BTreeMap::new();
    let (mut dropped, mut closed_tabs) = (0, 0);
    let mut stopped: BTreeMap<SessionId, Time> = BTreeMap::new();
    for (at, fact) in &book.0 {
        match fact {
            Fact::Stopped { who, .. } => {
                stopped.insert(who.session, *at);
            }
            Fact::Accepted { who, .. } => {
                if let Some(session) = inside.get_mut(&who.session) {
                    let silent = silent_at(session.contact, grace);
                    assert!(
                        *at <= silent || session.payments > 0,
                        "{who:?} should have been dropped at {silent}"
                    );
                    session.contact = *at;
                }
            }
            Fact::Entered { who } => {
                inside.insert(who.session, Inside { contact: *at, payments: 0 });
            }
            Fact::Decided { who, truth: Truth::Paying } => {
                inside.get_mut(&who.session).expect("only insiders pay").payments += 1;
            }
            Fact::DroppedInside { who } => {
                let session = inside.remove(&who.session).expect("only insiders are dropped");
                if session.payments == 0 {
                    assert_eq!(*at, silent_at(session.contact, grace), "{who:?}");
                }
                dropped += 1;
                closed_tabs += usize::from(stopped.get(&who.session).is_some_and(|left| left < at));
            }
            Fact::Decided { who, truth }
                if !matches!(truth, Truth::Active | Truth::Holding | Truth::Turn) =>
            {
                inside.remove(&who.session);
            }
            _ => {}
        }
    }
    assert!(closed_tabs > 20 && dropped > closed_tabs, "{closed_tabs} of {dropped} had closed the tab");
    let lost = |wanted: Kind| {
        book.count(|fact| matches!(fact, Fact::Lost { kind, way: Direction::Up, .. } if *kind == wanted))
    };
    assert!(lost(Kind::Leave) >= closed_tabs, "a closed tab is noticed late only if its goodbye was lost");
    // Nobody is told: those who are there learn it by what they ask for next.
    let told =
        |fact: &Fact| matches!(fact, Fact::Answered { reply: Reply::TurnEnded | Reply::HoldEnded, .. });
    assert!(book.count(told) > 0);
}

#[test]
fn heartbeats_free_what_closed_tabs_would_keep() {
    let with = shipped("heartbeat");
    let mut without = with.clone();
    without.waiting_room.as_mut().expect("there is a line").heartbeat = None;
    let sold_out = |scenario: &Scenario| {
        let result = support::run_scenario(scenario, "heartbeat", scenario.seed);
        result.value("sale.sold_out_at").expect("the house sells out")
    };
    let (with, without) = (sold_out(&with), sold_out(&without));
    assert!(with < without * 0.8, "sold out after {with} s, without heartbeats after {without} s");
}

/// A beacon that changes no decision changes nothing else: no attempt, no luck, no order of events.
#[test]
fn beacons_leave_everything_else_alone() {
    let mut with = shipped("heartbeat");
    let room = with.waiting_room.as_mut().expect("there is a line");
    room.heartbeat.as_mut().expect("and beacons").grace = Positive::from_secs(36_000);
    let mut without = with.clone();
    without.waiting_room.as_mut().expect("there is a line").heartbeat = None;
    let others = |scenario: &Scenario| -> Vec<(Time, Fact)> {
        let of_beacon = |fact: &Fact| {
            matches!(
                fact,
                Fact::Sent { kind: Kind::Heartbeat, .. }
                    | Fact::Lost { kind: Kind::Heartbeat, .. }
                    | Fact::Accepted { kind: Kind::Heartbeat, .. }
                    | Fact::Answered { kind: Kind::Heartbeat, .. }
            )
        };
        heard(scenario).0.into_iter().filter(|(_, fact)| !of_beacon(fact)).collect()
    };
    assert!(others(&with) == others(&without), "a beacon disturbed something");
}

#[test]
fn a_page_beats_from_the_seat_map_on_until_it_is_closed() {
    let cohort = r#", "choose": "65s", "fill_in": "40s""#;
    let room = r#", "heartbeat": { "interval": "20s", "grace": "90s" }"#;
    let rest = r#", "payment": { "delay": "7s" }"#;
    let book = heard(&lounge(1, cohort, room, rest));
    // The opening is at 7200 s, the turn is told by the poll of that instant or by the next.
    let shown = book.times(|fact| matches!(fact, Fact::Heard { kind: Kind::SeatMap, .. }))[0];
    let bought = book.times(|fact| matches!(fact, Fact::Stopped { why: Stop::Bought, .. }))[0];
    assert_eq!(bought, shown + Span::from_secs(65 + 40 + 7));
    let beats = book.times(|fact| matches!(fact, Fact::Sent { kind: Kind::Heartbeat, .. }));
    let expected: Vec<Time> = (1..=5).map(|n| shown + Span::from_secs(20 * n)).collect();
    assert_eq!(beats, expected, "the sixth would come after the purchase");
    let noted =
        |fact: &Fact| matches!(fact, Fact::Answered { kind: Kind::Heartbeat, reply: Reply::Noted, .. });
    assert_eq!(book.times(noted), expected);
    assert_eq!(
        book.count(|fact| matches!(fact, Fact::Heard { kind: Kind::Heartbeat, .. } | Fact::Ignored { .. })),
        0
    );
}

#[test]
fn a_session_is_not_dropped_while_its_payment_is_under_way() {
    let cohort = r#", "choose": "5s", "fill_in": "5s""#;
    let room = r#", "heartbeat": { "interval": "1h", "grace": "20s" }"#;
    let rest = r#", "payment": { "delay": "55s", "timeout": "1m" }"#;
    let book = heard(&lounge(1, cohort, room, rest));
    assert_eq!(book.count(|fact| matches!(fact, Fact::DroppedInside { .. })), 0);
    assert_eq!(book.count(|fact| matches!(fact, Fact::SeatSold { .. })), 1);
}

#[test]
fn a_session_that_thinks_in_silence_is_dropped_and_learns_it_by_its_next_request() {
    let cohort = r#", "choose": "5s", "fill_in": "50s""#;
    let room = r#", "heartbeat": { "interval": "1h", "grace": "20s" }"#;
    let book = heard(&lounge(1, cohort, room, ""));
    let shown = book.times(|fact| matches!(fact, Fact::Heard { kind: Kind::SeatMap, .. }))[0];
    // Seats and checkout after 5 s, then 50 s of silence.
    let checkout = shown + Span::from_secs(5);
    let dropped = book.times(|fact| matches!(fact, Fact::DroppedInside { .. }))[0];
    assert_eq!(dropped, silent_at(checkout, Span::from_secs(20)));
    assert_eq!(book.times(|fact| matches!(fact, Fact::SeatReturned { expired: false, .. }))[0], dropped);
    assert_eq!(book.times(|fact| matches!(fact, Fact::Decided { truth: Truth::Expired, .. }))[0], dropped);
    let next = book.times(|fact| matches!(fact, Fact::Answered { reply: Reply::HoldEnded, .. }))[0];
    assert_eq!(next, checkout + Span::from_secs(50));
}

#[test]
fn the_grace_of_those_inside_stands_still_while_the_sale_is_paused() {
    let cohort = r#", "choose": "5s", "fill_in": "50s""#;
    let room = r#", "heartbeat": { "interval": "1h", "grace": "20s" }"#;
    let rules = r#", "operator": [
        { "name": "stop", "trigger": { "at": "7215s" }, "actions": [{ "pause": {} }] },
        { "name": "go on", "trigger": { "at": "7230s" }, "actions": [{ "resume": {} }] }]"#;
    let book = heard(&lounge(1, cohort, room, rules));
    // Last heard of at 7205 s: ten seconds of silence before the pause, ten after it.
    let dropped = book.times(|fact| matches!(fact, Fact::DroppedInside { .. }))[0];
    assert_eq!(dropped, silent_at(at(7205), Span::from_secs(20 + 15)));
}

// ---- scenarios that make no sense ----------------------------------------------------------------------------

/// The paths of what is wrong with a waiting room, and what is said about it.
#[track_caller]
fn complains(room: &str, rest: &str, path: &str, about: &str) {
    let said: Vec<(String, String)> = match Scenario::parse(&lounge_text(1, "", room, rest), "lounge") {
        Ok(scenario) => check(&scenario)
            .into_iter()
            .map(|told| (told.path, format!("{}; {}", told.problem, told.remedy)))
            .collect(),
        Err(told) => {
            let mistakes = told.mistakes().iter();
            mistakes.map(|told| (told.path.clone(), format!("{}; {}", told.problem, told.remedy))).collect()
        }
    };
    assert_eq!(said.len(), 1, "{said:#?}");
    assert!(said[0].0 == path && said[0].1.contains(about), "{said:#?}");
}

#[test]
fn nonsense_is_told_with_its_place_and_a_remedy() {
    let proof = "waiting_room.reverify";
    complains(r#", "reverify": { "interval": "0s" }"#, "", &format!("{proof}.interval"), "longer than 0s");
    complains(
        r#", "reverify": { "interval": "1m", "deadline": "0s" }"#,
        "",
        &format!("{proof}.deadline"),
        "0s",
    );
    complains(
        r#", "reverify": { "interval": "1m", "deadline": "15s" }"#,
        "",
        &format!("{proof}.deadline"),
        "before the next poll",
    );
    complains(r#", "refusal": "drop""#, "", "waiting_room.refusal", "nobody is taken out");
    complains(
        r#", "refusal": "drop", "reverify": { "interval": "1m" }"#,
        r#", "edge": { "upstream_timeout": null }"#,
        "waiting_room.refusal",
        "never answered",
    );
    complains(r#", "long_poll": "0s""#, "", "waiting_room.long_poll", "longer than 0s");
    complains(r#", "long_poll": "1m""#, "", "waiting_room.long_poll", "504 after 1m");
    complains(
        r#", "long_poll": "290s""#,
        r#", "edge": { "upstream_timeout": null }"#,
        "waiting_room.grace",
        "shorter than an interval of polls",
    );
    complains(
        r#", "long_poll": "5m", "grace": "1h""#,
        r#", "edge": { "upstream_timeout": null }"#,
        "waiting_room.long_poll",
        "stop waiting after 5m",
    );
    let beat = "waiting_room.heartbeat";
    complains(r#", "heartbeat": { "interval": "0s" }"#, "", &format!("{beat}.interval"), "longer than 0s");
    complains(r#", "heartbeat": { "grace": "0s" }"#, "", &format!("{beat}.grace"), "longer than 0s");
    complains(r#", "heartbeat": { "grace": "30s" }"#, "", &format!("{beat}.grace"), "people who are there");
}
