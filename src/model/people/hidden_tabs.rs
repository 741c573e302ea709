//! Tabs in the background: while a tab is hidden its timers fire seldom, and nobody sees what it says.
//!
//! ```text
//!   opened --after--> hidden --lasts--> looked at again
//!                       | polls once a minute; a place with a shorter grace is skipped meanwhile
//!                       | "it is your turn", or the end of it, is read on coming back
//! ```
//!
//! A page that has to be loaded again waits for its person, whether they or the browser would reload it.
//!
//! Only whoever is in line or trying goes away; inside people stay. Modelled on Chrome, which lets the timers of a page
//! that was hidden for five minutes fire once a minute. Left out: phones that stop pages altogether.

use crate::engine::{Agenda, Span, Time};
use crate::model::people::People;
use crate::model::people::Sim;
use crate::model::sim::draws::DrawPurpose;
use crate::model::sim::message::Message;
use crate::protocol::{Belief, Fact, Incident, Kind, Observer, Reply, SessionId};
use crate::scenario::Plan;

/// Since when and until when each session is hidden. Empty where nobody goes away.
#[derive(Default)]
pub(in crate::model) struct HiddenTabs {
    /// In milliseconds since time 0.
    since_until_ms: Vec<(u32, u32)>,
}

fn ms(at: Time) -> u32 {
    u32::try_from(at.as_us() / 1000).expect("12.7 days fit into 32 bits of milliseconds")
}

impl HiddenTabs {
    pub(in crate::model) fn new(plan: &Plan, sessions: u32) -> HiddenTabs {
        let needed = plan.cohorts.iter().any(|cohort| cohort.background.is_some());
        HiddenTabs { since_until_ms: vec![(0, 0); if needed { sessions as usize } else { 0 }] }
    }

    /// Somebody may go away.
    pub(in crate::model) fn are_possible(&self) -> bool {
        !self.since_until_ms.is_empty()
    }

    /// The tab is closed, or somebody looks at it again.
    pub(in crate::model) fn close(&mut self, session: SessionId) {
        if let Some(hidden) = self.since_until_ms.get_mut(session.index()) {
            *hidden = (0, 0);
        }
    }

    /// Since when, and until when, a session is hidden that is hidden at this instant.
    fn at(&self, session: SessionId, at: Time) -> Option<(Time, Time)> {
        let &(since, until) = self.since_until_ms.get(session.index())?;
        let [since, until] = [since, until].map(|ms| Time::ZERO + Span::from_ms(u64::from(ms)));
        (since <= at && at < until).then_some((since, until))
    }
}

impl People {
    /// Nobody looks at this session at this instant.
    pub(in crate::model) fn is_hidden(&self, session: SessionId, at: Time) -> bool {
        self.hidden_tabs.at(session, at).is_some()
    }

    /// A session was opened: plans when its person goes away, if they do.
    pub(in crate::model) fn plan_hiding<O: Observer, B>(
        sim: &mut Sim<O, B>, session: SessionId, agenda: &mut Agenda,
    ) {
        let row = sim.crowd.row(session);
        let Some(background) = &sim.plan.cohorts[row.wire.cohort()].background else { return };
        let drawn = |what| sim.draws.of_person(what, sim.entity_of(session), row.wire.tab());
        let (stream, n) = drawn(DrawPurpose::Hides);
        if stream.chance(n, background.share.get()) {
            let (stream, n) = drawn(DrawPurpose::HidesAfter);
            let at = sim.now + background.after.sample(stream, n);
            if at < row.page.leave_at().min(sim.plan.roster.horizon) {
                sim.post(Message::HideTab, at, session, 0, agenda);
            }
        }
    }

    /// The person goes away from a session that is in line, or trying to be.
    pub(in crate::model) fn hide_tab<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, agenda: &mut Agenda,
    ) {
        let row = sim.crowd.row(session);
        let trying = matches!(
            row.page.belief(),
            Belief::Loading
                | Belief::InLine
                | Belief::ErrorShown
                | Belief::OpaqueError
                | Belief::Hanging
                | Belief::Paused
        );
        let Some(background) = &sim.plan.cohorts[row.wire.cohort()].background else { return };
        if !trying || sim.call_backs.is_away(session) {
            return;
        }
        let (stream, n) = sim.draws.of_person(DrawPurpose::HiddenFor, sim.entity_of(session), row.wire.tab());
        let until = sim.now + background.lasts.sample(stream, n);
        self.hidden_tabs.since_until_ms[session.index()] = (ms(sim.now), ms(until));
        let who = sim.crowd.who(session);
        sim.record.fact(sim.now, Fact::Incident { who, incident: Incident::TabHidden });
        let row = sim.crowd.row(session);
        if row.wire.is_planned()
            && row.wire.kind() == Kind::OpenPage
            && (sim.now..until).contains(&row.wire.deadline())
        {
            self.plan_request(sim, session, Kind::OpenPage, until, agenda);
        }
    }

    /// Place or turn of a session ran out; nobody saw it who could have asked again in time, if it is hidden now.
    pub(in crate::model) fn note_if_hidden<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId,
    ) {
        if self.is_hidden(session, sim.now) {
            let who = sim.crowd.who(session);
            sim.record.fact(sim.now, Fact::Incident { who, incident: Incident::ExpiredInBackground });
        }
    }

    /// When a timer fires that was set for this instant: in a hidden tab with the next beat of the throttle, or when
    /// somebody looks at it again.
    #[inline(never)]
    pub(in crate::model) fn timer_fires_at<O: Observer, B>(
        &self, sim: &Sim<O, B>, session: SessionId, wanted: Time,
    ) -> Time {
        let Some((since, until)) = self.hidden_tabs.at(session, wanted) else { return wanted };
        let cohort = &sim.plan.cohorts[sim.crowd.wire(session).cohort()];
        let Some(background) = &cohort.background else { return wanted };
        let throttled_us = background.throttled.as_us();
        let beats = wanted.saturating_since(since).as_us().div_ceil(throttled_us);
        until.min(since + Span::from_us(beats * throttled_us))
    }

    /// When somebody looks again at a session that is hidden at this instant.
    pub(in crate::model) fn visible_again(&self, session: SessionId, at: Time) -> Option<Time> {
        self.hidden_tabs.at(session, at).map(|(_, until)| until)
    }

    /// A reply that a script cannot deal with reaches a hidden tab: it is read when somebody looks at it again. Returns
    /// whether it has to wait for that.
    #[inline(never)]
    pub(in crate::model) fn waits_for_eyes<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, reply: Reply, agenda: &mut Agenda,
    ) -> bool {
        let needs_eyes =
            reply.is_final() || matches!(reply, Reply::YourTurn | Reply::Evicted | Reply::NewcomersRefused);
        let Some((_, until)) = self.hidden_tabs.at(session, at).filter(|_| needs_eyes) else {
            return false;
        };
        let leave_at = self.leaves_at(sim, session);
        let row = sim.crowd.row_mut(session);
        let attempt = row.wire.attempt();
        // The answer is there: the client waits for nothing any more, but for its person. No later than for that: a wake
        // that is pending goes on to the deadline of then, and would hide the earlier ones that follow the look.
        row.wire.set_deadline(leave_at.min(until));
        row.wire.set_answered();
        if leave_at <= until {
            sim.arm_client_timer(session, agenda);
        }
        sim.post(Message::Deliver(reply), until, session, attempt, agenda);
        true
    }
}
