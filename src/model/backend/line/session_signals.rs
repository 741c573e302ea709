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
use crate::model::backend::Sim;
use crate::model::backend::Tables;
use crate::model::backend::books::NO_PLACE;
use crate::model::backend::line::Line;
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

impl Line {
    /// A gateway has accepted a request: what it says of its session. The last contact is still the one before.
    #[inline]
    pub(in crate::model) fn note_signs<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, session: SessionId, attempt: u32, kind: Kind,
    ) {
        if !self.signals.signs.is_empty() {
            self.keep_signs(sim, session, attempt, kind);
        }
    }

    #[inline(never)]
    fn keep_signs<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, session: SessionId, attempt: u32, kind: Kind,
    ) {
        let row = sim.crowd.row(session);
        let again = row.wire.attempt() == attempt && row.wire.failures() > 0
            || kind == Kind::Join && row.books.truth() == Truth::Queued;
        let missed = Self::missed_since_contact(sim, session);
        let round_trip =
            kind.is_waited_for().then(|| Self::round_trip(sim, session, attempt, kind)).flatten();
        let signs = &mut self.signals.signs[session.index()];
        signs.retries = signs.retries.saturating_add(u16::from(again));
        signs.missed = signs.missed.saturating_add(missed);
        if let Some(round_trip) = round_trip {
            signs.round_trip_us = u32::try_from(round_trip.as_us()).unwrap_or(u32::MAX);
        }
    }

    /// How many polls of a session in line were due since its last contact, and have not come: the first may still be
    /// on its way. Pauses of the sale do not count.
    fn missed_since_contact<O: Observer, P>(sim: &Sim<O, P>, session: SessionId) -> u16 {
        let Some(line) = sim.plan.line.as_ref() else { return 0 };
        let row = sim.crowd.row(session);
        if row.books.truth() != Truth::Queued || sim.call_backs.has_address(session) {
            return 0;
        }
        let silent_ms = (sim.now.as_us() / 1000).saturating_sub(u64::from(row.books.contact_ms()));
        let interval_ms = ((line.poll_interval + line.long_poll.unwrap_or(Span::ZERO)).as_us() / 1000).max(1);
        if silent_ms < 2 * interval_ms {
            return 0;
        }
        let silent_ms = silent_ms.saturating_sub(sim.paused_ms_since(row.books.contact_ms()));
        u16::try_from((silent_ms / interval_ms).saturating_sub(1)).unwrap_or(u16::MAX)
    }

    /// Up and down again, as a gateway measures it on the connection; `None` where something of it is lost.
    fn round_trip<O: Observer, P>(
        sim: &Sim<O, P>, session: SessionId, attempt: u32, kind: Kind,
    ) -> Option<Span> {
        let cohort = sim.crowd.wire(session).cohort();
        let draw_key = sim.draw_key_of(session, attempt, kind);
        let up = sim.way_up(session, cohort, draw_key, sim.now)?;
        Some(up + sim.way_down(session, cohort, draw_key)?)
    }

    /// What is known of a session: what the policy looks at, and 0 for the rest. How long it waits, the policy knows.
    pub(in crate::model) fn variables<O: Observer, P>(
        &self, sim: &Sim<O, P>, tables: &Tables, session: SessionId,
    ) -> Variables {
        let mut variables = Variables::default();
        if self.signals.looks_at != 0 {
            for variable in Variable::ALL.into_iter().filter(|variable| self.signals.look_at(*variable)) {
                variables.set(variable, self.feature(sim, tables, session, variable));
            }
        }
        variables
    }

    fn feature<O: Observer, P>(
        &self, sim: &Sim<O, P>, tables: &Tables, session: SessionId, variable: Variable,
    ) -> f64 {
        let signs = || self.signals.signs[session.index()];
        let row = sim.crowd.row(session);
        let cohort = &sim.plan.cohorts[row.wire.cohort()];
        let draw = |what, tab| sim.draws.of_person(what, sim.entity_of(session), tab);
        let even = |(low, high): (f64, f64), what, tab| {
            let (stream, n) = draw(what, tab);
            low + (high - low) * stream.unit(n)
        };
        let account = row.wire.tab() % cohort.accounts;
        match variable {
            Variable::Waiting => 0.0,
            Variable::Retries => f64::from(signs().retries),
            Variable::MissedHeartbeats => {
                f64::from(signs().missed) + f64::from(Self::missed_since_contact(sim, session))
            }
            Variable::NetworkSwitches => f64::from(sim.roaming.count(session)),
            Variable::Latency => f64::from(signs().round_trip_us) / 1000.0,
            Variable::SessionsOfPerson => Self::beside(sim, session, |_| true),
            Variable::SessionsOfAccount => {
                Self::beside(sim, session, |other| sim.crowd.wire(other).tab() % cohort.accounts == account)
            }
            Variable::SessionsOfAddress => {
                let address = sim.address_of(session);
                f64::from(1 + tables.in_line.others_at(session, address))
            }
            Variable::AccountAge => even(cohort.traits.account_age_days, DrawPurpose::AccountAge, account),
            Variable::Verified => {
                let (stream, n) = draw(DrawPurpose::Verified, DrawPurpose::PERSONAL_TAB);
                f64::from(u8::from(stream.chance(n, cohort.traits.verified)))
            }
            Variable::Risk => even(cohort.traits.risk, DrawPurpose::Risk, DrawPurpose::PERSONAL_TAB),
            Variable::Luck => {
                let (stream, n) = draw(DrawPurpose::Place, row.wire.tab());
                stream.unit(n)
            }
        }
    }

    /// How many sessions of the same person are in line, of those that count here, itself included.
    fn beside<O: Observer, P>(
        sim: &Sim<O, P>, session: SessionId, counts: impl Fn(SessionId) -> bool,
    ) -> f64 {
        let all = sim.crowd.sessions(sim.crowd.person(session)).map(SessionId);
        let others = all.filter(|&other| other != session && counts(other));
        1.0 + others.filter(|other| sim.crowd.books(*other).truth() == Truth::Queued).count() as f64
    }

    /// The policy judges a session that joins.
    pub(in crate::model) fn risk_treatment<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId, agenda: &mut Agenda,
    ) -> RiskTreatment {
        if !self.signals.capabilities.assesses_joins {
            return RiskTreatment::Usual;
        }
        let variables = self.variables(sim, tables, session);
        let Some(line) = self.room.as_mut() else { return RiskTreatment::Usual };
        let treatment = line.policy.assess_join(session, &variables);
        let how = match treatment {
            Treatment::Usual => return RiskTreatment::Usual,
            Treatment::Slowed(_) => RiskAction::Slowed,
            Treatment::LockedOut => RiskAction::LockedOut,
            Treatment::KeptForEver => RiskAction::KeptForEver,
        };
        let who = sim.crowd.who(session);
        sim.record.fact(sim.now, Fact::RiskTreated { who, how });
        match treatment {
            Treatment::Slowed(Span::ZERO) => RiskTreatment::Usual,
            Treatment::Slowed(delay) => {
                self.pending_joins.set(session);
                sim.post(Message::PlaceComes, sim.now + delay, session, 0, agenda);
                RiskTreatment::Waits
            }
            Treatment::KeptForEver => {
                self.pending_joins.set(session);
                sim.record.fact(sim.now, Fact::Incident { who, incident: Incident::KeptForEver });
                RiskTreatment::Waits
            }
            _ => {
                self.pending_joins.set(session);
                RiskTreatment::Out
            }
        }
    }

    /// The place at which a session is scored: its own, while the line goes on and the room knows it.
    fn scored_place<O: Observer, P>(&self, sim: &Sim<O, P>, session: SessionId, truth: Truth) -> Option<u32> {
        let row = sim.crowd.row(session);
        let open = self.room.as_ref().is_some_and(|line| !line.is_closed());
        let has_place = row.books.truth() == truth && row.books.place() != NO_PLACE && !row.books.is_inside();
        (open
            && has_place
            && !self.pending_joins.has(session)
            && !self.comes_as_newcomer(sim, session)
            && self.holds_its_key(sim, session))
        .then_some(row.books.place())
    }

    /// Does a session, scored now, stay in line, if it is there?
    pub(in crate::model) fn stays<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId,
    ) -> bool {
        let Some(place) = self.scored_place(sim, session, Truth::Queued) else { return true };
        let variables = self.variables(sim, tables, session);
        let now = sim.now;
        self.room.as_mut().is_none_or(|line| line.policy.rescore(now, place, &variables))
    }

    /// A session that was taken out of the line asks again: it is back, if it scores enough by now.
    fn take_back<O: Observer, P>(&mut self, sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId) {
        let Some(place) = self.scored_place(sim, session, Truth::Evicted) else { return };
        let variables = self.variables(sim, tables, session);
        let now = sim.now;
        let Some(line) = self.room.as_mut() else { return };
        if line.policy.readmit(now, place, &variables) {
            line.waiting += 1;
            self.orphaned.note_back(session, place);
            let who = sim.crowd.who(session);
            sim.record.fact(now, Fact::Restored { who });
            self.expect_proof(sim, session);
            tables.decide(sim, session, now, Truth::Queued);
        }
    }

    /// The policy scores sessions again, whenever they are heard of.
    #[inline]
    pub(in crate::model) fn rescores(&self) -> bool {
        self.signals.capabilities.rescores
    }

    /// A gateway has accepted a request of a session that is scored: it counts at its address, and may be back in line.
    #[inline(never)]
    pub(in crate::model) fn note_heard<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId, kind: Kind,
    ) {
        let in_line = sim.crowd.books(session).truth() == Truth::Queued;
        if in_line {
            tables.in_line.count(sim, session, true);
        }
        let asks = matches!(kind, Kind::Join | Kind::Poll | Kind::Reverify);
        if !in_line && asks {
            self.take_back(sim, tables, session);
        }
    }

    /// Everybody in line is scored. Returns who has too little: that others are out, helps nobody yet.
    pub(in crate::model) fn score_everybody<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables,
    ) -> Vec<SessionId> {
        let everybody = (0..sim.crowd.len()).map(SessionId);
        everybody.filter(|session| !self.stays(sim, tables, *session)).collect()
    }
}
