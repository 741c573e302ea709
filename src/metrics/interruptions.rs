//! How long the sale was paused, and what was sold in the unfair interval: after something had broken, and before the
//! pause that answered it.

use super::people::{News, People, cohort_ends, cohort_index};
use super::spread::seconds;
use super::{Definition, Metric, Recorder};
use crate::engine::time::{Span, Time};
use crate::protocol::{Fact, OperatorAction, Roster};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const SALE_PAUSES: &str = "sale.pauses";
    pub(crate) const SALE_PAUSED_TIME: &str = "sale.paused_time";
    pub(crate) const SALE_UNFAIR_INTERVAL_SECONDS: &str = "sale.unfair_interval.seconds";
    pub(crate) const SALE_UNFAIR_INTERVAL_SOLD: &str = "sale.unfair_interval.sold";
    pub(crate) const SALE_UNFAIR_INTERVAL_SUCCESS_GAP: &str = "sale.unfair_interval.success_gap";
}

/// Instants and counts.
pub(super) struct Interruptions {
    paused_since: Option<Time>,
    paused: Span,
    pauses: u64,
    fault: Option<Time>,
    /// The first pause of all, and the first at or after the first fault.
    pause: Option<Time>,
    answer: Option<Time>,
    sold: u64,
    /// Of each cohort, until the pause: persons who came, and persons whose first ticket fell into the interval.
    came: Vec<u64>,
    bought: Vec<u64>,
    cohort_ends: Vec<u32>,
}

impl Metric for Interruptions {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::plain(names::SALE_PAUSES, "pauses", "Times that the operator paused the sale."),
        Definition::lower(
            names::SALE_PAUSED_TIME,
            "s",
            "How long the sale was paused, over all pauses; one that never ended lasts to the horizon.",
        ),
        Definition::lower(
            names::SALE_UNFAIR_INTERVAL_SECONDS,
            "s",
            "From the first fault to the first pause after it; 0 where the sale was paused and nothing had broken; null \
             without such a pause.",
        ),
        Definition::lower(
            names::SALE_UNFAIR_INTERVAL_SOLD,
            "seats",
            "Seats sold in that interval, its beginning included and its end not; null as it is.",
        ),
        Definition::lower(
            names::SALE_UNFAIR_INTERVAL_SUCCESS_GAP,
            "1",
            "Largest minus smallest share, over the cohorts compared, of persons who bought in that interval among those \
             who had come before its end, 0..=1; null as it is, for fewer than two cohorts, and where one has nobody.",
        ),
    ];

    fn new(roster: &Roster) -> Interruptions {
        Interruptions {
            paused_since: None,
            paused: Span::ZERO,
            pauses: 0,
            fault: None,
            pause: None,
            answer: None,
            sold: 0,
            came: vec![0; roster.cohorts.len()],
            bought: vec![0; roster.cohorts.len()],
            cohort_ends: cohort_ends(roster),
        }
    }

    #[inline]
    fn hear(&mut self, at: Time, fact: &Fact, news: &News) {
        match *fact {
            Fact::FaultBegan { .. } => {
                self.fault.get_or_insert(at);
            }
            Fact::Operated { act: OperatorAction::Pause, .. } if self.paused_since.is_none() => {
                self.pauses += 1;
                self.paused_since = Some(at);
                self.pause.get_or_insert(at);
                if self.fault.is_some() {
                    self.answer.get_or_insert(at);
                }
            }
            Fact::Operated { act: OperatorAction::Resume, .. } => self.resume(at),
            Fact::Arrived { person } if self.answer.is_none() => {
                self.came[cohort_index(&self.cohort_ends, person)] += 1;
            }
            Fact::SeatSold { who, .. } if self.fault.is_some() && self.answer.is_none() => {
                self.sold += 1;
                let cohort = cohort_index(&self.cohort_ends, who.person);
                self.bought[cohort] += u64::from(news.first_ticket);
            }
            _ => {}
        }
    }

    fn finish(mut self, _people: &People, recorder: &mut Recorder<'_>) {
        self.resume(recorder.roster.horizon);
        recorder.count(names::SALE_PAUSES, self.pauses);
        recorder.put(names::SALE_PAUSED_TIME, seconds(self.paused.as_us())).over(self.pauses);
        let length = match (self.fault, self.answer, self.pause) {
            (Some(fault), Some(answer), _) => Some(answer.saturating_since(fault)),
            (None, _, Some(_)) => Some(Span::ZERO),
            _ => None,
        };
        recorder.put(names::SALE_UNFAIR_INTERVAL_SECONDS, length.map(|span| seconds(span.as_us())));
        recorder.put(names::SALE_UNFAIR_INTERVAL_SOLD, length.map(|_| self.sold as f64));
        let buyers = self.bought.iter().sum();
        recorder
            .put(names::SALE_UNFAIR_INTERVAL_SUCCESS_GAP, length.and_then(|_| self.gap(recorder.roster)))
            .over(buyers);
    }
}

impl Interruptions {
    fn resume(&mut self, at: Time) {
        if let Some(since) = self.paused_since.take() {
            self.paused += at.saturating_since(since);
        }
    }

    /// Largest minus smallest success over the cohorts compared.
    fn gap(&self, roster: &Roster) -> Option<f64> {
        let compared = roster.cohorts.iter().zip(self.bought.iter().zip(&self.came));
        let shares: Vec<(u64, u64)> = compared
            .filter(|(cohort, _)| cohort.compare)
            .map(|(_, (bought, came))| (*bought, *came))
            .collect();
        if shares.len() < 2 || shares.iter().any(|(_, came)| *came == 0) {
            return None;
        }
        let shares = shares.iter().map(|(bought, came)| *bought as f64 / *came as f64);
        let (least, most) = shares.fold((1.0_f64, 0.0_f64), |(least, most), s| (least.min(s), most.max(s)));
        Some(most - least)
    }
}
