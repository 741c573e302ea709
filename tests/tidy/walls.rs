//! Whose names a file says: paths are followed through imports to where the thing lives, and held against the tables.

use super::reader::{Import, Named, Names, Source};
use std::collections::{BTreeMap, BTreeSet};

/// A room, and what of ours it may name.
pub type Walls = [(&'static str, &'static [&'static str])];

/// Where names lead, in the whole crate.
pub struct House {
    modules: BTreeSet<Names>,
    /// What a name within a module stands for: several things where a type and a function share it.
    imports: BTreeMap<Names, Vec<Names>>,
}

/// No name is handed on through more modules; imports that go in a circle do not compile anyway.
const HOPS: usize = 8;

/// Where a path leads.
enum Place {
    Ours(Names),
    Foreign(Names),
}

impl House {
    pub fn of<'a>(sources: impl Iterator<Item = &'a Source>) -> House {
        let mut house = House { modules: BTreeSet::new(), imports: BTreeMap::new() };
        for source in sources.filter(|source| source.is_code()) {
            house.modules.extend(source.modules.iter().map(|(module, _)| module.clone()));
            for Import { module, name, path } in &source.imports {
                let name = [&module[..], std::slice::from_ref(name)].concat();
                house.imports.entry(name).or_default().push(path.clone());
            }
        }
        house
    }

    /// Where a path written in this module leads. Imports are followed within the own top room, however many there
    /// are; what another room hands on under its own name is that room's affair.
    fn follow(&self, module: &[String], path: &[String]) -> Vec<Place> {
        self.hop(module.first(), module, path, 0)
    }

    fn hop(&self, room: Option<&String>, module: &[String], path: &[String], hops: usize) -> Vec<Place> {
        let Some(path) = self.absolute(module, path) else { return vec![Place::Foreign(path.to_vec())] };
        for at in 0..path.len() {
            let is_module = at + 1 < path.len() && self.modules.contains(&path[..=at]);
            let import = self.imports.get(&path[..=at]);
            if let Some(targets) = import.filter(|_| !is_module && path.first() == room && hops < HOPS) {
                let onward = |target: &Names| [target, &path[at + 1..]].concat();
                return targets
                    .iter()
                    .flat_map(|to| self.hop(room, &path[..at], &onward(to), hops + 1))
                    .collect();
            }
        }
        vec![Place::Ours(path)]
    }

    /// The path from the root of the crate; `None` if it is not one of ours.
    fn absolute(&self, module: &[String], path: &[String]) -> Option<Names> {
        match path[0].as_str() {
            "crate" => Some(path[1..].to_vec()),
            "self" if path.get(1).is_some_and(|next| next == "super") => self.absolute(module, &path[1..]),
            "self" => Some([module, &path[1..]].concat()),
            "super" => {
                let up = path.iter().take_while(|name| *name == "super").count();
                Some([&module[..module.len().saturating_sub(up)], &path[up..]].concat())
            }
            _ => {
                let here = [module, &path[..1]].concat();
                let is_known = self.modules.contains(&here) || self.imports.contains_key(&here);
                is_known.then(|| [module, path].concat())
            }
        }
    }

    /// What goes through a wall: `walls` between the top rooms, and `wings` within one of them.
    pub fn breaches(&self, sources: &[Source], walls: &Walls, wings: (&str, &Walls)) -> Vec<String> {
        let mut found = Vec::new();
        for (source, named) in outside_tests(sources) {
            for place in self.follow(&named.module, &named.path) {
                let Place::Ours(path) = place else { continue };
                let (Some(room), Some(top)) = (named.module.first(), path.first()) else { continue };
                let (from, to) = (named.module.join("::"), path.join("::"));
                let is_open = if room == top {
                    room != wings.0 || may_enter(below(&from, room), below(&to, room), wings.1)
                } else {
                    may_enter(room, &to, walls)
                };
                let place = format!("{}:{}: {}", source.file, named.line, named.path.join("::"));
                if !is_open {
                    found.push(format!("{place} is crate::{to}, closed to crate::{from}"));
                } else if room == wings.0 && named.is_glob {
                    found.push(format!("{place}::* is crate::{to}::*, and hides what it names"));
                }
            }
        }
        found
    }

    /// Foreign paths that begin so, outside of the rooms that may name them.
    pub fn foreign(&self, sources: &[Source], banned: &[&str], but: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        for (source, named) in outside_tests(sources) {
            if named.module.first().is_some_and(|room| but.contains(&room.as_str())) {
                continue;
            }
            for place in self.follow(&named.module, &named.path) {
                let Place::Foreign(path) = place else { continue };
                let path = path.join("::");
                if banned.iter().any(|banned| is_below(&path, banned)) {
                    found.push(format!("{}:{}: {path}", source.file, named.line));
                }
            }
        }
        found
    }
}

fn outside_tests(sources: &[Source]) -> impl Iterator<Item = (&Source, &Named)> {
    let code = sources.iter().filter(|source| source.is_code());
    let named = code.flat_map(|source| source.paths.iter().map(move |named| (source, named)));
    named.filter(|(_, named)| !named.in_test)
}

/// A room is open to itself, and to whom its name is given. A room within a room is another one: it is not open with it.
fn may_enter(from: &str, to: &str, walls: &Walls) -> bool {
    let within = |path| walls.iter().filter(move |(room, _)| is_below(path, room));
    let innermost = |path| within(path).max_by_key(|(room, _)| room.len());
    let Some((from, open)) = innermost(from) else { return false };
    let to_room = innermost(to).map_or("", |(room, _)| room);
    *from == to_room || open.iter().any(|may| is_below(to, may) && is_below(may, to_room))
}

fn is_below(path: &str, room: &str) -> bool {
    room.is_empty() || path.strip_prefix(room).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn below<'a>(path: &'a str, room: &str) -> &'a str {
    path[room.len()..].trim_start_matches("::")
}
