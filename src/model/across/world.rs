//! The world of an on-sale: persons, edge, waiting room, stations, stock, payment and the operator as actors that
//! exchange timed messages, and what breaks meanwhile.
//!
//! ```text
//!   person --click--> session --request--> gateway --+--> waiting room (policy, budget, turns)
//!      ^                 ^                  | 503    |
//!      |                 |                  | 504    +--> station (queue, servers) --> stock, payment
//!      +---- screen <----+---- reply -------+<----------------------------------------+
//! ```
//!
//! [`World::handle`] is the table of contents: one arm for each message. A wing executes what
//! concerns it alone; what concerns several is carried by the other files of `across`. Actors exchange messages, or act
//! within one instant; observers hear facts and cannot speak. What is known at one instant about a later one (a
//! reply's fate, once the network has drawn it) is acted on at once, with the later time on the facts: a poll
//! that changes nothing is one event.

use super::operator::Operator;
use crate::engine::fingerprint::Fingerprint;
use crate::engine::random::Seeds;
use crate::engine::{Agenda, Entry, Model, Time};
use crate::model::backend::Tables;
use crate::model::backend::books::Books;
use crate::model::backend::edge::Edge;
use crate::model::backend::line::Line;
use crate::model::backend::requests::RequestRef;
use crate::model::backend::shop::Shop;
use crate::model::people::People;
use crate::model::people::arrivals::sessions_of;
use crate::model::people::page::Page;
use crate::model::sim;
use crate::model::sim::crowd::{Crowd, Row};
use crate::model::sim::draws::Draws;
use crate::model::sim::message::Message;
use crate::protocol::{Fact, GatewayId, Observer, SessionId};
use crate::scenario::Plan;

/// What is shared, as whoever carries things across sees it.
pub(in crate::model::across) type Sim<O> = sim::Sim<O, Page, Books>;

const _: () = assert!(size_of::<Row<Page, Books>>() <= 32, "a row is half a cache line");

/// Everything that acts, and the observer that listens.
pub struct World<O> {
    pub(in crate::model::across) sim: Sim<O>,
    pub(in crate::model::across) people: People,
    pub(in crate::model::across) edge: Edge,
    pub(in crate::model::across) line: Line,
    pub(in crate::model::across) shop: Shop,
    pub(in crate::model::across) tables: Tables,
    pub(in crate::model::across) operator: Operator,
    /// After this instant the run is cut, whatever is still under way.
    drained_by: Time,
}

/// How far a run has come, for a progress bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The simulated clock.
    pub now: Time,
    /// Persons who have come so far.
    pub arrived: u32,
    /// Sessions with a turn, or inside.
    pub inside: u32,
    /// Seats sold.
    pub sold: u32,
}

/// What a finished world leaves.
pub struct Finished<O> {
    /// The observer, having heard everything.
    pub observer: O,
    /// The fingerprint over all facts.
    pub fingerprint: Fingerprint,
    /// When the last event was handled.
    pub ended_at: Time,
    /// How many sessions there were.
    pub sessions: u32,
    /// Requests still being served, or kept open in silence, when the drain was cut.
    pub undrained: usize,
}

impl<O: Observer> World<O> {
    /// Builds the world of a plan; `agenda` gets its first messages.
    pub fn new(plan: Plan, seeds: &Seeds, observer: O, agenda: &mut Agenda) -> World<O> {
        let draws = Draws::new(seeds);
        let crowd = Crowd::new(&plan.roster, |person| sessions_of(&plan, &draws, person));
        let mut sim = sim::Sim::new(plan, draws, crowd, observer);
        let (plan, sessions) = (&sim.plan, sim.crowd.len());
        let people = People::new(plan, &sim.crowd);
        let edge = Edge::new(plan, sessions);
        let line = Line::new(plan, &sim.draws, sessions);
        let shop = Shop::new(plan, &sim.draws);
        let tables = Tables::new(plan, sessions);
        let operator = Operator::new(&plan.operator);
        let drained_by = super::finish::drain_bound(plan);
        let roster = &plan.roster;
        agenda.push(Message::Open.entry(roster.opens_at, 0, 0, 0));
        agenda.push(Message::Close.entry(roster.closes_at, 0, 0, 0));
        sim.polls_matter = Operator::counts_replies(&plan.operator) || people.callers.exist();
        sim.call_backs.places_are_shared = line.identities.may_meet();
        let mut world = World { sim, people, edge, line, shop, tables, operator, drained_by };
        world.schedule_operator(agenda);
        world.schedule_faults(agenda);
        world.schedule_scaling(agenda);
        for cohort in 0..world.sim.plan.cohorts.len() {
            world.people.schedule_arrival(&mut world.sim, cohort, agenda);
        }
        world
    }

    /// How far the run has come.
    pub fn progress(&self) -> Progress {
        Progress {
            now: self.sim.now,
            arrived: self.people.arrived,
            inside: self.tables.active.len(),
            sold: self.shop.inventory.sold(),
        }
    }

    /// A message about a row that is another request by now is stale.
    fn live_row(&mut self, entry: Entry) -> Option<RequestRef> {
        let request = RequestRef { slot: entry.entity(), generation: entry.attempt() };
        self.tables.requests.get_mut(request).map(|_| request)
    }

    fn syn_again(&mut self, entry: Entry, agenda: &mut Agenda) {
        let (slot, attempt) = (entry.entity(), entry.attempt());
        let passed = self.edge.syn_again(&mut self.sim, &mut self.tables, slot, attempt, agenda);
        if let Some((inbound, passage)) = passed {
            self.pass(inbound, passage, agenda);
        }
    }

    fn rate_allows(&mut self, entry: Entry, agenda: &mut Agenda) {
        let (slot, attempt) = (entry.entity(), entry.attempt());
        let passed = self.edge.rate_allows(&mut self.sim, &mut self.tables, slot, attempt, agenda);
        if let Some((inbound, passage)) = passed {
            self.pass(inbound, passage, agenda);
        }
    }

    fn time_out_upstream(&mut self, entry: Entry, agenda: &mut Agenda) {
        let Some(request) = self.live_row(entry) else { return };
        let next = self.edge.time_out_upstream(&mut self.sim, &mut self.tables, request.slot, agenda);
        if let Some(next) = next {
            self.go_on(next, agenda);
        }
    }

    fn abort(&mut self, entry: Entry, agenda: &mut Agenda) {
        if let Some(request) = self.live_row(entry) {
            self.edge.abort_at_edge(&mut self.sim, &mut self.tables, request.slot, agenda);
        }
    }

    fn open_sale(&mut self, agenda: &mut Agenda) {
        self.sim.record.fact(self.sim.now, Fact::Opened {});
        self.open_line(agenda);
    }

    fn close_sale(&mut self, agenda: &mut Agenda) {
        self.sim.record.fact(self.sim.now, Fact::Closed {});
        self.close_line(crate::protocol::Refusal::SaleClosed, agenda);
    }
}

impl<O: Observer> Model for World<O> {
    fn handle(&mut self, entry: Entry, agenda: &mut Agenda) {
        if entry.at() > self.drained_by {
            return;
        }
        self.sim.advance(entry);
        let session = SessionId(entry.entity());
        match Message::of(entry) {
            Message::Arrive => self.people.arrive(&mut self.sim, entry.entity() as usize, agenda),
            Message::Wake => self.wake(session, agenda),
            Message::Send => self.people.send_slow(&mut self.sim, session, entry.attempt(), agenda),
            Message::OpenTab => self.people.open_tab(&mut self.sim, session, agenda),
            Message::Edge(kind) => self.reach_edge(session, entry.attempt(), kind, agenda),
            Message::EdgeSent(kind) => self.reach_edge_sent(session, entry.attempt(), kind, agenda),
            Message::SynAgain => self.syn_again(entry, agenda),
            Message::RateAllows => self.rate_allows(entry, agenda),
            Message::Accept => self.accept_waiting(GatewayId(entry.entity() as u8), agenda),
            Message::Deliver(reply) => {
                self.people.deliver(&mut self.sim, session, entry.attempt(), reply, agenda);
            }
            Message::Open => self.open_sale(agenda),
            Message::Close => self.close_sale(agenda),
            Message::Operate => self.operate(entry.entity() as usize, agenda),
            Message::Look => self.look(agenda),
            Message::LookAtLoad => self.look_at_load(entry.entity(), agenda),
            Message::NodesReady => self.nodes_ready(entry.entity(), entry.attempt(), agenda),
            Message::News => self.people.news(&mut self.sim, session, entry.attempt(), agenda),
            Message::FaultBegins => self.begin_fault(entry.entity(), agenda),
            Message::FaultEnds => self.end_fault(entry.entity(), agenda),
            Message::Allowance => self.replenish(agenda),
            Message::PolicyActs => self.policy_acts(agenda),
            Message::Steer => self.steer(agenda),
            Message::Watch => self.watch_shop(agenda),
            Message::BudgetKnown => self.learn_budgets(agenda),
            Message::ExitReported => self.learn_of_exit(agenda),
            Message::TurnEnd => self.end_turn(entry.entity(), entry.attempt(), agenda),
            Message::HoldEnd => self.end_hold(entry.entity(), entry.attempt(), agenda),
            Message::StepEnd => self.end_step(entry.entity(), entry.attempt(), agenda),
            Message::ReservationEnd => self.end_unpaid(entry.entity(), agenda),
            Message::HeldPollEnd => {
                let request = RequestRef { slot: entry.entity(), generation: entry.attempt() };
                self.end_held_poll(request, agenda);
            }
            Message::HideTab => self.people.hide_tab(&mut self.sim, session, agenda),
            Message::SwitchNetwork => self.switch_network(session, agenda),
            Message::PlaceComes => self.place_comes(session, agenda),
            Message::MailRead => self.people.read_mail(&mut self.sim, session, entry.attempt(), agenda),
            Message::InsideCheck => self.check_inside(entry.entity(), entry.attempt(), agenda),
            Message::AskAgain => self.people.ask_again(&mut self.sim, session, entry.attempt(), agenda),
            Message::FlightEnds => self.end_flights(session, agenda),
            Message::Beat => self.people.beat(&mut self.sim, session, entry.attempt(), agenda),
            Message::ServiceDone => {
                if let Some(request) = self.live_row(entry) {
                    self.end_service(request.slot, agenda);
                }
            }
            Message::PaymentDone => {
                if let Some(request) = self.live_row(entry) {
                    self.end_payment(request.slot, agenda);
                }
            }
            Message::UpstreamTimer => self.time_out_upstream(entry, agenda),
            Message::Abort => self.abort(entry, agenda),
        }
        if !self.people.abandoned.is_empty() {
            self.abort_abandoned(agenda);
        }
    }

    fn prefetch(&self, entry: Entry) {
        if Message::is_of_session(entry) {
            self.sim.crowd.prefetch(SessionId(entry.entity()));
        }
    }
}
