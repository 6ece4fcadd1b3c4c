//! What `datahub export` writes: all that is held, once, as it is held, and nothing of anybody else's.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context, Result};
use domain::{ArtifactId, ArtifactRowId, AthleteId, Decision, Field, PinTo, Value as Said};
use hub::{ActivityFilter, HubError, RecordFilter};
use serde_json::Value;
use tests::house::{House, in_each_house};

use crate::catalogue::Catalogue;
use crate::http::year;

/// A secret that no export may hold.
const SECRET: &str = "kingfisher-9c1d";

/// A zip's entries by name.
fn unzip(path: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(path)?)?;
    let mut entries = BTreeMap::new();
    for number in 0..zip.len() {
        let mut entry = zip.by_index(number)?;
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        let name = entry.name()?.into_owned();
        assert!(entries.insert(name.clone(), bytes).is_none(), "{name} is there twice");
    }
    Ok(entries)
}

fn lines(entries: &BTreeMap<String, Vec<u8>>, name: &str) -> Result<Vec<Value>> {
    let text = std::str::from_utf8(entries.get(name).with_context(|| format!("{name} is in it"))?)?;
    text.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

fn ids(of: &[Value]) -> BTreeSet<String> {
    of.iter().filter_map(|one| one["id"].as_str().map(str::to_owned)).collect()
}

/// Ada's forty days, something decided, an account with its credentials; and Bob, with a ride.
async fn lived_in(house: &House) -> Result<(AthleteId, AthleteId)> {
    let (ada, _) = year(house, 40).await?;
    let bob = house.athlete("Bob").await?;
    let view = house.view([ada]);
    let track = house.folder.path().join("bob.gpx");
    std::fs::write(
        &track,
        "<gpx><trk><name>Bob's own</name><trkseg>\
         <trkpt lat=\"1\" lon=\"2\"><time>2026-03-01T10:00:00Z</time></trkpt>\
         <trkpt lat=\"1.01\" lon=\"2\"><time>2026-03-01T10:10:00Z</time></trkpt></trkseg></trk></gpx>",
    )?;
    house.import(bob, &track).await?;
    let activity = *view
        .activities(&ActivityFilter::default(), Default::default(), &Default::default())
        .await?
        .items
        .first()
        .map(|(_, row)| &row.activity.id)
        .context("an activity")?;
    let pin = Decision::Pin { activity, field: Field::Name, to: PinTo::Value(Said::Text("A-race".to_owned())) };
    house.hub.rule(ada, pin, "ada", "it was one").await?;
    let catalogue = Catalogue::of(house).await?;
    catalogue.account(ada, "Ada's at Strava", SECRET).await?;
    Ok((ada, bob))
}

#[tokio::test]
async fn an_export_is_all_that_is_held_and_says_so_itself() -> Result<()> {
    in_each_house(async |house: House| {
        let (ada, _) = lived_in(&house).await?;
        let out = house.folder.path().join("ada.zip");
        let seen = std::sync::Mutex::new(Vec::new());
        let tell = |now: &hub::ExportProgress| seen.lock().expect("a lock").push((now.done, now.total));
        let report = house.hub.export(ada, &out, &tell, &|| false).await?.context("nobody stopped it")?;
        assert_eq!((report.damaged, report.changed_meanwhile), (0, false));
        assert_eq!(std::fs::metadata(&out)?.len(), report.bytes);
        let seen = seen.into_inner()?;
        assert!(seen.iter().any(|(done, total)| done < total), "{seen:?}");
        assert_eq!(seen.last().map(|(done, total)| done == total), Some(true), "{seen:?}");

        let entries = unzip(&out)?;
        let manifest: Value = serde_json::from_slice(entries.get("manifest.json").context("a manifest")?)?;
        assert_eq!(manifest["athlete"]["id"], ada.to_string());
        let mut named = BTreeSet::from(["manifest.json".to_owned()]);
        for list in manifest["lists"].as_array().context("lists")? {
            let name = list["name"].as_str().context("a name")?;
            let bytes = entries.get(name).with_context(|| format!("{name} is in it"))?;
            assert_eq!(list["sha256"], ArtifactId::of(bytes).to_string(), "{name}");
            assert_eq!(list["bytes"], bytes.len(), "{name}");
            assert_eq!(list["lines"], lines(&entries, name)?.len(), "{name}");
            named.insert(name.to_owned());
        }
        // Every artifact under a name of ours, byte for byte.
        let view = house.view([ada]);
        let artifacts = lines(&entries, "artifacts.jsonl")?;
        let mut total = 0;
        for artifact in &artifacts {
            let file = artifact["file"].as_str().context("a file")?;
            let bytes = entries.get(file).with_context(|| format!("{file} is in it"))?;
            let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '.';
            assert!(file.strip_prefix("artifacts/").is_some_and(|name| name.chars().all(plain)), "{file}");
            assert_eq!(artifact["sha256"], ArtifactId::of(bytes).to_string());
            let id: ArtifactRowId = artifact["id"].as_str().context("an id")?.parse()?;
            assert_eq!(view.bytes(id).await?.context("kept")?.1, *bytes);
            total += bytes.len();
            named.insert(file.to_owned());
        }
        assert_eq!(named, entries.keys().cloned().collect(), "nothing else is in it");
        assert_eq!(manifest["artifacts"]["files"], artifacts.len());
        assert_eq!(manifest["artifacts"]["bytes"], total);
        assert_eq!(report.artifacts, artifacts.len() as u64);

        // As many as the view has, and each points to what is in it.
        let hidden = ActivityFilter { include_hidden: true, ..ActivityFilter::default() };
        let (activities, records) = (lines(&entries, "activities.jsonl")?, lines(&entries, "records.jsonl")?);
        assert_eq!(ids(&activities).len() as u64, view.count_activities(&hidden).await?);
        assert_eq!(ids(&records).len() as u64, view.count_records(&RecordFilter::default()).await?);
        let sums: BTreeSet<&str> = artifacts.iter().filter_map(|one| one["sha256"].as_str()).collect();
        let known = ids(&records);
        for activity in &activities {
            for (field, told) in activity["fields"].as_object().context("fields")? {
                assert!(!told["value"].is_null() && !told["reason"].is_null(), "{field} of {activity}");
                if told["rule"] == "PINNED_VALUE" {
                    assert_eq!((&told["value"], &told["sourceRecord"]), (&"A-race".into(), &Value::Null));
                    continue;
                }
                assert!(told["artifactSha256"].as_str().is_some_and(|sum| sums.contains(sum)), "{field}: {told}");
                assert!(told["sourceRecord"].as_str().is_some_and(|id| known.contains(id)), "{field}: {told}");
            }
        }
        assert!(activities.iter().any(|one| one["fields"]["NAME"]["rule"] == "PINNED_VALUE"));
        assert!(records.iter().all(|one| one["readings"].as_object().is_some_and(|readings| readings.len() > 2)));
        assert_eq!(
            lines(&entries, "decisions.jsonl")?.first().map(|one| one["reason"].clone()),
            Some("it was one".into())
        );
        assert_eq!(
            lines(&entries, "rulings.jsonl")?.first().map(|one| one["says"]["value"].clone()),
            Some("A-race".into())
        );
        assert!(lines(&entries, "history.jsonl")?.len() >= activities.len());
        assert!(lines(&entries, "imports.jsonl")?.len() >= 2);
        assert_eq!(
            lines(&entries, "accounts.jsonl")?.first().map(|one| one["externalAthleteId"].clone()),
            Some("Ada's at Strava".into())
        );

        // Nothing of the credentials, and nothing of Bob's.
        for (name, bytes) in &entries {
            for foreign in [SECRET, "Bob's own"] {
                let found = bytes.windows(foreign.len()).any(|window| window == foreign.as_bytes());
                assert!(!found, "{foreign} stands in {name}");
            }
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_stopped_export_leaves_nothing_and_a_whole_one_is_not_written_over() -> Result<()> {
    in_each_house(async |house: House| {
        let (ada, _) = year(&house, 20).await?;
        let folder = house.folder.path().join("out");
        std::fs::create_dir(&folder)?;
        let out = folder.join("ada.zip");
        let pages = std::sync::atomic::AtomicU32::new(0);
        let third = || pages.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 2;
        assert_eq!(house.hub.export(ada, &out, &|_| {}, &third).await?, None);
        assert_eq!(std::fs::read_dir(&folder)?.count(), 0);

        house.hub.export(ada, &out, &|_| {}, &|| false).await?.context("nobody stopped it")?;
        let before = std::fs::read(&out)?;
        let again = house.hub.export(ada, &out, &|_| {}, &|| false).await;
        assert!(matches!(again, Err(HubError::Conflict(_))), "{again:?}");
        assert_eq!((std::fs::read(&out)?, std::fs::read_dir(&folder)?.count()), (before, 1));
        // The same, written twice, is the same to the byte.
        let twice = folder.join("twice.zip");
        house.hub.export(ada, &twice, &|_| {}, &|| false).await?;
        assert_eq!(std::fs::read(&twice)?, std::fs::read(&out)?);
        let stranger = AthleteId::from_uuid(uuid::Uuid::from_u128(7));
        let nobody = house.hub.export(stranger, &folder.join("x.zip"), &|_| {}, &|| false).await;
        assert!(matches!(nobody, Err(HubError::NotFound(_))), "{nobody:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_is_damaged_in_the_store_is_told_and_costs_nothing_else() -> Result<()> {
    in_each_house(async |house: House| {
        let (ada, _) = year(&house, 20).await?;
        let pack = crate::erase::files(&house.folder.path().join("artifacts"))?
            .into_iter()
            .find(|path| path.to_string_lossy().contains("packs"))
            .context("a pack")?;
        let mut bytes = std::fs::read(&pack)?;
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&pack, bytes)?;
        let out = house.folder.path().join("ada.zip");
        let report = house.hub.export(ada, &out, &|_| {}, &|| false).await?.context("nobody stopped it")?;
        assert_eq!(report.damaged, 1);
        let entries = unzip(&out)?;
        let artifacts = lines(&entries, "artifacts.jsonl")?;
        assert_eq!(artifacts.iter().filter(|one| one["file"].is_null()).count(), 1);
        assert_eq!(artifacts.len() as u64, report.artifacts + 1);
        Ok(())
    })
    .await
}

/// A new table with an athlete in it is either in the export or named here with the reason why not.
#[tokio::test]
async fn no_table_is_forgotten() -> Result<()> {
    const TOLD: [&str; 11] = [
        "account",
        "activity",
        "activity_revision",
        "artifact",
        "decision",
        "import_run",
        "match_evidence",
        "reconciliation_run",
        "review",
        "ruling",
        "settled_candidate",
    ];
    // The records' table by its name, and what is no more than work to be done or a key to a door.
    const BESIDE: [&str; 3] = ["source_record", "job", "invitation"];
    in_each_house(async |house: House| {
        let known: BTreeSet<&str> = TOLD.into_iter().chain(BESIDE).collect();
        for table in Catalogue::of(&house).await?.with("athlete_id") {
            assert!(known.contains(table.as_str()), "{table} holds something of an athlete: export it");
        }
        Ok(())
    })
    .await
}
