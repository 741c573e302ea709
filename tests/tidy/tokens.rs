//! What is no syntax yet, macros and attributes: their paths and words are found among their tokens.

use super::reader::{Names, Reader};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

impl Reader {
    /// Within the braces of a `use` or behind `path::`, `prefix` is what the paths begin with.
    pub(super) fn tokens(&mut self, prefix: &[String], tokens: TokenStream, is_attribute: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let is = |at: usize, c: char| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == c);
        let mut at = 0;
        while at < tokens.len() {
            let before = |c| at > 0 && is(at - 1, c);
            match &tokens[at] {
                TokenTree::Ident(word) if word == "pub" => {
                    at += usize::from(is_parenthesis(tokens.get(at + 1)));
                }
                TokenTree::Ident(word) if !before('\'') => {
                    let line = word.span().start().line;
                    self.use_word(&word.to_string(), before('.') || before(':'));
                    let starts = prefix.is_empty() || at == 0 || before(',');
                    let mut path = if starts { prefix.to_vec() } else { Names::new() };
                    path.push(word.to_string());
                    while is(at + 1, ':') && is(at + 2, ':') {
                        match tokens.get(at + 3) {
                            Some(TokenTree::Ident(word)) => {
                                self.use_word(&word.to_string(), true);
                                path.push(word.to_string());
                                at += 3;
                            }
                            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                                self.tokens(&path, group.stream(), is_attribute);
                                at += 3;
                                break;
                            }
                            _ => break,
                        }
                    }
                    if path.len() == 1 && is(at + 1, '!') {
                        path[0].push('!');
                    }
                    let is_glob = is(at + 1, ':') && is(at + 3, '*');
                    self.name(path, line, is_glob);
                }
                TokenTree::Group(group) => self.tokens(&[], group.stream(), is_attribute),
                TokenTree::Literal(literal) => self.text(&literal.to_string(), is_attribute),
                _ => {}
            }
            at += 1;
        }
    }

    /// A text within a macro may hold names: `"{NAME}"`, or `#[serde(with = "crate::a::b")]`.
    fn text(&mut self, literal: &str, is_attribute: bool) {
        let quoted = literal.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let is_path = |text: &&str| text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == ':');
        if let Some(path) = quoted.filter(is_path).filter(|_| is_attribute) {
            path.parse().into_iter().for_each(|path| self.tokens(&[], path, is_attribute));
        } else {
            for inserted in literal.split('{').skip(1) {
                let end = inserted.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(0);
                self.use_word(&inserted[..end], false);
            }
        }
    }
}

fn is_parenthesis(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis)
}
