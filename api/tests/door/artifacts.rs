//! The very bytes, by token and by link.

use api::auth::Scope;
use axum::http::{StatusCode, header};
use chrono::Duration;
use hub::Athletes;

use crate::house::House;

const FIND: &str = "{ activities { nodes { artifacts { id sha256 sizeBytes downloadUrl(expiresInS: 60) } } } }";

#[tokio::test]
async fn a_link_opens_one_artifact_for_its_time_and_a_token_its_athlete_s() {
    let house = House::build().await;
    let (ada, bob) = (house.reader(house.ada).await, house.reader(house.bob).await);
    let found = |answer: crate::house::Answer| answer.json()["data"]["activities"]["nodes"][0]["artifacts"][0].clone();
    let (hers, his) = (found(house.ask(&ada, FIND).await), found(house.ask(&bob, FIND).await));
    let link = hers["downloadUrl"].as_str().unwrap();
    let path = link.strip_prefix(&house.app.server.public_url).unwrap();
    let (plain, query) = path.split_once('?').unwrap();

    let open = house.get(path, &[]).await;
    assert_eq!(open.status, StatusCode::OK);
    assert_eq!(domain::ArtifactId::of(&open.bytes).to_string(), hers["sha256"].as_str().unwrap());
    assert_eq!(hers["sizeBytes"], open.bytes.len());
    assert_eq!(open.header(header::CONTENT_DISPOSITION), "attachment; filename=\"Ada.gpx\"");
    let other = format!("/artifacts/{}?{query}", his["id"].as_str().unwrap());
    for forged in
        [other, path.replace("expires=1", "expires=2"), format!("{path}x"), path.replace("signature=", "signature=x")]
    {
        assert_eq!(house.get(&forged, &[]).await.status, StatusCode::FORBIDDEN, "{forged}");
    }
    house.clock.advance(Duration::seconds(60));
    assert_eq!(house.get(path, &[]).await.status, StatusCode::FORBIDDEN, "its time is over");

    let with = |token: &str| format!("Bearer {token}");
    let (her, him) = (with(&ada), with(&bob));
    let bare = with(&house.token(Athletes::All, &[Scope::ActivitiesRead]).await);
    assert_eq!(house.get(plain, &[(header::AUTHORIZATION, &her)]).await.status, StatusCode::OK);
    assert_eq!(house.get(plain, &[(header::AUTHORIZATION, &him)]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(house.get(plain, &[(header::AUTHORIZATION, &bare)]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(house.get(plain, &[]).await.status, StatusCode::UNAUTHORIZED);
    let token_in_address = format!("{plain}?access_token={ada}");
    assert_eq!(house.get(&token_in_address, &[]).await.status, StatusCode::UNAUTHORIZED);
    for nowhere in ["/artifacts/..%2f..%2fdatahub.toml", "/artifacts/%00", "/artifacts/art_1", "/artifacts/ART_"] {
        assert_eq!(
            house.get(nowhere, &[(header::AUTHORIZATION, &her)]).await.status,
            StatusCode::NOT_FOUND,
            "{nowhere}"
        );
    }
    let known = [(header::AUTHORIZATION, her.as_str()), (header::IF_NONE_MATCH, open.header(header::ETAG))];
    let same = house.get(plain, &known).await;
    assert_eq!((same.status, same.bytes.len()), (StatusCode::NOT_MODIFIED, 0));
    let ranges = format!("bytes={}", (0..1000).map(|n| format!("{n}-{n}")).collect::<Vec<_>>().join(","));
    let many = house.get(plain, &[(header::AUTHORIZATION, &her), (header::RANGE, &ranges)]).await;
    assert_eq!(many.status, StatusCode::RANGE_NOT_SATISFIABLE);
}

#[tokio::test]
async fn a_link_lives_fifteen_minutes_at_most() {
    let house = House::build().await;
    let ada = house.reader(house.ada).await;
    for (lifetime, code) in
        [("900", ""), ("1", ""), ("901", "BAD_USER_INPUT"), ("0", "BAD_USER_INPUT"), ("-1", "BAD_USER_INPUT")]
    {
        let ask = FIND.replace("60", lifetime);
        assert_eq!(house.ask(&ada, &ask).await.code(), code, "{lifetime}");
    }
}
