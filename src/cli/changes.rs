//! What the command line changes of a scenario: `--policy` and `--set`, read in one way by every command that has them.

use super::Failure;
use super::failure::usage;
use crate::scenario::change::{Change, Unchanged};
use crate::scenario::{meant, policy_names};

/// Why a scenario cannot be changed so, as a failure of the command line.
pub(super) fn unchanged(reason: Unchanged) -> Failure {
    match reason {
        Unchanged::Invalid(diagnosis) => Failure::Invalid(diagnosis),
        Unchanged::NoChange(reason) => usage(reason.to_string(), ""),
    }
}

/// What one `--set` changes: several changes are parted by `;`.
///
/// # Errors
/// A change that is none.
pub(super) fn changes(set: &str) -> Result<Vec<Change>, Failure> {
    set.split(';')
        .map(|change| change.trim().parse().map_err(|reason| unchanged(Unchanged::NoChange(reason))))
        .collect()
}

/// The name of a policy, whether or not its settings are written with it.
pub(super) fn policy_label(written: &str) -> String {
    let json: Option<serde_json::Value> = serde_json::from_str(written).ok();
    let key = json.as_ref().and_then(|json| json.as_object()?.keys().next().cloned());
    key.unwrap_or_else(|| written.to_owned())
}

/// Refuses a policy that there is not.
///
/// # Errors
/// With the one that was probably meant.
pub(super) fn known_policy(written: &str) -> Result<(), Failure> {
    let name = policy_label(written);
    let known: Vec<&str> = policy_names().collect();
    if name == "none" || known.contains(&name.as_str()) {
        return Ok(());
    }
    let meant = meant(&name, known.iter().copied().chain(["none"]));
    let remedy = match meant {
        Some(meant) => format!("did you mean {meant}? There are {} and none", known.join(", ")),
        None => format!("there are {} and none", known.join(", ")),
    };
    Err(usage(format!("there is no policy \"{name}\""), &remedy))
}

/// A word as a shell takes it.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./=:".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}
