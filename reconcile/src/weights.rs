//! Every weight, and where it comes from.
//!
//! A weight is log2 of a likelihood ratio: how much more often an observation is made on two records of one activity
//! than on records of two activities that lie within reach of each other. 1 bit doubles the odds. Where a source
//! measured real pairs, the weight follows it; where none did, it was set so that the catalogue of real-life cases
//! gets its verdicts, and tuned on generated histories (see `docs/adr/`).

/// Log odds, before anything is compared, that two records within reach are one activity, in bits. An athlete has
/// about one candidate a record, but the pairs that chance brings near each other outnumber true pairs in bursts of
/// back-to-back activities; 1 : 128 keeps them apart.
pub(crate) const PRIOR: f64 = -7.0;

/// A curve through points, straight between them, flat outside. The first of a pair is what was measured, ascending.
pub(crate) type Curve = &'static [(f64, f64)];

/// Seconds between the starts. 56 of 56 measured Garmin–Strava pairs began in the same second, and 198 of 198 others
/// within two minutes (`reference/garmin.md` §11); a second device is seconds to minutes late.
pub(crate) const START: Curve = &[
    (1.0, 8.0),
    (3.0, 7.5),
    (10.0, 7.0),
    (30.0, 6.5),
    (60.0, 5.5),
    (120.0, 4.5),
    (300.0, 0.5),
    (600.0, -4.0),
    (1200.0, -5.5),
    (3600.0, -9.0),
    (7200.0, -12.0),
];

/// What an equal start minute says where one side knows only the minute: Garmin cuts the seconds of an edited activity.
pub(crate) const SAME_MINUTE: f64 = 5.0;

/// What an equal local date says where one side hides its start (Strava since July 2024): little, and not nothing.
pub(crate) const SAME_DATE: f64 = 1.5;

/// Common time over the time that either covers. A person does one thing at a time: two activities of one athlete
/// hardly ever overlap.
pub(crate) const OVERLAP: Curve = &[(0.0, -6.0), (0.1, -2.0), (0.3, 0.5), (0.5, 2.5), (0.8, 4.0), (0.95, 5.0)];

/// Difference of the elapsed times over the longer one. Measured pairs differ by at most 1.3 s; where one side knows
/// only the timer, by its pauses (0 to 145 s).
pub(crate) const ELAPSED: Curve = &[
    (0.0005, 6.0),
    (0.005, 5.0),
    (0.01, 4.0),
    (0.025, 3.0),
    (0.05, 1.0),
    (0.1, -0.8),
    (0.2, -3.0),
    (0.5, -7.0),
    (0.8, -12.0),
];

/// Elapsed times no further apart than this, in seconds, count as equal: integer rounding on both sides.
pub(crate) const ELAPSED_EQUAL_S: f64 = 2.0;

/// Difference of the distances over the longer one, where both went over ground. Measured: up to 0.07 % in 2019, 0.6 %
/// in 2016, once 16 % on a short run.
pub(crate) const DISTANCE: Curve =
    &[(0.002, 6.0), (0.005, 5.0), (0.01, 4.0), (0.02, 2.5), (0.05, -0.5), (0.1, -3.5), (0.2, -7.0), (0.33, -10.0)];

/// The same where one side is a machine, a pool or a virtual world: agreement still speaks, difference hardly.
pub(crate) const SOFT_DISTANCE: Curve = &[(0.005, 3.0), (0.02, 2.0), (0.1, 0.0), (0.3, -1.0)];

/// The same sport.
pub(crate) const SPORT_SAME: f64 = 1.5;
/// Sports of one family, both on a machine or virtual.
pub(crate) const SPORT_FAMILY_INDOOR: f64 = 2.0;
/// Sports of one family: labels differ by source.
pub(crate) const SPORT_FAMILY: f64 = 1.0;
/// Families that one recording is often called by: run and walk.
pub(crate) const SPORT_NEIGHBOUR: f64 = -2.0;
/// A word such as Workout agrees with anything and proves nothing.
pub(crate) const SPORT_GENERIC: f64 = 0.0;
/// Sports that no one takes for each other.
pub(crate) const SPORT_CONTRADICTORY: f64 = -9.0;

/// Metres between the start points. Privacy zones move a start by up to 1.6 km.
pub(crate) const START_POINT: Curve =
    &[(50.0, 3.0), (200.0, 2.5), (500.0, 1.0), (1000.0, 0.0), (2000.0, -1.0), (5000.0, -4.0), (20000.0, -9.0)];

/// The same device by its serial number: an athlete's watch makes all of their records, so it is no strong proof.
pub(crate) const DEVICE_SERIAL_SAME: f64 = 3.0;
/// Two devices that each gave a serial number: two recordings, of one activity or of two people's.
pub(crate) const DEVICE_SERIAL_DIFFERENT: f64 = -6.0;
/// The same model by name.
pub(crate) const DEVICE_NAME_SAME: f64 = 1.0;
/// Strava says that the record came from this very source (`garmin_ping_<n>`), without the id.
pub(crate) const ORIGIN_CLAIMED: f64 = 1.5;
/// Strava names another id of that source.
pub(crate) const LINEAGE_ELSEWHERE: f64 = -8.0;

/// Probability of a match by an identity key, in millionths: certain, but for what no one has thought of.
pub(crate) const IDENTITY_PPM: u32 = 999_900;
/// Probability of a hypothesis (clock shift, crop) whose second proof was found, in millionths.
pub(crate) const PROVEN_PPM: u32 = 995_000;
/// Probability of a hypothesis without one, in millionths: a candidate under any sensible threshold.
pub(crate) const UNPROVEN_PPM: u32 = 750_000;
/// What an identity key, a proven and an unproven hypothesis count for where one partner is chosen among several, in
/// bits: two records of one stretch of time (15 and more) come before a wrong clock or a crop.
pub(crate) const IDENTITY_BITS: f64 = 30.0;
/// See [`IDENTITY_BITS`].
pub(crate) const PROVEN_BITS: f64 = 8.0;
/// See [`IDENTITY_BITS`].
pub(crate) const UNPROVEN_BITS: f64 = 1.5;
/// The most that a record typed by hand reaches, in millionths: its numbers are round guesses.
pub(crate) const MANUAL_PPM: u32 = 900_000;
/// Probability of two overlapping records of one source, in millionths: two devices, or a double upload.
pub(crate) const DUAL_PPM: u32 = 800_000;

/// The bits of the point where `measured` lies on a curve.
pub(crate) fn on(curve: Curve, measured: f64) -> f64 {
    let mut before: Option<(f64, f64)> = None;
    for &(x, bits) in curve {
        if measured <= x {
            return match before {
                None => bits,
                Some((x0, bits0)) => bits0 + (bits - bits0) * (measured - x0) / (x - x0),
            };
        }
        before = Some((x, bits));
    }
    before.map_or(0.0, |(_, bits)| bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_fall_and_are_straight_between_their_points() {
        assert!((on(START, 90.0) - 5.0).abs() < 1e-9);
        assert!((on(START, 0.0) - 8.0).abs() < 1e-9);
        assert!((on(START, 1e9) + 12.0).abs() < 1e-9);
        for curve in [START, ELAPSED, DISTANCE, SOFT_DISTANCE, START_POINT] {
            assert!(curve.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 > pair[1].1));
        }
        assert!(OVERLAP.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1));
    }
}
