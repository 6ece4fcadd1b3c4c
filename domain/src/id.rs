//! Prefixed ids: opaque to clients, typed for us.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// A text that is no id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseIdError {
    /// What the id should have begun with.
    pub expected_prefix: &'static str,
}

impl fmt::Display for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an id of this kind begins with \"{}\" followed by 32 hexadecimal digits", self.expected_prefix)
    }
}

impl std::error::Error for ParseIdError {}

/// One newtype a kind of id, all alike: a UUID that is written with its kind in front.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// What every id of this kind begins with.
            pub const PREFIX: &'static str = $prefix;

            /// The id of that UUID.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID within.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0.simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let refused = ParseIdError { expected_prefix: $prefix };
                let digits = text.strip_prefix($prefix).ok_or_else(|| refused.clone())?;
                // One spelling an id: 32 lower-case digits.
                let canonical = digits.len() == 32 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
                if !canonical {
                    return Err(refused);
                }
                Uuid::try_parse(digits).map(Self).map_err(|_| refused)
            }
        }
    )*};
}

ids! {
    /// An athlete.
    AthleteId = "ath_";
    /// An athlete's account at a source.
    AccountId = "acc_";
    /// What one channel of one source says about an activity.
    RecordId = "rec_";
    /// A canonical activity.
    ActivityId = "act_";
    /// A person's decision.
    RulingId = "rul_";
    /// A pair of records that waits for a decision.
    CandidateId = "can_";
    /// An artifact as one athlete holds it.
    ArtifactRowId = "art_";
    /// One archive or file brought in.
    ImportRunId = "imp_";
    /// One change of an activity.
    RevisionId = "rev_";
    /// What a person did with rulings, as one deed.
    DecisionId = "dec_";
    /// One run of the engine that somebody asked for.
    ReconciliationRunId = "run_";
    /// A token that the hub issued; its text is the token's `jti`.
    ApiTokenId = "tok_";
}

/// Names in which ids are derived (UUID version 5): the same facts give the same id on every machine.
const RECORD_NAMES: Uuid = Uuid::from_u128(0x6b0d_1a52_9f5e_5b0f_8a44_3d8c_0c1f_2e01);
const ACTIVITY_NAMES: Uuid = Uuid::from_u128(0x6b0d_1a52_9f5e_5b0f_8a44_3d8c_0c1f_2e02);
const CANDIDATE_NAMES: Uuid = Uuid::from_u128(0x6b0d_1a52_9f5e_5b0f_8a44_3d8c_0c1f_2e03);
const ARTIFACT_NAMES: Uuid = Uuid::from_u128(0x6b0d_1a52_9f5e_5b0f_8a44_3d8c_0c1f_2e04);

fn derived(names: Uuid, parts: &[&[u8]]) -> Uuid {
    let mut name = Vec::with_capacity(96);
    for part in parts {
        name.extend_from_slice(&(part.len() as u64).to_be_bytes());
        name.extend_from_slice(part);
    }
    Uuid::new_v5(&names, &name)
}

impl RecordId {
    /// The record of that identity. Fetching it again gives the same id: a new revision, never a second record.
    pub fn of(
        athlete: AthleteId,
        source: &crate::SourceSlug,
        channel: crate::Channel,
        external_id: &crate::ExternalId,
    ) -> Self {
        Self(derived(
            RECORD_NAMES,
            &[
                athlete.0.as_bytes(),
                source.as_str().as_bytes(),
                channel.name().as_bytes(),
                external_id.as_str().as_bytes(),
            ],
        ))
    }
}

impl ActivityId {
    /// The activity that this record founds. Every id ever shown is some record's founding id, so it can be
    /// answered for ever without a table of redirects.
    pub fn founded_by(record: RecordId) -> Self {
        Self(derived(ACTIVITY_NAMES, &[record.0.as_bytes()]))
    }
}

impl CandidateId {
    /// The pair of these two records, whichever is named first.
    pub fn of(a: RecordId, b: RecordId) -> Self {
        let (low, high) = if a <= b { (a, b) } else { (b, a) };
        Self(derived(CANDIDATE_NAMES, &[low.0.as_bytes(), high.0.as_bytes()]))
    }
}

impl ArtifactRowId {
    /// These bytes as this athlete holds them: two athletes who give the same file never see each other's.
    pub fn of(athlete: AthleteId, artifact: &crate::ArtifactId) -> Self {
        Self(derived(ARTIFACT_NAMES, &[athlete.0.as_bytes(), artifact.as_bytes()]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_round_trip_in_one_spelling_only() {
        let id = ActivityId::founded_by(RecordId::from_uuid(Uuid::nil()));
        assert_eq!(id.to_string().parse(), Ok(id));
        let upper = id.to_string().to_uppercase();
        assert!(upper.parse::<ActivityId>().is_err());
        let other_kind = id.to_string().replace("act_", "rec_");
        assert!(other_kind.parse::<ActivityId>().is_err());
    }

    #[test]
    fn a_pair_has_one_id() {
        let (a, b) = (RecordId::from_uuid(Uuid::from_u128(1)), RecordId::from_uuid(Uuid::from_u128(2)));
        assert_eq!(CandidateId::of(a, b), CandidateId::of(b, a));
    }
}
