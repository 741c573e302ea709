//! Why an attempt was refused, or ended without an answer: what the backend knows and the client may not. The same
//! wire symptom (a 504, a closed connection, silence) has several causes; metrics measure how far a client could
//! tell them apart. The order of the variants is part of the saved format: append, never renumber.

/// Why an attempt was refused, or ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Cause {
    /// It was not refused.
    None = 0,
    /// No seat is left.
    SoldOut = 1,
    /// The sale is closed.
    SaleClosed = 2,
    /// Place, turn or hold had run out.
    Expired = 3,
    /// The card was declined.
    Declined = 4,
    /// A gateway was at its limit of requests in flight.
    ConcurrencyLimit = 5,
    /// An address was over its rate limit.
    RateLimit = 6,
    /// A station's queue was full.
    QueueFull = 7,
    /// The upstream was still at it, or the request still waited for it.
    SlowUpstream = 8,
    /// The backend had decided, and chose not to answer.
    DeliberateSilence = 9,
    /// The upstream could not be reached, or broke off.
    UpstreamDown = 10,
    /// Every peer of the upstream was marked as failed.
    PeersDown = 11,
    /// A gateway's accept queue was full: the connection never came about.
    BacklogFull = 12,
    /// A gateway was out of connections.
    ConnectionCap = 13,
    /// The gateway was down.
    GatewayDown = 14,
    /// The network lost the request.
    LostUp = 15,
    /// The network lost the reply.
    LostDown = 16,
    /// The session had been taken out of the line.
    Evicted = 17,
    /// Nobody new was let into the line.
    ClosedToNewcomers = 18,
    /// The sale was paused.
    Paused = 19,
    /// The payment provider's answer never reached the shop.
    PaymentUnknown = 20,
    /// The payment provider could not be reached.
    PaymentOutage = 21,
    /// No seat was free just then, though some were only held.
    NoneFree = 22,
    /// The sale had not opened yet.
    NotOpenYet = 23,
    /// The request waited in a gateway's accept queue until its client had gone.
    BacklogWait = 24,
    /// A station answered with an error of its own.
    ServerError = 25,
    /// A station dropped the request from its queue, to keep the waits of others short.
    Shed = 26,
    /// The overload control of a gateway refused.
    OverloadControl = 27,
    /// Gateway and station were cut off from each other.
    Partition = 28,
    /// The waiting room could not reach its session store.
    SessionStore = 29,
    /// The payment provider had too much to do.
    ProviderFull = 30,
    /// The payment provider failed by itself.
    ProviderFailed = 31,
    /// A payment with the same key was under way.
    KeyInFlight = 32,
    /// The account was locked.
    AccountLock = 33,
    /// Others had changed the stock each time that it was to be written.
    WriteConflict = 34,
    /// Somebody else was faster to a seat that was picked on a map.
    Beaten = 35,
    /// The access code was wrong, or used, or there were too many wrong tries.
    CodeRefused = 36,
}

impl Cause {
    /// How many causes there are; their numbers are `0..COUNT`.
    pub const COUNT: usize = 37;

    /// Every cause, in the order of its number.
    pub const ALL: [Cause; Cause::COUNT] = [
        Cause::None,
        Cause::SoldOut,
        Cause::SaleClosed,
        Cause::Expired,
        Cause::Declined,
        Cause::ConcurrencyLimit,
        Cause::RateLimit,
        Cause::QueueFull,
        Cause::SlowUpstream,
        Cause::DeliberateSilence,
        Cause::UpstreamDown,
        Cause::PeersDown,
        Cause::BacklogFull,
        Cause::ConnectionCap,
        Cause::GatewayDown,
        Cause::LostUp,
        Cause::LostDown,
        Cause::Evicted,
        Cause::ClosedToNewcomers,
        Cause::Paused,
        Cause::PaymentUnknown,
        Cause::PaymentOutage,
        Cause::NoneFree,
        Cause::NotOpenYet,
        Cause::BacklogWait,
        Cause::ServerError,
        Cause::Shed,
        Cause::OverloadControl,
        Cause::Partition,
        Cause::SessionStore,
        Cause::ProviderFull,
        Cause::ProviderFailed,
        Cause::KeyInFlight,
        Cause::AccountLock,
        Cause::WriteConflict,
        Cause::Beaten,
        Cause::CodeRefused,
    ];

    /// The name used in results and journeys.
    pub const fn name(self) -> &'static str {
        match self {
            Cause::None => "none",
            Cause::SoldOut => "sold_out",
            Cause::SaleClosed => "sale_closed",
            Cause::Expired => "expired",
            Cause::Declined => "declined",
            Cause::ConcurrencyLimit => "concurrency_limit",
            Cause::RateLimit => "rate_limit",
            Cause::QueueFull => "queue_full",
            Cause::SlowUpstream => "slow_upstream",
            Cause::DeliberateSilence => "deliberate_silence",
            Cause::UpstreamDown => "upstream_down",
            Cause::PeersDown => "peers_down",
            Cause::BacklogFull => "backlog_full",
            Cause::ConnectionCap => "connection_cap",
            Cause::GatewayDown => "gateway_down",
            Cause::LostUp => "lost_up",
            Cause::LostDown => "lost_down",
            Cause::Evicted => "evicted",
            Cause::ClosedToNewcomers => "closed_to_newcomers",
            Cause::Paused => "paused",
            Cause::PaymentUnknown => "payment_unknown",
            Cause::PaymentOutage => "payment_outage",
            Cause::NoneFree => "none_free",
            Cause::NotOpenYet => "not_open_yet",
            Cause::BacklogWait => "backlog_wait",
            Cause::ServerError => "server_error",
            Cause::Shed => "shed",
            Cause::OverloadControl => "overload_control",
            Cause::Partition => "partition",
            Cause::SessionStore => "session_store",
            Cause::ProviderFull => "provider_full",
            Cause::ProviderFailed => "provider_failed",
            Cause::KeyInFlight => "key_in_flight",
            Cause::AccountLock => "account_lock",
            Cause::WriteConflict => "write_conflict",
            Cause::Beaten => "beaten",
            Cause::CodeRefused => "code_refused",
        }
    }
}
