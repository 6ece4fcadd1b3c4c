//! The policy file, and what can be wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Channel, Family, Field, Group, Milli, SourceSlug};
use serde::Deserialize;
use toml::Spanned;

use super::{Exception, Orders, Policy, Preference, Tolerance};

/// The policy that ships with the program.
pub(super) const BUILT_IN: &str = include_str!("../default_policy.toml");

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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    window_hours: Spanned<f64>,
    matching: Matching,
    sources: Sources,
    #[serde(default)]
    groups: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    #[serde(default)]
    fields: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    #[serde(default)]
    when: Vec<When>,
    #[serde(default)]
    tolerance: BTreeMap<Spanned<String>, Spanned<Measure>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Matching {
    auto: Spanned<f64>,
    review: Spanned<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sources {
    order: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    exclude: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct When {
    family: Option<Spanned<String>>,
    device: Option<String>,
    #[serde(default)]
    groups: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    #[serde(default)]
    fields: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Measure {
    Word(String),
    Numbers(Numbers),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Numbers {
    #[serde(default)]
    absolute: f64,
    #[serde(default)]
    relative: f64,
}

/// Collects everything that is wrong, so that a person mends a file once.
struct Reader<'t> {
    text: &'t str,
    errors: Vec<PolicyError>,
}

impl Reader<'_> {
    fn wrong(&mut self, at: usize, key: &str, problem: impl Into<String>) {
        let line = self.text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
        self.errors.push(PolicyError { place: format!("line {line}, {key}"), problem: problem.into() });
    }

    fn preference(&mut self, key: &str, said: &Spanned<String>) -> Option<Preference> {
        let text = said.get_ref();
        let (source, channel) = match text.split_once('/') {
            Some((source, channel)) => (source, Some(channel)),
            None => (text.as_str(), None),
        };
        let Ok(source) = SourceSlug::parse(source) else {
            self.wrong(
                said.span().start,
                key,
                format!("\"{text}\" names no source; a name is like strava, garmin, file"),
            );
            return None;
        };
        let Some(channel) = channel else { return Some(Preference { source, channel: None }) };
        let Some(channel) = Channel::from_name(&channel.to_ascii_uppercase()) else {
            self.wrong(
                said.span().start,
                key,
                format!("\"{text}\" names no channel; the channels are api, push, archive, upload"),
            );
            return None;
        };
        Some(Preference { source, channel: Some(channel) })
    }

    fn order(&mut self, key: &str, said: &[Spanned<String>]) -> Vec<Preference> {
        said.iter().filter_map(|one| self.preference(key, one)).collect()
    }

    fn orders(
        &mut self,
        groups: &BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
        fields: &BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    ) -> Orders {
        let mut orders = Orders::default();
        for (name, said) in groups {
            let key = format!("groups.{}", name.get_ref());
            let order = self.order(&key, said);
            match Group::from_name(name.get_ref()) {
                Some(group) => drop(orders.groups.insert(group, order)),
                None => {
                    let known: Vec<&str> = Group::ALL.iter().map(|group| group.name()).collect();
                    self.wrong(
                        name.span().start,
                        &key,
                        format!("there is no such group; the groups are {}", known.join(", ")),
                    );
                }
            }
        }
        for (name, said) in fields {
            let key = format!("fields.{}", name.get_ref());
            let order = self.order(&key, said);
            let Some(field) = self.field(name, &key) else { continue };
            if field.group().is_coherent() {
                let group = field.group().name();
                self.wrong(
                    name.span().start,
                    &key,
                    format!("this field goes with its group: give an order for groups.{group}"),
                );
                continue;
            }
            orders.fields.insert(field, order);
        }
        orders
    }

    fn field(&mut self, name: &Spanned<String>, key: &str) -> Option<Field> {
        let field = Field::from_name(name.get_ref());
        if field.is_none() {
            self.wrong(
                name.span().start,
                key,
                "there is no such field; fields have their names in the API, e.g. DISTANCE_M",
            );
        }
        field
    }

    fn tolerance(&mut self, key: &str, said: &Spanned<Measure>) -> Option<Tolerance> {
        match said.get_ref() {
            Measure::Word(word) if word == "any" => Some(Tolerance::Any),
            Measure::Numbers(Numbers { absolute, relative }) if *absolute >= 0.0 && (0.0..=1.0).contains(relative) => {
                Some(Tolerance::Within {
                    absolute: Milli::from_f64(*absolute)?,
                    relative_ppm: (relative * 1e6).round() as u32,
                })
            }
            _ => {
                self.wrong(
                    said.span().start,
                    key,
                    "a tolerance is \"any\", or { absolute = A, relative = R } with A at least 0 and R from 0 to 1",
                );
                None
            }
        }
    }

    fn part(&mut self, key: &str, said: &Spanned<f64>, low: f64, high: f64) -> u32 {
        if !(low..=high).contains(said.get_ref()) {
            self.wrong(said.span().start, key, format!("{} is out of range: {low} to {high}", said.get_ref()));
        }
        (said.get_ref() * 1e6).round().clamp(0.0, 1e6) as u32
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
        let file: File = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let mut reader = Reader { text, errors: Vec::new() };
            reader.wrong(at, "the file", error.message());
            reader.errors
        })?;
        let mut reader = Reader { text, errors: Vec::new() };
        let window_s = (file.window_hours.get_ref() * 3600.0).round();
        if !(0.0..=31_536_000.0).contains(&window_s) {
            reader.wrong(file.window_hours.span().start, "window_hours", "a window is 0 to 8760 hours");
        }
        let auto_ppm = reader.part("matching.auto", &file.matching.auto, LOWEST_AUTO, 1.0);
        let review_ppm = reader.part("matching.review", &file.matching.review, 0.1, 1.0);
        if review_ppm > auto_ppm {
            reader.wrong(file.matching.review.span().start, "matching.review", "must not be above matching.auto");
        }
        let order = reader.order("sources.order", file.sources.order.get_ref());
        if order.is_empty() {
            reader.wrong(
                file.sources.order.span().start,
                "sources.order",
                "names at least one source: the first leads",
            );
        }
        let exclude: BTreeSet<Preference> =
            reader.order("sources.exclude", &file.sources.exclude).into_iter().collect();
        let orders = reader.orders(&file.groups, &file.fields);
        let exceptions = file.when.iter().map(|when| exception(&mut reader, when)).collect();
        let mut tolerances = BTreeMap::new();
        for (name, said) in &file.tolerance {
            let key = format!("tolerance.{}", name.get_ref());
            if let (Some(field), Some(tolerance)) = (reader.field(name, &key), reader.tolerance(&key, said)) {
                tolerances.insert(field, tolerance);
            }
        }
        if !reader.errors.is_empty() {
            return Err(reader.errors);
        }
        Ok(Self {
            text: text.to_owned(),
            window_s: window_s as i64,
            auto_ppm,
            review_ppm,
            order,
            exclude,
            orders,
            exceptions,
            tolerances,
        })
    }
}

fn exception(reader: &mut Reader<'_>, when: &When) -> Exception {
    let family = when.family.as_ref().and_then(|name| {
        let found = FAMILIES.iter().find(|(_, known)| known == name.get_ref()).map(|(family, _)| *family);
        if found.is_none() {
            let known: Vec<&str> = FAMILIES.iter().map(|(_, name)| *name).collect();
            reader.wrong(
                name.span().start,
                "when.family",
                format!("there is no such family; they are {}", known.join(", ")),
            );
        }
        found
    });
    let device = when.device.as_ref().map(|device| device.to_lowercase());
    Exception { family, device, orders: reader.orders(&when.groups, &when.fields) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_policy_can_be_read() {
        assert_eq!(Policy::parse(BUILT_IN).map(|policy| policy.window_s), Ok(72 * 3600));
    }

    #[test]
    fn errors_name_line_and_key_and_come_all_at_once() {
        let text = BUILT_IN
            .replace("auto = 0.99", "auto = 0.5")
            .replace("\"garmin/push\"", "\"garmin/pusch\"")
            .replace("DEVICE = [", "DEVISE = [");
        let errors = Policy::parse(&text).unwrap_err();
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(errors.len(), 3, "{told:?}");
        assert!(told[0].starts_with("line 10, matching.auto: 0.5 is out of range"), "{told:?}");
        assert!(told[1].contains("sources.order: \"garmin/pusch\" names no channel"), "{told:?}");
        assert!(told[2].contains("fields.DEVISE: there is no such field"), "{told:?}");
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        let errors = Policy::parse(&format!("tempo = 1\n{BUILT_IN}")).unwrap_err();
        assert!(errors[0].problem.contains("tempo"), "{errors:?}");
    }

    #[test]
    fn a_field_of_a_coherent_group_has_no_order_of_its_own() {
        let text = BUILT_IN.replace("[fields]", "[fields]\nDISTANCE_M = [\"garmin\"]");
        let errors = Policy::parse(&text).unwrap_err();
        assert!(errors[0].problem.contains("groups.core"), "{errors:?}");
    }
}
