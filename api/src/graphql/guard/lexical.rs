//! One pass over the letters of a document, by the lexical grammar of the GraphQL specification (§2.1), without
//! recursion and without a parse.

/// What the letters show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Lexical {
    /// How deep brackets stand in each other, of whatever kind.
    pub nesting: usize,
    /// Names, numbers, texts and signs.
    pub tokens: usize,
    /// A text does not end, or not on its line. The parser might read what follows in another way than this pass.
    pub unterminated: bool,
}

/// Scans a document.
pub(super) fn scan(text: &str) -> Lexical {
    let mut found = Lexical::default();
    let mut open = 0_usize;
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        rest = behind;
        match first {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => continue,
            b'#' => {
                rest = skip(rest, |byte| !matches!(byte, b'\n' | b'\r'));
                continue;
            }
            b'{' | b'[' | b'(' => {
                open += 1;
                found.nesting = found.nesting.max(open);
            }
            b'}' | b']' | b')' => open = open.saturating_sub(1),
            b'"' => match after_text(rest) {
                Some(behind) => rest = behind,
                None => {
                    found.unterminated = true;
                    return found;
                }
            },
            byte if is_word(*byte) => rest = skip(rest, is_word),
            _ => {}
        }
        found.tokens += 1;
    }
    found
}

/// Letters of names and numbers. A number's point and sign count as signs of their own: the count is an upper bound.
/// So do the bytes of other alphabets, which stand in no valid document outside texts and comments.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn skip(bytes: &[u8], wanted: impl Fn(u8) -> bool) -> &[u8] {
    let end = bytes.iter().position(|byte| !wanted(*byte)).unwrap_or(bytes.len());
    bytes.get(end..).unwrap_or_default()
}

/// What stands behind a text whose first quote has been read; nothing where it does not end.
fn after_text(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes;
    if let Some(block) = bytes.strip_prefix(br#""""#) {
        rest = block;
        loop {
            match rest {
                [b'\\', b'"', b'"', b'"', behind @ ..] => rest = behind,
                [b'"', b'"', b'"', behind @ ..] => return Some(behind),
                [_, behind @ ..] => rest = behind,
                [] => return None,
            }
        }
    }
    loop {
        match rest {
            [b'"', behind @ ..] => return Some(behind),
            [b'\n' | b'\r', ..] | [b'\\', b'\n' | b'\r', ..] => return None,
            [b'\\', _, behind @ ..] | [_, behind @ ..] => rest = behind,
            [] => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> (usize, usize, bool) {
        let found = scan(text);
        (found.nesting, found.tokens, found.unterminated)
    }

    #[test]
    fn brackets_of_every_kind_nest_and_words_are_counted() {
        assert_eq!(found("{ a(b: [1, {c: 2}]) }"), (4, 15, false));
        assert_eq!(found("{}{}[]()"), (1, 8, false));
        assert_eq!(found("}}}}{"), (1, 5, false));
        assert_eq!(found(""), (0, 0, false));
    }

    #[test]
    fn brackets_in_texts_and_comments_do_not_count() {
        assert_eq!(found("{ a # {{{{\n }"), (1, 3, false));
        assert_eq!(found(r#"{ a(b: "{{{ \" {{") }"#), (2, 8, false));
        assert_eq!(found("{ a(b: \"\"\"{{{ \\\"\"\" {{ \" \"\" {\n\"\"\") }"), (2, 8, false));
        assert_eq!(found(r#"{ a(b: "") }"#), (2, 8, false));
        assert_eq!(found("# {{{\r{"), (1, 1, false));
    }

    #[test]
    fn a_text_that_does_not_end_hides_nothing() {
        for text in ["\"", "\"a", "\"a\\\"", "\"a\n{{{\"", "\"\"\" {{{", "\"\"\"a\" {{{", "\"\"\"\\\"\"\"", "\"a\\\n\""]
        {
            assert!(scan(text).unterminated, "{text:?}");
        }
        assert!(!scan("\"\"\"\"\"\"").unterminated);
    }
}
