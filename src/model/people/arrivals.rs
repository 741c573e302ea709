//! When persons come: a load generator that schedules itself, one pending arrival a cohort and never N.
//!
//! Persons of a cohort are numbered in order of arrival. Each instant follows from the last: by an
//! exponential gap in a Poisson stream (through the inverse of the cumulated rate, so that rates may change in
//! pieces), and by the next order statistic where N persons draw independently from one distribution, or from the shape of
//! a recorded crowd: with N - i persons left, the share of the distribution still to come shrinks by the factor V^(1/(N-i)),
//! V uniform (L. Devroye, Non-Uniform Random Variate Generation, 1986, chapter V.2).

use crate::engine::{Agenda, Sampler, Span, Time};
use crate::model::people::People;
use crate::model::people::Sim;
use crate::model::sim::draws::{DrawPurpose, Draws};
use crate::model::sim::message::Message;
use crate::protocol::{Fact, Observer, PersonId, SessionId};
use crate::scenario::plan::{ArrivalsPlan, CohortPlan, Plan};

/// Where a cohort's stream stands.
pub(in crate::model) struct Arrivals {
    /// The next person to come.
    next: u32,
    /// Order statistics: the logarithm of the share of the distribution still to come.
    ln_to_come: f64,
    /// The share of a lounge's distribution that lies after time 0: nobody comes before the first possible event, so the distribution
    /// is truncated there, and the crowd does not pile up at time 0.
    within: f64,
    /// Rates: how many persons the stream should have brought by the last arrival, on average.
    expected: f64,
    along: Along,
    /// When the rule acted that brings them, where one does.
    announced_at: Option<Time>,
}

/// How far along its pieces a stream has come.
#[derive(Default)]
struct Along {
    piece: usize,
    /// What all pieces before this one add up to.
    before: f64,
}

impl Arrivals {
    pub(in crate::model) fn new(cohort: &CohortPlan) -> Arrivals {
        let within = match &cohort.arrivals {
            ArrivalsPlan::LoungeFill { until, lead } => {
                share_within(lead, until.saturating_since(Time::ZERO))
            }
            _ => 1.0,
        };
        Arrivals {
            next: cohort.persons.start,
            ln_to_come: 0.0,
            within,
            expected: 0.0,
            along: Along::default(),
            announced_at: None,
        }
    }

    /// The next person to come; those before have come.
    pub(in crate::model) fn next_person(&self) -> u32 {
        self.next
    }

    /// The instant of the next arrival, given its luck in (0, 1); `None` if nobody else comes.
    fn next_at(&mut self, cohort: &CohortPlan, luck: f64) -> Option<Time> {
        let left = cohort.persons.end - self.next;
        match &cohort.arrivals {
            ArrivalsPlan::Spike { at, jitter } => {
                self.ln_to_come += libm::log(luck) / f64::from(left);
                Some(*at + jitter.quantile(-libm::expm1(self.ln_to_come)))
            }
            ArrivalsPlan::Announced { delay, .. } => {
                let announced = self.announced_at?;
                self.ln_to_come += libm::log(luck) / f64::from(left);
                Some(announced + delay.quantile(-libm::expm1(self.ln_to_come)))
            }
            ArrivalsPlan::LoungeFill { until, lead } => {
                self.ln_to_come += libm::log(luck) / f64::from(left);
                Some(*until - lead.quantile(self.within * libm::exp(self.ln_to_come)))
            }
            ArrivalsPlan::Rates { pieces, until } => {
                self.expected -= libm::log(luck);
                self.along.reach(pieces, *until, self.expected)
            }
            ArrivalsPlan::Shape { pieces, until } => {
                self.ln_to_come += libm::log(luck) / f64::from(left);
                let share = -libm::expm1(self.ln_to_come);
                // The shares sum to 1 but for rounding: the last persons come at the end.
                Some(self.along.reach(pieces, *until, share).unwrap_or(*until))
            }
        }
    }
}

impl Along {
    /// When the pieces, each a rate a second, add up to `sum`; `None` if they never do. Sums asked for only grow, so
    /// nothing is added up twice.
    fn reach(&mut self, pieces: &[(Time, f64)], until: Time, sum: f64) -> Option<Time> {
        while let Some(&(from, per_second)) = pieces.get(self.piece) {
            let end = pieces.get(self.piece + 1).map_or(until, |next| next.0);
            let within = per_second * end.saturating_since(from).as_secs_f64();
            if per_second > 0.0 && self.before + within >= sum {
                let after_us = (sum - self.before) / per_second * 1e6;
                return Some(from + Span::from_us((after_us + 0.5) as u64));
            }
            self.before += within;
            self.piece += 1;
        }
        None
    }
}

/// The share of a distribution that lies within a span; 1 where next to nothing, or all of it, lies beyond.
fn share_within(distribution: &Sampler, span: Span) -> f64 {
    const ALL: f64 = 1.0 - 1e-12;
    let (mut low, mut high) = (0.0, ALL);
    if distribution.quantile(ALL) <= span || distribution.quantile(1e-12) > span {
        return 1.0;
    }
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if distribution.quantile(middle) <= span { low = middle } else { high = middle }
    }
    low
}

/// How many sessions a person has, 1..=16.
pub(in crate::model) fn sessions_of(plan: &Plan, draws: &Draws, person: PersonId) -> u8 {
    let cohort = &plan.cohorts[plan.roster.cohort_of(person).index()];
    if cohort.sessions.len() == 1 {
        return 1;
    }
    let index = u64::from(person.0 - cohort.persons.start);
    let entity = crate::engine::random::entity(cohort.name_hash, index);
    let (stream, n) = draws.of_person(DrawPurpose::Sessions, entity, DrawPurpose::PERSONAL_TAB);
    let luck = stream.unit(n);
    let after = cohort.sessions.partition_point(|&share| share <= luck).min(cohort.sessions.len() - 1);
    u8::try_from(after + 1).expect("at most 16 sessions a person")
}

impl People {
    /// A rule of the operator acts: whoever comes because of it begins to, the first time.
    pub(in crate::model) fn bring_those_who_hear<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, acting: usize, agenda: &mut Agenda,
    ) {
        for cohort in 0..sim.plan.cohorts.len() {
            let hears = matches!(sim.plan.cohorts[cohort].arrivals, ArrivalsPlan::Announced { rule, .. } if rule == acting);
            if hears && self.arrivals[cohort].announced_at.is_none() {
                self.arrivals[cohort].announced_at = Some(sim.now);
                self.schedule_arrival(sim, cohort, agenda);
            }
        }
    }

    /// Pushes the arrival of the cohort's next person, if one comes before the horizon.
    pub(in crate::model) fn schedule_arrival<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, cohort: usize, agenda: &mut Agenda,
    ) {
        let plan = &sim.plan.cohorts[cohort];
        let person = PersonId(self.arrivals[cohort].next);
        if person.0 >= plan.persons.end {
            return;
        }
        let entity = sim.entity(person, cohort);
        let (stream, n) = sim.draws.of_person(DrawPurpose::Arrival, entity, DrawPurpose::PERSONAL_TAB);
        let Some(at) = self.arrivals[cohort].next_at(plan, stream.unit(n)) else { return };
        let at = at.max(sim.now);
        if at < sim.plan.roster.horizon {
            let tie = sim.draws.tie(entity, 0, 0);
            let index = u32::try_from(cohort).expect("at most 255 cohorts");
            agenda.push(Message::Arrive.entry(at, tie, index, 0));
        }
    }

    /// The next person of a cohort clicks: every session of theirs opens the page, or the first one if they open them
    /// one by one.
    pub(in crate::model) fn arrive<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, cohort: usize, agenda: &mut Agenda,
    ) {
        let person = PersonId(self.arrivals[cohort].next);
        self.arrivals[cohort].next += 1;
        self.arrived += 1;
        sim.record.fact(sim.now, Fact::Arrived { person });
        let leave_at = match &sim.plan.cohorts[cohort].patience {
            Some(patience) => {
                let (stream, n) = sim.draws.of_person(
                    DrawPurpose::Patience,
                    sim.entity(person, cohort),
                    DrawPurpose::PERSONAL_TAB,
                );
                sim.now + patience.sample(stream, n)
            }
            None => Time::MAX,
        };
        let sessions = sim.crowd.sessions(person);
        let first = SessionId(sessions.start);
        sim.crowd.page_mut(first).set_leave_at(leave_at);
        let at_once = match sim.plan.cohorts[cohort].open_after {
            Some(_) => 1,
            None => sessions.len(),
        };
        for session in sessions.take(at_once) {
            self.open_session(sim, SessionId(session), agenda);
        }
        Self::plan_next_tab(sim, first, agenda);
        self.schedule_arrival(sim, cohort, agenda);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Distribution, Key, Stream};
    use crate::scenario::Scenario;

    /// A sale with one cohort.
    fn plan(count: u32, arrivals: &str) -> Plan {
        let text = format!(
            r#"{{ "opens_at": "1m", "horizon": "1d", "inventory": {{ "bands": [{{ "name": "all", "seats": 1 }}] }},
            "crowd": [{{ "name": "all", "count": {count}, "arrivals": {arrivals} }}] }}"#
        );
        let scenario = Scenario::parse(&text, "test").unwrap_or_else(|mistakes| panic!("{mistakes}"));
        Plan::new(&scenario).unwrap_or_else(|problems| panic!("{problems:?}"))
    }

    /// When the persons of the cohort come, under some luck.
    fn instants(plan: &Plan, entity: u64) -> Vec<Time> {
        let cohort = &plan.cohorts[0];
        let luck = Stream::new(Key::from_words(1998, 630), entity);
        let mut stream = Arrivals::new(cohort);
        let mut next = |person: u32| {
            let at = stream.next_at(cohort, luck.unit(u64::from(person)));
            stream.next += 1;
            at
        };
        let all: Vec<Time> = cohort.persons.clone().map_while(&mut next).collect();
        assert!(all.is_sorted(), "persons are numbered in order of arrival");
        all
    }

    /// How many come in each row of a trace that begins at `from_s` and has rows of `row_s` seconds.
    fn by_row(instants: &[Time], from_s: f64, row_s: f64, rows: usize) -> Vec<f64> {
        let mut found = vec![0.0; rows];
        for at in instants {
            found[((at.as_secs_f64() - from_s) / row_s) as usize] += 1.0;
        }
        found
    }

    const COUNTS: [f64; 8] = [0.0, 100.0, 50.0, 0.0, 0.0, 400.0, 30.0, 0.0];

    #[test]
    fn a_shape_spreads_the_cohort_as_its_trace_was_spread() {
        let arrivals =
            r#"{ "trace": { "counts": [0, 100, 50, 0, 0, 400, 30, 0], "from": "10s", "row_length": "6s" } }"#;
        let all = instants(&plan(50_000, arrivals), 1);
        assert_eq!(all.len(), 50_000, "everybody comes");
        let found = by_row(&all, 10.0, 6.0, COUNTS.len());
        let expected = COUNTS.map(|count| count / 580.0 * 50_000.0);
        let chi_square: f64 = found
            .iter()
            .zip(expected)
            .filter(|(_, expected)| *expected > 0.0)
            .map(|(found, expected)| (found - expected) * (found - expected) / expected)
            .sum();
        // Three degrees of freedom: beyond 21.1 with probability 0.0001.
        assert!(chi_square < 21.1, "chi-square {chi_square}: {found:?} against {expected:?}");
        for (row, count) in COUNTS.iter().enumerate().filter(|(_, count)| **count == 0.0) {
            assert_eq!(found[row], *count, "nobody comes in row {row}");
        }
        // Anywhere within a row: the mean of 400/580 of them lies in its middle, to 4 standard errors.
        let within: Vec<f64> = all
            .iter()
            .map(|at| (at.as_secs_f64() - 40.0) / 6.0)
            .filter(|at| (0.0..1.0).contains(at))
            .collect();
        let mean = within.iter().sum::<f64>() / within.len() as f64;
        assert!((mean - 0.5).abs() < 4.0 * (1.0 / 12.0 / within.len() as f64).sqrt(), "{mean}");
    }

    #[test]
    fn counts_used_as_they_are_bring_as_many_as_they_say_give_or_take_their_root() {
        let arrivals = r#"{ "trace": { "counts": [0, 100, 50, 0, 0, 400, 30, 0], "row_length": "6s",
            "used": { "as_they_are": { "factor": 2.5 } } } }"#;
        let plan = plan(4000, arrivals);
        let runs: Vec<Vec<f64>> =
            (0..400).map(|run| by_row(&instants(&plan, run), 0.0, 6.0, COUNTS.len())).collect();
        for (row, count) in COUNTS.into_iter().enumerate() {
            let (expected, n) = (count * 2.5, runs.len() as f64);
            let mean = runs.iter().map(|run| run[row]).sum::<f64>() / n;
            let variance =
                runs.iter().map(|run| (run[row] - mean) * (run[row] - mean)).sum::<f64>() / (n - 1.0);
            assert!(
                (mean - expected).abs() <= 4.0 * (expected / n).sqrt(),
                "row {row}: {mean}, not {expected}"
            );
            // The variance of a Poisson distribution is its mean; that of 400 samples spreads by a factor of 0.07.
            assert!((variance - expected).abs() <= 0.3 * expected, "row {row}: variance {variance}");
        }
    }

    #[test]
    fn a_stream_of_counts_ends_with_the_cohort() {
        let arrivals = r#"{ "trace": { "counts": [600, 600], "used": { "as_they_are": {} } } }"#;
        assert_eq!(instants(&plan(500, arrivals), 1).len(), 500);
        let some = instants(&plan(5000, arrivals), 1).len() as f64;
        assert!((some - 1200.0).abs() < 4.0 * libm::sqrt(1200.0), "{some}");
    }

    #[test]
    fn a_rate_of_ten_a_second_brings_the_hundredth_person_after_ten_seconds() {
        let pieces = [(Time::from_us(5_000_000), 10.0)];
        assert_eq!(Along::default().reach(&pieces, Time::MAX, 100.0), Some(Time::from_us(15_000_000)));
    }

    #[test]
    fn a_lounge_keeps_the_share_of_its_law_that_lies_after_time_0() {
        let distribution = Sampler::new(&Distribution::Exponential { mean: Span::from_secs(240) });
        let within = share_within(&distribution, Span::from_secs(600));
        assert!((within - (1.0 - libm::exp(-2.5))).abs() < 1e-8, "{within}");
        let fixed = Sampler::new(&Distribution::Constant(Span::from_secs(900)));
        assert!((share_within(&fixed, Span::from_secs(600)) - 1.0).abs() < 1e-15, "all of it is too long");
    }

    #[test]
    fn a_stream_pauses_where_its_rate_is_zero_and_ends_after_its_last_piece() {
        let second = |s: u64| Time::from_us(s * 1_000_000);
        let pieces = [(second(0), 1.0), (second(10), 0.0), (second(20), 2.0)];
        let mut along = Along::default();
        assert_eq!(along.reach(&pieces, second(30), 9.0), Some(second(9)));
        assert_eq!(along.reach(&pieces, second(30), 12.0), Some(second(21)));
        assert_eq!(along.reach(&pieces, second(30), 30.5), None);
    }
}
