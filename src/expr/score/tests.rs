//! Claims about scores. What they should give is computed here once more, by walking the tree with time in it.

use super::super::Operator;
use super::tree::{Binary, Node};
use super::*;

mod properties;

fn score(text: &str) -> Score {
    parse(text).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}

/// Reads a score and prints it in its canonical form.
#[track_caller]
fn reads(text: &str, canonical: &str) {
    assert_eq!(score(text).to_string(), canonical, "{text}");
}

/// The parts of the score that its mistakes point at, and what is said of them.
#[track_caller]
fn refused(text: &str, expected: &[(&str, &str)]) {
    let errors = parse(text).expect_err(text);
    let places: Vec<&str> = errors.iter().map(|error| &text[error.span.clone()]).collect();
    let wanted: Vec<&str> = expected.iter().map(|(at, _)| *at).collect();
    assert_eq!(places, wanted, "{text}: {errors:?}");
    for (error, (_, says)) in errors.iter().zip(expected) {
        assert!(error.to_string().contains(says), "{text}: {error}");
    }
}

/// A session with these variables, and 0 for the others.
fn session(values: &[(Variable, f64)]) -> Variables {
    values.iter().fold(Variables::default(), |session, (variable, value)| session.with(*variable, *value))
}

/// The whole score as the language is documented, `waiting_s` looked up where it stands.
fn by_hand(node: &Node, session: &Variables) -> f64 {
    let truth = |holds: bool| if holds { 1.0 } else { 0.0 };
    let of = |part: &tree::Expression| by_hand(&part.says, session);
    let value = match node {
        Node::Number(number) => *number,
        Node::Variable(variable) => session.get(*variable),
        Node::Negate(part) => -of(part),
        Node::Not(part) => truth(of(part) == 0.0),
        Node::Binary(binary, parts) => {
            let (a, b) = (of(&parts[0]), of(&parts[1]));
            match binary {
                Binary::Or => truth(a != 0.0 || b != 0.0),
                Binary::And => truth(a != 0.0 && b != 0.0),
                Binary::Compare(Operator::Equal) => truth(a == b),
                Binary::Compare(Operator::NotEqual) => truth(a != b),
                Binary::Compare(Operator::Less) => truth(a < b),
                Binary::Compare(Operator::LessOrEqual) => truth(a <= b),
                Binary::Compare(Operator::Greater) => truth(a > b),
                Binary::Compare(Operator::GreaterOrEqual) => truth(a >= b),
                Binary::Add => a + b,
                Binary::Subtract => a - b,
                Binary::Multiply => a * b,
                Binary::Divide => {
                    if b == 0.0 {
                        0.0
                    } else {
                        a / b
                    }
                }
            }
        }
        Node::Call(Function::Min, parts) => parts.iter().map(of).fold(f64::MAX, f64::min),
        Node::Call(Function::Max, parts) => parts.iter().map(of).fold(f64::MIN, f64::max),
        Node::Call(Function::Abs, parts) => of(&parts[0]).abs(),
        Node::Call(Function::Floor, parts) => of(&parts[0]).floor(),
        Node::Call(Function::If, parts) => {
            if of(&parts[0]) == 0.0 {
                of(&parts[2])
            } else {
                of(&parts[1])
            }
        }
    };
    value.clamp(f64::MIN, f64::MAX)
}

const EXAMPLE: &str =
    "waiting_s / 60 - 5 * retries - 20 * max(0, sessions_of_person - 1) + if(verified, 30, 0)";

#[test]
fn a_score_counts_what_it_says() {
    let example = score(EXAMPLE);
    let session = session(&[
        (Variable::Waiting, 600.0),
        (Variable::Retries, 3.0),
        (Variable::SessionsOfPerson, 4.0),
        (Variable::Verified, 1.0),
    ]);
    // 3 retries, 3 sessions too many, verified; and ten minutes.
    assert_eq!(example.eval(&session), -15.0 - 60.0 + 30.0);
    assert_eq!(example.per_second(), 1.0 / 60.0);
    assert_eq!(example.at(&session), 10.0 - 15.0 - 60.0 + 30.0);
    let used: Vec<&str> =
        Variable::ALL.iter().filter(|variable| example.uses(**variable)).map(|v| v.name()).collect();
    assert_eq!(used, ["waiting_s", "retries", "sessions_of_person", "verified"]);
}

#[test]
fn signs_bind_as_in_any_formula() {
    let value = |text: &str| score(text).eval(&Variables::default());
    for (text, expected) in [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("10 - 4 - 3", 3.0),
        ("24 / 4 / 3", 2.0),
        ("-2 * 3", -6.0),
        ("2 - -3", 5.0),
        ("--3", 3.0),
        ("1 + 2 < 4", 1.0),
        ("1 < 2 and 2 < 1", 0.0),
        ("1 < 2 or 2 < 1 and 3 < 1", 1.0),
        ("not 1 < 2 or 1 < 2", 1.0),
        ("not (1 < 2 or 1 < 2)", 0.0),
        ("5 * (2 <= 2) + (2 >= 3) + (1 != 1) + (1 == 1)", 6.0),
        ("min(3, 1, 2) + 10 * max(3, 1, 2)", 31.0),
        ("abs(2 - 5) + floor(0 - 1.5) + floor(1.5)", 2.0),
        ("if(2 > 1, 30, 40) + if(2 < 1, 30, 40)", 70.0),
        ("1_000.5e-1", 100.05),
    ] {
        assert_eq!(value(text), expected, "{text}");
        assert_eq!(by_hand(&score(text).tree.says, &Variables::default()), expected, "{text} by hand");
    }
}

#[test]
fn the_longest_score_is_computed_as_well() {
    let session = session(&[(Variable::Luck, 1.0)]);
    let terms =
        |count: u32, term: &dyn Fn(u32) -> String| (1..=count).map(term).collect::<Vec<_>>().join(" + ");
    let sum = |count: u32| f64::from(count * (count + 1) / 2);
    // No two numbers alike, and nothing that is known beforehand: as many registers as there can be.
    let most = read::TOKENS_MAX as u32;
    let adding = format!("luck + {}", terms(most / 2 - 1, &|i| i.to_string()));
    assert_eq!(score(&adding).eval(&session), 1.0 + sum(most / 2 - 1));
    let weighing = terms(most / 4, &|i| format!("{i} * luck"));
    assert_eq!(score(&weighing).eval(&session), sum(most / 4));
}

#[test]
fn scores_read_as_they_are_written() {
    reads(EXAMPLE, EXAMPLE);
    reads("  waiting_s/60-5*retries ", "waiting_s / 60 - 5 * retries");
    reads("((risk))*(1-(luck))", "risk * (1 - luck)");
    reads("1-(2-3)", "1 - (2 - 3)");
    reads("(1-2)-3", "1 - 2 - 3");
    reads("-(risk*2) - (-luck)", "-(risk * 2) - -luck");
    reads("if(not(verified)and risk>=0.5,1,0)", "if(not verified and risk >= 0.5, 1, 0)");
    reads("if(not(verified and risk>0.5),1,0)", "if(not (verified and risk > 0.5), 1, 0)");
    reads("5*(retries<3)", "5 * (retries < 3)");
    reads("(risk<0.5)==(luck<0.5)", "(risk < 0.5) == (luck < 0.5)");
    reads("1_000 + 2.50 + 1e300 + 1e-7 + 0.0", "1000 + 2.5 + 1e300 + 1e-7 + 0");
}

#[test]
fn what_no_number_would_hold_is_defined() {
    let extreme = session(&[(Variable::Latency, f64::INFINITY), (Variable::Risk, f64::NAN)]);
    let value = |text: &str| score(text).eval(&extreme);
    assert_eq!(value("latency_ms"), f64::MAX);
    assert_eq!(value("latency_ms * latency_ms"), f64::MAX);
    assert_eq!(value("-latency_ms - latency_ms"), f64::MIN);
    assert_eq!(value("latency_ms * 2 - latency_ms * 3"), 0.0);
    assert_eq!(value("risk"), 0.0);
    assert_eq!(value("5 / risk"), 0.0);
    assert_eq!(value("-5 / -risk"), 0.0);
    assert_eq!(value("latency_ms / 0.1"), f64::MAX);
    assert_eq!(value("1 / latency_ms * 0").to_bits(), 0.0_f64.to_bits());
    for zero in ["-risk", "risk * -1", "min(risk, -risk)", "max(-risk, risk)", "0 - risk", "floor(-risk)"] {
        assert_eq!(value(zero).to_bits(), 0.0_f64.to_bits(), "there is one zero: {zero}");
    }
}

#[test]
fn words_and_signs_that_are_none_are_told_all_at_once() {
    refused("retries = 5 && risk ^ 2", &[("=", "write =="), ("&&", "write and"), ("^", "no powers")]);
    refused("risk =< 5 || !verified", &[("=<", "write <="), ("||", "write or"), ("!", "write not")]);
    refused("risk ≥ 5 % 3 ? 1 : 2", &[("≥", ">="), ("%", "0.05 for 5 %"), ("?", "if("), (":", "if(")]);
    refused("risk ** 2", &[("**", "no powers")]);
    refused("60s + .5 + 5. + 1__0", &[("60s", "no unit"), (".", "0.5"), ("5.", "5.0"), ("1__0", "3_800")]);
    refused("1e + 1.5.2 + 1e5x", &[("1e", "no number"), ("1.5.2", "no number"), ("1e5x", "no number")]);
    refused("1e999", &[("1e999", "fits 64 bits")]);
    refused("007", &[("007", "leave the zero out")]);
    refused("max(0, 1,000)", &[("1,000", "write 1000 for one number, 1, 000 for two")]);
    refused("\u{1f600} + 1", &[("\u{1f600}", "a score is made of")]);
}

#[test]
fn names_that_are_none_are_told_all_at_once_with_what_was_meant() {
    refused(
        "waiting / 60 - retry + risc + colour",
        &[
            ("waiting", "did you mean `waiting_s`?"),
            ("retry", "did you mean `retries`?"),
            ("risc", "did you mean `risk`?"),
            ("colour", "there are waiting_s, retries,"),
        ],
    );
    refused("log(risk) + max", &[("log", "there are min(a, b, ...)"), ("max", "write max(a, b, ...)")]);
    refused("risk(5)", &[("risk", "this is a variable")]);
    refused(
        "max(1) + abs(1, 2) + if(verified, 1) + min()",
        &[
            ("max(1)", "write max(a, b, ...)"),
            ("abs(1, 2)", "write abs(x)"),
            ("if(verified, 1)", "write if(condition, one, other)"),
            ("min()", "is given nothing"),
        ],
    );
    refused("colour + ", &[("colour", "there is no variable"), ("", "missing at the end")]);
}

#[test]
fn mistakes_of_form_point_at_the_wrong_part_and_say_what_to_write() {
    refused("", &[("", "this score is empty")]);
    refused("   ", &[("", "this score is empty")]);
    refused("5 +", &[("", "something is missing at the end")]);
    refused("5 * * 3", &[("*", "something is missing before this")]);
    refused("+5", &[("+", "leave the + out")]);
    refused("5 retries", &[("retries", "an operator is missing")]);
    refused("(1 + 2", &[("(", "never closed")]);
    refused("max(1, 2", &[("(", "never closed")]);
    refused("(1 2)", &[("2", "the ) that is missing")]);
    refused("1 + 2)", &[(")", "leave it out")]);
    refused("1, 2", &[(",", "in no function")]);
    refused("max(1,)", &[(")", "something is missing before this")]);
    refused("()", &[(")", "something is missing before this")]);
    refused("1 < risk < 2", &[("<", "in a row")]);
    refused("1 + not verified", &[("not", "brackets around")]);
    let deep = format!("{}1{}", "(".repeat(33), ")".repeat(33));
    refused(&deep, &[("(", "too deep")]);
    assert_eq!(parse(&deep).unwrap_err()[0].span, 32..33);
    refused(&"-".repeat(34), &[("-", "too deep")]);
    let most = read::TOKENS_MAX;
    let long = format!("0{}", " + 1".repeat(most / 2));
    refused(&long, &[("1", "too long")]);
    assert!(parse(&format!("0{}", " + 1".repeat(most / 2 - 1))).is_ok());
}

#[test]
fn conditions_are_conditions() {
    refused("if(retries, 1, 0)", &[("retries", "such as retries > 0")]);
    refused("if(not risk or 1 + 2, 1, 0)", &[("risk", "such as risk > 0"), ("1 + 2", "compare it")]);
    refused("not (luck and verified)", &[("luck", "compare it")]);
    for fine in ["if(verified, 1, 0)", "if(if(verified, risk > 0.5, luck > 0.5), 1, 0)", "30 * verified"] {
        score(fine);
    }
}

#[test]
fn constants_that_make_no_sense_are_refused() {
    refused("retries / 0", &[("0", "divides by zero")]);
    refused("retries / (2 - 2) + 1 / min(0, 1)", &[("(2 - 2)", "divides"), ("min(0, 1)", "divides")]);
    refused("risk * (1e300 * 1e300)", &[("(1e300 * 1e300)", "fits 64 bits")]);
}

#[test]
fn time_that_does_not_enter_evenly_is_refused_where_it_stands() {
    let refused_once = |text: &str, says: &str| refused(text, &[("waiting_s", says)]);
    refused_once("if(waiting_s > 60, 1, 0)", "inside `if`");
    refused_once("5 * (waiting_s > 60)", "is compared");
    refused_once("if(verified, waiting_s, 0)", "inside `if`");
    refused_once("min(waiting_s, 60)", "inside `min`");
    refused_once("max(0, waiting_s - 60)", "inside `max`");
    refused_once("abs(waiting_s)", "inside `abs`");
    refused_once("floor(waiting_s / 60)", "inside `floor`");
    refused_once("retries * waiting_s", "multiplied by something that varies");
    refused_once("(2 + waiting_s) * (1 - risk)", "multiplied by something that varies");
    refused_once("waiting_s / retries", "divided by something that varies");
    refused_once("retries / waiting_s", "what something is divided by");
    refused_once("not (waiting_s > 5 and verified)", "inside a condition");
    refused("waiting_s * waiting_s", &[("waiting_s", "by itself"), ("waiting_s", "by itself")]);
    refused("waiting_s / waiting_s", &[("waiting_s", "divided by"), ("waiting_s", "divided by")]);
    refused("waiting_s * 1e300 * 1e300", &[("waiting_s * 1e300 * 1e300", "counts for too much")]);
    refused("waiting_s / 0", &[("0", "divides by zero")]);
    refused(
        "if(retries, 1, 0) + min(waiting_s, 5) + 3 / 0",
        &[("retries", "compare it"), ("waiting_s", "inside `min`"), ("0", "divides by zero")],
    );
}

#[test]
fn the_coefficient_of_time_is_found_wherever_it_may_stand() {
    for (text, expected) in [
        ("retries", 0.0),
        ("waiting_s", 1.0),
        ("-waiting_s", -1.0),
        ("risk - waiting_s", -1.0),
        ("waiting_s / 60 + waiting_s / 30", 1.0 / 60.0 + 1.0 / 30.0),
        ("(waiting_s - 60 * retries) / 60", 1.0 / 60.0),
        ("2 * (3 * (waiting_s + risk) - luck)", 6.0),
        ("waiting_s * min(2, 3)", 2.0),
        ("waiting_s - waiting_s", 0.0),
        ("0 * waiting_s", 0.0),
    ] {
        assert_eq!(score(text).per_second(), expected, "{text}");
    }
}

#[test]
fn every_variable_is_listed_under_its_own_name_with_a_range_it_can_have() {
    for (i, variable) in Variable::ALL.into_iter().enumerate() {
        let definition = variable.definition();
        assert_eq!(variable as usize, i, "the order of the table is that of the variants");
        assert_eq!(score(definition.name).to_string(), definition.name);
        assert!(score(definition.name).uses(variable));
        assert!(
            definition.lowest < definition.highest
                && !definition.unit.is_empty()
                && !definition.about.is_empty()
        );
    }
    let units = |variable: Variable| (variable.name(), variable.definition().unit);
    assert_eq!(units(Variable::Waiting), ("waiting_s", "s"));
    assert_eq!(units(Variable::SessionsOfAddress), ("sessions_of_address", "sessions"));
    assert_eq!(units(Variable::Luck), ("luck", "1"));
}
