//! What comes of several hold requests at once, one small scenario for each way of keeping the stock.

use super::{Book, happens, happens_with, measured, measured_with};
use onsale::protocol::{Fact, Kind, Reply, SeatId, StockAnomaly, Truth};
use std::collections::{BTreeMap, BTreeSet};

fn anomaly(wanted: StockAnomaly) -> impl Fn(&Fact) -> bool {
    move |fact| matches!(fact, Fact::StockAnomaly { anomaly, .. } if *anomaly == wanted)
}

const fn is_held(fact: &Fact) -> bool {
    matches!(fact, Fact::SeatHeld { .. })
}

/// When each session was beaten to a seat, and to which.
fn beaten(book: &Book) -> Vec<(u64, u32, u32)> {
    let beaten = book.0.iter().filter_map(|(at, fact)| match fact {
        Fact::StockAnomaly { who, seat: Some(seat), anomaly: StockAnomaly::Beaten } => {
            Some((at.as_us(), who.session.0, seat.0))
        }
        _ => None,
    });
    beaten.collect()
}

/// How many bought each seat.
fn buyers(book: &Book) -> BTreeMap<u32, usize> {
    let mut buyers = BTreeMap::new();
    for (_, fact) in &book.0 {
        if let Fact::SeatSold { seat, .. } = fact {
            *buyers.entry(seat.0).or_default() += 1;
        }
    }
    buyers
}

#[test]
fn requests_that_read_at_once_and_then_write_sell_a_seat_to_all_of_them() {
    let unsafely = happens("unsafe-stock");
    // Ten rounds of ten servers: each round reads the best seat that is free, and all ten of it take that one.
    let expected: BTreeMap<u32, usize> = (0..10).map(|seat| (seat, 10)).collect();
    assert_eq!(buyers(&unsafely), expected);
    assert_eq!(unsafely.count(anomaly(StockAnomaly::SoldTwice)), 90);
    assert_eq!(measured("unsafe-stock", "sale.oversold"), Some(90.0));
    assert_eq!(measured("unsafe-stock", "sale.unsold"), Some(40.0));
    // The same in pairs.
    let pairs = [("\"count\": 100,", "\"count\": 100, \"wants\": 2,")];
    let expected: BTreeMap<u32, usize> = (0..20).map(|seat| (seat, 10)).collect();
    assert_eq!(buyers(&happens_with("unsafe-stock", &pairs)), expected);
    let alone = happens_with("unsafe-stock", &[("\"servers\": 10", "\"servers\": 1")]);
    assert_eq!(alone.count(anomaly(StockAnomaly::HeldTwice)), 0, "one at a time has nobody beside it");
    let atomic = happens_with("unsafe-stock", &[("{ \"unsafe\": {} }", "\"atomic\"")]);
    assert_eq!(buyers(&atomic), (0..50).map(|seat| (seat, 1)).collect());
}

#[test]
fn a_hundred_that_write_by_version_take_as_many_services_as_the_sum_of_the_first_hundred_numbers() {
    let book = happens("optimistic-stock");
    let failed = book.count(anomaly(StockAnomaly::WriteConflict));
    assert_eq!(book.count(is_held), 100);
    assert_eq!(failed + book.count(is_held), 100 * 101 / 2);
    assert_eq!(measured("optimistic-stock", "stock.write_conflicts"), Some(4950.0));
    // One a round, which takes 100 ms: the n-th is held n rounds after everybody came.
    let rounds: Vec<u64> = (1..=100).map(|round| 2_000_000 + round * 100_000).collect();
    assert_eq!(book.instants_us(is_held), rounds);
}

#[test]
fn whoever_has_used_up_the_attempts_to_write_is_refused_and_asks_again() {
    let few = [
        ("\"attempts\": 100", "\"attempts\": 4"),
        ("\"timeout\": null,", "\"timeout\": null, \"behavior\": { \"backoff\": { \"attempts\": 1 } },"),
    ];
    let book = happens_with("optimistic-stock", &few);
    // In each of the four rounds one of those who are left writes.
    assert_eq!(book.count(is_held), 4);
    assert_eq!(book.count(anomaly(StockAnomaly::WriteConflict)), 99 + 98 + 97 + 96);
    assert_eq!(book.count(anomaly(StockAnomaly::AttemptsUsedUp)), 96);
    assert_eq!(measured_with("optimistic-stock", "stock.conflicts_given_up", &few), Some(96.0));
}

#[test]
fn a_shard_that_is_sold_out_refuses_while_others_have_seats() {
    let refused = measured("sharded-stock", "sale.refused_with_stock_elsewhere").expect("there are shards");
    assert_eq!(measured("sharded-stock", "sale.unsold"), Some(refused), "one seat each");
    // Of 10,000 each shard of 100 seats is asked by a normal number, mean 100, variance 99; what is beyond 100 is refused.
    let deviation = 99.0_f64.sqrt();
    let expected = 100.0 * deviation / (2.0 * std::f64::consts::PI).sqrt();
    let error = (100.0_f64 * 99.0 * (0.5 - 0.5 / std::f64::consts::PI)).sqrt();
    assert!((refused - expected).abs() < 4.0 * error, "{refused} are not {expected}, +- {error}");
    let elsewhere = [("\"shards\": 100", "\"shards\": 100, \"looks_elsewhere\": true")];
    assert_eq!(measured_with("sharded-stock", "sale.unsold", &elsewhere), Some(0.0));
    assert_eq!(measured_with("sharded-stock", "sale.refused_with_stock_elsewhere", &elsewhere), Some(0.0));
}

#[test]
fn holds_pass_the_lock_one_by_one() {
    let book = happens("locked-stock");
    let passed: Vec<u64> = (1..=50).map(|before| 2_100_000 + before * 20_000).collect();
    assert_eq!(book.instants_us(is_held), passed);
    assert_eq!(measured("locked-stock", "stock.lock_waits"), Some(49.0));
    assert_eq!(measured("locked-stock", "stock.lock_wait.max"), Some(49.0 * 0.02));
}

/// Of so many buyers who pick one seat each by these shares of the first ones, one for each seat: how many find theirs
/// taken, and its deviation at most (which seats are picked at all is negatively associated).
fn collisions(buyers: f64, shares: &[f64]) -> (f64, f64) {
    let picked: Vec<f64> = shares.iter().map(|share| 1.0 - libm::pow(1.0 - share, buyers)).collect();
    let variance: f64 = picked.iter().map(|picked| picked * (1.0 - picked)).sum();
    (buyers - picked.iter().sum::<f64>(), variance.sqrt())
}

#[test]
fn buyers_who_pick_at_once_on_one_map_collide_as_in_the_birthday_problem() {
    let taste = |share: &str| {
        let front = format!("{{ \"front\": {{ \"share\": {share}, \"part\": 0.1 }} }}");
        vec![("\"uniform\"".to_owned(), front)]
    };
    let mixed = |share: f64| -> Vec<f64> {
        (0..1000).map(|seat| (1.0 - share) / 1000.0 + if seat < 100 { share / 100.0 } else { 0.0 }).collect()
    };
    for (changes, shares) in
        [(vec![], mixed(0.0)), (taste("0.5"), mixed(0.5)), (taste("1"), mixed(1.0)), (taste("0"), mixed(0.0))]
    {
        let changes: Vec<(&str, &str)> = changes.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let book = happens_with("stale-map", &changes);
        let first = beaten(&book).iter().filter(|(at, ..)| *at == 2_000_000).count() as f64;
        let (expected, error) = collisions(500.0, &shares);
        assert!((first - expected).abs() < 4.0 * error, "{first} are not {expected}, +- {error}");
        let sold = buyers(&book);
        assert!(
            sold.len() == 500 && sold.values().all(|buyers| *buyers == 1),
            "each has a seat of their own"
        );
    }
    let gone = beaten(&happens("stale-map"));
    let sessions: BTreeSet<u32> = gone.iter().map(|(_, session, _)| *session).collect();
    let (requests, share) = (gone.len() as f64, gone.len() as f64 / (gone.len() + 500) as f64);
    assert_eq!(measured("stale-map", "checkout.seats_beaten"), Some(requests));
    assert_eq!(measured("stale-map", "checkout.seats_beaten_share"), Some(share));
    assert_eq!(measured("stale-map", "checkout.sessions_beaten"), Some(sessions.len() as f64));
    let best = [(
        r#"{ "pick_a_seat": { "map_age": "1s", "tries": 1, "choice": "uniform" } }"#,
        "\"best_available\"",
    )];
    assert!(beaten(&happens_with("stale-map", &best)).is_empty(), "nobody names the seat they get");
}

#[test]
fn whoever_sees_a_map_of_this_moment_is_beaten_on_the_way_alone() {
    let spread =
        ("\"jitter\": \"0s\"", "\"jitter\": { \"uniform\": { \"low\": \"0s\", \"high\": \"20s\" } }");
    let fresh = ("\"map_age\": \"1s\"", "\"map_age\": \"0s\"");
    assert!(beaten(&happens_with("stale-map", &[spread, fresh])).is_empty(), "no way, no time");
    let far = ("\"up\": \"0s\", \"down\": \"0s\"", "\"up\": \"300ms\", \"down\": \"200ms\"");
    let book = happens_with("stale-map", &[spread, fresh, far]);
    let late = beaten(&book);
    let held: BTreeMap<u32, u64> = book
        .0
        .iter()
        .filter_map(|(at, fact)| match fact {
            Fact::SeatHeld { seat, .. } => Some((seat.0, at.as_us())),
            _ => None,
        })
        .collect();
    assert!(!late.is_empty());
    for (at, _, seat) in &late {
        let before = at - held[seat];
        assert!(
            before <= 500_000,
            "the map came 500 ms before, and showed what was taken {before} us before"
        );
    }
    // A map that is kept for 5 s is up to 5 s older.
    let old = happens_with("stale-map", &[spread, ("\"map_age\": \"1s\"", "\"map_age\": \"5s\""), far]);
    assert!(beaten(&old).len() > late.len());
}

#[test]
fn whoever_has_more_tries_picks_again_from_the_same_map() {
    let three = [("\"tries\": 1", "\"tries\": 3"), ("\"seats\": 1000", "\"seats\": 520")];
    let book = happens_with("stale-map", &three);
    let mut times: BTreeMap<u32, u32> = BTreeMap::new();
    for (_, session, _) in beaten(&book) {
        *times.entry(session).or_default() += 1;
    }
    assert!(times.values().any(|beaten| *beaten >= 3), "some have used up a map");
    let looks = book.count(|fact| matches!(fact, Fact::Accepted { kind: Kind::SeatMap, .. }));
    let expected: u32 = times.values().map(|beaten| beaten / 3).sum();
    assert_eq!(looks, 500 + expected as usize);
}

#[test]
fn a_map_without_free_seats_says_so_and_nobody_asks_for_one() {
    let few = [("\"seats\": 1000", "\"seats\": 300")];
    let book = happens_with("stale-map", &few);
    assert_eq!(buyers(&book).len(), 300);
    let none =
        book.count(|fact| matches!(fact, Fact::Answered { kind: Kind::SeatMap, reply: Reply::NoneFree, .. }));
    assert!(none > 0, "all are held for 20 s before the last is sold");
    assert_eq!(
        book.count(|fact| matches!(fact, Fact::Answered { kind: Kind::Hold, reply: Reply::NoneFree, .. })),
        0
    );
    assert_eq!(measured_with("stale-map", "sale.oversold", &few), Some(0.0));
}

/// The seats of the facts of this sort that happened after one instant and before another, in microseconds.
fn seats(book: &Book, after: u64, before: u64, of: impl Fn(&Fact) -> Option<SeatId>) -> BTreeSet<u32> {
    let within = book.0.iter().filter(|(at, _)| (after + 1..before).contains(&at.as_us()));
    within.filter_map(|(_, fact)| of(fact)).map(|seat| seat.0).collect()
}

fn anomaly_at(wanted: StockAnomaly) -> impl Fn(&Fact) -> Option<SeatId> {
    move |fact| match fact {
        Fact::StockAnomaly { seat, anomaly, .. } if *anomaly == wanted => *seat,
        _ => None,
    }
}

#[test]
fn seats_taken_in_the_last_second_before_a_crash_are_sold_once_more() {
    let held = |fact: &Fact| match fact {
        Fact::SeatHeld { seat, .. } => Some(*seat),
        _ => None,
    };
    for (persist_after, from, lost) in [("1s", 4_000_000, 9), ("2s", 3_000_000, 19), ("100ms", 4_900_000, 0)]
    {
        let changes = [("\"persist_after\": \"1s\"", format!("\"persist_after\": \"{persist_after}\""))];
        let changes: Vec<(&str, &str)> = changes.iter().map(|(from, to)| (*from, to.as_str())).collect();
        let book = happens_with("pre-deducted-stock", &changes);
        // One each 100 ms, the first at 2.1 s: the one due at 5 s is lost with the work of the service.
        let taken = seats(&book, from, 5_000_000, held);
        assert_eq!(taken.len(), lost);
        assert_eq!(seats(&book, 0, u64::MAX, anomaly_at(StockAnomaly::DeductionLost)), taken);
        // A hundred buyers buy a hundred tickets, and these seats twice.
        let expected: BTreeMap<u32, usize> =
            (0..100 - lost as u32).map(|seat| (seat, 1 + usize::from(taken.contains(&seat)))).collect();
        assert_eq!(buyers(&book), expected);
        let measured = |name| measured_with("pre-deducted-stock", name, &changes);
        assert_eq!(measured("stock.deductions_lost"), Some(lost as f64));
        assert_eq!(measured("sale.oversold"), Some(lost as f64));
        assert_eq!(measured("sale.unsold"), Some(lost as f64));
        assert_eq!(measured("sale.seats_lost"), Some(0.0));
    }
    let atomic = [("{ \"pre_deduct\": { \"persist_after\": \"1s\" } }", "\"atomic\"")];
    assert_eq!(
        buyers(&happens_with("pre-deducted-stock", &atomic)),
        (0..100).map(|seat| (seat, 1)).collect()
    );
    let one_of_two = [
        ("\"servers\": 1", "\"servers\": 1, \"peers\": 2"),
        ("\"station\": \"inventory\"", "\"station\": \"inventory\", \"peer\": 0"),
    ];
    let book = happens_with("pre-deducted-stock", &one_of_two);
    assert_eq!(book.count(anomaly(StockAnomaly::DeductionLost)), 0, "the other machine still has it");
}

#[test]
fn seats_given_back_in_the_last_second_before_a_crash_are_lost() {
    // Everybody gives their seat back, 20 s after it was held: one each 100 ms.
    let changes = [
        ("\"count\": 100,", "\"count\": 100, \"abandon\": 1,"),
        ("\"at\": \"5s\", \"for\"", "\"at\": \"24050ms\", \"for\""),
    ];
    let book = happens_with("pre-deducted-stock", &changes);
    let returned = seats(&book, 23_050_000, 24_050_000, |fact| match fact {
        Fact::SeatReturned { seat, .. } => Some(*seat),
        _ => None,
    });
    assert_eq!(returned.len(), 10, "at 23.1 s, 23.2 s, ... 24.0 s");
    assert_eq!(seats(&book, 0, u64::MAX, anomaly_at(StockAnomaly::ReturnLost)), returned);
    let measured = |name| measured_with("pre-deducted-stock", name, &changes);
    assert_eq!(measured("sale.seats_lost"), Some(10.0));
    assert_eq!(measured("stock.deductions_lost"), Some(0.0));
    // Whoever comes afterwards is sold the other ninety, and then told that nothing is left.
    let late = "{ \"name\": \"late\", \"count\": 95, \"network\": \"still\", \"choose\": \"0s\", \"fill_in\": \"20s\", \
                \"timeout\": null, \"arrivals\": { \"spike\": { \"at\": \"1m\", \"jitter\": \"0s\" } } }";
    let more =
        [&changes[..], &[("\"jitter\": \"0s\" } } }]", "\"jitter\": \"0s\" } } }, LATE]"), ("LATE", late)]]
            .concat();
    let book = happens_with("pre-deducted-stock", &more);
    assert_eq!(
        buyers(&book),
        (0..100).filter(|seat| !returned.contains(seat)).map(|seat| (seat, 1)).collect()
    );
    assert_eq!(book.count(|fact| matches!(fact, Fact::Decided { truth: Truth::RefusedSoldOut, .. })), 5);
}
