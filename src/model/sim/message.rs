//! What an agenda entry means. Messages cause: each is one entry of the agenda, 16 bytes, with its time.
//!
//! An entity is a session, a request row, a slot inside or a cohort; its attempt is the session's attempt or
//! the row's generation, so that a stale message is known by it and nothing is ever cancelled.

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

/// A message. Its number (`code`) is part of the total order: append, never renumber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Message {
    /// The next person of a cohort comes. Entity: the cohort.
    Arrive,
    /// A client's own timer: timeout, or the end of patience. Live iff its time is the row's deadline.
    Wake,
    /// The sale opens.
    Open,
    /// The sale closes.
    Close,
    /// The per-minute budget has allowance again.
    Allowance,
    /// A service is done. Entity: a request row.
    ServiceDone,
    /// The payment provider answered, or the shop's timer on it fired. Entity: a request row.
    PaymentDone,
    /// A gateway's timer on its upstream. Entity: a request row.
    UpstreamTimer,
    /// A client's abort reaches its gateway. Entity: a request row.
    Abort,
    /// A turn ends. Entity: a slot inside.
    TurnEnd,
    /// A hold ends. Entity: a slot inside; attempt: the hold's serial number.
    HoldEnd,
    /// A client sends a request of which it is already known that it will be lost or overtaken by the
    /// client's own timer. Entity: a session.
    Send,
    /// A SYN that was dropped comes again. Entity: a slot of the pending.
    SynAgain,
    /// The delay of a rate limit is over. Entity: a slot of the pending.
    RateAllows,
    /// A slot of a gateway is free for whoever waits in its accept queue. Entity: a gateway.
    Accept,
    /// A fault of the scenario begins. Entity: the fault.
    FaultBegins,
    /// A fault of the scenario ends. Entity: the fault.
    FaultEnds,
    /// A rule of the operator acts. Entity: the rule.
    Operate,
    /// The operator looks at the dashboard.
    Look,
    /// How many nodes does the load need? Entity: 0 of gateways, else the station's number and 1.
    LookAtLoad,
    /// New nodes are ready. Entity: the same; attempt: the number of the order.
    NodesReady,
    /// News reach a person by other ways than the page. Entity: the person's first session; attempt: the announcement's
    /// number.
    News,
    /// A person opens one more tab, if they still wait. Entity: its session.
    OpenTab,
    /// A request reaches the edge. Nothing was recorded when it was sent: it may still have been called off.
    Edge(Kind),
    /// A request, recorded when it was sent, reaches the edge.
    EdgeSent(Kind),
    /// The time of a long poll is over, or its session has to prove itself. Entity: a request row.
    HeldPollEnd,
    /// A person goes away from a tab. Entity: a session.
    HideTab,
    /// A device changes its network. Entity: the first of its sessions; attempt: how often it will have.
    SwitchNetwork,
    /// The message of a join is taken up: its session gets a place. Entity: a session.
    PlaceComes,
    /// A mail that calls a person back is read. Entity: a session.
    MailRead,
    /// Is a session inside still heard of? Entity: a slot inside.
    InsideCheck,
    /// A page inside sends a beacon. Entity: a session; attempt: the beacon's ordinal.
    Beat,
    /// The time to choose, or to buy, is over. Entity: a slot inside.
    StepEnd,
    /// The deadline of an order that is not paid. Entity: the number of the reservation.
    ReservationEnd,
    /// The admission policy acts by itself: a round ends.
    PolicyActs,
    /// The outflow is looked at, and changed.
    Steer,
    /// The policy is told how the shop does.
    Watch,
    /// Edge locations have heard of each other.
    BudgetKnown,
    /// The room learns that somebody has left the shop.
    ExitReported,
    /// A reply reaches a client whose belief, or whose person's other sessions, it changes for good.
    Deliver(Reply),
}

const OPEN_TAB: u8 = 18;
const NEWS: u8 = 27;
const EDGE: u8 = 32;
const EDGE_SENT: u8 = 48;
const DELIVER: u8 = 64;
/// Above the numbers of kinds and replies, which may grow.
const BEAT: u8 = 240;
const PLACE_COMES: u8 = 241;
const HIDE_TAB: u8 = 242;
const MAIL_READ: u8 = 243;
const SWITCH_NETWORK: u8 = 250;

impl Message {
    const fn code(self) -> u8 {
        match self {
            Message::Arrive => 0,
            Message::Wake => 1,
            Message::Open => 2,
            Message::Close => 3,
            Message::Allowance => 4,
            Message::ServiceDone => 5,
            Message::PaymentDone => 6,
            Message::UpstreamTimer => 7,
            Message::Abort => 8,
            Message::TurnEnd => 9,
            Message::HoldEnd => 10,
            Message::StepEnd => 20,
            Message::Send => 11,
            Message::SynAgain => 12,
            Message::RateAllows => 13,
            Message::Accept => 14,
            Message::FaultBegins => 21,
            Message::FaultEnds => 22,
            Message::Operate => 25,
            Message::Look => 26,
            Message::LookAtLoad => 28,
            Message::NodesReady => 29,
            Message::News => NEWS,
            Message::OpenTab => OPEN_TAB,
            Message::Steer => 16,
            Message::Watch => 15,
            Message::BudgetKnown => 17,
            Message::ExitReported => 19,
            Message::PolicyActs => 24,
            Message::HeldPollEnd => 30,
            Message::InsideCheck => 31,
            Message::ReservationEnd => 23,
            Message::Beat => BEAT,
            Message::PlaceComes => PLACE_COMES,
            Message::MailRead => MAIL_READ,
            Message::HideTab => HIDE_TAB,
            Message::SwitchNetwork => SWITCH_NETWORK,
            Message::Edge(kind) => EDGE + kind as u8,
            Message::EdgeSent(kind) => EDGE_SENT + kind as u8,
            Message::Deliver(reply) => DELIVER + reply as u8,
        }
    }

    const fn class(self) -> u8 {
        (match self {
            Message::Open
            | Message::Close
            | Message::Operate
            | Message::Look
            | Message::LookAtLoad
            | Message::NodesReady
            | Message::FaultBegins
            | Message::FaultEnds => Class::Operator,
            Message::ServiceDone | Message::PaymentDone | Message::PlaceComes => Class::Completion,
            Message::Allowance
            | Message::PolicyActs
            | Message::Steer
            | Message::Watch
            | Message::BudgetKnown
            | Message::ExitReported
            | Message::Accept => Class::Release,
            Message::Deliver(_) | Message::News | Message::MailRead => Class::Delivery,
            Message::UpstreamTimer
            | Message::TurnEnd
            | Message::HoldEnd
            | Message::StepEnd
            | Message::ReservationEnd
            | Message::HeldPollEnd
            | Message::InsideCheck => Class::Timer,
            Message::Edge(_)
            | Message::EdgeSent(_)
            | Message::Abort
            | Message::SynAgain
            | Message::RateAllows => Class::Request,
            Message::Arrive
            | Message::Wake
            | Message::Send
            | Message::OpenTab
            | Message::Beat
            | Message::SwitchNetwork
            | Message::HideTab => Class::Wake,
        }) as u8
    }

    /// The message in an entry.
    ///
    /// # Panics
    /// If no message has the entry's number: an entry that this world did not write.
    pub(in crate::model) fn of(entry: Entry) -> Message {
        match entry.kind() {
            0 => Message::Arrive,
            1 => Message::Wake,
            2 => Message::Open,
            3 => Message::Close,
            4 => Message::Allowance,
            5 => Message::ServiceDone,
            6 => Message::PaymentDone,
            7 => Message::UpstreamTimer,
            8 => Message::Abort,
            9 => Message::TurnEnd,
            10 => Message::HoldEnd,
            11 => Message::Send,
            12 => Message::SynAgain,
            13 => Message::RateAllows,
            14 => Message::Accept,
            20 => Message::StepEnd,
            21 => Message::FaultBegins,
            22 => Message::FaultEnds,
            23 => Message::ReservationEnd,
            25 => Message::Operate,
            26 => Message::Look,
            28 => Message::LookAtLoad,
            29 => Message::NodesReady,
            NEWS => Message::News,
            OPEN_TAB => Message::OpenTab,
            15 => Message::Watch,
            16 => Message::Steer,
            17 => Message::BudgetKnown,
            19 => Message::ExitReported,
            24 => Message::PolicyActs,
            30 => Message::HeldPollEnd,
            31 => Message::InsideCheck,
            BEAT => Message::Beat,
            PLACE_COMES => Message::PlaceComes,
            MAIL_READ => Message::MailRead,
            HIDE_TAB => Message::HideTab,
            SWITCH_NETWORK => Message::SwitchNetwork,
            code @ EDGE..EDGE_SENT => Message::Edge(Kind::ALL[usize::from(code - EDGE)]),
            code @ EDGE_SENT..DELIVER => Message::EdgeSent(Kind::ALL[usize::from(code - EDGE_SENT)]),
            code => Message::Deliver(Reply::ALL[usize::from(code - DELIVER)]),
        }
    }

    /// The entity of this message is a session's row.
    pub(in crate::model) const fn is_of_session(entry: Entry) -> bool {
        matches!(entry.kind(), 1 | 11 | OPEN_TAB | NEWS | EDGE..)
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

    fn every_message() -> Vec<Message> {
        use Message::{
            Abort, Accept, Allowance, Arrive, Beat, BudgetKnown, Close, ExitReported, FaultBegins, FaultEnds,
            HeldPollEnd, HideTab, HoldEnd, InsideCheck, Look, LookAtLoad, MailRead, News, NodesReady, Open,
            OpenTab, Operate, PaymentDone, PlaceComes, PolicyActs, RateAllows, ReservationEnd, Send,
            ServiceDone, Steer, StepEnd, SwitchNetwork, SynAgain, TurnEnd, UpstreamTimer, Wake, Watch,
        };
        let mut all = vec![
            Arrive,
            Wake,
            Open,
            Close,
            Allowance,
            ServiceDone,
            PaymentDone,
            ReservationEnd,
            UpstreamTimer,
            Abort,
            TurnEnd,
            HoldEnd,
            StepEnd,
            Send,
            SynAgain,
            RateAllows,
            Accept,
            FaultBegins,
            FaultEnds,
            Operate,
            Look,
            LookAtLoad,
            NodesReady,
            News,
            OpenTab,
            HeldPollEnd,
            InsideCheck,
            PlaceComes,
            PolicyActs,
            Steer,
            Watch,
            MailRead,
            BudgetKnown,
            ExitReported,
            HideTab,
            SwitchNetwork,
            Beat,
        ];
        all.extend(Kind::ALL.map(Message::Edge));
        all.extend(Kind::ALL.map(Message::EdgeSent));
        all.extend(Reply::ALL.map(Message::Deliver));
        all
    }

    #[test]
    fn every_message_survives_the_agenda() {
        for message in every_message() {
            let entry = message.entry(Time::from_us(7), 3, 5, 9);
            assert_eq!(Message::of(entry), message);
            assert_eq!((entry.entity(), entry.attempt()), (5, 9));
        }
    }

    #[test]
    fn only_messages_about_sessions_name_one() {
        let at = Time::from_us(7);
        for message in every_message() {
            let of_session = matches!(
                message,
                Message::Wake
                    | Message::Send
                    | Message::OpenTab
                    | Message::News
                    | Message::Beat
                    | Message::PlaceComes
                    | Message::MailRead
                    | Message::HideTab
                    | Message::SwitchNetwork
                    | Message::Edge(_)
                    | Message::EdgeSent(_)
                    | Message::Deliver(_)
            );
            assert_eq!(Message::is_of_session(message.entry(at, 0, 0, 0)), of_session, "{message:?}");
        }
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
