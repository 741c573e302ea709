//! Who draws what: every random number of the world, keyed by whom it is for and what it is for.
//!
//! A person draws from (hash of the cohort's name, index in the cohort), so an empty cohort shifts nobody.
//! Within a person a draw is numbered by (what it is for, session, kind of request, round, ordinal) and never
//! by a running counter: a policy that causes more polls does not change the luck of anybody's hold.

use crate::engine::random::{self, Key, Purpose, Seeds, Stream};
use crate::protocol::Kind;

/// Makes [`DrawPurpose`] of its table: number, name, and the purpose of the run's randomness that it belongs to.
macro_rules! draw_purposes {
    ($($(#[$doc:meta])+ $number:literal $name:ident: $purpose:ident;)+) => {
        /// What a draw is for.
        #[derive(Clone, Copy)]
        #[repr(u8)]
        pub(in crate::model) enum DrawPurpose {
            $($(#[$doc])+ $name = $number,)+
        }

        impl DrawPurpose {
            /// The purposes by number: looked up for every draw.
            const PURPOSES: [Purpose; 256] = {
                let mut purposes = [Purpose::Workload; 256];
                $(purposes[$number] = Purpose::$purpose;)+
                purposes
            };

            /// The purpose of the run's randomness that it belongs to.
            #[inline]
            const fn purpose(self) -> Purpose {
                Self::PURPOSES[self as usize]
            }
        }
    };
}

// The numbers are permanent: append, never renumber.
draw_purposes! {
    /// A person's gap to the one who came before.
    0 Arrival: Workload;
    /// How many sessions a person has.
    1 Sessions: Workload;
    /// How long a person stays.
    2 Patience: Workload;
    /// Which gateway a session goes through.
    3 Gateway: Workload;
    /// Think time before a hold.
    4 Choose: Workload;
    /// Think time before paying.
    5 FillIn: Workload;
    /// Whether the seats are given back.
    6 Abandon: Workload;
    /// A behavior's own luck.
    7 Behavior: Workload;
    /// Loss on the way up.
    8 LossUp: Network;
    /// Delay on the way up.
    9 Up: Network;
    /// Loss on the way down.
    10 LossDown: Network;
    /// Delay on the way down.
    11 Down: Network;
    /// Delay of an abort.
    12 AbortUp: Network;
    /// A service time.
    13 Service: Service;
    /// The payment provider's delay.
    14 Payment: Service;
    /// Whether the card is declined.
    15 Decline: Service;
    /// Whether the provider's reply is lost.
    16 PaymentLoss: Service;
    /// A session's place in a draw.
    17 Place: Policy;
    /// What a fault adds to a delay on the way up.
    20 BurstUp: Network;
    /// What a fault adds to a delay on the way down.
    21 BurstDown: Network;
    /// Whether an announcement reaches a person.
    22 Reach: Workload;
    /// How long an announcement takes to reach a person.
    23 Spread: Workload;
    /// Whether hearing something moves a person.
    24 Reaction: Workload;
    /// Whether a proof is found wanting.
    25 Evict: Policy;
    /// Whether a station that is ill answers with an error.
    26 Error: Service;
    /// Whom a station serves next, where that is drawn.
    27 Pick: Policy;
    /// Whether an overload control refuses, where it refuses a share.
    28 Control: Policy;
    /// Whether the waiting room forgets a session.
    29 Forget: Policy;
    /// Whether a message between parts of the backend is lost.
    30 MessageLoss: Service;
    /// Which gateway a request goes to, where that depends on their load.
    32 Balance: Policy;
    /// Whether a person's browser keeps no cookies.
    40 Cookieless: Workload;
    /// How long the message of a join takes.
    41 PlaceDelay: Service;
    /// Whether the message of a join is put aside for good.
    42 DeadLetter: Service;
    /// Whether a session is put in the background.
    43 Hides: Workload;
    /// How long after it was opened a session is put in the background.
    44 HidesAfter: Workload;
    /// How long a session is hidden.
    45 HiddenFor: Workload;
    /// Whether a person is taken for a bot.
    46 Flagged: Policy;
    /// Whether the payment provider fails by itself.
    50 PaymentError: Service;
    /// Whether a person's bank wants a proof.
    51 Challenge: Workload;
    /// How long the bank's proof takes.
    52 Proof: Workload;
    /// Whether the person gives up on the proof.
    53 ProofAbandon: Workload;
    /// Whether a person never pays for an order.
    54 Unpaid: Workload;
    /// How much later than the announced end of a pause somebody asks again.
    55 Return: Workload;
    /// Which shard of the stock a person's requests go to.
    56 Shard: Policy;
    /// What an admission policy draws for itself.
    60 Admission: Policy;
    /// Whether a session that asks where it stands gets in.
    61 SelfPaced: Policy;
    /// Whether the report of an exit is lost.
    62 ExitLoss: Service;
    /// How long the report of an exit takes.
    63 ExitDelay: Service;
    /// Which of the seats on a map a person picks.
    100 Seat: Workload;
    /// The farthest back that a person accepts to stand.
    120 FarthestBack: Workload;
    /// How long a person bears silence.
    121 Silence: Workload;
    /// Whether a refusal is enough for a person.
    122 Refusal: Workload;
    /// Whether a device changes its network.
    123 Roaming: Workload;
    /// How long after a session was opened, or after the change before, its network changes.
    124 SwitchAfter: Workload;
    /// Which access code is tried.
    125 Guess: Workload;
    /// How old an account is.
    140 AccountAge: Workload;
    /// Whether an account is verified.
    141 Verified: Workload;
    /// What the risk scorer makes of a person.
    142 Risk: Policy;
    /// Whether a person would rather be called back.
    143 CallBack: Workload;
    /// Whether a mail is read.
    144 MailRead: Workload;
    /// How long after it was sent a mail is read.
    145 MailDelay: Workload;
}

impl DrawPurpose {
    /// The session that draws for all sessions of a person.
    pub(in crate::model) const PERSONAL_TAB: u8 = 0;
}

/// Whose draw, and which of that person's many.
#[derive(Clone, Copy)]
pub(in crate::model) struct DrawKey {
    /// The person's entity number.
    pub(in crate::model) person: u64,
    /// Which of the person's sessions, 0..=15.
    pub(in crate::model) tab: u8,
    /// What is asked for.
    pub(in crate::model) kind: Kind,
    /// Ordinal within (session, kind): the round of trying to get in or to buy, and the ask within it.
    pub(in crate::model) ordinal: u32,
}

impl DrawKey {
    /// The same draw, whichever session of the person asks.
    pub(in crate::model) fn personal(self) -> DrawKey {
        DrawKey { tab: DrawPurpose::PERSONAL_TAB, ..self }
    }

    fn number(self, what: DrawPurpose) -> u64 {
        (what as u64) << 56 | u64::from(self.tab) << 48 | (self.kind as u64) << 40 | u64::from(self.ordinal)
    }
}

/// The keys of one run, in the order of their purposes.
pub(in crate::model) struct Draws {
    keys: [Key; 6],
}

impl Draws {
    pub(in crate::model) fn new(seeds: &Seeds) -> Draws {
        use Purpose::{Faults, Network, Policy, Service, Ties, Workload};
        Draws { keys: [Workload, Network, Service, Policy, Faults, Ties].map(|purpose| seeds.key(purpose)) }
    }

    /// The stream and the number of a draw that belongs to one ask.
    #[inline]
    pub(in crate::model) fn of_request(&self, what: DrawPurpose, draw_key: DrawKey) -> (Stream, u64) {
        (Stream::new(self.key(what), draw_key.person), draw_key.number(what))
    }

    /// The stream and the number of a draw that belongs to one ask under one fault of the scenario.
    pub(in crate::model) fn of_fault(
        &self, what: DrawPurpose, draw_key: DrawKey, fault: usize,
    ) -> (Stream, u64) {
        let (stream, n) = self.of_request(what, draw_key);
        (stream, n | (fault as u64) << 32)
    }

    /// The stream and the number of the draw for one of the services of one ask, counted from 0.
    pub(in crate::model) fn of_repeated_service(
        &self, what: DrawPurpose, draw_key: DrawKey, service: u8,
    ) -> (Stream, u64) {
        let (stream, n) = self.of_request(what, draw_key);
        (stream, n | u64::from(service) << 32)
    }

    /// The stream and the number of a draw that belongs to a person, or to one of the person's sessions.
    #[inline]
    pub(in crate::model) fn of_person(&self, what: DrawPurpose, person: u64, tab: u8) -> (Stream, u64) {
        (Stream::new(self.key(what), person), (what as u64) << 56 | u64::from(tab) << 48)
    }

    /// What the admission policy draws from for itself.
    pub(in crate::model) fn of_admission(&self) -> Stream {
        Stream::new(self.key(DrawPurpose::Admission), (DrawPurpose::Admission as u64) << 56)
    }

    /// What a machine of a station draws from: which one, and how often it has begun anew.
    pub(in crate::model) fn of_machine(&self, machine: usize, life: u32) -> Stream {
        Stream::new(
            self.key(DrawPurpose::Pick),
            (DrawPurpose::Pick as u64) << 56 | u64::from(life) << 24 | machine as u64,
        )
    }

    /// The stream and the number of a person's draw about what is announced: by which rule (or what it says), and the
    /// how many-eth announcement it is.
    pub(in crate::model) fn of_announcement(
        &self, what: DrawPurpose, person: u64, rule: u8, number: u32,
    ) -> (Stream, u64) {
        let (stream, n) = self.of_person(what, person, DrawPurpose::PERSONAL_TAB);
        (stream, n | u64::from(rule) << 32 | u64::from(number))
    }

    /// The tie of an entry about a session: ties broken by a client's number would be a fairness bug.
    pub(in crate::model) fn tie(&self, person: u64, tab: u8, attempt: u32) -> u32 {
        random::tie(self.keys[Purpose::Ties as usize], person, u64::from(tab) << 32 | u64::from(attempt))
    }

    #[inline]
    fn key(&self, what: DrawPurpose) -> Key {
        self.keys[what.purpose() as usize]
    }
}
