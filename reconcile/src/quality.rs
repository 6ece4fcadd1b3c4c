//! Values that cannot be: kept on the record, out of the comparison, and last in precedence.

use domain::{ArtifactKind, Family, Field, Milli, Readings, Sport, Value};

/// The fastest average that a sport allows over a whole activity, in metres per second: well above world records, so
/// that only a broken track or a wrong unit exceeds it.
fn fastest_mps(sport: Sport) -> f64 {
    match sport.family() {
        Family::Run | Family::Foot => 9.0,
        Family::Ride => 30.0,
        Family::Swim => 3.0,
        Family::Row | Family::Skate => 16.0,
        Family::Snow | Family::Water => 45.0,
        _ => 60.0,
    }
}

/// Whether that distance can be covered in that time.
pub(crate) fn possible_distance(sport: Sport, distance_m: Milli, elapsed_s: Milli) -> bool {
    let seconds = elapsed_s.as_f64().max(1.0);
    distance_m.as_f64() <= fastest_mps(sport) * seconds + 100.0
}

/// Why a field's value cannot be, in a sentence; `None` where it can.
pub(crate) fn flaw(field: Field, readings: &Readings) -> Option<&'static str> {
    let reading = readings.get(field)?;
    if field == Field::Laps && matches!(reading.at.artifact, ArtifactKind::ArchiveRow | ArtifactKind::ActivitySummary) {
        return Some("it counts the laps and does not tell them");
    }
    let value = &reading.value;
    if let Value::Instant(instant) = value {
        return (instant.timestamp() < 946_684_800)
            .then_some("a start before the year 2000 is a watch without the time");
    }
    let number = value.number()?.as_f64();
    let elapsed_s = readings.number(Field::ElapsedTimeS).map_or(0.0, Milli::as_f64);
    let sport = match readings.value(Field::SportType) {
        Some(Value::Sport(sport)) => *sport,
        _ => Sport::Other,
    };
    let moves = matches!(sport.family(), Family::Run | Family::Foot | Family::Ride | Family::Swim | Family::Row);
    match field {
        Field::AverageHeartRateBpm if !(30.0..=230.0).contains(&number) => {
            Some("a heart does not beat that slowly or fast on average")
        }
        Field::MaxHeartRateBpm if !(30.0..=250.0).contains(&number) => {
            Some("a heart does not beat that slowly or fast")
        }
        Field::EnergyKcal if number <= 0.0 && elapsed_s >= 300.0 => {
            Some("nobody moves for five minutes without spending energy")
        }
        Field::EnergyKcal if elapsed_s > 0.0 && number / (elapsed_s / 60.0) > 40.0 => {
            Some("nobody spends that much energy in that time")
        }
        Field::DistanceM if number < 0.0 => Some("a distance is not negative"),
        Field::DistanceM
            if !possible_distance(sport, Milli::from_f64(number)?, Milli::from_f64(elapsed_s).unwrap_or_default()) =>
        {
            Some("that distance cannot be covered in that time")
        }
        Field::AverageSpeedMps if number > fastest_mps(sport) => Some("the sport does not allow that speed"),
        Field::MaxSpeedMps if number > 4.0 * fastest_mps(sport) => Some("the sport does not allow that speed"),
        Field::AverageCadenceRpm if moves && number > 250.0 => Some("no leg turns that fast"),
        Field::AveragePowerW if number > 1500.0 => Some("nobody holds that power"),
        Field::ElapsedTimeS if number <= 0.0 => Some("an activity takes time"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use domain::{ArtifactKind, Pointer};

    use super::*;

    fn run(field: Field, value: i64) -> Readings {
        let mut readings = Readings::new();
        let at = || Pointer::new(ArtifactKind::ArchiveRow, "x");
        readings.set(Field::SportType, Value::Sport(Sport::Run), at());
        readings.set(Field::ElapsedTimeS, Value::Number(Milli::from_units(3600)), at());
        readings.set(field, Value::Number(Milli::from_units(value)), at());
        readings
    }

    #[test]
    fn impossible_values_are_flagged_and_possible_ones_are_not() {
        for (field, bad, good) in [
            (Field::AverageHeartRateBpm, 1, 140),
            (Field::EnergyKcal, 0, 600),
            (Field::DistanceM, 142_000, 10_100),
            (Field::AverageSpeedMps, 40, 3),
        ] {
            assert!(flaw(field, &run(field, bad)).is_some(), "{} {bad}", field.name());
            assert!(flaw(field, &run(field, good)).is_none(), "{} {good}", field.name());
        }
    }
}
