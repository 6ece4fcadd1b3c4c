//! What bytes are, and the bytes inside a gzip.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::{Format, xml};
use crate::Unreadable;

/// How far a document's first element is looked for: declarations, comments and style sheets stand before it.
const PROLOG: usize = 64 << 10;

/// How many times larger than its gzip a file may be (`safety.md` F2), where it is more than [`SMALL`].
const RATIO: u64 = 200;

/// What may come out whatever the ratio: a file of zeros says nothing of its sender.
const SMALL: u64 = 4 << 20;

/// What these bytes are, by their content and never by a name.
pub fn detect(bytes: &[u8]) -> Option<Format> {
    if bytes.get(8..12) == Some(b".FIT") {
        return Some(Format::Fit);
    }
    let prolog = xml::text(bytes.get(..PROLOG).unwrap_or(bytes));
    match root(&prolog)? {
        "TrainingCenterDatabase" => Some(Format::Tcx),
        "gpx" => Some(Format::Gpx),
        _ => None,
    }
}

/// The local name of a document's first element.
fn root(document: &str) -> Option<&str> {
    let mut rest = document.trim_start();
    loop {
        rest = if let Some(instruction) = rest.strip_prefix("<?") {
            instruction.split_once("?>")?.1
        } else if let Some(comment) = rest.strip_prefix("<!--") {
            comment.split_once("-->")?.1
        } else if let Some(declaration) = rest.strip_prefix("<!") {
            // A DOCTYPE, which reading refuses: what follows it only decides how the refusal is worded.
            let inner = declaration.split_once(']').map_or(declaration, |(_, after)| after);
            inner.split_once('>')?.1
        } else {
            let element = rest.strip_prefix('<')?;
            let end = element.find(|c: char| c.is_whitespace() || c == '>' || c == '/')?;
            let name = element.get(..end)?;
            return Some(name.rsplit(':').next().unwrap_or(name));
        }
        .trim_start();
    }
}

/// The bytes inside a gzip; the same bytes where they are none. At most `limit` bytes come out.
///
/// # Errors
/// [`Unreadable`] where the gzip is damaged or more would come out than is allowed.
pub fn decompress(bytes: &[u8], limit: u64) -> Result<Cow<'_, [u8]>, Unreadable> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(Cow::Borrowed(bytes));
    }
    let mut decoder = MultiGzDecoder::new(bytes);
    let mut out = Vec::new();
    let mut chunk = [0; 64 << 10];
    loop {
        let read = match decoder.read(&mut chunk) {
            Ok(0) => return Ok(Cow::Owned(out)),
            Ok(read) => read,
            Err(_) => return Err(Unreadable::because("the gzip file is damaged or incomplete")),
        };
        out.extend_from_slice(chunk.get(..read).unwrap_or_default());
        let length = out.len() as u64;
        if length > limit {
            return Err(Unreadable::because(format!("more than {limit} bytes come out of the gzip file")));
        }
        if length > SMALL && length / RATIO > bytes.len() as u64 {
            return Err(Unreadable::because(format!(
                "the gzip file holds more than {RATIO} times its size: it is no recording"
            )));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn content_decides() {
        for (format, text) in [
            (Some(Format::Gpx), "<gpx version=\"1.1\">"),
            (Some(Format::Gpx), "\u{feff}  \n<?xml version=\"1.0\"?>\n<!-- <kml> --><g:gpx>"),
            (Some(Format::Gpx), "<!DOCTYPE gpx [<!ENTITY a \"b\">]><gpx/>"),
            (Some(Format::Tcx), "   <?xml version=\"1.0\"?><TrainingCenterDatabase>"),
            (Some(Format::Fit), "\u{e}123\u{0}\u{0}\u{0}\u{0}.FIT"),
            (None, "<kml>"),
            (None, "gpx"),
            (None, "<gpx"),
            (None, "<?xml <gpx>"),
            (None, ""),
        ] {
            assert_eq!(detect(text.as_bytes()), format, "{text:?}");
        }
        let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain("<gpx>".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(detect(&wide), Some(Format::Gpx));
    }

    #[test]
    fn only_what_is_compressed_is_decompressed() {
        assert_eq!(decompress(b"<gpx/>", 1).unwrap().as_ref(), b"<gpx/>");
        assert_eq!(decompress(&gzip(b"<gpx/>"), 6).unwrap().as_ref(), b"<gpx/>");
        let two = [gzip(b"<gpx>"), gzip(b"</gpx>")].concat();
        assert_eq!(decompress(&two, 100).unwrap().as_ref(), b"<gpx></gpx>");
    }

    #[test]
    fn bombs_and_damage_are_refused() {
        assert!(decompress(&gzip(b"<gpx/>"), 5).is_err());
        assert!(decompress(&gzip(&vec![0; 8 << 20]), 64 << 20).is_err());
        let whole = gzip(b"<gpx></gpx>");
        assert!(decompress(&whole[..whole.len() - 4], 100).is_err());
    }
}
