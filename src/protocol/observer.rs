//! Who hears facts. Observers cannot speak: nobody reads what they heard to decide anything.

use super::Fact;
use crate::engine::time::Time;

/// Hears every fact of a run. Facts may come out of order of time.
pub trait Observer {
    /// `fact` happened at `at`.
    fn hear(&mut self, at: Time, fact: &Fact);
}

/// Hears nothing: the unobserved run.
impl Observer for () {
    fn hear(&mut self, _at: Time, _fact: &Fact) {}
}

/// Any observer, not known before the run: what hears through it needs no copy of the model of its own.
impl Observer for &mut dyn Observer {
    fn hear(&mut self, at: Time, fact: &Fact) {
        (**self).hear(at, fact);
    }
}

/// Two observers, both hearing everything.
impl<A: Observer, B: Observer> Observer for (A, B) {
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "where a fact is recorded it is known which one, and little is left"
    )]
    fn hear(&mut self, at: Time, fact: &Fact) {
        self.0.hear(at, fact);
        self.1.hear(at, fact);
    }
}
