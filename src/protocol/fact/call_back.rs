//! Mails that call people back to the line. The numbers are part of fingerprints: append, never renumber.

/// What becomes of a session whose person would rather be called back than wait before a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum CallBack {
    /// The waiting room has its address.
    Asked = 0,
    /// A mail leaves: it has a turn.
    TurnMailed = 1,
    /// A mail leaves: the line is over.
    EndMailed = 2,
    /// The mail about its turn is read, and its person comes back.
    TurnRead = 3,
    /// The mail about the end of the line is read.
    EndRead = 4,
}

impl CallBack {
    /// Every step, in the order of its number.
    pub const ALL: [CallBack; 5] =
        [CallBack::Asked, CallBack::TurnMailed, CallBack::EndMailed, CallBack::TurnRead, CallBack::EndRead];

    /// The name used in journeys.
    pub const fn name(self) -> &'static str {
        match self {
            CallBack::Asked => "asked",
            CallBack::TurnMailed => "turn_mailed",
            CallBack::EndMailed => "end_mailed",
            CallBack::TurnRead => "turn_read",
            CallBack::EndRead => "end_read",
        }
    }
}
