//! The arrows of `ARCHITECTURE.md`, held against reality.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace's root").to_owned()
}

const CRATES: [&str; 8] = ["domain", "reconcile", "connectors", "entity", "migration", "hub", "api", "tests"];

/// Which crate may depend on which: the law.
fn law() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    [
        ("domain", &[][..]),
        ("reconcile", &["domain"]),
        ("connectors", &["domain"]),
        ("entity", &[]),
        ("migration", &[]),
        ("hub", &["domain", "reconcile", "connectors", "entity", "migration"]),
        ("api", &["hub", "domain", "reconcile", "connectors"]),
        ("tests", &["domain", "reconcile", "connectors", "entity", "migration", "hub", "api"]),
    ]
    .into_iter()
    .map(|(name, on)| (name, on.iter().copied().collect()))
    .collect()
}

/// What cargo knows of this workspace, as built on this machine: crates of other platforms were never fetched.
fn metadata(extra: &[&str]) -> Value {
    let version = Command::new(env!("CARGO")).arg("-vV").output().expect("cargo tells its version");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("cargo tells its host");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked", "--filter-platform", host])
        .args(extra)
        .current_dir(root())
        .output()
        .expect("cargo metadata runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata speaks JSON")
}

/// The workspace's crates and what each depends on within it, development aside.
fn edges() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = metadata(&["--no-deps"]);
    let packages = metadata["packages"].as_array().expect("packages");
    packages
        .iter()
        .map(|package| {
            let on = package["dependencies"]
                .as_array()
                .expect("dependencies")
                .iter()
                .filter(|one| one["kind"].is_null())
                .map(|one| one["name"].as_str().expect("a name").to_owned())
                .filter(|name| CRATES.contains(&name.as_str()))
                .collect();
            (package["name"].as_str().expect("a name").to_owned(), on)
        })
        .collect()
}

#[test]
fn crates_depend_on_what_they_may() {
    let law = law();
    for (name, on) in edges() {
        let allowed = law.get(name.as_str()).unwrap_or_else(|| panic!("{name} is no crate of the design"));
        for other in on {
            assert!(allowed.contains(other.as_str()), "{name} must not depend on {other}");
        }
    }
}

#[test]
fn the_document_tells_the_truth() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let names = |cell: &str| -> BTreeSet<String> { cell.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let told: BTreeMap<String, BTreeSet<String>> = text
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let cells: Vec<&str> = line.split('|').collect();
            let name = names(cells[1]).into_iter().next().expect("a crate");
            (name, names(cells[2]))
        })
        .collect();
    assert_eq!(told, edges());
}

/// The crates in the normal dependency closure of one.
fn closure(of: &str) -> BTreeSet<String> {
    let metadata = metadata(&[]);
    let nodes = metadata["resolve"]["nodes"].as_array().expect("nodes");
    let name_of: BTreeMap<&str, &str> = metadata["packages"]
        .as_array()
        .expect("packages")
        .iter()
        .map(|package| (package["id"].as_str().expect("an id"), package["name"].as_str().expect("a name")))
        .collect();
    let normal: BTreeMap<&str, Vec<&str>> = nodes
        .iter()
        .map(|node| {
            let on = node["deps"]
                .as_array()
                .expect("deps")
                .iter()
                .filter(|dep| dep["dep_kinds"].as_array().expect("kinds").iter().any(|kind| kind["kind"].is_null()))
                .map(|dep| dep["pkg"].as_str().expect("a package"))
                .collect();
            (node["id"].as_str().expect("an id"), on)
        })
        .collect();
    let first = name_of.iter().find(|(_, name)| **name == of).map(|(id, _)| *id).expect("the crate");
    let (mut seen, mut open) = (BTreeSet::new(), vec![first]);
    while let Some(id) = open.pop() {
        if seen.insert(id) {
            open.extend(normal[id].iter().copied());
        }
    }
    seen.into_iter().map(|id| name_of[id].to_owned()).collect()
}

#[test]
fn the_words_and_the_judgement_know_no_machinery() {
    let machinery =
        ["tokio", "futures", "sea-orm", "sqlx", "reqwest", "hyper", "axum", "async-graphql", "object_store"];
    for name in ["domain", "reconcile"] {
        let closure = closure(name);
        for one in machinery {
            assert!(!closure.contains(one), "{name} reaches {one}");
        }
    }
    assert!(closure("hub").contains("tokio"), "a closure that reaches nothing proves nothing");
}

/// chrono and uuid bring serde along, since the workspace shares their features: what must not be is that the words
/// name it.
#[test]
fn the_words_are_no_wire_types() {
    let metadata = metadata(&["--no-deps"]);
    let packages = metadata["packages"].as_array().expect("packages");
    let domain = packages.iter().find(|package| package["name"] == "domain").expect("domain");
    for dependency in domain["dependencies"].as_array().expect("dependencies") {
        assert!(!dependency["name"].as_str().expect("a name").starts_with("serde"), "domain depends on {dependency}");
    }
}

/// Every Rust file of a crate's `src`, with its text.
fn sources(of: &str) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).expect("a text");
                found.push((path, text));
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(of).join("src"), &mut found);
    found
}

#[test]
fn no_file_is_longer_than_a_reader_s_patience() {
    let long: Vec<String> = CRATES
        .iter()
        .flat_map(|name| sources(name))
        .filter(|(_, text)| text.lines().count() > 400)
        .map(|(path, text)| format!("{}: {} lines", path.display(), text.lines().count()))
        .collect();
    assert!(long.is_empty(), "a file that passes 400 lines becomes a folder: {long:#?}");
}

#[test]
fn there_is_no_attic() {
    for name in CRATES {
        for (path, _) in sources(name) {
            let attic = path.components().any(|part| {
                let part = part.as_os_str().to_string_lossy();
                ["utils", "util", "common", "helpers", "misc"].contains(&part.trim_end_matches(".rs"))
            });
            assert!(!attic, "{}: name it after what it is about", path.display());
        }
    }
}

#[test]
fn the_door_meets_the_connectors_only_where_it_is_put_together() {
    let allowed = ["boot.rs", "live.rs", "cli/connect", "cli/demo"];
    for (path, text) in sources("api") {
        let path = path.to_string_lossy().into_owned();
        if text.contains("connectors::") {
            assert!(allowed.iter().any(|one| path.contains(one)), "{path} names connectors");
        }
    }
}

/// A path within a crate's `src`, with slashes.
fn inside(of: &str, path: &Path) -> String {
    let path = path.strip_prefix(root().join(of).join("src")).expect("a path in src");
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The store and the view read and write rows; the deeds that are nothing but rows (tokens, rulings, an import's
/// progress, the plan that is applied) name them as well. Whatever else the hub does, it does in the words of `domain`.
#[test]
fn rows_are_named_where_they_are_at_home() {
    let at_home = ["store/", "view/", "reconciler/", "hub.rs", "import/run.rs", "remap.rs", "decision/", "token.rs"];
    for (path, text) in sources("hub") {
        let path = inside("hub", &path);
        if text.contains("entity::") || text.contains("use entity") {
            assert!(at_home.iter().any(|one| path.starts_with(one)), "hub/src/{path} names rows");
        }
    }
}

/// Athletes see nothing of each other because every statement of the view carries the scope, or is handed to `holding`,
/// which adds it.
#[test]
fn the_view_asks_nothing_without_its_scope() {
    let mut asked = 0;
    for (path, text) in sources("hub") {
        let path = inside("hub", &path);
        if !path.starts_with("view/") {
            continue;
        }
        for function in text.split("fn ").filter(|function| function.contains("Entity::find")) {
            let name = function.split(['(', '<']).next().unwrap_or_default();
            let scoped =
                [".own(", ".own_of(", ".check(", ".scope()", ".holding("].iter().any(|one| function.contains(one));
            assert!(scoped, "hub/src/{path}: `{name}` asks without a scope");
            asked += 1;
        }
    }
    assert!(asked > 5, "the view asks somewhere, and this no longer sees where");
}
