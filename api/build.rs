//! Lists the files of the web bundle, where it was built, so that they become part of the program.

use std::fs;
use std::path::{Path, PathBuf};

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/dist");
    println!("cargo::rerun-if-changed={}", folder.display());
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
