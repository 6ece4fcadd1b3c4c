//! Source records.

use std::collections::BTreeMap;

use domain::{
    ActivityId, ArtifactKind, AthleteId, Channel, ExternalId, IdentityKeys, Lineage, Multisport, Readings, RecordId,
    SourceRecord, SourceSlug, Withdrawal,
};
use entity::source_record::{Column, Entity, Model};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Value};
use uuid::Uuid;

use super::{bulk, codec, database_error, instant, micros};
use crate::HubError;

/// Ids in one `IN` list: below what either database binds.
const IDS: usize = 10_000;

/// The record that a row tells of, and the activity that holds it.
pub(crate) fn from_row(row: Model) -> Result<(SourceRecord, Option<ActivityId>), HubError> {
    let bad = |cause: String| codec::unreadable("read a source record", row.id, cause);
    let mut record = SourceRecord {
        id: RecordId::from_uuid(row.id),
        athlete: AthleteId::from_uuid(row.athlete_id),
        source: SourceSlug::parse(&row.source).map_err(|error| bad(error.to_string()))?,
        channel: Channel::from_name(&row.channel).ok_or_else(|| bad("an unknown channel".to_owned()))?,
        external_id: ExternalId::new(row.external_id.clone()),
        url: None,
        artifacts: BTreeMap::new(),
        first_seen_at: instant(row.first_seen_at),
        fetched_at: instant(row.fetched_at),
        revision: row.revision,
        readings: Readings::new(),
        source_sport: None,
        keys: IdentityKeys::default(),
        fingerprints: Vec::new(),
        multisport: None,
        withdrawn: None,
    };
    let reason = codec::read_record(&row.document, &mut record).map_err(bad)?;
    record.withdrawn = row.withdrawn_at.zip(reason).map(|(at, reason)| Withdrawal { at: instant(at), reason });
    Ok((record, row.activity_id.map(ActivityId::from_uuid)))
}

const COLUMNS: [&str; 22] = [
    "id",
    "athlete_id",
    "source",
    "channel",
    "external_id",
    "first_seen_at",
    "fetched_at",
    "revision",
    "spans_from",
    "spans_until",
    "is_wide",
    "digest",
    "waits",
    "activity_id",
    "founds",
    "artifact_kinds",
    "file_sha256",
    "fit_key",
    "lineage_key",
    "parent_external_id",
    "withdrawn_at",
    "document",
];

/// A record that spans more than this, in microseconds, is looked at whenever any of its athlete's is: a wrong clock
/// that was edited, a recording left running. They are few.
pub(crate) const WIDE: i64 = 2 * 86_400 * 1_000_000;

/// The earliest start and the latest end that a record ever told, in microseconds.
pub(crate) fn span(record: &SourceRecord) -> (i64, i64) {
    let spans = || record.fingerprints.iter().map(domain::Fingerprint::span);
    let seen = micros(record.first_seen_at);
    (
        spans().map(|span| micros(span.start)).min().unwrap_or(seen),
        spans().map(|span| micros(span.end)).max().unwrap_or(seen),
    )
}

/// What a record's FIT file says of its making, as a key. Copies of one recording tell session starts up to two seconds
/// apart: whoever looks for them looks under the neighbouring keys as well (`apart` of -1 and 1).
pub(crate) fn fit_key(record: &SourceRecord, apart: i64) -> Option<String> {
    let key = |fit: domain::FitIdentity| {
        format!("{}/{}/{}", fit.manufacturer, fit.serial, fit.session_start.div_euclid(4) + apart)
    };
    record.keys.fit.map(key)
}

/// The record that one claims to be a copy of.
pub(crate) fn lineage_key(lineage: &Lineage) -> Option<String> {
    lineage.external_id.as_ref().map(|id| format!("{}/{id}", lineage.source))
}

/// One bit an artifact kind.
pub(crate) const fn kind_bit(kind: ArtifactKind) -> i32 {
    1 << kind as i32
}

/// Writes records whole; each waits for the engine from now on. `digests` stand beside them.
pub(crate) async fn upsert(
    connection: &impl ConnectionTrait,
    records: &[(SourceRecord, Option<ActivityId>, Vec<u8>)],
) -> Result<u64, DbErr> {
    let rows = records
        .iter()
        .map(|(record, activity, digest)| {
            let (from, until) = span(record);
            let kinds = record.artifacts.keys().fold(0, |bits, kind| bits | kind_bit(*kind));
            let parent = match &record.multisport {
                Some(Multisport::Leg { parent }) => Some(parent.to_string()),
                _ => None,
            };
            vec![
                Value::from(record.id.uuid()),
                Value::from(record.athlete.uuid()),
                Value::from(record.source.as_str()),
                Value::from(record.channel.name()),
                Value::from(record.external_id.as_str()),
                Value::from(micros(record.first_seen_at)),
                Value::from(micros(record.fetched_at)),
                Value::from(record.revision),
                Value::from(from),
                Value::from(until),
                Value::from(until - from > WIDE),
                Value::from(digest.clone()),
                Value::from(true),
                Value::from(activity.map(ActivityId::uuid)),
                Value::from(ActivityId::founded_by(record.id).uuid()),
                Value::from(kinds),
                Value::from(record.keys.file.map(|file| file.as_bytes().to_vec())),
                Value::from(fit_key(record, 0)),
                Value::from(record.keys.lineage.as_ref().and_then(lineage_key)),
                Value::from(parent),
                Value::from(record.withdrawn.map(|withdrawal| micros(withdrawal.at))),
                Value::from(codec::record_document(record)),
            ]
        })
        .collect();
    bulk::insert(connection, "source_record", &COLUMNS, rows, &bulk::replace("id", &COLUMNS)).await
}

/// The digests of the records of these ids that are there.
pub(crate) async fn digests(
    connection: &impl ConnectionTrait,
    ids: &[RecordId],
) -> Result<std::collections::HashMap<RecordId, Vec<u8>>, DbErr> {
    let mut found = std::collections::HashMap::with_capacity(ids.len());
    for ids in ids.chunks(IDS) {
        let rows: Vec<(Uuid, Vec<u8>)> = Entity::find()
            .select_only()
            .columns([Column::Id, Column::Digest])
            .filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())))
            .into_tuple()
            .all(connection)
            .await?;
        found.extend(rows.into_iter().map(|(id, digest)| (RecordId::from_uuid(id), digest)));
    }
    Ok(found)
}

/// The rows that pass a condition, by their earliest start and id.
pub(crate) async fn find(connection: &impl ConnectionTrait, condition: Condition) -> Result<Vec<Model>, DbErr> {
    use sea_orm::QueryOrder;
    Entity::find().filter(condition).order_by_asc(Column::SpansFrom).order_by_asc(Column::Id).all(connection).await
}

/// All of an athlete's records.
pub(crate) async fn of_athlete(connection: &impl ConnectionTrait, athlete: AthleteId) -> Result<Vec<Model>, HubError> {
    let condition = Condition::all().add(Column::AthleteId.eq(athlete.uuid()));
    find(connection, condition).await.map_err(database_error("list an athlete's records"))
}

/// How many records an athlete has.
pub(crate) async fn count_of(connection: &impl ConnectionTrait, athlete: AthleteId) -> Result<u64, DbErr> {
    use sea_orm::PaginatorTrait as _;
    Entity::find().filter(Column::AthleteId.eq(athlete.uuid())).count(connection).await
}

/// How many records an athlete has by a channel of a source.
pub(crate) async fn count_of_channel(
    connection: &impl ConnectionTrait,
    athlete: AthleteId,
    source: &SourceSlug,
    channel: Channel,
) -> Result<u64, DbErr> {
    use sea_orm::PaginatorTrait as _;
    let own = Entity::find().filter(Column::AthleteId.eq(athlete.uuid()));
    own.filter(by_channel(source, channel)).count(connection).await
}

/// Marks these records as waiting for the engine.
pub(crate) async fn wait_for(connection: &impl ConnectionTrait, ids: &[RecordId]) -> Result<(), DbErr> {
    for ids in ids.chunks(IDS) {
        Entity::update_many()
            .col_expr(Column::Waits, Expr::value(true))
            .filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())))
            .exec(connection)
            .await?;
    }
    Ok(())
}

/// Keeps these records from the engine.
pub(crate) async fn hold(connection: &impl ConnectionTrait, ids: &[RecordId]) -> Result<(), DbErr> {
    for ids in ids.chunks(IDS) {
        Entity::update_many()
            .col_expr(Column::IsHeld, Expr::value(true))
            .filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())))
            .exec(connection)
            .await?;
    }
    Ok(())
}

/// What came by a channel of a source.
fn by_channel(source: &SourceSlug, channel: Channel) -> Condition {
    Condition::all().add(Column::Source.eq(source.as_str())).add(Column::Channel.eq(channel.name()))
}

/// What is only kept of a channel. Bare, so that both databases see that the partial index on it serves.
fn held(source: &SourceSlug, channel: Channel) -> Condition {
    by_channel(source, channel).add(Expr::cust("is_held"))
}

/// Whose records of a channel are only kept.
pub(crate) async fn holders(
    connection: &impl ConnectionTrait,
    source: &SourceSlug,
    channel: Channel,
) -> Result<Vec<AthleteId>, DbErr> {
    let whose = Entity::find().select_only().column(Column::AthleteId).distinct();
    let athletes: Vec<Uuid> = whose.filter(held(source, channel)).into_tuple().all(connection).await?;
    Ok(athletes.into_iter().map(AthleteId::from_uuid).collect())
}

/// Gives what was kept of a channel to the engine.
pub(crate) async fn release(
    connection: &impl ConnectionTrait,
    source: &SourceSlug,
    channel: Channel,
) -> Result<(), DbErr> {
    let update = Entity::update_many().col_expr(Column::IsHeld, Expr::value(false)).filter(held(source, channel));
    update.exec(connection).await.map(drop)
}

/// An athlete's records of one channel of a source.
pub(crate) async fn of_channel(
    connection: &impl ConnectionTrait,
    athlete: AthleteId,
    source: &SourceSlug,
    channel: Channel,
) -> Result<Vec<Model>, HubError> {
    let condition = by_channel(source, channel).add(Column::AthleteId.eq(athlete.uuid()));
    find(connection, condition).await.map_err(database_error("list a channel's records"))
}

/// The records of these ids, by their earliest start and id.
pub(crate) async fn by_id(connection: &impl ConnectionTrait, ids: &[RecordId]) -> Result<Vec<Model>, HubError> {
    let mut rows = Vec::with_capacity(ids.len());
    for ids in ids.chunks(IDS) {
        let condition = Condition::all().add(Column::Id.is_in(ids.iter().map(|id| id.uuid())));
        rows.extend(find(connection, condition).await.map_err(database_error("read source records"))?);
    }
    Ok(rows)
}

/// Says which activity holds these records, and that they wait no longer.
pub(crate) async fn settle(connection: &impl ConnectionTrait, held: &[(RecordId, ActivityId)]) -> Result<(), DbErr> {
    // One statement for many: the pairs stand in a list of values that both databases can join.
    for pairs in held.chunks(5_000) {
        let mut text = "WITH held (record, activity) AS (VALUES ".to_owned();
        let mut values: Vec<Value> = Vec::with_capacity(pairs.len() * 2);
        let postgres = connection.get_database_backend() == sea_orm::DbBackend::Postgres;
        for (place, (record, activity)) in pairs.iter().enumerate() {
            let number = place * 2 + 1;
            let cast = if postgres { "::uuid" } else { "" };
            text.push_str(if place == 0 { "(" } else { ", (" });
            let (first, second) = (bulk::place(connection, number), bulk::place(connection, number + 1));
            text.push_str(&format!("{first}{cast}, {second}{cast})"));
            values.push(Value::from(record.uuid()));
            values.push(Value::from(activity.uuid()));
        }
        text.push_str(
            ") UPDATE source_record SET waits = FALSE, activity_id = held.activity FROM held \
             WHERE source_record.id = held.record",
        );
        let statement = sea_orm::Statement::from_sql_and_values(connection.get_database_backend(), text, values);
        connection.execute_raw(statement).await?;
    }
    Ok(())
}
