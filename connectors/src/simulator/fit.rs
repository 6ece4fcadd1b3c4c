//! Recordings as FIT files. Written byte by byte, so that our reader is tested against the format and not against
//! the library it uses.

use chrono::{DateTime, Utc};
use domain::{Point, Sport};

use super::account::{Part, Recording, offset_s};

/// Seconds from 1970 to FIT's epoch.
const EPOCH: i64 = 631_065_600;

const ENUM: u8 = 0x00;
const U8: u8 = 0x02;
const U16: u8 = 0x84;
const I32: u8 = 0x85;
const U32: u8 = 0x86;
const U32Z: u8 = 0x8c;

/// A field: its number in the message, its base type, its value.
type Cell = (u8, u8, i64);

/// The file of a recording.
pub fn file(recording: &Recording) -> Vec<u8> {
    let Some(first) = recording.sessions.first() else { return Vec::new() };
    let device = recording.device;
    let mut body = Vec::new();
    message(
        &mut body,
        0,
        &[
            (0, ENUM, 4),
            (1, U16, i64::from(device.manufacturer)),
            (2, U16, i64::from(device.product)),
            (3, U32Z, i64::from(device.serial)),
            (4, U32, date(first.start)),
        ],
    );
    for part in &recording.sessions {
        records(&mut body, part);
    }
    for (index, part) in (0i64..).zip(&recording.sessions) {
        lap_and_session(&mut body, part, index);
    }
    let end = recording.sessions.iter().map(end_of).max().unwrap_or_default();
    let timer: f64 = recording.sessions.iter().map(|part| part.timer_s).sum();
    message(
        &mut body,
        34,
        &[
            (253, U32, end),
            (0, U32, (timer * 1000.0) as i64),
            (1, U16, recording.sessions.len() as i64),
            (2, ENUM, i64::from(recording.sessions.len() > 1)),
            (5, U32, end + offset_s(first.start)),
        ],
    );
    sealed(&body)
}

/// A day's steps: a watch uploads such files by the dozen, and none of them is an activity.
pub fn monitoring(day: DateTime<Utc>, serial: u32) -> Vec<u8> {
    let mut body = Vec::new();
    let file_id = [(0, ENUM, 32), (1, U16, 1), (2, U16, 3291), (3, U32Z, i64::from(serial)), (4, U32, date(day))];
    message(&mut body, 0, &file_id);
    message(&mut body, 103, &[(253, U32, date(day))]);
    sealed(&body)
}

fn date(instant: DateTime<Utc>) -> i64 {
    instant.timestamp() - EPOCH
}

fn end_of(part: &Part) -> i64 {
    date(part.start) + part.elapsed_s as i64
}

fn semicircles(e7: i32) -> i64 {
    (f64::from(e7) / 1e7 * (f64::from(1u32 << 31) / 180.0)).round() as i64
}

fn place(cells: &mut Vec<Cell>, point: Option<Point>, numbers: (u8, u8)) {
    if let Some((latitude, longitude)) = point.map(Point::e7) {
        cells.extend([(numbers.0, I32, semicircles(latitude)), (numbers.1, I32, semicircles(longitude))]);
    }
}

fn records(body: &mut Vec<u8>, part: &Part) {
    for sample in &part.samples {
        let mut cells = vec![(253, U32, date(sample.time)), (5, U32, (sample.distance_m * 100.0) as i64)];
        place(&mut cells, sample.place, (0, 1));
        if sample.place.is_some() {
            cells.push((2, U16, ((sample.altitude_m + 500.0) * 5.0) as i64));
        }
        cells.extend(sample.heart_rate.map(|bpm| (3, U8, bpm as i64)));
        cells.extend(part.cadence.map(|rpm| (4, U8, rpm as i64)));
        cells.extend(part.power.map(|watts| (7, U16, watts as i64)));
        message(body, 20, &cells);
    }
}

fn lap_and_session(body: &mut Vec<u8>, part: &Part, index: i64) {
    let (sport, sub_sport) = numbers(part.sport);
    let common = [
        (254, U16, index),
        (253, U32, end_of(part)),
        (2, U32, date(part.start)),
        (7, U32, (part.elapsed_s * 1000.0) as i64),
        (8, U32, (part.timer_s * 1000.0) as i64),
        (9, U32, (part.distance_m * 100.0) as i64),
    ];
    message(body, 19, &common);
    let mut cells = common.to_vec();
    cells.extend([(5, ENUM, sport), (6, ENUM, sub_sport), (11, U16, part.kcal as i64), (26, U16, 1)]);
    place(&mut cells, part.samples.first().and_then(|sample| sample.place), (3, 4));
    let highest = part.samples.iter().filter_map(|sample| sample.heart_rate).fold(0.0, f64::max);
    if let Some(bpm) = part.heart_rate {
        cells.extend([(16, U8, bpm as i64), (17, U8, highest as i64)]);
    }
    cells.extend(part.cadence.map(|rpm| (18, U8, rpm as i64)));
    cells.extend(part.power.map(|watts| (20, U16, watts as i64)));
    cells.extend(part.gain_m.map(|metres| (22, U16, metres as i64)));
    if part.distance_m > 0.0 {
        cells.push((14, U16, (part.distance_m / part.timer_s * 1000.0) as i64));
    }
    message(body, 18, &cells);
}

/// FIT's sport and sub-sport.
const fn numbers(sport: Sport) -> (i64, i64) {
    match sport {
        Sport::Run => (1, 0),
        Sport::TreadmillRun => (1, 1),
        Sport::TrailRun => (1, 3),
        Sport::Ride => (2, 0),
        Sport::Transition => (3, 0),
        Sport::PoolSwim => (5, 17),
        Sport::OpenWaterSwim => (5, 18),
        Sport::Strength => (10, 20),
        Sport::Walk => (11, 0),
        Sport::Multisport => (18, 0),
        _ => (0, 0),
    }
}

/// A definition and its one message. Twice as long as it need be, and that is nobody's loss.
fn message(body: &mut Vec<u8>, number: u16, cells: &[Cell]) {
    body.extend([0x40, 0, 0]);
    body.extend(number.to_le_bytes());
    body.push(cells.len() as u8);
    for (field, base, _) in cells {
        body.extend([*field, width(*base) as u8, *base]);
    }
    body.push(0);
    for (_, base, value) in cells {
        body.extend(value.to_le_bytes().iter().take(width(*base)));
    }
}

const fn width(base: u8) -> usize {
    match base {
        ENUM | U8 => 1,
        U16 => 2,
        _ => 4,
    }
}

fn sealed(body: &[u8]) -> Vec<u8> {
    let mut file = vec![14, 0x10, 0x54, 0x08];
    file.extend((body.len() as u32).to_le_bytes());
    file.extend(b".FIT");
    file.extend(checksum(&file).to_le_bytes());
    file.extend(body);
    file.extend(checksum(&file).to_le_bytes());
    file
}

/// CRC-16 of the protocol: polynomial 0x8005, reflected, starting at 0.
fn checksum(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum, byte| {
        (0..8).fold(sum ^ u16::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xa001 } else { sum >> 1 })
    })
}
