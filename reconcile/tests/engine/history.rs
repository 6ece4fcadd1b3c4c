//! Made-up years of athletes, with the noise that real pairs were measured to have, and the truth beside them.
//!
//! Noise by `reference/garmin.md` §11 and `reference/strava.md` §4: starts equal to the second but for second devices,
//! elapsed rounded to whole seconds, distances 0.07 % apart (older ones up to 0.6 %), labels of one family.

use domain::{Field, Milli, SourceRecord, Sport, Value};

use crate::case::{Case, at, g, m, s};

/// A small generator of numbers (splitmix64): the same seed, the same history, on every machine.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 up to 1.
    pub fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.part()
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.part() < probability
    }

    /// About normal: the sum of twelve.
    fn bell(&mut self, deviation: f64) -> f64 {
        ((0..12).map(|_| self.part()).sum::<f64>() - 6.0) * deviation
    }

    pub fn below(&mut self, count: usize) -> usize {
        (self.part() * count as f64) as usize
    }
}

/// How hard a history is to read: parts of one, unless said otherwise.
#[derive(Clone, Copy)]
pub struct Mix {
    /// Pairs that carry a Garmin id.
    pub named: f64,
    /// Other pairs of which Strava's side says that it came from Garmin.
    pub claimed: f64,
    /// Days with two or three pieces a minute apart.
    pub back_to_back: f64,
    /// Pairs of which one side's clock is whole hours off.
    pub shifted: f64,
    /// Pairs of which Strava's side is cut.
    pub cropped: f64,
    /// Activities that a second device recorded as well.
    pub dual: f64,
    /// Of those, the ones whose second device gives to the first one's source.
    pub dual_same_source: f64,
    /// Activities whose records have a start point.
    pub located: f64,
    /// Of those, the ones whose records have an end point, too.
    pub ended: f64,
    /// Records whose device is known by its serial number.
    pub known_device: f64,
    /// Pairs of which both sides name the device's model.
    pub model: f64,
    /// Activities that are a triathlon.
    pub multisport: f64,
    /// Pairs that start apart, and by how many seconds about.
    pub late: f64,
    pub late_s: f64,
    /// Pairs of which Strava's side leaves out the pauses: up to 145 s.
    pub paused: f64,
    /// Pairs of which one side has no distance.
    pub unmeasured: f64,
    /// Pairs with two words for one sport.
    pub words: f64,
    /// Pairs of which Strava's side rounds to 10 s and 100 m.
    pub rounded: f64,
}

/// What most athletes have.
pub const ORDINARY: Mix = Mix {
    named: 0.3,
    claimed: 0.8,
    back_to_back: 0.05,
    shifted: 0.01,
    cropped: 0.02,
    dual: 0.01,
    dual_same_source: 0.0,
    located: 0.9,
    ended: 1.0,
    known_device: 0.6,
    model: 0.0,
    multisport: 0.005,
    late: 0.05,
    late_s: 8.0,
    paused: 0.0,
    unmeasured: 0.0,
    words: 0.04,
    rounded: 0.0,
};

/// What hurts.
pub const HARD: Mix = Mix {
    named: 0.05,
    back_to_back: 0.18,
    shifted: 0.08,
    cropped: 0.15,
    dual: 0.04,
    located: 0.85,
    known_device: 0.5,
    multisport: 0.02,
    ..ORDINARY
};

/// Records and, for each, which physical activity it truly is of, and what kind of one.
pub struct History {
    pub records: Vec<SourceRecord>,
    pub truth: Vec<u32>,
    pub kinds: Vec<Kind>,
}

/// What may never be merged with another of its like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Plain,
    /// One of a day's pieces, a minute apart.
    Piece,
    /// A triathlon, or a part of one.
    Multisport,
}

struct Maker<'d> {
    dice: &'d mut Dice,
    mix: Mix,
    athlete: u128,
    home: (f64, f64),
    physical: u32,
    made: Vec<(Case, u32)>,
    kind: Kind,
    kinds: Vec<Kind>,
    numbers: u32,
}

/// One athlete's days, from that one.
pub fn athlete(dice: &mut Dice, mix: Mix, athlete: u128, first_day: i64, days: i64) -> History {
    let home = (dice.between(30.0, 60.0), dice.between(-10.0, 40.0));
    let mut maker = Maker {
        dice,
        mix,
        athlete,
        home,
        physical: 0,
        made: Vec::new(),
        numbers: 0,
        kind: Kind::Plain,
        kinds: Vec::new(),
    };
    for day in first_day..first_day + days {
        maker.day(day * 86_400);
    }
    let truth = maker.made.iter().map(|(_, physical)| *physical).collect();
    let kinds =
        maker.made.iter().filter_map(|(_, physical)| maker.kinds.get(*physical as usize - 1).copied()).collect();
    History { records: maker.made.iter().map(|(case, _)| case.build()).collect(), truth, kinds }
}

/// What truly happened, before anyone recorded it.
#[derive(Clone, Copy)]
struct Physical {
    start: i64,
    elapsed: f64,
    metres: f64,
    sport: Sport,
    place: (f64, f64),
    end: (f64, f64),
}

impl Maker<'_> {
    fn id(&mut self) -> String {
        self.numbers += 1;
        format!("{}{:07}", self.athlete, self.numbers)
    }

    /// A new physical activity, of the kind that is being made.
    fn begin(&mut self) -> u32 {
        self.physical += 1;
        self.kinds.push(self.kind);
        self.physical
    }

    fn day(&mut self, midnight: i64) {
        if !self.dice.chance(0.6) {
            return;
        }
        let start = midnight + self.dice.between(5.0, 20.0) as i64 * 3600 + self.dice.below(3600) as i64;
        if self.dice.chance(self.mix.multisport) {
            self.kind = Kind::Multisport;
            self.triathlon(start);
        } else if self.dice.chance(self.mix.back_to_back) {
            self.kind = Kind::Piece;
            let mut start = start;
            for _ in 0..2 + self.dice.below(3) {
                let one = self.physical(start, true);
                start = one.start + one.elapsed as i64 + self.dice.between(20.0, 300.0) as i64;
                self.record(one);
            }
        } else {
            self.kind = Kind::Plain;
            let one = self.physical(start, false);
            self.record(one);
        }
    }

    fn physical(&mut self, start: i64, short: bool) -> Physical {
        let (sport, pace) = match self.dice.below(10) {
            0..4 => (Sport::Run, 3.0),
            4..8 => (Sport::Ride, 7.5),
            8 => (Sport::Walk, 1.4),
            _ => (Sport::Strength, 0.0),
        };
        let elapsed = if short { self.dice.between(200.0, 1500.0) } else { self.dice.between(1200.0, 9000.0) };
        let pace = pace * self.dice.between(0.85, 1.15);
        let away = self.dice.chance(0.4);
        let place = if away {
            (self.home.0 + self.dice.bell(0.05), self.home.1 + self.dice.bell(0.05))
        } else {
            (self.home.0 + self.dice.bell(0.0003), self.home.1 + self.dice.bell(0.0003))
        };
        let end = (place.0 + self.dice.bell(0.002), place.1 + self.dice.bell(0.002));
        Physical { start, elapsed, metres: elapsed * pace, sport, place, end }
    }

    /// What a device or a service says of it.
    fn told(&mut self, make: fn(&str, &str, f64) -> Case, one: Physical, exact: bool) -> Case {
        let id = self.id();
        let spread = if self.dice.chance(0.2) { 0.002 } else { 0.0003 };
        let metres = one.metres * (1.0 + self.dice.bell(spread));
        let elapsed = if exact { one.elapsed } else { (one.elapsed + self.dice.bell(0.4)).round() };
        let start = chrono::DateTime::from_timestamp(one.start, 0).expect("an instant").to_rfc3339();
        let mut case = make(&id, &start, elapsed).sport(one.sport).athlete(self.athlete);
        if one.metres > 0.0 {
            case = case.set(Field::DistanceM, Value::Number(Milli::from_f64(metres).expect("metres")));
        }
        if self.dice.chance(self.mix.located) {
            let (near, far) = (self.dice.bell(0.0002), self.dice.bell(0.0002));
            case = case.from(one.place.0 + near, one.place.1 + far);
            if self.dice.chance(self.mix.ended) {
                case = case.to(one.end.0 + near, one.end.1 + far);
            }
        }
        case
    }

    fn record(&mut self, one: Physical) {
        let physical = self.begin();
        let serial = self.dice.chance(self.mix.known_device).then_some(4_000_000 + self.athlete as u32);
        let with_serial = |case: Case, serial: Option<u32>| match serial {
            Some(serial) => case.serial(serial),
            None => case,
        };
        let garmin = self.told(g, one, true);
        let garmin = with_serial(garmin, serial);
        let alone = self.dice.part();
        if alone < 0.10 {
            self.made.push((garmin, physical));
            return;
        }
        if alone < 0.18 {
            let strava = self.told(s, one, false);
            self.made.push((strava, physical));
            return;
        }
        let mut seen = one;
        let mut sport = one.sport;
        if self.dice.chance(self.mix.words) {
            sport = match (one.sport, self.dice.below(3)) {
                (_, 0) => Sport::Workout,
                (Sport::Run, _) => Sport::TrailRun,
                (Sport::Ride, 1) => Sport::GravelRide,
                (Sport::Ride, _) => Sport::EBikeRide,
                (Sport::Walk, _) => Sport::Hike,
                (sport, _) => sport,
            };
        }
        seen.sport = sport;
        if self.dice.chance(self.mix.cropped) && one.metres > 0.0 {
            let cut = self.dice.between(0.03, 0.45);
            if self.dice.chance(0.5) {
                seen.start += (one.elapsed * cut) as i64;
                seen.place = (one.place.0 + 0.01, one.place.1 + 0.01);
            } else {
                seen.end = (one.end.0 + 0.01, one.end.1 + 0.01);
            }
            seen.elapsed *= 1.0 - cut;
            seen.metres *= 1.0 - cut;
        } else if self.dice.chance(self.mix.shifted) && one.metres > 0.0 {
            let hours = 1 + self.dice.below(9) as i64;
            seen.start += if self.dice.chance(0.5) { hours * 3600 } else { -hours * 3600 };
        } else if self.dice.chance(self.mix.late) {
            seen.start += self.dice.bell(self.mix.late_s) as i64;
        }
        if self.dice.chance(self.mix.paused) {
            seen.elapsed = (seen.elapsed - self.dice.between(0.0, 145.0)).max(seen.elapsed * 0.9);
        }
        if self.dice.chance(self.mix.rounded) {
            seen.elapsed = (seen.elapsed / 10.0).round() * 10.0;
            seen.metres = (seen.metres / 100.0).round() * 100.0;
        }
        if self.dice.chance(self.mix.unmeasured) {
            seen.metres = 0.0;
        }
        let strava = self.told(s, seen, false);
        let model = self.dice.chance(self.mix.model);
        let (garmin, strava) = if model {
            let named = |case: Case, name: &str| case.set(Field::Device, Value::Text(name.to_owned()));
            (named(garmin, "Forerunner 255"), named(strava, "Garmin Forerunner 255"))
        } else {
            (garmin, strava)
        };
        let strava = with_serial(strava, serial.filter(|_| self.dice.chance(0.5)));
        let strava = if self.dice.chance(self.mix.named) {
            let id = garmin.build().external_id.to_string();
            strava.came_from_garmin(Some(&id))
        } else if self.dice.chance(self.mix.claimed) {
            strava.came_from_garmin(None)
        } else {
            strava
        };
        self.made.push((garmin, physical));
        self.made.push((strava, physical));
        if self.dice.chance(self.mix.dual) {
            let mut other = one;
            other.start += self.dice.bell(20.0) as i64;
            other.elapsed += self.dice.bell(15.0);
            other.metres *= 1.0 + self.dice.bell(0.006);
            let second = if self.dice.chance(self.mix.dual_same_source) { g } else { m };
            let file = self.told(second, other, true).serial(9_000_000 + self.athlete as u32);
            self.made.push((file, physical));
        }
    }

    fn triathlon(&mut self, start: i64) {
        let whole_id = self.id();
        let text = |seconds: i64| chrono::DateTime::from_timestamp(seconds, 0).expect("an instant").to_rfc3339();
        let parts = [
            (Sport::OpenWaterSwim, Sport::Swim, 1700.0, 1500.0),
            (Sport::Transition, Sport::Workout, 130.0, 250.0),
            (Sport::Ride, Sport::Ride, 4300.0, 40_000.0),
            (Sport::Transition, Sport::Workout, 95.0, 150.0),
            (Sport::Run, Sport::Run, 2700.0, 10_000.0),
        ];
        let total: f64 = parts.iter().map(|part| part.2).sum();
        let physical = self.begin();
        let whole = g(&whole_id, &text(start), total).km(51.9).sport(Sport::Multisport).whole().athlete(self.athlete);
        self.made.push((whole, physical));
        // Strava has one entry for all, or one for each part.
        let one_entry = self.dice.chance(0.3);
        if one_entry {
            let id = self.id();
            let entry = s(&id, &text(start), total.round()).km(51.8).sport(Sport::Workout);
            self.made.push((entry.athlete(self.athlete), physical));
        }
        let mut begin = start;
        for (sport, strava_sport, elapsed, metres) in parts {
            let physical = self.begin();
            let leg_id = self.id();
            let leg = g(&leg_id, &text(begin), elapsed).km(metres / 1000.0).sport(sport).leg(&whole_id);
            self.made.push((leg.athlete(self.athlete), physical));
            if strava_sport != Sport::Workout && !one_entry {
                let id = self.id();
                let strava = s(&id, &text(begin), elapsed.round()).km(metres / 1000.0).sport(strava_sport);
                self.made.push((strava.athlete(self.athlete), physical));
            }
            begin += elapsed as i64;
        }
    }
}

/// The day from which histories begin.
pub fn first_day() -> i64 {
    at("2025-01-01T00:00:00Z").timestamp() / 86_400
}
