//! The bare server: one statement, typed rows, bytes.

use std::borrow::Cow;
use std::fmt::Write as _;

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::post;
use chrono::{DateTime, SecondsFormat};
use sea_orm::sqlx::postgres::PgPoolOptions;
use sea_orm::sqlx::sqlite::SqlitePoolOptions;
use sea_orm::sqlx::{self, PgPool, SqlitePool};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use uuid::Uuid;

#[derive(Clone)]
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

const SQLITE: &str = "
SELECT a.id, a.status, a.document, r.id, r.source, r.channel, r.external_id
FROM (SELECT id, status, document, start_at FROM activity
      WHERE athlete_id = ? AND status <> 'WITHDRAWN' ORDER BY start_at DESC, id DESC LIMIT 51) a
LEFT JOIN source_record r ON r.activity_id = a.id
ORDER BY a.start_at DESC, a.id DESC, CASE r.source WHEN 'strava' THEN 1 WHEN 'garmin' THEN 2 ELSE 3 END, r.first_seen_at, r.id";
const POSTGRES: &str = "
SELECT a.id, a.status, a.document, r.id, r.source, r.channel, r.external_id
FROM (SELECT id, status, document, start_at FROM activity
      WHERE athlete_id = $1 AND status <> 'WITHDRAWN' ORDER BY start_at DESC, id DESC LIMIT 51) a
LEFT JOIN source_record r ON r.activity_id = a.id
ORDER BY a.start_at DESC, a.id DESC, CASE r.source WHEN 'strava' THEN 1 WHEN 'garmin' THEN 2 ELSE 3 END, r.first_seen_at, r.id";

type Row = (Uuid, String, String, Uuid, String, String, String);

#[derive(Deserialize)]
struct Document<'a> {
    members: Vec<Uuid>,
    #[serde(borrow)]
    fields: Vec<Field<'a>>,
}

#[derive(Deserialize)]
struct Field<'a> {
    f: &'a str,
    #[serde(borrow)]
    x: Said<'a>,
    #[serde(borrow)]
    o: Origin<'a>,
    r: &'a str,
    a: &'a str,
    #[serde(default, borrow)]
    l: Vec<(usize, Said<'a>)>,
}

#[derive(Deserialize)]
enum Origin<'a> {
    /// The member's place, the artifact's kind, the path.
    #[serde(rename = "m")]
    Member(usize, IgnoredAny, Cow<'a, str>),
    #[serde(rename = "ruling")]
    Ruling(IgnoredAny),
    #[serde(rename = "derived")]
    Derived,
}

#[derive(Deserialize)]
enum Said<'a> {
    #[serde(rename = "t", borrow)]
    Text(Cow<'a, str>),
    #[serde(rename = "n")]
    Number(i64),
    #[serde(rename = "i")]
    Instant(i64),
    #[serde(rename = "s")]
    Sport(&'a str),
    #[serde(rename = "f")]
    Flag(bool),
    #[serde(rename = "v")]
    Visibility(&'a str),
    #[serde(rename = "p")]
    Point(i32, i32),
}

const ASKED: [&str; 12] = [
    "NAME",
    "SPORT_TYPE",
    "START_TIME_UTC",
    "ELAPSED_TIME_S",
    "MOVING_TIME_S",
    "DISTANCE_M",
    "ELEVATION_GAIN_M",
    "AVERAGE_SPEED_MPS",
    "AVERAGE_HEART_RATE_BPM",
    "MAX_HEART_RATE_BPM",
    "ENERGY_KCAL",
    "DEVICE",
];

/// Serves; gives the address.
pub async fn serve(url: &str) -> String {
    let pool = match url.starts_with("postgres") {
        true => Pool::Postgres(PgPoolOptions::new().connect(url).await.expect("PostgreSQL")),
        false => Pool::Sqlite(SqlitePoolOptions::new().max_connections(4).connect(url).await.expect("SQLite")),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}/", listener.local_addr().expect("an address"));
    let router = axum::Router::new().route("/", post(answer)).with_state(pool);
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn answer(State(pool): State<Pool>, Json(asked): Json<Value>) -> impl IntoResponse {
    let athlete: Uuid = asked["athlete"].as_str().and_then(|text| text.parse().ok()).expect("an athlete");
    let rows: Vec<Row> = match &pool {
        Pool::Sqlite(pool) => sqlx::query_as(SQLITE).bind(athlete).fetch_all(pool).await,
        Pool::Postgres(pool) => sqlx::query_as(POSTGRES).bind(athlete).fetch_all(pool).await,
    }
    .expect("rows");
    let activities: Vec<&[Row]> = rows.chunk_by(|a, b| a.0 == b.0).take(50).collect();
    let mut text = String::with_capacity(200_000);
    text.push_str(r#"{"data":{"activities":{"nodes":["#);
    for (place, records) in activities.into_iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        activity(&mut text, records);
    }
    text.push_str("]}}}");
    ([(CONTENT_TYPE, "application/graphql-response+json; charset=utf-8")], text)
}

fn activity(text: &mut String, records: &[Row]) {
    let first = &records[0];
    let document: Document<'_> = serde_json::from_str(&first.2).expect("a document");
    let find = |name: &str| document.fields.iter().find(|field| field.f == name);
    let _ = write!(text, r#"{{"id":"act_{}""#, first.0.simple());
    let scalar = |text: &mut String, key: &str, name: &str| {
        let _ = write!(text, r#","{key}":"#);
        match find(name) {
            Some(field) => value(text, &field.x, true),
            None => text.push_str("null"),
        }
    };
    scalar(text, "name", "NAME");
    scalar(text, "sportType", "SPORT_TYPE");
    let _ = write!(text, r#","status":"{}""#, first.1);
    for (key, name) in [
        ("startTimeUtc", "START_TIME_UTC"),
        ("elapsedTimeS", "ELAPSED_TIME_S"),
        ("movingTimeS", "MOVING_TIME_S"),
        ("distanceM", "DISTANCE_M"),
        ("elevationGainM", "ELEVATION_GAIN_M"),
        ("averageSpeedMps", "AVERAGE_SPEED_MPS"),
        ("averageHeartRateBpm", "AVERAGE_HEART_RATE_BPM"),
        ("energyKcal", "ENERGY_KCAL"),
    ] {
        scalar(text, key, name);
    }
    let source = |place: usize| {
        let id = document.members[place];
        records.iter().find(|row| row.3 == id).map_or("", |row| row.4.as_str())
    };
    text.push_str(r#","provenance":["#);
    for (place, field) in ASKED.iter().filter_map(|name| find(name)).enumerate() {
        if place > 0 {
            text.push(',');
        }
        provenance(text, field, &source);
    }
    text.push_str(r#"],"sourceRecords":["#);
    for (place, row) in records.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        let _ = write!(
            text,
            r#"{{"id":"rec_{}","externalId":"{}","channel":"{}","source":{{"slug":"{}"}}}}"#,
            row.3.simple(),
            row.6,
            row.5,
            row.4
        );
    }
    text.push_str("]}");
}

fn provenance<'a>(text: &mut String, field: &Field<'_>, source: &impl Fn(usize) -> &'a str) {
    let _ = write!(text, r#"{{"field":"{}","value":"#, field.f);
    value(text, &field.x, false);
    let _ = write!(text, r#","rule":"{}","agreement":"{}","path":"#, field.r, field.a);
    match &field.o {
        Origin::Member(place, _, path) => {
            string(text, path);
            let _ = write!(text, r#","source":{{"slug":"{}"}}"#, source(*place));
        }
        Origin::Ruling(IgnoredAny) | Origin::Derived => text.push_str(r#"null,"source":null"#),
    }
    text.push_str(r#","alternatives":["#);
    for (number, (place, said)) in field.l.iter().enumerate() {
        if number > 0 {
            text.push(',');
        }
        text.push_str(r#"{"value":"#);
        value(text, said, false);
        let _ = write!(text, r#","source":{{"slug":"{}"}}}}"#, source(*place));
    }
    text.push_str("]}");
}

fn string(text: &mut String, said: &str) {
    text.push_str(&serde_json::to_string(said).expect("JSON"));
}

/// A value; numbers of scalars are floats, those of provenance whole where they are whole.
fn value(text: &mut String, said: &Said<'_>, float: bool) {
    let _ = match said {
        Said::Text(said) => {
            string(text, said);
            Ok(())
        }
        Said::Number(number) if !float && number % 1000 == 0 => write!(text, "{}", number / 1000),
        Said::Number(number) => write!(text, "{}", serde_json::to_string(&(*number as f64 / 1000.0)).expect("JSON")),
        Said::Instant(micros) => {
            let instant = DateTime::from_timestamp_micros(*micros).expect("an instant");
            write!(text, "\"{}\"", instant.to_rfc3339_opts(SecondsFormat::AutoSi, true))
        }
        Said::Sport(name) | Said::Visibility(name) => write!(text, "\"{name}\""),
        Said::Flag(flag) => write!(text, "{flag}"),
        Said::Point(latitude, longitude) => {
            write!(text, r#"{{"latitude":{},"longitude":{}}}"#, f64::from(*latitude) / 1e7, f64::from(*longitude) / 1e7)
        }
    };
}
