//! What is asked, and what is answered.

use super::{Cause, StatusClass};

named! {
    /// What a request asks for.
    pub enum Kind {
        /// Load the page of the sale: always a navigation.
        OpenPage = 0, "open_page";
        /// Join the line (with a code or log-in check where a `verify` station is declared).
        Join = 1, "join";
        /// Ask for one's place in line.
        Poll = 2, "poll";
        /// Load the seat map: the first request that a turn protects.
        SeatMap = 3, "seat_map";
        /// Take seats and hold them.
        Hold = 4, "hold";
        /// Open the checkout for the seats held.
        Checkout = 5, "checkout";
        /// Pay for the seats held.
        Pay = 6, "pay";
        /// Say goodbye: give back seats, turn and slot.
        Leave = 7, "leave";
        /// Prove again, while in line, that one is still entitled to be there.
        Reverify = 8, "reverify";
        /// A beacon of a page that is inside: somebody is still there. Nobody waits for its reply.
        Heartbeat = 9, "heartbeat";
    }
}

impl Kind {
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

named! {
    /// What the system answered: the meaning of one reply. The status code follows from it.
    pub enum Reply {
        /// The page of the sale.
        Page = 0, "page";
        /// You are in line (or in the lounge before the opening).
        InLine = 1, "in_line";
        /// It is your turn.
        YourTurn = 2, "your_turn";
        /// The seat map.
        SeatMap = 3, "seat_map";
        /// Seats are held for you.
        Held = 4, "held";
        /// The checkout is open.
        CheckoutOpen = 5, "checkout_open";
        /// The order is confirmed. Final.
        Confirmed = 6, "confirmed";
        /// A goodbye was received.
        Goodbye = 7, "goodbye";
        /// The sale has not opened yet.
        NotOpenYet = 8, "not_open_yet";
        /// No seat is free just now, though some are only held.
        NoneFree = 9, "none_free";
        /// Your turn has ended, or there never was one.
        TurnEnded = 10, "turn_ended";
        /// Your place in line is gone.
        PlaceLost = 11, "place_lost";
        /// The card was declined.
        Declined = 12, "declined";
        /// The seats are held no longer.
        HoldEnded = 13, "hold_ended";
        /// Everything is sold. Final.
        SoldOut = 14, "sold_out";
        /// The sale is closed. Final.
        SaleClosed = 15, "sale_closed";
        /// A gateway over its concurrency limit refused.
        GatewayBusy = 16, "gateway_busy";
        /// A station with a full queue refused.
        StationBusy = 17, "station_busy";
        /// A gateway's upstream timer fired; the work behind it goes on.
        UpstreamTimeout = 18, "upstream_timeout";
        /// The shop's own timer on the payment provider fired: paid or not, nobody knows.
        PaymentUnknown = 19, "payment_unknown";
        /// Too many requests from one address.
        RateLimited = 20, "rate_limited";
        /// A gateway could not get an answer from any upstream.
        BadGateway = 21, "bad_gateway";
        /// The connection was reset, or closed without a reply: there is no status. No gateway logs it.
        ConnectionClosed = 22, "connection_closed";
        /// You are in line, and must prove again that you are entitled to be.
        VerifyAgain = 23, "verify_again";
        /// You were in line, and were taken out of it. Final for this session.
        Evicted = 24, "evicted";
        /// Nobody new is let into the line. Final for this session.
        NewcomersRefused = 25, "newcomers_refused";
        /// The sale is paused.
        SalePaused = 26, "sale_paused";
        /// The payment provider cannot be reached; nothing was charged.
        PaymentUnavailable = 27, "payment_unavailable";
        /// A beacon was received.
        Noted = 28, "noted";
        /// A station answered with an error of its own: what was asked for has not happened.
        ServerError = 29, "server_error";
        /// The payment provider failed by itself; nothing was charged.
        PaymentFailed = 30, "payment_failed";
        /// A payment with the same key is under way.
        PaymentInFlight = 31, "payment_in_flight";
        /// Prove to your bank that it is you.
        Challenge = 32, "challenge";
        /// The order is reserved, to be paid until a deadline.
        Reserved = 33, "reserved";
        /// The account is locked.
        AccountLocked = 34, "account_locked";
        /// Seats that were picked on a map are no longer available.
        SeatsTaken = 35, "seats_taken";
        /// The access code is not accepted: it is wrong, or used, or there were too many wrong tries.
        CodeRefused = 36, "code_refused";
    }
}

named! {
    /// Who made a reply.
    pub enum Emitter {
        /// A gateway, on its own account.
        Gateway = 0, "gateway";
        /// The waiting room.
        WaitingRoom = 1, "waiting_room";
        /// An origin service.
        Service = 2, "service";
        /// The shop, for its payment provider.
        Payment = 3, "payment";
    }
}

impl Reply {
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
