//! Every limit of a request, from outside: at it a request is served, one above it is refused with a stable code.

use std::io::Read as _;

use axum::http::header;
use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::house::{Answer, House};

fn list(n: usize, one: impl Fn(usize) -> String) -> String {
    (0..n).map(one).collect()
}

/// `n` fields nested in each other: three of a page, and its athlete, and again.
fn nested(n: usize) -> String {
    let way = ["activities(first: 1)", "nodes", "athlete"];
    let mut text = String::new();
    for level in 0..n - 1 {
        text.push_str(&format!("{{ {} ", way[level % 3]));
    }
    let leaf = if (n - 1) % 3 == 1 { "totalCount" } else { "id" };
    format!("{text} {{ {leaf} }}{}", " }".repeat(n - 1))
}

/// Objects of a page, the page itself and `more`.
fn objects(more: usize) -> String {
    let athletes = "athlete { id } ".repeat(50);
    format!("{{ activities(first: 98) {{ nodes {{ {athletes} }} }} {} }}", "viewer { clientId } ".repeat(more))
}

struct Limit {
    name: &'static str,
    at: usize,
    code: &'static str,
    request: fn(usize) -> Value,
}

const fn limit(name: &'static str, at: usize, code: &'static str, request: fn(usize) -> Value) -> Limit {
    Limit { name, at, code, request }
}

const TOO_COMPLEX: &str = "QUERY_TOO_COMPLEX";
const WRONG: &str = "BAD_USER_INPUT";

fn plain(query: String) -> Value {
    json!({ "query": query })
}

const LIMITS: &[Limit] = &[
    limit("nesting", 48, TOO_COMPLEX, |n| {
        plain(format!("{{ viewer {}{{ clientId }}{} }}", "{ ... on Viewer ".repeat(n - 2), " }".repeat(n - 2)))
    }),
    limit("tokens", 10_000, TOO_COMPLEX, |n| plain(format!("{{ viewer {{ {} }} }}", "clientId ".repeat(n - 5)))),
    limit("depth", 12, TOO_COMPLEX, |n| plain(nested(n))),
    limit("complexity: 1 + 98 * 51, and one a viewer", 1, TOO_COMPLEX, |n| plain(objects(n))),
    limit("aliases", 30, TOO_COMPLEX, |n| {
        plain(format!("{{ viewer {{ {} }} }}", list(n, |i| format!("a{i}: clientId "))))
    }),
    limit("fields at the root", 20, TOO_COMPLEX, |n| plain(format!("{{ {} }}", "viewer { clientId } ".repeat(n)))),
    limit(
        "operations",
        10,
        TOO_COMPLEX,
        |n| json!({ "query": list(n, |i| format!("query Q{i} {{ viewer {{ clientId }} }} ")), "operationName": "Q0" }),
    ),
    // As many at one place are no valid GraphQL anyway: the guard's own tests count them.
    limit("directives", 50, TOO_COMPLEX, |n| {
        plain(format!("{{ viewer {{ {} }} }}", "clientId @include(if: true) ".repeat(n)))
    }),
    limit("fragments", 50, TOO_COMPLEX, |n| {
        let spread = list(n, |i| format!("...F{i} "));
        plain(format!(
            "{{ viewer {{ {spread} }} }} {}",
            list(n, |i| format!("fragment F{i} on Viewer {{ clientId }} "))
        ))
    }),
    limit("variables of an operation", 100, TOO_COMPLEX, |n| {
        let (said, used) = (list(n, |i| format!("$v{i}: ID! = \"x\" ")), list(n, |i| format!("$v{i} ")));
        plain(format!("query({said}) {{ nodes(ids: [{used}]) {{ id }} }}"))
    }),
    limit("variables of a request", 100, TOO_COMPLEX, |n| {
        let variables: serde_json::Map<String, Value> = (0..n).map(|i| (format!("v{i}"), json!(i))).collect();
        json!({ "query": "{ viewer { clientId } }", "variables": variables })
    }),
    limit("first", 100, WRONG, |n| plain(format!("{{ activities(first: {n}) {{ totalCount }} }}"))),
    limit("last", 100, WRONG, |n| plain(format!("{{ activities(last: {n}) {{ totalCount }} }}"))),
    limit("a link's life", 900, WRONG, |n| {
        plain(format!("{{ activities {{ nodes {{ artifacts {{ downloadUrl(expiresInS: {n}) }} }} }} }}"))
    }),
];

async fn sent(house: &House, token: &str, request: &Value) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [(header::AUTHORIZATION, bearer.as_str()), (header::CONTENT_TYPE, "application/json")];
    house.post(&headers, request.to_string()).await
}

#[tokio::test]
async fn at_each_limit_a_request_is_served_and_one_above_it_is_refused() {
    let house = House::build().await;
    let token = house.reader(house.ada).await;
    for limit in LIMITS {
        let at = sent(&house, &token, &(limit.request)(limit.at)).await.json();
        assert!(at["errors"].is_null(), "{}: {} is served: {at}", limit.name, limit.at);
        let above = sent(&house, &token, &(limit.request)(limit.at + 1)).await;
        assert_eq!(above.code(), limit.code, "{}: {} is not", limit.name, limit.at + 1);
    }
}

#[tokio::test]
async fn sizes_of_pages_that_mean_nothing_are_refused() {
    let house = House::build().await;
    let token = house.reader(house.ada).await;
    for arguments in [
        "first: 0",
        "first: -1",
        "last: 0",
        "last: -1",
        "first: 2147483648",
        "first: 1.5",
        "first: \"1\"",
        "first: 1, last: 1",
        "first: 1, before: \"x\"",
        "after: \"x\"",
    ] {
        let query = format!("{{ activities({arguments}) {{ totalCount }} }}");
        assert_eq!(house.ask(&token, &query).await.code(), WRONG, "{arguments}");
    }
}

#[tokio::test]
async fn an_answer_carries_sixteen_errors_at_most() {
    let house = House::build().await;
    let token = house.reader(house.ada).await;
    for (errors, carried) in [(16, 16), (17, 16)] {
        let query = format!("{{ {} }}", list(errors, |i| format!("a{i}: activity(id: \"x\") {{ id }} ")));
        let answer = house.ask(&token, &query).await.json();
        assert_eq!(answer["errors"].as_array().unwrap().len(), carried, "{answer}");
        assert_eq!(answer["data"].as_object().unwrap().len(), errors);
    }
}

#[tokio::test]
async fn answers_are_packed_for_those_who_can_unpack_them() {
    let house = House::build().await;
    let bearer = format!("Bearer {}", house.reader(house.ada).await);
    let headers = |packed: &'static str| {
        [
            (header::AUTHORIZATION, bearer.clone()),
            (header::CONTENT_TYPE, "application/json".to_owned()),
            (header::ACCEPT_ENCODING, packed.to_owned()),
        ]
    };
    let query = json!({ "query": "{ activities { nodes { id name provenance { reason } } } }" }).to_string();
    let ask = async |packed: &'static str| {
        let headers = headers(packed);
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.clone(), value.as_str())).collect();
        house.post(&headers, query.clone()).await
    };
    let (plain, packed) = (ask("identity").await, ask("gzip").await);
    assert_eq!((plain.header(header::CONTENT_ENCODING), packed.header(header::CONTENT_ENCODING)), ("", "gzip"));
    assert_eq!(packed.header(header::VARY), "accept-encoding");
    assert!(packed.bytes.len() < plain.bytes.len() / 2);
    let mut unpacked = Vec::new();
    GzDecoder::new(packed.bytes.as_slice()).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain.bytes);
}
