//! Introspection has bounds of its own: an editor's usual query is deeper than any that is asked of data, and lists
//! of lists of types would be as long as anyone likes.

use super::{Refusal, at_most};

/// Lists that lead from types to types.
const LISTS: [&str; 6] = ["types", "fields", "interfaces", "possibleTypes", "inputFields", "args"];
/// Lists within lists. GraphiQL's query has three: types, fields, args.
const NESTED_LISTS: usize = 3;
/// Fields nested in each other. GraphiQL's query has 13 (`ofType` nine times).
const DEPTH: usize = 16;
/// Fields, fragments written out. GraphiQL's query has fewer than 200.
const FIELDS: usize = 400;

/// What introspection a selection holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Introspection {
    inner: Counts,
    roots: Counts,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    fields: usize,
    depth: usize,
    lists: usize,
}

impl Counts {
    fn beside(&mut self, other: &Self) {
        self.fields = self.fields.saturating_add(other.fields);
        self.depth = self.depth.max(other.depth);
        self.lists = self.lists.max(other.lists);
    }
}

/// Whether introspection begins with that field.
pub(super) fn is_root(name: &str) -> bool {
    matches!(name, "__schema" | "__type")
}

impl Introspection {
    pub(super) fn beside(&mut self, other: &Self) {
        self.inner.beside(&other.inner);
        self.roots.beside(&other.roots);
    }

    /// The same with that field around it.
    pub(super) fn within(self, name: &str) -> Self {
        let counts = Counts {
            fields: self.inner.fields.saturating_add(1),
            depth: self.inner.depth.saturating_add(1),
            lists: self.inner.lists.saturating_add(usize::from(LISTS.contains(&name))),
        };
        if is_root(name) {
            let mut roots = self.roots;
            roots.beside(&counts);
            return Self { inner: Counts::default(), roots };
        }
        Self { inner: counts, roots: self.roots }
    }

    /// Whether it stays within its bounds.
    pub(super) fn hold(&self) -> Result<(), Refusal> {
        at_most("fields of introspection", self.roots.fields, FIELDS)?;
        at_most("nested fields of introspection", self.roots.depth, DEPTH)?;
        at_most("lists of introspection in each other", self.roots.lists, NESTED_LISTS)
    }
}
