//! The table of facts: what a fact is called, whose it is, what it carries, its words for the fingerprint, and what is
//! saved of it in a journey. Everything else that is known of facts is made of this table, by two other macros: the
//! enum itself beside it, and what a journey saves in `experiment::journey`.
//!
//! ```text
//!   number Name (whose) { what it carries } words [small, large] told Lane Saved { what is saved: Type = value };
//! ```
//!
//! The numbers are part of fingerprints: append, never renumber. Whose: `session who`, `person person` or `everybody`.
//! Words: see `fact_words!`. What is saved without a value is saved as it is carried. The first line of a fact's
//! documentation is also that of what is saved.

/// Hands the table of facts to another macro; the roster by which names are found comes first.
macro_rules! facts {
    ($make:ident) => {
        $make! {
            (roster)
            // ---- the person and the screen ----------
            /// The person's first click (`t_intent`).
            1 Arrived (person person) {
                /// Who clicked.
                person: PersonId,
            } words [0]
                told User Clicked {};
            /// A request left the client.
            2 Sent (session who) {
                /// Who sent it.
                who: Who,
                /// What it asks for.
                kind: Kind,
                /// Not a repetition after a failure.
                first_try: bool,
            } words [kind as u64, u64::from(first_try)]
                told User Asked {
                    kind: Kind,
                    /// It repeats one that failed.
                    again: bool = !first_try,
                };
            /// The network lost a request, or a reply. Nobody is told.
            3 Lost (session who) {
                /// Whose it was.
                who: Who,
                /// What the request asked for.
                kind: Kind,
                /// Where it was lost.
                way: Direction,
            } words [kind as u64, way as u64]
                told Wire Lost {
                    kind: Kind,
                    /// It was the reply.
                    reply: bool = way == Direction::Down,
                };
            /// A whole poll that changed nothing: sent, accepted (the time of this fact), answered "in line", heard.
            /// It stands for one [`Fact::Sent`] (a first try), one [`Fact::Accepted`], one [`Fact::Answered`] and one
            /// [`Fact::Heard`].
            4 Polled (session who) {
                /// Who polled.
                who: Who,
                /// Through which gateway.
                gateway: GatewayId,
                /// How long before this fact's time the poll was sent.
                up: Span,
                /// How long after this fact's time the answer was heard.
                down: Span,
                /// The position in line that was told: places ahead; `u32::MAX` where none is shown.
                position: u32,
            } words [u64::from(position), (up.as_us() << 32) ^ down.as_us(), u64::from(gateway.0) << 16];
            /// A reply was delivered to a client that was waiting for it (or is final about an order).
            5 Heard (session who) {
                /// Who heard.
                who: Who,
                /// What had been asked.
                kind: Kind,
                /// What could be read.
                reading: Reading,
                /// Why it was refused, as the backend knows it.
                cause: Cause,
            } words [kind as u64, (cause as u64) << 16 | reading.code()]
                told User Heard {
                    kind: Kind,
                    reply: Reply = reading.reply(),
                    /// The HTTP status; 0: there was none.
                    status: u16 = reading.reply().status(),
                    /// The client could read it; otherwise it saw a network error.
                    readable: bool = matches!(reading, Reading::Answer(_)),
                    cause: Cause,
                    /// The position in line that it told; absent: none.
                    position: Option<u32> = None,
                };
            /// A reply was delivered after the client had stopped waiting for it.
            6 Ignored (session who) {
                /// Whose screen ignored it.
                who: Who,
                /// What the reply meant.
                reply: Reply,
            } words [0, reply as u64]
                told User Ignored { reply: Reply };
            /// The client's own timeout ended an attempt.
            7 TimedOut (session who) {
                /// Who stopped waiting.
                who: Who,
                /// What had been asked.
                kind: Kind,
                /// Why no answer came, as the backend (or the network) knows it.
                cause: Cause,
            } words [kind as u64, cause as u64]
                told User TimedOut { kind: Kind, cause: Cause };
            /// The screen changed.
            8 Believes (session who) {
                /// Whose screen.
                who: Who,
                /// What it says now.
                belief: Belief,
            } words [0, belief as u64]
                told User Screen { says: Belief = belief };
            /// A session stopped for good.
            9 Stopped (session who) {
                /// Who stopped.
                who: Who,
                /// Why.
                why: Stop,
            } words [0, why as u64]
                told User Stopped { why: Stop };
            /// The horizon cut a session off.
            10 Cut (session who) {
                /// Who was cut off.
                who: Who,
                /// Where it stood.
                standing: Unresolved,
            } words [0, standing as u64]
                told User Cut { standing: Unresolved };

            // ---- the edge ----------
            /// A gateway accepted a request (the first one is `t_edge`).
            11 Accepted (session who) {
                /// Whose request.
                who: Who,
                /// What it asks for.
                kind: Kind,
                /// Through which gateway.
                gateway: GatewayId,
            } words [kind as u64, u64::from(gateway.0)]
                told Backend Accepted { kind: Kind };
            /// A reply left a gateway; this is what its log says.
            12 Answered (session who) {
                /// To whom.
                who: Who,
                /// What had been asked.
                kind: Kind,
                /// What was answered.
                reply: Reply,
                /// Who made the answer.
                emitter: Emitter,
                /// Through which gateway.
                gateway: GatewayId,
                /// Why it refuses.
                cause: Cause,
            } words [
                kind as u64,
                (cause as u64) << 24 | u64::from(gateway.0) << 16 | (emitter as u64) << 8 | reply as u64,
            ]
                told Backend Answered {
                    kind: Kind,
                    reply: Reply,
                    /// The HTTP status.
                    status: u16 = reply.status(),
                    by: Emitter = emitter,
                    cause: Cause,
                };
            /// A client's abort reached its gateway before any reply left: nobody is answered.
            13 Aborted (session who) {
                /// Whose request.
                who: Who,
                /// What had been asked.
                kind: Kind,
                /// At which gateway.
                gateway: GatewayId,
            } words [kind as u64, u64::from(gateway.0)]
                told Backend Aborted { kind: Kind };
            /// A gateway's accept queue was full: the request's SYN vanished, and nobody logs it.
            /// The client's TCP tries again by itself.
            34 SynDropped (session who) {
                /// Whose request.
                who: Who,
                /// What it asks for.
                kind: Kind,
                /// At which gateway.
                gateway: GatewayId,
            } words [kind as u64, u64::from(gateway.0)]
                told Wire SynDropped { kind: Kind };
            /// A gateway closed or reset the connection without a reply, and nobody logs it.
            35 ConnectionClosed (session who) {
                /// Whose request.
                who: Who,
                /// What it asks for.
                kind: Kind,
                /// At which gateway.
                gateway: GatewayId,
                /// Why.
                cause: Cause,
            } words [kind as u64, (cause as u64) << 8 | u64::from(gateway.0)]
                told Wire ConnectionClosed { kind: Kind, cause: Cause };
            /// The backend decided about a request and chose not to answer it.
            36 Silenced (session who) {
                /// Whose request.
                who: Who,
                /// What it asks for.
                kind: Kind,
                /// At which gateway it stays open.
                gateway: GatewayId,
            } words [kind as u64, u64::from(gateway.0)]
                told Backend Silenced { kind: Kind };
            /// The overload control of a gateway refused a request, however that is said.
            49 ControlRefused (session who) {
                /// Whose request.
                who: Who,
                /// What it asks for.
                kind: Kind,
                /// At which gateway.
                gateway: GatewayId,
            } words [kind as u64, u64::from(gateway.0)];
            /// An account was locked after too many refusals: every request of it is refused from now on.
            96 AccountLocked (session who) {
                /// Whose last request did it.
                who: Who,
            } words [0, 0];
            /// More requests are in flight behind a gateway than ever before.
            /// Told only where there are several gateways.
            97 GatewayPeak (everybody) {
                /// Which gateway.
                gateway: GatewayId,
                /// So many.
                in_flight: u32,
            } words [u64::from(gateway.0), u64::from(in_flight)];
            /// The turns a minute follow how long the shop takes to answer: so many from now on.
            160 OutflowSteered (everybody) {
                /// Turns a minute.
                per_minute: u32,
            } words [u64::from(per_minute), 0];
            /// The admission policy switched its queue on, or off: then everybody passes.
            161 QueueSwitched (everybody) {
                /// It is on.
                on: bool,
            } words [u64::from(on), 0]
                told Backend QueueSwitched { on: bool };
            /// How many gateways, or servers of a station, serve and are wanted: at the beginning, and at each change.
            /// Told only where they follow the load.
            110 Nodes (everybody) {
                /// Of which station; `None`: gateways.
                station: Option<StationId>,
                /// So many serve.
                serving: u32,
                /// So many are wanted: those, and the ones that start.
                wanted: u32,
            } words [
                station.map_or(0, |station| 1 + u64::from(station.0)),
                u64::from(serving) << 32 | u64::from(wanted),
            ];
            /// A gateway sent a request to another peer after the one before had failed.
            37 SentToNextPeer (session who) {
                /// Whose request.
                who: Who,
                /// To which station.
                station: StationId,
            } words [u64::from(station.0), 0]
                told Backend NextPeer { station: String = roster.station_name(station) };
            /// A gateway marked a peer of a station as failed: it is left out for a while.
            38 PeerMarkedDown (everybody) {
                /// Which gateway.
                gateway: GatewayId,
                /// Of which station.
                station: StationId,
                /// Which of its peers, from 0.
                peer: u8,
            } words [u64::from(gateway.0) << 16 | u64::from(station.0) << 8 | u64::from(peer), 0];

            // ---- the line ----------
            /// The waiting room accepted a join: lounge or line (`t_enqueue`).
            14 Enqueued (session who) {
                /// Who joined.
                who: Who,
            } words [0, 0]
                told Backend Enqueued {};
            /// A place in line was given (`t_place`).
            15 Placed (session who) {
                /// Who.
                who: Who,
                /// The place, counted from 0.
                place: u32,
            } words [0, u64::from(place)]
                told Backend Placed { place: u32 };
            /// A place was skipped: no contact for longer than the grace.
            16 Skipped (session who) {
                /// Whose place.
                who: Who,
            } words [0, 0]
                told Backend Skipped {};
            /// A turn was issued (`t_turn`).
            17 TurnIssued (session who) {
                /// To whom.
                who: Who,
                /// Its number in the order of issue, from 0.
                order: u32,
            } words [0, u64::from(order)]
                told Backend TurnIssued { order: u32 };
            /// The first protected request of a turn passed the gateway (`t_enter`).
            18 Entered (session who) {
                /// Who.
                who: Who,
            } words [0, 0]
                told Backend Entered {};
            /// A turn ended unused.
            19 NoShow (session who) {
                /// Whose turn.
                who: Who,
            } words [0, 0]
                told Backend NoShow {};
            /// A session in line proved, or failed to prove, that it is still entitled.
            39 Reverified (session who) {
                /// Who.
                who: Who,
                /// It stays in line.
                entitled: bool,
            } words [0, u64::from(entitled)]
                told Backend Reverified { entitled: bool };
            /// A session inside was not heard of for longer than its grace, and was dropped.
            /// Seats, turn and slot are free again, and nobody is told.
            40 DroppedInside (session who) {
                /// Who.
                who: Who,
            } words [0, 0]
                told Backend DroppedInside {};
            /// Something befell a session and its place that its screen does not say.
            64 Incident (session who) {
                /// Whom.
                who: Who,
                /// What.
                incident: Incident,
            } words [0, incident as u64]
                told Backend Befell { mishap: Incident = incident };
            /// The backend's view of a session changed.
            20 Decided (session who) {
                /// Of whom.
                who: Who,
                /// What it is now.
                truth: Truth,
            } words [0, truth as u64]
                told Backend Decided { truth: Truth };

            // ---- stations ----------
            /// A request had to wait at a station.
            21 Waited (session who) {
                /// Whose request.
                who: Who,
                /// Where.
                station: StationId,
                /// How many wait now, this one included.
                length: u32,
            } words [u64::from(station.0), u64::from(length)]
                told Backend Waited {
                    station: String = roster.station_name(station),
                    /// How many waited then, this one included.
                    length: u32,
                };
            /// A station refused: its queue was full.
            22 TurnedAway (session who) {
                /// Whose request.
                who: Who,
                /// Where.
                station: StationId,
            } words [u64::from(station.0), 0]
                told Backend TurnedAway { station: String = roster.station_name(station) };
            /// Service began.
            23 ServiceBegan (session who) {
                /// Whose request.
                who: Who,
                /// Where.
                station: StationId,
                /// How long it had waited in the queue.
                waited: Span,
            } words [u64::from(station.0), waited.as_us()];
            /// Service ended.
            24 ServiceEnded (session who) {
                /// Whose request.
                who: Who,
                /// Where.
                station: StationId,
                /// How long it took.
                served: Span,
                /// The part of it delivered after this request's 504 had left the gateway, or another peer had been
                /// asked.
                zombie: Span,
                /// The part of it delivered after the first of 504, client timeout, giving up.
                wasted: Span,
            } words [
                u64::from(station.0),
                served.as_us() ^ zombie.as_us().rotate_left(24) ^ wasted.as_us().rotate_left(44),
            ]
                told Backend Served {
                    station: String = roster.station_name(station),
                    /// How long it had waited.
                    waited_us: u64 = 0, // another fact tells it
                    /// How long it took.
                    served_us: u64 = served.as_us(),
                    /// The part of it that was delivered after the request's 504 had left.
                    after_504_us: u64 = zombie.as_us(),
                    /// The part of it that was delivered when nobody waited any more.
                    wasted_us: u64 = wasted.as_us(),
                };
            /// A station took a request out of its queue unserved: its client had gone.
            41 DroppedExpired (session who) {
                /// Whose request.
                who: Who,
                /// Where.
                station: StationId,
                /// How long it had waited.
                waited: Span,
                /// How long its client had been gone.
                gone: Span,
            } words [u64::from(station.0), waited.as_us() ^ gone.as_us().rotate_left(24)]
                told Backend Dropped {
                    station: String = roster.station_name(station),
                    waited_us: u64 = waited.as_us(),
                };
            /// A station took a request out of its queue unserved, though it could have served it.
            /// If its client still waits, it is refused.
            48 Shed (session who) {
                /// Whose request.
                who: Who,
                /// Where.
                station: StationId,
                /// How long it had waited.
                waited: Span,
                /// Why.
                why: ShedReason,
            } words [u64::from(station.0) << 8 | why as u64, waited.as_us()]
                told Backend Shed {
                    station: String = roster.station_name(station),
                    waited_us: u64 = waited.as_us(),
                    why: ShedReason,
                };
            /// Work on a request was lost: its station went down.
            42 WorkLost (session who) {
                /// Whose request.
                who: Who,
                /// Where.
                station: StationId,
                /// How long it had waited in the queue; `None`: it was in service.
                queued: Option<Span>,
            } words [u64::from(station.0), queued.map_or(0, |queued| queued.as_us() + 1)]
                told Backend WorkLost { station: String = roster.station_name(station) };

            // ---- stock and money ----------
            /// A free seat is held.
            25 SeatHeld (session who) {
                /// By whom.
                who: Who,
                /// Which.
                seat: SeatId,
            } words [0, u64::from(seat.0)]
                told Backend SeatHeld { seat: u32 = seat.0, band: String = roster.band_name(seat) };
            /// A held seat is free again.
            26 SeatReturned (session who) {
                /// Whose hold it was.
                who: Who,
                /// Which.
                seat: SeatId,
                /// The hold ran out; otherwise it was given back.
                expired: bool,
            } words [u64::from(expired), u64::from(seat.0)]
                told Backend SeatReturned {
                    seat: u32 = seat.0,
                    /// The hold ran out; otherwise it was given back.
                    expired: bool,
                };
            /// A held seat is sold: the ledger's commit.
            27 SeatSold (session who) {
                /// To whom.
                who: Who,
                /// Which.
                seat: SeatId,
            } words [0, u64::from(seat.0)]
                told Backend SeatSold { seat: u32 = seat.0, band: String = roster.band_name(seat) };
            /// The payment provider took the money.
            28 Charged (session who) {
                /// Whose.
                who: Who,
                /// It had already taken the money for the same hold.
                duplicate: bool,
            } words [0, u64::from(duplicate)]
                told Backend Charged {
                    /// Once more.
                    duplicate: bool,
                };
            /// The payment provider declined the card.
            29 CardDeclined (session who) {
                /// Whose.
                who: Who,
            } words [0, 0]
                told Backend CardDeclined {};
            /// The payment provider's reply never reached the shop, or too late.
            30 PaymentReplyLost (session who) {
                /// Whose.
                who: Who,
                /// The money had been taken.
                charged: bool,
            } words [0, u64::from(charged)]
                told Backend PaymentReplyLost {
                    /// The money had been taken.
                    charged: bool,
                };
            /// The payment provider could not be reached; nothing was charged.
            43 PaymentUnreachable (session who) {
                /// Whose payment.
                who: Who,
            } words [0, 0]
                told Backend PaymentUnreachable {};
            /// Something else happened at the checkout.
            80 AtCheckout (session who) {
                /// To whom.
                who: Who,
                /// What.
                step: CheckoutEvent,
            } words [0, step as u64]
                told Backend AtCheckout { step: CheckoutEvent };
            /// The payment provider had enough to do: a payment waits for others to end.
            81 PaymentQueued (session who) {
                /// Whose payment.
                who: Who,
                /// How long it will wait.
                wait: Span,
            } words [0, wait.as_us()]
                told Backend PaymentQueued { wait_us: u64 = wait.as_us() };
            /// Something went wrong between a person and a seat.
            82 StockAnomaly (session who) {
                /// To whom it happened.
                who: Who,
                /// At which seat, where it was one.
                seat: Option<SeatId>,
                /// What.
                anomaly: StockAnomaly,
            } words [anomaly as u64, seat.map_or(u64::MAX, |seat| u64::from(seat.0))]
                told Backend StockSlipped {
                    /// At this seat, where it was one.
                    seat: Option<u32> = seat.map(|seat| seat.0),
                    slip: StockAnomaly = anomaly,
                };
            /// A hold request waits for others to pass the lock on the stock.
            83 LockAwaited (session who) {
                /// Whose request.
                who: Who,
                /// How long it will wait.
                wait: Span,
            } words [0, wait.as_us()]
                told Backend LockAwaited { wait_us: u64 = wait.as_us() };

            // ---- the sale ----------
            /// The sale opened (T0).
            31 Opened (everybody) {} words [0, 0]
                told Backend Opened {};
            /// The sale closed: no new turns.
            32 Closed (everybody) {} words [0, 0]
                told Backend Closed {};
            /// From now on the line is answered with a final no, where telling works.
            33 LineClosed (everybody) {
                /// Everything was sold (or none was free, where the scenario closes on that); otherwise the sale
                /// itself closed.
                sold_out: bool,
            } words [u64::from(sold_out), 0]
                told Backend LineClosed { sold_out: bool };
            /// The operator acted.
            44 Operated (everybody) {
                /// Which of the scenario's rules, from 0.
                rule: u8,
                /// What was done.
                act: OperatorAction,
            } words [u64::from(rule), act.code()]
                told Backend Operated { rule: String = roster.operator[usize::from(rule)].clone(), act: OperatorAction };
            /// An announcement reached a person: by the page, or by other ways.
            45 Informed (person person) {
                /// Who.
                person: PersonId,
                /// What it said.
                word: Announcement,
                /// The page said it.
                by_page: bool,
            } words [(word as u64) << 1 | u64::from(by_page)]
                told User Informed {
                    word: Announcement,
                    /// The page said it; otherwise other ways did.
                    by_page: bool,
                };
            /// A fault of the scenario began.
            46 FaultBegan (everybody) {
                /// Which of the scenario's faults, from 0.
                fault: u8,
            } words [u64::from(fault), 0]
                told Backend FaultBegan { fault: String = roster.faults[usize::from(fault)].clone() };
            /// A fault of the scenario ended.
            47 FaultEnded (everybody) {
                /// Which of the scenario's faults, from 0.
                fault: u8,
            } words [u64::from(fault), 0]
                told Backend FaultEnded { fault: String = roster.faults[usize::from(fault)].clone() };
            /// A sold seat is free again: the operator cancelled the order, and the money goes back.
            65 SeatCancelled (session who) {
                /// Whose order.
                who: Who,
                /// Which seat.
                seat: SeatId,
            } words [0, u64::from(seat.0)]
                told Backend SeatCancelled { seat: u32 = seat.0 };

            // ---- what faults do behind the gateways ----------
            /// The waiting room lost all it knew of a session: its place or its turn.
            50 Forgotten (session who) {
                /// Whose.
                who: Who,
            } words [0, 0]
                told Backend Forgotten {};
            /// A message between parts of the backend was lost after the gateway had accepted it.
            51 MessageLost (session who) {
                /// Whose.
                who: Who,
                /// What it was.
                kind: Kind,
            } words [kind as u64, 0]
                told Backend MessageLost { kind: Kind };
            /// A request, or the answer to it, vanished between a gateway and a station.
            52 CutOff (session who) {
                /// Whose request.
                who: Who,
                /// Which station.
                station: StationId,
            } words [u64::from(station.0), 0]
                told Backend CutOff { station: String = roster.station_name(station) };
            /// A turn was issued beyond what the budgets allow.
            53 Overshot (session who) {
                /// Whose turn.
                who: Who,
                /// How many more than allowed are active now, this one included.
                beyond: u32,
            } words [0, u64::from(beyond)];

            // ---- the programs of callers ----------
            /// A client would have tried again, and its program did not allow it.
            /// No budget was left, or its breaker was open.
            72 RetryDenied (session who) {
                /// Whose retry.
                who: Who,
                /// Of what.
                kind: Kind,
            } words [kind as u64, 0]
                told User RetryDenied { kind: Kind };
            /// A request failed before it was sent: the circuit breaker of its program was open.
            73 FailedFast (session who) {
                /// Whose request.
                who: Who,
                /// What it would have asked for.
                kind: Kind,
                /// Not a repetition after a failure.
                first_try: bool,
            } words [kind as u64, u64::from(first_try)]
                told User FailedFast { kind: Kind };
            /// The circuit breaker of a program opened.
            74 BreakerOpened (session who) {
                /// Whose attempt it was that did it.
                who: Who,
            } words [0, 0]
                told User BreakerOpened {};
            /// A join carried an access code that somebody guessed, or that was refused.
            121 CodeTried (session who) {
                /// Whose join.
                who: Who,
                /// What became of it.
                what: CodeTry,
            } words [0, what as u64];
            /// The device of a session changed its network, and with it its address.
            120 NetworkSwitched (session who) {
                /// Whose.
                who: Who,
                /// How often it has by now.
                times: u8,
                /// The connection of a request under way was lost with it.
                broken: bool,
            } words [u64::from(broken), u64::from(times)];
            /// The admission policy took a session that joined for a risk, and treats it unlike the others.
            141 RiskTreated (session who) {
                /// Which session.
                who: Who,
                /// How.
                how: RiskAction,
            } words [0, how as u64]
                told Backend SetApart { how: RiskAction };
            /// Somebody is called back to the line, or asked for it.
            162 CalledBack (session who) {
                /// Which session.
                who: Who,
                /// How far that has come.
                step: CallBack,
            } words [0, step as u64]
                told Backend CalledBack { step: CallBack };
            /// A session that was taken out of the line asked again, scored enough, and is back.
            140 Restored (session who) {
                /// Which session.
                who: Who,
            } words [0, 0]
                told Backend Restored {};
            /// A gateway would have sent a request to another peer, and its retry budget did not allow it.
            75 NextPeerDenied (session who) {
                /// Whose request.
                who: Who,
                /// To which station.
                station: StationId,
            } words [u64::from(station.0), 0]
                told Backend NextPeerDenied { station: String = roster.station_name(station) };
        }
    };
}

/// The pattern of a fact that binds everything it carries.
macro_rules! fact_fields {
    ($name:ident { $($(#[$doc:meta])* $field:ident: $type:ty,)* }) => {
        $crate::protocol::Fact::$name { $($field),* }
    };
}

pub(crate) use {fact_fields, facts};
