//! A plan as people and programs read it: what would come, change and go, and why.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use domain::{Activity, Field, Origin, RecordId, Resolved, SourceRecord, Unit, Value};
use reconcile::{Judgement, Plan, explain};
use serde_json::{Value as Json, json};

use crate::cli::print::counted;

/// How many activities of a kind are shown one by one; `--json` shows them all.
const SHOWN: usize = 25;

/// The records of a plan, by id.
pub(super) type Records = HashMap<RecordId, SourceRecord>;

/// Every record that a plan names.
pub(super) fn named(plan: &Plan) -> Vec<RecordId> {
    let activities = plan.create.iter().chain(plan.update.iter().flat_map(|(before, after)| [before, after]));
    let members = activities.flat_map(|activity| activity.members.iter().copied());
    let waiting = plan.candidates.iter().flat_map(|pair| [pair.a, pair.b]);
    members.chain(waiting).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The plan for people.
pub(super) fn text(athlete: &str, plan: &Plan, records: &Records) -> String {
    let mut text = format!(
        "{athlete}: {} to create, {} to update, {} to retire, {} as they should be; {} for a decision.\n",
        plan.create.len(),
        plan.update.len(),
        plan.retire.len(),
        plan.unchanged,
        counted(plan.candidates.len() as u64, "pair of records waits", "pairs of records wait"),
    );
    section(&mut text, "create", plan.create.iter().map(|activity| created(activity, plan, records)));
    let mut update: Vec<&(Activity, Activity)> = plan.update.iter().collect();
    // What joins or leaves comes before what only changes, and new before old.
    update.sort_by_key(|(before, after)| (before.members == after.members, Reverse(start(after))));
    section(&mut text, "update", update.into_iter().map(|(before, after)| updated(before, after, plan, records)));
    section(
        &mut text,
        "retire",
        plan.retire.iter().map(|id| format!("retire  {id}\n        its records all stand in other activities\n")),
    );
    section(&mut text, "decide", plan.candidates.iter().map(|pair| waiting(pair, records)));
    text
}

fn start(activity: &Activity) -> Option<DateTime<Utc>> {
    match activity.value(Field::StartTimeUtc) {
        Some(Value::Instant(start)) => Some(*start),
        _ => None,
    }
}

fn section(text: &mut String, what: &str, entries: impl ExactSizeIterator<Item = String>) {
    let all = entries.len();
    for entry in entries.take(SHOWN) {
        text.push('\n');
        text.push_str(&entry);
    }
    if all > SHOWN {
        let _ = writeln!(text, "\n... and {} more to {what}: --json shows them all.", all - SHOWN);
    }
}

fn created(activity: &Activity, plan: &Plan, records: &Records) -> String {
    let mut text = format!("create  {}\n", headline(activity));
    members(&mut text, activity, records);
    matches(&mut text, activity, plan);
    text
}

fn updated(before: &Activity, after: &Activity, plan: &Plan, records: &Records) -> String {
    let mut text = format!("update  {}\n", headline(after));
    if before.members != after.members {
        members(&mut text, after, records);
        matches(&mut text, after, plan);
    }
    if before.status != after.status {
        let _ = writeln!(text, "        status: {} -> {}", before.status.name(), after.status.name());
    }
    let (same, other): (Vec<Change<'_>>, Vec<Change<'_>>) =
        changes(before, after).into_iter().partition(|change| match (change.before, change.after) {
            (Some(before), Some(after)) => before.value == after.value,
            _ => false,
        });
    for change in other {
        let _ = writeln!(
            text,
            "        {}: {} -> {} ({})",
            change.field.name(),
            shown(change.field, change.before),
            shown(change.field, change.after),
            change.whence(records)
        );
        if let Some(resolved) = change.after {
            let _ = writeln!(text, "          {}", why(change.field, resolved, records));
        }
    }
    // The same values from elsewhere are told in a line.
    let mut moved: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for change in &same {
        moved.entry(change.whence(records)).or_default().push(change.field.name());
    }
    for (whence, fields) in moved {
        let _ = writeln!(text, "        the same value from elsewhere ({whence}): {}", fields.join(", "));
    }
    text
}

fn waiting(pair: &Judgement, records: &Records) -> String {
    format!("decide  {} and {}\n        {}\n", record(pair.a, records), record(pair.b, records), explain::summary(pair))
}

/// Which activity: when it began, what it is, what it is called and where it stands.
fn headline(activity: &Activity) -> String {
    let word = |field| activity.value(field).map(|value| plain(field, value));
    let parts = [word(Field::StartTimeUtc), word(Field::SportType), word(Field::DistanceM), word(Field::Name)];
    let told: Vec<String> = parts.into_iter().flatten().collect();
    format!("{}  {}  {}", activity.id, told.join("  "), activity.status.name())
}

fn members(text: &mut String, activity: &Activity, records: &Records) {
    let told: Vec<String> = activity.members.iter().map(|id| record(*id, records)).collect();
    let _ = writeln!(text, "        of {}", told.join(", "));
}

fn matches(text: &mut String, activity: &Activity, plan: &Plan) {
    for pair in plan.matches.iter().filter(|pair| activity.members.contains(&pair.a)) {
        let _ = writeln!(text, "        {}", explain::summary(pair));
    }
}

fn record(id: RecordId, records: &Records) -> String {
    records.get(&id).map_or_else(
        || id.to_string(),
        |record| format!("{} {} {}", record.source, record.channel.name().to_lowercase(), record.external_id),
    )
}

/// A field that would change.
struct Change<'a> {
    field: Field,
    before: Option<&'a Resolved>,
    after: Option<&'a Resolved>,
}

impl Change<'_> {
    /// From which source to which.
    fn whence(&self, records: &Records) -> String {
        let of = |resolved: Option<&Resolved>| resolved.map(|one| source(one, records));
        match (of(self.before), of(self.after)) {
            (Some(old), Some(new)) if old != new => format!("{old} -> {new}"),
            (_, Some(one)) | (Some(one), None) => one,
            (None, None) => String::new(),
        }
    }
}

/// The fields whose value or origin would change.
fn changes<'a>(before: &'a Activity, after: &'a Activity) -> Vec<Change<'a>> {
    Field::all()
        .map(|field| Change { field, before: before.fields.get(&field), after: after.fields.get(&field) })
        .filter(|change| match (change.before, change.after) {
            (Some(before), Some(after)) => {
                before.value != after.value || before.provenance.origin != after.provenance.origin
            }
            (before, after) => before.is_some() || after.is_some(),
        })
        .collect()
}

fn source(resolved: &Resolved, records: &Records) -> String {
    match &resolved.provenance.origin {
        Origin::Record { record, .. } => {
            records.get(record).map_or_else(|| record.to_string(), |record| record.source.to_string())
        }
        Origin::Ruling(_) => "a person".to_owned(),
        Origin::Derivation => "computed".to_owned(),
    }
}

fn why(field: Field, resolved: &Resolved, records: &Records) -> String {
    let winner = source(resolved, records);
    let others: Vec<&str> = resolved
        .alternatives
        .iter()
        .filter_map(|other| records.get(&other.record))
        .map(|record| record.source.as_str())
        .collect();
    explain::provenance(field, &resolved.provenance, Some(&winner), &others)
}

fn shown(field: Field, resolved: Option<&Resolved>) -> String {
    resolved.map_or_else(|| "nothing".to_owned(), |resolved| plain(field, &resolved.value))
}

/// A value with its unit, in one line; places and tracks are not told, since terminals are shared and logged.
pub(in crate::cli) fn plain(field: Field, value: &Value) -> String {
    match value {
        Value::Text(_) if field == Field::SummaryPolyline => "a track".to_owned(),
        Value::Text(text) => format!("{:?}", text.chars().take(60).collect::<String>()),
        Value::Number(number) => match unit(field) {
            "" => number.to_string(),
            unit => format!("{number} {unit}"),
        },
        Value::Instant(instant) => instant.to_rfc3339_opts(SecondsFormat::Secs, true),
        Value::Sport(sport) => sport.name().to_owned(),
        Value::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Value::Visibility(visibility) => visibility.name().to_owned(),
        Value::Point(_) => "a place".to_owned(),
    }
}

fn unit(field: Field) -> &'static str {
    match field.info().unit {
        Unit::None | Unit::Plain => "",
        Unit::Seconds => "s",
        Unit::Metres => "m",
        Unit::Centimetres => "cm",
        Unit::Milliseconds => "ms",
        Unit::MetresPerSecond => "m/s",
        Unit::BeatsPerMinute => "bpm",
        Unit::Watts => "W",
        Unit::PerMinute => "/min",
        Unit::Kilocalories => "kcal",
        Unit::Celsius => "°C",
    }
}

/// The plan for programs.
pub(super) fn document(plan: &Plan, records: &Records) -> Json {
    let create: Vec<Json> = plan.create.iter().map(|activity| activity_document(activity, plan, records)).collect();
    let update: Vec<Json> = plan
        .update
        .iter()
        .map(|(before, after)| {
            let changes: Vec<Json> = changes(before, after).iter().map(|one| change_document(one, records)).collect();
            let mut document = activity_document(after, plan, records);
            if let Some(document) = document.as_object_mut() {
                document.insert("status_before".to_owned(), json!(before.status.name()));
                document.insert("changes".to_owned(), json!(changes));
            }
            document
        })
        .collect();
    let retire: Vec<String> = plan.retire.iter().map(ToString::to_string).collect();
    let decide: Vec<Json> = plan.candidates.iter().map(|pair| pair_document(pair, records)).collect();
    json!({ "create": create, "update": update, "retire": retire, "unchanged": plan.unchanged, "decide": decide })
}

fn activity_document(activity: &Activity, plan: &Plan, records: &Records) -> Json {
    let told: BTreeMap<&str, Json> = [Field::StartTimeUtc, Field::SportType, Field::DistanceM, Field::Name]
        .into_iter()
        .filter_map(|field| activity.value(field).map(|value| (field.name(), value_document(value))))
        .collect();
    let members: Vec<Json> = activity.members.iter().map(|id| record_document(*id, records)).collect();
    let why: Vec<Json> = plan
        .matches
        .iter()
        .filter(|pair| activity.members.contains(&pair.a))
        .map(|pair| pair_document(pair, records))
        .collect();
    json!({
        "activity": activity.id.to_string(),
        "status": activity.status.name(),
        "fields": told,
        "records": members,
        "matches": why,
    })
}

fn change_document(change: &Change<'_>, records: &Records) -> Json {
    let side = |resolved: Option<&Resolved>| {
        resolved.map(|one| json!({ "value": value_document(&one.value), "source": source(one, records) }))
    };
    json!({
        "field": change.field.name(),
        "before": side(change.before),
        "after": side(change.after),
        "why": change.after.map(|one| why(change.field, one, records)),
    })
}

/// A value in its own JSON type, numbers in their field's unit.
fn value_document(value: &Value) -> Json {
    match value {
        Value::Text(text) => json!(text),
        Value::Number(number) => json!(number.as_f64()),
        Value::Instant(instant) => json!(instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        Value::Sport(sport) => json!(sport.name()),
        Value::Flag(flag) => json!(flag),
        Value::Visibility(visibility) => json!(visibility.name()),
        Value::Point(point) => {
            let (latitude, longitude) = point.degrees();
            json!({ "latitude": latitude, "longitude": longitude })
        }
    }
}

fn pair_document(pair: &Judgement, records: &Records) -> Json {
    json!({
        "a": record_document(pair.a, records),
        "b": record_document(pair.b, records),
        "verdict": pair.verdict.name(),
        "probability": f64::from(pair.probability_ppm) / 1e6,
        "summary": explain::summary(pair),
    })
}

fn record_document(id: RecordId, records: &Records) -> Json {
    match records.get(&id) {
        Some(record) => json!({
            "record": id.to_string(),
            "source": record.source.as_str(),
            "channel": record.channel.name(),
            "external_id": record.external_id.as_str(),
        }),
        None => json!({ "record": id.to_string() }),
    }
}

#[cfg(test)]
mod tests;
