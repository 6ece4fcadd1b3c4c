//! Lists the files of the web bundle, where it was built, so that they become part of the program.

use std::fs;
use std::path::{Path, PathBuf};

fn main() -> std::io::Result<()> {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web");
    let folder = web.join("dist");
    // What is not there counts as changed at every build: until it is made, its coming is seen in the folder around.
    println!("cargo::rerun-if-changed={}", if folder.exists() { &folder } else { &web }.display());
    println!("cargo::rerun-if-changed=build.rs");
    let mut files: Vec<PathBuf> = match fs::read_dir(&folder) {
        Ok(entries) => entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?,
        Err(_) => Vec::new(),
    };
    files.sort();
    let mut table = String::from("&[\n");
    for file in &files {
        let name = file.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".gz"));
        if let Some(name) = name {
            let path = file.canonicalize()?;
            table.push_str(&format!("    ({name:?}, include_bytes!({path:?})),\n"));
        }
    }
    table.push_str("]\n");
    let out = std::env::var_os("OUT_DIR").map(PathBuf::from).unwrap_or_default();
    fs::write(out.join("web.rs"), table)
}
