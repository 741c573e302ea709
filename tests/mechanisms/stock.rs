//! What comes of several hold requests at once, one small scenario for each way of keeping the stock.

use super::{Book, happens, happens_with, measured, measured_with};
use onsale::protocol::{Fact, Slip};
use std::collections::BTreeMap;

fn slip(wanted: Slip) -> impl Fn(&Fact) -> bool {
    move |fact| matches!(fact, Fact::StockSlipped { slip, .. } if *slip == wanted)
}

const fn is_held(fact: &Fact) -> bool {
    matches!(fact, Fact::SeatHeld { .. })
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
    assert_eq!(unsafely.count(slip(Slip::SoldTwice)), 90);
    assert_eq!(measured("unsafe-stock", "sale.oversold"), Some(90.0));
    assert_eq!(measured("unsafe-stock", "sale.unsold"), Some(40.0));
    let alone = happens_with("unsafe-stock", &[("\"servers\": 10", "\"servers\": 1")]);
    assert_eq!(alone.count(slip(Slip::HeldTwice)), 0, "one at a time has nobody beside it");
    let atomic = happens_with("unsafe-stock", &[("{ \"unsafe\": {} }", "\"atomic\"")]);
    assert_eq!(buyers(&atomic), (0..50).map(|seat| (seat, 1)).collect());
}

#[test]
fn a_hundred_that_write_by_version_take_as_many_services_as_the_sum_of_the_first_hundred_numbers() {
    let book = happens("optimistic-stock");
    let failed = book.count(slip(Slip::WriteConflict));
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
    assert_eq!(book.count(slip(Slip::WriteConflict)), 99 + 98 + 97 + 96);
    assert_eq!(book.count(slip(Slip::AttemptsUsedUp)), 96);
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
