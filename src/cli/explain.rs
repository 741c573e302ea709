//! `onsale explain`: one person's evening in two columns, what the user saw and what the backend decided. The scenario
//! runs again under a microscope: nothing was stored.

use super::failure::exit;
use super::{Failure, Loaded, load, output};
use crate::experiment::explain::{Examined, counterpart, explain, fork};
use crate::experiment::journey::{Account, SCHEMA};
use crate::experiment::result::{RunResult, WorstCase, WorstOf};
use crate::experiment::{Run, run_once};
use crate::protocol::PersonId;
use crate::report::{Style, journey};
use std::ops::ControlFlow;
use std::path::PathBuf;

/// Tell one person's evening: what the user saw, what the backend decided, and where the two part.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("whom").required(true).args(["client", "worst"]))]
pub(super) struct Args {
    /// The scenario file; `-` is stdin.
    scenario: PathBuf,
    /// The number of the person, from 0: cohorts in the order of the scenario, persons in the order of their coming.
    #[arg(long, value_name = "N")]
    client: Option<u64>,
    /// The person whose evening tells most.
    #[arg(long, value_enum, value_name = "KIND")]
    worst: Option<Kind>,
    /// The seed of all luck. Default: the scenario's own.
    #[arg(long)]
    seed: Option<u64>,
    /// Tell the same person's evening elsewhere, with the same luck, and where the two part: the name of an admission
    /// policy, a policy as JSON such as '{"prequeue_shuffle":{}}', or another scenario file.
    #[arg(long, value_name = "POLICY|FILE")]
    against: Option<String>,
    /// How to tell it.
    #[arg(long = "as", value_enum, default_value_t = Form::Text)]
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    /// Refused and never told, the longest from the decision to the end of their waiting.
    Silent,
    /// The longest wait for a turn, among those who bought if anybody did.
    Wait,
    /// Refused for lack of stock, though most of those who bought joined later.
    Unfair,
    /// Bought and never told, the longest from the sale to the end of their waiting.
    Ghost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// Two columns for a terminal, at most 100 wide.
    Text,
    /// A sequence diagram for Mermaid.
    Mermaid,
    /// One page that works offline.
    Html,
    /// Everything, as `onsale schema journey` describes it.
    Json,
}

impl Kind {
    const fn of(self) -> WorstOf {
        match self {
            Kind::Silent => WorstOf::Silent,
            Kind::Wait => WorstOf::Wait,
            Kind::Unfair => WorstOf::Unfair,
            Kind::Ghost => WorstOf::Ghost,
        }
    }

    /// What a run without such a person was spared.
    const fn spared(self) -> &'static str {
        match self {
            Kind::Silent => "nobody was refused in silence in this run",
            Kind::Wait => "nobody was told a turn in this run",
            Kind::Unfair => "nobody was refused who had joined before somebody who bought",
            Kind::Ghost => "there is no ghost purchase in this run: whoever bought was told",
        }
    }
}

/// Runs the command.
///
/// # Errors
/// A scenario or a policy that is not one; a person who is not there, or did not come.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let loaded = load(&args.scenario)?;
    if let Some(warnings) = &loaded.warnings {
        output::to_people(&warnings.picture(true));
    }
    let run = Run { seed: args.seed.unwrap_or(loaded.scenario.seed), number: 0 };
    let person = chosen(args, &loaded, run)?;
    let here = examine(&loaded, run, person)?;
    let account = account(here, None);
    match args.form {
        Form::Text => output::summary(&journey::text(&account, Style::Colored)),
        Form::Json => output::data(&account.to_json()),
        Form::Mermaid | Form::Html => Ok(()),
    }
}

/// Whom to explain.
fn chosen(args: &Args, loaded: &Loaded, run: Run) -> Result<PersonId, Failure> {
    let persons = loaded.plan.roster.persons;
    if let Some(client) = args.client {
        return u32::try_from(client).ok().filter(|client| *client < persons).map(PersonId).ok_or_else(
            || {
                let problem = format!("there is no person {client} in {}", loaded.path);
                nothing(problem, format!("there are persons 0 to {}", persons - 1))
            },
        );
    }
    let kind = args.worst.expect("one of the two is required");
    let result = plain(loaded, run);
    match result.worst(kind.of()) {
        Some(WorstCase { client, .. }) => Ok(PersonId(u32::try_from(*client).expect("persons have 32 bits"))),
        None => {
            let others: Vec<&str> = result.worst.iter().map(|case| case.kind.name()).collect();
            let remedy = match others.as_slice() {
                [] => "name a person with --client".to_owned(),
                others => format!("there is --worst {}", others.join(", --worst ")),
            };
            Err(nothing(kind.spared().to_owned(), remedy))
        }
    }
}

fn nothing(problem: String, remedy: String) -> Failure {
    Failure::Other { code: exit::NOTHING_SELECTED, problem, remedy }
}

/// The plain run.
fn plain(loaded: &Loaded, run: Run) -> RunResult {
    let Loaded { scenario, name, plan, .. } = loaded;
    match run_once(scenario, name, plan.clone(), run, &mut |_, _| ControlFlow::Continue(())) {
        Some(result) => result,
        None => unreachable!("nobody breaks a run off here"),
    }
}

fn examine(loaded: &Loaded, run: Run, person: PersonId) -> Result<Examined, Failure> {
    let Loaded { scenario, name, plan, .. } = loaded;
    let examined =
        explain(scenario, name, plan.clone(), run, &[person], &mut |_, _| ControlFlow::Continue(()));
    examined.and_then(|mut all| all.pop().flatten()).ok_or_else(|| {
        let problem = format!("person {} did not come in this run", person.0);
        nothing(problem, "their cohort's arrivals end before its count: name another one".to_owned())
    })
}

fn account(here: Examined, there: Option<Examined>) -> Account {
    let fork = there.as_ref().and_then(|there| fork(&here, there));
    let twin = there.map(|there| there.journey);
    let mut words = journey::sentences(&here.journey);
    words.extend(twin.iter().flat_map(journey::sentences));
    Account {
        schema: SCHEMA.to_owned(),
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        journey: here.journey,
        twin,
        fork,
        words,
    }
}
