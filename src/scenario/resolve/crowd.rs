//! Who comes: the cohorts as observers need them, their plans, and what they make possible.

use super::super::Scenario;
use super::super::caller::Caller;
use super::super::crowd::{AfterDecline, Arrivals, Begins, Cohort, Together};
use super::super::plan::{ArrivalsPlan, CohortPlan};
use super::{codes, giving_up, instant, network_class, operator, ranges, switches, trace, traits};
use crate::engine::random::name_hash;
use crate::engine::time::{Span, Time};
use crate::protocol::{BandId, CohortEntry, Possibility, Possible};
use crate::quantity::Positive;
use std::ops::Range;
use traits::cumulative;

/// The cohorts as observers need them.
pub(super) fn entries(scenario: &Scenario) -> Vec<CohortEntry> {
    let reference = reference(&scenario.crowd);
    let persons = ranges(scenario.crowd.iter().map(|cohort| cohort.count));
    let cohorts = scenario.crowd.iter().zip(persons).enumerate().map(|(i, (cohort, persons))| CohortEntry {
        name: cohort.name.clone(),
        persons,
        compare: cohort.compare,
        reference: reference == Some(i),
        is_bot: cohort.is_bot,
        band: band(scenario, cohort),
        wants: cohort.wants.get(),
    });
    cohorts.collect()
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

/// The plans of the cohorts, in the order of their entries.
pub(super) fn cohort_plans(scenario: &Scenario, entries: &[CohortEntry]) -> Vec<CohortPlan> {
    let address_ranges = ranges(scenario.crowd.iter().map(addresses));
    let account_ranges = ranges(scenario.crowd.iter().map(accounts));
    let mut cohorts: Vec<CohortPlan> = scenario
        .crowd
        .iter()
        .zip(entries)
        .zip(address_ranges.zip(account_ranges))
        .map(|((cohort, entry), (addresses, accounts))| {
            cohort_plan(scenario, cohort, entry, addresses, accounts.start)
        })
        .collect();
    switches::lay_out(scenario, &mut cohorts);
    codes::hand_out(scenario, &mut cohorts);
    cohorts
}

/// What those who come make possible.
pub(super) fn possible(scenario: &Scenario) -> Possible {
    let coming = scenario.crowd.iter().filter(|cohort| cohort.count > 0);
    let possible = coming.map(|cohort| {
        let network = network_class(scenario, &cohort.network);
        Possibility::ClientTimeout.when(cohort.timeout.is_some())
            | network.map(|class| class.possible()).unwrap_or_default()
            | cohort.caller.as_ref().map(Caller::possible).unwrap_or_default()
            | giving_up::possible(scenario, cohort)
            | switches::possible(scenario, cohort)
    });
    possible.collect()
}

fn cohort_plan(
    scenario: &Scenario, cohort: &Cohort, entry: &CohortEntry, addresses: Range<u32>, first_account: u32,
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
        background: cohort.background.clone(),
        first_account,
        accounts: cohort.accounts.get(),
        work: cohort.work.get(),
        wants: cohort.wants.get(),
        least: match cohort.together {
            Together::AsMany => 1,
            Together::All => cohort.wants.get(),
        },
        band: entry.band,
        patience: cohort.patience.clone(),
        giving_up: cohort.giving_up.as_ref().map(giving_up::plan),
        timeout: cohort.timeout.map(Positive::get),
        network: switches::network(&class),
        switches: None,
        first_code: None,
        choose: cohort.choose.clone(),
        fill_in: cohort.fill_in.clone(),
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
        return_after: cohort.on_announcement.paused.return_after.clone(),
        persist: cohort.on_announcement.keep_trying.persist.get(),
    }
}

fn arrivals(scenario: &Scenario, written: &Arrivals) -> ArrivalsPlan {
    let or_opening = |at: Option<Span>| instant(at.unwrap_or(scenario.opens_at));
    match written {
        Arrivals::Spike(spike) => {
            ArrivalsPlan::Spike { at: or_opening(spike.at), jitter: spike.jitter.clone() }
        }
        Arrivals::LoungeFill(fill) => {
            ArrivalsPlan::LoungeFill { until: or_opening(fill.until), lead: fill.lead.clone() }
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
            delay: announced.delay.clone(),
        },
    }
}

/// How many addresses a cohort has.
pub(super) fn addresses(cohort: &Cohort) -> u32 {
    cohort.count.div_ceil(cohort.persons_per_address.get()).saturating_mul(u32::from(cohort.addresses.get()))
}

/// How many accounts a cohort has.
pub(super) fn accounts(cohort: &Cohort) -> u32 {
    cohort.count.saturating_mul(u32::from(cohort.accounts.get()))
}
