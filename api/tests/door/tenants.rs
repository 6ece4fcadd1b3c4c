//! A token for one athlete sees nothing of another, whatever it names.

use std::collections::BTreeSet;

use api::auth::Scope;
use chrono::Duration;
use hub::Athletes;
use serde_json::{Value, json};

use crate::house::House;

const ALL: &str =
    "{ activities { totalCount nodes { id name athlete { id } sourceRecords { id artifacts { id } } } } }";

/// Every id in a document.
fn ids(document: &Value, found: &mut BTreeSet<String>) {
    match document {
        Value::String(text) if text.get(3..4) == Some("_") => {
            found.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| ids(item, found)),
        Value::Object(fields) => fields.values().for_each(|item| ids(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn each_sees_their_own_and_a_foreign_id_is_like_a_missing_one() {
    let house = House::build().await;
    let (ada, bob) = (house.reader(house.ada).await, house.reader(house.bob).await);
    let mine = house.ask(&ada, ALL).await.json();
    assert_eq!(mine["data"]["activities"]["totalCount"], 1);
    assert_eq!(mine["data"]["activities"]["nodes"][0]["name"], "Ada's ride");
    let mut hers = BTreeSet::new();
    ids(&mine, &mut hers);
    assert_eq!(hers.len(), 4, "an activity, an athlete, a record and an artifact: {hers:?}");
    let his = house.ask(&bob, ALL).await.json().to_string();
    for id in &hers {
        assert!(!his.contains(id.as_str()));
        // The same with every digit changed: the id of nothing.
        let missing: String = id
            .chars()
            .map(|c| {
                if c == '0' {
                    '1'
                } else if c.is_ascii_digit() {
                    '0'
                } else {
                    c
                }
            })
            .collect();
        let node = |id: &str| format!("{{ node(id: \"{id}\") {{ __typename id }} }}");
        assert_eq!(house.ask(&ada, &node(id)).await.json()["data"]["node"]["id"], json!(id));
        assert_eq!(
            house.ask(&bob, &node(id)).await.json(),
            json!({ "data": { "node": null }, "extensions": { "cost": 2 } })
        );
        for field in ["activity", "athlete", "importRun"] {
            let ask = |id: &str| format!("{{ {field}(id: \"{id}\") {{ id }} }}");
            let (foreign, nothing) = (house.ask(&bob, &ask(id)).await, house.ask(&bob, &ask(&missing)).await);
            assert_eq!((foreign.code().as_str(), nothing.code().as_str()), ("NOT_FOUND", "NOT_FOUND"), "{field} {id}");
            let alike = |answer: String| answer.replace(id.as_str(), "").replace(missing.as_str(), "");
            assert_eq!(alike(foreign.json().to_string()), alike(nothing.json().to_string()));
        }
        for argument in
            ["reconciliation(athleteId: \"ID\") { matched }", "sourceRecords(athleteId: \"ID\") { totalCount }"]
        {
            let foreign = house.ask(&bob, &format!("{{ {} }}", argument.replace("ID", id))).await;
            assert_eq!(foreign.code(), "NOT_FOUND", "{argument} {id}");
        }
    }
    let filtered = format!("{{ activities(filter: {{ athleteIds: [\"{}\"] }}) {{ totalCount }} }}", house.ada);
    assert_eq!(house.ask(&bob, &filtered).await.json()["data"]["activities"]["totalCount"], 0);
    let everybody = house.token(Athletes::All, &[Scope::ActivitiesRead]).await;
    assert_eq!(house.ask(&everybody, ALL).await.json()["data"]["activities"]["totalCount"], 2);
}

#[tokio::test]
async fn nothing_is_read_without_its_scope() {
    let house = House::build().await;
    let scopes = |wanted: Scope| Scope::ALL.into_iter().filter(move |scope| *scope != wanted).collect::<Vec<_>>();
    let blind = house.token(Athletes::All, &scopes(Scope::ActivitiesRead)).await;
    for field in [
        "activities { totalCount }",
        "athletes { totalCount }",
        "sourceRecords { totalCount }",
        "matchCandidates { totalCount }",
        "reconciliation { matched }",
        "node(id: \"x\") { id }",
        "nodes(ids: []) { id } activity(id: \"x\") { id }",
        "athlete(id: \"x\") { id }",
        "importRun(id: \"x\") { id }",
        "activityBySource(source: \"file\", externalId: \"x\") { id }",
        "sourceRecord(source: \"file\", channel: UPLOAD, externalId: \"x\") { id }",
        "explainMatch(a: \"x\", b: \"y\") { summary }",
    ] {
        assert_eq!(house.ask(&blind, &format!("{{ {field} }}")).await.code(), "FORBIDDEN", "{field}");
    }
    let free = "{ viewer { clientId } policy { version } sources { slug } __schema { queryType { name } } }";
    assert!(house.ask(&blind, free).await.json()["errors"].is_null());
    let bytes = "{ activities { nodes { artifacts { FIELD } } } }";
    let bare = house.token(Athletes::All, &[Scope::ActivitiesRead]).await;
    for field in ["json", "downloadUrl"] {
        assert_eq!(house.ask(&bare, &bytes.replace("FIELD", field)).await.code(), "FORBIDDEN", "{field}");
    }
    for (mutation, scope) in [
        ("createAthlete(input: { displayName: \"Eve\" }) { athlete { id } }", Scope::AthletesWrite),
        (
            "pinField(input: { activityId: \"x\", field: NAME, value: \"x\", reason: \"x\" }) { activity { id } }",
            Scope::ReconciliationWrite,
        ),
    ] {
        let without = house.token(Athletes::All, &scopes(scope)).await;
        assert_eq!(house.ask(&without, &format!("mutation {{ {mutation} }}")).await.code(), "FORBIDDEN", "{mutation}");
    }
}

#[tokio::test]
async fn tokens_end_by_the_clock_and_by_revocation() {
    let house = House::build().await;
    let token = house.reader(house.ada).await;
    assert_eq!(house.ask(&token, ALL).await.status, 200);
    house.clock.advance(Duration::minutes(62));
    assert_eq!(house.ask(&token, ALL).await.code(), "UNAUTHENTICATED");
    house.clock.set(crate::house::now());
    let revoked = house.app.hub.tokens().await.unwrap().remove(0).token.jti;
    house.app.hub.revoke_token(&revoked).await.unwrap();
    // A replica that has not asked since knows at once; one that has, within a second.
    let fresh = api::auth::Revocations::default();
    assert!(fresh.contain(&house.app.hub, &revoked).await.unwrap());
    assert!(!fresh.contain(&house.app.hub, "tok_other").await.unwrap());
}

#[tokio::test]
async fn a_pin_is_carried_out_and_shown_with_its_reason() {
    let house = House::build().await;
    let token = house.token(Athletes::All, &[Scope::ActivitiesRead, Scope::ReconciliationWrite]).await;
    let mine = house.ask(&token, "{ activities { nodes { id name } } }").await.json();
    let id = mine["data"]["activities"]["nodes"][0]["id"].as_str().unwrap().to_owned();
    let pin = format!(
        "mutation {{ pinField(input: {{ activityId: \"{id}\", field: NAME, value: \"Mine\", reason: \"It is.\" }}) {{
           activity {{ id name revision }} provenance {{ rule source {{ slug }} pin {{ value reason actor }} }} }} }}"
    );
    let pinned = house.ask(&token, &pin).await.json();
    assert_eq!(pinned["data"]["pinField"]["activity"], json!({ "id": id, "name": "Mine", "revision": 2 }));
    let provenance = &pinned["data"]["pinField"]["provenance"];
    assert_eq!((provenance["rule"].as_str(), &provenance["source"]), (Some("PINNED_VALUE"), &Value::Null));
    assert_eq!(provenance["pin"], json!({ "value": "Mine", "reason": "It is.", "actor": "test" }));
}
