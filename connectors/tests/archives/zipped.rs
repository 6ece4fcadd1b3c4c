//! Zips written by hand, since no decent library writes what a hostile one holds.

use std::io::Write as _;

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc};

/// One entry.
#[derive(Clone)]
pub struct Entry {
    pub name: Vec<u8>,
    pub content: Vec<u8>,
    pub deflated: bool,
    /// The method that is claimed, where not the true one.
    pub method: Option<u16>,
    pub flags: u16,
    /// Unix mode, 0 for none.
    pub mode: u32,
    /// The unpacked size that is claimed, where not the true one.
    pub claims: Option<u32>,
    /// Bytes of the packed content to spoil.
    pub spoil: bool,
}

pub fn entry(name: &str, content: impl Into<Vec<u8>>) -> Entry {
    Entry {
        name: name.as_bytes().to_vec(),
        content: content.into(),
        deflated: false,
        method: None,
        // Names are UTF-8.
        flags: 0x0800,
        mode: 0o100_644,
        claims: None,
        spoil: false,
    }
}

pub fn deflated(name: &str, content: impl Into<Vec<u8>>) -> Entry {
    Entry { deflated: true, ..entry(name, content) }
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The zip of these entries, in their order.
pub fn zip(entries: &[Entry]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut directory = Vec::new();
    for entry in entries {
        let start = file.len() as u32;
        let head = head(entry);
        let packed = packed(entry);
        file.extend(b"PK\x03\x04");
        file.extend(&head);
        file.extend((entry.name.len() as u16).to_le_bytes());
        file.extend([0, 0]);
        file.extend(&entry.name);
        file.extend(packed);
        listed(&mut directory, entry, &head, start);
    }
    closed(file, &directory, entries.len())
}

/// Many names for one entry's bytes: small to send, large to unpack.
pub fn overlapping(content: Vec<u8>, names: &[String]) -> Vec<u8> {
    let mut file = zip(&[deflated("a", content.clone())]);
    let end = file.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    file.truncate(end);
    let mut directory = Vec::new();
    let head = head(&deflated("a", content));
    for name in names {
        listed(&mut directory, &entry(name, ""), &head, 0);
    }
    closed(file, &directory, names.len())
}

fn packed(entry: &Entry) -> Vec<u8> {
    let mut packed = entry.content.clone();
    if entry.deflated {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&entry.content).unwrap();
        packed = encoder.finish().unwrap();
    }
    if entry.spoil {
        let middle = packed.len() / 2;
        packed[middle] ^= 0xff;
    }
    packed
}

/// What the local header and the directory have in common: from the version to the sizes.
fn head(entry: &Entry) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(&entry.content);
    let method = entry.method.unwrap_or(if entry.deflated { 8 } else { 0 });
    let mut head = Vec::new();
    for word in [20, entry.flags, method, 0, 0x21] {
        head.extend(word.to_le_bytes());
    }
    for long in [crc.sum(), packed(entry).len() as u32, entry.claims.unwrap_or(entry.content.len() as u32)] {
        head.extend(long.to_le_bytes());
    }
    head
}

fn listed(directory: &mut Vec<u8>, entry: &Entry, head: &[u8], start: u32) {
    directory.extend(b"PK\x01\x02");
    // Made on Unix.
    directory.extend([20, 3]);
    directory.extend(head);
    directory.extend((entry.name.len() as u16).to_le_bytes());
    directory.extend([0; 8]);
    directory.extend((entry.mode << 16).to_le_bytes());
    directory.extend(start.to_le_bytes());
    directory.extend(&entry.name);
}

fn closed(mut file: Vec<u8>, directory: &[u8], count: usize) -> Vec<u8> {
    let start = file.len() as u32;
    file.extend(directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend((count as u16).to_le_bytes());
    file.extend((count as u16).to_le_bytes());
    file.extend((directory.len() as u32).to_le_bytes());
    file.extend(start.to_le_bytes());
    file.extend([0, 0]);
    file
}

/// A ride of two minutes that nobody made.
pub fn gpx(minute: u32) -> String {
    let points: String = (0..3)
        .map(|n| {
            format!(
                "<trkpt lat=\"54.{n}\" lon=\"2.5\"><ele>3</ele><time>2024-05-01T10:{minute:02}:{:02}Z</time></trkpt>",
                n * 20
            )
        })
        .collect();
    format!("<gpx version=\"1.1\"><trk><type>cycling</type><trkseg>{points}</trkseg></trk></gpx>")
}
