//! Identity keys: certain, but still sanity-checked.

use domain::StartPrecision;

use super::observation::{compatible, same_model};
use crate::features::{Features, Said};
use crate::weights;

/// A lineage claim between records that begin further apart than this, in seconds, is doubted: 26 h spans every pair of
/// time zones (`reconciliation.md`).
const LINEAGE_REACH_S: i64 = 26 * 3600;

/// FIT's time_created and a session's start differ by at most this between exports, in seconds (measured: −1, 0, +1).
const FIT_TOLERANCE_S: i64 = 2;

/// What an identity key says of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identity {
    /// Both carry the same source's id.
    SameId,
    /// One names the other's id.
    Named,
    /// One names the other's id, but they cannot be one recording by what they say.
    NamedInVain,
    /// The same file and the same session in it.
    File,
    /// The same recording by what the FIT files say of their making.
    Fit,
    /// One device's recording that reached the source twice: by itself, and by way of another source.
    Relay,
}

impl Identity {
    pub(crate) const fn proves(self) -> bool {
        !matches!(self, Self::NamedInVain)
    }
}

/// The identity that both share, the strongest first.
pub(crate) fn identity(a: &Features<'_>, b: &Features<'_>) -> Option<Identity> {
    if a.source == b.source && a.external_id == b.external_id && a.source.is_recorder() {
        return Some(Identity::SameId);
    }
    if let Some(found) = file_identity(a, b) {
        return Some(found);
    }
    if names(a, b) || names(b, a) {
        let plausible = a.said().any(|x| b.said().any(|y| could_be_one(x, y)));
        return Some(if plausible { Identity::Named } else { Identity::NamedInVain });
    }
    (echoes(a, b) || echoes(b, a)).then_some(Identity::Relay)
}

/// Whether both come from the same session of the same recording's file.
pub(crate) fn file_identity(a: &Features<'_>, b: &Features<'_>) -> Option<Identity> {
    // A triathlon's whole and its first leg share the file and, where a source says no better, the index.
    if a.is_parent() != b.is_parent() {
        return None;
    }
    if let (Some(x), Some(y)) = (a.file, b.file)
        && x == y
    {
        return (a.session_index == b.session_index).then_some(Identity::File);
    }
    if let (Some(x), Some(y)) = (a.fit, b.fit) {
        let same_device = (x.manufacturer, x.serial) == (y.manufacturer, y.serial);
        let same_time = (x.time_created - y.time_created).abs() <= FIT_TOLERANCE_S
            && (x.session_start - y.session_start).abs() <= FIT_TOLERANCE_S;
        return (same_device && same_time).then_some(Identity::Fit);
    }
    None
}

/// Whether `a` claims to be a copy of `b`.
fn names(a: &Features<'_>, b: &Features<'_>) -> bool {
    a.lineage.is_some_and(|lineage| {
        lineage.source == *b.source && lineage.external_id.as_ref().is_some_and(|id| id == b.external_id)
    })
}

/// Whether `echo` is what `direct` is, come to the same source by way of another one: only one of them says that it came
/// from elsewhere, and no device records two activities at once.
pub(crate) fn echoes(echo: &Features<'_>, direct: &Features<'_>) -> bool {
    let from_elsewhere = |one: &Features<'_>| one.lineage.is_some_and(|lineage| lineage.source != *one.source);
    echo.source == direct.source
        && echo.source.is_recorder()
        && from_elsewhere(echo)
        && direct.lineage.is_none()
        && same_model(echo.device(), direct.device())
        && echo.said().any(|x| direct.said().any(|y| one_recording(x, y)))
}

/// Whether two records that name one device tell one recording of it.
fn one_recording(a: &Said, b: &Said) -> bool {
    let exact = a.precision == StartPrecision::Second && b.precision == StartPrecision::Second;
    let one_device = a.serial.zip(b.serial).is_none_or(|(x, y)| x == y);
    let as_far = a.distance_m.zip(b.distance_m).is_none_or(|(x, y)| (x - y).abs() <= 0.005 * x.max(y));
    exact
        && one_device
        && as_far
        && compatible(a, b)
        && (a.start_s - b.start_s).abs() <= FIT_TOLERANCE_S
        && (a.elapsed_s - b.elapsed_s).abs() <= weights::ELAPSED_EQUAL_S
}

/// Whether a claim between these two can be true: near in time, and of one extent or one within the other.
fn could_be_one(a: &Said, b: &Said) -> bool {
    if (a.start_s - b.start_s).abs() > LINEAGE_REACH_S {
        return false;
    }
    let overlaps = (a.start_s as f64) < b.end_s() && (b.start_s as f64) < a.end_s();
    let longer = a.elapsed_s.max(b.elapsed_s).max(1.0);
    overlaps || (a.elapsed_s - b.elapsed_s).abs() <= 0.2 * longer
}
