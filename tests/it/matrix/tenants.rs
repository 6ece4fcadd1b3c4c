//! Every way in that takes an id, a cursor or a source's number, times every kind of node: another's thing is like one
//! that does not exist.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tests::door::Door;
use tests::house::{House, in_each_house};
use tests::live::Sources;

use super::{ALL, Things, Type, filled, schema, settle};

/// Which thing of an athlete is a node of that type.
const NODES: &[(&str, &str)] = &[
    ("Activity", "activity"),
    ("SourceRecord", "record"),
    ("Artifact", "artifact"),
    ("MatchCandidate", "candidate"),
    ("Athlete", "athlete"),
    ("ImportRun", "import"),
    ("ReconciliationRun", "run"),
    ("SourceAccount", "account"),
];

/// A way in by the argument that takes the id: the request (`@` is the id), and the thing that belongs there.
const WAYS: &[(&str, &str, &str)] = &[
    ("Query.node.id", "{ node(id: \"@\") { id } }", "record"),
    ("Query.nodes.ids", "{ nodes(ids: [\"@\"]) { id } }", "artifact"),
    ("Query.activity.id", "{ activity(id: \"@\") { id } }", "activity"),
    ("Query.athlete.id", "{ athlete(id: \"@\") { id } }", "athlete"),
    ("Query.importRun.id", "{ importRun(id: \"@\") { id } }", "import"),
    ("Query.reconciliationRun.id", "{ reconciliationRun(id: \"@\") { id } }", "run"),
    ("Query.explainMatch.a", "{ explainMatch(a: \"@\", b: \"{record2}\") { summary } }", "record"),
    ("Query.explainMatch.b", "{ explainMatch(a: \"{record2}\", b: \"@\") { summary } }", "record"),
    ("Query.reconciliation.athleteId", "{ reconciliation(athleteId: \"@\") { matched } }", "athlete"),
    ("Query.changes.athleteId", "{ changes(athleteId: \"@\", first: 1) { nodes { cursor } } }", "athlete"),
    ("Query.sourceRecords.athleteId", "{ sourceRecords(athleteId: \"@\") { totalCount nodes { id } } }", "athlete"),
    ("Query.matchCandidates.athleteId", "{ matchCandidates(athleteId: \"@\") { totalCount nodes { id } } }", "athlete"),
    ("Query.coverage.athleteId", "{ coverage(athleteId: \"@\") { records } }", "athlete"),
    (
        "Query.policyPreview.athleteId",
        "{ policyPreview(athleteId: \"@\", toml: \"{toml}\") { activitiesExamined } }",
        "athlete",
    ),
    (
        "Query.activities.filter.athleteIds",
        "{ activities(filter: { athleteIds: [\"@\"] }) { totalCount nodes { id } } }",
        "athlete",
    ),
    (
        "Query.totals.filter.athleteIds",
        "{ totals(filter: { athleteIds: [\"@\"] }, groupBy: [YEAR]) { count } }",
        "athlete",
    ),
    (
        "Athlete.activities.filter.athleteIds",
        "{ athlete(id: \"{athlete}\") { activities(filter: { athleteIds: [\"@\"] }) { totalCount } } }",
        "athlete",
    ),
    (
        "Athlete.totals.filter.athleteIds",
        "{ athlete(id: \"{athlete}\") { totals(filter: { athleteIds: [\"@\"] }, groupBy: [YEAR]) { count } } }",
        "athlete",
    ),
    (
        "Mutation.reconcileActivity.input.activityId",
        "mutation { reconcileActivity(input: { activityId: \"@\" }) { activity { id } } }",
        "activity",
    ),
    (
        "Mutation.startReconciliation.input.athleteId",
        "mutation { startReconciliation(input: { athleteId: \"@\" }) { run { recordsTotal } } }",
        "athlete",
    ),
    (
        "Mutation.mergeActivities.input.activityIds",
        "mutation { mergeActivities(input: { activityIds: [\"{one}\", \"@\"], reason: \"r\" }) { activity { id } } }",
        "other",
    ),
    (
        "Mutation.splitActivity.input.activityId",
        "mutation { splitActivity(input: { activityId: \"@\", sourceRecordIds: [\"{leaving}\"], reason: \"r\" }) { activities { id } } }",
        "split",
    ),
    (
        "Mutation.splitActivity.input.sourceRecordIds",
        "mutation { splitActivity(input: { activityId: \"{activity}\", sourceRecordIds: [\"@\"], reason: \"r\" }) { activities { id } } }",
        "record",
    ),
    (
        "Mutation.decideMatchCandidate.input.candidateId",
        "mutation { decideMatchCandidate(input: { candidateId: \"@\", decision: DIFFERENT, reason: \"r\" }) { candidate { id } } }",
        "candidate",
    ),
    (
        "Mutation.pinField.input.activityId",
        "mutation { pinField(input: { activityId: \"@\", field: NAME, value: \"v\", reason: \"r\" }) { activity { id } } }",
        "activity",
    ),
    (
        "Mutation.unpinField.input.activityId",
        "mutation { unpinField(input: { activityId: \"@\", field: NAME, reason: \"r\" }) { activity { id } } }",
        "activity",
    ),
    (
        "Mutation.undo.input.revisionId",
        "mutation { undo(input: { revisionId: \"@\", reason: \"r\" }) { activities { id } } }",
        "revision",
    ),
    ("Query.sourceAccounts.athleteId", "{ sourceAccounts(athleteId: \"@\") { id } }", "athlete"),
    (
        "Mutation.syncAccount.input.accountId",
        "mutation { syncAccount(input: { accountId: \"@\" }) { account { id } } }",
        "account",
    ),
    (
        "Mutation.backfillAccount.input.accountId",
        "mutation { backfillAccount(input: { accountId: \"@\" }) { account { id } } }",
        "account",
    ),
    (
        "Mutation.setAccountPaused.input.accountId",
        "mutation { setAccountPaused(input: { accountId: \"@\", paused: false, reason: \"r\" }) { account { id } } }",
        "account",
    ),
    (
        "Mutation.disconnectAccount.input.accountId",
        "mutation { disconnectAccount(input: { accountId: \"@\", purge: false, reason: \"r\" }) { account { id } } }",
        "account",
    ),
    // The last: nothing of hers is left to be asked for.
    (
        "Mutation.eraseAthlete.input.athleteId",
        "mutation { eraseAthlete(input: { athleteId: \"@\", reason: \"r\" }) { recordsErased } }",
        "athlete",
    ),
];

/// A way in by a source's own number.
const NUMBERS: &[(&str, &str)] = &[
    ("Query.activityBySource.externalId", "{ activityBySource(source: \"file\", externalId: \"@\") { id } }"),
    ("Query.sourceRecord.externalId", "{ sourceRecord(source: \"file\", channel: UPLOAD, externalId: \"@\") { id } }"),
    ("Query.sourceRecords.externalId", "{ sourceRecords(externalId: \"@\") { totalCount nodes { id } } }"),
];

/// A list that goes on behind a cursor, and where the cursor stands in its answer.
const LISTS: &[(&str, &str, &str)] = &[
    (
        "Query.activities",
        "{ activities(first: 1 @) { nodes { id } pageInfo { endCursor startCursor } } }",
        "/activities",
    ),
    ("Query.athletes", "{ athletes(first: 1 @) { nodes { id } pageInfo { endCursor startCursor } } }", "/athletes"),
    (
        "Query.sourceRecords",
        "{ sourceRecords(first: 1 @) { nodes { id } pageInfo { endCursor startCursor } } }",
        "/sourceRecords",
    ),
    (
        "Query.matchCandidates",
        "{ matchCandidates(first: 1 @) { nodes { id } pageInfo { endCursor startCursor } } }",
        "/matchCandidates",
    ),
    (
        "Query.changes",
        "{ changes(first: 1 @) { nodes { activity { id } } pageInfo { endCursor startCursor } } }",
        "/changes",
    ),
    (
        "Athlete.activities",
        "{ athlete(id: \"{athlete}\") { activities(first: 1 @) { nodes { id } pageInfo { endCursor startCursor } } } }",
        "/athlete/activities",
    ),
    (
        "Activity.history",
        "{ activity(id: \"{pinned}\") { history(first: 1 @) { nodes { id } pageInfo { endCursor startCursor } } } }",
        "/activity/history",
    ),
];

/// Every argument of that type, also within the objects that arguments take.
fn arguments(types: &BTreeMap<String, Type>, wanted: impl Fn(&str, &str) -> bool) -> BTreeSet<String> {
    fn within(types: &BTreeMap<String, Type>, path: String, ty: &str, found: &mut Vec<(String, String)>) {
        match types.get(ty).filter(|ty| ty.kind == "INPUT_OBJECT") {
            Some(input) => {
                for (name, ty) in &input.inputs {
                    within(types, format!("{path}.{name}"), ty, found);
                }
            }
            None => found.push((path, ty.to_owned())),
        }
    }
    let mut found = Vec::new();
    for ty in types.values().filter(|ty| ty.kind != "INPUT_OBJECT" && ty.name != "Subscription") {
        for field in &ty.fields {
            for (name, argument) in &field.arguments {
                within(types, format!("{}.{}.{name}", ty.name, field.name), argument, &mut found);
            }
        }
    }
    found.into_iter().filter(|(path, ty)| wanted(path, ty)).map(|(path, _)| path).collect()
}

fn all_written(what: &str, told: BTreeSet<String>, written: BTreeSet<String>) -> Result<()> {
    let (unwritten, gone): (Vec<_>, Vec<_>) =
        (told.difference(&written).collect(), written.difference(&told).collect());
    ensure!(
        unwritten.is_empty() && gone.is_empty(),
        "{what}: tenants.rs lacks {unwritten:?}, and has {gone:?} for nothing"
    );
    Ok(())
}

#[tokio::test]
async fn every_way_in_is_written_down() -> Result<()> {
    in_each_house(async |house: House| {
        let door = Door::of(&house).await?;
        let types = schema(&door, &door.token(ALL, &[]).await?).await?;
        let own = |names: &mut dyn Iterator<Item = String>| names.collect::<BTreeSet<String>>();
        let ends = |path: &str, end: &str| path.rsplit('.').next() == Some(end);
        all_written("ids", arguments(&types, |_, ty| ty == "ID"), own(&mut WAYS.iter().map(|way| way.0.to_owned())))?;
        let numbers = arguments(&types, |path, _| ends(path, "externalId"));
        all_written("a source's numbers", numbers, own(&mut NUMBERS.iter().map(|way| way.0.to_owned())))?;
        let lists = arguments(&types, |path, _| ends(path, "after"));
        all_written("lists", lists, own(&mut LISTS.iter().map(|list| format!("{}.after", list.0))))?;
        let nodes = types.get("Node").context("Node")?.possible.iter().cloned().collect();
        all_written("nodes", nodes, own(&mut NODES.iter().map(|node| node.0.to_owned())))
    })
    .await
}

/// An id of the same kind that leads nowhere: the last letter is another.
fn missing(id: &str) -> String {
    let (rest, last) = id.split_at(id.len() - 1);
    format!("{rest}{}", if last == "0" { "1" } else { "0" })
}

#[tokio::test]
async fn another_s_thing_is_like_one_that_does_not_exist() -> Result<()> {
    in_each_house(async |house: House| {
        let sources = Sources::empty(&house).await?;
        let door = Door::live(&house, &sources).await?;
        let (ada, hers) = settle(&house, &sources, &door, "Ada", 11).await?;
        let (bob, his) = settle(&house, &sources, &door, "Bob", 12).await?;
        let (her, him) = (door.token(ALL, &[ada]).await?, door.token(ALL, &[bob]).await?);
        let kept: Vec<&str> =
            his.iter().filter(|(word, _)| !["toml", "fresh"].contains(*word)).map(|(_, id)| id.as_str()).collect();
        let silent = |way: &str, answer: &Value, sent: &str| -> Result<()> {
            let told = answer.to_string();
            let leak = kept.iter().find(|id| **id != sent && told.contains(**id));
            ensure!(leak.is_none(), "{way} tells {leak:?}: {answer}");
            Ok(())
        };
        let asked = async |token: &str, request: &str, id: &str, things: &Things| -> Result<Value> {
            door.answer(token, &filled(&request.replace('@', id), things), json!({})).await
        };
        let alike = |answer: &Value, id: &str| answer.to_string().replace(id, "@");
        let kinds = NODES.iter().map(|(_, thing)| *thing).chain(["revision"]);
        for (way, request, _) in WAYS {
            for kind in kinds.clone() {
                let (foreign, nothing) = (his[kind].as_str(), missing(&his[kind]));
                let (theirs, none) =
                    (asked(&her, request, foreign, &hers).await?, asked(&her, request, &nothing, &hers).await?);
                ensure!(alike(&theirs, foreign) == alike(&none, &nothing), "{way} with {kind}: {theirs} and {none}");
                silent(way, &theirs, foreign)?;
            }
        }
        for (way, request) in NUMBERS {
            let (foreign, nothing) = (his["external"].as_str(), "1");
            let (theirs, none) =
                (asked(&her, request, foreign, &hers).await?, asked(&her, request, nothing, &hers).await?);
            ensure!(alike(&theirs, foreign) == alike(&none, nothing), "{way}: {theirs} and {none}");
        }
        for (list, request, at) in LISTS {
            for (cursor, argument, page) in [("endCursor", "after", "first"), ("startCursor", "before", "last")] {
                let page_of = request.replace("first: 1", &format!("{page}: 1"));
                let of_his = asked(&him, &page_of, "", &his).await?;
                let cursor = of_his.pointer(&format!("/data{at}/pageInfo/{cursor}")).and_then(Value::as_str);
                let cursor = cursor.with_context(|| format!("{list}: no cursor in {of_his}"))?;
                let behind = asked(&her, &page_of, &format!(", {argument}: \"{cursor}\""), &hers).await?;
                silent(list, &behind, cursor)?;
                // Nor is it told from a text that nobody gave out.
                let none = asked(&her, &page_of, &format!(", {argument}: \"{}\"", missing(cursor)), &hers).await?;
                ensure!(alike(&behind, cursor) == alike(&none, &missing(cursor)), "{list}: {behind} and {none}");
                let code = behind.pointer("/errors/0/extensions/code").and_then(Value::as_str);
                ensure!(code == Some("BAD_USER_INPUT"), "{list}: another's cursor is not of her list: {behind}");
            }
        }
        // Artifacts' bytes and imports over plain HTTP.
        let bearer = format!("Bearer {her}");
        let auth = [("authorization", bearer.as_str())];
        for kind in kinds.clone() {
            for path in ["/artifacts/@", "/imports?filename=x.gpx&athlete=@", "/oauth/strava/start?athlete=@"] {
                let method = if path.starts_with("/imports") { "POST" } else { "GET" };
                let answered = async |id: &str| -> Result<(u16, String)> {
                    let answer = door.send(method, &path.replace('@', id), &auth, b"x".to_vec()).await?;
                    Ok((answer.status().as_u16(), answer.text().await?.replace(id, "@")))
                };
                let (theirs, none) = (answered(&his[kind]).await?, answered(&missing(&his[kind])).await?);
                ensure!(theirs == none && theirs.0 == 404, "{path} with {kind}: {theirs:?} and {none:?}");
            }
        }
        // The ways lead somewhere: one's own thing is not like one that does not exist. Deeds are done at the end.
        for (way, request, thing) in WAYS {
            let own = hers[thing].as_str();
            let none = asked(&her, request, &missing(own), &hers).await?;
            let mine = asked(&her, request, own, &hers).await?;
            ensure!(alike(&mine, own) != alike(&none, &missing(own)), "{way} leads nowhere: {mine}");
        }
        Ok(())
    })
    .await
}
