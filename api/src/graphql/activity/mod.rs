//! The canonical activity.

mod filter;
mod object;
mod query;
mod values;

pub use filter::{ActivityFilter, ActivityOrder, DateTimeRange, FloatRange};
pub use object::Activity;
pub use query::{ActivityQuery, page_of};
