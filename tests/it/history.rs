//! What became of an activity, told at the door: history, snapshots, the change feed, decisions and their undoing.

use anyhow::{Context, Result};
use domain::AthleteId;
use serde_json::{Value, json};
use tests::door::Door;
use tests::house::{House, in_each_house};

use crate::http::year;

const WORD: &str = "activities:read reconciliation:write";

/// A door in front of forty days of both sources.
async fn forty_days(house: &House) -> Result<(Door, AthleteId, String)> {
    let (ada, _) = year(house, 40).await?;
    let door = Door::of(house).await?;
    let token = door.token(WORD, &[ada]).await?;
    Ok((door, ada, token))
}

/// The first activities of that status, whole enough to compare.
async fn standing(door: &Door, token: &str) -> Result<Value> {
    let query = "{ activities(first: 100, filter: { includeHidden: true }) { nodes { id status revision name sportType \
                 startTimeUtc distanceM sourceRecords { id } provenance { field value rule source { slug } } } } }";
    let mut data = door.ask(token, query, json!({})).await?;
    // An undone deed leaves its traces in the history: numbers grow, what stands is as it was.
    for one in data["activities"]["nodes"].as_array_mut().context("activities")? {
        one["revision"] = Value::Null;
    }
    Ok(data)
}

async fn one(door: &Door, token: &str, status: &str) -> Result<String> {
    let query = format!("{{ activities(first: 1, filter: {{ statuses: [{status}] }}) {{ nodes {{ id }} }} }}");
    let data = door.ask(token, &query, json!({})).await?;
    let id = data.pointer("/activities/nodes/0/id").and_then(Value::as_str);
    id.map(str::to_owned).with_context(|| format!("no activity is {status}"))
}

#[tokio::test]
async fn a_pin_stands_in_the_history_and_is_undone() -> Result<()> {
    in_each_house(async |house: House| {
        let (door, _, token) = forty_days(&house).await?;
        let id = one(&door, &token, "MATCHED").await?;
        let before = standing(&door, &token).await?;
        house.clock.advance(chrono::Duration::hours(1));
        let pin = "mutation($id: ID!) { pinField(input: { activityId: $id, field: NAME, value: \"A-race\", reason: \
                   \"It was one.\" }) { activity { name } } }";
        door.ask(&token, pin, json!({ "id": id })).await?;
        let query = "query($id: ID!, $then: DateTime!) { activity(id: $id) { name history(first: 2) { nodes { id revision \
                     cause actor reason undoable changes { field before after } } pageInfo { hasNextPage endCursor } } \
                     asOf(time: $then) { revision fields { field value source { slug } } } } }";
        let now = domain::Clock::now(&*house.clock);
        let then = (now - chrono::Duration::minutes(1)).to_rfc3339();
        let data = door.ask(&token, query, json!({ "id": id, "then": then })).await?;
        let last = &data["activity"]["history"]["nodes"][0];
        assert_eq!(data["activity"]["name"], "A-race");
        assert_eq!((&last["cause"], &last["actor"], &last["reason"]), (&json!("PINNED"), &json!("tests"), &json!("It was one.")));
        assert_eq!(last["undoable"], true, "{last}");
        assert_eq!(last["changes"].as_array().map(Vec::len), Some(1), "{last}");
        assert_eq!(last["changes"][0]["after"], "A-race");
        assert_eq!(data["activity"]["history"]["nodes"][1]["undoable"], false);
        let snapshot = data["activity"]["asOf"]["fields"].as_array().context("a snapshot")?;
        let name = snapshot.iter().find(|one| one["field"] == "NAME").context("the name then")?;
        assert_eq!(name["value"], last["changes"][0]["before"]);

        let undo = "mutation($id: ID!) { undo(input: { revisionId: $id, reason: \"No, it was not.\" }) { activities { id } } }";
        let undone = door.ask(&token, undo, json!({ "id": last["id"] })).await?;
        assert_eq!(undone["undo"]["activities"][0]["id"], id.as_str());
        assert_eq!(standing(&door, &token).await?, before);
        // Undone is undone: a second time is a contradiction.
        let again = door.answer(&token, undo, json!({ "id": last["id"] })).await?;
        assert_eq!(again["errors"][0]["extensions"]["code"], "CONFLICT", "{again}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_was_merged_by_hand_comes_apart_again_under_the_same_ids() -> Result<()> {
    in_each_house(async |house: House| {
        let (door, _, token) = forty_days(&house).await?;
        let before = standing(&door, &token).await?;
        let nodes = before["activities"]["nodes"].as_array().context("activities")?;
        let ids: Vec<&str> = nodes
            .iter()
            .filter(|one| one["sourceRecords"].as_array().is_some_and(|records| records.len() == 1))
            .filter_map(|one| one["id"].as_str())
            .take(2)
            .collect();
        let merge = "mutation($ids: [ID!]!) { mergeActivities(input: { activityIds: $ids, reason: \"One ride.\" }) { \
                     activity { id sourceRecords { id } history(first: 1) { nodes { id cause } } } } }";
        let merged = door.ask(&token, merge, json!({ "ids": ids })).await?;
        let activity = &merged["mergeActivities"]["activity"];
        assert_eq!(activity["sourceRecords"].as_array().map(Vec::len), Some(2), "{merged}");
        assert_eq!(activity["history"]["nodes"][0]["cause"], "MERGED_BY_HAND");
        let survivor = activity["id"].as_str().context("an id")?;
        let gone = ids.iter().find(|id| **id != survivor).context("the other")?;
        let lead = "query($id: ID!) { activity(id: $id) { id status mergedInto { id } history(first: 1) { nodes { status } } } }";
        let led = door.ask(&token, lead, json!({ "id": gone })).await?;
        assert_eq!(led["activity"]["status"], "MERGED");
        assert_eq!(led["activity"]["mergedInto"]["id"], survivor);
        assert_eq!(led["activity"]["history"]["nodes"][0]["status"], "MERGED");
        // Said before: nothing is written.
        let feed = "{ changes(first: 100) { nodes { cursor } } }";
        let written = door.ask(&token, feed, json!({})).await?;
        door.ask(&token, merge, json!({ "ids": [survivor, gone] })).await.map(drop).or_else(|error| {
            // One activity by now: naming it twice is no merge.
            if error.to_string().contains("BAD_USER_INPUT") { Ok(()) } else { Err(error) }
        })?;
        assert_eq!(door.ask(&token, feed, json!({})).await?, written);

        let undo = "mutation($id: ID!) { undo(input: { revisionId: $id, reason: \"Two.\" }) { activities { id } } }";
        door.ask(&token, undo, json!({ "id": activity["history"]["nodes"][0]["id"] })).await?;
        assert_eq!(standing(&door, &token).await?, before);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_feed_tells_every_change_once_and_in_order() -> Result<()> {
    in_each_house(async |house: House| {
        let (door, ada, token) = forty_days(&house).await?;
        let query = "query($after: String) { changes(first: 7, after: $after) { nodes { cursor revision cause fields \
                     activity { id } } pageInfo { hasNextPage endCursor } } }";
        let mut after = Value::Null;
        let mut told: std::collections::BTreeMap<String, i64> = std::collections::BTreeMap::new();
        let mut walk = async |after: &mut Value| -> Result<usize> {
            let mut count = 0;
            loop {
                let data = door.ask(&token, query, json!({ "after": after })).await?;
                for one in data["changes"]["nodes"].as_array().context("changes")? {
                    count += 1;
                    let id = one["activity"]["id"].as_str().context("an id")?.to_owned();
                    let revision = one["revision"].as_i64().context("a number")?;
                    let last = told.insert(id.clone(), revision).unwrap_or(0);
                    assert_eq!(revision, last + 1, "{id} was told out of order");
                }
                if let Some(cursor) = data["changes"]["pageInfo"]["endCursor"].as_str() {
                    *after = json!(cursor);
                }
                if data["changes"]["pageInfo"]["hasNextPage"] == json!(false) {
                    return Ok(count);
                }
            }
        };
        assert!(walk(&mut after).await? > 40);
        // Away for a while, and nothing happened; then something did.
        assert_eq!(walk(&mut after).await?, 0);
        let id = one(&door, &token, "MATCHED").await?;
        let pin = "mutation($id: ID!) { pinField(input: { activityId: $id, field: NAME, value: \"X\", reason: \"Y\" }) { \
                   activity { id } } }";
        door.ask(&token, pin, json!({ "id": id })).await?;
        assert_eq!(walk(&mut after).await?, 1);
        // Of another's changes nothing is told, not even that there are some.
        let eve = house.athlete("Eve").await?;
        let stranger = door.token(WORD, &[eve]).await?;
        let data = door.ask(&stranger, query, json!({ "after": null })).await?;
        assert_eq!(data["changes"]["nodes"], json!([]));
        let other = format!("{{ changes(athleteId: \"{ada}\") {{ nodes {{ cursor }} }} }}");
        assert_eq!(door.refusal(&stranger, &other).await?, "NOT_FOUND");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_forced_look_changes_nothing_where_all_stands_as_it_should() -> Result<()> {
    in_each_house(async |house: House| {
        let (door, _, token) = forty_days(&house).await?;
        let id = one(&door, &token, "MATCHED").await?;
        let before = door.ask(&token, "{ changes(first: 100) { nodes { cursor } } }", json!({})).await?;
        let force = "mutation($id: ID!) { reconcileActivity(input: { activityId: $id }) { changed changes { field } activity \
                     { id } } }";
        let forced = door.ask(&token, force, json!({ "id": id })).await?;
        assert_eq!(forced["reconcileActivity"], json!({ "changed": false, "changes": [], "activity": { "id": id } }));
        let start = "mutation { startReconciliation(input: { reason: \"To be sure.\" }) { run { id state requestedBy } } }";
        let started = door.ask(&token, start, json!({})).await?;
        let run = &started["startReconciliation"]["run"];
        assert_eq!((&run["state"], &run["requestedBy"]), (&json!("QUEUED"), &json!("tests")));
        for waiting in door.app.hub.waiting_runs().await? {
            door.app.hub.run_reconciliation(waiting, &|_| {}, &|| false).await?;
        }
        let told = "query($id: ID!) { reconciliationRun(id: $id) { state recordsTotal recordsDone activitiesChanged merges \
                    splits error } }";
        let told = door.ask(&token, told, json!({ "id": run["id"] })).await?;
        let told = &told["reconciliationRun"];
        assert_eq!((&told["state"], &told["activitiesChanged"]), (&json!("SUCCEEDED"), &json!(0)), "{told}");
        assert_eq!(told["recordsTotal"], told["recordsDone"]);
        assert_eq!(door.ask(&token, "{ changes(first: 100) { nodes { cursor } } }", json!({})).await?, before);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_policy_is_previewed_and_a_wrong_one_is_told_by_line_and_key() -> Result<()> {
    in_each_house(async |house: House| {
        let (door, _, token) = forty_days(&house).await?;
        let before = standing(&door, &token).await?;
        let query = "query($toml: String!) { policyPreview(toml: $toml) { valid errors activitiesExamined activitiesChanged \
                     merges splits fieldChanges { field count } examples(first: 2) { activity { id } changes { field \
                     sourceBefore { slug } sourceAfter { slug } } } } }";
        let policy = reconcile::Policy::built_in();
        let same = door.ask(&token, query, json!({ "toml": policy.text() })).await?;
        let same = &same["policyPreview"];
        assert_eq!((&same["valid"], &same["activitiesChanged"]), (&json!(true), &json!(0)), "{same}");
        let turned = policy.text().replacen("\nDEVICE =", "\nNAME = [\"garmin\", \"strava\"]\nDEVICE =", 1);
        let other = door.ask(&token, query, json!({ "toml": turned })).await?;
        let other = &other["policyPreview"];
        assert_eq!((&other["valid"], &other["merges"], &other["splits"]), (&json!(true), &json!(0), &json!(0)));
        let counts = other["fieldChanges"].as_array().context("counts")?;
        assert_eq!(counts.len(), 1, "one field has another order, and only that one changes: {other}");
        assert_eq!((&counts[0]["field"], &counts[0]["count"]), (&json!("NAME"), &other["activitiesChanged"]));
        let change = &other["examples"][0]["changes"][0];
        assert_eq!(change["sourceBefore"]["slug"], "strava");
        assert_eq!(change["sourceAfter"]["slug"], "garmin");
        let wrong = door.ask(&token, query, json!({ "toml": policy.text().replace("\nauto = 0.99", "\nauto = 7") })).await?;
        let wrong = &wrong["policyPreview"];
        assert_eq!(wrong["valid"], false);
        let told = wrong["errors"][0].as_str().context("an error")?;
        let line = policy.text().lines().take_while(|line| !line.starts_with("auto = ")).count() + 1;
        assert!(told.contains("auto") && told.contains(&format!("line {line}")), "{told}");
        assert_eq!(standing(&door, &token).await?, before);
        Ok(())
    })
    .await
}

/// Fields that are at hand are answered in place, but not where a directive stands beside them: both ways say the same.
#[tokio::test]
async fn what_is_answered_in_place_is_what_the_resolvers_say() -> Result<()> {
    in_each_house(async |house: House| {
        let (door, _, token) = forty_days(&house).await?;
        let query = |condition: &str| {
            format!(
                "{{ activities(first: 100) {{ nodes {{ id {condition} name sportType status revision startTimeUtc elapsedTimeS \
                 movingTimeS distanceM elevationGainM averageSpeedMps maxSpeedMps averageHeartRateBpm maxHeartRateBpm \
                 averagePowerW averageCadenceRpm energyKcal trainingLoad createdAt updatedAt provenance {{ field {condition} \
                 value rule agreement path source {{ slug {condition} }} alternatives {{ value {condition} }} }} \
                 sourceRecords {{ id {condition} externalId channel revision }} }} }} }}"
            )
        };
        let in_place = door.ask(&token, &query(""), json!({})).await?;
        let resolved = door.ask(&token, &query("@include(if: true)"), json!({})).await?;
        assert!(in_place["activities"]["nodes"].as_array().is_some_and(|nodes| nodes.len() > 30));
        assert_eq!(in_place, resolved);
        Ok(())
    })
    .await
}
