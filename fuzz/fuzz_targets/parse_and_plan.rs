//! Any text: it is read or its mistakes are told; what is read says the same when it is written out and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use onsale::scenario::trace::Unread;
use onsale::scenario::{Prepared, Scenario};

fuzz_target!(|text: &str| {
    let mut files = |path: &str| match path.len() {
        0..4 => Err(Unread { problem: "there is no such file".to_owned(), remedy: String::new() }),
        // What is behind the last brace is also what the files hold.
        _ => Ok(text.rsplit('}').next().unwrap_or_default().to_owned()),
    };
    match Scenario::parse_with(text, "fuzzed", &mut files) {
        Ok(scenario) => {
            let again = Scenario::parse(&scenario.expanded(), "expanded").expect("what was read is right");
            assert_eq!(again.expanded(), scenario.expanded());
            let _ = Prepared::new(scenario, "fuzzed");
        }
        Err(diagnosis) => {
            assert!(!diagnosis.mistakes().is_empty());
            assert!(diagnosis.picture(false).len() < 400_000);
        }
    }
});
