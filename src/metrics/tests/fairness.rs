//! Which groups bought, and how far the order of coming survived.

use super::*;
use crate::metrics::names;

#[test]
fn disparate_impact_is_that_of_the_four_fifths_rule() {
    let case = oracle("di_katz");
    let mut tale = Tale::of(&roster(&[500, 500], 90));
    for person in 0..1000 {
        tale.joins(101, tab(person, 0)).turn(102, tab(person, 0));
        let buyers = if person < 500 { 30 } else { 60 };
        if person % 500 < buyers {
            tale.buys(103, tab(person, 0));
        } else {
            tale.refused(104, tab(person, 0));
        }
    }
    let sheet = tale.end();
    check(
        &sheet,
        &[
            (names::FAIRNESS_SUCCESS_DISPARATE_IMPACT, Some(expected(&case, "di_ratio"))),
            (names::FAIRNESS_SUCCESS_GAP, Some(expected(&case, "parity_gap"))),
            (names::FAIRNESS_SUCCESS, Some(0.09)),
        ],
    );
    let close = |found: Option<f64>, right: f64| assert!((found.expect("defined") - right).abs() < 1e-12);
    close(of_cohort(&sheet, names::FAIRNESS_SUCCESS_DIFFERENCE, "c1"), 0.06);
    close(of_cohort(&sheet, names::FAIRNESS_SUCCESS_LOG_RATIO, "c1"), std::f64::consts::LN_2);
    close(of_cohort(&sheet, names::FAIRNESS_REPRESENTATION, "c0"), (30.0 / 90.0) / 0.5);
}

#[test]
fn a_gap_needs_two_groups_with_somebody_in_them_and_a_ticket() {
    let nobody_bought = |cohorts: &[u32]| {
        let mut tale = Tale::of(&roster(cohorts, 1));
        tale.joins(101, tab(0, 0)).stops(102, tab(0, 0), Stop::Patience);
        tale.end()
    };
    for sheet in [nobody_bought(&[1]), nobody_bought(&[1, 0]), nobody_bought(&[1, 1])] {
        check(
            &sheet,
            &[(names::FAIRNESS_SUCCESS_GAP, None), (names::FAIRNESS_SUCCESS_DISPARATE_IMPACT, None)],
        );
    }
}

#[test]
fn first_come_first_served_envies_nobody_and_last_come_first_served_everybody() {
    let case = oracle("justified_envy_n100_W20");
    let fifo: Vec<u32> = (0..20).collect();
    let lifo: Vec<u32> = (80..100).rev().collect();
    check(
        &queue(100, &fifo),
        &[
            (names::FAIRNESS_ENVY, Some(expected(&case, "fifo"))),
            (names::FAIRNESS_TAU_ENQUEUE_TURN, Some(1.0)),
            (names::FAIRNESS_TAU_WINNERS_INTENT_TOLD, Some(1.0)),
            (names::FAIRNESS_INVERSIONS, Some(0.0)),
            (names::FAIRNESS_ENVY_LOSERS, Some(80.0)),
        ],
    );
    check(
        &queue(100, &lifo),
        &[
            (names::FAIRNESS_ENVY, Some(expected(&case, "lifo"))),
            (names::FAIRNESS_ENVY_INTENT, Some(expected(&case, "lifo"))),
            (names::FAIRNESS_TAU_INTENT_TURN, Some(-1.0)),
            (names::FAIRNESS_INVERSIONS, Some(190.0)),
            (names::FAIRNESS_DISPLACEMENT_MAX, Some(19.0)),
            (names::FAIRNESS_DISPLACEMENT_NORMALISED_MEAN, Some(0.5)),
            (names::FAIRNESS_SLIPS_P99, Some(19.0)),
        ],
    );
    check(&queue(3, &[0, 1, 2]), &[(names::FAIRNESS_ENVY, None)]);
    check(&queue(3, &[]), &[(names::FAIRNESS_ENVY, None), (names::FAIRNESS_TAU_ENQUEUE_TURN, None)]);
}

#[test]
fn who_left_or_was_declined_envies_nobody() {
    let mut tale = Tale::of(&roster(&[4], 1));
    (0..4).for_each(|person| {
        tale.joins(101 + u64::from(person), tab(person, 0));
    });
    tale.stops(110, tab(0, 0), Stop::Patience);
    tale.fact(120, Fact::Decided { who: tab(1, 0), truth: Truth::Declined });
    tale.stops(121, tab(1, 0), Stop::Declined);
    tale.turn(130, tab(2, 0)).buys(131, tab(2, 0));
    tale.refused(132, tab(3, 0));
    check(
        &tale.end(),
        &[
            (names::FAIRNESS_ENVY, Some(0.0)),
            (names::FAIRNESS_ENVY_EXCLUDED_LEFT, Some(1.0)),
            (names::FAIRNESS_ENVY_EXCLUDED_DECLINED, Some(1.0)),
            (names::FAIRNESS_ENVY_LOSERS, Some(1.0)),
            (names::WAIT_CENSORED_COUNT, Some(2.0)),
        ],
    );
}

#[test]
fn the_first_of_a_person_s_tabs_counts_and_more_tabs_are_an_advantage() {
    // Four persons with one tab, one of whom buys; two with two tabs, one of whom buys: 1/2 against 1/4.
    let mut tale = Tale::of(&roster(&[6], 2));
    for person in 0..6 {
        tale.joins(101, tab(person, 0));
    }
    for person in 4..6 {
        tale.joins(103, tab(person, 1));
    }
    tale.turn(104, tab(4, 1)).buys(105, tab(4, 1)).stops(106, tab(4, 0), Stop::Sibling);
    tale.turn(107, tab(0, 0)).buys(108, tab(0, 0));
    (1..4).for_each(|person| {
        tale.refused(109, tab(person, 0));
    });
    tale.refused(109, tab(5, 0)).refused(109, tab(5, 1));
    check(
        &tale.end(),
        &[
            (names::FAIRNESS_MULTI_SESSION_ADVANTAGE, Some(2.0)),
            (names::FAIRNESS_MULTI_SESSION_ADVANTAGE_K2, Some(2.0)),
            (names::FAIRNESS_MULTI_SESSION_ADVANTAGE_K3, None),
            (names::CROWD_SESSIONS, Some(8.0)),
            (names::SILENT_TABLE_KNOWN_PURCHASE, Some(2.0)),
            (names::SILENT_TABLE_KNOWN_REJECTION, Some(4.0)),
            // Both winners joined at 101 s, whatever their other tabs did.
            (names::FAIRNESS_ENVY, Some(0.5)),
        ],
    );
}

#[test]
fn a_turn_issued_to_somebody_who_left_is_no_turn() {
    let mut tale = Tale::of(&roster(&[1], 1));
    tale.joins(101, tab(0, 0)).stops(110, tab(0, 0), Stop::Patience);
    tale.fact(120, Fact::TurnIssued { who: tab(0, 0), order: 0 });
    tale.fact(180, Fact::NoShow { who: tab(0, 0) });
    tale.fact(180, Fact::Decided { who: tab(0, 0), truth: Truth::Expired });
    let sheet = tale.end();
    check(&sheet, &[(names::SALE_TURNS_TO_NOBODY, Some(1.0)), (names::SALE_NO_SHOWS, Some(1.0))]);
    check(&sheet, &[(names::SILENT_TABLE_LEFT_BEFORE_DECISION_ANSWERED, Some(1.0))]);
    assert_eq!(sheet.values.iter().find(|v| v.name == names::FAIRNESS_SLIPS_P50).and_then(|v| v.n), Some(0));
}

#[test]
fn without_a_line_the_edge_stands_for_the_turn() {
    let mut roster = roster(&[3], 3);
    roster.has_line = false;
    let mut tale = Tale::of(&roster);
    for (person, edge) in [(0, 105), (1, 106), (2, 107)] {
        tale.fact(100 + u64::from(person), Fact::Arrived { person: PersonId(person) });
        tale.sends(100 + u64::from(person), tab(person, 0), Kind::SeatMap);
        let gateway = GatewayId(0);
        tale.fact(edge, Fact::Accepted { who: tab(person, 0), kind: Kind::SeatMap, gateway });
        tale.buys(200, tab(person, 0));
    }
    check(
        &tale.end(),
        &[
            (names::FAIRNESS_TAU_INTENT_TURN, Some(1.0)),
            (names::WAIT_MEAN, Some(5.0)),
            (names::FAIRNESS_DISPLACEMENT_MAX, Some(0.0)),
        ],
    );
}
