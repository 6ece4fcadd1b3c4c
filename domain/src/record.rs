//! What one channel of one source says about one activity.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};

use crate::{
    ArtifactId, ArtifactKind, AthleteId, Channel, ExternalId, Field, Milli, Point, Readings, RecordId, SourceSlug,
    Span, Sport, Value,
};

/// Unique by athlete, source, channel and external id. Fetching it again makes a new revision, never a second one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRecord {
    /// Derived from the identity (see [`RecordId::of`]).
    pub id: RecordId,
    /// Whose it is.
    pub athlete: AthleteId,
    /// Which namespace its external id belongs to.
    pub source: SourceSlug,
    /// How it reached us.
    pub channel: Channel,
    /// Its id in the source's own namespace.
    pub external_id: ExternalId,
    /// Where a person can look at it, where the source has such a page.
    pub url: Option<String>,
    /// The documents it was read from.
    pub artifacts: BTreeMap<ArtifactKind, ArtifactId>,
    /// When the hub first saw it.
    pub first_seen_at: DateTime<Utc>,
    /// When its present content was fetched.
    pub fetched_at: DateTime<Utc>,
    /// Grows by one whenever its content changed; the first is 1.
    pub revision: i32,
    /// What it says now: merging uses this.
    pub readings: Readings,
    /// The source's own word for the sport.
    pub source_sport: Option<String>,
    /// What proves which recording it is.
    pub keys: IdentityKeys,
    /// What it ever said of start, time, distance and sport, the present last: matching uses these, so that an edit
    /// at the source cannot silently dissolve a match. Never empty.
    pub fingerprints: Vec<Fingerprint>,
    /// Its place in a multisport activity.
    pub multisport: Option<Multisport>,
    /// Set when the source stopped showing it: it keeps its identity and contributes nothing.
    pub withdrawn: Option<Withdrawal>,
}

/// What a record says that can prove which recording it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IdentityKeys {
    /// The original file by its uncompressed bytes, where the source gave one.
    pub file: Option<ArtifactId>,
    /// Which session of the file; 0 where it has one. A triathlon's legs share a file.
    pub session_index: u16,
    /// What the FIT file says of its own making.
    pub fit: Option<FitIdentity>,
    /// The record's own claim to be a copy.
    pub lineage: Option<Lineage>,
}

/// A FIT `file_id` that identifies: serial 0 or absent proves nothing and is not kept here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FitIdentity {
    /// FIT manufacturer number.
    pub manufacturer: u16,
    /// FIT product number; 0 where absent.
    pub product: u16,
    /// The device's serial number, never 0.
    pub serial: u32,
    /// When the file was begun, in seconds since 1970.
    pub time_created: i64,
    /// When this session of it began by the file itself, in seconds since 1970: a triathlon's legs share the rest.
    pub session_start: i64,
}

/// A record's own claim to be a copy of another source's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lineage {
    /// The source it came from.
    pub source: SourceSlug,
    /// That source's id, where the claim carries one: Strava's `garmin_push_<id>` does, `garmin_ping_<n>` does not.
    pub external_id: Option<ExternalId>,
}

/// A record's place in a multisport activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Multisport {
    /// It is the whole.
    Parent,
    /// It is a part of the record with that external id in the same source.
    Leg {
        /// The whole's external id.
        parent: ExternalId,
    },
}

/// How exactly a start is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StartPrecision {
    /// To the second.
    Second,
    /// To the minute: an edit on Garmin's site truncates.
    Minute,
    /// Only the local date: Strava hides a start as local midnight plus one second.
    LocalDate,
}

impl StartPrecision {
    /// Its one name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Second => "SECOND",
            Self::Minute => "MINUTE",
            Self::LocalDate => "LOCAL_DATE",
        }
    }

    /// The precision of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Second, Self::Minute, Self::LocalDate].into_iter().find(|precision| precision.name() == name)
    }
}

/// What a record said, at one revision, of the things by which recordings are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// When it began.
    pub start: DateTime<Utc>,
    /// How exactly that is known.
    pub start_precision: StartPrecision,
    /// Local wall clock minus UTC, in seconds, where known.
    pub utc_offset_s: Option<i32>,
    /// From start to end.
    pub elapsed_s: Milli,
    /// Timer or moving time, where given.
    pub moving_s: Option<Milli>,
    /// How far; absent where the source gave none, which is not the same as 0.
    pub distance_m: Option<Milli>,
    /// Which sport.
    pub sport: Sport,
    /// Done on a machine or in a pool, or in a virtual world: its distance says little.
    pub distance_is_soft: bool,
    /// Typed in by a person.
    pub manual: bool,
    /// Where it began.
    pub start_point: Option<Point>,
    /// Where it ended.
    pub end_point: Option<Point>,
    /// What recorded it, as the source spells it.
    pub device: Option<String>,
    /// The recording device's serial number or unit id, where known.
    pub device_serial: Option<u32>,
}

impl Fingerprint {
    /// What these readings say, or `None` where they lack a start or an elapsed time: without both nothing can be
    /// compared, and no record is made.
    pub fn of(readings: &Readings, start_precision: StartPrecision, device_serial: Option<u32>) -> Option<Self> {
        let Some(Value::Instant(start)) = readings.value(Field::StartTimeUtc) else { return None };
        let elapsed_s = readings.number(Field::ElapsedTimeS)?;
        let sport = match readings.value(Field::SportType) {
            Some(Value::Sport(sport)) => *sport,
            _ => Sport::Other,
        };
        let flag = |field| matches!(readings.value(field), Some(Value::Flag(true)));
        let place = |field| match readings.value(field) {
            Some(Value::Point(point)) => Some(*point),
            _ => None,
        };
        Some(Self {
            start: *start,
            start_precision,
            utc_offset_s: readings
                .number(Field::UtcOffsetS)
                .and_then(|offset| i32::try_from(offset.thousandths() / 1000).ok()),
            elapsed_s,
            moving_s: readings.number(Field::MovingTimeS),
            distance_m: readings.number(Field::DistanceM),
            sport,
            distance_is_soft: sport.is_indoor() || sport.is_virtual() || flag(Field::Indoor),
            manual: flag(Field::Manual),
            start_point: place(Field::StartPoint),
            end_point: place(Field::EndPoint),
            device: match readings.value(Field::Device) {
                Some(Value::Text(device)) => Some(device.clone()),
                _ => None,
            },
            device_serial,
        })
    }

    /// The time it covers.
    pub fn span(&self) -> Span {
        Span::new(self.start, Duration::milliseconds(self.elapsed_s.thousandths()))
    }
}

/// The source stopped showing a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Withdrawal {
    /// When that was confirmed.
    pub at: DateTime<Utc>,
    /// Why, as far as known.
    pub reason: WithdrawalReason,
}

/// Why a source stopped showing a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithdrawalReason {
    /// Deleted there.
    Deleted,
    /// Hidden from us.
    NotVisible,
    /// The athlete withdrew access.
    AccessRevoked,
}

impl WithdrawalReason {
    /// Its one name, from database to GraphQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deleted => "DELETED",
            Self::NotVisible => "NOT_VISIBLE",
            Self::AccessRevoked => "ACCESS_REVOKED",
        }
    }

    /// The reason of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Deleted, Self::NotVisible, Self::AccessRevoked].into_iter().find(|reason| reason.name() == name)
    }
}

impl SourceRecord {
    /// What it says now of the things by which recordings are compared.
    pub fn fingerprint(&self) -> Option<&Fingerprint> {
        self.fingerprints.last()
    }

    /// Whether it still contributes.
    pub const fn is_live(&self) -> bool {
        self.withdrawn.is_none()
    }
}
