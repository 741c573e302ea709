//! How far the order of coming survived: who was passed over (envy), how alike two orders are (Kendall's tau),
//! who overtook whom (slips and skips).
//!
//! Instants of a person: intent (first click), edge (first request accepted), enqueue (first join accepted), turn
//! (issued), told (turn understood). Without a line the edge stands for enqueue, turn and told. One tau hides who
//! is to blame, so there is one for each step: network, gateway, policy; `intent_turn` is what the person lives
//! through, and `intent_told` shows what polling adds.

use super::order::{Overtakings, tau_b, twice_losers_first};
use super::people::{News, People, cohorts};
use super::person_outcome::PersonOutcome;
use super::spread::Spread;
use super::{Definition, Metric, Recorder};
use crate::engine::time::Time;
use crate::protocol::{BandId, Fact, Roster};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const FAIRNESS_TAU_INTENT_EDGE: &str = "fairness.tau.intent_edge";
    pub(crate) const FAIRNESS_TAU_EDGE_ENQUEUE: &str = "fairness.tau.edge_enqueue";
    pub(crate) const FAIRNESS_TAU_ENQUEUE_TURN: &str = "fairness.tau.enqueue_turn";
    pub(crate) const FAIRNESS_TAU_INTENT_TURN: &str = "fairness.tau.intent_turn";
    pub(crate) const FAIRNESS_TAU_INTENT_TOLD: &str = "fairness.tau.intent_told";
    pub(crate) const FAIRNESS_TAU_WINNERS_INTENT_EDGE: &str = "fairness.tau.winners.intent_edge";
    pub(crate) const FAIRNESS_TAU_WINNERS_EDGE_ENQUEUE: &str = "fairness.tau.winners.edge_enqueue";
    pub(crate) const FAIRNESS_TAU_WINNERS_ENQUEUE_TURN: &str = "fairness.tau.winners.enqueue_turn";
    pub(crate) const FAIRNESS_TAU_WINNERS_INTENT_TURN: &str = "fairness.tau.winners.intent_turn";
    pub(crate) const FAIRNESS_TAU_WINNERS_INTENT_TOLD: &str = "fairness.tau.winners.intent_told";
    pub(crate) const FAIRNESS_ENVY_EXCLUDED_LEFT: &str = "fairness.envy.excluded.left";
    pub(crate) const FAIRNESS_ENVY_EXCLUDED_EXPIRED: &str = "fairness.envy.excluded.expired";
    pub(crate) const FAIRNESS_ENVY_EXCLUDED_DECLINED: &str = "fairness.envy.excluded.declined";
    pub(crate) const FAIRNESS_ENVY_EXCLUDED_UNRESOLVED: &str = "fairness.envy.excluded.unresolved";
    pub(crate) const FAIRNESS_ENVY_EXCLUDED_EVICTED: &str = "fairness.envy.excluded.evicted";
    pub(crate) const FAIRNESS_ENVY_EXCLUDED_TURNED_AWAY: &str = "fairness.envy.excluded.turned_away";
    pub(crate) const FAIRNESS_ENVY_EXCLUDED_CANCELLED: &str = "fairness.envy.excluded.cancelled";
    pub(crate) const FAIRNESS_SLIPS_P50: &str = "fairness.slips.p50";
    pub(crate) const FAIRNESS_SLIPS_P95: &str = "fairness.slips.p95";
    pub(crate) const FAIRNESS_SLIPS_P99: &str = "fairness.slips.p99";
    pub(crate) const FAIRNESS_SKIPS_P50: &str = "fairness.skips.p50";
    pub(crate) const FAIRNESS_SKIPS_P95: &str = "fairness.skips.p95";
    pub(crate) const FAIRNESS_SKIPS_P99: &str = "fairness.skips.p99";
    pub(crate) const FAIRNESS_DISPLACEMENT_MEAN: &str = "fairness.displacement.mean";
    pub(crate) const FAIRNESS_DISPLACEMENT_P95: &str = "fairness.displacement.p95";
    pub(crate) const FAIRNESS_DISPLACEMENT_MAX: &str = "fairness.displacement.max";
    pub(crate) const FAIRNESS_DISPLACEMENT_NORMALISED_MEAN: &str = "fairness.displacement.normalised.mean";
    pub(crate) const FAIRNESS_DISPLACEMENT_NORMALISED_P95: &str = "fairness.displacement.normalised.p95";
    pub(crate) const FAIRNESS_DISPLACEMENT_NORMALISED_MAX: &str = "fairness.displacement.normalised.max";
    pub(crate) const FAIRNESS_ENVY: &str = "fairness.envy";
    pub(crate) const FAIRNESS_ENVY_INTENT: &str = "fairness.envy.intent";
    pub(crate) const FAIRNESS_ENVY_LOSERS: &str = "fairness.envy.losers";
    pub(crate) const FAIRNESS_INVERSIONS: &str = "fairness.inversions";
}

const TAU: [&str; 5] = [
    names::FAIRNESS_TAU_INTENT_EDGE,
    names::FAIRNESS_TAU_EDGE_ENQUEUE,
    names::FAIRNESS_TAU_ENQUEUE_TURN,
    names::FAIRNESS_TAU_INTENT_TURN,
    names::FAIRNESS_TAU_INTENT_TOLD,
];
const TAU_WINNERS: [&str; 5] = [
    names::FAIRNESS_TAU_WINNERS_INTENT_EDGE,
    names::FAIRNESS_TAU_WINNERS_EDGE_ENQUEUE,
    names::FAIRNESS_TAU_WINNERS_ENQUEUE_TURN,
    names::FAIRNESS_TAU_WINNERS_INTENT_TURN,
    names::FAIRNESS_TAU_WINNERS_INTENT_TOLD,
];
const EXCLUDED: [&str; 7] = [
    names::FAIRNESS_ENVY_EXCLUDED_LEFT,
    names::FAIRNESS_ENVY_EXCLUDED_EXPIRED,
    names::FAIRNESS_ENVY_EXCLUDED_DECLINED,
    names::FAIRNESS_ENVY_EXCLUDED_UNRESOLVED,
    names::FAIRNESS_ENVY_EXCLUDED_EVICTED,
    names::FAIRNESS_ENVY_EXCLUDED_TURNED_AWAY,
    names::FAIRNESS_ENVY_EXCLUDED_CANCELLED,
];
const SLIPS: [&str; 3] = [names::FAIRNESS_SLIPS_P50, names::FAIRNESS_SLIPS_P95, names::FAIRNESS_SLIPS_P99];
const SKIPS: [&str; 3] = [names::FAIRNESS_SKIPS_P50, names::FAIRNESS_SKIPS_P95, names::FAIRNESS_SKIPS_P99];
const DISPLACEMENT: [&str; 3] =
    [names::FAIRNESS_DISPLACEMENT_MEAN, names::FAIRNESS_DISPLACEMENT_P95, names::FAIRNESS_DISPLACEMENT_MAX];
const NORMALISED: [&str; 3] = [
    names::FAIRNESS_DISPLACEMENT_NORMALISED_MEAN,
    names::FAIRNESS_DISPLACEMENT_NORMALISED_P95,
    names::FAIRNESS_DISPLACEMENT_NORMALISED_MAX,
];

const fn tau(name: &'static str, doc: &'static str) -> Definition {
    Definition::higher(name, "1", doc)
}

const fn people_count(name: &'static str, doc: &'static str) -> Definition {
    Definition::lower(name, "persons", doc)
}

/// Read from the persons' instants at the end.
pub(super) struct Seniority;

impl Metric for Seniority {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::lower(
            names::FAIRNESS_ENVY,
            "1",
            "Share of (loser, winner) pairs who asked for the same band in which the loser joined first, ties 1/2, 0..=1 \
             (Mann-Whitney): first come first served 0, a lottery 1/2, last come first served 1. Losers were refused \
             for lack of stock; null without losers or winners.",
        ),
        Definition::lower(
            names::FAIRNESS_ENVY_INTENT,
            "1",
            "The same, where coming first is clicking first.",
        ),
        Definition::plain(
            names::FAIRNESS_ENVY_LOSERS,
            "persons",
            "Persons refused because stock or sale had ended.",
        ),
        Definition::plain(
            EXCLUDED[0],
            "persons",
            "Neither losers nor winners: left before anything was decided.",
        ),
        Definition::plain(
            EXCLUDED[1],
            "persons",
            "Neither losers nor winners: place, turn or time inside ran out.",
        ),
        Definition::plain(EXCLUDED[2], "persons", "Neither losers nor winners: card declined."),
        Definition::plain(EXCLUDED[3], "persons", "Neither losers nor winners: undecided at the horizon."),
        Definition::plain(
            EXCLUDED[4],
            "persons",
            "Neither losers nor winners: taken out of the line, not entitled.",
        ),
        Definition::plain(
            EXCLUDED[5],
            "persons",
            "Neither losers nor winners: came when nobody new was let into the line.",
        ),
        Definition::plain(
            EXCLUDED[6],
            "persons",
            "Neither losers nor winners: bought, and the order was cancelled.",
        ),
        tau(
            TAU[0],
            "Kendall's tau-b of first click and passing the edge: what the network did to the order. -1..=1, over all \
             who have every instant up to a turn; null for fewer than two, or where an order ties all.",
        ),
        tau(TAU[1], "The same of passing the edge and joining: what gateways and checks did to the order."),
        tau(TAU[2], "The same of joining and the order in which turns were issued: what the policy did."),
        tau(TAU[3], "The same of first click and order of turns: what the person lives through."),
        tau(TAU[4], "The same of first click and being told, over those who were told: what polling adds."),
        tau(TAU_WINNERS[0], "As fairness.tau.intent_edge, over those who bought."),
        tau(TAU_WINNERS[1], "As fairness.tau.edge_enqueue, over those who bought."),
        tau(TAU_WINNERS[2], "As fairness.tau.enqueue_turn, over those who bought."),
        tau(TAU_WINNERS[3], "As fairness.tau.intent_turn, over those who bought."),
        tau(TAU_WINNERS[4], "As fairness.tau.intent_told, over those who bought."),
        people_count(
            SLIPS[0],
            "Median number of persons who joined later and got their turn earlier (Larson 1987).",
        ),
        people_count(SLIPS[1], "95th percentile of that number, nearest rank."),
        people_count(SLIPS[2], "99th percentile of that number, nearest rank."),
        people_count(
            SKIPS[0],
            "Median number of persons who joined earlier and got their turn later (Larson 1987).",
        ),
        people_count(SKIPS[1], "95th percentile of that number, nearest rank."),
        people_count(SKIPS[2], "99th percentile of that number, nearest rank."),
        Definition::lower(
            names::FAIRNESS_INVERSIONS,
            "pairs",
            "Pairs who got their turns in the other order than they joined; who joined at one instant is no pair.",
        ),
        people_count(
            DISPLACEMENT[0],
            "Mean distance between rank of joining and rank of turn, among those with both.",
        ),
        people_count(DISPLACEMENT[1], "95th percentile of that distance, nearest rank."),
        people_count(DISPLACEMENT[2], "The largest such distance."),
        Definition::lower(NORMALISED[0], "1", "Mean distance / number of persons ranked, 0..1."),
        Definition::lower(
            NORMALISED[1],
            "1",
            "95th percentile of the distance / number of persons ranked, 0..1.",
        ),
        Definition::lower(NORMALISED[2], "1", "Largest distance / number of persons ranked, 0..1."),
    ];

    fn new(_roster: &Roster) -> Seniority {
        Seniority
    }

    fn hear(&mut self, _at: Time, _fact: &Fact, _news: &News) {}

    fn finish(self, people: &People, recorder: &mut Recorder<'_>) {
        put_envy(people, recorder);
        let ranked = Ranked::of(people);
        ranked.put_taus(people, recorder);
        ranked.put_overtakings(recorder);
    }
}

/// The instants at which losers and winners of one class came.
#[derive(Default)]
struct Class {
    losers: Vec<u64>,
    winners: Vec<u64>,
}

impl Class {
    fn pairs(&self) -> u128 {
        self.losers.len() as u128 * self.winners.len() as u128
    }
}

/// Which side of the comparison somebody is on; or the place in [`EXCLUDED`] of why on neither.
enum Standing {
    Winner,
    Loser,
    Neither(usize),
}

/// Only who was refused for lack of stock has anything to envy.
fn standing(verdict: PersonOutcome) -> Standing {
    match verdict {
        PersonOutcome::Sold => Standing::Winner,
        PersonOutcome::Refused(_) => Standing::Loser,
        PersonOutcome::Left(_) => Standing::Neither(0),
        PersonOutcome::Expired(_) => Standing::Neither(1),
        PersonOutcome::Declined(_) => Standing::Neither(2),
        PersonOutcome::Unresolved(_) => Standing::Neither(3),
        PersonOutcome::Evicted(_) => Standing::Neither(4),
        PersonOutcome::TurnedAway(_) => Standing::Neither(5),
        PersonOutcome::Cancelled(_) => Standing::Neither(6),
    }
}

/// Envy compares persons who ask for the same: the band, or any seat of the house.
fn put_envy(people: &People, recorder: &mut Recorder<'_>) {
    let mut excluded = [0_u64; EXCLUDED.len()];
    let mut losers = 0_u64;
    let mut bands: Vec<Option<BandId>> = recorder.roster.cohorts.iter().map(|cohort| cohort.band).collect();
    bands.sort_unstable();
    bands.dedup();
    let (mut twice, mut pairs) = ([0_u128; 2], [0_u128; 2]);
    for band in bands {
        let mut by_enqueue = Class::default();
        let mut by_intent = Class::default();
        let asking = cohorts(recorder.roster).filter(|(_, _, asked)| *asked == band);
        for person in asking.flat_map(|(_, persons, _)| persons) {
            let Some(intent) = people.intent(person) else { continue };
            let won = match standing(PersonOutcome::of(people, person, band)) {
                Standing::Winner => true,
                Standing::Loser => false,
                Standing::Neither(why) => {
                    excluded[why] += 1;
                    continue;
                }
            };
            losers += u64::from(!won);
            let side = |class: &mut Class, came: u64| {
                if won { class.winners.push(came) } else { class.losers.push(came) }
            };
            side(&mut by_intent, intent.as_us());
            if let Some(rank) = people.enqueue(person) {
                side(&mut by_enqueue, u64::from(rank));
            }
        }
        for (i, mut class) in [by_enqueue, by_intent].into_iter().enumerate() {
            pairs[i] += class.pairs();
            twice[i] += twice_losers_first(&mut class.losers, &mut class.winners);
        }
    }
    for (i, name) in [names::FAIRNESS_ENVY, names::FAIRNESS_ENVY_INTENT].into_iter().enumerate() {
        let envy = (pairs[i] > 0).then(|| twice[i] as f64 / (2 * pairs[i]) as f64);
        recorder.put(name, envy).over(u64::try_from(pairs[i]).unwrap_or(u64::MAX));
    }
    recorder.count(names::FAIRNESS_ENVY_LOSERS, losers);
    for (name, count) in EXCLUDED.iter().zip(excluded) {
        recorder.count(name, count);
    }
}

/// Those who have every instant up to a turn, and their ranks.
struct Ranked {
    persons: Vec<u32>,
    intent: Vec<u32>,
    edge: Vec<u32>,
    enqueue: Vec<u32>,
    turn: Vec<u32>,
}

impl Ranked {
    fn of(people: &People) -> Ranked {
        let has_all = |person: &u32| {
            people.arrived(*person)
                && people.edge(*person).is_some()
                && people.enqueue(*person).is_some()
                && people.turn(*person).is_some()
        };
        let persons: Vec<u32> = (0..people.count()).filter(has_all).collect();
        let ranks = |rank: &dyn Fn(u32) -> Option<u32>| persons.iter().filter_map(|p| rank(*p)).collect();
        Ranked {
            intent: dense(persons.iter().map(|p| people.intent(*p))),
            edge: ranks(&|p| people.edge(p)),
            enqueue: ranks(&|p| people.enqueue(p)),
            turn: ranks(&|p| people.turn(p)),
            persons,
        }
    }

    fn put_taus(&self, people: &People, recorder: &mut Recorder<'_>) {
        let n = self.persons.len() as u64;
        let steps = [
            (&self.intent, &self.edge),
            (&self.edge, &self.enqueue),
            (&self.enqueue, &self.turn),
            (&self.intent, &self.turn),
        ];
        for (name, (x, y)) in TAU.iter().zip(steps) {
            recorder.put(name, tau_b(x, y)).over(n);
        }
        let won: Vec<bool> = self.persons.iter().map(|p| people.has_ticket(*p)).collect();
        let winners = won.iter().filter(|won| **won).count() as u64;
        for (name, (x, y)) in TAU_WINNERS.iter().zip(steps) {
            recorder.put(name, tau_b(&only(x, &won), &only(y, &won))).over(winners);
        }

        // Who was never told is last in no order: left out.
        let told: Vec<bool> = self.persons.iter().map(|p| people.told(*p).is_some()).collect();
        let told_ranks = dense(self.persons.iter().map(|p| people.told(*p)));
        let (x, y, won) = (only(&self.intent, &told), only(&told_ranks, &told), only(&won, &told));
        recorder.put(TAU[4], tau_b(&x, &y)).over(x.len() as u64);
        let (x, y) = (only(&x, &won), only(&y, &won));
        recorder.put(TAU_WINNERS[4], tau_b(&x, &y)).over(x.len() as u64);
    }

    fn put_overtakings(&self, recorder: &mut Recorder<'_>) {
        let n = self.persons.len() as u64;
        let Overtakings { slips, skips, inversions } = Overtakings::of(&self.served());
        let moved = Spread::new(slips.iter().zip(&skips).map(|(a, b)| u64::from(a.abs_diff(*b))).collect());
        for (names, counts) in [(SLIPS, slips), (SKIPS, skips)] {
            let spread = Spread::new(counts.into_iter().map(u64::from).collect());
            for (name, percent) in names.into_iter().zip([50, 95, 99]) {
                recorder.put(name, spread.percentile(percent).map(|count| count as f64)).over(n);
            }
        }
        recorder.put(names::FAIRNESS_INVERSIONS, (n > 0).then_some(inversions as f64)).over(n);
        let figures = [moved.mean(), moved.percentile(95).map(|v| v as f64), moved.max().map(|v| v as f64)];
        for ((name, normalised), figure) in DISPLACEMENT.iter().zip(NORMALISED).zip(figures) {
            recorder.put(name, figure).over(n);
            recorder.put(normalised, figure.map(|value| value / n as f64)).over(n);
        }
    }

    /// For each place in the order of joining, the place in the order of turns. Ties are broken alike on both
    /// sides, so that they are nobody's overtaking.
    fn served(&self) -> Vec<u32> {
        let key = |first: u32, second: u32| u64::from(first) << 32 | u64::from(second);
        let mut joined: Vec<(u64, u32)> =
            (0_u32..).zip(self.enqueue.iter().zip(&self.turn)).map(|(i, (e, t))| (key(*e, *t), i)).collect();
        joined.sort_unstable();
        let turn_of = |i: u32| self.turn[i as usize];
        let mut turns: Vec<u64> =
            (0_u32..).zip(&joined).map(|(place, (_, i))| key(turn_of(*i), place)).collect();
        turns.sort_unstable();
        let mut served = vec![0; turns.len()];
        for (rank, turn) in (0_u32..).zip(turns) {
            served[(turn & u64::from(u32::MAX)) as usize] = rank;
        }
        served
    }
}

/// Dense ranks of instants: equal ones share a rank; "never" comes last.
fn dense(times: impl Iterator<Item = Option<Time>>) -> Vec<u32> {
    let mut order: Vec<(Time, u32)> = times.map(|at| at.unwrap_or(Time::MAX)).zip(0_u32..).collect();
    // A stable sort finds the runs: persons of a cohort are already in order of coming.
    order.sort();
    let mut ranks = vec![0; order.len()];
    let mut rank = 0;
    for (i, (at, place)) in order.iter().enumerate() {
        rank += u32::from(i > 0 && order[i - 1].0 < *at);
        ranks[*place as usize] = rank;
    }
    ranks
}

/// The entries whose flag is set.
fn only<T: Copy>(values: &[T], flags: &[bool]) -> Vec<T> {
    values.iter().zip(flags).filter(|(_, flag)| **flag).map(|(value, _)| *value).collect()
}
