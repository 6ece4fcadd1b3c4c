//! Which kind of answer is asked for, and which kind of request was sent.

use axum::http::{HeaderMap, HeaderValue, header};

/// The two kinds of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `application/graphql-response+json`: the status tells whether the request was executed.
    GraphqlResponse,
    /// `application/json`: 200 for whatever was understood.
    Json,
}

impl Kind {
    /// The answer's content type.
    pub const fn header(self) -> HeaderValue {
        match self {
            Self::GraphqlResponse => HeaderValue::from_static("application/graphql-response+json; charset=utf-8"),
            Self::Json => HeaderValue::from_static("application/json; charset=utf-8"),
        }
    }
}

/// The kind with the greatest weight; of two alike the one whose status tells more, but plain JSON for whoever takes
/// anything. Nothing where neither is acceptable.
pub fn kind(headers: &HeaderMap) -> Option<Kind> {
    let mut ranges = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|range| !range.is_empty())
        .peekable();
    if ranges.peek().is_none() {
        return Some(Kind::Json);
    }
    let mut best: Option<(u32, u8, Kind)> = None;
    for range in ranges {
        let (name, rest) = range.split_once(';').unwrap_or((range, ""));
        let (exactness, kind) = match name.trim().to_ascii_lowercase().as_str() {
            "application/graphql-response+json" => (2, Kind::GraphqlResponse),
            "application/json" => (1, Kind::Json),
            "application/*" | "*/*" => (0, Kind::Json),
            _ => continue,
        };
        let weight = weight(rest);
        if weight > 0 && best.is_none_or(|(known, exact, _)| (weight, exactness) > (known, exact)) {
            best = Some((weight, exactness, kind));
        }
    }
    best.map(|(_, _, kind)| kind)
}

/// `q` in thousandths.
fn weight(parameters: &str) -> u32 {
    let q = parameters.split(';').find_map(|one| one.trim().strip_prefix("q="));
    match q.map(str::parse::<f64>) {
        None => 1000,
        Some(Ok(q)) if (0.0..=1.0).contains(&q) => (q * 1000.0) as u32,
        Some(_) => 0,
    }
}

/// Whether the request is JSON, said once, in UTF-8.
pub fn is_json(headers: &HeaderMap) -> bool {
    let mut given = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (given.next(), given.next()) else { return false };
    let Ok(value) = value.to_str() else { return false };
    let (name, parameters) = value.split_once(';').unwrap_or((value, ""));
    let parameters = parameters.trim().to_ascii_lowercase();
    name.trim().eq_ignore_ascii_case("application/json")
        && matches!(parameters.as_str(), "" | "charset=utf-8" | "charset=\"utf-8\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: header::HeaderName, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name.clone(), HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn the_kind_is_chosen_by_weight_and_then_by_exactness() {
        let (response, json) = (Some(Kind::GraphqlResponse), Some(Kind::Json));
        for (accept, wanted) in [
            (&[][..], json),
            (&[""], json),
            (&["*/*"], json),
            (&["application/*"], json),
            (&["application/json"], json),
            (&["application/graphql-response+json"], response),
            (&["Application/GraphQL-Response+JSON; charset=utf-8"], response),
            (&["application/json, application/graphql-response+json"], response),
            (&["application/graphql-response+json;q=0.5, application/json"], json),
            (&["application/graphql-response+json, application/json;q=0.9"], response),
            (&["text/html", "application/json;q=0.1"], json),
            (&["text/html, */*;q=0.1"], json),
            (&["text/html"], None),
            (&["application/json;q=0"], None),
            (&["application/json;q=nonsense"], None),
        ] {
            assert_eq!(kind(&with(header::ACCEPT, accept)), wanted, "{accept:?}");
        }
    }

    #[test]
    fn only_json_is_a_request() {
        for good in ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON;charset=\"UTF-8\""] {
            assert!(is_json(&with(header::CONTENT_TYPE, &[good])), "{good}");
        }
        for bad in [
            &[][..],
            &["text/plain"],
            &["application/x-www-form-urlencoded"],
            &["multipart/form-data; boundary=x"],
            &["application/graphql"],
            &["application/jsonp"],
            &["application/json; charset=latin1"],
            &["application/json", "application/json"],
            &[""],
        ] {
            assert!(!is_json(&with(header::CONTENT_TYPE, bad)), "{bad:?}");
        }
    }
}
