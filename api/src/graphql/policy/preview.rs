//! What another policy would change.

use std::collections::BTreeMap;

use async_graphql::{Context, ID, Object, SimpleObject};
use domain::Field;
use hub::{Athletes, PreviewExample};

use crate::auth::Scope;
use crate::graphql::activity::Activity;
use crate::graphql::athlete::Athlete;
use crate::graphql::context::{asker, reader};
use crate::graphql::error::{Failure, Outcome};
use crate::graphql::history::FieldChange;
use crate::graphql::scalar::Long;
use crate::graphql::word::Word;

/// The most examples that are worked out.
const EXAMPLES: usize = 100;

/// What a policy would change.
pub struct PolicyPreview {
    errors: Vec<String>,
    preview: hub::PolicyPreview,
}

/// How many activities have a field that would change.
#[derive(Debug, SimpleObject)]
pub struct FieldChangeCount {
    /// Which field.
    field: Word<Field>,
    /// In how many activities.
    count: Long,
}

/// An activity that would change.
pub struct PolicyPreviewExample(PreviewExample);

/// What a policy would change, computed without changing anything.
#[Object]
impl PolicyPreview {
    /// Whether the text is a policy.
    async fn valid(&self) -> bool {
        self.errors.is_empty()
    }

    /// What is wrong with it, each with its line and key.
    async fn errors(&self) -> &[String] {
        &self.errors
    }

    /// How many activities were computed again.
    async fn activities_examined(&self) -> Long {
        Long::count(self.preview.activities_examined)
    }

    /// How many would stand otherwise.
    async fn activities_changed(&self) -> Long {
        Long::count(self.preview.activities_changed)
    }

    /// Activities that would become part of others.
    async fn merges(&self) -> Long {
        Long::count(self.preview.merges)
    }

    /// Activities that would come out of others.
    async fn splits(&self) -> Long {
        Long::count(self.preview.splits)
    }

    /// In how many activities each field would have another value or another source.
    async fn field_changes(&self) -> Vec<FieldChangeCount> {
        let counts: &BTreeMap<Field, u64> = &self.preview.field_changes;
        counts
            .iter()
            .map(|(field, count)| FieldChangeCount { field: Word(*field), count: Long::count(*count) })
            .collect()
    }

    /// Some of the activities that would change.
    async fn examples(
        &self,
        #[graphql(desc = "How many at most, from 1 to 100.", default_with = "Some(10)")] first: Option<i32>,
    ) -> Outcome<Vec<PolicyPreviewExample>> {
        let first = match first.map(usize::try_from) {
            None => EXAMPLES,
            Some(Ok(first)) if (1..=EXAMPLES).contains(&first) => first,
            Some(_) => return Err(Failure::Invalid(format!("`first` is not within 1 to {EXAMPLES}."))),
        };
        Ok(self.preview.examples.iter().take(first).cloned().map(PolicyPreviewExample).collect())
    }
}

/// An activity that would change, as it stands, and what would be different.
#[Object]
impl PolicyPreviewExample {
    /// As it stands.
    async fn activity(&self, ctx: &Context<'_>) -> Outcome<Activity> {
        let found = Activity::find(reader(ctx)?, self.0.activity).await?;
        found.ok_or_else(|| Failure::missing("activity", &self.0.activity.to_string()))
    }

    /// What would be different, by field.
    async fn changes(&self) -> Vec<FieldChange> {
        self.0.changes.iter().map(FieldChange::of).collect()
    }
}

/// The preview of a policy for one athlete, or for all that the token speaks for.
pub async fn of(ctx: &Context<'_>, toml: &str, athlete: Option<&ID>) -> Outcome<PolicyPreview> {
    let asker = asker(ctx);
    let view = asker.view(Scope::ActivitiesRead)?;
    let athletes = match Athlete::narrowed(ctx, athlete).await? {
        Some(athlete) => Athletes::Only([athlete].into()),
        None => view.scope().clone(),
    };
    match reconcile::Policy::parse(toml) {
        Ok(policy) => {
            let preview = asker.app.hub.policy_preview(&policy, &athletes, EXAMPLES).await?;
            Ok(PolicyPreview { errors: Vec::new(), preview })
        }
        Err(errors) => Ok(PolicyPreview {
            errors: errors.iter().map(ToString::to_string).collect(),
            preview: hub::PolicyPreview::default(),
        }),
    }
}
