//! Which peer of a station a gateway sends a request to (`peers.rs`), and to which next when that one fails. Modelled on
//! nginx's `proxy_next_upstream`: with no peer left the answer is 502 at once. A station with a single peer has none of
//! this.
//!
//! ```text
//!   request --> next peer that is up --refused, broken off, timed out, 503--> another, if `next_upstream` says so
//!                     |                                                          | none is up
//!                     v                                                          v
//!                   reply                                                       502
//! ```
//!
//! A request that goes to another peer gets a row of its own: the work of the peer before goes on in the old one. Left
//! out: weights, and nginx's slow return of a peer's weight after a failure.

use crate::engine::Agenda;
use crate::model::backend::Sim;
use crate::model::backend::Tables;
use crate::model::backend::edge::Edge;
use crate::model::backend::edge::gateway::Next;
use crate::model::backend::edge::peers::{Failing, Health, Upstream, is_retry, is_tried_again, second};
use crate::model::backend::requests::{Request, RequestRef};
use crate::model::sim::message::Message;
use crate::model::sim::words::Response;
use crate::protocol::{Cause, Emitter, Fact, GatewayId, Observer, Reply, StationId};

/// Where a request upstream has gone.
#[derive(Clone, Copy)]
pub(in crate::model) enum Sent {
    /// To this machine of the station.
    To(u8),
    /// A partition has swallowed it.
    Nowhere,
    /// To none: the gateway answers 502 for this reason.
    Failed(Cause),
}

impl Edge {
    fn upstream<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, gateway: GatewayId, station: StationId,
    ) -> &mut Upstream {
        &mut self.upstreams[gateway.index() * sim.plan.stations.len() + station.index()]
    }

    /// Whatever a gateway knew of peers is gone.
    pub(in crate::model) fn forget_peers<O: Observer, P>(&mut self, sim: &mut Sim<O, P>, gateway: GatewayId) {
        if self.upstreams.is_empty() {
            return;
        }
        if let Some(budget) = &sim.plan.edge.upstream.retry_budget {
            self.gateways[gateway.index()].retries = Some(budget.open());
        }
        for (index, station) in sim.plan.stations.iter().enumerate() {
            let place = gateway.index() * sim.plan.stations.len() + index;
            self.upstreams[place] = Upstream::of(station.peers);
        }
    }

    /// Which machine of a station a request is sent to: its only one, or the next that the gateway holds for up.
    pub(in crate::model) fn choose_machine<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, station: StationId, slot: u32,
    ) -> Sent {
        if sim.plan.stations[station.index()].peers > 1 {
            return self.choose_among_peers(sim, tables, station, slot);
        }
        if Self::dropped_by_partition(sim, tables, slot) {
            Sent::Nowhere
        } else if sim.is_down(station, 0) {
            Sent::Failed(Cause::UpstreamDown)
        } else {
            Sent::To(0)
        }
    }

    fn choose_among_peers<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, station: StationId, slot: u32,
    ) -> Sent {
        while let Some(peer) = self.choose_peer(sim, tables, station, slot) {
            if Self::dropped_by_partition(sim, tables, slot) {
                return Sent::Nowhere;
            }
            if !sim.is_down(station, peer) {
                return Sent::To(peer);
            }
            self.mark_failed(sim, tables, slot);
            if !self.has_another_try(sim, tables, slot, Failing::Refused) {
                return Sent::Failed(Cause::UpstreamDown);
            }
        }
        Sent::Failed(Cause::PeersDown)
    }

    fn choose_peer<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, station: StationId, slot: u32,
    ) -> Option<u8> {
        let Request { session, gateway, tried, .. } = *tables.requests.at(slot);
        let now_s = second(sim.now);
        let place = gateway.index() * sim.plan.stations.len() + station.index();
        let peer = self.upstreams[place].choose(tried, now_s, &sim.plan.edge.upstream)?;
        let request = tables.requests.at_mut(slot);
        request.station = station;
        request.peer = peer;
        request.tried |= 1 << peer;
        if tried != 0 {
            self.gateways[gateway.index()].retrying += u32::from(tried.is_power_of_two());
            let who = sim.crowd.who(session);
            sim.record.fact(sim.now, Fact::SentToNextPeer { who, station });
        } else if let Some(budget) = &sim.plan.edge.upstream.retry_budget {
            let balance = self.gateways[gateway.index()].retries.get_or_insert_with(|| budget.open());
            balance.first_try(budget, sim.now);
        }
        Some(peer)
    }

    /// Is there a peer that this request was not sent to, does this failure send it there, and is that paid for?
    fn has_another_try<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, failing: Failing,
    ) -> bool {
        let request = tables.requests.at(slot);
        let peers = u32::from(sim.plan.stations[request.station.index()].peers);
        request.tried.count_ones() < peers
            && is_tried_again(&sim.plan.edge.upstream, request.kind, failing)
            && self.pays_for_another_try(sim, tables, slot)
    }

    /// The gateway's budget, if it has one, pays for asking another peer.
    fn pays_for_another_try<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32,
    ) -> bool {
        let Request { session, gateway, station, tried, .. } = *tables.requests.at(slot);
        let plan = &sim.plan.edge.upstream;
        let gateway = &mut self.gateways[gateway.index()];
        let paid = if let Some(budget) = &plan.retry_budget {
            gateway.retries.get_or_insert_with(|| budget.open()).take(budget, sim.now)
        } else if let Some(allowed) = plan.retries_in_flight {
            // One that is a retry already would be no further one.
            let others = gateway.retrying - u32::from(is_retry(tried));
            others < allowed.most(gateway.in_flight)
        } else {
            return true;
        };
        if !paid {
            let who = sim.crowd.who(session);
            sim.record.fact(sim.now, Fact::NextPeerDenied { who, station });
        }
        paid
    }

    /// A request is in flight no more; if it was a retry, another may be one.
    pub(in crate::model) fn end_retry(&mut self, request: &Request) {
        if is_retry(request.tried) {
            self.gateways[request.gateway.index()].retrying -= 1;
        }
    }

    fn health<O: Observer, P>(&mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32) -> &mut Health {
        let Request { gateway, station, peer, .. } = *tables.requests.at(slot);
        &mut self.upstream(sim, gateway, station).peers[usize::from(peer)]
    }

    /// The peer that this request was sent to has failed its gateway.
    fn mark_failed<O: Observer, P>(&mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32) {
        let now_s = second(sim.now);
        let health = self.health(sim, tables, slot);
        health.failed(now_s);
        let health = *health;
        if health.is_marked(&sim.plan.edge.upstream) {
            let Request { gateway, station, peer, .. } = *tables.requests.at(slot);
            sim.record.fact(sim.now, Fact::PeerMarkedDown { gateway, station, peer });
        }
    }

    /// The connection to the peer ended without a failure of the peer, if there is a choice of peers at all. A client's
    /// abort counts as that too (nginx frees the peer so).
    pub(in crate::model) fn mark_success<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32,
    ) {
        if tables.requests.at(slot).tried != 0 {
            self.health(sim, tables, slot).succeeded();
            let gateway = tables.requests.at(slot).gateway;
            if let Some(budget) = &sim.plan.edge.upstream.retry_budget
                && let Some(balance) = &mut self.gateways[gateway.index()].retries
            {
                balance.succeeded(budget);
            }
        }
    }

    /// An answer has come from upstream. Returns the row in which the request goes to another peer instead, if it does.
    pub(in crate::model) fn retry_next_upstream<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, reply: Reply, agenda: &mut Agenda,
    ) -> Option<RequestRef> {
        let request = tables.requests.at(slot);
        if request.tried == 0 || request.replied {
            return None;
        }
        if !self.has_another_try(sim, tables, slot, Failing::Answered(reply.status())) {
            self.mark_success(sim, tables, slot);
            return None;
        }
        self.mark_failed(sim, tables, slot);
        let request = tables.requests.close(slot);
        Some(Self::open_elsewhere(sim, tables, request, agenda))
    }

    /// The gateway's timer on the peer has fired. Returns the row in which the request goes to another one, if it does.
    pub(in crate::model) fn retry_next_upstream_after_timeout<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, agenda: &mut Agenda,
    ) -> Option<RequestRef> {
        let request = *tables.requests.at(slot);
        if request.tried == 0 {
            return None;
        }
        self.mark_failed(sim, tables, slot);
        let another = self.has_another_try(sim, tables, slot, Failing::TimedOut);
        another.then(|| Self::open_elsewhere(sim, tables, request, agenda))
    }

    /// The machine went down with this request in it.
    pub(in crate::model) fn on_connection_reset<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, agenda: &mut Agenda,
    ) -> Option<Next> {
        let request = *tables.requests.at(slot);
        if request.replied {
            tables.requests.close(slot);
            return None;
        }
        if request.tried != 0 {
            self.mark_failed(sim, tables, slot);
            if self.has_another_try(sim, tables, slot, Failing::BrokenOff) {
                tables.requests.close(slot);
                return Some(Next::Upstream(Self::open_elsewhere(sim, tables, request, agenda)));
            }
        }
        let down = Response::new(Reply::BadGateway, Emitter::Gateway).because(Cause::UpstreamDown);
        self.end_request(sim, tables, slot, down, agenda).map(Next::Answer)
    }

    /// The request will go to another peer, in a row of its own. An abort that is on its way follows it.
    fn open_elsewhere<O: Observer, P>(
        sim: &mut Sim<O, P>, tables: &mut Tables, before: Request, agenda: &mut Agenda,
    ) -> RequestRef {
        let reference = tables.requests.open(before.again());
        if let Some(gone_at) = before.gone_at {
            let cohort = sim.crowd.wire(before.session).cohort();
            let at = gone_at + sim.abort_delay(before.session, cohort, before.draw_key, gone_at);
            tables.requests.post(sim, Message::Abort, at.max(sim.now), reference, agenda);
        }
        reference
    }

    /// A request that is on its way to its station, or an answer on its way back, vanishes if a partition lies between.
    /// Returns whether it does: then only the gateway's timer, or the client, ends it.
    #[inline]
    pub(in crate::model) fn dropped_by_partition<O: Observer, P>(
        sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32,
    ) -> bool {
        !sim.plan.faults.is_empty() && Self::partition_drops(sim, tables, slot)
    }

    #[inline(never)]
    fn partition_drops<O: Observer, P>(sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32) -> bool {
        let request = tables.requests.at(slot);
        if request.replied {
            return false;
        }
        let Some(station) = sim.cut_off_from(request.gateway, request.kind) else { return false };
        let request = tables.requests.at_mut(slot);
        request.station = station;
        request.cause = Cause::Partition;
        request.only_kept_open = true;
        let who = sim.crowd.who(request.session);
        sim.record.fact(sim.now, Fact::CutOff { who, station });
        true
    }
}
