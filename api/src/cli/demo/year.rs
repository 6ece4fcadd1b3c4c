//! A simulated year, as its athlete lived it: both sources are connected three weeks ago and asked again today.

use std::sync::Arc;
use std::time::Duration as Pause;

use chrono::{DateTime, Duration, NaiveTime, Utc};
use connectors::simulator::World;
use domain::{ActivityId, AthleteId, Decision, Field, PinTo, SourceSlug, Status, Value};
use hub::{ActivityFilter, ActivityOrder, Athletes, Hub, PageRequest, SteppedClock};

use super::sources::Sources;
use crate::cli::interrupt::Interrupt;
use crate::cli::print::{counted, remark, took};
use crate::cli::progress::{Progress, Stand};

/// The same year on every machine, as far as today is the same.
const SEED: u64 = 8;

/// How long ago the sources were connected: longer than any window, so that what only Garmin has by then is settled,
/// while what it has since then still waits for Strava.
pub(super) const CONNECTED: Duration = Duration::days(20);

/// How often it is looked at how far the work is.
const LOOK: Pause = Pause::from_millis(250);

/// A demo that was stopped before it was ready.
#[derive(Debug, thiserror::Error)]
#[error("the demo was stopped before it was ready; nothing is left of it")]
pub(super) struct Stopped;

/// The year that ends at the last midnight before `now`.
pub(super) fn world(now: DateTime<Utc>) -> World {
    World::year(SEED, now.date_naive().and_time(NaiveTime::MIN).and_utc() - Duration::days(365))
}

/// The hub, its clock, and what it asks.
pub(super) struct Story<'a> {
    pub(super) hub: &'a Hub,
    pub(super) clock: &'a Arc<SteppedClock>,
    pub(super) sources: &'a Sources,
    pub(super) interrupt: &'a Interrupt,
}

impl Story<'_> {
    /// Connects the athlete and lets the hub read the year, as of then and as of `now`, where it leaves the clock.
    pub(super) async fn live(&self, athlete: AthleteId, world: &World, now: DateTime<Utc>) -> anyhow::Result<()> {
        self.sources.connect(self.hub, athlete).await?;
        for (instant, when) in [(now - CONNECTED, "three weeks ago"), (now, "today")] {
            self.clock.set(instant);
            self.sources.upload_to_strava(world, instant);
            self.read(athlete, when).await?;
        }
        self.hub.close_windows().await?;
        pin(self.hub, athlete).await
    }

    /// Lets the hub do all that is due, and tells how far it is.
    async fn read(&self, athlete: AthleteId, when: &str) -> anyhow::Result<()> {
        let what = format!("Strava and Garmin Connect, {when}");
        let before = self.sources.calls();
        let progress = Progress::of_sync(&what);
        let mut looks = tokio::time::interval(LOOK);
        loop {
            // A task of its own: whoever looks at the database waits for it, and it must go on meanwhile.
            let mut work = tokio::spawn({
                let hub = self.hub.clone();
                async move { hub.work_until_idle().await }
            });
            let next = loop {
                tokio::select! {
                    next = &mut work => break next??,
                    _ = looks.tick() => {
                        if self.interrupt.came() {
                            work.abort();
                            return Err(Stopped.into());
                        }
                        let made = self.sources.calls() - before;
                        progress.show(Stand::of(made, made + self.left(athlete).await?));
                    }
                }
            };
            // What a hiccup of this machine put off is done when it is due.
            match next {
                Some(next) if self.left(athlete).await? > 0 => self.clock.set(next),
                _ => break,
            }
        }
        let calls = counted(self.sources.calls() - before, "call", "calls");
        remark(&format!("{what}: {calls} in {}.", took(progress.end())));
        Ok(())
    }

    /// Calls that wait.
    async fn left(&self, athlete: AthleteId) -> anyhow::Result<u64> {
        let mut left = 0;
        for account in self.hub.accounts(&Athletes::Only([athlete].into())).await? {
            left += self.hub.progress(&account).await?.calls_left;
        }
        Ok(left)
    }
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
    use std::net::SocketAddr;

    use axum::body::Body;
    use axum::http::Request;
    use domain::{Rule, Sport};
    use serde_json::Value;
    use tower::ServiceExt as _;

    use super::super::{config, ready};
    use super::*;
    use crate::boot::{self, App};

    #[tokio::test(flavor = "multi_thread")]
    async fn the_year_has_one_of_everything() {
        let directory = tempfile::tempdir().unwrap();
        let now: DateTime<Utc> = "2026-11-24T12:00:00Z".parse().unwrap();
        let (clock, world) = (Arc::new(SteppedClock::at(now - CONNECTED)), world(now));
        let sources = Sources::start(&world, clock.clone()).await.unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], 8080));
        let config = config(directory.path(), address, Some(&sources)).unwrap();
        let app = boot::open(&config, clock.clone()).await.unwrap();
        let hub = app.hub.clone();
        let athlete = hub.create_athlete("Demo Athlete").await.unwrap().id;
        let story = Story { hub: &hub, clock: &clock, sources: &sources, interrupt: &Interrupt::listen("") };
        story.live(athlete, &world, now).await.unwrap();
        assert_eq!(hub.clock().now(), now, "nothing was put off");

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

        let said = ready(&app, address).await.unwrap();
        let (standing, _) = said.trim_start().split_once("\n\n").unwrap();
        assert!(README.contains(standing), "README.md shows another year than this one:\n{standing}");
        let token = said.lines().find_map(|line| line.strip_prefix("TOKEN=")).unwrap();
        let (question, answer) = shown();
        assert_eq!(asked(app, token, question).await, answer, "README.md shows another answer");
    }

    const README: &str = include_str!("../../../../README.md");

    /// The question and the answer that README.md shows.
    fn shown() -> (String, Value) {
        let (_, rest) = README.split_once("-d @- <<'JSON'\n").unwrap();
        let (question, rest) = rest.split_once("\nJSON\n").unwrap();
        let (_, rest) = rest.split_once("```json\n").unwrap();
        let (answer, _) = rest.split_once("```").unwrap();
        (question.to_owned(), serde_json::from_str(answer).unwrap())
    }

    async fn asked(app: App, token: &str, question: String) -> Value {
        let request = Request::post("/graphql")
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(Body::from(question))
            .unwrap();
        let answer = crate::http::router(app).oneshot(request).await.unwrap();
        serde_json::from_slice(&axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap()).unwrap()
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
