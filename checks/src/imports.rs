//! What `use` brings into a module.

use syn::{Ident, Item, ItemUse, UseTree, spanned::Spanned as _, visit::Visit};

/// `use path as name`. `use path::*` has no name.
pub(crate) struct Import {
    pub(crate) name: Option<String>,
    pub(crate) path: Vec<String>,
    pub(crate) line: usize,
}

/// All imports of a module's items. Those inside functions count as the module's.
pub(crate) fn of(items: &[Item]) -> Vec<Import> {
    let mut collector = Collector::default();
    for item in items {
        // Inline modules have imports of their own.
        if !matches!(item, Item::Mod(_)) {
            collector.visit_item(item);
        }
    }
    collector.imports
}

#[derive(Default)]
struct Collector {
    imports: Vec<Import>,
}

impl Visit<'_> for Collector {
    fn visit_item_use(&mut self, item: &ItemUse) {
        // `use ::name` is another crate.
        if item.leading_colon.is_none() {
            self.add(&item.tree, Vec::new());
        }
    }
}

impl Collector {
    fn add(&mut self, tree: &UseTree, mut path: Vec<String>) {
        match tree {
            UseTree::Path(tree) => {
                path.push(tree.ident.to_string());
                self.add(&tree.tree, path);
            }
            UseTree::Group(tree) => {
                for tree in &tree.items {
                    self.add(tree, path.clone());
                }
            }
            UseTree::Name(name) => self.add_name(&name.ident, &name.ident, path),
            UseTree::Rename(name) => self.add_name(&name.ident, &name.rename, path),
            UseTree::Glob(glob) => self.imports.push(Import {
                name: None,
                path,
                line: glob.span().start().line,
            }),
        }
    }

    /// `use path::{self}` brings the path itself.
    fn add_name(&mut self, what: &Ident, name: &Ident, mut path: Vec<String>) {
        let mut name = name.to_string();
        if what == "self" {
            if name == "self" {
                name = path.last().cloned().unwrap_or(name);
            }
        } else {
            path.push(what.to_string());
        }
        self.imports.push(Import {
            name: Some(name),
            path,
            line: what.span().start().line,
        });
    }
}
