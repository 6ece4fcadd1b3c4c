//! Layers, mistakes and secrets.

use secrecy::ExposeSecret;

use super::*;

fn environment(pairs: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>().into_iter()
}

fn refused(file: &str, pairs: &[(&str, &str)]) -> String {
    Config::read(Some(file), environment(pairs)).expect_err("this configuration is wrong").to_string()
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let file = "[server]\nlisten = \"127.0.0.1:1\"\ngraphiql = false\n[limits]\ndepth = 9\n";
    let pairs = [("DATAHUB_SERVER__LISTEN", "127.0.0.1:2"), ("DATAHUB_LIMITS__TIMEOUT", "2s"), ("PATH", "/bin")];
    let config = Config::read(Some(file), environment(&pairs)).unwrap();
    assert_eq!(config.server.listen.port(), 2);
    assert!(!config.server.graphiql);
    assert_eq!((config.limits.depth, config.limits.tokens), (9, 10_000));
    assert_eq!(config.limits.timeout, Duration::from_secs(2));
    assert_eq!(config.database.url.expose_secret(), "sqlite://data/datahub.db");
}

#[test]
fn an_unknown_key_is_named_with_its_place_and_the_nearest_that_exists() {
    let file = refused("[server]\nlistne = \"127.0.0.1:1\"\n", &[]);
    assert!(file.contains("server.listne") && file.contains("file") && file.contains("server.listen"), "{file}");
    let variable = refused("", &[("DATAHUB_SERVER__PORT", "80")]);
    assert!(variable.contains("server.port") && variable.contains("DATAHUB_SERVER__PORT"), "{variable}");
    assert!(refused("stray = 1\n", &[]).contains("stray"));
    assert!(refused("", &[("DATAHUB_SERVER_LISTEN", "127.0.0.1:1")]).contains("DATAHUB_SERVER_LISTEN"));
    assert!(Config::read(None, environment(&[("DATAHUB_TEST_DATABASE_URL", "x")])).is_ok());
}

#[test]
fn a_wrong_value_is_told_by_its_key_and_never_shown() {
    for (key, name) in [
        ("server.listen", "DATAHUB_SERVER__LISTEN"),
        ("server.public_url", "DATAHUB_SERVER__PUBLIC_URL"),
        ("server.graphiql", "DATAHUB_SERVER__GRAPHIQL"),
        ("limits.depth", "DATAHUB_LIMITS__DEPTH"),
        ("limits.timeout", "DATAHUB_LIMITS__TIMEOUT"),
        ("telemetry.format", "DATAHUB_TELEMETRY__FORMAT"),
    ] {
        let told = refused("", &[(name, "hunter2 nonsense")]);
        assert!(told.contains(key) && told.contains(name) && !told.contains("hunter2"), "{told}");
    }
    assert!(refused("[limits]\npage_size = 101\n", &[]).contains("limits.page_size"));
    assert!(refused("[limits]\ndepth = [1]\n", &[]).contains("limits.depth"));
    assert!(refused("[limits\n", &[]).contains("line 1"));
}

#[test]
fn a_secret_comes_from_its_file_without_the_line_end_and_never_from_two_places() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, "0123456789abcdef0123456789abcdef\n").unwrap();
    let path = path.to_str().unwrap();
    let config = Config::read(None, environment(&[("DATAHUB_AUTH__SECRET_FILE", path)])).unwrap();
    assert_eq!(config.auth.secret.unwrap().expose_secret(), "0123456789abcdef0123456789abcdef");
    let twice = [("DATAHUB_AUTH__SECRET_FILE", path), ("DATAHUB_AUTH__SECRET", "hunter2")];
    let told = refused("", &twice);
    assert!(told.contains("auth.secret_file") && !told.contains("hunter2"), "{told}");
    let lost = refused("", &[("DATAHUB_AUTH__SECRET_FILE", "/nowhere/secret")]);
    assert!(lost.contains("auth.secret_file") && lost.contains("/nowhere/secret"), "{lost}");
    let url = Config::read(None, environment(&[("DATAHUB_DATABASE__URL_FILE", path)])).unwrap().database.url;
    assert!(url.expose_secret().starts_with("0123"));
}

#[test]
fn secrets_stay_out_of_debug_output() {
    let pairs = [("DATAHUB_AUTH__SECRET", "hunter2"), ("DATAHUB_DATABASE__URL", "postgres://u:hunter2@h/d")];
    let config = Config::read(None, environment(&pairs)).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn durations_are_a_number_and_a_unit() {
    assert_eq!(duration("500ms"), Some(Duration::from_millis(500)));
    assert_eq!(duration("15m"), Some(Duration::from_secs(900)));
    assert_eq!(duration("30d"), Some(Duration::from_secs(2_592_000)));
    for wrong in ["", "10", "s", "-1s", "1.5s", "10 s", "99999999999999999999s", "18446744073709551615d"] {
        assert_eq!(duration(wrong), None, "{wrong}");
    }
}
