//! What is generated or numbered is fresh, and what is linked is there.

use std::path::Path;

use crate::architecture::root;

#[test]
fn the_committed_schema_is_the_exported_one() {
    let committed = std::fs::read_to_string(root().join("schema.graphql")).expect("schema.graphql");
    assert_eq!(committed, api::graphql::sdl(), "run: cargo run -- schema > schema.graphql");
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
