//! What the waiting room knows of a session, for policies that score: how it behaves, how many there are beside it, what
//! its account is. Nothing is kept or counted of what the policy does not look at.
//!
//! ```text
//!   request accepted --> signs: a repetition? polls that were due and did not come? how long is its round trip?
//!                    --> scored again --> stays, is taken out, or is taken back
//! ```
//!
//! A session is heard of by whatever a gateway accepts from it. A change of network shows by the next request.

use crate::admission::{Capabilities, Treatment, Variable, Variables};
use crate::engine::{Agenda, Span};
use crate::model::across::World;
use crate::model::sim::crowd::{Flag, NO_PLACE};
use crate::model::sim::draws::DrawPurpose;
use crate::model::sim::message::Message;
use crate::protocol::{Fact, Incident, Kind, Observer, RiskAction, SessionId, Truth};
use crate::scenario::Plan;

/// What is known of sessions. Empty where no policy looks.
#[derive(Default)]
pub(in crate::model) struct SessionSignals {
    /// One bit for each variable that the policy looks at.
    looks_at: u16,
    /// What the policy may do.
    capabilities: Capabilities,
    /// By session.
    signs: Vec<Signs>,
}

/// What a policy makes of a session that joins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::model) enum RiskTreatment {
    /// It is treated as everybody is.
    Usual,
    /// It has no place, or one later.
    Waits,
    /// It is to be taken out of the line.
    Out,
}

/// How a session behaves.
#[derive(Clone, Copy, Default)]
struct Signs {
    retries: u16,
    /// Polls that were due before the last contact, and did not come.
    missed: u16,
    /// Round trip of its last request whose answer was not lost.
    round_trip_us: u32,
}

const _: () = assert!(Variable::ALL.len() <= 16, "each variable has a bit");

impl SessionSignals {
    pub(in crate::model) fn new(plan: &Plan, sessions: u32) -> SessionSignals {
        let Some(policy) = plan.line.as_ref().map(|line| &line.policy) else {
            return SessionSignals::default();
        };
        let looks_at = Variable::ALL.into_iter().filter(|variable| policy.looks_at(*variable));
        let mut features = SessionSignals {
            looks_at: looks_at.fold(0, |bits, variable| bits | 1 << variable as u16),
            capabilities: policy.capabilities(),
            ..SessionSignals::default()
        };
        let sessions = sessions as usize;
        if [Variable::Retries, Variable::MissedHeartbeats, Variable::Latency]
            .into_iter()
            .any(|variable| features.look_at(variable))
        {
            features.signs = vec![Signs::default(); sessions];
        }
        features
    }

    /// The policy looks at this.
    fn look_at(&self, variable: Variable) -> bool {
        self.looks_at >> variable as u16 & 1 == 1
    }
}

impl<O: Observer> World<O> {
    /// A gateway has accepted a request: what it says of its session. The last contact is still the one before.
    #[inline]
    pub(in crate::model) fn note_signs(&mut self, session: SessionId, attempt: u32, kind: Kind) {
        if !self.line.signals.signs.is_empty() {
            self.keep_signs(session, attempt, kind);
        }
    }

    #[inline(never)]
    fn keep_signs(&mut self, session: SessionId, attempt: u32, kind: Kind) {
        let row = self.sim.crowd.row(session);
        let again = row.attempt() == attempt && row.failures() > 0
            || kind == Kind::Join && row.truth() == Truth::Queued;
        let missed = self.missed_since_contact(session);
        let round_trip = kind.is_waited_for().then(|| self.round_trip(session, attempt, kind)).flatten();
        let signs = &mut self.line.signals.signs[session.index()];
        signs.retries = signs.retries.saturating_add(u16::from(again));
        signs.missed = signs.missed.saturating_add(missed);
        if let Some(round_trip) = round_trip {
            signs.round_trip_us = u32::try_from(round_trip.as_us()).unwrap_or(u32::MAX);
        }
    }

    /// How many polls of a session in line were due since its last contact, and have not come: the first may still be
    /// on its way. Pauses of the sale do not count.
    fn missed_since_contact(&self, session: SessionId) -> u16 {
        let Some(line) = self.sim.plan.line.as_ref() else { return 0 };
        let row = self.sim.crowd.row(session);
        if row.truth() != Truth::Queued || self.sim.call_backs.has_address(session) {
            return 0;
        }
        let silent_ms = (self.sim.now.as_us() / 1000).saturating_sub(u64::from(row.contact_ms));
        let interval_ms = ((line.poll_interval + line.long_poll.unwrap_or(Span::ZERO)).as_us() / 1000).max(1);
        if silent_ms < 2 * interval_ms {
            return 0;
        }
        let silent_ms = silent_ms.saturating_sub(self.sim.paused_ms_since(row.contact_ms));
        u16::try_from((silent_ms / interval_ms).saturating_sub(1)).unwrap_or(u16::MAX)
    }

    /// Up and down again, as a gateway measures it on the connection; `None` where something of it is lost.
    fn round_trip(&self, session: SessionId, attempt: u32, kind: Kind) -> Option<Span> {
        let cohort = self.sim.crowd.row(session).cohort();
        let draw_key = self.sim.draw_key_of(session, attempt, kind);
        let up = self.sim.way_up(session, cohort, draw_key, self.sim.now)?;
        Some(up + self.sim.way_down(session, cohort, draw_key)?)
    }

    /// What is known of a session: what the policy looks at, and 0 for the rest. How long it waits, the policy knows.
    pub(in crate::model) fn variables(&self, session: SessionId) -> Variables {
        let mut variables = Variables::default();
        if self.line.signals.looks_at != 0 {
            for variable in Variable::ALL.into_iter().filter(|variable| self.line.signals.look_at(*variable))
            {
                variables.set(variable, self.feature(session, variable));
            }
        }
        variables
    }

    fn feature(&self, session: SessionId, variable: Variable) -> f64 {
        let signs = || self.line.signals.signs[session.index()];
        let row = self.sim.crowd.row(session);
        let cohort = &self.sim.plan.cohorts[row.cohort()];
        let draw = |what, tab| self.sim.draws.of_person(what, self.sim.entity_of(session), tab);
        let even = |(low, high): (f64, f64), what, tab| {
            let (stream, n) = draw(what, tab);
            low + (high - low) * stream.unit(n)
        };
        let account = row.tab() % cohort.accounts;
        match variable {
            Variable::Waiting => 0.0,
            Variable::Retries => f64::from(signs().retries),
            Variable::MissedHeartbeats => {
                f64::from(signs().missed) + f64::from(self.missed_since_contact(session))
            }
            Variable::NetworkSwitches => f64::from(self.sim.roaming.count(session)),
            Variable::Latency => f64::from(signs().round_trip_us) / 1000.0,
            Variable::SessionsOfPerson => self.beside(session, |_| true),
            Variable::SessionsOfAccount => {
                self.beside(session, |other| self.sim.crowd.row(other).tab() % cohort.accounts == account)
            }
            Variable::SessionsOfAddress => {
                let address = self.sim.address_of(session);
                f64::from(1 + self.tables.in_line.others_at(session, address))
            }
            Variable::AccountAge => even(cohort.traits.account_age_days, DrawPurpose::AccountAge, account),
            Variable::Verified => {
                let (stream, n) = draw(DrawPurpose::Verified, DrawPurpose::PERSONAL_TAB);
                f64::from(u8::from(stream.chance(n, cohort.traits.verified)))
            }
            Variable::Risk => even(cohort.traits.risk, DrawPurpose::Risk, DrawPurpose::PERSONAL_TAB),
            Variable::Luck => {
                let (stream, n) = draw(DrawPurpose::Place, row.tab());
                stream.unit(n)
            }
        }
    }

    /// How many sessions of the same person are in line, of those that count here, itself included.
    fn beside(&self, session: SessionId, counts: impl Fn(SessionId) -> bool) -> f64 {
        let all = self.sim.crowd.sessions(self.sim.crowd.person(session)).map(SessionId);
        let others = all.filter(|&other| other != session && counts(other));
        1.0 + others.filter(|other| self.sim.crowd.row(*other).truth() == Truth::Queued).count() as f64
    }

    /// The policy judges a session that joins.
    pub(in crate::model) fn risk_treatment(
        &mut self,
        session: SessionId,
        agenda: &mut Agenda,
    ) -> RiskTreatment {
        if !self.line.signals.capabilities.assesses_joins {
            return RiskTreatment::Usual;
        }
        let variables = self.variables(session);
        let Some(line) = self.line.room.as_mut() else { return RiskTreatment::Usual };
        let treatment = line.policy.assess_join(session, &variables);
        let how = match treatment {
            Treatment::Usual => return RiskTreatment::Usual,
            Treatment::Slowed(_) => RiskAction::Slowed,
            Treatment::LockedOut => RiskAction::LockedOut,
            Treatment::KeptForEver => RiskAction::KeptForEver,
        };
        let who = self.sim.crowd.who(session);
        self.sim.record.fact(self.sim.now, Fact::RiskTreated { who, how });
        match treatment {
            Treatment::Slowed(Span::ZERO) => RiskTreatment::Usual,
            Treatment::Slowed(delay) => {
                self.line.pending_joins.set(session);
                self.sim.post(Message::PlaceComes, self.sim.now + delay, session, 0, agenda);
                RiskTreatment::Waits
            }
            Treatment::KeptForEver => {
                self.line.pending_joins.set(session);
                self.sim.record.fact(self.sim.now, Fact::Incident { who, incident: Incident::KeptForEver });
                RiskTreatment::Waits
            }
            _ => {
                self.line.pending_joins.set(session);
                RiskTreatment::Out
            }
        }
    }

    /// The place at which a session is scored: its own, while the line goes on and the room knows it.
    fn scored_place(&self, session: SessionId, truth: Truth) -> Option<u32> {
        let row = self.sim.crowd.row(session);
        let open = self.line.room.as_ref().is_some_and(|line| !line.is_closed());
        let has_place = row.truth() == truth && row.place != NO_PLACE && !row.is(Flag::Inside);
        (open
            && has_place
            && !self.line.pending_joins.has(session)
            && !self.comes_as_newcomer(session)
            && self.holds_its_key(session))
        .then_some(row.place)
    }

    /// Does a session, scored now, stay in line, if it is there?
    pub(in crate::model) fn stays(&mut self, session: SessionId) -> bool {
        let Some(place) = self.scored_place(session, Truth::Queued) else { return true };
        let variables = self.variables(session);
        let now = self.sim.now;
        self.line.room.as_mut().is_none_or(|line| line.policy.rescore(now, place, &variables))
    }

    /// A session that was taken out of the line asks again: it is back, if it scores enough by now.
    fn take_back(&mut self, session: SessionId) {
        let Some(place) = self.scored_place(session, Truth::Evicted) else { return };
        let variables = self.variables(session);
        let now = self.sim.now;
        let Some(line) = self.line.room.as_mut() else { return };
        if line.policy.readmit(now, place, &variables) {
            line.waiting += 1;
            self.line.orphaned.note_back(session, place);
            let who = self.sim.crowd.who(session);
            self.sim.record.fact(now, Fact::Restored { who });
            self.expect_proof(session);
            self.tables.decide(&mut self.sim, session, now, Truth::Queued);
        }
    }

    /// The policy scores sessions again, whenever they are heard of.
    #[inline]
    pub(in crate::model) fn scores_again(&self) -> bool {
        self.line.signals.capabilities.rescores
    }

    /// A gateway has accepted a request of a session that is scored: it counts at its address, and may be back in line.
    #[inline(never)]
    pub(in crate::model) fn note_heard(&mut self, session: SessionId, kind: Kind) {
        let in_line = self.sim.crowd.row(session).truth() == Truth::Queued;
        if in_line {
            self.tables.in_line.count(&self.sim, session, true);
        }
        let asks = matches!(kind, Kind::Join | Kind::Poll | Kind::Reverify);
        if !in_line && asks {
            self.take_back(session);
        }
    }

    /// Everybody in line is scored. Returns who has too little: that others are out, helps nobody yet.
    pub(in crate::model) fn score_everybody(&mut self) -> Vec<SessionId> {
        let everybody = (0..self.sim.crowd.len()).map(SessionId);
        everybody.filter(|session| !self.stays(*session)).collect()
    }
}
