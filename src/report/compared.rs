//! The first screen of a comparison: one sentence, the table of the family, who won and lost, and what pairing was worth.

use super::facts::Mood;
use super::layout::{COLUMNS, Style, pad, right, wrap};
use super::many::{is_share, name_of, reach_of, value_of};
use super::words::{count, counted, duration, fit, listed, or_nothing, percent, points, rounded, width};
use crate::experiment::compare::{Against, Comparison, Difference, Flips, Verdict};
use std::fmt::Write;

/// Widths of the columns of the table.
const NAME: usize = 24;
const SIDE: usize = 16;
const CHANGE: usize = 24;
const P: usize = 10;
/// How many clauses the sentence on top has at most.
const CLAUSES: usize = 3;

/// The summary of a comparison, ending with a line break.
pub fn compared(comparison: &Comparison, style: Style) -> String {
    let mut out = String::new();
    let labels: Vec<&str> = comparison.variants.iter().map(|variant| variant.label.as_str()).collect();
    let title = format!(
        "{} against {}",
        listed(&labels[1..].iter().map(|label| (*label).to_owned()).collect::<Vec<_>>()),
        labels[0]
    );
    let _ = writeln!(out, "{}", style.bold(&fit(&title, COLUMNS)));
    let first = &comparison.variants[0].runs;
    let seeds = counted(comparison.seeds.len() as f64, "paired seed", "paired seeds");
    let persons = counted(first.persons as f64, "person", "persons");
    let seats = counted(first.seats as f64, "seat", "seats");
    let cast = format!("{persons}, {seats}, {seeds}: the same luck for each person under all of them.");
    let _ = writeln!(out, "{}", style.dim(&fit(&cast, COLUMNS)));
    for (variant, against) in comparison.variants[1..].iter().zip(&comparison.against) {
        out.push('\n');
        for line in wrap(&sentence(comparison, &variant.label, against), COLUMNS) {
            let _ = writeln!(out, "{}", style.bold(&line));
        }
        out.push('\n');
        table(&mut out, style, labels[0], &variant.label, against);
        flips(&mut out, style, labels[0], &variant.label, against, comparison.seeds.len());
        worth(&mut out, style, against);
    }
    plane(&mut out, style, comparison);
    out
}

/// The one sentence: what changes most, with intervals; or that these seeds cannot tell them apart.
pub fn sentence(comparison: &Comparison, label: &str, against: &Against) -> String {
    let seeds = comparison.seeds.len();
    let paired = counted(seeds as f64, "paired seed", "paired seeds");
    let first = &comparison.variants[0].label;
    let told: Vec<&Difference> = against.family().filter(|difference| difference.is_told()).collect();
    if told.is_empty() {
        let same = against.family().all(|difference| difference.verdict == Some(Verdict::Same));
        return if same {
            format!("{label} and {first} are the same in every figure of every run ({paired}).")
        } else {
            format!("{} cannot tell {label} and {first} apart.", counted(seeds as f64, "seed", "seeds"))
        };
    }
    let cohort = told
        .iter()
        .filter(|difference| difference.metric == "fairness.success" && difference.cohort.is_some())
        .max_by(|a, b| size(a).total_cmp(&size(b)));
    let of = |metric: &str| {
        told.iter().find(|difference| difference.metric == metric && difference.cohort.is_none())
    };
    let candidates = [
        cohort,
        of("silent.failure_rate"),
        of("fairness.envy"),
        of("wait.winners.p50"),
        of("sale.sold"),
        of("load.requests_per_ticket"),
        of("sale.sold_out_at"),
    ];
    let mut clauses: Vec<String> =
        candidates.into_iter().flatten().take(CLAUSES).map(|difference| clause(difference)).collect();
    if clauses.is_empty() {
        clauses = told.iter().take(CLAUSES).map(|difference| clause(difference)).collect();
    }
    format!("{label} {} ({paired}, against {first}).", listed(&clauses))
}

fn size(difference: &Difference) -> f64 {
    difference.mean.unwrap_or(0.0).abs()
}

/// What a difference means, as the end of a sentence that begins with the variant's name.
fn clause(difference: &Difference) -> String {
    let (mean, half) = (difference.mean.unwrap_or(0.0), difference.half_width.unwrap_or(0.0));
    let (first, other) = (difference.first.unwrap_or(0.0), difference.other.unwrap_or(0.0));
    let more = mean > 0.0;
    let by_points = format!("{} ± {}", signed_points(mean), points(half));
    match (difference.metric.as_str(), &difference.cohort) {
        ("fairness.success", Some(cohort)) => {
            format!(
                "moves the success of {cohort} from {} to {} ({by_points})",
                percent(first),
                percent(other)
            )
        }
        ("silent.failure_rate", _) => {
            let who = if more { "leaves more people untold" } else { "leaves fewer people untold" };
            format!("{who}, {} instead of {} ({by_points})", percent(other), percent(first))
        }
        ("fairness.envy", _) => {
            let turns = if more { "raises" } else { "lowers" };
            format!("{turns} justified envy from {} to {}", short(first), short(other))
        }
        ("wait.winners.p50", _) => {
            let does = if more { "costs winners" } else { "saves winners" };
            format!("{does} {} ± {} of median wait", duration(mean.abs()), duration(half))
        }
        ("sale.sold", _) => {
            let sells = if more { "more" } else { "fewer" };
            format!("sells {} ± {} seats {sells}", short(mean.abs()), short(half))
        }
        (metric, _) => {
            let turns = if more { "raises" } else { "lowers" };
            format!(
                "{turns} {} from {} to {}",
                name_of(metric),
                value_of(metric, Some(first)),
                value_of(metric, Some(other))
            )
        }
    }
}

fn short(value: f64) -> String {
    rounded(value, 3).to_string()
}

fn signed_points(difference: f64) -> String {
    let sign = if difference > 0.0 { "+" } else { "" };
    format!("{sign}{}", points(difference)).replace(" points", "").replace(" point", "")
}

/// A difference with its sign and interval.
fn change(difference: &Difference) -> String {
    let (Some(mean), half) = (difference.mean, difference.half_width.unwrap_or(0.0)) else {
        return "–".to_owned();
    };
    let sign = if mean > 0.0 { "+" } else { "" };
    let metric = difference.metric.as_str();
    if is_share(metric) {
        return format!("{} ± {}", signed_points(mean), points(half));
    }
    format!("{sign}{} ± {}", value_of(metric, Some(mean)), reach_of(metric, half))
}

fn p_value(difference: &Difference) -> String {
    or_nothing(difference.p_adjusted, |p| if p < 0.001 { "< 0.001".to_owned() } else { format!("{p:.3}") })
}

fn verdict(difference: &Difference) -> (Mood, &'static str) {
    match difference.verdict {
        Some(Verdict::Better) => (Mood::Told, "better"),
        Some(Verdict::Worse) => (Mood::Untold, "worse"),
        Some(Verdict::Different) => (Mood::Half, "different"),
        Some(Verdict::Same) => (Mood::Open, "same"),
        Some(Verdict::CannotTell) | None => (Mood::Open, "cannot tell"),
    }
}

fn table(out: &mut String, style: Style, first: &str, other: &str, against: &Against) {
    let head = pad("", NAME)
        + &right(&fit(first, SIDE - 2), SIDE)
        + &right(&fit(other, SIDE - 2), SIDE)
        + &right("difference ± 95 %", CHANGE)
        + &right("p (Holm)", P)
        + "  verdict";
    let _ = writeln!(out, "{}", style.dim(&head));
    for difference in against.family().filter(|difference| difference.pairs > 0) {
        let name = match &difference.cohort {
            Some(cohort) if difference.metric == "fairness.success" => format!("success, {cohort}"),
            Some(cohort) => format!("{}, {cohort}", name_of(&difference.metric)),
            None => name_of(&difference.metric).to_owned(),
        };
        let metric = difference.metric.as_str();
        let (mood, word) = verdict(difference);
        let line = pad(&fit(&name, NAME), NAME)
            + &right(&value_of(metric, difference.first), SIDE)
            + &right(&value_of(metric, difference.other), SIDE)
            + &right(&change(difference), CHANGE)
            + &right(&p_value(difference), P);
        let dropped =
            if difference.dropped > 0 { format!(" ({} pairs)", difference.pairs) } else { String::new() };
        let _ = writeln!(out, "{line}  {}{dropped}", style.mood(mood, word));
    }
    out.push('\n');
}

fn flips(out: &mut String, style: Style, first: &str, other: &str, against: &Against, runs: usize) {
    let Some(all) = against.flips.last() else { return };
    let heads = ["persons", "won both", "won → lost", "lost → won", "lost both"];
    let name_width =
        against.flips.iter().filter_map(|row| row.cohort.as_deref()).map(width).max().unwrap_or(0);
    let name_width = name_width.clamp(6, NAME);
    let title = format!("The same persons under {first} and then {other}, a run on average");
    let _ = writeln!(out, "{}", style.dim(&fit(&title, COLUMNS)));
    let head = heads.iter().fold(pad("", name_width), |line, head| line + &right(head, 13));
    let _ = writeln!(out, "{}", style.dim(&head));
    let several = against.flips.len() > 2;
    for row in against.flips.iter().filter(|row| several || row.cohort == all.cohort) {
        let Flips { cohort, persons, won_both, won_to_lost, lost_to_won, lost_both } = row;
        let mut line = pad(&fit(cohort.as_deref().unwrap_or("all"), name_width), name_width);
        for n in [persons, won_both, won_to_lost, lost_to_won, lost_both] {
            line.push_str(&right(&count(*n as f64 / runs as f64), 13));
        }
        let _ = writeln!(out, "{line}");
    }
    out.push('\n');
}

/// What pairing was worth, over the rows where it can be said.
fn worth(out: &mut String, style: Style, against: &Against) {
    let worths = || against.family().filter_map(|difference| difference.worth);
    let (Some(least), Some(most)) = (worths().reduce(f64::min), worths().reduce(f64::max)) else { return };
    let text = format!(
        "Pairing was worth {} to {} times as many runs without it.",
        rounded(least, 2),
        rounded(most, 2)
    );
    let _ = writeln!(out, "{}", style.dim(&text));
}

fn plane(out: &mut String, style: Style, comparison: &Comparison) {
    let places: Vec<String> = comparison
        .variants
        .iter()
        .filter_map(|variant| {
            let jain = variant.place?.ex_ante_jain?;
            let envy = variant.runs.mean("fairness.envy")?;
            Some(format!("{} envy {envy:.2}, equal chances {jain:.2}", variant.label))
        })
        .collect();
    if places.is_empty() {
        return;
    }
    let text = format!(
        "Two principles (envy 0: seniority kept; ex-ante Jain 1: equal chances): {}.",
        places.join("; ")
    );
    for line in wrap(&text, COLUMNS) {
        let _ = writeln!(out, "{}", style.dim(&line));
    }
}
