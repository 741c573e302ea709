//! What refusals look like, who logs them, and who could tell them apart.

use super::*;
use crate::metrics::names;

fn of_gateway(who: Who, kind: Kind, reply: Reply, cause: Cause) -> Fact {
    Fact::Answered { who, kind, reply, emitter: Emitter::Gateway, gateway: GatewayId(0), cause }
}

fn sees(who: Who, reading: Reading, cause: Cause) -> Fact {
    Fact::Heard { who, kind: Kind::Poll, reading, cause }
}

#[test]
fn a_504_that_looks_the_same_for_two_causes_tells_neither() {
    let (me, kind, reply) = (tab(0, 0), Kind::Poll, Reply::UpstreamTimeout);
    let mut tale = Tale::of(&roster(&[1], 1));
    tale.joins(101, me);
    for (time, cause, reading) in [
        (120, Cause::SlowUpstream, Reading::Answer(reply)),
        (130, Cause::DeliberateSilence, Reading::Answer(reply)),
        (140, Cause::SlowUpstream, Reading::Opaque(reply)),
    ] {
        tale.sends(time, me, kind).fact(time, of_gateway(me, kind, reply, cause));
        tale.fact(time, sees(me, reading, cause));
    }
    tale.sends(150, me, Kind::Pay);
    tale.fact(150, of_gateway(me, Kind::Pay, Reply::PaymentUnknown, Cause::PaymentUnknown));
    tale.fact(151, Fact::Ignored { who: me, reply: Reply::PaymentUnknown });
    tale.stops(160, me, Stop::Patience);
    check(
        &tale.end(),
        &[
            (names::TIMEOUTS_504_BY_CAUSE_SLOW_UPSTREAM, Some(2.0)),
            (names::TIMEOUTS_504_BY_CAUSE_DELIBERATE_SILENCE, Some(1.0)),
            (names::TIMEOUTS_504_BY_CAUSE_PAYMENT, Some(1.0)),
            // Only the unreadable one had one cause alone.
            (names::TIMEOUTS_504_TOLD_APART, Some(1.0 / 3.0)),
            (names::TRUST_OPAQUE_ERROR_SHARE, Some(1.0 / 3.0)),
        ],
    );
}

#[test]
fn refusals_explain_all_nothing_or_are_not_there() {
    let shown = |readings: &[(Cause, Reading)]| {
        let me = tab(0, 0);
        let mut tale = Tale::of(&roster(&[1], 1));
        tale.joins(101, me);
        for (cause, reading) in readings {
            tale.sends(120, me, Kind::Poll).fact(121, sees(me, *reading, *cause));
        }
        tale.stops(130, me, Stop::Patience);
        value(&tale.end(), names::TRUST_EXPLANATION)
    };
    let (busy, limited) = (Reply::GatewayBusy, Reply::RateLimited);
    let (concurrency, rate) = (Cause::ConcurrencyLimit, Cause::RateLimit);
    assert_eq!(shown(&[(concurrency, Reading::Opaque(busy)), (rate, Reading::Opaque(limited))]), Some(0.0));
    assert_eq!(shown(&[(concurrency, Reading::Answer(busy)), (rate, Reading::Answer(limited))]), Some(1.0));
    assert_eq!(shown(&[(concurrency, Reading::Answer(busy))]), None);
    assert_eq!(shown(&[]), None);
}

#[test]
fn what_is_dropped_closed_lost_or_timed_out_is_in_no_log() {
    let (me, kind, gateway) = (tab(0, 0), Kind::Poll, GatewayId(0));
    let mut tale = Tale::of(&roster(&[1], 1));
    // One attempt served, one logged as a failure, two that nobody logs.
    tale.joins(101, me);
    tale.sends(102, me, kind).reads(102, me, kind, Reply::GatewayBusy);
    tale.sends(103, me, kind).fact(103, Fact::SynDropped { who: me, kind, gateway });
    tale.times_out(104, me, kind, Cause::BacklogFull);
    tale.sends(105, me, kind);
    tale.fact(105, Fact::ConnectionClosed { who: me, kind, gateway, cause: Cause::GatewayDown });
    tale.cannot_read(105, me, kind, Reply::ConnectionClosed, Cause::GatewayDown);
    tale.sends(106, me, Kind::Leave).stops(106, me, Stop::Patience);
    let sheet = tale.end();
    check(
        &sheet,
        &[
            (names::SILENT_OBSERVABILITY_GAP, Some(0.75 - 0.5)),
            // Windows of a second: gray is the one of the timeout alone; health was red at 102 s and at 105 s.
            (names::SILENT_OBSERVABILITY_GAP_MAX, Some(1.0)),
            (names::SILENT_GRAY_TIME, Some(1.0)),
            (names::AVAILABILITY_ATTEMPTS, Some(0.25)),
            (names::AVAILABILITY_LOGGED, Some(0.5)),
            (names::REFUSALS_503, Some(1.0)),
            (names::REQUESTS_SYN_DROPPED, Some(1.0)),
            (names::REQUESTS_CLOSED, Some(1.0)),
        ],
    );
    let series =
        |name: &str| &sheet.timeline.series.iter().find(|s| s.name == name).expect("it is there").values;
    assert_eq!(series("attempts.ended"), &[1.0, 1.0, 0.0, 1.0, 1.0, 0.0]);
    assert_eq!(series("attempts.failed"), &[0.0, 1.0, 0.0, 1.0, 1.0, 0.0]);
    assert_eq!(series("logged.failed"), &[0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(series("observability_gap"), &[0.0, 0.0, 0.0, 1.0, 1.0, 0.0]);
}

#[test]
fn a_folded_poll_is_an_attempt_on_both_sides() {
    let me = tab(0, 0);
    let mut tale = Tale::of(&roster(&[1], 1));
    tale.joins(101, me);
    for _ in 0..3 {
        let (up, down) = (Span::from_ms(40), Span::from_ms(60));
        tale.fact(102, Fact::Polled { who: me, gateway: GatewayId(0), up, down, position: 3 });
    }
    tale.sends(103, me, Kind::Poll).times_out(104, me, Kind::Poll, Cause::LostUp);
    tale.stops(105, me, Stop::Patience);
    check(
        &tale.end(),
        &[
            (names::AVAILABILITY_ATTEMPTS, Some(0.8)),
            (names::AVAILABILITY_LOGGED, Some(1.0)),
            (names::SILENT_OBSERVABILITY_GAP, Some(0.2)),
        ],
    );
}

#[test]
fn nobody_sees_and_logs_nothing() {
    check(
        &Tale::of(&roster(&[3], 1)).end(),
        &[
            (names::SILENT_OBSERVABILITY_GAP, None),
            (names::SILENT_OBSERVABILITY_GAP_MAX, None),
            (names::SILENT_GRAY_TIME, Some(0.0)),
            (names::AVAILABILITY_ATTEMPTS, None),
            (names::AVAILABILITY_LOGGED, None),
            (names::AVAILABILITY_USER_UPTIME, None),
            (names::AVAILABILITY_WINDOWED_1M, None),
            (names::TIMEOUTS_504_TOLD_APART, None),
            (names::TRUST_EXPLANATION, None),
            (names::TRUST_OPAQUE_ERROR_SHARE, None),
            (names::WORK_WASTED_REQUESTS, None),
        ],
    );
}

#[test]
fn calls_end_well_or_not_and_whoever_comes_back_too_early_is_counted() {
    let (me, kind) = (tab(0, 0), Kind::Poll);
    let limited = |reading: fn(Reply) -> Reading| Fact::Heard {
        who: me,
        kind,
        reading: reading(Reply::RateLimited),
        cause: Cause::RateLimit,
    };
    let sent = |first_try| Fact::Sent { who: me, kind, first_try };
    let mut tale = Tale::of(&roster(&[1], 1));
    tale.joins(101, me);
    // A wait of 30 s is named; the first one comes back after 10, the second after 40.
    tale.fact(120, sent(true)).fact(120, limited(Reading::Answer));
    tale.fact(130, sent(false)).fact(130, limited(Reading::Opaque));
    tale.fact(170, sent(false));
    tale.fact(
        171,
        Fact::Heard { who: me, kind, reading: Reading::Answer(Reply::InLine), cause: Cause::None },
    );
    tale.fact(180, Fact::FailedFast { who: me, kind, first_try: true });
    tale.fact(181, Fact::BreakerOpened { who: me }).fact(182, Fact::RetryDenied { who: me, kind });
    tale.stops(190, me, Stop::AttemptsUsedUp);
    let sheet = tale.end();
    check(
        &sheet,
        &[
            (names::RETRIES_TOO_EARLY, Some(1.0)),
            (names::RETRIES_FAILED_FAST, Some(1.0)),
            (names::RETRIES_BREAKER_OPENINGS, Some(1.0)),
            (names::RETRIES_DENIED, Some(1.0)),
            (names::RETRIES_DENIED_NEXT_PEER, Some(0.0)),
        ],
    );
    let n = |name: &str| sheet.values.iter().find(|value| value.name == name).and_then(|value| value.n);
    assert_eq!((n(names::RETRIES_TOO_EARLY), n(names::RETRIES_DENIED)), (Some(2), Some(3)));
}
