//! Belief against truth: a matrix of what the backend had decided and what the screen had said, with the count
//! of persons in each cell and a bar for their share.

use super::axis::BOLD;
use super::canvas::{Frame, LABEL, Pen, Side, broken, draw};
use super::palette::{BAD, BAD_WASH, Color, GOOD, GOOD_WASH, HALF, HALF_WASH, INK, MUTED, PLAIN_WASH};
use super::{Chart, rendered};
use crate::experiment::result::RunResult;
use crate::report::findings::untold;
use crate::report::formatting::{count, percent};
use crate::report::readings::{CohortOutcome, Rating};

/// What the screen had said: the columns.
const SAID: [&str; 4] = ["“bought”", "“no”, final", "“wait”, “paused”, an error", "nothing"];
/// What was true: the rows.
const TRUE: [&str; 4] =
    ["has a ticket", "was refused", "gave up before it was decided", "still there, undecided"];

/// One cell: its row, its first column and its number of columns; what it is called; how it is to be taken.
struct Cell {
    metric: &'static str,
    row: usize,
    column: usize,
    columns: usize,
    name: &'static str,
    rating: Rating,
}

const fn cell(
    metric: &'static str, place: (usize, usize, usize), name: &'static str, rating: Rating,
) -> Cell {
    Cell { metric, row: place.0, column: place.1, columns: place.2, name, rating }
}

const CELLS: [Cell; 9] = [
    cell("known_purchase", (0, 0, 1), "knows it", Rating::Good),
    cell("ghost_purchase", (0, 1, 3), "ghost purchase: was never told", Rating::Bad),
    cell("phantom_purchase", (1, 0, 1), "phantom", Rating::Bad),
    cell("known_rejection", (1, 1, 1), "knows it", Rating::Good),
    cell("told_not_final", (1, 2, 1), "not final", Rating::Partial),
    cell("silent_rejection", (1, 3, 1), "silent refusal", Rating::Bad),
    cell("left_before_decision_answered", (2, 1, 2), "after an answer", Rating::Neutral),
    cell("left_before_decision_silent", (2, 3, 1), "in silence", Rating::Neutral),
    cell("unresolved", (3, 1, 3), "nothing to tell yet", Rating::Neutral),
];

/// The matrix of belief and truth.
pub(super) fn belief(result: &RunResult) -> Option<Chart> {
    let persons = CohortOutcome::read(result, None).persons.filter(|persons| *persons > 0.0)?;
    let untold = untold(result)?;
    let title = if untold >= 1.0 {
        format!(
            "{} persons were told nothing, or something wrong, about what had been decided",
            count(untold)
        )
    } else {
        "The screen told everybody what had been decided".to_owned()
    };
    let title = if untold.round() == 1.0 { title.replace("1 persons were", "1 person was") } else { title };
    let about = "Persons by what was true and what their screen had said in the end; the bar is their share of all. Green \
                 knows, amber half knows, red does not know or knows wrong.";
    Some(rendered("belief.svg", title, about, |frame, title| picture(frame, title, result, persons)))
}

/// Sizes of the matrix in one frame.
struct Grid {
    left: f64,
    column: f64,
    head: f64,
    row: f64,
    /// Names of rows stand above their cells instead of left of them.
    above: f64,
}

fn picture(frame: Frame, title: &str, result: &RunResult, persons: f64) -> String {
    let narrow = frame.is_narrow();
    let left = if narrow { 0.0 } else { 130.0 };
    let grid = Grid {
        left,
        column: (frame.width() - left) / 4.0,
        head: if narrow { 70.0 } else { 60.0 },
        row: if narrow { 78.0 } else { 70.0 },
        above: if narrow { 22.0 } else { 0.0 },
    };
    draw(frame, title, grid.head + 4.0 * (grid.row + grid.above), |pen| {
        heads(pen, &grid, narrow);
        for cell in &CELLS {
            let value = result.value(&format!("silent.table.{}", cell.metric));
            draw_cell(pen, &grid, cell, value, persons);
        }
    })
}

fn heads(pen: &Pen<'_>, grid: &Grid, narrow: bool) {
    pen.text((grid.left, 10.0), Side::Right, LABEL, MUTED, "in the end the screen had said ...");
    for (at, said) in SAID.iter().enumerate() {
        let x = grid.left + grid.column * at as f64 + 2.0;
        for (line, text) in broken(said, LABEL * BOLD, grid.column).iter().enumerate() {
            pen.bold((x, 30.0 + 15.0 * line as f64), Side::Right, LABEL, INK, text);
        }
    }
    for (at, name) in TRUE.iter().enumerate() {
        let top = grid.head + (grid.row + grid.above) * at as f64;
        if narrow {
            pen.bold((0.0, top + 12.0), Side::Right, LABEL, INK, name);
            continue;
        }
        for (line, text) in broken(name, LABEL * BOLD, grid.left).iter().enumerate() {
            pen.bold((0.0, top + 20.0 + 17.0 * line as f64), Side::Right, LABEL, INK, text);
        }
    }
}

fn draw_cell(pen: &Pen<'_>, grid: &Grid, cell: &Cell, value: Option<f64>, persons: f64) {
    let value = value.filter(|value| value.is_finite());
    let nobody = value.is_none_or(|value| value < 1.0);
    let (strong, wash) = if nobody { (MUTED, PLAIN_WASH) } else { colors(cell.rating) };
    let left = grid.left + grid.column * cell.column as f64 + 2.0;
    let width = grid.column * cell.columns as f64 - 4.0;
    let top = grid.head + (grid.row + grid.above) * cell.row as f64 + grid.above;
    let bottom = top + grid.row - 4.0;
    pen.rectangle((left, top), (left + width, bottom), wash);
    let text = value.map_or_else(|| "–".to_owned(), count);
    let size = if grid.column < 110.0 { 17.0 } else { 20.0 };
    pen.bold((left + 8.0, top + 19.0), Side::Right, size, strong, &text);
    let share = value.map(|value| value / persons);
    if let Some(share) = share.filter(|_| !nobody) {
        // Where there is room the share stands beside the count, else it is left to the table.
        if width > 150.0 {
            pen.text((left + width - 8.0, top + 19.0), Side::Left, LABEL, strong, &percent(share));
        }
        let length = (width * share).max(1.5);
        pen.rectangle((left, bottom - 5.0), (left + length, bottom), strong);
    }
    for (line, text) in broken(cell.name, LABEL - 1.0, width - 12.0).iter().enumerate() {
        let y = top + 40.0 + 14.0 * line as f64;
        pen.text((left + 8.0, y), Side::Right, LABEL - 1.0, if nobody { MUTED } else { INK }, text);
    }
}

const fn colors(rating: Rating) -> (Color, Color) {
    match rating {
        Rating::Good => (GOOD, GOOD_WASH),
        Rating::Partial => (HALF, HALF_WASH),
        Rating::Bad => (BAD, BAD_WASH),
        Rating::Neutral => (MUTED, PLAIN_WASH),
    }
}
