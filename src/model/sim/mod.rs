//! What people and backend share: the plan, the clock, the draws, the record of facts, the network between them, what
//! breaks when, and one row a session. `sim` names neither of them.

pub(in crate::model) mod addresses;
pub(in crate::model) mod call_backs;
pub(in crate::model) mod crowd;
pub(in crate::model) mod draws;
pub(in crate::model) mod faults;
pub(in crate::model) mod flights;
pub(in crate::model) mod message;
pub(in crate::model) mod network;
pub(in crate::model) mod notices;
pub(in crate::model) mod pause;
pub(in crate::model) mod record;
pub(in crate::model) mod roaming;
pub(in crate::model) mod seat_picks;
pub(in crate::model) mod telemetry;
pub(in crate::model) mod wire;
pub(in crate::model) mod words;

use crate::engine::random;
use crate::engine::{Agenda, Entry, Time};
use crate::protocol::{Kind, Mode, Observer, PersonId, SessionId};
use crate::scenario::Plan;
use call_backs::CallBacks;
use crowd::Crowd;
use draws::{DrawKey, Draws};
use flights::Flights;
use message::Message;
use notices::Notices;
use pause::Pauses;
use record::Record;
use roaming::Roaming;
use seat_picks::SeatPicks;

/// What every part of the world works with.
pub(in crate::model) struct Sim<O, P, B> {
    pub(in crate::model) plan: Plan,
    pub(in crate::model) now: Time,
    pub(in crate::model) draws: Draws,
    pub(in crate::model) record: Record<O>,
    pub(in crate::model) crowd: Crowd<P, B>,
    pub(in crate::model) pauses: Pauses,
    pub(in crate::model) roaming: Roaming,
    pub(in crate::model) call_backs: CallBacks,
    pub(in crate::model) notices: Notices,
    pub(in crate::model) seat_picks: SeatPicks,
    pub(in crate::model) flights: Flights,
    /// Somebody minds polls that change nothing: gateways count their replies, the page has notices, or programs count
    /// their calls.
    pub(in crate::model) polls_matter: bool,
    /// Looks at the load, and orders of nodes, that are under way.
    pub(in crate::model) load_looks: usize,
    /// The session that the present message is about, and its stream entity: asked for several times an event.
    present: (SessionId, u64),
}

impl<O: Observer, P, B> Sim<O, P, B> {
    pub(in crate::model) fn new(plan: Plan, draws: Draws, crowd: Crowd<P, B>, observer: O) -> Sim<O, P, B> {
        Sim {
            now: Time::ZERO,
            record: Record::new(observer),
            pauses: Pauses::default(),
            roaming: Roaming::new(&plan, crowd.len()),
            call_backs: CallBacks::new(&plan, crowd.len()),
            notices: Notices::new(&plan),
            seat_picks: SeatPicks::default(),
            flights: Flights::new(&plan, |person| crowd.sessions(PersonId(person))),
            polls_matter: false,
            load_looks: 0,
            present: (SessionId(u32::MAX), 0),
            draws,
            crowd,
            plan,
        }
    }

    /// The clock moves on to this entry.
    #[inline]
    pub(in crate::model) fn advance(&mut self, entry: Entry) {
        self.now = entry.at();
        if Message::is_of_session(entry) {
            let session = SessionId(entry.entity());
            self.present = (session, self.entity_of_another(session));
        }
    }

    /// The stream entity of a person: (hash of the cohort's name, index in it).
    pub(in crate::model) fn entity(&self, person: PersonId, cohort: usize) -> u64 {
        let cohort = &self.plan.cohorts[cohort];
        random::entity(cohort.name_hash, u64::from(person.0 - cohort.persons.start))
    }

    /// The stream entity of a session's person.
    #[inline]
    pub(in crate::model) fn entity_of(&self, session: SessionId) -> u64 {
        if self.present.0 == session { self.present.1 } else { self.entity_of_another(session) }
    }

    /// Of a session that the present message is not about: rare, and long beside the usual look.
    #[inline(never)]
    fn entity_of_another(&self, session: SessionId) -> u64 {
        self.entity(self.crowd.person(session), self.crowd.wire(session).cohort())
    }

    /// The tie of an entry about a session: its person's, its tab's and that number's.
    pub(in crate::model) fn tie(&self, session: SessionId, number: u32) -> u32 {
        self.draws.tie(self.entity_of(session), self.crowd.wire(session).tab(), number)
    }

    /// Pushes a message about a session.
    #[inline]
    pub(in crate::model) fn post(
        &self, message: Message, at: Time, session: SessionId, attempt: u32, agenda: &mut Agenda,
    ) {
        agenda.push(message.entry(at, self.tie(session, attempt), session.0, attempt));
    }

    /// The draws of this session's newest attempt.
    #[inline]
    pub(in crate::model) fn draw_key(&self, session: SessionId) -> DrawKey {
        let row = self.crowd.row(session);
        DrawKey {
            person: self.entity_of(session),
            tab: row.wire.tab(),
            kind: row.wire.kind(),
            ordinal: row.wire.ordinal(),
        }
    }

    /// The draws of an attempt, whether or not the client has moved on since.
    pub(in crate::model) fn draw_key_of(&self, session: SessionId, attempt: u32, kind: Kind) -> DrawKey {
        let draw_key = self.draw_key(session);
        if self.crowd.wire(session).attempt() == attempt {
            draw_key
        } else {
            DrawKey { kind, ordinal: 1 << 31 | attempt, ..draw_key }
        }
    }

    /// The luck of a payment is the person's, whichever session pays.
    pub(in crate::model) fn happens(&self, what: draws::DrawPurpose, share: f64, draw_key: DrawKey) -> bool {
        let (stream, n) = self.draws.of_request(what, draw_key.personal());
        share > 0.0 && stream.chance(n, share)
    }

    /// How a client asks for this.
    pub(in crate::model) fn mode_of(&self, kind: Kind) -> Mode {
        match (kind, &self.plan.line) {
            (Kind::OpenPage, _) => Mode::Navigation,
            (Kind::Poll, Some(line)) => line.polls,
            _ => Mode::Fetch,
        }
    }

    /// Pushes news that reach a person by other ways than the page.
    pub(in crate::model) fn post_news(
        &self, person: PersonId, cohort: usize, at: Time, number: u32, agenda: &mut Agenda,
    ) {
        let tie = self.draws.tie(self.entity(person, cohort), 0, number);
        agenda.push(Message::News.entry(at, tie, self.crowd.sessions(person).start, number));
    }
}
