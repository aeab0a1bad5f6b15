//! From a path to the file that defines what it names, through imports and re-exports.

use crate::source::{Module, Sources};

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Module(usize),
    /// Something else, in this file.
    Item(usize),
}

/// How many imports may lead from one to the next: more is a circle of imports that name each other.
const STEPS: usize = 32;

impl Sources {
    /// `None` when the path leaves the crate, or is none.
    pub(crate) fn resolve(&self, from: usize, path: &[String]) -> Option<Target> {
        self.resolve_within(from, path, STEPS)
    }

    fn resolve_within(&self, from: usize, path: &[String], steps: usize) -> Option<Target> {
        let steps = steps.checked_sub(1)?;
        let (first, mut rest) = path.split_first()?;
        let mut target = match first.as_str() {
            "crate" => Target::Module(0),
            "self" => Target::Module(from),
            "super" => Target::Module(self.modules.get(from)?.parent?),
            name => self.look_up(from, name, !rest.is_empty(), steps)?,
        };
        while let (Target::Module(module), Some((name, after))) = (target, rest.split_first()) {
            rest = after;
            let this = self.modules.get(module)?;
            target = match name.as_str() {
                "super" => Target::Module(this.parent?),
                // What is not found a macro has made, in that module's file.
                name => self
                    .look_up(module, name, !rest.is_empty(), steps)
                    .unwrap_or(Target::Item(this.file)),
            };
        }
        Some(target)
    }

    /// A module and something else may share a name; `goes_on` says that the path needs the module.
    fn look_up(&self, module: usize, name: &str, goes_on: bool, steps: usize) -> Option<Target> {
        let this = self.modules.get(module)?;
        let child = this.children.get(name).copied().map(Target::Module);
        if goes_on && child.is_some() {
            return child;
        }
        if this.definitions.contains(name) {
            return Some(Target::Item(this.file));
        }
        self.imported(module, this, name, steps)
            .or(child)
            .or_else(|| self.over_globs(module, this, name, goes_on, steps))
    }

    fn imported(&self, module: usize, this: &Module, name: &str, steps: usize) -> Option<Target> {
        this.imports
            .iter()
            .filter(|import| import.name.as_deref() == Some(name))
            .find_map(|import| self.resolve_within(module, &import.path, steps))
    }

    fn over_globs(
        &self,
        module: usize,
        this: &Module,
        name: &str,
        goes_on: bool,
        steps: usize,
    ) -> Option<Target> {
        let steps = steps.checked_sub(1)?;
        let globs = this.imports.iter().filter(|import| import.name.is_none());
        globs
            .filter_map(|glob| self.resolve_within(module, &glob.path, steps))
            .find_map(|target| match target {
                Target::Module(other) if other != module => {
                    self.look_up(other, name, goes_on, steps)
                }
                _ => None,
            })
    }
}
