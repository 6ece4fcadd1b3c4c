//! Mutations under an idempotency key: sent again, they have the effect that they had.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use chrono::Duration;
use futures::future::join_all;
use serde_json::{Value, json};
use tests::door::Door;
use tests::house::{House, in_each_house};
use tests::live::Sources;
use tokio::io::AsyncWriteExt as _;

use super::{ALL, filled, settle};

/// What came back: the status, whether it is said to be an earlier answer, and the answer.
type Sent = (u16, bool, Value);

async fn send(door: &Door, token: &str, keys: &[&str], query: &str) -> Result<Sent> {
    let body = serde_json::to_vec(&json!({ "query": query }))?;
    let bearer = format!("Bearer {token}");
    let mut headers = vec![
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
        ("accept", "application/graphql-response+json"),
    ];
    headers.extend(keys.iter().map(|key| ("idempotency-key", *key)));
    let answer = door.send("POST", "/graphql", &headers, body).await?;
    let replayed = answer.headers().get("idempotent-replayed").is_some_and(|value| value == "true");
    Ok((answer.status().as_u16(), replayed, serde_json::from_slice(&answer.bytes().await?)?))
}

fn code(sent: &Sent) -> Option<&str> {
    sent.2.pointer("/errors/0/extensions/code")?.as_str()
}

#[tokio::test]
async fn a_key_makes_a_hundred_requests_one() -> Result<()> {
    in_each_house(async |house: House| {
        let sources = Sources::empty(&house).await?;
        let door = Door::live(&house, &sources).await?;
        let (athlete, things) = settle(&house, &sources, &door, "Ada", 11).await?;
        let (other, _) = settle(&house, &sources, &door, "Bob", 12).await?;
        let token = door.token(ALL, &[athlete]).await?;
        let pin = filled(
            "mutation { pinField(input: { activityId: \"{activity}\", field: NAME, value: \"Once\", reason: \"r\" }) \
             { activity { revision } } }",
            &things,
        );
        let unpin = filled(
            "mutation { unpinField(input: { activityId: \"{activity}\", field: NAME, reason: \"r\" }) \
             { activity { id } } }",
            &things,
        );
        let name = filled("{ activity(id: \"{activity}\") { name revision } }", &things);
        // At once, on two replicas: one does it; who comes while it does is told so.
        let replica = Door::live(&house, &sources).await?;
        let doors = [&door, &replica];
        let sent = join_all((0..100).map(|number| send(doors[number % 2], &token, &["k1"], &pin))).await;
        let sent: Vec<Sent> = sent.into_iter().collect::<Result<_>>()?;
        let mut tally: BTreeMap<(u16, bool), usize> = BTreeMap::new();
        for one in &sent {
            *tally.entry((one.0, one.1)).or_default() += 1;
            match one.0 {
                200 => ensure!(one.2["errors"].is_null(), "{one:?}"),
                _ => ensure!(one.0 == 409 && code(one) == Some("CONFLICT"), "{one:?}"),
            }
        }
        ensure!(tally.get(&(200, false)) == Some(&1), "one is executed: {tally:?}");
        let first = sent.iter().find(|one| one.0 == 200 && !one.1).context("the one")?.2.clone();
        ensure!(sent.iter().all(|one| one.0 != 200 || one.2 == first), "all who are answered get its answer");
        // What stands since is left alone by whoever sends the request again, also through another replica.
        door.ask(&token, &unpin, json!({})).await?;
        let standing = door.ask(&token, &name, json!({})).await?;
        for door in doors {
            ensure!(send(door, &token, &["k1"], &pin).await? == (200, true, first.clone()));
        }
        ensure!(door.ask(&token, &name, json!({})).await? == standing, "it has no second effect");
        // Another request under the key, or the same with other rights, is refused and has no effect.
        let wider = door.token(ALL, &[athlete, other]).await?;
        for (token, request) in [(&token, &unpin), (&wider, &pin)] {
            let refused = send(&door, token, &["k1"], request).await?;
            ensure!((refused.0, code(&refused)) == (409, Some("CONFLICT")), "{refused:?}");
        }
        ensure!(door.ask(&token, &name, json!({})).await? == standing);
        // A renewed token of the same client is the same client.
        let renewed = door.token(ALL, &[athlete]).await?;
        ensure!(send(&door, &renewed, &["k1"], &pin).await? == (200, true, first.clone()));
        // A query needs no key, and none is kept for it.
        for _ in 0..2 {
            ensure!(
                send(&door, &token, &["k2"], &name).await?
                    == (200, false, json!({ "data": standing, "extensions": { "cost": 2 } }))
            );
        }
        // A day later the key is free.
        house.clock.advance(Duration::hours(24) + Duration::seconds(1));
        let token = door.token(ALL, &[athlete]).await?;
        let later = send(&door, &token, &["k1"], &pin).await?;
        ensure!((later.0, later.1) == (200, false) && later.2["errors"].is_null(), "{later:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_key_is_free_where_nothing_was_done() -> Result<()> {
    in_each_house(async |house: House| {
        let sources = Sources::empty(&house).await?;
        let door = Door::live(&house, &sources).await?;
        let token = door.token(ALL, &[]).await?;
        let create = |name: &str| {
            format!(
                "mutation {{ createAthlete(input: {{ displayName: \"{name}\" }}) {{ athlete {{ displayName }} }} }}"
            )
        };
        // What is no request has no effect, and takes no key.
        let wrong = send(&door, &token, &["k"], "mutation { createAthlete { athlete } }").await?;
        ensure!((wrong.0, code(&wrong)) == (400, Some("BAD_USER_INPUT")), "{wrong:?}");
        let made = send(&door, &token, &["k"], &create("Eve")).await?;
        ensure!((made.0, made.1, code(&made)) == (200, false, None), "{made:?}");
        // What was refused stays refused under its key.
        let taken = send(&door, &token, &["k3"], &create("Eve")).await?;
        ensure!((taken.0, taken.1, code(&taken)) == (200, false, Some("CONFLICT")), "{taken:?}");
        ensure!(send(&door, &token, &["k3"], &create("Eve")).await? == (200, true, taken.2));
        // Keys that are none.
        let long = "k".repeat(256);
        for keys in [&["a", "b"][..], &[""], &[long.as_str()], &["a\tb"]] {
            let refused = send(&door, &token, keys, &create("Mallory")).await?;
            ensure!((refused.0, code(&refused)) == (400, Some("BAD_USER_INPUT")), "{keys:?}: {refused:?}");
        }
        ensure!(send(&door, &token, &[&long[1..]], &create("Zoe")).await?.2["errors"].is_null());
        // Whoever erases an athlete leaves nobody's answers.
        let told = door.ask(&token, "{ athletes { nodes { id displayName } } }", json!({})).await?;
        let athletes = told["athletes"]["nodes"].as_array().context("athletes")?;
        let eve = athletes.iter().find(|one| one["displayName"] == "Eve").context("Eve")?;
        let id = eve["id"].as_str().context("her id")?;
        let erase =
            format!("mutation {{ eraseAthlete(input: {{ athleteId: \"{id}\", reason: \"r\" }}) {{ recordsErased }} }}");
        door.ask(&token, &erase, json!({})).await?;
        let again = send(&door, &token, &["k"], &create("Eve")).await?;
        ensure!((again.0, again.1, code(&again)) == (200, false, None), "{again:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_client_that_leaves_finds_its_request_done() -> Result<()> {
    in_each_house(async |house: House| {
        let sources = Sources::empty(&house).await?;
        let door = Door::live(&house, &sources).await?;
        let (athlete, things) = settle(&house, &sources, &door, "Ada", 11).await?;
        let token = door.token(ALL, &[athlete]).await?;
        let erase = filled(
            "mutation { eraseAthlete(input: { athleteId: \"{athlete}\", reason: \"r\" }) { recordsErased } }",
            &things,
        );
        // The whole request, and nobody who waits for its answer.
        let body = serde_json::to_string(&json!({ "query": erase }))?;
        let address = door.address.trim_start_matches("http://");
        let head = format!(
            "POST /graphql HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\nidempotency-key: k\r\n\
             content-type: application/json\r\naccept: application/graphql-response+json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let mut stream = tokio::net::TcpStream::connect(address).await?;
        stream.write_all(format!("{head}{body}").as_bytes()).await?;
        stream.shutdown().await?;
        drop(stream);
        let answered = async {
            loop {
                let sent = send(&door, &token, &["k"], &erase).await?;
                match sent.0 {
                    200 => return Ok(sent),
                    _ => ensure!(code(&sent) == Some("CONFLICT"), "{sent:?}"),
                }
            }
        };
        let answer: Sent = tokio::time::timeout(std::time::Duration::from_secs(60), answered).await??;
        // Done twice, the second would be told that there is no such athlete.
        ensure!(code(&answer).is_none(), "{answer:?}");
        let erased = answer.2.pointer("/data/eraseAthlete/recordsErased").and_then(Value::as_u64);
        ensure!(erased.is_some_and(|erased| erased > 0), "{answer:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn who_died_over_a_request_does_not_keep_its_key() -> Result<()> {
    in_each_house(async |house: House| {
        let lease = Duration::seconds(30);
        let once = async || house.hub.once([1; 32], [2; 32], lease).await;
        let hub::Once::Now(dead) = once().await? else { anyhow::bail!("the key is free") };
        ensure!(matches!(once().await?, hub::Once::UnderWay));
        house.clock.advance(lease);
        ensure!(matches!(once().await?, hub::Once::UnderWay));
        house.clock.advance(Duration::milliseconds(1));
        let hub::Once::Now(living) = once().await? else { anyhow::bail!("the lease is over") };
        // It was only slow, and comes too late to have a say.
        house.hub.done(&dead, b"dead").await?;
        house.hub.undone(&dead).await?;
        ensure!(matches!(once().await?, hub::Once::UnderWay));
        house.hub.done(&living, b"living").await?;
        ensure!(matches!(once().await?, hub::Once::Done(answer) if answer == b"living"));
        Ok(())
    })
    .await
}
