//! Files and functions that are too long to be read at once.

use syn::{Block, ImplItemFn, ItemFn, Signature, TraitItemFn, visit::Visit};

use crate::{Breach, Sources, source::SourceFile};

const FILE: usize = 300;
const FUNCTION: usize = 60;

/// Files with more than 300 lines, their inline tests included, and functions with more than 60.
pub fn too_long(sources: &Sources) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in &sources.files {
        // The table definitions are one list, whatever its length.
        if file.lines > FILE && file.unit.last().is_none_or(|name| name != "schema") {
            breaches.push(Breach {
                rule: "no production file has more than 300 lines (schema.rs may)",
                places: vec![format!(
                    "{} has {}: split it by noun or operation",
                    file.path.display(),
                    file.lines
                )],
            });
        }
        let mut functions = Functions {
            file,
            breaches: &mut breaches,
        };
        for item in &file.syntax {
            functions.visit_item(item);
        }
    }
    breaches
}

struct Functions<'a> {
    file: &'a SourceFile,
    breaches: &'a mut Vec<Breach>,
}

impl Functions<'_> {
    fn check(&mut self, signature: &Signature, block: &Block) {
        let start = signature.fn_token.span.start().line;
        let end = block.brace_token.span.close().end().line;
        let lines = end.saturating_sub(start) + 1;
        if lines > FUNCTION {
            self.breaches.push(Breach {
                rule: "no function has more than 60 lines, from `fn` to its brace",
                places: vec![format!(
                    "{}:{start} {} has {lines}: name its steps",
                    self.file.path.display(),
                    signature.ident
                )],
            });
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.check(&function.sig, &function.block);
        syn::visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.check(&function.sig, &function.block);
        syn::visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        if let Some(block) = &function.default {
            self.check(&function.sig, block);
        }
        syn::visit::visit_trait_item_fn(self, function);
    }
}
