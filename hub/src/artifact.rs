//! Bytes by their content, over the object store library.

/// The artifact store.
#[derive(Debug, Clone)]
pub struct ArtifactStore;
