//! `onsale` simulates a ticket on-sale surge: far more people than tickets, a waiting room, gateways that time out,
//! a stock, a payment provider, and screens that say less than the backend knows. The same scenario and seed give
//! the same bytes on every machine.
//!
//! # The main path, in five hops
//!
//! ```text
//! Scenario::parse(text)             what the user wrote, checked for form        -> Scenario   (parse_with: and the files it names)
//! Prepared::new(scenario, name)     checked for meaning, resolved to a plan      -> Prepared { scenario, plan, name }
//! experiment::run_once              World::new(plan, seeds), the engine runs it  -> what the observers heard
//! RunResult                         versioned, no clock, no host                 -> result.json
//! report::{human, html, charts}     what is read
//! ```
//!
//! ```
//! use onsale::experiment::{Run, run_once};
//! use onsale::scenario::{Prepared, Scenario};
//! use std::ops::ControlFlow;
//!
//! let text = r#"{
//!     "crowd": [{ "name": "fans", "count": 500, "arrivals": { "spike": { "jitter": "2s" } } }],
//!     "waiting_room": { "total_active": 40 },
//!     "inventory": { "bands": [{ "name": "hall", "seats": 100 }] }
//! }"#;
//! let scenario = Scenario::parse(text, "example")?;
//! let prepared = Prepared::new(scenario, "example").expect("it makes sense");
//! let result = run_once(&prepared, Run::of_seed(1), &mut |_, _| ControlFlow::Continue(())).unwrap();
//! assert_eq!(result.value("sale.sold"), Some(100.0));
//! assert_eq!(result.value("silent.failure_rate"), Some(0.0));
//! # Ok::<(), onsale::scenario::Diagnosis>(())
//! ```
//!
//! # The rooms, and who may import whom
//!
//! | room | holds | may name |
//! |---|---|---|
//! | [`engine`] | a discrete-event engine: time, agenda, streams, distributions, fingerprint; knows nothing of tickets | nothing of ours |
//! | [`quantity`] | numbers and durations that check themselves: shares, counts, what is more than 0 | `engine::time` |
//! | [`protocol`] | the words actors share: identities, requests, replies, truth and belief, facts | `engine::time` |
//! | [`expr`] | the small languages of `expect` lines and of scores | `engine::time` |
//! | [`admission`] | who goes next: one policy a file | `engine::{time, random}`, `protocol`, `expr` |
//! | [`overload`] | what a gateway refuses: one overload control a file | `engine::{time, random}`, `protocol` |
//! | [`discipline`] | whom a station serves: one discipline a file | `engine::{time, random}`, `protocol` |
//! | [`behavior`] | what a client does next: one behavior a file | `engine::{time, random, sample}`, `protocol` |
//! | [`scenario`] | what the user wrote, and the plan that will run; pictures of mistakes | the rooms above, `metrics::names` |
//! | [`model`] | the world: people before screens, the backend, and what alone goes between them; its wings have a map of their own | the rooms above but `expr` |
//! | [`metrics`] | what we heard: one metric family a file | `engine::time`, `protocol` |
//! | [`experiment`] | one run, many runs, checks against a baseline, and one person's evening under a microscope | all above |
//! | [`report`] | summary, charts, page, CSV, journeys | `experiment`'s results, `metrics::names`, `protocol` |
//! | `cli` | commands; files, threads, progress, exit codes | `scenario`, `experiment`, `report` |
//!
//! The rooms of policies have one shape, which `registry` makes. `tests/tidy.rs` holds the imports to this table. What is
//! deliberately absent below `cli`: files, clocks, threads, hash maps, and floating-point functions of the platform. `cli`
//! and what it alone depends on come with the feature of that name, which is on by default; whoever wants the library
//! alone turns it off, and brings an [`Executor`](experiment::executor::Executor) for many runs.
//!
//! # What is always true
//!
//! 1. Messages cause, facts record. Observers hear facts and cannot speak; nobody reads a metric to decide.
//! 2. Policies and behaviors decide, the world executes.
//! 3. Nothing is cancelled: a message carries the attempt or generation it belongs to, and is ignored when stale.
//! 4. The order of events is a pure function of the model: time, class, tie (a keyed hash), content.
//! 5. A random draw depends on who it is for and what it is for, never on when it was asked.
//! 6. Every person ends in exactly one truth; sold + held + free seats are the house; no seat is sold twice. Asserted
//!    in release builds too.
//! 7. A run ends by draining. Whoever is still there at the horizon is named, with where they stood.

#[macro_use]
mod named;
#[macro_use]
mod registry;
mod visible;

pub mod engine;

pub mod quantity;

pub mod protocol;

pub mod expr;

pub mod admission;
pub mod behavior;
pub mod discipline;
pub mod overload;

pub mod scenario;

pub mod model;

pub mod metrics;

pub mod experiment;

pub mod report;

#[cfg(feature = "cli")]
pub mod cli;
