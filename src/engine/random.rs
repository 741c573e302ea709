//! Randomness by address: a draw is a function of what it is for and whom it is for, never of when it was asked.
//!
//! ```text
//!   seed, run ──ChaCha8──> Key (one per Purpose)          cold, once a run
//!   Key, entity ─────────> Stream                          two mixes
//!   Stream, n ───────────> 64 bits                         two more; any n, any order
//! ```
//!
//! So a policy that asks for more draws changes nobody else's luck, and a run split in two draws the same numbers.
//! A stream is a 16-byte value, not a generator: nothing is stored per entity. Not for cryptography.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a draw is for. The numbers are part of every result ever saved: append, never renumber.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Purpose {
    /// Who comes, when, how patient: the crowd.
    Workload = 0,
    /// Delays and losses between client and gateway.
    Network = 1,
    /// Service times, payment latency, declines.
    Service = 2,
    /// What a policy draws for itself (a shuffle, a lottery). The one purpose that has its own run number.
    Policy = 3,
    /// Faults at random times.
    Faults = 4,
    /// The order of events of the same microsecond and class.
    Ties = 5,
}

/// 128 random bits for one purpose of one run, from which its streams are made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key {
    a: u64,
    b: u64,
}

impl Key {
    /// A key from two words, for tests and for keys derived elsewhere; in a run, take it from [`Seeds`].
    pub const fn from_words(a: u64, b: u64) -> Self {
        Self { a, b }
    }
}

/// The seed of an experiment and which of its runs this is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seeds {
    seed: u64,
    workload_run: u64,
    policy_run: u64,
}

impl Seeds {
    /// Randomness of run `workload_run` of the experiment seeded by `seed`, with the policy's own luck numbered apart
    /// by `policy_run`, so that the same crowd can meet the same policy twice with different dice.
    pub const fn new(seed: u64, workload_run: u64, policy_run: u64) -> Self {
        Self { seed, workload_run, policy_run }
    }

    /// The key of one purpose: 128 bits of the `ChaCha8` stream keyed by the seed, with the run's number as stream
    /// number and the purpose as position. Costs a fraction of a microsecond: keep the key.
    pub fn key(&self, purpose: Purpose) -> Key {
        let run = match purpose {
            Purpose::Policy => self.policy_run,
            _ => self.workload_run,
        };
        // The remaining 24 bytes name the use, so no other program with the same seed shares our numbers.
        let mut chacha_key = *b"--seed--onsale random keys 1----";
        chacha_key[..8].copy_from_slice(&self.seed.to_le_bytes());
        let mut rng = ChaCha8Rng::from_seed(chacha_key);
        rng.set_stream(run);
        rng.set_word_pos(4 * u128::from(purpose as u8));
        Key { a: rng.next_u64(), b: rng.next_u64() }
    }
}

/// The random numbers of one entity for one purpose, addressed by `n`. Copy it, forget it, make it again: the same
/// numbers. Each `n` is one 64-bit word; `unit`, `below` and `chance` of the same `n` are views of the same word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stream {
    start: u64,
    lane: u64,
}

impl Stream {
    /// The stream of `entity` under `key`: see [`entity`] for the name of a client.
    #[inline]
    #[must_use]
    pub const fn new(key: Key, entity: u64) -> Self {
        Self { start: mix64(entity ^ key.a), lane: mix64(entity.rotate_left(32).wrapping_add(key.b)) }
    }

    /// Word number `n`: 64 uniform bits. A keyed two-round `SplitMix`: a Weyl step, a mix, the second half of the
    /// key, a mix.
    #[inline]
    pub const fn draw(self, n: u64) -> u64 {
        mix64(self.inner(n).wrapping_add(self.lane))
    }

    /// A number in the open interval (0, 1): 52 bits and a half, so neither end occurs, `1 - unit` is exact and as
    /// likely, and the largest is 1 - 2^-53.
    #[inline]
    pub const fn unit(self, n: u64) -> f64 {
        word_to_unit(self.draw(n))
    }

    /// A whole number in `0..bound`, by multiply-high; `bound` 0 gives 0. Its bias is at most `bound` / 2^64, less
    /// than 2^-32 for any bound below 2^32.
    #[inline]
    pub const fn below(self, n: u64, bound: u64) -> u64 {
        ((self.draw(n) as u128 * bound as u128) >> 64) as u64
    }

    /// True with probability `p`: never for `p` <= 0, always for `p` >= 1.
    #[inline]
    pub fn chance(self, n: u64, p: f64) -> bool {
        self.unit(n) < p
    }

    /// A stream of its own for draw `n`, where one draw needs several words. Unrelated to the word `draw(n)`.
    #[inline]
    #[must_use]
    pub const fn fork(self, n: u64) -> Self {
        let inner = self.inner(n);
        Self {
            start: mix64((inner ^ self.lane).wrapping_add(0xD1B5_4A32_D192_ED03)),
            lane: mix64(inner.rotate_left(32).wrapping_sub(self.lane) ^ 0x8CB9_2BA7_2F3D_8DD7),
        }
    }

    #[inline]
    const fn inner(self, n: u64) -> u64 {
        mix64(self.start.wrapping_add(n.wrapping_mul(GOLDEN)))
    }
}

/// 2^64 over the golden ratio, the usual Weyl increment.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The open-interval float of a word: see [`Stream::unit`].
#[inline]
pub(super) const fn word_to_unit(word: u64) -> f64 {
    // Below 2^53 and odd: exact as a float, and a signed conversion is one instruction.
    (word >> 11 | 1).cast_signed() as f64 * (1.0 / (1_u64 << 53) as f64)
}

/// The finaliser of `SplitMix64` (Stafford's variant 13 of Murmur's): a bijection of 64 bits in which every bit of
/// the input sways every bit of the output.
#[inline]
pub const fn mix64(word: u64) -> u64 {
    let word = (word ^ word >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let word = (word ^ word >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ word >> 31
}

/// A stable hash of a name, such as a cohort's: FNV-1a of its UTF-8 bytes, mixed once more.
pub const fn name_hash(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let mut hash: u64 = 0xCBF2_9CE4_8422_2325;
    let mut i = 0;
    while i < bytes.len() {
        hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0100_0000_01B3);
        i += 1;
    }
    mix64(hash)
}

/// The name, in 64 bits, of member `index` of the cohort whose [`name_hash`] is given. Distinct within a cohort; it
/// depends on no other cohort, so an empty or a new one shifts nobody.
#[inline]
pub const fn entity(name_hash: u64, index: u64) -> u64 {
    mix64(name_hash.wrapping_add(index.wrapping_mul(GOLDEN)))
}

/// 20 bits that decide who goes first among the entries of one microsecond and class.
#[inline]
pub const fn tie(key: Key, entity: u64, attempt: u64) -> u32 {
    let inner = mix64((entity ^ key.a).wrapping_add(attempt.wrapping_mul(GOLDEN)));
    (mix64(inner.wrapping_add(key.b)) >> 44) as u32
}

#[cfg(test)]
mod tests;
