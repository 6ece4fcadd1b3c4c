//! A zip inside a zip, read without unpacking it to a disk or into memory.
//!
//! A zip is read from its end, and a deflated stream only from its beginning. So it is inflated once to learn its
//! length and to keep its last stretch, where the table of contents stands, and then once more for the entries, which
//! are read in the order in which they stand.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::read::DeflateDecoder;

use super::gate::{Gate, Trouble};

/// How much of the end is kept: the table of contents of some 60 000 entries.
const TAIL: usize = 8 << 20;

/// Where a nested zip stands in a file.
#[derive(Debug, Clone)]
pub struct Place {
    /// The file on disk.
    pub path: PathBuf,
    /// Where in it the packed bytes begin.
    pub start: u64,
    /// How many packed bytes there are.
    pub packed: u64,
    /// Whether they are deflated; otherwise they stand as they are.
    pub deflated: bool,
}

/// A forward stream that can be asked to go anywhere: back means from the beginning.
pub struct Replay {
    place: Place,
    length: u64,
    tail: Vec<u8>,
    position: u64,
    stream: Option<(Box<dyn Read + Send>, u64)>,
}

impl Replay {
    /// Reads it once through.
    ///
    /// # Errors
    /// [`Trouble`] where it is damaged or more would come out than is allowed.
    pub fn new(place: Place, gate: &Gate) -> Result<Self, Trouble> {
        let damaged = || Trouble::because("the zip inside of the archive is damaged or incomplete");
        let most = gate.most_of(place.packed);
        let mut stream = open(&place).map_err(|_| damaged())?;
        let (mut tail, mut length) = (Vec::new(), 0u64);
        let mut chunk = vec![0; 64 << 10];
        loop {
            let read = stream.read(&mut chunk).map_err(|_| damaged())?;
            if read == 0 {
                break;
            }
            length += read as u64;
            if length > most {
                return Err(Trouble::because(format!("more than {} MiB come out of it", most >> 20)));
            }
            tail.extend_from_slice(chunk.get(..read).unwrap_or_default());
            if tail.len() > 2 * TAIL {
                tail.drain(..tail.len() - TAIL);
            }
        }
        Ok(Self { place, length, tail, position: 0, stream: None })
    }

    fn tail_start(&self) -> u64 {
        self.length - self.tail.len() as u64
    }
}

fn open(place: &Place) -> io::Result<Box<dyn Read + Send>> {
    let mut file = File::open::<&Path>(&place.path)?;
    file.seek(SeekFrom::Start(place.start))?;
    let packed = io::BufReader::with_capacity(64 << 10, file).take(place.packed);
    Ok(if place.deflated { Box::new(DeflateDecoder::new(packed)) } else { Box::new(packed) })
}

impl Read for Replay {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if let Some(ahead) = self.position.checked_sub(self.tail_start()) {
            let ahead = usize::try_from(ahead).unwrap_or(usize::MAX);
            let read = self.tail.get(ahead..).unwrap_or_default().read(out)?;
            self.position += read as u64;
            return Ok(read);
        }
        let behind = self.stream.as_ref().is_none_or(|(_, at)| *at > self.position);
        if behind {
            self.stream = Some((open(&self.place)?, 0));
        }
        let Some((stream, at)) = self.stream.as_mut() else { return Ok(0) };
        let skipped = io::copy(&mut stream.take(self.position - *at), &mut io::sink())?;
        *at += skipped;
        if *at < self.position {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let read = stream.read(out)?;
        *at += read as u64;
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for Replay {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
