//! A score as it is computed: a list of operations on registers, without allocation and without a way to fail.
//!
//! ```text
//! registers   [ the variables | the numbers of the score | result of operation 0 | result of operation 1 | ... ]
//! ```
//!
//! Each operation reads registers before its own and writes its own, so that a score needs no stack, and one jump an
//! operation. Both branches of `if` are computed: nothing that a score says can fail or take long.

use super::super::Operator;
use super::tree::{Binary, Expression, Function, Node};
use super::variable::Variable;

/// Most registers of a score.
pub(super) const REGISTERS_MAX: usize = 256;
/// Registers that nearly every score does with; fewer to clear at each evaluation.
const REGISTERS_FEW: usize = 64;

/// A number beyond the largest is the largest: an infinity would breed what is not a number.
pub(super) fn saturated(value: f64) -> f64 {
    value.clamp(f64::MIN, f64::MAX)
}

/// What is done to one, two or three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Min,
    Max,
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
    And,
    Or,
    Not,
    Negate,
    Abs,
    Floor,
    If,
}

impl Operation {
    /// What the operation gives: finite for finite numbers, and the same on every machine. Nothing depends on the
    /// sign of a zero.
    #[inline]
    fn apply(self, a: f64, b: f64, c: f64) -> f64 {
        let truth = |holds: bool| f64::from(u8::from(holds));
        match self {
            Operation::Add => saturated(a + b),
            Operation::Subtract => saturated(a - b),
            Operation::Multiply => saturated(a * b),
            Operation::Divide if b == 0.0 => 0.0,
            Operation::Divide => saturated(a / b),
            // Not `f64::min`, which leaves to the machine which zero it gives.
            Operation::Min if b < a => b,
            Operation::Max if b > a => b,
            Operation::Min | Operation::Max => a,
            Operation::Less => truth(a < b),
            Operation::LessOrEqual => truth(a <= b),
            Operation::Equal => truth(a == b),
            Operation::NotEqual => truth(a != b),
            Operation::And => truth(a != 0.0 && b != 0.0),
            Operation::Or => truth(a != 0.0 || b != 0.0),
            Operation::Not => truth(a == 0.0),
            Operation::Negate => -a,
            Operation::Abs => a.abs(),
            Operation::Floor => a.floor(),
            Operation::If if a != 0.0 => b,
            Operation::If => c,
        }
    }
}

/// Registers that an operation reads.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Step {
    operation: Operation,
    from: [u8; 3],
}

/// A score, ready to be computed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Program {
    numbers: Box<[f64]>,
    steps: Box<[Step]>,
    result: u8,
}

impl Program {
    /// The program of a tree, at the time 0.
    pub(super) fn of(tree: &Expression) -> Program {
        let mut compiler = Compiler::default();
        let result = compiler.source(&tree.says);
        let result = compiler.place(result);
        let (numbers, steps) = (compiler.numbers, compiler.steps);
        let register = |place: Place| {
            let index = match place {
                Place::Variable(index) => index,
                Place::Number(index) => Variable::COUNT + index,
                Place::Step(index) => Variable::COUNT + numbers.len() + index,
            };
            u8::try_from(index).expect("each register comes from a token, and these are limited")
        };
        let steps = steps.into_iter().map(|(operation, from)| Step { operation, from: from.map(register) });
        Program { steps: steps.collect(), result: register(result), numbers: numbers.into() }
    }

    /// Computes it.
    #[inline]
    pub(super) fn run(&self, variables: &[f64; Variable::COUNT]) -> f64 {
        if Variable::COUNT + self.numbers.len() + self.steps.len() <= REGISTERS_FEW {
            self.run_in::<REGISTERS_FEW>(variables)
        } else {
            self.run_in::<REGISTERS_MAX>(variables)
        }
    }

    #[inline]
    fn run_in<const REGISTERS: usize>(&self, variables: &[f64; Variable::COUNT]) -> f64 {
        // The remainder, of a power of two, costs nothing and spares a check of bounds.
        let at = |index: u8| usize::from(index) % REGISTERS;
        let mut registers = [0.0; REGISTERS];
        registers[..Variable::COUNT].copy_from_slice(variables);
        let mut next = Variable::COUNT;
        for number in &self.numbers {
            registers[next % REGISTERS] = *number;
            next += 1;
        }
        for step in &self.steps {
            let [a, b, c] = step.from.map(|index| registers[at(index)]);
            registers[next % REGISTERS] = step.operation.apply(a, b, c);
            next += 1;
        }
        registers[at(self.result)]
    }
}

/// The value of a tree without variables.
pub(super) fn constant(node: &Node) -> Option<f64> {
    let no_variable = Variable::ALL.iter().all(|variable| !node.uses(*variable));
    match Compiler::default().source(node) {
        Source::Number(number) if no_variable => Some(number),
        _ => None,
    }
}

/// Where a value stands, before it is known how many numbers there are.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Variable(usize),
    Number(usize),
    Step(usize),
}

/// Where a value comes from: it is known already, or will stand somewhere.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Source {
    Number(f64),
    Place(Place),
}

#[derive(Default)]
struct Compiler {
    numbers: Vec<f64>,
    steps: Vec<(Operation, [Place; 3])>,
}

impl Compiler {
    fn source(&mut self, node: &Node) -> Source {
        match node {
            Node::Number(number) => Source::Number(*number),
            // Time is added by whoever knows the instant.
            Node::Variable(Variable::Waiting) => Source::Number(0.0),
            Node::Variable(variable) => Source::Place(Place::Variable(*variable as usize)),
            Node::Negate(part) => self.one(Operation::Negate, part),
            Node::Not(part) => self.one(Operation::Not, part),
            Node::Binary(binary, parts) => {
                let [first, second] = parts.as_ref();
                let (first, second) = (self.source(&first.says), self.source(&second.says));
                self.binary(*binary, first, second)
            }
            Node::Call(function, parts) => self.call(*function, parts),
        }
    }

    fn one(&mut self, operation: Operation, part: &Expression) -> Source {
        let source = self.source(&part.says);
        self.step(operation, [source; 3])
    }

    fn binary(&mut self, binary: Binary, a: Source, b: Source) -> Source {
        let (zero, one) = (Source::Number(0.0), Source::Number(1.0));
        match binary {
            // What changes nothing is not computed: mostly what is left of the time.
            Binary::Add if a == zero => b,
            Binary::Add | Binary::Subtract if b == zero => a,
            Binary::Subtract if a == zero => self.step(Operation::Negate, [b; 3]),
            Binary::Multiply if a == one => b,
            Binary::Multiply | Binary::Divide if b == one => a,
            Binary::Multiply if a == zero || b == zero => zero,
            Binary::Add => self.step(Operation::Add, [a, b, b]),
            Binary::Subtract => self.step(Operation::Subtract, [a, b, b]),
            Binary::Multiply => self.step(Operation::Multiply, [a, b, b]),
            Binary::Divide => self.step(Operation::Divide, [a, b, b]),
            Binary::And => self.step(Operation::And, [a, b, b]),
            Binary::Or => self.step(Operation::Or, [a, b, b]),
            Binary::Compare(Operator::Less) => self.step(Operation::Less, [a, b, b]),
            Binary::Compare(Operator::Greater) => self.step(Operation::Less, [b, a, a]),
            Binary::Compare(Operator::LessOrEqual) => self.step(Operation::LessOrEqual, [a, b, b]),
            Binary::Compare(Operator::GreaterOrEqual) => self.step(Operation::LessOrEqual, [b, a, a]),
            Binary::Compare(Operator::Equal) => self.step(Operation::Equal, [a, b, b]),
            Binary::Compare(Operator::NotEqual) => self.step(Operation::NotEqual, [a, b, b]),
        }
    }

    fn call(&mut self, function: Function, parts: &[Expression]) -> Source {
        let sources: Vec<Source> = parts.iter().map(|part| self.source(&part.says)).collect();
        let operation = match function {
            Function::Min => Operation::Min,
            Function::Max => Operation::Max,
            Function::Abs => Operation::Abs,
            Function::Floor => Operation::Floor,
            Function::If => Operation::If,
        };
        match (operation, sources.as_slice()) {
            (Operation::If, [Source::Number(holds), one, other]) => {
                if *holds == 0.0 {
                    *other
                } else {
                    *one
                }
            }
            (Operation::If, [condition, one, other]) => self.step(operation, [*condition, *one, *other]),
            (_, [only]) => self.step(operation, [*only; 3]),
            (_, [first, rest @ ..]) => rest.iter().fold(*first, |a, b| self.step(operation, [a, *b, *b])),
            (_, []) => unreachable!("every function takes something"),
        }
    }

    /// What the operation gives: at once where everything is known, else by a step.
    fn step(&mut self, operation: Operation, sources: [Source; 3]) -> Source {
        if let [Source::Number(a), Source::Number(b), Source::Number(c)] = sources {
            return Source::Number(operation.apply(a, b, c));
        }
        let from = sources.map(|source| self.place(source));
        self.steps.push((operation, from));
        Source::Place(Place::Step(self.steps.len() - 1))
    }

    fn place(&mut self, source: Source) -> Place {
        let number = match source {
            Source::Place(place) => return place,
            Source::Number(number) => number,
        };
        let known = self.numbers.iter().position(|other| *other == number);
        Place::Number(known.unwrap_or_else(|| {
            self.numbers.push(number);
            self.numbers.len() - 1
        }))
    }
}
