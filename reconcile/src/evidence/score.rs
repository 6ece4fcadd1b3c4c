//! The weights of one pair, and the hypotheses that need a second proof.

use super::observation::{
    compatible, device_bits, distance_bits, elapsed_bits, is_hidden, origin_bits, place_bits, same_date, sport_bits,
    start_bits,
};
use super::{Identity, identity};
use crate::features::{Features, Said};
use crate::weights::{self, on};
use crate::{DecidedBy, Policy, Verdict};

/// How one pair is judged, in numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Score {
    /// Probability that both are one activity, in millionths.
    pub(crate) ppm: u32,
    /// How good a match it would be, in bits: what an assignment adds up.
    pub(crate) bits: f64,
    /// Whether it may merge by itself, given the probability.
    pub(crate) may_merge: bool,
    /// Whether nothing may merge it.
    pub(crate) vetoed: bool,
    /// What settled it.
    pub(crate) decided_by: DecidedBy,
    /// The identity key that both share.
    pub(crate) identity: Option<Identity>,
    /// Which story explains the pair.
    pub(crate) story: Story,
    /// Whether it is worth a person's look though both records have partners or come from one source: they overlap.
    pub(crate) overlaps: bool,
}

/// The story that explains a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Story {
    /// Two records of one stretch of time.
    Plain,
    /// The clock of one stood wrong by this many seconds (the second's start minus the first's).
    Shift {
        seconds: i64,
        /// When the first began, in seconds since 1970, and how long it took.
        start_s: i64,
        elapsed_s: u32,
        /// By whole quarter hours.
        on_grid: bool,
        proof: Proof,
    },
    /// One is a part of the other.
    Crop { proven: bool },
    /// Two recordings by one recorder, and how likely both are of one activity, in millionths, were they of two.
    SecondDevice { ppm: u32 },
}

/// What bears out a wrong clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// Nothing yet.
    None,
    /// The pair itself: one device, or one start point.
    Own,
    /// The same shift on a neighbouring activity.
    Neighbours,
}

impl Score {
    const NONE: Self = Self {
        ppm: 0,
        bits: -99.0,
        may_merge: false,
        vetoed: false,
        decided_by: DecidedBy::Similarity,
        identity: None,
        story: Story::Plain,
        overlaps: false,
    };

    fn identity(found: Identity) -> Self {
        let decided_by = match found {
            Identity::SameId | Identity::Named | Identity::NamedInVain => DecidedBy::CrossReference,
            Identity::File | Identity::Fit | Identity::Relay => DecidedBy::FileIdentity,
        };
        let proves = found.proves();
        Self {
            ppm: if proves { weights::IDENTITY_PPM } else { weights::UNPROVEN_PPM },
            bits: if proves { weights::IDENTITY_BITS } else { weights::UNPROVEN_BITS },
            may_merge: proves,
            decided_by,
            identity: Some(found),
            overlaps: true,
            ..Self::NONE
        }
    }

    /// A wrong clock, now that a neighbouring pair bears it out.
    pub(crate) fn shift_of_neighbours(found: &Self) -> Self {
        match found.story {
            Story::Shift { seconds, start_s, elapsed_s, on_grid, proof: Proof::None } => Self {
                ppm: weights::PROVEN_PPM,
                bits: weights::PROVEN_BITS,
                may_merge: true,
                story: Story::Shift { seconds, start_s, elapsed_s, on_grid, proof: Proof::Neighbours },
                ..*found
            },
            _ => *found,
        }
    }

    /// The same under a policy that lets a second device's recording join by itself.
    pub(crate) fn under(self, policy: &Policy) -> Self {
        match self.story {
            Story::SecondDevice { ppm } if policy.attach_second_devices && ppm > self.ppm => {
                Self { ppm, may_merge: true, ..self }
            }
            _ => self,
        }
    }

    /// Whether a second device's recording may join by itself.
    pub(crate) const fn attaches(&self) -> bool {
        self.may_merge && matches!(self.story, Story::SecondDevice { .. })
    }

    /// The verdict under a policy.
    pub(crate) const fn verdict(&self, policy: &Policy) -> Verdict {
        if self.vetoed {
            Verdict::Vetoed
        } else if self.may_merge && self.ppm >= policy.auto_ppm {
            Verdict::Match
        } else if self.ppm >= policy.review_ppm {
            Verdict::Candidate
        } else {
            Verdict::Separate
        }
    }
}

/// Judges a pair by itself.
pub(crate) fn score(a: &Features<'_>, b: &Features<'_>) -> Score {
    if a.athlete != b.athlete || a.is_leg_of(b) || b.is_leg_of(a) {
        return Score { vetoed: true, ..Score::NONE };
    }
    if let Some(found) = identity(a, b) {
        return Score::identity(found);
    }
    // Two sessions of one file are two activities by what recorded them.
    if a.file.is_some() && a.file == b.file {
        return Score { vetoed: true, ..Score::NONE };
    }
    let mut best = Score::NONE;
    for x in a.said() {
        for y in b.said() {
            let found = similarity(a, b, x, y);
            if found.bits > best.bits {
                best = found;
            }
        }
    }
    // Two live ids of one recorder are two recordings; where they overlap a person may want to know.
    if a.source == b.source && a.source.is_recorder() && a.live && b.live {
        let dual = best.overlaps && best.ppm >= 10_000 && a.multisport.is_none() && b.multisport.is_none();
        if !dual {
            return Score { ppm: 0, may_merge: false, vetoed: true, overlaps: false, ..best };
        }
        return Score {
            ppm: weights::DUAL_PPM,
            may_merge: false,
            story: Story::SecondDevice { ppm: as_of_two_sources(a, b, &best) },
            ..best
        };
    }
    best
}

/// How likely two recordings by one recorder are of one activity, were they of two: that two devices made them is then
/// what is said, not what speaks against it.
fn as_of_two_sources(a: &Features<'_>, b: &Features<'_>, best: &Score) -> u32 {
    if !best.may_merge || best.story != Story::Plain {
        return 0;
    }
    let two_devices = device_bits(a, b, &a.now, &b.now).min(0.0);
    ppm(best.bits - two_devices)
}

/// Probability in millionths of that many bits of log odds.
pub(crate) fn ppm(bits: f64) -> u32 {
    let odds = bits.clamp(-60.0, 60.0).exp2();
    (odds / (1.0 + odds) * 1e6).round() as u32
}

fn similarity(a: &Features<'_>, b: &Features<'_>, x: &Said, y: &Said) -> Score {
    let apart_s = (x.start_s - y.start_s).abs();
    let hidden = is_hidden(x, y);
    let overlap_s = (x.end_s().min(y.end_s()) - x.start_s.max(y.start_s) as f64).max(0.0);
    // Most pairs within reach lie hours apart on no grid: they cost two comparisons.
    if overlap_s <= 0.0 && !hidden && grid_shift(apart_s).is_none() && apart_s > ODD_SHIFT_S {
        return Score::NONE;
    }
    let shared = elapsed_bits(x, y) + distance_bits(x, y).unwrap_or(0.0) + sport_bits(x, y) + origin_bits(a, b, x, y);
    if hidden {
        return hidden_start(x, y, shared);
    }
    let shorter = x.elapsed_s.min(y.elapsed_s).max(1.0);
    let union_s = (x.elapsed_s + y.elapsed_s - overlap_s).max(1.0);
    let coverage = overlap_s / shorter;
    let place = place_bits(x, y);
    let bits = weights::PRIOR + shared + place + start_bits(x, y, apart_s) + on(weights::OVERLAP, overlap_s / union_s);
    let manual = x.manual != y.manual;
    let plain = Score {
        ppm: if manual { ppm(bits).min(weights::MANUAL_PPM) } else { ppm(bits) },
        bits,
        // Without common time two records are two activities, whatever else agrees.
        may_merge: !manual && coverage >= 0.3,
        overlaps: coverage >= 0.5 && compatible(x, y),
        ..Score::NONE
    };
    let plain = if coverage < 0.3 { Score { ppm: 0, bits: bits.min(-1.0), ..plain } } else { plain };
    if manual {
        return manual_entry(plain, x, y, apart_s);
    }
    let told = [plain, crop(a, b, x, y, coverage), shift(a, b, x, y, apart_s, overlap_s)];
    told.into_iter().fold(Score::NONE, |best, story| if story.ppm > best.ppm { story } else { best })
}

/// One side hides its start: the local date, the elapsed time and the distance carry it.
fn hidden_start(x: &Said, y: &Said, shared: f64) -> Score {
    if !same_date(x, y) || !compatible(x, y) {
        return Score::NONE;
    }
    // A date alone is shared by all of a day's records: without a distance the elapsed time is too little.
    let carried = distance_bits(x, y).is_some_and(|bits| bits > 0.0);
    let bits = weights::PRIOR + weights::SAME_DATE + shared;
    Score { ppm: ppm(bits), bits, may_merge: carried, ..Score::NONE }
}

/// An entry typed by hand near a recording: its start and numbers are round guesses, so it is never merged by itself.
fn manual_entry(plain: Score, x: &Said, y: &Said, apart_s: i64) -> Score {
    let near = apart_s <= 900 && elapsed_bits(x, y) > 0.0 && compatible(x, y);
    let agrees = distance_bits(x, y).is_none_or(|bits| bits > -1.0);
    if near && agrees {
        let ppm = plain.ppm.clamp(weights::UNPROVEN_PPM, weights::MANUAL_PPM);
        return Score { ppm, bits: plain.bits.max(weights::UNPROVEN_BITS), may_merge: false, overlaps: true, ..plain };
    }
    plain
}

/// One is a part of the other: at least 95 % of it inside, and at least half as long.
fn crop(a: &Features<'_>, b: &Features<'_>, x: &Said, y: &Said, coverage: f64) -> Score {
    // Of two that took as long, the one that went less far: which of them is named first must not matter.
    let metres = |said: &Said| said.distance_m.unwrap_or(0.0);
    let order = x.elapsed_s.total_cmp(&y.elapsed_s).then(metres(x).total_cmp(&metres(y)));
    let (short, long) = if order.is_le() { (x, y) } else { (y, x) };
    let ratio = short.elapsed_s / long.elapsed_s.max(1.0);
    if coverage < 0.95 || !compatible(x, y) || a.is_parent() != b.is_parent() {
        return Score::NONE;
    }
    // A part does not go further than the whole; at another pace it is one only by the name of a watch left running.
    let (mut further, mut other_pace, mut same_pace) = (false, false, false);
    if let (false, Some(part), Some(whole)) = (x.soft || y.soft, short.distance_m, long.distance_m) {
        further = part > whole * 1.02;
        other_pace = (part / whole - ratio).abs() > 0.25;
        same_pace = (part / whole - ratio).abs() <= 0.1;
    }
    if further {
        return Score { overlaps: true, ..Score::NONE };
    }
    let half = ratio >= 0.5;
    let within = |p: Option<domain::Point>, q: Option<domain::Point>| {
        p.zip(q).is_some_and(|(p, q)| p.metres_to(q) <= SAME_PLACE_M)
    };
    let same_start = (short.start_s - long.start_s).abs() <= 60 && within(short.start_point, long.start_point);
    let same_end = (short.end_s() - long.end_s()).abs() <= 60.0 && within(short.end_point, long.end_point);
    let device = device_bits(a, b, x, y);
    // A copy that says from which source it came tells the device as well, where its pace is the whole's.
    let same_device = device > 0.0 || (same_pace && origin_bits(a, b, x, y) - device > 0.0);
    let contradicted = other_pace || device < 0.0 || place_contradicts(short, long);
    let proven = half && !contradicted && (same_start || same_end || same_device);
    Score {
        ppm: if proven { weights::PROVEN_PPM } else { weights::UNPROVEN_PPM },
        bits: if proven { weights::PROVEN_BITS } else { weights::UNPROVEN_BITS },
        may_merge: proven,
        overlaps: true,
        story: Story::Crop { proven },
        ..Score::NONE
    }
}

/// Start points too far apart for the time between the starts: 40 km/h for a part that begins later.
fn place_contradicts(x: &Said, y: &Said) -> bool {
    let apart_s = (x.start_s - y.start_s).abs() as f64;
    x.start_point.zip(y.start_point).is_some_and(|(a, b)| a.metres_to(b) > 3000.0 + apart_s * 11.0)
}

/// Places this near, in metres, are one (`reconciliation.md`).
const SAME_PLACE_M: f64 = 200.0;

/// The longest shift of a clock, in seconds (`reconciliation.md`).
const LONGEST_SHIFT_S: i64 = 14 * 3600;

/// A clock wrong by no whole quarter hours (a bad time offset in a device) is thought of only up to an hour.
const ODD_SHIFT_S: i64 = 3600;

/// Activities shorter than this, in seconds, are too alike to carry a shift: intervals, transitions.
const SHORTEST_SHIFTED_S: f64 = 300.0;

/// The shift in whole quarter hours that these seconds are, rounding aside.
fn grid_shift(apart_s: i64) -> Option<i64> {
    let quarter = (apart_s + 450).div_euclid(900) * 900;
    ((apart_s - quarter).abs() <= 2 && (900..=LONGEST_SHIFT_S).contains(&quarter)).then_some(quarter)
}

/// The clock of one stood wrong: elapsed time and distance agree, the starts differ by whole quarter hours.
fn shift(a: &Features<'_>, b: &Features<'_>, x: &Said, y: &Said, apart_s: i64, overlap_s: f64) -> Score {
    let grid = grid_shift(apart_s);
    if (grid.is_none() && apart_s > ODD_SHIFT_S) || x.elapsed_s.min(y.elapsed_s) < SHORTEST_SHIFTED_S {
        return Score::NONE;
    }
    let elapsed_agrees = (x.elapsed_s - y.elapsed_s).abs() <= weights::ELAPSED_EQUAL_S;
    let distance_agrees = match (x.distance_m, y.distance_m) {
        (Some(p), Some(q)) => (p - q).abs() <= 0.005 * p.max(q),
        _ => false,
    };
    if !elapsed_agrees || !distance_agrees || x.family != y.family {
        return Score::NONE;
    }
    let metres = x.start_point.zip(y.start_point).map(|(p, q)| p.metres_to(q));
    let same_place = metres.is_some_and(|metres| metres <= SAME_PLACE_M);
    let elsewhere = metres.is_some_and(|metres| metres > 1000.0);
    let device = device_bits(a, b, x, y);
    if elsewhere || device < 0.0 {
        return Score::NONE;
    }
    let proven = grid.is_some() && (same_place || device > 0.0);
    // No whole quarter hour, and nothing in common but numbers: two laps of a loop, most likely. Within one source one
    // clock wrote both starts.
    if grid.is_none() && (apart_s < 600 || a.source == b.source || !(same_place || device > 0.0)) {
        return Score::NONE;
    }
    Score {
        ppm: if proven { weights::PROVEN_PPM } else { weights::UNPROVEN_PPM },
        bits: if proven { weights::PROVEN_BITS } else { weights::UNPROVEN_BITS },
        may_merge: proven,
        overlaps: overlap_s > 0.0,
        story: Story::Shift {
            seconds: y.start_s - x.start_s,
            start_s: x.start_s,
            elapsed_s: x.elapsed_s as u32,
            on_grid: grid.is_some(),
            proof: if proven { Proof::Own } else { Proof::None },
        },
        ..Score::NONE
    }
}
