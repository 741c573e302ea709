//! Who draws what: every random number of the world, keyed by whom it is for and what it is for.
//!
//! A person draws from (hash of the cohort's name, index in the cohort), so an empty cohort shifts nobody.
//! Within a person a draw is numbered by (what it is for, session, kind of request, round, ordinal) and never
//! by a running counter: a policy that causes more polls does not change the luck of anybody's hold.

use crate::engine::random::{self, Key, Purpose, Seeds, Stream};
use crate::protocol::Kind;

/// What a draw is for. The numbers are permanent: append, never renumber.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(in crate::model) enum DrawPurpose {
    /// A person's gap to the one who came before. Workload.
    Arrival = 0,
    /// How many sessions a person has. Workload.
    Sessions = 1,
    /// How long a person stays. Workload.
    Patience = 2,
    /// Which gateway a session goes through. Workload.
    Gateway = 3,
    /// Think time before a hold. Workload.
    Choose = 4,
    /// Think time before paying. Workload.
    FillIn = 5,
    /// Whether the seats are given back. Workload.
    Abandon = 6,
    /// A behavior's own luck. Workload.
    Behavior = 7,
    /// Loss on the way up. Network.
    LossUp = 8,
    /// Delay on the way up. Network.
    Up = 9,
    /// Loss on the way down. Network.
    LossDown = 10,
    /// Delay on the way down. Network.
    Down = 11,
    /// Delay of an abort. Network.
    AbortUp = 12,
    /// A service time. Service.
    Service = 13,
    /// The payment provider's delay. Service.
    Payment = 14,
    /// Whether the card is declined. Service.
    Decline = 15,
    /// Whether the provider's reply is lost. Service.
    PaymentLoss = 16,
    /// A session's place in a draw. Policy.
    Place = 17,
    /// What a fault adds to a delay on the way up. Network.
    BurstUp = 20,
    /// What a fault adds to a delay on the way down. Network.
    BurstDown = 21,
    /// Whether an announcement reaches a person. Workload.
    Reach = 22,
    /// How long it takes to. Workload.
    Spread = 23,
    /// Whether hearing something moves a person. Workload.
    Reaction = 24,
    /// Whether a proof is found wanting. Policy.
    Evict = 25,
    /// Whether a station that is ill answers with an error. Service.
    Error = 26,
    /// Whom a station serves next, where that is drawn. Policy.
    Pick = 27,
    /// Whether an overload control refuses, where it refuses a share. Policy.
    Control = 28,
    /// Which gateway a request goes to, where that depends on their load. Policy.
    Balance = 32,
    /// Whether a person's browser keeps no cookies. Workload.
    Cookieless = 40,
    /// How long the message of a join takes. Service.
    PlaceDelay = 41,
    /// Whether it is put aside for good. Service.
    DeadLetter = 42,
    /// Whether a session is put in the background. Workload.
    Hides = 43,
    /// How long after it was opened. Workload.
    HidesAfter = 44,
    /// How long it is hidden. Workload.
    HiddenFor = 45,
    /// Whether the waiting room forgets a session. Policy.
    Forget = 29,
    /// Whether a message between parts of the backend is lost. Service.
    MessageLoss = 30,
    /// Whether a person is taken for a bot. Policy.
    Flagged = 46,
    /// Whether the payment provider fails by itself. Service.
    PaymentError = 50,
    /// Whether a person's bank wants a proof. Workload.
    Challenge = 51,
    /// How long the proof takes. Workload.
    Proof = 52,
    /// Whether the person gives up on it. Workload.
    ProofAbandon = 53,
    /// Whether a person never pays for an order. Workload.
    Unpaid = 54,
    /// How much later than the announced end of a pause somebody asks again. Workload.
    Return = 55,
    /// Which shard of the stock a person's requests go to. Policy.
    Shard = 56,
    /// Which of the seats on a map a person picks. Workload.
    Seat = 100,
    /// The farthest back that a person accepts to stand. Workload.
    FarthestBack = 120,
    /// How long a person bears silence. Workload.
    Silence = 121,
    /// Whether a refusal is enough for a person. Workload.
    Refusal = 122,
    /// Whether a device changes its network. Workload.
    Roaming = 123,
    /// How long after it was opened, or after the change before. Workload.
    SwitchAfter = 124,
    /// Whether a person would rather be called back. Workload.
    CallBack = 143,
    /// Whether a mail is read. Workload.
    MailRead = 144,
    /// How long after it was sent. Workload.
    MailDelay = 145,
    /// Which access code is tried. Workload.
    Guess = 125,
    /// What an admission policy draws for itself. Policy.
    Admission = 60,
    /// Whether a session that asks where it stands gets in. Policy.
    SelfPaced = 61,
    /// How old an account is. Workload.
    AccountAge = 140,
    /// Whether it is verified. Workload.
    Verified = 141,
    /// What the risk scorer makes of a person. Policy.
    Risk = 142,
    /// Whether the report of an exit is lost. Service.
    ExitLoss = 62,
    /// How long it takes. Service.
    ExitDelay = 63,
}

impl DrawPurpose {
    /// The session that draws for all sessions of a person.
    pub(in crate::model) const PERSONAL_TAB: u8 = 0;

    /// The purpose of the run's randomness that it belongs to.
    const fn purpose(self) -> Purpose {
        match self {
            DrawPurpose::Arrival
            | DrawPurpose::Sessions
            | DrawPurpose::Patience
            | DrawPurpose::Gateway
            | DrawPurpose::Choose
            | DrawPurpose::FillIn
            | DrawPurpose::Abandon
            | DrawPurpose::Behavior
            | DrawPurpose::Reach
            | DrawPurpose::Spread
            | DrawPurpose::Reaction
            | DrawPurpose::Return
            | DrawPurpose::Hides
            | DrawPurpose::HidesAfter
            | DrawPurpose::HiddenFor
            | DrawPurpose::Cookieless
            | DrawPurpose::Challenge
            | DrawPurpose::Proof
            | DrawPurpose::ProofAbandon
            | DrawPurpose::Unpaid
            | DrawPurpose::Seat
            | DrawPurpose::FarthestBack
            | DrawPurpose::Silence
            | DrawPurpose::Refusal
            | DrawPurpose::Roaming
            | DrawPurpose::AccountAge
            | DrawPurpose::Verified
            | DrawPurpose::SwitchAfter
            | DrawPurpose::CallBack
            | DrawPurpose::MailRead
            | DrawPurpose::MailDelay
            | DrawPurpose::Guess => Purpose::Workload,
            DrawPurpose::LossUp
            | DrawPurpose::Up
            | DrawPurpose::LossDown
            | DrawPurpose::Down
            | DrawPurpose::AbortUp
            | DrawPurpose::BurstUp
            | DrawPurpose::BurstDown => Purpose::Network,
            DrawPurpose::PlaceDelay
            | DrawPurpose::ExitLoss
            | DrawPurpose::ExitDelay
            | DrawPurpose::DeadLetter
            | DrawPurpose::Service
            | DrawPurpose::Payment
            | DrawPurpose::Decline
            | DrawPurpose::PaymentLoss
            | DrawPurpose::Error
            | DrawPurpose::MessageLoss
            | DrawPurpose::PaymentError => Purpose::Service,
            DrawPurpose::Flagged
            | DrawPurpose::Risk
            | DrawPurpose::Admission
            | DrawPurpose::SelfPaced
            | DrawPurpose::Shard
            | DrawPurpose::Place
            | DrawPurpose::Evict
            | DrawPurpose::Pick
            | DrawPurpose::Control
            | DrawPurpose::Balance
            | DrawPurpose::Forget => Purpose::Policy,
        }
    }
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
        &self,
        what: DrawPurpose,
        draw_key: DrawKey,
        fault: usize,
    ) -> (Stream, u64) {
        let (stream, n) = self.of_request(what, draw_key);
        (stream, n | (fault as u64) << 32)
    }

    /// The stream and the number of the draw for one of the services of one ask, counted from 0.
    pub(in crate::model) fn of_repeated_service(
        &self,
        what: DrawPurpose,
        draw_key: DrawKey,
        service: u8,
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
        &self,
        what: DrawPurpose,
        person: u64,
        rule: u8,
        number: u32,
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
