//! The canonical activity.

mod asked;
mod behind;
mod filter;
mod object;
mod plain;
mod query;
mod values;

pub use asked::Activity;
pub use filter::{ActivityFilter, ActivityOrder, DateTimeRange, FloatRange};
pub use query::{ActivityQuery, page_of};
