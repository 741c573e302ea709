//! Small sources in which something is wrong: each must be found.

use super::reader::Source;
use super::users::Users;
use super::walls::House;
use super::{BANNED, LONGEST_FUNCTION, WALLS, WINGS, functions_beyond, read};

fn house(files: &[(&str, &str)]) -> Vec<Source> {
    let files: Vec<(String, String)> =
        files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
    read(&files)
}

/// What the walls say of one file, as the paths that are closed to it.
fn breaches(file: &str, text: &str) -> Vec<String> {
    let rest = [
        ("src/model/mod.rs", "mod across; mod backend; mod people; mod sim; pub use across::world::World;"),
        ("src/model/across/mod.rs", "mod key; mod world; pub(in crate::model) use key::Key;"),
        ("src/model/backend/mod.rs", "mod edge; mod shop; mod books; pub struct Tables;"),
        ("src/model/backend/edge/mod.rs", "mod a; use crate::model::backend as shared; pub struct Edge;"),
    ];
    let sources = house(&[&rest[..], &[(file, text)]].concat());
    let found = House::of(sources.iter()).breaches(&sources, WALLS, ("model", WINGS));
    let closed = |line: &String| {
        let path = line.split(" is crate::").nth(1).expect("a path");
        path.split(',').next().expect("a path").to_owned()
    };
    found.iter().map(closed).collect()
}

const EDGE: &str = "src/model/backend/edge/a.rs";

#[test]
fn a_wing_that_names_another_is_seen_however_it_spells_it() {
    let shop = ["model::backend::shop::X"];
    for text in [
        "use super::super::shop::X;",
        "use self::super::super::shop::X;",
        "use crate::model::backend::shop::X;",
        "use crate::model::backend::{books::Books, shop::X, Tables};",
        "use crate::model::{backend::{shop::X}};",
        "use crate::model::backend; fn f() { backend::shop::X.g(); }",
        "use crate::model::backend as b; impl A for b::shop::X {}",
        "use super::super as b; use b::shop::X as Y;",
        "use super::shared::shop::X;",
        "fn f() { use crate::model::backend as b; let x: Vec<b::shop::X> = vec![]; }",
        "fn f() { assert!(g(1, crate::model::backend::shop::X)); }",
        "use crate::model::backend; fn f() -> bool { matches!(x, Some(backend::shop::X)) }",
        "fn f() { h! { use super::super::{shop::X}; } }",
        "mod inner { use super::super::super::shop::X; }",
        "macro_rules! m { () => { $crate::model::backend::shop::X }; }",
        "struct A { #[serde(with = \"crate::model::backend::shop::X\")] b: u8 }",
    ] {
        assert_eq!(breaches(EDGE, text), shop, "{text}");
    }
    assert_eq!(breaches(EDGE, "use super::super::shop;"), ["model::backend::shop"]);
}

#[test]
fn a_wing_names_itself_what_is_shared_and_of_what_goes_across_the_key_alone() {
    for text in [
        "use super::Edge; use crate::model::backend::edge::a::B; use self::c::D;",
        "use crate::model::backend::{self, Tables, books::Books}; use super::super::books;",
        "use crate::model::sim::{Sim, draws::Draws}; use crate::engine::Time; use crate::scenario::Plan;",
        "use crate::model::across::Key; fn f(_: crate::model::across::key::Key) {}",
        "pub(in crate::model::across) fn f() {} m! { pub(in crate::model::across) x: u8 }",
        "#[cfg(test)] mod tests { use super::super::super::shop::X; use super::*; }",
        "#[cfg(test)] fn f() { crate::model::backend::shop::f(); }",
        "/// See [`crate::model::backend::shop::X`].\nfn f() { let shop = 1; shop.x(); }",
    ] {
        assert_eq!(breaches(EDGE, text), [""; 0], "{text}");
    }
    for (text, closed) in [
        ("use crate::model::across::World;", "model::across::World"),
        ("use crate::model::across;", "model::across"),
        ("use crate::model::World;", "model::across::world::World"),
        ("use crate::model;", "model"),
        ("use crate::model::people::Page;", "model::people::Page"),
        ("use super::*;", "model::backend::edge::*"),
        ("use crate::scenario::plan::*;", "scenario::plan::*"),
        ("use crate::metrics::Sheet;", "metrics::Sheet"),
    ] {
        assert_eq!(breaches(EDGE, text), [closed], "{text}");
    }
}

#[test]
fn each_room_of_the_model_has_its_walls() {
    for (file, text, closed) in [
        ("src/model/people/a.rs", "use crate::model::backend::books::Books;", "model::backend::books::Books"),
        ("src/model/people/a.rs", "use super::super::backend;", "model::backend"),
        ("src/model/sim/a.rs", "use crate::model::people::Page;", "model::people::Page"),
        ("src/model/sim/a.rs", "use crate::model::across::Key;", "model::across::key::Key"),
        ("src/model/backend/books.rs", "use super::edge::Edge;", "model::backend::edge::Edge"),
        ("src/model/backend/books.rs", "use crate::model::people::Page;", "model::people::Page"),
        ("src/model/sim.rs", "use crate::report::Page;", "report::Page"),
        ("src/engine/time.rs", "use crate::model::World;", "model::World"),
        ("src/protocol/mod.rs", "use crate::engine::{Agenda, time::Time};", "engine::Agenda"),
        ("src/cli/run.rs", "use crate::metrics::Sheet;", "metrics::Sheet"),
    ] {
        assert_eq!(breaches(file, text), [closed], "{file}: {text}");
    }
    for text in ["use super::people::page::Page;", "use crate::model::backend::{edge::Edge, shop::Shop};"] {
        assert_eq!(breaches("src/model/across/world.rs", text), [""; 0], "{text}");
    }
}

#[test]
fn a_message_says_where_and_what() {
    let sources = house(&[(EDGE, "//! An edge.\n\nuse super::super::shop::X;\n")]);
    let found = House::of(sources.iter()).breaches(&sources, WALLS, ("model", WINGS));
    let said = "src/model/backend/edge/a.rs:3: super::super::shop::X is crate::model::backend::shop::X, closed to \
                crate::model::backend::edge::a";
    assert_eq!(found, [said]);
}

#[test]
fn clocks_threads_and_files_are_seen_behind_braces_names_and_macros() {
    for (text, said) in [
        ("use std::{fs, collections::BTreeMap};", "std::fs"),
        ("use std::time; fn f() { time::Instant::now(); }", "std::time::Instant::now"),
        ("fn f() { g(|| println!(\"{}\", 1)); }", "println!"),
        ("fn f() { assert!({ eprintln!(); true }); }", "eprintln!"),
        ("fn f() { let x = vec![std::env::args()]; }", "std::env::args"),
        ("use rayon::prelude::*;", "rayon::prelude"),
    ] {
        let sources = house(&[("src/metrics/a.rs", text)]);
        let found = House::of(sources.iter()).foreign(&sources, BANNED, &["cli"]);
        assert_eq!(found[0], format!("src/metrics/a.rs:1: {said}"), "{text}");
        let cli = house(&[("src/cli/a.rs", text)]);
        assert_eq!(House::of(cli.iter()).foreign(&cli, BANNED, &["cli"]), [""; 0], "{text}");
    }
}

#[test]
fn a_function_of_71_lines_is_found_and_one_of_70_is_not() {
    let of = |lines: usize| format!("/// Long.\n#[inline]\nfn f() {{\n{}}}", "    g();\n".repeat(lines - 2));
    let found = |text: &str| functions_beyond(LONGEST_FUNCTION, &house(&[("src/a.rs", text)]));
    assert_eq!(found(&of(71)), ["src/a.rs:3: f: 71 lines"]);
    assert_eq!(found(&of(70)), [""; 0]);
    assert_eq!(found(&format!("impl A for B {{\n{}\n}}", of(80))), ["src/a.rs:4: f: 80 lines"]);
    assert_eq!(found(&format!("trait A {{\n{}\n}}", of(80))), ["src/a.rs:4: f: 80 lines"]);
}

/// What nobody uses of this text, beside a `main` that says `used` and a test that says `tested`.
fn unused(text: &str) -> Vec<String> {
    let main = "fn main() { used(1.used()); m!(\"{USED}\", Used::used, x.used); }";
    let tests = "#[test] fn f() { tested(); Tested.tested(); }";
    let sources = house(&[("src/a.rs", text), ("src/main.rs", main), ("tests/a.rs", tests)]);
    let found = Users::of(&sources, &["{{ page.shown() }}".to_owned()]).unused(&sources);
    found.iter().map(|line| line.split(": ").skip(1).collect::<Vec<_>>().join(": ")).collect()
}

#[test]
fn what_has_no_user_is_found() {
    for (text, said) in [
        ("pub fn a() {}", "fn a: nobody uses it"),
        ("pub fn a() { a() }", "fn a: nobody uses it"),
        ("pub fn tested() {}", "fn tested: only tests use it"),
        ("fn a() {} #[cfg(test)] mod tests { fn used() { super::a() } }", "fn a: only tests use it"),
        ("pub struct A; impl A { fn used() -> A { A } }", "struct A: nobody uses it"),
        ("pub enum Used { A }", "variant A: nobody uses it"),
        ("pub struct Used { a: u8 }", "field a: nobody uses it"),
        ("pub trait A { fn used(&self); }", "trait A: nobody uses it"),
        ("pub trait Used { fn a(&self); } impl Used for Used { fn a(&self) {} }", "method a: nobody uses it"),
        ("impl Used { fn a(&self) { let used = 1; } } fn used(a: u8) { a + 1 }", "method a: nobody uses it"),
        ("pub const A: u8 = 1;", "const A: nobody uses it"),
        ("pub static A: u8 = 1;", "static A: nobody uses it"),
        ("pub type A = u8;", "type A: nobody uses it"),
        ("pub type A = u8; pub use self::A as Used;", "type A: nobody uses it"),
        ("/// Called by [`a`].\nfn a() {}", "fn a: nobody uses it"),
    ] {
        assert_eq!(unused(text), [said], "{text}");
    }
}

#[test]
fn what_has_a_user_is_left_alone() {
    for text in [
        "fn used() {} struct Used; const USED: u8 = 1;",
        "impl Used { fn used() {} fn shown(&self) {} }",
        "impl Used { fn a() {} fn used() { Self::a() } }",
        "fn is_a() {} fn used() { if x.is_a() { is_a() } } impl Used { fn is_a(&self) {} }",
        "impl Iterator for Used { type Item = u8; fn next(&mut self) {} }",
        "#[derive(Deserialize)] enum Used { OnlyInScenarios }",
        "struct Used { #[serde(with = \"a\")] used: u8 } fn a() {}",
        "#[cfg(test)] fn a() {}",
        "fn a() {} macro_rules! m { () => { a() }; }",
    ] {
        assert_eq!(unused(text), [""; 0], "{text}");
    }
}
