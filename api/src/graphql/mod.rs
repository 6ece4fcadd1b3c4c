//! The GraphQL schema: one object a file, and the machinery once each.
//!
//! Resolvers read through the asker's [`View`](hub::View) only, which is scoped from the start; to-many relations go
//! through loaders. `guard` stands in front of the executor, `completion` behind it.

pub mod account;
pub mod activity;
pub mod artifact;
pub mod at_hand;
pub mod athlete;
pub mod change;
pub mod completion;
pub mod context;
pub mod decision;
pub mod driver;
pub mod error;
pub mod field;
pub(crate) mod guard;
pub mod history;
pub mod import;
pub mod loader;
pub mod matching;
pub mod node;
pub mod page;
pub mod pin;
pub mod policy;
pub mod reconciliation;
pub mod record;
pub mod run;
pub mod scalar;
pub mod series;
pub mod source;
pub mod subscription;
pub mod totals;
pub mod viewer;
pub mod vocabulary;
pub mod word;
pub mod written;

#[cfg(test)]
mod design;

use async_graphql::MergedObject;
use subscription::Subscription;

/// What the library may recurse into: the most that `limits.nesting` can be set to.
const RECURSION: usize = 64;

/// The schema.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// All that can be asked.
#[derive(MergedObject, Default)]
pub struct Query(
    node::NodeQuery,
    viewer::ViewerQuery,
    activity::ActivityQuery,
    athlete::AthleteQuery,
    record::RecordQuery,
    matching::MatchQuery,
    reconciliation::ReconciliationQuery,
    run::RunQuery,
    change::ChangeQuery,
    import::ImportQuery,
    source::SourceQuery,
    policy::PolicyQuery,
    totals::TotalsQuery,
    account::AccountQuery,
);

/// All that can be done.
#[derive(MergedObject, Default)]
pub struct Mutation(
    athlete::AthleteMutation,
    run::RunMutation,
    decision::DecisionMutation,
    pin::PinMutation,
    account::AccountMutation,
);

/// The schema, ready to execute.
pub fn schema() -> Schema {
    // The guard bounds the depth; the library's own limit is lower, and counts otherwise.
    let schema = Schema::build(Query::default(), Mutation::default(), Subscription);
    page::described(schema).limit_recursive_depth(RECURSION).finish()
}

/// The schema's text.
pub fn sdl() -> String {
    schema().sdl_with_options(async_graphql::SDLExportOptions::new().prefer_single_line_descriptions())
}
