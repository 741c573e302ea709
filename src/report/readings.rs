//! What both the terminal and the page show: rows and numbers read out of a result once, so that the two can
//! never disagree. Nothing here knows colours or layout.

use super::formatting::or_nothing;
use crate::experiment::result::RunResult;
use crate::metrics::names;

/// How a row of the table of belief and truth is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rating {
    /// The screen said what was true.
    Good,
    /// The screen said something readable, but not the last word.
    Partial,
    /// The screen said nothing, or something wrong.
    Bad,
    /// Nothing was decided, so there was nothing to tell.
    Neutral,
}

impl Rating {
    /// The class of its colour in the page.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Rating::Good => "told",
            Rating::Partial => "half",
            Rating::Bad => "untold",
            Rating::Neutral => "open",
        }
    }
}

/// One row of the table of belief and truth.
pub(super) struct OutcomeRow {
    /// The metric that counts it.
    pub metric: &'static str,
    /// What was true and what the screen said, in words.
    pub words: &'static str,
    /// How it is to be taken.
    pub rating: Rating,
}

const fn row(metric: &'static str, words: &'static str, rating: Rating) -> OutcomeRow {
    OutcomeRow { metric, words, rating }
}

/// The table of belief and truth: its rows sum to the persons who came.
pub(super) const OUTCOMES: [OutcomeRow; 9] = [
    row(names::SILENT_TABLE_KNOWN_PURCHASE, "bought and knows it", Rating::Good),
    row(names::SILENT_TABLE_GHOST_PURCHASE, "bought, never told (ghost)", Rating::Bad),
    row(names::SILENT_TABLE_PHANTOM_PURCHASE, "thinks bought, has nothing (phantom)", Rating::Bad),
    row(names::SILENT_TABLE_KNOWN_REJECTION, "refused and told", Rating::Good),
    row(names::SILENT_TABLE_TOLD_NOT_FINAL, "refused, last heard a readable error", Rating::Partial),
    row(names::SILENT_TABLE_SILENT_REJECTION, "refused in silence", Rating::Bad),
    row(
        names::SILENT_TABLE_LEFT_BEFORE_DECISION_ANSWERED,
        "gave up before it was decided, was answered",
        Rating::Neutral,
    ),
    row(
        names::SILENT_TABLE_LEFT_BEFORE_DECISION_SILENT,
        "gave up before it was decided, in silence",
        Rating::Neutral,
    ),
    row(names::SILENT_TABLE_UNRESOLVED, "still there at the end, undecided", Rating::Neutral),
];

/// What the last attempt of a silent failure looked like.
pub(super) struct LastAttempt {
    /// The metric that counts it.
    pub metric: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// What happened, in words that follow "because".
    pub story: &'static str,
}

const fn last_attempt(metric: &'static str, name: &'static str, story: &'static str) -> LastAttempt {
    LastAttempt { metric, name, story }
}

/// What the last attempts of silent failures looked like.
pub(super) const CAUSES: [LastAttempt; 5] = [
    last_attempt(
        names::SILENT_CAUSE_OPAQUE,
        "unreadable error",
        "the last attempt ended in a network error with no status to read",
    ),
    last_attempt(
        names::SILENT_CAUSE_HANG,
        "no answer",
        "the last attempt hung until it timed out or was never answered",
    ),
    last_attempt(
        names::SILENT_CAUSE_AS_IF_UNDECIDED,
        "answered as if undecided",
        "the last answer read as if nothing were decided",
    ),
    last_attempt(
        names::SILENT_CAUSE_REFUSAL,
        "refused without a reason",
        "the last answer was a refusal that was not final",
    ),
    last_attempt(
        names::SILENT_CAUSE_FALSE_CONFIRMATION,
        "false confirmation",
        "a screen confirmed an order that does not exist",
    ),
];

/// What became of one cohort, or of all persons.
pub(super) struct CohortOutcome {
    /// The cohort's name; `None`: all persons.
    pub cohort: Option<String>,
    /// Persons who came.
    pub persons: Option<f64>,
    /// Have a ticket, told or not.
    pub bought: Option<f64>,
    /// `bought / persons`.
    pub success: Option<f64>,
    /// Understood a final no.
    pub told_no: Option<f64>,
    /// Refused, and the last they heard was a readable error.
    pub error_last: Option<f64>,
    /// Refused and never told, or told the opposite.
    pub silent: Option<f64>,
    /// Gave up before anything was decided.
    pub left: Option<f64>,
    /// Still there at the end.
    pub open: Option<f64>,
    /// Share of those who sent anything whose screen never said what was true.
    pub failure_rate: Option<f64>,
    /// Median wait in seconds, of those that [`waiters`] names.
    pub wait: Option<f64>,
    /// Its 95th percentile, in seconds.
    pub wait_p95: Option<f64>,
}

impl CohortOutcome {
    /// Reads what became of one cohort, or of all persons.
    pub(super) fn read(result: &RunResult, cohort: Option<&str>) -> CohortOutcome {
        let value = |name: &str| match cohort {
            Some(cohort) => result.of_cohort(name, cohort),
            None => result.value(name),
        };
        let table = |name: &str| value(&format!("silent.table.{name}"));
        // Of one cohort alone the winners' waits are those of all.
        let alone = result.cast.cohorts.len() == 1;
        let wait = |percentile: &str| {
            let name = format!("{}.{percentile}", waiters(result).metric());
            value(&name).or_else(|| result.value(&name).filter(|_| alone))
        };
        let in_cast = match cohort {
            Some(name) => result.cast.cohorts.iter().find(|c| c.name == name).map(|c| c.persons),
            None => Some(result.cast.persons),
        };
        let persons = value(names::CROWD_PERSONS).or(in_cast.map(|persons| persons as f64));
        let bought = sum(&[table("known_purchase"), table("ghost_purchase")]);
        let quotient = bought.zip(persons).filter(|(_, persons)| *persons > 0.0).map(|(b, p)| b / p);
        CohortOutcome {
            cohort: cohort.map(str::to_owned),
            persons,
            bought,
            success: value(names::FAIRNESS_SUCCESS).or(quotient),
            told_no: table("known_rejection"),
            error_last: table("told_not_final"),
            silent: sum(&[table("silent_rejection"), table("phantom_purchase")]),
            left: sum(&[table("left_before_decision_answered"), table("left_before_decision_silent")]),
            open: table("unresolved"),
            failure_rate: value(names::SILENT_FAILURE_RATE),
            wait: wait("p50"),
            wait_p95: wait("p95"),
        }
    }

    /// The cohorts in the order of the scenario.
    pub(super) fn of_cohorts(result: &RunResult) -> Vec<CohortOutcome> {
        result.cast.cohorts.iter().map(|cohort| CohortOutcome::read(result, Some(&cohort.name))).collect()
    }
}

/// Whose waits a table of cohorts can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiters {
    /// Those who bought.
    Winners,
    /// All who were told that it is their turn.
    Admitted,
}

impl Waiters {
    const fn metric(self) -> &'static str {
        match self {
            Waiters::Winners => "wait.winners",
            Waiters::Admitted => "wait",
        }
    }

    /// In words, for the page.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Waiters::Winners => {
                "from the first click or the opening, whichever was later, to the turn; of those who bought"
            }
            Waiters::Admitted => {
                "from the first click or the opening, whichever was later, to the turn; of all who got one"
            }
        }
    }
}

/// The winners' waits where cohorts have them, and otherwise those of all who got a turn, so that one column
/// never mixes the two.
pub(super) fn waiters(result: &RunResult) -> Waiters {
    let has = |m: &crate::experiment::result::Value| m.name == names::WAIT_WINNERS_P50 && m.cohort.is_some();
    if result.metrics.iter().any(has) || result.cast.cohorts.len() < 2 {
        Waiters::Winners
    } else {
        Waiters::Admitted
    }
}

/// The sum of the values that are defined; `None` if none is.
pub(super) fn sum(values: &[Option<f64>]) -> Option<f64> {
    values.iter().flatten().fold(None, |sum, value| Some(sum.unwrap_or(0.0) + value))
}

/// The largest value of a series over all persons as a rate per second, and the start of its window in seconds
/// after the opening.
pub(super) fn peak(result: &RunResult, name: &str) -> Option<(f64, f64)> {
    let series = result.series(name)?;
    let timeline = &result.timeline;
    let window = timeline.window_us as f64 / 1e6;
    let mut best: Option<(usize, f64)> = None;
    for (at, value) in series.values.iter().copied().enumerate() {
        if value.is_finite() && best.is_none_or(|(_, most)| value > most) {
            best = Some((at, value));
        }
    }
    let (at, most) = best.filter(|(_, most)| *most > 0.0 && window > 0.0)?;
    let start = timeline.start_us as f64 / 1e6 + at as f64 * window;
    Some((most / window, start - opens_at(result)))
}

/// The opening of the sale, in seconds.
pub(super) fn opens_at(result: &RunResult) -> f64 {
    result.clock.opens_at_us as f64 / 1e6
}

/// The title of the report: what the scenario calls itself, or the name of its file.
pub(super) fn title(result: &RunResult) -> String {
    result.scenario.title_or(&result.name).to_owned()
}

/// What was simulated, in one sentence.
pub(super) fn simulated(result: &RunResult) -> String {
    use super::formatting::{count, counted};
    let cast = &result.cast;
    let cohorts = match cast.cohorts.len() {
        0 | 1 => String::new(),
        many => format!(" in {many} cohorts"),
    };
    let line = match (cast.has_line, cast.new_per_minute) {
        (false, _) => "no waiting room".to_owned(),
        (true, None) => format!("policy {}", cast.policy),
        (true, Some(turns)) if result.value(names::LINE_SWITCHED_ON).is_some() => {
            format!("policy {}, once on at most {} turns a minute", cast.policy, count(turns as f64))
        }
        (true, Some(turns)) => {
            format!("policy {}, at most {} turns a minute", cast.policy, count(turns as f64))
        }
    };
    format!(
        "{}{cohorts} wanted {}; {line}",
        counted(cast.persons as f64, "person", "persons"),
        counted(cast.seats as f64, "seat", "seats"),
    )
}

/// What one station went through, in short sentences of a table.
pub(super) struct StationFacts {
    /// Its name.
    pub name: String,
    /// How many it serves at a time.
    pub servers: String,
    /// Requests served.
    pub served: String,
    /// Busy share of its servers.
    pub utilisation: String,
    /// Mean wait before service.
    pub wait_mean: String,
    /// 95th percentile of that wait.
    pub wait_p95: String,
    /// Longest queue.
    pub queue_max: String,
    /// Requests refused because the queue was full.
    pub refused: String,
}

/// The stations, in the order of the scenario.
pub(super) fn stations(result: &RunResult) -> Vec<StationFacts> {
    use super::formatting::{count, duration, percent};
    let at = |name: &str, station: &str| result.of_station(name, station);
    let read = |station: &crate::experiment::result::StationInfo| StationFacts {
        name: station.name.clone(),
        servers: match at(names::AUTOSCALE_SERVERS_PEAK, &station.name) {
            Some(peak) if peak > station.servers as f64 => {
                format!("{} to {}", count(station.servers as f64), count(peak))
            }
            _ => count(station.servers as f64),
        },
        served: or_nothing(at(names::STATION_SERVED, &station.name), count),
        utilisation: or_nothing(at(names::STATION_UTILISATION, &station.name), percent),
        wait_mean: or_nothing(at(names::STATION_WAIT_MEAN, &station.name), duration),
        wait_p95: or_nothing(at(names::STATION_WAIT_P95, &station.name), duration),
        queue_max: or_nothing(at(names::STATION_QUEUE_MAX, &station.name), count),
        refused: or_nothing(at(names::STATION_REFUSED, &station.name), count),
    };
    result.cast.stations.iter().map(read).collect()
}
