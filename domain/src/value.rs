//! What a field can hold.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::{Milli, Sport};

/// Who may see an activity, from open to closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Visibility {
    /// Anyone.
    Everyone,
    /// The athlete's followers.
    Followers,
    /// The athlete alone.
    OnlyMe,
}

impl Visibility {
    /// Every grade, from open to closed.
    pub const ALL: [Self; 3] = [Self::Everyone, Self::Followers, Self::OnlyMe];

    /// Its one name, from database to GraphQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Everyone => "EVERYONE",
            Self::Followers => "FOLLOWERS",
            Self::OnlyMe => "ONLY_ME",
        }
    }

    /// The grade of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|visibility| visibility.name() == name)
    }
}

/// A place on Earth, in 10⁻⁷ degrees (about a centimetre). Debug output hides it: coordinates stay out of logs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    latitude_e7: i32,
    longitude_e7: i32,
}

impl Point {
    /// From degrees; `None` outside ±90 and ±180, for NaN, and for exactly 0, 0, which devices write for "no fix".
    pub fn from_degrees(latitude: f64, longitude: f64) -> Option<Self> {
        let valid = latitude.abs() <= 90.0 && longitude.abs() <= 180.0 && (latitude != 0.0 || longitude != 0.0);
        valid.then(|| Self {
            latitude_e7: (latitude * 1e7).round() as i32,
            longitude_e7: (longitude * 1e7).round() as i32,
        })
    }

    /// From 10⁻⁷ degrees as stored.
    pub const fn from_e7(latitude_e7: i32, longitude_e7: i32) -> Self {
        Self { latitude_e7, longitude_e7 }
    }

    /// As 10⁻⁷ degrees, latitude first.
    pub const fn e7(self) -> (i32, i32) {
        (self.latitude_e7, self.longitude_e7)
    }

    /// As degrees, latitude first.
    pub fn degrees(self) -> (f64, f64) {
        (f64::from(self.latitude_e7) / 1e7, f64::from(self.longitude_e7) / 1e7)
    }

    /// Metres between two places along a great circle (haversine, sphere of 6 371 000 m).
    pub fn metres_to(self, other: Self) -> f64 {
        let (lat_a, lon_a) = self.degrees();
        let (lat_b, lon_b) = other.degrees();
        let half_lat = (lat_b - lat_a).to_radians() / 2.0;
        let half_lon = (lon_b - lon_a).to_radians() / 2.0;
        let h = half_lat.sin().powi(2) + lat_a.to_radians().cos() * lat_b.to_radians().cos() * half_lon.sin().powi(2);
        2.0 * 6_371_000.0 * h.sqrt().min(1.0).asin()
    }
}

impl fmt::Debug for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Point(hidden)")
    }
}

/// One field's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A number in the field's unit.
    Number(Milli),
    /// An instant.
    Instant(DateTime<Utc>),
    /// A sport.
    Sport(Sport),
    /// Yes or no.
    Flag(bool),
    /// Who may see it.
    Visibility(Visibility),
    /// A place.
    Point(Point),
}

impl Value {
    /// The number, where it is one.
    pub const fn number(&self) -> Option<Milli> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_fix_and_nonsense_are_no_places() {
        for (latitude, longitude) in [(0.0, 0.0), (90.1, 0.0), (0.0, -180.5), (f64::NAN, 1.0), (1.0, f64::INFINITY)] {
            assert_eq!(Point::from_degrees(latitude, longitude), None);
        }
        assert!(Point::from_degrees(0.0, 10.0).is_some());
    }

    #[test]
    fn a_degree_of_latitude_is_111_kilometres() {
        let south = Point::from_e7(480_000_000, 110_000_000);
        let north = Point::from_e7(490_000_000, 110_000_000);
        assert!((south.metres_to(north) - 111_195.0).abs() < 1.0);
    }

    #[test]
    fn places_do_not_reach_debug_output() {
        let value = Value::Point(Point::from_e7(481_234_567, 110_000_000));
        assert!(!format!("{value:?}").contains("48"));
    }
}
