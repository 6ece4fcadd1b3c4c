//! The words by which lists and sums are asked for.

use hub::{ActivityOrderField, Direction, TotalsDimension};

use crate::graphql::word::Vocabulary;

impl Vocabulary for ActivityOrderField {
    const NAME: &'static str = "ActivityOrderField";
    const ABOUT: &'static str = "What a list of activities is ordered by; ties by id.";

    fn words() -> impl Iterator<Item = Self> {
        [Self::StartTimeUtc, Self::UpdatedAt, Self::DistanceM, Self::ElapsedTimeS].into_iter()
    }

    fn word(self) -> &'static str {
        match self {
            Self::StartTimeUtc => "START_TIME_UTC",
            Self::UpdatedAt => "UPDATED_AT",
            Self::DistanceM => "DISTANCE_M",
            Self::ElapsedTimeS => "ELAPSED_TIME_S",
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::StartTimeUtc => "When they began.",
            Self::UpdatedAt => "When their canonical view last changed.",
            Self::DistanceM => "How far they went; those without a distance count as the shortest.",
            Self::ElapsedTimeS => "How long they took, pauses included.",
        }
    }
}

impl Vocabulary for Direction {
    const NAME: &'static str = "OrderDirection";
    const ABOUT: &'static str = "Small to large, or large to small.";

    fn words() -> impl Iterator<Item = Self> {
        [Self::Asc, Self::Desc].into_iter()
    }

    fn word(self) -> &'static str {
        match self {
            Self::Asc => "ASC",
            Self::Desc => "DESC",
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Asc => "The smallest, earliest or shortest first.",
            Self::Desc => "The largest, latest or longest first.",
        }
    }
}

impl Vocabulary for TotalsDimension {
    const NAME: &'static str = "TotalsDimension";
    const ABOUT: &'static str = "By what totals are told apart; at most one of the periods.";

    fn words() -> impl Iterator<Item = Self> {
        [Self::Day, Self::Week, Self::Month, Self::Year, Self::Sport, Self::Status, Self::Source].into_iter()
    }

    fn word(self) -> &'static str {
        match self {
            Self::Day => "DAY",
            Self::Week => "WEEK",
            Self::Month => "MONTH",
            Self::Year => "YEAR",
            Self::Sport => "SPORT_TYPE",
            Self::Status => "STATUS",
            Self::Source => "SOURCE",
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Day => "A row for each day.",
            Self::Week => "A row for each week, from Monday.",
            Self::Month => "A row for each month.",
            Self::Year => "A row for each year.",
            Self::Sport => "A row for each sport.",
            Self::Status => "A row for each status.",
            Self::Source => "A row for each source that leads among those behind an activity.",
        }
    }
}
