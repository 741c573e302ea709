//! Charts of one run, and of a comparison, as SVG. Each has a title that states what there is to see; names stand at the ends of
//! lines, not in a box; there are few colours and few lines of grid.
//!
//! A chart that has nothing to show (no timeline, nobody came) is left out.

mod axis;
mod belief;
mod canvas;
mod comparison;
mod lines;
mod marks;
mod outcomes;
pub(super) mod palette;
mod track;

use crate::experiment::result::RunResult;
use canvas::Frame;
pub use comparison::ComparisonCharts;

/// One chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// The name of its file inside `charts/`.
    pub file_name: String,
    /// What it shows, as a finding.
    pub title: String,
    /// How to read it.
    pub about: String,
    /// The file: with title, on light paper, readable by itself.
    pub svg: String,
    /// For the page: without title, in colours that follow the theme.
    pub(super) wide: String,
    /// For the page on a telephone.
    pub(super) narrow: String,
}

/// Every chart of a run, in the order of the page.
pub fn charts(result: &RunResult) -> Vec<Chart> {
    let charts = [
        lines::demand(result),
        belief::belief(result),
        lines::load(result),
        outcomes::outcomes(result),
        lines::line(result),
    ];
    charts.into_iter().flatten().collect()
}

fn rendered(file_name: &str, title: String, about: &str, draw: impl Fn(Frame, &str) -> String) -> Chart {
    let picture = |frame| canvas::described(&draw(frame, &title), &title, about);
    Chart {
        file_name: file_name.to_owned(),
        svg: picture(Frame::File),
        wide: palette::themed(&picture(Frame::Wide)),
        narrow: palette::themed(&picture(Frame::Narrow)),
        about: about.to_owned(),
        title,
    }
}
