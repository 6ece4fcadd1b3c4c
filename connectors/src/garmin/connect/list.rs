//! The list of activities, newest first. It moves while it is read: what is added pushes the rest down, what is deleted
//! pulls it up. So each page begins before the last one's end, and the same activity may come twice.

use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use domain::{Artifact, ArtifactKind, Channel, ExternalId, MediaType, SourceSlug};
use secrecy::ExposeSecret;
use serde_json::Value;
use serde_json::value::RawValue;

use super::GarminConnect;
use super::call::{Told, judge_json};
use crate::garmin::archive::id;
use crate::http::LONGEST_DOCUMENT;
use crate::{Cursor, Listing, Range, RawActivity, Session, SourceError};

/// Activities a page; Garmin's own programs ask for 20 to 1000.
const PAGE: u64 = 100;

/// How many of the last page's activities a page begins with: so many may be deleted between two calls.
const OVERLAP: u64 = 10;

/// How far local time can be from UTC: the list is asked by local dates.
const FARTHEST_ZONE_HOURS: i64 = 14;

/// How often a walk goes back to look for what it lost: a list that jumps for ever must not be walked for ever.
const MOST_BACK: u8 = 3;

/// A place in the list: where the next page begins, and what tells whether the list stood still meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Place {
    start: u64,
    /// The last activity of the page before, which the next one has to hold as well.
    last: Option<String>,
    /// How often the walk went back.
    back: u8,
}

impl Place {
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let (start, back, last) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?);
        Some(Self { start, back, last: Some(last.to_owned()).filter(|last| !last.is_empty()) })
    }

    fn cursor(&self) -> Cursor {
        Cursor(format!("{}:{}:{}", self.start, self.back, self.last.as_deref().unwrap_or_default()))
    }

    /// Where to go on after a page of so many elements, with these activities; `None` at the end.
    fn after(&self, found: u64, activities: &[RawActivity]) -> Option<Self> {
        let last = activities.last().map(|raw| raw.external_id.to_string());
        // Only an empty page, one of nothing but the overlap, or the page before once more is the end: a short one may
        // just be short.
        if found <= OVERLAP || (self.last.is_some() && self.last == last) {
            return None;
        }
        let lost =
            self.last.as_ref().is_some_and(|last| !activities.iter().any(|raw| raw.external_id.as_str() == last));
        if lost && self.back < MOST_BACK {
            // More was deleted than the overlap holds, or that very activity: what moved up lies before this page.
            return Some(Self { start: self.start.saturating_sub(PAGE), last: None, back: self.back + 1 });
        }
        Some(Self { start: self.start.saturating_add(found - OVERLAP), last, back: self.back })
    }
}

/// One page.
///
/// # Errors
/// As the API's answers are judged; `Contract` for an answer that is no list.
pub async fn list(
    garmin: &GarminConnect,
    session: &Session<'_>,
    range: Range,
    cursor: Option<&Cursor>,
) -> Result<Listing, SourceError> {
    let place = match cursor {
        Some(Cursor(text)) => {
            Place::read(text).ok_or_else(|| SourceError::Contract("the cursor is none of this connector".to_owned()))?
        }
        None => Place::default(),
    };
    let mut query = vec![
        ("start", place.start.to_string()),
        ("limit", PAGE.to_string()),
        ("sortBy", "startLocal".to_owned()),
        ("sortOrder", "desc".to_owned()),
    ];
    let slack = Duration::hours(FARTHEST_ZONE_HOURS);
    let day = |at: Option<DateTime<Utc>>| at.map(|at| at.format("%Y-%m-%d").to_string());
    let after = range.after.and_then(|after| after.checked_sub_signed(slack));
    let before = range.before.and_then(|before| before.checked_add_signed(slack));
    query.extend(day(after).map(|day| ("startDate", day)));
    query.extend(day(before).map(|day| ("endDate", day)));
    let path = ["activitylist-service", "activities", "search", "activities"];
    let answer = garmin.get(session, &path, &query, LONGEST_DOCUMENT).await?;
    match judge_json(answer, session.tokens.access.expose_secret(), session.now) {
        Ok(Told::Something(bytes)) => page(&bytes, &place),
        Ok(Told::Nothing) => page(&Bytes::from_static(b"[]"), &place),
        Ok(Told::Missing) => {
            Err(SourceError::Contract("Garmin has no list of activities where it used to be".to_owned()))
        }
        Err(error) => Err(error),
    }
}

/// The activities of a page that began at that place.
fn page(bytes: &Bytes, place: &Place) -> Result<Listing, SourceError> {
    let elements: Vec<&RawValue> = serde_json::from_slice(bytes)
        .map_err(|_| SourceError::Contract("the list of activities is no list".to_owned()))?;
    let mut listing = Listing { activities: Vec::new(), unreadable: Vec::new(), next: None, walked_to: None };
    for element in &elements {
        let artifact = Artifact {
            kind: ArtifactKind::ActivitySummary,
            media_type: MediaType::JSON,
            filename: None,
            bytes: bytes.slice_ref(element.get().as_bytes()),
        };
        let members: BTreeMap<String, Value> = serde_json::from_str(element.get()).unwrap_or_default();
        match members.get("activityId").and_then(id) {
            Some(id) => listing.activities.push(RawActivity {
                source: SourceSlug::GARMIN,
                channel: Channel::Api,
                external_id: ExternalId::new(id),
                session_index: 0,
                artifacts: vec![artifact],
            }),
            None => {
                let artifact = Artifact { kind: ArtifactKind::Other, ..artifact };
                listing.unreadable.push((artifact, "an element of the list has no activity id".to_owned()));
            }
        }
        let begun = members.get("startTimeGMT").and_then(Value::as_str).and_then(instant);
        listing.walked_to = [listing.walked_to, begun].into_iter().flatten().min();
    }
    listing.next = place.after(elements.len() as u64, &listing.activities).map(|next| next.cursor());
    Ok(listing)
}

/// An instant as lists (`2026-01-08 14:10:21`) and details (`2026-01-08T14:10:21.0`) write it, in UTC.
pub fn instant(text: &str) -> Option<DateTime<Utc>> {
    let of = |format| NaiveDateTime::parse_from_str(text, format).ok();
    of("%Y-%m-%d %H:%M:%S%.f").or_else(|| of("%Y-%m-%dT%H:%M:%S%.f")).map(|at| at.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of the activities with these ids.
    fn rows(ids: impl Iterator<Item = u64>) -> Bytes {
        let rows: Vec<Value> = ids.map(|id| serde_json::json!({ "activityId": id })).collect();
        Bytes::from(serde_json::to_vec(&rows).unwrap())
    }

    /// Where a walk goes on after a page at that place.
    fn next(ids: impl Iterator<Item = u64>, cursor: &str) -> Option<String> {
        page(&rows(ids), &Place::read(cursor).unwrap()).unwrap().next.map(|next| next.0)
    }

    #[test]
    fn a_walk_overlaps_and_ends() {
        assert_eq!(page(&rows(1..=100), &Place::default()).unwrap().next, Some(Cursor("90:0:100".to_owned())));
        // A page that is shorter than asked for is no end.
        assert_eq!(next(91..=130, "90:0:100").as_deref(), Some("120:0:130"));
        assert_eq!(next(121..=130, "120:0:130"), None);
        assert_eq!(next(std::iter::empty(), "120:0:130"), None);
        // Nor is it walked for ever where every page is the same.
        assert_eq!(next(1..=100, "90:0:100"), None);
        for odd in ["", "90", "90:0", "x:0:1", "90:-1:1"] {
            assert_eq!(Place::read(odd), None);
        }
    }

    #[test]
    fn a_walk_goes_back_for_what_it_lost_and_not_for_ever() {
        // Twenty were deleted between two pages: 101 to 110 moved up, before this page.
        assert_eq!(next(111..=210, "90:0:100").as_deref(), Some("0:1:"));
        assert_eq!(next(21..=120, "0:1:").as_deref(), Some("90:1:120"));
        assert_eq!(next(111..=210, "90:3:100").as_deref(), Some("180:3:210"));
    }

    #[test]
    fn what_is_no_activity_is_kept_and_costs_no_other() {
        let bytes = Bytes::from_static(
            br#"[{"activityId":7,"startTimeGMT":"2026-01-08 14:10:21"},{"activityId":null},8, null]"#,
        );
        let listing = page(&bytes, &Place::default()).unwrap();
        assert_eq!(listing.activities.len(), 1);
        assert_eq!(
            &listing.activities[0].artifacts[0].bytes[..],
            br#"{"activityId":7,"startTimeGMT":"2026-01-08 14:10:21"}"#
        );
        let kept: Vec<&[u8]> = listing.unreadable.iter().map(|(artifact, _)| &artifact.bytes[..]).collect();
        assert_eq!(kept, [&br#"{"activityId":null}"#[..], b"8", b"null"]);
        assert_eq!(listing.walked_to, instant("2026-01-08T14:10:21.0"));
        assert!(page(&Bytes::from_static(b"{}"), &Place::default()).is_err());
    }
}
