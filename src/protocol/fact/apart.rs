//! Sessions taken for a risk. The numbers are part of fingerprints: append, never renumber.

/// How an admission policy treats a session that it takes for a risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Apart {
    /// It stands in the slow lane, or will.
    Slowed = 0,
    /// It is out at once.
    LockedOut = 1,
    /// It is told that it is in line, for ever.
    KeptForEver = 2,
}

impl Apart {
    /// Every way, in the order of its number.
    pub const ALL: [Apart; 3] = [Apart::Slowed, Apart::LockedOut, Apart::KeptForEver];

    /// The name used in journeys.
    pub const fn name(self) -> &'static str {
        match self {
            Apart::Slowed => "slowed",
            Apart::LockedOut => "locked_out",
            Apart::KeptForEver => "kept_for_ever",
        }
    }
}
