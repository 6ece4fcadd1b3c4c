//! Objects most of whose fields are at hand: they are written as JSON in place. The library makes a future of every
//! field and a tree of the values, which for a page with provenance is some ten thousand of each, and most of a
//! request's cost.

use std::borrow::Cow;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::ContainerType;
use async_graphql::{ContextSelectionSet, Name, OutputType, Positioned, ServerResult, Value};
use futures::future::try_join_all;

use super::written::Written;

/// An object with fields that need nothing but itself.
pub trait Plain: ContainerType {
    /// Writes the value of a field that needs neither arguments nor loading. Nothing for every other field, and for one
    /// that cannot be told: what was written of it until then is taken back.
    fn plain(&self, field: &Field, to: &mut Written) -> Option<()>;
}

/// An object whose plain fields are answered in place. To everybody outside it is the object itself.
#[derive(Debug, Clone)]
pub struct AtHand<T>(pub T);

/// A list of such objects, written at once where all of them are at hand.
#[derive(Debug, Clone)]
pub struct AllAtHand<T>(Vec<AtHand<T>>);

impl<T> AllAtHand<T> {
    /// The list of these.
    pub fn of(objects: impl IntoIterator<Item = T>) -> Self {
        Self(objects.into_iter().map(AtHand).collect())
    }
}

impl<T> IntoIterator for AllAtHand<T> {
    type Item = AtHand<T>;
    type IntoIter = std::vec::IntoIter<AtHand<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<T: Plain> OutputType for AllAtHand<T> {
    fn type_name() -> Cow<'static, str> {
        Vec::<AtHand<T>>::type_name()
    }

    fn qualified_type_name() -> String {
        Vec::<AtHand<T>>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Vec::<AtHand<T>>::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let mut all = Written::default();
        match all.list::<T>(self.0.iter().map(|one| Some(&one.0)), &ctx.item.node) {
            Some(()) => Ok(all.into()),
            None => self.0.resolve(ctx, field).await,
        }
    }
}

impl<T: Plain> OutputType for AtHand<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        if !is_simple(&ctx.item.node) {
            return self.0.resolve(ctx, field).await;
        }
        let mut answered: IndexMap<Name, Value> = IndexMap::with_capacity(ctx.item.node.items.len());
        let mut loads = Vec::new();
        for selection in &ctx.item.node.items {
            let Selection::Field(wanted) = &selection.node else { continue };
            let key = &wanted.node.response_key().node;
            let mut written = Written::default();
            let value = match self.0.plain(&wanted.node, &mut written) {
                Some(()) => written.into(),
                None => {
                    // Boxed: it is as large as the largest of the object's resolvers, and would be moved twice.
                    loads.push(Box::pin(async move {
                        let loaded = self.0.resolve_field(&ctx.with_field(wanted)).await?;
                        ServerResult::Ok((key, loaded.unwrap_or_default()))
                    }));
                    Value::Null
                }
            };
            answered.insert(key.clone(), value);
        }
        // Side by side: what one object of the page waits for alone does not keep it from what all of them load at once.
        for (key, loaded) in try_join_all(loads).await? {
            answered.insert(key.clone(), loaded);
        }
        Ok(Value::Object(answered))
    }
}

/// Whether a selection is fields alone, without directives, each under a key of its own: what else there is, merging,
/// conditions and types, is the library's.
pub(super) fn is_simple(set: &SelectionSet) -> bool {
    set.items.iter().enumerate().all(|(place, selection)| {
        key(selection).is_some_and(|own| set.items.iter().take(place).all(|other| key(other) != Some(own)))
    })
}

/// Under which key a plain field is answered.
fn key(selection: &Positioned<Selection>) -> Option<&Name> {
    match &selection.node {
        Selection::Field(field) if field.node.directives.is_empty() && !field.node.name.node.starts_with("__") => {
            Some(&field.node.response_key().node)
        }
        _ => None,
    }
}
