//! The only way to read: scoped to athletes from the start.
//!
//! Every statement of a view carries the scope, added by one function; lists come in pages by one pager; and whatever
//! is asked of the items of a page is asked for all of them at once, in one or two statements.

mod activity;
mod artifact;
mod athlete;
mod coverage;
mod cursor;
mod evidence;
mod filter;
mod held;
mod history;
mod import_run;
mod page;
mod record;
mod run;
mod scope;
mod series;
mod summary;
mod totals;

use domain::AthleteId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

pub use activity::{ActivityOrder, ActivityOrderField, ActivityRow};
pub use artifact::{ArtifactRow, Stored};
pub use athlete::AthleteRow;
pub use coverage::CoverageRow;
pub use cursor::Cursor;
pub(crate) use cursor::CursorKey;
pub use evidence::{CandidateRow, CandidateState};
pub use filter::{ActivityFilter, FloatRange, RecordFilter, TimeRange};
pub use history::Chronicle;
pub use import_run::ImportRunRow;
pub use page::{Direction, Page, PageRequest};
pub use record::{RecordHead, RecordRow};
pub use scope::Athletes;
pub use series::Told;
pub use summary::Summary;
pub use totals::{TotalsDimension, TotalsRow};

use self::cursor::List;
use crate::store::database_error;
use crate::{Hub, HubError};

/// What these athletes hold, and nothing else. Another athlete's id is answered as one that does not exist. Cheap to
/// clone.
#[derive(Clone)]
pub struct View {
    hub: Hub,
    athletes: Athletes,
}

impl View {
    /// What these athletes hold, read from this hub.
    pub(crate) fn new(hub: Hub, athletes: Athletes) -> Self {
        Self { hub, athletes }
    }

    /// For which athletes.
    pub fn scope(&self) -> &Athletes {
        &self.athletes
    }

    fn read(&self) -> &DatabaseConnection {
        &self.hub.database.read
    }

    fn backend(&self) -> DbBackend {
        self.hub.database.backend()
    }

    /// The scope on the column that says whose a row is.
    fn own(&self, athlete: impl ColumnTrait) -> Expr {
        self.athletes.own(athlete, self.backend())
    }

    /// The scope, where ids find the rows.
    fn check(&self, athlete: impl ColumnTrait) -> Expr {
        self.athletes.check(athlete, self.backend())
    }

    /// The scope, narrowed to one athlete where one is named.
    fn own_of(&self, wanted: Option<AthleteId>, athlete: impl ColumnTrait) -> Expr {
        self.reach(wanted).own(athlete, self.backend())
    }

    /// Whom that leaves.
    fn reach(&self, wanted: Option<AthleteId>) -> Athletes {
        self.athletes.among(wanted.as_ref().map(std::slice::from_ref))
    }

    /// A list of what these athletes hold, as its cursors know it.
    fn list(&self, order: &str, athletes: &Athletes, filter: &str) -> List {
        self.hub.cursors.list(order, athletes, filter)
    }

    fn one_of(&self, column: impl ColumnTrait, ids: Vec<Uuid>) -> Expr {
        scope::one_of(column, ids, self.backend())
    }

    fn chunks(&self, ids: impl IntoIterator<Item = Uuid>) -> Vec<Vec<Uuid>> {
        scope::chunks(ids, self.backend())
    }

    /// The rows whose column holds one of these ids, as far as they may be read: what every loader begins with.
    async fn rows<E: EntityTrait>(
        &self,
        column: E::Column,
        ids: impl IntoIterator<Item = Uuid>,
        athlete: E::Column,
    ) -> Result<Vec<E::Model>, HubError> {
        let mut rows = Vec::new();
        for ids in self.chunks(ids) {
            let wanted = E::find().filter(self.check(athlete)).filter(self.one_of(column, ids));
            rows.extend(wanted.all(self.read()).await.map_err(unread)?);
        }
        Ok(rows)
    }
}

/// What a failed read is told as.
fn unread(error: DbErr) -> HubError {
    database_error("read from the database")(error)
}
