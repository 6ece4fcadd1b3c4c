//! The request's body: read within its limit, and understood.

use async_graphql::Variables;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::BytesMut;
use futures::StreamExt as _;
use serde_json::Value;

use crate::http::problem::Problem;

/// A request as it was sent.
#[derive(Debug)]
pub struct Request {
    /// The document.
    pub query: String,
    /// Which of its operations.
    pub operation_name: Option<String>,
    /// Its variables.
    pub variables: Variables,
}

/// Reads a body of at most `limit` bytes, whatever its length is said to be.
///
/// # Errors
/// It is longer, or breaks off.
pub async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<BytesMut, Problem> {
    let too_long =
        || Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("A request's body has at most {limit} bytes."));
    let said = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if said.is_some_and(|said| usize::try_from(said).is_ok_and(|said| said > limit) || said > u64::from(u32::MAX)) {
        return Err(too_long());
    }
    let mut bytes = BytesMut::new();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "The body broke off."))?;
        if bytes.len().saturating_add(chunk.len()) > limit {
            return Err(too_long());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Understands a body.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub fn parse(bytes: &[u8]) -> Result<Request, &'static str> {
    understood(serde_json::from_slice(bytes).map_err(|_| "The body is not valid JSON.")?)
}

/// Understands a body that is JSON.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub fn understood(body: Value) -> Result<Request, &'static str> {
    let mut body = match body {
        Value::Object(body) => body,
        Value::Array(_) => return Err("Requests are sent one at a time; batches are not served."),
        _ => return Err("The body is a JSON object with `query` in it."),
    };
    let query = match body.remove("query") {
        Some(Value::String(query)) => query,
        Some(_) => return Err("`query` is a text."),
        None => return Err("The body has no `query`."),
    };
    let operation_name = match body.remove("operationName") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name),
        Some(_) => return Err("`operationName` is a text."),
    };
    let variables = match body.remove("variables") {
        None | Some(Value::Null) => Variables::default(),
        Some(variables @ Value::Object(_)) => Variables::from_json(variables),
        Some(_) => return Err("`variables` is a JSON object."),
    };
    match body.remove("extensions") {
        None | Some(Value::Null | Value::Object(_)) => Ok(Request { query, operation_name, variables }),
        Some(_) => Err("`extensions` is a JSON object."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_is_read_to_its_limit_and_no_further() {
        let chunks = |size: usize| {
            let chunks = std::iter::repeat_with(|| Ok::<_, std::io::Error>(bytes::Bytes::from_static(b"x"))).take(size);
            Body::from_stream(futures::stream::iter(chunks))
        };
        assert_eq!(read(&HeaderMap::new(), chunks(100), 100).await.unwrap().len(), 100);
        assert!(read(&HeaderMap::new(), chunks(101), 100).await.is_err());
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_LENGTH, "101".parse().unwrap());
        assert!(read(&headers, chunks(1), 100).await.is_err());
        let broken = Body::from_stream(futures::stream::iter([Err::<bytes::Bytes, _>(std::io::Error::other("x"))]));
        assert!(read(&HeaderMap::new(), broken, 100).await.is_err());
    }

    #[test]
    fn a_request_is_one_object_of_the_right_types() {
        let good =
            parse(br#"{"query": "{a}", "operationName": null, "variables": {"x": [1]}, "extensions": {}, "id": 1}"#);
        let good = good.unwrap();
        assert_eq!((good.query.as_str(), good.operation_name, good.variables.len()), ("{a}", None, 1));
        for bad in [
            &b""[..],
            b"\xff",
            b"null",
            b"[]",
            br#"[{"query": "{a}"}]"#,
            b"{}",
            br#"{"query": 1}"#,
            br#"{"query": null}"#,
            br#"{"query": "{a}", "variables": []}"#,
            br#"{"query": "{a}", "variables": "{}"}"#,
            br#"{"query": "{a}", "operationName": 1}"#,
            br#"{"query": "{a}", "extensions": 1}"#,
            br#"{"query": "{a}"} x"#,
        ] {
            assert!(parse(bad).is_err(), "{}", String::from_utf8_lossy(bad));
        }
        let deep = format!("{{\"query\": \"{{a}}\", \"variables\": {}1{}}}", "[".repeat(1000), "]".repeat(1000));
        assert!(parse(deep.as_bytes()).is_err());
    }
}
