//! The plane of two principles: justified envy across, ex-ante Jain up. A line that keeps its order stands at the left,
//! a lottery at the top; no score adds the two up.

use super::{Filled, dot, in_title, rendered};
use crate::experiment::compare::Comparison;
use crate::metrics::names;
use crate::report::charts::Chart;
use crate::report::charts::axis::{BOLD, apart};
use crate::report::charts::canvas::{Frame, LABEL, Pen, Side, draw, shortened, text_width};
use crate::report::charts::palette::{Color, DEMAND, GRID, INK, MUTED};

/// One variant.
struct Dot<'a> {
    name: &'a str,
    envy: f64,
    half: f64,
    jain: f64,
    /// It is what the others are held against.
    is_first: bool,
}

impl Dot<'_> {
    const fn color(&self) -> Color {
        if self.is_first { INK } else { DEMAND }
    }
}

/// The plane; `None` where fewer than two places are known.
pub(super) fn plane(comparison: &Comparison) -> Option<Chart> {
    let dots: Vec<Dot<'_>> = comparison
        .variants
        .iter()
        .enumerate()
        .filter_map(|(number, variant)| {
            let envy = variant.runs.metric(names::FAIRNESS_ENVY, None, None)?;
            Some(Dot {
                name: &variant.label,
                envy: envy.mean?,
                half: envy.half_width.unwrap_or(0.0),
                jain: variant.place?.ex_ante_jain?,
                is_first: number == 0,
            })
        })
        .collect();
    if dots.len() < 2 {
        return None;
    }
    let throws =
        comparison.variants.iter().filter_map(|variant| Some(variant.place?.throws)).max().unwrap_or(0);
    let mut about = format!(
        "Across: justified envy, the share of pairs in which the one who joined first lost to the other, with 95 % \
         intervals; 0: seniority is kept, 1/2: as under a lottery. Up: how equal the chances were before the policy's dice \
         fell (ex-ante Jain, {throws} throws for one crowd); 1: everybody's chance is the same."
    );
    if dots.len() < comparison.variants.len() {
        about.push_str(" Variants that are not drawn come from saved results, or nobody won under them.");
    }
    Some(rendered("plane.svg", title(&dots), &about, |frame, title| picture(frame, title, &dots)))
}

fn title(dots: &[Dot<'_>]) -> String {
    let senior = dots.iter().reduce(|a, b| if b.envy < a.envy { b } else { a }).expect("two dots");
    let equal = dots.iter().reduce(|a, b| if b.jain > a.jain { b } else { a }).expect("two dots");
    let spread = |of: fn(&Dot<'_>) -> f64| {
        let values = || dots.iter().map(of);
        values().fold(0.0, f64::max) - values().fold(f64::INFINITY, f64::min)
    };
    if spread(|dot| dot.envy) < 0.02 && spread(|dot| dot.jain) < 0.02 {
        return "By seniority and by equal chances, the variants stand in one place".to_owned();
    }
    if std::ptr::eq(senior, equal) {
        return format!("{} comes nearest to both seniority and equal chances", in_title(senior.name));
    }
    let senior = nearest(dots, |dot| dot.envy - senior.envy);
    let equal = nearest(dots, |dot| equal.jain - dot.jain);
    format!("Nearest to seniority: {senior}; to equal chances: {equal}")
}

/// Who comes nearest, by the first of those who cannot be told apart on the chart.
fn nearest(dots: &[Dot<'_>], distance: impl Fn(&Dot<'_>) -> f64) -> String {
    let near: Vec<&Dot<'_>> = dots.iter().filter(|dot| distance(dot) < 0.005).collect();
    match near.as_slice() {
        [] => String::new(),
        [one] => in_title(one.name),
        [one, other] => format!("{} and {}", in_title(one.name), in_title(other.name)),
        [one, others @ ..] => format!("{} and {} others", in_title(one.name), others.len()),
    }
}

/// The part of the chart where dots are.
struct Square {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Square {
    fn x(&self, envy: f64) -> f64 {
        self.left + envy.clamp(0.0, 1.0) * (self.right - self.left)
    }

    fn y(&self, jain: f64) -> f64 {
        self.bottom - jain.clamp(0.0, 1.0) * (self.bottom - self.top)
    }
}

fn picture(frame: Frame, title: &str, dots: &[Dot<'_>]) -> String {
    let square = Square {
        left: 34.0,
        right: frame.width() - 14.0,
        top: 44.0,
        bottom: if frame.is_narrow() { 330.0 } else { 404.0 },
    };
    draw(frame, title, square.bottom + 62.0, |pen| {
        axes(pen, &square);
        let labels: Vec<f64> = dots.iter().map(|dot| square.y(dot.jain)).collect();
        let heights = apart(&labels, square.top + 10.0, square.bottom - 10.0);
        for (one, height) in dots.iter().zip(heights) {
            let (x, y) = (square.x(one.envy), square.y(one.jain));
            pen.line(
                &[(square.x(one.envy - one.half), y), (square.x(one.envy + one.half), y)],
                one.color(),
                2.0,
            );
            dot(pen, (x, y), one.color(), if one.is_first { Filled::No } else { Filled::Yes });
            label(pen, &square, one, (x, height));
        }
    })
}

/// Writes the name of a dot on the side where there is more room.
fn label(pen: &Pen<'_>, square: &Square, one: &Dot<'_>, (x, y): (f64, f64)) {
    let reach = square.x(one.envy + one.half).max(x + 6.0);
    let least = square.x(one.envy - one.half).min(x - 6.0);
    let (after, before) = (square.right - reach - 8.0, least - square.left - 8.0);
    if after >= before || after >= text_width(one.name, LABEL) * BOLD {
        pen.bold(
            (reach + 6.0, y),
            Side::Right,
            LABEL,
            one.color(),
            &shortened(one.name, LABEL * BOLD, after),
        );
    } else {
        pen.bold(
            (least - 6.0, y),
            Side::Left,
            LABEL,
            one.color(),
            &shortened(one.name, LABEL * BOLD, before),
        );
    }
}

fn axes(pen: &Pen<'_>, square: &Square) {
    for value in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let (x, y) = (square.x(value), square.y(value));
        pen.line(&[(square.left, y), (square.right, y)], GRID, 1.0);
        pen.line(&[(x, square.top), (x, square.bottom)], GRID, 1.0);
        pen.text((square.left - 6.0, y), Side::Left, LABEL, MUTED, &value.to_string());
        pen.text((x, square.bottom + 14.0), Side::Both, LABEL, MUTED, &value.to_string());
    }
    pen.line(&[(square.left, square.top), (square.left, square.bottom)], MUTED, 1.5);
    pen.line(&[(square.left, square.top), (square.right, square.top)], MUTED, 1.5);
    pen.text((0.0, 10.0), Side::Right, LABEL, MUTED, "ex-ante Jain");
    pen.bold((square.right, 28.0), Side::Left, LABEL, INK, "↑ equal chances");
    pen.text((square.right, square.bottom + 34.0), Side::Left, LABEL, MUTED, "justified envy");
    pen.bold((0.0, square.bottom + 34.0), Side::Right, LABEL, INK, "← keeps seniority");
}
