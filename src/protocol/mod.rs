//! The words that actors share: who, what was asked, what was answered, what happened. A leaf room.
//!
//! Messages cause and live in `model`; the words here are what a message is *about* and what a [`Fact`]
//! records. Nothing here decides anything.

mod cause;
mod fact;
mod ids;
mod observer;
mod reading;
mod reply;
mod roster;
mod state;

pub use cause::Cause;
pub use fact::{
    Act, CallBack, CodeTry, Fact, Incident, RiskAction, Shed, Step, StockAnomaly, Stop, Unresolved, Way, Word,
};
pub(crate) use fact::{fact_fields, facts};
pub use ids::{BandId, CohortId, GatewayId, PersonId, SeatId, SessionId, StationId, Who};
pub use observer::Observer;
pub use reading::{Cors, Covered, Mode, Reading, StatusClass};
pub use reply::{Emitter, Kind, Reply};
pub use roster::{BandEntry, CohortEntry, Question, Risks, Roster, StationEntry, Upsets};
pub use state::{Belief, Refusal, Truth};
