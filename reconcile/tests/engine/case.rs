//! Records in a few words, and verdicts that hold under any order of arrival.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::{
    Activity, ArtifactId, ArtifactKind, AthleteId, Channel, Decision, ExternalId, Field, Fingerprint, FitIdentity,
    IdentityKeys, Lineage, Milli, Multisport, Pointer, Readings, RecordId, Ruling, RulingId, SourceRecord, SourceSlug,
    Sport, StartPrecision, Status, Value, Withdrawal, WithdrawalReason,
};
use reconcile::{Input, Outcome, Policy, Verdict, check, judge, plan, reconcile};

/// An instant, e.g. `at("06:00:00")` on the day of all scenarios, or a whole RFC 3339 text.
pub fn at(text: &str) -> DateTime<Utc> {
    let whole = if text.contains('T') { text.to_owned() } else { format!("2026-05-01T{text}Z") };
    whole.parse().expect("an instant")
}

/// A record under construction.
#[derive(Clone)]
pub struct Case {
    athlete: u128,
    source: SourceSlug,
    channel: Channel,
    id: String,
    precision: StartPrecision,
    readings: Readings,
    keys: IdentityKeys,
    serial: Option<u32>,
    multisport: Option<Multisport>,
    withdrawn: bool,
    first_seen: DateTime<Utc>,
    before: Vec<Fingerprint>,
}

fn pointer() -> Pointer {
    Pointer::new(ArtifactKind::ActivitySummary, "/x")
}

/// A record of a source by a channel: id, start, elapsed seconds.
pub fn record(source: SourceSlug, channel: Channel, id: &str, start: &str, elapsed: f64) -> Case {
    let mut readings = Readings::new();
    readings.set(Field::StartTimeUtc, Value::Instant(at(start)), pointer());
    readings.set(Field::ElapsedTimeS, Value::Number(Milli::from_f64(elapsed).expect("seconds")), pointer());
    readings.set(Field::SportType, Value::Sport(Sport::Run), pointer());
    Case {
        athlete: 1,
        source,
        channel,
        id: id.to_owned(),
        precision: StartPrecision::Second,
        readings,
        keys: IdentityKeys::default(),
        serial: None,
        multisport: None,
        withdrawn: false,
        first_seen: at("2026-05-02T00:00:00Z"),
        before: Vec::new(),
    }
}

/// Strava's API.
pub fn s(id: &str, start: &str, elapsed: f64) -> Case {
    record(SourceSlug::STRAVA, Channel::Api, id, start, elapsed)
}

/// Garmin Connect.
pub fn g(id: &str, start: &str, elapsed: f64) -> Case {
    record(SourceSlug::GARMIN, Channel::Api, id, start, elapsed)
}

/// A file.
pub fn m(id: &str, start: &str, elapsed: f64) -> Case {
    record(SourceSlug::FILE, Channel::Upload, id, start, elapsed)
}

impl Case {
    pub fn set(mut self, field: Field, value: Value) -> Self {
        self.readings.set(field, value, pointer());
        self
    }

    pub fn number(self, field: Field, value: f64) -> Self {
        self.set(field, Value::Number(Milli::from_f64(value).expect("a number")))
    }

    pub fn km(self, km: f64) -> Self {
        self.number(Field::DistanceM, km * 1000.0)
    }

    pub fn sport(self, sport: Sport) -> Self {
        self.set(Field::SportType, Value::Sport(sport))
    }

    pub fn name(self, name: &str) -> Self {
        self.set(Field::Name, Value::Text(name.to_owned()))
    }

    pub fn from(self, latitude: f64, longitude: f64) -> Self {
        self.set(Field::StartPoint, Value::Point(domain::Point::from_degrees(latitude, longitude).expect("a place")))
    }

    pub fn to(self, latitude: f64, longitude: f64) -> Self {
        self.set(Field::EndPoint, Value::Point(domain::Point::from_degrees(latitude, longitude).expect("a place")))
    }

    pub fn manual(self) -> Self {
        self.set(Field::Manual, Value::Flag(true))
    }

    pub fn offset(self, seconds: f64) -> Self {
        self.number(Field::UtcOffsetS, seconds)
    }

    pub fn serial(mut self, serial: u32) -> Self {
        self.serial = Some(serial);
        self
    }

    pub fn channel(mut self, channel: Channel) -> Self {
        self.channel = channel;
        self
    }

    pub fn file(mut self, bytes: &str, session: u16) -> Self {
        self.keys.file = Some(ArtifactId::of(bytes.as_bytes()));
        self.keys.session_index = session;
        self
    }

    pub fn fit(mut self, serial: u32, made: &str, start: &str) -> Self {
        let identity = FitIdentity {
            manufacturer: 1,
            product: 2,
            serial,
            time_created: at(made).timestamp(),
            session_start: at(start).timestamp(),
        };
        self.keys.fit = Some(identity);
        self
    }

    /// Strava's `garmin_push_<id>`, or `garmin_ping_<n>` with `None`.
    pub fn came_from_garmin(mut self, id: Option<&str>) -> Self {
        self.keys.lineage = Some(Lineage { source: SourceSlug::GARMIN, external_id: id.map(ExternalId::new) });
        self
    }

    pub fn hidden(mut self) -> Self {
        self.precision = StartPrecision::LocalDate;
        self
    }

    pub fn minute(mut self) -> Self {
        self.precision = StartPrecision::Minute;
        self
    }

    pub fn whole(mut self) -> Self {
        self.multisport = Some(Multisport::Parent);
        self
    }

    pub fn leg(mut self, parent: &str) -> Self {
        self.multisport = Some(Multisport::Leg { parent: ExternalId::new(parent) });
        self
    }

    pub fn withdrawn(mut self) -> Self {
        self.withdrawn = true;
        self
    }

    pub fn seen(mut self, instant: &str) -> Self {
        self.first_seen = at(instant);
        self
    }

    pub fn athlete(mut self, athlete: u128) -> Self {
        self.athlete = athlete;
        self
    }

    /// What it says now was something else before.
    pub fn once(mut self, earlier: Case) -> Self {
        self.before = earlier.build().fingerprints;
        self
    }

    pub fn id(&self) -> RecordId {
        self.build().id
    }

    pub fn build(&self) -> SourceRecord {
        let athlete = AthleteId::from_uuid(uuid::Uuid::from_u128(self.athlete));
        let external_id = ExternalId::new(self.id.clone());
        let print = Fingerprint::of(&self.readings, self.precision, self.serial).expect("start and elapsed time");
        let mut fingerprints = self.before.clone();
        fingerprints.push(print);
        SourceRecord {
            id: RecordId::of(athlete, &self.source, self.channel, &external_id),
            athlete,
            source: self.source.clone(),
            channel: self.channel,
            external_id,
            url: None,
            artifacts: [(ArtifactKind::ActivitySummary, ArtifactId::of(self.id.as_bytes()))].into(),
            first_seen_at: self.first_seen,
            fetched_at: self.first_seen,
            revision: 1,
            readings: self.readings.clone(),
            source_sport: None,
            keys: self.keys.clone(),
            fingerprints,
            multisport: self.multisport.clone(),
            withdrawn: self
                .withdrawn
                .then(|| Withdrawal { at: at("2026-05-03T00:00:00Z"), reason: WithdrawalReason::Deleted }),
        }
    }
}

/// A person's decision.
pub fn ruling(decision: Decision) -> Ruling {
    Ruling {
        id: RulingId::from_uuid(uuid::Uuid::from_u128(9)),
        athlete: AthleteId::from_uuid(uuid::Uuid::from_u128(1)),
        decision,
        actor: "ada".to_owned(),
        reason: "a test".to_owned(),
        at: at("2026-05-03T00:00:00Z"),
    }
}

/// What the engine makes of some records.
pub struct Judged {
    pub records: Vec<SourceRecord>,
    pub outcome: Outcome,
}

/// Judges the records in every order (all permutations up to four, rotations and reversals beyond), each also with
/// every record given twice; fails unless all say the same.
pub fn judged(cases: &[Case]) -> Judged {
    ruled(cases, &[])
}

/// The same under rulings.
pub fn ruled(cases: &[Case], rulings: &[Ruling]) -> Judged {
    ruled_at(cases, rulings, at("2026-05-02T12:00:00Z"))
}

/// The same at another instant.
pub fn ruled_at(cases: &[Case], rulings: &[Ruling], as_of: DateTime<Utc>) -> Judged {
    ruled_by(cases, rulings, as_of, &Policy::built_in())
}

/// The same by another policy.
pub fn ruled_by(cases: &[Case], rulings: &[Ruling], as_of: DateTime<Utc>, policy: &Policy) -> Judged {
    let records: Vec<SourceRecord> = cases.iter().map(Case::build).collect();
    let run = |records: &[SourceRecord]| reconcile(&Input { as_of, records, rulings }, policy);
    let outcome = run(&records);
    check(&plan(outcome.clone(), Vec::new()), &records).expect("a sound plan");
    for order in orders(records.len()) {
        let mut shuffled: Vec<SourceRecord> = order.iter().map(|index| records[*index].clone()).collect();
        assert_eq!(run(&shuffled), outcome, "another order of arrival, another result: {order:?}");
        shuffled.extend(shuffled.clone());
        assert_eq!(run(&shuffled), outcome, "records given twice, another result");
    }
    // A ruling binds records that nothing else brings together: who loads a neighbourhood loads those as well.
    if rulings.is_empty() {
        let near = reconcile::neighbourhood(&records, &[0], policy);
        let part: Vec<SourceRecord> = near.iter().map(|index| records[*index].clone()).collect();
        for activity in run(&part).activities {
            assert!(outcome.activities.contains(&activity), "a neighbourhood alone gives another result");
        }
    }
    Judged { records, outcome }
}

fn orders(count: usize) -> Vec<Vec<usize>> {
    if count <= 4 {
        let mut all = vec![Vec::new()];
        for _ in 0..count {
            all = all
                .into_iter()
                .flat_map(|order: Vec<usize>| {
                    (0..count)
                        .filter(|next| !order.contains(next))
                        .map(|next| [order.clone(), vec![next]].concat())
                        .collect::<Vec<_>>()
                })
                .collect();
        }
        return all;
    }
    let forward: Vec<usize> = (0..count).collect();
    (0..count)
        .flat_map(|by| {
            let mut rotated = forward.clone();
            rotated.rotate_left(by);
            let reversed = rotated.iter().rev().copied().collect();
            [rotated, reversed]
        })
        .collect()
}

impl Judged {
    /// The ids of each activity's records, as the external ids were given.
    pub fn groups(&self) -> BTreeSet<BTreeSet<String>> {
        self.outcome
            .activities
            .iter()
            .map(|activity| activity.members.iter().map(|member| self.name(*member)).collect())
            .collect()
    }

    fn name(&self, id: RecordId) -> String {
        let record = self.records.iter().find(|record| record.id == id).expect("a member that was given");
        record.external_id.to_string()
    }

    /// Fails unless the activities are these, by external ids.
    pub fn are(&self, expected: &[&[&str]]) -> &Self {
        let expected: BTreeSet<BTreeSet<String>> =
            expected.iter().map(|group| group.iter().map(ToString::to_string).collect()).collect();
        assert_eq!(self.groups(), expected, "{:#?}", self.told());
        self
    }

    /// Fails unless these pairs wait for a person, by external ids.
    pub fn wait(&self, expected: &[(&str, &str)]) -> &Self {
        let pair = |a: String, b: String| if a <= b { (a, b) } else { (b, a) };
        let found: BTreeSet<_> =
            self.outcome.candidates.iter().map(|one| pair(self.name(one.a), self.name(one.b))).collect();
        let expected: BTreeSet<_> = expected.iter().map(|(a, b)| pair(a.to_string(), b.to_string())).collect();
        assert_eq!(found, expected, "{:#?}", self.told());
        self
    }

    /// The activity that holds the record with that external id.
    pub fn activity(&self, id: &str) -> &Activity {
        self.outcome
            .activities
            .iter()
            .find(|activity| activity.members.iter().any(|member| self.name(*member) == id))
            .expect("an activity")
    }

    pub fn status(&self, id: &str, status: Status) -> &Self {
        assert_eq!(self.activity(id).status, status, "{:#?}", self.told());
        self
    }

    /// Fails unless the field of the record's activity comes from that record.
    pub fn from(&self, activity: &str, field: Field, record: &str) -> &Self {
        let resolved = &self.activity(activity).fields[&field];
        match &resolved.provenance.origin {
            domain::Origin::Record { record: found, .. } => assert_eq!(self.name(*found), record, "{}", field.name()),
            other => panic!("{} comes from {other:?}", field.name()),
        }
        self
    }

    /// Every pair's judgement, for messages.
    pub fn told(&self) -> Vec<String> {
        let policy = Policy::built_in();
        let mut told = Vec::new();
        for (index, a) in self.records.iter().enumerate() {
            for b in &self.records[index + 1..] {
                let found = judge(a, b, &policy);
                let evidence: Vec<String> = found
                    .evidence
                    .iter()
                    .map(|one| format!("{} {:+.1}", one.kind.name(), f64::from(one.weight_millibits) / 1000.0))
                    .collect();
                told.push(format!(
                    "{}~{} {} {:.4} [{}]",
                    a.external_id,
                    b.external_id,
                    found.verdict.name(),
                    f64::from(found.probability_ppm) / 1e6,
                    evidence.join(", ")
                ));
            }
        }
        told
    }
}

/// The probability of a pair by itself.
pub fn probability(a: &Case, b: &Case) -> u32 {
    judge(&a.build(), &b.build(), &Policy::built_in()).probability_ppm
}

/// The verdict on a pair by itself.
pub fn verdict(a: &Case, b: &Case) -> Verdict {
    judge(&a.build(), &b.build(), &Policy::built_in()).verdict
}
