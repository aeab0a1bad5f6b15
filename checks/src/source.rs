//! The production code of one crate: its files, and the tree of its modules.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use syn::{Attribute, Ident, Item, ItemMod};

use crate::{
    imports::{self, Import},
    mentions::{self, Mention},
};

/// A file that production code reaches over its `mod` lines.
pub(crate) struct SourceFile {
    /// Relative to the workspace.
    pub(crate) path: PathBuf,
    /// `["deliver", "lane"]` for `src/deliver/lane.rs`, nothing for the root.
    pub(crate) unit: Vec<String>,
    pub(crate) lines: usize,
    pub(crate) syntax: Vec<Item>,
}

pub(crate) struct Module {
    pub(crate) file: usize,
    pub(crate) parent: Option<usize>,
    pub(crate) children: BTreeMap<String, usize>,
    /// Names that its own items have. Those that macros make are not among them.
    pub(crate) definitions: BTreeSet<String>,
    pub(crate) imports: Vec<Import>,
    pub(crate) mentions: Vec<Mention>,
}

/// A type that production code defines.
pub(crate) struct TypeName {
    pub(crate) name: String,
    pub(crate) place: String,
}

pub struct Sources {
    pub(crate) files: Vec<SourceFile>,
    /// The first is the root.
    pub(crate) modules: Vec<Module>,
    pub(crate) types: Vec<TypeName>,
}

impl Sources {
    /// Reads the crate whose `lib.rs` or `main.rs` is `file`, below the workspace at `root`.
    pub fn load(root: &Path, file: &Path) -> Result<Self> {
        let mut sources = Self {
            files: Vec::new(),
            modules: Vec::new(),
            types: Vec::new(),
        };
        sources.add_file(root, file, Vec::new(), None)?;
        Ok(sources)
    }

    fn add_file(
        &mut self,
        root: &Path,
        path: &Path,
        unit: Vec<String>,
        parent: Option<usize>,
    ) -> Result<usize> {
        let text = fs::read_to_string(root.join(path))
            .with_context(|| format!("reading {}", path.display()))?;
        let syntax =
            syn::parse_file(&text).with_context(|| format!("parsing {}", path.display()))?;
        let items: Vec<Item> = syntax.items.into_iter().filter_map(production).collect();
        let folder = match path.parent() {
            Some(folder) if unit.is_empty() => folder.to_path_buf(),
            _ => path.with_extension(""),
        };
        let file = self.files.len();
        self.files.push(SourceFile {
            path: path.to_path_buf(),
            unit: unit.clone(),
            lines: text.lines().count(),
            syntax: Vec::new(),
        });
        let module = self.add_module(root, file, parent, &items, &folder, &unit)?;
        if let Some(file) = self.files.get_mut(file) {
            file.syntax = items;
        }
        Ok(module)
    }

    fn add_module(
        &mut self,
        root: &Path,
        file: usize,
        parent: Option<usize>,
        items: &[Item],
        folder: &Path,
        unit: &[String],
    ) -> Result<usize> {
        let id = self.modules.len();
        self.modules.push(Module {
            file,
            parent,
            children: BTreeMap::new(),
            definitions: items
                .iter()
                .filter_map(|item| Some(name_of(item)?.to_string()))
                .collect(),
            imports: imports::of(items),
            mentions: mentions::of(items),
        });
        for item in items {
            if let Item::Mod(module) = item {
                let name = module.ident.to_string();
                let child = self.add_child(root, file, id, module, folder, unit)?;
                if let Some(this) = self.modules.get_mut(id) {
                    this.children.insert(name, child);
                }
            }
            self.note_type(file, item);
        }
        Ok(id)
    }

    fn add_child(
        &mut self,
        root: &Path,
        file: usize,
        parent: usize,
        module: &ItemMod,
        folder: &Path,
        unit: &[String],
    ) -> Result<usize> {
        let name = module.ident.to_string();
        let inner = folder.join(&name);
        if let Some((_, items)) = &module.content {
            return self.add_module(root, file, Some(parent), items, &inner, unit);
        }
        if module.attrs.iter().any(|attr| attr.path().is_ident("path")) {
            bail!("mod {name} has a #[path]: the check follows only the usual places");
        }
        let unit = [unit, &[name]].concat();
        self.add_file(root, &inner.with_extension("rs"), unit, Some(parent))
    }

    fn note_type(&mut self, file: usize, item: &Item) {
        if !matches!(
            item,
            Item::Struct(_) | Item::Enum(_) | Item::Union(_) | Item::Trait(_) | Item::Type(_)
        ) {
            return;
        }
        if let (Some(name), Some(file)) = (name_of(item), self.files.get(file)) {
            self.types.push(TypeName {
                name: name.to_string(),
                place: format!("{}:{}", file.path.display(), name.span().start().line),
            });
        }
    }
}

/// The item without what is compiled for tests only; `None` when that is all of it.
fn production(mut item: Item) -> Option<Item> {
    match &mut item {
        Item::Impl(block) => block.items.retain(|item| match item {
            syn::ImplItem::Fn(function) => !is_for_tests(&function.attrs),
            _ => true,
        }),
        Item::Mod(module) => {
            if let Some((_, items)) = &mut module.content {
                *items = std::mem::take(items)
                    .into_iter()
                    .filter_map(production)
                    .collect();
            }
        }
        _ => {}
    }
    (!is_for_tests(attributes_of(&item))).then_some(item)
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| {
                let condition = list.tokens.to_string();
                condition == "test" || condition.starts_with("all (test")
            })
    })
}

fn attributes_of(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn name_of(item: &Item) -> Option<&Ident> {
    match item {
        Item::Const(item) => Some(&item.ident),
        Item::Enum(item) => Some(&item.ident),
        Item::Fn(item) => Some(&item.sig.ident),
        Item::Macro(item) => item.ident.as_ref(),
        Item::Static(item) => Some(&item.ident),
        Item::Struct(item) => Some(&item.ident),
        Item::Trait(item) => Some(&item.ident),
        Item::Type(item) => Some(&item.ident),
        Item::Union(item) => Some(&item.ident),
        _ => None,
    }
}
