//! `onsale schema`: the JSON Schemas of what we read and write, for editors and other programs.

use super::Failure;
use super::list::Listing;
use super::mistakes::Mistakes;
use super::output::data;
use crate::experiment::check::Report;
use crate::experiment::check::baseline::Baseline;
use crate::experiment::journey::Account;
use crate::experiment::result::RunResult;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;
use std::fmt::Write;

/// Print a JSON Schema (draft 2020-12).
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Of which document.
    #[arg(value_enum)]
    document: Document,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Document {
    /// What a scenario file may hold.
    Scenario,
    /// What a result.json holds.
    Result,
    /// What `onsale explain --as json` tells.
    Journey,
    /// What `onsale check --bless` writes.
    Baseline,
    /// What `onsale check --format json` prints.
    Check,
    /// What `--format json` says of scenarios with mistakes.
    Mistakes,
    /// What `onsale list --format json` prints.
    Listing,
}

/// Prints the schema.
///
/// # Errors
/// If stdout cannot be written to.
pub fn run(args: &Args) -> Result<(), Failure> {
    data(&printed(&match args.document {
        Document::Scenario => crate::scenario::json_schema(),
        Document::Result => written::<RunResult>("result"),
        Document::Journey => written::<Account>("journey"),
        Document::Baseline => written::<Baseline>("baseline"),
        Document::Check => written::<Report>("check"),
        Document::Mistakes => written::<Mistakes>("mistakes"),
        Document::Listing => written::<Listing>("listing"),
    }))
}

/// The schema of a document that we write.
fn written<T: JsonSchema>(name: &str) -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("$id".to_owned(), format!("urn:onsale:{name}:1").into());
    schema.insert("title".to_owned(), format!("onsale {name}").into());
    schema.to_value()
}

/// The keys that a reader of a schema looks for first; the rest follows by the alphabet.
const FIRST: [&str; 6] = ["$schema", "$id", "$ref", "title", "description", "type"];

/// A schema as text. The order of its keys is ours: that of a `serde_json::Map` depends on which features other
/// packages switch on, and the printed schema must be the same bytes everywhere.
fn printed(schema: &Value) -> String {
    let mut out = String::new();
    print(schema, 0, &mut out);
    out.push('\n');
    out
}

fn print(value: &Value, depth: usize, out: &mut String) {
    let line = |out: &mut String, depth: usize| {
        let _ = write!(out, "\n{:1$}", "", depth * 2);
    };
    match value {
        Value::Object(map) if !map.is_empty() => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| {
                (FIRST.iter().position(|first| first == key).unwrap_or(FIRST.len()), key.as_str())
            });
            out.push('{');
            for (i, (key, inside)) in entries.into_iter().enumerate() {
                out.push_str(if i == 0 { "" } else { "," });
                line(out, depth + 1);
                let _ = write!(out, "{}: ", Value::from(key.as_str()));
                print(inside, depth + 1, out);
            }
            line(out, depth);
            out.push('}');
        }
        Value::Array(list) if list.iter().any(|entry| entry.is_object() || entry.is_array()) => {
            out.push('[');
            for (i, inside) in list.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { "," });
                line(out, depth + 1);
                print(inside, depth + 1, out);
            }
            line(out, depth);
            out.push(']');
        }
        flat => {
            let _ = write!(out, "{flat}");
        }
    }
}
