//! How wide the buckets should be: the one choice a calendar stands or falls by.

use super::calendar::{BUCKET_BITS_MIN, Shape};

/// Entries a bucket should hold where an average entry lies. Fewer, and half-empty chunks waste memory and every
/// bucket costs its opening; more, and sorting leaves the cache. Found by `benches/agenda.rs`.
pub(super) const TARGET: usize = 192;
/// Entries looked at to choose a shape.
pub(super) const SAMPLES: usize = 2048;
/// Companions in the sample that make a width trustworthy.
const COMPANIONS: usize = 16;
/// Widest bucket, as a power of two of microseconds: 4.8 hours.
const SHIFT_MAX: u32 = 34;
/// Most buckets, as a power of two.
const BUCKET_BITS_MAX: u32 = 22;

/// The shape for `len` entries of which `times` (microseconds, any order) are every `stride`-th.
///
/// The widest bucket in which the median entry has about [`TARGET`] companions, *not counting those of its own
/// microsecond*: however many share a tick, no width parts them, and they must not make buckets too narrow for the
/// others. The median, not the mean: a few hours-long gaps must not make them too wide for the crowd.
pub(super) fn shape_for(len: usize, times: &mut [u64], stride: usize) -> Shape {
    times.sort_unstable();
    let limit = COMPANIONS.max(TARGET / stride);
    let mut companions = vec![0; times.len()];
    // Companions only grow with the width, so the widest admissible one is found by bisection.
    let (mut shift, mut too_wide) = (0, SHIFT_MAX + 1);
    while too_wide - shift > 1 {
        let middle = u32::midpoint(shift, too_wide);
        if median_companions(times, middle, &mut companions) <= limit {
            shift = middle;
        } else {
            too_wide = middle;
        }
    }
    let found = median_companions(times, shift, &mut companions);
    // A sample cannot resolve fewer than its stride: go on below it, as if the entries were spread evenly there.
    // Where hardly any companion is left at this width, entries come in lumps that a narrower one would not part.
    if found >= COMPANIONS / 4 {
        let excess = found * stride / TARGET;
        shift = shift.saturating_sub(excess.checked_ilog2().unwrap_or(0));
    }
    let bucket_bits = (len / TARGET).next_power_of_two().ilog2();
    Shape { shift, bucket_bits: bucket_bits.clamp(BUCKET_BITS_MIN, BUCKET_BITS_MAX) }
}

/// Median, over the sorted `times`, of how many others share a bucket of 2^`shift` us but not the microsecond.
fn median_companions(times: &[u64], shift: u32, companions: &mut [usize]) -> usize {
    let mut start = 0;
    for bucket in times.chunk_by(|a, b| a >> shift == b >> shift) {
        for tick in bucket.chunk_by(|a, b| a == b) {
            companions[start..start + tick.len()].fill(bucket.len() - tick.len());
            start += tick.len();
        }
    }
    let middle = companions.len() / 2;
    companions.select_nth_unstable(middle).1.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(len: usize, time: impl Fn(usize) -> u64, shift: std::ops::RangeInclusive<u32>) {
        let stride = len / SAMPLES + 1;
        let mut times: Vec<u64> = (0..len).step_by(stride).map(time).collect();
        let shape = shape_for(len, &mut times, stride);
        assert!(shift.contains(&shape.shift), "{shape:?}");
    }

    #[test]
    fn an_even_spread_fills_buckets_to_the_target() {
        check(1 << 20, |i| i as u64 * 1000, 17..=18); // 131 to 262 entries
        check(1000, |i| i as u64, 7..=7);
    }

    #[test]
    fn a_crowd_sets_the_width_not_the_stragglers() {
        // A million within two seconds, one in a hundred hours apart: 2 us an entry in the crowd.
        check(
            1 << 20,
            |i| {
                if i % 100 == 0 { i as u64 * 100_000 } else { 7_200_000_000 + i as u64 * 2 }
            },
            7..=9,
        );
    }

    #[test]
    fn a_full_tick_does_not_narrow_the_buckets_of_the_others() {
        // Three in four on one microsecond, the others 4 ms apart.
        check(
            1 << 20,
            |i| {
                if i % 4 == 0 { i as u64 * 1000 } else { 500_000_000 }
            },
            18..=20,
        );
        // All of them on one: any width will do.
        check(1 << 20, |_| 5, SHIFT_MAX..=SHIFT_MAX);
        // Lumps of 10,000 a second apart: as wide as keeps them apart.
        check(1 << 20, |i| i as u64 / 10_000 * 1_000_000, 18..=20);
    }
}
