//! A folder, a zip, a zip inside a zip, or one file: entries with names, whose bytes can be asked for.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use zip::CompressionMethod;
use zip::read::{Config, OwnedZipFileEntry};
use zip::unstable::read::ZipIterable;

use super::gate::{Gate, Trouble};
use super::replay::{Place, Replay};
use super::{Item, Limits, OpenError, name};

/// How deep folders are followed: an export has three layers.
const DEEPEST: usize = 32;

/// What is said of a zip that cannot be opened at all.
const DAMAGED: &str = "the zip is damaged or incomplete (its table of contents cannot be read): download it again, or \
                       unpack it yourself and give the folder";

trait Source: Read + Seek + Send {}
impl<T: Read + Seek + Send> Source for T {}

/// One file of a container.
struct Entry {
    name: String,
    at: At,
}

enum At {
    Disk(PathBuf),
    Zip(Box<OwnedZipFileEntry>),
}

/// Entries with names, whose bytes can be asked for.
pub struct Container {
    path: PathBuf,
    zip: Option<ZipIterable<Box<dyn Source>>>,
    entries: Vec<Entry>,
    /// What was refused or passed over while looking.
    pub aside: Vec<Item>,
}

impl Container {
    /// What stands at that path.
    ///
    /// # Errors
    /// [`OpenError`] where it cannot be read, or is a zip that cannot be opened.
    pub fn open(path: &Path, limits: &Limits) -> Result<(Self, Gate), OpenError> {
        let unreadable = |cause| OpenError::Unreadable { path: path.to_owned(), cause };
        let refused = |trouble: Trouble| OpenError::Refused { path: path.to_owned(), reason: trouble.0 };
        let found = std::fs::metadata(path).map_err(unreadable)?;
        if found.is_dir() {
            let mut gate = Gate::new(limits.clone(), None);
            let mut container = Self::empty(path);
            container.look_into(path, &mut gate).map_err(|problem| match problem {
                Ok(cause) => unreadable(cause),
                Err(trouble) => refused(trouble),
            })?;
            return Ok((container, gate));
        }
        if !found.is_file() {
            return Err(refused(Trouble::because("it is neither a file nor a folder")));
        }
        let mut gate = Gate::new(limits.clone(), Some(found.len()));
        let mut magic = [0; 2];
        let mut file = File::open(path).map_err(unreadable)?;
        let read = file.read(&mut magic).map_err(unreadable)?;
        if (read == 2 && magic == *b"PK") || name::extension(&path.to_string_lossy()) == "zip" {
            let container = Self::zip(path, Box::new(BufReader::new(file)), &mut gate).map_err(refused)?;
            return Ok((container, gate));
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut container = Self::empty(path);
        container.entries.push(Entry { name, at: At::Disk(path.to_owned()) });
        Ok((container, gate))
    }

    const fn empty_of(path: PathBuf) -> Self {
        Self { path, zip: None, entries: Vec::new(), aside: Vec::new() }
    }

    fn empty(path: &Path) -> Self {
        Self::empty_of(path.to_owned())
    }

    fn refuse(&mut self, entry: String, reason: impl Into<String>) {
        self.aside.push(Item::Refused { entry: shown(&entry), reason: reason.into(), artifact: None });
    }

    /// Lists a folder and those below it. Where it cannot: what the system said, or that there is too much of it.
    fn look_into(&mut self, root: &Path, gate: &mut Gate) -> Result<(), Result<std::io::Error, Trouble>> {
        let mut folders = vec![(root.to_owned(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            let listing = match std::fs::read_dir(&folder) {
                Ok(listing) => listing,
                Err(error) if depth == 0 => return Err(Ok(error)),
                Err(error) => {
                    self.refuse(relative(root, &folder), format!("the folder cannot be read: {}", error.kind()));
                    continue;
                }
            };
            for found in listing {
                let found = found.map_err(Ok)?;
                gate.enter(1).map_err(Err)?;
                let (path, kind) = (found.path(), found.file_type().map_err(Ok)?);
                let label = relative(root, &path);
                if kind.is_symlink() {
                    self.aside.push(Item::Skipped {
                        entry: shown(&label),
                        reason: "a symbolic link, which is not followed".to_owned(),
                    });
                } else if kind.is_dir() && depth < DEEPEST {
                    folders.push((path, depth + 1));
                } else if kind.is_dir() {
                    self.refuse(label, format!("it lies deeper than {DEEPEST} folders"));
                } else if kind.is_file() {
                    match name::checked(&label) {
                        Ok(name) => self.entries.push(Entry { name, at: At::Disk(path) }),
                        Err(problem) => self.refuse(label, problem),
                    }
                }
            }
        }
        self.entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(())
    }

    fn zip(path: &Path, source: Box<dyn Source>, gate: &mut Gate) -> Result<Self, Trouble> {
        let damaged = |_| Trouble::because(DAMAGED);
        let mut container = Self::empty(path);
        let mut zip = ZipIterable::try_new(source, Config::default()).map_err(damaged)?;
        gate.enter(zip.len() as u64)?;
        let mut names = HashSet::new();
        for found in zip.files().map_err(damaged)? {
            let found = found.map_err(damaged)?;
            let raw = found.name().map_err(damaged)?.into_owned();
            if found.is_dir() {
                continue;
            }
            let problem = match name::checked(&raw) {
                Err(problem) => Some(problem),
                Ok(_) if found.is_symlink() => Some("it is a symbolic link"),
                Ok(_) if found.encrypted() => Some("it is encrypted: unpack it with its password and give the folder"),
                Ok(name) if !names.insert(name.clone()) => Some("another entry has the same name; the first was taken"),
                Ok(name) => {
                    container.entries.push(Entry { name, at: At::Zip(Box::new(found.into())) });
                    None
                }
            };
            if let Some(problem) = problem {
                container.refuse(raw, problem);
            }
        }
        container.zip = Some(zip);
        Ok(container)
    }

    /// How many entries it has.
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// The name of an entry.
    pub fn name(&self, index: usize) -> &str {
        self.entries.get(index).map_or("", |entry| &entry.name)
    }

    /// Every name, with its index.
    pub fn names(&self) -> impl Iterator<Item = (usize, &str)> {
        self.entries.iter().enumerate().map(|(index, entry)| (index, entry.name.as_str()))
    }

    fn with_reader<T>(
        &mut self,
        index: usize,
        read: impl FnOnce(&mut dyn Read, u64) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let entry = self.entries.get(index).ok_or_else(|| Trouble::because("there is no such entry"))?;
        match (&entry.at, self.zip.as_mut()) {
            (At::Disk(path), _) => {
                let mut file = File::open(path)
                    .map_err(|error| Trouble::because(format!("it cannot be read: {}", error.kind())))?;
                let length = file.metadata().map_or(0, |metadata| metadata.len());
                read(&mut file, length)
            }
            (At::Zip(found), Some(zip)) => {
                let damaged = |_| Trouble::because("it is damaged or packed in a way that cannot be read");
                let source = zip.files().map_err(damaged)?.reader_mut();
                let packed = found.compressed_size();
                let mut reader =
                    found.as_ref().as_ref().with_reader(source, zip::ZipReadOptions::new()).map_err(damaged)?;
                read(&mut reader, packed)
            }
            (At::Zip(_), None) => Err(Trouble::because("its archive is closed")),
        }
    }

    /// An entry's bytes, at most that many.
    ///
    /// # Errors
    /// [`Trouble`] where it is damaged or larger.
    pub fn read(&mut self, index: usize, gate: &mut Gate, most: u64) -> Result<Bytes, Trouble> {
        self.with_reader(index, |reader, packed| gate.read(reader, packed, most))
    }

    /// An entry's first bytes.
    ///
    /// # Errors
    /// [`Trouble`] where it is damaged.
    pub fn peek(&mut self, index: usize, gate: &mut Gate, most: u64) -> Result<Vec<u8>, Trouble> {
        self.with_reader(index, |reader, _| gate.peek(reader, most))
    }

    /// An entry that is itself a zip, opened.
    ///
    /// # Errors
    /// [`Trouble`] where it is damaged, or more would come out of it than is allowed.
    pub fn open_inside(&mut self, index: usize, gate: &mut Gate) -> Result<Self, Trouble> {
        let damaged = |_| Trouble::because("it is damaged or packed in a way that cannot be read");
        let entry = self.entries.get(index).ok_or_else(|| Trouble::because("there is no such entry"))?;
        let mut inside = match (&entry.at, self.zip.as_mut()) {
            (At::Disk(path), _) => {
                let file = File::open(path)
                    .map_err(|error| Trouble::because(format!("it cannot be read: {}", error.kind())))?;
                Self::zip(path, Box::new(BufReader::new(file)), gate)?
            }
            (At::Zip(found), Some(zip)) => {
                let deflated = match found.compression() {
                    CompressionMethod::Stored => false,
                    CompressionMethod::Deflated => true,
                    _ => return Err(Trouble::because("it is packed in a way that cannot be read")),
                };
                let source = zip.files().map_err(damaged)?.reader_mut();
                let reader =
                    found.as_ref().as_ref().with_reader(source, zip::ZipReadOptions::new()).map_err(damaged)?;
                let start = reader.data_start().ok_or_else(|| Trouble::because("it is damaged"))?;
                let place = Place { path: self.path.clone(), start, packed: found.compressed_size(), deflated };
                Self::zip(&self.path, Box::new(Replay::new(place, gate)?), gate)?
            }
            (At::Zip(_), None) => return Err(Trouble::because("its archive is closed")),
        };
        // In the order in which they stand: a stream is then read once.
        inside.entries.sort_by_key(|entry| match &entry.at {
            At::Zip(found) => found.header_start(),
            At::Disk(_) => 0,
        });
        Ok(inside)
    }
}

/// A path below the root, with `/` between its parts.
fn relative(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// A name as a report can show it.
pub fn shown(name: &str) -> String {
    crate::file::label(name).unwrap_or_else(|| "(no name)".to_owned())
}
