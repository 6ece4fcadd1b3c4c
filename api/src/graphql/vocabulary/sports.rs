//! The sports.

use domain::Sport;

use crate::graphql::word::Vocabulary;

impl Vocabulary for Sport {
    const NAME: &'static str = "SportType";
    const ABOUT: &'static str = "Sports in one taxonomy; each source's own word stays on its record (sourceSportType).";

    fn words() -> impl Iterator<Item = Self> {
        Self::all()
    }

    fn word(self) -> &'static str {
        self.name()
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Run => "Running, on roads unless said otherwise.",
            Self::TrailRun => "Running on trails.",
            Self::VirtualRun => "Running in a virtual world.",
            Self::TreadmillRun => "Running on a treadmill.",
            Self::Walk => "Walking.",
            Self::Hike => "Hiking.",
            Self::Ride => "Cycling, on roads unless said otherwise.",
            Self::GravelRide => "Cycling on gravel.",
            Self::MountainBikeRide => "Mountain biking.",
            Self::EBikeRide => "Cycling with a motor that helps.",
            Self::EMountainBikeRide => "Mountain biking with a motor that helps.",
            Self::VirtualRide => "Cycling in a virtual world.",
            Self::IndoorRide => "Cycling on a machine or on rollers.",
            Self::Velomobile => "Riding a velomobile.",
            Self::Handcycle => "Cycling with the arms.",
            Self::Swim => "Swimming, where is not said.",
            Self::PoolSwim => "Swimming in a pool.",
            Self::OpenWaterSwim => "Swimming in a lake, a river or the sea.",
            Self::Rowing => "Rowing, on water or on a machine.",
            Self::VirtualRow => "Rowing in a virtual world.",
            Self::Kayaking => "Kayaking.",
            Self::Canoeing => "Canoeing.",
            Self::StandUpPaddling => "Paddling while standing on a board.",
            Self::Surfing => "Surfing.",
            Self::Windsurf => "Windsurfing.",
            Self::Kitesurf => "Kitesurfing.",
            Self::Sail => "Sailing.",
            Self::AlpineSki => "Skiing downhill.",
            Self::BackcountrySki => "Ski touring, away from lifts.",
            Self::NordicSki => "Cross-country skiing.",
            Self::Snowboard => "Snowboarding.",
            Self::Snowshoe => "Walking on snowshoes.",
            Self::IceSkate => "Ice skating.",
            Self::InlineSkate => "Inline skating.",
            Self::RollerSki => "Roller skiing.",
            Self::Skateboard => "Skateboarding.",
            Self::Strength => "Strength training.",
            Self::Workout => "A workout of no particular kind.",
            Self::Crossfit => "CrossFit.",
            Self::HighIntensityIntervalTraining => "High-intensity interval training.",
            Self::Elliptical => "Training on an elliptical machine.",
            Self::StairStepper => "Training on a stair stepper.",
            Self::Yoga => "Yoga.",
            Self::Pilates => "Pilates.",
            Self::RockClimbing => "Climbing, on rock or in a hall.",
            Self::Golf => "Golf.",
            Self::Soccer => "Football, as most of the world calls it.",
            Self::Tennis => "Tennis.",
            Self::Badminton => "Badminton.",
            Self::Pickleball => "Pickleball.",
            Self::Racquetball => "Racquetball.",
            Self::Squash => "Squash.",
            Self::TableTennis => "Table tennis.",
            Self::Padel => "Padel.",
            Self::Basketball => "Basketball.",
            Self::Volleyball => "Volleyball.",
            Self::Cricket => "Cricket.",
            Self::Dance => "Dancing.",
            Self::Wheelchair => "Going by wheelchair.",
            Self::Multisport => "Several sports in one event; its parts are activities of their own.",
            Self::Transition => "The change from one sport to the next within a multisport event.",
            Self::Other => "Anything else; the source's own word says what.",
        }
    }
}
