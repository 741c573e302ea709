//! From text to words and signs.

use super::super::{LineError, Operator, Part};
use super::tree::Binary;
use std::ops::Range;

/// A word or a sign of a score.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Name(String),
    Binary(Binary),
    Not,
    Open,
    Close,
    Comma,
}

/// The words and signs of a text.
///
/// # Errors
/// All that are none.
pub(super) fn tokens(text: &str) -> Result<Vec<Part<Token>>, Vec<LineError>> {
    let (mut tokens, mut mistakes) = (Vec::new(), Vec::new());
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        match token(text, at, first) {
            Ok(token) => {
                at = token.span.end;
                tokens.push(token);
            }
            Err(mistake) => {
                at = mistake.span.end;
                mistakes.push(mistake);
            }
        }
    }
    if mistakes.is_empty() { Ok(tokens) } else { Err(mistakes) }
}

/// The bytes from here on that `wanted` accepts.
fn run(text: &str, from: usize, wanted: impl Fn(char) -> bool) -> Range<usize> {
    let rest = &text[from..];
    from..from + rest.find(|c| !wanted(c)).unwrap_or(rest.len())
}

fn in_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn token(text: &str, at: usize, first: char) -> Result<Part<Token>, LineError> {
    if first.is_ascii_digit() {
        return number(text, at);
    }
    if first.is_alphabetic() || first == '_' {
        let span = run(text, at, in_name);
        let says = match &text[span.clone()] {
            "and" => Token::Binary(Binary::And),
            "or" => Token::Binary(Binary::Or),
            "not" => Token::Not,
            name => Token::Name(name.to_owned()),
        };
        return Ok(Part { says, span });
    }
    let single = match first {
        '+' => Some(Token::Binary(Binary::Add)),
        '-' => Some(Token::Binary(Binary::Subtract)),
        '/' => Some(Token::Binary(Binary::Divide)),
        '*' if !text[at..].starts_with("**") => Some(Token::Binary(Binary::Multiply)),
        '(' => Some(Token::Open),
        ')' => Some(Token::Close),
        ',' => Some(Token::Comma),
        _ => None,
    };
    match single {
        Some(says) => Ok(Part { says, span: at..at + 1 }),
        None => sign(text, at, first),
    }
}

/// A comparison, or a sign that is none here.
fn sign(text: &str, at: usize, first: char) -> Result<Part<Token>, LineError> {
    const IN_COMPARISONS: [char; 7] = ['=', '!', '<', '>', '≤', '≥', '≠'];
    let alike: &[char] = match first {
        _ if IN_COMPARISONS.contains(&first) => &IN_COMPARISONS,
        '&' | '|' | '*' => &[first],
        _ => {
            return Err(LineError::new(at..at + first.len_utf8(), "this is not read here", remedy_of(first)));
        }
    };
    let span = run(text, at, |c| alike.contains(&c));
    let written = &text[span.clone()];
    if let Some(operator) = Operator::ALL.into_iter().find(|operator| operator.sign() == written) {
        return Ok(Part { says: Token::Binary(Binary::Compare(operator)), span });
    }
    let remedy = match written {
        "=" | "===" => "write ==",
        "=<" | "≤" => "write <=",
        "=>" | "≥" => "write >=",
        "<>" | "≠" | "!==" => "write !=",
        "!" => "write not",
        _ if first == '&' => "write and",
        _ if first == '|' => "write or",
        _ if first == '*' => "there are no powers: write a product",
        _ => "write one of == != < <= > >=",
    };
    Err(LineError::new(span, "this is not read here", remedy))
}

/// What to write instead of a sign that is none.
fn remedy_of(sign: char) -> &'static str {
    match sign {
        '^' => "there are no powers: write a product",
        '%' => "write shares as numbers, 0.05 for 5 %",
        '?' | ':' => "write if(condition, one, other)",
        '.' => "begin a decimal with its digit, as in 0.5; no variable has a point",
        '\'' | '"' | '`' => "names stand without quotes",
        '[' | ']' | '{' | '}' => "write ( and )",
        '×' | '·' => "write *",
        '÷' => "write /",
        '−' | '–' => "write -",
        ';' => "a score is one expression: leave it out",
        _ => {
            "a score is made of numbers, variables, + - * /, comparisons, and or not, functions and brackets"
        }
    }
}

/// Digits, perhaps a point and decimals, perhaps an exponent.
fn number(text: &str, start: usize) -> Result<Part<Token>, LineError> {
    let digit = |c: char| c.is_ascii_digit();
    let mut end = run(text, start, |c| digit(c) || c == '_').end;
    let whole = start..end;
    let wrong = |end, problem: &str, remedy: &str| Err(LineError::new(start..end, problem, remedy));
    if text[whole.clone()].split('_').any(str::is_empty) {
        return wrong(end, "the digits of this number are grouped oddly", "group as in 3_800, or not at all");
    }
    if text[end..].starts_with('.') {
        let decimals = run(text, end + 1, digit);
        if decimals.is_empty() {
            return wrong(
                end + 1,
                "a digit is missing behind the point",
                "write one, as in 5.0, or leave the point out",
            );
        }
        end = decimals.end;
    }
    if text[end..].starts_with(['e', 'E']) {
        let sign = usize::from(text[end + 1..].starts_with(['-', '+']));
        let digits = run(text, end + 1 + sign, digit);
        end = if digits.is_empty() { end } else { digits.end };
    }
    let behind = run(text, end, |c| in_name(c) || c == '.');
    if !behind.is_empty() {
        let remedy = "a number has no unit and no name in it; each variable has a unit of its own, seconds for waiting_s";
        return wrong(behind.end, "this is no number", remedy);
    }
    if let Some(group) = text[end..].strip_prefix(',')
        && run(group, 0, digit).len() == 3
    {
        let written = &text[start..end + 4];
        let (together, apart) = (written.replace(',', ""), written.replace(',', ", "));
        let remedy = format!("write {together} for one number, {apart} for two");
        return wrong(end + 4, "this is one number or two", &remedy);
    }
    let digits = text[start..end].replace('_', "");
    let grouped_oddly = digits.len() > 1 && digits.starts_with('0') && digits[1..].starts_with(digit);
    if grouped_oddly {
        return wrong(end, "this number begins with a zero", "leave the zero out");
    }
    match digits.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(Part { says: Token::Number(number), span: start..end }),
        _ => wrong(end, "this number is too large", "write one that fits 64 bits"),
    }
}
