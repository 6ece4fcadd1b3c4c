//! H: files and archives.

use domain::{Channel, Field, Status};
use reconcile::DecidedBy;

use crate::case::{g, judged, m, s};

#[test]
fn h1_archive_and_api_carry_the_same_strava_ids() {
    let judged = judged(&[
        s("1", "06:00:00", 3600.0).km(10.0),
        s("1", "06:00:00", 3600.0).km(10.0).channel(Channel::Archive).number(Field::EnergyKcal, 600.0),
    ]);
    assert_eq!(judged.outcome.activities.len(), 1);
    judged.status("1", Status::SingleSource);
    assert!(judged.activity("1").value(Field::EnergyKcal).is_some(), "the archive fills what the API lacks");
}

#[test]
fn h2_h4_the_same_original_file_in_two_archives() {
    let judged = judged(&[
        s("s", "06:00:00", 3600.0).file("fit", 0).channel(Channel::Archive),
        g("g", "06:00:00", 3600.0).file("fit", 0).channel(Channel::Archive),
    ]);
    judged.are(&[&["s", "g"]]);
    assert_eq!(judged.outcome.matches[0].decided_by, DecidedBy::FileIdentity);
}

#[test]
fn h5_a_file_written_anew_keeps_its_identity() {
    judged(&[
        s("s", "06:00:00", 3600.0).file("a", 0).fit(7, "06:00:00", "06:00:00"),
        g("g", "06:00:00", 3600.0).file("b", 0).fit(7, "06:00:01", "06:00:00"),
    ])
    .are(&[&["s", "g"]]);
}

#[test]
fn four_files_of_one_ride_are_one_activity() {
    judged(&[
        m("fit", "06:00:00", 5158.6).km(36.32),
        m("tcx", "06:00:00", 5158.0).km(36.32),
        m("gpx1", "06:00:00", 5158.0).km(36.27),
        m("gpx2", "06:00:00", 5158.0).km(36.27),
    ])
    .are(&[&["fit", "tcx", "gpx1", "gpx2"]]);
}

#[test]
fn four_rides_with_one_device_a_quarter_hour_apart_are_four() {
    judged(&[
        m("a", "07:45:28", 900.0).km(6.0).serial(7),
        m("b", "08:05:11", 840.0).km(6.0).serial(7),
        m("c", "08:23:16", 700.0).km(6.1).serial(7),
        m("d", "08:36:06", 900.0).km(6.0).serial(7),
    ])
    .are(&[&["a"], &["b"], &["c"], &["d"]])
    .wait(&[]);
}
