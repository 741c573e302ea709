//! What a reply means to the person in front of the screen, and what the client does about it.
//!
//! Belief changes here and in `client.rs`, only by a reply that was delivered and could be read, or
//! by the client's own clock. Every function takes the instant at which the client acts, which may be later than now.

use crate::behavior::{Earlier, Failure, Heard, Next, View};
use crate::engine::{Agenda, Span, Time};
use crate::model::across::World;
use crate::model::sim::crowd::Flag;
use crate::model::sim::draws::DrawPurpose;
use crate::protocol::{Belief, Cause, Fact, Kind, Mode, Observer, Reading, Reply, SessionId, Stop};
use crate::scenario::plan::{Selection, WhenNoneFree};

/// A person needs at least this long to try again after a decline or a lost hold. Assumption; it keeps a sale
/// whose every delay is zero from looping within one instant.
pub(in crate::model) const SECOND_THOUGHT: Span = Span::from_secs(1);

/// How long Chromium waits after each failed connection before it loads a page again (`net_error_auto_reloader.cc`,
/// `GetNextReloadDelay`); the last wait is repeated.
const AUTO_RELOAD: [Span; 7] = [
    Span::from_secs(1),
    Span::from_secs(5),
    Span::from_secs(30),
    Span::from_secs(60),
    Span::from_secs(300),
    Span::from_secs(600),
    Span::from_secs(1800),
];

/// What happens after so many failed connections of a page, where the browser reloads by itself: the page's script, which
/// would ask again, is not there to do so; a person may be faster, or has given up.
fn with_auto_reload(wish: Next, failures: u8) -> Next {
    let wait = AUTO_RELOAD[usize::from(failures.saturating_sub(1)).min(AUTO_RELOAD.len() - 1)];
    match wish {
        Next::AskAfter(_) => Next::AskAfter(wait),
        Next::ReloadAfter(by_hand) if by_hand > wait => Next::AskAfter(wait),
        Next::ReloadAfter(_) | Next::Stop => wish,
    }
}

impl<O: Observer> World<O> {
    /// A reply was delivered at `at`: the client reads it, and decides what next.
    pub(in crate::model) fn hear(
        &mut self,
        session: SessionId,
        at: Time,
        kind: Kind,
        reading: Reading,
        cause: Cause,
        agenda: &mut Agenda,
    ) {
        let who = self.sim.crowd.who(session);
        self.sim.record.fact(at, Fact::Heard { who, kind, reading, cause });
        if self.people.callers.exist() {
            self.program_hears(session, at, reading);
        }
        if self.person_is_done(session) {
            self.stop(session, at, Stop::Sibling, agenda);
            return;
        }
        match reading {
            Reading::Opaque(reply) => {
                self.believe(session, at, Belief::OpaqueError);
                let reset = self.sim.mode_of(kind) == Mode::Navigation && !reply.has_status();
                self.fail(session, at, if reset { Failure::Reset } else { Failure::Opaque }, agenda);
            }
            Reading::Answer(reply) => {
                if self.people.tolerance.minds_silence() {
                    self.break_silence(session);
                }
                if !self.people.tolerance.minds_refusals()
                    || !self.leaves_for_refusal(session, at, reply, agenda)
                {
                    self.apply_reply(session, at, reply, agenda);
                }
            }
        }
    }

    /// What a readable reply means to the person in front of the screen.
    fn apply_reply(&mut self, session: SessionId, at: Time, reply: Reply, agenda: &mut Agenda) {
        match reply {
            Reply::Page => {
                let next = if self.sim.plan.line.is_some() { Kind::Join } else { Kind::SeatMap };
                self.plan_request(session, next, at, agenda);
            }
            Reply::InLine => self.stand_in_line_or_leave(session, at, agenda),
            Reply::YourTurn => {
                self.sim.crowd.row_mut(session).set(Flag::Told);
                self.believe(session, at, Belief::YourTurn);
                self.plan_request(session, Kind::SeatMap, at, agenda);
            }
            Reply::SeatMap => self.choose_seats(session, at, agenda),
            Reply::Held => {
                self.sim.crowd.row_mut(session).set(Flag::Told);
                self.believe(session, at, Belief::SeatHeld);
                self.plan_request(session, Kind::Checkout, at, agenda);
            }
            Reply::CheckoutOpen => self.pay_or_abandon(session, at, agenda),
            Reply::Challenge => self.prove_or_give_up(session, at, agenda),
            Reply::PaymentInFlight => {
                self.believe(session, at, Belief::ErrorShown);
                self.ask_later(session, at, Kind::Pay, agenda);
            }
            Reply::Reserved => self.stop(session, at, Stop::NeverPays, agenda),
            Reply::Confirmed => {
                self.believe(session, at, Belief::Confirmed);
                self.stop(session, at, Stop::Bought, agenda);
            }
            Reply::NotOpenYet | Reply::NoneFree | Reply::CodeRefused => {
                self.believe(session, at, Belief::ErrorShown);
                let kind = self.sim.crowd.row(session).kind();
                self.ask_later(session, at, kind, agenda);
            }
            Reply::TurnEnded | Reply::PlaceLost => {
                self.believe(session, at, Belief::ErrorShown);
                self.stop_beating(session);
                self.begin_round(session);
                let next = self.way_in(session);
                self.ask_later(session, at, next, agenda);
            }
            Reply::HoldEnded => {
                self.believe(session, at, Belief::ErrorShown);
                self.back_to_seats(session, at, agenda);
            }
            Reply::SeatsTaken => self.pick_again(session, at, agenda),
            Reply::Declined => {
                self.believe(session, at, Belief::ErrorShown);
                let cohort = self.sim.crowd.row(session).cohort();
                if self.sim.plan.cohorts[cohort].again_after_decline {
                    self.back_to_seats(session, at, agenda);
                } else {
                    self.stop(session, at, Stop::Declined, agenda);
                }
            }
            Reply::SoldOut | Reply::SaleClosed => {
                self.believe(session, at, Belief::ToldNo);
                self.stop(session, at, Stop::ToldNo, agenda);
            }
            Reply::VerifyAgain => {
                self.believe(session, at, Belief::InLine);
                self.plan_request(session, Kind::Reverify, at, agenda);
            }
            Reply::SalePaused => {
                self.believe(session, at, Belief::Paused);
                let kind = self.sim.crowd.row(session).kind();
                self.ask_later(session, at, kind, agenda);
            }
            Reply::Evicted | Reply::NewcomersRefused => {
                self.believe(session, at, Belief::ToldNo);
                self.stop(session, at, Stop::Excluded, agenda);
            }
            Reply::GatewayBusy | Reply::RateLimited | Reply::AccountLocked => {
                let busy = reply == Reply::GatewayBusy;
                let failure = if busy { Failure::Unavailable } else { Failure::RateLimited };
                self.believe(session, at, Belief::ErrorShown);
                let retry_after = self.retry_after_read(session);
                self.fail_and_wait(session, at, failure, retry_after, agenda);
            }
            Reply::StationBusy | Reply::PaymentUnavailable => {
                self.see_error(session, at, Failure::Unavailable, agenda);
            }
            Reply::UpstreamTimeout | Reply::PaymentUnknown => {
                self.see_error(session, at, Failure::GatewayTimeout, agenda);
            }
            Reply::ServerError => self.see_error(session, at, Failure::ServerError, agenda),
            Reply::BadGateway | Reply::PaymentFailed => {
                self.see_error(session, at, Failure::BadGateway, agenda);
            }
            Reply::ConnectionClosed => unreachable!("a connection without a reply cannot be read"),
            Reply::Goodbye | Reply::Noted => {}
        }
    }

    /// The page says that they are in line, and shows the position: the person waits, or leaves.
    fn stand_in_line_or_leave(&mut self, session: SessionId, at: Time, agenda: &mut Agenda) {
        self.believe(session, at, Belief::InLine);
        if self.sim.call_backs.are_offered() && self.goes_away(session, at) {
            return;
        }
        if !self.people.tolerance.minds_positions() || !self.leaves_line(session, at, agenda) {
            self.ask_later(session, at, Kind::Poll, agenda);
        }
    }

    /// The wait that goes with a gateway's refusal, where the page's script can read it.
    fn retry_after_read(&self, session: SessionId) -> Option<Span> {
        let by_script = self.sim.mode_of(self.sim.crowd.row(session).kind()) == Mode::Fetch;
        self.sim.plan.edge.retry_after.filter(|_| by_script && self.sim.plan.edge.expose_retry_after)
    }

    /// The screen shows an error status.
    fn see_error(&mut self, session: SessionId, at: Time, failure: Failure, agenda: &mut Agenda) {
        self.believe(session, at, Belief::ErrorShown);
        self.fail(session, at, failure, agenda);
    }

    /// The seats are on the screen: choose, and ask for them.
    fn choose_seats(&mut self, session: SessionId, at: Time, agenda: &mut Agenda) {
        self.believe(session, at, Belief::Choosing);
        self.begin_beating(session, at, agenda);
        self.sim.seat_picks.look(session);
        let choose = self.think(session, DrawPurpose::Choose);
        self.plan_request(session, Kind::Hold, at + choose, agenda);
    }

    /// The seats are held and the form is open: fill it in and pay, or think better of it.
    fn pay_or_abandon(&mut self, session: SessionId, at: Time, agenda: &mut Agenda) {
        let cohort = &self.sim.plan.cohorts[self.sim.crowd.row(session).cohort()];
        let (stream, n) = self.sim.draws.of_request(DrawPurpose::Abandon, self.sim.draw_key(session));
        let abandons = cohort.abandon > 0.0 && stream.chance(n, cohort.abandon);
        let at = at + self.think(session, DrawPurpose::FillIn);
        let row = self.sim.crowd.row(session);
        if abandons && at < row.leave_at() && at < self.sim.plan.roster.horizon {
            self.stop(session, at, Stop::Abandoned, agenda);
        } else {
            self.plan_request(session, Kind::Pay, at, agenda);
        }
    }

    /// The bank wants a proof: give it and pay again, or give up.
    fn prove_or_give_up(&mut self, session: SessionId, at: Time, agenda: &mut Agenda) {
        self.believe(session, at, Belief::Paying);
        let draw_key = self.sim.draw_key(session);
        let Some(challenge) = &self.sim.plan.payment.challenge else { return };
        let (stream, n) = self.sim.draws.of_request(DrawPurpose::Proof, draw_key);
        let at = at + challenge.time.sample(stream, n);
        let gives_up = self.sim.happens(DrawPurpose::ProofAbandon, challenge.abandon, draw_key);
        let row = self.sim.crowd.row_mut(session);
        row.clear_failures();
        if gives_up && at < row.leave_at() && at < self.sim.plan.roster.horizon {
            self.stop(session, at, Stop::ChallengeAbandoned, agenda);
        } else {
            self.plan_request(session, Kind::Pay, at, agenda);
        }
    }

    /// A think time of the person, keyed by the newest ask.
    fn think(&self, session: SessionId, what: DrawPurpose) -> Span {
        let cohort = &self.sim.plan.cohorts[self.sim.crowd.row(session).cohort()];
        let (stream, n) = self.sim.draws.of_request(what, self.sim.draw_key(session));
        match what {
            DrawPurpose::Choose => cohort.choose.sample(stream, n),
            _ => cohort.fill_in.sample(stream, n),
        }
    }

    /// After a declined card or a lost hold: back to choosing.
    pub(in crate::model) fn choose_again(&mut self, session: SessionId, at: Time, agenda: &mut Agenda) {
        self.begin_round(session);
        let choose = self.think(session, DrawPurpose::Choose).max(SECOND_THOUGHT);
        self.plan_request(session, Kind::Hold, at + choose, agenda);
    }

    /// A new round of trying to get in, or to buy, has luck of its own.
    pub(in crate::model) fn begin_round(&mut self, session: SessionId) {
        let row = self.sim.crowd.row_mut(session);
        row.round = row.round.saturating_add(1);
        row.asks = 0;
        row.clear_failures();
    }

    /// News that is not final: ask (again) at the interval that the system asks for.
    pub(in crate::model) fn ask_later(
        &mut self,
        session: SessionId,
        at: Time,
        next: Kind,
        agenda: &mut Agenda,
    ) {
        self.sim.crowd.row_mut(session).clear_failures();
        self.decide(session, at, next, Heard::NotYet, None, agenda);
    }

    /// An attempt failed: the behavior decides.
    pub(in crate::model) fn fail(
        &mut self,
        session: SessionId,
        at: Time,
        failure: Failure,
        agenda: &mut Agenda,
    ) {
        self.fail_and_wait(session, at, failure, None, agenda);
    }

    /// An attempt failed with a wait that the reply names.
    fn fail_and_wait(
        &mut self,
        session: SessionId,
        at: Time,
        failure: Failure,
        retry_after: Option<Span>,
        agenda: &mut Agenda,
    ) {
        let row = self.sim.crowd.row_mut(session);
        row.add_failure();
        let kind = row.kind();
        self.decide(session, at, kind, Heard::Failed(failure), retry_after, agenda);
    }

    fn decide(
        &mut self,
        session: SessionId,
        at: Time,
        next: Kind,
        heard: Heard,
        retry_after: Option<Span>,
        agenda: &mut Agenda,
    ) {
        let (stream, n) = self.sim.draws.of_request(DrawPurpose::Behavior, self.sim.draw_key(session));
        let row = self.sim.crowd.row(session);
        let (interval, spread) = self.interval_asked(row.kind());
        let view = View {
            heard,
            kind: row.kind(),
            failures: u32::from(row.failures()),
            at,
            opens_at: self.sim.plan.roster.opens_at,
            interval,
            spread,
            retry_after,
            luck: stream.unit(n),
            earlier: Earlier::new(stream, n),
        };
        let cohort = row.cohort();
        let paused = row.belief() == Belief::Paused;
        let longer = if paused { self.sim.plan.cohorts[cohort].wait_when_paused } else { Span::ZERO };
        let back = self.back_at(session);
        let not_before = |then: Time| back.map_or(then, |back| back.max(then));
        let wish = self.people.behaviors[cohort].next(&view);
        let decided = match heard {
            Heard::NotYet => wish,
            Heard::Failed(failure) => self.after_failure(session, at, failure, wish),
        };
        match decided {
            Next::AskAfter(wait) => {
                let fires_at = self.fires_at(session, not_before(at + wait + longer));
                self.plan_request(session, next, fires_at, agenda);
            }
            Next::ReloadAfter(_) if self.is_told_not_to_refresh(session) => {
                let fires_at = self.fires_at(session, not_before(at + view.interval_asked() + longer));
                self.plan_request(session, next, fires_at, agenda);
            }
            Next::ReloadAfter(wait) => {
                self.stop_beating(session);
                self.sim.crowd.row_mut(session).open_anew();
                let reloads_at = not_before(at + wait + longer);
                let fires_at = self.visible_again(session, reloads_at).unwrap_or(reloads_at);
                self.plan_request(session, Kind::OpenPage, fires_at, agenda);
            }
            Next::Stop if self.keeps_trying(session) => {
                self.plan_request(session, next, at + interval, agenda);
            }
            Next::Stop => self.stop(session, at, Stop::AttemptsUsedUp, agenda),
        }
    }

    /// When a page's timer fires that was set for this instant.
    #[inline]
    fn fires_at(&self, session: SessionId, at: Time) -> Time {
        if self.people.hidden_tabs.are_possible() { self.timer_fires_at(session, at) } else { at }
    }

    /// The behavior's wish after a failure, and what browser and program make of it.
    #[inline(never)]
    fn after_failure(&mut self, session: SessionId, at: Time, failure: Failure, wish: Next) -> Next {
        let row = self.sim.crowd.row(session);
        let (cohort, kind, failures) = (row.cohort(), row.kind(), row.failures());
        let unconnected = matches!(failure, Failure::Reset | Failure::Timeout);
        let browser_acts = self.sim.plan.cohorts[cohort].auto_reload
            && unconnected
            && self.sim.mode_of(kind) == Mode::Navigation;
        let wish = if browser_acts {
            self.once_visible(session, at, with_auto_reload(wish, failures))
        } else {
            wish
        };
        if self.people.callers.exist() { self.if_program_allows(session, at, failure, wish) } else { wish }
    }

    /// A browser reloads no page that nobody looks at: it does so once the page is visible again.
    fn once_visible(&self, session: SessionId, at: Time, wish: Next) -> Next {
        match wish {
            Next::AskAfter(wait) => {
                let visible = self.visible_again(session, at + wait);
                Next::AskAfter(visible.map_or(wait, |visible| visible.saturating_since(at)))
            }
            Next::ReloadAfter(_) | Next::Stop => wish,
        }
    }

    /// The interval that the system asks clients to keep, and its spread.
    fn interval_asked(&self, kind: Kind) -> (Span, f64) {
        match (kind, self.sim.plan.inventory.when_none_free, &self.sim.plan.line) {
            (Kind::Hold, WhenNoneFree::Retry(interval), _) => (interval, 0.0),
            (Kind::SeatMap, WhenNoneFree::Retry(interval), _)
                if matches!(self.sim.plan.inventory.selection, Selection::PickASeat(_)) =>
            {
                (interval, 0.0)
            }
            (_, _, Some(line)) => (line.poll_interval, line.poll_jitter),
            _ => (self.sim.plan.roster.poll_interval, 0.0),
        }
    }

    /// Changes what the screen says. Whoever knows that the sale is paused needs a readable answer that says otherwise to
    /// believe anything else: to load, to be in line, to hang or to be cut off is what a pause looks like.
    pub(in crate::model) fn believe(&mut self, session: SessionId, at: Time, belief: Belief) {
        let looks_like_a_pause =
            matches!(belief, Belief::Loading | Belief::InLine | Belief::Hanging | Belief::OpaqueError);
        if !looks_like_a_pause || self.sim.crowd.row(session).belief() != Belief::Paused {
            self.show(session, at, belief);
        }
    }

    /// Changes what the screen says, whatever it said before.
    pub(in crate::model) fn show(&mut self, session: SessionId, at: Time, belief: Belief) {
        let row = self.sim.crowd.row_mut(session);
        if row.belief() != belief {
            row.set_belief(belief);
            let who = self.sim.crowd.who(session);
            self.sim.record.fact(at, Fact::Believes { who, belief });
        }
    }

    /// "These seats are no longer available": other ones of the same map, or another map.
    pub(in crate::model) fn pick_again(&mut self, session: SessionId, at: Time, agenda: &mut Agenda) {
        self.believe(session, at, Belief::ErrorShown);
        let tries = match self.sim.plan.inventory.selection {
            Selection::PickASeat(pick) => pick.tries.get(),
            Selection::BestAvailable => 1,
        };
        if self.sim.seat_picks.beaten(session).is_some_and(|beaten| beaten >= tries) {
            self.look_again(session, at, agenda);
        } else {
            self.choose_again(session, at, agenda);
        }
    }

    /// Back to the seats: to the map, where they are picked on one.
    pub(in crate::model) fn back_to_seats(&mut self, session: SessionId, at: Time, agenda: &mut Agenda) {
        if self.sim.seat_picks.of(session).is_some() {
            self.look_again(session, at, agenda);
        } else {
            self.choose_again(session, at, agenda);
        }
    }

    fn look_again(&mut self, session: SessionId, at: Time, agenda: &mut Agenda) {
        self.begin_round(session);
        self.plan_request(session, Kind::SeatMap, at + SECOND_THOUGHT, agenda);
    }
}
