//! Words for sports that TCX and GPX files carry: Garmin's keys, Strava's types and old numbers, and plain English.

use domain::Sport;

/// A word, in small letters without anything else, and its sport.
const WORDS: [(&str, Sport); 96] = [
    ("alpineski", Sport::AlpineSki),
    ("alpineskiing", Sport::AlpineSki),
    ("backcountryski", Sport::BackcountrySki),
    ("backcountryskiing", Sport::BackcountrySki),
    ("badminton", Sport::Badminton),
    ("basketball", Sport::Basketball),
    ("bicycling", Sport::Ride),
    ("bike", Sport::Ride),
    ("biking", Sport::Ride),
    ("canoeing", Sport::Canoeing),
    ("crosscountryskiing", Sport::NordicSki),
    ("crosscountryskiingws", Sport::NordicSki),
    ("crossfit", Sport::Crossfit),
    ("cycling", Sport::Ride),
    ("downhillbiking", Sport::MountainBikeRide),
    ("ebikefitness", Sport::EBikeRide),
    ("ebikemountain", Sport::EMountainBikeRide),
    ("ebikeride", Sport::EBikeRide),
    ("elliptical", Sport::Elliptical),
    ("emountainbikeride", Sport::EMountainBikeRide),
    ("golf", Sport::Golf),
    ("gravelcycling", Sport::GravelRide),
    ("gravelride", Sport::GravelRide),
    ("handcycle", Sport::Handcycle),
    ("hiit", Sport::HighIntensityIntervalTraining),
    ("hike", Sport::Hike),
    ("hiking", Sport::Hike),
    ("iceskate", Sport::IceSkate),
    ("iceskating", Sport::IceSkate),
    ("indoorcardio", Sport::Workout),
    ("indoorcycling", Sport::IndoorRide),
    ("indoorrowing", Sport::Rowing),
    ("indoorrunning", Sport::TreadmillRun),
    ("inlineskate", Sport::InlineSkate),
    ("inlineskating", Sport::InlineSkate),
    ("kayaking", Sport::Kayaking),
    ("kayakingv2", Sport::Kayaking),
    ("kitesurf", Sport::Kitesurf),
    ("kitesurfing", Sport::Kitesurf),
    ("lapswimming", Sport::PoolSwim),
    ("mountainbiking", Sport::MountainBikeRide),
    ("mountainbikeride", Sport::MountainBikeRide),
    ("mountaineering", Sport::Hike),
    ("multisport", Sport::Multisport),
    ("nordicski", Sport::NordicSki),
    ("openwaterswimming", Sport::OpenWaterSwim),
    ("paddling", Sport::Canoeing),
    ("paddlingv2", Sport::Canoeing),
    ("pilates", Sport::Pilates),
    ("resortskiing", Sport::AlpineSki),
    ("ride", Sport::Ride),
    ("roadbiking", Sport::Ride),
    ("rockclimbing", Sport::RockClimbing),
    ("rollerski", Sport::RollerSki),
    ("rowing", Sport::Rowing),
    ("rowingv2", Sport::Rowing),
    ("run", Sport::Run),
    ("running", Sport::Run),
    ("sail", Sport::Sail),
    ("sailing", Sport::Sail),
    ("skateboard", Sport::Skateboard),
    ("skating", Sport::InlineSkate),
    ("skatingws", Sport::IceSkate),
    ("snowboard", Sport::Snowboard),
    ("snowboarding", Sport::Snowboard),
    ("snowshoe", Sport::Snowshoe),
    ("snowshoews", Sport::Snowshoe),
    ("soccer", Sport::Soccer),
    ("stairclimbing", Sport::StairStepper),
    ("stairstepper", Sport::StairStepper),
    ("standuppaddleboarding", Sport::StandUpPaddling),
    ("standuppaddleboardingv2", Sport::StandUpPaddling),
    ("standuppaddling", Sport::StandUpPaddling),
    ("streetrunning", Sport::Run),
    ("strengthtraining", Sport::Strength),
    ("surfing", Sport::Surfing),
    ("surfingv2", Sport::Surfing),
    ("swim", Sport::Swim),
    ("swimming", Sport::Swim),
    ("tennis", Sport::Tennis),
    ("trackrunning", Sport::Run),
    ("trailrun", Sport::TrailRun),
    ("trailrunning", Sport::TrailRun),
    ("treadmillrunning", Sport::TreadmillRun),
    ("ultrarun", Sport::Run),
    ("velomobile", Sport::Velomobile),
    ("virtualride", Sport::VirtualRide),
    ("virtualrow", Sport::VirtualRow),
    ("virtualrun", Sport::VirtualRun),
    ("walk", Sport::Walk),
    ("walking", Sport::Walk),
    ("weighttraining", Sport::Strength),
    ("wheelchair", Sport::Wheelchair),
    ("windsurf", Sport::Windsurf),
    ("workout", Sport::Workout),
    ("yoga", Sport::Yoga),
];

/// Strava's exports of years ago write its own numbers (`<type>9</type>` is a run).
const NUMBERS: [(&str, Sport); 8] = [
    ("1", Sport::Ride),
    ("2", Sport::AlpineSki),
    ("3", Sport::BackcountrySki),
    ("4", Sport::Hike),
    ("9", Sport::Run),
    ("10", Sport::Walk),
    ("16", Sport::Swim),
    ("17", Sport::VirtualRide),
];

/// The sport that a word means, `Other` where it means none that is known.
pub fn sport_of_word(word: &str) -> Sport {
    let plain: String =
        word.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).take(40).collect();
    WORDS.iter().chain(&NUMBERS).find(|(known, _)| *known == plain).map_or(Sport::Other, |(_, sport)| *sport)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_every_writer() {
        for (word, sport) in [
            ("Biking", Sport::Ride),
            ("trail_running", Sport::TrailRun),
            ("TrailRun", Sport::TrailRun),
            ("9", Sport::Run),
            ("Trail Running", Sport::TrailRun),
            ("unknown", Sport::Other),
            ("Other", Sport::Other),
            ("", Sport::Other),
        ] {
            assert_eq!(sport_of_word(word), sport, "{word}");
        }
    }
}
