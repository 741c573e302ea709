//! What can be wrong with the margins that `onsale check` holds a sale to.

use super::super::Scenario;
use super::super::diagnose::printable;
use super::super::gate::{DIFFERENCES, Margin};
use super::check::Found;
use super::check_crowd::one_of;
use super::expect::suggest_metric;
use crate::metrics::names::{self, Better, Definition, Per};

/// Checks every margin.
pub(super) fn check_margins(scenario: &Scenario, found: &mut Found) {
    let margins = &scenario.check.margins;
    for (i, margin) in margins.iter().enumerate() {
        if found.is_full() {
            return;
        }
        let path = format!("check.margins[{i}]");
        if let Some(metric) = names::find(&margin.metric) {
            check_metric(scenario, margin, metric, &path, found);
        } else {
            let problem = format!("there is no metric `{}`", printable(&margin.metric));
            found.error(format!("{path}.metric"), problem, suggest_metric(&margin.metric));
        }
        check_size(margin, &path, found);
        let same = |other: &&Margin| other.metric == margin.metric && other.cohort == margin.cohort;
        if margins[..i].iter().any(|other| same(&other)) {
            let problem = format!("`{}` has a margin already", printable(&margin.metric));
            found.error(format!("{path}.metric"), problem, "keep one of them");
            found.because_of(&["check.margins"]);
        }
    }
}

fn check_metric(scenario: &Scenario, margin: &Margin, metric: &Definition, path: &str, found: &mut Found) {
    let name = metric.name;
    let at = format!("{path}.metric");
    if metric.better == Better::Neither && !DIFFERENCES.contains(&name) {
        let problem =
            format!("`{name}` is neither better nor worse when it grows, so nothing can be too much of it");
        found.error(at, problem, "choose a metric with a direction, or write a line of `expect`");
    } else if metric.per == Per::Station {
        let problem = format!("`{name}` is given for each station only");
        found.error(at, problem, "write a line of `expect`: margins are over all persons or a cohort");
    }
    let Some(cohort) = &margin.cohort else { return };
    let known: Vec<&str> = scenario.crowd.iter().map(|cohort| cohort.name.as_str()).collect();
    let at = format!("{path}.cohort");
    if metric.per == Per::Sale {
        found.error(at, format!("`{name}` is not given for each cohort"), "leave `cohort` out");
    } else if !known.contains(&cohort.as_str()) {
        let problem = format!("there is no cohort \"{}\"", printable(cohort));
        found.error(at, problem, one_of(cohort, &known));
        found.because_of(&["crowd"]);
    }
}

/// There is one size.
fn check_size(margin: &Margin, path: &str, found: &mut Found) {
    match (margin.absolute, margin.relative) {
        (Some(_), None) | (None, Some(_)) => {}
        (None, None) => {
            let remedy =
                "write `absolute` in the unit of the metric, or `relative` as a share of the baseline's mean";
            found.error(path, "this margin has no size", remedy);
        }
        (Some(_), Some(_)) => {
            found.error(path, "this margin has two sizes", "keep `absolute` or `relative`");
        }
    }
}
