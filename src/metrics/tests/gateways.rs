//! Overload controls, locked accounts, and how even the load was.

use super::*;
use crate::metrics::names;

#[test]
fn what_controls_refuse_is_a_share_of_what_was_asked_and_orders_are_apart() {
    let (who, gateway) = (tab(0, 0), GatewayId(0));
    let mut tale = Tale::of(&roster(&[1], 9));
    tale.joins(101, who);
    for (time, kind) in [(110, Kind::Poll), (120, Kind::Hold)] {
        tale.sends(time, who, kind).fact(time, Fact::ControlRefused { who, kind, gateway });
        tale.reads(time, who, kind, Reply::GatewayBusy);
    }
    tale.sends(130, who, Kind::Pay).fact(130, Fact::Accepted { who, kind: Kind::Pay, gateway });
    tale.reads(131, who, Kind::Pay, Reply::Declined).stops(140, who, Stop::Patience);
    check(
        &tale.end(),
        &[
            (names::OVERLOAD_SHED, Some(2.0)),
            // The join and the payment were accepted.
            (names::OVERLOAD_SHED_SHARE, Some(0.5)),
            (names::OVERLOAD_SHED_SHARE_ORDERS, Some(0.5)),
            (names::GATEWAYS_IN_FLIGHT_PEAK, None),
            (names::GATEWAYS_IMBALANCE, None),
            (names::ACCOUNTS_LOCKED, Some(0.0)),
        ],
    );
    let possible = Possible::ALL.without(Possibility::OverloadControl);
    let without = Roster { possible, ..roster(&[1], 9) };
    let sheet = Tale::of(&without).end();
    check(&sheet, &[(names::OVERLOAD_SHED_SHARE, None), (names::OVERLOAD_SHED_SHARE_ORDERS, None)]);
}

#[test]
fn peaks_are_compared_over_all_gateways_idle_ones_too() {
    let mut tale = Tale::of(&Roster { gateways: 3, ..roster(&[1], 9) });
    for (time, gateway, in_flight) in [(101, 0, 1), (102, 0, 2), (103, 1, 1), (104, 0, 6), (105, 1, 3)] {
        tale.fact(time, Fact::GatewayPeak { gateway: GatewayId(gateway), in_flight });
    }
    check(
        &tale.end(),
        &[(names::GATEWAYS_IN_FLIGHT_PEAK, Some(6.0)), (names::GATEWAYS_IMBALANCE, Some(2.0))],
    );
}

#[test]
fn a_locked_account_is_silent_until_an_answer_says_so() {
    let who = tab(0, 0);
    let locked = Cause::AccountLock;
    let tell = |last: &dyn Fn(&mut Tale)| {
        one_hopes(|tale| {
            tale.sends(150, who, Kind::Poll).fact(150, Fact::AccountLocked { who });
            tale.cannot_read(151, who, Kind::Poll, Reply::RateLimited, locked);
            tale.sends(250, who, Kind::Poll);
            last(tale);
            tale.stops(300, who, Stop::Patience);
        })
    };
    let hidden = tell(&|tale| {
        tale.cannot_read(251, who, Kind::Poll, Reply::RateLimited, locked);
    });
    check(&hidden, &[(names::SILENT_MECHANISM_ACCOUNT_LOCKED, Some(1.0))]);
    let said = tell(&|tale| {
        tale.reads(251, who, Kind::Poll, Reply::AccountLocked);
    });
    check(
        &said,
        &[
            (names::SILENT_MECHANISM_ACCOUNT_LOCKED, Some(0.0)),
            (names::SILENT_TABLE_TOLD_NOT_FINAL, Some(1.0)),
        ],
    );
}
