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

named! {
    /// What the backend has decided about a session.
    pub enum Truth {
        /// The backend knows nothing of it.
        Unknown = 0, "unknown";
        /// In the lounge or in line.
        Queued = 1, "queued";
        /// Has a turn, not used yet.
        Turn = 2, "turn";
        /// Inside, without a seat.
        Active = 3, "active";
        /// Inside, seats held.
        Holding = 4, "holding";
        /// A payment is under way.
        Paying = 5, "paying";
        /// Seats sold. Ends there.
        Sold = 6, "sold";
        /// Refused: no seat is left. Ends there.
        RefusedSoldOut = 7, "refused_sold_out";
        /// Refused: the sale is closed. Ends there.
        RefusedClosed = 8, "refused_closed";
        /// Place, turn or time inside ran out.
        Expired = 9, "expired";
        /// The card was declined, and no further try came.
        Declined = 10, "declined";
        /// A goodbye was received.
        Left = 11, "left";
        /// Taken out of the line: not entitled any more. Ends there.
        Evicted = 12, "evicted";
        /// Came when nobody new was let into the line. Ends there.
        TurnedAway = 13, "turned_away";
        /// Had bought, and the operator cancelled the order. Ends there.
        Cancelled = 14, "cancelled";
    }
}

impl Truth {
    /// Refused for want of stock: nothing is left, or nothing is sold any more.
    pub const fn is_refused(self) -> bool {
        matches!(self, Truth::RefusedSoldOut | Truth::RefusedClosed)
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

named! {
    /// What the screen of a session says.
    pub enum Belief {
        /// Nothing opened yet.
        Idle = 0, "idle";
        /// Loading.
        Loading = 1, "loading";
        /// In line, with or without a position.
        InLine = 2, "in_line";
        /// It is your turn.
        YourTurn = 3, "your_turn";
        /// Choosing seats.
        Choosing = 4, "choosing";
        /// Your seats are held.
        SeatHeld = 5, "seat_held";
        /// Paying.
        Paying = 6, "paying";
        /// Confirmed.
        Confirmed = 7, "confirmed";
        /// Told no: sold out or closed.
        ToldNo = 8, "told_no";
        /// A readable error or refusal, not final.
        ErrorShown = 9, "error_shown";
        /// A network error with no status to read.
        OpaqueError = 10, "opaque_error";
        /// Nothing came until the client's own timeout.
        Hanging = 11, "hanging";
        /// The person closed it.
        GaveUp = 12, "gave_up";
        /// The sale is paused, and the page or the news say so.
        Paused = 13, "paused";
    }
}
