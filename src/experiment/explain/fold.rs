//! What repeats itself is told once and counted. An evening has thousands of polls, and reloads, and refusals.
//!
//! ```text
//!   asked poll, in line | asked poll, in line | asked poll, in line | ...  ->  the first of them, "and 411 times more"
//!        one round             the same              the same
//! ```
//!
//! A round is a request of one tab and everything until the tab's next one. Rounds are alike if the same things
//! happened in the same order, whatever the time they took and the position they told. One round, or a few in turn, is
//! folded where it comes at least three times on end; nothing is folded across something that concerns everybody.

use super::super::journey::{Entry, Lane, Named, Round, What};
use crate::protocol::Kind;

/// The most rounds in turn that are looked for.
const PERIOD_MAX: usize = 4;
/// So often on end, at least.
const TIMES_MIN: usize = 3;

/// One request of a tab and everything until the next one.
struct Exchange {
    entries: Vec<Entry>,
}

/// Folds the entries of a person, which are in order of time.
pub(super) fn fold(entries: Vec<Entry>) -> Vec<Entry> {
    let mut everybody = Vec::new();
    let mut streams: Vec<((u8, bool), Vec<Entry>)> = Vec::new();
    for entry in entries {
        let Some(tab) = entry.tab else {
            everybody.push(entry);
            continue;
        };
        let stream = (tab, is_beacon(&entry.what));
        match streams.iter_mut().find(|(of, _)| *of == stream) {
            Some((_, entries)) => entries.push(entry),
            None => streams.push((stream, vec![entry])),
        }
    }
    let cuts: Vec<u64> = everybody.iter().map(|entry| entry.at_us).collect();
    let mut all = everybody;
    for (_, entries) in streams {
        all.extend(fold_stream(exchanges(entries), &cuts));
    }
    all.sort_by_key(|entry| entry.at_us);
    all
}

/// Beacons go their own way, while the page does something else.
fn is_beacon(what: &What) -> bool {
    let kind = match what {
        What::Asked { kind, .. }
        | What::Lost { kind, .. }
        | What::SynDropped { kind }
        | What::ConnectionClosed { kind, .. }
        | What::Accepted { kind }
        | What::Answered { kind, .. }
        | What::Aborted { kind }
        | What::Silenced { kind } => kind.0,
        _ => return false,
    };
    kind == Kind::Heartbeat
}

fn exchanges(entries: Vec<Entry>) -> Vec<Exchange> {
    let mut rounds: Vec<Exchange> = Vec::new();
    for entry in entries {
        let begins = matches!(entry.what, What::Asked { .. }) || rounds.is_empty();
        match rounds.last_mut() {
            Some(round) if !begins => round.entries.push(entry),
            _ => rounds.push(Exchange { entries: vec![entry] }),
        }
    }
    rounds
}

fn fold_stream(rounds: Vec<Exchange>, cuts: &[u64]) -> Vec<Entry> {
    let mut out = Vec::new();
    let mut rest = rounds.as_slice();
    while !rest.is_empty() {
        let run = run_length(rest, cuts);
        match (1..=PERIOD_MAX).find_map(|period| repeats(&rest[..run], period)) {
            Some((period, times)) => {
                let (first, more) = rest.split_at(period);
                let more = &more[..period * (times - 1)];
                out.extend(first.iter().flat_map(|round| round.entries.iter().cloned()));
                out.push(repeated(more, period));
                rest = &rest[period * times..];
            }
            None => {
                out.extend(rest[0].entries.iter().cloned());
                rest = &rest[1..];
            }
        }
    }
    out
}

/// How many rounds from the first begin before the next thing that concerns everybody.
fn run_length(rounds: &[Exchange], cuts: &[u64]) -> usize {
    let began = rounds[0].began();
    let cut = cuts.iter().find(|cut| **cut > began);
    rounds.iter().take_while(|round| cut.is_none_or(|cut| round.began() < *cut)).count().max(1)
}

/// How often the first `period` rounds come on end, if that is often enough.
fn repeats(rounds: &[Exchange], period: usize) -> Option<(usize, usize)> {
    let first = rounds.get(..period)?;
    let times = rounds
        .chunks_exact(period)
        .take_while(|round| round.iter().zip(first).all(|(a, b)| a.is_like(b)))
        .count();
    (times >= TIMES_MIN).then_some((period, times))
}

fn repeated(more: &[Exchange], period: usize) -> Entry {
    let (first, last) = (&more[0], &more[more.len() - 1]);
    let times = more.len() / period;
    let last_begins = more[more.len() - period].began();
    let until_us = last.entries.last().map_or(0, |entry| entry.at_us);
    let positions = || more.iter().filter_map(Exchange::position);
    let what = What::Repeated {
        times: times as u64,
        rounds: more[..period].iter().filter_map(Exchange::round).collect(),
        until_us,
        every_us: (last_begins - first.began()) / (times as u64 - 1).max(1),
        from_position: positions().next(),
        to_position: positions().last(),
    };
    Entry { at_us: first.began(), lane: Lane::User, tab: first.entries[0].tab, what }
}

impl Exchange {
    fn began(&self) -> u64 {
        self.entries[0].at_us
    }

    fn is_like(&self, other: &Exchange) -> bool {
        self.entries.len() == other.entries.len()
            && self.entries.iter().zip(&other.entries).all(|(a, b)| alike(&a.what, &b.what))
    }

    fn position(&self) -> Option<u32> {
        self.entries.iter().find_map(|entry| match entry.what {
            What::Heard { position, .. } => position,
            _ => None,
        })
    }

    /// What was asked, and what came of it.
    fn round(&self) -> Option<Round> {
        let kind = self.entries.iter().find_map(|entry| match entry.what {
            What::Asked { kind, .. } => Some(kind),
            _ => None,
        })?;
        let heard = self.entries.iter().find_map(|entry| match entry.what {
            What::Heard { reply, readable, .. } => Some((reply, readable)),
            _ => None,
        });
        let reply: Option<Named<_>> = heard.map(|(reply, _)| reply);
        Some(Round { kind, reply, readable: heard.is_some_and(|(_, readable)| readable) })
    }
}

/// The same happened, but for times, lengths, positions and places.
fn alike(a: &What, b: &What) -> bool {
    match (a, b) {
        (
            What::Heard { kind, reply, readable, cause, .. },
            What::Heard { kind: kind_b, reply: reply_b, readable: readable_b, cause: cause_b, .. },
        ) => (kind, reply, readable, cause) == (kind_b, reply_b, readable_b, cause_b),
        // A repetition of something that failed is like its first try.
        (What::Asked { kind, .. }, What::Asked { kind: kind_b, .. }) => kind == kind_b,
        (What::Waited { station, .. }, What::Waited { station: other, .. })
        | (What::Dropped { station, .. }, What::Dropped { station: other, .. }) => station == other,
        (What::Served { station, wasted_us, .. }, What::Served { station: other, wasted_us: wasted, .. }) => {
            (station, *wasted_us > 0) == (other, *wasted > 0)
        }
        // Seats are worth telling one by one.
        (What::SeatHeld { .. }, _) | (What::SeatReturned { .. }, _) => false,
        (a, b) => a == b,
    }
}
