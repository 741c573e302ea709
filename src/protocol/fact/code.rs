//! Access codes that are tried. The numbers are part of fingerprints: append, never renumber.

named! {
    /// What became of an access code that a join carried.
    pub enum CodeTry {
        /// A guess was the code of somebody who had not used it: it lets the guesser in, and its owner not any more.
        Guessed = 0, "guessed";
        /// A guess was no code that was sent, or one that somebody had used.
        Wrong = 1, "wrong";
        /// A guess was not looked at: there had been too many wrong tries.
        GuesserLockedOut = 2, "guesser_locked_out";
        /// An owner's code had been guessed.
        Burnt = 3, "burnt";
        /// An owner's code was not looked at: there had been too many wrong tries, of others.
        OwnerLockedOut = 4, "owner_locked_out";
    }
}
