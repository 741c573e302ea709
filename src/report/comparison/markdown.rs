//! A comparison as Markdown: sentences and tables for a pull request or a board paper (GitHub's tables).

use super::overview::overview;
use super::{comparison_sentence, difference_row, named, paired_seeds, principles, shown, title, worth};
use crate::experiment::compare::{Comparison, Flips};
use crate::report::formatting::count;
use crate::report::markdown::{Table, code, strong, text};
use crate::report::readings::Rating;
use std::fmt::Write;

/// The comparison as Markdown, ending with a line break. `command` gives it again.
pub fn comparison_markdown(comparison: &Comparison, command: &str) -> String {
    let mut out = format!("### {}\n", text(&title(comparison)));
    let first = &comparison.variants[0].label;
    for overview in overview(comparison) {
        let mut table = Table::new(1, overview.heads.iter().map(String::as_str));
        for (name, cells) in &overview.rows {
            table.row([name].into_iter().chain(cells).map(|cell| text(cell)));
        }
        let _ = write!(out, "\n{table}\n{}\n", text(&overview.legend));
    }
    for (variant, against) in comparison.variants[1..].iter().zip(&comparison.against) {
        let _ = writeln!(out, "\n{}\n", strong(&comparison_sentence(comparison, &variant.label, against)));
        let heads = ["figure", first, &variant.label, "difference ± 95 %", "p (Holm)", "verdict"];
        let mut table = Table::new(1, heads);
        for difference in shown(against, usize::MAX).0 {
            let row = difference_row(difference);
            let verdict = match row.rating {
                Rating::Neutral => text(row.verdict),
                _ => strong(row.verdict),
            };
            let name = if difference.dropped > 0 {
                format!("{} ({} pairs)", row.name, difference.pairs)
            } else {
                row.name
            };
            let cells = [name, row.first, row.other, row.change, row.p];
            table.row(cells.iter().map(|cell| text(cell)).chain([verdict]));
        }
        let _ = write!(out, "{table}");
        flips(&mut out, comparison, &variant.label, &against.flips);
        if let Some(worth) = worth(against) {
            let _ = writeln!(out, "\n{}", text(&worth));
        }
    }
    if let Some(principles) = principles(comparison) {
        let _ = writeln!(out, "\n{}", text(&principles));
    }
    let _ = writeln!(
        out,
        "\n<sub>onsale {}, {}: {}</sub>",
        comparison.engine,
        paired_seeds(comparison),
        code(command)
    );
    out
}

fn flips(out: &mut String, comparison: &Comparison, other: &str, flips: &[Flips]) {
    let Some((all, cohorts)) = flips.split_last() else { return };
    let cohorts = if cohorts.len() > 1 { cohorts } else { &[] };
    let first = named(&comparison.variants[0].label);
    let title =
        format!("The same persons, a run on average: first under {first}, then under {}.", named(other));
    let _ = writeln!(out, "\n{}\n", text(&title));
    let mut table = Table::new(1, ["cohort", "persons", "won both", "won → lost", "lost → won", "lost both"]);
    for row in cohorts.iter().chain([all]) {
        let name = row.cohort.as_deref().map_or_else(|| strong("all"), text);
        let counts = [row.persons, row.won_both, row.won_to_lost, row.lost_to_won, row.lost_both];
        let runs = comparison.seeds.len() as f64;
        let cells = counts.map(|persons| text(&count(persons as f64 / runs)));
        table.row([name].into_iter().chain(cells));
    }
    let _ = write!(out, "{table}");
}
