//! The memory of the program itself, under the same load.

use std::path::Path;
use std::process::{Command, Stdio};

use reqwest::Client;
use serde_json::Value;
use tests::cpu::Server;
use tests::house::House;

use crate::rounds::{Asked, QUERY};

/// Requests at a time.
const AT_A_TIME: usize = 8;
/// How often.
const TIMES: usize = 100;

/// Starts the program on the house's database, asks it for pages, and tells its memory before and after.
pub async fn memory(client: &Client, program: &str, house: &House, variables: Value) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let program = std::fs::canonicalize(root.join(program)).expect("the program: cargo build --release");
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let folder = tempfile::tempdir().expect("a folder");
    let command = |words: &[&str]| {
        let mut command = Command::new(&program);
        command
            .args(words)
            .current_dir(folder.path())
            .env("DATAHUB_SERVER__LISTEN", format!("127.0.0.1:{port}"))
            .env("DATAHUB_DATABASE__URL", &house.database_url)
            .env("DATAHUB_ARTIFACTS__URL", format!("file://{}", house.folder.path().join("artifacts").display()))
            .env("DATAHUB_AUTH__SECRET", "a secret of the tests that is long enough to be one");
        command
    };
    // By the program's clock: the house's stands elsewhere.
    let issued = command(&["token", "issue", "--client", "bench", "--scope", "activities:read", "--athlete", "all"])
        .output()
        .expect("the program issues a token");
    let token = String::from_utf8(issued.stdout).expect("a token is text");
    let token = token.trim();
    let mut process =
        command(&["serve"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
    let address = format!("http://127.0.0.1:{port}");
    let mut tries = 0;
    while !client.get(format!("{address}/readyz")).send().await.is_ok_and(|answer| answer.status().is_success()) {
        tries += 1;
        assert!(tries < 100, "the program does not answer");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    // What it does at its start is over.
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    let id = process.id();
    println!("datahub serve, idle: {:.0} MB (VmRSS)", status(id, "VmRSS:"));
    let mut asked = Asked::new("datahub serve", format!("{address}/graphql"), token, QUERY, variables);
    asked.server = Server::Other(id);
    for _ in 0..TIMES {
        futures::future::join_all((0..AT_A_TIME).map(|_| asked.answer(client))).await;
    }
    println!(
        "datahub serve, after {} pages, {AT_A_TIME} at a time: {:.0} MB (VmRSS), most {:.0} MB (VmHWM)",
        AT_A_TIME * TIMES,
        status(id, "VmRSS:"),
        status(id, "VmHWM:"),
    );
    process.kill().expect("it ends");
    process.wait().expect("it has ended");
}

fn status(process: u32, what: &str) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(what)).unwrap_or_default();
    line.split_whitespace().next().and_then(|word| word.parse::<f64>().ok()).unwrap_or_default() / 1024.0
}
