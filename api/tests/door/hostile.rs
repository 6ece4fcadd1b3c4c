//! Requests that ask for too much: refused at once, with a stable code, and the next one is served.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::house::House;

#[tokio::test]
async fn abusive_documents_are_refused_quickly_and_harm_nobody() {
    let house = House::build().await;
    let token = house.reader(house.ada).await;
    let mut doubling = "{ ...F0 }".to_owned();
    for i in 0..32 {
        write!(doubling, " fragment F{i} on Query {{ ...F{0} ...F{0} }}", i + 1).unwrap();
    }
    doubling.push_str(" fragment F32 on Query { __typename }");
    let mut circles = String::from("{ viewer { clientId } }");
    for i in 0..40 {
        write!(circles, " fragment F{i} on Query {{ ...F{} }}", (i + 1) % 40).unwrap();
    }
    for (name, query) in [
        ("lists", format!("{{ node(id: {}) {{ id }} }}", "[".repeat(3000))),
        ("objects", format!("{{ activities(filter: {}) {{ totalCount }} }}", "{a:".repeat(3000))),
        (
            "variables",
            format!("query($a: [Int] = {}1{}) {{ policy {{ version }} }}", "[".repeat(1000), "]".repeat(1000)),
        ),
        ("selections", "{a".repeat(5000)),
        ("doubling fragments", doubling),
        ("fragments in a circle", circles),
        (
            "aliases",
            format!("{{ {} }}", (0..1000).map(|i| format!("a{i}: viewer {{ clientId }} ")).collect::<String>()),
        ),
        ("directives", format!("{{ viewer {} {{ clientId }} }}", "@include(if: true) ".repeat(1000))),
        (
            "directives of the operation",
            format!("query {} {{ viewer {{ clientId }} }}", "@skip(if: false) ".repeat(1000)),
        ),
        ("operations", (0..100).map(|i| format!("query Q{i} {{ viewer {{ clientId }} }} ")).collect()),
        ("a large page", "{ athletes(first: 100) { nodes { activities(first: 100) { nodes { id } } } } }".to_owned()),
        (
            "introspection",
            "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }".to_owned(),
        ),
        ("bytes", "\u{0}".repeat(1000)),
    ] {
        let began = Instant::now();
        let answer = house.ask(&token, &query).await;
        assert_eq!(answer.status, 400, "{name}");
        assert!(answer.json().get("data").is_none(), "{name}");
        assert!(matches!(answer.code().as_str(), "QUERY_TOO_COMPLEX" | "BAD_USER_INPUT"), "{name}: {}", answer.code());
        assert!(answer.json()["errors"].as_array().unwrap().len() <= 16, "{name}");
        assert!(answer.bytes.len() < 16_384, "{name}: {} bytes", answer.bytes.len());
        assert!(began.elapsed() < Duration::from_secs(2), "{name} took {:?}", began.elapsed());
    }
    assert_eq!(house.ask(&token, "{ viewer { clientId } }").await.status, 200);
}
