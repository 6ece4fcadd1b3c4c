//! Points: what a client may spend a minute, and what becomes of whoever has spent it.

use api::auth::Scope;
use axum::http::header;
use chrono::Duration;
use hub::Athletes;
use serde_json::json;

use crate::house::House;
use crate::sockets::Socket;

/// A request of two points: one for itself, one for the viewer.
const TWO: &str = "{ viewer { clientId } }";

/// A house in which a client has sixty points a minute, one a second.
async fn frugal() -> House {
    House::set(&[("DATAHUB_LIMITS__POINTS_PER_MINUTE", "60")]).await
}

#[tokio::test]
async fn whoever_has_spent_its_points_is_told_when_to_come_back() {
    let house = frugal().await;
    let token = house.reader(house.ada).await;
    for _ in 0..30 {
        let answer = house.ask(&token, TWO).await;
        assert_eq!((answer.status.as_u16(), answer.json()["extensions"]["cost"].clone()), (200, json!(2)));
    }
    let refused = house.ask(&token, TWO).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (429, "RATE_LIMITED"));
    assert_eq!(refused.header(header::RETRY_AFTER), "1");
    assert_eq!(refused.json()["errors"][0]["extensions"]["retryAfterS"], 1);
    assert!(refused.json().get("data").is_none());
    // Points come back evenly, and none that is not there is given.
    house.clock.advance(Duration::seconds(2));
    assert_eq!(house.ask(&token, TWO).await.status, 200);
    assert_eq!(house.ask(&token, TWO).await.status, 429);
    house.clock.advance(Duration::hours(1));
    let served = async |_| house.ask(&token, TWO).await.status == 200;
    let mut count = 0;
    for number in 0..40 {
        count += usize::from(served(number).await);
    }
    assert_eq!(count, 30);
}

#[tokio::test]
async fn a_dear_request_waits_while_cheap_ones_are_served() {
    let house = frugal().await;
    let token = house.reader(house.ada).await;
    let dear = "{ activities(first: 50) { nodes { id } } }";
    let answer = house.ask(&token, dear).await;
    assert_eq!((answer.status.as_u16(), answer.json()["extensions"]["cost"].clone()), (200, json!(52)));
    let refused = house.ask(&token, dear).await;
    // Seven were left when it knocked, fifty-one it needs beside them.
    assert_eq!((refused.status.as_u16(), refused.header(header::RETRY_AFTER)), (429, "44"));
    assert_eq!(house.ask(&token, TWO).await.status, 200);
    house.clock.advance(Duration::seconds(47));
    assert_eq!(house.ask(&token, dear).await.status, 200);
}

#[tokio::test]
async fn more_tokens_are_no_more_points_and_clients_do_not_pay_for_each_other() {
    let house = frugal().await;
    let first = house.reader(house.ada).await;
    for _ in 0..30 {
        assert_eq!(house.ask(&first, TWO).await.status, 200);
    }
    let second = house.reader(house.ada).await;
    assert_eq!(house.ask(&second, TWO).await.code(), "RATE_LIMITED");
    // Who is not known spends nothing, and is told nothing of points.
    assert_eq!(house.ask("nonsense", TWO).await.status, 401);
    let other = house.token_of("other", Athletes::All, &[Scope::ActivitiesRead]).await;
    assert_eq!(house.ask(&other, TWO).await.status, 200);
}

#[tokio::test]
async fn what_is_refused_costs_a_point_and_is_not_carried_out() {
    let house = frugal().await;
    let token = house.token(Athletes::All, &[Scope::AthletesWrite, Scope::ActivitiesRead]).await;
    for _ in 0..59 {
        assert_eq!(house.ask(&token, "{").await.code(), "BAD_USER_INPUT");
    }
    let add = "mutation { createAthlete(input: { displayName: \"Late\" }) { athlete { id } } }";
    assert_eq!(house.ask(&token, add).await.code(), "RATE_LIMITED");
    house.clock.advance(Duration::minutes(1));
    let told = house.ask(&token, "{ athletes { totalCount } }").await.json();
    assert_eq!(told["data"]["athletes"]["totalCount"], 2, "{told}");
}

#[tokio::test]
async fn a_socket_s_operations_cost_what_requests_cost() {
    let house = frugal().await;
    let address = house.listen().await;
    let token = house.reader(house.ada).await;
    let mut socket = Socket::of(address, &token).await;
    for _ in 0..30 {
        socket.subscribe("q", TWO).await;
        assert_eq!(socket.hear().await.unwrap()["type"], "next");
        assert_eq!(socket.hear().await.unwrap()["type"], "complete");
    }
    socket.subscribe("q", TWO).await;
    let refused = socket.hear().await.unwrap();
    assert_eq!(refused["type"], "error", "{refused}");
    assert_eq!(refused["payload"][0]["extensions"], json!({ "code": "RATE_LIMITED", "retryAfterS": 1 }));
    // One purse, whichever way it is asked; and the socket stands.
    assert_eq!(house.ask(&token, TWO).await.status, 429);
    house.clock.advance(Duration::seconds(2));
    socket.subscribe("q", TWO).await;
    assert_eq!(socket.hear().await.unwrap()["type"], "next");
}

#[tokio::test]
async fn nobody_counts_where_nobody_is_to() {
    let house = House::set(&[("DATAHUB_LIMITS__POINTS_PER_MINUTE", "0")]).await;
    let token = house.reader(house.ada).await;
    let dear = "{ activities(first: 100) { nodes { athlete { id } sourceRecords { id } } } }";
    for _ in 0..20 {
        assert_eq!(house.ask(&token, dear).await.status, 200);
    }
}

#[tokio::test]
async fn an_artifact_costs_what_reading_one_costs() {
    let house = frugal().await;
    let token = house.reader(house.ada).await;
    let told = house.ask(&token, "{ activities(first: 1) { nodes { artifacts { id downloadUrl } } } }").await.json();
    let artifact = &told["data"]["activities"]["nodes"][0]["artifacts"][0];
    let path = format!("/artifacts/{}", artifact["id"].as_str().unwrap());
    let bearer = format!("Bearer {token}");
    let headers = [(header::AUTHORIZATION, bearer.as_str())];
    // Four went for the question: one of sixty for itself, one each for the page, its activity and the artifacts.
    assert_eq!(told["extensions"]["cost"], 4, "{told}");
    assert_eq!(house.get(&path, &headers).await.status, 200);
    assert_eq!(house.get(&path, &headers).await.status, 200);
    let refused = house.get(&path, &headers).await;
    assert_eq!((refused.status.as_u16(), refused.header(header::RETRY_AFTER)), (429, "4"));
    assert_eq!(refused.json()["status"], 429);
    // A link was paid for when it was asked for.
    let link = artifact["downloadUrl"].as_str().unwrap();
    assert_eq!(house.get(link.strip_prefix(&house.app.server.public_url).unwrap(), &[]).await.status, 200);
    house.clock.advance(Duration::seconds(4));
    assert_eq!(house.get(&path, &headers).await.status, 200);
}
