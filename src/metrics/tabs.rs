//! Persons with more than one session. The row of a person holds what one session needs; this side table is
//! only allocated when a second tab is heard of, so that a sale of one tab each does not pay for it.

use crate::protocol::{Truth, Who};

/// What must be known of each tab of one person: 24 bytes, some of the budget of the second session.
#[derive(Clone, Copy, Default)]
#[repr(C, packed(4))]
struct Row {
    /// The truth of each tab, four bits each.
    truths: u64,
    /// One bit for each tab, by [`Mark`].
    marks: [u16; Mark::ALL.len()],
}

/// What is remembered of one session, as one bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Mark {
    /// It sent something, or its screen said something.
    Seen = 0,
    /// It stopped for good.
    Stopped = 1,
    /// It understood a final no.
    ToldNo = 2,
    /// A hold or payment was sent and not answered yet.
    Asked = 3,
    /// A hold or payment ended without an answer that settles it.
    Unsure = 4,
    /// The horizon cut it off.
    Cut = 5,
    /// The last of its attempts that ended was served.
    Up = 6,
    /// The last of its attempts that ended failed.
    Down = 7,
}

impl Mark {
    pub const ALL: [Mark; 8] =
        [Mark::Seen, Mark::Stopped, Mark::ToldNo, Mark::Asked, Mark::Unsure, Mark::Cut, Mark::Up, Mark::Down];
}

/// The side table; empty until a second tab is heard of.
pub(super) struct Tabs {
    rows: Vec<Row>,
}

impl Tabs {
    pub fn new() -> Tabs {
        Tabs { rows: Vec::new() }
    }

    /// Every person heard of so far has one tab.
    pub fn is_unused(&self) -> bool {
        self.rows.is_empty()
    }

    /// Begins to keep tabs apart; `first(person)` is what the one tab so far has become.
    pub fn begin(&mut self, persons: u32, first: impl Fn(u32, &mut dyn FnMut(Mark)) -> Truth) {
        self.rows = vec![Row::default(); persons as usize];
        for person in 0..persons {
            let row = &mut self.rows[person as usize];
            let truth = first(person, &mut |mark| set(row, mark, 0, true));
            row.truths = truth as u64;
        }
    }

    pub fn mark(&mut self, who: Who, mark: Mark, on: bool) {
        set(&mut self.rows[who.person.index()], mark, who.tab, on);
    }

    pub fn has(&self, who: Who, mark: Mark) -> bool {
        get(&self.rows[who.person.index()], mark) >> who.tab & 1 == 1
    }

    /// Is any tab of the person marked so?
    pub fn any(&self, person: u32, mark: Mark) -> bool {
        get(&self.rows[person as usize], mark) != 0
    }

    /// How many tabs of the person were heard of.
    pub fn seen(&self, person: u32) -> u32 {
        get(&self.rows[person as usize], Mark::Seen).count_ones()
    }

    /// Every tab heard of is marked in one of these ways.
    pub fn all_either(&self, person: u32, one: Mark, other: Mark) -> bool {
        let row = &self.rows[person as usize];
        get(row, Mark::Seen) & !(get(row, one) | get(row, other)) == 0
    }

    /// Every tab heard of is marked so.
    pub fn all(&self, person: u32, mark: Mark) -> bool {
        let row = &self.rows[person as usize];
        get(row, Mark::Seen) & !get(row, mark) == 0
    }

    /// Sets the truth of one tab and returns what it was.
    pub fn set_truth(&mut self, who: Who, truth: Truth) -> Truth {
        let row = &mut self.rows[who.person.index()];
        let shift = 4 * u32::from(who.tab);
        let truths = row.truths;
        row.truths = truths & !(15 << shift) | (truth as u64) << shift;
        Truth::ALL[(truths >> shift & 15) as usize]
    }

    /// The truth of one tab.
    pub fn truth(&self, who: Who) -> Truth {
        let truths = self.rows[who.person.index()].truths;
        Truth::ALL[(truths >> (4 * u32::from(who.tab)) & 15) as usize]
    }

    /// The truths of the tabs heard of.
    pub fn truths(&self, person: u32) -> impl Iterator<Item = Truth> {
        let row = self.rows[person as usize];
        let (seen, truths) = (get(&row, Mark::Seen), row.truths);
        (0..16_u32)
            .filter(move |tab| seen >> tab & 1 == 1)
            .map(move |tab| Truth::ALL[(truths >> (4 * tab) & 15) as usize])
    }
}

fn get(row: &Row, mark: Mark) -> u16 {
    row.marks[mark as usize]
}

fn set(row: &mut Row, mark: Mark, tab: u8, on: bool) {
    let marks = row.marks[mark as usize];
    row.marks[mark as usize] = if on { marks | 1 << tab } else { marks & !(1 << tab) };
}
