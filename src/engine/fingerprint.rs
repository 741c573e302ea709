//! A fingerprint of everything that happened: one number two runs agree on only if they recorded the same facts.
//!
//! It is a wrapping sum of 128-bit hashes, so the order in which facts are recorded does not matter: a run split over
//! shards, or a fact recorded ahead of its time, gives the same sum. One sum is kept per 2^20 us (1.05 s) of the
//! facts' own time, so that two runs that differ can be told *when* they first did. It guards against mistakes, not
//! against an adversary.

use super::Time;

/// Bits of a fact's time within its window: windows are 2^20 us long.
const WINDOW_BITS: u32 = 20;

/// The commutative fingerprint of a run: see the [module](self).
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Fingerprint {
    /// Sum of the hashes of the facts of each window, by window index; grows to the latest fact (16 MB at most).
    windows: Vec<u128>,
}

impl Fingerprint {
    /// The fingerprint of no facts at all: zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one fact: when it is true, and what it says in three words. Facts may come in any order.
    #[inline]
    pub fn add(&mut self, at: Time, words: [u64; 3]) {
        let index = (at.as_us() >> WINDOW_BITS) as usize;
        let hash = hash(at.as_us(), words);
        if let Some(sum) = self.windows.get_mut(index) {
            *sum = sum.wrapping_add(hash);
        } else {
            self.grow(index, hash);
        }
    }

    #[cold]
    fn grow(&mut self, index: usize, hash: u128) {
        self.windows.resize(index + 1, 0);
        self.windows[index] = hash;
    }

    /// The sum over all windows.
    pub fn total(&self) -> u128 {
        self.windows.iter().fold(0, |total, sum| total.wrapping_add(*sum))
    }

    /// [`Fingerprint::total`] in 32 hexadecimal digits.
    pub fn hex(&self) -> String {
        format!("{:032x}", self.total())
    }

    /// The windows that have facts, in order: index (2^20 us each, from time 0) and sum.
    pub fn windows(&self) -> impl Iterator<Item = (u64, u128)> + '_ {
        (0_u64..).zip(&self.windows).filter(|(_, sum)| **sum != 0).map(|(index, sum)| (index, *sum))
    }

    /// The instant at which a window starts.
    pub fn window_start(index: u64) -> Time {
        Time::from_us(index.saturating_mul(1 << WINDOW_BITS))
    }
}

/// 128 bits of the four words. Two lanes of 64 pair the words differently, so no exchange between words or between
/// facts leaves both unchanged. The constants are digits of pi: nothing up the sleeve.
#[inline]
fn hash(at: u64, [a, b, c]: [u64; 3]) -> u128 {
    let left = fold(at ^ 0x243F_6A88_85A3_08D3, a ^ 0x1319_8A2E_0370_7344);
    let right = fold(b ^ 0xA409_3822_299F_31D0, c ^ 0x082E_FA98_EC4E_6C89);
    let across = fold(at ^ 0x4528_21E6_38D0_1377, b ^ 0xBE54_66CF_34E9_0C6C);
    let down = fold(a ^ 0xC0AC_29B7_C97C_50DD, c ^ 0x3F84_D5B5_B547_0917);
    let high = fold(left ^ 0x9216_D5D9_8979_FB1B, right ^ 0xD131_0BA6_98DF_B5AC);
    let low = fold(across ^ 0x2FFD_72DB_D01A_DFB7, down ^ 0xB8E1_AFED_6A26_7E96);
    u128::from(high ^ down) << 64 | u128::from(low ^ left)
}

/// The two halves of a full product, exclusive-ored: one multiplication that mixes all bits (wyhash's step).
#[inline]
fn fold(x: u64, y: u64) -> u64 {
    let product = u128::from(x) * u128::from(y);
    (product >> 64) as u64 ^ product as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::random::{Key, Stream};

    fn facts(count: u64) -> Vec<(Time, [u64; 3])> {
        let stream = Stream::new(Key::from_words(7, 8), 1);
        (0..count)
            .map(|n| {
                (
                    Time::from_us(stream.below(4 * n, 90_000_000)),
                    [stream.below(4 * n + 1, 1000), n, stream.below(4 * n + 2, 4)],
                )
            })
            .collect()
    }

    fn of(facts: &[(Time, [u64; 3])]) -> Fingerprint {
        let mut fingerprint = Fingerprint::new();
        for (at, words) in facts {
            fingerprint.add(*at, *words);
        }
        fingerprint
    }

    #[test]
    fn the_order_of_facts_does_not_matter() {
        let mut shuffled = facts(5000);
        let straight = of(&shuffled);
        let stream = Stream::new(Key::from_words(1, 2), 3);
        for i in (1..shuffled.len()).rev() {
            shuffled.swap(i, stream.below(i as u64, i as u64 + 1) as usize);
        }
        assert_eq!(of(&shuffled), straight);
    }

    #[test]
    fn any_exchange_or_change_shows() {
        let facts = facts(200);
        let before = of(&facts).total();
        let mut seen = std::collections::BTreeSet::from([before]);
        for i in 1..facts.len() {
            let mut times = facts.clone();
            (times[0].0, times[i].0) = (facts[i].0, facts[0].0);
            assert!(seen.insert(of(&times).total()), "exchanging times 0 and {i}");
            for word in [0, 2] {
                let mut words = facts.clone();
                (words[0].1[word], words[i].1[word]) = (facts[i].1[word], facts[0].1[word]);
                let changed = words != facts;
                assert_eq!(seen.insert(of(&words).total()), changed, "exchanging word {word} of 0 and {i}");
            }
            let mut inside = facts.clone();
            inside[i].1.swap(0, 1);
            assert_eq!(seen.insert(of(&inside).total()), inside != facts, "exchanging words inside {i}");
        }
    }

    /// The first window whose sum another run does not have.
    fn first_difference(one: &Fingerprint, other: &Fingerprint) -> Option<u64> {
        let differs = |window: &(u64, u128)| !other.windows().any(|theirs| theirs == *window);
        one.windows().find(differs).map(|(index, _)| index)
    }

    #[test]
    fn the_first_difference_is_located() {
        let mut facts = facts(1000);
        let before = of(&facts);
        facts[17].1[0] ^= 1;
        let window = facts[17].0.as_us() >> WINDOW_BITS;
        assert_eq!(first_difference(&of(&facts), &before), Some(window));
        assert!(Fingerprint::window_start(window) <= facts[17].0);
        facts.push((Time::from_us(1 << 33), [0; 3]));
        facts[17].1[0] ^= 1;
        assert_eq!(first_difference(&of(&facts), &before), Some(1 << 13));
        assert!(before.windows().count() > 80);
    }

    #[test]
    fn a_flipped_bit_flips_half_of_the_hash() {
        let base = (123_456_789, [42, 7, 0]);
        let mut flipped = 0;
        for bit in 0..256 {
            let (mut at, mut words) = base;
            match bit / 64 {
                0 => at ^= 1 << (bit % 64),
                word => words[word - 1] ^= 1 << (bit % 64),
            }
            let distance = (hash(at, words) ^ hash(base.0, base.1)).count_ones();
            assert!((30..=98).contains(&distance), "bit {bit} changed {distance} of 128");
            flipped += distance;
        }
        assert!((62 * 256..=66 * 256).contains(&flipped), "{flipped}");
    }

    #[test]
    fn the_value_is_frozen() {
        assert_eq!(of(&facts(1000)).hex(), "32e981f3dba7995a348c16a82629ddd3");
        assert_eq!(Fingerprint::new().hex(), "0".repeat(32));
    }
}
