//! One part of one activity.

use std::collections::BTreeMap;

use domain::{Artifact, ArtifactKind, ExternalId, MediaType};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::client::{Client, document};
use super::list::{id_of, is_id};
use crate::http::Answer;
use crate::{Part, Reply, Session, SourceError};

/// Every series that Strava has.
const STREAMS: &str = "time,distance,latlng,altitude,velocity_smooth,heartrate,cadence,watts,temp,moving,grade_smooth";

pub async fn fetch(
    client: &Client,
    session: &Session<'_>,
    activity: &ExternalId,
    part: Part,
) -> Reply<Option<Artifact>> {
    let id = activity.as_str();
    // What is no id must not become part of an address.
    if !is_id(id) {
        return Reply::of(Err(SourceError::Contract("the activity's id is none of Strava's".to_owned())));
    }
    let get = |below: &[&str]| client.get(&[&["activities", id], below].concat(), session.tokens);
    let now = session.now;
    match part {
        Part::Detail => {
            // Efforts on segments are not ours to keep, and make most of a detail.
            let request = get(&[]).query(&[("include_all_efforts", "false")]);
            client.ask(request, now).await.read(|answer| detail(answer, id).map(Some))
        }
        Part::Streams => {
            let request = get(&["streams"]).query(&[("keys", STREAMS), ("key_by_type", "true")]);
            absent(client.ask_at_length(request, now).await.read(|answer| parts(answer, ArtifactKind::Streams)))
        }
        Part::Laps => absent(client.ask(get(&["laps"]), now).await.read(|answer| parts(answer, ArtifactKind::Laps))),
        Part::Zones => {
            let heard = client.ask(get(&["zones"]), now).await;
            let not_ours = matches!(heard.status.map(|status| status.as_u16()), Some(402 | 403));
            let mut reply = absent(heard.read(|answer| parts(answer, ArtifactKind::Zones)));
            if not_ours && matches!(reply.outcome, Err(SourceError::Contract(_))) {
                reply.outcome = Ok(None);
            }
            reply
        }
        Part::Splits | Part::File => Reply::of(Ok(None)),
    }
}

/// A detail is only kept where it is the one that was asked for.
fn detail(answer: Answer, id: &str) -> Result<Artifact, SourceError> {
    #[derive(Deserialize)]
    struct Known {
        #[serde(default)]
        id: Value,
    }
    let body = document(answer, "the activity")?;
    let known: Known = serde_json::from_slice(&body)
        .map_err(|_| SourceError::Contract("the activity: the answer has another shape".to_owned()))?;
    if id_of(&known.id).as_deref() != Some(id) {
        return Err(SourceError::Contract("the activity: the answer is of another one".to_owned()));
    }
    Ok(artifact(ArtifactKind::ActivityDetail, body))
}

/// A list, or an object by type; an empty one is none.
fn parts(answer: Answer, kind: ArtifactKind) -> Result<Option<Artifact>, SourceError> {
    let what = match kind {
        ArtifactKind::Streams => "the activity's series",
        ArtifactKind::Laps => "the activity's laps",
        _ => "the activity's zones",
    };
    let body = document(answer, what)?;
    let is_empty = if body.trim_ascii_start().starts_with(b"[") {
        serde_json::from_slice::<Vec<IgnoredAny>>(&body).map(|list| list.is_empty())
    } else {
        serde_json::from_slice::<BTreeMap<String, IgnoredAny>>(&body).map(|series| series.is_empty())
    };
    let is_empty = is_empty.map_err(|_| SourceError::Contract(format!("{what}: the answer has another shape")))?;
    Ok((!is_empty).then(|| artifact(kind, body)))
}

/// Activities typed in have no series, and only subscribers have zones: what Strava does not show of a part is not
/// there. Whether the activity itself is gone is for its detail to say.
fn absent(mut reply: Reply<Option<Artifact>>) -> Reply<Option<Artifact>> {
    if reply.outcome == Err(SourceError::Gone) {
        reply.outcome = Ok(None);
    }
    reply
}

const fn artifact(kind: ArtifactKind, bytes: bytes::Bytes) -> Artifact {
    Artifact { kind, media_type: MediaType::JSON, filename: None, bytes }
}
