//! What the user wrote, and what will run.
//!
//! Two stages, each of which finds all of its mistakes at once:
//!
//! ```text
//! text --parse--> Scenario --Prepared::new--> Prepared { scenario, plan, name }
//!      (form)               (meaning)
//! ```
//!
//! [`parse`] reads JSON (comments and trailing commas tolerated) and knows every key, type and range;
//! [`parse_with`] also takes in the files that a scenario names, as text;
//! [`Plan::new`](plan::Plan::new) checks what only makes sense together (names that refer to something, times
//! in order, totals) and resolves everything to integers; [`Prepared`] keeps the two together. A [`Diagnosis`] draws the mistakes into the text.
//! The documentation of the fields here is what `onsale schema scenario` prints: each says its unit, range,
//! default, and where the default comes from. What does not live here: files (`cli`), and anything that runs.

pub mod announcement;
pub mod autoscale;
pub mod call_back;
pub mod caller;
pub mod change;
pub mod codes;
pub mod crowd;
pub mod diagnose;
pub mod edge;
pub mod expect;
pub mod faults;
pub mod gate;
pub mod giving_up;
pub mod inventory;
pub mod line;
pub mod listing;
pub mod network;
pub mod operator;
pub mod payment;
pub mod plan;
pub mod presets;
pub mod services;
pub mod switches;
pub mod trace;
pub mod traits;
pub mod upstream;

mod form;
mod prepared;
mod resolve;
mod schema;

pub use diagnose::{Diagnosis, Mistake, Problem, Severity};
pub use form::{RenamedKey, parse, parse_with, suggest};
pub use plan::Plan;
pub use prepared::Prepared;
pub use resolve::{check, network_class};
pub use schema::json_schema;

use crate::engine::time::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most persons over all cohorts: the scale of the largest sale known (14 million people at one on-sale, 2022)
/// with room to spare; beyond it a run would not fit the memory of one machine.
pub const PERSONS_MAX: u64 = 100_000_000;
/// Most sessions of one person: what a journey and a person's row have room for.
pub const SESSIONS_MAX: usize = 16;
/// Most seats over all bands.
pub const SEATS_MAX: u64 = 50_000_000;
/// Most cohorts, and most bands: their identities are bytes.
pub const NAMES_MAX: usize = 255;

// Sessions are numbered in 31 bits; the limits above keep even the fullest crowd inside.
const _: () = assert!(PERSONS_MAX * (SESSIONS_MAX as u64) < 1 << 31);

/// One sale: the crowd that comes, the system that serves it, and the stock.
///
/// Durations are text with a unit ("250ms", "20s", "1h30m"); distributions of time are a duration or an object with one
/// key, such as `{"log_normal": {"median": "20s", "p95": "60s"}}`; shares are numbers from 0 to 1. Time 0 is the first
/// possible event. Only `crowd` and `inventory` are required.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Where editors find the schema of this file, such as "./scenario.schema.json". It has no effect on a run.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// What this scenario is, for readers.
    #[serde(default)]
    pub about: About,
    /// The seed of all luck: a whole number from 0 to 2^53 - 1, the largest that JSON readers keep exact; larger
    /// seeds come from the command line. Default: 1.
    #[serde(default = "default_seed")]
    #[schemars(range(min = 0, max = 9_007_199_254_740_991_u64))]
    pub seed: u64,
    /// When the sale opens (T0), counted from time 0. Default: "10m", room for a lounge to fill before it.
    #[serde(default = "default_opens_at")]
    pub opens_at: Span,
    /// No new turns from then on; counted from time 0, after `opens_at`, at most `horizon`. Default: null, the
    /// horizon.
    #[serde(default)]
    pub closes_at: Option<Span>,
    /// Nobody starts a request from then on; counted from time 0, after `opens_at`. Default: null, two hours after
    /// `opens_at`.
    #[serde(default)]
    pub horizon: Option<Span>,
    /// Who comes: 1 to 255 cohorts of persons alike, at most 100,000,000 persons together.
    #[schemars(length(min = 1, max = 255))]
    pub crowd: Vec<crowd::Cohort>,
    /// Network classes beside "desktop" and "mobile", which always exist and may be redefined here by name: at most 255.
    /// Default: none.
    #[serde(default)]
    #[schemars(length(max = 255))]
    pub network: Vec<network::Class>,
    /// The gateways in front of everything.
    #[serde(default)]
    pub edge: edge::Edge,
    /// The waiting room that decides whose turn it is. Default: null, there is none and whoever asks is inside.
    #[serde(default)]
    pub waiting_room: Option<line::WaitingRoom>,
    /// The origin services; one that is not declared takes no time.
    #[serde(default)]
    pub services: services::Services,
    /// Which service serves which kind of request.
    #[serde(default)]
    pub route: services::Route,
    /// What is for sale.
    pub inventory: inventory::Inventory,
    /// The payment provider.
    #[serde(default)]
    pub payment: payment::Payment,
    /// What the operator sees of the sale; it matters where a rule waits for a figure.
    #[serde(default)]
    pub telemetry: operator::Telemetry,
    /// What the people who run the sale do, and when: at most 255 rules. Default: none, nobody interferes.
    #[serde(default)]
    #[schemars(length(max = 255))]
    pub operator: Vec<operator::Rule>,
    /// What a run must show, such as `"silent.failure_rate <= 0.5 %"`: at most 1,000 lines. Default: nothing.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub expect: Vec<expect::Expectation>,
    /// How much worse than its baseline the sale may become: what `onsale check` holds it to. Default: the default
    /// margins.
    #[serde(default)]
    pub check: gate::Check,
    /// What breaks, when and for how long: at most 255. Default: nothing.
    #[serde(default)]
    #[schemars(length(max = 255))]
    pub faults: Vec<faults::Fault>,
    /// Keys that were written by their former names.
    #[serde(skip)]
    #[schemars(skip)]
    pub renamed_keys: Vec<RenamedKey>,
}

/// What a scenario is, for readers; nothing here has an effect on a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct About {
    /// A short name for reports. Default: empty, reports show the file's name.
    pub title: String,
    /// What happens, and what there is to learn from it. Default: empty.
    pub description: String,
    /// Where the numbers come from: addresses or titles. Default: none.
    pub sources: Vec<String>,
}

/// The names of the admission policies, as scenarios write them.
pub fn policy_names() -> impl Iterator<Item = &'static str> {
    crate::admission::Config::NAMES.iter().copied()
}

impl Scenario {
    /// Reads a scenario: stage one, its form. `path` is how messages name the text.
    ///
    /// # Errors
    /// Every mistake of form, drawn into the text.
    pub fn parse(text: &str, path: &str) -> Result<Scenario, Diagnosis> {
        parse(text, path)
    }

    /// Like [`Scenario::parse`], for a scenario that names files: `files` hands over their text. What is read becomes
    /// part of the scenario, which can be saved and run again without them.
    ///
    /// # Errors
    /// Every mistake of form, drawn into the text, those in the files included.
    pub fn parse_with(text: &str, path: &str, files: &mut trace::Files<'_>) -> Result<Scenario, Diagnosis> {
        parse_with(text, path, files)
    }

    /// What it calls itself, or else this name.
    pub fn title_or<'a>(&'a self, name: &'a str) -> &'a str {
        Some(self.about.title.trim()).filter(|title| !title.is_empty()).unwrap_or(name)
    }

    /// The name of the admission policy; `none` without a waiting room.
    pub fn policy_name(&self) -> &'static str {
        self.waiting_room.as_ref().map_or("none", |room| room.policy.name())
    }

    /// When nobody starts a request any more: as written, or two hours after the opening.
    pub fn horizon_or_default(&self) -> Span {
        self.horizon.unwrap_or(self.opens_at + HORIZON_AFTER_OPENING)
    }

    /// The whole scenario as JSON with every default filled in, ending with a line break. Reading it again gives
    /// the same scenario.
    ///
    /// # Panics
    /// Never: every part of a scenario has a JSON form.
    pub fn expanded(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a scenario has no map with odd keys");
        text.push('\n');
        text
    }
}

/// How long after the opening the horizon lies where none is written.
const HORIZON_AFTER_OPENING: Span = Span::from_secs(2 * 60 * 60);

fn default_seed() -> u64 {
    1
}

fn default_opens_at() -> Span {
    Span::from_secs(600)
}

/// The default of switches that are on.
fn yes() -> bool {
    true
}
