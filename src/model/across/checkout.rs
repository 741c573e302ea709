//! What a request at a service was for, and what follows from it for line and shop: seats held, paid for, sold, given back.
//!
//! ```text
//!   served --> hold --> pay --> provider --> sold --> the slot inside is free, the line may be over
//!               |        |         +--declined, too late--> seats free again: whoever waits for one is asked anew
//! ```

use crate::engine::Agenda;
use crate::model::across::World;
use crate::model::backend::Tables;
use crate::model::backend::active::PaymentOutcome;
use crate::model::backend::shop::Shop;
use crate::model::backend::shop::inventory::HoldResult;
use crate::model::backend::shop::payment::PayResult;
use crate::model::backend::shop::station::Served;
use crate::model::sim::words::Response;
use crate::protocol::{
    Cause, CheckoutEvent, Emitter, Fact, Kind, Observer, Refusal, Reply, SessionId, StationId, Truth,
};
use crate::scenario::plan::Closes;

impl<O: Observer> World<O> {
    /// A service is done: the server takes the next in the queue, and the request is acted on; unless the stock has not
    /// been written yet.
    pub(in crate::model) fn end_service(&mut self, slot: u32, agenda: &mut Agenda) {
        if self.shop.continues_service(&mut self.sim, &mut self.tables, slot, agenda) {
            return;
        }
        let free = self.shop.free_server(&mut self.sim, &mut self.tables, slot);
        let next = free.and_then(|(station, peer)| self.serve_waiting(station, peer, agenda));
        let request = self.tables.requests.at(slot);
        if self.sim.returns_error(request.station, request.peer, request.draw_key) {
            self.respond(slot, Reply::ServerError, Emitter::Service, agenda);
        } else {
            self.serviced(slot, agenda);
        }
        // Whoever is served next reads what was written just now.
        if let Some(next) = next {
            self.shop.read_stock(&mut self.sim, &mut self.tables, next);
        }
    }

    /// A server is free: it takes whom the discipline says, and whom that sheds is refused. Returns whom it takes.
    fn serve_waiting(&mut self, station: StationId, peer: u8, agenda: &mut Agenda) -> Option<u32> {
        loop {
            match self.shop.serve_next(&mut self.sim, &mut self.tables, station, peer, agenda) {
                Served::Begun(slot) => return Some(slot),
                Served::Shed(slot) => self.refuse_shed(slot, agenda),
                Served::Nobody => return None,
            }
        }
    }

    fn refuse_shed(&mut self, slot: u32, agenda: &mut Agenda) {
        let busy = Reply::StationBusy;
        let another = self.edge.retry_next_upstream(&mut self.sim, &mut self.tables, slot, busy, agenda);
        if let Some(another) = another {
            self.send_upstream(another, agenda);
        } else {
            let shed = Response::new(busy, Emitter::Service).because(Cause::Shed);
            self.end_with(slot, shed, agenda);
        }
    }

    /// A station of one machine has so many servers from now on: new ones take whoever waits, and who has to go ends first.
    pub(in crate::model) fn serve_with_servers(&mut self, id: StationId, servers: u32, agenda: &mut Agenda) {
        self.shop.set_servers(&mut self.sim, id, servers);
        while self.shop.has_free_server(&mut self.sim, id) {
            let Some(next) = self.serve_waiting(id, 0, agenda) else { return };
            self.shop.read_stock(&mut self.sim, &mut self.tables, next);
        }
    }

    /// What a forwarded request was for, now that its service (if any) is done.
    pub(in crate::model) fn serviced(&mut self, slot: u32, agenda: &mut Agenda) {
        let request = self.tables.requests.at(slot);
        let (session, kind) = (request.session, request.kind);
        let answer = match kind {
            Kind::Hold => self.hold_seats(slot, agenda).map(|reply| (reply, Emitter::Service)),
            Kind::Pay => self.ask_payment(slot, agenda),
            _ => Some(self.answer_at_once(session, kind, agenda)),
        };
        if let Some((reply, emitter)) = answer {
            self.respond(slot, reply, emitter, agenda);
        }
    }

    /// Requests that are answered as soon as they are served.
    pub(in crate::model) fn answer_at_once(
        &mut self, session: SessionId, kind: Kind, agenda: &mut Agenda,
    ) -> (Reply, Emitter) {
        match kind {
            Kind::OpenPage => (Reply::Page, Emitter::WaitingRoom),
            Kind::Join => (self.stand(session, agenda), Emitter::WaitingRoom),
            Kind::Poll if self.line.comes_as_newcomer(&self.sim, session) => {
                (self.stand(session, agenda), Emitter::WaitingRoom)
            }
            Kind::Poll => {
                self.ask_policy(session, agenda);
                (self.line.standing(&mut self.sim, &mut self.tables, session), Emitter::WaitingRoom)
            }
            Kind::Reverify => (self.prove(session, agenda), Emitter::WaitingRoom),
            Kind::SeatMap => (self.ask_seat_map(session, agenda), Emitter::Service),
            Kind::Checkout => {
                (self.shop.open_checkout(&mut self.sim, &mut self.tables, session), Emitter::Service)
            }
            Kind::Leave => {
                self.goodbye(session, agenda);
                (Reply::Goodbye, Emitter::WaitingRoom)
            }
            Kind::Heartbeat => (Reply::Noted, Emitter::WaitingRoom),
            Kind::Hold | Kind::Pay => unreachable!("holds and payments may take longer than their service"),
        }
    }

    // ---- seats ---------------------------------------------------------------------------------------

    fn ask_seat_map(&mut self, session: SessionId, agenda: &mut Agenda) -> Reply {
        let reply = self.shop.seat_map(&mut self.sim, session);
        if reply == Reply::SoldOut {
            self.refuse(session, Truth::RefusedSoldOut, agenda);
        }
        reply
    }

    /// The backend refuses a session for good; its slot inside is free again.
    pub(in crate::model) fn refuse(&mut self, session: SessionId, truth: Truth, agenda: &mut Agenda) {
        if let Some(slot) = Tables::slot_of(&self.sim, session)
            && self.tables.active.at(slot).hold.is_none()
        {
            self.expel(slot, agenda);
        }
        self.tables.refuse(&mut self.sim, session, truth);
    }

    /// A hold request was served: seats, a refusal, or no answer yet.
    fn hold_seats(&mut self, request: u32, agenda: &mut Agenda) -> Option<Reply> {
        let session = self.tables.requests.at(request).session;
        match self.shop.hold(&mut self.sim, &mut self.tables, request, agenda) {
            HoldResult::Answered(reply) => Some(reply),
            HoldResult::Held => {
                let closes = self.sim.plan.line.as_ref().map(|line| line.closes);
                if closes == Some(Closes::WhenNoneFree) && self.shop.inventory.free_in(None) == 0 {
                    self.close_line(Refusal::SoldOut, agenda);
                }
                Some(Reply::Held)
            }
            HoldResult::HasBought => Some(self.turn_away_buyer(session, agenda)),
            HoldResult::WritingFailed => {
                let busy = Response::new(Reply::StationBusy, Emitter::Service).because(Cause::WriteConflict);
                self.end_with(request, busy, agenda);
                None
            }
            HoldResult::Waits => None,
            HoldResult::SoldOut => {
                self.refuse(session, Truth::RefusedSoldOut, agenda);
                Some(Reply::SoldOut)
            }
        }
    }

    /// The purchase limit: a person who has an order is shown it, and what this session holds is free again.
    pub(in crate::model) fn turn_away_buyer(&mut self, session: SessionId, agenda: &mut Agenda) -> Reply {
        if let Some(slot) = Tables::slot_of(&self.sim, session) {
            self.return_seats(slot, false, agenda);
            self.expel(slot, agenda);
            self.tables.decide_now(&mut self.sim, session, Truth::Left);
        }
        Reply::Confirmed
    }

    /// A hold's deadline: the seats are free again, unless a payment is under way for them and the shop waits for it.
    pub(in crate::model) fn end_hold(&mut self, slot: u32, serial: u32, agenda: &mut Agenda) {
        if !Shop::hold_expires(&mut self.sim, &mut self.tables, slot, serial) {
            return;
        }
        let visit = self.tables.active.at(slot);
        let (session, is_theirs) = (visit.session, !visit.of_nobody);
        self.return_seats(slot, true, agenda);
        if is_theirs {
            self.tables.decide_now(&mut self.sim, session, Truth::Active);
        }
        self.settle(slot, agenda);
    }

    /// The time to choose, or to buy, is over.
    pub(in crate::model) fn end_step(&mut self, slot: u32, generation: u32, agenda: &mut Agenda) {
        if self.shop.step_ends(&mut self.sim, &mut self.tables, slot, generation) {
            self.return_seats(slot, true, agenda);
            self.settle(slot, agenda);
        }
    }

    /// Frees what a slot holds, if it holds anything; whoever waits for a seat gets it.
    pub(in crate::model) fn return_seats(&mut self, slot: u32, expired: bool, agenda: &mut Agenda) {
        if self.shop.release_hold(&mut self.sim, &mut self.tables, slot, expired, agenda) {
            self.retry_waiting_holds(agenda);
        }
    }

    /// Hold requests that wait for a seat are tried again, each once, in order.
    pub(in crate::model) fn retry_waiting_holds(&mut self, agenda: &mut Agenda) {
        let mut most = self.shop.inventory.waiting_holds.len();
        while let Some(request) = self.shop.next_waiting_hold(&mut self.tables, &mut most) {
            if let Some(reply) = self.hold_seats(request, agenda) {
                self.respond(request, reply, Emitter::Service, agenda);
            }
        }
    }

    // ---- money ---------------------------------------------------------------------------------------

    /// A payment request was served.
    fn ask_payment(&mut self, request: u32, agenda: &mut Agenda) -> Option<(Reply, Emitter)> {
        let session = self.tables.requests.at(request).session;
        match self.shop.pay(&mut self.sim, &mut self.tables, request, agenda) {
            PayResult::Answered(reply, emitter) => Some((reply, emitter)),
            PayResult::HasBought => Some((self.turn_away_buyer(session, agenda), Emitter::Service)),
            PayResult::Reserved(slot) => {
                self.leave_after_order(slot, agenda);
                Some((Reply::Reserved, Emitter::Service))
            }
            PayResult::Asked => None,
            PayResult::ProviderFull => {
                let full = Response::new(Reply::PaymentUnavailable, Emitter::Payment);
                self.end_with(request, full.because(Cause::ProviderFull), agenda);
                None
            }
        }
    }

    /// The provider answered, or the shop's timer on it fired.
    pub(in crate::model) fn end_payment(&mut self, request: u32, agenda: &mut Agenda) {
        let session = self.tables.requests.at(request).session;
        let (payment, slot) = self.shop.take_payment(&mut self.sim, &mut self.tables, request);
        let reply = if payment.unheard {
            let charged = payment.outcome == PaymentOutcome::Charged;
            let who = self.sim.crowd.who(session);
            self.sim.record.fact(self.sim.now, Fact::PaymentReplyLost { who, charged });
            self.end_without_sale(session, slot, agenda);
            Reply::PaymentUnknown
        } else {
            self.act_on(session, payment.outcome, slot, agenda)
        };
        let emitter = if reply == Reply::Confirmed { Emitter::Service } else { Emitter::Payment };
        self.respond(request, reply, emitter, agenda);
    }

    /// The shop acts on what it heard from the provider, and answers.
    fn act_on(
        &mut self, session: SessionId, outcome: PaymentOutcome, slot: Option<u32>, agenda: &mut Agenda,
    ) -> Reply {
        let who = self.sim.crowd.who(session);
        match outcome {
            PaymentOutcome::Charged => match slot {
                Some(_) if Tables::person_has_bought(&self.sim, session) => {
                    self.turn_away_buyer(session, agenda)
                }
                Some(slot) => {
                    self.sell(slot, agenda);
                    Reply::Confirmed
                }
                None => Shop::answer_too_late(&mut self.sim, session),
            },
            PaymentOutcome::Declined => {
                self.sim.record.fact(self.sim.now, Fact::CardDeclined { who });
                self.payment_declined(session, slot, agenda);
                Reply::Declined
            }
            PaymentOutcome::Failed => {
                self.end_without_sale(session, slot, agenda);
                Reply::PaymentFailed
            }
            PaymentOutcome::Challenged => {
                self.sim.record.fact(self.sim.now, Fact::AtCheckout { who, step: CheckoutEvent::Challenged });
                self.end_without_sale(session, slot, agenda);
                match slot.and_then(|slot| self.tables.active.at_mut(slot).hold.as_mut()) {
                    Some(hold) => {
                        hold.challenged = true;
                        Reply::Challenge
                    }
                    None => Reply::HoldEnded,
                }
            }
        }
    }

    /// A payment has ended without a sale: the seats stay held, unless their deadline has passed meanwhile.
    fn end_without_sale(&mut self, session: SessionId, slot: Option<u32>, agenda: &mut Agenda) {
        if Shop::go_on_holding(&mut self.sim, &mut self.tables, session, slot)
            && let Some(slot) = slot
        {
            self.return_seats(slot, true, agenda);
            self.tables.decide_now(&mut self.sim, session, Truth::Active);
            self.settle(slot, agenda);
        }
    }

    /// The card was declined: the backend knows, so the seats are free again.
    fn payment_declined(&mut self, session: SessionId, slot: Option<u32>, agenda: &mut Agenda) {
        let Some(slot) = slot else { return };
        if Shop::others_under_way(&mut self.tables, slot) {
            return;
        }
        self.return_seats(slot, false, agenda);
        self.tables.decide_now(&mut self.sim, session, Truth::Declined);
        self.settle(slot, agenda);
    }

    /// What the slot holds is sold.
    fn sell(&mut self, slot: u32, agenda: &mut Agenda) {
        let sold_out = self.shop.commit_sale(&mut self.sim, &mut self.tables, slot);
        if sold_out && self.sim.plan.line.as_ref().is_some_and(|line| line.closes != Closes::Never) {
            self.close_line(Refusal::SoldOut, agenda);
        }
        self.leave_after_order(slot, agenda);
        self.retry_waiting_holds(agenda);
    }

    /// Whoever has an order leaves the shop, unless the turn lasts beyond it.
    fn leave_after_order(&mut self, slot: u32, agenda: &mut Agenda) {
        let revoked = self.sim.plan.line.as_ref().is_none_or(|line| line.revoke_on_purchase);
        if revoked || self.tables.active.at(slot).turn_over {
            self.expel(slot, agenda);
        }
    }

    /// The deadline of an order that nobody paid: its seats come back.
    pub(in crate::model) fn end_unpaid(&mut self, number: u32, agenda: &mut Agenda) {
        self.shop.end_reservation(&mut self.sim, &mut self.tables, number);
        self.retry_waiting_holds(agenda);
    }
}
