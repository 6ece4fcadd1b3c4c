//! What an activity's `external_id` says of where it came from: the name that its upload had.

use chrono::{DateTime, Utc};
use domain::{ExternalId, Lineage, SourceSlug};

/// Late in 2015 Garmin's uploads were named by their start instead: such a number lies this near to it, in seconds.
const NAMED_BY_START_S: u64 = 86_400;

/// The claim to be a copy. Garmin's uploads until August 2022 are named by Garmin's activity (`garmin_push_<id>`), those
/// since then by a notification (`garmin_ping_<n>`), which says where they came from and not which one they are. A file
/// that a person took from Garmin has the activity in its name.
pub fn lineage(name: &str, start: Option<DateTime<Utc>>) -> Option<Lineage> {
    let garmin = |id: Option<&str>| Lineage { source: SourceSlug::GARMIN, external_id: id.map(ExternalId::new) };
    if let Some(id) = name.strip_prefix("garmin_push_").filter(|id| is_number(id, 1..=20)) {
        let number: u64 = id.parse().unwrap_or_default();
        let is_start = start.and_then(|start| u64::try_from(start.timestamp()).ok());
        let named_by_start = is_start.is_some_and(|start| start.abs_diff(number) <= NAMED_BY_START_S);
        return Some(garmin((!named_by_start).then_some(id)));
    }
    if name.strip_prefix("garmin_ping_").is_some_and(|number| is_number(number, 1..=20)) {
        return Some(garmin(None));
    }
    let name = name.to_ascii_lowercase();
    let (stem, extension) = name.split_once('.')?;
    let id = stem.strip_suffix("_activity").or_else(|| stem.strip_prefix("activity_"))?;
    (is_number(id, 9..=12) && matches!(extension, "fit" | "tcx" | "gpx")).then(|| garmin(Some(id)))
}

fn is_number(text: &str, digits: std::ops::RangeInclusive<usize>) -> bool {
    digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_uploads() {
        let garmin =
            |id: Option<&str>| Some(Lineage { source: SourceSlug::GARMIN, external_id: id.map(ExternalId::new) });
        for (name, expected) in [
            ("garmin_push_4531922147", garmin(Some("4531922147"))),
            ("garmin_ping_492699828617", garmin(None)),
            ("8153566593_ACTIVITY.fit", garmin(Some("8153566593"))),
            ("activity_8153566593.tcx", garmin(Some("8153566593"))),
            ("garmin_push_", None),
            ("garmin_push_12x", None),
            ("8153566593.fit", None),
            ("123_ACTIVITY.fit", None),
            ("8153566593_ACTIVITY.fit.gz", None),
            ("zwift-activity-1234567890123456789.fit", None),
            ("3F2504E0-4F89-11D3-9A0C-0305E82C3301-activity.fit", None),
            ("2024-05-01-07-00-00.fit", None),
            ("Ran 6.24 mi on 10_1_17.tcx", None),
            ("trainerroad_1", None),
            ("", None),
        ] {
            assert_eq!(lineage(name, None), expected, "{name}");
        }
    }

    #[test]
    fn a_name_that_is_the_start_proves_nothing() {
        let start = DateTime::from_timestamp(1_447_000_000, 0);
        let found = lineage("garmin_push_1447003600", start);
        assert_eq!(found, Some(Lineage { source: SourceSlug::GARMIN, external_id: None }));
    }
}
