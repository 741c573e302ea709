//! Whom a fact is about.

use super::Fact;
use crate::protocol::{PersonId, Who};

/// The person, the session, or nobody in particular.
enum Whose {
    Session(Who),
    Person(PersonId),
    Everybody,
}

impl Fact {
    /// The person whom this is about; `None`: it concerns everybody, or the machines alone.
    pub fn person(&self) -> Option<PersonId> {
        match self.whose() {
            Whose::Session(who) => Some(who.person),
            Whose::Person(person) => Some(person),
            Whose::Everybody => None,
        }
    }

    /// The session that this is about; `None`: it is about a person as such, or about nobody in particular.
    pub fn session(&self) -> Option<Who> {
        match self.whose() {
            Whose::Session(who) => Some(who),
            Whose::Person(_) | Whose::Everybody => None,
        }
    }

    fn whose(&self) -> Whose {
        match *self {
            Fact::Arrived { person } | Fact::Informed { person, .. } => Whose::Person(person),
            Fact::Opened
            | Fact::Closed
            | Fact::LineClosed { .. }
            | Fact::Operated { .. }
            | Fact::FaultBegan { .. }
            | Fact::FaultEnded { .. }
            | Fact::GatewayPeak { .. }
            | Fact::Nodes { .. }
            | Fact::OutflowSteered { .. }
            | Fact::QueueSwitched { .. }
            | Fact::PeerMarkedDown { .. } => Whose::Everybody,
            Fact::Sent { who, .. }
            | Fact::Lost { who, .. }
            | Fact::Polled { who, .. }
            | Fact::Heard { who, .. }
            | Fact::Ignored { who, .. }
            | Fact::TimedOut { who, .. }
            | Fact::Believes { who, .. }
            | Fact::Stopped { who, .. }
            | Fact::Cut { who, .. }
            | Fact::Accepted { who, .. }
            | Fact::Answered { who, .. }
            | Fact::Aborted { who, .. }
            | Fact::SynDropped { who, .. }
            | Fact::ConnectionClosed { who, .. }
            | Fact::Silenced { who, .. }
            | Fact::AccountLocked { who }
            | Fact::ControlRefused { who, .. }
            | Fact::SentToNextPeer { who, .. }
            | Fact::Enqueued { who }
            | Fact::Placed { who, .. }
            | Fact::Skipped { who }
            | Fact::TurnIssued { who, .. }
            | Fact::Entered { who }
            | Fact::NoShow { who }
            | Fact::Reverified { who, .. }
            | Fact::DroppedInside { who }
            | Fact::Befell { who, .. }
            | Fact::Decided { who, .. }
            | Fact::Waited { who, .. }
            | Fact::TurnedAway { who, .. }
            | Fact::ServiceBegan { who, .. }
            | Fact::ServiceEnded { who, .. }
            | Fact::DroppedExpired { who, .. }
            | Fact::Shed { who, .. }
            | Fact::WorkLost { who, .. }
            | Fact::SeatHeld { who, .. }
            | Fact::SeatReturned { who, .. }
            | Fact::SeatSold { who, .. }
            | Fact::Charged { who, .. }
            | Fact::CardDeclined { who }
            | Fact::PaymentReplyLost { who, .. }
            | Fact::SeatCancelled { who, .. }
            | Fact::Forgotten { who }
            | Fact::MessageLost { who, .. }
            | Fact::CutOff { who, .. }
            | Fact::Overshot { who, .. }
            | Fact::PaymentUnreachable { who }
            | Fact::AtCheckout { who, .. }
            | Fact::PaymentQueued { who, .. }
            | Fact::RetryDenied { who, .. }
            | Fact::FailedFast { who, .. }
            | Fact::BreakerOpened { who }
            | Fact::NextPeerDenied { who, .. }
            | Fact::NetworkSwitched { who, .. }
            | Fact::CodeTried { who, .. }
            | Fact::Restored { who }
            | Fact::SetApart { who, .. }
            | Fact::CalledBack { who, .. }
            | Fact::StockSlipped { who, .. }
            | Fact::LockAwaited { who, .. } => Whose::Session(who),
        }
    }
}
