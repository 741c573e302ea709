//! `fifo_buckets`: first come, first served by the minute and not by the person (Cloudflare's `fifo`). Everybody who came
//! within one minute stands in one bucket; whoever of the oldest bucket asks while there is room enters. The next bucket
//! waits until everybody of the one before has entered, or was not heard of for the grace.
//!
//! ```text
//!   12:00  . . . x x        the oldest: two more will never ask, and hold up everybody for the grace
//!   12:01  . . . . . .      asks, there is room, and waits all the same
//! ```
//!
//! That is the documented defect: people who close the tab, and programs that keep no cookie (each of their requests is
//! somebody new who never comes back), stall the line with slots free.

use super::{
    AdmissionPolicy, Build, BuildContext, Capabilities, Join, Mistake, Origin, PollOutcome, PositionPoll,
    place,
};
use crate::engine::time::{Span, Time};
use crate::protocol::SessionId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// How wide a bucket is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Whoever came within one such span, counted from time 0, stands in one bucket; more than 0. Default: "1m"
    /// (Cloudflare).
    pub bucket: Span,
}

impl Default for Config {
    fn default() -> Config {
        Config { bucket: Span::from_secs(60) }
    }
}

impl Build for Config {
    fn build(&self, context: &BuildContext) -> Option<Box<dyn AdmissionPolicy>> {
        Some(Box::new(FifoBuckets {
            width_us: self.bucket.as_us(),
            grace: context.grace,
            members: Vec::new(),
            buckets: VecDeque::new(),
            given_up: VecDeque::new(),
        }))
    }

    fn problems(&self, _cohorts: &[&str]) -> Vec<Mistake> {
        if !self.bucket.is_zero() {
            return Vec::new();
        }
        let remedy = "write a duration such as \"1m\"; \"fifo\" goes by the person".to_owned();
        vec![("bucket", "a bucket of no width holds nobody".to_owned(), remedy)]
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { self_paced: true, ..Capabilities::default() }
    }

    fn origin(&self) -> Origin {
        Origin {
            system: "Cloudflare Waiting Room, queueing_method fifo",
            source: "developers.cloudflare.com/waiting-room: queueing methods, troubleshooting",
            leaves_out: "shares of the budget by data centre",
        }
    }
}

/// Somebody in line, by place.
struct Member {
    session: SessionId,
    /// In which span of time they came.
    bucket: u64,
    heard_at: Time,
    waits: bool,
}

/// Those who came within one span, and still wait.
struct Bucket {
    number: u64,
    /// Their places, and those of whoever is gone; swept when nothing else helps.
    places: Vec<u32>,
    waiting: u32,
    /// Before this instant nobody of it is given up, as far as is known.
    holds_until: Time,
}

/// The buckets, the oldest first; none of them is empty.
struct FifoBuckets {
    width_us: u64,
    grace: Span,
    members: Vec<Member>,
    buckets: VecDeque<Bucket>,
    given_up: VecDeque<(SessionId, u32)>,
}

impl FifoBuckets {
    /// One of a bucket waits no more.
    fn remove(&mut self, place: u32) {
        let member = &mut self.members[place as usize];
        if !std::mem::take(&mut member.waits) {
            return;
        }
        let number = member.bucket;
        let index = self.buckets.partition_point(|bucket| bucket.number < number);
        self.buckets[index].waiting -= 1;
        if self.buckets[index].waiting == 0 {
            self.buckets.remove(index);
        }
    }

    /// Gives up whoever of the oldest bucket was not heard of for the grace, and so on with the next ones. A bucket is
    /// looked through again only once the grace of whoever was heard of longest ago is over.
    fn sweep(&mut self, now: Time) {
        while let Some(oldest) = self.buckets.front_mut().filter(|oldest| oldest.holds_until < now) {
            let (members, grace) = (&mut self.members, self.grace);
            let mut holds_until = Time::MAX;
            oldest.places.retain(|&place| {
                let member = &mut members[place as usize];
                let until = member.heard_at + grace;
                let stays = member.waits && until >= now;
                if stays {
                    holds_until = holds_until.min(until);
                } else if std::mem::take(&mut member.waits) {
                    oldest.waiting -= 1;
                    self.given_up.push_back((member.session, place));
                }
                stays
            });
            oldest.holds_until = holds_until;
            if oldest.waiting > 0 {
                return;
            }
            self.buckets.pop_front();
        }
    }
}

impl AdmissionPolicy for FifoBuckets {
    fn join(&mut self, now: Time, join: Join) -> Option<u32> {
        let ordinal = place(self.members.len());
        let number = now.as_us() / self.width_us;
        self.members.push(Member { session: join.session, bucket: number, heard_at: now, waits: true });
        if let Some(newest) = self.buckets.back_mut().filter(|newest| newest.number == number) {
            newest.places.push(ordinal);
            newest.waiting += 1;
        } else {
            let holds_until = now + self.grace;
            self.buckets.push_back(Bucket { number, places: vec![ordinal], waiting: 1, holds_until });
        }
        Some(ordinal)
    }

    fn next(&mut self, _now: Time) -> Option<(SessionId, u32)> {
        None
    }

    /// Whoever stands in an older bucket; within one nobody is ahead of anybody.
    fn ahead(&self, place: u32) -> Option<u32> {
        let own = self.members[place as usize].bucket;
        Some(self.buckets.iter().take_while(|bucket| bucket.number < own).map(|bucket| bucket.waiting).sum())
    }

    fn on_poll(&mut self, now: Time, ask: PositionPoll) -> PollOutcome {
        let member = &mut self.members[ask.place as usize];
        if !member.waits || member.heard_at + self.grace < now {
            self.remove(ask.place);
            return PollOutcome::Expired;
        }
        member.heard_at = now;
        let own = member.bucket;
        self.sweep(now);
        let is_oldest = self.buckets.front().is_some_and(|oldest| oldest.number == own);
        if !ask.may_enter || !is_oldest {
            return PollOutcome::Waits;
        }
        self.remove(ask.place);
        PollOutcome::Enters
    }

    fn next_expired(&mut self) -> Option<(SessionId, u32)> {
        self.given_up.pop_front()
    }

    fn on_leave(&mut self, place: u32) {
        self.remove(place);
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{asks, built, join, second};
    use super::*;

    /// Two in the bucket of the first minute, one in that of the second, one in that of the fourth.
    fn line() -> Box<dyn AdmissionPolicy> {
        let mut line = built(&Config::default());
        for (session, at) in [(0, 10), (1, 59), (2, 60), (3, 200)] {
            assert_eq!(line.join(second(at), join(session, true, 0)), Some(session));
        }
        line
    }

    #[test]
    fn within_a_bucket_whoever_asks_first_enters_first_and_the_next_bucket_waits() {
        let mut line = line();
        assert_eq!([0, 1, 2, 3].map(|place| line.ahead(place).unwrap()), [0, 0, 2, 3]);
        assert_eq!(asks(line.as_mut(), second(210), 2), PollOutcome::Waits);
        assert_eq!(asks(line.as_mut(), second(211), 1), PollOutcome::Enters);
        assert_eq!(asks(line.as_mut(), second(212), 2), PollOutcome::Waits);
        assert_eq!(asks(line.as_mut(), second(213), 0), PollOutcome::Enters);
        assert_eq!(line.ahead(3), Some(1));
        assert_eq!(asks(line.as_mut(), second(214), 2), PollOutcome::Enters);
        assert_eq!(asks(line.as_mut(), second(215), 3), PollOutcome::Enters);
        assert_eq!(line.next_expired(), None);
    }

    #[test]
    fn somebody_who_never_asks_again_holds_up_the_next_bucket_for_the_grace_with_room_inside() {
        let mut line = line();
        assert_eq!(asks(line.as_mut(), second(70), 0), PollOutcome::Enters);
        // Session 1 was last heard of at 59 s, and the grace is five minutes.
        for at in [100, 200, 300, 359] {
            assert_eq!(asks(line.as_mut(), second(at), 2), PollOutcome::Waits, "at {at} s");
        }
        assert_eq!(asks(line.as_mut(), second(360), 2), PollOutcome::Enters);
        assert_eq!(line.next_expired(), Some((SessionId(1), 1)));
        assert_eq!(line.next_expired(), None);
        assert_eq!(asks(line.as_mut(), second(361), 1), PollOutcome::Expired);
    }

    #[test]
    fn whoever_says_goodbye_or_asks_too_late_holds_up_nobody() {
        let mut line = line();
        line.on_leave(0);
        line.on_leave(0);
        assert_eq!(asks(line.as_mut(), second(360), 1), PollOutcome::Expired, "silent for 301 s");
        assert_eq!(asks(line.as_mut(), second(360), 2), PollOutcome::Enters, "silent for 300 s");
        assert_eq!(line.next_expired(), None, "it was told itself");
    }
}
