//! Goes along the schema and the tree together: collects every mistake of form with its span, and repairs.

use super::super::diagnose::{MISTAKES_MAX, Mistake, printable};
use super::expected::{Form, Keys, forms, harmless, in_words, may_be_distribution};
use super::number::grouped;
use super::phrases::{decimal, join, kind, remedy_for_kind, resolved, split, whole};
use super::read::{locate, opening, span_of, span_of_key};
use super::renamed::{self, RenamedKey};
use super::suggest;
use crate::engine::sample::Distribution;
use crate::engine::time::Span;
use jsonc_parser::ast::{Array, Object, ObjectProp, Value as Node};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::ops::Range;

/// The walk along one document.
pub struct Walker<'s> {
    root: &'s Value,
    /// The mistakes so far.
    pub found: Vec<Mistake>,
    /// The places that were repaired.
    pub damaged: Vec<String>,
    /// Keys that are written by their former names.
    pub renamed: Vec<RenamedKey>,
}

impl<'s> Walker<'s> {
    /// Starts at the root of a schema.
    pub fn new(root: &'s Value) -> Walker<'s> {
        Walker { root, found: Vec::new(), damaged: Vec::new(), renamed: Vec::new() }
    }

    /// Walks a whole document and returns it repaired.
    pub fn document(&mut self, node: &Node<'_>) -> Value {
        if let Node::Object(object) = node {
            return self.object(self.root, object, "");
        }
        self.report(
            "",
            opening(node),
            format!("a scenario is an object {{ }}, not {}", kind(node)),
            String::new(),
        );
        harmless(self.root, self.root)
    }

    /// As many mistakes are found as are collected: the walk goes no further, and what it has repaired is not whole.
    pub fn is_full(&self) -> bool {
        self.found.len() >= MISTAKES_MAX
    }

    fn report(&mut self, path: &str, span: Range<usize>, problem: String, remedy: String) {
        if !self.is_full() {
            self.found.push(Mistake::new(path, span, problem, remedy));
            self.damaged.push(path.to_owned());
        }
    }

    /// Walks one value; `None` where it is wrong as a whole.
    fn value(&mut self, schema: &'s Value, node: &Node<'_>, path: &str) -> Option<Value> {
        let (told, value) = (self.found.len(), self.value_of_form(schema, node, path)?);
        let is_well_formed = self.found.len() == told;
        if is_well_formed && may_be_distribution(schema) && !self.distribution(&value, node, path) {
            return None;
        }
        Some(value)
    }

    /// Reports what keeps a well-formed value from being a distribution; true if nothing does.
    fn distribution(&mut self, value: &Value, node: &Node<'_>, path: &str) -> bool {
        let problems = match Distribution::deserialize(value).map(|distribution| distribution.check()) {
            Ok(Err(error)) => error.problems,
            // What is no distribution is one of the other things that may stand here.
            Ok(Ok(())) | Err(_) => return true,
        };
        for problem in problems {
            let (what, remedy) = match problem.message.rsplit_once(": ") {
                Some((what, remedy)) => (what.to_owned(), remedy.to_owned()),
                None => (problem.message, "write a value that makes a distribution".to_owned()),
            };
            let span = locate(node, &problem.path);
            self.report(&join(path, &problem.path), span, what, remedy);
        }
        false
    }

    /// Walks one value along what may stand there by its form.
    fn value_of_form(&mut self, schema: &'s Value, node: &Node<'_>, path: &str) -> Option<Value> {
        let forms = forms(self.root, schema);
        match node {
            Node::NullKeyword(_) if forms.iter().any(|f| matches!(f, Form::Null)) => Some(Value::Null),
            Node::BooleanLit(lit) if forms.iter().any(|f| matches!(f, Form::Switch)) => {
                Some(Value::Bool(lit.value))
            }
            Node::NumberLit(lit) => self.number(&forms, lit.value, node, path),
            Node::StringLit(lit) => self.text(&forms, &lit.value, node, path),
            Node::Object(object) => self.braces(&forms, object, node, path),
            Node::Array(array) => {
                let list = forms.iter().find_map(|form| match form {
                    Form::List(schema) => Some(*schema),
                    _ => None,
                });
                match list {
                    Some(schema) => Some(self.list(schema, array, path)),
                    None => self.wrong(&forms, node, path),
                }
            }
            _ => self.wrong(&forms, node, path),
        }
    }

    /// Like [`Walker::value`], with something harmless in place of what is wrong.
    fn value_or_harmless(&mut self, schema: &'s Value, node: &Node<'_>, path: &str) -> Value {
        self.value(schema, node, path).unwrap_or_else(|| harmless(self.root, schema))
    }

    /// Reports a value of the wrong kind.
    fn wrong(&mut self, forms: &[Form<'_>], node: &Node<'_>, path: &str) -> Option<Value> {
        let expected = in_words(forms);
        let (problem, remedy) = match node {
            Node::NullKeyword(_) => ("null cannot stand here".to_owned(), format!("write {expected}")),
            _ => (format!("expected {expected}, found {}", kind(node)), remedy_for_kind(forms, node)),
        };
        self.report(path, opening(node), problem, remedy);
        None
    }

    fn number(&mut self, forms: &[Form<'_>], text: &str, node: &Node<'_>, path: &str) -> Option<Value> {
        let shown = printable(text);
        for form in forms {
            let (problem, remedy) = match form {
                Form::Whole(schema) => match whole(schema, text) {
                    Ok(value) => return Some(value),
                    Err(what) => what,
                },
                Form::Decimal(schema) => match decimal(schema, text) {
                    Ok(value) => return Some(value),
                    Err(what) => what,
                },
                Form::Duration | Form::PositiveDuration => (
                    format!("the number {shown} has no unit"),
                    format!("write \"{shown}s\" for seconds, or another unit"),
                ),
                _ => continue,
            };
            self.report(path, span_of(node), problem, remedy);
            return None;
        }
        self.wrong(forms, node, path)
    }

    fn text(&mut self, forms: &[Form<'_>], text: &str, node: &Node<'_>, path: &str) -> Option<Value> {
        let shown = printable(text);
        let words = || {
            forms.iter().filter_map(|form| match form {
                Form::Word(word) => Some(*word),
                _ => None,
            })
        };
        let mut tags = forms.iter().filter_map(|form| match form {
            Form::Tagged(tag, inside) => Some((*tag, *inside)),
            _ => None,
        });
        if words().any(|word| word == text) {
            return Some(json!(text));
        }
        let (problem, remedy) = if let Some((tag, inside)) = tags.find(|(tag, _)| *tag == text) {
            let short = Keys::of(resolved(self.root, inside)).required().is_empty();
            let form =
                if short { format!("{{\"{tag}\": {{}}}}") } else { format!("{{\"{tag}\": {{ ... }}}}") };
            (format!("\"{tag}\" takes settings, so it is an object"), format!("write {form}"))
        } else if words().next().is_some() {
            let choice = in_words(forms);
            match suggest(text, words()) {
                Some(word) => (
                    format!("\"{shown}\" is not known here"),
                    format!("did you mean \"{word}\"? It may be {choice}"),
                ),
                None => (format!("\"{shown}\" is not known here"), format!("write {choice}")),
            }
        } else if let Some(duration) =
            forms.iter().find(|form| matches!(form, Form::Duration | Form::PositiveDuration))
        {
            match Span::parse(text) {
                Ok(span) if span.is_zero() && matches!(duration, Form::PositiveDuration) => {
                    ("this must be longer than 0s".to_owned(), format!("write {}", in_words(forms)))
                }
                Ok(_) => return Some(json!(text)),
                Err(error) => split(&error.to_string()),
            }
        } else if let Some(schema) = forms.iter().find_map(|form| match form {
            Form::Text(schema) => Some(*schema),
            _ => None,
        }) {
            let length = text.chars().count() as u64;
            let (min, max) = (schema["minLength"].as_u64(), schema["maxLength"].as_u64());
            if min.is_none_or(|min| length >= min) && max.is_none_or(|max| length <= max) {
                return Some(json!(text));
            }
            let range = format!("{} to {} characters", min.unwrap_or(0), max.unwrap_or(u64::MAX));
            (format!("this text has {length} characters"), format!("write {range}"))
        } else {
            return self.wrong(forms, node, path);
        };
        self.report(path, span_of(node), problem, remedy);
        None
    }

    /// An object: one that names its content by a tag, or a plain one.
    fn braces(
        &mut self, forms: &[Form<'s>], object: &Object<'_>, node: &Node<'_>, path: &str,
    ) -> Option<Value> {
        let tagged: Vec<(&'s str, &'s Value)> = forms
            .iter()
            .filter_map(|form| match form {
                Form::Tagged(tag, inside) => Some((*tag, *inside)),
                _ => None,
            })
            .collect();
        if !tagged.is_empty() {
            return self.tagged(forms, &tagged, object, path);
        }
        let plain = forms.iter().find_map(|form| match form {
            Form::Object(schema) => Some(*schema),
            _ => None,
        });
        match plain {
            Some(schema) => Some(self.object(schema, object, path)),
            None => self.wrong(forms, node, path),
        }
    }

    fn tagged(
        &mut self, forms: &[Form<'s>], tagged: &[(&'s str, &'s Value)], object: &Object<'_>, path: &str,
    ) -> Option<Value> {
        let names = || tagged.iter().map(|(tag, _)| *tag);
        let list = names().map(|tag| format!("`{tag}`")).collect::<Vec<_>>().join(", ");
        let opening = object.range.start..object.range.start + 1;
        let [property] = object.properties.as_slice() else {
            let (problem, remedy, span) = match object.properties.get(1) {
                None => ("this object is empty".to_owned(), format!("write one key of {list}"), opening),
                Some(second) => (
                    format!("one key is expected here, and there are {}", object.properties.len()),
                    format!("keep one of {list}"),
                    span_of_key(second),
                ),
            };
            self.report(path, span, problem, remedy);
            return None;
        };
        let name = property.name.as_str();
        let Some((tag, inside)) = tagged.iter().find(|(tag, _)| *tag == name) else {
            let is_word = forms.iter().any(|form| matches!(form, Form::Word(word) if *word == name));
            let shown = printable(name);
            let (problem, remedy) = if is_word {
                (format!("`{shown}` takes no settings"), format!("write \"{shown}\""))
            } else {
                let remedy = suggest(name, names()).map_or_else(
                    || format!("write one of {list}"),
                    |tag| format!("did you mean `{tag}`? It may be one of {list}"),
                );
                (format!("`{shown}` is not known here"), remedy)
            };
            self.report(path, span_of_key(property), problem, remedy);
            return None;
        };
        let content = self.value_or_harmless(inside, &property.value, &join(path, tag));
        let mut map = Map::new();
        map.insert((*tag).to_owned(), content);
        Some(Value::Object(map))
    }

    fn list(&mut self, schema: &'s Value, array: &Array<'_>, path: &str) -> Value {
        let count = array.elements.len() as u64;
        let (min, max) = (schema["minItems"].as_u64().unwrap_or(0), schema["maxItems"].as_u64());
        let opening = array.range.start..array.range.start + 1;
        if count < min {
            let problem = if count == 0 {
                "this list is empty".to_owned()
            } else {
                format!("this list has {count} entries")
            };
            self.report(path, opening, problem, format!("write at least {min}"));
        } else if let Some(max) = max.filter(|max| count > *max) {
            let problem = format!("this list has {} entries", grouped(i128::from(count)));
            self.report(path, opening, problem, format!("write at most {max}"));
        }
        // What is beyond the limit has been told as a whole.
        let most = max.map_or(usize::MAX, |max| usize::try_from(max).unwrap_or(usize::MAX));
        let mut walked: Vec<Value> = Vec::new();
        for (i, element) in array.elements.iter().enumerate().take(most) {
            if self.is_full() {
                break;
            }
            walked.push(self.value_or_harmless(&schema["items"], element, &format!("{path}[{i}]")));
        }
        while (walked.len() as u64) < min.min(4) {
            walked.push(harmless(self.root, &schema["items"]));
        }
        Value::Array(walked)
    }

    fn object(&mut self, schema: &'s Value, object: &Object<'_>, path: &str) -> Value {
        let keys = Keys::of(schema);
        let mut map = Map::new();
        let mut first_spans: BTreeMap<&str, Range<usize>> = BTreeMap::new();
        let mut excused: Vec<&str> = Vec::new();
        for property in &object.properties {
            if self.is_full() {
                break;
            }
            let written = property.name.as_str();
            let current = renamed::current(written)
                .filter(|name| keys.get(written).is_none() && keys.get(name).is_some());
            let name = current.unwrap_or(written);
            if first_spans.contains_key(name) {
                let (problem, remedy) = match current {
                    None => (
                        "this key is written twice".to_owned(),
                        "keep one: readers of JSON silently take the last".to_owned(),
                    ),
                    Some(name) => (
                        format!("this key is written twice: `{name}` is what it is called now"),
                        format!("keep `{name}`"),
                    ),
                };
                self.report(&join(path, written), span_of_key(property), problem, remedy);
                continue;
            }
            first_spans.insert(name, span_of_key(property));
            let Some(inside) = keys.get(name) else {
                excused.extend(self.unknown_key(&keys, property, path));
                continue;
            };
            let place = join(path, written);
            if let Some(current) = current
                && self.renamed.len() < MISTAKES_MAX
            {
                self.renamed.push(RenamedKey { path: place.clone(), current });
            }
            if let Some(value) = self.value(inside, &property.value, &place) {
                map.insert(name.to_owned(), value);
            } else {
                excused.push(keys.names().find(|key| *key == name).unwrap_or_default());
            }
        }
        for required in keys.required() {
            if map.contains_key(*required) {
                continue;
            }
            if !excused.contains(required) {
                let opening = object.range.start..object.range.start + 1;
                let inside = keys.get(required).map(|inside| forms(self.root, inside)).unwrap_or_default();
                let remedy = format!("add \"{required}\": {}", in_words(&inside));
                self.report(&join(path, required), opening, "this key is missing".to_owned(), remedy);
            }
            if let Some(inside) = keys.get(required) {
                map.insert((*required).to_owned(), harmless(self.root, inside));
            }
        }
        Value::Object(map)
    }

    /// Reports a key that does not exist; returns the one that was probably meant.
    fn unknown_key(&mut self, keys: &Keys<'s>, property: &ObjectProp<'_>, path: &str) -> Option<&'s str> {
        let name = property.name.as_str();
        let shown = printable(name);
        let suggested = suggest(name, keys.names());
        let remedy = if let Some(key) = suggested {
            format!("did you mean `{key}`?")
        } else if let Some(home) = self.home_of(name).filter(|home| *home != path) {
            format!("`{shown}` belongs in `{home}`")
        } else if name.starts_with(['_', '/', '#']) || name.to_lowercase().contains("comment") {
            "comments are written as // text, and descriptions in `about`".to_owned()
        } else {
            let known = keys.names().map(|key| format!("`{key}`")).collect::<Vec<_>>();
            match known.as_slice() {
                [] => "nothing can be set here: remove it".to_owned(),
                known => format!("the keys here are {}", known.join(", ")),
            }
        };
        let place = suggested.map_or_else(|| join(path, name), |key| join(path, key));
        self.report(&join(path, name), span_of_key(property), "unknown key".to_owned(), remedy);
        self.damaged.push(place);
        suggested
    }

    /// The section of a scenario in which a key lives.
    fn home_of(&self, key: &str) -> Option<&'s str> {
        let all = Keys::of(self.root);
        if all.get(key).is_some() {
            return Some("the top level");
        }
        all.names().find(|section| {
            let inside = all.get(section).map(|inside| forms(self.root, inside)).unwrap_or_default();
            inside
                .iter()
                .any(|form| matches!(form, Form::Object(schema) if Keys::of(schema).get(key).is_some()))
        })
    }
}
