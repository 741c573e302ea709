//! What the command line changes of a scenario: `--policy` and `--set`, read in one way by every command that has them.

use super::Failure;
use super::failure::usage;
use crate::scenario::change::{Change, Unchanged};
use crate::scenario::{policy_names, suggest};

/// Why a scenario cannot be changed so, as a failure of the command line.
pub(super) fn change_failure(reason: Unchanged) -> Failure {
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
        .map(|change| change.trim().parse().map_err(|reason| change_failure(Unchanged::NoChange(reason))))
        .collect()
}

/// The name of a policy, whether or not its settings are written with it.
pub(super) fn policy_label(written: &str) -> String {
    let json: Option<serde_json::Value> = serde_json::from_str(written).ok();
    let key = json.as_ref().and_then(|json| json.as_object()?.keys().next().cloned());
    key.unwrap_or_else(|| written.to_owned())
}

/// Refuses the name of a policy that there is not. One with its settings, as JSON, is read like a scenario.
///
/// # Errors
/// With the one that was probably meant.
pub(super) fn known_policy(written: &str) -> Result<(), Failure> {
    let known: Vec<&str> = policy_names().collect();
    if known.contains(&written) || written.trim_start().starts_with('{') {
        return Ok(());
    }
    let remedy = match suggest(written, known.iter().copied()) {
        Some(meant) => format!("did you mean {meant}? The policies are {}", known.join(", ")),
        None => format!("the policies are {}; a lottery is prequeue_shuffle", known.join(", ")),
    };
    Err(usage(format!("there is no policy \"{written}\""), &remedy))
}
