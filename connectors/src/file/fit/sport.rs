//! FIT's sports in our words.

use domain::Sport;

/// The sport of a FIT `sport` and `sub_sport` (profile 21.218; `garmin.md` §10).
pub const fn sport_of_fit(sport: u8, sub_sport: u8) -> Sport {
    match (sport, sub_sport) {
        (1, 1 | 45) => Sport::TreadmillRun,
        (1, 3) => Sport::TrailRun,
        (1, 58) => Sport::VirtualRun,
        (1, _) => Sport::Run,
        (2, 5 | 6) => Sport::IndoorRide,
        (2, 8 | 9 | 123) => Sport::MountainBikeRide,
        (2, 12 | 88) => Sport::Handcycle,
        (2, 28) => Sport::EBikeRide,
        (2 | 21, 47 | 127) => Sport::EMountainBikeRide,
        (2, 46) => Sport::GravelRide,
        (2, 58) => Sport::VirtualRide,
        (2, _) => Sport::Ride,
        (21, _) => Sport::EBikeRide,
        (3, _) => Sport::Transition,
        (4, 15) => Sport::Elliptical,
        (4, 16) | (48, _) => Sport::StairStepper,
        (4 | 15, 14) | (15, _) => Sport::Rowing,
        (5, 17) => Sport::PoolSwim,
        (5, 18) => Sport::OpenWaterSwim,
        (5, _) => Sport::Swim,
        (6, _) => Sport::Basketball,
        (7, _) => Sport::Soccer,
        (8, _) => Sport::Tennis,
        (10, 20) => Sport::Strength,
        (10, 43) => Sport::Yoga,
        (10, 44) => Sport::Pilates,
        (10 | 62, 70 | 73..=75) | (62, _) => Sport::HighIntensityIntervalTraining,
        (11, _) => Sport::Walk,
        (12, _) => Sport::NordicSki,
        (13, 37) => Sport::BackcountrySki,
        (13, _) => Sport::AlpineSki,
        (14, _) => Sport::Snowboard,
        (16 | 17, _) => Sport::Hike,
        (18, _) => Sport::Multisport,
        (19 | 88, _) => Sport::Canoeing,
        (25, _) => Sport::Golf,
        (30, _) => Sport::InlineSkate,
        (31, _) => Sport::RockClimbing,
        (32, _) => Sport::Sail,
        (33, _) => Sport::IceSkate,
        (35, _) => Sport::Snowshoe,
        (37, _) => Sport::StandUpPaddling,
        (38, _) => Sport::Surfing,
        (41, _) => Sport::Kayaking,
        (43, _) => Sport::Windsurf,
        (44, _) => Sport::Kitesurf,
        (64, 84) => Sport::Pickleball,
        (64, 85) => Sport::Padel,
        (64, 94) => Sport::Squash,
        (64, 95) => Sport::Badminton,
        (64, 96) => Sport::Racquetball,
        (64, 97) => Sport::TableTennis,
        (65 | 66, _) => Sport::Wheelchair,
        (71, _) => Sport::Cricket,
        (75, _) => Sport::Volleyball,
        (83, _) => Sport::Dance,
        (4 | 10 | 47 | 67 | 80 | 84 | 86, _) => Sport::Workout,
        _ => Sport::Other,
    }
}

/// Whether a sub-sport is done on a machine, in a pool, or otherwise under a roof.
pub const fn is_indoor(sub_sport: u8) -> bool {
    matches!(sub_sport, 1 | 5 | 6 | 14..=17 | 25 | 27 | 45 | 58 | 68 | 71 | 86..=88)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sports_of_the_mapping_table() {
        for (sport, sub_sport, expected) in [
            (1, 0, Sport::Run),
            (1, 3, Sport::TrailRun),
            (1, 255, Sport::Run),
            (2, 58, Sport::VirtualRide),
            (21, 28, Sport::EBikeRide),
            (21, 47, Sport::EMountainBikeRide),
            (4, 14, Sport::Rowing),
            (4, 0, Sport::Workout),
            (10, 70, Sport::HighIntensityIntervalTraining),
            (10, 26, Sport::Workout),
            (5, 17, Sport::PoolSwim),
            (0, 0, Sport::Other),
            (53, 54, Sport::Other),
            (255, 255, Sport::Other),
        ] {
            assert_eq!(sport_of_fit(sport, sub_sport), expected, "{sport}/{sub_sport}");
        }
    }
}
