//! Documents that were parsed lately: dashboards send the same few again and again, and parsing one costs as much as
//! answering a small one.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use async_graphql::parser::types::ExecutableDocument;

/// How much text is kept, in bytes, all documents together. Parsed they take some fifty times as much.
const ROOM: usize = 64 << 10;
/// The longest document that is kept.
const LONGEST: usize = 8 << 10;

static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);

#[derive(Default)]
struct Known {
    documents: HashMap<String, Arc<ExecutableDocument>>,
    bytes: usize,
}

impl Known {
    fn keep(&mut self, text: &str, document: &Arc<ExecutableDocument>) {
        if text.len() > LONGEST {
            return;
        }
        // Whoever sends ever new documents empties it for all: they are parsed again, as without it.
        if self.bytes + text.len() > ROOM {
            *self = Self::default();
        }
        if self.documents.insert(text.to_owned(), document.clone()).is_none() {
            self.bytes += text.len();
        }
    }
}

/// The document of that text, letter by letter, if it is known.
pub(super) fn find(text: &str) -> Option<Arc<ExecutableDocument>> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner).documents.get(text).cloned()
}

/// Keeps a document that may be executed, for the next who sends its text.
pub(super) fn keep(text: &str, document: &Arc<ExecutableDocument>) {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner).keep(text, document);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_has_a_bound_whatever_is_sent() {
        let document = Arc::new(async_graphql::parser::parse_query("{ a }").unwrap());
        let mut known = Known::default();
        known.keep("{ a }", &document);
        known.keep("{ a }", &document);
        assert_eq!((known.documents.len(), known.bytes), (1, 5), "the same text is kept once");
        known.keep(&format!("{{ a }}{}", " ".repeat(LONGEST)), &document);
        assert_eq!(known.documents.len(), 1, "too long to be kept");
        for number in 0..1000 {
            known.keep(&format!("{{ a{number} }}{}", " ".repeat(1000)), &document);
            let bytes: usize = known.documents.keys().map(String::len).sum();
            assert!(known.bytes == bytes && bytes <= ROOM, "{bytes} bytes");
        }
        assert!(!known.documents.is_empty());
    }
}
