//! Truth and belief: what the backend has decided of a session, and what its screen says. The order of the
//! variants is part of the saved format: append, never renumber.

/// Why the backend refused for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Refusal {
    /// No seat is left.
    SoldOut = 0,
    /// The sale is closed.
    SaleClosed = 1,
}

/// What the backend has decided about a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Truth {
    /// The backend knows nothing of it.
    Unknown = 0,
    /// In the lounge or in line.
    Queued = 1,
    /// Has a turn, not used yet.
    Turn = 2,
    /// Inside, without a seat.
    Active = 3,
    /// Inside, seats held.
    Holding = 4,
    /// A payment is under way.
    Paying = 5,
    /// Seats sold. Ends there.
    Sold = 6,
    /// Refused: no seat is left. Ends there.
    RefusedSoldOut = 7,
    /// Refused: the sale is closed. Ends there.
    RefusedClosed = 8,
    /// Place, turn or time inside ran out.
    Expired = 9,
    /// The card was declined, and no further try came.
    Declined = 10,
    /// A goodbye was received.
    Left = 11,
    /// Taken out of the line: not entitled any more. Ends there.
    Evicted = 12,
    /// Came when nobody new was let into the line. Ends there.
    TurnedAway = 13,
    /// Had bought, and the operator cancelled the order. Ends there.
    Cancelled = 14,
}

impl Truth {
    /// Every truth, in the order of its number.
    pub const ALL: [Truth; 15] = [
        Truth::Unknown,
        Truth::Queued,
        Truth::Turn,
        Truth::Active,
        Truth::Holding,
        Truth::Paying,
        Truth::Sold,
        Truth::RefusedSoldOut,
        Truth::RefusedClosed,
        Truth::Expired,
        Truth::Declined,
        Truth::Left,
        Truth::Evicted,
        Truth::TurnedAway,
        Truth::Cancelled,
    ];

    /// The name used in results.
    pub const fn name(self) -> &'static str {
        match self {
            Truth::Unknown => "unknown",
            Truth::Queued => "queued",
            Truth::Turn => "turn",
            Truth::Active => "active",
            Truth::Holding => "holding",
            Truth::Paying => "paying",
            Truth::Sold => "sold",
            Truth::RefusedSoldOut => "refused_sold_out",
            Truth::RefusedClosed => "refused_closed",
            Truth::Expired => "expired",
            Truth::Declined => "declined",
            Truth::Left => "left",
            Truth::Evicted => "evicted",
            Truth::TurnedAway => "turned_away",
            Truth::Cancelled => "cancelled",
        }
    }
}

impl From<Refusal> for Truth {
    fn from(refusal: Refusal) -> Truth {
        match refusal {
            Refusal::SoldOut => Truth::RefusedSoldOut,
            Refusal::SaleClosed => Truth::RefusedClosed,
        }
    }
}

/// What the screen of a session says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Belief {
    /// Nothing opened yet.
    Idle = 0,
    /// Loading.
    Loading = 1,
    /// In line, with or without a position.
    InLine = 2,
    /// It is your turn.
    YourTurn = 3,
    /// Choosing seats.
    Choosing = 4,
    /// Your seats are held.
    SeatHeld = 5,
    /// Paying.
    Paying = 6,
    /// Confirmed.
    Confirmed = 7,
    /// Told no: sold out or closed.
    ToldNo = 8,
    /// A readable error or refusal, not final.
    ErrorShown = 9,
    /// A network error with no status to read.
    OpaqueError = 10,
    /// Nothing came until the client's own timeout.
    Hanging = 11,
    /// The person closed it.
    GaveUp = 12,
    /// The sale is paused, and the page or the news say so.
    Paused = 13,
}

impl Belief {
    /// Every belief, in the order of its number.
    pub const ALL: [Belief; 14] = [
        Belief::Idle,
        Belief::Loading,
        Belief::InLine,
        Belief::YourTurn,
        Belief::Choosing,
        Belief::SeatHeld,
        Belief::Paying,
        Belief::Confirmed,
        Belief::ToldNo,
        Belief::ErrorShown,
        Belief::OpaqueError,
        Belief::Hanging,
        Belief::GaveUp,
        Belief::Paused,
    ];

    /// The name used in results.
    pub const fn name(self) -> &'static str {
        match self {
            Belief::Idle => "idle",
            Belief::Loading => "loading",
            Belief::InLine => "in_line",
            Belief::YourTurn => "your_turn",
            Belief::Choosing => "choosing",
            Belief::SeatHeld => "seat_held",
            Belief::Paying => "paying",
            Belief::Confirmed => "confirmed",
            Belief::ToldNo => "told_no",
            Belief::ErrorShown => "error_shown",
            Belief::OpaqueError => "opaque_error",
            Belief::Hanging => "hanging",
            Belief::GaveUp => "gave_up",
            Belief::Paused => "paused",
        }
    }
}
