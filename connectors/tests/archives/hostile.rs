//! Hostile archives: every trick costs its own entry and nothing else, or the whole archive with a clear reason.

use std::path::{Path, PathBuf};

use connectors::archive::{self, Item, Kind, Limits, OpenError};
use domain::{ArtifactKind, Channel, SourceSlug};
use tempfile::TempDir;

use crate::walk::{activities, open, refusals, skips};
use crate::zipped::{Entry, deflated, entry, gpx, gzip, overlapping, zip};

/// A folder with one file in it.
fn given(name: &str, bytes: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn walk(path: &Path, limits: &Limits) -> Vec<Item> {
    archive::open(path, None, limits).unwrap().collect()
}

/// Why a zip as a whole is refused.
fn refusal(bytes: &[u8], limits: &Limits) -> String {
    let (_folder, path) = given("given.zip", bytes);
    match archive::open(&path, None, limits).map(Iterator::collect::<Vec<_>>) {
        Err(OpenError::Refused { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

/// The good entry's activity, and the one refusal of the bad.
fn one_refused(bad: Entry, limits: &Limits) -> (String, bool) {
    let (folder, path) = given("given.zip", zip(&[entry("good.gpx", gpx(1)), bad]));
    let items = walk(&path, limits);
    assert_eq!(activities(&items).len(), 1, "{items:?}");
    let refused = refusals(&items);
    let [(_, reason, kept)] = refused[..] else { panic!("{items:?}") };
    // Nothing was written.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    (reason.to_owned(), kept)
}

#[test]
fn names_that_play_tricks() {
    for (name, problem) in [
        ("../evil.gpx", "leads out"),
        ("a/../../evil.gpx", "leads out"),
        ("/evil.gpx", "absolute"),
        ("C:/evil.gpx", "drive letter"),
        ("a\\evil.gpx", "backslash"),
        ("evil.gpx\0.txt", "control characters"),
        ("evil\n.gpx", "control characters"),
        ("good.gpx", "same name"),
        ("./good.gpx", "same name"),
    ] {
        let (reason, kept) = one_refused(entry(name, gpx(2)), &Limits::default());
        assert!(reason.contains(problem), "{name:?}: {reason}");
        assert!(!kept);
    }
}

#[test]
fn entries_that_are_no_plain_files() {
    let limits = Limits::default();
    for (bad, problem) in [
        (Entry { mode: 0o120_777, ..entry("link.gpx", "/etc/passwd") }, "symbolic link"),
        (Entry { flags: 0x0801, ..entry("secret.gpx", gpx(2)) }, "encrypted"),
        (Entry { method: Some(12), ..entry("odd.gpx", gpx(2)) }, "packed in a way"),
        (Entry { spoil: true, ..deflated("spoiled.gpx", gpx(2)) }, "damaged"),
        (Entry { spoil: true, ..entry("spoiled.gpx", gpx(2)) }, "damaged"),
    ] {
        let (reason, _) = one_refused(bad, &limits);
        assert!(reason.contains(problem), "{reason}");
    }
}

#[test]
fn what_comes_out_is_counted_and_not_what_is_claimed() {
    let limits = Limits::default();
    let (reason, _) = one_refused(deflated("bomb.fit", vec![0; 20 << 20]), &limits);
    assert!(reason.contains("200 times"), "{reason}");
    let liar = Entry { claims: Some(10), ..deflated("liar.fit", vec![0; 20 << 20]) };
    let (reason, _) = one_refused(liar, &limits);
    assert!(reason.contains("times") || reason.contains("damaged"), "{reason}");
    let (reason, _) = one_refused(entry("bomb.gpx.gz", gzip(&vec![b' '; 20 << 20])), &limits);
    assert!(reason.contains("200 times"), "{reason}");
    let small = Limits { entry_bytes: 1 << 20, ..Limits::default() };
    // Chance does not shrink.
    let noise: Vec<u8> = (0..600_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let (reason, _) = one_refused(entry("large.fit", noise.clone()), &small);
    assert!(reason.contains("larger than 1 MiB"), "{reason}");
    let (reason, _) = one_refused(entry("large.fit.gz", gzip(&noise)), &small);
    assert!(reason.contains("1 MiB") || reason.contains("1048576"), "{reason}");
}

#[test]
fn an_archive_of_one_entry_under_many_names_is_not_read_to_its_end() {
    let names: Vec<String> = (0..2000).map(|n| format!("{n}.fit")).collect();
    let bytes = overlapping(vec![0; 1 << 20], &names);
    let (_folder, path) = given("given.zip", &bytes);
    let items = walk(&path, &Limits { total_bytes: 32 << 20, ..Limits::default() });
    let (last, reason, _) = *refusals(&items).last().unwrap();
    assert_eq!((last, bytes.len() < 1 << 20), ("everything that follows", true));
    assert!(reason.contains("32 MiB came out"), "{reason}");
    // 32 MiB, an entry more, and its refusal.
    assert_eq!(items.len(), 34);
}

#[test]
fn the_whole_is_limited_too() {
    let files: Vec<Entry> = (0..9).map(|n| entry(&format!("{n}.gpx"), gpx(n))).collect();
    let few = Limits { entries: 8, ..Limits::default() };
    assert!(refusal(&zip(&files), &few).contains("more than 8 entries"));
    let (_folder, path) = given("given.zip", zip(&files));
    let items = walk(&path, &Limits { total_bytes: 1_000, ..Limits::default() });
    let (last, ..) = *refusals(&items).last().unwrap();
    assert_eq!(last, "everything that follows");
    assert!(activities(&items).len() < 9);
    // A folder is counted as well.
    let folder = tempfile::tempdir().unwrap();
    (0..9).for_each(|n| std::fs::write(folder.path().join(format!("{n}.gpx")), gpx(n)).unwrap());
    assert!(matches!(archive::open(folder.path(), None, &few), Err(OpenError::Refused { .. })));
    assert_eq!(activities(&open(folder.path()).1).len(), 9);
}

#[test]
fn a_zip_that_is_cut_short_or_none() {
    let whole = zip(&[entry("good.gpx", gpx(1)), entry("other.gpx", gpx(2))]);
    for length in [2, 30, whole.len() / 2, whole.len() - 30, whole.len() - 5] {
        let reason = refusal(&whole[..length], &Limits::default());
        assert!(reason.contains("download it again"), "{length}: {reason}");
    }
    assert!(refusal(b"no zip at all", &Limits::default()).contains("download it again"));
    // A directory that lies about its own length.
    let mut lies = whole.clone();
    let end = lies.len() - 22;
    lies[end + 8..end + 12].copy_from_slice(&[0xf0, 0xff, 0xf0, 0xff]);
    assert!(refusal(&lies, &Limits::default()).contains("download it again"));
}

#[test]
fn zips_inside_of_zips() {
    let inner = zip(&[deflated("inner.gpx", gpx(2)), entry("../evil.gpx", gpx(3))]);
    for outer in [entry("inner.zip", inner.clone()), deflated("inner.zip", inner.clone())] {
        let (_folder, path) = given("given.zip", zip(&[outer]));
        let items = walk(&path, &Limits::default());
        assert_eq!(activities(&items).len(), 1, "{items:?}");
        assert!(matches!(refusals(&items)[..], [("inner.zip/../evil.gpx", _, false)]), "{items:?}");
    }
    let too_deep = zip(&[deflated("deepest.zip", inner.clone())]);
    let (reason, _) = one_refused(deflated("deep.zip", too_deep), &Limits::default());
    assert!(reason.contains("zip inside a zip inside a zip"), "{reason}");
    let (reason, _) = one_refused(deflated("cut.zip", &inner[..inner.len() - 9]), &Limits::default());
    assert!(reason.contains("download it again"), "{reason}");
    let (reason, _) = one_refused(deflated("bomb.zip", vec![0; 32 << 20]), &Limits::default());
    assert!(reason.contains("MiB come out"), "{reason}");
    let crowd = zip(&(0..9).map(|n| entry(&format!("{n}.gpx"), gpx(n))).collect::<Vec<_>>());
    let (reason, _) = one_refused(entry("crowd.zip", crowd), &Limits { entries: 5, ..Limits::default() });
    assert!(reason.contains("more than 5 entries"), "{reason}");
    let export = zip(&[entry("activities.csv", "Activity ID\n")]);
    let (reason, _) = one_refused(entry("export.zip", export), &Limits::default());
    assert!(reason.contains("import it by itself"), "{reason}");
}

#[test]
fn documents_that_expand() {
    let bomb = gpx(2).replacen("<gpx", "<!DOCTYPE gpx [<!ENTITY a \"b\"><!ENTITY c \"&a;&a;\">]><gpx", 1);
    let (reason, kept) = one_refused(entry("bomb.gpx", bomb.clone()), &Limits::default());
    assert!(reason.contains("DOCTYPE"), "{reason}");
    assert!(kept, "its bytes are kept for a better reader");
    let (_folder, path) = given("bomb.gpx", bomb);
    assert_eq!(refusals(&open(&path).1).len(), 1);
}

#[cfg(unix)]
#[test]
fn links_of_a_folder_are_not_followed() {
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret.gpx"), gpx(1)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("good.gpx"), gpx(2)).unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("there")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("secret.gpx"), folder.path().join("link.gpx")).unwrap();
    std::os::unix::fs::symlink(folder.path(), folder.path().join("round")).unwrap();
    let (_, items) = open(folder.path());
    assert_eq!(activities(&items).len(), 1);
    assert_eq!(skips(&items)["a symbolic link, which is not followed"], 3);
}

#[test]
fn single_files_in_every_wrapping() {
    for (name, bytes) in [
        ("ride.gpx", gpx(1).into_bytes()),
        ("ride.gpx.gz", gzip(gpx(1).as_bytes())),
        ("no name of any kind", gpx(1).into_bytes()),
        ("ride.zip", zip(&[deflated("ride.gpx", gpx(1))])),
        ("ride", zip(&[deflated("what is this", gpx(1))])),
        ("ride.zip", zip(&[entry("ride.gpx.gz", gzip(gpx(1).as_bytes())), entry("__MACOSX/._ride.gpx", "x")])),
    ] {
        let (_folder, path) = given(name, bytes);
        let (kind, items) = open(&path);
        let raws = activities(&items);
        assert_eq!((kind, raws.len()), (Kind::Files, 1), "{name}");
        assert_eq!((&raws[0].source, raws[0].channel), (&SourceSlug::FILE, Channel::Upload));
        // By its content, whatever it came in.
        assert_eq!(raws[0].external_id.to_string(), domain::ArtifactId::of(gpx(1).as_bytes()).to_string());
        assert_eq!(raws[0].artifacts[0].kind, ArtifactKind::Gpx);
    }
}

#[test]
fn nothing_known_is_said_clearly() {
    for (name, bytes) in [("a.txt", b"hello".to_vec()), ("a.zip", zip(&[entry("a.txt", "hello")])), ("b", Vec::new())] {
        let (_folder, path) = given(name, bytes);
        assert!(
            matches!(archive::open(&path, None, &Limits::default()), Err(OpenError::NothingKnown { .. })),
            "{name}"
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let missing = archive::open(&folder.path().join("nowhere"), None, &Limits::default());
    assert!(matches!(missing, Err(OpenError::Unreadable { .. })));
    // A file that calls itself a recording is kept, whatever is wrong with it.
    let (_folder, path) = given("broken.fit", "garbage");
    assert!(matches!(refusals(&open(&path).1)[..], [("broken.fit", _, true)]));
}

#[test]
fn a_source_that_was_named_wrongly() {
    let (_folder, path) = given("ride.gpx", gpx(1));
    for (source, words) in [("strava", "no Strava export"), ("garmin", "no Garmin export"), ("polar", "no archive of")]
    {
        let source = SourceSlug::parse(source).unwrap();
        match archive::open(&path, Some(&source), &Limits::default()) {
            Err(OpenError::Refused { reason, .. }) => assert!(reason.contains(words), "{reason}"),
            other => panic!("{:?}", other.map(|import| import.kind().clone())),
        }
    }
    let as_file = archive::open(&path, Some(&SourceSlug::FILE), &Limits::default()).unwrap();
    assert_eq!(as_file.count(), 1);
    let both = zip(&[
        entry("s/activities.csv", "Activity ID,Activity Date,Activity Type,Elapsed Time\n"),
        entry("g/DI_CONNECT/a_summarizedActivities.json", "[]"),
    ]);
    assert!(refusal(&both, &Limits::default()).contains("one by one"));
}
