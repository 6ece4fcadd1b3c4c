use super::*;

/// The shortest policy that holds something of everything.
const SHORT: &str = r#"window_hours = 72
[matching]
auto = 0.99
review = 0.50
[sources]
order = [
    "strava/api",
    "garmin",
]
exclude = []
[groups]
laps = ["garmin"]
[fields]
DEVICE = ["garmin"]
[[when]]
family = "ride"
device = "zwift*"
groups = { heart_rate = ["garmin"] }
[tolerance]
NAME = "any"
DISTANCE_M = { absolute = 50, relative = 0.02 }
"#;

fn told(text: &str) -> Vec<String> {
    Policy::parse(text).map_or_else(|errors| errors.iter().map(ToString::to_string).collect(), |_| Vec::new())
}

#[test]
fn the_built_in_policy_can_be_read() {
    assert_eq!(Policy::parse(BUILT_IN).map(|policy| policy.window_s), Ok(72 * 3600));
    assert_eq!(told(SHORT), Vec::<String>::new());
}

#[test]
fn errors_come_all_at_once_from_the_top_down() {
    let text = BUILT_IN
        .replace("auto = 0.99", "auto = 0.5")
        .replace("\"garmin/push\"", "\"garmin/pusch\"")
        .replace("DEVICE = [", "DEVISE = [");
    let told = told(&text);
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].starts_with("line 10, matching.auto: 0.5 is out of range"), "{told:?}");
    assert!(told[1].contains("sources.order: \"garmin/pusch\" names no channel"), "{told:?}");
    assert!(told[2].contains("fields.DEVISE: there is no such field"), "{told:?}");
}

/// What people and programs write instead of a policy: each mistake is named by its line and its key, with what would
/// be right, and nothing else is said.
#[test]
fn every_error_names_its_line_and_its_key() {
    for (written, instead, place, problem) in [
        // Of the wrong type.
        ("window_hours = 72", "window_hours = \"three days\"", "line 1, window_hours", "must be a number and is text"),
        ("auto = 0.99", "auto = \"0.99\"", "line 3, matching.auto", "must be a number and is text"),
        ("review = 0.50", "review = true", "line 4, matching.review", "must be a number and is true or false"),
        ("review = 0.50", "review = 2026-01-01", "line 4, matching.review", "must be a number and is a date"),
        ("exclude = []", "exclude = \"strava/api\"", "line 10, sources.exclude", "must be a list and is text"),
        ("    \"garmin\",", "    7,", "line 8, sources.order", "must be text and is a number"),
        ("laps = [\"garmin\"]", "laps = \"garmin\"", "line 12, groups.laps", "must be a list and is text"),
        ("DEVICE = [\"garmin\"]", "DEVICE = { first = 1 }", "line 14, fields.DEVICE", "must be a list and is a table"),
        ("[[when]]", "[when]", "line 15, when", "must be a list and is a table"),
        ("family = \"ride\"", "family = [\"ride\"]", "line 16, when.family", "must be text and is a list"),
        ("device = \"zwift*\"", "device = 5", "line 17, when.device", "must be text and is a number"),
        ("{ heart_rate = [\"garmin\"] }", "[]", "line 18, when.groups", "must be a table and is a list"),
        ("NAME = \"any\"", "NAME = 5", "line 20, tolerance.NAME", "must be a table and is a number"),
        ("absolute = 50", "absolute = \"50 m\"", "line 21, tolerance.DISTANCE_M.absolute", "must be a number"),
        // Missing.
        ("window_hours = 72", "", "line 1, window_hours", "is missing; write it like window_hours = 72"),
        ("auto = 0.99", "", "line 2, matching.auto", "is missing; write it like auto = 0.99"),
        ("[matching]\nauto = 0.99\nreview = 0.50\n", "", "line 1, matching", "is missing"),
        ("order = [\n    \"strava/api\",\n    \"garmin\",\n]", "", "line 5, sources.order", "is missing"),
        // Unknown.
        (
            "window_hours",
            "tempo = 1\nwindow_hours",
            "line 1, tempo",
            "there is no such key; the keys here are window_h",
        ),
        ("review = 0.50", "review = 0.50\nmaybe = 0.3", "line 5, matching.maybe", "the keys here are auto, review, s"),
        ("exclude = []", "omit = []", "line 10, sources.omit", "the keys here are order, exclude"),
        ("family = \"ride\"", "sport = \"ride\"", "line 16, when.sport", "there is no such key"),
        ("relative = 0.02", "percent = 2", "line 21, tolerance.DISTANCE_M.percent", "the keys here are absolute"),
        ("laps = ", "rounds = ", "line 12, groups.rounds", "there is no such group"),
        // Of no meaning.
        ("[sources]", "second_device = \"merge\"\n[sources]", "line 5, matching.second_device", "\"review\" or \"at"),
        ("auto = 0.99", "auto = nan", "line 3, matching.auto", "out of range"),
        ("auto = 0.99", "auto = 0xFFFFFFFFFFFFFFFFFF", "line 3, matching.auto", "too large"),
        ("NAME = \"any\"", "NAME = \"some\"", "line 20, tolerance.NAME", "\"some\" is no tolerance"),
        ("absolute = 50", "absolute = -1", "line 21, tolerance.DISTANCE_M", "A at least 0"),
        (
            "order = [\n    \"strava/api\",\n    \"garmin\",\n]",
            "order = []",
            "line 6, sources.order",
            "at least one source",
        ),
        // No TOML at all.
        ("auto = 0.99", "auto = ", "line 3, matching.auto", ""),
        ("auto = 0.99", "auto = 0.99\nauto = 0.98", "line 4, matching.auto", "duplicate key"),
        ("[groups]", "[sources]", "line 11, sources", "duplicate key"),
    ] {
        let text = SHORT.replacen(written, instead, 1);
        assert_ne!(text, SHORT, "{written} is nowhere");
        let told = told(&text);
        assert_eq!(told.len(), 1, "{instead}: {told:?}");
        assert!(told[0].starts_with(&format!("{place}: ")), "{instead}: {told:?}");
        assert!(told[0].contains(problem), "{instead}: {told:?}");
    }
    assert!(told("\u{FFFD}\u{0}")[0].starts_with("line 1, the file: "));
}

#[test]
fn a_field_of_a_coherent_group_has_no_order_of_its_own() {
    let told = told(&BUILT_IN.replace("[fields]", "[fields]\nDISTANCE_M = [\"garmin\"]"));
    assert!(told[0].contains("fields.DISTANCE_M") && told[0].contains("groups.core"), "{told:?}");
}
