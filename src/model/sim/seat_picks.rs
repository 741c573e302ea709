//! What requests for seats say of the map they were picked on: which map a session saw last, and how often it was beaten
//! to seats of it.

use crate::protocol::SessionId;
use std::collections::BTreeMap;

/// A map: so many changes had come before it was drawn.
pub(in crate::model) type Map = u32;

/// What a session saw last.
#[derive(Clone, Copy)]
pub(in crate::model) struct Look {
    pub(in crate::model) map: Map,
    /// Which look of the session it was, from 1.
    pub(in crate::model) number: u32,
    /// How often it knows of having been beaten since.
    pub(in crate::model) beaten: u8,
}

/// The map that was shown last, and who has looked at which. Empty where nobody picks.
#[derive(Default)]
pub(in crate::model) struct SeatPicks {
    shown: Option<Map>,
    looks: BTreeMap<u32, Look>,
}

impl SeatPicks {
    /// A seat map is shown: whoever reads an answer of this instant sees this one.
    pub(in crate::model) fn show(&mut self, map: Map) {
        self.shown = Some(map);
    }

    /// A session reads the map that was shown just now, if there are maps.
    pub(in crate::model) fn look(&mut self, session: SessionId) {
        let Some(map) = self.shown else { return };
        let number = self.looks.get(&session.0).map_or(1, |look| look.number + 1);
        self.looks.insert(session.0, Look { map, number, beaten: 0 });
    }

    /// What a session saw last, if it looked.
    pub(in crate::model) fn of(&self, session: SessionId) -> Option<Look> {
        self.looks.get(&session.0).copied()
    }

    /// A session reads that somebody else was faster. Returns how often it has since it looked; `None`: it never did.
    pub(in crate::model) fn beaten(&mut self, session: SessionId) -> Option<u8> {
        let look = self.looks.get_mut(&session.0)?;
        look.beaten = look.beaten.saturating_add(1);
        Some(look.beaten)
    }
}
