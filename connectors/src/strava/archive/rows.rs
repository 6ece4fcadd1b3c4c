//! `activities.csv` cut into rows, each with its verbatim bytes.

use std::io::Cursor;

use bytes::Bytes;
use csv::{ByteRecord, Reader, ReaderBuilder};

use super::header::{Column, Header};

/// One row.
pub enum Row {
    /// As many cells as it has, and its bytes.
    Whole(ByteRecord, Bytes),
    /// Bytes of which no row can be made, and why.
    Broken(Bytes, String),
}

/// The rows of one `activities.csv`.
#[derive(Clone)]
pub struct Rows {
    /// Its columns.
    pub header: Header,
    bytes: Bytes,
    head: Bytes,
    delimiter: u8,
    next: usize,
    scanned: usize,
}

impl Rows {
    /// Of a whole document; `None` where its header is not Strava's.
    pub fn open(bytes: Bytes) -> Option<Self> {
        let first_line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let count = |delimiter: u8| first_line.iter().filter(|byte| **byte == delimiter).count();
        // Spreadsheets save with what their language separates lists by.
        let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(|delimiter| count(*delimiter))?;
        let mut reader = reader(bytes.clone(), delimiter);
        let (mut line, mut first) = (ByteRecord::new(), ByteRecord::new());
        if !reader.read_byte_record(&mut line).ok()? {
            return None;
        }
        let next = usize::try_from(reader.position().byte()).ok()?;
        let has_row = reader.read_byte_record(&mut first).unwrap_or(false);
        let header = Header::of(&line, has_row.then_some(&first))?;
        let head = trimmed(&bytes, 0, next);
        Some(Self { header, bytes, head, delimiter, next, scanned: 0 })
    }

    /// A CSV document of its own: the header and one row.
    pub fn document(&self, row: &Bytes) -> Bytes {
        Bytes::from([&self.head, b"\n".as_slice(), row, b"\n".as_slice()].concat())
    }

    /// A cell of a row: the detailed column, or the display column where that is blank; and where it stood.
    pub fn cell<'a>(&self, row: &'a ByteRecord, column: Column) -> Option<(&'a [u8], usize)> {
        self.header
            .places(column)
            .iter()
            .rev()
            .find_map(|place| row.get(*place).filter(|cell| !cell.trim_ascii().is_empty()).map(|cell| (cell, *place)))
    }

    /// A cell as text.
    pub fn text(&self, row: &ByteRecord, column: Column) -> Option<String> {
        self.cell(row, column).map(|(cell, _)| String::from_utf8_lossy(cell).trim().to_owned())
    }

    /// Where, inside of what one unclosed quote swallowed, the next row seems to begin.
    fn cut(&self, row: &[u8]) -> Option<usize> {
        let mut from = 0;
        while let Some(newline) = row.get(from..)?.iter().position(|byte| *byte == b'\n') {
            from += newline + 1;
            let rest = row.get(from..)?;
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits >= 5 && rest.get(digits) == Some(&self.delimiter) {
                return Some(from);
            }
        }
        None
    }
}

impl Iterator for Rows {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        let from = self.next;
        let rest = self.bytes.slice(from.min(self.bytes.len())..);
        if rest.trim_ascii().is_empty() {
            return None;
        }
        // Unclosed quotes make the same bytes be read again: not without end.
        if self.scanned > self.bytes.len().saturating_mul(4) {
            self.next = self.bytes.len();
            return Some(Row::Broken(rest, "too many quotes do not close: the rest was not read".to_owned()));
        }
        let mut reader = reader(rest.clone(), self.delimiter);
        let mut row = ByteRecord::new();
        let read = reader.read_byte_record(&mut row).unwrap_or(false);
        let length = usize::try_from(reader.position().byte()).unwrap_or(rest.len()).min(rest.len());
        self.scanned += length;
        self.next = from + length;
        if !read {
            return None;
        }
        let bytes = trimmed(&rest, 0, length);
        if row.len() != self.header.len()
            && let Some(cut) = self.cut(&bytes)
        {
            // Blank lines before the row were trimmed away.
            self.next = from + rest.iter().take_while(is_line_end).count() + cut;
            let reason = "a quote in this row does not close".to_owned();
            return Some(Row::Broken(bytes.slice(..cut), reason));
        }
        Some(Row::Whole(row, bytes))
    }
}

fn reader(bytes: Bytes, delimiter: u8) -> Reader<Cursor<Bytes>> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .buffer_capacity(4 << 10)
        .from_reader(Cursor::new(bytes))
}

/// A stretch without the line ends around it.
fn trimmed(bytes: &Bytes, from: usize, to: usize) -> Bytes {
    let stretch = bytes.slice(from..to);
    let before = stretch.iter().take_while(is_line_end).count();
    let after = stretch.iter().rev().take_while(is_line_end).count();
    stretch.slice(before..stretch.len().saturating_sub(after).max(before))
}

fn is_line_end(byte: &&u8) -> bool {
    matches!(**byte, b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "Activity ID,Activity Date,Activity Type,Elapsed Time";

    fn rows(text: &str) -> Vec<Result<String, String>> {
        Rows::open(Bytes::from(text.to_owned()))
            .unwrap()
            .map(|row| match row {
                Row::Whole(_, bytes) => Ok(String::from_utf8(bytes.to_vec()).unwrap()),
                Row::Broken(bytes, _) => Err(String::from_utf8(bytes.to_vec()).unwrap()),
            })
            .collect()
    }

    #[test]
    fn rows_keep_their_bytes() {
        let whole = |text: &str| Ok(text.to_owned());
        for end in ["\n", "\r\n"] {
            let text = [HEAD, "12345,\"a\nb\",\"c\"\"d\",1", "", "12346,x,y,2"].join(end);
            assert_eq!(rows(&text), [whole("12345,\"a\nb\",\"c\"\"d\",1"), whole("12346,x,y,2")]);
        }
        let document = Rows::open(Bytes::from(format!("\u{feff}{HEAD}\r\n12346,x,y,2"))).unwrap();
        assert_eq!(document.document(&Bytes::from("12346,x,y,2")), format!("\u{feff}{HEAD}\n12346,x,y,2\n"));
    }

    #[test]
    fn an_unclosed_quote_costs_one_row() {
        let text = format!("{HEAD}\n12345,\"a,b,1\n12346,x,y,2\n12347,x,y,3\n");
        let found = rows(&text);
        assert_eq!(found.len(), 3);
        assert_eq!(found[0], Err("12345,\"a,b,1\n".to_owned()));
        assert_eq!(found[2], Ok("12347,x,y,3".to_owned()));
    }

    #[test]
    fn other_separators_are_seen() {
        assert_eq!(rows(&format!("{}\n12345;x;y;1", HEAD.replace(',', ";"))).len(), 1);
        assert!(Rows::open(Bytes::from("a,b\n1,2")).is_none());
        assert!(Rows::open(Bytes::new()).is_none());
    }
}
