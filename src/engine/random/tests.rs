//! The draws are frozen, and they look random wherever a simulation could notice: along n, along entities, along
//! keys and runs, in high and low bits. Seeds are fixed, so a test passes always or never; critical values are
//! those of p = 1e-6 unless said otherwise.

use super::*;

const KEY: Key = Key::from_words(0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210);
const COUNT: u64 = 1 << 20;

/// A name, and the word at each place along a line.
type Direction = (&'static str, Box<dyn Fn(u64) -> u64>);

/// The directions in which neighbours could be related, each as "word number i".
fn directions() -> Vec<Direction> {
    let cohort = name_hash("fans");
    vec![
        ("along n", Box::new(|i| Stream::new(KEY, 5).draw(i))),
        ("along n, from far", Box::new(|i| Stream::new(KEY, 5).draw((1 << 63) + (i << 20)))),
        ("along raw entities", Box::new(|i| Stream::new(KEY, i).draw(0))),
        ("along high entities", Box::new(|i| Stream::new(KEY, i << 32).draw(3))),
        ("along clients", Box::new(move |i| Stream::new(KEY, entity(cohort, i)).draw(1))),
        ("along cohorts", Box::new(|i| Stream::new(KEY, entity(name_hash(&format!("c{i}")), 0)).draw(0))),
        ("along keys, first half", Box::new(|i| Stream::new(Key::from_words(i, 0), 0).draw(0))),
        ("along keys, second half", Box::new(|i| Stream::new(Key::from_words(0, i), 0).draw(0))),
        ("diagonally", Box::new(|i| Stream::new(KEY, i).draw(i))),
        ("interleaved", Box::new(|i| Stream::new(KEY, i >> 2).draw(i & 3))),
        ("along forks", Box::new(|i| Stream::new(KEY, 5).fork(i).draw(0))),
        ("inside forks", Box::new(|i| Stream::new(KEY, 5).fork(i >> 2).draw(i & 3))),
        (
            "fork against parent",
            Box::new(|i| Stream::new(KEY, i).fork(0).draw(0) ^ Stream::new(KEY, i).draw(0)),
        ),
    ]
}

#[track_caller]
fn within(name: &str, value: f64, low: f64, high: f64) {
    assert!((low..=high).contains(&value), "{name}: {value} is not in {low}..{high}");
}

/// Chi-square of 255 degrees of freedom: 2.4e-7 of the mass lies outside 151 to 384.
fn chi_square_255(counts: &[u32; 256], total: u64) -> f64 {
    let expected = total as f64 / 256.0;
    counts
        .iter()
        .map(|count| (f64::from(*count) - expected) * (f64::from(*count) - expected) / expected)
        .sum()
}

#[test]
fn every_byte_is_uniform() {
    for (name, word) in directions() {
        let mut counts = [[0_u32; 256]; 8];
        for i in 0..COUNT {
            for (byte, counts) in word(i).to_le_bytes().into_iter().zip(&mut counts) {
                counts[usize::from(byte)] += 1;
            }
        }
        for (position, counts) in counts.iter().enumerate() {
            within(&format!("{name}, byte {position}"), chi_square_255(counts, COUNT), 151.0, 384.0);
        }
    }
}

#[test]
fn neighbours_are_independent() {
    for (name, word) in directions() {
        // Pairs of neighbours, in four bits each: of the top, of the bottom, and of one against the other.
        let mut pairs = [[0_u32; 256]; 3];
        // The correlation of neighbours has standard deviation 1/sqrt(count); five of them are p = 6e-7.
        let mut product = 0.0;
        let mut before = word(COUNT);
        for i in 0..COUNT {
            let now = word(i);
            pairs[0][(before >> 60 << 4 | now >> 60) as usize] += 1;
            pairs[1][((before & 15) << 4 | now & 15) as usize] += 1;
            pairs[2][(before >> 60 << 4 | now & 15) as usize] += 1;
            product += (word_to_unit(before) - 0.5) * (word_to_unit(now) - 0.5);
            before = now;
        }
        for (which, counts) in pairs.iter().enumerate() {
            within(&format!("{name}, pairs {which}"), chi_square_255(counts, COUNT), 151.0, 384.0);
        }
        let correlation = product / COUNT as f64 * 12.0;
        within(&format!("{name}, correlation"), correlation * (COUNT as f64).sqrt(), -5.0, 5.0);
    }
}

#[test]
fn single_bits_are_fair_and_independent_of_their_neighbour() {
    for (name, word) in directions() {
        let (mut ones, mut changes) = ([0_u32; 64], [0_u32; 64]);
        let mut before = word(COUNT);
        for i in 0..COUNT {
            let now = word(i);
            for bit in 0..64 {
                ones[bit] += (now >> bit & 1) as u32;
                changes[bit] += ((now ^ before) >> bit & 1) as u32;
            }
            before = now;
        }
        // Standard deviation sqrt(count)/2 = 512; six of them over 128 looks each.
        for count in ones.iter().chain(&changes) {
            within(name, (f64::from(*count) - COUNT as f64 / 2.0) / 512.0, -6.0, 6.0);
        }
    }
}

/// Flipping any bit of any input flips each bit of the output half of the time.
#[test]
fn every_input_bit_sways_every_output_bit() {
    const TRIALS: u64 = 4096;
    type Draw = fn(u64, u64) -> u64;
    let inputs: [(&str, Draw); 5] = [
        ("n", |base, bit| Stream::new(KEY, 5).draw(base ^ bit)),
        ("entity", |base, bit| Stream::new(KEY, base ^ bit).draw(0)),
        ("key a", |base, bit| Stream::new(Key::from_words(base ^ bit, 9), 0).draw(0)),
        ("key b", |base, bit| Stream::new(Key::from_words(9, base ^ bit), 0).draw(0)),
        ("fork", |base, bit| Stream::new(KEY, 5).fork(base ^ bit).draw(0)),
    ];
    for (name, draw) in inputs {
        for bit in 0..64 {
            let mut flips = [0_u32; 64];
            for trial in 0..TRIALS {
                let changed = draw(trial, 0) ^ draw(trial, 1 << bit);
                for (out, flips) in flips.iter_mut().enumerate() {
                    *flips += (changed >> out & 1) as u32;
                }
            }
            // Standard deviation sqrt(4096)/2 = 32; six of them over 4096 looks.
            for count in flips {
                within(&format!("{name}, bit {bit}"), (f64::from(count) - 2048.0) / 32.0, -6.0, 6.0);
            }
        }
    }
}

/// Draws of all clients of a cohort fill the unit interval evenly, jointly for two ordinals (Kolmogorov-Smirnov along
/// one axis, chi-square over a 16 by 16 board).
#[test]
fn a_crowd_is_spread_evenly() {
    let cohort = name_hash("fans");
    let mut units: Vec<f64> = (0..COUNT).map(|i| Stream::new(KEY, entity(cohort, i)).unit(0)).collect();
    units.sort_unstable_by(f64::total_cmp);
    let distance = units
        .iter()
        .enumerate()
        .map(|(i, unit)| (unit - (i as f64 + 0.5) / COUNT as f64).abs())
        .fold(0.0, f64::max);
    within("Kolmogorov-Smirnov", distance * (COUNT as f64).sqrt(), 0.27, 2.69);
    let mut board = [0_u32; 256];
    for i in 0..COUNT {
        let stream = Stream::new(KEY, entity(cohort, i));
        board[(stream.below(0, 16) * 16 + stream.below(1, 16)) as usize] += 1;
    }
    within("board", chi_square_255(&board, COUNT), 151.0, 384.0);
}

/// Among 2^20 draws cut to 36 bits, 8 pairs coincide on average (2^39 / 2^36); Poisson, so 0 and over 26 are
/// beyond p = 1e-3 and 1e-6.
#[test]
fn collisions_are_those_of_chance() {
    for (name, word) in directions() {
        for low in [true, false] {
            let mut cut: Vec<u64> =
                (0..COUNT).map(|i| if low { word(i) & ((1 << 36) - 1) } else { word(i) >> 28 }).collect();
            cut.sort_unstable();
            let equal = cut.windows(2).filter(|pair| pair[0] == pair[1]).count();
            assert!((1..=26).contains(&equal), "{name}: {equal} collisions");
        }
    }
}

#[test]
fn ties_are_fair_between_neighbours() {
    // Client i beats client i + 1 half of the time, over attempts and over clients.
    let before = |i: u64, attempt: u64| tie(KEY, i, attempt) < tie(KEY, i + 1, attempt);
    let by_client = (0..COUNT).filter(|i| before(2 * i, 0)).count();
    let by_attempt = (0..COUNT).filter(|attempt| before(7, *attempt)).count();
    for wins in [by_client, by_attempt] {
        within("wins", (wins as f64 - COUNT as f64 / 2.0) / 512.0, -5.0, 5.0);
    }
    assert!((0..COUNT).all(|i| tie(KEY, i, 3) < 1 << 20));
}

#[test]
fn unit_is_open_and_views_agree() {
    assert_eq!(word_to_unit(0).to_bits(), (f64::EPSILON / 2.0).to_bits());
    assert_eq!(word_to_unit(u64::MAX).to_bits(), (1.0 - (f64::EPSILON / 2.0)).to_bits());
    let stream = Stream::new(KEY, 1);
    for n in 0..1000 {
        assert_eq!(stream.below(n, 1 << 52), stream.draw(n) >> 12);
        assert_eq!(stream.chance(n, 0.3), stream.unit(n) < 0.3);
        assert!(stream.chance(n, 1.0) && !stream.chance(n, 0.0));
        assert_eq!(stream.below(n, 0), 0);
        assert_eq!(stream.below(n, 1), 0);
    }
    assert_eq!(size_of::<Stream>(), 16);
}

#[test]
fn purposes_and_runs_have_keys_of_their_own() {
    use Purpose::{Faults, Network, Policy, Service, Ties, Workload};
    let all = [Workload, Network, Service, Policy, Faults, Ties];
    let mut keys = Vec::new();
    for (seed, run) in [(0, 0), (0, 1), (1, 0), (u64::MAX, u64::MAX)] {
        keys.extend(all.map(|purpose| Seeds::new(seed, run, run).key(purpose)));
    }
    for (i, key) in keys.iter().enumerate() {
        assert!(!keys[..i].contains(key));
    }
    for purpose in all {
        let same_policy_luck = Seeds::new(1, 2, 3).key(purpose) == Seeds::new(1, 9, 3).key(purpose);
        assert_eq!(same_policy_luck, purpose == Policy);
        let same_crowd = Seeds::new(1, 2, 3).key(purpose) == Seeds::new(1, 2, 9).key(purpose);
        assert_eq!(same_crowd, purpose != Policy);
    }
}

/// These numbers are in every saved result: a change here is a new major version.
#[test]
fn draws_are_frozen() {
    let key = Seeds::new(42, 0, 0).key(Purpose::Workload);
    let other = Seeds::new(42, 7, 9).key(Purpose::Policy);
    let stream = Stream::new(key, entity(name_hash("fans"), 12));
    let frozen: Vec<String> = [
        key.a,
        key.b,
        other.a,
        other.b,
        name_hash(""),
        name_hash("fans"),
        entity(1, 2),
        mix64(1),
        stream.draw(0),
        stream.draw(1),
        stream.draw(u64::MAX),
        stream.fork(3).draw(4),
        stream.unit(5).to_bits(),
        stream.below(6, 1000),
        u64::from(tie(key, 8, 9)),
    ]
    .iter()
    .map(|word| format!("{word:x}"))
    .collect();
    assert_eq!(
        frozen.join(" "),
        "2803f259e43dabe1 a901e73c0e3154a3 90470b95f9f3ce69 b0522e4c3915de7c f52a15e9a9b5e89b b12f1982c8932301 \
         beeb8da1658eec67 5692161d100b05e5 27a616a63e7f952c 164cc1a8d3f053f5 489665bd731b8b9f 86baf06c751a3400 \
         3fd6158be17518f2 2a 5d374"
    );
}
