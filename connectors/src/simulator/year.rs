//! What happens in a year: mostly runs and rides that both sources tell alike, and one of everything that makes a hub
//! necessary.

use std::sync::Arc;

use chrono::{DateTime, Duration, Timelike, Utc};
use domain::Sport;

use super::account::{Account, BIKE_COMPUTER, Device, PHONE, Part, Recording, WATCH};
use super::rng::Rng;
use super::{Case, Physical, World};

/// Days that are unlike the others, counted from the first.
const SPECIAL: [(i64, Case); 19] = [
    (20, Case::DistanceInDoubt),
    (34, Case::StartInDoubt),
    (48, Case::TreadmillCalibrated),
    (62, Case::SportDiffers),
    (75, Case::Manual),
    (89, Case::StravaOnly),
    (96, Case::GarminOnly),
    (110, Case::DualDevice),
    (131, Case::StravaOnly),
    (140, Case::HiddenHeartRate),
    (141, Case::HiddenHeartRate),
    (157, Case::GarminOnly),
    (170, Case::EditedAtGarmin),
    (180, Case::TriathlonWhole),
    (200, Case::Treadmill),
    (212, Case::StravaOnly),
    (270, Case::Treadmill),
    (300, Case::GarminOnly),
    (364, Case::GarminOnlyRecent),
];

const ROUTES: [&str; 6] = ["Harbour", "Lighthouse", "Dune", "Mill", "Seal Bank", "Old Pier"];

/// The year that begins at `start`.
pub fn year(seed: u64, start: DateTime<Utc>) -> World {
    let mut story = Story { rng: Rng::new(seed), told: 0, activities: Vec::new() };
    for day in 0..365 {
        let morning = start + Duration::days(day) + Duration::minutes(5 * 60 + story.rng.whole(0, 90));
        let at = morning + Duration::seconds(story.rng.whole(1, 59));
        match SPECIAL.iter().find(|(special, _)| *special == day) {
            Some((_, case)) => story.special(*case, at),
            // Colds, journeys, laziness.
            None if day % 13 == 5 => {}
            None => story.usual(day, at),
        }
    }
    World { activities: story.activities, end: start + Duration::days(365) }
}

struct Story {
    rng: Rng,
    told: u64,
    activities: Vec<Physical>,
}

impl Story {
    fn usual(&mut self, day: i64, at: DateTime<Utc>) {
        let every_other = (day / 7) % 2 == 0;
        let (sport, km) = match day % 7 {
            0 if every_other => (Sport::Strength, (0.0, 0.0)),
            1 => (Sport::Run, (6.0, 9.0)),
            2 => (Sport::Ride, (14.0, 22.0)),
            3 => (Sport::Run, (8.0, 12.0)),
            4 if every_other => (Sport::PoolSwim, (1.5, 2.5)),
            4 => (Sport::Walk, (3.0, 6.0)),
            5 => (Sport::Ride, (45.0, 90.0)),
            6 => (Sport::Run, (14.0, 22.0)),
            _ => return,
        };
        let metres = self.rng.between(km.0, km.1) * 1000.0;
        // A pool is swum in whole lengths.
        let metres = if sport == Sport::PoolSwim { (metres / 25.0).round() * 25.0 } else { metres };
        let mut garmin = self.account(sport, at, metres);
        let mut strava = self.passed_on(&garmin);
        if day % 7 == 2 {
            strava.commute = true;
            strava.name = "To work".to_owned();
        }
        let device = if sport == Sport::Ride { BIKE_COMPUTER } else { WATCH };
        let recording = self.record(&garmin, device);
        // Not every file is in both exports: deleted uploads, files that Strava wrote itself.
        let outdoors = !matches!(sport, Sport::Strength | Sport::PoolSwim);
        match day % 4 {
            2 if outdoors => strava.original = false,
            3 => garmin.recording = None,
            _ => {}
        }
        strava.recording = Some(Arc::clone(&recording));
        if day % 4 != 3 {
            garmin.recording = Some(recording);
        }
        self.add(Case::Matched, vec![strava], vec![garmin]);
    }

    fn special(&mut self, case: Case, at: DateTime<Utc>) {
        let (sport, metres) = match case {
            Case::TreadmillCalibrated => (Sport::TreadmillRun, 9_200.0),
            Case::Treadmill => (Sport::TreadmillRun, 8_000.0),
            Case::DistanceInDoubt => (Sport::Run, 5_000.0),
            Case::SportDiffers | Case::GarminOnly => (Sport::Walk, 5_400.0),
            Case::DualDevice => (Sport::Ride, 41_300.0),
            Case::Manual => (Sport::Strength, 0.0),
            Case::TriathlonWhole => return self.triathlon(at),
            _ => (Sport::Run, 7_300.0),
        };
        // Done in the evening of the last day, hours before the year is over.
        let at = if case == Case::GarminOnlyRecent { at + Duration::hours(12) } else { at };
        let mut garmin = self.account(sport, at, metres);
        let mut strava = self.passed_on(&garmin);
        match case {
            Case::TreadmillCalibrated => strava.distance_m = 10_000.0,
            Case::DistanceInDoubt => strava.distance_m = 7_500.0,
            Case::StartInDoubt => strava.start += Duration::minutes(20),
            Case::SportDiffers => strava.sport = Sport::Run,
            Case::HiddenHeartRate => (strava.heart_rate, strava.original) = (None, false),
            _ => {}
        }
        match case {
            Case::GarminOnly | Case::GarminOnlyRecent => {
                garmin.recording = Some(self.record(&garmin, WATCH));
                self.add(case, Vec::new(), vec![garmin]);
            }
            Case::StravaOnly => {
                strava.recording = Some(self.record(&strava, PHONE));
                self.add(case, vec![strava], Vec::new());
            }
            Case::Manual => {
                strava.start = at.with_minute(0).and_then(|at| at.with_second(0)).unwrap_or(at);
                strava.description = Some("Typed in afterwards: 5 x 5 squats.\nThe watch was charging.".to_owned());
                (strava.heart_rate, strava.moving_s) = (None, strava.elapsed_s);
                self.add(case, vec![strava], Vec::new());
            }
            Case::DualDevice => {
                let watch_start = at + Duration::seconds(2);
                let mut watch = Account {
                    start: watch_start,
                    elapsed_s: garmin.elapsed_s - 1.0,
                    ..self.account(sport, at, metres - 16.0)
                };
                watch.recording = Some(self.record(&watch, WATCH));
                let recording = self.record(&garmin, BIKE_COMPUTER);
                garmin.recording = Some(Arc::clone(&recording));
                strava.recording = Some(recording);
                self.add(case, vec![strava], vec![garmin, watch]);
            }
            Case::EditedAtGarmin => {
                let recording = self.record(&garmin, WATCH);
                garmin.start = garmin.start.with_second(0).unwrap_or(garmin.start);
                garmin.recording = Some(Arc::clone(&recording));
                strava.recording = Some(recording);
                self.add(case, vec![strava], vec![garmin]);
            }
            // Garmin has lost the recording, and Strava wrote a file of its own: no key proves anything.
            Case::DistanceInDoubt | Case::StartInDoubt => {
                strava.recording = Some(self.record(&strava, WATCH));
                strava.original = false;
                self.add(case, vec![strava], vec![garmin]);
            }
            Case::HiddenHeartRate => {
                let silent = Account { heart_rate: None, ..garmin.clone() };
                strava.recording = Some(self.record(&silent, WATCH));
                garmin.recording = Some(self.record(&garmin, WATCH));
                self.add(case, vec![strava], vec![garmin]);
            }
            _ => {
                garmin.recording = Some(self.record(&garmin, WATCH));
                strava.recording.clone_from(&garmin.recording);
                self.add(case, vec![strava], vec![garmin]);
            }
        }
    }

    fn triathlon(&mut self, at: DateTime<Utc>) {
        let mut whole = self.account(Sport::Multisport, at, 51_500.0);
        (whole.is_parent, whole.name) = (true, "Dogger Triathlon".to_owned());
        let mut start = at;
        let mut legs = Vec::new();
        for (sport, metres, elapsed_s) in [
            (Sport::OpenWaterSwim, 1_500.0, 1_740.0),
            (Sport::Transition, 210.0, 150.0),
            (Sport::Ride, 39_700.0, 4_380.0),
            (Sport::Transition, 160.0, 95.0),
            (Sport::Run, 9_930.0, 2_760.0),
        ] {
            let mut leg = self.account(sport, start, metres);
            (leg.elapsed_s, leg.moving_s) = (elapsed_s, elapsed_s);
            leg.parent = Some(whole.external_id.clone());
            start = leg.end();
            legs.push(leg);
        }
        let total = |of: fn(&Account) -> f64| legs.iter().map(of).sum::<f64>();
        (whole.elapsed_s, whole.moving_s) = (total(|leg| leg.elapsed_s), total(|leg| leg.moving_s));
        (whole.distance_m, whole.kcal) = (total(|leg| leg.distance_m), total(|leg| leg.kcal));
        let sessions = legs.iter().map(|leg| Part::of(leg, &mut self.rng)).collect();
        let recording = Arc::new(Recording { device: WATCH, sessions });
        self.add(Case::TriathlonWhole, Vec::new(), vec![whole]);
        for mut leg in legs {
            leg.recording = Some(Arc::clone(&recording));
            let strava = if leg.sport == Sport::Transition {
                Vec::new()
            } else {
                let recording = Some(Arc::clone(&recording));
                vec![Account { recording, parent: None, ..self.passed_on(&leg) }]
            };
            self.add(Case::TriathlonLeg, strava, vec![leg]);
        }
    }

    fn add(&mut self, case: Case, strava: Vec<Account>, garmin: Vec<Account>) {
        self.activities.push(Physical { case, strava, garmin });
    }

    fn record(&mut self, account: &Account, device: Device) -> Arc<Recording> {
        Arc::new(Recording { device, sessions: vec![Part::of(account, &mut self.rng)] })
    }

    /// What Garmin says.
    fn account(&mut self, sport: Sport, start: DateTime<Utc>, distance_m: f64) -> Account {
        self.told += 1;
        let family = sport.family();
        let (pace, heart_rate, kcal_a_minute) = match sport {
            Sport::Strength => (0.0, 108.0, 6.0),
            Sport::PoolSwim | Sport::OpenWaterSwim => (0.8, 131.0, 9.0),
            Sport::Walk | Sport::Transition => (1.45, 96.0, 5.0),
            Sport::Ride => (7.6, 134.0, 9.5),
            _ => (2.95, 149.0, 12.0),
        };
        let moving_s = if pace > 0.0 {
            (distance_m / (pace * self.rng.between(0.93, 1.07))).round()
        } else {
            self.rng.between(2_400.0, 3_600.0).round()
        };
        let outdoors = !sport.is_indoor() && distance_m > 0.0;
        let runs = matches!(family, domain::Family::Run | domain::Family::Foot);
        Account {
            external_id: format!("{}", 700_000_000_000 + self.told * 3),
            name: match sport {
                Sport::Strength => "Strength".to_owned(),
                Sport::PoolSwim => "Pool Swim".to_owned(),
                Sport::Ride => "Dogger Cycling".to_owned(),
                Sport::Walk => "Dogger Walking".to_owned(),
                _ => "Dogger Running".to_owned(),
            },
            description: None,
            sport,
            start,
            elapsed_s: moving_s + self.rng.whole(0, 240) as f64,
            moving_s,
            distance_m: (distance_m * 100.0).round() / 100.0,
            gain_m: outdoors.then(|| (distance_m / 150.0).round()),
            heart_rate: Some((heart_rate + self.rng.between(-6.0, 6.0)).round()),
            cadence: match family {
                domain::Family::Ride => Some(84.0),
                _ if runs => Some(if sport == Sport::Walk { 57.0 } else { 83.0 }),
                _ => None,
            },
            power: (sport == Sport::Ride).then(|| self.rng.between(165.0, 215.0).round()),
            kcal: (moving_s / 60.0 * kcal_a_minute).round(),
            gear: None,
            commute: false,
            recording: None,
            original: true,
            is_parent: false,
            parent: None,
        }
    }

    /// What Strava makes of it: another name, a bit less distance, its own moving time.
    fn passed_on(&mut self, garmin: &Account) -> Account {
        self.told += 1;
        let route = self.rng.one_of(&ROUTES);
        let kind = self.rng.one_of(&["Loop", "Tempo", "Easy", "Out and Back"]);
        let lost = if garmin.sport.is_indoor() || garmin.distance_m == 0.0 { 0.0 } else { self.rng.between(0.0, 4.0) };
        let rides = garmin.sport == Sport::Ride;
        Account {
            external_id: format!("{}", 900_000_000_000 + self.told * 7),
            name: if garmin.distance_m > 0.0 { format!("{route} {kind}") } else { "Squats and Pulls".to_owned() },
            moving_s: if rides { garmin.moving_s - 45.0 } else { garmin.moving_s },
            distance_m: ((garmin.distance_m - lost) * 10.0).round() / 10.0,
            gear: match garmin.sport {
                Sport::Ride => Some("Grey Heron"),
                Sport::Run | Sport::TreadmillRun => Some(if self.told < 300 { "Tern 3" } else { "Tern 4" }),
                _ => None,
            },
            ..garmin.clone()
        }
    }
}
