//! Claims about the report folder: what is refused, what survives a failure, what the next run mends.

use super::*;
use crate::experiment::{Run, run_once};
use crate::scenario::{Prepared, Scenario};
use std::ops::ControlFlow;

const TINY: &str = r#"{
  "crowd": [{ "name": "all", "count": 3, "arrivals": { "spike": {} } }],
  "inventory": { "bands": [{ "name": "floor", "seats": 1 }] }
}"#;

fn result() -> RunResult {
    let scenario =
        Scenario::parse(TINY, "tiny.json").unwrap_or_else(|told| panic!("{}", told.picture(false)));
    let prepared = Prepared::new(scenario, "tiny").expect("it makes sense");
    run_once(&prepared, Run::of_seed(1), &mut |_, _| ControlFlow::Continue(())).expect("nobody breaks it off")
}

fn info() -> serde_json::Value {
    serde_json::json!({ "schema": "onsale.run-info/1" })
}

fn files(pairs: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
    pairs.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
}

fn write(target: &Path, pairs: &[(&str, &str)]) -> Result<(), FolderError> {
    ReportFolder::prepare(target)?.publish(&files(pairs), &mut result(), info())
}

fn names(folder: &Path) -> Vec<String> {
    let mut found = BTreeSet::new();
    walk(folder, "", &mut found).expect("it is readable");
    assert!(!folder.join(PARTIAL).exists(), "the partial folder is gone");
    found.into_iter().collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("it is there")
}

/// The result is there, and every file that it lists has the hash that it or the information beside it lists.
fn assert_whole(folder: &Path) {
    let result: RunResult = serde_json::from_str(&read(&folder.join(RESULT))).expect("a result");
    let info: serde_json::Value = serde_json::from_str(&read(&folder.join(RUN_INFO))).expect("information");
    let beside: Vec<FileHash> = serde_json::from_value(info["files"].clone()).expect("a list");
    for file in &result.files {
        let bytes = fs::read(folder.join(&file.path)).expect("a listed file is there");
        let there = beside.iter().find(|there| there.path == file.path);
        let hash = file.blake3.as_ref().or_else(|| there?.blake3.as_ref()).expect("a hash in one of the two");
        assert_eq!(blake3::hash(&bytes).to_hex().as_str(), hash, "{}", file.path);
    }
}

#[test]
fn a_new_folder_is_whole() {
    let room = tempfile::tempdir().unwrap();
    let target = room.path().join("a/b");
    write(&target, &[("report.html", "page"), ("charts/demand.svg", "chart")]).unwrap();
    assert_eq!(names(&target), ["charts/demand.svg", "report.html", "result.json", "run-info.json"]);
    assert_whole(&target);
    assert!(read(&target.join(RESULT)).ends_with("}\n"));
}

#[test]
fn an_older_report_is_replaced_and_its_stale_files_go() {
    let room = tempfile::tempdir().unwrap();
    write(room.path(), &[("report.html", "old"), ("charts/stale.svg", "old")]).unwrap();
    write(room.path(), &[("report.html", "new")]).unwrap();
    assert_eq!(names(room.path()), ["report.html", "result.json", "run-info.json"]);
    assert_eq!(read(&room.path().join("report.html")), "new");
    assert_whole(room.path());
}

#[test]
fn files_of_somebody_else_are_refused_before_anything_runs() {
    let room = tempfile::tempdir().unwrap();
    fs::write(room.path().join("thesis.txt"), "mine").unwrap();
    fs::write(room.path().join("result.json"), "{\"schema\": \"other\"}").unwrap();
    let error = ReportFolder::prepare(room.path()).unwrap_err();
    assert!(error.to_string().contains("result.json and 1 more, which no run of onsale wrote"), "{error}");
    assert_eq!(names(room.path()), ["result.json", "thesis.txt"]);
}

#[test]
fn a_file_put_beside_our_report_is_refused_but_litter_of_file_managers_is_not() {
    let room = tempfile::tempdir().unwrap();
    write(room.path(), &[("report.html", "old")]).unwrap();
    fs::write(room.path().join(".DS_Store"), "").unwrap();
    write(room.path(), &[("report.html", "new")]).unwrap();
    fs::write(room.path().join("notes.txt"), "mine").unwrap();
    assert!(matches!(write(room.path(), &[]), Err(FolderError::Foreign { more: 0, .. })));
    assert_eq!(read(&room.path().join("report.html")), "new");
}

#[test]
fn a_file_where_the_folder_should_be_is_named() {
    let room = tempfile::tempdir().unwrap();
    let file = room.path().join("report");
    fs::write(&file, "mine").unwrap();
    for target in [file.clone(), file.join("deeper")] {
        let error = ReportFolder::prepare(&target).unwrap_err();
        assert!(error.to_string().starts_with(&format!("{} is a file", file.display())), "{error}");
    }
    assert_eq!(read(&file), "mine");
}

#[test]
fn a_write_that_fails_leaves_the_older_report_as_it_was() {
    let room = tempfile::tempdir().unwrap();
    write(room.path(), &[("report.html", "old")]).unwrap();
    let long = "x".repeat(300);
    let error = write(room.path(), &[("report.html", "new"), (&long, "too long a name")]).unwrap_err();
    assert!(matches!(error, FolderError::System { .. }), "{error}");
    assert_eq!(read(&room.path().join("report.html")), "old");
    assert_eq!(names(room.path()), ["report.html", "result.json", "run-info.json"]);
    assert_whole(room.path());
}

#[test]
fn a_run_that_never_comes_to_its_end_leaves_nothing() {
    let room = tempfile::tempdir().unwrap();
    let target = room.path().join("report");
    drop(ReportFolder::prepare(&target).unwrap());
    assert!(!target.exists());
}

#[test]
#[cfg(unix)]
fn two_runs_do_not_write_to_one_folder_at_once() {
    let room = tempfile::tempdir().unwrap();
    let first = ReportFolder::prepare(room.path()).unwrap();
    assert!(matches!(ReportFolder::prepare(room.path()), Err(FolderError::Busy(_))));
    drop(first);
    assert!(ReportFolder::prepare(room.path()).is_ok());
}

/// Plays every step of a swap up to the `cut`th, as a run killed there would have left it.
fn cut_short(target: &Path, cut: usize) {
    let folder = ReportFolder::prepare(target).unwrap();
    let new = files(&[("report.html", "new"), ("charts/new.svg", "new")]);
    let mut result = result();
    let mut info = info();
    list(&new, &mut result, &mut info);
    for (path, bytes) in &new {
        folder.write(path, bytes).unwrap();
    }
    folder.write(RUN_INFO, info.to_string().as_bytes()).unwrap();
    folder.write(RESULT, result.to_json().as_bytes()).unwrap();
    let partial = target.join(PARTIAL);
    let steps: [&dyn Fn(); 6] = [
        &|| rename(&target.join(RESULT), &partial.join(OLD_RESULT)).unwrap(),
        &|| fs::remove_file(target.join("charts/old.svg")).unwrap(),
        &|| rename(&partial.join("report.html"), &target.join("report.html")).unwrap(),
        &|| rename(&partial.join("charts/new.svg"), &target.join("charts/new.svg")).unwrap(),
        &|| rename(&partial.join(RUN_INFO), &target.join(RUN_INFO)).unwrap(),
        &|| rename(&partial.join(RESULT), &target.join(RESULT)).unwrap(),
    ];
    steps.iter().take(cut).for_each(|step| step());
    // Killed: nothing is tidied up, though the system frees the lock.
    let mut folder = folder;
    folder.swapping = true;
}

#[test]
fn a_run_killed_at_any_step_leaves_a_whole_report_or_none_and_the_next_run_mends_it() {
    for cut in 0..=6 {
        let room = tempfile::tempdir().unwrap();
        write(room.path(), &[("report.html", "old"), ("charts/old.svg", "old")]).unwrap();
        cut_short(room.path(), cut);
        if room.path().join(RESULT).exists() {
            assert_whole(room.path());
        }
        // Once more, killed before it wrote anything: what is known must not be forgotten.
        let mut again = ReportFolder::prepare(room.path()).unwrap();
        again.swapping = true;
        drop(again);
        write(room.path(), &[("report.html", "third")]).unwrap();
        assert_eq!(names(room.path()), ["report.html", "result.json", "run-info.json"], "cut at {cut}");
        assert_whole(room.path());
    }
}
