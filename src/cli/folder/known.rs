//! What lies in a report folder, and which of it a run of ours has written.

use super::rows;
use super::stage::{ROWS, is_stage_of};
use super::{FolderError, RESULT, RUN_INFO, system};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Component, Path};

/// What a folder's document may be.
const DOCUMENTS: [&str; 3] = ["onsale.result/", "onsale.replications/", "onsale.comparison/"];
/// What file managers leave in every folder that somebody looks at.
const LITTER: [&str; 3] = [".DS_Store", "Thumbs.db", "desktop.ini"];

/// What lies in a folder, as paths inside it with `/`; empty folders are nothing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Contents {
    /// Files that a run of ours wrote.
    pub(super) ours: BTreeSet<String>,
    /// Everything else but litter: files of somebody else, and whatever is neither a file nor a folder.
    pub(super) foreign: BTreeSet<String>,
    /// What file managers left.
    pub(super) litter: BTreeSet<String>,
}

impl Contents {
    /// Looks into a folder. What lies there is ours if the result in it lists it, or the result of a run that was
    /// killed while it replaced that one: those are in its `leftovers`.
    pub(super) fn of(target: &Path, leftovers: &[impl AsRef<Path>]) -> Result<Contents, FolderError> {
        let mut found = Contents::default();
        let mut files = BTreeSet::new();
        walk(target, "", &mut files, &mut found).map_err(|cause| system(target, cause))?;
        let result = target.join(RESULT);
        let mut listed_here: BTreeSet<String> = listed(&result).into_iter().flatten().collect();
        listed_here.extend(leftovers.iter().flat_map(|stage| listed_by_stage(stage.as_ref())));
        if listed(&result).is_some() {
            listed_here.insert(RESULT.to_owned());
        }
        if json(&target.join(RUN_INFO)).is_some_and(|info| is_schema(&info, "onsale.run-info/")) {
            listed_here.insert(RUN_INFO.to_owned());
        }
        if !rows::read(&target.join(ROWS)).is_empty() {
            listed_here.insert(ROWS.to_owned());
        }
        let (ours, foreign): (BTreeSet<_>, BTreeSet<_>) =
            files.into_iter().partition(|path| listed_here.contains(path));
        found.ours = ours;
        found.foreign.extend(foreign);
        Ok(found)
    }

    /// Fails if there is anything of somebody else.
    pub(super) fn refuse_foreign(&self, target: &Path) -> Result<(), FolderError> {
        let Some(example) = self.foreign.first() else { return Ok(()) };
        Err(FolderError::Foreign {
            folder: target.to_path_buf(),
            example: example.clone(),
            more: self.foreign.len() - 1,
        })
    }

    /// Fails if something of somebody else, a link for example, is where one of these files goes, or on its way.
    pub(super) fn refuse_in_the_way<'a>(
        &self, target: &Path, mut files: impl Iterator<Item = &'a str>,
    ) -> Result<(), FolderError> {
        let blocks = |file: &str| {
            let file = Path::new(file);
            self.foreign.iter().find(|foreign| {
                let foreign = Path::new(foreign.as_str());
                file.starts_with(foreign) || foreign.starts_with(file)
            })
        };
        let Some(example) = files.find_map(blocks) else { return Ok(()) };
        Err(FolderError::Foreign { folder: target.to_path_buf(), example: example.clone(), more: 0 })
    }
}

/// Finds every file below a folder; what is neither a file nor a folder, a link wherever it points, goes to the foreign.
fn walk(folder: &Path, inside: &str, files: &mut BTreeSet<String>, found: &mut Contents) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type()?;
        let path = if inside.is_empty() { name.clone() } else { format!("{inside}/{name}") };
        if kind.is_dir() {
            if !(inside.is_empty() && is_stage_of(&name, "")) {
                walk(&entry.path(), &path, files, found)?;
            }
        } else if !kind.is_file() {
            found.foreign.insert(path);
        } else if LITTER.contains(&name.as_str()) {
            found.litter.insert(path);
        } else {
            files.insert(path);
        }
    }
    Ok(())
}

/// The files that a stage's lists name: those of the result that was being replaced, and of the one that came.
fn listed_by_stage(stage: &Path) -> Vec<String> {
    let lists = [super::OLD_RESULT, RESULT].map(|list| listed(&stage.join(list)));
    let found = lists.iter().any(Option::is_some);
    let own = found.then(|| [RESULT, RUN_INFO].map(str::to_owned));
    lists.into_iter().flatten().flatten().chain(own.into_iter().flatten()).collect()
}

/// Does a stage say what may lie in its target?
pub(super) fn has_lists(stage: &Path) -> bool {
    !listed_by_stage(stage).is_empty()
}

/// The files that a result lists, inside its folder only; `None` if it is no result of ours.
pub(super) fn listed(path: &Path) -> Option<Vec<String>> {
    let result = json(path).filter(|result| DOCUMENTS.iter().any(|schema| is_schema(result, schema)))?;
    let files = result.get("files").and_then(|files| files.as_array()).cloned().unwrap_or_default();
    let path_of = |file: &serde_json::Value| file.get("path")?.as_str().map(str::to_owned);
    Some(files.iter().filter_map(path_of).filter(|path| is_inside(path)).collect())
}

/// What is saved in a file; a link is not followed, and a pipe not waited for.
fn json(path: &Path) -> Option<serde_json::Value> {
    if !fs::symlink_metadata(path).ok()?.is_file() {
        return None;
    }
    let text = super::super::read::regular(path, super::super::read::RESULT_MAX).ok()?;
    serde_json::from_str(&text).ok()
}

fn is_schema(document: &serde_json::Value, prefix: &str) -> bool {
    document.get("schema").and_then(|schema| schema.as_str()).is_some_and(|schema| schema.starts_with(prefix))
}

pub(super) fn is_inside(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}
