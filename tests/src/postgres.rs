//! A PostgreSQL of the tests' own: from local binaries, on a free port of this machine, unprivileged, gone with the run.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, bail};
use sea_orm::{ConnectionTrait, Database};

/// Starts the cluster, says so, and ends it when the other side of its standard input is gone: also when a test run is
/// killed. Durability is off, since nothing of it is kept.
const KEEPER: &str = r#"
set -e
"$BIN/initdb" -D "$DIR/data" -U hub -A trust --no-sync -E UTF8 --locale=C >"$DIR/log" 2>&1
"$BIN/pg_ctl" -D "$DIR/data" -l "$DIR/log" -w \
    -o "-p $PORT -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=200" start >>"$DIR/log" 2>&1
echo ready
read -r _ || true
"$BIN/pg_ctl" -D "$DIR/data" -m immediate stop >/dev/null 2>&1 || true
rm -rf "$DIR"
"#;

struct Cluster {
    port: u16,
    _keeper: Child,
}

/// A fresh database's address, or `None` where this machine has no PostgreSQL and none is demanded.
///
/// # Errors
/// Where it is demanded (`DATAHUB_TEST_POSTGRES=required`) and absent, or does not start.
pub async fn fresh() -> Result<Option<String>> {
    static CLUSTER: OnceLock<Result<Option<Cluster>>> = OnceLock::new();
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let cluster = match CLUSTER.get_or_init(start) {
        Ok(Some(cluster)) => cluster,
        Ok(None) => return Ok(None),
        Err(error) => bail!("{error:#}"),
    };
    let name = format!("hub{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let address = |database: &str| format!("postgres://hub@127.0.0.1:{}/{database}", cluster.port);
    let admin = Database::connect(address("postgres")).await.context("connect to the tests' PostgreSQL")?;
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.context("make a database")?;
    admin.close().await?;
    Ok(Some(address(&name)))
}

/// The process of the cluster, where it was started: what PostgreSQL does is done by it and its children.
pub fn process() -> Option<u32> {
    std::fs::read_to_string(folder().join("data/postmaster.pid")).ok()?.lines().next()?.trim().parse().ok()
}

fn folder() -> PathBuf {
    std::env::temp_dir().join(format!("datahub-postgres-{}", std::process::id()))
}

fn start() -> Result<Option<Cluster>> {
    let required = is_required();
    let Some(binaries) = binaries() else {
        if required {
            bail!("DATAHUB_TEST_POSTGRES=required, and no initdb is to be found: install postgresql");
        }
        println!("PostgreSQL tests are skipped: no initdb in PATH or /usr/lib/postgresql (install postgresql)");
        return Ok(None);
    };
    let folder = folder();
    std::fs::create_dir_all(&folder).context("make a folder for PostgreSQL")?;
    // A port that was free a moment ago; a run that loses the race fails at once and says so.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut keeper = Command::new("sh");
    keeper
        .args(["-c", KEEPER])
        .env("BIN", &binaries)
        .env("DIR", &folder)
        .env("PORT", port.to_string())
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    // PostgreSQL refuses to run as root.
    if let Some((user, group)) = unprivileged(&folder)? {
        keeper.uid(user).gid(group);
    }
    let mut keeper = keeper.spawn().context("start PostgreSQL")?;
    let output = keeper.stdout.take().context("PostgreSQL's keeper speaks")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    if line.trim() != "ready" {
        let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        bail!("PostgreSQL did not start:\n{log}");
    }
    Ok(Some(Cluster { port, _keeper: keeper }))
}

#[expect(clippy::disallowed_methods, reason = "tests are told by the environment what they must find")]
fn is_required() -> bool {
    std::env::var("DATAHUB_TEST_POSTGRES").is_ok_and(|word| word == "required")
}

/// Where initdb is: the newest of Debian's, or what PATH has.
fn binaries() -> Option<PathBuf> {
    let has = |folder: &Path| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file();
    let mut installed: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|folder| has(folder))
        .collect();
    installed.sort();
    installed.pop().or_else(|| std::env::split_paths(&std::env::var_os("PATH")?).find(|folder| has(folder)))
}

/// Whom to be instead of root, the folder made theirs; `None` where we are nobody special already.
fn unprivileged(folder: &Path) -> Result<Option<(u32, u32)>> {
    use std::os::unix::fs::MetadataExt;
    if std::fs::metadata(folder)?.uid() != 0 {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd").context("look for an unprivileged user")?;
    let ids = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut words = line.split(':').skip(2);
        Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
    };
    let (user, group) = ids("postgres").or_else(|| ids("nobody")).context("there is no user postgres or nobody")?;
    chown(folder, Some(user), Some(group)).context("give PostgreSQL its folder")?;
    Ok(Some((user, group)))
}
