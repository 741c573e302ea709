//! Whom a station serves next, replayed apart from the simulator from the instants at which its requests came.

use super::station::asked_us;
use super::{Book, happens, happens_with};
use onsale::engine::Span;
use onsale::protocol::{Cause, Fact, Kind, Reply, ShedReason};

const SECOND: u64 = 1_000_000;

/// A request that waits: its number in order of arrival, when it came, and since when the queue has not been empty.
#[derive(Clone, Copy)]
struct Waiting {
    number: usize,
    since: u64,
    standing_since: u64,
}

/// What a free server makes of the queue: a place in it, to be served or to be dropped.
enum Choice {
    Serve(usize),
    Shed(usize),
}

/// When each service began, in order of time, of which request; and when which request was dropped.
#[derive(Debug, Default, PartialEq, Eq)]
struct Replay {
    began: Vec<(u64, usize)>,
    shed: Vec<(u64, usize)>,
}

/// A station whose requests came then, whose services all take the same time, and that chooses like this.
fn replay(asked: &[u64], servers: usize, service: u64, choose: impl Fn(u64, &[Waiting]) -> Choice) -> Replay {
    let mut replay = Replay::default();
    let mut ends: Vec<u64> = Vec::new();
    let mut queue: Vec<Waiting> = Vec::new();
    let mut coming = asked.iter().copied().enumerate().peekable();
    loop {
        let end = ends.iter().copied().min();
        match (end, coming.peek().copied()) {
            // A service that ends at the instant of an arrival ends first.
            (Some(now), next) if next.is_none_or(|(_, at)| now <= at) => {
                let which = ends.iter().position(|end| *end == now).expect("it is there");
                ends.remove(which);
                while !queue.is_empty() {
                    match choose(now, &queue) {
                        Choice::Shed(place) => replay.shed.push((now, queue.remove(place).number)),
                        Choice::Serve(place) => {
                            replay.began.push((now, queue.remove(place).number));
                            ends.push(now + service);
                            break;
                        }
                    }
                }
            }
            (_, Some((number, at))) => {
                coming.next();
                if ends.len() < servers {
                    replay.began.push((at, number));
                    ends.push(at + service);
                } else {
                    let standing_since = queue.first().map_or(at, |first| first.standing_since);
                    queue.push(Waiting { number, since: at, standing_since });
                }
            }
            (_, None) => return replay,
        }
    }
}

/// The same of a scenario in which everybody asks for the page once: persons are numbered in order of arrival.
fn found(book: &Book) -> Replay {
    let mut found = Replay::default();
    for (at, fact) in &book.0 {
        match fact {
            Fact::ServiceBegan { who, .. } => found.began.push((at.as_us(), who.person.index())),
            Fact::Shed { who, .. } => found.shed.push((at.as_us(), who.person.index())),
            _ => {}
        }
    }
    found.began.sort_unstable();
    found
}

fn sorted(mut replay: Replay) -> Replay {
    replay.began.sort_unstable();
    replay
}

/// How many got their page before they gave up.
fn answered(book: &Book) -> usize {
    book.count(|fact| matches!(fact, Fact::Heard { kind: Kind::OpenPage, cause: Cause::None, .. }))
}

#[test]
fn the_newest_are_served_first_and_answered_in_time_where_in_order_of_arrival_nobody_is() {
    let book = happens("lifo");
    let asked = asked_us(&book);
    let expected = replay(&asked, 10, 100_000, |_, queue| Choice::Serve(queue.len() - 1));
    assert_eq!(found(&book), sorted(expected));
    let fifo = happens_with("lifo", &[("{ \"lifo\": {} }", "{ \"fifo\": {} }")]);
    // In order of arrival the wait grows by half a second each second, so all who come after the first four miss.
    let in_time = answered(&fifo) as f64;
    assert!((in_time - 4.0 * 150.0).abs() < 150.0, "{in_time} were answered in time");
    // From the end of the queue almost as many are answered as are served while they come: two in three.
    let lifo = answered(&book) as f64;
    assert!(lifo > 0.64 * 9000.0, "{lifo} of 9000");
}

#[test]
fn in_random_order_who_came_first_has_no_advantage_and_the_mean_wait_is_as_in_any_order() {
    let book = happens("random-order");
    let fifo = happens_with("random-order", &[("{ \"random\": {} }", "{ \"fifo\": {} }")]);
    let waits = |book: &Book| {
        let mut waits = vec![0.0; 200];
        for (_, fact) in &book.0 {
            if let Fact::ServiceBegan { who, waited, .. } = fact {
                waits[who.person.index()] = waited.as_secs_f64();
            }
        }
        waits
    };
    let sum = |waits: &[f64]| waits.iter().sum::<f64>();
    let (random, ordered) = (waits(&book), waits(&fifo));
    assert!((sum(&random) - sum(&ordered)).abs() < 1e-6, "the sum of all waits is the same");
    assert_ne!(random, ordered);
    // Of the 190 and more who wait from the second second on, the first half to come waits as long as the second.
    let halves = (sum(&random[10..105]) / 95.0, sum(&random[105..]) / 95.0);
    // The waits are uniform over 19 s: the difference of two means of 95 has a standard deviation of 0.8 s.
    assert!((halves.0 - halves.1).abs() < 4.0 * 0.8, "{halves:?}");
}

/// Adaptive LIFO with the published limits.
fn adaptive(now: u64, queue: &[Waiting]) -> Choice {
    let is_late = |one: &Waiting| {
        let stood = one.since - one.standing_since > 100_000;
        now - one.since > if stood { 5_000 } else { 100_000 }
    };
    let last = queue.len() - 1;
    let forms = now - queue[0].since > 5_000;
    match (is_late(&queue[0]), forms) {
        (true, _) => Choice::Shed(0),
        (false, false) => Choice::Serve(0),
        (false, true) if is_late(&queue[last]) => Choice::Shed(last),
        (false, true) => Choice::Serve(last),
    }
}

#[test]
fn adaptive_lifo_serves_the_newest_while_a_queue_forms_and_refuses_whoever_waits_too_long() {
    let book = happens("adaptive-lifo");
    let asked = asked_us(&book);
    let expected = sorted(replay(&asked, 4, 4_000, adaptive));
    assert_eq!(found(&book), expected);
    // 1500 come each second for three seconds where 1000 are served: a third of the surge is refused.
    let shed = expected.shed.len() as f64;
    assert!((shed - 1_500.0).abs() < 100.0, "{shed} of the 1500 too many of 4500");
    let refused =
        |fact: &Fact| matches!(fact, Fact::Answered { reply: Reply::StationBusy, cause: Cause::Shed, .. });
    assert_eq!(book.count(refused), expected.shed.len(), "whoever still waits is told");
    let timed_out = |book: &Book| book.count(|fact| matches!(fact, Fact::TimedOut { .. }));
    assert_eq!(timed_out(&book), 0);
    let fifo = happens_with("adaptive-lifo", &[("{ \"adaptive_lifo\": {} }", "{ \"fifo\": {} }")]);
    assert!(timed_out(&fifo) > 4_000, "{} wait too long in order of arrival", timed_out(&fifo));
}

#[test]
fn controlled_delay_drops_at_the_interval_over_the_square_root_of_the_drops_so_far() {
    let book = happens("codel");
    let shed = book.instants_us(|fact| matches!(fact, Fact::Shed { why: ShedReason::StandingQueue, .. }));
    let first = shed[0];
    // Nobody is dropped before every wait of 100 ms was 5 ms or longer.
    let short_waits = book.0.iter().filter_map(|(at, fact)| match fact {
        Fact::ServiceBegan { waited, .. } if *waited < Span::from_ms(5) => Some(at.as_us()),
        _ => None,
    });
    let last_short = short_waits.filter(|at| *at < first).max().expect("the queue was empty once");
    assert!((100_000..105_000).contains(&(first - last_short)), "{} us", first - last_short);
    // From there, the n-th drop comes 100 ms over the square root of n after the one before, as soon as a server is free.
    let mut due = first as f64;
    let stands_until = shed.iter().zip(shed.iter().skip(1)).position(|(one, next)| next - one > 101_000);
    let together = stands_until.map_or(shed.len(), |place| place + 1);
    assert!(together > 20, "{together} drops in one go");
    for (n, at) in (1_u32..).zip(&shed[..together]) {
        let late = *at as f64 - due;
        assert!((-1.0..4_000.0).contains(&late), "drop {n} comes {late} us after it was due");
        due += 100_000.0 / f64::from(n).sqrt();
    }
    let longest = |book: &Book| {
        let waits = book.0.iter().filter_map(|(_, fact)| match fact {
            Fact::ServiceBegan { waited, .. } => Some(waited.as_us()),
            _ => None,
        });
        waits.max().expect("somebody waits")
    };
    let fifo = happens_with("codel", &[("{ \"codel\": {} }", "{ \"fifo\": {} }")]);
    // 100 a second too many for 20 s: without drops 2000 wait in the end.
    assert!(longest(&fifo) > 1_600_000, "{} us", longest(&fifo));
    assert!(longest(&book) < 400_000, "{} us", longest(&book));
}

/// The class of each request of the scenario, the most urgent first.
fn class(kind: Kind) -> usize {
    match kind {
        Kind::Checkout | Kind::Pay => 0,
        Kind::Hold => 1,
        _ => 2,
    }
}

#[test]
fn whoever_has_a_seat_is_served_before_those_who_want_one_and_those_who_look() {
    let book = happens("priority");
    let mut asked: Vec<(u64, Kind)> = Vec::new();
    let mut began = Vec::new();
    for (at, fact) in &book.0 {
        match *fact {
            Fact::Accepted { kind, .. } if kind != Kind::OpenPage && kind != Kind::Leave => {
                asked.push((at.as_us(), kind));
            }
            Fact::ServiceBegan { .. } => began.push(at.as_us()),
            _ => {}
        }
    }
    let instants: Vec<u64> = asked.iter().map(|(at, _)| *at).collect();
    let expected = replay(&instants, 2, 100_000, |_, queue| {
        let first = (0..queue.len()).min_by_key(|&place| (class(asked[queue[place].number].1), place));
        Choice::Serve(first.expect("somebody waits"))
    });
    began.sort_unstable();
    assert_eq!(began, sorted(expected).began.iter().map(|(at, _)| *at).collect::<Vec<u64>>());
    let sold = |book: &Book| book.count(|fact| matches!(fact, Fact::SeatSold { .. }));
    let expired = |book: &Book| book.count(|fact| matches!(fact, Fact::SeatReturned { expired: true, .. }));
    assert_eq!((sold(&book), expired(&book)), (200, 0));
    let classes = r#"{ "priority": { "classes": [
    { "kinds": ["checkout", "pay"] }, { "kinds": ["hold"] } ] } }"#;
    let fifo = happens_with("priority", &[(classes, "{ \"fifo\": {} }")]);
    assert!(expired(&fifo) > 100, "{} holds ran out in the queue", expired(&fifo));
}

#[test]
fn the_waits_of_the_first_kind_are_those_of_its_class() {
    let book = happens("priority");
    let mut asked_at = std::collections::BTreeMap::new();
    let mut waits = [Vec::new(), Vec::new(), Vec::new()];
    for (at, fact) in &book.0 {
        match *fact {
            Fact::Accepted { who, kind, .. } => {
                asked_at.insert(who.session, (*at, kind));
            }
            Fact::ServiceBegan { who, waited, .. } => {
                let (_, kind) = asked_at[&who.session];
                waits[class(kind)].push(waited.as_us());
            }
            _ => {}
        }
    }
    let longest = waits.map(|waits| waits.into_iter().max().expect("each kind is asked for"));
    assert!(longest[0] < SECOND, "a payment waits for a service or a few: {longest:?}");
    assert!(longest[2] > 10 * SECOND, "who looks waits: {longest:?}");
}
