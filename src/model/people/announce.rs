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
use crate::model::across::World;
use crate::model::sim::crowd::Flag;
use crate::model::sim::draws::DrawPurpose;
use crate::model::sim::message::Message;
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

impl<O: Observer> World<O> {
    /// Announces: from now on by the page, or on its way to those whom it reaches by other ways.
    pub(in crate::model) fn announce(&mut self, rule: u8, announce: &AnnouncePlan, agenda: &mut Agenda) {
        if announce.word == Announcement::Paused {
            self.people.audience.reopens_at = announce.reopens_at;
        }
        if announce.on_page {
            self.sim.notices.push(Notice::Shows(announce.word));
            self.sim.polls_matter = true;
            self.answer_held_polls(agenda);
        }
        if announce.reach <= 0.0 {
            return;
        }
        let number =
            u32::try_from(self.people.audience.sent.len()).expect("rules act a bounded number of times");
        self.people.audience.sent.push(announce.word);
        for cohort in 0..self.sim.plan.cohorts.len() {
            let come =
                self.sim.plan.cohorts[cohort].persons.start..self.people.arrivals[cohort].next_person();
            for person in come.map(PersonId).filter(|&person| self.is_present(person)) {
                let entity = self.sim.entity(person, cohort);
                let (stream, n) = self.sim.draws.of_announcement(DrawPurpose::Reach, entity, rule, number);
                if !stream.chance(n, announce.reach) {
                    continue;
                }
                let (stream, n) = self.sim.draws.of_announcement(DrawPurpose::Spread, entity, rule, number);
                let at = self.sim.now + announce.delay.sample(stream, n);
                if at < self.sim.plan.roster.horizon {
                    let first = self.sim.crowd.sessions(person).start;
                    agenda.push(Message::News.entry(
                        at,
                        self.sim.draws.tie(entity, 0, number),
                        first,
                        number,
                    ));
                }
            }
        }
    }

    /// Somebody has come and still looks at a screen without a final answer.
    fn is_present(&self, person: PersonId) -> bool {
        let sessions = self.sim.crowd.sessions(person);
        let done = self.sim.crowd.row(SessionId(sessions.start)).is(Flag::PersonDone);
        !done && sessions.map(SessionId).any(|session| self.is_open(session))
    }

    /// The session was opened, and has not stopped.
    fn is_open(&self, session: SessionId) -> bool {
        let row = self.sim.crowd.row(session);
        row.is(Flag::Arrived) && !row.is(Flag::Stopped)
    }

    /// News reach a person, if somebody is still there.
    pub(in crate::model) fn news(&mut self, first: SessionId, number: u32, agenda: &mut Agenda) {
        let person = self.sim.crowd.person(first);
        let word = self.people.audience.sent[number as usize];
        if word == Announcement::OrderCancelled {
            self.hear_of_cancellation(first);
        } else if self.is_present(person) {
            self.sim.record.fact(self.sim.now, Fact::Informed { person, word, by_page: false });
            self.take_in(person, word, self.sim.now, agenda);
        }
    }

    /// A person reads what the page says besides its answer.
    pub(in crate::model) fn read_page(&mut self, session: SessionId, at: Time, agenda: &mut Agenda) {
        let person = self.sim.crowd.person(session);
        while !self.sim.crowd.row(session).is(Flag::Stopped)
            && let Some(notice) = self.sim.notices.read_next(person)
        {
            match notice {
                Notice::Shows(word) => {
                    self.sim.record.fact(at, Fact::Informed { person, word, by_page: true });
                    self.take_in(person, word, at, agenda);
                }
                Notice::NoPauseAnyMore => self.take_in(person, Announcement::Resumed, at, agenda),
                Notice::Gone => {}
            }
        }
    }

    /// Takes the notices of a word off the page. Whoever has read that the sale is paused sees that it says so no
    /// longer.
    pub(in crate::model) fn take_down_notices(&mut self, word: Announcement, agenda: &mut Agenda) {
        if self.sim.notices.take_down(word) && word == Announcement::Paused {
            self.sim.notices.push(Notice::NoPauseAnyMore);
            self.answer_held_polls(agenda);
        }
    }

    /// What a person makes of what they heard.
    fn take_in(&mut self, person: PersonId, word: Announcement, at: Time, agenda: &mut Agenda) {
        match word {
            Announcement::Paused => self.hear_of_pause(person, at, agenda),
            Announcement::Resumed => {
                self.people.audience.told_of_reopening.clear(person);
                self.hear_that_it_goes_on(person, at, agenda);
            }
            Announcement::DoNotRefresh => self.people.audience.told_not_to_refresh.set(person),
            Announcement::KeepTrying => {
                if self.is_moved(person, Announcement::KeepTrying) {
                    self.people.audience.keeps_trying.set(person);
                }
            }
            Announcement::ClosedToNewcomers | Announcement::Trouble | Announcement::OrderCancelled => {}
        }
    }

    /// Does hearing this move the person to do what their cohort does? It is the same whenever they hear it.
    fn is_moved(&self, person: PersonId, word: Announcement) -> bool {
        let cohort = self.sim.crowd.row(SessionId(self.sim.crowd.sessions(person).start)).cohort();
        let plan = &self.sim.plan.cohorts[cohort];
        let share = if word == Announcement::Paused { plan.leave_when_paused } else { plan.persist };
        share > 0.0 && {
            let entity = self.sim.entity(person, cohort);
            let (stream, n) = self.sim.draws.of_announcement(DrawPurpose::Reaction, entity, word as u8, 0);
            stream.chance(n, share)
        }
    }

    /// Whoever is in line or trying believes the sale paused; some leave, with nothing left open to them.
    fn hear_of_pause(&mut self, person: PersonId, at: Time, agenda: &mut Agenda) {
        if self.people.audience.reopens_at.is_some() {
            self.people.audience.told_of_reopening.set(person);
        }
        let mut inside = false;
        for session in self.sim.crowd.sessions(person).map(SessionId) {
            let belief = self.sim.crowd.row(session).belief();
            let there = self.is_open(session);
            inside |= there
                && matches!(belief, Belief::YourTurn | Belief::Choosing | Belief::SeatHeld | Belief::Paying);
            let trying = matches!(
                belief,
                Belief::Loading | Belief::InLine | Belief::ErrorShown | Belief::OpaqueError | Belief::Hanging
            );
            if there && trying {
                self.show(session, at, Belief::Paused);
                let row = self.sim.crowd.row(session);
                let (kind, idle) = (row.kind(), row.is(Flag::Planned) && row.deadline() > at);
                if let Some(back) = self.back_at(session).filter(|back| idle && *back > at) {
                    self.plan_request(session, kind, back, agenda);
                }
            }
        }
        if !inside && self.is_moved(person, Announcement::Paused) {
            let sessions = self.sim.crowd.sessions(person);
            // No further tab is opened either.
            self.sim.crowd.row_mut(SessionId(sessions.start)).set(Flag::PersonDone);
            for session in sessions.map(SessionId) {
                self.depart(session, at, agenda);
            }
        }
    }

    /// When a session asks again whose person has heard at what time the sale is to go on.
    #[inline]
    pub(in crate::model) fn back_at(&self, session: SessionId) -> Option<Time> {
        self.people.audience.reopens_at.and_then(|reopens_at| self.back_after(reopens_at, session))
    }

    #[inline(never)]
    fn back_after(&self, reopens_at: Time, session: SessionId) -> Option<Time> {
        if !self.people.audience.told_of_reopening.get(self.sim.crowd.person(session)) {
            return None;
        }
        let row = self.sim.crowd.row(session);
        let (stream, n) =
            self.sim.draws.of_person(DrawPurpose::Return, self.sim.entity_of(session), row.tab());
        Some(reopens_at + self.sim.plan.cohorts[row.cohort()].return_after.sample(stream, n))
    }

    /// Whoever believed the sale paused sees again what the page said; those who waited for this ask at once.
    fn hear_that_it_goes_on(&mut self, person: PersonId, at: Time, agenda: &mut Agenda) {
        for session in self.sim.crowd.sessions(person).map(SessionId) {
            let row = self.sim.crowd.row(session);
            if !self.is_open(session) || row.belief() != Belief::Paused {
                continue;
            }
            let (kind, cohort) = (row.kind(), row.cohort());
            let idle = row.is(Flag::Planned) && row.deadline() > at;
            self.show(session, at, page_of(kind));
            if idle && !self.sim.plan.cohorts[cohort].wait_when_paused.is_zero() {
                self.plan_request(session, kind, at, agenda);
            }
        }
    }

    /// The person closes a session for good. A request on its way to the edge goes on without it.
    fn depart(&mut self, session: SessionId, at: Time, agenda: &mut Agenda) {
        if !self.is_open(session) {
            return;
        }
        let row = self.sim.crowd.row(session);
        let (attempt, sent_at) = (row.attempt(), row.deadline());
        if row.is(Flag::Planned) && sent_at < at {
            self.record_sent(session, sent_at);
            self.begin_waiting(session, sent_at);
            self.send_up(session, attempt, sent_at, agenda);
        }
        self.stop(session, at, Stop::Informed, agenda);
    }

    /// Was this person asked not to refresh the page?
    pub(in crate::model) fn is_told_not_to_refresh(&self, session: SessionId) -> bool {
        self.people.audience.told_not_to_refresh.get(self.sim.crowd.person(session))
    }

    /// Does this person go on where the client would stop?
    pub(in crate::model) fn keeps_trying(&self, session: SessionId) -> bool {
        self.people.audience.keeps_trying.get(self.sim.crowd.person(session))
    }

    /// A buyer hears that the order is cancelled.
    pub(in crate::model) fn hear_of_cancellation(&mut self, first: SessionId) {
        let person = self.sim.crowd.person(first);
        self.sim.record.fact(
            self.sim.now,
            Fact::Informed { person, word: Announcement::OrderCancelled, by_page: false },
        );
        for session in self.sim.crowd.sessions(person).map(SessionId) {
            if self.sim.crowd.row(session).belief() == Belief::Confirmed {
                self.believe(session, self.sim.now, Belief::ToldNo);
            }
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
