//! What is generated or numbered is fresh, and what is linked is there.

use std::path::Path;

use crate::architecture::root;

#[test]
fn the_committed_schema_is_the_exported_one() {
    let committed = std::fs::read_to_string(root().join("schema.graphql")).expect("schema.graphql");
    assert_eq!(committed, api::graphql::sdl(), "run: cargo run -- schema > schema.graphql");
}

#[test]
fn what_the_build_watches_is_there() {
    // Cargo takes a file that is missing for one that changed: the program would be compiled again at every command.
    let program = std::env::current_exe().expect("this test has a place");
    let built = program.parent().and_then(Path::parent).expect("the folder of builds").join("build");
    let last = std::fs::read_dir(&built)
        .unwrap_or_else(|error| panic!("{}: {error}", built.display()))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("api-")))
        .map(|path| path.join("output"))
        .filter(|path| path.exists())
        .max_by_key(|path| path.metadata().and_then(|data| data.modified()).expect("a time"))
        .expect("the build of api has run");
    let said = std::fs::read_to_string(&last).expect("what it said");
    let watched: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("cargo::rerun-if-changed=")).collect();
    assert!(!watched.is_empty(), "{said}");
    for path in watched {
        assert!(root().join("api").join(path).exists(), "{path} is not there");
    }
}

#[test]
fn decisions_are_numbered_without_gaps() {
    let mut numbers: Vec<u32> = std::fs::read_dir(root().join("docs/adr"))
        .expect("docs/adr")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .map(|name| name.split('-').next().and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{name}")))
        .collect();
    numbers.sort_unstable();
    let expected: Vec<u32> = (1..=numbers.len() as u32).collect();
    assert_eq!(numbers, expected);
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut documents = vec!["README.md".to_owned(), "ARCHITECTURE.md".to_owned(), "CONTRIBUTING.md".to_owned()];
    for folder in ["docs", "docs/adr"] {
        for entry in std::fs::read_dir(root().join(folder)).expect("a folder") {
            let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
            if name.ends_with(".md") {
                documents.push(format!("{folder}/{name}"));
            }
        }
    }
    for document in documents {
        let path = root().join(&document);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{document}: {error}"));
        for link in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            if !link.is_empty() && !link.contains("://") && !link.starts_with("mailto:") {
                let target = path.parent().unwrap_or(Path::new("")).join(link);
                assert!(target.exists(), "{document} links to {link}, which is not there");
            }
        }
    }
}
