//! What of a record is compared: small, flat, made once, so that a pair costs no allocation.

use domain::{
    ArtifactId, AthleteId, Channel, ExternalId, Family, Field, FitIdentity, Lineage, Multisport, Point, RecordId,
    SourceRecord, SourceSlug, Sport, StartPrecision,
};

use crate::quality;

/// A record as the comparisons see it.
#[derive(Debug, Clone)]
pub(crate) struct Features<'a> {
    pub(crate) id: RecordId,
    pub(crate) athlete: AthleteId,
    pub(crate) source: &'a SourceSlug,
    pub(crate) channel: Channel,
    pub(crate) external_id: &'a ExternalId,
    pub(crate) live: bool,
    pub(crate) file: Option<&'a ArtifactId>,
    pub(crate) session_index: u16,
    pub(crate) fit: Option<&'a FitIdentity>,
    pub(crate) lineage: Option<&'a Lineage>,
    pub(crate) multisport: Option<&'a Multisport>,
    /// What it says now.
    pub(crate) now: Said,
    /// What it said before, where that differs.
    pub(crate) before: Vec<Said>,
    device: Option<&'a str>,
}

/// What a record said at one revision.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said {
    /// Seconds since 1970.
    pub(crate) start_s: i64,
    pub(crate) precision: StartPrecision,
    pub(crate) utc_offset_s: Option<i32>,
    pub(crate) elapsed_s: f64,
    /// Absent too where it is 0 or cannot be.
    pub(crate) distance_m: Option<f64>,
    pub(crate) sport: Sport,
    pub(crate) family: Family,
    pub(crate) soft: bool,
    pub(crate) manual: bool,
    pub(crate) start_point: Option<Point>,
    pub(crate) end_point: Option<Point>,
    pub(crate) serial: Option<u32>,
}

impl Said {
    pub(crate) fn end_s(&self) -> f64 {
        self.start_s as f64 + self.elapsed_s
    }
}

impl<'a> Features<'a> {
    /// `None` for a record that never said when it was and how long: none is made, but nothing here depends on that.
    pub(crate) fn of(record: &'a SourceRecord) -> Option<Self> {
        let mut said = record.fingerprints.iter().map(|print| {
            let elapsed_s = print.elapsed_s.as_f64().max(0.0);
            let distance_m = print
                .distance_m
                .filter(|distance| distance.thousandths() > 0)
                .filter(|distance| quality::possible_distance(print.sport, *distance, print.elapsed_s))
                .map(domain::Milli::as_f64);
            Said {
                start_s: print.start.timestamp(),
                precision: print.start_precision,
                utc_offset_s: print.utc_offset_s,
                elapsed_s,
                distance_m,
                sport: print.sport,
                family: print.sport.family(),
                soft: print.distance_is_soft,
                manual: print.manual,
                start_point: print.start_point,
                end_point: print.end_point,
                serial: print.device_serial,
            }
        });
        let now = said.next_back()?;
        Some(Self {
            id: record.id,
            athlete: record.athlete,
            source: &record.source,
            channel: record.channel,
            external_id: &record.external_id,
            live: record.is_live(),
            file: record.keys.file.as_ref(),
            session_index: record.keys.session_index,
            fit: record.keys.fit.as_ref(),
            lineage: record.keys.lineage.as_ref(),
            multisport: record.multisport.as_ref(),
            now,
            before: said.collect(),
            device: match record.readings.value(Field::Device) {
                Some(domain::Value::Text(device)) => Some(device),
                _ => record.fingerprint().and_then(|print| print.device.as_deref()),
            },
        })
    }

    pub(crate) const fn device(&self) -> Option<&'a str> {
        self.device
    }

    /// All that it ever said, the present first.
    pub(crate) fn said(&self) -> impl Iterator<Item = &Said> {
        std::iter::once(&self.now).chain(&self.before)
    }

    pub(crate) const fn is_parent(&self) -> bool {
        matches!(self.multisport, Some(Multisport::Parent))
    }

    /// Whether one is the whole of which the other is a leg.
    pub(crate) fn is_leg_of(&self, whole: &Self) -> bool {
        whole.is_parent()
            && self.source == whole.source
            && matches!(self.multisport, Some(Multisport::Leg { parent }) if parent == whole.external_id)
    }
}
