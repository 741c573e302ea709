//! Autoscaling: what can be wrong with it, and what it resolves to.

use super::super::Scenario;
use super::super::autoscale::Autoscale;
use super::super::edge::Edge;
use super::super::plan::AutoscalePlan;
use super::super::services::Station;
use super::check::Found;
use crate::overload;
use crate::quantity::Count;

/// Most gateways: their identities are bytes, and one number is kept for none.
const GATEWAYS_MAX: u32 = 255;

pub(super) fn check_gateways(scenario: &Scenario, found: &mut Found) {
    const PATH: &str = "edge.autoscale";
    let edge = &scenario.edge;
    let Some(autoscale) = &edge.autoscale else { return };
    check(scenario, autoscale, PATH, found);
    check_beginning(autoscale, u32::from(edge.gateways.get()), "edge.gateways", found);
    if autoscale.max > GATEWAYS_MAX {
        let problem = format!("{} gateways are too many", autoscale.max);
        found.error(format!("{PATH}.max"), problem, format!("write at most {GATEWAYS_MAX}"));
    }
    let Some(capacity) = capacity(edge) else {
        let problem = "gateways take any number of requests at a time: there is no share of it to be in use";
        found.error(PATH, problem, "set `edge.concurrency`, or remove this");
        found.because_of(&["edge.concurrency", "edge.connections"]);
        return;
    };
    if let Some(overload::Config::FixedLimit(fixed)) = &edge.overload {
        let most = f64::from(fixed.limit) / f64::from(capacity);
        let enough = autoscale.target.get() * (1.0 + autoscale.tolerance.get());
        if most <= enough {
            let problem = format!(
                "the overload control lets {} of {capacity} requests be in flight, so the share in use never passes \
                 {enough:.2} and no gateway is ever added",
                fixed.limit
            );
            found.warning(format!("{PATH}.target"), problem, "write a lower target, or a higher limit");
            found.because_of(&["edge.overload", "edge.concurrency", "edge.connections"]);
        }
    }
}

pub(super) fn check_servers(scenario: &Scenario, station: &Station, path: &str, found: &mut Found) {
    let Some(autoscale) = &station.autoscale else { return };
    check(scenario, autoscale, &format!("{path}.autoscale"), found);
    check_beginning(autoscale, station.servers.get(), &format!("{path}.servers"), found);
    if station.peers > 1 {
        let problem =
            format!("there are {} peers, and only the servers of a single machine change", station.peers);
        found.error(
            format!("{path}.autoscale"),
            problem,
            "write 1 peer with all the servers, or remove this",
        );
        found.because_of(&[&format!("{path}.peers")]);
    }
}

/// What is the same for gateways and for servers.
fn check(scenario: &Scenario, autoscale: &Autoscale, path: &str, found: &mut Found) {
    if autoscale.max < autoscale.min {
        let problem = format!("{} at most is less than {} at least", autoscale.max, autoscale.min);
        found.error(format!("{path}.max"), problem, "write `min` or more");
    } else if autoscale.max == autoscale.min {
        let problem = format!("there are always {}: nothing changes", autoscale.max);
        found.warning(format!("{path}.max"), problem, "write more than `min`, or remove `autoscale`");
        found.because_of(&[&format!("{path}.min")]);
    }
    let horizon = scenario.horizon_or_default();
    if autoscale.look_every >= horizon {
        let problem = format!("the horizon {horizon} comes before the first look");
        found.warning(format!("{path}.look_every"), problem, "write less, or a later `horizon`");
        found.because_of(&["horizon", "opens_at"]);
    } else if autoscale.lead_time >= horizon - autoscale.look_every {
        let problem =
            format!("the horizon {horizon} comes before anything that the first look orders is ready");
        found.warning(format!("{path}.lead_time"), problem, "write less, or a later `horizon`");
        found.because_of(&["horizon", "opens_at", &format!("{path}.look_every")]);
    }
}

/// What the sale begins with is what autoscaling begins with.
fn check_beginning(autoscale: &Autoscale, begins: u32, path: &str, found: &mut Found) {
    let (min, max) = (autoscale.min.get(), autoscale.max.get());
    if min <= max && !(min..=max).contains(&begins) {
        let problem = format!("the sale begins with {begins}, and autoscaling keeps to {min} to {max}");
        found.error(path, problem, format!("write {min} to {max}"));
    }
}

/// What one gateway can have in flight; `None`: any number.
fn capacity(edge: &Edge) -> Option<u32> {
    let both = [edge.concurrency.map(Count::get), edge.connections.map(|connections| connections.get() / 2)];
    both.into_iter().flatten().min()
}

/// How many gateways there may ever be.
pub(super) fn gateways_at_most(edge: &Edge) -> u8 {
    let most = edge.autoscale.as_ref().map_or(0, |autoscale| autoscale.max.get().min(GATEWAYS_MAX) as u8);
    edge.gateways.get().max(most)
}

pub(super) fn of_gateways(edge: &Edge) -> Option<AutoscalePlan> {
    let autoscale = edge.autoscale.as_ref()?;
    Some(plan(autoscale, u32::from(edge.gateways.get()), capacity(edge)?))
}

pub(super) fn of_servers(station: &Station) -> Option<AutoscalePlan> {
    station.autoscale.as_ref().map(|autoscale| plan(autoscale, station.servers.get(), 1))
}

fn plan(autoscale: &Autoscale, begins: u32, capacity: u32) -> AutoscalePlan {
    AutoscalePlan {
        begins,
        min: autoscale.min.get(),
        max: autoscale.max.get(),
        capacity,
        target_ppm: millionths(autoscale.target.get()).max(1),
        tolerance_ppm: millionths(autoscale.tolerance.get()),
        look_every: autoscale.look_every.get(),
        lead_time: autoscale.lead_time,
        scale_down_after: autoscale.scale_down_after,
    }
}

/// A share of 0 to 1.
fn millionths(share: f64) -> u32 {
    (share * 1e6).round() as u32
}
