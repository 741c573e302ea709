//! What kept a person from knowing: mechanisms of silence, each applied by a fact. All that ever applied to a person
//! are remembered as bits; the last one also by name, until an answer makes it good.

use super::super::tabs::Mark;
use super::{EXPLAINED, Last, ORDER_504, PROMISED_SEAT, People, TICKET, TOLD_DECLINED};
use crate::protocol::{
    Announcement, CallBack, Cause, CheckoutEvent, Direction, Fact, Incident, Kind, OperatorAction, PersonId,
    Reading, Reply, Stop, Truth, Who,
};

/// One way to be left without an answer. The order is that of the names in `mechanisms.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(in crate::metrics) enum Mechanism {
    AcceptQueueFull = 0,
    RateLimitedPolling = 1,
    OpaqueError = 2,
    WorkDoneAfter504 = 3,
    DeliberateSilence = 4,
    EvictedUntold = 5,
    HeldReplyLost = 6,
    ChargedWithoutTicket = 7,
    TicketWithoutConfirmation = 8,
    HoldStripped = 9,
    FrozenLine = 10,
    QueuedAfterSoldOut = 11,
    PlaceExpiredUnseen = 12,
    TurnExpiredUnseen = 13,
    DroppedInside = 14,
    ConnectionClosed = 15,
    NetworkLoss = 16,
    ClientTimeout = 17,
    FalseConfirmation = 18,
    NotAskedAgain = 19,
    SharesStrangersPlace = 20,
    CutByDuplicate = 21,
    TakenForNewcomer = 22,
    JoinLost = 23,
    ExpiredInBackground = 24,
    SessionForgotten = 25,
    KeptForEver = 26,
    RedirectsUsedUp = 27,
    AccountLocked = 28,
    OrderCancelled = 29,
    MailUnread = 30,
}

use Mechanism as M;

impl Mechanism {
    /// How many there are.
    pub const COUNT: usize = 31;

    /// Every one, in the order of its number.
    pub const ALL: [M; M::COUNT] = [
        M::AcceptQueueFull,
        M::RateLimitedPolling,
        M::OpaqueError,
        M::WorkDoneAfter504,
        M::DeliberateSilence,
        M::EvictedUntold,
        M::HeldReplyLost,
        M::ChargedWithoutTicket,
        M::TicketWithoutConfirmation,
        M::HoldStripped,
        M::FrozenLine,
        M::QueuedAfterSoldOut,
        M::PlaceExpiredUnseen,
        M::TurnExpiredUnseen,
        M::DroppedInside,
        M::ConnectionClosed,
        M::NetworkLoss,
        M::ClientTimeout,
        M::FalseConfirmation,
        M::NotAskedAgain,
        M::SharesStrangersPlace,
        M::CutByDuplicate,
        M::TakenForNewcomer,
        M::JoinLost,
        M::ExpiredInBackground,
        M::SessionForgotten,
        M::KeptForEver,
        M::RedirectsUsedUp,
        M::AccountLocked,
        M::OrderCancelled,
        M::MailUnread,
    ];

    const fn bit(self) -> u32 {
        1 << self as u32
    }

    /// It is about one attempt: the next readable answer makes it good.
    pub const fn is_of_an_attempt(self) -> bool {
        matches!(
            self,
            M::AcceptQueueFull
                | M::RateLimitedPolling
                | M::AccountLocked
                | M::OpaqueError
                | M::DeliberateSilence
                | M::ConnectionClosed
                | M::NetworkLoss
                | M::ClientTimeout
        )
    }

    /// Does this readable answer make it good?
    const fn is_made_good_by(self, reply: Reply) -> bool {
        let is_final = matches!(
            reply,
            Reply::Confirmed | Reply::SoldOut | Reply::SaleClosed | Reply::Evicted | Reply::NewcomersRefused
        );
        is_final
            || self.is_of_an_attempt()
            || match self {
                M::WorkDoneAfter504 | M::HeldReplyLost => {
                    matches!(reply, Reply::Held | Reply::CheckoutOpen | Reply::HoldEnded | Reply::Declined)
                }
                M::HoldStripped => matches!(reply, Reply::HoldEnded | Reply::TurnEnded),
                M::ExpiredInBackground
                | M::PlaceExpiredUnseen
                | M::TurnExpiredUnseen
                | M::DroppedInside
                | M::SessionForgotten => {
                    matches!(reply, Reply::PlaceLost | Reply::TurnEnded | Reply::HoldEnded)
                }
                M::SharesStrangersPlace | M::MailUnread => {
                    matches!(reply, Reply::PlaceLost | Reply::YourTurn)
                }
                M::FrozenLine => matches!(reply, Reply::SalePaused | Reply::YourTurn),
                _ => false,
            }
    }

    /// What left an attempt of this kind without an answer for this cause, where the cause alone tells.
    const fn of(kind: Kind, cause: Cause) -> Option<M> {
        match cause {
            Cause::BacklogFull | Cause::BacklogWait => Some(M::AcceptQueueFull),
            Cause::RateLimit if matches!(kind, Kind::Poll | Kind::Reverify) => Some(M::RateLimitedPolling),
            Cause::AccountLock => Some(M::AccountLocked),
            Cause::DeliberateSilence => Some(M::DeliberateSilence),
            Cause::ConnectionCap | Cause::GatewayDown => Some(M::ConnectionClosed),
            Cause::LostUp | Cause::LostDown | Cause::Partition => Some(M::NetworkLoss),
            _ => None,
        }
    }
}

const _: () = assert!(M::COUNT <= 32, "each mechanism has a bit of a person's row");

impl People {
    /// Looks whether a fact applies a mechanism, or makes one good. Called after the fact has changed the person.
    pub(super) fn trace(&mut self, fact: &Fact) {
        match *fact {
            Fact::Sent { who, kind, .. } | Fact::Accepted { who, kind, .. } if kind.is_waited_for() => {
                self.flag(who, EXPLAINED, false);
            }
            Fact::Lost { who, kind, way } => {
                self.blame(who, kind, M::NetworkLoss);
                if way == Direction::Down {
                    self.lose_reply(who, kind);
                }
            }
            Fact::SynDropped { who, kind, .. } => self.blame(who, kind, M::AcceptQueueFull),
            Fact::ConnectionClosed { who, kind, cause, .. } => {
                let locked = cause == Cause::AccountLock;
                self.blame(who, kind, if locked { M::AccountLocked } else { M::ConnectionClosed });
            }
            Fact::Silenced { who, kind, .. } => self.blame(who, kind, M::DeliberateSilence),
            Fact::Answered { who, kind: Kind::Hold | Kind::Pay, reply, cause, .. } => {
                let given_up = reply == Reply::UpstreamTimeout && cause != Cause::DeliberateSilence;
                self.flag(who, ORDER_504, given_up);
            }
            Fact::Heard { who, kind, reading, cause } if kind.is_waited_for() => match reading {
                Reading::Answer(Reply::RateLimited) if cause == Cause::AccountLock => {
                    self.apply(who.person, M::AccountLocked);
                }
                Reading::Answer(reply) => self.trace_answer(who, kind, reply),
                Reading::Opaque(reply) => self.trace_opaque(who, kind, reply, cause),
            },
            Fact::TimedOut { who, kind, cause } => {
                // What a fact has explained already needs no guess from the cause.
                if !self.is_flagged(who, EXPLAINED) {
                    self.apply(who.person, M::of(kind, cause).unwrap_or(M::ClientTimeout));
                }
                if cause == Cause::LostDown {
                    self.lose_reply(who, kind);
                }
            }
            // Who leaves, or is cut off, while waiting has no reply by which to know why it was in vain.
            Fact::Stopped { who, why: Stop::Patience | Stop::Silence } | Fact::Cut { who, .. }
                if self.last(who.person.0) == Last::Unanswered && !self.is_flagged(who, EXPLAINED) =>
            {
                self.apply(who.person, M::ClientTimeout);
            }
            Fact::Ignored { who, reply: Reply::Held } => self.lose_reply(who, Kind::Hold),
            _ => self.trace_backend(fact),
        }
    }

    /// The same for what the backend does on its side.
    fn trace_backend(&mut self, fact: &Fact) {
        match *fact {
            Fact::SeatHeld { who, .. } if self.is_flagged(who, ORDER_504) => {
                self.apply(who.person, M::WorkDoneAfter504);
            }
            Fact::SeatSold { who, .. } => {
                self.undo(who.person, M::ChargedWithoutTicket);
                self.flag(who, PROMISED_SEAT, false);
                if self.is_flagged(who, ORDER_504) {
                    self.apply(who.person, M::WorkDoneAfter504);
                } else if self.has(who, Mark::Stopped) || self.last(who.person.0) == Last::TimedOut {
                    self.apply(who.person, M::TicketWithoutConfirmation);
                }
            }
            Fact::SeatReturned { who, expired, .. } => {
                if expired && self.is_flagged(who, PROMISED_SEAT) && !self.has(who, Mark::Stopped) {
                    self.apply(who.person, M::HoldStripped);
                }
                self.flag(who, PROMISED_SEAT, false);
            }
            Fact::Charged { who, .. } if self.truth_of(who) != Truth::Paying => self.charge_in_vain(who),
            Fact::PaymentReplyLost { who, charged: true } => self.charge_in_vain(who),
            Fact::AtCheckout { who, step: CheckoutEvent::Refunded } => {
                self.undo(who.person, M::ChargedWithoutTicket);
            }
            Fact::Decided { who, truth: Truth::Declined } => self.flag(who, TOLD_DECLINED, false),
            Fact::Decided { who, truth: Truth::Evicted } => self.apply_to_present(who, M::EvictedUntold),
            Fact::Restored { who } => self.undo(who.person, M::EvictedUntold),
            Fact::Decided { who, truth: Truth::Queued } if self.paused => {
                self.apply_to_present(who, M::FrozenLine);
            }
            Fact::Skipped { who } => self.apply_to_present(who, M::PlaceExpiredUnseen),
            Fact::CalledBack { who, step: CallBack::TurnMailed | CallBack::EndMailed } => {
                self.apply_to_present(who, M::MailUnread);
            }
            Fact::CalledBack { who, step: CallBack::TurnRead | CallBack::EndRead } => {
                self.undo(who.person, M::MailUnread);
            }
            // Of a turn that was told by a mail it is the mail that went unread.
            Fact::NoShow { who }
                if self.told(who.person.0).is_none()
                    && self.last_mechanism(who.person.0) != Some(M::MailUnread) =>
            {
                self.apply_to_present(who, M::TurnExpiredUnseen);
            }
            Fact::Incident { who, incident } => self.trace_incident(who, incident),
            Fact::DroppedInside { who } => self.apply_to_present(who, M::DroppedInside),
            Fact::Decided { who, truth: Truth::Cancelled } => self.apply(who.person, M::OrderCancelled),
            Fact::Informed { person, word: Announcement::OrderCancelled, .. } => {
                self.undo(person, M::OrderCancelled);
            }
            Fact::Forgotten { who } => self.apply_to_present(who, M::SessionForgotten),
            Fact::Enqueued { who } if self.is_gone_for(who.person) => {
                self.apply_to_present(who, M::QueuedAfterSoldOut);
            }
            Fact::Operated { act: OperatorAction::Pause, .. } => self.pause(),
            Fact::Operated { act: OperatorAction::Resume, .. } => self.paused = false,
            Fact::Informed { person, word: Announcement::Paused | Announcement::Trouble, .. }
                if self.paused =>
            {
                self.undo(person, M::FrozenLine);
            }
            _ => {}
        }
    }

    /// The same for what befell a session and its place.
    fn trace_incident(&mut self, who: Who, incident: Incident) {
        match incident {
            Incident::SharesStrangersPlace => self.apply_to_present(who, M::SharesStrangersPlace),
            Incident::CutByDuplicate => self.apply_to_present(who, M::CutByDuplicate),
            Incident::TakenForNewcomer | Incident::LostWithAddress => {
                self.apply_to_present(who, M::TakenForNewcomer);
            }
            Incident::JoinLost => self.apply_to_present(who, M::JoinLost),
            Incident::ExpiredInBackground => self.apply_to_present(who, M::ExpiredInBackground),
            Incident::KeptForEver => self.apply_to_present(who, M::KeptForEver),
            Incident::RedirectsUsedUp => self.apply_to_present(who, M::RedirectsUsedUp),
            Incident::SharesOwnPlace
            | Incident::TurnForNobody
            | Incident::TabHidden
            | Incident::CameWithoutTurn
            | Incident::TurnMisdated
            | Incident::JoinMisdated
            | Incident::ExitLost => {}
        }
    }

    /// A readable answer: no longer in the dark about whatever it answers.
    fn trace_answer(&mut self, who: Who, kind: Kind, reply: Reply) {
        match reply {
            Reply::RateLimited if matches!(kind, Kind::Poll | Kind::Reverify) => {
                return self.apply(who.person, M::RateLimitedPolling);
            }
            Reply::Held | Reply::CheckoutOpen => self.flag(who, PROMISED_SEAT, true),
            Reply::HoldEnded => self.flag(who, PROMISED_SEAT, false),
            Reply::Declined => {
                self.flag(who, PROMISED_SEAT, false);
                self.flag(who, TOLD_DECLINED, true);
            }
            Reply::Evicted => self.undo(who.person, M::EvictedUntold),
            Reply::Confirmed => self.undo(who.person, M::TicketWithoutConfirmation),
            Reply::SalePaused if self.paused => self.undo(who.person, M::FrozenLine),
            _ => {}
        }
        self.make_good(who, reply);
    }

    fn trace_opaque(&mut self, who: Who, kind: Kind, reply: Reply, cause: Cause) {
        if let Some(mechanism) = M::of(kind, cause) {
            self.apply(who.person, mechanism);
        }
        if reply.has_status() {
            self.apply(who.person, M::OpaqueError);
        }
        // With headers it would say no more: what keeps the person out is the lock.
        if cause == Cause::AccountLock {
            self.apply(who.person, M::AccountLocked);
        }
        if matches!(reply, Reply::Held | Reply::Confirmed) {
            self.lose_reply(who, kind);
        }
    }

    /// What no answer made good so far, unless an order is still open, which only its own answer settles.
    pub(super) fn make_good(&mut self, who: Who, reply: Reply) {
        let person = who.person;
        if let Some(last) = self.last_mechanism(person.0)
            && last.is_made_good_by(reply)
            && !self.order_unsure(person.0)
        {
            self.rows[person.index()].last_mechanism = 0;
        }
    }

    /// The reply to somebody who holds seats, or has bought them, did not arrive.
    fn lose_reply(&mut self, who: Who, kind: Kind) {
        match self.truth_of(who) {
            Truth::Holding if kind == Kind::Hold => self.apply(who.person, M::HeldReplyLost),
            Truth::Sold => self.apply(who.person, M::TicketWithoutConfirmation),
            _ => {}
        }
    }

    fn charge_in_vain(&mut self, who: Who) {
        if !self.is_flagged(who, TICKET) {
            self.apply(who.person, M::ChargedWithoutTicket);
        }
    }

    /// The sale is paused: whoever is in line stands still from now on.
    fn pause(&mut self) {
        if self.paused {
            return;
        }
        self.paused = true;
        for person in 0..self.count() {
            if self.stands_in_line(person) {
                self.apply(PersonId(person), M::FrozenLine);
            }
        }
    }

    /// An attempt that is waited for will get no answer for this reason.
    fn blame(&mut self, who: Who, kind: Kind, mechanism: M) {
        let waits = self.last(who.person.0) == Last::Unanswered && !self.has(who, Mark::Stopped);
        if kind.is_waited_for() && waits {
            self.flag(who, EXPLAINED, true);
            self.apply(who.person, mechanism);
        }
    }

    fn apply_to_present(&mut self, who: Who, mechanism: M) {
        if !self.has(who, Mark::Stopped) {
            self.apply(who.person, mechanism);
        }
    }

    fn apply(&mut self, person: PersonId, mechanism: M) {
        let row = &mut self.rows[person.index()];
        row.mechanisms |= mechanism.bit();
        row.last_mechanism = mechanism as u8 + 1;
    }

    /// It does not apply after all.
    fn undo(&mut self, person: PersonId, mechanism: M) {
        let was_last = self.last_mechanism(person.0) == Some(mechanism);
        let row = &mut self.rows[person.index()];
        row.mechanisms &= !mechanism.bit();
        if was_last {
            row.last_mechanism = 0;
        }
    }

    /// The last mechanism that applied to the person and was not made good.
    pub fn last_mechanism(&self, person: u32) -> Option<M> {
        self.row(person).last_mechanism.checked_sub(1).map(|index| M::ALL[usize::from(index)])
    }

    /// Did a fact ever apply this mechanism to the person?
    pub fn was_touched_by(&self, person: u32, mechanism: M) -> bool {
        self.row(person).mechanisms & mechanism.bit() != 0
    }
}
