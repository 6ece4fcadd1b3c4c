//! The precedence policy: who is asked first, and how far values may differ.

mod file;

use std::collections::{BTreeMap, BTreeSet};

use domain::{Channel, Family, Field, Group, Milli, SourceRecord, SourceSlug, Sport, Value};

pub use file::PolicyError;

/// What the engine goes by. Read from a TOML file; the default is compiled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    text: String,
    /// How long a secondary source's activity waits for the leading source, in seconds.
    pub window_s: i64,
    /// At or above this probability, in millionths, a pair is one activity.
    pub auto_ppm: u32,
    /// From this probability up to `auto`, in millionths, a pair waits for a person.
    pub review_ppm: u32,
    /// Whether a second device's recording by one source joins the activity by itself, instead of waiting for a person.
    pub attach_second_devices: bool,
    /// Sources and channels from the leading one down.
    pub order: Vec<Preference>,
    /// What is kept and shown but never chosen.
    pub exclude: BTreeSet<Preference>,
    orders: Orders,
    exceptions: Vec<Exception>,
    tolerances: BTreeMap<Field, Tolerance>,
}

/// Orders for single fields and for groups.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Orders {
    groups: BTreeMap<Group, Vec<Preference>>,
    fields: BTreeMap<Field, Vec<Preference>>,
}

impl Orders {
    fn of(&self, field: Field) -> Option<&[Preference]> {
        self.fields.get(&field).or_else(|| self.groups.get(&field.group())).map(Vec::as_slice)
    }
}

/// Orders that hold for a sport family or a device only.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Exception {
    family: Option<Family>,
    /// Lower case; `*` stands for any letters.
    device: Option<String>,
    orders: Orders,
}

impl Exception {
    fn fits(&self, record: &SourceRecord, sport: Option<Sport>) -> bool {
        let family = self.family.is_none_or(|family| sport.is_some_and(|sport| sport.family() == family));
        let device = self.device.as_ref().is_none_or(|pattern| match record.readings.value(Field::Device) {
            Some(Value::Text(device)) => like(pattern, &device.to_lowercase()),
            _ => false,
        });
        family && device
    }
}

/// A source, or one channel of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Preference {
    /// The source.
    pub source: SourceSlug,
    /// The channel; any of them where absent.
    pub channel: Option<Channel>,
}

impl Preference {
    fn covers(&self, source: &SourceSlug, channel: Channel) -> bool {
        self.source == *source && self.channel.is_none_or(|wanted| wanted == channel)
    }
}

/// How far two values of a field may differ and still agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tolerance {
    /// They never conflict.
    Any,
    /// By either measure.
    Within {
        /// In the field's unit; seconds between instants, metres between places.
        absolute: Milli,
        /// Of the canonical value, in millionths.
        relative_ppm: u32,
    },
}

impl Default for Tolerance {
    fn default() -> Self {
        Self::Within { absolute: Milli::ZERO, relative_ppm: 0 }
    }
}

/// A record's place in the order for a field; the smaller is asked first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    place: usize,
    /// No exception speaks of it: whom one names comes first among equals.
    pub(crate) ordinary: bool,
    source: SourceSlug,
    channel: Channel,
}

impl Policy {
    /// The policy that ships with the program.
    pub fn built_in() -> Self {
        // The file is part of the program, and a test reads it: it cannot be wrong at run time.
        Self::parse(file::BUILT_IN).unwrap_or_else(|errors| Self::broken(&errors))
    }

    fn broken(errors: &[PolicyError]) -> Self {
        debug_assert!(errors.is_empty(), "the built-in policy is broken: {errors:?}");
        Self {
            text: String::new(),
            window_s: 72 * 3600,
            auto_ppm: 990_000,
            review_ppm: 500_000,
            attach_second_devices: false,
            order: Vec::new(),
            exclude: BTreeSet::new(),
            orders: Orders::default(),
            exceptions: Vec::new(),
            tolerances: BTreeMap::new(),
        }
    }

    /// The file it was read from, whole.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The source that leads.
    pub fn canonical_source(&self) -> SourceSlug {
        self.order.first().map_or(SourceSlug::STRAVA, |preference| preference.source.clone())
    }

    /// A source's place in the default order; 1 leads. Sources that it does not name come after.
    pub fn rank(&self, source: &SourceSlug) -> u32 {
        let mut named: Vec<&SourceSlug> = Vec::new();
        for preference in &self.order {
            if !named.contains(&&preference.source) {
                named.push(&preference.source);
            }
        }
        let place = named.iter().position(|known| *known == source).unwrap_or(named.len());
        u32::try_from(place).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// In which order sources are asked for a field, exceptions aside.
    pub fn preferences(&self, field: Field) -> &[Preference] {
        self.orders.of(field).unwrap_or(&self.order)
    }

    /// How far two values of a field may differ and still agree.
    pub fn tolerance(&self, field: Field) -> Tolerance {
        self.tolerances.get(&field).copied().unwrap_or_default()
    }

    /// Whether what came that way is never chosen.
    pub fn excludes(&self, source: &SourceSlug, channel: Channel) -> bool {
        self.exclude.iter().any(|preference| preference.covers(source, channel))
    }

    /// A record's place in the order for a field of an activity of that sport.
    pub(crate) fn rank_of(&self, field: Field, record: &SourceRecord, sport: Option<Sport>) -> Rank {
        let exception =
            self.exceptions.iter().filter(|one| one.fits(record, sport)).find_map(|one| one.orders.of(field));
        let order = exception.unwrap_or_else(|| self.preferences(field));
        let place = order.iter().position(|wanted| wanted.covers(&record.source, record.channel));
        Rank {
            place: place.unwrap_or(order.len()),
            ordinary: exception.is_none(),
            source: record.source.clone(),
            channel: record.channel,
        }
    }
}

/// Whether a lower-case text fits a pattern in which `*` stands for any letters.
fn like(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let tail = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, behind)) = text.split_once(part) else { return false };
        text = behind;
    }
    text.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_letters() {
        for (pattern, text, fits) in [
            ("zwift*", "zwift app", true),
            ("*edge*", "garmin edge 530", true),
            ("edge", "edge 530", false),
            ("*5*0", "edge 530", true),
            ("a*b", "ab", true),
            ("a*b", "a", false),
        ] {
            assert_eq!(like(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn channels_of_one_source_share_its_rank() {
        let policy = Policy::built_in();
        assert_eq!(policy.canonical_source(), SourceSlug::STRAVA);
        assert_eq!(policy.rank(&SourceSlug::STRAVA), 1);
        assert_eq!(policy.rank(&SourceSlug::GARMIN), 2);
        assert_eq!(policy.rank(&SourceSlug::FILE), 3);
    }
}
