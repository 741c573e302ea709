//! What became of one person, in the words in which the families count everybody: the row of belief against truth,
//! the instants, the mechanism.

use super::mechanisms::{cause_of, name_of};
use super::people::{Last, Mechanism, People};
use super::person_outcome::{Knowledge, PersonOutcome};
use super::silent;
use crate::engine::time::Time;
use crate::protocol::{BandId, PersonId, Roster, Truth};

named! {
    /// What the backend had decided of a person in the end.
    pub enum Outcome {
        /// Has at least one ticket.
        Sold = 0, "sold";
        /// Refused: nothing was left, or the sale was closed.
        Refused = 1, "refused";
        /// Place, turn or time inside ran out.
        Expired = 2, "expired";
        /// The card was declined.
        Declined = 3, "declined";
        /// Taken out of the line.
        Evicted = 4, "evicted";
        /// Not let into the line.
        TurnedAway = 5, "turned_away";
        /// Had bought, and the order was cancelled.
        Cancelled = 6, "cancelled";
        /// Gave up before anything was decided.
        Left = 7, "left";
        /// Still there at the horizon, and nothing decided.
        Unresolved = 8, "unresolved";
    }
}

impl From<PersonOutcome> for Outcome {
    fn from(verdict: PersonOutcome) -> Outcome {
        match verdict {
            PersonOutcome::Sold => Outcome::Sold,
            PersonOutcome::Refused(_) => Outcome::Refused,
            PersonOutcome::Expired(_) => Outcome::Expired,
            PersonOutcome::Declined(_) => Outcome::Declined,
            PersonOutcome::Evicted(_) => Outcome::Evicted,
            PersonOutcome::TurnedAway(_) => Outcome::TurnedAway,
            PersonOutcome::Cancelled(_) => Outcome::Cancelled,
            PersonOutcome::Left(_) => Outcome::Left,
            PersonOutcome::Unresolved(_) => Outcome::Unresolved,
        }
    }
}

/// What became of one person who came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The first click (`t_intent`).
    pub came_at: Time,
    /// How many sessions were heard of.
    pub sessions: u32,
    /// The best truth over the person's sessions.
    pub truth: Truth,
    /// What had been decided.
    pub outcome: Outcome,
    /// The deciding instant (`t_b`), or that of the first ticket; `None`: nothing was decided while they were there.
    pub decided_at: Option<Time>,
    /// The turn was understood then; `None`: never.
    pub told_turn_at: Option<Time>,
    /// The outcome was understood then (`t_k`), to the millisecond; `None`: never.
    pub known_at: Option<Time>,
    /// Until when the person waited, to the millisecond: for the outcome to be understood, for having enough of it,
    /// or for the horizon.
    pub waited_until: Time,
    /// The metric that counts the person in the table of belief and truth.
    pub row: &'static str,
    /// The backend had decided, and the screen never said so, or said the opposite.
    pub silent: bool,
    /// The metric that counts the person's silent failure at its mechanism; `None`: there was no silent failure.
    pub mechanism: Option<&'static str>,
    /// The mechanisms that ever applied, told later or not, by the same names.
    pub touched_by: Vec<&'static str>,
    /// The last attempt was answered by a readable refusal.
    pub refused_last: bool,
}

impl Ending {
    pub(super) fn of(people: &People, roster: &Roster, person: PersonId) -> Option<Ending> {
        let band = roster.cohorts[roster.cohort_of(person).index()].band;
        let number = person.0;
        let came_at = people.intent(number)?;
        let (verdict, knowledge) = judged(people, number, band);
        let mechanism =
            is_failure(people, number, knowledge).then(|| cause_of(people, number, band, knowledge));
        let touched = |of: &Mechanism| people.was_touched_by(number, *of) || mechanism == Some(*of);
        Some(Ending {
            came_at,
            sessions: people.sessions(number),
            truth: people.truth(number),
            outcome: verdict.into(),
            decided_at: verdict.against().or(people.ticket_at(number)),
            told_turn_at: people.told(number),
            known_at: people.known_at(number),
            waited_until: people.waited_until(number),
            row: silent::name_of(knowledge),
            silent: knowledge.is_silent_failure(),
            mechanism: mechanism.map(name_of),
            touched_by: Mechanism::ALL.into_iter().filter(touched).map(name_of).collect(),
            refused_last: people.last(number) == Last::Refused,
        })
    }
}

/// Outcome and row of a person who came.
pub(super) fn judged(people: &People, person: u32, band: Option<BandId>) -> (PersonOutcome, Knowledge) {
    let verdict = PersonOutcome::of(people, person, band);
    (verdict, Knowledge::of(people, person, verdict))
}

/// The person is counted as a silent failure.
pub(super) fn is_failure(people: &People, person: u32, knowledge: Knowledge) -> bool {
    knowledge.is_silent_failure() && people.sent_anything(person)
}
