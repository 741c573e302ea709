//! `onsale validate`: are these scenarios right? All files are checked, and all their mistakes shown.

use super::failure::exit;
use super::load::{NamedFiles, load_with};
use super::mistakes::{FileMistakes, Mistakes};
use super::output::{data, message};
use super::{Failure, Loaded, output};
use crate::visible::visible;
use indicatif::HumanCount;
use std::path::PathBuf;

/// Check scenarios: shows every mistake with its place and its remedy, and runs nothing.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Scenario files; `-` is stdin.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print the scenario with every default filled in.
    #[arg(long)]
    expand: bool,
    #[command(flatten)]
    named: NamedFiles,
    /// How to tell what is wrong.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Pictures on stderr, and a line on stdout for each scenario that can run.
    Human,
    /// One document on stdout with the mistakes of all files, as `onsale schema mistakes` describes it.
    Json,
}

/// Checks every file before it fails.
///
/// # Errors
/// If a scenario cannot be read, or has mistakes.
pub fn run(args: &Args) -> Result<(), Failure> {
    if args.format == Format::Json {
        return print_mistakes(args);
    }
    let mut failed = None;
    for file in &args.files {
        match load_with(file, args.named) {
            Ok(loaded) => {
                if let Some(warnings) = &loaded.warnings {
                    message(&warnings.picture(true));
                }
                if args.expand {
                    data(&loaded.prepared.scenario().expanded())?;
                } else {
                    output::summary(&summary(&loaded))?;
                }
            }
            Err(failure) => {
                message(&failure.picture());
                failed = Some(failure.code());
            }
        }
    }
    failed.map_or(Ok(()), |code| Err(Failure::AlreadyReported { code }))
}

/// All files in one document.
fn print_mistakes(args: &Args) -> Result<(), Failure> {
    if args.expand {
        return Err(Failure::Other {
            code: exit::USAGE,
            problem: "--expand prints scenarios, and --format json prints mistakes".to_owned(),
            remedy: "leave one of them out".to_owned(),
        });
    }
    let mut failed = None;
    let mut files = Vec::new();
    for file in &args.files {
        files.push(match load_with(file, args.named) {
            Ok(loaded) => FileMistakes::warnings(&loaded.path, loaded.warnings.as_ref()),
            Err(failure) => {
                failed = Some(failure.code());
                FileMistakes::of(&failure).ok_or(failure)?
            }
        });
    }
    Mistakes::print(files)?;
    failed.map_or(Ok(()), |code| Err(Failure::AlreadyReported { code }))
}

/// One line that says what the scenario is about.
fn summary(loaded: &Loaded) -> String {
    let roster = &loaded.prepared.plan().roster;
    let plural = |n: u64, word: &str| format!("{} {word}{}", grouped(n), if n == 1 { "" } else { "s" });
    format!(
        "ok  {}  {} in {}, {}\n",
        visible(&loaded.path, '\u{fffd}'),
        plural(u64::from(roster.persons), "person"),
        plural(roster.cohorts.len() as u64, "cohort"),
        plural(u64::from(roster.seats), "seat"),
    )
}

/// A number as people read it: 20,000.
fn grouped(n: u64) -> String {
    HumanCount(n).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_are_grouped_by_thousands() {
        for (n, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (12_345_678, "12,345,678")] {
            assert_eq!(grouped(n), text);
        }
    }

    #[test]
    fn the_code_of_a_wrong_scenario_is_three() {
        let files = vec![PathBuf::from("no such file")];
        let args = Args { files, expand: false, named: NamedFiles::default(), format: Format::Human };
        assert_eq!(run(&args).unwrap_err().code(), exit::SCENARIO_INVALID);
    }
}
