//! The small enumerations that facts speak of. Their numbers are part of fingerprints: append, never renumber.

/// The direction of a message that the network lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Direction {
    /// From the client to the edge.
    Up = 0,
    /// From the edge to the client.
    Down = 1,
}

named! {
    /// Why a queue discipline shed a request that its station could have served.
    pub enum ShedReason {
        /// It had waited longer than requests may.
        WaitedTooLong = 0, "waited_too_long";
        /// The wait had been above the target for a whole interval (`CoDel`), and this one was at the head.
        StandingQueue = 1, "standing_queue";
    }
}

named! {
    /// An inconsistency at the stock, or a request that lost a race for it.
    pub enum StockAnomaly {
        /// A seat that is about to be held belongs to somebody else already.
        HeldTwice = 0, "held_twice";
        /// A seat that is about to come back still belongs to somebody else, so it is not free.
        OthersKeep = 1, "others_keep";
        /// A seat that is about to be sold was sold to somebody else already.
        SoldTwice = 2, "sold_twice";
        /// The seats were written by others since they were read: nothing is held yet.
        WriteConflict = 3, "write_conflict";
        /// A request had used up its attempts to write, and is refused.
        AttemptsUsedUp = 4, "attempts_used_up";
        /// A request is refused for good because its shard has nothing, while others have free seats.
        StockElsewhere = 5, "stock_elsewhere";
        /// A seat that was picked on a map belongs to somebody else by now: nothing is held.
        Beaten = 6, "beaten";
        /// A crash made the stock forget that this person has a seat: it is free again while the person keeps it.
        DeductionLost = 7, "deduction_lost";
        /// A crash made the stock forget that this person gave a seat back: nobody has it, and it is not free.
        ReturnLost = 8, "return_lost";
    }
}

named! {
    /// Why a session stopped for good.
    pub enum Stop {
        /// Its screen confirmed an order.
        Bought = 0, "bought";
        /// Its screen told it no, finally.
        ToldNo = 1, "told_no";
        /// The person's patience ended.
        Patience = 2, "patience";
        /// The behavior's attempts were used up.
        AttemptsUsedUp = 3, "attempts_used_up";
        /// The person gave the seats back.
        Abandoned = 4, "abandoned";
        /// The card was declined and the person does not try again.
        Declined = 5, "declined";
        /// Another session of the person has bought.
        Sibling = 6, "sibling";
        /// Its screen told it that it was taken out of the line, or not let into it: final for this session alone.
        Excluded = 7, "excluded";
        /// The person heard that the sale is paused, and left.
        Informed = 8, "informed";
        /// The bank wanted a proof, and the person gave up.
        ChallengeAbandoned = 9, "challenge_abandoned";
        /// The order is reserved, and the person never pays for it.
        NeverPays = 10, "never_pays";
        /// The page showed more places ahead than the person accepts.
        TooFarBack = 11, "too_far_back";
        /// Nothing that could be read had come for longer than the person bears.
        Silence = 12, "silence";
        /// The person was clearly refused, if only for now, and had enough of it.
        Refused = 13, "refused";
    }
}

impl Stop {
    /// The reasons for which people leave, without an outcome and without seats.
    pub const LEAVING: [Stop; 6] = [
        Stop::Patience,
        Stop::TooFarBack,
        Stop::Silence,
        Stop::Refused,
        Stop::AttemptsUsedUp,
        Stop::Informed,
    ];
}

named! {
    /// Where a session stood when the horizon cut it off.
    pub enum Unresolved {
        /// Still trying to get an answer from the edge.
        Trying = 0, "trying";
        /// Still in the lounge or in line.
        InLine = 1, "in_line";
        /// Had a turn, or was inside.
        Inside = 2, "inside";
    }
}

named! {
    /// What befell a session and its place, that its screen does not say.
    pub enum Incident {
        /// It joined under a key that another session of the same person has a place for: it shares that.
        SharesOwnPlace = 0, "shares_own_place";
        /// It joined under a key that a stranger has a place for, and has no other.
        SharesStrangersPlace = 1, "shares_strangers_place";
        /// Another session joined under the same key, and took its place.
        CutByDuplicate = 2, "cut_by_duplicate";
        /// It was not known again: what it had is left to nobody.
        TakenForNewcomer = 3, "taken_for_newcomer";
        /// A turn was issued to a place that it had been made to leave.
        TurnForNobody = 4, "turn_for_nobody";
        /// The message of its join was put aside for good: it will be told that it is in line, and has no place.
        JoinLost = 5, "join_lost";
        /// Its person went away from its tab.
        TabHidden = 6, "tab_hidden";
        /// Its place or turn ran out while its tab was in the background.
        ExpiredInBackground = 7, "expired_in_background";
        /// It was taken for a bot: it will be told that it is in line, and has no place.
        KeptForEver = 8, "kept_for_ever";
        /// It asked for seats without a turn, and nobody checked.
        CameWithoutTurn = 9, "came_without_turn";
        /// The page had let it through too often under one turn.
        RedirectsUsedUp = 10, "redirects_used_up";
        /// Its device had changed its network, and was not known again at the new address: what it had is left to nobody.
        LostWithAddress = 11, "lost_with_address";
        /// It has left the shop, and the room never learns of it: its slot stays taken.
        ExitLost = 12, "exit_lost";
        /// A gateway whose clock is ahead took its turn for one that has ended.
        TurnMisdated = 13, "turn_misdated";
        /// A gateway whose clock is wrong took its join for an early one, or for a late one.
        JoinMisdated = 14, "join_misdated";
    }
}

named! {
    /// What an announcement says.
    pub enum Announcement {
        /// The sale is paused; places and codes stay valid.
        Paused = 0, "paused";
        /// The sale goes on.
        Resumed = 1, "resumed";
        /// Do not refresh the page.
        DoNotRefresh = 2, "do_not_refresh";
        /// Keep trying.
        KeepTrying = 3, "keep_trying";
        /// Nobody new is let in.
        ClosedToNewcomers = 4, "closed_to_newcomers";
        /// There is trouble, and it is being worked on.
        Trouble = 5, "trouble";
        /// Your order is cancelled, and your money comes back.
        OrderCancelled = 6, "order_cancelled";
    }
}

/// What the operator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperatorAction {
    /// Pauses the sale.
    Pause,
    /// Lets it go on.
    Resume,
    /// Lets nobody new into the line.
    CloseToNewcomers,
    /// Changes how many are let in.
    ChangeOutflow,
    /// Announces something.
    Announce(Announcement),
    /// Lets somebody new into the line again.
    OpenToNewcomers,
    /// Honors the orders of an interval in which the sale was not fair.
    HonorOrders,
    /// Cancels them.
    CancelOrders,
}

impl OperatorAction {
    /// Its number in fingerprints.
    pub(super) const fn code(self) -> u64 {
        match self {
            OperatorAction::Pause => 0,
            OperatorAction::Resume => 1,
            OperatorAction::CloseToNewcomers => 2,
            OperatorAction::ChangeOutflow => 3,
            OperatorAction::OpenToNewcomers => 4,
            OperatorAction::HonorOrders => 5,
            OperatorAction::CancelOrders => 6,
            OperatorAction::Announce(word) => 16 + word as u64,
        }
    }

    /// What is done, in words.
    pub const fn name(self) -> &'static str {
        match self {
            OperatorAction::Pause => "pause",
            OperatorAction::Resume => "resume",
            OperatorAction::CloseToNewcomers => "close to newcomers",
            OperatorAction::ChangeOutflow => "change outflow",
            OperatorAction::Announce(Announcement::Paused) => "announce that the sale is paused",
            OperatorAction::Announce(Announcement::Resumed) => "announce that the sale goes on",
            OperatorAction::Announce(Announcement::DoNotRefresh) => "announce: do not refresh",
            OperatorAction::Announce(Announcement::KeepTrying) => "announce: keep trying",
            OperatorAction::Announce(Announcement::ClosedToNewcomers) => "announce that nobody new is let in",
            OperatorAction::Announce(Announcement::Trouble) => "announce that there is trouble",
            OperatorAction::Announce(Announcement::OrderCancelled) => "announce that orders are cancelled",
            OperatorAction::OpenToNewcomers => "open to newcomers",
            OperatorAction::HonorOrders => "honor the orders of the unfair interval",
            OperatorAction::CancelOrders => "cancel the orders of the unfair interval",
        }
    }
}

named! {
    /// What happened at the checkout, beside holding, selling and charging.
    pub enum CheckoutEvent {
        /// The bank wants a proof that it is really the owner of the card.
        Challenged = 0, "challenged";
        /// The payment provider had too much to do, and refused; nothing was taken.
        ProviderFull = 1, "provider_full";
        /// The payment provider failed by itself; nothing was taken.
        ProviderFailed = 2, "provider_failed";
        /// A payment with the same key was still under way, so this one was refused.
        KeyInFlight = 3, "key_in_flight";
        /// The provider repeats that the money was taken, and takes nothing again.
        ChargeRepeated = 4, "charge_repeated";
        /// The provider repeats that the card was declined, and does not ask the bank again.
        DeclineRepeated = 5, "decline_repeated";
        /// The provider repeats its own error, and does not try again.
        ErrorRepeated = 6, "error_repeated";
        /// The provider's answer found the seats gone: the money was taken for nothing.
        ChargedTooLate = 7, "charged_too_late";
        /// The money is given back.
        Refunded = 8, "refunded";
        /// The order stands without a payment, until a deadline.
        Reserved = 9, "reserved";
        /// The deadline of an order without a payment has passed.
        ReservationEnded = 10, "reservation_ended";
        /// The time to choose seats has passed: the session is put out of the shop.
        ChoosingTimedOut = 11, "choosing_timed_out";
        /// The time to choose and pay has passed: the session is put out of the shop.
        BuyingTimedOut = 12, "buying_timed_out";
    }
}

saved_by_name!(OperatorAction);
