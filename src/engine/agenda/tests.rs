//! The agenda against the plainest thing that can be right: a binary heap. Over every shape of load that has broken a
//! calendar before, both must hand out the same entries at the same moments.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Agenda, Entry};
use crate::engine::random::{Key, Stream};
use crate::engine::{Span, Time};

/// Both structures side by side, and a source of chance.
struct Pair {
    agenda: Agenda,
    oracle: BinaryHeap<Reverse<Entry>>,
    stream: Stream,
    drawn: u64,
    now: Time,
    serial: u32,
}

impl Pair {
    fn new(seed: u64) -> Self {
        let stream = Stream::new(Key::from_words(seed, 1), 0);
        let (agenda, oracle) = (Agenda::new(), BinaryHeap::new());
        Self { agenda, oracle, stream, drawn: 0, now: Time::ZERO, serial: 0 }
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.drawn += 1;
        self.stream.below(self.drawn, bound)
    }

    /// Pushes an entry `delay` from now, with a class and a tie at random: it may sort before the last one popped.
    fn push_in(&mut self, delay_us: u64) {
        let (class, tie) = (self.below(3) as u8, self.below(1 << 20) as u32);
        self.serial += 1;
        let entry = Entry::new(self.now + Span::from_us(delay_us), class, tie, self.serial, 1, 2);
        self.agenda.push(entry);
        self.oracle.push(Reverse(entry));
    }

    /// Pops from both; false when they are empty.
    #[track_caller]
    fn pop(&mut self) -> bool {
        if self.serial.is_multiple_of(7) {
            assert_eq!(self.agenda.next_at(), self.oracle.peek().map(|entry| entry.0.at()));
        }
        let (popped, expected) = (self.agenda.pop(), self.oracle.pop().map(|entry| entry.0));
        assert_eq!(popped, expected);
        assert_eq!(self.agenda.len(), self.oracle.len());
        self.now = popped.map_or(self.now, Entry::at);
        popped.is_some()
    }

    fn drain(&mut self) {
        while self.pop() {}
        assert!(self.agenda.is_empty());
    }

    /// `holds` times: pop one, push one after a delay that `delay` draws.
    fn hold(&mut self, holds: usize, mut delay: impl FnMut(&mut Self) -> u64) {
        for _ in 0..holds {
            assert!(self.pop());
            let delay_us = delay(self);
            self.push_in(delay_us);
        }
    }

    /// Roughly exponential: each further unit half as likely.
    fn exponential(&mut self, unit_us: u64) -> u64 {
        let units = u64::from((self.below(u64::MAX) | 1 << 40).trailing_zeros());
        units * unit_us + self.below(unit_us)
    }
}

#[test]
fn uniform_and_exponential_holds() {
    for (pending, unit_us) in [(1, 1), (8, 1000), (500, 3), (600, 100_000), (20_000, 1), (20_000, 1_000_000)]
    {
        let mut pair = Pair::new(pending);
        for _ in 0..pending {
            let delay_us = pair.below(unit_us * 2 + 1);
            pair.push_in(delay_us);
        }
        pair.hold(100_000, |pair| pair.below(unit_us * 2 + 1));
        pair.hold(100_000, |pair| pair.exponential(unit_us));
        pair.drain();
    }
}

#[test]
fn bursts_on_one_tick_before_and_while_it_is_open() {
    let mut pair = Pair::new(2);
    for round in 0..4 {
        for _ in 0..40_000 {
            pair.push_in(5_000_000);
        }
        for _ in 0..1000 {
            let delay_us = pair.below(10_000_000);
            pair.push_in(delay_us);
        }
        // A quarter push again for the same microsecond, often before the one just popped.
        for i in 0..80_000 {
            if !pair.pop() {
                break;
            }
            if i % 4 == 0 {
                pair.push_in(0);
            }
            if i % 8 == round {
                let delay_us = pair.below(3);
                pair.push_in(delay_us);
            }
        }
    }
    pair.drain();
}

#[test]
fn a_crowd_around_one_moment_and_stragglers_hours_ahead() {
    let mut pair = Pair::new(3);
    for i in 0..200_000 {
        let crowd_us = 3_600_000_000 + pair.below(2_000_000);
        let delay_us = if i % 50_000 == 0 { 7_200_000_000 + i * 1_000_000 } else { crowd_us };
        pair.push_in(delay_us);
    }
    // Ticks of a second lead up to it, then polls and the odd long timer.
    for _ in 0..50 {
        pair.push_in(1_000_000);
    }
    pair.hold(
        100_000,
        |pair| {
            if pair.now.as_us() < 3_600_000_000 { 1_000_000 } else { pair.below(5_000_000) }
        },
    );
    pair.hold(200_000, |pair| if pair.below(20) == 0 { 600_000_000 } else { pair.exponential(2_000_000) });
    pair.drain();
}

#[test]
fn a_population_that_dwindles_and_returns() {
    let mut pair = Pair::new(4);
    for round in 0..6 {
        for _ in 0..30_000 {
            let delay_us = pair.below(1 << (8 + 4 * round));
            pair.push_in(delay_us);
        }
        while pair.agenda.len() > 10 {
            pair.pop();
        }
        pair.hold(5_000, |pair| pair.below(3_600_000_000 / 500));
        if round % 2 == 0 {
            pair.drain();
        }
    }
}

#[test]
fn far_jumps_and_the_end_of_time() {
    let mut pair = Pair::new(5);
    for _ in 0..20_000 {
        let bits = pair.below(40);
        let delay_us = pair.below(1 << bits);
        pair.push_in(delay_us);
    }
    pair.push_in(Time::MAX.as_us());
    pair.hold(15_000, |pair| pair.below(1 << 20));
    for _ in 0..2000 {
        pair.push_in(u64::MAX >> 24);
    }
    pair.drain();
    assert_eq!(pair.now, Time::MAX);
}

#[test]
fn lumps_on_every_second() {
    let mut pair = Pair::new(6);
    for _ in 0..50_000 {
        let seconds = pair.below(30);
        pair.push_in(seconds * 1_000_000);
    }
    pair.hold(300_000, |pair| (1 + pair.below(30)) * 1_000_000 - pair.now.as_us() % 1_000_000);
    pair.drain();
}

/// Loads drawn at random from one another: what nobody thought of.
#[test]
fn whatever_load() {
    for seed in 0..60 {
        let mut pair = Pair::new(1000 + seed);
        for _ in 0..12 {
            let (count, bits, mode) = (pair.below(4000), pair.below(32), pair.below(6));
            for _ in 0..count {
                let delay_us = match mode {
                    0 => pair.below(1 << bits),
                    1 => pair.exponential(1 << bits),
                    2 => 1 << bits,
                    3 => 0,
                    4 => pair.below(4) << bits,
                    _ => pair.below(1 << (bits / 4)),
                };
                pair.push_in(delay_us);
                if mode > 3 && pair.below(2) == 0 {
                    pair.pop();
                }
            }
            for _ in 0..pair.below(6000) {
                pair.pop();
            }
        }
        pair.drain();
    }
}

/// Counts work by the clock nobody may read here: a quadratic agenda would take minutes, not a second.
#[test]
fn a_hundred_thousand_on_one_tick_stay_cheap() {
    let mut agenda = Agenda::new();
    let at = Time::from_us(1_000_000);
    for entity in 0..100_000 {
        agenda.push(Entry::new(at, 1, entity % 99_991, entity, 0, 0));
    }
    for entity in 100_000..1_000_000 {
        assert_eq!(agenda.pop().map(Entry::at), Some(at));
        agenda.push(Entry::new(at, 1, entity % 99_991, entity, 0, 0));
    }
    assert_eq!(agenda.len(), 100_000);
}

#[test]
fn memory_is_returned_and_bounded() {
    let stream = Stream::new(Key::from_words(7, 7), 7);
    let mut agenda = Agenda::new();
    let count = 1_000_000_u32;
    for entity in 0..count {
        agenda.push(Entry::new(Time::from_us(stream.below(entity.into(), 4_000_000)), 0, 0, entity, 0, 0));
    }
    for entity in 0..3 * count {
        let now = agenda.pop().unwrap().at();
        let at = now + Span::from_us(stream.below(u64::from(count + entity), 8_000_000));
        agenda.push(Entry::new(at, 0, 0, entity, 0, 0));
    }
    let an_entry = agenda.memory_bytes() as f64 / f64::from(count);
    assert!((16.0..24.0).contains(&an_entry), "{an_entry} bytes an entry");
    while agenda.len() > 10 {
        agenda.pop();
    }
    while agenda.pop().is_some() {}
    assert!(agenda.memory_bytes() < 1 << 20, "{} bytes when empty", agenda.memory_bytes());
}

#[test]
fn an_agenda_looks_ahead_within_the_open_bucket() {
    let mut agenda = Agenda::new();
    for i in 0..10_000 {
        agenda.push(Entry::new(Time::from_us(i * 10), 0, 0, i as u32, 0, 0));
    }
    let mut told = 0;
    for i in 0..10_000 {
        let entry = agenda.pop().unwrap();
        if let Some(soon) = agenda.upcoming(8) {
            assert_eq!(u64::from(soon.entity()), i + 9);
            told += 1;
        }
        assert_eq!(u64::from(entry.entity()), i);
    }
    assert!(told > 8000, "{told}");
}

#[test]
#[should_panic(expected = "time never moves backward")]
fn an_entry_before_now_is_a_bug() {
    let mut agenda = Agenda::new();
    agenda.push(Entry::new(Time::from_us(5), 0, 0, 0, 0, 0));
    agenda.pop();
    agenda.push(Entry::new(Time::from_us(4), 0, 0, 0, 0, 0));
}
