//! What happened. The world records facts; observers hear them and cannot speak.
//!
//! A fact carries its own time, which may be later than the event that recorded it (a reply whose fate was
//! known when it left) or earlier (a request noticed on arrival): observers may not assume time order.
//! The facts themselves are in `table.rs`, the small enumerations that they speak of in `detail.rs` and its neighbours.

mod call_back;
mod code;
mod detail;
mod risk_action;
mod table;

pub use call_back::CallBack;
pub use code::CodeTry;
pub use detail::{
    Announcement, CheckoutEvent, Direction, Incident, OperatorAction, ShedReason, StockAnomaly, Stop,
    Unresolved,
};
pub use risk_action::RiskAction;
pub(crate) use table::{fact_fields, facts};

use super::{
    Belief, Cause, Emitter, GatewayId, Kind, PersonId, Reading, Reply, SeatId, StationId, Truth, Who,
};
use crate::engine::time::Span;

/// The words of a fact: of a session, the variant and its tab and a small field, person and session, and a large
/// field (and what else stands beside the variant); of a person, the variant, the person, and a field; of nobody, the
/// variant and two fields.
macro_rules! fact_words {
    ($number:literal (session $who:ident) [$small:expr, $large:expr $(, $beside:expr)? $(,)?]) => {
        of_session($number $(| $beside)?, $who, $small, $large)
    };
    ($number:literal (person $person:ident) [$field:expr]) => { [$number, u64::from($person.0), $field] };
    ($number:literal (everybody) [$first:expr, $second:expr $(,)?]) => { [$number, $first, $second] };
}

/// Whose a fact is.
macro_rules! fact_whose {
    (session $who:ident) => {
        Whose::Session($who)
    };
    (person $person:ident) => {
        Whose::Person($person)
    };
    (everybody) => {
        Whose::Everybody
    };
}

/// Makes [`Fact`] of the table.
macro_rules! fact {
    (
        ($roster:ident)
        $(#[$doc:meta] $(#[$more:meta])*
        $number:literal $name:ident $whose:tt $fields:tt words $words:tt
        $(told $lane:ident $told:ident $saved:tt)?;)+
    ) => {
        /// One thing that happened at one instant.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Fact {
            $(#[$doc] $(#[$more])* $name $fields,)+
        }

        impl Fact {
            /// The fact's content as three words, for the fingerprint: a number for the variant and every field.
            // Where a fact is recorded it is known which one, and one arm is left.
            #[inline(always)]
            pub fn words(&self) -> [u64; 3] {
                match *self {
                    $(fact_fields!($name $fields) => fact_words!($number $whose $words),)+
                }
            }

            #[expect(unused_variables, reason = "a fact carries more than whose it is")]
            fn whose(&self) -> Whose {
                match *self {
                    $(fact_fields!($name $fields) => fact_whose! $whose,)+
                }
            }
        }

        /// No number of facts is used twice.
        const _: () = {
            let mut taken = [false; 256];
            $(
                assert!(!taken[$number], "a number of facts is used twice");
                taken[$number] = true;
            )+
        };
    };
}

facts!(fact);

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
}

/// Words of a fact about a session: variant, tab and a small field; person and session; a large field.
#[inline]
fn of_session(variant: u64, who: Who, small: u64, large: u64) -> [u64; 3] {
    [
        variant | u64::from(who.tab) << 8 | small << 32,
        u64::from(who.person.0) << 32 | u64::from(who.session.0),
        large,
    ]
}
