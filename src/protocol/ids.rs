//! Identities. All are small integers, dense from 0, fixed for the whole run; none is ever `usize`, so that
//! what is hashed or saved is the same on every machine.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $inner);

        impl $name {
            /// The place of this identity in a dense array.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id! {
    /// A human (or a bot's operator) who wants tickets; the unit of fairness. Persons of one cohort are
    /// contiguous, and numbered in order of arrival.
    PersonId(u32)
}
id! {
    /// One tab, app or device of a person; what sends requests. A person's sessions are contiguous.
    SessionId(u32)
}
id! {
    /// Persons alike; the group that fairness compares.
    CohortId(u8)
}
id! {
    /// An edge node.
    GatewayId(u8)
}
id! {
    /// An origin service with servers and a queue.
    StationId(u8)
}
id! {
    /// A price band. Seats of one band are contiguous.
    BandId(u8)
}
id! {
    /// One seat of the house, numbered from the best seat of the first band.
    SeatId(u32)
}

/// A session together with the person behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Who {
    /// The person.
    pub person: PersonId,
    /// The session.
    pub session: SessionId,
    /// Which of the person's sessions this is, 0..=15.
    pub tab: u8,
}
