//! What happened at the checkout beside selling and charging: payments that waited, were refused, had to be proven, were
//! repeated under their key, came too late, or never came.

use super::people::{News, People};
use super::spread::{Spread, seconds};
use super::{Definition, Metric, Recorder};
use crate::engine::time::Time;
use crate::protocol::{CheckoutEvent, Fact, Kind, Possibility, Roster, Stop, Who};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const CHECKOUT_PAYMENTS_QUEUED: &str = "checkout.payments_queued";
    pub(crate) const CHECKOUT_PAYMENT_WAIT_P95: &str = "checkout.payment_wait.p95";
    pub(crate) const CHECKOUT_PAYMENT_WAIT_MAX: &str = "checkout.payment_wait.max";
    pub(crate) const CHECKOUT_PAYMENTS_REFUSED: &str = "checkout.payments_refused";
    pub(crate) const CHECKOUT_PROVIDER_ERRORS: &str = "checkout.provider_errors";
    pub(crate) const CHECKOUT_CHALLENGES: &str = "checkout.challenges";
    pub(crate) const CHECKOUT_CHALLENGES_ABANDONED: &str = "checkout.challenges_abandoned";
    pub(crate) const CHECKOUT_ANSWERS_REPEATED: &str = "checkout.answers_repeated";
    pub(crate) const CHECKOUT_ERRORS_REPEATED: &str = "checkout.errors_repeated";
    pub(crate) const CHECKOUT_STUCK_ON_KEY: &str = "checkout.stuck_on_key";
    pub(crate) const CHECKOUT_KEYS_IN_FLIGHT: &str = "checkout.keys_in_flight";
    pub(crate) const CHECKOUT_CHARGED_TOO_LATE: &str = "checkout.charged_too_late";
    pub(crate) const CHECKOUT_REFUNDS: &str = "checkout.refunds";
    pub(crate) const CHECKOUT_RESERVATIONS: &str = "checkout.reservations";
    pub(crate) const CHECKOUT_SEATS_UNPAID: &str = "checkout.seats_unpaid";
    pub(crate) const CHECKOUT_CHOOSING_TIMED_OUT: &str = "checkout.choosing_timed_out";
    pub(crate) const CHECKOUT_BUYING_TIMED_OUT: &str = "checkout.buying_timed_out";
}

/// Counters, and how long payments waited.
pub(super) struct Checkout {
    /// Requests to pay that reached a gateway.
    asked: u64,
    /// Times that a session came into the shop.
    entered: u64,
    charges: u64,
    steps: [u64; CheckoutEvent::ALL.len()],
    waits_us: Vec<u64>,
    given_up: u64,
    unpaid: u64,
    /// The order whose deadline passed last: its seats come back at the same instant.
    ended: Option<(Time, Who)>,
    /// To whom the provider repeated an error; some of them more than once.
    stuck: Vec<u32>,
}

impl Metric for Checkout {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::lower(
            names::CHECKOUT_PAYMENTS_QUEUED,
            "payments",
            "Payments that waited at the provider for others to end.",
        )
        .out_of("requests to pay, where the provider can do only so much"),
        Definition::lower(
            names::CHECKOUT_PAYMENT_WAIT_P95,
            "s",
            "How long they waited, the 95th percentile; null if none did.",
        ),
        Definition::lower(names::CHECKOUT_PAYMENT_WAIT_MAX, "s", "The longest of these waits; null if none did."),
        Definition::lower(
            names::CHECKOUT_PAYMENTS_REFUSED,
            "payments",
            "Payments that the provider refused because too many waited already.",
        )
        .out_of("requests to pay, where the provider can do only so much"),
        Definition::lower(
            names::CHECKOUT_PROVIDER_ERRORS,
            "payments",
            "Payments at which the provider failed by itself; nothing was taken.",
        )
        .out_of("requests to pay, where the provider fails"),
        Definition::plain(names::CHECKOUT_CHALLENGES, "payments", "Payments for which the bank wanted a proof.")
            .out_of("requests to pay, where banks want proofs"),
        Definition::lower(
            names::CHECKOUT_CHALLENGES_ABANDONED,
            "persons",
            "Of those asked for a proof, the ones who gave up on it.",
        )
        .out_of("proofs wanted"),
        Definition::plain(
            names::CHECKOUT_ANSWERS_REPEATED,
            "payments",
            "Payments that the provider answered with what it had kept under their key, whatever that was; nothing was \
             charged again.",
        )
        .out_of("requests to pay with a key"),
        Definition::lower(
            names::CHECKOUT_ERRORS_REPEATED,
            "payments",
            "Of those, the ones that met an old error of the provider again, though it was over: with that key nobody \
             can ever pay.",
        )
        .out_of("requests to pay with a key"),
        Definition::lower(
            names::CHECKOUT_STUCK_ON_KEY,
            "persons",
            "Persons to whom the provider repeated an old error, and who have no ticket.",
        )
        .out_of("persons to whom it repeated one"),
        Definition::plain(
            names::CHECKOUT_KEYS_IN_FLIGHT,
            "payments",
            "Payments refused because one with the same key was under way.",
        )
        .out_of("requests to pay with a key"),
        Definition::lower(
            names::CHECKOUT_CHARGED_TOO_LATE,
            "charges",
            "Times that the money was taken for seats that were held no longer, and the shop saw it.",
        )
        .out_of("charges"),
        Definition::plain(names::CHECKOUT_REFUNDS, "charges", "Of those, the ones that were given back.")
            .out_of("charges that came too late"),
        Definition::plain(
            names::CHECKOUT_RESERVATIONS,
            "orders",
            "Orders that were reserved, and not paid at once nor ever.",
        )
        .out_of("requests to pay, where orders may go unpaid"),
        Definition::plain(
            names::CHECKOUT_SEATS_UNPAID,
            "seats",
            "Seats that came back into the stock because their order was never paid.",
        )
        .out_of("orders reserved"),
        Definition::lower(
            names::CHECKOUT_CHOOSING_TIMED_OUT,
            "visits",
            "Times that a session was put out of the shop because it had no seats for too long.",
        )
        .out_of("times that a session came into the shop, where there is so long to choose"),
        Definition::lower(
            names::CHECKOUT_BUYING_TIMED_OUT,
            "visits",
            "Times that a session was put out of the shop because it had not bought in time.",
        )
        .out_of("times that a session came into the shop, where there is so long to buy"),
    ];

    fn new(_roster: &Roster) -> Checkout {
        Checkout {
            asked: 0,
            entered: 0,
            charges: 0,
            steps: [0; CheckoutEvent::ALL.len()],
            waits_us: Vec::new(),
            given_up: 0,
            unpaid: 0,
            ended: None,
            stuck: Vec::new(),
        }
    }

    #[inline]
    fn hear(&mut self, at: Time, fact: &Fact, _news: &News) {
        match *fact {
            Fact::Accepted { kind: Kind::Pay, .. } => self.asked += 1,
            Fact::Entered { .. } => self.entered += 1,
            Fact::Charged { .. } => self.charges += 1,
            Fact::AtCheckout { who, step } => {
                self.steps[step as usize] += 1;
                match step {
                    CheckoutEvent::ErrorRepeated => self.stuck.push(who.person.0),
                    CheckoutEvent::ReservationEnded => self.ended = Some((at, who)),
                    _ => {}
                }
            }
            Fact::PaymentQueued { wait, .. } => self.waits_us.push(wait.as_us()),
            Fact::Stopped { why: Stop::ChallengeAbandoned, .. } => self.given_up += 1,
            Fact::SeatReturned { who, .. } => self.unpaid += u64::from(self.ended == Some((at, who))),
            _ => {}
        }
    }

    fn finish(mut self, people: &People, recorder: &mut Recorder<'_>) {
        let of = |step: CheckoutEvent| self.steps[step as usize];
        self.stuck.sort_unstable();
        self.stuck.dedup();
        let stuck = self.stuck.iter().filter(|person| !people.has_ticket(**person)).count() as u64;
        let repeated = of(CheckoutEvent::ChargeRepeated)
            + of(CheckoutEvent::DeclineRepeated)
            + of(CheckoutEvent::ErrorRepeated);
        recorder
            .count(names::CHECKOUT_PAYMENTS_QUEUED, self.waits_us.len() as u64)
            .over_if(Possibility::ProviderQueue, self.asked);
        recorder
            .count(names::CHECKOUT_PAYMENTS_REFUSED, of(CheckoutEvent::ProviderFull))
            .over_if(Possibility::ProviderQueue, self.asked);
        recorder
            .count(names::CHECKOUT_PROVIDER_ERRORS, of(CheckoutEvent::ProviderFailed))
            .over_if(Possibility::ProviderError, self.asked);
        recorder
            .count(names::CHECKOUT_CHALLENGES, of(CheckoutEvent::Challenged))
            .over_if(Possibility::Challenge, self.asked);
        recorder
            .count(names::CHECKOUT_CHALLENGES_ABANDONED, self.given_up)
            .over(of(CheckoutEvent::Challenged));
        recorder
            .count(names::CHECKOUT_ANSWERS_REPEATED, repeated)
            .over_if(Possibility::IdempotencyKey, self.asked);
        recorder
            .count(names::CHECKOUT_ERRORS_REPEATED, of(CheckoutEvent::ErrorRepeated))
            .over_if(Possibility::IdempotencyKey, self.asked);
        recorder.count(names::CHECKOUT_STUCK_ON_KEY, stuck).over(self.stuck.len() as u64);
        recorder
            .count(names::CHECKOUT_KEYS_IN_FLIGHT, of(CheckoutEvent::KeyInFlight))
            .over_if(Possibility::IdempotencyKey, self.asked);
        recorder
            .count(names::CHECKOUT_CHARGED_TOO_LATE, of(CheckoutEvent::ChargedTooLate))
            .over(self.charges);
        recorder
            .count(names::CHECKOUT_REFUNDS, of(CheckoutEvent::Refunded))
            .over(of(CheckoutEvent::ChargedTooLate));
        recorder
            .count(names::CHECKOUT_RESERVATIONS, of(CheckoutEvent::Reserved))
            .over_if(Possibility::UnpaidReservation, self.asked);
        recorder.count(names::CHECKOUT_SEATS_UNPAID, self.unpaid).over(of(CheckoutEvent::Reserved));
        recorder
            .count(names::CHECKOUT_CHOOSING_TIMED_OUT, of(CheckoutEvent::ChoosingTimedOut))
            .over_if(Possibility::ChoosingDeadline, self.entered);
        recorder
            .count(names::CHECKOUT_BUYING_TIMED_OUT, of(CheckoutEvent::BuyingTimedOut))
            .over_if(Possibility::BuyingDeadline, self.entered);
        let waits = Spread::new(self.waits_us);
        recorder.put(names::CHECKOUT_PAYMENT_WAIT_P95, waits.percentile(95).map(seconds)).over(waits.count());
        recorder.put(names::CHECKOUT_PAYMENT_WAIT_MAX, waits.max().map(seconds)).over(waits.count());
    }
}
