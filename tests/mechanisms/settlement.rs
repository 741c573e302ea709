//! What the operator decides afterwards: orders honored or cancelled, a sale that reopens at an announced time, a further date,
//! a line that is opened to newcomers again.

use super::{Book, happens, happens_with, measured, measured_with};
use onsale::protocol::{Announcement, Belief, Fact, Kind, Reply, Truth};

const SECOND: u64 = 1_000_000;

fn sold(fact: &Fact) -> bool {
    matches!(fact, Fact::SeatSold { .. })
}

fn cancelled(fact: &Fact) -> bool {
    matches!(fact, Fact::SeatCancelled { .. })
}

/// One turn a second from 10 s on, told at the next of the instants 10, 15 ...; five seconds later the seat is sold.
fn sold_between(from: u64, until: u64) -> usize {
    (10..30_u64).map(|turn| turn.next_multiple_of(5) + 5).filter(|at| (from..until).contains(at)).count()
}

#[test]
fn cancelling_takes_back_the_orders_of_the_interval_and_no_other() {
    let book = happens("cancel-orders");
    let affected = sold_between(20, 30);
    assert_eq!(affected, 10);
    assert_eq!(book.instants_us(cancelled), vec![60 * SECOND; affected]);
    let told =
        book.instants_us(|fact| matches!(fact, Fact::Informed { word: Announcement::OrderCancelled, .. }));
    assert_eq!(told, vec![90 * SECOND; affected]);
    let shown = book.instants_us(|fact| matches!(fact, Fact::Believes { belief: Belief::ToldNo, .. }));
    assert_eq!(shown, told);
    assert_eq!(measured("cancel-orders", "sale.cancelled"), Some(10.0));
    assert_eq!(measured("cancel-orders", "sale.sold"), Some(90.0), "nobody else wants the ten seats");
    assert_eq!(measured("cancel-orders", "sale.buyers"), Some(90.0));
    assert_eq!(measured("cancel-orders", "silent.failure_rate"), Some(0.0), "everybody was told");
    assert_eq!(measured("cancel-orders", "fairness.envy.excluded.cancelled"), Some(10.0));
}

#[test]
fn whoever_is_not_told_of_the_cancellation_believes_in_a_ticket_that_does_not_exist() {
    let untold = [("\"told_after\": \"30s\"", "\"told_after\": null")];
    assert_eq!(measured_with("cancel-orders", "silent.mechanism.order_cancelled", &untold), Some(10.0));
    assert_eq!(measured_with("cancel-orders", "silent.table.phantom_purchase", &untold), Some(10.0));
}

#[test]
fn cancelled_seats_are_sold_to_others() {
    let more = [("\"count\": 100", "\"count\": 120")];
    let book = happens_with("cancel-orders", &more);
    assert_eq!(book.count(cancelled), 10);
    assert_eq!(book.count(sold), 110, "a hundred seats, and ten of them twice");
    assert_eq!(measured_with("cancel-orders", "sale.sold", &more), Some(100.0));
    let truths = book.count(|fact| matches!(fact, Fact::Decided { truth: Truth::Cancelled, .. }));
    assert_eq!(truths, 10);
}

#[test]
fn honored_orders_stand() {
    let honor = [("{ \"cancel\": { \"told_after\": \"30s\" } }", "{ \"honor\": {} }")];
    let book = happens_with("cancel-orders", &honor);
    assert_eq!((book.count(cancelled), book.count(sold)), (0, 100));
}

fn sent(book: &Book) -> Vec<u64> {
    book.instants_us(|fact| matches!(fact, Fact::Sent { .. } | Fact::Polled { .. }))
}

#[test]
fn an_announced_reopening_is_a_second_opening_and_costs_nobody_a_turn_or_a_place() {
    let book = happens("reopen-at-a-time");
    let asked = sent(&book);
    let meanwhile: Vec<&u64> = asked.iter().filter(|at| (36 * SECOND..300 * SECOND).contains(at)).collect();
    assert!(meanwhile.is_empty(), "nobody asks meanwhile: {meanwhile:?}");
    let back = asked.iter().filter(|at| **at == 300 * SECOND).count();
    // Eleven had bought before the pause: those told at 10, 15 and 20 s.
    assert!(back >= 100 - sold_between(0, 30), "{back} come back in one instant");
    assert_eq!(book.count(|fact| matches!(fact, Fact::NoShow { .. } | Fact::Skipped { .. })), 0);
    assert_eq!(book.count(sold), 100);
    let refused = book.count(|fact| matches!(fact, Fact::Answered { reply: Reply::SalePaused, .. }));
    assert!(refused <= 10, "those who were inside ask once more: {refused}");
}

#[test]
fn people_who_reload_come_back_when_the_sale_reopens_too() {
    let by_hand =
        "\"fill_in\": \"3s\", \"behavior\": { \"refresher\": { \"interval\": \"10s\", \"spread\": 0 } },";
    let book = happens_with("reopen-at-a-time", &[("\"fill_in\": \"3s\",", by_hand)]);
    let pages = book.instants_us(|fact| matches!(fact, Fact::Sent { kind: Kind::OpenPage, .. }));
    let meanwhile: Vec<&u64> = pages.iter().filter(|at| (40 * SECOND..300 * SECOND).contains(at)).collect();
    assert!(meanwhile.is_empty(), "nobody reloads meanwhile: {meanwhile:?}");
    assert!(pages.iter().filter(|at| **at == 300 * SECOND).count() >= 100 - sold_between(0, 30));
    assert_eq!(book.count(sold), 100);
}

#[test]
fn coming_back_at_different_times_spreads_the_second_opening() {
    let spread = [(
        "\"fill_in\": \"3s\",",
        "\"fill_in\": \"3s\", \"on_announcement\": { \"paused\": { \"return_after\": { \"uniform\": { \"low\": \"0s\", \"high\": \"60s\" } } } },",
    )];
    let book = happens_with("reopen-at-a-time", &spread);
    let asked = sent(&book);
    let most = asked.iter().map(|at| asked.iter().filter(|other| at.abs_diff(**other) < SECOND / 2).count());
    let busiest_after = asked.iter().zip(most).filter(|(at, _)| **at >= 300 * SECOND).map(|(_, n)| n).max();
    assert!(busiest_after.expect("they come back") < 40, "{busiest_after:?}");
    assert_eq!(book.count(sold), 100);
}

#[test]
fn a_further_date_brings_a_second_crowd_once_it_is_announced() {
    let book = happens("announced-date");
    let announced = book.instants_us(|fact| matches!(fact, Fact::Operated { .. }));
    let later: Vec<u64> = book
        .instants_us(|fact| matches!(fact, Fact::Arrived { .. }))
        .into_iter()
        .filter(|at| *at > 5 * SECOND)
        .collect();
    assert_eq!(announced.len(), 1);
    assert_eq!(later.len(), 60);
    let window = announced[0] + 10 * SECOND..=announced[0] + 20 * SECOND;
    assert!(later.iter().all(|at| window.contains(at)));
    assert_eq!(book.count(sold), 160);
    let never = [("\"above\": 49", "\"above\": 149")];
    let quiet = happens_with("announced-date", &never);
    assert_eq!(
        quiet.count(|fact| matches!(fact, Fact::Arrived { .. })),
        100,
        "without the news nobody comes"
    );
}

#[test]
fn newcomers_are_let_in_again_when_the_line_is_opened_to_them() {
    // Closed at 25 s; those who come at 40 s find it open again at 35 s, and would be refused without.
    let opened = [(
        "\"actions\": [{ \"close_to_newcomers\": {} }] }]",
        "\"actions\": [{ \"close_to_newcomers\": {} }] },
            { \"trigger\": { \"at\": \"35s\" }, \"actions\": [{ \"open_to_newcomers\": {} }] }]",
    )];
    assert_eq!(measured("close-to-newcomers", "line.turned_away"), Some(30.0));
    assert_eq!(measured_with("close-to-newcomers", "line.turned_away", &opened), Some(0.0));
    assert_eq!(happens_with("close-to-newcomers", &opened).count(sold), 130);
}
