//! The small enumerations that facts speak of. Their numbers are part of fingerprints: append, never renumber.

/// Which way a message was going when the network lost it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Way {
    /// From the client to the edge.
    Up = 0,
    /// From the edge to the client.
    Down = 1,
}

/// Why a station dropped a request that it could have served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Shed {
    /// It had waited longer than requests may.
    WaitedTooLong = 0,
    /// Everybody had waited too long for some time, and this one was at the head.
    StandingQueue = 1,
}

impl Shed {
    /// Every reason, in the order of its number.
    pub const ALL: [Shed; 2] = [Shed::WaitedTooLong, Shed::StandingQueue];

    /// The name used in journeys.
    pub const fn name(self) -> &'static str {
        match self {
            Shed::WaitedTooLong => "waited_too_long",
            Shed::StandingQueue => "standing_queue",
        }
    }
}

/// What goes wrong at the stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Slip {
    /// A seat that is about to be held belongs to somebody else already.
    HeldTwice = 0,
    /// A seat that is about to come back still belongs to somebody else, so it is not free.
    OthersKeep = 1,
    /// A seat that is about to be sold was sold to somebody else already.
    SoldTwice = 2,
    /// The seats were written by others since they were read: nothing is held yet.
    WriteConflict = 3,
    /// A request had used up its attempts to write, and is refused.
    AttemptsUsedUp = 4,
    /// A request is refused for good because its shard has nothing, while others have free seats.
    StockElsewhere = 5,
    /// A seat that was picked on a map belongs to somebody else by now: nothing is held.
    Beaten = 6,
    /// A crash made the stock forget that this person has a seat: it is free again, beside.
    DeductionLost = 7,
    /// A crash made the stock forget that this person gave a seat back: nobody has it, and it is not free.
    ReturnLost = 8,
}

impl Slip {
    /// Every slip, in the order of its number.
    pub const ALL: [Slip; 9] = [
        Slip::HeldTwice,
        Slip::OthersKeep,
        Slip::SoldTwice,
        Slip::WriteConflict,
        Slip::AttemptsUsedUp,
        Slip::StockElsewhere,
        Slip::Beaten,
        Slip::DeductionLost,
        Slip::ReturnLost,
    ];

    /// The name used in journeys.
    pub const fn name(self) -> &'static str {
        match self {
            Slip::HeldTwice => "held_twice",
            Slip::OthersKeep => "others_keep",
            Slip::SoldTwice => "sold_twice",
            Slip::WriteConflict => "write_conflict",
            Slip::AttemptsUsedUp => "attempts_used_up",
            Slip::StockElsewhere => "stock_elsewhere",
            Slip::Beaten => "beaten",
            Slip::DeductionLost => "deduction_lost",
            Slip::ReturnLost => "return_lost",
        }
    }
}

/// Why a session stopped for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Stop {
    /// Its screen confirmed an order.
    Bought = 0,
    /// Its screen told it no, finally.
    ToldNo = 1,
    /// The person's patience ended.
    Patience = 2,
    /// The behavior's attempts were used up.
    AttemptsUsedUp = 3,
    /// The person gave the seats back.
    Abandoned = 4,
    /// The card was declined and the person does not try again.
    Declined = 5,
    /// Another session of the person had the final answer.
    Sibling = 6,
    /// Its screen told it that it was taken out of the line, or not let into it: final for this session alone.
    Excluded = 7,
    /// The person heard that the sale is paused, and left.
    Informed = 8,
    /// The bank wanted a proof, and the person gave up.
    ChallengeAbandoned = 9,
    /// The order is reserved, and the person never pays for it.
    NeverPays = 10,
    /// The page showed more places ahead than the person accepts.
    TooFarBack = 11,
    /// Nothing that could be read had come for longer than the person bears.
    Silence = 12,
    /// The person was clearly refused, if only for now, and had enough of it.
    Refused = 13,
}

impl Stop {
    /// Every reason, in the order of its number.
    pub const ALL: [Stop; 14] = [
        Stop::Bought,
        Stop::ToldNo,
        Stop::Patience,
        Stop::AttemptsUsedUp,
        Stop::Abandoned,
        Stop::Declined,
        Stop::Sibling,
        Stop::Excluded,
        Stop::Informed,
        Stop::ChallengeAbandoned,
        Stop::NeverPays,
        Stop::TooFarBack,
        Stop::Silence,
        Stop::Refused,
    ];

    /// The reasons for which people leave, without an outcome and without seats.
    pub const LEAVING: [Stop; 6] = [
        Stop::Patience,
        Stop::TooFarBack,
        Stop::Silence,
        Stop::Refused,
        Stop::AttemptsUsedUp,
        Stop::Informed,
    ];

    /// The name used in results.
    pub const fn name(self) -> &'static str {
        match self {
            Stop::Bought => "bought",
            Stop::ToldNo => "told_no",
            Stop::Patience => "patience",
            Stop::AttemptsUsedUp => "attempts_used_up",
            Stop::Abandoned => "abandoned",
            Stop::Declined => "declined",
            Stop::Sibling => "sibling",
            Stop::Excluded => "excluded",
            Stop::Informed => "informed",
            Stop::ChallengeAbandoned => "challenge_abandoned",
            Stop::NeverPays => "never_pays",
            Stop::TooFarBack => "too_far_back",
            Stop::Silence => "silence",
            Stop::Refused => "refused",
        }
    }
}

/// Where a session stood when the horizon cut it off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Unresolved {
    /// Still trying to get an answer from the edge.
    Trying = 0,
    /// Still in the lounge or in line.
    InLine = 1,
    /// Had a turn, or was inside.
    Inside = 2,
}

impl Unresolved {
    /// Every reason, in the order of its number.
    pub const ALL: [Unresolved; 3] = [Unresolved::Trying, Unresolved::InLine, Unresolved::Inside];

    /// The name used in results.
    pub const fn name(self) -> &'static str {
        match self {
            Unresolved::Trying => "trying",
            Unresolved::InLine => "in_line",
            Unresolved::Inside => "inside",
        }
    }
}

/// What befell a session and its place, that its screen does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Mishap {
    /// It joined under a key that another session of the same person has a place for: it shares that.
    SharesOwnPlace = 0,
    /// It joined under a key that a stranger has a place for, and has no other.
    SharesStrangersPlace = 1,
    /// Another session joined under the same key, and took its place.
    CutByDuplicate = 2,
    /// It was not known again: what it had is left to nobody.
    TakenForNewcomer = 3,
    /// A turn was issued to a place that it had been made to leave.
    TurnForNobody = 4,
    /// The message of its join was put aside for good: it will be told that it is in line, and has no place.
    JoinLost = 5,
    /// Its person went away from its tab.
    TabHidden = 6,
    /// Its place or turn ran out while its tab was in the background.
    ExpiredInBackground = 7,
    /// It was taken for a bot: it will be told that it is in line, and has no place.
    KeptForEver = 8,
    /// It asked for seats without a turn, and nobody checked.
    CameWithoutTurn = 9,
    /// The page had let it through too often under one turn.
    RedirectsUsedUp = 10,
    /// Its device had changed its network, and was not known again at the new address: what it had is left to nobody.
    LostWithAddress = 11,
    /// It has left the shop, and the room never learns of it: its slot stays taken.
    ExitLost = 12,
    /// A gateway whose clock is ahead took its turn for one that has ended.
    TurnMisdated = 13,
    /// A gateway whose clock is wrong took its join for an early one, or for a late one.
    JoinMisdated = 14,
}

impl Mishap {
    /// Every one, in the order of its number.
    pub const ALL: [Mishap; 15] = [
        Mishap::SharesOwnPlace,
        Mishap::SharesStrangersPlace,
        Mishap::CutByDuplicate,
        Mishap::TakenForNewcomer,
        Mishap::TurnForNobody,
        Mishap::JoinLost,
        Mishap::TabHidden,
        Mishap::ExpiredInBackground,
        Mishap::KeptForEver,
        Mishap::CameWithoutTurn,
        Mishap::RedirectsUsedUp,
        Mishap::LostWithAddress,
        Mishap::ExitLost,
        Mishap::TurnMisdated,
        Mishap::JoinMisdated,
    ];

    /// The name used in results.
    pub const fn name(self) -> &'static str {
        match self {
            Mishap::SharesOwnPlace => "shares_own_place",
            Mishap::SharesStrangersPlace => "shares_strangers_place",
            Mishap::CutByDuplicate => "cut_by_duplicate",
            Mishap::TakenForNewcomer => "taken_for_newcomer",
            Mishap::TurnForNobody => "turn_for_nobody",
            Mishap::JoinLost => "join_lost",
            Mishap::TabHidden => "tab_hidden",
            Mishap::ExpiredInBackground => "expired_in_background",
            Mishap::KeptForEver => "kept_for_ever",
            Mishap::CameWithoutTurn => "came_without_turn",
            Mishap::RedirectsUsedUp => "redirects_used_up",
            Mishap::LostWithAddress => "lost_with_address",
            Mishap::ExitLost => "exit_lost",
            Mishap::TurnMisdated => "turn_misdated",
            Mishap::JoinMisdated => "join_misdated",
        }
    }
}

/// What an announcement says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Word {
    /// The sale is paused; places and codes stay valid.
    Paused = 0,
    /// The sale goes on.
    Resumed = 1,
    /// Do not refresh the page.
    DoNotRefresh = 2,
    /// Keep trying.
    KeepTrying = 3,
    /// Nobody new is let in.
    ClosedToNewcomers = 4,
    /// There is trouble, and it is being worked on.
    Trouble = 5,
    /// Your order is cancelled, and your money comes back.
    OrderCancelled = 6,
}

impl Word {
    /// Every word, in the order of its number.
    pub const ALL: [Word; 7] = [
        Word::Paused,
        Word::Resumed,
        Word::DoNotRefresh,
        Word::KeepTrying,
        Word::ClosedToNewcomers,
        Word::Trouble,
        Word::OrderCancelled,
    ];

    /// The name used in scenarios and results.
    pub const fn name(self) -> &'static str {
        match self {
            Word::Paused => "paused",
            Word::Resumed => "resumed",
            Word::DoNotRefresh => "do_not_refresh",
            Word::KeepTrying => "keep_trying",
            Word::ClosedToNewcomers => "closed_to_newcomers",
            Word::Trouble => "trouble",
            Word::OrderCancelled => "order_cancelled",
        }
    }
}

/// What the operator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Pauses the sale.
    Pause,
    /// Lets it go on.
    Resume,
    /// Lets nobody new into the line.
    CloseToNewcomers,
    /// Changes how many are let in.
    ChangeOutflow,
    /// Announces something.
    Announce(Word),
    /// Lets somebody new into the line again.
    OpenToNewcomers,
    /// Honors the orders of an interval in which the sale was not fair.
    HonorOrders,
    /// Cancels them.
    CancelOrders,
}

impl Act {
    /// Its number in fingerprints.
    pub(super) const fn code(self) -> u64 {
        match self {
            Act::Pause => 0,
            Act::Resume => 1,
            Act::CloseToNewcomers => 2,
            Act::ChangeOutflow => 3,
            Act::OpenToNewcomers => 4,
            Act::HonorOrders => 5,
            Act::CancelOrders => 6,
            Act::Announce(word) => 16 + word as u64,
        }
    }

    /// What is done, in words.
    pub const fn name(self) -> &'static str {
        match self {
            Act::Pause => "pause",
            Act::Resume => "resume",
            Act::CloseToNewcomers => "close to newcomers",
            Act::ChangeOutflow => "change outflow",
            Act::Announce(Word::Paused) => "announce that the sale is paused",
            Act::Announce(Word::Resumed) => "announce that the sale goes on",
            Act::Announce(Word::DoNotRefresh) => "announce: do not refresh",
            Act::Announce(Word::KeepTrying) => "announce: keep trying",
            Act::Announce(Word::ClosedToNewcomers) => "announce that nobody new is let in",
            Act::Announce(Word::Trouble) => "announce that there is trouble",
            Act::Announce(Word::OrderCancelled) => "announce that orders are cancelled",
            Act::OpenToNewcomers => "open to newcomers",
            Act::HonorOrders => "honor the orders of the unfair interval",
            Act::CancelOrders => "cancel the orders of the unfair interval",
        }
    }
}

/// What happened at the checkout, beside holding, selling and charging.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Step {
    /// The bank wants a proof that it is really the owner of the card.
    Challenged = 0,
    /// The payment provider had too much to do, and refused; nothing was taken.
    ProviderFull = 1,
    /// The payment provider failed by itself; nothing was taken.
    ProviderFailed = 2,
    /// A payment with the same key was still under way, so this one was refused.
    KeyInFlight = 3,
    /// The provider repeats that the money was taken, and takes nothing again.
    ChargeRepeated = 4,
    /// The provider repeats that the card was declined, and does not ask the bank again.
    DeclineRepeated = 5,
    /// The provider repeats its own error, and does not try again.
    ErrorRepeated = 6,
    /// The provider's answer found the seats gone: the money was taken for nothing.
    ChargedTooLate = 7,
    /// The money is given back.
    Refunded = 8,
    /// The order stands without a payment, until a deadline.
    Reserved = 9,
    /// The deadline of an order without a payment has passed.
    ReservationEnded = 10,
    /// The time to choose seats has passed: the session is put out of the shop.
    ChoosingTimedOut = 11,
    /// The time to choose and pay has passed: the session is put out of the shop.
    BuyingTimedOut = 12,
}

impl Step {
    /// Every step, in the order of its number.
    pub const ALL: [Step; 13] = [
        Step::Challenged,
        Step::ProviderFull,
        Step::ProviderFailed,
        Step::KeyInFlight,
        Step::ChargeRepeated,
        Step::DeclineRepeated,
        Step::ErrorRepeated,
        Step::ChargedTooLate,
        Step::Refunded,
        Step::Reserved,
        Step::ReservationEnded,
        Step::ChoosingTimedOut,
        Step::BuyingTimedOut,
    ];

    /// The name used in results.
    pub const fn name(self) -> &'static str {
        match self {
            Step::Challenged => "challenged",
            Step::ProviderFull => "provider_full",
            Step::ProviderFailed => "provider_failed",
            Step::KeyInFlight => "key_in_flight",
            Step::ChargeRepeated => "charge_repeated",
            Step::DeclineRepeated => "decline_repeated",
            Step::ErrorRepeated => "error_repeated",
            Step::ChargedTooLate => "charged_too_late",
            Step::Refunded => "refunded",
            Step::Reserved => "reserved",
            Step::ReservationEnded => "reservation_ended",
            Step::ChoosingTimedOut => "choosing_timed_out",
            Step::BuyingTimedOut => "buying_timed_out",
        }
    }
}
