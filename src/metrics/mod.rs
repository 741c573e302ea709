//! What we heard: observers that turn facts into exact figures. They cannot speak: nobody reads a metric to
//! decide anything.
//!
//! ```text
//!  Fact -> People (what all families share of a person: 33 bytes) -> News (what that fact changed)
//!       -> every family hears (fact, news)           ... at the end: family.finish(people) -> Sheet
//! ```
//!
//! | family | asks |
//! |---|---|
//! | `conservation` | is every seat and every person accounted for? (panics if not, in release builds too) |
//! | `crowd` | how many came? |
//! | `sale` | what was sold, when, and what became of holds, turns and charges? |
//! | `fairness` | which groups bought, and did more tabs buy more? |
//! | `seniority` | how far did the order of coming survive the edge, the line and the poll? |
//! | `waiting` | how long did it take to be told one's turn, or to be refused? |
//! | `silent` | whose screen never said what the backend had decided? |
//! | `load` | how many requests, of which kind, and what became of them? |
//! | `timeouts` | who stopped waiting for whom? |
//! | `stations` | what did queues, servers and wasted work look like? |
//! | `timeline` | all of that over simulated time |
//! | `instants` | what had happened until an instant that somebody asked for? |
//!
//! A value is undefined where its formula divides by nothing: then it is null, never 0 or not-a-number.
//! To add a family, write one file like `crowd` - `DEFINITIONS`, a struct, its `Metric` - and add
//! `mod x;` and one line to the registry below: result rows, listing and `expect` names follow.

mod conservation;
mod crowd;
mod definition;
mod fairness;
mod histogram;
mod instants;
mod load;
pub mod names;
mod order;
mod page;
mod people;
mod sale;
mod seniority;
mod sheet;
mod silent;
mod spread;
mod stations;
mod tabs;
#[cfg(test)]
mod tests;
mod timeline;
mod timeouts;
mod verdict;
mod waiting;
mod windows;

pub use definition::{Better, Definition, Per};
pub use sheet::{RequestCount, Series, Sheet, Timeline, Value};
pub(crate) use sheet::{number_or_null, numbers};

use crate::engine::time::{Span, Time};
use crate::protocol::{Fact, Observer, Roster};
use page::Page;
use people::{News, People};

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
    fn finish(self, people: &People, page: &mut Page<'_>);
}

macro_rules! registry {
    ($($module:ident => $family:ident;)+) => {
        /// Hears a run and says what there is to say about it.
        pub struct Metrics {
            roster: Roster,
            people: People,
            $($module: $module::$family,)+
        }

        impl Metrics {
            /// The definitions of every family, in the order of the sheet.
            pub const FAMILIES: &'static [&'static [Definition]] =
                &[$(<$module::$family as Metric>::DEFINITIONS),+];

            /// Before the first fact of a run with this cast.
            pub fn new(roster: &Roster) -> Metrics {
                Metrics {
                    roster: roster.clone(),
                    people: People::new(roster),
                    $($module: Metric::new(roster),)+
                }
            }

            /// After the last fact.
            ///
            /// # Panics
            /// If the facts do not add up: a person who ended nowhere, more answers than requests.
            pub fn finish(self) -> Sheet {
                let mut page = Page::new(&self.roster);
                $(self.$module.finish(&self.people, &mut page);)+
                page.into_sheet()
            }
        }

        impl Observer for Metrics {
            #[inline]
            fn hear(&mut self, at: Time, fact: &Fact) {
                if let Fact::Polled { who, up, .. } = *fact {
                    self.people.polled(who);
                    $(self.$module.polled(at, up);)+
                    return;
                }
                let news = self.people.hear(at, fact);
                $(self.$module.hear(at, fact, &news);)+
            }
        }
    };
}

registry! {
    conservation => Conservation;
    crowd => Crowd;
    sale => Sale;
    fairness => Fairness;
    seniority => Seniority;
    waiting => Waiting;
    silent => Silent;
    load => Load;
    timeouts => Timeouts;
    stations => Stations;
    timeline => TimelineFamily;
    instants => Instants;
}

impl Metrics {
    /// Every metric there is, in the order of the sheet.
    pub fn definitions() -> impl Iterator<Item = &'static Definition> {
        Metrics::FAMILIES.iter().flat_map(|family| family.iter())
    }

    /// The metric of this name, if there is one.
    pub fn definition(name: &str) -> Option<&'static Definition> {
        Metrics::definitions().find(|definition| definition.name == name)
    }

    /// Every quantity over time there is, in the order of the timeline.
    pub const fn series() -> &'static [Definition] {
        timeline::SERIES
    }
}
