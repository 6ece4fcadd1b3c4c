//! Numbers that mean the same everywhere.

use std::fmt;

/// A number as whole thousandths of its field's unit: exact in comparison, in SQL and in JSON.
///
/// The unit is the field's and stands in its name (`DISTANCE_M`, `ELAPSED_TIME_S`), so a `Milli` alone is unitless.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Milli(i64);

impl Milli {
    /// Nothing of the unit.
    pub const ZERO: Self = Self(0);

    /// From whole thousandths.
    pub const fn new(thousandths: i64) -> Self {
        Self(thousandths)
    }

    /// From whole units; saturates at the ends of the range.
    pub const fn from_units(units: i64) -> Self {
        Self(units.saturating_mul(1000))
    }

    /// From a float, rounded half away from zero. `None` for NaN, infinities and what does not fit: such numbers are
    /// refused at the boundary and never stored.
    pub fn from_f64(units: f64) -> Option<Self> {
        let thousandths = (units * 1000.0).round();
        // 2^53 thousandths keep every conversion exact.
        (thousandths.abs() <= 9_007_199_254_740_992.0).then_some(Self(thousandths as i64))
    }

    /// The whole thousandths.
    pub const fn thousandths(self) -> i64 {
        self.0
    }

    /// The value in its unit, for showing and for similarity; never for storing.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// The distance between two numbers.
    pub const fn abs_diff(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0).saturating_abs())
    }
}

impl fmt::Debug for Milli {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_f64())
    }
}

impl fmt::Display for Milli {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_become_thousandths_or_nothing() {
        assert_eq!(Milli::from_f64(36_322.85).map(Milli::thousandths), Some(36_322_850));
        assert_eq!(Milli::from_f64(-0.0005).map(Milli::thousandths), Some(-1));
        for refused in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
            assert_eq!(Milli::from_f64(refused), None);
        }
    }
}
