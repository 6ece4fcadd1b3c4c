//! Secrets that are made on first start, and bytes that nobody can guess.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use secrecy::SecretString;
use sha2::{Digest as _, Sha256};

/// The secret that is kept there, or a new one, readable by its owner only.
///
/// # Errors
/// The file can neither be read nor made.
pub fn kept(path: &Path) -> io::Result<SecretString> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text.trim_end().into()),
        Err(error) if error.kind() == ErrorKind::NotFound => make(path),
        Err(error) => Err(error),
    }
}

/// Makes a secret and keeps it. A whole file takes the name at once, and the first of two processes wins.
fn make(path: &Path) -> io::Result<SecretString> {
    let secret = hex(&random::<32>()?);
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let draft = folder.join(format!(".secret.{}", hex(&random::<8>()?)));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    writeln!(file, "{secret}")?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Ok(()) => Ok(secret.into()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Ok(fs::read_to_string(path)?.trim_end().to_owned().into())
        }
        Err(error) => Err(error),
    }
}

/// Bytes that nobody can guess.
///
/// # Errors
/// The system has none.
pub fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

/// Whether two texts are the same, in a time that says nothing of where they differ: their digests are compared.
pub fn same(a: &str, b: &str) -> bool {
    Sha256::digest(a) == Sha256::digest(b)
}

/// As lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_secret_is_made_once_and_readable_by_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/auth.secret");
        let first = kept(&path).unwrap();
        assert_eq!(first.expose_secret().len(), 64);
        assert_eq!(kept(&path).unwrap().expose_secret(), first.expose_secret());
        assert_eq!(fs::read_dir(folder.path().join("data")).unwrap().count(), 1, "a draft stayed behind");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn whoever_comes_second_takes_the_first_one_s_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("auth.secret");
        let secrets: Vec<String> = std::thread::scope(|scope| {
            let made = || make(&path).unwrap().expose_secret().to_owned();
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(made)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let kept = kept(&path).unwrap();
        assert!(secrets.iter().all(|one| one == kept.expose_secret()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "a draft stayed behind");
    }
}
