//! The log-normal distribution, on the hot path of every simulation: each message of each client draws a network delay. Its
//! quantile is exp(log median + sigma z), z the normal quantile, which is two long chains of dependent operations
//! (some 50 ns). So the middle fifteen sixteenths are a table of the exact quantile at 481 shares with straight
//! lines between them; the tails are worked out.

use super::normal;

/// The table has a node at each of this many equal shares.
const CELLS: usize = 512;
/// The first and the last of the cells in the table; outside, the quantile is worked out.
const FIRST: usize = CELLS / 32;
const LAST: usize = CELLS - FIRST;

/// A log-normal distribution. Within the table a quantile is off by less than 3 parts in 10,000 for sigma up to 1, and by
/// less than 8 for sigma up to 2. Outside the table it is exact.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct LogNormal {
    log_median: f64,
    sigma: f64,
    /// Quantiles in microseconds where each cell begins, and their distance to where it ends.
    cells: [(f64, f64); LAST - FIRST],
}

impl LogNormal {
    pub(super) fn new(median_us: f64, p95_us: f64) -> Self {
        let mut distribution = Self {
            log_median: libm::log(median_us),
            sigma: normal::sigma(median_us, p95_us),
            cells: [(0.0, 0.0); LAST - FIRST],
        };
        let at = |cell: usize| distribution.exact_us((FIRST + cell) as f64 / CELLS as f64);
        distribution.cells = std::array::from_fn(|cell| (at(cell), at(cell + 1) - at(cell)));
        distribution
    }

    /// The quantile at the share that a random word stands for, in microseconds: what [`Self::quantile_us`] gives for
    /// [`Stream::unit`](super::Stream::unit) of that word, with the cell read off its first bits.
    #[inline]
    pub(super) fn quantile_of_word_us(&self, word: u64) -> f64 {
        /// A share has 53 bits; those after the first nine say where in its cell it lies.
        const WITHIN: u32 = 53 - CELLS.trailing_zeros();
        let share = word >> 11 | 1;
        let cell = (share >> WITHIN) as usize;
        match self.cells.get(cell.wrapping_sub(FIRST)) {
            Some(&(low, width)) => {
                let within = (share & ((1 << WITHIN) - 1)).cast_signed() as f64;
                low + width * (within * (1.0 / (1_u64 << WITHIN) as f64))
            }
            None => self.exact_us(crate::engine::random::word_to_unit(word)),
        }
    }

    /// The quantile at `share`, in microseconds.
    #[inline]
    pub(super) fn quantile_us(&self, share: f64) -> f64 {
        let position = share * CELLS as f64;
        let cell = position as usize;
        // Below the table the difference wraps to a huge index: one comparison covers both tails.
        match self.cells.get(cell.wrapping_sub(FIRST)) {
            Some(&(low, width)) => low + width * (position - cell as f64),
            None => self.exact_us(share),
        }
    }

    fn exact_us(&self, share: f64) -> f64 {
        libm::exp(self.log_median + self.sigma * normal::normal_quantile(share))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worst_error(sigma: f64) -> f64 {
        let median = 50_000.0;
        let distribution = LogNormal::new(median, median * libm::exp(sigma * 1.644_853_626_951_472_2));
        let shares = (1..200_000).map(|i| f64::from(i) / 200_000.0);
        shares
            .map(|share| (distribution.quantile_us(share) / distribution.exact_us(share) - 1.0).abs())
            .fold(0.0, f64::max)
    }

    #[test]
    fn the_table_is_off_by_less_than_it_says() {
        assert!(worst_error(0.5) < 2e-4, "{}", worst_error(0.5));
        assert!(worst_error(1.0) < 3e-4, "{}", worst_error(1.0));
        assert!(worst_error(2.0) < 8e-4, "{}", worst_error(2.0));
    }

    #[test]
    fn a_word_and_its_share_have_the_same_quantile_to_the_last_bit() {
        let distribution = LogNormal::new(50_000.0, 120_000.0);
        for i in 0..100_000_u64 {
            let word = crate::engine::mix64(i);
            let share = crate::engine::random::word_to_unit(word);
            assert_eq!(
                distribution.quantile_of_word_us(word).to_bits(),
                distribution.quantile_us(share).to_bits(),
                "word {word}"
            );
        }
    }

    #[test]
    fn the_quantile_never_falls_where_table_and_tails_meet() {
        let distribution = LogNormal::new(50_000.0, 120_000.0);
        let mut last = 0.0;
        for i in 1..1_000_000 {
            let now = distribution.quantile_us(f64::from(i) / 1_000_000.0);
            assert!(now >= last, "at share {i} / 1,000,000");
            last = now;
        }
    }
}
