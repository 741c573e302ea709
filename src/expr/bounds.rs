//! What a value must be, in numbers of its own unit; whether it is, and by how much.

/// How a value is compared with a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// At the limit.
    Equal,
    /// Not at the limit.
    NotEqual,
    /// Below the limit.
    Less,
    /// Below the limit, or at it.
    LessOrEqual,
    /// Above the limit.
    Greater,
    /// Above the limit, or at it.
    GreaterOrEqual,
}

impl Operator {
    /// Every operator.
    pub const ALL: [Operator; 6] = [
        Operator::Equal,
        Operator::NotEqual,
        Operator::Less,
        Operator::LessOrEqual,
        Operator::Greater,
        Operator::GreaterOrEqual,
    ];

    /// How it is written.
    pub const fn sign(self) -> &'static str {
        match self {
            Operator::Equal => "==",
            Operator::NotEqual => "!=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
        }
    }
}

/// What a value must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bounds {
    /// On one side of a limit, at it, or not at it.
    Compare(Operator, f64),
    /// From the first to the second, both included.
    Within(f64, f64),
}

impl Bounds {
    /// Is this value as it must be? A value may be infinite: something that never happened is later than any limit.
    pub fn met(self, value: f64) -> bool {
        match self {
            Bounds::Compare(Operator::Equal, limit) => value == limit,
            Bounds::Compare(Operator::NotEqual, limit) => value != limit,
            Bounds::Compare(Operator::Less, limit) => value < limit,
            Bounds::Compare(Operator::LessOrEqual, limit) => value <= limit,
            Bounds::Compare(Operator::Greater, limit) => value > limit,
            Bounds::Compare(Operator::GreaterOrEqual, limit) => value >= limit,
            Bounds::Within(low, high) => low <= value && value <= high,
        }
    }

    /// The signed distance from the value to the nearest limit: how much worse it could have been (0 or more) where
    /// it is met, how much is missing (0 or less) where it is not. At the limit itself it is 0, and the operator
    /// decides.
    pub fn margin(self, value: f64) -> f64 {
        let margin = match self {
            Bounds::Compare(Operator::Equal, limit) => -(value - limit).abs(),
            Bounds::Compare(Operator::NotEqual, limit) => (value - limit).abs(),
            Bounds::Compare(Operator::Less | Operator::LessOrEqual, limit) => limit - value,
            Bounds::Compare(Operator::Greater | Operator::GreaterOrEqual, limit) => value - limit,
            Bounds::Within(low, high) => f64::min(value - low, high - value),
        };
        // There is one zero.
        margin + 0.0
    }

    /// How the comparison is written: an operator's sign, or `in`.
    pub const fn sign(self) -> &'static str {
        match self {
            Bounds::Compare(operator, _) => operator.sign(),
            Bounds::Within(..) => "in",
        }
    }

    /// The limits: one, or the two ends of a range.
    pub fn limits(self) -> Vec<f64> {
        match self {
            Bounds::Compare(_, limit) => vec![limit],
            Bounds::Within(low, high) => vec![low, high],
        }
    }
}
