//! The timeline of things that break. What a fault does follows from the instant alone - is it a moment at which it
//! lasts? - so that overlapping faults need no bookkeeping: factors multiply, added delays add up, losses combine as
//! independent ones. A message is late or lost by what lasts when it is sent. Its own draws stay what they were, held
//! against another share or stretched, so a fault changes nobody else's luck.
//!
//! Without faults each of these questions is one look at an empty list.

use super::Sim;
use crate::engine::{Span, Time};
use crate::model::sim::draws::{DrawKey, DrawPurpose};
use crate::protocol::{Direction, GatewayId, Kind, Observer, StationId};
use crate::scenario::plan::{Broken, FaultPlan, Lossy};

/// What the faults of one instant do to a message that is sent at it.
#[derive(Clone, Copy)]
pub(in crate::model) struct Burst {
    /// The share that arrives of what would arrive without them.
    arrives: f64,
    /// So many times as long.
    factor: f64,
    /// And so much more.
    added: Span,
}

impl Burst {
    /// The share lost, given the share lost without the burst.
    pub(in crate::model) fn loss(&self, usual: f64) -> f64 {
        usual + (1.0 - usual) * (1.0 - self.arrives)
    }

    /// The delay, given the delay without the burst.
    pub(in crate::model) fn delay(&self, usual: Span) -> Span {
        usual.scaled(self.factor) + self.added
    }
}

impl<O: Observer, P, B> Sim<O, P, B> {
    pub(in crate::model) fn lasting(&self, at: Time) -> impl Iterator<Item = (usize, &FaultPlan)> {
        self.plan.faults.iter().enumerate().filter(move |(_, fault)| fault.lasts(at))
    }

    /// Nothing reaches this machine now.
    pub(in crate::model) fn is_down(&self, station: StationId, peer: u8) -> bool {
        !self.plan.faults.is_empty()
            && self.lasting(self.now).any(|(_, fault)| {
                matches!(fault.what, Broken::StationDown(machines) if machines.include(station, peer))
            })
    }

    /// So many times as long a service takes that begins now at this machine.
    pub(in crate::model) fn slowness(&self, station: StationId, peer: u8) -> f64 {
        let factors = self.lasting(self.now).filter_map(|(_, fault)| match fault.what {
            Broken::StationSlow { machines, factor } if machines.include(station, peer) => Some(factor),
            _ => None,
        });
        factors.product()
    }

    /// The service of this request, which ends now, ends in an error instead of what was asked for.
    pub(in crate::model) fn returns_error(&self, station: StationId, peer: u8, draw_key: DrawKey) -> bool {
        self.lasting(self.now).any(|(index, fault)| match fault.what {
            Broken::ErrorBurst { machines, share } if machines.include(station, peer) => {
                let (stream, n) = self.draws.of_fault(DrawPurpose::Error, draw_key, index);
                stream.chance(n, share)
            }
            _ => false,
        })
    }

    /// The payment provider cannot be reached at this instant.
    pub(in crate::model) fn payment_is_out(&self, at: Time) -> bool {
        self.lasting(at).any(|(_, fault)| matches!(fault.what, Broken::PaymentOutage))
    }

    /// What the clock of this gateway says now.
    #[inline]
    pub(in crate::model) fn clock_of(&self, gateway: GatewayId) -> Time {
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

    /// Is this message lost that is sent at `at`? Faults that overlap lose independently of each other.
    pub(in crate::model) fn loses_message(&self, message: Lossy, draw_key: DrawKey, at: Time) -> bool {
        self.lasting(at).any(|(index, fault)| match &fault.what {
            Broken::LostMessages { messages, share } if messages.contains(&message) => {
                let (stream, n) = self.draws.of_fault(DrawPurpose::MessageLoss, draw_key, index);
                stream.chance(n, *share)
            }
            _ => false,
        })
    }

    /// The station that serves requests of this kind, if this gateway is cut off from it.
    pub(in crate::model) fn cut_off_from(&self, gateway: GatewayId, kind: Kind) -> Option<StationId> {
        let station = self.plan.route[kind as usize]?;
        let mut cuts = self.lasting(self.now).filter_map(|(_, fault)| match fault.what {
            Broken::Partition { gateway, station } => Some((gateway, station)),
            _ => None,
        });
        cuts.any(|(cut, from)| from == station && cut.is_none_or(|cut| cut == gateway)).then_some(station)
    }

    pub(in crate::model) fn session_store_is_down(&self) -> bool {
        self.lasting(self.now).any(|(_, fault)| matches!(fault.what, Broken::SessionStoreWiped(_)))
    }

    /// What happens to a message of this cohort that is sent at `at`.
    pub(in crate::model) fn burst(
        &self, way: Direction, cohort: usize, draw_key: DrawKey, at: Time,
    ) -> Burst {
        let mut burst = Burst { arrives: 1.0, factor: 1.0, added: Span::ZERO };
        for (index, fault) in self.lasting(at) {
            match &fault.what {
                Broken::LossBurst { cohorts, up, down } if cohorts.contains(&cohort) => {
                    burst.arrives *= 1.0 - if way == Direction::Up { up } else { down };
                }
                Broken::LatencyBurst { cohorts, factor, add } if cohorts.contains(&cohort) => {
                    burst.factor *= factor;
                    if let Some(add) = add {
                        let what =
                            if way == Direction::Up { DrawPurpose::BurstUp } else { DrawPurpose::BurstDown };
                        let (stream, n) = self.draws.of_fault(what, draw_key, index);
                        burst.added += add.sample(stream, n);
                    }
                }
                _ => {}
            }
        }
        burst
    }
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
