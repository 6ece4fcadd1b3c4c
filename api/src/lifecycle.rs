//! From the first request to the last: serving, background work, and a graceful end.

use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::boot::App;
use crate::http;

/// How long requests under way are waited for when the end comes.
const PATIENCE: Duration = Duration::from_secs(8);
/// How often activities are settled whose window has closed.
const WINDOWS: Duration = Duration::from_secs(30);
/// How often runs are looked for that another process queued.
const RUNS: Duration = Duration::from_secs(20);
/// How often counted durations are added up, as the library does where it runs by itself.
const FIGURES: Duration = Duration::from_secs(5);

/// Serves until the process is asked to end (interrupt or termination), answers what is under way, and returns.
/// `worker` says whether the background work runs here as well.
pub async fn serve(app: App, listener: TcpListener, worker: bool) {
    serve_until(app, listener, worker, asked_to_end()).await;
}

/// Serves until `end` comes.
pub async fn serve_until(
    app: App,
    listener: TcpListener,
    worker: bool,
    end: impl Future<Output = ()> + Send + 'static,
) {
    let mut background = JoinSet::new();
    background.spawn(add_up_figures());
    if worker {
        background.spawn(close_windows(app.clone()));
        background.spawn(carry_out_runs(app.clone()));
    }
    let (tell, mut told) = watch::channel(false);
    let (hub, stopping) = (app.hub.clone(), told.clone());
    let sources = tokio::spawn(async move {
        if worker {
            hub.work(stopping).await;
        }
    });
    let graceful = async move {
        end.await;
        tell.send_replace(true);
    };
    let impatient = async move {
        match told.wait_for(|ending| *ending).await {
            Ok(_) => tokio::time::sleep(PATIENCE).await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = http::serve(listener, http::router(app), graceful) => {}
        () = impatient => tracing::warn!("some requests did not end in time and are cut off"),
    }
    background.shutdown().await;
    // A call to a source that does not end in time is cut off: its job is done again by whoever works next.
    if tokio::time::timeout(PATIENCE, sources).await.is_err() {
        tracing::warn!("some background work did not end in time and is cut off");
    }
}

async fn add_up_figures() {
    let mut ticks = tokio::time::interval(FIGURES);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        crate::metrics::add_up();
    }
}

async fn close_windows(app: App) {
    let mut ticks = tokio::time::interval(WINDOWS);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match app.hub.close_windows().await {
            Ok(0) => {}
            Ok(settled) => tracing::info!(settled, "windows closed"),
            Err(error) => tracing::warn!(%error, "windows could not be closed; tried again in a moment"),
        }
    }
}

/// Carries out the runs that people ask for, and those that an ended process left. A run that is cut off by the end of
/// this process is taken up by the next.
async fn carry_out_runs(app: App) {
    loop {
        match app.hub.waiting_runs().await {
            Ok(runs) => {
                for run in runs {
                    if let Err(error) = app.hub.run_reconciliation(run, &|_| {}, &|| false).await {
                        tracing::warn!(%error, %run, "a run failed; it says so itself");
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "runs could not be looked for; tried again in a moment"),
        }
        // Woken by this process; other processes' runs are seen a little later.
        let _ = tokio::time::timeout(RUNS, app.work.notified()).await;
    }
}

async fn asked_to_end() {
    let interrupted = async {
        if let Err(error) = signal::ctrl_c().await {
            tracing::error!(%error, "cannot listen for interrupts");
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match signal::unix::signal(signal::unix::SignalKind::terminate()) {
            Ok(mut signals) => {
                signals.recv().await;
            }
            Err(error) => {
                tracing::error!(%error, "cannot listen for the wish to terminate");
                std::future::pending::<()>().await;
            }
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
    tracing::info!("ending: requests under way are answered, new ones are refused");
}
