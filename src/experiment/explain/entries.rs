//! From facts to entries: one fact becomes one entry, a whole poll four. What goes without saying is left out: service
//! that was quick and for somebody, and the beginnings of service, whose ends tell the rest.

use super::microscope::Heard;
use crate::engine::{Span, Time};
use crate::experiment::journey::{JourneyEntry, Lane, What};
use crate::protocol::{CallBack, Emitter, Fact, Kind, Reply, Roster, StationId};

/// Waiting and service that take less than this together go without saying.
const QUICK: Span = Span::from_secs(1);
/// No position is shown.
const HIDDEN: u32 = u32::MAX;

/// Entries in the making, of one person.
pub(super) struct Writer<'r> {
    roster: &'r Roster,
    entries: Vec<JourneyEntry>,
    /// How long the request at each station had waited, by tab, until its service ends.
    waited: Vec<((u8, StationId), Span)>,
}

impl<'r> Writer<'r> {
    pub(super) fn new(roster: &'r Roster) -> Writer<'r> {
        Writer { roster, entries: Vec::new(), waited: Vec::new() }
    }

    /// The entries in order of time; those of one instant in the order in which they were recorded.
    pub(super) fn finish(mut self) -> Vec<JourneyEntry> {
        self.entries.sort_by_key(|entry| entry.at_us);
        self.entries
    }

    /// Writes down a fact about the person.
    pub(super) fn write(&mut self, (at, fact): &Heard) {
        let tab = fact.session().map(|who| who.tab);
        match *fact {
            Fact::Polled { up, down, position, .. } => return self.write_poll(*at, tab, up, down, position),
            // The policy knows no order, so no number is given; or nobody else waits for service.
            Fact::Placed { place: HIDDEN, .. } | Fact::Waited { length: 0..=1, .. } => return,
            Fact::ServiceBegan { who, station, waited } => {
                self.waited.retain(|(at, _)| *at != (who.tab, station));
                self.waited.push(((who.tab, station), waited));
                return;
            }
            _ => {}
        }
        let Some((mut lane, mut what)) = What::of(fact, self.roster) else { return };
        match (*fact, &mut what) {
            (Fact::ServiceEnded { who, station, served, zombie, wasted }, What::Served { waited_us, .. }) => {
                let waited = self.waited.iter().find(|(at, _)| *at == (who.tab, station));
                let waited = waited.map_or(Span::ZERO, |(_, waited)| *waited);
                if waited + served < QUICK && (zombie + wasted).is_zero() {
                    return;
                }
                *waited_us = waited.as_us();
            }
            // The person asks, and the waiting room takes it down.
            (Fact::CalledBack { step: CallBack::Asked, .. }, _) => {
                self.put(*at, Lane::User, tab, what.clone());
            }
            (Fact::CalledBack { step: CallBack::TurnRead | CallBack::EndRead, .. }, _) => lane = Lane::User,
            _ => {}
        }
        self.put(*at, lane, tab, what);
    }

    /// Writes down a fact that concerns everybody.
    pub(super) fn write_for_everybody(&mut self, (at, fact): &Heard) {
        if let Some((lane, what)) = What::of(fact, self.roster) {
            self.put(*at, lane, None, what);
        }
    }

    /// Nothing was left, by the metrics' reckoning.
    pub(super) fn write_nothing_left(&mut self, at: Time, closed: bool) {
        self.put(at, Lane::Backend, None, What::NothingLeft { closed });
    }

    fn put(&mut self, at: Time, lane: Lane, tab: Option<u8>, what: What) {
        self.entries.push(JourneyEntry { at_us: at.as_us(), lane, tab, what });
    }

    /// The four facts that a whole poll stands for.
    fn write_poll(&mut self, at: Time, tab: Option<u8>, up: Span, down: Span, position: u32) {
        let (kind, reply, status) = (Kind::Poll, Reply::InLine, Reply::InLine.status());
        let cause = Reply::InLine.cause();
        let sent_at = Time::from_us(at.as_us().saturating_sub(up.as_us()));
        self.put(sent_at, Lane::User, tab, What::Asked { kind, again: false });
        self.put(at, Lane::Backend, tab, What::Accepted { kind });
        let by = Emitter::WaitingRoom;
        self.put(at, Lane::Backend, tab, What::Answered { kind, reply, status, by, cause });
        let position = (position != HIDDEN).then_some(position);
        let heard = What::Heard { kind, reply, status, readable: true, cause, position };
        self.put(at + down, Lane::User, tab, heard);
    }
}
