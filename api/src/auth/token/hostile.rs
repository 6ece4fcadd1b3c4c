//! Hostile tokens, the same for every way to sign: the good ones pass, all others are refused in the same words.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::json;

use super::suite::{SECRET, Suite, hmac, suites};
use super::*;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

/// A hub that knows its own secret and all the provider's keys.
fn auth() -> Auth {
    let config = config::Auth {
        secret: Some(SECRET.into()),
        made_at: "unused".into(),
        issuer: "datahub".to_owned(),
        audience: "datahub".to_owned(),
        jwks: None,
    };
    let keys: Vec<Value> = suites().into_iter().filter_map(|suite| suite.jwk).collect();
    let text = json!({ "keys": keys }).to_string().into_bytes();
    let keys = KeySet::of(Box::new(move || {
        let text = text.clone();
        Box::pin(async move { Ok(text) })
    }));
    Auth::open(&config).unwrap().with_keys(keys)
}

fn claims() -> Value {
    let now = now().timestamp();
    json!({ "iss": "datahub", "aud": "datahub", "sub": "x", "iat": now, "exp": now + 600, "jti": "tok_1",
            "scope": "activities:read", "athletes": "*" })
}

fn with(mut object: Value, name: &str, value: Value) -> Value {
    object[name] = value;
    object
}

/// Headers that no good token has, signed all the same.
fn headers(suite: &Suite) -> Vec<String> {
    let good = suite.header();
    let mut found: Vec<Value> = Vec::new();
    for none in ["none", "None", "NONE", "nOnE", "none ", ""] {
        found.push(with(good.clone(), "alg", json!(none)));
    }
    for other in ["HS256", "HS384", "HS512", "RS256", "RS512", "PS256", "ES256", "ES384", "EdDSA", "dir", "RSA1_5"] {
        if other != suite.name {
            found.push(with(good.clone(), "alg", json!(other)));
        }
    }
    for wrong in [json!(null), json!(1), json!(["RS256"]), json!({})] {
        found.push(with(good.clone(), "alg", wrong));
    }
    for wrong in [json!("JWT"), json!("AT+JWT"), json!("at+jwt "), json!("dpop+jwt"), json!(null), json!(1)] {
        found.push(with(good.clone(), "typ", wrong));
    }
    for wrong in [
        "../../../../dev/null",
        "/dev/null",
        "' OR 1=1 --",
        "RS256\0",
        "",
        "rs256",
        "unknown",
        "https://attacker.example/jwks.json",
        &"x".repeat(1000),
    ] {
        found.push(with(good.clone(), "kid", json!(wrong)));
    }
    for other in suites().iter().filter(|other| other.jwk.is_some() && other.name != suite.name) {
        found.push(with(good.clone(), "kid", json!(other.name)));
    }
    for wrong in [json!(1), json!(["RS256"]), json!({})] {
        found.push(with(good.clone(), "kid", wrong));
    }
    let own = suite.jwk.clone().unwrap_or_else(|| json!({ "kty": "oct", "k": BASE64.encode(SECRET) }));
    for (name, value) in [
        ("jku", json!("https://attacker.example/keys")),
        ("x5u", json!("http://169.254.169.254/latest/meta-data")),
        ("x5u", json!("file:///etc/passwd")),
        ("x5c", json!(["AAAA"])),
        ("x5t", json!("AAAA")),
        ("x5t#S256", json!("AAAA")),
        ("jwk", own),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("cty", json!("JWT")),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("enc", json!("A256GCM")),
        ("p2c", json!(2_000_000_000)),
        ("p2s", json!("AAAA")),
        ("epk", json!({})),
        ("nonce", json!("x")),
        ("url", json!("https://attacker.example")),
        ("anything", json!(1)),
    ] {
        found.push(with(good.clone(), name, value));
    }
    let mut texts: Vec<String> = found.iter().map(Value::to_string).collect();
    let text = good.to_string();
    let twice = |member: &str| text.replacen('{', &format!("{{{member},"), 1);
    texts.push(twice("\"alg\":\"none\""));
    texts.push(twice(&format!("\"alg\":\"{}\"", suite.name)));
    texts.push(twice("\"typ\":\"at+jwt\""));
    texts.push(twice("\"kid\":\"x\",\"kid\":\"y\""));
    texts.push(text.replace("\"typ\":\"at+jwt\"", "\"x\":1"));
    texts.extend(["{}", "", "null", "[]", "\"\"", "{"].map(str::to_owned));
    texts.push("[".repeat(2000));
    texts
}

/// Claims that no good token has.
fn statements() -> Vec<String> {
    let good = claims();
    let at = now().timestamp();
    let mut found = Vec::new();
    for name in ["iss", "aud", "sub", "iat", "exp", "jti", "scope", "athletes"] {
        let mut less = good.clone();
        less.as_object_mut().unwrap().remove(name);
        found.push(less);
        for wrong in [json!(null), json!({}), json!(true), json!([]), json!(1.5)] {
            // A list of nobody is a token that sees nobody, and true.
            if (name, &wrong) != ("athletes", &json!([])) {
                found.push(with(good.clone(), name, wrong));
            }
        }
    }
    for (name, wrong) in [
        ("iss", json!("Datahub")),
        ("iss", json!("datahub ")),
        ("iss", json!(["datahub"])),
        ("aud", json!("datahub2")),
        ("aud", json!(["datahub"])),
        ("aud", json!(["other", "datahub"])),
        ("sub", json!("")),
        ("jti", json!("")),
        ("exp", json!(at - 60)),
        ("exp", json!("1800000600")),
        ("exp", json!(at)),
        ("exp", json!(u64::MAX)),
        ("exp", json!(i64::MAX)),
        ("exp", json!(-1)),
        ("iat", json!(at + 61)),
        ("iat", json!(at + 600)),
        ("nbf", json!(at + 61)),
        ("nbf", json!("x")),
        ("athletes", json!("all")),
        ("athletes", json!("")),
        ("athletes", json!(["*"])),
        ("athletes", json!(["ath_1"])),
        ("athletes", json!([1])),
    ] {
        found.push(with(good.clone(), name, wrong));
    }
    let mut texts: Vec<String> = found.iter().map(Value::to_string).collect();
    let text = good.to_string();
    for member in ["\"sub\":\"admin\"", "\"athletes\":\"*\"", "\"exp\":1", "\"x\":1,\"x\":2", "\"iss\":\"datahub\""] {
        texts.push(text.replacen('{', &format!("{{{member},"), 1));
    }
    for number in ["NaN", "Infinity", "1e400", "0x6b49d200", "1800000600.5", "1_800_000_600", "-0", "1800000600n"] {
        texts.push(text.replace(&format!("\"exp\":{}", at + 600), &format!("\"exp\":{number}")));
    }
    texts.extend(["{}", "", "null", "[]", "{"].map(str::to_owned));
    texts.push(format!("{text} {text}"));
    texts
}

/// Tokens whose parts fit and whose whole does not.
fn wholes(suite: &Suite) -> Vec<String> {
    let good = suite.token(&suite.header().to_string(), &claims().to_string());
    let (body, signature) = good.rsplit_once('.').unwrap();
    let bytes = BASE64.decode(signature).unwrap();
    let zeroes = |length: usize| format!("{body}.{}", BASE64.encode(vec![0; length]));
    let mut found = vec![
        body.to_owned(),
        format!("{body}."),
        format!("{body}.{signature}="),
        format!("{body}.{signature}\n"),
        format!(" {good}"),
        format!("{good}.{signature}"),
        format!("{body}..{signature}"),
        format!(".{good}"),
        zeroes(bytes.len()),
        zeroes(64),
        zeroes(1),
        format!("{body}.{}", BASE64.encode(&bytes[1..])),
        format!("{body}.{}", BASE64.encode([&bytes[..], &[0]].concat())),
        format!("{body}.{}", BASE64.encode(hmac(&suite.public, body.as_bytes()))),
        // A signature of r = s = n, the order of the curve.
        format!("{body}.{}", BASE64.encode([[0xff; 32], [0xff; 32]].concat())),
        // An encrypted token's five parts.
        format!(
            "{}.AAAA.AAAA.AAAA.AAAA",
            BASE64.encode(r#"{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2000000000,"p2s":"AA"}"#)
        ),
        suite.token(&suite.header().to_string(), &with(claims(), "x", json!("x".repeat(4096))).to_string()),
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "🙂.🙂.🙂".to_owned(),
    ];
    // The public key as the secret of an HMAC that the header asks for.
    for public in [suite.public.clone(), suite.jwk.as_ref().map(|jwk| jwk.to_string().into_bytes()).unwrap_or_default()]
    {
        let header = with(suite.header(), "alg", json!("HS256"));
        let body = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims().to_string()));
        found.push(format!("{body}.{}", BASE64.encode(hmac(&public, body.as_bytes()))));
    }
    found
}

#[tokio::test]
async fn hostile_tokens_are_refused_however_they_are_signed() {
    let auth = auth();
    for suite in suites() {
        let (header, stated) = (suite.header().to_string(), claims().to_string());
        let good = suite.token(&header, &stated);
        assert_eq!(auth.verify(&good, now()).await.unwrap().athletes, Athletes::All, "{}", suite.name);
        let mut tried = 0;
        let hostile = headers(&suite).into_iter().map(|header| suite.token(&header, &stated));
        let hostile = hostile.chain(statements().into_iter().map(|stated| suite.token(&header, &stated)));
        for token in hostile.chain(wholes(&suite)) {
            let refused = auth.verify(&token, now()).await;
            let told = |text: &str| String::from_utf8_lossy(&BASE64.decode(text).unwrap_or_default()).into_owned();
            let parts = || token.split('.').map(told).collect::<Vec<_>>();
            assert!(matches!(refused, Err(TokenError::Invalid | TokenError::Expired)), "{}: {:?}", suite.name, parts());
            tried += 1;
        }
        assert!(tried > 150, "{tried}");
    }
}

#[tokio::test]
async fn a_changed_byte_anywhere_is_refused_however_it_is_signed() {
    let auth = auth();
    for suite in suites() {
        let good = suite.token(&suite.header().to_string(), &claims().to_string());
        for at in 0..good.len() {
            let mut bytes = good.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(auth.verify(&changed, now()).await.is_err(), "{}: byte {at}", suite.name);
        }
    }
}

#[tokio::test]
async fn tokens_of_others_live_a_day_and_have_scopes_of_their_own_besides() {
    let auth = auth();
    let at = now().timestamp();
    for suite in suites() {
        let lives = |seconds: i64| {
            let claims = with(with(claims(), "exp", json!(at + seconds)), "scope", json!("activities:read"));
            suite.token(&suite.header().to_string(), &claims.to_string())
        };
        assert!(auth.verify(&lives(86_400), now()).await.is_ok(), "{}", suite.name);
        let is_ours = suite.jwk.is_none();
        assert_eq!(auth.verify(&lives(86_401), now()).await.is_ok(), is_ours, "{}", suite.name);
        let more = with(claims(), "scope", json!("openid activities:read profile"));
        let more = auth.verify(&suite.token(&suite.header().to_string(), &more.to_string()), now()).await;
        match more {
            Ok(principal) => assert_eq!(principal.scopes, BTreeSet::from([Scope::ActivitiesRead]), "{}", suite.name),
            Err(_) => assert!(is_ours, "{}", suite.name),
        }
    }
}

#[tokio::test]
async fn without_a_provider_only_ours_count() {
    let config = config::Auth {
        secret: Some(SECRET.into()),
        made_at: "unused".into(),
        issuer: "datahub".to_owned(),
        audience: "datahub".to_owned(),
        jwks: None,
    };
    let alone = Auth::open(&config).unwrap();
    for suite in suites() {
        let token = suite.token(&suite.header().to_string(), &claims().to_string());
        assert_eq!(alone.verify(&token, now()).await.is_ok(), suite.jwk.is_none(), "{}", suite.name);
    }
}
