//! The ways in which people are left without an answer, in words: what each is called, what happened, and what would
//! have told them. How a person's mechanism is found is defined by the metrics of the same names.

use super::readings::CAUSES;
use crate::experiment::result::RunResult;
use crate::metrics::names;

/// One mechanism of silence.
pub(super) struct Mechanism {
    /// The metric that counts the silent failures that it caused. Whoever it touched at all, told later or not, is
    /// counted by the metric of this name and `.touched`.
    pub metric: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// What happened, in words that follow "because".
    pub story: &'static str,
    /// What would have told them.
    pub remedy: &'static str,
}

const fn mechanism(
    metric: &'static str, name: &'static str, story: &'static str, remedy: &'static str,
) -> Mechanism {
    Mechanism { metric, name, story, remedy }
}

/// Every mechanism.
#[rustfmt::skip]
pub(super) const MECHANISMS: [Mechanism; 31] = [
    mechanism(names::SILENT_MECHANISM_ACCEPT_QUEUE_FULL, "full accept queue",
        "a gateway's accept queue was full, and the connection hung without a word",
        "a short backlog that refuses: a reset or a 503 at once instead of a SYN that vanishes"),
    mechanism(names::SILENT_MECHANISM_RATE_LIMITED_POLLING, "rate limit on polls",
        "the rate limit refused or delayed their polls",
        "no limit on the waiting room's own polls, or a readable 429 with Retry-After"),
    mechanism(names::SILENT_MECHANISM_OPAQUE_ERROR, "opaque error",
        "an error came without CORS headers, so that the page could not read its status",
        "CORS headers on every error reply, those of the gateway too"),
    mechanism(names::SILENT_MECHANISM_WORK_DONE_AFTER_504, "work done after the 504",
        "seats were held or sold for a request whose 504 had already left",
        "a key for each order, and a page that says what became of it"),
    mechanism(names::SILENT_MECHANISM_DELIBERATE_SILENCE, "deliberate silence",
        "the backend had decided and chose not to answer",
        "an answer: a no with its reason"),
    mechanism(names::SILENT_MECHANISM_EVICTED_UNTOLD, "taken out of the line",
        "they were taken out of the line and not told",
        "a page that says so, at the next poll"),
    mechanism(names::SILENT_MECHANISM_HELD_REPLY_LOST, "lost reply to a hold",
        "seats were held, and the reply was lost, late or unreadable",
        "a hold that can be asked for again and is found, not made twice"),
    mechanism(names::SILENT_MECHANISM_CHARGED_WITHOUT_TICKET, "charged without a ticket",
        "the money was taken, and there is no ticket",
        "a mail that says so, and a refund"),
    mechanism(names::SILENT_MECHANISM_TICKET_WITHOUT_CONFIRMATION, "lost confirmation",
        "a ticket was sold, and its confirmation never reached them",
        "confirmation by mail, and a page of one's orders"),
    mechanism(names::SILENT_MECHANISM_HOLD_STRIPPED, "hold stripped",
        "seats that a screen had promised ran out before they were paid",
        "the hold's clock on the page, and a no when it ends"),
    mechanism(names::SILENT_MECHANISM_FROZEN_LINE, "frozen line",
        "the line stood still in a pause, and nobody told them so",
        "a notice on the waiting room's page as soon as the sale is paused"),
    mechanism(names::SILENT_MECHANISM_QUEUED_AFTER_SOLD_OUT, "in line after sold out",
        "everything they asked for was sold, and the line was not told",
        "a line that is told, finally, when the last seat is sold"),
    mechanism(names::SILENT_MECHANISM_PLACE_EXPIRED_UNSEEN, "place expired unseen",
        "their place was skipped for want of contact while they were there",
        "a longer grace for sleeping pages, and a page that says that the place is lost"),
    mechanism(names::SILENT_MECHANISM_TURN_EXPIRED_UNSEEN, "turn expired unseen",
        "a turn ended that they had never been told of",
        "a turn whose clock starts when its page is read"),
    mechanism(names::SILENT_MECHANISM_DROPPED_INSIDE, "dropped inside",
        "they were dropped for want of a heartbeat while they were there",
        "any request as a sign of life, and a page that says that the session ended"),
    mechanism(names::SILENT_MECHANISM_CONNECTION_CLOSED, "connection closed",
        "a gateway closed the connection without a reply",
        "a 503 before the connection is closed"),
    mechanism(names::SILENT_MECHANISM_NETWORK_LOSS, "network loss",
        "the network lost the request or the reply",
        "a client that asks again, and answers that can be fetched again"),
    mechanism(names::SILENT_MECHANISM_CLIENT_TIMEOUT, "client stopped waiting",
        "the client stopped waiting while the answer was still being made",
        "deadlines that fit: the server answers before the client gives up"),
    mechanism(names::SILENT_MECHANISM_FALSE_CONFIRMATION, "false confirmation",
        "a screen confirmed an order that does not exist",
        "a confirmation that is sent only when the order is in the ledger"),
    mechanism(names::SILENT_MECHANISM_NOT_ASKED_AGAIN, "decided after the last answer",
        "the decision fell after their last answer, and they left before asking again",
        "a last word that need not be asked for: mail, or a push"),
    mechanism(names::SILENT_MECHANISM_SHARES_STRANGERS_PLACE, "a stranger's place",
        "they stood in line on the place of a stranger at the same address, and had none of their own",
        "a cookie or an account to know people by, instead of an address"),
    mechanism(names::SILENT_MECHANISM_CUT_BY_DUPLICATE, "cut by a duplicate",
        "another session under the same key took their place",
        "a page that says that the place was opened elsewhere"),
    mechanism(names::SILENT_MECHANISM_TAKEN_FOR_NEWCOMER, "a newcomer each time",
        "their browser kept no cookies, and each look at the page put them at the back",
        "a page that says that it needs cookies, or an account to know people by"),
    mechanism(names::SILENT_MECHANISM_JOIN_LOST, "202 for ever",
        "the message of their join was put aside, and the page said that they were in line",
        "a join that is answered with its place, or an alarm on what is put aside"),
    mechanism(names::SILENT_MECHANISM_EXPIRED_IN_BACKGROUND, "expired in the background",
        "their place or turn ran out while the tab was in the background",
        "a grace longer than a hidden page's timers, and a word by other ways when the turn comes"),
    mechanism(names::SILENT_MECHANISM_SESSION_FORGOTTEN, "forgotten by the waiting room",
        "the waiting room lost what it knew of them, place or turn",
        "a store that survives a crash, or a signed token that carries the place"),
    mechanism(names::SILENT_MECHANISM_KEPT_FOR_EVER, "infinite queue",
        "the waiting room took them for a bot, and kept them in line for ever",
        "a challenge that a human can pass, or a refusal that can be disputed"),
    mechanism(names::SILENT_MECHANISM_REDIRECTS_USED_UP, "redirect cap",
        "the page had let them through to the shop too often, and showed an error",
        "a cap on purchases instead of page loads, or a page that says when to come back"),
    mechanism(names::SILENT_MECHANISM_ACCOUNT_LOCKED, "locked account",
        "their account was locked, and no answer said so",
        "a page that says that the account is locked, why, and until when"),
    mechanism(names::SILENT_MECHANISM_ORDER_CANCELLED, "cancelled after the sale",
        "their order was cancelled after it had been confirmed, and nobody told them",
        "a mail to every buyer whose order is cancelled"),
    mechanism(names::SILENT_MECHANISM_MAIL_UNREAD, "mail not read",
        "they went away to be called back, and the mail that called them was not read",
        "a reminder, a text message or a push, and a turn that lasts until it is read"),
];

/// One cause of silent failures in a run.
pub(super) struct Counted {
    /// Silent failures that it caused.
    pub failures: f64,
    /// What it is called.
    pub name: &'static str,
    /// What happened, in words that follow "because".
    pub story: &'static str,
}

/// The causes that there were, the most frequent first: mechanisms, or what the last attempt looked like where the
/// result knows no mechanisms.
pub(super) fn ranked(result: &RunResult) -> Vec<Counted> {
    let counted = |metric, name, story| {
        let failures = result.value(metric).filter(|failures| *failures >= 1.0)?;
        Some(Counted { failures, name, story })
    };
    let mut found: Vec<Counted> =
        MECHANISMS.iter().filter_map(|m| counted(m.metric, m.name, m.story)).collect();
    if found.is_empty() {
        found = CAUSES.iter().filter_map(|cause| counted(cause.metric, cause.name, cause.story)).collect();
    }
    // Stable: what ties keeps the order of the table.
    found.sort_by(|a, b| b.failures.total_cmp(&a.failures));
    found
}
