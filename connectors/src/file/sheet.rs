//! The readings of one session while they are gathered.

use std::borrow::Cow;

use domain::{
    ArtifactId, ArtifactKind, Field, Fingerprint, FitIdentity, IdentityKeys, Milli, Pointer, Readings, Sport,
    StartPrecision, Value,
};

use crate::{Defect, Mapped, Unreadable};

/// The longest recording that is believed, in seconds: a month. What says more has a broken clock.
pub const LONGEST_S: f64 = 31.0 * 86_400.0;

/// The longest name or text that is kept of a file, in characters.
const LABEL: usize = 200;

/// The readings of one session while they are gathered.
pub struct Sheet {
    kind: ArtifactKind,
    readings: Readings,
    defects: Vec<Defect>,
}

impl Sheet {
    /// An empty one, for an artifact of that kind.
    pub const fn new(kind: ArtifactKind) -> Self {
        Self { kind, readings: Readings::new(), defects: Vec::new() }
    }

    /// What is set from now on stood in the artifact of that kind.
    pub const fn turn_to(&mut self, kind: ArtifactKind) {
        self.kind = kind;
    }

    /// Sets a field, unless it has a reading: what a file says of the whole comes before what its samples add up to.
    pub fn set(&mut self, field: Field, value: Option<Value>, path: impl Into<Cow<'static, str>>) {
        if let Some(value) = value {
            self.readings.set_if_absent(field, value, Pointer::new(self.kind, path));
        }
    }

    /// Sets a field to a number in its unit, unless it has a reading. A number beyond belief becomes a defect; a zero
    /// that means "not measured" is dropped.
    pub fn number(&mut self, field: Field, number: Option<f64>, path: impl Into<Cow<'static, str>>) {
        let Some(number) = number else { return };
        let path = path.into();
        let (low, high, zero_is_nothing) = belief(field);
        if zero_is_nothing && number == 0.0 {
            return;
        }
        match Milli::from_f64(number).filter(|_| (low..=high).contains(&number)) {
            Some(milli) => self.set(field, Some(Value::Number(milli)), path),
            None => self.defect(path, format!("the value is beyond belief for {} and was dropped", field.name())),
        }
    }

    /// Notes what could not be read.
    pub fn defect(&mut self, path: impl Into<Cow<'static, str>>, problem: impl Into<String>) {
        self.defects.push(Defect { at: Pointer::new(self.kind, path), problem: problem.into() });
    }

    /// Whether a field has a reading.
    pub fn has(&self, field: Field) -> bool {
        self.readings.get(field).is_some()
    }

    /// When the session began, in seconds since 1970.
    pub fn start_s(&self) -> Option<i64> {
        match self.readings.value(Field::StartTimeUtc) {
            Some(Value::Instant(start)) => Some(start.timestamp()),
            _ => None,
        }
    }

    /// Which sport it is.
    pub fn sport(&self) -> Option<Sport> {
        match self.readings.value(Field::SportType) {
            Some(Value::Sport(sport)) => Some(*sport),
            _ => None,
        }
    }

    /// What was gathered, for a record that is more than a file.
    pub fn into_parts(self) -> (Readings, Vec<Defect>) {
        (self.readings, self.defects)
    }

    /// The sheet as what could be read of an activity.
    ///
    /// # Errors
    /// [`Unreadable`] where it has no start or no elapsed time.
    pub fn finish(
        mut self,
        file: ArtifactId,
        session_index: u16,
        fit: Option<FitIdentity>,
        device_serial: Option<u32>,
        source_sport: Option<String>,
    ) -> Result<Mapped, Unreadable> {
        self.set(Field::OriginalFile, Some(Value::Text(file.to_string())), "sha256");
        let fingerprint = Fingerprint::of(&self.readings, StartPrecision::Second, device_serial)
            .ok_or_else(|| Unreadable::because("the file does not say when its activity began and how long it took"))?;
        Ok(Mapped {
            readings: self.readings,
            keys: IdentityKeys { file: Some(file), session_index, fit, lineage: None },
            fingerprint,
            source_sport,
            url: None,
            multisport: None,
            defects: self.defects,
        })
    }
}

/// The lowest and the highest number that is believed of a field, in its unit, and whether 0 means "not measured".
const fn belief(field: Field) -> (f64, f64, bool) {
    match field {
        Field::ElapsedTimeS | Field::MovingTimeS => (0.0, LONGEST_S, false),
        // Half around the Earth.
        Field::DistanceM => (0.0, 20_000_000.0, false),
        Field::ElevationGainM | Field::ElevationLossM => (0.0, 100_000.0, false),
        // From below the Dead Sea to above where airliners fly.
        Field::ElevationMinM | Field::ElevationMaxM => (-1_000.0, 15_000.0, false),
        Field::AverageSpeedMps | Field::MaxSpeedMps => (0.0, 400.0, false),
        Field::AverageHeartRateBpm | Field::MaxHeartRateBpm => (1.0, 254.0, true),
        Field::AveragePowerW | Field::MaxPowerW | Field::NormalizedPowerW => (1.0, 10_000.0, true),
        Field::AverageCadenceRpm | Field::MaxCadenceRpm => (0.0, 255.0, true),
        Field::AverageTemperatureC => (-60.0, 100.0, false),
        Field::AerobicTrainingEffect | Field::AnaerobicTrainingEffect => (0.0, 5.0, false),
        Field::AverageStrideLengthM => (0.0, 10.0, true),
        Field::AverageVerticalOscillationCm => (0.0, 100.0, true),
        Field::AverageGroundContactTimeMs => (0.0, 5_000.0, true),
        Field::AverageRespirationRate => (0.0, 200.0, true),
        Field::PoolLengthM => (0.0, 1_000.0, true),
        Field::PerceivedExertion => (1.0, 10.0, true),
        Field::UtcOffsetS => (-50_400.0, 50_400.0, false),
        _ => (0.0, 10_000_000.0, true),
    }
}

/// A file's text as a label: without control and direction characters, trimmed, of bounded length. `None` where
/// nothing is left.
pub fn label(text: &str) -> Option<String> {
    let odd = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let kept: String = text.chars().map(|c| if odd(c) { ' ' } else { c }).take(4 * LABEL).collect();
    let words: Vec<&str> = kept.split_whitespace().collect();
    let label: String = words.join(" ").chars().take(LABEL).collect();
    (!label.is_empty()).then_some(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unbelievable_numbers_are_reported_and_unmeasured_ones_are_not() {
        let mut sheet = Sheet::new(ArtifactKind::Fit);
        sheet.number(Field::DistanceM, Some(f64::NAN), "a");
        sheet.number(Field::AverageSpeedMps, Some(1e9), "b");
        sheet.number(Field::MaxHeartRateBpm, Some(0.0), "c");
        sheet.number(Field::ElevationGainM, Some(0.0), "d");
        sheet.number(Field::ElevationGainM, Some(5.0), "e");
        assert_eq!(sheet.defects.len(), 2);
        assert_eq!(sheet.readings.len(), 1);
        assert_eq!(sheet.readings.number(Field::ElevationGainM), Some(Milli::ZERO));
    }

    #[test]
    fn labels_carry_no_tricks() {
        assert_eq!(label(" Edge\u{0} 530\r\n\u{202e}x ").as_deref(), Some("Edge 530 x"));
        assert_eq!(label("\u{0}\u{7f}"), None);
        assert_eq!(label(&"a".repeat(1_000_000)).map(|l| l.len()), Some(LABEL));
    }
}
