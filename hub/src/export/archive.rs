//! The zip that an export becomes: written beside its place, and put there only when it is whole.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::HubError;

/// An entry as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    /// How many bytes, uncompressed.
    pub(super) bytes: u64,
    /// Of those bytes, in hexadecimal digits.
    pub(super) sha256: String,
}

/// A zip in the making. It has another name until it is whole, only its owner can read it, and it goes with this value
/// unless it is finished.
pub(super) struct Archive {
    zip: ZipWriter<NamedTempFile>,
    out: PathBuf,
    open: Option<(String, Sha256, u64)>,
}

impl Archive {
    /// Begins the zip that will stand at `out`.
    ///
    /// # Errors
    /// `Conflict` where something stands there already, `Invalid` where its folder is none, `Unavailable` where nothing
    /// can be written.
    pub(super) fn begin(out: &Path) -> Result<Self, HubError> {
        if out.symlink_metadata().is_ok() {
            return Err(HubError::Conflict(format!(
                "there is something at {} already: name another file, or remove it first",
                out.display()
            )));
        }
        let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if out.file_name().is_none() || !folder.is_dir() {
            return Err(HubError::Invalid(format!(
                "{} is no place for a file: name one in a folder that exists",
                out.display()
            )));
        }
        let file = tempfile::Builder::new().prefix(".datahub-export-").suffix(".part").tempfile_in(folder);
        let zip = ZipWriter::new(file.map_err(unwritten)?);
        Ok(Self { zip, out: out.to_owned(), open: None })
    }

    /// Begins an entry. `squeezed` is for what is worth compressing.
    pub(super) fn open(&mut self, name: &str, squeezed: bool) -> Result<(), HubError> {
        let method = if squeezed { zip::CompressionMethod::Deflated } else { zip::CompressionMethod::Stored };
        // How long a list becomes is not known beforehand: each may pass 4 GiB.
        let options = SimpleFileOptions::default().compression_method(method).large_file(true).unix_permissions(0o600);
        self.zip.start_file(name, options).map_err(unwritten)?;
        self.open = Some((name.to_owned(), Sha256::new(), 0));
        Ok(())
    }

    /// Writes to the entry that was begun.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), HubError> {
        self.zip.write_all(bytes).map_err(unwritten)?;
        if let Some((_, hash, length)) = &mut self.open {
            hash.update(bytes);
            *length += bytes.len() as u64;
        }
        Ok(())
    }

    /// Ends it.
    pub(super) fn close(&mut self) -> Entry {
        let (name, hash, bytes) = self.open.take().unwrap_or_default();
        let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Entry { name, bytes, sha256 }
    }

    /// Puts the zip, durable, where it was to stand; gives how many bytes it has.
    ///
    /// # Errors
    /// `Conflict` where something came to stand there meanwhile.
    pub(super) fn finish(self) -> Result<u64, HubError> {
        let file = self.zip.finish().map_err(unwritten)?;
        file.as_file().sync_all().map_err(unwritten)?;
        let bytes = file.as_file().metadata().map_err(unwritten)?.len();
        file.persist_noclobber(&self.out).map_err(|error| match error.error.kind() {
            std::io::ErrorKind::AlreadyExists => HubError::Conflict(format!(
                "something came to stand at {} meanwhile: name another file",
                self.out.display()
            )),
            _ => unwritten(error.error),
        })?;
        // The name is durable when its folder is.
        let folder = self.out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(unwritten)?;
        Ok(bytes)
    }
}

fn unwritten(error: impl std::error::Error + Send + Sync + 'static) -> HubError {
    HubError::Unavailable { deed: "write the export", cause: error.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finished_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("ada.zip");
        let mut archive = Archive::begin(&out).unwrap();
        archive.open("a.txt", true).unwrap();
        archive.write(b"half a").unwrap();
        assert!(!out.exists());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        drop(archive);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn nothing_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("ada.zip");
        let archive = Archive::begin(&out).unwrap();
        std::fs::write(&out, "somebody's").unwrap();
        assert!(matches!(Archive::begin(&out), Err(HubError::Conflict(_))));
        assert!(matches!(archive.finish(), Err(HubError::Conflict(_))));
        assert_eq!(std::fs::read_to_string(&out).unwrap(), "somebody's");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let nowhere = folder.path().join("no/ada.zip");
        assert!(matches!(Archive::begin(&nowhere), Err(HubError::Invalid(_))));
    }
}
