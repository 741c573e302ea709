//! The waiting room: who stands in line and where, whose turn it is, and who is inside.

pub(in crate::model) mod async_join;
pub(in crate::model) mod budget;
pub(in crate::model) mod call_back;
pub(in crate::model) mod codes;
pub(in crate::model) mod feedback;
pub(in crate::model) mod heartbeat;
pub(in crate::model) mod identity;
pub(in crate::model) mod join;
pub(in crate::model) mod reverify;
pub(in crate::model) mod self_paced;
pub(in crate::model) mod session_signals;
pub(in crate::model) mod turn;
pub(in crate::model) mod unrecognized;
pub(in crate::model) mod waiting_room;

use crate::admission::BuildContext;
use crate::engine::Time;
use crate::model::sim::draws::Draws;
use crate::scenario::Plan;
use async_join::PendingJoins;
use codes::Codes;
use identity::Identities;
use reverify::Proofs;
use session_signals::SessionSignals;
use unrecognized::OrphanedPlaces;
use waiting_room::WaitingRoom;

/// The line, if the sale has one, and what it knows of those who come.
pub(in crate::model) struct Line {
    /// `None` where everybody walks straight into the shop.
    pub(in crate::model) room: Option<WaitingRoom>,
    pub(in crate::model) identities: Identities,
    pub(in crate::model) orphaned: OrphanedPlaces,
    pub(in crate::model) pending_joins: PendingJoins,
    pub(in crate::model) signals: SessionSignals,
    pub(in crate::model) codes: Codes,
    pub(in crate::model) proofs: Proofs,
    /// Slots inside, with their generations, that nobody was asked about while the sale is paused.
    pub(in crate::model) unchecked_while_paused: Vec<(u32, u32)>,
    /// Turns whose end came up during the pause that is on: slot inside, generation, that end.
    pub(in crate::model) overdue_turns: Vec<(u32, u32, Time)>,
}

impl Line {
    pub(in crate::model) fn new(plan: &Plan, draws: &Draws, sessions: u32) -> Line {
        let identities = Identities::new(plan, sessions);
        let orphaned = OrphanedPlaces::new(plan, sessions);
        let minds_polls = identities.may_meet() || orphaned.are_possible();
        let names: Vec<String> = plan.roster.cohorts.iter().map(|cohort| cohort.name.clone()).collect();
        let room = plan.line.as_ref().and_then(|line| {
            let setting = BuildContext {
                luck: draws.of_admission(),
                opens_at: plan.roster.opens_at,
                grace: line.grace,
                cohorts: &names,
            };
            WaitingRoom::new(line, &setting, minds_polls)
        });
        Line {
            room,
            identities,
            orphaned,
            pending_joins: PendingJoins::new(plan, sessions),
            signals: SessionSignals::new(plan, sessions),
            codes: Codes::new(plan, sessions),
            proofs: Proofs::new(plan.line.as_ref(), sessions),
            unchecked_while_paused: Vec::new(),
            overdue_turns: Vec::new(),
        }
    }
}
