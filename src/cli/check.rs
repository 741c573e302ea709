//! `onsale check`: does a sale still keep what it promised, and is it still what it was? For CI.

mod bless;
mod judge;
mod subject;

use super::Failure;
use super::changes::{changes, known_policy};
use super::failure::{exit, usage};
use super::load::{NamedFiles, name_of};
use super::output;
use super::output_file::{Chosen, OutputFile};
use super::runs::{RunsArgs, seed_list};
use crate::experiment::check::{CheckVerdict, Refused, Report, ScenarioCheck};
use crate::experiment::seeds::SeedList;
use crate::report::{self, Style};
use crate::scenario::change::Change;
use std::path::PathBuf;

/// Check sales: what they must show, under several seeds, and whether anything differs from their baseline or has become
/// worse than it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The scenario files; all are checked, and the worst result counts. `-` is stdin.
    #[arg(required = true, value_name = "SCENARIO")]
    scenarios: Vec<PathBuf>,
    /// The seeds that are run first, and with --bless those that the baseline holds. Default: the first 20 of the
    /// baseline, 1..20 without one, and 1..80 with --bless.
    #[arg(long, value_name = "LIST", value_parser = seed_list)]
    seeds: Option<SeedList>,
    #[command(flatten)]
    many: RunsArgs,
    #[command(flatten)]
    named: NamedFiles,
    /// The baseline. Default: NAME.baseline.json beside NAME.json, if it is there.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write the baseline, or write it anew, and show what changes.
    #[arg(long)]
    bless: bool,
    /// What to print on stdout.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Also write `JUnit` XML.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Also write Markdown, for a pull request.
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Check it with this changed, such as `edge.upstream_timeout=29s`; several changes are parted by `;`; may be repeated.
    #[arg(long, value_name = "PATH=VALUE", conflicts_with = "bless")]
    set: Vec<String>,
    /// Check it with this policy, by name or with its settings as JSON.
    #[arg(long, value_name = "POLICY", conflicts_with = "bless")]
    policy: Option<String>,
    /// Print no summary, no progress and no warnings.
    #[arg(long, short)]
    quiet: bool,
}

const EXAMPLES: &str = "\
Examples:
  onsale check sale.json                       what it must show, and its baseline if there is one
  onsale check sale.json --bless               accept what it gives now as the baseline
  onsale check sale.json --set waiting_room.new_per_minute=200
  onsale check scenarios/*.json --junit check.xml --markdown check.md";

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A summary for people.
    Human,
    /// One document, as `onsale schema check` describes it.
    Json,
    /// Tables with the difference beside every number, for a pull request.
    Markdown,
    /// `JUnit` XML: a suite a scenario, a case a line of `expect` and a gate.
    Junit,
}

/// Runs the command.
///
/// # Errors
/// What failed, after all scenarios are checked and told: the worst of them.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    if args.scenarios.len() > 1 && args.baseline.is_some() {
        let problem = "--baseline names one file, and these are several scenarios".to_owned();
        return Err(usage(problem, "leave it out: each has its own NAME.baseline.json beside it"));
    }
    let told_so = args.format != Format::Human || args.junit.is_some() || args.markdown.is_some();
    if args.bless && told_so {
        let problem = "--bless tells people what changes, and nobody else".to_owned();
        return Err(usage(problem, "leave --format, --junit and --markdown out, and check it afterwards"));
    }
    let changes = asked_changes(args)?;
    let outputs = Outputs::of(args)?;
    let (mut entries, mut worst_refusal) = (Vec::new(), None);
    for path in &args.scenarios {
        let subject = match subject::load_subject(args, path, &changes) {
            Ok(subject) => {
                outputs.refuse_inputs(&subject.inputs(args))?;
                Ok(subject)
            }
            Err(failure) => Err(failure),
        };
        let done = subject.and_then(|subject| {
            if args.bless { bless::bless(args, &subject) } else { judge::judge(args, &subject) }
        });
        match done {
            Ok(entry) => entries.push(entry),
            Err(failure) if is_refusal(&failure) => {
                output::message(&failure.picture());
                worst_refusal = worst_refusal.max(Some(failure.code()));
                entries.push(ScenarioCheck::refused(&name_of(path), refused(&failure)));
            }
            Err(failure) => return Err(failure),
        }
    }
    let report = Report::of(entries);
    if !args.bless {
        tell(args, &report, &outputs)?;
    }
    verdict(&report, worst_refusal)
}

/// What `--policy` and `--set` change.
fn asked_changes(args: &Args) -> Result<Vec<Change>, Failure> {
    let mut asked = Vec::new();
    if let Some(policy) = &args.policy {
        known_policy(policy)?;
        asked.push(Change::policy(policy));
    }
    for set in &args.set {
        asked.extend(changes(set)?);
    }
    Ok(asked)
}

/// This scenario cannot be checked, and the others can.
fn is_refusal(failure: &Failure) -> bool {
    matches!(failure.code(), exit::USAGE | exit::SCENARIO_INVALID)
}

/// Why it cannot be checked, for the report.
fn refused(failure: &Failure) -> Refused {
    match failure {
        Failure::Other { problem, remedy, .. } => {
            Refused { problem: problem.clone(), remedy: remedy.clone() }
        }
        Failure::Unreadable { path, problem, remedy } => {
            Refused { problem: format!("{path}: {problem}"), remedy: remedy.clone() }
        }
        Failure::Invalid(_) | Failure::StdoutClosed | Failure::AlreadyReported { .. } => Refused {
            problem: "the scenario has mistakes".to_owned(),
            remedy: "onsale validate shows them, each with its place".to_owned(),
        },
    }
}

/// The files that a report is written to.
struct Outputs {
    junit: Option<OutputFile>,
    markdown: Option<OutputFile>,
}

impl Outputs {
    /// Where they go; what may not be written is said before anything runs.
    fn of(args: &Args) -> Result<Outputs, Failure> {
        let at = |path: &Option<PathBuf>| {
            path.as_ref().map(|path| OutputFile::at(path, Chosen::ByUser)).transpose()
        };
        let outputs = Outputs { junit: at(&args.junit)?, markdown: at(&args.markdown)? };
        if let (Some(junit), Some(markdown)) = (&outputs.junit, &outputs.markdown) {
            junit.refuse_twin(markdown)?;
        }
        outputs.refuse_inputs(&args.scenarios)?;
        Ok(outputs)
    }

    /// Fails if one of them is read.
    fn refuse_inputs(&self, inputs: &[PathBuf]) -> Result<(), Failure> {
        self.junit.iter().chain(&self.markdown).try_for_each(|output| output.refuse_inputs(inputs))
    }
}

/// Prints and writes the report.
fn tell(args: &Args, report: &Report, outputs: &Outputs) -> Result<(), Failure> {
    if let Some(junit) = &outputs.junit {
        junit.write(report::check_junit(report).as_bytes())?;
    }
    if let Some(markdown) = &outputs.markdown {
        markdown.write(report::check_markdown(report).as_bytes())?;
    }
    match args.format {
        Format::Human if args.quiet => Ok(()),
        Format::Human => output::summary(&report::check_summary(report, Style::Colored)),
        Format::Json => output::data(&report.to_json()),
        Format::Markdown => output::data(&report::check_markdown(report)),
        Format::Junit => output::data(&report::check_junit(report)),
    }
}

/// The worst of all scenarios, as an exit code.
fn verdict(report: &Report, worst_refusal: Option<u8>) -> Result<(), Failure> {
    if let Some(code) = worst_refusal {
        return Err(Failure::AlreadyReported { code });
    }
    let of = |verdict: CheckVerdict| -> String {
        let names = report.scenarios.iter().filter(|entry| entry.verdict == verdict);
        names.map(|entry| entry.name.clone()).collect::<Vec<String>>().join(", ")
    };
    let (code, problem) = match report.verdict {
        CheckVerdict::Passed | CheckVerdict::Refused => return Ok(()),
        CheckVerdict::ExpectationMissed => (exit::EXPECTATION_FAILED, "missed in some run what was expected"),
        CheckVerdict::DiffersFromBaseline => (exit::DIFFERS_FROM_BASELINE, "not what the baseline says"),
    };
    Err(Failure::Other { code, problem: format!("{problem}: {}", of(report.verdict)), remedy: String::new() })
}
