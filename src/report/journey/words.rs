//! What each word of the protocol is called in a journey: requests, screens, announcements, causes, and what else is a
//! closed list.

use crate::protocol::{
    Announcement, Belief, CallBack, Cause, CheckoutEvent, Emitter, Incident, Kind, OperatorAction, Reply,
    StockAnomaly, Stop, Truth, Unresolved,
};

/// What the person does when the client sends a request of this kind.
pub(super) const fn asks(kind: Kind) -> &'static str {
    match kind {
        Kind::OpenPage => "opens the page",
        Kind::Join => "joins the line",
        Kind::Poll => "asks for the place in line",
        Kind::SeatMap => "opens the seat map",
        Kind::Hold => "picks seats",
        Kind::Checkout => "opens the checkout",
        Kind::Pay => "pays",
        Kind::Leave => "says goodbye",
        Kind::Reverify => "proves again to be entitled",
        Kind::Heartbeat => "the page sends a sign of life",
    }
}

/// What a request of this kind is called on the backend's side.
pub(super) const fn request(kind: Kind) -> &'static str {
    match kind {
        Kind::OpenPage => "the request for the page",
        Kind::Join => "the join",
        Kind::Poll => "the poll",
        Kind::SeatMap => "the request for the seat map",
        Kind::Hold => "the request for seats",
        Kind::Checkout => "the checkout",
        Kind::Pay => "the payment",
        Kind::Leave => "the goodbye",
        Kind::Reverify => "the proof",
        Kind::Heartbeat => "the sign of life",
    }
}

/// What the screen says when this reply can be read.
pub(super) const fn screen(reply: Reply) -> &'static str {
    match reply {
        Reply::Page => "“Loading …”",
        Reply::InLine => "“You are in line.”",
        Reply::YourTurn => "“It is your turn.”",
        Reply::SeatMap => "the seats",
        Reply::Held => "“Your seats are held.”",
        Reply::CheckoutOpen => "the form",
        Reply::Confirmed => "“Your order is confirmed.”",
        Reply::Goodbye | Reply::Noted => "nothing",
        Reply::NotOpenYet => "“The sale is not open yet.”",
        Reply::NoneFree => "“No seat is free just now.”",
        Reply::SeatsTaken => "“These seats are no longer available.”",
        Reply::TurnEnded => "“Your turn has ended.”",
        Reply::PlaceLost => "“Your place in line is gone.”",
        Reply::Declined => "“Your card was declined.”",
        Reply::HoldEnded => "“Your seats are no longer held.”",
        Reply::SoldOut => "“Sold out.”",
        Reply::SaleClosed => "“The sale is closed.”",
        Reply::GatewayBusy | Reply::StationBusy => "“503: too busy.”",
        Reply::UpstreamTimeout => "“504: gateway timeout.”",
        Reply::PaymentUnknown => "“504: we do not know about your payment.”",
        Reply::RateLimited => "“429: too many requests.”",
        Reply::BadGateway => "“502: bad gateway.”",
        Reply::ConnectionClosed => "“Connection reset.”",
        Reply::VerifyAgain => "“You are in line; checking …”",
        Reply::Evicted => "“You were taken out of the line.”",
        Reply::AccountLocked => "“403: your account is locked.”",
        Reply::CodeRefused => "“403: this code is not valid.”",
        Reply::NewcomersRefused => "“Nobody new is let in.”",
        Reply::SalePaused => "“The sale is paused.”",
        Reply::PaymentUnavailable => "“503: payment is not available.”",
        Reply::ServerError => "“500: server error.”",
        Reply::PaymentFailed => "“502: the payment failed.”",
        Reply::PaymentInFlight => "“409: a payment is under way.”",
        Reply::Challenge => "“Confirm with your bank.”",
        Reply::Reserved => "“Reserved for you: pay in time.”",
    }
}

/// What the screen says in this state.
pub(super) const fn state(belief: Belief) -> &'static str {
    match belief {
        Belief::Idle => "nothing yet",
        Belief::Loading => "“Loading …”",
        Belief::InLine => "“You are in line.”",
        Belief::YourTurn => "“It is your turn.”",
        Belief::Choosing => "the seats",
        Belief::SeatHeld => "“Your seats are held.”",
        Belief::Paying => "“Paying …”",
        Belief::Confirmed => "“Your order is confirmed.”",
        Belief::ToldNo => "a final no",
        Belief::ErrorShown => "an error",
        Belief::OpaqueError => "“Network error.”",
        Belief::Hanging => "“Loading …”, and nothing comes",
        Belief::GaveUp => "nothing: it is closed",
        Belief::Paused => "that the sale is paused",
    }
}

/// Who made a reply.
pub(super) const fn emitter(by: Emitter) -> &'static str {
    match by {
        Emitter::Gateway => "the gateway",
        Emitter::WaitingRoom => "the waiting room",
        Emitter::Service => "the service",
        Emitter::Payment => "the payment",
    }
}

/// What an announcement says.
pub(super) const fn news(word: Announcement) -> &'static str {
    match word {
        Announcement::Paused => "the sale is paused, places stay valid",
        Announcement::Resumed => "the sale goes on",
        Announcement::DoNotRefresh => "do not refresh the page",
        Announcement::KeepTrying => "keep trying",
        Announcement::ClosedToNewcomers => "nobody new is let in",
        Announcement::Trouble => "there is trouble, and it is being worked on",
        Announcement::OrderCancelled => "your order is cancelled, and your money comes back",
    }
}

/// Why a session stopped.
pub(super) const fn stop(why: Stop) -> &'static str {
    match why {
        Stop::Bought => "has the tickets, and closes the page",
        Stop::ToldNo => "knows, and closes the page",
        Stop::Patience => "has waited long enough, and leaves",
        Stop::AttemptsUsedUp => "the page gives up",
        Stop::Abandoned => "thinks better of it, and gives the seats back",
        Stop::Declined => "does not try another card, and leaves",
        Stop::Sibling => "closes this tab: another one has the tickets",
        Stop::Excluded => "is told to be out, and closes the page",
        Stop::Informed => "has heard that the sale is paused, and leaves",
        Stop::ChallengeAbandoned => "gives up at the bank's check, and leaves",
        Stop::NeverPays => "has the seats reserved, leaves, and never pays",
        Stop::TooFarBack => "finds the line too long, and leaves",
        Stop::Silence => "has looked at nothing for long enough, and leaves",
        Stop::Refused => "has been refused often enough, and leaves",
    }
}

/// Where the horizon found a session.
pub(super) const fn standing(standing: Unresolved) -> &'static str {
    match standing {
        Unresolved::Trying => "is still trying when the evening ends",
        Unresolved::InLine => "is still in line when the evening ends",
        Unresolved::Inside => "is still inside when the evening ends",
    }
}

/// What the operator did.
pub(super) fn act(act: OperatorAction) -> String {
    match act {
        OperatorAction::Pause => "pauses the sale".to_owned(),
        OperatorAction::Resume => "lets the sale go on".to_owned(),
        OperatorAction::CloseToNewcomers => "lets nobody new in".to_owned(),
        OperatorAction::ChangeOutflow => "changes how many are let in".to_owned(),
        OperatorAction::OpenToNewcomers => "lets newcomers in again".to_owned(),
        OperatorAction::HonorOrders => "honors the orders of the unfair interval".to_owned(),
        OperatorAction::CancelOrders => "cancels the orders of the unfair interval".to_owned(),
        OperatorAction::Announce(word) => format!("announces: {}", news(word)),
    }
}

/// What the backend decided when its view of a session changed.
pub(super) fn truth(truth: Truth) -> &'static str {
    match truth {
        Truth::Unknown => "knows nothing of them any more",
        Truth::Queued => "in line",
        Truth::Turn => "has a turn",
        Truth::Active => "inside, without a seat",
        Truth::Holding => "seats are held",
        Truth::Paying => "the payment provider is asked",
        Truth::Sold => "sold",
        Truth::RefusedSoldOut => "refused: sold out",
        Truth::RefusedClosed => "refused: the sale is closed",
        Truth::Expired => "place, turn or time inside has run out",
        Truth::Declined => "the card was declined, the seats go back",
        Truth::Left => "their goodbye is received",
        Truth::Evicted => "taken out of the line: not entitled",
        Truth::TurnedAway => "turned away: nobody new is let in",
        Truth::Cancelled => "the order is cancelled, the money goes back",
    }
}

/// What happened at the checkout.
pub(super) const fn step(step: CheckoutEvent) -> &'static str {
    match step {
        CheckoutEvent::Challenged => "the bank wants a proof",
        CheckoutEvent::ProviderFull => "the payment provider has too much to do, and refuses",
        CheckoutEvent::ProviderFailed => "the payment provider fails; nothing is taken",
        CheckoutEvent::KeyInFlight => "the same payment is still under way: this one is refused",
        CheckoutEvent::ChargeRepeated => "the provider repeats: the money was taken, nothing is taken again",
        CheckoutEvent::DeclineRepeated => "the provider repeats: declined; the bank is not asked again",
        CheckoutEvent::ErrorRepeated => "the provider repeats its old error, and does not try again",
        CheckoutEvent::ChargedTooLate => "the money was taken for seats that are gone",
        CheckoutEvent::Refunded => "the money is given back",
        CheckoutEvent::Reserved => "the order stands, to be paid later",
        CheckoutEvent::ChoosingTimedOut => "puts them out: too long without seats",
        CheckoutEvent::BuyingTimedOut => "puts them out: the time to choose and pay is over",
        CheckoutEvent::ReservationEnded => "the order was never paid: it is void",
    }
}

/// What went wrong at the stock.
pub(super) const fn stock_anomaly(anomaly: StockAnomaly) -> &'static str {
    match anomaly {
        StockAnomaly::HeldTwice => "nobody notices that the seat is another's already",
        StockAnomaly::OthersKeep => "gives up a seat that is another's, too",
        StockAnomaly::SoldTwice => "the seat was sold to another already",
        StockAnomaly::WriteConflict => "others have changed the stock meanwhile: looks again",
        StockAnomaly::AttemptsUsedUp => "others have changed the stock each time: gives up",
        StockAnomaly::Beaten => "a seat that was picked is another's by now",
        StockAnomaly::DeductionLost => "the stock crashed, and has forgotten that the seat is taken",
        StockAnomaly::ReturnLost => "the stock crashed, and has forgotten that the seat came back",
        StockAnomaly::StockElsewhere => "this shard of the stock has nothing, though others have",
    }
}

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
