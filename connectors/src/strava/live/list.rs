//! The list of an athlete's activities, walked from the newest back.
//!
//! Pages by number shift whenever an activity is added or deleted meanwhile. So each page is asked for by what lies
//! before the oldest start of the one before it, with a second of overlap; numbers only count the pages that such a
//! step does not get past. The walk ends at an empty page and at nothing else: private activities are left out of a
//! page, and it may be short.

use bytes::Bytes;
use chrono::{DateTime, Duration, NaiveDateTime, NaiveTime, Utc};
use domain::{Artifact, ArtifactKind, Channel, ExternalId, MediaType, SourceSlug};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::client::{Client, document};
use crate::{Cursor, Listing, Range, RawActivity, Reply, Session, SourceError};

/// How many activities a page holds at most: the most that Strava gives.
const PAGE: usize = 200;

/// How far the two clocks may differ: Strava refuses to tell what lies after an instant that is still to come.
const SKEW_S: i64 = 300;

/// A hidden start stands as local midnight and a second: where Strava's list has it in truth is anywhere in that day.
const HIDDEN: NaiveTime = match NaiveTime::from_hms_opt(0, 0, 1) {
    Some(time) => time,
    None => NaiveTime::MIN,
};

/// A place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    /// Only what began before that second.
    before: Option<i64>,
    /// The how manieth page of that, from 1.
    page: u32,
}

impl Place {
    fn read(cursor: &Cursor) -> Option<Self> {
        let (before, page) = cursor.0.split_once('/')?;
        let before = if before.is_empty() { None } else { Some(before.parse().ok()?) };
        Some(Self { before, page: page.parse().ok()? })
    }

    fn cursor(self) -> Cursor {
        Cursor(format!("{}/{}", self.before.map(|before| before.to_string()).unwrap_or_default(), self.page))
    }

    /// Where to go on after a page whose oldest start is known, or not.
    fn after(self, oldest: Option<i64>) -> Self {
        let step = oldest.map(|oldest| oldest + 1).filter(|next| self.before.is_none_or(|before| *next < before));
        match step {
            Some(next) => Self { before: Some(next), page: 1 },
            None => Self { page: self.page.saturating_add(1), ..self },
        }
    }
}

pub async fn page(client: &Client, session: &Session<'_>, range: Range, cursor: Option<&Cursor>) -> Reply<Listing> {
    let place = match cursor.map(Place::read) {
        None => Place { before: first(range, session.now), page: 1 },
        Some(Some(place)) => place,
        Some(None) => {
            return Reply::of(Err(SourceError::Contract("the place in the list is none of Strava's".to_owned())));
        }
    };
    let mut query = vec![("per_page", PAGE.to_string()), ("page", place.page.to_string())];
    query.extend(place.before.map(|before| ("before", before.to_string())));
    let latest = session.now.timestamp() - SKEW_S;
    query.extend(range.after.map(|after| ("after", (after.timestamp() - 1).min(latest).to_string())));
    let request = client.get(&["athlete", "activities"], session.tokens).query(&query);
    client.ask(request, session.now).await.read(|answer| {
        let body = document(answer, "the list of activities")?;
        let elements: Vec<&RawValue> = serde_json::from_slice(&body)
            .map_err(|_| SourceError::Contract("the list of activities: the answer is no list".to_owned()))?;
        Ok(listing(&elements, place))
    })
}

/// Where a walk begins. What lies after an instant is told oldest first unless an end is named too.
fn first(range: Range, now: DateTime<Utc>) -> Option<i64> {
    match (range.before, range.after) {
        (Some(before), _) => Some(before.timestamp() + 1),
        (None, Some(_)) => Some((now + Duration::days(1)).timestamp()),
        (None, None) => None,
    }
}

/// What a page needs to know of its elements.
#[derive(Deserialize)]
struct Element {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    start_date: Value,
    #[serde(default)]
    start_date_local: Value,
}

impl Element {
    fn start(&self) -> Option<DateTime<Utc>> {
        instant(self.start_date.as_str()?)
    }

    /// The latest second at which Strava's list may have it.
    fn latest(&self) -> Option<i64> {
        let start = self.start()?.timestamp();
        let hidden = self.start_date_local.as_str().and_then(wall_clock).is_some_and(|local| is_hidden(&local));
        Some(if hidden { start + 86_400 } else { start })
    }
}

fn listing(elements: &[&RawValue], place: Place) -> Listing {
    let mut page = Listing { activities: Vec::new(), unreadable: Vec::new(), next: None, walked_to: None };
    let mut oldest: Option<i64> = None;
    for raw in elements {
        let artifact = Artifact {
            kind: ArtifactKind::ActivitySummary,
            media_type: MediaType::JSON,
            filename: None,
            bytes: Bytes::copy_from_slice(raw.get().as_bytes()),
        };
        let element = serde_json::from_str::<Element>(raw.get()).ok();
        let start = element.as_ref().and_then(Element::start);
        let latest = element.as_ref().and_then(Element::latest);
        oldest = oldest.into_iter().chain(latest).min();
        page.walked_to = page.walked_to.into_iter().chain(start).min();
        match element.and_then(|element| id_of(&element.id)) {
            Some(id) => page.activities.push(RawActivity {
                source: SourceSlug::STRAVA,
                channel: Channel::Api,
                external_id: ExternalId::new(id),
                session_index: 0,
                artifacts: vec![artifact],
            }),
            None => page.unreadable.push((artifact, "it has no id by which it could be told apart".to_owned())),
        }
    }
    page.next = (!elements.is_empty()).then(|| place.after(oldest).cursor());
    page
}

/// An id: a whole number, or one written as a text.
pub fn id_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::Number(number) if number.is_u64() => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    is_id(&text).then_some(text)
}

/// Whether a text can be an id of Strava's: 1 to 20 digits, as many as 64 bits have.
pub fn is_id(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// An instant as Strava writes it, between 1980 and 2100.
pub fn instant(text: &str) -> Option<DateTime<Utc>> {
    let instant = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    (315_532_800..4_102_444_800).contains(&instant.timestamp()).then_some(instant)
}

/// A local wall clock: it ends in a `Z` that means nothing.
pub fn wall_clock(text: &str) -> Option<NaiveDateTime> {
    NaiveDateTime::parse_from_str(text.trim_end_matches('Z'), "%Y-%m-%dT%H:%M:%S%.f").ok()
}

/// Whether a local start says only the day: local midnight and a second.
pub fn is_hidden(local: &NaiveDateTime) -> bool {
    local.time() == HIDDEN
}
