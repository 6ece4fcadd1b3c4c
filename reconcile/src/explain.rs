//! "Why are these two one?" and "why this value?", in sentences that a person understands.

use chrono::SecondsFormat;
use domain::{Agreement, Field, Milli, Origin, Provenance, Rule, Value};

use crate::survivorship::CROPPED;
use crate::{DecidedBy, Evidence, EvidenceKind, Judgement, Verdict};

/// One observation in a sentence.
pub fn evidence(evidence: &Evidence) -> String {
    let (a, b) = (evidence.a.as_ref(), evidence.b.as_ref());
    let both = |what: &str| match (a, b) {
        (Some(a), Some(b)) => format!("{what}: {} and {}.", value(a), value(b)),
        _ => format!("{what}."),
    };
    match evidence.kind {
        EvidenceKind::CrossReference if a == b => "Two channels of one source give the same id.".to_owned(),
        EvidenceKind::CrossReference => both("One record names the other's id"),
        EvidenceKind::FileChecksum => {
            "Both come from the same file, byte for byte, and the same session in it.".to_owned()
        }
        EvidenceKind::FileIdentity => "Both files say that one device began them at the same second.".to_owned(),
        EvidenceKind::StartTime => match apart(a, b) {
            Some(0) => "They began in the same second.".to_owned(),
            Some(seconds) => format!("They began {} apart.", duration(seconds)),
            None if evidence.weight_millibits > 0 => {
                "One record hides when it began; the local date is the same.".to_owned()
            }
            None => "One record hides when it began; the local dates differ.".to_owned(),
        },
        EvidenceKind::TimeOverlap => match (number(a), number(b)) {
            (Some(common), Some(covered)) if covered > 0.0 => overlap(common, covered),
            _ => "Their times were compared.".to_owned(),
        },
        EvidenceKind::WholeHourShift => match (number(a), apart(a, b)) {
            (Some(seconds), _) => {
                format!("Neighbouring activities of both sources differ by the same {}.", duration(quarters(seconds)))
            }
            (None, Some(seconds)) => shift(seconds),
            (None, None) => "One clock stood wrong.".to_owned(),
        },
        EvidenceKind::ElapsedTime => match (number(a).map(whole), number(b).map(whole)) {
            (Some(a), Some(b)) if a == b => format!("Both took {}.", duration(a)),
            (Some(a), Some(b)) => format!("One took {}, the other {}.", duration(a), duration(b)),
            _ => "Their lengths were compared.".to_owned(),
        },
        EvidenceKind::Distance => match (number(a).map(whole), number(b).map(whole)) {
            (Some(a), Some(b)) if a == b => format!("Both went {}.", distance(a)),
            (Some(a), Some(b)) => format!("One went {}, the other {}.", distance(a), distance(b)),
            _ => "Their distances were compared.".to_owned(),
        },
        EvidenceKind::SportType => match (a, b) {
            (Some(a), Some(b)) if a == b => format!("Both are called {}.", value(a)),
            (Some(a), Some(b)) => format!("One is called {}, the other {}.", value(a), value(b)),
            _ => "Their sports were compared.".to_owned(),
        },
        EvidenceKind::StartLocation => match (a, b) {
            (Some(Value::Point(a)), Some(Value::Point(b))) => match whole(a.metres_to(*b)) {
                0 => "They began at the same place.".to_owned(),
                metres => format!("They began {} from each other.", distance(metres)),
            },
            _ => "Their start points were compared.".to_owned(),
        },
        EvidenceKind::Device => match (a, b) {
            (Some(a), Some(b)) if a == b => recorded("Both", "were", a) + ".",
            (Some(a), Some(b)) => format!("{}; {}.", recorded("One", "was", a), recorded("the other", "was", b)),
            (Some(one), None) | (None, Some(one)) => recorded("One", "was", one) + ".",
            (None, None) => "What recorded them was compared.".to_owned(),
        },
        EvidenceKind::SameSource => both("One source gives them two ids"),
        EvidenceKind::Manual => "A person decided.".to_owned(),
    }
}

/// What settled a judgement, in a sentence.
pub fn summary(judgement: &Judgement) -> String {
    let strongest = |positive: bool| {
        // The first of equals: identity keys come before what only resembles.
        let of_sign = judgement.evidence.iter().rev().filter(|one| (one.weight_millibits > 0) == positive);
        of_sign.max_by_key(|one| one.weight_millibits.abs()).map(evidence)
    };
    let kind = |kind: EvidenceKind| judgement.evidence.iter().find(|one| one.kind == kind).map(evidence);
    let story = || kind(EvidenceKind::WholeHourShift).or_else(|| is_part(judgement).then(|| PART.to_owned()));
    let told = |lead: String, detail: Option<String>| detail.map_or(lead.clone(), |detail| format!("{lead} {detail}"));
    let percent = percent(judgement.probability_ppm);
    match (judgement.verdict, judgement.decided_by) {
        (_, DecidedBy::Manual) => "One activity, because a person decided so.".to_owned(),
        (Verdict::Match, DecidedBy::CrossReference | DecidedBy::FileIdentity) => {
            told("One activity, by an identity key.".to_owned(), strongest(true))
        }
        (Verdict::Match, DecidedBy::Similarity) => {
            told(format!("One activity with a probability of {percent}."), story().or_else(|| strongest(true)))
        }
        // Sure by itself, and yet not merged: something else fits as well.
        (Verdict::Candidate, _) if judgement.probability_ppm >= 990_000 => told(
            "It looks like one activity, but another record fits as well: a person decides which.".to_owned(),
            strongest(false),
        ),
        (Verdict::Candidate, _) => told(
            format!("Perhaps one activity ({percent}): not sure enough to merge without a person."),
            story().or_else(|| strongest(false)).or_else(|| kind(EvidenceKind::StartTime)),
        ),
        (Verdict::Separate, _) => told(format!("Two activities ({percent} for one)."), strongest(false)),
        (Verdict::Vetoed, _) => told("Two activities, whatever else agrees.".to_owned(), strongest(false)),
    }
}

/// Why a canonical value stands, in a sentence. `source` is the winner's name for people, `others` the names of those
/// that offer the field as well, one for each record.
pub fn provenance(field: Field, provenance: &Provenance, source: Option<&str>, others: &[&str]) -> String {
    let winner = source.unwrap_or("a person");
    let mut names: Vec<&str> = Vec::new();
    for other in others {
        if !names.contains(other) && *other != winner {
            names.push(other);
        }
    }
    let group = field.group().name().replace('_', " ");
    let restricted = field == Field::Visibility && provenance.note.is_some();
    let cropped = provenance.note.as_deref() == Some(CROPPED);
    let passed_over = provenance.note.as_deref().filter(|_| !cropped && !restricted);
    let mut sentence = match (&provenance.origin, provenance.rule) {
        (_, Rule::PinnedValue) | (Origin::Ruling(_), _) => "A person gave this value.".to_owned(),
        (_, Rule::PinnedSource) if field.group().is_coherent() => {
            format!("A person pinned its group ({group}) to {winner}.")
        }
        (_, Rule::PinnedSource) => format!("A person pinned this field to {winner}."),
        (Origin::Derivation, _) | (_, Rule::Derived) if field == Field::AverageSpeedMps => {
            "Computed from the activity's distance and time.".to_owned()
        }
        (Origin::Derivation, _) | (_, Rule::Derived) => "Computed from other canonical fields.".to_owned(),
        (_, Rule::OnlySource) => format!("Only {winner} has it."),
        (_, Rule::CoherentGroup) => {
            format!(
                "It comes from {winner} together with its group ({group}), so that no activity mixes two recordings."
            )
        }
        (_, Rule::Precedence) if restricted => {
            format!("It is {winner}'s: the most restrictive visibility wins, whoever leads.")
        }
        (_, Rule::Precedence) if passed_over.is_some() => format!("{winner} stands in for {}.", listed(&names)),
        (_, Rule::Precedence) if names.is_empty() && !others.is_empty() => {
            format!("Of {winner}'s records the policy asks this one first.")
        }
        (_, Rule::Precedence) => format!("The policy asks {winner} before {}.", listed(&names)),
    };
    if cropped {
        sentence.push_str(&format!(" {winner}'s recording is cropped: it is a part of what was recorded."));
    } else if let Some(note) = passed_over {
        sentence.push_str(&format!(" The record asked first was passed over: {note}."));
    }
    let alone = match others {
        [other] if *other == winner => Some(format!("Another record of {winner}")),
        [other] => Some(capitalised(other)),
        _ => None,
    };
    sentence.push_str(&match (provenance.agreement, alone) {
        (Agreement::Uncontested, _) => String::new(),
        (Agreement::Agrees, Some(other)) => format!(" {other} says the same."),
        (Agreement::Agrees, None) => " All agree.".to_owned(),
        (Agreement::WithinTolerance, Some(other)) => format!(" {other} differs within the tolerance."),
        (Agreement::WithinTolerance, None) => " No other differs by more than the tolerance.".to_owned(),
        (Agreement::Conflicts, Some(other)) => format!(" {other} differs by more than the tolerance."),
        (Agreement::Conflicts, None) => " At least one other differs by more than the tolerance.".to_owned(),
    });
    sentence
}

/// What is said of a pair of which one lies within the other.
const PART: &str = "The shorter one lies within the longer one, as a part of it would.";

/// Whether one of the pair lies within the other and is clearly shorter.
fn is_part(judgement: &Judgement) -> bool {
    let numbers = |kind: EvidenceKind| {
        let found = judgement.evidence.iter().find(|one| one.kind == kind)?;
        Some((number(found.a.as_ref())?, number(found.b.as_ref())?))
    };
    let (Some((common, _)), Some((a, b))) = (numbers(EvidenceKind::TimeOverlap), numbers(EvidenceKind::ElapsedTime))
    else {
        return false;
    };
    common >= 0.95 * a.min(b) && a.min(b) < 0.95 * a.max(b)
}

fn overlap(common: f64, covered: f64) -> String {
    let percent = common / covered * 100.0;
    if common <= 0.0 {
        "They have no time in common.".to_owned()
    } else if percent < 1.0 {
        "Less than 1 % of the time that either covers is common to both.".to_owned()
    } else {
        format!("{percent:.0} % of the time that either covers is common to both.")
    }
}

fn shift(seconds: i64) -> String {
    let on_grid = (seconds - quarters(seconds as f64)).abs() <= 2 && quarters(seconds as f64) > 0;
    let (by, clock) = if on_grid { (quarters(seconds as f64), "in another time zone") } else { (seconds, "wrong") };
    format!("Length and distance agree; the starts differ by {}, as if one clock stood {clock}.", duration(by))
}

/// To the nearest quarter of an hour, in seconds.
fn quarters(seconds: f64) -> i64 {
    whole(seconds / 900.0) * 900
}

/// What is never quite sure is never shown as 100 %.
fn percent(ppm: u32) -> String {
    match ppm {
        0..500 => "less than 0.1 %".to_owned(),
        999_500.. => "more than 99.9 %".to_owned(),
        _ => format!("{:.1} %", f64::from(ppm) / 10_000.0),
    }
}

/// What recorded one of a pair, or `Both`, as a sentence without its end.
fn recorded(who: &str, verb: &str, device: &Value) -> String {
    let device = value(device);
    if device.starts_with("came from ") {
        let says = if verb == "were" { "say that they" } else { "says that it" };
        format!("{who} {says} {device}")
    } else if device.starts_with("serial number ") {
        format!("{who} {verb} recorded by the device with {device}")
    } else {
        format!("{who} {verb} recorded by {device}")
    }
}

fn listed(names: &[&str]) -> String {
    match names {
        [] => "another record".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn whole(number: f64) -> i64 {
    number.round() as i64
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
        Value::Sport(sport) => sport.name().to_lowercase().replace('_', " "),
        Value::Flag(flag) => flag.to_string(),
        Value::Visibility(visibility) => visibility.name().to_owned(),
        Value::Point(point) => {
            let (latitude, longitude) = point.degrees();
            format!("{latitude:.2}, {longitude:.2}")
        }
    }
}

fn duration(seconds: i64) -> String {
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let told: Vec<String> =
        parts.iter().filter(|(number, _)| *number > 0).map(|(number, unit)| format!("{number} {unit}")).collect();
    if told.is_empty() { "0 s".to_owned() } else { told.join(" ") }
}

/// Metres, or kilometres with what is left of them.
fn distance(metres: i64) -> String {
    if metres < 1000 {
        return format!("{metres} m");
    }
    let left = format!("{:03}", metres % 1000);
    let left = left.trim_end_matches('0');
    let point = if left.is_empty() { "" } else { "." };
    format!("{}{point}{left} km", metres / 1000)
}
