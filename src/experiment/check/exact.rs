//! The exact gate: the same scenario, seed and version give the same bytes. Where they do not, blocks of 2^20 us of
//! simulated time, kept of the first seed only, say when it began.

use super::Runs;
use super::baseline::Baseline;
use crate::engine::Fingerprint;
use crate::experiment::observe;
use crate::experiment::result::RunResult;
use crate::scenario::gate::Check;
use crate::scenario::{About, Prepared, Scenario, network_class};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many blocks stand in one line of a baseline.
const BLOCKS_A_LINE: usize = 24;
/// Hexadecimal digits of a block. 16 bits of its sum are enough to find the first that differs: one time in 65,536 the
/// next one is named.
const DIGITS: usize = 4;

/// Whether the bytes are those of the baseline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exact {
    /// What came of it.
    pub verdict: ExactVerdict,
    /// Why nothing can be said; absent where something can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_comparable: Option<String>,
    /// How many seeds were compared.
    pub seeds: u64,
    /// The seeds whose facts differ, in decimal.
    pub facts_differ: Vec<String>,
    /// The seeds whose facts are the same and whose figures are not: they are counted otherwise.
    pub figures_differ: Vec<String>,
    /// The first block of 2^20 us of simulated time of the first seed in which the facts differ; null where they do not.
    pub first_block: Option<u64>,
    /// When that block begins, in microseconds since time 0.
    pub first_block_us: Option<u64>,
}

/// What the exact gate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExactVerdict {
    /// Every run has the same bytes.
    Same,
    /// Some run has others.
    Differs,
    /// It is another version, or another scenario: they may differ.
    NotComparable,
}

/// Compares the runs with those of the same seeds in a baseline.
pub(super) fn compared(prepared: &Prepared, runs: &Runs, baseline: &Baseline) -> Exact {
    let nothing = |why: String| Exact {
        verdict: ExactVerdict::NotComparable,
        not_comparable: Some(why),
        seeds: 0,
        facts_differ: Vec::new(),
        figures_differ: Vec::new(),
        first_block: None,
        first_block_us: None,
    };
    let engine = env!("CARGO_PKG_VERSION");
    if baseline.engine != engine {
        return nothing(format!("the baseline is of onsale {}, and this is {engine}", baseline.engine));
    }
    if baseline.scenario != settings_hash(prepared.scenario()) {
        return nothing("policy or settings are not those of the baseline".to_owned());
    }
    let (mut facts_differ, mut figures_differ) = (Vec::new(), Vec::new());
    for ((now, figures), then) in runs.replications.runs.iter().zip(&runs.figures).zip(&baseline.runs) {
        if now.fingerprint != then.fingerprint {
            facts_differ.push(now.seed.clone());
        } else if *figures != then.figures {
            figures_differ.push(now.seed.clone());
        }
    }
    let first = &runs.replications.runs[0].seed;
    let first_block = facts_differ.contains(first).then(|| first_block(prepared, first, baseline)).flatten();
    let same = facts_differ.is_empty() && figures_differ.is_empty();
    Exact {
        verdict: if same { ExactVerdict::Same } else { ExactVerdict::Differs },
        not_comparable: None,
        seeds: runs.figures.len().min(baseline.runs.len()) as u64,
        facts_differ,
        figures_differ,
        first_block,
        first_block_us: first_block.map(|block| Fingerprint::window_start(block).as_us()),
    }
}

/// Runs the first seed again, unobserved, to see when it parts from the baseline.
fn first_block(prepared: &Prepared, seed: &str, baseline: &Baseline) -> Option<u64> {
    let now = blocks(prepared, seed.parse().ok()?).concat();
    let then = baseline.blocks.concat();
    let blocks = now.len().max(then.len()) / DIGITS;
    let block = |text: &str, index: usize| text.get(index * DIGITS..(index + 1) * DIGITS).map(str::to_owned);
    (0..blocks).find(|index| block(&now, *index) != block(&then, *index)).map(|index| index as u64)
}

/// The blocks of one run from time 0 on, each in four hexadecimal digits, in lines of equal length but for the last.
pub(super) fn blocks(prepared: &Prepared, seed: u64) -> Vec<String> {
    let fingerprint = observe(prepared.plan().clone(), seed, ()).fingerprint;
    let mut blocks = Vec::new();
    for (index, sum) in fingerprint.windows() {
        blocks.resize(index as usize, 0);
        blocks.push(sum as u16);
    }
    let digits = |block: &u16| format!("{block:04x}");
    let line = |blocks: &[u16]| blocks.iter().map(digits).collect::<Vec<String>>().concat();
    blocks.chunks(BLOCKS_A_LINE).map(line).collect()
}

/// The hash of everything that a run found: its facts, and every figure taken from them. What it was asked to show, and
/// what it is called, are no findings.
pub(super) fn figures_hash(result: &RunResult) -> String {
    let RunResult {
        schema: _,
        engine: _,
        name: _,
        seed: _,
        run: _,
        fingerprint,
        events,
        clock,
        cast,
        expectations: _,
        metrics,
        requests,
        timeline,
        log,
        worst,
        scenario: _,
        files: _,
    } = result;
    hash(&(fingerprint, events, clock, cast, metrics, requests, timeline, log, worst))
}

/// The hash of what makes the people who come, their networks and when they do: with the same one and the same seeds a
/// candidate is paired with its baseline.
pub(super) fn workload_hash(scenario: &Scenario) -> String {
    let crowd = scenario.crowd.iter().map(|cohort| {
        let class = network_class(scenario, &cohort.network);
        let mut cohort = cohort.clone();
        // Who is compared with whom is asked afterwards.
        (cohort.compare, cohort.reference) = (true, false);
        (cohort, class)
    });
    hash(&(scenario.opens_at, crowd.collect::<Vec<_>>()))
}

/// The hash of everything in a scenario that has an effect on a run.
pub(super) fn settings_hash(scenario: &Scenario) -> String {
    let plain = Scenario {
        schema: None,
        about: About::default(),
        expect: Vec::new(),
        check: Check::default(),
        // The seeds are those of the check.
        seed: 0,
        ..scenario.clone()
    };
    hash(&plain)
}

/// 32 hexadecimal digits of the BLAKE3 hash of a value's JSON.
fn hash(value: &impl Serialize) -> String {
    let text = serde_json::to_vec(value).expect("there is no map with odd keys");
    blake3::hash(&text).to_hex()[..32].to_owned()
}
