//! What an agenda entry means. Messages cause: each is one entry of the agenda, 16 bytes, with its time.
//!
//! Each message is one row of the table below: its number, its class, and what its entity numbers. Its attempt is the
//! session's attempt or the row's generation, so that a stale message is known by it and nothing is ever cancelled.

use crate::engine::{Entry, Time};
use crate::protocol::{Kind, Reply};

/// Classes order what happens at the same microsecond, so that work beats its timer. The order is part of
/// the model's meaning: append, never renumber.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Class {
    /// The sale itself, opening and closing, and what breaks.
    Operator = 0,
    /// Service completions and payment results.
    Completion = 1,
    /// Allowance that lets the next ones in.
    Release = 2,
    /// Replies reaching clients.
    Delivery = 3,
    /// Deadlines of the system: upstream timers, ends of turns and holds.
    Timer = 4,
    /// Requests, aborts and goodbyes reaching the edge.
    Request = 5,
    /// Arrivals of persons, wakes of clients.
    Wake = 6,
}

/// What the entity of an entry numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Entity {
    /// Nothing: the message concerns the whole world.
    Nothing,
    /// A session's row.
    Session,
    /// A row of the requests in flight.
    Request,
    /// A slot inside the shop.
    Active,
    /// A connection that waits to be accepted by a gateway.
    Pending,
    /// A gateway.
    Gateway,
    /// A cohort of the crowd.
    Cohort,
    /// A fault of the scenario.
    Fault,
    /// A rule of the operator.
    Rule,
    /// What follows the load: 0 the gateways, else the station's number and 1.
    Nodes,
    /// A reservation.
    Reservation,
}

/// Makes [`Message`] of its table: number, name, class, entity. A message that carries a word of the protocol has a range
/// of numbers, one for each word, counted from the first.
macro_rules! messages {
    (
        alone { $($(#[$doc:meta])+ $code:literal $name:ident: $class:ident, $entity:ident;)+ }
        carrying {
            $($(#[$docs:meta])+
            $first:literal..=$last:literal $names:ident($word:ident): $classes:ident, $entities:ident;)+
        }
    ) => {
        /// A message. Its number is part of the total order.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(in crate::model) enum Message {
            $($(#[$doc])+ $name,)+
            $($(#[$docs])+ $names($word),)+
        }

        impl Message {
            const fn code(self) -> u8 {
                match self {
                    $(Message::$name => $code,)+
                    $(Message::$names(word) => $first + word as u8,)+
                }
            }

            const fn class(self) -> u8 {
                (match self {
                    $(Message::$name => Class::$class,)+
                    $(Message::$names(_) => Class::$classes,)+
                }) as u8
            }

            /// What the entity of the message with this number is.
            #[inline]
            const fn entity_of(code: u8) -> Entity {
                match code {
                    $($code => Entity::$entity,)+
                    $($first..=$last => Entity::$entities,)+
                    _ => Entity::Nothing,
                }
            }

            /// The message in an entry.
            ///
            /// # Panics
            /// If no message has the entry's number: an entry that this world did not write.
            #[inline]
            pub(in crate::model) fn of(entry: Entry) -> Message {
                match entry.kind() {
                    $($code => Message::$name,)+
                    $(code @ $first..=$last => Message::$names($word::ALL[usize::from(code - $first)]),)+
                    code => unreachable!("no message has the number {code}"),
                }
            }

            /// Every message, with every word that it may carry.
            #[cfg(test)]
            fn all() -> Vec<Message> {
                let mut all = vec![$(Message::$name),+];
                $(all.extend($word::ALL.map(Message::$names));)+
                all
            }
        }

        /// No number is used twice, and every word of a message that carries one has a number.
        const _: () = {
            let mut taken = [false; 256];
            $(take(&mut taken, $code, $code);)+
            $(
                take(&mut taken, $first, $last);
                assert!($word::ALL.len() <= $last - $first + 1, "more words than numbers");
            )+
        };
    };
}

/// Marks the numbers of a range as used; two uses of one number do not compile.
const fn take(taken: &mut [bool; 256], first: usize, last: usize) {
    let mut code = first;
    while code <= last {
        assert!(!taken[code], "a number of messages is used twice");
        taken[code] = true;
        code += 1;
    }
}

// The numbers are permanent: append, never renumber.
messages! {
    alone {
        /// The next person of a cohort comes.
        0 Arrive: Wake, Cohort;
        /// A client's own timer: timeout, or the end of patience. Live iff its time is the row's deadline.
        1 Wake: Wake, Session;
        /// The sale opens.
        2 Open: Operator, Nothing;
        /// The sale closes.
        3 Close: Operator, Nothing;
        /// The per-minute budget has allowance again.
        4 Allowance: Release, Nothing;
        /// A service is done.
        5 ServiceDone: Completion, Request;
        /// The payment provider answered, or the shop's timer on it fired.
        6 PaymentDone: Completion, Request;
        /// A gateway's timer on its upstream.
        7 UpstreamTimer: Timer, Request;
        /// A client's abort reaches its gateway.
        8 Abort: Request, Request;
        /// A turn ends.
        9 TurnEnd: Timer, Active;
        /// A hold ends. Attempt: the hold's serial number.
        10 HoldEnd: Timer, Active;
        /// A client sends a request of which it is already known that it will be lost or overtaken by the client's
        /// own timer.
        11 Send: Wake, Session;
        /// A SYN that was dropped comes again.
        12 SynAgain: Request, Pending;
        /// The delay of a rate limit is over.
        13 RateAllows: Request, Pending;
        /// A slot of a gateway is free for whoever waits in its accept queue.
        14 Accept: Release, Gateway;
        /// The policy is told how the shop does.
        15 Watch: Release, Nothing;
        /// The outflow is looked at, and changed.
        16 Steer: Release, Nothing;
        /// Edge locations have heard of each other.
        17 BudgetKnown: Release, Nothing;
        /// A person opens one more tab, if they still wait.
        18 OpenTab: Wake, Session;
        /// The room learns that somebody has left the shop.
        19 ExitReported: Release, Nothing;
        /// The time to choose, or to buy, is over.
        20 StepEnd: Timer, Active;
        /// A fault of the scenario begins.
        21 FaultBegins: Operator, Fault;
        /// A fault of the scenario ends.
        22 FaultEnds: Operator, Fault;
        /// The deadline of an order that is not paid.
        23 ReservationEnd: Timer, Reservation;
        /// The admission policy acts by itself: a round ends.
        24 PolicyActs: Release, Nothing;
        /// A rule of the operator acts.
        25 Operate: Operator, Rule;
        /// The operator looks at the dashboard.
        26 Look: Operator, Nothing;
        /// News reach a person by other ways than the page: the person's first session. Attempt: the announcement's
        /// number.
        27 News: Delivery, Session;
        /// How many nodes does the load need?
        28 LookAtLoad: Operator, Nodes;
        /// New nodes are ready. Attempt: the number of the order.
        29 NodesReady: Operator, Nodes;
        /// The time of a long poll is over, or its session has to prove itself.
        30 HeldPollEnd: Timer, Request;
        /// Is a session inside still heard of?
        31 InsideCheck: Timer, Active;
        /// A page inside sends a beacon. Attempt: the beacon's ordinal.
        240 Beat: Wake, Session;
        /// The message of a join is taken up: its session gets a place.
        241 PlaceComes: Completion, Session;
        /// A person goes away from a tab.
        242 HideTab: Wake, Session;
        /// A mail that calls a person back is read.
        243 MailRead: Delivery, Session;
        /// The next tick of a program that asks at a rate of its own. Attempt: the one of the tick before.
        244 AskAgain: Wake, Session;
        /// A program that asks at a rate of its own stops waiting for a request that is not its newest.
        245 FlightEnds: Wake, Session;
        /// A device changes its network: the first of its sessions. Attempt: how often it will have.
        250 SwitchNetwork: Wake, Session;
    }
    carrying {
        /// A request reaches the edge. Nothing was recorded when it was sent: it may still have been called off.
        32..=47 Edge(Kind): Request, Session;
        /// A request, recorded when it was sent, reaches the edge.
        48..=63 EdgeSent(Kind): Request, Session;
        /// A reply reaches a client whose belief, or whose person's other sessions, it changes for good.
        64..=239 Deliver(Reply): Delivery, Session;
    }
}

impl Message {
    /// The entity of this message is a session's row.
    #[inline]
    pub(in crate::model) const fn is_of_session(entry: Entry) -> bool {
        matches!(Message::entity_of(entry.kind()), Entity::Session)
    }

    /// The entry of this message.
    #[inline]
    pub(in crate::model) fn entry(self, at: Time, tie: u32, entity: u32, attempt: u32) -> Entry {
        Entry::new(at, self.class(), tie, entity, self.code(), attempt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_survives_the_agenda() {
        for message in Message::all() {
            let entry = message.entry(Time::from_us(7), 3, 5, 9);
            assert_eq!(Message::of(entry), message);
            assert_eq!((entry.entity(), entry.attempt()), (5, 9));
        }
    }

    #[test]
    fn a_message_that_carries_a_word_names_a_session_whatever_the_word() {
        let at = Time::from_us(7);
        for reply in Reply::ALL {
            assert!(Message::is_of_session(Message::Deliver(reply).entry(at, 0, 0, 0)), "{reply:?}");
        }
        for kind in Kind::ALL {
            assert!(Message::is_of_session(Message::EdgeSent(kind).entry(at, 0, 0, 0)), "{kind:?}");
        }
        assert!(!Message::is_of_session(Message::ServiceDone.entry(at, 0, 0, 0)));
    }

    #[test]
    fn a_completion_beats_the_timer_of_the_same_microsecond_whatever_the_tie() {
        let at = Time::from_us(1);
        assert!(
            Message::ServiceDone.entry(at, 99, 9, 9) < Message::UpstreamTimer.entry(at, 0, 0, 0),
            "work beats its timer"
        );
        assert!(Message::Deliver(Reply::Confirmed).entry(at, 99, 9, 9) < Message::Wake.entry(at, 0, 0, 0));
    }
}
