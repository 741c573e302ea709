//! A score as a tree, and the tree as text in its one canonical form.

use super::super::{Operator, Part};
use super::variable::Variable;
use std::fmt;

/// A part of a score and where it was written.
pub(super) type Expression = Part<Node>;

/// What a part of a score is made of.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// A number, zero or more.
    Number(f64),
    Variable(Variable),
    Negate(Box<Expression>),
    Not(Box<Expression>),
    Binary(Binary, Box<[Expression; 2]>),
    Call(Function, Vec<Expression>),
}

/// What stands between two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binary {
    Or,
    And,
    Compare(Operator),
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// A function of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `min(a, b, ...)`
    Min,
    /// `max(a, b, ...)`
    Max,
    /// `abs(x)`
    Abs,
    /// `floor(x)`
    Floor,
    /// `if(condition, one, other)`
    If,
}

/// How tightly a sign binds, loosest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Binding {
    Or,
    And,
    Not,
    Compare,
    Add,
    Multiply,
    Sign,
    Atom,
}

impl Binary {
    pub(super) const fn sign(self) -> &'static str {
        match self {
            Binary::Or => "or",
            Binary::And => "and",
            Binary::Compare(operator) => operator.sign(),
            Binary::Add => "+",
            Binary::Subtract => "-",
            Binary::Multiply => "*",
            Binary::Divide => "/",
        }
    }

    pub(super) const fn binding(self) -> Binding {
        match self {
            Binary::Or => Binding::Or,
            Binary::And => Binding::And,
            Binary::Compare(_) => Binding::Compare,
            Binary::Add | Binary::Subtract => Binding::Add,
            Binary::Multiply | Binary::Divide => Binding::Multiply,
        }
    }
}

impl Function {
    /// Every function.
    pub const ALL: [Function; 5] =
        [Function::Min, Function::Max, Function::Abs, Function::Floor, Function::If];

    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Function::Min => "min",
            Function::Max => "max",
            Function::Abs => "abs",
            Function::Floor => "floor",
            Function::If => "if",
        }
    }

    /// How it is used.
    pub const fn usage(self) -> &'static str {
        match self {
            Function::Min => "min(a, b, ...)",
            Function::Max => "max(a, b, ...)",
            Function::Abs => "abs(x)",
            Function::Floor => "floor(x)",
            Function::If => "if(condition, one, other)",
        }
    }

    /// What it gives.
    pub const fn about(self) -> &'static str {
        match self {
            Function::Min => "the smallest of two or more",
            Function::Max => "the largest of two or more",
            Function::Abs => "the distance from zero",
            Function::Floor => "the largest whole number that is not above it",
            Function::If => "one where the condition holds, the other where it does not",
        }
    }

    /// It can be given so many arguments.
    pub(super) const fn takes(self, arguments: usize) -> bool {
        match self {
            Function::Min | Function::Max => arguments >= 2,
            Function::Abs | Function::Floor => arguments == 1,
            Function::If => arguments == 3,
        }
    }
}

impl Node {
    const fn binding(&self) -> Binding {
        match self {
            Node::Number(_) | Node::Variable(_) | Node::Call(..) => Binding::Atom,
            Node::Negate(_) => Binding::Sign,
            Node::Not(_) => Binding::Not,
            Node::Binary(binary, _) => binary.binding(),
        }
    }

    /// The parts directly inside it.
    pub(super) fn parts(&self) -> &[Expression] {
        match self {
            Node::Number(_) | Node::Variable(_) => &[],
            Node::Negate(part) | Node::Not(part) => std::slice::from_ref(part),
            Node::Binary(_, parts) => parts.as_slice(),
            Node::Call(_, parts) => parts,
        }
    }

    /// The variable is somewhere in it.
    pub(super) fn uses(&self, variable: Variable) -> bool {
        *self == Node::Variable(variable) || self.parts().iter().any(|part| part.says.uses(variable))
    }
}

/// A part where nothing that binds less tightly may stand without brackets.
struct Bracketed<'a>(&'a Node, Binding);

impl fmt::Display for Bracketed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.binding() < self.1 { write!(f, "({})", self.0) } else { write!(f, "{}", self.0) }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The shortest digits that read back as the same number; never hundreds of zeros.
            Node::Number(number) if *number != 0.0 && !(1e-5..1e16).contains(number) => {
                write!(f, "{number:e}")
            }
            Node::Number(number) => write!(f, "{number}"),
            Node::Variable(variable) => f.write_str(variable.name()),
            Node::Negate(part) => write!(f, "-{}", Bracketed(&part.says, Binding::Sign)),
            Node::Not(part) => write!(f, "not {}", Bracketed(&part.says, Binding::Not)),
            Node::Binary(binary, parts) => {
                let (left, right) = match binary {
                    // Comparisons stand in no row: `a < b < c` is not read.
                    Binary::Compare(_) => (Binding::Add, Binding::Add),
                    Binary::Or => (Binding::Or, Binding::And),
                    Binary::And => (Binding::And, Binding::Not),
                    Binary::Add | Binary::Subtract => (Binding::Add, Binding::Multiply),
                    Binary::Multiply | Binary::Divide => (Binding::Multiply, Binding::Sign),
                };
                let [first, second] = parts.as_ref();
                let (first, second) = (Bracketed(&first.says, left), Bracketed(&second.says, right));
                write!(f, "{first} {} {second}", binary.sign())
            }
            Node::Call(function, parts) => {
                write!(f, "{}(", function.name())?;
                for (i, part) in parts.iter().enumerate() {
                    write!(f, "{}{}", if i == 0 { "" } else { ", " }, part.says)?;
                }
                f.write_str(")")
            }
        }
    }
}
