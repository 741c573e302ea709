//! Who has a ticket under one variant and none under the other: two bars a cohort, persons a run on average.

use super::{Rows, Versus, in_title, rendered};
use crate::experiment::compare::Flips;
use crate::report::charts::Chart;
use crate::report::charts::axis::BOLD;
use crate::report::charts::canvas::{Frame, LABEL, Pen, Side, draw, text_width};
use crate::report::charts::palette::{AREA_GOOD, BAD, GOOD, MUTED};
use crate::report::formatting::{count, counted};

/// How many cohorts are drawn.
const COHORTS: usize = 14;
/// Room above the rows for what the two sides mean.
const HEAD: f64 = 30.0;

/// One cohort, a run on average.
struct FlipsRow<'a> {
    name: &'a str,
    persons: f64,
    lost: f64,
    won: f64,
}

/// The chart of flips; `None` where the persons are not the same, or not known.
pub(super) fn flips(versus: &Versus<'_>) -> Option<Chart> {
    let (all, cohorts) = versus.against().flips.split_last()?;
    let runs = versus.comparison.seeds.len() as f64;
    let row = |flips: &'_ Flips| (flips.won_to_lost as f64 / runs, flips.lost_to_won as f64 / runs);
    let mut ordered: Vec<&Flips> = cohorts.iter().collect();
    let hidden = ordered.len().saturating_sub(COHORTS);
    if hidden > 0 {
        ordered.sort_by_key(|flips| std::cmp::Reverse(flips.won_to_lost + flips.lost_to_won));
        ordered.truncate(COHORTS);
    }
    let rows: Vec<FlipsRow<'_>> = ordered
        .into_iter()
        .map(|flips| FlipsRow {
            name: flips.cohort.as_deref().unwrap_or("all"),
            persons: flips.persons as f64 / runs,
            lost: row(flips).0,
            won: row(flips).1,
        })
        .collect();
    let title = title(versus, row(all));
    let mut about = format!(
        "Persons, a run on average. Left: they have a ticket under {} and none under {}. Right: the other way round. The \
         same person has the same luck under both.",
        versus.first, versus.other
    );
    if hidden > 0 {
        let cohorts = counted(hidden as f64, "cohort", "cohorts");
        about.push_str(&format!(" {cohorts} with fewer changes are left out."));
    }
    Some(rendered(&versus.file("flips"), title, &about, |frame, title| picture(frame, title, &rows)))
}

fn title(versus: &Versus<'_>, (lost, won): (f64, f64)) -> String {
    let (first, other) = (in_title(&versus.first), in_title(&versus.other));
    if lost <= 0.0 && won <= 0.0 {
        return format!("The same persons get tickets under {first} and {other}");
    }
    let few = |persons: f64| {
        if persons > 0.0 && persons < 0.5 {
            "less than 1 person".to_owned()
        } else {
            counted(persons, "person", "persons")
        }
    };
    format!(
        "Under {other}, {} would lose the ticket that {first} gives them; {} would win one",
        few(lost),
        few(won)
    )
}

fn picture(frame: Frame, title: &str, all: &[FlipsRow<'_>]) -> String {
    let of = |row: &FlipsRow<'_>| format!("of {}", count(row.persons));
    let rows = Rows::of(frame, all.iter().map(|row| text_width(&of(row), LABEL) * BOLD).fold(0.0, f64::max));
    let most = all.iter().flat_map(|row| [row.lost, row.won]).fold(0.0, f64::max);
    draw(frame, title, HEAD + rows.height * all.len() as f64 + 4.0, |pen| {
        let zero = rows.x(0.5);
        pen.bold((zero - 8.0, 10.0), Side::Left, LABEL, BAD, "won → lost");
        pen.bold((zero + 8.0, 10.0), Side::Right, LABEL, GOOD, "lost → won");
        for (at, row) in all.iter().enumerate() {
            let top = HEAD + rows.height * at as f64;
            rows.head(pen, top, row.name, &of(row), MUTED);
            bars(pen, &rows, top + rows.middle, row, most);
        }
        pen.line(&[(zero, HEAD - 6.0), (zero, HEAD + rows.height * all.len() as f64)], MUTED, 1.0);
    })
}

fn bars(pen: &Pen<'_>, rows: &Rows, y: f64, row: &FlipsRow<'_>, most: f64) {
    let zero = rows.x(0.5);
    let texts = [row.lost, row.won].map(number);
    let room = text_width("1,000,000", LABEL) * BOLD + 8.0;
    let length = |persons: f64| {
        let share = if most > 0.0 { persons / most } else { 0.0 };
        if persons > 0.0 { (share * ((rows.right - rows.left) / 2.0 - room)).max(1.0) } else { 0.0 }
    };
    let (left, right) = (zero - length(row.lost), zero + length(row.won));
    if row.lost > 0.0 {
        pen.rectangle((left, y - 7.0), (zero, y + 7.0), BAD);
    }
    if row.won > 0.0 {
        pen.rectangle((zero, y - 7.0), (right, y + 7.0), AREA_GOOD);
    }
    pen.bold((left - 6.0, y), Side::Left, LABEL, if row.lost > 0.0 { BAD } else { MUTED }, &texts[0]);
    pen.bold((right + 6.0, y), Side::Right, LABEL, if row.won > 0.0 { GOOD } else { MUTED }, &texts[1]);
}

/// A mean count: that of a few persons has a decimal.
fn number(persons: f64) -> String {
    if persons > 0.0 && persons < 9.95 && (persons - persons.round()).abs() >= 0.05 {
        format!("{persons:.1}")
    } else {
        count(persons)
    }
}
