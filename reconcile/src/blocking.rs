//! Which pairs are worth comparing.

/// How far apart two records may begin and still be compared, in seconds: the widest clock shift (14 h) and an hour.
pub const REACH_S: i64 = 15 * 3600;
