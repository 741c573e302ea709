//! What a scenario makes possible at all: where something cannot happen, a count of 0 says nothing about the sale.
//!
//! Whoever does a thing says that it is possible: each part of a scenario beside its plan, each fault beside its effect,
//! each admission policy beside its settings. A new mechanism adds a variant here and a line there; metrics ask for it.

use super::{Incident, Kind, Stop};
use std::ops::BitOr;

/// Makes [`Possibility`] of its list, and numbers the bits of a set: one for each variant, or one for each member of the
/// closed list that a variant names.
macro_rules! possibilities {
    (
        $(#[$about:meta])+
        pub enum $list:ident {
            $($(#[$doc:meta])+ $variant:ident $(($member:ident: $members:ident))?,)+
        }
    ) => {
        $(#[$about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $list {
            $($(#[$doc])+ $variant $(($members))?,)+
        }

        /// The variants, in order, without their members.
        enum Row {
            $($variant,)+
        }

        impl $list {
            /// How many bits each variant takes.
            const WIDTHS: &[usize] = &[$(width!($($members)?)),+];

            /// The number of its bit.
            const fn bit(self) -> usize {
                match self {
                    $($list::$variant $(($member))? => bits_before(Row::$variant as usize) $(+ $member as usize)?,)+
                }
            }
        }
    };
}

macro_rules! width {
    () => {
        1
    };
    ($members:ident) => {
        $members::COUNT
    };
}

possibilities! {
    /// Something that can happen under some scenarios.
    pub enum Possibility {
        /// A gateway's timer runs on requests of this kind.
        UpstreamTimeout(kind: Kind),
        /// A gateway answers 503 itself, beyond a limit of requests in flight or by its overload control.
        GatewayBusy,
        /// A gateway's overload control refuses.
        OverloadControl,
        /// A gateway locks an account.
        AccountLock,
        /// A gateway answers 429, beyond a rate.
        TooManyRequests,
        /// A gateway's accept queue is full.
        SynDrop,
        /// A gateway closes a connection without a reply.
        ConnectionClosed,
        /// A gateway answers 502: a service is out of reach, or the gateway leaves out its peers.
        BadGateway,
        /// Somebody answers 503: a gateway at its limit, a full queue, a pause, a provider out of reach.
        ServiceUnavailable,
        /// A service answers 500, with an error of its own.
        ServerError,
        /// A refusal is told by silence.
        SilentRefusal,
        /// A client's program denies a retry.
        RetryDenied,
        /// A client's program stops a request before it is sent.
        FailedFast,
        /// A gateway's retry budget keeps a request from another peer.
        NextPeerDenied,
        /// The line takes out a session that is not entitled any more.
        Eviction,
        /// A session that was taken out comes back.
        Restoration,
        /// A session that joins is taken for a risk.
        RiskTreatment,
        /// The queue is switched on and off.
        QueueSwitch,
        /// Somebody in line asks to be called back.
        CallBack,
        /// The operator closes the line to newcomers.
        ClosedToNewcomers,
        /// Somebody inside is dropped whose heartbeats were not heard.
        HeartbeatTimeout,
        /// A client's own timeout ends an attempt.
        ClientTimeout,
        /// The network loses a request.
        RequestLoss,
        /// The network loses a reply.
        ReplyLoss,
        /// The payment provider declines a card.
        Decline,
        /// This befalls a session or its place.
        Incident(incident: Incident),
        /// Somebody leaves for this, one of [`Stop::LEAVING`].
        Leaving(reason: Stop),
        /// Somebody guesses access codes.
        CodeGuessing,
        /// A device changes its network.
        NetworkSwitch,
        /// The operator cancels an order.
        Cancellation,
        /// The waiting room's session store is wiped.
        SessionStoreWiped,
        /// More are let in than the waiting room's budget allows, because part of the room has an old view of it.
        BudgetOvershoot,
        /// The payment provider has too much to do.
        ProviderQueue,
        /// The payment provider fails by itself.
        ProviderError,
        /// A bank asks for a proof.
        Challenge,
        /// Payments carry a key.
        IdempotencyKey,
        /// An order is reserved and never paid.
        UnpaidReservation,
        /// The same seat is sold to several.
        Oversell,
        /// What was read of the stock is old when it is written.
        WriteConflict,
        /// Requests see one shard of a divided stock.
        ShardedStock,
        /// A hold waits for a lock on the stock.
        StockLock,
        /// A buyer picks seats on a map.
        SeatPicking,
        /// The time to choose seats ends.
        ChoosingDeadline,
        /// The time to choose and pay ends.
        BuyingDeadline,
        /// A crash loses the last changes of the stock.
        StockLoss,
    }
}

impl Possibility {
    /// How many bits all of them take.
    const BITS: usize = bits_before(Possibility::WIDTHS.len());

    /// It alone where this holds, else nothing.
    pub fn when(self, holds: bool) -> Possible {
        if holds { self.into() } else { Possible::NONE }
    }
}

/// How many bits so many variants take.
const fn bits_before(row: usize) -> usize {
    let (mut bits, mut before) = (0, 0);
    while before < row {
        bits += Possibility::WIDTHS[before];
        before += 1;
    }
    bits
}

/// A set of possibilities; sets are joined by `|`, and collected from their parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Possible(u128);

const _: () = assert!(Possibility::BITS <= u128::BITS as usize, "a set has too few bits");

impl Possible {
    /// Nothing can happen.
    pub const NONE: Possible = Possible(0);

    /// Everything can happen.
    pub const ALL: Possible = Possible(u128::MAX >> (u128::BITS as usize - Possibility::BITS));

    /// This can happen.
    pub const fn has(self, possibility: Possibility) -> bool {
        self.0 >> possibility.bit() & 1 == 1
    }

    /// Everything of the set but this.
    #[cfg(test)]
    pub(crate) fn without(self, possibility: Possibility) -> Possible {
        Possible(self.0 & !Possible::from(possibility).0)
    }
}

impl From<Possibility> for Possible {
    fn from(possibility: Possibility) -> Possible {
        Possible(1 << possibility.bit())
    }
}

impl BitOr for Possible {
    type Output = Possible;

    fn bitor(self, other: Possible) -> Possible {
        Possible(self.0 | other.0)
    }
}

impl FromIterator<Possible> for Possible {
    fn from_iter<I: IntoIterator<Item = Possible>>(parts: I) -> Possible {
        parts.into_iter().fold(Possible::NONE, BitOr::bitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_lists_and_their_neighbours_have_bits_of_their_own() {
        let list: Vec<Possibility> = Kind::ALL
            .map(Possibility::UpstreamTimeout)
            .into_iter()
            .chain([Possibility::GatewayBusy, Possibility::Decline])
            .chain(Incident::ALL.map(Possibility::Incident))
            .chain(Stop::ALL.map(Possibility::Leaving))
            .chain([Possibility::CodeGuessing, Possibility::StockLoss])
            .collect();
        for one in &list {
            let had: Vec<&Possibility> =
                list.iter().filter(|other| Possible::from(*one).has(**other)).collect();
            assert_eq!(had, [one]);
        }
    }

    #[test]
    fn everything_ends_with_the_last_bit() {
        assert_eq!(Possibility::StockLoss.bit() + 1, Possibility::BITS);
        assert!(Possible::ALL.has(Possibility::StockLoss));
        assert_eq!(Possible::ALL | Possibility::StockLoss.into(), Possible::ALL);
        assert!(!Possible::ALL.without(Possibility::StockLoss).has(Possibility::StockLoss));
    }

    #[test]
    fn a_set_is_what_its_parts_make_possible() {
        let set: Possible =
            [Possibility::Decline.when(true), Possibility::Challenge.when(false)].into_iter().collect();
        assert_eq!(set, Possibility::Decline.into());
        assert!(!Possible::NONE.has(Possibility::Decline));
    }
}
