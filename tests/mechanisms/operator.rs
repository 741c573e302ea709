//! The operator: pausing and resuming, acting on figures, the outflow, closing to newcomers, announcements.

use super::{Book, happens, happens_with, text};
use crate::support;
use onsale::engine::Time;
use onsale::protocol::{Announcement, Belief, Fact, Kind, OperatorAction, PersonId, Reply, Stop, Truth};
use std::collections::BTreeSet;

/// Seconds as microseconds.
const fn s(seconds: u64) -> u64 {
    seconds * 1_000_000
}

fn turn(fact: &Fact) -> bool {
    matches!(fact, Fact::TurnIssued { .. })
}

fn sold(fact: &Fact) -> bool {
    matches!(fact, Fact::SeatSold { .. })
}

fn refused_by_pause(fact: &Fact) -> bool {
    matches!(fact, Fact::Answered { reply: Reply::SalePaused, .. })
}

fn acts(book: &Book) -> Vec<(u64, OperatorAction)> {
    let acts = book.0.iter().filter_map(|(at, fact)| match fact {
        Fact::Operated { act, .. } => Some((at.as_us(), *act)),
        _ => None,
    });
    acts.collect()
}

const PAUSED: u64 = 29_500_000;
const RESUMED: u64 = 89_500_000;

/// One turn a second from 10 s on; the pause falls between two of them and shifts the later ones by its minute.
fn turns() -> Vec<u64> {
    (0..100).map(|i| s(10 + i)).map(|at| if at < PAUSED { at } else { at + s(60) }).collect()
}

/// The page learns of its turn every five seconds.
fn told(turn: u64) -> u64 {
    turn.div_ceil(s(5)) * s(5)
}

// ---- pause ---------------------------------------------------------------------------------------------

#[test]
fn a_pause_shifts_the_turns_by_its_length_and_costs_nobody_place_or_turn() {
    let book = happens("pause-and-resume");
    assert_eq!(acts(&book), [(PAUSED, OperatorAction::Pause), (RESUMED, OperatorAction::Resume)]);
    assert_eq!(book.instants_us(turn), turns());
    assert_eq!(book.count(|fact| matches!(fact, Fact::Skipped { .. } | Fact::NoShow { .. })), 0);
    assert_eq!(book.count(sold), 100);
    // A place is given once, at the join, and told as such until the turn.
    assert_eq!(book.count(|fact| matches!(fact, Fact::Placed { .. })), 100);
}

#[test]
fn whoever_is_inside_is_refused_until_the_sale_goes_on_and_then_buys() {
    let book = happens("pause-and-resume");
    // Whoever was told at 25 s would pay at 30 s, and whoever is told at 30 s asks for the seat map: both ask every 5 s.
    let payers = turns().into_iter().filter(|at| told(*at) == s(25)).count();
    let choosers = turns().into_iter().filter(|at| told(*at) == s(30)).count();
    let instants = (s(30)..RESUMED).step_by(5_000_000).count();
    let refused = |kind: Kind| {
        book.count(|fact| {
            refused_by_pause(fact) && matches!(fact, Fact::Answered { kind: k, .. } if *k == kind)
        })
    };
    assert_eq!((refused(Kind::Pay), refused(Kind::SeatMap)), (payers * instants, choosers * instants));
    assert_eq!(book.count(refused_by_pause), (payers + choosers) * instants);
    let mut sales: Vec<u64> = turns()
        .into_iter()
        .map(|at| match told(at) / s(1) {
            25 => s(90),
            30 => s(95),
            told => s(told + 5),
        })
        .collect();
    sales.sort_unstable();
    assert_eq!(book.instants_us(sold), sales);
}

#[test]
fn a_turn_refused_by_the_pause_is_not_used_by_it() {
    let book = happens_with(
        "pause-and-resume",
        &[("\"turn_validity\": \"30s\"", "\"turn_validity\": \"30s\", \"max_uses\": 2")],
    );
    assert_eq!(book.count(sold), 100, "seat map and hold are two uses, and refusals are none");
}

#[test]
fn the_clock_of_a_turn_stands_still_during_a_pause() {
    // Nobody polls again, so no turn is told, and each ends 30 s of sale after its issue.
    let deaf = [("\"poll_interval\": \"5s\"", "\"poll_interval\": \"1h\", \"grace\": \"2h\"")];
    let book = happens_with("pause-and-resume", &deaf);
    let ends: Vec<u64> =
        turns().into_iter().map(|at| if at < PAUSED { at + s(90) } else { at + s(30) }).collect();
    let no_shows = book.instants_us(|fact| matches!(fact, Fact::NoShow { .. }));
    let mut expected = ends;
    expected.sort_unstable();
    assert_eq!(no_shows, expected);
}

#[test]
fn two_pauses_stop_the_clock_of_a_turn_twice() {
    let deaf = ("\"poll_interval\": \"5s\"", "\"poll_interval\": \"1h\", \"grace\": \"2h\"");
    // The first turn, of 10 s, has 15 s left at 25 s: it runs to 35 s, from 95 s on to 100 s, and from 200 s on.
    let twice = (
        "{ \"name\": \"trouble\", \"trigger\": { \"at\": \"29500ms\" }, \"actions\": [{ \"pause\": {} }] },",
        "{ \"name\": \"trouble\", \"trigger\": { \"at\": \"35s\" }, \"actions\": [{ \"pause\": {} }] },
         { \"name\": \"again\", \"trigger\": { \"at\": \"97s\" }, \"actions\": [{ \"pause\": {} }] },
         { \"trigger\": { \"at\": \"200s\" }, \"actions\": [{ \"resume\": {} }] },",
    );
    let book = happens_with("pause-and-resume", &[deaf, twice]);
    let first = book.instants_us(|fact| matches!(fact, Fact::NoShow { .. }))[0];
    assert_eq!(first, s(10 + 30 + 60 + 103));
}

#[test]
fn the_grace_of_those_in_line_stands_still_during_a_pause() {
    let deaf = [("\"poll_interval\": \"5s\"", "\"poll_interval\": \"1h\", \"grace\": \"70s\"")];
    let book = happens_with("pause-and-resume", &deaf);
    // All were last heard of at 5 s; a minute of their silence is not theirs.
    let issued: Vec<u64> = turns()
        .into_iter()
        .filter(|at| {
            let silent = at - s(5) - if *at > PAUSED { s(60) } else { 0 };
            silent <= s(70)
        })
        .collect();
    assert_eq!(book.instants_us(turn), issued);
    assert_eq!(book.count(|fact| matches!(fact, Fact::Skipped { .. })), 100 - issued.len());
    assert!(issued.len() > 20 && issued.len() < 100);
}

#[test]
fn hold_clocks_run_during_a_pause() {
    let short = [("\"hall\", \"seats\": 100 }]", "\"hall\", \"seats\": 100 }], \"hold\": \"20s\"")];
    let book = happens_with("pause-and-resume", &short);
    let held_at_the_pause: Vec<u64> = book
        .instants_us(|fact| matches!(fact, Fact::SeatHeld { .. }))
        .into_iter()
        .filter(|at| *at == s(27))
        .collect();
    assert_eq!(held_at_the_pause.len(), 5, "those told at 25 s, who chose for 2 s");
    let expired = book.instants_us(|fact| matches!(fact, Fact::SeatReturned { expired: true, .. }));
    assert_eq!(expired, vec![s(47); 5], "in the middle of the pause");
}

#[test]
fn patience_runs_during_a_pause() {
    let impatient = [("\"choose\": \"2s\"", "\"choose\": \"2s\", \"patience\": \"45s\"")];
    let book = happens_with("pause-and-resume", &impatient);
    let bought = turns().into_iter().filter(|at| told(*at) + s(5) < PAUSED).count();
    assert_eq!(book.count(sold), bought);
    let left = book.instants_us(|fact| matches!(fact, Fact::Stopped { why: Stop::Patience, .. }));
    assert_eq!(left, vec![s(50); 100 - bought], "45 s after they came, at 5 s");
}

#[test]
fn payments_under_way_finish_during_a_pause() {
    let slow = [("\"delay\": \"0s\"", "\"delay\": \"7s\"")];
    let book = happens_with("pause-and-resume", &slow);
    let paying =
        turns().into_iter().map(|at| told(at) + s(5)).filter(|at| *at < PAUSED && at + s(7) > PAUSED);
    let during = book.instants_us(sold).into_iter().filter(|at| (PAUSED..RESUMED).contains(at));
    let expected: Vec<u64> = paying.map(|at| at + s(7)).collect();
    assert_eq!(during.collect::<Vec<_>>(), expected);
    assert_eq!(expected, vec![s(32); 5]);
}

#[test]
fn joins_are_accepted_during_a_pause_and_polls_say_nothing_new() {
    let later = [("\"spike\": { \"at\": \"5s\" } } }]", "\"spike\": { \"at\": \"5s\" } } },
        { \"name\": \"later\", \"count\": 7, \"network\": \"still\", \"arrivals\": { \"spike\": { \"at\": \"50s\" } } }]")];
    let book = happens_with("pause-and-resume", &later);
    let joined = book.instants_us(|fact| matches!(fact, Fact::Enqueued { .. }));
    assert_eq!(joined.into_iter().filter(|at| *at == s(50)).count(), 7);
    let positions: BTreeSet<(u32, u32)> = book
        .0
        .iter()
        .filter(|(at, _)| (PAUSED..RESUMED).contains(&at.as_us()))
        .filter_map(|(_, fact)| match fact {
            Fact::Polled { who, position, .. } => Some((who.person.0, *position)),
            _ => None,
        })
        .collect();
    // 80 of the first hundred and the seven: each is told one and the same position all the time.
    assert_eq!(positions.len(), 87);
}

#[test]
fn a_pause_that_serves_those_inside_only_stops_letting_people_in() {
    let book = happens_with(
        "pause-and-resume",
        &[("{ \"pause\": {} }", "{ \"pause\": { \"inside\": \"serve\" } }")],
    );
    assert_eq!(book.count(refused_by_pause), 0);
    assert_eq!(book.instants_us(turn), turns());
    let sales: Vec<u64> = turns().into_iter().map(|at| told(at) + s(5)).collect();
    assert_eq!(book.instants_us(sold), sales);
}

#[test]
fn a_slot_that_is_freed_during_a_pause_waits_for_its_end() {
    // Ten are inside from 10 s on; they pay at 15 s, and have paid in the middle of the pause.
    let by_slots =
        [("\"new_per_minute\": 60", "\"total_active\": 10"), ("\"delay\": \"0s\"", "\"delay\": \"16s\"")];
    let book = happens_with("pause-and-resume", &by_slots);
    assert_eq!(book.instants_us(sold)[..10], vec![s(31); 10]);
    assert_eq!(book.instants_us(turn)[..20], [vec![s(10); 10], vec![RESUMED; 10]].concat());
}

#[test]
fn without_a_waiting_room_everybody_is_refused_while_the_sale_is_paused() {
    let none = [
        (
            "\"waiting_room\": { \"new_per_minute\": 60, \"poll_interval\": \"5s\", \"poll_jitter\": 0, \"turn_validity\": \"30s\" },",
            "",
        ),
        ("\"at\": \"5s\"", "\"at\": \"40s\""),
    ];
    let book = happens_with("pause-and-resume", &none);
    // They ask for the seat map at 40, 60 and 80 s; at 100 s it is there, and at 105 s they have paid.
    assert_eq!(book.count(refused_by_pause), 300);
    assert_eq!(book.instants_us(sold), vec![s(105); 100]);
}

#[test]
fn a_pause_over_the_opening_delays_the_first_turn_only() {
    let early = [("\"at\": \"29500ms\"", "\"at\": \"8s\"")];
    let book = happens_with("pause-and-resume", &early);
    let expected: Vec<u64> = (0..100).map(|i| s(68 + i)).collect();
    assert_eq!(book.instants_us(turn), expected);
}

#[test]
fn a_pause_of_a_paused_sale_and_a_resume_of_one_that_goes_on_change_nothing() {
    let again = [(
        "{ \"name\": \"mended\",",
        "{ \"trigger\": { \"at\": \"40s\" }, \"actions\": [{ \"pause\": { \"inside\": \"serve\" } }] },
         { \"trigger\": { \"at\": \"100s\" }, \"actions\": [{ \"resume\": {} }] },
         { \"name\": \"mended\",",
    )];
    let book = happens_with("pause-and-resume", &again);
    assert_eq!(acts(&book), [(PAUSED, OperatorAction::Pause), (RESUMED, OperatorAction::Resume)]);
    assert_eq!(book.instants_us(turn), turns());
}

// ---- acting on figures -----------------------------------------------------------------------------------

#[test]
fn a_queue_that_stays_long_pauses_the_sale_and_one_that_has_drained_resumes_it() {
    let book = happens("pause-on-a-queue");
    // The queue is long at the looks of 20, 30 and 40 s, and short at that of 110 s; both are 20 s old when acted on.
    assert_eq!(acts(&book), [(s(60), OperatorAction::Pause), (s(130), OperatorAction::Resume)]);
    let refused = book.instants_us(refused_by_pause);
    let expected: Vec<u64> = [65, 85, 105, 125].iter().flat_map(|at| vec![s(*at); 10]).collect();
    assert_eq!(refused, expected, "ten ask every 20 s");
    let served = book.instants_us(|fact| matches!(fact, Fact::ServiceEnded { .. }));
    let expected: Vec<u64> = (13..=112).chain(146..=155).map(s).collect();
    assert_eq!(served, expected);
}

fn paused_at(changes: &[(&str, &str)]) -> Option<u64> {
    let book = happens_with("pause-on-a-queue", changes);
    acts(&book).into_iter().find(|(_, act)| *act == OperatorAction::Pause).map(|(at, _)| at)
}

const QUEUE: &str =
    "{ \"queue\": { \"station\": \"inventory\", \"length\": { \"above\": 50 } } }, \"for\": \"20s\"";

#[test]
fn the_error_rate_is_that_of_the_replies_since_the_last_look() {
    // At 12 s 100 pages are served and 49 of 100 find the queue of 50 full; 7 are served before the look of 20 s.
    let share: f64 = 49.0 / (100.0 + 49.0 + 7.0);
    let full = ("\"service\": \"1s\" }", "\"service\": \"1s\", \"queue\": 50 }");
    let at = |bound: f64| {
        let signal = format!("{{ \"error_rate\": {{ \"above\": {bound} }} }}, \"for\": \"0s\"");
        paused_at(&[full, (QUEUE, &signal)])
    };
    assert_eq!(at(share - 1e-9), Some(s(40)));
    // They ask again at 32 s, 29 of them in vain.
    assert_eq!(at(share + 1e-9), Some(s(60)));
}

#[test]
fn what_the_pause_refuses_is_no_error() {
    let full = ("\"service\": \"1s\" }", "\"service\": \"1s\", \"queue\": 50 }");
    let rate = "{ \"error_rate\": { \"above\": 0.2 } }, \"for\": \"0s\"";
    let no_errors = "{ \"error_rate\": { \"below\": 0.01 } }, \"for\": \"0s\"";
    let drained =
        "{ \"queue\": { \"station\": \"inventory\", \"length\": { \"below\": 5 } } }, \"for\": \"0s\"";
    let book = happens_with("pause-on-a-queue", &[full, (QUEUE, rate), (drained, no_errors)]);
    // Paused at 40 s; the look of 40 s still sees the errors of 32 s, that of 50 s sees none and is acted on at 70 s.
    assert_eq!(acts(&book), [(s(40), OperatorAction::Pause), (s(70), OperatorAction::Resume)]);
}

#[test]
fn latency_is_the_share_of_replies_that_took_too_long() {
    // At the look of 20 s, 2 of 107 replies took more than 5 s; at that of 30 s all ten did.
    let at = |share: &str| {
        let signal =
            format!("{{ \"latency\": {{ \"slower_than\": \"5s\", \"share\": {share} }} }}, \"for\": \"0s\"");
        paused_at(&[(QUEUE, &signal)])
    };
    assert_eq!(at("{ \"above\": 0.0186 }"), Some(s(40)));
    assert_eq!(at("{ \"above\": 0.0188 }"), Some(s(50)));
}

#[test]
fn readings_before_a_rule_looks_do_not_count_and_a_rule_may_act_again() {
    let late = paused_at(&[("\"for\": \"20s\"", "\"for\": \"20s\", \"not_before\": \"35s\"")]);
    assert_eq!(late, Some(s(80)), "the looks of 40 to 60 s");
    // The sale goes on by itself 5 s after each pause, while the queue is as long as ever.
    let resumes = (
        "\"trigger\": { \"when\": { \"signal\": { \"queue\": { \"station\": \"inventory\", \"length\": { \"below\": 5 } } }, \"for\": \"0s\" } }",
        "\"trigger\": { \"after\": { \"rule\": \"too long\", \"delay\": \"5s\" } }",
    );
    let book =
        happens_with("pause-on-a-queue", &[resumes, ("\"for\": \"20s\"", "\"for\": \"0s\", \"times\": 2")]);
    // Looks of 20 and 30 s, before the first pause of 40 s: one is on its way already, and both are acted on.
    assert_eq!(
        acts(&book),
        [
            (s(40), OperatorAction::Pause),
            (s(45), OperatorAction::Resume),
            (s(50), OperatorAction::Pause),
            (s(55), OperatorAction::Resume)
        ]
    );
}

#[test]
fn the_stock_and_the_line_call_for_action_too() {
    let when = |signal: &str| {
        let trigger = format!("\"trigger\": {{ \"when\": {{ \"signal\": {signal}, \"for\": \"0s\" }} }}");
        let book = happens_with("pause-and-resume", &[("\"trigger\": { \"at\": \"29500ms\" }", &trigger)]);
        acts(&book)[0].0
    };
    // Sold: 1 at 15 s, 6 at 20 s, 11 at 25 s and 16 at 30 s, of 100; a look precedes what happens at its instant.
    assert_eq!(when("{ \"sold\": { \"above\": 10 } }"), s(50));
    assert_eq!(when("{ \"sold\": { \"above\": 11 } }"), s(60));
    assert_eq!(when("{ \"sold_share\": { \"above\": 0.1 } }"), s(50));
    assert_eq!(when("{ \"left\": { \"below\": 90 } }"), s(50));
    // In line: 100 until the opening at 10 s, then one less each second.
    assert_eq!(when("{ \"in_line\": { \"below\": 91 } }"), s(40));
    assert_eq!(when("{ \"in_line\": { \"below\": 90 } }"), s(50));
}

// ---- outflow, newcomers ----------------------------------------------------------------------------------

#[test]
fn the_outflow_changes_at_once_and_keeps_what_has_accrued() {
    let book = happens("change-outflow");
    let mut expected: Vec<u64> = (10..=30).map(s).collect();
    // Half a token has accrued by 30.5 s; the other half takes a quarter of a second.
    expected.extend((30_750_000..s(60)).step_by(500_000));
    expected.resize(150, s(60));
    assert_eq!(book.instants_us(turn), expected);
    assert_eq!(
        acts(&book),
        [(30_500_000, OperatorAction::ChangeOutflow), (s(60), OperatorAction::ChangeOutflow)]
    );
}

#[test]
fn an_outflow_changed_before_the_opening_is_what_the_sale_opens_with() {
    let book = happens_with("change-outflow", &[("\"at\": \"30500ms\"", "\"at\": \"7s\"")]);
    let expected: Vec<u64> = (0..10).map(|i| s(10) + 500_000 * i).collect();
    assert_eq!(book.instants_us(turn)[..10], expected);
}

#[test]
fn a_lower_outflow_sends_nobody_away_and_lets_nobody_in_until_there_is_room() {
    let fewer = [
        ("\"new_per_minute\": { \"at_most\": 120 }", "\"total_active\": { \"at_most\": 5 }"),
        ("\"turn_validity\": \"2h\"", "\"turn_validity\": \"60s\""),
        ("\"at\": \"60s\"", "\"at\": \"200s\""),
    ];
    let book = happens_with("change-outflow", &fewer);
    let turns = book.instants_us(turn);
    // 21 are inside when it becomes 5. Their turns end from 70 s on, one a second: the 17th end makes room.
    assert_eq!(turns[..21], (10..=30).map(s).collect::<Vec<_>>());
    assert_eq!(turns[21], s(86));
}

#[test]
fn newcomers_are_refused_from_the_close_on_and_the_line_drains() {
    let book = happens("close-to-newcomers");
    let refused =
        book.instants_us(|fact| matches!(fact, Fact::Answered { reply: Reply::NewcomersRefused, .. }));
    assert_eq!(refused, vec![s(40); 30]);
    let joined = book.instants_us(|fact| matches!(fact, Fact::Enqueued { .. }));
    assert_eq!(
        joined,
        [vec![s(15); 50], vec![s(30); 50]].concat(),
        "the second half is verified after the close"
    );
    assert_eq!(book.count(turn), 100);
    assert_eq!(book.count(sold), 100);
    let decided = |truth: Truth| book.count(|f| matches!(f, Fact::Decided { truth: t, .. } if *t == truth));
    assert_eq!(decided(Truth::TurnedAway), 30);
    assert_eq!(book.count(|fact| matches!(fact, Fact::Stopped { why: Stop::Excluded, .. })), 30);
    assert_eq!(book.count(|fact| matches!(fact, Fact::Believes { belief: Belief::ToldNo, .. })), 30);
    let result = support::run(&text("close-to-newcomers"), 1);
    assert_eq!(result.value("silent.table.known_rejection"), Some(30.0));
}

#[test]
fn whoever_has_lost_a_place_is_a_newcomer() {
    // No turn lasts long enough to take a seat: each ends, and its owner joins again when told so.
    let book = happens_with(
        "close-to-newcomers",
        &[(
            "\"poll_interval\": \"5s\"",
            "\"poll_interval\": \"30s\", \"turn_validity\": \"1s\", \"poll_jitter\": 0",
        )],
    );
    let refused = book.count(|fact| matches!(fact, Fact::Answered { reply: Reply::NewcomersRefused, .. }));
    assert_eq!((book.count(turn), book.count(sold)), (100, 0));
    assert_eq!(refused, 30 + 100);
    assert_eq!(book.count(|fact| matches!(fact, Fact::Enqueued { .. })), 100, "nobody joins a second time");
}

#[test]
fn a_repeated_join_of_somebody_in_line_keeps_its_place_after_the_close() {
    // The first join's answer takes longer than the client's timeout, and it is accepted before the close.
    let impatient = [
        (
            "\"count\": 50, \"network\": \"still\", \"arrivals\": { \"spike\": { \"at\": \"5s\" } }",
            "\"count\": 50, \"network\": \"still\", \"timeout\": \"25s\", \"arrivals\": { \"spike\": { \"at\": \"5s\" } }",
        ),
        ("\"service\": \"10s\"", "\"service\": \"21s\""),
    ];
    let book = happens_with("close-to-newcomers", &impatient);
    assert_eq!(book.count(|fact| matches!(fact, Fact::Enqueued { .. })), 100);
}

// ---- announcements ---------------------------------------------------------------------------------------

fn informed(book: &Book) -> Vec<(Time, PersonId, Announcement, bool)> {
    let heard = book.0.iter().filter_map(|(at, fact)| match fact {
        Fact::Informed { person, word, by_page } => Some((*at, *person, *word, *by_page)),
        _ => None,
    });
    heard.collect()
}

/// Four standard errors of a share of `n`.
fn four_errors(share: f64, n: f64) -> f64 {
    4.0 * (share * (1.0 - share) / n).sqrt()
}

#[test]
fn word_of_a_pause_reaches_its_share_of_those_present_after_its_delay() {
    let book = happens("announce-a-pause");
    let heard = informed(&book);
    let persons: BTreeSet<PersonId> = heard.iter().map(|(_, person, ..)| *person).collect();
    assert_eq!(persons.len(), heard.len(), "each hears it once");
    let share = heard.len() as f64 / 10_000.0;
    assert!((share - 0.6).abs() < four_errors(0.6, 10_000.0), "it reached {share}");
    let delays: Vec<f64> = heard.iter().map(|(at, ..)| at.as_secs_f64() - 60.0).collect();
    let mean = delays.iter().sum::<f64>() / delays.len() as f64;
    let error = 4.0 * 120.0 / (delays.len() as f64).sqrt();
    assert!((mean - 120.0).abs() < error, "after {mean} s on average");
    assert!(heard.iter().all(|(_, _, word, by_page)| *word == Announcement::Paused && !by_page));
}

#[test]
fn some_of_those_who_hear_of_a_pause_leave_at_once_and_have_been_answered() {
    let book = happens("announce-a-pause");
    let heard = informed(&book);
    let left: Vec<(Time, PersonId)> = book
        .0
        .iter()
        .filter_map(|(at, fact)| match fact {
            Fact::Stopped { who, why: Stop::Informed } => Some((*at, who.person)),
            _ => None,
        })
        .collect();
    let share = left.len() as f64 / heard.len() as f64;
    assert!((share - 0.25).abs() < four_errors(0.25, heard.len() as f64), "{share} left");
    let at_once: BTreeSet<(Time, PersonId)> = heard.iter().map(|(at, person, ..)| (*at, *person)).collect();
    assert!(left.iter().all(|one| at_once.contains(one)));
    let result = support::run(&text("announce-a-pause"), 1);
    let answered = result.value("silent.table.left_before_decision_answered").expect("people left");
    assert!(answered > 1000.0 && result.value("silent.table.left_before_decision_silent") == Some(0.0));
    assert_eq!(result.value("silent.failure_rate"), Some(0.0));
}

#[test]
fn whoever_believes_in_the_pause_asks_less_often() {
    let polls = |changes: &[(&str, &str)]| {
        let book = happens_with("announce-a-pause", changes);
        let late = book.0.iter().filter(|(at, _)| at.as_us() > s(900));
        late.filter(|(_, fact)| matches!(fact, Fact::Polled { .. })).count() as f64
    };
    let stay = ("\"leave\": 0.25", "\"leave\": 0");
    let (waiting, eager) = (polls(&[stay]), polls(&[stay, ("\"wait\": \"40s\"", "\"wait\": \"0s\"")]));
    // Three in five ask every 60 s instead of every 20 s.
    assert!((waiting / eager - (0.4 + 0.6 / 3.0)).abs() < 0.02, "{waiting} of {eager}");
}

#[test]
fn on_the_page_everybody_reads_it_with_the_next_answer() {
    let by_page = [
        ("\"reach\": 0.6, \"delay\": { \"exponential\": { \"mean\": \"2m\" } }", "\"on_page\": true"),
        ("0.25", "0"),
    ];
    let book = happens_with("announce-a-pause", &by_page);
    let heard = informed(&book);
    let in_line = 10_000 - 1;
    assert_eq!(book.count(turn), 1, "whoever has a turn is not told by the waiting room");
    assert_eq!(heard.len(), in_line);
    let persons: BTreeSet<PersonId> = heard.iter().map(|(_, person, ..)| *person).collect();
    assert_eq!(persons.len(), in_line);
    // The answer to the first poll after the pause, which comes within a jittered interval and two ways.
    assert!(heard.iter().all(|(at, _, _, by_page)| *by_page && (s(60)..s(60 + 23)).contains(&at.as_us())));
    let paused = book.instants_us(|fact| matches!(fact, Fact::Believes { belief: Belief::Paused, .. }));
    let mut instants: Vec<u64> = heard.iter().map(|(at, ..)| at.as_us()).collect();
    instants.sort_unstable();
    assert_eq!(paused, instants, "nobody is told anything else by \"you are in line\"");
}

#[test]
fn a_notice_taken_down_ends_the_belief_in_the_pause_and_newcomers_do_not_read_it() {
    let resumed = [
        ("\"reach\": 0.6, \"delay\": { \"exponential\": { \"mean\": \"2m\" } }", "\"on_page\": true"),
        ("\"leave\": 0.25, \"wait\": \"40s\"", "\"leave\": 0"),
        (
            "\"operator\": [",
            "\"operator\": [{ \"trigger\": { \"at\": \"5m\" }, \"actions\": [{ \"resume\": {} }] },",
        ),
        (
            "\"crowd\": [",
            "\"crowd\": [{ \"name\": \"late\", \"count\": 100, \"arrivals\": { \"spike\": { \"at\": \"6m\" } } },",
        ),
    ];
    let book = happens_with("announce-a-pause", &resumed);
    assert_eq!(informed(&book).len(), 9_999, "the hundred who came after the pause read nothing");
    let back = book
        .0
        .iter()
        .filter(|(at, fact)| {
            (s(300)..s(323)).contains(&at.as_us())
                && matches!(fact, Fact::Believes { belief: Belief::InLine, .. })
        })
        .count();
    assert_eq!(back, 9_999);
}

#[test]
fn word_that_it_goes_on_brings_those_who_waited_back_at_once() {
    let resumed = [
        ("\"leave\": 0.25, \"wait\": \"40s\"", "\"leave\": 0, \"wait\": \"4m\""),
        (
            "\"reach\": 0.6, \"delay\": { \"exponential\": { \"mean\": \"2m\" } }",
            "\"reach\": 1, \"delay\": \"1s\"",
        ),
        (
            "\"operator\": [",
            "\"operator\": [{ \"trigger\": { \"at\": \"10m\" }, \"actions\": [{ \"resume\": {} },
                { \"announce\": { \"word\": \"resumed\", \"reach\": 1, \"delay\": \"1s\" } }] },",
        ),
    ];
    let book = happens_with("announce-a-pause", &resumed);
    let polls_of = |range: std::ops::Range<u64>| {
        book.instants_us(|fact| matches!(fact, Fact::Polled { .. }))
            .into_iter()
            .filter(|at| range.contains(at))
            .count()
    };
    // All but those whose poll was on its way are at the edge 20 ms after they heard it: a second T0.
    let herd = polls_of(s(601)..s(601) + 100_000);
    assert!(herd > 9_900, "{herd} came back at once");
    assert_eq!(polls_of(s(400)..s(500)), 0, "each asks every 260 s, and all were told at once");
}

#[test]
fn the_same_persons_are_reached_whatever_the_delay() {
    let persons = |delay: &str| {
        let change = [("{ \"exponential\": { \"mean\": \"2m\" } }", delay), ("0.25", "0")];
        let book = happens_with("announce-a-pause", &change);
        informed(&book).into_iter().map(|(_, person, ..)| person).collect::<BTreeSet<_>>()
    };
    assert_eq!(persons("\"1s\""), persons("\"9m\""));
}

#[test]
fn whoever_is_told_to_keep_trying_goes_on_where_the_client_would_stop() {
    let changes = |word: &str, persist: &str| {
        let paused = format!(
            "\"on_announcement\": {{ \"keep_trying\": {{ \"persist\": {persist} }} }}, \"timeout\": \"10s\",
            \"behavior\": {{ \"backoff\": {{ \"attempts\": 3, \"schedule\": \"none\" }} }}"
        );
        let word = format!("\"word\": \"{word}\", \"reach\": 1, \"delay\": \"0s\"");
        let book = happens_with(
            "announce-a-pause",
            &[
                ("\"on_announcement\": { \"paused\": { \"leave\": 0.25, \"wait\": \"40s\" } }", &paused),
                (
                    "\"word\": \"paused\", \"reach\": 0.6, \"delay\": { \"exponential\": { \"mean\": \"2m\" } }",
                    &word,
                ),
                // From the pause on every answer is lost, as it were: they take longer than the timeout.
                ("\"down\": \"20ms\"", "\"down\": { \"uniform\": { \"low\": \"5s\", \"high\": \"30s\" } }"),
                ("\"at\": \"1m\"", "\"at\": \"26s\""),
                ("\"count\": 10000", "\"count\": 500"),
            ],
        );
        book.count(|fact| matches!(fact, Fact::Stopped { why: Stop::AttemptsUsedUp, .. }))
    };
    let (without, with) = (changes("trouble", "1"), changes("keep_trying", "1"));
    assert!(without > 400, "{without} stop after three attempts in vain");
    assert_eq!(with, 0, "they are told before the third attempt has failed");
}

#[test]
fn whoever_is_told_not_to_refresh_polls_instead() {
    const REACTION: &str = r#""on_announcement": { "paused": { "leave": 0.25, "wait": "40s" } }"#;
    const WORD: &str = r#""word": "paused", "reach": 0.6, "delay": { "exponential": { "mean": "2m" } }"#;
    let book = happens_with(
        "announce-a-pause",
        &[
            (REACTION, r#""behavior": { "refresher": { "interval": "30s" } }"#),
            (WORD, r#""word": "do_not_refresh", "reach": 0.5, "delay": "0s""#),
            ("\"count\": 10000", "\"count\": 1000"),
        ],
    );
    let told: BTreeSet<PersonId> = informed(&book).into_iter().map(|(_, person, ..)| person).collect();
    let share = told.len() as f64 / 1000.0;
    assert!((share - 0.5).abs() < four_errors(0.5, 1000.0), "{share} were told");
    // A reload that was planned before may still come; half a minute and its spread later none does.
    let later = book.0.iter().filter(|(at, _)| at.as_us() > s(60 + 46));
    let (mut reload, mut poll) = (BTreeSet::new(), BTreeSet::new());
    for (_, fact) in later {
        match fact {
            Fact::Sent { who, kind: Kind::OpenPage, .. } => reload.insert(who.person),
            Fact::Polled { who, .. } | Fact::Sent { who, kind: Kind::Poll, .. } => poll.insert(who.person),
            _ => continue,
        };
    }
    assert_eq!(reload.intersection(&told).count(), 0);
    let inside: BTreeSet<PersonId> = book
        .0
        .iter()
        .filter_map(|(_, fact)| if let Fact::TurnIssued { who, .. } = fact { Some(who.person) } else { None })
        .collect();
    assert_eq!(inside.len(), 1, "one has a turn, and asks for a place no more");
    assert_eq!(&poll - &inside, &told - &inside);
    let others: BTreeSet<PersonId> = (0..1000).map(PersonId).collect();
    assert_eq!(&reload - &inside, &(&others - &told) - &inside, "everybody else reloads as before");
}

#[test]
fn a_person_who_leaves_closes_every_tab_and_opens_no_more() {
    let book = happens_with(
        "announce-a-pause",
        &[
            ("\"count\": 10000", "\"count\": 1000, \"sessions\": [0, 0, 1], \"open_after\": \"50s\""),
            (
                "\"reach\": 0.6, \"delay\": { \"exponential\": { \"mean\": \"2m\" } }",
                "\"reach\": 1, \"delay\": \"30s\"",
            ),
            ("\"leave\": 0.25", "\"leave\": 1"),
        ],
    );
    let sent_later = book
        .0
        .iter()
        .filter(|(at, fact)| at.as_us() > s(90) && matches!(fact, Fact::Sent { .. } | Fact::Polled { .. }));
    let still_there: BTreeSet<PersonId> = sent_later
        .filter_map(|(_, fact)| match fact {
            Fact::Sent { who, .. } | Fact::Polled { who, .. } => Some(who.person),
            _ => None,
        })
        .collect();
    let inside: BTreeSet<PersonId> = book
        .0
        .iter()
        .filter_map(|(_, fact)| match fact {
            Fact::TurnIssued { who, .. } => Some(who.person),
            _ => None,
        })
        .collect();
    assert!(still_there.is_subset(&inside), "{still_there:?} asked for more, and {inside:?} had a turn");
    let left = book.count(|fact| matches!(fact, Fact::Stopped { why: Stop::Informed, .. }));
    assert!(left >= 2 * (1000 - inside.len()), "two tabs each were open at 90 s: {left}");
}
