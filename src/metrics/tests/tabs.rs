//! One person with several tabs, of which each learns something else.

use super::*;
use crate::metrics::names;

/// Person 0 has two tabs in line; person 1 buys at 800 s, and the sale closes at 900 s.
fn two_tabs(tell: impl FnOnce(&mut Tale, Who, Who)) -> MetricSheet {
    let mut tale = Tale::of(&roster(&[2], 2));
    let (one, other) = (tab(0, 0), tab(0, 1));
    tale.joins(101, one).joins(101, other).joins(102, tab(1, 0));
    tell(&mut tale, one, other);
    tale.turn(799, tab(1, 0)).buys(800, tab(1, 0));
    tale.end()
}

#[track_caller]
fn is_loser(sheet: &MetricSheet, known: f64) {
    check(
        sheet,
        &[
            (names::FAIRNESS_ENVY_LOSERS, Some(1.0)),
            (names::FAIRNESS_ENVY_EXCLUDED_LEFT, Some(0.0)),
            (names::SILENT_TABLE_KNOWN_REJECTION, Some(known)),
            (names::SILENT_TABLE_LEFT_BEFORE_DECISION_ANSWERED, Some(0.0)),
            (names::SILENT_TABLE_LEFT_BEFORE_DECISION_SILENT, Some(0.0)),
        ],
    );
}

#[test]
fn a_person_refused_in_one_tab_who_leaves_the_other_was_refused() {
    for why in [Stop::Patience, Stop::Silence, Stop::AttemptsUsedUp, Stop::TooFarBack, Stop::Abandoned] {
        let sheet = two_tabs(|tale, one, other| {
            tale.refused(200, one).stops(400, other, why);
        });
        is_loser(&sheet, 1.0);
        check(&sheet, &[(names::WAIT_REFUSED_MEAN, Some(99.0))]);
    }
    let the_other_way_round = two_tabs(|tale, one, other| {
        tale.stops(150, other, Stop::Patience).refused(200, one);
    });
    is_loser(&the_other_way_round, 1.0);
}

#[test]
fn a_refusal_in_one_tab_decides_though_its_answer_is_lost() {
    let sheet = two_tabs(|tale, one, other| {
        tale.decides(200, one, Truth::RefusedSoldOut).stops(400, one, Stop::Patience);
        tale.stops(400, other, Stop::Patience);
    });
    is_loser(&sheet, 0.0);
    check(&sheet, &[(names::SILENT_TABLE_SILENT_REJECTION, Some(1.0))]);
}

#[test]
fn a_person_put_out_in_one_tab_alone_who_leaves_the_other_has_left() {
    let sheet = two_tabs(|tale, one, other| {
        tale.decides(200, one, Truth::Evicted).sends(201, one, Kind::Poll);
        tale.reads(202, one, Kind::Poll, Reply::Evicted).stops(202, one, Stop::Excluded);
        tale.stops(400, other, Stop::Patience);
    });
    check(
        &sheet,
        &[
            (names::FAIRNESS_ENVY_EXCLUDED_LEFT, Some(1.0)),
            (names::FAIRNESS_ENVY_EXCLUDED_EVICTED, Some(0.0)),
            (names::SILENT_TABLE_LEFT_BEFORE_DECISION_ANSWERED, Some(1.0)),
        ],
    );
}

#[test]
fn a_no_is_in_doubt_while_another_tab_asks_for_an_order_and_known_again_once_that_is_answered() {
    let known_after = |answered: u64| {
        let sheet = two_tabs(|tale, one, other| {
            tale.refused(200, one).turn(300, other);
            tale.sends(310, other, Kind::Hold).decides(answered, other, Truth::RefusedSoldOut);
            tale.reads(answered, other, Kind::Hold, Reply::SoldOut).stops(answered, other, Stop::ToldNo);
        });
        is_loser(&sheet, 1.0);
        value(&sheet, names::SILENT_AMBIGUITY_MEAN).expect("defined")
    };
    // In the dark from ten seconds after the request on, one of two persons.
    assert!((known_after(340) - known_after(315) - 20.0 / 2.0).abs() < 1e-9);
}

#[test]
fn a_purchase_in_one_tab_makes_good_what_another_was_told() {
    let sheet = two_tabs(|tale, one, other| {
        tale.refused(200, one).turn(300, other).buys(310, other);
    });
    check(
        &sheet,
        &[(names::SILENT_TABLE_KNOWN_PURCHASE, Some(2.0)), (names::FAIRNESS_ENVY_LOSERS, Some(0.0))],
    );
}
