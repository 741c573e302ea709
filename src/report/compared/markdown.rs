//! A comparison as Markdown: sentences and tables for a pull request or a board paper (GitHub's tables).

use super::overview::overview;
use super::{named, paired_seeds, principles, said, sentence, shown, title, worth};
use crate::experiment::compare::{Comparison, Flips};
use crate::report::facts::Mood;
use crate::report::words::{clean, count};
use std::fmt::Write;

/// The comparison as Markdown, ending with a line break. `command` gives it again.
pub fn markdown(comparison: &Comparison, command: &str) -> String {
    let mut out = format!("### {}\n", escaped(&title(comparison)));
    let first = &comparison.variants[0].label;
    for overview in overview(comparison) {
        out.push('\n');
        head(&mut out, &overview.heads.iter().map(String::as_str).collect::<Vec<&str>>());
        for (name, cells) in &overview.rows {
            let cells: Vec<String> = [name].into_iter().chain(cells).map(|cell| escaped(cell)).collect();
            let _ = writeln!(out, "| {} |", cells.join(" | "));
        }
        let _ = writeln!(out, "\n{}", escaped(&overview.legend));
    }
    for (variant, against) in comparison.variants[1..].iter().zip(&comparison.against) {
        let _ = writeln!(out, "\n**{}**\n", escaped(&sentence(comparison, &variant.label, against)));
        let heads = ["figure", first, &variant.label, "difference ± 95 %", "p (Holm)", "verdict"];
        head(&mut out, &heads);
        for difference in shown(against, usize::MAX).0 {
            let row = said(difference);
            let verdict = match row.mood {
                Mood::Open => row.verdict.to_owned(),
                _ => format!("**{}**", row.verdict),
            };
            let name = if difference.dropped > 0 {
                format!("{} ({} pairs)", row.name, difference.pairs)
            } else {
                row.name
            };
            let cells = [name, row.first, row.other, row.change, row.p];
            let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).chain([verdict]).collect();
            let _ = writeln!(out, "| {} |", cells.join(" | "));
        }
        flips(&mut out, comparison, &variant.label, &against.flips);
        if let Some(worth) = worth(against) {
            let _ = writeln!(out, "\n{worth}");
        }
    }
    if let Some(principles) = principles(comparison) {
        let _ = writeln!(out, "\n{}", escaped(&principles));
    }
    let _ = writeln!(
        out,
        "\n<sub>onsale {}, {}: `{}`</sub>",
        comparison.engine,
        paired_seeds(comparison),
        clean(command).replace('`', "'")
    );
    out
}

fn head(out: &mut String, heads: &[&str]) {
    let cells: Vec<String> = heads.iter().map(|head| escaped(head)).collect();
    let rules: Vec<&str> = (0..heads.len()).map(|at| if at == 0 { "---" } else { "--:" }).collect();
    let _ = writeln!(out, "| {} |\n|{}|", cells.join(" | "), rules.join("|"));
}

fn flips(out: &mut String, comparison: &Comparison, other: &str, flips: &[Flips]) {
    let Some((all, cohorts)) = flips.split_last() else { return };
    let cohorts = if cohorts.len() > 1 { cohorts } else { &[] };
    let first = named(&comparison.variants[0].label);
    let title =
        format!("The same persons, a run on average: first under {first}, then under {}.", named(other));
    let _ = writeln!(out, "\n{}\n", escaped(&title));
    head(out, &["cohort", "persons", "won both", "won → lost", "lost → won", "lost both"]);
    for row in cohorts.iter().chain([all]) {
        let name = row.cohort.as_deref().map_or_else(|| "**all**".to_owned(), escaped);
        let counts = [row.persons, row.won_both, row.won_to_lost, row.lost_to_won, row.lost_both];
        let runs = comparison.seeds.len() as f64;
        let cells = counts.map(|persons| count(persons as f64 / runs)).join(" | ");
        let _ = writeln!(out, "| {name} | {cells} |");
    }
}

/// A text inside a table: no markup of its own.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '\\' | '|' | '*' | '_' | '`' | '[' | ']' | '~' => safe.extend(['\\', c]),
            '<' => safe.push_str("&lt;"),
            '&' => safe.push_str("&amp;"),
            c => safe.push(c),
        }
    }
    safe
}
