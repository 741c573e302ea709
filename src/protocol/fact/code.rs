//! Access codes that are tried. The numbers are part of fingerprints: append, never renumber.

/// What became of an access code that a join carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum CodeTry {
    /// A guess was the code of somebody who had not used it: it lets the guesser in, and its owner not any more.
    Guessed = 0,
    /// A guess was no code that was sent, or one that somebody had used.
    Wrong = 1,
    /// A guess was not looked at: there had been too many wrong tries.
    GuesserLockedOut = 2,
    /// An owner's code had been guessed.
    Burnt = 3,
    /// An owner's code was not looked at: there had been too many wrong tries, of others.
    OwnerLockedOut = 4,
}

impl CodeTry {
    /// Everything, in the order of its number.
    pub const ALL: [CodeTry; 5] = [
        CodeTry::Guessed,
        CodeTry::Wrong,
        CodeTry::GuesserLockedOut,
        CodeTry::Burnt,
        CodeTry::OwnerLockedOut,
    ];
}
