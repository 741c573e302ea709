//! The origin services behind the edge, and which request goes to which.

use super::autoscale::Autoscale;
use crate::discipline;
use crate::engine::sample::Sampler;
use crate::quantity::{AtLeastOne, Count, Positive};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The origin services; one that is not declared takes no time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Services {
    /// Checks codes and accounts at the join. Default: null, takes no time.
    pub verify: Option<Station>,
    /// Serves seat maps and takes holds. Default: null, takes no time.
    pub inventory: Option<Station>,
    /// Serves the checkout and orders. Default: null, takes no time.
    pub checkout: Option<Station>,
}

/// A service with servers and a queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Station {
    /// How many requests it serves at a time, 1 or more.
    pub servers: Count<u32, 1>,
    /// How their number follows the load; `servers` is what the sale begins with. Only with a single peer. Default: null, it
    /// stays.
    #[serde(default)]
    pub autoscale: Option<Autoscale>,
    /// How long one request takes.
    pub service: Sampler,
    /// How many requests may wait; beyond it 503 is answered. Default: null, any number.
    #[serde(default)]
    pub queue: Option<u32>,
    /// Whom it serves next. Default: `fifo`, whether or not the client still waits.
    #[serde(default)]
    pub discipline: discipline::Config,
    /// How services grow longer the more requests are at the station. Default: null, they do not.
    #[serde(default)]
    pub slowdown: Option<Slowdown>,
    /// How many machines there are, 1 to 32: identical peers, each with `servers` servers and a queue of its own.
    /// Gateways spread requests over them (`edge.upstream`). Default: 1.
    #[serde(default = "one_peer")]
    pub peers: Count<u8, 1, 32>,
}

/// How services grow longer under load. A service that begins while n requests are at the station (in service and
/// waiting, itself included) takes its drawn time times 1 + `per_request` x max(0, n - `beyond`), at most times `most`.
/// With `beyond` 1 that is the contention term of the Universal Scalability Law (N. J. Gunther, "Guerrilla Capacity
/// Planning", 2007).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Slowdown {
    /// What each request beyond `beyond` adds, as a share of the drawn time, more than 0.
    pub per_request: Positive<f64>,
    /// So many requests at the station slow nothing. Default: null, as many as it has servers at that time.
    #[serde(default)]
    pub beyond: Option<u32>,
    /// No service takes more than this many times its drawn time, 1 or more. Default: 10, an assumption.
    #[serde(default = "tenfold")]
    pub most: AtLeastOne,
}

impl Slowdown {
    /// By what a service is multiplied that begins while so many requests are at a machine with so many servers, itself
    /// included.
    pub fn factor(&self, requests: u32, servers: u32) -> f64 {
        let beyond = requests.saturating_sub(self.beyond.unwrap_or(servers));
        (1.0 + self.per_request.get() * f64::from(beyond)).min(self.most.get())
    }
}

fn one_peer() -> Count<u8, 1, 32> {
    Count::of(1)
}

fn tenfold() -> AtLeastOne {
    AtLeastOne::of(10.0)
}

/// Which service serves which kind of request; goodbyes and heartbeats are never served by one. Null is the default named at
/// each key, and takes no time where that service is not declared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Route {
    /// The page of the sale. Default: null, none.
    pub open_page: Option<Target>,
    /// Joining the line. Default: null, `verify`.
    pub join: Option<Target>,
    /// Asking for one's place. Default: null, none.
    pub poll: Option<Target>,
    /// Proving again, while in line, that one is still entitled. Default: null, `verify`.
    pub reverify: Option<Target>,
    /// The seat map. Default: null, `inventory`.
    pub seat_map: Option<Target>,
    /// Taking seats. Default: null, `inventory`.
    pub hold: Option<Target>,
    /// Opening the checkout. Default: null, `checkout`.
    pub checkout: Option<Target>,
    /// Paying. Default: null, `checkout`.
    pub pay: Option<Target>,
}

/// Where a kind of request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The service that checks codes and accounts.
    Verify,
    /// The service of seat maps and holds.
    Inventory,
    /// The service of the checkout and orders.
    Checkout,
    /// No service: it takes no time.
    None,
}

impl Target {
    /// The name, as scenarios write it.
    pub const fn name(self) -> &'static str {
        match self {
            Target::Verify => "verify",
            Target::Inventory => "inventory",
            Target::Checkout => "checkout",
            Target::None => "none",
        }
    }
}

/// A service that can be declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// Checks codes and accounts.
    Verify,
    /// Serves seat maps and takes holds.
    Inventory,
    /// Serves the checkout and orders.
    Checkout,
}

impl Service {
    /// The name, as scenarios write it.
    pub const fn name(self) -> &'static str {
        match self {
            Service::Verify => "verify",
            Service::Inventory => "inventory",
            Service::Checkout => "checkout",
        }
    }
}

impl Station {
    /// How many requests all its peers together serve at a time.
    pub fn servers_of_all_peers(&self) -> u32 {
        self.servers.saturating_mul(u32::from(self.peers.get()))
    }
}

impl Services {
    /// The settings of a service, if it is declared.
    pub fn declared(&self, service: Service) -> Option<&Station> {
        match service {
            Service::Verify => self.verify.as_ref(),
            Service::Inventory => self.inventory.as_ref(),
            Service::Checkout => self.checkout.as_ref(),
        }
    }

    /// The services in the order of their identities, declared or not.
    pub fn all(&self) -> [(&'static str, Option<&Station>); 3] {
        [
            ("verify", self.verify.as_ref()),
            ("inventory", self.inventory.as_ref()),
            ("checkout", self.checkout.as_ref()),
        ]
    }
}
