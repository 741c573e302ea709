//! Clients that ask so often that a run takes long: allowed, and said.

use super::super::crowd::Cohort;
use super::super::{Scenario, inventory::WhenNoneFree};
use super::check::Found;
use crate::behavior;
use crate::engine::time::Span;

/// A shorter interval than that is hardly meant.
const SHORT_US: f64 = 1000.0;

/// Who asks at one interval.
struct Pace {
    path: String,
    interval_us: f64,
    sessions: f64,
}

/// Warns of intervals below a millisecond, with the number of events that they may lead to.
pub(super) fn check_pace(scenario: &Scenario, found: &mut Found) {
    let horizon_us = scenario.horizon_or_default().as_us() as f64;
    for Pace { path, interval_us, sessions } in paces(scenario) {
        // An interval of zero is a mistake of its own.
        if sessions <= 0.0 || interval_us <= 0.0 || interval_us >= SHORT_US {
            continue;
        }
        // The clock counts microseconds.
        let events = sessions * horizon_us / interval_us.max(1.0);
        let interval = Span::from_us((interval_us.round() as u64).max(1));
        let problem = format!(
            "an interval of {interval} is below a millisecond: up to {} events before the horizon",
            rounded(events)
        );
        found.warning(
            path,
            problem,
            "write a longer interval, or be ready for a long run: some million events take a second",
        );
        found.because_of(&["horizon", "crowd"]);
    }
}

/// A number of events in words that are read at a glance.
fn rounded(events: f64) -> String {
    match events {
        events if events >= 1e12 => format!("about {:.0} million million", events / 1e12),
        events if events >= 1e9 => format!("about {:.0} thousand million", events / 1e9),
        events if events >= 1e6 => format!("about {:.0} million", events / 1e6),
        events => format!("about {:.0} thousand", (events / 1e3).max(1.0)),
    }
}

fn paces(scenario: &Scenario) -> Vec<Pace> {
    let mut paces = Vec::new();
    let (mut all, mut as_asked) = (0.0, 0.0);
    for (i, cohort) in scenario.crowd.iter().enumerate() {
        let sessions = sessions_of(cohort);
        all += sessions;
        let (key, interval_us) = own_interval(&cohort.behavior);
        if interval_us.is_none() || matches!(cohort.behavior, behavior::Config::Backoff(_)) {
            as_asked += sessions;
        }
        if let Some(interval_us) = interval_us {
            let path = format!("crowd[{i}].behavior.{}.{key}", cohort.behavior.name());
            paces.push(Pace { path, interval_us, sessions });
        }
    }
    let us = |interval: Span| interval.as_us() as f64;
    if let Some(room) = &scenario.waiting_room {
        let (path, interval_us) = ("waiting_room.poll_interval".to_owned(), us(room.poll_interval.get()));
        paces.push(Pace { path, interval_us, sessions: as_asked });
    }
    if let WhenNoneFree::Retry(retry) = &scenario.inventory.when_none_free {
        let path = "inventory.when_none_free.retry.interval".to_owned();
        paces.push(Pace { path, interval_us: us(retry.interval.get()), sessions: all });
    }
    paces
}

fn sessions_of(cohort: &Cohort) -> f64 {
    let a_person =
        (1..).zip(&cohort.sessions).map(|(count, share)| f64::from(count) * share.get()).sum::<f64>();
    f64::from(cohort.count) * a_person
}

/// The key and the mean of the interval at which a client asks by itself, whatever the system asks for.
fn own_interval(behavior: &behavior::Config) -> (&'static str, Option<f64>) {
    let us = |interval: Span| interval.as_us() as f64;
    match behavior {
        behavior::Config::PollingPage(page) => ("interval", page.interval.map(us)),
        behavior::Config::Refresher(person) => ("interval", Some(us(person.interval))),
        behavior::Config::ClockWatcher(watcher) => ("every", Some(us(watcher.every))),
        behavior::Config::Bot(bot) => ("requests_per_second", Some(1e6 / bot.requests_per_second)),
        behavior::Config::Backoff(backoff) => match &backoff.delay {
            // A distribution without a mean is told of elsewhere, or waits long.
            Some(delay) => ("delay", delay.distribution().mean_us()),
            None => ("base", Some(us(backoff.base))),
        },
    }
}
