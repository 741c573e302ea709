//! The timeline of things that break. What a fault does follows from the instant alone - is it a moment at which it
//! lasts? - so that overlapping faults need no bookkeeping: factors multiply, added delays add up, losses combine as
//! independent ones. A message is late or lost by what lasts when it is sent. Its own draws stay what they were, held
//! against another share or stretched, so a fault changes nobody else's luck.
//!
//! Without faults each of these questions is one look at an empty list.

use super::World;
use super::luck::{Ask, Use};
use super::message::Message;
use crate::engine::{Agenda, Span, Time};
use crate::protocol::{Fact, GatewayId, Observer, StationId, Way};
use crate::scenario::plan::{Broken, FaultPlan, Machines};

/// What the faults of one instant do to a message that is sent at it.
#[derive(Clone, Copy)]
pub(super) struct Burst {
    /// The share that arrives of what would arrive without them.
    arrives: f64,
    /// So many times as long.
    factor: f64,
    /// And so much more.
    added: Span,
}

impl Burst {
    /// The share lost, given the share lost without the burst.
    pub(super) fn loss(&self, usual: f64) -> f64 {
        usual + (1.0 - usual) * (1.0 - self.arrives)
    }

    /// The delay, given the delay without the burst.
    pub(super) fn delay(&self, usual: Span) -> Span {
        usual.scaled(self.factor) + self.added
    }
}

impl<O: Observer> World<O> {
    /// Pushes the beginnings and ends of all faults.
    pub(super) fn schedule_faults(&self, agenda: &mut Agenda) {
        for (index, fault) in (0..).zip(&self.plan.faults) {
            agenda.push(Message::FaultBegins.entry(fault.from, 0, index, 0));
            agenda.push(Message::FaultEnds.entry(fault.until, 0, index, 0));
        }
    }

    /// A fault begins. Most only change what is asked of the timeline from now on.
    pub(super) fn begin_fault(&mut self, index: u32, agenda: &mut Agenda) {
        self.record.fact(self.now, Fact::FaultBegan { fault: number(index) });
        match self.plan.faults[index as usize].what {
            Broken::StationDown(machines) => self.take_down(machines, agenda),
            Broken::GatewayCrash(crashed) => {
                for gateway in self.gateways_of(crashed) {
                    self.crash(gateway, agenda);
                }
            }
            Broken::StationSlow { .. }
            | Broken::PaymentOutage
            | Broken::LossBurst { .. }
            | Broken::LatencyBurst { .. }
            | Broken::ErrorBurst { .. }
            | Broken::Partition { .. }
            | Broken::LostMessages { .. }
            | Broken::ClockSkew { .. } => {}
            Broken::SessionStoreWiped(share) => self.wipe_session_store(index, share, agenda),
            Broken::StaleBudget(locations) => self.let_budget_go_stale(locations, agenda),
        }
    }

    /// A fault ends.
    pub(super) fn end_fault(&mut self, index: u32, agenda: &mut Agenda) {
        self.record.fact(self.now, Fact::FaultEnded { fault: number(index) });
        match self.plan.faults[index as usize].what {
            Broken::GatewayCrash(crashed) => {
                self.gateways_of(crashed).for_each(|gateway| self.restart(gateway));
            }
            Broken::StationDown(machines) => self.find_memory(machines, agenda),
            Broken::SessionStoreWiped(_) => self.find_session_store(),
            Broken::StaleBudget(_) => self.learn_budgets(agenda),
            _ => {}
        }
    }

    fn take_down(&mut self, machines: Machines, agenda: &mut Agenda) {
        let Machines { station, peer } = machines;
        let peers = self.plan.stations[station.index()].peers;
        for peer in peer.map_or(0..peers, |one| one..one + 1) {
            for slot in self.lose_work(station, peer) {
                self.break_off(slot, agenda);
            }
        }
        self.lose_memory(machines);
    }

    /// This gateway, or all of them.
    fn gateways_of(&self, one: Option<GatewayId>) -> impl Iterator<Item = GatewayId> + use<O> {
        let all = 0..self.plan.edge.gateways;
        one.map_or(all, |GatewayId(it)| it..it + 1).map(GatewayId)
    }

    pub(super) fn lasting(&self, at: Time) -> impl Iterator<Item = (usize, &FaultPlan)> {
        self.plan.faults.iter().enumerate().filter(move |(_, fault)| fault.lasts(at))
    }

    /// Nothing reaches this machine now.
    pub(super) fn is_down(&self, station: StationId, peer: u8) -> bool {
        !self.plan.faults.is_empty()
            && self.lasting(self.now).any(|(_, fault)| {
                matches!(fault.what, Broken::StationDown(machines) if machines.include(station, peer))
            })
    }

    /// So many times as long a service takes that begins now at this machine.
    pub(super) fn slowness(&self, station: StationId, peer: u8) -> f64 {
        let factors = self.lasting(self.now).filter_map(|(_, fault)| match fault.what {
            Broken::StationSlow { machines, factor } if machines.include(station, peer) => Some(factor),
            _ => None,
        });
        factors.product()
    }

    /// The service of this request, which ends now, ends in an error instead of what was asked for.
    pub(super) fn errs(&self, station: StationId, peer: u8, ask: Ask) -> bool {
        self.lasting(self.now).any(|(index, fault)| match fault.what {
            Broken::ErrorBurst { machines, share } if machines.include(station, peer) => {
                let (stream, n) = self.luck.of_fault(Use::Error, ask, index);
                stream.chance(n, share)
            }
            _ => false,
        })
    }

    /// The payment provider cannot be reached at this instant.
    pub(super) fn payment_is_out(&self, at: Time) -> bool {
        self.lasting(at).any(|(_, fault)| matches!(fault.what, Broken::PaymentOutage))
    }

    /// What the clock of this gateway says now.
    #[inline]
    pub(super) fn clock_of(&self, gateway: GatewayId) -> Time {
        if self.plan.faults.is_empty() { self.now } else { self.skewed_clock_of(gateway) }
    }

    #[inline(never)]
    fn skewed_clock_of(&self, gateway: GatewayId) -> Time {
        let (mut later, mut earlier) = (Span::ZERO, Span::ZERO);
        for (_, fault) in self.lasting(self.now) {
            match fault.what {
                Broken::ClockSkew { gateway: wrong, ahead, behind }
                    if wrong.is_none_or(|wrong| wrong == gateway) =>
                {
                    later += ahead;
                    earlier += behind;
                }
                _ => {}
            }
        }
        Time::ZERO + (self.now + later).saturating_since(Time::ZERO + earlier)
    }

    /// What happens to a message of this cohort that is sent at `at`.
    pub(super) fn burst(&self, way: Way, cohort: usize, ask: Ask, at: Time) -> Burst {
        let mut burst = Burst { arrives: 1.0, factor: 1.0, added: Span::ZERO };
        for (index, fault) in self.lasting(at) {
            match &fault.what {
                Broken::LossBurst { cohorts, up, down } if cohorts.contains(&cohort) => {
                    burst.arrives *= 1.0 - if way == Way::Up { up } else { down };
                }
                Broken::LatencyBurst { cohorts, factor, add } if cohorts.contains(&cohort) => {
                    burst.factor *= factor;
                    if let Some(add) = add {
                        let what = if way == Way::Up { Use::BurstUp } else { Use::BurstDown };
                        let (stream, n) = self.luck.of_fault(what, ask, index);
                        burst.added += add.sample(stream, n);
                    }
                }
                _ => {}
            }
        }
        burst
    }
}

fn number(index: u32) -> u8 {
    u8::try_from(index).expect("at most 255 faults")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_combine_as_independent_ones_and_a_calm_instant_changes_no_share() {
        let calm = Burst { arrives: 1.0, factor: 1.0, added: Span::ZERO };
        let usual = 0.017;
        assert_eq!(calm.loss(usual).to_bits(), usual.to_bits());
        assert_eq!(calm.delay(Span::from_us(7)), Span::from_us(7));
        let half_twice = Burst { arrives: 0.25, factor: 3.0, added: Span::from_us(2) };
        assert!((half_twice.loss(0.5) - 0.875).abs() < 1e-15);
        assert_eq!(half_twice.delay(Span::from_us(7)), Span::from_us(23));
    }
}
