//! What a metric is called and means: the one table from which result rows, listings, `expect` lines and
//! reports derive.

/// Which way a metric gets better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// Less of it is better.
    Lower,
    /// More of it is better.
    Higher,
    /// It says nothing about good or bad by itself.
    Neither,
}

/// Over what a metric is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// Once, over the whole sale.
    Sale,
    /// Over the whole sale, and over each cohort where it is defined for one.
    SaleAndCohort,
    /// Over each cohort only.
    Cohort,
    /// At each station only.
    Station,
}

/// One metric, or one quantity over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Its dotted name, stable for ever.
    pub name: &'static str,
    /// The unit of its values: `s`, `1` for shares and ratios, or what is counted.
    pub unit: &'static str,
    /// Which way it gets better.
    pub better: Better,
    /// Over what it is given.
    pub per: Per,
    /// What it is, in one or two sentences: formula, range, where it is null.
    pub doc: &'static str,
}

impl Definition {
    /// A metric of the whole sale of which less is better.
    pub(super) const fn lower(name: &'static str, unit: &'static str, doc: &'static str) -> Definition {
        Definition { name, unit, better: Better::Lower, per: Per::Sale, doc }
    }

    /// A metric of the whole sale of which more is better.
    pub(super) const fn higher(name: &'static str, unit: &'static str, doc: &'static str) -> Definition {
        Definition { name, unit, better: Better::Higher, per: Per::Sale, doc }
    }

    /// A metric of the whole sale that is neither good nor bad.
    pub(super) const fn plain(name: &'static str, unit: &'static str, doc: &'static str) -> Definition {
        Definition { name, unit, better: Better::Neither, per: Per::Sale, doc }
    }

    /// The same, given over something else.
    pub(super) const fn per(mut self, per: Per) -> Definition {
        self.per = per;
        self
    }
}
