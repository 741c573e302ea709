//! How much of a run towards a steady state to drop: MSER-5. A surge has no steady state and drops nothing.

/// Where to begin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truncation {
    /// How many to drop from the front. Where it is half of all, nothing settled: the run was too short to say.
    pub dropped: usize,
    /// The marginal standard error squared of what is left, which is smallest here; in the square of the unit.
    pub value: f64,
}

/// The d, at most half of all, for which the sum of squares of what is left around its own mean, divided by (k -
/// d)^2, is smallest, and the first such d: White, Simulation 69 (1997). `None` of nothing. The sums are updated from
/// the back by Welford's recurrence.
pub fn mser(values: &[f64]) -> Option<Truncation> {
    let (mut mean, mut squares) = (0.0, 0.0);
    let mut best: Option<Truncation> = None;
    for (dropped, value) in values.iter().enumerate().rev() {
        let left = (values.len() - dropped) as f64;
        let from_mean = value - mean;
        mean += from_mean / left;
        squares += from_mean * (value - mean);
        let value = squares / (left * left);
        if dropped <= values.len() / 2 && best.is_none_or(|best| value <= best.value) {
            best = Some(Truncation { dropped, value });
        }
    }
    best
}

/// The same over means of batches of five, which noise misleads less (White, Cobb and Spratt, Winter Simulation
/// Conference 2000); `dropped` counts values, not batches. What does not fill the last batch is left aside. `None` with
/// fewer than five values.
pub fn mser_5(values: &[f64]) -> Option<Truncation> {
    const BATCH: usize = 5;
    let means: Vec<f64> =
        values.chunks_exact(BATCH).map(|batch| batch.iter().sum::<f64>() / BATCH as f64).collect();
    mser(&means).map(|found| Truncation { dropped: found.dropped * BATCH, ..found })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_changes_needs_no_warm_up_and_nothing_has_none() {
        assert_eq!(mser(&[]), None);
        assert_eq!(mser(&[7.0]), Some(Truncation { dropped: 0, value: 0.0 }));
        assert_eq!(mser(&[7.0; 30]), Some(Truncation { dropped: 0, value: 0.0 }));
        assert_eq!(mser_5(&[1.0; 4]), None);
    }

    #[test]
    fn two_values_drop_the_first_if_they_differ() {
        assert_eq!(mser(&[9.0, 1.0]), Some(Truncation { dropped: 1, value: 0.0 }));
    }

    #[test]
    fn batches_of_five_drop_in_fives_and_leave_the_rest_aside() {
        let mut values = vec![100.0; 7];
        values.extend([1.0, 2.0, 3.0, 2.0, 1.0, 2.0, 3.0, 1.0].repeat(6));
        values.push(1e9);
        assert_eq!(values.len() % 5, 1, "the outlier is in no batch");
        let found = mser_5(&values).expect("eleven batches");
        assert_eq!(found.dropped, 10);
    }

    #[test]
    fn a_run_that_never_settles_drops_half() {
        let rising: Vec<f64> = (0..41).map(f64::from).collect();
        assert_eq!(mser(&rising).expect("values").dropped, 20);
    }
}
