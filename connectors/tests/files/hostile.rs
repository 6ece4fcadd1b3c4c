//! No bytes make the reader panic, hang, or say what cannot be.

use std::time::{Duration, Instant};

use connectors::file::{self, FileContent};
use connectors::series;
use domain::{ArtifactId, ArtifactKind, Field, Milli, Value};
use proptest::prelude::*;

use super::bytes::{Fit, START, UINT32, crc, gpx, gpx_track, run, tcx, tcx_activity};

/// One of the made files, small.
fn originals() -> Vec<Vec<u8>> {
    let strap = Fit::default().message(132, &[(253, UINT32, START)]).file();
    // A field description, a developer field, and records with short dates.
    let developer = [0x40, 0, 0, 206, 0, 3, 0, 1, 2, 1, 1, 2, 2, 1, 2, 0, 0, 0, 2];
    let define = [0x61, 0, 0, 20, 0, 2, 3, 1, 2, 8, 3, 13, 1, 0, 1, 0];
    let records: Vec<u8> = (1..20u8).flat_map(|second| [0xa0 | second, 100, 1, 2, 3, 9]).collect();
    let odd = Fit::default().file_id(4).record(0).raw(&developer).raw(&define).raw(&records).session(0, 20_000);
    let short = (0..4).fold(Fit::big_endian().file_id(4), Fit::record).session(0, 4000).file();
    vec![
        run().file(),
        odd.file(),
        [short, strap].concat(),
        tcx(&tcx_activity(1)).into_bytes(),
        gpx(&gpx_track(10, "Z")).into_bytes(),
    ]
}

/// A way to spoil a file.
#[derive(Debug, Clone)]
enum Spoil {
    Set(prop::sample::Index, u8),
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Remove(prop::sample::Index, u8),
    Repeat(prop::sample::Index, u8),
    Insert(prop::sample::Index, Vec<u8>),
}

fn spoil() -> impl Strategy<Value = Spoil> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        6 => (at(), any::<u8>()).prop_map(|(at, byte)| Spoil::Set(at, byte)),
        6 => (at(), 0..8u8).prop_map(|(at, bit)| Spoil::Flip(at, bit)),
        1 => at().prop_map(Spoil::Cut),
        2 => (at(), 1..40u8).prop_map(|(at, length)| Spoil::Remove(at, length)),
        2 => (at(), 1..40u8).prop_map(|(at, length)| Spoil::Repeat(at, length)),
        2 => (at(), prop::collection::vec(any::<u8>(), 1..20)).prop_map(|(at, bytes)| Spoil::Insert(at, bytes)),
    ]
}

fn spoiled(mut bytes: Vec<u8>, spoils: &[Spoil]) -> Vec<u8> {
    for spoil in spoils {
        if bytes.is_empty() {
            break;
        }
        let length = bytes.len();
        match spoil {
            Spoil::Set(at, byte) => bytes[at.index(length)] = *byte,
            Spoil::Flip(at, bit) => bytes[at.index(length)] ^= 1 << bit,
            Spoil::Cut(at) => bytes.truncate(at.index(length)),
            Spoil::Remove(at, count) => {
                let from = at.index(length);
                bytes.drain(from..(from + usize::from(*count)).min(length));
            }
            Spoil::Repeat(at, count) => {
                let from = at.index(length);
                let again = bytes[from..(from + usize::from(*count)).min(length)].to_vec();
                bytes.splice(from..from, again);
            }
            Spoil::Insert(at, more) => {
                let from = at.index(length);
                bytes.splice(from..from, more.iter().copied());
            }
        }
    }
    bytes
}

/// Reads bytes and holds what they say against what can be.
fn judge(bytes: &[u8]) -> Result<(), TestCaseError> {
    let Ok(FileContent::Activity(sessions)) = file::read(bytes) else { return Ok(()) };
    prop_assert!(!sessions.is_empty());
    let kind = file::detect(bytes).map_or(ArtifactKind::Other, file::Format::kind);
    for (index, session) in sessions.iter().enumerate() {
        // What can be mapped can be read into series, and they are as long as the mapping says.
        let told = series::streams(kind, session.index, bytes).map(|streams| streams.samples());
        let counted = session.mapped.readings.number(Field::Streams).map_or(0, |samples| samples.thousandths() / 1000);
        prop_assert!(
            told.as_ref().is_ok_and(|told| *told as i64 == counted || *told == 0),
            "{:?} of {}",
            told,
            counted
        );
        prop_assert!(series::laps(kind, session.index, bytes).is_ok());
        let mapped = &session.mapped;
        prop_assert_eq!(usize::from(session.index), index);
        prop_assert_eq!(mapped.keys.file, Some(ArtifactId::of(bytes)));
        let year = mapped.fingerprint.start.format("%Y").to_string();
        prop_assert!(("1980".."2100").contains(&year.as_str()), "it began in {}", year);
        let elapsed = mapped.readings.number(Field::ElapsedTimeS).unwrap_or_default();
        prop_assert!((0..=31 * 86_400_000).contains(&elapsed.thousandths()), "it took {}", elapsed);
        for (field, reading) in mapped.readings.iter() {
            if let (Value::Number(number), false) = (
                &reading.value,
                matches!(
                    field,
                    Field::ElevationMinM | Field::ElevationMaxM | Field::AverageTemperatureC | Field::UtcOffsetS
                ),
            ) {
                prop_assert!(*number >= Milli::ZERO, "{} is {}", field.name(), number);
            }
        }
        prop_assert!(mapped.defects.iter().all(|defect| !defect.problem.contains("47.")), "a place in a defect");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spoiled_files_never_panic(
        which in any::<prop::sample::Index>(),
        spoils in prop::collection::vec(spoil(), 1..8),
        mend in any::<bool>(),
    ) {
        let originals = originals();
        let mut bytes = spoiled(originals[which.index(originals.len())].clone(), &spoils);
        if mend && bytes.len() > 2 {
            let end = bytes.len() - 2;
            let sum = crc(&bytes[..end]).to_le_bytes();
            bytes[end..].copy_from_slice(&sum);
        }
        judge(&bytes)?;
    }

    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        judge(&bytes)?;
        // Behind a sound header, they are messages.
        judge(&Fit::default().file_id(4).record(0).record(9).raw(&bytes).file())?;
        let _ = file::decompress(&bytes, 1 << 16);
        let _ = file::detect(&bytes);
    }
}

#[test]
fn every_cut_of_every_file() {
    for original in originals() {
        for end in 0..original.len() {
            judge(&original[..end]).unwrap();
        }
    }
}

#[test]
fn large_hostile_files_take_no_time() {
    let message = |byte: u8| Fit::default().file_id(4).raw(&[0x41, 0, 0, 20, 0, 1, 3, 1, 2]).raw(&vec![byte; 4 << 20]);
    let nothing = Fit::default().file_id(4).raw(&[0x41, 0, 0, 20, 0, 0]).raw(&vec![1; 4 << 20]);
    let point = "<trkpt lat='1' lon='2'/>";
    for (what, bytes) in [
        ("records of one byte", message(1).file()),
        ("messages without content", nothing.file()),
        ("points", gpx(&format!("<trk><trkseg>{}</trkseg></trk>", point.repeat(600_000))).into_bytes()),
        ("open elements", format!("<gpx>{}", "<a>".repeat(1 << 20)).into_bytes()),
        ("attributes", format!("<gpx {}>", "a='' ".repeat(1 << 20)).into_bytes()),
        ("namespaces", gpx(&format!("<trk {}/>", "xmlns:a='b' ".repeat(250)).repeat(2000)).into_bytes()),
        ("a comment", format!("<gpx><!--{}--></gpx>", "-".repeat(8 << 20)).into_bytes()),
        ("references", format!("<gpx><a>{}</a></gpx>", "&a;".repeat(2 << 20)).into_bytes()),
        ("blanks", vec![b' '; 16 << 20]),
        ("sports", tcx("<Activity/>").replace("<Activity/>", &"<Activity/>".repeat(500_000)).into_bytes()),
    ] {
        let begun = Instant::now();
        let _ = judge(&bytes);
        // Generous: tests run unoptimized, beside others.
        assert!(begun.elapsed() < Duration::from_secs(10), "{what} took {:?}", begun.elapsed());
        println!("{what}: {:?}", begun.elapsed());
    }
}
