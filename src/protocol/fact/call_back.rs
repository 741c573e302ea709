//! Mails that call people back to the line. The numbers are part of fingerprints: append, never renumber.

named! {
    /// What becomes of a session whose person would rather be called back than wait before a screen.
    pub enum CallBack {
        /// The waiting room has its address.
        Asked = 0, "asked";
        /// A mail leaves: it has a turn.
        TurnMailed = 1, "turn_mailed";
        /// A mail leaves: the line is over.
        EndMailed = 2, "end_mailed";
        /// The mail about its turn is read, and its person comes back.
        TurnRead = 3, "turn_read";
        /// The mail about the end of the line is read.
        EndRead = 4, "end_read";
    }
}
