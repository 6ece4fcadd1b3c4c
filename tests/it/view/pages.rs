//! Pages of activities.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use chrono::Duration;
use domain::{ActivityId, Field, SourceSlug, Sport, Status, Value};
use hub::{
    ActivityFilter, ActivityOrder, ActivityOrderField, ActivityRow, Athletes, Cursor, Direction, HubError, PageRequest,
    RecordFilter, TimeRange, View,
};
use tests::house::{House, in_each_house};

use super::{Run, execute, export, runs, walk};

const FIELDS: [ActivityOrderField; 4] = [
    ActivityOrderField::StartTimeUtc,
    ActivityOrderField::UpdatedAt,
    ActivityOrderField::DistanceM,
    ActivityOrderField::ElapsedTimeS,
];

fn orders() -> impl Iterator<Item = ActivityOrder> {
    FIELDS.into_iter().flat_map(|field| {
        [Direction::Asc, Direction::Desc].into_iter().map(move |direction| ActivityOrder { field, direction })
    })
}

/// Where a row belongs by what the activity itself says; no distance is less than none run.
fn place(row: &ActivityRow, field: ActivityOrderField) -> (Option<i64>, ActivityId) {
    let number = |field| row.activity.value(field).and_then(Value::number).map(domain::Milli::thousandths);
    let key = match field {
        ActivityOrderField::StartTimeUtc => match row.activity.value(Field::StartTimeUtc) {
            Some(Value::Instant(start)) => Some(start.timestamp_micros()),
            _ => None,
        },
        ActivityOrderField::UpdatedAt => Some(row.updated_at.timestamp_micros()),
        ActivityOrderField::DistanceM => number(Field::DistanceM),
        ActivityOrderField::ElapsedTimeS => number(Field::ElapsedTimeS),
    };
    (key, row.activity.id)
}

async fn ids(view: &View, order: ActivityOrder, size: u32, backwards: bool) -> Result<Vec<ActivityId>> {
    let walked = walk(view, &ActivityFilter::default(), order, size, backwards).await?;
    Ok(walked.into_iter().map(|(_, row)| row.activity.id).collect())
}

#[tokio::test]
async fn every_order_holds_every_row_once_at_its_place() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let (some, others) = (runs(), runs());
        let (some, others) = (&some[..12], &others[12..]);
        house.import(ada, &export(&house, "some", some)?).await?;
        // The others are written a minute later: `updatedAt` has two values.
        house.clock.advance(Duration::minutes(1));
        house.import(ada, &export(&house, "others", others)?).await?;
        let view = house.view([ada]);
        let all = walk(&view, &ActivityFilter::default(), ActivityOrder::default(), 100, false).await?;
        let without = all.iter().filter(|(_, row)| row.activity.value(Field::DistanceM).is_none()).count();
        assert_eq!((all.len(), without), (23, 5));
        for order in orders() {
            let mut rows: Vec<&ActivityRow> = all.iter().map(|(_, row)| row).collect();
            rows.sort_by_key(|row| place(row, order.field));
            if order.direction == Direction::Desc {
                rows.reverse();
            }
            let keys: BTreeSet<_> = rows.iter().map(|row| place(row, order.field).0).collect();
            assert!(keys.len() > 1 && keys.len() < rows.len(), "{order:?} has ties, and not only ties");
            let expected: Vec<ActivityId> = rows.iter().map(|row| row.activity.id).collect();
            for size in [1, 4, 22, 23, 24] {
                for backwards in [false, true] {
                    let walked = ids(&view, order, size, backwards).await?;
                    assert_eq!(walked, expected, "{order:?} by {size}, backwards: {backwards}");
                }
            }
        }
        assert_eq!(view.count_activities(&ActivityFilter::default()).await?, 23);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn rows_that_come_while_paging_neither_repeat_nor_hide_others() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        house.import(ada, &export(&house, "year", &runs())?).await?;
        let view = house.view([ada]);
        for backwards in [false, true] {
            let before = ids(&view, ActivityOrder::default(), 100, false).await?;
            let side = |cursor: Option<Cursor>| match backwards {
                false => PageRequest { first: Some(5), after: cursor, ..PageRequest::default() },
                true => PageRequest { last: Some(5), before: cursor, ..PageRequest::default() },
            };
            let (filter, order) = (ActivityFilter::default(), ActivityOrder::default());
            let mut seen = Vec::new();
            let mut cursor = None;
            let mut pages = 0;
            loop {
                let page = view.activities(&filter, order, &side(cursor)).await?;
                let turned = if backwards { page.items.first() } else { page.items.last() };
                cursor = turned.map(|(cursor, _)| cursor.clone());
                seen.extend(page.items.into_iter().map(|(_, row)| row.activity.id));
                if !(if backwards { page.has_previous } else { page.has_next }) {
                    break;
                }
                // One at each end of the list, between every two pages.
                pages += 1;
                let id = pages + if backwards { 100 } else { 0 };
                let at =
                    |start| Run { id: 8_000_000_000 + 2 * id, name: "New", start, seconds: 600, metres: Some(2000) };
                let ends =
                    [at("2025-06-01T06:00:00Z"), Run { id: 8_000_000_001 + 2 * id, ..at("2025-01-01T06:00:00Z") }];
                house.import(ada, &export(&house, &format!("new-{id}"), &ends)?).await?;
            }
            assert!(pages >= 4, "{pages}");
            let once: BTreeSet<ActivityId> = seen.iter().copied().collect();
            assert_eq!(once.len(), seen.len(), "none twice, backwards: {backwards}");
            assert!(before.iter().all(|id| once.contains(id)), "none missed, backwards: {backwards}");
            assert!(once.len() > before.len(), "what comes on the way is met, backwards: {backwards}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn both_ends_of_a_page_know_what_stands_beside_them() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        house.import(ada, &export(&house, "year", &runs())?).await?;
        let view = house.view([ada]);
        let (filter, order) = (ActivityFilter::default(), ActivityOrder::default());
        let all = walk(&view, &filter, order, 100, false).await?;
        let at = |place: usize| all.get(place).map(|(cursor, _)| cursor.clone());
        // (first, last, after, before) and (from, until, previous, next).
        type Case = ((Option<u32>, Option<u32>, Option<usize>, Option<usize>), (usize, usize, bool, bool));
        let cases: [Case; 9] = [
            ((Some(100), None, None, None), (0, 23, false, false)),
            ((None, None, None, None), (0, 20, false, true)),
            ((Some(3), None, Some(4), None), (5, 8, true, true)),
            ((None, Some(3), None, Some(4)), (1, 4, true, true)),
            ((None, Some(3), None, Some(2)), (0, 2, false, true)),
            ((Some(3), None, Some(2), Some(5)), (3, 5, true, true)),
            ((None, Some(1), Some(2), Some(5)), (4, 5, true, true)),
            ((Some(3), None, Some(22), None), (23, 23, true, false)),
            ((None, Some(3), None, Some(0)), (0, 0, false, true)),
        ];
        for (asked, (from, until, previous, next)) in cases {
            let (first, last, after, before) = asked;
            let request = PageRequest { first, last, after: after.and_then(at), before: before.and_then(at) };
            let page = view.activities(&filter, order, &request).await?;
            let found: Vec<&Cursor> = page.items.iter().map(|(cursor, _)| cursor).collect();
            let expected: Vec<&Cursor> = all[from..until].iter().map(|(cursor, _)| cursor).collect();
            assert_eq!(found, expected, "{asked:?}");
            assert_eq!((page.has_previous, page.has_next), (previous, next), "{asked:?}");
        }
        // The first row goes: its cursor still marks its place, and nothing stands in front of the rest.
        execute(&house, "DELETE FROM activity WHERE start_at = (SELECT MAX(start_at) FROM activity)").await?;
        let rest = walk(&view, &filter, order, 100, false).await?;
        let request = PageRequest { first: Some(2), after: at(0), ..PageRequest::default() };
        let page = view.activities(&filter, order, &request).await?;
        assert_eq!(page.items.first().context("one is left")?.0, rest.first().context("one is left")?.0);
        assert!(!page.has_previous);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn pages_that_cannot_be_are_refused_in_a_sentence() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        house.import(ada, &export(&house, "year", &runs())?).await?;
        let view = house.view([ada]);
        let filter = ActivityFilter::default();
        let refused =
            async |order: ActivityOrder, request: PageRequest| match view.activities(&filter, order, &request).await {
                Err(HubError::Invalid(sentence)) => assert!(sentence.ends_with('.'), "{sentence}"),
                other => panic!("{request:?} was answered: {other:?}"),
            };
        for (first, last) in [
            (Some(0), None),
            (Some(101), None),
            (None, Some(0)),
            (None, Some(101)),
            (Some(u32::MAX), None),
            (Some(1), Some(1)),
        ] {
            refused(ActivityOrder::default(), PageRequest { first, last, ..PageRequest::default() }).await;
        }
        let mut cursors: Vec<(Option<ActivityOrder>, Cursor)> = Vec::new();
        for order in orders() {
            let page = view.activities(&filter, order, &PageRequest::default()).await?;
            cursors.push((Some(order), page.items.first().context("a row")?.0.clone()));
        }
        let records = view.records(&RecordFilter::default(), &PageRequest::default()).await?;
        cursors.push((None, records.items.first().context("a record")?.0.clone()));
        for text in ["", "abc", "00", "' OR 1=1 --", "💥", "ffffffffffffffffffffffff"] {
            cursors.push((None, Cursor(text.to_owned())));
        }
        let (_, good) = cursors[0].clone();
        cursors.push((None, Cursor(good.0.to_uppercase().replace('0', "O"))));
        cursors.push((None, Cursor(good.0[2..].to_owned())));
        for order in orders() {
            for (of, cursor) in &cursors {
                let after = PageRequest { after: Some(cursor.clone()), ..PageRequest::default() };
                let before = PageRequest { last: Some(3), before: Some(cursor.clone()), ..PageRequest::default() };
                if *of == Some(order) {
                    view.activities(&filter, order, &after).await?;
                } else {
                    refused(order, after).await;
                    refused(order, before).await;
                }
            }
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_list_on_every_replica_and_in_no_other_database() -> Result<()> {
    in_each_house(async |house: House| {
        let (ada, eve) = (house.athlete("Ada").await?, house.athlete("Eve").await?);
        house.import(ada, &export(&house, "year", &runs())?).await?;
        let order = ActivityOrder::default();
        let of = |filter: ActivityFilter| (filter, house.view([ada]));
        let lists = [
            of(ActivityFilter::default()),
            of(ActivityFilter { include_hidden: true, ..Default::default() }),
            of(ActivityFilter { sports: Some(vec![Sport::Run]), ..Default::default() }),
            of(ActivityFilter { sports: Some(vec![Sport::Run, Sport::Ride]), ..Default::default() }),
            of(ActivityFilter { statuses: Some(vec![Status::NeedsReview]), ..Default::default() }),
            of(ActivityFilter { sources: Some(vec![SourceSlug::parse("strava")?]), ..Default::default() }),
            of(ActivityFilter { name_contains: Some("u".to_owned()), ..Default::default() }),
            of(ActivityFilter { name_contains: Some("u;hidden 3:too".to_owned()), ..Default::default() }),
            of(ActivityFilter {
                start: TimeRange { from: Some("2025-01-01T00:00:00Z".parse()?), until: None },
                ..Default::default()
            }),
            (ActivityFilter::default(), house.view([ada, eve])),
            (ActivityFilter::default(), house.hub.view(Athletes::All)),
        ];
        let first = PageRequest { first: Some(1), ..PageRequest::default() };
        let after = |cursor: &Cursor| PageRequest { after: Some(cursor.clone()), ..first.clone() };
        let mut cursors = 0;
        for (at, (filter, view)) in lists.iter().enumerate() {
            let page = view.activities(filter, order, &first).await?;
            let Some((cursor, _)) = page.items.first() else { continue };
            cursors += 1;
            for (other, (filter, view)) in lists.iter().enumerate() {
                let answer = view.activities(filter, order, &after(cursor)).await;
                match answer {
                    Ok(_) if at == other => {}
                    Err(HubError::Invalid(text)) if at != other => assert!(text.contains("not of this list"), "{text}"),
                    other_answer => panic!("the cursor of list {at} in list {other}: {other_answer:?}"),
                }
            }
        }
        assert_eq!(cursors, lists.len() - 1, "one list is empty");
        // Conditions in another order are the same list; so is one athlete, asked for by whoever may see more.
        let both = |sports| ActivityFilter { sports: Some(sports), ..Default::default() };
        let page = house.view([ada]).activities(&both(vec![Sport::Ride, Sport::Run]), order, &first).await?;
        let cursor = &page.items.first().context("a run")?.0;
        let turned = ActivityFilter { athletes: Some(vec![ada]), ..both(vec![Sport::Run, Sport::Ride, Sport::Run]) };
        house.view([ada, eve]).activities(&turned, order, &after(cursor)).await?;
        house.replica().await?.view(Athletes::All).activities(&turned, order, &after(cursor)).await?;
        let folder = tempfile::tempdir()?;
        let address = format!("sqlite://{}", folder.path().join("hub.db").display());
        let elsewhere = House::standing(address, folder).await?;
        let answer = elsewhere.view([ada]).activities(&turned, order, &after(cursor)).await;
        assert!(matches!(answer, Err(HubError::Invalid(_))), "{answer:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn records_candidates_and_athletes_page_by_the_same_pager() -> Result<()> {
    in_each_house(async |house: House| {
        let ada = house.athlete("Ada").await?;
        let eve = house.athlete("Eve").await?;
        super::told_twice(&house, ada, 7).await?;
        let view = house.view([ada, eve]);
        let (mut request, mut records) = (PageRequest { first: Some(7), ..PageRequest::default() }, Vec::new());
        loop {
            let page = view.records(&RecordFilter::default(), &request).await?;
            request.after = page.items.last().map(|(cursor, _)| cursor.clone());
            records.extend(page.items.into_iter().map(|(_, row)| row.record.id));
            if !page.has_next {
                break;
            }
        }
        assert!(records.is_sorted_by(|a, b| a < b));
        assert_eq!(records.len() as u64, view.count_records(&RecordFilter::default()).await?);
        let whole = view.athletes(&PageRequest::default()).await?;
        let second = PageRequest { first: Some(1), after: Some(whole.items[0].0.clone()), ..PageRequest::default() };
        let page = view.athletes(&second).await?;
        assert_eq!(whole.items.len() as u64, view.count_athletes().await?);
        assert_eq!(page.items[0].1, whole.items[1].1);
        assert!(page.has_previous && !page.has_next);
        let waiting = view.candidates(None, &PageRequest { first: Some(100), ..PageRequest::default() }).await?;
        assert_eq!(waiting.items.len() as u64, view.count_candidates(None).await?);
        assert!(waiting.items.iter().map(|(_, row)| (row.created_at, row.id)).is_sorted_by(|a, b| a < b));
        Ok(())
    })
    .await
}
