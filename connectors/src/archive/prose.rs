//! Texts of several lines.

/// The longest description that is kept, in characters; the whole stays in its artifact.
const LONGEST: usize = 10_000;

/// A person's text without control and direction characters but with its lines. `None` where nothing is left.
pub fn prose(text: &str) -> Option<String> {
    let odd = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let kept: String = text.replace("\r\n", "\n").chars().filter(|c| !odd(*c)).take(LONGEST).collect();
    let kept = kept.trim();
    (!kept.is_empty()).then(|| kept.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_and_tricks_go() {
        assert_eq!(prose(" a\r\nb\u{0}\u{202e} ").as_deref(), Some("a\nb"));
        assert_eq!(prose("\u{7}\n"), None);
    }
}
