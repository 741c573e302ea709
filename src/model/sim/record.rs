//! Where facts go: into the fingerprint, and to the observer.

use crate::engine::Time;
use crate::engine::fingerprint::Fingerprint;
use crate::protocol::{Fact, Observer};

/// The fingerprint over all facts so far, and who listens.
pub(in crate::model) struct Record<O> {
    fingerprint: Fingerprint,
    observer: O,
}

impl<O: Observer> Record<O> {
    pub(in crate::model) fn new(observer: O) -> Record<O> {
        Record { fingerprint: Fingerprint::new(), observer }
    }

    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "where a fact is recorded it is known which one, and little is left to do"
    )]
    pub(in crate::model) fn fact(&mut self, at: Time, fact: Fact) {
        self.fingerprint.add(at, fact.words());
        self.observer.hear(at, &fact);
    }

    /// What is left when everything has happened.
    pub(in crate::model) fn into_parts(self) -> (O, Fingerprint) {
        (self.observer, self.fingerprint)
    }
}
