//! How long it took to be told one's turn, or to be refused. Every person who came is in exactly one of three:
//! told, refused without having been told, or neither (their wait is cut off, "censored").

use super::people::{News, People, cohorts};
use super::person_outcome::PersonOutcome;
use super::spread::{Spread, seconds};
use super::{Definition, Metric, Per, Recorder};
use crate::engine::time::Time;
use crate::protocol::{Fact, Roster};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const WAIT_MEAN: &str = "wait.mean";
    pub(crate) const WAIT_P50: &str = "wait.p50";
    pub(crate) const WAIT_P95: &str = "wait.p95";
    pub(crate) const WAIT_P99: &str = "wait.p99";
    pub(crate) const WAIT_COV: &str = "wait.cov";
    pub(crate) const WAIT_JAIN: &str = "wait.jain";
    pub(crate) const WAIT_WINNERS_MEAN: &str = "wait.winners.mean";
    pub(crate) const WAIT_WINNERS_P50: &str = "wait.winners.p50";
    pub(crate) const WAIT_WINNERS_P95: &str = "wait.winners.p95";
    pub(crate) const WAIT_WINNERS_P99: &str = "wait.winners.p99";
    pub(crate) const WAIT_WINNERS_COV: &str = "wait.winners.cov";
    pub(crate) const WAIT_WINNERS_JAIN: &str = "wait.winners.jain";
    pub(crate) const WAIT_REFUSED_MEAN: &str = "wait.refused.mean";
    pub(crate) const WAIT_REFUSED_P50: &str = "wait.refused.p50";
    pub(crate) const WAIT_REFUSED_P95: &str = "wait.refused.p95";
    pub(crate) const WAIT_REFUSED_P99: &str = "wait.refused.p99";
    pub(crate) const WAIT_LOUNGE_MEAN: &str = "wait.lounge.mean";
    pub(crate) const WAIT_LOUNGE_P50: &str = "wait.lounge.p50";
    pub(crate) const WAIT_LOUNGE_P95: &str = "wait.lounge.p95";
    pub(crate) const WAIT_LOUNGE_P99: &str = "wait.lounge.p99";
    pub(crate) const WAIT_CENSORED_COUNT: &str = "wait.censored.count";
    pub(crate) const WAIT_CENSORED_MEAN: &str = "wait.censored.mean";
}

const fn figure(name: &'static str, doc: &'static str) -> Definition {
    Definition::lower(name, "s", doc)
}

const TOLD: [&str; 6] =
    [names::WAIT_MEAN, names::WAIT_P50, names::WAIT_P95, names::WAIT_P99, names::WAIT_COV, names::WAIT_JAIN];
const WINNERS: [&str; 6] = [
    names::WAIT_WINNERS_MEAN,
    names::WAIT_WINNERS_P50,
    names::WAIT_WINNERS_P95,
    names::WAIT_WINNERS_P99,
    names::WAIT_WINNERS_COV,
    names::WAIT_WINNERS_JAIN,
];
const REFUSED: [&str; 4] =
    [names::WAIT_REFUSED_MEAN, names::WAIT_REFUSED_P50, names::WAIT_REFUSED_P95, names::WAIT_REFUSED_P99];
const LOUNGE: [&str; 4] =
    [names::WAIT_LOUNGE_MEAN, names::WAIT_LOUNGE_P50, names::WAIT_LOUNGE_P95, names::WAIT_LOUNGE_P99];

/// Read from the persons' instants at the end.
pub(super) struct Waiting;

/// Waits in microseconds.
#[derive(Default)]
struct Waits {
    told: Vec<u64>,
    winners: Vec<u64>,
    refused: Vec<u64>,
    censored: Vec<u64>,
    lounge: Vec<u64>,
}

impl Metric for Waiting {
    const DEFINITIONS: &'static [Definition] = &[
        figure(
            TOLD[0],
            "Mean of t_told - max(t_intent, opening) over those who understood that it is their turn (without a line: \
             who passed the edge); null of nobody.",
        )
        .per(Per::SaleAndCohort),
        figure(TOLD[1], "Median of that wait, nearest rank.").per(Per::SaleAndCohort),
        figure(TOLD[2], "95th percentile of that wait, nearest rank.").per(Per::SaleAndCohort),
        figure(TOLD[3], "99th percentile of that wait, nearest rank."),
        Definition::lower(TOLD[4], "1", "Standard deviation / mean of that wait, >= 0; null where the mean is 0."),
        Definition::higher(
            TOLD[5],
            "1",
            "Jain's index (sum)^2 / (n sum of squares) of that wait, 1/n..=1 (Jain 1984); null where all are 0.",
        ),
        figure(WINNERS[0], "Mean of that wait over those who bought; null of nobody."),
        figure(WINNERS[1], "Median of the buyers' wait, nearest rank."),
        figure(WINNERS[2], "95th percentile of the buyers' wait, nearest rank."),
        figure(WINNERS[3], "99th percentile of the buyers' wait, nearest rank."),
        Definition::lower(WINNERS[4], "1", "Standard deviation / mean of the buyers' wait; null where the mean is 0."),
        Definition::higher(WINNERS[5], "1", "Jain's index of the buyers' wait; null where all are 0."),
        figure(
            REFUSED[0],
            "Mean time from max(t_intent, opening) to the decision, over those refused without a turn; 0 for who came \
             after it; null of nobody.",
        ),
        figure(REFUSED[1], "Median of the time to the refusal, nearest rank."),
        figure(REFUSED[2], "95th percentile of the time to the refusal, nearest rank."),
        figure(REFUSED[3], "99th percentile of the time to the refusal, nearest rank."),
        Definition::plain(names::WAIT_CENSORED_COUNT, "persons", "Persons who were neither told their turn nor refused."),
        figure(
            names::WAIT_CENSORED_MEAN,
            "Their mean time from max(t_intent, opening) until they left, or the horizon came; null of nobody.",
        ),
        figure(LOUNGE[0], "Mean of opening - t_intent over those who came before the opening; null of nobody."),
        figure(LOUNGE[1], "Median of the time in the lounge, nearest rank."),
        figure(LOUNGE[2], "95th percentile of the time in the lounge, nearest rank."),
        figure(LOUNGE[3], "99th percentile of the time in the lounge, nearest rank."),
    ];

    fn new(_roster: &Roster) -> Waiting {
        Waiting
    }

    fn hear(&mut self, _at: Time, _fact: &Fact, _news: &News) {}

    fn finish(self, people: &People, recorder: &mut Recorder<'_>) {
        let mut waits = Waits::default();
        for (cohort, persons, band) in cohorts(recorder.roster) {
            let begin = waits.told.len();
            for person in persons {
                if let Some(intent) = people.intent(person) {
                    waits.count(
                        people,
                        person,
                        intent,
                        PersonOutcome::of(people, person, band),
                        recorder.roster,
                    );
                }
            }
            let told = Spread::new(waits.told[begin..].to_vec());
            recorder.put(TOLD[0], told.mean().map(|us| us / 1e6)).over(told.count()).of_cohort(cohort);
            for (name, percent) in [(TOLD[1], 50), (TOLD[2], 95)] {
                recorder
                    .put(name, told.percentile(percent).map(seconds))
                    .over(told.count())
                    .of_cohort(cohort);
            }
        }
        put(recorder, &TOLD, &Spread::new(waits.told));
        put(recorder, &WINNERS, &Spread::new(waits.winners));
        put(recorder, &REFUSED, &Spread::new(waits.refused));
        put(recorder, &LOUNGE, &Spread::new(waits.lounge));
        let censored = Spread::new(waits.censored);
        recorder.count(names::WAIT_CENSORED_COUNT, censored.count());
        recorder.put(names::WAIT_CENSORED_MEAN, censored.mean().map(|us| us / 1e6)).over(censored.count());
    }
}

impl Waits {
    fn count(&mut self, people: &People, person: u32, intent: Time, verdict: PersonOutcome, roster: &Roster) {
        let from = intent.max(roster.opens_at);
        let until = |at: Time| at.saturating_since(from).as_us();
        if intent < roster.opens_at {
            self.lounge.push(roster.opens_at.saturating_since(intent).as_us());
        }
        if let Some(told) = people.told(person) {
            self.told.push(until(told));
            if verdict == PersonOutcome::Sold {
                self.winners.push(until(told));
            }
            return;
        }
        match verdict {
            PersonOutcome::Refused(at) => self.refused.push(until(at)),
            PersonOutcome::Left(at)
            | PersonOutcome::Expired(at)
            | PersonOutcome::Declined(at)
            | PersonOutcome::Evicted(at)
            | PersonOutcome::TurnedAway(at)
            | PersonOutcome::Cancelled(at) => self.censored.push(until(at)),
            PersonOutcome::Unresolved(_) | PersonOutcome::Sold => self.censored.push(until(roster.horizon)),
        }
    }
}

/// Mean, three percentiles, and where they have a name the coefficient of variation and Jain's index.
fn put(recorder: &mut Recorder<'_>, names: &[&str], waits: &Spread) {
    let n = waits.count();
    recorder.put(names[0], waits.mean().map(|us| us / 1e6)).over(n);
    for (name, percent) in names[1..4].iter().zip([50, 95, 99]) {
        recorder.put(name, waits.percentile(percent).map(seconds)).over(n);
    }
    for (name, value) in names[4..].iter().zip([waits.cov(), waits.jain()]) {
        recorder.put(name, value).over(n);
    }
}
