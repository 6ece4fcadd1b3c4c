//! Erasing an athlete: afterwards nothing of it is to be found, in any table, in any file, and nobody else misses a byte.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use chrono::Duration;
use domain::{AthleteId, Decision, Field, PinTo, Value as Said};
use hub::{ActivityFilter, ActivityRow, HubError, PageRequest, View};
use serde_json::{Value, json};
use tests::door::Door;
use tests::house::{House, in_each_house};

use crate::catalogue::Catalogue;
use crate::http::year;

/// What nobody writes by accident.
const CANARY: &str = "kingfisher-7f3a91";

const ERASE: &str = "mutation($id: ID!) { eraseAthlete(input: { athleteId: $id, reason: \"asked for\" }) { athleteId \
                     recordsErased artifactsErased } }";

/// Every file below a folder.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}

/// All that a thief of the database would hold: its files on SQLite, a dump of it on PostgreSQL.
async fn loot(house: &House, catalogue: &Catalogue) -> Result<Vec<u8>> {
    let Some(path) = house.database_url.strip_prefix("sqlite://") else {
        return Ok(catalogue.dump().await?.into_bytes());
    };
    let mut loot = Vec::new();
    for ending in ["", "-wal", "-shm", "-journal"] {
        loot.extend(std::fs::read(format!("{path}{ending}")).unwrap_or_default());
    }
    Ok(loot)
}

fn holds(loot: &[u8], needle: &[u8]) -> bool {
    loot.windows(needle.len()).any(|window| window == needle)
}

/// The ways in which an athlete's id can be written.
fn spellings(id: AthleteId) -> Vec<Vec<u8>> {
    let id = id.uuid();
    vec![id.as_bytes().to_vec(), id.simple().to_string().into_bytes(), id.hyphenated().to_string().into_bytes()]
}

async fn all(view: &View) -> Result<Vec<ActivityRow>> {
    let mut request = PageRequest { first: Some(100), ..PageRequest::default() };
    let mut rows = Vec::new();
    loop {
        let page = view.activities(&ActivityFilter::default(), Default::default(), &request).await?;
        request.after = page.items.last().map(|(place, _)| place.clone());
        rows.extend(page.items.into_iter().map(|(_, row)| row));
        if !page.has_next {
            return Ok(rows);
        }
    }
}

/// Every byte that an athlete's records were read from.
async fn bytes(view: &View, rows: &[ActivityRow]) -> Result<usize> {
    let mut total = 0;
    for row in rows {
        for artifacts in view.artifacts_of(&row.activity.members).await?.into_values() {
            for artifact in artifacts {
                total += view.bytes(artifact.id).await?.context("kept")?.1.len();
            }
        }
    }
    Ok(total)
}

#[tokio::test]
async fn nothing_of_an_erased_athlete_is_to_be_found() -> Result<()> {
    in_each_house(async |house: House| {
        let (ada, _) = year(&house, 40).await?;
        // Bob holds the very same bytes, and Ada's track besides tells who she is.
        let bob = house.athlete("Bob").await?;
        for source in ["strava", "garmin"] {
            house.import(bob, &house.folder.path().join(source)).await?;
        }
        let track = house.folder.path().join(format!("{CANARY}.gpx"));
        let points: String = (0..4000)
            .map(|n| {
                format!(
                    "<trkpt lat=\"{}.{n}\" lon=\"2.{}\"><time>2026-03-01T1{}:{:02}:{:02}Z</time></trkpt>",
                    n % 7,
                    n * 7919 % 9973,
                    n / 3600,
                    n / 60 % 60,
                    n % 60
                )
            })
            .collect();
        std::fs::write(&track, format!("<gpx><trk><name>{CANARY}</name><trkseg>{points}</trkseg></trk></gpx>"))?;
        house.import(ada, &track).await?;
        let rows = all(&house.view([ada])).await?;
        let own = rows.iter().find(|row| row.activity.value(Field::Name) == Some(&Said::Text(CANARY.to_owned())));
        let activity = own.context("the track's activity")?.activity.id;
        house.clock.advance(Duration::hours(1));
        let pin =
            Decision::Pin { activity, field: Field::Description, to: PinTo::Value(Said::Text(CANARY.to_owned())) };
        house.hub.rule(ada, pin, CANARY, CANARY).await?;
        let catalogue = Catalogue::of(&house).await?;
        let theirs = all(&house.view([bob])).await?;
        let before = bytes(&house.view([bob]), &theirs).await?;
        let door = Door::of(&house).await?;
        let eraser = door.token("athletes:erase", &[ada]).await?;
        let both = door.token("activities:read", &[ada, bob]).await?;
        let anybody = door.token("activities:read athletes:erase", &[]).await?;
        let stranger = door.token("athletes:erase", &[bob]).await?;
        // What is made up last no hub would open with.
        catalogue.fill(ada, CANARY).await?;

        // What is looked for afterwards is there before.
        let found = loot(&house, &catalogue).await?;
        assert!(holds(&found, CANARY.as_bytes()));
        assert!(spellings(ada).iter().any(|one| holds(&found, one)));
        let tables = catalogue.with("athlete_id");
        for table in &tables {
            assert!(catalogue.count(table, "athlete_id", ada.uuid()).await? > 0, "{table} is empty: nothing is proved");
        }
        let (records, artifacts) = (
            catalogue.count("source_record", "athlete_id", ada.uuid()).await?,
            catalogue.count("artifact", "athlete_id", ada.uuid()).await?,
        );
        let of_bob: BTreeSet<PathBuf> = files(&house.folder.path().join("artifacts"))?
            .into_iter()
            .filter(|path| path.to_string_lossy().contains(&bob.to_string()))
            .collect();

        // Not without the scope, and not by somebody to whom she does not exist.
        let reader = door.answer(&both, ERASE, json!({ "id": ada.to_string() })).await?;
        assert_eq!(reader.pointer("/errors/0/extensions/code"), Some(&json!("FORBIDDEN")));
        let other = door.answer(&stranger, ERASE, json!({ "id": ada.to_string() })).await?;
        assert_eq!(other.pointer("/errors/0/extensions/code"), Some(&json!("NOT_FOUND")));

        let answer = door.ask(&eraser, ERASE, json!({ "id": ada.to_string() })).await?;
        let told = &answer["eraseAthlete"];
        assert_eq!(told["athleteId"], ada.to_string());
        assert_eq!((&told["recordsErased"], &told["artifactsErased"]), (&json!(records), &json!(artifacts)));

        for table in &tables {
            assert_eq!(catalogue.count(table, "athlete_id", ada.uuid()).await?, 0, "{table} was forgotten");
        }
        let found = loot(&house, &catalogue).await?;
        assert!(!holds(&found, CANARY.as_bytes()), "the canary is in the database");
        for spelling in spellings(ada) {
            assert!(!holds(&found, &spelling), "her id is in the database");
        }
        for file in files(&house.folder.path().join("artifacts"))? {
            let ours = of_bob.contains(&file) || file.ends_with("ready");
            assert!(ours, "{} is nobody's", file.display());
        }

        // Everybody else has what they had.
        assert_eq!(all(&house.view([bob])).await?, theirs);
        assert_eq!(bytes(&house.view([bob]), &theirs).await?, before);
        let names = "{ athletes { nodes { displayName } } }";
        let left = door.ask(&both, names, json!({})).await?;
        assert_eq!(left["athletes"]["nodes"], json!([{ "displayName": "Bob" }]));
        let again = door.answer(&anybody, ERASE, json!({ "id": ada.to_string() })).await?;
        assert_eq!(again.pointer("/errors/0/extensions/code"), Some(&json!("NOT_FOUND")), "{again}");
        let tokens = house.hub.tokens().await?;
        let kept: BTreeSet<(&str, bool)> =
            tokens.iter().map(|row| (row.token.athletes.as_str(), row.revoked_at.is_some())).collect();
        let bobs = bob.to_string();
        assert_eq!(kept, BTreeSet::from([("", true), (bobs.as_str(), false), ("*", false)]));
        Ok(())
    })
    .await
}

/// Whoever writes while an athlete is erased either was done before, or finds nobody: in no order is anything left.
#[tokio::test]
async fn an_import_that_meets_an_erasure_leaves_nothing() -> Result<()> {
    in_each_house(async |house: House| {
        let (eve, _) = year(&house, 40).await?;
        for round in 0..4 {
            let ada = house.athlete(&format!("Ada {round}")).await?;
            house.import(ada, &house.folder.path().join("garmin")).await?;
            let path = house.folder.path().join("strava");
            let erase = async {
                // A little later every time.
                for _ in 0..round * 20 {
                    tokio::task::yield_now().await;
                }
                house.hub.erase_athlete(ada).await
            };
            let (imported, erased) = tokio::join!(house.import(ada, &path), erase);
            erased?;
            if let Err(error) = imported {
                let told = error.downcast_ref::<HubError>();
                assert!(matches!(told, Some(HubError::NotFound(_) | HubError::Internal { .. })), "{error:?}");
            }
            let catalogue = Catalogue::of(&house).await?;
            for table in catalogue.with("athlete_id") {
                assert_eq!(catalogue.count(&table, "athlete_id", ada.uuid()).await?, 0, "{table}");
            }
            let left = files(&house.folder.path().join("artifacts"))?;
            assert!(!left.iter().any(|path| path.to_string_lossy().contains(&ada.to_string())), "{left:?}");
        }
        assert!(!all(&house.view([eve])).await?.is_empty());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_reason_is_asked_for() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let door = Door::of(&house).await?;
        let eraser = door.token("athletes:erase", &[ada]).await?;
        let silent: Value =
            door.answer(&eraser, &ERASE.replace("asked for", " "), json!({ "id": ada.to_string() })).await?;
        assert_eq!(silent.pointer("/errors/0/extensions/code"), Some(&json!("BAD_USER_INPUT")), "{silent}");
        assert!(house.view([ada]).athlete(ada).await?.is_some());
        Ok(())
    })
    .await
}
