//! What a score must be beyond well formed: conditions are conditions, constants make sense, and time enters evenly.

use super::super::LineError;
use super::program::constant;
use super::tree::{Binary, Expression, Function, Node};
use super::variable::Variable;

/// The coefficient of `waiting_s`.
///
/// # Errors
/// All mistakes of meaning, in the order of the text.
pub(super) fn check(tree: &Expression) -> Result<f64, Vec<LineError>> {
    let mut check = Check::default();
    check.conditions(tree);
    check.constants(tree);
    let per_second = check.slope(tree);
    if check.mistakes.is_empty() {
        return Ok(per_second);
    }
    check.mistakes.sort_by_key(|mistake| (mistake.span.start, mistake.span.end));
    Err(check.mistakes)
}

#[derive(Default)]
struct Check {
    mistakes: Vec<LineError>,
}

/// It is true or false.
fn is_truth(node: &Node) -> bool {
    match node {
        Node::Variable(variable) => variable.is_truth(),
        Node::Not(_) => true,
        Node::Binary(binary, _) => matches!(binary, Binary::Or | Binary::And | Binary::Compare(_)),
        Node::Call(Function::If, parts) => parts[1..].iter().all(|part| is_truth(&part.says)),
        Node::Number(_) | Node::Negate(_) | Node::Call(..) => false,
    }
}

impl Check {
    fn wrong(&mut self, part: &Expression, problem: &str, remedy: &str) {
        self.mistakes.push(LineError::new(part.span.clone(), problem, remedy));
    }

    /// Where it is asked whether something holds, a number would leave open from where on.
    fn conditions(&mut self, part: &Expression) {
        let asked: &[Expression] = match &part.says {
            Node::Not(condition) => std::slice::from_ref(condition),
            Node::Binary(Binary::Or | Binary::And, parts) => parts.as_slice(),
            Node::Call(Function::If, parts) => &parts[..1],
            _ => &[],
        };
        for condition in asked.iter().filter(|condition| !is_truth(&condition.says)) {
            let remedy = format!("compare it with something, such as {} > 0", Sample(condition));
            self.wrong(condition, "this is a number where a condition belongs", &remedy);
        }
        part.says.parts().iter().for_each(|inside| self.conditions(inside));
    }

    /// Divisions by a zero that is written there, and constants that no number holds.
    fn constants(&mut self, part: &Expression) {
        let before = self.mistakes.len();
        part.says.parts().iter().for_each(|inside| self.constants(inside));
        let Node::Binary(binary, parts) = &part.says else { return };
        if *binary == Binary::Divide && constant(&parts[1].says) == Some(0.0) {
            self.wrong(&parts[1], "this divides by zero", "divide by something else");
        }
        let too_large = constant(&part.says).is_some_and(|value| value.abs() == f64::MAX);
        if too_large && self.mistakes.len() == before {
            self.wrong(part, "this number is too large", "write one that fits 64 bits");
        }
    }

    /// The coefficient of `waiting_s` in this part.
    fn slope(&mut self, part: &Expression) -> f64 {
        let timed = |part: &Expression| part.says.uses(Variable::Waiting);
        let slope = match &part.says {
            Node::Number(_) => 0.0,
            Node::Variable(variable) => f64::from(u8::from(*variable == Variable::Waiting)),
            Node::Negate(inside) => -self.slope(inside),
            Node::Not(inside) => self.uneven(inside, "inside a condition"),
            Node::Binary(Binary::Add, parts) => self.slope(&parts[0]) + self.slope(&parts[1]),
            Node::Binary(Binary::Subtract, parts) => self.slope(&parts[0]) - self.slope(&parts[1]),
            Node::Binary(Binary::Multiply, parts) => {
                let [first, second] = parts.as_ref();
                match (constant(&first.says), constant(&second.says)) {
                    (Some(times), _) => times * self.slope(second),
                    (_, Some(times)) => times * self.slope(first),
                    _ if timed(first) && timed(second) => self.uneven(part, "multiplied by itself"),
                    _ => self.uneven(part, "multiplied by something that varies"),
                }
            }
            Node::Binary(Binary::Divide, parts) => {
                let [first, second] = parts.as_ref();
                let below = self.uneven(second, "what something is divided by");
                match constant(&second.says) {
                    // A division by zero has been told.
                    Some(0.0) => below,
                    Some(by) => self.slope(first) / by,
                    None => below + self.uneven(first, "divided by something that varies"),
                }
            }
            Node::Binary(Binary::Compare(_), _) => self.uneven(part, "compared with something"),
            Node::Binary(Binary::Or | Binary::And, _) => self.uneven(part, "inside a condition"),
            Node::Call(function, _) => self.uneven(part, &format!("inside `{}`", function.name())),
        };
        if !slope.is_finite() {
            self.wrong(part, "`waiting_s` counts for too much here", "multiply it by a smaller number");
            return 0.0;
        }
        slope
    }

    /// Refuses every `waiting_s` of a part where it would not enter evenly.
    fn uneven(&mut self, part: &Expression, how: &str) -> f64 {
        if part.says == Node::Variable(Variable::Waiting) {
            let problem = format!("`waiting_s` is {how}, and a score has to grow evenly with time");
            let remedy =
                "add or subtract `waiting_s` times or divided by a number, outside of everything else";
            self.wrong(part, &problem, remedy);
        }
        part.says.parts().iter().for_each(|inside| {
            self.uneven(inside, how);
        });
        0.0
    }
}

/// A condition's number as a remedy names it: itself where it is short.
struct Sample<'a>(&'a Expression);

impl std::fmt::Display for Sample<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0.says {
            node @ (Node::Variable(_) | Node::Call(..)) => write!(f, "{node}"),
            _ => f.write_str("retries"),
        }
    }
}
