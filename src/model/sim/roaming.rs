//! How often each session's device has changed its network: by it, what network and what address it is in.

use crate::protocol::SessionId;
use crate::scenario::Plan;

/// How often each session's device has changed its network.
#[derive(Default)]
pub(in crate::model) struct Roaming {
    /// By session. Empty where no device does.
    changes: Vec<u8>,
}

impl Roaming {
    pub(in crate::model) fn new(plan: &Plan, sessions: u32) -> Roaming {
        let needed = plan.cohorts.iter().any(|cohort| cohort.switches.is_some());
        Roaming { changes: vec![0; if needed { sessions as usize } else { 0 }] }
    }

    /// Some device may change its network.
    #[inline]
    pub(in crate::model) fn are_possible(&self) -> bool {
        !self.changes.is_empty()
    }

    /// How often the device of a session has changed its network since it was opened.
    pub(in crate::model) fn count(&self, session: SessionId) -> u8 {
        self.changes.get(session.index()).copied().unwrap_or(0)
    }

    /// It has changed so often now.
    pub(in crate::model) fn set_count(&mut self, session: SessionId, times: u8) {
        self.changes[session.index()] = times;
    }
}
