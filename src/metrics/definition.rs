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
    /// What the value's `n` counts, where that is how often this could have happened at all, such as "payments":
    /// where there were none, a count of 0 says nothing. Empty: not said.
    pub out_of: &'static str,
    /// It is an instant or a time until one, and null means that it never came, which is later than any limit (save
    /// where it was computed over nobody). Otherwise null means that there is no value.
    pub or_never: bool,
}

impl Definition {
    /// A metric of the whole sale of which less is better.
    pub(super) const fn lower(name: &'static str, unit: &'static str, doc: &'static str) -> Definition {
        Definition::new(name, unit, Better::Lower, doc)
    }

    /// A metric of the whole sale of which more is better.
    pub(super) const fn higher(name: &'static str, unit: &'static str, doc: &'static str) -> Definition {
        Definition::new(name, unit, Better::Higher, doc)
    }

    /// A metric of the whole sale that is neither good nor bad.
    pub(super) const fn plain(name: &'static str, unit: &'static str, doc: &'static str) -> Definition {
        Definition::new(name, unit, Better::Neither, doc)
    }

    const fn new(name: &'static str, unit: &'static str, better: Better, doc: &'static str) -> Definition {
        Definition { name, unit, better, per: Per::Sale, doc, out_of: "", or_never: false }
    }

    /// The same, with what its `n` counts.
    pub(super) const fn out_of(mut self, opportunities: &'static str) -> Definition {
        self.out_of = opportunities;
        self
    }

    /// The same, where null means never.
    pub(super) const fn or_never(mut self) -> Definition {
        self.or_never = true;
        self
    }

    /// The same, given over something else.
    pub(super) const fn per(mut self, per: Per) -> Definition {
        self.per = per;
        self
    }
}
