//! `onsale run`: one surge from a scenario file to a summary on the screen and a folder of results.

use super::failure::exit;
use super::folder::ReportFolder;
use super::load::{NamedFiles, load_with};
use super::replicate::{Output, ReplicateOptions, replicate};
use super::runs::{RunsArgs, seed_list};
use super::shell::{quoted_input, quoted_path};
use super::{Failure, Loaded, interrupt, mistakes, output};
use crate::engine::Time;
use crate::experiment::explain::explain;
use crate::experiment::journey::Journey;
use crate::experiment::result::{RunResult, WorstCase, WorstOf};
use crate::experiment::seeds::SeedList;
use crate::experiment::{Run, run_once};
use crate::model::Progress;
use crate::protocol::PersonId;
use crate::report::{self, Style, WorstCases};
use crate::scenario::Prepared;
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::ops::ControlFlow;
use std::path::PathBuf;

/// A run of at most so many events runs once more for the page, to tell the evenings of its worst cases: some seconds.
/// Beyond, the page gives the commands that tell them.
const RERUN_EVENTS_MAX: u64 = 10_000_000;

/// Run one surge: progress, summary, result.json, report.html, charts and timeline.csv.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The scenario file; `-` is stdin.
    scenario: PathBuf,
    /// The seed of all luck. Default: the scenario's own.
    #[arg(long)]
    seed: Option<u64>,
    /// Many runs, one for each of these seeds, such as 1..20 or 3,7,20..29: means with 95 % intervals, and every run's
    /// values.
    #[arg(long, value_name = "LIST", conflicts_with = "seed", value_parser = seed_list)]
    seeds: Option<SeedList>,
    #[command(flatten)]
    many: RunsArgs,
    #[command(flatten)]
    named: NamedFiles,
    /// With --seeds: keep the runs that an earlier, interrupted command has left in the folder.
    #[arg(long, requires = "seeds")]
    resume: bool,
    /// Where to write. Default: reports/NAME, NAME being the scenario file's name without its ending; with --seeds
    /// reports/NAME-seeds.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What to print on stdout.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Whether to show progress on stderr.
    #[arg(long, value_enum, default_value_t = ProgressMode::Auto)]
    progress: ProgressMode,
    /// Print no summary, no progress and no warnings.
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A summary for people.
    Human,
    /// The whole result, as in result.json; of a scenario with mistakes, these (`onsale schema mistakes`).
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum ProgressMode {
    /// On a terminal.
    Auto,
    /// Never.
    Never,
}

/// Runs the command.
///
/// # Errors
/// A scenario that is not one, or a folder that cannot be written; nothing is left half-written. And, after all is
/// written and told, a line of `expect` that was missed.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let loaded = load_with(&args.scenario, args.named).map_err(|failure| match args.format {
        Format::Json => mistakes::report(failure),
        Format::Human => failure,
    })?;
    if let Some(warnings) = &loaded.warnings
        && !args.quiet
    {
        output::message(&warnings.picture(true));
    }
    match &args.seeds {
        Some(seeds) => run_many(args, seeds, &loaded),
        None => run_one(args, loaded),
    }
}

/// The files that this command reads.
fn inputs(args: &Args, loaded: &Loaded) -> Vec<PathBuf> {
    std::iter::once(&args.scenario).chain(&loaded.named_files).cloned().collect()
}

/// The folder that the results go to, unless one is named.
fn default_out(name: &str) -> PathBuf {
    PathBuf::from("reports").join(name)
}

fn run_many(args: &Args, seeds: &SeedList, loaded: &Loaded) -> Result<(), Failure> {
    let out = args.out.clone().unwrap_or_else(|| default_out(&format!("{}-seeds", loaded.prepared.name())));
    let options = ReplicateOptions {
        seeds,
        many: &args.many,
        out: &out,
        inputs: &inputs(args, loaded),
        resume: args.resume,
        progress: args.progress != ProgressMode::Never && !args.quiet,
        output: match args.format {
            Format::Json => Output::Json,
            Format::Human if args.quiet => Output::Nothing,
            Format::Human => Output::Summary,
        },
        command: &command_again(args),
    };
    replicate(&loaded.prepared, &options)
}

fn run_one(args: &Args, loaded: Loaded) -> Result<(), Failure> {
    let out = args.out.clone().unwrap_or_else(|| default_out(loaded.prepared.name()));
    // Before anything is made that would have to go again.
    interrupt::listen();
    let folder = ReportFolder::prepare(&out, &inputs(args, &loaded))?;
    let hidden = args.quiet || args.progress == ProgressMode::Never;
    let target = if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = progress_bar(&loaded.prepared, target);
    let seed = args.seed.unwrap_or(loaded.prepared.scenario().seed);
    let Loaded { prepared, text, .. } = loaded;
    let seats = prepared.plan().roster.seats;
    let mut watch = |progress: Progress, events: u64| {
        show(&bar, progress, events, seats);
        stop_if_asked()
    };
    let run = Run::of_seed(seed);
    let broken_off = || interrupt::interrupted("the run was broken off; nothing was written", "");
    let mut result = run_once(&prepared, run, &mut watch).ok_or_else(broken_off)?;
    let took_s = bar.elapsed().as_secs_f64();
    bar.set_message("looking at the worst cases again");
    let journeys = worst_journeys(&prepared, run, &result).ok_or_else(broken_off)?;
    let evenings_took_s = bar.elapsed().as_secs_f64() - took_s;
    bar.finish_and_clear();
    let command = command_again(args);
    let explain = explain_command(args);
    let cases = WorstCases { journeys: &journeys, command: &explain };
    let files = report_files(&result, &text, &command, cases);
    let info = serde_json::json!({
        "schema": "onsale.run-info/1",
        "name": result.name,
        "wall_time_s": took_s,
        "evenings_wall_time_s": evenings_took_s,
        "events_per_s": result.events as f64 / took_s.max(1e-9),
        "command": command,
    });
    let summary = report::run_summary(&result, Style::Colored);
    // The name is that of the file, and a result is the same whatever its scenario's file is called.
    result.name.clear();
    folder.publish(&files, &mut result, info)?;
    match args.format {
        Format::Json => output::data(&result.to_json())?,
        Format::Human if args.quiet => {}
        Format::Human => {
            let page = out.join("report.html");
            let worst = report::worst_case(&result).map_or_else(String::new, |(client, why)| {
                format!("  explain {explain} --client {client}    {why}\n")
            });
            output::summary(&format!(
                "{summary}\n{worst}  report  {}\n  again   {command}\n",
                quoted_path(&page)
            ))?;
        }
    }
    check_expectations(&result)
}

/// Fails if a line was missed that must not be.
fn check_expectations(result: &RunResult) -> Result<(), Failure> {
    let missed: Vec<&str> =
        result.expectations.iter().filter(|line| line.fails()).map(|line| line.line.as_str()).collect();
    let problem = match missed.as_slice() {
        [] => return Ok(()),
        [line] => format!("expected, and missed: {line}"),
        lines => format!("expected, and missed: {} lines of {}", lines.len(), result.expectations.len()),
    };
    Err(Failure::Other { code: exit::EXPECTATION_FAILED, problem, remedy: String::new() })
}

/// Everything in the folder beside `result.json`.
fn report_files(
    result: &RunResult, text: &str, command: &str, cases: WorstCases<'_>,
) -> Vec<(String, Vec<u8>)> {
    let charts = report::charts(result);
    let html = report::run_page(result, &charts, text, command, cases);
    let mut files = vec![
        ("report.html".to_owned(), html.into_bytes()),
        ("timeline.csv".to_owned(), report::csv(result).into_bytes()),
    ];
    files.extend(
        charts.into_iter().map(|chart| (format!("charts/{}", chart.file_name), chart.svg.into_bytes())),
    );
    files
}

/// The evenings of the worst cases: the scenario runs once more with a microscope on them, if it had few enough events.
/// That depends on nothing but the run, so the page is the same bytes on every machine.
/// `None` where it was broken off.
fn worst_journeys(prepared: &Prepared, run: Run, result: &RunResult) -> Option<Vec<Journey>> {
    if result.events > RERUN_EVENTS_MAX || result.worst.is_empty() {
        return Some(Vec::new());
    }
    let person = |case: &WorstCase| PersonId(u32::try_from(case.client).expect("persons have 32 bits"));
    let told = result.worst.iter().filter(|case| case.kind != WorstOf::Wait);
    let mut persons: Vec<PersonId> = told.map(person).collect();
    persons.sort_unstable();
    persons.dedup();
    let examined = explain(prepared, run, &persons, &mut |_, _| stop_if_asked())?;
    let journeys: Vec<Journey> = examined.into_iter().flatten().map(|examined| examined.journey).collect();
    for journey in &journeys {
        assert!(journey.fingerprint == result.fingerprint, "a microscope has changed the run");
    }
    Some(journeys)
}

/// Breaks a run off where the process was asked to stop.
fn stop_if_asked() -> ControlFlow<()> {
    if interrupt::is_asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// The command that tells one evening of this run, up to the person.
fn explain_command(args: &Args) -> String {
    format!("onsale explain {}{}", quoted_input(&args.scenario), seed_again(args) + args.named.again())
}

fn seed_again(args: &Args) -> String {
    args.seed.map_or_else(String::new, |seed| format!(" --seed {seed}"))
}

/// The command that gives the same bytes again.
fn command_again(args: &Args) -> String {
    let seeds = args.seeds.as_ref().map(|seeds| format!(" --seeds {seeds}"));
    let seed = seeds.unwrap_or_else(|| seed_again(args));
    let out = args.out.as_ref().map_or_else(String::new, |out| format!(" --out {}", quoted_path(out)));
    format!("onsale run {}{seed}{}{out}", quoted_input(&args.scenario), args.named.again())
}

/// The progress of one run in simulated time.
pub(super) fn progress_bar(prepared: &Prepared, target: ProgressDrawTarget) -> ProgressBar {
    let bar = ProgressBar::new(prepared.plan().roster.horizon.as_us());
    bar.set_draw_target(target);
    let style = ProgressStyle::with_template("{bar:24.cyan/dim} {msg}").expect("a well-formed template");
    bar.set_style(style.progress_chars("━━─"));
    bar.set_message("building the crowd");
    bar
}

/// Shows how far a run has come.
pub(super) fn show(bar: &ProgressBar, progress: Progress, events: u64, seats: u32) {
    let whole_seconds = Time::from_us(progress.now.as_us() / 1_000_000 * 1_000_000);
    let millions_a_second = events as f64 / bar.elapsed().as_secs_f64().max(1e-9) / 1e6;
    bar.set_position(progress.now.as_us());
    bar.set_message(format!(
        "{}  {} came  {} inside  {} of {} sold  {millions_a_second:.1} M events/s",
        whole_seconds.clock(),
        HumanCount(progress.arrived.into()),
        HumanCount(progress.inside.into()),
        HumanCount(progress.sold.into()),
        HumanCount(seats.into()),
    ));
}
