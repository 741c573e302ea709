//! What is said of one entry: in the person's column in the person's words, in the backend's in its own.

use super::words::{
    act, asks, befell, by_mail, cause, emitter, news, request, screen, standing, state, step, stock_anomaly,
    stop, truth,
};
use super::{clock, lasting, number};
use crate::experiment::journey::{JourneyEntry, Round, What};
use crate::protocol::{CallBack, Kind, Reply, RiskAction, ShedReason};

/// A refusal as it leaves: its status, who made it, whether a script could read it, and why; `None`: it refuses nothing.
pub(super) fn refusal(what: &What, readable: bool) -> Option<String> {
    match what {
        What::Answered { status, by, cause: why, .. } if *status >= 400 => {
            let headers = if readable { "" } else { ", without CORS headers" };
            Some(format!("{status} from {}{headers}: {}", emitter(*by), cause(*why)))
        }
        _ => None,
    }
}

/// What the backend's column says of an entry; `None`: it goes without saying.
pub(super) fn backend(what: &What) -> Option<String> {
    let said = match what {
        What::Aborted { kind } => format!("{}: the client has hung up", request(*kind)),
        What::Silenced { kind } => format!("leaves {} without an answer, on purpose", request(*kind)),
        What::Enqueued {} => "joined the line".to_owned(),
        What::Placed { place } => format!("gives place {}", number(u64::from(*place) + 1)),
        What::Skipped {} => "skips their place: not heard of for too long".to_owned(),
        What::TurnIssued { order } => format!("issues turn {}", number(u64::from(*order) + 1)),
        What::Entered {} => "the turn is used: inside".to_owned(),
        What::NoShow {} => "the turn ends unused".to_owned(),
        What::SetApart { how } => match how {
            RiskAction::Slowed => "takes them for a risk: the slow lane",
            RiskAction::LockedOut => "takes them for a risk: locked out",
            RiskAction::KeptForEver => "takes them for a risk: in line for ever",
        }
        .to_owned(),
        What::CalledBack { step } => by_mail(*step).to_owned(),
        What::Restored {} => "their score is high enough again: back in line".to_owned(),
        What::Reverified { entitled: false } => "the proof is not accepted".to_owned(),
        What::SeatCancelled { seat } => format!("the order is cancelled: seat {seat} is free again"),
        What::Forgotten {} => "the waiting room has lost all it knew of them".to_owned(),
        What::MessageLost { kind } => format!("{} is lost behind the gateway", request(*kind)),
        What::CutOff { station } => format!("what goes to {station} vanishes: the way is cut off"),
        What::DroppedInside {} => "drops them inside: no sign of life".to_owned(),
        What::Befell { mishap } => befell(*mishap).to_owned(),
        What::Decided { truth: now } => truth(*now).to_owned(),
        What::SeatHeld { seat, band } => format!("holds seat {seat}, {band}"),
        What::SeatReturned { seat, expired: true } => format!("the hold runs out: seat {seat} is free again"),
        What::SeatReturned { seat, expired: false } => format!("seat {seat} is free again"),
        What::SeatSold { seat, band } => format!("seat {seat}, {band}, is SOLD to them"),
        What::Charged { duplicate: false } => "the money is taken".to_owned(),
        What::Charged { duplicate: true } => "the money is taken once more".to_owned(),
        What::CardDeclined {} => "the card is declined".to_owned(),
        What::PaymentReplyLost { charged: true } => {
            "the provider's answer is lost; the money is taken".to_owned()
        }
        What::PaymentReplyLost { charged: false } => {
            "the provider's answer is lost; nothing is taken".to_owned()
        }
        What::PaymentUnreachable {} => "the payment provider cannot be reached".to_owned(),
        What::AtCheckout { step: what } => step(*what).to_owned(),
        What::PaymentQueued { wait_us } => {
            format!("the payment waits {} at the provider", lasting(*wait_us))
        }
        What::StockSlipped { slip: what, .. } => stock_anomaly(*what).to_owned(),
        What::LockAwaited { wait_us } => format!("waits {} for the lock on the stock", lasting(*wait_us)),
        What::NothingLeft { closed: false } => {
            "the last seat that they could have had is sold to somebody else".to_owned()
        }
        What::NothingLeft { closed: true } => "the sale is closed to them".to_owned(),
        What::Lost { kind, reply: false } => format!("~ the network loses {}", request(*kind)),
        What::Lost { kind, reply: true } => format!("~ the network loses the reply to {}", request(*kind)),
        What::SynDropped { .. } => {
            "~ the accept queue is full: nobody hears the knock, and no log has it".to_owned()
        }
        What::ConnectionClosed { cause: why, .. } => {
            format!("~ the connection is closed without a reply: {}", cause(*why))
        }
        _ => return at_station(what).or_else(|| of_everybody(what)),
    };
    Some(said)
}

fn at_station(what: &What) -> Option<String> {
    let said = match what {
        What::Waited { station, length } if *length >= 10 => {
            format!("waits at {station}, {} before it", number(u64::from(*length) - 1))
        }
        What::TurnedAway { station } => format!("{station} refuses: its queue is full"),
        What::Served { station, waited_us, served_us, after_504_us, wasted_us } => {
            let for_nobody = match (*after_504_us > 0, *wasted_us > 0) {
                (true, _) => "; its 504 had left long ago",
                (false, true) => "; nobody waits for it any more",
                (false, false) => "",
            };
            let waited = if *waited_us >= 1_000_000 {
                format!("waited {}, ", lasting(*waited_us))
            } else {
                String::new()
            };
            format!("{station} is done ({waited}took {}){for_nobody}", lasting(*served_us))
        }
        What::Dropped { station, waited_us } => {
            format!("{station} drops it unserved after {}: its client had gone", lasting(*waited_us))
        }
        What::Shed { station, waited_us, why } => {
            let why = match why {
                ShedReason::WaitedTooLong => "longer than requests may wait",
                ShedReason::StandingQueue => "everybody waits too long",
            };
            format!("{station} drops it unserved after {}: {why}", lasting(*waited_us))
        }
        What::WorkLost { station } => format!("{station} goes down, and the work with it"),
        What::NextPeer { station } => format!("another machine of {station} is asked"),
        What::NextPeerDenied { station } => {
            format!("no other machine of {station} is asked: the budget is spent")
        }
        _ => return None,
    };
    Some(said)
}

fn of_everybody(what: &What) -> Option<String> {
    let said = match what {
        What::Opened {} => "the sale opens".to_owned(),
        What::Closed {} => "the sale closes".to_owned(),
        What::LineClosed { sold_out: true } => "the line is told: sold out".to_owned(),
        What::LineClosed { sold_out: false } => "the line is told: the sale is closed".to_owned(),
        What::QueueSwitched { on: true } => "the shop is unhealthy: the queue is switched on".to_owned(),
        What::QueueSwitched { on: false } => {
            "the shop is healthy again: the queue is switched off".to_owned()
        }
        What::Operated { rule, act: done } => format!("rule “{rule}” {}", act(*done)),
        What::FaultBegan { fault } => format!("{fault} begins"),
        What::FaultEnded { fault } => format!("{fault} ends"),
        _ => return None,
    };
    Some(format!("■ {said}"))
}

/// What a client could make of what it heard.
pub(super) fn heard(what: &What) -> Option<String> {
    match what {
        What::Heard { reply, readable: true, position: Some(ahead), .. } if *reply == Reply::InLine => {
            Some(format!("“You are in line, {} before you.”", number(u64::from(*ahead))))
        }
        What::Heard { reply, readable: true, .. } => Some(screen(*reply).to_owned()),
        What::Heard { readable: false, .. } => Some("“Network error.”".to_owned()),
        _ => None,
    }
}

/// What the person's column says of an entry that is theirs.
pub(super) fn user(what: &What) -> Option<String> {
    let said = match what {
        What::Clicked {} => "comes".to_owned(),
        What::Asked { kind, again } => format!("{}{}", asks(*kind), if *again { " again" } else { "" }),
        What::Ignored { reply } => format!("{} comes, and nobody waits for it", screen(*reply)),
        What::TimedOut { .. } => "nothing came: the page stops waiting".to_owned(),
        What::Screen { says } => format!("the screen shows {}", state(*says)),
        What::Stopped { why } => stop(*why).to_owned(),
        What::Cut { standing: at } => standing(*at).to_owned(),
        What::RetryDenied { kind: of } => format!("{} may not be tried again", request(*of)),
        What::FailedFast { kind: of } => format!("{} is not even sent: too much has failed", request(*of)),
        What::BreakerOpened {} => "too much has failed: nothing is sent for a while".to_owned(),
        What::CalledBack { step } if *step == CallBack::Asked => {
            "leaves an address to be called back, and closes the page".to_owned()
        }
        What::CalledBack { step } => by_mail(*step).to_owned(),
        What::Informed { word, by_page: true } => format!("reads on the page: {}", news(*word)),
        What::Informed { word, by_page: false } => format!("hears in the news: {}", news(*word)),
        _ => return heard(what),
    };
    Some(said)
}

/// A stretch in which nothing new happened, in the person's words.
pub(super) fn repeated(entry: &JourneyEntry, opens_at_us: u64) -> Option<String> {
    let What::Repeated { times, rounds, until_us, every_us, from_position, to_position } = &entry.what else {
        return None;
    };
    let only = rounds.len() == 1;
    let kinds: Vec<String> = rounds
        .iter()
        .map(|kind| if only { round(kind) } else { format!("{} × {}", number(kind.times), round(kind)) })
        .collect();
    let position = match (from_position, to_position) {
        (Some(from), Some(to)) if from != to => {
            format!("; {} → {} before them", number(u64::from(*from)), number(u64::from(*to)))
        }
        _ => String::new(),
    };
    let until = clock(*until_us, opens_at_us);
    let until = until.split('.').next().unwrap_or_default();
    let often = number(*times);
    let every = lasting(*every_us);
    Some(format!("⋮ {often} times more, every {every}, until {until}: {}{position}", kinds.join(", ")))
}

fn round(round: &Round) -> String {
    let short = match round.kind {
        Kind::OpenPage => "reload",
        Kind::Join => "join",
        Kind::Poll => "poll",
        Kind::SeatMap => "seat map",
        Kind::Hold => "seats",
        Kind::Checkout => "checkout",
        Kind::Pay => "payment",
        Kind::Leave => "goodbye",
        Kind::Reverify => "proof",
        Kind::Heartbeat => return "sign of life".to_owned(),
    };
    match round.reply {
        Some(reply) if round.readable => format!("{short} {}", screen(reply)),
        Some(_) => format!("{short} “Network error.”"),
        None => format!("{short}, no answer"),
    }
}

/// What otherwise goes without saying, where it must be said.
pub(super) fn on_its_way(what: &What) -> String {
    match what {
        What::Accepted { kind } => format!("a gateway accepts {}", request(*kind)),
        What::Answered { kind, reply, .. } => {
            format!("{} is answered {}", request(*kind), screen(*reply))
        }
        What::Reverified { entitled: true } => "the proof is accepted".to_owned(),
        What::Waited { station, length } => {
            format!("waits at {station}, {} before it", number(u64::from(*length) - 1))
        }
        _ => "something else happens".to_owned(),
    }
}
