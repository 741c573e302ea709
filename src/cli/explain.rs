//! `onsale explain`: one person's evening in two columns, what the user saw and what the backend decided. The scenario
//! runs again under a microscope: nothing was stored.

use super::changes::{change_failure, known_policy, policy_label};
use super::failure::exit;
use super::load::{NamedFiles, load_with};
use super::run::{progress_bar, show};
use super::{Failure, Loaded, output};
use crate::experiment::explain::{Examined, counterpart, explain, fork};
use crate::experiment::journey::{Account, SCHEMA};
use crate::experiment::result::{RunResult, WorstOf};
use crate::experiment::{Run, run_once};
use crate::model::Progress;
use crate::protocol::PersonId;
use crate::report::{Style, journey};
use crate::scenario::Prepared;
use crate::scenario::change::Change;
use indicatif::ProgressDrawTarget;
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
    /// policy, a policy as scenarios write it, in JSON, or another scenario file.
    #[arg(long, value_name = "POLICY|FILE")]
    against: Option<String>,
    #[command(flatten)]
    named: NamedFiles,
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
    let loaded = load_with(&args.scenario, args.named)?;
    if let Some(warnings) = &loaded.warnings {
        output::message(&warnings.picture(true));
    }
    let run = Run::of_seed(args.seed.unwrap_or(loaded.prepared.scenario().seed));
    let (person, found) = select_person(args, &loaded, run)?;
    let twin =
        args.against.as_deref().map(|against| twin(&loaded, against, args.named, person)).transpose()?;
    let here = examine(&loaded.prepared, run, person)?;
    if let Some(found) = found {
        assert!(here.journey.fingerprint == found, "a microscope has changed the run");
    }
    let there = twin.map(|(elsewhere, person)| examine(&elsewhere.prepared, run, person)).transpose()?;
    let account = account(here, there);
    match args.form {
        Form::Text => output::summary(&journey::text(&account, Style::Colored)),
        Form::Json => output::data(&account.to_json()),
        Form::Mermaid => output::data(&journey::mermaid(&account.journey)),
        Form::Html => output::data(&journey::page(&account)),
    }
}

/// Where else the same person is looked for, and who that is there.
fn twin(
    loaded: &Loaded, against: &str, files: NamedFiles, person: PersonId,
) -> Result<(Loaded, PersonId), Failure> {
    let elsewhere = elsewhere(loaded, against, files)?;
    let found = counterpart(&loaded.prepared.plan().roster, person, &elsewhere.prepared.plan().roster);
    let Some(person) = found else {
        let problem = format!("person {} of {} is not in {}", person.0, loaded.path, elsewhere.path);
        let remedy = "the same person is of a cohort of the same name, with the same number in it";
        return Err(nothing_selected(problem, remedy.to_owned()));
    };
    Ok((elsewhere, person))
}

/// The same scenario under another policy, or another scenario.
fn elsewhere(loaded: &Loaded, against: &str, files: NamedFiles) -> Result<Loaded, Failure> {
    let file = PathBuf::from(against);
    if file.exists() || file.extension().is_some_and(|ending| ending == "json") {
        return load_with(&file, files);
    }
    known_policy(against)?;
    let path = format!("{} under {}", loaded.path, policy_label(against));
    let prepared = loaded.prepared.changed(&[Change::policy(against)], &path).map_err(change_failure)?;
    let text = prepared.scenario().expanded();
    Ok(Loaded { prepared, path, text, named_files: Vec::new(), warnings: None })
}

/// Whom to explain; and the fingerprint of the plain run in which they were found, if there was one.
fn select_person(args: &Args, loaded: &Loaded, run: Run) -> Result<(PersonId, Option<String>), Failure> {
    let persons = loaded.prepared.plan().roster.persons;
    if let Some(client) = args.client {
        let known = u32::try_from(client).ok().filter(|client| *client < persons);
        let found = known.map(|client| (PersonId(client), None));
        return found.ok_or_else(|| {
            let problem = format!("there is no person {client} in {}", loaded.path);
            nothing_selected(problem, format!("there are persons 0 to {}", persons - 1))
        });
    }
    let kind = args.worst.expect("one of the two is required");
    let result = plain_run(&loaded.prepared, run);
    let Some(case) = result.worst(kind.of()) else {
        let others: Vec<&str> = result.worst.iter().map(|case| case.kind.name()).collect();
        let remedy = match others.as_slice() {
            [] => "name a person with --client".to_owned(),
            others => format!("there is --worst {}", others.join(", --worst ")),
        };
        return Err(nothing_selected(kind.spared().to_owned(), remedy));
    };
    let client = u32::try_from(case.client).expect("persons have 32 bits");
    Ok((PersonId(client), Some(result.fingerprint.clone())))
}

fn nothing_selected(problem: String, remedy: String) -> Failure {
    Failure::Other { code: exit::NOTHING_SELECTED, problem, remedy }
}

/// The plain run.
fn plain_run(prepared: &Prepared, run: Run) -> RunResult {
    let found = with_progress(prepared, |watch| run_once(prepared, run, watch));
    found.unwrap_or_else(|| unreachable!("nobody breaks a run off here"))
}

/// Runs something with its progress on stderr, where that is a terminal.
fn with_progress<T>(
    prepared: &Prepared, run: impl FnOnce(&mut dyn FnMut(Progress, u64) -> ControlFlow<()>) -> T,
) -> T {
    let bar = progress_bar(prepared, ProgressDrawTarget::stderr());
    let done = run(&mut |progress, events| {
        show(&bar, progress, events, prepared.plan().roster.seats);
        ControlFlow::Continue(())
    });
    bar.finish_and_clear();
    done
}

fn examine(prepared: &Prepared, run: Run, person: PersonId) -> Result<Examined, Failure> {
    let examined = with_progress(prepared, |watch| explain(prepared, run, &[person], watch));
    examined.and_then(|mut all| all.pop().flatten()).ok_or_else(|| {
        let problem = format!("person {} did not come in this run", person.0);
        nothing_selected(problem, "their cohort's arrivals end before its count: name another one".to_owned())
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
