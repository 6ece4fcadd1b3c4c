//! A simulated year, brought in as a person would: an export of each source three weeks ago, and another today.

use std::path::Path;

use anyhow::Context as _;
use chrono::{DateTime, Duration, NaiveTime, Utc};
use connectors::simulator::World;
use domain::{ActivityId, AthleteId, Decision, Field, PinTo, SourceSlug, Status, Value};
use hub::{ActivityFilter, ActivityOrder, Athletes, Hub, PageRequest, SteppedClock};

use crate::cli::interrupt::Interrupt;
use crate::cli::print::{counted, remark, took};
use crate::cli::progress::Progress;

/// The same year on every machine, as far as today is the same.
const SEED: u64 = 8;

/// How long ago the first exports were made: longer than any window, so that what only Garmin has by then is settled,
/// while what it has since then still waits for Strava.
pub(super) const FIRST_EXPORTS: Duration = Duration::days(20);

/// How a source's export comes to be.
struct Source {
    name: &'static str,
    write: fn(&World, &Path, DateTime<Utc>) -> std::io::Result<()>,
    before: Duration,
}

const SOURCES: [Source; 2] = [
    Source { name: "Strava", write: World::write_strava_export, before: Duration::minutes(5) },
    Source { name: "Garmin", write: World::write_garmin_export, before: Duration::zero() },
];

/// A demo that was stopped before it was ready.
#[derive(Debug, thiserror::Error)]
#[error("the demo was stopped before it was ready; nothing is left of it")]
pub(super) struct Stopped;

/// Lives the year that ends at `now` and fills the hub with it. Leaves the clock at `now`.
pub(super) async fn fill(
    hub: &Hub,
    clock: &SteppedClock,
    athlete: AthleteId,
    now: DateTime<Utc>,
    directory: &Path,
    interrupt: &Interrupt,
) -> anyhow::Result<()> {
    let world = World::year(SEED, now.date_naive().and_time(NaiveTime::MIN).and_utc() - Duration::days(365));
    for (instant, when) in [(now - FIRST_EXPORTS, "of three weeks ago"), (now, "of today")] {
        for source in SOURCES {
            // One after the other, as a person would.
            let at = instant - source.before;
            clock.set(at);
            let export = directory.join("exports").join(at.format("%Y-%m-%d").to_string()).join(source.name);
            (source.write)(&world, &export, at)
                .with_context(|| format!("cannot write to {}; is there room left?", export.display()))?;
            let name = source.name;
            let what = format!("{name} export {when}");
            let progress = Progress::of(&what);
            let report = hub.import(athlete, &export, None, &|now| progress.show(now), &|| interrupt.came()).await?;
            let time = progress.end();
            if interrupt.came() {
                return Err(Stopped.into());
            }
            remark(&format!(
                "{what}: {} new, {} unchanged, {} refused; {} in {}.",
                counted(report.records_new, "record", "records"),
                report.records_unchanged,
                report.refused.len(),
                counted(report.activities_changed, "activity changed", "activities changed"),
                took(time)
            ));
        }
    }
    hub.close_windows().await?;
    pin(hub, athlete).await
}

/// A decision by hand: the athlete's own name for the longest ride that both sources know.
async fn pin(hub: &Hub, athlete: AthleteId) -> anyhow::Result<()> {
    let Some(activity) = longest_matched_ride(hub, athlete).await? else { return Ok(()) };
    let name = Value::Text("Once around the Dogger Bank".to_owned());
    let decision = Decision::Pin { activity, field: Field::Name, to: PinTo::Value(name) };
    hub.rule(athlete, decision, "demo", "The day has a name of its own.").await?;
    Ok(())
}

async fn longest_matched_ride(hub: &Hub, athlete: AthleteId) -> anyhow::Result<Option<ActivityId>> {
    let filter = ActivityFilter {
        athletes: Some(vec![athlete]),
        sports: Some(vec![domain::Sport::Ride]),
        statuses: Some(vec![Status::Matched]),
        sources: Some(vec![SourceSlug::GARMIN]),
        ..ActivityFilter::default()
    };
    let longest = ActivityOrder { field: hub::ActivityOrderField::DistanceM, direction: hub::Direction::Desc };
    let request = PageRequest { first: Some(1), ..PageRequest::default() };
    let page = hub.view(Athletes::Only([athlete].into())).activities(&filter, longest, &request).await?;
    Ok(page.items.into_iter().next().map(|(_, row)| row.activity.id))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::{Rule, Sport};

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_year_has_one_of_everything() {
        let directory = tempfile::tempdir().unwrap();
        let now: DateTime<Utc> = "2026-11-24T12:00:00Z".parse().unwrap();
        let clock = Arc::new(SteppedClock::at(now - Duration::days(30)));
        let settings = hub::Settings {
            database_url: format!("sqlite://{}", directory.path().join("datahub.db").display()),
            artifacts_url: format!("file://{}", directory.path().join("artifacts").display()),
            policy: reconcile::Policy::built_in(),
        };
        let hub = Hub::open(settings, clock.clone()).await.unwrap();
        let athlete = hub.create_athlete("Demo Athlete").await.unwrap().id;
        let interrupt = Interrupt::listen("");
        fill(&hub, &clock, athlete, now, directory.path(), &interrupt).await.unwrap();

        let view = hub.view(Athletes::All);
        let by_status = view.summary(Some(athlete)).await.unwrap().by_status;
        for status in [Status::Matched, Status::Conflicted, Status::Pending, Status::SingleSource, Status::NeedsReview]
        {
            assert!(by_status.get(&status).is_some_and(|number| *number > 0), "{status:?} is missing: {by_status:?}");
        }
        assert!(by_status.values().sum::<u64>() >= 200, "{by_status:?}");

        let pinned = longest(&hub, athlete).await;
        assert_eq!(pinned.fields[&Field::Name].provenance.rule, Rule::PinnedValue);
        for sport in [Sport::Multisport, Sport::OpenWaterSwim, Sport::TreadmillRun] {
            assert!(told(&hub, sport).await, "no record tells of {sport:?}");
        }
    }

    async fn longest(hub: &Hub, athlete: AthleteId) -> domain::Activity {
        let id = longest_matched_ride(hub, athlete).await.unwrap().unwrap();
        hub.view(Athletes::All).activity(id).await.unwrap().unwrap().activity
    }

    /// Whether a record tells of that sport.
    async fn told(hub: &Hub, sport: Sport) -> bool {
        let view = hub.view(Athletes::All);
        let mut request = PageRequest { first: Some(100), ..PageRequest::default() };
        loop {
            let page = view.records(&hub::RecordFilter::default(), &request).await.unwrap();
            let found = |row: &hub::RecordRow| row.record.fingerprint().is_some_and(|print| print.sport == sport);
            if page.items.iter().any(|(_, row)| found(row)) || !page.has_next {
                return page.items.iter().any(|(_, row)| found(row));
            }
            request.after = page.items.last().map(|(place, _)| place.clone());
        }
    }
}
