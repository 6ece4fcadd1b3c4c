//! Laps and time series at the door: whose they are, what they need, and that they are what the file says.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::door::Door;
use tests::house::{House, in_each_house};

use crate::http::year;

const SERIES: &str = "query($id: ID!, $points: Int) { activity(id: $id) { laps { index startTimeUtc elapsedTimeS } \
                      streams(points: $points) { source { slug } sourceRecord { id } artifact { id } sampleCount \
                      streams { type unit data } } } }";

#[tokio::test]
async fn laps_and_streams_come_from_the_record_that_the_policy_prefers() -> Result<()> {
    in_each_house(async |house: House| {
        let (ada, _) = year(&house, 40).await?;
        let door = Door::of(&house).await?;
        let reader = door.token("activities:read", &[ada]).await?;
        let query = "{ activities(first: 30, filter: { hasArtifact: FIT }) { nodes { id startTimeUtc \
                     field(name: STREAMS) { value source { slug } sourceRecord { id } artifact { id } } \
                     laps: field(name: LAPS) { artifact { kind } } \
                     original: field(name: ORIGINAL_FILE) { value artifact { sha256 } } } } }";
        let data = door.ask(&reader, query, json!({})).await?;
        let nodes = data["activities"]["nodes"].as_array().context("activities")?;
        let mut garmins = 0;
        for node in nodes {
            let (id, told) = (&node["id"], &node["field"]);
            let whole = door.ask(&reader, SERIES, json!({ "id": id })).await?;
            let (whole, laps) = (&whole["activity"]["streams"], &whole["activity"]["laps"]);
            if told.is_null() {
                assert!(whole.is_null(), "{whole}");
                continue;
            }
            garmins += usize::from(told["source"]["slug"] == "garmin");
            // One and the same answer to where they are from, by provenance and by the set itself.
            for at in ["/source/slug", "/sourceRecord/id", "/artifact/id"] {
                assert_eq!(whole.pointer(at), told.pointer(at), "{at} of {id}");
            }
            assert_eq!(told["value"], whole["sampleCount"], "{id}");
            assert_eq!(node["original"]["value"], node["original"]["artifact"]["sha256"], "{id}");
            assert_eq!(node["laps"]["artifact"]["kind"], "FIT", "{id}");
            assert_eq!(laps[0]["index"], 1);
            assert_eq!(laps[0]["startTimeUtc"], node["startTimeUtc"]);
            let thin = door.ask(&reader, SERIES, json!({ "id": id, "points": 10 })).await?;
            let thin = &thin["activity"]["streams"];
            assert_eq!(thin["sampleCount"], whole["sampleCount"]);
            let all = told["value"].as_u64().context("a count")?;
            for (set, length) in [(whole, all), (thin, all.min(10))] {
                let streams = set["streams"].as_array().context("streams")?;
                assert!(streams.iter().any(|one| one["type"] == "TIME"));
                assert!(streams.iter().all(|one| one["type"] != "LATLNG"), "a track without its scope");
                for one in streams {
                    let found = one["data"].as_array().map(|data| data.len() as u64);
                    assert_eq!(found, Some(length), "{}", one["type"]);
                }
            }
            let last = |set: &Value| set.pointer("/streams/0/data")?.as_array()?.last().cloned();
            assert_eq!(last(thin), last(whole));
        }
        assert!(garmins > 0);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_track_needs_the_scope_of_raw_files() -> Result<()> {
    in_each_house(async |house: House| {
        let (ada, _) = year(&house, 40).await?;
        let bob = house.athlete("Bob").await?;
        let door = Door::of(&house).await?;
        let reader = door.token("activities:read", &[ada]).await?;
        let both = door.token("activities:read artifacts:read", &[ada]).await?;
        let other = door.token("activities:read artifacts:read", &[bob]).await?;
        let query = "{ activities(first: 30, filter: { hasArtifact: FIT, sportTypes: [RUN, RIDE, TRAIL_RUN] }) { \
                     nodes { id } } }";
        let data = door.ask(&both, query, json!({})).await?;
        let id = data.pointer("/activities/nodes/0/id").and_then(Value::as_str).context("an outdoor activity")?;
        let track =
            format!("{{ activity(id: \"{id}\") {{ streams(types: [LATLNG]) {{ streams {{ type unit data }} }} }} }}");
        assert_eq!(door.refusal(&reader, &track).await?, "FORBIDDEN");
        assert_eq!(door.refusal(&other, &track).await?, "NOT_FOUND");
        let data = door.ask(&both, &track, json!({})).await?;
        let stream = data.pointer("/activity/streams/streams/0").context("a track")?;
        assert_eq!((&stream["type"], &stream["unit"]), (&json!("LATLNG"), &json!("deg")));
        let pairs = stream["data"].as_array().context("places")?;
        assert!(pairs.iter().flat_map(Value::as_array).all(|pair| pair.len() == 2));
        assert!(pairs.iter().any(Value::is_array));
        let one = format!("{{ activity(id: \"{id}\") {{ streams(points: 1) {{ sampleCount }} }} }}");
        assert_eq!(door.refusal(&both, &one).await?, "BAD_USER_INPUT");
        Ok(())
    })
    .await
}
