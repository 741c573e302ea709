//! Accepting what a scenario gives now: its baseline is written, whole, and what changes is shown.

use super::super::failure::usage;
use super::super::output_file::{Chosen, OutputFile};
use super::super::shell::quoted_path;
use super::super::{Failure, output};
use super::Args;
use super::subject::Subject;
use crate::experiment::check::baseline::Baseline;
use crate::experiment::check::{Runs, ScenarioCheck, checked};
use crate::experiment::stats::gate::Look;
use crate::report::{self, Style};

/// Runs a scenario under the seeds of its baseline, and writes that.
///
/// # Errors
/// A file in its place that is no baseline; margins that cannot be decided; Ctrl-C. Then the old one is as it was.
pub(super) fn bless(args: &Args, subject: &Subject) -> Result<ScenarioCheck, Failure> {
    let Some(place) = &subject.place else {
        let problem = "a scenario from stdin has no baseline of its own".to_owned();
        return Err(usage(problem, "name one with --baseline"));
    };
    let chosen = if args.baseline.is_some() { Chosen::ByUser } else { Chosen::ByDefault };
    let file = OutputFile::at(place, chosen)?;
    file.refuse_inputs(subject.read.iter().chain(&args.scenarios))?;
    // A device or a pipe has nothing to compare with, and would be waited for.
    let old = if place.exists() && !place.is_file() { None } else { subject.baseline()? };
    let seeds = args.seeds.as_ref().map(|seeds| seeds.seeds().to_vec());
    let seeds = seeds.unwrap_or_else(|| (1..=Look::Third.seeds() as u64).collect());
    let ran = subject.run(&seeds, &args.many, args.quiet)?;
    let runs = Runs::of(&subject.prepared, ran);
    let new = Baseline::of(&subject.prepared, &runs).map_err(|refused| subject.refused(refused))?;
    file.write(new.to_json().as_bytes())?;
    let entry = ScenarioCheck::checked(subject.prepared.name(), checked(&subject.prepared, &runs, None));
    if !args.quiet {
        let told = report::baseline_summary(&entry, old.as_ref(), &new, Style::Colored);
        output::summary(&format!("{told}\n  baseline {}\n\n", quoted_path(place)))?;
    }
    Ok(entry)
}
