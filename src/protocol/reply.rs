//! What is asked, and what is answered.

use super::{Cause, StatusClass};

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Load the page of the sale: always a navigation.
    OpenPage = 0,
    /// Join the line (with a code or log-in check where a `verify` station is declared).
    Join = 1,
    /// Ask for one's place in line.
    Poll = 2,
    /// Load the seat map: the first request that a turn protects.
    SeatMap = 3,
    /// Take seats and hold them.
    Hold = 4,
    /// Open the checkout for the seats held.
    Checkout = 5,
    /// Pay for the seats held.
    Pay = 6,
    /// Say goodbye: give back seats, turn and slot.
    Leave = 7,
    /// Prove again, while in line, that one is still entitled to be there.
    Reverify = 8,
    /// A beacon of a page that is inside: somebody is still there. Nobody waits for its reply.
    Heartbeat = 9,
}

impl Kind {
    /// Every kind, in the order of its number.
    pub const ALL: [Kind; 10] = [
        Kind::OpenPage,
        Kind::Join,
        Kind::Poll,
        Kind::SeatMap,
        Kind::Hold,
        Kind::Checkout,
        Kind::Pay,
        Kind::Leave,
        Kind::Reverify,
        Kind::Heartbeat,
    ];

    /// The name used in scenarios, results and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::OpenPage => "open_page",
            Kind::Join => "join",
            Kind::Poll => "poll",
            Kind::SeatMap => "seat_map",
            Kind::Hold => "hold",
            Kind::Checkout => "checkout",
            Kind::Pay => "pay",
            Kind::Leave => "leave",
            Kind::Reverify => "reverify",
            Kind::Heartbeat => "heartbeat",
        }
    }

    /// The page waits for the answer; goodbyes and heartbeats are beacons that nobody waits for.
    pub const fn is_waited_for(self) -> bool {
        !matches!(self, Kind::Leave | Kind::Heartbeat)
    }

    /// Who answers a request of this kind in the end: the waiting room, or a service behind it.
    pub const fn answered_by(self) -> Emitter {
        match self {
            Kind::OpenPage | Kind::Join | Kind::Poll | Kind::Leave | Kind::Reverify | Kind::Heartbeat => {
                Emitter::WaitingRoom
            }
            Kind::SeatMap | Kind::Hold | Kind::Checkout | Kind::Pay => Emitter::Service,
        }
    }
}

/// What the system answered: the meaning of one reply. The status code follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Reply {
    /// The page of the sale.
    Page = 0,
    /// You are in line (or in the lounge before the opening).
    InLine = 1,
    /// It is your turn.
    YourTurn = 2,
    /// The seat map.
    SeatMap = 3,
    /// Seats are held for you.
    Held = 4,
    /// The checkout is open.
    CheckoutOpen = 5,
    /// The order is confirmed. Final.
    Confirmed = 6,
    /// A goodbye was received.
    Goodbye = 7,
    /// The sale has not opened yet.
    NotOpenYet = 8,
    /// No seat is free just now, though some are only held.
    NoneFree = 9,
    /// Your turn has ended, or there never was one.
    TurnEnded = 10,
    /// Your place in line is gone.
    PlaceLost = 11,
    /// The card was declined.
    Declined = 12,
    /// The seats are held no longer.
    HoldEnded = 13,
    /// Everything is sold. Final.
    SoldOut = 14,
    /// The sale is closed. Final.
    SaleClosed = 15,
    /// A gateway over its concurrency limit refused.
    GatewayBusy = 16,
    /// A station with a full queue refused.
    StationBusy = 17,
    /// A gateway's upstream timer fired; the work behind it goes on.
    UpstreamTimeout = 18,
    /// The shop's own timer on the payment provider fired: paid or not, nobody knows.
    PaymentUnknown = 19,
    /// Too many requests from one address.
    RateLimited = 20,
    /// A gateway could not get an answer from any upstream.
    BadGateway = 21,
    /// The connection was reset, or closed without a reply: there is no status. No gateway logs it.
    ConnectionClosed = 22,
    /// You are in line, and must prove again that you are entitled to be.
    VerifyAgain = 23,
    /// You were in line, and were taken out of it. Final for this session.
    Evicted = 24,
    /// Nobody new is let into the line. Final for this session.
    NewcomersRefused = 25,
    /// The sale is paused.
    SalePaused = 26,
    /// The payment provider cannot be reached; nothing was charged.
    PaymentUnavailable = 27,
    /// A beacon was received.
    Noted = 28,
    /// A station answered with an error of its own: what was asked for has not happened.
    ServerError = 29,
    /// The payment provider failed by itself; nothing was charged.
    PaymentFailed = 30,
    /// A payment with the same key is under way.
    PaymentInFlight = 31,
    /// Prove to your bank that it is you.
    Challenge = 32,
    /// The order is reserved, to be paid until a deadline.
    Reserved = 33,
    /// The account is locked.
    AccountLocked = 34,
    /// Seats that were picked on a map are no longer available.
    SeatsTaken = 35,
    /// The access code is not accepted: it is wrong, or used, or there were too many wrong tries.
    CodeRefused = 36,
}

/// Who made a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Emitter {
    /// A gateway, on its own account.
    Gateway = 0,
    /// The waiting room.
    WaitingRoom = 1,
    /// An origin service.
    Service = 2,
    /// The shop, for its payment provider.
    Payment = 3,
}

impl Emitter {
    /// Every emitter, in the order of its number.
    pub const ALL: [Emitter; 4] =
        [Emitter::Gateway, Emitter::WaitingRoom, Emitter::Service, Emitter::Payment];

    /// The name used in results and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Emitter::Gateway => "gateway",
            Emitter::WaitingRoom => "waiting_room",
            Emitter::Service => "service",
            Emitter::Payment => "payment",
        }
    }
}

impl Reply {
    /// How many replies there are; their numbers are `0..COUNT`.
    pub const COUNT: u8 = 37;

    /// Every reply, in the order of its number.
    pub const ALL: [Reply; Reply::COUNT as usize] = [
        Reply::Page,
        Reply::InLine,
        Reply::YourTurn,
        Reply::SeatMap,
        Reply::Held,
        Reply::CheckoutOpen,
        Reply::Confirmed,
        Reply::Goodbye,
        Reply::NotOpenYet,
        Reply::NoneFree,
        Reply::TurnEnded,
        Reply::PlaceLost,
        Reply::Declined,
        Reply::HoldEnded,
        Reply::SoldOut,
        Reply::SaleClosed,
        Reply::GatewayBusy,
        Reply::StationBusy,
        Reply::UpstreamTimeout,
        Reply::PaymentUnknown,
        Reply::RateLimited,
        Reply::BadGateway,
        Reply::ConnectionClosed,
        Reply::VerifyAgain,
        Reply::Evicted,
        Reply::NewcomersRefused,
        Reply::SalePaused,
        Reply::PaymentUnavailable,
        Reply::Noted,
        Reply::ServerError,
        Reply::PaymentFailed,
        Reply::PaymentInFlight,
        Reply::Challenge,
        Reply::Reserved,
        Reply::AccountLocked,
        Reply::SeatsTaken,
        Reply::CodeRefused,
    ];

    /// The HTTP status (RFC 9110). Answers of the business itself are 200 with a body that says what they
    /// mean, as waiting rooms do; 410 for a lost place is what the AWS waiting room answers. A closed connection
    /// has none: 0.
    pub const fn status(self) -> u16 {
        match self {
            Reply::Page
            | Reply::InLine
            | Reply::YourTurn
            | Reply::SeatMap
            | Reply::Held
            | Reply::CheckoutOpen
            | Reply::Confirmed
            | Reply::Goodbye
            | Reply::SoldOut
            | Reply::SaleClosed
            | Reply::VerifyAgain
            | Reply::NewcomersRefused
            | Reply::Challenge
            | Reply::Reserved => 200,
            Reply::Noted => 204,
            Reply::Declined => 402,
            Reply::NotOpenYet
            | Reply::TurnEnded
            | Reply::Evicted
            | Reply::AccountLocked
            | Reply::CodeRefused => 403,
            Reply::NoneFree | Reply::SeatsTaken | Reply::PaymentInFlight => 409,
            Reply::PlaceLost | Reply::HoldEnded => 410,
            Reply::RateLimited => 429,
            Reply::ServerError => 500,
            Reply::BadGateway | Reply::PaymentFailed => 502,
            Reply::GatewayBusy | Reply::StationBusy | Reply::SalePaused | Reply::PaymentUnavailable => 503,
            Reply::UpstreamTimeout | Reply::PaymentUnknown => 504,
            Reply::ConnectionClosed => 0,
        }
    }

    /// There is a status to log, and perhaps to read.
    pub const fn has_status(self) -> bool {
        self.status() != 0
    }

    /// The class of the status.
    pub const fn class(self) -> StatusClass {
        match self.status() {
            200..=399 => StatusClass::Success,
            400..=499 => StatusClass::ClientError,
            _ => StatusClass::ServerError,
        }
    }

    /// The name used in results and journeys.
    pub const fn name(self) -> &'static str {
        match self {
            Reply::Page => "page",
            Reply::InLine => "in_line",
            Reply::YourTurn => "your_turn",
            Reply::SeatMap => "seat_map",
            Reply::Held => "held",
            Reply::CheckoutOpen => "checkout_open",
            Reply::Confirmed => "confirmed",
            Reply::Goodbye => "goodbye",
            Reply::NotOpenYet => "not_open_yet",
            Reply::NoneFree => "none_free",
            Reply::TurnEnded => "turn_ended",
            Reply::PlaceLost => "place_lost",
            Reply::Declined => "declined",
            Reply::HoldEnded => "hold_ended",
            Reply::SoldOut => "sold_out",
            Reply::SaleClosed => "sale_closed",
            Reply::GatewayBusy => "gateway_busy",
            Reply::StationBusy => "station_busy",
            Reply::UpstreamTimeout => "upstream_timeout",
            Reply::PaymentUnknown => "payment_unknown",
            Reply::RateLimited => "rate_limited",
            Reply::BadGateway => "bad_gateway",
            Reply::ConnectionClosed => "connection_closed",
            Reply::VerifyAgain => "verify_again",
            Reply::Evicted => "evicted",
            Reply::NewcomersRefused => "newcomers_refused",
            Reply::AccountLocked => "account_locked",
            Reply::SalePaused => "sale_paused",
            Reply::PaymentUnavailable => "payment_unavailable",
            Reply::Noted => "noted",
            Reply::ServerError => "server_error",
            Reply::PaymentFailed => "payment_failed",
            Reply::PaymentInFlight => "payment_in_flight",
            Reply::Challenge => "challenge",
            Reply::Reserved => "reserved",
            Reply::SeatsTaken => "seats_taken",
            Reply::CodeRefused => "code_refused",
        }
    }

    /// Why it refuses, where the reply alone tells; [`Cause::None`] where it refuses nothing.
    pub const fn cause(self) -> Cause {
        match self {
            Reply::SoldOut => Cause::SoldOut,
            Reply::SaleClosed => Cause::SaleClosed,
            Reply::TurnEnded | Reply::PlaceLost | Reply::HoldEnded => Cause::Expired,
            Reply::Declined => Cause::Declined,
            Reply::NoneFree => Cause::NoneFree,
            Reply::SeatsTaken => Cause::Beaten,
            Reply::CodeRefused => Cause::CodeRefused,
            Reply::NotOpenYet => Cause::NotOpenYet,
            Reply::GatewayBusy => Cause::ConcurrencyLimit,
            Reply::StationBusy => Cause::QueueFull,
            Reply::UpstreamTimeout => Cause::SlowUpstream,
            Reply::PaymentUnknown => Cause::PaymentUnknown,
            Reply::RateLimited => Cause::RateLimit,
            Reply::AccountLocked => Cause::AccountLock,
            Reply::BadGateway => Cause::UpstreamDown,
            Reply::ConnectionClosed => Cause::GatewayDown,
            Reply::Evicted => Cause::Evicted,
            Reply::NewcomersRefused => Cause::ClosedToNewcomers,
            Reply::SalePaused => Cause::Paused,
            Reply::PaymentUnavailable => Cause::PaymentOutage,
            Reply::ServerError => Cause::ServerError,
            Reply::PaymentFailed => Cause::ProviderFailed,
            Reply::PaymentInFlight => Cause::KeyInFlight,
            Reply::Page
            | Reply::InLine
            | Reply::YourTurn
            | Reply::SeatMap
            | Reply::Held
            | Reply::CheckoutOpen
            | Reply::Confirmed
            | Reply::Goodbye
            | Reply::VerifyAgain
            | Reply::Noted
            | Reply::Challenge
            | Reply::Reserved => Cause::None,
        }
    }

    /// Final about an order: heard even after the client stopped waiting for it.
    pub const fn is_final(self) -> bool {
        matches!(self, Reply::Confirmed | Reply::SoldOut | Reply::SaleClosed)
    }

    /// A readable "not now": an error status, whoever made it.
    pub const fn is_refusal(self) -> bool {
        !matches!(self.class(), StatusClass::Success)
    }
}
