//! Sessions taken for a risk. The numbers are part of fingerprints: append, never renumber.

named! {
    /// How an admission policy treats a session that it takes for a risk.
    pub enum RiskAction {
        /// It stands in the slow lane, or will.
        Slowed = 0, "slowed";
        /// It is out at once.
        LockedOut = 1, "locked_out";
        /// It is told that it is in line, for ever.
        KeptForEver = 2, "kept_for_ever";
    }
}
