//! The vocabulary that all rooms share: identities, kinds of request, replies, facts. It depends on `engine` alone.
//!
//! Messages, which make things happen, live in `model`. These are the types that a message speaks of and that a [`Fact`]
//! records. Nothing here decides anything.

mod cause;
mod fact;
mod ids;
mod observer;
mod possible;
mod reading;
mod reply;
mod roster;
mod state;

pub use cause::Cause;
pub use fact::{
    Announcement, CallBack, CheckoutEvent, CodeTry, Direction, Fact, Incident, OperatorAction, RiskAction,
    ShedReason, StockAnomaly, Stop, Unresolved,
};
pub(crate) use fact::{fact_fields, facts};
pub use ids::{BandId, CohortId, GatewayId, PersonId, SeatId, SessionId, StationId, Who};
pub use observer::Observer;
pub use possible::{Possibility, Possible};
pub use reading::{Cors, CorsClasses, Mode, Reading, StatusClass};
pub use reply::{Emitter, Kind, Reply};
pub use roster::{BandEntry, CohortEntry, Disturbances, InstantQuery, Roster, StationEntry};
pub use state::{Belief, Refusal, Truth};
