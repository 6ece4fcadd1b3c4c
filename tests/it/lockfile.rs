//! Versions below which a dependency is known to be unsafe. Works without a network.

use crate::architecture::root;

/// A crate, the first safe version, and the advisory.
const FLOORS: [(&str, (u64, u64, u64), &str); 8] = [
    ("async-graphql", (7, 2, 1), "GHSA-5gc2-7c65-8fq8, RUSTSEC-2022-0037"),
    ("sqlx", (0, 8, 1), "RUSTSEC-2024-0363"),
    ("h2", (0, 4, 16), "RUSTSEC-2026-0258"),
    ("quick-xml", (0, 41, 0), "RUSTSEC-2026-0194, -0195"),
    ("zip", (2, 3, 0), "RUSTSEC-2025-0168"),
    ("tar", (0, 4, 45), "RUSTSEC-2026-0067, -0068"),
    ("tungstenite", (0, 20, 1), "RUSTSEC-2023-0065"),
    ("object_store", (0, 10, 2), "RUSTSEC-2024-0358"),
];

fn version(text: &str) -> (u64, u64, u64) {
    let mut numbers = text.split(['.', '-', '+']).map(|part| part.parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    (next(), next(), next())
}

#[test]
fn no_dependency_is_known_to_be_unsafe() {
    let text = std::fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock");
    let lock: toml::Table = text.parse().expect("a lock file");
    let packages = lock["package"].as_array().expect("packages");
    assert!(packages.len() > 100, "this is not the whole lock file");
    for package in packages {
        let (name, found) =
            (package["name"].as_str().expect("a name"), package["version"].as_str().expect("a version"));
        for (floor_name, floor, advisory) in FLOORS {
            if name == floor_name {
                assert!(version(found) >= floor, "{name} {found} is below {floor:?}: {advisory}");
            }
        }
        assert_ne!(name, "openssl-sys", "one TLS provider: aws-lc-rs");
    }
}

#[test]
fn versions_compare_by_number() {
    assert!(version("0.10.2") > version("0.9.9"));
    assert_eq!(version("7.2.1"), (7, 2, 1));
}
