//! The timeline of things that break: what breaks, for how long, and whom it leaves alone.

use super::station::{asked_us, begins};
use super::{Book, happens, happens_with};
use onsale::protocol::{Cause, Direction, Emitter, Fact, Kind, Reply, Stop};
use std::collections::BTreeMap;
use std::ops::Range;

const SECOND: u64 = 1_000_000;

/// The instants of the facts of this sort, by person, in microseconds.
fn by_person(book: &Book, is: impl Fn(&Fact) -> Option<u32>) -> BTreeMap<u32, u64> {
    book.0.iter().filter_map(|(at, fact)| is(fact).map(|person| (person, at.as_us()))).collect()
}

fn page_sent(fact: &Fact) -> Option<u32> {
    match *fact {
        Fact::Sent { who, kind: Kind::OpenPage, .. } => Some(who.person.0),
        _ => None,
    }
}

fn page_accepted(fact: &Fact) -> Option<u32> {
    match *fact {
        Fact::Accepted { who, kind: Kind::OpenPage, .. } => Some(who.person.0),
        _ => None,
    }
}

fn page_heard(fact: &Fact) -> Option<u32> {
    match *fact {
        Fact::Heard { who, kind: Kind::OpenPage, .. } => Some(who.person.0),
        _ => None,
    }
}

fn page_lost(way: Direction) -> impl Fn(&Fact) -> Option<u32> {
    move |fact| match *fact {
        Fact::Lost { who, kind: Kind::OpenPage, way: lost } if lost == way => Some(who.person.0),
        _ => None,
    }
}

/// `found` of `n` is a share of `p`, within 4 standard errors.
#[track_caller]
fn check_share(what: &str, found: usize, n: usize, p: f64) {
    let (expected, sd) = (n as f64 * p, (n as f64 * p * (1.0 - p)).sqrt());
    let off = (found as f64 - expected).abs();
    assert!(off <= 4.0 * sd, "{what}: {found} of {n}, expected {expected:.0} +- {sd:.0}");
}

#[test]
fn a_slow_station_takes_longer_over_what_begins_while_it_is_slow() {
    let book = happens("station-slow");
    let slow = 10 * SECOND..15 * SECOND;
    let takes = |at: u64| if slow.contains(&at) { 400_000 } else { 100_000 };
    let begun = begins(&asked_us(&book), 5, takes, None);
    let mut ends: Vec<u64> = begun.into_iter().flatten().map(|at| at + takes(at)).collect();
    ends.sort_unstable();
    assert_eq!(book.instants_us(|fact| matches!(fact, Fact::ServiceEnded { .. })), ends);
    let instants = |is: fn(&Fact) -> bool| book.instants_us(is);
    assert_eq!(instants(|fact| matches!(fact, Fact::FaultBegan { fault: 0 })), [slow.start]);
    assert_eq!(instants(|fact| matches!(fact, Fact::FaultEnded { fault: 0 })), [slow.end]);
}

#[test]
fn factors_of_overlapping_faults_multiply() {
    let other = r#"{ "station": "inventory", "factor": 4 } }, { "at": "12s", "for": "1s", "station_slow": { "station": "inventory", "factor": 1.5 } }]"#;
    let book = happens_with("station-slow", &[(r#"{ "station": "inventory", "factor": 4 } }]"#, other)]);
    let takes = |at: u64| match at / SECOND {
        12 => 600_000,
        10..15 => 400_000,
        _ => 100_000,
    };
    let begun = begins(&asked_us(&book), 5, takes, None);
    let mut ends: Vec<u64> = begun.into_iter().flatten().map(|at| at + takes(at)).collect();
    ends.sort_unstable();
    assert_eq!(book.instants_us(|fact| matches!(fact, Fact::ServiceEnded { .. })), ends);
}

const DOWN: Range<u64> = 10 * SECOND..15 * SECOND;

/// Of the pages asked before the station went down, how many it had in service or in its queue then.
fn in_hand(asked: &[u64]) -> usize {
    let before: Vec<u64> = asked.iter().copied().filter(|&at| at < DOWN.start).collect();
    let begun = begins(&before, 5, |_| 100_000, None);
    begun.into_iter().flatten().filter(|at| at + 100_000 > DOWN.start).count()
}

#[test]
fn a_station_that_goes_down_loses_its_work_refuses_at_once_and_comes_back_empty() {
    let book = happens("station-down");
    let asked = asked_us(&book);
    let lost = in_hand(&asked);
    assert!(lost > 5, "there was a queue to lose: {lost}");
    assert_eq!(book.count(|fact| matches!(fact, Fact::WorkLost { .. })), lost);
    let meanwhile: Vec<u64> = asked.iter().copied().filter(|at| DOWN.contains(at)).collect();
    let mut expected = vec![DOWN.start; lost];
    expected.extend(&meanwhile);
    let refused = |fact: &Fact| {
        let bad = matches!(fact, Fact::Answered { reply: Reply::BadGateway, emitter: Emitter::Gateway, .. });
        bad && matches!(fact, Fact::Answered { cause: Cause::UpstreamDown, .. })
    };
    assert_eq!(book.instants_us(refused), expected);
    let after: Vec<u64> = asked.iter().copied().filter(|&at| at >= DOWN.end).collect();
    let fresh = begins(&after, 5, |_| 100_000, None);
    let began = book.instants_us(|fact| matches!(fact, Fact::ServiceBegan { .. }));
    let began: Vec<u64> = began.into_iter().filter(|&at| at >= DOWN.end).collect();
    assert_eq!(began, fresh.into_iter().flatten().collect::<Vec<u64>>());
}

#[test]
fn a_peer_that_goes_down_hands_its_pages_to_the_other() {
    let book = happens_with(
        "station-down",
        &[
            ("\"servers\": 5", "\"servers\": 10, \"peers\": 2"),
            ("\"station\": \"inventory\" }", "\"station\": \"inventory\", \"peer\": 0 }"),
        ],
    );
    let lost = book.count(|fact| matches!(fact, Fact::WorkLost { .. }));
    assert!((1..=10).contains(&lost), "30 pages a second of 100 ms each are about 3 at a time: {lost}");
    let sent_on = book.count(|fact| matches!(fact, Fact::SentToNextPeer { .. }));
    assert_eq!(sent_on, lost, "the first loss marks the peer, and nobody asks it for 10 s");
    assert_eq!(book.count(|fact| matches!(fact, Fact::PeerMarkedDown { peer: 0, .. })), lost);
    assert_eq!(book.count(|fact| matches!(fact, Fact::Answered { reply: Reply::BadGateway, .. })), 0);
    let pages = book.count(|fact| matches!(fact, Fact::Answered { reply: Reply::Page, .. }));
    assert_eq!(pages, asked_us(&book).len());
}

#[test]
fn whoever_pays_in_an_outage_is_told_and_whose_answer_it_swallows_is_charged_twice() {
    let book = happens("payment-outage");
    let asked = book.instants_us(|fact| matches!(fact, Fact::Accepted { kind: Kind::Pay, .. }));
    let out = 30 * SECOND..50 * SECOND;
    let (mut unreachable, mut charged, mut unheard) = (0, 0, 0);
    for at in asked {
        if out.contains(&at) {
            unreachable += 1;
        } else {
            charged += 1;
            unheard += usize::from(out.contains(&(at + 2 * SECOND)));
        }
    }
    assert!(unreachable > 100 && unheard > 5, "{unreachable} were told, {unheard} heard nothing");
    assert_eq!(book.count(|fact| matches!(fact, Fact::PaymentUnreachable { .. })), unreachable);
    let told = |fact: &Fact| {
        matches!(fact, Fact::Answered { reply: Reply::PaymentUnavailable, cause: Cause::PaymentOutage, .. })
    };
    assert_eq!(book.count(told), unreachable);
    assert_eq!(book.count(|fact| matches!(fact, Fact::Charged { .. })), charged);
    assert_eq!(book.count(|fact| matches!(fact, Fact::PaymentReplyLost { charged: true, .. })), unheard);
    let twice = book.count(|fact| matches!(fact, Fact::Charged { duplicate: true, .. }));
    assert_eq!(twice, unheard, "nobody knows, so they pay again");
    assert_eq!(book.count(|fact| matches!(fact, Fact::SeatReturned { .. })), 0, "the seats stay held");
    assert_eq!(book.count(|fact| matches!(fact, Fact::SeatSold { .. })), 400);
}

/// The faults of `loss-burst`, moved to where nobody sends any more.
const CALM: [(&str, &str); 2] =
    [("\"at\": \"10s\"", "\"at\": \"50s\""), ("\"at\": \"15s\"", "\"at\": \"55s\"")];

#[test]
fn losses_combine_as_independent_ones_and_leave_everybody_else_s_luck_alone() {
    let (burst, calm) = (happens("loss-burst"), happens_with("loss-burst", &CALM));
    let (sent, lost) = (by_person(&burst, page_sent), by_person(&burst, page_lost(Direction::Up)));
    assert_eq!(sent, by_person(&calm, page_sent));
    let mobile = |person: u32| person < 20_000;
    let (first, second) = (10 * SECOND..15 * SECOND, 15 * SECOND..20 * SECOND);
    let check = |window: &Range<u64>, mobiles: bool, p: f64| {
        let of_window = |(person, at): &(&u32, &u64)| mobile(**person) == mobiles && window.contains(at);
        let here: Vec<u32> = sent.iter().filter(of_window).map(|(&person, _)| person).collect();
        let found = here.iter().filter(|person| lost.contains_key(person)).count();
        check_share(&format!("{window:?}, mobile: {mobiles}"), found, here.len(), p);
    };
    check(&first, true, 1.0 - 0.99 * 0.7);
    check(&first, false, 0.0);
    check(&second, true, 1.0 - 0.99 * 0.7 * 0.5);
    check(&second, false, 0.5);
    for (person, at) in by_person(&calm, page_lost(Direction::Up)) {
        assert_eq!(lost.get(&person), Some(&at), "person {person} would have lost the page anyway");
    }
    let calm_lost = by_person(&calm, page_lost(Direction::Up));
    let outside = |at: &u64| !(first.start..second.end).contains(at);
    for (person, at) in lost.iter().filter(|(_, at)| outside(at)) {
        assert!(
            calm_lost.contains_key(person),
            "person {person} lost the page at {at}, outside of any burst"
        );
    }
    let answered = by_person(&burst, page_accepted);
    let here: Vec<u32> =
        answered.iter().filter(|(p, at)| mobile(**p) && !outside(at)).map(|(&person, _)| person).collect();
    let replies = by_person(&burst, page_lost(Direction::Down));
    let found = here.iter().filter(|person| replies.contains_key(person)).count();
    check_share("replies", found, here.len(), 1.0 - 0.99 * 0.8);
}

#[test]
fn a_detour_multiplies_and_adds_for_what_is_sent_meanwhile_and_for_nothing_else() {
    let book = happens("latency-burst");
    let burst = 10 * SECOND..20 * SECOND;
    let (sent, accepted, heard) =
        (by_person(&book, page_sent), by_person(&book, page_accepted), by_person(&book, page_heard));
    assert_eq!((sent.len(), heard.len()), (22_000, 22_000));
    let (mut up, mut down) = (Vec::new(), Vec::new());
    for (person, &sent) in &sent {
        let (accepted, heard) = (accepted[person], heard[person]);
        let is_mobile = *person < 20_000;
        let (usual_up, usual_down) = if is_mobile { (80_000, 80_000) } else { (20_000, 30_000) };
        for (from, to, usual, added) in
            [(sent, accepted, usual_up, &mut up), (accepted, heard, usual_down, &mut down)]
        {
            match (burst.contains(&from), is_mobile) {
                (true, true) => added.push((to - from - 3 * usual) as f64 / 1e3),
                (true, false) => assert_eq!(to - from, 3 * usual),
                (false, _) => assert_eq!(to - from, usual),
            }
        }
    }
    for added in [up, down] {
        let n = added.len() as f64;
        let mean = added.iter().sum::<f64>() / n;
        assert!((mean - 200.0).abs() <= 4.0 * 200.0 / n.sqrt(), "{n} detours of {mean} ms, expected 200");
        let squares = added.iter().map(|ms| ms * ms).sum::<f64>() / n;
        assert!(
            (squares / 80_000.0 - 1.0).abs() < 0.15,
            "an exponential distribution has twice the square of its mean"
        );
    }
}

fn page_reset(fact: &Fact) -> bool {
    matches!(fact, Fact::ConnectionClosed { kind: Kind::OpenPage, cause: Cause::GatewayDown, .. })
}

/// Pages are on their way for so long that nobody asks for anything else.
const NOTHING_ELSE: (&str, &str) = ("\"down\": \"0s\"", "\"down\": \"1h\"");

#[test]
fn a_crashed_gateway_resets_what_it_has_and_whoever_is_sent_there_until_the_balancer_has_noticed() {
    let book = happens_with("gateway-crash", &[NOTHING_ELSE]);
    let (crash, noticed, back) = (10 * SECOND, 12 * SECOND, 15 * SECOND);
    let sent = book.instants_us(|fact| matches!(fact, Fact::Sent { kind: Kind::OpenPage, .. }));
    let (mut reset, mut served, mut worked) = (Vec::new(), Vec::new(), Vec::new());
    for (turn, &at) in sent.iter().enumerate() {
        let to_the_fallen = turn % 2 == 0 && !(noticed..back).contains(&at);
        let arrives_there_in_vain = to_the_fallen && (crash..back).contains(&at);
        if arrives_there_in_vain {
            reset.push(at);
            continue;
        }
        worked.push(at + 100_000);
        if to_the_fallen && at < crash && at + 100_000 > crash {
            reset.push(crash);
        } else {
            served.push(at + 100_000);
        }
    }
    let in_flight = reset.iter().filter(|at| **at == crash).count();
    assert!(in_flight > 0 && reset.len() > in_flight + 30, "{in_flight} of {} in flight", reset.len());
    reset.sort_unstable();
    assert_eq!(book.instants_us(page_reset), reset);
    let page_served = |fact: &Fact| matches!(fact, Fact::Answered { kind: Kind::OpenPage, .. });
    assert_eq!(book.instants_us(page_served), served);
    assert_eq!(
        book.instants_us(|fact| matches!(fact, Fact::ServiceEnded { .. })),
        worked,
        "the service works on"
    );
    let wasted: u64 = book.0.iter().map(|(_, fact)| wasted_us(fact)).sum();
    let after_the_crash =
        sent.iter().enumerate().filter(|(turn, at)| turn % 2 == 0 && **at < crash && **at + 100_000 > crash);
    assert_eq!(wasted, after_the_crash.map(|(_, at)| at + 100_000 - crash).sum::<u64>());
}

fn wasted_us(fact: &Fact) -> u64 {
    match fact {
        Fact::ServiceEnded { wasted, .. } => wasted.as_us(),
        _ => 0,
    }
}

/// The instants of the resets in a mechanism's scenario whose only gateway crashes, with these changes.
fn resets_us(name: &str, crash_at: &str, changes: &[(&str, &str)]) -> Vec<u64> {
    let crash = format!(
        r#""faults": [{{ "at": "{crash_at}", "for": "2s", "gateway_crash": {{}} }}],
           "inventory": {{ "bands""#
    );
    let changes = [changes, &[NOTHING_ELSE, (r#""inventory": { "bands""#, &crash)]].concat();
    happens_with(name, &changes).instants_us(page_reset)
}

#[test]
fn a_crash_resets_whoever_waits_to_be_accepted_and_the_repeated_syns_of_the_others() {
    let (crash, again) = (2_500_000, 3_020_000);
    let expected = [vec![crash; 10 + 21], vec![again; 100 - 31]].concat();
    assert_eq!(resets_us("accept-queue", "2500ms", &[]), expected);
}

#[test]
fn a_crash_resets_whoever_is_delayed_by_the_rate_limit() {
    // One passes at once and twenty follow 20 ms apart: thirteen have passed at 2.25 s.
    let delayed = [("\"nodelay\": true", "\"nodelay\": false")];
    assert_eq!(resets_us("rate-limit", "2250ms", &delayed), vec![2_250_000; 21 - 13]);
}

#[test]
fn a_crash_ends_the_spinner_of_whoever_is_held_open() {
    assert_eq!(resets_us("tarpit", "5s", &[]), vec![5_000_000; 179]);
}

#[test]
fn a_bad_deploy_fails_its_share_and_clients_who_retry_come_back() {
    let book = happens("error-burst");
    let joins = book.count(|fact| matches!(fact, Fact::Sent { kind: Kind::Join, .. }));
    let failed = book.count(|fact| matches!(fact, Fact::Answered { reply: Reply::ServerError, .. }));
    let caused = |fact: &Fact| matches!(fact, Fact::Answered { cause: Cause::ServerError, .. });
    assert_eq!(failed, book.count(caused), "the cause is on the record");
    check_share("joins that failed", failed, joins, 0.5);
    let gave_up = book.count(|fact| matches!(fact, Fact::Stopped { why: Stop::AttemptsUsedUp, .. }));
    check_share("clients whose four attempts failed", gave_up, 6000, 0.0625);
    // Attempts of independent trials, at most four: mean 1.875, variance 1.109375 (sums over 1, 2, 3 and 4 with 1/2,
    // 1/4, 1/8 and 1/8).
    let mean = joins as f64 / 6000.0;
    let error = (1.109_375_f64 / 6000.0).sqrt();
    assert!((mean - 1.875).abs() < 4.0 * error, "{mean} requests a client, expected 1.875 +- {error}");
    let queued = book.count(|fact| matches!(fact, Fact::Enqueued { .. }));
    assert_eq!(queued, 6000 - gave_up, "whoever was answered with an error is not in line");
}
