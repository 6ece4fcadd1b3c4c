//! A walk over an XML document that nobody vouches for: in one pass, without a tree, without a DOCTYPE.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDateTime};
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

use super::track::instant;
use crate::Unreadable;

/// How deep elements may stand in each other (`safety.md` F3).
const DEPTH: usize = 64;

/// How many attributes an element may have (`safety.md` F3).
const ATTRIBUTES: usize = 256;

/// The longest text of an element that is kept: no value that is read here is longer.
const TEXT: usize = 4096;

/// What a walk meets. `path` is the local names from the root to the element itself.
pub trait Visitor {
    /// An element begins. `attribute` gives an attribute's value by its local name.
    ///
    /// # Errors
    /// [`Unreadable`] ends the walk.
    fn open(&mut self, path: &[String], attribute: &dyn Fn(&str) -> Option<String>) -> Result<(), Unreadable>;

    /// An element ends. `text` is the text since the last tag, trimmed: the content of an element without others.
    fn close(&mut self, path: &[String], text: &str);
}

/// How a walk ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With the document.
    Whole,
    /// At damage: what was met before it stands.
    Damaged,
}

/// A document's text: UTF-8 or, with its mark, UTF-16. What is no character becomes the replacement character: every
/// value that is read here is ASCII, and a name with an odd letter costs no recording.
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    let utf16 = |bytes: &[u8], order: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| order(pair.try_into().unwrap_or_default()));
        Cow::Owned(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>())
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        _ => String::from_utf8_lossy(bytes),
    }
}

/// Walks a document.
///
/// # Errors
/// [`Unreadable`] where the document is refused: a DOCTYPE, too deep, too many attributes, or by the visitor.
pub fn walk(document: &str, visitor: &mut impl Visitor) -> Result<End, Unreadable> {
    let mut reader = Reader::from_str(document.trim_start());
    reader.config_mut().expand_empty_elements = true;
    let mut path: Vec<String> = Vec::new();
    let mut content = String::new();
    loop {
        let Ok(event) = reader.read_event() else { return Ok(End::Damaged) };
        match event {
            Event::Start(element) => {
                if path.len() >= DEPTH {
                    return Err(Unreadable::because(format!(
                        "the XML document is refused: its elements stand more than {DEPTH} deep"
                    )));
                }
                if element.attributes().with_checks(false).take(ATTRIBUTES + 1).count() > ATTRIBUTES {
                    return Err(Unreadable::because(format!(
                        "the XML document is refused: an element has more than {ATTRIBUTES} attributes"
                    )));
                }
                path.push(element.local_name().into_inner().to_owned());
                content.clear();
                visitor.open(&path, &|name| attribute(&element, name))?;
            }
            Event::End(_) => {
                visitor.close(&path, content.trim());
                content.clear();
                path.pop();
            }
            Event::Text(text) => append(&mut content, &text.into_inner()),
            Event::CData(text) => append(&mut content, &text.into_inner()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                Ok(Some(character)) => append(&mut content, character.encode_utf8(&mut [0; 4])),
                _ => append(&mut content, resolve_predefined_entity(&reference).unwrap_or_default()),
            },
            Event::DocType(_) => {
                return Err(Unreadable::because(
                    "the XML document is refused: it has a DOCTYPE, which no activity file needs",
                ));
            }
            Event::Eof => return Ok(if path.is_empty() { End::Whole } else { End::Damaged }),
            _ => {}
        }
    }
}

fn append(content: &mut String, text: &str) {
    let room = TEXT.saturating_sub(content.len());
    let end = (0..=room.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    content.push_str(text.get(..end).unwrap_or_default());
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = element
        .attributes()
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.local_name().into_inner() == name)?;
    let value = quick_xml::escape::unescape(&found.value).ok()?;
    Some(value.trim().to_owned())
}

/// An `xsd:dateTime` in milliseconds since 1970, and whether it names its zone: without one it is read as UTC. `None`
/// where it is no date, or one before satellites told the time.
pub fn time_ms(text: &str) -> Option<(i64, bool)> {
    let zoned =
        DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"));
    let (ms, zoned) = match zoned {
        Ok(time) => (time.timestamp_millis(), true),
        Err(_) => {
            let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
                .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f"));
            (time.ok()?.and_utc().timestamp_millis(), false)
        }
    };
    instant(ms).map(|_| (ms, zoned))
}

/// A number of few digits, rounded to a whole one; `None` where it does not fit.
pub fn whole<T: TryFrom<i64>>(text: &str) -> Option<T> {
    let number: f64 = text.parse().ok().filter(|number: &f64| number.abs() < 1e9)?;
    T::try_from(number.round() as i64).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Log(Vec<String>);

    impl Visitor for Log {
        fn open(&mut self, path: &[String], attribute: &dyn Fn(&str) -> Option<String>) -> Result<(), Unreadable> {
            self.0.push(format!("+{} {}", path.join("/"), attribute("a").unwrap_or_default()));
            Ok(())
        }

        fn close(&mut self, path: &[String], text: &str) {
            self.0.push(format!("-{} {text}", path.join("/")));
        }
    }

    #[test]
    fn elements_and_texts_come_in_order() {
        let mut log = Log::default();
        let end = walk(" \n<?xml version=\"1.0\"?><x:r a='1&amp;2'><b/> t &lt;&#65;<![CDATA[<]]> </x:r>", &mut log);
        assert_eq!(end, Ok(End::Whole));
        assert_eq!(log.0, ["+r 1&2", "+r/b ", "-r/b ", "-r t <A<"]);
    }

    #[test]
    fn damage_ends_a_walk_and_keeps_what_was_met() {
        for document in ["<r><a>1</a>", "<r><a>1</a></s>", "<r><a>1</a><b"] {
            let mut log = Log::default();
            assert_eq!(walk(document, &mut log), Ok(End::Damaged), "{document}");
            assert_eq!(log.0[2], "-r/a 1");
        }
    }

    #[test]
    fn hostile_documents_are_refused() {
        let deep = "<a>".repeat(100_000);
        let wide = format!("<a {}/>", (0..300).map(|i| format!("b{i}='' ")).collect::<String>());
        for document in ["<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", &deep, &wide] {
            assert!(walk(document, &mut Log::default()).is_err());
        }
    }

    #[test]
    fn long_texts_are_cut() {
        let mut log = Log::default();
        let _ = walk(&format!("<r>{}</r>", "ä".repeat(100_000)), &mut log);
        assert_eq!(log.0[1].len(), "-r ".len() + TEXT);
    }

    #[test]
    fn times_with_and_without_a_zone() {
        let second = 1_355_000_000_000;
        for (text, expected) in [
            ("2012-12-08T20:53:20Z", Some((second, true))),
            ("2012-12-08T20:53:20.661Z", Some((second + 661, true))),
            ("2012-12-08T22:53:20+02:00", Some((second, true))),
            ("2012-12-08T22:53:20.000+0200", Some((second, true))),
            ("2012-12-08T20:53:20", Some((second, false))),
            ("1901-12-13T20:45:52Z", None),
            ("2012-12-08", None),
            ("", None),
        ] {
            assert_eq!(time_ms(text), expected, "{text}");
        }
    }

    #[test]
    fn whole_numbers_fit_or_are_none() {
        assert_eq!((whole::<u8>("70.6"), whole::<u8>("256"), whole::<u8>("-1")), (Some(71), None, None));
        assert_eq!((whole::<i8>("-3.2"), whole::<u8>("NaN"), whole::<u8>("1e300")), (Some(-3), None, None));
    }
}
