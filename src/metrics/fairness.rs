//! Which groups bought: shares, differences, the four-fifths rule, and whether more tabs bought more.

use super::people::{News, People, cohort_ends, cohort_index, cohorts};
use super::recorder::share;
use super::{Definition, Metric, Per, Recorder};
use crate::engine::time::Time;
use crate::protocol::{Fact, Roster};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const FAIRNESS_MULTI_SESSION_ADVANTAGE_K2: &str = "fairness.multi_session_advantage.k2";
    pub(crate) const FAIRNESS_MULTI_SESSION_ADVANTAGE_K3: &str = "fairness.multi_session_advantage.k3";
    pub(crate) const FAIRNESS_MULTI_SESSION_ADVANTAGE_K4: &str = "fairness.multi_session_advantage.k4";
    pub(crate) const FAIRNESS_MULTI_SESSION_ADVANTAGE_K5: &str = "fairness.multi_session_advantage.k5";
    pub(crate) const FAIRNESS_MULTI_SESSION_ADVANTAGE_K6: &str = "fairness.multi_session_advantage.k6";
    pub(crate) const FAIRNESS_MULTI_SESSION_ADVANTAGE_K7: &str = "fairness.multi_session_advantage.k7";
    pub(crate) const FAIRNESS_MULTI_SESSION_ADVANTAGE_K8: &str = "fairness.multi_session_advantage.k8";
    pub(crate) const FAIRNESS_MULTI_SESSION_ADVANTAGE: &str = "fairness.multi_session_advantage";
    pub(crate) const FAIRNESS_SUCCESS: &str = "fairness.success";
    pub(crate) const FAIRNESS_SUCCESS_DIFFERENCE: &str = "fairness.success.difference";
    pub(crate) const FAIRNESS_SUCCESS_LOG_RATIO: &str = "fairness.success.log_ratio";
    pub(crate) const FAIRNESS_SUCCESS_GAP: &str = "fairness.success.gap";
    pub(crate) const FAIRNESS_SUCCESS_DISPARATE_IMPACT: &str = "fairness.success.disparate_impact";
    pub(crate) const FAIRNESS_REPRESENTATION: &str = "fairness.representation";
}

/// Sessions per person for which the advantage has a name of its own; more count in the pooled figure only.
const ADVANTAGE: [(u32, &str); 7] = [
    (2, names::FAIRNESS_MULTI_SESSION_ADVANTAGE_K2),
    (3, names::FAIRNESS_MULTI_SESSION_ADVANTAGE_K3),
    (4, names::FAIRNESS_MULTI_SESSION_ADVANTAGE_K4),
    (5, names::FAIRNESS_MULTI_SESSION_ADVANTAGE_K5),
    (6, names::FAIRNESS_MULTI_SESSION_ADVANTAGE_K6),
    (7, names::FAIRNESS_MULTI_SESSION_ADVANTAGE_K7),
    (8, names::FAIRNESS_MULTI_SESSION_ADVANTAGE_K8),
];

const POOLED: &str = names::FAIRNESS_MULTI_SESSION_ADVANTAGE;

/// Sessions a person can have, and one more so that the count is the index.
const SESSIONS: usize = 17;

const fn advantage(place: usize) -> Definition {
    Definition::lower(
        ADVANTAGE[place].1,
        "1",
        "P(a ticket given so many sessions) / P(a ticket given one), within a cohort; 1 is fair per person. Null \
         where nobody has so many or nobody with one bought; over all only where one cohort alone varies.",
    )
    .per(Per::SaleAndCohort)
}

/// Persons and buyers.
#[derive(Clone, Copy, Default)]
struct Group {
    persons: u64,
    buyers: u64,
}

impl Group {
    fn success(self) -> Option<f64> {
        share(self.buyers, self.persons)
    }

    /// This group's success over the other's, by one division of products of counts.
    fn ratio(self, other: Group) -> Option<f64> {
        let (above, below) = (self.buyers * other.persons, other.buyers * self.persons);
        if self.persons == 0 { None } else { share(above, below) }
    }
}

/// Tickets by cohort; the rest is counted at the end.
pub(super) struct Fairness {
    tickets: Vec<u64>,
    cohort_ends: Vec<u32>,
}

impl Metric for Fairness {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::plain(
            names::FAIRNESS_SUCCESS,
            "1",
            "Persons with at least one ticket / persons who came, 0..=1; null where nobody came.",
        )
        .per(Per::SaleAndCohort),
        Definition::plain(
            names::FAIRNESS_SUCCESS_DIFFERENCE,
            "1",
            "Success of the cohort minus success of the reference cohort, -1..=1; null without either.",
        )
        .per(Per::Cohort),
        Definition::plain(
            names::FAIRNESS_SUCCESS_LOG_RATIO,
            "1",
            "Natural logarithm of success of the cohort / success of the reference cohort (Katz 1978); null where \
             either is 0.",
        )
        .per(Per::Cohort),
        Definition::lower(
            names::FAIRNESS_SUCCESS_GAP,
            "1",
            "Largest minus smallest success over the cohorts compared, 0..=1; null for fewer than two, where one is \
             empty, and where nobody bought.",
        ),
        Definition::higher(
            names::FAIRNESS_SUCCESS_DISPARATE_IMPACT,
            "1",
            "Smallest / largest success over the cohorts compared, 0..=1 (29 CFR 1607.4(D): suspicious below 0.8); \
             null as the gap is.",
        ),
        Definition::plain(
            names::FAIRNESS_REPRESENTATION,
            "1",
            "Share of the tickets / share of the persons, >= 0; null without tickets or persons.",
        )
        .per(Per::Cohort),
        Definition::lower(
            POOLED,
            "1",
            "P(a ticket given two or more sessions) / P(a ticket given one), within a cohort; 1 is fair per person. \
             Null where nobody has more, or nobody with one bought; over all only where one cohort alone varies.",
        )
        .per(Per::SaleAndCohort),
        advantage(0),
        advantage(1),
        advantage(2),
        advantage(3),
        advantage(4),
        advantage(5),
        advantage(6),
    ];

    fn new(roster: &Roster) -> Fairness {
        Fairness { tickets: vec![0; roster.cohorts.len()], cohort_ends: cohort_ends(roster) }
    }

    #[inline]
    fn hear(&mut self, _at: Time, fact: &Fact, _news: &News) {
        match *fact {
            Fact::SeatSold { who, .. } => {
                self.tickets[cohort_index(&self.cohort_ends, who.person)] += 1;
            }
            Fact::SeatCancelled { who, .. } => {
                self.tickets[cohort_index(&self.cohort_ends, who.person)] -= 1;
            }
            _ => {}
        }
    }

    fn finish(self, people: &People, recorder: &mut Recorder<'_>) {
        let mut groups = Vec::new();
        let mut by_sessions = Vec::new();
        for (_, persons, _) in cohorts(recorder.roster) {
            let (mut group, mut by) = (Group::default(), [Group::default(); SESSIONS]);
            for person in persons.filter(|person| people.arrived(*person)) {
                let sessions = people.sessions(person).min(SESSIONS as u32 - 1) as usize;
                for counted in [&mut group, &mut by[sessions]] {
                    counted.persons += 1;
                    counted.buyers += u64::from(people.has_ticket(person));
                }
            }
            groups.push(group);
            by_sessions.push(by);
        }
        put_success(&groups, recorder);
        self.put_representation(&groups, recorder);
        put_advantage(&by_sessions, recorder);
    }
}

impl Fairness {
    fn put_representation(&self, groups: &[Group], recorder: &mut Recorder<'_>) {
        let tickets: u64 = self.tickets.iter().sum();
        let persons: u64 = groups.iter().map(|group| group.persons).sum();
        for (cohort, group) in groups.iter().enumerate() {
            let of_tickets = share(self.tickets[cohort], tickets);
            let of_persons = share(group.persons, persons).filter(|share| *share > 0.0);
            let ratio = of_tickets.zip(of_persons).map(|(tickets, persons)| tickets / persons);
            recorder.put(names::FAIRNESS_REPRESENTATION, ratio).over(self.tickets[cohort]).of_cohort(cohort);
        }
    }
}

fn put_success(groups: &[Group], recorder: &mut Recorder<'_>) {
    let all = groups.iter().fold(Group::default(), |sum, group| Group {
        persons: sum.persons + group.persons,
        buyers: sum.buyers + group.buyers,
    });
    recorder.put(names::FAIRNESS_SUCCESS, all.success()).over(all.persons);
    let reference = recorder.roster.cohorts.iter().position(|cohort| cohort.reference);
    for (cohort, group) in groups.iter().enumerate() {
        recorder.put(names::FAIRNESS_SUCCESS, group.success()).over(group.persons).of_cohort(cohort);
        if reference == Some(cohort) {
            continue;
        }
        let other = reference.map(|reference| groups[reference]);
        let difference = other.and_then(|other| Some(group.success()? - other.success()?));
        recorder.put(names::FAIRNESS_SUCCESS_DIFFERENCE, difference).over(group.persons).of_cohort(cohort);
        let ratio = other.and_then(|other| group.ratio(other)).filter(|ratio| *ratio > 0.0);
        recorder
            .put(names::FAIRNESS_SUCCESS_LOG_RATIO, ratio.map(libm::log))
            .over(group.persons)
            .of_cohort(cohort);
    }

    let compared: Vec<Group> = recorder
        .roster
        .cohorts
        .iter()
        .zip(groups)
        .filter(|(c, _)| c.compare)
        .map(|(_, group)| *group)
        .collect();
    let n = compared.iter().map(|group| group.persons).sum();
    // Compared as fractions, by cross-multiplication: no rounding decides who is smallest.
    let order = |a: &&Group, b: &&Group| {
        let (left, right) = (a.buyers * b.persons, b.buyers * a.persons);
        left.cmp(&right)
    };
    let fair = compared.len() >= 2 && compared.iter().all(|group| group.persons > 0);
    let ends = compared.iter().min_by(order).zip(compared.iter().max_by(order));
    let ends = ends.filter(|(_, most)| fair && most.buyers > 0);
    let gap = ends.and_then(|(least, most)| Some(most.success()? - least.success()?));
    recorder.put(names::FAIRNESS_SUCCESS_GAP, gap).over(n);
    recorder
        .put(names::FAIRNESS_SUCCESS_DISPARATE_IMPACT, ends.and_then(|(least, most)| least.ratio(*most)))
        .over(n);
}

/// Within each cohort; over all only where one cohort alone varies, since pooling cohorts would compare cohorts.
fn put_advantage(by_sessions: &[[Group; SESSIONS]], recorder: &mut Recorder<'_>) {
    let more = |by: &[Group; SESSIONS]| {
        by[2..].iter().fold(Group::default(), |sum, group| Group {
            persons: sum.persons + group.persons,
            buyers: sum.buyers + group.buyers,
        })
    };
    let varies = |by: &&[Group; SESSIONS]| by[1..].iter().filter(|group| group.persons > 0).count() > 1;
    let mut varying = by_sessions.iter().filter(varies);
    let only = varying.next().filter(|_| varying.next().is_none());

    let overall = only.map(|by| (more(by), by[1]));
    recorder.put(POOLED, overall.and_then(|(many, one)| many.ratio(one)));
    for (k, name) in ADVANTAGE {
        recorder.put(name, only.and_then(|by| by[k as usize].ratio(by[1])));
    }
    for (cohort, by) in by_sessions.iter().enumerate().filter(|(_, by)| varies(by)) {
        recorder.put(POOLED, more(by).ratio(by[1])).over(more(by).persons).of_cohort(cohort);
        for (k, name) in ADVANTAGE {
            let many = by[k as usize];
            if many.persons > 0 {
                recorder.put(name, many.ratio(by[1])).over(many.persons).of_cohort(cohort);
            }
        }
    }
}
