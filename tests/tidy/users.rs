//! Declarations that nobody uses, or that only tests use. It goes by words: a name said anywhere else is a use.

use super::reader::{Declared, Source, Use};
use std::collections::BTreeSet;

/// Benchmarks and the templates of pages count as code.
const CODE: usize = 0;
const TESTS: usize = 1;

/// The words that code says, and those that tests say.
#[derive(Default)]
pub struct Users {
    words: [BTreeSet<String>; 2],
    /// Those among them that follow a dot or a double colon.
    members: [BTreeSet<String>; 2],
}

impl Users {
    pub fn of(sources: &[Source], templates: &[String]) -> Users {
        let mut users = Users::default();
        for source in sources {
            for Use { word, is_member, in_test } in &source.uses {
                let who = if *in_test || source.is_test { TESTS } else { CODE };
                users.say(word, *is_member, who);
            }
        }
        for template in templates {
            for word in template.split(|c: char| !(c.is_alphanumeric() || c == '_')) {
                users.say(word, true, CODE);
            }
        }
        users
    }

    fn say(&mut self, word: &str, is_member: bool, who: usize) {
        self.words[who].insert(word.to_owned());
        if is_member {
            self.members[who].insert(word.to_owned());
        }
    }

    /// Declarations in code that have no user there.
    pub fn unused(&self, sources: &[Source]) -> Vec<String> {
        let mut found = Vec::new();
        for source in sources.iter().filter(|source| source.is_code()) {
            for Declared { what, name, line, in_test, is_member } in &source.declared {
                let said = if *is_member { &self.members } else { &self.words };
                if !in_test && name != "main" && !said[CODE].contains(name) {
                    let by = if said[TESTS].contains(name) { "only tests use it" } else { "nobody uses it" };
                    found.push(format!("{}:{line}: {what} {name}: {by}", source.file));
                }
            }
        }
        found
    }
}
