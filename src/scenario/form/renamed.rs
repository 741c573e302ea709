//! Keys that had another name once: scenarios that use it run as before, and are warned.

/// The keys, each as it is called now and as it was called before.
const KEYS: &[(&str, &str)] = &[("network_switches", "switches"), ("async_join", "places_later")];

/// What a key of this name is called now.
pub(super) fn current(former: &str) -> Option<&'static str> {
    KEYS.iter().find(|(_, before)| *before == former).map(|(now, _)| *now)
}

/// What the key of this name was called before.
pub(super) fn former(current: &str) -> Option<&'static str> {
    KEYS.iter().find(|(now, _)| *now == current).map(|(_, before)| *before)
}

/// A key that a scenario writes by its former name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenamedKey {
    /// Where it stands, as it is written: `crowd[0].switches`.
    pub path: String,
    /// What it is called now.
    pub current: &'static str,
}
