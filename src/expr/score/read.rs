//! From text to a tree. Nothing is guessed: what could mean two things is a mistake with its place and its remedy.

use super::super::{LineError, Part, suggest};
use super::program::REGISTERS_MAX;
use super::token::{Token, tokens};
use super::tree::{Binary, Binding, Expression, Function, Node};
use super::variable::Variable;
use std::ops::Range;

/// Most words and signs of a score. Each gives at most one register, so that a score that can be read can be computed.
pub(super) const TOKENS_MAX: usize = REGISTERS_MAX - Variable::COUNT;
/// Most brackets and signs inside each other.
const DEPTH_MAX: usize = 32;

/// Reads a score.
///
/// # Errors
/// All words that are none; or else all names that are none, as far as the first mistake of form, and that one.
pub(super) fn read(text: &str) -> Result<Expression, Vec<LineError>> {
    let tokens = tokens(text)?;
    if let Some(first) = tokens.get(TOKENS_MAX) {
        let remedy = format!("at most {TOKENS_MAX} numbers, names and signs are read");
        return Err(vec![LineError::new(first.span.start..text.len(), "this score is too long", remedy)]);
    }
    let mut reader = Reader { text, tokens: &tokens, at: 0, depth: 0, mistakes: Vec::new() };
    match reader.whole() {
        Ok(tree) if reader.mistakes.is_empty() => Ok(tree),
        Ok(_) => Err(reader.mistakes),
        Err(last) => {
            reader.mistakes.push(last);
            Err(reader.mistakes)
        }
    }
}

const OPERAND: &str = "write a number, a variable, a function or (...)";

struct Reader<'t> {
    text: &'t str,
    tokens: &'t [Part<Token>],
    at: usize,
    depth: usize,
    mistakes: Vec<LineError>,
}

impl Reader<'_> {
    fn next(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|token| &token.says)
    }

    /// Where the next word or sign stands; empty at the end.
    fn here(&self) -> Range<usize> {
        let end = self.text.trim_end().len();
        self.tokens.get(self.at).map_or(end..end, |token| token.span.clone())
    }

    fn eat(&mut self, wanted: &Token) -> bool {
        let there = self.next() == Some(wanted);
        self.at += usize::from(there);
        there
    }

    fn whole(&mut self) -> Result<Expression, LineError> {
        if self.tokens.is_empty() {
            let remedy = "write what a session's turn depends on, such as waiting_s - 60 * retries";
            return Err(LineError::new(self.here(), "this score is empty", remedy));
        }
        let tree = self.expression(Binding::Or)?;
        match self.next() {
            None => Ok(tree),
            Some(Token::Close) => {
                Err(LineError::new(self.here(), "nothing is open that this could close", "leave it out"))
            }
            Some(Token::Comma) => {
                let remedy = "commas stand between what a function is given; the point of a decimal is .";
                Err(LineError::new(self.here(), "this comma is in no function", remedy))
            }
            Some(_) => {
                let remedy = "write one of + - * /, a comparison, `and` or `or`";
                Err(LineError::new(self.here(), "an operator is missing before this", remedy))
            }
        }
    }

    /// A part that binds at least so tightly, and what follows it from the left to the right.
    fn expression(&mut self, loosest: Binding) -> Result<Expression, LineError> {
        let mut left = self.prefixed(loosest)?;
        while let Some(Token::Binary(binary)) = self.next().cloned() {
            let binding = binary.binding();
            if binding < loosest {
                break;
            }
            self.at += 1;
            let right = self.expression(tighter(binding))?;
            if let Some(Token::Binary(Binary::Compare(_))) = self.next()
                && binding == Binding::Compare
            {
                let remedy = "write two comparisons with `and` between them, or brackets";
                return Err(LineError::new(self.here(), "comparisons cannot stand in a row", remedy));
            }
            let span = left.span.start..right.span.end;
            left = Part { says: Node::Binary(binary, Box::new([left, right])), span };
        }
        Ok(left)
    }

    fn prefixed(&mut self, loosest: Binding) -> Result<Expression, LineError> {
        let start = self.here();
        let (inside, make): (Binding, fn(Box<Expression>) -> Node) = match self.next() {
            Some(Token::Binary(Binary::Subtract)) => (Binding::Sign, Node::Negate),
            Some(Token::Not) if loosest > Binding::Not => {
                let remedy = "write brackets around `not` and its condition";
                return Err(LineError::new(start, "`not` cannot stand here", remedy));
            }
            Some(Token::Not) => (Binding::Not, Node::Not),
            _ => return self.atom(),
        };
        self.at += 1;
        let part = self.deeper(&start, |reader| reader.expression(inside))?;
        let span = start.start..part.span.end;
        Ok(Part { says: make(Box::new(part)), span })
    }

    /// Reads what is inside of something, if that is not too deep.
    fn deeper<T>(
        &mut self, from: &Range<usize>, read: impl FnOnce(&mut Self) -> Result<T, LineError>,
    ) -> Result<T, LineError> {
        if self.depth == DEPTH_MAX {
            let remedy = format!("at most {DEPTH_MAX} brackets and signs stand inside each other");
            return Err(LineError::new(from.clone(), "this is nested too deep", remedy));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn atom(&mut self) -> Result<Expression, LineError> {
        let span = self.here();
        let token = self.next().cloned();
        self.at += 1;
        match token {
            Some(Token::Number(number)) => Ok(Part { says: Node::Number(number), span }),
            Some(Token::Name(name)) if self.next() == Some(&Token::Open) => self.call(&name, span),
            Some(Token::Name(name)) => Ok(Part { says: self.variable(&name, &span), span }),
            Some(Token::Open) => {
                let inside = self.deeper(&span, |reader| reader.expression(Binding::Or))?;
                let end = self.close(&span)?;
                Ok(Part { says: inside.says, span: span.start..end })
            }
            None => Err(LineError::new(span, "something is missing at the end", OPERAND)),
            Some(Token::Binary(Binary::Add)) => {
                Err(LineError::new(span, "there is nothing on the left of this", "leave the + out"))
            }
            Some(_) => Err(LineError::new(span, "something is missing before this", OPERAND)),
        }
    }

    /// The `)` of what was opened there; where it ends.
    fn close(&mut self, opened: &Range<usize>) -> Result<usize, LineError> {
        let end = self.here().end;
        if self.eat(&Token::Close) {
            return Ok(end);
        }
        if self.next().is_none() {
            let remedy = "write the ) that is missing";
            return Err(LineError::new(opened.clone(), "this bracket is never closed", remedy));
        }
        let remedy = "write an operator, or the ) that is missing";
        Err(LineError::new(self.here(), "this cannot follow here", remedy))
    }

    fn variable(&mut self, name: &str, span: &Range<usize>) -> Node {
        if let Some(variable) = Variable::named(name) {
            return Node::Variable(variable);
        }
        let remedy = if let Some(function) = Function::ALL.iter().find(|function| function.name() == name) {
            format!("write {}", function.usage())
        } else if let Some(variable) = suggest(name, Variable::ALL.iter().map(|variable| variable.name())) {
            format!("did you mean `{variable}`?")
        } else {
            let names: Vec<&str> = Variable::ALL.iter().map(|variable| variable.name()).collect();
            format!("there are {}", names.join(", "))
        };
        self.mistakes.push(LineError::new(span.clone(), format!("there is no variable `{name}`"), remedy));
        // Anything does: the score is refused.
        Node::Number(0.0)
    }

    fn call(&mut self, name: &str, span: Range<usize>) -> Result<Expression, LineError> {
        let function = Function::ALL.into_iter().find(|function| function.name() == name);
        if function.is_none() {
            let usages: Vec<&str> = Function::ALL.iter().map(|function| function.usage()).collect();
            let remedy = if Variable::named(name).is_some() {
                "this is a variable: write an operator behind it".to_owned()
            } else {
                format!("there are {}", usages.join(", "))
            };
            self.mistakes.push(LineError::new(
                span.clone(),
                format!("there is no function `{name}`"),
                remedy,
            ));
        }
        let opened = self.here();
        self.at += 1;
        let mut parts = Vec::new();
        if self.next() != Some(&Token::Close) {
            parts.push(self.deeper(&opened, |reader| reader.expression(Binding::Or))?);
            while self.eat(&Token::Comma) {
                parts.push(self.deeper(&opened, |reader| reader.expression(Binding::Or))?);
            }
        }
        let whole = span.start..self.close(&opened)?;
        let says = match function {
            Some(function) if function.takes(parts.len()) => Node::Call(function, parts),
            Some(function) => {
                let problem = format!("`{name}` is given {} of what it takes", parts.len());
                let problem = if parts.is_empty() { format!("`{name}` is given nothing") } else { problem };
                let remedy = format!("write {}", function.usage());
                self.mistakes.push(LineError::new(whole.clone(), problem, remedy));
                Node::Number(0.0)
            }
            None => Node::Number(0.0),
        };
        Ok(Part { says, span: whole })
    }
}

/// What the right side of a sign must bind like: signs of one kind are read from the left to the right.
const fn tighter(binding: Binding) -> Binding {
    match binding {
        Binding::Or => Binding::And,
        Binding::And => Binding::Not,
        Binding::Not | Binding::Compare => Binding::Add,
        Binding::Add => Binding::Multiply,
        Binding::Multiply | Binding::Sign | Binding::Atom => Binding::Sign,
    }
}
