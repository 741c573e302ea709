//! What is read: a summary for the terminal, charts, one page that works offline, and CSV.
//!
//! ```text
//!     facts, findings, expected, history, mechanisms (what there is to say)
//!  RunResult ->      |          |          |         |
//!                  human      charts  ->  html      csv
//! ```
//!
//! One person's evening is told by [`journey`].
//!
//! Everything here is a pure function of a saved [`RunResult`](crate::experiment::result::RunResult) or
//! [`Journey`](crate::experiment::journey::Journey): no file, no
//! clock, no luck. A metric that is undefined or unknown is shown as a dash or left out.

mod charts;
mod checked;
mod compared;
mod csv;
mod evenings;
mod expected;
mod facts;
mod findings;
mod history;
mod html;
mod human;
pub mod journey;
mod layout;
mod many;
mod markdown;
mod mechanisms;
mod tables;
mod words;

pub use charts::{Chart, ComparisonCharts, charts};
pub use checked::{blessed, checked, checked_markdown, junit};
pub use compared::{compared, compared_markdown, compared_page, sentence};
pub use csv::{csv, differences_csv, runs_csv};
pub use evenings::{Evenings, worst};
use facts::Mood;
pub use findings::Findings;
pub use html::html;
pub use human::human;
pub use layout::Style;
pub use many::many;
