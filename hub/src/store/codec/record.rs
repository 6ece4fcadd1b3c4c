//! What a source record says, beside its columns.

use std::borrow::Cow;

use domain::{
    ArtifactId, ExternalId, Fingerprint, FitIdentity, IdentityKeys, Lineage, Milli, Multisport, Point, Readings,
    SourceRecord, SourceSlug, Sport, StartPrecision, WithdrawalReason,
};
use serde::{Deserialize, Serialize};

use super::VERSION;
use super::value::{Said, field, instant, kind, pointer, unknown};

#[derive(Serialize, Deserialize)]
struct Document<'a> {
    v: u8,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    url: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    sport: Option<Cow<'a, str>>,
    #[serde(borrow)]
    artifacts: Vec<Held<'a>>,
    #[serde(borrow)]
    readings: Vec<Read<'a>>,
    #[serde(borrow)]
    prints: Vec<Print<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    file: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "is_zero")]
    session: u16,
    /// Manufacturer, product, serial number, time created, session start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fit: Option<(u16, u16, u32, i64, i64)>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    lineage: Option<(Cow<'a, str>, Option<Cow<'a, str>>)>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    multisport: Option<Part<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    withdrawn: Option<Cow<'a, str>>,
}

/// Kind and SHA-256 of an artifact.
#[derive(Serialize, Deserialize)]
struct Held<'a>(#[serde(borrow)] Cow<'a, str>, #[serde(borrow)] Cow<'a, str>);

/// Field, value, artifact kind, path.
#[derive(Serialize, Deserialize)]
struct Read<'a>(
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Said<'a>,
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Cow<'a, str>,
);

fn is_zero(number: &u16) -> bool {
    *number == 0
}

#[derive(Serialize, Deserialize)]
enum Part<'a> {
    #[serde(rename = "parent")]
    Parent,
    #[serde(rename = "leg", borrow)]
    Leg(Cow<'a, str>),
}

#[derive(Serialize, Deserialize)]
struct Print<'a> {
    at: i64,
    #[serde(borrow)]
    precision: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    offset: Option<i32>,
    elapsed: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    moving: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    distance: Option<i64>,
    #[serde(borrow)]
    sport: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "is_false")]
    soft: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    manual: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<(i32, i32)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<(i32, i32)>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    device: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    serial: Option<u32>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// A record's document.
pub(crate) fn record_document(record: &SourceRecord) -> String {
    let document = Document {
        v: VERSION,
        url: record.url.as_deref().map(Cow::Borrowed),
        sport: record.source_sport.as_deref().map(Cow::Borrowed),
        artifacts: record
            .artifacts
            .iter()
            .map(|(kind, id)| Held(Cow::Borrowed(kind.name()), Cow::Owned(id.to_string())))
            .collect(),
        readings: record
            .readings
            .iter()
            .map(|(field, reading)| {
                Read(
                    Cow::Borrowed(field.name()),
                    Said::of(&reading.value),
                    Cow::Borrowed(reading.at.artifact.name()),
                    Cow::Borrowed(reading.at.path.as_ref()),
                )
            })
            .collect(),
        prints: record.fingerprints.iter().map(print).collect(),
        file: record.keys.file.map(|id| Cow::Owned(id.to_string())),
        session: record.keys.session_index,
        fit: record
            .keys
            .fit
            .map(|fit| (fit.manufacturer, fit.product, fit.serial, fit.time_created, fit.session_start)),
        lineage: record.keys.lineage.as_ref().map(|lineage| {
            let id = lineage.external_id.as_ref().map(|id| Cow::Borrowed(id.as_str()));
            (Cow::Borrowed(lineage.source.as_str()), id)
        }),
        multisport: record.multisport.as_ref().map(|multisport| match multisport {
            Multisport::Parent => Part::Parent,
            Multisport::Leg { parent } => Part::Leg(Cow::Borrowed(parent.as_str())),
        }),
        withdrawn: record.withdrawn.map(|withdrawal| Cow::Borrowed(withdrawal.reason.name())),
    };
    // Strings, integers and flags: there is nothing in it that JSON cannot hold.
    serde_json::to_string(&document).unwrap_or_default()
}

fn print(print: &Fingerprint) -> Print<'_> {
    Print {
        at: print.start.timestamp_micros(),
        precision: Cow::Borrowed(print.start_precision.name()),
        offset: print.utc_offset_s,
        elapsed: print.elapsed_s.thousandths(),
        moving: print.moving_s.map(Milli::thousandths),
        distance: print.distance_m.map(Milli::thousandths),
        sport: Cow::Borrowed(print.sport.name()),
        soft: print.distance_is_soft,
        manual: print.manual,
        from: print.start_point.map(Point::e7),
        to: print.end_point.map(Point::e7),
        device: print.device.as_deref().map(Cow::Borrowed),
        serial: print.device_serial,
    }
}

/// Puts what a document says into a record whose columns were read.
pub(crate) fn read_record(text: &str, record: &mut SourceRecord) -> Result<Option<WithdrawalReason>, String> {
    let document: Document<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    record.url = document.url.map(Cow::into_owned);
    record.source_sport = document.sport.map(Cow::into_owned);
    for Held(name, hex) in document.artifacts {
        record.artifacts.insert(kind(&name)?, artifact(&hex)?);
    }
    let mut readings = Readings::new();
    for Read(name, value, at, path) in document.readings {
        readings.set(field(&name)?, value.value()?, pointer(&at, path)?);
    }
    record.readings = readings;
    record.fingerprints = document.prints.into_iter().map(read_print).collect::<Result<_, _>>()?;
    let lineage = match document.lineage {
        Some((source, id)) => Some(Lineage {
            source: SourceSlug::parse(&source).map_err(|error| error.to_string())?,
            external_id: id.map(ExternalId::new),
        }),
        None => None,
    };
    record.keys = IdentityKeys {
        file: document.file.as_deref().map(artifact).transpose()?,
        session_index: document.session,
        fit: document.fit.map(|(manufacturer, product, serial, time_created, session_start)| FitIdentity {
            manufacturer,
            product,
            serial,
            time_created,
            session_start,
        }),
        lineage,
    };
    record.multisport = document.multisport.map(|part| match part {
        Part::Parent => Multisport::Parent,
        Part::Leg(parent) => Multisport::Leg { parent: ExternalId::new(parent) },
    });
    let reason = |name: Cow<'_, str>| WithdrawalReason::from_name(&name).ok_or_else(|| unknown("withdrawal", &name));
    document.withdrawn.map(reason).transpose()
}

fn artifact(hex: &str) -> Result<ArtifactId, String> {
    ArtifactId::from_hex(hex).ok_or_else(|| "a digest is not 64 hexadecimal digits".to_owned())
}

fn read_print(print: Print<'_>) -> Result<Fingerprint, String> {
    Ok(Fingerprint {
        start: instant(print.at)?,
        start_precision: StartPrecision::from_name(&print.precision)
            .ok_or_else(|| unknown("precision", &print.precision))?,
        utc_offset_s: print.offset,
        elapsed_s: Milli::new(print.elapsed),
        moving_s: print.moving.map(Milli::new),
        distance_m: print.distance.map(Milli::new),
        sport: Sport::from_name(&print.sport).ok_or_else(|| unknown("sport", &print.sport))?,
        distance_is_soft: print.soft,
        manual: print.manual,
        start_point: print.from.map(|(latitude, longitude)| Point::from_e7(latitude, longitude)),
        end_point: print.to.map(|(latitude, longitude)| Point::from_e7(latitude, longitude)),
        device: print.device.map(Cow::into_owned),
        device_serial: print.serial,
    })
}
