//! `onsale run --seeds`: many runs of one scenario, their means with intervals, and every run's values.

use super::failure::exit;
use super::folder::{FinishedRun, ReportFolder, hash_of, saved_runs, usable};
use super::interrupt::interrupted;
use super::runs::{RunsArgs, RunsProgress};
use super::shell::quoted_path;
use super::{Failure, output};
use crate::experiment::check::Refused;
use crate::experiment::replicate::{self, Replications, Row};
use crate::experiment::seeds::SeedList;
use crate::report::{self, Style};
use crate::scenario::{Prepared, Scenario};
use std::path::{Path, PathBuf};

/// What is asked for.
pub(super) struct ReplicateOptions<'a> {
    pub(super) seeds: &'a SeedList,
    pub(super) many: &'a RunsArgs,
    pub(super) out: &'a Path,
    /// The files that the command reads.
    pub(super) inputs: &'a [PathBuf],
    /// Take what an earlier, interrupted command has left there.
    pub(super) resume: bool,
    /// Whether to show a bar over the runs.
    pub(super) progress: bool,
    pub(super) output: Output,
    /// The command that gives the same bytes again.
    pub(super) command: &'a str,
}

/// What is printed on stdout.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Output {
    Summary,
    Json,
    Nothing,
}

/// Runs a scenario under several seeds, and writes and tells what they say together.
///
/// # Errors
/// A folder that cannot be written; an earlier result there that is of something else; Ctrl-C, after what was done is
/// kept; a line of `expect` that was missed in some run, after everything is written and told.
pub(super) fn replicate(prepared: &Prepared, options: &ReplicateOptions<'_>) -> Result<(), Failure> {
    let saved =
        if options.resume { rows_of_result(options.out, prepared.scenario()) } else { Ok(Vec::new()) };
    let folder = match ReportFolder::prepare(options.out, options.inputs) {
        Ok(folder) => folder,
        // A result that was damaged is told as such, and not as a file of somebody else's.
        Err(error) => return Err(saved.err().unwrap_or_else(|| error.into())),
    };
    let kept = kept_rows(prepared, &folder, saved, options)?;
    let is_kept = |seed: &u64| kept.iter().any(|row: &Row| row.seed() == seed.to_string());
    let to_run: Vec<u64> = options.seeds.seeds().iter().copied().filter(|seed| !is_kept(seed)).collect();
    let (scenario, log) = (hash_of(prepared), folder.run_log()?);
    let watcher = RunsProgress::new(to_run.len(), options.progress);
    let executor = options.many.executor();
    let rows = replicate::replicate(prepared, &to_run, &executor, &watcher, |result, _| {
        let run = FinishedRun::of(&scenario, Row::from(result), None);
        log.append(&run);
        run.row
    });
    let took_s = watcher.finish();
    let new: Vec<Row> = rows.into_iter().flatten().collect();
    if kept.iter().zip(new.first()).any(|(kept, new)| !kept.is_like(new)) {
        return Err(not_resumed(options.out, "what it holds was not counted by this version"));
    }
    let of_seed = |seed: &u64| {
        let seed = seed.to_string();
        kept.iter().chain(&new).find(|row| row.seed() == seed).cloned()
    };
    let rows: Vec<Row> = options.seeds.seeds().iter().filter_map(of_seed).collect();
    let (done, wanted) = (rows.len(), options.seeds.seeds().len());
    if rows.is_empty() {
        return Err(interrupted("no run had ended: nothing was written", ""));
    }
    let mut runs = Replications::of(prepared, rows);
    let events: u64 = new_events(&runs, &to_run);
    let info = serde_json::json!({
        "schema": "onsale.run-info/1",
        "name": runs.name,
        "wall_time_s": took_s,
        "events_per_s": events as f64 / took_s.max(1e-9),
        "threads": executor.threads,
        "command": options.command,
    });
    let csv = ("runs.csv".to_owned(), report::runs_csv(&runs).into_bytes());
    let summary = report::replications_summary(&runs, Style::Colored);
    // As with one run: what is saved does not depend on what the scenario's file is called.
    runs.name.clear();
    folder.publish(&[csv], &mut runs, info)?;
    match options.output {
        Output::Nothing => {}
        Output::Json => output::data(&runs.to_json())?,
        Output::Summary => {
            let (folder, again) = (quoted_path(options.out), options.command);
            output::summary(&format!("{summary}\n  runs    {folder}\n  again   {again}\n"))?;
        }
    }
    if done < wanted {
        let problem = format!(
            "interrupted after {done} of {wanted} runs; they are kept in {}",
            quoted_path(options.out)
        );
        let resume = if options.resume { "" } else { " --resume" };
        return Err(interrupted(problem, format!("go on with: {}{resume}", options.command)));
    }
    check_expectations(&runs)
}

fn new_events(runs: &Replications, seeds: &[u64]) -> u64 {
    let is_new = |seed: &str| seeds.iter().any(|new| new.to_string() == seed);
    runs.runs.iter().filter(|run| is_new(&run.seed)).map(|run| run.events).sum()
}

/// Why nothing can be gone on from what is in the folder.
pub(super) fn not_resumed(out: &Path, why: &str) -> Failure {
    Failure::Other {
        code: exit::USAGE,
        problem: format!("{} cannot be resumed: {why}", out.display()),
        remedy: "leave out --resume to begin again, or name another folder with --out".to_owned(),
    }
}

/// Says that runs of a killed command are there, to whoever does not go on from them.
pub(super) fn tell_of_finished_runs(runs: &[FinishedRun], out: &Path) {
    if !runs.is_empty() {
        let runs = if runs.len() == 1 {
            "1 finished run".to_owned()
        } else {
            format!("{} finished runs", runs.len())
        };
        let folder = quoted_path(out);
        output::message(&format!(
            "note: {runs} of a command that did not come to its end are kept for {folder} until this one ends; --resume goes on from them\n"
        ));
    }
}

/// What earlier commands have left: one that was killed its finished runs, any other its result.
fn kept_rows(
    prepared: &Prepared, folder: &ReportFolder, saved: Result<Vec<Row>, Failure>,
    options: &ReplicateOptions<'_>,
) -> Result<Vec<Row>, Failure> {
    let finished = folder.finished_runs();
    if !options.resume {
        if options.output != Output::Nothing {
            tell_of_finished_runs(&finished, options.out);
        }
        return Ok(Vec::new());
    }
    let finished = usable(finished, &[hash_of(prepared)]).map_err(|why| not_resumed(options.out, why))?;
    let rows: Vec<Row> = finished.into_iter().map(|run| run.row).collect();
    match saved {
        Ok(saved) => Ok(rows.into_iter().chain(saved).collect()),
        // What the killed command was about to replace.
        Err(_) if !rows.is_empty() => Ok(rows),
        Err(refused) => Err(refused),
    }
}

/// The runs of the result in the folder: none where there is none.
fn rows_of_result(out: &Path, scenario: &Scenario) -> Result<Vec<Row>, Failure> {
    let Some(saved) = saved_runs(out) else { return Ok(Vec::new()) };
    let kept =
        saved.map_err(|Refused { problem, .. }| not_resumed(out, &format!("of result.json: {problem}")))?;
    if kept.scenario != *scenario {
        let why = "its runs are of another scenario, or of this one before it was changed";
        return Err(not_resumed(out, why));
    }
    Ok(kept.rows())
}

/// Fails if a line was missed in some run that must not be.
fn check_expectations(runs: &Replications) -> Result<(), Failure> {
    let missed: Vec<&str> =
        runs.expectations.iter().filter(|line| line.fails()).map(|line| line.line.as_str()).collect();
    let problem = match missed.as_slice() {
        [] => return Ok(()),
        [line] => format!("expected, and missed in some run: {line}"),
        lines => {
            format!("expected, and missed in some run: {} lines of {}", lines.len(), runs.expectations.len())
        }
    };
    Err(Failure::Other { code: exit::EXPECTATION_FAILED, problem, remedy: String::new() })
}
