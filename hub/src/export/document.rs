//! What an export says of each thing, as JSON: the names and units of the GraphQL API.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use domain::{ArtifactKind, Decision, Field, Milli, Multisport, Origin, PinTo, RecordId, Resolved, Ruling, Value};
use reconcile::{Judgement, explain};
use serde_json::{Value as Json, json};

use crate::{
    AccountRow, ActivityRow, ArtifactRow, CandidateRow, DecisionRow, FieldChange, ImportRunRow, RecordRow, Refusal,
    RevisionRow, RunRow,
};

fn instant(instant: DateTime<Utc>) -> Json {
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true).into()
}

fn moment(instant: Option<DateTime<Utc>>) -> Json {
    instant.map_or(Json::Null, self::instant)
}

/// A value in its field's unit.
fn value(value: &Value) -> Json {
    match value {
        Value::Text(text) => text.as_str().into(),
        Value::Number(number) => self::number(*number),
        Value::Instant(instant) => self::instant(*instant),
        Value::Sport(sport) => sport.name().into(),
        Value::Flag(flag) => (*flag).into(),
        Value::Visibility(visibility) => visibility.name().into(),
        Value::Point(point) => {
            let (latitude, longitude) = point.degrees();
            json!({ "latitude": latitude, "longitude": longitude })
        }
    }
}

fn number(number: Milli) -> Json {
    match number.thousandths() {
        whole if whole % 1000 == 0 => (whole / 1000).into(),
        _ => number.as_f64().into(),
    }
}

fn some(said: Option<&Value>) -> Json {
    said.map_or(Json::Null, value)
}

/// An activity with its fields, each with its provenance, and why its records are one.
pub(super) fn activity(row: &ActivityRow, records: &[RecordRow], matches: &[Judgement]) -> Json {
    let records: BTreeMap<RecordId, &RecordRow> = records.iter().map(|row| (row.record.id, row)).collect();
    let activity = &row.activity;
    let fields: serde_json::Map<String, Json> = activity
        .fields
        .iter()
        .map(|(field, resolved)| (field.name().to_owned(), provenance(*field, resolved, &records)))
        .collect();
    json!({
        "id": activity.id.to_string(),
        "status": activity.status.name(),
        "revision": row.revision,
        "createdAt": instant(row.created_at),
        "updatedAt": instant(row.updated_at),
        "windowClosesAt": moment(activity.window_closes_at),
        "parent": activity.parent.map(|id| id.to_string()),
        "sourceRecords": activity.members.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "fields": fields,
        "matches": matches.iter().map(judgement).collect::<Vec<_>>(),
    })
}

fn provenance(field: Field, resolved: &Resolved, records: &BTreeMap<RecordId, &RecordRow>) -> Json {
    let source = |id: &RecordId| records.get(id).map(|row| row.record.source.as_str());
    let why = &resolved.provenance;
    let (record, at) = match &why.origin {
        Origin::Record { record, at } => (Some(record), Some(at)),
        Origin::Ruling(_) | Origin::Derivation => (None, None),
    };
    let artifact = record.zip(at).and_then(|(id, at)| records.get(id)?.record.artifacts.get(&at.artifact));
    let others: Vec<&str> = resolved.alternatives.iter().filter_map(|one| source(&one.record)).collect();
    json!({
        "value": value(&resolved.value),
        "source": record.and_then(source),
        "sourceRecord": record.map(ToString::to_string),
        "artifactSha256": artifact.map(ToString::to_string),
        "path": at.map(|at| at.path.as_ref()),
        "rule": why.rule.name(),
        "reason": explain::provenance(field, why, record.and_then(source), &others),
        "agreement": why.agreement.name(),
        "ruling": match (&why.origin, why.pin) {
            (_, Some(pin)) => Some(pin.to_string()),
            (Origin::Ruling(ruling), None) => Some(ruling.to_string()),
            _ => None,
        },
        "alternatives": resolved.alternatives.iter().map(|one| json!({
            "value": value(&one.value),
            "source": source(&one.record),
            "sourceRecord": one.record.to_string(),
        })).collect::<Vec<_>>(),
    })
}

fn judgement(judgement: &Judgement) -> Json {
    json!({
        "a": judgement.a.to_string(),
        "b": judgement.b.to_string(),
        "verdict": judgement.verdict.name(),
        "probability": f64::from(judgement.probability_ppm) / 1_000_000.0,
        "decidedBy": judgement.decided_by.name(),
        "summary": explain::summary(judgement),
        "evidence": judgement.evidence.iter().map(|one| json!({
            "kind": one.kind.name(),
            "a": some(one.a.as_ref()),
            "b": some(one.b.as_ref()),
            "weight": f64::from(one.weight_millibits) / 1000.0,
            "explanation": explain::evidence(one),
        })).collect::<Vec<_>>(),
    })
}

/// A record with all its readings and all that it ever said of start, time, distance and sport.
pub(super) fn record(row: &RecordRow) -> Json {
    let record = &row.record;
    let readings: serde_json::Map<String, Json> = record
        .readings
        .iter()
        .map(|(field, reading)| {
            let artifact = record.artifacts.get(&reading.at.artifact).map(ToString::to_string);
            let said = json!({
                "value": value(&reading.value),
                "artifactSha256": artifact,
                "path": reading.at.path,
            });
            (field.name().to_owned(), said)
        })
        .collect();
    let artifacts: serde_json::Map<String, Json> =
        record.artifacts.iter().map(|(kind, id)| (kind.name().to_owned(), id.to_string().into())).collect();
    json!({
        "id": record.id.to_string(),
        "source": record.source.as_str(),
        "channel": record.channel.name(),
        "externalId": record.external_id.as_str(),
        "url": record.url,
        "activity": row.activity.map(|id| id.to_string()),
        "revision": record.revision,
        "firstSeenAt": instant(record.first_seen_at),
        "fetchedAt": instant(record.fetched_at),
        "withdrawnAt": moment(record.withdrawn.map(|withdrawal| withdrawal.at)),
        "withdrawnReason": record.withdrawn.map(|withdrawal| withdrawal.reason.name()),
        "sourceSportType": record.source_sport,
        "artifactsSha256": artifacts,
        "fileSha256": record.keys.file.map(|id| id.to_string()),
        "session": record.keys.session_index,
        "fitIdentity": record.keys.fit.map(|fit| json!({
            "manufacturer": fit.manufacturer,
            "product": fit.product,
            "serial": fit.serial,
            "timeCreatedS": fit.time_created,
            "sessionStartS": fit.session_start,
        })),
        "copyOf": record.keys.lineage.as_ref().map(|lineage| json!({
            "source": lineage.source.as_str(),
            "externalId": lineage.external_id.as_ref().map(|id| id.as_str()),
        })),
        "multisport": record.multisport.as_ref().map(|part| match part {
            Multisport::Parent => json!({ "part": "PARENT" }),
            Multisport::Leg { parent } => json!({ "part": "LEG", "parentExternalId": parent.as_str() }),
        }),
        "readings": readings,
        "fingerprints": record.fingerprints.iter().map(|print| json!({
            "startTimeUtc": instant(print.start),
            "startPrecision": print.start_precision.name(),
            "utcOffsetS": print.utc_offset_s,
            "elapsedTimeS": number(print.elapsed_s),
            "movingTimeS": print.moving_s.map(number),
            "distanceM": print.distance_m.map(number),
            "sportType": print.sport.name(),
            "manual": print.manual,
            "startPoint": some(print.start_point.map(Value::Point).as_ref()),
            "endPoint": some(print.end_point.map(Value::Point).as_ref()),
            "device": print.device,
            "deviceSerial": print.device_serial,
        })).collect::<Vec<_>>(),
    })
}

/// The name of an artifact's bytes within the zip: letters and digits of our own, whatever the source called them.
pub(super) fn place(row: &ArtifactRow) -> String {
    let ending = match (row.kind, row.content_type.as_str()) {
        (ArtifactKind::Fit, _) => "fit",
        (ArtifactKind::Tcx, _) => "tcx",
        (ArtifactKind::Gpx, _) => "gpx",
        (_, "application/json") => "json",
        (_, "text/csv") => "csv",
        _ => "bin",
    };
    format!("artifacts/{}.{ending}", row.sha256)
}

/// An artifact; `missing` where its bytes are not what they were and the zip has none.
pub(super) fn artifact(row: &ArtifactRow, missing: bool) -> Json {
    json!({
        "id": row.id.to_string(),
        "file": (!missing).then(|| place(row)),
        "sha256": row.sha256.to_string(),
        "bytes": row.size_bytes,
        "kind": row.kind.name(),
        "source": row.source.as_str(),
        "contentType": row.content_type,
        "filename": row.filename,
        "fetchedAt": instant(row.fetched_at),
    })
}

/// One change of an activity.
pub(super) fn revision(row: &RevisionRow) -> Json {
    let change = |change: &FieldChange| {
        json!({
            "field": change.field.name(),
            "before": some(change.before.as_ref()),
            "after": some(change.after.as_ref()),
            "sourceBefore": change.source_before.as_ref().map(|source| source.as_str()),
            "sourceAfter": change.source_after.as_ref().map(|source| source.as_str()),
        })
    };
    json!({
        "id": row.id.to_string(),
        "activity": row.activity.to_string(),
        "revision": row.revision,
        "at": instant(row.at),
        "cause": row.cause.name(),
        "actor": row.actor,
        "reason": row.reason,
        "status": row.status.name(),
        "mergedInto": row.merged_into.map(|id| id.to_string()),
        "decision": row.decision.map(|id| id.to_string()),
        "changes": row.changes.iter().map(change).collect::<Vec<_>>(),
    })
}

/// A deed of a person.
pub(super) fn decision(row: &DecisionRow) -> Json {
    json!({
        "id": row.id.to_string(),
        "kind": row.kind.name(),
        "actor": row.actor,
        "reason": row.reason,
        "at": instant(row.at),
        "undoes": row.undoes.map(|id| id.to_string()),
        "undoneBy": row.undone_by.map(|id| id.to_string()),
        "added": row.added.iter().map(ruling).collect::<Vec<_>>(),
        "removed": row.removed.iter().map(ruling).collect::<Vec<_>>(),
    })
}

/// A ruling.
pub(super) fn ruling(ruling: &Ruling) -> Json {
    let said = match &ruling.decision {
        Decision::Same(a, b) => json!({ "same": [a.to_string(), b.to_string()] }),
        Decision::Different(a, b) => json!({ "different": [a.to_string(), b.to_string()] }),
        Decision::Pin { activity, field, to } => json!({
            "pin": field.name(),
            "activity": activity.to_string(),
            "source": match to { PinTo::Source(source) => Some(source.as_str()), PinTo::Value(_) => None },
            "value": match to { PinTo::Value(given) => value(given), PinTo::Source(_) => Json::Null },
        }),
    };
    json!({
        "id": ruling.id.to_string(),
        "says": said,
        "actor": ruling.actor,
        "reason": ruling.reason,
        "at": instant(ruling.at),
    })
}

/// A pair that waits for a decision, or waited.
pub(super) fn candidate(row: &CandidateRow) -> Json {
    json!({
        "id": row.id.to_string(),
        "state": row.state.name(),
        "createdAt": instant(row.created_at),
        "decidedAt": moment(row.decided_at),
        "decidedBy": row.decided_by,
        "judgement": judgement(&row.judgement),
    })
}

/// Something that was brought in, and what of it was refused.
pub(super) fn import(row: &ImportRunRow, refusals: &[(Refusal, Option<ArtifactRow>)]) -> Json {
    json!({
        "id": row.id.to_string(),
        "filename": row.filename,
        "state": row.state.name(),
        "entriesTotal": row.entries_total,
        "entriesDone": row.entries_done,
        "recordsNew": row.records_new,
        "recordsUpdated": row.records_updated,
        "recordsUnchanged": row.records_unchanged,
        "startedAt": moment(row.started_at),
        "finishedAt": moment(row.finished_at),
        "error": row.error,
        "refusals": refusals.iter().map(|(refusal, _)| json!({
            "entry": refusal.entry,
            "reason": refusal.reason,
            "artifactSha256": refusal.artifact.map(|id| id.to_string()),
        })).collect::<Vec<_>>(),
    })
}

/// A run of the engine.
pub(super) fn run(row: &RunRow) -> Json {
    json!({
        "id": row.id.to_string(),
        "state": row.state.name(),
        "requestedBy": row.requested_by,
        "reason": row.reason,
        "recordsTotal": row.records_total,
        "recordsDone": row.records_done,
        "activitiesChanged": row.activities_changed,
        "merges": row.merges,
        "splits": row.splits,
        "createdAt": instant(row.created_at),
        "startedAt": moment(row.started_at),
        "finishedAt": moment(row.finished_at),
        "error": row.error,
    })
}

/// An account. Nothing of its credentials is known here.
pub(super) fn account(row: &AccountRow) -> Json {
    json!({
        "id": row.id.to_string(),
        "source": row.source.as_str(),
        "connector": row.connector,
        "state": row.state.name(),
        "stateReason": row.state_reason,
        "externalAthleteId": row.external_athlete_id,
        "scopes": row.scopes,
        "lastSuccessAt": moment(row.last_success_at),
        "lastAttemptAt": moment(row.last_attempt_at),
        "lastError": row.last_error,
        "backfill": row.backfill.as_ref().map(|backfill| json!({
            "from": moment(backfill.from),
            "to": moment(backfill.to),
            "recordsSeen": backfill.records_seen,
            "complete": backfill.complete,
        })),
        "createdAt": instant(row.created_at),
    })
}
