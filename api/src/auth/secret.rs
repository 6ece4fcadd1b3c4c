//! The secret behind our own tokens and links: given, or made on first start.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};

use super::AuthError;
use crate::config;

/// Fewer bytes make a key that can be guessed (RFC 7518 §3.2 asks for as many as the hash has).
const LEAST_BYTES: usize = 32;

/// The secret that was given, or the one that is kept, or a new one.
pub(super) fn open(config: &config::Auth) -> Result<SecretString, AuthError> {
    let secret = match &config.secret {
        Some(secret) => secret.clone(),
        None => kept(&config.made_at)?,
    };
    if secret.expose_secret().len() < LEAST_BYTES {
        return Err(AuthError::ShortSecret { least: LEAST_BYTES });
    }
    Ok(secret)
}

fn kept(path: &Path) -> Result<SecretString, AuthError> {
    let failed = |cause| AuthError::SecretFile { path: path.display().to_string(), cause };
    match fs::read_to_string(path) {
        Ok(text) => Ok(text.trim_end().into()),
        Err(error) if error.kind() == ErrorKind::NotFound => make(path).map_err(failed),
        Err(error) => Err(failed(error)),
    }
}

/// Makes a secret and keeps it. A whole file takes the name at once, and the first of two processes wins.
fn make(path: &Path) -> std::io::Result<SecretString> {
    let secret = super::hex(&super::random::<32>()?);
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let draft = folder.join(format!(".auth.secret.{}", super::hex(&super::random::<8>()?)));
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

#[cfg(test)]
mod tests {
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

    #[test]
    fn a_short_secret_is_refused() {
        let config = config::Auth {
            secret: Some("x".repeat(31).into()),
            made_at: "unused".into(),
            issuer: "datahub".to_owned(),
            audience: "datahub".to_owned(),
        };
        assert!(matches!(open(&config), Err(AuthError::ShortSecret { .. })));
        assert!(open(&config::Auth { secret: Some("x".repeat(32).into()), ..config }).is_ok());
    }
}
