//! Belief against truth: each row of the table is reached by its story.

use super::*;
use crate::metrics::names;

#[test]
fn every_row_of_the_table_is_reached_by_its_story() {
    let me = tab(0, 0);
    let told_no = one_hopes(|tale| {
        tale.refused(200, me);
    });
    assert_eq!(row_of_the_only_person(&told_no), "known_rejection");

    let hopes_on = one_hopes(|tale| {
        tale.sends(300, me, Kind::Poll).reads(301, me, Kind::Poll, Reply::InLine);
        tale.stops(400, me, Stop::Patience);
    });
    assert_eq!(row_of_the_only_person(&hopes_on), "silent_rejection");
    check(
        &hopes_on,
        &[(names::SILENT_FAILURE_RATE, Some(1.0)), (names::SILENT_CAUSE_AS_IF_UNDECIDED, Some(1.0))],
    );

    let times_out = one_hopes(|tale| {
        tale.sends(300, me, Kind::Poll)
            .fact(330, Fact::TimedOut { who: me, kind: Kind::Poll, cause: Cause::SlowUpstream });
        tale.stops(400, me, Stop::Patience);
    });
    assert_eq!(row_of_the_only_person(&times_out), "silent_rejection");
    check(&times_out, &[(names::SILENT_CAUSE_HANG, Some(1.0)), (names::TIMEOUTS_CLIENT, Some(1.0))]);

    let sees_503 = one_hopes(|tale| {
        tale.sends(300, me, Kind::Poll).reads(301, me, Kind::Poll, Reply::GatewayBusy);
        tale.stops(400, me, Stop::Patience);
    });
    assert_eq!(row_of_the_only_person(&sees_503), "told_not_final");

    let cut = one_hopes(|tale| {
        tale.fact(1000, Fact::Cut { who: me, standing: Unresolved::InLine });
    });
    assert_eq!(row_of_the_only_person(&cut), "silent_rejection");

    let left = one_hopes(|tale| {
        tale.stops(200, me, Stop::Patience);
    });
    assert_eq!(row_of_the_only_person(&left), "left_before_decision_answered");

    let left_in_silence = one_hopes(|tale| {
        let reading = Reading::Opaque(Reply::UpstreamTimeout);
        tale.sends(150, me, Kind::Poll)
            .fact(160, Fact::Heard { who: me, kind: Kind::Poll, reading, cause: reading.reply().cause() });
        tale.stops(170, me, Stop::Patience).sends(170, me, Kind::Leave);
    });
    assert_eq!(row_of_the_only_person(&left_in_silence), "left_before_decision_silent");
}

#[test]
fn a_sale_without_a_confirmation_is_a_ghost_and_the_other_way_round_a_phantom() {
    let me = tab(0, 0);
    let story =
        |paid: bool, confirmed: bool| {
            let mut tale = Tale::of(&roster(&[1], 2));
            tale.joins(101, me).turn(102, me);
            if paid {
                tale.sold(110, me);
            } else {
                tale.sends(110, me, Kind::Pay);
            }
            if confirmed {
                tale.reads(111, me, Kind::Pay, Reply::Confirmed).stops(111, me, Stop::Bought);
            } else {
                tale.fact(140, Fact::TimedOut { who: me, kind: Kind::Pay, cause: Cause::SlowUpstream })
                    .stops(140, me, Stop::Patience);
            }
            row_of_the_only_person(&tale.end())
        };
    assert_eq!(story(true, true), "known_purchase");
    assert_eq!(story(true, false), "ghost_purchase");
    assert_eq!(story(false, true), "phantom_purchase");
}

#[test]
fn an_unanswered_payment_leaves_a_final_no_in_doubt() {
    let (pays, asks) = (tab(0, 0), tab(0, 1));
    let sheet = one_hopes(|tale| {
        tale.sends(150, pays, Kind::Pay)
            .fact(160, Fact::TimedOut { who: pays, kind: Kind::Pay, cause: Cause::SlowUpstream });
        tale.sends(161, asks, Kind::Hold).reads(210, asks, Kind::Hold, Reply::SoldOut);
        tale.stops(210, asks, Stop::ToldNo).stops(211, pays, Stop::Sibling);
    });
    assert_eq!(row_of_the_only_person(&sheet), "silent_rejection");
}

#[test]
fn a_late_record_of_an_earlier_decision_counts_at_its_own_time() {
    let me = tab(0, 0);
    let sheet = one_hopes(|tale| {
        tale.stops(400, me, Stop::Patience);
        tale.fact(200, Fact::Decided { who: me, truth: Truth::RefusedSoldOut });
    });
    assert_eq!(row_of_the_only_person(&sheet), "silent_rejection");
    check(&sheet, &[(names::WAIT_REFUSED_MEAN, Some(97.0))]);
    // Nobody is in line after 200 s, though that was only recorded at 400 s.
    let in_line = sheet.timeline.series.iter().find(|s| s.name == "in_line").expect("there is one");
    let start = sheet.timeline.start_us;
    let of_second = |s: u64| in_line.values[((s * 1_000_000 - start) / sheet.timeline.window_us) as usize];
    assert!((of_second(190) - 1.0).abs() < 0.1 && of_second(210).abs() < 0.1);
}

#[test]
fn who_is_still_there_undecided_at_the_horizon_is_named() {
    let mut tale = Tale::of(&roster(&[3], 5));
    tale.joins(101, tab(0, 0)).fact(1000, Fact::Cut { who: tab(0, 0), standing: Unresolved::InLine });
    tale.joins(102, tab(1, 0)).turn(103, tab(1, 0));
    tale.fact(1000, Fact::Decided { who: tab(1, 0), truth: Truth::RefusedClosed });
    tale.fact(1000, Fact::Cut { who: tab(1, 0), standing: Unresolved::Inside });
    check(
        &tale.end(),
        &[
            (names::SILENT_TABLE_UNRESOLVED, Some(2.0)),
            (names::SILENT_UNRESOLVED_IN_LINE, Some(1.0)),
            (names::SILENT_UNRESOLVED_INSIDE, Some(1.0)),
            (names::WAIT_CENSORED_COUNT, Some(1.0)),
            (names::WAIT_CENSORED_MEAN, Some(899.0)),
        ],
    );
}
