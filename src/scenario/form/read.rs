//! From text to a tree with spans, and from a path back to a span.

use super::super::diagnose::{Mistake, Problem, printable};
use super::super::presets;
use super::renamed;
use jsonc_parser::ast::{Object, ObjectProp, ObjectPropName, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::errors::ParseErrorKind as Kind;
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, parse_to_ast};
use std::ops::Range;

/// Deepest nesting of brackets; a scenario needs 9. Deeper ones could exhaust the stack of whoever reads them.
const DEPTH_MAX: usize = 64;

/// Most values of one text: the counts of the longest traces and some more. A tree of so many takes half a gigabyte.
const VALUES_MAX: usize = 2_000_000;

/// The tree of a JSON text; comments and trailing commas are tolerated.
///
/// # Errors
/// The first place where the text is not JSON.
pub fn tree(text: &str) -> Result<Value<'_>, Mistake> {
    if let Some(mistake) = scan(text) {
        return Err(mistake);
    }
    let collect = CollectOptions { comments: CommentCollectionStrategy::Off, tokens: false };
    let options = ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    match parse_to_ast(text, &collect, &options) {
        Ok(parsed) => parsed.value.ok_or_else(|| {
            let problem = "the file is empty".to_owned();
            Mistake::new("", 0..0, problem, EMPTY_REMEDY.to_owned())
        }),
        Err(error) => {
            let mut range = error.range().start..error.range().end.max(error.range().start);
            if matches!(error.kind(), Kind::UnterminatedArray | Kind::UnterminatedObject) {
                range.end = range.start + 1;
            }
            let written = text.get(range.clone()).unwrap_or_default();
            let before = text.get(..range.start).unwrap_or_default().trim_end();
            let (problem, remedy) = not_json(error.kind(), written, before);
            Err(Mistake::new("", range, problem, remedy))
        }
    }
}

const EMPTY_REMEDY: &str = "the shortest scenario is {\"crowd\": [{\"name\": \"fans\", \"count\": 1000, \"arrivals\": {\"spike\": {}}}], \
     \"inventory\": {\"bands\": [{\"name\": \"all\", \"seats\": 100}]}}";

/// What the parser must not be given: brackets nested too deeply for its stack, more values than its memory has room
/// for, and text that goes over the end of its line, which it would accept. Looks at each byte once, without recursion.
fn scan(text: &str) -> Option<Mistake> {
    let bytes = text.as_bytes();
    let (mut depth, mut values, mut i) = (0_usize, 1_usize, 0);
    while i < bytes.len() {
        match bytes[i] {
            b'"' => {
                let start = i;
                i += 1;
                while i < bytes.len() && bytes[i] != b'"' {
                    if bytes[i] == b'\n' || bytes[i] == b'\r' {
                        let problem = "this text is not closed on its line".to_owned();
                        return Some(Mistake::new("", start..i, problem, STRING_REMEDY.to_owned()));
                    }
                    i += if bytes[i] == b'\\' { 2 } else { 1 };
                }
            }
            b'/' if bytes.get(i + 1) == Some(&b'/') => {
                while i < bytes.len() && bytes[i] != b'\n' && bytes[i] != b'\r' {
                    i += 1;
                }
            }
            b'/' if bytes.get(i + 1) == Some(&b'*') => {
                i += 2;
                while i < bytes.len() && !(bytes[i] == b'*' && bytes.get(i + 1) == Some(&b'/')) {
                    i += 1;
                }
                i += 1;
            }
            b'[' | b'{' => {
                depth += 1;
                values += 1;
                if depth > DEPTH_MAX {
                    let problem = format!("brackets are nested more than {DEPTH_MAX} deep");
                    let remedy = "a scenario needs 9 levels: close some brackets before this one".to_owned();
                    return Some(Mistake::new("", i..i + 1, problem, remedy));
                }
            }
            b',' => values += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if values > VALUES_MAX {
            let problem = format!("this file has more than {VALUES_MAX} values");
            let remedy =
                "a scenario needs some thousands; long lists of counts belong in the `file` of a trace";
            return Some(Mistake::new("", i..i + 1, problem, remedy.to_owned()));
        }
        i += 1;
    }
    None
}

/// What is wrong with a text that is not JSON, and what to do; `before` is the text before the place.
fn not_json(kind: &Kind, written: &str, before: &str) -> (String, String) {
    let shown = printable(written);
    let (problem, remedy) = match kind {
        Kind::UnexpectedWord | Kind::UnexpectedToken | Kind::NonFiniteNumbersNotAllowed => {
            return word(&shown);
        }
        Kind::UnexpectedCloseBrace | Kind::UnexpectedCloseBracket | Kind::UnexpectedComma
            if before.ends_with(':') =>
        {
            ("a value is missing before this", "write \"key\": value")
        }
        Kind::ExpectedComma => ("a comma is missing here", "put a comma between two entries"),
        Kind::ExpectedColonAfterObjectKey => ("a colon is missing after the key", "write \"key\": value"),
        Kind::ExpectedObjectValue => ("a value is missing after the colon", "write \"key\": value"),
        Kind::ExpectedStringObjectProperty => {
            return (
                format!("the key {shown} has no quotes"),
                format!("write \"{}\"", shown.trim_matches('"')),
            );
        }
        Kind::SingleQuotedStringsNotAllowed => {
            ("text stands in single quotes", "JSON wants double quotes: \"20s\"")
        }
        Kind::MultipleRootJsonValues => {
            ("something follows the end of the scenario", "remove it, or check the brackets before it")
        }
        Kind::UnterminatedArray => ("this [ is never closed", "add the missing ]"),
        Kind::UnterminatedObject => ("this { is never closed", "add the missing }"),
        Kind::UnterminatedCommentBlock => ("this comment is never closed", "add the missing */"),
        Kind::UnexpectedCloseBrace | Kind::UnexpectedCloseBracket => {
            ("this bracket closes nothing", "remove it, or check the brackets before it")
        }
        Kind::UnexpectedComma => ("there is nothing before this comma", "remove one of the commas"),
        Kind::UnexpectedColon => ("a colon cannot stand here", "write \"key\": value inside { }"),
        Kind::HexadecimalNumbersNotAllowed
        | Kind::UnaryPlusNumbersNotAllowed
        | Kind::BareDecimalPointNumbersNotAllowed
        | Kind::ExpectedDigit
        | Kind::ExpectedDigitFollowingNegativeSign
        | Kind::ExpectedPlusMinusOrDigitInNumberLiteral => {
            ("this is not a number", "write numbers as 20, 0.5 or -1")
        }
        Kind::UnexpectedTokenInObject => {
            ("a key or } is expected here", "write \"key\": value, or close the object with }")
        }
        Kind::NestingDepthExceeded => ("brackets are nested too deep", "close some brackets before this one"),
        Kind::String(why) => {
            return (format!("this text is broken: {}", lower(&why.to_string())), STRING_REMEDY.to_owned());
        }
        other => return (format!("this is not JSON: {}", lower(&other.to_string())), String::new()),
    };
    (problem.to_owned(), remedy.to_owned())
}

const STRING_REMEDY: &str =
    "close the quotes on the same line, and write a backslash as \\\\, a quote as \\\", a line break as \\n";

/// A bare word where a value should stand.
fn word(shown: &str) -> (String, String) {
    let problem = format!("`{shown}` is not a JSON value");
    let lower = shown.to_lowercase();
    let remedy = match lower.trim_start_matches(['-', '+']) {
        "nan" | "inf" | "infinity" => "JSON has only finite numbers: write one".to_owned(),
        "true" | "false" | "null" => format!("write {lower}"),
        "none" | "nil" | "undefined" => "write null".to_owned(),
        "yes" | "on" => "write true".to_owned(),
        "no" | "off" => "write false".to_owned(),
        other if super::suggest(other, ["true", "false", "null"].into_iter()).is_some() => {
            "the words of JSON are true, false and null".to_owned()
        }
        _ => "text stands in double quotes, objects in { }, lists in [ ]".to_owned(),
    };
    (problem, remedy)
}

fn lower(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// The bytes a value takes in the text.
pub fn span_of(value: &Value<'_>) -> Range<usize> {
    value.start()..value.end()
}

/// The bytes of a key, quotes included.
pub fn span_of_key(property: &ObjectProp<'_>) -> Range<usize> {
    match &property.name {
        ObjectPropName::String(name) => name.start()..name.end(),
        ObjectPropName::Word(name) => name.start()..name.end(),
    }
}

/// Where a problem lies: the place that its path leads to, or the part of the text there that it is about.
pub fn place(text: &str, tree: &Value<'_>, problem: &Problem) -> Range<usize> {
    let (found, place) = follow(tree, &problem.path);
    let literal = match found {
        Value::StringLit(literal) => Some(literal),
        // What may be a bare text may also be an object whose only key says what the text is for.
        Value::Object(object) => object.properties.first().and_then(|property| match &property.value {
            Value::StringLit(literal) => Some(literal),
            _ => None,
        }),
        _ => None,
    };
    match (&problem.within, literal) {
        (Some(bytes), Some(literal)) => within(text, literal.start()..literal.end(), bytes),
        _ => place,
    }
}

/// Where some bytes of a text stand in its literal, which may write characters as escapes.
fn within(text: &str, literal: Range<usize>, bytes: &Range<usize>) -> Range<usize> {
    let first = literal.start + 1;
    let source = text.get(first..literal.end.saturating_sub(1)).unwrap_or_default();
    let place_of = |byte: usize| {
        let (mut read, mut at) = (0, 0);
        while let Some((written, meant)) = source.get(at..).filter(|_| read < byte).and_then(character) {
            at += written;
            read += meant;
        }
        first + at
    };
    place_of(bytes.start)..place_of(bytes.end)
}

/// How many bytes the first character of a literal's source takes there, and how many in the text that is meant.
fn character(source: &str) -> Option<(usize, usize)> {
    let first = source.chars().next()?;
    let code = |at: usize| source.get(at..at + 4).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    Some(match (first, source[first.len_utf8()..].chars().next()) {
        ('\\', Some('u')) => match code(2) {
            Some(0xD800..0xDC00) => (12, 4),
            code => (6, code.and_then(char::from_u32).map_or(1, char::len_utf8)),
        },
        ('\\', Some(escaped)) => (1 + escaped.len_utf8(), 1),
        _ => (first.len_utf8(), first.len_utf8()),
    })
}

/// The place a path leads to: the value itself; the key of a value with brackets of its own; the nearest thing
/// around it where it is not written.
pub fn locate(tree: &Value<'_>, path: &str) -> Range<usize> {
    follow(tree, path).1
}

/// The last value on a path, and its place.
fn follow<'t, 's>(tree: &'t Value<'s>, path: &str) -> (&'t Value<'s>, Range<usize>) {
    let mut value = tree;
    let mut place = opening(value);
    for step in path.split(['.', '[']).map(|step| step.trim_end_matches(']')).filter(|step| !step.is_empty())
    {
        match value {
            Value::Object(object) => {
                let Some(property) = named(object, step) else {
                    return (value, filled_by(object, step).unwrap_or(place));
                };
                value = &property.value;
                place = span_of_key(property);
            }
            Value::Array(array) => {
                let Some(element) = step.parse().ok().and_then(|i: usize| array.elements.get(i)) else {
                    return (value, place);
                };
                value = element;
                place = opening(value);
            }
            _ => return (value, place),
        }
    }
    match value {
        Value::Object(_) | Value::Array(_) => (value, place),
        _ => (value, span_of(value)),
    }
}

/// What stands at a key, or at the name that it had before.
fn named<'t, 's>(object: &'t Object<'s>, key: &str) -> Option<&'t ObjectProp<'s>> {
    let find = |name: &str| object.properties.iter().find(|property| property.name.as_str() == name);
    find(key).or_else(|| find(renamed::former(key)?))
}

/// The name of the preset that has filled this key, in a section that names one.
fn filled_by(section: &Object<'_>, key: &str) -> Option<Range<usize>> {
    let named = section.properties.iter().find(|property| property.name.as_str() == presets::KEY)?;
    let Value::StringLit(name) = &named.value else { return None };
    presets::fills(&name.value, key).then(|| span_of(&named.value))
}

/// The opening bracket of a value that has one, else the whole of it.
pub fn opening(value: &Value<'_>) -> Range<usize> {
    match value {
        Value::Object(_) | Value::Array(_) => value.start()..value.start() + 1,
        _ => span_of(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_a_text_are_found_in_a_literal_with_escapes() {
        for (literal, meant, part) in [
            (r#""a <= 5""#, "<=", "<="),
            (r#""a \u003c= 5""#, "<=", r"\u003c="),
            (r#""\u00e9\ud83d\ude00\"b\"\n <= 5""#, "<=", "<="),
            (r#""\u00e9\ud83d\ude00 <= 5""#, "\u{1f600}", r"\ud83d\ude00"),
            (r#""日本 <= 5""#, "本", "本"),
        ] {
            let text = format!("[{literal}]");
            let tree = tree(&text).unwrap();
            let Value::Array(list) = &tree else { panic!("it is a list") };
            let Value::StringLit(read) = &list.elements[0] else { panic!("it is a text") };
            let start = read.value.find(meant).unwrap();
            let found = within(&text, read.start()..read.end(), &(start..start + meant.len()));
            assert_eq!(&text[found], part, "{literal}");
            let end = read.value.len();
            let at_end = within(&text, read.start()..read.end(), &(end..end));
            assert_eq!(
                &text[at_end.start..=at_end.start],
                "\"",
                "what is missing is missing before the last quote"
            );
        }
    }
}
