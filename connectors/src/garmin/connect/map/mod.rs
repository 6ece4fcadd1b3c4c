//! Garmin's answers read: the element of the list, the detail, the laps, and the original file. The list is what is
//! asked again and again and so says what is true now; the detail and the file fill what it lacks. A leg of a
//! multisport activity stands in no list and has its detail alone.

mod account;
mod words;

use domain::{
    Artifact, ArtifactKind, Field, Fingerprint, IdentityKeys, Multisport, Pointer, Readings, Sport, StartPrecision,
    Value,
};
use serde_json::{Map, Value as Json};

use self::account::Account;
use self::words::{DETAIL, SUMMARY};
use crate::archive::fill;
use crate::file::{self, FileContent, Session};
use crate::{Defect, Mapped, RawActivity, Unreadable};

/// How far a file's session and Garmin's start may lie apart, in seconds: one of both is rounded.
const SAME_START_S: i64 = 1;

/// Reads a record of Garmin Connect.
///
/// # Errors
/// [`Unreadable`] where neither list nor detail says when the activity began and how long it took.
pub fn map_api(raw: &RawActivity) -> Result<Mapped, Unreadable> {
    let mut defects = Vec::new();
    let mut accounts: Vec<Account> = Vec::new();
    for words in [&SUMMARY, &DETAIL] {
        match raw.artifact(words.kind).map(object) {
            Some(Ok(document)) => accounts.push(Account::read(&document, words)),
            Some(Err(problem)) => {
                defects.push(Defect { at: Pointer::new(words.kind, ""), problem: problem.to_owned() });
            }
            None => {}
        }
    }
    let mut accounts = accounts.into_iter();
    let Some(mut told) = accounts.next() else {
        return Err(Unreadable::because(match defects.pop() {
            Some(defect) => defect.problem,
            None => "the record has neither a list's element nor a detail".to_owned(),
        }));
    };
    for more in accounts {
        told.add(more);
    }
    let Account { mut readings, defects: more, source_sport, multisport, serial } = told;
    defects.extend(more);
    laps(raw, &mut readings, &mut defects);
    let unknown = || Unreadable::because("neither list nor detail says when the activity began and how long it took");
    let url = Some(format!("https://connect.garmin.com/modern/activity/{}", raw.external_id));
    let fingerprint = Fingerprint::of(&readings, StartPrecision::Second, serial).ok_or_else(unknown)?;
    let keys = IdentityKeys::default();
    let mut mapped = Mapped { readings, keys, fingerprint, source_sport, url, multisport, defects };
    let proven = add_file(raw, &mut mapped);
    if mapped.source_sport.is_some() && mapped.readings.get(Field::SportType).is_none() {
        let kind = if raw.artifact(SUMMARY.kind).is_some() { &SUMMARY } else { &DETAIL };
        mapped.readings.set(Field::SportType, Value::Sport(Sport::Other), Pointer::new(kind.kind, kind.sport));
    }
    // An edit on Garmin's site cuts the start to the minute. Where a second of 0 is not proven to be the recording's
    // own, the start is known to the minute only.
    let cut = mapped.fingerprint.start.timestamp().rem_euclid(60) == 0;
    let precision = if cut && !proven { StartPrecision::Minute } else { StartPrecision::Second };
    mapped.fingerprint =
        Fingerprint::of(&mapped.readings, precision, mapped.fingerprint.device_serial).ok_or_else(unknown)?;
    Ok(mapped)
}

fn object(artifact: &Artifact) -> Result<Map<String, Json>, &'static str> {
    match serde_json::from_slice(&artifact.bytes) {
        Ok(Json::Object(members)) => Ok(members),
        Ok(_) => Err("the document is no JSON object"),
        Err(_) => Err("the document is no JSON, or cut off"),
    }
}

fn laps(raw: &RawActivity, readings: &mut Readings, defects: &mut Vec<Defect>) {
    let Some(artifact) = raw.artifact(ArtifactKind::Splits) else { return };
    let at = |path: &'static str| Pointer::new(ArtifactKind::Splits, path);
    let laps = object(artifact).map(|document| document.get("lapDTOs").and_then(Json::as_array).map(Vec::len));
    match laps {
        Ok(Some(count @ 1..)) => {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            readings.set_if_absent(Field::Laps, Value::Number(domain::Milli::from_units(count)), at("/lapDTOs"));
        }
        Ok(_) => {}
        Err(problem) => defects.push(Defect { at: at(""), problem: problem.to_owned() }),
    }
}

/// Adds what the answers lack and the original file has; and says whether it proves the start to the second.
fn add_file(raw: &RawActivity, mapped: &mut Mapped) -> bool {
    let Some(artifact) = raw.artifacts.iter().find(|artifact| artifact.kind.is_file()) else { return false };
    let mut defect = |problem: String| mapped.defects.push(Defect { at: Pointer::new(artifact.kind, ""), problem });
    let sessions = match file::read(&artifact.bytes) {
        Ok(FileContent::Activity(sessions)) => sessions,
        Ok(FileContent::NotActivity { what }) => {
            defect(format!("the file holds no activity but {what}"));
            return false;
        }
        Err(unreadable) => {
            defect(unreadable.reason);
            return false;
        }
    };
    let start = mapped.fingerprint.start;
    let apart = |session: &Session| (session.mapped.fingerprint.start - start).num_seconds().abs();
    if mapped.multisport == Some(Multisport::Parent) {
        // Its sessions are the legs': none of them speaks for the whole but of the device and the file.
        let first = sessions.into_iter().next();
        let proven = first.as_ref().is_some_and(|first| apart(first) <= SAME_START_S);
        let Some(Session { mapped: read, .. }) = first else { return proven };
        for field in [Field::Device, Field::OriginalFile] {
            if let Some(reading) = read.readings.get(field) {
                mapped.readings.set_if_absent(field, reading.value.clone(), reading.at.clone());
            }
        }
        mapped.fingerprint.device_serial = mapped.fingerprint.device_serial.or(read.fingerprint.device_serial);
        return proven;
    }
    // A leg's file is the whole's; else the one session is meant, also where an edit moved the start.
    let several = sessions.len() > 1;
    let session = sessions
        .into_iter()
        .filter(|session| {
            !several || apart(session) <= SAME_START_S || raw.session_index == session.index && raw.session_index > 0
        })
        .min_by_key(apart);
    let Some(session) = session else {
        defect("no session of the file begins when the activity does".to_owned());
        return false;
    };
    let proven = apart(&session) <= SAME_START_S;
    let read = session.mapped;
    fill(&mut mapped.readings, &read.readings, true);
    mapped.keys = read.keys;
    mapped.fingerprint.device_serial = mapped.fingerprint.device_serial.or(read.fingerprint.device_serial);
    mapped.defects.extend(read.defects);
    proven
}
