//! Bytes by their content, over the object store library.
//!
//! Small artifacts of one batch share an object (a pack), or a year's rows of an export would become thousands of
//! files; large ones have one each. Objects are named by the SHA-256 of what is stored in them, in the folder of the one
//! athlete whose they are, and never change. Bytes are compressed one by one, and their SHA-256 is checked whenever they
//! are read.

use std::sync::Arc;

use bytes::Bytes;
use domain::{ArtifactId, AthleteId};
use futures::TryStreamExt as _;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

use crate::HubError;

/// Artifacts smaller than this, in bytes as stored, share an object.
const PACKED_BELOW: usize = 64 * 1024;

/// A pack is closed when it is larger than this, in bytes.
const PACK_BYTES: usize = 4 * 1024 * 1024;

/// zstd's own default: rows and FIT files gain little from more.
const LEVEL: i32 = 3;

/// Where an artifact's bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) object: String,
    pub(crate) offset: u64,
    pub(crate) stored: u64,
    pub(crate) encoding: Encoding,
}

/// How an artifact's bytes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Plain,
    Zstd,
}

impl Encoding {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Zstd => "zstd",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Plain, Self::Zstd].into_iter().find(|encoding| encoding.name() == name)
    }
}

/// The artifact store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ArtifactStore {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
}

impl ArtifactStore {
    /// Opens `file://PATH` (relative to the working directory; made if absent), `memory://`, or another address that
    /// the object store library was built to understand.
    ///
    /// # Errors
    /// `Invalid` for an address that is none, `Unavailable` where the folder cannot be made.
    pub fn open(address: &str) -> Result<Self, HubError> {
        if let Some(folder) = address.strip_prefix("file://") {
            let failed = |cause: Box<dyn std::error::Error + Send + Sync>| HubError::Unavailable {
                deed: "open the artifact folder",
                cause,
            };
            std::fs::create_dir_all(folder).map_err(|error| failed(error.into()))?;
            let folder = std::fs::canonicalize(folder).map_err(|error| failed(error.into()))?;
            let store = LocalFileSystem::new_with_prefix(folder).map_err(|error| failed(error.into()))?;
            // What a row points to is on disk before the row is.
            let store = store.with_fsync(true).with_automatic_cleanup(true);
            return Ok(Self { store: Arc::new(store), prefix: Path::default() });
        }
        if address == "memory://" {
            return Ok(Self { store: Arc::new(InMemory::new()), prefix: Path::default() });
        }
        let invalid = |why: String| {
            HubError::Invalid(format!(
                "artifacts.url must be file://PATH or an address that this build of the object store knows: {why}"
            ))
        };
        let url = url::Url::parse(address).map_err(|error| invalid(error.to_string()))?;
        let (store, prefix) = object_store::parse_url(&url).map_err(|error| invalid(error.to_string()))?;
        Ok(Self { store: Arc::from(store), prefix })
    }

    fn path(&self, object: &str) -> Path {
        Path::from(format!("{}/{object}", self.prefix).trim_start_matches('/'))
    }

    /// Keeps an athlete's bytes; gives a place for each, in their order. They are durable when this returns; nothing
    /// points to them yet, and if nothing ever does, they are harmless.
    pub(crate) async fn put(&self, owner: AthleteId, artifacts: &[&Bytes]) -> Result<Vec<Place>, HubError> {
        let mut places = Vec::with_capacity(artifacts.len());
        let mut pack: Vec<u8> = Vec::new();
        let mut packed: Vec<usize> = Vec::new();
        let mut compressor = zstd::bulk::Compressor::new(LEVEL).map_err(failed("compress an artifact"))?;
        for bytes in artifacts {
            let squeezed = compressor.compress(bytes).map_err(failed("compress an artifact"))?;
            let (stored, encoding) = if squeezed.len() < bytes.len() {
                (squeezed, Encoding::Zstd)
            } else {
                (bytes.to_vec(), Encoding::Plain)
            };
            let mut place = Place { object: String::new(), offset: 0, stored: stored.len() as u64, encoding };
            if stored.len() < PACKED_BELOW {
                place.offset = pack.len() as u64;
                pack.extend_from_slice(&stored);
                packed.push(places.len());
            } else {
                let name = ArtifactId::of(&stored).to_string();
                place.object = format!("{}/objects/{}/{name}", folder(owner), name.get(..2).unwrap_or_default());
                self.write(&place.object, stored).await?;
            }
            places.push(place);
            if pack.len() >= PACK_BYTES {
                self.close(owner, &mut pack, &mut packed, &mut places).await?;
            }
        }
        self.close(owner, &mut pack, &mut packed, &mut places).await?;
        Ok(places)
    }

    async fn close(
        &self,
        owner: AthleteId,
        pack: &mut Vec<u8>,
        packed: &mut Vec<usize>,
        places: &mut [Place],
    ) -> Result<(), HubError> {
        if packed.is_empty() {
            return Ok(());
        }
        let bytes = std::mem::take(pack);
        let object = format!("{}/packs/{}", folder(owner), ArtifactId::of(&bytes));
        self.write(&object, bytes).await?;
        for place in packed.drain(..) {
            if let Some(place) = places.get_mut(place) {
                place.object.clone_from(&object);
            }
        }
        Ok(())
    }

    async fn write(&self, object: &str, bytes: Vec<u8>) -> Result<(), HubError> {
        self.store.put(&self.path(object), bytes.into()).await.map(drop).map_err(away("keep an artifact"))
    }

    /// Removes all bytes of an athlete, whether anything points to them or not.
    pub(crate) async fn remove_of(&self, owner: AthleteId) -> Result<(), HubError> {
        let folder = self.path(&folder(owner));
        let found = self.store.list(Some(&folder)).map_ok(|object| object.location);
        let mut removed = self.store.delete_stream(Box::pin(found));
        loop {
            match removed.try_next().await {
                Ok(Some(_)) | Err(object_store::Error::NotFound { .. }) => {}
                Ok(None) => return Ok(()),
                Err(error) => return Err(away("remove an athlete's artifacts")(error)),
            }
        }
    }

    /// Reads an artifact's bytes, uncompressed.
    ///
    /// # Errors
    /// `Internal` where they are not what they were: damaged bytes are never given.
    pub(crate) async fn get(&self, id: &ArtifactId, size: u64, place: &Place) -> Result<Bytes, HubError> {
        let damaged = |what: &str| HubError::Internal {
            deed: "read an artifact",
            cause: format!("artifact {id} {what}: restore the artifact store from a backup").into(),
        };
        let range = place.offset..place.offset.saturating_add(place.stored);
        // An empty stretch is no range that a store understands.
        let stored = if range.is_empty() {
            Bytes::new()
        } else {
            match self.store.get_range(&self.path(&place.object), range).await {
                Err(object_store::Error::NotFound { .. }) => return Err(damaged("is gone")),
                read => read.map_err(away("read an artifact"))?,
            }
        };
        let bytes = match place.encoding {
            Encoding::Plain => stored,
            Encoding::Zstd => {
                let size = usize::try_from(size).map_err(|_| damaged("is too large"))?;
                Bytes::from(zstd::bulk::decompress(&stored, size).map_err(|_| damaged("is damaged"))?)
            }
        };
        if ArtifactId::of(&bytes) == *id { Ok(bytes) } else { Err(damaged("does not have the content it had")) }
    }

    /// Removes an object; one that is gone already is no fault.
    pub(crate) async fn remove(&self, object: &str) -> Result<(), HubError> {
        match self.store.delete(&self.path(object)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(away("remove an artifact")(error)),
        }
    }

    /// Whether the store can be written and read.
    pub(crate) async fn ready(&self) -> Result<(), HubError> {
        let path = self.path("ready");
        self.store
            .put(&path, Bytes::from_static(b"ready").into())
            .await
            .map_err(away("write to the artifact store"))?;
        self.store.get_range(&path, 0..5).await.map(drop).map_err(away("read from the artifact store"))
    }
}

/// The folder of an athlete's bytes.
fn folder(owner: AthleteId) -> String {
    format!("athletes/{owner}")
}

fn failed(deed: &'static str) -> impl Fn(std::io::Error) -> HubError {
    move |error| HubError::Internal { deed, cause: error.into() }
}

fn away(deed: &'static str) -> impl Fn(object_store::Error) -> HubError {
    move |error| HubError::Unavailable { deed, cause: error.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: AthleteId = AthleteId::from_uuid(uuid::Uuid::from_u128(1));
    const BOB: AthleteId = AthleteId::from_uuid(uuid::Uuid::from_u128(2));

    #[tokio::test]
    async fn small_ones_share_an_object_and_large_ones_do_not() {
        let store = ArtifactStore::open("memory://").unwrap();
        let mut noise = 1_u32;
        let mut random = |length: usize| -> Bytes {
            (0..length)
                .map(|_| {
                    noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (noise >> 24) as u8
                })
                .collect()
        };
        let artifacts = [Bytes::from("row ".repeat(100)), random(200_000), Bytes::new(), random(50)];
        let places = store.put(ADA, &artifacts.iter().collect::<Vec<_>>()).await.unwrap();
        assert_eq!(places[0].object, places[3].object);
        assert_ne!(places[0].object, places[1].object);
        assert_eq!((places[0].encoding, places[1].encoding), (Encoding::Zstd, Encoding::Plain));
        for (bytes, place) in artifacts.iter().zip(&places) {
            let back = store.get(&ArtifactId::of(bytes), bytes.len() as u64, place).await.unwrap();
            assert_eq!(back, *bytes);
        }
    }

    #[tokio::test]
    async fn damaged_bytes_are_never_given() {
        let store = ArtifactStore::open("memory://").unwrap();
        let bytes = Bytes::from("what the source said ".repeat(20));
        let place = store.put(ADA, &[&bytes]).await.unwrap().remove(0);
        let other = Bytes::from("what somebody wrote over it ".repeat(20));
        let wrong = store.put(ADA, &[&other]).await.unwrap().remove(0);
        let id = ArtifactId::of(&bytes);
        assert!(store.get(&id, bytes.len() as u64, &place).await.is_ok());
        let error = store.get(&id, other.len() as u64, &wrong).await.unwrap_err();
        assert!(error.to_string().contains(&id.to_string()), "{error}");
    }

    #[tokio::test]
    async fn an_athlete_s_bytes_go_and_the_same_bytes_of_another_stay() {
        let folder = tempfile::tempdir().unwrap();
        let stores = ["memory://".to_owned(), format!("file://{}", folder.path().display())];
        for address in stores {
            let store = ArtifactStore::open(&address).unwrap();
            let (small, large) = (
                Bytes::from("row ".repeat(100)),
                Bytes::from_iter((0..300_000_u32).map(|n| (n.wrapping_mul(n) / 7) as u8)),
            );
            let mut places = Vec::new();
            for owner in [ADA, BOB] {
                places.push(store.put(owner, &[&small, &large]).await.unwrap());
            }
            store.remove_of(ADA).await.unwrap();
            store.remove_of(ADA).await.unwrap();
            for (bytes, place) in [&small, &large].into_iter().zip(0..) {
                let read = async |of: &Place| store.get(&ArtifactId::of(bytes), bytes.len() as u64, of).await;
                let gone = read(&places[0][place]).await.unwrap_err();
                assert!(matches!(gone, HubError::Internal { .. }), "{gone}");
                assert_eq!(read(&places[1][place]).await.unwrap(), *bytes);
            }
        }
        let left: Vec<_> =
            std::fs::read_dir(folder.path().join("athletes")).unwrap().map(|one| one.unwrap().file_name()).collect();
        assert_eq!(left, [BOB.to_string().as_str()]);
    }
}
