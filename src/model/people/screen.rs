//! What a reply means to the person in front of the screen, and what the client does about it.
//!
//! Belief changes here and in `client.rs`, only by a reply that was delivered and could be read, or
//! by the client's own clock. Every function takes the instant at which the client acts, which may be later than now.

use crate::behavior::Failure;
use crate::engine::{Agenda, Span, Time};
use crate::model::people::People;
use crate::model::people::Sim;
use crate::model::sim::draws::DrawPurpose;
use crate::model::sim::words::Delivery;
use crate::protocol::{Belief, Fact, Kind, Mode, Observer, Reading, Reply, SessionId, Stop};
use crate::scenario::plan::Selection;

/// A person needs at least this long to try again after a decline or a lost hold. Assumption; it keeps a sale
/// whose every delay is zero from looping within one instant.
pub(in crate::model) const SECOND_THOUGHT: Span = Span::from_secs(1);

impl People {
    /// A reply was delivered at `at`: the client reads it, and decides what next.
    pub(in crate::model) fn hear<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, delivery: Delivery, agenda: &mut Agenda,
    ) {
        let Delivery { at, kind, reading, cause, position } = delivery;
        let who = sim.crowd.who(session);
        sim.record.fact(at, Fact::Heard { who, kind, reading, cause });
        if self.callers.exist() {
            self.program_hears(sim, session, at, reading);
        }
        if Self::person_is_done(sim, session) {
            self.stop(sim, session, at, Stop::Sibling, agenda);
            return;
        }
        match reading {
            Reading::Opaque(reply) => {
                Self::believe(sim, session, at, Belief::OpaqueError);
                let reset = sim.mode_of(kind) == Mode::Navigation && !reply.has_status();
                self.fail(sim, session, at, if reset { Failure::Reset } else { Failure::Opaque }, agenda);
            }
            Reading::Answer(reply) => {
                if self.tolerance.minds_silence() {
                    self.break_silence(session);
                }
                if !self.tolerance.minds_refusals()
                    || !self.leaves_for_refusal(sim, session, at, reply, agenda)
                {
                    self.apply_reply(sim, session, at, reply, position, agenda);
                }
            }
        }
    }

    /// What a readable reply means to the person in front of the screen.
    fn apply_reply<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, reply: Reply, position: u32,
        agenda: &mut Agenda,
    ) {
        match reply {
            Reply::Page => {
                let next = if sim.plan.line.is_some() { Kind::Join } else { Kind::SeatMap };
                self.plan_request(sim, session, next, at, agenda);
            }
            Reply::InLine => self.stand_in_line_or_leave(sim, session, at, position, agenda),
            Reply::YourTurn => self.go_on(sim, session, at, Belief::YourTurn, Kind::SeatMap, agenda),
            Reply::SeatMap => self.choose_seats(sim, session, at, agenda),
            Reply::Held => self.go_on(sim, session, at, Belief::SeatHeld, Kind::Checkout, agenda),
            Reply::CheckoutOpen => self.pay_or_abandon(sim, session, at, agenda),
            Reply::Challenge => self.prove_or_give_up(sim, session, at, agenda),
            Reply::PaymentInFlight => {
                Self::believe(sim, session, at, Belief::ErrorShown);
                self.ask_later(sim, session, at, Kind::Pay, agenda);
            }
            Reply::Reserved => self.stop(sim, session, at, Stop::NeverPays, agenda),
            Reply::Confirmed => {
                Self::believe(sim, session, at, Belief::Confirmed);
                self.stop(sim, session, at, Stop::Bought, agenda);
            }
            Reply::NotOpenYet | Reply::NoneFree | Reply::CodeRefused => {
                self.ask_the_same_later(sim, session, at, Belief::ErrorShown, agenda);
            }
            Reply::TurnEnded | Reply::PlaceLost => self.begin_again(sim, session, at, agenda),
            Reply::HoldEnded => {
                Self::believe(sim, session, at, Belief::ErrorShown);
                self.back_to_seats(sim, session, at, agenda);
            }
            Reply::SeatsTaken => self.pick_again(sim, session, at, agenda),
            Reply::Declined => self.see_decline(sim, session, at, agenda),
            Reply::SoldOut | Reply::SaleClosed => self.see_no(sim, session, at, Stop::ToldNo, agenda),
            Reply::VerifyAgain => {
                Self::believe(sim, session, at, Belief::InLine);
                self.plan_request(sim, session, Kind::Reverify, at, agenda);
            }
            Reply::SalePaused => self.ask_the_same_later(sim, session, at, Belief::Paused, agenda),
            Reply::Evicted | Reply::NewcomersRefused => self.see_no(sim, session, at, Stop::Excluded, agenda),
            Reply::GatewayBusy | Reply::RateLimited | Reply::AccountLocked => {
                let busy = reply == Reply::GatewayBusy;
                let failure = if busy { Failure::Unavailable } else { Failure::RateLimited };
                Self::believe(sim, session, at, Belief::ErrorShown);
                let retry_after = Self::retry_after_read(sim, session);
                self.fail_and_wait(sim, session, at, failure, retry_after, agenda);
            }
            Reply::StationBusy | Reply::PaymentUnavailable => {
                self.see_error(sim, session, at, Failure::Unavailable, agenda);
            }
            Reply::UpstreamTimeout | Reply::PaymentUnknown => {
                self.see_error(sim, session, at, Failure::GatewayTimeout, agenda);
            }
            Reply::ServerError => self.see_error(sim, session, at, Failure::ServerError, agenda),
            Reply::BadGateway | Reply::PaymentFailed => {
                self.see_error(sim, session, at, Failure::BadGateway, agenda);
            }
            Reply::ConnectionClosed => unreachable!("a connection without a reply cannot be read"),
            Reply::Goodbye | Reply::Noted => {}
        }
    }

    /// The page says that things have gone on, and what to ask for now.
    fn go_on<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, belief: Belief, next: Kind,
        agenda: &mut Agenda,
    ) {
        sim.crowd.page_mut(session).tell();
        Self::believe(sim, session, at, belief);
        self.plan_request(sim, session, next, at, agenda);
    }

    /// Not now: the page will ask the same again.
    fn ask_the_same_later<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, belief: Belief, agenda: &mut Agenda,
    ) {
        Self::believe(sim, session, at, belief);
        let kind = sim.crowd.wire(session).kind();
        self.ask_later(sim, session, at, kind, agenda);
    }

    /// What they had is gone: back to the way in.
    fn begin_again<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, agenda: &mut Agenda,
    ) {
        Self::believe(sim, session, at, Belief::ErrorShown);
        self.stop_beating(session);
        sim.crowd.wire_mut(session).begin_round();
        let next = Self::way_in(sim, session);
        self.ask_later(sim, session, at, next, agenda);
    }

    /// The bank declines the card: they try another, or stop.
    fn see_decline<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, agenda: &mut Agenda,
    ) {
        Self::believe(sim, session, at, Belief::ErrorShown);
        let cohort = sim.crowd.wire(session).cohort();
        if sim.plan.cohorts[cohort].again_after_decline {
            self.back_to_seats(sim, session, at, agenda);
        } else {
            self.stop(sim, session, at, Stop::Declined, agenda);
        }
    }

    /// A no for good.
    fn see_no<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, why: Stop, agenda: &mut Agenda,
    ) {
        Self::believe(sim, session, at, Belief::ToldNo);
        self.stop(sim, session, at, why, agenda);
    }

    /// The page says that they are in line, and shows the position: the person waits, or leaves.
    fn stand_in_line_or_leave<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, position: u32, agenda: &mut Agenda,
    ) {
        Self::believe(sim, session, at, Belief::InLine);
        if sim.call_backs.are_offered() && self.goes_away(sim, session, at) {
            return;
        }
        if !self.tolerance.minds_positions() || !self.leaves_for_position(sim, session, at, position, agenda)
        {
            self.ask_later(sim, session, at, Kind::Poll, agenda);
        }
    }

    /// The wait that goes with a gateway's refusal, where the page's script can read it.
    fn retry_after_read<O: Observer, B>(sim: &Sim<O, B>, session: SessionId) -> Option<Span> {
        let by_script = sim.mode_of(sim.crowd.wire(session).kind()) == Mode::Fetch;
        sim.plan.edge.retry_after.filter(|_| by_script && sim.plan.edge.expose_retry_after)
    }

    /// The screen shows an error status.
    fn see_error<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, failure: Failure, agenda: &mut Agenda,
    ) {
        Self::believe(sim, session, at, Belief::ErrorShown);
        self.fail(sim, session, at, failure, agenda);
    }

    /// The seats are on the screen: choose, and ask for them.
    fn choose_seats<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, agenda: &mut Agenda,
    ) {
        Self::believe(sim, session, at, Belief::Choosing);
        self.begin_beating(sim, session, at, agenda);
        sim.seat_picks.look(session);
        let choose = Self::think(sim, session, DrawPurpose::Choose);
        self.plan_request(sim, session, Kind::Hold, at + choose, agenda);
    }

    /// The seats are held and the form is open: fill it in and pay, or think better of it.
    fn pay_or_abandon<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, agenda: &mut Agenda,
    ) {
        let cohort = &sim.plan.cohorts[sim.crowd.wire(session).cohort()];
        let (stream, n) = sim.draws.of_request(DrawPurpose::Abandon, sim.draw_key(session));
        let abandons = cohort.abandon > 0.0 && stream.chance(n, cohort.abandon);
        let at = at + Self::think(sim, session, DrawPurpose::FillIn);
        let row = sim.crowd.row(session);
        if abandons && at < row.page.leave_at() && at < sim.plan.roster.horizon {
            self.stop(sim, session, at, Stop::Abandoned, agenda);
        } else {
            self.plan_request(sim, session, Kind::Pay, at, agenda);
        }
    }

    /// The bank wants a proof: give it and pay again, or give up.
    fn prove_or_give_up<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, agenda: &mut Agenda,
    ) {
        Self::believe(sim, session, at, Belief::Paying);
        let draw_key = sim.draw_key(session);
        let Some(challenge) = &sim.plan.payment.challenge else { return };
        let (stream, n) = sim.draws.of_request(DrawPurpose::Proof, draw_key);
        let at = at + challenge.time.sample(stream, n);
        let gives_up = sim.happens(DrawPurpose::ProofAbandon, challenge.abandon.get(), draw_key);
        let row = sim.crowd.row_mut(session);
        row.wire.clear_failures();
        if gives_up && at < row.page.leave_at() && at < sim.plan.roster.horizon {
            self.stop(sim, session, at, Stop::ChallengeAbandoned, agenda);
        } else {
            self.plan_request(sim, session, Kind::Pay, at, agenda);
        }
    }

    /// A think time of the person, keyed by the newest ask.
    fn think<O: Observer, B>(sim: &Sim<O, B>, session: SessionId, what: DrawPurpose) -> Span {
        let cohort = &sim.plan.cohorts[sim.crowd.wire(session).cohort()];
        let (stream, n) = sim.draws.of_request(what, sim.draw_key(session));
        match what {
            DrawPurpose::Choose => cohort.choose.sample(stream, n),
            _ => cohort.fill_in.sample(stream, n),
        }
    }

    /// After a declined card or a lost hold: back to choosing.
    pub(in crate::model) fn choose_again<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, agenda: &mut Agenda,
    ) {
        sim.crowd.wire_mut(session).begin_round();
        let choose = Self::think(sim, session, DrawPurpose::Choose).max(SECOND_THOUGHT);
        self.plan_request(sim, session, Kind::Hold, at + choose, agenda);
    }

    /// Changes what the screen says. Whoever knows that the sale is paused needs a readable answer that says otherwise to
    /// believe anything else: to load, to be in line, to hang or to be cut off is what a pause looks like.
    pub(in crate::model) fn believe<O: Observer, B>(
        sim: &mut Sim<O, B>, session: SessionId, at: Time, belief: Belief,
    ) {
        let looks_like_a_pause =
            matches!(belief, Belief::Loading | Belief::InLine | Belief::Hanging | Belief::OpaqueError);
        if !looks_like_a_pause || sim.crowd.page(session).belief() != Belief::Paused {
            Self::show(sim, session, at, belief);
        }
    }

    /// Changes what the screen says, whatever it said before.
    pub(in crate::model) fn show<O: Observer, B>(
        sim: &mut Sim<O, B>, session: SessionId, at: Time, belief: Belief,
    ) {
        let row = sim.crowd.row_mut(session);
        if row.page.belief() != belief {
            row.page.set_belief(belief);
            let who = sim.crowd.who(session);
            sim.record.fact(at, Fact::Believes { who, belief });
        }
    }

    /// "These seats are no longer available": other ones of the same map, or another map.
    pub(in crate::model) fn pick_again<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, agenda: &mut Agenda,
    ) {
        Self::believe(sim, session, at, Belief::ErrorShown);
        let tries = match sim.plan.inventory.selection {
            Selection::PickASeat(pick) => pick.tries.get(),
            Selection::BestAvailable => 1,
        };
        if sim.seat_picks.beaten(session).is_some_and(|beaten| beaten >= tries) {
            self.look_again(sim, session, at, agenda);
        } else {
            self.choose_again(sim, session, at, agenda);
        }
    }

    /// Back to the seats: to the map, where they are picked on one.
    pub(in crate::model) fn back_to_seats<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, agenda: &mut Agenda,
    ) {
        if sim.seat_picks.of(session).is_some() {
            self.look_again(sim, session, at, agenda);
        } else {
            self.choose_again(sim, session, at, agenda);
        }
    }

    fn look_again<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, agenda: &mut Agenda,
    ) {
        sim.crowd.wire_mut(session).begin_round();
        self.plan_request(sim, session, Kind::SeatMap, at + SECOND_THOUGHT, agenda);
    }
}
