//! The whole house through its door: tokens, tenants, pages, provenance, artifacts, and requests that mean harm.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use chrono::{DateTime, Duration, Utc};
use connectors::simulator::{Case, World};
use domain::{ActivityId, ArtifactId, AthleteId, Decision, Field, PinTo, RecordId, SourceSlug, Value as Said};
use serde_json::{Value, json};
use tests::door::Door;
use tests::house::{House, in_each_house};

const READ: &str = "activities:read artifacts:read";

/// A house in which Ada's year was brought in from both sources.
pub async fn year(house: &House, until: i64) -> Result<(AthleteId, World)> {
    let start: DateTime<Utc> = "2025-11-20T00:00:00Z".parse()?;
    let world = World::year(11, start);
    let until = (start + Duration::days(until)).min(world.end);
    let (strava, garmin) = (house.folder.path().join("strava"), house.folder.path().join("garmin"));
    world.write_strava_export(&strava, until)?;
    world.write_garmin_export(&garmin, until)?;
    let ada = house.athlete("Ada").await?;
    house.import(ada, &garmin).await?;
    house.clock.advance(Duration::hours(1));
    house.import(ada, &strava).await?;
    Ok((ada, world))
}

fn texts(json: &Value, pointer: &str, key: &str) -> Vec<String> {
    let list = json.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_default();
    list.iter().filter_map(|one| one[key].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn every_field_says_where_it_came_from_down_to_the_bytes() -> Result<()> {
    in_each_house(async |house: House| {
        let (ada, _) = year(&house, 40).await?;
        let door = Door::of(&house).await?;
        let token = door.token(READ, &[ada]).await?;
        let query = "{ activities(first: 20) { totalCount nodes { id name status sources { slug } provenance { \
                     field value source { slug } sourceRecord { id externalId } artifact { id sha256 downloadUrl } path \
                     channel rule reason agreement alternatives { value source { slug } } } } } }";
        let data = door.ask(&token, query, json!({})).await?;
        let activities = data["activities"]["nodes"].as_array().context("activities")?;
        assert_eq!(activities.len(), 20);
        let mut urls = BTreeSet::new();
        for activity in activities {
            let fields = activity["provenance"].as_array().context("provenance")?;
            assert!(fields.len() > 8, "{activity}");
            for field in fields {
                for key in ["value", "source", "sourceRecord", "artifact", "path", "channel", "reason"] {
                    assert!(!field[key].is_null(), "{key} of {field}");
                }
                urls.insert((
                    field["artifact"]["downloadUrl"].as_str().context("a link")?.to_owned(),
                    field["artifact"]["sha256"].as_str().context("a digest")?.to_owned(),
                ));
            }
        }
        for (url, sha256) in urls {
            let path = url.strip_prefix(&door.address).context("our own address")?;
            // Without a token: the link itself is signed.
            let answer = door.send("GET", path, &[], Vec::new()).await?;
            assert_eq!(answer.status(), 200, "{url}");
            assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
            assert!(answer.headers()["content-disposition"].to_str()?.starts_with("attachment"));
            assert_eq!(ArtifactId::of(&answer.bytes().await?).to_string(), sha256);
            let forged = path.replace("signature=", "signature=A");
            assert!(door.send("GET", &forged, &[], Vec::new()).await?.status().is_client_error(), "{forged}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_page_walks_all_forwards_and_backwards() -> Result<()> {
    in_each_house(async |house: House| {
        let (ada, _) = year(&house, 365).await?;
        let door = Door::of(&house).await?;
        let token = door.token(READ, &[ada]).await?;
        for order in ["START_TIME_UTC", "UPDATED_AT", "DISTANCE_M", "ELAPSED_TIME_S"] {
            let forwards = format!(
                "query($after: String) {{ activities(first: 50, after: $after, orderBy: {{field: {order}, direction: ASC}}) \
                 {{ totalCount nodes {{ id }} pageInfo {{ hasNextPage endCursor }} }} }}"
            );
            let backwards = format!(
                "query($before: String) {{ activities(last: 50, before: $before, orderBy: {{field: {order}, direction: ASC}}) \
                 {{ nodes {{ id }} pageInfo {{ hasPreviousPage startCursor }} }} }}"
            );
            let (mut seen, mut after, mut total) = (Vec::new(), Value::Null, 0);
            loop {
                let data = door.ask(&token, &forwards, json!({ "after": after })).await?;
                seen.extend(texts(&data, "/activities/nodes", "id"));
                total = data["activities"]["totalCount"].as_u64().unwrap_or(total);
                if data["activities"]["pageInfo"]["hasNextPage"] != json!(true) {
                    break;
                }
                after = data["activities"]["pageInfo"]["endCursor"].clone();
            }
            assert_eq!(seen.len() as u64, total, "{order}");
            assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len(), "{order}: none twice");
            let (mut back, mut before) = (Vec::new(), Value::Null);
            loop {
                let data = door.ask(&token, &backwards, json!({ "before": before })).await?;
                let mut page = texts(&data, "/activities/nodes", "id");
                page.extend(back);
                back = page;
                if data["activities"]["pageInfo"]["hasPreviousPage"] != json!(true) {
                    break;
                }
                before = data["activities"]["pageInfo"]["startCursor"].clone();
            }
            assert_eq!(back, seen, "{order}: the same list from the other end");
        }
        for bad in ["first: 0", "first: 101", "first: -1", "first: 5, last: 5", "first: 5, after: \"nonsense\""] {
            let code = door.refusal(&token, &format!("{{ activities({bad}) {{ nodes {{ id }} }} }}")).await?;
            assert_eq!(code, "BAD_USER_INPUT", "{bad}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn another_athletes_ids_are_as_if_they_were_not() -> Result<()> {
    in_each_house(async |house: House| {
        let (ada, world) = year(&house, 365).await?;
        let eve = house.athlete("Eve").await?;
        let door = Door::of(&house).await?;
        let (hers, others) = (door.token(READ, &[ada]).await?, door.token(READ, &[eve]).await?);
        let all = "{ athletes(first: 5) { nodes { id } } activities(first: 30) { nodes { id sourceRecords { id artifacts \
                   { id } } } } matchCandidates(first: 5) { nodes { id } } }";
        let data = door.ask(&hers, all, json!({})).await?;
        let mut ids: Vec<String> = texts(&data, "/athletes/nodes", "id");
        ids.extend(texts(&data, "/matchCandidates/nodes", "id"));
        assert!(ids.len() > 1, "she has candidates: {data}");
        for activity in data["activities"]["nodes"].as_array().context("activities")? {
            ids.push(activity["id"].as_str().unwrap_or_default().to_owned());
            for record in activity["sourceRecords"].as_array().context("records")? {
                ids.push(record["id"].as_str().unwrap_or_default().to_owned());
                ids.extend(texts(record, "/artifacts", "id"));
            }
        }
        let nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";
        for ids in ids.chunks(20) {
            let mine = door.ask(&hers, nodes, json!({ "ids": ids })).await?;
            assert!(mine["nodes"].as_array().context("nodes")?.iter().all(|node| !node.is_null()), "{mine}");
            let theirs = door.ask(&others, nodes, json!({ "ids": ids })).await?;
            assert!(theirs["nodes"].as_array().context("nodes")?.iter().all(Value::is_null), "{theirs}");
        }
        let strava = world.activities.iter().flat_map(|one| &one.strava).next().context("one")?;
        let by_source = "query($id: String!) { activityBySource(source: \"strava\", externalId: $id) { id } }";
        assert!(!door.ask(&hers, by_source, json!({ "id": strava.external_id })).await?["activityBySource"].is_null());
        assert!(door.ask(&others, by_source, json!({ "id": strava.external_id })).await?["activityBySource"].is_null());
        let counts = "{ activities { totalCount } sourceRecords { totalCount } athletes { totalCount } matchCandidates \
                      { totalCount } reconciliation { matched openCandidates } }";
        let counted = door.ask(&others, counts, json!({})).await?;
        assert_eq!(counted["activities"]["totalCount"], 0, "{counted}");
        assert_eq!(counted["sourceRecords"]["totalCount"], 0, "{counted}");
        assert_eq!(counted["athletes"]["totalCount"], 1, "{counted}");
        assert_eq!(counted["reconciliation"], json!({ "matched": 0, "openCandidates": 0 }));
        let artifact = ids.iter().find(|id| id.starts_with("art_")).context("an artifact")?;
        let bearer = format!("Bearer {others}");
        let answer =
            door.send("GET", &format!("/artifacts/{artifact}"), &[("authorization", &bearer)], Vec::new()).await?;
        assert_eq!(answer.status(), 404);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn no_token_no_data_and_no_other_way_in() -> Result<()> {
    in_each_house(async |house: House| {
        let (ada, _) = year(&house, 20).await?;
        let door = Door::of(&house).await?;
        let token = door.token("activities:read", &[ada]).await?;
        let bearer = format!("Bearer {token}");
        let body = || br#"{"query":"{ activities { totalCount } }"}"#.to_vec();
        let json = ("content-type", "application/json");
        let auth = ("authorization", bearer.as_str());
        let status = async |method: &str, headers: &[(&str, &str)], body: Vec<u8>| -> Result<u16> {
            Ok(door.send(method, "/graphql", headers, body).await?.status().as_u16())
        };
        assert_eq!(status("POST", &[auth, json], body()).await?, 200);
        assert_eq!(status("POST", &[json], body()).await?, 401);
        assert_eq!(status("POST", &[("authorization", "Bearer nonsense"), json], body()).await?, 401);
        assert_eq!(status("POST", &[auth, auth, json], body()).await?, 401);
        assert_eq!(status("GET", &[auth], Vec::new()).await?, 405);
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
            assert_eq!(status("POST", &[auth, ("content-type", kind)], body()).await?, 415, "{kind}");
        }
        assert_eq!(status("POST", &[auth], body()).await?, 415);
        let batch = [b"[".to_vec(), body(), b"]".to_vec()].concat();
        assert_eq!(status("POST", &[auth, json], batch).await?, 400);
        assert_eq!(status("POST", &[auth, json], vec![b' '; 300 * 1024]).await?, 413);
        // Scopes: raw artifacts need their own.
        let code = door.refusal(&token, "{ activities(first: 1) { nodes { artifacts { downloadUrl } } } }").await?;
        assert_eq!(code, "FORBIDDEN");
        assert_eq!(
            door.refusal(&token, "mutation { createAthlete(input: {displayName: \"Eve\"}) { athlete { id } } }")
                .await?,
            "FORBIDDEN"
        );
        // A token ends by time, and by revocation at once.
        let other = door.token("activities:read", &[ada]).await?;
        let jti = door.app.hub.tokens().await?.first().context("a token")?.token.jti.clone();
        door.app.hub.revoke_token(&jti).await?;
        let both = [&token, &other].map(|token| format!("Bearer {token}"));
        let refused = async || -> Result<usize> {
            let mut count = 0;
            for bearer in &both {
                count += usize::from(status("POST", &[("authorization", bearer), json], body()).await? == 401);
            }
            Ok(count)
        };
        // A server knows of it within a second: asked until it does, and not for ever.
        let known = tokio::time::timeout(std::time::Duration::from_secs(10), async {
            while refused().await? == 0 {}
            anyhow::Ok(())
        });
        known.await.context("a revoked token still counts after ten seconds")??;
        assert_eq!(refused().await?, 1, "one of the two was revoked");
        house.clock.advance(Duration::hours(2));
        assert_eq!(status("POST", &[auth, json], body()).await?, 401);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn requests_that_mean_harm_are_refused_and_the_house_stands() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let door = Door::of(&house).await?;
        let token = door.token(READ, &[ada]).await?;
        let deep_list = format!(
            "{{ activities(filter: {{athleteIds: {}{}}}) {{ totalCount }} }}",
            "[".repeat(1600),
            "]".repeat(1600)
        );
        let deep_object =
            format!("{{ activities(filter: {}1{}) {{ totalCount }} }}", "{a:".repeat(1300), "}".repeat(1300));
        let mut bomb = String::from("{ ...f0 }");
        for n in 0..32 {
            bomb.push_str(&format!(" fragment f{n} on Query {{ ...f{} ...f{} }}", n + 1, n + 1));
        }
        bomb.push_str(" fragment f32 on Query { __typename }");
        let aliases: String = (0..40).map(|n| format!("a{n}: __typename ")).collect();
        let wide = "{ athletes(first: 100) { nodes { activities(first: 100) { nodes { id } } } } }";
        let cycle = "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }";
        for (name, query) in [
            ("deep list", deep_list),
            ("deep object", deep_object),
            ("fragment bomb", bomb),
            ("aliases", format!("{{ {aliases} }}")),
            ("wide", wide.to_owned()),
            ("cycle", cycle.to_owned()),
            ("directives", format!("{{ __typename {} }}", "@include(if: true) ".repeat(200))),
            ("no query", String::new()),
        ] {
            let code = door.refusal(&token, &query).await.with_context(|| name.to_owned())?;
            assert!(["QUERY_TOO_COMPLEX", "BAD_USER_INPUT"].contains(&code.as_str()), "{name}: {code}");
        }
        let data = door.ask(&token, "{ viewer { clientId allAthletes athletes { displayName } } }", json!({})).await?;
        assert_eq!(data["viewer"]["athletes"][0]["displayName"], "Ada");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_persons_word_stands_and_former_ids_lead_on() -> Result<()> {
    in_each_house(async |house: House| {
        let (ada, world) = year(&house, 365).await?;
        let door = Door::of(&house).await?;
        let token = door.token(READ, &[ada]).await?;
        // A pair that waits for a person: merged by hand.
        let doubt = world.activities.iter().find(|one| one.case == Case::DistanceInDoubt).context("a doubt")?;
        let find = "query($s: SourceSlug!, $id: String!) { activityBySource(source: $s, externalId: $id) { id status \
                    candidates { id evidence { explanation } } sourceRecords { id } } }";
        let strava = door.ask(&token, find, json!({ "s": "strava", "id": doubt.strava[0].external_id })).await?;
        let garmin = door.ask(&token, find, json!({ "s": "garmin", "id": doubt.garmin[0].external_id })).await?;
        assert_eq!(strava["activityBySource"]["status"], "NEEDS_REVIEW", "{strava}");
        assert!(!texts(&strava, "/activityBySource/candidates", "id").is_empty());
        let record = |json: &Value| -> Result<RecordId> {
            Ok(json["activityBySource"]["sourceRecords"][0]["id"].as_str().context("a record")?.parse()?)
        };
        let decision = Decision::Same(record(&strava)?, record(&garmin)?);
        house.hub.rule(ada, decision, "ada", "the watch lost its satellites").await?;
        let former = strava["activityBySource"]["id"].clone();
        let survivor = garmin["activityBySource"]["id"].clone();
        let by_id = "query($id: ID!) { activity(id: $id) { id status mergedInto { id } sourceRecords { id } matches \
                     { decidedBy } } }";
        let old = door.ask(&token, by_id, json!({ "id": former })).await?;
        assert_eq!(old["activity"]["id"], former, "every id ever shown answers");
        assert_eq!(old["activity"]["status"], "MERGED");
        assert_eq!(old["activity"]["mergedInto"]["id"], survivor, "the older id survives");
        let now = door.ask(&token, by_id, json!({ "id": survivor })).await?;
        assert_eq!(now["activity"]["matches"][0]["decidedBy"], "MANUAL");
        // A pinned name.
        let activity: ActivityId = survivor.as_str().context("an id")?.parse()?;
        let to = PinTo::Value(Said::Text("A-race".to_owned()));
        house.hub.rule(ada, Decision::Pin { activity, field: Field::Name, to }, "ada", "it was one").await?;
        let pinned = door
            .ask(&token, "query($id: ID!) { activity(id: $id) { name field(name: NAME) { rule reason source { slug } pin { actor reason } alternatives { value } } } }", json!({ "id": survivor }))
            .await?;
        assert_eq!(pinned["activity"]["name"], "A-race");
        assert_eq!(pinned["activity"]["field"]["rule"], "PINNED_VALUE");
        assert_eq!(pinned["activity"]["field"]["pin"], json!({ "actor": "ada", "reason": "it was one" }));
        assert!(pinned["activity"]["field"]["source"].is_null());
        // What contradicts is refused.
        let contradiction = Decision::Different(record(&strava)?, record(&garmin)?);
        assert!(matches!(house.hub.rule(ada, contradiction, "ada", "no").await, Err(hub::HubError::Conflict(_))));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_triathlon_is_a_tree_and_sources_are_told() -> Result<()> {
    in_each_house(async |house: House| {
        let (ada, world) = year(&house, 365).await?;
        let door = Door::of(&house).await?;
        let token = door.token(READ, &[ada]).await?;
        let whole = world.activities.iter().find(|one| one.case == Case::TriathlonWhole).context("a triathlon")?;
        let query = "query($id: String!) { activityBySource(source: \"garmin\", externalId: $id) { id sportType legs { \
                     sportType parent { id } } } sources { slug rank } policy { canonicalSource { slug } windowHours } }";
        let data = door.ask(&token, query, json!({ "id": whole.garmin[0].external_id })).await?;
        assert_eq!(data["activityBySource"]["sportType"], "MULTISPORT");
        let legs = data["activityBySource"]["legs"].as_array().context("legs")?;
        assert_eq!(legs.len(), 5, "{data}");
        assert!(legs.iter().all(|leg| leg["parent"]["id"] == data["activityBySource"]["id"]));
        assert_eq!(data["policy"], json!({ "canonicalSource": { "slug": SourceSlug::STRAVA.as_str() }, "windowHours": 72.0 }));
        Ok(())
    })
    .await
}

/// What a person reads about one pair that is one, and about one that waits: judged by eye, kept as it was judged.
#[tokio::test]
async fn what_a_person_reads_about_a_match_and_a_doubt() -> Result<()> {
    in_each_house(async |house: House| {
        let (ada, world) = year(&house, 365).await?;
        let door = Door::of(&house).await?;
        let token = door.token("activities:read", &[ada]).await?;
        let query = "query($id: String!) { activityBySource(source: \"strava\", externalId: $id) { name status sportType \
                     startTimeUtc distanceM provenance(fields: [NAME, DISTANCE_M, ELAPSED_TIME_S, AVERAGE_HEART_RATE_BPM]) \
                     { field value source { name } channel path rule reason agreement alternatives { value source { name } \
                     difference } } matches { decidedBy evidence { kind weight } } candidates { evidence { \
                     kind weight } } } }";
        for (name, case) in [("a_treadmill_run", Case::TreadmillCalibrated), ("a_doubt", Case::StartInDoubt)] {
            let one = world.activities.iter().find(|one| one.case == case).context("the case")?;
            let data = door.ask(&token, query, json!({ "id": one.strava[0].external_id })).await?;
            insta::assert_json_snapshot!(name, data["activityBySource"]);
        }
        Ok(())
    })
    .await
}
