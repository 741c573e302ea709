//! What the page of the waiting room says besides its answers, and how much of it each person's page has shown.

use crate::protocol::{Announcement, PersonId};
use crate::scenario::Plan;
use crate::scenario::plan::operator::ActionPlan;

/// One notice on the page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::model) enum Notice {
    /// The page shows it.
    Shows(Announcement),
    /// The page showed it, and does so no longer.
    Gone,
    /// From here on the page shows no notice of a pause where it showed one.
    NoPauseAnyMore,
}

/// All notices, and who has read which.
pub(in crate::model) struct Notices {
    /// In the order in which the page showed them.
    page: Vec<Notice>,
    /// How many of them each person has read; empty where no rule puts any there.
    read: Vec<u16>,
}

impl Notices {
    pub(in crate::model) fn new(plan: &Plan) -> Notices {
        let mut actions = plan.operator.rules.iter().flat_map(|rule| &rule.actions);
        let shown =
            actions.any(|action| matches!(action, ActionPlan::Announce(announce) if announce.on_page));
        let read = if shown { vec![0; plan.roster.persons as usize] } else { Vec::new() };
        Notices { page: Vec::new(), read }
    }

    /// The page shows one more.
    pub(in crate::model) fn push(&mut self, notice: Notice) {
        self.page.push(notice);
    }

    /// The page shows these words no longer. Returns whether it did.
    pub(in crate::model) fn take_down(&mut self, word: Announcement) -> bool {
        let mut shown = false;
        for notice in self.page.iter_mut().filter(|notice| **notice == Notice::Shows(word)) {
            *notice = Notice::Gone;
            shown = true;
        }
        shown
    }

    /// The page has, or had, notices.
    pub(in crate::model) fn has_page(&self) -> bool {
        !self.page.is_empty()
    }

    /// The page says something that this person has not read.
    pub(in crate::model) fn has_unread(&self, person: PersonId) -> bool {
        self.read.get(person.index()).is_some_and(|read| usize::from(*read) < self.page.len())
    }

    /// The next notice that this person has not read.
    pub(in crate::model) fn read_next(&mut self, person: PersonId) -> Option<Notice> {
        let read = self.read.get_mut(person.index())?;
        let notice = self.page.get(usize::from(*read)).copied()?;
        *read += 1;
        Some(notice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_reads_each_notice_once() {
        let page = vec![Notice::Shows(Announcement::Trouble), Notice::Gone];
        let mut notices = Notices { page, read: vec![0; 2] };
        assert!(notices.has_unread(PersonId(1)));
        assert!(notices.read_next(PersonId(1)) == Some(Notice::Shows(Announcement::Trouble)));
        assert!(notices.read_next(PersonId(1)) == Some(Notice::Gone));
        assert!(notices.read_next(PersonId(1)).is_none() && !notices.has_unread(PersonId(1)));
        assert!(notices.has_unread(PersonId(0)), "others have not read it");
    }
}
