//! Stage one: what the user wrote, checked for form.
//!
//! ```text
//! text --read::tree--> tree with spans --walk--> mistakes, and a repaired document --serde--> Scenario
//! ```
//!
//! serde stops at its first error, and loses its place in some enums. So a walker goes along the JSON Schema that
//! is derived from the types, and collects every mistake with its span; serde has the last word and turns the
//! document into types. The walker also repairs: what is wrong is left out or replaced by something harmless, so
//! that the mistakes of meaning can be shown beside those of form, except where they may be only an echo. Files that
//! the scenario names are read in between.

pub(super) mod expected;
pub(super) mod number;
mod phrases;
pub(super) mod read;
mod renamed;
mod walk;

use super::diagnose::{Mistake, Severity, without_byte_order_mark};
use super::trace::{self, Files};
use super::{Diagnosis, Scenario, check, json_schema, presets};
use walk::Walker;

pub use crate::expr::suggest;
pub use renamed::RenamedKey;

/// Reads a scenario that names no files; `name` is how messages call it, a file's name for example.
///
/// # Errors
/// All mistakes of form at once, and those of meaning that can be told already.
pub fn parse(text: &str, name: &str) -> Result<Scenario, Diagnosis> {
    parse_with(text, name, &mut trace::no_files)
}

/// Reads a scenario and the files that it names, whose text `files` hands over.
///
/// # Errors
/// All mistakes of form at once, in the files too, and those of meaning that can be told already.
pub fn parse_with(text: &str, name: &str, files: &mut Files<'_>) -> Result<Scenario, Diagnosis> {
    let text = without_byte_order_mark(text);
    let tree = match read::tree(text) {
        Ok(tree) => tree,
        Err(mistake) => return Err(Diagnosis::new(name, text, vec![mistake])),
    };
    let schema = json_schema();
    let mut walker = Walker::new(&schema);
    let mut repaired = walker.document(&tree);
    if walker.is_full() {
        return Err(Diagnosis::new(name, text, walker.found));
    }
    presets::fill(&mut repaired);
    let typed = serde_path_to_error::deserialize::<_, Scenario>(repaired);
    let mut found = walker.found;
    match typed {
        Ok(mut scenario) => {
            scenario.renamed_keys = walker.renamed;
            let mut damaged = walker.damaged;
            if damaged.iter().any(|place| place == "waiting_room.preset") {
                // It would have filled any of its keys.
                damaged.push("waiting_room".to_owned());
            }
            let is_sound = |place: &str| !damaged.iter().any(|other| overlap(place, other));
            let (mut problems, unread) = trace::read_files(&mut scenario, files, is_sound);
            if found.is_empty() && problems.is_empty() {
                return Ok(scenario);
            }
            damaged.extend(problems.iter().map(|problem| problem.path.clone()).chain(unread));
            problems.extend(check(&scenario).into_iter().filter(|problem| {
                let places = || problem.depends_on.iter().chain([&problem.path]);
                problem.severity == Severity::Error
                    && !places().any(|place| damaged.iter().any(|other| overlap(place, other)))
            }));
            found.extend(problems.into_iter().map(|problem| {
                let span = read::place(text, &tree, &problem);
                Mistake::new(&problem.path, span, problem.problem, problem.remedy)
            }));
        }
        Err(error) if found.is_empty() => {
            let path = error.path().to_string();
            let path = path.trim_matches('.');
            found.push(Mistake::new(
                path,
                read::locate(&tree, path),
                error.inner().to_string(),
                "`onsale schema scenario` prints what may stand here".to_owned(),
            ));
        }
        Err(_) => {}
    }
    Err(Diagnosis::new(name, text, found))
}

/// One place is the other, or lies inside it.
fn overlap(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    long.strip_prefix(short)
        .is_some_and(|rest| short.is_empty() || rest.is_empty() || rest.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_overlap_only_along_whole_keys() {
        for (a, b, expected) in [
            ("crowd[1].count", "crowd", true),
            ("crowd", "crowd[1].count", true),
            ("crowd[1]", "crowd[10]", false),
            ("edge", "edges", false),
            ("", "payment", true),
        ] {
            assert_eq!(overlap(a, b), expected, "{a} {b}");
        }
    }
}
