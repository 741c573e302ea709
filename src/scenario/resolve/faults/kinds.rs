//! The faults, one by one: what each is called, what can be wrong with its settings, what they become in the plan, and what
//! they make possible.

use super::super::super::Scenario;
use super::super::super::faults::{
    ClockSkew, ErrorBurst, GatewayCrash, LatencyBurst, LossBurst, Lossy, LostMessages, Partition,
    PaymentOutage, SessionStoreWiped, StaleBudget, StationDown, StationSlow,
};
use super::super::super::line::WaitingRoom;
use super::super::super::plan::{Broken, Machines};
use super::super::super::services::Service;
use super::super::backend::station_of;
use super::super::check::Found;
use super::super::{shop, written_line};
use super::{Breaks, check_gateway, check_machines, check_networks, needs_a_line};
use crate::engine::time::Span;
use crate::protocol::{GatewayId, Incident, Possibility, Possible};
use crate::quantity::Positive;

impl Breaks for StationSlow {
    fn part(&self) -> Option<String> {
        Some(self.station.name().to_owned())
    }

    fn label(&self) -> String {
        format!("{} slow", self.station.name())
    }

    fn check(&self, scenario: &Scenario, path: &str, found: &mut Found) {
        check_machines(scenario, self.station, self.peer, path, found);
    }

    fn plan(&self, scenario: &Scenario) -> Option<Broken> {
        let machines = machines(scenario, self.station, self.peer)?;
        Some(Broken::StationSlow { machines, factor: self.factor.get() })
    }
}

impl Breaks for StationDown {
    fn part(&self) -> Option<String> {
        Some(self.station.name().to_owned())
    }

    fn label(&self) -> String {
        format!("{} down", self.station.name())
    }

    fn check(&self, scenario: &Scenario, path: &str, found: &mut Found) {
        check_machines(scenario, self.station, self.peer, path, found);
    }

    fn plan(&self, scenario: &Scenario) -> Option<Broken> {
        machines(scenario, self.station, self.peer).map(Broken::StationDown)
    }

    fn possible(&self, scenario: &Scenario) -> Possible {
        let forgets = shop::forgets_with(scenario, self.station, self.peer);
        Possible::from(Possibility::BadGateway)
            | Possibility::StockLoss.when(forgets)
            | Possibility::Oversell.when(forgets)
    }
}

impl Breaks for GatewayCrash {
    fn part(&self) -> Option<String> {
        self.gateway.map(|gateway| gateway.to_string())
    }

    fn label(&self) -> String {
        match self.gateway {
            Some(gateway) => format!("gateway {gateway} down"),
            None => "gateways down".to_owned(),
        }
    }

    fn check(&self, scenario: &Scenario, path: &str, found: &mut Found) {
        check_gateway(scenario, self.gateway, path, found);
    }

    fn plan(&self, _: &Scenario) -> Option<Broken> {
        Some(Broken::GatewayCrash(self.gateway.map(GatewayId)))
    }

    fn possible(&self, _: &Scenario) -> Possible {
        Possibility::ConnectionClosed.into()
    }
}

impl Breaks for PaymentOutage {
    fn label(&self) -> String {
        "payment outage".to_owned()
    }

    fn check(&self, _: &Scenario, _: &str, _: &mut Found) {}

    fn plan(&self, _: &Scenario) -> Option<Broken> {
        Some(Broken::PaymentOutage)
    }

    fn possible(&self, _: &Scenario) -> Possible {
        Possibility::ServiceUnavailable.into()
    }
}

impl Breaks for LossBurst {
    fn label(&self) -> String {
        "losses".to_owned()
    }

    fn check(&self, scenario: &Scenario, path: &str, found: &mut Found) {
        check_networks(scenario, self.networks.as_deref(), path, found);
        if self.up == 0.0 && self.down == 0.0 {
            found.error(path, "nothing is lost", "give `up`, `down`, or both a share");
        }
    }

    fn plan(&self, scenario: &Scenario) -> Option<Broken> {
        let cohorts = cohorts_on(scenario, self.networks.as_deref());
        Some(Broken::LossBurst { cohorts, up: self.up.get(), down: self.down.get() })
    }

    fn possible(&self, _: &Scenario) -> Possible {
        Possibility::RequestLoss.when(self.up > 0.0) | Possibility::ReplyLoss.when(self.down > 0.0)
    }
}

impl Breaks for LatencyBurst {
    fn label(&self) -> String {
        "slow network".to_owned()
    }

    fn check(&self, scenario: &Scenario, path: &str, found: &mut Found) {
        check_networks(scenario, self.networks.as_deref(), path, found);
        if self.add.is_none() && self.factor == 1.0 {
            found.error(path, "nothing takes longer", "write a `factor` other than 1, or what to `add`");
        }
    }

    fn plan(&self, scenario: &Scenario) -> Option<Broken> {
        Some(Broken::LatencyBurst {
            cohorts: cohorts_on(scenario, self.networks.as_deref()),
            factor: self.factor.get(),
            add: self.add.clone(),
        })
    }
}

impl Breaks for ErrorBurst {
    fn part(&self) -> Option<String> {
        Some(self.station.name().to_owned())
    }

    fn label(&self) -> String {
        format!("{} errors", self.station.name())
    }

    fn check(&self, scenario: &Scenario, path: &str, found: &mut Found) {
        check_machines(scenario, self.station, self.peer, path, found);
    }

    fn plan(&self, scenario: &Scenario) -> Option<Broken> {
        let machines = machines(scenario, self.station, self.peer)?;
        Some(Broken::ErrorBurst { machines, share: self.share.get() })
    }

    fn possible(&self, _: &Scenario) -> Possible {
        Possibility::ServerError.into()
    }
}

impl Breaks for Partition {
    fn part(&self) -> Option<String> {
        self.station.map(|station| station.name().to_owned())
    }

    fn label(&self) -> String {
        match self.station {
            Some(station) => format!("{} cut off", station.name()),
            None => "clients cut off".to_owned(),
        }
    }

    fn check(&self, scenario: &Scenario, path: &str, found: &mut Found) {
        match (&self.networks, self.station) {
            (None, None) => found.error(
                path,
                "nothing is cut off",
                "name the clients' `networks`, or the `station` that gateways cannot reach",
            ),
            (Some(_), Some(_)) => found.error(
                path,
                "a partition lies before the gateways or behind them, and this names both",
                "write two faults",
            ),
            (Some(networks), None) => {
                check_networks(scenario, Some(networks), path, found);
                if self.gateway.is_some() {
                    found.error(
                        format!("{path}.gateway"),
                        "clients are cut off from the whole edge",
                        "leave the gateway out, or name the `station` that it cannot reach",
                    );
                }
            }
            (None, Some(station)) => {
                check_machines(scenario, station, None, path, found);
                check_gateway(scenario, self.gateway, path, found);
                if scenario.edge.upstream_timeout.is_none() {
                    found.warning(
                        path,
                        "no timer ends the requests that vanish: they hang until their clients leave",
                        "set `edge.upstream_timeout`",
                    );
                    found.because_of(&["edge"]);
                }
            }
        }
    }

    fn plan(&self, scenario: &Scenario) -> Option<Broken> {
        Some(match self.station {
            Some(station) => Broken::Partition {
                gateway: self.gateway.map(GatewayId),
                station: station_of(scenario, station)?,
            },
            None => Broken::LossBurst {
                cohorts: cohorts_on(scenario, self.networks.as_deref()),
                up: 1.0,
                down: 1.0,
            },
        })
    }

    fn possible(&self, _: &Scenario) -> Possible {
        let clients = self.networks.is_some();
        Possibility::RequestLoss.when(clients) | Possibility::ReplyLoss.when(clients)
    }
}

impl Breaks for SessionStoreWiped {
    fn label(&self) -> String {
        "sessions lost".to_owned()
    }

    fn check(&self, scenario: &Scenario, path: &str, found: &mut Found) {
        needs_a_line(scenario, path, "it has no sessions to forget", found);
    }

    fn plan(&self, _: &Scenario) -> Option<Broken> {
        Some(Broken::SessionStoreWiped(self.share.get()))
    }

    fn possible(&self, scenario: &Scenario) -> Possible {
        Possibility::SessionStoreWiped.when(written_line(scenario).is_some())
    }
}

impl Breaks for LostMessages {
    fn label(&self) -> String {
        "messages lost".to_owned()
    }

    fn check(&self, scenario: &Scenario, path: &str, found: &mut Found) {
        if self.messages.is_empty() {
            let remedy = "name `goodbyes`, `heartbeats` or `payment_results`";
            found.error(format!("{path}.messages"), "there is none", remedy);
        }
        let line = scenario.waiting_room.as_ref();
        for (i, message) in self.messages.iter().enumerate() {
            let path = format!("{path}.messages[{i}]");
            if self.messages[..i].contains(message) {
                found.error(path, "this is named already", "name each once");
            } else if *message == Lossy::Heartbeats && line.is_none_or(|line| line.heartbeat.is_none()) {
                let remedy = "declare `waiting_room.heartbeat`, or leave it out here";
                found.warning(path, "no page sends heartbeats", remedy);
                found.because_of(&["waiting_room"]);
            }
        }
    }

    fn plan(&self, _: &Scenario) -> Option<Broken> {
        Some(Broken::LostMessages { messages: self.messages.clone(), share: self.share.get() })
    }
}

impl Breaks for StaleBudget {
    fn label(&self) -> String {
        "budget stale".to_owned()
    }

    fn check(&self, scenario: &Scenario, path: &str, found: &mut Found) {
        needs_a_line(scenario, path, "there is no budget", found);
        let limits = |line: &WaitingRoom| line.total_active.is_some() || line.new_per_minute.is_some();
        if scenario.waiting_room.as_ref().is_some_and(|line| !limits(line)) {
            let remedy = "set `waiting_room.total_active` or `waiting_room.new_per_minute`";
            found.warning(path, "there is no limit to overshoot", remedy);
            found.because_of(&["waiting_room"]);
        }
    }

    fn plan(&self, _: &Scenario) -> Option<Broken> {
        Some(Broken::StaleBudget(self.locations.get()))
    }

    fn possible(&self, scenario: &Scenario) -> Possible {
        Possibility::BudgetOvershoot.when(written_line(scenario).is_some())
    }
}

impl Breaks for ClockSkew {
    fn part(&self) -> Option<String> {
        self.gateway.map(|gateway| gateway.to_string())
    }

    fn label(&self) -> String {
        "clock wrong".to_owned()
    }

    fn check(&self, scenario: &Scenario, path: &str, found: &mut Found) {
        check_gateway(scenario, self.gateway, path, found);
        match (self.ahead, self.behind) {
            (Some(_), Some(_)) => {
                found.error(path, "a clock is ahead or behind, and this says both", "write one of the two");
            }
            (None, None) => {
                found.error(
                    path,
                    "the clock is right",
                    "write `ahead` or `behind`, such as \"ahead\": \"2m\"",
                );
            }
            (Some(_), None) | (None, Some(_)) => {}
        }
        needs_a_line(scenario, path, "nothing is dated", found);
    }

    fn plan(&self, _: &Scenario) -> Option<Broken> {
        Some(Broken::ClockSkew {
            gateway: self.gateway.map(GatewayId),
            ahead: self.ahead.map_or(Span::ZERO, Positive::get),
            behind: self.behind.map_or(Span::ZERO, Positive::get),
        })
    }

    fn possible(&self, scenario: &Scenario) -> Possible {
        let dates = written_line(scenario).is_some();
        Possibility::Incident(Incident::JoinMisdated).when(dates)
            | Possibility::Incident(Incident::TurnMisdated).when(dates && self.ahead.is_some())
    }
}

/// The machines of a service, if it is declared.
fn machines(scenario: &Scenario, service: Service, peer: Option<u8>) -> Option<Machines> {
    station_of(scenario, service).map(|station| Machines { station, peer })
}

/// The cohorts on these network classes, by index; on any, where none is named.
fn cohorts_on(scenario: &Scenario, networks: Option<&[String]>) -> Vec<usize> {
    let hit = |network: &String| networks.is_none_or(|named| named.contains(network));
    (0..scenario.crowd.len()).filter(|&index| hit(&scenario.crowd[index].network)).collect()
}
