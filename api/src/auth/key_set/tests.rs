//! Which keys count, and how often they are read.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::*;
use crate::auth::token::suite::{Suite, suites};

fn text(keys: &[Value]) -> Vec<u8> {
    json!({ "keys": keys }).to_string().into_bytes()
}

fn foreign() -> Vec<Suite> {
    suites().into_iter().filter(|suite| suite.jwk.is_some()).collect()
}

fn named(suite: &Suite, name: &str) -> Value {
    with(suite, "kid", json!(name))
}

fn with(suite: &Suite, member: &str, value: Value) -> Value {
    let mut jwk = suite.jwk.clone().unwrap();
    jwk[member] = value;
    jwk
}

#[test]
fn keys_count_by_their_kind_and_others_are_passed_over() {
    let suites = foreign();
    let keys: Vec<Value> = suites.iter().map(|suite| suite.jwk.clone().unwrap()).collect();
    let others = [
        json!({ "kty": "oct", "k": "AAAA", "kid": "shared" }),
        json!({ "kty": "FUTURE", "kid": "unknown" }),
        json!("no key"),
    ];
    let parsed = parse(&text(&[&keys[..], &others[..]].concat())).unwrap();
    assert_eq!(parsed.len(), suites.len());
    for suite in &suites {
        assert_eq!(parsed[suite.name].algorithm, suite.algorithm);
    }
}

#[test]
fn keys_that_are_not_for_this_do_not_count() {
    for suite in foreign() {
        for (member, value) in [
            ("use", json!("enc")),
            ("key_ops", json!(["sign"])),
            ("alg", json!("HS256")),
            ("alg", json!("RS512")),
            ("alg", json!("PS256")),
            ("alg", json!(if suite.name == "RS256" { "ES256" } else { "RS256" })),
            ("kid", json!("")),
            ("kid", json!(null)),
            ("kid", json!(7)),
            ("crv", json!("P-384")),
            ("n", json!("AQAB")),
        ] {
            let is_its = suite.jwk.as_ref().unwrap().get(member).is_some() || !["crv", "n"].contains(&member);
            if is_its {
                assert!(
                    parse(&text(&[with(&suite, member, value.clone())])).is_err(),
                    "{}: {member} {value}",
                    suite.name
                );
            }
        }
        assert!(parse(&text(&[named(&suite, "a"), named(&suite, "a")])).is_err(), "a name given twice");
        assert!(parse(&text(&[named(&suite, "a"), named(&suite, "b")])).is_ok());
    }
    for broken in [&b""[..], b"{}", b"[]", b"null", br#"{"keys": {}}"#, br#"{"keys": []}"#, b"\xff"] {
        assert!(parse(broken).is_err());
    }
}

struct Reader {
    set: Arc<KeySet>,
    reads: Arc<AtomicUsize>,
    told: Arc<std::sync::Mutex<Result<Vec<u8>, String>>>,
}

fn reader(first: Vec<u8>) -> Reader {
    let reads = Arc::new(AtomicUsize::new(0));
    let told = Arc::new(std::sync::Mutex::new(Ok(first)));
    let (counted, said) = (reads.clone(), told.clone());
    let read: Read = Box::new(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        let answer = said.lock().unwrap().clone();
        Box::pin(async move { answer })
    });
    Reader { set: Arc::new(KeySet::of(read)), reads, told }
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

#[tokio::test]
async fn keys_come_and_go_within_a_minute_and_without_a_restart() {
    let suites = foreign();
    let (old, new) = (named(&suites[0], "old"), named(&suites[1], "new"));
    let reader = reader(text(&[old]));
    assert!(reader.set.key("old", at(0)).await.is_some());
    *reader.told.lock().unwrap() = Ok(text(&[new]));
    assert!(reader.set.key("new", at(59)).await.is_none() && reader.set.key("old", at(59)).await.is_some());
    assert!(reader.set.key("new", at(60)).await.is_some() && reader.set.key("old", at(60)).await.is_none());
    assert_eq!(reader.reads.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_thousand_names_that_nobody_knows_are_one_reading_a_minute() {
    let reader = reader(text(&[named(&foreign()[0], "known")]));
    for number in 0..1000 {
        assert!(reader.set.key(&format!("unknown {number}"), at(number % 120)).await.is_none());
    }
    // The clock went from 0 to 119 and back, again and again: each time it had moved a minute.
    let read = reader.reads.load(Ordering::SeqCst);
    assert!(read <= 2 * 1000 / 60 + 1, "{read}");
    for number in 0..1000 {
        assert!(reader.set.key(&format!("unknown {number}"), at(1000)).await.is_none());
    }
    assert!(reader.reads.load(Ordering::SeqCst) <= read + 1);
}

#[tokio::test]
async fn known_keys_go_on_while_nobody_answers_and_no_other_is_taken() {
    let reader = reader(text(&[named(&foreign()[0], "known")]));
    assert!(reader.set.key("known", at(0)).await.is_some());
    for wrong in [Err("no connection".to_owned()), Ok(b"<html>".to_vec()), Ok(text(&[]))] {
        *reader.told.lock().unwrap() = wrong;
        for hours in [1, 24] {
            assert!(reader.set.key("known", at(hours * 3600)).await.is_some());
            assert!(reader.set.key("other", at(hours * 3600)).await.is_none());
        }
    }
}
