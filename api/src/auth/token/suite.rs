//! For tests: keys of every kind that tokens are signed with, made anew for each run.

use std::sync::{Arc, LazyLock};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

/// The secret of our own tokens.
pub const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// Gives a signature.
type Sign = Arc<dyn Fn(&[u8]) -> Vec<u8> + Send + Sync>;

/// A way to sign.
#[derive(Clone)]
pub struct Suite {
    /// Its algorithm's name, and the key's.
    pub name: &'static str,
    pub algorithm: Algorithm,
    /// The public key, where others hold it.
    pub jwk: Option<Value>,
    /// The public key's bytes.
    pub public: Vec<u8>,
    sign: Sign,
}

impl Suite {
    /// A token of these two texts, whatever they say.
    pub fn token(&self, header: &str, claims: &str) -> String {
        let body = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
        let signature = BASE64.encode((self.sign)(body.as_bytes()));
        format!("{body}.{signature}")
    }

    /// The header of a good token.
    pub fn header(&self) -> Value {
        match self.jwk {
            Some(_) => json!({ "alg": self.name, "typ": "at+jwt", "kid": self.name }),
            None => json!({ "alg": self.name, "typ": "at+jwt" }),
        }
    }
}

/// HMAC with any key.
pub fn hmac(key: &[u8], body: &[u8]) -> Vec<u8> {
    let signed = jsonwebtoken::crypto::sign(body, &EncodingKey::from_secret(key), Algorithm::HS256).unwrap();
    BASE64.decode(signed).unwrap()
}

/// Our own, and three of an identity provider's.
pub fn suites() -> Vec<Suite> {
    static SUITES: LazyLock<Vec<Suite>> = LazyLock::new(make);
    SUITES.clone()
}

fn make() -> Vec<Suite> {
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let ed = Ed25519KeyPair::generate().unwrap();
    let number = |bytes: &[u8]| BASE64.encode(bytes);
    let modulus = rsa.public_key().modulus().big_endian_without_leading_zero().to_vec();
    let exponent = rsa.public_key().exponent().big_endian_without_leading_zero().to_vec();
    let point = ec.public_key().as_ref().to_vec();
    let edwards = ed.public_key().as_ref().to_vec();
    let random = SystemRandom::new();
    vec![
        Suite {
            name: "HS256",
            algorithm: Algorithm::HS256,
            jwk: None,
            public: b"nobody has it".to_vec(),
            sign: Arc::new(|body| hmac(SECRET.as_bytes(), body)),
        },
        Suite {
            name: "RS256",
            algorithm: Algorithm::RS256,
            jwk: Some(json!({ "kty": "RSA", "kid": "RS256", "n": number(&modulus), "e": number(&exponent) })),
            public: modulus,
            sign: Arc::new(move |body| {
                let mut signature = vec![0; rsa.public_modulus_len()];
                rsa.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), body, &mut signature).unwrap();
                signature
            }),
        },
        Suite {
            name: "ES256",
            algorithm: Algorithm::ES256,
            jwk: Some(json!({ "kty": "EC", "kid": "ES256", "crv": "P-256", "x": number(&point[1..33]),
                              "y": number(&point[33..]), "use": "sig" })),
            public: point,
            sign: Arc::new(move |body| ec.sign(&random, body).unwrap().as_ref().to_vec()),
        },
        Suite {
            name: "EdDSA",
            algorithm: Algorithm::EdDSA,
            jwk: Some(json!({ "kty": "OKP", "kid": "EdDSA", "crv": "Ed25519", "x": number(&edwards), "alg": "EdDSA",
                              "key_ops": ["verify"] })),
            public: edwards,
            sign: Arc::new(move |body| ed.sign(body).as_ref().to_vec()),
        },
    ]
}
