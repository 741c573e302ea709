//! `priority`: classes of requests, each first come, first served; a server takes the head of the first class in which
//! somebody waits, and no service is interrupted (A. Cobham, "Priority Assignment in Waiting Line Problems", Operations
//! Research 2(1), 1954). A shop serves so that takes payments before holds, and holds before seat maps.
//!
//! Nobody rises with time: under overload the last class may never be served.

use super::{Build, Discipline, Next, QueuedRequest, Settings};
use crate::engine::random::Stream;
use crate::engine::time::Time;
use crate::protocol::{Kind, Roster};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Who comes before whom.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The classes, the most urgent first; a request is of the first one that fits it, and whatever fits none comes after
    /// all of them. 1 to 16.
    #[schemars(length(min = 1, max = 16))]
    pub classes: Vec<Class>,
}

/// Which requests are of a class.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Class {
    /// Requests of these kinds. Default: null, of every kind.
    pub kinds: Option<Vec<Asked>>,
    /// Requests of these cohorts, by name. Default: null, of everybody.
    pub cohorts: Option<Vec<String>>,
}

/// A kind of request that a service can serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// The page of the sale.
    OpenPage,
    /// Joining the line.
    Join,
    /// Asking for one's place.
    Poll,
    /// Proving again, while in line, that one is still entitled.
    Reverify,
    /// The seat map.
    SeatMap,
    /// Taking seats.
    Hold,
    /// Opening the checkout.
    Checkout,
    /// Paying.
    Pay,
}

impl Asked {
    /// The kind of request.
    pub const fn kind(self) -> Kind {
        match self {
            Asked::OpenPage => Kind::OpenPage,
            Asked::Join => Kind::Join,
            Asked::Poll => Kind::Poll,
            Asked::Reverify => Kind::Reverify,
            Asked::SeatMap => Kind::SeatMap,
            Asked::Hold => Kind::Hold,
            Asked::Checkout => Kind::Checkout,
            Asked::Pay => Kind::Pay,
        }
    }
}

/// Most classes: a request's class is looked for among all of them.
const CLASSES_MAX: usize = 16;

impl Settings for Config {
    fn problems(&self) -> Vec<(String, String, String)> {
        let mut problems = Vec::new();
        let mut problem = |key: String, problem: String, remedy: &str| {
            problems.push((key, problem, remedy.to_owned()));
        };
        let count = self.classes.len();
        if !(1..=CLASSES_MAX).contains(&count) {
            problem("classes".to_owned(), format!("there are {count} classes"), "write 1 to 16");
        }
        for (i, class) in self.classes.iter().enumerate() {
            let key = format!("classes[{i}]");
            if class.kinds.is_none() && class.cohorts.is_none() && i + 1 < count {
                let remedy = "name `kinds` or `cohorts`, or write it last";
                problem(
                    key.clone(),
                    "every request is of this class, and none of a later one".to_owned(),
                    remedy,
                );
            }
            for (what, empty) in [
                ("kinds", class.kinds.as_ref().is_some_and(Vec::is_empty)),
                ("cohorts", class.cohorts.as_ref().is_some_and(Vec::is_empty)),
            ] {
                if empty {
                    problem(
                        format!("{key}.{what}"),
                        "there is none".to_owned(),
                        "name one, or write null for all",
                    );
                }
            }
            for (what, k) in class.named_twice() {
                problem(format!("{key}.{what}[{k}]"), "this is named already".to_owned(), "name it once");
            }
            for (k, before) in self.taken_before(i) {
                let text = format!("whoever asks for this is of `classes[{before}]` already");
                problem(
                    format!("{key}.kinds[{k}]"),
                    text,
                    "name it once, or write the class of some cohorts first",
                );
            }
            if let Some(before) = self.classes[..i].iter().position(|before| before.includes(class)) {
                let text = format!("whatever fits this class is of `classes[{before}]` already");
                problem(key, text, "remove one of the two, or write the narrower one first");
            }
        }
        problems
    }
}

impl Config {
    /// Which kinds of a class are all of an earlier one, and of which.
    fn taken_before(&self, i: usize) -> Vec<(usize, usize)> {
        let kinds = self.classes[i].kinds.iter().flatten().enumerate();
        let taken = |asked: &Asked| {
            let takes = |class: &Class| {
                class.cohorts.is_none() && class.kinds.as_ref().is_some_and(|kinds| kinds.contains(asked))
            };
            self.classes[..i].iter().position(takes)
        };
        kinds.filter_map(|(k, asked)| taken(asked).map(|before| (k, before))).collect()
    }
}

impl Class {
    /// The list and the place of what a list names a second time.
    fn named_twice(&self) -> Vec<(&'static str, usize)> {
        fn again<T: PartialEq>(list: Option<&Vec<T>>) -> Vec<usize> {
            let list = list.map_or(&[][..], Vec::as_slice);
            (0..list.len()).filter(|&i| list[..i].contains(&list[i])).collect()
        }
        let kinds = again(self.kinds.as_ref()).into_iter().map(|i| ("kinds", i));
        kinds.chain(again(self.cohorts.as_ref()).into_iter().map(|i| ("cohorts", i))).collect()
    }

    /// Whatever fits the other one fits this one, which is of some cohorts only.
    fn includes(&self, other: &Class) -> bool {
        fn covers<T: PartialEq>(wide: Option<&Vec<T>>, narrow: Option<&Vec<T>>) -> bool {
            match (wide, narrow) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(wide), Some(narrow)) => narrow.iter().all(|one| wide.contains(one)),
            }
        }
        self.cohorts.is_some()
            && covers(self.kinds.as_ref(), other.kinds.as_ref())
            && covers(self.cohorts.as_ref(), other.cohorts.as_ref())
    }

    fn fits(&self, kind: Kind, cohort: &str) -> bool {
        self.kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|asked| asked.kind() == kind))
            && self.cohorts.as_ref().is_none_or(|cohorts| cohorts.iter().any(|name| name == cohort))
    }
}

impl Build for Config {
    fn build(&self, roster: &Roster, _luck: Stream) -> Box<dyn Discipline> {
        let place = |kind: Kind, cohort: &str| {
            self.classes.iter().position(|class| class.fits(kind, cohort)).unwrap_or(self.classes.len())
        };
        let of_cohort = |name: &str| Kind::ALL.map(|kind| place(kind, name));
        Box::new(Priority {
            class_of: roster.cohorts.iter().map(|cohort| of_cohort(&cohort.name)).collect(),
            queues: vec![VecDeque::new(); self.classes.len() + 1],
        })
    }
}

/// Requests in order of arrival, class by class.
struct Priority {
    /// For each cohort, the class of each kind of request.
    class_of: Vec<[usize; Kind::ALL.len()]>,
    queues: Vec<VecDeque<u32>>,
}

impl Discipline for Priority {
    fn push(&mut self, _now: Time, queued: QueuedRequest) {
        let class = self.class_of[queued.cohort][queued.kind as usize];
        self.queues[class].push_back(queued.request);
    }

    fn pop(&mut self, _now: Time, _is_gone: &dyn Fn(u32) -> bool) -> Option<Next> {
        self.queues.iter_mut().find_map(VecDeque::pop_front).map(Next::Serve)
    }

    fn waiting(&self) -> usize {
        self.queues.iter().map(VecDeque::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{drain, luck, roster};
    use super::*;

    fn config(text: &str) -> Config {
        serde_json::from_str(text).expect("settings")
    }

    fn keys(text: &str) -> Vec<String> {
        config(text).problems().into_iter().map(|(key, _, _)| key).collect()
    }

    #[test]
    fn the_head_of_the_first_class_is_served_and_the_rest_comes_last() {
        let settings = config(
            r#"{ "classes": [{ "kinds": ["pay"] }, { "cohorts": ["members"] }, { "kinds": ["hold"] }] }"#,
        );
        assert_eq!(settings.problems(), []);
        let mut queue = settings.build(&roster(&["public", "members"]), luck());
        for (request, kind, cohort) in [
            (1, Kind::SeatMap, 0),
            (2, Kind::Hold, 0),
            (3, Kind::SeatMap, 1),
            (4, Kind::Pay, 0),
            (5, Kind::Pay, 1),
            (6, Kind::Hold, 1),
        ] {
            queue.push(Time::ZERO, QueuedRequest { request, kind, cohort });
        }
        assert_eq!(queue.waiting(), 6);
        let order = drain(queue.as_mut(), Time::ZERO);
        assert_eq!(order, [4, 5, 3, 6, 2, 1].map(Next::Serve));
    }

    #[test]
    fn classes_that_are_empty_doubled_or_never_reached_are_mistakes() {
        assert_eq!(keys(r#"{ "classes": [] }"#), ["classes"]);
        assert_eq!(keys(r#"{ "classes": [{ "kinds": [] }] }"#), ["classes[0].kinds"]);
        assert_eq!(keys(r#"{ "classes": [{ "kinds": ["pay", "pay"] }] }"#), ["classes[0].kinds[1]"]);
        assert_eq!(keys(r#"{ "classes": [{}, { "kinds": ["pay"] }] }"#), ["classes[0]"]);
        let twice = r#"{ "classes": [{ "kinds": ["pay", "hold"] }, { "kinds": ["seat_map", "pay"] }] }"#;
        assert_eq!(keys(twice), ["classes[1].kinds[1]"]);
        let shadowed =
            r#"{ "classes": [{ "cohorts": ["a", "b"] }, { "kinds": ["pay"], "cohorts": ["a"] }] }"#;
        assert_eq!(keys(shadowed), ["classes[1]"]);
        let narrower_first =
            r#"{ "classes": [{ "kinds": ["pay"], "cohorts": ["a"] }, { "kinds": ["pay", "hold"] }, {}] }"#;
        assert!(keys(narrower_first).is_empty());
    }
}
