//! What the operator's dashboard shows of the gateways: counters that they keep of their own replies, read and set
//! back at every look. Kept only where a rule needs them.

use crate::engine::Span;
use crate::protocol::Reply;
use crate::scenario::plan::operator::{OperatorPlan, SignalPlan, TriggerPlan};

/// The gateways' counters since the last look.
#[derive(Clone, Default)]
pub(in crate::model) struct Counters {
    replies: u64,
    errors: u64,
    /// For each limit that a rule asks about: how many replies took longer.
    slow: Vec<(Span, u64)>,
}

impl Counters {
    /// The counters that the rules need; `None` where none does.
    pub(in crate::model) fn new(plan: &OperatorPlan) -> Option<Counters> {
        let signals = plan.rules.iter().filter_map(|rule| match &rule.trigger {
            TriggerPlan::When(when) => Some(when.signal),
            TriggerPlan::At(_) | TriggerPlan::After { .. } => None,
        });
        let mut needed = false;
        let mut slow: Vec<(Span, u64)> = Vec::new();
        for signal in signals {
            match signal {
                SignalPlan::Latency { slower_than, .. } => {
                    needed = true;
                    if !slow.iter().any(|(limit, _)| *limit == slower_than) {
                        slow.push((slower_than, 0));
                    }
                }
                SignalPlan::ErrorRate(_) => needed = true,
                _ => {}
            }
        }
        needed.then(|| Counters { slow, ..Counters::default() })
    }

    /// Counters of replies that took longer than one limit.
    pub(in crate::model) fn of(limit: Span) -> Counters {
        Counters { slow: vec![(limit, 0)], ..Counters::default() }
    }

    /// A reply left a gateway, so long after its request was accepted. What a pause refuses is meant, and no error; a
    /// connection that ends without a reply is in no log.
    pub(in crate::model) fn count(&mut self, reply: Reply, took: Span) {
        if !reply.has_status() {
            return;
        }
        self.replies += 1;
        self.errors += u64::from(reply.status() >= 500 && reply != Reply::SalePaused);
        for (limit, slow) in &mut self.slow {
            *slow += u64::from(took > *limit);
        }
    }

    /// Reads the counters and sets them back.
    pub(in crate::model) fn take(&mut self) -> Counters {
        let fresh = self.slow.iter().map(|(limit, _)| (*limit, 0)).collect();
        std::mem::replace(self, Counters { slow: fresh, ..Counters::default() })
    }

    /// The share of replies that were errors; `None` where there was no reply.
    pub(in crate::model) fn error_rate(&self) -> Option<f64> {
        self.share(self.errors)
    }

    /// The share of replies that took longer than a limit that some rule asks about.
    pub(in crate::model) fn slow_share(&self, limit: Span) -> Option<f64> {
        let (_, slow) = self.slow.iter().find(|(other, _)| *other == limit)?;
        self.share(*slow)
    }

    fn share(&self, part: u64) -> Option<f64> {
        (self.replies > 0).then(|| part as f64 / self.replies as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_5xx_except_what_the_pause_itself_refuses() {
        let mut counters = Counters { slow: vec![(Span::from_secs(1), 0)], ..Counters::default() };
        for reply in [
            Reply::InLine,
            Reply::StationBusy,
            Reply::SalePaused,
            Reply::UpstreamTimeout,
            Reply::ConnectionClosed,
        ] {
            counters.count(reply, Span::from_secs(1));
        }
        counters.count(Reply::RateLimited, Span::from_ms(1001));
        let read = counters.take();
        assert_eq!(read.error_rate(), Some(0.4));
        assert_eq!(read.slow_share(Span::from_secs(1)), Some(0.2));
        assert_eq!(read.slow_share(Span::from_secs(2)), None, "nobody asked about it");
        assert_eq!(counters.error_rate(), None, "it was set back");
    }
}
