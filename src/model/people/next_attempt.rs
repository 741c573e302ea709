//! What the client does after an answer or a failure: what its behavior wishes, and what the browser, a program, a hidden
//! page and an announcement make of that wish. Every function takes the instant at which the client acts.

use crate::behavior::{Earlier, Failure, Heard, Next, View};
use crate::engine::{Agenda, Span, Time};
use crate::model::people::People;
use crate::model::people::Sim;
use crate::model::sim::draws::DrawPurpose;
use crate::protocol::{Belief, Kind, Mode, Observer, SessionId, Stop};
use crate::scenario::plan::{Selection, WhenNoneFree};

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

/// What the behavior is told of an attempt.
#[derive(Clone, Copy)]
struct Told {
    heard: Heard,
    /// The wait that the reply names.
    retry_after: Option<Span>,
}

impl People {
    /// News that is not final: ask (again) at the interval that the system asks for.
    pub(in crate::model) fn ask_later<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, next: Kind, agenda: &mut Agenda,
    ) {
        sim.crowd.wire_mut(session).clear_failures();
        self.decide(sim, session, at, next, Told { heard: Heard::NotYet, retry_after: None }, agenda);
    }

    /// An attempt failed: the behavior decides.
    pub(in crate::model) fn fail<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, failure: Failure, agenda: &mut Agenda,
    ) {
        self.fail_and_wait(sim, session, at, failure, None, agenda);
    }

    /// An attempt failed with a wait that the reply names.
    pub(in crate::model::people) fn fail_and_wait<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, failure: Failure,
        retry_after: Option<Span>, agenda: &mut Agenda,
    ) {
        let row = sim.crowd.row_mut(session);
        row.wire.add_failure();
        let kind = row.wire.kind();
        self.decide(sim, session, at, kind, Told { heard: Heard::Failed(failure), retry_after }, agenda);
    }

    fn decide<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, next: Kind, told: Told,
        agenda: &mut Agenda,
    ) {
        let Told { heard, retry_after } = told;
        if self.hears_older && Self::asks_already(sim, session, next) {
            return;
        }
        let draw_key = sim.draw_key(session);
        let (stream, n) = sim.draws.of_request(DrawPurpose::Behavior, draw_key);
        let row = sim.crowd.row(session);
        let (interval, spread) = Self::interval_asked(sim, draw_key.kind);
        let view = View {
            heard,
            kind: draw_key.kind,
            failures: u32::from(row.wire.failures()),
            at,
            opens_at: sim.plan.roster.opens_at,
            interval,
            spread,
            retry_after,
            luck: stream.unit(n),
            earlier: Earlier::new(stream, n),
        };
        let cohort = row.wire.cohort();
        let paused = row.page.belief() == Belief::Paused;
        let longer = if paused { sim.plan.cohorts[cohort].wait_when_paused } else { Span::ZERO };
        let back = self.back_at(sim, session);
        let not_before = |then: Time| back.map_or(then, |back| back.max(then));
        let wish = self.behaviors[cohort].next(&view);
        let decided = match heard {
            Heard::NotYet => wish,
            Heard::Failed(failure) => self.after_failure(sim, session, at, failure, wish),
        };
        match decided {
            Next::AskAfter(wait) => {
                let fires_at = self.fires_at(sim, session, not_before(at + wait + longer));
                let fires_at = match sim.next_tick(session) {
                    Some(tick) => not_before(tick.max(at + longer)),
                    None => fires_at,
                };
                self.plan_request(sim, session, next, fires_at, agenda);
            }
            Next::ReloadAfter(_) if self.is_told_not_to_refresh(sim, session) => {
                let fires_at = self.fires_at(sim, session, not_before(at + view.interval_asked() + longer));
                self.plan_request(sim, session, next, fires_at, agenda);
            }
            Next::ReloadAfter(wait) => {
                self.stop_beating(session);
                sim.crowd.wire_mut(session).open_anew();
                let reloads_at = not_before(at + wait + longer);
                let fires_at = self.visible_again(session, reloads_at).unwrap_or(reloads_at);
                self.plan_request(sim, session, Kind::OpenPage, fires_at, agenda);
            }
            Next::Stop if self.keeps_trying(sim, session) => {
                self.plan_request(sim, session, next, at + interval, agenda);
            }
            Next::Stop => self.stop(sim, session, at, Stop::AttemptsUsedUp, agenda),
        }
    }

    /// What an older request was told: a later one asks the same.
    #[cold]
    #[inline(never)]
    fn asks_already<O: Observer, B>(sim: &Sim<O, B>, session: SessionId, next: Kind) -> bool {
        next == sim.crowd.wire(session).kind()
    }

    /// When a page's timer fires that was set for this instant.
    #[inline]
    fn fires_at<O: Observer, B>(&self, sim: &Sim<O, B>, session: SessionId, at: Time) -> Time {
        if self.hidden_tabs.are_possible() { self.timer_fires_at(sim, session, at) } else { at }
    }

    /// The behavior's wish after a failure, and what browser and program make of it.
    #[inline(never)]
    fn after_failure<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, failure: Failure, wish: Next,
    ) -> Next {
        let row = sim.crowd.row(session);
        let (cohort, kind, failures) = (row.wire.cohort(), row.wire.kind(), row.wire.failures());
        let unconnected = matches!(failure, Failure::Reset | Failure::Timeout);
        let browser_acts =
            sim.plan.cohorts[cohort].auto_reload && unconnected && sim.mode_of(kind) == Mode::Navigation;
        let wish = if browser_acts {
            self.once_visible(session, at, with_auto_reload(wish, failures))
        } else {
            wish
        };
        if self.callers.exist() { self.if_program_allows(sim, session, at, failure, wish) } else { wish }
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
    fn interval_asked<O: Observer, B>(sim: &Sim<O, B>, kind: Kind) -> (Span, f64) {
        match (kind, sim.plan.inventory.when_none_free, &sim.plan.line) {
            (Kind::Hold, WhenNoneFree::Retry(retry), _) => (retry.interval.get(), 0.0),
            (Kind::SeatMap, WhenNoneFree::Retry(retry), _)
                if matches!(sim.plan.inventory.selection, Selection::PickASeat(_)) =>
            {
                (retry.interval.get(), 0.0)
            }
            (_, _, Some(line)) => (line.poll_interval, line.poll_jitter),
            _ => (sim.plan.roster.poll_interval, 0.0),
        }
    }
}
