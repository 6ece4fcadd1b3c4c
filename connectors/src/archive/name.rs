//! Names of entries. They are labels and keys, never paths to write to; and still a name that plays tricks is refused,
//! since whoever packed it meant to deceive some reader.

/// The longest name, in bytes.
const LONGEST: usize = 1024;

/// The name with `/` between its parts and nothing else of note.
///
/// # Errors
/// What is wrong with it.
pub fn checked(name: &str) -> Result<String, &'static str> {
    if name.len() > LONGEST {
        return Err("its name is longer than 1024 bytes");
    }
    if name.chars().any(char::is_control) {
        return Err("its name holds control characters");
    }
    if name.contains('\\') {
        return Err("its name holds a backslash");
    }
    if name.starts_with('/') {
        return Err("its name is an absolute path");
    }
    if name.as_bytes().get(1) == Some(&b':') && name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Err("its name holds a drive letter");
    }
    let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.contains(&"..") {
        return Err("its name leads out of the archive");
    }
    if parts.is_empty() {
        return Err("it has no name");
    }
    Ok(parts.join("/"))
}

/// The last part.
pub fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// The letters after the last dot, in small letters; of `a.fit.gz` it is `fit`.
pub fn extension(name: &str) -> String {
    let name = last(name).to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').map(|(_, extension)| extension.to_owned()).unwrap_or_default()
}

/// Whether it calls itself an activity file.
pub fn is_activity(name: &str) -> bool {
    matches!(extension(name).as_str(), "fit" | "tcx" | "gpx")
}

/// Whether a system put it there for itself.
pub fn is_system(name: &str) -> bool {
    name.split('/').any(|part| part == "__MACOSX")
        || matches!(last(name), ".DS_Store" | "Thumbs.db" | "desktop.ini")
        || last(name).starts_with("._")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tricks_are_refused_and_clumsiness_is_not() {
        for trick in
            ["../a", "a/../b", "/etc/passwd", "C:/a", "c:a", "a\\b", "a\0b", "a\nb", "", "/", "./", &"a".repeat(2000)]
        {
            assert!(checked(trick).is_err(), "{trick:?}");
        }
        assert_eq!(checked("./a//b.fit").as_deref(), Ok("a/b.fit"));
        assert_eq!(checked("a/..b/c...fit").as_deref(), Ok("a/..b/c...fit"));
    }

    #[test]
    fn extensions_look_through_gzip() {
        assert!(is_activity("a/1.FIT.gz"));
        assert!(is_activity("1.tcx"));
        assert!(!is_activity("a.fit/1.csv"));
        assert_eq!(extension("README"), "");
    }
}
