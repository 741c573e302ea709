//! How facts change what is shared of a person.

use super::super::observability::is_failure;
use super::super::tabs::Mark;
use super::{
    ATTEMPT_SHIFT, CHARGED, Fate, Last, NONE, News, People, SENT, SHOWN_SHIFT, SPOKEN, STANDING_SHIFT,
    Service, Shown, ShownNews, TAKEN, TICKET, bit,
};
use crate::engine::time::{Span, Time};
use crate::protocol::{
    Announcement, CheckoutEvent, Fact, Incident, Kind, PersonId, Reading, Reply, StockAnomaly, Stop, Truth,
    Unresolved, Who,
};

/// What an answer says about an order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Settled {
    /// It is known what became of it.
    Yes,
    /// It is not.
    No,
    /// This attempt did nothing; what earlier ones did is as unknown as before.
    NotThisOne,
}

impl People {
    /// Takes in one fact and says what it changed.
    pub fn hear(&mut self, at: Time, fact: &Fact) -> News {
        let mut news = News::default();
        match *fact {
            Fact::Arrived { person } => {
                let row = &mut self.rows[person.index()];
                row.intent = row.intent.earlier_of(at);
            }
            Fact::Sent { who, kind, .. } => news.shown = self.sent(at, who, kind),
            Fact::Heard { who, kind, reading, .. } if kind.is_waited_for() => {
                let works = matches!(reading, Reading::Answer(reply) if !is_failure(reply));
                news.served = self.find(who, if works { Service::Up } else { Service::Down });
                news.told_of_loss = self.told_of_loss(at, who, reading);
                news.shown = self.heard(at, who, kind, reading);
                self.note_known(at, who.person);
            }
            Fact::TimedOut { who, kind, .. } => {
                news.served = self.find(who, Service::Down);
                self.timed_out(at, who, kind);
            }
            Fact::Believes { who, .. } => news.shown = self.see(who),
            Fact::Stopped { who, why } => {
                news.served = self.find(who, Service::Idle);
                self.note_stop(at, who);
                news.shown = self.stopped(at, who, why);
            }
            Fact::Cut { who, standing } => {
                self.see(who);
                news.served = self.find(who, Service::Idle);
                self.note_cut(who, standing);
            }
            Fact::Accepted { who, .. } => self.accepted(at, who),
            Fact::Enqueued { who } => self.note_place(at, who),
            Fact::Incident { who, incident: Incident::SharesOwnPlace | Incident::SharesStrangersPlace } => {
                self.note_place(at, who);
            }
            Fact::TurnIssued { who, order } => news.turn_to_nobody = self.turn_issued(at, who, order),
            Fact::Decided { who, truth } => {
                news.gone_for = self.gone_for(at, who);
                news.truth = self.decided(at, who, truth);
                news.taken = self.note_taken(who, truth);
            }
            Fact::SeatHeld { who, .. } | Fact::SeatReturned { who, .. } => {
                news.gone_for = self.gone_for(at, who);
            }
            Fact::SeatSold { who, seat } => {
                news.gone_for = self.gone_for(at, who);
                news.first_ticket = self.got_ticket(at, who);
                self.seat_sold(at, seat);
            }
            Fact::SeatCancelled { who, seat } => {
                self.order_cancelled(at, who);
                self.seat_cancelled(seat);
            }
            Fact::Informed { person, word: Announcement::OrderCancelled, .. } => {
                self.hear_of_cancellation(person);
            }
            Fact::CalledBack { who, step } => self.hear_by_mail(at, who, step),
            Fact::StockAnomaly { seat, anomaly: StockAnomaly::SoldTwice, .. } => self.seat_sold_twice(seat),
            Fact::Charged { who, .. } => self.flag(who, CHARGED, true),
            Fact::AtCheckout { who, step: CheckoutEvent::Refunded } => {
                self.flag(who, CHARGED, self.is_flagged(who, TICKET));
            }
            Fact::Closed {} => self.closed = Some(at),
            Fact::LineClosed { .. } => self.line_closed = Some(at),
            _ => {}
        }
        self.trace(fact);
        news
    }

    fn timed_out(&mut self, at: Time, who: Who, kind: Kind) {
        self.set_last(who, Last::TimedOut);
        self.flag(who, SPOKEN, false);
        self.answer_order(who, kind, Settled::No);
        self.note_known(at, who.person);
    }

    /// What of the person's sessions got furthest counts.
    fn note_cut(&mut self, who: Who, standing: Unresolved) {
        self.mark(who, Mark::Cut, true);
        let row = &mut self.rows[who.person.index()];
        let furthest = (row.flags >> STANDING_SHIFT & 3).max(standing as u32);
        row.flags = row.flags & !(3 << STANDING_SHIFT) | furthest << STANDING_SHIFT;
    }

    /// The first place counts, where there is a line.
    fn note_place(&mut self, at: Time, who: Who) {
        let row = &mut self.rows[who.person.index()];
        if self.has_line && row.enqueue == NONE {
            row.enqueue = self.enqueue.of(at);
        }
    }

    /// The money goes back with the order.
    fn order_cancelled(&mut self, at: Time, who: Who) {
        self.flag(who, TICKET | CHARGED, false);
        self.set_fate(who.person.0, Fate::Decided(at, Truth::Cancelled));
    }

    pub(super) fn flag(&mut self, who: Who, flag: u32, on: bool) {
        let row = &mut self.rows[who.person.index()];
        let flags = row.flags;
        row.flags = if on { flags | flag } else { flags & !flag };
    }

    pub(super) fn set_last(&mut self, who: Who, last: Last) {
        let row = &mut self.rows[who.person.index()];
        row.flags = row.flags & !(7 << ATTEMPT_SHIFT) | (last as u32) << ATTEMPT_SHIFT;
    }

    pub(super) fn mark(&mut self, who: Who, mark: Mark, on: bool) {
        if who.tab > 0 && self.tabs.is_unused() {
            let rows = &self.rows;
            self.tabs.begin(rows.len() as u32, |person, mark| {
                let row = &rows[person as usize];
                let flags = row.flags;
                Mark::ALL.into_iter().filter(|m| flags & bit(*m) != 0).for_each(mark);
                Truth::ALL[usize::from(row.truths & 15)]
            });
        }
        if self.tabs.is_unused() {
            self.flag(who, bit(mark), on);
        } else {
            self.tabs.mark(who, mark, on);
        }
    }

    pub(super) fn has(&self, who: Who, mark: Mark) -> bool {
        if self.tabs.is_unused() {
            // Another tab than the first has not been heard of.
            who.tab == 0 && self.any(who.person.0, mark)
        } else {
            self.tabs.has(who, mark)
        }
    }

    /// A session was heard of. A new one, after all others had stopped, brings the person back.
    pub(super) fn see(&mut self, who: Who) -> Option<ShownNews> {
        if self.has(who, Mark::Seen) {
            return None;
        }
        self.mark(who, Mark::Seen, true);
        self.come_back(who.person);
        let person = who.person.0;
        if let Fate::GaveUp(_) = self.fate(person) {
            self.set_fate(person, Fate::Open(None));
        }
        (self.shown(person) == Shown::GaveUp).then(|| self.show(person, Shown::Waiting))
    }

    fn show(&mut self, person: u32, shown: Shown) -> ShownNews {
        let old = self.shown(person);
        let row = &mut self.rows[person as usize];
        row.flags = row.flags & !(3 << SHOWN_SHIFT) | (shown as u32) << SHOWN_SHIFT;
        (PersonId(person), old, shown)
    }

    fn show_at_least(&mut self, person: u32, shown: Shown) -> Option<ShownNews> {
        (self.shown(person) < shown).then(|| self.show(person, shown))
    }

    fn sent(&mut self, at: Time, who: Who, kind: Kind) -> Option<ShownNews> {
        let news = self.see(who);
        self.flag(who, SENT, true);
        if kind.is_waited_for() {
            self.set_last(who, Last::Unanswered);
            self.ask(at, who.person);
        }
        if matches!(kind, Kind::Hold | Kind::Pay) {
            self.mark(who, Mark::Asked, true);
            self.doubt(at, who.person);
        }
        news
    }

    fn heard(&mut self, at: Time, who: Who, kind: Kind, reading: Reading) -> Option<ShownNews> {
        let person = who.person.0;
        let Reading::Answer(reply) = reading else {
            self.set_last(who, Last::Opaque);
            self.flag(who, SPOKEN, false);
            self.answer_order(who, kind, Settled::No);
            return None;
        };
        self.set_last(who, if reply.is_refusal() { Last::Refused } else { Last::Undecided });
        self.flag(who, SPOKEN, true);
        if self.is_true(who, reply) {
            self.learn(at, who.person);
        }
        if reply.is_final() {
            self.mark(who, Mark::Asked, false);
            self.mark(who, Mark::Unsure, false);
        }
        match reply {
            Reply::Confirmed => return self.confirm(at, who.person),
            Reply::Evicted | Reply::NewcomersRefused => {
                self.answer_order(who, kind, Settled::NotThisOne);
                return self.exclude(who);
            }
            Reply::SoldOut | Reply::SaleClosed => {
                self.mark(who, Mark::ToldNo, true);
                return self.show_at_least(person, Shown::ToldNo);
            }
            Reply::YourTurn if self.has_line => self.tell_turn(at, who.person),
            Reply::GatewayBusy
            | Reply::StationBusy
            | Reply::RateLimited
            | Reply::AccountLocked
            | Reply::SalePaused
            | Reply::PaymentUnavailable
            | Reply::PaymentFailed
            | Reply::PaymentInFlight => self.answer_order(who, kind, Settled::NotThisOne),
            Reply::UpstreamTimeout | Reply::PaymentUnknown | Reply::BadGateway => {
                self.answer_order(who, kind, Settled::No);
            }
            _ => self.answer_order(who, kind, Settled::Yes),
        }
        None
    }

    /// A confirmed order is the last word, whatever was understood before.
    fn confirm(&mut self, at: Time, person: PersonId) -> Option<ShownNews> {
        let news = self.show_at_least(person.0, Shown::Bought);
        if news.is_some() {
            self.know(at, person);
        }
        news
    }

    /// A session understood that it is out of the line. That is final for the session alone: the person has been told
    /// no once no other session is left to hope for.
    fn exclude(&mut self, who: Who) -> Option<ShownNews> {
        self.mark(who, Mark::ToldNo, true);
        let person = who.person.0;
        let last_hope = self.tabs.is_unused() || self.tabs.all_either(person, Mark::ToldNo, Mark::Stopped);
        if last_hope { self.show_at_least(person, Shown::ToldNo) } else { None }
    }

    /// The buyer knows that the order is cancelled.
    fn hear_of_cancellation(&mut self, person: PersonId) {
        let row = &mut self.rows[person.index()];
        row.flags = row.flags & !(3 << SHOWN_SHIFT) | (Shown::ToldNo as u32) << SHOWN_SHIFT;
    }

    /// The person has a ticket: from now on nothing else decides. Is it the first one?
    fn got_ticket(&mut self, at: Time, who: Who) -> bool {
        if self.is_flagged(who, TICKET) {
            return false;
        }
        self.set_fate(who.person.0, Fate::Decided(at, Truth::Sold));
        self.flag(who, TICKET, true);
        true
    }

    /// Has the backend just taken place, turn or time inside from a person who is still there?
    fn note_taken(&mut self, who: Who, truth: Truth) -> bool {
        let lost = |fate| matches!(fate, Fate::Decided(_, Truth::Expired | Truth::Evicted));
        let was_taken = self.is_flagged(who, TAKEN);
        let is_taken = lost(self.fate(who.person.0)) && !self.stopped_for_good(who.person.0);
        let just_now = matches!(truth, Truth::Expired | Truth::Evicted) && is_taken;
        self.flag(who, TAKEN, just_now || was_taken && is_taken);
        just_now
    }

    /// How long ago place, turn or time inside was taken away, if this is the first answer that says so.
    fn told_of_loss(&mut self, at: Time, who: Who, reading: Reading) -> Option<Span> {
        let says_so = matches!(
            reading,
            Reading::Answer(Reply::PlaceLost | Reply::TurnEnded | Reply::HoldEnded | Reply::Evicted)
        );
        let Fate::Decided(lost_at, _) = self.fate(who.person.0) else { return None };
        if !says_so || !self.is_flagged(who, TAKEN) {
            return None;
        }
        self.flag(who, TAKEN, false);
        Some(at.saturating_since(lost_at))
    }

    /// An attempt to hold, check out or pay ended.
    fn answer_order(&mut self, who: Who, kind: Kind, settled: Settled) {
        if !matches!(kind, Kind::Hold | Kind::Checkout | Kind::Pay) {
            return;
        }
        let asked = self.has(who, Mark::Asked);
        self.mark(who, Mark::Asked, false);
        match settled {
            Settled::Yes => self.mark(who, Mark::Unsure, false),
            // A final no was understood meanwhile: what the attempt did is known by that.
            Settled::No if asked && !self.has(who, Mark::ToldNo) => self.mark(who, Mark::Unsure, true),
            Settled::No | Settled::NotThisOne => {}
        }
    }

    fn accepted(&mut self, at: Time, who: Who) {
        let row = &mut self.rows[who.person.index()];
        if row.edge != NONE {
            return;
        }
        row.edge = self.edge.of(at);
        if !self.has_line {
            row.enqueue = row.edge;
            row.turn = row.edge;
            self.tell_turn(at, who.person);
        }
    }

    fn turn_issued(&mut self, at: Time, who: Who, order: u32) -> bool {
        let gone = self.has(who, Mark::Stopped)
            && !matches!(self.fate(who.person.0), Fate::GaveUp(left) if self.tabs.is_unused() && left > at);
        let row = &mut self.rows[who.person.index()];
        if !gone && self.has_line {
            row.turn = row.turn.min(order);
        }
        gone
    }

    fn stopped(&mut self, at: Time, who: Who, why: Stop) -> Option<ShownNews> {
        let person = who.person.0;
        let mut news = self.see(who);
        self.mark(who, Mark::Stopped, true);
        match why {
            Stop::Bought => news = self.confirm(at, who.person),
            Stop::ToldNo => {
                self.mark(who, Mark::ToldNo, true);
                news = self.show_at_least(person, Shown::ToldNo);
            }
            Stop::Excluded => news = self.exclude(who),
            Stop::Informed => {
                // They were told, by the news if not by their last attempt.
                self.set_last(who, Last::Refused);
                self.flag(who, SPOKEN, true);
            }
            _ => {}
        }
        self.note_known(at, who.person);
        if !self.stopped_for_good(person) {
            return news;
        }
        self.set_fate(person, self.fate_of_gone(at, who, why));
        self.note_gone(at, who.person);
        self.show_at_least(person, Shown::GaveUp).or(news)
    }
}
