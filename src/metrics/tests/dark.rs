//! How long persons were in the dark, before the decision and after it.

use super::*;
use crate::metrics::names;

/// One person in line since 101 s, and their story.
fn alone(story: impl FnOnce(&mut Tale, Who)) -> MetricSheet {
    let mut tale = Tale::of(&roster(&[1], 2));
    let me = tab(0, 0);
    tale.joins(101, me);
    story(&mut tale, me);
    tale.end()
}

fn dark(sheet: &MetricSheet) -> f64 {
    value(sheet, names::SILENT_AMBIGUITY_MEAN).expect("somebody came")
}

#[test]
fn whoever_is_answered_in_time_is_never_in_the_dark() {
    let sheet = alone(|tale, me| {
        tale.sends(121, me, Kind::Poll).reads(131, me, Kind::Poll, Reply::InLine);
        // Thinking for minutes is no silence: nothing was asked.
        tale.turn(151, me).sends(152, me, Kind::SeatMap).decides(152, me, Truth::Active);
        tale.reads(153, me, Kind::SeatMap, Reply::SeatMap).buys(500, me);
    });
    check(
        &sheet,
        &[(names::SILENT_AMBIGUITY_MEAN, Some(0.0)), (names::SILENT_AMBIGUITY_PERSON_HOURS, Some(0.0))],
    );
}

#[test]
fn the_dark_begins_ten_seconds_after_the_first_request_in_vain_and_ends_with_news() {
    let sheet = alone(|tale, me| {
        tale.sends(121, me, Kind::Poll).times_out(151, me, Kind::Poll, Cause::SlowUpstream);
        tale.sends(171, me, Kind::Poll).cannot_read(
            172,
            me,
            Kind::Poll,
            Reply::GatewayBusy,
            Cause::ConcurrencyLimit,
        );
        // 131 to 200 s: 69 s. A readable 503 is news, and the next request has 10 s again.
        tale.sends(199, me, Kind::Poll).reads(200, me, Kind::Poll, Reply::GatewayBusy);
        tale.sends(220, me, Kind::Poll).reads(231, me, Kind::Poll, Reply::InLine);
        tale.stops(240, me, Stop::Patience);
    });
    assert_eq!(dark(&sheet), 70.0);
    check(
        &sheet,
        &[
            (names::SILENT_AMBIGUITY_P95, Some(70.0)),
            (names::SILENT_AMBIGUITY_PERSON_HOURS, Some(70.0 / 3600.0)),
        ],
    );
}

#[test]
fn an_answer_that_was_not_true_when_made_is_no_news() {
    let sheet = alone(|tale, me| {
        tale.decides(110, me, Truth::Evicted);
        tale.sends(121, me, Kind::Poll).reads(122, me, Kind::Poll, Reply::InLine);
        tale.sends(142, me, Kind::Poll).reads(143, me, Kind::Poll, Reply::Evicted);
        tale.stops(143, me, Stop::Excluded);
    });
    assert_eq!(dark(&sheet), 12.0);
}

#[test]
fn the_dark_ends_with_giving_up_and_otherwise_with_the_horizon() {
    let gives_up = alone(|tale, me| {
        tale.sends(121, me, Kind::Poll).stops(181, me, Stop::Patience).sends(181, me, Kind::Leave);
    });
    assert_eq!(dark(&gives_up), 50.0);
    let stays = alone(|tale, me| {
        tale.sends(121, me, Kind::Poll).fact(1000, Fact::Cut { who: me, standing: Unresolved::InLine });
    });
    assert_eq!(dark(&stays), 869.0);
}

#[test]
fn news_in_one_tab_is_news_for_the_person() {
    let sheet = alone(|tale, me| {
        let other = tab(0, 1);
        tale.joins(102, other);
        tale.sends(121, me, Kind::Poll);
        tale.sends(145, other, Kind::Poll).reads(146, other, Kind::Poll, Reply::InLine);
        tale.sends(150, other, Kind::Poll).reads(151, other, Kind::Poll, Reply::InLine);
        tale.stops(160, me, Stop::Patience).stops(160, other, Stop::Patience);
    });
    // 131 to 146 s.
    assert_eq!(dark(&sheet), 15.0);
}

#[test]
fn a_folded_poll_counts_as_the_poll_it_stands_for() {
    let polled = |up: u64, down: u64| {
        alone(|tale, me| {
            let (up, down) = (Span::from_secs(up), Span::from_secs(down));
            tale.fact(150, Fact::Polled { who: me, gateway: GatewayId(0), up, down, position: 3 });
            tale.stops(200, me, Stop::Patience);
        })
    };
    assert_eq!(dark(&polled(1, 2)), 0.0);
    assert_eq!(dark(&polled(9, 4)), 3.0);
    let in_two_tabs = alone(|tale, me| {
        let (other, gateway) = (tab(0, 1), GatewayId(0));
        tale.joins(102, other);
        tale.sends(121, other, Kind::Poll);
        let (up, down) = (Span::from_secs(1), Span::from_secs(1));
        tale.fact(150, Fact::Polled { who: me, gateway, up, down, position: 3 });
        tale.stops(152, me, Stop::Patience).stops(152, other, Stop::Patience);
    });
    assert_eq!(dark(&in_two_tabs), 20.0);
}

#[test]
fn the_never_told_are_infinitely_late() {
    let lag = |told: u32, silent: u32| {
        let mut tale = Tale::of(&roster(&[told + silent + 1], 1));
        let winner = tab(told + silent, 0);
        (0..=told + silent).for_each(|person| {
            tale.joins(101, tab(person, 0));
        });
        tale.turn(150, winner).buys(200, winner);
        for person in 0..told {
            let me = tab(person, 0);
            tale.decides(200, me, Truth::RefusedSoldOut);
            tale.sends(200, me, Kind::Poll).reads(201 + u64::from(person), me, Kind::Poll, Reply::SoldOut);
            tale.stops(201 + u64::from(person), me, Stop::ToldNo);
        }
        (told..told + silent).for_each(|person| {
            tale.stops(300, tab(person, 0), Stop::Patience);
        });
        tale.end()
    };
    // Lags of 0 (the buyer), 1 and 2 s, and one who is never told.
    check(
        &lag(2, 1),
        &[
            (names::SILENT_DECISION_TO_KNOWLEDGE_P50, Some(1.0)),
            (names::SILENT_DECISION_TO_KNOWLEDGE_P95, None),
            (names::SILENT_DECISION_TO_KNOWLEDGE_MEAN_OF_TOLD, Some(1.0)),
            (names::SILENT_DECISION_TO_KNOWLEDGE_NEVER_TOLD, Some(1.0)),
            // 1 s and 2 s of those told, 100 s of the one who was not.
            (names::TRUST_WASTED_WAIT_PERSON_HOURS, Some(103.0 / 3600.0)),
        ],
    );
    check(&lag(1, 0), &[(names::SILENT_DECISION_TO_KNOWLEDGE_P99, Some(1.0))]);
    check(&lag(0, 3), &[(names::SILENT_DECISION_TO_KNOWLEDGE_P50, None)]);
    let nobody = Tale::of(&roster(&[3], 5)).end();
    check(
        &nobody,
        &[
            (names::SILENT_DECISION_TO_KNOWLEDGE_P50, None),
            (names::SILENT_DECISION_TO_KNOWLEDGE_MEAN_OF_TOLD, None),
            (names::SILENT_DECISION_TO_KNOWLEDGE_NEVER_TOLD, Some(0.0)),
            (names::SILENT_AMBIGUITY_MEAN, None),
            (names::SILENT_AMBIGUITY_PERSON_HOURS, Some(0.0)),
        ],
    );
}

#[test]
fn in_line_it_was_decided_when_nothing_was_left_whenever_the_line_was_told() {
    let sheet = one_hopes(|tale| {
        let me = tab(0, 0);
        tale.fact(900, Fact::Closed {}).fact(900, Fact::LineClosed { sold_out: false });
        tale.decides(900, me, Truth::RefusedClosed);
        tale.sends(905, me, Kind::Poll).reads(906, me, Kind::Poll, Reply::SaleClosed);
        tale.stops(906, me, Stop::ToldNo);
    });
    check(
        &sheet,
        &[(names::SILENT_DECISION_TO_KNOWLEDGE_P50, Some(706.0)), (names::WAIT_REFUSED_MEAN, Some(97.0))],
    );
}

#[test]
fn a_confirmation_that_comes_late_is_known_when_it_comes() {
    let mut tale = Tale::of(&roster(&[1], 2));
    let me = tab(0, 0);
    tale.joins(101, me).turn(102, me).sold(110, me);
    tale.times_out(140, me, Kind::Pay, Cause::SlowUpstream);
    tale.reads(150, me, Kind::Pay, Reply::Confirmed).stops(150, me, Stop::Bought);
    let sheet = tale.end();
    assert_eq!(row_of_the_only_person(&sheet), "known_purchase");
    check(
        &sheet,
        &[(names::SILENT_DECISION_TO_KNOWLEDGE_P50, Some(40.0)), (names::SILENT_AMBIGUITY_MEAN, Some(30.0))],
    );
}
