//! A person's sign-in against the simulator: one try a step, and a sentence for every way in which it stops.

use connectors::garmin::connect::login::{Step, answer_code, begin};
use connectors::garmin::connect::simulator::{CODE, Call, EMAIL, Mode, PASSWORD};
use connectors::garmin::connect::tokens::Region;
use connectors::{Range, Session, SourceError};
use domain::Clock;
use secrecy::SecretString;

use crate::garmin_calls::Scene;

async fn sign_in(scene: &Scene, password: &str) -> Result<Step, SourceError> {
    begin(&scene.simulator.settings(), Region::Com, EMAIL, &SecretString::from(password)).await
}

#[tokio::test]
async fn a_password_is_enough_without_a_second_factor() {
    let scene = Scene::set().await;
    let Step::Done(tokens) = sign_in(&scene, PASSWORD).await.unwrap() else { panic!("no code was to be wanted") };
    let session = Session { tokens: &tokens, now: scene.clock.now() };
    assert!(scene.connector.list(&session, Range::default(), None).await.outcome.is_ok());
    assert!(scene.connector.refresh(&tokens).await.outcome.is_ok());
    let calls: Vec<u64> = [Call::Page, Call::SignIn, Call::Code, Call::Ticket]
        .into_iter()
        .map(|call| scene.simulator.calls(call))
        .collect();
    assert_eq!(calls, [1, 1, 0, 1]);
}

#[tokio::test]
async fn a_code_is_asked_for_and_a_wrong_one_can_be_mended() {
    let scene = Scene::set().await;
    scene.simulator.second_factor(true);
    let Step::NeedsCode(mut pending) = sign_in(&scene, PASSWORD).await.unwrap() else {
        panic!("a code was to be wanted")
    };
    assert_eq!(pending.method(), "email");
    assert!(!format!("{pending:?}").contains("SESSION"));
    let wrong = answer_code(&mut pending, &SecretString::from("000000")).await.unwrap_err();
    assert!(matches!(&wrong, SourceError::LockedOut(said) if said.contains("does not accept that code")), "{wrong}");
    let tokens = answer_code(&mut pending, &SecretString::from(format!(" {CODE}\n"))).await.unwrap();
    let session = Session { tokens: &tokens, now: scene.clock.now() };
    assert!(scene.connector.owner(&session).await.outcome.is_ok());
    assert_eq!((scene.simulator.calls(Call::SignIn), scene.simulator.calls(Call::Code)), (1, 2));
    // The sign-in is over: its session takes no code any more.
    assert!(answer_code(&mut pending, &SecretString::from(CODE)).await.is_err());
}

#[tokio::test]
async fn every_way_in_which_it_stops_has_its_own_sentence() {
    let scene = Scene::set().await;
    let mut sentences = Vec::new();
    for (call, mode, told) in [
        (Call::SignIn, Mode::Captcha, "captcha"),
        (Call::SignIn, Mode::AccountLocked, "locked the account"),
        (Call::SignIn, Mode::ClientBlocked, "427"),
        (Call::SignIn, Mode::RefusedInside, "two hours"),
        (Call::SignIn, Mode::TooMany(None), "two hours"),
        (Call::Page, Mode::TooMany(Some(60)), "two hours"),
        (Call::SignIn, Mode::Challenge, "browser"),
        (Call::Page, Mode::Challenge, "browser"),
        (Call::SignIn, Mode::Forbidden, "403"),
        (Call::SignIn, Mode::Broken, "trouble of its own"),
        (Call::Ticket, Mode::Challenge, "token service"),
        (Call::Ticket, Mode::Forbidden, "403"),
    ] {
        let before = scene.simulator.calls(call);
        scene.simulator.next(call, mode);
        let sentence = sign_in(&scene, PASSWORD).await.unwrap_err().to_string();
        assert!(sentence.contains(told), "{call:?} {mode:?}: {sentence}");
        assert!(!sentence.contains(PASSWORD) && !sentence.contains(EMAIL), "{sentence}");
        assert_eq!(scene.simulator.calls(call), before + 1, "{mode:?}: nothing is tried twice");
        sentences.push(sentence);
    }
    let wrong = sign_in(&scene, "wrong").await.unwrap_err();
    assert!(matches!(&wrong, SourceError::LockedOut(said) if said.contains("password is wrong")), "{wrong}");
    // Without the page's cookie the real one answers 429: ours has it.
    assert!(sign_in(&scene, PASSWORD).await.is_ok());
    assert!(sentences.iter().collect::<std::collections::BTreeSet<_>>().len() >= 8);
}

#[tokio::test]
async fn nobody_signs_in_where_the_operator_has_not_said_that_they_know() {
    let scene = Scene::set().await;
    let mut settings = scene.simulator.settings();
    settings.values.remove("acknowledge_unofficial");
    assert!(begin(&settings, Region::Com, EMAIL, &SecretString::from(PASSWORD)).await.is_err());
    assert_eq!(scene.simulator.all_calls(), 0);
}
