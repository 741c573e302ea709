//! What befell sessions and their places without their screens saying so: places shared with others under one key,
//! places taken over.

use super::by_cohort::ByCohort;
use super::people::{News, People};
use super::{Definition, Metric, Per, Recorder};
use crate::engine::time::Time;
use crate::protocol::{Fact, Incident, Possibility, Roster};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const LINE_PLACES_SHARED: &str = "line.places_shared";
    pub(crate) const LINE_PLACES_SHARED_WITH_STRANGERS: &str = "line.places_shared_with_strangers";
    pub(crate) const LINE_CUT_BY_DUPLICATE: &str = "line.cut_by_duplicate";
    pub(crate) const LINE_TAKEN_FOR_NEWCOMER: &str = "line.taken_for_newcomer";
    pub(crate) const LINE_TURNS_FOR_NOBODY: &str = "line.turns_for_nobody";
    pub(crate) const LINE_JOINS_LOST: &str = "line.joins_lost";
    pub(crate) const CROWD_TABS_HIDDEN: &str = "crowd.tabs_hidden";
    pub(crate) const LINE_EXPIRED_IN_BACKGROUND: &str = "line.expired_in_background";
    pub(crate) const LINE_KEPT_FOR_EVER: &str = "line.kept_for_ever";
    pub(crate) const LINE_CAME_WITHOUT_TURN: &str = "line.came_without_turn";
    pub(crate) const LINE_REDIRECTS_USED_UP: &str = "line.redirects_used_up";
    pub(crate) const LINE_LOST_WITH_ADDRESS: &str = "line.lost_with_address";
    pub(crate) const LINE_EXITS_LOST: &str = "line.exits_lost";
    pub(crate) const LINE_TURNS_MISDATED: &str = "line.turns_misdated";
    pub(crate) const LINE_JOINS_MISDATED: &str = "line.joins_misdated";
}

const KINDS: usize = Incident::ALL.len();

/// Names in the order of [`Incident`].
const NAMES: [&str; KINDS] = [
    names::LINE_PLACES_SHARED,
    names::LINE_PLACES_SHARED_WITH_STRANGERS,
    names::LINE_CUT_BY_DUPLICATE,
    names::LINE_TAKEN_FOR_NEWCOMER,
    names::LINE_TURNS_FOR_NOBODY,
    names::LINE_JOINS_LOST,
    names::CROWD_TABS_HIDDEN,
    names::LINE_EXPIRED_IN_BACKGROUND,
    names::LINE_KEPT_FOR_EVER,
    names::LINE_CAME_WITHOUT_TURN,
    names::LINE_REDIRECTS_USED_UP,
    names::LINE_LOST_WITH_ADDRESS,
    names::LINE_EXITS_LOST,
    names::LINE_TURNS_MISDATED,
    names::LINE_JOINS_MISDATED,
];

/// Counts by cohort and incident.
pub(super) struct Incidents {
    counts: ByCohort<KINDS>,
}

const fn count(incident: Incident, unit: &'static str, doc: &'static str) -> Definition {
    Definition::lower(NAMES[incident as usize], unit, doc)
        .out_of("persons of a sale in which it can happen")
        .per(Per::SaleAndCohort)
}

impl Metric for Incidents {
    const DEFINITIONS: &'static [Definition] = &[
        count(
            Incident::SharesOwnPlace,
            "joins",
            "Joins under a key (cookie, device, account, code, address) that another session of the same person had a \
             place for: they got none of their own.",
        ),
        count(
            Incident::SharesStrangersPlace,
            "joins",
            "Joins under a key that another person had a place for, behind one NAT: their screens said that they were \
             in line, and they had no place of their own.",
        ),
        count(
            Incident::CutByDuplicate,
            "sessions",
            "Sessions in line cut off because another one joined under their key and took the place.",
        ),
        count(
            Incident::TakenForNewcomer,
            "requests",
            "Requests of sessions that had a place or a turn and were not known again: they stand at the back, and their screens do not say so.",
        ),
        count(
            Incident::TurnForNobody,
            "turns",
            "Turns issued to places left by sessions that were not known again: each takes a slot until its validity ends.",
        ),
        count(
            Incident::JoinLost,
            "joins",
            "Joins whose message was put aside for good: the page says that they are in line, and no turn will come.",
        ),
        count(
            Incident::TabHidden,
            "sessions",
            "Sessions in line, or trying, that were put in the background.",
        ),
        count(
            Incident::ExpiredInBackground,
            "sessions",
            "Sessions whose place or turn ran out while their tab was in the background.",
        ),
        count(
            Incident::KeptForEver,
            "sessions",
            "Sessions taken for bots: they are told that they are in line, and no turn will come.",
        ),
        count(
            Incident::CameWithoutTurn,
            "sessions",
            "Sessions that were inside without a turn, because requests for seats are not checked.",
        ),
        count(
            Incident::RedirectsUsedUp,
            "turns",
            "Turns under which the page had let a session through to the shop too often: it shows an error until the turn ends.",
        ),
        count(
            Incident::LostWithAddress,
            "sessions",
            "Times that a session lost its place or turn because its device had changed its network, and the waiting room \
             knows sessions by address: they stand at the back, and their screens do not say so.",
        ),
        count(
            Incident::ExitLost,
            "exits",
            "Sessions that left the shop without the waiting room learning of it: each takes a slot for ever.",
        ),
        count(
            Incident::TurnMisdated,
            "requests",
            "Requests whose turn was valid, and was taken for ended by a gateway whose clock is ahead.",
        ),
        count(
            Incident::JoinMisdated,
            "joins",
            "Joins taken for early though they came after the opening, or the other way round, by a gateway whose clock is \
             wrong.",
        ),
    ];

    fn new(roster: &Roster) -> Incidents {
        Incidents { counts: ByCohort::new(roster) }
    }

    #[inline]
    fn hear(&mut self, _at: Time, fact: &Fact, _news: &News) {
        if let Fact::Incident { who, incident } = *fact {
            self.counts.add(who.person, incident as usize);
        }
    }

    fn finish(self, people: &People, recorder: &mut Recorder<'_>) {
        self.counts.finish(NAMES, Incident::ALL.map(Possibility::Incident), people, recorder);
    }
}
