//! What the limits of requests in flight that move have in common: the range they move in.

use super::Mistake;

/// Answers that came faster say nothing of the backend: they were made before it, or from memory (100 us, the least that
/// Netflix' concurrency-limits takes for a measurement).
pub(super) const LEAST_LATENCY_US: u64 = 100;

/// What is wrong with a range of limits and the limit at first.
pub(super) fn problems(initial: u32, least: u32, most: u32) -> Vec<Mistake> {
    let mut problems = Vec::new();
    if least == 0 {
        let problem = "a limit of 0 would refuse everybody, and never learn that it need not".to_owned();
        problems.push(("min", problem, "write 1 or more".to_owned()));
    }
    if most < least {
        let problem = format!("the greatest limit {most} is below the least, {least}");
        problems.push(("max", problem, format!("write at least {least}")));
    } else if !(least..=most).contains(&initial) {
        let problem = format!("the limit at first, {initial}, is not between {least} and {most}");
        problems.push(("initial", problem, format!("write {least} to {most}")));
    }
    problems
}
