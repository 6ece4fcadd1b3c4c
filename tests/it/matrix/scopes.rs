//! The table of scopes, tried row by row: with exactly the scopes that a field needs it is told, without any one of them
//! it is not.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use domain::AthleteId;
use serde_json::{Value, json};
use tests::door::Door;
use tests::house::{House, in_each_house};
use tests::live::Sources;

use super::table::{Row, TABLE};
use super::{ALL, Things, Type, filled, schema, settle};

/// Fields that are asked for at once: aliases are limited.
const AT_ONCE: usize = 24;

/// A field as the table has it.
struct Entry<'a> {
    name: &'a str,
    asked: &'a str,
    more: BTreeSet<&'a str>,
}

fn entries(row: &Row) -> Vec<Entry<'_>> {
    row.fields
        .split_whitespace()
        .map(|word| {
            let (asked, more) = word.split_once('+').unwrap_or((word, ""));
            let name = asked.split('(').next().unwrap_or(asked);
            Entry { name, asked, more: more.split(',').filter(|scope| !scope.is_empty()).collect() }
        })
        .collect()
}

#[tokio::test]
async fn every_field_stands_in_the_table() -> Result<()> {
    in_each_house(async |house: House| {
        let door = Door::of(&house).await?;
        let token = door.token(ALL, &[]).await?;
        let told: BTreeSet<String> = schema(&door, &token)
            .await?
            .values()
            .filter(|ty| ty.kind != "INPUT_OBJECT" && ty.name != "Subscription")
            .flat_map(|ty| ty.fields.iter().map(move |field| format!("{}.{}", ty.name, field.name)))
            .collect();
        let written: BTreeSet<String> = TABLE
            .iter()
            .flat_map(|row| entries(row).into_iter().map(move |entry| format!("{}.{}", row.name, entry.name)))
            .collect();
        let unwritten: Vec<_> = told.difference(&written).collect();
        let gone: Vec<_> = written.difference(&told).collect();
        ensure!(unwritten.is_empty() && gone.is_empty(), "table.rs lacks {unwritten:?}, and has {gone:?} for nothing");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn every_field_needs_the_scopes_that_are_written_and_no_others() -> Result<()> {
    // Which scope a field needs is decided in front of any database: one is enough, and SQLite is the quicker.
    let folder = tempfile::tempdir()?;
    let house = House::standing(format!("sqlite://{}", folder.path().join("hub.db").display()), folder).await?;
    let sources = Sources::empty(&house).await?;
    let door = Door::live(&house, &sources).await?;
    let (ada, things) = settle(&house, &sources, &door, "Ada", 11).await?;
    let types = schema(&door, &door.token(ALL, &[ada]).await?).await?;
    let mut wrong = Wrong::default();
    let mut tokens: BTreeMap<BTreeSet<&str>, String> = BTreeMap::new();
    for row in TABLE {
        let way: BTreeSet<&str> = row.scopes.split_whitespace().collect();
        let mut alike: BTreeMap<BTreeSet<&str>, Vec<Entry<'_>>> = BTreeMap::new();
        for entry in entries(row) {
            alike.entry(entry.more.clone()).or_default().push(entry);
        }
        for (more, entries) in alike {
            let needed: BTreeSet<&str> = way.union(&more).copied().collect();
            for part in entries.chunks(if row.name == "Mutation" { 1 } else { AT_ONCE }) {
                let query = query(row, part, types.get(row.name).context(row.name)?, &things);
                // Without each one of them nothing is told, and nothing done: so the deeds are done once, at the end.
                for without in &needed {
                    let token =
                        token(&door, ada, &mut tokens, ALL.split_whitespace().filter(|one| one != without).collect())
                            .await?;
                    let answer = door.answer(&token, &query, json!({})).await?;
                    let refused = codes(&answer).contains("FORBIDDEN");
                    let told = (0..part.len()).any(|at| is_told(&answer["data"], &format!("f{at}")));
                    wrong.check(refused && !told, || format!("{} without {without}: {query}: {answer}", row.name));
                }
                let answer =
                    door.answer(&token(&door, ada, &mut tokens, needed.clone()).await?, &query, json!({})).await?;
                wrong.check(!codes(&answer).contains("FORBIDDEN"), || {
                    format!("{} with {needed:?}: {query}: {answer}", row.name)
                });
                if row.name != "Mutation" {
                    wrong.check(answer["errors"].is_null(), || format!("{}: {query}: {answer}", row.name));
                    let reached = (0..part.len()).all(|at| is_there(&answer["data"], &format!("f{at}")));
                    wrong.check(reached, || format!("{}: the way leads nowhere: {query}: {answer}", row.name));
                }
            }
        }
    }
    ensure!(wrong.0.is_empty(), "{}", wrong.0.join("\n"));
    Ok(())
}

/// All that is wrong, so that one run tells it.
#[derive(Default)]
struct Wrong(Vec<String>);

impl Wrong {
    fn check(&mut self, is_right: bool, told: impl FnOnce() -> String) {
        if !is_right {
            self.0.push(told());
        }
    }
}

async fn token<'a>(
    door: &Door,
    athlete: AthleteId,
    tokens: &mut BTreeMap<BTreeSet<&'a str>, String>,
    scopes: BTreeSet<&'a str>,
) -> Result<String> {
    if let Some(token) = tokens.get(&scopes) {
        return Ok(token.clone());
    }
    // A token needs some scope: one that opens nothing of what is asked.
    let words: Vec<&str> = if scopes.is_empty() { vec!["imports:write"] } else { scopes.iter().copied().collect() };
    let token = door.token(&words.join(" "), &[athlete]).await?;
    tokens.insert(scopes, token.clone());
    Ok(token)
}

/// The way, with these fields at its end, each under a name of its own.
fn query(row: &Row, part: &[Entry<'_>], ty: &Type, things: &Things) -> String {
    let asked = part.iter().enumerate().map(|(at, entry)| {
        let is_composite = ty.fields.iter().any(|field| field.name == entry.name && field.is_composite);
        let inner = if is_composite { " { __typename }" } else { "" };
        format!("f{at}: {}{inner} ", entry.asked)
    });
    filled(&row.way.replace('@', &asked.collect::<String>()), things)
}

fn codes(answer: &Value) -> BTreeSet<&str> {
    let errors = answer["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    errors.iter().filter_map(|error| error["extensions"]["code"].as_str()).collect()
}

/// Whether the key stands anywhere in the data.
fn is_there(data: &Value, key: &str) -> bool {
    any(data, key, &|_| true)
}

/// Whether it stands there with a value.
fn is_told(data: &Value, key: &str) -> bool {
    any(data, key, &|value| !value.is_null())
}

fn any(data: &Value, key: &str, counts: &dyn Fn(&Value) -> bool) -> bool {
    match data {
        Value::Array(items) => items.iter().any(|item| any(item, key, counts)),
        Value::Object(fields) => {
            fields.iter().any(|(name, value)| (name == key && counts(value)) || any(value, key, counts))
        }
        _ => false,
    }
}
