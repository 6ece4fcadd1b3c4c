//! Fewer samples with the same shape: largest triangle three buckets (Sveinn Steinarsson, "Downsampling Time Series for
//! Visual Representation", University of Iceland, 2013, §4.2).
//!
//! The first and the last sample stay; the others lie in buckets of one size, and of each bucket the sample stays that
//! spans the largest triangle with the one kept before and the mean of the bucket behind. All series of a set keep the
//! same samples: the triangles of all are added up, each series on a scale from its lowest to its highest value.

use std::collections::BTreeMap;

use super::{Column, StreamType};

/// One series from 0 to 1; NaN where there is no sample.
type Scaled = Vec<f64>;

/// Which samples stay, of at least three and in their order: `points` of them, at least 2.
pub fn kept(columns: &BTreeMap<StreamType, Column>, samples: usize, points: usize) -> Vec<usize> {
    let series: Vec<Scaled> = columns
        .iter()
        .filter(|(kind, _)| !matches!(kind, StreamType::Time | StreamType::Moving))
        .flat_map(|(_, column)| scaled(column))
        .collect();
    let times = times(columns.get(&StreamType::Time), samples);
    let inner = points.saturating_sub(2);
    let edge = |bucket: usize| 1 + bucket * (samples - 2) / inner.max(1);
    let mut kept = vec![0];
    for bucket in 0..inner {
        let (from, until) = (edge(bucket), edge(bucket + 1));
        let behind = if bucket + 1 < inner { until..edge(bucket + 2) } else { samples - 1..samples };
        let last = kept.last().copied().unwrap_or(0);
        let time = mean(&times, behind.clone());
        let means: Vec<f64> = series.iter().map(|one| mean(one, behind.clone())).collect();
        let area = |at: usize| -> f64 {
            let (before, now) = (value(&times, last), value(&times, at));
            let triangle = |(one, mean): (&Scaled, &f64)| {
                let (a, b) = (value(one, last), value(one, at));
                ((before - time) * (b - a) - (before - now) * (mean - a)).abs()
            };
            series.iter().zip(&means).map(triangle).filter(|area| !area.is_nan()).sum()
        };
        let largest = (from..until).map(|at| (at, area(at))).reduce(|a, b| if b.1 > a.1 { b } else { a });
        kept.extend(largest.map(|(at, _)| at));
    }
    kept.push(samples - 1);
    kept
}

fn value(series: &[f64], at: usize) -> f64 {
    series.get(at).copied().unwrap_or(f64::NAN)
}

fn mean(series: &[f64], range: std::ops::Range<usize>) -> f64 {
    let present = series.get(range).unwrap_or_default().iter().filter(|value| !value.is_nan());
    let (sum, count) = present.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

/// When each sample was taken; its number where one of them does not say.
fn times(column: Option<&Column>, samples: usize) -> Vec<f64> {
    let told: Option<Vec<f64>> = match column {
        Some(Column::Numbers(numbers)) => numbers.iter().copied().collect(),
        _ => None,
    };
    told.unwrap_or_else(|| (0..samples).map(|number| number as f64).collect())
}

fn scaled(column: &Column) -> Vec<Scaled> {
    let scale = |numbers: Vec<Option<f64>>| {
        let (low, high) = numbers
            .iter()
            .flatten()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), number| (low.min(*number), high.max(*number)));
        let range = if high > low { high - low } else { 1.0 };
        numbers.into_iter().map(|number| number.map_or(f64::NAN, |number| (number - low) / range)).collect()
    };
    match column {
        Column::Numbers(numbers) => vec![scale(numbers.clone())],
        Column::Places(places) => {
            let degrees: Vec<_> = places.iter().map(|place| place.map(domain::Point::degrees)).collect();
            vec![
                scale(degrees.iter().map(|place| place.map(|(latitude, _)| latitude)).collect()),
                scale(degrees.iter().map(|place| place.map(|(_, longitude)| longitude)).collect()),
            ]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Streams;
    use super::*;

    fn of(columns: Vec<(StreamType, Vec<Option<f64>>)>) -> Streams {
        Streams::of(columns.into_iter().map(|(kind, numbers)| (kind, Column::Numbers(numbers))))
    }

    fn numbers(streams: &Streams, wanted: StreamType) -> Vec<Option<f64>> {
        match streams.iter().find(|(kind, _)| *kind == wanted) {
            Some((_, Column::Numbers(numbers))) => numbers.clone(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn peaks_of_every_series_stay_at_their_times() {
        let mut heart: Vec<Option<f64>> = vec![Some(120.0); 1000];
        let mut power: Vec<Option<f64>> = vec![Some(200.0); 1000];
        heart[333] = Some(190.0);
        power[700] = Some(900.0);
        power[100] = None;
        let times = (0..1000).map(|second| Some(f64::from(second))).collect();
        let whole = of(vec![(StreamType::Time, times), (StreamType::HeartRate, heart), (StreamType::Power, power)]);
        let thin = whole.clone().thinned(50);
        let (times, heart, power) = (
            numbers(&thin, StreamType::Time),
            numbers(&thin, StreamType::HeartRate),
            numbers(&thin, StreamType::Power),
        );
        assert_eq!((thin.samples(), times.len(), heart.len(), power.len()), (50, 50, 50, 50));
        assert_eq!((times[0], times[49]), (Some(0.0), Some(999.0)));
        assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "{times:?}");
        let at = |series: &[Option<f64>], value| series.iter().position(|one| *one == Some(value)).map(|at| times[at]);
        assert_eq!(at(&heart, 190.0), Some(Some(333.0)));
        assert_eq!(at(&power, 900.0), Some(Some(700.0)));
    }

    #[test]
    fn any_number_of_points_gives_that_many_or_all() {
        for samples in [0, 1, 2, 3, 7, 100] {
            let whole = of(vec![(StreamType::Altitude, (0..samples).map(|n| Some(f64::from(n % 5))).collect())]);
            for points in [0, 1, 2, 3, 4, 6, 99, 100, 1000] {
                let thin = whole.clone().thinned(points);
                assert_eq!(thin.samples(), points.max(2).min(samples as usize), "{points} of {samples}");
            }
        }
    }

    #[test]
    fn series_of_uneven_length_and_empty_ones_are_put_right() {
        let whole = of(vec![
            (StreamType::Altitude, vec![Some(1.0), Some(2.0)]),
            (StreamType::Power, vec![None, None, None]),
            (StreamType::Speed, vec![Some(1.0), None, Some(3.0)]),
        ]);
        assert_eq!(numbers(&whole, StreamType::Altitude), [Some(1.0), Some(2.0), None]);
        assert_eq!(whole.iter().count(), 2);
    }
}
