//! Saved documents: any text; and runs and a baseline that were saved, with one value replaced and the hash made right.

#![no_main]

use arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use onsale::experiment::check::baseline::Baseline;
use onsale::experiment::check::{Ran, Runs, checked};
use onsale::experiment::compare::{Candidate, Comparison};
use onsale::experiment::executor::{Sequential, Unwatched};
use onsale::experiment::replicate::{Replications, Row, replicate};
use onsale::report::{self, Style};
use onsale::scenario::{Prepared, Scenario};
use serde_json::{Value, json};
use std::sync::LazyLock;

const SALE: &str = r#"{
  "crowd": [{ "name": "early", "count": 9, "arrivals": { "spike": { "jitter": "9s" } }, "reference": true },
            { "name": "late", "count": 8, "arrivals": { "poisson": { "per_second": 2 } } }],
  "waiting_room": { "total_active": 4 },
  "inventory": { "bands": [{ "name": "hall", "seats": 7 }] },
  "expect": ["sale.sold == 7"]
}"#;

/// What was saved, and what it is held against.
struct Kept {
    prepared: Prepared,
    many: Replications,
    runs: Runs,
    documents: [Value; 2],
}

static KEPT: LazyLock<Kept> = LazyLock::new(|| {
    let scenario = Scenario::parse(SALE, "sale").expect("it is right");
    let prepared = Prepared::new(scenario, "sale").expect("it makes sense");
    let rows = replicate(&prepared, &[1, 2], &Sequential, &Unwatched, |result, _| Row::from(result));
    let many = Replications::of(&prepared, rows.into_iter().flatten().collect()).sealed();
    let ran = replicate(&prepared, &[1, 2], &Sequential, &Unwatched, |result, _| Ran::from(result));
    let runs = Runs::of(&prepared, ran.into_iter().flatten().collect());
    let baseline = Baseline::of(&prepared, &runs).expect("so few seeds are held to no margin");
    let read = |text: &str| serde_json::from_str(text).expect("JSON");
    let documents = [read(&many.to_json()), read(&baseline.to_json())];
    Kept { prepared, many, runs, documents }
});

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Replications::from_json(text);
        let _ = Baseline::from_json(text);
    }
    let _ = replaced(&mut Unstructured::new(bytes));
});

/// Replaces values on the way from the root, and reads what comes of it.
fn replaced(bytes: &mut Unstructured<'_>) -> Result<()> {
    let which = bytes.int_in_range(0..=1)?;
    let mut document = KEPT.documents[which].clone();
    for _ in 0..bytes.int_in_range(1..=3)? {
        replace(&mut document, bytes)?;
    }
    if which == 0 {
        let Ok(made) = serde_json::from_value::<Replications>(document) else { return Ok(()) };
        if let Ok(read) = Replications::from_json(&made.sealed().to_json()) {
            compare(read);
        }
    } else {
        let Ok(made) = serde_json::from_value::<Baseline>(document) else { return Ok(()) };
        let without = Baseline { blake3: String::new(), ..made };
        let hash = blake3::hash(without.to_json().as_bytes()).to_hex()[..32].to_owned();
        if let Ok(read) = Baseline::from_json(&Baseline { blake3: hash, ..without }.to_json()) {
            hold_against(&read);
        }
    }
    Ok(())
}

fn replace(document: &mut Value, bytes: &mut Unstructured<'_>) -> Result<()> {
    let mut at = document;
    loop {
        let parts = match &*at {
            Value::Object(object) => object.len(),
            Value::Array(list) => list.len(),
            _ => 0,
        };
        if parts == 0 || bytes.ratio(1, 6)? {
            break;
        }
        let index = bytes.choose_index(parts)?;
        at = match at {
            Value::Object(object) => object.values_mut().nth(index).expect("it is there"),
            Value::Array(list) => &mut list[index],
            _ => unreachable!("it has parts"),
        };
    }
    *at = match (bytes.int_in_range(0..=9)?, at.take()) {
        (0, _) => Value::Null,
        (1, _) => json!(bytes.arbitrary::<i64>()?),
        (2, _) => json!(bytes.arbitrary::<f64>()?),
        (3, _) => json!(bytes.arbitrary::<String>()?),
        (4, Value::Array(mut list)) => {
            list.pop();
            Value::Array(list)
        }
        (5, Value::Array(list)) => json!([list.clone(), list].concat()),
        (6, Value::Number(number)) => json!(number.as_f64().unwrap_or_default() * -1e17),
        (7, Value::Number(number)) => json!(number.as_u64().unwrap_or_default().wrapping_add(1)),
        (8, Value::Object(mut object)) => {
            let first = object.keys().next().cloned().unwrap_or_default();
            object.remove(&first);
            Value::Object(object)
        }
        _ => json!([]),
    };
    Ok(())
}

fn compare(read: Replications) {
    let is_common = |seed: &str| KEPT.many.runs.iter().any(|run| run.seed == seed);
    if !read.runs.iter().any(|run| is_common(&run.seed)) {
        return;
    }
    let candidate = |runs| Candidate { label: String::from("x"), place: None, runs, buyers: Vec::new() };
    let compared = Comparison::of(vec![candidate(KEPT.many.clone()), candidate(read)]);
    let charts = report::ComparisonCharts::of(&compared);
    let _ = report::comparison_page(&compared, &charts, "onsale compare");
    let _ = report::comparison_summary(&compared, Style::Plain);
    let _ = report::differences_csv(&compared);
}

fn hold_against(read: &Baseline) {
    let Kept { prepared, runs, .. } = &*KEPT;
    let usable = read.accepts(prepared.scenario(), None).is_ok()
        && read.seeds().seeds() == [1, 2]
        && read.has_every_metric(prepared.scenario(), &runs.replications).is_ok();
    if usable {
        let _ = checked(prepared, runs, Some(read));
    }
}
