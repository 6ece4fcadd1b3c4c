//! How the records' values of one field stand to each other.

use domain::{Agreement, Alternative, Family, Field, Value};

use crate::Policy;
use crate::policy::Tolerance;

/// How the others' values stand to the one that won.
pub(crate) fn agreement(field: Field, value: &Value, others: &[Alternative], policy: &Policy) -> Agreement {
    let tolerance = policy.tolerance(field);
    others.iter().map(|other| compare(value, &other.value, tolerance)).max().unwrap_or(Agreement::Uncontested)
}

fn compare(value: &Value, other: &Value, tolerance: Tolerance) -> Agreement {
    if value == other {
        return Agreement::Agrees;
    }
    let Tolerance::Within { absolute, relative_ppm } = tolerance else { return Agreement::WithinTolerance };
    let close = match (value, other) {
        (Value::Number(a), Value::Number(b)) => {
            let apart = a.abs_diff(*b).thousandths();
            let relative = i128::from(a.thousandths().abs()) * i128::from(relative_ppm) / 1_000_000;
            apart <= absolute.thousandths() || i128::from(apart) <= relative
        }
        (Value::Instant(a), Value::Instant(b)) => (*a - *b).num_milliseconds().abs() <= absolute.thousandths(),
        (Value::Point(a), Value::Point(b)) => a.metres_to(*b) <= absolute.as_f64(),
        // One sport by two labels is no disagreement; a word that says nothing is none either.
        (Value::Sport(a), Value::Sport(b)) => {
            a.family() == b.family() || a.family() == Family::Generic || b.family() == Family::Generic
        }
        _ => false,
    };
    if close { Agreement::WithinTolerance } else { Agreement::Conflicts }
}
