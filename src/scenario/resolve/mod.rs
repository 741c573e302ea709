//! Stage two: what is meant, checked, and resolved to integers, identities and compiled distributions.

mod autoscale;
mod backend;
mod call_back;
mod check;
mod check_backend;
mod check_crowd;
mod check_discipline;
mod check_edge;
mod check_gate;
mod check_line;
mod check_operator;
mod check_shop;
mod codes;
mod disturbances;
mod edge;
mod expect;
mod faults;
mod giving_up;
mod identity;
mod line;
mod operator;
mod shop;
mod switches;
mod trace;
mod traits;

pub use check::check;
pub(in crate::scenario) use faults::Breaks;

use super::caller::Caller;
use super::crowd::{AfterDecline, Arrivals, Begins, Cohort};
use super::edge::Refusal;
use super::faults::Fault;
use super::inventory::{Concurrency, Selection};
use super::line::{RefusalStyle, WaitingRoom};
use super::network::Class;
use super::operator::{Action, Orders};
use super::plan::{ArrivalsPlan, BackgroundPlan, CohortPlan, ExpectationPlan};
use super::services::Target;
use super::switches::Switches;
use super::{Plan, Scenario};
use crate::admission::{self, Capabilities};
use crate::engine::random::name_hash;
use crate::engine::sample::Sampler;
use crate::engine::time::{Span, Time};
use crate::protocol::{BandEntry, BandId, CohortEntry, Kind, Risks, Roster, StationEntry, StationId};
use crate::quantity::{Count, Positive};
use disturbances::disturbances;
use std::ops::Range;
use traits::cumulative;

/// What will run of a scenario in which [`check`] found no error.
pub(super) fn resolve(scenario: &Scenario) -> Plan {
    let expectations = expect::expectation_plans(scenario);
    let instant_queries = expectations.iter().filter_map(ExpectationPlan::question).collect();
    let roster = Roster { instant_queries, ..roster(scenario) };
    let address_ranges = ranges(scenario.crowd.iter().map(addresses));
    let account_ranges = ranges(scenario.crowd.iter().map(accounts));
    let mut cohorts: Vec<CohortPlan> = scenario
        .crowd
        .iter()
        .zip(&roster.cohorts)
        .zip(address_ranges.zip(account_ranges))
        .map(|((cohort, entry), (addresses, accounts))| {
            cohort_plan(scenario, cohort, entry, addresses, accounts.start)
        })
        .collect();
    switches::lay_out(scenario, &mut cohorts);
    codes::hand_out(scenario, &mut cohorts);
    Plan {
        seed: scenario.seed,
        work_differs: scenario.crowd.iter().any(|cohort| cohort.work != 1.0),
        cohorts,
        edge: edge::edge_plan(scenario),
        line: written_line(scenario).map(|room| line::line_plan(scenario, room)),
        stations: backend::station_plans(scenario),
        route: route(scenario),
        inventory: shop::inventory_plan(scenario),
        payment: shop::payment_plan(scenario),
        operator: operator::operator_plan(scenario),
        expectations,
        faults: scenario.faults.iter().filter_map(|fault| faults::fault_plan(scenario, fault)).collect(),
        roster,
    }
}

/// The class of networks that a cohort names: one that is listed, else one that always exists.
pub fn network_class(scenario: &Scenario, name: &str) -> Option<Class> {
    let listed = scenario.network.iter().find(|class| class.name == name);
    listed.cloned().or_else(|| Class::built_in(name))
}

/// The waiting room, unless its policy is to have none.
fn written_line(scenario: &Scenario) -> Option<&WaitingRoom> {
    scenario.waiting_room.as_ref().filter(|room| !matches!(room.policy, admission::Config::None(_)))
}

fn instant(since_start: Span) -> Time {
    Time::from_us(since_start.as_us())
}

/// Consecutive ranges of these lengths; the checks have kept their sum far below 2^32.
fn ranges(lengths: impl Iterator<Item = u32>) -> impl Iterator<Item = Range<u32>> {
    let mut next = 0;
    lengths.map(move |length| {
        let start = next;
        next += length;
        start..next
    })
}

fn roster(scenario: &Scenario) -> Roster {
    let horizon = scenario.horizon_or_default();
    let reference = reference(&scenario.crowd);
    let persons = ranges(scenario.crowd.iter().map(|cohort| cohort.count));
    let cohorts = scenario.crowd.iter().zip(persons).enumerate().map(|(i, (cohort, persons))| CohortEntry {
        name: cohort.name.clone(),
        persons,
        compare: cohort.compare,
        reference: reference == Some(i),
        is_bot: cohort.is_bot,
        band: band(scenario, cohort),
    });
    let seats = ranges(scenario.inventory.bands.iter().map(|band| band.seats));
    let bands = scenario.inventory.bands.iter().zip(seats);
    let stations = scenario.services.all().into_iter().filter_map(|(name, station)| {
        station.map(|station| StationEntry {
            name: name.to_owned(),
            servers: station.servers_of_all_peers(),
            limited: station.queue.is_some() || gives_up_writing(scenario, name),
            sheds: station.discipline.sheds(),
        })
    });
    let line = written_line(scenario);
    Roster {
        opens_at: instant(scenario.opens_at),
        closes_at: instant(scenario.closes_at.unwrap_or(horizon)),
        horizon: instant(horizon),
        cohorts: cohorts.collect(),
        persons: scenario.crowd.iter().map(|cohort| cohort.count).sum(),
        gateways: autoscale::gateways_at_most(&scenario.edge),
        stations: stations.collect(),
        bands: bands.map(|(band, seats)| BandEntry { name: band.name.clone(), seats }).collect(),
        seats: scenario.inventory.bands.iter().map(|band| band.seats).sum(),
        has_line: line.is_some(),
        new_per_minute: line.and_then(|line| line.new_per_minute.map(Count::get)),
        poll_interval: line.map_or(WaitingRoom::default().poll_interval.get(), |line| {
            line.long_poll.map_or(Span::ZERO, Positive::get) + line.poll_interval
        }),
        operator: operator::names(&scenario.operator),
        faults: scenario.faults.iter().map(Fault::name).collect(),
        retry_after: scenario.edge.retry_after.map(Positive::get),
        risks: risks(scenario),
        disturbances: disturbances(scenario),
        instant_queries: Vec::new(),
    }
}

/// Requests for seats may be refused at this station after their last attempt to write.
fn gives_up_writing(scenario: &Scenario, station: &str) -> bool {
    let optimistic = matches!(scenario.inventory.concurrency, Concurrency::Optimistic(_));
    let (written, default) = written_route(scenario, Kind::Hold);
    optimistic && written.unwrap_or(default).name() == station
}

/// Which incidents can happen at all.
fn risks(scenario: &Scenario) -> Risks {
    let crowd = || scenario.crowd.iter().filter(|cohort| cohort.count > 0);
    let [loss_up, loss_down] = losses(scenario);
    let edge = &scenario.edge;
    let rated = edge.rate_limit.is_some() || edge.account_limit.is_some();
    let limits = edge.concurrency.is_some() || rated || edge.overload.is_some();
    // With an accept queue requests wait instead, and refusals may be told by silence.
    let busy = edge.concurrency.is_some() && edge.backlog.is_none() || edge.overload.is_some();
    let gateway_503 = busy && edge.refusal == Refusal::Explicit;
    let services = || scenario.services.all().into_iter().filter_map(|(_, station)| station);
    let faults = |hits: fn(&Fault) -> bool| scenario.faults.iter().any(hits);
    let done = |is: fn(&Action) -> bool| scenario.operator.iter().flat_map(|rule| &rule.actions).any(is);
    let line = written_line(scenario);
    let capabilities = line.map_or_else(Capabilities::default, |line| line.policy.capabilities());
    let evicts = capabilities.evicts || line.is_some_and(|line| line.reverify.is_some());
    Risks {
        upstream_timer: upstream_timers(scenario),
        gateway_503,
        overload_control: edge.overload.is_some(),
        account_lock: edge.account_limit.as_ref().is_some_and(|limit| limit.lock.is_some()),
        gateway_429: rated && edge.refusal == Refusal::Explicit,
        syn_drop: edge.backlog.is_some(),
        // Nobody waits for the answer to a goodbye: it is closed where others are held open.
        close: edge.connections.is_some()
            || limits && edge.refusal != Refusal::Explicit
            || faults(|fault| fault.gateway_crash.is_some()),
        bad_gateway: services().any(|station| station.peers > 1)
            || faults(|fault| fault.station_down.is_some()),
        unavailable: gateway_503 || may_be_unavailable(scenario),
        server_error: faults(|fault| fault.error_burst.is_some()),
        silence: limits && edge.refusal == Refusal::HoldOpen
            || evicts && line.is_some_and(|line| line.refusal != RefusalStyle::Explicit),
        retry_denied: crowd().any(|cohort| cohort.caller.as_ref().is_some_and(Caller::denies_retries)),
        failed_fast: crowd().any(|cohort| cohort.caller.as_ref().is_some_and(Caller::stops_requests)),
        next_peer_denied: edge.upstream.retry_budget.is_some() && services().any(|station| station.peers > 1),
        eviction: evicts,
        restoration: capabilities.restores,
        set_apart: capabilities.assesses_joins,
        queue_switch: capabilities.switches,
        call_back: line.is_some_and(|line| line.call_back.is_some()),
        no_newcomers: done(|action| matches!(action, Action::CloseToNewcomers(_))),
        heartbeat: line.is_some_and(|line| line.heartbeat.is_some()),
        client_timeout: crowd().any(|cohort| cohort.timeout.is_some()),
        loss_up,
        loss_down,
        decline: scenario.payment.decline > 0.0,
        incidents: identity::incidents(scenario),
        leaving: giving_up::possible(scenario),
        code_guessing: codes::may_be_guessed(scenario),
        network_switch: roaming(scenario).next().is_some(),
        cancellation: done(cancels_orders),
        forgetting: line.is_some() && faults(|fault| fault.session_store_wiped.is_some()),
        overshoot: line
            .is_some_and(|line| line.locations.is_some() || faults(|fault| fault.stale_budget.is_some())),
        provider_queue: scenario.payment.capacity.is_some(),
        provider_error: scenario.payment.error > 0.0,
        challenge: scenario.payment.challenge.is_some(),
        payment_key: scenario.payment.idempotency.is_some(),
        unpaid: scenario.payment.unpaid.is_some(),
        oversell: matches!(scenario.inventory.concurrency, Concurrency::Unsafe(_))
            || check_shop::loses_stock(scenario),
        choose_deadline: scenario.inventory.choose_within.is_some(),
        buy_deadline: scenario.inventory.buy_within.is_some(),
        stock_loss: check_shop::loses_stock(scenario),
        write_conflict: matches!(scenario.inventory.concurrency, Concurrency::Optimistic(_)),
        shards: matches!(scenario.inventory.concurrency, Concurrency::Sharded(_)),
        picks: matches!(scenario.inventory.selection, Selection::PickASeat(_)),
        stock_lock: matches!(scenario.inventory.concurrency, Concurrency::Serialised(_)),
    }
}

/// By the kind of request. Holds and payments can take longer than their service, and wait upstream even where there is
/// none.
fn upstream_timers(scenario: &Scenario) -> [bool; Kind::ALL.len()] {
    let timer = scenario.edge.upstream_timeout.is_some();
    let forwarded = route(scenario);
    Kind::ALL
        .map(|kind| timer && (forwarded[kind as usize].is_some() || matches!(kind, Kind::Hold | Kind::Pay)))
}

/// Something behind the gateways may answer 503.
fn may_be_unavailable(scenario: &Scenario) -> bool {
    let mut services = scenario.services.all().into_iter().filter_map(|(_, station)| station);
    let mut actions = scenario.operator.iter().flat_map(|rule| &rule.actions);
    matches!(scenario.inventory.concurrency, Concurrency::Optimistic(_))
        || services.any(|station| station.queue.is_some() || station.discipline.sheds())
        || scenario.faults.iter().any(|fault| fault.payment_outage.is_some())
        || actions.any(|action| matches!(action, Action::Pause(_)))
}

/// Whether messages can be lost on the way up, and on the way down.
fn losses(scenario: &Scenario) -> [bool; 2] {
    let crowd = scenario.crowd.iter().filter(|cohort| cohort.count > 0);
    let names = crowd.map(|cohort| &cohort.network).chain(roaming(scenario).map(|switches| &switches.to));
    let classes: Vec<Class> = names.filter_map(|name| network_class(scenario, name)).collect();
    let bursts = || scenario.faults.iter().filter_map(|fault| fault.loss_burst.as_ref());
    [
        classes.iter().any(|class| class.loss_up > 0.0) || bursts().any(|burst| burst.up > 0.0),
        classes.iter().any(|class| class.loss_down > 0.0) || bursts().any(|burst| burst.down > 0.0),
    ]
}

/// How people change to another network, where some do.
fn roaming(scenario: &Scenario) -> impl Iterator<Item = &Switches> {
    let crowd = scenario.crowd.iter().filter(|cohort| cohort.count > 0);
    crowd.filter_map(|cohort| cohort.network_switches.as_ref()).filter(|switches| switches.share > 0.0)
}

fn cancels_orders(action: &Action) -> bool {
    matches!(action, Action::SettleOrders(settle) if matches!(settle.orders, Orders::Cancel(_)))
}

/// The cohort that the others are measured against: the one that says so, else the first compared.
fn reference(crowd: &[Cohort]) -> Option<usize> {
    let named = crowd.iter().position(|cohort| cohort.reference);
    named.or_else(|| crowd.iter().position(|cohort| cohort.compare))
}

fn band(scenario: &Scenario, cohort: &Cohort) -> Option<BandId> {
    let name = cohort.band.as_ref()?;
    let index = scenario.inventory.bands.iter().position(|band| band.name == *name)?;
    u8::try_from(index).ok().map(BandId)
}

fn cohort_plan(
    scenario: &Scenario,
    cohort: &Cohort,
    entry: &CohortEntry,
    addresses: Range<u32>,
    first_account: u32,
) -> CohortPlan {
    let class = network_class(scenario, &cohort.network).expect("checked: the class exists");
    CohortPlan {
        name_hash: name_hash(&cohort.name),
        persons: entry.persons.clone(),
        arrivals: arrivals(scenario, &cohort.arrivals),
        sessions: cumulative(&cohort.sessions),
        open_after: cohort.open_after.map(Positive::get),
        tabs_per_device: cohort.tabs_per_device.get(),
        cookieless: cohort.cookieless.get(),
        traits: traits::plan(cohort),
        background: cohort.background.as_ref().map(|background| BackgroundPlan {
            share: background.share.get(),
            after: Sampler::new(&background.after),
            lasts: Sampler::new(&background.lasts),
            throttled: background.throttled.get(),
        }),
        first_account,
        accounts: cohort.accounts.get(),
        work: cohort.work.get(),
        wants: cohort.wants.get(),
        band: entry.band,
        patience: cohort.patience.as_ref().map(Sampler::new),
        giving_up: cohort.giving_up.as_ref().map(giving_up::plan),
        timeout: cohort.timeout.map(Positive::get),
        network: switches::network(&class),
        switches: None,
        first_code: None,
        choose: Sampler::new(&cohort.choose),
        fill_in: Sampler::new(&cohort.fill_in),
        abandon: cohort.abandon.get(),
        first_address: addresses.start,
        addresses: addresses.len() as u32 / u32::from(cohort.addresses.get()),
        addresses_each: u32::from(cohort.addresses.get()),
        flagged: cohort.flagged.get(),
        calls_the_shop: cohort.begins == Begins::Hold,
        again_after_decline: cohort.after_decline == AfterDecline::Again,
        behavior: cohort.behavior.clone(),
        auto_reload: cohort.auto_reload,
        caller: cohort.caller.clone(),
        leave_when_paused: cohort.on_announcement.paused.leave.get(),
        wait_when_paused: cohort.on_announcement.paused.wait,
        return_after: Sampler::new(&cohort.on_announcement.paused.return_after),
        persist: cohort.on_announcement.keep_trying.persist.get(),
    }
}

fn arrivals(scenario: &Scenario, written: &Arrivals) -> ArrivalsPlan {
    let or_opening = |at: Option<Span>| instant(at.unwrap_or(scenario.opens_at));
    match written {
        Arrivals::Spike(spike) => {
            ArrivalsPlan::Spike { at: or_opening(spike.at), jitter: Sampler::new(&spike.jitter) }
        }
        Arrivals::LoungeFill(fill) => {
            ArrivalsPlan::LoungeFill { until: or_opening(fill.until), lead: Sampler::new(&fill.lead) }
        }
        Arrivals::Poisson(stream) => ArrivalsPlan::Rates {
            pieces: vec![(or_opening(stream.from), stream.per_second.get())],
            until: Time::MAX,
        },
        Arrivals::Rates(rates) => ArrivalsPlan::Rates {
            pieces: rates.pieces.iter().map(|piece| (instant(piece.from), piece.per_second.get())).collect(),
            until: rates.until.map_or(Time::MAX, instant),
        },
        Arrivals::Trace(written) => trace::plan(written),
        Arrivals::Announced(announced) => ArrivalsPlan::Announced {
            rule: operator::named(&scenario.operator, &announced.rule).expect("checked: the rule exists"),
            delay: Sampler::new(&announced.delay),
        },
    }
}

/// How many addresses a cohort has.
fn addresses(cohort: &Cohort) -> u32 {
    cohort.count.div_ceil(cohort.persons_per_address.get()).saturating_mul(u32::from(cohort.addresses.get()))
}

/// How many accounts a cohort has.
fn accounts(cohort: &Cohort) -> u32 {
    cohort.count.saturating_mul(u32::from(cohort.accounts.get()))
}

/// What is written for a kind of request, and where it goes if nothing is.
fn written_route(scenario: &Scenario, kind: Kind) -> (Option<Target>, Target) {
    let route = &scenario.route;
    match kind {
        Kind::OpenPage => (route.open_page, Target::None),
        Kind::Join => (route.join, Target::Verify),
        Kind::Poll => (route.poll, Target::None),
        Kind::SeatMap => (route.seat_map, Target::Inventory),
        Kind::Hold => (route.hold, Target::Inventory),
        Kind::Checkout => (route.checkout, Target::Checkout),
        Kind::Pay => (route.pay, Target::Checkout),
        Kind::Reverify => (route.reverify, Target::Verify),
        Kind::Leave | Kind::Heartbeat => (None, Target::None),
    }
}

fn route(scenario: &Scenario) -> [Option<StationId>; Kind::ALL.len()] {
    Kind::ALL.map(|kind| station_id(scenario, served_by(scenario, kind)))
}

/// The name of the service, declared or not, that serves this kind of request; "none" is none.
fn served_by(scenario: &Scenario, kind: Kind) -> &'static str {
    let (written, default) = written_route(scenario, kind);
    written.unwrap_or(default).name()
}

/// The declared service of this name.
fn station_id(scenario: &Scenario, name: &str) -> Option<StationId> {
    let declared = scenario.services.all().into_iter().filter(|(_, station)| station.is_some());
    let index = declared.map(|(name, _)| name).position(|other| other == name)?;
    u8::try_from(index).ok().map(StationId)
}
