//! What orders for several seats got of them.

use super::people::{News, People, cohort_ends, cohort_index};
use super::{Definition, Metric, Per, Recorder};
use crate::engine::time::Time;
use crate::protocol::{Fact, Roster, SessionId, Truth};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const SALE_PARTIAL_ORDERS: &str = "sale.partial_orders";
}

/// Orders of one cohort.
#[derive(Clone, Copy, Default)]
struct Count {
    /// For more than one seat.
    of_several: u64,
    partial: u64,
}

/// Orders by cohort, and the one that is being committed.
pub(super) struct Orders {
    cohort_ends: Vec<u32>,
    wants: Vec<u8>,
    counts: Vec<Count>,
    committed: Option<(SessionId, u32)>,
}

impl Metric for Orders {
    const DEFINITIONS: &'static [Definition] = &[Definition::lower(
        names::SALE_PARTIAL_ORDERS,
        "orders",
        "Orders sold with fewer seats than their person wanted (`together: as_many`), cancelled ones included; each counts as \
         a success.",
    )
    .out_of("orders of persons who want several seats")
    .per(Per::SaleAndCohort)];

    fn new(roster: &Roster) -> Orders {
        Orders {
            cohort_ends: cohort_ends(roster),
            wants: roster.cohorts.iter().map(|cohort| cohort.wants).collect(),
            counts: vec![Count::default(); roster.cohorts.len()],
            committed: None,
        }
    }

    /// The seats of an order are sold in one instant, and then it is decided.
    #[inline]
    fn hear(&mut self, _at: Time, fact: &Fact, _news: &News) {
        match *fact {
            Fact::SeatSold { who, .. } => {
                let before = self.committed.filter(|(session, _)| *session == who.session);
                self.committed = Some((who.session, before.map_or(0, |(_, seats)| seats) + 1));
            }
            Fact::Decided { who, truth: Truth::Sold } => {
                let seats = self.committed.take().filter(|(session, _)| *session == who.session);
                let cohort = cohort_index(&self.cohort_ends, who.person);
                let wants = u32::from(self.wants[cohort]);
                let count = &mut self.counts[cohort];
                count.of_several += u64::from(wants > 1);
                count.partial += u64::from(seats.is_some_and(|(_, seats)| seats < wants));
            }
            _ => {}
        }
    }

    fn finish(self, _people: &People, recorder: &mut Recorder<'_>) {
        for (cohort, count) in self.counts.iter().enumerate() {
            recorder
                .count(names::SALE_PARTIAL_ORDERS, count.partial)
                .over(count.of_several)
                .of_cohort(cohort);
        }
        let of_several = self.counts.iter().map(|count| count.of_several).sum();
        let partial = self.counts.iter().map(|count| count.partial).sum();
        recorder.count(names::SALE_PARTIAL_ORDERS, partial).over(of_several);
    }
}
