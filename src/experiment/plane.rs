//! The plane of two principles of fairness that no single score can hold: seniority (justified envy near 0) and equal
//! chances (ex-ante Jain near 1). A line that keeps its order stands in one corner, a lottery in the other.

use super::Run;
use super::executor::{Executor, Watcher};
use super::replicate::run_of_many;
use crate::metrics::{Buyers, number_or_null};
use crate::scenario::Prepared;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a variant stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// How equal the chances were before the policy's dice fell, 0 to 1: 1 under a lottery, seats / persons under a line
    /// that keeps its order. Null where nobody ever won.
    #[serde(serialize_with = "number_or_null")]
    pub ex_ante_jain: Option<f64>,
    /// Over so many runs of one crowd, each with other dice of the policy.
    pub throws: u64,
}

/// Lets one crowd - that of `seed` - meet the policy with so many different dice, at least 2. `None` where the
/// watcher stopped it.
///
/// # Panics
/// If there are fewer than two throws.
pub fn place(
    prepared: &Prepared, seed: u64, throws: u64, executor: &impl Executor, watcher: &dyn Watcher,
) -> Option<Place> {
    let count = usize::try_from(throws).expect("fewer throws than memory has bytes");
    let won: Option<Vec<Buyers>> = executor
        .execute(count, watcher, |throw| {
            let run = Run { dice: throw as u64, ..Run::of_seed(seed) };
            run_of_many(prepared, run, throw, watcher).1
        })
        .into_iter()
        .collect();
    let persons = prepared.plan().roster.persons;
    Some(Place { ex_ante_jain: ex_ante_jain(&won?, persons), throws })
}

/// `(sum p)^2 / (n (sum p^2 - sum p (1 - p) / (R - 1)))`, p the share of the R throws in which a person won: Jain's index
/// of the chances, without the bias that the throw of R coins brings into the squares (Jain 1984). `None` where nobody
/// won, or the correction leaves nothing.
///
/// # Panics
/// If there are fewer than two throws.
fn ex_ante_jain(throws: &[Buyers], persons: u32) -> Option<f64> {
    assert!(throws.len() >= 2, "one throw says nothing of chances");
    let r = throws.len() as f64;
    let (mut sum, mut squares, mut noise) = (0.0, 0.0, 0.0);
    for person in 0..persons {
        let p = throws.iter().filter(|won| won.include(person)).count() as f64 / r;
        sum += p;
        squares += p * p;
        noise += p * (1.0 - p);
    }
    let corrected = squares - noise / (r - 1.0);
    (corrected > 0.0).then(|| (sum * sum / (f64::from(persons) * corrected)).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_keeps_its_order_has_seats_over_persons_and_a_lottery_nearly_1() {
        let first_ten: Vec<Buyers> = (0..20).map(|_| (0..10).collect()).collect();
        assert_eq!(ex_ante_jain(&first_ten, 100), Some(0.1));
        // A fair lottery: 100 of 1,000 persons, another tenth each time, so that everybody wins twice in twenty.
        let lottery: Vec<Buyers> =
            (0..20).map(|throw| (0..100).map(|i| (throw % 10) * 100 + i).collect()).collect();
        assert!(ex_ante_jain(&lottery, 1000).unwrap() > 0.99);
        assert_eq!(ex_ante_jain(&vec![Buyers::default(); 3], 100), None, "nobody won");
    }
}
