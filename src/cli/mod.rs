//! The command line: one file a command. Files are read and written here alone; so are exit codes.
//!
//! To add a command, write one file with `Args` and `run(&Args) -> Result<(), Failure>`, and add one line to
//! `Command` and one to [`run`]. Whoever needs a scenario calls [`load`]. stdout is data, stderr is everything said
//! to people.

mod changes;
mod check;
mod compare;
mod explain;
mod failure;
mod folder;
mod interrupt;
mod list;
mod load;
mod mistakes;
mod out_of_memory;
mod output;
mod output_file;
mod read;
mod replicate;
mod run;
mod runs;
mod schema;
mod shell;
mod thread_pool;
mod validate;

pub use failure::{Failure, exit};
pub use load::{Loaded, load};
pub use out_of_memory::Allocator;
pub use thread_pool::ThreadPool;

use clap::{Parser, Subcommand, ValueEnum};
use std::process::ExitCode;

/// A deterministic simulator of ticket on-sale surges: fairness, timeouts and silent failures.
#[derive(Debug, Parser)]
#[command(name = "onsale", version, about, after_help = exit::HELP)]
struct Cli {
    /// When to use colors; `NO_COLOR` is respected.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    color: Color,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Args),
    Compare(compare::Args),
    Explain(explain::Args),
    Check(check::Args),
    Validate(validate::Args),
    Schema(schema::Args),
    List(list::Args),
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Runs the command of this process's arguments.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(told) => {
            // Nothing can be done about a terminal that does not listen.
            let _ = told.print();
            return ExitCode::from(if told.use_stderr() { exit::USAGE } else { exit::OK });
        }
    };
    match cli.color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
    let done = match &cli.command {
        Command::Run(args) => run::run(args),
        Command::Compare(args) => compare::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Check(args) => check::run(args),
        Command::Validate(args) => validate::run(args),
        Command::Schema(args) => schema::run(args),
        Command::List(args) => list::run(args),
    };
    match done {
        Ok(()) => ExitCode::from(exit::OK),
        Err(failure) => {
            output::message(&failure.picture());
            ExitCode::from(failure.code())
        }
    }
}
