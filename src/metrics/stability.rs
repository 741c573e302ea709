//! Did the sale come back after something upset it? A metastable failure is one that outlives its cause: the fault is
//! mended, the surge is over, and the work of retries alone keeps everybody from being answered (N. Bronson et al.,
//! "Metastable Failures in Distributed Systems", `HotOS` 2021; L. Huang et al., "Metastable Failures in the Wild", OSDI 2022).
//!
//! Goodput here is requests to services that were answered as asked and heard in time. It is counted in bins of a client's
//! timeout, and looked at over windows of ten:
//!
//! ```text
//!   |--- before ---|-- upset --|===== window =====|  ...  |===== last window =====|
//!     first tries,               first tries as before?     goodput under a half: metastable
//!     goodput                    goodput over a half: recovered, since its first bin
//! ```
//!
//! A backlog that drains while clients wait is a recovery, however slow. Windows in which other loads come (half as much,
//! or half more) say nothing; nor does what comes once nothing is left to be sold.

use super::people::{News, People};
use super::{Definition, Metric, Recorder};
use crate::engine::time::{Span, Time};
use crate::protocol::{Cause, Fact, Reading, Roster};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const STABILITY_METASTABLE: &str = "stability.metastable";
    pub(crate) const STABILITY_TIME_TO_RECOVER: &str = "stability.time_to_recover";
}

/// Bins in a window.
const WINDOW: usize = 10;
/// Most bins of a run: with very short timeouts they are longer than those.
const BINS_MAX: u64 = 100_000;
/// Fewer bins, or fewer answers, before a disturbance are no state to come back to.
const BINS_BEFORE_MIN: usize = 3;
const ANSWERS_BEFORE_MIN: u64 = 30;

/// First tries and goodput over time.
pub(super) struct Stability {
    /// `None`: nothing upsets this sale, or no client has a timeout.
    bins: Option<Bins>,
    served: [bool; crate::protocol::Kind::ALL.len()],
}

/// Counts in bins of equal length, from time 0.
struct Bins {
    length: Span,
    first_tries: Vec<u64>,
    answers: Vec<u64>,
}

/// What became of one disturbance.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Judged {
    /// It came back, so long after the end of the disturbance.
    Recovered(Span),
    /// It never did.
    Stuck,
}

impl Metric for Stability {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::lower(
            names::STABILITY_METASTABLE,
            "1",
            "1: after a fault or surge had ended, goodput (requests to services answered as asked and heard in time) stayed \
             under half of what it was before, to the last window of ten client timeouts in which first tries came as \
             before; 0: it came back; null where nothing upsets the sale, or too little comes before or after it.",
        )
        .out_of("faults and surges that ended while first tries came as before"),
        Definition::lower(
            names::STABILITY_TIME_TO_RECOVER,
            "s",
            "The longest time from the end of a fault or surge until the first ten client timeouts over which goodput was \
             half or more of what it was before; null where it never was, or where there was nothing to recover from.",
        ),
    ];

    fn new(roster: &Roster) -> Stability {
        let disturbances = &roster.disturbances;
        let bins = disturbances.client_timeout.filter(|_| !disturbances.spans.is_empty()).map(|timeout| {
            let coarsest = roster.horizon.saturating_since(Time::ZERO).as_us() / BINS_MAX;
            let length = Span::from_us(timeout.as_us().max(coarsest).max(1));
            Bins { length, first_tries: Vec::new(), answers: Vec::new() }
        });
        Stability { bins, served: disturbances.served }
    }

    #[inline]
    fn hear(&mut self, at: Time, fact: &Fact, _news: &News) {
        let Some(bins) = &mut self.bins else { return };
        match *fact {
            Fact::Sent { kind, first_try: true, .. } if self.served[kind as usize] => {
                bins.add(at, |bins| &mut bins.first_tries);
            }
            Fact::Heard { kind, reading: Reading::Answer(_), cause: Cause::None, .. }
                if self.served[kind as usize] =>
            {
                bins.add(at, |bins| &mut bins.answers);
            }
            _ => {}
        }
    }

    fn finish(self, people: &People, recorder: &mut Recorder<'_>) {
        let spans = &recorder.roster.disturbances.spans;
        let over = people.nothing_left(None).unwrap_or(recorder.roster.horizon).min(recorder.roster.horizon);
        let judged: Vec<Judged> =
            self.bins.iter().flat_map(|bins| bins.judge_all(spans, over)).flatten().collect();
        let stuck = judged.contains(&Judged::Stuck);
        let longest = judged.iter().filter_map(|judged| match judged {
            Judged::Recovered(after) => Some(*after),
            Judged::Stuck => None,
        });
        let longest_s = longest.max().filter(|_| !stuck).map(Span::as_secs_f64);
        let n = judged.len() as u64;
        let verdict = (!judged.is_empty()).then_some(f64::from(u8::from(stuck)));
        recorder.put(names::STABILITY_METASTABLE, verdict).over(n);
        recorder.put(names::STABILITY_TIME_TO_RECOVER, longest_s).over(n);
    }
}

impl Bins {
    fn add(&mut self, at: Time, which: impl Fn(&mut Bins) -> &mut Vec<u64>) {
        let bin = self.bin_of(at);
        let counts = which(self);
        if counts.len() <= bin {
            counts.resize(bin + 1, 0);
        }
        counts[bin] += 1;
    }

    /// The bin in which an instant lies.
    fn bin_of(&self, at: Time) -> usize {
        let bin = at.saturating_since(Time::ZERO).as_us() / self.length.as_us();
        usize::try_from(bin).expect("at most a hundred thousand bins, and those of a drain")
    }

    /// The first bin that begins at this instant or later.
    fn bin_from(&self, at: Time) -> usize {
        self.bin_of(at + self.length - Span::from_us(1))
    }

    fn judge_all(&self, spans: &[(Time, Time)], over: Time) -> Vec<Option<Judged>> {
        let end_of = |i: usize| if i == 0 { Time::ZERO } else { spans[i - 1].1 };
        let next = |i: usize| spans.get(i + 1).map_or(over, |next| next.0.min(over));
        (0..spans.len()).map(|i| self.judge(end_of(i), spans[i], next(i))).collect()
    }

    /// What became of the disturbance in `span`, with nothing else amiss from `since` to `until`; `None`: that cannot be
    /// told.
    fn judge(&self, since: Time, span: (Time, Time), until: Time) -> Option<Judged> {
        let sum = |counts: &[u64], from: usize, to: usize| counts.iter().take(to).skip(from).sum::<u64>();
        let first_asked = self.first_tries.iter().position(|tries| *tries > 0)?;
        // The first bin is not whole, where people come from some instant on.
        let before = self.bin_from(since).max(first_asked + 1)..self.bin_of(span.0);
        if before.len() < BINS_BEFORE_MIN {
            return None;
        }
        let rate = |counts| sum(counts, before.start, before.end) as f64 / before.len() as f64;
        let (tries_before, answers_before) = (rate(&self.first_tries), rate(&self.answers));
        if sum(&self.answers, before.start, before.end) < ANSWERS_BEFORE_MIN {
            return None;
        }
        let first = self.bin_from(span.1);
        let last = self.bin_of(until).checked_sub(WINDOW)?;
        let of_window = |counts, from: usize| sum(counts, from, from + WINDOW) as f64 / WINDOW as f64;
        let is_comparable = |from: &usize| {
            let load = of_window(&self.first_tries, *from) / tries_before;
            (0.5..=1.5).contains(&load)
        };
        let is_well = |from: usize| of_window(&self.answers, from) >= 0.5 * answers_before;
        let windows = || (first..=last).filter(is_comparable);
        if !is_well(windows().next_back()?) {
            return Some(Judged::Stuck);
        }
        let bin_is_well = |bin: usize| sum(&self.answers, bin, bin + 1) as f64 >= 0.5 * answers_before;
        let recovered = windows().find(|from| is_well(*from) && bin_is_well(*from))?;
        let at = Time::from_us(recovered as u64 * self.length.as_us());
        Some(Judged::Recovered(at.saturating_since(span.1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: u64) -> Time {
        Time::from_us(s * 1_000_000)
    }

    /// A second a bin; ten first tries in each of the first 200, and as many answers as this says.
    fn bins(answers: impl Fn(u64) -> u64) -> Bins {
        Bins {
            length: Span::from_secs(1),
            first_tries: vec![10; 200],
            answers: (0..200).map(answers).collect(),
        }
    }

    fn judged(bins: &Bins) -> Option<Judged> {
        bins.judge(Time::ZERO, (at(50), at(60)), at(200))
    }

    #[test]
    fn what_stays_under_a_half_to_the_end_is_stuck_and_what_comes_back_late_is_not() {
        assert_eq!(judged(&bins(|s| if s < 50 { 10 } else { 4 })), Some(Judged::Stuck));
        let late = bins(|s| if (50..150).contains(&s) { 0 } else { 9 });
        assert_eq!(judged(&late), Some(Judged::Recovered(Span::from_secs(90))));
        assert_eq!(judged(&bins(|_| 10)), Some(Judged::Recovered(Span::ZERO)), "it never hurt");
    }

    #[test]
    fn an_end_of_the_crowd_is_no_failure_and_another_load_no_comparison() {
        let mut ended = bins(|s| if s < 100 { 10 } else { 0 });
        ended.first_tries.truncate(100);
        assert!(matches!(judged(&ended), Some(Judged::Recovered(_))));
        let mut surging = bins(|s| if s < 50 { 10 } else { 0 });
        surging.first_tries.iter_mut().skip(50).for_each(|tries| *tries = 30);
        assert_eq!(judged(&surging), None, "more comes than before");
        let mut early = bins(|_| 10);
        early.first_tries.iter_mut().take(48).for_each(|tries| *tries = 0);
        assert_eq!(judged(&early), None, "there is hardly a before");
    }

    #[test]
    fn what_comes_after_another_upset_or_the_last_seat_is_not_looked_at() {
        let stuck_later = bins(|s| if s < 120 { 10 } else { 0 });
        let until = |s: u64| stuck_later.judge(Time::ZERO, (at(50), at(60)), at(s));
        assert_eq!(until(120), Some(Judged::Recovered(Span::ZERO)));
        assert_eq!(until(140), Some(Judged::Stuck));
        assert_eq!(until(65), None, "too little comes after it");
        let both = stuck_later.judge_all(&[(at(50), at(60)), (at(119), at(121))], at(200));
        assert_eq!(both, [Some(Judged::Recovered(Span::ZERO)), Some(Judged::Stuck)]);
    }
}
