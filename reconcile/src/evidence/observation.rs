//! What each observation on a pair weighs.

use domain::{Family, StartPrecision};

use crate::features::{Features, Said};
use crate::weights::{self, on};

/// What the starts say.
pub(super) fn start_bits(x: &Said, y: &Said, apart_s: i64) -> f64 {
    let minute_only = x.precision == StartPrecision::Minute || y.precision == StartPrecision::Minute;
    if minute_only && x.start_s.div_euclid(60) == y.start_s.div_euclid(60) {
        return weights::SAME_MINUTE.max(on(weights::START, apart_s as f64));
    }
    on(weights::START, apart_s as f64)
}

/// Whether one of the two is known only by its local date.
pub(super) fn is_hidden(x: &Said, y: &Said) -> bool {
    x.precision == StartPrecision::LocalDate || y.precision == StartPrecision::LocalDate
}

/// Whether both began on one local date, by the offset of either where only one tells it.
pub(super) fn same_date(x: &Said, y: &Said) -> bool {
    let offset = x.utc_offset_s.or(y.utc_offset_s);
    let date = |said: &Said| {
        let offset = i64::from(said.utc_offset_s.or(offset).unwrap_or(0));
        (said.start_s + offset).div_euclid(86_400)
    };
    date(x) == date(y)
}

/// What the elapsed times say.
pub(super) fn elapsed_bits(x: &Said, y: &Said) -> f64 {
    let apart_s = (x.elapsed_s - y.elapsed_s).abs();
    let relative = apart_s / x.elapsed_s.max(y.elapsed_s).max(1.0);
    // Two seconds in eighty are no proof of anything: repeats are that alike.
    if apart_s <= weights::ELAPSED_EQUAL_S && relative <= 0.01 {
        return on(weights::ELAPSED, 0.0);
    }
    on(weights::ELAPSED, relative)
}

/// What the distances say; `None` where a side has none.
pub(super) fn distance_bits(x: &Said, y: &Said) -> Option<f64> {
    let (a, b) = (x.distance_m?, y.distance_m?);
    let relative = (a - b).abs() / a.max(b);
    let soft = x.soft || y.soft;
    Some(on(if soft { weights::SOFT_DISTANCE } else { weights::DISTANCE }, relative))
}

/// What the sports say.
pub(super) fn sport_bits(x: &Said, y: &Said) -> f64 {
    if x.family == Family::Generic || y.family == Family::Generic {
        weights::SPORT_GENERIC
    } else if x.sport == y.sport {
        weights::SPORT_SAME
    } else if x.family == y.family {
        if x.soft && y.soft { weights::SPORT_FAMILY_INDOOR } else { weights::SPORT_FAMILY }
    } else if neighbours(x.family, y.family) {
        weights::SPORT_NEIGHBOUR
    } else {
        weights::SPORT_CONTRADICTORY
    }
}

/// Whether one recording may be called both, or one of them says nothing.
pub(super) fn compatible(x: &Said, y: &Said) -> bool {
    sport_bits(x, y) > weights::SPORT_CONTRADICTORY
}

const fn neighbours(a: Family, b: Family) -> bool {
    use Family::{Fitness, Foot, Ride, Row, Run, Snow, Strength, Water, Wheelchair};
    matches!(
        (a, b),
        (Run, Foot)
            | (Foot, Run)
            | (Row, Water)
            | (Water, Row)
            | (Strength, Fitness)
            | (Fitness, Strength)
            | (Foot, Snow)
            | (Snow, Foot)
            | (Ride, Wheelchair)
            | (Wheelchair, Ride)
    )
}

/// What the start points say.
pub(super) fn place_bits(x: &Said, y: &Said) -> f64 {
    match (x.start_point, y.start_point) {
        (Some(a), Some(b)) => on(weights::START_POINT, a.metres_to(b)),
        _ => 0.0,
    }
}

/// What the devices and the claimed origins say.
pub(super) fn origin_bits(a: &Features<'_>, b: &Features<'_>, x: &Said, y: &Said) -> f64 {
    device_bits(a, b, x, y) + claim_bits(a, b) + claim_bits(b, a)
}

pub(super) fn device_bits(a: &Features<'_>, b: &Features<'_>, x: &Said, y: &Said) -> f64 {
    match (x.serial, y.serial) {
        (Some(p), Some(q)) if p == q => weights::DEVICE_SERIAL_SAME,
        (Some(_), Some(_)) => weights::DEVICE_SERIAL_DIFFERENT,
        _ if same_model(a.device(), b.device()) => weights::DEVICE_NAME_SAME,
        _ => 0.0,
    }
}

/// What `a`'s claim to be a copy says of `b`. (A claim that names `b` itself is an identity and never comes here.)
pub(super) fn claim_bits(a: &Features<'_>, b: &Features<'_>) -> f64 {
    match a.lineage {
        Some(lineage) if lineage.source == *b.source => match lineage.external_id {
            Some(_) => weights::LINEAGE_ELSEWHERE,
            None => weights::ORIGIN_CLAIMED,
        },
        _ => 0.0,
    }
}

/// Whether two names are one model's: letters and digits only, the maker's name left out.
pub(super) fn same_model(a: Option<&str>, b: Option<&str>) -> bool {
    let plain = |name: &str| -> String {
        let letters: String = name.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        let letters = letters.to_ascii_lowercase();
        letters.strip_prefix("garmin").map_or(letters.clone(), str::to_owned)
    };
    match (a, b) {
        (Some(a), Some(b)) => {
            let (a, b) = (plain(a), plain(b));
            !a.is_empty() && a == b
        }
        _ => false,
    }
}
