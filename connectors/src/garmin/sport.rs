//! Garmin's words for sports.

use domain::Sport;

/// A type key, in small letters without the suffixes `_v2` and `_ws`, and its sport (`garmin.md` §10).
const KEYS: &[(&str, Sport)] = &[
    ("running", Sport::Run),
    ("street_running", Sport::Run),
    ("track_running", Sport::Run),
    ("ultra_run", Sport::Run),
    ("obstacle_run", Sport::Run),
    ("trail_running", Sport::TrailRun),
    ("treadmill_running", Sport::TreadmillRun),
    ("indoor_running", Sport::TreadmillRun),
    ("virtual_run", Sport::VirtualRun),
    ("cycling", Sport::Ride),
    ("road_biking", Sport::Ride),
    ("track_cycling", Sport::Ride),
    ("cyclocross", Sport::Ride),
    ("bmx", Sport::Ride),
    ("recumbent_cycling", Sport::Ride),
    ("mountain_biking", Sport::MountainBikeRide),
    ("downhill_biking", Sport::MountainBikeRide),
    ("enduro_mtb", Sport::MountainBikeRide),
    ("gravel_cycling", Sport::GravelRide),
    ("gravel", Sport::GravelRide),
    ("unbound_gravel_cycling", Sport::GravelRide),
    ("indoor_cycling", Sport::IndoorRide),
    ("virtual_ride", Sport::VirtualRide),
    ("hand_cycling", Sport::Handcycle),
    ("handcycling", Sport::Handcycle),
    ("indoor_hand_cycling", Sport::Handcycle),
    ("indoor_handcycling", Sport::Handcycle),
    ("e_bike_fitness", Sport::EBikeRide),
    ("e_bike_mountain", Sport::EMountainBikeRide),
    ("e_enduro_mtb", Sport::EMountainBikeRide),
    ("swimming", Sport::Swim),
    ("lap_swimming", Sport::PoolSwim),
    ("open_water_swimming", Sport::OpenWaterSwim),
    ("walking", Sport::Walk),
    ("casual_walking", Sport::Walk),
    ("speed_walking", Sport::Walk),
    ("indoor_walking", Sport::Walk),
    ("hiking", Sport::Hike),
    ("rucking", Sport::Hike),
    ("mountaineering", Sport::Hike),
    ("multi_sport", Sport::Multisport),
    ("multisport", Sport::Multisport),
    ("transition", Sport::Transition),
    ("biketoruntransition", Sport::Transition),
    ("runtobiketransition", Sport::Transition),
    ("swimtobiketransition", Sport::Transition),
    ("bike_to_run_transition", Sport::Transition),
    ("run_to_bike_transition", Sport::Transition),
    ("swim_to_bike_transition", Sport::Transition),
    ("fitness_equipment", Sport::Workout),
    ("indoor_cardio", Sport::Workout),
    ("mobility", Sport::Workout),
    ("breathwork", Sport::Workout),
    ("meditation", Sport::Workout),
    ("jump_rope", Sport::Workout),
    ("boxing", Sport::Workout),
    ("mixed_martial_arts", Sport::Workout),
    ("strength_training", Sport::Strength),
    ("hiit", Sport::HighIntensityIntervalTraining),
    ("yoga", Sport::Yoga),
    ("pilates", Sport::Pilates),
    ("elliptical", Sport::Elliptical),
    ("stair_climbing", Sport::StairStepper),
    ("floor_climbing", Sport::StairStepper),
    ("indoor_rowing", Sport::Rowing),
    ("rowing", Sport::Rowing),
    ("dance", Sport::Dance),
    ("rock_climbing", Sport::RockClimbing),
    ("indoor_climbing", Sport::RockClimbing),
    ("bouldering", Sport::RockClimbing),
    ("resort_skiing", Sport::AlpineSki),
    ("resort_skiing_snowboarding", Sport::AlpineSki),
    ("backcountry_skiing", Sport::BackcountrySki),
    ("backcountry_skiing_snowboarding", Sport::BackcountrySki),
    ("resort_snowboarding", Sport::Snowboard),
    ("backcountry_snowboarding", Sport::Snowboard),
    ("snowboarding", Sport::Snowboard),
    ("cross_country_skiing", Sport::NordicSki),
    ("skate_skiing", Sport::NordicSki),
    ("snow_shoe", Sport::Snowshoe),
    ("skating", Sport::IceSkate),
    ("snowmobiling", Sport::Other),
    ("paddling", Sport::Canoeing),
    ("canoeing", Sport::Canoeing),
    ("kayaking", Sport::Kayaking),
    ("whitewater_rafting_kayaking", Sport::Kayaking),
    ("stand_up_paddleboarding", Sport::StandUpPaddling),
    ("surfing", Sport::Surfing),
    ("wakeboarding", Sport::Other),
    ("wakesurfing", Sport::Surfing),
    ("kiteboarding", Sport::Kitesurf),
    ("wind_kite_surfing", Sport::Kitesurf),
    ("windsurfing", Sport::Windsurf),
    ("sailing", Sport::Sail),
    ("boating", Sport::Other),
    ("tennis", Sport::Tennis),
    ("pickleball", Sport::Pickleball),
    ("paddelball", Sport::Padel),
    ("padel", Sport::Padel),
    ("squash", Sport::Squash),
    ("badminton", Sport::Badminton),
    ("racquetball", Sport::Racquetball),
    ("table_tennis", Sport::TableTennis),
    ("soccer", Sport::Soccer),
    ("basketball", Sport::Basketball),
    ("volleyball", Sport::Volleyball),
    ("cricket", Sport::Cricket),
    ("golf", Sport::Golf),
    ("inline_skating", Sport::InlineSkate),
    ("wheelchair_push_walk", Sport::Wheelchair),
    ("wheelchair_push_run", Sport::Wheelchair),
    ("other", Sport::Other),
];

fn plain(type_key: &str) -> String {
    let key = type_key.trim().to_ascii_lowercase();
    let key = key.strip_suffix("_v2").unwrap_or(&key);
    key.strip_suffix("_ws").unwrap_or(key).to_owned()
}

/// The sport of a type key, in whatever spelling; `None` for a key that is not known.
pub fn sport_of_type_key(type_key: &str) -> Option<Sport> {
    let key = plain(type_key);
    KEYS.iter().find(|(known, _)| *known == key).map(|(_, sport)| *sport)
}

/// Whether it is done on a machine, in a pool, or otherwise under a roof.
pub fn is_indoor(type_key: &str) -> bool {
    let key = plain(type_key);
    ["indoor", "treadmill", "lap_swimming", "virtual"].iter().any(|word| key.contains(word))
        || matches!(key.as_str(), "fitness_equipment" | "elliptical" | "stair_climbing")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_in_every_spelling() {
        for (key, sport) in [
            ("running", Some(Sport::Run)),
            ("ROAD_BIKING", Some(Sport::Ride)),
            ("swimToBikeTransition_v2", Some(Sport::Transition)),
            ("SWIM_TO_BIKE_TRANSITION_V2", Some(Sport::Transition)),
            ("cross_country_skiing_ws", Some(Sport::NordicSki)),
            ("rowing_v2", Some(Sport::Rowing)),
            ("uncategorized", None),
        ] {
            assert_eq!(sport_of_type_key(key), sport, "{key}");
        }
        assert!(is_indoor("indoor_cycling") && is_indoor("LAP_SWIMMING") && !is_indoor("running"));
    }

    #[test]
    fn no_key_means_two_sports() {
        for (key, sport) in KEYS {
            assert_eq!(sport_of_type_key(key), Some(*sport), "{key}");
        }
    }
}
