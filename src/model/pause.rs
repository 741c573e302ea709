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

use super::World;
use super::crowd::Flag;
use super::message::Message;
use crate::engine::{Agenda, Span, Time};
use crate::protocol::{Emitter, Kind, Observer, Reply, SessionId, Truth};
use crate::scenario::plan::operator::WhilePaused;

/// When the sale was paused, and whose clocks stand still.
#[derive(Default)]
pub(super) struct Pauses {
    /// The pause that is on, and what those inside meet.
    on: Option<(Time, WhilePaused)>,
    /// Pauses that have ended: from, to; in order.
    over: Vec<(Time, Time)>,
    /// Turns whose end came up during the pause that is on: slot inside, generation, that end.
    overdue: Vec<(u32, u32, Time)>,
}

impl Pauses {
    pub(super) fn is_on(&self) -> bool {
        self.on.is_some()
    }

    /// When the first pause began that began at this instant or later.
    pub(super) fn first_since(&self, since: Time) -> Option<Time> {
        let mut began = self.over.iter().map(|(from, _)| *from).chain(self.on.map(|(from, _)| from));
        began.find(|began| *began >= since)
    }

    fn begin(&mut self, now: Time, inside: WhilePaused) {
        self.on = Some((now, inside));
    }

    /// Ends the pause that is on; returns the turns whose end came up meanwhile.
    fn end(&mut self, now: Time) -> Vec<(u32, u32, Time)> {
        if let Some((from, _)) = self.on.take() {
            self.over.push((from, now));
        }
        std::mem::take(&mut self.overdue)
    }

    /// How long all pauses that have ended lasted together.
    pub(super) fn lasted(&self) -> Span {
        self.over.iter().map(|&(from, to)| to.saturating_since(from)).fold(Span::ZERO, |sum, one| sum + one)
    }

    /// How much of the time from `since` to `now` the sale was paused.
    pub(super) fn within(&self, since: Time, now: Time) -> Span {
        let on = self.on.map(|(from, _)| (from, now));
        let all = self.over.iter().copied().chain(on);
        let overlaps = all.map(|(from, to)| to.min(now).saturating_since(from.max(since)));
        overlaps.fold(Span::ZERO, |sum, one| sum + one)
    }
}

impl<O: Observer> World<O> {
    /// The sale stands still from now on.
    pub(super) fn pause(&mut self, inside: WhilePaused) {
        self.pauses.begin(self.now, inside);
        let now = self.now;
        if let Some(budget) = self.budget() {
            budget.pause(now);
        }
    }

    /// The sale goes on: turns that would have ended meanwhile have their rest of time, and the next may come.
    pub(super) fn resume(&mut self, agenda: &mut Agenda) {
        let overdue = self.pauses.end(self.now);
        for (slot, generation, end) in overdue {
            if self.insiders.is_live(slot, generation) {
                self.set_turn_end(slot, generation, end, agenda);
            }
        }
        self.check_those_put_off(agenda);
        let now = self.now;
        if let Some(budget) = self.budget() {
            budget.resume(now);
            self.admit(agenda);
        }
    }

    /// The end of a turn has come up, as it was set: if the sale is paused, or was since, it comes later. Returns
    /// whether it does.
    pub(super) fn puts_off_turn_end(&mut self, slot: u32, generation: u32, agenda: &mut Agenda) -> bool {
        if self.pauses.is_on() {
            self.pauses.overdue.push((slot, generation, self.now));
            return true;
        }
        if self.insiders.at(slot).paused_before == self.pauses.lasted() {
            return false;
        }
        self.set_turn_end(slot, generation, self.now, agenda);
        true
    }

    /// Sets a turn's end anew: later by what the sale was paused since it was last set for `end`.
    fn set_turn_end(&mut self, slot: u32, generation: u32, end: Time, agenda: &mut Agenda) {
        let lasted = self.pauses.lasted();
        let insider = self.insiders.at_mut(slot);
        let later = lasted - insider.paused_before;
        insider.paused_before = lasted;
        insider.ends_at = end + later;
        let session = insider.session;
        let tie = self.luck.tie(self.entity_of(session), self.crowd.row(session).tab(), generation);
        agenda.push(Message::TurnEnd.entry(end + later, tie, slot, generation));
    }

    /// The answer to a protected request of somebody inside while the sale is paused. It does not pass: no turn is used
    /// by it. Whoever has bought, or is not inside, is answered as ever.
    pub(super) fn refuses_inside(&self, session: SessionId, kind: Kind) -> Option<(Reply, Emitter)> {
        let (_, inside) = self.pauses.on?;
        let protected = kind.answered_by() == Emitter::Service;
        let row = self.crowd.row(session);
        let roster = &self.plan.roster;
        // Without a waiting room whoever asks while the sale is open is inside.
        let open = self.plan.line.is_none() && roster.opens_at <= self.now && self.now < roster.closes_at;
        let refused = inside == WhilePaused::InsideIsRefused
            && protected
            && row.truth() != Truth::Sold
            && (row.is(Flag::Inside) || open);
        let emitter = if self.line.is_some() { Emitter::WaitingRoom } else { Emitter::Service };
        refused.then_some((Reply::SalePaused, emitter))
    }

    /// How many milliseconds of silence since then were not the client's: the sale was paused.
    pub(super) fn paused_ms_since(&self, contact_ms: u32) -> u64 {
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
        pauses.begin(second(10), WhilePaused::InsideIsRefused);
        pauses.end(second(20));
        pauses.begin(second(30), WhilePaused::InsideIsRefused);
        assert_eq!(pauses.lasted(), Span::from_secs(10), "the one that is on has not ended");
        assert_eq!(pauses.within(second(0), second(35)), Span::from_secs(15));
        assert_eq!(pauses.within(second(15), second(32)), Span::from_secs(7));
        assert_eq!(pauses.within(second(21), second(29)), Span::ZERO);
    }
}
