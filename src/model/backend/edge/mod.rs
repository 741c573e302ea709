//! The edge: the balancer, the gateways and what each refuses, and which machine behind it a request is sent to.

pub(in crate::model) mod account;
pub(in crate::model) mod balance;
pub(in crate::model) mod crash;
pub(in crate::model) mod gateway;
pub(in crate::model) mod limiter;
pub(in crate::model) mod listener;
pub(in crate::model) mod long_poll;
pub(in crate::model) mod overload;
pub(in crate::model) mod peers;
pub(in crate::model) mod scaling;
pub(in crate::model) mod upstream;
pub(in crate::model) mod withheld_reply;

use crate::overload::Control;
use crate::scenario::Plan;
use account::Accounts;
use gateway::Gateway;
use limiter::Limiter;
use listener::PendingConnections;
use long_poll::HeldPolls;
use peers::Upstream;
use scaling::GatewayScaling;

/// All gateways and what stands before them.
pub(in crate::model) struct Edge {
    pub(in crate::model) gateways: Vec<Gateway>,
    /// So many of them serve, the first ones; the others have not begun yet, or finish what they have.
    pub(in crate::model) serving: u8,
    pub(in crate::model) scaling: GatewayScaling,
    /// Requests spread over the gateways in turn so far.
    pub(in crate::model) balanced: u64,
    /// A gateway has limits of its own before it accepts, or one is down.
    pub(in crate::model) has_listener_limits: bool,
    pub(in crate::model) pending: PendingConnections,
    pub(in crate::model) limiter: Option<Limiter>,
    pub(in crate::model) accounts: Option<Accounts>,
    /// The overload control of each gateway; empty where there is none.
    pub(in crate::model) controls: Vec<Box<dyn Control>>,
    /// What each gateway knows of the peers of each station; empty where no station has several.
    pub(in crate::model) upstreams: Vec<Upstream>,
    pub(in crate::model) held_polls: HeldPolls,
}

impl Edge {
    pub(in crate::model) fn new(plan: &Plan, sessions: u32) -> Edge {
        let edge = &plan.edge;
        Edge {
            gateways: vec![Gateway::default(); usize::from(edge.gateways)],
            serving: edge.serving,
            scaling: GatewayScaling::new(plan, sessions),
            balanced: 0,
            has_listener_limits: edge.has_door(),
            pending: PendingConnections::default(),
            limiter: edge.rate_limit.map(|limit| Limiter::new(limit, edge.addresses)),
            accounts: edge.account_limit.map(|limit| Accounts::new(limit, edge.accounts)),
            controls: overload::controls(edge),
            upstreams: Upstream::all(plan),
            held_polls: HeldPolls::default(),
        }
    }
}
