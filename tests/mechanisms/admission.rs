//! Admission policies that score: their order against that of policies that do not, and whom they take out and back, worked
//! out here a second time from what was heard of each session.

use super::{Book, happens, happens_with, measured, measured_with};
use crate::support;
use onsale::experiment::observe;
use onsale::protocol::{Fact, Kind, Reading, Reply, RiskAction, SessionId, Truth};
use std::collections::{BTreeMap, BTreeSet};

const POOL: &str = "eligibility-pool";
const SCORE: &str = "\"score\": \"waiting_s - 1000 * (sessions_of_person - 1)\", \"evict_below\": -1500";

/// Everything that happens in the crowd of `scenarios/policies` under this policy, with some of the text replaced.
fn under(policy: &str, changes: &[(&str, &str)]) -> Book {
    let mut all = vec![("{ \"fifo\": {} }", policy)];
    all.extend(changes);
    let scenario = support::scenario(&support::changed("policies", "fifo", &all));
    observe(support::plan(&scenario), scenario.seed, Book::default()).observer
}

/// Only the lounge comes, a minute before the opening at the latest: everybody polls before it.
const LOUNGE: [(&str, &str); 4] = [
    ("\"count\": 600", "\"count\": 0"),
    ("\"count\": 300", "\"count\": 0"),
    ("\"count\": 700", "\"count\": 0"),
    ("\"lounge_fill\": {", "\"lounge_fill\": { \"until\": \"19m\","),
];

/// Who had a turn, in order.
fn turns(book: &Book) -> Vec<SessionId> {
    let turn = |(_, fact): &(_, Fact)| match fact {
        Fact::TurnIssued { who, .. } => Some(who.session),
        _ => None,
    };
    book.0.iter().filter_map(turn).collect()
}

#[test]
fn a_score_of_waiting_alone_is_exactly_first_come_first_served() {
    let fifo = turns(&under("{ \"fifo\": {} }", &[]));
    let pool = turns(&under("{ \"eligibility_pool\": { \"score\": \"waiting_s\" } }", &[]));
    assert!(fifo.len() > 1000, "{} turns", fifo.len());
    assert_eq!(pool, fifo);
    let tenth = turns(&under("{ \"eligibility_pool\": { \"score\": \"waiting_s / 10 + 7\" } }", &[]));
    assert_eq!(tenth, fifo, "nothing but time tells anybody apart");
}

#[test]
fn a_score_of_luck_alone_is_exactly_the_draw_at_the_opening() {
    let drawn = turns(&under("{ \"prequeue_shuffle\": {} }", &LOUNGE));
    let pool = turns(&under("{ \"eligibility_pool\": { \"score\": \"1 - luck\" } }", &LOUNGE));
    assert!(drawn.len() > 500, "{} turns", drawn.len());
    assert_eq!(pool, drawn);
}

#[test]
fn a_score_against_sessions_beside_puts_those_with_several_tabs_last() {
    let policy = "{ \"eligibility_pool\": { \"score\": \"-sessions_of_person\" } }";
    let book = under(policy, &LOUNGE);
    let mut sessions: BTreeMap<u32, BTreeSet<SessionId>> = BTreeMap::new();
    let mut person_of = BTreeMap::new();
    for (_, fact) in &book.0 {
        if let Fact::Enqueued { who } = fact {
            sessions.entry(who.person.0).or_default().insert(who.session);
            person_of.insert(who.session, who.person.0);
        }
    }
    let alone = |session: &SessionId| sessions[&person_of[session]].len() == 1;
    let turns = turns(&book);
    let first_of_several = turns.iter().position(|session| !alone(session)).expect("some had two tabs");
    assert!(first_of_several > 300, "{first_of_several} turns to those with one tab");
    assert!(!turns[first_of_several..].iter().any(alone), "and none of them later");
}

#[test]
fn who_scores_too_little_waits_though_there_is_room_and_goes_in_when_time_has_made_it_enough() {
    let policy = "{ \"eligibility_pool\": { \"score\": \"waiting_s\", \"admit_above\": 1500 } }";
    let book = under(policy, &LOUNGE);
    let mut joined = BTreeMap::new();
    let mut waits_us: Vec<u64> = Vec::new();
    for (at, fact) in &book.0 {
        match fact {
            Fact::Enqueued { who } => drop(joined.insert(who.session, at.as_us())),
            Fact::TurnIssued { who, .. } => waits_us.push(at.as_us() - joined[&who.session]),
            _ => {}
        }
    }
    assert!(waits_us.len() > 300, "{} turns", waits_us.len());
    assert_eq!(waits_us[0], 1_500_000_000, "the first goes in at the microsecond");
    assert!(waits_us.iter().all(|wait| *wait >= 1_500_000_000));
}

/// Whom a pool with a score of sessions beside takes out and back, by a second calculation: at each request accepted, from
/// how many of the person's sessions are in line then and since when the session waits.
fn restored_as_worked_out(restore: &str) -> (usize, usize) {
    let setting = format!("{SCORE}, \"restore\": \"{restore}\"");
    let book = happens_with(POOL, &[(SCORE, &setting)]);
    let mut in_line: BTreeMap<u32, BTreeSet<SessionId>> = BTreeMap::new();
    let mut out: BTreeSet<SessionId> = BTreeSet::new();
    let mut joined = BTreeMap::new();
    let (mut evicted, mut restored) = (0, 0);
    let mut facts = book.0.iter().peekable();
    while let Some((at, fact)) = facts.next() {
        match fact {
            Fact::Enqueued { who } => drop(joined.insert(who.session, at.as_us())),
            Fact::LineClosed { .. } => break,
            Fact::Decided { who, truth } => {
                let person = in_line.entry(who.person.0).or_default();
                if *truth == Truth::Queued {
                    person.insert(who.session);
                    out.remove(&who.session);
                } else {
                    person.remove(&who.session);
                }
                if *truth == Truth::Evicted {
                    assert_eq!(person.len(), 2, "the third is out");
                    out.insert(who.session);
                    evicted += 1;
                }
            }
            Fact::Accepted { who, kind: Kind::Join | Kind::Poll, .. } if out.contains(&who.session) => {
                let waited_s = match restore {
                    "anew" => 0.0,
                    _ => (at.as_us() - joined[&who.session]) as f64 / 1e6,
                };
                let score = waited_s - 1000.0 * in_line[&who.person.0].len() as f64;
                let back = matches!(facts.peek(), Some((_, Fact::Restored { who: next })) if next == who);
                assert_eq!(back, restore != "never" && score >= -1500.0, "{restore}: {who:?} at {at}");
                restored += usize::from(back);
            }
            _ => {}
        }
    }
    let said = |metric| measured_with(POOL, metric, &[(SCORE, &setting)]);
    assert_eq!(said("line.evictions"), Some(evicted as f64));
    let possible = (restore != "never").then_some(restored as f64);
    assert_eq!(said("line.restorations"), possible.or(Some(0.0)));
    (evicted, restored)
}

#[test]
fn who_was_taken_out_comes_back_with_what_the_setting_says() {
    let (evicted, restored) = restored_as_worked_out("with_wait");
    assert_eq!(evicted, 20, "the third session of each of twenty");
    assert_eq!(restored, 20, "by the latest after 500 s, which make good the half of a session");
    let (evicted, restored) = restored_as_worked_out("anew");
    assert_eq!(evicted, 20);
    assert!(restored > 0 && restored <= 20, "only when another session is gone: {restored}");
    assert_eq!(restored_as_worked_out("never"), (20, 0));
}

#[test]
fn who_is_taken_out_without_a_word_is_counted_among_the_evicted_who_were_never_told() {
    let never = format!("{SCORE}, \"restore\": \"never\"");
    let silent = [(SCORE, never.as_str())];
    let told = [(SCORE, never.as_str()), ("\"refusal\": \"drop\"", "\"refusal\": \"explicit\"")];
    let touched = "silent.mechanism.evicted_untold.touched";
    let hears = |changes: &[(&str, &str)]| {
        let says = |fact: &Fact| matches!(fact, Fact::Heard { reading: Reading::Answer(Reply::Evicted), .. });
        happens_with(POOL, changes).count(says)
    };
    assert_eq!((hears(&silent), measured_with(POOL, touched, &silent)), (0, Some(20.0)));
    assert_eq!((hears(&told), measured_with(POOL, touched, &told)), (20, Some(0.0)));
    assert_eq!(measured(POOL, touched), Some(0.0), "whoever is back in line needs no word");
    assert_eq!(happens(POOL).count(|fact| matches!(fact, Fact::Restored { .. })), 20);
}

/// How many of the hundred fans, who have one session each, are taken out under this score and limit, with some of the
/// scenario's text replaced.
fn fans_out(score: &str, limit: f64, changes: &[(&str, &str)]) -> usize {
    let setting = format!("\"score\": \"{score}\", \"evict_below\": {limit}, \"restore\": \"never\"");
    let mut all = vec![(SCORE, setting.as_str())];
    all.extend(changes);
    let out =
        |fact: &Fact| matches!(fact, Fact::Decided { who, truth: Truth::Evicted } if who.person.0 < 100);
    happens_with(POOL, &all).count(out)
}

#[test]
fn a_score_sees_what_the_crowd_says_of_its_persons() {
    const FANS: &str = "\"count\": 100,";
    let many = |keys: &str| format!("\"count\": 100, {keys},");
    for (score, limit, keys, share) in [
        ("verified", 0.5, "\"verified\": 0.3", 0.7),
        ("account_age_days", 30.0, "\"account_age_days\": { \"low\": 0, \"high\": 100 }", 0.3),
        ("-risk", -0.6, "\"risk\": { \"low\": 0.2, \"high\": 1 }", 0.5),
        ("luck", 0.25, "\"compare\": true", 0.25),
    ] {
        let out = fans_out(score, limit, &[(FANS, &many(keys))]) as f64;
        let deviation = libm::sqrt(100.0 * share * (1.0 - share));
        assert!((out - 100.0 * share).abs() < 4.0 * deviation, "{score}: {out} of 100");
    }
}

#[test]
fn a_score_sees_the_round_trip_to_the_microsecond() {
    assert_eq!(fans_out("-latency_ms", -49.999, &[]), 100, "20 ms up and 30 ms down");
    assert_eq!(fans_out("-latency_ms", -50.001, &[]), 0);
}

#[test]
fn a_score_sees_how_many_are_in_line_at_an_address() {
    let shared = [("\"count\": 100,", "\"count\": 100, \"persons_per_address\": 5,")];
    assert_eq!(
        fans_out("-sessions_of_address", -3.5, &shared),
        40,
        "two of five at each of twenty addresses"
    );
    assert_eq!(fans_out("-sessions_of_address", -1.5, &[]), 0, "everybody has an address of their own");
}

#[test]
fn a_score_sees_a_change_of_network_by_the_first_request_after_it() {
    let moving = [(
        "\"count\": 100,",
        "\"count\": 100, \"network_switches\": { \"after\": \"3m\", \"to\": \"steady\" },",
    )];
    assert_eq!(fans_out("-network_switches", -0.5, &moving), 100);
    assert_eq!(fans_out("-network_switches", -1.5, &moving), 0, "each changes once");
}

#[test]
fn a_score_sees_polls_that_did_not_come_in_time() {
    // A page that asks every 50 s where 20 s are asked for leaves out one of two due between any two polls.
    let slow = [(
        "\"count\": 100,",
        "\"count\": 100, \"behavior\": { \"polling_page\": { \"interval\": \"50s\" } },",
    )];
    let score = "\"score\": \"-missed_heartbeats\", \"evict_below\": -2.5, \"restore\": \"never\"";
    let book = happens_with(POOL, &[(SCORE, score), slow[0]]);
    let mut polls: BTreeMap<SessionId, usize> = BTreeMap::new();
    let mut out = 0;
    for (_, fact) in &book.0 {
        match fact {
            Fact::Accepted { who, kind: Kind::Poll, .. } => *polls.entry(who.session).or_default() += 1,
            Fact::Decided { who, truth: Truth::Evicted } => {
                assert_eq!(polls.get(&who.session), Some(&3), "{who:?} has missed three by the third poll");
                out += 1;
            }
            _ => {}
        }
    }
    assert_eq!(out, 100, "all fans, in the six minutes before the opening; the others poll in time");
    assert_eq!(fans_out("-missed_heartbeats", -0.5, &[]), 0, "who polls in time misses nothing");
}

#[test]
fn a_tick_takes_out_who_is_not_heard_of_any_more() {
    // Polls every 200 s, within the grace: without a tick the first silence shows at the first poll, 200 s after the join.
    let slow = [(
        "\"count\": 100,",
        "\"count\": 100, \"behavior\": { \"polling_page\": { \"interval\": \"200s\" } },",
    )];
    let latest_s = |tick: &str| {
        let score =
            format!("\"score\": \"-missed_heartbeats\", \"evict_below\": -2.5, \"restore\": \"never\"{tick}");
        let book = happens_with(POOL, &[(SCORE, &score), slow[0]]);
        let mut joined = BTreeMap::new();
        let mut silences_s: Vec<f64> = Vec::new();
        for (at, fact) in &book.0 {
            match fact {
                Fact::Enqueued { who } => drop(joined.insert(who.session, at.as_us())),
                Fact::Decided { who, truth: Truth::Evicted } if who.person.0 < 100 => {
                    silences_s.push((at.as_us() - joined[&who.session]) as f64 / 1e6);
                }
                _ => {}
            }
        }
        assert_eq!(silences_s.len(), 100);
        (silences_s.iter().copied().fold(f64::MAX, f64::min), silences_s.iter().copied().fold(0.0, f64::max))
    };
    let (first, last) = latest_s("");
    assert!(first > 200.0 && last < 201.0, "{first} to {last}");
    // Three are missed after 80 s of silence, and somebody looks every 30 s.
    let (first, last) = latest_s(", \"tick\": \"30s\"");
    assert!(first >= 80.0 && last <= 110.0, "{first} to {last}");
}

#[test]
fn a_score_sees_every_repetition_that_is_heard() {
    let lossy = [
        ("\"loss_down\": 0", "\"loss_down\": 0.3"),
        ("\"count\": 100,", "\"count\": 100, \"timeout\": \"5s\","),
    ];
    let score = "\"score\": \"-retries\", \"evict_below\": -1.5, \"restore\": \"never\"";
    let book = happens_with(POOL, &[(SCORE, score), lossy[0], lossy[1]]);
    let mut again: BTreeMap<SessionId, bool> = BTreeMap::new();
    let mut retries: BTreeMap<SessionId, u32> = BTreeMap::new();
    let mut in_line: BTreeSet<SessionId> = BTreeSet::new();
    let (mut expected, mut out) = (BTreeSet::new(), BTreeSet::new());
    for (_, fact) in &book.0 {
        match fact {
            Fact::Sent { who, first_try, .. } => drop(again.insert(who.session, !first_try)),
            Fact::Accepted { who, kind, .. } if who.person.0 < 100 => {
                let repeated = again[&who.session] || *kind == Kind::Join && in_line.contains(&who.session);
                let count = retries.entry(who.session).or_default();
                *count += u32::from(repeated);
                if *count >= 2 && in_line.contains(&who.session) {
                    expected.insert(who.session);
                }
            }
            Fact::Decided { who, truth } if who.person.0 < 100 => {
                if *truth == Truth::Queued {
                    in_line.insert(who.session);
                    if retries.get(&who.session).is_some_and(|count| *count >= 2) {
                        expected.insert(who.session);
                    }
                } else {
                    in_line.remove(&who.session);
                }
                if *truth == Truth::Evicted {
                    assert!(retries[&who.session] >= 2, "{who:?}");
                    out.insert(who.session);
                }
            }
            Fact::LineClosed { .. } => break,
            _ => {}
        }
    }
    assert!(out.len() > 50, "{} were taken out", out.len());
    assert_eq!(out, expected);
}

const LANES: &str = "risk-lanes";

/// Who was treated unlike the others, by session, and the instant.
fn set_apart(book: &Book) -> BTreeMap<SessionId, (u64, RiskAction)> {
    let apart = |(at, fact): &(_, Fact)| match fact {
        Fact::RiskTreated { who, how } => Some((who.session, (onsale::engine::Time::as_us(*at), *how))),
        _ => None,
    };
    book.0.iter().filter_map(apart).collect()
}

#[test]
fn a_risk_beyond_each_limit_is_as_frequent_as_its_law_says_and_fans_among_them_are_false_alarms() {
    let apart = set_apart(&happens(LANES));
    let count = |how: RiskAction, fans: bool| {
        apart.iter().filter(|(session, (_, other))| *other == how && (session.0 < 300) == fans).count() as f64
    };
    for (how, fans, share) in [
        (RiskAction::Slowed, true, 1.0 / 6.0),
        (RiskAction::LockedOut, true, 0.0),
        (RiskAction::KeptForEver, true, 0.0),
        (RiskAction::Slowed, false, 0.5),
        (RiskAction::LockedOut, false, 1.0 / 6.0),
        (RiskAction::KeptForEver, false, 1.0 / 6.0),
    ] {
        let deviation = libm::sqrt(300.0 * share * (1.0 - share));
        let found = count(how, fans);
        assert!((found - 300.0 * share).abs() <= 4.0 * deviation, "{found} {how:?}, fans: {fans}");
    }
    let said = |metric| measured(LANES, metric);
    assert_eq!(said("line.false_alarms"), Some(count(RiskAction::Slowed, true)));
    assert_eq!(said("line.slowed"), Some(count(RiskAction::Slowed, true) + count(RiskAction::Slowed, false)));
    assert_eq!(said("line.locked_out"), Some(count(RiskAction::LockedOut, false)));
    assert_eq!(said("line.kept_for_ever"), Some(count(RiskAction::KeptForEver, false)));
    let blind = [("\"is_bot\": true, ", "")];
    assert_eq!(measured_with(LANES, "line.false_alarms", &blind), Some(apart.len() as f64));
}

#[test]
fn who_is_locked_out_is_told_and_who_is_in_line_for_ever_is_not() {
    let book = happens(LANES);
    let apart = set_apart(&book);
    let of = |how: RiskAction| -> BTreeSet<SessionId> {
        apart.iter().filter(|(_, (_, other))| *other == how).map(|(session, _)| *session).collect()
    };
    let mut told = BTreeSet::new();
    let mut polled: BTreeMap<SessionId, u32> = BTreeMap::new();
    for (_, fact) in &book.0 {
        match fact {
            Fact::Heard { who, reading: Reading::Answer(Reply::Evicted), .. } => told.extend([who.session]),
            Fact::Heard { who, kind: Kind::Poll, reading: Reading::Answer(Reply::InLine), .. }
            | Fact::Polled { who, .. } => *polled.entry(who.session).or_default() += 1,
            _ => {}
        }
    }
    assert_eq!(told, of(RiskAction::LockedOut));
    let for_ever = of(RiskAction::KeptForEver);
    let turns: BTreeSet<SessionId> = turns(&book).into_iter().collect();
    assert!(for_ever.is_disjoint(&turns) && told.is_disjoint(&turns));
    // From 4 min on for 56 min, every 20 s and 50 ms.
    assert!(for_ever.iter().all(|session| polled[session] > 160), "they ask in vain to the end");
}

#[test]
fn the_slow_lane_begins_later_and_has_its_share_of_the_turns() {
    let book = happens(LANES);
    let apart = set_apart(&book);
    let is_slow = |session: &SessionId| apart.get(session).is_some_and(|(_, how)| *how == RiskAction::Slowed);
    let mut fast = Vec::new();
    let mut slow = Vec::new();
    for (at, fact) in &book.0 {
        if let Fact::Placed { who, .. } = fact {
            if is_slow(&who.session) {
                assert_eq!(at.as_us(), apart[&who.session].0 + 30_000_000, "half a minute after its join");
                slow.push(who.session);
            } else {
                fast.push(who.session);
            }
        }
    }
    let turns = turns(&book);
    let slow_turns = |first: usize| turns[..first].iter().filter(|session| is_slow(session)).count();
    for first in [5, 50, 100, 250] {
        assert_eq!(slow_turns(first), first / 5, "one of five of the first {first}");
    }
    let in_order = |lane: &[SessionId], is: &dyn Fn(&SessionId) -> bool| {
        let called: Vec<SessionId> = turns.iter().copied().filter(is).collect();
        assert!(called.len() > 50 && lane.starts_with(&called), "first come, first served");
    };
    in_order(&slow, &|session| is_slow(session));
    in_order(&fast, &|session| !is_slow(session));
}
