//! What the system had to bear, what it refused, and what its codes told.

use super::number_rounded;
use crate::experiment::result::RunResult;
use crate::metrics::names;
use crate::report::formatting::{count, counted, duration, instant, listed, or_nothing, percent};
use crate::report::readings::{peak, sum};
use std::fmt::Write;

/// What the system had to bear.
pub(super) fn load(result: &RunResult) -> String {
    let Some(requests) = result.value(names::LOAD_REQUESTS) else {
        return "Requests were not counted.".to_owned();
    };
    let mut text = counted(requests, "request", "requests");
    if let Some(each) = result.value(names::LOAD_REQUESTS_PER_TICKET) {
        let _ = write!(text, ", {} for each ticket sold", number_rounded(each));
    }
    if let Some(polls) = result.value(names::LOAD_POLLS).filter(|polls| *polls >= 1.0) {
        let _ = write!(text, ", {} of them polls", percent(polls / requests));
    }
    if let Some((rate, at)) = peak(result, "requests") {
        let _ = write!(text, "; the peak was {} a second at {}", number_rounded(rate), instant(at));
    }
    text.push('.');
    text.push_str(&queue(result));
    text.push_str(&refusals(result));
    text.push_str(&timeouts(result));
    text
}

/// When there was a queue at all, and who was called back to it.
fn queue(result: &RunResult) -> String {
    let mut text = String::new();
    if let Some(times) = result.value(names::LINE_SWITCHED_ON) {
        let lasted = or_nothing(result.value(names::LINE_ON_S), duration);
        let _ = match times {
            0.0 => write!(text, " The queue was never switched on."),
            times => {
                write!(text, " The queue was switched on {}, for {lasted}.", counted(times, "time", "times"))
            }
        };
    }
    let asked = result.value(names::CALL_BACK_ASKED).filter(|asked| *asked >= 1.0);
    if let Some(asked) = asked {
        let sum = |turns: &str, ends: &str| sum(&[result.value(turns), result.value(ends)]).unwrap_or(0.0);
        let sent = sum(names::CALL_BACK_TURNS_MAILED, names::CALL_BACK_ENDS_MAILED);
        let read = sum(names::CALL_BACK_TURNS_READ, names::CALL_BACK_ENDS_READ);
        let (people, mails) = (counted(asked, "person", "persons"), counted(sent, "mail", "mails"));
        let _ = write!(text, " {people} left an address and went away: {mails}, {} read.", count(read));
    }
    text
}

/// The parts that were at all, as a list of counts with words.
fn parts(parts: &[(Option<f64>, &str)]) -> Vec<String> {
    let some = |(value, words): &(Option<f64>, &str)| {
        value.filter(|value| *value >= 1.0).map(|value| format!("{} {words}", count(value)))
    };
    parts.iter().filter_map(some).collect()
}

/// How many requests were refused, and by whom.
fn refusals(result: &RunResult) -> String {
    let value = |name: &str| result.value(name);
    let gateway = value(names::REFUSALS_GATEWAY_503);
    let station = value(names::REFUSALS_STATION_503);
    let others = value(names::REFUSALS_503).map(|all| all - gateway.unwrap_or(0.0) - station.unwrap_or(0.0));
    let refused = parts(&[
        (gateway, "by a full gateway (503)"),
        (station, "by a full queue of a service (503)"),
        (others, "by a pause or a provider out of reach (503)"),
        (value(names::REFUSALS_502), "by a broken upstream (502)"),
        (value(names::REFUSALS_429), "by the rate limit (429)"),
    ]);
    let ended = parts(&[
        (value(names::TIMEOUTS_CLIENT), "ended by the client's own timeout"),
        (value(names::REQUESTS_CLOSED), "cut off by a gateway without a reply"),
    ]);
    match (refused.as_slice(), ended.as_slice()) {
        ([], []) if timed_out(result) >= 1.0 => String::new(),
        ([], []) => " Nothing was refused and nothing timed out.".to_owned(),
        ([], ended) => format!(" {}.", listed(ended)),
        (refused, []) => format!(" Refused: {}.", listed(refused)),
        (refused, ended) => format!(" Refused: {}; {}.", listed(refused), listed(ended)),
    }
}

/// How many requests ended in a 504.
fn timed_out(result: &RunResult) -> f64 {
    let all = [result.value(names::TIMEOUTS_GATEWAY_504), result.value(names::TIMEOUTS_PAYMENT_504)];
    let by_cause = ["slow_upstream", "deliberate_silence", "payment"]
        .map(|cause| result.value(&format!("timeouts.504.by_cause.{cause}")));
    sum(&by_cause).or_else(|| sum(&all)).unwrap_or(0.0)
}

/// The 504 by their causes, and whether a client could tell them apart.
fn timeouts(result: &RunResult) -> String {
    let all = timed_out(result);
    if all < 1.0 {
        return String::new();
    }
    let cause = |name: &str| result.value(&format!("timeouts.504.by_cause.{name}"));
    let causes = parts(&[
        (cause("slow_upstream"), "because the backend was slow"),
        (cause("deliberate_silence"), "on purpose (deliberate silence: decided, and not answered)"),
        (cause("payment"), "because payment did not answer"),
    ]);
    let mut text = match causes.as_slice() {
        [] => format!(" {}", counted(all, "request timed out (504)", "requests timed out (504)")),
        [only] => format!(" 504: {only}"),
        several => format!(" {} of 504: {}", count(all), listed(several)),
    };
    if let Some(told) = result.value(names::TIMEOUTS_504_TOLD_APART) {
        let _ = write!(text, "; a client could tell why in {} of them", percent(told));
    }
    text.push('.');
    text
}
