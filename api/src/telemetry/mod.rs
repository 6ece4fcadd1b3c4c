//! Logs, on standard error, so that standard output belongs to results; and traces, for whoever collects them.

mod traces;

use std::io::IsTerminal as _;

use tracing_subscriber::fmt::Layer as Lines;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, Registry};

use crate::config::{LogFormat, Telemetry};
pub use traces::{Collector, Post, Traces, TracesError, traces};

/// Starts logging, and tracing where there is a collector; the first call of a process counts. What it gives is ended
/// when the process ends, so that nothing is left unsent.
///
/// # Errors
/// Traces cannot be sent to that collector.
pub fn start(config: &Telemetry, collector: Option<Collector>) -> Result<Traces, TracesError> {
    // The text was checked when it was read.
    let filter = EnvFilter::try_new(&config.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let is_terminal = std::io::stderr().is_terminal();
    let text = match config.format {
        LogFormat::Auto => is_terminal,
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    let lines = Lines::<Registry>::new().with_writer(std::io::stderr);
    let lines = match text {
        true => lines.with_ansi(is_terminal).boxed(),
        false => lines.json().with_current_span(false).boxed(),
    };
    // A second start, as tests make, changes nothing.
    match collector.map(traces).transpose()? {
        None => {
            // One filter for all: what is not logged costs nothing.
            let _already = tracing_subscriber::registry().with(lines).with(filter).try_init().is_err();
            Ok(Traces::none())
        }
        Some((layer, traces)) => {
            let lines = lines.with_filter(filter);
            let _already = tracing_subscriber::registry().with(lines).with(layer).try_init().is_err();
            Ok(traces)
        }
    }
}
