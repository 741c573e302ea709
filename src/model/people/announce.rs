//! What the operator announces, whom it reaches, and what persons do on hearing it. An announcement goes by the page
//! of the waiting room, which shows it with every readable answer from then on, or by other ways (news, mail, social
//! media), which reach a share of the persons then present, each after a while.
//!
//! ```text
//!   announce --other ways: reach, delay--> person --+--> believes the sale paused; leaves, waits
//!      +--page--> next readable answer --> person --+--> does not refresh, keeps trying
//! ```
//!
//! What a person has heard is kept only in scenarios that announce. Persons do not tell each other.

use crate::engine::{Agenda, Time};
use crate::model::people::People;
use crate::model::people::Sim;
use crate::model::sim::draws::DrawPurpose;
use crate::model::sim::notices::Notice;
use crate::protocol::{Announcement, Belief, Fact, Kind, Observer, PersonId, SessionId, Stop};
use crate::scenario::Plan;
use crate::scenario::plan::operator::{ActionPlan, AnnouncePlan};

/// What has been announced, and who has heard what.
#[derive(Default)]
pub(in crate::model) struct Audience {
    /// What went by other ways than the page, in order: the word.
    pub(in crate::model) sent: Vec<Announcement>,
    told_not_to_refresh: Bits,
    keeps_trying: Bits,
    /// When the last pause announced is said to end.
    reopens_at: Option<Time>,
    told_of_reopening: Bits,
}

/// One bit a person, or none at all.
#[derive(Default)]
struct Bits(Vec<u64>);

impl Bits {
    fn new(persons: u32, needed: impl FnOnce() -> bool) -> Bits {
        Bits(if needed() { vec![0; (persons as usize).div_ceil(64)] } else { Vec::new() })
    }

    fn set(&mut self, person: PersonId) {
        self.0[person.index() / 64] |= 1 << (person.0 % 64);
    }

    fn clear(&mut self, person: PersonId) {
        if let Some(word) = self.0.get_mut(person.index() / 64) {
            *word &= !(1 << (person.0 % 64));
        }
    }

    fn get(&self, person: PersonId) -> bool {
        self.0.get(person.index() / 64).is_some_and(|word| word >> (person.0 % 64) & 1 == 1)
    }
}

impl Audience {
    pub(in crate::model) fn new(plan: &Plan) -> Audience {
        let actions = || plan.operator.rules.iter().flat_map(|rule| &rule.actions);
        let any = |what: &dyn Fn(&AnnouncePlan) -> bool| {
            actions().any(|action| matches!(action, ActionPlan::Announce(announce) if what(announce)))
        };
        let persons = plan.roster.persons;
        Audience {
            sent: Vec::new(),
            told_not_to_refresh: Bits::new(persons, || {
                any(&|announce| announce.word == Announcement::DoNotRefresh)
            }),
            keeps_trying: Bits::new(persons, || any(&|announce| announce.word == Announcement::KeepTrying)),
            reopens_at: None,
            told_of_reopening: Bits::new(persons, || any(&|announce| announce.reopens_at.is_some())),
        }
    }

    /// These words go out by other ways than the page. Returns their number.
    pub(in crate::model) fn send(&mut self, word: Announcement) -> u32 {
        let number = u32::try_from(self.sent.len()).expect("rules act a bounded number of times");
        self.sent.push(word);
        number
    }
}

impl People {
    /// Announces by the page: from now on every readable answer shows it.
    pub(in crate::model) fn announce_on_page<O: Observer, B>(sim: &mut Sim<O, B>, announce: &AnnouncePlan) {
        sim.notices.push(Notice::Shows(announce.word));
        sim.polls_matter = true;
    }

    /// Announces by other ways: the words are on their way to those whom they reach.
    pub(in crate::model) fn spread<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, rule: u8, announce: &AnnouncePlan, agenda: &mut Agenda,
    ) {
        if announce.reach <= 0.0 {
            return;
        }
        let number = self.audience.send(announce.word);
        for cohort in 0..sim.plan.cohorts.len() {
            let come = sim.plan.cohorts[cohort].persons.start..self.arrivals[cohort].next_person();
            for person in come.map(PersonId).filter(|&person| Self::is_present(sim, person)) {
                let entity = sim.entity(person, cohort);
                let (stream, n) = sim.draws.of_announcement(DrawPurpose::Reach, entity, rule, number);
                if !stream.chance(n, announce.reach) {
                    continue;
                }
                let (stream, n) = sim.draws.of_announcement(DrawPurpose::Spread, entity, rule, number);
                let at = sim.now + announce.delay.sample(stream, n);
                if at < sim.plan.roster.horizon {
                    sim.post_news(person, cohort, at, number, agenda);
                }
            }
        }
    }

    /// Somebody has come and still looks at a screen without a final answer.
    fn is_present<O: Observer, B>(sim: &Sim<O, B>, person: PersonId) -> bool {
        let sessions = sim.crowd.sessions(person);
        let done = sim.crowd.page(SessionId(sessions.start)).person_is_done();
        !done && sessions.map(SessionId).any(|session| Self::is_open(sim, session))
    }

    /// The session was opened, and has not stopped.
    fn is_open<O: Observer, B>(sim: &Sim<O, B>, session: SessionId) -> bool {
        let row = sim.crowd.row(session);
        row.wire.was_opened() && !row.wire.is_stopped()
    }

    /// News reach a person, if somebody is still there.
    pub(in crate::model) fn news<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, first: SessionId, number: u32, agenda: &mut Agenda,
    ) {
        let person = sim.crowd.person(first);
        let word = self.audience.sent[number as usize];
        if word == Announcement::OrderCancelled {
            Self::hear_of_cancellation(sim, first);
        } else if Self::is_present(sim, person) {
            sim.record.fact(sim.now, Fact::Informed { person, word, by_page: false });
            self.take_in(sim, person, word, sim.now, agenda);
        }
    }

    /// A person reads what the page says besides its answer.
    pub(in crate::model) fn read_page<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, agenda: &mut Agenda,
    ) {
        let person = sim.crowd.person(session);
        while !sim.crowd.wire(session).is_stopped()
            && let Some(notice) = sim.notices.read_next(person)
        {
            match notice {
                Notice::Shows(word) => {
                    sim.record.fact(at, Fact::Informed { person, word, by_page: true });
                    self.take_in(sim, person, word, at, agenda);
                }
                Notice::NoPauseAnyMore => self.take_in(sim, person, Announcement::Resumed, at, agenda),
                Notice::Gone => {}
            }
        }
    }

    /// What a person makes of what they heard.
    fn take_in<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, person: PersonId, word: Announcement, at: Time, agenda: &mut Agenda,
    ) {
        match word {
            Announcement::Paused => self.hear_of_pause(sim, person, at, agenda),
            Announcement::Resumed => {
                self.audience.told_of_reopening.clear(person);
                self.hear_that_it_goes_on(sim, person, at, agenda);
            }
            Announcement::DoNotRefresh => self.audience.told_not_to_refresh.set(person),
            Announcement::KeepTrying => {
                if Self::is_moved(sim, person, Announcement::KeepTrying) {
                    self.audience.keeps_trying.set(person);
                }
            }
            Announcement::ClosedToNewcomers | Announcement::Trouble | Announcement::OrderCancelled => {}
        }
    }

    /// Does hearing this move the person to do what their cohort does? It is the same whenever they hear it.
    fn is_moved<O: Observer, B>(sim: &Sim<O, B>, person: PersonId, word: Announcement) -> bool {
        let cohort = sim.crowd.wire(SessionId(sim.crowd.sessions(person).start)).cohort();
        let plan = &sim.plan.cohorts[cohort];
        let share = if word == Announcement::Paused { plan.leave_when_paused } else { plan.persist };
        share > 0.0 && {
            let entity = sim.entity(person, cohort);
            let (stream, n) = sim.draws.of_announcement(DrawPurpose::Reaction, entity, word as u8, 0);
            stream.chance(n, share)
        }
    }

    /// Whoever is in line or trying believes the sale paused; some leave, with nothing left open to them.
    fn hear_of_pause<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, person: PersonId, at: Time, agenda: &mut Agenda,
    ) {
        if self.audience.reopens_at.is_some() {
            self.audience.told_of_reopening.set(person);
        }
        let mut inside = false;
        for session in sim.crowd.sessions(person).map(SessionId) {
            let belief = sim.crowd.page(session).belief();
            let there = Self::is_open(sim, session);
            inside |= there
                && matches!(belief, Belief::YourTurn | Belief::Choosing | Belief::SeatHeld | Belief::Paying);
            let trying = matches!(
                belief,
                Belief::Loading | Belief::InLine | Belief::ErrorShown | Belief::OpaqueError | Belief::Hanging
            );
            if there && trying {
                Self::show(sim, session, at, Belief::Paused);
                let row = sim.crowd.row(session);
                let (kind, idle) = (row.wire.kind(), row.wire.is_planned() && row.wire.deadline() > at);
                if let Some(back) = self.back_at(sim, session).filter(|back| idle && *back > at) {
                    self.plan_request(sim, session, kind, back, agenda);
                }
            }
        }
        if !inside && Self::is_moved(sim, person, Announcement::Paused) {
            let sessions = sim.crowd.sessions(person);
            // No further tab is opened either.
            sim.crowd.page_mut(SessionId(sessions.start)).finish_person();
            for session in sessions.map(SessionId) {
                self.depart(sim, session, at, agenda);
            }
        }
    }

    /// When a session asks again whose person has heard at what time the sale is to go on.
    #[inline]
    pub(in crate::model) fn back_at<O: Observer, B>(
        &self, sim: &Sim<O, B>, session: SessionId,
    ) -> Option<Time> {
        self.audience.reopens_at.and_then(|reopens_at| self.back_after(sim, reopens_at, session))
    }

    #[inline(never)]
    fn back_after<O: Observer, B>(
        &self, sim: &Sim<O, B>, reopens_at: Time, session: SessionId,
    ) -> Option<Time> {
        if !self.audience.told_of_reopening.get(sim.crowd.person(session)) {
            return None;
        }
        let row = sim.crowd.row(session);
        let (stream, n) = sim.draws.of_person(DrawPurpose::Return, sim.entity_of(session), row.wire.tab());
        Some(reopens_at + sim.plan.cohorts[row.wire.cohort()].return_after.sample(stream, n))
    }

    /// Whoever believed the sale paused sees again what the page said; those who waited for this ask at once.
    fn hear_that_it_goes_on<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, person: PersonId, at: Time, agenda: &mut Agenda,
    ) {
        for session in sim.crowd.sessions(person).map(SessionId) {
            let row = sim.crowd.row(session);
            if !Self::is_open(sim, session) || row.page.belief() != Belief::Paused {
                continue;
            }
            let (kind, cohort) = (row.wire.kind(), row.wire.cohort());
            let idle = row.wire.is_planned() && row.wire.deadline() > at;
            Self::show(sim, session, at, page_of(kind));
            if idle && !sim.plan.cohorts[cohort].wait_when_paused.is_zero() {
                self.plan_request(sim, session, kind, at, agenda);
            }
        }
    }

    /// The person closes a session for good. A request on its way to the edge goes on without it.
    fn depart<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, agenda: &mut Agenda,
    ) {
        if !Self::is_open(sim, session) {
            return;
        }
        let row = sim.crowd.row(session);
        let (attempt, sent_at) = (row.wire.attempt(), row.wire.deadline());
        if row.wire.is_planned() && sent_at < at {
            self.record_sent(sim, session, sent_at);
            self.begin_waiting(sim, session, sent_at);
            Self::send_up(sim, session, attempt, sent_at, agenda);
        }
        self.stop(sim, session, at, Stop::Informed, agenda);
    }

    /// Was this person asked not to refresh the page?
    pub(in crate::model) fn is_told_not_to_refresh<O: Observer, B>(
        &self, sim: &Sim<O, B>, session: SessionId,
    ) -> bool {
        self.audience.told_not_to_refresh.get(sim.crowd.person(session))
    }

    /// Does this person go on where the client would stop?
    pub(in crate::model) fn keeps_trying<O: Observer, B>(&self, sim: &Sim<O, B>, session: SessionId) -> bool {
        self.audience.keeps_trying.get(sim.crowd.person(session))
    }

    /// A buyer hears that the order is cancelled.
    pub(in crate::model) fn hear_of_cancellation<O: Observer, B>(sim: &mut Sim<O, B>, first: SessionId) {
        let person = sim.crowd.person(first);
        sim.record
            .fact(sim.now, Fact::Informed { person, word: Announcement::OrderCancelled, by_page: false });
        for session in sim.crowd.sessions(person).map(SessionId) {
            if sim.crowd.page(session).belief() == Belief::Confirmed {
                Self::believe(sim, session, sim.now, Belief::ToldNo);
            }
        }
    }

    /// Whoever hears of a pause hears when it is said to end.
    pub(in crate::model) fn note_reopening(&mut self, announce: &AnnouncePlan) {
        if announce.word == Announcement::Paused {
            self.audience.reopens_at = announce.reopens_at;
        }
    }
}

/// What the page of a client says while it asks for this.
fn page_of(kind: Kind) -> Belief {
    match kind {
        Kind::OpenPage | Kind::Join => Belief::Loading,
        Kind::Poll | Kind::Reverify => Belief::InLine,
        Kind::SeatMap => Belief::YourTurn,
        Kind::Hold => Belief::Choosing,
        Kind::Checkout => Belief::SeatHeld,
        Kind::Pay => Belief::Paying,
        Kind::Leave | Kind::Heartbeat => Belief::GaveUp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bit_is_kept_only_where_it_is_needed() {
        let mut bits = Bits::new(70, || true);
        bits.set(PersonId(69));
        assert!(bits.get(PersonId(69)) && !bits.get(PersonId(5)));
        let none = Bits::new(70, || false);
        assert!(none.0.is_empty() && !none.get(PersonId(69)));
    }
}
