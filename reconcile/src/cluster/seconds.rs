//! Which records of an activity contribute second: a source leads with one recording, whatever else it has of it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use domain::{ExternalId, RecordId};

use super::Known;
use super::edges::Component;
use crate::evidence::{Identity, echoes};
use crate::features::Features;

/// The records of those members, ascending, whose source leads with another id: the direct recording comes before its
/// echo, then the one that fits the other sources best, then the smaller id.
pub(super) fn seconds(members: &[usize], component: &Component, known: &Known<'_>) -> Vec<RecordId> {
    let features = |place: usize| -> Option<&Features<'_>> { known.features.get(*component.members.get(place)?) };
    let mut recordings: Vec<(usize, &ExternalId, usize)> = Vec::with_capacity(members.len());
    for place in members {
        let Some(one) = features(*place).filter(|one| one.live && one.source.is_recorder()) else { continue };
        let Some(source) = component.members.get(*place).and_then(|of| known.sources.get(*of)) else { continue };
        recordings.push((*source, one.external_id, *place));
    }
    recordings.sort_unstable();
    let of_one_source = |pair: &[(usize, &ExternalId, usize)]| match pair {
        [one, next] => one.0 == next.0 && one.1 != next.1,
        _ => false,
    };
    if !recordings.windows(2).any(of_one_source) {
        return Vec::new();
    }
    let (mut copies, mut fit) = (BTreeSet::new(), BTreeMap::new());
    for edge in &component.edges {
        let inside = |place: usize| features(place).filter(|one| one.live && members.binary_search(&place).is_ok());
        let (Some(a), Some(b)) = (inside(edge.a), inside(edge.b)) else { continue };
        if edge.score.identity == Some(Identity::Relay) {
            copies.insert(if echoes(a, b) { edge.a } else { edge.b });
        }
        if a.source != b.source {
            for place in [edge.a, edge.b] {
                let best = fit.entry(place).or_insert(i64::MIN);
                *best = (*best).max((edge.score.bits * 1000.0).round() as i64);
            }
        }
    }
    let mut seconds = Vec::new();
    for of_source in recordings.chunk_by(|one, next| one.0 == next.0) {
        let recording = |records: &[(usize, &ExternalId, usize)]| {
            let copied = records.iter().any(|(_, _, place)| copies.contains(place));
            (copied, Reverse(records.iter().filter_map(|(_, _, place)| fit.get(place).copied()).max()))
        };
        // The first of equals is the smaller id.
        let leads = of_source.chunk_by(|one, next| one.1 == next.1).min_by_key(|records| recording(records));
        let leads = leads.and_then(|records| records.first()).map(|(_, id, _)| *id);
        let others = of_source.iter().filter(|(_, id, _)| Some(*id) != leads);
        seconds.extend(others.filter_map(|(_, _, place)| Some(features(*place)?.id)));
    }
    seconds.sort_unstable();
    seconds
}
