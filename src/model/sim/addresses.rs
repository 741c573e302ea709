//! From which address and account a session's requests come: what a gateway sees of them.

use super::Sim;
use crate::protocol::{Observer, SessionId};

impl<O: Observer, P, B> Sim<O, P, B> {
    /// The address that a session's requests come from.
    pub(in crate::model) fn address_of(&self, session: SessionId) -> u32 {
        self.address_in_turn(session, self.crowd.wire(session).attempt())
    }

    /// One of the addresses that a session's person has, taken in turn.
    pub(in crate::model) fn address_in_turn(&self, session: SessionId, turn: u32) -> u32 {
        if self.roaming.are_possible()
            && let Some(address) = self.address_elsewhere(session)
        {
            return address;
        }
        let cohort = &self.plan.cohorts[self.crowd.wire(session).cohort()];
        let group = (self.crowd.person(session).0 - cohort.persons.start) % cohort.addresses;
        cohort.first_address + group * cohort.addresses_each + turn % cohort.addresses_each
    }

    /// The address that a session's device has changed to, if it has.
    fn address_elsewhere(&self, session: SessionId) -> Option<u32> {
        let times = self.roaming.count(session);
        let row = self.crowd.row(session);
        let cohort = &self.plan.cohorts[row.wire.cohort()];
        let switches = cohort.switches.as_ref().filter(|_| times > 0)?;
        let person = self.crowd.person(session).0 - cohort.persons.start;
        let device = person * switches.devices + u32::from(row.wire.tab() / cohort.tabs_per_device);
        Some(switches.first_address + device * u32::from(switches.most) + u32::from(times - 1))
    }

    /// The account that a session's requests come from: a person's sessions use theirs in turn.
    pub(in crate::model) fn account_of(&self, session: SessionId) -> u32 {
        let row = self.crowd.row(session);
        let cohort = &self.plan.cohorts[row.wire.cohort()];
        let person = self.crowd.person(session).0 - cohort.persons.start;
        cohort.first_account
            + person * u32::from(cohort.accounts)
            + u32::from(row.wire.tab() % cohort.accounts)
    }
}
