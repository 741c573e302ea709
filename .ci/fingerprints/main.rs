//! The fingerprint of each scenario in these files and the hash of its result, a line each: the same on every target. It needs no command line, so it
//! runs wherever the library does.

use onsale::experiment::{Run, run_once};
use onsale::scenario::trace::Unread;
use onsale::scenario::{Prepared, Scenario};
use std::ops::ControlFlow;
use std::path::Path;

fn main() {
    for path in std::env::args().skip(1) {
        println!("{}  {path}", fingerprint(Path::new(&path)));
    }
}

fn fingerprint(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut files = |named: &str| {
        let read = std::fs::read_to_string(path.with_file_name(named));
        read.map_err(|error| Unread { problem: error.to_string(), remedy: String::new() })
    };
    let scenario = Scenario::parse_with(&text, "scenario", &mut files)
        .unwrap_or_else(|mistakes| panic!("{}", mistakes.picture(false)));
    let seed = Run::of_seed(scenario.seed);
    let prepared = Prepared::new(scenario, "scenario").unwrap_or_else(|problems| panic!("{problems:?}"));
    let result = run_once(&prepared, seed, &mut |_, _| ControlFlow::Continue(()));
    let result = result.expect("nobody breaks it off");
    let bytes = blake3::hash(result.to_json().as_bytes()).to_hex();
    format!("{} {} {:>9} events", result.fingerprint, &bytes[..16], result.events)
}
