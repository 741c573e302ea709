//! What we heard: observers that turn facts into exact figures. They cannot speak: nobody reads a metric to
//! decide anything.
//!
//! ```text
//!  Fact -> People (what all families share of a person: 39 bytes) -> News (what that fact changed)
//!       -> every family hears (fact, news)           ... at the end: family.finish(people) -> MetricSheet
//! ```
//!
//! Every family, in the order of the sheet, and what the names of its metrics begin with (a test holds the table to
//! the registry):
//!
//! | family | asks | names |
//! |---|---|---|
//! | `conservation` | is every seat and every person accounted for? (panics if not, in release builds too) |  |
//! | `crowd` | how many came? | `crowd` |
//! | `sale` | what was sold, when, and what became of holds, turns and charges? | `sale` |
//! | `orders` | what did orders for several seats get of them? | `sale` |
//! | `checkout` | which payments waited, were refused, proven, repeated, too late, or never came? | `checkout` |
//! | `stock` | which requests got in each other's way at the stock? | `checkout`, `sale`, `stock` |
//! | `fairness` | which groups bought, and did more tabs buy more? | `fairness` |
//! | `seniority` | how far did the order of coming survive the edge, the line and the poll? | `fairness` |
//! | `waiting` | how long did it take to be told one's turn, or to be refused? | `wait` |
//! | `silent` | whose screen never said what the backend had decided? | `silent` |
//! | `mechanisms` | why did it not, and which promises were broken? | `silent`, `trust` |
//! | `ambiguity` | how long were persons in the dark, before the decision and after it? | `silent`, `trust` |
//! | `orphans` | what did the backend keep for nobody, and take from somebody? | `sale`, `silent` |
//! | `explanation` | could a client tell one refusal from another? | `timeouts`, `trust` |
//! | `load` | how many requests, of which kind, and what became of them? | `load` |
//! | `retries` | what did callers do after failures, and what were they kept from? | `retries` |
//! | `timeouts` | who stopped waiting for whom? | `refusals`, `requests`, `timeouts` |
//! | `edge` | what did gateways refuse, drop, close and keep silent about? | `gateways`, `refusals`, `requests` |
//! | `gateways` | what did overload controls and locks refuse, and how even was the load? | `accounts`, `gateways`, `overload` |
//! | `autoscale` | how many gateways and servers were there, and for how long too few? | `autoscale` |
//! | `outflow` | how did the turns a minute follow the time that the shop took to answer? | `outflow` |
//! | `liveness` | who was asked to prove to be there, and was not believed? | `inside`, `line`, `load` |
//! | `incidents` | what befell sessions and places that no screen says: shared, taken over, lost? | `crowd`, `line` |
//! | `breakdown` | what was forgotten, lost and overshot behind the gateways? | `line`, `messages`, `requests` |
//! | `stations` | what did queues, servers and wasted work look like? | `station`, `work` |
//! | `stability` | did it come back after a fault or a surge? | `stability` |
//! | `availability` | how available was all that to its users? | `availability` |
//! | `communication` | who was told that something is wrong, and when? | `communication` |
//! | `interruptions` | how long was the sale paused, and what was sold when it should have been? | `sale` |
//! | `abandonment` | who left without an outcome, and for what? | `left` |
//! | `switches` | whose device changed its network, and what did that cut off? | `crowd`, `requests` |
//! | `lanes` | whom did the admission policy take for a risk, and who of them was none? | `line` |
//! | `call_backs` | when was there a queue at all, and who was called back to it? | `call_back`, `line` |
//! | `codes` | which access codes were guessed, and whom did that hurt? | `codes` |
//! | `timeline` | all of that over simulated time, and what clients saw that no log shows | `availability`, `silent` |
//! | `instants` | what had happened until an instant that somebody asked for? |  |
//!
//! One person alone is told of by [`Ending`], and who is worth telling of by [`Worst`]: both read what the families
//! read, so that nobody is told of otherwise than counted.
//!
//! A value is undefined where its formula divides by nothing: then it is null, never 0 or not-a-number.
//! To add a family, write one file like `crowd` - the `names` of its metrics, `DEFINITIONS`, a struct, its `Metric` - and
//! add `mod x;` and one line to the registry below: result rows, listing, `expect` names and [`names`] follow.

mod abandonment;
mod ambiguity;
mod autoscale;
mod availability;
mod breakdown;
mod buyers;
mod by_cohort;
mod call_backs;
mod checkout;
mod codes;
mod columns;
mod communication;
mod conservation;
mod crowd;
mod definition;
mod edge;
mod ending;
mod explanation;
mod fairness;
mod gateways;
mod histogram;
mod incidents;
mod instants;
mod interruptions;
mod lanes;
mod liveness;
mod load;
mod mechanisms;
pub mod names;
mod observability;
mod order;
mod orders;
mod orphans;
mod outflow;
mod people;
mod person_outcome;
mod recorder;
mod retries;
mod sale;
mod seniority;
mod sheet;
mod silent;
mod spread;
mod stability;
mod stations;
mod stock;
mod switches;
mod tabs;
#[cfg(test)]
mod tests;
mod timeline;
mod timeouts;
mod waiting;
mod windows;
mod worst;

pub use buyers::Buyers;
pub use definition::{Better, Definition, Per};
pub use ending::{Ending, Outcome};
pub use people::TOO_LONG as ATTENTION_LOST;
pub use sheet::{MetricSheet, RequestCount, Series, Timeline, Value};
pub(crate) use sheet::{number_or_null, numbers};
pub use worst::{Kind as WorstKind, Worst};

use crate::engine::time::{Span, Time};
use crate::protocol::{Fact, Observer, PersonId, Roster};
use people::{News, People};
use recorder::Recorder;

/// One family of metrics.
trait Metric {
    /// Everything it puts on the sheet, in the order of the sheet.
    const DEFINITIONS: &'static [Definition];

    /// Before the first fact.
    fn new(roster: &Roster) -> Self;

    /// `fact` happened at `at` and changed `news`. Never a [`Fact::Polled`]. Facts may be out of order of time.
    fn hear(&mut self, at: Time, fact: &Fact, news: &News);

    /// A whole poll that changed nothing was accepted at `at`, sent `up` earlier: by far the most frequent
    /// fact, so it has its own door, and most families leave it shut.
    #[inline]
    fn polled(&mut self, _at: Time, _up: Span) {}

    /// After the last fact.
    fn finish(self, people: &People, recorder: &mut Recorder<'_>);
}

macro_rules! registry {
    ($($module:ident => $family:ident;)+) => {
        /// Hears a run and says what there is to say about it.
        pub struct Metrics {
            roster: Roster,
            people: People,
            $($module: $module::$family,)+
        }

        /// The names of the metrics of every family, as constants: a name that is misspelt does not compile.
        #[allow(unused_imports, reason = "a family may have no metric")]
        mod family_names {
            $(pub(crate) use super::$module::names::*;)+
        }

        impl Metrics {
            /// Every family and its definitions, in the order of the sheet.
            pub const FAMILIES: &'static [(&'static str, &'static [Definition])] =
                &[$((stringify!($module), <$module::$family as Metric>::DEFINITIONS)),+];

            /// Before the first fact of a run with this cast.
            pub fn new(roster: &Roster) -> Metrics {
                Metrics {
                    roster: roster.clone(),
                    people: People::new(roster),
                    $($module: Metric::new(roster),)+
                }
            }

            /// Any fact but a [`Fact::Polled`]. It is kept out of the many places that record one.
            #[inline(never)]
            fn hear_news(&mut self, at: Time, fact: &Fact) {
                let news = self.people.hear(at, fact);
                $(self.$module.hear(at, fact, &news);)+
            }

            /// After the last fact.
            ///
            /// # Panics
            /// If the facts do not add up: a person who ended nowhere, more answers than requests.
            pub fn finish(self) -> MetricSheet {
                let mut recorder = Recorder::new(&self.roster);
                $(self.$module.finish(&self.people, &mut recorder);)+
                recorder.into_sheet()
            }
        }

        impl Observer for Metrics {
            // Where a fact is recorded it is known which one: one arm is left.
            #[inline(always)]
            fn hear(&mut self, at: Time, fact: &Fact) {
                if let Fact::Polled { who, up, down, .. } = *fact {
                    self.people.polled(at, who, up, down);
                    $(self.$module.polled(at, up);)+
                } else {
                    self.hear_news(at, fact);
                }
            }
        }
    };
}

registry! {
    conservation => Conservation;
    crowd => Crowd;
    sale => Sale;
    orders => Orders;
    checkout => Checkout;
    stock => Stock;
    fairness => Fairness;
    seniority => Seniority;
    waiting => Waiting;
    silent => Silent;
    mechanisms => Mechanisms;
    ambiguity => Ambiguity;
    orphans => Orphans;
    explanation => Explanation;
    load => Load;
    retries => Retries;
    timeouts => Timeouts;
    edge => Edge;
    gateways => Gateways;
    autoscale => Autoscale;
    outflow => Outflow;
    liveness => Liveness;
    incidents => Incidents;
    breakdown => Breakdown;
    stations => Stations;
    stability => Stability;
    availability => Availability;
    communication => Communication;
    interruptions => Interruptions;
    abandonment => Abandonment;
    switches => Switches;
    lanes => Lanes;
    call_backs => CallBacks;
    codes => Codes;
    timeline => TimelineFamily;
    instants => Instants;
}

impl Metrics {
    /// Every metric there is, in the order of the sheet.
    pub fn definitions() -> impl Iterator<Item = &'static Definition> {
        Metrics::FAMILIES.iter().flat_map(|(_, definitions)| definitions.iter())
    }

    /// The metric of this name, if there is one.
    pub fn definition(name: &str) -> Option<&'static Definition> {
        Metrics::definitions().find(|definition| definition.name == name)
    }

    /// What became of a person, once all facts are in; `None`: they never came.
    ///
    /// # Panics
    /// If the person is not of the roster.
    pub fn ending(&self, person: PersonId) -> Option<Ending> {
        Ending::of(&self.people, &self.roster, person)
    }

    /// The persons whose evening tells most, once all facts are in: at most one of each kind.
    pub fn worst(&self) -> Vec<Worst> {
        worst::worst(&self.people, &self.roster)
    }

    /// Every quantity over time there is, in the order of the timeline.
    pub const fn series() -> &'static [Definition] {
        timeline::SERIES
    }
}
