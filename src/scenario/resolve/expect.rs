//! What the lines of `expect` mean: names that refer to something, units that fit, instants inside the sale.

use super::super::diagnose::printable;
use super::super::expect::{Expectation, IfMissed};
use super::super::form::suggest;
use super::super::plan::ExpectationPlan;
use super::super::{Scenario, Severity};
use super::check::Found;
use super::check_crowd::one_of;
use super::instant;
use crate::engine::time::{Span, Time};
use crate::expr::{self, Line, LineError, Part};
use crate::metrics::names::{self, Definition, Per};
use crate::protocol::CohortId;
use std::ops::Range;

/// Most names that a remedy lists.
const LISTED: usize = 8;

/// Checks every line.
pub(super) fn check_expect(scenario: &Scenario, found: &mut Found) {
    for i in 0..scenario.expect.len() {
        if found.is_full() {
            return;
        }
        Lines { scenario, i, found }.resolve();
    }
}

/// Every line, ready to be judged; they have been checked.
pub(super) fn expectation_plans(scenario: &Scenario) -> Vec<ExpectationPlan> {
    let resolved = |i| Lines { scenario, i, found: &mut Found::default() }.resolve();
    (0..scenario.expect.len()).map(|i| resolved(i).expect("checked: every line means something")).collect()
}

/// One line of the list, and where its mistakes go.
struct Lines<'s> {
    scenario: &'s Scenario,
    i: usize,
    found: &'s mut Found,
}

impl Lines<'_> {
    fn expectation(&self) -> &Expectation {
        &self.scenario.expect[self.i]
    }

    fn wrong(&mut self, span: &Range<usize>, problem: &str, remedy: &str, because_of: &[&str]) {
        self.say(Severity::Error, span, problem, remedy);
        self.found.because_of(because_of);
    }

    fn say(&mut self, severity: Severity, span: &Range<usize>, problem: &str, remedy: &str) {
        let path = match self.expectation().if_missed {
            // A bare text, or the only value of an object: the place is found either way.
            IfMissed::Fail => format!("expect[{}]", self.i),
            IfMissed::Warn => format!("expect[{}].warn", self.i),
        };
        let clean = |text: &str| crate::visible::visible(text, '\u{fffd}');
        match severity {
            Severity::Error => self.found.error(path, clean(problem), clean(remedy)),
            Severity::Warning => self.found.warning(path, clean(problem), clean(remedy)),
        }
        self.found.within(span.clone());
    }

    fn malformed(&mut self, error: &LineError) {
        self.wrong(&error.span, &error.problem, &error.remedy, &[]);
    }

    /// What the line means; `None` where it means nothing, and that has been told.
    fn resolve(&mut self) -> Option<ExpectationPlan> {
        let Expectation { if_missed, line: text } = self.expectation().clone();
        let errors = self.found.errors();
        let line = expr::parse(&text).map_err(|error| self.malformed(&error)).ok()?;
        let cohort = line.cohort.as_ref().and_then(|name| self.cohort(name));
        line.station.iter().for_each(|name| self.check_station(name));
        let metric = self.metric(&line.metric)?;
        self.check_over_what(metric, &line);
        let at = line.at.as_ref().and_then(|at| self.instant(metric, at));
        let bounds = line.bounds(metric.unit).map_err(|error| self.malformed(&error)).ok()?;
        self.warn_of_bare_times(metric, &line);
        if self.found.errors() > errors {
            return None;
        }
        let (text, station) = (line.to_string(), line.station.map(|name| name.says));
        Some(ExpectationPlan { line: text, if_missed, metric, cohort, station, at, bounds })
    }

    fn metric(&mut self, name: &Part<String>) -> Option<&'static Definition> {
        let definition = names::find(&name.says);
        if definition.is_none() {
            let problem = format!("there is no metric `{}`", printable(&name.says));
            self.wrong(&name.span, &problem, &suggest_metric(&name.says), &[]);
        }
        definition
    }

    fn cohort(&mut self, name: &Part<String>) -> Option<CohortId> {
        let crowd = &self.scenario.crowd;
        let index = crowd.iter().position(|cohort| cohort.name == name.says);
        if index.is_none() {
            let known: Vec<&str> = crowd.iter().map(|cohort| cohort.name.as_str()).collect();
            let problem = format!("there is no cohort \"{}\"", printable(&name.says));
            self.wrong(&name.span, &problem, &one_of(&name.says, &known), &["crowd"]);
        }
        u8::try_from(index?).ok().map(CohortId)
    }

    fn check_station(&mut self, name: &Part<String>) {
        let declared = self.scenario.services.all().into_iter().filter(|(_, station)| station.is_some());
        let known: Vec<&str> = declared.map(|(name, _)| name).collect();
        if !known.contains(&name.says.as_str()) {
            let problem = format!("there is no station \"{}\"", printable(&name.says));
            let remedy = match known.as_slice() {
                [] => "declare one in `services`".to_owned(),
                known => one_of(&name.says, known),
            };
            self.wrong(&name.span, &problem, &remedy, &["services"]);
        }
    }

    /// A metric is given over the whole sale, for each cohort, at each station, or over several of these.
    fn check_over_what(&mut self, metric: &Definition, line: &Line) {
        let mut wrong = |place: &Part<String>, problem: &str, remedy: &str| {
            self.wrong(&place.span, &format!("`{}` is {problem}", metric.name), remedy, &[]);
        };
        match (&line.cohort, metric.per) {
            (Some(cohort), Per::Sale | Per::Station) => {
                wrong(cohort, "not given for each cohort", "leave @ cohort out");
            }
            (None, Per::Cohort) => wrong(&line.metric, "given for each cohort only", "add @ cohort=NAME"),
            _ => {}
        }
        match (&line.station, metric.per) {
            (Some(station), Per::Sale | Per::SaleAndCohort | Per::Cohort) => {
                wrong(station, "not given for each station", "leave @ station out");
            }
            (None, Per::Station) => wrong(&line.metric, "given for each station only", "add @ station=NAME"),
            _ => {}
        }
    }

    /// The instant that `@ t=` names; it must lie in the sale, and the metric must be known then.
    fn instant(&mut self, metric: &Definition, at: &Part<Span>) -> Option<Time> {
        if !names::known_at_instants().any(|name| name == metric.name) {
            let problem = format!("`{}` is not known over time", metric.name);
            let remedy = "leave @ t out: only counts of what happens are, such as sale.sold or load.requests";
            self.wrong(&at.span, &problem, remedy, &[]);
        }
        let (opens_at, horizon) = (self.scenario.opens_at, self.scenario.horizon_or_default());
        let length = horizon - opens_at;
        if at.says > length {
            let problem = format!("{} after the opening is beyond the horizon", at.says);
            let remedy = format!("t counts from the opening: write at most t={length}");
            self.wrong(&at.span, &problem, &remedy, &["opens_at", "horizon"]);
            return None;
        }
        Some(instant(opens_at + at.says))
    }

    /// A time without a unit is taken as seconds, which may not be what was meant.
    fn warn_of_bare_times(&mut self, metric: &Definition, line: &Line) {
        for amount in line.amounts().filter(|amount| metric.unit == "s" && amount.unit.is_none()) {
            let problem = "this time has no unit, and is taken as seconds";
            self.say(
                Severity::Warning,
                &amount.number.span,
                problem,
                &format!("write {amount} s, or another unit"),
            );
        }
    }
}

/// Which metric was probably meant, or what there is.
pub(super) fn suggest_metric(written: &str) -> String {
    let named = |wanted: &dyn Fn(&str) -> bool| -> Vec<&str> {
        names::all().map(|definition| definition.name).filter(|name| wanted(name)).collect()
    };
    let percentile = |name: &str| -> Option<String> {
        let (base, last) = name.rsplit_once('.')?;
        let digits = last.strip_prefix('p')?;
        (!digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())).then(|| base.to_owned())
    };
    let inside = named(&|name| name.strip_prefix(written).is_some_and(|rest| rest.starts_with('.')));
    if !inside.is_empty() {
        return format!("there are {}", listed(&inside));
    }
    if let Some(base) = percentile(written) {
        let siblings = named(&|name| percentile(name).is_some_and(|other| other == base));
        if !siblings.is_empty() {
            return format!("there are {}", listed(&siblings));
        }
    }
    if let Some(name) = suggest(written, names::all().map(|definition| definition.name)) {
        return format!("did you mean `{name}`?");
    }
    let family = written.split('.').next().unwrap_or_default();
    match named(&|name| name.split('.').next() == Some(family)).as_slice() {
        [] => "result.json of any run lists all of them, such as silent.failure_rate".to_owned(),
        siblings => format!("there are {}", listed(siblings)),
    }
}

/// Names as a sentence has them, the first few of many.
fn listed(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    let more = names.len() - shown.len();
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    shown.join(", ") + &rest
}
