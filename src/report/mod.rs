//! What is read: a summary for the terminal, charts, one page that works offline, and CSV.
//!
//! ```text
//!  RunResult --readings, findings, expectations, history, mechanisms--> what there is to say
//!                    |             |             |             |
//!               run_summary     charts  ->   run_page         csv
//! ```
//!
//! Several runs are summed up by `replications`, variants by `comparison`, a check by `check`, one person's evening by
//! [`journey`].
//!
//! Everything here is a pure function of a saved [`RunResult`](crate::experiment::result::RunResult) or
//! [`Journey`](crate::experiment::journey::Journey): no file, no
//! clock, no luck. A metric that is undefined or unknown is shown as a dash or left out.

mod charts;
mod check;
mod comparison;
mod csv;
pub(crate) mod escape;
mod expectations;
mod findings;
mod formatting;
mod history;
pub mod journey;
mod layout;
mod markdown;
mod mechanisms;
mod readings;
mod replications;
mod run_page;
mod run_summary;
mod tables;
mod worst_cases;

pub use charts::{Chart, ComparisonCharts, charts};
pub use check::{baseline_summary, check_junit, check_markdown, check_summary};
pub use comparison::{comparison_markdown, comparison_page, comparison_sentence, comparison_summary};
pub use csv::{csv, differences_csv, runs_csv};
pub use findings::Findings;
pub use layout::Style;
use readings::Rating;
pub use replications::replications_summary;
pub use run_page::run_page;
pub use run_summary::run_summary;
pub use worst_cases::{WorstCases, worst_case};
