//! Why silent failures were silent: one mechanism a person, the last that applied and that no answer made good. How
//! facts apply mechanisms is in `people/mechanism.rs`; four of them break a promise.

use super::columns::{Column, put_columns};
use super::people::{Last, Mechanism as M, News, People};
use super::person_outcome::{Knowledge, PersonOutcome};
use super::{Definition, Metric, Per, Recorder};
use crate::engine::time::Time;
use crate::protocol::{BandId, Fact, Roster};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const SILENT_MECHANISM_ACCEPT_QUEUE_FULL: &str = "silent.mechanism.accept_queue_full";
    pub(crate) const SILENT_MECHANISM_ACCEPT_QUEUE_FULL_TOUCHED: &str =
        "silent.mechanism.accept_queue_full.touched";
    pub(crate) const SILENT_MECHANISM_RATE_LIMITED_POLLING: &str = "silent.mechanism.rate_limited_polling";
    pub(crate) const SILENT_MECHANISM_RATE_LIMITED_POLLING_TOUCHED: &str =
        "silent.mechanism.rate_limited_polling.touched";
    pub(crate) const SILENT_MECHANISM_OPAQUE_ERROR: &str = "silent.mechanism.opaque_error";
    pub(crate) const SILENT_MECHANISM_OPAQUE_ERROR_TOUCHED: &str = "silent.mechanism.opaque_error.touched";
    pub(crate) const SILENT_MECHANISM_WORK_DONE_AFTER_504: &str = "silent.mechanism.work_done_after_504";
    pub(crate) const SILENT_MECHANISM_WORK_DONE_AFTER_504_TOUCHED: &str =
        "silent.mechanism.work_done_after_504.touched";
    pub(crate) const SILENT_MECHANISM_DELIBERATE_SILENCE: &str = "silent.mechanism.deliberate_silence";
    pub(crate) const SILENT_MECHANISM_DELIBERATE_SILENCE_TOUCHED: &str =
        "silent.mechanism.deliberate_silence.touched";
    pub(crate) const SILENT_MECHANISM_EVICTED_UNTOLD: &str = "silent.mechanism.evicted_untold";
    pub(crate) const SILENT_MECHANISM_EVICTED_UNTOLD_TOUCHED: &str =
        "silent.mechanism.evicted_untold.touched";
    pub(crate) const SILENT_MECHANISM_HELD_REPLY_LOST: &str = "silent.mechanism.held_reply_lost";
    pub(crate) const SILENT_MECHANISM_HELD_REPLY_LOST_TOUCHED: &str =
        "silent.mechanism.held_reply_lost.touched";
    pub(crate) const SILENT_MECHANISM_CHARGED_WITHOUT_TICKET: &str =
        "silent.mechanism.charged_without_ticket";
    pub(crate) const SILENT_MECHANISM_CHARGED_WITHOUT_TICKET_TOUCHED: &str =
        "silent.mechanism.charged_without_ticket.touched";
    pub(crate) const SILENT_MECHANISM_TICKET_WITHOUT_CONFIRMATION: &str =
        "silent.mechanism.ticket_without_confirmation";
    pub(crate) const SILENT_MECHANISM_TICKET_WITHOUT_CONFIRMATION_TOUCHED: &str =
        "silent.mechanism.ticket_without_confirmation.touched";
    pub(crate) const SILENT_MECHANISM_HOLD_STRIPPED: &str = "silent.mechanism.hold_stripped";
    pub(crate) const SILENT_MECHANISM_HOLD_STRIPPED_TOUCHED: &str = "silent.mechanism.hold_stripped.touched";
    pub(crate) const SILENT_MECHANISM_FROZEN_LINE: &str = "silent.mechanism.frozen_line";
    pub(crate) const SILENT_MECHANISM_FROZEN_LINE_TOUCHED: &str = "silent.mechanism.frozen_line.touched";
    pub(crate) const SILENT_MECHANISM_QUEUED_AFTER_SOLD_OUT: &str = "silent.mechanism.queued_after_sold_out";
    pub(crate) const SILENT_MECHANISM_QUEUED_AFTER_SOLD_OUT_TOUCHED: &str =
        "silent.mechanism.queued_after_sold_out.touched";
    pub(crate) const SILENT_MECHANISM_PLACE_EXPIRED_UNSEEN: &str = "silent.mechanism.place_expired_unseen";
    pub(crate) const SILENT_MECHANISM_PLACE_EXPIRED_UNSEEN_TOUCHED: &str =
        "silent.mechanism.place_expired_unseen.touched";
    pub(crate) const SILENT_MECHANISM_TURN_EXPIRED_UNSEEN: &str = "silent.mechanism.turn_expired_unseen";
    pub(crate) const SILENT_MECHANISM_TURN_EXPIRED_UNSEEN_TOUCHED: &str =
        "silent.mechanism.turn_expired_unseen.touched";
    pub(crate) const SILENT_MECHANISM_DROPPED_INSIDE: &str = "silent.mechanism.dropped_inside";
    pub(crate) const SILENT_MECHANISM_DROPPED_INSIDE_TOUCHED: &str =
        "silent.mechanism.dropped_inside.touched";
    pub(crate) const SILENT_MECHANISM_CONNECTION_CLOSED: &str = "silent.mechanism.connection_closed";
    pub(crate) const SILENT_MECHANISM_CONNECTION_CLOSED_TOUCHED: &str =
        "silent.mechanism.connection_closed.touched";
    pub(crate) const SILENT_MECHANISM_NETWORK_LOSS: &str = "silent.mechanism.network_loss";
    pub(crate) const SILENT_MECHANISM_NETWORK_LOSS_TOUCHED: &str = "silent.mechanism.network_loss.touched";
    pub(crate) const SILENT_MECHANISM_CLIENT_TIMEOUT: &str = "silent.mechanism.client_timeout";
    pub(crate) const SILENT_MECHANISM_CLIENT_TIMEOUT_TOUCHED: &str =
        "silent.mechanism.client_timeout.touched";
    pub(crate) const SILENT_MECHANISM_FALSE_CONFIRMATION: &str = "silent.mechanism.false_confirmation";
    pub(crate) const SILENT_MECHANISM_FALSE_CONFIRMATION_TOUCHED: &str =
        "silent.mechanism.false_confirmation.touched";
    pub(crate) const SILENT_MECHANISM_NOT_ASKED_AGAIN: &str = "silent.mechanism.not_asked_again";
    pub(crate) const SILENT_MECHANISM_NOT_ASKED_AGAIN_TOUCHED: &str =
        "silent.mechanism.not_asked_again.touched";
    pub(crate) const SILENT_MECHANISM_SHARES_STRANGERS_PLACE: &str =
        "silent.mechanism.shares_strangers_place";
    pub(crate) const SILENT_MECHANISM_SHARES_STRANGERS_PLACE_TOUCHED: &str =
        "silent.mechanism.shares_strangers_place.touched";
    pub(crate) const SILENT_MECHANISM_CUT_BY_DUPLICATE: &str = "silent.mechanism.cut_by_duplicate";
    pub(crate) const SILENT_MECHANISM_CUT_BY_DUPLICATE_TOUCHED: &str =
        "silent.mechanism.cut_by_duplicate.touched";
    pub(crate) const SILENT_MECHANISM_TAKEN_FOR_NEWCOMER: &str = "silent.mechanism.taken_for_newcomer";
    pub(crate) const SILENT_MECHANISM_TAKEN_FOR_NEWCOMER_TOUCHED: &str =
        "silent.mechanism.taken_for_newcomer.touched";
    pub(crate) const SILENT_MECHANISM_JOIN_LOST: &str = "silent.mechanism.join_lost";
    pub(crate) const SILENT_MECHANISM_JOIN_LOST_TOUCHED: &str = "silent.mechanism.join_lost.touched";
    pub(crate) const SILENT_MECHANISM_EXPIRED_IN_BACKGROUND: &str = "silent.mechanism.expired_in_background";
    pub(crate) const SILENT_MECHANISM_EXPIRED_IN_BACKGROUND_TOUCHED: &str =
        "silent.mechanism.expired_in_background.touched";
    pub(crate) const SILENT_MECHANISM_SESSION_FORGOTTEN: &str = "silent.mechanism.session_forgotten";
    pub(crate) const SILENT_MECHANISM_SESSION_FORGOTTEN_TOUCHED: &str =
        "silent.mechanism.session_forgotten.touched";
    pub(crate) const SILENT_MECHANISM_KEPT_FOR_EVER: &str = "silent.mechanism.kept_for_ever";
    pub(crate) const SILENT_MECHANISM_KEPT_FOR_EVER_TOUCHED: &str = "silent.mechanism.kept_for_ever.touched";
    pub(crate) const SILENT_MECHANISM_REDIRECTS_USED_UP: &str = "silent.mechanism.redirects_used_up";
    pub(crate) const SILENT_MECHANISM_REDIRECTS_USED_UP_TOUCHED: &str =
        "silent.mechanism.redirects_used_up.touched";
    pub(crate) const SILENT_MECHANISM_ACCOUNT_LOCKED: &str = "silent.mechanism.account_locked";
    pub(crate) const SILENT_MECHANISM_ACCOUNT_LOCKED_TOUCHED: &str =
        "silent.mechanism.account_locked.touched";
    pub(crate) const SILENT_MECHANISM_ORDER_CANCELLED: &str = "silent.mechanism.order_cancelled";
    pub(crate) const SILENT_MECHANISM_ORDER_CANCELLED_TOUCHED: &str =
        "silent.mechanism.order_cancelled.touched";
    pub(crate) const SILENT_MECHANISM_MAIL_UNREAD: &str = "silent.mechanism.mail_unread";
    pub(crate) const SILENT_MECHANISM_MAIL_UNREAD_TOUCHED: &str = "silent.mechanism.mail_unread.touched";
    pub(crate) const TRUST_PROMISES_BROKEN_HOLD_STRIPPED: &str = "trust.promises_broken.hold_stripped";
    pub(crate) const TRUST_PROMISES_BROKEN_PLACE_LOST_UNSEEN: &str =
        "trust.promises_broken.place_lost_unseen";
    pub(crate) const TRUST_PROMISES_BROKEN_TURN_EXPIRED_UNSEEN: &str =
        "trust.promises_broken.turn_expired_unseen";
    pub(crate) const TRUST_PROMISES_BROKEN_QUEUED_AFTER_SOLD_OUT: &str =
        "trust.promises_broken.queued_after_sold_out";
    pub(crate) const TRUST_PROMISES_BROKEN: &str = "trust.promises_broken";
}

/// Names in the order of [`M`]: of the silent failures, and of everybody it applied to.
const NAMES: [(&str, &str); M::COUNT] = [
    (names::SILENT_MECHANISM_ACCEPT_QUEUE_FULL, names::SILENT_MECHANISM_ACCEPT_QUEUE_FULL_TOUCHED),
    (names::SILENT_MECHANISM_RATE_LIMITED_POLLING, names::SILENT_MECHANISM_RATE_LIMITED_POLLING_TOUCHED),
    (names::SILENT_MECHANISM_OPAQUE_ERROR, names::SILENT_MECHANISM_OPAQUE_ERROR_TOUCHED),
    (names::SILENT_MECHANISM_WORK_DONE_AFTER_504, names::SILENT_MECHANISM_WORK_DONE_AFTER_504_TOUCHED),
    (names::SILENT_MECHANISM_DELIBERATE_SILENCE, names::SILENT_MECHANISM_DELIBERATE_SILENCE_TOUCHED),
    (names::SILENT_MECHANISM_EVICTED_UNTOLD, names::SILENT_MECHANISM_EVICTED_UNTOLD_TOUCHED),
    (names::SILENT_MECHANISM_HELD_REPLY_LOST, names::SILENT_MECHANISM_HELD_REPLY_LOST_TOUCHED),
    (names::SILENT_MECHANISM_CHARGED_WITHOUT_TICKET, names::SILENT_MECHANISM_CHARGED_WITHOUT_TICKET_TOUCHED),
    (
        names::SILENT_MECHANISM_TICKET_WITHOUT_CONFIRMATION,
        names::SILENT_MECHANISM_TICKET_WITHOUT_CONFIRMATION_TOUCHED,
    ),
    (names::SILENT_MECHANISM_HOLD_STRIPPED, names::SILENT_MECHANISM_HOLD_STRIPPED_TOUCHED),
    (names::SILENT_MECHANISM_FROZEN_LINE, names::SILENT_MECHANISM_FROZEN_LINE_TOUCHED),
    (names::SILENT_MECHANISM_QUEUED_AFTER_SOLD_OUT, names::SILENT_MECHANISM_QUEUED_AFTER_SOLD_OUT_TOUCHED),
    (names::SILENT_MECHANISM_PLACE_EXPIRED_UNSEEN, names::SILENT_MECHANISM_PLACE_EXPIRED_UNSEEN_TOUCHED),
    (names::SILENT_MECHANISM_TURN_EXPIRED_UNSEEN, names::SILENT_MECHANISM_TURN_EXPIRED_UNSEEN_TOUCHED),
    (names::SILENT_MECHANISM_DROPPED_INSIDE, names::SILENT_MECHANISM_DROPPED_INSIDE_TOUCHED),
    (names::SILENT_MECHANISM_CONNECTION_CLOSED, names::SILENT_MECHANISM_CONNECTION_CLOSED_TOUCHED),
    (names::SILENT_MECHANISM_NETWORK_LOSS, names::SILENT_MECHANISM_NETWORK_LOSS_TOUCHED),
    (names::SILENT_MECHANISM_CLIENT_TIMEOUT, names::SILENT_MECHANISM_CLIENT_TIMEOUT_TOUCHED),
    (names::SILENT_MECHANISM_FALSE_CONFIRMATION, names::SILENT_MECHANISM_FALSE_CONFIRMATION_TOUCHED),
    (names::SILENT_MECHANISM_NOT_ASKED_AGAIN, names::SILENT_MECHANISM_NOT_ASKED_AGAIN_TOUCHED),
    (names::SILENT_MECHANISM_SHARES_STRANGERS_PLACE, names::SILENT_MECHANISM_SHARES_STRANGERS_PLACE_TOUCHED),
    (names::SILENT_MECHANISM_CUT_BY_DUPLICATE, names::SILENT_MECHANISM_CUT_BY_DUPLICATE_TOUCHED),
    (names::SILENT_MECHANISM_TAKEN_FOR_NEWCOMER, names::SILENT_MECHANISM_TAKEN_FOR_NEWCOMER_TOUCHED),
    (names::SILENT_MECHANISM_JOIN_LOST, names::SILENT_MECHANISM_JOIN_LOST_TOUCHED),
    (names::SILENT_MECHANISM_EXPIRED_IN_BACKGROUND, names::SILENT_MECHANISM_EXPIRED_IN_BACKGROUND_TOUCHED),
    (names::SILENT_MECHANISM_SESSION_FORGOTTEN, names::SILENT_MECHANISM_SESSION_FORGOTTEN_TOUCHED),
    (names::SILENT_MECHANISM_KEPT_FOR_EVER, names::SILENT_MECHANISM_KEPT_FOR_EVER_TOUCHED),
    (names::SILENT_MECHANISM_REDIRECTS_USED_UP, names::SILENT_MECHANISM_REDIRECTS_USED_UP_TOUCHED),
    (names::SILENT_MECHANISM_ACCOUNT_LOCKED, names::SILENT_MECHANISM_ACCOUNT_LOCKED_TOUCHED),
    (names::SILENT_MECHANISM_ORDER_CANCELLED, names::SILENT_MECHANISM_ORDER_CANCELLED_TOUCHED),
    (names::SILENT_MECHANISM_MAIL_UNREAD, names::SILENT_MECHANISM_MAIL_UNREAD_TOUCHED),
];

/// Mechanisms that break a promise, with the names of their counts.
const PROMISES: [(M, &str); 4] = [
    (M::HoldStripped, names::TRUST_PROMISES_BROKEN_HOLD_STRIPPED),
    (M::PlaceExpiredUnseen, names::TRUST_PROMISES_BROKEN_PLACE_LOST_UNSEEN),
    (M::TurnExpiredUnseen, names::TRUST_PROMISES_BROKEN_TURN_EXPIRED_UNSEEN),
    (M::QueuedAfterSoldOut, names::TRUST_PROMISES_BROKEN_QUEUED_AFTER_SOLD_OUT),
];

const TOUCHED_DOC: &str = "Persons who came to whom the mechanism of this name ever applied, whether they were told later \
                           or not; one person may be in several.";

/// The name of the metric that counts silent failures at this mechanism.
pub(super) const fn name_of(mechanism: M) -> &'static str {
    NAMES[mechanism as usize].0
}

/// Counts at the end only.
pub(super) struct Mechanisms;

/// One column: all persons, or one cohort.
#[derive(Clone, Copy, Default)]
struct Counts {
    failures: u64,
    persons: u64,
    causes: [u64; M::COUNT],
    touched: [u64; M::COUNT],
    let_down: u64,
}

const fn failures(mechanism: M, doc: &'static str) -> Definition {
    Definition::lower(NAMES[mechanism as usize].0, "persons", doc).per(Per::SaleAndCohort)
}

const fn touched(mechanism: M) -> Definition {
    Definition::lower(NAMES[mechanism as usize].1, "persons", TOUCHED_DOC)
}

const fn promise(place: usize, doc: &'static str) -> Definition {
    Definition::lower(PROMISES[place].1, "persons", doc).per(Per::SaleAndCohort)
}

impl Metric for Mechanisms {
    #[rustfmt::skip]
    const DEFINITIONS: &'static [Definition] = &[
        failures(M::AcceptQueueFull, "Silent failures (the rows of silent.mechanism add up to them), each counted at the last \
            mechanism that applied and that no readable answer made good. Here: a SYN vanished before a full accept queue, \
            or the request waited in it until its client had gone."),
        failures(M::RateLimitedPolling, "Of them: a poll (or a proof of being entitled) was refused or delayed by the rate limit."),
        failures(M::OpaqueError, "Of them: an error came without CORS headers, so no status could be read."),
        failures(M::WorkDoneAfter504, "Of them: seats were held or sold for a request whose 504 had left, and no reply to a hold \
            or payment since."),
        failures(M::DeliberateSilence, "Of them: the backend had decided, and chose not to answer."),
        failures(M::EvictedUntold, "Of them: taken out of the line while somebody was there, and never told so."),
        failures(M::HeldReplyLost, "Of them: seats were held, and the reply was lost, late or unreadable."),
        failures(M::ChargedWithoutTicket, "Of them: the money was taken, and there is no ticket."),
        failures(M::TicketWithoutConfirmation, "Of them: a ticket was sold, and its confirmation was lost, unreadable, or came \
            when nobody waited any more; also every ghost purchase that no other mechanism explains."),
        failures(M::HoldStripped, "Of them: a screen said that seats were held, and they ran out before they were paid."),
        failures(M::FrozenLine, "Of them: was in line, or joined it, during a pause, and was not informed of it while it lasted."),
        failures(M::QueuedAfterSoldOut, "Of them: joined the line, or stood in it without a turn, when everything they asked for \
            was sold and the line was not told."),
        failures(M::PlaceExpiredUnseen, "Of them: the place in line was skipped for want of contact while somebody was there."),
        failures(M::TurnExpiredUnseen, "Of them: a turn ended unused that its person had never been told of."),
        failures(M::DroppedInside, "Of them: dropped inside for want of a heartbeat while somebody was there."),
        failures(M::ConnectionClosed, "Of them: a gateway closed or reset the connection without a reply."),
        failures(M::NetworkLoss, "Of them: the network lost the request or the reply."),
        failures(M::ClientTimeout, "Of them: the client, or its person, stopped waiting while the answer was still being made."),
        failures(M::FalseConfirmation, "Of them: a screen confirmed an order that does not exist, and nothing was charged."),
        failures(M::NotAskedAgain, "Of the other silent failures: every attempt had been answered, the decision fell after the \
            last answer, and the person left (or the horizon came) before asking again."),
        failures(M::SharesStrangersPlace, "Of them: shown in line on the place of a stranger behind the same address, with none of their own."),
        failures(M::CutByDuplicate, "Of them: another session joined under their key and took the place, and they were not told."),
        failures(M::TakenForNewcomer, "Of them: not known again - their browser kept no cookie, or their device had changed its address - and put at the back of the line."),
        failures(M::JoinLost, "Of them: the message of their join was put aside, so that they were told to be in line for ever and had no place."),
        failures(M::ExpiredInBackground, "Of them: place or turn ran out while their tab was in the background."),
        failures(M::SessionForgotten, "Of them: the waiting room lost what it knew of the session while somebody was there."),
        failures(M::KeptForEver, "Of them: taken for a bot, told to be in line, and kept there for ever on purpose."),
        failures(M::RedirectsUsedUp, "Of them: the page had let them through to the shop too often under one turn, and showed an error from then on."),
        failures(M::AccountLocked, "Of them: every request of their account was refused, and no answer said that it is locked."),
        failures(M::OrderCancelled, "Of them: their order was cancelled after it had been confirmed, and they were not told."),
        failures(M::MailUnread, "Of them: went away to be called back, and the mail about their turn, or about the end of the line, was not read."),
        touched(M::AcceptQueueFull),
        touched(M::RateLimitedPolling),
        touched(M::OpaqueError),
        touched(M::WorkDoneAfter504),
        touched(M::DeliberateSilence),
        touched(M::EvictedUntold),
        touched(M::HeldReplyLost),
        touched(M::ChargedWithoutTicket),
        touched(M::TicketWithoutConfirmation),
        touched(M::HoldStripped),
        touched(M::FrozenLine),
        touched(M::QueuedAfterSoldOut),
        touched(M::PlaceExpiredUnseen),
        touched(M::TurnExpiredUnseen),
        touched(M::DroppedInside),
        touched(M::ConnectionClosed),
        touched(M::NetworkLoss),
        touched(M::ClientTimeout),
        touched(M::FalseConfirmation),
        touched(M::NotAskedAgain),
        touched(M::SharesStrangersPlace),
        touched(M::CutByDuplicate),
        touched(M::TakenForNewcomer),
        touched(M::JoinLost),
        touched(M::ExpiredInBackground),
        touched(M::SessionForgotten),
        touched(M::KeptForEver),
        touched(M::RedirectsUsedUp),
        touched(M::AccountLocked),
        touched(M::OrderCancelled),
        touched(M::MailUnread),
        Definition::lower(names::TRUST_PROMISES_BROKEN, "persons", "Persons to whom at least one of the four promises below was broken.")
            .per(Per::SaleAndCohort),
        promise(0, "Persons whose screen said that seats were held, and whose seats ran out before they were paid."),
        promise(1, "Persons whose place in line was skipped for want of contact while they were there."),
        promise(2, "Persons whose turn ended unused before they had been told of it, while they were there."),
        promise(3, "Persons in line without a turn when everything they asked for was sold and the line was not told."),
    ];

    fn new(_roster: &Roster) -> Mechanisms {
        Mechanisms
    }

    fn hear(&mut self, _at: Time, _fact: &Fact, _news: &News) {}

    fn finish(self, people: &People, recorder: &mut Recorder<'_>) {
        put_columns::<Counts>(people, recorder);
    }
}

impl Column for Counts {
    fn count(&mut self, people: &People, person: u32, band: Option<BandId>) {
        let verdict = PersonOutcome::of(people, person, band);
        let knowledge = Knowledge::of(people, person, verdict);
        let failed = knowledge.is_silent_failure() && people.sent_anything(person);
        let cause = failed.then(|| cause_of(people, person, band, knowledge));
        self.persons += 1;
        self.failures += u64::from(failed);
        if let Some(cause) = cause {
            self.causes[cause as usize] += 1;
        }
        for mechanism in M::ALL {
            let applied = match mechanism {
                M::ChargedWithoutTicket => charged_in_vain(people, person),
                M::QueuedAfterSoldOut => queued_after_sold_out(people, person, band),
                _ => people.was_touched_by(person, mechanism),
            };
            self.touched[mechanism as usize] += u64::from(applied || cause == Some(mechanism));
        }
        let broken = PROMISES.iter().any(|(mechanism, _)| match mechanism {
            M::QueuedAfterSoldOut => queued_after_sold_out(people, person, band),
            mechanism => people.was_touched_by(person, *mechanism),
        });
        self.let_down += u64::from(broken);
    }

    fn add(&mut self, other: &Counts) {
        let add = |sums: &mut [u64], counts: &[u64]| {
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        };
        add(&mut self.causes, &other.causes);
        add(&mut self.touched, &other.touched);
        self.failures += other.failures;
        self.persons += other.persons;
        self.let_down += other.let_down;
    }

    fn put(self, recorder: &mut Recorder<'_>, cohort: Option<usize>) {
        let sum: u64 = self.causes.iter().sum();
        assert!(sum == self.failures, "the mechanisms explain {sum} of {} silent failures", self.failures);
        for ((name, _), count) in NAMES.iter().zip(self.causes) {
            recorder.count(name, count).over(self.failures).of_cohort(cohort);
        }
        recorder.count(names::TRUST_PROMISES_BROKEN, self.let_down).over(self.persons).of_cohort(cohort);
        for (mechanism, name) in PROMISES {
            recorder.count(name, self.touched[mechanism as usize]).over(self.persons).of_cohort(cohort);
        }
        if cohort.is_none() {
            for ((_, name), count) in NAMES.iter().zip(self.touched) {
                recorder.count(name, count).over(self.persons);
            }
        }
    }
}

/// The mechanism at which a silent failure is counted.
pub(super) fn cause_of(people: &People, person: u32, band: Option<BandId>, knowledge: Knowledge) -> M {
    let last = people.last_mechanism(person);
    match knowledge {
        Knowledge::GhostPurchase => {
            last.filter(|last| *last != M::ChargedWithoutTicket).unwrap_or(M::TicketWithoutConfirmation)
        }
        _ if charged_in_vain(people, person) => M::ChargedWithoutTicket,
        Knowledge::PhantomPurchase if last == Some(M::OrderCancelled) => M::OrderCancelled,
        Knowledge::PhantomPurchase => M::FalseConfirmation,
        _ => match last {
            Some(last) if last.is_of_an_attempt() => last,
            _ if queued_after_sold_out(people, person, band) => M::QueuedAfterSoldOut,
            Some(last) => last,
            None => match people.last(person) {
                Last::Nothing | Last::Unanswered | Last::TimedOut | Last::Opaque => M::ClientTimeout,
                Last::Undecided | Last::Refused => M::NotAskedAgain,
            },
        },
    }
}

fn charged_in_vain(people: &People, person: u32) -> bool {
    people.was_charged(person) && !people.has_ticket(person)
}

/// Joined the line when nothing was left, or stood in it without a turn from then on, and the line was not told.
fn queued_after_sold_out(people: &People, person: u32, band: Option<BandId>) -> bool {
    let stayed = |sold_out: Time| {
        let line_told = people.line_closed().is_some_and(|closed| closed <= sold_out);
        let in_line = people.enqueue(person).is_some() && people.turn(person).is_none();
        let decided_then = PersonOutcome::of(people, person, band) == PersonOutcome::Refused(sold_out);
        !line_told && in_line && decided_then && people.waited_until(person) > sold_out
    };
    people.was_touched_by(person, M::QueuedAfterSoldOut)
        || people.sold_out(band).is_some_and(|at| people.has_line() && stayed(at))
}
