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
    let start = match cursor {
        Some(Cursor(text)) => {
            text.parse::<u64>().map_err(|_| SourceError::Contract("the cursor is none of this connector".to_owned()))?
        }
        None => 0,
    };
    let mut query = vec![
        ("start", start.to_string()),
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
        Ok(Told::Something(bytes)) => page(&bytes, start),
        Ok(Told::Nothing) => page(&Bytes::from_static(b"[]"), start),
        Ok(Told::Missing) => {
            Err(SourceError::Contract("Garmin has no list of activities where it used to be".to_owned()))
        }
        Err(error) => Err(error),
    }
}

/// The activities of a page that began at `start`.
fn page(bytes: &Bytes, start: u64) -> Result<Listing, SourceError> {
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
    // Only an empty page, or one of nothing but the overlap, is the end: a short one may just be short.
    let found = elements.len() as u64;
    listing.next = (found > OVERLAP).then(|| Cursor(start.saturating_add(found - OVERLAP).to_string()));
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

    fn rows(count: u64) -> Bytes {
        let rows: Vec<Value> = (1..=count).map(|id| serde_json::json!({ "activityId": id })).collect();
        Bytes::from(serde_json::to_vec(&rows).unwrap())
    }

    #[test]
    fn a_walk_ends_and_overlaps() {
        assert_eq!(page(&rows(0), 300).unwrap().next, None);
        assert_eq!(page(&rows(OVERLAP), 300).unwrap().next, None);
        assert_eq!(page(&rows(100), 0).unwrap().next, Some(Cursor("90".to_owned())));
        // A page that is shorter than asked for is no end.
        assert_eq!(page(&rows(40), 90).unwrap().next, Some(Cursor("120".to_owned())));
    }

    #[test]
    fn what_is_no_activity_is_kept_and_costs_no_other() {
        let bytes = Bytes::from_static(
            br#"[{"activityId":7,"startTimeGMT":"2026-01-08 14:10:21"},{"activityId":null},8, null]"#,
        );
        let listing = page(&bytes, 0).unwrap();
        assert_eq!(listing.activities.len(), 1);
        assert_eq!(
            &listing.activities[0].artifacts[0].bytes[..],
            br#"{"activityId":7,"startTimeGMT":"2026-01-08 14:10:21"}"#
        );
        let kept: Vec<&[u8]> = listing.unreadable.iter().map(|(artifact, _)| &artifact.bytes[..]).collect();
        assert_eq!(kept, [&br#"{"activityId":null}"#[..], b"8", b"null"]);
        assert_eq!(listing.walked_to, instant("2026-01-08T14:10:21.0"));
        assert!(page(&Bytes::from_static(b"{}"), 0).is_err());
    }
}
