//! Why something was refused or not answered, what befell a session, and how it is called back, in words of the journey.

use crate::protocol::{CallBack, Cause, Incident};

/// Why something was refused, or not answered, as the backend knows it.
pub(super) const fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::None => "no cause",
        Cause::SoldOut => "sold out",
        Cause::SaleClosed => "the sale is closed",
        Cause::Expired => "it had run out",
        Cause::Declined => "card declined",
        Cause::ConcurrencyLimit => "too many requests in flight",
        Cause::RateLimit => "over the rate limit",
        Cause::QueueFull => "the queue is full",
        Cause::SlowUpstream => "the work behind it goes on",
        Cause::DeliberateSilence => "a no, decided and kept back",
        Cause::UpstreamDown => "what stands behind it is down",
        Cause::PeersDown => "every machine behind it is left out",
        Cause::BacklogFull => "the accept queue was full",
        Cause::ConnectionCap => "out of connections",
        Cause::GatewayDown => "the gateway is down",
        Cause::LostUp => "the network lost the request",
        Cause::LostDown => "the network lost the reply",
        Cause::Evicted => "taken out of the line",
        Cause::ClosedToNewcomers => "nobody new is let in",
        Cause::Paused => "the sale is paused",
        Cause::PaymentUnknown => "the payment provider's answer never came",
        Cause::PaymentOutage => "the payment provider cannot be reached",
        Cause::NoneFree => "none is free just now",
        Cause::NotOpenYet => "the sale is not open yet",
        Cause::BacklogWait => "it waited in the accept queue",
        Cause::ServerError => "the service has an error",
        Cause::Partition => "the gateway is cut off from the service",
        Cause::SessionStore => "the waiting room has lost its session store",
        Cause::Shed => "it was dropped from the queue",
        Cause::OverloadControl => "its overload control refuses",
        Cause::ProviderFull => "the payment provider has too much to do",
        Cause::ProviderFailed => "the payment provider failed",
        Cause::KeyInFlight => "the same payment is under way",
        Cause::WriteConflict => "others changed the stock each time",
        Cause::Beaten => "somebody else was faster",
        Cause::AccountLock => "the account is locked",
        Cause::CodeRefused => "the access code is not accepted",
    }
}

/// What befell a session and its place.
pub(super) const fn befell(incident: Incident) -> &'static str {
    match incident {
        Incident::SharesOwnPlace => "known already: shares the place of their other session",
        Incident::SharesStrangersPlace => {
            "takes them for somebody at the same address: no place of their own"
        }
        Incident::CutByDuplicate => "gives their place to a newer session under the same key",
        Incident::TakenForNewcomer => "does not know them again: what they had is left to nobody",
        Incident::TurnForNobody => "issues a turn to a place that they had before, and that nobody knows",
        Incident::JoinLost => "puts the message of their join aside for good",
        Incident::TabHidden => "does not know that the tab is in the background",
        Incident::ExpiredInBackground => "takes back what nobody saw, with the tab in the background",
        Incident::KeptForEver => "takes them for a bot: in line for ever, without a place",
        Incident::CameWithoutTurn => "serves a request for seats without a turn",
        Incident::RedirectsUsedUp => "lets them through no more: too often under one turn",
        Incident::TurnMisdated => "the gateway's clock is ahead: it takes their turn for ended",
        Incident::JoinMisdated => {
            "the gateway's clock is wrong: it takes an early join for a late one, or the reverse"
        }
        Incident::ExitLost => "does not hear that they have left: their slot stays taken",
        Incident::LostWithAddress => {
            "does not know them at their new address: what they had is left to nobody"
        }
    }
}

/// How far a person is called back: what the room does, or what the mail says to them.
pub(super) const fn by_mail(step: CallBack) -> &'static str {
    match step {
        CallBack::Asked => "has their address, and keeps their place",
        CallBack::TurnMailed => "sends a mail: it is their turn",
        CallBack::EndMailed => "sends a mail: the line is over",
        CallBack::TurnRead => "reads a mail: it is their turn",
        CallBack::EndRead => "reads a mail: the line is over",
    }
}
