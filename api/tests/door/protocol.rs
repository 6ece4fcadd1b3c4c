//! GraphQL over HTTP, header by header.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::json;

use crate::house::House;

const JSON: (header::HeaderName, &str) = (header::CONTENT_TYPE, "application/json");

#[tokio::test]
async fn the_status_tells_what_happened_where_the_client_reads_it() {
    let house = House::build().await;
    let bearer = format!("Bearer {}", house.reader(house.ada).await);
    let token = (header::AUTHORIZATION, bearer.as_str());
    let response = (header::ACCEPT, "application/graphql-response+json");
    let plain = (header::ACCEPT, "application/json");
    let body = |query: &str| json!({ "query": query }).to_string();
    for (query, precise, executed) in [
        ("{ viewer { clientId } }", 200, true),
        ("{ activity(id: \"x\") { id } }", 200, true),
        ("{ activities(first: 101) { totalCount } }", 200, true),
        ("{ viewer {", 400, false),
        ("{ nothing }", 400, false),
        ("{ activities(first: \"x\") { totalCount } }", 400, false),
        ("{ activities(first: 2147483648) { totalCount } }", 400, false),
        ("query($id: ID!) { node(id: $id) { id } }", 400, false),
        ("query A { viewer { clientId } } query B { viewer { clientId } }", 400, false),
    ] {
        let one = house.post(&[token.clone(), JSON, response.clone()], body(query)).await;
        assert_eq!(one.status, precise, "{query}");
        assert_eq!(one.header(header::CONTENT_TYPE), "application/graphql-response+json; charset=utf-8");
        assert_eq!(one.json().get("data").is_some(), executed, "{query}: {}", one.json());
        let other = house.post(&[token.clone(), JSON, plain.clone()], body(query)).await;
        assert_eq!(other.status, 200, "{query}");
        assert_eq!(other.header(header::CONTENT_TYPE), "application/json; charset=utf-8");
        assert_eq!(one.json(), other.json());
    }
}

#[tokio::test]
async fn cross_site_forms_batches_and_strangers_are_turned_away() {
    let house = House::build().await;
    let bearer = format!("Bearer {}", house.reader(house.ada).await);
    let token = (header::AUTHORIZATION, bearer.as_str());
    let good = json!({ "query": "{ viewer { clientId } }" }).to_string();
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql"]
    {
        let answer = house.post(&[token.clone(), (header::CONTENT_TYPE, kind)], good.clone()).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
        assert_eq!(answer.header(header::CONTENT_TYPE), "application/problem+json");
    }
    assert_eq!(house.post(std::slice::from_ref(&token), good.clone()).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let batch = house.post(&[token.clone(), JSON], format!("[{good}]")).await;
    assert_eq!((batch.status, batch.code().as_str()), (StatusCode::BAD_REQUEST, "BAD_USER_INPUT"));
    let html = house.post(&[token.clone(), JSON, (header::ACCEPT, "text/html")], good.clone()).await;
    assert_eq!(html.status, StatusCode::NOT_ACCEPTABLE);
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let request = Request::builder().method(&method).uri("/graphql?query={viewer{clientId}}");
        let answer = house.send(request.header(header::AUTHORIZATION, &bearer).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert!(answer.header(header::ALLOW).contains("POST"), "{method}");
    }
    let (twice, basic, short) = (bearer.clone(), bearer.replace("Bearer", "Basic"), "Bearer".to_owned());
    for headers in [
        vec![],
        vec![token.clone(), (header::AUTHORIZATION, twice.as_str())],
        vec![(header::AUTHORIZATION, basic.as_str())],
        vec![(header::AUTHORIZATION, short.as_str())],
        vec![(header::COOKIE, bearer.as_str())],
    ] {
        let mut headers = headers;
        headers.push(JSON);
        let answer = house.post(&headers, good.clone()).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"));
        assert!(answer.header(header::WWW_AUTHENTICATE).starts_with("Bearer"));
        assert!(answer.json().get("data").is_none());
    }
}

#[tokio::test]
async fn bodies_are_taken_to_the_limit_and_not_beyond() {
    let house = House::build().await;
    let bearer = format!("Bearer {}", house.reader(house.ada).await);
    let headers = [(header::AUTHORIZATION, bearer.as_str()), JSON];
    let padded = |size: usize| {
        let request = json!({ "query": "{ viewer { clientId } }" }).to_string();
        format!("{request}{}", " ".repeat(size - request.len()))
    };
    assert_eq!(house.post(&headers, padded(262_144)).await.status, StatusCode::OK);
    let long = house.post(&headers, padded(262_145)).await;
    assert_eq!(long.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn every_answer_has_an_id_and_the_headers_that_browsers_need() {
    let house = House::build().await;
    let mut seen = std::collections::BTreeSet::new();
    for path in ["/healthz", "/readyz", "/schema.graphql", "/graphiql", "/graphql", "/nothing", "/artifacts/x"] {
        let answer = house.get(path, &[]).await;
        assert!(seen.insert(answer.header(header::HeaderName::from_static("x-request-id")).to_owned()), "{path}");
        assert_eq!(answer.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff", "{path}");
        assert!(answer.header(header::CONTENT_SECURITY_POLICY).contains("frame-ancestors 'none'"), "{path}");
        assert!(!answer.header(header::CACHE_CONTROL).is_empty(), "{path}");
    }
    assert_eq!(house.get("/healthz", &[]).await.json()["status"], "alive");
    assert_eq!(house.get("/readyz", &[]).await.json()["status"], "ready");
    let sdl = house.get("/schema.graphql", &[]).await;
    assert_eq!(String::from_utf8(sdl.bytes).unwrap(), api::graphql::sdl());
    let page = house.get("/graphiql", &[]).await;
    assert!(String::from_utf8(page.bytes).unwrap().contains("id=\"graphiql\""));
}
