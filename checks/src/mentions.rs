//! Paths in bodies, signatures, attributes and calls of macros: `lane::Lane`, `crate::feed::check`.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::Item;

pub(crate) struct Mention {
    pub(crate) path: Vec<String>,
    pub(crate) line: usize,
}

/// All paths in a module's items but its imports. What looks like a path and is none leads nowhere
/// when it is resolved. Tokens are read, not syntax: so a macro's arguments are seen like the rest.
pub(crate) fn of(items: &[Item]) -> Vec<Mention> {
    let mut mentions = Vec::new();
    for item in items {
        if !matches!(item, Item::Mod(_) | Item::Use(_)) {
            collect(item.to_token_stream(), &mut mentions);
        }
    }
    mentions
}

fn collect(tokens: TokenStream, mentions: &mut Vec<Mention>) {
    let mut path = PathReader::default();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(ident) if ident == "use" => {
                path.end(mentions);
                // An import inside a function: imports::of has it.
                tokens
                    .by_ref()
                    .take_while(|token| !is(token, ';'))
                    .for_each(drop);
            }
            TokenTree::Ident(ident) => {
                path.ident(ident.to_string(), ident.span().start().line, mentions);
            }
            TokenTree::Punct(punct) => path.punct(punct.as_char(), mentions),
            TokenTree::Group(group) => {
                path.end(mentions);
                collect(group.stream(), mentions);
            }
            TokenTree::Literal(_) => path.end(mentions),
        }
    }
    path.end(mentions);
}

fn is(token: &TokenTree, punct: char) -> bool {
    matches!(token, TokenTree::Punct(found) if found.as_char() == punct)
}

/// The path that is being read.
#[derive(Default)]
struct PathReader {
    names: Vec<String>,
    line: usize,
    /// Colons since the last name.
    colons: usize,
    /// Dots before the first name: after one stands a field or method, after two a range's end.
    dots: usize,
    /// `::name` is another crate's, `<T as Trait>::name` a type's.
    is_foreign: bool,
}

impl PathReader {
    fn ident(&mut self, name: String, line: usize, mentions: &mut Vec<Mention>) {
        if self.colons != 2 {
            let dots = if self.names.is_empty() { self.dots } else { 0 };
            self.end(mentions);
            self.dots = dots;
            self.line = line;
        } else if self.names.is_empty() {
            self.is_foreign = true;
        }
        self.colons = 0;
        self.names.push(name);
    }

    fn punct(&mut self, punct: char, mentions: &mut Vec<Mention>) {
        if punct == ':' && self.colons < 2 {
            self.colons += 1;
            return;
        }
        let dots = if self.names.is_empty() { self.dots } else { 0 };
        self.end(mentions);
        if punct == '.' {
            self.dots = dots + 1;
        }
    }

    fn end(&mut self, mentions: &mut Vec<Mention>) {
        let Self {
            names: path,
            line,
            dots,
            is_foreign,
            ..
        } = std::mem::take(self);
        if !path.is_empty() && dots != 1 && !is_foreign {
            mentions.push(Mention { path, line });
        }
    }
}
