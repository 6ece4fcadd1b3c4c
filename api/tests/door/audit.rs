//! What the graphql-http package asks of every server, asked of the real binary.
//!
//! It is an npm package and no part of this repository. Where it is absent the test is skipped, and says so:
//! `cd web && npm ci`.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Where the script is, and the package once it is installed.
const WEB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../web");
/// Where the result stands for people.
const TOLD: &str = include_str!("../../../docs/api.md");

/// The binary, serving; gone with this.
struct Server {
    process: Child,
    address: String,
    folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn datahub(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_datahub"));
    command
        .current_dir(folder)
        .env_clear()
        .env("DATAHUB_AUTH__SECRET", "0123456789abcdef0123456789abcdef")
        .env("DATAHUB_TELEMETRY__FORMAT", "json");
    command
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut process = datahub(folder.path())
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let line: serde_json::Value = serde_json::from_str(&line).ok()?;
            line["fields"]["address"].as_str().map(str::to_owned)
        });
        // What else it logs is read, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, address: address.expect("the server says where it listens"), folder }
    }
}

#[test]
fn the_audit_of_graphql_over_http_finds_nothing() {
    if !Path::new(WEB).join("node_modules/graphql-http").is_dir() {
        println!("SKIPPED: no graphql-http in web/node_modules (cd web && npm ci)");
        return;
    }
    let server = Server::start();
    let issued = datahub(server.folder.path())
        .args(["token", "issue", "--client", "audit", "--scope", "activities:read", "--athlete", "all"])
        .output()
        .unwrap();
    let token = String::from_utf8(issued.stdout).unwrap();
    let token = token.split_whitespace().find(|word| word.matches('.').count() == 2).expect("a token");
    let audit = Command::new("node")
        .args(["audit.mjs", &format!("http://{}/graphql", server.address), token])
        .current_dir(WEB)
        .output()
        .unwrap();
    let (said, failed) = (String::from_utf8_lossy(&audit.stdout), String::from_utf8_lossy(&audit.stderr));
    assert!(audit.status.success(), "{said}\n{failed}");
    assert!(TOLD.contains(said.trim()), "docs/api.md does not tell the result:\n{said}");
    println!("{said}");
}
