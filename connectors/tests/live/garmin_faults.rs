//! The connector against a simulator that misbehaves: each failure leads to its own deed, and none to a sign-in.

use chrono::Duration;
use connectors::garmin::connect::open;
use connectors::garmin::connect::simulator::{Call, Mode};
use connectors::simulator::Case;
use connectors::{Part, Range, Session, SourceError};
use domain::Clock;
use secrecy::{ExposeSecret as _, SecretString};

use crate::garmin_calls::Scene;

/// What a failure is to whoever has to act on it.
fn deed<T: std::fmt::Debug>(outcome: Result<T, SourceError>) -> &'static str {
    let error = outcome.expect_err("a failure");
    let sentence = error.to_string();
    assert!(
        !sentence.contains("eyJ") && !sentence.contains("refresh-") && !sentence.contains("127.0.0.1"),
        "{sentence}"
    );
    match error {
        SourceError::TokenRefused => "refresh",
        SourceError::GrantDead(_) => "connect again",
        SourceError::LockedOut(_) => "ask a person",
        SourceError::RateLimited { .. } => "wait for the limit",
        SourceError::Gone => "withdraw",
        SourceError::Unavailable(_) => "try later",
        SourceError::Contract(_) => "note it and go on",
        SourceError::MissingScope(_) | SourceError::Suspended(_) => "never",
    }
}

#[tokio::test]
async fn each_failure_of_the_api_leads_to_its_own_deed() {
    let scene = Scene::set().await;
    let id = scene.special(Case::GarminOnly).external_id.clone();
    for (mode, list, detail, zones) in [
        (Mode::TokenRefused, "refresh", "refresh", "refresh"),
        // The token is newborn: another one would be no better.
        (Mode::TokenInactive, "try later", "try later", "try later"),
        (Mode::Challenge, "ask a person", "ask a person", "ask a person"),
        (Mode::PageInsteadOfData, "ask a person", "ask a person", "ask a person"),
        (Mode::Redirect, "try later", "try later", "try later"),
        (Mode::Broken, "try later", "try later", "try later"),
        (Mode::CutOff, "try later", "try later", "try later"),
        (Mode::RateBan, "wait for the limit", "wait for the limit", "wait for the limit"),
        (Mode::TooMany(None), "wait for the limit", "wait for the limit", "wait for the limit"),
        (Mode::Forbidden, "note it and go on", "note it and go on", "note it and go on"),
        (Mode::NotFound, "note it and go on", "withdraw", "nothing"),
        (Mode::Empty, "nothing", "nothing", "nothing"),
    ] {
        scene.simulator.mode(mode);
        let listed = match scene.page(Range::default(), None).await {
            Ok(page) if page.activities.is_empty() => "nothing",
            other => deed(other),
        };
        assert_eq!(listed, list, "{mode:?}");
        // Bytes that break off are a damaged file: it may well be stored so.
        let file = if mode == Mode::CutOff { "note it and go on" } else { zones };
        for (part, expected) in [(Part::Detail, detail), (Part::Zones, zones), (Part::File, file)] {
            let fetched = match scene.fetch(&id, part).await {
                Ok(None) => "nothing",
                other => deed(other),
            };
            assert_eq!(fetched, expected, "{mode:?} {part:?}");
        }
    }
    scene.simulator.mode(Mode::OtherShape);
    assert_eq!(deed(scene.page(Range::default(), None).await), "note it and go on");
    assert_eq!(deed(scene.connector.owner(&scene.session()).await.outcome), "note it and go on");
    // A failure leaves nothing behind.
    scene.simulator.mode(Mode::Normal);
    assert!(scene.page(Range::default(), None).await.is_ok());
    assert_eq!(scene.simulator.sign_ins(), 0);
}

#[tokio::test]
async fn a_limit_says_until_when() {
    let scene = Scene::set().await;
    for (wait, until) in [(Some(90), Some(90)), (None, None), (Some(u32::MAX), Some(86_400))] {
        scene.simulator.next(Call::List, Mode::TooMany(wait));
        let until = until.map(|seconds| scene.clock.now() + Duration::seconds(seconds));
        assert_eq!(scene.page(Range::default(), None).await.unwrap_err(), SourceError::RateLimited { until });
        // Only the next call was meant.
        assert!(scene.page(Range::default(), None).await.is_ok());
        scene.simulator.next(Call::Refresh, Mode::TooMany(wait));
        assert_eq!(
            scene.connector.refresh(&scene.tokens).await.outcome.unwrap_err(),
            SourceError::RateLimited { until }
        );
    }
}

#[tokio::test]
async fn a_cut_off_file_is_no_file() {
    let scene = Scene::set().await;
    let id = scene.special(Case::GarminOnly).external_id.clone();
    scene.simulator.next(Call::File, Mode::CutOff);
    assert_eq!(deed(scene.fetch(&id, Part::File).await), "note it and go on");
    assert!(scene.fetch(&id, Part::File).await.unwrap().is_some());
}

#[tokio::test]
async fn tokens_turn_and_the_old_ones_die() {
    let scene = Scene::set().await;
    // The access token has ended.
    scene.clock.advance(Duration::hours(21));
    assert_eq!(scene.page(Range::default(), None).await.unwrap_err(), SourceError::TokenRefused);
    let fresh = scene.connector.refresh(&scene.tokens).await.outcome.unwrap();
    assert_ne!(fresh.refresh.as_ref().unwrap().expose_secret(), scene.tokens.refresh.as_ref().unwrap().expose_secret());
    assert_eq!(fresh.expires_at, Some(scene.clock.now() + Duration::hours(20)));
    let session = Session { tokens: &fresh, now: scene.clock.now() };
    assert!(scene.connector.list(&session, Range::default(), None).await.outcome.is_ok());
    // Whoever comes second with the old one is locked out, and hears why.
    let dead = scene.connector.refresh(&scene.tokens).await.outcome.unwrap_err();
    assert!(
        matches!(&dead, SourceError::GrantDead(said) if said.contains("another program") && said.contains("--login"))
    );
    let again = scene.connector.refresh(&fresh).await.outcome.unwrap();
    // 30 days unused, and it is dead.
    scene.clock.advance(Duration::days(31));
    assert_eq!(deed(scene.connector.refresh(&again).await.outcome), "connect again");
    assert_eq!(scene.simulator.sign_ins(), 0);
}

#[tokio::test]
async fn a_refresh_is_bound_to_its_client_and_never_falls_back() {
    let scene = Scene::set().await;
    let mut other = scene.tokens.clone();
    other.extra = Some(SecretString::from(r#"{"made":"di","client_id":"GARMIN_OTHER","region":"com"}"#));
    assert_eq!(deed(scene.connector.refresh(&other).await.outcome), "connect again");
    // The right client still can.
    let before = scene.simulator.all_calls();
    for (mode, expected) in [
        (Mode::RefreshDead, "connect again"),
        (Mode::Challenge, "ask a person"),
        (Mode::PageInsteadOfData, "ask a person"),
        (Mode::RateBan, "ask a person"),
        (Mode::Broken, "try later"),
        (Mode::Forbidden, "ask a person"),
        (Mode::Redirect, "note it and go on"),
    ] {
        scene.simulator.next(Call::Refresh, mode);
        assert_eq!(deed(scene.connector.refresh(&scene.tokens).await.outcome), expected, "{mode:?}");
    }
    assert_eq!(scene.simulator.all_calls(), before + 7);
    assert!(scene.connector.refresh(&scene.tokens).await.outcome.is_ok());
    // Tokens of the old kind, and tokens without a refresh token, cost no call.
    let before = scene.simulator.all_calls();
    let mut legacy = scene.tokens.clone();
    legacy.extra = Some(SecretString::from(r#"{"made":"legacy"}"#));
    assert_eq!(deed(scene.connector.refresh(&legacy).await.outcome), "connect again");
    let alone = connectors::Tokens { refresh: None, ..scene.tokens.clone() };
    assert_eq!(deed(scene.connector.refresh(&alone).await.outcome), "connect again");
    assert_eq!((scene.simulator.all_calls(), scene.simulator.sign_ins()), (before, 0));
}

#[tokio::test]
async fn an_old_token_that_is_called_inactive_is_refreshed() {
    let scene = Scene::set().await;
    scene.clock.advance(Duration::hours(5));
    scene.simulator.mode(Mode::TokenInactive);
    assert_eq!(deed(scene.page(Range::default(), None).await), "refresh");
}

#[tokio::test]
async fn a_password_change_ends_everything_at_once() {
    let scene = Scene::set().await;
    scene.simulator.end_tokens(false);
    assert_eq!(deed(scene.page(Range::default(), None).await), "refresh");
    assert_eq!(deed(scene.connector.refresh(&scene.tokens).await.outcome), "connect again");
}

#[tokio::test]
async fn nothing_opens_unless_the_operator_knows() {
    let scene = Scene::set().await;
    for text in [None, Some("false"), Some("yes")] {
        let mut settings = scene.simulator.settings();
        settings.values.remove("acknowledge_unofficial");
        settings.values.extend(text.map(|text| ("acknowledge_unofficial".to_owned(), text.to_owned())));
        let refused = open(&settings).err().unwrap();
        assert!(refused.contains("acknowledge_unofficial") && refused.contains("unofficial;"), "{refused}");
    }
    for (key, value) in [
        ("api_base", "http://connectapi.garmin.com"),
        ("token_base", "https://diauth.garmin.com/x"),
        ("sso_base", "nowhere"),
    ] {
        let mut settings = scene.simulator.settings();
        settings.values.insert(key.to_owned(), value.to_owned());
        let refused = open(&settings).err().unwrap();
        assert!(refused.contains(&format!("sources.garmin_connect.{key}")), "{refused}");
    }
}

#[tokio::test]
async fn nobody_at_home() {
    let scene = Scene::set().await;
    let Scene { simulator, connector, tokens, clock, .. } = scene;
    // A port on which nobody listens.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut settings = simulator.settings();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    settings.values.insert("api_base".to_owned(), base);
    let session = Session { tokens: &tokens, now: clock.now() };
    let lost = open(&settings).unwrap();
    assert_eq!(deed(lost.list(&session, Range::default(), None).await.outcome), "try later");
    assert!(connector.list(&session, Range::default(), None).await.outcome.is_ok());
}
