//! Each mechanism of silence is reached by its story, and every silent failure is counted at one.

use super::*;
use crate::metrics::names;

const NAME: &str = "silent.mechanism.";

fn value_of(sheet: &MetricSheet, name: &str) -> f64 {
    value(sheet, &format!("{NAME}{name}")).expect("a count")
}

/// The mechanism at which the only silent failure is counted.
fn cause(sheet: &MetricSheet) -> String {
    let counted = |v: &&crate::metrics::Value| {
        v.name.starts_with(NAME)
            && !v.name.ends_with(".touched")
            && v.cohort.is_none()
            && v.value != Some(0.0)
    };
    let causes: Vec<_> = sheet.values.iter().filter(counted).collect();
    assert_eq!(causes.len(), 1, "{causes:?}");
    assert_eq!((causes[0].value, causes[0].n), (Some(1.0), Some(1)));
    causes[0].name.trim_start_matches(NAME).to_owned()
}

/// Everything that ever applied to the one who hopes.
fn touched(sheet: &MetricSheet) -> Vec<String> {
    let counted = sheet.values.iter().filter(|v| v.name.ends_with(".touched") && v.value != Some(0.0));
    counted.map(|v| v.name.trim_start_matches(NAME).trim_end_matches(".touched").to_owned()).collect()
}

/// Person 0 hopes in vain and gives up at 400 s; person 1 buys the only seat at 200 s. All persons count.
fn hopes(story: impl FnOnce(&mut Tale, Who)) -> MetricSheet {
    let mut tale = Tale::of(&roster(&[2], 1));
    let (me, other) = (tab(0, 0), tab(1, 0));
    tale.joins(101, other).turn(102, other).joins(103, me);
    tale.buys(200, other).fact(200, Fact::LineClosed { sold_out: true });
    story(&mut tale, me);
    tale.stops(400, me, Stop::Patience).fact(900, Fact::Closed {});
    tale.end()
}

#[test]
fn a_request_without_an_answer_is_counted_at_what_became_of_it() {
    let (kind, gateway) = (Kind::Poll, GatewayId(0));
    let poll = |story: &dyn Fn(&mut Tale, Who)| {
        hopes(|tale, me| {
            tale.sends(300, me, kind);
            story(tale, me);
        })
    };
    let dropped = |tale: &mut Tale, who: Who| {
        tale.fact(300, Fact::SynDropped { who, kind, gateway });
    };
    assert_eq!(cause(&poll(&dropped)), "accept_queue_full");
    let waits = |tale: &mut Tale, me: Who| {
        tale.times_out(330, me, kind, Cause::BacklogWait);
    };
    assert_eq!(cause(&poll(&waits)), "accept_queue_full");
    let closed = |tale: &mut Tale, who: Who| {
        tale.fact(301, Fact::ConnectionClosed { who, kind, gateway, cause: Cause::ConnectionCap });
        tale.cannot_read(302, who, kind, Reply::ConnectionClosed, Cause::ConnectionCap);
    };
    assert_eq!(cause(&poll(&closed)), "connection_closed");
    assert_eq!(touched(&poll(&closed)), ["connection_closed"], "no status was there to read");
    let silenced = |tale: &mut Tale, who: Who| {
        tale.fact(301, Fact::Silenced { who, kind, gateway });
    };
    assert_eq!(cause(&poll(&silenced)), "deliberate_silence");
    let silenced_as_busy = |tale: &mut Tale, who: Who| {
        tale.fact(301, Fact::Silenced { who, kind, gateway });
        tale.times_out(330, who, kind, Cause::ConcurrencyLimit);
    };
    assert_eq!(touched(&poll(&silenced_as_busy)), ["deliberate_silence"]);
    let accepted_at_last = |tale: &mut Tale, who: Who| {
        tale.fact(300, Fact::SynDropped { who, kind, gateway })
            .fact(301, Fact::Accepted { who, kind, gateway });
        tale.times_out(330, who, kind, Cause::SlowUpstream);
    };
    assert_eq!(cause(&poll(&accepted_at_last)), "client_timeout");
    let lost = |tale: &mut Tale, who: Who| {
        tale.fact(300, Fact::Lost { who, kind, way: Direction::Up }).times_out(330, who, kind, Cause::LostUp);
    };
    assert_eq!(cause(&poll(&lost)), "network_loss");
    let slow = |tale: &mut Tale, me: Who| {
        tale.times_out(330, me, kind, Cause::SlowUpstream);
    };
    assert_eq!(cause(&poll(&slow)), "client_timeout");
    assert_eq!(cause(&poll(&|_: &mut Tale, _: Who| {})), "client_timeout", "left while waiting");
    let opaque = |tale: &mut Tale, me: Who| {
        tale.cannot_read(301, me, kind, Reply::GatewayBusy, Cause::ConcurrencyLimit);
    };
    assert_eq!(cause(&poll(&opaque)), "opaque_error");
    let limited = |tale: &mut Tale, me: Who| {
        tale.times_out(330, me, kind, Cause::RateLimit);
    };
    assert_eq!(cause(&poll(&limited)), "rate_limited_polling");
}

#[test]
fn the_last_mechanism_counts_and_the_others_are_listed() {
    let sheet = hopes(|tale, who| {
        let kind = Kind::Poll;
        tale.sends(300, who, kind).fact(300, Fact::Lost { who, kind, way: Direction::Up });
        tale.times_out(330, who, kind, Cause::LostUp);
        tale.sends(331, who, kind).cannot_read(332, who, kind, Reply::RateLimited, Cause::RateLimit);
    });
    assert_eq!(cause(&sheet), "opaque_error");
    assert_eq!(touched(&sheet), ["rate_limited_polling", "opaque_error", "network_loss"]);
    check(&sheet, &[(names::SILENT_FAILURE_RATE, Some(0.5)), (names::SILENT_CAUSE_OPAQUE, Some(1.0))]);
}

#[test]
fn an_answer_makes_good_what_went_before() {
    let sheet = hopes(|tale, me| {
        tale.sends(150, me, Kind::Poll).times_out(180, me, Kind::Poll, Cause::SlowUpstream);
        tale.sends(190, me, Kind::Poll).reads(191, me, Kind::Poll, Reply::InLine);
    });
    assert_eq!(cause(&sheet), "not_asked_again");
    assert_eq!(touched(&sheet), ["client_timeout", "not_asked_again"]);
}

#[test]
fn a_readable_429_while_polling_is_listed_though_it_is_no_silent_failure() {
    let sheet = hopes(|tale, me| {
        tale.sends(300, me, Kind::Poll).reads(301, me, Kind::Poll, Reply::RateLimited);
    });
    check(
        &sheet,
        &[(names::SILENT_FAILURE_RATE, Some(0.0)), (names::SILENT_TABLE_TOLD_NOT_FINAL, Some(1.0))],
    );
    assert_eq!(touched(&sheet), ["rate_limited_polling"]);
}

/// One person inside, and what becomes of the order.
fn orders(story: impl FnOnce(&mut Tale, Who)) -> MetricSheet {
    let mut tale = Tale::of(&roster(&[1], 9));
    let me = tab(0, 0);
    tale.joins(101, me).turn(102, me).decides(103, me, Truth::Active);
    story(&mut tale, me);
    tale.fact(900, Fact::Closed {});
    tale.end()
}

#[test]
fn work_done_after_its_504_is_told_by_nobody() {
    let answered_504 = |time: u64, who: Who, kind: Kind| {
        let (emitter, gateway) = (Emitter::Gateway, GatewayId(0));
        let reply = Reply::UpstreamTimeout;
        (time, Fact::Answered { who, kind, reply, emitter, gateway, cause: Cause::SlowUpstream })
    };
    let sheet = orders(|tale, me| {
        tale.holds(110, me);
        tale.sends(120, me, Kind::Pay).decides(121, me, Truth::Paying);
        let (time, fact) = answered_504(150, me, Kind::Pay);
        tale.fact(time, fact).cannot_read(150, me, Kind::Pay, Reply::UpstreamTimeout, Cause::SlowUpstream);
        tale.fact(160, Fact::Charged { who: me, duplicate: false });
        tale.fact(160, Fact::SeatSold { who: me, seat: SeatId(0) }).decides(160, me, Truth::Sold);
        tale.stops(170, me, Stop::AttemptsUsedUp);
    });
    assert_eq!(row_of_the_only_person(&sheet), "ghost_purchase");
    assert_eq!(cause(&sheet), "work_done_after_504");
    assert_eq!(touched(&sheet), ["opaque_error", "work_done_after_504"]);

    let told_by_the_next = orders(|tale, me| {
        tale.sends(110, me, Kind::Hold);
        let (time, fact) = answered_504(140, me, Kind::Hold);
        tale.fact(time, fact).cannot_read(140, me, Kind::Hold, Reply::UpstreamTimeout, Cause::SlowUpstream);
        tale.fact(150, Fact::SeatHeld { who: me, seat: SeatId(0) }).decides(150, me, Truth::Holding);
        tale.sends(160, me, Kind::Hold).reads(161, me, Kind::Hold, Reply::Held);
        tale.sends(162, me, Kind::Pay).fact(163, Fact::SeatSold { who: me, seat: SeatId(0) });
        tale.decides(163, me, Truth::Sold).reads(164, me, Kind::Pay, Reply::Confirmed);
        tale.stops(164, me, Stop::Bought);
    });
    assert_eq!(row_of_the_only_person(&told_by_the_next), "known_purchase");
    assert_eq!(touched(&told_by_the_next), ["opaque_error", "work_done_after_504"]);
    assert_eq!(value_of(&told_by_the_next, "work_done_after_504"), 0.0);
}

#[test]
fn a_lost_reply_hides_a_held_seat_and_a_lost_confirmation_a_ticket() {
    let kind = Kind::Hold;
    let held = orders(|tale, who| {
        tale.sends(110, who, kind).fact(111, Fact::SeatHeld { who, seat: SeatId(0) });
        tale.decides(111, who, Truth::Holding).fact(111, Fact::Lost { who, kind, way: Direction::Down });
        tale.times_out(140, who, kind, Cause::LostDown);
        tale.fact(711, Fact::SeatReturned { who, seat: SeatId(0), expired: true });
        tale.decides(711, who, Truth::Active).decides(711, who, Truth::Expired);
        tale.stops(800, who, Stop::Patience);
    });
    assert_eq!(row_of_the_only_person(&held), "silent_rejection");
    assert_eq!(cause(&held), "held_reply_lost");
    assert_eq!(touched(&held), ["held_reply_lost", "network_loss"], "nothing had been promised");

    let kind = Kind::Pay;
    let sold = orders(|tale, who| {
        tale.sold(110, who).fact(111, Fact::Lost { who, kind, way: Direction::Down });
        tale.times_out(140, who, kind, Cause::LostDown).stops(150, who, Stop::Patience);
    });
    assert_eq!(row_of_the_only_person(&sold), "ghost_purchase");
    assert_eq!(cause(&sold), "ticket_without_confirmation");
    let left_while_paying = orders(|tale, who| {
        let seat = tale.holds(110, who);
        tale.sends(120, who, kind).decides(120, who, Truth::Paying).stops(130, who, Stop::Patience);
        tale.fact(140, Fact::SeatSold { who, seat }).decides(140, who, Truth::Sold);
    });
    assert_eq!(cause(&left_while_paying), "ticket_without_confirmation");
}

#[test]
fn money_without_a_ticket_outlasts_what_came_after_it() {
    let sheet = orders(|tale, who| {
        let seat = tale.holds(110, who);
        tale.sends(120, who, Kind::Pay).decides(120, who, Truth::Paying);
        tale.fact(132, Fact::Charged { who, duplicate: false });
        tale.fact(132, Fact::PaymentReplyLost { who, charged: true }).decides(132, who, Truth::Holding);
        tale.cannot_read(133, who, Kind::Pay, Reply::PaymentUnknown, Cause::PaymentUnknown);
        tale.fact(710, Fact::SeatReturned { who, seat, expired: true }).decides(710, who, Truth::Active);
        tale.sends(720, who, Kind::Poll).times_out(750, who, Kind::Poll, Cause::SlowUpstream);
        tale.decides(760, who, Truth::Expired).stops(800, who, Stop::Patience);
    });
    assert_eq!(cause(&sheet), "charged_without_ticket");
    assert_eq!(
        touched(&sheet),
        ["opaque_error", "charged_without_ticket", "hold_stripped", "client_timeout"]
    );
    check(&sheet, &[(names::SALE_CHARGED_WITHOUT_TICKET, Some(1.0))]);

    let bought_in_the_end = orders(|tale, who| {
        let seat = tale.holds(110, who);
        tale.fact(132, Fact::PaymentReplyLost { who, charged: true });
        tale.sends(140, who, Kind::Pay).decides(140, who, Truth::Paying);
        tale.fact(141, Fact::SeatSold { who, seat }).decides(141, who, Truth::Sold);
        tale.reads(142, who, Kind::Pay, Reply::Confirmed).stops(142, who, Stop::Bought);
    });
    assert_eq!(touched(&bought_in_the_end), Vec::<String>::new());
}

#[test]
fn a_false_confirmation_is_one_even_where_nothing_was_charged() {
    let sheet = orders(|tale, me| {
        tale.sends(110, me, Kind::Pay).reads(111, me, Kind::Pay, Reply::Confirmed);
        tale.stops(111, me, Stop::Bought);
    });
    assert_eq!(row_of_the_only_person(&sheet), "phantom_purchase");
    assert_eq!(cause(&sheet), "false_confirmation");
}

#[test]
fn a_hold_that_runs_out_under_who_was_promised_it_is_a_broken_promise() {
    let story = |stays: bool| {
        orders(|tale, who| {
            let seat = tale.holds(110, who);
            if !stays {
                tale.stops(300, who, Stop::Patience);
            }
            tale.fact(710, Fact::SeatReturned { who, seat, expired: true });
            tale.decides(710, who, Truth::Active).decides(710, who, Truth::Expired);
            if stays {
                tale.stops(800, who, Stop::Patience);
            }
        })
    };
    let stripped = story(true);
    assert_eq!(cause(&stripped), "hold_stripped");
    check(
        &stripped,
        &[
            (names::TRUST_PROMISES_BROKEN, Some(1.0)),
            (names::TRUST_PROMISES_BROKEN_HOLD_STRIPPED, Some(1.0)),
            (names::TRUST_PROMISES_BROKEN_PLACE_LOST_UNSEEN, Some(0.0)),
        ],
    );
    check(
        &story(false),
        &[(names::TRUST_PROMISES_BROKEN, Some(0.0)), (names::SILENT_FAILURE_RATE, Some(0.0))],
    );
}

#[test]
fn places_turns_and_slots_that_go_unseen_are_told_apart() {
    let goes = |fact: Fact| {
        let mut tale = Tale::of(&roster(&[1], 9));
        let me = tab(0, 0);
        tale.joins(101, me).fact(300, fact).decides(300, me, Truth::Expired);
        tale.stops(400, me, Stop::Patience).fact(900, Fact::Closed {});
        tale.end()
    };
    let who = tab(0, 0);
    assert_eq!(cause(&goes(Fact::Skipped { who })), "place_expired_unseen");
    assert_eq!(cause(&goes(Fact::NoShow { who })), "turn_expired_unseen");
    assert_eq!(cause(&goes(Fact::DroppedInside { who })), "dropped_inside");
    check(&goes(Fact::Skipped { who }), &[(names::TRUST_PROMISES_BROKEN_PLACE_LOST_UNSEEN, Some(1.0))]);
    check(&goes(Fact::NoShow { who }), &[(names::TRUST_PROMISES_BROKEN_TURN_EXPIRED_UNSEEN, Some(1.0))]);
}

#[test]
fn who_was_told_of_a_turn_and_let_it_go_lost_nothing_unseen() {
    let mut tale = Tale::of(&roster(&[1], 9));
    let me = tab(0, 0);
    tale.joins(101, me).turn(110, me).fact(710, Fact::NoShow { who: me });
    tale.decides(710, me, Truth::Expired).stops(800, me, Stop::Patience);
    check(&tale.end(), &[(names::TRUST_PROMISES_BROKEN, Some(0.0))]);
}

#[test]
fn a_pause_freezes_the_line_for_whoever_is_not_informed() {
    let mut tale = Tale::of(&roster(&[4], 1));
    let [stands, informed, reads, joins_later] = [0, 1, 2, 3].map(|person| tab(person, 0));
    tale.joins(101, stands).joins(101, informed).joins(101, reads);
    tale.operates(120, OperatorAction::Pause).joins(130, joins_later);
    tale.fact(140, Fact::Informed { person: informed.person, word: Announcement::Paused, by_page: false });
    tale.sends(141, reads, Kind::Poll).reads(141, reads, Kind::Poll, Reply::SalePaused);
    tale.operates(600, OperatorAction::Resume);
    // What is said when all is over comes too late.
    tale.fact(601, Fact::Informed { person: stands.person, word: Announcement::Resumed, by_page: true });
    for who in [stands, informed, reads, joins_later] {
        tale.stops(950, who, Stop::Patience);
    }
    tale.fact(900, Fact::Closed {});
    let sheet = tale.end();
    check(
        &sheet,
        &[
            (names::SILENT_MECHANISM_FROZEN_LINE_TOUCHED, Some(2.0)),
            (names::SILENT_MECHANISM_FROZEN_LINE, Some(2.0)),
            (names::SILENT_MECHANISM_NOT_ASKED_AGAIN, Some(1.0)),
            (names::SILENT_TABLE_TOLD_NOT_FINAL, Some(1.0)),
        ],
    );
}

#[test]
fn a_line_that_goes_on_when_everything_is_sold_is_a_broken_promise() {
    // Person 0 hopes, person 1 buys the only seat at 200 s, and no line is told.
    let stays = one_hopes(|tale| {
        tale.stops(400, tab(0, 0), Stop::Patience);
    });
    check(
        &stays,
        &[
            (names::SILENT_MECHANISM_QUEUED_AFTER_SOLD_OUT, Some(1.0)),
            (names::SILENT_MECHANISM_NOT_ASKED_AGAIN, Some(0.0)),
        ],
    );
    let told = hopes(|_, _| {});
    assert_eq!(cause(&told), "not_asked_again");

    let mut tale = Tale::of(&roster(&[2], 1));
    let (first, late) = (tab(0, 0), tab(1, 0));
    tale.joins(101, first).turn(102, first).buys(200, first).joins(300, late);
    tale.stops(500, late, Stop::Patience);
    let sheet = tale.end();
    assert_eq!(cause(&sheet), "queued_after_sold_out");
    check(&sheet, &[(names::TRUST_PROMISES_BROKEN_QUEUED_AFTER_SOLD_OUT, Some(1.0))]);
}

#[test]
fn the_evicted_are_known_rejections_once_told_and_nobodys_losers() {
    let story = |told: bool| {
        let mut tale = Tale::of(&roster(&[3], 1));
        let (winner, me, newcomer) = (tab(0, 0), tab(1, 0), tab(2, 0));
        tale.joins(101, winner).joins(101, me).turn(102, winner);
        tale.decides(150, me, Truth::Evicted).sends(160, me, Kind::Poll);
        if told {
            tale.reads(161, me, Kind::Poll, Reply::Evicted).stops(161, me, Stop::Excluded);
        } else {
            tale.times_out(190, me, Kind::Poll, Cause::SlowUpstream);
            tale.sends(191, me, Kind::Poll).reads(192, me, Kind::Poll, Reply::InLine);
            tale.stops(300, me, Stop::Patience);
        }
        tale.fact(170, Fact::Arrived { person: newcomer.person }).sends(170, newcomer, Kind::Join);
        tale.decides(171, newcomer, Truth::TurnedAway);
        tale.reads(172, newcomer, Kind::Join, Reply::NewcomersRefused).stops(172, newcomer, Stop::Excluded);
        tale.buys(200, winner);
        tale.end()
    };
    let told = story(true);
    check(
        &told,
        &[
            (names::SILENT_TABLE_KNOWN_REJECTION, Some(2.0)),
            (names::SILENT_FAILURE_RATE, Some(0.0)),
            (names::SILENT_MECHANISM_EVICTED_UNTOLD_TOUCHED, Some(0.0)),
            (names::FAIRNESS_ENVY_LOSERS, Some(0.0)),
            (names::FAIRNESS_ENVY_EXCLUDED_EVICTED, Some(1.0)),
            (names::FAIRNESS_ENVY_EXCLUDED_TURNED_AWAY, Some(1.0)),
            (names::WAIT_CENSORED_COUNT, Some(2.0)),
            (names::LINE_EVICTIONS, Some(1.0)),
            (names::LINE_TURNED_AWAY, Some(1.0)),
            // 11 s after the eviction, 1 s after being turned away, at once for the buyer.
            (names::SILENT_DECISION_TO_KNOWLEDGE_P99, Some(11.0)),
            (names::SILENT_DECISION_TO_KNOWLEDGE_NEVER_TOLD, Some(0.0)),
        ],
    );
    let untold = story(false);
    check(
        &untold,
        &[
            (names::SILENT_TABLE_SILENT_REJECTION, Some(1.0)),
            (names::SILENT_MECHANISM_EVICTED_UNTOLD, Some(0.0)),
            (names::SILENT_MECHANISM_EVICTED_UNTOLD_TOUCHED, Some(1.0)),
            (names::SILENT_EVICTIONS, Some(1.0)),
            (names::SILENT_EVICTIONS_UNTOLD, Some(1.0)),
            (names::SILENT_EVICTIONS_LAG_P50, None),
        ],
    );
}

#[test]
fn one_tab_that_is_out_of_the_line_leaves_the_other_to_hope_for() {
    let story = |first_out: bool, both_out: bool| {
        let mut tale = Tale::of(&roster(&[1], 9));
        let (one, other) = (tab(0, 0), tab(0, 1));
        tale.joins(101, one).joins(101, other);
        let mut out = |who: Who, time: u64| {
            tale.decides(time, who, Truth::Evicted).sends(time, who, Kind::Poll);
            tale.reads(time + 1, who, Kind::Poll, Reply::Evicted).stops(time + 1, who, Stop::Excluded);
        };
        if first_out {
            out(one, 150);
        }
        if both_out {
            out(other, 300);
        } else {
            tale.stops(400, other, Stop::Patience);
        }
        if !first_out {
            tale.stops(200, one, Stop::Patience);
        }
        row_of_the_only_person(&tale.end())
    };
    assert_eq!(story(true, true), "known_rejection");
    assert_eq!(story(true, false), "left_before_decision_answered");
}
