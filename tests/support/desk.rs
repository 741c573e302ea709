//! A folder with files on it, at which the command line is tried.

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use std::fs;
use std::path::Path;

/// A folder that goes when the test ends.
pub struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    /// With these files: names and texts.
    pub fn with(files: &[(&str, &str)]) -> Desk {
        let desk = Desk { folder: tempfile::tempdir().expect("a folder for the test") };
        files.iter().for_each(|(path, text)| desk.write(path, text));
        desk
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the program there.
    pub fn onsale(&self, arguments: &[&str]) -> Assert {
        let mut command = Command::cargo_bin("onsale").expect("the binary is built");
        command.current_dir(self.path()).args(arguments).assert()
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub fn write(&self, path: &str, text: &str) {
        fs::write(self.path().join(path), text).expect("writable");
    }

    /// The names of all files and folders, in order.
    pub fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).expect("readable");
        let name = |entry: std::io::Result<fs::DirEntry>| {
            entry.expect("an entry").file_name().to_string_lossy().into_owned()
        };
        let mut names: Vec<String> = entries.map(name).collect();
        names.sort();
        names
    }
}
