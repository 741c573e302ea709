//! Gateways that come and go with the load. The ones that serve are always the first ones.

use crate::engine::Time;
use crate::model::backend::Sim;
use crate::model::backend::autoscale::Autoscaler;
use crate::model::backend::edge::Edge;
use crate::protocol::{GatewayId, Observer, SessionId};
use crate::scenario::Plan;
use crate::scenario::plan::Balancing;

/// How many gateways serve, and who keeps which.
pub(in crate::model) struct GatewayScaling {
    /// `None` where gateways stay.
    pub(in crate::model) scaler: Option<Autoscaler>,
    /// The gateway that each session keeps; empty where sessions keep none, or gateways stay.
    kept: Vec<u8>,
}

/// A session that keeps no gateway yet.
const NONE: u8 = u8::MAX;

impl GatewayScaling {
    pub(in crate::model) fn new(plan: &Plan, sessions: u32) -> GatewayScaling {
        let keep = plan.edge.autoscale.is_some() && plan.edge.balancing == Balancing::Sticky;
        GatewayScaling {
            scaler: plan.edge.autoscale.map(Autoscaler::new),
            kept: vec![NONE; if keep { sessions as usize } else { 0 }],
        }
    }

    /// Sessions keep their gateways while others come and go.
    pub(in crate::model) fn keeps_gateways(&self) -> bool {
        !self.kept.is_empty()
    }

    /// The gateway that a session keeps while it serves, else the one just drawn for it.
    pub(in crate::model) fn keep_gateway(&mut self, session: SessionId, drawn: u64, serving: u8) -> u64 {
        let kept = &mut self.kept[session.0 as usize];
        if *kept >= serving {
            *kept = u8::try_from(drawn).expect("at most 255 gateways");
        }
        u64::from(*kept)
    }

    /// More or less is in flight behind a gateway.
    #[inline]
    pub(in crate::model) fn note_in_flight(&mut self, now: Time, gateway: GatewayId, by: i64) {
        if let Some(scaler) = &mut self.scaler
            && u32::from(gateway.0) < scaler.serving()
        {
            scaler.load.shift(now, by);
        }
    }
}

impl Edge {
    /// So many gateways serve from now on, and what new ones knew before is gone.
    pub(in crate::model) fn serve_with_gateways<O: Observer, P>(&mut self, sim: &mut Sim<O, P>, serving: u8) {
        for new in (self.serving..serving).map(GatewayId) {
            self.forget_peers(sim, new);
            self.forget_load(sim, new);
        }
        self.serving = serving;
        let in_flight = self.gateways[..usize::from(serving)].iter().map(|gateway| gateway.in_flight).sum();
        let now = sim.now;
        if let Some(scaler) = &mut self.scaling.scaler {
            scaler.load.set(now, in_flight, u32::from(serving));
        }
    }
}
