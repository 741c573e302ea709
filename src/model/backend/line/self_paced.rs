//! Policies that do more than to name the next: some let people in as they ask where they stand, some act by themselves
//! at instants of their own.
//!
//! ```text
//!   poll --> policy: waits, enters (if the budget allows), or its place has expired; others' places may be given up too
//!   join --> policy: I act at t --> at t it gives places, and whoever has one may be called
//! ```

use crate::admission::{PollOutcome, PositionPoll};
use crate::engine::Agenda;
use crate::model::backend::Sim;
use crate::model::backend::Tables;
use crate::model::backend::books::NO_PLACE;
use crate::model::backend::line::Line;
use crate::model::backend::line::budget::Allowance;
use crate::model::sim::draws::DrawPurpose;
use crate::model::sim::message::Message;
use crate::protocol::{Fact, Observer, SessionId, Truth};

impl Line {
    /// The policy may act by itself: asks for the instant at which it does.
    pub(in crate::model) fn expect_act<O: Observer, P>(&mut self, sim: &mut Sim<O, P>, agenda: &mut Agenda) {
        let Some(line) = &mut self.room else { return };
        let Some(at) = line.policy.next_action_at().filter(|_| !line.is_closed()) else { return };
        if line.acts_at.is_none_or(|asked| at < asked) && at < sim.plan.roster.horizon {
            line.acts_at = Some(at);
            agenda.push(Message::PolicyActs.entry(at, 0, 0, 0));
        }
    }

    /// The policy acts by itself. Returns whether everybody in line is to be scored; `None`: it did not act.
    pub(in crate::model) fn let_policy_act<O: Observer, P>(&mut self, sim: &mut Sim<O, P>) -> Option<bool> {
        let now = sim.now;
        let line = self.room.as_mut().filter(|line| line.acts_at == Some(now))?;
        line.acts_at = None;
        let mut placed = Vec::new();
        line.policy.act(now, &mut |session, place| placed.push((session, place)));
        let scores_all = line.policy.scores_all();
        for (session, place) in placed {
            let is_theirs = self.orphaned.is_given(session, place);
            let row = sim.crowd.row_mut(session);
            if is_theirs && row.books.truth() == Truth::Queued && row.books.place() == NO_PLACE {
                row.books.set_place(place);
                let who = sim.crowd.who(session);
                sim.record.fact(now, Fact::Placed { who, place });
                if self.identities.may_meet() {
                    self.inherit_place(sim, session, place);
                }
            }
        }
        Some(scores_all)
    }

    /// A session in line asks where it stands: a policy that goes by that may let it in, or give up its place and those
    /// of others. A place that several share is that of whoever asks. Returns whose places are given up, and which.
    #[inline(never)]
    pub(in crate::model) fn asks<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId, agenda: &mut Agenda,
    ) -> Vec<(SessionId, u32)> {
        let now = sim.now;
        if self.room.as_ref().is_none_or(|line| !line.is_self_paced) || self.pending_joins.has(session) {
            return Vec::new();
        }
        let Some(holder) = self.holder_of_place(sim, session) else { return Vec::new() };
        let row = sim.crowd.row(holder);
        let place = row.books.place();
        if row.books.truth() != Truth::Queued || place == NO_PLACE {
            return Vec::new();
        }
        let (stream, n) = sim.draws.of_request(DrawPurpose::SelfPaced, sim.draw_key(session));
        let line = self.room.as_mut().expect("it goes by asking");
        if line.is_closed() {
            return Vec::new();
        }
        // Before the opening nobody may enter, and the policy still learns who was heard of.
        let may_enter = line.budget.as_mut().is_some_and(|budget| budget.allowance(now) == Allowance::Now);
        let standing = line.policy.on_poll(now, PositionPoll { place, may_enter, luck: stream.unit(n) });
        let mut given_up: Vec<(SessionId, u32)> = std::iter::from_fn(|| line.policy.next_expired()).collect();
        match standing {
            PollOutcome::Waits => {}
            PollOutcome::Enters => {
                assert!(may_enter, "a policy let somebody in though the budget does not allow it");
                self.take_shared_place(sim, session, place);
                self.issue_turn(sim, tables, session, agenda);
            }
            PollOutcome::Expired => given_up.insert(0, (holder, place)),
        }
        given_up
    }
}
