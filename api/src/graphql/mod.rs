//! GraphQL.

pub(crate) mod guard;

use async_graphql::{EmptyMutation, EmptySubscription, Object};

/// The schema.
pub type Schema = async_graphql::Schema<Query, EmptyMutation, EmptySubscription>;

/// The root.
pub struct Query;

#[Object]
impl Query {
    async fn ok(&self) -> bool {
        true
    }
}

/// The schema, ready to execute.
pub fn schema() -> Schema {
    Schema::build(Query, EmptyMutation, EmptySubscription).finish()
}

/// The schema's text.
pub fn sdl() -> String {
    schema().sdl()
}
