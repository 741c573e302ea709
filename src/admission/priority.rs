//! `priority`: classes of persons. Either each class is served before the ones behind it in the list, or every class has
//! a weight, and turns are given out in proportion to the weights while all of them have somebody in line (stride
//! scheduling: the class whose share is furthest behind is next). A quota ends a class's turns: what a presale keeps for
//! its members is not eaten up by them alone.
//!
//! Within a class the lounge is drawn at the opening and later comers stand behind, as in `prequeue_shuffle`, or all go
//! in order of joining.

use super::fifo::Fifo;
use super::prequeue_shuffle::PrequeueShuffle;
use super::{AdmissionPolicy, Build, BuildContext, Join, Mistake, Origin, place};
use crate::engine::time::Time;
use crate::protocol::SessionId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who goes before whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The classes, the first before the others; cohorts that none of them names are one more class behind them all, of
    /// weight 1. At least 1.
    pub classes: Vec<Class>,
    /// The order within a class. Default: "shuffle".
    #[serde(default)]
    pub within: Within,
}

/// A class of persons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// The names of its cohorts.
    pub cohorts: Vec<String>,
    /// Its share of the turns, relative to the other classes, 1 or more; null: it goes before every class behind it.
    /// Default: null. All classes have one, or none has.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub weight: Option<u32>,
    /// How many turns it has in all, 1 or more; null: any number. Default: null.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub quota: Option<u32>,
}

/// The order within a class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Within {
    /// The lounge is drawn at the opening; later comers stand behind.
    #[default]
    Shuffle,
    /// In order of joining.
    Fifo,
}

/// The largest weight: shares are kept in whole numbers of 1 / 2^32.
const WEIGHT_MAX: u32 = 1_000_000;

impl Build for Config {
    fn build(&self, context: &BuildContext) -> Option<Box<dyn AdmissionPolicy>> {
        let line = || -> Box<dyn AdmissionPolicy> {
            match self.within {
                Within::Shuffle => Box::new(PrequeueShuffle::default()),
                Within::Fifo => Box::new(Fifo::default()),
            }
        };
        let listed = self.classes.iter().map(|class| (class.weight, class.quota));
        let lanes = listed
            .chain([(Some(1), None)])
            .map(|(weight, left)| Lane::new(line(), weight.unwrap_or(1), left));
        let class_of = |cohort: &String| {
            let listed = self.classes.iter().position(|class| class.cohorts.contains(cohort));
            listed.unwrap_or(self.classes.len())
        };
        Some(Box::new(Priority {
            lanes: lanes.collect(),
            class_of: context.cohorts.iter().map(class_of).collect(),
            weighted: self.classes.iter().any(|class| class.weight.is_some()),
        }))
    }

    fn problems(&self, cohorts: &[&str]) -> Vec<Mistake> {
        let mut problems: Vec<Mistake> = Vec::new();
        let mut found = |key, problem: String, remedy: &str| problems.push((key, problem, remedy.to_owned()));
        if self.classes.is_empty() {
            found(
                "classes",
                "there is no class".to_owned(),
                "write one, or \"fifo\" for a line without classes",
            );
        }
        let with_weight = self.classes.iter().filter(|class| class.weight.is_some()).count();
        if with_weight != 0 && with_weight != self.classes.len() {
            let problem = "some classes have a weight, and some go before all behind them".to_owned();
            found("classes", problem, "give all of them a weight, or none");
        }
        for class in &self.classes {
            if class.weight.is_some_and(|weight| weight == 0 || weight > WEIGHT_MAX) {
                let problem = format!("a weight of {} is no share", class.weight.unwrap_or(0));
                found("classes", problem, "write 1 to 1000000");
            }
            if class.quota == Some(0) {
                found("classes", "a class with a quota of 0 is never served".to_owned(), "write 1 or more");
            }
            if class.cohorts.is_empty() {
                found("classes", "a class has no cohort".to_owned(), "name its cohorts");
            }
        }
        let named: Vec<&String> = self.classes.iter().flat_map(|class| &class.cohorts).collect();
        for (index, name) in named.iter().enumerate() {
            if !cohorts.contains(&name.as_str()) {
                let remedy = format!("name one of {}", cohorts.join(", "));
                found("classes", format!("there is no cohort `{name}`"), &remedy);
            }
            if named[..index].contains(name) {
                found("classes", format!("cohort `{name}` is in two classes"), "name it once");
            }
        }
        problems
    }

    fn origin(&self) -> Origin {
        Origin {
            system: "presales of fan clubs and cards; 12306's members",
            source: "Waldspurger and Weihl 1995, Stride Scheduling, for the weights",
            leaves_out: "sales of their own for each class, on days of their own",
        }
    }
}

/// One class.
struct Lane {
    line: Box<dyn AdmissionPolicy>,
    /// What one turn adds to its pass.
    stride: u64,
    /// How far it has come: the least is next.
    pass: u64,
    /// How many turns it has left, if they are counted.
    left: Option<u32>,
    /// How many stand in its line, those who left included.
    waiting: u32,
}

impl Lane {
    fn new(line: Box<dyn AdmissionPolicy>, weight: u32, left: Option<u32>) -> Lane {
        Lane { line, stride: (1 << 32) / u64::from(weight), pass: 0, left, waiting: 0 }
    }
}

/// All classes. Each keeps a line of its own: place `p` in class `c` of `n` is the place `p * n + c` of them all.
pub(super) struct Priority {
    lanes: Vec<Lane>,
    /// By cohort.
    class_of: Vec<usize>,
    weighted: bool,
}

impl Priority {
    /// Two classes, each in order of joining: by weight, or the first before the second.
    pub(super) fn of_two(weights: Option<[u32; 2]>) -> Priority {
        let lane = |weight: u32| Lane::new(Box::new(Fifo::default()), weight, None);
        let lanes = weights.unwrap_or([1, 1]).map(lane);
        Priority { lanes: lanes.into(), class_of: Vec::new(), weighted: weights.is_some() }
    }

    /// A session joins this class.
    pub(super) fn join_class(&mut self, now: Time, join: Join, class: usize) -> Option<u32> {
        // A class whose line was empty goes on where the others are, and does not make up for turns that it had nobody
        // for.
        let others = self.lanes.iter().filter(|lane| lane.waiting > 0).map(|lane| lane.pass).min();
        let lane = &mut self.lanes[class];
        if lane.waiting == 0 {
            lane.pass = lane.pass.max(others.unwrap_or(0));
        }
        lane.waiting += 1;
        let own = lane.line.join(now, join)?;
        Some(self.whole(own, class))
    }

    fn whole(&self, own: u32, class: usize) -> u32 {
        own * place(self.lanes.len()) + place(class)
    }

    /// Place in its class, and the class.
    fn parts(&self, whole: u32) -> (u32, usize) {
        let classes = place(self.lanes.len());
        (whole / classes, (whole % classes) as usize)
    }

    /// The class whose turn it is.
    fn next_class(&self) -> Option<usize> {
        let mut able = (0..).zip(&self.lanes).filter(|(_, lane)| lane.waiting > 0 && lane.left != Some(0));
        let next =
            if self.weighted { able.min_by_key(|(class, lane)| (lane.pass, *class)) } else { able.next() };
        next.map(|(class, _)| class)
    }
}

impl AdmissionPolicy for Priority {
    fn join(&mut self, now: Time, join: Join) -> Option<u32> {
        self.join_class(now, join, self.class_of[usize::from(join.cohort)])
    }

    fn open(&mut self, now: Time, placed: &mut dyn FnMut(SessionId, u32)) {
        let classes = place(self.lanes.len());
        for (class, lane) in (0..).zip(&mut self.lanes) {
            lane.line.open(now, &mut |session, own| placed(session, own * classes + class));
        }
    }

    fn next(&mut self, now: Time) -> Option<(SessionId, u32)> {
        let class = self.next_class()?;
        let lane = &mut self.lanes[class];
        lane.waiting -= 1;
        let (session, own) = lane.line.next(now)?;
        Some((session, self.whole(own, class)))
    }

    /// Those ahead in one's own class: how many of the others will go first, nobody knows.
    fn ahead(&self, whole: u32) -> Option<u32> {
        let (own, class) = self.parts(whole);
        self.lanes[class].line.ahead(own)
    }

    fn on_turn(&mut self, whole: u32) {
        let (_, class) = self.parts(whole);
        let lane = &mut self.lanes[class];
        lane.pass += lane.stride;
        lane.left = lane.left.map(|left| left.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{OPENS_AT, join, setting};
    use super::*;

    fn class(cohort: &str, weight: Option<u32>, quota: Option<u32>) -> Class {
        Class { cohorts: vec![cohort.to_owned()], weight, quota }
    }

    /// Thirty of each of three cohorts, one of each by turns, everybody in order of joining; who has the first turns, by
    /// cohort.
    fn turns(classes: Vec<Class>, most: usize) -> String {
        let names = ["gold", "silver", "public"].map(str::to_owned);
        let config = Config { classes, within: Within::Fifo };
        assert!(config.problems(&["gold", "silver", "public"]).is_empty());
        let mut line = config.build(&setting(&names)).expect("it keeps a line");
        for session in 0..90 {
            line.join(Time::ZERO, Join { cohort: (session % 3) as u8, ..join(session, true, 0) });
        }
        line.open(OPENS_AT, &mut |_, _| panic!("places were given at the join"));
        let turn = |_| {
            let (session, place) = line.next(OPENS_AT)?;
            line.on_turn(place);
            Some(["g", "s", "p"][session.index() % 3])
        };
        (0..most).map_while(turn).collect()
    }

    #[test]
    fn a_class_goes_before_those_behind_it_and_whoever_is_in_none_goes_last() {
        let order = turns(vec![class("silver", None, None), class("gold", None, None)], 90);
        assert_eq!(order, "s".repeat(30) + &"g".repeat(30) + &"p".repeat(30));
    }

    #[test]
    fn weights_share_the_turns_while_all_have_somebody_in_line() {
        let order = turns(vec![class("gold", Some(3), None), class("silver", Some(2), None)], 36);
        let count = |of: &str| order.matches(of).count();
        assert_eq!([count("g"), count("s"), count("p")], [18, 12, 6], "3 to 2 to 1: {order}");
        let all = turns(vec![class("gold", Some(3), None), class("silver", Some(2), None)], 90);
        assert_eq!(all.len(), 90, "whoever is left has all turns");
    }

    #[test]
    fn a_quota_ends_the_turns_of_its_class() {
        let order = turns(vec![class("gold", None, Some(4))], 90);
        assert_eq!(order.matches('g').count(), 4);
        assert!(order.starts_with("ggggsp"), "{order}");
        assert_eq!(order.len(), 64, "26 members wait for ever");
    }

    #[test]
    fn somebody_who_is_skipped_costs_the_class_nothing() {
        let names = ["gold".to_owned(), "public".to_owned()];
        let config = Config { classes: vec![class("gold", None, Some(1))], within: Within::Fifo };
        let mut line = config.build(&setting(&names)).expect("it keeps a line");
        for session in 0..2 {
            line.join(Time::ZERO, join(session, true, 0));
        }
        line.next(OPENS_AT).expect("the first, who has left");
        let (session, place) = line.next(OPENS_AT).expect("the quota is not used");
        line.on_turn(place);
        assert_eq!((session, line.next(OPENS_AT)), (SessionId(1), None));
    }

    #[test]
    fn a_class_that_had_nobody_does_not_make_up_for_it() {
        let names = ["gold".to_owned(), "public".to_owned()];
        let config = Config { classes: vec![class("gold", Some(1), None)], within: Within::Fifo };
        let mut line = config.build(&setting(&names)).expect("it keeps a line");
        for session in 0..40 {
            line.join(Time::ZERO, Join { cohort: 1, ..join(session, true, 0) });
        }
        let turn = |line: &mut Box<dyn AdmissionPolicy>| {
            let (session, place) = line.next(OPENS_AT).expect("somebody waits");
            line.on_turn(place);
            session.0 >= 40
        };
        assert!((0..20).all(|_| !turn(&mut line)));
        for session in 40..60 {
            line.join(OPENS_AT, Join { cohort: 0, ..join(session, false, 0) });
        }
        let gold = (0..20).filter(|_| turn(&mut line)).count();
        assert_eq!(gold, 10, "half of the turns from now on, and not all of them");
    }

    #[test]
    fn all_mistakes_of_the_classes_are_told_at_once() {
        let config = Config {
            classes: vec![
                class("gold", Some(0), Some(0)),
                class("glod", None, None),
                Class { cohorts: vec![], weight: None, quota: None },
                class("gold", None, None),
            ],
            within: Within::Shuffle,
        };
        let told: Vec<String> =
            config.problems(&["gold"]).into_iter().map(|(_, problem, _)| problem).collect();
        assert_eq!(told.len(), 6, "{told:?}");
    }
}
