//! Tokens that other programs made, in every shape in which they keep them.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use connectors::garmin::connect::tokens::{adopt, adopt_path};
use proptest::prelude::*;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

fn now() -> DateTime<Utc> {
    "2026-11-01T12:00:00Z".parse().unwrap()
}

/// An access token that was made that many hours ago and lives for twenty.
fn jwt(hours_ago: i64, issuer: &str) -> String {
    let made = now() - Duration::hours(hours_ago);
    let claims = json!({
        "iss": issuer, "iat": made.timestamp(), "exp": (made + Duration::hours(20)).timestamp(),
        "client_id": "CLIENT_OF_THE_CLAIMS",
    });
    let pack = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{}", pack(&json!({ "alg": "RS256" })), pack(&claims), URL_SAFE_NO_PAD.encode("signature"))
}

const COM: &str = "https://diauth.garmin.com";

fn garminconnect(hours_ago: i64) -> Value {
    json!({ "di_token": jwt(hours_ago, COM), "di_refresh_token": "again", "di_client_id": "GARMIN_CLIENT" })
}

fn garth(hours_ago: i64) -> (Value, Value) {
    let oauth1 = json!({
        "oauth_token": "a", "oauth_token_secret": "b", "mfa_token": null, "mfa_expiration_timestamp": null,
        "domain": "garmin.cn",
    });
    let oauth2 = json!({
        "scope": "CONNECT_READ", "jti": "j", "token_type": "Bearer", "access_token": jwt(hours_ago, ""),
        "refresh_token": "r", "expires_in": 72_000, "expires_at": (now() + Duration::hours(20 - hours_ago)).timestamp(),
        "refresh_token_expires_in": 2_591_999, "refresh_token_expires_at": (now() + Duration::days(30)).timestamp(),
    });
    (oauth1, oauth2)
}

fn extra(tokens: &connectors::Tokens) -> Value {
    serde_json::from_str(tokens.extra.as_ref().unwrap().expose_secret()).unwrap()
}

#[test]
fn tokens_of_the_new_kind_in_every_shape() {
    let document = garminconnect(3);
    let text = document.to_string();
    let shapes = [
        text.clone(),
        serde_json::to_string_pretty(&document).unwrap(),
        format!("\u{feff}\n {text}\r\n"),
        format!("'{text}'"),
        STANDARD.encode(&text),
        STANDARD_NO_PAD.encode(&text),
        URL_SAFE_NO_PAD.encode(&text),
        // As base64 wraps its lines.
        STANDARD
            .encode(&text)
            .as_bytes()
            .chunks(76)
            .map(|line| format!("{}\n", String::from_utf8_lossy(line)))
            .collect(),
        // As one prints a file beside others of its folder.
        format!("{{\"unit\":\"metric\"}}\n{text}"),
    ];
    for shape in shapes {
        let tokens = adopt(shape.as_bytes(), now()).unwrap_or_else(|problem| panic!("{problem}"));
        assert_eq!(tokens.access.expose_secret(), document["di_token"].as_str().unwrap());
        assert_eq!(tokens.refresh.as_ref().unwrap().expose_secret(), "again");
        assert_eq!(tokens.expires_at, Some(now() + Duration::hours(17)));
        assert_eq!(extra(&tokens), json!({ "made": "di", "client_id": "GARMIN_CLIENT", "region": "com" }));
    }
}

#[test]
fn tokens_of_a_browser_and_of_china() {
    let token = json!({ "access_token": jwt(0, "https://diauth.garmin.cn"), "refresh_token": "r", "expires_at": 1 });
    let native = json!({
        "createdAt": 1, "loginClientId": "x", "serviceUrl": "y", "di": { "clientId": "ANDROID", "token": token },
        "it": { "access_token": "z" },
    });
    let tokens = adopt(native.to_string().as_bytes(), now()).unwrap();
    assert_eq!(extra(&tokens), json!({ "made": "di", "client_id": "ANDROID", "region": "cn" }));
    // The client id that the token itself names.
    let bare = json!({ "di_token": jwt(0, COM), "di_refresh_token": "r" });
    let tokens = adopt(bare.to_string().as_bytes(), now()).unwrap();
    assert_eq!(extra(&tokens)["client_id"], "CLIENT_OF_THE_CLAIMS");
}

#[test]
fn tokens_of_garth_are_used_until_they_die() {
    let (oauth1, oauth2) = garth(2);
    let both = json!([oauth1, oauth2]).to_string();
    for shape in [both.clone(), STANDARD.encode(&both), format!("{oauth1}\n{oauth2}"), format!("{oauth2}{oauth1}")] {
        let tokens = adopt(shape.as_bytes(), now()).unwrap();
        assert_eq!(tokens.access.expose_secret(), oauth2["access_token"].as_str().unwrap());
        assert!(tokens.refresh.is_none());
        assert_eq!(extra(&tokens), json!({ "made": "legacy", "region": "cn" }));
    }
    let (oauth1, oauth2) = garth(21);
    let refused = adopt(json!([oauth1, oauth2]).to_string().as_bytes(), now()).unwrap_err();
    assert!(refused.contains("2026-11-01 11:00 UTC") && refused.contains("--login"), "{refused}");
    let refused = adopt(oauth1.to_string().as_bytes(), now()).unwrap_err();
    assert!(refused.contains("OAuth1"), "{refused}");
}

#[test]
fn a_folder_and_a_file_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let (oauth1, oauth2) = garth(2);
    std::fs::write(folder.path().join("oauth1_token.json"), oauth1.to_string()).unwrap();
    std::fs::write(folder.path().join("oauth2_token.json"), oauth2.to_string()).unwrap();
    std::fs::write(folder.path().join("notes.txt"), "not mine").unwrap();
    assert_eq!(extra(&adopt_path(folder.path(), now()).unwrap())["made"], "legacy");
    // Both kinds in one folder, as an updated program leaves them: the new ones count.
    let file = folder.path().join("garmin_tokens.json");
    std::fs::write(&file, garminconnect(1).to_string()).unwrap();
    assert_eq!(extra(&adopt_path(folder.path(), now()).unwrap())["made"], "di");
    assert_eq!(extra(&adopt_path(&file, now()).unwrap())["made"], "di");
    let missing = adopt_path(&folder.path().join("nowhere"), now()).unwrap_err();
    assert!(missing.contains("nowhere"), "{missing}");
}

#[test]
fn what_is_dead_or_no_token_is_refused_with_a_reason() {
    let no_refresh = |hours| json!({ "di_token": jwt(hours, COM), "di_client_id": "C" }).to_string();
    let nobody = json!({ "di_token": "opaque", "di_refresh_token": "r", "di_client_id": "C" }).to_string();
    for (given, told) in [
        (String::new(), "empty"),
        ("hunter2".to_owned(), "neither JSON nor base64"),
        ("{\"di_token\":\"a".to_owned(), "cut off"),
        ("{\"name\":\"x\"}".to_owned(), "no Garmin tokens"),
        ("[]".to_owned(), "no Garmin tokens"),
        (jwt(0, COM), "alone"),
        // An access token may have ended as long as the refresh token has not.
        (garminconnect(24 * 31).to_string(), "30 days"),
        (no_refresh(21), "no refresh token"),
        (nobody, "does not say when it ends"),
    ] {
        let refused = adopt(given.as_bytes(), now()).unwrap_err();
        assert!(refused.contains(told), "{told}: {refused}");
        assert!(!refused.contains("eyJ") && !refused.contains("hunter2"), "{refused}");
    }
    assert!(adopt(garminconnect(24 * 29).to_string().as_bytes(), now()).is_ok());
    assert!(adopt(no_refresh(1).as_bytes(), now()).is_ok());
    assert!(adopt(&[0xff, 0xfe], now()).is_err());
}

#[test]
fn tokens_stay_out_of_debug_output() {
    let tokens = adopt(garminconnect(1).to_string().as_bytes(), now()).unwrap();
    let shown = format!("{tokens:?}");
    assert!(!shown.contains("eyJ") && !shown.contains("again") && !shown.contains("GARMIN_CLIENT"), "{shown}");
}

proptest! {
    #[test]
    fn whatever_is_given_is_adopted_or_refused_with_a_sentence(
        cut in 0_usize..700, at in 0_usize..700, byte in any::<u8>(), noise in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let (oauth1, oauth2) = garth(2);
        for text in [garminconnect(1).to_string(), json!([oauth1, oauth2]).to_string(), STANDARD.encode(garminconnect(1).to_string())] {
            let mut bytes = text.into_bytes();
            bytes.truncate(cut.max(1));
            let place = at % bytes.len();
            bytes[place] = byte;
            bytes.extend(&noise);
            for given in [&bytes, &noise] {
                if let Err(problem) = adopt(given, now()) {
                    prop_assert!(!problem.is_empty() && !problem.contains("eyJ"));
                }
            }
        }
    }
}
