//! Whose evening tells most: one person of each kind, found at the end in what is kept of everybody anyway.
//!
//! | kind | who |
//! |---|---|
//! | `silent` | refused in silence: the longest from the deciding instant to the end of their waiting |
//! | `ghost` | bought and never told: the longest from the sale of the ticket to the end of their waiting |
//! | `wait` | the longest wait for a turn among those who bought (what a gate can decide on); where nobody bought, among those who were told a turn |
//! | `unfair` | refused for lack of stock although most came later and bought: the first loser of a band to have joined, in the band where most winners joined after them |
//!
//! Of several, the one with the lowest number.

use super::ending::{is_failure, judged};
use super::people::{People, cohorts};
use super::person_outcome::{Knowledge, PersonOutcome};
use crate::engine::time::Time;
use crate::protocol::{BandId, CohortId, PersonId, Roster};
use std::cmp::Reverse;

/// What somebody is the worst case of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Refused in silence.
    Silent,
    /// Bought, and never told.
    Ghost,
    /// Waited long for a turn.
    Wait,
    /// Came before many who bought, and was refused.
    Unfair,
}

/// The worst case of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worst {
    /// Of which kind.
    pub kind: Kind,
    /// Who.
    pub person: PersonId,
    /// Of which cohort.
    pub cohort: CohortId,
    /// From when the time that is measured runs: from the decision; for `wait` and `unfair`, from the click or the
    /// opening, whichever was later.
    pub since: Time,
    /// Until when: the end of waiting; for `wait`, being told the turn.
    pub until: Time,
    /// How many joined later, asked for the same and bought; 0 for the other kinds.
    pub passed_by: u64,
}

/// The worst case so far by the key it is chosen by.
#[derive(Default)]
struct Best(Option<((u64, Reverse<u32>), Found)>);

#[derive(Clone, Copy)]
struct Found {
    person: u32,
    cohort: usize,
    since: Time,
    until: Time,
}

impl Best {
    fn offer(&mut self, found: Found) {
        let key = (found.until.saturating_since(found.since).as_us(), Reverse(found.person));
        if self.0.as_ref().is_none_or(|(best, _)| *best < key) {
            self.0 = Some((key, found));
        }
    }

    fn into_worst(self, kind: Kind) -> Option<Worst> {
        self.0.map(|(_, found)| worst_of(kind, found, 0))
    }
}

fn worst_of(kind: Kind, found: Found, passed_by: u64) -> Worst {
    let Found { person, cohort, since, until } = found;
    let cohort = CohortId(u8::try_from(cohort).expect("there are at most 255 cohorts"));
    Worst { kind, person: PersonId(person), cohort, since, until, passed_by }
}

/// The worst case of each kind that there is, the most telling first.
pub(super) fn worst(people: &People, roster: &Roster) -> Vec<Worst> {
    let (mut silent, mut ghost) = (Best::default(), Best::default());
    let (mut winner, mut admitted) = (Best::default(), Best::default());
    let mut bands = Bands::default();
    for (cohort, persons, band) in cohorts(roster) {
        for person in persons {
            let Some(came_at) = people.intent(person) else { continue };
            let (verdict, knowledge) = judged(people, person, band);
            let until = people.waited_until(person);
            let found = |since: Time, until: Time| Found { person, cohort, since, until };
            if is_failure(people, person, knowledge) {
                match (knowledge, verdict.against(), people.ticket_at(person)) {
                    (Knowledge::SilentRejection, Some(decided), _) => silent.offer(found(decided, until)),
                    (Knowledge::GhostPurchase, _, Some(sold)) => ghost.offer(found(sold, until)),
                    _ => {}
                }
            }
            let begins = came_at.max(roster.opens_at);
            if let Some(told) = people.told(person) {
                let best = if verdict == PersonOutcome::Sold { &mut winner } else { &mut admitted };
                best.offer(found(begins, told));
            }
            if let Some(rank) = people.enqueue(person) {
                bands.note(band, verdict, rank, found(begins, until));
            }
        }
    }
    let wait = winner.into_worst(Kind::Wait).or(admitted.into_worst(Kind::Wait));
    let found = [silent.into_worst(Kind::Silent), ghost.into_worst(Kind::Ghost), bands.unfair(), wait];
    found.into_iter().flatten().collect()
}

/// Of each band: the first loser to have joined, and when the winners joined.
#[derive(Default)]
struct Bands(Vec<Class>);

struct Class {
    band: Option<BandId>,
    first_loser: Option<((u32, u32), Found)>,
    /// Ranks of joining: 4 bytes a winner, kept until all losers are known.
    winners: Vec<u32>,
}

impl Bands {
    fn note(&mut self, band: Option<BandId>, verdict: PersonOutcome, rank: u32, found: Found) {
        let at = self.0.iter().position(|class| class.band == band).unwrap_or_else(|| {
            self.0.push(Class { band, first_loser: None, winners: Vec::new() });
            self.0.len() - 1
        });
        let class = &mut self.0[at];
        match verdict {
            PersonOutcome::Sold => class.winners.push(rank),
            PersonOutcome::Refused(_) => {
                let key = (rank, found.person);
                if class.first_loser.as_ref().is_none_or(|(first, _)| key < *first) {
                    class.first_loser = Some((key, found));
                }
            }
            _ => {}
        }
    }

    fn unfair(self) -> Option<Worst> {
        let envious = self.0.into_iter().filter_map(|class| {
            let ((rank, person), found) = class.first_loser?;
            let later = class.winners.iter().filter(|winner| **winner > rank).count() as u64;
            (later > 0).then(|| ((later, Reverse(person)), worst_of(Kind::Unfair, found, later)))
        });
        envious.max_by_key(|(key, _)| *key).map(|(_, worst)| worst)
    }
}
