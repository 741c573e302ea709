//! How many sessions are in line at each address, for a policy that looks at that.

use crate::admission::Variable;
use crate::model::backend::Sim;
use crate::protocol::{Observer, SessionId};
use crate::scenario::Plan;

/// Of no address is it known that the session stands in line there.
const NOWHERE: u32 = u32::MAX;

/// The counts. Empty where no policy looks.
pub(in crate::model) struct InLine {
    /// By address: how many sessions are in line.
    at_address: Vec<u32>,
    /// By session: at which address it counts, or [`NOWHERE`].
    counted_at: Vec<u32>,
}

impl InLine {
    pub(in crate::model) fn new(plan: &Plan, sessions: u32) -> InLine {
        let policy = plan.line.as_ref().map(|line| &line.policy);
        let needed = policy.is_some_and(|policy| policy.looks_at(Variable::SessionsOfAddress));
        let rows = |count: u32| if needed { count as usize } else { 0 };
        InLine { at_address: vec![0; rows(plan.edge.addresses)], counted_at: vec![NOWHERE; rows(sessions)] }
    }

    /// It is counted how many sessions are in line at each address.
    #[inline]
    pub(in crate::model) fn is_counted(&self) -> bool {
        !self.at_address.is_empty()
    }

    /// A session comes into the line, or leaves it: it counts at its address, or does not.
    pub(in crate::model) fn count<O: Observer, P>(
        &mut self, sim: &Sim<O, P>, session: SessionId, is_in_line: bool,
    ) {
        if !self.is_counted() {
            return;
        }
        let before = std::mem::replace(&mut self.counted_at[session.index()], NOWHERE);
        if let Some(count) = self.at_address.get_mut(before as usize) {
            *count -= 1;
        }
        if is_in_line {
            let address = sim.address_of(session);
            self.counted_at[session.index()] = address;
            self.at_address[address as usize] += 1;
        }
    }

    /// How many sessions are in line at this address, this one left out.
    pub(in crate::model) fn others_at(&self, session: SessionId, address: u32) -> u32 {
        let itself = self.counted_at[session.index()] == address;
        self.at_address[address as usize] - u32::from(itself)
    }
}
