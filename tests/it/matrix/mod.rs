//! What may be asked with which scope, and by which ways somebody could ask for another's things: written down whole, and
//! held against the schema that the server itself tells.

mod again;
mod once;
mod scopes;
mod table;
mod tenants;

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use chrono::{DateTime, Duration, Utc};
use connectors::simulator::World;
use domain::AthleteId;
use serde_json::{Value, json};
use tests::door::Door;
use tests::house::House;
use tests::live::Sources;

/// Every scope there is.
const ALL: &str = "activities:read artifacts:read reconciliation:write accounts:read accounts:write imports:write \
                   athletes:write athletes:erase";

/// A type of the schema, as introspection tells it.
struct Type {
    name: String,
    kind: String,
    fields: Vec<FieldOf>,
    inputs: Vec<(String, String)>,
    possible: Vec<String>,
}

struct FieldOf {
    name: String,
    /// The names of its arguments and of their types, lists and non-null aside.
    arguments: Vec<(String, String)>,
    /// Whether something must be selected of it.
    is_composite: bool,
}

/// The schema as the server tells it.
async fn schema(door: &Door, token: &str) -> Result<BTreeMap<String, Type>> {
    let query = "{ __schema { types { name kind possibleTypes { name } inputFields { name type { ...T } } fields { name \
                 type { ...T } args { name type { ...T } } } } } } fragment T on __Type { name kind ofType { name kind \
                 ofType { name kind ofType { name kind } } } }";
    let told = door.ask(token, query, json!({})).await?;
    let types = told["__schema"]["types"].as_array().context("types")?;
    let name = |value: &Value| value["name"].as_str().unwrap_or_default().to_owned();
    let named = |value: &Value| {
        let mut ty = &value["type"];
        while !ty["ofType"].is_null() {
            ty = &ty["ofType"];
        }
        (name(value), name(ty), ty["kind"].as_str().unwrap_or_default().to_owned())
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let pair = |value: &Value| {
        let (name, ty, _) = named(value);
        (name, ty)
    };
    let one = |value: &Value| {
        let fields = list(&value["fields"]).into_iter().map(|field| {
            let (name, _, kind) = named(&field);
            let arguments = list(&field["args"]).iter().map(pair).collect();
            FieldOf { name, arguments, is_composite: ["OBJECT", "INTERFACE", "UNION"].contains(&kind.as_str()) }
        });
        let inputs = list(&value["inputFields"]).iter().map(pair).collect();
        let possible = list(&value["possibleTypes"]).iter().map(name).collect();
        let kind = value["kind"].as_str().unwrap_or_default().to_owned();
        Type { name: name(value), kind, fields: fields.collect(), inputs, possible }
    };
    let own = types.iter().map(one).filter(|ty| !ty.name.starts_with("__"));
    Ok(own.map(|ty| (ty.name.clone(), ty)).collect())
}

/// One of everything that an athlete holds, by the word that stands for it in the tables.
type Things = BTreeMap<&'static str, String>;

/// An athlete with a year from both sources, an import with a refusal, a run, a decision, and two that wait for one.
async fn settle(house: &House, sources: &Sources, door: &Door, name: &str, seed: u64) -> Result<(AthleteId, Things)> {
    let start: DateTime<Utc> = "2025-11-20T00:00:00Z".parse()?;
    let world = World::year(seed, start);
    let folder = house.folder.path().join(name);
    let athlete = house.athlete(name).await?;
    world.write_garmin_export(&folder.join("garmin"), world.end)?;
    world.write_strava_export(&folder.join("strava"), world.end)?;
    house.import(athlete, &folder.join("garmin")).await?;
    house.clock.advance(Duration::hours(1));
    house.import(athlete, &folder.join("strava")).await?;
    let files = folder.join("files");
    std::fs::create_dir_all(&files)?;
    std::fs::write(files.join("damaged.fit"), b"\x0e\x20\x64\x00\x08\x00\x00\x00.FIT\0\0 and nothing that follows")?;
    let gpx = format!(
        "<?xml version=\"1.0\"?><gpx version=\"1.1\" creator=\"test\" xmlns=\"http://www.topografix.com/GPX/1/1\"><trk>\
         <name>Of {name}</name><trkseg><trkpt lat=\"1\" lon=\"2\"><time>2024-02-01T06:00:00Z</time></trkpt><trkpt lat=\"1.001\" lon=\"2\">\
         <time>2024-02-01T06:10:00Z</time></trkpt></trkseg></trk></gpx>"
    );
    std::fs::write(files.join("good.gpx"), gpx)?;
    let import = house.import(athlete, &files).await?.run;
    let account = sources.connect_strava(&door.app.hub, athlete).await?.id;
    door.app.hub.work_until_idle().await?;
    let token = door.token(ALL, &[athlete]).await?;
    let mut things = Things::from([
        ("athlete", athlete.to_string()),
        ("import", import.to_string()),
        ("account", account.to_string()),
    ]);
    let said = async |query: &str| door.ask(&token, query, json!({})).await;
    let text = |value: &Value, at: &str| -> Result<String> {
        Ok(value.pointer(at).and_then(Value::as_str).with_context(|| format!("{at} of {value}"))?.to_owned())
    };
    let ids = |value: &Value| -> Vec<String> {
        let nodes = value["activities"]["nodes"].as_array().cloned().unwrap_or_default();
        nodes.iter().filter_map(|one| one["id"].as_str().map(str::to_owned)).collect()
    };
    let both = "activities(first: 100, filter: { statuses: [MATCHED, CONFLICTED], hasArtifact: FIT })";
    let matched = said(&format!("{{ {both} {{ nodes {{ id }} }} }}")).await?;
    let [activity, split, pinned, ..] = &ids(&matched)[..] else { anyhow::bail!("too few: {matched}") };
    let alone = said("{ activities(first: 2, filter: { statuses: [SINGLE_SOURCE] }) { nodes { id } } }").await?;
    let [one, other] = &ids(&alone)[..] else { anyhow::bail!("too few: {alone}") };
    let whole = said("{ activities(first: 1, filter: { sportTypes: [MULTISPORT] }) { nodes { id } } }").await?;
    let of = format!("{{ activity(id: \"{activity}\") {{ sourceRecords {{ id artifacts {{ id }} }} }} }}");
    let records = said(&of).await?;
    let of = format!("{{ activity(id: \"{split}\") {{ sourceRecords {{ id }} }} }}");
    let leaving = text(&said(&of).await?, "/activity/sourceRecords/0/id")?;
    let file = said("{ sourceRecords(first: 1, source: \"file\") { nodes { externalId } } }").await?;
    let open = said("{ matchCandidates(first: 1) { nodes { id } pageInfo { endCursor } } }").await?;
    let pin = format!(
        "mutation {{ pinField(input: {{ activityId: \"{pinned}\", field: NAME, value: \"Mine\", reason: \"r\" }}) {{ activity {{ \
         history(first: 1) {{ nodes {{ id }} }} }} }} }}"
    );
    let pin = said(&pin).await?;
    let run =
        said(&format!("mutation {{ startReconciliation(input: {{ athleteId: \"{athlete}\" }}) {{ run {{ id }} }} }}"))
            .await?;
    for (name, value) in [
        ("activity", activity.clone()),
        ("split", split.clone()),
        ("leaving", leaving),
        ("pinned", pinned.clone()),
        ("revision", text(&pin, "/pinField/activity/history/nodes/0/id")?),
        ("one", one.clone()),
        ("other", other.clone()),
        ("whole", ids(&whole).first().context("a triathlon")?.clone()),
        ("record", text(&records, "/activity/sourceRecords/0/id")?),
        ("record2", text(&records, "/activity/sourceRecords/1/id")?),
        ("external", text(&file, "/sourceRecords/nodes/0/externalId")?),
        ("artifact", text(&records, "/activity/sourceRecords/0/artifacts/0/id")?),
        ("candidate", text(&open, "/matchCandidates/nodes/0/id")?),
        ("run", text(&run, "/startReconciliation/run/id")?),
        ("fresh", format!("Somebody like {name}")),
        ("toml", policy()),
    ] {
        things.insert(name, value);
    }
    Ok((athlete, things))
}

/// A policy under which names would be chosen otherwise, as it is written within a GraphQL text.
fn policy() -> String {
    let text = reconcile::Policy::built_in().text().to_owned();
    let turned = text.replacen("\nDEVICE =", "\nNAME = [\"garmin\", \"strava\"]\nDEVICE =", 1);
    turned.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// The text with every `{word}` replaced by the thing of that name.
fn filled(text: &str, things: &Things) -> String {
    things.iter().fold(text.to_owned(), |text, (word, thing)| text.replace(&format!("{{{word}}}"), thing))
}
