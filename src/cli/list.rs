//! `onsale list`: what there is to choose from, and what one of them is.

use super::failure::usage;
use super::output::data;
use super::{Failure, output};
use crate::scenario::listing::{Listed, Room};
use crate::scenario::suggest;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use schemars::JsonSchema;
use serde::Serialize;

/// List what scenarios may choose from, one line each; with a name, everything about that one.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to list.
    #[arg(value_name = "WHAT", value_parser = rooms())]
    what: Room,
    /// One of them: what it is, its keys with type, range and default, its source, and what it leaves out.
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// How to tell it.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Lines to read.
    Human,
    /// Everything, in one document, as `onsale schema listing` describes it.
    Json,
}

/// What scenarios may choose from, for programs.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Listing {
    /// Always `onsale.listing/1`.
    schema: &'static str,
    /// The version of the engine that lists.
    engine: &'static str,
    /// What is listed.
    what: Room,
    /// All of them, or the one that was named.
    entries: Vec<Listed>,
}

/// Reads the name of what is listed.
fn rooms() -> impl TypedValueParser<Value = Room> {
    let named = |room: &Room| PossibleValue::new(room.name()).help(room.does().trim_end_matches('.'));
    PossibleValuesParser::new(Room::ALL.iter().map(named)).map(|name| {
        let known = Room::ALL.iter().find(|room| room.name() == name);
        *known.expect("only names of the list pass")
    })
}

/// Prints the list, or the one that is named.
///
/// # Errors
/// A name that there is not, with the one that was probably meant; or if stdout cannot be written to.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let mut entries = args.what.entries();
    if let Some(name) = &args.name {
        entries = vec![named(args.what, entries, name)?];
    }
    match (args.format, args.name.is_some()) {
        (Format::Json, _) => {
            let engine = env!("CARGO_PKG_VERSION");
            let listing = Listing { schema: "onsale.listing/1", engine, what: args.what, entries };
            data(&(serde_json::to_string_pretty(&listing).expect("a listing has no odd keys") + "\n"))
        }
        (Format::Human, true) => output::summary(&entries.iter().map(whole).collect::<String>()),
        (Format::Human, false) => output::summary(&lines(&entries)),
    }
}

fn named(what: Room, entries: Vec<Listed>, name: &str) -> Result<Listed, Failure> {
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    let Some(index) = names.iter().position(|known| *known == name) else {
        let (kind, known) = (what.one(), names.join(", "));
        let remedy = match suggest(name, names.iter().copied()) {
            Some(meant) => format!("did you mean {meant}?"),
            None if names.len() > 40 => "leave the name out to see them all".to_owned(),
            None => format!("there are {known}"),
        };
        return Err(usage(format!("there is no {kind} \"{name}\""), &remedy));
    };
    Ok(entries.into_iter().nth(index).expect("its place was found"))
}

/// One line each: its name, what it does, and the real system.
fn lines(entries: &[Listed]) -> String {
    let widest = entries.iter().map(|entry| entry.name.chars().count()).max().unwrap_or(0).min(NAME_MAX);
    let line = |entry: &Listed| {
        let system =
            entry.origin.as_ref().map_or_else(String::new, |origin| format!("  [{}]", origin.system));
        let unit = entry.measure.as_ref().map_or_else(String::new, |measure| format!("  [{}]", measure.unit));
        format!("{:widest$}  {}{system}{unit}\n", entry.name, entry.does)
    };
    entries.iter().map(line).collect()
}

/// Longer names stand out of their column.
const NAME_MAX: usize = 44;
/// The width of a text.
const WIDTH: usize = 100;

/// Everything about one.
fn whole(entry: &Listed) -> String {
    let mut out = format!("{}\n", entry.name);
    paragraph(&mut out, "  ", &entry.does);
    out += &format!("\nwritten  {}\n", entry.written);
    if let Some(measure) = &entry.measure {
        let at_instants = if measure.known_over_time { ", and at any instant (@ t=10m)" } else { "" };
        out += &format!("unit     {}\nbetter   {}\nover     ", measure.unit, measure.better);
        out += &format!("{}{at_instants}\n", measure.over);
        return out;
    }
    out += match (entry.fills.is_empty(), entry.keys.is_empty()) {
        (false, _) => "\nFills; what is written beside it wins\n",
        (true, false) => "\nKeys\n",
        (true, true) => "\nIt takes no settings.\n",
    };
    for fill in &entry.fills {
        paragraph(&mut out, "  ", &format!("{}: {}", fill.key, fill.value));
        paragraph(&mut out, "      ", &fill.source);
    }
    for key in &entry.keys {
        let default = key.default_written().map_or("required".to_owned(), |text| format!("default {text}"));
        paragraph(&mut out, "  ", &format!("{}: {}; {default}", key.name, key.takes));
        paragraph(&mut out, "      ", &key.does);
    }
    if let Some(origin) = &entry.origin {
        out += "\nReal system\n";
        paragraph(&mut out, "  ", &origin.system);
        out += "Source\n";
        paragraph(&mut out, "  ", &origin.source);
        out += "Leaves out\n";
        paragraph(&mut out, "  ", &origin.leaves_out);
    }
    out
}

/// A text in lines that begin with this.
fn paragraph(out: &mut String, indent: &str, text: &str) {
    let mut width = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if width > 0 && width + 1 + length > WIDTH {
            out.push('\n');
            width = 0;
        }
        let before = if width == 0 { indent } else { " " };
        width += before.len() + length;
        out.push_str(before);
        out.push_str(word);
    }
    out.push('\n');
}
