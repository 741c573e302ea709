//! A whole small sale drawn from bytes: it runs, its books balance (that panics by itself), it gives the same again, and
//! what is saved of it reads back as it was.

#![no_main]

use arbitrary::Unstructured;
use libfuzzer_sys::{Corpus, fuzz_target};
use onsale::experiment::result::RunResult;
use onsale::experiment::{Run, run_once};
use onsale::report::{self, Style};
use onsale::scenario::{Prepared, json_schema};
use serde_json::Value;
use std::ops::ControlFlow;
use std::sync::LazyLock;

static SCHEMA: LazyLock<Value> = LazyLock::new(json_schema);

fn run(prepared: &Prepared) -> Option<RunResult> {
    run_once(prepared, Run::of_seed(1), &mut |_, events| {
        if events > 500_000 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
}

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let drawn = onsale_fuzz::drawn::sound(&SCHEMA, &mut Unstructured::new(bytes));
    let Ok(Some((_, prepared))) = drawn else { return Corpus::Reject };
    let Some(result) = run(&prepared) else { return Corpus::Keep };
    let json = result.to_json();
    assert_eq!(serde_json::from_str::<RunResult>(&json).expect("what is saved can be read"), result);
    let _ = report::run_summary(&result, Style::Plain);
    assert_eq!(run(&prepared).expect("it ended before").to_json(), json, "the same again");
    Corpus::Keep
});
