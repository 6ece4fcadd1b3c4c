//! People's decisions: checked when given, kept as ground state, carried out by the engine.

use domain::{AthleteId, Decision, PinTo, RecordId, Ruling, RulingId, Value};
use entity::source_record::Column;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait};

use crate::store::{athlete, database_error, record, ruling};
use crate::{Hub, HubError, Mode};

/// A reason longer than this, in characters, is an essay.
const LONGEST_REASON: usize = 1_000;

impl Hub {
    /// Keeps a decision and carries it out. A pin replaces an earlier one on the same field.
    ///
    /// # Errors
    /// `Invalid` without a reason, `NotFound` for another athlete's records or activity, `Conflict` where it
    /// contradicts an earlier decision.
    pub async fn rule(
        &self,
        athlete: AthleteId,
        decision: Decision,
        actor: &str,
        reason: &str,
    ) -> Result<Ruling, HubError> {
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
            return Err(HubError::Invalid(format!("say why, in 1 to {LONGEST_REASON} characters")));
        }
        let failed = || database_error("keep a ruling");
        let transaction = self.database.begin().await?;
        athlete::advance(&transaction, athlete, None).await.map_err(failed())?;
        let known = ruling::of_athlete(&transaction, athlete).await?;
        let touched = concerned(&transaction, athlete, &decision).await?;
        for earlier in contradicted(&known, &decision)? {
            ruling::remove(&transaction, earlier).await.map_err(failed())?;
        }
        let now = self.clock.now();
        let kept = Ruling {
            id: RulingId::from_uuid(self.mint(now)),
            athlete,
            decision,
            actor: actor.to_owned(),
            reason: reason.to_owned(),
            at: now,
        };
        ruling::insert(&transaction, &kept).await.map_err(failed())?;
        record::wait(&transaction, touched).await.map_err(failed())?;
        transaction.commit().await.map_err(failed())?;
        self.reconcile(athlete, Mode::Pending).await?;
        Ok(kept)
    }
}

/// The records that a decision is about, all of that athlete.
async fn concerned(
    connection: &impl ConnectionTrait,
    athlete: AthleteId,
    decision: &Decision,
) -> Result<Condition, HubError> {
    let mine = Condition::all().add(Column::AthleteId.eq(athlete.uuid()));
    let condition = match decision {
        Decision::Same(a, b) | Decision::Different(a, b) => mine.add(Column::Id.is_in([a.uuid(), b.uuid()])),
        // Any id that an activity was ever shown under leads to the record that founded it.
        Decision::Pin { activity, .. } => mine
            .add(Condition::any().add(Column::ActivityId.eq(activity.uuid())).add(Column::Founds.eq(activity.uuid()))),
    };
    let found = record::find(connection, condition.clone()).await.map_err(database_error("look for records"))?;
    match decision {
        Decision::Same(a, b) | Decision::Different(a, b) if a == b => {
            Err(HubError::Invalid("a record is always the same as itself: name two".to_owned()))
        }
        Decision::Same(..) | Decision::Different(..) if found.len() < 2 => {
            Err(HubError::NotFound("there are no two such records of this athlete".to_owned()))
        }
        Decision::Pin { activity, .. } if found.is_empty() => {
            Err(HubError::NotFound(format!("there is no activity {activity}")))
        }
        Decision::Pin { field, to: PinTo::Value(value), .. } if !fits(*field, value) => {
            Err(HubError::Invalid(format!("{} cannot hold such a value", field.name())))
        }
        _ => Ok(condition),
    }
}

/// Whether a field can hold a value of that kind.
fn fits(field: domain::Field, value: &Value) -> bool {
    use domain::Field;
    match value {
        Value::Number(_) => field.info().unit != domain::Unit::None,
        Value::Sport(_) => field == Field::SportType,
        Value::Instant(_) => field == Field::StartTimeUtc,
        Value::Visibility(_) => field == Field::Visibility,
        Value::Point(_) => matches!(field, Field::StartPoint | Field::EndPoint),
        Value::Flag(_) => matches!(field, Field::Commute | Field::Indoor | Field::Manual),
        Value::Text(_) => {
            matches!(field, Field::Name | Field::Description | Field::Timezone | Field::Gear | Field::Device)
        }
    }
}

/// The earlier rulings that a decision replaces.
fn contradicted(known: &[Ruling], decision: &Decision) -> Result<Vec<RulingId>, HubError> {
    let pair = |a: &RecordId, b: &RecordId| (*a.min(b), *a.max(b));
    match decision {
        Decision::Pin { activity, field, .. } => Ok(known
            .iter()
            .filter(|ruling| matches!(&ruling.decision, Decision::Pin { activity: on, field: of, .. } if on == activity && of == field))
            .map(|ruling| ruling.id)
            .collect()),
        Decision::Same(a, b) => {
            // Bound records are one: a chain that would join two that must differ is refused.
            let mut bound = vec![*a, *b];
            let mut grown = true;
            while grown {
                grown = false;
                for ruling in known {
                    if let Decision::Same(x, y) = &ruling.decision {
                        for (one, other) in [(x, y), (y, x)] {
                            if bound.contains(one) && !bound.contains(other) {
                                bound.push(*other);
                                grown = true;
                            }
                        }
                    }
                }
            }
            let differs = known.iter().find(|ruling| {
                matches!(&ruling.decision, Decision::Different(x, y) if bound.contains(x) && bound.contains(y))
            });
            refuse(differs, "that these are different")
        }
        Decision::Different(a, b) => {
            let same = known.iter().find(
                |ruling| matches!(&ruling.decision, Decision::Same(x, y) if pair(x, y) == pair(a, b)),
            );
            refuse(same, "that these are the same")
        }
    }
}

fn refuse(earlier: Option<&Ruling>, what: &str) -> Result<Vec<RulingId>, HubError> {
    match earlier {
        None => Ok(Vec::new()),
        Some(ruling) => Err(HubError::Conflict(format!(
            "{} decided {what} ({}): undo that first",
            ruling.actor,
            ruling.at.format("%Y-%m-%d")
        ))),
    }
}
