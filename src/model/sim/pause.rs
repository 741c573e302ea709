//! A paused sale. Places are kept; the clocks of turns and graces stand still; no turn is issued and no allowance
//! accrues; whoever is inside is refused (unless the operator lets them go on). Hold clocks and patience run, joins
//! are accepted, what is under way at a station or the payment provider finishes, polls are answered and proofs asked
//! for as ever.
//!
//! ```text
//!   turn issued ----validity runs----> pause ....stands still.... resume ----the rest of it----> turn ends
//! ```
//!
//! Modelled on the paused queue of Queue-it, where numbers are kept, and on sales that were put on hold with codes
//! that stayed valid (Paris 2023).

use super::Sim;
use crate::engine::{Span, Time};
use crate::protocol::Observer;
use crate::scenario::plan::operator::Inside;

/// When the sale was paused, and whose clocks stand still.
#[derive(Default)]
pub(in crate::model) struct Pauses {
    /// The pause that is on, and what those inside meet.
    on: Option<(Time, Inside)>,
    /// Pauses that have ended: from, to; in order.
    over: Vec<(Time, Time)>,
}

impl Pauses {
    pub(in crate::model) fn is_on(&self) -> bool {
        self.on.is_some()
    }

    /// When the first pause began that began at this instant or later.
    pub(in crate::model) fn first_since(&self, since: Time) -> Option<Time> {
        let mut began = self.over.iter().map(|(from, _)| *from).chain(self.on.map(|(from, _)| from));
        began.find(|began| *began >= since)
    }

    /// What those inside meet in the pause that is on.
    pub(in crate::model) fn on(&self) -> Option<Inside> {
        self.on.map(|(_, inside)| inside)
    }

    pub(in crate::model) fn begin(&mut self, now: Time, inside: Inside) {
        self.on = Some((now, inside));
    }

    /// Ends the pause that is on.
    pub(in crate::model) fn end(&mut self, now: Time) {
        if let Some((from, _)) = self.on.take() {
            self.over.push((from, now));
        }
    }

    /// How long all pauses that have ended lasted together.
    pub(in crate::model) fn lasted(&self) -> Span {
        self.over.iter().map(|&(from, to)| to.saturating_since(from)).fold(Span::ZERO, |sum, one| sum + one)
    }

    /// How much of the time from `since` to `now` the sale was paused.
    pub(in crate::model) fn within(&self, since: Time, now: Time) -> Span {
        let on = self.on.map(|(from, _)| (from, now));
        let all = self.over.iter().copied().chain(on);
        let overlaps = all.map(|(from, to)| to.min(now).saturating_since(from.max(since)));
        overlaps.fold(Span::ZERO, |sum, one| sum + one)
    }
}

impl<O: Observer, P, B> Sim<O, P, B> {
    /// How many milliseconds of silence since then were not the client's: the sale was paused.
    pub(in crate::model) fn paused_ms_since(&self, contact_ms: u32) -> u64 {
        self.pauses.within(Time::from_us(u64::from(contact_ms) * 1000), self.now).as_us() / 1000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(s: u64) -> Time {
        Time::from_us(s * 1_000_000)
    }

    #[test]
    fn a_pause_counts_only_where_it_overlaps() {
        let mut pauses = Pauses::default();
        pauses.begin(second(10), Inside::Refuse);
        pauses.end(second(20));
        pauses.begin(second(30), Inside::Refuse);
        assert_eq!(pauses.lasted(), Span::from_secs(10), "the one that is on has not ended");
        assert_eq!(pauses.within(second(0), second(35)), Span::from_secs(15));
        assert_eq!(pauses.within(second(15), second(32)), Span::from_secs(7));
        assert_eq!(pauses.within(second(21), second(29)), Span::ZERO);
    }
}
