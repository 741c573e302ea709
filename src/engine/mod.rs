//! A discrete-event engine. It knows nothing of tickets.
//!
//! A simulation is a [`Model`] and an [`Agenda`]. The agenda holds what is to happen: one 16-byte [`Entry`] each, in a
//! total order that the model alone determines (time, class, tie, content), never the order of pushing. [`run`] takes
//! the smallest entry, hands it to the model, and the model may push more. Nothing is ever cancelled: a timer carries
//! the attempt it belongs to, and the model ignores it when it is stale.
//!
//! Here is a shop with one till (M/M/1): customers arrive on average every 10 s and take 8 s each.
//!
//! ```
//! use onsale::engine::{Agenda, Entry, Distribution, Model, Purpose, Sampler, Seeds, Span, Stream, Time, run};
//!
//! const DONE: u8 = 0; // Work beats arrivals at the same microsecond: its class is lower.
//! const ARRIVAL: u8 = 1;
//!
//! struct Shop { arrivals: Stream, services: Stream, gap: Sampler, service: Sampler, line: Vec<Time>, served: usize, waited: Span }
//!
//! impl Shop {
//!     fn serve_next(&mut self, now: Time, agenda: &mut Agenda) {
//!         let customer = self.served;
//!         self.waited += now.saturating_since(self.line[customer]);
//!         let until = now + self.service.sample(self.services, customer as u64);
//!         agenda.push(Entry::new(until, DONE, 0, customer as u32, DONE, 0));
//!     }
//! }
//!
//! impl Model for Shop {
//!     fn handle(&mut self, entry: Entry, agenda: &mut Agenda) {
//!         let (now, customer) = (entry.at(), entry.entity() as usize);
//!         if entry.kind() == ARRIVAL {
//!             self.line.push(now);
//!             if self.line.len() == self.served + 1 { self.serve_next(now, agenda); }
//!             if customer < 20_000 { // Arrivals schedule themselves: one pending at a time.
//!                 let next = now + self.gap.sample(self.arrivals, customer as u64);
//!                 agenda.push(Entry::new(next, ARRIVAL, 0, entry.entity() + 1, ARRIVAL, 0));
//!             }
//!         } else {
//!             self.served += 1;
//!             if self.served < self.line.len() { self.serve_next(now, agenda); }
//!         }
//!     }
//! }
//!
//! let seeds = Seeds::new(1, 0, 0);
//! let mean = |secs| Sampler::new(&Distribution::Exponential { mean: Span::from_secs(secs) });
//! let mut shop = Shop {
//!     arrivals: Stream::new(seeds.key(Purpose::Workload), 0), services: Stream::new(seeds.key(Purpose::Service), 0),
//!     gap: mean(10), service: mean(8), line: Vec::new(), served: 0, waited: Span::ZERO,
//! };
//! let mut agenda = Agenda::new();
//! agenda.push(Entry::new(Time::ZERO, ARRIVAL, 0, 0, ARRIVAL, 0));
//! assert_eq!(run(&mut shop, &mut agenda), 2 * 20_001);
//! let mean_wait = shop.waited.as_secs_f64() / 20_001.0;
//! assert!((28.0..36.0).contains(&mean_wait)); // Theory says 32 s.
//! ```
//!
//! The rooms: [`Time`] and [`Span`] are integer microseconds; [`Stream`] gives every entity its own random numbers,
//! whatever is asked and when; [`Distribution`] is a distribution as a user writes it and [`Sampler`] draws from it;
//! [`Fingerprint`] sums up what happened, so that two runs can be compared; [`prefetch_read`] hides memory latency.
//! What is deliberately absent: a clock, threads, files, cancellation, and any order that depends on insertion.

pub mod agenda;
pub mod fingerprint;
pub mod prefetch;
pub mod random;
pub mod sample;
pub mod time;

pub use agenda::{Agenda, Entry};
pub use fingerprint::Fingerprint;
pub use prefetch::prefetch_read;
pub use random::{Key, Purpose, Seeds, Stream, entity, mix64, name_hash, tie};
pub use sample::{
    Branch, Distribution, DistributionError, DistributionProblem, Point, Sampler, normal_quantile,
};
pub use time::{Span, SpanError, Time};

/// How many entries ahead of the one being handled [`Model::prefetch`] is told of one: far enough to hide a memory
/// access behind the handling of those before it, near enough that the line is still in the cache.
const PREFETCH_AHEAD: usize = 8;

/// What is simulated: it gives each agenda entry its meaning.
pub trait Model {
    /// Makes `entry` happen. It may push any entry that is not before `entry.at()`, even one that sorts before
    /// `entry` itself: the next to happen is always the smallest of those pending.
    fn handle(&mut self, entry: Entry, agenda: &mut Agenda);

    /// `entry` will probably be handled soon: a model with millions of rows may ask for the row it touches with
    /// [`prefetch_read`]. A hint: it must not matter whether it is called.
    fn prefetch(&self, _entry: Entry) {}
}

/// What [`step`] did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    /// Entries handled in this step.
    pub events: u64,
    /// Time of the last entry handled, in this step or before.
    pub now: Time,
    /// Whether the agenda is empty: there is nothing left to step to.
    pub done: bool,
}

/// Handles entries in order until none is left, and returns how many there were.
pub fn run<M: Model>(model: &mut M, agenda: &mut Agenda) -> u64 {
    step(model, agenda, u64::MAX).events
}

/// Handles at most `max_events` entries, so that the caller can draw a progress bar or stop in between. Cutting a run
/// into steps changes nothing of it.
pub fn step<M: Model>(model: &mut M, agenda: &mut Agenda, max_events: u64) -> Step {
    let mut events = 0;
    while events < max_events {
        let Some(entry) = agenda.pop() else { break };
        if let Some(soon) = agenda.upcoming(PREFETCH_AHEAD) {
            model.prefetch(soon);
        }
        model.handle(entry, agenda);
        events += 1;
    }
    Step { events, now: agenda.now(), done: agenda.is_empty() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts down: each entry of kind `n` pushes one of kind `n - 1` at the same time, which sorts before it.
    #[derive(Default)]
    struct Countdown(Vec<(u64, u8)>);

    impl Model for Countdown {
        fn handle(&mut self, entry: Entry, agenda: &mut Agenda) {
            self.0.push((entry.at().as_us(), entry.kind()));
            if let Some(kind) = entry.kind().checked_sub(1) {
                agenda.push(Entry::new(entry.at(), 0, 0, 0, kind, 0));
            }
        }
    }

    fn start() -> Agenda {
        let mut agenda = Agenda::new();
        agenda.push(Entry::new(Time::from_us(9), 0, 0, 0, 1, 0));
        agenda.push(Entry::new(Time::from_us(5), 0, 0, 0, 3, 0));
        agenda
    }

    #[test]
    fn a_smaller_entry_of_the_same_time_comes_next() {
        let mut model = Countdown::default();
        assert_eq!(run(&mut model, &mut start()), 6);
        assert_eq!(model.0, [(5, 3), (5, 2), (5, 1), (5, 0), (9, 1), (9, 0)]);
    }

    #[test]
    fn steps_add_up_to_the_run() {
        let (mut whole, mut cut) = (Countdown::default(), Countdown::default());
        run(&mut whole, &mut start());
        let mut agenda = start();
        assert_eq!(step(&mut cut, &mut agenda, 4), Step { events: 4, now: Time::from_us(5), done: false });
        assert_eq!(step(&mut cut, &mut agenda, 4), Step { events: 2, now: Time::from_us(9), done: true });
        assert_eq!(step(&mut cut, &mut agenda, 4), Step { events: 0, now: Time::from_us(9), done: true });
        assert_eq!(whole.0, cut.0);
    }
}
