//! What a score may be made of: the variables, each with its meaning, unit and range, and their values for one session.

/// A variable of a score. The order is that of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variable {
    /// `waiting_s`
    Waiting,
    /// `retries`
    Retries,
    /// `missed_heartbeats`
    MissedHeartbeats,
    /// `network_switches`
    NetworkSwitches,
    /// `latency_ms`
    Latency,
    /// `sessions_of_person`
    SessionsOfPerson,
    /// `sessions_of_account`
    SessionsOfAccount,
    /// `sessions_of_address`
    SessionsOfAddress,
    /// `account_age_days`
    AccountAge,
    /// `verified`
    Verified,
    /// `risk`
    Risk,
    /// `luck`
    Luck,
}

/// What a listing says of a variable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Definition {
    /// As it is written.
    pub name: &'static str,
    /// Its unit: `s`, `ms`, `days`, `1` for shares and truth values, or what is counted.
    pub unit: &'static str,
    /// The smallest value that it takes.
    pub lowest: f64,
    /// The largest value that it takes; infinite where there is no limit.
    pub highest: f64,
    /// What it says of a session.
    pub about: &'static str,
}

impl Variable {
    /// Every variable.
    pub const ALL: [Variable; 12] = [
        Variable::Waiting,
        Variable::Retries,
        Variable::MissedHeartbeats,
        Variable::NetworkSwitches,
        Variable::Latency,
        Variable::SessionsOfPerson,
        Variable::SessionsOfAccount,
        Variable::SessionsOfAddress,
        Variable::AccountAge,
        Variable::Verified,
        Variable::Risk,
        Variable::Luck,
    ];

    /// How many there are.
    pub(super) const COUNT: usize = Variable::ALL.len();

    /// Its name, unit, range and meaning.
    pub const fn definition(self) -> &'static Definition {
        &DEFINITIONS[self as usize]
    }

    /// As it is written.
    pub const fn name(self) -> &'static str {
        self.definition().name
    }

    /// The variable of this name.
    pub(super) fn named(name: &str) -> Option<Variable> {
        Variable::ALL.into_iter().find(|variable| variable.name() == name)
    }

    /// It is true or false, and may stand as a condition.
    pub(super) const fn is_truth(self) -> bool {
        matches!(self, Variable::Verified)
    }
}

/// In the order of [`Variable::ALL`].
const DEFINITIONS: [Definition; Variable::COUNT] = [
    up_from(0.0, "waiting_s", "s", "how long the session has been in line"),
    up_from(0.0, "retries", "retries", "requests that it has sent again"),
    up_from(0.0, "missed_heartbeats", "heartbeats", "heartbeats that were due and did not come"),
    up_from(0.0, "network_switches", "switches", "how often it came from another address than before"),
    up_from(0.0, "latency_ms", "ms", "round trip of its last request"),
    up_from(1.0, "sessions_of_person", "sessions", "sessions of its person in line, itself included"),
    up_from(1.0, "sessions_of_account", "sessions", "sessions of its account in line, itself included"),
    up_from(1.0, "sessions_of_address", "sessions", "sessions from its address in line, itself included"),
    up_from(0.0, "account_age_days", "days", "how long ago its account was made"),
    share("verified", "its account is verified: 1, or 0"),
    share("risk", "how sure the risk scorer is that it is a program"),
    share("luck", "its own lot, even between 0 and 1, drawn once"),
];

const fn up_from(lowest: f64, name: &'static str, unit: &'static str, about: &'static str) -> Definition {
    Definition { name, unit, lowest, highest: f64::INFINITY, about }
}

const fn share(name: &'static str, about: &'static str) -> Definition {
    Definition { name, unit: "1", lowest: 0.0, highest: 1.0, about }
}

/// The values of one session's variables. All of them are finite: what is not a number counts as 0, what is infinite
/// as the largest number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Variables([f64; Variable::COUNT]);

impl Variables {
    /// Keeps the value of a variable.
    pub fn set(&mut self, variable: Variable, value: f64) {
        self.0[variable as usize] = if value.is_nan() { 0.0 } else { super::program::saturated(value) };
    }

    /// These values, with another one for a variable.
    #[must_use]
    pub fn with(mut self, variable: Variable, value: f64) -> Variables {
        self.set(variable, value);
        self
    }

    /// The value of a variable; 0 unless it was set.
    pub const fn get(&self, variable: Variable) -> f64 {
        self.0[variable as usize]
    }

    /// All of them, in the order of [`Variable::ALL`].
    pub(super) const fn all(&self) -> &[f64; Variable::COUNT] {
        &self.0
    }
}
