//! What can be wrong with the stock and the payment provider.

use super::super::diagnose::printable;
use super::super::inventory::{Concurrency, DeadlineWhilePaying, Selection, Sharded, WhenNoneFree};
use super::super::operator::{Action, Orders};
use super::super::payment::{Late, Payment};
use super::super::{NAMES_MAX, SEATS_MAX, Scenario};
use super::check::Found;
use super::{faults, route};
use crate::protocol::{Kind, Possibility};

pub(super) fn check_inventory(scenario: &Scenario, found: &mut Found) {
    let inventory = &scenario.inventory;
    let bands = &inventory.bands;
    found.names(bands.iter().map(|band| band.name.as_str()), |i| format!("inventory.bands[{i}].name"));
    if bands.is_empty() || bands.len() > NAMES_MAX {
        found.error(
            "inventory.bands",
            format!("there are {} bands", bands.len()),
            format!("write 1 to {NAMES_MAX}"),
        );
    }
    for (i, band) in bands.iter().enumerate().filter(|(_, band)| band.seats == 0) {
        let problem = format!("the band \"{}\" has no seats", printable(&band.name));
        found.error(format!("inventory.bands[{i}].seats"), problem, "write 1 or more, or remove the band");
    }
    let seats: u64 = bands.iter().map(|band| u64::from(band.seats)).sum();
    if seats > SEATS_MAX {
        let problem = format!("all bands together have {seats} seats");
        found.error("inventory.bands", problem, format!("keep them to {SEATS_MAX} together"));
    }
    check_steps(scenario, found);
    check_concurrency(scenario, found);
    if matches!(inventory.selection, Selection::PickASeat(_)) {
        check_picks(scenario, found);
    }
}

/// Deadlines that can never be met, or never come.
fn check_steps(scenario: &Scenario, found: &mut Found) {
    let inventory = &scenario.inventory;
    let Some(choose) = inventory.choose_within else { return };
    if let Some(buy) = inventory.buy_within.filter(|buy| *buy <= choose) {
        let problem = format!("whoever takes {choose} to choose is put out before, after {buy}");
        found.warning(
            "inventory.choose_within",
            problem,
            "write a shorter time, or a longer `inventory.buy_within`",
        );
        found.because_of(&["inventory.buy_within"]);
    }
    if let Some(room) = scenario.waiting_room.as_ref().filter(|room| room.turn_validity <= choose) {
        let problem = format!("a turn of {} ends before {choose} to choose have passed", room.turn_validity);
        let remedy = "write a shorter time, or a longer `waiting_room.turn_validity`";
        found.warning("inventory.choose_within", problem, remedy);
        found.because_of(&["waiting_room.turn_validity"]);
    }
}

fn check_picks(scenario: &Scenario, found: &mut Found) {
    const PATH: &str = "inventory.selection.pick_a_seat";
    let inventory = &scenario.inventory;
    if inventory.when_none_free == WhenNoneFree::Wait {
        let problem = "whoever picks a seat cannot wait for any to come back";
        found.error(
            PATH,
            problem,
            "write `inventory.when_none_free`: {\"retry\": {}}, or \"best_available\"",
        );
        found.because_of(&["inventory.when_none_free"]);
    }
    if matches!(inventory.concurrency, Concurrency::Sharded(_)) {
        let problem = "a seat that is picked lies in one shard, whoever asks for it";
        found.error(PATH, problem, "write `inventory.concurrency`: \"atomic\", or \"best_available\"");
        found.because_of(&["inventory.concurrency"]);
    }
}

fn check_concurrency(scenario: &Scenario, found: &mut Found) {
    const PATH: &str = "inventory.concurrency";
    match scenario.inventory.concurrency {
        Concurrency::Atomic => return,
        Concurrency::Sharded(sharded) => return check_shards(scenario, sharded, found),
        Concurrency::Unsafe(_) => check_no_cancellation(scenario, found),
        Concurrency::Optimistic(_) | Concurrency::Serialised(_) => {}
        Concurrency::PreDeduct(_) => {
            check_no_cancellation(scenario, found);
            let may_lose = faults::possible(scenario).has(Possibility::StockLoss);
            if route(scenario)[Kind::Hold as usize].is_some() && !may_lose {
                let problem = "the service that takes holds never goes down, so nothing is lost";
                found.warning(PATH, problem, "write a fault `station_down` for all of it, or \"atomic\"");
                return found.because_of(&["faults"]);
            }
        }
    }
    if route(scenario)[Kind::Hold as usize].is_none() {
        let problem = "no service takes holds, so they take no time, and nothing comes in between";
        found.warning(PATH, problem, "declare `services.inventory`, or write \"atomic\"");
        found.because_of(&["services", "route.hold"]);
    }
}

/// Whose seat is it, if one of those to whom it was sold loses the order?
fn check_no_cancellation(scenario: &Scenario, found: &mut Found) {
    let mut actions = scenario.operator.iter().flat_map(|rule| &rule.actions);
    let cancels = |action: &Action| matches!(action, Action::SettleOrders(settle) if matches!(settle.orders, Orders::Cancel(_)));
    if actions.any(cancels) {
        let problem = "orders are cancelled, and a seat may be sold to several";
        found.error("inventory.concurrency", problem, "write \"atomic\", or let orders stand");
        found.because_of(&["operator"]);
    }
}

fn check_shards(scenario: &Scenario, sharded: Sharded, found: &mut Found) {
    const PATH: &str = "inventory.concurrency.sharded.shards";
    let shards = sharded.shards;
    let smallest =
        scenario.inventory.bands.iter().filter(|band| band.seats > 0).min_by_key(|band| band.seats);
    if let Some(band) = smallest.filter(|band| band.seats < u32::from(shards.get())) {
        let name = printable(&band.name);
        let problem = format!("the {} seats of \"{name}\" are not enough for {shards} shards", band.seats);
        found.error(PATH, problem, "write at most as many shards as the smallest band has seats");
        found.because_of(&["inventory.bands"]);
    }
}

pub(super) fn check_payment(scenario: &Scenario, found: &mut Found) {
    let payment = &scenario.payment;
    let inventory = &scenario.inventory;
    let (path, hold) = match inventory.hold_when_paying {
        Some(hold) => ("inventory.hold_when_paying", hold),
        None => ("inventory.hold", inventory.hold),
    };
    if hold < payment.timeout {
        found.warning(
            path,
            format!("a hold of {hold} can end while a payment waits for its timeout of {}", payment.timeout),
            "make the hold longer than `payment.timeout`",
        );
        found.because_of(&["payment.timeout"]);
    }
    check_late(scenario, found);
    check_challenge(payment, found);
    check_keys(scenario, found);
    check_unpaid(scenario, found);
}

/// A hold that waits for its payment is lost before the answer only where pages are dropped for want of a heartbeat.
fn check_late(scenario: &Scenario, found: &mut Found) {
    let waits = scenario.inventory.deadline_while_paying == DeadlineWhilePaying::Wait;
    let drops = scenario.waiting_room.as_ref().is_some_and(|room| room.heartbeat.is_some());
    if scenario.payment.late != Late::Confirm && waits && !drops {
        let problem = "no answer of the provider comes too late: seats wait for the end of a payment";
        let remedy = "write `inventory.deadline_while_paying`: \"strip\", or remove this";
        found.warning("payment.late", problem, remedy);
        found.because_of(&["inventory.deadline_while_paying"]);
    }
}

fn check_challenge(payment: &Payment, found: &mut Found) {
    const PATH: &str = "payment.challenge";
    let Some(challenge) = &payment.challenge else { return };
    if challenge.share == 0.0 {
        let remedy = "give it a share, or write null for no challenge";
        found.warning(format!("{PATH}.share"), "nobody is ever asked for a proof", remedy);
    }
}

fn check_keys(scenario: &Scenario, found: &mut Found) {
    const PATH: &str = "payment.idempotency";
    let Some(idempotency) = &scenario.payment.idempotency else { return };
    let path = format!("{PATH}.kept_for");
    let hold = scenario.inventory.hold;
    if idempotency.kept_for < hold {
        let problem = format!(
            "a hold of {hold} outlives its key: who pays again after {} is charged again",
            idempotency.kept_for
        );
        found.warning(path, problem, "keep keys for longer than `inventory.hold`");
        found.because_of(&["inventory.hold"]);
    }
}

fn check_unpaid(scenario: &Scenario, found: &mut Found) {
    const PATH: &str = "payment.unpaid";
    let Some(unpaid) = &scenario.payment.unpaid else { return };
    let left = scenario.horizon_or_default().as_us().saturating_sub(scenario.opens_at.as_us());
    if unpaid.after.as_us() >= left {
        let problem = format!("seats that come back after {} come when the evening is over", unpaid.after);
        found.warning(format!("{PATH}.after"), problem, "write a shorter time, or a later `horizon`");
        found.because_of(&["horizon", "opens_at"]);
    }
}
