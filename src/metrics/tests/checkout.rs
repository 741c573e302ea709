//! What happened at the checkout beside selling and charging.

use super::*;
use crate::metrics::names;

fn steps(tale: &mut Tale, time: u64, who: Who, step: CheckoutEvent) {
    tale.fact(time, Fact::AtCheckout { who, step });
}

#[test]
fn repeated_errors_are_counted_and_whoever_met_one_and_bought_is_not_stuck() {
    let mut tale = Tale::of(&roster(&[2], 2));
    let (stuck, lucky) = (tab(0, 0), tab(1, 0));
    for who in [stuck, lucky] {
        tale.joins(101, who);
        tale.holds(110, who);
        tale.fact(120, Fact::Accepted { who, kind: Kind::Pay, gateway: GatewayId(0) });
        steps(&mut tale, 121, who, CheckoutEvent::ProviderFailed);
        tale.fact(130, Fact::Accepted { who, kind: Kind::Pay, gateway: GatewayId(0) });
        steps(&mut tale, 131, who, CheckoutEvent::ErrorRepeated);
    }
    steps(&mut tale, 140, stuck, CheckoutEvent::ErrorRepeated);
    steps(&mut tale, 141, lucky, CheckoutEvent::ChargeRepeated);
    tale.fact(142, Fact::SeatSold { who: lucky, seat: SeatId(1) }).decides(142, lucky, Truth::Sold);
    tale.stops(150, stuck, Stop::Patience).stops(150, lucky, Stop::Bought);
    check(
        &tale.end(),
        &[
            (names::CHECKOUT_PROVIDER_ERRORS, Some(2.0)),
            (names::CHECKOUT_ERRORS_REPEATED, Some(3.0)),
            (names::CHECKOUT_ANSWERS_REPEATED, Some(4.0)),
            (names::CHECKOUT_STUCK_ON_KEY, Some(1.0)),
            (names::CHECKOUT_PAYMENT_WAIT_P95, None),
        ],
    );
}

#[test]
fn money_that_was_given_back_is_no_charge_without_a_ticket() {
    let told = |refunded: bool| {
        let mut tale = Tale::of(&roster(&[1], 1));
        let me = tab(0, 0);
        tale.joins(101, me);
        let seat = tale.holds(110, me);
        tale.sends(111, me, Kind::Pay).decides(111, me, Truth::Paying);
        tale.fact(120, Fact::SeatReturned { who: me, seat, expired: true }).decides(120, me, Truth::Active);
        tale.fact(130, Fact::Charged { who: me, duplicate: false });
        steps(&mut tale, 130, me, CheckoutEvent::ChargedTooLate);
        if refunded {
            steps(&mut tale, 130, me, CheckoutEvent::Refunded);
        }
        tale.reads(131, me, Kind::Pay, Reply::HoldEnded).stops(140, me, Stop::Patience);
        tale.end()
    };
    for (refunded, without_ticket, refunds) in [(true, 0.0, 1.0), (false, 1.0, 0.0)] {
        check(
            &told(refunded),
            &[
                (names::SALE_CHARGED_WITHOUT_TICKET, Some(without_ticket)),
                (names::CHECKOUT_CHARGED_TOO_LATE, Some(1.0)),
                (names::CHECKOUT_REFUNDS, Some(refunds)),
                (names::SILENT_MECHANISM_CHARGED_WITHOUT_TICKET_TOUCHED, Some(without_ticket)),
                (names::SILENT_MECHANISM_HOLD_STRIPPED_TOUCHED, Some(1.0)),
            ],
        );
    }
}

#[test]
fn waits_at_the_provider_and_unpaid_seats_are_counted() {
    let mut tale = Tale::of(&roster(&[1], 1));
    let me = tab(0, 0);
    tale.joins(101, me);
    let seat = tale.holds(110, me);
    tale.fact(111, Fact::PaymentQueued { who: me, wait: Span::from_secs(4) });
    tale.fact(112, Fact::PaymentQueued { who: me, wait: Span::from_secs(6) });
    steps(&mut tale, 120, me, CheckoutEvent::Reserved);
    tale.stops(121, me, Stop::NeverPays);
    steps(&mut tale, 220, me, CheckoutEvent::ReservationEnded);
    tale.fact(220, Fact::SeatReturned { who: me, seat, expired: true }).decides(220, me, Truth::Expired);
    check(
        &tale.end(),
        &[
            (names::CHECKOUT_PAYMENTS_QUEUED, Some(2.0)),
            (names::CHECKOUT_PAYMENT_WAIT_P95, Some(6.0)),
            (names::CHECKOUT_PAYMENT_WAIT_MAX, Some(6.0)),
            (names::CHECKOUT_RESERVATIONS, Some(1.0)),
            (names::CHECKOUT_SEATS_UNPAID, Some(1.0)),
        ],
    );
}
