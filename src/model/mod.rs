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
//! [`World::handle`] is the table of contents: one arm for each message. An actor's state lives in its own
//! file, beside the `impl World` block that executes its messages. Actors exchange messages, or act within
//! one instant; observers hear facts and cannot speak. What is known at one instant about a later one (a
//! reply's fate, once the network has drawn it) is acted on at once, with the later time on the facts: a poll
//! that changes nothing is one event.

mod account;
mod announce;
mod arrivals;
mod asking;
mod autoscale;
mod background;
mod balance;
mod breakdown;
mod budget;
mod call_back;
mod callers;
mod client;
mod codes;
mod contention;
mod control;
mod crash;
mod crowd;
mod door;
mod faults;
mod features;
mod finish;
mod gateway;
mod giving_up;
mod heartbeat;
mod identity;
mod inside;
mod inventory;
mod limiter;
mod long_poll;
mod luck;
mod memory;
mod message;
mod network;
mod newcomer;
mod operator;
mod orders;
mod outflow;
mod pause;
mod payment;
mod places_later;
mod provider;
mod request;
mod reverify;
mod scaling;
mod screen;
mod seat_map;
mod seats;
mod silence;
mod station;
mod steps;
mod switches;
mod tabs;
mod telemetry;
mod turn;
mod upstream;
mod waiting_room;

use crate::admission::Setting;
use crate::behavior::Behavior;
use crate::engine::fingerprint::Fingerprint;
use crate::engine::random::Seeds;
use crate::engine::{Agenda, Entry, Model, Time};
use crate::overload::Control;
use crate::protocol::{Fact, Observer, PersonId, SessionId};
use crate::scenario::Plan;
use account::Accounts;
use announce::Audience;
use arrivals::Arrivals;
use background::HiddenTabs;
use call_back::CallBacks;
use callers::Callers;
use codes::Codes;
use contention::Contention;
use crowd::Crowd;
use door::Porch;
use features::Features;
use gateway::Gateway;
use giving_up::Borne;
use heartbeat::Beacons;
use identity::Identities;
use inside::Insiders;
use limiter::Limiter;
use long_poll::HeldPolls;
use luck::Luck;
use memory::Unwritten;
use message::Message;
use newcomer::LeftPlaces;
use operator::Operator;
use orders::Orders;
use pause::Pauses;
use payment::Reservation;
use places_later::Awaiting;
use provider::Provider;
use request::{RequestRef, Requests};
use reverify::Proofs;
use scaling::Scaling;
use seat_map::SeatMaps;
use seats::Inventory;
use station::Machine;
use steps::Deadlines;
use switches::Switches;
use upstream::Upstream;
use waiting_room::WaitingRoom;

/// Everything that acts, and the observer that listens.
pub struct World<O> {
    plan: Plan,
    luck: Luck,
    behaviors: Vec<Box<dyn Behavior>>,
    arrivals: Vec<Arrivals>,
    crowd: Crowd,
    callers: Callers,
    gateways: Vec<Gateway>,
    /// So many of them serve, the first ones; the others have not begun yet, or finish what they have.
    serving: u8,
    scaling: Scaling,
    /// Requests spread over the gateways in turn so far.
    balanced: u64,
    /// A gateway has limits of its own before it accepts, or one is down.
    has_door: bool,
    porch: Porch,
    limiter: Option<Limiter>,
    accounts: Option<Accounts>,
    /// The overload control of each gateway; empty where there is none.
    controls: Vec<Box<dyn Control>>,
    line: Option<WaitingRoom>,
    held_polls: HeldPolls,
    identities: Identities,
    left_places: LeftPlaces,
    awaiting: Awaiting,
    features: Features,
    hidden_tabs: HiddenTabs,
    borne: Borne,
    switches: Switches,
    codes: Codes,
    call_backs: CallBacks,
    proofs: Proofs,
    beacons: Beacons,
    insiders: Insiders,
    requests: Requests,
    /// The machines of all stations, in order.
    machines: Vec<Machine>,
    /// What each gateway knows of the peers of each station; empty where no station has several.
    upstreams: Vec<Upstream>,
    inventory: Inventory,
    contention: Contention,
    unwritten: Unwritten,
    deadlines: Deadlines,
    seat_maps: SeatMaps,
    provider: Provider,
    /// Orders that stand without a payment, in order; none where their deadline has passed.
    reserved: Vec<Option<Reservation>>,
    operator: Operator,
    orders: Orders,
    pauses: Pauses,
    audience: Audience,
    /// Somebody minds polls that change nothing: gateways count their replies, the page has notices, or programs count
    /// their calls.
    polls_matter: bool,
    record: Record<O>,
    arrived: u32,
    now: Time,
    /// The session that the present message is about, and its stream entity: asked for several times an event.
    present: (SessionId, u64),
    /// After this instant the run is cut, whatever is still under way.
    drained_by: Time,
}

/// Where facts go: into the fingerprint, and to the observer.
struct Record<O> {
    fingerprint: Fingerprint,
    observer: O,
}

impl<O: Observer> Record<O> {
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "where a fact is recorded it is known which one, and little is left to do"
    )]
    fn fact(&mut self, at: Time, fact: Fact) {
        self.fingerprint.add(at, fact.words());
        self.observer.hear(at, &fact);
    }
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
        let luck = Luck::new(seeds);
        let crowd = Crowd::new(&plan.roster, |person| arrivals::sessions_of(&plan, &luck, person));
        let identities = Identities::new(&plan, crowd.len());
        let left_places = LeftPlaces::new(&plan, crowd.len());
        let minds_polls = identities.may_meet() || left_places.are_possible();
        let callers = Callers::new(&plan, &crowd);
        let names: Vec<String> = plan.roster.cohorts.iter().map(|cohort| cohort.name.clone()).collect();
        let mut world = World {
            behaviors: plan.cohorts.iter().map(|cohort| cohort.behavior.build()).collect(),
            arrivals: plan.cohorts.iter().map(Arrivals::new).collect(),
            gateways: vec![Gateway::default(); usize::from(plan.edge.gateways)],
            serving: plan.edge.serving,
            scaling: Scaling::new(&plan, crowd.len()),
            balanced: 0,
            has_door: plan.edge.has_door(),
            porch: Porch::default(),
            limiter: plan.edge.rate_limit.map(|limit| Limiter::new(limit, plan.edge.addresses)),
            line: plan.line.as_ref().and_then(|line| {
                let setting = Setting {
                    luck: luck.of_admission(),
                    opens_at: plan.roster.opens_at,
                    grace: line.grace,
                    cohorts: &names,
                };
                WaitingRoom::new(line, &setting, minds_polls)
            }),
            identities,
            accounts: plan.edge.account_limit.map(|limit| Accounts::new(limit, plan.edge.accounts)),
            controls: control::controls(&plan.edge),
            left_places,
            awaiting: Awaiting::new(&plan, crowd.len()),
            held_polls: HeldPolls::default(),
            features: Features::new(&plan, crowd.len()),
            hidden_tabs: HiddenTabs::new(&plan, crowd.len()),
            borne: Borne::new(&plan, crowd.len()),
            switches: Switches::new(&plan, crowd.len()),
            codes: Codes::new(&plan, crowd.len()),
            call_backs: CallBacks::new(&plan, crowd.len()),
            proofs: Proofs::new(plan.line.as_ref(), crowd.len()),
            beacons: Beacons::new(plan.line.as_ref(), crowd.len()),
            insiders: Insiders::default(),
            requests: Requests::default(),
            machines: Machine::all(&plan, &luck),
            upstreams: Upstream::all(&plan),
            inventory: Inventory::new(&plan.roster, &plan.inventory),
            contention: Contention::default(),
            unwritten: Unwritten::default(),
            deadlines: Deadlines::default(),
            seat_maps: SeatMaps::new(&plan),
            provider: Provider::new(plan.payment.capacity),
            reserved: Vec::new(),
            polls_matter: Operator::counts_replies(&plan.operator) || callers.exist(),
            callers,
            operator: Operator::new(&plan.operator),
            orders: Orders::new(&plan),
            pauses: Pauses::default(),
            audience: Audience::new(&plan),
            record: Record { fingerprint: Fingerprint::new(), observer },
            arrived: 0,
            now: Time::ZERO,
            present: (SessionId(u32::MAX), 0),
            drained_by: finish::drain_bound(&plan),
            luck,
            crowd,
            plan,
        };
        agenda.push(Message::Open.entry(world.plan.roster.opens_at, 0, 0, 0));
        agenda.push(Message::Close.entry(world.plan.roster.closes_at, 0, 0, 0));
        world.schedule_operator(agenda);
        world.schedule_faults(agenda);
        world.schedule_scaling(agenda);
        for cohort in 0..world.plan.cohorts.len() {
            world.schedule_arrival(cohort, agenda);
        }
        world
    }

    /// How far the run has come.
    pub fn progress(&self) -> Progress {
        Progress {
            now: self.now,
            arrived: self.arrived,
            inside: self.insiders.len(),
            sold: self.inventory.sold(),
        }
    }

    /// The stream entity of a person: (hash of the cohort's name, index in it).
    fn entity(&self, person: PersonId, cohort: usize) -> u64 {
        let cohort = &self.plan.cohorts[cohort];
        crate::engine::random::entity(cohort.name_hash, u64::from(person.0 - cohort.persons.start))
    }

    #[inline]
    fn entity_of(&self, session: SessionId) -> u64 {
        if self.present.0 == session { self.present.1 } else { self.entity_of_another(session) }
    }

    /// Of a session that the present message is not about: rare, and long beside the usual look.
    #[inline(never)]
    fn entity_of_another(&self, session: SessionId) -> u64 {
        self.entity(self.crowd.person(session), self.crowd.row(session).cohort())
    }

    /// Pushes a message about a session.
    #[inline]
    fn post(&self, message: Message, at: Time, session: SessionId, attempt: u32, agenda: &mut Agenda) {
        let tie = self.luck.tie(self.entity_of(session), self.crowd.row(session).tab(), attempt);
        agenda.push(message.entry(at, tie, session.0, attempt));
    }

    /// Pushes a message about a request row; its tie is its session's and attempt's.
    fn post_row(&self, message: Message, at: Time, request: RequestRef, agenda: &mut Agenda) {
        let row = self.requests.at(request.slot);
        let tie = self.luck.tie(row.ask.person, row.ask.tab, row.attempt);
        agenda.push(message.entry(at, tie, request.slot, request.generation));
    }

    /// A message about a row that is another request by now is stale.
    fn live_row(&mut self, entry: Entry) -> Option<RequestRef> {
        let request = RequestRef { slot: entry.entity(), generation: entry.attempt() };
        self.requests.get_mut(request).map(|_| request)
    }

    fn open_sale(&mut self, agenda: &mut Agenda) {
        self.record.fact(self.now, Fact::Opened {});
        self.open_line(agenda);
    }

    fn close_sale(&mut self, agenda: &mut Agenda) {
        self.record.fact(self.now, Fact::Closed {});
        self.close_line(crate::protocol::Refusal::SaleClosed, agenda);
    }
}

impl<O: Observer> Model for World<O> {
    fn handle(&mut self, entry: Entry, agenda: &mut Agenda) {
        if entry.at() > self.drained_by {
            return;
        }
        self.now = entry.at();
        let session = SessionId(entry.entity());
        if Message::is_of_session(entry) {
            self.present =
                (session, self.entity(self.crowd.person(session), self.crowd.row(session).cohort()));
        }
        match Message::of(entry) {
            Message::Arrive => self.arrive(entry.entity() as usize, agenda),
            Message::Wake => self.wake(session, agenda),
            Message::Send => self.send_slow(session, entry.attempt(), agenda),
            Message::OpenTab => self.open_tab(session, agenda),
            Message::Edge(kind) => self.reach_edge(session, entry.attempt(), kind, agenda),
            Message::EdgeSent(kind) => self.reach_edge_sent(session, entry.attempt(), kind, agenda),
            Message::SynAgain => self.syn_again(entry.entity(), entry.attempt(), agenda),
            Message::RateAllows => self.rate_allows(entry.entity(), entry.attempt(), agenda),
            Message::Accept => self.accept_waiting(crate::protocol::GatewayId(entry.entity() as u8), agenda),
            Message::Deliver(reply) => self.deliver(session, entry.attempt(), reply, agenda),
            Message::Open => self.open_sale(agenda),
            Message::Close => self.close_sale(agenda),
            Message::Operate => self.operate(entry.entity() as usize, agenda),
            Message::Look => self.look(agenda),
            Message::LookAtLoad => self.look_at_load(entry.entity(), agenda),
            Message::NodesReady => self.nodes_ready(entry.entity(), entry.attempt(), agenda),
            Message::News => self.news(session, entry.attempt(), agenda),
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
            Message::ReservationEnd => self.end_reservation(entry.entity(), agenda),
            Message::HeldPollEnd => {
                let request = RequestRef { slot: entry.entity(), generation: entry.attempt() };
                self.end_held_poll(request, agenda);
            }
            Message::HideTab => self.hide_tab(session, agenda),
            Message::SwitchNetwork => self.switch_network(session, agenda),
            Message::PlaceComes => self.place_comes(session, agenda),
            Message::MailRead => self.read_mail(session, entry.attempt(), agenda),
            Message::InsideCheck => self.check_inside(entry.entity(), entry.attempt(), agenda),
            Message::Beat => self.beat(session, entry.attempt(), agenda),
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
            Message::UpstreamTimer => {
                if let Some(request) = self.live_row(entry) {
                    self.time_out_upstream(request.slot, agenda);
                }
            }
            Message::Abort => {
                if let Some(request) = self.live_row(entry) {
                    self.abort_at_edge(request.slot, agenda);
                }
            }
        }
    }

    fn prefetch(&self, entry: Entry) {
        if Message::is_of_session(entry) {
            self.crowd.prefetch(SessionId(entry.entity()));
        }
    }
}
