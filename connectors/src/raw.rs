//! One activity as a source gave it.

use domain::{Artifact, Channel, ExternalId, SourceSlug};

/// One activity, verbatim: the bytes are kept before anyone reads them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawActivity {
    /// Whose namespace the external id belongs to.
    pub source: SourceSlug,
    /// How it reached us.
    pub channel: Channel,
    /// The id in that namespace.
    pub external_id: ExternalId,
    /// Which session of the activity file this is; 0 where it has one.
    pub session_index: u16,
    /// The documents that tell of it, at most one of each kind, files uncompressed.
    pub artifacts: Vec<Artifact>,
}

impl RawActivity {
    /// The artifact of that kind.
    pub fn artifact(&self, kind: domain::ArtifactKind) -> Option<&Artifact> {
        self.artifacts.iter().find(|artifact| artifact.kind == kind)
    }
}
