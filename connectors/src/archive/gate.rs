//! What may come out of an archive: counted as it comes, since what a header says of sizes is only a claim.

use std::io::Read;

use bytes::Bytes;

use super::Limits;
use crate::file;

/// What may come out of an entry whatever the ratio: a file of zeros says nothing of its sender.
const SMALL: u64 = 4 << 20;

/// What may come out of a whole archive whatever the ratio, so that one bomb does not cost the other entries.
const SMALL_WHOLE: u64 = 256 << 20;

/// Why an entry, or a nested zip, cannot be read: a sentence that names no content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble(pub String);

impl Trouble {
    /// With that sentence.
    pub fn because(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

/// Counts what comes out of one archive, nested ones included.
#[derive(Debug)]
pub struct Gate {
    limits: Limits,
    /// Bytes that the person gave, where it is a packed file; a folder unpacks to itself.
    given: Option<u64>,
    came_out: u64,
    entries: u64,
}

impl Gate {
    /// For an archive of that many packed bytes, or for a folder.
    pub const fn new(limits: Limits, given: Option<u64>) -> Self {
        Self { limits, given, came_out: 0, entries: 0 }
    }

    /// How much may come out of one entry.
    pub const fn entry_bytes(&self) -> u64 {
        self.limits.entry_bytes
    }

    /// How much may come out of a list of activities: it holds many where a file holds one.
    pub const fn list_bytes(&self) -> u64 {
        self.limits.entry_bytes.saturating_mul(4)
    }

    /// How much may come out of a packed file of that size.
    pub fn most_of(&self, packed: u64) -> u64 {
        packed.saturating_mul(self.limits.ratio).max(SMALL).min(self.limits.total_bytes)
    }

    /// Lets that many more entries in.
    ///
    /// # Errors
    /// [`Trouble`] where they are too many.
    pub fn enter(&mut self, entries: u64) -> Result<(), Trouble> {
        self.entries = self.entries.saturating_add(entries);
        if self.entries > self.limits.entries {
            return Err(Trouble::because(format!("it holds more than {} entries", self.limits.entries)));
        }
        Ok(())
    }

    /// How much may come out of the whole: many small bombs, or one entry under many names, make a large one.
    fn whole(&self) -> u64 {
        let by_ratio = self.given.map_or(u64::MAX, |given| given.saturating_mul(self.limits.ratio).max(SMALL_WHOLE));
        by_ratio.min(self.limits.total_bytes)
    }

    /// Whether nothing more may come out.
    pub fn is_shut(&self) -> bool {
        self.came_out > self.whole()
    }

    /// Why nothing more may come out.
    pub fn shut(&self) -> Trouble {
        Trouble::because(format!(
            "more than {} MiB came out of the archive: the rest was not read; unpack it yourself and give the folder",
            self.whole() >> 20
        ))
    }

    fn count(&mut self, bytes: u64) -> Result<(), Trouble> {
        self.came_out = self.came_out.saturating_add(bytes);
        if self.is_shut() { Err(self.shut()) } else { Ok(()) }
    }

    /// Reads to the end, at most `most` bytes, of something that was packed to `packed` bytes.
    ///
    /// # Errors
    /// [`Trouble`] where more would come out, or it is damaged.
    pub fn read(&mut self, reader: &mut dyn Read, packed: u64, most: u64) -> Result<Bytes, Trouble> {
        let mut out = Vec::new();
        let mut chunk = [0; 64 << 10];
        loop {
            let read = match reader.read(&mut chunk) {
                Ok(0) => return Ok(Bytes::from(out)),
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Trouble::because(format!("it cannot be read: {}", plain(&error)))),
            };
            out.extend_from_slice(chunk.get(..read).unwrap_or_default());
            let length = out.len() as u64;
            let counted = self.count(read as u64);
            if length > most {
                return Err(Trouble::because(format!("it is larger than {} MiB", most >> 20)));
            }
            if length > self.most_of(packed) {
                return Err(Trouble::because(format!(
                    "it grows to more than {} times its packed size: no recording does",
                    self.limits.ratio
                )));
            }
            counted?;
        }
    }

    /// Reads the first bytes only.
    ///
    /// # Errors
    /// [`Trouble`] where it is damaged.
    pub fn peek(&mut self, reader: &mut dyn Read, most: u64) -> Result<Vec<u8>, Trouble> {
        let mut out = Vec::new();
        let read = reader.take(most).read_to_end(&mut out);
        self.count(out.len() as u64)?;
        match read {
            Ok(_) => Ok(out),
            Err(error) => Err(Trouble::because(format!("it cannot be read: {}", plain(&error)))),
        }
    }

    /// The bytes inside a gzip; the same bytes where they are none.
    ///
    /// # Errors
    /// [`Trouble`] where more would come out than is allowed, or it is damaged.
    pub fn unzip(&mut self, bytes: Bytes) -> Result<Bytes, Trouble> {
        let inside = match file::decompress(&bytes, self.limits.entry_bytes) {
            Ok(std::borrow::Cow::Borrowed(_)) => None,
            Ok(std::borrow::Cow::Owned(inside)) => Some(inside),
            Err(unreadable) => return Err(Trouble::because(unreadable.reason)),
        };
        match inside {
            None => Ok(bytes),
            Some(inside) => {
                self.count(inside.len() as u64)?;
                Ok(Bytes::from(inside))
            }
        }
    }
}

/// An error of the system in words that name no path.
fn plain(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::InvalidData | std::io::ErrorKind::InvalidInput | std::io::ErrorKind::UnexpectedEof => {
            "it is damaged or incomplete".to_owned()
        }
        std::io::ErrorKind::Unsupported => "it is packed in a way that cannot be read".to_owned(),
        kind => kind.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_small_bombs_are_a_large_one() {
        let mut gate = Gate::new(Limits::default(), Some(1_000));
        for _ in 0..256 {
            assert!(gate.read(&mut vec![0; 1 << 20].as_slice(), 1 << 20, 2 << 20).is_ok());
        }
        assert!(!gate.is_shut());
        assert!(gate.read(&mut [0].as_slice(), 1, 1).is_err());
        assert!(gate.is_shut());
    }

    #[test]
    fn a_folder_unpacks_to_itself() {
        let mut gate = Gate::new(Limits { total_bytes: 3, ..Limits::default() }, None);
        assert_eq!(gate.read(&mut [1, 2, 3].as_slice(), 3, 9), Ok(Bytes::from_static(&[1, 2, 3])));
        assert!(gate.peek(&mut [4].as_slice(), 9).is_err());
    }
}
