//! A limit of requests from one address: the leaky bucket of nginx `limit_req`, in integer milliseconds and thousandths
//! of a request, as measured on a real gateway. The excess e of a request is max(0, e of the one before - rate x
//! milliseconds since + 1000); it is refused if e > burst x 1000, and then leaves no trace; otherwise it is delayed by
//! e / rate, or not at all.

use crate::engine::{Span, Time};
use crate::scenario::plan::RateLimitPlan;

/// The bucket of every address, 8 bytes each.
pub(in crate::model) struct Limiter {
    plan: RateLimitPlan,
    buckets: Vec<Bucket>,
}

#[derive(Clone, Copy)]
struct Bucket {
    /// Thousandths of a request above the rate.
    excess: u32,
    /// When the last request was let through, in milliseconds since time 0; [`NEVER`]: none was.
    last_ms: u32,
}

const NEVER: u32 = u32::MAX;

/// What the limiter makes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum RateDecision {
    /// It goes on at once.
    Now,
    /// It goes on after a delay.
    After(Span),
    /// It is refused.
    Refused,
}

impl Limiter {
    pub(in crate::model) fn new(plan: RateLimitPlan, addresses: u32) -> Limiter {
        let fresh = Bucket { excess: 0, last_ms: NEVER };
        Limiter { plan, buckets: vec![fresh; addresses as usize] }
    }

    /// A request comes from an address.
    pub(in crate::model) fn check(&mut self, address: u32, now: Time) -> RateDecision {
        let RateLimitPlan { rate, burst, nodelay } = self.plan;
        let bucket = &mut self.buckets[address as usize];
        let now_ms = u32::try_from(now.as_us() / 1000).expect("12.7 days fit into 32 bits of milliseconds");
        let excess = if bucket.last_ms == NEVER {
            0
        } else {
            let leaked = rate * u64::from(now_ms - bucket.last_ms) / 1000;
            (u64::from(bucket.excess) + 1000).saturating_sub(leaked)
        };
        if excess > u64::from(burst) * 1000 {
            return RateDecision::Refused;
        }
        *bucket = Bucket { excess: u32::try_from(excess).expect("a burst is at most 10^6"), last_ms: now_ms };
        if nodelay || excess == 0 {
            RateDecision::Now
        } else {
            RateDecision::After(Span::from_ms(excess * 1000 / rate))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(per_second: u64, burst: u32, nodelay: bool) -> Limiter {
        Limiter::new(RateLimitPlan { rate: per_second * 1000, burst, nodelay }, 2)
    }

    fn at_ms(ms: u64) -> Time {
        Time::from_us(ms * 1000)
    }

    #[test]
    fn an_instant_burst_of_200_at_50_a_second_and_burst_20_passes_21() {
        let mut limiter = limiter(50, 20, true);
        let passed = (0..200).filter(|_| limiter.check(0, at_ms(7)) == RateDecision::Now).count();
        assert_eq!(passed, 21);
        assert_eq!(limiter.check(1, at_ms(7)), RateDecision::Now, "another address has a bucket of its own");
    }

    #[test]
    fn without_nodelay_the_burst_is_spread_at_the_rate() {
        let mut limiter = limiter(50, 20, false);
        let delays: Vec<RateDecision> = (0..23).map(|_| limiter.check(0, at_ms(0))).collect();
        assert_eq!(delays[0], RateDecision::Now);
        assert_eq!(delays[1], RateDecision::After(Span::from_ms(20)));
        assert_eq!(delays[20], RateDecision::After(Span::from_ms(400)));
        assert_eq!(delays[21], RateDecision::Refused);
    }

    #[test]
    fn a_refused_request_leaves_no_trace() {
        let mut limiter = limiter(1, 0, true);
        assert_eq!(limiter.check(0, at_ms(0)), RateDecision::Now);
        for ms in 1..1000 {
            assert_eq!(limiter.check(0, at_ms(ms)), RateDecision::Refused, "{ms} ms");
        }
        assert_eq!(limiter.check(0, at_ms(1000)), RateDecision::Now);
    }
}
