//! One taxonomy of sports; each source's own word stays on its record.

/// A sport, in the names of the public API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sport {
    /// Run.
    Run,
    /// Trail run.
    TrailRun,
    /// Virtual run.
    VirtualRun,
    /// Treadmill run.
    TreadmillRun,
    /// Walk.
    Walk,
    /// Hike.
    Hike,
    /// Ride.
    Ride,
    /// Gravel ride.
    GravelRide,
    /// Mountain bike ride.
    MountainBikeRide,
    /// E-bike ride.
    EBikeRide,
    /// E-mountain bike ride.
    EMountainBikeRide,
    /// Virtual ride.
    VirtualRide,
    /// Indoor ride.
    IndoorRide,
    /// Velomobile.
    Velomobile,
    /// Handcycle.
    Handcycle,
    /// Swim.
    Swim,
    /// Pool swim.
    PoolSwim,
    /// Open water swim.
    OpenWaterSwim,
    /// Rowing.
    Rowing,
    /// Virtual row.
    VirtualRow,
    /// Kayaking.
    Kayaking,
    /// Canoeing.
    Canoeing,
    /// Stand up paddling.
    StandUpPaddling,
    /// Surfing.
    Surfing,
    /// Windsurf.
    Windsurf,
    /// Kitesurf.
    Kitesurf,
    /// Sail.
    Sail,
    /// Alpine ski.
    AlpineSki,
    /// Backcountry ski.
    BackcountrySki,
    /// Nordic ski.
    NordicSki,
    /// Snowboard.
    Snowboard,
    /// Snowshoe.
    Snowshoe,
    /// Ice skate.
    IceSkate,
    /// Inline skate.
    InlineSkate,
    /// Roller ski.
    RollerSki,
    /// Skateboard.
    Skateboard,
    /// Strength.
    Strength,
    /// Workout.
    Workout,
    /// Crossfit.
    Crossfit,
    /// High intensity interval training.
    HighIntensityIntervalTraining,
    /// Elliptical.
    Elliptical,
    /// Stair stepper.
    StairStepper,
    /// Yoga.
    Yoga,
    /// Pilates.
    Pilates,
    /// Rock climbing.
    RockClimbing,
    /// Golf.
    Golf,
    /// Soccer.
    Soccer,
    /// Tennis.
    Tennis,
    /// Badminton.
    Badminton,
    /// Pickleball.
    Pickleball,
    /// Racquetball.
    Racquetball,
    /// Squash.
    Squash,
    /// Table tennis.
    TableTennis,
    /// Padel.
    Padel,
    /// Basketball.
    Basketball,
    /// Volleyball.
    Volleyball,
    /// Cricket.
    Cricket,
    /// Dance.
    Dance,
    /// Wheelchair.
    Wheelchair,
    /// Multisport.
    Multisport,
    /// Transition.
    Transition,
    /// Other.
    Other,
}

/// Sports that one recording may be called by different sources: a trail run is a run to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Running of every kind.
    Run,
    /// Walking, hiking, snowshoeing.
    Foot,
    /// Everything on wheels with pedals or cranks.
    Ride,
    /// Swimming.
    Swim,
    /// Rowing, on water or not.
    Row,
    /// Boards and boats.
    Water,
    /// Snow.
    Snow,
    /// Skates and rollers.
    Skate,
    /// Weights.
    Strength,
    /// Classes and machines.
    Fitness,
    /// Climbing.
    Climb,
    /// Racket sports.
    Racket,
    /// Team sports.
    Team,
    /// Golf.
    Golf,
    /// Wheelchair.
    Wheelchair,
    /// Several sports in one.
    Multisport,
    /// The change between two of them.
    Transition,
    /// A word that says nothing: it agrees with anything.
    Generic,
}

/// One row a sport, in the order of the enum: the sport, its name, its family.
const SPORTS: [(Sport, &str, Family); 62] = [
    (Sport::Run, "RUN", Family::Run),
    (Sport::TrailRun, "TRAIL_RUN", Family::Run),
    (Sport::VirtualRun, "VIRTUAL_RUN", Family::Run),
    (Sport::TreadmillRun, "TREADMILL_RUN", Family::Run),
    (Sport::Walk, "WALK", Family::Foot),
    (Sport::Hike, "HIKE", Family::Foot),
    (Sport::Ride, "RIDE", Family::Ride),
    (Sport::GravelRide, "GRAVEL_RIDE", Family::Ride),
    (Sport::MountainBikeRide, "MOUNTAIN_BIKE_RIDE", Family::Ride),
    (Sport::EBikeRide, "E_BIKE_RIDE", Family::Ride),
    (Sport::EMountainBikeRide, "E_MOUNTAIN_BIKE_RIDE", Family::Ride),
    (Sport::VirtualRide, "VIRTUAL_RIDE", Family::Ride),
    (Sport::IndoorRide, "INDOOR_RIDE", Family::Ride),
    (Sport::Velomobile, "VELOMOBILE", Family::Ride),
    (Sport::Handcycle, "HANDCYCLE", Family::Ride),
    (Sport::Swim, "SWIM", Family::Swim),
    (Sport::PoolSwim, "POOL_SWIM", Family::Swim),
    (Sport::OpenWaterSwim, "OPEN_WATER_SWIM", Family::Swim),
    (Sport::Rowing, "ROWING", Family::Row),
    (Sport::VirtualRow, "VIRTUAL_ROW", Family::Row),
    (Sport::Kayaking, "KAYAKING", Family::Water),
    (Sport::Canoeing, "CANOEING", Family::Water),
    (Sport::StandUpPaddling, "STAND_UP_PADDLING", Family::Water),
    (Sport::Surfing, "SURFING", Family::Water),
    (Sport::Windsurf, "WINDSURF", Family::Water),
    (Sport::Kitesurf, "KITESURF", Family::Water),
    (Sport::Sail, "SAIL", Family::Water),
    (Sport::AlpineSki, "ALPINE_SKI", Family::Snow),
    (Sport::BackcountrySki, "BACKCOUNTRY_SKI", Family::Snow),
    (Sport::NordicSki, "NORDIC_SKI", Family::Snow),
    (Sport::Snowboard, "SNOWBOARD", Family::Snow),
    (Sport::Snowshoe, "SNOWSHOE", Family::Foot),
    (Sport::IceSkate, "ICE_SKATE", Family::Skate),
    (Sport::InlineSkate, "INLINE_SKATE", Family::Skate),
    (Sport::RollerSki, "ROLLER_SKI", Family::Skate),
    (Sport::Skateboard, "SKATEBOARD", Family::Skate),
    (Sport::Strength, "STRENGTH", Family::Strength),
    (Sport::Workout, "WORKOUT", Family::Generic),
    (Sport::Crossfit, "CROSSFIT", Family::Strength),
    (Sport::HighIntensityIntervalTraining, "HIGH_INTENSITY_INTERVAL_TRAINING", Family::Fitness),
    (Sport::Elliptical, "ELLIPTICAL", Family::Fitness),
    (Sport::StairStepper, "STAIR_STEPPER", Family::Fitness),
    (Sport::Yoga, "YOGA", Family::Fitness),
    (Sport::Pilates, "PILATES", Family::Fitness),
    (Sport::RockClimbing, "ROCK_CLIMBING", Family::Climb),
    (Sport::Golf, "GOLF", Family::Golf),
    (Sport::Soccer, "SOCCER", Family::Team),
    (Sport::Tennis, "TENNIS", Family::Racket),
    (Sport::Badminton, "BADMINTON", Family::Racket),
    (Sport::Pickleball, "PICKLEBALL", Family::Racket),
    (Sport::Racquetball, "RACQUETBALL", Family::Racket),
    (Sport::Squash, "SQUASH", Family::Racket),
    (Sport::TableTennis, "TABLE_TENNIS", Family::Racket),
    (Sport::Padel, "PADEL", Family::Racket),
    (Sport::Basketball, "BASKETBALL", Family::Team),
    (Sport::Volleyball, "VOLLEYBALL", Family::Team),
    (Sport::Cricket, "CRICKET", Family::Team),
    (Sport::Dance, "DANCE", Family::Fitness),
    (Sport::Wheelchair, "WHEELCHAIR", Family::Wheelchair),
    (Sport::Multisport, "MULTISPORT", Family::Multisport),
    (Sport::Transition, "TRANSITION", Family::Transition),
    (Sport::Other, "OTHER", Family::Generic),
];

impl Sport {
    /// Every sport, in the order of the public API.
    pub fn all() -> impl Iterator<Item = Self> {
        SPORTS.iter().map(|(sport, _, _)| *sport)
    }

    /// Its one name, from database to GraphQL.
    pub fn name(self) -> &'static str {
        SPORTS.get(self as usize).map_or("OTHER", |(_, name, _)| name)
    }

    /// The sport of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        SPORTS.iter().find(|(_, known, _)| *known == name).map(|(sport, _, _)| *sport)
    }

    /// The sports it may be taken for.
    pub fn family(self) -> Family {
        SPORTS.get(self as usize).map_or(Family::Generic, |(_, _, family)| *family)
    }

    /// Whether it is done without moving over ground that a satellite sees, so that its distance is a guess of the
    /// machine.
    pub const fn is_indoor(self) -> bool {
        matches!(self, Self::TreadmillRun | Self::IndoorRide | Self::PoolSwim)
    }

    /// Whether its ground is a simulation.
    pub const fn is_virtual(self) -> bool {
        matches!(self, Self::VirtualRun | Self::VirtualRide | Self::VirtualRow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_enum() {
        for (index, (sport, name, _)) in SPORTS.iter().enumerate() {
            assert_eq!(*sport as usize, index, "{name} stands at the wrong place");
            assert_eq!(Sport::from_name(name), Some(*sport), "{name} is twice in the table");
        }
    }
}
