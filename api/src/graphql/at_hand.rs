//! Objects most of whose fields are at hand: they are answered in place. The library makes a future of every field and
//! gathers them, which for a page with provenance is some ten thousand futures, and most of a request's cost.

use std::borrow::Cow;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::ContainerType;
use async_graphql::{ContextSelectionSet, Name, OutputType, Positioned, ServerResult, Value};
use futures::future::try_join_all;

/// An object with fields that need nothing but itself.
pub trait Plain: ContainerType {
    /// The value of a field that needs neither arguments nor loading; nothing for every other field, and for one that
    /// cannot be told.
    fn plain(&self, field: &str) -> Option<Value>;
}

/// An object whose plain fields are answered in place. To everybody outside it is the object itself.
#[derive(Debug, Clone)]
pub struct AtHand<T>(pub T);

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
            let plain = self.0.plain(&wanted.node.name.node);
            if plain.is_none() {
                loads.push(async move {
                    let loaded = self.0.resolve_field(&ctx.with_field(wanted)).await?;
                    ServerResult::Ok((key, loaded.unwrap_or_default()))
                });
            }
            answered.insert(key.clone(), plain.unwrap_or_default());
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
fn is_simple(set: &SelectionSet) -> bool {
    let mut keys: Vec<&str> = Vec::with_capacity(set.items.len());
    set.items.iter().all(|selection| match &selection.node {
        Selection::Field(field) => {
            let (name, key) = (&field.node.name.node, field.node.response_key().node.as_str());
            let fresh = !keys.contains(&key);
            keys.push(key);
            fresh && field.node.directives.is_empty() && !name.starts_with("__")
        }
        Selection::FragmentSpread(_) | Selection::InlineFragment(_) => false,
    })
}
