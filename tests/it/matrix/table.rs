//! The written table: which scopes every field of every type needs.

/// The way to a type, where `@` stands for what is asked of it.
pub struct Row {
    /// The type.
    pub name: &'static str,
    /// The query that leads to one of it.
    pub way: &'static str,
    /// The scopes that lead there.
    pub scopes: &'static str,
    /// Its fields, with arguments where they need some; behind a `+` the scopes that one needs besides.
    pub fields: &'static str,
}

const fn row(name: &'static str, way: &'static str, scopes: &'static str, fields: &'static str) -> Row {
    Row { name, way, scopes, fields }
}

const READ: &str = "activities:read";
const ACCOUNTS: &str = "accounts:read";
const RULE: &str = "reconciliation:write";
/// What is done is shown, and what is shown is read.
const RULE_AND_READ: &str = "activities:read reconciliation:write";

/// Every type that holds fields.
pub const TABLE: &[Row] = &[
    row(
        "Query",
        "{ @ }",
        "",
        "viewer sources policy node(id:\"{activity}\")+activities:read nodes(ids:[\"{activity}\"])+activities:read \
         activity(id:\"{activity}\")+activities:read \
         activityBySource(source:\"file\",externalId:\"{external}\")+activities:read activities+activities:read \
         athlete(id:\"{athlete}\")+activities:read athletes+activities:read \
         sourceRecord(source:\"file\",channel:UPLOAD,externalId:\"{external}\")+activities:read \
         sourceRecords+activities:read matchCandidates+activities:read \
         explainMatch(a:\"{record}\",b:\"{record2}\")+activities:read reconciliation+activities:read \
         reconciliationRun(id:\"{run}\")+activities:read changes+activities:read \
         importRun(id:\"{import}\")+activities:read policyPreview(toml:\"{toml}\")+activities:read \
         totals(groupBy:[MONTH])+activities:read coverage(athleteId:\"{athlete}\")+activities:read \
         sourceAccounts+accounts:read",
    ),
    row(
        "Mutation",
        "mutation { @ }",
        "",
        "createAthlete(input:{displayName:\"\"})+athletes:write \
         eraseAthlete(input:{athleteId:\"x\",reason:\"r\"})+athletes:erase \
         reconcileActivity(input:{activityId:\"x\"})+reconciliation:write \
         startReconciliation(input:{athleteId:\"x\"})+activities:read,reconciliation:write \
         mergeActivities(input:{activityIds:[\"x\",\"y\"],reason:\"r\"})+reconciliation:write \
         splitActivity(input:{activityId:\"x\",sourceRecordIds:[\"y\"],reason:\"r\"})+reconciliation:write \
         decideMatchCandidate(input:{candidateId:\"x\",decision:SAME,reason:\"r\"})+reconciliation:write \
         pinField(input:{activityId:\"x\",field:NAME,value:\"v\",reason:\"r\"})+reconciliation:write \
         unpinField(input:{activityId:\"x\",field:NAME,reason:\"r\"})+reconciliation:write \
         undo(input:{revisionId:\"x\",reason:\"r\"})+reconciliation:write \
         syncAccount(input:{accountId:\"x\"})+accounts:write \
         backfillAccount(input:{accountId:\"x\"})+accounts:write \
         setAccountPaused(input:{accountId:\"x\",paused:true,reason:\"r\"})+accounts:write \
         disconnectAccount(input:{accountId:\"x\",purge:false,reason:\"r\"})+accounts:write",
    ),
    row("Node", "{ node(id: \"{activity}\") { @ } }", READ, "id"),
    row("Viewer", "{ viewer { @ } }", "", "clientId scopes allAthletes expiresAt athletes+activities:read"),
    row(
        "Activity",
        "{ activity(id: \"{activity}\") { @ } }",
        READ,
        "id athlete status revision mergedInto name description sportType startTimeUtc utcOffsetS timezone startTimeLocal \
         elapsedTimeS movingTimeS distanceM elevationGainM elevationLossM elevationMinM elevationMaxM averageSpeedMps \
         maxSpeedMps averageHeartRateBpm maxHeartRateBpm averagePowerW maxPowerW normalizedPowerW averageCadenceRpm \
         maxCadenceRpm energyKcal averageTemperatureC startPoint endPoint summaryPolyline visibility commute indoor manual \
         gear device aerobicTrainingEffect anaerobicTrainingEffect trainingLoad vo2Max averageStrideLengthM \
         averageVerticalOscillationCm averageGroundContactTimeMs averageRespirationRate poolLengthM strokes relativeEffort \
         perceivedExertion provenance field(name:NAME) sources sourceRecords artifacts laps streams \
         streams(types:[LATLNG])+artifacts:read matches candidates parent legs history(first:1) \
         asOf(time:\"2030-01-01T00:00:00Z\") createdAt updatedAt",
    ),
    row("ActivityConnection", "{ activities(first: 1) { @ } }", READ, "edges nodes pageInfo totalCount"),
    row("ActivityEdge", "{ activities(first: 1) { edges { @ } } }", READ, "cursor node"),
    row(
        "PageInfo",
        "{ activities(first: 1) { pageInfo { @ } } }",
        READ,
        "hasNextPage hasPreviousPage startCursor endCursor",
    ),
    row(
        "ActivityRevision",
        "{ activity(id: \"{pinned}\") { history(first: 1) { nodes { @ } } } }",
        READ,
        "id revision at cause actor reason changes status undoable",
    ),
    row(
        "ActivityRevisionConnection",
        "{ activity(id: \"{pinned}\") { history(first: 1) { @ } } }",
        READ,
        "edges nodes pageInfo",
    ),
    row(
        "ActivityRevisionEdge",
        "{ activity(id: \"{pinned}\") { history(first: 1) { edges { @ } } } }",
        READ,
        "cursor node",
    ),
    row(
        "FieldChange",
        "{ activity(id: \"{pinned}\") { history(first: 1) { nodes { changes { @ } } } } }",
        READ,
        "field before after sourceBefore sourceAfter",
    ),
    row(
        "ActivitySnapshot",
        "{ activity(id: \"{activity}\") { asOf(time: \"2030-01-01T00:00:00Z\") { @ } } }",
        READ,
        "revision at status fields",
    ),
    row(
        "SnapshotField",
        "{ activity(id: \"{activity}\") { asOf(time: \"2030-01-01T00:00:00Z\") { fields { @ } } } }",
        READ,
        "field value source",
    ),
    row(
        "ActivityTotals",
        "{ totals(groupBy: [MONTH]) { @ } }",
        READ,
        "periodStart sportType status source count distanceM elapsedTimeS movingTimeS elevationGainM energyKcal",
    ),
    row("CoverageMonth", "{ coverage(athleteId: \"{athlete}\") { @ } }", READ, "month source records matched onlyHere"),
    row(
        "Artifact",
        "{ node(id: \"{artifact}\") { ... on Artifact { @ } } }",
        READ,
        "id kind source sha256 sizeBytes contentType filename fetchedAt sourceRecord json+artifacts:read \
         downloadUrl+artifacts:read",
    ),
    row(
        "Athlete",
        "{ athlete(id: \"{athlete}\") { @ } }",
        READ,
        "id displayName activities(first:1) totals(groupBy:[YEAR]) accounts+accounts:read createdAt",
    ),
    row("AthleteConnection", "{ athletes(first: 1) { @ } }", READ, "edges nodes pageInfo totalCount"),
    row("AthleteEdge", "{ athletes(first: 1) { edges { @ } } }", READ, "cursor node"),
    row("Change", "{ changes(first: 1) { nodes { @ } } }", READ, "cursor at activity revision cause fields"),
    row("ChangeConnection", "{ changes(first: 1) { @ } }", READ, "edges nodes pageInfo"),
    row("ChangeEdge", "{ changes(first: 1) { edges { @ } } }", READ, "cursor node"),
    row("ConnectorInfo", "{ sources { connectors { @ } } }", "", "connector enabled deliveries official"),
    row(
        "FieldProvenance",
        "{ activity(id: \"{activity}\") { provenance(fields: [NAME]) { @ } } }",
        READ,
        "field value source sourceRecord artifact path channel rule reason agreement alternatives pin observedAt",
    ),
    row(
        "FieldAlternative",
        "{ activity(id: \"{activity}\") { provenance { alternatives { @ } } } }",
        READ,
        "value source sourceRecord difference",
    ),
    row(
        "FieldPin",
        "{ activity(id: \"{pinned}\") { field(name: NAME) { pin { @ } } } }",
        READ,
        "source value reason actor at",
    ),
    row("GeoPoint", "{ activities(first: 50) { nodes { startPoint { @ } } } }", READ, "latitude longitude"),
    row(
        "ImportRun",
        "{ importRun(id: \"{import}\") { @ } }",
        READ,
        "id athlete filename state entriesTotal entriesDone recordsNew recordsUpdated recordsUnchanged refusals startedAt \
         finishedAt error",
    ),
    row("ImportRefusal", "{ importRun(id: \"{import}\") { refusals { @ } } }", READ, "entry reason artifact"),
    row(
        "Lap",
        "{ activity(id: \"{activity}\") { laps { @ } } }",
        READ,
        "index name startTimeUtc elapsedTimeS movingTimeS distanceM averageSpeedMps averageHeartRateBpm maxHeartRateBpm \
         averagePowerW averageCadenceRpm elevationGainM",
    ),
    row(
        "StreamSet",
        "{ activity(id: \"{activity}\") { streams(points: 3) { @ } } }",
        READ,
        "source sourceRecord artifact sampleCount streams",
    ),
    row("Stream", "{ activity(id: \"{activity}\") { streams(points: 3) { streams { @ } } } }", READ, "type unit data"),
    row("Match", "{ activity(id: \"{activity}\") { matches { @ } } }", READ, "a b probability decidedBy evidence"),
    row(
        "MatchEvidence",
        "{ activity(id: \"{activity}\") { matches { evidence { @ } } } }",
        READ,
        "kind a b weight explanation",
    ),
    row(
        "MatchCandidate",
        "{ node(id: \"{candidate}\") { ... on MatchCandidate { @ } } }",
        READ,
        "id athlete a b probability evidence decision createdAt decidedAt decidedBy",
    ),
    row("MatchCandidateConnection", "{ matchCandidates(first: 1) { @ } }", READ, "edges nodes pageInfo totalCount"),
    row("MatchCandidateEdge", "{ matchCandidates(first: 1) { edges { @ } } }", READ, "cursor node"),
    row(
        "MatchExplanation",
        "{ explainMatch(a: \"{record}\", b: \"{record2}\") { @ } }",
        READ,
        "a b verdict probability evidence summary",
    ),
    row(
        "Policy",
        "{ policy { @ } }",
        "",
        "version canonicalSource windowHours autoMatchProbability reviewProbability fields toml",
    ),
    row("FieldPolicy", "{ policy { fields { @ } } }", "", "field prefer coherentGroup tolerance"),
    row(
        "PolicyPreview",
        "{ policyPreview(toml: \"{toml}\") { @ } }",
        READ,
        "valid errors activitiesExamined activitiesChanged merges splits fieldChanges examples",
    ),
    row("FieldChangeCount", "{ policyPreview(toml: \"{toml}\") { fieldChanges { @ } } }", READ, "field count"),
    row(
        "PolicyPreviewExample",
        "{ policyPreview(toml: \"{toml}\") { examples(first: 1) { @ } } }",
        READ,
        "activity changes",
    ),
    row("RecordField", "{ node(id: \"{record}\") { ... on SourceRecord { fields { @ } } } }", READ, "field value"),
    row(
        "ReconciliationRun",
        "{ reconciliationRun(id: \"{run}\") { @ } }",
        READ,
        "id state requestedBy reason recordsTotal recordsDone activitiesChanged merges splits startedAt finishedAt error",
    ),
    row(
        "ReconciliationSummary",
        "{ reconciliation { @ } }",
        READ,
        "pending singleSource matched conflicted needsReview withdrawn openCandidates oldestPendingSince",
    ),
    row("Source", "{ sources { @ } }", "", "slug name rank connectors"),
    row(
        "SourceRecord",
        "{ node(id: \"{record}\") { ... on SourceRecord { @ } } }",
        READ,
        "id source externalId channel url athlete activity name sportType sourceSportType startTimeUtc elapsedTimeS \
         movingTimeS distanceM fileSha256 fields artifacts revision firstSeenAt fetchedAt withdrawnAt withdrawnReason",
    ),
    row("SourceRecordConnection", "{ sourceRecords(first: 1) { @ } }", READ, "edges nodes pageInfo totalCount"),
    row("SourceRecordEdge", "{ sourceRecords(first: 1) { edges { @ } } }", READ, "cursor node"),
    row(
        "CreateAthletePayload",
        "mutation { createAthlete(input: { displayName: \"{fresh}\" }) { @ } }",
        "athletes:write",
        "athlete",
    ),
    row(
        "ReconcileActivityPayload",
        "mutation { reconcileActivity(input: { activityId: \"{activity}\" }) { @ } }",
        RULE,
        "activity changed changes",
    ),
    row(
        "StartReconciliationPayload",
        "mutation { startReconciliation(input: { athleteId: \"{athlete}\" }) { @ } }",
        RULE_AND_READ,
        "run",
    ),
    row(
        "PinFieldPayload",
        "mutation { pinField(input: { activityId: \"{activity}\", field: NAME, value: \"Mine\", reason: \"r\" }) { @ } }",
        RULE,
        "activity provenance",
    ),
    row(
        "UnpinFieldPayload",
        "mutation { unpinField(input: { activityId: \"{activity}\", field: NAME, reason: \"r\" }) { @ } }",
        RULE,
        "activity provenance",
    ),
    row(
        "UndoPayload",
        "mutation { undo(input: { revisionId: \"{revision}\", reason: \"r\" }) { @ } }",
        RULE,
        "activities",
    ),
    row(
        "SplitActivityPayload",
        "mutation { splitActivity(input: { activityId: \"{split}\", sourceRecordIds: [\"{leaving}\"], reason: \"r\" }) { @ } }",
        RULE,
        "activities",
    ),
    row(
        "MergeActivitiesPayload",
        "mutation { mergeActivities(input: { activityIds: [\"{one}\", \"{other}\"], reason: \"r\" }) { @ } }",
        RULE,
        "activity",
    ),
    row(
        "DecideMatchCandidatePayload",
        "mutation { decideMatchCandidate(input: { candidateId: \"{candidate}\", decision: DIFFERENT, reason: \"r\" }) { @ } }",
        RULE,
        "candidate activity",
    ),
    row(
        "SourceAccount",
        "{ sourceAccounts { @ } }",
        ACCOUNTS,
        "id athlete source connector state stateReason externalAthleteId scopes lastSuccessAt lastAttemptAt nextAttemptAt \
         consecutiveFailures lastError backfill remaining rateLimit recordCount",
    ),
    row("BackfillProgress", "{ sourceAccounts { backfill { @ } } }", ACCOUNTS, "from to cursor recordsSeen complete"),
    row("RemainingCalls", "{ sourceAccounts { remaining { @ } } }", ACCOUNTS, "calls backfillCalls doneAt"),
    row(
        "RateLimitState",
        "{ sourceAccounts { rateLimit { @ } } }",
        ACCOUNTS,
        "shortLimit shortUsed dailyLimit dailyUsed resetsAt",
    ),
    row(
        "SyncAccountPayload",
        "mutation { syncAccount(input: { accountId: \"{account}\" }) { @ } }",
        "accounts:write",
        "account",
    ),
    row(
        "BackfillAccountPayload",
        "mutation { backfillAccount(input: { accountId: \"{account}\" }) { @ } }",
        "accounts:write",
        "account",
    ),
    row(
        "SetAccountPausedPayload",
        "mutation { setAccountPaused(input: { accountId: \"{account}\", paused: false, reason: \"r\" }) { @ } }",
        "accounts:write",
        "account",
    ),
    row(
        "DisconnectAccountPayload",
        "mutation { disconnectAccount(input: { accountId: \"{account}\", purge: false, reason: \"r\" }) { @ } }",
        "accounts:write",
        "account recordsPurged revokedThere",
    ),
    // The last: nothing can be asked about its athlete afterwards.
    row(
        "EraseAthletePayload",
        "mutation { eraseAthlete(input: { athleteId: \"{athlete}\", reason: \"r\" }) { @ } }",
        "athletes:erase",
        "athleteId recordsErased artifactsErased",
    ),
];
