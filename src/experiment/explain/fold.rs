//! What repeats itself is told once and counted: an evening has thousands of polls, reloads and refusals.
//!
//! ```text
//!   poll, in line | poll, in line | poll, check | proof, in line | poll, in line | proof, in line
//!        told            -           told           told         |<---- a stretch of two ---->|
//! ```
//!
//! A round is a request of one tab and everything until the tab's next one. Two rounds are alike if the same things
//! happened in the same order, whatever the time they took, the queue they met and the position they told. A round of a
//! new kind is told in full; those like one that was told already are counted together, as a stretch in which nothing
//! new happened. A stretch ends where something happens to everybody, and where screen and backend part: from there on
//! everything is new.

use super::super::journey::{JourneyEntry, Lane, Round, What};
use crate::protocol::Kind;

/// A stretch of fewer rounds is told in full.
const STRETCH_MIN: usize = 2;

/// One request of a tab and everything until the next one.
struct Exchange {
    entries: Vec<JourneyEntry>,
}

/// Folds the entries of a person, which are in order of time; `parts_at_us`: screen and backend part there.
pub(super) fn fold(entries: Vec<JourneyEntry>, parts_at_us: Option<u64>) -> Vec<JourneyEntry> {
    let mut all = Vec::new();
    let mut streams: Vec<((u8, bool), Vec<JourneyEntry>)> = Vec::new();
    for entry in entries {
        let Some(tab) = entry.tab else {
            all.push(entry);
            continue;
        };
        let stream = (tab, is_beacon(&entry.what));
        match streams.iter_mut().find(|(of, _)| *of == stream) {
            Some((_, entries)) => entries.push(entry),
            None => streams.push((stream, vec![entry])),
        }
    }
    let cuts: Vec<u64> = all.iter().map(|entry| entry.at_us).collect();
    for ((_, is_beacon), entries) in streams {
        let folder = if is_beacon { Folder::new(&[], None) } else { Folder::new(&cuts, parts_at_us) };
        all.extend(folder.fold(exchanges(entries)));
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
        | What::Silenced { kind } => *kind,
        _ => return false,
    };
    kind == Kind::Heartbeat
}

fn exchanges(entries: Vec<JourneyEntry>) -> Vec<Exchange> {
    let mut rounds: Vec<Exchange> = Vec::new();
    for entry in entries {
        let begins = matches!(entry.what, What::Asked { .. });
        match rounds.last_mut() {
            Some(round) if !begins => round.entries.push(entry),
            _ => rounds.push(Exchange { entries: vec![entry] }),
        }
    }
    rounds
}

/// Folds the rounds of one tab.
struct Folder<'a> {
    /// When something happens to everybody.
    cuts: &'a [u64],
    parts_at_us: Option<u64>,
    told: Vec<Exchange>,
    stretch: Vec<Exchange>,
    out: Vec<JourneyEntry>,
}

impl<'a> Folder<'a> {
    fn new(cuts: &'a [u64], parts_at_us: Option<u64>) -> Folder<'a> {
        Folder { cuts, parts_at_us, told: Vec::new(), stretch: Vec::new(), out: Vec::new() }
    }

    fn fold(mut self, rounds: Vec<Exchange>) -> Vec<JourneyEntry> {
        for round in rounds {
            let began = round.began();
            if let Some(last) = self.stretch.last()
                && self.cuts.iter().any(|cut| (last.began()..=began).contains(cut))
            {
                self.flush();
            }
            if self.parts_at_us.is_some_and(|parts| parts < began) {
                self.flush();
                self.told.clear();
                self.parts_at_us = None;
            }
            if self.told.iter().any(|told| told.is_like(&round)) {
                self.stretch.push(round);
            } else {
                self.flush();
                self.tell(round);
            }
        }
        self.flush();
        self.out
    }

    fn tell(&mut self, round: Exchange) {
        self.out.extend(round.entries.iter().cloned());
        self.told.push(round);
    }

    fn flush(&mut self) {
        let stretch = std::mem::take(&mut self.stretch);
        if stretch.len() < STRETCH_MIN {
            self.out.extend(stretch.into_iter().flat_map(|round| round.entries));
        } else {
            self.out.push(repeated(&stretch));
        }
    }
}

fn repeated(stretch: &[Exchange]) -> JourneyEntry {
    let (first, last) = (&stretch[0], &stretch[stretch.len() - 1]);
    let mut rounds: Vec<Round> = Vec::new();
    for round in stretch.iter().filter_map(Exchange::round) {
        match rounds.iter_mut().find(|other| other.is_like(&round)) {
            Some(other) => other.times += 1,
            None => rounds.push(round),
        }
    }
    let positions = || stretch.iter().filter_map(Exchange::position);
    let what = What::Repeated {
        times: stretch.len() as u64,
        rounds,
        until_us: last.entries.last().map_or(0, |entry| entry.at_us),
        every_us: (last.began() - first.began()) / (stretch.len() as u64 - 1).max(1),
        from_position: positions().next(),
        to_position: positions().next_back(),
    };
    JourneyEntry { at_us: first.began(), lane: Lane::User, tab: first.entries[0].tab, what }
}

impl Round {
    fn is_like(&self, other: &Round) -> bool {
        (self.kind, self.reply, self.readable) == (other.kind, other.reply, other.readable)
    }
}

impl Exchange {
    fn began(&self) -> u64 {
        self.entries[0].at_us
    }

    /// What happened in it, but for how long it waited and was served for somebody who was there.
    fn events(&self) -> impl Iterator<Item = &What> {
        self.entries.iter().map(|entry| &entry.what).filter(|what| {
            !matches!(what, What::Waited { .. } | What::Served { wasted_us: 0, after_504_us: 0, .. })
        })
    }

    fn is_like(&self, other: &Exchange) -> bool {
        let mut others = other.events();
        self.events().all(|what| others.next().is_some_and(|other| alike(what, other)))
            && others.next().is_none()
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
        let reply = heard.map(|(reply, _)| reply);
        Some(Round { kind, reply, readable: heard.is_some_and(|(_, readable)| readable), times: 1 })
    }
}

/// The same happened, but for times, lengths and positions.
fn alike(a: &What, b: &What) -> bool {
    match (a, b) {
        (
            What::Heard { kind, reply, readable, cause, .. },
            What::Heard { kind: kind_b, reply: reply_b, readable: readable_b, cause: cause_b, .. },
        ) => (kind, reply, readable, cause) == (kind_b, reply_b, readable_b, cause_b),
        // A repetition of something that failed is like its first try.
        (What::Asked { kind, .. }, What::Asked { kind: other, .. }) => kind == other,
        (What::Dropped { station, .. }, What::Dropped { station: other, .. })
        | (What::Served { station, .. }, What::Served { station: other, .. }) => station == other,
        (a, b) => a == b,
    }
}
