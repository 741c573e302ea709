//! Why an attempt was refused, or ended without an answer: what the backend knows and the client may not. The same
//! wire symptom (a 504, a closed connection, silence) has several causes; metrics measure how far a client could
//! tell them apart. The order of the variants is part of the saved format: append, never renumber.

named! {
    /// Why an attempt was refused, or ended without an answer.
    pub enum Cause {
        /// It was not refused.
        None = 0, "none";
        /// No seat is left.
        SoldOut = 1, "sold_out";
        /// The sale is closed.
        SaleClosed = 2, "sale_closed";
        /// Place, turn or hold had run out.
        Expired = 3, "expired";
        /// The card was declined.
        Declined = 4, "declined";
        /// A gateway was at its limit of requests in flight.
        ConcurrencyLimit = 5, "concurrency_limit";
        /// An address was over its rate limit.
        RateLimit = 6, "rate_limit";
        /// A station's queue was full.
        QueueFull = 7, "queue_full";
        /// The upstream was still at it, or the request still waited for it.
        SlowUpstream = 8, "slow_upstream";
        /// The backend had decided, and chose not to answer.
        DeliberateSilence = 9, "deliberate_silence";
        /// The upstream could not be reached, or broke off.
        UpstreamDown = 10, "upstream_down";
        /// Every peer of the upstream was marked as failed.
        PeersDown = 11, "peers_down";
        /// A gateway's accept queue was full: the connection never came about.
        BacklogFull = 12, "backlog_full";
        /// A gateway was out of connections.
        ConnectionCap = 13, "connection_cap";
        /// The gateway was down.
        GatewayDown = 14, "gateway_down";
        /// The network lost the request.
        LostUp = 15, "lost_up";
        /// The network lost the reply.
        LostDown = 16, "lost_down";
        /// The session had been taken out of the line.
        Evicted = 17, "evicted";
        /// Nobody new was let into the line.
        ClosedToNewcomers = 18, "closed_to_newcomers";
        /// The sale was paused.
        Paused = 19, "paused";
        /// The payment provider's answer never reached the shop.
        PaymentUnknown = 20, "payment_unknown";
        /// The payment provider could not be reached.
        PaymentOutage = 21, "payment_outage";
        /// No seat was free just then, though some were only held.
        NoneFree = 22, "none_free";
        /// The sale had not opened yet.
        NotOpenYet = 23, "not_open_yet";
        /// The request waited in a gateway's accept queue until its client had gone.
        BacklogWait = 24, "backlog_wait";
        /// A station answered with an error of its own.
        ServerError = 25, "server_error";
        /// A station dropped the request from its queue, to keep the waits of others short.
        Shed = 26, "shed";
        /// The overload control of a gateway refused.
        OverloadControl = 27, "overload_control";
        /// Gateway and station were cut off from each other.
        Partition = 28, "partition";
        /// The waiting room could not reach its session store.
        SessionStore = 29, "session_store";
        /// The payment provider had too much to do.
        ProviderFull = 30, "provider_full";
        /// The payment provider failed by itself.
        ProviderFailed = 31, "provider_failed";
        /// A payment with the same key was under way.
        KeyInFlight = 32, "key_in_flight";
        /// The account was locked.
        AccountLock = 33, "account_lock";
        /// Others had changed the stock each time that it was to be written.
        WriteConflict = 34, "write_conflict";
        /// Somebody else was faster to a seat that was picked on a map.
        Beaten = 35, "beaten";
        /// The access code was wrong, or used, or there were too many wrong tries.
        CodeRefused = 36, "code_refused";
    }
}
