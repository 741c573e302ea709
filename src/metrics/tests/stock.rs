//! What went wrong between hold requests that wanted the same stock.

use super::*;
use crate::metrics::names;

fn anomaly(tale: &mut Tale, time: u64, who: Who, seat: Option<u32>, anomaly: StockAnomaly) {
    tale.fact(time, Fact::StockAnomaly { who, seat: seat.map(SeatId), anomaly });
}

#[test]
fn a_seat_that_two_bought_is_oversold_once_and_leaves_the_other_seat_unsold() {
    let mut tale = Tale::of(&roster(&[3], 2));
    let (first, second, third, seat) = (tab(0, 0), tab(1, 0), tab(2, 0), SeatId(0));
    for who in [first, second, third] {
        tale.joins(101, who);
        tale.fact(109, Fact::Accepted { who, kind: Kind::Hold, gateway: GatewayId(0) });
    }
    tale.holds(110, first);
    for who in [second, third] {
        anomaly(&mut tale, 110, who, Some(0), StockAnomaly::HeldTwice);
        tale.fact(110, Fact::SeatHeld { who, seat }).decides(110, who, Truth::Holding);
    }
    anomaly(&mut tale, 120, third, Some(0), StockAnomaly::OthersKeep);
    tale.fact(120, Fact::SeatReturned { who: third, seat, expired: true }).decides(120, third, Truth::Left);
    tale.fact(130, Fact::SeatSold { who: first, seat }).decides(130, first, Truth::Sold);
    anomaly(&mut tale, 131, second, Some(0), StockAnomaly::SoldTwice);
    tale.fact(131, Fact::SeatSold { who: second, seat }).decides(131, second, Truth::Sold);
    tale.stops(150, first, Stop::Bought).stops(150, second, Stop::Bought).stops(150, third, Stop::Patience);
    check(
        &tale.end(),
        &[
            (names::STOCK_HELD_TWICE, Some(2.0)),
            (names::SALE_OVERSOLD, Some(1.0)),
            (names::SALE_SOLD, Some(2.0)),
            (names::SALE_UNSOLD, Some(1.0)),
            (names::SALE_SOLD_OUT_AT, None),
        ],
    );
}

#[test]
fn whoever_is_beaten_to_a_seat_is_counted_each_time_and_a_hold_of_several_seats_once() {
    let mut tale = Tale::of(&roster(&[3], 3));
    let (first, second, third) = (tab(0, 0), tab(1, 0), tab(2, 0));
    for who in [first, second, third] {
        tale.joins(101, who);
    }
    for seat in [SeatId(0), SeatId(1)] {
        tale.fact(110, Fact::SeatHeld { who: first, seat });
    }
    tale.decides(110, first, Truth::Holding);
    anomaly(&mut tale, 111, second, Some(0), StockAnomaly::Beaten);
    anomaly(&mut tale, 112, second, Some(1), StockAnomaly::Beaten);
    anomaly(&mut tale, 113, third, Some(1), StockAnomaly::Beaten);
    tale.fact(114, Fact::SeatHeld { who: second, seat: SeatId(2) }).decides(114, second, Truth::Holding);
    for who in [first, second, third] {
        tale.stops(150, who, Stop::Patience);
    }
    check(
        &tale.end(),
        &[
            (names::CHECKOUT_SEATS_BEATEN, Some(3.0)),
            (names::CHECKOUT_SEATS_BEATEN_SHARE, Some(0.6)),
            (names::CHECKOUT_SESSIONS_BEATEN, Some(2.0)),
            (names::SALE_OVERSOLD, Some(0.0)),
        ],
    );
}

#[test]
fn a_crash_of_the_stock_oversells_what_was_taken_and_loses_what_came_back() {
    let mut tale = Tale::of(&roster(&[2], 2));
    let (first, second) = (tab(0, 0), tab(1, 0));
    for who in [first, second] {
        tale.joins(101, who);
        tale.fact(109, Fact::Accepted { who, kind: Kind::Hold, gateway: GatewayId(0) });
    }
    for seat in [SeatId(0), SeatId(1)] {
        tale.fact(110, Fact::SeatHeld { who: first, seat });
    }
    tale.decides(110, first, Truth::Holding);
    tale.fact(111, Fact::SeatReturned { who: first, seat: SeatId(1), expired: false });
    anomaly(&mut tale, 112, first, Some(0), StockAnomaly::DeductionLost);
    anomaly(&mut tale, 112, first, Some(1), StockAnomaly::ReturnLost);
    anomaly(&mut tale, 120, second, Some(0), StockAnomaly::HeldTwice);
    tale.fact(120, Fact::SeatHeld { who: second, seat: SeatId(0) }).decides(120, second, Truth::Holding);
    tale.fact(130, Fact::SeatSold { who: first, seat: SeatId(0) }).decides(130, first, Truth::Sold);
    anomaly(&mut tale, 131, second, Some(0), StockAnomaly::SoldTwice);
    tale.fact(131, Fact::SeatSold { who: second, seat: SeatId(0) }).decides(131, second, Truth::Sold);
    tale.stops(150, first, Stop::Bought).stops(150, second, Stop::Bought);
    check(
        &tale.end(),
        &[
            (names::STOCK_DEDUCTIONS_LOST, Some(1.0)),
            (names::SALE_SEATS_LOST, Some(1.0)),
            (names::SALE_OVERSOLD, Some(1.0)),
            (names::SALE_UNSOLD, Some(1.0)),
            (names::SALE_TIME_TO_NONE_FREE, Some(10.0)),
        ],
    );
}

#[test]
#[should_panic(expected = "that seat is Free")]
fn nobody_is_forgotten_who_has_nothing() {
    let mut tale = Tale::of(&roster(&[2], 1));
    anomaly(&mut tale, 110, tab(0, 0), Some(0), StockAnomaly::DeductionLost);
}

#[test]
#[should_panic(expected = "that seat is Sold")]
fn nobody_holds_what_is_sold_without_a_word() {
    let mut tale = Tale::of(&roster(&[2], 1));
    tale.sold(110, tab(0, 0));
    tale.fact(111, Fact::SeatHeld { who: tab(1, 0), seat: SeatId(0) });
}

#[test]
fn failed_writes_waits_for_the_lock_and_empty_shards_are_counted() {
    let mut tale = Tale::of(&roster(&[1], 1));
    let me = tab(0, 0);
    tale.joins(101, me);
    tale.fact(109, Fact::Accepted { who: me, kind: Kind::Hold, gateway: GatewayId(0) });
    anomaly(&mut tale, 110, me, None, StockAnomaly::WriteConflict);
    anomaly(&mut tale, 111, me, None, StockAnomaly::WriteConflict);
    anomaly(&mut tale, 111, me, None, StockAnomaly::AttemptsUsedUp);
    anomaly(&mut tale, 112, me, None, StockAnomaly::StockElsewhere);
    tale.fact(113, Fact::LockAwaited { who: me, wait: Span::from_secs(3) });
    tale.stops(150, me, Stop::Patience);
    check(
        &tale.end(),
        &[
            (names::STOCK_WRITE_CONFLICTS, Some(2.0)),
            (names::STOCK_CONFLICTS_GIVEN_UP, Some(1.0)),
            (names::SALE_REFUSED_WITH_STOCK_ELSEWHERE, Some(1.0)),
            (names::STOCK_LOCK_WAITS, Some(1.0)),
            (names::STOCK_LOCK_WAIT_MAX, Some(3.0)),
        ],
    );
}
