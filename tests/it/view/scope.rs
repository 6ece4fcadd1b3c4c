//! What one athlete's view tells, it tells of that athlete; former ids; and what stands behind an activity.

use std::collections::{BTreeSet, HashSet};

use anyhow::{Context, Result, ensure};
use chrono::Duration;
use domain::{
    ActivityId, ArtifactId, ArtifactRowId, AthleteId, CandidateId, Channel, Decision, ExternalId, Field, ImportRunId,
    PinTo, RecordId, SourceSlug, Status,
};
use hub::{ActivityFilter, ActivityOrder, Athletes, HubError, ImportState, PageRequest, RecordFilter, RecordRow, View};
use tests::house::{House, in_each_house};

use super::{Run, export, told_twice, walk};

/// One of every kind of id.
#[derive(Debug, Clone, Default, PartialEq)]
struct Ids {
    athletes: Vec<AthleteId>,
    activities: Vec<ActivityId>,
    former: Vec<ActivityId>,
    external: Vec<(SourceSlug, ExternalId)>,
    records: Vec<RecordId>,
    artifacts: Vec<ArtifactRowId>,
    candidates: Vec<CandidateId>,
    runs: Vec<ImportRunId>,
}

/// A file that is none, beside one that is: an import with a refusal.
async fn refusal(house: &House, athlete: AthleteId) -> Result<ImportRunId> {
    let folder = house.folder.path().join(format!("files-{athlete}"));
    std::fs::create_dir_all(&folder)?;
    let points: String = (0..60)
        .map(|second| {
            format!(
                "<trkpt lat=\"{:.5}\" lon=\"{:.5}\"><time>2025-02-01T06:00:{second:02}Z</time></trkpt>",
                10.0 + f64::from(second) * 1e-5,
                20.0,
            )
        })
        .collect();
    std::fs::write(
        folder.join("good.gpx"),
        format!(
            "<?xml version=\"1.0\"?><gpx version=\"1.1\" creator=\"test\" xmlns=\"http://www.topografix.com/GPX/1/1\">\
             <trk><type>running</type><trkseg>{points}</trkseg></trk></gpx>"
        ),
    )?;
    let mut damaged = vec![14, 32, 100, 0, 8, 0, 0, 0];
    damaged.extend(b".FIT\0\0 and nothing that follows");
    std::fs::write(folder.join("damaged.fit"), damaged)?;
    let report = house.import(athlete, &folder).await?;
    assert_eq!((report.state, report.records_new, report.refused.len()), (ImportState::Succeeded, 1, 1), "{report:?}");
    Ok(report.run)
}

/// All that a view lists.
async fn everything(view: &View) -> Result<Ids> {
    let hidden = ActivityFilter { include_hidden: true, ..ActivityFilter::default() };
    let activities = walk(view, &hidden, ActivityOrder::default(), 100, false).await?;
    let mut ids = Ids {
        activities: activities.iter().map(|(_, row)| row.activity.id).collect(),
        records: activities.iter().flat_map(|(_, row)| row.activity.members.clone()).collect(),
        ..Ids::default()
    };
    ids.records.sort_unstable();
    let records = view.records_by_id(&ids.records).await?;
    let held = view.artifacts_of(&ids.records).await?;
    let name = |row: &RecordRow| (row.record.source.clone(), row.record.external_id.clone());
    ids.external = ids.records.iter().filter_map(|id| records.get(id)).map(name).take(20).collect();
    ids.artifacts = ids.records.iter().filter_map(|id| held.get(id)).flatten().map(|row| row.id).collect();
    let all = PageRequest { first: Some(100), ..PageRequest::default() };
    ids.candidates = view.candidates(None, &all).await?.items.into_iter().map(|(_, row)| row.id).collect();
    ids.athletes = view.athletes(&all).await?.items.into_iter().map(|(_, row)| row.id).collect();
    Ok(ids)
}

/// How many things each function of a view tells when it is asked for these ids.
async fn told(view: &View, ids: &Ids) -> Result<Vec<(&'static str, usize)>> {
    let mut told = Vec::new();
    told.push(("athletes_by_id", view.athletes_by_id(&ids.athletes).await?.len()));
    let (mut found, mut leads, mut bytes, mut read, mut runs, mut refused, mut by_source) = (0, 0, 0, 0, 0, 0, 0);
    let (mut athletes, mut pairs, mut named) = (0, 0, 0);
    for id in &ids.athletes {
        athletes += usize::from(view.athlete(*id).await?.is_some());
        named += view
            .count_activities(&ActivityFilter { athletes: Some(vec![*id]), ..ActivityFilter::default() })
            .await? as usize;
        named += view.count_records(&RecordFilter { athlete: Some(*id), ..RecordFilter::default() }).await? as usize;
        named += view.count_candidates(Some(*id)).await? as usize;
        named += view.candidates(Some(*id), &PageRequest::default()).await?.items.len();
        let summary = view.summary(Some(*id)).await?;
        named += summary.by_status.len() + summary.open_candidates as usize;
        named += usize::from(summary.oldest_pending_since.is_some());
    }
    told.extend([("athlete", athletes), ("by athlete", named)]);
    for id in &ids.activities {
        found += usize::from(view.activity(*id).await?.is_some());
    }
    for id in &ids.former {
        leads += usize::from(view.activity(*id).await?.is_some());
    }
    for (source, id) in &ids.external {
        by_source += usize::from(view.activity_by_source(source, id).await?.is_some());
    }
    told.extend([("activity", found), ("activity, former", leads), ("activity_by_source", by_source)]);
    told.push(("activities_by_id", view.activities_by_id(&ids.activities).await?.len()));
    told.push(("legs_of", view.legs_of(&ids.activities).await?.len()));
    told.push(("records_of", view.records_of(&ids.activities).await?.len()));
    told.push(("records_by_id", view.records_by_id(&ids.records).await?.len()));
    told.push(("artifacts_of", view.artifacts_of(&ids.records).await?.len()));
    told.push(("artifacts_by_id", view.artifacts_by_id(&ids.artifacts).await?.len()));
    told.push(("stored", view.stored(&ids.artifacts).await?.len()));
    for id in ids.artifacts.iter().take(20) {
        bytes += usize::from(view.bytes(*id).await?.is_some());
        read += usize::from(view.record_of_artifact(*id).await?.is_some());
    }
    told.extend([("bytes", bytes), ("record_of_artifact", read)]);
    told.push(("matches_of", view.matches_of(&ids.activities).await?.len()));
    told.push(("candidates_of", view.candidates_of(&ids.activities).await?.len()));
    told.push(("pins_of", view.pins_of(&ids.activities).await?.len()));
    for id in &ids.candidates {
        pairs += usize::from(view.candidate(*id).await?.is_some());
    }
    for id in &ids.runs {
        runs += usize::from(view.import_run(*id).await?.is_some());
        refused += view.refusals(*id, 100).await?.len();
    }
    told.extend([("candidate", pairs), ("import_run", runs), ("refusals", refused)]);
    Ok(told)
}

/// Merges the first pair that waits, and pins a name on the activity that is left; gives the id that is gone.
async fn merge_and_pin(house: &House, athlete: AthleteId) -> Result<(ActivityId, ActivityId)> {
    let view = house.view([athlete]);
    let waiting = view.candidates(Some(athlete), &PageRequest::default()).await?;
    let pair = &waiting.items.first().context("a pair waits")?.1.judgement;
    let before: BTreeSet<ActivityId> =
        view.records_by_id(&[pair.a, pair.b]).await?.values().filter_map(|row| row.activity).collect();
    ensure!(before.len() == 2, "a pair that waits is two activities");
    let (a, b) = (pair.a, pair.b);
    house.clock.advance(Duration::minutes(1));
    house.hub.rule(athlete, Decision::Same(a, b), "test", "they are one").await?;
    let left = view.records_by_id(&[a]).await?[&a].activity.context("it is held")?;
    let gone = before.into_iter().find(|id| *id != left).context("one is gone")?;
    let pin = Decision::Pin { activity: gone, field: Field::Name, to: PinTo::Source(SourceSlug::GARMIN) };
    house.hub.rule(athlete, pin, "test", "the better name").await?;
    Ok((gone, left))
}

#[tokio::test]
async fn no_function_tells_of_another_athlete() -> Result<()> {
    in_each_house(async |house: House| {
        let (ada, eve) = (house.athlete("Ada").await?, house.athlete("Eve").await?);
        told_twice(&house, ada, 7).await?;
        let run = refusal(&house, ada).await?;
        let (gone, _) = merge_and_pin(&house, ada).await?;
        let own = house.view([ada]);
        let mut ids = everything(&own).await?;
        ids.former.push(gone);
        ids.runs.push(run);
        let refused = own.refusals(run, 100).await?;
        ids.artifacts.extend(refused.iter().filter_map(|(_, artifact)| artifact.as_ref()).map(|row| row.id));
        let alone = told(&own, &ids).await?;
        for (function, count) in &alone {
            assert!(*count > 0, "`{function}` has something to tell");
        }
        let listed = everything(&own).await?;

        let stranger = house.view([eve]);
        for (function, count) in told(&stranger, &ids).await? {
            assert_eq!(count, 0, "`{function}` told a stranger");
        }
        for (function, count) in told(&house.view([]), &ids).await? {
            assert_eq!(count, 0, "`{function}` told nobody in particular");
        }
        // Eve brings the very same in: Ada's answers stay what they were, and Eve's are her own.
        told_twice(&house, eve, 7).await?;
        refusal(&house, eve).await?;
        assert_eq!(told(&own, &ids).await?, alone);
        assert_eq!(everything(&own).await?, listed);
        let hers = everything(&stranger).await?;
        let mine: HashSet<_> = ids.records.iter().collect();
        assert_eq!(hers.records.len(), ids.records.len());
        assert!(hers.records.iter().all(|id| !mine.contains(id)));
        assert_eq!(hers.athletes, [eve]);
        // The ids by which both know the same activity lead each to her own.
        for (source, id) in &ids.external {
            for (view, athlete) in [(&own, ada), (&stranger, eve)] {
                let row = view.activity_by_source(source, id).await?.context("both have it")?;
                assert_eq!(row.activity.athlete, athlete);
            }
        }
        // Whoever may read all, or both, reads both; narrowed to one, only that one.
        let count = async |view: &View, athletes: Option<Vec<AthleteId>>| {
            view.count_activities(&ActivityFilter { athletes, include_hidden: true, ..ActivityFilter::default() }).await
        };
        let (ada_has, eve_has) = (ids.activities.len() as u64, hers.activities.len() as u64);
        for both in [house.hub.view(Athletes::All), house.view([ada, eve])] {
            assert_eq!(count(&both, None).await?, ada_has + eve_has);
            assert_eq!(count(&both, Some(vec![eve])).await?, eve_has);
            assert_eq!(count(&both, Some(vec![ada, eve])).await?, ada_has + eve_has);
            assert_eq!(both.summary(None).await?.by_status.values().sum::<u64>(), ada_has + eve_has);
        }
        assert_eq!(count(&stranger, Some(vec![ada, eve])).await?, eve_has);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_id_once_shown_leads_to_where_its_record_went() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        told_twice(&house, ada, 7).await?;
        let (gone, left) = merge_and_pin(&house, ada).await?;
        let view = house.view([ada]);
        assert_eq!(view.activity(gone).await?.context("it leads on")?.activity.id, left);
        assert_eq!(view.activity(left).await?.context("it stands")?.activity.id, left);
        assert!(view.activities_by_id(&[gone]).await?.is_empty(), "today's ids only");
        // The pin was said of the id that is gone, and is found on the one that is left.
        let pins = view.pins_of(&[left, gone]).await?;
        let (field, ruling) = pins.get(&left).and_then(|pins| pins.first()).context("the pin is there")?;
        assert_eq!((*field, ruling.reason.as_str(), pins.len()), (Field::Name, "the better name", 1));
        // An id that no record founds leads nowhere; nor does one whose record is not reconciled yet.
        let never =
            ActivityId::founded_by(RecordId::of(ada, &SourceSlug::FILE, Channel::Upload, &ExternalId::new("-")));
        assert!(view.activity(never).await?.is_none());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn loaders_tell_what_stands_behind_each_activity() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        told_twice(&house, ada, 7).await?;
        let run = refusal(&house, ada).await?;
        let view = house.view([ada]);
        let ids = everything(&view).await?;
        let rows = view.activities_by_id(&ids.activities).await?;
        let records = view.records_of(&ids.activities).await?;
        let matches = view.matches_of(&ids.activities).await?;
        let candidates = view.candidates_of(&ids.activities).await?;
        let rank = |source: &SourceSlug| house.hub.policy().rank(source);
        for (id, row) in &rows {
            let members: BTreeSet<RecordId> = row.activity.members.iter().copied().collect();
            let own = &records[id];
            assert_eq!(own.iter().map(|row| row.record.id).collect::<BTreeSet<_>>(), members);
            assert!(own.iter().map(|row| rank(&row.record.source)).is_sorted(), "the leading source first");
            let pairs: Vec<(RecordId, RecordId)> =
                matches.get(id).into_iter().flatten().map(|one| (one.a, one.b)).collect();
            assert_eq!(pairs.len(), members.len() * (members.len() - 1) / 2, "every pair of {id}");
            assert!(pairs.iter().all(|(a, b)| a < b && members.contains(a) && members.contains(b)));
            let waits = candidates.get(id).into_iter().flatten();
            for candidate in waits.clone() {
                let pair = [candidate.judgement.a, candidate.judgement.b];
                assert!(pair.iter().any(|record| members.contains(record)));
                assert_eq!(candidate.id, CandidateId::of(pair[0], pair[1]));
            }
            assert_eq!(row.activity.status == Status::NeedsReview, waits.count() > 0, "{id}");
        }
        // A pair between two activities is told at both.
        let told: usize = candidates.values().map(Vec::len).sum();
        assert_eq!(told as u64, 2 * view.count_candidates(None).await?);
        assert!(told > 0);
        let legs = view.legs_of(&ids.activities).await?;
        for (parent, legs) in &legs {
            assert!(legs.iter().all(|leg| leg.activity.parent == Some(*parent)));
        }
        assert!(legs.values().any(|legs| legs.len() > 2), "the triathlon has its legs: {:?}", legs.len());

        let artifacts = view.artifacts_of(&ids.records).await?;
        let all = view.records_by_id(&ids.records).await?;
        for (record, held) in &artifacts {
            let expected: Vec<ArtifactId> = all[record].record.artifacts.values().copied().collect();
            assert_eq!(held.iter().map(|row| row.sha256).collect::<Vec<_>>(), expected, "by kind");
        }
        for id in ids.artifacts.iter().take(10) {
            let (row, bytes) = view.bytes(*id).await?.context("the bytes are there")?;
            assert_eq!((ArtifactId::of(&bytes), bytes.len() as i64), (row.sha256, row.size_bytes));
            let record = view.record_of_artifact(*id).await?.context("a record was read from it")?;
            assert!(record.record.artifacts.values().any(|one| *one == row.sha256));
        }
        let refused = view.refusals(run, 10).await?;
        let (refusal, kept) = refused.first().context("one was refused")?;
        let kept = kept.as_ref().context("its bytes were kept")?;
        assert_eq!((refusal.entry.as_str(), refusal.artifact), ("damaged.fit", Some(kept.sha256)));
        assert!(view.record_of_artifact(kept.id).await?.is_none(), "it was only kept");
        assert!(view.bytes(kept.id).await?.is_some());
        let row = view.import_run(run).await?.context("the run is there")?;
        assert_eq!((row.state, row.records_new), (ImportState::Succeeded, 1));

        let summary = view.summary(Some(ada)).await?;
        for status in Status::ALL {
            let count = rows.values().filter(|row| row.activity.status == status).count() as u64;
            assert_eq!(summary.by_status.get(&status).copied().unwrap_or(0), count, "{status:?}");
        }
        let pending = rows.values().filter(|row| row.activity.status == Status::Pending);
        assert_eq!(summary.oldest_pending_since, pending.map(|row| row.created_at).min());
        assert_eq!(summary.open_candidates, view.count_candidates(Some(ada)).await?);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn more_ids_than_one_statement_binds_are_all_answered() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let start = "2025-03-01T06:00:00Z";
        let runs: Vec<Run> = (1..=1200).map(|id| Run { id, name: "Run", start, seconds: 60, metres: None }).collect();
        house.import(ada, &export(&house, "many", &runs)?).await?;
        let view = house.view([ada]);
        let ids = everything(&view).await?;
        assert_eq!(ids.activities.len(), 1200);
        // Each twice, and as many that are not there.
        let unknown = (0..1200).map(|number| {
            ActivityId::founded_by(RecordId::of(
                ada,
                &SourceSlug::FILE,
                Channel::Upload,
                &ExternalId::new(number.to_string()),
            ))
        });
        let asked: Vec<ActivityId> = ids.activities.iter().chain(&ids.activities).copied().chain(unknown).collect();
        assert_eq!(view.activities_by_id(&asked).await?.len(), 1200);
        assert_eq!(view.records_of(&asked).await?.len(), 1200);
        assert_eq!(view.records_by_id(&ids.records).await?.len(), 1200);
        assert!(view.activities_by_id(&[]).await?.is_empty());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn damaged_bytes_are_an_error_and_never_an_answer() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let run = refusal(&house, ada).await?;
        let view = house.view([ada]);
        let kept = view.refusals(run, 1).await?[0].1.clone().context("its bytes were kept")?;
        for entry in walk_files(&house.folder.path().join("artifacts"))? {
            let mut bytes = std::fs::read(&entry)?;
            bytes.iter_mut().for_each(|byte| *byte ^= 1);
            std::fs::write(&entry, bytes)?;
        }
        let error = view.bytes(kept.id).await.expect_err("the bytes are damaged");
        assert!(
            matches!(&error, HubError::Internal { .. }) && error.to_string().contains(&kept.sha256.to_string()),
            "{error}"
        );
        Ok(())
    })
    .await
}

fn walk_files(folder: &std::path::Path) -> Result<Vec<std::path::PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { files.extend(walk_files(&path)?) } else { files.push(path) }
    }
    Ok(files)
}
