//! Comparing two orders of the same persons, exactly and in O(n log n): Kendall's tau-b, overtakings, and the
//! share of pairs in which the wrong one came first. Integers until the last division.

/// Kendall's tau-b of two rankings with ties (Kendall 1948, Knight 1966):
/// (concordant - discordant) / sqrt((pairs - tied in x) (pairs - tied in y)), in -1..=1.
/// `None` for fewer than two, and where one ranking ties everybody.
///
/// # Panics
/// If the two have different lengths.
pub(super) fn tau_b(x: &[u32], y: &[u32]) -> Option<f64> {
    assert_eq!(x.len(), y.len(), "a ranking each of the same persons");
    // Sorted by x, then y: pairs tied in x are not out of order, so inversions are exactly the discordant pairs.
    let mut pairs: Vec<u64> = x.iter().zip(y).map(|(x, y)| u64::from(*x) << 32 | u64::from(*y)).collect();
    pairs.sort_unstable();
    let tied_x = tied(pairs.chunk_by(|a, b| a >> 32 == b >> 32));
    let tied_both = tied(pairs.chunk_by(|a, b| a == b));
    let mut ys: Vec<u32> = pairs.iter().map(|pair| *pair as u32).collect();
    drop(pairs);
    let discordant = i128::from(sort_counting(&mut ys, &mut Vec::new(), |_, _| {}));
    let tied_y = tied(ys.chunk_by(|a, b| a == b));

    let all = triangle(x.len());
    let difference = all - tied_x - tied_y + tied_both - 2 * discordant;
    let (free_x, free_y) = (all - tied_x, all - tied_y);
    if free_x == 0 || free_y == 0 {
        return None;
    }
    // Square roots apart: each is correctly rounded on every machine. Equal ones divide exactly.
    let scale =
        if free_x == free_y { free_x as f64 } else { (free_x as f64).sqrt() * (free_y as f64).sqrt() };
    Some(difference as f64 / scale)
}

/// Who was overtaken, and who overtook, between two strict orders of the same persons.
pub(super) struct Overtakings {
    /// Persons who came later and were served earlier, by place in the first order (Larson 1987: slips).
    pub slips: Vec<u32>,
    /// Persons who came earlier and were served later, by place in the first order (Larson 1987: skips).
    pub skips: Vec<u32>,
    /// Pairs in different order: the sum of the one and of the other.
    pub inversions: u64,
}

impl Overtakings {
    /// `served[i]` is the place in the second order of the one with place `i` in the first: a permutation.
    ///
    /// # Panics
    /// If it is none, or if slips and skips do not add up to the inversions.
    pub fn of(served: &[u32]) -> Overtakings {
        let mut skips_by_second = vec![0_u32; served.len()];
        let mut sorted = served.to_vec();
        let mut scratch = Vec::new();
        let inversions = sort_counting(&mut sorted, &mut scratch, |value, overtaken| {
            skips_by_second[value as usize] += overtaken;
        });
        assert!(
            sorted.iter().enumerate().all(|(i, v)| i == *v as usize),
            "the second order is a permutation"
        );
        // Everyone's place moves back by one for each slip and forward by one for each skip.
        let mut slips = sorted;
        let mut skips = scratch;
        skips.resize(served.len(), 0);
        for (place, second) in served.iter().enumerate() {
            skips[place] = skips_by_second[*second as usize];
            slips[place] = second + skips[place] - place as u32;
        }
        let sum = |counts: &[u32]| counts.iter().map(|c| u64::from(*c)).sum::<u64>();
        assert!(
            sum(&slips) == inversions && sum(&skips) == inversions,
            "{} slips, {} skips and {inversions} inversions are one number",
            sum(&slips),
            sum(&skips)
        );
        Overtakings { slips, skips, inversions }
    }
}

/// Twice the number of (loser, winner) pairs in which the loser came first, ties counted half (the Mann-Whitney
/// statistic). Both are sorted in place.
pub(super) fn twice_losers_first(losers: &mut [u64], winners: &mut [u64]) -> u128 {
    losers.sort_unstable();
    winners.sort_unstable();
    let (mut before, mut upto) = (0, 0);
    let mut twice = 0_u128;
    for winner in winners {
        while before < losers.len() && losers[before] < *winner {
            before += 1;
        }
        upto = upto.max(before);
        while upto < losers.len() && losers[upto] == *winner {
            upto += 1;
        }
        twice += (before + upto) as u128;
    }
    twice
}

/// Pairs among `n`.
fn triangle(n: usize) -> i128 {
    let n = n as i128;
    n * (n - 1) / 2
}

/// Pairs within the groups.
fn tied<'a, T: 'a>(groups: impl Iterator<Item = &'a [T]>) -> i128 {
    groups.map(|group| triangle(group.len())).sum()
}

/// Runs of this many are sorted by insertion before merging begins.
const RUN: usize = 16;

/// Sorts, counting the pairs that were in strictly descending order. `overtakes(value, by)` is told whenever a
/// value moves ahead of `by` others. `scratch` is overwritten.
fn sort_counting(values: &mut Vec<u32>, scratch: &mut Vec<u32>, mut overtakes: impl FnMut(u32, u32)) -> u64 {
    let mut inversions = 0_u64;
    for run in values.chunks_mut(RUN) {
        for i in 1..run.len() {
            let value = run[i];
            let mut place = i;
            while place > 0 && run[place - 1] > value {
                run[place] = run[place - 1];
                place -= 1;
            }
            run[place] = value;
            if place < i {
                inversions += (i - place) as u64;
                overtakes(value, (i - place) as u32);
            }
        }
    }
    scratch.clear();
    scratch.resize(values.len(), 0);
    let mut width = RUN;
    while width < values.len() {
        for (from, to) in values.chunks(2 * width).zip(scratch.chunks_mut(2 * width)) {
            let (left, right) = from.split_at(width.min(from.len()));
            inversions += merge_counting(left, right, to, &mut overtakes);
        }
        std::mem::swap(values, scratch);
        width *= 2;
    }
    inversions
}

fn merge_counting(left: &[u32], right: &[u32], to: &mut [u32], overtakes: &mut impl FnMut(u32, u32)) -> u64 {
    let (mut l, mut r) = (0, 0);
    let mut inversions = 0;
    for slot in to {
        if l < left.len() && (r == right.len() || left[l] <= right[r]) {
            *slot = left[l];
            l += 1;
        } else {
            *slot = right[r];
            r += 1;
            let ahead = left.len() - l;
            if ahead > 0 {
                inversions += ahead as u64;
                overtakes(*slot, ahead as u32);
            }
        }
    }
    inversions
}

#[cfg(test)]
mod tests {
    use super::super::tests::{expected, oracle};
    use super::*;
    use proptest::prelude::*;

    fn naive_tau(x: &[u32], y: &[u32]) -> Option<f64> {
        let (mut difference, mut free_x, mut free_y) = (0_i64, 0_i64, 0_i64);
        for i in 0..x.len() {
            for j in 0..i {
                let (a, b) = (x[i].cmp(&x[j]) as i64, y[i].cmp(&y[j]) as i64);
                difference += a * b;
                free_x += a.abs();
                free_y += b.abs();
            }
        }
        (free_x > 0 && free_y > 0)
            .then(|| difference as f64 / ((free_x as f64).sqrt() * (free_y as f64).sqrt()))
    }

    /// A fixed stream of words, good enough to shuffle with (splitmix64).
    fn words() -> impl FnMut() -> u64 {
        let mut state = 0_u64;
        move || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        }
    }

    fn shuffled(n: u32, word: &mut impl FnMut() -> u64) -> Vec<u32> {
        let mut order: Vec<u32> = (0..n).collect();
        for i in (1..order.len()).rev() {
            order.swap(i, (word() % (i as u64 + 1)) as usize);
        }
        order
    }

    proptest! {
        #[test]
        fn tau_is_what_comparing_every_pair_gives(pairs in prop::collection::vec((0_u32..20, 0_u32..20), 0..80)) {
            let (x, y): (Vec<u32>, Vec<u32>) = pairs.into_iter().unzip();
            match (tau_b(&x, &y), naive_tau(&x, &y)) {
                (Some(fast), Some(naive)) => prop_assert!((fast - naive).abs() < 1e-12),
                (fast, naive) => prop_assert_eq!(fast, naive),
            }
        }

        #[test]
        fn slips_and_skips_are_what_comparing_every_pair_gives(seed in 0_u64..1000, n in 0_u32..100) {
            let mut word = words();
            (0..seed).for_each(|_| { word(); });
            let served = shuffled(n, &mut word);
            let found = Overtakings::of(&served);
            for (i, mine) in served.iter().enumerate() {
                let slips = served[i..].iter().filter(|other| *other < mine).count();
                let skips = served[..i].iter().filter(|other| *other > mine).count();
                prop_assert_eq!((found.slips[i] as usize, found.skips[i] as usize), (slips, skips));
            }
        }
    }

    #[test]
    fn first_come_first_served_is_one_and_its_reverse_minus_one() {
        let up: Vec<u32> = (0..1000).collect();
        let down: Vec<u32> = (0..1000).rev().collect();
        assert_eq!((tau_b(&up, &up), tau_b(&up, &down)), (Some(1.0), Some(-1.0)));
        let ties: Vec<u32> = (0..1000).map(|i| i / 10).collect();
        assert_eq!(tau_b(&ties, &ties), Some(1.0));
    }

    #[test]
    fn one_person_and_one_rank_for_all_have_no_tau() {
        assert_eq!(tau_b(&[], &[]), None);
        assert_eq!(tau_b(&[3], &[4]), None);
        assert_eq!(tau_b(&[1, 2, 3], &[5, 5, 5]), None);
    }

    #[test]
    fn a_random_order_has_the_moments_of_the_classical_statistics() {
        let case = oracle("kendall_random_n100");
        let (reps, n) = (4000_u32, 100_u32);
        let first: Vec<u32> = (0..n).collect();
        let mut word = words();
        let (mut sum, mut squares, mut inversions, mut moved) = (0.0, 0.0, 0.0, 0.0);
        for _ in 0..reps {
            let served = shuffled(n, &mut word);
            let tau = tau_b(&first, &served).expect("defined");
            sum += tau;
            squares += tau * tau;
            inversions += Overtakings::of(&served).inversions as f64;
            moved += served.iter().zip(&first).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>();
        }
        let reps = f64::from(reps);
        let (mean, variance) = (sum / reps, squares / reps - (sum / reps) * (sum / reps));
        let within = |found: f64, name: &str, error: f64| {
            let oracle = expected(&case, name);
            assert!((found - oracle).abs() < 4.0 * error, "{name}: {found} against {oracle}");
        };
        let true_variance = expected(&case, "tau_random_var");
        within(mean, "tau_random_mean", (true_variance / reps).sqrt());
        within(variance, "tau_random_var", true_variance * (2.0 / reps).sqrt());
        within(inversions / reps, "inversions_mean", (expected(&case, "inversions_var") / reps).sqrt());
        within(moved / reps, "footrule_mean", (expected(&case, "footrule_var") / reps).sqrt());
    }

    #[test]
    fn batches_shuffled_in_themselves_have_the_tau_of_theory() {
        for id in ["kendall_batch_B60_m500", "kendall_batch_B2_m5000"] {
            let case = oracle(id);
            let number = |key: &str| case["params"][key].as_u64().expect("an integer") as u32;
            let (batches, size) = (number("batches"), number("size"));
            let first: Vec<u32> = (0..batches * size).collect();
            let mut word = words();
            let served: Vec<u32> = (0..batches)
                .flat_map(|b| shuffled(size, &mut word).into_iter().map(move |i| b * size + i))
                .collect();
            let tau = tau_b(&first, &served).expect("defined");
            let error = expected(&case, "tau_var").sqrt();
            assert!((tau - expected(&case, "tau_mean")).abs() < 4.0 * error, "{id}: {tau}");
        }
    }

    #[test]
    fn the_loser_came_first_in_no_pair_or_in_every_pair_or_by_half_in_a_tie() {
        for id in ["justified_envy_n100_W20", "justified_envy_n10000_W1000"] {
            let case = oracle(id);
            let number = |key: &str| case["params"][key].as_u64().expect("an integer");
            let (n, w) = (number("n"), number("winners"));
            let pairs = u128::from(w * (n - w));
            let envy = |winners: std::ops::Range<u64>| {
                let mut losers: Vec<u64> = (0..n).filter(|i| !winners.contains(i)).collect();
                let mut winners: Vec<u64> = winners.rev().collect();
                twice_losers_first(&mut losers, &mut winners) as f64 / (2 * pairs) as f64
            };
            assert!((envy(0..w) - expected(&case, "fifo")).abs() < f64::EPSILON);
            assert!((envy(n - w..n) - expected(&case, "lifo")).abs() < f64::EPSILON);
        }
        assert_eq!(twice_losers_first(&mut [5, 5, 1], &mut [5, 9, 5]), 2 * (1 + 1 + 3) + 2 + 2);
        assert_eq!(twice_losers_first(&mut [], &mut [1]), 0);
    }
}
