//! A log-linear histogram of microseconds: percentiles over any number of requests in fixed memory.

use super::spread::nearest_rank;

/// Cells for each power of two. A cell is at most 1/64 of its values wide and stands for its middle, so no
/// percentile is off by more than 1/128, 0.8 %. Values below 64 us are exact.
const CELLS: u64 = 64;

/// Counts of values in cells of equal relative width (the scheme of `HdrHistogram`).
pub(super) struct Histogram {
    counts: Vec<u64>,
    n: u64,
}

impl Histogram {
    /// An empty one; it grows to at most 2,240 cells for 40-bit values.
    pub fn new() -> Histogram {
        Histogram { counts: Vec::new(), n: 0 }
    }

    /// Counts one value.
    pub fn add(&mut self, value: u64) {
        let cell = cell_of(value);
        if cell >= self.counts.len() {
            self.counts.resize(cell + 1, 0);
        }
        self.counts[cell] += 1;
        self.n += 1;
    }

    /// The middle of the cell in which the nearest-rank percentile lies; `None` of nothing.
    pub fn percentile(&self, percent: u64) -> Option<f64> {
        let rank = nearest_rank(percent, self.n)?;
        let mut below = 0;
        let cell = self.counts.iter().position(|count| {
            below += count;
            below > rank
        })?;
        Some(middle_of(cell))
    }
}

fn cell_of(value: u64) -> usize {
    if value < CELLS {
        return value as usize;
    }
    let octave = u64::from(value.ilog2()) - u64::from(CELLS.ilog2());
    ((octave + 1) * CELLS + (value >> octave) - CELLS) as usize
}

fn middle_of(cell: usize) -> f64 {
    let cell = cell as u64;
    if cell < CELLS {
        return cell as f64;
    }
    let octave = cell / CELLS - 1;
    let low = (cell % CELLS + CELLS) << octave;
    low as f64 + ((1_u64 << octave) - 1) as f64 / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_stands_for_its_values_within_one_percent() {
        let mut value = 1_u64;
        while value < 1 << 40 {
            for near in [value - 1, value, value + 1, value + value / 3] {
                let error = (middle_of(cell_of(near)) - near as f64).abs();
                assert!(error <= near as f64 / 128.0, "{near} became {}", middle_of(cell_of(near)));
            }
            value = value * 9 / 8 + 1;
        }
    }

    #[test]
    fn cells_are_in_order_and_without_gaps() {
        let mut last = 0;
        for value in 0..100_000 {
            let cell = cell_of(value);
            assert!(cell == last || cell == last + 1, "{value}");
            last = cell;
        }
    }

    #[test]
    fn small_values_are_exact() {
        let mut histogram = Histogram::new();
        (1..=10).for_each(|value| histogram.add(value));
        assert_eq!(histogram.percentile(50), Some(5.0));
        assert_eq!(histogram.percentile(95), Some(10.0));
        assert_eq!(Histogram::new().percentile(50), None);
    }
}
