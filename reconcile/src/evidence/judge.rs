//! A judgement with all that speaks for and against it.

use chrono::DateTime;
use domain::{Milli, SourceRecord, StartPrecision, Value};

use super::observation::{
    claim_bits, device_bits, distance_bits, elapsed_bits, is_hidden, place_bits, same_date, sport_bits, start_bits,
};
use super::score::{Proof, Score, Story, score};
use super::{Identity, file_identity};
use crate::features::{Features, Said};
use crate::weights::{self, on};
use crate::{Evidence, EvidenceKind, Judgement, Policy};

/// Judges a pair of records by itself.
pub(crate) fn judge(a: &SourceRecord, b: &SourceRecord, policy: &Policy) -> Judgement {
    let (a, b) = if a.id <= b.id { (a, b) } else { (b, a) };
    match (Features::of(a), Features::of(b)) {
        (Some(x), Some(y)) => judge_scored(&x, &y, &score(&x, &y).under(policy), policy),
        _ => Judgement {
            a: a.id,
            b: b.id,
            verdict: crate::Verdict::Separate,
            probability_ppm: 0,
            decided_by: crate::DecidedBy::Similarity,
            evidence: Vec::new(),
        },
    }
}

/// The same for records that are scored already, perhaps beside others; the smaller id first.
pub(crate) fn judge_scored(a: &Features<'_>, b: &Features<'_>, found: &Score, policy: &Policy) -> Judgement {
    Judgement {
        a: a.id,
        b: b.id,
        verdict: found.verdict(policy),
        probability_ppm: found.ppm,
        decided_by: found.decided_by,
        evidence: evidence(a, b, found),
    }
}

fn millibits(bits: f64) -> i32 {
    (bits * 1000.0).round() as i32
}

fn seconds(said: f64) -> Option<Value> {
    Milli::from_f64(said).map(Value::Number)
}

/// The revisions that speak best for the pair: those by which it was scored.
fn nearest<'a>(a: &'a Features<'_>, b: &'a Features<'_>) -> (&'a Said, &'a Said) {
    let mut best = (&a.now, &b.now);
    let mut best_bits = f64::NEG_INFINITY;
    for x in a.said() {
        for y in b.said() {
            let apart_s = (x.start_s - y.start_s).abs();
            let bits = start_bits(x, y, apart_s) + elapsed_bits(x, y) + distance_bits(x, y).unwrap_or(0.0);
            if bits > best_bits {
                (best, best_bits) = ((x, y), bits);
            }
        }
    }
    best
}

/// Every observation on the pair, in a fixed order.
fn evidence(a: &Features<'_>, b: &Features<'_>, found: &Score) -> Vec<Evidence> {
    let mut list = Vec::with_capacity(8);
    let mut note = |kind, x: Option<Value>, y: Option<Value>, bits: f64| {
        list.push(Evidence { kind, a: x, b: y, weight_millibits: millibits(bits) });
    };
    let id = |features: &Features<'_>| Some(Value::Text(format!("{}:{}", features.source, features.external_id)));
    match found.identity {
        Some(Identity::SameId | Identity::Named) => note(EvidenceKind::CrossReference, id(a), id(b), 20.0),
        Some(Identity::NamedInVain) => note(EvidenceKind::CrossReference, id(a), id(b), 2.0),
        _ => {}
    }
    match file_identity(a, b) {
        Some(Identity::File) => {
            let file = |features: &Features<'_>| features.file.map(|file| Value::Text(file.to_string()));
            note(EvidenceKind::FileChecksum, file(a), file(b), 20.0);
        }
        Some(Identity::Fit) => {
            let made = |features: &Features<'_>| {
                features.fit.map(|fit| Value::Text(format!("{}/{}/{}", fit.manufacturer, fit.serial, fit.time_created)))
            };
            note(EvidenceKind::FileIdentity, made(a), made(b), 20.0);
        }
        _ => {}
    }
    let (x, y) = nearest(a, b);
    let apart_s = (x.start_s - y.start_s).abs();
    let at = |said: &Said| {
        let known = said.precision != StartPrecision::LocalDate;
        DateTime::from_timestamp(said.start_s, 0).filter(|_| known).map(Value::Instant)
    };
    if let Story::Shift { seconds, proof, .. } = found.story {
        note(EvidenceKind::WholeHourShift, at(x), at(y), 4.0);
        if proof == Proof::Neighbours {
            note(EvidenceKind::WholeHourShift, Some(Value::Number(Milli::from_units(seconds.abs()))), None, 4.0);
        }
    } else if is_hidden(x, y) {
        // No more than the date is compared, and no common time.
        note(
            EvidenceKind::StartTime,
            at(x),
            at(y),
            if same_date(x, y) { weights::SAME_DATE } else { on(weights::START, f64::MAX) },
        );
    } else {
        note(EvidenceKind::StartTime, at(x), at(y), start_bits(x, y, apart_s));
        let overlap_s = (x.end_s().min(y.end_s()) - x.start_s.max(y.start_s) as f64).max(0.0);
        let union_s = (x.elapsed_s + y.elapsed_s - overlap_s).max(1.0);
        note(
            EvidenceKind::TimeOverlap,
            seconds(overlap_s),
            seconds(union_s),
            on(weights::OVERLAP, overlap_s / union_s),
        );
    }
    note(EvidenceKind::ElapsedTime, seconds(x.elapsed_s), seconds(y.elapsed_s), elapsed_bits(x, y));
    if let Some(bits) = distance_bits(x, y) {
        let metres = |said: &Said| said.distance_m.and_then(Milli::from_f64).map(Value::Number);
        note(EvidenceKind::Distance, metres(x), metres(y), bits);
    }
    note(EvidenceKind::SportType, Some(Value::Sport(x.sport)), Some(Value::Sport(y.sport)), sport_bits(x, y));
    if x.start_point.is_some() && y.start_point.is_some() {
        let point = |said: &Said| said.start_point.map(Value::Point);
        note(EvidenceKind::StartLocation, point(x), point(y), place_bits(x, y));
    }
    let relayed = found.identity == Some(Identity::Relay);
    let device = match device_bits(a, b, x, y) {
        _ if relayed => 20.0,
        // Two devices are what a second device's recording says by itself.
        against if found.attaches() => against.max(0.0),
        bits => bits,
    };
    let claimed = if found.identity.is_some() { 0.0 } else { claim_bits(a, b) + claim_bits(b, a) };
    if device != 0.0 || claimed != 0.0 {
        let named = |features: &Features<'_>, said: &Said| {
            let device = features.device().map(str::to_owned);
            let device = device.or_else(|| said.serial.map(|serial| format!("serial number {serial}")));
            match (device, features.lineage) {
                (Some(device), Some(lineage)) if relayed => Some(format!("{device}, by way of {}", lineage.source)),
                (None, Some(lineage)) => Some(format!("came from {}", lineage.source)),
                (device, _) => device,
            }
            .map(Value::Text)
        };
        note(EvidenceKind::Device, named(a, x), named(b, y), device + claimed);
    }
    if a.source == b.source && a.external_id != b.external_id && a.source.is_recorder() {
        let explained = found.identity.is_some() || found.attaches();
        note(EvidenceKind::SameSource, id(a), id(b), if explained { 0.0 } else { -20.0 });
    }
    list
}
