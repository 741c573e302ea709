//! A closed population that polls: everybody in line thinks for an interval and asks again, and the polls queue at one
//! server. The think time may be any distribution (the delay station is insensitive); here it is the interval of the waiting room
//! with its spread.

use super::{check_within, number, oracle, plan_of};
use onsale::engine::{Span, Time};
use onsale::experiment::observe;
use onsale::protocol::{Fact, Observer};

/// The polls that were served, in order: when they ended, how long they were there, and how long in service, in seconds.
#[derive(Default)]
struct Polls {
    waited: std::collections::BTreeMap<u32, Span>,
    ended: Vec<(f64, f64, f64)>,
}

impl Observer for Polls {
    fn hear(&mut self, at: Time, fact: &Fact) {
        match *fact {
            Fact::ServiceBegan { who, waited, .. } => {
                self.waited.insert(who.session.0, waited);
            }
            Fact::ServiceEnded { who, served, .. } => {
                let waited = self.waited.remove(&who.session.0).expect("it began");
                let at = at.saturating_since(Time::ZERO).as_secs_f64();
                self.ended.push((at, (waited + served).as_secs_f64(), served.as_secs_f64()));
            }
            _ => {}
        }
    }
}

#[test]
fn polls_of_a_closed_population_meet_what_mean_value_analysis_says() {
    // In the second case the server never idles, and the queue hardly moves: what is there is known at once.
    for (id, lasts_s) in [("closed_poll_N20_Z10", 60_000.0), ("closed_poll_N1000_Z5", 2_000.0)] {
        let case = oracle(id);
        let of = |what: &str| number(&case["params"][what]);
        let (population, think, rate) = (of("N"), of("Z"), of("mu"));
        let mean_us = (1e6 / rate).round();
        // One has the only turn and keeps it; the others wait for it for ever.
        let text = format!(
            r#"{{
            "opens_at": "1s", "horizon": "{horizon}s",
            "crowd": [
                {{ "name": "first", "count": 1, "network": "none", "timeout": null, "choose": "12d",
                   "arrivals": {{ "spike": {{ "at": "0s" }} }} }},
                {{ "name": "others", "count": {population}, "network": "none", "timeout": null,
                   "arrivals": {{ "spike": {{ "at": "2s", "jitter": {{ "uniform": {{ "low": "0s", "high": "{think}s" }} }} }} }} }}],
            "network": [{{ "name": "none", "up": "0s", "down": "0s" }}], "edge": {{ "upstream_timeout": null }},
            "waiting_room": {{ "total_active": 1, "poll_interval": "{think}s", "grace": "1h", "turn_validity": "12d" }},
            "route": {{ "poll": "inventory", "seat_map": "none", "hold": "none" }},
            "services": {{ "inventory": {{ "servers": 1, "service": {{ "exponential": {{ "mean": "{mean_us}us" }} }} }} }},
            "inventory": {{ "bands": [{{ "name": "all", "seats": 1 }}] }}
        }}"#,
            horizon = 2.0 + lasts_s,
        );
        let heard = observe(plan_of(&text), 20_221_115, Polls::default()).observer;
        let (from, until) = (2.0 + lasts_s / 10.0, 2.0 + lasts_s);
        let ended: Vec<_> = heard.ended.into_iter().filter(|(at, _, _)| (from..until).contains(at)).collect();
        let expected = |what: &str| number(&case["expect"][what]);
        let there: Vec<f64> = ended.iter().map(|poll| poll.1).collect();
        check_within(id, "R", &there, expected("R"), 0.03);
        let throughput = ended.len() as f64 / (until - from);
        let busy: f64 = ended.iter().map(|poll| poll.2).sum::<f64>() / (until - from);
        let there = throughput * there.iter().sum::<f64>() / ended.len() as f64;
        for (what, found) in [("throughput", throughput), ("utilisation", busy), ("Lq_plus_service", there)] {
            println!("{id} {what}: {found}, expected {}", expected(what));
            let off = found / expected(what) - 1.0;
            assert!(off.abs() < 0.03, "{id} {what}: {found}, expected {}", expected(what));
        }
    }
}
