//! Charts of one run, as SVG. Each has a title that states what there is to see; names stand at the ends of
//! lines, not in a box; there are few colours and few lines of grid.
//!
//! A chart that has nothing to show (no timeline, nobody came) is left out.

mod axis;
mod belief;
mod canvas;
mod lines;
mod outcomes;
pub(super) mod palette;
mod track;

use crate::experiment::result::RunResult;
use canvas::Frame;

/// One chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// The name of its file inside `charts/`.
    pub file_name: String,
    /// What it shows, as a finding.
    pub title: String,
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

/// The windows of the charts over time, in words.
pub(super) fn window(result: &RunResult) -> String {
    lines::window(result)
}

fn rendered(file_name: &str, title: String, draw: impl Fn(Frame, &str) -> String) -> Chart {
    Chart {
        file_name: file_name.to_owned(),
        svg: draw(Frame::File, &title),
        wide: palette::themed(&draw(Frame::Wide, &title)),
        narrow: palette::themed(&draw(Frame::Narrow, &title)),
        title,
    }
}
