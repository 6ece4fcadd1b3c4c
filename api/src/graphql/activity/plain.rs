//! The fields of an activity that are at hand.

use async_graphql::{InputType as _, Value as Json};
use domain::{Field, Status, Value};

use super::Activity;
use super::values::Values as _;
use crate::graphql::at_hand::Plain;
use crate::graphql::scalar::Instant;
use crate::graphql::word::Word;

/// Scalars that are numbers, by their names in the schema.
const NUMBERS: [(&str, Field); 12] = [
    ("elapsedTimeS", Field::ElapsedTimeS),
    ("movingTimeS", Field::MovingTimeS),
    ("distanceM", Field::DistanceM),
    ("elevationGainM", Field::ElevationGainM),
    ("averageSpeedMps", Field::AverageSpeedMps),
    ("maxSpeedMps", Field::MaxSpeedMps),
    ("averageHeartRateBpm", Field::AverageHeartRateBpm),
    ("maxHeartRateBpm", Field::MaxHeartRateBpm),
    ("averagePowerW", Field::AveragePowerW),
    ("averageCadenceRpm", Field::AverageCadenceRpm),
    ("energyKcal", Field::EnergyKcal),
    ("trainingLoad", Field::TrainingLoad),
];

impl Plain for Activity {
    fn plain(&self, field: &str) -> Option<Json> {
        if let Some((_, field)) = NUMBERS.iter().find(|(name, _)| *name == field) {
            // A time that is lacking is told by the resolver, as an error.
            let number = self.row.number(*field);
            return (number.is_some() || *field != Field::ElapsedTimeS).then(|| number.map_or(Json::Null, Json::from));
        }
        Some(match field {
            "id" => Json::from(self.id.to_string()),
            "status" => Word(if self.is_former() { Status::Merged } else { self.row.activity.status }).to_value(),
            "revision" => Json::from(self.row.revision),
            "name" => self.row.text(Field::Name).map_or(Json::Null, Json::from),
            "sportType" => match self.row.value(Field::SportType) {
                Some(Value::Sport(sport)) => Word(*sport).to_value(),
                _ => return None,
            },
            "startTimeUtc" => Instant(self.row.instant(Field::StartTimeUtc)?).to_value(),
            "updatedAt" => Instant(self.row.updated_at).to_value(),
            "createdAt" => Instant(self.row.created_at).to_value(),
            _ => return None,
        })
    }
}
