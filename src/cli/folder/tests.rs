//! Claims about the report folder: what is refused, what survives a failure, what the next run mends.

use super::*;
use crate::experiment::{Run, run_once};
use crate::scenario::{Prepared, Scenario};
use std::collections::BTreeSet;
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
    prepare(target)?.publish(&files(pairs), &mut result(), info())
}

fn prepare(target: &Path) -> Result<ReportFolder, FolderError> {
    ReportFolder::prepare(target, &[])
}

/// Every file in the folder, and that no stage is left in it or beside it.
fn names(folder: &Path) -> Vec<String> {
    assert_eq!(stages(folder), [] as [PathBuf; 0], "no stage is left");
    let Contents { ours, foreign, .. } = Contents::of(folder, &[] as &[&Path]).expect("it is readable");
    ours.into_iter().chain(foreign).collect::<BTreeSet<String>>().into_iter().collect()
}

/// The stages in a folder and beside it.
fn stages(folder: &Path) -> Vec<PathBuf> {
    let entries = [folder, folder.parent().expect("a parent")].map(|at| fs::read_dir(at).expect("readable"));
    let paths = entries.into_iter().flatten().map(|entry| entry.expect("an entry").path());
    // Beside it are other tests' folders too: in this one's name.
    let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
    let is_stage = |path: &PathBuf| {
        let file = path.file_name().expect("a name").to_string_lossy().into_owned();
        stage::is_stage_of(&file, "") || stage::is_stage_of(&file, &name)
    };
    paths.filter(is_stage).collect()
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
    let error = prepare(room.path()).unwrap_err();
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
        let error = prepare(&target).unwrap_err();
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
    drop(prepare(&target).unwrap());
    assert!(!target.exists());
}

#[test]
#[cfg(unix)]
fn two_runs_do_not_write_to_one_folder_at_once() {
    let room = tempfile::tempdir().unwrap();
    let first = prepare(room.path()).unwrap();
    assert!(matches!(prepare(room.path()), Err(FolderError::Busy(_))));
    drop(first);
    assert!(prepare(room.path()).is_ok());
}

/// Plays every step of a swap file by file up to the `cut`th, as a run killed there would have left it.
fn cut_short(target: &Path, cut: usize) {
    let stage = Stage::make(target, "").unwrap();
    let mut result = result();
    let new = files(&[("report.html", "new"), ("charts/new.svg", "new")]);
    let mut info = info();
    list(&new, &mut result, &mut info);
    for (path, bytes) in &new {
        stage.write(path, bytes).unwrap();
    }
    stage.write(RUN_INFO, info.to_string().as_bytes()).unwrap();
    stage.write(RESULT, result.to_json().as_bytes()).unwrap();
    let into_place = |file: &str| fs::rename(stage.path().join(file), target.join(file)).unwrap();
    let steps: [&dyn Fn(); 6] = [
        &|| stage.write(OLD_RESULT, &fs::read(target.join(RESULT)).unwrap()).unwrap(),
        &|| into_place("report.html"),
        &|| into_place("charts/new.svg"),
        &|| into_place(RUN_INFO),
        &|| into_place(RESULT),
        &|| fs::remove_file(target.join("charts/old.svg")).unwrap(),
    ];
    // Killed: nothing is tidied up, though the system frees the lock.
    steps.iter().take(cut).for_each(|step| step());
}

#[test]
fn a_run_killed_at_any_step_leaves_the_old_result_or_the_new_one_and_the_next_run_mends_it() {
    for cut in 0..=6 {
        let room = tempfile::tempdir().unwrap();
        write(room.path(), &[("report.html", "old"), ("charts/old.svg", "old")]).unwrap();
        cut_short(room.path(), cut);
        let there: RunResult = serde_json::from_str(&read(&room.path().join(RESULT))).expect("a result");
        let is_new = there.files.iter().any(|file| file.path == "charts/new.svg");
        assert_eq!(is_new, cut >= 5, "cut at {cut}");
        // Once more, killed before it wrote anything: what is known must not be forgotten.
        let mut again = prepare(room.path()).unwrap();
        again.keeps_stage = true;
        drop(again);
        write(room.path(), &[("report.html", "third")]).unwrap();
        assert_eq!(names(room.path()), ["report.html", "result.json", "run-info.json"], "cut at {cut}");
        assert_whole(room.path());
    }
}

/// Whoever looks while reports replace one another finds a result, and one that is whole.
#[test]
fn the_result_is_there_at_every_instant_of_a_swap() {
    for litter in [false, true] {
        let room = tempfile::tempdir().unwrap();
        let target = room.path().join("report");
        write(&target, &[("report.html", "first")]).unwrap();
        if litter {
            fs::write(target.join(".DS_Store"), "").unwrap();
        }
        let done = std::sync::atomic::AtomicBool::new(false);
        let looked = std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut looked = 0_u32;
                while !done.load(std::sync::atomic::Ordering::Relaxed) || looked == 0 {
                    let text = fs::read_to_string(target.join(RESULT)).expect("it is there");
                    serde_json::from_str::<RunResult>(&text).expect("it is whole");
                    looked += 1;
                }
                looked
            });
            for number in 0..5 {
                write(&target, &[("report.html", &number.to_string())]).unwrap();
            }
            done.store(true, std::sync::atomic::Ordering::Relaxed);
            reader.join()
        });
        assert!(looked.is_ok_and(|looked| looked > 0), "litter: {litter}");
        assert_eq!(read(&target.join("report.html")), "4");
        assert_eq!(target.join(".DS_Store").exists(), litter, "what file managers leave is left to them");
    }
}

/// Where two folders can be exchanged, whoever holds the old one open has all of it: no file of it was touched.
#[test]
#[cfg(target_os = "linux")]
fn the_old_report_is_replaced_whole() {
    use std::os::unix::fs::MetadataExt;
    let room = tempfile::tempdir().unwrap();
    let target = room.path().join("report");
    write(&target, &[("report.html", "old")]).unwrap();
    fs::set_permissions(&target, std::os::unix::fs::PermissionsExt::from_mode(0o750)).unwrap();
    let old = fs::metadata(&target).unwrap();
    write(&target, &[("report.html", "new")]).unwrap();
    let new = fs::metadata(&target).unwrap();
    assert_ne!(old.ino(), new.ino());
    assert_eq!(old.mode(), new.mode(), "who may read it is as it was");
    assert_eq!(names(&target), ["report.html", "result.json", "run-info.json"]);
}

#[test]
fn a_file_that_came_during_the_run_stays() {
    let room = tempfile::tempdir().unwrap();
    let target = room.path().join("report");
    write(&target, &[("report.html", "old")]).unwrap();
    let folder = prepare(&target).unwrap();
    fs::write(target.join("notes.txt"), "mine").unwrap();
    folder.publish(&files(&[("report.html", "new")]), &mut result(), info()).unwrap();
    assert_eq!(names(&target), ["notes.txt", "report.html", "result.json", "run-info.json"]);
    assert_eq!(read(&target.join("report.html")), "new");
}

#[test]
#[cfg(unix)]
fn the_stage_is_for_its_owner_alone_and_what_killed_runs_left_goes_but_no_living_one() {
    use std::os::unix::fs::PermissionsExt;
    let room = tempfile::tempdir().unwrap();
    let target = room.path().join("report");
    let running = prepare(&target).unwrap();
    let mode = fs::metadata(running.stage.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let dead = [
        room.path().join(".onsale-partial-report.0123456789ab"),
        target.join(".onsale-partial-.ba9876543210"),
    ];
    for stage in &dead {
        fs::create_dir(stage).unwrap();
        fs::write(stage.join("report.html"), "half").unwrap();
    }
    let others =
        [room.path().join(".onsale-partial-other.0123456789ab"), room.path().join(".onsale-partial")];
    others.iter().for_each(|other| fs::create_dir(other).unwrap());
    assert!(
        matches!(prepare(&target), Err(FolderError::Busy(_))),
        "it waits for nobody, and touches nothing"
    );
    assert!(running.stage.path().exists() && dead.iter().all(|stage| stage.exists()));
    drop(running);
    write(&target, &[("report.html", "new")]).unwrap();
    assert_eq!(names(&target), ["report.html", "result.json", "run-info.json"]);
    assert!(others.iter().all(|other| other.exists()), "those are of others");
}

#[cfg(unix)]
mod links {
    //! Nothing behind a link is removed or replaced.

    use super::*;
    use std::os::unix::fs::symlink;

    /// A folder with something dear in it, and a room for reports.
    fn with_something_dear() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let room = tempfile::tempdir().unwrap();
        let (dear, target) = (room.path().join("dear"), room.path().join("report"));
        fs::create_dir(&dear).unwrap();
        fs::write(dear.join("a"), "dear").unwrap();
        (room, dear, target)
    }

    fn assert_untouched(dear: &Path) {
        let found: Vec<_> = fs::read_dir(dear).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(found, ["a"]);
        assert_eq!(read(&dear.join("a")), "dear");
    }

    #[test]
    fn a_link_in_the_folder_is_refused_whatever_it_is_called_and_whoever_lists_it() {
        for name in
            [".onsale-partial", ".onsale-partial-.0123456789ab", "charts", "report.html", "result.json"]
        {
            let (_room, dear, target) = with_something_dear();
            fs::create_dir(&target).unwrap();
            symlink(&dear, target.join(name)).unwrap();
            if name != RESULT {
                let listed = format!(
                    r#"{{ "schema": "onsale.result/1", "files": [{{ "path": "{name}" }}, {{ "path": "{name}/a" }}] }}"#
                );
                fs::write(target.join(RESULT), listed).unwrap();
            }
            let error = write(&target, &[("charts/a", "chart")]).unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
            assert_untouched(&dear);
        }
    }

    #[test]
    fn a_link_that_comes_during_the_run_is_not_followed() {
        let (_room, dear, target) = with_something_dear();
        write(&target, &[("charts/a", "old")]).unwrap();
        let folder = prepare(&target).unwrap();
        fs::rename(target.join("charts"), target.join("moved")).unwrap();
        symlink(&dear, target.join("charts")).unwrap();
        let error = folder.publish(&files(&[("charts/a", "new")]), &mut result(), info()).unwrap_err();
        assert!(error.to_string().contains("holds charts"), "{error}");
        assert_untouched(&dear);
    }

    #[test]
    fn a_folder_that_is_a_link_is_refused_and_the_remedy_names_what_it_points_to() {
        let (_room, dear, target) = with_something_dear();
        symlink(&dear, &target).unwrap();
        let error = prepare(&target).unwrap_err();
        assert!(matches!(&error, FolderError::Link(link) if *link == target), "{error}");
        let place = fs::canonicalize(&dear).unwrap();
        assert!(error.remedy().contains(&place.to_string_lossy().into_owned()), "{}", error.remedy());
        assert_untouched(&dear);
    }

    #[test]
    fn a_stage_with_links_in_it_loses_the_links_alone() {
        let (room, dear, target) = with_something_dear();
        write(&target, &[]).unwrap();
        for stage in [
            room.path().join(".onsale-partial-report.0123456789ab"),
            target.join(".onsale-partial-.0123456789ab"),
        ] {
            fs::create_dir(&stage).unwrap();
            symlink(&dear, stage.join("charts")).unwrap();
            symlink(dear.join("a"), stage.join("report.html")).unwrap();
        }
        write(&target, &[("report.html", "new")]).unwrap();
        assert_untouched(&dear);
        assert_eq!(names(&target), ["report.html", "result.json", "run-info.json"]);
    }

    #[test]
    fn a_pipe_in_the_folder_is_refused_and_not_waited_for() {
        for name in ["result.json", "run-info.json", "report.html"] {
            let room = tempfile::tempdir().unwrap();
            let made = std::process::Command::new("mkfifo").arg(room.path().join(name)).status();
            assert!(made.expect("there is mkfifo").success());
            let error = prepare(room.path()).unwrap_err();
            assert!(matches!(error, FolderError::Foreign { more: 0, .. }), "{error}");
        }
    }
}
