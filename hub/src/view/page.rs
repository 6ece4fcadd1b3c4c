//! The one pager: keyset pages by row-value comparison, forwards and backwards, right while rows come and go.

use sea_orm::sea_query::{Expr, ExprTrait, Order as Sort};
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::cursor::{Cursor, List, Place};
use super::unread;
use crate::HubError;

/// Items of a page whose size nobody named.
const DEFAULT_SIZE: u32 = 20;
/// The largest page that may be asked for.
const MAX_SIZE: u32 = 100;

/// Which page of a list, as Relay asks for it. At most one of `first` and `last`; both absent means the default size.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageRequest {
    /// That many from the front (after `after`).
    pub first: Option<u32>,
    /// Behind that place.
    pub after: Option<Cursor>,
    /// That many from the back (before `before`).
    pub last: Option<u32>,
    /// In front of that place.
    pub before: Option<Cursor>,
}

/// A page of a list, in the list's order.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The items, each with its place.
    pub items: Vec<(Cursor, T)>,
    /// Whether more come behind.
    pub has_next: bool,
    /// Whether more stand in front.
    pub has_previous: bool,
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Small to large.
    Asc,
    /// Large to small.
    Desc,
}

/// A list's order: a key, ties by id, both the same way.
#[derive(Clone)]
pub(super) struct Order {
    /// What signs its cursors; different for every list and order.
    pub list: List,
    /// What comes first: a column of whole numbers, never null. The id alone where absent.
    pub key: Option<Expr>,
    /// What settles ties, unique in the list.
    pub id: Expr,
    /// Which way.
    pub direction: Direction,
}

/// On which side of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// In front of it, in the list's order.
    Before,
    /// In front of it, or at it.
    NotAfter,
    /// Behind it.
    After,
    /// Behind it, or at it.
    NotBefore,
}

impl Order {
    /// The rows on that side of a place: one row-value comparison, so that an index on key and id answers it.
    fn beside(&self, place: Place, side: Side) -> Expr {
        let (columns, values): (Vec<Expr>, Vec<Expr>) = match &self.key {
            Some(key) => (vec![key.clone(), self.id.clone()], vec![place.key.into(), place.id.into()]),
            None => (vec![self.id.clone()], vec![place.id.into()]),
        };
        let (columns, values) = (Expr::tuple(columns), Expr::tuple(values));
        let small_first = self.direction == Direction::Asc;
        match side {
            Side::Before if small_first => columns.lt(values),
            Side::After if small_first => columns.gt(values),
            Side::NotAfter if small_first => columns.lte(values),
            Side::NotBefore if small_first => columns.gte(values),
            Side::Before => columns.gt(values),
            Side::After => columns.lt(values),
            Side::NotAfter => columns.gte(values),
            Side::NotBefore => columns.lte(values),
        }
    }

    fn sort<E: EntityTrait>(&self, mut select: Select<E>, backwards: bool) -> Select<E> {
        let sort = if (self.direction == Direction::Asc) == backwards { Sort::Desc } else { Sort::Asc };
        if let Some(key) = &self.key {
            select = select.order_by(key.clone(), sort.clone());
        }
        select.order_by(self.id.clone(), sort)
    }
}

/// A page request, understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Window {
    size: u32,
    backwards: bool,
    after: Option<Place>,
    before: Option<Place>,
}

impl Window {
    fn of(request: &PageRequest, list: &List) -> Result<Self, HubError> {
        let (name, size, backwards) = match (request.first, request.last) {
            (Some(_), Some(_)) => {
                return Err(HubError::Invalid(
                    "A page is asked for by `first` or by `last`, not by both; leave one out.".to_owned(),
                ));
            }
            (Some(first), None) => ("first", first, false),
            (None, Some(last)) => ("last", last, true),
            (None, None) => ("first", DEFAULT_SIZE, false),
        };
        if !(1..=MAX_SIZE).contains(&size) {
            return Err(HubError::Invalid(format!("`{name}` is {size}; a page holds 1 to {MAX_SIZE} items.")));
        }
        let place = |cursor: &Option<Cursor>| cursor.as_ref().map(|cursor| Place::read(cursor, list)).transpose();
        Ok(Self { size, backwards, after: place(&request.after)?, before: place(&request.before)? })
    }
}

/// One page of the rows of `select`, which carries the scope and the filter. `read` gives a row's place and what is
/// shown of it. One statement, and one more a cursor to learn what stands on its other side.
pub(super) async fn page<E, T>(
    db: &impl ConnectionTrait,
    select: Select<E>,
    order: &Order,
    request: &PageRequest,
    read: impl Fn(E::Model) -> Result<(Place, T), HubError>,
) -> Result<Page<T>, HubError>
where
    E: EntityTrait,
{
    let window = Window::of(request, &order.list)?;
    let mut rows = select.clone();
    if let Some(place) = window.after {
        rows = rows.filter(order.beside(place, Side::After));
    }
    if let Some(place) = window.before {
        rows = rows.filter(order.beside(place, Side::Before));
    }
    // One more than asked for tells whether the list goes on.
    let mut rows =
        order.sort(rows, window.backwards).limit(u64::from(window.size) + 1).all(db).await.map_err(unread)?;
    let size = usize::try_from(window.size).unwrap_or(usize::MAX);
    let goes_on = rows.len() > size;
    rows.truncate(size);
    if window.backwards {
        rows.reverse();
    }
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let (place, item) = read(row)?;
        items.push((place.cursor(&order.list), item));
    }
    let mut has_previous = window.backwards && goes_on;
    if let (false, Some(place)) = (has_previous, window.after) {
        has_previous = exists(db, select.clone().filter(order.beside(place, Side::NotAfter))).await?;
    }
    let mut has_next = !window.backwards && goes_on;
    if let (false, Some(place)) = (has_next, window.before) {
        has_next = exists(db, select.filter(order.beside(place, Side::NotBefore))).await?;
    }
    Ok(Page { items, has_next, has_previous })
}

async fn exists<E: EntityTrait>(db: &impl ConnectionTrait, select: Select<E>) -> Result<bool, HubError> {
    let found: Option<i32> =
        select.select_only().expr(Expr::val(1)).limit(1).into_tuple().one(db).await.map_err(unread)?;
    Ok(found.is_some())
}

#[cfg(test)]
mod tests {
    use super::super::{Athletes, CursorKey};
    use super::*;

    #[test]
    fn sizes_outside_1_to_100_and_both_ends_at_once_are_refused() {
        let list = CursorKey::of(&[0; 64]).list("start.asc", &Athletes::All, "");
        for (first, last) in
            [(Some(0), None), (None, Some(0)), (Some(101), None), (None, Some(u32::MAX)), (Some(1), Some(1))]
        {
            let request = PageRequest { first, last, ..PageRequest::default() };
            assert!(matches!(Window::of(&request, &list), Err(HubError::Invalid(_))), "{request:?}");
        }
        let default = Window::of(&PageRequest::default(), &list).unwrap();
        assert_eq!((default.size, default.backwards), (20, false));
        let largest = PageRequest { last: Some(100), ..PageRequest::default() };
        assert_eq!(Window::of(&largest, &list).map(|window| (window.size, window.backwards)).unwrap(), (100, true));
    }
}
