//! What was sold, when, and what became of holds, turns and charges.

use super::people::{News, People, cohort_ends, cohort_index, cohorts};
use super::spread::seconds;
use super::{Definition, Metric, Per, Recorder};
use crate::engine::time::Time;
use crate::protocol::{Fact, Possibility, Roster, StockAnomaly};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const SALE_TIME_TO_50: &str = "sale.time_to_50";
    pub(crate) const SALE_TIME_TO_90: &str = "sale.time_to_90";
    pub(crate) const SALE_TIME_TO_99: &str = "sale.time_to_99";
    pub(crate) const SALE_SOLD: &str = "sale.sold";
    pub(crate) const SALE_UNSOLD: &str = "sale.unsold";
    pub(crate) const SALE_CANCELLED: &str = "sale.cancelled";
    pub(crate) const SALE_OVERSOLD: &str = "sale.oversold";
    pub(crate) const SALE_BUYERS: &str = "sale.buyers";
    pub(crate) const SALE_SOLD_OUT_AT: &str = "sale.sold_out_at";
    pub(crate) const SALE_TIME_TO_NONE_FREE: &str = "sale.time_to_none_free";
    pub(crate) const SALE_SEATS_RETURNED: &str = "sale.seats_returned";
    pub(crate) const SALE_HOLDS_EXPIRED: &str = "sale.holds_expired";
    pub(crate) const SALE_TURNS: &str = "sale.turns";
    pub(crate) const SALE_TURNS_TO_NOBODY: &str = "sale.turns_to_nobody";
    pub(crate) const SALE_NO_SHOWS: &str = "sale.no_shows";
    pub(crate) const SALE_SKIPPED_PLACES: &str = "sale.skipped_places";
    pub(crate) const SALE_DECLINES: &str = "sale.declines";
    pub(crate) const SALE_CHARGES: &str = "sale.charges";
    pub(crate) const SALE_DUPLICATE_CHARGES: &str = "sale.duplicate_charges";
    pub(crate) const SALE_CHARGED_WITHOUT_TICKET: &str = "sale.charged_without_ticket";
    pub(crate) const SALE_PAYMENT_REPLIES_LOST: &str = "sale.payment_replies_lost";
}

/// Shares of the house, in percent, whose instant is given.
const MILESTONES: [(u64, &str); 3] =
    [(50, names::SALE_TIME_TO_50), (90, names::SALE_TIME_TO_90), (99, names::SALE_TIME_TO_99)];

/// Counters and instants.
pub(super) struct Sale {
    capacity: u64,
    free: u64,
    held: u64,
    sold: u64,
    cancelled: u64,
    oversold: u64,
    /// Seats of the next facts that somebody else has as well: they are not free before, or after.
    shared: u64,
    sold_by_cohort: Vec<u64>,
    cohort_ends: Vec<u32>,
    milestones: [Option<Time>; MILESTONES.len()],
    sold_out_at: Option<Time>,
    none_free_at: Option<Time>,
    returned: u64,
    expired: u64,
    joined: u64,
    placed: u64,
    turns: u64,
    turns_to_nobody: u64,
    no_shows: u64,
    skipped: u64,
    payments: u64,
    declines: u64,
    charges: u64,
    duplicate_charges: u64,
    replies_lost: u64,
}

impl Metric for Sale {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::higher(names::SALE_SOLD, "seats", "Seats sold.").per(Per::SaleAndCohort),
        Definition::lower(names::SALE_UNSOLD, "seats", "Seats of the house that were not sold in the end."),
        Definition::lower(
            names::SALE_CANCELLED,
            "seats",
            "Seats of orders that the operator cancelled afterwards; they are not \
            counted as sold.",
        )
        .out_of("seats sold in a sale that may cancel orders"),
        Definition::lower(
            names::SALE_OVERSOLD,
            "seats",
            "Seats sold to one person after they had been sold to another.",
        )
        .out_of("seats sold"),
        Definition::plain(names::SALE_BUYERS, "persons", "Persons with at least one ticket.")
            .per(Per::SaleAndCohort),
        Definition::plain(
            names::SALE_SOLD_OUT_AT,
            "s",
            "From the opening to the sale of the last seat; null if never.",
        )
        .or_never(),
        Definition::plain(
            names::SALE_TIME_TO_NONE_FREE,
            "s",
            "From the opening to the first instant at which every seat is held or sold; null if never.",
        )
        .or_never(),
        Definition::plain(
            MILESTONES[0].1,
            "s",
            "From the opening until half of the house is sold; null if never.",
        )
        .or_never(),
        Definition::plain(
            MILESTONES[1].1,
            "s",
            "From the opening until 90 % of the house is sold; null if never.",
        )
        .or_never(),
        Definition::plain(
            MILESTONES[2].1,
            "s",
            "From the opening until 99 % of the house is sold; null if never.",
        )
        .or_never(),
        Definition::plain(
            names::SALE_SEATS_RETURNED,
            "seats",
            "Holds that ended without a sale, for whatever reason.",
        )
        .out_of("seats held"),
        Definition::lower(names::SALE_HOLDS_EXPIRED, "seats", "Of those, the ones that ran out.")
            .out_of("seats held"),
        Definition::plain(names::SALE_TURNS, "turns", "Turns issued.").out_of("joins of a line"),
        Definition::lower(
            names::SALE_TURNS_TO_NOBODY,
            "turns",
            "Turns issued to a session that had already stopped.",
        )
        .out_of("turns"),
        Definition::lower(names::SALE_NO_SHOWS, "turns", "Turns that ended unused.").out_of("turns"),
        Definition::plain(
            names::SALE_SKIPPED_PLACES,
            "places",
            "Places skipped: no contact for longer than the grace.",
        )
        .out_of("places in line"),
        Definition::plain(names::SALE_DECLINES, "charges", "Cards declined.")
            .out_of("payments that could be declined"),
        Definition::plain(names::SALE_CHARGES, "charges", "Times that the provider took money.")
            .out_of("payments"),
        Definition::lower(
            names::SALE_DUPLICATE_CHARGES,
            "charges",
            "Of those, the ones for a hold already paid.",
        )
        .out_of("charges"),
        Definition::lower(
            names::SALE_CHARGED_WITHOUT_TICKET,
            "persons",
            "Persons charged who have no ticket, and did not get the money back.",
        )
        .out_of("persons charged"),
        Definition::lower(
            names::SALE_PAYMENT_REPLIES_LOST,
            "replies",
            "The provider's replies that never reached the shop, or came too late.",
        )
        .out_of("payments"),
    ];

    fn new(roster: &Roster) -> Sale {
        let seats = u64::from(roster.seats);
        Sale {
            capacity: seats,
            free: seats,
            held: 0,
            sold: 0,
            cancelled: 0,
            oversold: 0,
            shared: 0,
            sold_by_cohort: vec![0; roster.cohorts.len()],
            cohort_ends: cohort_ends(roster),
            milestones: [None; MILESTONES.len()],
            sold_out_at: None,
            none_free_at: None,
            returned: 0,
            expired: 0,
            joined: 0,
            placed: 0,
            turns: 0,
            turns_to_nobody: 0,
            no_shows: 0,
            skipped: 0,
            payments: 0,
            declines: 0,
            charges: 0,
            duplicate_charges: 0,
            replies_lost: 0,
        }
    }

    #[inline]
    fn hear(&mut self, at: Time, fact: &Fact, news: &News) {
        match *fact {
            Fact::SeatHeld { .. } => {
                self.held += 1;
                if self.shared > 0 {
                    self.shared -= 1;
                    return;
                }
                self.free -= 1;
                if self.free == 0 && self.none_free_at.is_none() {
                    self.none_free_at = Some(at);
                }
            }
            Fact::SeatReturned { expired, .. } => {
                if self.shared > 0 {
                    self.shared -= 1;
                } else {
                    self.free += 1;
                }
                self.returned += 1;
                self.expired += u64::from(expired);
            }
            Fact::SeatSold { who, .. } => {
                self.sold_by_cohort[cohort_index(&self.cohort_ends, who.person)] += 1;
                self.sell(at);
            }
            Fact::SeatCancelled { who, .. } => {
                self.sold_by_cohort[cohort_index(&self.cohort_ends, who.person)] -= 1;
                self.sold -= 1;
                self.free += 1;
                self.cancelled += 1;
                self.sold_out_at = None;
            }
            Fact::StockAnomaly { anomaly: StockAnomaly::HeldTwice | StockAnomaly::OthersKeep, .. } => {
                self.shared += 1;
            }
            // Nobody has it, and nobody can have it.
            Fact::StockAnomaly { anomaly: StockAnomaly::ReturnLost, .. } => {
                self.free -= 1;
                if self.free == 0 && self.none_free_at.is_none() {
                    self.none_free_at = Some(at);
                }
            }
            Fact::StockAnomaly { anomaly: StockAnomaly::SoldTwice, .. } => self.oversold += 1,
            Fact::Enqueued { .. } => self.joined += 1,
            Fact::Placed { .. } => self.placed += 1,
            Fact::TurnIssued { .. } => {
                self.turns += 1;
                self.turns_to_nobody += u64::from(news.turn_to_nobody);
            }
            Fact::NoShow { .. } => self.no_shows += 1,
            Fact::Skipped { .. } => self.skipped += 1,
            // Each payment is charged, declined, or neither and its reply lost.
            Fact::CardDeclined { .. } => {
                self.payments += 1;
                self.declines += 1;
            }
            Fact::Charged { duplicate, .. } => {
                self.payments += 1;
                self.charges += 1;
                self.duplicate_charges += u64::from(duplicate);
            }
            Fact::PaymentReplyLost { charged, .. } => {
                self.payments += u64::from(!charged);
                self.replies_lost += 1;
            }
            _ => {}
        }
    }

    fn finish(self, people: &People, recorder: &mut Recorder<'_>) {
        let opens_at = recorder.roster.opens_at;
        let after_opening = |at: Option<Time>| at.map(|at| seconds(at.saturating_since(opens_at).as_us()));
        let (mut all_buyers, mut charged, mut charged_without_ticket) = (0, 0, 0);
        for (cohort, persons, _) in cohorts(recorder.roster) {
            let buyers = persons.clone().filter(|p| people.has_ticket(*p)).count() as u64;
            recorder.count(names::SALE_SOLD, self.sold_by_cohort[cohort]).of_cohort(cohort);
            recorder.count(names::SALE_BUYERS, buyers).of_cohort(cohort);
            all_buyers += buyers;
            for person in persons.filter(|person| people.was_charged(*person)) {
                charged += 1;
                charged_without_ticket += u64::from(!people.has_ticket(person));
            }
        }
        recorder.count(names::SALE_SOLD, self.sold);
        recorder.count(names::SALE_UNSOLD, self.capacity + self.oversold - self.sold);
        recorder.count(names::SALE_OVERSOLD, self.oversold).over(self.sold);
        recorder
            .count(names::SALE_CANCELLED, self.cancelled)
            .over_if(Possibility::Cancellation, self.sold + self.cancelled);
        recorder.count(names::SALE_BUYERS, all_buyers);
        recorder.put(names::SALE_SOLD_OUT_AT, after_opening(self.sold_out_at));
        recorder.put(names::SALE_TIME_TO_NONE_FREE, after_opening(self.none_free_at));
        for ((_, name), at) in MILESTONES.iter().zip(self.milestones) {
            recorder.put(name, after_opening(at));
        }
        recorder.count(names::SALE_SEATS_RETURNED, self.returned).over(self.held);
        recorder.count(names::SALE_HOLDS_EXPIRED, self.expired).over(self.held);
        recorder.count(names::SALE_TURNS, self.turns).over(self.joined);
        recorder.count(names::SALE_TURNS_TO_NOBODY, self.turns_to_nobody).over(self.turns);
        recorder.count(names::SALE_NO_SHOWS, self.no_shows).over(self.turns);
        recorder.count(names::SALE_SKIPPED_PLACES, self.skipped).over(self.placed);
        recorder.count(names::SALE_DECLINES, self.declines).over_if(Possibility::Decline, self.payments);
        recorder.count(names::SALE_CHARGES, self.charges).over(self.payments);
        recorder.count(names::SALE_DUPLICATE_CHARGES, self.duplicate_charges).over(self.charges);
        recorder.count(names::SALE_CHARGED_WITHOUT_TICKET, charged_without_ticket).over(charged);
        recorder.count(names::SALE_PAYMENT_REPLIES_LOST, self.replies_lost).over(self.payments);
    }
}

impl Sale {
    fn sell(&mut self, at: Time) {
        self.sold += 1;
        let seats = self.sold - self.oversold;
        if seats == self.capacity && self.sold_out_at.is_none() {
            self.sold_out_at = Some(at);
        }
        for ((percent, _), reached) in MILESTONES.iter().zip(&mut self.milestones) {
            if seats * 100 >= self.capacity * percent && reached.is_none() {
                *reached = Some(at);
            }
        }
    }
}
