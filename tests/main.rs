//! All integration tests, a module each: `cargo test --test suite mechanisms::` runs those of one.

mod support;

mod bad_input;
mod browser;
mod check;
mod command_line;
mod compared;
mod damaged;
mod determinism;
mod expectations;
mod explain;
mod golden;
mod hostile;
mod hostile_names;
mod interrupts;
mod mechanisms;
mod outputs;
mod pairs;
mod rates;
mod report;
mod stations;
mod swarm;
mod theory;
mod tidy;
mod traces;
mod validate;
