//! The precedence policy: the one in force, and what another would change.

mod preview;

use async_graphql::{Context, ID, Object, SimpleObject};
use domain::{Field, Unit};
use reconcile::Tolerance;

use super::context::asker;
use super::error::Outcome;
use super::source::Source;
use super::word::Word;
use preview::PolicyPreview;

/// The policy.
pub struct Policy;

/// What the policy says of one field, exceptions aside.
#[derive(SimpleObject)]
pub struct FieldPolicy {
    /// Which field.
    field: Word<Field>,
    /// In which order sources are asked.
    prefer: Vec<Source>,
    /// The group that comes whole from one record, where the field belongs to one.
    coherent_group: Option<String>,
    /// How far values may differ and still agree.
    tolerance: Option<String>,
}

impl FieldPolicy {
    fn of(policy: &reconcile::Policy, field: Field) -> Self {
        let mut prefer: Vec<domain::SourceSlug> = Vec::new();
        for preference in policy.preferences(field) {
            if !prefer.contains(&preference.source) {
                prefer.push(preference.source.clone());
            }
        }
        let group = field.group();
        Self {
            field: Word(field),
            prefer: prefer.into_iter().map(Source).collect(),
            coherent_group: group.is_coherent().then(|| group.name().to_owned()),
            tolerance: told(policy.tolerance(field), field),
        }
    }
}

/// A tolerance as people say it; nothing where values must be the same.
fn told(tolerance: Tolerance, field: Field) -> Option<String> {
    let (absolute, relative_ppm) = match tolerance {
        Tolerance::Any => return Some("any difference".to_owned()),
        Tolerance::Within { absolute, relative_ppm } => (absolute, relative_ppm),
    };
    let unit = match field.info().unit {
        Unit::None => match field {
            Field::StartTimeUtc => " s",
            Field::StartPoint | Field::EndPoint => " m",
            _ => "",
        },
        Unit::Plain => "",
        Unit::Seconds => " s",
        Unit::Metres => " m",
        Unit::Centimetres => " cm",
        Unit::Milliseconds => " ms",
        Unit::MetresPerSecond => " m/s",
        Unit::BeatsPerMinute => " bpm",
        Unit::Watts => " W",
        Unit::PerMinute => " a minute",
        Unit::Kilocalories => " kcal",
        Unit::Celsius => " °C",
    };
    let by_number = (absolute != domain::Milli::ZERO).then(|| format!("{absolute}{unit}"));
    let by_share = (relative_ppm > 0).then(|| format!("{} %", f64::from(relative_ppm) / 10_000.0));
    match (by_number, by_share) {
        (Some(number), Some(share)) => Some(format!("{number} or {share}")),
        (number, share) => number.or(share),
    }
}

/// By what the engine goes: which source is asked first, and how sure a match must be.
#[Object]
impl Policy {
    /// Changes with every change of the policy's text.
    async fn version(&self, ctx: &Context<'_>) -> String {
        let digest = domain::ArtifactId::of(asker(ctx).app.hub.policy().text().as_bytes()).to_string();
        digest.chars().take(12).collect()
    }

    /// The source that leads.
    async fn canonical_source(&self, ctx: &Context<'_>) -> Source {
        Source(asker(ctx).app.hub.policy().canonical_source())
    }

    /// How long a secondary source's activity waits for the leading source.
    async fn window_hours(&self, ctx: &Context<'_>) -> f64 {
        asker(ctx).app.hub.policy().window_s as f64 / 3600.0
    }

    /// From this probability on, a pair is one activity.
    async fn auto_match_probability(&self, ctx: &Context<'_>) -> f64 {
        f64::from(asker(ctx).app.hub.policy().auto_ppm) / 1_000_000.0
    }

    /// From this probability on, a pair waits for a person.
    async fn review_probability(&self, ctx: &Context<'_>) -> f64 {
        f64::from(asker(ctx).app.hub.policy().review_ppm) / 1_000_000.0
    }

    /// What it says of each field.
    async fn fields(&self, ctx: &Context<'_>) -> Vec<FieldPolicy> {
        Field::all().map(|field| FieldPolicy::of(asker(ctx).app.hub.policy(), field)).collect()
    }

    /// Its file, whole.
    async fn toml<'a>(&self, ctx: &Context<'a>) -> &'a str {
        asker(ctx).app.hub.policy().text()
    }
}

/// The root of the policy.
#[derive(Default)]
pub struct PolicyQuery;

#[Object]
impl PolicyQuery {
    /// The policy in force.
    async fn policy(&self) -> Policy {
        Policy
    }

    /// What another policy would change, computed by the code that would change it, without changing anything. A policy
    /// that is wrong is told as such, with lines and keys.
    async fn policy_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The whole policy, as its file would be.")] toml: String,
        #[graphql(desc = "Only of this athlete; of all that the token speaks for where absent.")] athlete_id: Option<
            ID,
        >,
    ) -> Outcome<PolicyPreview> {
        preview::of(ctx, &toml, athlete_id.as_ref()).await
    }
}

#[cfg(test)]
mod tests {
    use domain::Milli;

    use super::*;

    #[test]
    fn tolerances_are_told_in_their_field_s_unit() {
        let within = |absolute, relative_ppm| Tolerance::Within { absolute: Milli::from_units(absolute), relative_ppm };
        for (tolerance, field, wanted) in [
            (Tolerance::Any, Field::Name, Some("any difference")),
            (within(0, 0), Field::SportType, None),
            (within(60, 0), Field::StartTimeUtc, Some("60 s")),
            (within(50, 20_000), Field::DistanceM, Some("50 m or 2 %")),
            (within(0, 25_000), Field::AveragePowerW, Some("2.5 %")),
            (within(200, 0), Field::StartPoint, Some("200 m")),
        ] {
            assert_eq!(told(tolerance, field).as_deref(), wanted, "{}", field.name());
        }
    }
}
