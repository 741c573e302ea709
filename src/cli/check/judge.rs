//! Holding a scenario against its lines and its baseline, with reserve seeds where a gate cannot tell.

use super::super::Failure;
use super::super::failure::usage;
use super::Args;
use super::subject::Subject;
use crate::experiment::check::baseline::Baseline;
use crate::experiment::check::{Runs, ScenarioCheck, checked};
use crate::experiment::stats::gate::Look;

/// The seeds of a check without a baseline: 1..20.
const FIRST: u64 = Look::First.seeds() as u64;

/// Runs a scenario under the first seeds, and under those in reserve as long as a gate cannot tell.
///
/// # Errors
/// A baseline that it cannot be held against; nothing to check at all; Ctrl-C.
pub(super) fn judge(args: &Args, subject: &Subject) -> Result<ScenarioCheck, Failure> {
    let baseline = subject.baseline()?;
    refuse_empty(args, subject, baseline.as_ref())?;
    let of_baseline = baseline.as_ref().map(|baseline| {
        baseline
            .accepts(subject.prepared.scenario(), args.seeds.as_ref())
            .map_err(|refused| subject.refused(refused))?;
        Ok::<Vec<u64>, Failure>(baseline.seeds().seeds().to_vec())
    });
    let of_baseline = of_baseline.transpose()?;
    let asked = args.seeds.as_ref().map(|seeds| seeds.seeds().to_vec());
    let all = of_baseline.or_else(|| asked.clone()).unwrap_or_else(|| (1..=FIRST).collect());
    let mut count = asked.map_or(all.len().min(Look::First.seeds()), |asked| asked.len());
    if baseline.is_none() {
        count = all.len();
    }
    let mut ran = subject.run(&all[..count], &args.many, args.quiet)?;
    loop {
        let runs = Runs::of(&subject.prepared, ran.clone());
        if let Some(baseline) = &baseline {
            let whole = baseline.has_every_metric(subject.prepared.scenario(), &runs.replications);
            whole.map_err(|refused| subject.refused(refused))?;
        }
        let found = checked(&subject.prepared, &runs, baseline.as_ref());
        let more = found.against.as_ref().and_then(|against| against.more_seeds(ran.len()));
        let Some(more) = more else { return Ok(ScenarioCheck::checked(subject.prepared.name(), found)) };
        ran.extend(subject.run(&all[ran.len()..ran.len() + more], &args.many, args.quiet)?);
    }
}

/// A check that checks nothing would always pass.
fn refuse_empty(args: &Args, subject: &Subject, baseline: Option<&Baseline>) -> Result<(), Failure> {
    if let (None, Some(named)) = (baseline, &args.baseline) {
        let problem = format!("{}: there is no such baseline", named.display());
        return Err(usage(problem, "check the path, or write it with --bless"));
    }
    if baseline.is_none() && subject.prepared.scenario().expect.is_empty() {
        let problem =
            format!("{}: there is nothing to check: no line of `expect`, and no baseline", subject.path);
        return Err(usage(problem, "write lines of `expect`, or a baseline with --bless"));
    }
    Ok(())
}
