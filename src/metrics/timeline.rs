//! Quantities over simulated time. Facts come out of order, so each window keeps changes, and levels are summed
//! up at the end.

use super::observability::{self, Window, is_failure};
use super::people::{News, People, Shown, ShownNews, cohort_ends, cohort_index};
use super::windows::Windows;
use super::{Definition, Metric, Per, Recorder, Series, Timeline};
use crate::engine::time::{Span, Time};
use crate::protocol::{Cause, Fact, Kind, Reading, Reply, Roster, StatusClass, Truth};

const fn of_sale(name: &'static str, unit: &'static str, doc: &'static str) -> Definition {
    Definition::plain(name, unit, doc)
}

const fn of_cohorts(name: &'static str, doc: &'static str) -> Definition {
    Definition::plain(name, "persons", doc).per(Per::SaleAndCohort)
}

/// The names of its metrics.
pub(crate) use super::observability::names;

/// The names of its quantities.
pub(crate) mod series {
    pub(crate) const ARRIVALS: &str = "arrivals";
    pub(crate) const REQUESTS: &str = "requests";
    pub(crate) const POLLS: &str = "polls";
    pub(crate) const ANSWERED_2XX: &str = "answered.2xx";
    pub(crate) const ANSWERED_4XX: &str = "answered.4xx";
    pub(crate) const ANSWERED_5XX: &str = "answered.5xx";
    pub(crate) const IN_LINE: &str = "in_line";
    pub(crate) const INSIDE: &str = "inside";
    pub(crate) const SOLD: &str = "sold";
    pub(crate) const HELD: &str = "held";
    pub(crate) const TURNS: &str = "turns";
    pub(crate) const ERRORS_SEEN: &str = "errors_seen";
    pub(crate) const ATTEMPTS_ENDED: &str = "attempts.ended";
    pub(crate) const ATTEMPTS_FAILED: &str = "attempts.failed";
    pub(crate) const LOGGED_FAILED: &str = "logged.failed";
    pub(crate) const OBSERVABILITY_GAP: &str = "observability_gap";
    pub(crate) const OUTCOME_BOUGHT: &str = "outcome.bought";
    pub(crate) const OUTCOME_TOLD_NO: &str = "outcome.told_no";
    pub(crate) const OUTCOME_GAVE_UP: &str = "outcome.gave_up";
    pub(crate) const OUTCOME_WAITING: &str = "outcome.waiting";
}

/// Every quantity over time: first those of the sale, in the order of [`Column`], then those of the cohorts.
pub(super) const SERIES: &[Definition] = &[
    of_sale(series::ARRIVALS, "persons", "Persons who came, in each window."),
    of_sale(series::REQUESTS, "requests", "Requests that left a client, in each window."),
    of_sale(series::POLLS, "requests", "Of those, the ones that asked for one's place in line."),
    of_sale(
        series::ANSWERED_2XX,
        "replies",
        "Replies that left a gateway with a status of 200..=399, in each window.",
    ),
    of_sale(
        series::ANSWERED_4XX,
        "replies",
        "Replies that left a gateway with a status of 400..=499, in each window.",
    ),
    of_sale(
        series::ANSWERED_5XX,
        "replies",
        "Replies that left a gateway with a status of 500 or more, in each window.",
    ),
    of_sale(series::IN_LINE, "sessions", "Sessions in the lounge or in line, at the end of each window."),
    of_sale(
        series::INSIDE,
        "sessions",
        "Sessions inside: choosing, holding or paying, at the end of each window.",
    ),
    of_sale(series::SOLD, "seats", "Seats sold so far, at the end of each window."),
    of_sale(series::HELD, "seats", "Seats held, at the end of each window."),
    of_sale(series::TURNS, "turns", "Turns issued, in each window."),
    of_sale(
        series::ERRORS_SEEN,
        "attempts",
        "Attempts that ended in an unreadable error, a readable 5xx or the client's own timeout, in each window.",
    ),
    of_sale(series::ATTEMPTS_ENDED, "attempts", "Attempts that ended for their client, in each window."),
    of_sale(
        series::ATTEMPTS_FAILED,
        "attempts",
        "Of those, the ones that ended in a 5xx, a 429, an unreadable error or the client's own timeout.",
    ),
    of_sale(
        series::LOGGED_FAILED,
        "replies",
        "Replies of 5xx and 429 in the gateways' logs, in each window.",
    ),
    of_sale(
        series::OBSERVABILITY_GAP,
        "attempts",
        "Attempts that failed beyond the share that the logs show: the gap (see silent.observability_gap) x attempts \
         that ended, in each window.",
    ),
    of_cohorts(
        series::OUTCOME_BOUGHT,
        "Persons whose screen has confirmed an order, at the end of each window.",
    ),
    of_cohorts(
        series::OUTCOME_TOLD_NO,
        "Persons whose screen has told them a final no, at the end of each window.",
    ),
    of_cohorts(
        series::OUTCOME_GAVE_UP,
        "Persons who left without a final answer, at the end of each window.",
    ),
    of_cohorts(
        series::OUTCOME_WAITING,
        "Persons who came and are none of the three, at the end of each window.",
    ),
];

/// Columns of the whole sale; those of the cohorts follow.
#[derive(Clone, Copy)]
enum Column {
    Arrivals,
    Requests,
    Polls,
    Success,
    ClientError,
    ServerError,
    InLine,
    Inside,
    Sold,
    Held,
    Turns,
    ErrorsSeen,
    Ended,
    Failed,
    LoggedFailed,
    // From here on without a series of their own.
    Logged,
    RefusedByDown,
    /// Polls that changed nothing, where they were answered: each was answered, logged and ended.
    Quiet,
    /// The same polls where they left: each was a request.
    QuietSent,
}

/// How many columns the whole sale has, and how many of them are series as they are.
const SALE: usize = 19;
const SHOWN: usize = 15;
/// The place of the observability gap among the series; those of the cohorts follow.
const GAP: usize = SHOWN;

/// Levels among them; the others are counts.
const LEVELS: [Column; 4] = [Column::InLine, Column::Inside, Column::Sold, Column::Held];

/// Series that count polls that changed nothing too, and where those are.
const QUIET: [(Column, Column); 4] = [
    (Column::Requests, Column::QuietSent),
    (Column::Polls, Column::QuietSent),
    (Column::Success, Column::Quiet),
    (Column::Ended, Column::Quiet),
];

/// Columns of each cohort: bought, told no, gave up, came.
const COHORT: usize = 4;

/// Changes by window.
pub(super) struct TimelineFamily {
    windows: Windows,
    cohort_ends: Vec<u32>,
}

impl Metric for TimelineFamily {
    const DEFINITIONS: &'static [Definition] = observability::DEFINITIONS;

    fn new(roster: &Roster) -> TimelineFamily {
        let columns = SALE + COHORT * roster.cohorts.len();
        TimelineFamily { windows: Windows::new(columns), cohort_ends: cohort_ends(roster) }
    }

    #[inline]
    fn hear(&mut self, at: Time, fact: &Fact, news: &News) {
        match *fact {
            Fact::Arrived { person } => {
                self.add(at, Column::Arrivals, 1);
                let cohort = cohort_index(&self.cohort_ends, person);
                self.windows.add(at, SALE + COHORT * cohort + 3, 1);
            }
            Fact::Sent { kind, .. } => {
                self.add(at, Column::Requests, 1);
                if kind == Kind::Poll {
                    self.add(at, Column::Polls, 1);
                }
            }
            Fact::Answered { kind, reply, .. } => {
                self.add(at, of_class(reply.class()), 1);
                if kind.is_waited_for() {
                    self.add(at, Column::Logged, 1);
                    self.add(at, Column::LoggedFailed, i64::from(is_failure(reply)));
                }
            }
            Fact::ConnectionClosed { cause: Cause::GatewayDown, .. } => {
                self.add(at, Column::RefusedByDown, 1);
            }
            Fact::TimedOut { .. } => self.ended(at, None),
            Fact::Heard { kind, reading: Reading::Opaque(_), .. } if kind.is_waited_for() => {
                self.ended(at, None);
            }
            Fact::Heard { kind, reading: Reading::Answer(reply), .. } if kind.is_waited_for() => {
                self.ended(at, Some(reply));
            }
            Fact::TurnIssued { .. } => self.add(at, Column::Turns, 1),
            Fact::SeatHeld { .. } => self.add(at, Column::Held, 1),
            Fact::SeatReturned { .. } => self.add(at, Column::Held, -1),
            Fact::SeatCancelled { .. } => self.add(at, Column::Sold, -1),
            Fact::SeatSold { .. } => {
                self.add(at, Column::Held, -1);
                self.add(at, Column::Sold, 1);
            }
            _ => {}
        }
        if let Some((old, new)) = news.truth {
            self.moved(at, place_of(old), place_of(new));
        }
        if let Some(shown) = news.shown {
            self.shown(at, shown);
        }
    }

    #[inline]
    fn polled(&mut self, at: Time, up: Span) {
        self.add(at, Column::Quiet, 1);
        self.add(at - up, Column::QuietSent, 1);
    }

    fn finish(self, _people: &People, recorder: &mut Recorder<'_>) {
        let windows = self.health();
        observability::put(&windows, self.windows.width_us(), recorder);
        let mut series = Vec::new();
        for (column, definition) in SERIES[..SHOWN].iter().enumerate() {
            series.push(written(definition, None, &self.column(column)));
        }
        let mut gap = written(&SERIES[GAP], None, &[]);
        gap.values = windows.iter().map(Window::hidden).collect();
        series.push(gap);
        let cohorts: Vec<[Vec<i64>; COHORT]> =
            (0..recorder.roster.cohorts.len()).map(|cohort| self.outcomes(cohort)).collect();
        for (outcome, definition) in SERIES[GAP + 1..].iter().enumerate() {
            let windows = cohorts.first().map_or(0, |of| of[outcome].len());
            let all: Vec<i64> = (0..windows).map(|w| cohorts.iter().map(|of| of[outcome][w]).sum()).collect();
            series.push(written(definition, None, &all));
            for (cohort, of) in recorder.roster.cohorts.iter().zip(&cohorts) {
                series.push(written(definition, Some(cohort.name.clone()), &of[outcome]));
            }
        }
        recorder.sheet.timeline =
            Timeline { start_us: self.windows.start_us(), window_us: self.windows.width_us(), series };
    }
}

impl TimelineFamily {
    #[inline]
    fn add(&mut self, at: Time, column: Column, change: i64) {
        self.windows.add(at, column as usize, change);
    }

    /// An attempt ended for its client, by this answer if it could be read.
    fn ended(&mut self, at: Time, answer: Option<Reply>) {
        self.add(at, Column::Ended, 1);
        let server_error = answer.is_none_or(|reply| reply.class() == StatusClass::ServerError);
        self.add(at, Column::ErrorsSeen, i64::from(server_error));
        self.add(at, Column::Failed, i64::from(answer.is_none_or(is_failure)));
    }

    /// One column of the sale: a count for each window, or a level.
    fn column(&self, column: usize) -> Vec<i64> {
        if LEVELS.iter().any(|level| *level as usize == column) {
            return self.windows.levels(column).collect();
        }
        let counts = self.windows.counts(column);
        match QUIET.iter().find(|(with, _)| *with as usize == column) {
            Some((_, quiet)) => {
                counts.zip(self.windows.counts(*quiet as usize)).map(|(a, b)| a + b).collect()
            }
            None => counts.collect(),
        }
    }

    /// What clients saw and what the logs say, window by window.
    fn health(&self) -> Vec<Window> {
        let counts = |column: Column| self.windows.counts(column as usize).map(i64::cast_unsigned);
        let mut windows: Vec<Window> = counts(Column::Quiet)
            .map(|quiet| Window { ended: quiet, logged: quiet, ..Window::default() })
            .collect();
        let mut each = |column: Column, add: fn(&mut Window, u64)| {
            windows.iter_mut().zip(counts(column)).for_each(|(window, count)| add(window, count));
        };
        each(Column::Ended, |window, count| window.ended += count);
        each(Column::Failed, |window, count| window.failed += count);
        each(Column::Logged, |window, count| window.logged += count);
        each(Column::LoggedFailed, |window, count| window.logged_failed += count);
        each(Column::RefusedByDown, |window, count| window.refused_by_down += count);
        windows
    }

    fn moved(&mut self, at: Time, old: Option<Column>, new: Option<Column>) {
        if let Some(column) = old {
            self.add(at, column, -1);
        }
        if let Some(column) = new {
            self.add(at, column, 1);
        }
    }

    fn shown(&mut self, at: Time, (person, old, new): ShownNews) {
        let first = SALE + COHORT * cohort_index(&self.cohort_ends, person);
        for (shown, change) in [(old, -1), (new, 1)] {
            match shown {
                Shown::Waiting => {}
                Shown::Bought => self.windows.add(at, first, change),
                Shown::ToldNo => self.windows.add(at, first + 1, change),
                Shown::GaveUp => self.windows.add(at, first + 2, change),
            }
        }
    }

    /// Bought, told no, gave up and still waiting: at the end of each window they add up to those who came.
    fn outcomes(&self, cohort: usize) -> [Vec<i64>; COHORT] {
        let first = SALE + COHORT * cohort;
        let [bought, told_no, gave_up, came] =
            std::array::from_fn(|i| self.windows.levels(first + i).collect::<Vec<i64>>());
        let waiting = (0..came.len()).map(|w| came[w] - bought[w] - told_no[w] - gave_up[w]).collect();
        [bought, told_no, gave_up, waiting]
    }
}

fn of_class(class: StatusClass) -> Column {
    match class {
        StatusClass::Success => Column::Success,
        StatusClass::ClientError => Column::ClientError,
        StatusClass::ServerError => Column::ServerError,
    }
}

/// The level that a session of this truth counts in.
fn place_of(truth: Truth) -> Option<Column> {
    match truth {
        Truth::Queued => Some(Column::InLine),
        Truth::Active | Truth::Holding | Truth::Paying => Some(Column::Inside),
        _ => None,
    }
}

fn written(definition: &Definition, cohort: Option<String>, values: &[i64]) -> Series {
    Series {
        name: definition.name.to_owned(),
        cohort,
        station: None,
        unit: definition.unit.to_owned(),
        values: values.iter().map(|value| *value as f64).collect(),
    }
}
