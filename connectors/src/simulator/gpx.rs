//! Recordings as GPX files, as Strava writes them where it has no original.

use std::fmt::Write as _;

use super::account::Part;

/// The file of one session.
pub fn file(part: &Part, name: &str, sport: &str) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gpx creator=\"StravaGPX\" version=\"1.1\" \
         xmlns=\"http://www.topografix.com/GPX/1/1\" \
         xmlns:gpxtpx=\"http://www.garmin.com/xmlschemas/TrackPointExtension/v1\">\n",
    );
    let time = |instant: chrono::DateTime<chrono::Utc>| instant.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let _ = writeln!(text, " <metadata><time>{}</time></metadata>", time(part.start));
    let _ = writeln!(text, " <trk><name>{name}</name><type>{sport}</type><trkseg>");
    for sample in &part.samples {
        let Some(place) = sample.place else { continue };
        let (latitude, longitude) = place.degrees();
        let _ = write!(
            text,
            "  <trkpt lat=\"{latitude:.7}\" lon=\"{longitude:.7}\"><ele>{:.1}</ele><time>{}</time>",
            sample.altitude_m,
            time(sample.time)
        );
        if let Some(bpm) = sample.heart_rate {
            let _ = write!(
                text,
                "<extensions><gpxtpx:TrackPointExtension><gpxtpx:hr>{bpm:.0}</gpxtpx:hr>\
                 </gpxtpx:TrackPointExtension></extensions>"
            );
        }
        text.push_str("</trkpt>\n");
    }
    text.push_str(" </trkseg></trk>\n</gpx>\n");
    text
}
