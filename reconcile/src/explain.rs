//! "Why are these two one?" and "why this value?", in sentences that a person understands.

use chrono::SecondsFormat;
use domain::{Agreement, Field, Milli, Origin, Provenance, Rule, Value};

use crate::survivorship::CROPPED;
use crate::{DecidedBy, Evidence, EvidenceKind, Judgement, Verdict};

/// One observation in a sentence.
pub fn evidence(evidence: &Evidence) -> String {
    let (a, b) = (evidence.a.as_ref(), evidence.b.as_ref());
    let both = |what: &str| match (a, b) {
        (Some(a), Some(b)) => format!("{what}: {} and {}", value(a), value(b)),
        _ => what.to_owned(),
    };
    match evidence.kind {
        EvidenceKind::CrossReference if a == b => "Two channels of one source give the same id.".to_owned(),
        EvidenceKind::CrossReference => both("One record names the other's id") + ".",
        EvidenceKind::FileChecksum => {
            "Both come from the same file, byte for byte, and the same session in it.".to_owned()
        }
        EvidenceKind::FileIdentity => "Both files say that one device began them at the same second.".to_owned(),
        EvidenceKind::StartTime => match apart(a, b) {
            Some(0) => "They began in the same second.".to_owned(),
            Some(seconds) => format!("They began {} apart.", duration(seconds)),
            None => "One of the starts is not known.".to_owned(),
        },
        EvidenceKind::TimeOverlap => match (number(a), number(b)) {
            (Some(common), Some(covered)) if covered > 0.0 => {
                format!("{:.0} % of the time that either covers is common to both.", common / covered * 100.0)
            }
            _ => "Their times were compared.".to_owned(),
        },
        EvidenceKind::WholeHourShift => match apart(a, b) {
            _ if number(a).is_some() => format!(
                "Neighbouring activities of both sources differ by the same {}.",
                duration(number(a).unwrap_or_default() as i64)
            ),
            Some(seconds) => format!(
                "Everything agrees but the starts, which differ by {}: one clock stood in another time zone.",
                duration(seconds)
            ),
            None => "One clock stood wrong.".to_owned(),
        },
        EvidenceKind::ElapsedTime => match (number(a), number(b)) {
            (Some(a), Some(b)) if a == b => format!("Both took {}.", duration(a as i64)),
            (Some(a), Some(b)) => format!("One took {}, the other {}.", duration(a as i64), duration(b as i64)),
            _ => "Their lengths were compared.".to_owned(),
        },
        EvidenceKind::Distance => match (number(a), number(b)) {
            (Some(a), Some(b)) => format!("One went {a:.0} m, the other {b:.0} m."),
            _ => "Their distances were compared.".to_owned(),
        },
        EvidenceKind::SportType if a == b => match a {
            Some(sport) => format!("Both are called {}.", value(sport)),
            None => "Both have the same sport.".to_owned(),
        },
        EvidenceKind::SportType => both("They are called") + ".",
        EvidenceKind::StartLocation => match (a, b) {
            (Some(Value::Point(a)), Some(Value::Point(b))) => {
                format!("They began {:.0} m from each other.", a.metres_to(*b))
            }
            _ => "Their start points were compared.".to_owned(),
        },
        EvidenceKind::Device => both("What recorded them") + ".",
        EvidenceKind::SameSource => both("One source gives them two ids") + ".",
        EvidenceKind::Manual => "A person decided.".to_owned(),
    }
}

/// What settled a judgement, in a sentence.
pub fn summary(judgement: &Judgement) -> String {
    let probability = f64::from(judgement.probability_ppm) / 10_000.0;
    let strongest = |positive: bool| {
        judgement
            .evidence
            .iter()
            .filter(|one| (one.weight_millibits > 0) == positive)
            .max_by_key(|one| one.weight_millibits.abs())
            .map(evidence)
    };
    let told = |lead: String, detail: Option<String>| detail.map_or(lead.clone(), |detail| format!("{lead} {detail}"));
    match (judgement.verdict, judgement.decided_by) {
        (_, DecidedBy::Manual) => "One activity, because a person decided so.".to_owned(),
        (Verdict::Match, DecidedBy::CrossReference | DecidedBy::FileIdentity) => {
            told("One activity, by an identity key.".to_owned(), judgement.evidence.first().map(evidence))
        }
        (Verdict::Match, DecidedBy::Similarity) => {
            told(format!("One activity with a probability of {probability:.1} %."), strongest(true))
        }
        // Sure by itself, and yet not merged: something else fits as well.
        (Verdict::Candidate, _) if judgement.probability_ppm >= 990_000 => told(
            "It looks like one activity, but another record fits as well: a person decides which.".to_owned(),
            strongest(false),
        ),
        (Verdict::Candidate, _) => told(
            format!("Perhaps one activity ({probability:.1} %): not sure enough to merge without a person."),
            strongest(false),
        ),
        (Verdict::Separate, _) => told(format!("Two activities ({probability:.1} % for one)."), strongest(false)),
        (Verdict::Vetoed, _) => told("Two activities, whatever else agrees.".to_owned(), strongest(false)),
    }
}

/// Why a canonical value stands, in a sentence. `source` is the winner's name for people, `others` the names of those
/// that offer the field as well.
pub fn provenance(field: Field, provenance: &Provenance, source: Option<&str>, others: &[&str]) -> String {
    let winner = source.unwrap_or("a person");
    let mut names: Vec<&str> = Vec::new();
    for other in others {
        if !names.contains(other) && *other != winner {
            names.push(other);
        }
    }
    let rest = if names.is_empty() { "another record".to_owned() } else { names.join(" and ") };
    let mut sentence = match (&provenance.origin, provenance.rule) {
        (_, Rule::PinnedValue) | (Origin::Ruling(_), _) => "A person gave this value.".to_owned(),
        (_, Rule::PinnedSource) => format!("A person pinned this field to {winner}."),
        (Origin::Derivation, _) | (_, Rule::Derived) => "Computed from other canonical fields.".to_owned(),
        (_, Rule::OnlySource) => format!("Only {winner} has it."),
        (_, Rule::CoherentGroup) => format!(
            "It comes from {winner} together with its group ({}), so that no activity mixes two recordings.",
            field.group().name().replace('_', " ")
        ),
        (_, Rule::Precedence) if provenance.note.as_deref().is_some_and(|note| note != CROPPED) => {
            format!("{winner} stands in for {rest}.")
        }
        (_, Rule::Precedence) => format!("The policy asks {winner} before {rest}."),
    };
    if provenance.note.as_deref() == Some(CROPPED) {
        sentence.push_str(&format!(" {winner}'s recording is cropped: it is a part of what was recorded."));
    } else if let Some(note) = &provenance.note {
        sentence.push_str(&format!(" The one asked first was passed over: {note}."));
    }
    match provenance.agreement {
        Agreement::Uncontested => {}
        Agreement::Agrees => sentence.push_str(" All agree."),
        Agreement::WithinTolerance => sentence.push_str(" The others differ within the tolerance."),
        Agreement::Conflicts => sentence.push_str(" The others differ by more than the tolerance."),
    }
    sentence
}

fn number(value: Option<&Value>) -> Option<f64> {
    value.and_then(Value::number).map(Milli::as_f64)
}

fn apart(a: Option<&Value>, b: Option<&Value>) -> Option<i64> {
    match (a, b) {
        (Some(Value::Instant(a)), Some(Value::Instant(b))) => Some((*a - *b).num_seconds().abs()),
        _ => None,
    }
}

/// A value as a person reads it; coordinates rounded to about a kilometre.
fn value(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Instant(instant) => instant.to_rfc3339_opts(SecondsFormat::Secs, true),
        Value::Sport(sport) => sport.name().to_owned(),
        Value::Flag(flag) => flag.to_string(),
        Value::Visibility(visibility) => visibility.name().to_owned(),
        Value::Point(point) => {
            let (latitude, longitude) = point.degrees();
            format!("{latitude:.2}, {longitude:.2}")
        }
    }
}

fn duration(seconds: i64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes, rest) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, 0) => format!("{hours} h {minutes} min"),
        (hours, minutes, seconds) => format!("{hours} h {minutes} min {seconds} s"),
    }
}
