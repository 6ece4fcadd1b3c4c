//! From a FIT file's bytes to the few messages that tell of an activity. The container is taken apart here, so that
//! damage in one part costs no more than that part's rest; messages are `rustyfit`'s.

use std::cell::Cell;
use std::io::Read;

use domain::Point;
use embedded_io_adapters::std::FromStd;
use rustyfit::profile::mesgdef::{self, FileId, Record};
use rustyfit::profile::typedef::MesgNum;
use rustyfit::proto::Message;
use rustyfit::{Decoder, DecoderEvent, StreamingIterator};

use super::date_ms;
use crate::Unreadable;
use crate::file::track::{MOST_SAMPLES, Sample, instant};
use crate::series::{Lap, MOST_LAPS};

/// How many sessions and how many files in a chain are read: a long triathlon has a dozen.
const MOST_SESSIONS: usize = 200;

/// How many messages of any kind are read. The longest real recording has a tenth of that.
const MOST_MESSAGES: usize = 4_000_000;

/// One file of a chain; most FIT files are a chain of one.
#[derive(Default)]
pub struct Part {
    /// What it says of its own making.
    pub file_id: Option<FileId>,
    /// The device that recorded it.
    pub creator: Option<Creator>,
    /// Its sessions.
    pub sessions: Vec<mesgdef::Session>,
    /// Its laps.
    pub laps: Vec<Lap>,
    /// Its samples.
    pub samples: Vec<Sample>,
    /// Local wall clock minus UTC, in seconds, as written.
    pub utc_offset_s: Option<i64>,
    /// Sport and sub-sport of its sport message.
    pub sport: Option<(u8, u8)>,
    /// What is wrong with it.
    pub problems: Vec<String>,
    messages: usize,
}

/// A `device_info` message of the recording device.
pub struct Creator {
    /// FIT manufacturer number.
    pub manufacturer: u16,
    /// FIT product number.
    pub product: u16,
    /// Serial number, 0 where absent.
    pub serial: u32,
    /// The product's name, empty where absent.
    pub product_name: String,
}

/// Decodes every file of the chain, as far as each can be.
///
/// # Errors
/// [`Unreadable`] where nothing can be decoded, or more is in it than a recording can hold.
pub fn decode(bytes: &[u8]) -> Result<Vec<Part>, Unreadable> {
    let mut parts: Vec<Part> = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let Some((header, body)) = header(rest) else {
            let problem = format!("{} bytes at the end are no FIT", rest.len());
            match parts.last_mut() {
                Some(part) => part.problems.push(problem),
                None => return Err(Unreadable::because("the FIT file's header is damaged")),
            }
            break;
        };
        if parts.len() >= MOST_SESSIONS {
            return Err(Unreadable::because(format!("the file chains more than {MOST_SESSIONS} FIT files")));
        }
        let mut part = Part::default();
        let declared = u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
        let end = declared.checked_add(2).filter(|end| declared > 0 && *end <= body.len());
        let (data, after) = match end.and_then(|end| Some((body.get(..declared)?, body.get(end..)?))) {
            Some((data, after)) => {
                let whole = rest.get(..rest.len() - after.len()).unwrap_or_default();
                // Some writers leave the header out of the sum.
                if crc(whole) != 0 && crc(whole.get(header.len()..).unwrap_or_default()) != 0 {
                    part.problems.push("its checksum does not match: some values may be wrong".to_owned());
                }
                (data, after)
            }
            None if declared == 0 => {
                part.problems.push("the recording was never closed: it was read to the end of the file".to_owned());
                (body, [].as_slice())
            }
            None => {
                part.problems.push("the file is cut short: it was read as far as it goes".to_owned());
                (body.get(..declared).unwrap_or(body), [].as_slice())
            }
        };
        messages(&mut part, &header, data)?;
        parts.push(part);
        rest = after;
    }
    if parts.iter().all(|part| part.messages == 0) {
        return Err(Unreadable::because("no message of the FIT file could be read"));
    }
    let samples: usize = parts.iter().map(|part| part.samples.len()).sum();
    let sessions: usize = parts.iter().map(|part| part.sessions.len()).sum();
    if samples > MOST_SAMPLES || sessions > MOST_SESSIONS {
        return Err(Unreadable::because(format!(
            "the FIT file holds more than {MOST_SAMPLES} records or {MOST_SESSIONS} sessions: no recording does"
        )));
    }
    Ok(parts)
}

/// The header of 12 or 14 bytes, as 14, and what follows it.
fn header(bytes: &[u8]) -> Option<([u8; 14], &[u8])> {
    let size = usize::from(*bytes.first()?);
    let (written, body) = bytes.split_at_checked(size)?;
    if !matches!(size, 12 | 14) || written.get(8..12) != Some(b".FIT") {
        return None;
    }
    let mut header = [0; 14];
    header.iter_mut().zip(written).for_each(|(byte, written)| *byte = *written);
    Some((header, body))
}

/// FIT's CRC-16 (polynomial 0x8005, reflected): 0 over bytes that end with their own.
fn crc(bytes: &[u8]) -> u16 {
    const TABLE: [u16; 16] = [
        0x0000, 0xcc01, 0xd801, 0x1400, 0xf001, 0x3c00, 0x2800, 0xe401, 0xa001, 0x6c00, 0x7800, 0xb401, 0x5000, 0x9c01,
        0x8801, 0x4400,
    ];
    let step = |crc: u16, nibble: u8| (crc >> 4) ^ TABLE.get(usize::from((crc as u8 ^ nibble) & 0xf)).unwrap_or(&0);
    bytes.iter().fold(0, |crc, byte| step(step(crc, *byte), *byte >> 4))
}

/// A file that is read to its end, whatever length its header claims, and how much of it is left.
struct Tape<'a> {
    header: &'a [u8],
    data: &'a [u8],
    left: &'a Cell<usize>,
}

impl Read for Tape<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let source = if self.header.is_empty() { &mut self.data } else { &mut self.header };
        let read = source.read(out)?;
        self.left.set(self.header.len() + self.data.len());
        Ok(read)
    }
}

fn messages(part: &mut Part, header: &[u8; 14], data: &[u8]) -> Result<(), Unreadable> {
    // The largest length and no checksum: where the data ends was settled above.
    let [_, protocol, profile_low, profile_high, ..] = *header;
    let endless = [14, protocol, profile_low, profile_high, 0xff, 0xff, 0xff, 0xff, b'.', b'F', b'I', b'T', 0, 0];
    let left = Cell::new(endless.len() + data.len());
    let mut decoder = Decoder::builder().checksum(false).build();
    let mut stream = decoder.stream(FromStd::new(Tape { header: &endless, data, left: &left }));
    loop {
        let before = left.get();
        match stream.next() {
            Some(Ok(DecoderEvent::Message(message))) => {
                if before - left.get() <= 1 && message.fields.is_empty() {
                    part.problems.push("a message without content: what follows was not read".to_owned());
                    return Ok(());
                }
                part.messages += 1;
                if part.messages > MOST_MESSAGES || part.samples.len() > MOST_SAMPLES {
                    return Err(Unreadable::because(format!(
                        "the FIT file holds more than {MOST_SAMPLES} records or {MOST_MESSAGES} messages: no recording does"
                    )));
                }
                part.take(message);
            }
            Some(Ok(_)) => {}
            // The end, between two messages.
            Some(Err(_)) | None if before == 0 => return Ok(()),
            Some(Err(_)) | None => {
                let read = data.len().saturating_sub(before);
                part.problems.push(format!("it is damaged after {read} of {} bytes", data.len()));
                return Ok(());
            }
        }
    }
}

impl Part {
    fn take(&mut self, message: &Message) {
        match message.num {
            MesgNum::FILE_ID if self.file_id.is_none() => self.file_id = Some(FileId::from(message)),
            MesgNum::SESSION if self.sessions.len() <= MOST_SESSIONS => self.sessions.push(message.into()),
            MesgNum::LAP if self.laps.len() < MOST_LAPS => self.laps.push(lap(&mesgdef::Lap::from(message))),
            MesgNum::RECORD => self.samples.push(sample(&Record::from(message))),
            MesgNum::SPORT => {
                let sport = mesgdef::Sport::from(message);
                self.sport = Some((sport.sport.0, sport.sub_sport.0));
            }
            MesgNum::ACTIVITY => {
                let activity = mesgdef::Activity::from(message);
                self.utc_offset_s = date_ms(activity.timestamp.0)
                    .zip(date_ms(activity.local_timestamp.0))
                    .map(|(utc, local)| (local - utc) / 1000)
                    .or(self.utc_offset_s);
            }
            MesgNum::DEVICE_INFO if self.creator.is_none() => {
                let device = mesgdef::DeviceInfo::from(message);
                if device.device_index.0 == 0 {
                    self.creator = Some(Creator {
                        manufacturer: device.manufacturer.0,
                        product: device.product,
                        serial: device.serial_number,
                        product_name: device.product_name.into(),
                    });
                }
            }
            _ => {}
        }
    }
}

fn lap(lap: &mesgdef::Lap) -> Lap {
    let byte = |value: u8| (value != u8::MAX).then(|| f64::from(value));
    let word = |value: u16| (value != u16::MAX).then(|| f64::from(value));
    let fraction = lap.avg_fractional_cadence_scaled().unwrap_or_default();
    Lap {
        name: None,
        start: date_ms(lap.start_time.0).and_then(instant),
        elapsed_s: lap.total_elapsed_time_scaled(),
        moving_s: lap.total_moving_time_scaled().or_else(|| lap.total_timer_time_scaled()),
        distance_m: lap.total_distance_scaled(),
        average_speed_mps: lap.enhanced_avg_speed_scaled().or_else(|| lap.avg_speed_scaled()),
        average_heart_rate_bpm: byte(lap.avg_heart_rate).filter(|bpm| *bpm > 0.0),
        max_heart_rate_bpm: byte(lap.max_heart_rate).filter(|bpm| *bpm > 0.0),
        average_power_w: word(lap.avg_power),
        average_cadence_rpm: byte(lap.avg_cadence).map(|rpm| rpm + fraction),
        elevation_gain_m: word(lap.total_ascent),
    }
}

fn sample(record: &Record) -> Sample {
    let place = record.position_lat_degrees().zip(record.position_long_degrees());
    // 500 m below the sea is what a field of zeros reads as.
    let altitude =
        record.enhanced_altitude_scaled().or_else(|| record.altitude_scaled()).filter(|metres| *metres > -500.0);
    let some_u8 = |value: u8| (value != u8::MAX).then_some(value);
    Sample {
        time_ms: date_ms(record.timestamp.0),
        place: place.and_then(|(latitude, longitude)| Point::from_degrees(latitude, longitude)),
        distance_m: record.distance_scaled(),
        altitude_m: altitude.map(|metres| metres as f32),
        heart_rate: some_u8(record.heart_rate),
        cadence: some_u8(record.cadence),
        power: (record.power != u16::MAX).then_some(record.power),
        temperature_c: (record.temperature != i8::MAX).then_some(record.temperature),
        speed_mps: record.enhanced_speed_scaled().or_else(|| record.speed_scaled()).map(|speed| speed as f32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_protocol() {
        // CRC-16/ARC of "123456789", low byte first behind it, is 0 in all.
        assert_eq!(crc(b"123456789"), 0xbb3d);
        assert_eq!(crc(b"123456789\x3d\xbb"), 0);
    }
}
