//! The records that can influence what becomes of some: loaded by time and by identity keys, until nothing is missing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{ActivityId, AthleteId, Decision, Lineage, Multisport, RecordId, Ruling, SourceRecord};
use entity::source_record::{Column, Model};
use reconcile::Policy;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait};

use crate::store::{database_error, record};
use crate::{Hub, HubError};

/// Records and the activities that hold them today.
pub(super) type Loaded = BTreeMap<RecordId, (SourceRecord, Option<ActivityId>)>;

const MICROS: i64 = 1_000_000;

/// Values in one list of a statement.
const LISTED: usize = 5_000;

impl Hub {
    /// The neighbourhood of the records touched, closed: reconciling it alone gives what reconciling all would. Gives also
    /// how many rows were read to find it, those that proved to be no neighbours included.
    pub(super) async fn neighbourhood(
        &self,
        connection: &impl ConnectionTrait,
        athlete: AthleteId,
        touched: &[RecordId],
        rulings: &[Ruling],
        policy: &Policy,
    ) -> Result<(Loaded, u64), HubError> {
        let bound = partners(rulings);
        let mut inside: BTreeSet<RecordId> = touched.iter().copied().collect();
        let mut expanded: BTreeSet<RecordId> = BTreeSet::new();
        let mut loaded: Loaded = Loaded::new();
        let mut read = 0;
        loop {
            let frontier: Vec<RecordId> = inside.difference(&expanded).copied().collect();
            if frontier.is_empty() {
                break;
            }
            let unread: Vec<RecordId> = frontier.iter().filter(|id| !loaded.contains_key(id)).copied().collect();
            read += take(&mut loaded, athlete, record::by_id(connection, &unread).await?)?;
            for condition in around(&loaded, &frontier, athlete) {
                let rows = record::find(connection, condition).await.map_err(database_error("read neighbours"))?;
                read += take(&mut loaded, athlete, rows)?;
            }
            expanded.extend(frontier.iter().copied());
            // Whom a person bound to one inside, and whoever shares an activity with one inside, is inside as well.
            inside.extend(frontier.iter().flat_map(|id| bound.get(id).into_iter().flatten().copied()));
            let activities: BTreeSet<ActivityId> =
                inside.iter().filter_map(|id| loaded.get(id)).filter_map(|(_, activity)| *activity).collect();
            inside.extend(
                loaded
                    .iter()
                    .filter(|(_, (_, activity))| activity.is_some_and(|activity| activities.contains(&activity)))
                    .map(|(id, _)| *id),
            );
            let records: Vec<SourceRecord> = loaded.values().map(|(record, _)| record.clone()).collect();
            let places: Vec<usize> = records
                .iter()
                .enumerate()
                .filter(|(_, record)| inside.contains(&record.id))
                .map(|(place, _)| place)
                .collect();
            let near = reconcile::neighbourhood(&records, &places, policy);
            inside.extend(near.into_iter().filter_map(|place| records.get(place)).map(|record| record.id));
            // A ruling can name a record that was erased since.
            inside.retain(|id| loaded.contains_key(id) || !expanded.contains(id));
        }
        loaded.retain(|id, _| inside.contains(id));
        Ok((loaded, read))
    }
}

/// Who is bound to whom by a person's "same".
fn partners(rulings: &[Ruling]) -> HashMap<RecordId, Vec<RecordId>> {
    let mut bound: HashMap<RecordId, Vec<RecordId>> = HashMap::new();
    for ruling in rulings {
        if let Decision::Same(a, b) | Decision::Different(a, b) = ruling.decision {
            bound.entry(a).or_default().push(b);
            bound.entry(b).or_default().push(a);
        }
    }
    bound
}

/// Keeps what is not known yet; gives how many rows there were.
fn take(loaded: &mut Loaded, athlete: AthleteId, rows: Vec<Model>) -> Result<u64, HubError> {
    let read = rows.len() as u64;
    for row in rows {
        if row.athlete_id == athlete.uuid() && !row.is_held && !loaded.contains_key(&RecordId::from_uuid(row.id)) {
            let (record, activity) = record::from_row(row)?;
            loaded.insert(record.id, (record, activity));
        }
    }
    Ok(read)
}

/// Where to look around these records, a condition a statement.
fn around(loaded: &Loaded, frontier: &[RecordId], athlete: AthleteId) -> Vec<Condition> {
    let mine = || Condition::all().add(Column::AthleteId.eq(athlete.uuid()));
    let members: Vec<&(SourceRecord, Option<ActivityId>)> = frontier.iter().filter_map(|id| loaded.get(id)).collect();
    let mut conditions = Vec::new();
    for part in windows(&members).chunks(100) {
        let mut any = Condition::any();
        for (from, until) in part {
            any = any.add(
                Condition::all()
                    .add(Column::SpansFrom.between(from.saturating_sub(record::WIDE), *until))
                    .add(Column::SpansUntil.gte(*from)),
            );
        }
        conditions.push(mine().add(any));
    }
    conditions.push(mine().add(Expr::cust("is_wide")));
    // By key and without the athlete: a key is shared by few, and SQLite would rather walk all of an athlete's records
    // than look up many keys. What is another athlete's is left out when it is taken.
    listed(&mut conditions, members.iter().filter_map(|one| one.1.map(ActivityId::uuid)), |ids| {
        Condition::all().add(Column::ActivityId.is_in(ids))
    });
    listed(
        &mut conditions,
        members.iter().filter_map(|one| one.0.keys.file).map(|file| file.as_bytes().to_vec()),
        |files| Condition::all().add(Column::FileSha256.is_in(files)),
    );
    let fit = members.iter().flat_map(|one| (-1..=1).filter_map(|apart| record::fit_key(&one.0, apart)));
    listed(&mut conditions, fit, |keys| Condition::all().add(Column::FitKey.is_in(keys)));
    // Who names one of these.
    let named = members.iter().filter_map(|(record, _)| {
        record::lineage_key(&Lineage { source: record.source.clone(), external_id: Some(record.external_id.clone()) })
    });
    listed(&mut conditions, named, |keys| Condition::all().add(Column::LineageKey.is_in(keys)));
    let wholes = members.iter().filter(|one| one.0.multisport == Some(Multisport::Parent));
    listed(&mut conditions, wholes.map(|one| one.0.external_id.to_string()), |ids| {
        Condition::all().add(Column::ParentExternalId.is_in(ids))
    });
    // The same id by another channel, whom these name, and the wholes of legs.
    let mut by_source: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (record, _) in &members {
        let mut look = |source: &domain::SourceSlug, id: &domain::ExternalId| {
            by_source.entry(source.to_string()).or_default().insert(id.to_string());
        };
        if record.source.is_recorder() {
            look(&record.source, &record.external_id);
        }
        if let Some(Lineage { source, external_id: Some(id) }) = &record.keys.lineage {
            look(source, id);
        }
        if let Some(Multisport::Leg { parent }) = &record.multisport {
            look(&record.source, parent);
        }
    }
    for (source, ids) in by_source {
        listed(&mut conditions, ids.into_iter(), |ids| {
            Condition::all().add(Column::Source.eq(source.as_str())).add(Column::ExternalId.is_in(ids))
        });
    }
    conditions
}

/// A condition for each list that is short enough.
fn listed<T: Ord>(
    conditions: &mut Vec<Condition>,
    values: impl Iterator<Item = T>,
    condition: impl Fn(Vec<T>) -> Condition,
) {
    let mut all: BTreeSet<T> = values.collect();
    while !all.is_empty() {
        let part: Vec<T> = std::iter::from_fn(|| all.pop_first()).take(LISTED).collect();
        conditions.push(condition(part));
    }
}

/// The stretches of time, in microseconds, in which neighbours of these can lie, joined where they overlap.
fn windows(members: &[&(SourceRecord, Option<ActivityId>)]) -> Vec<(i64, i64)> {
    let reach = reconcile::REACH_S * MICROS;
    let mut all: Vec<(i64, i64)> = members
        .iter()
        .flat_map(|one| one.0.fingerprints.iter().map(domain::Fingerprint::span))
        .map(|span| (span.start.timestamp_micros() - reach, span.end.timestamp_micros() + reach))
        .collect();
    all.sort_unstable();
    let mut joined: Vec<(i64, i64)> = Vec::new();
    for (from, until) in all {
        match joined.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(until),
            _ => joined.push((from, until)),
        }
    }
    joined
}
