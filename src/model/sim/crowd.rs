//! Persons and sessions: one row of 32 bytes a session, half a cache line, never an object.
//!
//! A person's sessions are contiguous, and the person's own state lives in the first one's row. A row has three owners:
//! the connection is everybody's, the page is the people's, the books are the backend's; what the latter two are is not
//! known here. Delays, patience and thinking are drawn again from their keys when needed and never stored.

use super::wire::Wire;
use crate::engine::prefetch_read;
use crate::protocol::{PersonId, Roster, SessionId, Who};

/// One session.
#[repr(C, align(32))]
pub(in crate::model) struct Row<P, B> {
    pub(in crate::model) wire: Wire,
    pub(in crate::model) page: P,
    pub(in crate::model) books: B,
}

impl<P: Default, B: Default> Row<P, B> {
    fn new(cohort: u8, tab: u8) -> Row<P, B> {
        Row { wire: Wire::new(cohort, tab), page: P::default(), books: B::default() }
    }
}

/// Instants in five bytes: 12.7 days of microseconds.
pub(in crate::model) mod time {
    use crate::engine::Time;

    #[inline]
    pub(in crate::model) fn pack(at: Time) -> [u8; 5] {
        let bytes = at.as_us().to_le_bytes();
        [bytes[0], bytes[1], bytes[2], bytes[3], bytes[4]]
    }

    #[inline]
    pub(in crate::model) fn unpack(bytes: [u8; 5]) -> Time {
        let mut wide = [0; 8];
        wide[..5].copy_from_slice(&bytes);
        Time::from_us(u64::from_le_bytes(wide))
    }
}

/// All sessions, and whose they are.
pub(in crate::model) struct Crowd<P, B> {
    rows: Vec<Row<P, B>>,
    /// The person of each session; empty if every person has exactly one.
    person_of: Vec<u32>,
    /// The first session of each person; empty if every person has exactly one.
    first_of: Vec<u32>,
}

impl<P, B> Crowd<P, B> {
    /// Lays out the sessions: `tabs(person)` is how many each person has, 1..=16.
    pub(in crate::model) fn new(roster: &Roster, mut tabs: impl FnMut(PersonId) -> u8) -> Crowd<P, B>
    where
        P: Default,
        B: Default,
    {
        let several = roster.cohorts.iter().any(|c| c.persons.clone().any(|p| tabs(PersonId(p)) > 1));
        let mut crowd = Crowd {
            rows: Vec::with_capacity(roster.persons as usize),
            person_of: Vec::new(),
            first_of: Vec::new(),
        };
        for (cohort, entry) in (0_u8..).zip(&roster.cohorts) {
            for person in entry.persons.clone() {
                let count = tabs(PersonId(person));
                if several {
                    crowd.first_of.push(u32::try_from(crowd.rows.len()).expect("fewer than 2^32 sessions"));
                }
                for tab in 0..count {
                    crowd.rows.push(Row::new(cohort, tab));
                    if several {
                        crowd.person_of.push(person);
                    }
                }
            }
        }
        crowd
    }

    pub(in crate::model) fn len(&self) -> u32 {
        u32::try_from(self.rows.len()).expect("fewer than 2^32 sessions")
    }

    pub(in crate::model) fn row(&self, session: SessionId) -> &Row<P, B> {
        &self.rows[session.index()]
    }

    pub(in crate::model) fn row_mut(&mut self, session: SessionId) -> &mut Row<P, B> {
        &mut self.rows[session.index()]
    }

    /// The session's connection.
    #[inline]
    pub(in crate::model) fn wire(&self, session: SessionId) -> &Wire {
        &self.row(session).wire
    }

    #[inline]
    pub(in crate::model) fn wire_mut(&mut self, session: SessionId) -> &mut Wire {
        &mut self.row_mut(session).wire
    }

    /// What its person has and believes.
    #[inline]
    pub(in crate::model) fn page(&self, session: SessionId) -> &P {
        &self.row(session).page
    }

    #[inline]
    pub(in crate::model) fn page_mut(&mut self, session: SessionId) -> &mut P {
        &mut self.row_mut(session).page
    }

    /// What the backend knows of it.
    #[inline]
    pub(in crate::model) fn books(&self, session: SessionId) -> &B {
        &self.row(session).books
    }

    #[inline]
    pub(in crate::model) fn books_mut(&mut self, session: SessionId) -> &mut B {
        &mut self.row_mut(session).books
    }

    /// The person has more than this session.
    #[inline]
    pub(in crate::model) fn has_siblings(&self, session: SessionId) -> bool {
        !self.person_of.is_empty()
            && (self.wire(session).tab() > 0
                || self.person_of.get(session.index() + 1) == Some(&self.person_of[session.index()]))
    }

    pub(in crate::model) fn person(&self, session: SessionId) -> PersonId {
        PersonId(self.person_of.get(session.index()).copied().unwrap_or(session.0))
    }

    /// The person's sessions.
    pub(in crate::model) fn sessions(&self, person: PersonId) -> std::ops::Range<u32> {
        if self.first_of.is_empty() {
            return person.0..person.0 + 1;
        }
        let end = self.first_of.get(person.index() + 1).copied().unwrap_or(self.len());
        self.first_of[person.index()]..end
    }

    /// The first session of the same person, where the person's own state is kept.
    pub(in crate::model) fn first(&self, session: SessionId) -> SessionId {
        SessionId(session.0 - u32::from(self.wire(session).tab()))
    }

    #[inline]
    pub(in crate::model) fn who(&self, session: SessionId) -> Who {
        Who { person: self.person(session), session, tab: self.wire(session).tab() }
    }

    pub(in crate::model) fn prefetch(&self, session: SessionId) {
        prefetch_read(&self.rows, session.index());
    }
}
