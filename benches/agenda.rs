//! The agenda against the standard library's heap: nanoseconds per hold, in one run on one machine.
//!
//! A hold takes the earliest entry and pushes one for the same entity an exponential time later, so that the number
//! pending stays what it is. Both structures must hand out the same entries in the same order: a checksum of the
//! order is compared, and a difference is a failure. `cargo bench --bench agenda`, or `-- --smoke` for a second's
//! worth (also what `cargo test --benches` runs). `-- --calendar` leaves the heap out, `-- --rows` runs only the model
//! with rows, for the prefetching distance, and `-- --samplers` measures the distributions. `-- --hold` is the hold model alone, at
//! one size, for counting instructions (`.ci/instructions`).

#![expect(clippy::disallowed_types, reason = "a benchmark reads the clock")]
#![allow(missing_docs)]

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::time::Instant;

use onsale::engine::{
    Agenda, Branch, Distribution, Entry, Fingerprint, Key, Model, Point, Sampler, Span, Stream, Time,
    prefetch_read, run,
};

/// What a pending-event set does.
trait Pending {
    fn push(&mut self, entry: Entry);
    fn pop(&mut self) -> Option<Entry>;
    fn bytes(&self) -> usize;
}

impl Pending for Agenda {
    fn push(&mut self, entry: Entry) {
        Agenda::push(self, entry);
    }
    fn pop(&mut self) -> Option<Entry> {
        Agenda::pop(self)
    }
    fn bytes(&self) -> usize {
        self.memory_bytes()
    }
}

impl Pending for BinaryHeap<Reverse<Entry>> {
    fn push(&mut self, entry: Entry) {
        BinaryHeap::push(self, Reverse(entry));
    }
    fn pop(&mut self) -> Option<Entry> {
        BinaryHeap::pop(self).map(|entry| entry.0)
    }
    fn bytes(&self) -> usize {
        self.capacity() * size_of::<Entry>()
    }
}

const KEY: Key = Key::from_words(1, 2);

/// A measurement: nanoseconds per operation, bytes per pending entry, and the checksum of the order.
struct Measured {
    ns: f64,
    bytes: f64,
    checksum: u64,
}

fn entry_of(entity: u32, at: Time) -> Entry {
    Entry::new(at, 3, (onsale::engine::mix64(u64::from(entity)) >> 44) as u32, entity, 1, 0)
}

/// Delays with a mean of `pending` times 4 us: a quarter of an entry a microsecond, whatever the size.
fn delay(stream: Stream, n: u64, pending: usize) -> Span {
    // Each further unit is half as likely, and even within it: an exponential's shape without a
    // logarithm. Its mean is one and a half units.
    let word = stream.draw(n);
    let units = u64::from((word | 1 << 39).trailing_zeros());
    let unit_us = 4 * pending as u64 * 2 / 3;
    Span::from_us(units * unit_us + (((word >> 40) * unit_us) >> 24))
}

fn hold(queue: &mut impl Pending, pending: usize, holds: u64) -> Measured {
    let stream = Stream::new(KEY, pending as u64);
    for entity in 0..pending as u64 {
        queue.push(entry_of(entity as u32, Time::ZERO + delay(stream, entity, pending)));
    }
    let mut n = pending as u64;
    let mut checksum = 0_u64;
    let mut ns = f64::INFINITY;
    // The best of several parts, the first of which also warms up: a shared machine has hiccups.
    for _ in 0..4 {
        let start = Instant::now();
        for _ in 0..holds / 4 {
            let entry = queue.pop().expect("pending entries");
            checksum = checksum.rotate_left(5) ^ entry.at().as_us() ^ u64::from(entry.entity()) << 32;
            queue.push(entry_of(entry.entity(), entry.at() + delay(stream, n, pending)));
            n += 1;
        }
        ns = ns.min(start.elapsed().as_nanos() as f64 / (holds / 4) as f64);
    }
    Measured { ns, bytes: queue.bytes() as f64 / pending as f64, checksum }
}

/// `count` entries on one microsecond; with `chain`, each is pushed by the one before while that microsecond is open
/// (a tenth at the start), else all wait for it.
fn burst(queue: &mut impl Pending, count: u32, chain: Chain) -> Measured {
    let at = Time::from_us(1_000_000);
    let first = match chain {
        Chain::AllWaiting => count,
        Chain::WhileOpen => count / 10,
    };
    let mut checksum = 0_u64;
    let start = Instant::now();
    let mut next = first;
    for entity in 0..first {
        queue.push(entry_of(entity, at));
    }
    while let Some(entry) = queue.pop() {
        checksum = checksum.rotate_left(5) ^ u64::from(entry.entity());
        for _ in 0..9 {
            if next < count {
                queue.push(entry_of(next, at));
                next += 1;
            }
        }
    }
    let ns = start.elapsed().as_nanos() as f64 / f64::from(count);
    Measured { ns, bytes: queue.bytes() as f64 / f64::from(count), checksum }
}

#[derive(Clone, Copy)]
enum Chain {
    AllWaiting,
    WhileOpen,
}

fn row(name: &str, calendar: &Measured, heap: Option<&Measured>) {
    print!("{name:>24} {:>9.1} {:>7.1}", calendar.ns, calendar.bytes);
    if let Some(heap) = heap {
        assert_eq!(calendar.checksum, heap.checksum, "{name}: the order differs");
        print!(" {:>9.1} {:>7.2}", heap.ns, heap.ns / calendar.ns);
    }
    println!("   {:016x}", calendar.checksum);
}

/// Loads that have broken calendars before: a crowd of `pending` waits, and `holds` are made of it.
fn hard_load(queue: &mut impl Pending, load: Load, pending: u32, holds: u32) -> Measured {
    const SECOND_US: u64 = 1_000_000;
    let stream = Stream::new(KEY, 77);
    let opens_us = 3600 * SECOND_US;
    let first_us = |n: u64| match load {
        Load::CrowdAhead if n < 50 => n * 20_000,
        Load::CrowdAhead if n.is_multiple_of(1000) => opens_us + n * 10_000,
        Load::CrowdAhead => opens_us + stream.below(n, 2 * SECOND_US),
        Load::Lumps => stream.below(n, 30) * SECOND_US,
        Load::Dwindling => stream.below(n, 20 * SECOND_US),
        Load::Widening => stream.below(n, SECOND_US / 10),
    };
    let start = Instant::now();
    for entity in 0..pending {
        queue.push(entry_of(entity, Time::from_us(first_us(entity.into()))));
    }
    let (mut checksum, mut handled) = (0_u64, 0_u64);
    while let Some(entry) = queue.pop() {
        handled += 1;
        checksum = checksum.rotate_left(5) ^ entry.at().as_us() ^ u64::from(entry.entity());
        let n = u64::from(pending) + handled;
        let now_us = entry.at().as_us();
        let delay_us = match load {
            // Ticks of a second lead up to the moment; then polls every few seconds.
            Load::CrowdAhead if now_us < opens_us => SECOND_US,
            Load::CrowdAhead => stream.below(n, 10 * SECOND_US),
            Load::Lumps => (1 + stream.below(n, 30)) * SECOND_US - now_us % SECOND_US,
            Load::Dwindling => 30 * SECOND_US,
            Load::Widening => stream.below(n, 600 * SECOND_US),
        };
        // Of the dwindling crowd ten stay, for hours.
        let stays = !matches!(load, Load::Dwindling) || entry.entity() < 10;
        if stays && handled < u64::from(holds) + u64::from(pending) {
            queue.push(entry_of(entry.entity(), entry.at() + Span::from_us(delay_us)));
        }
    }
    let ns = start.elapsed().as_nanos() as f64 / handled as f64;
    Measured { ns, bytes: queue.bytes() as f64 / f64::from(pending), checksum }
}

#[derive(Clone, Copy)]
enum Load {
    /// Nearly all wait for the same two seconds, an hour ahead, while fifty tick every second.
    CrowdAhead,
    /// All on whole seconds.
    Lumps,
    /// A crowd leaves, and ten stay for hours.
    Dwindling,
    /// A crowd within a tenth of a second spreads over ten minutes.
    Widening,
}

/// A model that touches a row an event, as every simulation does: what prefetching is for.
struct Rows {
    table: Vec<[u64; 4]>,
    stream: Stream,
    n: u64,
    left: u64,
}

impl Model for Rows {
    fn handle(&mut self, entry: Entry, agenda: &mut Agenda) {
        let pending = self.table.len();
        let row = &mut self.table[entry.entity() as usize];
        row[0] = row[0].wrapping_mul(3) ^ entry.at().as_us();
        self.n += 1;
        if self.left > 0 {
            self.left -= 1;
            agenda.push(entry_of(entry.entity(), entry.at() + delay(self.stream, self.n, pending)));
        }
    }

    fn prefetch(&self, entry: Entry) {
        prefetch_read(&self.table, entry.entity() as usize);
    }
}

fn rows(pending: usize, events: u64) {
    let mut model = Rows { table: vec![[0; 4]; pending], stream: Stream::new(KEY, 9), n: 0, left: events };
    let mut agenda = Agenda::new();
    for entity in 0..pending as u64 {
        agenda.push(entry_of(entity as u32, Time::ZERO + delay(Stream::new(KEY, 8), entity, pending)));
    }
    let start = Instant::now();
    let handled = run(&mut model, &mut agenda);
    println!(
        "{:>24} {:>9.1}",
        format!("run, {pending} rows"),
        start.elapsed().as_nanos() as f64 / handled as f64
    );
}

fn samplers(count: u64) {
    let span = |text: &str| Span::parse(text).expect("a duration");
    let distributions = [
        Distribution::Constant(span("1s")),
        Distribution::Uniform { low: span("1s"), high: span("3s") },
        Distribution::Exponential { mean: span("2s") },
        Distribution::Erlang { shape: 3, mean: span("2s") },
        Distribution::Hyperexponential {
            branches: vec![Branch { share: 0.9, mean: span("1s") }, Branch { share: 0.1, mean: span("10s") }],
        },
        Distribution::LogNormal { median: span("200ms"), p95: span("800ms") },
        Distribution::Weibull { shape: 0.7, scale: span("2s") },
        Distribution::Pareto { shape: 2.5, minimum: span("1s") },
        Distribution::Empirical {
            points: (0..=20_u8)
                .map(|i| Point { share: f64::from(i) / 20.0, value: Span::from_ms(i.into()) })
                .collect(),
        },
    ];
    for distribution in distributions {
        let sampler = Sampler::new(&distribution);
        let mut sum = 0;
        let start = Instant::now();
        for n in 0..count {
            // A stream of its own for each sample, as in a simulation.
            sum += black_box(&sampler).sample(Stream::new(KEY, n), 0).as_us();
        }
        let ns = start.elapsed().as_nanos() as f64 / count as f64;
        println!("{distribution:>60.60} {ns:>7.1}   {sum:x}", distribution = distribution.to_string());
    }
    let mut fingerprint = Fingerprint::new();
    let start = Instant::now();
    for n in 0..count {
        fingerprint.add(Time::from_us(n), black_box([n, n >> 3, 7]));
    }
    let ns = start.elapsed().as_nanos() as f64 / count as f64;
    println!("{:>60} {ns:>7.1}   {}", "fingerprint, a fact", fingerprint.hex());
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    // `cargo bench` passes --bench; anything else (a test run) must be quick.
    let smoke = has("--smoke") || !has("--bench");
    if has("--samplers") {
        samplers(if smoke { 1000 } else { 20_000_000 });
        return;
    }
    if has("--rows") {
        rows(10_000_000, 20_000_000);
        return;
    }
    if has("--hold") {
        row("hold, 10000 pending", &hold(&mut Agenda::new(), 10_000, 1_000_000), None);
        return;
    }
    let with_heap = !has("--calendar");
    println!("{:>24} {:>9} {:>7} {:>9} {:>7}   checksum", "ns an event", "agenda", "bytes", "heap", "ratio");
    let sizes: &[(usize, u64)] = if smoke {
        &[(8, 2000), (512, 2000), (5000, 20_000)]
    } else {
        &[
            (8, 4_000_000),
            (512, 4_000_000),
            (10_000, 8_000_000),
            (1_000_000, 12_000_000),
            (10_000_000, 24_000_000),
        ]
    };
    for (pending, holds) in sizes.iter().copied() {
        // A heap of ten million takes 1.5 us a hold: fewer holds, for both when they are compared.
        let holds = if with_heap && pending > 5_000_000 { holds / 4 } else { holds };
        let calendar = hold(&mut Agenda::new(), pending, holds);
        let heap = with_heap.then(|| hold(&mut BinaryHeap::new(), pending, holds));
        row(&format!("hold, {pending} pending"), &calendar, heap.as_ref());
    }
    let count = if smoke { 1000 } else { 100_000 };
    for (name, chain) in [("waiting", Chain::AllWaiting), ("while open", Chain::WhileOpen)] {
        let calendar = burst(&mut Agenda::new(), count, chain);
        let heap = with_heap.then(|| burst(&mut BinaryHeap::new(), count, chain));
        row(&format!("burst, {count} {name}"), &calendar, heap.as_ref());
    }
    let (pending, holds) = if smoke { (2000, 4000) } else { (1_000_000, 4_000_000) };
    let loads = [
        ("crowd ahead", Load::CrowdAhead),
        ("lumps", Load::Lumps),
        ("dwindling", Load::Dwindling),
        ("widening", Load::Widening),
    ];
    for (name, load) in loads {
        let calendar = hard_load(&mut Agenda::new(), load, pending, holds);
        let heap = with_heap.then(|| hard_load(&mut BinaryHeap::new(), load, pending, holds));
        row(name, &calendar, heap.as_ref());
    }
    rows(if smoke { 1000 } else { 10_000_000 }, if smoke { 5000 } else { 20_000_000 });
}
