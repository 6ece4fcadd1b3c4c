//! The policy file, and what can be wrong with it.

mod reader;

use std::collections::{BTreeMap, BTreeSet};

use domain::{Channel, Family, Field, Group, Milli, SourceSlug};
use toml::de::DeTable;

use self::reader::{Node, Reader, Table};
use super::{Exception, Orders, Policy, Preference, Tolerance};

/// The policy that ships with the program.
pub(super) const BUILT_IN: &str = include_str!("../../default_policy.toml");

/// The structure of a cluster is found among pairs at least this probable: a lower `auto` would promise what the
/// engine does not look for.
const LOWEST_AUTO: f64 = 0.90;

/// What is wrong with a policy file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct PolicyError {
    /// Line and key.
    pub place: String,
    /// What is wrong and what would be right.
    pub problem: String,
}

/// How values are written, for those who wrote them otherwise.
const LIKE_WINDOW: &str = "window_hours = 72";
const LIKE_MATCHING: &str = "[matching] and below it auto = 0.99 and review = 0.50";
const LIKE_SOURCES: &str = "[sources] and below it order = [\"strava\", \"garmin\", \"file\"]";
const LIKE_ORDER: &str = "[\"strava\", \"garmin/push\", \"file\"]";
const LIKE_GROUPS: &str = "[groups] and below it laps = [\"garmin\", \"strava\"]";
const LIKE_FIELDS: &str = "[fields] and below it DEVICE = [\"garmin\", \"strava\"]";
const LIKE_WHEN: &str =
    "[[when]] and below it family = \"ride\" and groups = { heart_rate = [\"garmin\", \"strava\"] }";
const LIKE_TOLERANCE: &str = "[tolerance] and below it DISTANCE_M = { absolute = 50, relative = 0.02 }";
const LIKE_MEASURE: &str = "\"any\", or { absolute = A, relative = R } with A at least 0 and R from 0 to 1";

/// What the file says of matching.
struct Matching {
    auto_ppm: u32,
    review_ppm: u32,
    attach_second_devices: bool,
}

impl<'t> Reader<'t> {
    fn window_s(&mut self, root: &Table<'t>) -> Option<i64> {
        let said = self.need(root, "window_hours", LIKE_WINDOW)?;
        let window_s = (self.number(&said, LIKE_WINDOW)? * 3600.0).round();
        if !(0.0..=31_536_000.0).contains(&window_s) {
            self.wrong(said.at, said.path, "a window is 0 to 8760 hours");
            return None;
        }
        Some(window_s as i64)
    }

    fn matching(&mut self, root: &Table<'t>) -> Option<Matching> {
        let said = self.need(root, "matching", LIKE_MATCHING)?;
        let table = self.table(said, LIKE_MATCHING)?;
        self.only(&table, &["auto", "review", "second_device"]);
        let auto_ppm = self.part(&table, "auto", LOWEST_AUTO, "auto = 0.99");
        let review_ppm = self.part(&table, "review", 0.1, "review = 0.50");
        let attach_second_devices = match table.get("second_device") {
            Some(said) => self.attaches(&said),
            None => Some(false),
        };
        let (auto_ppm, review_ppm, attach_second_devices) = (auto_ppm?, review_ppm?, attach_second_devices?);
        if let Some(review) = table.get("review").filter(|_| review_ppm > auto_ppm) {
            self.wrong(review.at, review.path, "must not be above matching.auto");
        }
        Some(Matching { auto_ppm, review_ppm, attach_second_devices })
    }

    fn attaches(&mut self, said: &Node<'t>) -> Option<bool> {
        match self.text(said, "second_device = \"review\"")? {
            "review" => Some(false),
            "attach" => Some(true),
            other => {
                self.wrong(said.at, &said.path, format!("\"{other}\" is unknown; it is \"review\" or \"attach\""));
                None
            }
        }
    }

    /// A probability from `low` to 1, in millionths.
    fn part(&mut self, table: &Table<'t>, key: &str, low: f64, like: &str) -> Option<u32> {
        let said = self.need(table, key, like)?;
        let number = self.number(&said, like)?;
        if !(low..=1.0).contains(&number) {
            self.wrong(said.at, said.path, format!("{number} is out of range: {low} to 1"));
            return None;
        }
        Some((number * 1e6).round() as u32)
    }

    /// Who is asked first, and what is never chosen.
    fn sources(&mut self, root: &Table<'t>) -> Option<(Vec<Preference>, BTreeSet<Preference>)> {
        let said = self.need(root, "sources", LIKE_SOURCES)?;
        let table = self.table(said, LIKE_SOURCES)?;
        self.only(&table, &["order", "exclude"]);
        let exclude = table.get("exclude").map_or_else(Vec::new, |said| self.order(&said));
        let said = self.need(&table, "order", "order = [\"strava\", \"garmin\", \"file\"]")?;
        let noted = self.noted();
        let order = self.order(&said);
        if order.is_empty() && self.noted() == noted {
            self.wrong(said.at, said.path, "names at least one source: the first leads");
        }
        Some((order, exclude.into_iter().collect()))
    }

    fn order(&mut self, said: &Node<'t>) -> Vec<Preference> {
        let list = self.list(said, LIKE_ORDER).unwrap_or_default();
        list.iter().filter_map(|one| self.preference(one)).collect()
    }

    fn preference(&mut self, said: &Node<'t>) -> Option<Preference> {
        let text = self.text(said, "\"strava\" or \"garmin/push\"")?;
        let (source, channel) = match text.split_once('/') {
            Some((source, channel)) => (source, Some(channel)),
            None => (text, None),
        };
        let Ok(source) = SourceSlug::parse(source) else {
            let problem = format!("\"{text}\" names no source; a name is like strava, garmin, file");
            self.wrong(said.at, &said.path, problem);
            return None;
        };
        let Some(channel) = channel else { return Some(Preference { source, channel: None }) };
        let Some(channel) = Channel::from_name(&channel.to_ascii_uppercase()) else {
            let problem = format!("\"{text}\" names no channel; the channels are api, push, archive, upload");
            self.wrong(said.at, &said.path, problem);
            return None;
        };
        Some(Preference { source, channel: Some(channel) })
    }

    /// The orders for groups and fields that a table gives.
    fn orders(&mut self, table: &Table<'t>) -> Orders {
        let mut orders = Orders::default();
        let groups = table.get("groups").and_then(|said| self.table(said, LIKE_GROUPS));
        for (name, said) in groups.iter().flat_map(Table::entries) {
            let order = self.order(&said);
            match Group::from_name(name) {
                Some(group) => drop(orders.groups.insert(group, order)),
                None => {
                    let known: Vec<&str> = Group::ALL.iter().map(|group| group.name()).collect();
                    let problem = format!("there is no such group; the groups are {}", known.join(", "));
                    self.wrong(said.at, said.path, problem);
                }
            }
        }
        let fields = table.get("fields").and_then(|said| self.table(said, LIKE_FIELDS));
        for (name, said) in fields.iter().flat_map(Table::entries) {
            let order = self.order(&said);
            let Some(field) = self.field(name, &said) else { continue };
            if field.group().is_coherent() {
                let group = field.group().name();
                let problem = format!("this field goes with its group: give an order for groups.{group}");
                self.wrong(said.at, said.path, problem);
                continue;
            }
            orders.fields.insert(field, order);
        }
        orders
    }

    fn field(&mut self, name: &str, said: &Node<'t>) -> Option<Field> {
        let field = Field::from_name(name);
        if field.is_none() {
            let problem = "there is no such field; fields have their names in the API, e.g. DISTANCE_M";
            self.wrong(said.at, &said.path, problem);
        }
        field
    }

    fn exceptions(&mut self, root: &Table<'t>) -> Vec<Exception> {
        let list = root.get("when").and_then(|said| self.list(&said, LIKE_WHEN)).unwrap_or_default();
        list.into_iter().filter_map(|said| self.exception(said)).collect()
    }

    fn exception(&mut self, said: Node<'t>) -> Option<Exception> {
        let table = self.table(said, LIKE_WHEN)?;
        self.only(&table, &["family", "device", "groups", "fields"]);
        let family = table.get("family").and_then(|said| self.family(&said));
        let device = table.get("device").and_then(|said| self.text(&said, "device = \"zwift*\""));
        Some(Exception { family, device: device.map(str::to_lowercase), orders: self.orders(&table) })
    }

    fn family(&mut self, said: &Node<'t>) -> Option<Family> {
        let name = self.text(said, "family = \"ride\"")?;
        let found = FAMILIES.iter().find(|(_, known)| *known == name).map(|(family, _)| *family);
        if found.is_none() {
            let known: Vec<&str> = FAMILIES.iter().map(|(_, name)| *name).collect();
            self.wrong(said.at, &said.path, format!("there is no such family; they are {}", known.join(", ")));
        }
        found
    }

    fn tolerances(&mut self, root: &Table<'t>) -> BTreeMap<Field, Tolerance> {
        let table = root.get("tolerance").and_then(|said| self.table(said, LIKE_TOLERANCE));
        let mut tolerances = BTreeMap::new();
        for (name, said) in table.iter().flat_map(Table::entries) {
            let field = self.field(name, &said);
            if let (Some(tolerance), Some(field)) = (self.tolerance(said), field) {
                tolerances.insert(field, tolerance);
            }
        }
        tolerances
    }

    fn tolerance(&mut self, said: Node<'t>) -> Option<Tolerance> {
        let (at, path) = (said.at, said.path.clone());
        if said.is_text() {
            let word = self.text(&said, LIKE_MEASURE)?;
            if word != "any" {
                self.wrong(at, path, format!("\"{word}\" is no tolerance; a tolerance is {LIKE_MEASURE}"));
                return None;
            }
            return Some(Tolerance::Any);
        }
        let table = self.table(said, LIKE_MEASURE)?;
        self.only(&table, &["absolute", "relative"]);
        let mut number = |key: &str| match table.get(key) {
            Some(said) => self.number(&said, LIKE_MEASURE),
            None => Some(0.0),
        };
        let (absolute, relative) = (number("absolute"), number("relative"));
        let (absolute, relative) = (absolute?, relative?);
        let within = Milli::from_f64(absolute).filter(|_| absolute >= 0.0 && (0.0..=1.0).contains(&relative));
        if within.is_none() {
            self.wrong(at, path, format!("a tolerance is {LIKE_MEASURE}"));
        }
        Some(Tolerance::Within { absolute: within?, relative_ppm: (relative * 1e6).round() as u32 })
    }
}

const FAMILIES: [(Family, &str); 18] = [
    (Family::Run, "run"),
    (Family::Foot, "foot"),
    (Family::Ride, "ride"),
    (Family::Swim, "swim"),
    (Family::Row, "row"),
    (Family::Water, "water"),
    (Family::Snow, "snow"),
    (Family::Skate, "skate"),
    (Family::Strength, "strength"),
    (Family::Fitness, "fitness"),
    (Family::Climb, "climb"),
    (Family::Racket, "racket"),
    (Family::Team, "team"),
    (Family::Golf, "golf"),
    (Family::Wheelchair, "wheelchair"),
    (Family::Multisport, "multisport"),
    (Family::Transition, "transition"),
    (Family::Generic, "generic"),
];

impl Policy {
    /// Reads a policy file.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its line and key.
    pub fn parse(text: &str) -> Result<Self, Vec<PolicyError>> {
        let mut reader = Reader::new(text);
        let file = match DeTable::parse(text) {
            Ok(file) => file,
            Err(error) => {
                reader.broken(&error);
                return Err(reader.finish());
            }
        };
        let root = Table::root(file.get_ref());
        reader.only(&root, &["window_hours", "matching", "sources", "groups", "fields", "when", "tolerance"]);
        let window_s = reader.window_s(&root);
        let matching = reader.matching(&root);
        let sources = reader.sources(&root);
        let orders = reader.orders(&root);
        let exceptions = reader.exceptions(&root);
        let tolerances = reader.tolerances(&root);
        match (window_s, matching, sources) {
            (Some(window_s), Some(matching), Some((order, exclude))) if reader.noted() == 0 => Ok(Self {
                text: text.to_owned(),
                window_s,
                auto_ppm: matching.auto_ppm,
                review_ppm: matching.review_ppm,
                attach_second_devices: matching.attach_second_devices,
                order,
                exclude,
                orders,
                exceptions,
                tolerances,
            }),
            _ => Err(reader.finish()),
        }
    }
}

#[cfg(test)]
mod tests;
