//! The log of all changes: in order, without a gap, for a reader away for a month, and a bell for live ones.

use anyhow::{Context, Result};
use chrono::Duration;
use domain::SourceSlug;
use hub::{Page, PageRequest, RevisionRow, View};
use tests::house::{House, in_each_house};

use super::{bring, run};

/// Reads on after a cursor, two at a time.
async fn read(view: &View, after: &mut Option<hub::Cursor>) -> Result<Vec<RevisionRow>> {
    let mut found = Vec::new();
    loop {
        let request = PageRequest { first: Some(2), after: after.clone(), ..PageRequest::default() };
        let page: Page<RevisionRow> = view.changes(None, &request).await?;
        if let Some((cursor, _)) = page.items.last() {
            *after = Some(cursor.clone());
        }
        found.extend(page.items.into_iter().map(|(_, row)| row));
        if !page.has_next {
            return Ok(found);
        }
    }
}

#[tokio::test]
async fn a_reader_away_for_a_month_misses_nothing() -> Result<()> {
    in_each_house(async |house: House| {
        let (ada, eve) = (house.athlete("Ada").await?, house.athlete("Eve").await?);
        let (hers, both) = (house.view([ada]), house.view([ada, eve]));
        let mut place = None;
        assert!(read(&hers, &mut place).await?.is_empty());
        let other = house.replica().await?;
        let mut bell = other.watch();
        bring(&house, ada, &SourceSlug::STRAVA, &[run(1, "2026-11-01T06:00:07Z", 3600, 10_000.0)]).await?;
        assert_eq!(read(&hers, &mut place).await?.len(), 1);
        house.clock.advance(Duration::days(30));
        let (mine, theirs) = (
            [run(2, "2026-11-02T06:00:07Z", 3600, 10_000.0), run(3, "2026-11-03T06:00:07Z", 3600, 10_000.0)],
            [run(4, "2026-11-02T06:00:07Z", 3600, 10_000.0), run(5, "2026-11-03T06:00:07Z", 3600, 10_000.0)],
        );
        let (one, two) = tokio::join!(
            bring(&house, ada, &SourceSlug::STRAVA, &mine),
            bring(&house, eve, &SourceSlug::STRAVA, &theirs)
        );
        one?;
        two?;
        let missed = read(&hers, &mut place).await?;
        assert_eq!(missed.len(), 2);
        assert!(missed.iter().all(|row| row.athlete == ada), "hers alone");
        let whole = read(&both, &mut None).await?;
        let positions: Vec<i64> = whole.iter().map(|row| row.position).collect();
        assert_eq!(positions, (1..=5).collect::<Vec<i64>>(), "in order, and never a gap");
        assert!(read(&hers, &mut place).await?.is_empty(), "and nothing twice");
        // The bell rings in another replica as well.
        tokio::time::timeout(std::time::Duration::from_secs(20), bell.wait_for(|position| *position >= 5))
            .await
            .context("the bell rang")??;
        // By itself, a revision is found by its id, and by nobody else.
        let first = &whole[0];
        assert_eq!(hers.revision(first.id).await?.as_ref(), Some(first));
        assert!(house.view([eve]).revision(first.id).await?.is_none());
        assert!(house.view([eve]).history(first.activity, &PageRequest::default()).await?.items.is_empty());
        assert!(house.view([eve]).snapshot(first.activity, first.at).await?.is_none());
        Ok(())
    })
    .await
}
