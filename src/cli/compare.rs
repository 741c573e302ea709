//! `onsale compare`: policies, settings, scenario files or saved results, in pairs under the same seeds.

use super::changes::{change_failure, changes, known_policy, policy_label};
use super::failure::usage;
use super::folder::{FinishedRun, ReportFolder, RunLog, hash_of, saved_runs, usable};
use super::interrupt::interrupted;
use super::load::{NamedFiles, load_with, name_of};
use super::replicate::{not_resumed, tell_of_finished_runs};
use super::runs::{RunsArgs, RunsProgress, seed_list};
use super::shell::{quoted, quoted_input, quoted_path};
use super::{Failure, Loaded, output};
use crate::experiment::Run;
use crate::experiment::check::Refused;
use crate::experiment::compare::{AS_WRITTEN, Candidate, Comparison};
use crate::experiment::executor::Executor;
use crate::experiment::plane::place;
use crate::experiment::replicate::{Replications, Row, run_of_many};
use crate::experiment::result::Buyers;
use crate::experiment::seeds::SeedList;
use crate::report::{self, Style};
use crate::scenario::Prepared;
use crate::scenario::change::Change;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Compare policies, settings, scenario files or saved results in pairs: the same seeds, the same luck for each person.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Scenario files, and folders that `run --seeds` has written. One alone is compared with its own --policy or --set.
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// A policy to compare, by name (`fifo`, `prequeue_shuffle`, `none`) or with its settings as JSON; may be repeated. One
    /// alone is compared with the scenario as it is written.
    #[arg(long, value_name = "POLICY")]
    policy: Vec<String>,
    /// A variant with this changed, such as `edge.upstream_timeout=29s` or `operator=[]`; several changes of one variant are
    /// parted by `;`; may be repeated.
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// The seeds.
    #[arg(long, value_name = "LIST", default_value = "1..20", value_parser = seed_list)]
    seeds: SeedList,
    #[command(flatten)]
    many: RunsArgs,
    /// Keep the runs that an earlier command, killed or interrupted, has left for the folder.
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    named: NamedFiles,
    /// So many throws of the policy's dice for one crowd, to find how equal the chances were; 0: none.
    #[arg(long, value_name = "N", default_value_t = 20)]
    throws: u64,
    /// Where to write. Default: reports/NAME-compare, NAME being the first input's.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What to print on stdout.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Print no summary, no progress and no warnings.
    #[arg(long, short)]
    quiet: bool,
}

const EXAMPLES: &str = "\
Examples:
  onsale compare sale.json --policy fifo --policy prequeue_shuffle
  onsale compare sale.json --set operator=[]            what was the pause worth?
  onsale compare sale.json --set 'edge.upstream_timeout=29s; edge.concurrency=500'
  onsale compare before.json after.json --seeds 1..50";

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A summary for people.
    Human,
    /// The whole comparison, as in result.json.
    Json,
    /// Sentences and tables for a pull request or a board paper.
    Markdown,
}

/// What is compared: to be run, or saved already.
enum Input {
    Scenario { label: String, prepared: Box<Prepared> },
    Saved { label: String, runs: Box<Replications> },
}

/// Runs the command.
///
/// # Errors
/// Inputs that make no sense alone or together; a folder that cannot be written; Ctrl-C, after what the seeds say that
/// were done is kept and told.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let (inputs, named_files) = inputs(args)?;
    if inputs.len() < 2 {
        return Err(usage(
            "there is only one thing to compare".to_owned(),
            "name a second scenario, or what to change: --policy fifo, --set edge.upstream_timeout=29s",
        ));
    }
    let name = name_of(&args.inputs[0]);
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from("reports").join(format!("{name}-compare")));
    let folder = ReportFolder::prepare(&out, &[&args.inputs[..], &named_files].concat())?;
    let matrix = Matrix::of(args, &inputs, &folder, &out)?;
    let (candidates, seeds) = candidates(args, &inputs, &matrix)?;
    same_seeds(&candidates)?;
    let mut comparison = Comparison::of(candidates);
    let command = command_again(args, &seeds);
    let info = serde_json::json!({ "schema": "onsale.run-info/1", "command": command });
    let (done, wanted) = (seeds.seeds().len(), args.seeds.seeds().len());
    let is_whole = done == wanted;
    if !is_whole {
        // Those under the seed that was cut through too.
        folder.leave_runs(matrix.kept.values().chain(&folder.logged_runs()))?;
    }
    let files = report_files(&comparison, &command);
    // As with one run: what is saved does not depend on what the scenarios' files are called, but for the labels.
    comparison.variants.iter_mut().for_each(|variant| variant.runs.name.clear());
    folder.publish(&files, &mut comparison, info)?;
    match args.format {
        Format::Json => output::data(&comparison.to_json())?,
        Format::Human if args.quiet => {}
        Format::Human => {
            let summary = report::comparison_summary(&comparison, Style::Colored);
            let page = out.join("report.html");
            output::summary(&format!("{summary}\n  report  {}\n  again   {command}\n", quoted_path(&page)))?;
        }
        Format::Markdown => output::data(&report::comparison_markdown(&comparison, &command))?,
    }
    if is_whole {
        return Ok(());
    }
    let kept = quoted_path(&out);
    let problem = format!("interrupted after {done} of {wanted} seeds; what they say is kept in {kept}");
    Err(interrupted(problem, go_on(args)))
}

/// Everything in the folder beside `result.json`.
fn report_files(comparison: &Comparison, command: &str) -> Vec<(String, Vec<u8>)> {
    let charts = report::ComparisonCharts::of(comparison);
    let page = report::comparison_page(comparison, &charts, command);
    let mut files = vec![
        ("report.html".to_owned(), page.into_bytes()),
        ("differences.csv".to_owned(), report::differences_csv(comparison).into_bytes()),
    ];
    let file =
        |chart: &report::Chart| (format!("charts/{}", chart.file_name), chart.svg.clone().into_bytes());
    files.extend(charts.all().map(file));
    files
}

/// Everything that is compared, in the order in which it was named, and the files that scenarios name.
fn inputs(args: &Args) -> Result<(Vec<Input>, Vec<PathBuf>), Failure> {
    let (mut inputs, mut named) = (Vec::new(), Vec::new());
    for input in &args.inputs {
        if let Some(runs) = saved_runs(input) {
            inputs.push(saved(input, runs)?);
            continue;
        }
        let Loaded { prepared, path, named_files, warnings, .. } = load_with(input, args.named)?;
        named.extend(named_files);
        if let Some(warnings) = warnings.filter(|_| !args.quiet) {
            output::message(&warnings.picture(true));
        }
        let label = |changed: &str| {
            if args.inputs.len() > 1 { format!("{} {changed}", prepared.name()) } else { changed.to_owned() }
        };
        let mut variants = Vec::new();
        for policy in &args.policy {
            known_policy(policy)?;
            variants.push((label(&policy_label(policy)), vec![Change::policy(policy)]));
        }
        for set in &args.set {
            variants.push((label(set), changes(set)?));
        }
        // One change is held against the scenario as it is; so is every file where several are named.
        if variants.len() < 2 || args.policy.is_empty() {
            let as_is =
                if args.inputs.len() > 1 { prepared.name().to_owned() } else { AS_WRITTEN.to_owned() };
            inputs.push(Input::Scenario { label: as_is, prepared: Box::new(prepared.clone()) });
        }
        for (label, changes) in variants {
            let called = format!("{path}, changed: {label}");
            let prepared = Box::new(prepared.changed(&changes, &called).map_err(change_failure)?);
            inputs.push(Input::Scenario { label, prepared });
        }
    }
    Ok((inputs, named))
}

fn saved(folder: &Path, runs: Result<Replications, Refused>) -> Result<Input, Failure> {
    let mut runs = runs.map_err(|Refused { problem, remedy }| {
        let place = folder.join("result.json");
        usage(format!("{} holds no runs that can be compared: {problem}", place.display()), &remedy)
    })?;
    // `.` and `..` have no name of their own.
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    let named = folder.file_name().or_else(|| whole.file_name());
    let label = named.map_or_else(|| "saved".to_owned(), |name| name.to_string_lossy().into_owned());
    runs.name.clone_from(&label);
    Ok(Input::Saved { label, runs: Box::new(runs) })
}

/// What is to be run, and what of it has been already.
struct Matrix<'a> {
    to_run: Vec<&'a Prepared>,
    /// The hash of each.
    scenarios: Vec<String>,
    /// The runs that an earlier command left, by scenario and seed.
    kept: BTreeMap<(String, String), FinishedRun>,
    log: RunLog,
}

impl<'a> Matrix<'a> {
    fn of(
        args: &Args, inputs: &'a [Input], folder: &ReportFolder, out: &Path,
    ) -> Result<Matrix<'a>, Failure> {
        let to_run: Vec<&Prepared> = inputs
            .iter()
            .filter_map(|input| match input {
                Input::Scenario { prepared, .. } => Some(prepared.as_ref()),
                Input::Saved { .. } => None,
            })
            .collect();
        let scenarios: Vec<String> = to_run.iter().map(|prepared| hash_of(prepared)).collect();
        let mut kept = BTreeMap::new();
        let finished = folder.finished_runs();
        if args.resume {
            let usable = usable(finished, &scenarios).map_err(|why| not_resumed(out, why))?;
            let key = |run: &FinishedRun| (run.scenario().to_owned(), run.row.seed().to_owned());
            kept.extend(usable.into_iter().filter(|run| run.buyers.is_some()).map(|run| (key(&run), run)));
        } else if !args.quiet {
            tell_of_finished_runs(&finished, out);
        }
        Ok(Matrix { to_run, scenarios, kept, log: folder.run_log()? })
    }

    /// One cell: under this seed, a run that is kept or that is done now.
    fn run(&self, variant: usize, seed: u64, number: usize, watcher: &RunsProgress) -> (Row, Buyers) {
        let scenario = &self.scenarios[variant];
        if let Some(run) = self.kept.get(&(scenario.clone(), seed.to_string())) {
            return (run.row.clone(), run.buyers.clone().expect("only such are kept"));
        }
        let (result, buyers) = run_of_many(self.to_run[variant], Run::of_seed(seed), number, watcher);
        let run = FinishedRun::of(scenario, Row::from(result), Some(buyers));
        self.log.append(&run);
        (run.row, run.buyers.expect("they were put there"))
    }
}

/// The command that goes on where this one was interrupted.
fn go_on(args: &Args) -> String {
    format!("go on with: {} --resume", command_again(args, &args.seeds))
}

/// Runs what is to be run, all of it under each seed before the next, so that what Ctrl-C leaves is paired.
fn candidates(
    args: &Args, inputs: &[Input], matrix: &Matrix<'_>,
) -> Result<(Vec<Candidate>, SeedList), Failure> {
    let seeds = args.seeds.seeds();
    let to_run = &matrix.to_run;
    let throws = if args.throws < 2 { 0 } else { args.throws };
    let places = to_run.len() * usize::try_from(throws).unwrap_or(0);
    let count = to_run.len() * seeds.len();
    let watcher = RunsProgress::new(count + places, !args.quiet);
    let executor = args.many.executor();
    let mut done = executor.execute(count, &watcher, |number| {
        matrix.run(number % to_run.len(), seeds[number / to_run.len()], number, &watcher)
    });
    let whole =
        done.chunks(to_run.len().max(1)).take_while(|of_seed| of_seed.iter().all(Option::is_some)).count();
    done.truncate(whole * to_run.len());
    let mut placed = Vec::new();
    for prepared in to_run {
        let place = (throws > 0).then(|| place(prepared, seeds[0], throws, &executor, &watcher));
        placed.push(place.flatten());
    }
    watcher.finish();
    let whole = if to_run.is_empty() { seeds.len() } else { whole };
    let Some(done_seeds) = args.seeds.first(whole) else {
        let problem =
            "interrupted before all variants had run under one seed; no report was written".to_owned();
        return Err(interrupted(problem, go_on(args)));
    };
    let mut columns: Vec<Vec<(Row, Buyers)>> = (0..to_run.len()).map(|_| Vec::new()).collect();
    for (number, run) in done.into_iter().flatten().enumerate() {
        columns[number % to_run.len().max(1)].push(run);
    }
    let mut columns = columns.into_iter().zip(placed);
    let candidate = |input: &Input| match input {
        Input::Saved { label, runs } => {
            Candidate { label: label.clone(), place: None, runs: runs.as_ref().clone(), buyers: Vec::new() }
        }
        Input::Scenario { label, prepared } => {
            let (column, place) = columns.next().expect("a column for each scenario");
            let (rows, buyers) = column.into_iter().unzip();
            Candidate { label: label.clone(), place, runs: Replications::of(prepared, rows), buyers }
        }
    };
    Ok((inputs.iter().map(candidate).collect(), done_seeds))
}

/// Fails if no seed is common to all.
fn same_seeds(candidates: &[Candidate]) -> Result<(), Failure> {
    let has = |candidate: &Candidate, seed: &str| candidate.runs.runs.iter().any(|run| run.seed == seed);
    let common =
        candidates[0].runs.runs.iter().any(|run| candidates.iter().all(|other| has(other, &run.seed)));
    if common {
        return Ok(());
    }
    Err(usage(
        "these results have no seed in common: nothing can be paired".to_owned(),
        "run them again under the same --seeds",
    ))
}

/// The command that gives the same bytes again.
fn command_again(args: &Args, seeds: &SeedList) -> String {
    let mut words = vec!["onsale compare".to_owned()];
    words.extend(args.inputs.iter().map(|input| quoted_input(input)));
    words.extend(args.policy.iter().map(|policy| format!("--policy {}", quoted(policy))));
    words.extend(args.set.iter().map(|set| format!("--set {}", quoted(set))));
    words.push(format!("--seeds {seeds}"));
    if args.throws != 20 {
        words.push(format!("--throws {}", args.throws));
    }
    words.extend(Some(args.named.again().trim().to_owned()).filter(|again| !again.is_empty()));
    words.extend(args.out.iter().map(|out| format!("--out {}", quoted_path(out))));
    words.join(" ")
}
