//! How a command ends when it does not end well: what people read, and the exit code.

use crate::scenario::Diagnosis;
use crate::visible::visible;
use annotate_snippets::{Level, Renderer};
use std::io;

/// The exit codes of all commands. Permanent: scripts rely on them. 12 and 13 are kept for a merge that is refused and
/// for a selftest that fails.
pub mod exit {
    /// All went well.
    pub const OK: u8 = 0;
    /// Our mistake, or the machine's: a full disk, for example.
    pub const INTERNAL: u8 = 1;
    /// The command line is wrong.
    pub const USAGE: u8 = 2;
    /// A scenario is wrong, or cannot be read.
    pub const SCENARIO_INVALID: u8 = 3;
    /// Nothing matches the selection.
    pub const NOTHING_SELECTED: u8 = 4;
    /// An expectation of the scenario failed.
    pub const EXPECTATION_FAILED: u8 = 10;
    /// A result differs from its baseline.
    pub const DIFFERS_FROM_BASELINE: u8 = 11;
    /// Ctrl-C, SIGTERM or SIGHUP.
    pub const INTERRUPTED: u8 = 130;

    /// The codes that commands give today, for `--help`.
    pub(in crate::cli) const HELP: &str = "\
Exit codes:
   0  all went well
   1  our mistake, or the machine's: a folder that cannot be written, a full disk
   2  the command line is wrong, or a baseline cannot be used or written; check has said why
   3  a scenario is wrong, or cannot be read; nothing was run or written
   4  nothing matches the selection: nobody has this number, nobody is a case of this kind
  10  the run is written and shown, and missed a line of `expect` that must not be missed; check: in some run
  11  check: the bytes are not those of the baseline, or something has become worse by more than its margin
 130  Ctrl-C, SIGTERM or SIGHUP: runs that had ended are kept; check has decided and written nothing
Of several scenarios the worst counts: 3, 2, 10, 11, 0.";
}

/// Why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// A scenario has mistakes.
    Invalid(Diagnosis),
    /// A scenario cannot be read.
    Unreadable {
        /// What was asked for, as people wrote it.
        path: String,
        /// What is wrong.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// Somebody stopped listening to our output: `onsale ... | head`. Not a failure; the command ends quietly.
    StdoutClosed,
    /// The pictures are drawn already; only the code is left to give.
    AlreadyReported {
        /// The exit code.
        code: u8,
    },
    /// Something else.
    Other {
        /// The exit code.
        code: u8,
        /// What is wrong.
        problem: String,
        /// What to do; empty if nothing.
        remedy: String,
    },
}

impl Failure {
    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Failure::Invalid(_) | Failure::Unreadable { .. } => exit::SCENARIO_INVALID,
            Failure::StdoutClosed => exit::OK,
            Failure::AlreadyReported { code } | Failure::Other { code, .. } => *code,
        }
    }

    /// What people read, with terminal colors; the stream that it is written to takes them off where they do not
    /// belong.
    pub fn picture(&self) -> String {
        match self {
            Failure::Invalid(diagnosis) => diagnosis.picture(true),
            Failure::Unreadable { path, problem, remedy } => {
                format!("{}\nnothing was run or written\n", title(&format!("{path}: {problem}"), remedy))
            }
            Failure::StdoutClosed | Failure::AlreadyReported { .. } => String::new(),
            Failure::Other { problem, remedy, .. } => title(problem, remedy) + "\n",
        }
    }
}

/// The command line asks for something that cannot be.
pub(super) fn usage(problem: String, remedy: &str) -> Failure {
    Failure::Other { code: exit::USAGE, problem, remedy: remedy.to_owned() }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Failure::StdoutClosed;
        }
        Failure::Other { code: exit::INTERNAL, problem: error.to_string(), remedy: String::new() }
    }
}

/// Longest part of a message, in characters: what it quotes may be as long as a command line.
const SAID_MAX: usize = 2000;

fn said(text: &str) -> String {
    let whole = text.chars().nth(SAID_MAX).is_none();
    text.chars().take(SAID_MAX).chain((!whole).then_some('…')).collect()
}

/// A picture without a text to point into.
fn title(problem: &str, remedy: &str) -> String {
    let (problem, remedy) = (said(&visible(problem, '\u{fffd}')), said(&visible(remedy, '\u{fffd}')));
    let (problem, remedy) = (&problem, &remedy);
    let group = match remedy.as_str() {
        "" => Level::ERROR.primary_title(problem).elements(None::<annotate_snippets::Message<'_>>),
        remedy => Level::ERROR.primary_title(problem).element(Level::HELP.message(remedy)),
    };
    Renderer::styled().render(&[group])
}
