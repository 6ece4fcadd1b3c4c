//! A track in a few letters.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use domain::Point;

/// How many points a summary keeps.
const POINTS: usize = 200;

/// Degrees that a polyline of precision 5 does not tell apart: about a metre.
const PRECISION: f64 = 1e-5;

/// How many points are looked at: a longer track is thinned evenly before, so that the work is bounded.
const LOOKED_AT: usize = 4000;

/// The track, simplified to at most 200 points, as a Google polyline of precision 5. `None` for fewer than two places.
pub fn summary(track: impl Iterator<Item = Point>) -> Option<String> {
    let mut points: Vec<Point> = track.collect();
    points.dedup();
    let last = *points.last()?;
    let step = points.len().div_ceil(LOOKED_AT).max(1);
    let mut thinned: Vec<Point> = points.into_iter().step_by(step).collect();
    if thinned.last() != Some(&last) {
        thinned.push(last);
    }
    (thinned.len() > 1).then(|| encode(&simplify(&thinned)))
}

/// A stretch of the track and the place in it that lies farthest from its chord.
struct Stretch {
    off: f64,
    at: usize,
    from: usize,
    to: usize,
}

impl PartialEq for Stretch {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Stretch {}

impl PartialOrd for Stretch {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Stretch {
    fn cmp(&self, other: &Self) -> Ordering {
        self.off.total_cmp(&other.off).then(other.from.cmp(&self.from))
    }
}

/// Keeps the places that matter most to the shape: Douglas and Peucker's split, the worst first, until there are
/// enough.
fn simplify(points: &[Point]) -> Vec<Point> {
    let mut kept = vec![0, points.len().saturating_sub(1)];
    let mut stretches = BinaryHeap::from_iter(stretch(points, 0, points.len().saturating_sub(1)));
    while kept.len() < POINTS
        && let Some(worst) = stretches.pop()
        && worst.off > PRECISION
    {
        kept.push(worst.at);
        stretches.extend(stretch(points, worst.from, worst.at));
        stretches.extend(stretch(points, worst.at, worst.to));
    }
    kept.sort_unstable();
    kept.iter().filter_map(|index| points.get(*index).copied()).collect()
}

fn stretch(points: &[Point], from: usize, to: usize) -> Option<Stretch> {
    let start = points.get(from)?;
    let scale = start.degrees().0.to_radians().cos();
    let (start, end) = (plane(start, scale), plane(points.get(to)?, scale));
    let inner = points.get(from + 1..to)?;
    let (at, off) = inner
        .iter()
        .map(|point| distance(plane(point, scale), start, end))
        .enumerate()
        .max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    Some(Stretch { off, at: from + 1 + at, from, to })
}

/// Degrees on a plane where a degree of longitude is `scale` of one of latitude.
fn plane(point: &Point, scale: f64) -> (f64, f64) {
    let (latitude, longitude) = point.degrees();
    (longitude * scale, latitude)
}

/// From a place to a line between two.
fn distance(place: (f64, f64), start: (f64, f64), end: (f64, f64)) -> f64 {
    let (dx, dy) = (end.0 - start.0, end.1 - start.1);
    let length = dx * dx + dy * dy;
    let along = if length > 0.0 {
        (((place.0 - start.0) * dx + (place.1 - start.1) * dy) / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (place.0 - start.0 - along * dx).hypot(place.1 - start.1 - along * dy)
}

/// Google's encoded polyline, precision 5.
fn encode(points: &[Point]) -> String {
    let mut text = String::new();
    let mut before = (0, 0);
    for point in points {
        let (latitude, longitude) = point.e7();
        let here = (rounded(latitude), rounded(longitude));
        push(&mut text, here.0 - before.0);
        push(&mut text, here.1 - before.1);
        before = here;
    }
    text
}

/// 10⁻⁷ degrees as 10⁻⁵ degrees, half away from zero.
fn rounded(e7: i32) -> i64 {
    let e7 = i64::from(e7);
    (e7 + 50 * e7.signum()) / 100
}

fn push(text: &mut String, difference: i64) {
    let mut bits = (difference << 1) ^ (difference >> 63);
    while bits >= 0x20 {
        text.push(char::from((0x20 | (bits & 0x1f)) as u8 + 63));
        bits >>= 5;
    }
    text.push(char::from(bits as u8 + 63));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(latitude: f64, longitude: f64) -> Point {
        Point::from_degrees(latitude, longitude).unwrap()
    }

    #[test]
    fn googles_own_example() {
        // https://developers.google.com/maps/documentation/utilities/polylinealgorithm
        let points = [point(38.5, -120.2), point(40.7, -120.95), point(43.252, -126.453)];
        assert_eq!(summary(points.into_iter()).as_deref(), Some("_p~iF~ps|U_ulLnnqC_mqNvxq`@"));
    }

    #[test]
    fn corners_stay_and_straights_go() {
        let there = (0..500).map(|i| point(f64::from(i) / 1000.0, 10.0));
        let on = (0..500).map(|i| point(0.5, 10.0 + f64::from(i) / 1000.0));
        let corners = [point(0.0, 10.0), point(0.5, 10.0), point(0.5, 10.499)];
        assert_eq!(summary(there.chain(on)), Some(encode(&corners)));
    }

    #[test]
    fn long_tracks_are_cut_down_and_short_ones_are_none() {
        let wild: Vec<Point> =
            (0..20_000).map(|i| point(f64::from(i % 17) / 10.0, f64::from(i % 23) / 10.0 + 1.0)).collect();
        assert_eq!(simplify(&wild[..LOOKED_AT]).len(), POINTS);
        assert!(summary(wild.into_iter()).unwrap().len() < POINTS * 14);
        assert_eq!(summary([point(1.0, 1.0); 9].into_iter()), None);
        assert_eq!(summary(std::iter::empty()), None);
    }
}
