//! `random_draw`: each free slot is drawn among all who wait at that moment, however long they have (Cloudflare's random
//! method). Whoever comes early is in more draws: with `n` in line and `k` slots a minute the chance of a minute is
//! about `k / n` for everybody, so an early arrival is still worth something, and nobody can be told where they stand.

use super::{AdmissionPolicy, Build, BuildContext, Join, Origin, place};
use crate::engine::random::Stream;
use crate::engine::time::Time;
use crate::protocol::SessionId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Takes no settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {}

impl Build for Config {
    fn build(&self, context: &BuildContext) -> Option<Box<dyn AdmissionPolicy>> {
        let luck = context.luck;
        Some(Box::new(RandomDraw { luck, draws: 0, waiting: Vec::new(), seats: Vec::new() }))
    }

    fn origin(&self) -> Origin {
        Origin {
            system: "Cloudflare, queueing_method random",
            source: "developers.cloudflare.com/waiting-room/reference/queueing-methods",
            leaves_out: "the draw is among all who are not given up, not among those who refresh just then",
        }
    }
}

/// It is not among those who wait.
const NOWHERE: u32 = u32::MAX;

/// Those who wait, in no order that means anything.
struct RandomDraw {
    luck: Stream,
    /// How often it was drawn: draw number `n` is word `n` of its luck.
    draws: u64,
    waiting: Vec<(SessionId, u32)>,
    /// By place: the index among those who wait.
    seats: Vec<u32>,
}

impl RandomDraw {
    fn take(&mut self, index: usize) -> (SessionId, u32) {
        let taken = self.waiting.swap_remove(index);
        self.seats[taken.1 as usize] = NOWHERE;
        if let Some((_, moved)) = self.waiting.get(index) {
            self.seats[*moved as usize] = place(index);
        }
        taken
    }
}

impl AdmissionPolicy for RandomDraw {
    fn join(&mut self, _now: Time, join: Join) -> Option<u32> {
        let ordinal = place(self.seats.len());
        self.seats.push(place(self.waiting.len()));
        self.waiting.push((join.session, ordinal));
        Some(ordinal)
    }

    fn next(&mut self, _now: Time) -> Option<(SessionId, u32)> {
        let index = self.luck.below(self.draws, self.waiting.len() as u64) as usize;
        self.draws += 1;
        (index < self.waiting.len()).then(|| self.take(index))
    }

    fn ahead(&self, _place: u32) -> Option<u32> {
        None
    }

    fn on_leave(&mut self, place: u32) {
        match self.seats[place as usize] {
            NOWHERE => {}
            index => {
                self.take(index as usize);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{built, called, join};
    use super::*;

    #[test]
    fn everybody_is_drawn_once_and_whoever_left_is_not() {
        let mut line = built(&Config {});
        for session in 0..100 {
            line.join(Time::ZERO, join(session, false, 0));
        }
        line.on_leave(7);
        line.on_leave(7);
        let mut drawn = called(line.as_mut());
        assert_ne!(drawn, (0..100).filter(|session| *session != 7).collect::<Vec<u32>>());
        drawn.sort_unstable();
        assert_eq!(drawn, (0..100).filter(|session| *session != 7).collect::<Vec<u32>>());
        line.on_leave(50);
        assert_eq!(line.next(Time::ZERO), None);
    }

    #[test]
    fn each_draw_is_fair_among_those_who_wait_then() {
        // One slot for each newcomer: whoever waits is as likely to be drawn as the newcomer, so of ten who wait the
        // oldest is drawn in one draw of ten.
        let mut line = built(&Config {});
        for session in 0..10 {
            line.join(Time::ZERO, join(session, false, 0));
        }
        let mut newcomers_drawn = 0;
        for session in 10..10_010 {
            line.join(Time::ZERO, join(session, false, 0));
            newcomers_drawn += u32::from(line.next(Time::ZERO).is_some_and(|(drawn, _)| drawn.0 == session));
        }
        // Binomial with p = 1/11: mean 909.1, deviation 28.7.
        assert!((795..1024).contains(&newcomers_drawn), "{newcomers_drawn}");
    }
}
