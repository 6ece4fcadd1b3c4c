//! Every mutation, ten times at once and then once more: one effect, whichever answer got lost on the way.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, ensure};
use futures::future::join_all;
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, Statement};
use serde_json::json;
use tests::door::Door;
use tests::house::{House, in_each_house};
use tests::live::Sources;

use super::{ALL, filled, settle};

/// Where what a mutation does is kept.
const TABLES: [&str; 8] =
    ["athlete", "decision", "ruling", "activity_revision", "reconciliation_run", "job", "account", "source_record"];

/// A mutation, and in which table it adds one row.
const MUTATIONS: &[(&str, &str, &str)] = &[
    ("createAthlete", "createAthlete(input: { displayName: \"{fresh}\" }) { athlete { id } }", "athlete"),
    ("reconcileActivity", "reconcileActivity(input: { activityId: \"{activity}\" }) { changed }", ""),
    (
        "startReconciliation",
        "startReconciliation(input: { athleteId: \"{athlete}\", range: { from: \"2026-03-01T00:00:00Z\" }, reason: \"r\" }) { run { id } }",
        "reconciliation_run",
    ),
    (
        "pinField",
        "pinField(input: { activityId: \"{activity}\", field: NAME, value: \"Once\", reason: \"r\" }) { activity { id } }",
        "decision",
    ),
    (
        "unpinField",
        "unpinField(input: { activityId: \"{activity}\", field: NAME, reason: \"r\" }) { activity { id } }",
        "decision",
    ),
    (
        "mergeActivities",
        "mergeActivities(input: { activityIds: [\"{one}\", \"{other}\"], reason: \"r\" }) { activity { id } }",
        "decision",
    ),
    (
        "splitActivity",
        "splitActivity(input: { activityId: \"{split}\", sourceRecordIds: [\"{leaving}\"], reason: \"r\" }) { activities { id } }",
        "decision",
    ),
    (
        "decideMatchCandidate",
        "decideMatchCandidate(input: { candidateId: \"{candidate}\", decision: DIFFERENT, reason: \"r\" }) { candidate { id } }",
        "decision",
    ),
    ("undo", "undo(input: { revisionId: \"{revision}\", reason: \"r\" }) { activities { id } }", "decision"),
    ("syncAccount", "syncAccount(input: { accountId: \"{account}\" }) { account { id } }", ""),
    ("backfillAccount", "backfillAccount(input: { accountId: \"{account}\" }) { account { id } }", ""),
    (
        "setAccountPaused",
        "setAccountPaused(input: { accountId: \"{account}\", paused: true, reason: \"r\" }) { account { id } }",
        "",
    ),
    (
        "disconnectAccount",
        "disconnectAccount(input: { accountId: \"{account}\", purge: true, reason: \"r\" }) { account { id } }",
        "",
    ),
    // The last: nothing of hers is left.
    ("eraseAthlete", "eraseAthlete(input: { athleteId: \"{athlete}\", reason: \"r\" }) { recordsErased }", ""),
];

async fn counts(database: &DatabaseConnection) -> Result<BTreeMap<&'static str, i64>> {
    let mut counts = BTreeMap::new();
    for table in TABLES {
        let text = format!("SELECT COUNT(*) AS rows FROM {table}");
        let statement = Statement::from_string(database.get_database_backend(), text);
        let row = database.query_one_raw(statement).await?.context("a count")?;
        counts.insert(table, row.try_get::<i64>("", "rows")?);
    }
    Ok(counts)
}

#[tokio::test]
async fn a_mutation_that_is_sent_again_has_the_effect_that_it_had() -> Result<()> {
    in_each_house(async |house: House| {
        let sources = Sources::empty(&house).await?;
        let door = Door::live(&house, &sources).await?;
        let (athlete, things) = settle(&house, &sources, &door, "Ada", 11).await?;
        let token = door.token(ALL, &[athlete]).await?;
        let known = door.ask(&token, "{ __schema { mutationType { fields { name } } } }", json!({})).await?;
        let fields = known["__schema"]["mutationType"]["fields"].as_array().context("fields")?;
        let names: BTreeSet<&str> = fields.iter().filter_map(|field| field["name"].as_str()).collect();
        ensure!(names == MUTATIONS.iter().map(|one| one.0).collect(), "every mutation stands here: {names:?}");
        let database = Database::connect(&house.database_url).await?;
        for (name, text, table) in MUTATIONS {
            let mutation = format!("mutation {{ {} }}", filled(text, &things));
            let before = counts(&database).await?;
            let answers = join_all((0..10).map(|_| door.answer(&token, &mutation, json!({})))).await;
            let answers: Vec<_> = answers.into_iter().collect::<Result<_>>()?;
            ensure!(answers.iter().any(|answer| answer["errors"].is_null()), "{name}: {}", answers[0]);
            let codes: BTreeSet<&str> =
                answers.iter().filter_map(|answer| answer.pointer("/errors/0/extensions/code")?.as_str()).collect();
            ensure!(codes.iter().all(|code| ["CONFLICT", "NOT_FOUND"].contains(code)), "{name}: {codes:?}");
            let after = counts(&database).await?;
            for kept in ["athlete", "decision", "reconciliation_run", "job"] {
                ensure!(after[kept] <= before[kept] + 1, "{name}: {} rows of {kept}", after[kept] - before[kept]);
            }
            if !table.is_empty() {
                ensure!(after[table] == before[table] + 1, "{name}: {} rows of {table}", after[table] - before[table]);
            }
            door.answer(&token, &mutation, json!({})).await?;
            let again = counts(&database).await?;
            ensure!(again == after, "{name}, sent again: {again:?} instead of {after:?}");
        }
        Ok(())
    })
    .await
}
