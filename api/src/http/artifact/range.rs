//! One range of bytes, as RFC 9110 §14 has it.

use axum::http::{HeaderMap, header};

/// Which part is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// All of it.
    All,
    /// From one byte until before another; not empty, and within the whole.
    Part {
        /// The first byte.
        from: usize,
        /// The first byte that is not wanted.
        until: usize,
    },
    /// Nothing that is there, or more than one range.
    Nothing,
}

/// The part of `length` bytes that the request asks for. What is no range of bytes asks for all of it.
pub fn wanted(headers: &HeaderMap, length: usize) -> Wanted {
    let mut given = headers.get_all(header::RANGE).iter();
    let Some(value) = given.next() else { return Wanted::All };
    if given.next().is_some() {
        return Wanted::Nothing;
    }
    let Some(range) = value.to_str().ok().and_then(|value| value.strip_prefix("bytes=")) else { return Wanted::All };
    if range.contains(',') {
        return Wanted::Nothing;
    }
    let Some((first, last)) = range.trim().split_once('-') else { return Wanted::All };
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // A number too long for this machine lies behind every end.
        digits.then(|| text.parse::<usize>().unwrap_or(usize::MAX))
    };
    let (from, until) = match (number(first), number(last)) {
        (Some(from), Some(last)) if from <= last => (from, last.saturating_add(1).min(length)),
        (Some(_), Some(_)) => return Wanted::All,
        (Some(from), None) if last.is_empty() => (from, length),
        (None, Some(tail)) if first.is_empty() => (length.saturating_sub(tail), length),
        _ => return Wanted::All,
    };
    if from < until { Wanted::Part { from, until } } else { Wanted::Nothing }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_lies_within_the_whole_or_is_none() {
        let part = |from, until| Wanted::Part { from, until };
        for (range, expected) in [
            ("bytes=0-0", part(0, 1)),
            ("bytes=0-", part(0, 10)),
            ("bytes=3-99999999999999999999999", part(3, 10)),
            ("bytes=-3", part(7, 10)),
            ("bytes=-100", part(0, 10)),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=99999999999999999999999-", Wanted::Nothing),
            ("bytes=0-1,3-4", Wanted::Nothing),
            ("bytes=4-3", Wanted::All),
            ("bytes=a-b", Wanted::All),
            ("bytes=-", Wanted::All),
            ("bytes=+1-2", Wanted::All),
            ("lines=1-2", Wanted::All),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, range.parse().unwrap());
            assert_eq!(wanted(&headers, 10), expected, "{range}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, "bytes=0-".parse().unwrap());
        assert_eq!(wanted(&headers, 0), Wanted::Nothing);
        assert_eq!(wanted(&HeaderMap::new(), 10), Wanted::All);
    }
}
