//! When persons come: a load generator that schedules itself, one pending arrival a cohort and never N.
//!
//! Persons of a cohort are numbered in order of arrival. Each instant follows from the last: by an
//! exponential gap in a Poisson stream (through the inverse of the cumulated rate, so that rates may change in
//! pieces), and by the next order statistic where N persons draw independently from one law: with N - i
//! persons left, the share of the law still to come shrinks by the factor V^(1/(N-i)), V uniform
//! (L. Devroye, Non-Uniform Random Variate Generation, 1986, chapter V.2).

use super::World;
use super::crowd::Flag;
use super::luck::{Luck, Use};
use super::message::Message;
use crate::engine::{Agenda, Sampler, Span, Time};
use crate::protocol::{Fact, Kind, Observer, PersonId, SessionId};
use crate::scenario::plan::{ArrivalsPlan, CohortPlan, Plan};

/// Where a cohort's stream stands.
pub(super) struct Arrivals {
    /// The next person to come.
    next: u32,
    /// Order statistics: the logarithm of the share of the law still to come.
    ln_to_come: f64,
    /// The share of a lounge's law that lies after time 0: nobody comes before the first possible event, so the law
    /// is truncated there, and the crowd does not pile up at time 0.
    within: f64,
    /// Rates: how many persons the stream should have brought by the last arrival, on average.
    expected: f64,
}

impl Arrivals {
    pub(super) fn new(cohort: &CohortPlan) -> Arrivals {
        let within = match &cohort.arrivals {
            ArrivalsPlan::LoungeFill { until, lead } => {
                share_within(lead, until.saturating_since(Time::ZERO))
            }
            _ => 1.0,
        };
        Arrivals { next: cohort.persons.start, ln_to_come: 0.0, within, expected: 0.0 }
    }

    /// The next person to come; those before have come.
    pub(super) fn next_person(&self) -> u32 {
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
            ArrivalsPlan::LoungeFill { until, lead } => {
                self.ln_to_come += libm::log(luck) / f64::from(left);
                Some(*until - lead.quantile(self.within * libm::exp(self.ln_to_come)))
            }
            ArrivalsPlan::Rates { pieces, until } => {
                self.expected -= libm::log(luck);
                instant_of(pieces, *until, self.expected)
            }
        }
    }
}

/// The share of a law that lies within a span; 1 where next to nothing, or all of it, lies beyond.
fn share_within(law: &Sampler, span: Span) -> f64 {
    const ALL: f64 = 1.0 - 1e-12;
    let (mut low, mut high) = (0.0, ALL);
    if law.quantile(ALL) <= span || law.quantile(1e-12) > span {
        return 1.0;
    }
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if law.quantile(middle) <= span { low = middle } else { high = middle }
    }
    low
}

/// When the cumulated rate reaches `expected` persons; `None` if it never does.
fn instant_of(pieces: &[(Time, f64)], until: Time, expected: f64) -> Option<Time> {
    let mut before = 0.0;
    for (index, &(from, per_second)) in pieces.iter().enumerate() {
        let end = pieces.get(index + 1).map_or(until, |next| next.0);
        let within = per_second * end.saturating_since(from).as_secs_f64();
        if per_second > 0.0 && before + within >= expected {
            let after_us = (expected - before) / per_second * 1e6;
            return Some(from + Span::from_us((after_us + 0.5) as u64));
        }
        before += within;
    }
    None
}

/// How many sessions a person has, 1..=16.
pub(super) fn sessions_of(plan: &Plan, luck: &Luck, person: PersonId) -> u8 {
    let cohort = &plan.cohorts[plan.roster.cohort_of(person).index()];
    if cohort.sessions.len() == 1 {
        return 1;
    }
    let index = u64::from(person.0 - cohort.persons.start);
    let entity = crate::engine::random::entity(cohort.name_hash, index);
    let (stream, n) = luck.of_person(Use::Sessions, entity, Use::PERSONAL_TAB);
    let luck = stream.unit(n);
    let after = cohort.sessions.partition_point(|&share| share <= luck).min(cohort.sessions.len() - 1);
    u8::try_from(after + 1).expect("at most 16 sessions a person")
}

impl<O: Observer> World<O> {
    /// Pushes the arrival of the cohort's next person, if one comes before the horizon.
    pub(super) fn schedule_arrival(&mut self, cohort: usize, agenda: &mut Agenda) {
        let plan = &self.plan.cohorts[cohort];
        let person = PersonId(self.arrivals[cohort].next);
        if person.0 >= plan.persons.end {
            return;
        }
        let entity = self.entity(person, cohort);
        let (stream, n) = self.luck.of_person(Use::Arrival, entity, Use::PERSONAL_TAB);
        let Some(at) = self.arrivals[cohort].next_at(plan, stream.unit(n)) else { return };
        let at = at.max(self.now);
        if at < self.plan.roster.horizon {
            let tie = self.luck.tie(entity, 0, 0);
            let index = u32::try_from(cohort).expect("at most 255 cohorts");
            agenda.push(Message::Arrive.entry(at, tie, index, 0));
        }
    }

    /// The next person of a cohort clicks: every session of theirs opens the page.
    pub(super) fn arrive(&mut self, cohort: usize, agenda: &mut Agenda) {
        let person = PersonId(self.arrivals[cohort].next);
        self.arrivals[cohort].next += 1;
        self.arrived += 1;
        self.record.fact(self.now, Fact::Arrived { person });
        let leave_at = match &self.plan.cohorts[cohort].patience {
            Some(patience) => {
                let (stream, n) =
                    self.luck.of_person(Use::Patience, self.entity(person, cohort), Use::PERSONAL_TAB);
                self.now + patience.sample(stream, n)
            }
            None => Time::MAX,
        };
        for session in self.crowd.sessions(person).map(SessionId) {
            let row = self.crowd.row_mut(session);
            row.set(Flag::Arrived);
            row.set_leave_at(leave_at);
            self.plan_request(session, Kind::OpenPage, self.now, agenda);
        }
        self.schedule_arrival(cohort, agenda);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Law;

    #[test]
    fn a_rate_of_ten_a_second_brings_the_hundredth_person_after_ten_seconds() {
        let pieces = [(Time::from_us(5_000_000), 10.0)];
        assert_eq!(instant_of(&pieces, Time::MAX, 100.0), Some(Time::from_us(15_000_000)));
    }

    #[test]
    fn a_lounge_keeps_the_share_of_its_law_that_lies_after_time_0() {
        let law = Sampler::new(&Law::Exponential { mean: Span::from_secs(240) });
        let within = share_within(&law, Span::from_secs(600));
        assert!((within - (1.0 - libm::exp(-2.5))).abs() < 1e-8, "{within}");
        let fixed = Sampler::new(&Law::Constant(Span::from_secs(900)));
        assert!((share_within(&fixed, Span::from_secs(600)) - 1.0).abs() < 1e-15, "all of it is too long");
    }

    #[test]
    fn a_stream_pauses_where_its_rate_is_zero_and_ends_after_its_last_piece() {
        let second = |s: u64| Time::from_us(s * 1_000_000);
        let pieces = [(second(0), 1.0), (second(10), 0.0), (second(20), 2.0)];
        assert_eq!(instant_of(&pieces, second(30), 9.0), Some(second(9)));
        assert_eq!(instant_of(&pieces, second(30), 12.0), Some(second(21)));
        assert_eq!(instant_of(&pieces, second(30), 30.5), None);
    }
}
