//! The answers in `docs/api.md` are those that the house gives.

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Duration, Utc};
use connectors::simulator::World;
use serde_json::{Map, Value, json};
use tests::door::Door;
use tests::house::{House, in_each_house};

use crate::architecture::root;

/// What is another in every hub.
const OPAQUE: [&str; 4] = ["id", "cursor", "endCursor", "startCursor"];

/// A block of the document: its language, and where its text stands.
fn blocks(text: &str) -> Vec<(&str, std::ops::Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find("```").map(|found| at + found) {
        let begin = open + text[open..].find('\n').unwrap_or(0) + 1;
        let Some(end) = text[begin..].find("```").map(|found| begin + found) else { break };
        found.push((text[open + 3..begin].trim(), begin..end));
        at = end + 3;
    }
    found
}

fn plain(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(plain),
        Value::Object(fields) => {
            for (name, value) in fields {
                if OPAQUE.contains(&name.as_str()) && value.is_string() {
                    *value = json!("…");
                }
                plain(value);
            }
        }
        _ => {}
    }
}

/// The fields of an object in the order in which they were asked for, as the answer has them.
fn ordered<'a>(fields: &'a Map<String, Value>, query: &str) -> Vec<(&'a String, &'a Value)> {
    let place = |name: &str| query.split(|letter: char| !letter.is_alphanumeric()).position(|word| word == name);
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_by_key(|(name, _)| place(name));
    fields
}

/// Lists of plain values and small objects on a line of their own, so that people can read it.
fn written(value: &Value, query: &str, indent: usize) -> String {
    let line = line(value, query);
    if line.len() + indent <= 110 {
        return line;
    }
    let (pad, end) = (" ".repeat(indent + 2), " ".repeat(indent));
    match value {
        Value::Array(items) => {
            let items: Vec<String> =
                items.iter().map(|item| format!("{pad}{}", written(item, query, indent + 2))).collect();
            format!("[\n{}\n{end}]", items.join(",\n"))
        }
        Value::Object(fields) => {
            let fields: Vec<String> = ordered(fields, query)
                .into_iter()
                .map(|(name, value)| format!("{pad}\"{name}\": {}", written(value, query, indent + 2)))
                .collect();
            format!("{{\n{}\n{end}}}", fields.join(",\n"))
        }
        _ => line,
    }
}

fn line(value: &Value, query: &str) -> String {
    match value {
        Value::Array(items) => {
            format!("[{}]", items.iter().map(|item| line(item, query)).collect::<Vec<_>>().join(", "))
        }
        Value::Object(fields) => {
            let fields: Vec<String> = ordered(fields, query)
                .into_iter()
                .map(|(name, value)| format!("\"{name}\": {}", line(value, query)))
                .collect();
            format!("{{ {} }}", fields.join(", "))
        }
        plain => plain.to_string(),
    }
}

#[tokio::test]
async fn the_answers_in_the_documents_are_real() -> Result<()> {
    let path = root().join("docs/api.md");
    in_each_house(async |house: House| {
        let start: DateTime<Utc> = "2025-11-20T00:00:00Z".parse()?;
        let world = World::year(8, start);
        let ada = house.athlete("Ada").await?;
        for (name, write) in [
            (
                "garmin",
                World::write_garmin_export as fn(&World, &std::path::Path, DateTime<Utc>) -> std::io::Result<()>,
            ),
            ("strava", World::write_strava_export),
        ] {
            let export = house.folder.path().join(name);
            write(&world, &export, world.end)?;
            house.import(ada, &export).await?;
            house.clock.advance(Duration::minutes(5));
        }
        let door = Door::of(&house).await?;
        let token = door.token("activities:read", &[ada]).await?;
        let mut text = std::fs::read_to_string(&path)?;
        let mut answers = 0;
        let count = blocks(&text).len();
        for at in 1..count {
            let found = blocks(&text);
            let ((asked, query), (told, answer)) = (&found[at - 1], &found[at]);
            if (*asked, *told) != ("graphql", "json") {
                continue;
            }
            let query = text[query.clone()].replace("ATHLETE", &ada.to_string());
            let mut real = door.ask(&token, &query, json!({})).await.with_context(|| query.clone())?;
            plain(&mut real);
            let real = format!("{}\n", written(&json!({ "data": real }), &query, 0));
            let answer = answer.clone();
            if std::env::vars().any(|(name, _)| name == "DATAHUB_TEST_WRITE") {
                text.replace_range(answer, &real);
                std::fs::write(&path, &text)?;
            } else {
                ensure!(
                    text[answer] == real,
                    "stale: DATAHUB_TEST_WRITE=1 cargo test -p tests --test it recipes\n{query}\n{real}"
                );
            }
            answers += 1;
        }
        ensure!(answers == 10, "{answers} answers");
        Ok(())
    })
    .await
}
