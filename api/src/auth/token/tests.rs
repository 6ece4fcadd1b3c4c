//! Good tokens pass; everything else is refused, and nothing panics.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::json;

use super::*;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn auth() -> Auth {
    Auth::open(&config::Auth {
        secret: Some(SECRET.into()),
        made_at: "unused".into(),
        issuer: "datahub".to_owned(),
        audience: "datahub".to_owned(),
        jwks: None,
    })
    .unwrap()
}

/// Nothing is read for tokens of ours: there is nothing to wait for.
fn verify(auth: &Auth, token: &str, now: DateTime<Utc>) -> Result<Principal, TokenError> {
    futures::executor::block_on(auth.verify(token, now))
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn grant() -> Grant {
    Grant {
        client_id: "dashboard".to_owned(),
        scopes: [Scope::ActivitiesRead, Scope::ArtifactsRead].into(),
        athletes: Athletes::Only([AthleteId::from_uuid(uuid::Uuid::from_u128(7))].into()),
        lifetime: Duration::days(1),
    }
}

/// Signs any header and claims with our own key, as somebody could who found a way to ask for it.
fn signed(header: &Value, claims: &Value) -> String {
    let body = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()));
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let signature = jsonwebtoken::crypto::sign(body.as_bytes(), &key, Algorithm::HS256).unwrap();
    format!("{body}.{signature}")
}

fn header() -> Value {
    json!({"alg": "HS256", "typ": "at+jwt"})
}

fn claims() -> Value {
    let now = now().timestamp();
    json!({"iss": "datahub", "aud": "datahub", "sub": "x", "iat": now, "exp": now + 600, "jti": "tok_1",
           "scope": "activities:read", "athletes": "*"})
}

fn with(mut object: Value, key: &str, value: Value) -> Value {
    object[key] = value;
    object
}

fn without(mut object: Value, key: &str) -> Value {
    object.as_object_mut().unwrap().remove(key);
    object
}

#[test]
fn a_token_says_what_was_granted() {
    let (auth, grant) = (auth(), grant());
    let issued = auth.make(&grant, "tok_1".to_owned(), now()).unwrap();
    let principal = verify(&auth, issued.token.expose_secret(), now()).unwrap();
    assert_eq!(principal.client_id, "dashboard");
    assert_eq!(principal.scopes, grant.scopes);
    assert_eq!(principal.athletes, grant.athletes);
    assert_eq!(principal.expires_at, now() + Duration::days(1));
    assert_eq!(principal.may(Scope::AthletesErase), Err(super::super::Forbidden(Scope::AthletesErase)));
    assert_eq!(verify(&auth, &signed(&header(), &claims()), now()).unwrap().athletes, Athletes::All);
}

#[test]
fn times_are_held_to_the_second_with_a_minute_of_leeway() {
    let auth = auth();
    let token = signed(&header(), &claims());
    assert!(verify(&auth, &token, now() + Duration::seconds(659)).is_ok());
    assert!(matches!(verify(&auth, &token, now() + Duration::seconds(660)), Err(TokenError::Expired)));
    assert!(verify(&auth, &token, now() - Duration::seconds(60)).is_ok());
    assert!(matches!(verify(&auth, &token, now() - Duration::seconds(61)), Err(TokenError::Invalid)));
    let later = with(claims(), "nbf", json!(now().timestamp() + 61));
    assert!(matches!(verify(&auth, &signed(&header(), &later), now()), Err(TokenError::Invalid)));
}

#[test]
fn hostile_headers_are_refused_even_when_the_signature_fits() {
    let auth = auth();
    for (key, value) in [
        ("typ", json!("JWT")),
        ("typ", json!("AT+JWT")),
        ("alg", json!("none")),
        ("alg", json!("None")),
        ("alg", json!("HS384")),
        ("alg", json!("RS256")),
        ("alg", json!("ES256")),
        ("alg", json!("")),
        ("alg", json!(null)),
        ("kid", json!("../../dev/null")),
        ("jku", json!("https://attacker.example/keys")),
        ("x5u", json!("https://attacker.example/cert")),
        ("x5c", json!(["AAAA"])),
        ("jwk", json!({"kty": "oct", "k": "AAAA"})),
        ("crit", json!(["exp"])),
        ("cty", json!("JWT")),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("enc", json!("A128GCM")),
        ("anything", json!(1)),
    ] {
        let token = signed(&with(header(), key, value.clone()), &claims());
        assert!(matches!(verify(&auth, &token, now()), Err(TokenError::Invalid)), "{key} {value}");
    }
    assert!(verify(&auth, &signed(&without(header(), "typ"), &claims()), now()).is_err());
}

#[test]
fn every_claim_is_required_and_of_its_type() {
    let auth = auth();
    for key in ["iss", "aud", "sub", "iat", "exp", "jti", "scope", "athletes"] {
        assert!(verify(&auth, &signed(&header(), &without(claims(), key)), now()).is_err(), "{key} is missing");
        for wrong in [json!(null), json!({}), json!(true), json!(1.5), json!("")] {
            // No scope at all is a token that can do nothing, and true.
            if key == "scope" && wrong == json!("") {
                continue;
            }
            let token = signed(&header(), &with(claims(), key, wrong.clone()));
            assert!(verify(&auth, &token, now()).is_err(), "{key} is {wrong}");
        }
    }
    for (key, wrong) in [
        ("iss", json!("Datahub")),
        ("iss", json!(["datahub"])),
        ("aud", json!("datahub2")),
        ("aud", json!(["datahub", "other"])),
        ("exp", json!("1800000600")),
        ("exp", json!(now().timestamp())),
        ("exp", json!(u64::MAX)),
        ("exp", json!(i64::MAX)),
        ("iat", json!(i64::MIN)),
        ("scope", json!("activities:read everything")),
        ("athletes", json!("all")),
        ("athletes", json!(["*"])),
        ("athletes", json!(["ath_1"])),
    ] {
        let token = signed(&header(), &with(claims(), key, wrong.clone()));
        if key == "iat" {
            let _ = verify(&auth, &token, now());
            continue;
        }
        assert!(verify(&auth, &token, now()).is_err(), "{key} is {wrong}");
    }
}

#[test]
fn duplicate_members_are_refused() {
    let auth = auth();
    let twice = claims().to_string().replace("\"sub\":\"x\"", "\"sub\":\"x\",\"sub\":\"y\"");
    let body = format!("{}.{}", BASE64.encode(header().to_string()), BASE64.encode(twice));
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let signature = jsonwebtoken::crypto::sign(body.as_bytes(), &key, Algorithm::HS256).unwrap();
    assert!(verify(&auth, &format!("{body}.{signature}"), now()).is_err());
}

#[test]
fn a_changed_byte_anywhere_is_refused_and_long_or_broken_texts_do_no_harm() {
    let auth = auth();
    let token = signed(&header(), &claims());
    for at in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert!(verify(&auth, &changed, now()).is_err(), "byte {at}");
    }
    let long = signed(&header(), &with(claims(), "scope", json!(" ".repeat(4096))));
    for broken in
        ["", ".", "..", "...", "a.b.c", "🙂.🙂.🙂", &long, &token[1..], &format!("{token}."), &format!("{token}=")]
    {
        assert!(verify(&auth, broken, now()).is_err());
    }
}

#[test]
fn useless_grants_are_refused() {
    let auth = auth();
    let many = (0..200).map(|number| AthleteId::from_uuid(uuid::Uuid::from_u128(number))).collect();
    for grant in [
        Grant { client_id: " ".to_owned(), ..grant() },
        Grant { scopes: BTreeSet::new(), ..grant() },
        Grant { lifetime: Duration::zero(), ..grant() },
        Grant { lifetime: Duration::days(367), ..grant() },
        Grant { athletes: Athletes::Only(many), ..grant() },
    ] {
        assert!(matches!(auth.make(&grant, "tok_1".to_owned(), now()), Err(TokenError::Grant(_))));
    }
}
